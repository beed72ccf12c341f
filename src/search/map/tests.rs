//! What holds for every map.

use proptest::prelude::*;

use super::*;

/// The map of these rows, of the width of the first.
fn map(rows: &[Vec<f32>], classes: &[&str]) -> Map {
    Map::new(&vectors(rows), classes.iter().copied())
}

fn vectors(rows: &[Vec<f32>]) -> Vectors {
    let dimensions = rows.first().map_or(4, Vec::len);
    Vectors::new(dimensions, &rows.concat())
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
}

/// One of the four unit vectors, a little off.
fn near(dimension: usize, off: f32) -> Vec<f32> {
    let mut row = vec![off; 4];
    row[dimension] = 1.0;
    row
}

#[test]
fn classes_lie_apart_and_their_products_together() {
    let rows: Vec<Vec<f32>> = (0..12).map(|i| near(i % 3, 0.03 * (i / 3) as f32)).collect();
    let classes = ["114", "214", "611"].repeat(4);
    let map = map(&rows, &classes);
    for (i, a) in map.products().iter().enumerate() {
        for (j, b) in map.products().iter().enumerate() {
            let apart = distance(*a, *b);
            if classes[i] == classes[j] {
                assert!(apart < 0.3, "{i} and {j} are of one class: {apart}");
            } else {
                assert!(apart > 1.0, "{i} and {j} are of two: {apart}");
            }
        }
    }
}

#[test]
fn each_class_counts_once() {
    // A crowd that spreads along the last dimension within its class: no axis is spent on it.
    let mut rows: Vec<Vec<f32>> = (0..3).map(|dimension| near(dimension, 0.0)).collect();
    let mut classes = vec!["114", "214", "611"];
    for i in 0..200 {
        rows.push(vec![1.0, 0.0, 0.0, if i % 2 == 0 { 0.9 } else { -0.9 }]);
        classes.push("114");
    }
    let by_class = map(&rows, &classes);
    let [up, down] = [3, 4].map(|number| by_class.products()[number]);
    assert!(distance(up, down) < 0.05, "{up:?} and {down:?}");
    // Without classes they decide.
    let by_product = map(&rows, &vec![""; rows.len()]);
    let [up, down] = [3, 4].map(|number| by_product.products()[number]);
    assert!(distance(up, down) > 1.0, "{up:?} and {down:?}");
}

#[test]
fn a_question_lies_where_a_product_of_its_vector_does() {
    let rows: Vec<Vec<f32>> = (0..8).map(|i| near(i % 4, 0.02 * i as f32)).collect();
    let map = map(&rows, &["114", "214", "611", "141"].repeat(2));
    for (row, product) in rows.iter().zip(map.products()) {
        // Products were rounded.
        assert!(distance(map.place(row).unwrap(), *product) < 0.05);
    }
    let far: Vec<f32> = rows[0].iter().map(|value| value * 9.0).collect();
    let place = map.place(&far).unwrap();
    assert!(distance(place, [0.0; 2]) > 3.0, "beyond all products: {place:?}");
}

#[test]
fn questions_that_do_not_fit_are_refused() {
    let map = map(&[near(0, 0.0), near(1, 0.0), near(2, 0.0)], &["114", "214", "611"]);
    assert!(map.place(&[0.5; 4]).is_ok());
    for wrong in [
        &[][..],
        &[0.5; 3],
        &[0.5; 5],
        &[0.5, f32::NAN, 0.0, 0.0],
        &[0.5, 0.0, f32::INFINITY, 0.0],
    ] {
        let error = map.place(wrong).unwrap_err();
        let expected = "a question's vector must be 4 finite numbers; embed it with the index's model";
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn where_nothing_differs_all_lie_at_zero() {
    for (count, width) in [(1, 4), (2, 4), (5, 4), (600, 3)] {
        for classes in [&["114"][..], &["114", "214", "611"], &[""]] {
            let rows = vec![vec![0.3; width]; count];
            let classes: Vec<&str> = classes.iter().copied().cycle().take(count).collect();
            let map = map(&rows, &classes);
            assert_eq!(map.products(), vec![[0.0; 2]; count], "{count} products, {classes:?}");
            assert_eq!(map.place(&vec![1.0; width]).unwrap(), [0.0; 2]);
        }
    }
    assert_eq!(map(&[], &[]).products(), [[0.0; 2]; 0]);
    assert_eq!(
        map(&[vec![0.0; 4], vec![0.0; 4]], &["114", "214"]).products(),
        [[0.0; 2]; 2]
    );
}

#[test]
fn few_classes_and_many_products_take_a_sample() {
    // Every third product lies elsewhere, so that a sample sees all of them.
    let rows: Vec<Vec<f32>> = (0..3 * SAMPLE + 1).map(|i| near(i % 3, 0.0)).collect();
    let map = map(&rows, &vec!["114"; rows.len()]);
    let [a, b, c] = [0, 1, 2].map(|number| map.products()[number]);
    assert!(distance(a, b) > 0.5 && distance(b, c) > 0.5 && distance(a, c) > 0.5);
    assert_eq!(map.products()[3], a);
}

/// Natively and, by the same test, in WebAssembly.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_build_gives_the_same_bits() {
    let number = |i: usize| ((i * 7919 % 1009) as f32 / 504.5 - 1.0) / 8.0;
    let rows: Vec<Vec<f32>> = (0..60)
        .map(|row| (0..67).map(|column| number(row * 67 + column)).collect())
        .collect();
    let classes: Vec<String> = (0..60).map(|row| format!("{}", row * row % 13)).collect();
    let map = Map::new(&vectors(&rows), classes.iter().map(String::as_str));
    let bits = map
        .products()
        .iter()
        .flatten()
        .fold(0_u32, |bits, value| bits.rotate_left(5) ^ value.to_bits());
    assert_eq!(format!("{bits:08x}"), "b86d7bc3");
}

proptest! {
    #[test]
    fn products_stay_within_bounds_and_reach_them(
        rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 6), 1..30),
        codes in prop::collection::vec(0_usize..5, 30),
    ) {
        let codes: Vec<&str> = codes[..rows.len()].iter().map(|&code| ["", "114", "214", "611", "821"][code]).collect();
        let map = map(&rows, &codes);
        prop_assert_eq!(map.products().len(), rows.len());
        let values = map.products().iter().flatten();
        prop_assert!(values.clone().all(|value| value.abs() <= 1.0));
        let farthest = values.fold(0.0_f32, |most, value| most.max(value.abs()));
        prop_assert!(farthest == 1.0 || rows.windows(2).all(|pair| pair[0] == pair[1]), "{}", farthest);
        prop_assert_eq!(&self::map(&rows, &codes), &map);
    }

    #[test]
    fn what_a_class_is_called_does_not_matter(
        rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 6), 9),
    ) {
        let one = map(&rows, &["1", "2", "3"].repeat(3));
        let other = map(&rows, &["3", "1", "2"].repeat(3));
        for (a, b) in one.products().iter().zip(other.products()) {
            prop_assert!(distance(*a, *b) < 1e-3, "{:?} and {:?}", a, b);
        }
    }
}
