//! `yaksearch search`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use yaksearch::search::DEFAULT_TOP_K;
use yaksearch::{Index, Result, Role, SearchOptions};

use super::input::{field, read_lines};
use super::model::{ModelArguments, warn_about_prompt};
use super::rank::to_stdout;

#[derive(Args)]
#[command(group(clap::ArgGroup::new("questions").required(true).args(["query", "queries"])))]
pub struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Index file that `yaksearch index` made with the same model
    #[arg(long, value_name = "FILE")]
    index: PathBuf,
    /// One question
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
    /// Many questions: UTF-8, a question a line, or id<TAB>question
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
    /// How many products to print for each question
    #[arg(long, value_name = "N", default_value_t = DEFAULT_TOP_K)]
    top_k: usize,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let questions = match (&arguments.query, &arguments.queries) {
        (Some(query), _) => vec![("1".to_owned(), query.clone())],
        (None, Some(path)) => read_questions(path)?,
        (None, None) => unreachable!("clap asks for one of the two"),
    };
    let embedder = arguments.model.load()?;
    warn_about_prompt(&embedder, Role::Query);
    let index = Index::from_file(&arguments.index, &embedder)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let options = SearchOptions {
        top_k: arguments.top_k,
        ..SearchOptions::default()
    };
    for (id, question) in &questions {
        let answer = index.search(&embedder, question, &options)?;
        for note in &answer.notes {
            eprintln!("{}: {}", field(id), note.korean());
        }
        if !answer.confident {
            eprintln!("{}: no confident result; it may not be about drugs", field(id));
        }
        for (place, hit) in answer.hits.iter().enumerate() {
            writeln!(
                out,
                "{}\t{}\t{}\t{:.6}\t{}",
                field(id),
                place + 1,
                field(hit.id),
                hit.score,
                field(&hit.reason.to_string())
            )
            .map_err(to_stdout)?;
        }
    }
    out.flush().map_err(to_stdout)
}

/// Questions with the id before their tab, else the number of their line.
fn read_questions(path: &Path) -> Result<Vec<(String, String)>> {
    Ok(read_lines(path)?
        .into_iter()
        .enumerate()
        .map(|(number, line)| match line.split_once('\t') {
            Some((id, question)) => (id.to_owned(), question.to_owned()),
            None => ((number + 1).to_string(), line),
        })
        .collect())
}
