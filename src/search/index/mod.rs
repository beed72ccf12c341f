//! The index: a catalogue's records, vectors and postings, and searching them.

mod build;
mod file;
#[cfg(test)]
mod groups_tests;
#[cfg(test)]
mod names_tests;
#[cfg(not(target_arch = "wasm32"))]
mod partial;
mod reasons;
mod search;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::HashMap;
use std::sync::OnceLock;

use super::asked::{Asked, topics};
use super::companies::Companies;
use super::composition::Composition;
use super::fold::nfc;
use super::lexical::FieldIndex;
use super::names::Names;
use super::ordinary::Ordinary;
use super::vectors::Vectors;
use super::{Catalogue, Map, Record, Route, Tables};
use crate::error::{Error, Result};
pub use search::{Answer, Hit, Predicate, RankOptions, SearchOptions};
pub use texts::{IndexTexts, IndexVectors};
use texts::{ingredient_text, name_text, purpose_text};

/// Fields that words are looked for in.
const LEXICAL_FIELDS: [&str; 3] = ["name", "ingredients", "purpose"];

/// Hits when the caller does not say how many.
pub const DEFAULT_TOP_K: usize = 10;

/// What an index file holds; the rest of an [`Index`] follows from it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Parts {
    /// Identity of the model that made the vectors.
    model: String,
    records: Vec<Record>,
    /// One a record.
    vectors: Vectors,
    /// What products are for: the different phrases, one vector each.
    phrases: Vec<String>,
    phrase_vectors: Vectors,
    /// For every record, where its phrases end in `phrase_members`.
    phrase_ends: Vec<u32>,
    phrase_members: Vec<u32>,
    /// How people ask, one vector a question.
    asked: Asked,
    asked_vectors: Vectors,
    /// As [`LEXICAL_FIELDS`].
    lexical: [FieldIndex; LEXICAL_FIELDS.len()],
    /// Names of ingredients and groups, without what they are for.
    tables: Tables,
    ordinary: Ordinary,
}

/// A catalogue that can be searched.
#[derive(Debug, Clone)]
pub struct Index {
    parts: Parts,
    names: Names,
    composition: Composition,
    /// For every record, where its topics of [`Asked`] end in `topic_members`.
    topic_ends: Vec<u32>,
    topic_members: Vec<u32>,
    /// How each record is given, once a question asks for that.
    routes: OnceLock<Vec<Option<Route>>>,
    /// Once a question is understood.
    companies: OnceLock<Companies>,
    /// Once somebody wants to see it.
    map: OnceLock<Map>,
}

impl Index {
    /// The index of `catalogue` from the vectors of its [`IndexTexts`]. `model` is the identity of the model that made
    /// them.
    ///
    /// # Errors
    /// [`Error::Input`] when there are more or fewer vectors than texts, or one holds a number that is not finite.
    pub fn of_vectors(model: &str, catalogue: Catalogue, tables: &Tables, vectors: IndexVectors<'_>) -> Result<Self> {
        let mut records = catalogue.records;
        for record in &mut records {
            // In one form of Unicode, because spans count characters.
            let lists = record.ingredients_ko.iter_mut().chain(&mut record.ingredients_en);
            for text in lists.chain([&mut record.name, &mut record.company]) {
                *text = nfc(text);
            }
        }
        let texts = IndexTexts::new(&records, tables);
        let dimensions = vectors.dimensions;
        for (name, count, vectors) in [
            ("passages", records.len(), vectors.passages),
            ("phrases", texts.phrases.len(), vectors.phrases),
            ("questions", texts.questions().len(), vectors.questions),
        ] {
            let fit = dimensions > 0 && vectors.len() == count * dimensions;
            if !fit || vectors.iter().any(|value| !value.is_finite()) {
                return Err(Error::Input(format!(
                    "{count} {name} need as many vectors of {dimensions} finite numbers, not {} numbers",
                    vectors.len()
                )));
            }
        }
        let field = |text: &dyn Fn(&Record) -> String| {
            let texts: Vec<String> = records.iter().map(text).collect();
            FieldIndex::new(&texts)
        };
        let parts = Parts {
            model: model.to_owned(),
            vectors: Vectors::new(dimensions, vectors.passages),
            phrases: texts.phrases,
            phrase_vectors: Vectors::new(dimensions, vectors.phrases),
            phrase_ends: texts.ends,
            phrase_members: texts.members,
            asked: texts.asked,
            asked_vectors: Vectors::new(dimensions, vectors.questions),
            lexical: [
                field(&|record| name_text(&record.name)),
                field(&|record| ingredient_text(record, tables)),
                field(&|record| purpose_text(record, tables)),
            ],
            tables: tables.names_only(),
            ordinary: tables.ordinary(),
            records,
        };
        Ok(Self::of_parts(parts))
    }

