//! Plain loops over floats, compiled for the machine's vectors, and access to candle's buffers.

use std::mem::MaybeUninit;

use candle_core::{CpuStorage, Layout, Result};
use rayon::prelude::*;

/// Defines a function that is compiled for every machine, for AVX2 and for AVX-512, and picks the right one when called.
/// The compiler vectorises the loops; the sums come in the same order every time.
macro_rules! vectorised {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$meta])*
        $visibility fn $name($($argument: $kind),*) $(-> $result)? {
            #[inline(always)]
            fn everywhere($($argument: $kind),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($argument: $kind),*) $(-> $result)? {
                    everywhere($($argument),*)
                }
                #[target_feature(enable = "avx512f,avx512dq")]
                fn widest($($argument: $kind),*) $(-> $result)? {
                    everywhere($($argument),*)
                }
                // SAFETY: the instructions are found to be there.
                unsafe {
                    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                        return widest($($argument),*);
                    }
                    if is_x86_feature_detected!("avx2") {
                        return wide($($argument),*);
                    }
                }
            }
            everywhere($($argument),*)
        }
    };
}
pub(super) use vectorised;

/// Floats that one task handles. Fixed, so that sums do not depend on the number of threads.
pub(crate) const CHUNK: usize = 1 << 15;

/// Rows that one task handles.
pub(super) const ROWS: usize = 32;

/// The numbers of a contiguous f32 tensor on the CPU.
pub(crate) fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let all = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&all[start..end]),
        None => candle_core::bail!("a fused operation needs contiguous tensors, not {layout:?}"),
    }
}

/// The same, to write to.
pub(crate) fn floats_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    let CpuStorage::F32(all) = storage else {
        candle_core::bail!("a fused operation needs f32 tensors");
    };
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&mut all[start..end]),
        None => candle_core::bail!("a fused operation needs contiguous tensors, not {layout:?}"),
    }
}

/// So many floats, made on all threads: `fill` is given blocks of `block` zeros with their numbers. Zeros that one thread
/// writes first would take as long again.
pub(super) fn filled(length: usize, block: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    let mut values: Vec<f32> = Vec::with_capacity(length);
    values.spare_capacity_mut()[..length]
        .par_chunks_mut(block.max(1))
        .enumerate()
        .for_each(|(number, values)| {
            values.fill(MaybeUninit::new(0.0));
            // SAFETY: just written.
            fill(number, unsafe { values.assume_init_mut() });
        });
    // SAFETY: the blocks are all of it.
    unsafe { values.set_len(length) };
    values
}

/// So many zeros, written on all threads.
pub(super) fn zeros(length: usize) -> Vec<f32> {
    filled(length, CHUNK, |_, _| {})
}

/// e to the power of `x`; below -87 as for -87, above 88 as for 88.
///
/// Range reduction by multiples of ln 2 and a polynomial on ±ln 2 / 2 (Cephes' expf); relative error below 2e-7.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Adding and subtracting 1.5 * 2^23 rounds to a whole number, in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (x - whole * LN2_HIGH) - whole * LN2_LOW;
    let mut value = 1.987_569_1e-4_f32;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        value = value * rest + coefficient;
    }
    let value = value * rest * rest + rest + 1.0;
    let power = (shifted.to_bits() << 23).wrapping_add(0x3f80_0000);
    value * f32::from_bits(power)
}

vectorised! {
    /// The sum, in eight lanes.
    pub(super) fn sum(values: &[f32]) -> f32 {
        let (head, tail) = values.as_chunks::<8>();
        let mut lanes = [0.0_f32; 8];
        for chunk in head {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane += value;
            }
        }
        lanes.iter().sum::<f32>() + tail.iter().sum::<f32>()
    }
}

vectorised! {
    /// The sum of products, in eight lanes.
    pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
        let ((a, a_tail), (b, b_tail)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
        let mut lanes = [0.0_f32; 8];
        for (a, b) in a.iter().zip(b) {
            for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
                *lane += a * b;
            }
        }
        let rest: f32 = a_tail.iter().zip(b_tail).map(|(a, b)| a * b).sum();
        lanes.iter().sum::<f32>() + rest
    }
}

vectorised! {
    /// `sums += values`.
    pub(super) fn add(sums: &mut [f32], values: &[f32]) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
}

/// The sum of the squares: f32 sums of a chunk, f64 over the chunks.
pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
    let chunks: Vec<f32> = values.par_chunks(CHUNK).map(|chunk| dot(chunk, chunk)).collect();
    chunks.into_iter().map(f64::from).sum()
}

/// The sums of the columns of row-major `values`.
pub(super) fn column_sums(values: &[f32], width: usize) -> Vec<f32> {
    let parts: Vec<Vec<f32>> = values
        .par_chunks(ROWS * width)
        .map(|rows| {
            let mut sums = vec![0.0; width];
            for row in rows.chunks_exact(width) {
                add(&mut sums, row);
            }
            sums
        })
        .collect();
    let mut sums = vec![0.0; width];
    for part in parts {
        add(&mut sums, &part);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_everywhere() {
        for step in -8700..=8800 {
            let x = step as f32 / 100.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 2e-7, "{x}: off by {error:e}");
        }
        assert_eq!(exp(-1e9), exp(-87.0));
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn blocks_are_filled_from_zero_each_with_its_number() {
        let values = filled(7, 3, |number, block| {
            for value in &mut block[1..] {
                *value += number as f32 + 1.0;
            }
        });
        assert_eq!(values, [0.0, 1.0, 1.0, 0.0, 2.0, 2.0, 0.0]);
        assert!(filled(0, 0, |_, _| {}).is_empty());
    }

    #[test]
    fn sums_are_sums() {
        let values: Vec<f32> = (0..70_003).map(|place| (place % 17) as f32 - 8.0).collect();
        assert_eq!(sum(&values[..1003]), values[..1003].iter().sum::<f32>());
        let squares: f64 = values.iter().map(|value| f64::from(value * value)).sum();
        assert_eq!(sum_of_squares(&values), squares);
        let columns = column_sums(&values[..70_000], 7);
        for (column, sum) in columns.into_iter().enumerate() {
            assert_eq!(sum, values[column..70_000].iter().step_by(7).sum::<f32>());
        }
    }
}
