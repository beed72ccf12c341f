//! Self-attention over packed sequences.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::norm::on_cpu;
use super::product::{View, product};
use super::vector::{dot, exp, floats, sum, vectorised, zeros};
use super::{Dropout, Way};

/// Where the sequences of a batch begin and end among its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequences(Arc<[usize]>);

impl Sequences {
    /// Sequences of these lengths, one after the other.
    pub fn new(lengths: impl Iterator<Item = usize>) -> Self {
        let mut end = 0;
        Self(
            std::iter::once(0)
                .chain(lengths.map(|length| {
                    end += length;
                    end
                }))
                .collect(),
        )
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len() - 1
    }

    /// Their tokens together.
    pub fn tokens(&self) -> usize {
        self.0[self.len()]
    }

    /// The tokens of each.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.0.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Cuts a row-major buffer into the sequences' parts.
    fn split<'a>(&self, mut values: &'a mut [f32], width: usize) -> Vec<&'a mut [f32]> {
        self.ranges()
            .map(|range| {
                let (part, rest) = std::mem::take(&mut values).split_at_mut(range.len() * width);
                values = rest;
                part
            })
            .collect()
    }
}

/// Multi-head self-attention: `qkv` is `tokens x 3 hidden` (queries, keys, values), the result `tokens x hidden`.
///
/// # Errors
/// candle's.
pub fn attention(qkv: &Tensor, sequences: &Sequences, heads: usize, drop: Dropout, way: Way) -> Result<Tensor> {
    match way {
        Way::Fused => qkv.apply_op1(Attention {
            sequences: sequences.clone(),
            heads,
            drop,
        }),
        Way::Composed => composed(qkv, sequences, heads, drop),
    }
}

/// Pads the sequences to one block, computes as textbooks do, and packs the result again.
fn composed(qkv: &Tensor, sequences: &Sequences, heads: usize, drop: Dropout) -> Result<Tensor> {
    let device = qkv.device();
    let hidden = qkv.dim(1)? / 3;
    let (count, longest) = (
        sequences.len(),
        sequences.ranges().map(|range| range.len()).max().unwrap_or(0),
    );
    // Padding repeats token 0, which the mask hides.
    let mut from = vec![0_u32; count * longest];
    let mut to = Vec::with_capacity(sequences.tokens());
    let mut mask = vec![-1e9_f32; count * longest];
    let mut factors = vec![
        1_f32;
        if drop.is_none() {
            0
        } else {
            count * heads * longest * longest
        }
    ];
    for (row, range) in sequences.ranges().enumerate() {
        for (place, token) in range.clone().enumerate() {
            from[row * longest + place] = token as u32;
            to.push((row * longest + place) as u32);
            mask[row * longest + place] = 0.0;
            if !drop.is_none() {
                for head in 0..heads {
                    let at = ((row * heads + head) * longest + place) * longest;
                    drop.apply(token * heads + head, &mut factors[at..][..range.len()]);
                }
            }
        }
    }
    let padded = qkv
        .index_select(&Tensor::from_vec(from, count * longest, device)?, 0)?
        .reshape((count, longest, 3, heads, hidden / heads))?;
    let part = |place: usize| padded.narrow(2, place, 1)?.squeeze(2)?.transpose(1, 2)?.contiguous();
    let (queries, keys, values) = (part(0)?, part(1)?, part(2)?);
    let scores = (queries.matmul(&keys.t()?)? * (hidden as f64 / heads as f64).sqrt().recip())?
        .broadcast_add(&Tensor::from_vec(mask, (count, 1, 1, longest), device)?)?;
    let mut weights = candle_nn::ops::softmax(&scores, D::Minus1)?;
    if !drop.is_none() {
        weights = (weights * Tensor::from_vec(factors, (count, heads, longest, longest), device)?)?;
    }
    weights
        .matmul(&values)?
        .transpose(1, 2)?
        .contiguous()?
        .reshape((count * longest, hidden))?
        .index_select(&Tensor::from_vec(to, sequences.tokens(), device)?, 0)
}

struct Attention {
    sequences: Sequences,
    heads: usize,
    drop: Dropout,
}

vectorised! {
    fn softmax(scores: &mut [f32]) {
        let highest = scores.iter().fold(f32::MIN, |highest, score| if *score > highest { *score } else { highest });
        for score in scores.iter_mut() {
            *score = exp(*score - highest);
        }
        let inverse = sum(scores).recip();
        for score in scores.iter_mut() {
            *score *= inverse;
        }
    }
}

vectorised! {
    /// `gradient = weights * (gradient - mean)`
    fn pull_back(gradient: &mut [f32], weights: &[f32], mean: f32) {
        for (gradient, weight) in gradient.iter_mut().zip(weights) {
            *gradient = weight * (*gradient - mean);
        }
    }
}

