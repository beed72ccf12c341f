//! Opening an index and searching it, with as many products as there are on the Korean market.
//!
//! `cargo bench --bench search`. Names and ingredients are those of `data/`, repeated with numbers; vectors are without
//! meaning, which costs the same.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use yaksearch::search::{IndexTexts, IndexVectors, Tables};
use yaksearch::{Catalogue, Index, RankOptions, Record};

const PRODUCTS: usize = 18_749;
const DIMENSIONS: usize = 384;

fn products() -> Vec<Record> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/training_products.csv");
    let bytes = std::fs::read(file).expect("data/training_products.csv is part of the repository");
    let known = Catalogue::from_csv(file, &bytes).expect("and sound").records;
    let all = (0..PRODUCTS).map(|number| {
        let mut record = known[number % known.len()].clone();
        record.id = format!("{number}");
        if number >= known.len() {
            // Another product of a generic house: the brand's syllables turned round.
            let (brand, rest) = record.name.split_at(record.name.find(['정', '캡', '주']).unwrap_or(0));
            record.name = brand.chars().rev().chain(rest.chars()).collect();
        }
        record
    });
    all.collect()
}

/// Unit vectors without pattern, the same each time.
fn vectors(count: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut all: Vec<f32> = (0..count * DIMENSIONS)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        })
        .collect();
    for vector in all.chunks_exact_mut(DIMENSIONS) {
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|value| *value /= length);
    }
    all
}

fn search(criterion: &mut Criterion) {
    let (records, tables) = (products(), Tables::built_in());
    let texts = IndexTexts::new(&records, &tables);
    let all = vectors(texts.len());
    let (passages, rest) = all.split_at(records.len() * DIMENSIONS);
    let (phrases, questions) = rest.split_at(texts.phrases.len() * DIMENSIONS);
    let index = Index::of_vectors(
        "none",
        Catalogue { records },
        &tables,
        IndexVectors {
            dimensions: DIMENSIONS,
            passages,
            phrases,
            questions,
        },
    )
    .expect("vectors and texts agree");
    let bytes = index.to_bytes();
    eprintln!("{PRODUCTS} products: {:.2} MB", bytes.len() as f64 / 1e6);

    let mut group = criterion.benchmark_group("index");
    group.sample_size(20);
    group.bench_function("write", |bench| bench.iter(|| black_box(index.to_bytes())));
    let question = vectors(1);
    for text in [
        "타",
        "타이레",
        "ㅌㅇㄹㄴ",
        "타이래놀",
        "열을 내리는 약은?",
        "이부프로펜 말고 두통약",
    ] {
        for group_hits in [false, true] {
            let options = RankOptions {
                top_k: 20,
                filter: None,
                group: group_hits,
            };
            let name = format!("rank {text}{}", if group_hits { ", grouped" } else { "" });
            group.bench_function(name, |bench| {
                bench.iter(|| {
                    index
                        .rank(black_box(text), Some(&question), &options)
                        .expect("a sound vector")
                });
            });
        }
        group.bench_function(format!("understand {text}"), |bench| {
            bench.iter(|| index.understand(black_box(text)));
        });
    }
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
