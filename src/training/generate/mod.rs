//! Training pairs made from a catalogue and the project's tables: what people call a type of drugs and ask it for, and
//! which phrases mean the same, in a file for each stage of training.
//!
//! Nothing is made up here but brands to learn spelling from: every question is a row of a table, or a name put into a phrase
//! that holds for any name. The same tables and seed give the same bytes.

mod contrasts;
mod exclusive;
mod groups;
mod held_out;
mod invented;
mod letters;
mod more_questions;
mod paraphrases;
mod phrases;
mod products;
mod topic;
mod types;
mod typing;

pub use contrasts::Contrasts;
pub use held_out::{ALIKE, CLOSE, HeldOut};
pub use more_questions::add_questions;

use std::collections::BTreeSet;

use crate::error::Result;
use crate::search::{Catalogue, Tables};
use groups::Groups;

/// How often each question that no product answers stands among the products' pairs: a few in every batch.
const OFF_TOPIC_TIMES: usize = 3;

/// What pairs are made from.
pub struct Sources<'a> {
    /// Products.
    pub catalogue: &'a Catalogue,
    /// What classes, groups and ingredients are for, and how people ask for it.
    pub tables: &'a Tables,
    /// Questions that no product answers.
    pub off_topic: &'a [String],
    /// Meanings that look alike and differ.
    pub contrasts: &'a Contrasts,
    /// What the model will be measured on: no question that is like one of these is asked.
    pub held_out: &'a HeldOut<'a>,
}

/// A question and the text that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// What somebody asks.
    pub query: String,
    /// The text that answers; empty where nothing does.
    pub passage: String,
    /// What the answer is about: pairs that share one mean the same.
    pub groups: Vec<String>,
    /// Texts that look right and are wrong.
    pub negatives: Vec<String>,
    /// What sort of question.
    pub kind: &'static str,
}

/// The pairs of drug types and ingredients, of phrases that mean the same, and of products.
///
/// `per_product` is how many questions a product gets, besides one by an invented brand for each by its own.
///
/// # Errors
/// Those of the model that judges what is held out.
pub fn generate(sources: &Sources, per_product: usize, seed: u64) -> Result<[Vec<Generated>; 3]> {
    let groups = Groups::new(sources);
    let off_topic = || {
        sources.off_topic.iter().map(|question| Generated {
            query: question.clone(),
            passage: String::new(),
            groups: Vec::new(),
            negatives: Vec::new(),
            kind: "off-topic",
        })
    };
    let mut types = types::pairs(sources, &groups);
    types.extend(off_topic());
    let [mut products, names] = products::pairs(sources, &groups, per_product, seed);
    for _ in 0..OFF_TOPIC_TIMES {
        products.extend(off_topic());
    }
    let mut paraphrases = paraphrases::pairs(sources, &groups, seed);
    paraphrases.extend(sources.contrasts.pairs(&groups));
    paraphrases.extend(names);
    let mut questions: BTreeSet<&str> = types.iter().chain(&products).map(|pair| pair.query.as_str()).collect();
    // Here all are phrases that somebody may ask.
    for pair in &paraphrases {
        questions.insert(&pair.passage);
        questions.extend(pair.negatives.iter().map(String::as_str));
    }
    questions.extend(paraphrases.iter().map(|pair| pair.query.as_str()));
    let allowed = sources.held_out.allowed(&questions)?;
    let [types, mut paraphrases, products] = [types, paraphrases, products].map(|mut pairs| {
        pairs.retain(|pair| allowed.contains(&pair.query));
        pairs
    });
    paraphrases.retain(|pair| allowed.contains(&pair.passage));
    for pair in &mut paraphrases {
        pair.negatives.retain(|text| allowed.contains(text));
    }
    Ok([types, paraphrases, products])
}

/// The items of a cell that is a list.
fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('|').map(str::trim).filter(|item| !item.is_empty())
}

