//! The encoder as a function that can be differentiated.

use std::ops::Range;

use candle_core::{Device, Tensor};

use super::ops::{Activation, Dropout, Factors, Sequences, Way, add_norm, attention, dropout, linear};
use super::parameters::{Parameters, WORDS, host};
use crate::checkpoint::{Config, Pooling};
use crate::encoder::{Encoder, check_sequences};
use crate::error::Result;

/// Weights and biases.
#[derive(Clone)]
struct Dense {
    weight: Tensor,
    bias: Tensor,
}

#[derive(Clone)]
struct Layer {
    qkv: Dense,
    context: Dense,
    context_norm: Tensor,
    inner: Dense,
    outer: Dense,
    outer_norm: Tensor,
}

/// BERT in float32. Sequences stand one after the other, so nothing is computed for padding.
///
/// The tensors are those of [`Parameters`], not copies: a step of the optimiser changes the model.
#[derive(Clone)]
pub struct Model {
    config: Config,
    pooling: Pooling,
    device: Device,
    way: Way,
    factors: Factors,
    words: Tensor,
    positions: Tensor,
    types: Tensor,
    norm: Tensor,
    layers: Vec<Layer>,
    /// How many of them, the embeddings below included, training leaves as they are.
    frozen: usize,
}

impl Model {
    /// A model of these parameters; fused operations where the device is the CPU.
    pub fn new(config: Config, pooling: Pooling, parameters: &Parameters, factors: Factors) -> Self {
        let get = |name: &str| parameters.tensor(name);
        let words = get(WORDS);
        let device = words.device().clone();
        let layers = (0..config.num_hidden_layers)
            .map(|layer| {
                let get = |name: &str| parameters.tensor(&format!("layer.{layer}.{name}"));
                let dense = |name: &str| Dense {
                    weight: get(&format!("{name}.weight")),
                    bias: get(&format!("{name}.bias")),
                };
                Layer {
                    qkv: dense("qkv"),
                    context: dense("context"),
                    context_norm: get("context.norm"),
                    inner: dense("inner"),
                    outer: dense("outer"),
                    outer_norm: get("outer.norm"),
                }
            })
            .collect();
        Self {
            way: if device.is_cpu() { Way::Fused } else { Way::Composed },
            factors,
            positions: get("positions"),
            types: get("types"),
            norm: get("norm"),
            words,
            layers,
            config,
            pooling,
            device,
            frozen: parameters.frozen().layers,
        }
    }

    /// The same model, computing in this way.
    #[cfg(test)]
    pub fn with_way(self, way: Way) -> Self {
        Self { way, ..self }
    }

    /// The same weights without their gradients, for evaluation: nothing is stored for a backward pass.
    pub fn detached(&self) -> Self {
        let dense = |dense: &Dense| Dense {
            weight: dense.weight.detach(),
            bias: dense.bias.detach(),
        };
        Self {
            words: self.words.detach(),
            positions: self.positions.detach(),
            types: self.types.detach(),
            norm: self.norm.detach(),
            layers: self
                .layers
                .iter()
                .map(|layer| Layer {
                    qkv: dense(&layer.qkv),
                    context: dense(&layer.context),
                    context_norm: layer.context_norm.detach(),
                    inner: dense(&layer.inner),
                    outer: dense(&layer.outer),
                    outer_norm: layer.outer_norm.detach(),
                })
                .collect(),
            ..self.clone()
        }
    }

    /// Pooled sentence vectors, `sequences x hidden`, not normalised.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for ids beyond the table; [`crate::Error::Compute`].
    pub fn forward(&self, sequences: &[&[u32]], drop: Dropout) -> Result<Tensor> {
        let below = self.states_below(sequences, drop)?;
        self.forward_above(&below, &packed(sequences), drop)
    }

