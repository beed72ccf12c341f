//! The evaluation of the tiny model against one written down plainly.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};

use yaksearch::evaluation::{EvaluationSet, evaluate};
use yaksearch::search::Tables;
use yaksearch::{Catalogue, Checkpoint, Embedder, Options, Role};

const PRODUCTS: [(&str, &str, &str); 14] = [
    ("M1", "타이레놀정500mg", "114"),
    ("M2", "판콜에이내복액", "114"),
    ("M3", "지르텍정", "141"),
    ("M4", "클라리틴정", "141"),
    ("M5", "노바스크정", "214"),
    ("M6", "디오반정", "214"),
    ("M7", "겔포스엠현탁액", "234"),
    ("M8", "개비스콘", "234"),
    ("M9", "둘코락스", "238"),
    ("M10", "스멕타", "237"),
    ("M11", "아스피린", "114"),
    ("M12", "무코스타", "232"),
    ("M13", "리피토정", "218"),
    ("M14", "부루펜시럽", "114"),
];
/// Id, kind, text, and products with their grades.
type Asked = (&'static str, &'static str, &'static str, &'static [(&'static str, f64)]);
const QUESTIONS: [Asked; 5] = [
    (
        "q1",
        "purpose",
        "열을 내리는 약",
        &[("M1", 2.0), ("M2", 2.0), ("M11", 1.0), ("M14", 1.0)],
    ),
    ("q2", "purpose", "혈압을 낮추는 약", &[("M5", 1.0), ("M6", 1.0)]),
    ("q3", "brand", "지르텍", &[("M3", 3.0), ("M4", 1.0)]),
    ("q4", "brand", "스멕타", &[("M10", 1.0)]),
    (
        "q5",
        "symptom",
        "속이 쓰려요",
        &[("M7", 1.0), ("M8", 1.0), ("M12", 1.0)],
    ),
];
const PAIRS: [(&str, &str, f64); 5] = [
    ("혈압을 낮추는 약", "혈압강하제", 5.0),
    ("혈압을 낮추는 약", "혈압을 올리는 약", 0.0),
    ("열을 내리는 약", "해열제", 5.0),
    ("변비약", "지사제", 0.5),
    ("가래를 삭이는 약", "거담제", 4.0),
];
const OFF_TOPIC: [&str; 3] = ["오늘 날씨 어때", "부산 가는 기차표", "피자 만드는 법"];

fn embedder() -> Embedder {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "tiny"]
        .iter()
        .collect();
    Embedder::load(Checkpoint::from_folder(&folder).unwrap(), &Options::default()).unwrap()
}

fn write_set(folder: &Path) {
    let mut catalogue = "id,name,class_code\n".to_owned();
    for (id, name, class) in PRODUCTS {
        catalogue += &format!("{id},{name},{class}\n");
    }
    let mut questions = "id,kind,text,relevant\n".to_owned();
    for (id, kind, text, relevant) in QUESTIONS {
        let list: Vec<String> = relevant.iter().map(|(id, grade)| format!("{id}:{grade}")).collect();
        questions += &format!("{id},{kind},{text},{}\n", list.join("|"));
    }
    let mut pairs = "a,b,score\n".to_owned();
    for (a, b, score) in PAIRS {
        pairs += &format!("{a},{b},{score}\n");
    }
    let mut off_topic = "id,text\n".to_owned();
    for (place, text) in OFF_TOPIC.iter().enumerate() {
        off_topic += &format!("o{place},{text}\n");
    }
    for (name, text) in [
        ("catalogue.csv", catalogue),
        ("questions.csv", questions),
        ("pairs.csv", pairs),
        ("offtopic.csv", off_topic),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

fn vectors(embedder: &Embedder, texts: &[&str], role: Role) -> Vec<Vec<f64>> {
    let embeddings = embedder.embed(texts, role).unwrap();
    embeddings
        .rows()
        .map(|row| row.iter().map(|value| f64::from(*value)).collect())
        .collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-5, "{what}: {found} against {expected}");
}

#[test]
fn figures_are_those_of_a_plain_computation() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    let set = EvaluationSet::from_folder(folder.path()).unwrap();
    let embedder = embedder();
    let report = evaluate(&embedder, &set).unwrap();

    let csv = std::fs::read(folder.path().join("catalogue.csv")).unwrap();
    let tables = Tables::built_in();
    let passages: Vec<String> = Catalogue::from_csv("c", &csv)
        .unwrap()
        .records
        .iter()
        .map(|record| tables.passage(record))
        .collect();
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    let products = vectors(&embedder, &passages, Role::Passage);

    // Per question: nDCG, recall, reciprocal rank, from a full sort and the definitions.
    let mut rows = Vec::new();
    let mut tops = Vec::new();
    for (_, kind, text, relevant) in QUESTIONS {
        let query = &vectors(&embedder, &[text], Role::Query)[0];
        let mut order: Vec<usize> = (0..PRODUCTS.len()).collect();
        let score = |product: usize| cosine(query, &products[product]);
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        tops.push(score(order[0]));
        let grade = |product: usize| {
            relevant
                .iter()
                .find(|(id, _)| *id == PRODUCTS[product].0)
                .map_or(0.0, |(_, grade)| *grade)
        };
        let gain = |place: usize, grade: f64| grade / ((place + 2) as f64).log2();
        let found: f64 = (0..10).map(|place| gain(place, grade(order[place]))).sum();
        let mut best: Vec<f64> = relevant.iter().map(|(_, grade)| *grade).collect();
        best.sort_by(|a, b| b.total_cmp(a));
        let best: f64 = best
            .into_iter()
            .enumerate()
            .map(|(place, grade)| gain(place, grade))
            .sum();
        let hits: Vec<usize> = (0..10).filter(|&place| grade(order[place]) > 0.0).collect();
        let first = hits.first().map_or(0.0, |place| 1.0 / (place + 1) as f64);
        rows.push((kind, found / best, hits.len() as f64 / relevant.len() as f64, first));
    }
    assert_eq!(report.dense.kinds.len(), 3);
    for kind in ["purpose", "brand", "symptom"] {
        let of_kind: Vec<_> = rows.iter().filter(|row| row.0 == kind).collect();
        let count = of_kind.len() as f64;
        let scores = report.dense.kinds[kind];
        assert_eq!(scores.questions, of_kind.len());
        assert_close(scores.ndcg, of_kind.iter().map(|row| row.1).sum::<f64>() / count, kind);
        assert_close(
            scores.recall,
            of_kind.iter().map(|row| row.2).sum::<f64>() / count,
            kind,
        );
        assert_close(scores.mrr, of_kind.iter().map(|row| row.3).sum::<f64>() / count, kind);
    }
    assert_eq!(report.dense.all.questions, 5);
    assert_close(
        report.dense.all.ndcg,
        rows.iter().map(|row| row.1).sum::<f64>() / 5.0,
        "all",
    );

    // Two brands stand in their questions: letters and names find them, whatever this untrained model makes of them.
    for way in [&report.bm25, &report.lexical, &report.hybrid] {
        assert_eq!(way.kinds["brand"].questions, 2);
        assert_close(way.kinds["brand"].mrr, 1.0, "names");
    }

    let mut wins = 0.0;
    for text in OFF_TOPIC {
        let query = &vectors(&embedder, &[text], Role::Query)[0];
        let top = products
            .iter()
            .map(|product| cosine(query, product))
            .fold(f64::MIN, f64::max);
        wins += tops.iter().filter(|other| **other > top).count() as f64;
    }
    assert_close(report.dense.auroc.unwrap(), wins / 15.0, "AUROC");

    let mut cosines = Vec::new();
    for (place, a) in products.iter().enumerate() {
        cosines.extend(products[..place].iter().map(|b| cosine(a, b)));
    }
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    let variance = cosines.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / cosines.len() as f64;
    let spread = report.product_cosines.unwrap();
    assert_close(spread.mean, mean, "mean cosine");
    assert_close(spread.deviation, variance.sqrt(), "deviation");

    // Spearman as Pearson's correlation of ranks, ties at their mean.
    let rank = |values: &[f64]| -> Vec<f64> {
        let count = |keep: &dyn Fn(&f64) -> bool| values.iter().filter(|value| keep(value)).count() as f64;
        values
            .iter()
            .map(|value| count(&|other| other < value) + (count(&|other| other == value) + 1.0) / 2.0)
            .collect()
    };
    let found: Vec<f64> = PAIRS
        .iter()
        .map(|(a, b, _)| {
            let both = vectors(&embedder, &[a, b], Role::Query);
            cosine(&both[0], &both[1])
        })
        .collect();
    let (a, b) = (rank(&found), rank(&PAIRS.map(|pair| pair.2)));
    let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| (x - 3.0) * (y - 3.0)).sum() };
    let expected = product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt();
    assert_close(report.spearman.unwrap(), expected, "Spearman");
}

#[test]
fn the_optional_files_may_be_left_out_and_the_others_not() {
    let folder = tempfile::tempdir().unwrap();
    write_set(folder.path());
    std::fs::remove_file(folder.path().join("pairs.csv")).unwrap();
    std::fs::remove_file(folder.path().join("offtopic.csv")).unwrap();
    let set = EvaluationSet::from_folder(folder.path()).unwrap();
    let report = evaluate(&embedder(), &set).unwrap();
    assert_eq!((report.spearman, report.dense.auroc), (None, None));
    // "속이 쓰려요" has no pair of letters in common with any product's passage: without a hit there is no gain.
    assert_eq!(report.bm25.kinds["symptom"].ndcg, 0.0);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["dense"]["all"]["questions"], 5);
    assert!(json["hybrid"]["kinds"]["brand"]["ndcg@10"].is_f64());
    assert!(report.to_string().lines().count() >= 7);
    std::fs::remove_file(folder.path().join("questions.csv")).unwrap();
    let error = EvaluationSet::from_folder(folder.path()).unwrap_err().to_string();
    assert!(error.contains("questions.csv"), "{error}");
}
