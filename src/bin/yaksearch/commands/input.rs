//! Text files, one text a line.

use std::path::Path;

use yaksearch::{Error, Result};

/// The lines of `path`, without their ends.
pub fn read_lines(path: &Path) -> Result<Vec<String>> {
    let bytes = read(path)?;
    let mut lines = Vec::new();
    for (number, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line).map_err(|_| {
            Error::Input(format!(
                "{}, line {}: not UTF-8; save the file as UTF-8",
                path.display(),
                number + 1
            ))
        })?;
        lines.push(line.to_owned());
    }
    // What follows the last line end is no line.
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    if lines.is_empty() {
        return Err(Error::Input(format!("{}: holds no text", path.display())));
    }
    Ok(lines)
}

/// A file's bytes.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })
}

/// A text as one field of a tab-separated line.
pub fn field(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}
