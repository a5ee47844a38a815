//! A run's files made again from its results.

use std::fs;
use std::path::Path;

use crate::studies::{ROWS, files, read_json, replicate, study};
use crate::{arg, counterpoise, error};

#[test]
fn tables_claims_and_figures_are_made_again_without_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (study(folder.path(), ROWS), folder.path().join("out"));
    replicate(&study, &out, &[]);
    let bare = folder.path().join("bare");
    fs::create_dir(&bare).unwrap();
    for name in ["results.json", "neurons.csv", "items.jsonl"] {
        fs::copy(out.join(name), bare.join(name)).unwrap();
    }
    // The scores' items are those of this run, or nothing is made.
    let items = fs::read_to_string(out.join("items.jsonl")).unwrap();
    fs::write(bare.join("items.jsonl"), items.replacen("[0.", "[1.", 1)).unwrap();
    let other = error(&["render", "--run", arg(&bare)]);
    assert!(
        other.contains("items.jsonl:1: ") && other.contains("another run"),
        "{other}"
    );
    fs::remove_file(bare.join("items.jsonl")).unwrap();
    let gone = error(&["render", "--run", arg(&bare)]);
    assert!(gone.contains("items.jsonl"), "{gone}");
    fs::write(bare.join("items.jsonl"), items).unwrap();
    let output = counterpoise(&["render", "--run", arg(&bare)]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let tables = [
        "claims.md",
        "nulls.md",
        "table1.md",
        "table2.md",
        "tables.csv",
        "tables.json",
    ];
    let figures = files(&out.join("figures"));
    let figures = figures.iter().map(|name| format!("figures/{name}"));
    let names: Vec<String> = tables
        .map(str::to_owned)
        .into_iter()
        .chain(figures)
        .collect();
    assert_eq!(names.len(), 6 + 22);
    for name in names {
        let [first, again] = [&out, &bare].map(|run| fs::read(run.join(&name)).unwrap());
        assert!(first == again, "{name}");
    }
    // The page has the neurons' tokens and the texts too; without them it says so.
    let page = fs::read_to_string(bare.join("report.html")).unwrap();
    assert!(page.contains("neuron_tokens.parquet has its nearest tokens, and is gone."));
    let tokens = "neuron_tokens.parquet";
    fs::copy(out.join(tokens), bare.join(tokens)).unwrap();
    fs::create_dir(bare.join("generations")).unwrap();
    for name in files(&out.join("generations")) {
        let path = format!("generations/{name}");
        fs::copy(out.join(&path), bare.join(&path)).unwrap();
    }
    let output = counterpoise(&["render", "--run", arg(&bare)]);
    assert!(output.status.success(), "{output:?}");
    let [first, again] = [&out, &bare].map(|run| fs::read(run.join("report.html")).unwrap());
    assert!(first == again);
    compared(&bare, &out);
    let none = error(&["render", "--run", arg(folder.path())]);
    assert!(none.contains("results.json: not there"), "{none}");
}

/// Two runs of one study beside each other, after a sum and an input of the other one were changed.
fn compared(run: &Path, other: &Path) {
    let page = |other: &Path| {
        let output = counterpoise(&["render", "--run", arg(run), "--against", arg(other)]);
        assert!(output.status.success(), "{output:?}");
        fs::read_to_string(run.join("report.html")).unwrap()
    };
    let same = page(other);
    assert!(same.contains("Every input of this run is one of the other"));
    let mut results = read_json(other.join("results.json"));
    let peak = results["reduction"]["peak"].as_f64().unwrap();
    results["reduction"]["peak"] = (peak - 0.125).into();
    results["inputs"][0]["sha256"] = "0".repeat(64).into();
    let changed = other.with_file_name("changed");
    fs::create_dir(&changed).unwrap();
    for name in ["neurons.csv", "items.jsonl"] {
        fs::copy(other.join(name), changed.join(name)).unwrap();
    }
    fs::write(changed.join("results.json"), results.to_string()).unwrap();
    let differs = page(&changed);
    let role = results["inputs"][0]["role"].as_str().unwrap();
    assert!(differs.contains(&format!("Inputs that differ, by SHA-256: {role}.")));
    assert!(differs.contains("+0.1250") && !same.contains("+0.1250"));
    let none = error(&[
        "render",
        "--run",
        arg(run),
        "--against",
        arg(run.parent().unwrap()),
    ]);
    assert!(none.contains("results.json: not there"), "{none}");
}
