//! The index file: one safetensors file with records, vectors, postings and the identity of the model.
//!
//! | tensor | type, shape | what |
//! |---|---|---|
//! | `vectors`, `vectors.scales` | I8 `[products, dimensions]`, F32 `[products]` | a product's vector: values times scale |
//! | `records.text`, `records.ends`, `records.fields` | U8, U32, U32 `[products, fields]` | strings, their ends, each record's strings |
//! | `phrases.text`, `phrases.ends`, `phrases`, `phrases.scales` | U8, U32, I8, F32 | what products are for, with vectors |
//! | `phrases.record_ends`, `phrases.members` | U32 | each record's phrases |
//! | `asked.topics`, `asked.topics.ends`, `asked.text`, `asked.ends` | U8, U32, U8, U32 | topics, known questions |
//! | `asked.question_ends`, `asked`, `asked.scales` | U32, I8, F32 | each topic's questions, vectors |
//! | `lexical.F.text_of`, `.terms`, `.ends`, `.texts`, `.weights` | U32, U64, U32, U32, F32 | postings of field F |
//! | `tables` | U8 | JSON: names of ingredients and groups, ordinary words |
//! | `whole.checksum` | U8 `[8]` | checksum of all bytes before it |
//!
//! The header's metadata has one key (safetensors does not order several, and the same index must give the same bytes):
//! format, version and model.

use std::collections::HashMap;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::{Index, LEXICAL_FIELDS, Parts};
use crate::embedder::Embedder;
use crate::error::{Error, Result};
use crate::search::asked::Asked;
use crate::search::groups::Groups;
use crate::search::lexical::FieldIndex;
use crate::search::ordinary::Ordinary;
use crate::search::records::{FIELDS, Packed};
use crate::search::vectors::Vectors;
use crate::search::{Ingredient, Ingredients, Tables};

const FORMAT: &str = "yaksearch-index";
/// The version that this crate writes and the only one that it reads.
const FORMAT_VERSION: u32 = 2;
/// The one key of the header's metadata.
const METADATA: &str = "yaksearch";
/// The name of the last tensor: among those of bytes, the last by name.
const CHECKSUM: &str = "whole.checksum";
const CHECKSUM_BYTES: usize = 8;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    format_version: u32,
    /// The identity of the model that made the vectors.
    model: String,
}

/// The tensor `tables`.
#[derive(Serialize, Deserialize)]
struct StoredTables {
    ingredients: Vec<Ingredient>,
    groups: Groups,
    ordinary: String,
}

/// A checksum that tells any one changed byte: every step can be undone, so two files that differ in one word of eight
/// bytes never meet again. (FNV-1a's steps, by words; damage is meant, not malice.)
pub(super) fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let steps = words.iter().chain([&last]);
    let sum = steps.fold(OFFSET, |sum, word| {
        (sum ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME)
    });
    sum.to_le_bytes()
}

fn bytes_of<T: Copy, const N: usize>(values: &[T], to_bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| to_bytes(value)).collect()
}

fn u32s(values: &[u32]) -> Vec<u8> {
    bytes_of(values, u32::to_le_bytes)
}

fn f32s(values: &[f32]) -> Vec<u8> {
    bytes_of(values, f32::to_le_bytes)
}

fn i8s(values: &[i8]) -> Vec<u8> {
    bytes_of(values, i8::to_le_bytes)
}

