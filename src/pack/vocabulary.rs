//! Which pieces of a multilingual vocabulary a Korean drug text can need.

use std::collections::HashSet;

use serde_json::{Value, json};

/// The rule by which pieces stay.
///
/// Always kept: special tokens; every piece of Hangul and jamo, of digits, ASCII punctuation and the symbols of
/// packages and leaflets (units, arrows, fractions, circled numbers); Latin and Greek letters in pieces of one or two
/// characters, so that every word can still be spelt. Longer Latin pieces, which make up a third of a multilingual
/// vocabulary, stay where `seen` says that drug texts use them; the most frequent others fill up to `pieces`. All else
/// (Cyrillic, Han, kana, Arabic, emoji, …) is dropped and becomes the unknown token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocabularyRule {
    /// How many pieces to keep in all; more where the rule demands it.
    pub pieces: usize,
    /// Texts whose pieces all stay where the rule's scripts allow them.
    pub seen: Vec<String>,
}

impl Default for VocabularyRule {
    /// 15,000 pieces: of multilingual-e5-small they keep the segmentation of nearly every drug text, at 6 % of the
    /// table's memory.
    fn default() -> Self {
        Self {
            pieces: 15_000,
            seen: Vec::new(),
        }
    }
}

/// What a character is, for the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hangul,
    /// Latin and Greek letters.
    Letter,
    Symbol,
    Foreign,
}

/// Blocks of Unicode whose characters stand on drug packages and in leaflets.
fn kind(character: char) -> Kind {
    match character {
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' => {
            Kind::Hangul
        }
        'a'..='z' | 'A'..='Z' | '\u{370}'..='\u{3ff}' => Kind::Letter,
        '\u{0}'..='\u{7f}'
        | '\u{a0}'..='\u{bf}' // ° ± ² · ½
        | '×'
        | '÷'
        | '\u{2010}'..='\u{2027}' // dashes, quotes, bullets
        | '\u{2030}'..='\u{205e}' // ‰ ′ ※
        | '\u{2070}'..='\u{209f}' // superscripts and subscripts
        | '\u{20a9}' // ₩
        | '\u{2100}'..='\u{214f}' // ℃ ℓ ™
        | '\u{2150}'..='\u{218f}' // ⅓ Ⅱ
        | '\u{2190}'..='\u{2193}' // arrows
        | '\u{2200}'..='\u{22ff}' // ≤ ≥ ∼
        | '\u{2460}'..='\u{24ff}' // ①
        | '\u{2581}' // ▁, the word boundary
        | '\u{25a0}'..='\u{25ff}' // ■ ○ ▲
        | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' // 「」
        | '\u{3200}'..='\u{32ff}' // ㈜
        | '\u{3300}'..='\u{33ff}' // ㎎ ㎖
        | '\u{ff01}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}' => Kind::Symbol,
        _ => Kind::Foreign,
    }
}

/// Latin and Greek pieces up to this length always stay.
const SHORT: usize = 2;

impl VocabularyRule {
    /// Which of `pieces` stay: a flag each. `pieces` are a Unigram vocabulary's with their log probabilities; `seen`
    /// are those that [`seen`](Self::seen) needs, `special` those that always stay.
    pub(super) fn choose(&self, pieces: &[(String, f64)], seen: &HashSet<u32>, special: &HashSet<u32>) -> Vec<bool> {
        let mut keep = vec![false; pieces.len()];
        let mut optional = Vec::new();
        for (id, (piece, score)) in pieces.iter().enumerate() {
            if special.contains(&(id as u32)) {
                keep[id] = true;
                continue;
            }
            let text = piece.trim_start_matches('\u{2581}');
            if text.chars().any(|character| kind(character) == Kind::Foreign) {
                continue;
            }
            let has = |wanted| text.chars().any(|character| kind(character) == wanted);
            if !has(Kind::Letter) || has(Kind::Hangul) || text.chars().count() <= SHORT || seen.contains(&(id as u32)) {
                keep[id] = true;
            } else if text.is_ascii() {
                optional.push((id, *score));
            }
        }
        // A character that no piece covers costs the lowest score of the vocabulary minus 10: keeping that lowest
        // piece keeps the cost, and with it the segmentation around unknown characters.
        let lowest = pieces
            .iter()
            .enumerate()
            .min_by(|(_, (_, a)), (_, (_, b))| a.total_cmp(b));
        if let Some((id, _)) = lowest {
            keep[id] = true;
        }
        let missing = self.pieces.saturating_sub(keep.iter().filter(|keep| **keep).count());
        optional.sort_by(|(a_id, a), (b_id, b)| b.total_cmp(a).then(a_id.cmp(b_id)));
        for (id, _) in optional
            .into_iter()
            .filter(|(id, _)| !keep[*id])
            .take(missing)
            .collect::<Vec<_>>()
        {
            keep[id] = true;
        }
        keep
    }

    /// The rule in words, for the manifest.
    pub(super) fn describe(&self) -> Value {
        json!({
            "rule": "Hangul, jamo, digits, ASCII and leaflet symbols; Latin and Greek pieces of at most 2 characters; \
                     longer Latin pieces seen in drug texts and prompts, then the most frequent up to the number of pieces",
            "pieces_wanted": self.pieces,
            "texts_seen": self.seen.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(names: &[(&str, f64)], rule: &VocabularyRule, seen: &[u32]) -> Vec<usize> {
        let pieces: Vec<_> = names.iter().map(|(name, score)| ((*name).to_owned(), *score)).collect();
        rule.choose(&pieces, &seen.iter().copied().collect(), &HashSet::from([0]))
            .into_iter()
            .enumerate()
            .filter_map(|(id, keep)| keep.then_some(id))
            .collect()
    }

    const PIECES: [(&str, f64); 12] = [
        ("<s>", 0.0),
        ("▁해열", -5.0),
        ("ㅌ", -9.0),
        ("▁500", -7.0),
        ("mg", -8.0),
        ("praz", -11.0),
        ("▁the", -4.0),
        ("▁of", -4.5),
        ("▁zone", -6.0),
        ("약物", -10.0),
        ("при", -3.0),
        ("稣", -20.0),
    ];

    #[test]
    fn scripts_decide_first_then_use_then_frequency() {
        let mut rule = VocabularyRule {
            pieces: 0,
            seen: Vec::new(),
        };
        assert_eq!(kept(&PIECES, &rule, &[]), [0, 1, 2, 3, 4, 7, 11]);
        assert_eq!(
            kept(&PIECES, &rule, &[5, 10]),
            [0, 1, 2, 3, 4, 5, 7, 11],
            "seen, but never foreign"
        );
        rule.pieces = 8;
        assert_eq!(kept(&PIECES, &rule, &[]), [0, 1, 2, 3, 4, 6, 7, 11]);
    }
}
