//! Studies on the model that they make.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::studies::read_json;
use crate::{arg, counterpoise, error, mini, program};

use super::{COMMENTS, DPO, PAIRS, made, make, make_error, stderr, study_of, tables, usual};

#[test]
fn a_study_runs_on_the_model_it_makes_and_records_what_it_is_made_from() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (usual(folder.path()), folder.path().join("out"));
    // Whoever takes shares finds the model made, and says how to make it.
    let args = [
        "replicate",
        "--study",
        arg(&study),
        "--out",
        arg(&out),
        "--device",
        "cpu",
        "--limit",
        "6",
    ];
    for more in [&["--shard", "0/2", "--stage", "measure"][..], &[]] {
        let args = match more.is_empty() {
            false => [&args[..], more].concat(),
            true => [&["merge"], &args[1..]].concat(),
        };
        let unmade = error(&args);
        assert!(
            unmade.contains("`counterpoise make tuned --study"),
            "{unmade}"
        );
    }
    let submit = [
        &["submit"],
        &args[1..],
        &["--engine", "local", "--workers", "2"],
    ]
    .concat();
    let unmade = error(&submit);
    assert!(
        unmade.contains("`counterpoise make tuned --study"),
        "{unmade}"
    );

    let ran = counterpoise(&args);
    assert!(ran.status.success(), "{}", stderr(&ran));
    assert_eq!(made(&ran), ["attribute", "pairs", "dpo"]);
    let results = read_json(out.join("results.json"));
    let from = &results["tuned_from"];
    assert_eq!(from["from"], "dpo");
    let steps: Vec<&Value> = from["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["step"])
        .collect();
    assert_eq!(steps, ["attribute", "pairs", "dpo"]);
    assert_eq!(from["steps"][2]["settings"]["dpo"]["learning_rate"], 1e-4);
    // Each step's output is what the next one read, and the last is the tuned model of the run.
    let hash = |file: &Value| file["sha256"].as_str().unwrap().to_owned();
    let read = |step: &Value, role: &str| {
        let inputs = step["inputs"].as_array().unwrap();
        hash(inputs.iter().find(|input| input["role"] == role).unwrap())
    };
    assert_eq!(
        read(&from["steps"][1], "head"),
        hash(&from["steps"][0]["output"])
    );
    assert_eq!(
        read(&from["steps"][2], "pairs"),
        hash(&from["steps"][1]["output"])
    );
    let inputs = results["inputs"].as_array().unwrap();
    let tuned = |input: &&Value| {
        input["role"] == "tuned model"
            && input["path"]
                .as_str()
                .unwrap()
                .ends_with("model.safetensors")
    };
    assert_eq!(
        hash(inputs.iter().find(tuned).unwrap()),
        hash(&from["steps"][2]["output"])
    );
    assert_eq!(
        inputs
            .iter()
            .filter(|input| input["role"] == "tuned from dpo")
            .count(),
        2
    );

    // How the model was made is drawn, beside the log and in the report.
    let model = out.join(from["model"].as_str().unwrap());
    for measure in ["loss", "accuracy", "margin"] {
        for end in ["svg", "png"] {
            let name = format!("tuning_{measure}.{end}");
            let drawn = fs::read(model.join(&name)).unwrap();
            assert!(
                drawn == fs::read(out.join("figures").join(&name)).unwrap(),
                "{name}"
            );
        }
    }
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("DPO: margin on training and held-out pairs"));
    let (log, settings) = (crate::training::rows(&model), &from["steps"][2]["settings"]);
    let held_out: Vec<&Value> = log
        .iter()
        .filter(|row| row["pairs"] == "held_out")
        .collect();
    assert_eq!((log.len(), held_out.len()), (5, 3), "{settings}");

    // The same rows as those of a study that names the model.
    let named = fs::read_to_string(&study).unwrap();
    let (named, _) = named.split_once("[tuned]").unwrap();
    let named = named.replace(
        "[models]\n",
        &format!("[models]\ntuned = '{}'\n", model.display()),
    );
    let path = folder.path().join("named.toml");
    fs::write(&path, named).unwrap();
    let beside = folder.path().join("named");
    let named = [
        "replicate",
        "--study",
        arg(&path),
        "--out",
        arg(&beside),
        "--device",
        "cpu",
        "--limit",
        "6",
        "--quiet",
    ];
    let ran = counterpoise(&named);
    assert_eq!(stderr(&ran), "");
    assert_eq!(
        read_json(beside.join("results.json"))["rows"],
        results["rows"]
    );
    let again = counterpoise(&[&args[..], &["--quiet"]].concat());
    assert_eq!(stderr(&again), "");
}

#[test]
fn ready_pairs_and_a_ready_head_take_the_place_of_what_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let ready = format!(
        "[tuned]\nfrom = \"dpo\"\n[tuned.pairs]\nfile = '{}'\n[tuned.dpo]\n{DPO}limit = 12\n",
        mini("pairs.jsonl").display()
    );
    let study = study_of(folder.path(), &ready);
    let (record, made) = make(&study, &out);
    assert_eq!(made, ["dpo"]);
    assert_eq!(record["steps"].as_array().unwrap().len(), 1);
    let too_few = study_of(folder.path(), &ready.replace("limit = 12", "limit = 3"));
    let refused = make_error(&too_few, &out);
    assert!(
        refused.contains("pairs.jsonl: expected at least 4 pairs"),
        "{refused}"
    );
}

#[test]
fn doctor_says_what_a_tuned_model_is_made_from_and_whether_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("studies")).unwrap();
    let study = usual(&folder.path().join("studies"));
    let doctor = |study: &Path| {
        let mut command = program();
        let command = command
            .current_dir(folder.path())
            .args(["doctor", "--study", arg(study)]);
        let output = command.output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (passes, report) = doctor(&study);
    assert!(
        passes && report.contains("not made; `make tuned`"),
        "{report}"
    );
    assert!(
        report.contains(" comments") && report.contains("tuned from dpo"),
        "{report}"
    );
    make(&study, &folder.path().join("out/small"));
    let (passes, report) = doctor(&study);
    assert!(passes && report.contains("model.safetensors"), "{report}");
    assert!(!report.contains("not made"), "{report}");
    let missing = tables(&folder.path().join("none.csv"), [COMMENTS, PAIRS, DPO]);
    let (passes, report) = doctor(&study_of(&folder.path().join("studies"), &missing));
    assert!(!passes && report.contains("none.csv"), "{report}");
}
