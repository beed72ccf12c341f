//! A training run from its first step, or from where it was stopped, to the trained model.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use candle_core::{Device, Tensor};

use super::base::Base;
use super::below::Below;
use super::examples::{Batch, Examples};
use super::export;
use super::journal::{Journal, Measure, Step};
use super::losses::{COSENT_SCALE, contrastive, cosent, cosine_mse, cosines, ordered};
use super::model::{Model, packed, unit};
use super::ops::Dropout;
use super::optimiser::{AdamW, Gradients};
use super::pairs::Pairs;
use super::parameters::Parameters;
use super::random::derive;
use super::recipe::{Loss, Recipe, Stage};
use super::state::{Position, STATE, Saved, save};
use crate::checkpoint::sha256_hex;
use crate::embedder::Embedder;
use crate::error::{Error, Result};
use crate::evaluation::{EvaluationSet, evaluate};

/// Where the trained model lies inside a run's folder.
const MODEL: &str = "model";
/// What the seeds of dropout are for.
const DROPOUT: u64 = 4;

/// What is told after every step.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress<'a> {
    /// The stage's name.
    pub stage: &'a str,
    /// Its number, from 1, counted through all runs.
    pub stage_number: usize,
    /// Stages of all runs.
    pub stages: usize,
    /// Optimiser steps of the stage that are done.
    pub step: usize,
    /// Optimiser steps of the stage.
    pub steps: usize,
    /// Pairs of one epoch of the stage.
    pub pairs: usize,
    /// The step's loss.
    pub loss: f64,
    /// The step's learning rate.
    pub learning_rate: f64,
    /// Pairs a second, in this step.
    pub pairs_per_second: f64,
    /// nDCG@10 at the last evaluation.
    pub ndcg: Option<f64>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The trained model lies in this folder.
    Finished(PathBuf),
    /// Stopped as asked, after `step` steps of stage `stage_number`; it can be resumed.
    Stopped {
        /// The stage, from 1.
        stage_number: usize,
        /// Its steps that are done.
        step: usize,
    },
}

/// Trains as `recipe` says. With `resume`, goes on from the state that an earlier call left in the recipe's output
/// folder; the weights are then those of a run that was never stopped. `progress` is told after every step, and can stop
/// the run; its state is saved then.
///
/// # Errors
/// What reading recipe, checkpoint and pairs refuses; [`Error::Training`] where the loss is no number any more.
pub fn train(
    recipe: &Recipe,
    resume: bool,
    progress: &mut dyn FnMut(&Progress<'_>) -> ControlFlow<()>,
) -> Result<Outcome> {
    // Data first: a bad row is found before anything slow is done.
    let mut texts = Vec::new();
    for stage in &recipe.stages {
        let pairs = Pairs::read(stage.files(), &stage.loss, false)?;
        texts.extend(pairs.texts().map(str::to_owned));
    }
    let base = Base::open(recipe, texts.iter().map(String::as_str))?;
    if recipe.freeze_layers >= base.config.num_hidden_layers {
        return Err(Error::Input(format!(
            "freeze_layers is {}, and the checkpoint has {} layers: nothing would be trained",
            recipe.freeze_layers, base.config.num_hidden_layers
        )));
    }
    let run = fingerprint(recipe, &base)?;
    let saved = resume.then(|| Saved::open(&recipe.output, &run)).transpose()?;
    let set = match &recipe.evaluation {
        Some(evaluation) => Some(EvaluationSet::from_folder(&evaluation.set)?),
        None => None,
    };
    let device = recipe.device()?.open()?;
    let parameters = base.parameters(&device, recipe.frozen())?;
    std::fs::create_dir_all(&recipe.output).map_err(Error::io(&recipe.output))?;
    let mut trainer = Trainer {
        model: Model::new(
            base.config.clone(),
            base.checkpoint.sentence.pooling,
            &parameters,
            recipe.factors,
        ),
        below: Below::default(),
        position: Position { run, stage: 0, step: 0 },
        device,
        journal: Journal::default(),
        recipe,
        base,
        parameters,
        earlier: None,
        set,
    };
    trainer.run(saved, progress)
}

/// SHA-256 over all that decides the trained weights.
fn fingerprint(recipe: &Recipe, base: &Base) -> Result<String> {
    let mut decisive = recipe.clone();
    // What only decides where things are written, and when.
    decisive.output = PathBuf::new();
    decisive.save_every = 1;
    decisive.evaluation = None;
    let mut text = serde_json::to_string(&decisive).expect("a recipe is plain data");
    text += &base.checkpoint.identity()?;
    text += &sha256_hex(&base.tokenizer);
    for (path, _) in recipe.stages.iter().flat_map(Stage::files) {
        text += &sha256_hex(&std::fs::read(path).map_err(Error::io(path))?);
    }
    Ok(sha256_hex(text.as_bytes()))
}

struct Trainer<'a> {
    recipe: &'a Recipe,
    base: Base,
    device: Device,
    parameters: Parameters,
    /// The mean of what was kept until now: the ends of runs, or of stages.
    earlier: Option<Parameters>,
    model: Model,
    below: Below,
    position: Position,
    journal: Journal,
    set: Option<EvaluationSet>,
}

