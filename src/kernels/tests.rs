//! Every operation against a naive oracle in double precision, and every instruction set against plain Rust bit by bit.
//!
//! The same tests run natively and in browsers.

use half::f16;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

/// The plain one, which the others must equal.
const ORACLE: Isa = Isa(Kind::Portable);

/// Runs `check` on cases of `strategy`: the same ones every time, since a browser has no place for a file of seeds.
fn check_all<S: Strategy>(strategy: S, check: impl Fn(S::Value)) {
    let mut config = ProptestConfig::with_cases(if cfg!(target_arch = "wasm32") { 40 } else { 120 });
    config.failure_persistence = None;
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
    .run(&strategy, |case| {
        check(case);
        Ok(())
    })
    .unwrap_or_else(|error| panic!("{error}"));
}

/// Floats as they occur and as they should not: ordinary, huge, tiny, all alike, zero, with an outlier.
fn floats(length: usize) -> impl Strategy<Value = Vec<f32>> {
    let ordinary = || proptest::collection::vec(-4.0_f32..4.0, length);
    prop_oneof![
        6 => ordinary(),
        1 => (ordinary(), -37..30_i32).prop_map(|(values, exponent)| {
            values.into_iter().map(|value| value * 10_f32.powi(exponent)).collect()
        }),
        1 => (-3.0_f32..3.0).prop_map(move |value| vec![value; length]),
        1 => (ordinary(), 0..length).prop_map(|(mut values, place)| {
            values[place] *= 1000.0;
            values
        }),
        1 => ordinary().prop_map(|values| values.into_iter().map(|value| value + 1000.0).collect()),
        1 => Just(vec![0.0; length]),
    ]
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// What the codes of plain Rust stand for.
fn dequantised(activations: &Activations) -> Vec<f64> {
    let (rows, width) = (activations.rows(), activations.width());
    let mut values = Vec::with_capacity(rows * width);
    for row in 0..rows {
        let (codes, scales) = activations.group(row / 4 * 4, 1);
        for place in 0..width {
            // SAFETY: a group has four rows of `width` codes of one byte and of a scale for each block.
            let (code, scale) = unsafe {
                (
                    *codes.add(place / 4 * 16 + row % 4 * 4 + place % 4),
                    *scales.add(place / BLOCK * 4 + row % 4),
                )
            };
            assert!(code <= 127, "codes have 7 bits");
            values.push((f64::from(code) + f64::from(scale.zero as i16)) * f64::from(scale.scale));
        }
    }
    values
}

fn quantised(isa: Isa, values: &[f32], width: usize, before: Before) -> Activations {
    let mut activations = Activations::default();
    activations.resize(values.len() / width, width);
    isa.quantize(values, before, &mut activations);
    activations
}

fn gelu(x: f64) -> f64 {
    x * (1.0 + candle_core::cpu::erf::erf_f64(x / std::f64::consts::SQRT_2)) / 2.0
}

#[test]
fn quantised_values_are_within_a_step() {
    let cases = (1..4_usize, 1..4_usize)
        .prop_flat_map(|(rows, blocks)| (Just(blocks * BLOCK), floats(rows * blocks * BLOCK), proptest::bool::ANY));
    check_all(cases, |(width, values, with_gelu)| {
        let before = if with_gelu { Before::Gelu } else { Before::Nothing };
        let wanted: Vec<f64> = values
            .iter()
            .map(|&value| {
                if with_gelu {
                    gelu(f64::from(value))
                } else {
                    f64::from(value)
                }
            })
            .collect();
        let found = dequantised(&quantised(ORACLE, &values, width, before));
        for (wanted, found) in wanted.chunks(BLOCK).zip(found.chunks(BLOCK)) {
            let (low, high) = wanted.iter().fold((f64::MAX, f64::MIN), |(low, high), &value| {
                (low.min(value), high.max(value))
            });
            let largest = low.abs().max(high.abs());
            // Half a step for the value, half a one for the zero point; and what f32 itself loses.
            let step = ((high - low) / 126.0).max(largest / 32_000.0);
            for (wanted, found) in wanted.iter().zip(found) {
                let error = (wanted - found).abs();
                assert!(
                    error <= 1.01 * step + 1e-6 * largest + 2e-28,
                    "{wanted} became {found}, step {step}"
                );
            }
        }
    });
}

#[test]
fn blocks_that_hold_no_numbers_spoil_no_others() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut values = vec![1.0; 64];
        values[3] = bad;
        for isa in Isa::available() {
            // Whatever the codes are, the kernels must not go out of bounds or leave the range.
            quantised(isa, &values, 64, Before::Gelu);
            quantised(isa, &values, 64, Before::Nothing);
        }
        let found = dequantised(&quantised(ORACLE, &values, 64, Before::Nothing));
        assert!(found[32..].iter().all(|&value| (value - 1.0).abs() < 1e-6));
    }
}

