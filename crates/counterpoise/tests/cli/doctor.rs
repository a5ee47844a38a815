//! `doctor`: found, missing and wrong, without loading a weight.

use std::fs;
use std::path::{Path, PathBuf};

use counterpoise_probe::Probe;
use serde_json::Value;

use crate::texts::parquet;
use crate::{arg, counterpoise, mini, root};

/// A copy of the miniature's files, and its study on them.
pub(crate) struct Copy {
    folder: tempfile::TempDir,
    pub(crate) study: PathBuf,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for model in ["base", "dpo"] {
            fs::create_dir(folder.path().join(model)).unwrap();
            for name in ["config.json", "tokenizer.json", "model.safetensors"] {
                copy(&Path::new(model).join(name), folder.path());
            }
        }
        for name in [
            "probe.safetensors",
            "prompts.jsonl",
            "text.txt",
            "wiki.jsonl",
            "scorer.json",
        ] {
            copy(Path::new(name), folder.path());
        }
        let study = fs::read_to_string(root().join("studies/mini.toml")).unwrap();
        let study = study.replace("../fixtures/mini", arg(folder.path()));
        let path = folder.path().join("study.toml");
        fs::write(&path, study).unwrap();
        Self {
            folder,
            study: path,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The study with one text replaced.
    fn edit(&self, from: &str, to: &str) {
        let study = fs::read_to_string(&self.study).unwrap();
        assert!(study.contains(from), "{from}");
        fs::write(&self.study, study.replace(from, to)).unwrap();
    }

    /// The state and the remark of the file `name`, of a study with just this one not found.
    #[track_caller]
    fn only(&self, name: &str) -> (String, String) {
        let (code, report) = doctor(arg(&self.study));
        assert_eq!(code, Some(1));
        let not_found: Vec<&Value> = files(&report)
            .filter(|file| file["state"] != "found")
            .collect();
        let [file] = not_found[..] else {
            panic!("{not_found:?}");
        };
        assert_eq!(file["path"].as_str(), Some(arg(&self.path(name))));
        let remark = file["remark"].as_str().unwrap();
        assert!(!remark.contains('\n'), "{remark}");
        (
            file["state"].as_str().unwrap().to_owned(),
            remark.to_owned(),
        )
    }

    /// The remark of the file `name`, which alone is wrong.
    #[track_caller]
    pub(crate) fn wrong(&self, name: &str) -> String {
        let (state, remark) = self.only(name);
        assert_eq!(state, "wrong", "{remark}");
        remark
    }
}

fn copy(name: &Path, to: &Path) {
    fs::copy(mini("").join(name), to.join(name)).unwrap();
}

/// The exit code and the JSON of `doctor --study STUDY --json`.
pub(crate) fn doctor(study: &str) -> (Option<i32>, Value) {
    let output = counterpoise(&["doctor", "--study", study, "--json"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}{stderr}");
    (output.status.code(), serde_json::from_str(&stdout).unwrap())
}

pub(crate) fn files(report: &Value) -> impl Iterator<Item = &Value> {
    report["files"].as_array().unwrap().iter()
}

#[test]
fn the_miniature_has_everything() {
    let (code, report) = doctor("mini");
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["found"], 11);
    assert_eq!(
        (&report["missing"], &report["wrong"]),
        (&Value::from(0), &Value::from(0))
    );
    for file in files(&report) {
        let size = fs::metadata(root().join(file["path"].as_str().unwrap()))
            .unwrap()
            .len();
        assert_eq!(file["bytes"].as_u64(), Some(size), "{file}");
    }
    let output = counterpoise(&["doctor"]);
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
    let table = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 1 + 11 + 2, "{table}");
    let files = &lines[1..12];
    assert!(
        files.iter().all(|line| line.starts_with("found ")),
        "{table}"
    );
    assert!(lines[13].contains("billion parameters"), "{table}");
}

