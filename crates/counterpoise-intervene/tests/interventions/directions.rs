//! Edits along directions: beside PyTorch, identities that hold, and parameters that are refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use counterpoise_direction::DirectionFile;
use counterpoise_groups::NeuronId;
use counterpoise_intervene::{
    InterveneError, Intervention, Prepared, Selection, Subject, prepare_all,
};
use counterpoise_model::{Batch, KvCache, Transformer, load};
use counterpoise_probe::Probe;
use serde_json::Value;

use crate::build;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden")
}

pub(crate) fn expected() -> Value {
    let text = std::fs::read_to_string(golden().join("edits.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|x| x.as_f64().unwrap()).collect()
}

fn model_of(folder: &str) -> (Transformer, Probe) {
    let folder = golden().join(folder);
    let model = load(&folder, &Device::flex()).unwrap().model;
    let probe = Probe::load(&folder.join("probe.safetensors"), model.d_model()).unwrap();
    (model, probe)
}

fn prepared(text: &str, model: &Transformer, probe: &Probe) -> Result<Prepared, InterveneError> {
    let subject = Subject::of(model).with_probe(probe);
    build(text)?.prepare(model.clone(), &subject)
}

/// The logits after the last token of each text, `[texts][vocab_size]`.
pub(crate) fn last_logits(prepared: &Prepared, texts: &[&[u32]]) -> Vec<Vec<f32>> {
    let Batch { tokens, pass } = Batch::left_padded(texts, &prepared.model).unwrap();
    let (model, mut hooks) = (&prepared.model, prepared.hooks());
    let hidden = model.forward(tokens, &pass, &mut KvCache::new(), &mut hooks);
    let hidden = hidden.unwrap();
    let [_, seq, _] = hidden.dims();
    let logits = model.logits(hidden.narrow(1, seq - 1, 1));
    let logits = logits.try_into_vec_as::<f32>().unwrap();
    logits
        .chunks_exact(model.vocab_size())
        .map(<[f32]>::to_vec)
        .collect()
}

#[track_caller]
pub(crate) fn assert_near(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let bound = tolerance * expected.abs().max(1.0);
        assert!(
            (f64::from(*found) - expected).abs() <= bound,
            "{what}: {found} {expected}"
        );
    }
}

fn widened(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

const TOKENS: [u32; 5] = [9, 31, 7, 80, 64];

#[test]
fn every_edit_gives_the_logits_that_pytorch_gives() {
    let models = expected()["models"].take();
    for golden in models.as_array().unwrap() {
        let (model, probe) = model_of(golden["folder"].as_str().unwrap());
        let tokens: Vec<u32> = numbers(&golden["tokens"])
            .iter()
            .map(|&x| x as u32)
            .collect();
        let unedited = numbers(&golden["unedited"]);
        let plain = last_logits(&Prepared::new(model.clone()), &[&tokens]);
        assert_near("unedited", &plain[0], &unedited, 2e-5);
        for edit in golden["edits"].as_array().unwrap() {
            let kind = edit["kind"].as_str().unwrap();
            let edited = prepared(kind, &model, &probe).unwrap();
            let expected = numbers(&edit["logits"]);
            assert_near(kind, &last_logits(&edited, &[&tokens])[0], &expected, 2e-5);
            let moved = expected.iter().zip(&unedited).map(|(a, b)| (a - b).abs());
            assert!(moved.fold(0.0, f64::max) > 1e-2, "{kind}");
            // Beside a longer text it is padded by two columns.
            let longer: Vec<u32> = [3, 1]
                .into_iter()
                .chain(tokens.iter().rev().copied())
                .collect();
            let padded = last_logits(&edited, &[&tokens, &longer]);
            assert_near(kind, &padded[0], &expected, 2e-5);
        }
    }
}

#[test]
fn weights_and_run_time_compute_the_same() {
    for folder in [
        "random",
        "families/llama2",
        "families/llama3",
        "families/gpt_neox",
    ] {
        let (model, probe) = model_of(folder);
        for text in [
            "kind = 'project'\ndirection = 'probe'\nsites = ['mlp_out', 'attn_out', 'embed']\nlambda = 0.7",
            "kind = 'project'\ndirection = { seed = 3, k = 2 }\nsites = ['embed']",
            "kind = 'project'\ndirection = { seed = 3, k = 2 }\nlayers = [1]\nlambda = 2",
            "kind = 'ablate_direction'\ndirection = 'probe'",
        ] {
            let logits = |form: &str| {
                let edited = prepared(&format!("{text}\nas = '{form}'"), &model, &probe).unwrap();
                assert_eq!(edited.edits.is_empty(), form == "weights");
                last_logits(&edited, &[&TOKENS]).remove(0)
            };
            let what = format!("{folder}: {text}");
            assert_near(
                &what,
                &logits("run_time"),
                &widened(&logits("weights")),
                1e-5,
            );
        }
    }
    // Norms after the MLP: what comes before them is projected.
    for folder in ["families/gemma2", "families/olmo2"] {
        let (model, probe) = model_of(folder);
        let text = "kind = 'project'\ndirection = 'probe'\nsites = ['mlp_out', 'embed']";
        let logits = |form: &str| {
            let edited = prepared(&format!("{text}\nas = '{form}'"), &model, &probe).unwrap();
            last_logits(&edited, &[&TOKENS]).remove(0)
        };
        assert_near(
            folder,
            &logits("run_time"),
            &widened(&logits("weights")),
            1e-5,
        );
        for refused in [
            "kind = 'project'\ndirection = 'probe'\nsites = ['attn_out']\nas = 'run_time'",
            "kind = 'ablate_direction'\ndirection = 'probe'\nas = 'weights'",
        ] {
            let error = prepared(refused, &model, &probe).unwrap_err().to_string();
            assert!(error.contains("norm"), "{error}");
        }
    }
}

fn rows(tensor: Tensor<2>) -> Vec<Vec<f64>> {
    let [_, width] = tensor.dims();
    let values = widened(&tensor.try_into_vec_as::<f32>().unwrap());
    values.chunks_exact(width).map(<[f64]>::to_vec).collect()
}

#[test]
fn no_value_vector_is_left_along_the_probe() {
    for folder in ["random", "families/llama2", "families/gemma2"] {
        let (model, probe) = model_of(folder);
        let unit = probe.unit();
        let along = |row: &Vec<f64>| row.iter().zip(&unit).map(|(x, u)| x * u).sum::<f64>();
        let stripped = prepared("kind = 'project'\ndirection = 'probe'", &model, &probe).unwrap();
        assert_eq!(stripped.notes.len(), 1);
        for layer in 0..model.n_layer() {
            for row in rows(stripped.model.neurons(layer).values) {
                let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
                assert!(along(&row).abs() < 1e-6 * norm, "{folder}, {layer}");
            }
            // The share that the note gives is that of the value vectors and the bias.
            let neurons = model.neurons(layer);
            let bias = neurons
                .bias
                .map(|bias| rows(bias.unsqueeze()))
                .unwrap_or_default();
            let written = [rows(neurons.values), bias].concat();
            let taken: f64 = written.iter().map(|row| along(row).powi(2)).sum();
            let whole: f64 = written.iter().flatten().map(|x| x * x).sum();
            let said = format!("{layer}: {:.3} %", 100.0 * taken / whole);
            assert!(
                stripped.notes[0].contains(&said),
                "{said}: {:?}",
                stripped.notes
            );
        }
    }
}

#[test]
fn a_tied_head_stays_as_it_was_and_other_weights_keep_their_bits() {
    let (model, probe) = model_of("random");
    let text = "kind = 'project'\ndirection = 'probe'\nsites = ['embed']";
    let edited = prepared(text, &model, &probe).unwrap().model;
    assert_eq!(rows(edited.unembedding()), rows(model.embed.weight.val()));
    assert_ne!(
        rows(edited.embed.weight.val()),
        rows(model.embed.weight.val())
    );
    for layer in 0..model.n_layer() {
        assert_eq!(
            rows(edited.neurons(layer).values),
            rows(model.neurons(layer).values)
        );
        assert_eq!(
            rows(edited.neurons(layer).keys),
            rows(model.neurons(layer).keys)
        );
    }
    assert!(model.unembed.is_none());
}

#[test]
fn an_edit_acts_on_what_the_one_before_left() {
    let (model, probe) = model_of("families/llama2");
    let subject = Subject::of(&model).with_probe(&probe);
    let half = "kind = 'project'\ndirection = 'probe'\nlambda = 0.5";
    let logits = |texts: &[&str]| {
        let parts: Vec<Arc<dyn Intervention>> = texts
            .iter()
            .map(|text| Arc::from(build(text).unwrap()))
            .collect();
        let whole = prepare_all(&parts, model.clone(), &subject).unwrap();
        last_logits(&whole, &[&TOKENS]).remove(0)
    };
    // (1 − ½)² = 1 − ¾, in any form.
    let once = logits(&["kind = 'project'\ndirection = 'probe'\nlambda = 0.75"]);
    let run_time = format!("{half}\nas = 'run_time'");
    for twice in [[half, half], [half, &run_time], [&run_time, &run_time]] {
        assert_near("twice", &logits(&twice), &widened(&once), 1e-5);
    }
    let there = "kind = 'steer'\ndirection = 'probe'\ncoefficient = 2.5";
    let back = "kind = 'steer'\ndirection = 'probe'\ncoefficient = -2.5";
    let plain = last_logits(&Prepared::new(model.clone()), &[&TOKENS]).remove(0);
    assert_near(
        "there and back",
        &logits(&[there, back]),
        &widened(&plain),
        1e-5,
    );
}

#[test]
fn random_directions_are_redrawn_and_others_are_not() {
    let (model, probe) = model_of("random");
    let subject = Subject::of(&model).with_probe(&probe);
    for kind in ["project", "ablate_direction", "steer"] {
        let more = if kind == "steer" {
            "\ncoefficient = 4"
        } else {
            ""
        };
        let random = build(&format!(
            "kind = '{kind}'\ndirection = {{ seed = 1 }}{more}"
        ))
        .unwrap();
        let logits = |edit: &dyn Intervention| {
            let edited = edit.prepare(model.clone(), &subject).unwrap();
            last_logits(&edited, &[&TOKENS]).remove(0)
        };
        let drawn = |draw| logits(&*random.redrawn(draw).unwrap());
        assert_eq!(drawn(1), logits(&*random));
        assert_ne!(drawn(2), drawn(1));
        assert_eq!(drawn(2), drawn(2));
        let fixed = build(&format!("kind = '{kind}'\ndirection = 'probe'{more}")).unwrap();
        assert!(fixed.redrawn(2).is_none());
    }
}

#[test]
fn files_hold_one_direction_or_each_block_s_own() {
    let (model, probe) = model_of("random");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.safetensors");
    let other: Vec<f64> = (0..48).map(|x| f64::from(x).cos()).collect();
    let own: Vec<f64> = widened(probe.direction());
    DirectionFile::PerBlock(vec![vec![own.clone()], vec![other.clone()]])
        .write(&path)
        .unwrap();
    let path = path.display();
    let logits = |text: &str| {
        let edited = prepared(text, &model, &probe).unwrap();
        last_logits(&edited, &[&TOKENS]).remove(0)
    };
    let project = |rest: &str| logits(&format!("kind = 'project'\n{rest}"));
    let first = project("direction = 'probe'\nlayers = [0]");
    let of_file = project(&format!("direction = {{ file = '{path}' }}\nlayers = [0]"));
    assert_near("own", &of_file, &widened(&first), 1e-6);
    let named = project(&format!("direction = {{ file = '{path}', layer = 0 }}"));
    assert_near(
        "named",
        &named,
        &widened(&project("direction = 'probe'")),
        1e-6,
    );
    assert_ne!(
        named,
        project(&format!("direction = {{ file = '{path}' }}"))
    );
    for (text, part) in [
        (
            format!("kind = 'project'\ndirection = {{ file = '{path}' }}\nsites = ['embed']"),
            "`layer`",
        ),
        (
            format!("kind = 'ablate_direction'\ndirection = {{ file = '{path}' }}"),
            "`layer`",
        ),
        (
            format!("kind = 'project'\ndirection = {{ file = '{path}', layer = 2 }}"),
            "2 blocks",
        ),
        (
            format!("kind = 'project'\ndirection = {{ file = '{path}', k = 2 }}"),
            "1 directions",
        ),
        (
            "kind = 'project'\ndirection = { file = 'nowhere.safetensors' }".into(),
            "nowhere",
        ),
    ] {
        let error = prepared(&text, &model, &probe).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn neurons_whose_value_vectors_span_a_subspace_write_nothing_once_it_is_stripped() {
    let (model, table) = (crate::model(), crate::table());
    let subject = Subject::measured(&model, &table).unwrap();
    let text = "kind = 'project'\ndirection = { value_vectors = 3, k = 3 }";
    let stripped = build(text)
        .unwrap()
        .prepare(model.clone(), &subject)
        .unwrap();
    let top = Selection::top(3).neurons(&subject).unwrap();
    for layer in 0..model.n_layer() {
        let rows = rows(stripped.model.neurons(layer).values);
        for (neuron, row) in rows.iter().enumerate() {
            let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            assert_eq!(
                norm < 1e-5,
                top.contains(&NeuronId { layer, neuron }),
                "{norm}"
            );
        }
    }
}
