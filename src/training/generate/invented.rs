//! Brands that nobody has, spelt as real ones are.
//!
//! A model that has seen a few thousand brands knows those. Names of an endless supply can only be told apart letter by
//! letter, which is what a name that was never seen asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::training::random::Generator;

/// Fewest and most characters of a brand that is made.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=7;
/// Attempts before there is no brand: where few are known, each that can be made may be one of them.
const ATTEMPTS: usize = 50;

/// Which character follows which in brands: a Markov chain.
pub struct Spelling {
    /// After a character, or at the beginning, as often as in the brands; `None` is the end.
    next: BTreeMap<Option<char>, Vec<Option<char>>>,
    known: BTreeSet<String>,
}

impl Spelling {
    /// That of these brands.
    pub fn of(brands: impl IntoIterator<Item = String>) -> Self {
        let known: BTreeSet<String> = brands.into_iter().collect();
        let mut next: BTreeMap<Option<char>, Vec<Option<char>>> = BTreeMap::new();
        for brand in &known {
            let mut last = None;
            for letter in brand.chars().map(Some).chain([None]) {
                next.entry(last).or_default().push(letter);
                last = letter;
            }
        }
        Self { next, known }
    }

    /// A brand that is none of the known ones.
    pub fn invent(&self, generator: &mut Generator) -> Option<String> {
        (0..ATTEMPTS)
            .map(|_| self.spell(generator))
            .find(|brand| LENGTHS.contains(&brand.chars().count()) && !self.known.contains(brand))
    }

    fn spell(&self, generator: &mut Generator) -> String {
        let mut brand = String::new();
        let mut last = None;
        while let Some(letter) = self.follow(last, generator) {
            brand.push(letter);
            last = Some(letter);
        }
        brand
    }

    fn follow(&self, last: Option<char>, generator: &mut Generator) -> Option<char> {
        let next = self.next.get(&last)?;
        next[generator.below(next.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_new_and_spelt_as_others_are() {
        let spelling = Spelling::of(["타이레놀", "타세놀", "레날민"].map(str::to_owned));
        let invented: BTreeSet<String> = (0..200)
            .filter_map(|seed| spelling.invent(&mut Generator::new(seed)))
            .collect();
        assert!(invented.contains("타이레날민"), "{invented:?}");
        assert!(invented.is_disjoint(&spelling.known));
        assert!(invented.iter().all(|brand| LENGTHS.contains(&brand.chars().count())));
        let seed = || Generator::new(7);
        assert_eq!(spelling.invent(&mut seed()), spelling.invent(&mut seed()));
    }

    #[test]
    fn of_one_brand_no_other_is_made() {
        let alone = Spelling::of(["타이레놀".to_owned()]);
        assert_eq!(alone.invent(&mut Generator::new(0)), None);
        assert_eq!(Spelling::of([]).invent(&mut Generator::new(0)), None);
    }
}