/// Scales a block to where packing would leave it, as near to the bound as it comes.
fn lighten(block: &mut [u8; BLOCK]) {
    let heaviest = heaviest_lane(block);
    if heaviest > HEAVIEST_LANE {
        for code in block {
            *code = (i32::from(*code as i8) * HEAVIEST_LANE as i32 / heaviest as i32) as u8;
        }
    }
}

/// A random matrix as it lies in a file.
#[derive(Debug, Clone)]
struct Matrix {
    inputs: usize,
    outputs: usize,
    codes: Vec<u8>,
    scales: Vec<f16>,
    bias: Vec<f32>,
}

impl Matrix {
    fn strategy(inputs: usize, outputs: usize) -> impl Strategy<Value = Self> {
        let codes = prop_oneof![
            3 => proptest::collection::vec(any::<u8>(), inputs * outputs),
            1 => Just(vec![0x80; inputs * outputs]),
            1 => Just(vec![0x7f; inputs * outputs]),
        ];
        let scales = proptest::collection::vec(0.0_f32..0.01, inputs / BLOCK * outputs);
        let bias = proptest::collection::vec(-1.0_f32..1.0, outputs);
        (codes, scales, bias).prop_map(move |(mut codes, scales, bias)| Self {
            inputs,
            outputs,
            codes: {
                codes.as_chunks_mut::<BLOCK>().0.iter_mut().for_each(lighten);
                codes
            },
            scales: scales.into_iter().map(f16::from_f32).collect(),
            bias,
        })
    }

    fn weight(&self, output: usize, input: usize) -> f64 {
        let place = output * self.inputs + input;
        f64::from(self.codes[place] as i8) * self.scales[place / BLOCK].to_f64()
    }

    /// The product by `isa` with these activations, added to `old` where there is one, in columns
    /// `column..column + outputs` of rows of `stride`.
    fn product(&self, isa: Isa, activations: &Activations, old: Option<f32>, column: usize, stride: usize) -> Vec<f32> {
        let mut codes = self.codes.clone();
        let sums = isa.pack_codes(&mut codes, self.inputs);
        let scales: Vec<u8> = self.scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        let scales = isa.pack_scales(&scales, self.inputs);
        let panels = Panels {
            inputs: self.inputs,
            outputs: self.outputs,
            codes: &codes,
            scales: &scales,
            sums: &sums,
            bias: &self.bias,
        };
        let mut values = vec![old.unwrap_or(f32::MAX); activations.rows() * stride];
        let target = Target {
            values: &mut values,
            stride,
            column,
            output: if old.is_some() { Output::Add } else { Output::Replace },
        };
        isa.linear(activations, &panels, target);
        values
    }
}

