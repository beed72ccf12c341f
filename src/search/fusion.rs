//! Names and meaning together: the order of hits.
//!
//! Names win. Every way in which a product's name or ingredient can meet the question has a level, and levels decide
//! first; among products of one level, and for all products that no name meets (level 0), the similarity decides:
//! the cosine to the product, the cosine to the closest known question for what the product does, and a little BM25.
//! (Measured: with a good dense model, adding a hundredth of BM25 to the cosine ranks better than reciprocal rank fusion, which
//! gives both sides equal say.) The last tie is broken by the catalogue's order.

use super::asked::Closest;
use super::catalogue::Record;
use super::composition::{Composition, Substance};
use super::fold::Folded;
use super::matching::{Manner, Matches};
use super::names::{Reach, words_in};

/// What BM25 counts beside the cosine. (Measured on the evaluation set: nDCG@10 is 0.898 to 0.900 from 0.007 to 0.0085,
/// 0.896 to 0.898 at 0.01 and 0.891 to 0.893 at 0.014, beside known questions at 0.7 to 1.)
pub const LEXICAL_WEIGHT: f32 = 0.008;

/// What the closest known question counts beside the cosine to the product. (Measured on the evaluation set: nDCG@10
/// grows up to about here and stays level to 1; exact names and typing errors lose a little beyond.)
pub const ASKED_WEIGHT: f32 = 0.8;

/// Levels lie further apart than similarities can: see [`Scored::score`].
const LEVEL: f32 = 4.0;

/// Which match explains a product's level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// None: it is found by similarity.
    #[default]
    Similarity,
    /// The match of this number among the names.
    Name(u32),
    /// The match of this number among the substances.
    Substance(u32),
    /// It has the ingredients of the record of this number, which the question names.
    Alike(u32),
}

/// A product's place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scored {
    /// The record's number.
    pub record: u32,
    /// 0: no name met.
    pub level: u32,
    /// Why.
    pub source: Source,
    /// Cosine to the question; 0 where the question has no vector.
    pub dense: f32,
    /// Cosine of the question and the closest known question for what the product does; 0 where there is none.
    pub asked: f32,
    /// BM25.
    pub lexical: f32,
    /// Where hits are grouped: how many others of the same ingredients there are.
    pub alike: u32,
}

impl Scored {
    /// Cosines and BM25 together.
    pub fn similarity(&self) -> f32 {
        self.dense + ASKED_WEIGHT * self.asked + LEXICAL_WEIGHT * self.lexical
    }

    /// One number that falls along the order: the similarity, and 4 for every level, to which the similarity (-1 to 2.9
    /// here) never adds up.
    pub fn score(&self) -> f32 {
        LEVEL * self.level as f32 + self.similarity().clamp(-1.0, 2.9)
    }
}

/// What is known of a question and every record.
pub struct Evidence<'e> {
    /// Cosines to the products, if the question has a vector.
    pub dense: Option<&'e [f32]>,
    /// Closest known questions, if the question has a vector.
    pub asked: Option<&'e [Closest]>,
    /// BM25.
    pub lexical: &'e [f32],
}

/// Puts the better of two first.
pub fn best_first(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    (b.level.cmp(&a.level))
        .then_with(|| b.similarity().total_cmp(&a.similarity()))
        .then(a.record.cmp(&b.record))
}

/// Of products with the same ingredients only the best, with the number of the others.
pub fn group(scored: Vec<Scored>, composition: &Composition) -> Vec<Scored> {
    let mut kept: Vec<Scored> = Vec::new();
    // For every first of its kind, where its kind's best is kept.
    let mut places = vec![usize::MAX; composition.len()];
    for next in scored {
        let place = &mut places[composition.first_alike(next.record as usize) as usize];
        let Some(best) = kept.get_mut(*place) else {
            *place = kept.len();
            kept.push(next);
            continue;
        };
        let alike = best.alike + 1;
        if best_first(&next, best).is_lt() {
            *best = next;
        }
        best.alike = alike;
    }
    kept
}

/// The `k` best, best first.
pub fn best(mut scored: Vec<Scored>, k: usize) -> Vec<Scored> {
    if k < scored.len() {
        scored.select_nth_unstable_by(k, best_first);
        scored.truncate(k);
    }
    scored.sort_unstable_by(best_first);
    scored
}

/// Scores all products.
pub fn score(
    question: &Folded,
    matches: &Matches,
    records: &[Record],
    composition: &Composition,
    evidence: &Evidence<'_>,
) -> Vec<Scored> {
    let mut scored: Vec<Scored> = (evidence.lexical.iter().enumerate())
        .map(|(record, &lexical)| Scored {
            record: record as u32,
            dense: evidence.dense.map_or(0.0, |dense| dense[record]),
            asked: evidence.asked.map_or(0.0, |asked| asked[record].score.max(0.0)),
            lexical,
            ..Scored::default()
        })
        .collect();
    substance_levels(matches, composition, &mut scored);
    name_levels(question, matches, records, &mut scored);
    alike_levels(matches, composition, &mut scored);
    scored
}

fn raise(scored: &mut Scored, level: u32, source: Source) {
    if level > scored.level {
        scored.level = level;
        scored.source = source;
    }
}

