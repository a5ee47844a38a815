//! The parts of a study, alone.

use std::fs;

use crate::{arg, counterpoise, error, json, json_lines, mini};

#[test]
fn perplexity_is_finite_and_edits_change_it() {
    let (model, text) = (mini("base"), mini("text.txt"));
    let base = [
        "perplexity",
        "--model",
        arg(&model),
        "--text",
        arg(&text),
        "--limit",
        "2",
    ];
    let plain = json(&base);
    let perplexity = plain["perplexity"].as_f64().unwrap();
    assert!(perplexity > 1.0 && perplexity < 1000.0, "{plain}");
    let tokens = plain["tokens"].as_u64().unwrap();
    assert_eq!(tokens, 2 * plain["window"].as_u64().unwrap());
    assert_eq!(plain["predicted"].as_u64(), Some(tokens - 2));

    let folder = tempfile::tempdir().unwrap();
    let edit = folder.path().join("edit.toml");
    fs::write(
        &edit,
        "[[intervention]]\nkind = 'ablate'\nneurons = { list = [[0, 1], [0, 2], [1, 3]] }\n",
    )
    .unwrap();
    let edited = json(&[&base[..], &["--edit", arg(&edit)]].concat());
    assert_ne!(edited["perplexity"], plain["perplexity"]);
    assert_eq!(edited["tokens"], plain["tokens"]);
    // The batch size changes nothing but the speed.
    let batched = json(&[&base[..], &["--batch-size", "1"]].concat());
    let difference = batched["perplexity"].as_f64().unwrap() / perplexity - 1.0;
    assert!(difference.abs() < 1e-6, "{batched}");
}

#[test]
fn f1_lies_between_zero_and_one() {
    let (model, samples) = (mini("base"), mini("wiki.jsonl"));
    let (model, samples) = (arg(&model), arg(&samples));
    let results = json(&["f1", "--model", model, "--prompts", samples, "--limit", "5"]);
    assert_eq!(results["samples"], 5);
    let f1 = results["f1"].as_f64().unwrap();
    assert!(f1 > 0.0 && f1 < 1.0, "{results}");
    let none = ["--max-new-tokens", "1", "--limit", "5"];
    let short = json(&[&["f1", "--model", model, "--prompts", samples], &none[..]].concat());
    assert_ne!(short["f1"], results["f1"]);
}

#[test]
fn generations_are_rows_and_do_not_depend_on_the_batch() {
    let folder = tempfile::tempdir().unwrap();
    let (model, prompts) = (mini("base"), mini("prompts.jsonl"));
    let generate = |name: &str, batch_size: &str| {
        let out = folder.path().join(name);
        let paths = [
            "--model",
            arg(&model),
            "--prompts",
            arg(&prompts),
            "--out",
            arg(&out),
        ];
        let sizes = [
            "--limit",
            "7",
            "--max-new-tokens",
            "6",
            "--batch-size",
            batch_size,
        ];
        let results = json(&[&["generate"], &paths[..], &sizes].concat());
        assert_eq!(results["prompts"], 7);
        let rows = json_lines(&out);
        let new: usize = rows
            .iter()
            .map(|row| row["tokens"].as_array().unwrap().len())
            .sum();
        assert_eq!(results["new_tokens"].as_u64(), Some(new as u64));
        rows
    };
    let rows = generate("all.jsonl", "7");
    assert_eq!(rows.len(), 7);
    let keys: Vec<_> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["prompt", "tokens", "text"]);
    assert!(
        rows.iter()
            .all(|row| row["tokens"].as_array().unwrap().len() <= 6)
    );
    let first_prompt = &json_lines(&prompts)[0]["prompt"];
    assert_eq!(&rows[0]["prompt"], first_prompt);
    assert_eq!(rows, generate("two.jsonl", "2"));
}