#[test]
fn every_missing_file_of_the_published_study_says_where_it_comes_from() {
    let (code, report) = doctor("gpt2-medium");
    let origins = [
        ("base model", "counterpoise fetch gpt2-medium"),
        (
            "tuned model",
            "counterpoise train dpo --model data/gpt2-medium/base",
        ),
        (
            "probe",
            "counterpoise train probe --model data/gpt2-medium/base",
        ),
        ("prompts", "counterpoise fetch gpt2-medium"),
        ("metric perplexity", "counterpoise fetch gpt2-medium"),
        ("metric f1", "github.com/ajyl/dpo_toxic"),
        ("scorer detoxify", "counterpoise fetch classifiers"),
        ("scorer s-nlp", "counterpoise fetch classifiers"),
    ];
    assert!(files(&report).count() >= 9, "{report}");
    let mut missing = 0;
    // Somebody may have fetched the files: those are not missing.
    for file in files(&report) {
        let is_there = root().join(file["path"].as_str().unwrap()).exists();
        assert_eq!(file["state"] != "missing", is_there, "{file}");
        if !is_there {
            let (_, origin) = origins
                .iter()
                .find(|(role, _)| file["role"] == *role)
                .unwrap();
            assert!(file["remark"].as_str().unwrap().contains(origin), "{file}");
            assert_eq!(file["bytes"], Value::Null);
            missing += 1;
        }
    }
    assert_eq!(report["missing"], missing);
    assert_eq!(code == Some(1), missing > 0 || report["wrong"] != 0);
}

#[test]
fn a_missing_file_of_a_study_of_your_own() {
    let copy = Copy::new();
    fs::remove_file(copy.path("prompts.jsonl")).unwrap();
    let (state, remark) = copy.only("prompts.jsonl");
    assert_eq!(state, "missing");
    assert!(remark.contains("name another in the study"), "{remark}");
    let output = counterpoise(&["doctor", "--study", arg(&copy.study)]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("of 11 files 10 found, 1 missing, 0 wrong"),
        "{stderr}"
    );
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("missing  prompts ")),
        "{table}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_into_a_cache_that_is_gone() {
    let copy = Copy::new();
    fs::remove_file(copy.path("text.txt")).unwrap();
    std::os::unix::fs::symlink("/nowhere/text.txt", copy.path("text.txt")).unwrap();
    let (state, remark) = copy.only("text.txt");
    assert_eq!(state, "missing");
    assert!(remark.contains("a link that leads nowhere"), "{remark}");
}

#[test]
fn a_tuned_model_in_one_file_and_a_text_in_parquet_are_found() {
    let copy = Copy::new();
    let tuned = arg(copy.folder.path()).to_owned() + "/dpo";
    copy.edit(
        &format!("\"{tuned}\""),
        &format!("\"{tuned}/model.safetensors\""),
    );
    copy.edit("/text.txt", "/text.parquet");
    fs::write(copy.path("text.parquet"), parquet("Some.\n\nMore.")).unwrap();
    let (code, report) = doctor(arg(&copy.study));
    assert_eq!(
        (code, &report["found"]),
        (Some(0), &Value::from(9)),
        "{report}"
    );
    let text = files(&report)
        .find(|file| file["role"] == "metric perplexity")
        .unwrap();
    assert_eq!(text["remark"], "12 characters");
    fs::remove_dir_all(copy.path("dpo")).unwrap();
    assert_eq!(copy.only("dpo/model.safetensors").0, "missing");
}

