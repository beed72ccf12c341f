//! Packing the tiny model: small, deterministic, close to the dense model, and searchable.
#![cfg(not(target_arch = "wasm32"))]

mod tiny;

use std::collections::HashSet;
use std::ops::ControlFlow;

use yaksearch::checkpoint::quantized::Bits;
use yaksearch::checkpoint::{Checkpoint, MANIFEST, Manifest};
use yaksearch::pack::{PackOptions, VocabularyRule, pack};
use yaksearch::search::Purposes;
use yaksearch::storage::write_model;
use yaksearch::{Catalogue, Embedder, Files, Index, Options, Prompts, Role};

fn options(table: Bits) -> PackOptions {
    PackOptions {
        name: "tiny-packed".into(),
        source: "tiny".into(),
        vocabulary: VocabularyRule {
            pieces: 0,
            seen: vec!["acetaminophen 타이레놀".into()],
        },
        table,
        prompts: Prompts::default(),
    }
}

fn packed(table: Bits) -> Files {
    let checkpoint = Checkpoint::open(tiny::files(), true).unwrap();
    pack(&checkpoint, &options(table)).unwrap().0
}

fn load(files: Files) -> Embedder {
    Embedder::load(Checkpoint::open(files, true).unwrap(), &Options::default()).unwrap()
}

#[test]
fn a_packed_model_is_close_to_its_checkpoint() {
    let dense = load(tiny::files());
    let texts: Vec<String> = tiny::golden().texts.into_iter().map(|text| text.text).collect();
    for (table, least) in [(Bits::Eight, 0.999), (Bits::Four, 0.98)] {
        let small = load(packed(table));
        assert_eq!(small.facts().format, "packed");
        assert!(small.facts().vocabulary < dense.facts().vocabulary);
        assert_eq!(small.facts().prompts, dense.facts().prompts);
        let mut compared = 0;
        for text in &texts {
            let (before, after) = (
                dense.tokenize(text, Role::Query).unwrap(),
                small.tokenize(text, Role::Query).unwrap(),
            );
            // Only texts that are still cut into as many known pieces can have the same vector.
            if before.ids.len() != after.ids.len() || after.ids.contains(&3) || before.ids.contains(&3) {
                continue;
            }
            compared += 1;
            let a = dense.embed(&[text], Role::Query).unwrap().vectors;
            let b = small.embed(&[text], Role::Query).unwrap().vectors;
            let cosine: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            assert!(cosine >= least, "{table:?}, {text:?}: cosine {cosine}");
        }
        assert!(compared >= 20, "{compared} texts compared");
    }
}

#[test]
fn texts_whose_pieces_are_all_kept_are_cut_as_before() {
    let checkpoint = Checkpoint::open(tiny::files(), true).unwrap();
    let (files, report) = pack(&checkpoint, &options(Bits::Eight)).unwrap();
    assert!(report.pieces_after < report.pieces_before);
    let vocabulary = |files: &Files| -> Vec<String> {
        let json: serde_json::Value = files.json("tokenizer.json").unwrap();
        let pieces: Vec<(String, f64)> = serde_json::from_value(json["model"]["vocab"].clone()).unwrap();
        pieces.into_iter().map(|(piece, _)| piece).collect()
    };
    let (old, new) = (vocabulary(&checkpoint.files), vocabulary(&files));
    let kept: HashSet<&String> = new.iter().collect();
    let (full, small) = (load(tiny::files()), load(files));
    let mut same = 0;
    for text in tiny::golden().texts {
        let before: Vec<&String> = full
            .tokenize(&text.text, Role::Raw)
            .unwrap()
            .ids
            .iter()
            .map(|&id| &old[id as usize])
            .collect();
        if before.iter().all(|piece| kept.contains(piece)) {
            let after: Vec<&String> = small
                .tokenize(&text.text, Role::Raw)
                .unwrap()
                .ids
                .iter()
                .map(|&id| &new[id as usize])
                .collect();
            assert_eq!(before, after, "{}", text.name);
            same += 1;
        }
    }
    assert!(same >= 20, "{same} texts");
}

#[test]
fn packing_twice_gives_the_same_bytes() {
    let (a, b) = (packed(Bits::Four), packed(Bits::Four));
    for name in a.names() {
        assert_eq!(a.require(name).unwrap(), b.require(name).unwrap(), "{name}");
    }
    assert!(Manifest::read(&a).unwrap().is_some());
}

#[test]
fn a_damaged_packed_model_is_refused() {
    let error = |files: Files| Checkpoint::open(files, true).err().unwrap().to_string();
    let mut files = packed(Bits::Four);
    let mut bytes = files.require("model.safetensors").unwrap().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    files.insert("model.safetensors", bytes.clone());
    assert!(error(files).starts_with("model.safetensors: its SHA-256 is not the one in manifest.json"));
    bytes.pop();
    let mut files = packed(Bits::Four);
    files.insert("model.safetensors", bytes);
    assert!(error(files).contains("it was cut short or replaced"));
    let mut files = packed(Bits::Four);
    let manifest = String::from_utf8(files.require(MANIFEST).unwrap().to_vec()).unwrap();
    files.insert(
        MANIFEST,
        manifest
            .replace("\"format_version\": 1", "\"format_version\": 9")
            .into_bytes(),
    );
    assert!(error(files).starts_with("manifest.json: format_version is 9; this build reads 1"));
}

#[test]
fn a_written_folder_loads_again() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path(), &packed(Bits::Eight)).unwrap();
    let again = Checkpoint::from_folder(folder.path()).unwrap();
    let identity = again.identity().unwrap();
    let embedder = Embedder::load(again, &Options::default()).unwrap();
    assert_eq!(embedder.facts().identity, identity);
}

#[test]
fn an_index_serves_its_own_model_only() {
    let embedder = load(packed(Bits::Eight));
    let csv = "id,name,class_code\n1,판콜에이내복액,114\n2,지르텍정,141\n";
    let catalogue = Catalogue::from_csv("a.csv", csv.as_bytes()).unwrap();
    let index = Index::build(&embedder, catalogue, &Purposes::built_in(), |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let bytes = index.to_bytes();
    assert_eq!(bytes, index.to_bytes());
    let again = Index::from_bytes("a.index", &bytes, &embedder).unwrap();
    assert_eq!(again, index);
    let hits = again.search(&embedder, "지르텍정 141", 5).unwrap();
    assert_eq!(hits.len(), 2);
    assert!(hits[0].score >= hits[1].score);

    let other = load(packed(Bits::Four));
    let error = Index::from_bytes("a.index", &bytes, &other).unwrap_err().to_string();
    assert!(error.starts_with("a.index: made with model "), "{error}");
    for length in 0..bytes.len() {
        assert!(
            Index::from_bytes("a.index", &bytes[..length], &embedder).is_err(),
            "cut at {length}"
        );
    }
}
