//! Whose products a question asks for: 한미약품 혈압약, 종근당 비타민.

use super::{Note, Reading};
use crate::search::fold::Folded;
use crate::search::index::Index;
use crate::search::matching;
use crate::search::terms::{Window, windows};

/// Reads the company.
pub(super) fn read(index: &Index, question: &Folded, reading: &mut Reading) {
    let windows = windows(question);
    let called = |window: &Window| index.companies().called(&question.text(window.range.clone()));
    let named = windows.iter().find(|window| {
        let cut = reading.cut[window.words.clone()].contains(&true);
        !cut && !called(window).is_empty() && !is_something_else(index, question, window)
    });
    let Some(named) = named else { return };
    let makers = called(named).to_vec();
    // A brand wins over a company that does not make it.
    let mut brands = false;
    let mut made = false;
    for window in &windows {
        matching::exact_names(question, window, index.names(), index.ordinary(), |found| {
            brands = true;
            made |= makers.contains(&index.companies().of(found.record as usize));
        });
    }
    if brands && !made {
        return;
    }
    let names = makers.iter().map(|&maker| index.companies().name(maker).to_owned());
    reading.notes.push(Note::Companies { names: names.collect() });
    reading.cut[named.words.clone()].fill(true);
    reading.wanted.makers = makers;
}

/// Whether the company's name is a product's or an ingredient's too.
fn is_something_else(index: &Index, question: &Folded, window: &Window) -> bool {
    let mut brand = false;
    matching::exact_names(question, window, index.names(), index.ordinary(), |_| brand = true);
    brand || index.composition().named(&window.codes).is_some()
}
