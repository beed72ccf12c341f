//! What hits must fulfil, and whether a product does.

use serde::{Deserialize, Serialize};

use super::Route;
use crate::search::composition::Substance;
use crate::search::index::Index;

/// A fact about a product's ingredients that a question may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fact {
    /// It does not make drowsy.
    NotDrowsy,
    /// It has no caffeine.
    NoCaffeine,
    /// It may be given to children: no ingredient is one that must not.
    Children,
    /// No ingredient is contraindicated in pregnancy. That does not make it safe.
    Pregnancy,
}

/// Who may buy a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sale {
    /// Over the counter (일반의약품).
    Otc,
    /// With a prescription (전문의약품).
    Prescription,
}

/// How many active ingredients a product has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mix {
    /// One (단일제).
    Single,
    /// Several (복합제).
    Combination,
}

/// What hits must fulfil. A product that the facts at hand do not rule out stays in: see [`Verdict::Unknown`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Filter {
    /// Names of ingredients, groups, brands or routes: what hits must not hold or be.
    pub exclude: Vec<String>,
    /// Any of these routes; none: any route.
    pub routes: Vec<Route>,
    /// Who may buy it.
    pub sale: Option<Sale>,
    /// How many active ingredients it has.
    pub mix: Option<Mix>,
    /// A part of the company's name.
    pub company: Option<String>,
    /// A part of the form's name, as 시럽.
    pub form: Option<String>,
    /// Facts about its ingredients.
    pub facts: Vec<Fact>,
    /// The id of a product: only products with the same ingredients.
    pub like: Option<String>,
}

/// Whether a product fulfils a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As far as the record and the tables say.
    Yes,
    /// It does not.
    No,
    /// Nothing rules it out, but these facts are not known of all its ingredients.
    Unknown(Vec<Fact>),
}

/// Something that hits must not be.
#[derive(Debug, Clone, PartialEq)]
pub enum Excluded {
    /// An ingredient, or a group.
    Substance(Substance),
    /// A way of giving it.
    Route(Route),
    /// These records, ascending: of a brand or a company.
    Records(Vec<u32>),
}

/// A filter whose names have been looked up in an index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolved {
    pub excluded: Vec<Excluded>,
    pub filter: Filter,
    /// The record that [`Filter::like`] names.
    pub like: Option<u32>,
    /// Any of these companies; none: any company.
    pub makers: Vec<u32>,
}

impl Resolved {
    /// What it asks that is not known of the record of this number.
    pub fn unknown(&self, index: &Index, number: usize) -> Vec<Fact> {
        match self.verdict(index, number) {
            Verdict::Unknown(facts) => facts,
            Verdict::Yes | Verdict::No => Vec::new(),
        }
    }

    /// Whether the record of this number fulfils it.
    pub fn verdict(&self, index: &Index, number: usize) -> Verdict {
        let record = &index.records()[number];
        let composition = index.composition();
        let route = || index.route(number);
        let excluded = self.excluded.iter().any(|excluded| match excluded {
            Excluded::Substance(substance) => composition.holds(number, *substance).is_some(),
            Excluded::Route(excluded) => route() == Some(*excluded),
            Excluded::Records(records) => records.binary_search(&(number as u32)).is_ok(),
        });
        let filter = &self.filter;
        let other_route = !filter.routes.is_empty() && route().is_some_and(|route| !filter.routes.contains(&route));
        let sale = match record.rx_otc.as_str() {
            "일반의약품" => Some(Sale::Otc),
            "전문의약품" => Some(Sale::Prescription),
            _ => None,
        };
        let other_sale = filter
            .sale
            .is_some_and(|wanted| sale.is_some_and(|sale| sale != wanted));
        let mix = match composition.of(number).len() {
            0 => None,
            1 => Some(Mix::Single),
            _ => Some(Mix::Combination),
        };
        let other_mix = filter.mix.is_some_and(|wanted| mix.is_some_and(|mix| mix != wanted));
        let alike = |like: u32| composition.first_alike(number) == composition.first_alike(like as usize);
        let lacks = |wanted: &Option<String>, text: &str| wanted.as_deref().is_some_and(|part| !text.contains(part));
        if excluded
            || other_route
            || other_sale
            || other_mix
            || !(self.makers.is_empty() || self.makers.contains(&index.companies().of(number)))
            || self.like.is_some_and(|like| !alike(like))
            || lacks(&filter.company, &record.company)
            || lacks(&filter.form, &record.form)
        {
            return Verdict::No;
        }
        let mut unknown = Vec::new();
        for &fact in &filter.facts {
            // Of every ingredient: Some(true) where the fact is known not to hold.
            let mut violated = composition.of(number).iter().map(|&component| {
                let entry = composition.component(component).entry;
                let row = entry.and_then(|entry| index.tables().ingredients.get(entry))?;
                match fact {
                    Fact::NotDrowsy => row.drowsy,
                    Fact::NoCaffeine => row.caffeine,
                    Fact::Children => row.children.map(|allowed| !allowed),
                    Fact::Pregnancy => row.pregnancy,
                }
            });
            let mut known = !composition.of(number).is_empty();
            if violated.any(|violated| {
                known &= violated.is_some();
                violated == Some(true)
            }) {
                return Verdict::No;
            }
            if !known {
                unknown.push(fact);
            }
        }
        if unknown.is_empty() {
            Verdict::Yes
        } else {
            Verdict::Unknown(unknown)
        }
    }
}
