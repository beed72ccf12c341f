//! Whole training runs of the tiny model.
#![cfg(feature = "train")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use yaksearch::checkpoint::{WEIGHTS, Weights};
use yaksearch::training::{BaseShare, Outcome, Progress, Recipe, train};
use yaksearch::{Checkpoint, Embedder, Options, Role};

/// Twelve classes of drugs: what people ask, and what the class is.
const CLASSES: [(&str, &str, &str); 12] = [
    ("열을 내리는 약", "해열제", "114"),
    ("머리가 아플 때 먹는 약", "진통제", "114"),
    ("콧물이 나요", "항히스타민제", "141"),
    ("가려움을 줄이는 약", "알레르기약", "141"),
    ("혈압을 낮추는 약", "혈압강하제", "214"),
    ("고혈압에 먹는 약", "고혈압약", "214"),
    ("기침을 멈추게 하는 약", "진해거담제", "222"),
    ("가래를 삭이는 약", "거담제", "222"),
    ("속이 쓰릴 때 먹는 약", "제산제", "234"),
    ("위산을 줄이는 약", "위장약", "234"),
    ("변비에 먹는 약", "하제", "238"),
    ("설사를 멎게 하는 약", "지사제", "237"),
];

/// A folder with data and a recipe of two stages.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut contrastive = "query,passage,group,negatives,label\n".to_owned();
        let mut graded = "query,context,label,note\n".to_owned();
        for (place, (query, passage, group)) in CLASSES.iter().enumerate() {
            let negative = CLASSES[(place + 5) % 12].1;
            contrastive += &format!("{query},{passage},{group},{negative}|아무것도 아닌 것,1\n");
            graded += &format!("{query},{passage},1.0,\n{query},{negative},0.0,\n{passage},{group},0.5,x\n");
        }
        contrastive += "오늘 날씨 어때,,,,0\n";
        std::fs::write(folder.path().join("contrastive.csv"), contrastive).unwrap();
        std::fs::write(folder.path().join("graded.csv"), graded).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// 8 steps, then 6.
    fn recipe(&self, output: &str) -> Recipe {
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny");
        let text = format!(
            r#"
base = {base:?}
output = {output:?}
seed = 7
dropout = 0.1
save_every = 3

[vocabulary]
pieces = 200

[prompts]
query = "query: "
passage = "passage: "

[[stages]]
name = "one"
data = [{contrastive:?}]
loss = {{ kind = "contrastive", temperature = 0.05, symmetric = true }}
learning_rate = 3e-3
warmup = 0.1
decay = "linear"
batch = 7
epochs = 4
clip = 1.0
distinct_groups = true

[[stages]]
name = "two"
data = [{graded:?}]
loss = {{ kind = "cosent" }}
learning_rate = 1e-3
decay = "cosine"
batch = 3
accumulate = 2
max_pairs = 34
max_tokens = 12
"#,
            output = self.path(output),
            contrastive = self.path("contrastive.csv"),
            graded = self.path("graded.csv"),
        );
        Recipe::parse("recipe.toml", &text).unwrap()
    }
}

fn finish(recipe: &Recipe, resume: bool) -> PathBuf {
    match train(recipe, resume, &mut |_| ControlFlow::Continue(())).unwrap() {
        Outcome::Finished(folder) => folder,
        stopped => panic!("{stopped:?}"),
    }
}

