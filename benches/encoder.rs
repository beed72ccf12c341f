//! The packed encoder on the model that ships, on every instruction set of this machine, beside the dense encoder.
//!
//! `RAYON_NUM_THREADS=1 cargo bench --bench encoder` for one thread.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use yaksearch::checkpoint::{Checkpoint, WEIGHTS, Weights};
use yaksearch::encoder::{DenseEncoder, Encoder, PackedEncoder};
use yaksearch::kernels::Isa;
use yaksearch::{Device, Precision};

/// A sequence of `length` tokens within any vocabulary that packing keeps.
fn sequence(length: usize) -> Vec<u32> {
    (0..length).map(|place| (place * 7 % 5000 + 5) as u32).collect()
}

fn encoders() -> Vec<Box<dyn Encoder>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/yak-e5-small-ko");
    let checkpoint = Checkpoint::from_folder(&folder).expect("the repository holds the model");
    let (config, pooling) = (checkpoint.config.clone(), checkpoint.sentence.pooling);
    let bytes = checkpoint.files.require(WEIGHTS).expect("a model has weights").to_vec();
    let weights = Weights::open(WEIGHTS, &bytes).expect("the weights are whole");
    let dense = DenseEncoder::load(config.clone(), pooling, &weights, Device::Cpu, Precision::F32);
    let mut encoders: Vec<Box<dyn Encoder>> = vec![Box::new(dense.expect("the weights are whole"))];
    for isa in Isa::available() {
        let packed = PackedEncoder::load_for(isa, config.clone(), pooling, WEIGHTS, bytes.clone());
        encoders.push(Box::new(packed.expect("the weights are whole")));
    }
    encoders
}

fn one_text(criterion: &mut Criterion) {
    let encoders = encoders();
    let mut group = criterion.benchmark_group("one text");
    group.sample_size(20);
    for encoder in &encoders {
        for length in [16, 64, 256] {
            let ids = sequence(length);
            group.throughput(Throughput::Elements(length as u64));
            group.bench_function(BenchmarkId::new(encoder.backend(), length), |bencher| {
                bencher.iter(|| encoder.encode(black_box(&[&ids])).expect("the ids are in the table"));
            });
        }
    }
    group.finish();
}

fn many_texts(criterion: &mut Criterion) {
    let encoders = encoders();
    // 47 tokens: the mean of Korean product texts.
    let texts: Vec<Vec<u32>> = (0..32).map(|_| sequence(47)).collect();
    let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    let mut group = criterion.benchmark_group("32 texts of 47 tokens");
    group.sample_size(10);
    group.throughput(Throughput::Elements(texts.len() as u64));
    for encoder in &encoders {
        group.bench_function(encoder.backend(), |bencher| {
            bencher.iter(|| encoder.encode(black_box(&texts)).expect("the ids are in the table"));
        });
    }
    group.finish();
}

criterion_group!(benches, one_text, many_texts);
criterion_main!(benches);
