//! The encoder in floating point, on candle: any Hugging Face BERT or XLM-RoBERTa checkpoint, on the CPU and on GPUs.
//!
//! It is the oracle of the packed encoder. The layers are candle-transformers'; the embeddings, the mask and the pooling
//! are done here, because candle's `BertModel` counts positions from 0 for every model and builds a mask that turns
//! half precision into NaN.

use std::collections::HashMap;

use candle_core::{DType, IndexOp, Tensor};
use candle_nn::{LayerNorm, Module, VarBuilder};
use candle_transformers::models::bert::BertEncoder;

use super::{Device, Encoder, Precision, check_sequences};
use crate::checkpoint::{Config, Pooling, Weights};
use crate::error::{Error, Result};

impl Device {
    /// The device itself.
    pub(crate) fn open(self) -> Result<candle_core::Device> {
        let (name, feature, opened) = match self {
            Self::Cpu => return Ok(candle_core::Device::Cpu),
            Self::Cuda(number) => (format!("cuda:{number}"), "cuda", candle_core::Device::new_cuda(number)),
            Self::Metal => ("metal".to_owned(), "metal", candle_core::Device::new_metal(0)),
        };
        opened.map_err(|error| Error::Device {
            device: name,
            reason: match error {
                candle_core::Error::NotCompiledWithCudaSupport | candle_core::Error::NotCompiledWithMetalSupport => {
                    format!("this build has no such support; build with `--features {feature}`, or use cpu")
                }
                // candle appends a backtrace on further lines; the first says what happened.
                error => error.to_string().lines().next().unwrap_or_default().to_owned(),
            },
        })
    }
}

impl Precision {
    fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F16 => DType::F16,
            Self::BF16 => DType::BF16,
        }
    }
}

/// Added to the attention scores of padding. After the softmax it is 0 in every precision, and unlike `f32::MIN` it is
/// finite in half precision, where infinity times 0 would make NaN.
const MASKED: f32 = -1e4;

/// BERT in floating point.
pub struct DenseEncoder {
    config: Config,
    pooling: Pooling,
    device: candle_core::Device,
    dtype: DType,
    words: Tensor,
    positions: Tensor,
    /// Row 0 of the token type table: single texts have no other.
    token_type: Tensor,
    norm: LayerNorm,
    layers: BertEncoder,
}

impl DenseEncoder {
    /// Loads every tensor to `device` in `precision`; quantised tensors are expanded.
    ///
    /// # Errors
    /// [`Error::Tensor`] for a tensor that is missing or has another shape or type; [`Error::Device`] or
    /// [`Error::Compute`] when the device is not there or too small.
    pub fn load(
        config: Config,
        pooling: Pooling,
        weights: &Weights<'_>,
        device: Device,
        precision: Precision,
    ) -> Result<Self> {
        let device = device.open()?;
        let dtype = precision.dtype();
        let load = |name: &str, shape: &[usize]| weights.tensor(name, shape, dtype, &device);
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);

        let mut tensors = HashMap::new();
        for layer in 0..config.num_hidden_layers {
            for (name, shape) in [
                ("attention.self.query", [hidden, hidden]),
                ("attention.self.key", [hidden, hidden]),
                ("attention.self.value", [hidden, hidden]),
                ("attention.output.dense", [hidden, hidden]),
                ("intermediate.dense", [inner, hidden]),
                ("output.dense", [hidden, inner]),
            ] {
                let name = format!("encoder.layer.{layer}.{name}");
                let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
                tensors.insert(bias.clone(), load(&bias, &shape[..1])?);
                tensors.insert(weight.clone(), load(&weight, &shape)?);
            }
            for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
                for part in ["weight", "bias"] {
                    let name = format!("encoder.layer.{layer}.{name}.{part}");
                    tensors.insert(name.clone(), load(&name, &[hidden])?);
                }
            }
        }
        let layers = BertEncoder::load(
            VarBuilder::from_tensors(tensors, dtype, &device).pp("encoder"),
            &config.to_candle(),
        )?;

        let types = load(
            "embeddings.token_type_embeddings.weight",
            &[config.type_vocab_size, hidden],
        )?;
        Ok(Self {
            words: load("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?,
            positions: load(
                "embeddings.position_embeddings.weight",
                &[config.max_position_embeddings, hidden],
            )?,
            token_type: types.i(0)?,
            norm: LayerNorm::new(
                load("embeddings.LayerNorm.weight", &[hidden])?,
                load("embeddings.LayerNorm.bias", &[hidden])?,
                config.layer_norm_eps,
            ),
            layers,
            config,
            pooling,
            device,
            dtype,
        })
    }

    /// The last hidden states, `sequences x longest x hidden`, and the attention mask over them (1 for a token, 0 for
    /// padding), `sequences x longest x 1`.
    ///
    /// # Errors
    /// As [`Encoder::encode`].
    pub fn hidden_states(&self, sequences: &[&[u32]]) -> Result<(Tensor, Tensor)> {
        check_sequences(sequences, self.config.vocab_size, self.config.max_tokens())?;
        let rows = sequences.len();
        let longest = sequences.iter().map(|ids| ids.len()).max().unwrap_or(0);

        // Padding takes row 0 of the position table; the mask keeps it out of everything.
        let mut ids = vec![self.config.pad_token_id; rows * longest];
        let mut positions = vec![0_u32; rows * longest];
        let mut mask = vec![0_f32; rows * longest];
        for (row, sequence) in sequences.iter().enumerate() {
            let start = row * longest;
            ids[start..][..sequence.len()].copy_from_slice(sequence);
            for (slot, position) in positions[start..].iter_mut().zip(self.config.position_ids(sequence)) {
                *slot = position;
            }
            mask[start..][..sequence.len()].fill(1.0);
        }
        let ids = Tensor::from_vec(ids, rows * longest, &self.device)?;
        let positions = Tensor::from_vec(positions, rows * longest, &self.device)?;
        let mask = Tensor::from_vec(mask, (rows, longest, 1), &self.device)?;

        let embedded = (self.words.index_select(&ids, 0)? + self.positions.index_select(&positions, 0)?)?
            .broadcast_add(&self.token_type)?
            .reshape((rows, longest, self.config.hidden_size))?;
        // (mask - 1) * 1e4: 0 for a token, -1e4 for padding.
        let bias = mask
            .affine(f64::from(-MASKED), f64::from(MASKED))?
            .reshape((rows, 1, 1, longest))?
            .to_dtype(self.dtype)?;
        let states = self.layers.forward(&self.norm.forward(&embedded)?, &bias)?;
        Ok((states, mask))
    }
}

impl Encoder for DenseEncoder {
    fn backend(&self) -> &'static str {
        "dense"
    }

    fn dimensions(&self) -> usize {
        self.config.hidden_size
    }

    fn encode(&self, sequences: &[&[u32]]) -> Result<Vec<f32>> {
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        let (states, mask) = self.hidden_states(sequences)?;
        // Sums over tokens lose half precision quickly, so pooling is done in f32.
        let states = states.to_dtype(DType::F32)?;
        let pooled = match self.pooling {
            Pooling::Mean => states.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&mask.sum(1)?)?,
            Pooling::Cls => states.i((.., 0))?,
        };
        Ok(pooled.flatten_all()?.to_vec1()?)
    }
}
