//! How products of the catalogue are found by their names alone, as people type them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::search::brand::brand_and_stem;
use crate::search::fold::fold_name;
use crate::search::{Manner, Reason, jamo};

/// The list of the page; that with all others of the project, ten times as long; and the one that `YAKSEARCH_CATALOGUE`
/// names, if it does.
fn indexes() -> Vec<Index> {
    let read = |csv: &[u8]| Catalogue::from_csv("list", csv).unwrap().records;
    let page = read(include_bytes!("../../../data/products.csv"));
    let mut all = page.clone();
    for more in [
        read(include_bytes!("../../../data/evaluation/catalogue.csv")),
        read(include_bytes!("../../../data/training_products.csv")),
    ] {
        let known: BTreeSet<String> = all.iter().map(|record| record.id.clone()).collect();
        all.extend(more.into_iter().filter(|record| !known.contains(&record.id)));
    }
    let mut lists = vec![page, all];
    if let Ok(file) = std::env::var("YAKSEARCH_CATALOGUE") {
        lists.push(read(&std::fs::read(file).expect("YAKSEARCH_CATALOGUE names a file")));
    }
    lists.into_iter().map(Index::without_vectors).collect()
}

/// So many of `asked`, in percent, must have been found; the others are shown.
fn assert_found<T: std::fmt::Debug>(index: &Index, what: &str, asked: usize, missed: &[T], percent: usize) {
    let found = asked - missed.len();
    eprintln!("{} products, {what}: {found} of {asked}", index.len());
    let some = &missed[..missed.len().min(40)];
    assert!(
        asked > 0 && found * 100 >= asked * percent,
        "{} products, {what}: {found} of {asked}, not {some:#?}",
        index.len()
    );
}

/// The brands of the products, with letters in them.
fn brands(index: &Index) -> BTreeSet<String> {
    let brands = index.records().iter().map(|record| brand_and_stem(&record.name).0);
    brands.filter(|brand| brand.chars().any(char::is_alphabetic)).collect()
}

fn search<'i>(index: &'i Index, question: &str, top_k: usize) -> Vec<Hit<'i>> {
    let options = RankOptions {
        top_k,
        filter: None,
        group: false,
    };
    index.rank(question, None, &options).unwrap()
}

/// Whether a product of this name is of the brand. A brand that ends like a form, as 류코스팀주사액 of a longer name, is also
/// that of 류코스팀주사액 itself.
fn is_of(name: &str, brand: &str) -> bool {
    let own = brand_and_stem(name).0;
    own == brand || own == brand_and_stem(brand).0
}

#[test]
fn every_brand_is_found_first_by_its_name() {
    for index in indexes() {
        let brands = brands(&index);
        for (what, around, percent) in [
            ("brands as they are written", ["", ""], 100),
            ("brands before a word", ["", " 효과"], 99),
            // Some are everyday words: 마시는 약.
            ("brands in a sentence", ["", "은 어떤 약인가요?"], 99),
        ] {
            let mut missed = Vec::new();
            for brand in &brands {
                let question = around.join(brand.as_str());
                let first = search(&index, &question, 1).first().map(|hit| hit.record.name.clone());
                if !first.as_ref().is_some_and(|name| is_of(name, brand)) {
                    missed.push((question, first));
                }
            }
            // None of the page's list is.
            let percent = if index.len() < 1000 { 100 } else { percent };
            assert_found(&index, what, brands.len(), &missed, percent);
        }
    }
}

#[test]
fn every_product_is_found_first_by_its_whole_name() {
    for index in indexes() {
        let mut missed = Vec::new();
        for record in index.records() {
            let hits = search(&index, &record.name, 1);
            if fold_name(&hits[0].record.name).chars != fold_name(&record.name).chars {
                missed.push((&record.name, &hits[0].record.name));
            }
        }
        // Of the long list, a name with another in English behind it is not.
        let percent = if index.len() < 1000 { 100 } else { 99 };
        assert_found(&index, "whole names", index.len(), &missed, percent);
    }
}

