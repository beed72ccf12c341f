//! One file per command, and what they share.

mod embed;
mod evaluate;
#[cfg(feature = "hub")]
mod hub;
mod index;
mod input;
mod model;
mod pack;
#[cfg(feature = "train")]
mod pairs;
mod progress;
mod rank;
mod search;
#[cfg(feature = "train")]
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Semantic search over Korean drug products.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Results go to standard output, progress to standard error. Exit status: 0 when it worked, 2 when it did \
                  not, with one line that says why.\n\nExample:\n  yaksearch rank --model models/yak-e5-small-ko --query \
                  '열을 내리는 약은?' --input documents.txt"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Turn texts into unit vectors, written as a NumPy file
    Embed(embed::Arguments),
    /// Order documents by their closeness in meaning to a question
    Rank(rank::Arguments),
    /// Embed a catalogue of products into an index file
    Index(index::Arguments),
    /// Find products of an index for one question or many
    Search(search::Arguments),
    /// Turn a checkpoint into a small packed model
    Pack(pack::Arguments),
    /// Measure a model on a set of questions: JSON on standard output, a table on standard error
    Evaluate(evaluate::Arguments),
    /// Make training pairs from a catalogue and the project's tables
    #[cfg(feature = "train")]
    Pairs(pairs::Arguments),
    /// Train a checkpoint on pairs of texts
    #[cfg(feature = "train")]
    Train(train::Arguments),
}

/// Parses the command line and runs it.
pub fn run() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Embed(arguments) => embed::run(&arguments),
        Command::Rank(arguments) => rank::run(&arguments),
        Command::Index(arguments) => index::run(&arguments),
        Command::Search(arguments) => search::run(&arguments),
        Command::Pack(arguments) => pack::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        #[cfg(feature = "train")]
        Command::Pairs(arguments) => pairs::run(&arguments),
        #[cfg(feature = "train")]
        Command::Train(arguments) => train::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("yaksearch: {error}");
            ExitCode::from(2)
        }
    }
}
