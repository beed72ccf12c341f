//! What a model is on disk: configuration, weights and identity, read from a set of named byte buffers.

mod config;
mod files;
pub mod manifest;
pub mod quantized;
mod sentence;
mod weights;

pub use config::{CONFIG, Config, Positions};
pub use files::{Buffer, Files, sha256_hex};
pub use manifest::{MANIFEST, Manifest};
pub use sentence::{MODULES, PROMPTS, Pooling, Prompts, Role, SENTENCE_BERT, SentenceConfig, TOKENIZER_CONFIG};
pub use weights::{WEIGHTS, Weights};

use crate::error::Result;

/// The tokenizer's file name inside a model folder.
pub const TOKENIZER: &str = "tokenizer.json";

/// A checkpoint whose configuration has been read and checked; its weights and tokenizer are still bytes.
pub struct Checkpoint {
    /// All files.
    pub files: Files,
    /// The network's shape.
    pub config: Config,
    /// What sentence-transformers puts around it.
    pub sentence: SentenceConfig,
    /// Only packed models have one.
    pub manifest: Option<Manifest>,
}

impl Checkpoint {
    /// Reads every configuration file. A packed model's files are checked against its manifest: lengths always,
    /// SHA-256 where `hashes` is set.
    ///
    /// # Errors
    /// What [`Manifest::verify`], [`SentenceConfig::read`] and [`Config::read`] refuse.
    pub fn open(files: Files, hashes: bool) -> Result<Self> {
        let manifest = Manifest::read(&files)?;
        if let Some(manifest) = &manifest {
            manifest.verify(&files, hashes)?;
        }
        let sentence = SentenceConfig::read(&files)?;
        let config = Config::read(&files, &sentence.root)?;
        Ok(Self {
            files,
            config,
            sentence,
            manifest,
        })
    }

    /// Opens a folder. See [`open`](Self::open).
    ///
    /// # Errors
    /// As [`open`](Self::open), or [`crate::Error::Io`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_folder(folder: &std::path::Path) -> Result<Self> {
        Self::open(Files::from_folder(folder)?, true)
    }

    /// The name under which one of the encoder's own files is stored.
    pub fn name_of(&self, file: &str) -> String {
        format!("{}{file}", self.sentence.root)
    }

    /// SHA-256 over everything that decides a text's vector. A packed model's manifest has it; of a plain checkpoint
    /// it is computed, which reads the whole weights file.
    ///
    /// # Errors
    /// [`crate::Error::MissingFile`].
    pub fn identity(&self) -> Result<String> {
        if let Some(manifest) = &self.manifest {
            return Ok(manifest.identity.clone());
        }
        let mut names = vec![self.name_of(CONFIG), self.name_of(WEIGHTS), self.name_of(TOKENIZER)];
        names.extend(
            self.files
                .names()
                .filter(|name| {
                    [MODULES, PROMPTS].contains(name)
                        || *name == self.name_of(SENTENCE_BERT)
                        || *name == self.name_of(TOKENIZER_CONFIG)
                        || name.ends_with("_Pooling/config.json")
                })
                .map(str::to_owned),
        );
        let entries = manifest::entries(&self.files, names.iter().map(String::as_str))?;
        Ok(manifest::identity(&entries))
    }
}
