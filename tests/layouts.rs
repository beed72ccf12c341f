//! What versions 2 to 6 of sentence-transformers write for the tiny model loads alike.
#![cfg(not(target_arch = "wasm32"))]

mod tiny;

use std::path::Path;

use safetensors::SafeTensors;
use serde_json::Value;
use yaksearch::checkpoint::Checkpoint;
use yaksearch::{Embedder, Files, Options, Role};

/// The tiny model with the files of one version laid over it.
fn layout(version: &str) -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/layouts")
        .join(version);
    let overlay = Files::from_folder(&folder).unwrap();
    let mut files = tiny::files();
    for name in overlay.names() {
        let bytes = overlay.require(name).unwrap().to_vec();
        if name == "tokenizer_settings.json" {
            // What that version put into tokenizer.json: padding and truncation, which the loader must not follow.
            let settings: Value = serde_json::from_slice(&bytes).unwrap();
            let mut tokenizer: Value = files.json("tokenizer.json").unwrap();
            for (key, value) in settings.as_object().unwrap() {
                tokenizer[key] = value.clone();
            }
            files.insert("tokenizer.json", tokenizer.to_string().into_bytes());
        } else {
            files.insert(name, bytes);
        }
    }
    files
}

#[test]
fn every_version_gives_the_same_vectors() {
    let golden = SafeTensors::deserialize(tiny::GOLDEN_TENSORS).unwrap();
    let texts: Vec<String> = tiny::golden().texts.into_iter().map(|text| text.text).collect();
    for version in ["v2", "v3", "v4", "v5", "v6"] {
        let checkpoint = Checkpoint::open(layout(version), true).unwrap();
        let embedder = Embedder::load(checkpoint, &Options::default()).unwrap();
        assert_eq!(embedder.facts().max_tokens, 64, "{version}");
        for (name, role) in [("query", Role::Query), ("passage", Role::Passage)] {
            let found = embedder.embed(&texts, role).unwrap().vectors;
            let view = golden.tensor(&format!("tiny.vectors.{name}")).unwrap();
            for (found, expected) in found.iter().zip(view.data().as_chunks::<4>().0) {
                let expected = f32::from_le_bytes(*expected);
                assert!(
                    (found - expected).abs() <= 1e-5,
                    "{version}, {name}: {found} against {expected}"
                );
            }
        }
    }
}
