//! Where a run stands, on disk: enough to go on as if nothing had happened.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::optimiser::AdamW;
use super::parameters::{Parameters, host};
use crate::error::{Error, Result};

/// The file's name inside a run's folder.
pub const STATE: &str = "state.safetensors";
/// The vectors of passages that are kept, and their pairs; missing where none are.
const MEMORY: &str = "memory";
const MEMORY_ROWS: &str = "memory.rows";
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

/// Writes the trained parameters, the optimiser's moments, the memory, the position and, from the second run on, the mean
/// of the `earlier` runs, at once or not at all.
///
/// # Errors
/// [`Error::Io`], or [`Error::Compute`] when the device fails.
pub fn save(
    folder: &Path,
    position: &Position,
    parameters: &Parameters,
    optimiser: &AdamW,
    memory: &Memory,
    earlier: Option<&Parameters>,
) -> Result<()> {
    let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    let bytes = |values: Vec<f32>| -> Vec<u8> { values.into_iter().flat_map(f32::to_le_bytes).collect() };
    let (rows, vectors) = (memory.rows(), memory.vectors());
    if !rows.is_empty() {
        let shape = vec![rows.len(), vectors.len() / rows.len()];
        tensors.push((MEMORY.to_owned(), Dtype::F32, shape, bytes(vectors)));
        let numbers = rows.iter().flat_map(|row| (*row as u64).to_le_bytes()).collect();
        tensors.push((MEMORY_ROWS.to_owned(), Dtype::U64, vec![rows.len()], numbers));
    }
    let mut add = |name: String, tensor: &Tensor| -> Result<()> {
        tensors.push((name, Dtype::F32, tensor.dims().to_vec(), bytes(host(tensor)?)));
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
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        let view = TensorView::new(*dtype, shape.clone(), bytes).expect("shape and bytes agree");
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

    /// Puts parameters, moments and the mean of `earlier` runs back, and returns the memory of a stage of so many `pairs`.
    ///
    /// # Errors
    /// [`Error::Tensor`] for a tensor that is missing or of another shape; [`Error::Compute`].
    pub fn restore(
        &self,
        parameters: &Parameters,
        optimiser: &mut AdamW,
        earlier: Option<&Parameters>,
        pairs: usize,
    ) -> Result<Memory> {
        let file = self.path.display().to_string();
        let tensors = SafeTensors::deserialize(&self.bytes).map_err(|error| Error::file(&file, error))?;
        let read = |name: String, like: &Tensor| -> Result<Tensor> {
            let view = tensors
                .tensor(&name)
                .map_err(|_| Error::tensor(&file, &name, "is missing; start again"))?;
            if view.shape() != like.dims() || view.dtype() != Dtype::F32 {
                return Err(Error::tensor(&file, &name, "has another shape or type; start again"));
            }
            Ok(Tensor::from_vec(floats(view.data()), like.dims(), like.device())?)
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
        let (Ok(vectors), Ok(rows)) = (tensors.tensor(MEMORY), tensors.tensor(MEMORY_ROWS)) else {
            return Ok(Memory::default());
        };
        let types = (vectors.dtype(), rows.dtype());
        let shapes = vectors.shape().len() == 2 && vectors.shape()[..1] == *rows.shape();
        let numbers = rows.data().as_chunks::<8>().0.iter();
        let rows: Vec<usize> = numbers.map(|bytes| u64::from_le_bytes(*bytes) as usize).collect();
        if types != (Dtype::F32, Dtype::U64) || !shapes || rows.iter().any(|row| *row >= pairs) {
            return Err(Error::tensor(&file, MEMORY, "has another shape or type; start again"));
        }
        Ok(Memory::new(rows, floats(vectors.data())))
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let numbers = bytes.as_chunks::<4>().0.iter();
    numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
