//! A list that was read.

use crate::Index;
use crate::search::{Catalogue, IndexTexts, IndexVectors, OnBadRow, ReadOptions, Tables};
use crate::wasm::border::{Result, error};

pub struct Draft {
    catalogue: Catalogue,
    tables: Tables,
    texts: IndexTexts,
    skipped: Vec<String>,
}

#[derive(serde::Serialize)]
pub struct Texts<'a> {
    products: usize,
    skipped: &'a [String],
    passages: Vec<&'a String>,
    questions: &'a [String],
}

impl Draft {
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self> {
        let options = ReadOptions {
            on_bad_row: OnBadRow::Skip,
        };
        let reading = Catalogue::read(file, bytes, &options).map_err(error)?;
        let tables = Tables::built_in();
        Ok(Self {
            texts: IndexTexts::new(&reading.catalogue.records, &tables),
            catalogue: reading.catalogue,
            tables,
            skipped: reading.skipped.iter().map(ToString::to_string).collect(),
        })
    }

    pub fn texts(&self) -> Texts<'_> {
        Texts {
            products: self.texts.passages.len(),
            skipped: &self.skipped,
            passages: self.texts.passages.iter().chain(&self.texts.phrases).collect(),
            questions: self.texts.questions(),
        }
    }

    pub fn finish(self, model: &str, dimensions: usize, passages: &[f32], questions: &[f32]) -> Result<Vec<u8>> {
        let split = (self.texts.passages.len() * dimensions).min(passages.len());
        let (passages, phrases) = passages.split_at(split);
        let vectors = IndexVectors {
            dimensions,
            passages,
            phrases,
            questions,
        };
        let index = Index::of_vectors(model, self.catalogue, &self.tables, vectors).map_err(error)?;
        Ok(index.to_bytes())
    }
}
