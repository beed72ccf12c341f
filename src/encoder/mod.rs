//! Token ids to sentence vectors.

#[cfg(feature = "dense")]
mod dense;
mod device;
mod packed;

#[cfg(feature = "dense")]
pub use dense::DenseEncoder;
pub use device::{Device, Precision};
pub use packed::PackedEncoder;

use crate::error::Result;

/// Which encoder computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// The packed one for packed models on the CPU, else the dense one.
    #[default]
    Auto,
    /// The dense one: packed weights are expanded to floats first.
    Dense,
}

/// A sentence encoder: BERT and its pooling.
///
/// A sequence's vector depends on that sequence alone, whatever stands beside it in the batch.
pub trait Encoder {
    /// What computes: "dense", or the packed encoder's instruction set.
    fn backend(&self) -> &'static str;

    /// Width of a sentence vector.
    fn dimensions(&self) -> usize;

    /// Sentence vectors, pooled but not normalised: `sequences.len() x dimensions`, row-major.
    ///
    /// Each sequence holds token ids with its special tokens, and at least one.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for an id beyond the embedding table; `Error::Compute` when the device fails.
    fn encode(&self, sequences: &[&[u32]]) -> Result<Vec<f32>>;
}

/// Refuses ids that the embedding table has no row for, and empty sequences.
pub(crate) fn check_sequences(sequences: &[&[u32]], vocab_size: usize, max_tokens: usize) -> Result<()> {
    use crate::error::Error;
    for (row, ids) in sequences.iter().enumerate() {
        if ids.is_empty() || ids.len() > max_tokens {
            return Err(Error::Input(format!(
                "sequence {row} has {} tokens; it must have 1 to {max_tokens}",
                ids.len()
            )));
        }
        if let Some((place, id)) = ids.iter().enumerate().find(|(_, id)| **id as usize >= vocab_size) {
            return Err(Error::Input(format!(
                "sequence {row}, position {place}: token id {id} is beyond the embedding table of {vocab_size} rows"
            )));
        }
    }
    Ok(())
}
