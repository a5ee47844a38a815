//! Direct preference optimisation learns, repeats and resumes, by the published update rule.

use burn::module::Module;
use counterpoise_model::Transformer;
use counterpoise_train::{Dpo, DpoLog, PairSet, PreferencePair, sequence_log_probabilities};

use crate::tiny::{dpo, parameters, tiny, upwards};

#[test]
fn preference_training_starts_at_ln_2_and_learns_the_preference() {
    let base = tiny(5);
    let untouched = parameters(&base);
    let (training, held_out) = (upwards(0..12), upwards(12..19));
    let mut rows: Vec<DpoLog> = Vec::new();
    let tuned = dpo(60)
        .train(base.clone(), &training, &held_out, &mut |row| {
            rows.push(row.clone());
        })
        .unwrap();

    let of = |pairs| rows.iter().filter(move |row| row.pairs == pairs);
    let held: Vec<&DpoLog> = of(PairSet::HeldOut).collect();
    let steps: Vec<usize> = held.iter().map(|row| row.step).collect();
    assert_eq!(steps, [0, 10, 20, 30, 40, 50, 60]);
    for first in [held[0], of(PairSet::Training).next().unwrap()] {
        assert!((first.preference.loss - std::f64::consts::LN_2).abs() < 1e-6);
        assert!(first.preference.margin.abs() < 1e-6);
    }
    let last = held[6].preference;
    assert!(last.margin > 0.5, "{last:?}");
    assert_eq!(last.accuracy, 1.0);
    assert!(last.loss < 0.5);
    assert!((last.chosen_reward - last.rejected_reward - last.margin).abs() < 1e-9);
    assert!(held[0].update.is_none());
    let rates: Vec<f64> = of(PairSet::Training)
        .map(|row| row.update.unwrap().learning_rate)
        .collect();
    assert!((rates[0] - 2e-4).abs() < 1e-12);
    assert_eq!(rates[4], 1e-3);
    assert_eq!(rates[59], 1e-3);

    assert_eq!(parameters(&base), untouched);
    assert_ne!(parameters(&tuned), untouched);
    // The rewards reported are those of the models themselves.
    let reward = |pair: &PreferencePair, response: &[u32]| {
        let score = |model: &Transformer| {
            let sums = sequence_log_probabilities(model, &[(&pair.prompt, response)]).unwrap();
            f64::from(sums.try_into_scalar::<f32>().unwrap())
        };
        0.1 * (score(&tuned) - score(&base))
    };
    let chosen: f64 = held_out.iter().map(|pair| reward(pair, &pair.chosen)).sum();
    assert!((chosen / 7.0 - last.chosen_reward).abs() < 1e-5);
}

#[test]
fn a_seed_decides_every_bit_of_a_tuned_model() {
    let train = |seed| {
        let dpo = Dpo { seed, ..dpo(8) };
        let model = dpo.train(tiny(5), &upwards(0..12), &[], &mut |_| ());
        parameters(&model.unwrap())
    };
    assert_eq!(train(1), train(1));
    assert_ne!(train(1), train(2));
}

#[test]
fn accumulating_gradients_changes_nothing_but_rounding() {
    let train = |gradient_accumulation| {
        let mut rows = Vec::new();
        let dpo = Dpo {
            gradient_accumulation,
            ..dpo(6)
        };
        dpo.train(tiny(5), &upwards(0..12), &[], &mut |row| {
            rows.push(row.clone())
        })
        .unwrap();
        rows
    };
    for (whole, parts) in train(1).iter().zip(train(4)) {
        assert!((whole.preference.margin - parts.preference.margin).abs() < 1e-3);
        let norm = |row: &DpoLog| row.update.unwrap().gradient_norm;
        // From the second step on, RMSprop has turned differences in rounding into larger ones.
        let tolerance = if whole.step == 0 { 1e-5 } else { 1e-2 };
        assert!((norm(whole) / norm(&parts) - 1.0).abs() < tolerance);
    }
}

/// RMSprop by hand: `s ← 0.99 s + 0.01 g²`, `θ ← θ − lr · g / (√s + 1e-8)`, on the first two steps.
#[test]
fn updates_are_those_of_rmsprop_as_published() {
    let settings = Dpo {
        batch_size: 1,
        warmup_steps: 0,
        max_gradient_norm: f64::INFINITY,
        ..dpo(2)
    };
    let pairs = upwards(0..1);
    let mut run = settings.start(tiny(5), &pairs, &[]).unwrap();
    let bias = |model: &Transformer| -> Vec<f64> {
        let bias = model.blocks[1].mlp.down.bias.as_ref().unwrap().val();
        bias.try_into_vec_as().unwrap()
    };
    let mut before = bias(&run.model());
    let mut averages = vec![0.0; before.len()];
    for _ in 0..2 {
        let gradient = gradient_of_bias(&run.model(), &tiny(5), &pairs[0]);
        run.step().unwrap();
        let after = bias(&run.model());
        for (index, gradient) in gradient.iter().enumerate() {
            averages[index] = 0.99 * averages[index] + 0.01 * gradient * gradient;
            let step = 1e-3 * gradient / (averages[index].sqrt() + 1e-8);
            let found = before[index] - after[index];
            assert!((found - step).abs() < 1e-5, "{found} != {step}");
        }
        before = after;
    }
}

