//! The miniature study, run whole, beside what PyTorch finds for it.
//!
//! `fixtures/golden/study.py` runs the same study with `transformers`; each number that a run
//! reports is compared with its.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "golden/nulls.rs"]
mod nulls;
#[path = "golden/released.rs"]
mod released;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use counterpoise_data::read_json;
use counterpoise_groups::NeuronTable;
use counterpoise_report::{TableRow, Tables};
use counterpoise_score::Difference;
use counterpoise_study::{
    ChosenDevice, DeviceRecord, Kinds, Results, RowPlan, RowResults, RunOptions, Silent, Study,
    tables,
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

/// What `fixtures/golden/intervals.py` makes of the script's rows.
#[derive(Deserialize)]
struct Intervals {
    rows: Vec<RowIntervals>,
    controls: Vec<ControlIntervals>,
}

#[derive(Deserialize)]
struct RowIntervals {
    name: String,
    intervals: BTreeMap<String, [f64; 2]>,
    changes: BTreeMap<String, [f64; 3]>,
}

#[derive(Deserialize)]
struct ControlIntervals {
    name: String,
    draws: usize,
    changes: BTreeMap<String, [f64; 3]>,
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

fn options(out: &Path) -> RunOptions {
    RunOptions {
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
    }
}

fn run(out: &Path) -> Results {
    let study = root().join("studies/mini.toml");
    let study = Study::read(&study, &Kinds::paper().unwrap()).unwrap();
    study.run(&options(out), &mut Silent).unwrap()
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
    let golden = root().join("fixtures/golden/mini/intervals.json");
    let golden: Intervals = read_json(&golden, "golden intervals of the study").unwrap();
    let shown = tables(&results);
    intervals(&results, &shown, &golden.rows);
    controls(&results, &shown, &golden.controls);
    // What lies in the folder makes the same tables, without a model.
    let again = Results::read(out.path()).unwrap();
    assert_eq!(again.rows, results.rows);
    assert_eq!(tables(&again), shown);
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

/// How far intervals may be from the script's: its scores are rounded to nine decimals, and log-likelihoods of
/// 32-bit floats differ in their last digits.
const SAME_INTERVAL: f64 = 1e-6;

/// The row of a table that shows `row`.
fn shown<'t>(results: &Results, tables: &'t Tables, row: &RowResults) -> &'t TableRow {
    let draw = row.control.as_ref().and_then(|control| control.draw);
    let of = row.control.as_ref().map(|control| {
        let controlled = results.rows.iter().find(|row| row.name == control.of);
        controlled.unwrap().label.clone()
    });
    let is_shown = |shown: &&TableRow| {
        (
            &shown.model,
            &shown.intervention,
            shown.draw,
            shown.table,
            &shown.control_of,
        ) == (&row.model.to_string(), &row.label, draw, row.tables[0], &of)
    };
    let mut rows = tables.rows.iter().filter(is_shown);
    let found = rows.next().unwrap();
    assert!(rows.next().is_none(), "{}", row.name);
    found
}

/// The differences are the script's: value and interval.
#[track_caller]
fn same_changes(name: &str, ours: &[Difference], golden: &BTreeMap<String, [f64; 3]>) {
    let metrics: Vec<&str> = ours.iter().map(|change| change.metric.as_str()).collect();
    assert_eq!(ours.len(), golden.len(), "{name}: {metrics:?}");
    for change in ours {
        let [value, low, high] = golden[&change.metric];
        let what = format!("{name}, change of {}", change.metric);
        assert_eq!(change.left_out, 0);
        let [our_low, our_high] = change.interval.unwrap();
        for (ours, golden) in [
            (change.value.unwrap(), value),
            (our_low, low),
            (our_high, high),
        ] {
            let difference = (ours - golden).abs();
            assert!(
                difference <= SAME_INTERVAL * golden.abs().max(1.0),
                "{what}: {ours} here, {golden} there"
            );
        }
    }
}

/// Every interval of every row, and of its difference from the unedited model.
fn intervals(results: &Results, tables: &Tables, golden: &[RowIntervals]) {
    assert_eq!(results.rows.len(), golden.len());
    for (row, golden) in results.rows.iter().zip(golden) {
        assert_eq!(row.name, golden.name);
        assert_eq!(
            row.outcome.scores.len(),
            golden.intervals.len(),
            "{}",
            row.name
        );
        for score in &row.outcome.scores {
            let [low, high] = golden.intervals[&score.metric];
            let [our_low, our_high] = score.interval.unwrap();
            close(&row.name, our_low, low, SAME_INTERVAL);
            close(&row.name, our_high, high, SAME_INTERVAL);
        }
        same_changes(
            &row.name,
            &shown(results, tables, row).changes,
            &golden.changes,
        );
    }
}

/// Every row against its controls.
fn controls(results: &Results, tables: &Tables, golden: &[ControlIntervals]) {
    for golden in golden {
        let is_draw = |row: &&RowResults| {
            row.control
                .as_ref()
                .is_some_and(|control| control.name == golden.name)
        };
        let draws: Vec<&RowResults> = results.rows.iter().filter(is_draw).collect();
        assert_eq!(draws.len(), golden.draws, "{}", golden.name);
        let of = &draws[0].control.as_ref().unwrap().of;
        let row = results.rows.iter().find(|row| row.name == *of).unwrap();
        let mut found = tables.controls.iter().filter(|control| {
            (&control.intervention, &control.control) == (&row.label, &draws[0].label)
        });
        let ours = found.next().unwrap();
        assert_eq!(ours.draws, golden.draws);
        same_changes(&golden.name, &ours.changes, &golden.changes);
    }
    let of_tables: usize = (results.rows.iter())
        .filter(|row| row.control.is_none())
        .map(|row| {
            let names = results
                .rows
                .iter()
                .filter_map(|other| other.control.as_ref());
            let mut names: Vec<&str> = names
                .filter(|control| control.of == row.name)
                .map(|control| control.name.as_str())
                .collect();
            names.dedup();
            names.len() * row.tables.len()
        })
        .sum();
    assert_eq!(tables.controls.len(), of_tables);
}
