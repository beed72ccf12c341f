//! Keeps what a model is measured on out of what it is trained on.

use std::collections::BTreeSet;

use crate::checkpoint::Role;
use crate::embedder::{Embedder, dot};
use crate::error::Result;
use crate::search::fold::fold;

/// From this share of common letter pairs on a question counts as another's paraphrase.
pub const ALIKE: f64 = 0.5;
/// From this cosine on, by the untuned base: of the questions that come close to one of the evaluation, those above it
/// ask the same in other words, those well below ask for something else with like words.
pub const CLOSE: f32 = 0.96;

/// Pairs of neighbouring letters.
type Bigrams = BTreeSet<(char, char)>;

/// Texts that no training question may be like, by letters or by meaning.
#[derive(Default)]
pub struct HeldOut<'a> {
    texts: Vec<String>,
    bigrams: Vec<Bigrams>,
    judge: Option<&'a Embedder>,
}

impl<'a> HeldOut<'a> {
    /// Of these texts. Without a `judge`, only letters count.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>, judge: Option<&'a Embedder>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        Self {
            bigrams: texts.iter().map(|text| bigrams(text)).collect(),
            texts,
            judge,
        }
    }

    /// The highest Jaccard index of the letter pairs of `text` and of a text that is held out, 0 to 1. Case, spaces and
    /// punctuation do not count.
    pub fn likeness(&self, text: &str) -> f64 {
        let own = bigrams(text);
        let jaccard = |other: &Bigrams| {
            let both = own.intersection(other).count();
            both as f64 / (own.len() + other.len() - both).max(1) as f64
        };
        self.bigrams.iter().map(jaccard).fold(0.0, f64::max)
    }

    /// For each of `questions`, the highest cosine to a text that is held out; zeros without a judge.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub fn closeness(&self, questions: &[&str]) -> Result<Vec<f32>> {
        let Some(judge) = self.judge.filter(|_| !self.texts.is_empty() && !questions.is_empty()) else {
            return Ok(vec![0.0; questions.len()]);
        };
        let held_out = judge.embed(&self.texts, Role::Query)?;
        let own = judge.embed(questions, Role::Query)?;
        let highest = |vector: &[f32]| held_out.rows().map(|row| dot(row, vector)).fold(f32::MIN, f32::max);
        Ok(own.rows().map(highest).collect())
    }

    /// Those of `questions` that may be asked in training.
    ///
    /// # Errors
    /// As [`HeldOut::closeness`].
    pub(super) fn allowed(&self, questions: &BTreeSet<&str>) -> Result<BTreeSet<String>> {
        let unlike: Vec<&str> = questions
            .iter()
            .copied()
            .filter(|question| self.likeness(question) < ALIKE)
            .collect();
        let closeness = self.closeness(&unlike)?;
        let far = unlike.iter().zip(closeness).filter(|(_, closeness)| *closeness < CLOSE);
        Ok(far.map(|(question, _)| (*question).to_owned()).collect())
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
    use crate::training::tests::tiny;
    use crate::{Checkpoint, Options};

    #[test]
    fn paraphrases_are_recognised_by_their_letters() {
        let held_out = HeldOut::new(["코가 꽉 막혀서 숨을 못 쉬겠어요", "SSRI"], None);
        assert_eq!(held_out.likeness("코가꽉 막혀서 숨을 못쉬겠어요!"), 1.0);
        assert_eq!(held_out.likeness("ssri"), 1.0);
        assert!(held_out.likeness("코가 꽉 막혀서 숨을 못 쉬어요") >= ALIKE);
        assert!(held_out.likeness("코막힘에 쓰는 스프레이") < ALIKE);
        assert_eq!(held_out.likeness(""), 0.0);
        assert_eq!(HeldOut::default().likeness("아무것"), 0.0);
    }

    #[test]
    fn paraphrases_are_recognised_by_their_vectors() {
        let checkpoint = Checkpoint::from_folder(&tiny(false)).unwrap();
        let judge = Embedder::load(checkpoint, &Options::default()).unwrap();
        let held_out = HeldOut::new(["열이 나요", "기침"], Some(&judge));
        let closeness = held_out.closeness(&["열이 나요", "배가 아파요"]).unwrap();
        assert!((closeness[0] - 1.0).abs() < 1e-5 && closeness[1] < 1.0, "{closeness:?}");
        let vectors = judge.embed(&["배가 아파요", "열이 나요", "기침"], Role::Query).unwrap();
        let rows: Vec<&[f32]> = vectors.rows().collect();
        assert_eq!(closeness[1], dot(rows[1], rows[0]).max(dot(rows[2], rows[0])));
        assert_eq!(HeldOut::new(["a"], None).closeness(&["b"]).unwrap(), [0.0]);
    }
}
