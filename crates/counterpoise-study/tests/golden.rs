//! The miniature study, run whole, beside what PyTorch finds for it.
//!
//! `fixtures/golden/study.py` runs the same study with `transformers`; each number that a run
//! reports is compared with its.

#![allow(clippy::unwrap_used)]

#[path = "golden/nulls.rs"]
mod nulls;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_data::read_json;
use counterpoise_groups::NeuronTable;
use counterpoise_study::{
    ChosenDevice, DeviceRecord, Kinds, Results, RowPlan, RunOptions, Silent, Study,
};
use safetensors::SafeTensors;
use serde::Deserialize;

/// What the script found.
#[derive(Deserialize)]
struct Golden {
    reduction: Reduction,
    groups: BTreeMap<String, Groups>,
    layer_projections: BTreeMap<String, Vec<f64>>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Reduction {
    peak: f64,
    net: f64,
    reducing_neurons: usize,
    neurons: usize,
}

#[derive(Deserialize)]
struct Groups {
    counts: BTreeMap<String, usize>,
    sums: BTreeMap<String, f64>,
    shares: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    model: String,
    neurons: Option<usize>,
    tokens: Vec<Vec<u32>>,
    toxicity: f64,
    toxicity_scores: Vec<f64>,
    perplexity: f64,
    perplexity_first: Option<f64>,
    f1: f64,
}

/// A line of `generations/`.
#[derive(Deserialize)]
struct Generation {
    tokens: Vec<u32>,
    toxicity: f64,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(out: &Path) -> Results {
    let study = root().join("studies/mini.toml");
    let study = Study::read(&study, &Kinds::paper().unwrap()).unwrap();
    let options = RunOptions {
        device: ChosenDevice {
            device: Device::flex(),
            record: DeviceRecord {
                name: "flex (CPU)".to_owned(),
                why: "the test asks for it".to_owned(),
            },
        },
        out: out.to_owned(),
        plan: RowPlan::Score,
        figures: true,
        limit: None,
    };
    study.run(&options, &mut Silent).unwrap()
}

/// Fails unless `ours` is the script's, to this part of it.
#[track_caller]
fn close(what: &str, ours: f64, golden: f64, relative: f64) {
    let allowed = relative * golden.abs();
    let difference = (ours - golden).abs();
    assert!(
        difference <= allowed,
        "{what}: {ours} here, {golden} there, {difference:e} apart"
    );
}

#[test]
fn everything_a_run_reports_is_what_pytorch_finds() {
    let out = tempfile::tempdir().unwrap();
    let results = run(out.path());
    let golden = root().join("fixtures/golden/mini/study.json");
    let golden: Golden = read_json(&golden, "golden values of the study").unwrap();
    assert_eq!(results.failures, [""; 0]);
    neurons(&results.neuron_table(out.path()).unwrap());
    totals(&results, &golden);
    layers(&results, &golden);
    nulls::all(&results);
    assert_eq!(results.rows.len(), golden.rows.len());
    for (index, row) in golden.rows.iter().enumerate() {
        scores(&results, index, row);
        generations(out.path(), row);
    }
}

/// Every neuron of both models.
fn neurons(table: &NeuronTable) {
    let bytes = fs::read(root().join("fixtures/golden/mini/arrays.safetensors")).unwrap();
    let arrays = SafeTensors::deserialize(&bytes).unwrap();
    let column = |name: String| -> Vec<f64> {
        let bytes = arrays.tensor(&name).unwrap().data().chunks_exact(8);
        let value = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap());
        bytes.map(value).collect()
    };
    for model in ["base", "tuned"] {
        let [activations, projections, cosines] =
            ["mean_activation", "neuron_projection", "cosine"]
                .map(|what| column(format!("{model}.{what}")));
        assert_eq!(table.rows().len(), activations.len());
        for (index, neuron) in table.rows().iter().enumerate() {
            let ours = match model {
                "base" => neuron.base,
                _ => neuron.tuned,
            };
            let golden = [activations[index], projections[index], cosines[index]];
            let ours = [ours.activation, ours.projection, ours.cosine];
            for (ours, golden) in ours.into_iter().zip(golden) {
                let difference = (ours - golden).abs();
                assert!(
                    difference <= 1e-5 * golden.abs() + 1e-6,
                    "{model} {}: {ours} here, {golden} there",
                    neuron.id
                );
            }
        }
    }
}

/// Reductions and groups.
fn totals(results: &Results, golden: &Golden) {
    let (ours, there) = (&results.reduction, &golden.reduction);
    close("peak", ours.peak, there.peak, 1e-6);
    close("net", ours.net, there.net, 1e-6);
    assert_eq!(ours.reducing_neurons, there.reducing_neurons);
    assert_eq!(ours.neurons, there.neurons);
    assert_eq!(results.groups.len(), golden.groups.len());
    for grouping in &results.groups {
        let there = &golden.groups[&grouping.grouping.replace('-', "_")];
        for group in &grouping.groups {
            let name = group.group.replace('−', "-");
            assert_eq!(group.neurons, there.counts[&name], "{name}");
            close(&name, group.reduction, there.sums[&name], 1e-5);
            close(&name, group.share.unwrap(), there.shares[&name], 1e-5);
        }
    }
}

/// Figure 1a.
fn layers(results: &Results, golden: &Golden) {
    let ablated = "ablate-top-200";
    let row = results.rows.iter().find(|row| row.name == ablated);
    let ours = [
        ("base", &results.models.base.layer_projections),
        ("tuned", &results.models.tuned.layer_projections),
        (ablated, row.unwrap().outcome.layers.as_ref().unwrap()),
    ];
    for (what, ours) in ours {
        let there = &golden.layer_projections[what];
        assert_eq!(ours.len(), there.len());
        for (ours, there) in ours.iter().zip(there) {
            close(what, *ours, *there, 1e-5);
        }
    }
}

/// A row's scores, all of them.
fn scores(results: &Results, index: usize, golden: &Row) {
    let row = &results.rows[index];
    let (name, model) = (&golden.name, &golden.model);
    assert_eq!((&row.name, &row.model.to_string()), (name, model));
    assert_eq!(row.outcome.neurons, golden.neurons, "{name}");
    let score = |metric| row.score(metric).unwrap();
    close(name, score("toxicity"), golden.toxicity, 1e-9);
    close(name, score("perplexity"), golden.perplexity, 1e-6);
    close(name, score("f1"), golden.f1, 1e-9);
    match golden.perplexity_first {
        Some(there) => close(name, score("perplexity_first_position"), there, 1e-6),
        None => assert!(row.score("perplexity_first_position").is_err()),
    }
}

/// Every token that a row wrote, and the score of every text.
fn generations(out: &Path, golden: &Row) {
    let path = out.join(format!("generations/{}.jsonl", golden.name));
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<Generation> = (text.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), golden.tokens.len());
    let there = golden.tokens.iter().zip(&golden.toxicity_scores);
    for (ours, (tokens, score)) in lines.iter().zip(there) {
        assert_eq!(ours.tokens, *tokens, "{}", golden.name);
        assert!((ours.toxicity - score).abs() <= 1e-8, "{}", golden.name);
    }
}
