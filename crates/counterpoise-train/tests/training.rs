//! Whole runs on tiny models: that training learns, repeats, resumes, and refuses bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use counterpoise_model::{Config, Gpt2};
use counterpoise_train::{
    Dpo, DpoLog, Duration, LanguageModelTraining, PairSet, PreferencePair, StepLog, TrainError,
    sequence_log_probabilities,
};

const VOCABULARY: usize = 20;
const CONTEXT: usize = 16;
const END: u32 = 0;

/// A new tiny model; the device's random state is shared, so that models are made one at a time.
fn tiny(seed: u64) -> Gpt2 {
    static SEEDED: Mutex<()> = Mutex::new(());
    let _guard = SEEDED.lock().unwrap_or_else(PoisonError::into_inner);
    let device = Device::flex();
    device.seed(seed);
    let mut model = Gpt2::init(&Config::new(VOCABULARY, CONTEXT, 16, 2, 2), &device);
    // Parameters are drawn on first use: draw them now, while the seed is ours.
    let _ = parameters(&model);
    model.ln_f.weight = model.ln_f.weight.map(|weight| weight.mul_scalar(4.0));
    model
}

/// Every parameter's bits, in the model's order.
fn parameters(model: &Gpt2) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let values: Vec<f32> = param.val().try_into_vec_as().unwrap();
            self.0.extend(values.into_iter().map(f32::to_bits));
        }
    }
    let mut bits = Bits(Vec::new());
    model.visit(&mut bits);
    bits.0
}

fn language_model(steps: usize) -> LanguageModelTraining {
    LanguageModelTraining {
        duration: Duration::Steps(steps),
        batch_size: 4,
        context: CONTEXT,
        learning_rate: 1e-2,
        warmup_steps: 5,
        weight_decay: 0.1,
        max_gradient_norm: 1.0,
        seed: 3,
    }
}

/// Documents that count upwards from varied starts: entirely predictable within a document.
fn counting() -> Vec<Vec<u32>> {
    (0..60)
        .map(|start| (0..11).map(|offset| 1 + (start + offset) % 19).collect())
        .collect()
}

fn dpo(steps: usize) -> Dpo {
    Dpo {
        learning_rate: 1e-3,
        warmup_steps: 4,
        batch_size: 4,
        duration: Duration::Steps(steps),
        evaluate_every: 10,
        ..Dpo::default()
    }
}

/// Pairs in which the response counting upwards is preferred to the one counting downwards.
fn upwards(starts: std::ops::Range<u32>) -> Vec<PreferencePair> {
    starts
        .map(|start| {
            let up = |offset: u32| 1 + (start + offset) % 19;
            let down = |offset: u32| 1 + (start + 19 - offset) % 19;
            PreferencePair {
                prompt: vec![up(0)],
                chosen: (1..=3).map(up).chain([END]).collect(),
                rejected: (1..=2 + start as usize % 3)
                    .map(|at| down(at as u32))
                    .collect(),
            }
        })
        .collect()
}

#[test]
fn the_loss_falls_to_that_of_a_predictable_text() {
    let mut rows: Vec<StepLog> = Vec::new();
    language_model(150)
        .train(tiny(1), counting(), END, &mut |row| rows.push(row.clone()))
        .unwrap();

    assert_eq!(rows.len(), 150);
    assert_eq!(rows[7].step, 7);
    assert_eq!(rows[0].tokens, 4 * CONTEXT);
    // 720 tokens are 44 windows, 11 batches an epoch.
    assert_eq!((rows[10].epoch, rows[11].epoch), (0, 1));
    let uniform = (VOCABULARY as f64).ln();
    assert!((rows[0].loss - uniform).abs() < 0.5, "{:?}", rows[0]);
    // Only where documents begin is unpredictable: one token in twelve, at ln 19 nats.
    let best = 19.0_f64.ln() / 12.0;
    let last = rows[140..].iter().map(|row| row.loss).sum::<f64>() / 10.0;
    assert!(last < 2.0 * best, "{last} against {best}");
    assert!(rows[149].learning_rate < rows[75].learning_rate);
    assert!(rows.iter().all(|row| row.gradient_norm > 0.0));
}

#[test]
fn a_seed_decides_every_bit_of_a_language_model() {
    let train = |seed| {
        let training = LanguageModelTraining {
            seed,
            ..language_model(12)
        };
        let model = training.train(tiny(1), counting(), END, &mut |_| ());
        parameters(&model.unwrap())
    };
    assert_eq!(train(3), train(3));
    assert_ne!(train(3), train(4));
}

