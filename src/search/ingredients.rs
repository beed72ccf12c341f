//! What active ingredients are called, what they are for, and what is known of them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fold::{fold, nfc};
use super::salts;
use crate::error::{Error, Result};

/// The project's own table: see `data/README.md`.
const TABLE: &str = include_str!("../../data/ingredients.csv");

/// One active ingredient, its salts included. Empty strings and `None` stand for what the table does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ingredient {
    /// Korean name, without salt.
    pub name_ko: String,
    /// English name, without salt.
    pub name_en: String,
    /// Other names: spellings, synonyms, abbreviations.
    pub aliases: Vec<String>,
    /// The group it belongs to, as 프로톤펌프억제제.
    pub group_ko: String,
    /// The group in English.
    pub group_en: String,
    /// What it is for, in plain words.
    pub purpose_ko: String,
    /// What it is for, in technical words.
    pub indication_ko: String,
    /// Whether it makes drowsy.
    pub drowsy: Option<bool>,
    /// Whether it is, or holds, caffeine.
    pub caffeine: Option<bool>,
    /// Whether it is given to children; `Some(false)`: it must not be.
    pub children: Option<bool>,
    /// Whether it must not be taken in pregnancy; `Some(true)`: contraindicated (임부금기).
    pub pregnancy: Option<bool>,
}

#[derive(Deserialize)]
struct Row {
    name_ko: String,
    name_en: String,
    aliases: String,
    group_ko: String,
    group_en: String,
    purpose_ko: String,
    indication_ko: String,
    drowsy: String,
    caffeine: String,
    children: String,
    pregnancy: String,
}

/// The table of ingredients.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingredients {
    entries: Vec<Ingredient>,
    /// Folded names and aliases, Korean and English.
    by_name: HashMap<String, u32>,
}

impl Ingredients {
    /// The project's own table.
    pub fn built_in() -> Self {
        Self::from_csv("data/ingredients.csv", TABLE.as_bytes()).expect("the built-in table is sound")
    }

    /// Reads a table with the columns of [`Ingredient`] (`|` between aliases; facts are `yes`, `no` or empty). `file` is
    /// what errors call it.
    ///
    /// # Errors
    /// [`Error::Row`] with the line of a malformed row, of a name that is empty or stands in two rows, or of a fact
    /// that is neither `yes`, `no` nor empty.
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self> {
        let mut table = Self::default();
        let mut lines = Vec::new();
        let mut rows = csv::Reader::from_reader(bytes);
        let header = rows.headers().cloned();
        let wrong = |line, reason: String| Error::Row {
            file: file.to_owned(),
            line,
            reason,
        };
        let malformed = |error: csv::Error| wrong(error.position().map_or(1, csv::Position::line), error.to_string());
        let header = header.map_err(malformed)?;
        for record in rows.records() {
            let record = record.map_err(malformed)?;
            let line = record.position().map_or(0, csv::Position::line);
            let row: Row = record.deserialize(Some(&header)).map_err(malformed)?;
            let fact = |column: &str, value: &str| match value.trim() {
                "yes" => Ok(Some(true)),
                "no" => Ok(Some(false)),
                "" => Ok(None),
                other => Err(wrong(line, format!("{column} is {other:?}; write yes, no or nothing"))),
            };
            let entry = Ingredient {
                drowsy: fact("drowsy", &row.drowsy)?,
                caffeine: fact("caffeine", &row.caffeine)?,
                children: fact("children", &row.children)?,
                pregnancy: fact("pregnancy", &row.pregnancy)?,
                aliases: (row.aliases.split('|').map(|alias| nfc(alias.trim())))
                    .filter(|alias| !alias.is_empty())
                    .collect(),
                name_ko: nfc(row.name_ko.trim()),
                name_en: row.name_en.trim().to_owned(),
                group_ko: nfc(row.group_ko.trim()),
                group_en: row.group_en.trim().to_owned(),
                purpose_ko: row.purpose_ko,
                indication_ko: row.indication_ko,
            };
            if entry.name_ko.is_empty() {
                return Err(wrong(line, "name_ko must not be empty".to_owned()));
            }
            let key = fold(&entry.name_ko).compact();
            if let Some(&other) = table.by_name.get(&key)
                && fold(&table.entries[other as usize].name_ko).compact() == key
            {
                let first: u64 = lines[other as usize];
                let reason = format!("{:?} stands in line {first} already", entry.name_ko);
                return Err(wrong(line, reason));
            }
            lines.push(line);
            table.push(entry);
        }
        Ok(table)
    }

