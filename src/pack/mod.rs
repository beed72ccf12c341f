//! Dense checkpoint to packed model: a pruned vocabulary and quantised weights, in the checkpoint's own layout.
//!
//! A packed model is again a sentence-transformers folder, with other weights (see [`crate::checkpoint::quantized`]) and
//! a `manifest.json`. Packing is deterministic: the same checkpoint and options give the same bytes.

mod order;
mod quantize;
mod tensors;
mod tokenizer;
mod vocabulary;

pub use quantize::quantize_rows;
use tensors::Tensors;
use tokenizer::Pruned;
pub use vocabulary::VocabularyRule;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::checkpoint::manifest::{self, FORMAT, FORMAT_VERSION, MANIFEST, Manifest};
use crate::checkpoint::quantized::{BLOCK, Bits};
use crate::checkpoint::{
    CONFIG, Checkpoint, Files, MODULES, PROMPTS, Prompts, SENTENCE_BERT, TOKENIZER, WEIGHTS, Weights, sha256_hex,
};
use crate::error::{Error, Result};

/// How to pack.
#[derive(Debug, Clone)]
pub struct PackOptions {
    /// What people will call the model.
    pub name: String,
    /// Which checkpoint this is, for the manifest: a hub name, an address.
    pub source: String,
    /// Which pieces of the vocabulary stay; the prompts' do in any case.
    pub vocabulary: VocabularyRule,
    /// How wide the embedding table's integers are; the encoder's are always 8 bits.
    pub table: Bits,
    /// Prompts that replace the checkpoint's own; `None` keeps them.
    pub prompts: Prompts,
}

/// What packing did to the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackReport {
    /// Pieces before.
    pub pieces_before: usize,
    /// Pieces after, and rows of the packed embedding table.
    pub pieces_after: usize,
    /// Bytes of all packed files but the manifest.
    pub bytes: u64,
}

/// Packs `checkpoint` into the files of a new model folder, in memory.
///
/// # Errors
/// What reading the checkpoint refuses; [`Error::File`] for a tokenizer whose vocabulary cannot be pruned.
pub fn pack(checkpoint: &Checkpoint, options: &PackOptions) -> Result<(Files, PackReport)> {
    if checkpoint.manifest.is_some() {
        return Err(Error::file(
            MANIFEST,
            "the checkpoint is packed already; name the dense one that it was made from",
        ));
    }
    let prompts = Prompts {
        query: options
            .prompts
            .query
            .clone()
            .or(checkpoint.sentence.prompts.query.clone()),
        passage: options
            .prompts
            .passage
            .clone()
            .or(checkpoint.sentence.prompts.passage.clone()),
    };
    let pruned = prune_vocabulary(checkpoint, options.vocabulary.clone(), &prompts)?;

    let weights_name = checkpoint.name_of(WEIGHTS);
    let weights_bytes = checkpoint.files.require(&weights_name)?;
    let weights = Weights::open(&weights_name, weights_bytes)?;

    let mut files = Files::new(options.name.clone());
    files.insert(
        WEIGHTS,
        pack_weights(checkpoint, &weights, &pruned.kept, options.table)?,
    );
    files.insert(TOKENIZER, pruned.json.to_string().into_bytes());
    for (name, value) in configs(checkpoint, &pruned.kept, &prompts)? {
        let mut text = serde_json::to_vec_pretty(&value).expect("a JSON value is plain data");
        text.push(b'\n');
        files.insert(name, text);
    }

    let names: Vec<String> = files.names().map(str::to_owned).collect();
    let entries = manifest::entries(&files, names.iter().map(String::as_str))?;
    let report = PackReport {
        pieces_before: pruned.before,
        pieces_after: pruned.kept.len(),
        bytes: entries.iter().map(|entry| entry.bytes).sum(),
    };
    let mut vocabulary = options.vocabulary.describe();
    vocabulary["pieces_before"] = json!(report.pieces_before);
    vocabulary["pieces"] = json!(report.pieces_after);
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        format_version: FORMAT_VERSION,
        name: options.name.clone(),
        identity: manifest::identity(&entries),
        min_score: None,
        files: entries,
        source: json!({ "checkpoint": options.source, "weights_sha256": sha256_hex(weights_bytes) }),
        vocabulary,
        quantisation: json!({
            "scheme": "symmetric integers, one f16 scale for each row and block of columns",
            "block": BLOCK,
            "encoder_bits": 8,
            "table_bits": match options.table { Bits::Eight => 8, Bits::Four => 4 },
        }),
    };
    files.insert(MANIFEST, manifest.to_bytes());
    Ok((files, report))
}

/// The checkpoint's tokenizer with the pieces that `rule` and the prompts keep.
///
/// # Errors
/// [`Error::File`] for a tokenizer whose vocabulary cannot be pruned.
pub(crate) fn prune_vocabulary(checkpoint: &Checkpoint, mut rule: VocabularyRule, prompts: &Prompts) -> Result<Pruned> {
    let name = checkpoint.name_of(TOKENIZER);
    let tokenizer: Value = checkpoint.files.json(&name)?;
    // A prompt stands before every text, so a prompt in other pieces would shift every vector.
    rule.seen.extend(prompts.query.iter().chain(&prompts.passage).cloned());
    tokenizer::prune(&name, tokenizer, &rule)
}

