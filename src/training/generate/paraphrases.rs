//! Two phrases that mean the same in other words, each with one that looks alike and means something else.
//!
//! A model that was not tuned goes by letters: 혈압을 낮추는 약 and 혈압을 올리는 약 are all but one to it.

use std::collections::BTreeSet;

use super::exclusive::{is_term, others};
use super::groups::Groups;
use super::letters::{letters, likeness, related};
use super::types::turn;
use super::{Generated, Sources};
use crate::search::{DrugType, DrugTypes, Ingredient, Kind};
use crate::training::random::{Generator, derive};

/// Paraphrases of each type of drugs, besides its names.
const PARAPHRASES: usize = 6;
/// From this share of common letters on, two names look alike.
const LIKE_NAMES: f64 = 0.3;
/// What tells the random choices here from others of the same seed.
const STREAM: u64 = 0x5e47;

pub fn pairs(sources: &Sources, groups: &Groups, seed: u64) -> Vec<Generated> {
    let mut pairs = Vec::new();
    for (number, row) in sources.tables.types.rows.iter().enumerate() {
        let mut asker = Asker {
            groups: groups.of_type(row),
            wrong: row.near_misses.clone(),
            pairs: &mut pairs,
        };
        of_type(
            row,
            &sources.tables.types,
            &mut Generator::new(derive(seed, &[STREAM, 0, number as u64])),
            &mut asker,
        );
    }
    let ingredients = sources.tables.ingredients.entries();
    for (number, ingredient) in ingredients.iter().enumerate() {
        let mut asker = Asker {
            groups: groups.of_ingredient(ingredient),
            wrong: look_alikes(ingredient, ingredients),
            pairs: &mut pairs,
        };
        let questions = sources.tables.questions.of(ingredient);
        let mut generator = Generator::new(derive(seed, &[STREAM, 1, number as u64]));
        of_ingredient(ingredient, ingredients, questions, &mut generator, &mut asker);
    }
    pairs
}

/// Collects pairs of one meaning.
struct Asker<'a> {
    groups: Vec<String>,
    /// What looks alike.
    wrong: Vec<String>,
    pairs: &'a mut Vec<Generated>,
}

impl Asker<'_> {
    fn same(&mut self, a: &str, b: &str) {
        let wrong = turn(&self.wrong, self.pairs.len());
        self.pair(a, b, wrong);
    }

    fn pair(&mut self, a: &str, b: &str, wrong: Vec<String>) {
        if a != b && !a.is_empty() && !b.is_empty() {
            self.pairs.push(Generated {
                query: a.to_owned(),
                passage: b.to_owned(),
                groups: self.groups.clone(),
                negatives: wrong,
                kind: "paraphrase",
            });
        }
    }
}

fn of_type(row: &DrugType, types: &DrugTypes, generator: &mut Generator, asker: &mut Asker) {
    let mut ways: Vec<&String> = row.questions.iter().collect();
    generator.shuffle(&mut ways);
    for (turn, way) in ways.iter().take(PARAPHRASES).enumerate() {
        // A question with another, with the purpose, with the name, in turn.
        match turn % 3 {
            0 => asker.same(way, ways[(turn + PARAPHRASES) % ways.len()]),
            1 => asker.same(&row.purpose, way),
            _ => asker.same(&row.name, way),
        }
    }
    asker.same(&row.name, &row.purpose);
    let others: Vec<&DrugType> = others(&row.code)
        .filter_map(|code| types.get(Kind::Group, code))
        .collect();
    for alias in &row.aliases {
        if is_term(row, alias) && !others.is_empty() {
            let other = others[generator.below(others.len())];
            asker.pair(&row.name, alias, vec![other.name.clone()]);
        } else {
            asker.same(&row.name, alias);
        }
    }
}

fn of_ingredient(
    ingredient: &Ingredient,
    all: &[Ingredient],
    questions: &[String],
    generator: &mut Generator,
    asker: &mut Asker,
) {
    let name = &ingredient.name_ko;
    for other in ingredient.names().filter(|other| other != name) {
        asker.pair(
            name,
            other,
            mate(ingredient, other, all, generator).into_iter().collect(),
        );
    }
    asker.same(name, &ingredient.purpose_ko);
    if !questions.is_empty() {
        asker.same(name, &questions[generator.below(questions.len())]);
    }
}

