//! The index file: a catalogue's vectors and records, and the identity of the model that made them.
//!
//! One safetensors file: `vectors` (F32 `[products, dimensions]`, unit length), `records` (U8, a JSON array) and, in
//! the header's metadata, format, version and model identity.

use std::collections::HashMap;
use std::ops::ControlFlow;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::{Catalogue, Record, Tables};
use crate::checkpoint::Role;
use crate::embedder::{Embedder, dot};
use crate::error::{Error, Result};

/// What the header says the file is.
const FORMAT: &str = "yaksearch-index";
/// The version that this crate writes and the only one that it reads.
const FORMAT_VERSION: u32 = 1;
/// The one key of the header's metadata. (One, because safetensors does not order several, and the same catalogue
/// must give the same bytes every time.)
const METADATA: &str = "yaksearch";
const VECTORS: &str = "vectors";
const RECORDS: &str = "records";

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    format_version: u32,
    /// The identity of the model that made the vectors.
    model: String,
}

/// Why a product was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Its passage is close in meaning to the question.
    Meaning,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Meaning => out.write_str("meaning"),
        }
    }
}

/// One product of a ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit<'a> {
    /// The product's id.
    pub id: &'a str,
    /// Cosine similarity to the question.
    pub score: f32,
    /// Why it was found.
    pub reason: Reason,
    /// The product.
    pub record: &'a Record,
}

/// A catalogue that can be searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    model: String,
    dimensions: usize,
    vectors: Vec<f32>,
    records: Vec<Record>,
}

impl Index {
    /// Embeds a catalogue's products, each by its [`Tables::passage`]; `progress` is told how many products
    /// are done, and can stop the work.
    ///
    /// # Errors
    /// As [`Embedder::embed_with`].
    pub fn build(
        embedder: &Embedder,
        catalogue: Catalogue,
        tables: &Tables,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Self> {
        let passages: Vec<String> = catalogue.records.iter().map(|record| tables.passage(record)).collect();
        let embeddings = embedder.embed_with(&passages, Role::Passage, progress)?;
        Ok(Self {
            model: embedder.facts().identity.clone(),
            dimensions: embeddings.dimensions,
            vectors: embeddings.vectors,
            records: catalogue.records,
        })
    }

    /// The bytes of the index file; the same index gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let vectors: Vec<u8> = self.vectors.iter().flat_map(|value| value.to_le_bytes()).collect();
        let records = serde_json::to_vec(&self.records).expect("records are plain data");
        let header = serde_json::to_string(&Header {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            model: self.model.clone(),
        })
        .expect("the header is plain data");
        let view = |dtype, shape, data| TensorView::new(dtype, shape, data).expect("shape and bytes agree");
        safetensors::serialize(
            [
                (
                    VECTORS,
                    view(Dtype::F32, vec![self.records.len(), self.dimensions], &vectors),
                ),
                (RECORDS, view(Dtype::U8, vec![records.len()], &records)),
            ],
            Some(HashMap::from([(METADATA.to_owned(), header)])),
        )
        .expect("two small tensors always serialise")
    }

    /// Opens the bytes of an index file. `file` is what errors call it.
    ///
    /// # Errors
    /// [`Error::File`] when it is damaged, of another format or version, or made by another model than `embedder`'s.
    pub fn from_bytes(file: &str, bytes: &[u8], embedder: &Embedder) -> Result<Self> {
        let wrong = |reason: String| Error::file(file, reason);
        let damaged = |reason: &str| wrong(format!("{reason}; build the index again"));
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|error| wrong(format!("not an index, or cut short ({error}); build the index again")))?;
        let header: Header = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(METADATA))
            .and_then(|header| serde_json::from_str(header).ok())
            .ok_or_else(|| damaged("its header is not that of an index"))?;
        if header.format != FORMAT || header.format_version != FORMAT_VERSION {
            return Err(wrong(format!(
                "it is {:?} version {}; this build reads {FORMAT:?} version {FORMAT_VERSION}: build the index again",
                header.format, header.format_version
            )));
        }
        if header.model != embedder.facts().identity {
            return Err(wrong(format!(
                "made with model {}, not with the loaded model {}; build the index again, or load its model",
                header.model,
                embedder.facts().identity
            )));
        }

        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| wrong(format!("damaged ({error}); build the index again")))?;
        let tensor = |name: &str, dtype: Dtype| {
            tensors
                .tensor(name)
                .ok()
                .filter(|view| view.dtype() == dtype)
                .ok_or_else(|| damaged(&format!("tensor {name:?} is missing or of another type")))
        };
        let records: Vec<Record> = serde_json::from_slice(tensor(RECORDS, Dtype::U8)?.data())
            .map_err(|error| damaged(&format!("its records are damaged ({error})")))?;
        let view = tensor(VECTORS, Dtype::F32)?;
        let dimensions = embedder.facts().dimensions;
        if view.shape() != [records.len(), dimensions] {
            return Err(damaged(&format!(
                "its vectors have shape {:?}; expected [{}, {dimensions}]",
                view.shape(),
                records.len()
            )));
        }
        let vectors: Vec<f32> = view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        if vectors.iter().any(|value| !value.is_finite()) {
            return Err(damaged("its vectors hold a value that is no finite number"));
        }
        Ok(Self {
            model: header.model,
            dimensions,
            vectors,
            records,
        })
    }

    /// Products in the index.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds no product.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The `top_k` products closest to `query`, best first; equal scores keep the catalogue's order.
    ///
    /// # Errors
    /// [`Error::Input`] when `embedder` is not the model that made the index; else as [`Embedder::embed`].
    pub fn search(&self, embedder: &Embedder, query: &str, top_k: usize) -> Result<Vec<Hit<'_>>> {
        if embedder.facts().identity != self.model {
            return Err(Error::Input(format!(
                "the index was made with model {}, not with {}; search it with its own model",
                self.model,
                embedder.facts().identity
            )));
        }
        let query = embedder.embed(&[query], Role::Query)?;
        let scores = self
            .vectors
            .chunks_exact(self.dimensions)
            .map(|vector| dot(vector, &query.vectors));
        Ok(super::top_k(scores, top_k)
            .into_iter()
            .map(|ranked| {
                let record = &self.records[ranked.index];
                Hit {
                    id: &record.id,
                    score: ranked.score,
                    reason: Reason::Meaning,
                    record,
                }
            })
            .collect())
    }
}
