//! The miniature under the protocol of the paper's released code, beside what a simulation of that code finds.

use std::fs;

use counterpoise_data::read_json;
use counterpoise_eval::Protocol;
use counterpoise_study::{NullSettings, Results, RunOptions, Silent, Study};
use safetensors::SafeTensors;
use serde::Deserialize;

use super::{Generation, close, options, root};

/// What `fixtures/golden/released.py` found.
#[derive(Deserialize)]
struct Golden {
    limit: usize,
    reduction: Totals,
    counts: std::collections::BTreeMap<String, usize>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Totals {
    net: f64,
    peak: f64,
    positive_neurons: usize,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    tokens: Vec<Vec<u32>>,
    toxicity: f64,
    perplexity: f64,
    f1: f64,
}

/// The miniature's study with these rows alone.
fn study(golden: &Golden) -> Study {
    let file = root().join("studies/mini.toml");
    let mut study = Study::read(&file, &super::Kinds::paper().unwrap()).unwrap();
    let wanted = |name: &str| golden.rows.iter().any(|row| row.name == name);
    study.interventions.retain(|row| wanted(&row.name));
    study.figures.clear();
    study.protocols = vec![Protocol::AsReleased];
    study.nulls = NullSettings {
        directions: 0,
        label_shuffles: 0,
    };
    study
}

#[test]
fn the_released_protocol_is_what_a_simulation_of_the_released_code_finds() {
    let golden = root().join("fixtures/golden/mini/released.json");
    let golden: Golden = read_json(&golden, "golden values of the released protocol").unwrap();
    let out = tempfile::tempdir().unwrap();
    let options = RunOptions {
        figures: false,
        limit: golden.limit.try_into().ok(),
        ..options(out.path())
    };
    let results = study(&golden).run(&options, &mut Silent).unwrap();
    assert_eq!(results.failures, [""; 0]);
    assert_eq!(results.protocol, Protocol::AsReleased);
    means(&results, out.path());
    close("peak", results.reduction.peak, golden.reduction.peak, 1e-5);
    close("net", results.reduction.net, golden.reduction.net, 1e-5);
    assert_eq!(
        results.reduction.reducing_neurons,
        golden.reduction.positive_neurons
    );
    for group in &results.groups[0].groups {
        assert_eq!(group.neurons, golden.counts[&group.group.replace('−', "-")]);
    }
    assert_eq!(results.rows.len(), golden.rows.len());
    for there in &golden.rows {
        let row = results
            .rows
            .iter()
            .find(|row| row.name == there.name)
            .unwrap();
        let score = |metric| row.score(metric).unwrap();
        let path = out.path().join(format!("generations/{}.jsonl", there.name));
        let written = fs::read_to_string(path).unwrap();
        let written = written
            .lines()
            .map(|line| serde_json::from_str::<Generation>(line).unwrap().tokens);
        assert_eq!(written.collect::<Vec<_>>(), there.tokens, "{}", there.name);
        close(&there.name, score("toxicity"), there.toxicity, 1e-9);
        close(&there.name, score("perplexity"), there.perplexity, 1e-6);
        close(&there.name, score("f1"), there.f1, 1e-9);
        assert!(row.score("perplexity_first_position").is_err());
    }
}

/// Mean activations of every neuron, behind a token for the beginning of a text.
fn means(results: &Results, out: &std::path::Path) {
    let table = results.neuron_table(out).unwrap();
    let bytes = fs::read(root().join("fixtures/golden/mini/released.safetensors")).unwrap();
    let arrays = SafeTensors::deserialize(&bytes).unwrap();
    for model in ["base", "tuned"] {
        let array = arrays.tensor(&format!("{model}.mean_activation")).unwrap();
        let there = array.data().chunks_exact(8);
        let there = there.map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()));
        let there: Vec<f64> = there.collect();
        assert_eq!(there.len(), table.rows().len());
        for (neuron, there) in table.rows().iter().zip(there) {
            let ours = match model {
                "base" => neuron.base.activation,
                _ => neuron.tuned.activation,
            };
            assert!(
                (ours - there).abs() <= 1e-5 * there.abs() + 1e-6,
                "{model} {}: {ours} here, {there} there",
                neuron.id
            );
        }
    }
}
