//! `config.json`: what is read, and what is refused rather than computed wrongly.

use std::fs;

use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{HookError, HookPoint, Hooks, Observe, Pass};
use counterpoise_model::{Config, KvCache, ModelError, load};
use serde::Deserialize;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::{golden_path, ids, values};

/// What a GPT-2 folder's `config.json` looks like, less what only training reads.
const PUBLISHED: &str = r#"{
  "activation_function": "gelu_new",
  "architectures": ["GPT2LMHeadModel"],
  "bos_token_id": 50256,
  "eos_token_id": 50256,
  "layer_norm_epsilon": 1e-05,
  "model_type": "gpt2",
  "n_ctx": 1024,
  "n_embd": 1024,
  "n_head": 16,
  "n_layer": 24,
  "n_positions": 1024,
  "n_special": 0,
  "vocab_size": 50257
}"#;

fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), config).unwrap();
    folder
}

fn read(config: &str) -> Result<Config, ModelError> {
    Config::read(folder(config).path())
}

/// The published file with one line changed, which it must have.
fn with(line: &str, other: &str) -> String {
    assert!(PUBLISHED.contains(line));
    PUBLISHED.replace(line, other)
}

#[test]
fn a_published_configuration_is_read() {
    let config = read(PUBLISHED).unwrap();
    let expected = Config {
        bos_token_id: Some(50256),
        eos_token_id: Some(50256.into()),
        ..Config::new(50257, 1024, 1024, 24, 16)
    };
    assert_eq!(config, expected);
    assert_eq!((config.d_mlp, config.d_head), (4096, 64));
    let narrow = read(&with("\"n_ctx\": 1024", "\"n_inner\": 160")).unwrap();
    assert_eq!(narrow.d_mlp, 160);
    assert_eq!(
        read(&with("\"n_ctx\": 1024", "\"n_inner\": null")).unwrap(),
        expected
    );
}

#[test]
fn a_configuration_is_read_back_as_it_was_written() {
    let config = Config::new(257, 64, 48, 2, 4);
    assert_eq!(
        read(&serde_json::to_string(&config).unwrap()).unwrap(),
        config
    );
}

#[test]
fn a_size_may_have_either_name_or_both() {
    let renamed = PUBLISHED
        .replace("n_embd", "hidden_size")
        .replace("n_layer", "num_hidden_layers")
        .replace("n_head", "num_attention_heads")
        .replace("n_positions", "max_position_embeddings");
    assert_eq!(read(&renamed).unwrap(), read(PUBLISHED).unwrap());
    let without = with("\"n_positions\": 1024,", "");
    assert_eq!(read(&without).unwrap(), read(PUBLISHED).unwrap());
    let both = with("\"n_special\": 0", "\"hidden_size\": 1024");
    assert_eq!(read(&both).unwrap(), read(PUBLISHED).unwrap());
}

