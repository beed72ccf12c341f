//! Questions that a model is trained on and an index does not know: they would make every index larger.

use serde::Deserialize;

use super::topic::Topic;
use crate::error::Result;
use crate::search::{Tables, each_row};

#[derive(Deserialize)]
struct Row {
    about: String,
    questions: String,
}

/// Adds to `tables` the questions of a CSV file with the columns `about` (as `class 114`, `group ssri`, `ingredient
/// 아세트아미노펜`) and `questions` (`|` between them); `file` is what errors call it.
///
/// # Errors
/// [`crate::Error::Row`] with the line of a malformed row, or of a topic that `tables` lack.
pub fn add_questions(tables: &mut Tables, file: &str, bytes: &[u8]) -> Result<()> {
    each_row(file, bytes, |row: Row| {
        let questions = super::items(&row.questions).map(str::to_owned);
        match Topic::find(&row.about, tables)? {
            Topic::Type(of) => {
                let rows = &mut tables.types.rows;
                let row = rows.iter_mut().find(|row| row.kind == of.kind && row.code == of.code);
                row.expect("it was just found").questions.extend(questions);
            }
            Topic::Ingredient(of) => tables.questions.add(&of, questions),
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{DrugTypes, Ingredients, Questions};

    #[test]
    fn questions_join_those_of_their_topic() {
        let types = "code,kind,name_ko,purpose,questions\n114,class,진통제,아픔을 줄인다,아파요\n";
        let ingredients = "name_ko,name_en,aliases,group_ko,group_en,purpose_ko,indication_ko,drowsy,caffeine,children,pregnancy\n\
            갑,,,,,,,,,,\n";
        let mut tables = Tables::new(
            DrugTypes::from_csv("t.csv", types.as_bytes()).unwrap(),
            Ingredients::from_csv("i.csv", ingredients.as_bytes()).unwrap(),
            Questions::default(),
        );
        let mut add = |rows: &str| add_questions(&mut tables, "q.csv", format!("about,questions\n{rows}").as_bytes());
        assert_eq!(
            add("class 114,쑤셔요\nclass 999,a\n").unwrap_err().to_string(),
            "q.csv, line 3: \"class 999\" is no type and no ingredient of the tables"
        );
        assert!(
            add("class 114\n")
                .unwrap_err()
                .to_string()
                .starts_with("q.csv, line 2: has 1 field")
        );
        add("class 114,결려요| 뻐근해요\ningredient 갑,열이 나요\ningredient 갑,으슬으슬\n").unwrap();
        assert_eq!(
            tables.types.rows[0].questions,
            ["아파요", "쑤셔요", "결려요", "뻐근해요"]
        );
        let ingredient = &tables.ingredients.entries()[0];
        assert_eq!(tables.questions.of(ingredient), ["열이 나요", "으슬으슬"]);
    }
}
