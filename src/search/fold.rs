//! Folding: what must not matter when texts are compared letter by letter.
//!
//! Compatibility forms (㎎, full width), case, white space, punctuation and the many spellings of units are folded
//! away; every folded character remembers where it came from, so that a match can be shown in the text as written.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

/// A range of characters (Unicode scalar values, not bytes) of a text in NFC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first character.
    pub start: u32,
    /// The character after the last one.
    pub end: u32,
}

/// A text as it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// Letters, digits, `.` between digits, `%`; nothing else.
    pub chars: Vec<char>,
    /// The source of each of `chars`.
    pub origin: Vec<Span>,
    /// The words: ranges of `chars`, in order, none empty, together all of `chars`.
    pub words: Vec<Range<usize>>,
}

/// Spellings of units behind a number, longest first where one begins another, and what they fold to.
///
/// 밀리그람 and 그람 are the older spellings that product names still carry.
const UNITS: [(&str, &str); 32] = [
    ("마이크로그램", "ug"),
    ("마이크로그람", "ug"),
    ("밀리그램", "mg"),
    ("밀리그람", "mg"),
    ("미리그램", "mg"),
    ("미리그람", "mg"),
    ("밀리그렘", "mg"),
    ("밀리리터", "ml"),
    ("미리리터", "ml"),
    ("킬로그램", "kg"),
    ("국제단위", "iu"),
    ("아이유", "iu"),
    ("유니트", "iu"),
    ("단위", "iu"),
    ("그램", "g"),
    ("그람", "g"),
    ("리터", "l"),
    ("퍼센트", "%"),
    ("프로", "%"),
    ("엠지", "mg"),
    ("미리", "mg"),
    ("밀리", "mg"),
    ("mcg", "ug"),
    ("μg", "ug"),
    ("ug", "ug"),
    ("mg", "mg"),
    ("ml", "ml"),
    ("cc", "ml"),
    ("kg", "kg"),
    ("iu", "iu"),
    ("g", "g"),
    ("l", "l"),
];

