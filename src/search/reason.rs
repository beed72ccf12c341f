//! Why a product was found.

use serde::Serialize;

use super::fold::Span;
use super::matching::Manner;

/// Why a product was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Reason {
    /// Its name stands in the question.
    Name {
        /// In which way.
        manner: Manner,
        /// The part of the name that was met.
        matched: String,
        /// Where it stands in the record's name.
        span: Span,
        /// Typing errors between both.
        errors: u32,
    },
    /// An ingredient, or its group, stands in the question.
    Ingredient {
        /// In which way.
        manner: Manner,
        /// The ingredient, without its salt.
        matched: String,
        /// Which of the record's Korean ingredients it is.
        item: Option<usize>,
        /// Where its name stands there.
        span: Option<Span>,
        /// The group that the question named, if it named one.
        group: Option<String>,
        /// Typing errors.
        errors: u32,
    },
    /// It has the ingredients of a product that the question names.
    Alike {
        /// That product's name.
        like: String,
        /// Whether it has others besides.
        more: bool,
    },
    /// No name was met; what it is for is close to the question.
    Purpose {
        /// What it is for: of its phrases, the one closest to the question.
        purpose: String,
        /// A known question that asks for the same, where one is close.
        question: Option<String>,
    },
    /// No name was met, and the tables do not tell what it is for: its text as a whole is close to the question.
    Meaning,
}

impl std::fmt::Display for Manner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Exact => "exact",
            Self::Prefix => "prefix",
            Self::Initials => "initials",
            Self::Typo => "typo",
        })
    }
}

impl std::fmt::Display for Reason {
    /// One line, as "name 0-4 (exact): 타이레놀"; positions count characters.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name {
                manner, matched, span, ..
            } => write!(out, "name {}-{} ({manner}): {matched}", span.start, span.end),
            Self::Ingredient {
                manner,
                matched,
                group: Some(group),
                ..
            } => write!(out, "ingredient ({manner}): {matched}, of {group}"),
            Self::Ingredient { manner, matched, .. } => write!(out, "ingredient ({manner}): {matched}"),
            Self::Alike { like, more: false } => write!(out, "same ingredients as {like}"),
            Self::Alike { like, more: true } => write!(out, "ingredients of {like}, and others"),
            Self::Purpose {
                purpose,
                question: Some(question),
            } => write!(out, "purpose: {purpose}; asked like: {question}"),
            Self::Purpose { purpose, .. } => write!(out, "purpose: {purpose}"),
            Self::Meaning => out.write_str("meaning"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_readable_line_and_a_tagged_object() {
        let name = Reason::Name {
            manner: Manner::Typo,
            matched: "타이레놀".into(),
            span: Span { start: 2, end: 6 },
            errors: 1,
        };
        assert_eq!(name.to_string(), "name 2-6 (typo): 타이레놀");
        let json = serde_json::to_value(&name).unwrap();
        let expected = r#"{"kind":"name","manner":"typo","matched":"타이레놀","span":{"start":2,"end":6},"errors":1}"#;
        assert_eq!(json, serde_json::from_str::<serde_json::Value>(expected).unwrap());
        let ingredient = Reason::Ingredient {
            manner: Manner::Exact,
            matched: "오메프라졸".into(),
            item: Some(0),
            span: None,
            group: Some("프로톤펌프억제제".into()),
            errors: 0,
        };
        assert_eq!(
            ingredient.to_string(),
            "ingredient (exact): 오메프라졸, of 프로톤펌프억제제"
        );
    }
}
