//! `manifest.json` of a packed model, and the identity of any model.

use serde::{Deserialize, Serialize};

use super::{Files, sha256_hex};
use crate::error::{Error, Result};

/// The manifest's name inside a packed model's folder.
pub const MANIFEST: &str = "manifest.json";
/// What a manifest's `format` says.
pub const FORMAT: &str = "yaksearch-model";
/// The version that this crate writes and the only one that it reads.
pub const FORMAT_VERSION: u32 = 2;

/// One file of a packed model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the model's folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Of its content, in lower-case hexadecimal.
    pub sha256: String,
}

/// What a packed model consists of and how it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// What people call the model.
    pub name: String,
    /// SHA-256 over the names and hashes of `files`: an index made with one model is refused by another.
    pub identity: String,
    /// Every file that decides what a text's vector is, sorted by name.
    pub files: Vec<FileEntry>,
    /// Which checkpoint it was made from.
    pub source: serde_json::Value,
    /// By which rule the vocabulary was pruned, and to how many pieces.
    pub vocabulary: serde_json::Value,
    /// How weights are stored.
    pub quantisation: serde_json::Value,
    /// What the best hit of a search scores at least when the question is about drugs: see
    /// [`Answer::confident`](crate::Answer::confident). Measured on an evaluation set after packing; `None` before. No
    /// part of the identity, because vectors do not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f32>,
}

impl Manifest {
    /// The manifest of `files`, or `None` where there is none (a plain checkpoint).
    ///
    /// # Errors
    /// [`Error::File`] when it is malformed, of another format or version, or contradicts itself.
    pub fn read(files: &Files) -> Result<Option<Self>> {
        let Some(manifest) = files.optional_json::<Self>(MANIFEST)? else {
            return Ok(None);
        };
        if manifest.format != FORMAT {
            return Err(Error::file(
                MANIFEST,
                format!("format is {:?}; expected {FORMAT:?}", manifest.format),
            ));
        }
        if manifest.format_version != FORMAT_VERSION {
            return Err(Error::file(
                MANIFEST,
                format!(
                    "format_version is {}; this build reads {FORMAT_VERSION}: pack the model again, or use the \
                     matching yaksearch",
                    manifest.format_version
                ),
            ));
        }
        if manifest.identity != identity(&manifest.files) {
            return Err(Error::file(
                MANIFEST,
                "identity does not follow from files: the manifest was edited or damaged; fetch it again",
            ));
        }
        Ok(Some(manifest))
    }

    /// The manifest as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("a manifest is plain data");
        text.push(b'\n');
        text
    }

    /// Checks that every listed file is there with its length and, where `hashes` is set, its SHA-256.
    ///
    /// # Errors
    /// [`Error::MissingFile`], or [`Error::File`] naming the file that differs.
    pub fn verify(&self, files: &Files, hashes: bool) -> Result<()> {
        for entry in &self.files {
            let bytes = files.require(&entry.name)?;
            if bytes.len() as u64 != entry.bytes {
                return Err(Error::file(
                    &entry.name,
                    format!(
                        "has {} bytes; {MANIFEST} lists {}: it was cut short or replaced; fetch it again",
                        bytes.len(),
                        entry.bytes
                    ),
                ));
            }
            if hashes && sha256_hex(bytes) != entry.sha256 {
                return Err(Error::file(
                    &entry.name,
                    format!("its SHA-256 is not the one in {MANIFEST}: it was damaged or replaced; fetch it again"),
                ));
            }
        }
        Ok(())
    }
}

/// The entries of `names` in `files`, sorted by name.
///
/// # Errors
/// [`Error::MissingFile`].
pub fn entries<'a>(files: &Files, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<FileEntry>> {
    let mut entries = names
        .into_iter()
        .map(|name| {
            let bytes = files.require(name)?;
            Ok(FileEntry {
                name: name.to_owned(),
                bytes: bytes.len() as u64,
                sha256: sha256_hex(bytes),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// A model's identity: the SHA-256 of a `sha256sum` listing of its files.
pub fn identity(files: &[FileEntry]) -> String {
    let mut lines: Vec<String> = files
        .iter()
        .map(|file| format!("{}  {}\n", file.sha256, file.name))
        .collect();
    lines.sort();
    sha256_hex(lines.concat().as_bytes())
}
