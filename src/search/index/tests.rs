//! Index files, and what holds for every ranking.

use proptest::prelude::*;

use super::*;
use crate::search::{Filter, Reason, fusion};

const DIMENSIONS: usize = 4;
const NAMES: [&str; 6] = [
    "가나정10밀리그램",
    "타이레놀정500밀리그람",
    "클라리틴정",
    "에리우스정",
    "판콜에이내복액",
    "훼스탈플러스정",
];
const INGREDIENTS: [&str; 5] = ["아세트아미노펜", "로라타딘", "데스로라타딘", "카페인무수물", ""];
const QUESTIONS: [&str; 8] = [
    "타이레놀",
    "로라타딘",
    "열이 나요",
    "ㅌㅇㄹㄴ",
    "클라리틴 말고",
    "",
    "아세트아미노펜 카페인",
    "코가 막혀요",
];

fn record(number: usize, name: &str, ingredients: &[&str]) -> Record {
    Record {
        id: format!("p{number}"),
        name: name.to_owned(),
        class_code: ["114", "141"][number % 2].to_owned(),
        ingredients_ko: (ingredients.iter().filter(|name| !name.is_empty()))
            .map(|&name| name.to_owned())
            .collect(),
        ..Record::default()
    }
}

/// A unit vector that depends on the text alone.
fn vector(text: &str) -> Vec<f32> {
    let mut state = text.bytes().fold(7_u32, |state, byte| {
        state.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let values: Vec<f32> = (0..DIMENSIONS).map(|_| next()).collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter().map(|value| value / length).collect()
}

fn index(records: &[Record]) -> Index {
    let tables = Tables::built_in();
    let texts = IndexTexts::new(records, &tables);
    let all = |texts: &[String]| texts.iter().flat_map(|text| vector(text)).collect::<Vec<f32>>();
    let vectors = IndexVectors {
        dimensions: DIMENSIONS,
        passages: &all(&texts.passages),
        phrases: &all(&texts.phrases),
        questions: &all(texts.questions()),
    };
    let catalogue = Catalogue {
        records: records.to_vec(),
    };
    Index::of_vectors("model", catalogue, &tables, vectors).unwrap()
}

fn small() -> Index {
    index(&[
        record(0, NAMES[1], &INGREDIENTS[..1]),
        record(1, NAMES[2], &INGREDIENTS[1..2]),
        record(2, NAMES[4], &[INGREDIENTS[0], INGREDIENTS[3]]),
    ])
}

fn open(bytes: &[u8]) -> Result<Index> {
    Index::open("a.index", bytes, Some("model"))
}

fn everything<'f>(filter: Option<&'f Predicate<'f>>) -> RankOptions<'f> {
    RankOptions {
        top_k: usize::MAX,
        filter,
        group: false,
    }
}

#[test]
fn a_file_gives_the_same_index_again() {
    let index = small();
    let bytes = index.to_bytes();
    assert_eq!(bytes, small().to_bytes(), "the same bytes every time");
    let again = open(&bytes).unwrap();
    assert_eq!(again.parts, index.parts);
    assert_eq!(again.topic_members, index.topic_members);
    for question in QUESTIONS {
        let vector = vector(question);
        for vector in [None, Some(vector.as_slice())] {
            assert_eq!(
                again.rank(question, vector, &everything(None)).unwrap(),
                index.rank(question, vector, &everything(None)).unwrap()
            );
        }
    }
}

#[test]
fn names_are_found_before_the_model_is_there() {
    let bytes = small().to_bytes();
    let alone = Index::from_bytes_alone("a.index", &bytes).unwrap();
    let options = SearchOptions::default();
    assert_eq!(
        alone.search_words("타이레놀", &options),
        open(&bytes).unwrap().search_words("타이레놀", &options)
    );
    assert_eq!(alone.search_words("타이레놀", &options).hits[0].id, "p0");
    assert!(Index::from_bytes_alone("a.index", &bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn the_nearest_are_found_by_their_vectors_alone() {
    let index = small();
    let passage = Tables::built_in().passage(&index.records()[2]);
    let found: Vec<usize> = (index.nearest(&vector(&passage), 2).unwrap().iter())
        .map(|best| best.index)
        .collect();
    assert_eq!((found.len(), found[0]), (2, 2));
    assert!(index.nearest(&[0.5; DIMENSIONS + 1], 2).is_err());
}

#[test]
fn an_empty_catalogue_is_an_index_too() {
    let again = open(&index(&[]).to_bytes()).unwrap();
    assert!(again.is_empty());
    assert_eq!(
        again.rank("열", Some(&vector("열")), &everything(None)).unwrap(),
        Vec::new()
    );
}

#[test]
fn a_damaged_file_is_refused() {
    let bytes = small().to_bytes();
    for length in (0..bytes.len()).step_by(97) {
        assert!(open(&bytes[..length]).is_err(), "cut at {length}");
    }
    // Every byte of the header, and a sample of the rest: the checksum tells.
    let header = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    for at in (0..header).chain((header..bytes.len()).step_by(251)) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        assert!(open(&damaged).is_err(), "byte {at}");
    }
    let message = open(b"no index").unwrap_err().to_string();
    assert!(message.starts_with("a.index: not an index, or cut short"), "{message}");
}

#[test]
fn another_model_or_version_is_named() {
    let bytes = small().to_bytes();
    let message = |result: Result<Index>| result.unwrap_err().to_string();
    assert_eq!(
        message(Index::open("a.index", &bytes, Some("other"))),
        "a.index: made with model model, not with the loaded model other; build the index again, or load its model"
    );
    let version = br#"\"format_version\":3"#;
    let at = bytes.windows(version.len()).position(|window| window == version);
    let at = at.expect("the header states its version") + version.len() - 1;
    let mut newer = bytes.clone();
    newer[at] = b'9';
    let message = message(open(&newer));
    assert!(message.contains("version 9; this build reads"), "{message}");
}

#[test]
fn a_vector_of_another_width_or_of_no_numbers_is_refused() {
    let index = small();
    for vector in [&[0.5; DIMENSIONS + 1][..], &[f32::NAN; DIMENSIONS]] {
        let message = index
            .rank("열", Some(vector), &everything(None))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("a question's vector must be 4 finite numbers"),
            "{message}"
        );
    }
    let tables = Tables::built_in();
    let vectors = IndexVectors {
        dimensions: DIMENSIONS,
        passages: &[1.0],
        phrases: &[],
        questions: &[],
    };
    let catalogue = Catalogue {
        records: vec![Record::default()],
    };
    let message = Index::of_vectors("m", catalogue, &tables, vectors)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("1 passages need as many vectors of 4 finite numbers, not 1 numbers"),
        "{message}"
    );
}

#[test]
fn of_equals_the_first_of_the_catalogue_is_first() {
    let twins: Vec<Record> = (0..6)
        .map(|number| record(2 * number, NAMES[0], &["로라타딘"]))
        .collect();
    let index = index(&twins);
    for question in QUESTIONS {
        let hits = index
            .rank(question, Some(&vector(question)), &everything(None))
            .unwrap();
        let ids: Vec<&str> = hits.iter().map(|hit| hit.id).collect();
        assert_eq!(ids, ["p0", "p2", "p4", "p6", "p8", "p10"], "{question}");
    }
}

#[test]
fn products_of_the_same_ingredients_take_one_line() {
    let names = ["가정", "나정", "다정", "라정", "마정"];
    let ingredients = ["로라타딘", "아세트아미노펜", "로라타딘", "로라타딘", ""];
    let records: Vec<Record> = (0..5)
        .map(|number| record(number, names[number], &[ingredients[number]]))
        .collect();
    let index = index(&records);
    let options = SearchOptions {
        group: true,
        ..SearchOptions::default()
    };
    let answer = index.search_words("로라타딘 아세트아미노펜 마정", &options);
    let mut found: Vec<(&str, usize)> = answer.hits.iter().map(|hit| (hit.id, hit.alike)).collect();
    found.sort_unstable();
    assert_eq!(found, [("p0", 2), ("p1", 0), ("p4", 0)]);
    let options = SearchOptions {
        filter: Filter {
            like: Some("p2".into()),
            ..Filter::default()
        },
        ..SearchOptions::default()
    };
    let answer = index.search_words("로라타딘", &options);
    let found: Vec<&str> = answer.hits.iter().map(|hit| hit.id).collect();
    assert_eq!(found, ["p0", "p2", "p3"]);
}

#[test]
fn a_known_question_leads_to_what_it_is_about() {
    let index = small();
    let known = &index.parts.asked;
    let loratadine = known.topic("ingredient 로라타딘").expect("people ask for loratadine");
    let question = known.questions[known.ends[loratadine as usize] as usize - 1].clone();
    let hits = index
        .rank(&question, Some(&vector(&question)), &everything(None))
        .unwrap();
    let hit = hits.iter().find(|hit| hit.id == "p1").unwrap();
    assert!(hit.asked.is_some_and(|asked| asked > 0.98), "{hit:?}");
    assert!(
        matches!(&hit.reason, Reason::Purpose { question: Some(like), .. } if *like == question),
        "{hit:?}"
    );
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let one = (0..NAMES.len(), 0..INGREDIENTS.len(), 0..INGREDIENTS.len());
    prop::collection::vec(one, 0..8).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(number, (name, a, b))| record(number, NAMES[name], &[INGREDIENTS[a], INGREDIENTS[b]]))
            .collect()
    })
}

