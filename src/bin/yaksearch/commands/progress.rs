//! Progress on standard error.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressStyle};
use yaksearch::tokenizer::Truncation;

/// A bar over `count` texts; it stays away where standard error is no terminal.
pub struct Texts(ProgressBar);

impl Texts {
    pub fn new(count: usize) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} texts, {per_sec}, {eta} left")
            .expect("the template is constant");
        Self(ProgressBar::new(count as u64).with_style(style))
    }

    /// What [`yaksearch::Embedder::embed_with`] calls.
    pub fn callback(&self) -> impl FnMut(usize) -> ControlFlow<()> + '_ {
        |done| {
            self.0.set_position(done as u64);
            ControlFlow::Continue(())
        }
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Says what did not fit into the model.
pub fn report(truncation: Truncation, max_tokens: usize) {
    if truncation.texts > 0 {
        eprintln!(
            "note: {} text(s) were longer than {max_tokens} tokens; {} token(s) at their ends were left out",
            truncation.texts, truncation.tokens
        );
    }
}
