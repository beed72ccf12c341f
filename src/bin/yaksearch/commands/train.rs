//! `yaksearch train`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use yaksearch::training::{Outcome, Recipe, train};
use yaksearch::{Error, Result};

#[derive(Args)]
pub struct Arguments {
    /// TOML file: what to train, on what, and how
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Go on from the state that an interrupted run of this file left
    #[arg(long)]
    resume: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    keep_memory();
    let recipe = Recipe::read(&arguments.config)?;
    let asked = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&asked);
    // The first Ctrl-C asks for a stop after the step at hand; the second stops at once.
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .map_err(|error| Error::Input(format!("Ctrl-C cannot be caught: {error}")))?;

    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} steps, {msg}, {eta} left")
        .expect("the template is constant");
    let bar = ProgressBar::new(0).with_style(style);
    let mut stage = 0;
    let outcome = train(&recipe, arguments.resume, &mut |progress| {
        if stage != progress.stage_number {
            stage = progress.stage_number;
            bar.reset();
            bar.set_length(progress.steps as u64);
            bar.set_prefix(format!("{}/{} {}", stage, progress.stages, progress.stage));
            // Steps of an earlier run would make the bar believe in a great speed.
            bar.set_position(progress.step as u64 - 1);
            bar.reset_eta();
        }
        bar.set_position(progress.step as u64);
        let ndcg = progress
            .ndcg
            .map_or(String::new(), |ndcg| format!(", nDCG@10 {ndcg:.3}"));
        bar.set_message(format!(
            "loss {:.4}, {:.1} pairs/s{ndcg}",
            progress.loss, progress.pairs_per_second
        ));
        if progress.step == progress.steps {
            bar.suspend(|| {
                eprintln!(
                    "stage {}/{} {}: {} steps, last loss {:.4}{ndcg}",
                    stage, progress.stages, progress.stage, progress.steps, progress.loss
                );
            });
        }
        if asked.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    match outcome? {
        Outcome::Finished(folder) => eprintln!("{}: the trained model", folder.display()),
        Outcome::Stopped { stage_number, step } => {
            eprintln!("stopped after step {step} of stage {stage_number}; `--resume` goes on from there")
        }
    }
    Ok(())
}

/// Tells glibc to keep the memory that a step frees for the next one. By default it hands it back, and clearing the pages
/// that it then gets anew takes a sixth of the time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn keep_memory() {
    const MIB: libc::c_int = 1 << 20;
    // SAFETY: mallopt takes numbers only; it is called before any other thread is started. A setting that it does not
    // know, or a value that it finds too large, changes nothing.
    unsafe {
        // Nothing is mapped of its own, and all threads share what was freed.
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1024 * MIB);
        libc::mallopt(libc::M_TOP_PAD, 64 * MIB);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_memory() {}