impl Attention {
    /// The attention weights of one head before dropout, `length x length`; `qkv` are the sequence's rows.
    fn weights(&self, qkv: &[f32], head: usize, length: usize, hidden: usize, weights: &mut [f32]) {
        let width = hidden / self.heads;
        let (queries, keys) = (
            View::rows(&qkv[head * width..], 3 * hidden),
            View::rows(&qkv[hidden + head * width..], 3 * hidden),
        );
        let factor = (width as f32).sqrt().recip();
        product((length, length, width), factor, queries, keys.t(), weights, length);
        weights.chunks_exact_mut(length).for_each(softmax);
    }

    /// Applies the head's dropout to `length x length` numbers.
    fn drop(&self, first: usize, head: usize, length: usize, values: &mut [f32]) {
        if !self.drop.is_none() {
            for (row, values) in values.chunks_exact_mut(length).enumerate() {
                self.drop.apply((first + row) * self.heads + head, values);
            }
        }
    }

    fn forward(&self, qkv: &[f32], first: usize, hidden: usize, out: &mut [f32]) {
        let (length, width) = (out.len() / hidden, hidden / self.heads);
        let mut weights = vec![0.0; length * length];
        for head in 0..self.heads {
            self.weights(qkv, head, length, hidden, &mut weights);
            self.drop(first, head, length, &mut weights);
            let values = View::rows(&qkv[2 * hidden + head * width..], 3 * hidden);
            let (weights, out) = (View::rows(&weights, length), &mut out[head * width..]);
            product((length, width, length), 1.0, weights, values, out, hidden);
        }
    }

    /// The gradient of one sequence's `qkv`, from that of its result.
    fn backward(&self, qkv: &[f32], gradient: &[f32], first: usize, hidden: usize, out: &mut [f32]) {
        let (length, width) = (gradient.len() / hidden, hidden / self.heads);
        let factor = (width as f32).sqrt().recip();
        let mut weights = vec![0.0; length * length];
        let mut scores = vec![0.0; length * length];
        for head in 0..self.heads {
            let part = |place: usize| View::rows(&qkv[place * hidden + head * width..], 3 * hidden);
            let gradient = View::rows(&gradient[head * width..], hidden);
            let (narrow, square) = ((length, width, length), (length, length, width));
            self.weights(qkv, head, length, hidden, &mut weights);

            // What came out was the dropped weights times the values.
            scores.copy_from_slice(&weights);
            self.drop(first, head, length, &mut scores);
            let to_values = &mut out[2 * hidden + head * width..];
            product(
                narrow,
                1.0,
                View::rows(&scores, length).t(),
                gradient,
                to_values,
                3 * hidden,
            );

            product(square, 1.0, gradient, part(2).t(), &mut scores, length);
            self.drop(first, head, length, &mut scores);
            for (scores, weights) in scores.chunks_exact_mut(length).zip(weights.chunks_exact(length)) {
                let mean = dot(scores, weights);
                pull_back(scores, weights, mean);
            }
            let scores = View::rows(&scores, length);
            product(narrow, factor, scores, part(1), &mut out[head * width..], 3 * hidden);
            product(
                narrow,
                factor,
                scores.t(),
                part(0),
                &mut out[hidden + head * width..],
                3 * hidden,
            );
        }
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, qkv: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, three) = layout.shape().dims2()?;
        let hidden = three / 3;
        let qkv = floats(qkv, layout)?;
        let mut out = zeros(tokens * hidden);
        self.sequences
            .split(&mut out, hidden)
            .into_par_iter()
            .zip(self.sequences.ranges().collect::<Vec<_>>())
            .for_each(|(out, range)| {
                self.forward(&qkv[range.start * three..range.end * three], range.start, hidden, out);
            });
        Ok((CpuStorage::F32(out), Shape::from((tokens, hidden))))
    }

    fn bwd(&self, qkv: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (tokens, three) = qkv.dims2()?;
        let hidden = three / 3;
        let gradient = gradient.contiguous()?;
        let (storage, layout) = qkv.storage_and_layout();
        let (gradient_storage, gradient_layout) = gradient.storage_and_layout();
        let values = floats(on_cpu(&storage)?, layout)?;
        let gradients = floats(on_cpu(&gradient_storage)?, gradient_layout)?;
        let mut out = zeros(tokens * three);
        self.sequences
            .split(&mut out, three)
            .into_par_iter()
            .zip(self.sequences.ranges().collect::<Vec<_>>())
            .for_each(|(out, range)| {
                let qkv = &values[range.start * three..range.end * three];
                let gradient = &gradients[range.start * hidden..range.end * hidden];
                self.backward(qkv, gradient, range.start, hidden, out);
            });
        Ok(Some(Tensor::from_vec(out, (tokens, three), qkv.device())?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{both_ways_agree, random};
    use super::*;

    #[test]
    fn fused_is_composed() {
        let sequences = Sequences::new([5, 1, 9, 3].into_iter());
        assert_eq!((sequences.len(), sequences.tokens()), (4, 18));
        for drop in [
            Dropout::NONE,
            Dropout {
                probability: 0.25,
                seed: 4,
            },
        ] {
            both_ways_agree(&[random(1, &[18, 3 * 24], 2.0)], 1e-5, |arguments, way| {
                attention(&arguments[0], &sequences, 3, drop, way)
            });
        }
    }
}
