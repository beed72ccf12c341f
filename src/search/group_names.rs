//! How names of groups end: many groups share the ending, and the same ending is said in several ways.

use super::fold::ends_with;

/// Endings that say the same of a group, in Korean and in English.
const SAME: [&[&str]; 4] = [
    &["억제제", "저해제", "inhibitors", "inhibitor"],
    &["차단제", "길항제", "antagonists", "antagonist", "blockers", "blocker"],
    &["작용제", "효능제", "agonists", "agonist"],
    &["촉진제", "stimulants", "stimulant"],
];

/// The ending of a folded name, and the others that say the same.
fn ending(name: &[char]) -> Option<(&'static str, &'static [&'static str])> {
    let ends = |text: &str| name.len() > text.chars().count() && ends_with(name, text);
    SAME.iter()
        .find_map(|same| same.iter().find(|text| ends(text)).map(|text| (*text, *same)))
}

/// What tells a group from others: its name without its ending.
pub fn telling(name: &[char]) -> &[char] {
    let length = ending(name).map_or(0, |(text, _)| text.chars().count());
    &name[..name.len() - length]
}

/// The other ways to say a group's name: COMT 억제제 of COMT inhibitor.
pub fn spellings(name: &[char]) -> impl Iterator<Item = Vec<char>> {
    let own = ending(name);
    own.into_iter().flat_map(move |(own, same)| {
        let others = same.iter().filter(move |text| **text != own);
        others.map(move |other| telling(name).iter().copied().chain(other.chars()).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_said_in_several_ways() {
        let chars = |text: &str| text.chars().collect::<Vec<char>>();
        let others: Vec<String> = spellings(&chars("comtinhibitor"))
            .map(|name| name.into_iter().collect())
            .collect();
        assert_eq!(others, ["comt억제제", "comt저해제", "comtinhibitors"]);
        assert_eq!(telling(&chars("칼슘길항제")), chars("칼슘"));
        assert_eq!(telling(&chars("진통제")), chars("진통제"));
        assert_eq!(spellings(&chars("억제제")).count(), 0, "an ending alone names nothing");
    }
}