impl Index {
    /// The bytes of the index file; the same index gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let parts = &self.parts;
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        let mut add = |name: &str, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>| {
            tensors.push((name.to_owned(), dtype, shape, bytes));
        };
        let dimensions = parts.vectors.dimensions();
        for (name, vectors) in [
            ("vectors", &parts.vectors),
            ("phrases", &parts.phrase_vectors),
            ("asked", &parts.asked_vectors),
        ] {
            add(name, Dtype::I8, vec![vectors.len(), dimensions], i8s(&vectors.values));
            add(
                &format!("{name}.scales"),
                Dtype::F32,
                vec![vectors.len()],
                f32s(&vectors.scales),
            );
        }
        let records = Packed::new(&parts.records);
        add(
            "records.ends",
            Dtype::U32,
            vec![records.ends.len()],
            u32s(&records.ends),
        );
        let fields = u32s(records.fields.as_flattened());
        add("records.fields", Dtype::U32, vec![records.fields.len(), FIELDS], fields);
        add(
            "records.text",
            Dtype::U8,
            vec![records.text.len()],
            records.text.into_bytes(),
        );
        for (name, texts) in [
            ("phrases.text", &parts.phrases),
            ("asked.topics", &parts.asked.topics),
            ("asked.text", &parts.asked.questions),
        ] {
            let mut end = 0;
            let ends: Vec<u32> = (texts.iter())
                .map(|text| {
                    end += text.len() as u32;
                    end
                })
                .collect();
            let text = texts.concat();
            add(name, Dtype::U8, vec![text.len()], text.into_bytes());
            add(&ends_of(name), Dtype::U32, vec![ends.len()], u32s(&ends));
        }
        let ends = &parts.asked.ends;
        add("asked.question_ends", Dtype::U32, vec![ends.len()], u32s(ends));
        add(
            "phrases.record_ends",
            Dtype::U32,
            vec![parts.phrase_ends.len()],
            u32s(&parts.phrase_ends),
        );
        add(
            "phrases.members",
            Dtype::U32,
            vec![parts.phrase_members.len()],
            u32s(&parts.phrase_members),
        );
        for (field, name) in parts.lexical.iter().zip(LEXICAL_FIELDS) {
            let mut add =
                |part: &str, dtype, count, bytes| add(&format!("lexical.{name}.{part}"), dtype, vec![count], bytes);
            add("text_of", Dtype::U32, field.text_of.len(), u32s(&field.text_of));
            add(
                "terms",
                Dtype::U64,
                field.terms.len(),
                bytes_of(&field.terms, u64::to_le_bytes),
            );
            add("ends", Dtype::U32, field.ends.len(), u32s(&field.ends));
            add("texts", Dtype::U32, field.texts.len(), u32s(&field.texts));
            add("weights", Dtype::F32, field.weights.len(), f32s(&field.weights));
        }
        let tables = serde_json::to_vec(&StoredTables {
            ingredients: parts.tables.ingredients.entries().to_vec(),
            groups: parts.tables.groups.clone(),
            ordinary: parts.ordinary.to_text(),
        })
        .expect("the tables are plain data");
        add("tables", Dtype::U8, vec![tables.len()], tables);
        add(CHECKSUM, Dtype::U8, vec![CHECKSUM_BYTES], vec![0; CHECKSUM_BYTES]);
        let header = serde_json::to_string(&Header {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            model: parts.model.clone(),
        })
        .expect("the header is plain data");
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes).expect("shape and bytes agree");
            (name.as_str(), view)
        });
        let mut bytes = safetensors::serialize(views, Some(HashMap::from([(METADATA.to_owned(), header)])))
            .expect("tensors of plain numbers always serialise");
        // Written last, by type and name; see the test.
        let (all, sum) = bytes.split_last_chunk_mut().expect("longer than its last tensor");
        *sum = checksum(all);
        bytes
    }

    /// Opens the bytes of an index file. `file` is what errors call it; `embedder` is the model that will embed the
    /// questions.
    ///
    /// # Errors
    /// [`Error::File`] when it is damaged, of another format or version, or made by another model.
    pub fn from_bytes(file: &str, bytes: &[u8], embedder: &Embedder) -> Result<Self> {
        let facts = embedder.facts();
        Self::open(file, bytes, &facts.identity, facts.dimensions)
    }

    /// As [`from_bytes`](Self::from_bytes), for a model of this identity and width.
    pub(super) fn open(file: &str, bytes: &[u8], model: &str, dimensions: usize) -> Result<Self> {
        let wrong = |reason: String| Error::file(file, reason);
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|error| wrong(format!("not an index, or cut short ({error}); build the index again")))?;
        let header: Header = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(METADATA))
            .and_then(|header| serde_json::from_str(header).ok())
            .ok_or_else(|| wrong("its header is not that of an index; build the index again".to_owned()))?;
        if header.format != FORMAT || header.format_version != FORMAT_VERSION {
            return Err(wrong(format!(
                "it is {:?} version {}; this build reads {FORMAT:?} version {FORMAT_VERSION}: build the index again",
                header.format, header.format_version
            )));
        }
        let sound = bytes.split_last_chunk().is_some_and(|(all, sum)| *sum == checksum(all));
        let tensors = SafeTensors::deserialize(bytes).ok().filter(|_| sound);
        let tensors = tensors.ok_or_else(|| wrong("damaged; fetch or build the index again".to_owned()))?;
        if header.model != model {
            return Err(wrong(format!(
                "made with model {}, not with the loaded model {model}; build the index again, or load its model",
                header.model
            )));
        }
        let parts = read(&Reader(&tensors), header.model, dimensions)
            .map_err(|reason| wrong(format!("{reason}; build the index again")))?;
        Ok(Self::of_parts(parts))
    }
}