/// NFC, in which spans count.
pub fn nfc(text: &str) -> String {
    if is_nfc(text) {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// Whether folded characters begin with `text`.
pub fn begins_with(chars: &[char], text: &str) -> bool {
    text.chars().enumerate().all(|(at, char)| chars.get(at) == Some(&char))
}

/// Whether folded characters end with `text`.
pub fn ends_with(chars: &[char], text: &str) -> bool {
    let start = chars.len().checked_sub(text.chars().count());
    start.is_some_and(|start| text.chars().eq(chars[start..].iter().copied()))
}

/// Folds `text`, which should be in NFC (see [`nfc`]): spans count its characters.
pub fn fold(text: &str) -> Folded {
    fold_where(text, |_| true)
}

/// Folds a product's name without what stands in brackets: ingredients, packs, names for export.
pub fn fold_name(name: &str) -> Folded {
    let mut depth = 0_u32;
    let mut outside: Vec<bool> = Vec::new();
    for char in name.chars() {
        let opens = matches!(char, '(' | '[' | '{' | '（' | '［' | '<');
        let closes = matches!(char, ')' | ']' | '}' | '）' | '］' | '>');
        depth += u32::from(opens);
        outside.push(depth == 0);
        depth = depth.saturating_sub(u32::from(closes));
    }
    // "[수출명: …" whose bracket never closes, or a name that is all brackets: better everything than nothing.
    if !outside.contains(&true) {
        return fold(name);
    }
    fold_where(name, |index| outside[index])
}

fn fold_where(text: &str, keep: impl Fn(usize) -> bool) -> Folded {
    let mut source: Vec<(char, Span)> = Vec::with_capacity(text.len());
    for (index, char) in text.chars().enumerate() {
        // Positions are u32 to keep the tables small; no text that fits into a row comes near.
        let start = index as u32;
        let span = Span { start, end: start + 1 };
        if !keep(index) {
            source.push((' ', span));
        } else if is_plain(char) {
            source.push((char.to_ascii_lowercase(), span));
        } else {
            let compatible = std::iter::once(char).nfkc().flat_map(char::to_lowercase);
            source.extend(
                compatible
                    .filter(|&char| !is_combining_mark(char))
                    .map(|char| (char, span)),
            );
        }
    }

    let mut folded = Folded::default();
    let mut word = 0;
    let mut at = 0;
    while at < source.len() {
        let (char, span) = source[at];
        let after_digit = folded.chars.last().is_some_and(char::is_ascii_digit);
        if after_digit && let Some((unit, next)) = unit_at(&source, at, number_is_a_word(&folded, word)) {
            // "500 mg" is one word, like "500mg".
            if word == folded.chars.len() {
                word = folded.words.pop().map_or(word, |last| last.start);
            }
            let span = Span {
                start: span.start,
                end: source[next - 1].1.end,
            };
            for char in unit.chars() {
                folded.chars.push(char);
                folded.origin.push(span);
            }
            at = next;
            continue;
        }
        let digit = |at: usize| source.get(at).is_some_and(|(char, _)| char.is_ascii_digit());
        let joins = word < folded.chars.len() && after_digit && digit(at + 1);
        let thousands = char == ',' && (at + 1..at + 4).all(digit) && !digit(at + 4);
        if is_letter(char) || (char == '%' && after_digit) || (char == '.' && joins) {
            folded.chars.push(char);
            folded.origin.push(span);
        } else if !(thousands && joins) && word < folded.chars.len() {
            folded.words.push(word..folded.chars.len());
            word = folded.chars.len();
        }
        at += 1;
    }
    if word < folded.chars.len() {
        folded.words.push(word..folded.chars.len());
    }
    folded
}

/// ASCII, Hangul syllables and the consonants and vowels of the keyboard (ㅌ, ㅏ), whose compatibility forms are
/// others (conjoining jamo) and must not be used.
fn is_plain(char: char) -> bool {
    char.is_ascii() || matches!(char, '가'..='힣' | '\u{3131}'..='\u{318e}')
}

/// As [`char::is_alphanumeric`], sooner for Hangul, which Rust looks up in tables.
fn is_letter(char: char) -> bool {
    matches!(char, '가'..='힣' | 'ㄱ'..='ㅣ') || char.is_alphanumeric()
}

/// Whether the number at the end begins its word, which starts at `word`: in 5프로, not in 이지엔6프로.
fn number_is_a_word(folded: &Folded, word: usize) -> bool {
    let start = if word < folded.chars.len() {
        word
    } else {
        folded.words.last().map_or(0, |last| last.start)
    };
    let number = |char: &char| char.is_ascii_digit() || *char == '.';
    folded.chars[start..].iter().all(number)
}

/// The unit that stands at `at`, behind white space perhaps, and where it ends. `bare`: nothing stands before the
/// number.
fn unit_at(source: &[(char, Span)], mut at: usize, bare: bool) -> Option<(&'static str, usize)> {
    let char = |at: usize| source.get(at).map(|&(char, _)| char);
    while char(at) == Some(' ') {
        at += 1;
    }
    UNITS.iter().find_map(|(spelling, unit)| {
        let mut end = at;
        for expected in spelling.chars() {
            if char(end) != Some(expected) {
                return None;
            }
            end += 1;
        }
        // "5 grams" is not 5 g and "3프로덕트" not 3 %, while "5mg정" is 5 mg.
        let cut = match spelling.chars().next_back() {
            Some('a'..='z') => char(end).is_some_and(|char| char.is_ascii_alphanumeric()),
            _ if *spelling == "프로" => !bare || char(end).is_some_and(char::is_alphanumeric),
            _ => *spelling == "리터" && char(end).is_some_and(char::is_alphanumeric),
        };
        (!cut).then_some((*unit, end))
    })
}

impl Folded {
    /// The characters of `range`, as text.
    pub fn text(&self, range: Range<usize>) -> String {
        self.chars[range].iter().collect()
    }

    /// All characters, as text, without the gaps between words.
    pub fn compact(&self) -> String {
        self.chars.iter().collect()
    }

    /// Where `range`, which must not be empty, came from.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span {
            start: self.origin[range.start].start,
            end: self.origin[range.end - 1].end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let folded = fold(text);
        folded.words.iter().map(|word| folded.text(word.clone())).collect()
    }

    #[test]
    fn units_and_widths_fold_to_one_spelling() {
        for spelling in [
            "타이레놀정500밀리그람",
            "타이레놀정 500 밀리그램",
            "타이레놀정５００㎎",
            "타이레놀정500MG",
        ] {
            assert_eq!(fold(spelling).compact(), "타이레놀정500mg", "{spelling}");
        }
        assert_eq!(
            words("0.5 마이크로그램 1,000μg 5% 100단위"),
            ["0.5ug", "1000ug", "5%", "100iu"]
        );
        assert_eq!(words("해열·진통·소염제(A-b)"), ["해열", "진통", "소염제", "a", "b"]);
        assert_eq!(
            words("그램 음성균 3grams 10/160밀리그램"),
            ["그램", "음성균", "3grams", "10", "160mg"]
        );
        assert_eq!(words("ㅌㅇㄹㄴ ~"), ["ㅌㅇㄹㄴ"]);
        assert_eq!(
            words("0.9 프로 이지엔6프로 3프로덕트"),
            ["0.9%", "이지엔6프로", "3프로덕트"]
        );
    }

    #[test]
    fn letters_are_what_unicode_says() {
        let mut all = '\0'..=char::MAX;
        assert!(all.all(|char| is_letter(char) == char.is_alphanumeric()));
    }

    #[test]
    fn a_span_points_into_the_source() {
        let name = "어린이 타이레놀정500㎎";
        let folded = fold(name);
        let range = 3..7;
        assert_eq!(folded.text(range.clone()), "타이레놀");
        assert_eq!(folded.span(range), Span { start: 4, end: 8 });
        assert_eq!(folded.span(11..13), Span { start: 12, end: 13 });
    }

    #[test]
    fn a_name_is_folded_without_its_brackets() {
        assert_eq!(
            fold_name("움코푸시럽(펠라고니움(1→8~10)·글리세린(8:2)) 5mL").compact(),
            "움코푸시럽5ml"
        );
        assert_eq!(fold_name("(주)").compact(), "주");
        assert_eq!(fold_name("리보주)100mg").compact(), "리보주100mg");
    }

    proptest! {
        #[test]
        fn folding_is_idempotent_and_spans_lie_inside(text in "[가-힣ㄱ-ㅣa-zA-Z0-9 .,%()/·㎎㎖밀리그램단위Ⅱ①İµ-]{0,40}|\\PC{0,40}") {
            let text = nfc(&text);
            let folded = fold(&text);
            prop_assert_eq!(folded.chars.len(), folded.origin.len());
            let count = text.chars().count() as u32;
            prop_assert!(folded.origin.iter().all(|span| span.start < span.end && span.end <= count));
            let mut at = 0;
            for word in &folded.words {
                prop_assert!(word.start == at && word.end > at);
                at = word.end;
            }
            prop_assert_eq!(at, folded.chars.len());

            let joined: Vec<String> = folded.words.iter().map(|word| folded.text(word.clone())).collect();
            let again = fold(&joined.join("-"));
            prop_assert_eq!(again.compact(), folded.compact());
            prop_assert_eq!(again.words, folded.words);
            let _ = fold_name(&text);
        }
    }
}
