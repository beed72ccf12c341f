//! GELU: `x Φ(x)` with the distribution function of the normal distribution, Hugging Face's "gelu".

use rayon::prelude::*;

use super::vector::{CHUNK, exp, filled, vectorised};

/// Φ(x) and the density φ(x). Φ by Abramowitz and Stegun 7.1.26, whose error is below 7.5e-8; one exponential serves
/// both.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    const FRAC_1_SQRT_2PI: f32 = 0.398_942_3;
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let bell = exp(-z * z);
    let mut series = 1.061_405_4_f32;
    for coefficient in [-1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
        series = series * t + coefficient;
    }
    let tail = 0.5 * series * t * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, FRAC_1_SQRT_2PI * bell)
}

vectorised! {
    fn forward(x: &[f32], out: &mut [f32]) {
        for (x, out) in x.iter().zip(out) {
            *out = x * normal(*x).0;
        }
    }
}

vectorised! {
    fn backward(x: &[f32], gradient: &mut [f32]) {
        for (x, gradient) in x.iter().zip(gradient) {
            let (distribution, density) = normal(*x);
            *gradient *= distribution + x * density;
        }
    }
}

/// GELU of every number.
pub fn activate(x: &[f32]) -> Vec<f32> {
    filled(x.len(), CHUNK, |number, out| forward(&x[number * CHUNK..], out))
}

/// Turns the gradient of what [`activate`] gave into that of `x`.
pub fn pull_back(x: &[f32], gradient: &mut [f32]) {
    x.par_chunks(CHUNK)
        .zip(gradient.par_chunks_mut(CHUNK))
        .for_each(|(x, gradient)| backward(x, gradient));
}
