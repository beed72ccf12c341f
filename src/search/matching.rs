//! Which names of products and ingredients a question holds.

use std::ops::Range;

use super::body;
use super::brand;
use super::composition::{Composition, Substance, SubstanceMatch};
use super::fold::Folded;
use super::group_names;
use super::jamo;
use super::keys::LONGEST_PATTERN;
use super::names::{NameMatch, Names, Reach};
use super::ordinary::Ordinary;
use super::terms::{Window, windows};

/// How a name was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manner {
    /// As it is written, up to what folding takes away.
    Exact,
    /// Its beginning.
    Prefix,
    /// By the initial consonants of its syllables (초성).
    Initials,
    /// With typing errors.
    Typo,
}

/// A name, and where in the question it was met.
#[derive(Debug, Clone, PartialEq)]
pub struct Met<T> {
    /// What was met.
    pub found: T,
    /// In which way.
    pub manner: Manner,
    /// Its characters in the folded question.
    pub window: Range<usize>,
}

/// All names that a question holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matches {
    /// Names of products.
    pub names: Vec<Met<NameMatch>>,
    /// Names of ingredients and their groups.
    pub substances: Vec<Met<SubstanceMatch>>,
}

/// Typing errors that a name of this many keystrokes is allowed: about one in six, and three at most.
fn allowed(codes: usize, whole: bool) -> u32 {
    match codes {
        0..4 => 0,
        // In a sentence, most words that look like a short name are something else.
        4..7 if !whole => 0,
        4..9 => 1,
        9..16 if whole => 2,
        9..16 => 1,
        _ if whole => 3,
        _ => 2,
    }
}

/// Keystrokes that a group's name must have, without what many groups are called (억제제), to be met with typing errors:
/// 진통제, 진토제 and 진경제 lie one keystroke apart, and so do COMT and COX-2 inhibitors nearly.
const TELLING: usize = 9;

/// Finds the names in `question`.
///
/// Exact names come first and the longest wins: 데스로라타딘 is never taken for 로라타딘. Beginnings, initials and
/// misspelt names are looked for where no exact name stands.
pub fn find(question: &Folded, names: &Names, composition: &Composition, ordinary: &Ordinary) -> Matches {
    let windows = windows(question);
    let mut all = Matches::default();
    let mut taken = vec![false; question.words.len()];
    let overlaps = |taken: &[bool], window: &Window| taken[window.words.clone()].contains(&true);

    for window in &windows {
        if !overlaps(&taken, window) && exact(question, window, names, composition, ordinary, &mut all) {
            taken[window.words.clone()].fill(true);
        }
    }
    // Their words stay taken: what is acted on is no half-typed or misspelt name either.
    all.substances
        .retain(|met| !body::is_acted_on(&question.chars[met.window.end..]));

    let whole_is_exact = all.names.iter().any(|met| met.window.len() == question.chars.len());
    for window in &windows {
        let chars = &question.chars[window.range.clone()];
        let fits = if window.whole {
            window.codes.len() >= 2
        } else {
            // A single word of a sentence, or several that continue a name: 타이레놀 콜드, of 타이레놀콜드에스정.
            let several = window.words.len() > 1 && chars.len() >= 4 && taken[window.words.start];
            several || (!overlaps(&taken, window) && chars.len() >= 3 && !ordinary.begins(chars))
        };
        if fits {
            beginnings(window, names, composition, whole_is_exact, &mut all);
        }
    }

    for word in &question.words {
        initials(question, word.clone(), names, composition, &mut all);
    }
    if all == Matches::default() {
        latin_keys(question, names, &mut all);
    }

    let begun: Vec<Range<usize>> = all.names.iter().map(|met| met.window.clone()).collect();
    for window in &windows {
        let chars = &question.chars[window.range.clone()];
        let consonants = chars.iter().all(|&char| jamo::is_consonant(char));
        let word = window.words.len() <= 2 && chars.len() >= 3 && !ordinary.begins(chars);
        if !overlaps(&taken, window) && !consonants && (window.whole || word) {
            typos(
                question,
                window,
                names,
                composition,
                begun.contains(&window.range),
                &mut all,
            );
        }
    }
    all
}

/// The names that a window of `question` is, in full or up to their brand or form.
pub fn exact_names(
    question: &Folded,
    window: &Window,
    names: &Names,
    ordinary: &Ordinary,
    mut found: impl FnMut(NameMatch),
) {
    let chars = &question.chars[window.range.clone()];
    // 시원, 편해 and 소담 are brands too; in a sentence they are words.
    if window.whole || chars.len() > 2 || !ordinary.begins(chars) {
        names.beginning_with(&window.codes, |hit| {
            if hit.reach != Reach::Beginning {
                found(hit);
            }
        });
    }
}

fn exact(
    question: &Folded,
    window: &Window,
    names: &Names,
    composition: &Composition,
    ordinary: &Ordinary,
    all: &mut Matches,
) -> bool {
    let chars = &question.chars[window.range.clone()];
    if chars.len() < 2 && !window.whole {
        return false;
    }
    let before = (all.names.len(), all.substances.len());
    exact_names(question, window, names, ordinary, |found| {
        all.names.push(met(found, Manner::Exact, window));
    });
    // 이부프로펜정: an ingredient and its form.
    let brand = brand::parts(chars).brand;
    let substance = composition.named(&window.codes).or_else(|| {
        let bare = brand >= 3 && brand < chars.len();
        bare.then(|| composition.named(&jamo::codes(&chars[..brand]))).flatten()
    });
    let substance = substance
        .or_else(|| group_names::spellings(chars).find_map(|spelling| composition.named(&jamo::codes(&spelling))));
    let substance = substance.or_else(|| {
        let text: String = chars.iter().collect();
        (chars.len() >= 4).then(|| composition.find(&text)).flatten()
    });
    if let Some(substance) = substance {
        let found = SubstanceMatch {
            substance,
            whole: true,
            errors: 0,
            coverage: 1.0,
        };
        all.substances.push(met(found, Manner::Exact, window));
    }
    before != (all.names.len(), all.substances.len())
}