/// The name of another ingredient of the group, in the script of `name`: what they are for does not tell them apart.
fn mate(ingredient: &Ingredient, name: &str, all: &[Ingredient], generator: &mut Generator) -> Option<String> {
    let of = |other: &Ingredient| {
        if name.is_ascii() {
            &other.name_en
        } else {
            &other.name_ko
        }
        .clone()
    };
    let others = all
        .iter()
        .filter(|other| !ingredient.group_en.is_empty() && other.group_en == ingredient.group_en);
    let names: Vec<String> = others
        .filter(|other| !related(ingredient, other))
        .map(of)
        .filter(|name| !name.is_empty())
        .collect();
    (!names.is_empty()).then(|| names[generator.below(names.len())].clone())
}

/// Names of ingredients of other groups and uses that look most like this one's, at most three.
fn look_alikes(ingredient: &Ingredient, all: &[Ingredient]) -> Vec<String> {
    let own = letters(&ingredient.name_ko);
    let uses = stems(ingredient);
    let mut like: Vec<(f64, &str)> = all
        .iter()
        .filter(|other| !ingredient.group_en.is_empty() && !other.group_en.is_empty())
        .filter(|other| other.group_en != ingredient.group_en && stems(other).is_disjoint(&uses))
        .filter(|other| !other.name_ko.contains(&ingredient.name_ko) && !ingredient.name_ko.contains(&other.name_ko))
        .map(|other| (likeness(&own, &letters(&other.name_ko)), other.name_ko.as_str()))
        .filter(|(likeness, _)| *likeness >= LIKE_NAMES)
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    like.iter().take(3).map(|(_, name)| (*name).to_owned()).collect()
}

/// The words of what it is for, without their endings: who shares one may be for the same.
fn stems(ingredient: &Ingredient) -> BTreeSet<String> {
    [&ingredient.purpose_ko, &ingredient.indication_ko]
        .into_iter()
        .flat_map(|phrase| phrase.split(|char: char| !char.is_alphanumeric()))
        .map(|word| word.chars().take(2).collect::<String>())
        .filter(|stem| stem.chars().count() == 2)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ingredient(name: &str, group: &str, purpose: &str) -> Ingredient {
        Ingredient {
            name_ko: name.into(),
            group_en: group.into(),
            purpose_ko: purpose.into(),
            ..Ingredient::default()
        }
    }

    #[test]
    fn a_mate_is_of_the_group_and_in_the_same_script() {
        let mut all = [
            ingredient("오메프라졸", "ppi", ""),
            ingredient("란소프라졸", "ppi", ""),
            ingredient("아리피프라졸", "antipsychotic", ""),
            ingredient("모름", "", ""),
            ingredient("에스오메프라졸", "ppi", ""),
        ];
        all[1].name_en = "lansoprazole".into();
        let mate = |of: usize, name| mate(&all[of], name, &all, &mut Generator::new(0));
        assert_eq!(mate(0, "omeprazole").as_deref(), Some("lansoprazole"));
        assert_eq!(mate(0, "오메프라졸").as_deref(), Some("란소프라졸"));
        assert_eq!(mate(1, "lansoprazole"), None, "its mates have no name in Latin letters");
        assert_eq!((mate(2, "아리피프라졸"), mate(3, "모름")), (None, None));
    }

    #[test]
    fn look_alikes_are_for_something_else() {
        let all = [
            ingredient("오메프라졸", "ppi", "위산 분비를 막는다"),
            ingredient("에스오메프라졸", "ppi", "위산 분비를 막는다"),
            ingredient("아리피프라졸", "antipsychotic", "조현병의 망상을 줄인다"),
            ingredient("프라졸람", "sedative", "위산 걱정을 던다"),
            ingredient("무관", "other", "다른 데 쓴다"),
            ingredient("라졸", "", "모른다"),
        ];
        // Not one of its group, of a like use, of another name, or of no known group.
        assert_eq!(look_alikes(&all[0], &all), ["아리피프라졸"]);
        assert!(look_alikes(&all[5], &all).is_empty());
    }
}
