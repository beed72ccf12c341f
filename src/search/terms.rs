//! The pieces of a question that may be names: words, neighbouring words joined, words without their particles.

use std::ops::Range;

use super::fold::{Folded, begins_with};
use super::jamo;

/// Neighbouring words that are tried as one name (타이레놀 콜드 에스).
const JOINED_WORDS: usize = 4;
/// Words of a question that are looked at; what comes later is left to meaning.
const LOOKED_AT: usize = 24;

/// A stretch of a question that may be a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its characters in the folded question.
    pub range: Range<usize>,
    /// The words it touches.
    pub words: Range<usize>,
    /// Whether it is all of the question.
    pub whole: bool,
    /// What is typed for it.
    pub codes: Vec<u8>,
}

/// Particles and endings that stand right behind a noun.
const PARTICLES: [&str; 62] = [
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "에",
    "와",
    "과",
    "도",
    "만",
    "랑",
    "로",
    "나",
    "란",
    "요",
    "약",
    "이랑",
    "하고",
    "으로",
    "에서",
    "보다",
    "처럼",
    "같은",
    "이나",
    "이란",
    "이라는",
    "라는",
    "이라고",
    "라고",
    "이에요",
    "예요",
    "이야",
    "인가요",
    "인가",
    "인데",
    "은요",
    "는요",
    "에는",
    "에도",
    "에요",
    "까지",
    "부터",
    "마다",
    "밖에",
    "이랑은",
    "말고",
    "빼고",
    "없는",
    "제외",
    "제외한",
    "없이",
    "대신",
    "계열",
    "계",
    "제",
    "성분",
    "들어간",
    "들어있는",
    "함유",
    "포함",
];

/// What else may stand right behind a name of three syllables or more when people leave out the space.
const CONTINUATIONS: [&str; 20] = [
    "먹",
    "복용",
    "드시",
    "드셔",
    "부작용",
    "효과",
    "효능",
    "사용",
    "용법",
    "용량",
    "성분",
    "가격",
    "같은",
    "대신",
    "말고",
    "빼고",
    "없는",
    "제외",
    "들어",
    "추천",
];

/// The lengths at which the name inside a word may end, longest first: the word itself, then without what may stand
/// behind a name.
pub fn stems(word: &[char]) -> Vec<usize> {
    let is = |chars: &[char], text: &str| chars.iter().copied().eq(text.chars());
    let mut lengths = vec![word.len()];
    for end in (1..word.len()).rev() {
        let rest = &word[end..];
        let particle = rest.len() <= 4 && PARTICLES.iter().any(|particle| is(rest, particle));
        let continuation = end >= 3 && CONTINUATIONS.iter().any(|text| begins_with(rest, text));
        // 타이레놀500, 타이레놀500mg: a strength begins.
        let strength = rest[0].is_ascii_digit() && !word[end - 1].is_ascii_digit() && word[end - 1] != '.';
        if particle || continuation || strength {
            lengths.push(end);
        }
    }
    lengths
}

/// The windows of `question`, longest first; of equal ones the earlier first.
pub fn windows(question: &Folded) -> Vec<Window> {
    let words = &question.words[..question.words.len().min(LOOKED_AT)];
    let mut windows = Vec::new();
    let mut push = |range: Range<usize>, words: Range<usize>| {
        let whole = range.len() == question.chars.len();
        if !windows.iter().any(|window: &Window| window.range == range) {
            let codes = jamo::codes(&question.chars[range.clone()]);
            windows.push(Window {
                range,
                words,
                whole,
                codes,
            });
        }
    };
    if let (Some(first), Some(last)) = (words.first(), words.last()) {
        push(first.start..last.end, 0..words.len());
    }
    for from in 0..words.len() {
        for to in from + 1..=words.len().min(from + JOINED_WORDS) {
            let last = &words[to - 1];
            for length in stems(&question.chars[last.clone()]) {
                push(words[from].start..last.start + length, from..to);
            }
        }
    }
    windows.sort_by_key(|window| (std::cmp::Reverse(window.range.len()), window.range.start));
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::fold::fold;
    use proptest::prelude::*;

    fn texts(question: &str) -> Vec<String> {
        let question = fold(question);
        windows(&question)
            .iter()
            .map(|window| question.text(window.range.clone()))
            .collect()
    }

    #[test]
    fn names_are_looked_for_in_words_and_in_neighbours() {
        let texts = texts("타이레놀 콜드는 먹어도");
        for expected in ["타이레놀콜드는먹어도", "타이레놀콜드", "타이레놀", "콜드"] {
            assert!(texts.iter().any(|text| text == expected), "{expected} in {texts:?}");
        }
        let chars: Vec<char> = "타이레놀500mg".chars().collect();
        assert_eq!(stems(&chars), [9, 4]);
        let chars: Vec<char> = "게보린먹어도돼".chars().collect();
        assert_eq!(stems(&chars), [7, 3]);
    }

    proptest! {
        #[test]
        fn windows_lie_inside_the_question_and_come_longest_first(text in "[가-힣a-z0-9 ]{0,40}") {
            let question = fold(&text);
            let windows = windows(&question);
            prop_assert!(windows.is_sorted_by_key(|window| std::cmp::Reverse(window.range.len())));
            for window in windows {
                prop_assert!(!window.range.is_empty() && window.range.end <= question.chars.len());
                prop_assert!(!window.codes.is_empty());
            }
        }
    }
}
