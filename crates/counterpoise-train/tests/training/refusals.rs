//! Input, settings and checkpoints that training refuses.

use std::fs;
use std::path::Path;

use burn::tensor::{DType, Device};
use counterpoise_model::{Config, Transformer};
use counterpoise_train::{Dpo, LanguageModelTraining, PreferencePair, TrainError};

use crate::tiny::{CONTEXT, END, VOCABULARY, counting, dpo, language_model, tiny, upwards};

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
    let larger = Transformer::init(
        &Config::new(VOCABULARY, CONTEXT, 32, 2, 2),
        1,
        &Device::flex(),
    );
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
        TrainError::InItem { index: 4, .. }
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
    broken.ln_final.weight = broken
        .ln_final
        .weight
        .map(|weight| weight.mul_scalar(f32::NAN));
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
fn pairs_that_prefer_nothing_are_refused_where_all_are_so() {
    let mut pairs = upwards(0..12);
    let alike = |pair: &mut PreferencePair| pair.rejected = pair.chosen.clone();
    pairs[1..].iter_mut().for_each(alike);
    assert!(dpo(20).start(tiny(5), &pairs, &[]).is_ok());
    alike(&mut pairs[0]);
    let error = dpo(20).start(tiny(5), &pairs, &[]).err().unwrap();
    let fault = error.to_string();
    assert!(fault.contains("in all 12 pairs"), "{fault}");
}

#[test]
fn a_model_kept_in_16_bits_is_not_trained() {
    let half = || {
        let mut model = tiny(5);
        let weight = &mut model.blocks[1].mlp.up.weight;
        *weight = weight.clone().map(|weight| weight.cast(DType::BF16));
        model
    };
    let faults = [
        dpo(20).start(half(), &upwards(0..12), &[]).err(),
        language_model(20).start(half(), counting(), END).err(),
    ];
    for fault in faults {
        let fault = fault.unwrap().to_string();
        assert!(fault.contains("kept in bf16"), "{fault}");
    }
}
