//! Keeps what a model is measured on out of what it is trained on.

use std::collections::BTreeSet;

use crate::search::fold::fold;

/// From this likeness on a question counts as another's paraphrase: half of what the two consist of is the same.
pub const ALIKE: f64 = 0.5;

/// Pairs of neighbouring letters.
type Bigrams = BTreeSet<(char, char)>;

/// Texts that no training question may be like.
#[derive(Debug, Clone, Default)]
pub struct HeldOut(Vec<Bigrams>);

impl HeldOut {
    /// Of these texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(texts.into_iter().map(bigrams).collect())
    }

    /// The highest Jaccard index of the letter pairs of `text` and of a text that is held out, 0 to 1. Case, spaces and
    /// punctuation do not count.
    pub fn likeness(&self, text: &str) -> f64 {
        let own = bigrams(text);
        let jaccard = |other: &Bigrams| {
            let both = own.intersection(other).count();
            both as f64 / (own.len() + other.len() - both).max(1) as f64
        };
        self.0.iter().map(jaccard).fold(0.0, f64::max)
    }
}

fn bigrams(text: &str) -> Bigrams {
    let letters: Vec<char> = fold(text).compact().chars().collect();
    match letters[..] {
        // A single letter is its own pair.
        [letter] => BTreeSet::from([(letter, letter)]),
        _ => letters.windows(2).map(|pair| (pair[0], pair[1])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paraphrases_are_recognised() {
        let held_out = HeldOut::new(["코가 꽉 막혀서 숨을 못 쉬겠어요", "SSRI"]);
        assert_eq!(held_out.likeness("코가꽉 막혀서 숨을 못쉬겠어요!"), 1.0);
        assert_eq!(held_out.likeness("ssri"), 1.0);
        assert!(held_out.likeness("코가 꽉 막혀서 숨을 못 쉬어요") >= ALIKE);
        assert!(held_out.likeness("코막힘에 쓰는 스프레이") < ALIKE);
        assert_eq!(held_out.likeness(""), 0.0);
        assert_eq!(HeldOut::default().likeness("아무것"), 0.0);
    }
}
