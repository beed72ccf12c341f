//! The numbers that training changes.

use candle_core::{DType, Device, Tensor, Var};

use crate::checkpoint::{Config, Weights};
use crate::error::Result;

/// A tensor of a checkpoint: name, shape, values.
pub type NamedTensor = (String, Vec<usize>, Vec<f32>);

/// One trainable tensor: one or several tensors of a checkpoint, stacked, because they are used together.
pub struct Parameter {
    /// Its name in training states.
    pub name: String,
    /// Its values, float32.
    pub value: Var,
    /// The checkpoint's tensors that it is made of, in order, with their shapes.
    parts: Vec<(String, Vec<usize>)>,
    /// Whether weight decay acts on it: on matrices, as is usual, not on biases and norms.
    pub decays: bool,
}

/// All of a network's, in a fixed order.
pub struct Parameters {
    all: Vec<Parameter>,
    frozen: Frozen,
}

/// The name of the table of word embeddings.
pub const WORDS: &str = "words";

/// What training leaves as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frozen {
    /// The word embeddings.
    pub words: bool,
    /// So many of the lowest layers and, with any of them, all embeddings.
    pub layers: usize,
}

impl Frozen {
    /// Whether the parameter `name` stays.
    fn holds(self, name: &str) -> bool {
        match layer(name) {
            Some(number) => number < self.layers,
            None => self.layers > 0 || (self.words && name == WORDS),
        }
    }
}

/// The layer that the parameter `name` is in; none for embeddings.
fn layer(name: &str) -> Option<usize> {
    name.strip_prefix("layer.")?.split('.').next()?.parse().ok()
}

impl Parameters {
    /// Reads a checkpoint's weights to `device`; of the word embeddings only the rows `kept`, in this order.
    ///
    /// # Errors
    /// [`crate::Error::Tensor`] for a tensor that is missing or does not fit `config`; [`crate::Error::Compute`].
    pub fn load(config: &Config, weights: &Weights<'_>, kept: &[u32], device: &Device, frozen: Frozen) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let mut all = Vec::new();
        let mut add =
            |name: String, shape: &[usize], decays: bool, mut parts: Vec<(String, Vec<usize>)>| -> Result<()> {
                let mut values = Vec::with_capacity(shape.iter().product());
                for (part, shape) in &parts {
                    let part = weights.floats(part, shape)?;
                    if name == WORDS && kept.len() != config.vocab_size {
                        let row = |id: &u32| &part[*id as usize * hidden..][..hidden];
                        values.extend(kept.iter().flat_map(row));
                    } else {
                        values.extend(part);
                    }
                }
                let rows = values.len() / shape[1..].iter().product::<usize>();
                let shape = [&[rows], &shape[1..]].concat();
                if name == WORDS {
                    parts[0].1 = shape.clone();
                }
                all.push(Parameter {
                    value: Var::from_vec(values, shape, device)?,
                    name,
                    parts,
                    decays,
                });
                Ok(())
            };
        for (name, part, rows) in [
            (WORDS, "word", config.vocab_size),
            ("positions", "position", config.max_position_embeddings),
            ("types", "token_type", config.type_vocab_size),
        ] {
            let part = format!("embeddings.{part}_embeddings.weight");
            add(name.to_owned(), &[rows, hidden], true, vec![(part, vec![rows, hidden])])?;
        }
        let norm = |part: String| -> Vec<(String, Vec<usize>)> {
            ["weight", "bias"]
                .map(|kind| (format!("{part}.{kind}"), vec![hidden]))
                .into()
        };
        add(
            "norm".to_owned(),
            &[2, hidden],
            false,
            norm("embeddings.LayerNorm".to_owned()),
        )?;
        for layer in 0..config.num_hidden_layers {
            let prefix = format!("encoder.layer.{layer}");
            let qkv = ["query", "key", "value"].map(|part| format!("attention.self.{part}"));
            for (name, parts, outputs, inputs) in [
                ("qkv", &qkv.each_ref().map(String::as_str)[..], hidden, hidden),
                ("context", &["attention.output.dense"], hidden, hidden),
                ("inner", &["intermediate.dense"], inner, hidden),
                ("outer", &["output.dense"], hidden, inner),
            ] {
                let part = |kind: &str, shape: &[usize]| -> Vec<(String, Vec<usize>)> {
                    let name = |part| format!("{prefix}.{part}.{kind}");
                    parts.iter().map(|part| (name(part), shape.to_vec())).collect()
                };
                let rows = parts.len() * outputs;
                let name = format!("layer.{layer}.{name}");
                add(
                    format!("{name}.weight"),
                    &[rows, inputs],
                    true,
                    part("weight", &[outputs, inputs]),
                )?;
                add(format!("{name}.bias"), &[rows], false, part("bias", &[outputs]))?;
            }
            for (name, part) in [("context", "attention.output.LayerNorm"), ("outer", "output.LayerNorm")] {
                add(
                    format!("layer.{layer}.{name}.norm"),
                    &[2, hidden],
                    false,
                    norm(format!("{prefix}.{part}")),
                )?;
            }
        }
        Ok(Self { all, frozen })
    }

    /// What of them training leaves as it is.
    pub fn frozen(&self) -> Frozen {
        self.frozen
    }

    /// Those that training changes, always in the same order.
    pub fn trained(&self) -> impl Iterator<Item = &Parameter> {
        self.all.iter().filter(|parameter| !self.frozen.holds(&parameter.name))
    }

    /// Moves all that training changes towards `others`, of the same checkpoint: `(1 - share) * own + share * other`, with
    /// the `share` of each layer. Embeddings have that of layer 0.
    ///
    /// # Errors
    /// [`crate::Error::Compute`] when the device fails.
    pub fn blend(&self, others: &Self, share: impl Fn(usize) -> f32) -> Result<()> {
        for (own, other) in self.trained().zip(others.trained()) {
            let share = f64::from(share(layer(&own.name).unwrap_or(0)));
            let (own_part, other_part) = (1.0 - share, share);
            let own_part = (own.value.as_tensor() * own_part)?;
            own.value.set(&(own_part + (other.value.as_tensor() * other_part)?)?)?;
        }
        Ok(())
    }

    /// The tensor of the parameter `name`. One that is frozen asks for no gradient.
    ///
    /// # Panics
    /// When there is none of this name.
    pub fn tensor(&self, name: &str) -> Tensor {
        let parameter = self
            .all
            .iter()
            .find(|parameter| parameter.name == name)
            .unwrap_or_else(|| panic!("no parameter is called {name}"));
        if self.frozen.holds(name) {
            parameter.value.as_detached_tensor()
        } else {
            parameter.value.as_tensor().clone()
        }
    }

    /// The checkpoint's tensors again: names, shapes, values.
    ///
    /// # Errors
    /// [`crate::Error::Compute`] when the device fails.
    pub fn to_checkpoint(&self) -> Result<Vec<NamedTensor>> {
        let mut tensors = Vec::new();
        for parameter in &self.all {
            let values = host(parameter.value.as_tensor())?;
            let mut rest = &values[..];
            for (name, shape) in &parameter.parts {
                let (part, after) = rest.split_at(shape.iter().product());
                tensors.push((name.clone(), shape.clone(), part.to_vec()));
                rest = after;
            }
        }
        Ok(tensors)
    }
}

/// A float32 tensor's numbers, row-major.
///
/// # Errors
/// [`crate::Error::Compute`] when the device fails.
pub fn host(tensor: &Tensor) -> Result<Vec<f32>> {
    debug_assert_eq!(tensor.dtype(), DType::F32);
    Ok(tensor.flatten_all()?.to_vec1()?)
}
