//! Writing files so that nobody ever sees half of one.

use std::fs;
use std::path::Path;

use crate::checkpoint::{Files, MANIFEST, Manifest};
use crate::error::{Error, Result};

/// Writes `bytes` to `path`: first beside it under another name, then renamed over it.
///
/// # Errors
/// [`Error::Io`]; `path` is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = path.with_file_name(name);
    let written = fs::write(&partial, bytes)
        .map_err(Error::io(&partial))
        .and_then(|()| fs::rename(&partial, path).map_err(Error::io(path)));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// Writes the score that tells questions about drugs from others into a packed model's manifest.
///
/// # Errors
/// [`Error::Io`], and [`Error::File`] where the manifest is malformed.
pub fn write_min_score(folder: &Path, score: f32) -> Result<()> {
    let path = folder.join(MANIFEST);
    let mut files = Files::new(folder.display().to_string());
    files.insert(MANIFEST, fs::read(&path).map_err(Error::io(&path))?);
    let mut manifest = Manifest::read(&files)?.expect("it was just read");
    manifest.min_score = Some(score);
    write_atomically(&path, &manifest.to_bytes())
}

/// Writes a model's files into `folder`, which is made if need be. The manifest comes last: a folder whose writing was
/// cut short has none, or one that its files do not fit.
///
/// # Errors
/// [`Error::Io`].
pub fn write_model(folder: &Path, files: &Files) -> Result<()> {
    let (manifest, rest): (Vec<_>, Vec<_>) = files.names().partition(|name| *name == crate::checkpoint::MANIFEST);
    for name in rest.into_iter().chain(manifest) {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::io(parent))?;
        }
        write_atomically(&path, files.require(name)?)?;
    }
    Ok(())
}
