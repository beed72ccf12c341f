//! The real multilingual-e5-small: `YAKSEARCH_BASE=FOLDER cargo test --release --test base`. Without the folder each
//! test says so and passes.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde::Deserialize;
use yaksearch::checkpoint::quantized::Bits;
use yaksearch::checkpoint::{Checkpoint, TOKENIZER, WEIGHTS, sha256_hex};
use yaksearch::encoder::Backend;
use yaksearch::pack::{PackOptions, VocabularyRule, pack};
use yaksearch::search::Tables;
use yaksearch::{Catalogue, Embedder, Embeddings, Options, Prompts, Role};

/// The folder, unless there is none.
fn base() -> Option<PathBuf> {
    let folder = std::env::var_os("YAKSEARCH_BASE").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: YAKSEARCH_BASE names no folder of multilingual-e5-small");
    }
    folder
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// `base_token_ids.json`.
#[derive(Deserialize)]
struct Golden {
    tokenizer_sha256: String,
    weights_sha256: String,
    vector_texts: Vec<usize>,
    full_length: Vec<usize>,
    ids: Vec<Vec<u32>>,
}

fn golden() -> (Golden, Vec<String>) {
    let texts = String::from_utf8(fixture("base_texts.txt")).unwrap();
    let texts = texts.strip_suffix('\n').unwrap_or(&texts);
    (
        serde_json::from_slice(&fixture("base_token_ids.json")).unwrap(),
        texts.split('\n').map(str::to_owned).collect(),
    )
}

fn prompts() -> Prompts {
    Prompts {
        query: Some("query: ".into()),
        passage: Some("passage: ".into()),
    }
}

fn load(checkpoint: Checkpoint, backend: Backend) -> Embedder {
    let options = Options {
        backend,
        prompts: prompts(),
        ..Options::default()
    };
    Embedder::load(checkpoint, &options).unwrap()
}

#[test]
fn token_ids_are_hugging_faces() {
    let Some(folder) = base() else { return };
    let checkpoint = Checkpoint::from_folder(&folder).unwrap();
    let (golden, texts) = golden();
    assert_eq!(
        sha256_hex(checkpoint.files.require(TOKENIZER).unwrap()),
        golden.tokenizer_sha256
    );
    let embedder = load(checkpoint, Backend::Auto);
    assert!(texts.len() >= 300 && texts.len() == golden.ids.len());
    for (line, text) in texts.iter().enumerate() {
        let tokens = embedder.tokenize(text, Role::Raw).unwrap();
        assert_eq!(tokens.ids, golden.ids[line], "line {}: {text}", line + 1);
        assert_eq!(
            tokens.ids.len() + tokens.truncated,
            golden.full_length[line],
            "line {}",
            line + 1
        );
    }
}

#[test]
fn vectors_are_sentence_transformers() {
    let Some(folder) = base() else { return };
    let checkpoint = Checkpoint::from_folder(&folder).unwrap();
    let (golden, texts) = golden();
    assert_eq!(
        sha256_hex(checkpoint.files.require(WEIGHTS).unwrap()),
        golden.weights_sha256,
        "the golden vectors belong to other weights"
    );
    let embedder = load(checkpoint, Backend::Auto);
    let file = fixture("base_vectors.safetensors");
    let file = SafeTensors::deserialize(&file).unwrap();
    let texts: Vec<&str> = golden.vector_texts.iter().map(|&line| &texts[line][..]).collect();
    for (name, role) in [("query", Role::Query), ("passage", Role::Passage)] {
        let found = embedder.embed(&texts, role).unwrap().vectors;
        let wanted = file.tensor(name).unwrap();
        let wanted = wanted
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes));
        assert_eq!(found.len(), wanted.len());
        for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            assert!(
                (found - wanted).abs() <= 1e-5,
                "{name}, value {place}: {found} against {wanted}"
            );
        }
    }
}

fn packed(folder: &Path) -> Checkpoint {
    let options = PackOptions {
        name: "packed".into(),
        source: "multilingual-e5-small".into(),
        vocabulary: VocabularyRule {
            seen: product_texts(),
            ..VocabularyRule::default()
        },
        table: Bits::Four,
        prompts: prompts(),
    };
    let (files, _) = pack(&Checkpoint::from_folder(folder).unwrap(), &options).unwrap();
    Checkpoint::open(files, true).unwrap()
}

