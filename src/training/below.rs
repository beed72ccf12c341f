//! What the frozen layers make of a text, computed once.

use std::collections::HashMap;

use candle_core::Tensor;

use super::model::Model;
use super::ops::Dropout;
use super::parameters::host;
use crate::error::Result;

/// Token states after a model's frozen layers, by token ids: `tokens x hidden` each.
#[derive(Default)]
pub struct Below {
    known: HashMap<Vec<u32>, Vec<f32>>,
}

impl Below {
    /// The states of `sequences`, one after the other. Where no layer is frozen, nothing is kept.
    ///
    /// # Errors
    /// As [`Model::forward`].
    pub fn states(&mut self, model: &Model, sequences: &[&[u32]], drop: Dropout) -> Result<Tensor> {
        if !model.is_frozen() {
            return model.states_below(sequences, drop);
        }
        let mut new: Vec<&[u32]> = Vec::new();
        for ids in sequences {
            if !self.known.contains_key(*ids) && !new.contains(ids) {
                new.push(ids);
            }
        }
        if !new.is_empty() {
            let states = host(&model.states_below(&new, drop)?)?;
            let width = states.len() / new.iter().map(|ids| ids.len()).sum::<usize>();
            let mut rest = &states[..];
            for ids in new {
                let (own, after) = rest.split_at(ids.len() * width);
                self.known.insert(ids.to_vec(), own.to_vec());
                rest = after;
            }
        }
        let states: Vec<&[f32]> = sequences.iter().map(|ids| &self.known[*ids][..]).collect();
        model.states_of(&states.concat())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::checkpoint::{Checkpoint, Pooling, WEIGHTS, Weights};
    use crate::training::model::packed;
    use crate::training::ops::Factors;
    use crate::training::parameters::{Frozen, Parameters};
    use crate::training::tests::{all_rows, tiny};

    #[test]
    fn frozen_layers_change_nothing_but_what_is_trained() {
        let checkpoint = Checkpoint::from_folder(&tiny(false)).unwrap();
        let weights = Weights::open(WEIGHTS, checkpoint.files.require(WEIGHTS).unwrap()).unwrap();
        let config = &checkpoint.config;
        let model = |frozen| {
            let parameters = Parameters::load(config, &weights, &all_rows(config), &Device::Cpu, frozen).unwrap();
            let model = Model::new(config.clone(), Pooling::Mean, &parameters, Factors::F32);
            (model, parameters)
        };
        let (free, all) = model(Frozen::default());
        let (half, trained) = model(Frozen {
            words: false,
            layers: 1,
        });
        let names = |parameters: &Parameters| -> Vec<String> {
            parameters.trained().map(|parameter| parameter.name.clone()).collect()
        };
        let above: Vec<String> = (names(&all).into_iter())
            .filter(|name| name.starts_with("layer.") && !name.starts_with("layer.0."))
            .collect();
        assert!(!above.is_empty());
        assert_eq!(names(&trained), above);

        let sequences: [&[u32]; 4] = [&[0, 5, 7, 9, 2], &[0, 2], &[0, 5, 7, 9, 2], &[0, 400, 2]];
        let expected = host(&free.forward(&sequences, Dropout::NONE).unwrap()).unwrap();
        let mut below = Below::default();
        // The second time from what was kept.
        for _ in 0..2 {
            let states = below.states(&half, &sequences, Dropout::NONE).unwrap();
            let vectors = half.forward_above(&states, &packed(&sequences), Dropout::NONE).unwrap();
            for (found, expected) in host(&vectors).unwrap().iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-5, "{found} against {expected}");
            }
        }
        assert_eq!(below.known.len(), 3);
    }
}
