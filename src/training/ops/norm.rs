//! Dropout, residual connection and LayerNorm in one.

use candle_core::{CpuStorage, CustomOp3, D, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::vector::{ROWS, add, dot, filled, floats, sum, vectorised, zeros};
use super::{Dropout, Way, dropout};

/// `LayerNorm(residual + dropout(x))`, `rows x width`; `norm` is `2 x width`, weights above biases.
///
/// # Errors
/// candle's.
pub fn add_norm(x: &Tensor, residual: &Tensor, norm: &Tensor, epsilon: f64, drop: Dropout, way: Way) -> Result<Tensor> {
    match way {
        Way::Fused => x.apply_op3(residual, norm, AddNorm { epsilon, drop }),
        Way::Composed => {
            let sum = (dropout(x, drop, way)? + residual)?;
            let centred = sum.broadcast_sub(&sum.mean_keepdim(D::Minus1)?)?;
            let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
            centred
                .broadcast_div(&(variance + epsilon)?.sqrt()?)?
                .broadcast_mul(&norm.get(0)?)?
                .broadcast_add(&norm.get(1)?)
        }
    }
}

struct AddNorm {
    epsilon: f64,
    drop: Dropout,
}

impl AddNorm {
    /// Brings row `row` to mean 0 and variance 1 in `out`; returns what it was divided by, inverted.
    fn normalise(&self, row: usize, x: &[f32], residual: &[f32], out: &mut [f32]) -> f32 {
        out.copy_from_slice(x);
        self.drop.apply(row, out);
        add(out, residual);
        let mean = sum(out) / out.len() as f32;
        shift(out, -mean);
        let variance = dot(out, out) / out.len() as f32;
        let inverse = (f64::from(variance) + self.epsilon).sqrt().recip() as f32;
        scale(out, inverse);
        inverse
    }
}

vectorised! {
    fn shift(values: &mut [f32], by: f32) {
        for value in values {
            *value += by;
        }
    }
}

vectorised! {
    fn scale(values: &mut [f32], by: f32) {
        for value in values {
            *value *= by;
        }
    }
}

vectorised! {
    fn affine(values: &mut [f32], weights: &[f32], biases: &[f32]) {
        for ((value, weight), bias) in values.iter_mut().zip(weights).zip(biases) {
            *value = *value * weight + bias;
        }
    }
}

vectorised! {
    /// `out = (gradient * weights - mean - normalised * projection) * inverse`
    fn pull_back(
        out: &mut [f32],
        weighted: &[f32],
        normalised: &[f32],
        mean: f32,
        projection: f32,
        inverse: f32,
    ) {
        for ((out, weighted), normalised) in out.iter_mut().zip(weighted).zip(normalised) {
            *out = (weighted - mean - normalised * projection) * inverse;
        }
    }
}

vectorised! {
    fn multiply_add(sums: &mut [f32], a: &[f32], b: &[f32]) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
}

vectorised! {
    fn multiply(out: &mut [f32], a: &[f32], b: &[f32]) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = a * b;
        }
    }
}

impl CustomOp3 for AddNorm {
    fn name(&self) -> &'static str {
        "add-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
        norm: &CpuStorage,
        norm_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let width = x_layout.shape().dims2()?.1;
        let (x, residual) = (floats(x, x_layout)?, floats(residual, residual_layout)?);
        let (weights, biases) = floats(norm, norm_layout)?.split_at(width);
        let out = filled(x.len(), ROWS * width, |block, rows| {
            for (row, out) in rows.chunks_exact_mut(width).enumerate() {
                let row = block * ROWS + row;
                let at = row * width..(row + 1) * width;
                self.normalise(row, &x[at.clone()], &residual[at], out);
                affine(out, weights, biases);
            }
        });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        residual: &Tensor,
        norm: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (rows, width) = x.dims2()?;
        let gradient = gradient.contiguous()?;
        let (x_storage, x_layout) = x.storage_and_layout();
        let (residual_storage, residual_layout) = residual.storage_and_layout();
        let (norm_storage, norm_layout) = norm.storage_and_layout();
        let (gradient_storage, gradient_layout) = gradient.storage_and_layout();
        let x_values = floats(on_cpu(&x_storage)?, x_layout)?;
        let residual_values = floats(on_cpu(&residual_storage)?, residual_layout)?;
        let weights = &floats(on_cpu(&norm_storage)?, norm_layout)?[..width];
        let gradients = floats(on_cpu(&gradient_storage)?, gradient_layout)?;

        let mut to_residual = zeros(rows * width);
        let mut to_x = if self.drop.is_none() {
            Vec::new()
        } else {
            zeros(rows * width)
        };
        // Without dropout both gradients are one; the task then has no second block to fill.
        let mut x_blocks: Vec<&mut [f32]> = to_x.chunks_mut(ROWS * width).collect();
        x_blocks.resize_with(rows.div_ceil(ROWS), Default::default);
        let parts: Vec<Vec<f32>> = to_residual
            .par_chunks_mut(ROWS * width)
            .zip(x_blocks)
            .enumerate()
            .map(|(block, (rows, to_x))| {
                let mut to_norm = vec![0.0; 2 * width];
                let (mut normalised, mut weighted) = (vec![0.0; width], vec![0.0; width]);
                for (row, out) in rows.chunks_exact_mut(width).enumerate() {
                    let place = block * ROWS + row;
                    let at = place * width..(place + 1) * width;
                    let gradient = &gradients[at.clone()];
                    let inverse = self.normalise(place, &x_values[at.clone()], &residual_values[at], &mut normalised);
                    let (to_weights, to_biases) = to_norm.split_at_mut(width);
                    multiply_add(to_weights, gradient, &normalised);
                    add(to_biases, gradient);
                    multiply(&mut weighted, gradient, weights);
                    let mean = sum(&weighted) / width as f32;
                    let projection = dot(&weighted, &normalised) / width as f32;
                    pull_back(out, &weighted, &normalised, mean, projection, inverse);
                    if !to_x.is_empty() {
                        let to_x = &mut to_x[row * width..][..width];
                        to_x.copy_from_slice(out);
                        self.drop.apply(place, to_x);
                    }
                }
                to_norm
            })
            .collect();
        let mut to_norm = vec![0.0; 2 * width];
        for part in &parts {
            add(&mut to_norm, part);
        }
        let to_residual = Tensor::from_vec(to_residual, (rows, width), x.device())?;
        let to_x = if self.drop.is_none() {
            to_residual.clone()
        } else {
            Tensor::from_vec(to_x, (rows, width), x.device())?
        };
        let to_norm = Tensor::from_vec(to_norm, (2, width), x.device())?;
        Ok((Some(to_x), Some(to_residual), Some(to_norm)))
    }
}

/// The CPU's part of a storage.
pub(super) fn on_cpu(storage: &candle_core::Storage) -> Result<&CpuStorage> {
    match storage {
        candle_core::Storage::Cpu(storage) => Ok(storage),
        _ => candle_core::bail!("a fused operation runs on the CPU only"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{both_ways_agree, random};
    use super::*;

    #[test]
    fn fused_is_composed() {
        let arguments = [
            random(1, &[70, 40], 2.0),
            random(2, &[70, 40], 2.0),
            random(3, &[2, 40], 1.0),
        ];
        for drop in [
            Dropout::NONE,
            Dropout {
                probability: 0.2,
                seed: 3,
            },
        ] {
            both_ways_agree(&arguments, 2e-5, |arguments, way| {
                add_norm(&arguments[0], &arguments[1], &arguments[2], 1e-12, drop, way)
            });
        }
    }
}
