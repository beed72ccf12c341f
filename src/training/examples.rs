//! The pairs of a stage as token ids, in batches.

use std::collections::HashMap;

use super::base::Base;
use super::losses::Contrast;
use super::pairs::Pairs;
use super::random::{Generator, derive};
use super::recipe::{Loss, Stage};
use crate::checkpoint::Role;
use crate::error::{Error, Result};
use crate::tokenizer::Tokenizer;

/// What the seeds of a stage are for.
const NEGATIVES: u64 = 1;
const SAMPLE: u64 = 2;
const ORDER: u64 = 3;

/// The pairs of one stage, ready to be trained on.
pub struct Examples {
    pairs: Pairs,
    queries: Vec<Vec<u32>>,
    passages: Vec<Vec<u32>>,
    negatives: Vec<Vec<Vec<u32>>>,
    /// The batches of every optimiser step, over all epochs.
    pub steps: Vec<Vec<Vec<usize>>>,
}

/// The sequences of one batch.
pub struct Batch<'a> {
    /// Questions, then the texts.
    pub sequences: Vec<&'a [u32]>,
    /// How many of them are questions.
    pub queries: usize,
    /// One a question.
    pub labels: Vec<f32>,
    /// For contrastive losses.
    pub contrast: Contrast,
}

impl Examples {
    /// Reads and prepares the pairs of stage number `number`.
    ///
    /// # Errors
    /// As [`Pairs::read`]; [`Error::Input`] for a text that cannot be tokenised.
    pub fn read(stage: &Stage, number: usize, seed: u64, base: &Base) -> Result<Self> {
        let labelled = match stage.loss {
            Loss::CosineMse => stage.random_negatives == 0,
            Loss::Cosent { .. } => true,
            Loss::Contrastive { .. } => false,
        };
        let mut pairs = Pairs::read(stage.files(), &stage.loss, labelled)?;
        let generator =
            |purpose: u64, epoch: usize| Generator::new(derive(seed, &[purpose, number as u64, epoch as u64]));
        if stage.random_negatives > 0 {
            pairs.add_random_negatives(stage.random_negatives, &mut generator(NEGATIVES, 0))?;
        }
        if let Some(count) = stage.max_pairs {
            pairs.sample(count, &mut generator(SAMPLE, 0));
        }
        if matches!(stage.loss, Loss::Contrastive { .. }) && pairs.rows.iter().all(|pair| pair.label == 0.0) {
            return Err(Error::Input(format!(
                "stage {:?}: no pair has label 1; a contrastive loss needs answers",
                stage.name
            )));
        }

        let tokenizer = base.tokenizer(stage.max_tokens)?;
        let mut cutter = Cutter {
            tokenizer: &tokenizer,
            known: HashMap::new(),
        };
        let (mut queries, mut passages, mut negatives) = (Vec::new(), Vec::new(), Vec::new());
        for pair in &pairs.rows {
            queries.push(cutter.cut(base.prompt(Role::Query), &pair.query)?);
            let passage = base.prompt(pair.role);
            passages.push(cutter.cut(passage, &pair.passage)?);
            let cut = |text: &String| cutter.cut(passage, text);
            negatives.push(pair.negatives.iter().map(cut).collect::<Result<Vec<_>>>()?);
        }
        let steps = (0..stage.epochs)
            .flat_map(|epoch| {
                let batches = pairs.batches(stage.batch, stage.distinct_groups, &mut generator(ORDER, epoch));
                let steps: Vec<_> = batches.chunks(stage.accumulate).map(<[_]>::to_vec).collect();
                steps
            })
            .collect();
        Ok(Self {
            pairs,
            queries,
            passages,
            negatives,
            steps,
        })
    }

    /// Pairs in all.
    pub fn len(&self) -> usize {
        self.pairs.rows.len()
    }

    /// The batch of these pairs.
    pub fn batch(&self, rows: &[usize], loss: &Loss) -> Batch<'_> {
        let mut sequences: Vec<&[u32]> = rows.iter().map(|&row| &self.queries[row][..]).collect();
        let labels = rows.iter().map(|&row| self.pairs.rows[row].label).collect();
        let mut contrast = Contrast {
            answers: Vec::new(),
            candidates: 0,
            alike: Vec::new(),
            wrong: Vec::new(),
        };
        if matches!(loss, Loss::Contrastive { .. }) {
            self.add_candidates(rows, &mut sequences, &mut contrast);
        } else {
            sequences.extend(rows.iter().map(|&row| &self.passages[row][..]));
        }
        Batch {
            queries: rows.len(),
            sequences,
            labels,
            contrast,
        }
    }

    /// The texts that a contrastive batch chooses from: passages first, then negatives.
    fn add_candidates<'a>(&'a self, rows: &[usize], sequences: &mut Vec<&'a [u32]>, contrast: &mut Contrast) {
        // Text and, for a negative, the pair that names it.
        let mut candidates: Vec<(&str, Option<usize>)> = Vec::new();
        for &row in rows {
            let pair = &self.pairs.rows[row];
            if pair.passage.is_empty() {
                contrast.answers.push(None);
                continue;
            }
            contrast
                .answers
                .push((pair.label > 0.0).then_some(candidates.len() as u32));
            candidates.push((&pair.passage, None));
            sequences.push(&self.passages[row]);
        }
        for (number, &row) in (0..).zip(rows) {
            for (text, ids) in self.pairs.rows[row].negatives.iter().zip(&self.negatives[row]) {
                contrast.wrong.push((number, candidates.len() as u32));
                candidates.push((text, Some(row)));
                sequences.push(ids);
            }
        }
        contrast.candidates = candidates.len();
        for &row in rows {
            let query = &self.pairs.rows[row].query;
            contrast
                .alike
                .extend(candidates.iter().map(|(text, owner)| match owner {
                    // What a pair names is wrong for it, whatever its groups: "ibuprofen 말고" shares them with ibuprofen.
                    Some(owner) if *owner == row => false,
                    // Nobody knows for which other questions it is wrong.
                    Some(_) if !self.pairs.knows(text) => true,
                    _ => self.pairs.alike(query, text),
                }));
        }
    }
}

/// Cuts every text once.
struct Cutter<'a> {
    tokenizer: &'a Tokenizer,
    known: HashMap<(String, String), Vec<u32>>,
}

impl Cutter<'_> {
    fn cut(&mut self, prompt: &str, text: &str) -> Result<Vec<u32>> {
        let key = (prompt.to_owned(), text.to_owned());
        if let Some(ids) = self.known.get(&key) {
            return Ok(ids.clone());
        }
        let ids = self.tokenizer.encode(prompt, text)?.ids;
        self.known.insert(key, ids.clone());
        Ok(ids)
    }
}