#[test]
fn linear_is_the_product() {
    // Rows beyond a tile, one panel and several, blocks up to BERT's 12; a target that is wider than the product.
    let cases = (1..10_usize, 1..13_usize, 1..4_usize, 0..3_usize).prop_flat_map(|(rows, inputs, outputs, column)| {
        (
            floats(rows * inputs * BLOCK),
            Matrix::strategy(inputs * BLOCK, outputs * BLOCK),
            Just(column * 8),
            proptest::option::of(-2.0_f32..2.0),
        )
    });
    check_all(cases, |(values, matrix, column, old)| {
        let stride = column + matrix.outputs + 8;
        let plain = quantised(ORACLE, &values, matrix.inputs, Before::Nothing);
        let product = matrix.product(ORACLE, &plain, old, column, stride);
        let inputs = dequantised(&plain);
        for (row, (inputs, found)) in inputs.chunks(matrix.inputs).zip(product.chunks(stride)).enumerate() {
            for (place, &found) in found.iter().enumerate() {
                let Some(output) = place.checked_sub(column).filter(|&output| output < matrix.outputs) else {
                    assert_eq!(
                        found,
                        old.unwrap_or(f32::MAX),
                        "row {row}, column {place} is not the product's"
                    );
                    continue;
                };
                let terms = || {
                    inputs
                        .iter()
                        .enumerate()
                        .map(|(input, value)| value * matrix.weight(output, input))
                };
                let start = f64::from(old.unwrap_or(0.0)) + f64::from(matrix.bias[output]);
                let wanted = terms().sum::<f64>() + start;
                let size = terms().map(f64::abs).sum::<f64>() + start.abs();
                assert!(
                    (wanted - f64::from(found)).abs() <= 3e-6 * size + 1e-30,
                    "row {row}, output {output}: {found}, not {wanted}"
                );
            }
        }
        for isa in Isa::available() {
            let own = quantised(isa, &values, matrix.inputs, Before::Nothing);
            let own = matrix.product(isa, &own, old, column, stride);
            assert_eq!(bits(&own), bits(&product), "{}", isa.name());
        }
    });
}

#[test]
fn gelu_before_a_product_is_the_same_everywhere() {
    let cases = (1..6_usize).prop_flat_map(|rows| (floats(rows * 64), Matrix::strategy(64, 32)));
    check_all(cases, |(values, matrix)| {
        let product = |isa| matrix.product(isa, &quantised(isa, &values, 64, Before::Gelu), None, 0, 32);
        for isa in Isa::available() {
            assert_eq!(bits(&product(isa)), bits(&product(ORACLE)), "{}", isa.name());
        }
    });
}

#[test]
fn a_row_does_not_depend_on_its_neighbours() {
    let cases = (2..10_usize).prop_flat_map(|rows| (floats(rows * 96), Matrix::strategy(96, 64)));
    check_all(cases, |(values, matrix)| {
        for isa in Isa::available() {
            let product =
                |values: &[f32]| matrix.product(isa, &quantised(isa, values, 96, Before::Nothing), None, 0, 64);
            let alone: Vec<f32> = values.chunks(96).flat_map(product).collect();
            assert_eq!(bits(&product(&values)), bits(&alone), "{}", isa.name());
        }
    });
}

#[test]
fn layer_norm_normalises() {
    let cases = (1..4_usize, 1..10_usize).prop_flat_map(|(rows, vectors)| {
        let width = vectors * 8;
        let parameter = || proptest::collection::vec(-2.0_f32..2.0, width);
        (
            proptest::collection::vec(-4.0_f32..4.0, rows * width),
            parameter(),
            parameter(),
        )
    });
    check_all(cases, |(values, weight, bias)| {
        let norm = LayerNorm {
            weight,
            bias,
            epsilon: 1e-5,
        };
        let width = norm.weight.len();
        let mut plain = values.clone();
        ORACLE.layer_norm(&mut plain, &norm);
        for (row, found) in values.chunks(width).zip(plain.chunks(width)) {
            let mean = row.iter().map(|&value| f64::from(value)).sum::<f64>() / width as f64;
            let variance = row.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / width as f64;
            for (place, (&value, &found)) in row.iter().zip(found).enumerate() {
                let normal = (f64::from(value) - mean) / (variance + 1e-5).sqrt();
                let wanted = normal * f64::from(norm.weight[place]) + f64::from(norm.bias[place]);
                assert!((wanted - f64::from(found)).abs() < 2e-5, "{found}, not {wanted}");
            }
        }
        for isa in Isa::available() {
            let mut own = values.clone();
            isa.layer_norm(&mut own, &norm);
            assert_eq!(bits(&own), bits(&plain), "{}", isa.name());
        }
    });
}

