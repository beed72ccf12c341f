//! Records from CSV: a header and rows, with commas, semicolons or tabs between fields.

use super::Gathering;
use super::lines::Lines;
use super::schema::{Field, SCHEMAS, Schema, normal};
use crate::error::Result;

/// What may stand between fields, in the order in which it is tried.
const SEPARATORS: &[u8] = b",;\t";

/// A header that was understood.
struct Header {
    separator: u8,
    schema: &'static Schema,
    /// Where each of the schema's columns stands in a row.
    places: Vec<Option<usize>>,
}

/// Reads the rows of `text` into `gathering`.
pub fn read(text: &str, gathering: &mut Gathering) -> Result<()> {
    let header = match SEPARATORS.iter().find_map(|&separator| understand(text, separator)) {
        Some(header) => header,
        None => return Err(gathering.wrong(1, what_the_header_lacks(text))),
    };
    let mut lines = Lines::new(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(header.separator)
        .from_reader(text.as_bytes());
    // Else the first row would seem to start where the header does.
    reader
        .headers()
        .map_err(|error| gathering.wrong(1, csv_reason(&error)))?;
    let mut row = csv::StringRecord::new();
    loop {
        let start = start_of_row(text, &reader);
        let read = reader.read_record(&mut row);
        if let Ok(false) = read {
            return Ok(());
        }
        let line = lines.of(start);
        let end = place(&reader);
        if end >= text.len() && opens_a_quote(text.get(start..).unwrap_or_default()) {
            // Never skipped: with it would go all that follows.
            let reason = "opens a quote that nothing closes; close it, or double it";
            return Err(gathering.wrong(line, reason.to_owned()));
        }
        let record = match read {
            Err(error) => Err(csv_reason(&error)),
            Ok(_) => header.schema.record(|column| {
                let cell = header.places[column].and_then(|place| row.get(place));
                Ok(cell.unwrap_or_default().to_owned())
            }),
        };
        gathering.add(line, record)?;
    }
}

/// Byte of `text` at which the reader stands.
fn place(reader: &csv::Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// Byte at which the next row starts: the reader leaves the end of the last line and empty lines before it.
fn start_of_row(text: &str, reader: &csv::Reader<&[u8]>) -> usize {
    let place = place(reader).min(text.len());
    let rest = &text.as_bytes()[place..];
    place + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// The header, where a schema has its id and name between these separators.
fn understand(text: &str, separator: u8) -> Option<Header> {
    let columns = columns(text, separator);
    let schema = SCHEMAS.iter().find(|schema| {
        [Field::Id, Field::Name]
            .iter()
            .all(|&field| schema.has(field, &columns))
    })?;
    let places = schema
        .columns
        .iter()
        .map(|(name, _)| columns.iter().position(|column| column == name))
        .collect();
    Some(Header {
        separator,
        schema,
        places,
    })
}

/// The header's columns, as [`normal`] writes them.
fn columns(text: &str, separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let header = reader.headers().map(|header| header.iter().map(normal).collect());
    header.unwrap_or_default()
}

fn what_the_header_lacks(text: &str) -> String {
    let columns = columns(text, b',');
    let lacking = |field: Field, name: &str| {
        let other = if field == Field::Id { Field::Name } else { Field::Id };
        SCHEMAS[0]
            .has(other, &columns)
            .then(|| format!("the header lacks the column {name:?}"))
    };
    lacking(Field::Name, "name")
        .or_else(|| lacking(Field::Id, "id"))
        .unwrap_or_else(|| {
            "the header has none of the pairs id and name, itemSeq and itemName, 품목일련번호 and 제품명".to_owned()
        })
}

/// Whether the last row has a quote that nothing closes, so that lines which follow it were taken for one field.
fn opens_a_quote(row: &str) -> bool {
    let odd = row.bytes().filter(|&byte| byte == b'"').count() % 2 == 1;
    odd && row.trim_end_matches(['\r', '\n']).contains(['\r', '\n'])
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