impl Trainer<'_> {
    fn run(
        &mut self,
        mut saved: Option<Saved>,
        progress: &mut dyn FnMut(&Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Outcome> {
        let recipe = self.recipe;
        // Counted through all runs.
        let stages = recipe.runs * recipe.stages.len();
        if let Some(saved) = &saved {
            self.position = saved.position.clone();
            self.journal = Journal::read(&recipe.output, &self.position)?;
        }
        for number in self.position.stage..stages {
            let begins = self.position.stage != number;
            if begins {
                (self.position.stage, self.position.step) = (number, 0);
            }
            let (_, of_run) = self.place();
            let new_run = begins && of_run == 0;
            if new_run || (begins && recipe.average_stages) {
                self.keep()?;
            }
            if new_run {
                self.start_over()?;
            }
            let stage = &recipe.stages[of_run];
            let examples = Examples::read(stage, of_run, self.seed(), &self.base)?;
            let mut optimiser = AdamW::new(&self.parameters, stage.weight_decay)?;
            if let Some(saved) = saved.take() {
                if self.kept() > 0 {
                    self.earlier = Some(self.base.parameters(&self.device, recipe.frozen())?);
                }
                saved.restore(&self.parameters, &mut optimiser, self.earlier.as_ref())?;
            }
            if self.journal.measures.is_empty() {
                self.measure()?;
            }
            for step in self.position.step..examples.steps.len() {
                let done = self.step(stage, &examples, &mut optimiser, step)?;
                self.position.step = step + 1;
                self.journal.steps.push(done.clone());
                let last = step + 1 == examples.steps.len();
                if let Some(evaluation) = &recipe.evaluation
                    && ((step + 1) % evaluation.every == 0 || last)
                {
                    self.measure()?;
                }
                let stop = progress(&Progress {
                    stage: &stage.name,
                    stage_number: number + 1,
                    stages,
                    step: step + 1,
                    steps: examples.steps.len(),
                    pairs: examples.len(),
                    loss: done.loss,
                    learning_rate: done.learning_rate,
                    pairs_per_second: done.pairs_per_second,
                    ndcg: self.journal.measures.last().map(|measure| measure.ndcg),
                })
                .is_break();
                if stop || last || (step + 1) % recipe.save_every == 0 {
                    // The journal first: steps that a state does not know are left out when it is read again.
                    self.journal.write(&recipe.output)?;
                    save(
                        &recipe.output,
                        &self.position,
                        &self.parameters,
                        &optimiser,
                        self.earlier.as_ref(),
                    )?;
                }
                if stop {
                    return Ok(Outcome::Stopped {
                        stage_number: number + 1,
                        step: step + 1,
                    });
                }
            }
        }
        if let Some(earlier) = &self.earlier {
            let kept = self.kept() as f32;
            self.parameters.blend(earlier, |_| kept / (kept + 1.0))?;
        }
        let layers = self.base.config.num_hidden_layers;
        let keeps_base = recipe.base_share.ends() != [0.0; 2];
        if keeps_base {
            let base = self.base.parameters(&self.device, recipe.frozen())?;
            self.parameters
                .blend(&base, |layer| recipe.base_share.of(layer, layers))?;
        }
        if self.earlier.is_some() || keeps_base {
            self.measure()?;
            self.journal.write(&recipe.output)?;
        }
        let folder = recipe.output.join(MODEL);
        export::write(&folder, &export::files(&self.base, &self.parameters)?)?;
        let state = recipe.output.join(STATE);
        std::fs::remove_file(&state).map_err(Error::io(&state))?;
        Ok(Outcome::Finished(folder))
    }

    /// The run that the position is in, and the stage of that run, both from 0.
    fn place(&self) -> (usize, usize) {
        let stages = self.recipe.stages.len();
        (self.position.stage / stages, self.position.stage % stages)
    }

    /// The seed of the run that the position is in.
    fn seed(&self) -> u64 {
        self.recipe.seed + self.place().0 as u64
    }

    /// How many ends of runs, or of stages, the mean holds when the position's stage begins.
    fn kept(&self) -> usize {
        if self.recipe.average_stages {
            self.position.stage
        } else {
            self.place().0
        }
    }

    /// Takes the weights at the end of the stage before into the mean.
    fn keep(&mut self) -> Result<()> {
        let earlier = match self.earlier.take() {
            Some(earlier) => earlier,
            None => self.base.parameters(&self.device, self.recipe.frozen())?,
        };
        earlier.blend(&self.parameters, |_| 1.0 / self.kept() as f32)?;
        self.earlier = Some(earlier);
        Ok(())
    }

    /// Goes back to the base.
    fn start_over(&mut self) -> Result<()> {
        let base = self.base.parameters(&self.device, self.recipe.frozen())?;
        self.parameters.blend(&base, |_| 1.0)
    }

    /// One step of the optimiser.
    fn step(&mut self, stage: &Stage, examples: &Examples, optimiser: &mut AdamW, step: usize) -> Result<Step> {
        let start = Instant::now();
        let batches = &examples.steps[step];
        let wrong = |reason: &str| Error::Training {
            stage: stage.name.clone(),
            step: step + 1,
            reason: reason.to_owned(),
        };
        let mut sum: Option<Gradients> = None;
        let (mut total, mut pairs) = (0.0, 0);
        for (number, rows) in batches.iter().enumerate() {
            let place = [DROPOUT, self.place().1 as u64, step as u64, number as u64];
            let drop = Dropout {
                probability: self.recipe.dropout,
                seed: derive(self.seed(), &place),
            };
            let loss = self.loss(&examples.batch(rows, &stage.loss), &stage.loss, drop)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            if !value.is_finite() {
                return Err(wrong("the loss is no number any more; lower the learning rate"));
            }
            total += value / batches.len() as f64;
            pairs += rows.len();
            let gradients = Gradients::take(loss.backward()?, &self.parameters);
            match &mut sum {
                None => sum = Some(gradients),
                Some(sum) => sum.add(gradients)?,
            }
        }
        let gradients = sum.ok_or_else(|| wrong("there is no batch"))?;
        // The loss of a step is the mean over its batches.
        let mean = 1.0 / batches.len() as f64;
        let norm = gradients.norm()? * mean;
        if !norm.is_finite() {
            return Err(wrong("the gradient is no number any more; lower the learning rate"));
        }
        let clip = stage.clip.map_or(1.0, |clip| (clip / norm.max(1e-12)).min(1.0));
        let rate = stage.rate(step, examples.steps.len());
        optimiser.step(&self.parameters, &gradients, mean * clip, rate)?;
        Ok(Step {
            stage: stage.name.clone(),
            stage_number: self.position.stage + 1,
            step: step + 1,
            loss: total,
            learning_rate: rate,
            gradient_norm: norm,
            pairs,
            pairs_per_second: pairs as f64 / start.elapsed().as_secs_f64(),
        })
    }

    fn loss(&mut self, batch: &Batch<'_>, loss: &Loss, drop: Dropout) -> Result<Tensor> {
        let below = self.below.states(&self.model, &batch.sequences, drop)?;
        let vectors = unit(&self.model.forward_above(&below, &packed(&batch.sequences), drop)?)?;
        let queries = vectors.narrow(0, 0, batch.queries)?;
        let texts = vectors.narrow(0, batch.queries, batch.sequences.len() - batch.queries)?;
        match *loss {
            Loss::CosineMse => cosine_mse(&cosines(&queries, &texts)?, &batch.labels),
            Loss::Cosent { scale } => cosent(&cosines(&queries, &texts)?, &batch.labels, scale),
            Loss::Contrastive {
                temperature,
                symmetric,
                order,
            } => {
                let loss = contrastive(&queries, &texts, &batch.contrast, temperature, symmetric)?;
                if order == 0.0 {
                    return Ok(loss);
                }
                Ok((loss + (ordered(&queries, &texts, &batch.contrast, COSENT_SCALE)? * order)?)?)
            }
        }
    }

    /// Evaluates the model as it stands.
    fn measure(&mut self) -> Result<()> {
        let Some(set) = &self.set else { return Ok(()) };
        let base = &self.base;
        let embedder = Embedder::of_parts(
            base.tokenizer(None)?,
            Box::new(self.model.detached()),
            base.prompts.clone(),
            base.config.num_hidden_layers,
        );
        let report = evaluate(&embedder, set)?;
        self.journal.measures.push(Measure {
            stage_number: self.position.stage + 1,
            step: self.position.step,
            ndcg: report.dense.all.ndcg,
            recall: report.dense.all.recall,
            mrr: report.dense.all.mrr,
            spearman: report.spearman,
            auroc: report.dense.auroc,
        });
        Ok(())
    }
}
