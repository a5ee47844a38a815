//! A study's other directions, and patches with each prompt's own activations, as rows.

use std::fs;
use std::path::Path;

use counterpoise_direction::DirectionFile;
use counterpoise_probe::Probe;
use serde_json::Value;

use crate::studies::{ROWS, read_json, study};
use crate::{arg, counterpoise, error, mini};

/// Runs a small study with `more` tables, on three prompts.
fn run(folder: &Path, more: &str) -> Value {
    let (study, out) = (study(folder, &format!("{ROWS}{more}")), folder.join("out"));
    let args = ["replicate", "--study", arg(&study), "--out", arg(&out)];
    let output =
        counterpoise(&[&args[..], &["--limit", "3", "--device", "cpu", "--quiet"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let results = read_json(out.join("results.json"));
    assert_eq!(results["failures"], Value::Array(Vec::new()));
    results
}

const DIRECTIONS: &str = r#"
[[direction]]
name = "probe"
direction = "probe"

[[direction]]
name = "both ways"
direction = { file = "ways.safetensors" }

[[direction]]
name = "toxic subspace"
direction = { value_vectors = 40, k = 3 }
"#;

#[test]
fn groups_are_sorted_by_every_direction_that_a_study_lists() {
    let folder = tempfile::tempdir().unwrap();
    let probe = Probe::load(&mini("probe.safetensors"), 128).unwrap();
    let ahead: Vec<f64> = probe.direction().iter().map(|&x| f64::from(x)).collect();
    let back = ahead.iter().map(|x| -x).collect();
    let ways = DirectionFile::Shared(vec![ahead, back]);
    ways.write(&folder.path().join("ways.safetensors")).unwrap();
    let results = run(folder.path(), DIRECTIONS);

    let found = results["directions"].as_array().unwrap();
    let names: Vec<&str> = found
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["probe", "both ways", "toxic subspace"]);
    // Along the probe everything is as the study has it.
    let [own] = &found[0]["along"].as_array().unwrap()[..] else {
        panic!("one direction");
    };
    assert_eq!(own["reduction"], results["reduction"]);
    assert_eq!(own["groups"], results["groups"]);
    assert_eq!(found[0]["mixed_signs"], 0);
    // The other way round, what was reduced is gained.
    let [ahead, back] = &found[1]["along"].as_array().unwrap()[..] else {
        panic!("two directions");
    };
    assert_eq!(ahead["groups"], results["groups"]);
    let number = |value: &Value| value.as_f64().unwrap();
    assert!((number(&back["cosine"]) + 1.0).abs() < 1e-12);
    let [forth, turned] = [&ahead["reduction"], &back["reduction"]];
    let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one} {other}");
    near(number(&turned["net"]), -number(&forth["net"]));
    near(
        number(&turned["peak"]),
        number(&forth["peak"]) - number(&forth["net"]),
    );
    assert_eq!(found[1]["mixed_signs"], results["reduction"]["neurons"]);
    let subspace = &found[2];
    assert_eq!(subspace["along"].as_array().unwrap().len(), 3);
    assert_eq!(subspace["direction"]["k"], 3);
    assert!(number(&subspace["along"][0]["cosine"]) > 0.1);
    let inputs = results["inputs"].as_array().unwrap().iter();
    assert!(
        inputs
            .map(|input| &input["role"])
            .any(|role| role == "direction both ways")
    );

    let table = folder.path().join("out/directions.md");
    let text = fs::read_to_string(&table).unwrap();
    assert!(text.contains("\n| both ways, 2 | -1.0000 | "), "{text}");
    assert!(
        text.contains("(100.0 %) write towards some of the 2 directions of both ways"),
        "{text}"
    );
    fs::remove_file(&table).unwrap();
    let out = folder.path().join("out");
    assert!(
        counterpoise(&["render", "--run", arg(&out)])
            .status
            .success()
    );
    assert_eq!(fs::read_to_string(&table).unwrap(), text);
}

const OWN_STEPS: &str = r#"
[[intervention]]
name = "patch-steps"
label = "each prompt's own, step by step"
control_of = "patch"
kind = "patch"
neurons = { groups = ["TP-"] }
average = "none"

[[intervention]]
name = "base-steps"
label = "each prompt's own in the base model"
control_of = "patch"
kind = "patch"
neurons = { groups = ["TP-"] }
to = "base"
average = "none"
"#;

#[test]
fn a_patch_with_each_prompt_s_own_activations_is_a_row_without_what_reads_other_texts() {
    let folder = tempfile::tempdir().unwrap();
    let results = run(folder.path(), OWN_STEPS);
    let rows = results["rows"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    let metrics = |name: &str| -> Vec<&str> {
        let scores = row(name)["scores"].as_array().unwrap().iter();
        scores
            .map(|score| score["metric"].as_str().unwrap())
            .collect()
    };
    assert!(metrics("patch").contains(&"perplexity") && metrics("patch").contains(&"f1"));
    assert!(metrics("patch-steps").contains(&"toxicity"));
    let notes = row("patch-steps")["notes"].to_string();
    for metric in ["perplexity", "f1"] {
        assert!(!metrics("patch-steps").contains(&metric));
        assert!(
            notes.contains(&format!("{metric} is not measured: ")),
            "{notes}"
        );
    }
    assert_eq!(row("patch-steps")["neurons"], row("patch")["neurons"]);
    let generations = |name: &str| {
        let path = folder.path().join(format!("out/generations/{name}.jsonl"));
        fs::read_to_string(path).unwrap()
    };
    // The base model's own activations change no token.
    assert_eq!(generations("base-steps"), generations("base"));
    assert_ne!(generations("patch-steps"), generations("patch"));
    let table = fs::read_to_string(folder.path().join("out/table1.md")).unwrap();
    assert!(table.contains("each prompt's own, step by step"), "{table}");
}

#[test]
fn directions_that_are_none_are_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |more: &str| {
        let study = study(folder.path(), &format!("{ROWS}{more}"));
        let out = folder.path().join("out");
        error(&["replicate", "--study", arg(&study), "--out", arg(&out)])
    };
    let twice = refused(&DIRECTIONS.replace("both ways", "probe"));
    assert!(
        twice.contains("a second direction named `probe`"),
        "{twice}"
    );
    let unknown = refused(&DIRECTIONS.replace("value_vectors", "vectors"));
    assert!(
        unknown.contains("small.toml:") && unknown.contains("vectors"),
        "{unknown}"
    );
    let gone = refused(DIRECTIONS);
    assert!(gone.contains("ways.safetensors"), "{gone}");
}
