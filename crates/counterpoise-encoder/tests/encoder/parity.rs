//! Everything between texts and scores, beside `transformers`.

use burn::tensor::{Device, Tensor};
use counterpoise_encoder::{Classifier, ProblemType, Stage};
use counterpoise_registry::{PartTable, Registry, Resources};
use counterpoise_score::{ScorerKind, score_texts};
use serde::Deserialize;

use crate::{FAMILIES, Tensors, golden, read};

/// What `expected.json` holds.
#[derive(Deserialize)]
pub(crate) struct Expected {
    pub(crate) texts: Vec<String>,
    tokens: Vec<Vec<u32>>,
    /// For each text, the score of each output.
    pub(crate) scores: Vec<Vec<f64>>,
    /// Columns of a padded batch.
    longest: usize,
}

/// Of values of the size of a layer norm's output. `f32` sums in another order make no two implementations agree to the bit.
const TOLERANCE: f64 = 1e-5;

/// Asserts that the first rows of all texts, so many of each and one after the other, are those of the padded batch.
#[track_caller]
fn assert_rows(what: &str, found: &Tensor<3>, expected: &[f32], rows: &[usize], columns: usize) {
    let [_, _, width] = found.dims();
    let found = found.clone().try_into_vec_as::<f32>().unwrap();
    let unpadded = rows.iter().enumerate().flat_map(|(text, rows)| {
        let first = text * columns * width;
        &expected[first..first + rows * width]
    });
    let expected: Vec<f32> = unpadded.copied().collect();
    assert_close(what, &found, &expected);
}

#[track_caller]
fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}: how many");
    assert!(!found.is_empty());
    for (at, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let (found, expected) = (f64::from(found), f64::from(expected));
        let apart = (found - expected).abs();
        assert!(
            apart <= TOLERANCE * expected.abs().max(1.0),
            "{what}, value {at}: found {found}, expected {expected}"
        );
    }
}

#[test]
fn embeddings_layers_pooled_output_and_logits_are_those_of_transformers() {
    for family in FAMILIES {
        let folder = golden(family);
        let expected: Expected = read(&folder.join("expected.json"));
        let arrays = Tensors::read(&folder.join("activations.safetensors")).0;
        let array = |name: &str| &arrays[name].1;
        let scorer = Classifier::at(&folder).load(&Device::flex()).unwrap();
        let texts = expected.texts.iter();
        let tokens: Vec<Vec<u32>> = texts
            .map(|text| scorer.tokenizer().encode(text).unwrap())
            .collect();
        assert_eq!(tokens, expected.tokens, "{family}");
        let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
        assert!(lengths.contains(&2) && lengths.contains(&scorer.tokenizer().max_tokens()));
        let tokens: Vec<&[u32]> = tokens.iter().map(Vec::as_slice).collect();
        let mut layers = 0;
        let logits = scorer
            .model()
            .watched(&tokens, &mut |stage, found| match stage {
                Stage::Embeddings => {
                    assert_rows(
                        "embeddings",
                        found,
                        array("embeddings"),
                        &lengths,
                        expected.longest,
                    );
                }
                Stage::Layer(layer) => {
                    let name = format!("layer.{layer}");
                    let rows = match layer {
                        1 => &vec![1; lengths.len()], // the last layer's first tokens
                        _ => &lengths,
                    };
                    assert_rows(&name, found, array(&name), rows, expected.longest);
                    layers += 1;
                }
                Stage::Pooled => {
                    let found = found.clone().try_into_vec_as::<f32>().unwrap();
                    assert_close("pooled", &found, array("pooled"));
                }
            });
        assert_eq!(layers, 2);
        assert_close("logits", &logits.unwrap().concat(), array("logits"));
    }
}

/// The scores of a classifier that a study describes, by the function that a study calls.
pub(crate) fn scores(table: &str, texts: &[String]) -> Vec<Option<f64>> {
    let mut scorers: Registry<dyn ScorerKind> = Registry::new("scorer");
    scorers
        .register("classifier", |kind: Classifier| Box::new(kind))
        .unwrap();
    let kind = scorers.build(&PartTable::parse(table).unwrap()).unwrap();
    let scorer = kind.open(&Resources::new().with(Device::flex())).unwrap();
    let scored = score_texts(scorer.as_ref(), texts).unwrap();
    scored.scores.into_iter().map(Result::ok).collect()
}

