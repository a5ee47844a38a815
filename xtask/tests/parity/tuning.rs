//! Two steps of DPO on a family's base model, and the tuned model saved and read again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn::tensor::Device;
use counterpoise_data::read_json;
use counterpoise_model::{Transformer, load, save, token_tensor};
use counterpoise_train::{Dpo, Duration, PreferenceLoss, PreferencePair};
use serde::Deserialize;

use crate::array;
use crate::close::{Tolerance, assert_close};
use crate::expected::Which;
use crate::golden::{Golden, fixtures};

/// Losses and gradient norms, from sums of `f32` log-likelihoods.
const LOSSES: Tolerance = Tolerance::relative(1e-4, 1e-2);
/// Weights near 1 after two steps of at most 1e-3 each.
const WEIGHTS: Tolerance = Tolerance::relative(2e-6, 1.0);

#[derive(Deserialize)]
struct Expected {
    /// Prompt, chosen and rejected response.
    pairs: Vec<[Vec<u32>; 3]>,
    losses: Vec<f64>,
    gradient_norms: Vec<f64>,
    tied: bool,
    final_norm: Vec<f64>,
    embedding_sum: f64,
    /// With other objectives, by their names.
    #[serde(default)]
    objectives: BTreeMap<String, Objective>,
}

/// Of each step, what is lowered and the mean divergence of a pair.
#[derive(Deserialize)]
struct Objective {
    losses: Vec<f64>,
    divergences: Vec<f64>,
    gradient_norms: Vec<f64>,
}

fn expected(golden: &Golden) -> Expected {
    let path = fixtures().join("golden/tuning.json");
    let mut all: BTreeMap<String, Expected> = read_json(&path, "golden tuning").unwrap();
    let name = golden.folder.file_name().unwrap().to_str().unwrap();
    all.remove(name).unwrap()
}

pub(crate) fn check(golden: &Golden) {
    let expected = expected(golden);
    let pair = |[prompt, chosen, rejected]: &[Vec<u32>; 3]| PreferencePair {
        prompt: prompt.clone(),
        chosen: chosen.clone(),
        rejected: rejected.clone(),
    };
    let pairs: Vec<PreferencePair> = expected.pairs.iter().map(pair).collect();
    let settings = Dpo {
        learning_rate: 1e-4,
        warmup_steps: 0,
        batch_size: pairs.len(),
        gradient_accumulation: 2,
        duration: Duration::Steps(expected.losses.len()),
        ..Dpo::default()
    };
    let base = golden.model(Which::Base, &Device::flex());
    assert_eq!(base.unembed.is_none(), expected.tied);
    let (mut losses, mut norms) = (Vec::new(), Vec::new());
    let tuned = settings.train(base, &pairs, &[], &mut |row| {
        losses.push(row.preference.loss);
        norms.push(row.update.unwrap().gradient_norm);
    });
    let tuned = tuned.unwrap();
    assert_close("losses", &losses, &expected.losses, LOSSES);
    assert_close("gradient norms", &norms, &expected.gradient_norms, LOSSES);
    let norm = tuned
        .ln_final
        .weight
        .val()
        .try_into_vec_as::<f64>()
        .unwrap();
    assert_close("final norm", &norm, &expected.final_norm, WEIGHTS);
    let embedding = tuned.embed.weight.val().try_into_vec_as::<f64>().unwrap();
    let sum = embedding.iter().sum::<f64>();
    assert_close("embedding", &[sum], &[expected.embedding_sum], LOSSES);
    check_saved(golden, &tuned, &pairs[0].prompt);
    for (name, expected) in &expected.objectives {
        check_objective(golden, name, expected, &pairs, &settings);
    }
}

/// Steps with another loss than DPO's.
fn check_objective(
    golden: &Golden,
    name: &str,
    expected: &Objective,
    pairs: &[PreferencePair],
    plain: &Dpo,
) {
    let label_smoothing = 0.1;
    let (loss, divergence_weight) = match name {
        "conservative" => (PreferenceLoss::Sigmoid { label_smoothing }, 0.0),
        "ipo" => (PreferenceLoss::Ipo, 0.0),
        "anchored" => (PreferenceLoss::default(), 0.5),
        other => panic!("{other} is not known here"),
    };
    let settings = Dpo {
        loss,
        divergence_weight,
        duration: Duration::Steps(expected.losses.len()),
        ..plain.clone()
    };
    let base = golden.model(Which::Base, &Device::flex());
    let (mut losses, mut divergences, mut norms) = (Vec::new(), Vec::new(), Vec::new());
    let tuned = settings.train(base, pairs, &[], &mut |row| {
        let divergence = row.divergence.unwrap_or(0.0);
        losses.push(row.preference.loss + divergence_weight * divergence);
        divergences.extend(row.divergence);
        norms.push(row.update.unwrap().gradient_norm);
    });
    tuned.unwrap();
    assert_close(name, &losses, &expected.losses, LOSSES);
    assert_close(name, &norms, &expected.gradient_norms, LOSSES);
    if divergence_weight > 0.0 {
        assert_close(name, &divergences, &expected.divergences, LOSSES);
    }
}

/// The tuned model is written under the names that its base has, and computes the same when it is read again.
fn check_saved(golden: &Golden, tuned: &Transformer, prompt: &[u32]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    save(tuned, &path).unwrap();
    let config = fs::read(golden.folder.join("config.json")).unwrap();
    fs::write(folder.path().join("config.json"), config).unwrap();
    let names = |file: &Path| array::read(file).into_keys().collect::<Vec<_>>();
    assert_eq!(
        names(&path),
        names(&golden.folder.join("model.safetensors"))
    );
    let again = load(folder.path(), &Device::flex()).unwrap().model;
    let logits = |model: &Transformer| -> Vec<f32> {
        let tokens = token_tensor(prompt, [1, prompt.len()], &model.device());
        let hidden = model.hidden(tokens).unwrap();
        model.logits(hidden).try_into_vec_as::<f32>().unwrap()
    };
    assert!(logits(&again) == logits(tuned));
    let base = golden.model(Which::Base, &Device::flex());
    assert!(logits(&base) != logits(tuned));
}
