//! In place of `list.rs` in builds that read no lists: there is no draft.

use wasm_bindgen::JsError;

use crate::wasm::border::Result;

pub enum Draft {}

impl Draft {
    pub fn read(_file: &str, _bytes: &[u8]) -> Result<Self> {
        let reason = "this build of the engine reads no lists; start one with the feature \"lists\"";
        Err(JsError::new(reason))
    }

    pub fn texts(&self) {
        match *self {}
    }

    pub fn finish(self, _model: &str, _dimensions: usize, _passages: &[f32], _questions: &[f32]) -> Result<Vec<u8>> {
        match self {}
    }
}
