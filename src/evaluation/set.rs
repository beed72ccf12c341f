//! An evaluation set: a folder of CSV files.
//!
//! | file | columns | what |
//! |---|---|---|
//! | `catalogue.csv` | as [`crate::Catalogue`] | the products that are ranked |
//! | `questions.csv` | `id`, `kind`, `text`, `relevant` | questions about drugs; `relevant` lists ids of products with `\|` between, each with an optional grade after a colon (`M1:2\|H7`), 1 where none is given |
//! | `pairs.csv` | `a`, `b`, `score` | sentence pairs and how alike people find them, on any scale (optional) |
//! | `offtopic.csv` | `id`, `text` | questions that are not about drugs (optional) |
//!
//! Further columns are for people. All files are UTF-8 with a header.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::error::{Error, Result};
use crate::search::{Catalogue, csv_reason};

/// A question and the products that answer it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Unique in its set.
    pub id: String,
    /// What sort of question: symptom, brand, …
    pub kind: String,
    /// The question.
    pub text: String,
    /// Places in the catalogue, and grades above 0.
    pub relevant: HashMap<usize, f64>,
}

/// Two sentences and how alike they are.
#[derive(Debug, Clone, PartialEq)]
pub struct SentencePair {
    /// One sentence.
    pub a: String,
    /// The other.
    pub b: String,
    /// The higher, the more alike.
    pub score: f64,
}

/// What a model is measured on.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationSet {
    /// The products.
    pub catalogue: Catalogue,
    /// About drugs.
    pub questions: Vec<Question>,
    /// May be empty.
    pub pairs: Vec<SentencePair>,
    /// Questions not about drugs; may be empty.
    pub off_topic: Vec<String>,
}

impl EvaluationSet {
    /// Every text that a model is asked: questions about drugs and about other things, and both sentences of pairs.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let questions = self.questions.iter().map(|question| &question.text);
        let sentences = self.pairs.iter().flat_map(|pair| [&pair.a, &pair.b]);
        questions.chain(&self.off_topic).chain(sentences).map(String::as_str)
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// [`Error::Io`] for a missing file; [`Error::Row`] with the line of what is malformed.
    pub fn from_folder(folder: &Path) -> Result<Self> {
        let path = |name: &str| folder.join(name);
        let read = |name: &str| std::fs::read(path(name)).map_err(Error::io(path(name)));
        let optional = |name: &str| {
            if path(name).exists() {
                read(name).map(Some)
            } else {
                Ok(None)
            }
        };
        let shown = |name: &str| path(name).display().to_string();
        let catalogue = Catalogue::from_csv(&shown("catalogue.csv"), &read("catalogue.csv")?)?;
        let questions = questions(&shown("questions.csv"), &read("questions.csv")?, &catalogue)?;
        let pairs = match optional("pairs.csv")? {
            Some(bytes) => pairs(&shown("pairs.csv"), &bytes)?,
            None => Vec::new(),
        };
        let off_topic = match optional("offtopic.csv")? {
            Some(bytes) => texts(&shown("offtopic.csv"), &bytes)?,
            None => Vec::new(),
        };
        Ok(Self {
            catalogue,
            questions,
            pairs,
            off_topic,
        })
    }
}

/// Calls `each` with the line and the cells of every row; cells are trimmed and none of `columns` may be empty.
fn rows<const N: usize>(
    file: &str,
    bytes: &[u8],
    columns: [&str; N],
    mut each: impl FnMut(u64, [&str; N]) -> std::result::Result<(), String>,
) -> Result<()> {
    let wrong = |line: u64, reason: String| Error::Row {
        file: file.to_owned(),
        line,
        reason,
    };
    let read_error = |error: csv::Error| wrong(error.position().map_or(1, csv::Position::line), csv_reason(&error));
    let mut reader = csv::Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let header = reader.headers().map_err(read_error)?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(columns) {
        *place = header
            .iter()
            .position(|column| column.trim() == name)
            .ok_or_else(|| wrong(1, format!("the header lacks the column {name:?}")))?;
    }
    for row in reader.records() {
        let row = row.map_err(read_error)?;
        let line = row.position().map_or(0, csv::Position::line);
        let cells = places.map(|place| row.get(place).unwrap_or("").trim());
        if let Some((name, _)) = columns.iter().zip(cells).find(|(_, cell)| cell.is_empty()) {
            return Err(wrong(line, format!("{name} must not be empty")));
        }
        each(line, cells).map_err(|reason| wrong(line, reason))?;
    }
    Ok(())
}

