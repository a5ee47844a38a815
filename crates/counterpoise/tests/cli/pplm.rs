//! The attribute head and the pairs that are steered by it, through the command line, on the miniature's base model.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::Duration;

use counterpoise_data::read_pairs;
use counterpoise_model::Tokenizer;
use counterpoise_train::AttributeHead;
use serde_json::Value;
use tempfile::TempDir;

use crate::{arg, error, json, json_lines, mini, program, root};

/// A folder with `head.safetensors`, fitted to 900 comments of the miniature, and the results of that.
static HEAD: LazyLock<(TempDir, Value)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (base, comments) = (mini("base"), mini("comments.csv"));
    let out = folder.path().join("head.safetensors");
    let paths = ["train", "attribute", "--model", arg(&base), "--comments"];
    let rest = [arg(&comments), "--limit", "900", "--out", arg(&out)];
    let results = json(&[&paths[..], &rest].concat());
    (folder, results)
});

/// `make pairs` of 6 sentences of the miniature's text, 2 at a time, unless `more` says otherwise.
fn pairs_args(out: &Path, more: &[&str]) -> Vec<String> {
    let (base, text) = (mini("base"), mini("text.txt"));
    let head = HEAD.0.path().join("head.safetensors");
    let usual = [
        ["--model", arg(&base)],
        ["--head", arg(&head)],
        ["--from", arg(&text)],
        ["--out", arg(out)],
        ["--batch-size", "2"],
        ["--limit", "6"],
        ["--iterations", "5"],
        ["--max-new-tokens", "6"],
    ];
    let usual = usual.iter().filter(|[name, _]| !more.contains(name));
    let all = ["make", "pairs"].iter().chain(usual.flatten()).chain(more);
    all.map(|&part| part.to_owned()).collect()
}

