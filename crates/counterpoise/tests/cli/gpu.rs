//! The GPU backend gives what the CPU gives, and is waited for once a token.

use std::path::Path;

use counterpoise_groups::NeuronTable;
use serde_json::Value;

use crate::{arg, counterpoise, json_lines, mini};

/// What the command prints with `--json`, having said which device it takes; `None` where there is no graphics adapter. On Linux
/// without a GPU, Mesa's software Vulkan will do: `apt-get install mesa-vulkan-drivers`.
fn json(device: &str, command: &[&str]) -> Option<Value> {
    let output = counterpoise(&[command, &["--device", device, "--json"]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    if stderr.contains("found no graphics adapter") {
        eprintln!("skipped: {stderr}");
        return None;
    }
    assert!(output.status.success(), "{stderr}");
    let backend = match device {
        "gpu" => "device: wgpu",
        _ => "device: flex",
    };
    assert!(stderr.contains(backend), "{stderr}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Continuations, mean activations of both models' neurons, and perplexity.
struct Found {
    texts: Vec<Value>,
    activations: Vec<f64>,
    perplexity: f64,
}

fn found(device: &str, folder: &Path) -> Option<Found> {
    let out = |name: &str| folder.join(format!("{device}.{name}"));
    let (texts, neurons) = (out("jsonl"), out("csv"));
    let (model, tuned, prompts) = (mini("base"), mini("dpo"), mini("prompts.jsonl"));
    let (probe, text) = (mini("probe.safetensors"), mini("text.txt"));
    let read = ["--prompts", arg(&prompts), "--limit", "16"];
    let generate = ["generate", "--model", arg(&model), "--out", arg(&texts)];
    json(device, &[&generate[..], &read].concat())?;
    let pair = ["--base", arg(&model), "--tuned", arg(&tuned)];
    let measure = ["neurons", "--probe", arg(&probe), "--out", arg(&neurons)];
    json(device, &[&measure[..], &pair, &read].concat())?;
    let perplexity = ["perplexity", "--model", arg(&model), "--text", arg(&text)];
    let results = json(device, &[&perplexity[..], &["--limit", "2"]].concat())?;
    let table = NeuronTable::read_csv(&neurons).unwrap();
    let sides = table.rows().iter().flat_map(|row| [row.base, row.tuned]);
    Some(Found {
        texts: json_lines(&texts),
        activations: sides.map(|side| side.activation).collect(),
        perplexity: results["perplexity"].as_f64().unwrap(),
    })
}

#[test]
fn the_gpu_gives_what_the_cpu_gives() {
    let folder = tempfile::tempdir().unwrap();
    let Some(gpu) = found("gpu", folder.path()) else {
        return;
    };
    let cpu = found("cpu", folder.path()).unwrap();
    assert_eq!(cpu.texts, gpu.texts);
    let ratio = gpu.perplexity / cpu.perplexity;
    assert!((ratio - 1.0).abs() < 1e-4, "{ratio}");
    let largest = cpu
        .activations
        .iter()
        .fold(0.0, |a, b| f64::max(a, b.abs()));
    let pairs = cpu.activations.iter().zip(&gpu.activations);
    let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(apart < 1e-5 * largest, "{apart} of {largest}");
}

#[test]
fn a_token_is_read_back_from_the_gpu_and_nothing_else_while_the_model_runs() {
    let sizes = ["--prompts", "8", "--text-tokens", "65"];
    let Some(results) = json("gpu", &[&["bench"], &sizes[..]].concat()) else {
        return;
    };
    let read_backs = |name: &str| {
        let mut steps = results["steps"].as_array().unwrap().iter();
        let step = steps.find(|step| step["name"] == name).unwrap();
        step["read_backs"].as_u64().unwrap()
    };
    // One batch, of which a text has all of its tokens.
    let steps = results["max_new_tokens"].as_u64().unwrap();
    assert_eq!(read_backs("generation"), steps);
    assert_eq!(read_backs("patched generation"), steps);
    // All means of the batch at once.
    assert_eq!(read_backs("activation pass"), steps + 1);
    // The window's likelihoods.
    assert_eq!(read_backs("perplexity"), 1);
}
