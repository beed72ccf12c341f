//! The index: a catalogue's records, vectors and postings, and searching them.

mod build;
mod file;
#[cfg(test)]
mod groups_tests;
#[cfg(test)]
mod names_tests;
#[cfg(not(target_arch = "wasm32"))]
mod partial;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use serde::Serialize;

use super::asked::{Asked, Closest, topics};
use super::companies::Companies;
use super::composition::{Composition, Substance};
use super::fold::{Span, fold, fold_name, nfc};
use super::fusion::{self, Evidence, Scored, Source};
use super::lexical::{FieldIndex, question_terms};
use super::matching::{self, Matches};
use super::names::{self, Names};
use super::ordinary::Ordinary;
use super::question::{Resolved, Understanding, Verdict};
use super::vectors::{Question, Vectors, check_question};
use super::{Catalogue, Fact, Filter, Map, Note, Reason, Record, Route, Tables, salts};
use crate::checkpoint::Role;
use crate::embedder::{Embedder, Ranked};
use crate::error::{Error, Result};

/// Fields that words are looked for in.
const LEXICAL_FIELDS: [&str; 3] = ["name", "ingredients", "purpose"];

/// Hits when the caller does not say how many.
pub const DEFAULT_TOP_K: usize = 10;

/// What an index file holds; the rest of an [`Index`] follows from it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Parts {
    /// Identity of the model that made the vectors.
    model: String,
    records: Vec<Record>,
    /// One a record.
    vectors: Vectors,
    /// What products are for: the different phrases, one vector each.
    phrases: Vec<String>,
    phrase_vectors: Vectors,
    /// For every record, where its phrases end in `phrase_members`.
    phrase_ends: Vec<u32>,
    phrase_members: Vec<u32>,
    /// How people ask, one vector a question.
    asked: Asked,
    asked_vectors: Vectors,
    /// As [`LEXICAL_FIELDS`].
    lexical: [FieldIndex; LEXICAL_FIELDS.len()],
    /// Names of ingredients and groups, without what they are for.
    tables: Tables,
    ordinary: Ordinary,
}

/// A catalogue that can be searched.
#[derive(Debug, Clone)]
pub struct Index {
    parts: Parts,
    names: Names,
    composition: Composition,
    /// For every record, where its topics of [`Asked`] end in `topic_members`.
    topic_ends: Vec<u32>,
    topic_members: Vec<u32>,
    /// How each record is given, once a question asks for that.
    routes: OnceLock<Vec<Option<Route>>>,
    /// Once a question is understood.
    companies: OnceLock<Companies>,
    /// Once somebody wants to see it.
    map: OnceLock<Map>,
}

/// The texts of a catalogue that are embedded to make its index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTexts {
    /// One a record: see [`Tables::passage`].
    pub passages: Vec<String>,
    /// What products are for, each phrase once; embedded as passages too.
    pub phrases: Vec<String>,
    asked: Asked,
    ends: Vec<u32>,
    members: Vec<u32>,
}

impl IndexTexts {
    /// The texts of `records`.
    pub fn new(records: &[Record], tables: &Tables) -> Self {
        let mut texts = Self {
            passages: records.iter().map(|record| tables.passage(record)).collect(),
            phrases: Vec::new(),
            asked: Asked::default(),
            ends: Vec::new(),
            members: Vec::new(),
        };
        let mut numbers = HashMap::new();
        let mut about = BTreeSet::new();
        for record in records {
            about.append(&mut topics(
                &record.class_code,
                tables.ingredients_of(record).into_iter(),
            ));
            for phrase in tables.phrases(record) {
                let next = texts.phrases.len() as u32;
                texts.members.push(*numbers.entry(phrase).or_insert_with(|| {
                    texts.phrases.push(phrase.to_owned());
                    next
                }));
            }
            texts.ends.push(texts.members.len() as u32);
        }
        texts.asked = Asked::new(&about, tables);
        texts
    }

    /// Questions that people ask for what the products do; embedded as queries.
    pub fn questions(&self) -> &[String] {
        &self.asked.questions
    }

    /// All texts.
    pub fn len(&self) -> usize {
        self.passages.len() + self.phrases.len() + self.asked.questions.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The vectors of [`IndexTexts`], of unit length, row-major.
#[derive(Debug, Clone, Copy)]
pub struct IndexVectors<'a> {
    /// Width of a vector.
    pub dimensions: usize,
    /// Of the passages.
    pub passages: &'a [f32],
    /// Of the phrases.
    pub phrases: &'a [f32],
    /// Of the questions.
    pub questions: &'a [f32],
}

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
    #[serde(serialize_with = "super::question::with_sentences")]
    pub notes: Vec<Note>,
}

