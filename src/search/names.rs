//! Product names, searched as people type them: whole, half typed, by initial consonants, misspelt.

use std::ops::Range;

use super::brand;
use super::fold::{Folded, Span, fold, fold_name};
use super::jamo;
use super::keys::{Keys, best_beginning};
use super::slips;

/// The number of characters with which a brand repeats its company, and which people leave out: 한독 of 한독세로자트
/// by (주)한독. 0 if it does not, or if hardly anything would remain.
fn company_prefix(name: &[char], brand: usize, company: &[char]) -> usize {
    let common = |company: &[char]| name[..brand].iter().zip(company).take_while(|(a, b)| a == b).count();
    let korea = "한국".chars().count();
    let own = common(company);
    let length = match company.strip_prefix(&['한', '국']) {
        // 한국로슈's 로슈…, and 한국로슈's 한국로슈….
        Some(rest) if own <= korea => common(rest),
        _ => own,
    };
    if length >= 2 && brand >= length + 2 { length } else { 0 }
}

/// A company's name without its legal form: 종근당 of (주)종근당.
pub fn company_core(company: &str) -> String {
    let folded = fold_name(company).compact();
    let core = folded.replace("주식회사", "").replace("유한회사", "");
    if core.is_empty() { folded } else { core }
}

/// How much of a name a key reaches.
#[derive(Debug, Clone, Copy)]
struct Entry {
    record: u32,
    /// Characters of the folded name before the key (the company's).
    skipped: u16,
    /// Length of the brand in codes, and in characters.
    brand: (u16, u16),
    /// Length of brand and form in codes, and in characters.
    stem: (u16, u16),
}

/// How a name was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The name with strength and form, all but what stands in brackets.
    Full,
    /// Brand and form.
    Stem,
    /// The brand.
    Brand,
    /// The beginning of the name.
    Beginning,
}

/// A product name that was met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NameMatch {
    /// The record's number.
    pub record: u32,
    /// How much was met.
    pub reach: Reach,
    /// Typing errors.
    pub errors: u32,
    /// The part of the brand that was typed, 0 to 1.
    pub coverage: f32,
    /// Whether the company's name at the brand's beginning was left out.
    pub shortened: bool,
    /// Characters of the folded name before the match (the company's).
    pub skipped: u32,
    /// How much of the key was met: characters for initials, keystrokes otherwise.
    pub length: u32,
    /// Whether initials were met.
    pub initials: bool,
    /// Whether the typing error is one that is easily made: see [`slips`].
    pub likely: bool,
}

/// The names of a catalogue.
#[derive(Debug, Clone, Default)]
pub struct Names {
    entries: Vec<Entry>,
    typed: Keys,
    initials: Keys,
}

