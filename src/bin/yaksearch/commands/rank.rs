//! `yaksearch rank`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use yaksearch::{Error, Result, Role};

use super::input::{field, read_lines};
use super::model::{ModelArguments, warn_about_prompt};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// The question
    #[arg(long, value_name = "TEXT")]
    query: String,
    /// UTF-8 text file, one document a line
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// How many documents to print
    #[arg(long, value_name = "N", default_value_t = 10)]
    top_k: usize,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let documents = read_lines(&arguments.input)?;
    let embedder = arguments.model.load()?;
    warn_about_prompt(&embedder, Role::Query);
    let ranked = embedder.rank(&arguments.query, &documents, arguments.top_k)?;
    let mut out = std::io::stdout().lock();
    for (place, hit) in ranked.iter().enumerate() {
        writeln!(out, "{}\t{:.6}\t{}", place + 1, hit.score, field(&documents[hit.index])).map_err(to_stdout)?;
    }
    Ok(())
}

/// An error of standard output: a closed pipe, a full disk.
pub fn to_stdout(source: std::io::Error) -> Error {
    Error::Io {
        path: "standard output".into(),
        source,
    }
}
