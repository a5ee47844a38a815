//! A model whose tokenizer puts a token before each text, beside `transformers` (`fixtures/golden/begun`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::studies::read_json;
use crate::{arg, counterpoise, json, json_lines, root};

fn begun(name: &str) -> PathBuf {
    root().join("fixtures/golden/begun").join(name)
}

fn expected() -> Value {
    read_json(begun("expected.json"))
}

/// The row of this name, of the golden file or of a run.
fn row<'r>(rows: &'r Value, name: &str) -> &'r Value {
    let mut rows = rows.as_array().unwrap().iter();
    rows.find(|row| row["name"] == name).unwrap()
}

#[track_caller]
fn close(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    let difference = (found - expected).abs() / expected.abs().max(1e-3);
    assert!(difference < 2e-5, "{what}: {found}, expected {expected}");
}

/// The mean activations in a neuron table, by model. `[n_layer][d_mlp]`
fn mean_activations(table: &Path) -> BTreeMap<&'static str, Vec<Vec<f64>>> {
    let text = fs::read_to_string(table).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let column = |name: &str| names.iter().position(|column| *column == name).unwrap();
    let layer = column("layer_idx");
    let columns = [
        ("base", column("pt_activation_value")),
        ("tuned", column("dpo_activation_value")),
    ];
    let mut found: BTreeMap<_, Vec<Vec<f64>>> = BTreeMap::new();
    for line in lines {
        for (model, column) in columns {
            let layers = found.entry(model).or_default();
            layers.resize(line[layer].parse::<usize>().unwrap() + 1, Vec::new());
            layers
                .last_mut()
                .unwrap()
                .push(line[column].parse().unwrap());
        }
    }
    found
}

#[track_caller]
fn same_means(found: &[Vec<f64>], expected: &Value) {
    let expected: Vec<Vec<f64>> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(found.len(), expected.len());
    for (layer, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found.len(), expected.len());
        for (neuron, (found, expected)) in found.iter().zip(expected).enumerate() {
            let difference = (found - expected).abs();
            assert!(
                difference < 1e-6,
                "({layer}, {neuron}): {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn neurons_behind_a_beginning_token_have_the_means_that_pytorch_finds() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("neurons.csv");
    let (base, tuned, probe, prompts) = (
        begun("base"),
        begun("tuned"),
        begun("probe.safetensors"),
        begun("prompts.jsonl"),
    );
    let inputs = [
        "neurons",
        "--base",
        arg(&base),
        "--tuned",
        arg(&tuned),
        "--probe",
        arg(&probe),
        "--prompts",
        arg(&prompts),
    ];
    let results = json(&[&inputs[..], &["--out", arg(&out), "--batch-size", "3"]].concat());
    let expected = expected();
    assert_eq!(results["beginning_token"], expected["beginning_token"]);
    assert_eq!(results["truncated_prompts"], 1);
    close(
        &results["net_reduction"],
        &expected["reduction"]["net"],
        "net",
    );
    close(
        &results["peak_reduction"],
        &expected["reduction"]["peak"],
        "peak",
    );
    for (model, found) in mean_activations(&out) {
        same_means(&found, &expected["neurons"][model]["mean_activation"]);
    }
}

#[test]
fn continuations_behind_a_beginning_token_are_those_of_transformers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("generations.jsonl");
    let (model, prompts) = (begun("base"), begun("prompts.jsonl"));
    let inputs = [
        "generate",
        "--model",
        arg(&model),
        "--prompts",
        arg(&prompts),
    ];
    let results = json(&[&inputs[..], &["--out", arg(&out), "--batch-size", "3"]].concat());
    assert_eq!(results["beginning_token"], 1);
    let expected = expected();
    let expected = row(&expected["rows"], "base");
    let rows = json_lines(&out);
    let column = |name: &str| -> Value { rows.iter().map(|row| row[name].clone()).collect() };
    assert_eq!(column("tokens"), expected["tokens"]);
    assert_eq!(column("text"), expected["texts"]);
}

#[test]
fn every_token_of_a_text_is_predicted_behind_a_beginning_token() {
    let (model, text) = (begun("base"), begun("text.txt"));
    let measured = |more: &[&str]| {
        let inputs = ["perplexity", "--model", arg(&model), "--text", arg(&text)];
        json(&[&inputs[..], more].concat())
    };
    let expected = expected();
    for batch_size in ["1", "3"] {
        let found = measured(&["--batch-size", batch_size]);
        let base = row(&expected["rows"], "base");
        close(&found["perplexity"], &base["perplexity"], "perplexity");
        assert_eq!(found["beginning_token"], 1);
        // 64 positions, one of them for the token before a window. The last window has a single token.
        assert_eq!(found["window"], 63);
        assert_eq!(found["tokens"], expected["text_tokens"]);
        assert_eq!(found["tokens"].as_u64().unwrap() % 63, 1);
        assert_eq!(found["predicted"], found["tokens"]);
    }
    let output = counterpoise(&[
        "perplexity",
        "--model",
        arg(&model),
        "--text",
        arg(&text),
        "--window",
        "64",
        "--device",
        "cpu",
    ]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("2 to 63"), "{stderr}");
}

#[test]
fn a_study_stands_behind_the_beginning_token_under_both_protocols() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let study = begun("study.toml");
    let args = ["replicate", "--study", arg(&study), "--out", arg(&out)];
    let output = counterpoise(&[&args[..], &["--device", "cpu"]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let (results, expected) = (read_json(out.join("results.json")), expected());
    let rows = results["rows"].as_array().unwrap().len();
    let last = format!("; {rows} of {rows} rows, about 0 s left\n");
    assert!(stderr.contains(&last), "{stderr}");
    assert!(stderr.ends_with("report.html\n"), "{stderr}");
    assert_eq!(results["prompts"]["beginning_token"], 1);
    for golden in expected["rows"].as_array().unwrap() {
        let name = golden["name"].as_str().unwrap();
        let generations = json_lines(&out.join(format!("generations/{name}.jsonl")));
        let tokens: Value = generations
            .iter()
            .map(|row| row["tokens"].clone())
            .collect();
        assert_eq!(tokens, golden["tokens"], "{name}");
        let found = row(&results["rows"], name);
        let scores = found["scores"].as_array().unwrap();
        for score in scores {
            let metric = score["metric"].as_str().unwrap();
            close(
                &score["value"],
                &golden[metric],
                &format!("{name}: {metric}"),
            );
        }
        assert_eq!(scores.len(), if name == "patch" { 3 } else { 2 });
    }
    let released = &expected["released"];
    let means = mean_activations(&out.join("as-released/neurons.csv"));
    same_means(&means["base"], &released["mean_activation"]);
    let found = row(&results["other_protocols"][0]["rows"], "base");
    let scores = found["scores"].as_array().unwrap().iter();
    let mut perplexity = scores.filter(|score| score["metric"] == "perplexity");
    let perplexity = &perplexity.next().unwrap()["value"];
    close(perplexity, &released["perplexity"], "as released");
    let generations = json_lines(&out.join("as-released/generations/base.jsonl"));
    let tokens: Value = generations
        .iter()
        .map(|row| row["tokens"].clone())
        .collect();
    assert_eq!(tokens, released["tokens"]);
}
