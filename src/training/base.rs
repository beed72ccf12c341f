//! What training starts from: a checkpoint, with fewer pieces if the recipe says so.

use std::collections::BTreeMap;

use candle_core::Device;
use serde_json::Value;

use super::parameters::{Frozen, Parameters};
use super::recipe::Recipe;
use crate::checkpoint::{Checkpoint, Config, MANIFEST, Prompts, Role, TOKENIZER, WEIGHTS, Weights};
use crate::error::{Error, Result};
use crate::pack;
use crate::tokenizer::Tokenizer;

/// A checkpoint, ready to be trained.
pub struct Base {
    /// As it was read.
    pub checkpoint: Checkpoint,
    /// The network's shape, with the pieces that are trained.
    pub config: Config,
    /// `tokenizer.json` with these pieces.
    pub tokenizer: Vec<u8>,
    /// The prompts that texts are trained with.
    pub prompts: Prompts,
    /// The checkpoint's ids of the pieces that are trained; a piece's new id is its place.
    kept: Vec<u32>,
}

impl Base {
    /// Opens the recipe's checkpoint and prunes its vocabulary. `texts` are those that will be trained on.
    ///
    /// # Errors
    /// What reading the checkpoint refuses; [`Error::File`] for a packed model or a tokenizer that cannot be pruned.
    pub fn open<'a>(recipe: &Recipe, texts: impl Iterator<Item = &'a str>) -> Result<Self> {
        let checkpoint = Checkpoint::from_folder(&recipe.base)?;
        if checkpoint.manifest.is_some() {
            return Err(Error::file(
                recipe.base.join(MANIFEST).display().to_string(),
                "the checkpoint is packed; training starts from a dense one",
            ));
        }
        let prompts = recipe.prompts(&checkpoint.sentence.prompts);
        let mut config = checkpoint.config.clone();
        let (kept, tokenizer) = match recipe.vocabulary_rule()? {
            None => {
                let tokenizer = checkpoint.files.require(&checkpoint.name_of(TOKENIZER))?.to_vec();
                ((0..config.vocab_size as u32).collect(), tokenizer)
            }
            Some(mut rule) => {
                rule.seen.extend(texts.map(str::to_owned));
                let pruned = pack::prune_vocabulary(&checkpoint, rule, &prompts)?;
                (pruned.kept, pruned.json.to_string().into_bytes())
            }
        };
        config.vocab_size = kept.len();
        config.pad_token_id = pack::new_id(&kept, config.pad_token_id)?;
        Ok(Self {
            checkpoint,
            config,
            tokenizer,
            prompts,
            kept,
        })
    }

    /// The weights, on `device`.
    ///
    /// # Errors
    /// As [`Parameters::load`].
    pub fn parameters(&self, device: &Device, frozen: Frozen) -> Result<Parameters> {
        let name = self.checkpoint.name_of(WEIGHTS);
        let weights = Weights::open(&name, self.checkpoint.files.require(&name)?)?;
        Parameters::load(&self.checkpoint.config, &weights, &self.kept, device, frozen)
    }

    /// The tokenizer, for texts of up to `max_tokens` tokens where the model allows as many.
    ///
    /// # Errors
    /// As [`Tokenizer::from_json`].
    pub fn tokenizer(&self, max_tokens: Option<usize>) -> Result<Tokenizer> {
        let longest = self.checkpoint.sentence.max_tokens(&self.checkpoint.config)?;
        Tokenizer::from_json(
            TOKENIZER,
            &self.tokenizer,
            max_tokens.unwrap_or(longest).min(longest),
            self.config.vocab_size,
            self.checkpoint.sentence.lowercase,
        )
    }

    /// The prompt of a role.
    pub fn prompt(&self, role: Role) -> &str {
        self.prompts.of(role)
    }

    /// The small files of the trained model.
    ///
    /// # Errors
    /// As [`Checkpoint`]'s files.
    pub fn configs(&self) -> Result<BTreeMap<&'static str, Value>> {
        pack::configs(&self.checkpoint, &self.kept, &self.prompts)
    }
}