    /// The table of these rows. What two rows are called is the first's alias, or the last's name.
    pub fn from_entries(entries: Vec<Ingredient>) -> Self {
        let mut table = Self::default();
        for entry in entries {
            table.push(entry);
        }
        table
    }

    /// Adds a row.
    fn push(&mut self, entry: Ingredient) {
        let number = self.entries.len() as u32;
        for (rank, name) in entry.names().enumerate() {
            let key = fold(name).compact();
            // An alias of two ingredients is settled by order; a name outranks an alias.
            if !key.is_empty() && (rank == 0 || !self.by_name.contains_key(&key)) {
                self.by_name.insert(key, number);
            }
        }
        self.entries.push(entry);
    }

    /// The rows.
    pub fn entries(&self) -> &[Ingredient] {
        &self.entries
    }

    /// The row of a name as it stands in a catalogue: with or without salt, water, brackets.
    ///
    /// The whole name decides: 로라타딘 is not 데스로라타딘.
    pub fn find(&self, name: &str) -> Option<u32> {
        let own = self.named(&fold(name).compact());
        own.or_else(|| salts::forms_of(name).find_map(|form| self.named(&form)))
    }

    /// The row that is called so, folded.
    pub(super) fn named(&self, folded: &str) -> Option<u32> {
        self.by_name.get(folded).copied()
    }

    /// The row with this number.
    pub fn get(&self, entry: u32) -> Option<&Ingredient> {
        self.entries.get(entry as usize)
    }
}

impl Ingredient {
    /// Its name, its English name, its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [&self.name_ko, &self.name_en]
            .into_iter()
            .chain(&self.aliases)
            .map(String::as_str)
            .filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "name_ko,name_en,aliases,group_ko,group_en,purpose_ko,indication_ko,drowsy,caffeine,children,pregnancy\n";

    fn table(rows: &str) -> Result<Ingredients> {
        Ingredients::from_csv("t.csv", format!("{HEADER}{rows}").as_bytes())
    }

    #[test]
    fn names_salts_and_aliases_lead_to_one_row() {
        let table = Ingredients::built_in();
        let name = |name: &str| {
            table
                .find(name)
                .map(|entry| table.entries()[entry as usize].name_ko.as_str())
        };
        for spelling in [
            "acetaminophen",
            "파라세타몰",
            "아세트아미노펜(미분화)",
            "Paracetamol",
            "[M040702]아세트아미노펜",
        ] {
            assert_eq!(name(spelling), Some("아세트아미노펜"), "{spelling}");
        }
        for spelling in [
            "암로디핀베실산염",
            "암로디핀 말레산염",
            "amlodipine besylate (as amlodipine",
            "메실산암로디핀일수화물",
        ] {
            assert_eq!(name(spelling), Some("암로디핀"), "{spelling}");
        }
        assert_eq!(name("로라타딘"), Some("로라타딘"));
        assert_eq!(name("데스로라타딘"), Some("데스로라타딘"));
        assert_eq!(name("덱시부프로펜"), Some("덱시부프로펜"));
        assert_eq!(name("부프로펜"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn a_malformed_row_is_named() {
        let error = |rows: &str| table(rows).unwrap_err().to_string();
        assert_eq!(
            error("a,,,,,,,maybe,,,\n"),
            "t.csv, line 2: drowsy is \"maybe\"; write yes, no or nothing"
        );
        assert_eq!(error(",b,,,,,,,,,\n"), "t.csv, line 2: name_ko must not be empty");
        assert_eq!(
            error("a,,,,,,,,,,\na,,,,,,,,,,\n"),
            "t.csv, line 3: \"a\" stands in line 2 already"
        );
        assert!(error("a,b\n").starts_with("t.csv, line 2: "));
    }
}
