//! Training: a sentence-transformers checkpoint and pairs of texts in, a better checkpoint out (feature `train`).
//!
//! ```text
//! Recipe (TOML) ─┬─► Base: checkpoint, pruned vocabulary ──► Parameters ──► Model ─┐
//!                └─► Pairs (CSV) ──► Examples: token ids, batches ─────────────────┴─► loss ──► gradients ──► AdamW
//! ```
//!
//! Gradients are candle's; the operations that take the time bring their own (`ops`). A run's randomness is a function
//! of its seed and the place, so a run that was stopped anywhere goes on as if it had not been.

mod base;
mod base_share;
mod below;
mod curve;
mod examples;
mod export;
pub mod generate;
mod journal;
mod losses;
mod model;
mod ops;
mod optimiser;
mod pairs;
mod parameters;
mod random;
mod recipe;
mod run;
mod state;

pub use base_share::BaseShare;
pub use journal::{Measure, Step};
pub use pairs::{Pair, Pairs};
pub use recipe::{Decay, Evaluation, Loss, Recipe, RecipePrompts, Stage, Vocabulary};
pub use run::{Outcome, Progress, train};

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use crate::checkpoint::Config;

    /// The folder of a tiny model.
    pub fn tiny(xlmr: bool) -> PathBuf {
        let name = if xlmr { "tiny-xlmr" } else { "tiny" };
        [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name].iter().collect()
    }

    /// The ids of all pieces.
    pub fn all_rows(config: &Config) -> Vec<u32> {
        (0..config.vocab_size as u32).collect()
    }
}