fn questions(file: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<Vec<Question>> {
    let places: HashMap<&str, usize> = catalogue
        .records
        .iter()
        .enumerate()
        .map(|(place, record)| (record.id.as_str(), place))
        .collect();
    let mut questions: Vec<Question> = Vec::new();
    let mut lines: HashMap<String, u64> = HashMap::new();
    rows(
        file,
        bytes,
        ["id", "kind", "text", "relevant"],
        |line, [id, kind, text, list]| {
            if let Some(first) = lines.insert(id.to_owned(), line) {
                return Err(format!("id {id:?} stands in line {first} already"));
            }
            let mut relevant = HashMap::new();
            for item in list.split('|').map(str::trim).filter(|item| !item.is_empty()) {
                let (product, grade) = match item.split_once(':') {
                    Some((product, grade)) => (product.trim(), grade.trim()),
                    None => (item, "1"),
                };
                let grade = grade
                    .parse::<f64>()
                    .ok()
                    .filter(|grade| grade.is_finite() && *grade > 0.0)
                    .ok_or_else(|| format!("grade {grade:?} of {product:?} must be a number above 0"))?;
                let place = places
                    .get(product)
                    .ok_or_else(|| format!("no product of the catalogue has the id {product:?}"))?;
                if relevant.insert(*place, grade).is_some() {
                    return Err(format!("product {product:?} is named twice"));
                }
            }
            if relevant.is_empty() {
                return Err("relevant names no product; questions without an answer belong in offtopic.csv".to_owned());
            }
            questions.push(Question {
                id: id.to_owned(),
                kind: kind.to_owned(),
                text: text.to_owned(),
                relevant,
            });
            Ok(())
        },
    )?;
    if questions.is_empty() {
        return Err(Error::file(file, "has a header but no question"));
    }
    Ok(questions)
}

fn pairs(file: &str, bytes: &[u8]) -> Result<Vec<SentencePair>> {
    let mut pairs = Vec::new();
    rows(file, bytes, ["a", "b", "score"], |_, [a, b, score]| {
        let score = score
            .parse::<f64>()
            .ok()
            .filter(|score| score.is_finite())
            .ok_or_else(|| format!("score {score:?} is no number"))?;
        pairs.push(SentencePair {
            a: a.to_owned(),
            b: b.to_owned(),
            score,
        });
        Ok(())
    })?;
    Ok(pairs)
}

fn texts(file: &str, bytes: &[u8]) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    let mut ids = HashSet::new();
    rows(file, bytes, ["id", "text"], |_, [id, text]| {
        if !ids.insert(id.to_owned()) {
            return Err(format!("id {id:?} stands above already"));
        }
        texts.push(text.to_owned());
        Ok(())
    })?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::from_csv("c.csv", "id,name\nM1,a\nM2,b\nM3,c\n".as_bytes()).unwrap()
    }

    #[test]
    fn grades_stand_after_colons() {
        let csv = "kind,id,text,note,relevant\nbrand,q1,무슨 약?,x,M3:2 | M1\n";
        let found = questions("q.csv", csv.as_bytes(), &catalogue()).unwrap();
        assert_eq!(found[0].relevant, HashMap::from([(2, 2.0), (0, 1.0)]));
        assert_eq!((found[0].id.as_str(), found[0].kind.as_str()), ("q1", "brand"));
    }

    #[test]
    fn errors_name_the_line() {
        let error = |csv: &str| {
            questions("q.csv", csv.as_bytes(), &catalogue())
                .unwrap_err()
                .to_string()
        };
        let row = |cells: &str| error(&format!("id,kind,text,relevant\na,b,c,M1\n{cells}\n"));
        assert_eq!(
            error("id,kind,text\n"),
            "q.csv, line 1: the header lacks the column \"relevant\""
        );
        assert_eq!(
            row("x,b,c,M9"),
            "q.csv, line 3: no product of the catalogue has the id \"M9\""
        );
        assert_eq!(row("a,b,c,M1"), "q.csv, line 3: id \"a\" stands in line 2 already");
        assert_eq!(
            row("x,b,c,M1:0"),
            "q.csv, line 3: grade \"0\" of \"M1\" must be a number above 0"
        );
        assert_eq!(row("x,b,c,M1|M1:2"), "q.csv, line 3: product \"M1\" is named twice");
        assert_eq!(row("x,b,,M1"), "q.csv, line 3: text must not be empty");
        assert!(row("x,b,c").starts_with("q.csv, line 3: has 3 fields"));
        assert_eq!(
            pairs("p.csv", b"a,b,score\nx,y,high\n").unwrap_err().to_string(),
            "p.csv, line 2: score \"high\" is no number"
        );
    }
}
