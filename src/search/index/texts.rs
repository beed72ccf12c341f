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

/// What it is for: its class, the phrases of class and ingredients, what its label says; and of the ingredients that say what
/// the product is for, the indications and the known questions, whose words people use where labels have others. (Nogueira
/// et al., "Document Expansion by Query Prediction", 2019; here the questions are not predicted but written.)
pub(super) fn purpose_text(record: &Record, tables: &Tables) -> String {
    let mut parts: Vec<&str> = vec![&record.class_name_ko];
    parts.extend(tables.phrases(record));
    parts.push(&record.efficacy);
    for ingredient in tables.telling_ingredients_of(record) {
        parts.push(&ingredient.indication_ko);
        parts.extend(tables.questions.of(ingredient).iter().map(String::as_str));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{DrugTypes, Ingredients, Questions};

    #[test]
    fn a_purpose_is_told_in_the_words_of_those_who_ask() {
        let ingredients = "name_ko,name_en,aliases,group_ko,group_en,purpose_ko,indication_ko,drowsy,caffeine,children,pregnancy\n\
            갑갑,,,,,콧물을 줄인다,비염,,,,\n을을,,,,,,두드러기,,,,\n병병,,,,,,,,,,\n";
        let ingredients = Ingredients::from_csv("i.csv", ingredients.as_bytes()).unwrap();
        let questions = "name_ko,questions\n갑갑,코가 줄줄 흘러요|코감기\n".as_bytes();
        let questions = Questions::from_csv("q.csv", questions, &ingredients).unwrap();
        let types = DrugTypes::from_csv("t.csv", "code,kind,name_ko,purpose\n".as_bytes()).unwrap();
        let tables = Tables::new(types, ingredients, questions);
        let text = |ingredients: &[&str]| {
            let record = Record {
                ingredients_ko: ingredients.iter().map(|name| (*name).to_owned()).collect(),
                efficacy: "이 약은 코에 쓴다.".into(),
                ..Record::default()
            };
            let text = purpose_text(&record, &tables);
            text.trim().to_owned()
        };
        assert_eq!(
            text(&["갑갑", "을을"]),
            "콧물을 줄인다 이 약은 코에 쓴다. 비염 코가 줄줄 흘러요 코감기 두드러기"
        );
        // What one of many is for says little about a mixture.
        assert_eq!(text(&["갑갑", "을을", "병병"]), "콧물을 줄인다 이 약은 코에 쓴다.");
    }
}
