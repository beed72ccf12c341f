//! What groups of ingredients are called, as PPI.

use serde::{Deserialize, Serialize};

use super::drug_types::{DrugTypes, Kind};
use super::fold::fold;

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

impl Groups {
    /// The groups among the types of drugs.
    pub fn new(types: &DrugTypes) -> Self {
        let groups = types.rows.iter().filter(|row| row.kind == Kind::Group).map(|row| {
            let mut names: Vec<String> = Vec::new();
            for name in names_of(&row.name)
                .into_iter()
                .chain(row.aliases.iter().map(String::as_str))
            {
                let name = name.trim();
                let known = names.iter().any(|other| fold(other).chars == fold(name).chars);
                if !name.is_empty() && !known {
                    names.push(name.to_owned());
                }
            }
            Group {
                code: row.code.clone(),
                names,
            }
        });
        Self(groups.collect())
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
        let csv = "code,kind,name_ko,aliases,purpose\n114,class,해열제,,a\n\
            ppi,group,프로톤펌프억제제(PPI),ppi|양성자펌프억제제| ,a\nlax,group,하제(변비약),,a\n";
        let groups = Groups::new(&DrugTypes::from_csv("t.csv", csv.as_bytes()).unwrap());
        let names: Vec<(&str, Vec<&str>)> = groups
            .iter()
            .map(|group| (group.code.as_str(), group.names.iter().map(String::as_str).collect()))
            .collect();
        let ppi = ("ppi", vec!["프로톤펌프억제제", "PPI", "양성자펌프억제제"]);
        assert_eq!(names, [ppi, ("lax", vec!["하제"])]);
    }

    #[test]
    fn the_built_in_table_names_the_groups_of_ingredients() {
        let groups = Groups::new(&DrugTypes::built_in());
        let named = |code: &str, name: &str| {
            let group = groups.iter().find(|group| group.code == code);
            group.is_some_and(|group| group.names.iter().any(|other| other == name))
        };
        assert!(named("ppi", "PPI") && named("statin", "스타틴") && named("ccb", "칼슘길항제"));
    }
}