impl Names {
    /// Takes the names of records apart: pairs of name and company.
    pub fn new<'a>(records: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut names = Self::default();
        let mut cores: std::collections::HashMap<&str, Vec<char>> = std::collections::HashMap::new();
        let mut codes = Vec::new();
        let mut initials = Vec::new();
        for (record, (name, company)) in records.enumerate() {
            let chars = fold_name(name).chars;
            let parts = brand::parts(&chars);
            let core = cores
                .entry(company)
                .or_insert_with(|| company_core(company).chars().collect());
            let prefix = company_prefix(&chars, parts.brand, core);
            for skipped in [Some(0), (prefix > 0).then_some(prefix)].into_iter().flatten() {
                codes.clear();
                initials.clear();
                let (mut brand, mut stem) = (0, 0);
                for (at, &char) in chars.iter().enumerate().skip(skipped) {
                    jamo::keys_of(char, |key| codes.push(jamo::code(key)));
                    initials.push(jamo::initial(char));
                    if at + 1 == parts.brand {
                        brand = codes.len();
                    }
                    if at + 1 == parts.stem {
                        stem = codes.len();
                    }
                }
                // A key of more than 65,535 codes is no name; it is found by its beginning.
                let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
                names.typed.push(&codes);
                names.initials.push(&initials);
                names.entries.push(Entry {
                    record: record as u32,
                    skipped: short(skipped),
                    brand: (short(brand), short(parts.brand - skipped)),
                    stem: (short(stem), short(parts.stem - skipped)),
                });
            }
        }
        names.typed.finish();
        names.initials.finish();
        names
    }

    /// The names of which `codes` are the beginning, or all.
    pub fn beginning_with(&self, codes: &[u8], found: impl FnMut(NameMatch)) {
        self.beginning(&self.typed, codes, |entry| (entry.brand.0, entry.stem.0), found);
    }

    /// The names whose syllables begin with these consonants.
    pub fn with_initials(&self, initials: &[u8], mut found: impl FnMut(NameMatch)) {
        let ends = |entry: &Entry| (entry.brand.1, entry.stem.1);
        self.beginning(&self.initials, initials, ends, |hit| {
            found(NameMatch { initials: true, ..hit });
        });
    }

    fn beginning(
        &self,
        keys: &Keys,
        codes: &[u8],
        ends: impl Fn(&Entry) -> (u16, u16),
        mut found: impl FnMut(NameMatch),
    ) {
        for &key in keys.with_prefix(codes) {
            let entry = &self.entries[key as usize];
            let (brand, stem) = ends(entry);
            let reach = match codes.len() {
                length if length == keys.codes(key as usize).len() => Reach::Full,
                length if length == usize::from(stem) => Reach::Stem,
                length if length == usize::from(brand) => Reach::Brand,
                _ => Reach::Beginning,
            };
            found(self.matched(key, reach, 0, codes.len(), brand));
        }
    }

    /// The names of which all, or a beginning, is at most `max` typing errors away from `codes`.
    pub fn similar_to(&self, codes: &[u8], max: u32, mut found: impl FnMut(NameMatch)) {
        self.typed.approximate(codes, max, |key, errors| {
            let entry = &self.entries[key];
            let full = self.typed.codes(key).len();
            let ends = [
                (Reach::Full, full),
                (Reach::Stem, usize::from(entry.stem.0)),
                (Reach::Brand, usize::from(entry.brand.0)),
            ];
            let whole = ends
                .into_iter()
                .filter_map(|(reach, end)| errors.get(end).map(|&errors| (u32::from(errors), reach, end)))
                .min();
            let (least, length) = best_beginning(errors, 1..errors.len());
            let (errors, reach, length) = match whole {
                Some(whole) if whole.0 <= max && whole.0 <= least => whole,
                // A half-typed name with an error: the first key is rarely the wrong one.
                _ => (least, Reach::Beginning, length),
            };
            if errors <= max {
                let likely = errors == 1 && slips::is_likely(codes, &self.typed.codes(key)[..length]);
                let hit = self.matched(key as u32, reach, errors, length, entry.brand.0);
                found(NameMatch { likely, ..hit });
            }
        });
    }

    fn matched(&self, key: u32, reach: Reach, errors: u32, length: usize, brand: u16) -> NameMatch {
        let entry = &self.entries[key as usize];
        NameMatch {
            record: entry.record,
            reach,
            errors,
            coverage: (length as f32 / f32::from(brand.max(1))).min(1.0),
            shortened: entry.skipped > 0,
            skipped: u32::from(entry.skipped),
            length: length as u32,
            initials: false,
            likely: false,
        }
    }
}

/// The matched part of a product's name as written.
pub fn span(name: &str, found: &NameMatch) -> Option<Span> {
    let folded = fold_name(name);
    let start = found.skipped as usize;
    let end = if found.initials {
        (start + found.length as usize).min(folded.chars.len())
    } else {
        end_of_codes(&folded, start, found.length as usize)
    };
    (start < end).then(|| folded.span(start..end))
}

/// The character that holds the last of `count` codes from `start` on, plus one.
fn end_of_codes(folded: &Folded, start: usize, count: usize) -> usize {
    let mut left = count;
    for (at, &char) in folded.chars.iter().enumerate().skip(start) {
        let mut codes = 0;
        jamo::keys_of(char, |_| codes += 1);
        if left <= codes {
            return at + 1;
        }
        left -= codes;
    }
    folded.chars.len()
}

