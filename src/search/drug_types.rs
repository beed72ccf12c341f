//! The table of drug types, with the ways in which people ask for them.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::search::catalogue::csv_reason;

/// The project's own table: see `data/README.md`.
const TABLE: &str = include_str!("../../data/drug_types.csv");

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A class of the ministry's classification.
    Class,
    /// A pharmacologic group, as PPI.
    Group,
    /// A warning of the drug utilisation review (DUR), as 임부금기.
    Dur,
}

/// One type of drugs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrugType {
    /// The class's code, or a word of lower-case letters and hyphens.
    pub code: String,
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// What it is called else: everyday names, abbreviations.
    pub aliases: Vec<String>,
    /// What it is for, in plain words.
    pub purpose: String,
    /// What it is for, in technical words.
    pub definition: String,
    /// How people ask for it.
    pub questions: Vec<String>,
    /// Purposes that look like this one and are others.
    pub near_misses: Vec<String>,
}

/// The table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DrugTypes {
    /// In the order of the file.
    pub rows: Vec<DrugType>,
}

#[derive(Deserialize)]
struct Row {
    code: String,
    kind: Kind,
    name_ko: String,
    #[serde(default)]
    aliases: String,
    purpose: String,
    #[serde(default)]
    definition: String,
    #[serde(default)]
    questions: String,
    #[serde(default)]
    near_misses: String,
}

impl DrugTypes {
    /// The project's own.
    pub fn built_in() -> Self {
        Self::from_csv("data/drug_types.csv", TABLE.as_bytes()).expect("the built-in table is sound")
    }

    /// Reads the table: `code`, `kind`, `name_ko` and `purpose`, and the other columns of [`DrugType`] where it has them.
    /// `file` is what errors call it. Lists have `|` between their items.
    ///
    /// # Errors
    /// [`Error::Row`] with the line of a malformed row, of a type without a name or a purpose, or that stands twice.
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self> {
        let wrong = |line: u64, reason: String| Error::Row {
            file: file.to_owned(),
            line,
            reason,
        };
        let mut table = Self::default();
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().map_err(|error| wrong(1, csv_reason(&error)))?.clone();
        let mut record = csv::StringRecord::new();
        loop {
            let read = reader.read_record(&mut record).map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                wrong(line, csv_reason(&error))
            })?;
            if !read {
                return Ok(table);
            }
            let line = record.position().map_or(0, csv::Position::line);
            let row: Row = record
                .deserialize(Some(&header))
                .map_err(|error| wrong(line, error.to_string()))?;
            if row.name_ko.is_empty() || row.purpose.is_empty() {
                return Err(wrong(line, "name_ko and purpose must not be empty".to_owned()));
            }
            if table
                .rows
                .iter()
                .any(|other| other.code == row.code && other.kind == row.kind)
            {
                return Err(wrong(line, format!("type {:?} stands twice", row.code)));
            }
            table.rows.push(DrugType {
                code: row.code,
                kind: row.kind,
                name: row.name_ko,
                aliases: list(&row.aliases),
                purpose: row.purpose,
                definition: row.definition,
                questions: list(&row.questions),
                near_misses: list(&row.near_misses),
            });
        }
    }

    /// The row of a class or group.
    pub fn get(&self, kind: Kind, code: &str) -> Option<&DrugType> {
        self.rows.iter().find(|row| row.kind == kind && row.code == code)
    }

    /// What a class of the ministry's classification is for; empty where the table lacks it.
    pub fn purpose(&self, class_code: &str) -> &str {
        self.get(Kind::Class, class_code).map_or("", |row| &row.purpose)
    }
}

/// The items of a cell.
pub(super) fn list(cell: &str) -> Vec<String> {
    cell.split('|')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "code,kind,name_ko,aliases,purpose,definition,questions,near_misses\n";

    fn read(rows: &str) -> Result<DrugTypes> {
        DrugTypes::from_csv("t.csv", format!("{HEADER}{rows}").as_bytes())
    }

    #[test]
    fn rows_are_read() {
        let types =
            read("214,class,혈압강하제,혈압약| 강압제,혈압을 낮추는 약,,혈압이 높아요|고혈압 약,혈압을 올리는 약\n")
                .unwrap();
        let row = types.get(Kind::Class, "214").unwrap();
        assert_eq!(row.aliases, ["혈압약", "강압제"]);
        assert_eq!(row.near_misses, ["혈압을 올리는 약"]);
        assert!(types.get(Kind::Group, "214").is_none());
    }

    #[test]
    fn every_class_of_the_catalogue_has_a_purpose() {
        let types = DrugTypes::built_in();
        let products = crate::Catalogue::from_csv("products.csv", include_bytes!("../../data/products.csv")).unwrap();
        for record in products.records {
            assert!(!types.purpose(&record.class_code).is_empty(), "{record:?}");
        }
        assert_eq!(types.purpose("no such class"), "");
    }

    #[test]
    fn a_malformed_row_is_named() {
        let error = |rows: &str| read(rows).unwrap_err().to_string();
        assert_eq!(
            error("1,class,,,a,,,\n"),
            "t.csv, line 2: name_ko and purpose must not be empty"
        );
        assert_eq!(
            error("1,class,a,,a,,,\n1,class,b,,b,,,\n"),
            "t.csv, line 3: type \"1\" stands twice"
        );
        assert!(error("1,sort,a,,a,,,\n").starts_with("t.csv, line 2: "));
        assert!(error("1,class\n").starts_with("t.csv, line 2: has 2 fields"));
    }
}