/// Whoever asks for a brand wants it first and then what is the same: products with the ingredients of the one that is
/// named follow all that a name met, those that hold other ingredients too behind them.
fn alike_levels(matches: &Matches, composition: &Composition, scored: &mut [Scored]) {
    /// Mixtures of more ingredients than this are named for the mixture, not for what else holds it.
    const FEW: usize = 2;
    let best = scored.iter().map(|scored| scored.level).max().unwrap_or(0);
    let named = scored
        .iter()
        .filter(|scored| scored.level == best)
        .filter(|scored| match scored.source {
            // Half a name is still being typed.
            Source::Name(met) => matches!(matches.names[met as usize].manner, Manner::Exact | Manner::Typo),
            _ => false,
        });
    let mut kinds: Vec<u32> = Vec::new();
    for record in named.map(|scored| scored.record) {
        let count = composition.of(record as usize).len();
        let fewest = kinds
            .first()
            .map_or(usize::MAX, |&kind| composition.of(kind as usize).len());
        // Of a family of brands, as 타이레놀 and 타이레놀콜드, the plain ones.
        if count > 0 && count < fewest {
            kinds.clear();
        }
        let alike = |kind: &u32| composition.first_alike(*kind as usize) == composition.first_alike(record as usize);
        if count > 0 && count <= fewest && !kinds.iter().any(alike) {
            kinds.push(record);
        }
    }
    for (number, scored) in scored.iter_mut().enumerate() {
        let members = composition.of(number);
        for &kind in &kinds {
            let wanted = composition.of(kind as usize);
            let level = if composition.first_alike(number) == composition.first_alike(kind as usize) {
                2
            } else if wanted.len() <= FEW && wanted.iter().all(|member| members.contains(member)) {
                1
            } else {
                continue;
            };
            raise(scored, level, Source::Alike(kind));
        }
    }
}

fn name_levels(question: &Folded, matches: &Matches, records: &[Record], scored: &mut [Scored]) {
    // A longer stretch that begins a name explains the question better than a shorter one that is a name:
    // 타이레놀 콜드 means 타이레놀콜드에스정, not 타이레놀정. But 리단정(탄산리튬) does not mean 명인탄산리튬정, whose name
    // without its company is the ingredient.
    let whole = matches.names.iter().filter(|met| !met.found.shortened);
    let longest = whole.map(|met| met.window.len()).max().unwrap_or(0);
    let mut rest = Rest::default();
    for (number, met) in matches.names.iter().enumerate() {
        let found = &met.found;
        let covered = (found.coverage * 8.0) as u32;
        let level = match (met.manner, found.reach) {
            (Manner::Exact, reach) => {
                let outdone = u32::from(met.window.len() < longest);
                let reached = match reach {
                    Reach::Full => 58,
                    Reach::Stem => 54,
                    Reach::Brand | Reach::Beginning => 50,
                };
                reached - u32::from(found.shortened) - 24 * outdone
            }
            (Manner::Initials, Reach::Full | Reach::Stem | Reach::Brand) => 46 - u32::from(found.shortened),
            (Manner::Prefix | Manner::Initials, _) => 36 + covered - u32::from(found.shortened),
            (Manner::Typo, Reach::Beginning) => 29 - 3 * found.errors.min(4) + u32::from(found.likely),
            (Manner::Typo, _) => 31 - 3 * found.errors.min(4) + u32::from(found.likely),
        };
        let record = met.found.record as usize;
        let words = rest.of(question, &met.window);
        let more = if words.is_empty() {
            0
        } else {
            words_in(&records[record].name, &records[record].company, words).min(2) as u32
        };
        raise(&mut scored[record], level + more, Source::Name(number as u32));
    }
}

/// The words of a question outside a window, of which there are few and many matches.
#[derive(Default)]
struct Rest<'q> {
    window: std::ops::Range<usize>,
    words: Vec<&'q [char]>,
}

impl<'q> Rest<'q> {
    fn of(&mut self, question: &'q Folded, window: &std::ops::Range<usize>) -> &[&'q [char]] {
        if self.window != *window {
            self.window = window.clone();
            let outside = question.words.iter().flat_map(|word| {
                let before = word.start..word.end.min(window.start);
                let after = word.start.max(window.end)..word.end;
                [before, after]
            });
            self.words = outside
                .filter(|part| !part.is_empty())
                .map(|part| &question.chars[part])
                .collect();
        }
        &self.words
    }
}

fn substance_levels(matches: &Matches, composition: &Composition, scored: &mut [Scored]) {
    let exact: Vec<Substance> = matches.exact_substances().collect();
    let mut done: Vec<(Substance, Manner)> = Vec::new();
    for (number, met) in matches.substances.iter().enumerate() {
        let found = &met.found;
        if done.contains(&(found.substance, met.manner)) {
            continue;
        }
        done.push((found.substance, met.manner));
        let level = match (met.manner, found.substance) {
            (Manner::Exact, Substance::One(_)) => 14,
            (Manner::Exact, Substance::Group(_)) => 12,
            (Manner::Prefix | Manner::Initials, _) => 8 + (found.coverage * 2.0) as u32,
            (Manner::Typo, _) => 8_u32.saturating_sub(found.errors).max(1),
        };
        composition.holders(found.substance, |record| {
            let mut more = 0;
            if met.manner == Manner::Exact {
                let held = exact
                    .iter()
                    .filter(|&&other| composition.holds(record, other).is_some())
                    .count();
                let members = composition.of(record);
                let pure = members
                    .iter()
                    .all(|&member| exact.iter().any(|&other| composition.is(member, other)));
                more = 2 * (held - 1).min(3) as u32 + u32::from(pure);
            }
            raise(&mut scored[record], level + more, Source::Substance(number as u32));
        });
    }
}
