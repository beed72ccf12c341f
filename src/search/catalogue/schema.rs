//! The columns and keys of the lists that can be read, and what of a [`Record`] they hold.

use super::html::plain_text;
use super::record::Record;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Id,
    Name,
    Company,
    /// `|` between ingredients.
    IngredientsKo,
    /// `|` between ingredients.
    IngredientsEn,
    ClassCode,
    ClassName,
    Form,
    RxOtc,
    Efficacy,
    /// The ministry's `[01140]해열.진통.소염제`: 0, the three digits of the class, 0, and the class's name.
    CodedClass,
    /// The ministry's `[M040702]포도당|[M040426]염화나트륨`.
    CodedIngredients,
    /// The ministry's `Glucose/Sodium Chloride`.
    SlashedIngredients,
    /// How many ingredients there are between the slashes.
    IngredientCount,
}

/// How many kinds of fields there are.
const FIELDS: usize = Field::IngredientCount as usize + 1;

/// One kind of list: names of columns, as [`normal`] writes them, and what they hold. Of several columns of one field
/// the first that is not empty is used.
#[derive(Debug)]
pub struct Schema {
    pub columns: &'static [(&'static str, Field)],
    /// Whether labels and codes are the ministry's, to be cleaned up.
    official: bool,
}

/// All of them, in the order in which they are tried.
pub static SCHEMAS: [Schema; 3] = [OWN, SERVICES, DOWNLOADS];

const OWN: Schema = Schema {
    columns: &[
        ("id", Field::Id),
        ("name", Field::Name),
        ("company", Field::Company),
        ("ingredientsko", Field::IngredientsKo),
        ("ingredientsen", Field::IngredientsEn),
        ("classcode", Field::ClassCode),
        ("classnameko", Field::ClassName),
        ("form", Field::Form),
        ("rxotc", Field::RxOtc),
        ("efficacy", Field::Efficacy),
    ],
    official: false,
};

/// The ministry's open services: e약은요 writes `itemSeq`, the permit list `ITEM_SEQ`.
const SERVICES: Schema = Schema {
    columns: &[
        ("itemseq", Field::Id),
        ("prdlststdrcode", Field::Id),
        ("itemname", Field::Name),
        ("entpname", Field::Company),
        ("mainitemingr", Field::CodedIngredients),
        ("itemingrname", Field::SlashedIngredients),
        ("itemingrcnt", Field::IngredientCount),
        ("prducttype", Field::CodedClass),
        ("spcltypblc", Field::RxOtc),
        ("etcotccode", Field::RxOtc),
        ("efcyqesitm", Field::Efficacy),
    ],
    official: true,
};

/// The same lists as tables to download, whose headers are Korean.
const DOWNLOADS: Schema = Schema {
    columns: &[
        ("품목일련번호", Field::Id),
        ("품목기준코드", Field::Id),
        ("제품명", Field::Name),
        ("품목명", Field::Name),
        ("업체명", Field::Company),
        ("주성분", Field::CodedIngredients),
        ("주성분명", Field::CodedIngredients),
        ("영문성분명", Field::SlashedIngredients),
        ("전문일반", Field::RxOtc),
        ("이약의효능은무엇입니까", Field::Efficacy),
    ],
    official: true,
};

/// A column's name without case, white space, `_` and `?`, which one list writes and the next does not.
pub fn normal(column: &str) -> String {
    column
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '?'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

impl Schema {
    /// Whether one of these columns, as [`normal`] writes them, holds `field`.
    pub fn has(&self, field: Field, columns: &[String]) -> bool {
        self.columns
            .iter()
            .any(|(name, holds)| *holds == field && columns.iter().any(|column| column == name))
    }

    /// The record of a row; `cell` gives what stands in a column of [`Schema::columns`], empty where there is nothing.
    /// Its error, and that of a row without id or name, says what is wrong with the row.
    pub fn record(&self, mut cell: impl FnMut(usize) -> Result<String, String>) -> Result<Record, String> {
        let mut cells: [String; FIELDS] = Default::default();
        for (column, (_, field)) in self.columns.iter().enumerate() {
            let content = &mut cells[*field as usize];
            if content.is_empty() {
                *content = cell(column)?.trim().to_owned();
            }
        }
        let mut take = |field: Field| std::mem::take(&mut cells[field as usize]);
        let mut record = Record {
            id: take(Field::Id),
            name: take(Field::Name),
            company: take(Field::Company),
            ingredients_ko: split(&take(Field::IngredientsKo), &['|']),
            ingredients_en: split(&take(Field::IngredientsEn), &['|']),
            class_code: take(Field::ClassCode),
            class_name_ko: take(Field::ClassName),
            form: take(Field::Form),
            rx_otc: take(Field::RxOtc),
            efficacy: take(Field::Efficacy),
        };
        if record.id.is_empty() || record.name.is_empty() {
            return Err("id and name must not be empty".to_owned());
        }
        if self.official {
            (record.class_code, record.class_name_ko) = coded_class(&take(Field::CodedClass));
            record.rx_otc = rx_otc(record.rx_otc);
            record.efficacy = plain_text(&record.efficacy);
            let coded = take(Field::CodedIngredients);
            record.ingredients_ko = unique(split(&coded, &['|']).iter().map(|name| without_code(name)));
            let marks: &[char] = match take(Field::IngredientCount).as_str() {
                // A slash within the one name.
                "1" => &['|'],
                _ => &['|', '/'],
            };
            let names = split(&take(Field::SlashedIngredients), marks);
            record.ingredients_en = unique(names.iter().map(String::as_str));
        }
        Ok(record)
    }
}

fn split(list: &str, marks: &[char]) -> Vec<String> {
    list.split(marks)
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The names that are not empty, each once: a product of two parts names an ingredient of both twice.
fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !name.is_empty() && !kept.iter().any(|other| other == name) {
            kept.push(name.to_owned());
        }
    }
    kept
}

