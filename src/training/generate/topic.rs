//! What a text of a training table is about.

use super::groups::Groups;
use crate::search::{DrugType, Ingredient, Kind, Tables};

/// A type of drugs or an ingredient of the project's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    Type(DrugType),
    Ingredient(Ingredient),
}

impl Topic {
    /// `class 114`, `group ssri`, `dur dur-pregnancy` or `ingredient 아세트아미노펜` of `tables`.
    ///
    /// # Errors
    /// Why there is no such topic.
    pub fn find(text: &str, tables: &Tables) -> Result<Self, String> {
        let found = text.split_once(' ').and_then(|(kind, name)| {
            let of_kind = |kind| tables.types.get(kind, name).cloned().map(Self::Type);
            match kind {
                "class" => of_kind(Kind::Class),
                "group" => of_kind(Kind::Group),
                "dur" => of_kind(Kind::Dur),
                "ingredient" => {
                    let mut entries = tables.ingredients.entries().iter();
                    entries
                        .find(|entry| entry.name_ko == name)
                        .cloned()
                        .map(Self::Ingredient)
                }
                _ => None,
            }
        });
        found.ok_or_else(|| format!("{text:?} is no type and no ingredient of the tables"))
    }

    /// The groups of a text about it.
    pub fn groups(&self, groups: &Groups) -> Vec<String> {
        match self {
            Self::Type(row) => groups.of_type(row),
            Self::Ingredient(ingredient) => groups.of_ingredient(ingredient),
        }
    }
}
