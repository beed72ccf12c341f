//! Words in common: BM25 over character bigrams, field by field.
//!
//! Korean joins words, and leaves out spaces, as it likes; pairs of neighbouring characters match through that where
//! words do not. A product's texts are fields (its name, its ingredients' names, what it is for), and products share
//! most of them: a field's different texts are scored once, then handed to the products that have them. The score is
//! the sum over fields of Okapi BM25, each field a collection of its own over all products.

use std::collections::{BTreeMap, HashMap};

use super::fold::fold;

/// Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// A term: up to three characters, 21 bits each.
type Term = u64;

/// One field of all products.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldIndex {
    /// For every product, the number of its text.
    pub(super) text_of: Vec<u32>,
    /// The terms, ascending.
    pub(super) terms: Vec<Term>,
    /// For every term, where its postings end.
    pub(super) ends: Vec<u32>,
    /// The texts that hold the term, ascending.
    pub(super) texts: Vec<u32>,
    /// For every posting, how often the text holds the term.
    pub(super) counts: Vec<u32>,
    /// For every posting, what the term adds to the text's score: it follows from the others.
    weights: Vec<f32>,
    /// Number of different texts.
    pub(super) count: u32,
}

impl FieldIndex {
    /// Indexes one text a product.
    pub fn new<T: AsRef<str>>(products: &[T]) -> Self {
        let mut field = Self::default();
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut postings: BTreeMap<Term, Vec<(u32, u32)>> = BTreeMap::new();
        for text in products {
            let text = text.as_ref();
            let next = numbers.len() as u32;
            field.text_of.push(*numbers.entry(text).or_insert_with(|| {
                let mut counts: BTreeMap<Term, u32> = BTreeMap::new();
                terms(text)
                    .into_iter()
                    .for_each(|term| *counts.entry(term).or_default() += 1);
                for (term, count) in counts {
                    postings.entry(term).or_default().push((next, count));
                }
                next
            }));
        }
        for (term, list) in postings {
            let (texts, counts): (Vec<u32>, Vec<u32>) = list.into_iter().unzip();
            field.texts.extend(texts);
            field.counts.extend(counts);
            field.terms.push(term);
            field.ends.push(field.texts.len() as u32);
        }
        field.count = numbers.len() as u32;
        field.weigh();
        field
    }

    /// The parts of an index file, if they fit each other.
    ///
    /// # Errors
    /// What does not fit.
    pub(super) fn from_parts(
        text_of: Vec<u32>,
        terms: Vec<Term>,
        ends: Vec<u32>,
        texts: Vec<u32>,
        counts: Vec<u32>,
    ) -> Result<Self, &'static str> {
        let mut field = Self {
            count: text_of.iter().max().map_or(0, |&last| last.saturating_add(1)),
            text_of,
            terms,
            ends,
            texts,
            counts,
            weights: Vec::new(),
        };
        field.check()?;
        field.weigh();
        Ok(field)
    }

    /// Works out the weights.
    fn weigh(&mut self) {
        let mut holders = vec![0.0; self.count as usize];
        for &text in &self.text_of {
            holders[text as usize] += 1.0;
        }
        let mut lengths = vec![0.0; self.count as usize];
        for (&text, &count) in self.texts.iter().zip(&self.counts) {
            lengths[text as usize] += f64::from(count);
        }
        let total = self.text_of.len() as f64;
        let all: f64 = holders
            .iter()
            .zip(&lengths)
            .map(|(holders, length)| holders * length)
            .sum();
        let mean = (all / total.max(1.0)).max(f64::MIN_POSITIVE);
        self.weights = Vec::with_capacity(self.texts.len());
        let mut start = 0;
        for &end in &self.ends {
            let list = start..end as usize;
            start = end as usize;
            let having: f64 = self.texts[list.clone()]
                .iter()
                .map(|&text| holders[text as usize])
                .sum();
            // The 1 + … keeps terms that most products have from counting against them (Lucene's form).
            let rarity = (1.0 + (total - having + 0.5) / (having + 0.5)).ln();
            for (&text, &count) in self.texts[list.clone()].iter().zip(&self.counts[list]) {
                let count = f64::from(count);
                let length = lengths[text as usize] / mean;
                let weight = rarity * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                self.weights.push(weight as f32);
            }
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.count as usize > self.text_of.len() {
            return Err("its postings name more texts than there are products");
        }
        if self.terms.len() != self.ends.len() || !self.terms.is_sorted_by(|a, b| a < b) {
            return Err("the terms of its postings are out of order");
        }
        if !self.ends.is_sorted() || self.ends.last().map_or(0, |&end| end as usize) != self.texts.len() {
            return Err("its postings do not fill their tensor");
        }
        if self.counts.len() != self.texts.len() || self.texts.iter().any(|&text| text >= self.count) {
            return Err("a posting names a text that is not there");
        }
        if self.counts.contains(&0) {
            return Err("a posting counts a term that its text does not hold");
        }
        Ok(())
    }

    /// Adds to each product's score, at the same place in `scores`, what `question` (its different terms) adds.
    pub fn add_scores(&self, question: &[Term], scores: &mut [f32]) {
        let mut texts = vec![0.0_f32; self.count as usize];
        let mut any = false;
        for term in question {
            if let Ok(at) = self.terms.binary_search(term) {
                let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
                let range = start..self.ends[at] as usize;
                any = true;
                for (&text, &add) in self.texts[range.clone()].iter().zip(&self.weights[range]) {
                    texts[text as usize] += add;
                }
            }
        }
        if any {
            for (score, &text) in scores.iter_mut().zip(&self.text_of) {
                *score += texts[text as usize];
            }
        }
    }
}

