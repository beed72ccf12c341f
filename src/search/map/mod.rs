//! The map of a catalogue: every product, and any question, as a point in the plane.
//!
//! The axes are the two leading principal axes of the means of the classes: principal component analysis of group
//! centroids, as in the maps of canonical discriminant analysis, but without whitening. Each class counts once, so the map
//! spreads what tells classes apart, however many products each has. Two dimensions of hundreds leave much out: what is
//! close here may still differ, and ranking never looks at it.
//!
//! Sums are plain `f64`, in one order: every build of the crate gives the same points to the bit.

mod axes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::vectors::{Vectors, check_question};
use crate::error::Result;
use axes::{dot, principal_axes};

/// Fewer classes than this span no plane; then the products themselves do.
const FEWEST_CLASSES: usize = 3;

/// Products that decide where classes do not: so many at most, evenly taken from the list, so that long lists take no
/// longer.
const SAMPLE: usize = 512;

/// The products of an index as points in the plane, and the way there for questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    products: Vec<[f32; 2]>,
    plane: Plane,
}

/// What takes a vector to a point.
#[derive(Debug, Clone, PartialEq)]
struct Plane {
    /// See [`principal_axes`].
    axes: [Vec<f64>; 2],
    /// The middle of the map, as its dot product with each axis.
    middle: [f64; 2],
    /// What is 1 on the map: the distance, along an axis, of the product that is farthest from the middle.
    unit: f64,
}

impl Map {
    /// The map of `vectors`, one for each of `classes`: the class's code, or nothing where it is not known. Such products
    /// are placed as all others are, but do not decide about the axes.
    pub(super) fn new<'c>(vectors: &Vectors, classes: impl Iterator<Item = &'c str>) -> Self {
        let mut deciding = class_means(vectors, classes);
        if deciding.len() < FEWEST_CLASSES {
            let every = vectors.len().div_ceil(SAMPLE).max(1);
            let sample = (0..vectors.len()).step_by(every);
            deciding = sample.map(|number| vectors.row(number).collect()).collect();
        }
        let (middle, axes) = principal_axes(deciding, vectors.dimensions());
        let mut plane = Plane {
            middle: [0, 1].map(|axis| dot(middle.iter().copied(), &axes[axis])),
            axes,
            unit: 1.0,
        };
        let points: Vec<[f64; 2]> = (0..vectors.len()).map(|i| plane.point(vectors.row(i))).collect();
        let farthest = points
            .iter()
            .flatten()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        if farthest > 0.0 {
            plane.unit = farthest;
        }
        let products = points.iter().map(|point| plane.scaled(*point)).collect();
        Self { products, plane }
    }

    /// Where the products lie, in the catalogue's order: x and y, each from -1 to 1, in one scale that lets the farthest
    /// product reach an edge. Where there is but one product, or all are alike, they lie at 0.
    pub fn products(&self) -> &[[f32; 2]] {
        &self.products
    }

    /// Where a question of this vector lies, in the same scale: a question may lie beyond all products.
    ///
    /// # Errors
    /// [`Error::Input`](crate::Error::Input) when the vector is of another width than the index's, or holds a number that
    /// is not finite.
    pub fn place(&self, question: &[f32]) -> Result<[f32; 2]> {
        check_question(question, self.plane.axes[0].len())?;
        let point = self.plane.point(question.iter().map(|&value| f64::from(value)));
        Ok(self.plane.scaled(point))
    }
}

impl Plane {
    fn point(&self, vector: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
        [0, 1].map(|axis| dot(vector.clone(), &self.axes[axis]) - self.middle[axis])
    }

    fn scaled(&self, point: [f64; 2]) -> [f32; 2] {
        point.map(|value| (value / self.unit) as f32)
    }
}

/// The mean of every class that is known, in the order of the codes.
fn class_means<'c>(vectors: &Vectors, classes: impl Iterator<Item = &'c str>) -> Vec<Vec<f64>> {
    let mut sums: BTreeMap<&str, (f64, Vec<f64>)> = BTreeMap::new();
    for (number, class) in classes.enumerate().filter(|(_, class)| !class.is_empty()) {
        let (members, sum) = sums
            .entry(class)
            .or_insert_with(|| (0.0, vec![0.0; vectors.dimensions()]));
        *members += 1.0;
        sum.iter_mut()
            .zip(vectors.row(number))
            .for_each(|(sum, value)| *sum += value);
    }
    let mean = |(members, sum): (f64, Vec<f64>)| sum.into_iter().map(|sum| sum / members).collect();
    sums.into_values().map(mean).collect()
}
