//! `config.json`: the shape of the network.

#[cfg(feature = "dense")]
use candle_transformers::models::bert;
use serde::Deserialize;

use super::Files;
use crate::error::{Error, Result};

/// The file's name inside a model folder.
pub const CONFIG: &str = "config.json";

/// How position ids are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Positions {
    /// 0, 1, 2, … (`model_type` "bert").
    FromZero,
    /// From the padding id + 1 on, padding tokens keeping the padding id (`model_type` "xlm-roberta" and "roberta").
    AfterPadding,
}

/// The shape of a BERT encoder, as far as inference needs it.
///
/// The names are those of Hugging Face's `BertConfig`.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Rows of the word embedding table.
    pub vocab_size: usize,
    /// Width of a token's hidden state.
    pub hidden_size: usize,
    /// Encoder layers.
    pub num_hidden_layers: usize,
    /// Attention heads; they divide `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// Rows of the position table.
    pub max_position_embeddings: usize,
    /// Rows of the token type table; only row 0 is used.
    pub type_vocab_size: usize,
    /// Added to the variance in LayerNorm.
    pub layer_norm_eps: f64,
    /// The id that pads a batch.
    pub pad_token_id: u32,
    /// Where position ids start.
    pub positions: Positions,
}

#[derive(Deserialize)]
struct RawConfig {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    #[serde(default = "bert_layer_norm_eps")]
    layer_norm_eps: f64,
    #[serde(default)]
    pad_token_id: Option<u32>,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

/// `BertConfig`'s default, for files that leave it out.
fn bert_layer_norm_eps() -> f64 {
    1e-12
}

impl Config {
    /// Reads and checks `config.json` in `root` (empty, or a sub-folder's name with its slash).
    ///
    /// # Errors
    /// [`Error::File`] naming the key that is missing, malformed, contradictory or not supported.
    pub fn read(files: &Files, root: &str) -> Result<Self> {
        let name = format!("{root}{CONFIG}");
        let raw: RawConfig = files.json(&name)?;
        let wrong = |reason: String| Err(Error::file(name.as_str(), reason));
        let positions = match raw.model_type.as_str() {
            "bert" => Positions::FromZero,
            "xlm-roberta" | "roberta" => Positions::AfterPadding,
            other => {
                return wrong(format!(
                    "model_type {other:?} is not supported; supported are bert, xlm-roberta and roberta"
                ));
            }
        };
        if raw.hidden_act != "gelu" {
            return wrong(format!(
                "hidden_act {:?} is not supported; supported is gelu",
                raw.hidden_act
            ));
        }
        if let Some(kind) = &raw.position_embedding_type
            && kind != "absolute"
        {
            return wrong(format!(
                "position_embedding_type {kind:?} is not supported; supported is absolute"
            ));
        }
        for (key, value) in [
            ("vocab_size", raw.vocab_size),
            ("hidden_size", raw.hidden_size),
            ("num_hidden_layers", raw.num_hidden_layers),
            ("num_attention_heads", raw.num_attention_heads),
            ("intermediate_size", raw.intermediate_size),
            ("max_position_embeddings", raw.max_position_embeddings),
            ("type_vocab_size", raw.type_vocab_size),
        ] {
            // 2^24 is far above any real model and keeps products of two sizes inside 64 (and most inside 32) bits.
            if value == 0 || value > 1 << 24 {
                return wrong(format!("{key} is {value}; it must be in 1..=16777216"));
            }
        }
        if !raw.hidden_size.is_multiple_of(raw.num_attention_heads) {
            return wrong(format!(
                "hidden_size {} is not divisible by num_attention_heads {}",
                raw.hidden_size, raw.num_attention_heads
            ));
        }
        if !(raw.layer_norm_eps > 0.0 && raw.layer_norm_eps < 1.0) {
            return wrong(format!(
                "layer_norm_eps is {}; it must be between 0 and 1",
                raw.layer_norm_eps
            ));
        }
        let config = Self {
            vocab_size: raw.vocab_size,
            hidden_size: raw.hidden_size,
            num_hidden_layers: raw.num_hidden_layers,
            num_attention_heads: raw.num_attention_heads,
            intermediate_size: raw.intermediate_size,
            max_position_embeddings: raw.max_position_embeddings,
            type_vocab_size: raw.type_vocab_size,
            layer_norm_eps: raw.layer_norm_eps,
            // BertConfig's default is 0, XLMRobertaConfig's is 1.
            pad_token_id: raw.pad_token_id.unwrap_or(match positions {
                Positions::FromZero => 0,
                Positions::AfterPadding => 1,
            }),
            positions,
        };
        if config.pad_token_id as usize >= config.vocab_size {
            return wrong(format!(
                "pad_token_id {} is beyond vocab_size {}",
                config.pad_token_id, config.vocab_size
            ));
        }
        // Two special tokens and one piece: the shortest text that says anything.
        if config.max_tokens() < 3 {
            return wrong(format!(
                "max_position_embeddings {} leaves no room for a text",
                config.max_position_embeddings
            ));
        }
        Ok(config)
    }

    /// The longest sequence that the position table has rows for.
    pub fn max_tokens(&self) -> usize {
        self.max_position_embeddings.saturating_sub(match self.positions {
            Positions::FromZero => 0,
            Positions::AfterPadding => self.pad_token_id as usize + 1,
        })
    }

    /// Position ids of one unpadded sequence, as Hugging Face counts them.
    ///
    /// # Panics
    /// When the sequence is longer than [`max_tokens`](Self::max_tokens): the tokenizer truncates to it.
    pub fn position_ids<'a>(&self, token_ids: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        assert!(token_ids.len() <= self.max_tokens(), "sequence not truncated");
        let (positions, padding) = (self.positions, self.pad_token_id);
        let mut next = 0;
        token_ids.iter().map(move |&id| match positions {
            Positions::FromZero => {
                next += 1;
                next - 1
            }
            // create_position_ids_from_input_ids of Hugging Face: a padding token, even one that the text spells
            // out, keeps the padding position and does not count.
            Positions::AfterPadding if id == padding => padding,
            Positions::AfterPadding => {
                next += 1;
                padding + next
            }
        })
    }

    /// The same in candle-transformers' words.
    #[cfg(feature = "dense")]
    pub(crate) fn to_candle(&self) -> bert::Config {
        bert::Config {
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            num_hidden_layers: self.num_hidden_layers,
            num_attention_heads: self.num_attention_heads,
            intermediate_size: self.intermediate_size,
            hidden_act: bert::HiddenAct::Gelu,
            max_position_embeddings: self.max_position_embeddings,
            type_vocab_size: self.type_vocab_size,
            layer_norm_eps: self.layer_norm_eps,
            pad_token_id: self.pad_token_id as usize,
            ..bert::Config::default()
        }
    }
}
