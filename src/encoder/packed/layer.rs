//! One encoder layer: attention and feed-forward, each with its residual connection and LayerNorm.

use std::ops::Range;

use super::Scratch;
use super::reader::Reader;
use crate::checkpoint::Config;
use crate::error::Result;
use crate::kernels::{Before, Heads, Isa, LayerNorm, Output, Panels, Sums, Target};

/// Rows that go through the feed-forward layer together: they and a panel of weights stay in the second-level cache.
const ROWS: usize = 64;

/// A linear layer inside the model's file.
pub(super) struct Linear {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) codes: Range<usize>,
    pub(super) scales: Vec<f32>,
    pub(super) sums: Sums,
    pub(super) bias: Vec<f32>,
}

impl Linear {
    /// Brings the layer's part of the file into the order that `isa` multiplies in.
    fn pack(&mut self, isa: Isa, file: &mut [u8]) {
        self.sums = isa.pack_codes(&mut file[self.codes.clone()], self.inputs);
    }

    fn panels<'a>(&'a self, file: &'a [u8]) -> Panels<'a> {
        Panels {
            inputs: self.inputs,
            outputs: self.outputs,
            codes: &file[self.codes.clone()],
            scales: &self.scales,
            sums: &self.sums,
            bias: &self.bias,
        }
    }
}

/// The weights of one layer.
pub(super) struct Layer {
    /// Query, key and value.
    projections: [Linear; 3],
    attention_output: Linear,
    attention_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    norm: LayerNorm,
}

impl Layer {
    /// Layer `number`, still in the order of the file: [`pack`](Self::pack) comes before any pass.
    pub(super) fn read(reader: &Reader<'_>, config: &Config, number: usize) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let name = |part: &str| format!("encoder.layer.{number}.{part}");
        let linear = |part: &str, outputs, inputs| reader.linear(&name(part), outputs, inputs);
        let norm = |part: &str| reader.layer_norm(&name(part), hidden, config.layer_norm_eps);
        Ok(Self {
            projections: [
                linear("attention.self.query", hidden, hidden)?,
                linear("attention.self.key", hidden, hidden)?,
                linear("attention.self.value", hidden, hidden)?,
            ],
            attention_output: linear("attention.output.dense", hidden, hidden)?,
            attention_norm: norm("attention.output.LayerNorm")?,
            inner: linear("intermediate.dense", inner, hidden)?,
            outer: linear("output.dense", hidden, inner)?,
            norm: norm("output.LayerNorm")?,
        })
    }

    /// Brings the layer's part of the file into the order that `isa` multiplies in.
    pub(super) fn pack(&mut self, isa: Isa, file: &mut [u8]) {
        let [query, key, value] = &mut self.projections;
        for linear in [
            query,
            key,
            value,
            &mut self.attention_output,
            &mut self.inner,
            &mut self.outer,
        ] {
            linear.pack(isa, file);
        }
    }

    /// Takes `scratch.hidden` through the layer; `file` is the model's bytes.
    pub(super) fn forward(&self, isa: Isa, file: &[u8], heads: Heads, sequences: &[&[u32]], scratch: &mut Scratch) {
        let hidden = heads.count * heads.width;
        let tokens = scratch.hidden.len() / hidden;
        scratch.projected.resize(3 * tokens * hidden, 0.0);
        scratch.activations.resize(tokens, hidden);
        isa.quantize(&scratch.hidden, Before::Nothing, &mut scratch.activations);
        for (place, projection) in self.projections.iter().enumerate() {
            let target = Target {
                values: &mut scratch.projected,
                stride: 3 * hidden,
                column: place * hidden,
                output: Output::Replace,
            };
            isa.linear(&scratch.activations, &projection.panels(file), target);
        }

        scratch.context.resize(tokens * hidden, 0.0);
        let (mut projected, mut context) = (scratch.projected.as_slice(), scratch.context.as_mut_slice());
        for ids in sequences {
            let (sequence, sequence_context);
            (sequence, projected) = projected.split_at(3 * ids.len() * hidden);
            (sequence_context, context) = context.split_at_mut(ids.len() * hidden);
            isa.attention(sequence, heads, sequence_context, &mut scratch.attention);
        }

        let blocks = scratch.hidden.chunks_mut(ROWS * hidden);
        for (rows, context) in blocks.zip(scratch.context.chunks(ROWS * hidden)) {
            let count = rows.len() / hidden;
            scratch.activations.resize(count, hidden);
            isa.quantize(context, Before::Nothing, &mut scratch.activations);
            isa.linear(
                &scratch.activations,
                &self.attention_output.panels(file),
                residual(rows, hidden),
            );
            isa.layer_norm(rows, &self.attention_norm);

            isa.quantize(rows, Before::Nothing, &mut scratch.activations);
            let width = self.inner.outputs;
            scratch.inner.resize(count * width, 0.0);
            let inner = Target {
                values: &mut scratch.inner,
                stride: width,
                column: 0,
                output: Output::Replace,
            };
            isa.linear(&scratch.activations, &self.inner.panels(file), inner);
            scratch.activations.resize(count, width);
            isa.quantize(&scratch.inner, Before::Gelu, &mut scratch.activations);
            isa.linear(&scratch.activations, &self.outer.panels(file), residual(rows, hidden));
            isa.layer_norm(rows, &self.norm);
        }
    }
}

/// The whole of `values`, which a product is added to.
fn residual(values: &mut [f32], stride: usize) -> Target<'_> {
    Target {
        values,
        stride,
        column: 0,
        output: Output::Add,
    }
}
