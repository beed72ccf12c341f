//! Texts and a role to unit vectors.

use std::ops::ControlFlow;

use crate::checkpoint::{Checkpoint, Config, Pooling, Prompts, Role, TOKENIZER, WEIGHTS};
use crate::encoder::{Backend, Device, Encoder, PackedEncoder, Precision};
use crate::error::{Error, Result};
use crate::tokenizer::{Tokenizer, Tokens, Truncation};

/// Where and how to compute.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which encoder computes.
    pub backend: Backend,
    /// Where a dense encoder computes.
    pub device: Device,
    /// What a dense encoder computes in.
    pub precision: Precision,
    /// Prompts that replace the checkpoint's own; `None` keeps them.
    pub prompts: Prompts,
}

/// What a loaded model is.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// SHA-256 over the model's files; indexes refuse a model of another identity.
    pub identity: String,
    /// Width of a vector.
    pub dimensions: usize,
    /// Longest text in tokens, special tokens included.
    pub max_tokens: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Pieces that the tokenizer knows.
    pub vocabulary: usize,
    /// "packed" or "dense": how the weights are stored.
    pub format: &'static str,
    /// What computes: "dense", or the instruction set of the packed encoder ("avx2", "relaxed-simd", …).
    pub backend: &'static str,
    /// What the roles put before a text.
    pub prompts: Prompts,
    /// See [`Manifest::min_score`](crate::checkpoint::Manifest::min_score).
    pub min_score: Option<f32>,
}

/// Unit vectors of several texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// `texts x dimensions`, row-major, in the order of the texts.
    pub vectors: Vec<f32>,
    /// Width of a vector.
    pub dimensions: usize,
    /// What did not fit into the model's longest input.
    pub truncation: Truncation,
}

impl Embeddings {
    /// The vectors one by one.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.vectors.chunks_exact(self.dimensions)
    }
}

/// A document's place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Ranked {
    /// The document's index in the list that was ranked.
    pub index: usize,
    /// Cosine similarity to the query.
    pub score: f32,
}

/// A sentence embedding model, ready to use.
pub struct Embedder {
    tokenizer: Tokenizer,
    encoder: Box<dyn Encoder + Send + Sync>,
    facts: Facts,
}

/// Tokens, padding included, in one forward pass: enough to keep every core busy, little enough to stay in cache.
const BATCH_TOKENS: usize = 2048;
/// Texts in one forward pass.
const BATCH_TEXTS: usize = 32;

impl Embedder {
    /// Loads a dense or packed model; the bytes of large files are freed as they are used up.
    ///
    /// # Errors
    /// Whatever is missing, malformed or contradictory in the checkpoint.
    pub fn load(mut checkpoint: Checkpoint, options: &Options) -> Result<Self> {
        let identity = checkpoint.identity()?;
        let max_tokens = checkpoint.sentence.max_tokens(&checkpoint.config)?;

        let tokenizer_file = checkpoint.name_of(TOKENIZER);
        let tokenizer = Tokenizer::from_json(
            &tokenizer_file,
            &checkpoint.files.take(&tokenizer_file)?,
            max_tokens,
            checkpoint.config.vocab_size,
            checkpoint.sentence.lowercase,
        )?;

        let weights_file = checkpoint.name_of(WEIGHTS);
        let bytes = checkpoint.files.take(&weights_file)?;
        let layers = checkpoint.config.num_hidden_layers;
        let (config, pooling) = (checkpoint.config, checkpoint.sentence.pooling);
        let on_integers = checkpoint.manifest.is_some()
            && options.backend == Backend::Auto
            && (options.device, options.precision) == (Device::Cpu, Precision::F32);
        let encoder: Box<dyn Encoder + Send + Sync> = if on_integers {
            Box::new(PackedEncoder::load(config, pooling, &weights_file, bytes.into_vec())?)
        } else {
            dense(config, pooling, &weights_file, &bytes, options)?
        };

        let own = checkpoint.sentence.prompts;
        Ok(Self {
            facts: Facts {
                identity,
                dimensions: encoder.dimensions(),
                max_tokens,
                layers,
                vocabulary: tokenizer.vocabulary(),
                format: if checkpoint.manifest.is_some() {
                    "packed"
                } else {
                    "dense"
                },
                backend: encoder.backend(),
                prompts: Prompts {
                    query: options.prompts.query.clone().or(own.query),
                    passage: options.prompts.passage.clone().or(own.passage),
                },
                min_score: checkpoint.manifest.as_ref().and_then(|manifest| manifest.min_score),
            },
            tokenizer,
            encoder,
        })
    }

