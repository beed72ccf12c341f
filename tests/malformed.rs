//! Damaged model folders: each is refused with an error that says what is wrong and where.
#![cfg(not(target_arch = "wasm32"))]

mod tiny;

use yaksearch::checkpoint::Checkpoint;
use yaksearch::{Embedder, Files, Options};

fn error(files: Files) -> String {
    Checkpoint::open(files, true)
        .and_then(|checkpoint| Embedder::load(checkpoint, &Options::default()))
        .err()
        .expect("the damaged folder was accepted")
        .to_string()
}

/// The tiny model with `old` replaced by `new` in one of its text files.
fn edited(file: &str, old: &str, new: &str) -> Files {
    let mut files = tiny::files();
    let text = String::from_utf8(files.require(file).unwrap().to_vec()).unwrap();
    assert!(text.contains(old), "{file} has no {old}: {text}");
    files.insert(file, text.replacen(old, new, 1).into_bytes());
    files
}

#[test]
fn missing_files() {
    for file in [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "1_Pooling/config.json",
    ] {
        let mut files = tiny::files();
        files.take(file).unwrap();
        assert!(
            error(files).starts_with(&format!("tiny: {file} is missing; ")),
            "{file}"
        );
    }
}

#[test]
fn wrong_shape() {
    let found = error(edited(
        "config.json",
        "\"intermediate_size\": 64",
        "\"intermediate_size\": 65",
    ));
    assert_eq!(
        found,
        "model.safetensors: tensor \"encoder.layer.0.intermediate.dense.bias\" has shape [64]; config.json asks for [65]"
    );
}

#[test]
fn more_layers_than_weights() {
    let found = error(edited(
        "config.json",
        "\"num_hidden_layers\": 2",
        "\"num_hidden_layers\": 3",
    ));
    assert!(
        found.contains("encoder.layer.2.") && found.contains("is missing"),
        "{found}"
    );
}

#[test]
fn wrong_dtype() {
    let mut files = tiny::files();
    let mut bytes = files.require("model.safetensors").unwrap().to_vec();
    // The header says I32 where there are floats of the same width.
    let place = bytes.windows(5).position(|bytes| bytes == b"\"F32\"").unwrap();
    bytes[place..place + 5].copy_from_slice(b"\"I32\"");
    files.insert("model.safetensors", bytes);
    assert!(error(files).contains("is of type I32; supported are F32, F16 and BF16"));
}

#[test]
fn truncated_weights() {
    let whole = tiny::files().require("model.safetensors").unwrap().to_vec();
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        let mut files = tiny::files();
        files.insert("model.safetensors", whole[..length].to_vec());
        let found = error(files);
        assert!(
            found.starts_with("model.safetensors: not a whole safetensors file"),
            "{found}"
        );
    }
}

#[test]
fn bad_json() {
    for file in ["config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json"] {
        let mut files = tiny::files();
        files.insert(file, b"\n oops".to_vec());
        let found = error(files);
        assert!(
            found.starts_with(&format!("{file}: ")) && found.contains("line 2"),
            "{found}"
        );
    }
}

#[test]
fn unknown_module_and_pooling() {
    let found = error(edited("modules.json", "models.Normalize", "models.Dense"));
    assert!(
        found.starts_with("modules.json: module 2 is ") && found.contains("models.Dense"),
        "{found}"
    );
    let found = error(edited(
        "1_Pooling/config.json",
        "\"pooling_mode_max_tokens\": false",
        "\"pooling_mode_max_tokens\": true",
    ));
    assert!(
        found.starts_with("1_Pooling/config.json: pooling ") && found.contains("is not supported"),
        "{found}"
    );
}

#[test]
fn an_id_beyond_the_vocabulary() {
    let found = error(edited("config.json", "\"vocab_size\": 450", "\"vocab_size\": 400"));
    assert!(
        found.starts_with("tokenizer.json: id 441 is beyond the embedding table of 400 rows"),
        "{found}"
    );
}

#[test]
fn unsupported_networks() {
    let found = error(edited(
        "config.json",
        "\"model_type\": \"bert\"",
        "\"model_type\": \"t5\"",
    ));
    assert!(
        found.starts_with("config.json: model_type \"t5\" is not supported"),
        "{found}"
    );
    let found = error(edited(
        "config.json",
        "\"hidden_act\": \"gelu\"",
        "\"hidden_act\": \"relu\"",
    ));
    assert!(
        found.starts_with("config.json: hidden_act \"relu\" is not supported"),
        "{found}"
    );
}
