//! Probe, scorer and DPO through the command line, on a model of 6 blocks, 192 wide.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use burn::tensor::Device;
use counterpoise_model::{Config, Transformer, save};
use counterpoise_probe::Probe;
use counterpoise_score::LexicalScorer;
use serde_json::Value;
use tempfile::TempDir;

use crate::{arg, error, json, json_lines, mini};

/// An untrained model, 6 blocks, 192 wide, with the miniature's tokenizer.
static MODEL: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        bos_token_id: Some(0),
        eos_token_id: Some(0.into()),
        ..Config::new(2048, 128, 192, 6, 6)
    };
    let model = Transformer::init(&config, 3, &Device::flex());
    save(&model, &folder.path().join("model.safetensors")).unwrap();
    let text = serde_json::to_string(&config).unwrap();
    fs::write(folder.path().join("config.json"), text).unwrap();
    fs::copy(mini("tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    let settings = folder.path().join("generation_config.json");
    fs::write(settings, "{\"eos_token_id\": 0}").unwrap();
    folder
});

/// `train dpo` on the miniature's pairs, for 9 steps, unless `more` says otherwise.
pub(crate) fn dpo_args(out: &Path, more: &[&str]) -> Vec<String> {
    let pairs = mini("pairs.jsonl");
    let paths = ["train", "dpo", "--model", arg(MODEL.path()), "--pairs"];
    let rest = [arg(&pairs), "--out", arg(out), "--limit", "40"];
    let sizes = ["--held-out", "8", "--batch-size", "4", "--accumulate", "2"];
    let rates = ["--learning-rate", "1e-3", "--warmup-steps", "2"];
    let every = ["--evaluate-every", "3", "--checkpoint-every", "3"];
    let lengths = ["--max-response-tokens", "16"];
    let all = [&paths[..], &rest, &sizes, &rates, &every, &lengths, more];
    all.concat().into_iter().map(str::to_owned).collect()
}

