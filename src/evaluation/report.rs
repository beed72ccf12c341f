//! A model's figures on a set.

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::{Ranking, auroc, mean_and_deviation, ndcg, recall, reciprocal_rank, spearman};
use super::set::EvaluationSet;
use crate::checkpoint::Role;
use crate::embedder::{Embedder, Embeddings, dot};
use crate::error::Result;
use crate::search::{Tables, top_k};

/// How many results count.
const K: usize = 10;

/// Means over questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Scores {
    /// How many questions.
    pub questions: usize,
    /// nDCG@10.
    #[serde(rename = "ndcg@10")]
    pub ndcg: f64,
    /// Recall@10: of at most 10 relevant products, the share that was found.
    #[serde(rename = "recall@10")]
    pub recall: f64,
    /// MRR@10.
    #[serde(rename = "mrr@10")]
    pub mrr: f64,
}

impl Scores {
    fn add(&mut self, ranking: &Ranking) {
        self.questions += 1;
        self.ndcg += ndcg(ranking, K);
        self.recall += recall(ranking, K);
        self.mrr += reciprocal_rank(ranking, K);
    }

    /// Sums to means.
    fn mean(self) -> Self {
        let count = self.questions.max(1) as f64;
        Self {
            questions: self.questions,
            ndcg: self.ndcg / count,
            recall: self.recall / count,
            mrr: self.mrr / count,
        }
    }
}

/// How far the vectors are spread: a collapsed model has a mean near 1 and next to no deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cosines {
    /// The mean over all pairs of products.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Over all questions.
    pub all: Scores,
    /// By kind of question.
    pub kinds: BTreeMap<String, Scores>,
    /// Spearman's correlation of cosine and score over the sentence pairs; the pairs' first sentences are embedded as
    /// questions, and so are the second.
    pub spearman: Option<f64>,
    /// How likely a question about drugs has a higher top score than one that is not.
    pub auroc: Option<f64>,
    /// The spread of the products' vectors.
    pub product_cosines: Option<Cosines>,
}

/// Measures a model, dense alone: every product by its [`Tables::passage`], ranked by cosine.
///
/// # Errors
/// As [`Embedder::embed`].
pub fn evaluate(embedder: &Embedder, set: &EvaluationSet) -> Result<Report> {
    let tables = Tables::built_in();
    let passages: Vec<String> = set
        .catalogue
        .records
        .iter()
        .map(|record| tables.passage(record))
        .collect();
    let products = embedder.embed(&passages, Role::Passage)?;
    let texts: Vec<&str> = set.questions.iter().map(|question| question.text.as_str()).collect();
    let questions = embedder.embed(&texts, Role::Query)?;
    let scores = |vector: &[f32]| products.rows().map(|row| dot(row, vector)).collect::<Vec<f32>>();

    let (mut all, mut kinds) = (Scores::default(), BTreeMap::<String, Scores>::new());
    let mut about_drugs = Vec::new();
    for (question, vector) in set.questions.iter().zip(questions.rows()) {
        let best = top_k(scores(vector).into_iter(), K);
        about_drugs.extend(best.first().map(|hit| f64::from(hit.score)));
        let grade = |place: &usize| question.relevant.get(place).copied().unwrap_or(0.0);
        let ranking = Ranking {
            found: best.iter().map(|hit| grade(&hit.index)).collect(),
            relevant: question.relevant.values().copied().collect(),
        };
        all.add(&ranking);
        kinds.entry(question.kind.clone()).or_default().add(&ranking);
    }

    let mut others = Vec::new();
    for vector in embedder.embed(&set.off_topic, Role::Query)?.rows() {
        let top = scores(vector).into_iter().fold(f32::NEG_INFINITY, f32::max);
        others.push(f64::from(top));
    }
    let side = |text: fn(&super::SentencePair) -> &str| {
        let texts: Vec<&str> = set.pairs.iter().map(text).collect();
        embedder.embed(&texts, Role::Query)
    };
    let (left, right) = (side(|pair| &pair.a)?, side(|pair| &pair.b)?);
    let cosines: Vec<f64> = left
        .rows()
        .zip(right.rows())
        .map(|(a, b)| f64::from(dot(a, b)))
        .collect();
    let judged: Vec<f64> = set.pairs.iter().map(|pair| pair.score).collect();

    Ok(Report {
        all: all.mean(),
        kinds: kinds.into_iter().map(|(kind, scores)| (kind, scores.mean())).collect(),
        spearman: spearman(&cosines, &judged),
        auroc: auroc(&about_drugs, &others),
        product_cosines: spread(&products),
    })
}

/// The spread over all pairs of rows.
fn spread(embeddings: &Embeddings) -> Option<Cosines> {
    let rows: Vec<&[f32]> = embeddings.rows().collect();
    let cosines: Vec<f64> = rows
        .iter()
        .enumerate()
        .flat_map(|(place, a)| rows[place + 1..].iter().map(|b| f64::from(dot(a, b))))
        .collect();
    mean_and_deviation(&cosines).map(|(mean, deviation)| Cosines { mean, deviation })
}

impl std::fmt::Display for Report {
    /// A table for people.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            out,
            "{:>9} {:>8} {:>10} {:>7}  kind",
            "questions", "nDCG@10", "Recall@10", "MRR@10"
        )?;
        let all = [("all", &self.all)].into_iter();
        for (kind, scores) in all.chain(self.kinds.iter().map(|(kind, scores)| (kind.as_str(), scores))) {
            writeln!(
                out,
                "{:>9} {:>8.3} {:>10.3} {:>7.3}  {kind}",
                scores.questions, scores.ndcg, scores.recall, scores.mrr
            )?;
        }
        let mut figure = |name: &str, value: Option<f64>| match value {
            Some(value) => writeln!(out, "{name}: {value:.3}"),
            None => Ok(()),
        };
        figure("Spearman, sentence pairs", self.spearman)?;
        figure("AUROC, questions not about drugs", self.auroc)?;
        figure(
            "cosine of two products, mean",
            self.product_cosines.map(|cosines| cosines.mean),
        )?;
        figure(
            "cosine of two products, deviation",
            self.product_cosines.map(|cosines| cosines.deviation),
        )
    }
}
