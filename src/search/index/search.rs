//! Searching an index: what a question asks for, names and meaning, in one order.

use serde::Serialize;

use super::super::asked::Closest;
use super::super::fold::{fold, nfc};
use super::super::fusion::{self, Evidence};
use super::super::lexical::question_terms;
use super::super::matching;
use super::super::question::{Resolved, Understanding, Verdict};
use super::super::vectors::{Question, check_question};
use super::super::{Fact, Filter, Map, Note, Reason, Record};
use super::{DEFAULT_TOP_K, Index};
use crate::checkpoint::Role;
use crate::embedder::{Embedder, Ranked};
use crate::error::{Error, Result};

/// Whether the record of this number may be a hit.
pub type Predicate<'f> = dyn Fn(usize, &Record) -> bool + 'f;

/// How to rank.
#[derive(Clone, Copy)]
pub struct RankOptions<'f> {
    /// Hits, at most.
    pub top_k: usize,
    /// What hits must fulfil; it is asked about every record, in any order.
    pub filter: Option<&'f Predicate<'f>>,
    /// See [`SearchOptions::group`].
    pub group: bool,
}

/// How to search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchOptions {
    /// Hits, at most.
    pub top_k: usize,
    /// What hits must fulfil, beside what the question itself asks for.
    pub filter: Filter,
    /// Of products with the same ingredients only the best is a hit, with the number of the others: thirty generics take
    /// one line. [`Filter::like`] finds the others.
    pub group: bool,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            top_k: DEFAULT_TOP_K,
            filter: Filter::default(),
            group: false,
        }
    }
}

/// One product of a ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit<'a> {
    /// Its place in the catalogue.
    #[serde(skip)]
    pub number: usize,
    /// The product's id.
    pub id: &'a str,
    /// Falls along the ranking: cosines and BM25 together, and above 3 where a name decided.
    pub score: f32,
    /// Cosine similarity to the question; none where the question has no vector.
    pub dense: Option<f32>,
    /// Cosine similarity of the question and the closest known question for what the product does; none where there is
    /// no such question, or the question has no vector.
    pub asked: Option<f32>,
    /// BM25 of the question's letters.
    pub lexical: f32,
    /// Why it was found.
    pub reason: Reason,
    /// What was asked of it that is not known.
    pub unknown: Vec<Fact>,
    /// Where hits are grouped: how many other products with the same ingredients were found.
    pub alike: usize,
    /// The product.
    pub record: &'a Record,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer<'a> {
    /// Best first.
    pub hits: Vec<Hit<'a>>,
    /// Whether the best hit is close enough for a question about drugs: a name was met, or its score is at least the
    /// model's [`min_score`](crate::Facts::min_score). False where there is no hit; true for any hit of a model that has
    /// no such score.
    pub confident: bool,
    /// How the question was understood.
    #[serde(serialize_with = "crate::search::question::with_sentences")]
    pub notes: Vec<Note>,
}