fn weights(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join(WEIGHTS)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for name in names(from) {
        std::fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

#[test]
fn a_run_teaches_and_writes_a_model_that_loads() {
    let bench = Bench::new();
    let mut recipe = bench.recipe("out");
    // Enough of it that the tiny model, whose weights are random, learns the pairs by heart.
    recipe.stages[0].epochs = 40;
    recipe.dropout = 0.0;
    let mut seen = Vec::new();
    let outcome = train(&recipe, false, &mut |progress| {
        seen.push((progress.stage_number, progress.step, progress.steps, progress.loss));
        ControlFlow::Continue(())
    })
    .unwrap();
    let folder = bench.path("out/model");
    assert_eq!(outcome, Outcome::Finished(folder.clone()));
    let steps: Vec<(usize, usize)> = seen.iter().map(|step| (step.0, step.1)).collect();
    let expected = (1..=80).map(|step| (1, step)).chain((1..=6).map(|step| (2, step)));
    assert_eq!(steps, expected.collect::<Vec<_>>());
    let mean = |range: std::ops::Range<usize>| range.clone().map(|at| seen[at].3).sum::<f64>() / range.len() as f64;
    assert!(mean(70..80) < 0.5 * mean(0..10), "{seen:?}");

    assert_eq!(names(&bench.path("out")), ["curves.svg", "model", "steps.csv"]);
    let table = std::fs::read_to_string(bench.path("out/steps.csv")).unwrap();
    assert_eq!(table.lines().count(), 87);
    assert!(
        table.starts_with("stage,stage_number,step,loss,learning_rate,gradient_norm,pairs,pairs_per_second\none,1,1,")
    );
    assert!(
        std::fs::read_to_string(bench.path("out/curves.svg"))
            .unwrap()
            .contains("<path")
    );

    let embedder = Embedder::load(Checkpoint::from_folder(&folder).unwrap(), &Options::default()).unwrap();
    assert!(embedder.facts().vocabulary < 442, "pruned");
    assert_eq!(embedder.facts().prompts.query.as_deref(), Some("query: "));
    // What was trained on is found: the right class, or one of its group, is first.
    let passages: Vec<&str> = CLASSES.iter().map(|class| class.1).collect();
    let right = CLASSES
        .iter()
        .filter(|(query, _, group)| CLASSES[embedder.rank(query, &passages, 1).unwrap()[0].index].2 == *group);
    let right = right.count();
    assert!(right >= 10, "{right} of 12");
}

#[test]
fn a_run_that_was_stopped_anywhere_ends_as_if_it_had_not_been() {
    let bench = Bench::new();
    let whole = weights(&finish(&bench.recipe("whole"), false));
    for stop in [1, 2, 3, 7, 8, 9, 13, 14] {
        let recipe = bench.recipe(&format!("stopped-{stop}"));
        let mut steps = 0;
        let outcome = train(&recipe, false, &mut |_| {
            steps += 1;
            if steps == stop {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
        let (stage_number, step) = if stop <= 8 { (1, stop) } else { (2, stop - 8) };
        assert_eq!(outcome, Outcome::Stopped { stage_number, step });
        assert!(!recipe.output.join("model").exists());
        assert!(weights(&finish(&recipe, true)) == whole, "stopped after step {stop}");
        let table = std::fs::read_to_string(recipe.output.join("steps.csv")).unwrap();
        assert_eq!(table.lines().count(), 15, "stopped after step {stop}");
    }
}

#[test]
fn a_run_that_was_killed_anywhere_ends_as_if_it_had_not_been() {
    let bench = Bench::new();
    let recipe = bench.recipe("whole");
    // What lies on disk after each step is what a kill would leave.
    let mut steps = 0;
    train(&recipe, false, &mut |_| {
        steps += 1;
        if [4, 8, 12].contains(&steps) {
            copy(&recipe.output, &bench.path(&format!("killed-{steps}")));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    let whole = weights(&recipe.output.join("model"));
    for steps in [4, 8, 12] {
        let recipe = bench.recipe(&format!("killed-{steps}"));
        assert!(weights(&finish(&recipe, true)) == whole, "killed after step {steps}");
    }
}

#[test]
fn pruning_changes_nothing_but_the_rows_that_are_left_out() {
    let bench = Bench::new();
    let pruned = bench.recipe("pruned");
    let mut full = bench.recipe("full");
    full.vocabulary = None;
    let texts = ["열을 내리는 약", "혈압강하제"];
    let vectors = |recipe: &Recipe| {
        let checkpoint = Checkpoint::from_folder(&finish(recipe, false)).unwrap();
        let embedder = Embedder::load(checkpoint, &Options::default()).unwrap();
        embedder.embed(&texts, Role::Query).unwrap().vectors
    };
    for (pruned, full) in vectors(&pruned).iter().zip(vectors(&full)) {
        assert!((pruned - full).abs() < 1e-5, "{pruned} against {full}");
    }
}

fn read(bytes: &[u8], name: &str) -> Vec<f32> {
    let weights = Weights::open(WEIGHTS, bytes).unwrap();
    let shape = weights.require(name).unwrap().shape().to_vec();
    weights.floats(name, &shape).unwrap()
}

#[test]
fn a_share_of_the_base_is_kept() {
    let bench = Bench::new();
    let alone = bench.recipe("alone");
    let trained = weights(&finish(&alone, false));
    let base = weights(&alone.base);
    // The tiny model has two layers.
    for (name, share, shares) in [
        ("even", BaseShare::Even(0.25), [0.25, 0.25]),
        ("rising", BaseShare::Rising([0.25, 0.5]), [0.25, 0.5]),
    ] {
        let mut recipe = bench.recipe(name);
        recipe.base_share = share;
        let shared = weights(&finish(&recipe, false));
        for (name, layer) in [
            ("encoder.layer.1.attention.self.query.weight", 1),
            ("encoder.layer.0.output.LayerNorm.bias", 0),
            ("embeddings.position_embeddings.weight", 0),
        ] {
            let [trained, base, shared] = [&trained, &base, &shared].map(|bytes| read(bytes, name));
            assert_ne!(trained, base, "{name}");
            for ((trained, base), shared) in trained.iter().zip(base).zip(shared) {
                let wanted = (1.0 - shares[layer]) * trained + shares[layer] * base;
                assert!((wanted - shared).abs() < 1e-6, "{name}");
            }
        }
    }
}

#[test]
fn runs_are_averaged_and_can_be_resumed() {
    let bench = Bench::new();
    let query = "encoder.layer.1.attention.self.query.weight";
    let alone = [7, 8, 9].map(|seed| {
        let mut recipe = bench.recipe(&format!("seed-{seed}"));
        recipe.seed = seed;
        read(&weights(&finish(&recipe, false)), query)
    });
    assert_ne!(alone[0], alone[1]);
    let several = |name: &str| {
        let mut recipe = bench.recipe(name);
        recipe.runs = 3;
        recipe
    };
    let whole = weights(&finish(&several("several"), false));
    for (place, mean) in read(&whole, query).into_iter().enumerate() {
        let wanted = alone.iter().map(|values| values[place]).sum::<f32>() / 3.0;
        assert!((mean - wanted).abs() < 1e-6, "{place}: {mean}, not {wanted}");
    }
    // Stopped in the first stage of the third run.
    let recipe = several("stopped");
    let mut told = 0;
    let stopped = train(&recipe, false, &mut |progress| {
        told += 1;
        assert_eq!(progress.stages, 6);
        match (progress.stage_number, progress.step) {
            (5, 2) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    let stage_number = 5;
    assert_eq!(stopped.unwrap(), Outcome::Stopped { stage_number, step: 2 });
    assert_eq!(told, 30);
    assert_eq!(weights(&finish(&recipe, true)), whole);
}

#[test]
fn stages_are_averaged_and_can_be_resumed() {
    let bench = Bench::new();
    let query = "encoder.layer.1.attention.self.query.weight";
    // After the first stage, the second, and both once more with the next seed.
    let ends = [(7, 1), (7, 2), (8, 1), (8, 2)].map(|(seed, stages)| {
        let mut recipe = bench.recipe(&format!("{seed}-{stages}"));
        recipe.seed = seed;
        recipe.stages.truncate(stages);
        read(&weights(&finish(&recipe, false)), query)
    });
    assert_ne!(ends[0], ends[1]);
    for runs in [1, 2] {
        let averaged = |name: &str| {
            let mut recipe = bench.recipe(&format!("{name}-{runs}"));
            (recipe.average_stages, recipe.runs) = (true, runs);
            recipe
        };
        let whole = weights(&finish(&averaged("whole"), false));
        for (place, mean) in read(&whole, query).into_iter().enumerate() {
            let wanted = ends[..2 * runs].iter().map(|values| values[place]).sum::<f32>() / (2 * runs) as f32;
            assert!((mean - wanted).abs() < 1e-6, "{place}: {mean}, not {wanted}");
        }
        // At the end of the first stage, and in the last.
        for stop in [(1, 8), (2 * runs, 2)] {
            let recipe = averaged(&format!("stopped-{}", stop.0));
            let mut stopping = |progress: &Progress<'_>| match (progress.stage_number, progress.step) == stop {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            train(&recipe, false, &mut stopping).unwrap();
            assert_eq!(weights(&finish(&recipe, true)), whole);
        }
    }
}

#[test]
fn frozen_words_stay() {
    let bench = Bench::new();
    let mut recipe = bench.recipe("frozen");
    (recipe.freeze_words, recipe.vocabulary) = (true, None);
    let folder = finish(&recipe, false);
    let (trained, base) = (weights(&folder), weights(&recipe.base));
    let words = "embeddings.word_embeddings.weight";
    assert_eq!(read(&trained, words), read(&base, words));
    let query = "encoder.layer.1.attention.self.query.weight";
    assert_ne!(read(&trained, query), read(&base, query));
    // Every tensor of the base is there, in its shape.
    let trained = safetensors::SafeTensors::deserialize(&trained).unwrap();
    let base = safetensors::SafeTensors::deserialize(&base).unwrap();
    for (name, view) in base.tensors() {
        assert_eq!(trained.tensor(&name).unwrap().shape(), view.shape(), "{name}");
    }
}

#[test]
fn frozen_layers_stay_and_a_run_can_be_resumed() {
    let bench = Bench::new();
    let frozen = |name: &str| {
        let mut recipe = bench.recipe(name);
        (recipe.freeze_layers, recipe.vocabulary) = (1, None);
        recipe
    };
    let recipe = frozen("frozen");
    let (trained, base) = (weights(&finish(&recipe, false)), weights(&recipe.base));
    for (name, stays) in [
        ("embeddings.word_embeddings.weight", true),
        ("embeddings.LayerNorm.weight", true),
        ("encoder.layer.0.attention.self.query.weight", true),
        ("encoder.layer.0.output.LayerNorm.bias", true),
        ("encoder.layer.1.attention.self.query.weight", false),
    ] {
        assert_eq!(read(&trained, name) == read(&base, name), stays, "{name}");
    }
    // What was kept of the texts is made again.
    let stopped = frozen("stopped");
    train(&stopped, false, &mut |_| ControlFlow::Break(())).unwrap();
    assert!(weights(&finish(&stopped, true)) == trained);
    let mut all = frozen("all");
    all.freeze_layers = 2;
    let error = train(&all, false, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains("nothing would be trained"), "{error}");
}

#[test]
fn labels_and_random_negatives_train_too() {
    let bench = Bench::new();
    let mut recipe = bench.recipe("card");
    recipe.stages.truncate(1);
    let stage = &mut recipe.stages[0];
    stage.loss = yaksearch::training::Loss::CosineMse;
    (stage.random_negatives, stage.batch, stage.accumulate, stage.epochs) = (1, 2, 4, 24);
    stage.distinct_groups = false;
    recipe.dropout = 0.0;
    let labelled = "query,passage,group\n".to_owned()
        + &CLASSES
            .map(|(query, passage, group)| format!("{query},{passage},{group}\n"))
            .concat();
    std::fs::write(bench.path("contrastive.csv"), labelled).unwrap();
    let mut losses = Vec::new();
    train(&recipe, false, &mut |progress| {
        assert_eq!((progress.pairs, progress.steps), (24, 72));
        losses.push(progress.loss);
        ControlFlow::Continue(())
    })
    .unwrap();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(mean(&losses[66..]) < 0.7 * mean(&losses[..6]), "{losses:?}");
}

#[test]
fn errors_come_before_anything_is_written() {
    let bench = Bench::new();
    let error = |recipe: &Recipe, resume: bool| {
        train(recipe, resume, &mut |_| ControlFlow::Continue(()))
            .unwrap_err()
            .to_string()
    };
    let mut recipe = bench.recipe("out");
    recipe.stages[1].data = vec![bench.path("nowhere.csv")];
    assert!(error(&recipe, false).contains("nowhere.csv: "));
    let csv = bench.path("bad.csv");
    std::fs::write(&csv, "query,passage,label\na,b,1\na,b,good\n").unwrap();
    recipe.stages[1].data = vec![csv];
    let message = error(&recipe, false);
    assert!(
        message.contains("bad.csv, line 3: label \"good\" is unknown"),
        "{message}"
    );
    assert!(!recipe.output.exists());

    let recipe = bench.recipe("out");
    assert!(error(&recipe, true).contains("state.safetensors"), "nothing to resume");
    train(&recipe, false, &mut |_| ControlFlow::Break(())).unwrap();
    let mut other = recipe.clone();
    other.stages[0].learning_rate = 1e-3;
    let message = error(&other, true);
    assert!(
        message.contains("another recipe") && !message.contains('\n'),
        "{message}"
    );
    let state = recipe.output.join("state.safetensors");
    let bytes = std::fs::read(&state).unwrap();
    std::fs::write(&state, &bytes[..bytes.len() / 2]).unwrap();
    assert!(error(&recipe, true).contains("damaged"));
}

#[test]
fn a_loss_that_is_no_number_stops_the_run() {
    let bench = Bench::new();
    let mut recipe = bench.recipe("out");
    recipe.stages[0].learning_rate = 1e30;
    let error = train(&recipe, false, &mut |_| ControlFlow::Continue(()))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("stage \"one\", step ") && error.contains("lower the learning rate"),
        "{error}"
    );
}
