//! What to train, on what and how: a TOML file.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::base_share::BaseShare;
use super::losses::COSENT_SCALE;
use super::ops::Factors;
use super::parameters::Frozen;
use crate::checkpoint::{Prompts, Role};
use crate::encoder::Device;
use crate::error::{Error, Result};
use crate::pack::VocabularyRule;

/// A training run of one or several stages. Paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Folder of the dense checkpoint to start from.
    pub base: PathBuf,
    /// Folder to write: `model/`, `steps.csv`, `evaluation.csv`, `curves.svg` and, until it is done, `state.safetensors`.
    pub output: PathBuf,
    /// cpu, cuda, cuda:N or metal.
    #[serde(default = "cpu")]
    pub device: String,
    /// Decides every random choice.
    pub seed: u64,
    /// Trains so many times, with this seed and those after it, and writes the mean of the weights: what the runs have in
    /// common stays, what each has by chance is evened out. (Wortsman et al., Model soups, ICML 2022.)
    #[serde(default = "one")]
    pub runs: usize,
    /// Takes the end of every stage into the mean of the weights, not that of the last alone: what a later stage
    /// overwrites comes back. (Izmailov and others, Averaging weights leads to wider optima, UAI 2018.)
    #[serde(default)]
    pub average_stages: bool,
    /// How likely a number is dropped, in hidden states and attention weights.
    #[serde(default)]
    pub dropout: f32,
    /// f32, or bf16: what the factors of the dense layers' products are rounded to.
    #[serde(default)]
    pub factors: Factors,
    /// Leaves the word embeddings as they are.
    #[serde(default)]
    pub freeze_words: bool,
    /// Leaves all embeddings and so many of the lowest layers as they are. A text's states after them are computed once and
    /// kept, 1.5 KB a token, so that a step costs the layers above only.
    #[serde(default)]
    pub freeze_layers: usize,
    /// Share of the base in the weights that are written: `(1 - share) * trained + share * base`. What the base knew, and
    /// training did not ask for, comes back. (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022.)
    #[serde(default)]
    pub base_share: BaseShare,
    /// Optimiser steps between two saved states.
    #[serde(default = "hundred")]
    pub save_every: usize,
    /// Prunes the vocabulary first; all pieces are trained where this is left out.
    #[serde(default)]
    pub vocabulary: Option<Vocabulary>,
    /// What stands before the texts.
    #[serde(default)]
    pub prompts: RecipePrompts,
    /// Measures the model while it is trained.
    #[serde(default)]
    pub evaluation: Option<Evaluation>,
    /// One after the other.
    pub stages: Vec<Stage>,
}

/// Which pieces of the vocabulary are trained and written. See [`VocabularyRule`]; the pieces of all training texts and
/// prompts count as seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// How many pieces to keep.
    pub pieces: usize,
    /// UTF-8 text files whose lines count as seen too.
    #[serde(default)]
    pub seen: Vec<PathBuf>,
}

/// Prompts that replace the checkpoint's own; an empty string means none, a missing one keeps the checkpoint's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipePrompts {
    /// Before questions.
    pub query: Option<String>,
    /// Before texts to be found.
    pub passage: Option<String>,
}

/// An evaluation while training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Folder of an evaluation set: see [`crate::evaluation`].
    pub set: PathBuf,
    /// Optimiser steps between two evaluations.
    pub every: usize,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What messages, tables and curves call it.
    pub name: String,
    /// CSV files of pairs, questions and the texts that answer them: see [`super::Pairs`].
    #[serde(default)]
    pub data: Vec<PathBuf>,
    /// CSV files of pairs whose two texts are both questions, with the prompt of questions. They are mixed with the others.
    #[serde(default)]
    pub paraphrases: Vec<PathBuf>,
    /// What is made small.
    pub loss: Loss,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Share of the steps in which the learning rate climbs from 0.
    #[serde(default)]
    pub warmup: f64,
    /// How it falls afterwards.
    #[serde(default)]
    pub decay: Decay,
    /// Pairs in a batch.
    pub batch: usize,
    /// Batches whose gradients are averaged for one step.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// Passes over the pairs.
    #[serde(default = "one")]
    pub epochs: usize,
    /// At most this many pairs, chosen by the seed; all where left out.
    #[serde(default)]
    pub max_pairs: Option<usize>,
    /// For each pair of label 1, this many of label 0 with a passage of another group.
    #[serde(default)]
    pub random_negatives: usize,
    /// Fills batches so that no two pairs of one share a group, as far as that goes.
    #[serde(default)]
    pub distinct_groups: bool,
    /// Longest gradient; longer ones are scaled down. None where left out.
    #[serde(default)]
    pub clip: Option<f64>,
    /// AdamW's weight decay, on matrices only.
    #[serde(default = "hundredth")]
    pub weight_decay: f64,
    /// Longest text in tokens; the checkpoint's where left out.
    #[serde(default)]
    pub max_tokens: Option<usize>,
}

