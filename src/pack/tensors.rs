//! The tensors of a packed model's file.

use std::collections::{BTreeMap, HashMap};

use safetensors::{Dtype, tensor::TensorView};

use super::quantize::quantize_rows;
use crate::checkpoint::WEIGHTS;
use crate::checkpoint::quantized::{BLOCK, Bits, SCALES};
use crate::error::{Error, Result};

/// Tensors by name.
#[derive(Default)]
pub(super) struct Tensors(BTreeMap<String, Tensor>);

struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Tensors {
    /// Adds a row-major matrix as integers, and their scales beside it.
    pub(super) fn integers(&mut self, name: &str, values: &[f32], columns: usize, bits: Bits) {
        let (data, scales) = quantize_rows(values, columns, bits);
        let rows = values.len() / columns;
        let (dtype, stored) = match bits {
            Bits::Eight => (Dtype::I8, columns),
            Bits::Four => (Dtype::U8, columns / 2),
        };
        self.insert(name, dtype, &[rows, stored], data);
        let scales = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        self.insert(
            &format!("{name}{SCALES}"),
            Dtype::F16,
            &[rows, columns.div_ceil(BLOCK)],
            scales,
        );
    }

    /// Adds floats as they are.
    pub(super) fn floats(&mut self, name: &str, values: &[f32], shape: &[usize]) {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.insert(name, Dtype::F32, shape, data);
    }

    fn insert(&mut self, name: &str, dtype: Dtype, shape: &[usize], data: Vec<u8>) {
        let shape = shape.to_vec();
        self.0.insert(name.to_owned(), Tensor { dtype, shape, data });
    }

    /// The file: the same tensors give the same bytes.
    ///
    /// # Errors
    /// [`Error::File`] where safetensors refuses them.
    pub(super) fn serialize(&self) -> Result<Vec<u8>> {
        let views = self.0.iter().map(|(name, tensor)| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.data);
            (name, view.expect("shape and bytes agree"))
        });
        // One key only: safetensors does not order several, and packing must give the same bytes every time.
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| Error::file(WEIGHTS, error))
    }
}
