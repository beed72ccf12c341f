//! Products of matrices, each a view into a buffer of floats.

use gemm::{Parallelism, gemm};
use serde::{Deserialize, Serialize};

#[cfg(target_arch = "x86_64")]
use super::tiles;

/// What the factors of the dense layers' products are rounded to; sums, and everything else, are float32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factors {
    /// Float32: not rounded.
    #[default]
    F32,
    /// Bfloat16, which has float32's range and 8 significant bits. (Kalamkar and others, A study of BFLOAT16 for deep
    /// learning training, 2019.) Faster on CPUs with instructions for it.
    Bf16,
}

/// A matrix inside a larger buffer.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// From the matrix's first element on; rows and columns of others may lie between.
    pub values: &'a [f32],
    /// Elements between rows and between columns.
    pub strides: (usize, usize),
}

impl<'a> View<'a> {
    /// Rows that begin `stride` elements after one another.
    pub fn rows(values: &'a [f32], stride: usize) -> Self {
        Self {
            values,
            strides: (stride, 1),
        }
    }

    /// Transposed.
    pub fn t(self) -> Self {
        Self {
            strides: (self.strides.1, self.strides.0),
            ..self
        }
    }

    /// Whether so many rows and columns lie in the buffer.
    pub fn holds(self, (rows, columns): (usize, usize)) -> bool {
        rows == 0 || columns == 0 || (rows - 1) * self.strides.0 + (columns - 1) * self.strides.1 < self.values.len()
    }
}

/// `value` as bfloat16, the nearest, of two the even one: the upper half of its bits.
#[inline(always)]
pub fn bits(value: f32) -> u32 {
    let bits = value.to_bits();
    bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16
}

/// `value` rounded to what bfloat16 can hold.
pub fn rounded(value: f32) -> f32 {
    f32::from_bits(bits(value) << 16)
}

/// `out = factor * a b`: `a` is `m x k`, `b` `k x n`, `out` has rows of `stride`. On the calling thread.
pub fn product(
    (m, n, k): (usize, usize, usize),
    factor: f32,
    a: View<'_>,
    b: View<'_>,
    out: &mut [f32],
    stride: usize,
) {
    assert!(View::rows(out, stride).holds((m, n)));
    // SAFETY: `out` holds the result, as was just found.
    unsafe {
        into(
            (m, n, k),
            factor,
            a,
            b,
            out.as_mut_ptr(),
            stride,
            false,
            Parallelism::None,
        )
    }
}

/// `a b`, and `bias` added to every row of it: `a` is `m x k`, `b` `k x n`. On all threads.
pub fn large(
    (m, n, k): (usize, usize, usize),
    a: View<'_>,
    b: View<'_>,
    bias: Option<&[f32]>,
    factors: Factors,
) -> Vec<f32> {
    assert!(bias.is_none_or(|bias| bias.len() == n));
    match factors {
        Factors::Bf16 => {
            #[cfg(target_arch = "x86_64")]
            if let Some(out) = tiles::product((m, n, k), a, b, bias) {
                return out;
            }
            let [rounded_a, rounded_b] =
                [a, b].map(|view| view.values.iter().map(|value| rounded(*value)).collect::<Vec<f32>>());
            let of = |values, view: View<'_>| View {
                values,
                strides: view.strides,
            };
            large((m, n, k), of(&rounded_a, a), of(&rounded_b, b), bias, Factors::F32)
        }
        Factors::F32 => {
            let mut out = match bias {
                // The product is added to the biases, which saves a pass over the result.
                Some(bias) => bias.repeat(m),
                None => vec![0.0; m * n],
            };
            let threads = match candle_core::utils::get_num_threads() {
                1 => Parallelism::None,
                threads => Parallelism::Rayon(threads),
            };
            // SAFETY: `out` was made for the result.
            unsafe { into((m, n, k), 1.0, a, b, out.as_mut_ptr(), n, bias.is_some(), threads) };
            out
        }
    }
}

/// `out = factor * a b`, or `out + factor * a b`.
///
/// # Safety
/// `out` can be written to for `m` rows of `n` numbers, `stride` apart.
#[expect(
    clippy::too_many_arguments,
    reason = "a product has so many, and two functions call it"
)]
unsafe fn into(
    (m, n, k): (usize, usize, usize),
    factor: f32,
    a: View<'_>,
    b: View<'_>,
    out: *mut f32,
    stride: usize,
    add: bool,
    threads: Parallelism,
) {
    assert!(a.holds((m, k)) && b.holds((k, n)));
    // SAFETY: the factors were just found to lie inside their buffers; the caller answers for `out`.
    unsafe {
        gemm(
            m,
            n,
            k,
            out,
            1,
            stride as isize,
            add,
            a.values.as_ptr(),
            a.strides.1 as isize,
            a.strides.0 as isize,
            b.values.as_ptr(),
            b.strides.1 as isize,
            b.strides.0 as isize,
            1.0_f32,
            factor,
            false,
            false,
            false,
            threads,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_the_nearest_and_of_two_to_the_even() {
        // 1 + 1/128 is the next after 1.
        let step = 1.0 / 128.0;
        for (value, expected) in [
            (1.0, 1.0),
            (1.0 + 0.4 * step, 1.0),
            (1.0 + 0.5 * step, 1.0),
            (1.0 + 0.6 * step, 1.0 + step),
            (1.0 + 1.5 * step, 1.0 + 2.0 * step),
            (-1.0 - 0.6 * step, -1.0 - step),
            (0.0, 0.0),
            (f32::INFINITY, f32::INFINITY),
        ] {
            assert_eq!(rounded(value), expected);
        }
        assert!(rounded(f32::NAN).is_nan());
    }
}
