//! Other losses than DPO's, divergences from the reference, and runs that end early.

use counterpoise_model::{Transformer, token_tensor};
use counterpoise_train::{Dpo, DpoLog, DpoRun, PairSet, PreferenceLoss, PreferencePair};

use crate::tiny::{dpo, parameters, tiny, upwards};

/// The run's log and the model that it ends with.
fn run(
    settings: &Dpo,
    training: &[PreferencePair],
    held_out: &[PreferencePair],
) -> (Vec<DpoLog>, Transformer) {
    let mut rows = Vec::new();
    let model = settings.train(tiny(5), training, held_out, &mut |row| {
        rows.push(row.clone());
    });
    (rows, model.unwrap())
}

fn last(rows: &[DpoLog]) -> &DpoLog {
    rows.last().unwrap()
}

/// Pairs in which the response counting downwards is preferred.
fn downwards(starts: std::ops::Range<u32>) -> Vec<PreferencePair> {
    let swapped = upwards(starts).into_iter().map(|pair| PreferencePair {
        chosen: pair.rejected,
        rejected: pair.chosen,
        ..pair
    });
    swapped.collect()
}

#[test]
fn each_loss_starts_where_a_model_is_its_own_reference_and_falls() {
    let smoothed = PreferenceLoss::Sigmoid {
        label_smoothing: 0.2,
    };
    // IPO aims at a ratio of 5, past which a learning rate of DPO's goes.
    for (loss, start, learning_rate) in [
        (smoothed, std::f64::consts::LN_2, 1e-3),
        (PreferenceLoss::Ipo, 25.0, 1e-4),
    ] {
        let settings = Dpo {
            loss,
            learning_rate,
            ..dpo(60)
        };
        let (rows, _) = run(&settings, &upwards(0..12), &upwards(12..19));
        assert!((rows[0].preference.loss - start).abs() < 1e-5, "{loss:?}");
        let end = last(&rows).preference;
        assert!(end.loss < 0.95 * start && end.accuracy > 0.5, "{end:?}");
    }
}

/// `KL(π ‖ π_ref)` of a response by its definition, in `f64`.
fn divergence(model: &Transformer, base: &Transformer, prompt: &[u32], response: &[u32]) -> f64 {
    let tokens = [prompt, &response[..response.len() - 1]].concat();
    let rows = |model: &Transformer| -> Vec<Vec<f64>> {
        let inputs = token_tensor(&tokens, [1, tokens.len()], &model.device());
        let logits: Vec<f64> = (model.logits(model.hidden(inputs).unwrap()))
            .try_into_vec_as()
            .unwrap();
        let rows = logits.chunks(model.vocab_size()).skip(prompt.len() - 1);
        let normalised = rows.map(|row| {
            let total = row.iter().map(|logit| logit.exp()).sum::<f64>().ln();
            row.iter().map(|logit| logit - total).collect()
        });
        normalised.collect()
    };
    let (ours, theirs) = (rows(model), rows(base));
    assert_eq!(ours.len(), response.len());
    let tokens = ours.iter().zip(&theirs).map(|(ours, theirs)| {
        let terms = ours.iter().zip(theirs);
        terms.map(|(p, q)| p.exp() * (p - q)).sum::<f64>()
    });
    tokens.sum::<f64>() / response.len() as f64
}

#[test]
fn divergences_are_those_of_the_definition_and_hold_a_model_back() {
    let (training, held_out) = (upwards(0..12), upwards(12..19));
    let weighed = |divergence_weight, gradient_accumulation| {
        let settings = Dpo {
            divergence_weight,
            gradient_accumulation,
            ..dpo(40)
        };
        run(&settings, &training, &held_out)
    };
    let (free, _) = weighed(0.0, 1);
    assert!(free.iter().all(|row| row.divergence.is_none()));
    let (rows, model) = weighed(2.0, 1);
    assert!(rows[0].divergence.unwrap().abs() < 1e-6);
    let found = last(&rows).divergence.unwrap();
    let of_pair = |pair: &PreferencePair| {
        let of = |response: &[u32]| divergence(&model, &tiny(5), &pair.prompt, response);
        of(&pair.chosen) + of(&pair.rejected)
    };
    let expected = held_out.iter().map(of_pair).sum::<f64>() / held_out.len() as f64;
    assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    assert!(found > 1e-3);
    let margin = |rows: &[DpoLog]| last(rows).preference.margin;
    assert!(margin(&rows) > 0.0 && margin(&rows) < 0.8 * margin(&free));
    // In parts, a step is the same but for rounding.
    let (parts, _) = weighed(2.0, 4);
    for (whole, part) in rows.iter().zip(&parts) {
        let [whole, part] = [whole, part].map(|row| row.divergence.unwrap());
        assert!((whole - part).abs() < 1e-3, "{whole} {part}");
    }
}

