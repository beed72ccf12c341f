//! The one error type of the crate.
//!
//! Every message says what is wrong, where, and what to do about it, on one line.

use std::path::PathBuf;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that outside input can do wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A model folder lacks a file that it must have.
    #[error("{origin}: {file} is missing; {remedy}")]
    MissingFile {
        /// The folder or address that the files came from.
        origin: String,
        /// The missing file's name inside the folder.
        file: String,
        /// What to do.
        remedy: &'static str,
    },

    /// A file is not what its name promises.
    #[error("{file}: {reason}")]
    File {
        /// The file's name inside its folder.
        file: String,
        /// What is wrong, where, and what to do.
        reason: String,
    },

    /// A tensor is missing, or has another shape or type than the configuration asks for.
    #[error("{file}: tensor {tensor:?} {reason}")]
    Tensor {
        /// The safetensors file.
        file: String,
        /// The tensor's name.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },

    /// An argument or a text that this crate cannot work with.
    #[error("{0}")]
    Input(String),

    /// A row of a catalogue is wrong.
    #[error("{file}, line {line}: {reason}")]
    Row {
        /// The catalogue's name.
        file: String,
        /// The line, counted from 1, at which the row starts.
        line: u64,
        /// What is wrong with the row.
        reason: String,
    },

    /// The caller asked to stop.
    #[error("stopped after {done} of {of} texts, as asked")]
    Cancelled {
        /// Texts that were done.
        done: usize,
        /// Texts in the call.
        of: usize,
    },

    /// Training cannot go on.
    #[error("stage {stage:?}, step {step}: {reason}")]
    Training {
        /// The stage's name.
        stage: String,
        /// The optimiser's step, counted from 1.
        step: usize,
        /// What is wrong and what to do.
        reason: String,
    },

    /// The device (CPU, CUDA, Metal) refused or failed.
    #[error("device {device}: {reason}")]
    Device {
        /// As the caller named it.
        device: String,
        /// What is wrong and what to do.
        reason: String,
    },

    /// A tensor operation failed inside candle: out of memory, mostly.
    #[cfg(feature = "dense")]
    #[error("tensor computation failed: {0}")]
    Compute(#[from] candle_core::Error),
}

impl Error {
    /// An [`Error::File`] of `file`.
    pub(crate) fn file(file: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::File {
            file: file.into(),
            reason: reason.to_string(),
        }
    }

    /// An [`Error::Tensor`] of `tensor` in `file`.
    pub(crate) fn tensor(file: &str, tensor: &str, reason: impl std::fmt::Display) -> Self {
        Self::Tensor {
            file: file.to_owned(),
            tensor: tensor.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// An [`Error::Io`] of `path`, for `map_err`.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