impl Index {
    /// The index of `catalogue` from the vectors of its [`IndexTexts`]. `model` is the identity of the model that made
    /// them.
    ///
    /// # Errors
    /// [`Error::Input`] when there are more or fewer vectors than texts, or one holds a number that is not finite.
    pub fn of_vectors(model: &str, catalogue: Catalogue, tables: &Tables, vectors: IndexVectors<'_>) -> Result<Self> {
        let mut records = catalogue.records;
        for record in &mut records {
            // In one form of Unicode, because spans count characters.
            let lists = record.ingredients_ko.iter_mut().chain(&mut record.ingredients_en);
            for text in lists.chain([&mut record.name, &mut record.company]) {
                *text = nfc(text);
            }
        }
        let texts = IndexTexts::new(&records, tables);
        let dimensions = vectors.dimensions;
        for (name, count, vectors) in [
            ("passages", records.len(), vectors.passages),
            ("phrases", texts.phrases.len(), vectors.phrases),
            ("questions", texts.questions().len(), vectors.questions),
        ] {
            let fit = dimensions > 0 && vectors.len() == count * dimensions;
            if !fit || vectors.iter().any(|value| !value.is_finite()) {
                return Err(Error::Input(format!(
                    "{count} {name} need as many vectors of {dimensions} finite numbers, not {} numbers",
                    vectors.len()
                )));
            }
        }
        let field = |text: &dyn Fn(&Record) -> String| {
            let texts: Vec<String> = records.iter().map(text).collect();
            FieldIndex::new(&texts)
        };
        let parts = Parts {
            model: model.to_owned(),
            vectors: Vectors::new(dimensions, vectors.passages),
            phrases: texts.phrases,
            phrase_vectors: Vectors::new(dimensions, vectors.phrases),
            phrase_ends: texts.ends,
            phrase_members: texts.members,
            asked: texts.asked,
            asked_vectors: Vectors::new(dimensions, vectors.questions),
            lexical: [
                field(&|record| name_text(&record.name)),
                field(&|record| ingredient_text(record, tables)),
                field(&|record| purpose_text(record, tables)),
            ],
            tables: tables.names_only(),
            ordinary: tables.ordinary(),
            records,
        };
        Ok(Self::of_parts(parts))
    }

    /// Derives what an index file does not hold.
    fn of_parts(parts: Parts) -> Self {
        let names = parts
            .records
            .iter()
            .map(|record| (record.name.as_str(), record.company.as_str()));
        let composition = Composition::new(&parts.records, &parts.tables);
        let (mut topic_ends, mut topic_members) = (Vec::new(), Vec::new());
        // Products of a class share their ingredients: what each list is about is looked up once.
        let mut known: HashMap<(&str, &[u32]), Vec<u32>> = HashMap::new();
        for (number, record) in parts.records.iter().enumerate() {
            let components = composition.of(number);
            let own = known.entry((&record.class_code, components)).or_insert_with(|| {
                let rows = components.iter().filter_map(|&component| {
                    let entry = composition.component(component).entry;
                    parts.tables.ingredients.get(entry?)
                });
                let about = topics(&record.class_code, rows);
                about.iter().filter_map(|topic| parts.asked.topic(topic)).collect()
            });
            topic_members.extend_from_slice(own);
            topic_ends.push(topic_members.len() as u32);
        }
        Self {
            names: Names::new(names),
            composition,
            topic_ends,
            topic_members,
            routes: OnceLock::new(),
            companies: OnceLock::new(),
            map: OnceLock::new(),
            parts,
        }
    }

    /// Products in the index.
    pub fn len(&self) -> usize {
        self.parts.records.len()
    }

    /// Whether it holds no product.
    pub fn is_empty(&self) -> bool {
        self.parts.records.is_empty()
    }

    /// Width of the vectors.
    pub fn dimensions(&self) -> usize {
        self.parts.vectors.dimensions()
    }

    /// The products, in the catalogue's order.
    pub fn records(&self) -> &[Record] {
        &self.parts.records
    }

    pub(super) fn composition(&self) -> &Composition {
        &self.composition
    }

    /// How the record of this number is given; `None` where it does not say.
    pub(super) fn route(&self, number: usize) -> Option<Route> {
        self.routes.get_or_init(|| Route::of_all(&self.parts.records))[number]
    }

    pub(super) fn companies(&self) -> &Companies {
        self.companies.get_or_init(|| Companies::new(&self.parts.records))
    }