#[test]
fn what_would_be_computed_wrongly_is_refused() {
    let cases = [
        ("activation_function", with("gelu_new", "prelu"), "prelu"),
        ("n_head", with("\"n_head\": 16", "\"n_head\": 15"), "15"),
        ("n_head", with("\"n_head\": 16", "\"n_head\": 0"), "0"),
        ("n_layer", with("\"n_layer\": 24", "\"n_layer\": 0"), "0"),
        (
            "n_layer",
            with("\"n_layer\": 24", "\"n_layer\": 24000000"),
            "24000000",
        ),
        (
            "n_embd",
            with("\"n_embd\": 1024", "\"n_embd\": 9223372036854775808"),
            "9223372036854775808",
        ),
        ("n_inner", with("\"n_special\": 0", "\"n_inner\": 0"), "0"),
        ("layer_norm_epsilon", with("1e-05", "-1e-05"), "-0.00001"),
        ("model_type", with("\"gpt2\"", "\"bert\""), "bert"),
    ];
    for (name, config, value) in cases {
        match read(&config).unwrap_err() {
            ModelError::Unsupported { field, found, .. } => {
                assert_eq!((field, found.as_str()), (name, value));
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let missing = tempfile::tempdir().unwrap();
    let error = Config::read(missing.path()).unwrap_err();
    assert!(matches!(error, ModelError::File(_)), "{error}");
    assert!(error.to_string().contains("config.json"), "{error}");
    for (config, part) in [
        (
            with("\"n_embd\": 1024,", ""),
            "missing field `n_embd`, also called `hidden_size`",
        ),
        (
            with("\"n_special\": 0", "\"num_hidden_layers\": 12"),
            "`n_layer` is 24, but `num_hidden_layers`, another name for it, is 12",
        ),
        (
            with("\"n_ctx\": 1024", "\"n_ctx\": 512"),
            "`n_positions` is 1024, but `n_ctx`, another name for it, is 512",
        ),
        (
            with("\"n_layer\": 24", "\"n_layer\": -1"),
            "config.json:11: ",
        ),
        (
            "{".to_owned(),
            "config.json:1: expected the configuration of a model",
        ),
        (
            with("\"n_ctx\": 1024", "\"n_head\": 16"),
            "config.json:10: ",
        ),
        (
            with("\"n_ctx\": 1024", "\"n_head\": 16"),
            "the key `n_head` twice",
        ),
        (
            with("\"n_layer\": 24", "\"n_layer\": \"24\""),
            "string \"24\", expected usize",
        ),
        (
            with("\"n_layer\": 24", "\"n_layer\": 24.5"),
            "floating point `24.5`",
        ),
        (
            "[\"gpt2\", 11, 6, 4, 1, 2]".to_owned(),
            "begins with `[\"gpt2\"",
        ),
    ] {
        let error = read(&config).unwrap_err();
        assert!(matches!(error, ModelError::File(_)), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[derive(Deserialize)]
struct Golden {
    sizes: Map<String, Value>,
    tokens: Vec<u32>,
    cases: Vec<Case>,
}

/// What `transformers` computes after a change of the configuration.
#[derive(Deserialize)]
struct Case {
    change: Map<String, Value>,
    logits: Vec<f32>,
    post: Vec<Vec<f32>>,
}

/// What is seen at points, in the order of the calls.
struct Seen(Vec<HookPoint>, Vec<Vec<f32>>);

impl Observe for Seen {
    fn points(&self) -> Vec<HookPoint> {
        self.0.clone()
    }

    fn observe(&mut self, _: HookPoint, seen: &Tensor<3>, _: &Pass) -> Result<(), HookError> {
        self.1.push(values(seen.clone()));
        Ok(())
    }
}

#[test]
fn every_configuration_computes_what_transformers_computes() {
    let golden_folder = golden_path().join("../configurations");
    let text = fs::read_to_string(golden_folder.join("expected.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    for case in golden.cases {
        let mut config = golden.sizes.clone();
        config.extend(case.change.clone());
        let folder = folder(&Value::Object(config).to_string());
        let weights = folder.path().join("model.safetensors");
        fs::copy(golden_folder.join("model.safetensors"), weights).unwrap();
        // On the CPU the kernels run, with gradients burn's operations.
        for device in [Device::flex(), Device::flex().autodiff()] {
            let model = load(folder.path(), &device).unwrap().model;
            let points: Vec<_> = (0..2).map(HookPoint::mlp_post).collect();
            let mut seen = Seen(points, Vec::new());
            let mut hooks = Hooks::new().observe(&mut seen);
            let (pass, mut cache) = (Pass::whole(1, golden.tokens.len()), KvCache::new());
            let tokens = ids(&[&golden.tokens], &model);
            let hidden = model
                .forward(tokens, &pass, &mut cache, &mut hooks)
                .unwrap();
            drop(hooks);
            let logits = values(model.logits(hidden));
            for (found, expected) in seen.1.iter().zip(&case.post) {
                assert_near(found, expected, &case.change);
            }
            assert_near(&logits, &case.logits, &case.change);
            assert_eq!(seen.1.len(), 2);
        }
    }
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32], change: &Map<String, Value>) {
    assert_eq!(found.len(), expected.len(), "{change:?}");
    let largest = expected.iter().fold(1e-6, |most: f32, x| most.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let apart = (found - expected).abs() / largest;
        assert!(apart <= 3e-6, "{change:?}: {found}, not {expected}");
    }
}
