//! Tiles on AVX-512 with BF16, which multiplies 16 pairs of numbers by 16 others and adds both products to 16 sums, in one
//! instruction: AMD from Zen 4 on, and Intel's server processors from 2020 on.

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_dpbf16_ps, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_set1_epi32,
    _mm512_storeu_ps,
};

use super::{BLOCK, TILE, Tile, each_block};

/// Rows of the result that are summed at a time, over two tiles: 16 of the 32 registers hold sums.
const ROWS: usize = 8;

/// Whether this machine has the instruction.
pub fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bf16")
}

/// Multiplies as [`super::BlockRow`] says. Only where [`available`].
pub fn block_row(left: &[Tile], right: &[Tile], out: &mut [f32], n: usize) {
    if left.is_empty() {
        return;
    }
    each_block(right.len() / left.len(), out, n, |number, out, stride| {
        let right = &right[number * left.len()..][..left.len()];
        for (part, out) in out.chunks_mut(ROWS * stride).take(BLOCK / ROWS).enumerate() {
            // SAFETY: the instruction is there, as the caller has found.
            unsafe { multiply(left, right, part, out, stride) };
        }
    });
}

/// Adds the product of two blocks to 8 rows of 32 numbers, `stride` apart: those of the `part`th 8 rows of the left block.
#[target_feature(enable = "avx512f,avx512bf16")]
fn multiply(left: &[Tile], right: &[Tile], part: usize, out: &mut [f32], stride: usize) {
    assert!(left.len() == right.len() && part < BLOCK / ROWS && out.len() >= (ROWS - 1) * stride + BLOCK);
    let (half, first) = (part * ROWS / TILE, part * ROWS % TILE);
    // SAFETY: 16 floats lie inside from both places, as was just found.
    let mut sums: [[__m512; 2]; ROWS] = std::array::from_fn(|row| {
        [0, TILE].map(|column| unsafe { _mm512_loadu_ps(&raw const out[row * stride + column]) })
    });
    for (left, right) in left.as_chunks::<2>().0.iter().zip(right.as_chunks::<2>().0) {
        let rows = &left[half].0[first * TILE..][..ROWS * TILE];
        for pair in 0..TILE {
            // SAFETY: the 16 pairs lie inside the tile.
            let columns = right
                .each_ref()
                .map(|tile| pairs(unsafe { _mm512_loadu_si512(tile.0[pair * TILE..][..TILE].as_ptr().cast()) }));
            for (row, sums) in sums.iter_mut().enumerate() {
                let row = pairs(_mm512_set1_epi32(rows[row * TILE + pair] as i32));
                for (sum, columns) in sums.iter_mut().zip(columns) {
                    *sum = _mm512_dpbf16_ps(*sum, row, columns);
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (half, sum) in sums.iter().enumerate() {
            // SAFETY: they lie where they were read.
            unsafe { _mm512_storeu_ps(&raw mut out[row * stride + half * TILE], *sum) };
        }
    }
}

/// The same 512 bits as pairs of bfloat16.
fn pairs(bits: __m512i) -> __m512bh {
    // SAFETY: both are 512 bits, of which every pattern is valid.
    unsafe { std::mem::transmute(bits) }
}
