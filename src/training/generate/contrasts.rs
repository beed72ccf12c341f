//! Meanings that look alike and differ, as 혈압을 낮추는 약 and 혈압을 올리는 약: the phrases of each mean the same, and
//! the other's are wrong.

use serde::Deserialize;

use super::groups::Groups;
use super::letters::{letters, likeness};
use super::topic::Topic;
use super::{Generated, items};
use crate::error::Result;
use crate::search::{Tables, each_row};

/// How many of the other side's phrases each pair has as wrong answers: each takes as long as any other text.
const NEGATIVES: usize = 1;

/// The project's table of contrasts: see `data/README.md`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contrasts {
    /// The two sides of every row.
    rows: Vec<[Side; 2]>,
}

/// One of the two meanings.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Side {
    /// All mean the same.
    phrases: Vec<String>,
    about: Vec<Topic>,
}

#[derive(Deserialize)]
struct Row {
    a: String,
    b: String,
    a_about: String,
    b_about: String,
}

impl Contrasts {
    /// Reads the columns `a` and `b`, phrases with `|` between them, and `a_about` and `b_about`, what they are about: `class
    /// 114`, `group ssri` and `ingredient 아세트아미노펜` of `tables`, with `|` too. `file` is what errors call it.
    ///
    /// # Errors
    /// [`crate::Error::Row`] with the line of a malformed row, of a side with fewer than two phrases, of a phrase on both sides, or
    /// of a topic that `tables` lack.
    pub fn from_csv(file: &str, bytes: &[u8], tables: &Tables) -> Result<Self> {
        let mut rows = Vec::new();
        each_row(file, bytes, |row: Row| {
            let side = |phrases: &str, about: &str| {
                let phrases: Vec<String> = items(phrases).map(str::to_owned).collect();
                if phrases.len() < 2 {
                    return Err("each side needs two phrases or more".to_owned());
                }
                let about: std::result::Result<_, _> = items(about).map(|topic| Topic::find(topic, tables)).collect();
                Ok(Side { phrases, about: about? })
            };
            let sides = [side(&row.a, &row.a_about)?, side(&row.b, &row.b_about)?];
            if let Some(both) = sides[0].phrases.iter().find(|phrase| sides[1].phrases.contains(phrase)) {
                return Err(format!("{both:?} stands on both sides"));
            }
            rows.push(sides);
            Ok(())
        })?;
        Ok(Self { rows })
    }

    /// Every phrase with the next one of its side, and against what looks most like it of the other side.
    pub(super) fn pairs(&self, groups: &Groups) -> Vec<Generated> {
        let mut pairs = Vec::new();
        for (number, sides) in self.rows.iter().enumerate() {
            for (place, side) in sides.iter().enumerate() {
                let other = &sides[1 - place];
                let mut own = vec![format!("x:{number}{}", ["a", "b"][place])];
                own.extend(side.about.iter().flat_map(|topic| topic.groups(groups)));
                for (first, query) in side.phrases.iter().enumerate() {
                    pairs.push(Generated {
                        query: query.clone(),
                        passage: side.phrases[(first + 1) % side.phrases.len()].clone(),
                        groups: own.clone(),
                        negatives: other.most_like(query),
                        kind: "contrast",
                    });
                }
            }
        }
        pairs
    }
}

impl Side {
    fn most_like(&self, query: &str) -> Vec<String> {
        let own = letters(query);
        let mut phrases: Vec<&String> = self.phrases.iter().collect();
        // Stable: of equals, the first of the row.
        phrases.sort_by(|a, b| likeness(&own, &letters(b)).total_cmp(&likeness(&own, &letters(a))));
        phrases.into_iter().take(NEGATIVES).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Catalogue, DrugTypes, Ingredients, Questions};
    use crate::training::generate::{HeldOut, Sources};

    fn tables() -> Tables {
        let types =
            "code,kind,name_ko,purpose\n214,class,혈압강하제,혈압을 낮추는 약\n216,class,혈관수축제,혈관을 조이는 약\n";
        Tables::new(
            DrugTypes::from_csv("t.csv", types.as_bytes()).unwrap(),
            Ingredients::default(),
            Questions::default(),
        )
    }

    fn read(rows: &str) -> Result<Contrasts> {
        Contrasts::from_csv("x.csv", format!("a,b,a_about,b_about\n{rows}").as_bytes(), &tables())
    }

    #[test]
    fn what_means_the_same_is_paired_against_what_looks_alike() {
        let contrasts = read("혈압을 낮추는|고혈압 약|내려 주는,저혈압|혈압을 올리는|승압제,class 214,\n").unwrap();
        let (tables, catalogue) = (tables(), Catalogue::default());
        let groups = Groups::new(&Sources {
            catalogue: &catalogue,
            tables: &tables,
            off_topic: &[],
            contrasts: &contrasts,
            held_out: &HeldOut::default(),
        });
        let pairs = contrasts.pairs(&groups);
        assert_eq!(pairs.len(), 6);
        assert_eq!(
            pairs[0],
            Generated {
                query: "혈압을 낮추는".into(),
                passage: "고혈압 약".into(),
                groups: vec!["x:0a".into(), "c:214".into()],
                negatives: vec!["혈압을 올리는".into()],
                kind: "contrast",
            }
        );
        assert_eq!(pairs[2].passage, "혈압을 낮추는");
        assert!(pairs[3..].iter().all(|pair| pair.groups == ["x:0b"]));
    }

    #[test]
    fn errors_name_the_line() {
        let error = |rows: &str| read(rows).unwrap_err().to_string();
        assert_eq!(
            error("a|b,c|d,,\na,c|d,,\n"),
            "x.csv, line 3: each side needs two phrases or more"
        );
        assert_eq!(error("a|b,c|a,,\n"), "x.csv, line 2: \"a\" stands on both sides");
        assert_eq!(
            error("a|b,c|d,class 999,\n"),
            "x.csv, line 2: \"class 999\" is no type and no ingredient of the tables"
        );
        assert!(error("a|b,c|d\n").starts_with("x.csv, line 2: has 2 fields"));
    }
}
