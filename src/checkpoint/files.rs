//! A model as a set of named byte buffers.
//!
//! A folder on disk, files that a page fetched and files made in a test all look alike to the loaders: names such as
//! `1_Pooling/config.json`, relative to the model's folder, and their bytes.

use std::collections::BTreeMap;
use std::ops::Deref;
#[cfg(not(target_arch = "wasm32"))]
use std::path::Path;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The bytes of one file: owned, or mapped from disk.
pub enum Buffer {
    /// In memory.
    Owned(Vec<u8>),
    /// Paged in from disk as it is read.
    #[cfg(not(target_arch = "wasm32"))]
    Mapped(memmap2::Mmap),
}

impl Buffer {
    /// The bytes, copied only where they are mapped.
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Owned(bytes) => bytes,
            #[cfg(not(target_arch = "wasm32"))]
            Self::Mapped(map) => map.to_vec(),
        }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            #[cfg(not(target_arch = "wasm32"))]
            Self::Mapped(map) => map,
        }
    }
}

/// The files of one model.
pub struct Files {
    origin: String,
    buffers: BTreeMap<String, Buffer>,
}

impl Files {
    /// No files yet; `origin` (a folder, an address) is what error messages call the set.
    pub fn new(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            buffers: BTreeMap::new(),
        }
    }

    /// Every file of `folder` and of its sub-folders one level down, mapped into memory.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder or one of its files cannot be opened.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_folder(folder: &Path) -> Result<Self> {
        let mut files = Self::new(folder.display().to_string());
        files.add_folder(folder, "", 1)?;
        Ok(files)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn add_folder(&mut self, folder: &Path, prefix: &str, depth: u32) -> Result<()> {
        for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
            let path = entry.map_err(Error::io(folder))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue; // no model file has a name that is not UTF-8
            };
            let name = format!("{prefix}{name}");
            if path.is_dir() {
                if depth > 0 {
                    self.add_folder(&path, &format!("{name}/"), depth - 1)?;
                }
            } else {
                let file = std::fs::File::open(&path).map_err(Error::io(&path))?;
                // SAFETY: the map is read-only. As with every mapped file, the process relies on nobody shortening
                // the file while the model loads; the loaders copy what they keep.
                let map = unsafe { memmap2::Mmap::map(&file) }.map_err(Error::io(&path))?;
                self.buffers.insert(name, Buffer::Mapped(map));
            }
        }
        Ok(())
    }

    /// Adds a file, or replaces it.
    pub fn insert(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.buffers.insert(name.into(), Buffer::Owned(bytes));
    }

    /// What error messages call this set.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.buffers.keys().map(String::as_str)
    }

    /// The bytes of `name`, if it is there.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.buffers.get(name).map(Deref::deref)
    }

    /// The bytes of `name`.
    ///
    /// # Errors
    /// [`Error::MissingFile`].
    pub fn require(&self, name: &str) -> Result<&[u8]> {
        self.get(name).ok_or_else(|| self.missing(name))
    }

    /// Removes `name` and hands its bytes over, so that a large file can be freed as soon as it is used up.
    ///
    /// # Errors
    /// [`Error::MissingFile`].
    pub fn take(&mut self, name: &str) -> Result<Buffer> {
        self.buffers.remove(name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> Error {
        Error::MissingFile {
            origin: self.origin.clone(),
            file: name.to_owned(),
            remedy: match name {
                "model.safetensors" => {
                    "weights are read from safetensors only: convert pytorch_model.bin or name the right folder"
                }
                "tokenizer.json" => "save the fast tokenizer beside the model, or name the right folder",
                _ => "name the folder of a sentence-transformers, Hugging Face or packed model",
            },
        }
    }

    /// `name` as JSON.
    ///
    /// # Errors
    /// [`Error::MissingFile`], or [`Error::File`] with the line and column of what is wrong.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        parse_json(name, self.require(name)?)
    }

    /// `name` as JSON, or `None` where there is no such file.
    ///
    /// # Errors
    /// [`Error::File`] with the line and column of what is wrong.
    pub fn optional_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.get(name).map(|bytes| parse_json(name, bytes)).transpose()
    }
}

fn parse_json<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::file(name, error))
}

/// The SHA-256 of `bytes`, in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // writing to a String cannot fail
            hex
        })
}
