//! `yaksearch evaluate`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use yaksearch::evaluation::{EvaluationSet, evaluate};
use yaksearch::storage::write_min_score;
use yaksearch::{Error, Result, Role};

use super::model::{ModelArguments, warn_about_prompt};
use super::rank::to_stdout;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Folder of an evaluation set: catalogue.csv, questions.csv and, if there are any, pairs.csv and offtopic.csv
    #[arg(long, value_name = "DIR")]
    set: PathBuf,
    /// Write the score that tells questions about drugs from others best into the packed model's manifest
    #[arg(long)]
    calibrate: bool,
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
    writeln!(std::io::stdout(), "{json:#}").map_err(to_stdout)?;
    if arguments.calibrate {
        let threshold = report.hybrid.threshold.ok_or_else(|| {
            Error::Input("the set has no questions that are not about drugs (offtopic.csv) to calibrate on".to_owned())
        })?;
        write_min_score(&arguments.model.folder()?, threshold.score as f32)?;
    }
    Ok(())
}
