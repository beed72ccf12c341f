//! A catalogue of drug products, read from CSV.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

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
}

impl Record {
    /// The text that stands for the product in the vector index: name, class, what the class is for, ingredients, and
    /// phrases on the ingredients. What is empty is left out.
    pub fn passage(&self, class_purpose: &str, phrases: &[&str]) -> String {
        let ingredients = self.ingredients_ko.join(", ");
        [&self.name, &self.class_name_ko, class_purpose, &ingredients]
            .into_iter()
            .chain(phrases.iter().copied())
            .filter(|part| !part.is_empty())
            .collect::<Vec<&str>>()
            .join(" ")
    }
}

/// The products, in the order of their file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalogue {
    /// One a product.
    pub records: Vec<Record>,
}

/// The columns that a record is made of.
const COLUMNS: [&str; 9] = [
    "id",
    "name",
    "company",
    "ingredients_ko",
    "ingredients_en",
    "class_code",
    "class_name_ko",
    "form",
    "rx_otc",
];

impl Catalogue {
    /// Reads UTF-8 CSV with a header. `id` and `name` are required; the other fields of [`Record`] are used where
    /// there are columns of their names, with `|` between ingredients; further columns are ignored. `file` is what
    /// errors call it.
    ///
    /// # Errors
    /// [`Error::Row`] with the line of what is malformed: a missing column, bad quoting, bytes that are not UTF-8, an
    /// empty or repeated id, an empty name; [`Error::File`] when there is no row.
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self> {
        // Excel writes a byte order mark before UTF-8.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let wrong = |line: u64, reason: String| Error::Row {
            file: file.to_owned(),
            line,
            reason,
        };
        let mut reader = csv::Reader::from_reader(bytes);
        let read_error = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            wrong(line, csv_reason(&error))
        };

        let header = reader.headers().map_err(read_error)?.clone();
        let mut columns = [None; COLUMNS.len()];
        for (slot, name) in columns.iter_mut().zip(COLUMNS) {
            *slot = header.iter().position(|column| column.trim() == name);
        }
        for (name, column) in COLUMNS.iter().zip(columns).take(2) {
            if column.is_none() {
                return Err(wrong(1, format!("the header lacks the column {name:?}")));
            }
        }

        let mut lines: HashMap<String, u64> = HashMap::new();
        let mut records = Vec::new();
        for row in reader.records() {
            let row = row.map_err(read_error)?;
            let line = row.position().map_or(0, csv::Position::line);
            let [id, name, company, ko, en, class_code, class_name_ko, form, rx_otc] = columns.map(|column| {
                column
                    .and_then(|column| row.get(column))
                    .unwrap_or("")
                    .trim()
                    .to_owned()
            });
            if id.is_empty() || name.is_empty() {
                return Err(wrong(line, "id and name must not be empty".to_owned()));
            }
            if let Some(first) = lines.insert(id.clone(), line) {
                return Err(wrong(line, format!("id {id:?} stands in line {first} already")));
            }
            records.push(Record {
                id,
                name,
                company,
                ingredients_ko: split_ingredients(&ko),
                ingredients_en: split_ingredients(&en),
                class_code,
                class_name_ko,
                form,
                rx_otc,
            });
        }
        if records.is_empty() {
            return Err(Error::file(file, "has a header but no product"));
        }
        Ok(Self { records })
    }
}

/// What is wrong with a row of CSV, and what to do.
pub(crate) fn csv_reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8; save the file as UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields, the header has {expected_len}; quote fields that hold commas")
        }
        _ => error.to_string(),
    }
}

fn split_ingredients(field: &str) -> Vec<String> {
    field
        .split('|')
        .map(str::trim)
        .filter(|ingredient| !ingredient.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(csv: &str) -> String {
        Catalogue::from_csv("a.csv", csv.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn columns_are_found_by_name() {
        let csv = "\u{feff}name,x,id,ingredients_ko\n\"판콜,에이\",1,M1, 카페인무수물 | |구아이페네신\n";
        let catalogue = Catalogue::from_csv("a.csv", csv.as_bytes()).unwrap();
        assert_eq!(
            catalogue.records,
            [Record {
                id: "M1".into(),
                name: "판콜,에이".into(),
                ingredients_ko: vec!["카페인무수물".into(), "구아이페네신".into()],
                ..Record::default()
            }]
        );
    }

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
    fn errors_name_the_line() {
        assert_eq!(
            error("id,company\n1,a\n"),
            "a.csv, line 1: the header lacks the column \"name\""
        );
        assert_eq!(
            error("id,name\n1,\"a\nb\"\n1,c\n"),
            "a.csv, line 4: id \"1\" stands in line 2 already"
        );
        assert_eq!(error("id,name\n1,\n"), "a.csv, line 2: id and name must not be empty");
        assert!(error("id,name\n1,a,b\n").starts_with("a.csv, line 2: has 3 fields, the header has 2"));
        assert_eq!(error("id,name\n"), "a.csv: has a header but no product");
        let cp949 = Catalogue::from_csv("a.csv", b"id,name\n1,\xbe\xe0\n").unwrap_err();
        assert_eq!(cp949.to_string(), "a.csv, line 2: not UTF-8; save the file as UTF-8");
    }
}
