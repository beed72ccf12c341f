//! A trained model as a sentence-transformers folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, tensor::TensorView};
use serde_json::{Value, json};

use super::base::Base;
use super::parameters::Parameters;
use crate::checkpoint::{Files, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS};
use crate::error::{Error, Result};
use crate::storage::write_model;

/// What transformers reads beside `tokenizer.json`, where the base has it.
const SPECIAL_TOKENS: &str = "special_tokens_map.json";

/// The files of the trained model: weights in float32, tokenizer, configurations.
///
/// # Errors
/// [`Error::Compute`] when the device fails.
pub fn files(base: &Base, parameters: &Parameters) -> Result<Files> {
    let mut files = Files::new("the trained model");
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = parameters
        .to_checkpoint()?
        .into_iter()
        .map(|(name, shape, values)| (name, shape, values.into_iter().flat_map(f32::to_le_bytes).collect()))
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).expect("shape and bytes agree");
        (name, view)
    });
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let weights = safetensors::serialize(views, Some(metadata)).map_err(|error| Error::file(WEIGHTS, error))?;
    files.insert(WEIGHTS, weights);
    files.insert(TOKENIZER, base.tokenizer.clone());
    let mut insert = |name: &str, value: &Value| {
        let mut text = serde_json::to_vec_pretty(value).expect("a JSON value is plain data");
        text.push(b'\n');
        files.insert(name, text);
    };
    for (name, value) in base.configs()? {
        insert(name, &value);
    }
    insert("2_Normalize/config.json", &json!({}));
    let checkpoint = &base.checkpoint;
    let own = |name: &str| checkpoint.files.optional_json::<Value>(&checkpoint.name_of(name));
    let mut tokenizer_config = own(TOKENIZER_CONFIG)?.unwrap_or_else(|| json!({}));
    // Classes of one model family expect its vocabulary; this one takes tokenizer.json as it is.
    tokenizer_config["tokenizer_class"] = json!("PreTrainedTokenizerFast");
    tokenizer_config["model_max_length"] = json!(checkpoint.sentence.max_tokens(&checkpoint.config)?);
    if let Some(settings) = tokenizer_config.as_object_mut() {
        // Ids of special tokens, which pruning changes; tokenizer.json has them.
        settings.remove("added_tokens_decoder");
    }
    insert(TOKENIZER_CONFIG, &tokenizer_config);
    if let Some(special) = own(SPECIAL_TOKENS)? {
        insert(SPECIAL_TOKENS, &special);
    }
    Ok(files)
}

/// Writes `files` to `folder`, which has all of them or is as it was.
///
/// # Errors
/// [`Error::Io`].
pub fn write(folder: &Path, files: &Files) -> Result<()> {
    let beside = |suffix: &str| -> PathBuf {
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.{suffix}", std::process::id()));
        folder.with_file_name(name)
    };
    let (new, old) = (beside("partial"), beside("old"));
    let written = write_model(&new, files).and_then(|()| {
        if folder.exists() {
            std::fs::rename(folder, &old).map_err(Error::io(folder))?;
        }
        std::fs::rename(&new, folder).map_err(Error::io(folder))
    });
    // What is left beside the folder is of no use to anybody; the first error is the one to report.
    if written.is_err() && old.exists() && !folder.exists() {
        let _ = std::fs::rename(&old, folder);
    }
    let _ = std::fs::remove_dir_all(&new);
    let _ = std::fs::remove_dir_all(&old);
    written
}
