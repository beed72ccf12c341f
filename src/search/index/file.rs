//! The index file: one safetensors file with records, vectors, postings and the identity of the model.
//!
//! | tensor | what |
//! |---|---|
//! | `vectors`, `vectors.scales` | a product's vector: values of six bits times scale; likewise `phrases`, `asked` |
//! | `records.text`, `records.ends`, `records.fields` | strings, their lengths, each record's strings |
//! | `phrases.text`, `phrases.ends` | what products are for |
//! | `phrases.record_ends`, `phrases.members` | each record's phrases |
//! | `asked.topics`, `asked.text`, `asked.question_ends` | topics, known questions, how many each topic has |
//! | `lexical.F.terms`, `.ends`, `.texts`, `.counts`, `.text_of` | postings of field F, each product's text |
//! | `tables` | JSON: names of ingredients and groups, ordinary words |
//! | `whole.checksum` | checksum of all bytes before it |
//!
//! Vectors, text and JSON are bytes (U8), scales F32, terms U64. Other numbers have the narrowest of U8, U16 and U32 that holds
//! them; what ends where is written as lengths.
//!
//! The header's metadata has one key (safetensors does not order several, and the same index must give the same bytes):
//! format, version, model and width of its vectors.

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
const FORMAT_VERSION: u32 = 3;
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
    /// Width of a vector.
    dimensions: usize,
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

/// Tensors on their way into a file.
#[derive(Default)]
struct Writer(Vec<(String, Dtype, Vec<usize>, Vec<u8>)>);

impl Writer {
    fn add(&mut self, name: &str, dtype: Dtype, shape: &[usize], bytes: Vec<u8>) {
        self.0.push((name.to_owned(), dtype, shape.to_vec(), bytes));
    }

    fn bytes(&mut self, name: &str, bytes: Vec<u8>) {
        self.add(name, Dtype::U8, &[bytes.len()], bytes);
    }

    /// Whole numbers, in the narrowest type that holds all of them.
    fn numbers(&mut self, name: &str, values: &[u32]) {
        let largest = values.iter().copied().max().unwrap_or(0);
        let narrow = |width: usize| {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes().into_iter().take(width))
                .collect()
        };
        let (dtype, bytes) = match largest {
            0..=0xff => (Dtype::U8, narrow(1)),
            0x100..=0xffff => (Dtype::U16, narrow(2)),
            _ => (Dtype::U32, narrow(4)),
        };
        self.add(name, dtype, &[values.len()], bytes);
    }

    /// Numbers that never fall, as their differences.
    fn ends(&mut self, name: &str, ends: &[u32]) {
        let mut before = 0;
        let lengths: Vec<u32> = ends
            .iter()
            .map(|&end| end - std::mem::replace(&mut before, end))
            .collect();
        self.numbers(name, &lengths);
    }

    /// Texts one after the other, and where they end.
    fn texts(&mut self, name: &str, texts: &[String]) {
        let lengths: Vec<u32> = texts.iter().map(|text| text.len() as u32).collect();
        self.numbers(&ends_of(name), &lengths);
        self.bytes(name, texts.concat().into_bytes());
    }

    fn vectors(&mut self, name: &str, vectors: &Vectors) {
        self.bytes(name, vectors.packed());
        let scales = vectors.scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        self.add(&format!("{name}.scales"), Dtype::F32, &[vectors.len()], scales);
    }
}

impl Index {
    /// The bytes of the index file; the same index gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let parts = &self.parts;
        let mut tensors = Writer::default();
        tensors.vectors("vectors", &parts.vectors);
        tensors.vectors("phrases", &parts.phrase_vectors);
        tensors.vectors("asked", &parts.asked_vectors);
        let records = Packed::new(&parts.records);
        tensors.ends("records.ends", &records.ends);
        tensors.numbers("records.fields", records.fields.as_flattened());
        tensors.bytes("records.text", records.text.into_bytes());
        tensors.texts("phrases.text", &parts.phrases);
        tensors.ends("phrases.record_ends", &parts.phrase_ends);
        tensors.numbers("phrases.members", &parts.phrase_members);
        tensors.texts("asked.topics", &parts.asked.topics);
        tensors.texts("asked.text", &parts.asked.questions);
        tensors.ends("asked.question_ends", &parts.asked.ends);
        for (field, name) in parts.lexical.iter().zip(LEXICAL_FIELDS) {
            let tensor = |part: &str| format!("lexical.{name}.{part}");
            let terms = field.terms.iter().flat_map(|term| term.to_le_bytes()).collect();
            tensors.add(&tensor("terms"), Dtype::U64, &[field.terms.len()], terms);
            tensors.ends(&tensor("ends"), &field.ends);
            tensors.numbers(&tensor("texts"), &field.texts);
            tensors.numbers(&tensor("counts"), &field.counts);
            tensors.numbers(&tensor("text_of"), &field.text_of);
        }
        let tables = serde_json::to_vec(&StoredTables {
            ingredients: parts.tables.ingredients.entries().to_vec(),
            groups: parts.tables.groups.clone(),
            ordinary: parts.ordinary.to_text(),
        })
        .expect("the tables are plain data");
        tensors.bytes("tables", tables);
        tensors.bytes(CHECKSUM, vec![0; CHECKSUM_BYTES]);
        let header = serde_json::to_string(&Header {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            model: parts.model.clone(),
            dimensions: self.dimensions(),
        })
        .expect("the header is plain data");
        let views = tensors.0.iter().map(|(name, dtype, shape, bytes)| {
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
        Self::open(file, bytes, Some(&embedder.facts().identity))
    }

    /// As [`from_bytes`](Self::from_bytes), before the model is there: [`search_words`](Self::search_words) needs none,
    /// and [`search`](Self::search) takes no other than the index's own.
    ///
    /// # Errors
    /// [`Error::File`] when it is damaged, or of another format or version.
    pub fn from_bytes_alone(file: &str, bytes: &[u8]) -> Result<Self> {
        Self::open(file, bytes, None)
    }

    /// As [`from_bytes`](Self::from_bytes), from a file that is mapped into memory while it is read.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be opened; else as [`from_bytes`](Self::from_bytes).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_file(path: &std::path::Path, embedder: &Embedder) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(Error::io(path))?;
        // SAFETY: the map is read-only, and nothing of it is kept. As with every mapped file, the process relies on
        // nobody shortening the file meanwhile; indexes are written under another name and renamed.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(Error::io(path))?;
        Self::from_bytes(&path.display().to_string(), &map, embedder)
    }

