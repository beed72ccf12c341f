//! The project's own tables, which turn classes and ingredients into plain words.

use super::catalogue::Record;
use super::drug_types::{DrugTypes, Kind};
use super::groups::Groups;
use super::ingredients::{Ingredient, Ingredients};
use super::ordinary::Ordinary;
use super::questions::Questions;
use super::salts;

/// Phrases of a product's ingredients that go into its passage: mixtures of twenty herbs would drown the rest.
const PASSAGE_PURPOSES: usize = 3;
/// Most ingredients of which each still tells what the product is for; one of many says little about a mixture.
const TELLING: usize = 2;

/// What the catalogue does not say itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// Classes and groups: what they are for, and how people ask for them.
    pub types: DrugTypes,
    /// Ingredients.
    pub ingredients: Ingredients,
    /// What groups of ingredients are called.
    pub groups: Groups,
    /// How people ask for what ingredients do.
    pub questions: Questions,
}

impl Tables {
    /// The project's own.
    pub fn built_in() -> Self {
        let ingredients = Ingredients::built_in();
        let questions = Questions::built_in(&ingredients);
        Self::new(DrugTypes::built_in(), ingredients, questions)
    }

    /// These tables.
    pub fn new(types: DrugTypes, ingredients: Ingredients, questions: Questions) -> Self {
        Self {
            groups: Groups::new(&types),
            types,
            ingredients,
            questions,
        }
    }

    /// What an index carries of them: names, groups and facts of ingredients, not what they are for.
    pub(super) fn names_only(&self) -> Self {
        let entries = self.ingredients.entries().iter().map(|entry| Ingredient {
            purpose_ko: String::new(),
            indication_ko: String::new(),
            ..entry.clone()
        });
        Self {
            ingredients: Ingredients::from_entries(entries.collect()),
            groups: self.groups.clone(),
            ..Self::default()
        }
    }

    /// The words that the tables describe medicines with.
    pub(super) fn ordinary(&self) -> Ordinary {
        let rows = self.ingredients.entries().iter();
        let classes = self.types.rows.iter().filter(|row| row.kind == Kind::Class);
        let purposes = classes.map(|row| row.purpose.as_str());
        Ordinary::new(purposes.chain(rows.map(|row| row.purpose_ko.as_str())))
    }

    /// The ingredients of a record that the table has, each once, in the record's order.
    pub fn ingredients_of(&self, record: &Record) -> Vec<&Ingredient> {
        let mut numbers = Vec::new();
        for part in record.ingredients_ko.iter().flat_map(|field| salts::split(field)) {
            if let Some(number) = self.ingredients.find(&part)
                && !numbers.contains(&number)
            {
                numbers.push(number);
            }
        }
        numbers
            .into_iter()
            .filter_map(|number| self.ingredients.get(number))
            .collect()
    }

    /// The same, where they are so few that each tells what the record is for; none of a larger mixture.
    pub(super) fn telling_ingredients_of(&self, record: &Record) -> Vec<&Ingredient> {
        let mut ingredients = self.ingredients_of(record);
        if ingredients.len() > TELLING {
            ingredients.clear();
        }
        ingredients
    }

    /// What a record is for, in plain words: its class, then its ingredients; each phrase once.
    pub fn phrases<'a>(&'a self, record: &'a Record) -> Vec<&'a str> {
        let class = [self.types.purpose(&record.class_code)];
        let ingredients = self.ingredients_of(record).into_iter();
        different(class.into_iter().chain(ingredients.map(|row| row.purpose_ko.as_str())))
    }

    /// The text that is embedded for a record: see [`Record::passage`].
    pub fn passage(&self, record: &Record) -> String {
        let telling = self.telling_ingredients_of(record);
        let class = self.types.purpose(&record.class_code);
        let mut purposes = self.phrases(record);
        purposes.retain(|purpose| *purpose != class);
        purposes.truncate(PASSAGE_PURPOSES);
        let groups = different(telling.iter().map(|ingredient| ingredient.group_ko.as_str()));
        record.passage(class, &[groups, purposes].concat())
    }
}

/// Each text that says something, once.
fn different<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for text in texts {
        if !text.is_empty() && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(ingredients: &[&str]) -> Record {
        Record {
            name: "가나정".into(),
            class_code: "141".into(),
            class_name_ko: "항히스타민제".into(),
            ingredients_ko: ingredients.iter().map(|name| (*name).to_owned()).collect(),
            ..Record::default()
        }
    }

    fn tables() -> Tables {
        let ingredients = "name_ko,name_en,aliases,group_ko,group_en,purpose_ko,indication_ko,drowsy,caffeine,children,pregnancy\n\
            갑갑,,,갑계,,콧물을 줄인다,,,,,\n을을,,,갑계,,가려움을 줄인다,,,,,\n병병,,,,,콧물을 줄인다,,,,,\n정정,,,,,기침을 줄인다,,,,,\n무무,,,,,열을 내린다,,,,,\n";
        Tables {
            types: DrugTypes::from_csv(
                "t.csv",
                "code,kind,name_ko,purpose\n141,class,항히스타민제,알레르기 약\n".as_bytes(),
            )
            .unwrap(),
            ingredients: Ingredients::from_csv("i.csv", ingredients.as_bytes()).unwrap(),
            ..Tables::default()
        }
    }

    #[test]
    fn a_passage_tells_what_class_and_ingredients_are_for() {
        assert_eq!(
            tables().passage(&record(&["갑갑염산염", "을을·병병", "모름"])),
            "가나정 항히스타민제 알레르기 약 갑갑염산염, 을을·병병, 모름 콧물을 줄인다 가려움을 줄인다"
        );
    }

    #[test]
    fn phrases_are_told_once_and_the_class_comes_first() {
        let phrases = ["알레르기 약", "콧물을 줄인다", "가려움을 줄인다"];
        assert_eq!(tables().phrases(&record(&["갑갑", "을을·병병", "모름"])), phrases);
        assert!(tables().phrases(&Record::default()).is_empty());
    }

    #[test]
    fn groups_of_a_few_ingredients_are_named() {
        assert_eq!(
            tables().passage(&record(&["갑갑염산염", "을을"])),
            "가나정 항히스타민제 알레르기 약 갑갑염산염, 을을 갑계 콧물을 줄인다 가려움을 줄인다"
        );
    }

    #[test]
    fn only_the_first_different_phrases_go_in() {
        let passage = tables().passage(&record(&["갑갑", "병병", "을을", "정정", "무무"]));
        assert!(
            passage.ends_with("콧물을 줄인다 가려움을 줄인다 기침을 줄인다"),
            "{passage}"
        );
    }

    #[test]
    fn an_ingredient_stands_once() {
        let tables = tables();
        let record = record(&["갑갑", "갑갑염산염", "을을"]);
        let names: Vec<&str> = tables
            .ingredients_of(&record)
            .iter()
            .map(|ingredient| ingredient.name_ko.as_str())
            .collect();
        assert_eq!(names, ["갑갑", "을을"]);
    }
}
