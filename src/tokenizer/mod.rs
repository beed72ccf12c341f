//! Text to token ids.
//!
//! The `tokenizers` crate does the cutting. Around it stand three rules: text is trimmed and brought to NFC first (a
//! decomposed Hangul syllable would fall apart into jamo), a long text is cut so that its closing special token stays,
//! and what was cut is counted.

mod charsmap;

use serde_json::Value;
use tokenizers::Tokenizer as Inner;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::error::{Error, Result};

/// The token ids of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// With special tokens, at most the tokenizer's `max_tokens` of them.
    pub ids: Vec<u32>,
    /// Tokens that did not fit and were left out.
    pub truncated: usize,
}

/// What did not fit in a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Truncation {
    /// Texts that were cut.
    pub texts: usize,
    /// Tokens that were left out, over all texts.
    pub tokens: usize,
}

impl Truncation {
    /// Counts one more text.
    pub fn add(&mut self, tokens: &Tokens) {
        self.texts += usize::from(tokens.truncated > 0);
        self.tokens += tokens.truncated;
    }
}

/// What is looked at in `tokenizer.json` before the tokenizers crate is.
#[derive(serde::Deserialize)]
struct Unchecked {
    #[serde(default)]
    normalizer: Value,
}

/// Cuts text into token ids.
pub struct Tokenizer {
    inner: Inner,
    max_tokens: usize,
    lowercase: bool,
    /// Special tokens after the text: they survive truncation.
    closing: usize,
}

impl Tokenizer {
    /// Reads `tokenizer.json`.
    ///
    /// `file` is what errors call it. `max_tokens` bounds a text's ids, special tokens included; `vocab_size` is the
    /// number of rows of the embedding table.
    ///
    /// # Errors
    /// [`Error::File`] when the file is malformed, would make the tokenizer panic, or yields ids beyond the table.
    pub fn from_json(file: &str, bytes: &[u8], max_tokens: usize, vocab_size: usize, lowercase: bool) -> Result<Self> {
        let wrong = |reason: String| Error::file(file, reason);
        // Once for the normalizer alone and once for all: a tree of the whole file would take longer to build than both.
        let unchecked: Unchecked = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        charsmap::check(&unchecked.normalizer).map_err(wrong)?;
        let mut inner: Inner = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        // Padding and truncation stored in the file would act behind our back; both are done here.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|error| wrong(error.to_string()))?;

        let highest = inner.get_vocab(true).into_values().max();
        if let Some(id) = highest
            && id as usize >= vocab_size
        {
            return Err(wrong(format!(
                "id {id} is beyond the embedding table of {vocab_size} rows: the tokenizer belongs to another model"
            )));
        }
        let mut tokenizer = Self {
            inner,
            max_tokens,
            lowercase,
            closing: 0,
        };
        let empty = tokenizer
            .inner
            .encode_fast("", true)
            .map_err(|error| wrong(error.to_string()))?;
        // An empty text is its special tokens alone: the first opens (BERT's [CLS], XLM-R's <s>), the rest closes.
        tokenizer.closing = empty.len().saturating_sub(1);
        if empty.is_empty() || empty.len() >= max_tokens {
            return Err(wrong(format!(
                "the post-processor adds {} special tokens; expected 1 to {}",
                empty.len(),
                max_tokens - 1
            )));
        }
        Ok(tokenizer)
    }

    /// The longest sequence, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Pieces, special and added tokens included.
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The token ids of `prompt` followed by `text`.
    ///
    /// # Errors
    /// [`Error::Input`] when the tokenizer cannot handle the text.
    pub fn encode(&self, prompt: &str, text: &str) -> Result<Tokens> {
        let mut whole = String::with_capacity(prompt.len() + text.len());
        whole.push_str(prompt);
        whole.push_str(text);
        // sentence-transformers trims after it has put the prompt before the text.
        let mut text = whole.trim().to_owned();
        if is_nfc_quick(text.chars()) != IsNormalized::Yes {
            text = text.nfc().collect();
        }
        if self.lowercase {
            text = text.to_lowercase();
        }
        let encoding = self
            .inner
            .encode_fast(text, true)
            .map_err(|error| Error::Input(format!("the tokenizer cannot cut this text: {error}")))?;
        let mut ids = encoding.get_ids().to_vec();
        let truncated = ids.len().saturating_sub(self.max_tokens);
        if truncated > 0 {
            let end = ids.len() - self.closing;
            ids.drain(end - truncated..end);
        }
        Ok(Tokens { ids, truncated })
    }
}