/// Whether `a` comes before `b`: by score, and of equals the first of the catalogue.
fn in_order(a: &Hit<'_>, b: &Hit<'_>) -> bool {
    let similarity = |hit: &Hit<'_>| (hit.dense, hit.asked, hit.lexical);
    a.score > b.score || (a.score == b.score && (similarity(a) != similarity(b) || a.number < b.number))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_ranking_is_the_same_every_time_and_ties_follow_the_catalogue(
        records in records(),
        question in 0..QUESTIONS.len(),
        with_vector in any::<bool>(),
    ) {
        // Every product twice: ties wherever one can be.
        let twins = records.iter().flat_map(|record| {
            let twin = Record { id: format!("{} again", record.id), ..record.clone() };
            [record.clone(), twin]
        });
        let index = index(&twins.collect::<Vec<Record>>());
        let question = QUESTIONS[question];
        let vector = vector(question);
        let vector = with_vector.then_some(vector.as_slice());
        let hits = index.rank(question, vector, &everything(None)).unwrap();
        prop_assert!(hits.is_sorted_by(in_order), "{hits:?}");
        prop_assert_eq!(&index.rank(question, vector, &everything(None)).unwrap(), &hits);
        for pair in hits.chunks(2) {
            prop_assert_eq!(pair[0].number + 1, pair[1].number);
        }
    }

    #[test]
    fn of_each_kind_the_best_stands_for_the_others(
        records in records(),
        question in 0..QUESTIONS.len(),
        top_k in 0_usize..9,
    ) {
        let index = index(&records);
        let question = QUESTIONS[question];
        let vector = vector(question);
        let options = RankOptions { top_k, filter: None, group: true };
        let grouped = index.rank(question, Some(&vector), &options).unwrap();
        let mut expected: Vec<(usize, usize)> = Vec::new();
        for hit in index.rank(question, Some(&vector), &everything(None)).unwrap() {
            let kind = |number: usize| index.composition().first_alike(number);
            match expected.iter_mut().find(|(best, _)| kind(*best) == kind(hit.number)) {
                Some((_, others)) => *others += 1,
                None => expected.push((hit.number, 0)),
            }
        }
        expected.truncate(top_k);
        let grouped: Vec<(usize, usize)> = grouped.iter().map(|hit| (hit.number, hit.alike)).collect();
        prop_assert_eq!(grouped, expected);
    }

    #[test]
    fn what_a_filter_excludes_is_no_hit_and_the_rest_stays_as_it_was(
        records in records(),
        question in 0..QUESTIONS.len(),
        top_k in 0_usize..9,
        parity in 0_usize..2,
    ) {
        let index = index(&records);
        let question = QUESTIONS[question];
        let vector = vector(question);
        let even = move |number: usize, _: &Record| number % 2 == parity;
        let filtered = index.rank(question, Some(&vector), &RankOptions { top_k, filter: Some(&even), group: false }).unwrap();
        let mut all = index.rank(question, Some(&vector), &everything(None)).unwrap();
        prop_assert_eq!(all.len(), records.len());
        prop_assert!(all.is_sorted_by(in_order));
        all.retain(|hit| hit.id[1..].parse::<usize>().unwrap() % 2 == parity);
        all.truncate(top_k);
        prop_assert_eq!(filtered, all);
    }

    #[test]
    fn another_product_changes_no_score_but_by_the_statistics_of_words(
        records in records(),
        question in 0..QUESTIONS.len(),
        place in 0_usize..9,
    ) {
        let question = QUESTIONS[question];
        let vector = vector(question);
        let mut more = records.clone();
        more.insert(place.min(more.len()), record(98, "하하하연고", &["덱사메타손"]));
        let (before, after) = (index(&records), index(&more));
        let after = after.rank(question, Some(&vector), &everything(None)).unwrap();
        for hit in before.rank(question, Some(&vector), &everything(None)).unwrap() {
            let again = after.iter().find(|other| other.id == hit.id).unwrap();
            prop_assert_eq!(again.dense, hit.dense);
            prop_assert_eq!(again.asked, hit.asked);
            prop_assert_eq!(&again.reason, &hit.reason);
            let words = fusion::LEXICAL_WEIGHT * (again.lexical - hit.lexical);
            prop_assert!((again.score - hit.score - words).abs() < 1e-4, "{hit:?} {again:?}");
        }
    }

    #[test]
    fn any_question_is_ranked(text in "\\PC{0,60}|[가-힣ㄱ-ㅎ0-9a-z ]{0,40}") {
        let index = small();
        prop_assert_eq!(index.rank(&text, Some(&vector("x")), &everything(None)).unwrap().len(), 3);
        prop_assert!(index.rank(&text, None, &everything(None)).unwrap().len() <= 3);
    }

    #[test]
    fn any_bytes_are_opened_or_refused(damage in prop::collection::vec((any::<usize>(), any::<u8>()), 1..20)) {
        let mut bytes = small().to_bytes();
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        // A sound checksum over unsound parts: nothing that follows may panic.
        let (all, sum) = bytes.split_last_chunk_mut().unwrap();
        *sum = file::checksum(all);
        if let Ok(index) = open(&bytes) {
            index.rank("타이레놀 열", Some(&vector("x")), &everything(None)).unwrap();
        }
    }
}
