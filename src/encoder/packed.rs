//! The encoder in integers, on our own kernels: the browser and the native CPU.
//!
//! It computes on a packed model's bytes as they are: the file's buffer becomes the weights, reordered in place, and no
//! matrix or table is ever expanded. Sequences of a batch lie one after the other without padding, and every row's
//! arithmetic is the same whatever rows lie beside it: a text's vector is the same to the bit in any batch.

mod layer;
mod reader;
mod table;

use std::sync::{Mutex, PoisonError};

#[cfg(not(target_arch = "wasm32"))]
use rayon::prelude::*;

use self::layer::Layer;
use self::reader::Reader;
use self::table::Table;
use super::{Encoder, check_sequences};
use crate::checkpoint::{Config, Pooling};
use crate::error::{Error, Result};
use crate::kernels::{Activations, AttentionScratch, BLOCK, Heads, Isa, LONGEST, LayerNorm, WIDEST};

/// Tokens that are taken through the layers together: enough to use each weight often while it is in the cache, few
/// enough to bound the memory. A longer text is still taken whole.
const GROUP: usize = 256;

/// BERT in integers.
pub struct PackedEncoder {
    config: Config,
    pooling: Pooling,
    isa: Isa,
    /// The model's file, its matrices in panels.
    bytes: Vec<u8>,
    words: Table,
    positions: Table,
    token_types: Table,
    norm: LayerNorm,
    layers: Vec<Layer>,
    /// Memory of earlier calls, for the next ones: as much of it as there were calls at a time.
    idle: Mutex<Vec<Scratch>>,
}

/// Memory of one forward pass, reused from call to call.
#[derive(Default)]
struct Scratch {
    /// `tokens x hidden`.
    hidden: Vec<f32>,
    /// `tokens x 3 hidden`: queries, keys and values.
    projected: Vec<f32>,
    /// `tokens x hidden`: what attention gathered.
    context: Vec<f32>,
    /// Memory of the blocks of rows: of each, or of one where they come one after the other.
    rows: Vec<RowScratch>,
    attention: AttentionScratch,
}

/// Memory for a block of rows.
#[derive(Default)]
struct RowScratch {
    activations: Activations,
    /// Inside the feed-forward layer.
    inner: Vec<f32>,
}

impl PackedEncoder {
    /// Takes over the bytes of a packed model's safetensors file and reorders its matrices where they lie, for the
    /// fastest instruction set there is; `file` is what errors call it.
    ///
    /// # Errors
    /// [`Error::File`] for a truncated or malformed file; [`Error::Tensor`] for a tensor that is missing, has another
    /// shape or type than the configuration and the packed format ask for, or scales that are no such numbers.
    pub fn load(config: Config, pooling: Pooling, file: &str, bytes: Vec<u8>) -> Result<Self> {
        Self::load_for(Isa::best(), config, pooling, file, bytes)
    }

    /// The same for another instruction set of this machine.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_for(isa: Isa, config: Config, pooling: Pooling, file: &str, bytes: Vec<u8>) -> Result<Self> {
        check_shape(&config, file)?;
        let hidden = config.hidden_size;
        let mut bytes = bytes;
        let reader = Reader::open(file, &bytes)?;
        let words = reader.table("embeddings.word_embeddings.weight", config.vocab_size, hidden)?;
        let positions = reader.table(
            "embeddings.position_embeddings.weight",
            config.max_position_embeddings,
            hidden,
        )?;
        let token_types = reader.table(
            "embeddings.token_type_embeddings.weight",
            config.type_vocab_size,
            hidden,
        )?;
        let norm = reader.layer_norm("embeddings.LayerNorm", hidden, config.layer_norm_eps)?;
        let mut layers = (0..config.num_hidden_layers)
            .map(|number| Layer::read(&reader, isa, &config, number))
            .collect::<Result<Vec<Layer>>>()?;
        // Only now that all is read and found good: the file's own order is lost.
        for layer in &mut layers {
            layer.pack(isa, &mut bytes);
        }
        Ok(Self {
            config,
            pooling,
            isa,
            bytes,
            words,
            positions,
            token_types,
            norm,
            layers,
            idle: Mutex::default(),
        })
    }

    /// Pooled vectors of sequences that were checked, into `out`: `sequences.len() x hidden`.
    fn encode_group(&self, sequences: &[&[u32]], scratch: &mut Scratch, out: &mut [f32]) {
        self.forward(sequences, scratch);
        let hidden = self.config.hidden_size;
        let mut start = 0;
        for (ids, out) in sequences.iter().zip(out.chunks_exact_mut(hidden)) {
            let states = &scratch.hidden[start * hidden..][..ids.len() * hidden];
            match self.pooling {
                Pooling::Mean => mean(states, out),
                Pooling::Cls => out.copy_from_slice(&states[..hidden]),
            }
            start += ids.len();
        }
    }

    /// The last hidden states of sequences that were checked, into `scratch.hidden`.
    fn forward(&self, sequences: &[&[u32]], scratch: &mut Scratch) {
        let hidden = self.config.hidden_size;
        let tokens: usize = sequences.iter().map(|ids| ids.len()).sum();
        scratch.hidden.resize(tokens * hidden, 0.0);
        let mut rows = scratch.hidden.chunks_exact_mut(hidden);
        for ids in sequences {
            for ((&id, position), row) in ids.iter().zip(self.config.position_ids(ids)).zip(&mut rows) {
                row.fill(0.0);
                self.words.add_row(&self.bytes, id as usize, row);
                self.positions.add_row(&self.bytes, position as usize, row);
                // Single texts have no other token type.
                self.token_types.add_row(&self.bytes, 0, row);
            }
        }
        self.isa.layer_norm(&mut scratch.hidden, &self.norm);
        let heads = Heads {
            count: self.config.num_attention_heads,
            width: hidden / self.config.num_attention_heads,
        };
        for layer in &self.layers {
            layer.forward(self.isa, &self.bytes, heads, sequences, scratch);
        }
    }

    fn scratch(&self) -> Scratch {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop().unwrap_or_default()
    }

    fn put_back(&self, scratch: Scratch) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(scratch);
    }
}

