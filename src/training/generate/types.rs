//! The first stage: names of drug types and ingredients, and questions for them, to what they are for.

use super::groups::Groups;
use super::{Generated, Sources};
use crate::search::Kind;

pub fn pairs(sources: &Sources, groups: &Groups) -> Vec<Generated> {
    let mut pairs = Vec::new();
    for row in &sources.tables.types.rows {
        let named = format!("{} {}", row.name, row.purpose);
        let answers: Vec<&str> = [named.as_str(), row.definition.as_str(), row.purpose.as_str()]
            .into_iter()
            .filter(|answer| !answer.is_empty())
            .collect();
        let own = groups.of_type(row);
        let kind = if row.kind == Kind::Dur { "warning" } else { "type" };
        let mut add = |query: &str, answer: usize, kind| {
            let place = pairs.len();
            let passage = answers[answer % answers.len()];
            if query != passage {
                pairs.push(Generated {
                    query: query.to_owned(),
                    passage: passage.to_owned(),
                    groups: own.clone(),
                    // One at a time: they take as long as any other text.
                    negatives: turn(&row.near_misses, place),
                    kind,
                });
            }
        };
        for (place, question) in row.questions.iter().enumerate() {
            add(question, place, kind);
        }
        for name in [&row.name].into_iter().chain(&row.aliases) {
            add(name, 1, "name");
        }
        add(&row.purpose, 1, "purpose");
    }
    for ingredient in sources.tables.ingredients.entries() {
        let uses: Vec<&str> = [ingredient.purpose_ko.as_str(), ingredient.indication_ko.as_str()]
            .into_iter()
            .filter(|phrase| !phrase.is_empty())
            .collect();
        if uses.is_empty() {
            continue;
        }
        let own = groups.of_ingredient(ingredient);
        let mut add = |query: &str, passage: String, kind| {
            pairs.push(Generated {
                query: query.to_owned(),
                passage,
                groups: own.clone(),
                negatives: Vec::new(),
                kind,
            });
        };
        for (place, question) in sources.tables.questions.of(ingredient).iter().enumerate() {
            let answer = format!("{} {}", ingredient.name_ko, uses[place % uses.len()]);
            add(question, answer, "ingredient's use");
        }
        for (place, name) in ingredient.names().enumerate() {
            add(name, uses[place % uses.len()].to_owned(), "ingredient");
        }
    }
    pairs
}

/// One of `items`, another each turn.
pub fn turn(items: &[String], turn: usize) -> Vec<String> {
    items
        .iter()
        .cycle()
        .nth(if items.is_empty() { 0 } else { turn % items.len() })
        .cloned()
        .into_iter()
        .collect()
}