/// One slip of the finger: by number a wrong vowel, a wrong initial, a consonant left out or swapped syllables.
fn misspell(brand: &str, number: usize) -> Option<String> {
    let mut chars: Vec<char> = brand.chars().collect();
    let hangul: Vec<usize> = (0..chars.len())
        .filter(|&at| ('가'..='힣').contains(&chars[at]))
        .collect();
    // The first syllable is rarely the wrong one.
    let at = *hangul.get(1 + number / 4 % hangul.len().max(2).saturating_sub(1))?;
    let index = chars[at] as u32 - 0xac00;
    let (initial, vowel, last) = (index / 588, index / 28 % 21, index % 28);
    let (initial, vowel, last) = match number % 4 {
        // ㅏ/ㅐ, ㅓ/ㅔ, ㅗ/ㅛ, ㅜ/ㅠ, ㅡ/ㅣ: neighbours of the order or of the keyboard.
        0 => (
            initial,
            [1, 0, 3, 2, 5, 4, 7, 6, 12, 10, 9, 12, 8, 17, 15, 14, 17, 13, 20, 20, 18][vowel as usize],
            last,
        ),
        1 => (
            [1, 0, 5, 4, 3, 2, 7, 6, 7, 10, 9, 6, 13, 12, 12, 16, 15, 16, 11][initial as usize],
            vowel,
            last,
        ),
        2 if last > 0 => (initial, vowel, 0),
        2 => (initial, vowel, 4),
        _ => {
            let other = *hangul.get(hangul.iter().position(|&other| other == at)?.checked_sub(1)?)?;
            chars.swap(at, other);
            return (chars[at] != chars[other]).then(|| chars.into_iter().collect());
        }
    };
    chars[at] = char::from_u32(0xac00 + (initial * 21 + vowel) * 28 + last)?;
    Some(chars.into_iter().collect())
}

#[test]
fn misspelt_brands_are_found() {
    for index in indexes() {
        let brands = brands(&index);
        let (mut asked, mut missed) = (0, Vec::new());
        let long = brands.iter().filter(|brand| brand.chars().count() >= 3);
        for (number, brand) in long.enumerate() {
            for number in 5 * number..5 * number + 3 {
                // What is another brand now is no error.
                let Some(question) = misspell(brand, number).filter(|question| !brands.contains(question)) else {
                    continue;
                };
                asked += 1;
                let first = search(&index, &question, 1).first().map(|hit| hit.record.name.clone());
                if !first.as_ref().is_some_and(|name| is_of(name, brand)) {
                    missed.push((question, brand.clone(), first));
                }
            }
        }
        assert!(asked > 400, "{asked} errors");
        assert_found(&index, "brands with one typing error", asked, &missed, 95);
    }
}

#[test]
fn brands_are_found_by_their_initials() {
    for index in indexes() {
        let mut by_initials: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for brand in brands(&index) {
            let hangul = brand.chars().all(|char| ('가'..='힣').contains(&char));
            if hangul && brand.chars().count() >= 3 {
                by_initials.entry(initials(&brand)).or_default().push(brand);
            }
        }
        let mut missed = Vec::new();
        for (question, brands) in &by_initials {
            // Brands of the same initials share the first places: whichever comes first is right.
            let hits = search(&index, question, 1);
            if index.len() < 1000 {
                let reason = &hits[0].reason;
                let by_initials = matches!(reason, Reason::Name { manner, .. } if *manner == Manner::Initials);
                assert!(by_initials, "{question}: {reason:?}");
            }
            let right = hits.first().is_some_and(|hit| {
                let by_initials = matches!(&hit.reason, Reason::Name { manner, .. } if *manner == Manner::Initials);
                by_initials && brands.contains(&brand_and_stem(&hit.record.name).0)
            });
            if !right {
                missed.push((question, brands, hits.first().map(|hit| &hit.record.name)));
            }
        }
        assert_found(&index, "brands by their initials", by_initials.len(), &missed, 90);
        let mut asked = 0;
        let mut missed = Vec::new();
        for (question, brands) in by_initials.iter().filter(|(_, brands)| brands.len() <= 5) {
            let hits = search(&index, question, 10);
            asked += brands.len();
            let lacks = |brand: &&String| !hits.iter().any(|hit| is_of(&hit.record.name, brand));
            missed.extend(brands.iter().filter(lacks));
        }
        assert!(asked > 150, "{asked} brands");
        assert_found(
            &index,
            "brands among the first ten of their initials",
            asked,
            &missed,
            90,
        );
    }
}

fn initials(brand: &str) -> String {
    let mut text = String::new();
    for char in brand.chars() {
        let mut first = true;
        jamo::keys_of(char, |key| {
            if std::mem::take(&mut first) {
                text.push(key);
            }
        });
    }
    text
}
