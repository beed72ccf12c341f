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
    index_of(&[
        ("가나1정", &["염화칼륨"]),
        ("가나2정", &["폴리스티렌설폰산칼슘"]),
        ("가나3정", &["에토리콕시브"]),
        ("가나4정", &["온단세트론"]),
        ("가나5정", &["로수바스타틴칼슘"]),
        ("가나6정", &["라록시펜염산염"]),
        ("가나7정", &["에스트라디올"]),
        ("가나8정", &["테고프라잔"]),
    ])
}

/// An index of products with these ingredients, and vectors that say nothing.
fn index_of(products: &[(&str, &[&str])]) -> Index {
    let records = products.iter().map(|(name, list)| Record {
        id: (*name).to_owned(),
        name: (*name).to_owned(),
        ingredients_ko: list.iter().map(|&name| name.to_owned()).collect(),
        ..Record::default()
    });
    Index::without_vectors(records.collect())
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
fn what_is_the_same_follows_the_brand_that_is_named() {
    let lists: [(&str, &[&str]); 6] = [
        ("가나정", &["에스오메프라졸"]),
        ("다라캡슐", &["에스오메프라졸마그네슘"]),
        ("마바정", &["에스오메프라졸", "탄산수소나트륨"]),
        ("사아콜드정", &["아세트아미노펜", "카페인"]),
        ("사아정", &["아세트아미노펜"]),
        ("자차정", &["아세트아미노펜"]),
    ];
    let index = index_of(&lists);
    let reasons = |question: &str| -> Vec<(String, Reason)> {
        let options = RankOptions {
            top_k: 3,
            filter: None,
            group: false,
        };
        let hits = index.rank(question, None, &options).unwrap();
        hits.into_iter()
            .map(|hit| (hit.record.name.clone(), hit.reason))
            .collect()
    };
    let alike = |name: &str, like: &str, more| {
        let like = like.to_owned();
        (name.to_owned(), Reason::Alike { like, more })
    };
    for question in ["다라", "다라캡슐"] {
        let found = reasons(question);
        assert!(
            matches!(&found[0], (name, Reason::Name { .. }) if name == "다라캡슐"),
            "{found:?}"
        );
        assert_eq!(
            found[1..],
            [alike("가나정", "다라캡슐", false), alike("마바정", "다라캡슐", true)]
        );
    }
    // Of a family, the plain one.
    assert_eq!(reasons("사아")[2], alike("자차정", "사아정", false));
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
