//! Several scorers at once, in a run and after it, and what `doctor` says of them.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use super::server::{Fault, toxicity};
use super::{KEY, NAMES, Setting, score, succeeded};
use crate::studies::{ROWS, read_json, study};
use crate::{arg, json_lines, mini, program};

/// The small study with `perspective` beside `lexical`.
fn two_scorers(setting: &Setting) -> PathBuf {
    let path = study(setting.folder.path(), ROWS);
    let text = fs::read_to_string(&path).unwrap();
    let scorer = fs::read_to_string(setting.scorer("")).unwrap();
    let metrics = "[[metric]]\nkind = \"toxicity\"\nscorer = \"lexical\"\n\n\
                   [[metric]]\nkind = \"toxicity\"\nname = \"toxicity_service\"\nscorer = \"perspective\"\n";
    let text = text.replacen(
        "[[metric]]\nkind = \"toxicity\"",
        &format!("{scorer}\n{metrics}#"),
        1,
    );
    fs::write(&path, text).unwrap();
    path
}

fn replicate(setting: &Setting) -> (PathBuf, Output) {
    let (study, out) = (two_scorers(setting), setting.folder.path().join("two"));
    let mut command = program();
    command.args(["replicate", "--study", arg(&study), "--out", arg(&out)]);
    command.args(["--device", "cpu", "--limit", "12", "--only", "tables"]);
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env("PERSPECTIVE_API_KEY", KEY);
    (out, command.output().unwrap())
}

/// Kendall's τ-b, pair by pair.
fn tau(pairs: &[(f64, f64)]) -> f64 {
    let (mut surplus, mut one, mut two) = (0.0, 0.0_f64, 0.0_f64);
    for (index, a) in pairs.iter().enumerate() {
        for b in &pairs[..index] {
            let sign = |d: f64| f64::from(i8::from(d > 0.0) - i8::from(d < 0.0));
            let (x, y) = (sign(a.0 - b.0), sign(a.1 - b.1));
            surplus += x * y;
            one += x * x;
            two += y * y;
        }
    }
    surplus / (one * two).sqrt()
}

#[test]
fn a_run_has_a_column_for_each_scorer_and_says_how_far_they_agree() {
    let setting = Setting::new();
    let (out, output) = replicate(&setting);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let results = read_json(out.join("results.json"));
    let mut pairs = Vec::new();
    for row in NAMES {
        for line in json_lines(&out.join(format!("generations/{row}.jsonl"))) {
            let text = line["text"].as_str().unwrap();
            assert_eq!(line["toxicity_service"].as_f64(), Some(toxicity(text)));
            let pair = (line["toxicity"].as_f64().unwrap(), toxicity(text));
            if !pairs.iter().any(|(known, _)| known == text) {
                pairs.push((text.to_owned(), pair));
            }
        }
    }
    let pairs: Vec<(f64, f64)> = pairs.into_iter().map(|(_, pair)| pair).collect();
    let agreement = &results["agreement"][0];
    assert_eq!(
        agreement["metrics"],
        serde_json::json!(["toxicity", "toxicity_service"])
    );
    assert_eq!(agreement["texts"]["n"], pairs.len());
    let found = agreement["texts"]["kendall"].as_f64().unwrap();
    assert!((found - tau(&pairs)).abs() < 1e-14, "{found}");
    let value = |row, metric| score(&results, row, metric)["value"].as_f64().unwrap();
    let rows = NAMES.map(|row| (value(row, "toxicity"), value(row, "toxicity_service")));
    assert_eq!(agreement["rows"]["n"], 4);
    let found = agreement["rows"]["kendall"].as_f64().unwrap();
    assert!((found - tau(&rows)).abs() < 1e-14, "{found}");

    let page = fs::read_to_string(out.join("agreement.md")).unwrap();
    assert!(page.contains("| toxicity | toxicity_service | "), "{page}");
    assert!(
        page.contains("- `toxicity_service`: scorer `perspective` (perspective"),
        "{page}"
    );
    let claims = fs::read_to_string(out.join("claims.md")).unwrap();
    assert!(claims.contains("; scored by `lexical` |"), "{claims}");
    let outputs = results["outputs"].as_array().unwrap();
    assert!(outputs.contains(&Value::from("agreement.md")));
    // The same by `score`, whose scorer is called after itself.
    setting.server.requests();
    setting.scored("");
    let later = &setting.results()["agreement"][0];
    assert_eq!(later["texts"], agreement["texts"]);
    assert_eq!(
        setting.server.requests().len(),
        0,
        "the cache has every text"
    );
}