    /// Token states after the frozen layers, `tokens x hidden`: the same at every step, as nothing is dropped. Where no
    /// layer is frozen, the embeddings.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn states_below(&self, sequences: &[&[u32]], drop: Dropout) -> Result<Tensor> {
        let drop = if self.frozen > 0 { Dropout::NONE } else { drop };
        let embedded = self.embed(sequences, drop)?;
        self.through(0..self.frozen, embedded, &packed(sequences), drop)
    }

    /// The sentence vectors of what [`states_below`](Self::states_below) gave.
    ///
    /// # Errors
    /// [`crate::Error::Compute`].
    pub fn forward_above(&self, below: &Tensor, packed: &Sequences, drop: Dropout) -> Result<Tensor> {
        let states = self.through(self.frozen..self.layers.len(), below.clone(), packed, drop)?;
        self.pool(&states, packed)
    }

    /// Whether any layer is frozen.
    pub fn is_frozen(&self) -> bool {
        self.frozen > 0
    }

    /// Token states, given as numbers, as a tensor `tokens x hidden` on the model's device.
    ///
    /// # Errors
    /// [`crate::Error::Compute`].
    pub fn states_of(&self, values: &[f32]) -> Result<Tensor> {
        let width = self.config.hidden_size;
        Ok(Tensor::from_slice(values, (values.len() / width, width), &self.device)?)
    }

    fn embed(&self, sequences: &[&[u32]], drop: Dropout) -> Result<Tensor> {
        check_sequences(sequences, self.config.vocab_size, self.config.max_tokens())?;
        let ids = sequences.concat();
        let tokens = ids.len();
        let positions: Vec<u32> = sequences.iter().flat_map(|ids| self.config.position_ids(ids)).collect();
        let words = self
            .words
            .index_select(&Tensor::from_vec(ids, tokens, &self.device)?, 0)?;
        let places = self
            .positions
            .index_select(&Tensor::from_vec(positions, tokens, &self.device)?, 0)?
            .broadcast_add(&self.types.get(0)?)?;
        let epsilon = self.config.layer_norm_eps;
        let embedded = add_norm(&words, &places, &self.norm, epsilon, Dropout::NONE, self.way)?;
        Ok(dropout(&embedded, drop.at(0), self.way)?)
    }

    /// Token states through the layers `range`.
    fn through(&self, range: Range<usize>, mut states: Tensor, packed: &Sequences, drop: Dropout) -> Result<Tensor> {
        let (way, epsilon) = (self.way, self.config.layer_norm_eps);
        for (number, layer) in self.layers.iter().enumerate().take(range.end).skip(range.start) {
            let at = |place: u64| drop.at(1 + 3 * number as u64 + place);
            let after = |activation, dense: &Dense, x: &Tensor| {
                linear(x, &dense.weight, &dense.bias, activation, self.factors, way)
            };
            let apply = |dense: &Dense, x: &Tensor| after(Activation::None, dense, x);
            let heads = self.config.num_attention_heads;
            let context = attention(&apply(&layer.qkv, &states)?, packed, heads, at(0), way)?;
            let context = apply(&layer.context, &context)?;
            states = add_norm(&context, &states, &layer.context_norm, epsilon, at(1), way)?;
            let inner = apply(&layer.inner, &states)?;
            let outer = after(Activation::Gelu, &layer.outer, &inner)?;
            states = add_norm(&outer, &states, &layer.outer_norm, epsilon, at(2), way)?;
        }
        Ok(states)
    }

    fn pool(&self, states: &Tensor, packed: &Sequences) -> Result<Tensor> {
        let (count, tokens) = (packed.len(), packed.tokens());
        match self.pooling {
            Pooling::Mean => {
                // A product with a matrix of 1/length: the same on every device, and next to no work.
                let mut shares = vec![0_f32; count * tokens];
                for (row, range) in packed.ranges().enumerate() {
                    let share = 1.0 / range.len() as f32;
                    shares[row * tokens..][range].fill(share);
                }
                Ok(Tensor::from_vec(shares, (count, tokens), &self.device)?.matmul(states)?)
            }
            Pooling::Cls => {
                let first: Vec<u32> = packed.ranges().map(|range| range.start as u32).collect();
                Ok(states.index_select(&Tensor::from_vec(first, count, &self.device)?, 0)?)
            }
        }
    }
}

/// Where each sequence lies when they stand one after the other.
pub fn packed(sequences: &[&[u32]]) -> Sequences {
    Sequences::new(sequences.iter().map(|ids| ids.len()))
}