/// The gradient of one pair's loss by the bias of the last MLP's output.
fn gradient_of_bias(
    model: &Transformer,
    reference: &Transformer,
    pair: &PreferencePair,
) -> Vec<f64> {
    let model = model.clone().train();
    let sequences: [(&[u32], &[u32]); 2] =
        [(&pair.prompt, &pair.chosen), (&pair.prompt, &pair.rejected)];
    let policy = sequence_log_probabilities(&model, &sequences).unwrap();
    let fixed = sequence_log_probabilities(reference, &sequences).unwrap();
    let (policy_values, fixed): (Vec<f64>, Vec<f64>) = (
        policy.clone().try_into_vec_as().unwrap(),
        fixed.try_into_vec_as().unwrap(),
    );
    let margin = 0.1 * ((policy_values[0] - fixed[0]) - (policy_values[1] - fixed[1]));
    // d loss / d log π(chosen) = −β σ(−margin), and the opposite for the other response.
    let weight = 0.1 / (1.0 + margin.exp());
    let chosen = policy.clone().narrow(0, 0, 1);
    let rejected = policy.narrow(0, 1, 1);
    let gradients = (rejected - chosen).mul_scalar(weight).backward();
    let bias = model.blocks[1].mlp.down.bias.as_ref().unwrap().val();
    bias.grad(&gradients).unwrap().try_into_vec_as().unwrap()
}

#[test]
fn a_resumed_tuning_is_the_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (training, held_out) = (upwards(0..12), upwards(12..16));
    let mut straight = dpo(20).start(tiny(5), &training, &held_out).unwrap();
    while straight.step().unwrap().is_some() {}

    let mut run = dpo(20).start(tiny(5), &training, &held_out).unwrap();
    for _ in 0..8 {
        run.step().unwrap();
    }
    run.save(folder.path()).unwrap();
    drop(run);
    // The reference is the saved one, not the model that gives the shapes.
    let mut resumed = dpo(20)
        .resume(folder.path(), tiny(6), &training, &held_out)
        .unwrap();
    while resumed.step().unwrap().is_some() {}

    let found = resumed.evaluate().unwrap().preference;
    assert_eq!(found, straight.evaluate().unwrap().preference);
    assert_eq!(
        parameters(&resumed.into_model()),
        parameters(&straight.into_model())
    );
}

#[test]
fn long_prompts_and_responses_are_cut_to_their_first_tokens() {
    let settings = Dpo {
        max_prompt_tokens: 2,
        max_response_tokens: 3,
        ..dpo(3)
    };
    let train = |pairs: &[PreferencePair]| {
        let model = settings.train(tiny(5), pairs, &[], &mut |_| ()).unwrap();
        parameters(&model)
    };
    let short: Vec<PreferencePair> = (1..5)
        .map(|token| PreferencePair {
            prompt: vec![token, 2],
            chosen: vec![3, 4, 5],
            rejected: vec![6],
        })
        .collect();
    let long: Vec<PreferencePair> = short
        .iter()
        .map(|pair| PreferencePair {
            prompt: [&pair.prompt[..], &[9; 30]].concat(),
            chosen: [&pair.chosen[..], &[9; 30]].concat(),
            rejected: pair.rejected.clone(),
        })
        .collect();
    assert_eq!(train(&short), train(&long));
}

#[test]
fn log_rows_are_flat_json() {
    let mut rows = Vec::new();
    dpo(1)
        .train(tiny(5), &upwards(0..6), &upwards(6..8), &mut |row| {
            rows.push(serde_json::to_value(row).unwrap());
        })
        .unwrap();
    let keys = |row: &serde_json::Value| -> Vec<String> {
        row.as_object().unwrap().keys().cloned().collect()
    };
    let metrics = [
        "loss",
        "chosen_reward",
        "rejected_reward",
        "margin",
        "accuracy",
    ];
    let held_out = [&["step", "pairs"], &metrics[..], &["seconds"]].concat();
    let training = [
        &["step", "pairs"],
        &metrics[..],
        &["learning_rate", "gradient_norm", "seconds"],
    ]
    .concat();
    assert_eq!(keys(&rows[0]), held_out);
    assert_eq!(keys(&rows[1]), training);
    assert_eq!(rows[1]["pairs"], "training");
}
