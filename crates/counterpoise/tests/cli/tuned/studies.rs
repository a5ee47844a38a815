//! Studies on the model that they make.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::studies::read_json;
use crate::{arg, counterpoise, error, mini, program};

use super::{
    COMMENTS, DPO, PAIRS, made, make, make_error, output, stderr, study_of, tables, usual,
};

/// `command` of the study on 6 prompts.
fn args<'a>(command: &'a str, study: &'a Path, out: &'a Path) -> Vec<&'a str> {
    let paths = [command, "--study", arg(study), "--out", arg(out)];
    [&paths[..], &["--device", "cpu", "--limit", "6"]].concat()
}

#[test]
fn shares_take_a_model_that_is_made_and_say_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (usual(folder.path()), folder.path().join("out"));
    for (command, more) in [
        ("replicate", &["--shard", "0/2", "--stage", "measure"][..]),
        ("merge", &[]),
        ("submit", &["--engine", "local", "--workers", "2"]),
    ] {
        let unmade = error(&[&args(command, &study, &out)[..], more].concat());
        let expected = "which is not made there; `counterpoise make tuned --study";
        assert!(unmade.contains(expected), "{command}: {unmade}");
    }
}

#[test]
fn a_study_runs_on_the_model_it_makes_and_records_what_it_is_made_from() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (usual(folder.path()), folder.path().join("out"));
    let ran = counterpoise(&args("replicate", &study, &out));
    assert!(ran.status.success(), "{}", stderr(&ran));
    assert_eq!(made(&ran), ["attribute", "pairs", "dpo"]);
    let results = read_json(out.join("results.json"));
    check_record(&results);
    check_figures(&results, &out);

    // The same rows as those of a study that names the model.
    let named = fs::read_to_string(&study).unwrap();
    let (named, _) = named.split_once("[tuned]").unwrap();
    let model = out.join(results["tuned_from"]["model"].as_str().unwrap());
    let models = format!("[models]\ntuned = '{}'\n", model.display());
    let path = folder.path().join("named.toml");
    fs::write(&path, named.replace("[models]\n", &models)).unwrap();
    let beside = folder.path().join("named");
    for (study, out) in [(&path, &beside), (&study, &out)] {
        let quiet = [&args("replicate", study, out)[..], &["--quiet"]].concat();
        assert_eq!(stderr(&counterpoise(&quiet)), "");
        let rows = &read_json(out.join("results.json"))["rows"];
        assert_eq!(*rows, results["rows"]);
    }
}

/// Each step's output is what the next one read, and the last is the tuned model of the run.
fn check_record(results: &Value) {
    let from = &results["tuned_from"];
    assert_eq!(from["from"], "dpo");
    let steps = from["steps"].as_array().unwrap();
    let names: Vec<&Value> = steps.iter().map(|step| &step["step"]).collect();
    assert_eq!(names, ["attribute", "pairs", "dpo"]);
    assert_eq!(steps[2]["settings"]["dpo"]["learning_rate"], 1e-4);
    let hash = |file: &Value| file["sha256"].as_str().unwrap().to_owned();
    let of_role = |inputs: &Value, role: &str| -> Vec<Value> {
        let inputs = inputs.as_array().unwrap().iter();
        inputs
            .filter(|input| input["role"] == role)
            .cloned()
            .collect()
    };
    for (step, role) in [(1, "head"), (2, "pairs")] {
        let read = of_role(&steps[step]["inputs"], role);
        assert_eq!(hash(&read[0]), hash(&steps[step - 1]["output"]));
    }
    let tuned = of_role(&results["inputs"], "tuned model");
    let hashes: Vec<String> = tuned.iter().map(hash).collect();
    assert!(hashes.contains(&hash(&steps[2]["output"])), "{hashes:?}");
    assert_eq!(of_role(&results["inputs"], "tuned from dpo").len(), 2);
}

/// How the model was made is drawn, beside the log and in the report.
fn check_figures(results: &Value, out: &Path) {
    let model = out.join(results["tuned_from"]["model"].as_str().unwrap());
    for measure in ["loss", "accuracy", "margin"] {
        for end in ["svg", "png"] {
            let name = format!("tuning_{measure}.{end}");
            let drawn = fs::read(model.join(&name)).unwrap();
            let shown = fs::read(out.join("figures").join(&name)).unwrap();
            assert!(drawn == shown, "{name}");
        }
    }
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("DPO: margin on training and held-out pairs"));
    let log = crate::training::rows(&model);
    let held_out = log.iter().filter(|row| row["pairs"] == "held_out");
    assert_eq!((log.len(), held_out.count()), (5, 3));
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

    // A head that is ready gives the pairs that it gave where it was made.
    let (whole, _) = make(&usual(folder.path()), &out);
    let head = output(&whole, &out, 0);
    let text = mini("text.txt");
    let ready = format!(
        "[tuned]\nfrom = \"dpo\"\n[tuned.pairs]\nfrom = '{}'\nhead = '{}'\n{PAIRS}[tuned.dpo]\n{DPO}",
        text.display(),
        head.display()
    );
    let beside = folder.path().join("beside");
    let (record, made) = make(&study_of(folder.path(), &ready), &beside);
    assert_eq!(made, ["pairs", "dpo"]);
    for step in 0..2 {
        let (found, expected) = (&record["steps"][step], &whole["steps"][step + 1]);
        assert_eq!(found["output"], expected["output"]);
    }
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