/// How many of `words` (of a question, folded) stand in the name, its brackets included, or in the company.
pub fn words_in(name: &str, company: &str, words: &[&[char]]) -> usize {
    let name = fold(name);
    let company = fold(company);
    words
        .iter()
        .filter(|word| contains(&name.chars, word) || contains(&company.chars, word))
        .count()
}

/// Whether `word` stands in `text`; a number only where no digit continues it: 50 is not in 500.
fn contains(text: &[char], word: &[char]) -> bool {
    let digit = |at: Option<&char>| at.is_some_and(|char| char.is_ascii_digit() || *char == '.');
    let starts: Range<usize> = 0..(text.len() + 1).saturating_sub(word.len());
    !word.is_empty()
        && starts.into_iter().any(|start| {
            let end = start + word.len();
            &text[start..end] == word
                && !(digit(word.first()) && start > 0 && digit(text.get(start - 1)))
                && !(digit(word.last()) && digit(text.get(end)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new(
            [
                ("타이레놀정500밀리그람(아세트아미노펜)", "한국존슨앤드존슨판매(유)"),
                ("어린이 타이레놀 현탁액", "한국존슨앤드존슨판매(유)"),
                ("타이레놀8시간이알서방정(아세트아미노펜)", "한국존슨앤드존슨판매(유)"),
                ("한독세로자트정10밀리그램(파록세틴염산염수화물)", "(주)한독"),
                ("판콜에이내복액", "동화약품(주)"),
            ]
            .into_iter(),
        )
    }

    fn codes(text: &str) -> Vec<u8> {
        jamo::codes(&fold(text).chars)
    }

    fn found(text: &str) -> Vec<(u32, Reach)> {
        let mut found = Vec::new();
        names().beginning_with(&codes(text), |hit| found.push((hit.record, hit.reach)));
        found.sort();
        found
    }

    #[test]
    fn names_are_found_whole_half_typed_and_without_the_company() {
        assert_eq!(found("타이레놀"), [(0, Reach::Brand), (2, Reach::Beginning)]);
        assert_eq!(found("타이레놀정"), [(0, Reach::Stem)]);
        assert_eq!(found("타이레놀정500mg"), [(0, Reach::Full)]);
        assert_eq!(found("타이렌"), [(0, Reach::Beginning), (2, Reach::Beginning)]);
        assert_eq!(found("세로자트"), [(3, Reach::Brand)]);
        assert_eq!(found("한독세로자트"), [(3, Reach::Brand)]);
        assert_eq!(found("세로자트정10밀리그람"), [(3, Reach::Full)]);
    }

    #[test]
    fn initials_find_names() {
        let mut found = Vec::new();
        names().with_initials(&codes("ㅌㅇㄹㄴ"), |hit| found.push((hit.record, hit.reach)));
        assert_eq!(found, [(0, Reach::Brand), (2, Reach::Beginning)]);
    }

    #[test]
    fn typing_errors_are_forgiven_and_counted() {
        let mut found = Vec::new();
        names().similar_to(&codes("타이래놀"), 1, |hit| {
            found.push((hit.record, hit.reach, hit.errors))
        });
        assert_eq!(found, [(0, Reach::Brand, 1), (2, Reach::Beginning, 1)]);
    }

    #[test]
    fn the_matched_part_is_pointed_out_in_the_name_as_written() {
        let name = "어린이 타이레놀 현탁액";
        let mut spans = Vec::new();
        names().beginning_with(&codes("어린이타이렌"), |hit| spans.push(span(name, &hit)));
        assert_eq!(spans, [Some(Span { start: 0, end: 8 })]);
        let name = "한독세로자트정10밀리그램(파록세틴염산염수화물)";
        names().beginning_with(&codes("세로자트"), |hit| spans.push(span(name, &hit)));
        assert_eq!(spans[1], Some(Span { start: 2, end: 6 }));
    }

    #[test]
    fn a_number_is_found_whole() {
        let word = |text: &str| text.chars().collect::<Vec<char>>();
        let count = |text: &str| words_in("타이레놀정500밀리그람(아세트아미노펜)", "한국얀센", &[&word(text)]);
        assert_eq!(
            [count("500"), count("500mg"), count("50"), count("00"), count("얀센")],
            [1, 1, 0, 0, 1]
        );
    }
}
