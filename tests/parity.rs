//! The dense encoder against Python's transformers and sentence-transformers, natively and in browsers.
//!
//! `tests/fixtures/README.md` says how the expectations were made.

mod tiny;

#[cfg(not(target_arch = "wasm32"))]
use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use candle_core::IndexOp;
use safetensors::SafeTensors;
use yaksearch::checkpoint::{Checkpoint, Pooling, WEIGHTS, Weights};
use yaksearch::encoder::{DenseEncoder, Encoder};
use yaksearch::{Device, Embedder, Options, Precision, Role};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const ROLES: [(&str, Role); 3] = [("raw", Role::Raw), ("query", Role::Query), ("passage", Role::Passage)];

fn embedder(files: yaksearch::Files, precision: Precision) -> Embedder {
    let options = Options {
        precision,
        ..Options::default()
    };
    Embedder::load(Checkpoint::open(files, true).unwrap(), &options).unwrap()
}

fn expected(name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(tiny::GOLDEN_TENSORS).unwrap();
    let bytes = file.tensor(name).unwrap().data().to_vec();
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

fn assert_close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance,
            "{what}, value {place}: {found} against {expected}"
        );
    }
}

#[test]
fn token_ids_are_hugging_faces() {
    let embedder = embedder(tiny::files(), Precision::F32);
    let golden = tiny::golden();
    assert!(golden.texts.len() >= 40);
    for text in &golden.texts {
        for (name, role) in ROLES {
            let tokens = embedder.tokenize(&text.text, role).unwrap();
            assert_eq!(tokens.ids, text.ids[name], "{} as {name}", text.name);
            assert_eq!(
                tokens.ids.len() + tokens.truncated,
                text.full_length[name],
                "{}",
                text.name
            );
        }
    }
}

#[test]
fn vectors_are_sentence_transformers() {
    for (model, files) in [("tiny", tiny::files()), ("tiny-xlmr", tiny::xlmr_files())] {
        let embedder = embedder(files, Precision::F32);
        let texts = tiny::golden().texts;
        let texts: Vec<&str> = texts.iter().map(|text| &text.text[..]).collect();
        for (name, role) in ROLES {
            let found = embedder.embed(&texts, role).unwrap();
            let expected = expected(&format!("{model}.vectors.{name}"));
            assert_close(&found.vectors, &expected, 1e-5, &format!("{model}, {name}"));
        }
    }
}

#[test]
fn hidden_states_are_transformers() {
    for (model, files) in [("tiny", tiny::files()), ("tiny-xlmr", tiny::xlmr_files())] {
        let checkpoint = Checkpoint::open(files, true).unwrap();
        let bytes = checkpoint.files.require(WEIGHTS).unwrap();
        let weights = Weights::open(WEIGHTS, bytes).unwrap();
        let dense = DenseEncoder::load(
            checkpoint.config.clone(),
            Pooling::Mean,
            &weights,
            Device::Cpu,
            Precision::F32,
        )
        .unwrap();
        let golden = tiny::golden();
        let texts: Vec<_> = golden
            .texts
            .iter()
            .filter(|text| golden.hidden_texts.contains(&text.name))
            .collect();
        assert_eq!(texts.len(), golden.hidden_texts.len());
        let sequences: Vec<&[u32]> = texts.iter().map(|text| &text.ids["raw"][..]).collect();
        let (states, _) = dense.hidden_states(&sequences).unwrap();
        for (row, text) in texts.iter().enumerate() {
            let found: Vec<f32> = states
                .i((row, ..sequences[row].len()))
                .unwrap()
                .flatten_all()
                .unwrap()
                .to_vec1()
                .unwrap();
            let expected = expected(&format!("{model}.hidden.{}", text.name));
            assert_close(&found, &expected, 1e-5, &format!("{model}, {}", text.name));
        }
    }
}

#[test]
fn a_texts_vector_does_not_depend_on_its_batch() {
    let embedder = embedder(tiny::files(), Precision::F32);
    let texts: Vec<String> = tiny::golden()
        .texts
        .into_iter()
        .map(|text| text.text)
        .take(32)
        .collect();
    let together = embedder.embed(&texts, Role::Passage).unwrap();
    for (text, row) in texts.iter().zip(together.rows()) {
        let alone = embedder.embed(&[text], Role::Passage).unwrap();
        assert_close(row, &alone.vectors, 1e-6, text);
    }
}

#[test]
fn half_precision_weights_are_read() {
    let texts = tiny::golden().texts;
    let texts: Vec<&str> = texts.iter().map(|text| &text.text[..]).collect();
    for (name, weights) in [("f16", tiny::F16), ("bf16", tiny::BF16)] {
        let mut files = tiny::files();
        files.insert(WEIGHTS, weights.to_vec());
        let found = embedder(files, Precision::F32).embed(&texts, Role::Query).unwrap();
        assert_close(&found.vectors, &expected(&format!("{name}.vectors.query")), 1e-5, name);
    }
}

#[test]
fn half_precision_arithmetic_stays_near_and_never_turns_into_nan() {
    let texts = tiny::golden().texts;
    let texts: Vec<&str> = texts.iter().map(|text| &text.text[..]).collect();
    let exact = embedder(tiny::files(), Precision::F32)
        .embed(&texts, Role::Query)
        .unwrap();
    for (precision, tolerance) in [(Precision::F16, 0.01), (Precision::BF16, 0.05)] {
        let found = embedder(tiny::files(), precision).embed(&texts, Role::Query).unwrap();
        assert_close(&found.vectors, &exact.vectors, tolerance, &format!("{precision:?}"));
    }
}

#[test]
fn the_encoder_refuses_ids_beyond_its_table() {
    let checkpoint = Checkpoint::open(tiny::files(), true).unwrap();
    let bytes = checkpoint.files.require(WEIGHTS).unwrap();
    let weights = Weights::open(WEIGHTS, bytes).unwrap();
    let config = checkpoint.config.clone();
    let dense = DenseEncoder::load(config, Pooling::Mean, &weights, Device::Cpu, Precision::F32).unwrap();
    let error = dense.encode(&[&[0, 450, 2]]).unwrap_err().to_string();
    assert_eq!(
        error,
        "sequence 0, position 1: token id 450 is beyond the embedding table of 450 rows"
    );
}
