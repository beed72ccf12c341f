//! `yaksearch index`

use std::path::PathBuf;

use clap::Args;
use yaksearch::search::Tables;
use yaksearch::storage::write_atomically;
use yaksearch::{Catalogue, Index, Result, Role};

use super::input::read;
use super::model::{ModelArguments, warn_about_prompt};
use super::progress;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// UTF-8 CSV with a header: id, name and, where known, company, ingredients_ko, ingredients_en, class_code,
    /// class_name_ko, form, rx_otc; `|` between ingredients
    #[arg(long, value_name = "FILE")]
    catalogue: PathBuf,
    /// Index file to write
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let name = arguments.catalogue.display().to_string();
    let catalogue = Catalogue::from_csv(&name, &read(&arguments.catalogue)?)?;
    let embedder = arguments.model.load()?;
    warn_about_prompt(&embedder, Role::Passage);
    let bar = progress::Texts::new(catalogue.records.len());
    let index = Index::build(&embedder, catalogue, &Tables::built_in(), bar.callback())?;
    drop(bar);
    write_atomically(&arguments.output, &index.to_bytes())?;
    eprintln!("{}: {} products", arguments.output.display(), index.len());
    Ok(())
}
