//! Whole runs of small studies.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{arg, counterpoise, error, json_lines, mini, root};

/// Writes the miniature's study with a short text and `interventions` alone.
pub(crate) fn study(folder: &Path, interventions: &str) -> PathBuf {
    let text: String = fs::read_to_string(mini("text.txt")).unwrap();
    let short: String = text.chars().take(2000).collect();
    fs::write(folder.join("short.txt"), short).unwrap();
    let full = fs::read_to_string(root().join("studies/mini.toml")).unwrap();
    let (head, _) = full.split_once("[[intervention]]").unwrap();
    let head = head
        .replace("../fixtures/mini/text.txt", arg(&folder.join("short.txt")))
        .replace("../fixtures/mini/", arg(&mini("")))
        .replace("\"ablate-top-200\"", "\"ablate\"");
    let path = folder.join("small.toml");
    fs::write(&path, head + interventions).unwrap();
    path
}

pub(crate) const ROWS: &str = r#"
[[intervention]]
name = "base"
label = "None"
model = "base"
tables = [1, 2]
kind = "none"

[[intervention]]
name = "ablate"
label = "Ablate top 1000"
model = "base"
tables = [1]
kind = "ablate"
neurons = { published_top = 1000 }

[[intervention]]
name = "patch"
label = "Patch TP−"
model = "base"
tables = [1, 2]
kind = "patch"
neurons = { groups = ["TP-"] }

[[intervention]]
name = "tuned"
label = "None"
model = "tuned"
tables = [1, 2]
kind = "none"
"#;

pub(crate) fn read_json(path: PathBuf) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".lock")
        .collect();
    names.sort();
    names
}

/// The value of a metric in a row of tables.json.
fn score<'r>(row: &'r Value, metric: &str) -> &'r Value {
    let mut scores = row["scores"].as_array().unwrap().iter();
    &scores.find(|score| score["metric"] == metric).unwrap()["value"]
}

