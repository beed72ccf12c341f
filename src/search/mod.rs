//! Finding drug products: catalogue records in, ranked hits out.

mod asked;
pub mod brand;
mod catalogue;
mod composition;
mod drug_types;
pub mod fold;
mod fusion;
mod groups;
mod index;
mod ingredients;
mod jamo;
mod keys;
mod lexical;
mod matching;
mod names;
mod ordinary;
mod question;
mod questions;
mod reason;
mod records;
pub mod salts;
mod tables;
mod terms;
mod vectors;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use catalogue::csv_reason;
pub use catalogue::{Catalogue, OnBadRow, ReadOptions, Reading, Record};
pub use drug_types::{DrugType, DrugTypes, Kind};
pub use groups::{Group, Groups};
pub use index::{Answer, DEFAULT_TOP_K, Hit, Index, IndexTexts, IndexVectors, Predicate, RankOptions, SearchOptions};
pub use ingredients::{Ingredient, Ingredients};
pub use matching::Manner;
pub use question::{Fact, Filter, Note, Route, Sale, Understanding, Verdict};
pub use questions::Questions;
pub use reason::Reason;
pub use tables::Tables;

use std::cmp::Ordering;

use crate::embedder::Ranked;

/// The `k` best of `scores`, best first; equal scores keep their order.
pub fn top_k(scores: impl Iterator<Item = f32>, k: usize) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = scores
        .enumerate()
        .map(|(index, score)| Ranked { index, score })
        .collect();
    // total_cmp orders every float, so the order is the same on every machine; the index makes it unique.
    let best_first = |a: &Ranked, b: &Ranked| -> Ordering { b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)) };
    if k < ranked.len() {
        ranked.select_nth_unstable_by(k, best_first);
        ranked.truncate(k);
    }
    ranked.sort_unstable_by(best_first);
    ranked
}

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
