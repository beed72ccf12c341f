//! What a question does not want: 이부프로펜 말고, 카페인 없는, 주사가 아닌.

use super::filter::Excluded;
use super::{Note, Reading, Route};
use crate::search::composition::Substance;
use crate::search::fold::Folded;
use crate::search::index::Index;
use crate::search::jamo;
use crate::search::names::Reach;
use crate::search::terms::stems;

/// Words that exclude what stands before them, whatever it is; an unknown name before them is noted.
const EXCEPT: [&str; 6] = ["말고", "빼고", "뺀", "제외", "외에", "이외"];
/// Words that exclude a name before them; before anything else they say something else (열이 없는데, 부작용 없는).
const WITHOUT: [&str; 12] = [
    "없는",
    "없이",
    "없고",
    "없다",
    "아닌",
    "아니고",
    "아니라",
    "안든",
    "안들어",
    "미함유",
    "무첨가",
    "대신",
];
/// Two words that do the same.
const WITHOUT_TWO: [(&str, &str); 9] = [
    ("안", "든"),
    ("안", "들어"),
    ("안", "들었"),
    ("들어있지", "않"),
    ("들어가지", "않"),
    ("들지", "않"),
    ("포함하지", "않"),
    ("포함되지", "않"),
    ("함유하지", "않"),
];
/// Words that a name before a negation may have: at most.
const NAME_WORDS: usize = 3;
/// Words between a name and a negation: 카페인 성분이 없는.
const FILLERS: [&str; 2] = ["성분", "계열"];
/// Syllables of a name from which on it means every group with a word that begins like it.
const UMBRELLA: usize = 3;
/// What joins names: 나프록센이나 이부프로펜.
const JOINTS: [&str; 8] = ["이나", "나", "이랑", "랑", "과", "와", "하고", "도"];

/// Reads what is excluded.
pub(super) fn read(index: &Index, question: &Folded, reading: &mut Reading) {
    for at in 0..question.words.len() {
        let Some((marker, explicit)) = marker(reading, at) else {
            continue;
        };
        // The last word of the name, and where in it the name may end, longest first.
        let own = question.words[at].clone();
        let inside = own.len() - marker.inside;
        let (last, ends) = if inside > 0 {
            // 이부프로펜말고: the name is the beginning of the word itself.
            (at, vec![own.start + inside])
        } else {
            let filler = |word: &String| FILLERS.iter().any(|filler| word.starts_with(filler));
            let skipped = usize::from(at > 1 && filler(&reading.words[at - 1]));
            let Some(last) = at.checked_sub(1 + skipped) else {
                continue;
            };
            let word = question.words[last].clone();
            let lengths = stems(&question.chars[word.clone()]);
            (last, lengths.iter().map(|length| word.start + length).collect())
        };
        let start = |first: usize| question.words[first].start;
        let firsts = last.saturating_sub(NAME_WORDS - 1)..=last;
        let found = firsts
            .flat_map(|first| ends.iter().map(move |&end| (first, end)))
            .map(|(first, end)| (first, end, look_up(index, &question.chars[start(first)..end])))
            .find(|(_, _, excluded)| !excluded.is_empty());
        if let Some((first, end, excluded)) = found {
            let name = question.text(start(first)..end);
            reading.exclude(excluded, name, first..at + marker.words);
            joined(index, question, reading, first);
        } else if explicit {
            let name = question.text(start(last)..ends[0]);
            reading.notes.push(Note::NotKnown { name });
        }
    }
    // 먹지 않고 바르는 약: a route that is denied.
    for at in 1..reading.words.len() {
        let route = Route::named(&reading.words[at - 1]).filter(|_| reading.words[at - 1].ends_with('지'));
        if let Some(route) = route
            && reading.words[at].starts_with('않')
        {
            reading.exclude(vec![Excluded::Route(route)], route.korean().to_owned(), at - 1..at + 1);
        }
    }
}

