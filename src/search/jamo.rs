//! Hangul as it is typed: one code a keystroke, so that half-typed and mistyped names can be compared.
//!
//! A syllable is taken apart into what a Korean (두벌식) keyboard types: 값 is ㄱㅏㅂㅅ and 과 is ㄱㅗㅏ. So "타이렌" is
//! a prefix of "타이레놀", as it is while the ㄴ waits for its vowel, and 놀/널 differ in one code.

/// The keys of the initial consonants (Unicode order: U+1100…).
const INITIALS: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];
/// The keys of the vowels (U+1161…).
const VOWELS: [&str; 21] = [
    "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ",
    "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ",
];
/// The keys of the final consonants (none, then U+11A8…).
const FINALS: [&str; 28] = [
    "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ",
    "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
];

/// A syllable's initial, vowel and final, as indices into the three tables.
fn parts(syllable: char) -> Option<(usize, usize, usize)> {
    // The Unicode Standard, section 3.12: syllables are ordered by initial, then vowel (21), then final (28).
    let index = (syllable as u32).checked_sub(0xac00).filter(|&index| index < 11_172)? as usize;
    Some((index / 588, index / 28 % 21, index % 28))
}

/// The keys that type `char`, in order, as compatibility jamo; other characters stand for themselves.
pub fn keys_of(char: char, mut key: impl FnMut(char)) {
    if let Some((initial, vowel, last)) = parts(char) {
        key(INITIALS[initial]);
        VOWELS[vowel].chars().for_each(&mut key);
        FINALS[last].chars().for_each(key);
        return;
    }
    let compound = match char {
        'ㄳ' => "ㄱㅅ",
        'ㄵ' => "ㄴㅈ",
        'ㄶ' => "ㄴㅎ",
        'ㄺ' => "ㄹㄱ",
        'ㄻ' => "ㄹㅁ",
        'ㄼ' => "ㄹㅂ",
        'ㄽ' => "ㄹㅅ",
        'ㄾ' => "ㄹㅌ",
        'ㄿ' => "ㄹㅍ",
        'ㅀ' => "ㄹㅎ",
        'ㅄ' => "ㅂㅅ",
        'ㅘ' => "ㅗㅏ",
        'ㅙ' => "ㅗㅐ",
        'ㅚ' => "ㅗㅣ",
        'ㅝ' => "ㅜㅓ",
        'ㅞ' => "ㅜㅔ",
        'ㅟ' => "ㅜㅣ",
        'ㅢ' => "ㅡㅣ",
        _ => return key(char),
    };
    compound.chars().for_each(key);
}

/// A key as one byte: 1 to 51 a jamo, ASCII itself plus 64, and other scripts folded into the rest.
///
/// Characters of other scripts (α, 漢) may share a code; comparing codes then errs towards "equal", which only
/// product names that differ in nothing else would notice.
pub fn code(key: char) -> u8 {
    match key {
        'ㄱ'..='ㅣ' => (key as u32 - 'ㄱ' as u32 + 1) as u8,
        key if key.is_ascii() => 64 + key as u8,
        key => 192 + (key as u32 % 64) as u8,
    }
}

/// The codes of what is typed for `chars`.
pub fn codes(chars: &[char]) -> Vec<u8> {
    let mut codes = Vec::with_capacity(chars.len() * 3);
    for &char in chars {
        keys_of(char, |key| codes.push(code(key)));
    }
    codes
}

/// The code of a syllable's initial consonant; of other characters, their own.
pub fn initial(char: char) -> u8 {
    match parts(char) {
        Some((initial, ..)) => code(INITIALS[initial]),
        None => code(char),
    }
}

/// Whether `char` is a consonant standing alone, as in ㅌㅇㄹㄴ.
pub fn is_consonant(char: char) -> bool {
    matches!(char, 'ㄱ'..='ㅎ')
}

/// The Korean text that Latin letters give when the keyboard was meant to be in Korean (`xkdlfpshf` is 타이레놀), as
/// codes; `None` unless all of `chars` are Latin letters.
pub fn codes_of_latin_keys(chars: &[char]) -> Option<Vec<u8>> {
    /// The jamo of the keys a to z on a 두벌식 keyboard (KS X 5002).
    const LAYOUT: [char; 26] = [
        'ㅁ', 'ㅠ', 'ㅊ', 'ㅇ', 'ㄷ', 'ㄹ', 'ㅎ', 'ㅗ', 'ㅑ', 'ㅓ', 'ㅏ', 'ㅣ', 'ㅡ', 'ㅜ', 'ㅐ', 'ㅔ', 'ㅂ', 'ㄱ',
        'ㄴ', 'ㅅ', 'ㅕ', 'ㅍ', 'ㅈ', 'ㅌ', 'ㅛ', 'ㅋ',
    ];
    chars
        .iter()
        .map(|&char| match char {
            'a'..='z' => Some(code(LAYOUT[(char as u8 - b'a') as usize])),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    fn keys(text: &str) -> String {
        let mut keys = String::new();
        text.chars().for_each(|char| keys_of(char, |key| keys.push(key)));
        keys
    }

    #[test]
    fn syllables_come_apart_as_they_are_typed() {
        assert_eq!(keys("타이레놀"), "ㅌㅏㅇㅣㄹㅔㄴㅗㄹ");
        assert_eq!(keys("값 과ㅄ"), "ㄱㅏㅂㅅ ㄱㅗㅏㅂㅅ");
        assert_eq!(keys("쐐힣a1"), "ㅆㅗㅐㅎㅣㅎa1");
        assert!(keys("타이레놀").starts_with(&keys("타이렌")));
        let initials: Vec<u8> = "타이레놀".chars().map(initial).collect();
        assert_eq!(initials, codes(&"ㅌㅇㄹㄴ".chars().collect::<Vec<char>>()));
    }

    #[test]
    fn a_keyboard_left_in_latin_is_understood() {
        let latin: Vec<char> = "xkdlfpshf".chars().collect();
        assert_eq!(codes_of_latin_keys(&latin), Some(codes(&['타', '이', '레', '놀'])));
        assert_eq!(codes_of_latin_keys(&['a', '1']), None);
    }

    proptest! {
        /// The oracle is Unicode's own decomposition (NFD), with compound vowels and finals taken apart by name.
        #[test]
        fn the_arithmetic_agrees_with_unicode(syllable in prop::char::range('가', '힣')) {
            let jamo: Vec<char> = syllable.nfd().collect();
            let (initial, vowel, last) = parts(syllable).unwrap();
            prop_assert_eq!(jamo[0] as usize - 0x1100, initial);
            prop_assert_eq!(jamo[1] as usize - 0x1161, vowel);
            prop_assert_eq!(jamo.get(2).map_or(0, |&last| last as usize - 0x11a7), last);
        }

        #[test]
        fn different_syllables_have_different_keys_and_jamo_have_codes_of_their_own(
            a in prop::char::range('가', '힣'),
            b in prop::char::range('가', '힣'),
        ) {
            prop_assert_eq!(a == b, codes(&[a]) == codes(&[b]));
        }

        #[test]
        fn any_text_has_codes(text in "\\PC{0,30}") {
            let chars: Vec<char> = text.chars().collect();
            prop_assert!(codes(&chars).len() >= chars.len());
        }
    }
}
