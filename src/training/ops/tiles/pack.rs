//! Floats rounded to bfloat16 and cut into tiles.

use std::arch::x86_64::{
    __m256bh, __m256i, __m512bh, __m512i, _mm512_cvtepu16_epi32, _mm512_cvtne2ps_pbh, _mm512_cvtneps_pbh,
    _mm512_loadu_ps, _mm512_or_si512, _mm512_slli_epi32, _mm512_storeu_si512,
};

use super::{DEPTH, TILE, Tile};
use crate::training::ops::product::{View, bits};

/// Packs 16 rows of 32 numbers, from `row` and `column` on, of a matrix with so many rows and columns: row by row, or
/// with `turned` pair by pair. What lies outside the matrix is 0. Only where [`super::dot::available`].
pub fn pack(view: View<'_>, rows: usize, columns: usize, row: usize, column: usize, turned: bool, tile: &mut Tile) {
    let (row_stride, column_stride) = view.strides;
    let at = |row: usize, column: usize| row * row_stride + column * column_stride;
    let whole = row + TILE <= rows && column + DEPTH <= columns;
    // A line is a row, or a pair of columns: whichever lies together in memory.
    let by_row = column_stride == 1;
    if whole && by_row {
        // SAFETY: the instructions are there, as the caller has found.
        unsafe { neighbours(&view.values[at(row, column)..], row_stride, tile) };
    } else if whole && row_stride == 1 {
        // SAFETY: the same.
        unsafe { zipped(&view.values[at(row, column)..], column_stride, tile) };
    } else {
        for (place, pair) in tile.0.iter_mut().enumerate() {
            let (line, place) = (place / TILE, place % TILE);
            let (row, column) = if by_row {
                (row + line, column + 2 * place)
            } else {
                (row + place, column + 2 * line)
            };
            let [first, second] = [column, column + 1].map(|column| {
                if row < rows && column < columns {
                    bits(view.values[at(row, column)])
                } else {
                    0
                }
            });
            *pair = first | second << 16;
        }
    }
    if by_row == turned {
        for line in 1..TILE {
            for place in 0..line {
                tile.0.swap(line * TILE + place, place * TILE + line);
            }
        }
    }
}

/// 16 lines of 32 numbers, `stride` apart: in each, pairs of neighbours.
#[target_feature(enable = "avx512f,avx512bf16")]
fn neighbours(values: &[f32], stride: usize, tile: &mut Tile) {
    for (number, line) in tile.0.as_chunks_mut::<TILE>().0.iter_mut().enumerate() {
        let values = &values[number * stride..][..DEPTH];
        let (lower, upper) = values.split_at(TILE);
        // SAFETY: 16 numbers lie at either, and room for 16 pairs; every pattern of 512 bits is valid as both types.
        unsafe {
            let pairs = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(upper.as_ptr()), _mm512_loadu_ps(lower.as_ptr()));
            _mm512_storeu_si512(
                line.as_mut_ptr().cast(),
                std::mem::transmute::<__m512bh, __m512i>(pairs),
            );
        }
    }
}

/// 32 lines of 16 numbers, `stride` apart: pairs of one number of each of two lines.
#[target_feature(enable = "avx512f,avx512bf16")]
fn zipped(values: &[f32], stride: usize, tile: &mut Tile) {
    for (number, line) in tile.0.as_chunks_mut::<TILE>().0.iter_mut().enumerate() {
        let [first, second] = [2 * number, 2 * number + 1].map(|line| &values[line * stride..][..TILE]);
        // SAFETY: 16 numbers lie at either, and room for 16 pairs.
        unsafe {
            let first = wide(_mm512_cvtneps_pbh(_mm512_loadu_ps(first.as_ptr())));
            let second = wide(_mm512_cvtneps_pbh(_mm512_loadu_ps(second.as_ptr())));
            let pairs = _mm512_or_si512(first, _mm512_slli_epi32::<16>(second));
            _mm512_storeu_si512(line.as_mut_ptr().cast(), pairs);
        }
    }
}

/// 16 numbers of 16 bits in the lower halves of 16 of 32 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn wide(numbers: __m256bh) -> __m512i {
    // SAFETY: both are 256 bits, of which every pattern is valid.
    _mm512_cvtepu16_epi32(unsafe { std::mem::transmute::<__m256bh, __m256i>(numbers) })
}
