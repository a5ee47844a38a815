//! The study of edits, cut down: its sweeps, its controls and the plane they stand in.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::studies::read_json;
use crate::{arg, counterpoise, mini, root};

/// The study with a short text.
fn cut_down(folder: &Path) -> std::path::PathBuf {
    let text: String = fs::read_to_string(mini("text.txt")).unwrap();
    let short: String = text.chars().take(2000).collect();
    fs::write(folder.join("short.txt"), short).unwrap();
    let study = fs::read_to_string(root().join("studies/mini-edits.toml")).unwrap();
    let study = study
        .replace("../fixtures/mini/text.txt", arg(&folder.join("short.txt")))
        .replace("../fixtures/mini/", arg(&mini("")));
    let path = folder.join("edits.toml");
    fs::write(&path, study).unwrap();
    path
}

#[test]
fn the_study_of_edits_runs_its_sweeps_into_one_plane() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let study = cut_down(folder.path());
    let args = ["replicate", "--study", arg(&study), "--limit", "3"];
    let output = counterpoise(&[&args[..], &["--device", "cpu", "--out", arg(&out)]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");

    let results = read_json(out.join("results.json"));
    assert_eq!(
        results["failures"].as_array().unwrap().len(),
        0,
        "{}",
        results["failures"]
    );
    let rows = results["rows"].as_array().unwrap();
    let swept: Vec<_> = (rows.iter())
        .filter(|row| row["sweep"]["sweep"] == "ablate")
        .map(|row| {
            (
                row["name"].as_str().unwrap(),
                row["neurons"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        swept,
        [
            ("ablate.1", 5),
            ("ablate.2", 20),
            ("ablate.3", 80),
            ("ablate.4", 320)
        ]
    );
    let names: BTreeSet<&str> = rows
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert!(names.contains("ablate-matched.4") && names.contains("scale-keys.3"));

    let csv = fs::read_to_string(out.join("tables.csv")).unwrap();
    let header = csv.lines().next().unwrap();
    for column in [
        "sweep",
        "sweep.factor",
        "sweep.neurons.top",
        "repetition",
        "repetition_low",
    ] {
        assert!(
            header.split(',').any(|found| found == column),
            "{column}: {header}"
        );
    }
    let frontier = fs::read_to_string(out.join("frontier.csv")).unwrap();
    let in_plane = |row: &&Value| row["scores"].to_string().contains("\"perplexity\"");
    let in_plane = rows.iter().filter(in_plane).count();
    assert_eq!(frontier.lines().count(), 1 + in_plane);
    // Patches with each prompt's own activations have no perplexity.
    assert_eq!(in_plane + 8, rows.len());
    assert!(
        frontier.lines().any(|line| line.contains(",true,")),
        "{frontier}"
    );

    // All of it is made again from the results alone.
    let made = [
        "frontier.md",
        "frontier.csv",
        "frontier_repetition_perplexity.md",
        "figures/pareto.svg",
        "figures/pareto.png",
        "table1.md",
        "tables.csv",
    ];
    let read = || made.map(|name| fs::read(out.join(name)).unwrap());
    let before = read();
    for name in made {
        fs::remove_file(out.join(name)).unwrap();
    }
    let output = counterpoise(&["render", "--run", arg(&out)]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(before == read(), "render makes other files");
}
