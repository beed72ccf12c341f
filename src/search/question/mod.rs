//! What a question asks for beyond its meaning: what it excludes, how the medicine is given, who may take it.
//!
//! Rules, not a model: they are few, they can be read, and what they did is said ([`Note`]). What is understood is cut
//! out of the text that is ranked, since the letters of an excluded name would attract it.

mod company;
mod filter;
mod negation;
mod notes;
mod route;

use std::ops::Range;

use serde::Serialize;

use super::fold::{Folded, fold, nfc};
use super::index::Index;
use filter::Excluded;
pub(super) use filter::Resolved;
pub use filter::{Fact, Filter, Mix, Sale, Verdict};
pub use notes::Note;
pub(super) use notes::with_sentences;
pub use route::Route;

/// A question, understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Understanding {
    /// What is left to rank: the question without what was understood; all of it, where nothing would be left.
    pub text: String,
    /// What to tell the person who asked.
    pub notes: Vec<Note>,
    #[serde(skip)]
    pub(super) wanted: Resolved,
}

/// Words that ask for a fact: the beginnings of one word, or of two neighbours.
const FACTS: [(&[&str], Fact); 19] = [
    (&["졸리지않"], Fact::NotDrowsy),
    (&["졸리지", "않"], Fact::NotDrowsy),
    (&["졸립지", "않"], Fact::NotDrowsy),
    (&["안졸"], Fact::NotDrowsy),
    (&["안", "졸"], Fact::NotDrowsy),
    (&["졸음", "없"], Fact::NotDrowsy),
    (&["졸음이", "없"], Fact::NotDrowsy),
    (&["졸음이", "안"], Fact::NotDrowsy),
    (&["졸음", "안"], Fact::NotDrowsy),
    (&["무카페인"], Fact::NoCaffeine),
    (&["디카페인"], Fact::NoCaffeine),
    (&["임산부"], Fact::Pregnancy),
    (&["임신부"], Fact::Pregnancy),
    (&["임신중"], Fact::Pregnancy),
    (&["임신", "중"], Fact::Pregnancy),
    (&["임신", "초기"], Fact::Pregnancy),
    (&["임신했"], Fact::Pregnancy),
    (&["임신한"], Fact::Pregnancy),
    (&["임신", "개월"], Fact::Pregnancy),
];
/// Beginnings of words for children.
const CHILDREN: [&str; 12] = [
    "아이가",
    "아이한테",
    "아이에게",
    "아이도",
    "아이들",
    "애기",
    "아기",
    "소아",
    "유아",
    "어린이",
    "초등학생",
    "돌쟁이",
];
/// Words that say who may buy it: the beginnings of one word, or of two neighbours.
const SALES: [(&[&str], Sale); 11] = [
    (&["일반의약품"], Sale::Otc),
    (&["일반약"], Sale::Otc),
    (&["처방전", "없이"], Sale::Otc),
    (&["처방전없이"], Sale::Otc),
    (&["처방", "없이"], Sale::Otc),
    (&["처방없이"], Sale::Otc),
    (&["약국에서", "살"], Sale::Otc),
    (&["약국에서", "파는"], Sale::Otc),
    (&["전문의약품"], Sale::Prescription),
    (&["전문약"], Sale::Prescription),
    (&["처방약만"], Sale::Prescription),
];

/// Words that say how many active ingredients are wanted: the beginnings of one word, or of two neighbours.
const MIXES: [(&[&str], Mix); 4] = [
    (&["단일제"], Mix::Single),
    (&["단일성분"], Mix::Single),
    (&["단일", "성분"], Mix::Single),
    (&["복합제"], Mix::Combination),
];

impl Index {
    /// What `question` asks for beyond its meaning.
    pub fn understand(&self, question: &str) -> Understanding {
        let question = nfc(question);
        let folded = fold(&question);
        let mut reading = Reading {
            words: folded.words.iter().map(|word| folded.text(word.clone())).collect(),
            cut: vec![false; folded.words.len()],
            notes: Vec::new(),
            wanted: Resolved::default(),
        };
        // Whoever asks which drugs are contraindicated does not want them left out.
        let about_safety = reading.words.iter().any(|word| word.contains("금기"));
        if !about_safety {
            negation::read(self, &folded, &mut reading);
            company::read(self, &folded, &mut reading);
            reading.read_facts();
            reading.read_sale();
            reading.read_mix();
            reading.read_routes();
        }
        Understanding {
            text: reading.rest(&question, &folded),
            notes: reading.notes,
            wanted: reading.wanted,
        }
    }