/// The new id of the padding token.
///
/// # Errors
/// [`Error::File`] where pruning dropped it.
pub(crate) fn new_id(kept: &[u32], pad_token_id: u32) -> Result<u32> {
    kept.binary_search(&pad_token_id)
        .map(|id| id as u32)
        .map_err(|_| Error::file(CONFIG, "pad_token_id is a piece that pruning drops"))
}

/// The small JSON files of the packed model, in the layout that sentence-transformers 2 to 5 read.
pub(crate) fn configs(
    checkpoint: &Checkpoint,
    kept: &[u32],
    prompts: &Prompts,
) -> Result<BTreeMap<&'static str, Value>> {
    let sentence = &checkpoint.sentence;
    let mut config: Value = checkpoint.files.json(&checkpoint.name_of(CONFIG))?;
    config["vocab_size"] = json!(kept.len());
    config["pad_token_id"] = json!(new_id(kept, checkpoint.config.pad_token_id)?);
    let module = |place: usize, path: &str, kind: &str| {
        json!({
            "idx": place,
            "name": place.to_string(),
            "path": path,
            "type": format!("sentence_transformers.models.{kind}"),
        })
    };
    let prompts: BTreeMap<&str, &String> = [("query", &prompts.query), ("passage", &prompts.passage)]
        .into_iter()
        .filter_map(|(role, prompt)| Some((role, prompt.as_ref()?)))
        .collect();
    let max_tokens = sentence.max_tokens(&checkpoint.config)?;
    Ok(BTreeMap::from([
        (CONFIG, config),
        (
            MODULES,
            json!([
                module(0, "", "Transformer"),
                module(1, "1_Pooling", "Pooling"),
                module(2, "2_Normalize", "Normalize"),
            ]),
        ),
        (
            "1_Pooling/config.json",
            json!({
                "word_embedding_dimension": checkpoint.config.hidden_size,
                "pooling_mode_cls_token": sentence.pooling == crate::checkpoint::Pooling::Cls,
                "pooling_mode_mean_tokens": sentence.pooling == crate::checkpoint::Pooling::Mean,
            }),
        ),
        (PROMPTS, json!({ "prompts": prompts, "similarity_fn_name": "cosine" })),
        (
            SENTENCE_BERT,
            json!({ "max_seq_length": max_tokens, "do_lower_case": sentence.lowercase }),
        ),
    ]))
}

/// `model.safetensors` of the packed model.
fn pack_weights(checkpoint: &Checkpoint, weights: &Weights<'_>, kept: &[u32], table: Bits) -> Result<Vec<u8>> {
    let config = &checkpoint.config;
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let mut tensors = Tensors::default();

    let name = "embeddings.word_embeddings.weight";
    if table == Bits::Four && hidden % 2 != 0 {
        return Err(weights.wrong(name, "has an odd width, which 4-bit rows cannot hold; use 8 bits"));
    }
    let all = weights.floats(name, &[config.vocab_size, hidden])?;
    let rows = order::rows(&all, hidden, kept.iter().map(|&id| id as usize));
    tensors.integers(name, &rows, hidden, table);
    let name = "embeddings.position_embeddings.weight";
    let positions = weights.floats(name, &[config.max_position_embeddings, hidden])?;
    tensors.integers(name, &positions, hidden, Bits::Eight);
    let name = "embeddings.token_type_embeddings.weight";
    let shape = [config.type_vocab_size, hidden];
    tensors.floats(name, &weights.floats(name, &shape)?, &shape);

    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..config.num_hidden_layers {
        let order = inner_order(weights, layer, hidden, inner)?;
        for (part, outputs, inputs) in [
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", inner, hidden),
            ("output.dense", hidden, inner),
        ] {
            let name = |kind: &str| format!("encoder.layer.{layer}.{part}.{kind}");
            let mut weight = weights.floats(&name("weight"), &[outputs, inputs])?;
            let mut bias = weights.floats(&name("bias"), &[outputs])?;
            match part {
                "intermediate.dense" => {
                    weight = order::rows(&weight, inputs, order.iter().copied());
                    bias = order::rows(&bias, 1, order.iter().copied());
                }
                "output.dense" => weight = order::columns(&weight, &order),
                _ => {}
            }
            tensors.integers(&name("weight"), &weight, inputs, Bits::Eight);
            tensors.floats(&name("bias"), &bias, &[outputs]);
        }
        norms.extend(["attention.output", "output"].map(|part| format!("encoder.layer.{layer}.{part}.LayerNorm")));
    }
    for name in norms
        .iter()
        .flat_map(|norm| ["weight", "bias"].map(|kind| format!("{norm}.{kind}")))
    {
        tensors.floats(&name, &weights.floats(&name, &[hidden])?, &[hidden]);
    }
    tensors.serialize()
}

/// The order that layer `layer`'s inner neurons are packed in.
fn inner_order(weights: &Weights<'_>, layer: usize, hidden: usize, inner: usize) -> Result<Vec<usize>> {
    let floats = |part: &str, shape: &[usize]| weights.floats(&format!("encoder.layer.{layer}.{part}"), shape);
    Ok(order::by_reach(
        &floats("intermediate.dense.weight", &[inner, hidden])?,
        &floats("intermediate.dense.bias", &[inner])?,
        &floats("attention.output.LayerNorm.weight", &[hidden])?,
        &floats("attention.output.LayerNorm.bias", &[hidden])?,
    ))
}