fn read(tensors: &Reader, model: String, dimensions: usize) -> std::result::Result<Parts, String> {
    let packed = Packed {
        text: tensors.text("records.text")?,
        ends: tensors.u32s("records.ends")?,
        fields: tensors.u32s("records.fields")?.as_chunks::<FIELDS>().0.to_vec(),
    };
    let records = packed.unpack()?;
    let count = records.len();
    let vectors = tensors.vectors("vectors", count, dimensions)?;

    let phrases = tensors.texts("phrases.text")?;
    let phrase_vectors = tensors.vectors("phrases", phrases.len(), dimensions)?;
    let phrase_ends = tensors.u32s("phrases.record_ends")?;
    let phrase_members = tensors.u32s("phrases.members")?;
    if phrase_ends.len() != count
        || !phrase_ends.is_sorted()
        || phrase_ends.last().map_or(0, |&end| end as usize) != phrase_members.len()
        || phrase_members.iter().any(|&phrase| phrase as usize >= phrases.len())
    {
        return Err("its products' phrases are damaged".to_owned());
    }

    let asked = Asked {
        topics: tensors.texts("asked.topics")?,
        ends: tensors.u32s("asked.question_ends")?,
        questions: tensors.texts("asked.text")?,
    };
    if asked.ends.len() != asked.topics.len()
        || !asked.ends.is_sorted()
        || asked.ends.last().map_or(0, |&end| end as usize) != asked.questions.len()
        || !asked.topics.is_sorted()
    {
        return Err("its known questions are damaged".to_owned());
    }
    let asked_vectors = tensors.vectors("asked", asked.questions.len(), dimensions)?;

    let mut lexical: [FieldIndex; LEXICAL_FIELDS.len()] = Default::default();
    for (field, name) in lexical.iter_mut().zip(LEXICAL_FIELDS) {
        let tensor = |part: &str| format!("lexical.{name}.{part}");
        let text_of = tensors.u32s(&tensor("text_of"))?;
        *field = FieldIndex {
            count: text_of.iter().max().map_or(0, |&last| last.saturating_add(1)),
            text_of,
            terms: tensors.numbers(&tensor("terms"), Dtype::U64, u64::from_le_bytes)?,
            ends: tensors.u32s(&tensor("ends"))?,
            texts: tensors.u32s(&tensor("texts"))?,
            weights: tensors.f32s(&tensor("weights"))?,
        };
        field.check(count)?;
    }
    let tables: StoredTables = serde_json::from_slice(tensors.tensor("tables", Dtype::U8)?.data())
        .map_err(|error| format!("its tables are damaged ({error})"))?;
    Ok(Parts {
        model,
        records,
        vectors,
        phrases,
        phrase_vectors,
        phrase_ends,
        phrase_members,
        asked,
        asked_vectors,
        lexical,
        tables: Tables {
            ingredients: Ingredients::from_entries(tables.ingredients),
            groups: tables.groups,
            ..Tables::default()
        },
        ordinary: Ordinary::from_text(&tables.ordinary),
    })
}

/// The tensor that says where the texts of another end: `phrases.ends` of `phrases.text`, `asked.topics.ends` of
/// `asked.topics`.
fn ends_of(name: &str) -> String {
    format!("{}.ends", name.strip_suffix(".text").unwrap_or(name))
}

struct Reader<'t>(&'t SafeTensors<'t>);

impl Reader<'_> {
    fn tensor(&self, name: &str, dtype: Dtype) -> std::result::Result<TensorView<'_>, String> {
        let tensor = self.0.tensor(name).ok().filter(|tensor| tensor.dtype() == dtype);
        tensor.ok_or_else(|| format!("tensor {name:?} is missing or of another type"))
    }

    fn numbers<T, const N: usize>(
        &self,
        name: &str,
        dtype: Dtype,
        from_bytes: impl Fn([u8; N]) -> T,
    ) -> std::result::Result<Vec<T>, String> {
        let tensor = self.tensor(name, dtype)?;
        Ok(tensor
            .data()
            .as_chunks::<N>()
            .0
            .iter()
            .map(|bytes| from_bytes(*bytes))
            .collect())
    }

    fn u32s(&self, name: &str) -> std::result::Result<Vec<u32>, String> {
        self.numbers(name, Dtype::U32, u32::from_le_bytes)
    }

    fn f32s(&self, name: &str) -> std::result::Result<Vec<f32>, String> {
        self.numbers(name, Dtype::F32, f32::from_le_bytes)
    }

    fn text(&self, name: &str) -> std::result::Result<String, String> {
        let tensor = self.tensor(name, Dtype::U8)?;
        let text =
            std::str::from_utf8(tensor.data()).map_err(|error| format!("tensor {name:?} is no UTF-8 ({error})"))?;
        Ok(text.to_owned())
    }

    /// Texts one after the other.
    fn texts(&self, name: &str) -> std::result::Result<Vec<String>, String> {
        let text = self.text(name)?;
        let mut start = 0;
        let mut texts = Vec::new();
        for end in self.u32s(&ends_of(name))? {
            let part = text.get(start..end as usize);
            let part = part.ok_or_else(|| format!("tensor {name:?}: a text does not end where it should"))?;
            texts.push(part.to_owned());
            start = end as usize;
        }
        Ok(texts)
    }

    fn vectors(&self, name: &str, count: usize, dimensions: usize) -> std::result::Result<Vectors, String> {
        let tensor = self.tensor(name, Dtype::I8)?;
        if tensor.shape() != [count, dimensions] {
            return Err(format!(
                "tensor {name:?} has shape {:?}; expected [{count}, {dimensions}]",
                tensor.shape()
            ));
        }
        let values = self.numbers(name, Dtype::I8, i8::from_le_bytes)?;
        Ok(Vectors::from_parts(
            dimensions,
            values,
            self.f32s(&format!("{name}.scales"))?,
        )?)
    }
}
