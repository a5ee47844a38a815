//! One bad input of each kind: one message, exit code 1, nothing half written.

use std::fs;
use std::path::Path;

use counterpoise_probe::Probe;

use crate::{arg, error, mini};

/// A copy of the base model whose weights `change` has spoilt.
fn spoilt(folder: &Path, change: impl Fn(&mut Vec<u8>)) {
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(mini("base").join(name), folder.join(name)).unwrap();
    }
    let mut bytes = fs::read(mini("base/model.safetensors")).unwrap();
    change(&mut bytes);
    fs::write(folder.join("model.safetensors"), bytes).unwrap();
}

fn perplexity_of(model: &Path) -> String {
    let text = mini("text.txt");
    error(&[
        "perplexity",
        "--model",
        arg(model),
        "--text",
        arg(&text),
        "--device",
        "cpu",
    ])
}

/// `generate` on a prompts file of this content; it must leave no output.
fn generate_on(prompts: &str, more: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prompts.jsonl");
    fs::write(&file, prompts).unwrap();
    let (model, out) = (mini("base"), folder.path().join("out.jsonl"));
    let paths = [
        "generate",
        "--model",
        arg(&model),
        "--prompts",
        arg(&file),
        "--out",
        arg(&out),
    ];
    let error = error(&[&paths[..], &["--device", "cpu"], more].concat());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    error
}

#[test]
fn truncated_weights() {
    let folder = tempfile::tempdir().unwrap();
    spoilt(folder.path(), |bytes| bytes.truncate(bytes.len() / 2));
    let error = perplexity_of(folder.path());
    assert!(error.contains("model.safetensors"), "{error}");
}

#[test]
fn weights_that_are_no_numbers() {
    let folder = tempfile::tempdir().unwrap();
    spoilt(folder.path(), |bytes| {
        let last = bytes.len() - 4;
        bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    let error = perplexity_of(folder.path());
    assert!(
        error.contains("1 values that are NaN or infinite"),
        "{error}"
    );
}

#[test]
fn no_model_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let error = perplexity_of(folder.path());
    assert!(error.contains("config.json"), "{error}");
}

#[test]
fn a_missing_file_is_named_and_its_cause_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.pt");
    let [base, probe, prompts] = ["base", "probe.safetensors", "prompts.jsonl"].map(mini);
    let out = folder.path().join("neurons.csv");
    for [tuned, probe, prompts] in [
        [&none, &probe, &prompts],
        [&base, &none, &prompts],
        [&base, &probe, &none],
    ] {
        let models = ["neurons", "--base", arg(&base), "--tuned", arg(tuned)];
        let rest = [
            "--probe",
            arg(probe),
            "--prompts",
            arg(prompts),
            "--out",
            arg(&out),
        ];
        let error = error(&[&models[..], &rest, &["--device", "cpu"]].concat());
        for once in ["none.pt", "No such file"] {
            assert_eq!(error.matches(once).count(), 1, "{error}");
        }
    }
}

#[test]
fn a_probe_of_another_width() {
    let folder = tempfile::tempdir().unwrap();
    let probe = folder.path().join("probe.safetensors");
    Probe::new(vec![1.0; 3]).unwrap().save(&probe).unwrap();
    let out = folder.path().join("neurons.csv");
    let [base, dpo, prompts] = ["base", "dpo", "prompts.jsonl"].map(mini);
    let models = [
        "neurons",
        "--base",
        arg(&base),
        "--tuned",
        arg(&dpo),
        "--probe",
        arg(&probe),
    ];
    let rest = ["--prompts", arg(&prompts), "--out", arg(&out)];
    let error = error(&[&models[..], &rest].concat());
    assert!(
        error.contains("probe.safetensors: the probe is 3 wide"),
        "{error}"
    );
    assert!(!out.exists());
}

#[test]
fn prompts_that_are_none() {
    let empty = generate_on("", &[]);
    assert!(
        empty.contains("prompts.jsonl: ") && empty.contains("empty file"),
        "{empty}"
    );
    let broken = generate_on("{\"prompt\": \"fine\"}\n{\"prompt\": \"bro\n", &[]);
    assert!(broken.contains("prompts.jsonl:2: "), "{broken}");
    let without = generate_on("{\"prompt\": \"fine\"}\n\n{\"text\": \"fine\"}\n", &[]);
    assert!(without.contains("prompts.jsonl:3: "), "{without}");
    assert!(without.contains("missing field `prompt`"), "{without}");
}

#[test]
fn a_prompt_longer_than_the_context() {
    let long = format!("{{\"prompt\": \"{}\"}}\n", "a word ".repeat(3000));
    let cut = ["--max-prompt-tokens", "100000"];
    let error = generate_on(&long, &cut);
    assert!(
        error.contains("prompt 1") && error.contains("positions"),
        "{error}"
    );
}

#[test]
fn edits_that_do_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let edit = folder.path().join("edit.toml");
    let on = |text: &str| {
        fs::write(&edit, text).unwrap();
        generate_on("{\"prompt\": \"fine\"}\n", &["--edit", arg(&edit)])
    };
    let kind = on("[[intervention]]\nkind = 'ablat'\n");
    assert!(kind.contains("edit.toml:2: `ablat`"), "{kind}");
    let neuron = on("[[intervention]]\nkind = 'ablate'\nneurons = { list = [[99, 0]] }\n");
    assert!(
        neuron.contains("edit.toml") && neuron.contains("L99.0"),
        "{neuron}"
    );
    let file = on("[[intervention]]\nkind = 'patch'\nfile = 'values.csv'\n");
    assert!(file.contains("values.csv"), "{file}");
}

#[test]
fn a_folder_that_cannot_be_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let out = file.join("out");
    let replicate = error(&["replicate", "--out", arg(&out)]);
    assert!(replicate.contains("cannot be written"), "{replicate}");
    let [base, dpo, probe, prompts] =
        ["base", "dpo", "probe.safetensors", "prompts.jsonl"].map(mini);
    let out = out.join("neurons.csv");
    let models = [
        "neurons",
        "--base",
        arg(&base),
        "--tuned",
        arg(&dpo),
        "--probe",
        arg(&probe),
    ];
    let rest = [
        "--prompts",
        arg(&prompts),
        "--out",
        arg(&out),
        "--limit",
        "1",
        "--device",
        "cpu",
    ];
    let neurons = error(&[&models[..], &rest].concat());
    assert!(neurons.contains("cannot be written"), "{neurons}");
}

#[test]
fn studies_that_cannot_be_read() {
    let unknown = error(&["replicate", "--study", "maxi"]);
    assert!(
        unknown.contains("maxi") && unknown.contains("mini"),
        "{unknown}"
    );
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("study.toml");
    fs::write(&study, "prompt = 'prompts.jsonl'\n").unwrap();
    let out = folder.path().join("out");
    let key = error(&["replicate", "--study", arg(&study), "--out", arg(&out)]);
    assert!(
        key.contains("study.toml:1: ") && key.contains("`prompt`"),
        "{key}"
    );
    assert!(!out.exists());
}
