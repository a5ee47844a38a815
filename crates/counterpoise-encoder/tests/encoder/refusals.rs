//! One of each way in which the files of a classifier can be wrong.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use counterpoise_encoder::Classifier;
use counterpoise_registry::Resources;
use counterpoise_score::ScorerKind;
use serde_json::{Value, json};

use crate::{Copy, golden};

/// What is said of a classifier that cannot be used: by `doctor`, and when it is opened.
#[track_caller]
fn refused(classifier: &Classifier, parts: &[&str]) {
    let checked = classifier.check().unwrap_err().to_string();
    let opened = classifier
        .open(&Resources::new().with(Device::flex()))
        .unwrap_err();
    assert_eq!(checked, opened.to_string());
    for part in parts {
        assert!(checked.contains(part), "`{part}` is not in: {checked}");
    }
}

#[track_caller]
fn refused_folder(copy: &Copy, parts: &[&str]) {
    refused(&Classifier::at(copy.path()), parts);
}

fn configured(family: &str, change: impl FnOnce(&mut Value)) -> Copy {
    Copy::of(family).changed("config.json", change)
}

fn without(config: &mut Value, fields: &[&str]) {
    for field in fields {
        config.as_object_mut().unwrap().remove(*field);
    }
}

#[test]
fn a_folder_of_another_model_is_refused_by_what_it_is() {
    let gpt2 = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/folders");
    refused(
        &Classifier::at(gpt2),
        &[
            "folders/config.json: expected a sequence classifier",
            "found",
        ],
    );
    refused_folder(
        &configured("bert", |config| config["model_type"] = json!("gpt2")),
        &["found `model_type` gpt2"],
    );
    let masked = configured("bert", |config| {
        config["architectures"] = json!(["BertForMaskedLM"])
    });
    refused_folder(
        &masked,
        &[
            "found `architectures` BertForMaskedLM",
            "BertForSequenceClassification",
        ],
    );
    let nothing = tempfile::tempdir().unwrap();
    refused(&Classifier::at(nothing.path()), &["config.json"]);
}

#[test]
fn what_would_be_computed_otherwise_is_refused() {
    for (field, value, expected) in [
        ("position_embedding_type", json!("relative_key"), "absolute"),
        ("is_decoder", json!(true), "false"),
        ("hidden_act", json!("gelu_2"), "gelu_new"),
        (
            "num_attention_heads",
            json!(3),
            "a multiple of num_attention_heads (3)",
        ),
        (
            "problem_type",
            json!("regression"),
            "single_label_classification",
        ),
        ("num_hidden_layers", json!(0), "1 to"),
        ("layer_norm_eps", json!(-1.0), "0 or more"),
    ] {
        let copy = configured("bert", |config| config[field] = value);
        refused_folder(&copy, &["config.json", expected]);
    }
    let copy = configured("roberta", |config| config["pad_token_id"] = json!(25));
    refused_folder(&copy, &["`max_position_embeddings`"]);
}

#[test]
fn outputs_without_a_clear_toxicity_are_refused_with_their_labels() {
    let unnamed = configured("roberta", |config| {
        without(config, &["id2label", "label2id"])
    });
    refused_folder(
        &unnamed,
        &["config.json", "found LABEL_0, LABEL_1", "`label = "],
    );
    let named = Classifier {
        label: Some("LABEL_1".to_owned()),
        ..Classifier::at(unnamed.path())
    };
    named.check().unwrap();
    let wrong = Classifier {
        label: Some("toxicity".to_owned()),
        ..Classifier::at(golden("bert"))
    };
    refused(
        &wrong,
        &[
            "no output is labelled `toxicity`",
            "toxic, severe_toxic, obscene",
        ],
    );
    let untyped = configured("bert", |config| without(config, &["problem_type"]));
    refused_folder(
        &untyped,
        &["6 labels", "problem_type = \"multi_label_classification\""],
    );
}

