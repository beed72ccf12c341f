//! What a model is measured on is not in what it is trained on.
#![cfg(feature = "train")]

use std::path::Path;

use yaksearch::evaluation::EvaluationSet;
use yaksearch::search::Tables;
use yaksearch::training::generate::{ALIKE, CLOSE, Contrasts, HeldOut, Sources, add_questions, generate};
use yaksearch::{Catalogue, Checkpoint, Embedder, Options, Prompts, Role};

fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn set() -> EvaluationSet {
    EvaluationSet::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/evaluation")).unwrap()
}

/// The questions that a model is trained on, and those that an index knows; each once, in order.
fn asked(held_out: &HeldOut) -> Vec<String> {
    let mut tables = Tables::built_in();
    add_questions(&mut tables, "training_questions.csv", &data("training_questions.csv")).unwrap();
    let off_topic: Vec<String> = String::from_utf8(data("off_topic.txt"))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let contrasts = Contrasts::from_csv("contrasts.csv", &data("contrasts.csv"), &tables).unwrap();
    let sources = Sources {
        catalogue: &Catalogue::from_csv("training_products.csv", &data("training_products.csv")).unwrap(),
        tables: &tables,
        off_topic: &off_topic,
        contrasts: &contrasts,
        held_out,
    };
    let [types, paraphrases, products] = generate(&sources, 6, 1).unwrap();
    // All phrases of a paraphrase are asked, those that look alike too.
    let passages: Vec<String> = paraphrases
        .iter()
        .flat_map(|pair| pair.negatives.iter().chain([&pair.passage]))
        .cloned()
        .collect();
    let pairs = types.into_iter().chain(paraphrases).chain(products);
    let ingredients = tables.ingredients.entries().iter();
    let known = (tables.types.rows.iter())
        .flat_map(|row| &row.questions)
        .chain(ingredients.flat_map(|row| tables.questions.of(row)));
    let mut questions: Vec<String> = pairs
        .map(|pair| pair.query)
        .chain(passages)
        .chain(known.cloned())
        .collect();
    questions.sort();
    questions.dedup();
    questions
}

#[test]
fn no_training_question_shares_half_its_letters_with_one_of_the_evaluation() {
    let set = set();
    let held_out = HeldOut::new(set.texts(), None);
    let asked = asked(&held_out);
    assert!(asked.len() > 3000, "{} questions", asked.len());
    // By its own count of shared pairs of letters, case and spaces apart.
    let pairs = |text: &str| {
        let letters: Vec<char> = text
            .to_lowercase()
            .chars()
            .filter(|char| char.is_alphanumeric())
            .collect();
        let pairs: std::collections::BTreeSet<String> = letters.windows(2).map(String::from_iter).collect();
        pairs
    };
    let measured: Vec<_> = set.texts().map(|text| (text, pairs(text))).collect();
    for question in &asked {
        let own = pairs(question);
        for (text, other) in &measured {
            let both = own.intersection(other).count();
            // What folding writes alike (mg and ㎎, Greek letters) may differ here by a pair or two.
            let all = own.len() + other.len() - both;
            assert!(
                all < 4 || (both as f64) < (ALIKE + 0.1) * all as f64,
                "{question:?} is like {text:?}"
            );
        }
    }
}

/// Judged by the untuned base, as the pairs that ship a model were: a tuned model brings together what is asked for alike.
#[test]
fn no_training_question_is_close_to_one_of_the_evaluation() {
    let Some(folder) = std::env::var_os("YAKSEARCH_BASE") else {
        eprintln!("skipped: YAKSEARCH_BASE names no folder of multilingual-e5-small");
        return;
    };
    let options = Options {
        prompts: Prompts {
            query: Some("query: ".into()),
            ..Prompts::default()
        },
        ..Options::default()
    };
    let base = Embedder::load(Checkpoint::from_folder(Path::new(&folder)).unwrap(), &options).unwrap();
    let set = set();
    let held_out = HeldOut::new(set.texts(), Some(&base));
    let asked = asked(&held_out);
    let own = base.embed(&asked, Role::Query).unwrap();
    let measured: Vec<&str> = set.texts().collect();
    let others = base.embed(&measured, Role::Query).unwrap();
    for (question, own) in asked.iter().zip(own.rows()) {
        for (text, other) in measured.iter().zip(others.rows()) {
            let cosine: f32 = own.iter().zip(other).map(|(a, b)| a * b).sum();
            assert!(cosine < CLOSE + 1e-5, "{question:?} is like {text:?}: {cosine}");
        }
    }
}

#[test]
fn products_of_the_evaluation_are_not_trained_on() {
    let trained = Catalogue::from_csv("training_products.csv", &data("training_products.csv")).unwrap();
    let measured = set().catalogue;
    for record in &measured.records {
        assert!(
            trained.records.iter().all(|other| other.id != record.id),
            "{}",
            record.id
        );
    }
}
