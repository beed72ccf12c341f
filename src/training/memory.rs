//! Passages of earlier batches, for closed pairs to be told from: a batch of 32 holds few names, a memory many.

use std::collections::VecDeque;

use candle_core::{Device, Tensor};

use crate::error::Result;

/// The latest passages and their unit vectors as they were then. (Wang and others, Cross-Batch Memory for Embedding
/// Learning, CVPR 2020: a model changes so little in some dozens of steps that they serve as they are.)
#[derive(Debug, Default, PartialEq)]
pub struct Memory {
    /// The pair each is the passage of, the oldest first.
    rows: VecDeque<usize>,
    /// `rows x hidden`.
    vectors: VecDeque<f32>,
}

impl Memory {
    /// What an earlier [`rows`](Self::rows) and [`vectors`](Self::vectors) gave.
    pub fn new(rows: Vec<usize>, vectors: Vec<f32>) -> Self {
        Self {
            rows: rows.into(),
            vectors: vectors.into(),
        }
    }

    /// The pairs whose passages are kept, the oldest first.
    pub fn rows(&self) -> Vec<usize> {
        self.rows.iter().copied().collect()
    }

    /// The vectors of [`rows`](Self::rows), one after the other.
    pub fn vectors(&self) -> Vec<f32> {
        self.vectors.iter().copied().collect()
    }

    /// The vectors as a tensor `rows x hidden`; `None` where nothing is kept yet.
    ///
    /// # Errors
    /// [`crate::Error::Compute`].
    pub fn tensor(&self, device: &Device) -> Result<Option<Tensor>> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        let shape = (self.rows.len(), self.vectors.len() / self.rows.len());
        Ok(Some(Tensor::from_vec(self.vectors(), shape, device)?))
    }

    /// Adds the passages of these pairs and forgets the oldest beyond `capacity`.
    pub fn add(&mut self, rows: &[usize], vectors: &[f32], capacity: usize) {
        if rows.is_empty() {
            return;
        }
        let width = vectors.len() / rows.len();
        self.rows.extend(rows);
        self.vectors.extend(vectors);
        let surplus = self.rows.len().saturating_sub(capacity);
        self.rows.drain(..surplus);
        self.vectors.drain(..surplus * width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut memory = Memory::default();
        assert!(memory.tensor(&Device::Cpu).unwrap().is_none());
        memory.add(&[4, 2], &[0.0, 0.1, 0.2, 0.3], 3);
        memory.add(&[], &[], 3);
        memory.add(&[9, 4], &[0.4, 0.5, 0.6, 0.7], 3);
        assert_eq!(memory.rows(), [2, 9, 4]);
        let tensor = memory.tensor(&Device::Cpu).unwrap().unwrap();
        assert_eq!(tensor.to_vec2::<f32>().unwrap(), [[0.2, 0.3], [0.4, 0.5], [0.6, 0.7]]);
        assert_eq!(Memory::new(memory.rows(), memory.vectors()), memory);
    }
}
