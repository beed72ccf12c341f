//! One product of a catalogue, and the text that stands for it.

use serde::{Deserialize, Serialize};

/// Longest part of a label's text that goes into a passage, in characters: what a drug is for stands first, and long
/// texts would drown the name.
const LONGEST_EFFICACY: usize = 200;

/// One drug product. Empty strings and lists stand for what the catalogue does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Unique in its catalogue.
    pub id: String,
    /// The product's name.
    pub name: String,
    /// Who makes or imports it.
    pub company: String,
    /// Active ingredients in Korean.
    pub ingredients_ko: Vec<String>,
    /// Active ingredients in English.
    pub ingredients_en: Vec<String>,
    /// The ministry's three-digit classification.
    pub class_code: String,
    /// The class's name.
    pub class_name_ko: String,
    /// Dosage form.
    pub form: String,
    /// 일반의약품 (over the counter) or 전문의약품 (prescription).
    pub rx_otc: String,
    /// What the product's own label says that it is for, as plain text.
    // Left out where empty, so that an index of records without it keeps its bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub efficacy: String,
}

impl Record {
    /// The text that stands for the product in the vector index: name, class, what the class is for, ingredients,
    /// phrases on the ingredients, what the label says (its first sentences). What is empty is left out.
    pub fn passage(&self, class_purpose: &str, phrases: &[&str]) -> String {
        let ingredients = self.ingredients_ko.join(", ");
        [&self.name, &self.class_name_ko, class_purpose, &ingredients]
            .into_iter()
            .chain(phrases.iter().copied())
            // Last, so that a model that cuts long texts cuts this.
            .chain([first_sentences(&self.efficacy, LONGEST_EFFICACY)])
            .filter(|part| !part.is_empty())
            .collect::<Vec<&str>>()
            .join(" ")
    }
}

/// The sentences of `text` that fit into `longest` characters; where the first is longer, its words that fit.
fn first_sentences(text: &str, longest: usize) -> &str {
    let Some((limit, _)) = text.char_indices().nth(longest) else {
        return text;
    };
    // One character more tells whether a full stop at the limit ends a sentence or stands within a number.
    let next = text[limit..].chars().next().map_or(limit, |c| limit + c.len_utf8());
    let mut sentence = 0;
    let mut word = 0;
    let mut before = ' ';
    for (place, c) in text[..next].char_indices() {
        if c.is_whitespace() {
            word = place;
            if matches!(before, '.' | '!' | '?' | '。') {
                sentence = place;
            }
        }
        before = c;
    }
    let end = [sentence, word, limit]
        .into_iter()
        .find(|&end| end > 0)
        .unwrap_or(limit);
    text[..end].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_leaves_out_what_is_unknown() {
        let record = Record {
            name: "지르텍정".into(),
            class_name_ko: "항히스타민제".into(),
            ingredients_ko: vec!["세티리진염산염".into()],
            ..Record::default()
        };
        assert_eq!(record.passage("", &[]), "지르텍정 항히스타민제 세티리진염산염");
        assert_eq!(
            record.passage("가려움을 줄이는 약", &["콧물을 멎게 한다"]),
            "지르텍정 항히스타민제 가려움을 줄이는 약 세티리진염산염 콧물을 멎게 한다"
        );
    }

    #[test]
    fn what_the_label_says_stands_last() {
        let record = Record {
            name: "가나정".into(),
            ingredients_ko: vec!["다라".into()],
            efficacy: "이 약은 시험에 사용합니다.".into(),
            ..Record::default()
        };
        assert_eq!(
            record.passage("", &["마바"]),
            "가나정 다라 마바 이 약은 시험에 사용합니다."
        );
    }

    #[test]
    fn a_long_label_is_cut_at_a_sentence() {
        assert_eq!(first_sentences("가나. 다라.", 7), "가나. 다라.");
        assert_eq!(first_sentences("가나. 다라. 마", 7), "가나. 다라.");
        assert_eq!(first_sentences("가나. 다라. 마", 6), "가나.");
        assert_eq!(first_sentences("가나. 1.5 다라", 6), "가나.");
        assert_eq!(first_sentences("가나 다라 마바", 6), "가나 다라");
        assert_eq!(first_sentences("가나다라마바", 4), "가나다라");
        assert_eq!(first_sentences("가나 다라", 2), "가나");
    }

    #[test]
    fn records_without_a_label_are_written_as_before() {
        let json = serde_json::to_string(&Record::default()).unwrap();
        assert!(!json.contains("efficacy"), "{json}");
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), Record::default());
    }
}
