//! Floats to blocks of integers.

use half::f16;

use crate::checkpoint::quantized::{BLOCK, Bits, NIBBLE_OFFSET};
use crate::kernels::{HEAVIEST_LANE, heaviest_lane};

/// What the value of largest magnitude in a block of 4-bit integers may become. -8 is there for positive numbers too:
/// their scale is negative then. ggml's `Q4_0` always takes -8; the best of these has a tenth less squared error.
const FOUR_BIT_ENDS: [f32; 5] = [-8.0, 8.0, 7.0, -7.5, 7.5];

/// Quantises a row-major matrix of `columns` columns: the stored bytes, and one scale for each row and block.
///
/// An 8-bit block's scale maps its largest magnitude to 127, or to less where the packed encoder could not sum up its
/// products in 16 bits ([`HEAVIEST_LANE`]); a 4-bit block takes the scale with the least squared error of a few. Scales are rounded to half precision first, so that the integers are the best ones for the scale that
/// is stored.
///
/// # Panics
/// When `values` is no whole number of rows, or `columns` is odd with 4 bits.
pub fn quantize_rows(values: &[f32], columns: usize, bits: Bits) -> (Vec<u8>, Vec<f16>) {
    assert!(columns > 0 && values.len().is_multiple_of(columns));
    assert!(bits == Bits::Eight || columns.is_multiple_of(2));
    let mut data = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len().div_ceil(BLOCK));
    for row in values.chunks_exact(columns) {
        for block in row.chunks(BLOCK) {
            let scale = match bits {
                Bits::Eight => eight_bit_scale(block),
                Bits::Four => four_bit_scale(block),
            };
            match bits {
                Bits::Eight => data.extend(integers(block, scale, -127.0, 127.0).map(|integer| integer as i8 as u8)),
                Bits::Four => {
                    let nibbles: Vec<u8> = integers(block, scale, -8.0, 7.0)
                        .map(|integer| (integer as i8 + NIBBLE_OFFSET) as u8)
                        .collect();
                    data.extend(nibbles.as_chunks::<2>().0.iter().map(|[even, odd]| even | odd << 4));
                }
            }
            scales.push(scale);
        }
    }
    (data, scales)
}

/// The value of largest magnitude, with its sign.
fn largest(block: &[f32]) -> f32 {
    block.iter().fold(
        0.0,
        |largest: f32, &value| if value.abs() > largest.abs() { value } else { largest },
    )
}

/// The nearest multiples of `scale`, within bounds.
fn integers(block: &[f32], scale: f16, lowest: f32, highest: f32) -> impl Iterator<Item = f32> {
    let inverse = match scale.to_f32() {
        0.0 => 0.0,
        scale => scale.recip(),
    };
    block
        .iter()
        .map(move |value| (value * inverse).round().clamp(lowest, highest))
}

fn eight_bit_scale(block: &[f32]) -> f16 {
    let mut scale = f16::from_f32(largest(block).abs() / 127.0);
    loop {
        let mut codes = [0; BLOCK];
        for (code, integer) in codes.iter_mut().zip(integers(block, scale, -127.0, 127.0)) {
            *code = integer as i8 as u8;
        }
        let heaviest = heaviest_lane(&codes);
        if heaviest <= HEAVIEST_LANE {
            return scale;
        }
        let wider = f16::from_f32(scale.to_f32() * (heaviest as f32 / HEAVIEST_LANE as f32));
        // Rounding may bring the same scale again.
        scale = if wider > scale {
            wider
        } else {
            f16::from_bits(scale.to_bits() + 1)
        };
    }
}

fn four_bit_scale(block: &[f32]) -> f16 {
    let largest = largest(block);
    let error = |scale: f16| -> f32 {
        integers(block, scale, -8.0, 7.0)
            .zip(block)
            .map(|(integer, value)| (integer * scale.to_f32() - value).powi(2))
            .sum()
    };
    FOUR_BIT_ENDS
        .map(|end| f16::from_f32(largest / end))
        .into_iter()
        .min_by(|a, b| error(*a).total_cmp(&error(*b)))
        .expect("there are several")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_bit_blocks_come_back_exactly() {
        // A block that was made of 4-bit integers, the whole range of them, with either sign of the scale.
        for scale in [0.125_f32, -0.125] {
            let values: Vec<f32> = (0..32).map(|place| (place % 16 - 8) as f32 * scale).collect();
            let (data, scales) = quantize_rows(&values, 32, Bits::Four);
            let rows = crate::checkpoint::quantized::Rows {
                bits: Bits::Four,
                columns: 32,
                values: &data,
                scales: &scales[0].to_le_bytes(),
            };
            assert_eq!(rows.expand(), values);
        }
    }

    #[test]
    fn eight_bit_blocks_can_be_summed_up_in_16_bits() {
        for values in [
            [1.0; 32],
            [-1.0; 32],
            std::array::from_fn(|place| (place as f32 * 0.7).sin() * 3e-4),
        ] {
            let (data, scales) = quantize_rows(&values, 32, Bits::Eight);
            assert!(heaviest_lane(&data.as_chunks().0[0]) <= HEAVIEST_LANE);
            let scale = scales[0].to_f32();
            for (value, code) in values.iter().zip(data) {
                // Half a step, and what rounding the scale to half precision moves a value of many steps.
                assert!((value - f32::from(code as i8) * scale).abs() <= 0.51 * scale);
            }
        }
    }

    #[test]
    fn a_block_of_zeros_stays_zero() {
        for bits in [Bits::Four, Bits::Eight] {
            let (data, scales) = quantize_rows(&[0.0; 64], 32, bits);
            assert!(scales.iter().all(|scale| scale.to_f32() == 0.0));
            let zero = if bits == Bits::Four { 0x88 } else { 0 };
            assert!(data.iter().all(|&byte| byte == zero));
        }
    }
}