/// What a stage makes small.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// The squared difference of cosine and label.
    CosineMse,
    /// The cross entropy of the right passage among the batch's.
    Contrastive {
        /// What cosines are divided by.
        temperature: f64,
        /// Whether passages look for their queries too.
        #[serde(default)]
        symmetric: bool,
        /// The weight of the order of all answers before all hard negatives, by CoSENT at its usual scale.
        #[serde(default)]
        order: f64,
    },
    /// The order of the cosines against that of the labels.
    Cosent {
        /// What cosines are multiplied by.
        #[serde(default = "cosent_scale")]
        scale: f64,
    },
}

/// How the learning rate falls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// Not at all.
    #[default]
    Constant,
    /// To 0 in a straight line.
    Linear,
    /// To 0 in half a period of a cosine.
    Cosine,
}

fn cpu() -> String {
    "cpu".to_owned()
}

fn one() -> usize {
    1
}

fn hundred() -> usize {
    100
}

fn hundredth() -> f64 {
    0.01
}

fn cosent_scale() -> f64 {
    COSENT_SCALE
}

impl Recipe {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::File`] with the line of what is malformed, unknown or out of range.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads TOML; `file` is what errors call it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let recipe: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let message = error.message().replace('\n', "; ");
            match line {
                Some(line) => Error::file(format!("{file}, line {line}"), message),
                None => Error::file(file, message),
            }
        })?;
        recipe.check().map_err(|reason| Error::file(file, reason))?;
        Ok(recipe)
    }

    /// The device's type.
    ///
    /// # Errors
    /// [`Error::Input`] for an unknown name.
    pub fn device(&self) -> Result<Device> {
        Device::from_str(&self.device)
    }

    /// What stays as it is.
    pub fn frozen(&self) -> Frozen {
        Frozen {
            words: self.freeze_words,
            layers: self.freeze_layers,
        }
    }

    /// The prompts, where the checkpoint's own are these.
    pub fn prompts(&self, own: &Prompts) -> Prompts {
        let choose = |wanted: &Option<String>, own: &Option<String>| {
            wanted
                .clone()
                .or_else(|| own.clone())
                .filter(|prompt| !prompt.is_empty())
        };
        Prompts {
            query: choose(&self.prompts.query, &own.query),
            passage: choose(&self.prompts.passage, &own.passage),
        }
    }

    /// The pruning rule without the training texts.
    ///
    /// # Errors
    /// [`Error::Io`] for a file of seen texts that cannot be read.
    pub fn vocabulary_rule(&self) -> Result<Option<VocabularyRule>> {
        let Some(vocabulary) = &self.vocabulary else {
            return Ok(None);
        };
        let mut seen = Vec::new();
        for path in &vocabulary.seen {
            let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
            seen.extend(text.lines().map(str::to_owned));
        }
        Ok(Some(VocabularyRule {
            pieces: vocabulary.pieces,
            seen,
        }))
    }

    fn check(&self) -> std::result::Result<(), String> {
        if self.stages.is_empty() {
            return Err("there is no [[stages]]".to_owned());
        }
        if !(0.0..=0.9).contains(&self.dropout) {
            return Err(format!("dropout is {}; it must be between 0 and 0.9", self.dropout));
        }
        for share in self.base_share.ends() {
            if !(0.0..1.0).contains(&share) {
                return Err(format!("base_share is {share}; it must be from 0 to below 1"));
            }
        }
        if self.runs == 0 {
            return Err("runs must be at least 1".to_owned());
        }
        if self.save_every == 0 || self.evaluation.as_ref().is_some_and(|evaluation| evaluation.every == 0) {
            return Err("save_every and evaluation.every must be at least 1".to_owned());
        }
        self.device().map_err(|error| error.to_string())?;
        for (number, stage) in self.stages.iter().enumerate() {
            stage
                .check()
                .map_err(|reason| format!("stage {} ({:?}): {reason}", number + 1, stage.name))?;
        }
        Ok(())
    }
}

impl Stage {
    /// The files of pairs, and what the second text of each is.
    pub fn files(&self) -> impl Iterator<Item = (&Path, Role)> {
        let answers = self.data.iter().map(|path| (path.as_path(), Role::Passage));
        answers.chain(self.paraphrases.iter().map(|path| (path.as_path(), Role::Query)))
    }

    fn check(&self) -> std::result::Result<(), String> {
        let positive = |name: &str, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(format!("{name} is {value}; it must be above 0"))
            }
        };
        if self.files().next().is_none() {
            return Err("neither data nor paraphrases names a file".to_owned());
        }
        positive("learning_rate", self.learning_rate)?;
        if let Some(clip) = self.clip {
            positive("clip", clip)?;
        }
        if !(0.0..1.0).contains(&self.warmup) {
            return Err(format!("warmup is {}; it is a share, from 0 to below 1", self.warmup));
        }
        if !(0.0..1.0).contains(&self.weight_decay) {
            return Err(format!(
                "weight_decay is {}; it must be from 0 to below 1",
                self.weight_decay
            ));
        }
        for (name, value) in [
            ("batch", self.batch),
            ("accumulate", self.accumulate),
            ("epochs", self.epochs),
            ("max_pairs", self.max_pairs.unwrap_or(1)),
        ] {
            if value == 0 {
                return Err(format!("{name} must be at least 1"));
            }
        }
        if self.max_tokens.is_some_and(|tokens| tokens < 3) {
            return Err("max_tokens must be at least 3".to_owned());
        }
        match self.loss {
            Loss::CosineMse => {}
            Loss::Contrastive { temperature, order, .. } => {
                positive("temperature", temperature)?;
                if order != 0.0 {
                    positive("order", order)?;
                }
                if self.batch < 2 {
                    return Err("a contrastive batch needs at least 2 pairs".to_owned());
                }
                if self.random_negatives > 0 {
                    return Err(
                        "random_negatives is for losses with labels; a contrastive batch has its own".to_owned(),
                    );
                }
            }
            Loss::Cosent { scale } => positive("scale", scale)?,
        }
        Ok(())
    }

    /// The learning rate of step `step` (from 0) of `steps`.
    pub fn rate(&self, step: usize, steps: usize) -> f64 {
        let warm = (self.warmup * steps as f64).ceil();
        let at = step as f64;
        if at < warm {
            return self.learning_rate * (at + 1.0) / warm;
        }
        let rest = (at - warm) / (steps as f64 - warm).max(1.0);
        self.learning_rate
            * match self.decay {
                Decay::Constant => 1.0,
                Decay::Linear => 1.0 - rest,
                Decay::Cosine => (1.0 + (std::f64::consts::PI * rest).cos()) / 2.0,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = r#"base = "base"
output = "out"
seed = 1

[[stages]]
name = "one"
data = ["a.csv"]
loss = { kind = "contrastive", temperature = 0.03 }
learning_rate = 1e-4
batch = 8
"#;

    fn error(from: &str, to: &str) -> String {
        assert!(RECIPE.contains(from));
        Recipe::parse("a.toml", &RECIPE.replace(from, to))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_left_out_has_defaults() {
        let recipe = Recipe::parse("a.toml", RECIPE).unwrap();
        assert_eq!(
            (recipe.device.as_str(), recipe.dropout, recipe.save_every),
            ("cpu", 0.0, 100)
        );
        assert_eq!(recipe.runs, 1);
        let stage = &recipe.stages[0];
        assert_eq!((stage.accumulate, stage.epochs, stage.decay), (1, 1, Decay::Constant));
        assert_eq!(
            stage.loss,
            Loss::Contrastive {
                temperature: 0.03,
                symmetric: false,
                order: 0.0
            }
        );
    }

    #[test]
    fn a_stage_says_what_its_second_texts_are() {
        let text = RECIPE.replace("data = [\"a.csv\"]", "data = [\"a.csv\"]\nparaphrases = [\"b.csv\"]");
        let recipe = Recipe::parse("a.toml", &text).unwrap();
        let files: Vec<_> = recipe.stages[0].files().collect();
        assert_eq!(
            files,
            [("a.csv".as_ref(), Role::Passage), ("b.csv".as_ref(), Role::Query)]
        );
        assert!(error("data = [\"a.csv\"]", "").contains("neither data nor paraphrases names a file"));
    }

    #[test]
    fn errors_say_where_and_what() {
        let unknown = error("batch = 8", "batch = 8\nbatchsize = 9");
        assert!(
            unknown.starts_with("a.toml, line 11: ") && unknown.contains("batchsize"),
            "{unknown}"
        );
        let kind = error("\"contrastive\"", "\"triplet\"");
        assert!(kind.contains("line 8") && kind.contains("triplet"), "{kind}");
        let extra = error("temperature = 0.03", "temperature = 0.03, margin = 1");
        assert!(extra.contains("margin"), "{extra}");
        assert!(error("seed = 1", "").contains("seed"));
        assert_eq!(
            error("batch = 8", "batch = 1"),
            "a.toml: stage 1 (\"one\"): a contrastive batch needs at least 2 pairs"
        );
        assert!(error("1e-4", "-1").contains("learning_rate is -1; it must be above 0"));
        let order = error("temperature = 0.03", "temperature = 0.03, order = -1");
        assert!(order.contains("order is -1; it must be above 0"), "{order}");
        assert!(error("seed = 1", "seed = 1\ndevice = \"tpu\"").contains("tpu"));
        assert!(error("seed = 1", "seed = 1\ndropout = 1.5").contains("dropout is 1.5"));
        assert!(error("seed = 1", "seed = 1\nbase_share = 1.0").contains("base_share is 1; it must be from 0"));
    }

    #[test]
    fn rates_climb_and_fall() {
        let mut stage = Recipe::parse("a.toml", RECIPE).unwrap().stages.remove(0);
        (stage.learning_rate, stage.warmup) = (1.0, 0.2);
        let rates = |stage: &Stage| -> Vec<f64> { (0..10).map(|step| stage.rate(step, 10)).collect() };
        assert_eq!(rates(&stage)[..4], [0.5, 1.0, 1.0, 1.0]);
        stage.decay = Decay::Linear;
        assert_eq!(rates(&stage)[2..5], [1.0, 0.875, 0.75]);
        stage.decay = Decay::Cosine;
        assert!((rates(&stage)[6] - 0.5).abs() < 1e-12);
        assert!(rates(&stage)[9] > 0.0);
    }
}