fn pairs(out: &Path, more: &[&str]) -> Value {
    let args = pairs_args(out, more);
    json(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn pairs_error(out: &Path, more: &[&str]) -> String {
    let args = pairs_args(out, &[more, &["--device", "cpu"]].concat());
    error(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_head_is_fitted_and_tested_on_held_out_comments() {
    let (folder, results) = &*HEAD;
    assert_eq!(results["fitted"], 720);
    assert_eq!(results["held_out"], 180);
    let number = |key: &str| results[key].as_f64().unwrap();
    let chance = number("held_out_commoner_label");
    assert!(number("held_out_accuracy") > chance + 0.1, "{results}");

    let head = AttributeHead::read(&folder.path().join("head.safetensors"), 128).unwrap();
    let [civil, toxic] = head.weight();
    let squares = civil.iter().zip(toxic);
    let squares = squares.map(|(a, b)| f64::from(b - a).powi(2));
    let norm = squares.sum::<f64>().sqrt();
    assert!((norm - number("norm")).abs() < 1e-6 * norm);
    let bias = head.log_odds(&[0.0; 128]);
    assert!((bias - number("bias")).abs() < 1e-6 * bias.abs());

    let (base, comments) = (mini("base"), folder.path().join("comments.csv"));
    fs::write(&comments, "comment_text,toxic\na fine day,0\nlovely,0\n").unwrap();
    let other = folder.path().join("other.safetensors");
    let paths = ["train", "attribute", "--model", arg(&base), "--comments"];
    let rest = [arg(&comments), "--device", "cpu", "--out", arg(&other)];
    let one_class = error(&[&paths[..], &rest].concat());
    assert!(
        one_class.contains("expected toxic and other comments"),
        "{one_class}"
    );
    assert!(!other.exists());
}

#[test]
fn pairs_are_in_the_published_form_and_those_of_their_prompts() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pairs.jsonl");
    let results = pairs(&out, &[]);
    assert_eq!(results["pairs"], 6);
    let tokenizer = Tokenizer::read(&mini("base")).unwrap();
    let keys = [
        "prompt_text",
        "prompt_input_ids",
        "gold_text",
        "gold_input_ids",
        "unpert_gen_text",
        "unpert_gen_token_ids",
        "pert_gen_text",
        "pert_gen_toks",
    ];
    let text = fs::read_to_string(mini("text.txt")).unwrap();
    let (read, lines) = (read_pairs(&out).unwrap(), json_lines(&out));
    assert_eq!((read.len(), lines.len()), (6, 6));
    let mut new_tokens = 0;
    for (line, pair) in lines.iter().zip(read.iter()) {
        let fields = line.as_object().unwrap();
        assert_eq!(fields.len(), keys.len());
        assert!(keys.iter().all(|&key| fields.contains_key(key)), "{line}");
        let tokens = |key: &str| -> Vec<u32> { serde_json::from_value(line[key].clone()).unwrap() };
        let string = |key: &str| line[key].as_str().unwrap().to_owned();
        assert_eq!(
            tokenizer.encode(&pair.prompt_text).unwrap(),
            tokens("prompt_input_ids")
        );
        assert!((1..=5).contains(&tokens("prompt_input_ids").len()));
        let sentence = format!("{}{}", string("prompt_text"), string("gold_text"));
        assert!(text.contains(&sentence), "{sentence}");
        let whole = [tokens("prompt_input_ids"), tokens("gold_input_ids")].concat();
        assert_eq!(tokenizer.encode(&sentence).unwrap(), whole);
        for (text, ids) in [
            ("unpert_gen_text", "unpert_gen_token_ids"),
            ("pert_gen_text", "pert_gen_toks"),
        ] {
            assert_eq!(tokenizer.decode(&tokens(ids)).unwrap(), string(text));
            assert!(tokens(ids).len() <= 6);
            new_tokens += tokens(ids).len();
        }
        assert_eq!(pair.unpert_gen_text, string("unpert_gen_text"));
    }
    assert_eq!(results["new_tokens"], new_tokens);
    let record: Value =
        serde_json::from_slice(&fs::read(folder.path().join("pairs.run.json")).unwrap()).unwrap();
    assert_eq!(record["pplm"]["iterations"], 5);
    assert_eq!(record["weights_sha256"][0].as_str().unwrap().len(), 64);

    // The steered side is not the model's own, and another seed draws another.
    assert!(
        lines
            .iter()
            .any(|line| line["pert_gen_toks"] != line["unpert_gen_token_ids"])
    );
    let other = folder.path().join("other.jsonl");
    pairs(&other, &["--seed", "1"]);
    let others = json_lines(&other);
    let same = |key: &str| lines.iter().zip(&others).all(|(a, b)| a[key] == b[key]);
    assert!(same("unpert_gen_token_ids") && !same("pert_gen_toks"));
}

#[test]
fn a_run_that_was_killed_resumes_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, killed) = (
        folder.path().join("straight.jsonl"),
        folder.path().join("killed.jsonl"),
    );
    let settings = ["--iterations", "20", "--max-new-tokens", "8"];
    pairs(&straight, &settings);

    let mut child = program();
    let args = pairs_args(&killed, &[&settings[..], &["--device", "cpu"]].concat());
    let mut child = child
        .current_dir(root())
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let partial = folder.path().join("killed.jsonl.partial");
    while fs::metadata(&partial).map_or(0, |file| file.len()) == 0 {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "it ended before it was killed"
        );
        sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.exists());
    // As if it had been killed within a line.
    let lines = fs::read_to_string(&partial).unwrap();
    fs::write(&partial, format!("{lines}{{\"prompt_te")).unwrap();

    let again = pairs_error(&killed, &settings);
    assert!(
        again.contains("killed.jsonl.partial: this is already there"),
        "{again}"
    );
    let other = pairs_error(
        &killed,
        &[&settings[..], &["--resume", "--kl-scale", "0.2"]].concat(),
    );
    assert!(
        other.contains("killed.run.json: expected `pplm`") && other.contains("0.2"),
        "{other}"
    );
    let resumed = pairs(&killed, &[&settings[..], &["--resume"]].concat());
    let first = resumed["resumed_at"].as_u64().unwrap();
    assert!(first >= 2 && first.is_multiple_of(2), "{resumed}");
    assert!(fs::read(&killed).unwrap() == fs::read(&straight).unwrap());
    assert!(!partial.exists());
    let finished = pairs_error(&killed, &[&settings[..], &["--resume"]].concat());
    assert!(finished.contains("the run is finished"), "{finished}");
}

#[test]
fn what_no_pairs_can_be_made_of_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pairs.jsonl");
    let text = folder.path().join("text.txt");
    fs::write(&text, "= A heading =\nYes! No?\n").unwrap();
    let short = pairs_error(&out, &["--from", arg(&text)]);
    assert!(
        short.contains("text.txt: expected sentences of more than 5 tokens, found none among 2"),
        "{short}"
    );
    let probe = pairs_error(&out, &["--head", arg(&mini("probe.safetensors"))]);
    assert!(
        probe.contains("probe.safetensors: expected the tensors `mlp.weight`"),
        "{probe}"
    );
    let scale = pairs_error(&out, &["--gm-scale", "2"]);
    assert!(
        scale.contains("`gm_scale`: expected from 0 to 1, found 2"),
        "{scale}"
    );
    let long = pairs_error(&out, &["--max-new-tokens", "124"]);
    assert!(
        long.contains("at most 128 in all") && long.contains("found 129"),
        "{long}"
    );
    let nothing = pairs_error(&out, &["--resume"]);
    assert!(
        nothing.contains("pairs.jsonl.partial: expected the pairs of a run to resume"),
        "{nothing}"
    );
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
