//! A catalogue of drug products, read from CSV, JSON or JSON Lines.
//!
//! Bytes become text (`encoding`), text becomes rows (`table`, `json`), and rows become records by the names of their
//! columns or keys (`schema`).

mod encoding;
mod html;
mod json;
mod lines;
mod record;
mod schema;
mod table;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::HashMap;

use crate::error::{Error, Result};

pub use record::Record;
pub(crate) use table::csv_reason;

/// The products, in the order of their file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalogue {
    /// One a product.
    pub records: Vec<Record>,
}

/// What becomes of a row that is malformed or lacks its id or name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnBadRow {
    /// It is the error of the whole reading.
    #[default]
    Fail,
    /// It is left out and reported.
    Skip,
}

/// How a catalogue is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// What becomes of bad rows.
    pub on_bad_row: OnBadRow,
}

/// What was read.
#[derive(Debug)]
pub struct Reading {
    /// The products.
    pub catalogue: Catalogue,
    /// With [`OnBadRow::Skip`], an [`Error::Row`] for every row that was left out, in the order of the file.
    pub skipped: Vec<Error>,
}

impl Catalogue {
    /// Reads a list of products. `file` is what errors call it.
    ///
    /// The content tells the format: CSV with a header (commas, semicolons or tabs between fields), a JSON array, the
    /// JSON answer of a data.go.kr service, or JSON Lines; in UTF-8, in UTF-16 with a byte order mark, or in CP949. The
    /// names of columns or keys tell the schema: that of [`Record`] with `|` between ingredients, or one of the
    /// ministry's. `docs/catalogues.md` lists them.
    ///
    /// # Errors
    /// [`Error::Row`] with the line of what is malformed: bytes that are no text, a header without id and name, a bad
    /// row unless it is to be skipped, an id that stands twice; [`Error::File`] when there is no product.
    pub fn read(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Reading> {
        let text = encoding::decode(file, bytes)?;
        let mut gathering = Gathering::new(file, options.on_bad_row);
        match text.trim_start().as_bytes().first() {
            None => return Err(Error::file(file, "is empty")),
            Some(b'<') => {
                let reason = "is XML or HTML; ask the service for JSON (type=json), or save the list as CSV";
                return Err(Error::file(file, reason));
            }
            Some(b'{') if json::is_one_a_line(&text) => json::read_lines(&text, &mut gathering)?,
            Some(b'{' | b'[') => json::read_document(&text, &mut gathering)?,
            Some(_) => table::read(&text, &mut gathering)?,
        }
        gathering.finish()
    }

    /// Reads CSV in which every row must be sound: as [`Catalogue::read`] with no other format.
    ///
    /// # Errors
    /// As [`Catalogue::read`].
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self> {
        let mut gathering = Gathering::new(file, OnBadRow::Fail);
        table::read(&encoding::decode(file, bytes)?, &mut gathering)?;
        Ok(gathering.finish()?.catalogue)
    }
}

/// The records read so far, and what is wrong with other rows.
struct Gathering<'a> {
    file: &'a str,
    on_bad_row: OnBadRow,
    records: Vec<Record>,
    /// Where each id stands.
    lines: HashMap<String, u64>,
    skipped: Vec<Error>,
}

impl<'a> Gathering<'a> {
    fn new(file: &'a str, on_bad_row: OnBadRow) -> Self {
        Self {
            file,
            on_bad_row,
            records: Vec::new(),
            lines: HashMap::new(),
            skipped: Vec::new(),
        }
    }

    /// An error of this file's `line`.
    fn wrong(&self, line: u64, reason: String) -> Error {
        Error::Row {
            file: self.file.to_owned(),
            line,
            reason,
        }
    }

    /// Takes the row that starts at `line`: its record, or what is wrong with it.
    fn add(&mut self, line: u64, row: std::result::Result<Record, String>) -> Result<()> {
        match row {
            Ok(record) => {
                if let Some(first) = self.lines.insert(record.id.clone(), line) {
                    // Never skipped: which of the two is right, only the list's owner knows.
                    let reason = format!("id {:?} stands in line {first} already", record.id);
                    return Err(self.wrong(line, reason));
                }
                self.records.push(record);
            }
            Err(reason) => {
                let error = self.wrong(line, reason);
                match self.on_bad_row {
                    OnBadRow::Fail => return Err(error),
                    OnBadRow::Skip => self.skipped.push(error),
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Reading> {
        if self.records.is_empty() {
            return Err(match self.skipped.first() {
                None => Error::file(self.file, "holds no product"),
                Some(first) => Error::file(
                    self.file,
                    format!("none of its {} rows is sound; the first: {first}", self.skipped.len()),
                ),
            });
        }
        Ok(Reading {
            catalogue: Catalogue { records: self.records },
            skipped: self.skipped,
        })
    }
}