/// The terms of a text, in order, repeated ones too: for every word its neighbouring pairs of characters; single
/// characters for words of one; triples and the word itself for Latin words, whose pairs say little; numbers whole.
pub fn terms(text: &str) -> Vec<Term> {
    let folded = fold(text);
    let mut terms = Vec::new();
    let term = |chars: &[char]| chars.iter().fold(0, |term, &char| term << 21 | char as Term);
    for word in &folded.words {
        // Runs of one script: 타이레놀 and 500mg of 타이레놀500mg.
        for run in folded.chars[word.clone()].chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
            let width = if run[0].is_ascii() { 3 } else { 2 };
            if run.len() <= width {
                terms.push(term(run));
            } else {
                terms.extend(run.windows(width).map(term));
            }
        }
    }
    terms
}

/// The different terms of a question, in the order of their first appearance.
pub fn question_terms(question: &str) -> Vec<Term> {
    let mut different = Vec::new();
    for term in terms(question) {
        if !different.contains(&term) {
            different.push(term);
        }
    }
    different
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// BM25 of `question` for every text, straight from the formula, every product a document.
    fn naive(products: &[String], question: &[Term]) -> Vec<f64> {
        let documents: Vec<Vec<Term>> = products.iter().map(|text| terms(text)).collect();
        let total = documents.len() as f64;
        let mean = documents.iter().map(Vec::len).sum::<usize>() as f64 / total;
        documents
            .iter()
            .map(|document| {
                let of = |term: &Term| {
                    let count = document.iter().filter(|other| *other == term).count() as f64;
                    let having = documents.iter().filter(|document| document.contains(term)).count() as f64;
                    let rarity = ((total - having + 0.5) / (having + 0.5) + 1.0).ln();
                    if count == 0.0 {
                        return 0.0;
                    }
                    rarity * (K1 + 1.0) * count / (K1 * (1.0 - B + B * document.len() as f64 / mean) + count)
                };
                question.iter().map(of).sum()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn scores_are_those_of_the_formula(
            products in prop::collection::vec("[가나다 a1]{0,8}", 1..12),
            question in "[가나다 a1]{0,8}",
        ) {
            let field = FieldIndex::new(&products);
            let parts = field.clone();
            let again = FieldIndex::from_parts(parts.text_of, parts.terms, parts.ends, parts.texts, parts.counts);
            prop_assert_eq!(again.as_ref(), Ok(&field));
            let question = question_terms(&question);
            let mut scores = vec![1.0; products.len()];
            field.add_scores(&question, &mut scores);
            for (score, expected) in scores.iter().zip(naive(&products, &question)) {
                prop_assert!((f64::from(*score) - 1.0 - expected).abs() < 1e-4, "{} {}", score, expected);
            }
        }
    }

    #[test]
    fn terms_are_pairs_of_hangul_and_triples_of_latin() {
        assert_eq!(terms("해열제").len(), 2);
        assert_eq!(terms("약"), terms(" 약. "));
        assert_eq!(terms("ibuprofen").len(), 7);
        assert_eq!(terms("500mg"), terms("500㎎"));
        assert_eq!(question_terms("해열 해열").len(), 1);
        assert!(terms("").is_empty());
    }

    #[test]
    fn damaged_postings_are_refused() {
        let good = FieldIndex::new(&["해열제", "소화제", "해열제"]);
        let check = |damage: &dyn Fn(&mut FieldIndex)| {
            let mut field = good.clone();
            damage(&mut field);
            FieldIndex::from_parts(field.text_of, field.terms, field.ends, field.texts, field.counts)
        };
        assert!(check(&|_| {}).is_ok());
        assert!(check(&|field| field.terms.swap(0, 1)).is_err());
        assert!(check(&|field| field.ends[0] = 9).is_err());
        assert!(check(&|field| field.texts[0] = 7).is_err());
        assert!(check(&|field| field.counts[0] = 0).is_err());
        assert!(check(&|field| field.counts.truncate(1)).is_err());
        assert!(check(&|field| field.text_of[0] = u32::MAX).is_err());
    }
}