/// `[M040702]포도당` without its code.
fn without_code(name: &str) -> &str {
    bracketed(name).map_or(name, |(_, name)| name)
}

/// `[CODE]REST`: both.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (code, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((code.trim(), rest.trim()))
}

/// Code and name of `[01140]해열.진통.소염제`. A code of another shape is no class of three digits, and is left out.
fn coded_class(text: &str) -> (String, String) {
    let Some((code, name)) = bracketed(text) else {
        return (String::new(), text.to_owned());
    };
    let digits = code
        .strip_prefix('0')
        .and_then(|code| code.strip_suffix('0'))
        .filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()));
    (digits.unwrap_or_default().to_owned(), name.to_owned())
}

/// The short words become the long ones; others (한약재, 원료의약품) stay.
fn rx_otc(text: String) -> String {
    match text.as_str() {
        "전문" => "전문의약품".to_owned(),
        "일반" => "일반의약품".to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(schema: &Schema, cells: &[(&str, &str)]) -> Result<Record, String> {
        for (name, _) in cells {
            assert!(schema.columns.iter().any(|(column, _)| column == name), "{name}");
        }
        schema.record(|column| {
            let found = cells.iter().find(|(name, _)| *name == schema.columns[column].0);
            Ok(found.map_or(String::new(), |(_, content)| (*content).to_owned()))
        })
    }

    #[test]
    fn names_of_columns_are_normal() {
        for schema in &SCHEMAS {
            for (name, _) in schema.columns {
                assert_eq!(normal(name), *name);
            }
        }
        assert_eq!(normal(" PRDLST_STDR_CODE"), "prdlststdrcode");
        assert_eq!(normal("이 약의 효능은 무엇입니까?"), "이약의효능은무엇입니까");
    }

    #[test]
    fn fields_of_the_permit_list() {
        let found = record(
            &SERVICES,
            &[
                ("itemseq", "1"),
                ("prdlststdrcode", "2"),
                ("itemname", "가나정"),
                ("prducttype", "[01140]해열.진통.소염제"),
                ("spcltypblc", "일반"),
                ("itemingrname", "Alpha/Beta/Alpha"),
                ("itemingrcnt", "3"),
                ("mainitemingr", "[M000001]알파|[M000002]베타|"),
            ],
        );
        let expected = Record {
            id: "1".into(),
            name: "가나정".into(),
            class_code: "114".into(),
            class_name_ko: "해열.진통.소염제".into(),
            rx_otc: "일반의약품".into(),
            ingredients_ko: vec!["알파".into(), "베타".into()],
            ingredients_en: vec!["Alpha".into(), "Beta".into()],
            ..Record::default()
        };
        assert_eq!(found, Ok(expected));
    }

    #[test]
    fn a_slash_within_the_only_ingredient_stays() {
        let row = |count| {
            let cells = [
                ("itemseq", "1"),
                ("itemname", "a"),
                ("itemingrname", "A/B"),
                ("itemingrcnt", count),
            ];
            record(&SERVICES, &cells).unwrap().ingredients_en
        };
        assert_eq!(row("1"), ["A/B"]);
        assert_eq!(row("2"), ["A", "B"]);
        assert_eq!(row(""), ["A", "B"]);
    }

    #[test]
    fn the_second_column_of_a_field_stands_in() {
        let cells = [("prdlststdrcode", "2"), ("itemname", "a"), ("itemseq", " ")];
        assert_eq!(record(&SERVICES, &cells).unwrap().id, "2");
    }

    #[test]
    fn classes_of_other_shapes_keep_their_name_only() {
        assert_eq!(coded_class("[A1140]가"), (String::new(), "가".into()));
        assert_eq!(coded_class("[114]가"), (String::new(), "가".into()));
        assert_eq!(coded_class("가"), (String::new(), "가".into()));
        assert_eq!(coded_class("[01140"), (String::new(), "[01140".into()));
        assert_eq!(coded_class(""), (String::new(), String::new()));
    }

    #[test]
    fn the_own_columns_are_taken_as_they_are() {
        let cells = [("id", "1"), ("name", "a"), ("efficacy", "<p>가</p>"), ("rxotc", "전문")];
        let found = record(&OWN, &cells).unwrap();
        assert_eq!((found.efficacy.as_str(), found.rx_otc.as_str()), ("<p>가</p>", "전문"));
    }
}