/// Brings the rows of `vectors` to unit length.
///
/// # Errors
/// [`crate::Error::Compute`].
pub fn unit(vectors: &Tensor) -> Result<Tensor> {
    // Far below any real length: it keeps a zero vector's gradient finite.
    let lengths = (vectors.sqr()?.sum_keepdim(1)? + 1e-24)?.sqrt()?;
    Ok(vectors.broadcast_div(&lengths)?)
}

impl Encoder for Model {
    fn backend(&self) -> &'static str {
        "training"
    }

    fn dimensions(&self) -> usize {
        self.config.hidden_size
    }

    fn encode(&self, sequences: &[&[u32]]) -> Result<Vec<f32>> {
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        host(&self.forward(sequences, Dropout::NONE)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Checkpoint, WEIGHTS, Weights};
    use crate::encoder::{DenseEncoder, Precision};
    use crate::training::parameters::Frozen;
    use crate::training::tests::{all_rows, tiny};

    #[test]
    fn it_computes_what_the_dense_encoder_does() {
        for xlmr in [false, true] {
            let checkpoint = Checkpoint::from_folder(&tiny(xlmr)).unwrap();
            let weights = Weights::open(WEIGHTS, checkpoint.files.require(WEIGHTS).unwrap()).unwrap();
            let (config, pooling) = (checkpoint.config.clone(), checkpoint.sentence.pooling);
            let sequences: [&[u32]; 4] = [&[0, 5, 7, 9, 2], &[0, 2], &[0, 60, 61, 62, 63, 64, 1, 2], &[0, 400, 2]];
            let dense =
                DenseEncoder::load(config.clone(), pooling, &weights, crate::Device::Cpu, Precision::F32).unwrap();
            let expected = dense.encode(&sequences).unwrap();
            let parameters =
                Parameters::load(&config, &weights, &all_rows(&config), &Device::Cpu, Frozen::default()).unwrap();
            let model = Model::new(config, pooling, &parameters, Factors::F32);
            for way in [Way::Fused, Way::Composed] {
                let found = model.clone().with_way(way).encode(&sequences).unwrap();
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() < 1e-5, "{way:?}: {found} against {expected}");
                }
            }
        }
    }

    #[test]
    fn both_ways_have_the_same_gradients_and_masks() {
        let checkpoint = Checkpoint::from_folder(&tiny(false)).unwrap();
        let weights = Weights::open(WEIGHTS, checkpoint.files.require(WEIGHTS).unwrap()).unwrap();
        let parameters = Parameters::load(
            &checkpoint.config,
            &weights,
            &all_rows(&checkpoint.config),
            &Device::Cpu,
            Frozen::default(),
        )
        .unwrap();
        let model = Model::new(checkpoint.config.clone(), Pooling::Mean, &parameters, Factors::F32);
        let sequences: [&[u32]; 3] = [&[0, 5, 7, 9, 2], &[0, 60, 61, 62, 63, 64, 2], &[0, 400, 2]];
        let drop = Dropout {
            probability: 0.2,
            seed: 11,
        };
        let gradients = |way| {
            let vectors = unit(&model.clone().with_way(way).forward(&sequences, drop).unwrap()).unwrap();
            let loss = vectors
                .get(0)
                .unwrap()
                .mul(&vectors.get(1).unwrap())
                .unwrap()
                .sum_all()
                .unwrap();
            let gradients = loss.backward().unwrap();
            parameters
                .trained()
                .map(|parameter| host(gradients.get(parameter.value.as_tensor()).unwrap()).unwrap())
                .collect::<Vec<_>>()
        };
        for ((fused, composed), parameter) in gradients(Way::Fused)
            .iter()
            .zip(gradients(Way::Composed))
            .zip(parameters.trained())
        {
            let size = composed.iter().fold(0.0_f32, |size, value| size.max(value.abs()));
            for (fused, composed) in fused.iter().zip(composed) {
                assert!(
                    (fused - composed).abs() <= 1e-4 * size.max(1e-3),
                    "{}: {fused} against {composed}",
                    parameter.name
                );
            }
        }
    }
}