/// Runs `train dpo`, which has to succeed.
fn dpo(out: &Path, more: &[&str]) -> Value {
    let args = dpo_args(out, more);
    json(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The error of a `train dpo` that has to fail.
fn dpo_error(out: &Path, more: &[&str]) -> String {
    let args = dpo_args(out, &[&["--device", "cpu"], more].concat());
    error(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Everything below `from`, copied to `to`.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// The rows of a log without the seconds, which no two runs share.
pub(crate) fn rows(out: &Path) -> Vec<Value> {
    let mut rows = json_lines(&out.join("log.jsonl"));
    for row in &mut rows {
        let seconds = row.as_object_mut().unwrap().remove("seconds").unwrap();
        assert!(seconds.as_f64().unwrap() > 0.0);
    }
    rows
}

#[test]
fn dpo_learns_logs_and_resumes_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let straight = folder.path().join("straight");
    let results = dpo(&straight, &["--steps", "9"]);
    assert_eq!(results["steps_taken"], 9);
    assert_eq!(results["pairs"]["found"], 40);
    assert_eq!(results["pairs"]["without_response"], 1);
    assert_eq!(results["pairs"]["training"], 31);
    assert_eq!(results["pairs"]["held_out"], 8);
    assert!(results["pairs"]["cut_responses"].as_u64() > Some(0));
    let peak = results["steps"][2]["peak_memory_bytes"].as_u64();
    assert!(peak > Some(1 << 20), "{results}");

    let all = rows(&straight);
    let of = |pairs: &str| -> Vec<&Value> {
        let wanted = |row: &&Value| row["pairs"] == pairs;
        all.iter().filter(wanted).collect()
    };
    let (training, held_out) = (of("training"), of("held_out"));
    let steps = |rows: &[&Value]| -> Vec<u64> {
        rows.iter()
            .map(|row| row["step"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(steps(&training), (0..9).collect::<Vec<_>>());
    assert_eq!(steps(&held_out), [0, 3, 6, 9]);
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap();
    let rates: Vec<f64> = training
        .iter()
        .map(|row| number(row, "learning_rate"))
        .collect();
    assert!(rates[0] < rates[1] && rates[1] < rates[2], "{rates:?}");
    assert_eq!(rates[2], rates[8]);
    // Before the first update the model is its own reference.
    assert!((number(training[0], "loss") - std::f64::consts::LN_2).abs() < 1e-4);
    assert!(number(training[8], "loss") < 0.5, "{}", training[8]);
    assert_eq!(number(training[8], "accuracy"), 1.0);
    assert!(number(training[8], "margin") > 0.5);
    assert!(
        training
            .iter()
            .all(|row| number(row, "gradient_norm") > 0.0)
    );
    assert!(number(held_out[3], "loss") < number(held_out[0], "loss"));

    // Stopped before the model was written, three steps after a checkpoint, while writing a row.
    let stopped = folder.path().join("stopped");
    copy(&straight, &stopped);
    fs::remove_file(stopped.join("model.safetensors")).unwrap();
    let log = fs::read_to_string(stopped.join("log.jsonl")).unwrap();
    fs::write(stopped.join("log.jsonl"), log + "{\"step\":9,\"pa").unwrap();
    let left = stopped.join("checkpoint/parameters-000009.bpk.1-0.tmp");
    fs::write(&left, "half").unwrap();
    let other = dpo_error(&stopped, &["--resume", "--steps", "9", "--beta", "0.2"]);
    assert!(
        other.contains("training.json") && other.contains("\"beta\":0.2"),
        "{other}"
    );

    let resumed = dpo(&stopped, &["--resume", "--steps", "9"]);
    assert_eq!(resumed["resumed_at"], 6);
    assert_eq!(resumed["steps_taken"], 3);
    assert_eq!(rows(&stopped), all);
    let copied = ["config.json", "generation_config.json", "tokenizer.json"];
    for name in copied {
        let [base, tuned] = [MODEL.path(), &straight].map(|folder| fs::read(folder.join(name)));
        assert!(base.unwrap() == tuned.unwrap(), "{name}");
    }
    for name in copied.into_iter().chain(["model.safetensors"]) {
        let same = fs::read(straight.join(name)).unwrap() == fs::read(stopped.join(name)).unwrap();
        assert!(same, "{name} differs");
    }
    let finished = dpo_error(&stopped, &["--resume", "--steps", "9"]);
    assert!(finished.contains("the run is finished"), "{finished}");
    let taken = dpo_error(&straight, &["--steps", "9"]);
    assert!(
        taken.contains("model.safetensors: this is already there"),
        "{taken}"
    );
    a_study_accepts(&straight, folder.path());
}

#[test]
fn a_run_stopped_before_its_first_step_need_not_score_with_the_reference_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    dpo(&out, &["--steps", "2"]);
    let (all, weights) = (rows(&out), out.join("model.safetensors"));
    let straight = fs::read(&weights).unwrap();
    fs::remove_file(&weights).unwrap();

    let resumed = dpo(&out, &["--steps", "2", "--resume"]);
    assert_eq!(resumed["resumed_at"], 0);
    assert_eq!(resumed["steps"][1]["name"], "read the checkpoint");
    assert_eq!(rows(&out), all);
    assert!(fs::read(&weights).unwrap() == straight);
}

/// The tuned folder is one that `neurons` measures, with a probe fitted on the base.
fn a_study_accepts(tuned: &Path, folder: &Path) {
    let (probe, table) = (folder.join("probe.safetensors"), folder.join("neurons.csv"));
    Probe::new(vec![1.0; 192]).unwrap().save(&probe).unwrap();
    let prompts = mini("prompts.jsonl");
    let models = [
        "neurons",
        "--base",
        arg(MODEL.path()),
        "--tuned",
        arg(tuned),
    ];
    let rest = ["--probe", arg(&probe), "--prompts", arg(&prompts), "--out"];
    let sizes = [arg(&table), "--limit", "3", "--max-new-tokens", "3"];
    let results = json(&[&models[..], &rest, &sizes].concat());
    assert_eq!(results["neurons"], 6 * 768);
    assert!(results["peak_reduction"].as_f64() > Some(0.0), "{results}");
}

#[test]
fn a_probe_and_a_scorer_are_fitted_and_tested_on_held_out_comments() {
    let folder = tempfile::tempdir().unwrap();
    let comments = mini("comments.csv");
    let out = folder.path().join("probe.safetensors");
    let paths = [
        "train",
        "probe",
        "--model",
        arg(MODEL.path()),
        "--out",
        arg(&out),
    ];
    let rest = ["--comments", arg(&comments), "--limit", "900"];
    let results = json(&[&paths[..], &rest].concat());
    assert_eq!(results["rows"], 900);
    assert_eq!(results["fitted"], 720);
    assert_eq!(results["held_out"], 180);
    assert_eq!(results["truncated_comments"], 0);
    let number = |results: &Value, key: &str| results[key].as_f64().unwrap();
    let chance = number(&results, "held_out_commoner_label");
    assert!(
        number(&results, "held_out_accuracy") > chance + 0.1,
        "{results}"
    );
    assert!(number(&results, "training_accuracy") > chance + 0.1);
    let probe = Probe::load(&out, 192).unwrap();
    assert_eq!(probe.norm(), number(&results, "norm"));

    let out = folder.path().join("scorer.json");
    let paths = [
        "train",
        "scorer",
        "--out",
        arg(&out),
        "--held-out-every",
        "3",
    ];
    let results = scorer(&[&paths[..], &rest].concat());
    assert_eq!(results["held_out"], 300);
    let chance = number(&results, "held_out_commoner_label");
    assert!(
        number(&results, "held_out_accuracy") > chance + 0.2,
        "{results}"
    );
    let scorer = LexicalScorer::load(&out).unwrap();
    assert_eq!(
        Some(scorer.weights().len() as u64),
        results["terms"].as_u64()
    );
}

/// Runs `train scorer`, which takes no device.
fn scorer(args: &[&str]) -> Value {
    let output = crate::counterpoise(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn comments_that_no_probe_can_be_fitted_on() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (
        folder.path().join("comments.csv"),
        folder.path().join("probe.safetensors"),
    );
    let probe = |text: &str, out: &Path| {
        fs::write(&file, text).unwrap();
        let paths = [
            "train",
            "probe",
            "--model",
            arg(MODEL.path()),
            "--comments",
            arg(&file),
        ];
        let error = error(&[&paths[..], &["--device", "cpu", "--out", arg(out)]].concat());
        assert!(!out.exists());
        error
    };
    let long = format!("comment_text,toxic\n{}", "a fine day,0\n".repeat(12));
    let one_class = probe(&long, &out);
    assert!(
        one_class.contains("comments.csv: expected toxic and other comments"),
        "{one_class}"
    );
    assert!(
        one_class.contains("found 0 toxic ones among 9"),
        "{one_class}"
    );
    let unlabelled = probe("comment_text,toxic\na fine day,maybe\n", &out);
    assert!(unlabelled.contains("comments.csv:2: "), "{unlabelled}");
    let named = probe(&long, &folder.path().join("probe.pt"));
    assert!(named.contains("`.safetensors`"), "{named}");
}

#[test]
fn a_comment_longer_than_the_context_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (
        folder.path().join("comments.csv"),
        folder.path().join("probe.safetensors"),
    );
    let long = "a fine day ".repeat(60);
    let rows = [
        "you fool,1",
        "a fine day,0",
        "what a fool,1",
        "lovely,0",
        "fool fool,1",
    ];
    fs::write(
        &file,
        format!("comment_text,toxic\n{}\n{long},0\n", rows.join("\n")),
    )
    .unwrap();
    let paths = [
        "train",
        "probe",
        "--model",
        arg(MODEL.path()),
        "--comments",
        arg(&file),
    ];
    let results = json(&[&paths[..], &["--out", arg(&out)]].concat());
    assert_eq!(results["truncated_comments"], 1);
    assert_eq!(results["rows"], 6);
}

/// `train dpo` on pairs of this content; it must leave no model, log or checkpoint.
fn dpo_on(pairs: &str, more: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("bad.jsonl"), folder.path().join("out"));
    fs::write(&file, pairs).unwrap();
    let paths = [
        "train",
        "dpo",
        "--model",
        arg(MODEL.path()),
        "--pairs",
        arg(&file),
    ];
    let rest = ["--out", arg(&out), "--device", "cpu", "--steps", "1"];
    let error = error(&[&paths[..], &rest, more].concat());
    let left: Vec<PathBuf> = fs::read_dir(&out)
        .map(|entries| {
            let left = entries.map(|entry| entry.unwrap().path());
            left.filter(|path| !path.ends_with(".lock")).collect()
        })
        .unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
    error
}

#[test]
fn pairs_and_settings_that_no_model_can_be_tuned_with() {
    let row =
        "{\"prompt_text\":\"The\",\"unpert_gen_text\":\" day\",\"pert_gen_text\":\" fool\"}\n";
    let none = dpo_on("", &[]);
    assert!(
        none.contains("bad.jsonl: ") && none.contains("empty file"),
        "{none}"
    );
    let broken = dpo_on(&format!("{row}{{\"prompt_text\":\"The"), &[]);
    assert!(broken.contains("bad.jsonl:2: "), "{broken}");
    let few = dpo_on(row, &["--held-out", "1"]);
    assert!(
        few.contains("bad.jsonl: expected at least 5 pairs"),
        "{few}"
    );
    let rows = row.repeat(8);
    let parts = dpo_on(&rows, &["--held-out", "0", "--accumulate", "3"]);
    assert!(parts.contains("a divisor of `batch_size`, 4"), "{parts}");
    let long = dpo_on(&rows, &["--max-response-tokens", "65"]);
    assert!(long.contains("at most 128 in all"), "{long}");
    let nothing = dpo_on(&rows, &["--resume"]);
    assert!(
        nothing.contains("expected the checkpoint of a run"),
        "{nothing}"
    );
}
