//! `--model ORG/NAME`: a checkpoint from the Hugging Face hub, through its own client and into its usual cache.

use std::path::PathBuf;

use hf_hub::HFClientSync;
use yaksearch::{Error, Result};

/// What a model is made of; `*` matches folders too.
const FILES: [&str; 2] = ["*.json", "model.safetensors"];
/// Other programs' copies of the same weights.
const OTHERS: [&str; 2] = ["onnx/*", "openvino/*"];

/// The folder in the cache that holds the model's newest version, fetched where it is not there yet; without a network
/// the version that was fetched last.
pub fn download(organisation: &str, model: &str) -> Result<PathBuf> {
    let snapshot = |only_cached| {
        let patterns = |list: [&str; 2]| list.map(str::to_owned).to_vec();
        HFClientSync::new()?
            .model(organisation, model)
            .snapshot_download()
            .allow_patterns(patterns(FILES))
            .ignore_patterns(patterns(OTHERS))
            .local_files_only(only_cached)
            .send()
    };
    eprintln!("{organisation}/{model}: looking on the hub");
    snapshot(false).or_else(|error| {
        let what = error.to_string().replace('\n', " ");
        let folder = snapshot(true).map_err(|_| {
            Error::Input(format!(
                "{organisation}/{model}: {what}; check the name and the network, or name a folder"
            ))
        })?;
        eprintln!("{organisation}/{model}: {what}; using the copy in the cache");
        Ok(folder)
    })
}
