//! How much two names look alike.

use std::collections::BTreeSet;

use crate::search::Ingredient;

/// The letters and digits of a text, each once.
pub fn letters(text: &str) -> BTreeSet<char> {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The Jaccard index of two sets of letters.
pub fn likeness(a: &BTreeSet<char>, b: &BTreeSet<char>) -> f64 {
    let both = a.intersection(b).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

/// Whether a name of one stands in a name of the other, so that the two may be one substance: 글리세린 and 농글리세린.
pub fn related(a: &Ingredient, b: &Ingredient) -> bool {
    a.names().any(|a| b.names().any(|b| a.contains(b) || b.contains(a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_letters_are_alike_whatever_their_order() {
        let like = |a: &str, b: &str| likeness(&letters(a), &letters(b));
        assert_eq!(like("지사제", "제사지!"), 1.0);
        assert_eq!(like("지사제", "하제"), 0.25);
        assert_eq!(like("", ""), 0.0);
    }

    #[test]
    fn what_may_be_one_substance_is_related() {
        let ingredient = |name: &str, english: &str| Ingredient {
            name_ko: name.into(),
            name_en: english.into(),
            ..Ingredient::default()
        };
        let epoetin = ingredient("에리스로포이에틴", "epoetin");
        assert!(related(&epoetin, &ingredient("에리트로포이에틴", "epoetin alfa")));
        assert!(related(
            &ingredient("농글리세린", ""),
            &ingredient("글리세린", "glycerol")
        ));
        assert!(!related(&epoetin, &ingredient("필그라스팀", "")));
    }
}