    /// Derives what an index file does not hold.
    fn of_parts(parts: Parts) -> Self {
        let names = parts
            .records
            .iter()
            .map(|record| (record.name.as_str(), record.company.as_str()));
        let composition = Composition::new(&parts.records, &parts.tables);
        let (mut topic_ends, mut topic_members) = (Vec::new(), Vec::new());
        // Products of a class share their ingredients: what each list is about is looked up once.
        let mut known: HashMap<(&str, &[u32]), Vec<u32>> = HashMap::new();
        for (number, record) in parts.records.iter().enumerate() {
            let components = composition.of(number);
            let own = known.entry((&record.class_code, components)).or_insert_with(|| {
                let rows = components.iter().filter_map(|&component| {
                    let entry = composition.component(component).entry;
                    parts.tables.ingredients.get(entry?)
                });
                let about = topics(&record.class_code, rows);
                about.iter().filter_map(|topic| parts.asked.topic(topic)).collect()
            });
            topic_members.extend_from_slice(own);
            topic_ends.push(topic_members.len() as u32);
        }
        Self {
            names: Names::new(names),
            composition,
            topic_ends,
            topic_members,
            routes: OnceLock::new(),
            companies: OnceLock::new(),
            map: OnceLock::new(),
            parts,
        }
    }

    /// An index of `records` and the built-in tables, whose vectors say nothing.
    #[cfg(test)]
    pub(in crate::search) fn without_vectors(records: Vec<Record>) -> Self {
        let tables = Tables::built_in();
        let texts = IndexTexts::new(&records, &tables);
        let zeros = |texts: &[String]| vec![0.0; texts.len()];
        let vectors = IndexVectors {
            dimensions: 1,
            passages: &zeros(&texts.passages),
            phrases: &zeros(&texts.phrases),
            questions: &zeros(texts.questions()),
        };
        Self::of_vectors("none", Catalogue { records }, &tables, vectors).expect("vectors and texts agree")
    }

    /// Products in the index.
    pub fn len(&self) -> usize {
        self.parts.records.len()
    }

    /// Whether it holds no product.
    pub fn is_empty(&self) -> bool {
        self.parts.records.is_empty()
    }

    /// Width of the vectors.
    pub fn dimensions(&self) -> usize {
        self.parts.vectors.dimensions()
    }

    /// The products, in the catalogue's order.
    pub fn records(&self) -> &[Record] {
        &self.parts.records
    }

    pub(super) fn composition(&self) -> &Composition {
        &self.composition
    }

    /// How the record of this number is given; `None` where it does not say.
    pub(super) fn route(&self, number: usize) -> Option<Route> {
        self.routes.get_or_init(|| Route::of_all(&self.parts.records))[number]
    }

    pub(super) fn companies(&self) -> &Companies {
        self.companies.get_or_init(|| Companies::new(&self.parts.records))
    }

    pub(super) fn ordinary(&self) -> &Ordinary {
        &self.parts.ordinary
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// What the index carries of the tables: names, groups and facts of ingredients, not what they are for.
    pub fn tables(&self) -> &Tables {
        &self.parts.tables
    }
}
