//! `yaksearch index`

use std::path::PathBuf;

use clap::Args;
use yaksearch::search::{IndexTexts, Tables};
use yaksearch::storage::write_atomically;
use yaksearch::{Catalogue, Error, Index, OnBadRow, ReadOptions, Result, Role};

use super::input::read;
use super::model::{ModelArguments, warn_about_prompt};
use super::progress;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// CSV, JSON or JSON Lines with id, name and, where known, company, ingredients_ko, ingredients_en, class_code,
    /// class_name_ko, form, rx_otc, efficacy (`|` between ingredients); or a list of the ministry (e약은요, 허가정보)
    #[arg(long, value_name = "FILE")]
    catalogue: PathBuf,
    /// Leave out malformed rows, each named on standard error, instead of stopping at the first
    #[arg(long)]
    skip_bad_rows: bool,
    /// Index file to write
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let name = arguments.catalogue.display().to_string();
    let on_bad_row = if arguments.skip_bad_rows {
        OnBadRow::Skip
    } else {
        OnBadRow::Fail
    };
    let reading = Catalogue::read(&name, &read(&arguments.catalogue)?, &ReadOptions { on_bad_row })?;
    for error in &reading.skipped {
        eprintln!("skipped: {error}");
    }
    let catalogue = reading.catalogue;
    let embedder = arguments.model.load()?;
    warn_about_prompt(&embedder, Role::Passage);
    let tables = Tables::built_in();
    let texts = IndexTexts::new(&catalogue.records, &tables);
    let bar = progress::Texts::new(texts.len());
    // Beside the index: a run that was stopped goes on from here.
    let partial = arguments.output.with_added_extension("partial");
    let index = Index::build_resumable(&embedder, catalogue, &tables, &partial, bar.callback())?;
    drop(bar);
    write_atomically(&arguments.output, &index.to_bytes())?;
    std::fs::remove_file(&partial).map_err(|source| Error::Io { path: partial, source })?;
    eprintln!("{}: {} products", arguments.output.display(), index.len());
    Ok(())
}
