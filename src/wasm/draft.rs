//! `IndexDraft`: a list of products on its way to an index.
//!
//! The caller embeds its texts, with as many workers as it likes. Builds without the feature `lists` export the same
//! class, so that one glue serves all builds, and refuse to make one.

#[cfg(feature = "lists")]
mod list;
#[cfg(not(feature = "lists"))]
#[path = "draft/none.rs"]
mod list;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::border::{Result, object, string};
use list::Draft;

/// A list of products, and the texts to embed.
#[wasm_bindgen]
pub struct IndexDraft(Draft);

#[wasm_bindgen]
impl IndexDraft {
    /// Reads the list in `bytes`, which errors call `file`; rows that are no products are left out and told.
    pub fn read(file: &JsValue, bytes: &[u8]) -> Result<IndexDraft> {
        Draft::read(&string(file, "name")?, bytes).map(Self)
    }

    /// `{ products, skipped, passages, questions }`: how many products, what was wrong with which other rows, and the
    /// texts to embed as passages and as queries.
    pub fn texts(&self) -> Result<JsValue> {
        object(&self.0.texts())
    }

    /// The index file, from the vectors of the texts and the identity of the model that made them.
    pub fn finish(self, model: &JsValue, dimensions: usize, passages: &[f32], questions: &[f32]) -> Result<Vec<u8>> {
        self.0.finish(&string(model, "model")?, dimensions, passages, questions)
    }
}
