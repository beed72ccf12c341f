//! How products of the catalogue are found by their names alone, as people type them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::search::brand::brand_and_stem;
use crate::search::jamo;

fn catalogue() -> Catalogue {
    Catalogue::from_csv("products.csv", include_bytes!("../../../data/products.csv")).unwrap()
}

/// An index without vectors that say anything.
fn index(catalogue: Catalogue) -> Index {
    let tables = Tables::built_in();
    let texts = IndexTexts::new(&catalogue.records, &tables);
    let zeros = |texts: &[String]| vec![0.0; texts.len()];
    let vectors = IndexVectors {
        dimensions: 1,
        passages: &zeros(&texts.passages),
        phrases: &zeros(&texts.phrases),
        questions: &zeros(texts.questions()),
    };
    Index::of_vectors("none", catalogue, &tables, vectors).unwrap()
}

/// The brands of the products, with letters in them.
fn brands(index: &Index) -> BTreeSet<String> {
    let brands = index.records().iter().map(|record| brand_and_stem(&record.name).0);
    brands.filter(|brand| brand.chars().any(char::is_alphabetic)).collect()
}

fn search<'i>(index: &'i Index, question: &str, top_k: usize) -> Vec<Hit<'i>> {
    let options = RankOptions {
        top_k,
        filter: None,
        group: false,
    };
    index.rank(question, None, &options).unwrap()
}

/// Whether the product is of the brand: with its name, or with a longer one of the same family, as 타이레놀콜드에스
/// beside 타이레놀, or with its company's name in front.
fn is_of(record: &Record, brand: &str) -> bool {
    brand_and_stem(&record.name).0 == brand
}

#[test]
fn every_brand_is_found_first_by_its_name() {
    let index = index(catalogue());
    for brand in brands(&index) {
        for question in [
            brand.clone(),
            format!("{brand} 효과"),
            format!("{brand}은 어떤 약인가요?"),
        ] {
            let hits = search(&index, &question, 1);
            assert!(
                hits.first().is_some_and(|hit| is_of(hit.record, &brand)),
                "{question}: {hits:?}"
            );
        }
    }
}

#[test]
fn every_product_is_found_first_by_its_whole_name() {
    let index = index(catalogue());
    for record in index.records() {
        let hits = search(&index, &record.name, 1);
        let same = fold_name(&hits[0].record.name).chars == fold_name(&record.name).chars;
        assert!(same, "{}: {hits:?}", record.name);
    }
}

/// One slip of the finger: by number a wrong vowel, a wrong initial, a consonant left out or swapped syllables.
fn misspell(brand: &str, number: usize) -> Option<String> {
    let mut chars: Vec<char> = brand.chars().collect();
    let hangul: Vec<usize> = (0..chars.len())
        .filter(|&at| ('가'..='힣').contains(&chars[at]))
        .collect();
    // The first syllable is rarely the wrong one.
    let at = *hangul.get(1 + number / 4 % hangul.len().max(2).saturating_sub(1))?;
    let index = chars[at] as u32 - 0xac00;
    let (initial, vowel, last) = (index / 588, index / 28 % 21, index % 28);
    let (initial, vowel, last) = match number % 4 {
        // ㅏ/ㅐ, ㅓ/ㅔ, ㅗ/ㅛ, ㅜ/ㅠ, ㅡ/ㅣ: neighbours of the order or of the keyboard.
        0 => (
            initial,
            [1, 0, 3, 2, 5, 4, 7, 6, 12, 10, 9, 12, 8, 17, 15, 14, 17, 13, 20, 20, 18][vowel as usize],
            last,
        ),
        1 => (
            [1, 0, 5, 4, 3, 2, 7, 6, 7, 10, 9, 6, 13, 12, 12, 16, 15, 16, 11][initial as usize],
            vowel,
            last,
        ),
        2 if last > 0 => (initial, vowel, 0),
        2 => (initial, vowel, 4),
        _ => {
            let other = *hangul.get(hangul.iter().position(|&other| other == at)?.checked_sub(1)?)?;
            chars.swap(at, other);
            return (chars[at] != chars[other]).then(|| chars.into_iter().collect());
        }
    };
    chars[at] = char::from_u32(0xac00 + (initial * 21 + vowel) * 28 + last)?;
    Some(chars.into_iter().collect())
}

#[test]
fn misspelt_brands_are_found() {
    let index = index(catalogue());
    let brands = brands(&index);
    let (mut asked, mut found) = (0, 0);
    let mut missed = Vec::new();
    for (number, brand) in brands
        .iter()
        .enumerate()
        .filter(|(_, brand)| brand.chars().count() >= 3)
    {
        for number in 5 * number..5 * number + 3 {
            // What is another brand now is no error.
            let Some(question) = misspell(brand, number).filter(|question| !brands.contains(question)) else {
                continue;
            };
            asked += 1;
            match search(&index, &question, 1).first() {
                Some(hit) if is_of(hit.record, brand) => found += 1,
                hit => missed.push((question, brand.clone(), hit.map(|hit| hit.record.name.clone()))),
            }
        }
    }
    eprintln!("{found} of {asked}");
    assert!(
        asked > 400 && found * 100 >= asked * 95,
        "{found} of {asked}: {missed:#?}"
    );
}

#[test]
fn brands_are_found_by_their_initials() {
    let index = index(catalogue());
    let mut by_initials: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for brand in brands(&index) {
        let hangul = brand.chars().all(|char| ('가'..='힣').contains(&char));
        if hangul && brand.chars().count() >= 3 {
            by_initials.entry(initials(&brand)).or_default().push(brand);
        }
    }
    let (mut asked, mut found, mut missed) = (0, 0, Vec::new());
    for (question, brands) in &by_initials {
        let hits = search(&index, question, 10);
        for brand in brands {
            asked += 1;
            // Brands of the same initials share the first places.
            if hits.iter().take(10).any(|hit| is_of(hit.record, brand)) {
                found += 1;
            } else {
                missed.push((question, brand));
            }
        }
        assert!(
            matches!(
                hits[0].reason,
                Reason::Name {
                    manner: crate::search::Manner::Initials,
                    ..
                }
            ),
            "{question}: {:?}",
            hits[0]
        );
    }
    eprintln!("{found} of {asked}");
    assert!(
        asked > 150 && found * 100 >= asked * 90,
        "{found} of {asked}: {missed:?}"
    );
}

fn initials(brand: &str) -> String {
    let mut text = String::new();
    for char in brand.chars() {
        let mut first = true;
        jamo::keys_of(char, |key| {
            if std::mem::take(&mut first) {
                text.push(key);
            }
        });
    }
    text
}