/// The words that exclude.
struct Marker {
    /// How many.
    words: usize,
    /// Characters at the end of the first that belong to it.
    inside: usize,
}

/// The marker that begins in the word at `at`, and whether it excludes whatever stands before it.
fn marker(reading: &Reading, at: usize) -> Option<(Marker, bool)> {
    let word = reading.words[at].as_str();
    let next = reading.words.get(at + 1).map_or("", String::as_str);
    let length = word.chars().count();
    if WITHOUT_TWO.iter().any(|(a, b)| *a == word && next.starts_with(b)) {
        let marker = Marker {
            words: 2,
            inside: length,
        };
        return Some((marker, false));
    }
    let begins = |signs: &[&str]| signs.iter().any(|sign| word.starts_with(sign));
    for (signs, explicit) in [(&EXCEPT[..], true), (&WITHOUT[..], false)] {
        if begins(signs) {
            let marker = Marker {
                words: 1,
                inside: length,
            };
            return Some((marker, explicit));
        }
        let end = signs.iter().find_map(|sign| word.find(sign).filter(|&at| at > 0));
        if let Some(end) = end {
            let inside = word[end..].chars().count();
            // 주사말고, and 카페인없는 with three letters or more before it, but not 끊임없이.
            if length - inside >= if explicit { 2 } else { 3 } {
                return Some((Marker { words: 1, inside }, explicit));
            }
        }
    }
    None
}

/// Names that are joined to the one that begins at the word `first`.
fn joined(index: &Index, question: &Folded, reading: &mut Reading, first: usize) {
    let mut first = first;
    while first > 0 {
        let word = question.words[first - 1].clone();
        let chars = &question.chars[word.clone()];
        let is_joint = |rest: &[char]| JOINTS.iter().any(|joint| joint.chars().eq(rest.iter().copied()));
        let found = (2..chars.len())
            .filter(|&length| is_joint(&chars[length..]))
            .map(|length| (length, look_up(index, &chars[..length])))
            .find(|(_, excluded)| !excluded.is_empty());
        let Some((length, excluded)) = found else {
            return;
        };
        let name = question.text(word.start..word.start + length);
        reading.exclude(excluded, name, first - 1..first);
        first -= 1;
    }
}

/// What a name, folded, stands for; nothing where it is not known.
pub(super) fn look_up(index: &Index, name: &[char]) -> Vec<Excluded> {
    let text: String = name.iter().collect();
    if name.len() < 2 {
        return Vec::new();
    }
    if let Some(route) = Route::named(&text) {
        return vec![Excluded::Route(route)];
    }
    let composition = index.composition();
    // 항히스타민 means 항히스타민제, 스테로이드 계열 the group.
    let spellings = ["", "제", "약", "계", "류"].into_iter();
    let named = spellings
        .filter_map(|end| composition.named(&jamo::codes(&format!("{text}{end}").chars().collect::<Vec<char>>())))
        .next()
        .or_else(|| composition.find(&text).filter(|_| name.len() >= 4));
    // 스테로이드 means those on the skin and those that are swallowed.
    let mut substances = match named {
        Some(Substance::One(_)) => Vec::new(),
        _ if name.len() < UMBRELLA => Vec::new(),
        _ => composition.groups_with_word(name).collect(),
    };
    substances.extend(named.filter(|substance| !substances.contains(substance)));
    if !substances.is_empty() {
        return substances.into_iter().map(Excluded::Substance).collect();
    }
    let makers = index.companies().called(&text);
    let made = |number: &u32| makers.contains(&index.companies().of(*number as usize));
    let mut records = Vec::new();
    index.names().beginning_with(&jamo::codes(name), |found| {
        if found.reach != Reach::Beginning {
            records.push(found.record);
        }
    });
    if records.is_empty() && !makers.is_empty() {
        records.extend((0..index.len() as u32).filter(made));
    }
    records.sort_unstable();
    records.dedup();
    if records.is_empty() {
        Vec::new()
    } else {
        vec![Excluded::Records(records)]
    }
}
