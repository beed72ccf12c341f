//! `Embedder`: texts to unit vectors.

use js_sys::Float32Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::border::{Result, error, fields, object, role, strings, top_k};
use super::files::ModelFiles;
use crate::embedder::rank_vectors;
use crate::{Checkpoint, Embedder as Core, Options};

/// A model, ready to use.
#[wasm_bindgen]
pub struct Embedder(Core);

#[wasm_bindgen]
impl Embedder {
    /// Loads a model from its files, which are used up. The caller has checked their SHA-256 (the browser does so much
    /// faster); their lengths are checked here.
    pub fn load(files: ModelFiles) -> Result<Embedder> {
        let checkpoint = Checkpoint::open(files.into_files()?, false).map_err(error)?;
        Core::load(checkpoint, &Options::default()).map(Self).map_err(error)
    }

    /// `{ vectors, dimensions, truncatedTexts, truncatedTokens }`; the vectors are rows of unit length in one
    /// `Float32Array`.
    pub fn embed(&self, texts: &JsValue, role_name: &JsValue) -> Result<JsValue> {
        let texts = strings(texts, "texts")?;
        let embeddings = self.0.embed(&texts, role(role_name)?).map_err(error)?;
        Ok(fields([
            ("vectors", Float32Array::from(&embeddings.vectors[..]).into()),
            ("dimensions", JsValue::from(embeddings.dimensions as f64)),
            ("truncatedTexts", JsValue::from(embeddings.truncation.texts as f64)),
            ("truncatedTokens", JsValue::from(embeddings.truncation.tokens as f64)),
        ]))
    }

    /// What the model is.
    pub fn facts(&self) -> Result<JsValue> {
        object(self.0.facts())
    }
}

/// The `topK` rows of `documents` (all of them when left out) closest to `query`, as `[{ index, score }]`, best first.
/// All are vectors that `embed` gave: so a caller can embed a long list in parts, and stop in between.
#[wasm_bindgen]
pub fn rank(query: &[f32], documents: &[f32], limit: &JsValue) -> Result<JsValue> {
    object(&rank_vectors(query, documents, top_k(limit, usize::MAX)?))
}

impl Embedder {
    pub(super) fn core(&self) -> &Core {
        &self.0
    }
}
