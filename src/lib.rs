//! Semantic search over Korean drug products, in the browser and natively.
//!
//! ```text
//! text ──► Tokenizer ──► Encoder ──► pooling ──► unit vector ──► Index ──► ranked hits
//! ```
//!
//! # Example
//! ```no_run,ignore-wasm32
//! use yaksearch::{Checkpoint, Embedder, Options, Role};
//!
//! # fn main() -> yaksearch::Result<()> {
//! let checkpoint = Checkpoint::from_folder("models/yak-e5-small-ko".as_ref())?;
//! let embedder = Embedder::load(checkpoint, &Options::default())?;
//! let ranked = embedder.rank("열을 내리는 약은?", &["지르텍정 항히스타민제", "판콜에이내복액 해열·진통·소염제"], 10)?;
//! println!("best: document {} at cosine {}", ranked[0].index, ranked[0].score);
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

pub mod checkpoint;
mod embedder;
pub mod encoder;
mod error;
#[cfg(not(target_arch = "wasm32"))]
pub mod evaluation;
pub mod kernels;
pub mod pack;
pub mod search;
#[cfg(not(target_arch = "wasm32"))]
pub mod storage;
pub mod tokenizer;
#[cfg(all(feature = "train", not(target_arch = "wasm32")))]
pub mod training;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use checkpoint::{Checkpoint, Files, Prompts, Role};
pub use embedder::{Embedder, Embeddings, Facts, Options, Ranked};
pub use encoder::{Backend, Device, Precision};
pub use error::{Error, Result};
pub use search::{
    Answer, Catalogue, Hit, Index, OnBadRow, RankOptions, ReadOptions, Reading, Reason, Record, SearchOptions,
};

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