/// Pairs as the CSV that training reads.
pub fn to_csv(pairs: &[Generated]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |fields: [&str; 6]| writer.write_record(fields).expect("memory takes every row");
    write(["query", "passage", "label", "group", "negatives", "kind"]);
    for pair in pairs {
        let label = if pair.passage.is_empty() { "0" } else { "1" };
        let (groups, negatives) = (pair.groups.join("|"), pair.negatives.join("|"));
        write([&pair.query, &pair.passage, label, &groups, &negatives, pair.kind]);
    }
    writer.into_inner().expect("memory is flushed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Role;
    use crate::search::{DrugTypes, Ingredients, Questions};

    const TYPES: &str = "code,kind,name_ko,aliases,purpose,definition,questions,near_misses\n\
        141,class,항히스타민제,알레르기약,알레르기 증상을 줄이는 약,히스타민 수용체를 막는다.,콧물이 나요|두드러기에 먹는 것,알레르기를 일으키는 약\n\
        119,class,기타의 중추신경용약,,여러 신경 질환의 약,,치매가 걱정돼요,\n\
        second-generation-antihistamine,group,2세대 항히스타민제,,덜 졸리는 알레르기약,,덜 졸리는 항히스타민,\n\
        dur-pregnancy,dur,임부금기,,임신 중에는 쓰지 말아야 하는 약,,임신했는데 먹으면 안 되는 약,\n";
    const INGREDIENTS: &str = "name_ko,name_en,aliases,group_ko,group_en,purpose_ko,indication_ko,drowsy,caffeine,children,pregnancy\n\
        로라타딘,loratadine,,2세대 항히스타민제,second-generation-antihistamine,콧물과 재채기를 줄인다,알레르기비염,no,no,yes,\n\
        클로르페니라민,chlorpheniramine,,1세대 항히스타민제,first-generation-antihistamine,콧물을 줄인다,감기 콧물,yes,no,no,\n\
        도네페질,donepezil,,치매약,ache-inhibitor,기억을 돕는다,알츠하이머병,,no,,\n";
    const PRODUCTS: &str = "id,name,company,ingredients_ko,ingredients_en,class_code,class_name_ko,form,rx_otc\n\
        1,가나정10밀리그램,,로라타딘,,141,항히스타민제,,\n\
        2,다라정,,클로르페니라민말레산염,,141,항히스타민제,,\n\
        3,마바정,,도네페질염산염,,119,기타의 중추신경용약,,\n\
        4,가나가아정,,로라타딘|모르는것,,141,항히스타민제,,\n";

    fn generated(seed: u64) -> [Vec<Generated>; 3] {
        without(&HeldOut::default(), seed)
    }

    fn without(held_out: &HeldOut, seed: u64) -> [Vec<Generated>; 3] {
        let catalogue = Catalogue::from_csv("p.csv", PRODUCTS.as_bytes()).unwrap();
        let questions = "name_ko,questions\n로라타딘,재채기가 멈추지 않아요\n도네페질,자꾸 깜빡하세요\n";
        let ingredients = Ingredients::from_csv("i.csv", INGREDIENTS.as_bytes()).unwrap();
        let questions = Questions::from_csv("q.csv", questions.as_bytes(), &ingredients).unwrap();
        let types = DrugTypes::from_csv("t.csv", TYPES.as_bytes()).unwrap();
        let tables = Tables::new(types, ingredients, questions);
        let contrasts = "a,b,a_about,b_about\n재채기를 멈추는 약|에취,재채기를 일으키는 것|후춧가루,class 141,\n";
        let contrasts = Contrasts::from_csv("x.csv", contrasts.as_bytes(), &tables).unwrap();
        let sources = Sources {
            catalogue: &catalogue,
            tables: &tables,
            off_topic: &["날씨 어때".to_owned()],
            contrasts: &contrasts,
            held_out,
        };
        generate(&sources, 60, seed).unwrap()
    }

    fn queries<'a>(pairs: &'a [Generated], kind: &str, name: &str) -> BTreeSet<&'a str> {
        let fits = |pair: &&Generated| pair.kind == kind && pair.passage.starts_with(name);
        pairs.iter().filter(fits).map(|pair| pair.query.as_str()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let bytes = |seed| generated(seed).map(|pairs| to_csv(&pairs));
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1)[2], bytes(2)[2]);
    }

    #[test]
    fn training_reads_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.csv");
        for pairs in generated(1) {
            std::fs::write(&path, to_csv(&pairs)).unwrap();
            let loss = crate::training::Loss::Contrastive {
                temperature: 0.05,
                symmetric: true,
                order: 0.0,
            };
            let read = crate::training::Pairs::read([(path.as_path(), Role::Passage)], &loss, false).unwrap();
            assert_eq!(read.rows.len(), pairs.len());
            for (read, pair) in read.rows.iter().zip(&pairs) {
                assert_eq!(
                    (&read.query, &read.passage, &read.negatives),
                    (&pair.query, &pair.passage, &pair.negatives)
                );
                assert_eq!(read.label, if pair.kind == "off-topic" { 0.0 } else { 1.0 });
            }
        }
    }

    #[test]
    fn types_and_ingredients_are_asked_for_by_name_and_use() {
        let [types, ..] = generated(1);
        assert!(queries(&types, "type", "항히스타민제 알레르기").contains("콧물이 나요"));
        assert!(queries(&types, "ingredient's use", "로라타딘").contains("재채기가 멈추지 않아요"));
        assert!(queries(&types, "ingredient", "콧물과").contains("로라타딘"));
        let warning = types.iter().find(|pair| pair.kind == "warning").unwrap();
        assert_eq!(warning.groups, ["d:dur-pregnancy"]);
        let near = types.iter().find(|pair| pair.query == "콧물이 나요").unwrap();
        assert_eq!(near.negatives, ["알레르기를 일으키는 약"]);
        // Loratadine's class is known from the product that holds it alone.
        let use_of = types
            .iter()
            .find(|pair| pair.query == "재채기가 멈추지 않아요")
            .unwrap();
        assert_eq!(
            use_of.groups,
            ["i:로라타딘", "g:second-generation-antihistamine", "c:141"]
        );
    }

    #[test]
    fn paraphrases_mean_the_same_and_their_negatives_do_not() {
        let [_, paraphrases, _] = generated(1);
        let of = |query: &str| {
            paraphrases
                .iter()
                .filter(|pair| pair.query == query)
                .collect::<Vec<&Generated>>()
        };
        let class = of("항히스타민제");
        assert!(class.iter().any(|pair| pair.passage == "알레르기약"));
        assert!(class.iter().all(|pair| pair.negatives == ["알레르기를 일으키는 약"]));
        let ingredient = of("도네페질");
        assert!(ingredient.iter().any(|pair| pair.passage == "donepezil"));
        assert!(ingredient.iter().any(|pair| pair.passage == "자꾸 깜빡하세요"));
    }

    #[test]
    fn a_restriction_holds_for_the_product_and_fails_for_its_negatives() {
        let [.., products] = generated(1);
        let awake: Vec<&Generated> = products.iter().filter(|pair| pair.kind == "not drowsy").collect();
        assert!(!awake.is_empty());
        for pair in awake {
            assert!(pair.passage.starts_with("가나정"), "{pair:?}");
            assert!(pair.negatives.iter().all(|text| text.starts_with("다라정")), "{pair:?}");
        }
        let without: Vec<&Generated> = products
            .iter()
            .filter(|pair| pair.kind == "without an ingredient")
            .collect();
        assert!(!without.is_empty());
        for pair in without {
            // 가나가아정 holds something that the table lacks, so nothing is said of what it is without.
            assert!(pair.passage.starts_with(if pair.query.contains("클로르페니라민") {
                "가나정"
            } else {
                "다라정"
            }));
        }
        assert!(
            products.iter().all(|pair| !pair.query.contains("카페인")),
            "no product of these holds it"
        );
    }

    #[test]
    fn a_name_is_told_from_another_product_of_the_class() {
        let [.., products] = generated(1);
        let brands = |name: &str| -> Vec<&Generated> {
            let of_name = |pair: &&Generated| pair.kind.starts_with("brand") && pair.passage.starts_with(name);
            products.iter().filter(of_name).collect()
        };
        assert!(!brands("가나정").is_empty() && !brands("마바정").is_empty());
        for pair in brands("가나정") {
            // 가나가아정 holds the same.
            assert!(pair.negatives[0].starts_with("다라정"), "{pair:?}");
        }
        assert!(
            brands("마바정").iter().all(|pair| pair.negatives.is_empty()),
            "it is alone in its class"
        );
    }

    #[test]
    fn a_term_is_told_from_others_of_the_class_and_a_use_is_not() {
        let [.., products] = generated(1);
        let of = |kind: &str, word: &str| -> Vec<&Generated> {
            let fits = |pair: &&Generated| pair.kind == kind && pair.query.contains(word);
            products.iter().filter(fits).collect()
        };
        let (terms, uses) = (of("group", "2세대"), of("group", "덜 졸리는"));
        assert!(!terms.is_empty() && !uses.is_empty());
        // 가나가아정 holds something that the table lacks, so it may be of any group.
        assert!(terms.iter().all(|pair| pair.negatives[0].starts_with("다라정")));
        assert!(uses.iter().all(|pair| pair.negatives.is_empty()));
        for (name, other) in [("로라타딘", "다라정"), ("클로르페니라민", "가나정")] {
            let pairs = of("ingredient", name);
            assert!(!pairs.is_empty());
            assert!(
                pairs.iter().all(|pair| pair.negatives[0].starts_with(other)),
                "{pairs:?}"
            );
        }
        assert!(!of("ingredient, mistyped", "").is_empty());
    }

    #[test]
    fn a_brand_that_nobody_has_is_told_by_its_letters() {
        let [_, names, products] = generated(1);
        let invented = |pairs: &[Generated]| -> Vec<Generated> {
            let of_kind = pairs.iter().filter(|pair| pair.kind == "invented name");
            of_kind.cloned().collect()
        };
        let (names, products) = (invented(&names), invented(&products));
        assert!(!names.is_empty() && names.len() == products.len());
        for (name, product) in names.iter().zip(&products) {
            assert_eq!((&name.query, &name.groups), (&product.query, &product.groups));
            let rest = product.passage.strip_prefix(&name.passage).unwrap();
            let own = product.negatives[0].strip_suffix(rest).unwrap();
            assert_eq!(own, name.negatives[0]);
            assert!(
                !PRODUCTS.contains(&name.passage) && PRODUCTS.contains(own),
                "{product:?}"
            );
        }
    }

    #[test]
    fn who_asks_by_name_means_the_name() {
        let [_, paraphrases, products] = generated(1);
        let names: Vec<&Generated> = paraphrases.iter().filter(|pair| pair.kind == "name").collect();
        let brands = products.iter().filter(|pair| pair.kind.starts_with("brand"));
        for brand in brands.filter(|brand| !brand.passage.starts_with(&format!("{} ", brand.query))) {
            let name = names.iter().find(|name| name.query == brand.query).unwrap();
            assert!(brand.passage.starts_with(&name.passage), "{name:?}");
            assert_eq!(name.groups, brand.groups);
        }
        assert!(
            names
                .iter()
                .all(|pair| pair.query != pair.passage && pair.negatives.is_empty())
        );
        assert!(names.iter().any(|pair| pair.passage == "가나정10밀리그램"));
    }

    #[test]
    fn what_is_held_out_is_not_asked() {
        let pairs = without(&HeldOut::new(["콧물이 나요?", "loratadine", "날씨 어때요"], None), 1);
        let queries: BTreeSet<String> = pairs.into_iter().flatten().map(|pair| pair.query).collect();
        for gone in ["콧물이 나요", "loratadine", "날씨 어때"] {
            assert!(!queries.contains(gone), "{gone}");
        }
        let [_, paraphrases, _] = without(&HeldOut::new(["콧물이 나요?"], None), 1);
        assert!(paraphrases.iter().all(|pair| pair.passage != "콧물이 나요"));
        assert!(queries.contains("두드러기에 먹는 것") && queries.contains("클로르페니라민"));
    }

    #[test]
    fn a_broad_class_answers_nothing() {
        let [.., products] = generated(1);
        assert!(queries(&products, "class", "마바정").is_empty());
        assert!(queries(&products, "ingredient's use", "마바정").contains("자꾸 깜빡하세요"));
        assert!(queries(&products, "class", "가나정").contains("두드러기에 먹는 것"));
    }
}
