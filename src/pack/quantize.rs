//! Floats to blocks of integers.

use half::f16;

use crate::checkpoint::quantized::{BLOCK, Bits, NIBBLE_OFFSET};

/// Quantises a row-major matrix of `columns` columns: the stored bytes, and one scale for each row and block.
///
/// The scale maps a block's largest magnitude to the largest integer (127 or 7). It is rounded to half precision
/// first, so that the integers are the best ones for the scale that is stored.
///
/// # Panics
/// When `values` is no whole number of rows, or `columns` is odd with 4 bits.
pub fn quantize_rows(values: &[f32], columns: usize, bits: Bits) -> (Vec<u8>, Vec<f16>) {
    assert!(columns > 0 && values.len().is_multiple_of(columns));
    assert!(bits == Bits::Eight || columns.is_multiple_of(2));
    let highest = match bits {
        Bits::Eight => 127.0,
        Bits::Four => 7.0,
    };
    let mut data = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len().div_ceil(BLOCK));
    for row in values.chunks_exact(columns) {
        for block in row.chunks(BLOCK) {
            let largest = block.iter().fold(0_f32, |largest, value| largest.max(value.abs()));
            let scale = f16::from_f32(largest / highest);
            let inverse = match scale.to_f32() {
                0.0 => 0.0,
                scale => scale.recip(),
            };
            let integer = |value: &f32| (value * inverse).round().clamp(-highest, highest) as i8;
            match bits {
                Bits::Eight => data.extend(block.iter().map(|value| integer(value) as u8)),
                Bits::Four => data.extend(block.as_chunks::<2>().0.iter().map(|[even, odd]| {
                    let nibble = |value| (integer(value) + NIBBLE_OFFSET) as u8;
                    nibble(even) | nibble(odd) << 4
                })),
            }
            scales.push(scale);
        }
    }
    (data, scales)
}
