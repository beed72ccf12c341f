//! How much two names look alike.

use std::collections::BTreeSet;

/// The letters and digits of a text, each once.
pub fn letters(text: &str) -> BTreeSet<char> {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The Jaccard index of two sets of letters.
pub fn likeness(a: &BTreeSet<char>, b: &BTreeSet<char>) -> f64 {
    let both = a.intersection(b).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
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
}
