//! Pruning `tokenizer.json`.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::VocabularyRule;
use crate::error::{Error, Result};
use crate::tokenizer::Tokenizer;

/// A pruned tokenizer.
pub struct Pruned {
    /// The new `tokenizer.json`.
    pub json: Value,
    /// Old ids of the pieces that stay, ascending; a piece's new id is its place.
    pub kept: Vec<u32>,
    /// Pieces before.
    pub before: usize,
}

/// Drops the pieces of a Unigram tokenizer that `rule` does not keep.
///
/// A text whose best segmentation uses kept pieces only is cut as before: every other segmentation that is left was
/// there before and was worse.
///
/// # Errors
/// [`Error::File`] when the tokenizer is no Unigram model, or is malformed.
pub fn prune(file: &str, mut json: Value, rule: &VocabularyRule) -> Result<Pruned> {
    let wrong = |reason: String| Error::file(file, reason);
    let kind = json["model"]["type"].as_str().unwrap_or("none").to_owned();
    if kind != "Unigram" {
        return Err(wrong(format!(
            "model type is {kind:?}; only the vocabulary of a Unigram tokenizer can be pruned"
        )));
    }
    let pieces: Vec<(String, f64)> = serde_json::from_value(json["model"]["vocab"].take())
        .map_err(|error| wrong(format!("model.vocab: {error}")))?;

    let mut special: HashSet<u32> = HashSet::new();
    special.extend(id_of(&json["model"]["unk_id"]));
    for added in json["added_tokens"].as_array().into_iter().flatten() {
        special.extend(id_of(&added["id"]));
    }
    if let Some(id) = special.iter().find(|id| **id as usize >= pieces.len()) {
        return Err(wrong(format!(
            "special token {id} is beyond the {} pieces of model.vocab",
            pieces.len()
        )));
    }
    json["model"]["vocab"] = json!(pieces);
    let seen = seen_pieces(file, &json, rule, pieces.len())?;
    let keep = rule.choose(&pieces, &seen, &special);

    let kept: Vec<u32> = (0..pieces.len() as u32).filter(|&id| keep[id as usize]).collect();
    let new_ids: HashMap<u32, usize> = kept.iter().enumerate().map(|(new, &old)| (old, new)).collect();
    let before = pieces.len();
    let vocab: Vec<(String, f64)> = pieces
        .into_iter()
        .zip(&keep)
        .filter_map(|(piece, keep)| keep.then_some(piece))
        .collect();
    json["model"]["vocab"] = json!(vocab);
    let renumber = |value: &mut Value| {
        if let Some(new) = id_of(value).and_then(|old| new_ids.get(&old)) {
            *value = json!(new);
        }
    };
    renumber(&mut json["model"]["unk_id"]);
    for added in json["added_tokens"].as_array_mut().into_iter().flatten() {
        renumber(&mut added["id"]);
    }
    renumber_post_processor(&mut json["post_processor"], &renumber).map_err(wrong)?;
    Ok(Pruned { json, kept, before })
}

fn id_of(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|id| u32::try_from(id).ok())
}

/// The pieces that the full tokenizer cuts the rule's texts into.
fn seen_pieces(file: &str, json: &Value, rule: &VocabularyRule, vocab_size: usize) -> Result<HashSet<u32>> {
    if rule.seen.is_empty() {
        return Ok(HashSet::new());
    }
    let bytes = json.to_string().into_bytes();
    let tokenizer = Tokenizer::from_json(file, &bytes, usize::MAX, vocab_size, false)?;
    let mut seen = HashSet::new();
    for text in &rule.seen {
        seen.extend(tokenizer.encode("", text)?.ids);
    }
    Ok(seen)
}

/// Special tokens by their new ids.
fn renumber_post_processor(processor: &mut Value, renumber: &impl Fn(&mut Value)) -> std::result::Result<(), String> {
    match processor["type"].as_str() {
        None => {}
        Some("TemplateProcessing") => {
            for token in processor["special_tokens"]
                .as_object_mut()
                .into_iter()
                .flat_map(|tokens| tokens.values_mut())
            {
                token["ids"].as_array_mut().into_iter().flatten().for_each(renumber);
            }
        }
        Some("RobertaProcessing" | "BertProcessing") => {
            renumber(&mut processor["sep"][1]);
            renumber(&mut processor["cls"][1]);
        }
        Some("Sequence") => {
            for processor in processor["processors"].as_array_mut().into_iter().flatten() {
                renumber_post_processor(processor, renumber)?;
            }
        }
        Some(other) => return Err(format!("post_processor {other:?} is not supported by pruning")),
    }
    Ok(())
}