    /// An embedder of a model in memory, which has no identity.
    #[cfg(all(feature = "train", not(target_arch = "wasm32")))]
    pub(crate) fn of_parts(
        tokenizer: Tokenizer,
        encoder: Box<dyn Encoder + Send + Sync>,
        prompts: Prompts,
        layers: usize,
    ) -> Self {
        Self {
            facts: Facts {
                identity: String::new(),
                dimensions: encoder.dimensions(),
                max_tokens: tokenizer.max_tokens(),
                layers,
                vocabulary: tokenizer.vocabulary(),
                format: "dense",
                backend: encoder.backend(),
                prompts,
                min_score: None,
            },
            tokenizer,
            encoder,
        }
    }

    /// What the model is.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The token ids that `text` has in `role`.
    ///
    /// # Errors
    /// [`Error::Input`] when the tokenizer cannot handle the text.
    pub fn tokenize(&self, text: &str, role: Role) -> Result<Tokens> {
        self.tokenizer.encode(self.facts.prompts.of(role), text)
    }

    /// Unit vectors of `texts`.
    ///
    /// # Errors
    /// [`Error::Input`] for a text that cannot be tokenised; `Error::Compute` when the device fails.
    pub fn embed<T: AsRef<str>>(&self, texts: &[T], role: Role) -> Result<Embeddings> {
        self.embed_with(texts, role, |_| ControlFlow::Continue(()))
    }

    /// As [`embed`](Self::embed); `progress` is told after every batch how many texts are done, and can stop the work.
    ///
    /// # Errors
    /// As [`embed`](Self::embed), and [`Error::Cancelled`] where `progress` asked to stop.
    pub fn embed_with<T: AsRef<str>>(
        &self,
        texts: &[T],
        role: Role,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Embeddings> {
        let dimensions = self.facts.dimensions;
        let mut truncation = Truncation::default();
        let mut tokens = Vec::with_capacity(texts.len());
        for text in texts {
            let text = self.tokenize(text.as_ref(), role)?;
            truncation.add(&text);
            tokens.push(text.ids);
        }

        // Longest first: texts of like length share a batch, so little is padded, and memory peaks at once or never.
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(tokens[index].len()));

        let mut vectors = vec![0.0; texts.len() * dimensions];
        let mut done = 0;
        while done < order.len() {
            let longest = tokens[order[done]].len();
            let count = (BATCH_TOKENS / longest).clamp(1, BATCH_TEXTS).min(order.len() - done);
            let batch = &order[done..done + count];
            let sequences: Vec<&[u32]> = batch.iter().map(|&index| &tokens[index][..]).collect();
            let pooled = self.encoder.encode(&sequences)?;
            for (&index, pooled) in batch.iter().zip(pooled.chunks_exact(dimensions)) {
                let vector = &mut vectors[index * dimensions..][..dimensions];
                vector.copy_from_slice(pooled);
                normalise(vector);
            }
            done += count;
            if progress(done).is_break() {
                return Err(Error::Cancelled { done, of: texts.len() });
            }
        }
        Ok(Embeddings {
            vectors,
            dimensions,
            truncation,
        })
    }

    /// Orders `documents` by their similarity to `query`, best first; equal scores keep the documents' order.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    pub fn rank<T: AsRef<str>>(&self, query: &str, documents: &[T], top_k: usize) -> Result<Vec<Ranked>> {
        let query = self.embed(&[query], Role::Query)?;
        let documents = self.embed(documents, Role::Passage)?;
        Ok(rank_vectors(&query.vectors, &documents.vectors, top_k))
    }
}

/// Orders the rows of `documents` by their similarity to `query`, as [`Embedder::rank`] does; all are unit vectors.
pub(crate) fn rank_vectors(query: &[f32], documents: &[f32], top_k: usize) -> Vec<Ranked> {
    let rows = documents.chunks_exact(query.len());
    crate::search::top_k(rows.map(|row| dot(row, query)), top_k)
}

/// The dense encoder of the weights in `bytes`.
#[cfg(feature = "dense")]
fn dense(
    config: Config,
    pooling: Pooling,
    file: &str,
    bytes: &[u8],
    options: &Options,
) -> Result<Box<dyn Encoder + Send + Sync>> {
    let weights = crate::checkpoint::Weights::open(file, bytes)?;
    let encoder = crate::encoder::DenseEncoder::load(config, pooling, &weights, options.device, options.precision)?;
    Ok(Box::new(encoder))
}

/// Says that there is none.
#[cfg(not(feature = "dense"))]
fn dense(_: Config, _: Pooling, file: &str, _: &[u8], _: &Options) -> Result<Box<dyn Encoder + Send + Sync>> {
    let reason = "this build computes packed models only, on the CPU; pack the model, or build with `--features dense`";
    Err(Error::file(file, reason))
}

/// The dot product, which is the cosine of unit vectors.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Brings a vector to unit length.
fn normalise(vector: &mut [f32]) {
    // 1e-12 is torch.nn.functional.normalize's guard against a zero vector.
    let norm = dot(vector, vector).sqrt().max(1e-12);
    for value in vector {
        *value /= norm;
    }
}
