//! Why a product is a hit.

use super::super::asked::Closest;
use super::super::composition::Substance;
use super::super::fold::Span;
use super::super::fusion::{Scored, Source};
use super::super::matching::Matches;
use super::super::{Reason, Record, names, salts};
use super::Index;

impl Index {
    /// What explains the place of `scored`: the name that was met, or the purpose and the known question that are closest.
    pub(super) fn reason(
        &self,
        scored: &Scored,
        matches: &Matches,
        phrase_scores: Option<&[f32]>,
        asked: Option<&[Closest]>,
    ) -> Reason {
        let number = scored.record as usize;
        let record = &self.parts.records[number];
        match scored.source {
            Source::Name(met) => {
                let met = &matches.names[met as usize];
                if let Some(span) = names::span(&record.name, &met.found) {
                    let length = (span.end - span.start) as usize;
                    return Reason::Name {
                        manner: met.manner,
                        matched: record.name.chars().skip(span.start as usize).take(length).collect(),
                        span,
                        errors: met.found.errors,
                    };
                }
            }
            Source::Substance(met) => {
                let met = &matches.substances[met as usize];
                if let Some(component) = self.composition.holds(number, met.found.substance) {
                    let (item, span) = self.item(record, component).unzip();
                    return Reason::Ingredient {
                        manner: met.manner,
                        matched: self.composition.component(component).name.clone(),
                        item,
                        span,
                        group: match met.found.substance {
                            Substance::Group(group) => Some(self.composition.group(group).to_owned()),
                            Substance::One(_) => None,
                        },
                        errors: met.found.errors,
                    };
                }
            }
            Source::Alike(like) => {
                return Reason::Alike {
                    like: self.parts.records[like as usize].name.clone(),
                    more: self.composition.first_alike(number) != self.composition.first_alike(like as usize),
                };
            }
            Source::Similarity => {}
        }
        let end = |number: usize| self.parts.phrase_ends[number] as usize;
        let own = &self.parts.phrase_members[number.checked_sub(1).map_or(0, end)..end(number)];
        let closest = phrase_scores.and_then(|scores| {
            let score = |phrase: &u32| scores[*phrase as usize];
            // max_by takes the last of equals; the class's phrase comes first and should win.
            own.iter().rev().max_by(|a, b| score(a).total_cmp(&score(b)))
        });
        match closest.or(own.first()) {
            Some(&phrase) => Reason::Purpose {
                purpose: self.parts.phrases[phrase as usize].clone(),
                // Where it explains more than the product's own text.
                question: (asked.map(|asked| asked[number]))
                    .filter(|closest| closest.score > scored.dense)
                    .map(|closest| self.parts.asked.questions[closest.question as usize].clone()),
            },
            None => Reason::Meaning,
        }
    }

    /// Which item of a record's ingredients holds a component, and where the component's name stands in it: as the table
    /// spells it, else all of the item.
    fn item(&self, record: &Record, component: u32) -> Option<(usize, Span)> {
        let name = &self.composition.component(component).name;
        let count = |text: &str| text.chars().count() as u32;
        let holds =
            |item: &str| salts::split(item).any(|part| self.composition.find(&part) == Some(Substance::One(component)));
        let mut items = record.ingredients_ko.iter().enumerate().filter(|(_, item)| holds(item));
        let (number, item) = items.next()?;
        let start = item.find(name.as_str());
        let span = start.map_or(
            Span {
                start: 0,
                end: count(item),
            },
            |byte| {
                let start = count(&item[..byte]);
                Span {
                    start,
                    end: start + count(name),
                }
            },
        );
        Some((number, span))
    }
}
