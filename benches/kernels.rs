//! The kernels one by one, at the sizes of multilingual-e5-small, on every instruction set of this machine.
//!
//! `cargo bench --bench kernels`; throughput is in elements: multiply-adds of a product, values of the others.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use yaksearch::kernels::{Activations, AttentionScratch, BLOCK, Before, Heads, Isa, LayerNorm, Output, Panels, Target};

const HIDDEN: usize = 384;
const INNER: usize = 1536;
const TOKENS: [usize; 3] = [16, 64, 256];

/// Values without pattern, the same each time.
fn values(length: usize) -> Vec<f32> {
    (0..length)
        .map(|place| ((place * 7919 % 1000) as f32 - 480.0) / 300.0)
        .collect()
}

fn linear(criterion: &mut Criterion) {
    for (inputs, outputs) in [(HIDDEN, HIDDEN), (HIDDEN, INNER), (INNER, HIDDEN)] {
        let mut group = criterion.benchmark_group(format!("linear {inputs}x{outputs}"));
        for isa in Isa::available() {
            let mut codes: Vec<u8> = (0..inputs * outputs).map(|place| (place * 7 % 31) as u8).collect();
            let sums = isa.pack_codes(&mut codes, inputs);
            let scales = vec![half::f16::from_f32(0.004); inputs * outputs / BLOCK];
            let bias = vec![0.0; outputs];
            let weights = Panels {
                inputs,
                outputs,
                codes: &codes,
                scales: &scales,
                sums: &sums,
                bias: &bias,
            };
            for tokens in TOKENS {
                let mut rows = Activations::default();
                rows.resize(tokens, inputs);
                isa.quantize(&values(tokens * inputs), Before::Nothing, &mut rows);
                let mut out = vec![0.0; tokens * outputs];
                group.throughput(Throughput::Elements((tokens * inputs * outputs) as u64));
                group.bench_function(BenchmarkId::new(isa.name(), tokens), |bencher| {
                    bencher.iter(|| {
                        let target = Target {
                            values: &mut out,
                            stride: outputs,
                            column: 0,
                            output: Output::Replace,
                        };
                        isa.linear(black_box(&rows), &weights, target);
                    });
                });
            }
        }
        group.finish();
    }
}

fn attention(criterion: &mut Criterion) {
    let heads = Heads { count: 12, width: 32 };
    let mut group = criterion.benchmark_group("attention");
    for isa in Isa::available() {
        for tokens in TOKENS {
            let projected = values(3 * tokens * HIDDEN);
            let mut context = vec![0.0; tokens * HIDDEN];
            let mut scratch = AttentionScratch::default();
            // Scores and context, each a multiply-add for every pair of tokens and column.
            group.throughput(Throughput::Elements((2 * tokens * tokens * HIDDEN) as u64));
            group.bench_function(BenchmarkId::new(isa.name(), tokens), |bencher| {
                bencher.iter(|| isa.attention(black_box(&projected), heads, &mut context, &mut scratch));
            });
        }
    }
    group.finish();
}

fn rows(criterion: &mut Criterion) {
    let tokens = 64;
    let norm = LayerNorm {
        weight: vec![1.0; HIDDEN],
        bias: vec![0.0; HIDDEN],
        epsilon: 1e-12,
    };
    for isa in Isa::available() {
        let mut group = criterion.benchmark_group(format!("{tokens} rows, {}", isa.name()));
        for (name, width, before) in [
            ("quantise", HIDDEN, Before::Nothing),
            ("GELU and quantise", INNER, Before::Gelu),
        ] {
            let input = values(tokens * width);
            let mut activations = Activations::default();
            activations.resize(tokens, width);
            group.throughput(Throughput::Elements(input.len() as u64));
            group.bench_function(BenchmarkId::new(name, width), |bencher| {
                bencher.iter(|| isa.quantize(black_box(&input), before, &mut activations));
            });
        }
        let mut states = values(tokens * HIDDEN);
        group.throughput(Throughput::Elements(states.len() as u64));
        group.bench_function(BenchmarkId::new("LayerNorm", HIDDEN), |bencher| {
            bencher.iter(|| isa.layer_norm(black_box(&mut states), &norm));
        });
        group.finish();
    }
}

criterion_group!(benches, linear, attention, rows);
criterion_main!(benches);
