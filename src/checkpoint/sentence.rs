//! How sentence-transformers wraps an encoder: modules, pooling, prompts and the longest input.
//!
//! The files changed names over the years; what versions 2 to 6 write is accepted. A folder without `modules.json` is
//! taken as a bare Hugging Face encoder, which sentence-transformers gives mean pooling.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Config, Files};
use crate::error::{Error, Result};

/// The list of modules.
pub const MODULES: &str = "modules.json";
/// Prompts and similarity.
pub const PROMPTS: &str = "config_sentence_transformers.json";
/// The longest input, up to version 5.
pub const SENTENCE_BERT: &str = "sentence_bert_config.json";
/// The longest input, otherwise.
pub const TOKENIZER_CONFIG: &str = "tokenizer_config.json";

/// How token vectors become one sentence vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The mean over the attention mask, special tokens included.
    Mean,
    /// The first token's vector.
    Cls,
}

impl Pooling {
    /// sentence-transformers' name of the mode.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Cls => "cls",
        }
    }
}

/// What a text is for. The checkpoint's prompts decide what that adds to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A question.
    Query,
    /// A text to be found.
    Passage,
    /// The text as it is.
    Raw,
}

impl std::str::FromStr for Role {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "query" => Ok(Self::Query),
            "passage" => Ok(Self::Passage),
            "raw" => Ok(Self::Raw),
            other => Err(Error::Input(format!(
                "role {other:?} is unknown; it must be \"query\", \"passage\" or \"raw\""
            ))),
        }
    }
}

/// What is put before a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Prompts {
    /// Before a question; `None` where the checkpoint names no such prompt.
    pub query: Option<String>,
    /// Before a text to be found; `None` where the checkpoint names no such prompt.
    pub passage: Option<String>,
}

impl Prompts {
    /// The prompt of `role`; empty where there is none.
    pub fn of(&self, role: Role) -> &str {
        match role {
            Role::Query => self.query.as_deref(),
            Role::Passage => self.passage.as_deref(),
            Role::Raw => None,
        }
        .unwrap_or("")
    }
}

/// Everything around the encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceConfig {
    /// Where the encoder's own files are: empty, or a sub-folder with its slash.
    pub root: String,
    /// Token vectors to sentence vector.
    pub pooling: Pooling,
    /// What is put before a text.
    pub prompts: Prompts,
    /// Whether text is lower-cased before it is tokenised.
    pub lowercase: bool,
    /// The longest input that the files ask for, special tokens included; `None` where no file says.
    pub max_seq_length: Option<usize>,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

/// `N_Pooling/config.json`: version 6 writes the first three keys, older ones the booleans and the old width.
#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default, alias = "word_embedding_dimension")]
    embedding_dimension: Option<usize>,
    #[serde(default)]
    pooling_mode: Option<Modes>,
    #[serde(default = "yes")]
    include_prompt: bool,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Modes {
    One(String),
    Many(Vec<String>),
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct PromptsFile {
    #[serde(default)]
    prompts: BTreeMap<String, Option<String>>,
}

#[derive(Deserialize)]
struct SentenceBert {
    #[serde(default)]
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Deserialize)]
struct TokenizerConfig {
    /// A float, since transformers writes 1e30 for "no limit".
    #[serde(default)]
    model_max_length: Option<f64>,
}

