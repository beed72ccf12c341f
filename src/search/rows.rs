//! The project's own tables: CSV with a header, in which no cell spans lines.

use serde::de::DeserializeOwned;

use super::catalogue::csv_reason;
use crate::error::{Error, Result};

/// Gives every row of a table to `add`; `file` is what errors call it.
///
/// # Errors
/// [`Error::Row`] with the line of a malformed row, or of one that `add` refuses, with its reason.
pub(crate) fn each_row<T: DeserializeOwned>(
    file: &str,
    bytes: &[u8],
    mut add: impl FnMut(T) -> std::result::Result<(), String>,
) -> Result<()> {
    let wrong = |line: u64, reason: String| Error::Row {
        file: file.to_owned(),
        line,
        reason,
    };
    let mut reader = csv::Reader::from_reader(bytes);
    for (number, row) in reader.deserialize::<T>().enumerate() {
        let row = row.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            wrong(line, csv_reason(&error))
        })?;
        // The header is the first line.
        add(row).map_err(|reason| wrong(number as u64 + 2, reason))?;
    }
    Ok(())
}
