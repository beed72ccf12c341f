//! How people ask for what an ingredient does, without naming it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::drug_types::list;
use super::rows::each_row;
use super::{Ingredient, Ingredients};
use crate::error::Result;

/// The project's own table: see `data/README.md`.
const TABLE: &str = include_str!("../../data/ingredient_questions.csv");

/// Questions by ingredient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions(BTreeMap<String, Vec<String>>);

#[derive(Deserialize)]
struct Row {
    name_ko: String,
    questions: String,
}

impl Questions {
    /// The project's own, for the ingredients of its own table.
    pub fn built_in(ingredients: &Ingredients) -> Self {
        let questions = Self::from_csv("data/ingredient_questions.csv", TABLE.as_bytes(), ingredients);
        questions.expect("the built-in table is sound")
    }

    /// Reads the columns `name_ko` and `questions` (`|` between them); `file` is what errors call it.
    ///
    /// # Errors
    /// [`crate::Error::Row`] with the line of a malformed row, or of a name that `ingredients` lacks.
    pub fn from_csv(file: &str, bytes: &[u8], ingredients: &Ingredients) -> Result<Self> {
        let mut questions = BTreeMap::new();
        each_row(file, bytes, |row: Row| {
            if !ingredients.entries().iter().any(|entry| entry.name_ko == row.name_ko) {
                return Err(format!("{:?} is no ingredient of the table", row.name_ko));
            }
            questions.insert(row.name_ko, list(&row.questions));
            Ok(())
        })?;
        Ok(Self(questions))
    }

    /// More of one ingredient.
    #[cfg(feature = "train")]
    pub(crate) fn add(&mut self, ingredient: &Ingredient, questions: impl Iterator<Item = String>) {
        self.0.entry(ingredient.name_ko.clone()).or_default().extend(questions);
    }

    /// Those of one ingredient.
    pub fn of(&self, ingredient: &Ingredient) -> &[String] {
        self.0.get(&ingredient.name_ko).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_belong_to_ingredients() {
        let header =
            "name_ko,name_en,aliases,group_ko,group_en,purpose_ko,indication_ko,drowsy,caffeine,children,pregnancy\n";
        let table = Ingredients::from_csv("i.csv", format!("{header}갑,,,,,,,,,,\n").as_bytes()).unwrap();
        let read = |rows: &str| Questions::from_csv("q.csv", format!("name_ko,questions\n{rows}").as_bytes(), &table);
        let questions = read("갑,콧물이 나요| 재채기\n").unwrap();
        assert_eq!(questions.of(&table.entries()[0]), ["콧물이 나요", "재채기"]);
        assert_eq!(
            read("갑,a\n을,b\n").unwrap_err().to_string(),
            "q.csv, line 3: \"을\" is no ingredient of the table"
        );
    }
}