#[track_caller]
fn assert_scores(what: &str, found: &[Option<f64>], expected: &[Vec<f64>], output: usize) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let apart = (found.unwrap() - expected[output]).abs();
        assert!(
            apart <= TOLERANCE,
            "{what}: {found:?}, not {}",
            expected[output]
        );
    }
}

#[test]
fn scores_of_every_label_are_those_of_transformers_as_a_study_asks_for_them() {
    for (family, labels, default) in [
        (
            "bert",
            &[
                "toxic",
                "severe_toxic",
                "obscene",
                "threat",
                "insult",
                "identity_hate",
            ][..],
            0,
        ),
        ("roberta", &["neutral", "toxic"], 1),
    ] {
        let folder = golden(family);
        let expected: Expected = read(&folder.join("expected.json"));
        let table = format!(
            "kind = 'classifier'\nmodel = '{}'\nbatch_size = 4\n",
            folder.display()
        );
        for (output, label) in labels.iter().enumerate() {
            let found = scores(&format!("{table}label = '{label}'"), &expected.texts);
            assert_scores(label, &found, &expected.scores, output);
        }
        assert_scores(
            family,
            &scores(&table, &expected.texts),
            &expected.scores,
            default,
        );
    }
}

#[test]
fn scores_differ_between_texts_and_labels() {
    for family in FAMILIES {
        let expected: Expected = read(&golden(family).join("expected.json"));
        let spread = |values: Vec<f64>| {
            let most = values.iter().copied().fold(f64::MIN, f64::max);
            most - values.iter().copied().fold(f64::MAX, f64::min)
        };
        // Otherwise nothing above could tell one from another.
        for output in 0..expected.scores[0].len() {
            assert!(
                spread(
                    expected
                        .scores
                        .iter()
                        .map(|scores| scores[output])
                        .collect()
                ) > 0.05
            );
        }
        assert!(
            expected
                .scores
                .iter()
                .all(|scores| spread(scores.clone()) > 1e-3)
        );
    }
}

#[test]
fn a_checkpoint_of_detoxifys_has_its_labels_and_the_same_scores() {
    let folder = golden("bert");
    let expected: Expected = read(&folder.join("expected.json"));
    // Beside it lies what the study names: a configuration without labels, and the tokenizer.
    let beside = crate::Copy::of("bert")
        .with("model.safetensors", None)
        .changed("config.json", |config| {
            for field in ["id2label", "label2id", "problem_type"] {
                config.as_object_mut().unwrap().remove(field);
            }
            config["architectures"] = serde_json::json!(["BertForMaskedLM"]);
        });
    let checkpoint = folder.join("toxic.ckpt");
    let table = format!(
        "kind = 'classifier'\nmodel = '{}'\nweights = '{}'\n",
        beside.path().display(),
        checkpoint.display()
    );
    assert_scores(
        "toxic",
        &scores(&table, &expected.texts),
        &expected.scores,
        0,
    );
    let insult = scores(&format!("{table}label = 'insult'"), &expected.texts);
    assert_scores("insult", &insult, &expected.scores, 4);
    let softmax = format!("{table}problem_type = 'single_label_classification'");
    let shares = scores(&softmax, &expected.texts);
    assert!(
        shares
            .iter()
            .zip(&expected.scores)
            .any(|(share, scores)| (share.unwrap() - scores[0]).abs() > 0.01)
    );
    let kind = Classifier {
        weights: Some(checkpoint),
        problem_type: Some(ProblemType::MultiLabel),
        ..Classifier::at(beside.path())
    };
    let said = kind.check().unwrap();
    for part in [
        "BertForSequenceClassification, 2 blocks, 16 wide",
        "labels toxic, severe_toxic",
        "sigmoid of `toxic`",
        "24 tokens",
    ] {
        assert!(said.contains(part), "{said}");
    }
}
