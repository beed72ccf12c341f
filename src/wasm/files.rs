//! `ModelFiles`: the files of a model, streamed in as they arrive.

use std::collections::BTreeMap;

use js_sys::Uint8Array;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use super::border::Result;
use crate::Files;

/// The files of a model, by their names inside its folder.
#[wasm_bindgen]
pub struct ModelFiles {
    origin: String,
    /// Bytes so far, and how many there will be.
    files: BTreeMap<String, (Vec<u8>, usize)>,
}

#[wasm_bindgen]
impl ModelFiles {
    /// No files yet; `origin`, an address say, is what error messages call the set.
    #[wasm_bindgen(constructor)]
    pub fn new(origin: Option<String>) -> Self {
        Self {
            origin: origin.unwrap_or_else(|| "the model".to_owned()),
            files: BTreeMap::new(),
        }
    }

    /// Makes room for a file of `bytes` bytes, so that it never moves while it grows.
    pub fn reserve(&mut self, name: String, bytes: usize) -> Result<()> {
        let mut buffer = Vec::new();
        buffer
            .try_reserve_exact(bytes)
            .map_err(|_| JsError::new(&format!("{name}: no memory for its {bytes} bytes; close other pages")))?;
        self.files.insert(name, (buffer, bytes));
        Ok(())
    }

    /// Adds the next part of a file.
    pub fn append(&mut self, name: &str, chunk: &Uint8Array) -> Result<()> {
        let (buffer, expected) = self.files.get_mut(name).ok_or_else(|| unreserved(name, "append"))?;
        let start = buffer.len();
        let end = start + chunk.length() as usize;
        if end > *expected {
            return Err(JsError::new(&format!(
                "{name} has more than the {expected} bytes announced; fetch it again"
            )));
        }
        buffer.resize(end, 0);
        chunk.copy_to(&mut buffer[start..]);
        Ok(())
    }
}

#[wasm_bindgen]
impl ModelFiles {
    /// What is there of a file so far, where it lies: good until anything else is asked of the engine.
    pub fn view(&self, name: &str) -> Result<Uint8Array> {
        let (buffer, _) = self.files.get(name).ok_or_else(|| unreserved(name, "view"))?;
        // SAFETY: JavaScript copies the bytes before it calls the engine again, so that memory neither moves nor changes.
        Ok(unsafe { Uint8Array::view(buffer) })
    }
}

fn unreserved(name: &str, method: &str) -> JsError {
    JsError::new(&format!("{name}: call reserve before {method}"))
}

impl ModelFiles {
    /// The same for the core.
    pub fn into_files(self) -> Result<Files> {
        let mut files = Files::new(self.origin);
        for (name, (buffer, expected)) in self.files {
            if buffer.len() != expected {
                return Err(JsError::new(&format!(
                    "{name} has {} of the {expected} bytes announced; fetch it again",
                    buffer.len()
                )));
            }
            files.insert(name, buffer);
        }
        Ok(files)
    }
}
