//! A study that is scored by a classifier: told by `doctor`, run, hashed, and the same scores as alone.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::doctor::{doctor, files};
use crate::{arg, counterpoise, json_lines, root};

fn golden(name: &str) -> PathBuf {
    root().join("fixtures/golden/encoders").join(name)
}

/// A study on the miniature with one row, scored by a tiny BERT in a checkpoint of Detoxify's, and by a tiny RoBERTa.
fn study(more: &str) -> (TempDir, PathBuf) {
    let (bert, mini) = (golden("bert"), root().join("fixtures/mini"));
    let (bert, mini, roberta) = (bert.display(), mini.display(), golden("roberta"));
    let text = format!(
        r#"
probe = "{mini}/probe.safetensors"
prompts = "{mini}/prompts.jsonl"
[models]
base = "{mini}/base"
tuned = "{mini}/dpo"
[[scorer]]
name = "detoxify"
kind = "classifier"
model = "{bert}"
weights = "{bert}/toxic.ckpt"
{more}
[[scorer]]
name = "roberta"
kind = "classifier"
model = "{roberta}"
[[metric]]
kind = "toxicity"
scorer = "detoxify"
[[metric]]
kind = "toxicity"
name = "toxicity_roberta"
scorer = "roberta"
[[intervention]]
name = "base"
label = "None"
model = "base"
tables = [1]
kind = "none"
"#,
        roberta = roberta.display()
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn doctor_says_what_a_classifier_is_and_what_is_wrong_with_it() {
    let (_folder, path) = study("");
    let (code, report) = doctor(arg(&path));
    assert_eq!(code, Some(0), "{report}");
    let remarks: Vec<&str> = (files(&report))
        .filter(|file| file["role"].as_str().unwrap().starts_with("scorer"))
        .map(|file| file["remark"].as_str().unwrap())
        .collect();
    assert_eq!(remarks.len(), 3, "{report}");
    assert!(
        remarks[0].contains("labels toxic, severe_toxic"),
        "{report}"
    );
    assert!(
        remarks[2].contains("RobertaForSequenceClassification, 2 blocks"),
        "{report}"
    );
    assert!(remarks[2].contains("the softmax of `toxic`"), "{report}");
    let (_folder, path) = study("label = \"rude\"");
    let (code, report) = doctor(arg(&path));
    assert_eq!(code, Some(1));
    let wrong = files(&report)
        .find(|file| file["state"] == "wrong")
        .unwrap();
    let remark = wrong["remark"].as_str().unwrap();
    assert!(
        remark.contains("no output is labelled `rude`; the labels are toxic"),
        "{remark}"
    );
}

#[test]
fn a_run_has_the_scores_that_the_classifier_gives_alone_and_hashes_its_files() {
    let (folder, path) = study("");
    let out = folder.path().join("out");
    let args = [
        "replicate",
        "--device",
        "cpu",
        "--limit",
        "12",
        "--only",
        "tables",
        "--study",
        arg(&path),
    ];
    let output = counterpoise(&[&args[..], &["--out", arg(&out)]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let results: Value =
        serde_json::from_slice(&fs::read(out.join("results.json")).unwrap()).unwrap();
    let hashed = |role: &str| -> Vec<String> {
        let inputs = results["inputs"].as_array().unwrap().iter();
        let names = inputs.filter(|input| input["role"] == role).map(|input| {
            let path = PathBuf::from(input["path"].as_str().unwrap());
            path.file_name().unwrap().to_str().unwrap().to_owned()
        });
        names.collect()
    };
    for name in [
        "config.json",
        "tokenizer_config.json",
        "vocab.txt",
        "toxic.ckpt",
    ] {
        assert!(
            hashed("scorer detoxify").contains(&name.to_owned()),
            "{name}"
        );
    }
    for name in [
        "config.json",
        "merges.txt",
        "model.safetensors",
        "vocab.json",
    ] {
        assert!(
            hashed("scorer roberta").contains(&name.to_owned()),
            "{name}"
        );
    }
    let rows = json_lines(&out.join("generations/base.jsonl"));
    assert_eq!(rows.len(), 12);
    let texts: Vec<String> = (rows.iter())
        .map(|row| row["text"].as_str().unwrap().replace('\n', " "))
        .collect();
    let file = folder.path().join("texts.txt");
    fs::write(&file, texts.join("\n")).unwrap();
    for (family, column) in [("bert", "toxicity"), ("roberta", "toxicity_roberta")] {
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_counterpoise"));
        let example = program.parent().unwrap().join("examples/classify");
        let alone = Command::new(example)
            .args([arg(&golden(family)), arg(&file)])
            .output()
            .unwrap();
        let alone = String::from_utf8(alone.stdout).unwrap();
        assert_eq!(alone.lines().count(), 12, "{alone}");
        for (alone, row) in alone.lines().zip(&rows) {
            let apart = alone.parse::<f64>().unwrap() - row[column].as_f64().unwrap();
            assert!(apart.abs() < 2e-6, "{alone}, {row}");
        }
    }
}