#[test]
fn a_run_ends_when_held_out_pairs_have_not_got_better_and_gives_the_best_model() {
    let patient = |patience| Dpo {
        evaluate_every: 2,
        patience,
        ..dpo(20)
    };
    let evaluated = |rows: &[DpoLog]| -> Vec<(usize, f64)> {
        let held_out = rows.iter().filter(|row| row.pairs == PairSet::HeldOut);
        held_out
            .map(|row| (row.step, row.preference.loss))
            .collect()
    };
    // What is learned is the opposite of what is held out.
    let (rows, model) = run(&patient(Some(3)), &upwards(0..12), &downwards(12..19));
    let found = evaluated(&rows);
    let best = found.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    let (step, _) = *found.last().unwrap();
    assert_eq!(step, best.0 + 3 * 2);
    assert!(step < 20);
    let (_, of_best) = run(&dpo(best.0), &upwards(0..12), &[]);
    assert_eq!(parameters(&model), parameters(&of_best));
    // What is learned helps: the run goes on to its end.
    let (rows, model) = run(&patient(Some(20)), &upwards(0..12), &upwards(12..19));
    assert_eq!(evaluated(&rows).len(), 11);
    assert_ne!(parameters(&model), parameters(&of_best));
}

#[test]
fn a_resumed_run_remembers_its_best_model_and_how_long_ago_it_was() {
    let settings = Dpo {
        evaluate_every: 1,
        patience: Some(5),
        divergence_weight: 0.1,
        ..dpo(20)
    };
    let (training, held_out) = (upwards(0..12), downwards(12..19));
    let folder = tempfile::tempdir().unwrap();
    let mut begun = settings.start(tiny(5), &training, &held_out).unwrap();
    for _ in 0..3 {
        begun.evaluate().unwrap();
        begun.step().unwrap();
    }
    begun.save(folder.path()).unwrap();
    drop(begun);
    let resumed = settings.resume(folder.path(), tiny(5), &training, &held_out);
    let resumed = resumed.unwrap();
    assert!(resumed.best_step().is_some_and(|step| step < 3));
    // Divergences are from the base that the run began with.
    let other = settings.resume(folder.path(), tiny(6), &training, &held_out);
    let other = other.err().unwrap().to_string();
    assert!(
        other.contains("the base model that the run began with"),
        "{other}"
    );
    let finish = |run: DpoRun| {
        let mut last = 0;
        let model = run.finish(&mut |row| last = row.step).unwrap();
        (parameters(&model), last)
    };
    let straight = settings.start(tiny(5), &training, &held_out).unwrap();
    assert_eq!(finish(resumed), finish(straight));
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let refused = |settings: &Dpo, held_out: &[PreferencePair]| {
        let started = settings.start(tiny(5), &upwards(0..12), held_out);
        started.err().unwrap().to_string()
    };
    let patient = Dpo {
        patience: Some(3),
        ..dpo(4)
    };
    assert!(refused(&patient, &[]).contains("`patience`"));
    let never = Dpo {
        patience: Some(0),
        ..dpo(4)
    };
    assert!(refused(&never, &upwards(12..19)).contains("`patience`"));
    let repelled = Dpo {
        divergence_weight: -1.0,
        ..dpo(4)
    };
    assert!(refused(&repelled, &[]).contains("`divergence_weight`"));
}
