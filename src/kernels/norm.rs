//! LayerNorm.

use super::lanes::Eight;

/// The parameters of one LayerNorm.
#[derive(Debug, Clone)]
pub struct LayerNorm {
    /// What each normalised value is multiplied by.
    pub weight: Vec<f32>,
    /// What is added to it then.
    pub bias: Vec<f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// Normalises every row of `values` in place; the width is that of the parameters, a multiple of 8.
///
/// # Safety
/// The instruction set of `F` must be there.
#[inline(always)]
pub(super) unsafe fn layer_norm<F: Eight>(values: &mut [f32], norm: &LayerNorm) {
    let width = norm.weight.len();
    assert!(width > 0 && width.is_multiple_of(8) && norm.bias.len() == width && values.len().is_multiple_of(width));
    for row in values.chunks_exact_mut(width) {
        let (row, weight, bias) = (row.as_mut_ptr(), norm.weight.as_ptr(), norm.bias.as_ptr());
        // SAFETY: the caller has the instruction set; row, weight and bias are `width` long, and `at` stays 8 below.
        unsafe {
            let mut sum = F::splat(0.0);
            for at in (0..width).step_by(8) {
                sum = sum.add(F::load(row.add(at)));
            }
            let mean = F::splat(sum.sum() / width as f32);
            let mut squares = F::splat(0.0);
            for at in (0..width).step_by(8) {
                let value = F::load(row.add(at)).sub(mean);
                squares = squares.add(value.mul(value));
            }
            let variance = squares.sum() / width as f32;
            let factor = F::splat(1.0 / (variance + norm.epsilon).sqrt());
            for at in (0..width).step_by(8) {
                let value = F::load(row.add(at)).sub(mean).mul(factor);
                value
                    .mul(F::load(weight.add(at)))
                    .add(F::load(bias.add(at)))
                    .store(row.add(at));
            }
        }
    }
}
