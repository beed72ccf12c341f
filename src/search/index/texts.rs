//! The texts of a catalogue that are embedded to make its index, and those whose words are looked for.

use std::collections::{BTreeSet, HashMap};

use super::super::asked::{Asked, topics};
use super::super::fold::fold_name;
use super::super::{Record, Tables};

/// The texts of a catalogue that are embedded to make its index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTexts {
    /// One a record: see [`Tables::passage`].
    pub passages: Vec<String>,
    /// What products are for, each phrase once; embedded as passages too.
    pub phrases: Vec<String>,
    pub(super) asked: Asked,
    pub(super) ends: Vec<u32>,
    pub(super) members: Vec<u32>,
}

impl IndexTexts {
    /// The texts of `records`.
    pub fn new(records: &[Record], tables: &Tables) -> Self {
        let mut texts = Self {
            passages: records.iter().map(|record| tables.passage(record)).collect(),
            phrases: Vec::new(),
            asked: Asked::default(),
            ends: Vec::new(),
            members: Vec::new(),
        };
        let mut numbers = HashMap::new();
        let mut about = BTreeSet::new();
        for record in records {
            about.append(&mut topics(
                &record.class_code,
                tables.ingredients_of(record).into_iter(),
            ));
            for phrase in tables.phrases(record) {
                let next = texts.phrases.len() as u32;
                texts.members.push(*numbers.entry(phrase).or_insert_with(|| {
                    texts.phrases.push(phrase.to_owned());
                    next
                }));
            }
            texts.ends.push(texts.members.len() as u32);
        }
        texts.asked = Asked::new(&about, tables);
        texts
    }

    /// Questions that people ask for what the products do; embedded as queries.
    pub fn questions(&self) -> &[String] {
        &self.asked.questions
    }

    /// All texts.
    pub fn len(&self) -> usize {
        self.passages.len() + self.phrases.len() + self.asked.questions.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The vectors of [`IndexTexts`], of unit length, row-major.
#[derive(Debug, Clone, Copy)]
pub struct IndexVectors<'a> {
    /// Width of a vector.
    pub dimensions: usize,
    /// Of the passages.
    pub passages: &'a [f32],
    /// Of the phrases.
    pub phrases: &'a [f32],
    /// Of the questions.
    pub questions: &'a [f32],
}

pub(super) fn name_text(name: &str) -> String {
    let folded = fold_name(name);
    let words: Vec<String> = folded.words.iter().map(|word| folded.text(word.clone())).collect();
    words.join(" ")
}

/// Names of the ingredients: as the catalogue has them, in both languages, and the table's.
pub(super) fn ingredient_text(record: &Record, tables: &Tables) -> String {
    let mut names: Vec<&str> = Vec::new();
    for item in &record.ingredients_ko {
        names.push(item);
        let entry = tables
            .ingredients
            .find(item)
            .and_then(|entry| tables.ingredients.get(entry));
        names.extend(entry.map(|entry| entry.name_en.as_str()));
    }
    names.extend(record.ingredients_en.iter().map(String::as_str));
    let mut different: Vec<&str> = Vec::new();
    for name in names {
        if !different.contains(&name) {
            different.push(name);
        }
    }
    different.join(" ")
}

/// What it is for: its class, the phrases of class and ingredients, what its label says.
pub(super) fn purpose_text(record: &Record, tables: &Tables) -> String {
    let mut parts: Vec<&str> = vec![&record.class_name_ko];
    parts.extend(tables.phrases(record));
    parts.push(&record.efficacy);
    parts.join(" ")
}
