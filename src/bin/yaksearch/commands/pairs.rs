//! `yaksearch pairs`

use std::path::{Path, PathBuf};

use clap::Args;
use yaksearch::evaluation::EvaluationSet;
use yaksearch::search::{DrugTypes, Ingredients, Questions, Tables};
use yaksearch::storage::write_atomically;
use yaksearch::training::generate::{Contrasts, HeldOut, Sources, add_questions, generate, to_csv};
use yaksearch::{Catalogue, Checkpoint, Embedder, Error, Options, Result};

use super::input::{read, read_lines};

#[derive(Args)]
pub struct Arguments {
    /// Catalogues of products, as for `index`; several are taken together
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    catalogue: Vec<PathBuf>,
    /// Folder of the tables: drug_types.csv, ingredients.csv, ingredient_questions.csv, training_questions.csv, contrasts.csv,
    /// off_topic.txt
    #[arg(long, value_name = "DIR", default_value = "data")]
    tables: PathBuf,
    /// Model that judges which questions ask the same in other words: the untuned base. Without it, letters decide alone
    #[arg(long, value_name = "DIR")]
    judge: Option<PathBuf>,
    /// Evaluation set whose questions, and any that are like them, are left out
    #[arg(long, value_name = "DIR", default_value = "data/evaluation")]
    held_out: PathBuf,
    /// Questions for each product
    #[arg(long, value_name = "N", default_value_t = 6)]
    per_product: usize,
    /// Decides which of the possible questions are asked
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write types.csv, paraphrases.csv and products.csv to, the pairs of the stages
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let table = |name: &str| -> Result<(String, Vec<u8>)> {
        let path = arguments.tables.join(name);
        Ok((path.display().to_string(), read(&path)?))
    };
    let (file, bytes) = table("drug_types.csv")?;
    let types = DrugTypes::from_csv(&file, &bytes)?;
    let (file, bytes) = table("ingredients.csv")?;
    let ingredients = Ingredients::from_csv(&file, &bytes)?;
    let (file, bytes) = table("ingredient_questions.csv")?;
    let questions = Questions::from_csv(&file, &bytes, &ingredients)?;
    let mut tables = Tables::new(types, ingredients, questions);
    let (file, bytes) = table("training_questions.csv")?;
    add_questions(&mut tables, &file, &bytes)?;
    let (file, bytes) = table("contrasts.csv")?;
    let contrasts = Contrasts::from_csv(&file, &bytes, &tables)?;
    let off_topic = read_lines(&arguments.tables.join("off_topic.txt"))?;
    let mut catalogue = Catalogue::default();
    for path in &arguments.catalogue {
        catalogue
            .records
            .extend(Catalogue::from_csv(&path.display().to_string(), &read(path)?)?.records);
    }
    let set = EvaluationSet::from_folder(&arguments.held_out)?;
    let judge = match &arguments.judge {
        Some(folder) => Some(Embedder::load(Checkpoint::from_folder(folder)?, &Options::default())?),
        None => None,
    };
    let sources = Sources {
        catalogue: &catalogue,
        tables: &tables,
        off_topic: &off_topic,
        contrasts: &contrasts,
        held_out: &HeldOut::new(set.texts(), judge.as_ref()),
    };
    let stages = generate(&sources, arguments.per_product, arguments.seed)?;
    std::fs::create_dir_all(&arguments.output).map_err(|source| Error::Io {
        path: arguments.output.clone(),
        source,
    })?;
    for (name, pairs) in ["types.csv", "paraphrases.csv", "products.csv"].iter().zip(&stages) {
        let path: &Path = &arguments.output.join(name);
        write_atomically(path, &to_csv(pairs))?;
        eprintln!("{}: {} pairs", path.display(), pairs.len());
    }
    Ok(())
}
