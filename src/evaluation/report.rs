//! A model's figures on a set.

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::{
    Ranking, Threshold, auroc, mean_and_deviation, ndcg, recall, reciprocal_rank, spearman, threshold,
};
use super::set::EvaluationSet;
use crate::checkpoint::Role;
use crate::embedder::{Embedder, Embeddings, Ranked, dot};
use crate::error::Result;
use crate::search::lexical::{FieldIndex, question_terms};
use crate::search::{Answer, Index, IndexTexts, IndexVectors, SearchOptions, Tables, top_k};

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

/// The figures of one way of ranking.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct System {
    /// Over all questions.
    pub all: Scores,
    /// By kind of question.
    pub kinds: BTreeMap<String, Scores>,
    /// How likely the best hit of a question about drugs scores above the best hit of one that is not.
    pub auroc: Option<f64>,
    /// The score of the best hit that tells the two apart best.
    pub threshold: Option<Threshold>,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The model alone: every product by its [`Tables::passage`], ranked by cosine.
    pub dense: System,
    /// BM25 over the characters of the same passages, without what the project adds to it.
    pub bm25: System,
    /// [`Index::search_words`]: names, aliases and words, without the model.
    pub lexical: System,
    /// [`Index::search`].
    pub hybrid: System,
    /// Spearman's correlation of cosine and score over the sentence pairs; the pairs' first sentences are embedded as
    /// questions, and so are the second.
    pub spearman: Option<f64>,
    /// The spread of the products' vectors.
    pub product_cosines: Option<Cosines>,
}

/// The best products of a question: their places in the catalogue and their scores, at most [`K`], best first.
type Ranker<'a> = dyn Fn(&str, &[f32]) -> Result<Vec<Ranked>> + 'a;

/// Measures a model on a set.
///
/// # Errors
/// As [`Embedder::embed`].
pub fn evaluate(embedder: &Embedder, set: &EvaluationSet) -> Result<Report> {
    let tables = Tables::built_in();
    let texts = IndexTexts::new(&set.catalogue.records, &tables);
    let products = embedder.embed(&texts.passages, Role::Passage)?;
    let phrases = embedder.embed(&texts.phrases, Role::Passage)?;
    let known = embedder.embed(texts.questions(), Role::Query)?;
    let vectors = IndexVectors {
        dimensions: embedder.facts().dimensions,
        passages: &products.vectors,
        phrases: &phrases.vectors,
        questions: &known.vectors,
    };
    let index = Index::of_vectors(&embedder.facts().identity, set.catalogue.clone(), &tables, vectors)?;
    let options = SearchOptions {
        top_k: K,
        ..SearchOptions::default()
    };
    let ranked = |answer: Answer<'_>| -> Vec<Ranked> {
        let hits = answer.hits.iter().map(|hit| Ranked {
            index: hit.number,
            score: hit.score,
        });
        hits.collect()
    };

    let letters = FieldIndex::new(&texts.passages);
    let bm25 = |question: &str, _: &[f32]| {
        let mut scores = vec![0.0; index.len()];
        letters.add_scores(&question_terms(question), &mut scores);
        let mut hits = top_k(scores.into_iter(), K);
        hits.retain(|hit| hit.score > 0.0);
        Ok(hits)
    };

    let texts: Vec<&str> = set.questions.iter().map(|question| question.text.as_str()).collect();
    let questions = embedder.embed(&texts, Role::Query)?;
    let others = embedder.embed(&set.off_topic, Role::Query)?;
    let system = |rank: &Ranker<'_>| -> Result<System> {
        let (mut all, mut kinds) = (Scores::default(), BTreeMap::<String, Scores>::new());
        let best = |hits: &[Ranked]| hits.first().map_or(f64::NEG_INFINITY, |hit| f64::from(hit.score));
        let mut about_drugs = Vec::new();
        for (question, vector) in set.questions.iter().zip(questions.rows()) {
            let hits = rank(&question.text, vector)?;
            about_drugs.push(best(&hits));
            let grade = |place: &usize| question.relevant.get(place).copied().unwrap_or(0.0);
            let ranking = Ranking {
                found: hits.iter().map(|hit| grade(&hit.index)).collect(),
                relevant: question.relevant.values().copied().collect(),
            };
            all.add(&ranking);
            kinds.entry(question.kind.clone()).or_default().add(&ranking);
        }
        let off_topic = set.off_topic.iter().zip(others.rows());
        let off_topic: Vec<f64> = off_topic
            .map(|(text, vector)| Ok(best(&rank(text, vector)?)))
            .collect::<Result<_>>()?;
        Ok(System {
            all: all.mean(),
            kinds: kinds.into_iter().map(|(kind, scores)| (kind, scores.mean())).collect(),
            auroc: auroc(&about_drugs, &off_topic),
            threshold: threshold(&about_drugs, &off_topic),
        })
    };
    let dense = |_: &str, vector: &[f32]| Ok(top_k(products.rows().map(|row| dot(row, vector)), K));

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
        dense: system(&dense)?,
        bm25: system(&bm25)?,
        lexical: system(&|question, _| Ok(ranked(index.search_words(question, &options))))?,
        hybrid: system(&|question, _| Ok(ranked(index.search(embedder, question, &options)?)))?,
        spearman: spearman(&cosines, &judged),
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
        let ways = [&self.dense, &self.bm25, &self.lexical, &self.hybrid];
        const NAMES: [&str; 4] = ["dense", "BM25", "lexical", "hybrid"];
        write!(out, "{:>9}", "")?;
        for name in NAMES {
            write!(out, " {name:^23}")?;
        }
        write!(out, "\n{:>9}", "questions")?;
        for _ in ways {
            write!(out, " {:>7} {:>7} {:>7}", "nDCG@10", "R@10", "MRR@10")?;
        }
        writeln!(out, "  kind")?;
        let mut row = |name: &str, scores: &dyn Fn(&System) -> Scores| {
            write!(out, "{:>9}", scores(&self.dense).questions)?;
            for scores in ways.map(scores) {
                write!(out, " {:>7.3} {:>7.3} {:>7.3}", scores.ndcg, scores.recall, scores.mrr)?;
            }
            writeln!(out, "  {name}")
        };
        row("all", &|way| way.all)?;
        for kind in self.dense.kinds.keys() {
            row(kind, &|way| way.kinds[kind])?;
        }
        let mut figure = |name: &str, value: Option<f64>| match value {
            Some(value) => writeln!(out, "{name}: {value:.3}"),
            None => Ok(()),
        };
        figure("Spearman, sentence pairs", self.spearman)?;
        for (name, way) in NAMES.into_iter().zip(ways) {
            figure(&format!("AUROC, questions not about drugs, {name}"), way.auroc)?;
        }
        if let Some(threshold) = self.hybrid.threshold {
            figure("  accepted of those about drugs", Some(threshold.accepted))?;
            figure("  rejected of the others", Some(threshold.rejected))?;
        }
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
