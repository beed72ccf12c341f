//! The command line as its users call it, on the tiny model.
#![cfg(all(not(target_arch = "wasm32"), feature = "cli"))]

use std::path::Path;
use std::process::{Command, Output};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tiny");

fn yaksearch(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yaksearch"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Runs it, and what it printed.
fn stdout(folder: &Path, arguments: &[&str]) -> String {
    let output = yaksearch(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs it where it must fail: the one line that says why.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = yaksearch(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "results of a failed run");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().count(), 1, "{errors}");
    errors.trim_end().to_owned()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn embed_writes_a_numpy_file_of_unit_vectors() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "texts.txt", "열을 내리는 약\r\n혈압약\n");
    let arguments = [
        "embed",
        "--model",
        TINY,
        "--role",
        "query",
        "--input",
        "texts.txt",
        "--output",
        "vectors.npy",
    ];
    assert_eq!(stdout(folder.path(), &arguments), "");
    let bytes = std::fs::read(folder.path().join("vectors.npy")).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!(header % 64, 0);
    let text = std::str::from_utf8(&bytes[10..header]).unwrap();
    assert_eq!(
        text.trim_end(),
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 32), }"
    );
    let values: Vec<f32> = bytes[header..]
        .as_chunks::<4>()
        .0
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect();
    assert_eq!(values.len(), 2 * 32);
    for row in values.chunks(32) {
        assert!((row.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn rank_prints_the_best_first() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "documents.txt", "감기약\n혈압약\n두통약\n");
    let arguments = [
        "rank",
        "--model",
        TINY,
        "--query",
        "혈압약",
        "--input",
        "documents.txt",
        "--query-prompt",
        "",
    ];
    let both = [&arguments[..], &["--passage-prompt", "", "--top-k", "2"]].concat();
    let found = stdout(folder.path(), &both);
    let rows: Vec<Vec<&str>> = found.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 2);
    // Without prompts the same text has the same vector.
    assert_eq!((rows[0][0], rows[0][2]), ("1", "혈압약"));
    assert!(rows[0][1].parse::<f32>().unwrap() > 0.999);
}

#[test]
fn a_catalogue_is_packed_for_indexed_and_searched() {
    let folder = tempfile::tempdir().unwrap();
    let packed = ["pack", "--checkpoint", TINY, "--output", "packed"];
    stdout(folder.path(), &packed);
    assert!(folder.path().join("packed/manifest.json").is_file());
    write(
        folder.path(),
        "products.csv",
        "id,name,class_code\nA1,판콜에이내복액,114\nB2,지르텍정,141\n",
    );
    let index = [
        "index",
        "--model",
        "packed",
        "--catalogue",
        "products.csv",
        "--output",
        "catalogue.index",
    ];
    stdout(folder.path(), &index);

    let search = ["search", "--model", "packed", "--index", "catalogue.index"];
    write(folder.path(), "questions.txt", "q7\t열을 내리는 약\n가려울 때\n");
    let found = stdout(
        folder.path(),
        &[&search[..], &["--queries", "questions.txt", "--top-k", "2"]].concat(),
    );
    let rows: Vec<Vec<&str>> = found.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(
        rows.iter().map(|row| row[0]).collect::<Vec<_>>(),
        ["q7", "q7", "2", "2"]
    );
    assert_eq!(rows.iter().map(|row| row[1]).collect::<Vec<_>>(), ["1", "2", "1", "2"]);
    for row in rows {
        assert!(["A1", "B2"].contains(&row[2]));
        assert!(row[3].parse::<f32>().unwrap().is_finite());
        assert!(!row[4].is_empty());
    }

    let other = [
        "search",
        "--model",
        TINY,
        "--index",
        "catalogue.index",
        "--query",
        "두통",
    ];
    assert!(refusal(folder.path(), &other).contains("made with model"));
}

#[test]
fn bad_rows_are_skipped_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "products.json",
        "{\"itemSeq\":\"1\",\"itemName\":\"가나정\"}\n{\"itemSeq\":\n{\"itemSeq\":\"3\"}\n",
    );
    let index = [
        "index",
        "--model",
        TINY,
        "--catalogue",
        "products.json",
        "--output",
        "catalogue.index",
    ];
    assert!(refusal(folder.path(), &index).starts_with("yaksearch: products.json, line 2: malformed JSON"));

    let output = yaksearch(folder.path(), &[&index[..], &["--skip-bad-rows"]].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let skipped: Vec<&str> = errors.lines().filter(|line| line.starts_with("skipped: ")).collect();
    assert_eq!(skipped.len(), 2, "{errors}");
    assert!(skipped[0].starts_with("skipped: products.json, line 2: malformed JSON"));
    assert_eq!(
        skipped[1],
        "skipped: products.json, line 3: id and name must not be empty"
    );
    assert!(errors.ends_with("catalogue.index: 1 products\n"), "{errors}");
}

#[test]
fn failures_exit_with_2_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "texts.txt", "두통\n");
    write(folder.path(), "empty.txt", "");
    write(folder.path(), "products.csv", "id,name\n1,a\n1,b\n");
    let embed = |model, input| {
        refusal(
            folder.path(),
            &[
                "embed", "--model", model, "--role", "raw", "--input", input, "--output", "out.npy",
            ],
        )
    };
    assert!(embed("nowhere", "texts.txt").starts_with("yaksearch: nowhere: no such folder"));
    assert!(embed(TINY, "none.txt").starts_with("yaksearch: none.txt: "));
    assert!(embed(TINY, "empty.txt").starts_with("yaksearch: empty.txt: holds no text"));
    assert!(!folder.path().join("out.npy").exists(), "nothing half-written is left");
    let index = [
        "index",
        "--model",
        TINY,
        "--catalogue",
        "products.csv",
        "--output",
        "catalogue.index",
    ];
    assert_eq!(
        refusal(folder.path(), &index),
        "yaksearch: products.csv, line 3: id \"1\" stands in line 2 already"
    );
    let cuda = [
        "embed",
        "--model",
        TINY,
        "--role",
        "raw",
        "--input",
        "texts.txt",
        "--output",
        "o",
        "--device",
        "cuda:0",
    ];
    if cfg!(not(feature = "cuda")) {
        assert!(refusal(folder.path(), &cuda).contains("build with `--features cuda`"));
    }
}
