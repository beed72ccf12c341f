//! The JavaScript face: one file for each exported type, no logic of its own.

mod border;
mod draft;
mod embedder;
mod files;
mod index;

use wasm_bindgen::prelude::wasm_bindgen;

/// The crate's version.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Runs once, when the module is instantiated.
#[wasm_bindgen(start)]
fn start() {
    // In release builds a panic stays a bare trap: the hook's messages would make the module larger, and the worker
    // reports traps itself.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
}
