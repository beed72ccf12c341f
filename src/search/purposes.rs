//! What each class of drugs is for, in plain words.
//!
//! Names of classes say little to a sentence encoder and less to a patient; one plain phrase a class lifts every kind
//! of question.

use std::collections::HashMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// The project's own table: see `data/README.md`.
const DRUG_TYPES: &str = include_str!("../../data/drug_types.csv");

/// Plain phrases by the ministry's class code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purposes(HashMap<String, String>);

#[derive(Deserialize)]
struct Row {
    code: String,
    kind: String,
    purpose: String,
}

impl Purposes {
    /// The project's own phrases, for all of the ministry's classes.
    pub fn built_in() -> Self {
        Self::from_csv("data/drug_types.csv", DRUG_TYPES.as_bytes()).expect("the built-in table is sound")
    }

    /// Reads a table with the columns `code`, `kind` and `purpose`; rows of a `kind` other than `class` are passed
    /// over. `file` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Row`] with the line of a malformed row.
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self> {
        let mut purposes = HashMap::new();
        for row in csv::Reader::from_reader(bytes).deserialize::<Row>() {
            let row = row.map_err(|error| Error::Row {
                file: file.to_owned(),
                line: error.position().map_or(1, csv::Position::line),
                reason: error.to_string(),
            })?;
            if row.kind == "class" {
                purposes.insert(row.code, row.purpose);
            }
        }
        Ok(Self(purposes))
    }

    /// All phrases, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// The phrase of a class; empty where there is none.
    pub fn of(&self, class_code: &str) -> &str {
        self.0.get(class_code).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_the_catalogue_has_a_purpose() {
        let purposes = Purposes::built_in();
        let products = crate::Catalogue::from_csv("products.csv", include_bytes!("../../data/products.csv")).unwrap();
        for record in products.records {
            assert!(!purposes.of(&record.class_code).is_empty(), "{record:?}");
        }
        assert_eq!(purposes.of("no such class"), "");
    }

    #[test]
    fn a_malformed_row_is_named() {
        let error = Purposes::from_csv("types.csv", b"code,kind,purpose\n114,class\n").unwrap_err();
        assert!(error.to_string().starts_with("types.csv, line 2: "), "{error}");
    }
}
