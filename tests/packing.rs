//! Packing the tiny model: small, deterministic, close to the dense model, and searchable.
#![cfg(not(target_arch = "wasm32"))]

mod tiny;

use std::collections::HashSet;
use std::ops::ControlFlow;

use yaksearch::checkpoint::quantized::Bits;
use yaksearch::checkpoint::{Checkpoint, MANIFEST, Manifest};
use yaksearch::pack::{PackOptions, VocabularyRule, pack};
use yaksearch::search::Tables;
use yaksearch::storage::write_model;
use yaksearch::{Catalogue, Embedder, Files, Index, Options, Prompts, Role, SearchOptions};

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

/// A model that tells the pieces of a text, not only their ids.
struct Cutter {
    pieces: Vec<String>,
    embedder: Embedder,
}

impl Cutter {
    fn new(files: Files) -> Self {
        let json: serde_json::Value = files.json("tokenizer.json").unwrap();
        let pieces: Vec<(String, f64)> = serde_json::from_value(json["model"]["vocab"].clone()).unwrap();
        Self {
            pieces: pieces.into_iter().map(|(piece, _)| piece).collect(),
            embedder: load(files),
        }
    }

    fn cut(&self, text: &str) -> Vec<&str> {
        let tokens = self.embedder.tokenize(text, Role::Query).unwrap();
        tokens.ids.iter().map(|&id| &self.pieces[id as usize][..]).collect()
    }
}

#[test]
fn a_packed_model_is_close_to_its_checkpoint() {
    let dense = Cutter::new(tiny::files());
    for (table, least) in [(Bits::Eight, 0.999), (Bits::Four, 0.98)] {
        let small = Cutter::new(packed(table));
        let (before, after) = (dense.embedder.facts(), small.embedder.facts());
        assert_eq!(after.format, "packed");
        assert!(after.vocabulary < before.vocabulary);
        assert_eq!(after.prompts, before.prompts);
        let mut compared = 0;
        for text in tiny::golden().texts {
            // A text that is cut into other pieces has another vector by right.
            if dense.cut(&text.text) != small.cut(&text.text) {
                continue;
            }
            compared += 1;
            let a = dense.embedder.embed(&[&text.text], Role::Query).unwrap().vectors;
            let b = small.embedder.embed(&[&text.text], Role::Query).unwrap().vectors;
            let cosine: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            assert!(cosine >= least, "{table:?}, {}: cosine {cosine}", text.name);
        }
        assert!(compared >= 20, "{compared} texts compared");
    }
}

#[test]
fn texts_whose_pieces_are_all_kept_are_cut_as_before() {
    let (full, small) = (Cutter::new(tiny::files()), Cutter::new(packed(Bits::Eight)));
    assert!(small.pieces.len() < full.pieces.len());
    let kept: HashSet<&str> = small.pieces.iter().map(String::as_str).collect();
    let mut same = 0;
    for text in tiny::golden().texts {
        let before = full.cut(&text.text);
        if before.iter().all(|piece| kept.contains(piece)) {
            assert_eq!(before, small.cut(&text.text), "{}", text.name);
            same += 1;
        }
    }
    assert!(same >= 20, "{same} texts");
}

#[test]
fn prompts_are_cut_as_before() {
    let mut options = options(Bits::Eight);
    options.vocabulary.seen.clear();
    options.prompts.query = Some("acetaminophen 타이레놀: ".into());
    let checkpoint = Checkpoint::open(tiny::files(), true).unwrap();
    let small = Cutter::new(pack(&checkpoint, &options).unwrap().0);
    let full = Cutter::new(tiny::files());
    let prompt = full
        .embedder
        .tokenize("acetaminophen 타이레놀: 감기약", Role::Raw)
        .unwrap();
    let prompt: Vec<&str> = prompt.ids.iter().map(|&id| &full.pieces[id as usize][..]).collect();
    assert!(
        prompt.iter().any(|piece| piece.len() > 2 && piece.is_ascii()),
        "no long Latin piece in {prompt:?}"
    );
    assert_eq!(small.cut("감기약"), prompt);
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
            .replace("\"format_version\": 2", "\"format_version\": 9")
            .into_bytes(),
    );
    assert!(error(files).starts_with("manifest.json: format_version is 9; this build reads 2"));
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
    let index = Index::build(&embedder, catalogue, &Tables::built_in(), |_| ControlFlow::Continue(())).unwrap();
    let bytes = index.to_bytes();
    assert_eq!(bytes, index.to_bytes());
    let again = Index::from_bytes("a.index", &bytes, &embedder).unwrap();
    assert_eq!(again.to_bytes(), bytes);
    let hits = again
        .search(&embedder, "지르텍정 141", &SearchOptions::default())
        .unwrap()
        .hits;
    let ids: Vec<&str> = hits.iter().map(|hit| hit.id).collect();
    assert_eq!(ids, ["2", "1"]);
    assert!(hits[0].score > hits[1].score);

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