#[test]
fn the_neuron_table_is_written_and_selects_neurons() {
    let folder = tempfile::tempdir().unwrap();
    let [base, dpo, probe, prompts] =
        ["base", "dpo", "probe.safetensors", "prompts.jsonl"].map(mini);
    let csv = folder.path().join("neurons.csv");
    let tuned_file = dpo.join("model.safetensors");
    let neurons = |tuned, out| {
        let models = [
            "--base",
            arg(&base),
            "--tuned",
            tuned,
            "--probe",
            arg(&probe),
        ];
        let rest = ["--prompts", arg(&prompts), "--out", out, "--limit", "6"];
        json(&[&["neurons"], &models[..], &rest].concat())
    };
    let results = neurons(arg(&dpo), arg(&csv));
    assert!(results["peak_reduction"].as_f64() > results["net_reduction"].as_f64());
    let text = fs::read_to_string(&csv).unwrap();
    let header = "layer_idx,neuron_idx,pt_projection_value,dpo_projection_value,\
                  pt_activation_value,dpo_activation_value,pt_cossim,dpo_cossim,\
                  projection_diff,activation_diff";
    assert_eq!(text.lines().next(), Some(header));
    assert_eq!(
        results["neurons"].as_u64(),
        Some(text.lines().count() as u64 - 1)
    );

    // A weight file alone is the same tuned model as its folder.
    let parquet = folder.path().join("neurons.parquet");
    let from_file = neurons(arg(&tuned_file), arg(&parquet));
    assert_eq!(from_file["net_reduction"], results["net_reduction"]);

    // The patch needs the table: its file names it, or the command line does.
    let edit = folder.path().join("edit.toml");
    let patch = "[[intervention]]\nkind = 'patch'\nneurons = { groups = ['TP-', 'AN-'] }\n";
    fs::write(&edit, format!("neurons = 'neurons.csv'\n{patch}")).unwrap();
    let text = mini("text.txt");
    let perplexity = [
        "perplexity",
        "--model",
        arg(&base),
        "--text",
        arg(&text),
        "--limit",
        "1",
    ];
    let named = json(&[&perplexity[..], &["--edit", arg(&edit)]].concat());
    assert!(named["perplexity_first_position"].is_f64(), "{named}");
    fs::write(&edit, patch).unwrap();
    let table = ["--edit", arg(&edit), "--neurons", arg(&parquet)];
    let given = json(&[&perplexity[..], &table[..]].concat());
    assert_eq!(given["perplexity"], named["perplexity"]);
    let missing = error(&[&perplexity[..], &["--edit", arg(&edit), "--device", "cpu"]].concat());
    assert!(
        missing.contains("edit.toml") && missing.contains("--neurons"),
        "{missing}"
    );
}

#[test]
fn a_state_takes_the_place_of_the_weights() {
    let text = mini("text.txt");
    let perplexity = |model: &str, state: &[&str]| {
        let model = mini(model);
        let paths = [
            "perplexity",
            "--model",
            arg(&model),
            "--text",
            arg(&text),
            "--limit",
            "1",
        ];
        json(&[&paths[..], state].concat())["perplexity"].clone()
    };
    let tuned = mini("dpo/model.safetensors");
    let with_state = perplexity("base", &["--state", arg(&tuned)]);
    assert_eq!(with_state, perplexity("dpo", &[]));
    assert_ne!(with_state, perplexity("base", &[]));
}

#[test]
fn without_json_a_sentence_is_printed_and_the_device_is_named() {
    let (model, samples) = (mini("base"), mini("wiki.jsonl"));
    let paths = ["f1", "--model", arg(&model), "--prompts", arg(&samples)];
    let output = counterpoise(&[&paths[..], &["--limit", "2", "--device", "cpu"]].concat());
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.starts_with("F1 0."), "{stdout}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("device: flex (CPU); "), "{stderr}");
}

#[test]
fn matrices_may_be_kept_in_16_bits() {
    let (model, text) = (mini("base"), mini("text.txt"));
    let (model, text) = (arg(&model), arg(&text));
    let base = [
        "perplexity",
        "--model",
        model,
        "--text",
        text,
        "--limit",
        "2",
    ];
    let whole = json(&base)["perplexity"].as_f64().unwrap();
    let half = json(&[&base[..], &["--dtype", "bf16"]].concat());
    let half = half["perplexity"].as_f64().unwrap();
    // The miniature's weights do not fit into 16 bits.
    assert!(half != whole && (half / whole - 1.0).abs() < 0.02, "{half}");
    let told = counterpoise(&[&base[..], &["--dtype", "bf16", "--device", "cpu"]].concat());
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("do not fit into bf16"), "{told}");
    let unknown = counterpoise(&[&base[..], &["--dtype", "float16"]].concat());
    let unknown = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(unknown.contains("expected f32, f16 or bf16"), "{unknown}");
}
