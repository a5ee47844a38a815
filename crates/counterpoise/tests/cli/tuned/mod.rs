//! A study that makes its tuned model of comments and a text: `[tuned] from = "dpo"`, on the miniature with tiny numbers.

mod killed;
mod refusals;
mod steps;
mod studies;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::studies::study;
use crate::{arg, counterpoise, error_of, mini};

const COMMENTS: &str = "limit = 60\nheld_out_every = 4\n";
const PAIRS: &str = "limit = 8\nbatch_size = 4\niterations = 1\nmax_new_tokens = 3\n";
const DPO: &str = "steps = 2\nbatch_size = 2\nheld_out = 2\nevaluate_every = 1\nwarmup_steps = 0\nlearning_rate = 1e-4\n\
                   checkpoint_every = 1\n";

const ROWS: &str = "[[intervention]]\nname = \"base\"\nlabel = \"None\"\nmodel = \"base\"\ntables = [1]\nkind = \"none\"\n\
                    [[intervention]]\nname = \"tuned\"\nlabel = \"None\"\nmodel = \"tuned\"\ntables = [1]\nkind = \"none\"\n";

/// The tables `[tuned]` with these files and settings.
fn tables(comments: &Path, settings: [&str; 3]) -> String {
    let [attribute, pairs, dpo] = settings;
    let (comments, text) = (comments.display(), mini("text.txt"));
    format!(
        "[tuned]\nfrom = \"dpo\"\n[tuned.attribute]\ncomments = '{comments}'\n{attribute}[tuned.pairs]\nfrom = '{}'\n{pairs}\
         [tuned.dpo]\n{dpo}",
        text.display()
    )
}

/// A study that makes its tuned model by `tuned`, in place of the miniature's.
fn study_of(folder: &Path, tuned: &str) -> PathBuf {
    let path = study(folder, "");
    let text = fs::read_to_string(&path).unwrap();
    let (before, after) = text.split_once("tuned = ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let (head, _) = after.split_once("# The paper's figures").unwrap();
    let head = head.replace("directions = 200", "directions = 3");
    let head = head.replace("label_shuffles = 200", "label_shuffles = 3");
    fs::write(&path, format!("{before}{head}{ROWS}{tuned}")).unwrap();
    path
}

fn usual(folder: &Path) -> PathBuf {
    study_of(
        folder,
        &tables(&mini("comments.csv"), [COMMENTS, PAIRS, DPO]),
    )
}

/// `make tuned`: the record of the model, and the steps that were made.
fn make(study: &Path, out: &Path) -> (Value, Vec<String>) {
    let args = ["make", "tuned", "--study", arg(study), "--out", arg(out)];
    let output = counterpoise(&[&args[..], &["--device", "cpu", "--json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let mut record: Value = serde_json::from_slice(&output.stdout).unwrap();
    record.as_object_mut().unwrap().remove("wall_s").unwrap();
    (record, made(&output))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn made(output: &Output) -> Vec<String> {
    let lines = stderr(output);
    let names = lines.lines().filter_map(|line| {
        let (name, _) = line
            .strip_prefix("tuned model: ")?
            .split_once(" is made: ")?;
        Some(name.to_owned())
    });
    names.collect()
}

/// Where a step's output is.
fn output(record: &Value, out: &Path, step: usize) -> PathBuf {
    out.join(record["steps"][step]["output"]["path"].as_str().unwrap())
}

fn make_error(study: &Path, out: &Path) -> String {
    let args = [
        "make",
        "tuned",
        "--study",
        arg(study),
        "--out",
        arg(out),
        "--device",
        "cpu",
    ];
    error_of(&counterpoise(&args), |line| {
        ["device: ", "tuned model: "]
            .iter()
            .any(|start| line.starts_with(start))
    })
}
