//! Embedding tables: rows become floats as they are looked up.

use std::ops::Range;

use crate::checkpoint::quantized::{Bits, Rows};

/// A table of rows of `width` values.
pub(super) struct Table {
    width: usize,
    values: Values,
}

enum Values {
    /// Small tables, which packing leaves as they are.
    Floats(Vec<f32>),
    /// Integers and scales inside the model's file.
    Quantised {
        bits: Bits,
        values: Range<usize>,
        scales: Range<usize>,
    },
}

impl Table {
    /// A table of floats, row-major.
    pub(super) fn floats(width: usize, values: Vec<f32>) -> Self {
        Self {
            width,
            values: Values::Floats(values),
        }
    }

    /// A quantised table whose parts lie at these places in the model's file.
    pub(super) fn quantised(bits: Bits, width: usize, values: Range<usize>, scales: Range<usize>) -> Self {
        Self {
            width,
            values: Values::Quantised { bits, values, scales },
        }
    }

    /// Adds row `row` to `out`; `file` is the model's bytes.
    ///
    /// # Panics
    /// When there is no such row, or `out` is not as wide as the table.
    pub(super) fn add_row(&self, file: &[u8], row: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.width);
        match &self.values {
            Values::Floats(values) => {
                for (out, value) in out.iter_mut().zip(&values[row * self.width..][..self.width]) {
                    *out += value;
                }
            }
            Values::Quantised { bits, values, scales } => Rows {
                bits: *bits,
                columns: self.width,
                values: &file[values.clone()],
                scales: &file[scales.clone()],
            }
            .add_row(row, out),
        }
    }
}
