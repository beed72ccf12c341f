//! Names as people mistype them.

use crate::training::random::Generator;

/// First Hangul syllable, and how syllables are numbered from it (Unicode 3.12): `(lead * 21 + vowel) * 28 + tail`.
const FIRST: u32 = 0xac00;
const VOWELS: u32 = 21;
const TAILS: u32 = 28;
/// Leads that sound or lie close together: ㄱㄲㅋ, ㄷㄸㅌ, ㅂㅃㅍ, ㅅㅆ, ㅈㅉㅊ.
const LEADS: [&[u32]; 5] = [&[0, 1, 15], &[3, 4, 16], &[7, 8, 17], &[9, 10], &[12, 13, 14]];
/// Vowels that sound or lie close together: ㅐㅔ, ㅒㅖ, ㅗㅓ, ㅙㅚㅞ, ㅡㅜ, ㅣㅢ, ㅏㅑ.
const CLOSE_VOWELS: [&[u32]; 7] = [&[1, 5], &[3, 7], &[8, 4], &[10, 11, 15], &[18, 13], &[20, 19], &[0, 2]];
/// Tails: none, ㄴ, ㅁ, ㅇ.
const CLOSE_TAILS: [u32; 4] = [0, 4, 16, 21];

/// `name` with one error: a letter that is close to the right one, a syllable left out or two in the wrong order. A name of
/// fewer than three characters stays as it is: an error could make any other name of it.
pub fn mistype(name: &str, generator: &mut Generator) -> String {
    let mut chars: Vec<char> = name.chars().collect();
    if chars.len() < 3 {
        return name.to_owned();
    }
    match generator.below(6) {
        0 => {
            chars.remove(1 + generator.below(chars.len() - 1));
        }
        1 => {
            let place = generator.below(chars.len() - 1);
            chars.swap(place, place + 1);
        }
        _ => {
            // From a random place on, the first syllable that has a close one.
            let start = generator.below(chars.len());
            let places = (0..chars.len()).map(|step| (start + step) % chars.len());
            let close = places
                .filter_map(|place| Some((place, close(chars[place], generator)?)))
                .next();
            if let Some((place, close)) = close {
                chars[place] = close;
            }
        }
    }
    chars.into_iter().collect()
}

/// A syllable that differs in one letter.
fn close(syllable: char, generator: &mut Generator) -> Option<char> {
    let code = (syllable as u32)
        .checked_sub(FIRST)
        .filter(|code| *code < 19 * VOWELS * TAILS)?;
    let (lead, vowel, tail) = (code / (VOWELS * TAILS), code / TAILS % VOWELS, code % TAILS);
    let mut other = |sets: &[&[u32]], letter: u32| {
        let set = sets.iter().find(|set| set.contains(&letter))?;
        let others: Vec<u32> = set.iter().copied().filter(|other| *other != letter).collect();
        Some(others[generator.below(others.len())])
    };
    let syllable = |lead: u32, vowel: u32, tail: u32| char::from_u32(FIRST + (lead * VOWELS + vowel) * TAILS + tail);
    if let Some(vowel) = other(&CLOSE_VOWELS, vowel) {
        return syllable(lead, vowel, tail);
    }
    if let Some(tail) = other(&[&CLOSE_TAILS], tail) {
        return syllable(lead, vowel, tail);
    }
    other(&LEADS, lead).and_then(|lead| syllable(lead, vowel, tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_change_for_close_ones() {
        let found: Vec<char> = (0..40)
            .filter_map(|seed| close('렌', &mut Generator::new(seed)))
            .collect();
        assert!(found.iter().all(|found| *found == '랜'), "{found:?}");
        assert_eq!(close('a', &mut Generator::new(0)), None);
    }

    proptest! {
        #[test]
        fn one_error_is_made(name in "[가-힣]{3,8}", seed in any::<u64>()) {
            let typed = mistype(&name, &mut Generator::new(seed));
            let (before, after): (Vec<char>, Vec<char>) = (name.chars().collect(), typed.chars().collect());
            if before.len() == after.len() {
                prop_assert!(before.iter().zip(&after).filter(|(a, b)| a != b).count() <= 2);
            } else {
                prop_assert_eq!(before.len(), after.len() + 1);
            }
        }

        #[test]
        fn short_names_stay(name in "[가-힣]{0,2}", seed in any::<u64>()) {
            prop_assert_eq!(mistype(&name, &mut Generator::new(seed)), name);
        }
    }
}