    pub(super) fn ordinary(&self) -> &Ordinary {
        &self.parts.ordinary
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// What the index carries of the tables: names, groups and facts of ingredients, not what they are for.
    pub fn tables(&self) -> &Tables {
        &self.parts.tables
    }

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

    pub(super) fn answer(
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

    fn reason(
        &self,
        scored: &Scored,
        matches: &Matches,
        phrase_scores: Option<&[f32]>,
        asked: Option<&[Closest]>,
    ) -> Reason {
        let number = scored.record as usize;
        let record = &self.parts.records[number];
        match scored.source {
            Source::Name(met) => {
                let met = &matches.names[met as usize];
                if let Some(span) = names::span(&record.name, &met.found) {
                    let length = (span.end - span.start) as usize;
                    return Reason::Name {
                        manner: met.manner,
                        matched: record.name.chars().skip(span.start as usize).take(length).collect(),
                        span,
                        errors: met.found.errors,
                    };
                }
            }
            Source::Substance(met) => {
                let met = &matches.substances[met as usize];
                if let Some(component) = self.composition.holds(number, met.found.substance) {
                    let (item, span) = self.item(record, component).unzip();
                    return Reason::Ingredient {
                        manner: met.manner,
                        matched: self.composition.component(component).name.clone(),
                        item,
                        span,
                        group: match met.found.substance {
                            Substance::Group(group) => Some(self.composition.group(group).to_owned()),
                            Substance::One(_) => None,
                        },
                        errors: met.found.errors,
                    };
                }
            }
            Source::Similarity => {}
        }
        let end = |number: usize| self.parts.phrase_ends[number] as usize;
        let own = &self.parts.phrase_members[number.checked_sub(1).map_or(0, end)..end(number)];
        let closest = phrase_scores.and_then(|scores| {
            let score = |phrase: &u32| scores[*phrase as usize];
            // max_by takes the last of equals; the class's phrase comes first and should win.
            own.iter().rev().max_by(|a, b| score(a).total_cmp(&score(b)))
        });
        match closest.or(own.first()) {
            Some(&phrase) => Reason::Purpose {
                purpose: self.parts.phrases[phrase as usize].clone(),
                // Where it explains more than the product's own text.
                question: (asked.map(|asked| asked[number]))
                    .filter(|closest| closest.score > scored.dense)
                    .map(|closest| self.parts.asked.questions[closest.question as usize].clone()),
            },
            None => Reason::Meaning,
        }
    }

    /// Which item of a record's ingredients holds a component, and where the component's name stands in it: as the table
    /// spells it, else all of the item.
    fn item(&self, record: &Record, component: u32) -> Option<(usize, Span)> {
        let name = &self.composition.component(component).name;
        let count = |text: &str| text.chars().count() as u32;
        let holds =
            |item: &str| salts::split(item).any(|part| self.composition.find(&part) == Some(Substance::One(component)));
        let mut items = record.ingredients_ko.iter().enumerate().filter(|(_, item)| holds(item));
        let (number, item) = items.next()?;
        let start = item.find(name.as_str());
        let span = start.map_or(
            Span {
                start: 0,
                end: count(item),
            },
            |byte| {
                let start = count(&item[..byte]);
                Span {
                    start,
                    end: start + count(name),
                }
            },
        );
        Some((number, span))
    }
}

fn name_text(name: &str) -> String {
    let folded = fold_name(name);
    let words: Vec<String> = folded.words.iter().map(|word| folded.text(word.clone())).collect();
    words.join(" ")
}

/// Names of the ingredients: as the catalogue has them, in both languages, and the table's.
fn ingredient_text(record: &Record, tables: &Tables) -> String {
    let mut names: Vec<&str> = Vec::new();
    for item in &record.ingredients_ko {
        names.push(item);
        let entry = tables
            .ingredients
            .find(item)
            .and_then(|entry| tables.ingredients.get(entry));
        names.extend(entry.map(|entry| entry.name_en.as_str()));
    }
    names.extend(record.ingredients_en.iter().map(String::as_str));
    let mut different: Vec<&str> = Vec::new();
    for name in names {
        if !different.contains(&name) {
            different.push(name);
        }
    }
    different.join(" ")
}

/// What it is for: its class, the phrases of class and ingredients, what its label says.
fn purpose_text(record: &Record, tables: &Tables) -> String {
    let mut parts: Vec<&str> = vec![&record.class_name_ko];
    parts.extend(tables.phrases(record));
    parts.push(&record.efficacy);
    parts.join(" ")
}