impl Index {
    /// The products that answer `question`: what it asks for beyond its meaning is understood (see
    /// [`understand`](Self::understand)), the rest is ranked (see [`rank`](Self::rank)).
    ///
    /// # Errors
    /// [`Error::Input`] when `embedder` is not the model that made the index; else as [`Embedder::embed`].
    pub fn search(&self, embedder: &Embedder, question: &str, options: &SearchOptions) -> Result<Answer<'_>> {
        let understanding = self.understand(question);
        let vector = self.embed(embedder, &understanding)?;
        self.answer(understanding, Some(&vector), embedder.facts().min_score, options)
    }

    /// The vector of what a question means.
    fn embed(&self, embedder: &Embedder, question: &Understanding) -> Result<Vec<f32>> {
        let model = &embedder.facts().identity;
        if *model != self.parts.model {
            return Err(Error::Input(format!(
                "the index was made with model {}, not with {model}; search it with its own model",
                self.parts.model
            )));
        }
        Ok(embedder.embed(&[&question.text], Role::Query)?.vectors)
    }

    /// As [`search`](Self::search), by names and words alone: it needs no model.
    pub fn search_words(&self, question: &str, options: &SearchOptions) -> Answer<'_> {
        let answer = self.answer(self.understand(question), None, None, options);
        answer.expect("without a vector there is nothing to refuse")
    }

    pub(in crate::search) fn answer(
        &self,
        understanding: Understanding,
        vector: Option<&[f32]>,
        min_score: Option<f32>,
        options: &SearchOptions,
    ) -> Result<Answer<'_>> {
        let (wanted, more) = self.resolve(&options.filter);
        let both = [&understanding.wanted, &wanted];
        let fulfils = |number: usize, _: &Record| {
            let verdict = |wanted: &&Resolved| wanted.verdict(self, number) != Verdict::No;
            both.iter().all(verdict)
        };
        let options = RankOptions {
            top_k: options.top_k,
            filter: Some(&fulfils),
            group: options.group,
        };
        let mut hits = self.rank(&understanding.text, vector, &options)?;
        for hit in &mut hits {
            hit.unknown = both
                .iter()
                .flat_map(|wanted| wanted.unknown(self, hit.number))
                .collect();
            hit.unknown.sort_unstable();
            hit.unknown.dedup();
        }
        let least = min_score.unwrap_or(f32::NEG_INFINITY);
        Ok(Answer {
            confident: hits.first().is_some_and(|hit| hit.score >= least),
            hits,
            notes: understanding.notes.into_iter().chain(more).collect(),
        })
    }

    /// The products that answer `question`, whose vector is `vector`, best first.
    ///
    /// Products whose name or ingredient stands in the question come first, the better met the earlier; among those
    /// met alike, and for all others, cosine and a little BM25 decide; of equals, the first of the catalogue is first.
    /// Without a vector, names and words alone are searched, and what shares neither with the question is no hit.
    ///
    /// # Errors
    /// [`Error::Input`] when the vector is of another width than the index's, or holds a number that is not finite.
    pub fn rank(&self, question: &str, vector: Option<&[f32]>, options: &RankOptions) -> Result<Vec<Hit<'_>>> {
        let vector = vector.map(|vector| self.question(vector)).transpose()?;
        let question = nfc(question);
        let dense = vector.as_ref().map(|vector| self.parts.vectors.scores(vector));
        let folded = fold(&question);
        let matches = matching::find(&folded, &self.names, &self.composition, &self.parts.ordinary);
        let asked = vector.as_ref().map(|vector| self.asked(vector));
        let evidence = Evidence {
            dense: dense.as_deref(),
            asked: asked.as_deref(),
            lexical: &self.lexical(&question),
        };
        let mut scored = fusion::score(&folded, &matches, &self.parts.records, &self.composition, &evidence);
        if dense.is_none() {
            scored.retain(|scored| scored.level > 0 || scored.lexical > 0.0);
        }
        if let Some(filter) = options.filter {
            scored.retain(|scored| filter(scored.record as usize, &self.parts.records[scored.record as usize]));
        }
        if options.group {
            scored = fusion::group(scored, &self.composition);
        }
        let scored = fusion::best(scored, options.top_k);

        let phrase_scores = vector.map(|vector| self.parts.phrase_vectors.scores(&vector));
        let hits = scored.into_iter().map(|scored| {
            let record = &self.parts.records[scored.record as usize];
            Hit {
                number: scored.record as usize,
                id: &record.id,
                score: scored.score(),
                dense: dense.is_some().then_some(scored.dense),
                asked: asked
                    .as_ref()
                    .map(|asked| asked[scored.record as usize].score)
                    .filter(|score| score.is_finite()),
                lexical: scored.lexical,
                reason: self.reason(&scored, &matches, phrase_scores.as_deref(), asked.as_deref()),
                unknown: Vec::new(),
                alike: scored.alike as usize,
                record,
            }
        });
        Ok(hits.collect())
    }

    /// The `k` products whose vectors are closest to `vector`, best first, by their places in the catalogue: cosine alone,
    /// without names and words.
    ///
    /// # Errors
    /// As [`rank`](Self::rank).
    pub fn nearest(&self, vector: &[f32], k: usize) -> Result<Vec<Ranked>> {
        Ok(self.parts.vectors.nearest(&self.question(vector)?, k))
    }

    /// The products as points in the plane: made when it is first asked for, and kept.
    pub fn map(&self) -> &Map {
        self.map.get_or_init(|| {
            let classes = self.parts.records.iter().map(|record| record.class_code.as_str());
            Map::new(&self.parts.vectors, classes)
        })
    }

    /// Where `question` lies on the [`map`](Self::map): the point of what [`search`](Self::search) ranks by.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn place(&self, embedder: &Embedder, question: &str) -> Result<[f32; 2]> {
        self.map().place(&self.embed(embedder, &self.understand(question))?)
    }

    /// A question's vector, if it fits.
    fn question(&self, vector: &[f32]) -> Result<Question> {
        check_question(vector, self.dimensions())?;
        Ok(Question::new(vector))
    }

    /// BM25 of all records: the sum over the fields.
    fn lexical(&self, question: &str) -> Vec<f32> {
        let terms = question_terms(question);
        let mut scores = vec![0.0; self.len()];
        for field in &self.parts.lexical {
            field.add_scores(&terms, &mut scores);
        }
        scores
    }

    /// For every record, the closest known question for what it does.
    fn asked(&self, question: &Question) -> Vec<Closest> {
        let topics = self.parts.asked.best(&self.parts.asked_vectors.scores(question));
        let mut start = 0;
        let records = self.topic_ends.iter().map(|&end| {
            let members = &self.topic_members[start..end as usize];
            start = end as usize;
            let mut best = Closest::default();
            for &topic in members {
                let closest = topics[topic as usize];
                if closest.score > best.score {
                    best = closest;
                }
            }
            best
        });
        records.collect()
    }
}