#[test]
fn weight_decay_shrinks_matrices_and_nothing_else() {
    let train = |weight_decay| {
        let training = LanguageModelTraining {
            weight_decay,
            duration: Duration::Steps(1),
            warmup_steps: 0,
            ..language_model(1)
        };
        training
            .train(tiny(1), counting(), END, &mut |_| ())
            .unwrap()
    };
    let values = |tensor: Tensor<2>| tensor.try_into_vec_as::<f32>().unwrap();
    let (plain, decayed) = (train(0.0), train(0.5));
    // One step of AdamW at rate 0.01 scales a decayed weight by 1 − 0.01 · 0.5 before the update.
    let before = values(tiny(1).h[1].mlp.c_fc.weight.val());
    let plain_matrix = values(plain.h[1].mlp.c_fc.weight.val());
    let decayed_matrix = values(decayed.h[1].mlp.c_fc.weight.val());
    for ((before, plain), decayed) in before.iter().zip(plain_matrix).zip(decayed_matrix) {
        assert!((plain - decayed - 0.005 * before).abs() < 1e-6);
    }
    assert_eq!(
        values(plain.wte.weight.val()),
        values(decayed.wte.weight.val())
    );
    for (plain, decayed) in plain.h.iter().zip(&decayed.h) {
        let bias = |tensor: Tensor<1>| tensor.try_into_vec_as::<f32>().unwrap();
        assert_eq!(
            bias(plain.mlp.c_fc.bias.val()),
            bias(decayed.mlp.c_fc.bias.val())
        );
        assert_eq!(
            bias(plain.ln_1.weight.val()),
            bias(decayed.ln_1.weight.val())
        );
    }
}