impl SentenceConfig {
    /// Reads the files around the encoder.
    ///
    /// # Errors
    /// [`Error::File`] for malformed JSON, an unknown module or an unknown pooling; [`Error::MissingFile`] where
    /// `modules.json` names a module whose configuration is not there.
    pub fn read(files: &Files) -> Result<Self> {
        let mut root = String::new();
        let mut pooling = None;
        let modules: Vec<Module> = files.optional_json(MODULES)?.unwrap_or_default();
        for (place, module) in modules.iter().enumerate() {
            let folder = match module.path.trim_matches('/') {
                "" => String::new(),
                path => format!("{path}/"),
            };
            // "sentence_transformers.models.Pooling" up to version 5, "sentence_transformers.base.modules.…Pooling"
            // since: the last segment is what stays.
            match module.kind.rsplit('.').next().unwrap_or_default() {
                "Transformer" if place == 0 => root = folder,
                "Pooling" if place == 1 => pooling = Some(read_pooling(files, &folder)?),
                // Vectors are always brought to unit length here, with or without this module.
                "Normalize" if place == 2 => {}
                _ => {
                    return Err(Error::file(
                        MODULES,
                        format!(
                            "module {place} is {:?}; supported is the sequence Transformer, Pooling, Normalize",
                            module.kind
                        ),
                    ));
                }
            }
        }
        if !modules.is_empty() && pooling.is_none() {
            return Err(Error::file(MODULES, "there is no Pooling module after the Transformer"));
        }

        let bert: Option<SentenceBert> = files.optional_json(&format!("{root}{SENTENCE_BERT}"))?;
        let tokenizer: Option<TokenizerConfig> = files.optional_json(&format!("{root}{TOKENIZER_CONFIG}"))?;
        let max_seq_length = bert.as_ref().and_then(|bert| bert.max_seq_length).or_else(|| {
            let length = tokenizer?.model_max_length?;
            // Beyond any position table it means "no limit".
            (length >= 1.0 && length < f64::from(u32::MAX)).then_some(length as usize)
        });
        Ok(Self {
            root,
            pooling: pooling.unwrap_or(Pooling::Mean),
            prompts: read_prompts(files)?,
            lowercase: bert.is_some_and(|bert| bert.do_lower_case),
            max_seq_length,
        })
    }

    /// The longest input, special tokens included: what the files ask for, within what the position table holds.
    ///
    /// # Errors
    /// [`Error::File`] when the files ask for less than three tokens, which leaves no room for text.
    pub fn max_tokens(&self, config: &Config) -> Result<usize> {
        let tokens = self.max_seq_length.unwrap_or(usize::MAX).min(config.max_tokens());
        if tokens < 3 {
            return Err(Error::file(
                SENTENCE_BERT,
                format!("max_seq_length {tokens} leaves no room for a text"),
            ));
        }
        Ok(tokens)
    }
}

fn read_pooling(files: &Files, folder: &str) -> Result<Pooling> {
    let name = format!("{folder}config.json");
    let config: PoolingConfig = files.json(&name)?;
    let modes: Vec<String> = match config.pooling_mode {
        Some(Modes::One(mode)) => vec![mode],
        Some(Modes::Many(modes)) => modes,
        None => config
            .rest
            .iter()
            .filter(|(_, value)| value.as_bool() == Some(true))
            .filter_map(|(key, _)| key.strip_prefix("pooling_mode_"))
            .map(str::to_owned)
            .collect(),
    };
    if !config.include_prompt {
        return Err(Error::file(
            name,
            "include_prompt is false, which is not supported: prompts are pooled with the text",
        ));
    }
    if config.embedding_dimension == Some(0) {
        return Err(Error::file(name, "embedding_dimension is 0"));
    }
    match modes.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["mean" | "mean_tokens"] => Ok(Pooling::Mean),
        ["cls" | "cls_token"] => Ok(Pooling::Cls),
        _ => Err(Error::file(
            name,
            format!("pooling {modes:?} is not supported; supported is one of mean and cls"),
        )),
    }
}

fn read_prompts(files: &Files) -> Result<Prompts> {
    let Some(mut file) = files.optional_json::<PromptsFile>(PROMPTS)? else {
        return Ok(Prompts::default());
    };
    // Versions 5 and 6 write empty prompts for models that were given none.
    let mut take = |name: &str| file.prompts.remove(name).flatten().filter(|prompt| !prompt.is_empty());
    Ok(Prompts {
        query: take("query"),
        // Since version 5 the side to be found is called "document".
        passage: take("passage").or_else(|| take("document")),
    })
}
