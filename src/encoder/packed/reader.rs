//! The packed model's file: where each tensor lies in it, checked.

use std::ops::Range;

use super::layer::Linear;
use super::table::Table;
use crate::checkpoint::Weights;
use crate::checkpoint::quantized::{Bits, Rows, SCALES};
use crate::error::Result;
use crate::kernels::{BLOCK, HEAVIEST_LANE, Isa, LayerNorm, Sums, heaviest_lane};

/// A model's file, not yet reordered.
pub(super) struct Reader<'a> {
    weights: Weights<'a>,
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads the header; `file` is what errors call the file.
    pub(super) fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self> {
        Ok(Self {
            weights: Weights::open(file, bytes)?,
            bytes,
        })
    }

    /// Where `part`, a part of the file, lies in it.
    fn place(&self, part: &[u8]) -> Range<usize> {
        let start = part.as_ptr() as usize - self.bytes.as_ptr() as usize;
        start..start + part.len()
    }

    /// The LayerNorm `name`.
    pub(super) fn layer_norm(&self, name: &str, width: usize, epsilon: f64) -> Result<LayerNorm> {
        Ok(LayerNorm {
            weight: self.weights.floats(&format!("{name}.weight"), &[width])?,
            bias: self.weights.floats(&format!("{name}.bias"), &[width])?,
            epsilon: epsilon as f32,
        })
    }

    /// The embedding table `name`; quantised ones stay as they are.
    pub(super) fn table(&self, name: &str, rows: usize, width: usize) -> Result<Table> {
        if self.weights.get(&format!("{name}{SCALES}")).is_none() {
            return Ok(Table::floats(width, self.weights.floats(name, &[rows, width])?));
        }
        let rows = Rows::read(&self.weights, name, &[rows, width])?;
        Ok(Table::quantised(
            rows.bits,
            width,
            self.place(rows.values),
            self.place(rows.scales),
        ))
    }

    /// The linear layer `name`: its scales in the order that `isa` multiplies in, its codes still in that of the file.
    pub(super) fn linear(&self, isa: Isa, name: &str, outputs: usize, inputs: usize) -> Result<Linear> {
        let weight = format!("{name}.weight");
        let rows = Rows::read(&self.weights, &weight, &[outputs, inputs])?;
        if rows.bits != Bits::Eight {
            return Err(self.weights.wrong(
                &weight,
                "has 4-bit integers; the encoder's layers must be packed with 8",
            ));
        }
        let heavy = |block: &[u8; BLOCK]| heaviest_lane(block) > HEAVIEST_LANE;
        if let Some(place) = rows.values.as_chunks::<BLOCK>().0.iter().position(heavy) {
            let (row, block) = (place / (inputs / BLOCK), place % (inputs / BLOCK));
            return Err(self.weights.wrong(
                &weight,
                format!(
                    "has integers in row {row}, block {block} that add up to more than {HEAVIEST_LANE}; pack the model again"
                ),
            ));
        }
        Ok(Linear {
            inputs,
            outputs,
            codes: self.place(rows.values),
            scales: isa.pack_scales(rows.scales, inputs),
            sums: Sums::default(),
            bias: self.weights.floats(&format!("{name}.bias"), &[outputs])?,
        })
    }
}
