//! The file in which an unfinished index is kept: one line that says of what, then vectors, f32 in little endian.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::IndexTexts;
use crate::checkpoint::sha256_hex;
use crate::embedder::Embedder;
use crate::error::{Error, Result};

pub struct Partial {
    path: PathBuf,
    file: File,
}

impl Partial {
    /// Opens the file, and reads the vectors that it holds for these texts and this model: none, if it is of others.
    pub fn open(path: &Path, embedder: &Embedder, texts: &IndexTexts) -> Result<(Self, Vec<f32>)> {
        let header = header(embedder, texts);
        let row = embedder.facts().dimensions * size_of::<f32>();
        let known = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::io(path)(error)),
        };
        // The last vector may have been cut short.
        let rows = known.strip_prefix(header.as_bytes()).map(|rest| rest.len() / row);
        let count = rows.filter(|&rows| rows <= texts.len());
        let sound = header.len() + count.unwrap_or(0) * row;
        let options = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let mut file = options.map_err(Error::io(path))?;
        let start = |file: &mut File| -> std::io::Result<()> {
            if count.is_none() {
                file.set_len(0)?;
                return file.write_all(header.as_bytes());
            }
            file.set_len(sound as u64)?;
            std::io::Seek::seek(file, std::io::SeekFrom::End(0)).map(drop)
        };
        start(&mut file).map_err(Error::io(path))?;
        let vectors = count.map_or(Vec::new(), |_| {
            let numbers = known[header.len()..sound].as_chunks().0;
            numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        });
        let path = path.to_owned();
        Ok((Self { path, file }, vectors))
    }

    /// Keeps more vectors.
    pub fn append(&mut self, vectors: &[f32]) -> Result<()> {
        let bytes: Vec<u8> = vectors.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.file.write_all(&bytes).map_err(Error::io(&self.path))
    }
}

/// What the vectors are of: a line that no other model or texts have.
fn header(embedder: &Embedder, texts: &IndexTexts) -> String {
    let facts = embedder.facts();
    let mut all = format!("{}\n{}\n", facts.identity, facts.dimensions);
    for (texts, role) in texts.by_role() {
        all += &format!("{role:?} {}\n", texts.len());
        for text in texts {
            // Lengths, so that no two lists of texts are written alike.
            all += &format!("{} {text}\n", text.len());
        }
    }
    format!("yaksearch-partial-index {}\n", sha256_hex(all.as_bytes()))
}
