//! Opening an index and searching it, with as many products as there are on the Korean market; and the nearest of a
//! million vectors, beside reading their bytes.
//!
//! `cargo bench --bench search`. Names and ingredients are those of `data/`, repeated with numbers; vectors are without
//! meaning, which costs the same.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;
use yaksearch::search::vectors::{Question, Vectors};
use yaksearch::search::{IndexTexts, IndexVectors, Tables};
use yaksearch::{Catalogue, Index, RankOptions, Record, SearchOptions};

const PRODUCTS: usize = 18_749;
const DIMENSIONS: usize = 384;
const MANY: usize = 1_000_000;

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
    group.bench_function("open", |bench| {
        bench.iter(|| Index::from_bytes_alone("bench", black_box(&bytes)).expect("it was just written"));
    });
    group.bench_function("nearest", |bench| {
        let question = vectors(1);
        bench.iter(|| index.nearest(black_box(&question), 10).expect("a sound vector"));
    });
    let question = vectors(1);
    for text in [
        "타",
        "타이레",
        "ㅌㅇㄹㄴ",
        "타이래놀",
        "열을 내리는 약은?",
        "이부프로펜 말고 두통약",
        "한미약품에서 나온 먹는 혈압약 중에 졸리지 않은 것을 찾아줘",
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
        group.bench_function(format!("words {text}"), |bench| {
            bench.iter(|| index.search_words(black_box(text), &SearchOptions::default()));
        });
        group.bench_function(format!("understand {text}"), |bench| {
            bench.iter(|| index.understand(black_box(text)));
        });
    }
    group.finish();
}

fn nearest_of_many(criterion: &mut Criterion) {
    let few = vectors(1000);
    let mut many = Vectors::with_capacity(DIMENSIONS, MANY);
    few.chunks_exact(DIMENSIONS)
        .cycle()
        .take(MANY)
        .for_each(|vector| many.push(vector));
    let bytes = vec![1_u64; MANY * DIMENSIONS / size_of::<u64>()];
    let question = Question::new(&vectors(1));

    let mut group = criterion.benchmark_group("a million vectors");
    group.throughput(Throughput::Bytes((MANY * DIMENSIONS) as u64));
    group.sample_size(20);
    // What memory allows: every byte is read once, on all cores, and hardly anything done with it.
    group.bench_function("read", |bench| {
        bench.iter(|| {
            let sums = black_box(&bytes)
                .par_chunks(1 << 17)
                .map(|part| part.iter().sum::<u64>());
            sums.sum::<u64>()
        });
    });
    group.bench_function("nearest", |bench| bench.iter(|| many.nearest(black_box(&question), 10)));
    group.finish();
}

criterion_group!(benches, search, nearest_of_many);
criterion_main!(benches);