    /// As [`from_bytes`](Self::from_bytes), for a model of this identity, or for any.
    pub(super) fn open(file: &str, bytes: &[u8], model: Option<&str>) -> Result<Self> {
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
        // A fuzzer would hardly ever get past the checksum.
        let sound = cfg!(fuzzing) || bytes.split_last_chunk().is_some_and(|(all, sum)| *sum == checksum(all));
        let tensors = SafeTensors::deserialize(bytes).ok().filter(|_| sound);
        let tensors = tensors.ok_or_else(|| wrong("damaged; fetch or build the index again".to_owned()))?;
        if let Some(model) = model
            && header.model != model
        {
            return Err(wrong(format!(
                "made with model {}, not with the loaded model {model}; build the index again, or load its model",
                header.model
            )));
        }
        let parts =
            read(&Reader(&tensors), header).map_err(|reason| wrong(format!("{reason}; build the index again")))?;
        Ok(Self::of_parts(parts))
    }
}

fn read(tensors: &Reader, header: Header) -> std::result::Result<Parts, String> {
    let dimensions = header.dimensions;
    let packed = Packed {
        text: tensors.text("records.text")?,
        ends: tensors.ends("records.ends")?,
        fields: tensors.u32s("records.fields")?.as_chunks::<FIELDS>().0.to_vec(),
    };
    let records = packed.unpack()?;
    let count = records.len();
    let vectors = tensors.vectors("vectors", count, dimensions)?;

    let phrases = tensors.texts("phrases.text")?;
    let phrase_vectors = tensors.vectors("phrases", phrases.len(), dimensions)?;
    let phrase_ends = tensors.ends("phrases.record_ends")?;
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
        ends: tensors.ends("asked.question_ends")?,
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
        *field = FieldIndex::from_parts(
            tensors.u32s(&tensor("text_of"))?,
            tensors.numbers(&tensor("terms"), Dtype::U64, u64::from_le_bytes)?,
            tensors.ends(&tensor("ends"))?,
            tensors.u32s(&tensor("texts"))?,
            tensors.u32s(&tensor("counts"))?,
        )?;
        if field.text_of.len() != count {
            return Err("a product's text is missing from its postings".to_owned());
        }
    }
    let tables: StoredTables = serde_json::from_slice(tensors.tensor("tables", Dtype::U8)?.data())
        .map_err(|error| format!("its tables are damaged ({error})"))?;
    Ok(Parts {
        model: header.model,
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

    /// Whole numbers, in whichever type they fitted into.
    fn u32s(&self, name: &str) -> std::result::Result<Vec<u32>, String> {
        match self.0.tensor(name).map(|tensor| tensor.dtype()) {
            Ok(Dtype::U8) => self.numbers(name, Dtype::U8, |[byte]| u32::from(byte)),
            Ok(Dtype::U16) => self.numbers(name, Dtype::U16, |bytes| u32::from(u16::from_le_bytes(bytes))),
            _ => self.numbers(name, Dtype::U32, u32::from_le_bytes),
        }
    }

    /// Numbers that never fall, from their differences.
    fn ends(&self, name: &str) -> std::result::Result<Vec<u32>, String> {
        let mut ends = self.u32s(name)?;
        let mut end = 0_u32;
        for length in &mut ends {
            end = end
                .checked_add(*length)
                .ok_or_else(|| format!("tensor {name:?}: its lengths add up to more than 32 bits hold"))?;
            *length = end;
        }
        Ok(ends)
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
        for end in self.ends(&ends_of(name))? {
            let part = text.get(start..end as usize);
            let part = part.ok_or_else(|| format!("tensor {name:?}: a text does not end where it should"))?;
            texts.push(part.to_owned());
            start = end as usize;
        }
        Ok(texts)
    }

    fn vectors(&self, name: &str, count: usize, dimensions: usize) -> std::result::Result<Vectors, String> {
        let scales = self.f32s(&format!("{name}.scales"))?;
        if scales.len() != count {
            return Err(format!("{name:?} holds {} vectors; expected {count}", scales.len()));
        }
        let packed = self.tensor(name, Dtype::U8)?;
        Ok(Vectors::from_packed(dimensions, packed.data(), scales)?)
    }
}
