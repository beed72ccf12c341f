//! Dropout whose masks are functions of a seed.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::Way;
use super::vector::{ROWS, floats, vectorised};
use crate::training::random::mix;

/// Which numbers are dropped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// How likely a number is dropped: 0 to below 1, rounded to a multiple of 1/65536.
    pub probability: f32,
    /// Decides the mask; another seed for every place in the network and every step.
    pub seed: u64,
}

vectorised! {
    /// Makes zeros of the numbers whose 16 bits of chance are below `threshold`, and multiplies the others.
    fn scale_drawn(values: &mut [f32], start: u64, threshold: u16, scale: f32) {
        let draw = |block: usize, values: &mut [f32]| {
            let bits = mix(start.wrapping_add(block as u64));
            for (lane, value) in values.iter_mut().enumerate() {
                let draw = (bits >> (16 * lane)) as u16;
                *value *= if draw < threshold { 0.0 } else { scale };
            }
        };
        let (blocks, rest) = values.as_chunks_mut::<4>();
        let whole = blocks.len();
        for (block, values) in blocks.iter_mut().enumerate() {
            draw(block, values);
        }
        draw(whole, rest);
    }
}

impl Dropout {
    /// None at all.
    pub const NONE: Self = Self {
        probability: 0.0,
        seed: 0,
    };

    /// The same likelihood at another place.
    pub fn at(self, place: u64) -> Self {
        Self {
            seed: mix(self.seed ^ mix(place)),
            ..self
        }
    }

    /// Whether nothing is dropped.
    pub fn is_none(self) -> bool {
        self.threshold() == 0
    }

    fn threshold(self) -> u16 {
        (self.probability * 65_536.0).round().clamp(0.0, 65_535.0) as u16
    }

    /// Drops numbers of row `row` and scales the others up, so that the expected sum stays.
    pub fn apply(self, row: usize, values: &mut [f32]) {
        let threshold = self.threshold();
        if threshold == 0 {
            return;
        }
        let scale = 65_536.0 / (65_536.0 - f32::from(threshold));
        let start = mix(self.seed ^ (row as u64).wrapping_mul(0xd134_2543_de82_ef95));
        scale_drawn(values, start, threshold, scale);
    }

    /// The factors of `rows` rows from `first` on, `rows x width`.
    pub fn mask(self, first: usize, rows: usize, width: usize) -> Vec<f32> {
        let mut mask = vec![1.0; rows * width];
        for (row, values) in mask.chunks_mut(width.max(1)).enumerate() {
            self.apply(first + row, values);
        }
        mask
    }
}

/// `x` (`rows x width`) with `dropout` applied.
///
/// # Errors
/// candle's.
pub fn dropout(x: &Tensor, dropout: Dropout, way: Way) -> Result<Tensor> {
    if dropout.is_none() {
        return Ok(x.clone());
    }
    match way {
        Way::Fused => x.apply_op1(Apply(dropout)),
        Way::Composed => {
            let (rows, width) = x.dims2()?;
            x * Tensor::from_vec(dropout.mask(0, rows, width), (rows, width), x.device())?
        }
    }
}

struct Apply(Dropout);

impl CustomOp1 for Apply {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let width = layout.shape().dims2()?.1;
        let mut out = floats(x, layout)?.to_vec();
        out.par_chunks_mut(ROWS * width).enumerate().for_each(|(block, rows)| {
            for (row, values) in rows.chunks_exact_mut(width).enumerate() {
                self.0.apply(block * ROWS + row, values);
            }
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(gradient.contiguous()?.apply_op1_no_bwd(self)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{both_ways_agree, random};
    use super::*;

    const SOME: Dropout = Dropout {
        probability: 0.3,
        seed: 5,
    };

    #[test]
    fn fused_is_composed() {
        both_ways_agree(&[random(1, &[50, 33], 7.0)], 1e-6, |arguments, way| {
            dropout(&arguments[0], SOME, way)
        });
    }

    #[test]
    fn as_many_are_dropped_as_should_be_and_the_mean_stays() {
        let mask = SOME.mask(0, 300, 101);
        let dropped = mask.iter().filter(|factor| **factor == 0.0).count() as f32 / mask.len() as f32;
        // Standard deviation 0.0026.
        assert!((dropped - 0.3).abs() < 0.01, "{dropped}");
        let mean = mask.iter().sum::<f32>() / mask.len() as f32;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert_ne!(mask, SOME.at(1).mask(0, 300, 101));
        assert_eq!(mask[101..202], SOME.mask(1, 1, 101));
    }
}
