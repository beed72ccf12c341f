//! `yaksearch embed`

use std::path::PathBuf;

use clap::Args;
use yaksearch::storage::write_atomically;
use yaksearch::{Embeddings, Result, Role};

use super::input::read_lines;
use super::model::{ModelArguments, warn_about_prompt};
use super::progress;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// What the texts are for: query, passage or raw (which adds no prompt)
    #[arg(long)]
    role: Role,
    /// UTF-8 text file, one text a line
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// NumPy file to write: float32, one row of unit length for each text
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let texts = read_lines(&arguments.input)?;
    let embedder = arguments.model.load()?;
    warn_about_prompt(&embedder, arguments.role);
    let bar = progress::Texts::new(texts.len());
    let embeddings = embedder.embed_with(&texts, arguments.role, bar.callback())?;
    drop(bar);
    progress::report(embeddings.truncation, embedder.facts().max_tokens);
    write_atomically(&arguments.output, &to_npy(&embeddings))
}

/// NumPy's format, version 1.0: a magic number, the header's length, the header padded to 64 bytes, the data.
fn to_npy(embeddings: &Embeddings) -> Vec<u8> {
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}",
        embeddings.rows().len(),
        embeddings.dimensions
    );
    const PREFIX: usize = 10;
    let end = (PREFIX + header.len() + 1).next_multiple_of(64);
    header.extend(std::iter::repeat_n(' ', end - PREFIX - 1 - header.len()));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(embeddings.vectors.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}