impl Encoder for PackedEncoder {
    fn backend(&self) -> &'static str {
        self.isa.name()
    }

    fn dimensions(&self) -> usize {
        self.config.hidden_size
    }

    fn encode(&self, sequences: &[&[u32]]) -> Result<Vec<f32>> {
        check_sequences(sequences, self.config.vocab_size, self.config.max_tokens())?;
        let hidden = self.config.hidden_size;
        let mut out = vec![0.0; sequences.len() * hidden];
        let mut groups = Vec::new();
        let (mut rest, mut rest_out) = (sequences, out.as_mut_slice());
        while !rest.is_empty() {
            let (group, group_out);
            (group, rest) = rest.split_at(group_size(rest));
            (group_out, rest_out) = rest_out.split_at_mut(group.len() * hidden);
            groups.push((group, group_out));
        }
        let encode = |(group, out)| {
            let mut scratch = self.scratch();
            self.encode_group(group, &mut scratch, out);
            self.put_back(scratch);
        };
        #[cfg(not(target_arch = "wasm32"))]
        groups.into_par_iter().for_each(encode);
        #[cfg(target_arch = "wasm32")]
        groups.into_iter().for_each(encode);
        Ok(out)
    }
}

/// How many of the first sequences go together: [`GROUP`] tokens at most, but at least one sequence.
fn group_size(sequences: &[&[u32]]) -> usize {
    let mut tokens = 0;
    let fits = |ids: &&&[u32]| {
        tokens += ids.len();
        tokens <= GROUP
    };
    sequences.iter().take_while(fits).count().max(1)
}

/// The mean of the rows of `states`.
fn mean(states: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    let rows = states.chunks_exact(out.len());
    let count = rows.len() as f32;
    for row in rows {
        for (sum, value) in out.iter_mut().zip(row) {
            *sum += value;
        }
    }
    for sum in out {
        *sum /= count;
    }
}

/// Refuses networks that the kernels cannot compute.
fn check_shape(config: &Config, file: &str) -> Result<()> {
    let wrong = |reason: String| Err(Error::file(file, reason));
    let heads = config.num_attention_heads;
    if heads == 0 || !config.hidden_size.is_multiple_of(heads) || config.hidden_size / heads > WIDEST {
        return wrong(format!(
            "is packed, and {heads} heads of a width of {} are none that the packed encoder can compute: \
             a head's width must be whole and at most {WIDEST}",
            config.hidden_size
        ));
    }
    for (name, width) in [
        ("hidden_size", config.hidden_size),
        ("intermediate_size", config.intermediate_size),
    ] {
        if width == 0 || !width.is_multiple_of(BLOCK) {
            return wrong(format!("is packed, so {name} {width} must be a multiple of {BLOCK}"));
        }
    }
    if config.max_tokens() > LONGEST {
        return wrong(format!(
            "is packed, and its longest text of {} tokens is beyond the {LONGEST} that the packed encoder can compute",
            config.max_tokens()
        ));
    }
    Ok(())
}