pub fn replicate(study: &Path, out: &Path, more: &[&str]) {
    let paths = ["replicate", "--study", arg(study), "--out", arg(out)];
    let output = counterpoise(&[&paths[..], &["--device", "cpu", "--limit", "6"], more].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

#[test]
fn a_study_leaves_everything_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (study(folder.path(), ROWS), folder.path().join("out"));
    replicate(&study, &out, &[]);
    let expected = [
        "claims.md",
        "components.md",
        "figures",
        "generations",
        "items.jsonl",
        "neuron_tokens.parquet",
        "neurons.csv",
        "neurons.parquet",
        "nulls.md",
        "report.html",
        "results.json",
        "table1.md",
        "table2.md",
        "tables.csv",
        "tables.json",
        "vocabulary.md",
    ];
    assert_eq!(files(&out), expected);
    assert_eq!(files(&out.join("figures")).len(), 22);
    let generations = ["ablate.jsonl", "base.jsonl", "patch.jsonl", "tuned.jsonl"];
    assert_eq!(files(&out.join("generations")), generations);
    let rows = json_lines(&out.join("generations/patch.jsonl"));
    assert_eq!(rows.len(), 6);
    crate::python::run_the_lines_of_the_docs(crate::python::Part::Study, &out);
    assert!(rows.iter().all(|row| row["toxicity"].is_f64()), "{rows:?}");

    let tables = read_json(out.join("tables.json"));
    let tables = tables.as_array().unwrap();
    assert_eq!(tables.len(), 4 + 3);
    assert!(
        tables
            .iter()
            .all(|row| score(row, "toxicity").is_f64() && score(row, "f1").is_f64())
    );
    let patched: Vec<_> = tables
        .iter()
        .filter(|row| row["intervention"] == "Patch TP−")
        .collect();
    assert!(
        patched
            .iter()
            .all(|row| score(row, "perplexity_first_position").is_f64())
    );
    let perplexity = |row: &Value| score(row, "perplexity").clone();
    assert_eq!(perplexity(patched[0]), perplexity(patched[1]));

    let run = read_json(out.join("results.json"));
    assert_eq!(run["prompts"]["used"], 6);
    assert_eq!(run["failures"], Value::Array(Vec::new()));
    let roles = run["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| &input["role"]);
    assert!(roles.clone().any(|role| role == "tuned model"));
    let hash = |input: &Value| input["sha256"].as_str().map(str::len) == Some(64);
    assert!(run["inputs"].as_array().unwrap().iter().all(hash));
    for model in ["base", "tuned"] {
        let identity = &run["models"][model]["layer_identity"];
        assert!(
            identity["relative_difference"].as_f64().unwrap() < 1e-4,
            "{identity}"
        );
    }
    let claims = fs::read_to_string(out.join("claims.md")).unwrap();
    assert!(claims.contains("| not measured |"), "{claims}");

    // Nothing is published of its model, and nothing is taken for it.
    let unpublished = error(&["verify", "--run", arg(&out)]);
    assert!(
        unpublished.contains("nothing is published"),
        "{unpublished}"
    );
    // It is no run of the published study: that is said figure by figure, in one error at the end.
    let published = root().join("studies/published/gpt2-medium.toml");
    let verify = ["verify", "--run", arg(&out), "--published", arg(&published)];
    let verified = counterpoise(&verify);
    let stderr = String::from_utf8(verified.stderr).unwrap();
    assert_eq!(verified.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.starts_with("error: ") && stderr.lines().count() == 1,
        "{stderr}"
    );
    let report = fs::read(out.join("verify.md")).unwrap();
    assert!(report == verified.stdout);
    let report = String::from_utf8(report).unwrap();
    for line in [
        "| MLP neurons | 98,304 | 2,048 | -96256 | exact | **outside** |",
        "| challenge prompts used | 1,199 | 6 | -1193 | exact | **outside** |",
    ] {
        assert!(report.contains(line), "{report}");
    }
    assert!(
        report.contains("]: the run's study has no such row\n"),
        "{report}"
    );
}

#[test]
fn a_run_repeats_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    replicate(&study, &first, &[]);
    replicate(&study, &second, &[]);
    assert_same_bytes(&first, &second);
}

/// Two runs left the same files, but for what they cost and when they ended.
#[track_caller]
fn assert_same_bytes(first: &Path, second: &Path) {
    for folder in ["", "generations", "figures"] {
        let [one, two] = [first, second].map(|out| out.join(folder));
        assert_eq!(files(&one), files(&two));
        for name in files(&one) {
            let [one, two] = [&one, &two].map(|folder| folder.join(&name));
            if one.is_file() && name != "results.json" {
                assert!(fs::read(one).unwrap() == fs::read(two).unwrap(), "{name}");
            }
        }
    }
}

/// A run that ends before its last row: a folder stands where that row's generations belong.
pub fn interrupted(study: &Path, out: &Path, limit: &str) {
    let obstacle = out.join("generations/patch.jsonl");
    fs::create_dir_all(&obstacle).unwrap();
    let paths = ["replicate", "--study", arg(study), "--out", arg(out)];
    let output = counterpoise(&[&paths[..], &["--device", "cpu", "--limit", limit]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(!out.join("results.json").exists());
    assert!(out.join("unfinished/row-ablate.json").is_file());
    fs::remove_dir(&obstacle).unwrap();
}

#[test]
fn a_run_that_was_interrupted_goes_on_and_ends_in_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let [whole, out] = ["whole", "interrupted"].map(|name| folder.path().join(name));
    replicate(&study, &whole, &[]);
    interrupted(&study, &out, "6");
    replicate(&study, &out, &[]);
    let record = read_json(out.join("results.json"));
    let resumed = [
        "measured-base",
        "directions-base",
        "vocabulary",
        "neuron-tokens",
        "measured-tuned",
        "directions-tuned",
        "forced-text",
        "intervals",
        "labels",
        "directions",
        "row-tuned",
        "row-base",
        "row-ablate",
    ];
    assert_eq!(record["resumed"], serde_json::json!(resumed));
    let at_once = read_json(whole.join("results.json"));
    assert_eq!(at_once["resumed"], serde_json::json!([]));
    let found = ["rows", "models", "groups", "outputs"];
    for same in found
        .into_iter()
        .chain(["uncertainty", "nulls", "shrinkage"])
        .chain(["components", "vocabulary"])
    {
        assert_eq!(record[same], at_once[same], "{same}");
    }
    assert_same_bytes(&whole, &out);
}

#[test]
fn what_another_run_had_finished_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let out = folder.path().join("out");
    interrupted(&study, &out, "5");
    replicate(&study, &out, &[]);
    let record = read_json(out.join("results.json"));
    assert_eq!(record["resumed"], serde_json::json!([]));
    assert_eq!(record["prompts"]["used"], 6);
    assert!(!out.join("unfinished").exists());
}

#[test]
fn parts_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let neurons = folder.path().join("neurons");
    replicate(&study, &neurons, &["--only", "neurons"]);
    let tables = [
        "neuron_tokens.parquet",
        "neurons.csv",
        "neurons.parquet",
        "nulls.md",
        "results.json",
    ];
    let [first, last] = ["components.md", "vocabulary.md"];
    assert_eq!(files(&neurons), [&[first], &tables[..], &[last]].concat());
    let figures = folder.path().join("figures");
    replicate(&study, &figures, &["--only", "figures"]);
    let mut all = [&[first, "figures"], &tables[..], &[last]].concat();
    all.insert(all.len() - 2, "report.html");
    assert_eq!(files(&figures), all);
    assert_eq!(files(&figures.join("figures")).len(), 22);
}

