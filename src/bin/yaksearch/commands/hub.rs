//! `--model ORG/NAME`: a checkpoint from the Hugging Face hub, through its own client and into its usual cache.

use std::path::PathBuf;

use hf_hub::HFClientSync;
use yaksearch::{Error, Result};

/// What a model is made of; `*` matches folders too.
const FILES: [&str; 2] = ["*.json", "model.safetensors"];
/// Other programs' copies of the same weights.
const OTHERS: [&str; 2] = ["onnx/*", "openvino/*"];

/// The folder in the cache that holds the model's newest version, fetched where it is not there yet.
pub fn download(organisation: &str, model: &str) -> Result<PathBuf> {
    eprintln!("{organisation}/{model}: looking on the hub, then in its cache");
    let patterns = |list: [&str; 2]| list.map(str::to_owned).to_vec();
    HFClientSync::new()
        .and_then(|client| {
            client
                .model(organisation, model)
                .snapshot_download()
                .allow_patterns(patterns(FILES))
                .ignore_patterns(patterns(OTHERS))
                .send()
        })
        .map_err(|error| {
            let what = error.to_string().replace('\n', " ");
            Error::Input(format!(
                "{organisation}/{model}: {what}; check the name and the network, or name a folder"
            ))
        })
}
