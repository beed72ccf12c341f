//! Which typing errors are likely: of two names that are one key away, the one whose key sounds or lies like the one
//! that was typed is meant (크래스토 is 크레스토).

use super::jamo::code;

/// Keys that are taken for each other: consonants of one place, plain, tense and aspirated; vowels that are said alike,
/// or with and without shift.
const ALIKE: [&str; 16] = [
    "ㄱㄲㅋ",
    "ㄷㄸㅌ",
    "ㅂㅃㅍ",
    "ㅅㅆ",
    "ㅈㅉㅊ",
    "ㄴㄹ",
    "ㅐㅔ",
    "ㅒㅖ",
    "ㅏㅐ",
    "ㅓㅔ",
    "ㅏㅑ",
    "ㅓㅕ",
    "ㅗㅛ",
    "ㅜㅠ",
    "ㅡㅜ",
    "ㅡㅣ",
];

/// Whether `typed` and `meant`, as codes of keys, differ in one key that is taken for the other.
pub fn is_likely(typed: &[u8], meant: &[u8]) -> bool {
    if typed.len() != meant.len() {
        return false;
    }
    let mut different = typed.iter().zip(meant).filter(|(a, b)| a != b);
    let (Some((a, b)), None) = (different.next(), different.next()) else {
        return false;
    };
    let holds = |set: &str, key: u8| set.chars().any(|other| code(other) == key);
    ALIKE.iter().any(|set| holds(set, *a) && holds(set, *b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::jamo::codes;

    #[test]
    fn keys_that_sound_alike_are_taken_for_each_other() {
        let likely = |a: &str, b: &str| {
            let codes = |text: &str| codes(&text.chars().collect::<Vec<char>>());
            is_likely(&codes(a), &codes(b))
        };
        assert!(likely("크래스토", "크레스토") && likely("라미씰", "라미실") && likely("리피또", "리피토"));
        assert!(!likely("가바테", "가바텐"), "a key left out");
        assert!(!likely("가마틴", "가모틴") && !likely("타이레놀", "타이레놀") && !likely("라미씰", "래미실"));
    }
}
