//! GELU.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::Way;
use super::vector::{CHUNK, exp, floats, vectorised};

/// `x Φ(x)` with the distribution function of the normal distribution, Hugging Face's "gelu".
///
/// # Errors
/// candle's.
pub fn gelu(x: &Tensor, way: Way) -> Result<Tensor> {
    match way {
        Way::Fused => x.apply_op1(Gelu),
        Way::Composed => x.gelu_erf(),
    }
}

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
    fn backward(x: &[f32], gradient: &[f32], out: &mut [f32]) {
        for ((x, gradient), out) in x.iter().zip(gradient).zip(out) {
            let (distribution, density) = normal(*x);
            *out = gradient * (distribution + x * density);
        }
    }
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(x, layout)?;
        let mut out = vec![0.0; x.len()];
        x.par_chunks(CHUNK)
            .zip(out.par_chunks_mut(CHUNK))
            .for_each(|(x, out)| forward(x, out));
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(x.apply_op2_no_bwd(&gradient.contiguous()?, &Gradient)?))
    }
}

struct Gradient;

impl CustomOp2 for Gradient {
    fn name(&self) -> &'static str {
        "gelu-gradient"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, gradient) = (floats(x, layout)?, floats(gradient, gradient_layout)?);
        let mut out = vec![0.0; x.len()];
        x.par_chunks(CHUNK)
            .zip(gradient.par_chunks(CHUNK))
            .zip(out.par_chunks_mut(CHUNK))
            .for_each(|((x, gradient), out)| backward(x, gradient, out));
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{both_ways_agree, random};
    use super::*;

    #[test]
    fn fused_is_composed() {
        both_ways_agree(&[random(1, &[50, 33], 7.0)], 1e-6, |arguments, way| {
            gelu(&arguments[0], way)
        });
    }
}
