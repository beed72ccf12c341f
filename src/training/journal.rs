//! What happened, as CSV.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::curve::{self, Panel};
use super::state::Position;
use crate::error::{Error, Result};
use crate::storage::write_atomically;

/// One step of the optimiser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The stage's name.
    pub stage: String,
    /// The stage's number, from 1.
    pub stage_number: usize,
    /// Steps of the stage that were done after it.
    pub step: usize,
    /// The mean loss over the step's batches.
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The gradient's length before it was clipped.
    pub gradient_norm: f64,
    /// Pairs in the step.
    pub pairs: usize,
    /// Pairs a second.
    pub pairs_per_second: f64,
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The stage's number, from 1.
    pub stage_number: usize,
    /// Steps of the stage that were done.
    pub step: usize,
    /// nDCG@10 over all questions.
    pub ndcg: f64,
    /// Recall@10.
    pub recall: f64,
    /// MRR@10.
    pub mrr: f64,
    /// Spearman's correlation on the sentence pairs.
    pub spearman: Option<f64>,
    /// AUROC of the top score for questions not about drugs.
    pub auroc: Option<f64>,
}

/// All steps and evaluations of a run.
#[derive(Debug, Default)]
pub struct Journal {
    /// In their order.
    pub steps: Vec<Step>,
    /// In their order.
    pub measures: Vec<Measure>,
}

const STEPS: &str = "steps.csv";
const MEASURES: &str = "evaluation.csv";
const CURVES: &str = "curves.svg";

impl Journal {
    /// Reads a run's files again, up to where the run's saved state stands.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::File`] for a file that somebody changed.
    pub fn read(folder: &Path, position: &Position) -> Result<Self> {
        let before = |stage: usize, step: usize| (stage, step) <= (position.stage + 1, position.step);
        let mut journal = Self {
            steps: read(&folder.join(STEPS))?,
            measures: read(&folder.join(MEASURES))?,
        };
        journal.steps.retain(|step| before(step.stage_number, step.step));
        journal
            .measures
            .retain(|measure| before(measure.stage_number, measure.step));
        Ok(journal)
    }

    /// Writes the tables and the curves, each at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, folder: &Path) -> Result<()> {
        write_atomically(&folder.join(STEPS), &to_csv(&self.steps))?;
        if !self.measures.is_empty() {
            write_atomically(&folder.join(MEASURES), &to_csv(&self.measures))?;
        }
        write_atomically(&folder.join(CURVES), self.curves().as_bytes())
    }

    fn curves(&self) -> String {
        // Steps are drawn one after the other over all stages.
        let place = |stage: usize, step: usize| {
            let earlier = self.steps.iter().filter(|other| other.stage_number < stage).count();
            (earlier + step) as f64
        };
        let mut panels = Vec::new();
        let mut loss = Panel::new("loss (mean of 10 steps)");
        let last = self.steps.last().map_or(0, |step| step.stage_number);
        for number in 1..=last {
            let steps: Vec<&Step> = self.steps.iter().filter(|step| step.stage_number == number).collect();
            let Some(first) = steps.first() else { continue };
            let points = steps.iter().enumerate().map(|(at, step)| {
                let window = &steps[(at + 1).saturating_sub(10)..=at];
                let mean = window.iter().map(|step| step.loss).sum::<f64>() / window.len() as f64;
                (place(number, step.step), mean)
            });
            loss.line(&first.stage, points);
        }
        panels.push(loss);
        let mut rate = Panel::new("learning rate");
        rate.line(
            "",
            self.steps
                .iter()
                .map(|step| (place(step.stage_number, step.step), step.learning_rate)),
        );
        panels.push(rate);
        if !self.measures.is_empty() {
            let mut measures = Panel::new("evaluation");
            let mut line = |name: &str, value: &dyn Fn(&Measure) -> Option<f64>| {
                let points = self
                    .measures
                    .iter()
                    .filter_map(|measure| Some((place(measure.stage_number, measure.step), value(measure)?)));
                measures.line(name, points);
            };
            line("nDCG@10", &|measure| Some(measure.ndcg));
            line("Recall@10", &|measure| Some(measure.recall));
            line("MRR@10", &|measure| Some(measure.mrr));
            line("Spearman", &|measure| measure.spearman);
            line("AUROC", &|measure| measure.auroc);
            panels.push(measures);
        }
        curve::svg(&panels, "optimiser steps")
    }
}

fn to_csv<T: Serialize>(rows: &[T]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("rows are plain data");
    }
    writer.into_inner().expect("memory does not fail")
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    csv::Reader::from_reader(&bytes[..])
        .deserialize()
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| {
            Error::file(
                path.display().to_string(),
                format!("{error}; remove it and start again"),
            )
        })
}
