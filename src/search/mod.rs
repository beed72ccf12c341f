//! Finding drug products: catalogue records in, ranked hits out.

mod asked;
mod body;
pub mod brand;
mod catalogue;
mod companies;
mod composition;
mod drug_types;
pub mod fold;
mod fusion;
mod group_names;
mod groups;
mod index;
mod ingredients;
mod jamo;
mod keys;
pub(crate) mod lexical;
mod map;
mod matching;
mod names;
mod ordinary;
mod question;
mod questions;
mod reason;
mod records;
pub mod rows;
mod salts;
mod slips;
mod tables;
mod terms;
pub mod vectors;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use catalogue::csv_reason;
pub use catalogue::{Catalogue, OnBadRow, ReadOptions, Reading, Record};
pub use drug_types::{DrugType, DrugTypes, Kind};
pub use groups::{Group, Groups};
pub use index::{Answer, DEFAULT_TOP_K, Hit, Index, IndexTexts, IndexVectors, Predicate, RankOptions, SearchOptions};
pub use ingredients::{Ingredient, Ingredients};
pub use map::Map;
pub use matching::Manner;
pub use question::{Fact, Filter, Mix, Note, Route, Sale, Understanding, Verdict};
pub use questions::Questions;
pub use reason::Reason;
#[cfg(feature = "train")]
pub(crate) use rows::each_row;
pub use tables::Tables;

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::embedder::Ranked;

/// The `k` best of `scores`, best first; equal scores keep their order.
pub fn top_k(scores: impl Iterator<Item = f32>, k: usize) -> Vec<Ranked> {
    let mut best = Best::new(k);
    best.extend(scores.enumerate().map(|(index, score)| Ranked { index, score }));
    best.ranked()
}

/// The `k` best of what it is given.
struct Best {
    k: usize,
    /// The worst on top.
    heap: BinaryHeap<Place>,
}

impl Best {
    fn new(k: usize) -> Self {
        let heap = BinaryHeap::new();
        Self { k, heap }
    }

    fn extend(&mut self, more: impl Iterator<Item = Ranked>) {
        for place in more.map(Place) {
            if self.heap.len() < self.k {
                self.heap.push(place);
            } else if let Some(mut worst) = self.heap.peek_mut().filter(|worst| place < **worst) {
                *worst = place;
            }
        }
    }

    /// The best of both.
    #[cfg(not(target_arch = "wasm32"))]
    fn and(mut self, other: Self) -> Self {
        self.extend(other.heap.into_iter().map(|Place(ranked)| ranked));
        self
    }

    /// Best first.
    fn ranked(self) -> Vec<Ranked> {
        let places = self.heap.into_sorted_vec();
        places.into_iter().map(|Place(ranked)| ranked).collect()
    }
}

/// A ranked item; what comes first in a ranking is less.
struct Place(Ranked);

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        // total_cmp orders every float, so the order is the same on every machine; the index makes it unique.
        (other.0.score.total_cmp(&self.0.score)).then(self.0.index.cmp(&other.0.index))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn top_k_is_the_head_of_a_stable_sort(scores in prop::collection::vec(-3_i8..3, 0..40), k in 0_usize..50) {
            let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
            let mut expected: Vec<usize> = (0..scores.len()).collect();
            expected.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            expected.truncate(k);
            let found: Vec<usize> = top_k(scores.iter().copied(), k).iter().map(|ranked| ranked.index).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
