//! `yaksearch pack`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use yaksearch::checkpoint::quantized::Bits;
use yaksearch::pack::{PackOptions, VocabularyRule, pack};
use yaksearch::storage::write_model;
use yaksearch::{Checkpoint, Error, Result};

use super::input::read_lines;
use super::model::{PromptArguments, find};

#[derive(Args)]
pub struct Arguments {
    /// Folder of a dense sentence-transformers or Hugging Face model
    #[arg(long, value_name = "DIR")]
    checkpoint: String,
    /// Folder to write; made if need be
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// The packed model's name; the output folder's name when left out
    #[arg(long)]
    name: Option<String>,
    /// Which checkpoint this is, for the manifest; the checkpoint folder's name when left out
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Pieces of the vocabulary to keep in all
    #[arg(long, value_name = "N", default_value_t = VocabularyRule::default().pieces)]
    pieces: usize,
    /// UTF-8 text file (repeatable): long Latin pieces that its lines use are kept
    #[arg(long, value_name = "FILE")]
    seen: Vec<PathBuf>,
    /// Width of the embedding table's integers
    #[arg(long, value_enum, default_value = "4")]
    table_bits: TableBits,
    #[command(flatten)]
    prompts: PromptArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum TableBits {
    #[value(name = "4")]
    Four,
    #[value(name = "8")]
    Eight,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let folder = find(&arguments.checkpoint)?;
    let mut rule = VocabularyRule {
        pieces: arguments.pieces,
        ..VocabularyRule::default()
    };
    for path in &arguments.seen {
        rule.seen.extend(read_lines(path)?);
    }
    let last = |path: &std::path::Path| -> Result<String> {
        path.file_name()
            .and_then(|name| name.to_str())
            .map(str::to_owned)
            .ok_or_else(|| Error::Input(format!("{}: has no name; give --name and --source", path.display())))
    };
    let options = PackOptions {
        name: match &arguments.name {
            Some(name) => name.clone(),
            None => last(&arguments.output)?,
        },
        source: match &arguments.source {
            Some(source) => source.clone(),
            None => last(&folder)?,
        },
        vocabulary: rule,
        table: match arguments.table_bits {
            TableBits::Four => Bits::Four,
            TableBits::Eight => Bits::Eight,
        },
        prompts: arguments.prompts.to_prompts(),
    };
    eprintln!("packing {}", folder.display());
    let (files, report) = pack(&Checkpoint::from_folder(&folder)?, &options)?;
    write_model(&arguments.output, &files)?;
    eprintln!(
        "{}: {} of {} pieces, {:.1} MB",
        arguments.output.display(),
        report.pieces_after,
        report.pieces_before,
        report.bytes as f64 / 1e6
    );
    Ok(())
}
