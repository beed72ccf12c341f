//! `model.safetensors`: named tensors, checked as they are taken out.

#[cfg(feature = "dense")]
use candle_core::{DType, Device, Tensor};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::quantized;
use crate::error::{Error, Result};

/// The weights' file name inside a model folder.
pub const WEIGHTS: &str = "model.safetensors";

/// The tensors of one checkpoint, under Hugging Face's BERT names (`embeddings.…`, `encoder.layer.0.…`).
pub struct Weights<'a> {
    file: &'a str,
    tensors: SafeTensors<'a>,
    /// "bert." or "roberta." in checkpoints that were saved with a task head.
    prefix: String,
}

impl<'a> Weights<'a> {
    /// Reads the header of a safetensors file; `file` is what errors call it.
    ///
    /// # Errors
    /// [`Error::File`] for a truncated or malformed file, [`Error::Tensor`] where there is no embedding table.
    pub fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| Error::file(file, format!("not a whole safetensors file ({error}); fetch it again")))?;
        const TABLE: &str = "embeddings.word_embeddings.weight";
        let prefix = tensors
            .names()
            .into_iter()
            .find_map(|name| name.strip_suffix(TABLE))
            .ok_or_else(|| Error::tensor(file, TABLE, "is missing: this is no BERT encoder"))?
            .to_owned();
        Ok(Self { file, tensors, prefix })
    }

    /// The file's name, for messages.
    pub fn file(&self) -> &'a str {
        self.file
    }

    /// The tensor `name`, if it is there.
    pub fn get(&self, name: &str) -> Option<TensorView<'_>> {
        self.tensors.tensor(&format!("{}{name}", self.prefix)).ok()
    }

    /// The tensor `name`.
    ///
    /// # Errors
    /// [`Error::Tensor`] when it is missing.
    pub fn require(&self, name: &str) -> Result<TensorView<'_>> {
        self.get(name)
            .ok_or_else(|| self.wrong(name, "is missing: the file does not fit config.json"))
    }

    /// An [`Error::Tensor`] about `name` in this file.
    pub fn wrong(&self, name: &str, reason: impl std::fmt::Display) -> Error {
        Error::tensor(self.file, name, reason)
    }

    /// Refuses a tensor of another shape than `shape`.
    ///
    /// # Errors
    /// [`Error::Tensor`].
    pub fn check_shape(&self, name: &str, view: &TensorView<'_>, shape: &[usize]) -> Result<()> {
        if view.shape() != shape {
            return Err(self.wrong(
                name,
                format!("has shape {:?}; config.json asks for {shape:?}", view.shape()),
            ));
        }
        Ok(())
    }

    /// The tensor `name` of shape `shape` as 32-bit floats, row-major; quantised tensors are expanded.
    ///
    /// # Errors
    /// [`Error::Tensor`] when it is missing, has another shape, or a type that is neither floating point nor one of
    /// the packed format.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let view = self.require(name)?;
        if self.get(&format!("{name}{}", quantized::SCALES)).is_some() {
            return Ok(quantized::Rows::read(self, name, shape)?.expand());
        }
        self.check_shape(name, &view, shape)?;
        let data = view.data();
        Ok(match view.dtype() {
            Dtype::F32 => data
                .as_chunks::<4>()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect(),
            Dtype::F16 => data
                .as_chunks::<2>()
                .0
                .iter()
                .map(|bytes| f16::from_le_bytes(*bytes).to_f32())
                .collect(),
            Dtype::BF16 => data
                .as_chunks::<2>()
                .0
                .iter()
                .map(|bytes| bf16::from_le_bytes(*bytes).to_f32())
                .collect(),
            other => {
                return Err(self.wrong(name, format!("is of type {other:?}; supported are F32, F16 and BF16")));
            }
        })
    }

    /// The same as a candle tensor.
    ///
    /// # Errors
    /// As [`floats`](Self::floats), or [`Error::Compute`] when the device has no room.
    #[cfg(feature = "dense")]
    pub fn tensor(&self, name: &str, shape: &[usize], dtype: DType, device: &Device) -> Result<Tensor> {
        let values = self.floats(name, shape)?;
        // Converted on the CPU, so that a GPU never holds the f32 copy.
        Ok(Tensor::from_vec(values, shape, &Device::Cpu)?
            .to_dtype(dtype)?
            .to_device(device)?)
    }
}
