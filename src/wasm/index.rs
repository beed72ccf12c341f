//! `Index`: a catalogue that can be searched.

use js_sys::Float32Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::border::{Result, error, fields, filter, object, string, top_k};
use super::embedder::Embedder;
use crate::search::DEFAULT_TOP_K;
use crate::{Index as Core, Record, SearchOptions};

/// A catalogue that can be searched.
#[wasm_bindgen]
pub struct Index(Core);

#[wasm_bindgen]
impl Index {
    /// Opens an index file; it must have been made with the embedder's model.
    pub fn open(bytes: &[u8], embedder: &Embedder) -> Result<Index> {
        Core::from_bytes("index", bytes, embedder.core())
            .map(Self)
            .map_err(error)
    }

    /// The `topK` products that answer `query` best and that `filter` lets through, as `{ hits: [{ id, score, dense,
    /// asked, lexical, reason, unknown, alike, record }], confident, notes: [{ kind, …, korean, english }] }`.
    pub fn search(
        &self,
        embedder: &Embedder,
        query: &JsValue,
        limit: &JsValue,
        wanted: &JsValue,
        group: bool,
    ) -> Result<JsValue> {
        let query = string(query, "query")?;
        let options = options(limit, wanted, group)?;
        object(&self.0.search(embedder.core(), &query, &options).map_err(error)?)
    }

    /// As `search`, by names and words alone, which takes a few milliseconds and no model.
    #[wasm_bindgen(js_name = searchWords)]
    pub fn search_words(&self, query: &JsValue, limit: &JsValue, wanted: &JsValue, group: bool) -> Result<JsValue> {
        let options = options(limit, wanted, group)?;
        object(&self.0.search_words(&string(query, "query")?, &options))
    }

    /// The `topK` products whose vectors are closest to `vector`, as `[{ index, score }]`: cosine alone, and places in
    /// the catalogue.
    pub fn nearest(&self, vector: &[f32], limit: &JsValue) -> Result<JsValue> {
        let limit = top_k(limit, DEFAULT_TOP_K)?;
        object(&self.0.nearest(vector, limit).map_err(error)?)
    }

    /// The products as points in the plane, as `{ points, products: [{ id, name, class_code, class_name_ko }] }`; the points
    /// are x and y of each product in one `Float32Array`.
    pub fn map(&self) -> Result<JsValue> {
        let products: Vec<MapProduct> = self.0.records().iter().map(MapProduct::of).collect();
        Ok(fields([
            (
                "points",
                Float32Array::from(self.0.map().products().as_flattened()).into(),
            ),
            ("products", object(&products)?),
        ]))
    }

    /// Where `query` lies on the map, as `[x, y]`.
    pub fn place(&self, embedder: &Embedder, query: &JsValue) -> Result<JsValue> {
        let query = string(query, "query")?;
        object(&self.0.place(embedder.core(), &query).map_err(error)?)
    }

    /// Products in the index.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.0.len()
    }
}

/// What of a record a map tells.
#[derive(serde::Serialize)]
struct MapProduct<'r> {
    id: &'r str,
    name: &'r str,
    class_code: &'r str,
    class_name_ko: &'r str,
}

impl<'r> MapProduct<'r> {
    fn of(record: &'r Record) -> Self {
        Self {
            id: &record.id,
            name: &record.name,
            class_code: &record.class_code,
            class_name_ko: &record.class_name_ko,
        }
    }
}

fn options(limit: &JsValue, wanted: &JsValue, group: bool) -> Result<SearchOptions> {
    Ok(SearchOptions {
        top_k: top_k(limit, DEFAULT_TOP_K)?,
        filter: filter(wanted)?,
        group,
    })
}
