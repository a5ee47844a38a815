//! Weights in parts, which an index names.

use std::collections::BTreeMap;
use std::fs;

use super::Setting;
use super::server::Server;

const MODEL: &str = "/google/gemma-2-2b/resolve/main";
const SHARDS: [&str; 2] = [
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
];

/// A hub that has the list of Gemma 2 2B, its index naming these files.
fn setting(named: [&str; 2]) -> Setting {
    let [first, second] = named;
    let index = format!(
        r#"{{"metadata": {{}}, "weight_map": {{"a": "{first}", "b": "{second}", "c": "{first}"}}}}"#
    );
    let mut files: BTreeMap<String, Vec<u8>> = super::files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("/datasets/"))
        .collect();
    let small = [
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ];
    for name in small.into_iter().chain(SHARDS) {
        files.insert(format!("{MODEL}/{name}"), name.as_bytes().to_vec());
    }
    let index_path = format!("{MODEL}/model.safetensors.index.json");
    files.insert(index_path, index.into_bytes());
    Setting {
        folder: tempfile::tempdir().unwrap(),
        server: Server::start(files),
    }
}

#[test]
fn every_shard_that_an_index_names_is_fetched_once_and_what_is_not_pinned_is_said() {
    let setting = setting(SHARDS);
    let output = setting.fetch_list("gemma-2-2b", &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    for shard in SHARDS {
        let found = fs::read(setting.data().join("base").join(shard)).unwrap();
        assert_eq!(found, shard.as_bytes());
        assert_eq!(stderr.matches(shard).count(), 1, "{stderr}");
    }
    let unpinned: Vec<&str> = (stderr.lines())
        .filter(|line| line.contains("not pinned: `main`"))
        .collect();
    // The model's five files and two shards, and the prompts.
    assert_eq!(unpinned.len(), 8, "{stderr}");
    assert!(!unpinned.iter().any(|line| line.contains("wikitext")));
    assert!(stderr.contains("Gemma Terms of Use"), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("gemma2_2b_dpo_0.05"), "{stdout}");
}

#[test]
fn a_shard_that_lies_elsewhere_is_refused() {
    let setting = setting([SHARDS[0], "../model.safetensors"]);
    let output = setting.fetch_list("gemma-2-2b", &[]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("names the shard `../model.safetensors`"),
        "{stderr}"
    );
    assert!(!setting.data().join("model.safetensors").exists());
}
