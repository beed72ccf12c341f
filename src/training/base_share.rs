//! How much of the base is kept: [`BaseShare`].

use serde::{Deserialize, Serialize};

/// How much of the base the written weights keep; each share from 0 to below 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BaseShare {
    /// As much everywhere.
    Even(f32),
    /// So much in the embeddings and the lowest layer, and so much in the highest; in even steps between. Letters of names
    /// suffer in the highest layers most.
    Rising([f32; 2]),
}

impl Default for BaseShare {
    fn default() -> Self {
        Self::Even(0.0)
    }
}

impl BaseShare {
    /// The shares in the lowest and the highest layer.
    pub fn ends(self) -> [f32; 2] {
        match self {
            Self::Even(share) => [share; 2],
            Self::Rising(ends) => ends,
        }
    }

    /// The share in layer `layer` of `layers`.
    pub fn of(self, layer: usize, layers: usize) -> f32 {
        let [lowest, highest] = self.ends();
        let height = layer as f32 / layers.saturating_sub(1).max(1) as f32;
        lowest + (highest - lowest) * height
    }
}
