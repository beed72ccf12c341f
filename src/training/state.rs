//! Where a run stands, on disk: enough to go on as if nothing had happened.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::optimiser::AdamW;
use super::parameters::{Parameters, host};
use crate::error::{Error, Result};

/// The file's name inside a run's folder.
pub const STATE: &str = "state.safetensors";
/// The one key of its metadata.
const METADATA: &str = "yaksearch-training";

/// How far a run has come. (Random numbers are functions of the seed and the place, so they need no state.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// SHA-256 over the recipe, its data and its checkpoint.
    pub run: String,
    /// The stage, from 0, counted through all runs.
    pub stage: usize,
    /// Optimiser steps of the stage that are done.
    pub step: usize,
}

/// Writes the trained parameters, the optimiser's moments, the position and, where one is kept, the mean of
/// `earlier` weights, at once or not at all.
///
/// # Errors
/// [`Error::Io`], or [`Error::Compute`] when the device fails.
pub fn save(
    folder: &Path,
    position: &Position,
    parameters: &Parameters,
    optimiser: &AdamW,
    earlier: Option<&Parameters>,
) -> Result<()> {
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut add = |name: String, tensor: &Tensor| -> Result<()> {
        let bytes = host(tensor)?.into_iter().flat_map(f32::to_le_bytes).collect();
        tensors.push((name, tensor.dims().to_vec(), bytes));
        Ok(())
    };
    for (parameter, moments) in parameters.trained().zip(&optimiser.moments) {
        let name = &parameter.name;
        add(format!("value.{name}"), parameter.value.as_tensor())?;
        add(format!("first.{name}"), &moments.first)?;
        add(format!("second.{name}"), &moments.second)?;
    }
    for parameter in earlier.into_iter().flat_map(Parameters::trained) {
        add(format!("earlier.{}", parameter.name), parameter.value.as_tensor())?;
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).expect("shape and bytes agree");
        (name, view)
    });
    let position = serde_json::to_string(position).expect("a position is plain data");
    let metadata = HashMap::from([(METADATA.to_owned(), position)]);
    let path = folder.join(STATE);
    let bytes = safetensors::serialize(views, Some(metadata))
        .map_err(|error| Error::file(path.display().to_string(), error))?;
    crate::storage::write_atomically(&path, &bytes)
}

/// A state's bytes and what they say about the run.
pub struct Saved {
    path: PathBuf,
    bytes: Vec<u8>,
    /// How far the run had come.
    pub position: Position,
}

impl Saved {
    /// Opens the state in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`] where there is none; [`Error::File`] for a damaged one, or one of another run than `run`.
    pub fn open(folder: &Path, run: &str) -> Result<Self> {
        let path = folder.join(STATE);
        let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
        let wrong = |reason: String| Error::file(path.display().to_string(), reason);
        let (_, metadata) =
            SafeTensors::read_metadata(&bytes).map_err(|error| wrong(format!("damaged ({error}); start again")))?;
        let position: Position = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(METADATA))
            .and_then(|position| serde_json::from_str(position).ok())
            .ok_or_else(|| wrong("not the state of a training run; start again".to_owned()))?;
        if position.run != run {
            return Err(wrong(
                "it belongs to a run with another recipe, other data or another checkpoint; bring those back, or start again \
                 without resuming"
                    .to_owned(),
            ));
        }
        Ok(Self { path, bytes, position })
    }

    /// Puts parameters, moments and the mean of `earlier` weights back.
    ///
    /// # Errors
    /// [`Error::Tensor`] for a tensor that is missing or of another shape; [`Error::Compute`].
    pub fn restore(&self, parameters: &Parameters, optimiser: &mut AdamW, earlier: Option<&Parameters>) -> Result<()> {
        let file = self.path.display().to_string();
        let tensors = SafeTensors::deserialize(&self.bytes).map_err(|error| Error::file(&file, error))?;
        let read = |name: String, like: &Tensor| -> Result<Tensor> {
            let view = tensors
                .tensor(&name)
                .map_err(|_| Error::tensor(&file, &name, "is missing; start again"))?;
            if view.shape() != like.dims() || view.dtype() != Dtype::F32 {
                return Err(Error::tensor(&file, &name, "has another shape or type; start again"));
            }
            let values: Vec<f32> = view
                .data()
                .as_chunks::<4>()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect();
            Ok(Tensor::from_vec(values, like.dims(), like.device())?)
        };
        for (parameter, moments) in parameters.trained().zip(&mut optimiser.moments) {
            let name = &parameter.name;
            let value = read(format!("value.{name}"), parameter.value.as_tensor())?;
            parameter.value.set(&value)?;
            moments.first = read(format!("first.{name}"), &moments.first)?;
            moments.second = read(format!("second.{name}"), &moments.second)?;
        }
        for parameter in earlier.into_iter().flat_map(Parameters::trained) {
            let value = read(format!("earlier.{}", parameter.name), parameter.value.as_tensor())?;
            parameter.value.set(&value)?;
        }
        optimiser.steps = self.position.step;
        Ok(())
    }
}