fn beginnings(window: &Window, names: &Names, composition: &Composition, known: bool, all: &mut Matches) {
    names.beginning_with(&window.codes, |found| {
        if found.reach == Reach::Beginning {
            all.names.push(met(found, Manner::Prefix, window));
        }
    });
    // A brand that stands there in full is not also half an ingredient.
    if !known && window.codes.len() >= 4 {
        composition.beginning_with(&window.codes, |found| {
            if !found.whole {
                all.substances.push(met(found, Manner::Prefix, window));
            }
        });
    }
}

fn initials(question: &Folded, word: Range<usize>, names: &Names, composition: &Composition, all: &mut Matches) {
    let chars = &question.chars[word.clone()];
    let whole = word.len() == question.chars.len();
    let consonants = chars
        .iter()
        .all(|&char| jamo::is_consonant(char) || (whole && char.is_ascii_digit()));
    // ㅋㅋ and ㅎㅎㅎ in a sentence are laughter.
    let laughter = chars.iter().all(|char| *char == chars[0]);
    let codes = jamo::codes(chars);
    if codes.len() < 2 || !consonants || !jamo::is_consonant(chars[0]) || (laughter && !whole) {
        return;
    }
    let window = word;
    names.with_initials(&codes, |found| {
        all.names.push(Met {
            found,
            manner: Manner::Initials,
            window: window.clone(),
        });
    });
    if codes.len() >= 3 {
        composition.with_initials(&codes, |found| {
            all.substances.push(Met {
                found,
                manner: Manner::Initials,
                window: window.clone(),
            });
        });
    }
}

/// The keyboard was left in Latin.
fn latin_keys(question: &Folded, names: &Names, all: &mut Matches) {
    let Some(codes) = jamo::codes_of_latin_keys(&question.chars).filter(|codes| codes.len() >= 4) else {
        return;
    };
    names.beginning_with(&codes, |found| {
        let manner = if found.reach == Reach::Beginning {
            Manner::Prefix
        } else {
            Manner::Exact
        };
        all.names.push(Met {
            found,
            manner,
            window: 0..question.chars.len(),
        });
    });
}

fn typos(question: &Folded, window: &Window, names: &Names, composition: &Composition, begun: bool, all: &mut Matches) {
    let max = allowed(window.codes.len(), window.whole);
    if max == 0 || window.codes.len() > LONGEST_PATTERN {
        return;
    }
    let mut found_names: Vec<NameMatch> = Vec::new();
    for codes in swapped(&question.chars[window.range.clone()]) {
        names.beginning_with(&codes, |found| {
            if found.reach != Reach::Beginning {
                found_names.push(NameMatch { errors: 1, ..found });
            }
        });
    }
    // Where names begin like this, only a whole name with an error is as likely as they are.
    names.similar_to(&window.codes, max, |found| {
        if !(begun && found.reach == Reach::Beginning) && found.errors > 0 {
            found_names.push(found);
        }
    });
    let mut found_substances: Vec<SubstanceMatch> = Vec::new();
    let telling = group_names::telling(&question.chars[window.range.clone()]);
    let group = jamo::codes(telling).len() >= TELLING;
    composition.similar_to(&window.codes, max, |found| {
        let is_group = matches!(found.substance, Substance::Group(_));
        if found.whole && found.errors > 0 && (group || !is_group) {
            found_substances.push(found);
        }
    });
    // The fewest errors explain best; what needs more is something else.
    let names_least = found_names.iter().map(|found| found.errors);
    let least = names_least
        .chain(found_substances.iter().map(|found| found.errors))
        .min();
    for found in found_names {
        if Some(found.errors) == least {
            all.names.push(met(found, Manner::Typo, window));
        }
    }
    for found in found_substances {
        if Some(found.errors) == least {
            all.substances.push(met(found, Manner::Typo, window));
        }
    }
}

/// What would be typed with two neighbouring syllables the other way round: 날그엔 for 그날엔. One slip of the mind,
/// though many keys.
fn swapped(chars: &[char]) -> Vec<Vec<u8>> {
    if chars.len() < 3 {
        return Vec::new();
    }
    let mut chars = chars.to_vec();
    let mut all = Vec::new();
    for at in 1..chars.len() {
        if chars[at - 1] != chars[at] {
            chars.swap(at - 1, at);
            all.push(jamo::codes(&chars));
            chars.swap(at - 1, at);
        }
    }
    all
}

fn met<T>(found: T, manner: Manner, window: &Window) -> Met<T> {
    Met {
        found,
        manner,
        window: window.range.clone(),
    }
}

impl Matches {
    /// The substances that stand in the question exactly.
    pub fn exact_substances(&self) -> impl Iterator<Item = Substance> {
        let exact = self.substances.iter().filter(|met| met.manner == Manner::Exact);
        exact.map(|met| met.found.substance)
    }
}