#[test]
fn a_tokenizer_that_is_not_there_or_not_the_models_is_refused() {
    let copy = Copy::of("bert").with("vocab.txt", None);
    refused_folder(&copy, &["vocab.txt: not there", "tokenizer.json"]);
    let copy = Copy::of("roberta").with("merges.txt", None);
    refused_folder(
        &copy,
        &["merges.txt: not there", "vocab.json and merges.txt"],
    );
    let copy = Copy::of("bert");
    fs::write(copy.file("vocab.txt"), "a\nb\n").unwrap();
    refused_folder(
        &copy,
        &["vocab.txt: the special token `[UNK]` is not in it"],
    );
    let copy = configured("roberta", |config| config["vocab_size"] = json!(300));
    refused_folder(
        &copy,
        &["vocab.json", "but the model knows 300 (`vocab_size`)"],
    );
    let copy = Copy::of("roberta");
    fs::write(copy.file("vocab.json"), "{").unwrap();
    refused_folder(&copy, &["vocab.json: not a vocabulary"]);
    let copy = Copy::of("bert").with(
        "tokenizer_config.json",
        Some(&json!({"tokenizer_class": "XLMRobertaTokenizer"})),
    );
    refused_folder(&copy, &["tokenizer_config.json", "XLMRobertaTokenizer"]);
}

#[test]
fn a_checkpoint_that_is_none_of_detoxifys_is_refused_by_what_it_holds() {
    // A state dict alone, renamed.
    let bare = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden/weights/unmerged/policy.pt");
    let copy = Copy::of("bert");
    let checkpoint = copy.file("other.ckpt");
    fs::copy(bare, &checkpoint).unwrap();
    let classifier = |file: &str| Classifier {
        weights: Some(copy.file(file)),
        ..Classifier::at(copy.path())
    };
    refused(
        &classifier("other.ckpt"),
        &[
            "other.ckpt: expected a checkpoint as Detoxify",
            "`state_dict`",
        ],
    );
    fs::write(&checkpoint, "no pickle").unwrap();
    refused(
        &classifier("other.ckpt"),
        &["other.ckpt", "a file of another format"],
    );
    refused(&classifier("none.ckpt"), &["none.ckpt"]);
}

#[test]
fn tensors_that_are_missing_or_too_many_are_named() {
    let copy = Copy::of("bert").with_tensors(|tensors| {
        tensors.rename("bert.pooler.dense.weight", "bert.pooler.lost.weight");
        tensors.0.get_mut("classifier.bias").unwrap().0 = vec![1, 6];
    });
    refused_folder(
        &copy,
        &[
            "the configured BertForSequenceClassification",
            "missing: bert.pooler.dense.weight",
            "unexpected: bert.pooler.lost.weight",
            "classifier.bias is [1, 6], expected [6]",
        ],
    );
    let copy = Copy::of("roberta").with_tensors(|tensors| {
        tensors.0.insert(
            "lm_head.dense.weight".to_owned(),
            (vec![16, 16], vec![0.0; 256]),
        );
    });
    refused_folder(&copy, &["unexpected: lm_head"]);
}

#[test]
fn weights_that_are_no_numbers_are_refused_when_they_are_read() {
    let copy = Copy::of("bert").with_tensors(|tensors| {
        tensors
            .0
            .get_mut("bert.encoder.layer.1.output.dense.weight")
            .unwrap()
            .1[3] = f32::NAN;
    });
    let classifier = Classifier::at(copy.path());
    classifier.check().unwrap(); // which reads no value
    let error = classifier.load(&Device::flex()).unwrap_err().to_string();
    assert!(
        error.contains("`bert.encoder.layer.1.output.dense.weight` holds 1 values"),
        "{error}"
    );
}

#[test]
fn without_a_device_there_is_no_model() {
    let error = Classifier::at(golden("bert"))
        .open(&Resources::new())
        .unwrap_err();
    assert!(error.to_string().contains("no device"), "{error}");
}
