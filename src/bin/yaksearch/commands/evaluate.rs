//! `yaksearch evaluate`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use yaksearch::evaluation::{EvaluationSet, evaluate};
use yaksearch::{Result, Role};

use super::model::{ModelArguments, warn_about_prompt};
use super::rank::to_stdout;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Folder of an evaluation set: catalogue.csv, questions.csv and, if there are any, pairs.csv and offtopic.csv
    #[arg(long, value_name = "DIR")]
    set: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let set = EvaluationSet::from_folder(&arguments.set)?;
    let embedder = arguments.model.load()?;
    warn_about_prompt(&embedder, Role::Query);
    let report = evaluate(&embedder, &set)?;
    eprint!("{report}");
    let mut json = json!({ "model": embedder.facts().identity, "products": set.catalogue.records.len() });
    if let (Some(json), Ok(serde_json::Value::Object(figures))) = (json.as_object_mut(), serde_json::to_value(&report))
    {
        json.extend(figures);
    }
    writeln!(std::io::stdout(), "{json:#}").map_err(to_stdout)
}
