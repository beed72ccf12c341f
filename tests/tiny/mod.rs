//! The tiny model of `tests/fixtures`, in memory, so that browsers can test with it too.
#![allow(dead_code)] // each test file uses its part

use std::collections::HashMap;

use serde::Deserialize;
use yaksearch::Files;

pub const GOLDEN_TENSORS: &[u8] = include_bytes!("../fixtures/golden.safetensors");
pub const F16: &[u8] = include_bytes!("../fixtures/dtypes/model.f16.safetensors");
pub const BF16: &[u8] = include_bytes!("../fixtures/dtypes/model.bf16.safetensors");

/// `golden.json`.
#[derive(Deserialize)]
pub struct Golden {
    pub hidden_texts: Vec<String>,
    pub texts: Vec<Text>,
}

/// A text and its token ids by role.
#[derive(Deserialize)]
pub struct Text {
    pub name: String,
    pub text: String,
    pub ids: HashMap<String, Vec<u32>>,
    pub full_length: HashMap<String, usize>,
}

pub fn golden() -> Golden {
    serde_json::from_slice(include_bytes!("../fixtures/golden.json")).unwrap()
}

macro_rules! files {
    ($folder:literal, $($name:literal),*) => {{
        let mut files = Files::new($folder);
        $(files.insert($name, include_bytes!(concat!("../fixtures/", $folder, "/", $name)).to_vec());)*
        files
    }};
}

/// The BERT model.
pub fn files() -> Files {
    files!(
        "tiny",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "modules.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
        "tokenizer_config.json"
    )
}

/// The XLM-RoBERTa model, whose tokenizer is the other's.
pub fn xlmr_files() -> Files {
    let mut files = files!(
        "tiny-xlmr",
        "config.json",
        "model.safetensors",
        "modules.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
        "tokenizer_config.json"
    );
    files.insert(
        "tokenizer.json",
        include_bytes!("../fixtures/tiny/tokenizer.json").to_vec(),
    );
    files
}