/// The catalogue's products in several texts each: over 2,000.
fn product_texts() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/products.csv");
    let catalogue = Catalogue::from_csv("data/products.csv", &std::fs::read(file).unwrap()).unwrap();
    let tables = Tables::built_in();
    let mut texts = Vec::new();
    for record in &catalogue.records {
        texts.extend([
            tables.passage(record),
            record.passage("", &[]),
            record.name.clone(),
            format!("{} {} {}", record.company, record.name, record.form),
            format!("{} {}", record.name, record.ingredients_en.join(", ")),
            format!(
                "{} {} {}",
                record.class_name_ko,
                record.ingredients_ko.join(" "),
                record.rx_otc
            ),
        ]);
        texts.extend(record.ingredients_ko.clone());
    }
    texts.sort();
    texts.dedup();
    assert!(texts.len() >= 2000, "{} texts", texts.len());
    texts
}

#[test]
fn product_texts_are_cut_alike_after_pruning() {
    let Some(folder) = base() else { return };
    let pieces = |checkpoint: &Checkpoint| -> Vec<String> {
        let json: serde_json::Value = checkpoint.files.json(&checkpoint.name_of(TOKENIZER)).unwrap();
        let pieces: Vec<(String, f64)> = serde_json::from_value(json["model"]["vocab"].clone()).unwrap();
        pieces.into_iter().map(|(piece, _)| piece).collect()
    };
    let (full, small) = (Checkpoint::from_folder(&folder).unwrap(), packed(&folder));
    let (full_pieces, small_pieces) = (pieces(&full), pieces(&small));
    let kept: HashSet<&str> = small_pieces.iter().map(String::as_str).collect();
    let (full, small) = (load(full, Backend::Auto), load(small, Backend::Auto));
    let cut = |embedder: &Embedder, pieces: &[String], text: &str| -> Vec<String> {
        let ids = embedder.tokenize(text, Role::Passage).unwrap().ids;
        ids.iter().map(|&id| pieces[id as usize].clone()).collect()
    };
    let texts = product_texts();
    let mut all_kept = 0;
    for text in &texts {
        let before = cut(&full, &full_pieces, text);
        if before.iter().all(|piece| kept.contains(&piece[..])) {
            all_kept += 1;
            assert_eq!(before, cut(&small, &small_pieces, text), "{text}");
        }
    }
    eprintln!("{all_kept} of {} texts have only pieces that were kept", texts.len());
    assert!(all_kept as f64 >= 0.97 * texts.len() as f64);
}

#[test]
fn packed_ranks_as_dense_does() {
    let Some(folder) = base() else { return };
    let (_, texts) = golden();
    let questions: Vec<&String> = texts
        .iter()
        .filter(|text| text.chars().count() >= 5)
        .take(100)
        .collect();
    let products = product_texts();
    let passages: Vec<&String> = products.iter().filter(|text| text.contains(' ')).collect();
    // One set of 200 is right or wrong by half a point by chance.
    let sets: Vec<_> = passages.chunks_exact(200).collect();
    assert!(sets.len() >= 9, "{} sets", sets.len());
    let dense = load(Checkpoint::from_folder(&folder).unwrap(), Backend::Dense);
    let small = load(packed(&folder), Backend::Auto);
    let top_tens = |embedder: &Embedder| -> Vec<HashSet<usize>> {
        let questions = embedder.embed(&questions, Role::Query).unwrap();
        let top_ten = |passages: &Embeddings, question: &[f32]| -> HashSet<usize> {
            let score = |row: &[f32]| row.iter().zip(question).map(|(a, b)| a * b).sum::<f32>();
            let mut order: Vec<(usize, f32)> = passages.rows().map(score).enumerate().collect();
            order.sort_by(|a, b| b.1.total_cmp(&a.1));
            order[..10].iter().map(|(place, _)| *place).collect()
        };
        sets.iter()
            .flat_map(|set| {
                let passages = embedder.embed(set, Role::Passage).unwrap();
                questions
                    .rows()
                    .map(|question| top_ten(&passages, question))
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    let (before, after) = (top_tens(&dense), top_tens(&small));
    let same: usize = before.iter().zip(&after).map(|(a, b)| a.intersection(b).count()).sum();
    let share = same as f64 / (10 * before.len()) as f64;
    eprintln!(
        "{share:.4} of the top ten are the same, in {} sets of texts",
        sets.len()
    );
    assert!(share >= 0.95, "{share}");
}