#[test]
fn a_resumed_language_model_is_the_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let straight = language_model(30)
        .train(tiny(1), counting(), END, &mut |_| ())
        .unwrap();

    let mut run = language_model(30).start(tiny(1), counting(), END).unwrap();
    for _ in 0..7 {
        run.step().unwrap();
    }
    run.save(folder.path()).unwrap();
    for _ in 7..14 {
        run.step().unwrap();
    }
    run.save(folder.path()).unwrap();
    drop(run);

    // The shapes come from a model with other values, and the second save replaced the first.
    let mut resumed = language_model(30)
        .resume(folder.path(), tiny(2), counting(), END)
        .unwrap();
    assert_eq!(resumed.completed(), 14);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    while resumed.step().unwrap().is_some() {}
    assert_eq!(parameters(&resumed.into_model()), parameters(&straight));
}

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
        let score = |model: &Gpt2| {
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
        assert!((norm(whole) / norm(&parts) - 1.0).abs() < 1e-2);
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
    let bias = |model: &Gpt2| -> Vec<f64> {
        let bias = model.h[1].mlp.c_proj.bias.val();
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
fn gradient_of_bias(model: &Gpt2, reference: &Gpt2, pair: &PreferencePair) -> Vec<f64> {
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
    let bias = model.h[1].mlp.c_proj.bias.val();
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

/// The message of resuming a run of 20 steps from `folder`.
fn resume_fault(folder: &Path, dpo: &Dpo, pairs: &[PreferencePair]) -> String {
    match dpo.resume(folder, tiny(5), pairs, &[]) {
        Ok(_) => panic!("resumed"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = upwards(0..12);
    let none = folder.path().join("none");
    assert!(resume_fault(&none, &dpo(20), &pairs).contains("training.json"));

    let mut run = dpo(20).start(tiny(5), &pairs, &[]).unwrap();
    run.step().unwrap();
    run.save(folder.path()).unwrap();

    let other = Dpo {
        beta: 0.2,
        ..dpo(20)
    };
    assert!(resume_fault(folder.path(), &other, &pairs).contains("\"beta\":0.2"));
    let fault = resume_fault(folder.path(), &dpo(20), &upwards(0..11));
    assert!(fault.contains("other examples"), "{fault}");
    let text = language_model(20).resume(folder.path(), tiny(5), counting(), END);
    let fault = text.err().unwrap().to_string();
    assert!(fault.contains("expected language model"), "{fault}");
    let larger = Gpt2::init(&Config::new(VOCABULARY, CONTEXT, 32, 2, 2), &Device::flex());
    let fault = dpo(20).resume(folder.path(), larger, &pairs, &[]);
    let fault = fault.err().unwrap().to_string();
    assert!(fault.contains("shape mismatch"), "{fault}");

    let optimizer = folder.path().join("optimizer-000001.bpk");
    let mut bytes = fs::read(&optimizer).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&optimizer, &bytes).unwrap();
    assert!(resume_fault(folder.path(), &dpo(20), &pairs).contains("damaged"));
    fs::remove_file(&optimizer).unwrap();
    let fault = resume_fault(folder.path(), &dpo(20), &pairs);
    assert!(fault.contains("optimizer-000001.bpk"), "{fault}");
    fs::write(folder.path().join("training.json"), "{").unwrap();
    let fault = resume_fault(folder.path(), &dpo(20), &pairs);
    assert!(fault.contains("expected a training checkpoint"), "{fault}");
}

#[test]
fn pairs_that_cannot_be_trained_on_are_refused_by_index() {
    let fault = |change: fn(&mut PreferencePair)| {
        let mut pairs = upwards(0..6);
        change(&mut pairs[4]);
        dpo(1).start(tiny(5), &pairs, &[]).err().unwrap()
    };
    assert!(matches!(
        fault(|pair| pair.chosen.clear()),
        TrainError::Empty {
            index: 4,
            part: "the preferred response",
            ..
        }
    ));
    assert!(matches!(
        fault(|pair| pair.prompt.clear()),
        TrainError::Empty {
            index: 4,
            part: "the prompt",
            ..
        }
    ));
    assert!(matches!(
        fault(|pair| pair.rejected = vec![1; CONTEXT]),
        TrainError::TooLong {
            index: 4,
            expected: CONTEXT,
            found: 17,
            ..
        }
    ));
    assert!(matches!(
        fault(|pair| pair.rejected[0] = 20),
        TrainError::UnknownToken {
            index: 4,
            found: 20,
            ..
        }
    ));
    for too_few in [0, 3] {
        let error = dpo(1).start(tiny(5), &upwards(0..too_few), &[]).err();
        assert!(matches!(
            error.unwrap(),
            TrainError::TooFewPairs { expected: 4, .. }
        ));
    }
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
fn settings_out_of_range_are_refused_by_name() {
    let name = |error: TrainError| match error {
        TrainError::Setting { name, .. } => name,
        error => panic!("{error}"),
    };
    let of_dpo = |change: fn(&mut Dpo)| {
        let mut settings = dpo(1);
        change(&mut settings);
        name(settings.start(tiny(5), &upwards(0..6), &[]).err().unwrap())
    };
    assert_eq!(of_dpo(|dpo| dpo.beta = 0.0), "beta");
    assert_eq!(of_dpo(|dpo| dpo.batch_size = 0), "batch_size");
    assert_eq!(
        of_dpo(|dpo| dpo.gradient_accumulation = 3),
        "gradient_accumulation"
    );
    assert_eq!(of_dpo(|dpo| dpo.learning_rate = f64::NAN), "learning_rate");
    assert_eq!(
        of_dpo(|dpo| dpo.max_gradient_norm = 0.0),
        "max_gradient_norm"
    );

    let of_text = |change: fn(&mut LanguageModelTraining)| {
        let mut settings = language_model(10);
        change(&mut settings);
        name(settings.start(tiny(5), counting(), END).err().unwrap())
    };
    assert_eq!(of_text(|text| text.context = CONTEXT + 1), "context");
    assert_eq!(of_text(|text| text.batch_size = 0), "batch_size");
    assert_eq!(of_text(|text| text.warmup_steps = 10), "warmup_steps");
    assert_eq!(of_text(|text| text.weight_decay = -0.1), "weight_decay");
    let short = language_model(10).start(tiny(5), vec![vec![1; 63]], END);
    assert!(matches!(
        short.err().unwrap(),
        TrainError::TooLittleText {
            expected: 65,
            found: 64,
            ..
        }
    ));
}

#[test]
fn a_loss_that_is_no_number_stops_training_before_the_update() {
    let mut broken = tiny(5);
    broken.ln_f.bias = broken.ln_f.bias.map(|bias| bias.mul_scalar(f32::NAN));
    let text = language_model(10).train(broken.clone(), counting(), END, &mut |_| ());
    assert!(matches!(
        text.err().unwrap(),
        TrainError::NotFinite {
            step: 0,
            quantity: "loss",
            ..
        }
    ));
    let tuned = dpo(10).train(broken, &upwards(0..6), &[], &mut |_| ());
    assert!(matches!(
        tuned.err().unwrap(),
        TrainError::NotFinite { step: 0, .. }
    ));
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
