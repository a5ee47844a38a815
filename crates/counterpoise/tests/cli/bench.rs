//! Timings of a study's steps.

use std::fs;

use serde_json::Value;

use crate::{arg, counterpoise, error, json, mini, root};

const SMALL: [&str; 4] = ["--prompts", "3", "--text-tokens", "100"];
const STEPS: [&str; 5] = [
    "load",
    "activation pass",
    "generation",
    "patched generation",
    "perplexity",
];

#[test]
fn every_step_has_its_seconds_its_rates_and_its_memory() {
    let results = json(&[&["bench", "--study", "mini"], &SMALL[..]].concat());
    assert_eq!(results["study"], "mini");
    assert_eq!(results["prompts"], 3);
    assert_eq!(results["text_tokens"], 100);
    let steps = results["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| &step["name"]).collect();
    assert_eq!(names, STEPS);
    for step in steps {
        assert!(step["seconds"].as_f64().unwrap() > 0.0, "{step}");
        #[cfg(target_os = "linux")]
        assert!(step["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
    }
    assert!(steps[0]["tokens"].is_null() && steps[0]["gflop_per_second"].is_null());
    for step in &steps[1..] {
        let number = |field: &str| step[field].as_f64().unwrap();
        let seconds = number("seconds");
        for (amount, rate) in [
            ("tokens", "tokens_per_second"),
            ("gflop", "gflop_per_second"),
        ] {
            assert!(number(amount) > 0.0, "{step}");
            let difference = number(rate) * seconds / number(amount) - 1.0;
            assert!(difference.abs() < 1e-9, "{step}");
        }
    }
}

#[test]
fn the_work_of_a_step_is_what_it_read_and_wrote() {
    let results = json(&[&["bench", "--study", "mini"], &SMALL[..]].concat());
    let step = |name: &str| -> Value {
        let steps = results["steps"].as_array().unwrap();
        steps
            .iter()
            .find(|step| step["name"] == name)
            .unwrap()
            .clone()
    };
    let [activations, generation, perplexity] =
        ["activation pass", "generation", "perplexity"].map(step);
    // Both write the same; the activation pass reads the last new token too.
    assert_eq!(activations["tokens"], generation["tokens"]);
    assert!(activations["gflop"].as_f64() > generation["gflop"].as_f64());
    assert_eq!(perplexity["tokens"], 100);

    let size = |name: &str| results["model"][name].as_f64().unwrap();
    let [n_layer, d_model] = ["n_layer", "d_model"].map(size);
    assert_eq!(size("d_mlp"), 4.0 * d_model);
    let blocks = 2.0 * 12.0 * n_layer * d_model * d_model * 100.0;
    let attention = 4.0 * n_layer * d_model * 5050.0;
    // The text is a single window, whose last token is not projected.
    let logits = 2.0 * size("vocab_size") * d_model * 99.0;
    let gflop = (blocks + attention + logits) / 1e9;
    assert!((perplexity["gflop"].as_f64().unwrap() / gflop - 1.0).abs() < 1e-9);
}

#[test]
fn a_whole_study_is_its_rows_at_the_rates_that_were_timed() {
    let results = json(&[&["bench", "--study", "mini"], &SMALL[..]].concat());
    let number = |value: &Value| value.as_f64().unwrap();
    let whole = &results["whole_study"];
    let parts = whole["parts"].as_array().unwrap();
    let of = |part: &Value| {
        (
            part["name"].as_str().unwrap().to_owned(),
            part["times"].as_u64().unwrap(),
        )
    };
    // 39 rows, two of which have no edit and continue no prompt anew; 22 are patches, which read the text twice.
    let expected = [
        ("activation passes", 2),
        ("toxicity", 37),
        ("F1", 39),
        ("perplexity", 61),
    ];
    let expected = expected.map(|(name, times)| (name.to_owned(), times));
    assert_eq!(parts.iter().map(of).collect::<Vec<_>>(), expected);
    assert_eq!(whole["rows"], 39);
    let steps = results["steps"].as_array().unwrap();
    let mut seconds = 0.0;
    for part in parts {
        let step = steps.iter().find(|step| step["name"] == part["rate_of"]);
        let rate = number(&step.unwrap()["gflop_per_second"]);
        let taken = number(&part["times"]) * number(&part["gflop"]) / rate;
        assert!(
            (number(&part["seconds"]) / taken - 1.0).abs() < 1e-9,
            "{part}"
        );
        seconds += taken;
    }
    assert!((number(&whole["seconds"]) / seconds - 1.0).abs() < 1e-9);
    // All of the text, in windows of the model's 128 positions.
    let readme = fs::read_to_string(root().join("fixtures/mini/README.md")).unwrap();
    let line = readme
        .lines()
        .find(|line| line.starts_with("| perplexity, base |"));
    let tokens: f64 = line
        .unwrap()
        .split(' ')
        .rev()
        .nth(2)
        .unwrap()
        .parse()
        .unwrap();
    let size = |name: &str| number(&results["model"][name]);
    let [n_layer, d_model, vocab_size] = ["n_layer", "d_model", "vocab_size"].map(size);
    let flop = |n: f64| {
        let attention = 4.0 * n_layer * d_model * n * (n + 1.0) / 2.0;
        24.0 * n_layer * d_model * d_model * n + attention + 2.0 * vocab_size * d_model * (n - 1.0)
    };
    let read = ((tokens / 128.0).floor() * flop(128.0) + flop(tokens % 128.0)) / 1e9;
    assert!((number(&parts[3]["gflop"]) / read - 1.0).abs() < 1e-9);
}

#[test]
fn a_study_without_its_judges_is_timed_and_the_table_names_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("bare.toml");
    let study_of_mini = fs::read_to_string(root().join("studies/mini.toml")).unwrap();
    let bare = study_of_mini
        .replace("../fixtures/mini/probe.safetensors", "nowhere/probe")
        .replace("../fixtures/mini/wiki.jsonl", "nowhere/samples")
        .replace("../fixtures/mini/scorer.json", "nowhere/scorer")
        .replace("../fixtures/mini/dpo", "nowhere/tuned")
        .replace("../fixtures/mini/", arg(&mini("")));
    fs::write(&study, bare).unwrap();
    let device = ["--device", "cpu"];
    let output = counterpoise(&[&["bench", "--study", arg(&study)], &SMALL[..], &device].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let table = String::from_utf8(output.stdout).unwrap();
    for (line, step) in table.lines().skip(1).zip(STEPS) {
        assert!(line.starts_with(step), "{table}");
    }
    let last = table.lines().last().unwrap();
    assert!(
        last.starts_with("bare on flex (CPU): 3 prompts, 100 tokens"),
        "{table}"
    );
    assert!(last.contains("F1 is not counted: ") && last.contains("nowhere/samples is not there"));
}

#[test]
fn all_files_that_are_missing_are_in_one_error() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("empty.toml");
    let mini = fs::read_to_string(root().join("studies/mini.toml")).unwrap();
    fs::write(&study, mini.replace("../fixtures/mini", arg(folder.path()))).unwrap();
    let message = error(&["bench", "--study", arg(&study), "--device", "cpu"]);
    for named in [
        "empty.toml",
        "base model",
        "prompts.jsonl",
        "text.txt",
        "doctor",
    ] {
        assert!(message.contains(named), "{named}: {message}");
    }
}
