//! What names of ingredients and their groups mean in a question, and what they do not.

use super::*;
use crate::search::{Manner, Reason};

/// The ingredient or group by which each of the first hits was met: what, and how.
fn met(index: &Index, question: &str) -> Vec<(String, Manner)> {
    let options = RankOptions {
        top_k: 10,
        filter: None,
        group: false,
    };
    let hits = index.rank(question, None, &options).unwrap();
    let met = hits.into_iter().filter_map(|hit| match hit.reason {
        Reason::Ingredient {
            manner, matched, group, ..
        } => Some((group.unwrap_or(matched), manner)),
        _ => None,
    });
    met.collect()
}

fn index() -> Index {
    let lists: [&[&str]; 8] = [
        &["염화칼륨"],
        &["폴리스티렌설폰산칼슘"],
        &["에토리콕시브"],
        &["온단세트론"],
        &["로수바스타틴칼슘"],
        &["라록시펜염산염"],
        &["에스트라디올"],
        &["테고프라잔"],
    ];
    let records = lists.iter().enumerate().map(|(number, list)| Record {
        id: number.to_string(),
        name: format!("가나{number}정"),
        ingredients_ko: list.iter().map(|&name| name.to_owned()).collect(),
        ..Record::default()
    });
    let (records, tables) = (records.collect::<Vec<Record>>(), Tables::built_in());
    let texts = IndexTexts::new(&records, &tables);
    let zeros = |texts: &[String]| vec![0.0; texts.len()];
    let vectors = IndexVectors {
        dimensions: 1,
        passages: &zeros(&texts.passages),
        phrases: &zeros(&texts.phrases),
        questions: &zeros(texts.questions()),
    };
    Index::of_vectors("none", Catalogue { records }, &tables, vectors).unwrap()
}

#[test]
fn what_medicines_act_on_is_not_asked_for() {
    let index = index();
    let potassium = |question: &str| met(&index, question).iter().any(|(name, _)| name == "염화칼륨");
    for question in ["칼륨 수치를 내리는 약", "칼륨이 높을 때", "칼륨을 낮추는 가루약"] {
        assert!(!potassium(question), "{question}: {:?}", met(&index, question));
    }
    for question in ["칼륨", "칼륨이 부족할 때", "칼륨 먹고 싶어요"] {
        assert!(potassium(question), "{question}: {:?}", met(&index, question));
    }
    let first = |question: &str| met(&index, question).first().map(|(name, _)| name.clone());
    let serm = first("선택적 에스트로겐 수용체 조절제 SERM");
    assert!(
        serm.as_ref().is_some_and(|name| name.contains("에스트로겐 수용체")),
        "{serm:?}"
    );
    let pcab = first("칼륨 경쟁적 위산분비 차단제(P-CAB)");
    assert!(pcab.as_ref().is_some_and(|name| name.contains("위산분비")), "{pcab:?}");
}

#[test]
fn short_names_of_groups_are_not_guessed() {
    let index = index();
    for question in ["진통제", "COMT inhibitor", "COX-9 억제제"] {
        let met = met(&index, question);
        assert!(met.is_empty(), "{question}: {met:?}");
    }
}

#[test]
fn endings_of_groups_are_understood_in_both_languages() {
    let index = index();
    for (question, group) in [
        ("HMG-CoA 환원효소 저해제", "스타틴"),
        ("COX-2 저해제", "COX-2 선택 억제제"),
        ("cox-2 inhibitors", "COX-2 선택 억제제"),
    ] {
        assert_eq!(met(&index, question), [(group.to_owned(), Manner::Exact)], "{question}");
    }
}
