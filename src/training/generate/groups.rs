//! What a pair is about, so that no text of the same meaning counts as a wrong answer.

use std::collections::{BTreeMap, BTreeSet};

use super::Sources;
use crate::search::{DrugType, Kind};
use crate::search::{Ingredient, Record};

/// Whether a class holds drugs of quite different uses, so that it tells little of what one of them is for: the rests
/// ("기타의 …", "따로 분류되지 않는 …" end in 9), the headings (they end in 0), and drugs for cancers.
fn is_broad(class_code: &str) -> bool {
    class_code.ends_with(['9', '0']) || class_code == "421"
}

/// The classes in which each ingredient and pharmacologic group occurs.
pub struct Groups {
    by_ingredient: BTreeMap<String, BTreeSet<String>>,
    by_group: BTreeMap<String, BTreeSet<String>>,
    /// The classes that are mostly injections.
    injected: BTreeSet<String>,
}

fn is_injection(record: &Record) -> bool {
    record.form.contains("주사")
}

impl Groups {
    /// As the catalogue has it. Only products of one ingredient tell what class it is of.
    pub fn new(sources: &Sources) -> Self {
        let mut groups = Self {
            by_ingredient: BTreeMap::new(),
            by_group: BTreeMap::new(),
            injected: BTreeSet::new(),
        };
        let mut injections: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for record in &sources.catalogue.records {
            let (injected, all) = injections.entry(&record.class_code).or_default();
            *injected += usize::from(is_injection(record));
            *all += 1;
        }
        let mostly = injections
            .into_iter()
            .filter(|(_, (injected, all))| 2 * injected > *all);
        groups.injected = mostly.map(|(class, _)| class.to_owned()).collect();
        for record in &sources.catalogue.records {
            if is_broad(&record.class_code) || record.class_code.is_empty() || record.ingredients_ko.len() != 1 {
                continue;
            }
            for ingredient in sources.tables.ingredients_of(record) {
                let note = |map: &mut BTreeMap<String, BTreeSet<String>>, key: &str| {
                    map.entry(key.to_owned()).or_default().insert(record.class_code.clone());
                };
                note(&mut groups.by_ingredient, &ingredient.name_ko);
                if !ingredient.group_en.is_empty() {
                    note(&mut groups.by_group, &ingredient.group_en);
                }
            }
        }
        groups
    }

    /// Of a question for what an ingredient does: the ingredient, its group, and their classes.
    pub fn of_ingredient(&self, ingredient: &Ingredient) -> Vec<String> {
        let mut groups = vec![format!("i:{}", ingredient.name_ko)];
        if !ingredient.group_en.is_empty() {
            groups.push(format!("g:{}", ingredient.group_en));
        }
        let classes = self.by_ingredient.get(&ingredient.name_ko);
        groups.extend(classes.into_iter().flatten().map(|class| format!("c:{class}")));
        groups
    }

    /// Of a question for a type of drugs.
    pub fn of_type(&self, row: &DrugType) -> Vec<String> {
        match row.kind {
            Kind::Class => vec![format!("c:{}", row.code)],
            Kind::Dur => vec![format!("d:{}", row.code)],
            Kind::Group => {
                let classes = self.by_group.get(&row.code).into_iter().flatten();
                let mut groups = vec![format!("g:{}", row.code)];
                groups.extend(classes.map(|class| format!("c:{class}")));
                groups
            }
        }
    }

    /// Of a question that a class answers, as far as the class says what the record is for: not where the class is
    /// broad, nor for an injection in a class of drugs that people take themselves.
    pub fn of_class(&self, record: &Record) -> Option<String> {
        let class = &record.class_code;
        let odd = is_injection(record) && !self.injected.contains(class);
        (!class.is_empty() && !is_broad(class) && !odd).then(|| format!("c:{class}"))
    }
}
