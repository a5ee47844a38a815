//! The GPU backend gives what the CPU gives.

use crate::{arg, counterpoise, json_lines, mini};

/// On Linux without a GPU, Mesa's software Vulkan will do: `apt-get install mesa-vulkan-drivers`.
#[test]
#[ignore = "needs a graphics adapter; run it with `cargo test --workspace --test cli -- --ignored`"]
fn the_gpu_gives_what_the_cpu_gives() {
    let folder = tempfile::tempdir().unwrap();
    let (model, prompts, text) = (mini("base"), mini("prompts.jsonl"), mini("text.txt"));
    let on = |device: &str| {
        let out = folder.path().join(format!("{device}.jsonl"));
        let paths = [
            "--model",
            arg(&model),
            "--prompts",
            arg(&prompts),
            "--out",
            arg(&out),
        ];
        let sizes = ["--limit", "16", "--device", device];
        let output = counterpoise(&[&["generate"], &paths[..], &sizes].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let backend = if device == "gpu" {
            "device: wgpu"
        } else {
            "device: flex"
        };
        assert!(stderr.contains(backend), "{stderr}");

        let paths = ["perplexity", "--model", arg(&model), "--text", arg(&text)];
        let sizes = ["--limit", "2", "--device", device, "--json"];
        let output = counterpoise(&[&paths[..], &sizes].concat());
        let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (json_lines(&out), results["perplexity"].as_f64().unwrap())
    };
    let ((cpu_rows, cpu), (gpu_rows, gpu)) = (on("cpu"), on("gpu"));
    assert_eq!(cpu_rows, gpu_rows);
    assert!(
        (gpu / cpu - 1.0).abs() < 1e-4,
        "{gpu} on the GPU, {cpu} on the CPU"
    );
}
