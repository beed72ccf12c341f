//! Quantised rows in safetensors: the storage format of a packed model.
//!
//! A matrix `X` of `rows x columns` is stored as two tensors. `X` holds integers, either signed 8-bit, or 4-bit with
//! two columns a byte (even column in the low nibble, offset 8). `X.scales` holds one half-precision scale for each
//! row and each block of [`BLOCK`] columns; a value is its integer times its scale. Symmetric blocks of 32 are those of
//! ggml's `Q8_0` and `Q4_0`.

use half::f16;
use safetensors::Dtype;

use super::Weights;
use crate::error::Result;

/// Columns that share a scale.
pub const BLOCK: usize = 32;
/// What follows a tensor's name in the name of its scales.
pub const SCALES: &str = ".scales";
/// What is added to a 4-bit integer so that it is stored unsigned.
pub const NIBBLE_OFFSET: i8 = 8;

/// Integers of 8 or 4 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// Signed bytes in -127..=127, whose scale is not negative; in the encoder's matrices no block's lanes are beyond
    /// [`HEAVIEST_LANE`](crate::kernels::HEAVIEST_LANE).
    Eight,
    /// Two columns a byte, each in -8..=7 with offset 8; their scale may be negative.
    Four,
}

/// A quantised matrix, borrowed from its file.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// How wide the integers are.
    pub bits: Bits,
    /// Number of columns, before packing.
    pub columns: usize,
    /// `rows x columns` bytes, or `rows x columns / 2`.
    pub values: &'a [u8],
    /// `rows x ceil(columns / 32)` half-precision floats, little-endian.
    pub scales: &'a [u8],
}

impl<'a> Rows<'a> {
    /// The quantised matrix `name` of shape `[rows, columns]`.
    ///
    /// # Errors
    /// [`crate::Error::Tensor`] when one of the two tensors is missing or has another type or shape, or when a scale is not a
    /// finite number, or negative where it must not be.
    pub fn read(weights: &'a Weights<'_>, name: &str, shape: &[usize]) -> Result<Self> {
        let &[rows, columns] = shape else {
            return Err(weights.wrong(name, "is quantised but is no matrix"));
        };
        let view = weights.require(name)?;
        let bits = match view.dtype() {
            Dtype::I8 => Bits::Eight,
            Dtype::U8 if columns % 2 == 0 => Bits::Four,
            other => {
                return Err(weights.wrong(
                    name,
                    format!("is of type {other:?}; a quantised matrix is I8, or U8 with an even width"),
                ));
            }
        };
        let stored = match bits {
            Bits::Eight => columns,
            Bits::Four => columns / 2,
        };
        weights.check_shape(name, &view, &[rows, stored])?;
        let scales_name = format!("{name}{SCALES}");
        let scales = weights.require(&scales_name)?;
        weights.check_shape(&scales_name, &scales, &[rows, columns.div_ceil(BLOCK)])?;
        if scales.dtype() != Dtype::F16 {
            return Err(weights.wrong(&scales_name, format!("is of type {:?}; scales are F16", scales.dtype())));
        }
        let scales = scales.data();
        for (place, bytes) in scales.as_chunks::<2>().0.iter().enumerate() {
            let scale = f16::from_le_bytes(*bytes);
            let what = if !scale.is_finite() {
                "no finite number"
            } else if bits == Bits::Eight && scale.is_sign_negative() {
                "a negative scale"
            } else {
                continue;
            };
            return Err(weights.wrong(&scales_name, format!("holds {what} at position {place}")));
        }
        Ok(Self {
            bits,
            columns,
            values: view.data(),
            scales,
        })
    }

    /// Every value as a float, row-major.
    pub fn expand(&self) -> Vec<f32> {
        let rows = self.scales.len() / 2 / self.columns.div_ceil(BLOCK);
        let mut out = vec![0.0; rows * self.columns];
        for (row, out) in out.chunks_exact_mut(self.columns).enumerate() {
            self.add_row(row, out);
        }
        out
    }

    /// Adds row `row` to `out`.
    ///
    /// # Panics
    /// When there is no such row, or `out` is not `columns` long.
    pub fn add_row(&self, row: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.columns);
        let blocks = self.columns.div_ceil(BLOCK);
        let scales = &self.scales.as_chunks::<2>().0[row * blocks..][..blocks];
        for (block, (scale, out)) in scales.iter().zip(out.chunks_mut(BLOCK)).enumerate() {
            // The constant conversion: the other asks for the processor's features each time.
            let scale = f16::from_le_bytes(*scale).to_f32_const();
            let start = row * self.columns + block * BLOCK;
            match self.bits {
                Bits::Eight => {
                    let values = &self.values[start..][..out.len()];
                    for (out, &value) in out.iter_mut().zip(values) {
                        *out += f32::from(value as i8) * scale;
                    }
                }
                Bits::Four => {
                    let values = &self.values[start / 2..][..out.len() / 2];
                    for (out, &pair) in out.as_chunks_mut::<2>().0.iter_mut().zip(values) {
                        let low = (pair & 0x0f) as i8 - NIBBLE_OFFSET;
                        let high = (pair >> 4) as i8 - NIBBLE_OFFSET;
                        out[0] += f32::from(low) * scale;
                        out[1] += f32::from(high) * scale;
                    }
                }
            }
        }
    }
}