    /// A filter with its names looked up; what it excludes that this index does not know is noted.
    pub(super) fn resolve(&self, filter: &Filter) -> (Resolved, Vec<Note>) {
        let (mut resolved, mut notes) = (Resolved::default(), Vec::new());
        for name in &filter.exclude {
            let excluded = negation::look_up(self, &fold(name).chars);
            if excluded.is_empty() {
                notes.push(Note::NotKnown { name: name.clone() });
            }
            resolved.excluded.extend(excluded);
        }
        if let Some(id) = &filter.like {
            let number = self.records().iter().position(|record| record.id == *id);
            resolved.like = number.map(|number| number as u32);
            if number.is_none() {
                notes.push(Note::NotKnown { name: id.clone() });
            }
        }
        resolved.filter = filter.clone();
        (resolved, notes)
    }
}

/// A question while it is read.
struct Reading {
    /// Its words, folded.
    words: Vec<String>,
    /// Which of them were understood, and need not be ranked.
    cut: Vec<bool>,
    notes: Vec<Note>,
    wanted: Resolved,
}

impl Reading {
    /// Excludes all that `name` stands for.
    fn exclude(&mut self, excluded: Vec<Excluded>, name: String, words: Range<usize>) {
        self.cut[words].fill(true);
        let before = self.wanted.excluded.len();
        for one in excluded {
            if !self.wanted.excluded.contains(&one) {
                self.wanted.excluded.push(one);
            }
        }
        if self.wanted.excluded.len() > before {
            self.notes.push(Note::Excluded { name });
        }
    }

    fn want(&mut self, fact: Fact) {
        if !self.wanted.filter.facts.contains(&fact) {
            self.wanted.filter.facts.push(fact);
            self.notes.push(Note::Fact { fact });
        }
    }

    /// Where words that begin like `signs` follow each other.
    fn find(&self, signs: &[&str]) -> Option<Range<usize>> {
        let places = 0..(self.words.len() + 1).saturating_sub(signs.len());
        places.map(|at| at..at + signs.len()).find(|place| {
            let words = self.words[place.clone()].iter().zip(signs);
            words.into_iter().all(|(word, sign)| word.starts_with(sign))
        })
    }

    /// The first row of a table whose signs are found, and where.
    fn first<T: Copy>(&self, table: &[(&[&str], T)]) -> Option<(T, Range<usize>)> {
        table
            .iter()
            .find_map(|(signs, meaning)| Some((*meaning, self.find(signs)?)))
    }

    fn read_facts(&mut self) {
        for (signs, fact) in FACTS {
            if let Some(place) = self.find(signs) {
                // Who takes it is part of what is meant; that it must not make drowsy is not.
                if matches!(fact, Fact::NotDrowsy | Fact::NoCaffeine) {
                    self.cut[place].fill(true);
                }
                self.want(fact);
            }
        }
        if CHILDREN.iter().any(|sign| self.find(&[sign]).is_some()) {
            self.want(Fact::Children);
        }
    }

    fn read_sale(&mut self) {
        if let Some((sale, _)) = self.first(&SALES) {
            self.wanted.filter.sale = Some(sale);
            self.notes.push(Note::Sale { sale });
        }
    }

    fn read_routes(&mut self) {
        let mut routes: Vec<Route> = Vec::new();
        // What was understood, as 주사 말고, is no wish.
        let words: Vec<String> = (self.words.iter().zip(&self.cut))
            .map(|(word, cut)| if *cut { String::new() } else { word.clone() })
            .collect();
        let mut before = "";
        for word in &words {
            // 바르거나 붙이는: either.
            let either = [
                ("바르거나", Route::Skin),
                ("먹거나", Route::Oral),
                ("붙이거나", Route::Patch),
            ];
            let either = either.iter().find(|(sign, _)| sign == word).map(|(_, route)| *route);
            if let Some(route) = Route::wanted(before, word).or(either)
                && !routes.contains(&route)
            {
                routes.push(route);
            }
            before = word;
        }
        if routes.is_empty() {
            routes = Route::of_head(&words);
        }
        if !routes.is_empty() {
            self.notes.push(Note::Routes { routes: routes.clone() });
            self.wanted.filter.routes = routes;
        }
    }

    fn read_mix(&mut self) {
        if let Some((mix, place)) = self.first(&MIXES) {
            self.cut[place].fill(true);
            self.wanted.filter.mix = Some(mix);
            self.notes.push(Note::Mix { mix });
        }
    }

    /// The question without the words that were understood.
    fn rest(&self, question: &str, folded: &Folded) -> String {
        if !self.cut.contains(&true) || !self.cut.contains(&false) {
            return question.to_owned();
        }
        let mut keep = vec![true; question.chars().count()];
        for (word, _) in folded.words.iter().zip(&self.cut).filter(|(_, cut)| **cut) {
            let span = folded.span(word.clone());
            keep[span.start as usize..span.end as usize].fill(false);
        }
        let rest: String = (question.chars().zip(keep))
            .filter_map(|(char, keep)| keep.then_some(char))
            .collect();
        let rest: Vec<&str> = rest.split_whitespace().collect();
        rest.join(" ").trim_matches([',', ' ']).to_owned()
    }
}

#[cfg(test)]
mod tests;
