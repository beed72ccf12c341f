//! What groups of ingredients are called, as PPI.

use serde::{Deserialize, Serialize};

use super::fold::fold;
use crate::error::{Error, Result};

/// The project's own table: see `data/README.md`.
const DRUG_TYPES: &str = include_str!("../../data/drug_types.csv");

/// The names of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What the table of ingredients calls it in English: see
    /// [`Ingredient::group_en`](super::Ingredient::group_en).
    pub code: String,
    /// Its names; the first is the one that is shown.
    pub names: Vec<String>,
}

/// Groups of ingredients and their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(Vec<Group>);

#[derive(Deserialize)]
struct Row {
    code: String,
    kind: String,
    name_ko: String,
    aliases: String,
}

impl Groups {
    /// The project's own.
    pub fn built_in() -> Self {
        Self::from_csv("data/drug_types.csv", DRUG_TYPES.as_bytes()).expect("the built-in table is sound")
    }

    /// Reads a table with the columns `code`, `kind`, `name_ko` and `aliases` (`|` between them); rows of a `kind`
    /// other than `group` are passed over. `file` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Row`] with the line of a malformed row.
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self> {
        let mut groups = Vec::new();
        for row in csv::Reader::from_reader(bytes).deserialize::<Row>() {
            let row = row.map_err(|error| Error::Row {
                file: file.to_owned(),
                line: error.position().map_or(1, csv::Position::line),
                reason: error.to_string(),
            })?;
            if row.kind != "group" {
                continue;
            }
            let mut names: Vec<String> = Vec::new();
            for name in names_of(&row.name_ko).into_iter().chain(row.aliases.split('|')) {
                let name = name.trim();
                let known = names.iter().any(|other| fold(other).chars == fold(name).chars);
                if !name.is_empty() && !known {
                    names.push(name.to_owned());
                }
            }
            groups.push(Group { code: row.code, names });
        }
        Ok(Self(groups))
    }

    /// All groups, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.0.iter()
    }
}

/// The names in a title: 프로톤펌프억제제 and PPI of 프로톤펌프억제제(PPI). Korean in brackets explains, and is no name.
fn names_of(title: &str) -> Vec<&str> {
    let Some((name, rest)) = title.split_once('(') else {
        return vec![title];
    };
    let inside = rest.split(')').next().unwrap_or_default();
    let latin = !inside.is_empty() && inside.is_ascii();
    [name].into_iter().chain(latin.then_some(inside)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_called_by_title_abbreviation_and_aliases() {
        let csv = "code,kind,name_ko,aliases\n114,class,해열제,\nppi,group,프로톤펌프억제제(PPI),ppi|양성자펌프억제제| \n\
            lax,group,하제(변비약),\n";
        let groups = Groups::from_csv("t.csv", csv.as_bytes()).unwrap();
        let names: Vec<(&str, Vec<&str>)> = groups
            .iter()
            .map(|group| (group.code.as_str(), group.names.iter().map(String::as_str).collect()))
            .collect();
        let ppi = ("ppi", vec!["프로톤펌프억제제", "PPI", "양성자펌프억제제"]);
        assert_eq!(names, [ppi, ("lax", vec!["하제"])]);
        let error = Groups::from_csv("t.csv", b"code,kind,name_ko,aliases\na,group\n").unwrap_err();
        assert!(error.to_string().starts_with("t.csv, line 2: "), "{error}");
    }

    #[test]
    fn the_built_in_table_names_the_groups_of_ingredients() {
        let groups = Groups::built_in();
        let named = |code: &str, name: &str| {
            let group = groups.iter().find(|group| group.code == code);
            group.is_some_and(|group| group.names.iter().any(|other| other == name))
        };
        assert!(named("ppi", "PPI") && named("statin", "스타틴") && named("ccb", "칼슘길항제"));
    }
}