/// Attention of one sequence as it is defined.
fn naive_attention(projected: &[f32], heads: Heads, tokens: usize) -> Vec<f64> {
    let hidden = heads.count * heads.width;
    let at = |part: usize, token: usize, head: usize, column: usize| {
        f64::from(projected[token * 3 * hidden + part * hidden + head * heads.width + column])
    };
    let mut context = vec![0.0; tokens * hidden];
    for head in 0..heads.count {
        for query in 0..tokens {
            let scores: Vec<f64> = (0..tokens)
                .map(|key| {
                    (0..heads.width)
                        .map(|column| at(0, query, head, column) * at(1, key, head, column))
                        .sum::<f64>()
                        / (heads.width as f64).sqrt()
                })
                .collect();
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let exponentials: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
            let sum: f64 = exponentials.iter().sum();
            for (key, exponential) in exponentials.iter().enumerate() {
                for column in 0..heads.width {
                    context[query * hidden + head * heads.width + column] +=
                        exponential / sum * at(2, key, head, column);
                }
            }
        }
    }
    context
}

#[test]
fn attention_attends() {
    // Head widths that are no whole vectors too, and sequences around the tiles' edges.
    let cases = (1..40_usize, 1..4_usize, 1..40_usize).prop_flat_map(|(tokens, count, width)| {
        let heads = Heads { count, width };
        (
            Just(heads),
            proptest::collection::vec(-3.0_f32..3.0, 3 * tokens * count * width),
        )
    });
    let mut scratch = AttentionScratch::default();
    let scratch = std::cell::RefCell::new(&mut scratch);
    check_all(cases, |(heads, projected)| {
        let mut plain = vec![f32::NAN; projected.len() / 3];
        ORACLE.attention(&projected, heads, &mut plain, &mut scratch.borrow_mut());
        let tokens = plain.len() / (heads.count * heads.width);
        for (wanted, &found) in naive_attention(&projected, heads, tokens).iter().zip(&plain) {
            // Scores of up to 9 * width / sqrt(width) are off by their 16-bit inputs; values by their own.
            assert!(
                (wanted - f64::from(found)).abs() < 4e-3,
                "{found}, not {wanted}, {heads:?}, {tokens} tokens"
            );
        }
        for isa in Isa::available() {
            let mut own = vec![f32::NAN; plain.len()];
            isa.attention(&projected, heads, &mut own, &mut scratch.borrow_mut());
            assert_eq!(bits(&own), bits(&plain), "{}", isa.name());
        }
    });
}

#[test]
fn attention_of_extreme_values_stays_finite() {
    let heads = Heads { count: 2, width: 32 };
    for value in [0.0, 1e-30, 1e15, f32::NAN] {
        let mut projected = vec![value; 5 * 3 * 64];
        projected[7] = 1.0;
        for isa in Isa::available() {
            let mut context = vec![f32::NAN; 5 * 64];
            isa.attention(&projected, heads, &mut context, &mut AttentionScratch::default());
            assert!(
                value.is_nan() || context.iter().all(|value| value.is_finite()),
                "{value}, {}",
                isa.name()
            );
        }
    }
}

#[test]
fn elementary_functions_are_within_their_bounds() {
    for step in -120_000..=120_000_i32 {
        let x = step as f32 / 10_000.0;
        // SAFETY: plain Rust needs no instruction set.
        let found = unsafe { math::Gelu::new().of([x; 8]) }[0];
        let error = (f64::from(found) - gelu(f64::from(x))).abs();
        assert!(error <= 3e-7 * (1.0 + f64::from(x.abs())), "gelu({x}) = {found}");
    }
    for step in 0..=1_250_000 {
        let x = -(step as f32) / 10_000.0;
        // SAFETY: plain Rust needs no instruction set.
        let found = f64::from(unsafe { math::Exp2::new().of([x; 8]) }[0]);
        assert!((found / f64::from(x).exp2() - 1.0).abs() < 3e-7, "exp2({x}) = {found}");
    }
}