#[test]
fn a_row_that_fails_is_missing_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let overflowing = "\n[[intervention]]\nname = \"overflow\"\nlabel = \"Scale keys beyond all bounds\"\n\
                       model = \"tuned\"\ntables = [1]\nkind = \"scale_keys\"\n\
                       neurons = { published_top = 1000 }\nfactor = 3e38\n";
    let study = study(folder.path(), &format!("{ROWS}{overflowing}"));
    let out = folder.path().join("out");
    let paths = ["replicate", "--study", arg(&study), "--out", arg(&out)];
    let more = ["--only", "tables", "--limit", "3", "--device", "cpu"];
    let output = counterpoise(&[&paths[..], &more].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("error: 1 of the study's results are missing: row `overflow`"),
        "{stderr}"
    );
    assert!(!stderr.contains("panicked"), "{stderr}");
    let tables = read_json(out.join("tables.json"));
    let rows = tables.as_array().unwrap();
    let failed = rows
        .iter()
        .find(|row| row["intervention"] == "Scale keys beyond all bounds");
    assert_eq!(*score(failed.unwrap(), "toxicity"), Value::Null);
    let whole = rows.iter().filter(|row| score(row, "toxicity").is_f64());
    assert_eq!(whole.count(), rows.len() - 1);
    let table = fs::read_to_string(out.join("table1.md")).unwrap();
    assert!(table.contains("—[^1]"), "{table}");
    let run = read_json(out.join("results.json"));
    assert_eq!(run["failures"].as_array().map(Vec::len), Some(1));
    // What was not drawn can be drawn later.
    assert!(!out.join("figures").exists());
    let rendered = counterpoise(&["render", "--run", arg(&out)]);
    assert!(rendered.status.success(), "{rendered:?}");
    assert_eq!(files(&out.join("figures")).len(), 22);
}

#[test]
fn models_with_different_tokenizers_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let tuned = folder.path().join("tuned");
    fs::create_dir(&tuned).unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(mini("dpo").join(name), tuned.join(name)).unwrap();
    }
    let tokenizer = fs::read_to_string(mini("base").join("tokenizer.json")).unwrap();
    let other = tokenizer.replacen("\"add_prefix_space\":false", "\"add_prefix_space\":true", 2);
    assert_ne!(other, tokenizer);
    fs::write(tuned.join("tokenizer.json"), other).unwrap();
    fs::write(
        tuned.join("tokenizer_config.json"),
        r#"{"add_prefix_space": true}"#,
    )
    .unwrap();
    let study = study(folder.path(), ROWS);
    let text = fs::read_to_string(&study).unwrap();
    fs::write(&study, text.replace(arg(&mini("dpo")), arg(&tuned))).unwrap();
    let out = folder.path().join("out");
    let error = error(&["replicate", "--study", arg(&study), "--out", arg(&out)]);
    assert!(error.contains("is not that of the base model"), "{error}");
    assert!(error.contains("its `pre_tokenizer` is"), "{error}");
}
