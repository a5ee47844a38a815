//! One study under both protocols.

use std::fs;

use crate::studies::{ROWS, read_json, study};
use crate::{arg, counterpoise};

#[test]
fn both_protocols_of_a_study_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let path = study(folder.path(), ROWS);
    let text = fs::read_to_string(&path).unwrap();
    let text = text
        .replace("directions = 200", "directions = 0")
        .replace("label_shuffles = 200", "label_shuffles = 0");
    fs::write(
        &path,
        format!("protocols = ['corrected', 'as-released']\n{text}"),
    )
    .unwrap();
    let args = [
        "replicate",
        "--study",
        arg(&path),
        "--limit",
        "3",
        "--only",
        "tables",
    ];
    let output = counterpoise(&[&args[..], &["--device", "cpu", "--out", arg(&out)]].concat());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let results = read_json(out.join("results.json"));
    assert_eq!(results["protocol"], "corrected");
    let other = &results["other_protocols"][0];
    assert_eq!(other["protocol"], "as-released");
    let own = read_json(out.join("as-released/results.json"));
    assert_eq!(
        (&own["protocol"], &own["rows"]),
        (&other["protocol"], &other["rows"])
    );
    let names = |rows: &serde_json::Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&results["rows"]), names(&other["rows"]));
    let written = results["outputs"].as_array().unwrap();
    for file in [
        "protocols.md",
        "as-released/table1.md",
        "as-released/generations/patch.jsonl",
    ] {
        assert!(written.iter().any(|path| path == file), "{file}");
        assert!(out.join(file).is_file(), "{file}");
    }
    let table = fs::read_to_string(out.join("as-released/table1.md")).unwrap();
    assert!(
        table.contains("Measured under the protocol `as-released`."),
        "{table}"
    );
    // A patch has two perplexities as corrected, and one as released.
    let patched = |rows: &serde_json::Value| {
        let rows = rows.as_array().unwrap().iter();
        let patch = rows.into_iter().find(|row| row["name"] == "patch").unwrap();
        let scores = patch["scores"].as_array().unwrap().iter();
        scores
            .filter(|score| score["metric"].as_str().unwrap().starts_with("perplexity"))
            .count()
    };
    assert_eq!((patched(&results["rows"]), patched(&other["rows"])), (2, 1));

    let path = out.join("protocols.md");
    let before = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let output = counterpoise(&["render", "--run", arg(&out)]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}