#[test]
fn a_config_that_is_none() {
    let copy = Copy::new();
    fs::write(copy.path("dpo/config.json"), "{\"n_embd\": ").unwrap();
    let remark = copy.wrong("dpo/config.json");
    assert!(
        remark.contains("expected the configuration of a model"),
        "{remark}"
    );
    // What can only be checked beside the base model's configuration is not called wrong.
    let copy = Copy::new();
    fs::write(copy.path("base/config.json"), "{}").unwrap();
    let remark = copy.wrong("base/config.json");
    assert!(remark.contains("missing"), "{remark}");
    let (_, report) = doctor(arg(&copy.study));
    let unchecked = files(&report).filter(|file| {
        let remark = file["remark"].as_str().unwrap();
        remark.contains("not checked")
    });
    let roles: Vec<_> = unchecked
        .map(|file| file["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["base model", "probe"]);
}

#[test]
fn weights_of_another_model() {
    let copy = Copy::new();
    let config = fs::read_to_string(copy.path("base/config.json")).unwrap();
    let more = config.replace("\"n_positions\": ", "\"n_positions\": 1");
    assert_ne!(more, config);
    for model in ["base", "dpo"] {
        fs::write(copy.path(model).join("config.json"), &more).unwrap();
    }
    let (_, report) = doctor(arg(&copy.study));
    let wrong: Vec<_> = files(&report)
        .filter(|file| file["state"] == "wrong")
        .collect();
    assert_eq!(wrong.len(), 2, "{report}");
    for file in wrong {
        let remark = file["remark"].as_str().unwrap();
        assert!(remark.contains("wrong shape: wpe.weight is ["), "{remark}");
    }
}

#[test]
fn a_tuned_model_of_another_shape() {
    let copy = Copy::new();
    let config = fs::read_to_string(copy.path("dpo/config.json")).unwrap();
    fs::write(
        copy.path("dpo/config.json"),
        config.replace("\"n_head\": 4", "\"n_head\": 8"),
    )
    .unwrap();
    let remark = copy.wrong("dpo/config.json");
    assert!(remark.contains("have to be of one shape"), "{remark}");
}

#[test]
fn weights_that_are_cut_off_or_in_shards_that_are_not_there() {
    let copy = Copy::new();
    let weights = copy.path("base/model.safetensors");
    let whole = fs::read(&weights).unwrap();
    fs::write(&weights, &whole[..whole.len() - 1]).unwrap();
    let remark = copy.wrong("base/model.safetensors");
    assert!(
        remark.contains("not a readable safetensors file"),
        "{remark}"
    );
    fs::remove_file(&weights).unwrap();
    assert_eq!(copy.only("base/model.safetensors").0, "missing");
    let index = copy.path("base/model.safetensors.index.json");
    fs::write(
        &index,
        "{\"weight_map\": {\"wte.weight\": \"model-00001-of-00001.safetensors\"}}",
    )
    .unwrap();
    assert_eq!(
        copy.only("base/model-00001-of-00001.safetensors").0,
        "missing"
    );
    fs::write(&index, "{").unwrap();
    copy.wrong("base/model.safetensors.index.json");
}

#[test]
fn tokenizers_that_are_none_or_differ() {
    let copy = Copy::new();
    fs::write(copy.path("dpo/tokenizer.json"), "{}").unwrap();
    let remark = copy.wrong("dpo/tokenizer.json");
    assert!(remark.contains("not a tokenizer"), "{remark}");
    fs::write(copy.path("base/tokenizer.json"), "{}").unwrap();
    let remark = copy.wrong("base/tokenizer.json");
    assert!(remark.contains("not a tokenizer"), "{remark}");
}

#[test]
fn a_probe_of_another_width_names_both() {
    let copy = Copy::new();
    let probe = copy.path("probe.safetensors");
    Probe::new(vec![1.0; 3]).unwrap().save(&probe).unwrap();
    let remark = copy.wrong("probe.safetensors");
    assert!(
        remark.contains("3 wide") && remark.contains("128"),
        "{remark}"
    );
}

#[test]
fn texts_without_anything_in_them_and_an_unreadable_scorer() {
    for (name, content, part) in [
        ("prompts.jsonl", "", "found an empty file"),
        (
            "prompts.jsonl",
            "{\"prompt\": {\"text\": \"a\"}, \"challenging\": false}\n",
            "found 1 with false",
        ),
        (
            "wiki.jsonl",
            "{\"prompt\": \"a\"}\n",
            "missing field `gold`",
        ),
        ("text.txt", " \n", "found an empty file"),
        ("scorer.json", "{\"format\": ", "EOF"),
        (
            "scorer.json",
            "{\"format\": \"other\", \"intercept\": 0, \"weights\": {}}",
            "`other`",
        ),
    ] {
        let copy = Copy::new();
        fs::write(copy.path(name), content).unwrap();
        let remark = copy.wrong(name);
        assert!(remark.contains(part), "{name}: {remark}");
    }
}

#[test]
fn a_folder_in_place_of_a_file() {
    let copy = Copy::new();
    fs::remove_file(copy.path("wiki.jsonl")).unwrap();
    fs::create_dir(copy.path("wiki.jsonl")).unwrap();
    assert!(
        copy.wrong("wiki.jsonl")
            .contains("name a file, not a folder")
    );
}

#[test]
fn a_study_that_is_none() {
    let error = crate::error(&["doctor", "--study", "maxi"]);
    assert!(error.contains("maxi") && error.contains("mini"), "{error}");
}
