//! One encoder layer: attention and feed-forward, each with its residual connection and LayerNorm.

use std::ops::Range;

use half::f16;
#[cfg(not(target_arch = "wasm32"))]
use rayon::prelude::*;

use super::reader::Reader;
use super::{RowScratch, Scratch};
use crate::checkpoint::Config;
use crate::error::Result;
use crate::kernels::{Before, Heads, Isa, LayerNorm, Output, Panels, Sums, Target};

/// The fewest rows that go through a layer's products together, if there are as many: every block of rows fetches all
/// weights anew, and they do not stay in the second-level cache. In WebAssembly more would only take more memory.
const FEWEST: usize = 64;
/// The most natively, for what lies between two products should stay near.
#[cfg(not(target_arch = "wasm32"))]
const MOST: usize = 256;

/// A linear layer inside the model's file.
pub(super) struct Linear {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) codes: Range<usize>,
    pub(super) scales: Vec<f16>,
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
    /// Layer `number`, its codes still in the order of the file: [`pack`](Self::pack) comes before any pass.
    pub(super) fn read(reader: &Reader<'_>, isa: Isa, config: &Config, number: usize) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let name = |part: &str| format!("encoder.layer.{number}.{part}");
        let linear = |part: &str, outputs, inputs| reader.linear(isa, &name(part), outputs, inputs);
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
        let Scratch {
            hidden: states,
            projected,
            context,
            rows,
            attention,
        } = scratch;
        projected.resize(3 * tokens * hidden, 0.0);
        each_block(
            (states, hidden),
            (projected, 3 * hidden),
            rows,
            |states, projected, scratch| {
                self.project(isa, file, (states, projected), scratch);
            },
        );

        context.resize(tokens * hidden, 0.0);
        let (mut projected, mut rest) = (projected.as_slice(), context.as_mut_slice());
        for ids in sequences {
            let (sequence, sequence_context);
            (sequence, projected) = projected.split_at(3 * ids.len() * hidden);
            (sequence_context, rest) = rest.split_at_mut(ids.len() * hidden);
            isa.attention(sequence, heads, sequence_context, attention);
        }

        each_block((states, hidden), (context, hidden), rows, |states, context, scratch| {
            self.feed_forward(isa, file, (states, context), scratch);
        });
    }

    /// Queries, keys and values of some tokens.
    fn project(&self, isa: Isa, file: &[u8], (states, projected): (&[f32], &mut [f32]), scratch: &mut RowScratch) {
        let hidden = self.projections[0].inputs;
        scratch.activations.resize(states.len() / hidden, hidden);
        isa.quantize(states, Before::Nothing, &mut scratch.activations);
        for (place, projection) in self.projections.iter().enumerate() {
            let target = Target {
                values: projected,
                stride: 3 * hidden,
                column: place * hidden,
                output: Output::Replace,
            };
            isa.linear(&scratch.activations, &projection.panels(file), target);
        }
    }

    /// From what attention gathered for some tokens to their states after the layer.
    fn feed_forward(&self, isa: Isa, file: &[u8], (states, context): (&mut [f32], &[f32]), scratch: &mut RowScratch) {
        let (hidden, width) = (self.outer.outputs, self.inner.outputs);
        let RowScratch { activations, inner } = scratch;
        let tokens = states.len() / hidden;
        activations.resize(tokens, hidden);
        isa.quantize(context, Before::Nothing, activations);
        isa.linear(
            activations,
            &self.attention_output.panels(file),
            residual(states, hidden),
        );
        isa.layer_norm(states, &self.attention_norm);

        isa.quantize(states, Before::Nothing, activations);
        inner.resize(tokens * width, 0.0);
        let target = Target {
            values: inner,
            stride: width,
            column: 0,
            output: Output::Replace,
        };
        isa.linear(activations, &self.inner.panels(file), target);
        activations.resize(tokens, width);
        isa.quantize(inner, Before::Gelu, activations);
        isa.linear(activations, &self.outer.panels(file), residual(states, hidden));
        isa.layer_norm(states, &self.norm);
    }
}

/// Runs `work` on the rows of two matrices, given with their widths, a block of them at a time: natively side by side,
/// each with memory of its own.
fn each_block(
    (first, first_width): (&mut [f32], usize),
    (second, second_width): (&mut [f32], usize),
    scratch: &mut Vec<RowScratch>,
    work: impl Fn(&mut [f32], &mut [f32], &mut RowScratch) + Sync,
) {
    let block = block_size(first.len() / first_width);
    let (first_block, second_block) = (block * first_width, block * second_width);
    let blocks = first.len().div_ceil(first_block);
    let beside = if cfg!(target_arch = "wasm32") { 1 } else { blocks };
    if scratch.len() < beside {
        scratch.resize_with(beside, RowScratch::default);
    }
    #[cfg(not(target_arch = "wasm32"))]
    if beside > 1 {
        return first
            .par_chunks_mut(first_block)
            .zip(second.par_chunks_mut(second_block))
            .zip(scratch.par_iter_mut())
            .for_each(|((first, second), scratch)| work(first, second, scratch));
    }
    for (first, second) in first.chunks_mut(first_block).zip(second.chunks_mut(second_block)) {
        work(first, second, &mut scratch[0]);
    }
}

/// Rows of a block, for `rows` rows in all: natively a block for each thread.
#[cfg(not(target_arch = "wasm32"))]
fn block_size(rows: usize) -> usize {
    let threads = rayon::current_num_threads();
    rows.div_ceil(threads).next_multiple_of(4).clamp(FEWEST, MOST)
}

#[cfg(target_arch = "wasm32")]
fn block_size(_: usize) -> usize {
    FEWEST
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
