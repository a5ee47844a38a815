//! Language-model training learns, repeats and resumes.

use std::fs;

use burn::tensor::Tensor;
use counterpoise_train::{Duration, LanguageModelTraining, StepLog};

use crate::tiny::{CONTEXT, END, VOCABULARY, counting, language_model, parameters, tiny};

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
    let before = values(tiny(1).blocks[1].mlp.up.weight.val());
    let plain_matrix = values(plain.blocks[1].mlp.up.weight.val());
    let decayed_matrix = values(decayed.blocks[1].mlp.up.weight.val());
    for ((before, plain), decayed) in before.iter().zip(plain_matrix).zip(decayed_matrix) {
        assert!((plain - decayed - 0.005 * before).abs() < 1e-6);
    }
    assert_eq!(
        values(plain.embed.weight.val()),
        values(decayed.embed.weight.val())
    );
    for (plain, decayed) in plain.blocks.iter().zip(&decayed.blocks) {
        let bias = |tensor: Tensor<1>| tensor.try_into_vec_as::<f32>().unwrap();
        assert_eq!(
            bias(plain.mlp.up.bias.as_ref().unwrap().val()),
            bias(decayed.mlp.up.bias.as_ref().unwrap().val())
        );
        assert_eq!(
            bias(plain.ln1.as_ref().unwrap().weight.val()),
            bias(decayed.ln1.as_ref().unwrap().weight.val())
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
    let resumed = language_model(30)
        .resume(folder.path(), tiny(2), counting(), END)
        .unwrap();
    assert_eq!((resumed.completed(), resumed.steps()), (14, 30));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    let resumed = resumed.finish(&mut |_| ()).unwrap();
    assert_eq!(parameters(&resumed), parameters(&straight));
}
