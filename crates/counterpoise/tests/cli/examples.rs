//! The examples, run as a user runs them.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::{arg, json_lines, root};

/// Runs an example, which cargo built beside the program.
fn example(name: &str, args: &[&str]) -> Output {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_counterpoise"));
    let path = program.parent().unwrap().join("examples").join(name);
    Command::new(path)
        .current_dir(root())
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn a_program_without_a_study_file_finds_what_the_command_finds() {
    let output = example("rows", &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.starts_with("TP−: "), "{text}");
    // What `replicate` prints for the unedited model.
    assert!(text.contains("| base | None |  | 0.601 ("), "{text}");
    let (scores, differences) = text.split_once("## Against the unedited model").unwrap();
    assert_eq!(scores.matches("| base |").count(), 3, "{text}");
    assert_eq!(differences.matches("| base |").count(), 2, "{text}");
}

#[test]
fn a_main_of_one_s_own_adds_its_kinds_to_the_command_line() {
    let out = tempfile::tempdir().unwrap();
    let study = root().join("crates/counterpoise/examples/own_parts.toml");
    let args = [
        "replicate",
        "--device",
        "cpu",
        "--limit",
        "24",
        "--study",
        arg(&study),
    ];
    let output = example(
        "own_parts",
        &[&args[..], &["--out", arg(out.path())]].concat(),
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let results = fs::read_to_string(out.path().join("results.json")).unwrap();
    let results: Value = serde_json::from_str(&results).unwrap();
    let scores = |row: usize| -> Vec<(String, f64)> {
        let scores = results["rows"][row]["scores"].as_array().unwrap();
        let score = |score: &Value| {
            let metric = score["metric"].as_str().unwrap().to_owned();
            (metric, score["value"].as_f64().unwrap())
        };
        scores.iter().map(score).collect()
    };
    let (base, steered) = (scores(0), scores(1));
    let names: Vec<&str> = base.iter().map(|(metric, _)| metric.as_str()).collect();
    let ratios = ["toxicity_ratio", "toxicity_words_ratio"];
    let expected = ["toxicity", ratios[0], "toxicity_words", ratios[1], "length"];
    assert_eq!(names, expected);
    // Steering away from toxicity does what it says.
    assert!(steered[0].1 < base[0].1, "{base:?} {steered:?}");
    let table = fs::read_to_string(out.path().join("table3.md")).unwrap();
    assert!(table.starts_with("# Table 3: steering"), "{table}");
    let lengths = fs::read_to_string(out.path().join("figures/lengths.txt")).unwrap();
    assert_eq!(lengths.lines().count(), 2, "{lengths}");
    let row = &json_lines(&out.path().join("generations/base.jsonl"))[0];
    assert!(
        row["length"].is_f64() && row["toxicity_words"].is_f64(),
        "{row}"
    );
}
