//! The two leading principal axes of a few hundred points: power iteration, one axis after the other.

/// Rounds for an axis, at most. One that has not come to rest by then has a rival that spreads the points as well, give or
/// take a few per cent: either serves.
const ROUNDS: usize = 300;

/// An axis that no round moves by more than this, in any dimension, has come to rest.
const AT_REST: f64 = 1e-10;

/// Points whose squares sum up to less than this part of what they were have no spread left, only errors of rounding.
const NOTHING: f64 = 1e-20;

/// The mean of `points`, each of so many `dimensions`, and the two axes along which they spread most: of unit length, at
/// right angles, and all zeros where the points do not differ any more. The same points give the same axes: the largest
/// number of an axis is positive.
pub fn principal_axes(mut points: Vec<Vec<f64>>, dimensions: usize) -> (Vec<f64>, [Vec<f64>; 2]) {
    let nothing = squares(&points) * NOTHING;
    let count = points.len().max(1) as f64;
    let middle: Vec<f64> = (0..dimensions)
        .map(|dimension| points.iter().map(|point| point[dimension]).sum::<f64>() / count)
        .collect();
    for point in &mut points {
        subtract(point, &middle, 1.0);
    }
    let axes = [(); 2].map(|()| {
        if squares(&points) <= nothing {
            return vec![0.0; dimensions];
        }
        let axis = leading_axis(&points, dimensions);
        // What is left spreads at right angles to it: the next axis is the leading one of that.
        for point in &mut points {
            let along = dot(point.iter().copied(), &axis);
            subtract(point, &axis, along);
        }
        axis
    });
    (middle, axes)
}

/// The axis along which centred points, not all of them zero, spread most.
fn leading_axis(points: &[Vec<f64>], dimensions: usize) -> Vec<f64> {
    let mut axis = start(dimensions);
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; dimensions];
        for point in points {
            let along = dot(point.iter().copied(), &axis);
            subtract(&mut next, point, -along);
        }
        if !normalise(&mut next) {
            break;
        }
        let moved = next
            .iter()
            .zip(&axis)
            .fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
        axis = next;
        if moved <= AT_REST {
            break;
        }
    }
    let largest = axis.iter().fold(
        0.0_f64,
        |largest, &value| if value.abs() > largest.abs() { value } else { largest },
    );
    if largest < 0.0 {
        axis.iter_mut().for_each(|value| *value = -*value);
    }
    axis
}

/// Where the iteration starts: multiples of the golden ratio, which no data has a reason to be at right angles to.
fn start(dimensions: usize) -> Vec<f64> {
    const GOLDEN: f64 = 0.618_033_988_749_894_8;
    let mut axis: Vec<f64> = (1..=dimensions).map(|i| (i as f64 * GOLDEN).fract() - 0.5).collect();
    normalise(&mut axis);
    axis
}

/// The sum of the products of a vector's and an axis's numbers.
pub fn dot(vector: impl Iterator<Item = f64>, axis: &[f64]) -> f64 {
    vector.zip(axis).map(|(a, b)| a * b).sum()
}

/// Takes so many `times` what is in `part` from `vector`.
fn subtract(vector: &mut [f64], part: &[f64], times: f64) {
    vector
        .iter_mut()
        .zip(part)
        .for_each(|(value, part)| *value -= part * times);
}

/// Makes the length 1; whether it had any.
fn normalise(vector: &mut [f64]) -> bool {
    let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    length > 0.0
}

fn squares(points: &[Vec<f64>]) -> f64 {
    points.iter().flatten().map(|value| value * value).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How far the points spread along an axis: the sum of the squares of their distances from the middle.
    fn spread(points: &[Vec<f64>], middle: &[f64], axis: &[f64]) -> f64 {
        let origin = dot(middle.iter().copied(), axis);
        let along = points.iter().map(|point| dot(point.iter().copied(), axis) - origin);
        along.map(|along| along * along).sum()
    }

    #[test]
    fn known_axes_are_found() {
        // Around (1, 2, 3): far along the third axis, less along the first, not at all along the second.
        let points = [[0.0, 5.0], [0.0, -5.0], [2.0, 0.0], [-2.0, 0.0]];
        let points = points.map(|[x, z]| vec![1.0 + x, 2.0, 3.0 + z]).to_vec();
        let (middle, axes) = principal_axes(points, 3);
        assert_eq!(middle, [1.0, 2.0, 3.0]);
        for (axis, expected) in axes.iter().zip([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]) {
            for (value, expected) in axis.iter().zip(expected) {
                assert!((value - expected).abs() < 1e-9, "{axis:?}");
            }
        }
    }

    #[test]
    fn where_nothing_differs_there_is_no_axis() {
        let none = vec![0.0; 3];
        for points in [
            vec![],
            vec![vec![0.1, 0.2, 0.3]],
            vec![vec![0.1, 0.7, -0.3]; 7],
            vec![vec![0.0; 3]; 3],
        ] {
            assert_eq!(principal_axes(points, 3).1, [none.clone(), none.clone()]);
        }
        // On a line there is one.
        let line = [-1.0, 0.5, 3.0].map(|t| vec![0.1 * t, 0.3 * t, 0.7]).to_vec();
        let [first, second] = principal_axes(line, 3).1;
        assert!((first[1] / first[0] - 3.0).abs() < 1e-9, "{first:?}");
        assert_eq!(second, none);
    }

    proptest! {
        #[test]
        fn no_direction_spreads_the_points_more(
            points in prop::collection::vec(prop::collection::vec(-1.0_f64..1.0, 5), 3..9),
            other in prop::collection::vec(-1.0_f64..1.0, 5),
        ) {
            let (middle, [first, second]) = principal_axes(points.clone(), 5);
            for axis in [&first, &second] {
                prop_assert!((dot(axis.iter().copied(), axis) - 1.0).abs() < 1e-9);
                prop_assert!(axis.iter().all(|value| *value <= axis.iter().fold(0.0, |most: f64, value| most.max(*value))));
                let largest = axis.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
                prop_assert!(axis.contains(&largest), "the largest number is positive");
            }
            prop_assert!(dot(first.iter().copied(), &second).abs() < 1e-9, "right angles");
            // Where two directions are rivals, the iteration stops short of the better by a few per cent.
            let all = |axis: &[f64]| spread(&points, &middle, axis);
            let mut other = other;
            prop_assume!(normalise(&mut other));
            prop_assert!(all(&other) <= all(&first) * 1.05);
            let along = dot(other.iter().copied(), &first);
            subtract(&mut other, &first, along);
            prop_assume!(dot(other.iter().copied(), &other) > 1e-6 && normalise(&mut other));
            prop_assert!(all(&other) <= all(&second) * 1.05);
        }
    }
}