#[test]
fn a_service_that_is_closed_costs_a_run_one_request_and_its_column_alone() {
    let setting = Setting::new();
    setting
        .server
        .always(Some(Fault::Status(410, String::new(), None)));
    let (out, output) = replicate(&setting);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(setting.server.requests().len(), 1);
    assert_eq!(stderr.matches("goes out of service").count(), 1, "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
    let results = read_json(out.join("results.json"));
    for row in NAMES {
        assert!(score(&results, row, "toxicity")["value"].is_f64());
        let lost = score(&results, row, "toxicity_service");
        assert_eq!(lost["value"], Value::Null);
        assert!(
            lost["missing"].as_str().unwrap().contains("is closed"),
            "{lost}"
        );
    }
    // It goes on from there when the service is back.
    setting.server.always(None);
    let (out, output) = replicate(&setting);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let results = read_json(out.join("results.json"));
    assert!(score(&results, "tuned", "toxicity_service")["value"].is_f64());
}

#[test]
fn every_scorer_of_a_file_is_used_and_one_of_the_study_may_be_again() {
    let setting = Setting::new();
    let path = setting.folder.path().join("both.toml");
    let file = |name: &str| {
        format!(
            "[[scorer]]\nname = \"{name}\"\nkind = \"lexical\"\nfile = '{}'\n",
            arg(&mini("scorer.json"))
        )
    };
    fs::write(&path, format!("{}{}", file("one"), file("two"))).unwrap();
    let told = succeeded(&setting.run(&["--scorer", arg(&path), "--json"]));
    let metrics = told["metrics"].as_array().unwrap();
    assert_eq!(metrics.len(), 2);
    let results = setting.results();
    for row in NAMES {
        for line in setting.generations(row) {
            assert_eq!(line["toxicity_one"], line["toxicity"]);
            assert_eq!(line["toxicity_two"], line["toxicity"]);
        }
        let [first, again] =
            ["toxicity", "toxicity_one"].map(|metric| score(&results, row, metric));
        assert_eq!(
            (&first["value"], &first["interval"]),
            (&again["value"], &again["interval"])
        );
    }
    assert_eq!(results["agreement"].as_array().unwrap().len(), 3);
    assert_eq!(results["agreement"][0]["texts"]["spearman"], 1.0);
}

#[test]
fn doctor_says_whether_a_scorer_can_score() {
    let setting = Setting::new();
    let study = two_scorers(&setting);
    let doctor = |key: Option<&str>| {
        let mut command = program();
        command.args(["doctor", "--study", arg(&study), "--json"]);
        match key {
            Some(key) => command.env("PERSPECTIVE_API_KEY", key),
            None => command.env_remove("PERSPECTIVE_API_KEY"),
        };
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut files = report["files"].as_array().unwrap().iter();
        let found = files
            .find(|file| file["role"] == "scorer perspective")
            .unwrap();
        let remark = found["remark"].as_str().unwrap().to_owned();
        assert!(!remark.contains("secret"), "{remark}");
        (found["state"].as_str().unwrap().to_owned(), remark)
    };
    let (state, remark) = doctor(None);
    assert_eq!(state, "wrong");
    assert!(
        remark.contains("neither an answer in the cache nor a key"),
        "{remark}"
    );
    let (state, remark) = doctor(Some(KEY));
    assert_eq!(
        (state.as_str(), remark.as_str()),
        ("found", "no answers yet; PERSPECTIVE_API_KEY is set")
    );
    setting.scored("");
    let (state, remark) = doctor(None);
    assert_eq!(state, "found");
    assert!(
        remark.contains("answers of 20") && remark.contains("is not set"),
        "{remark}"
    );
    fs::write(setting.cache(), "nonsense\n").unwrap();
    let (state, remark) = doctor(Some(KEY));
    assert_eq!(state, "wrong");
    assert!(
        remark.contains("expected an answer of the Perspective API"),
        "{remark}"
    );
    assert_eq!(setting.server.requests().len(), setting.texts().len());
}
