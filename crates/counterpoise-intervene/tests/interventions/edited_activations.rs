//! Tuning-free activation editing: which neurons, and what they become.

use counterpoise_groups::Neuron;
use counterpoise_hooks::HookPoint;

use crate::directions::{assert_near, expected, last_logits, numbers};
use crate::{LAYERS, Reading, prepare, seen, table, untouched};

/// What `m̄` is multiplied by, by the definition: a neuron is taken if fewer than `⌊β·n⌋` of its quadrant come before it.
fn factor(neuron: &Neuron, rows: &[Neuron], alpha: f64, beta: f64) -> Option<f64> {
    let signs = |row: &Neuron| (row.base.cosine > 0.0, row.base.activation > 0.0);
    let toxic = signs(neuron).0 == signs(neuron).1;
    let size = |row: &Neuron| match toxic {
        true => -row.base.cosine.abs(),
        false => row.base.cosine.abs(),
    };
    let before = |row: &&Neuron| (size(row), row.id) < (size(neuron), neuron.id);
    let members = || rows.iter().filter(|row| signs(row) == signs(neuron));
    let wanted = (beta * members().count() as f64).floor() as usize;
    let by = if toxic { 1.0 - alpha } else { 1.0 + alpha };
    (members().filter(before).count() < wanted).then_some(by)
}

const EDIT: &str = "kind = 'edit_activations'\nalpha = 0.25\nbeta = 0.4\npositions = 'all'";

#[test]
fn activations_are_set_to_scaled_means_or_scaled_themselves() {
    let (table, count) = (table(), |text: &str| prepare(text).unwrap().neurons());
    for (text, alpha, assigned) in [
        (EDIT.to_owned(), 0.25, true),
        (EDIT.replace("0.25", "0.0"), 0.0, true),
        (EDIT.replace("0.25", "-0.5"), -0.5, true),
        (format!("{EDIT}\nform = 'multiply'"), 0.25, false),
    ] {
        let prepared = prepare(&text).unwrap();
        let factor = |neuron: &Neuron| factor(neuron, table.rows(), alpha, 0.4);
        let expected = table.rows().iter().filter_map(factor).count();
        assert_eq!(prepared.neurons(), expected);
        let mut taken = 0;
        // What comes before the first block is unedited: its own activations are known.
        let point = HookPoint::mlp_post(0);
        let after = seen(&prepared, Reading::Generation, point);
        for (before, after) in untouched(point).iter().zip(&after) {
            for row in table.rows().iter().filter(|row| row.id.layer == 0) {
                let at = |seen: &crate::Seen| seen.at(1, 0, row.id.neuron);
                let wanted = match (factor(row), assigned) {
                    (None, _) => at(before),
                    (Some(by), true) => (by * row.base.activation) as f32,
                    (Some(by), false) => at(before) * by as f32,
                };
                assert_eq!(at(after).to_bits(), wanted.to_bits(), "{text}: {}", row.id);
                taken += usize::from(factor(row).is_some());
            }
        }
        assert!(taken > 0 && LAYERS > 1);
    }
    let of = |name: &str| count(&format!("{EDIT}\nquadrants = ['{name}']"));
    assert_eq!(
        ["TP", "TN", "AP", "AN"].map(of).iter().sum::<usize>(),
        count(EDIT)
    );
}

#[test]
fn edited_activations_give_the_logits_that_pytorch_gives() {
    let golden = expected()["activations"].take();
    let tokens: Vec<u32> = numbers(&golden["tokens"])
        .iter()
        .map(|&x| x as u32)
        .collect();
    for edit in golden["edits"].as_array().unwrap() {
        let text = edit["kind"].as_str().unwrap();
        let prepared = prepare(text).unwrap();
        assert_eq!(
            prepared.neurons() as u64,
            edit["neurons"].as_u64().unwrap(),
            "{text}"
        );
        let found = &last_logits(&prepared, &[&tokens])[0];
        assert_near(text, found, &numbers(&edit["logits"]), 2e-5);
    }
}

#[test]
fn a_percentile_leaves_out_the_most_active() {
    let table = table();
    let prepared = prepare(&format!("{EDIT}\nquadrants = ['TP']\npercentile = 80")).unwrap();
    let mut means: Vec<f64> = table.rows().iter().map(|row| row.base.activation).collect();
    means.sort_by(f64::total_cmp);
    // 80 % of 319 steps is 255.2.
    let most = means[255] + 0.2 * (means[256] - means[255]);
    let left = table.rows().iter().filter(|row| {
        row.base.activation > 0.0 && row.base.activation <= most && row.base.cosine > 0.0
    });
    assert_eq!(
        prepared.neurons(),
        (0.4 * left.count() as f64).floor() as usize
    );
}

#[test]
fn random_neurons_are_as_many_and_redrawn() {
    let edit = crate::build(&format!("{EDIT}\nseed = 1")).unwrap();
    let model = crate::model();
    let table = table();
    let subject = counterpoise_intervene::Subject::measured(&model, &table).unwrap();
    let post = |edit: &dyn counterpoise_intervene::Intervention| {
        let prepared = edit.prepare(model.clone(), &subject).unwrap();
        assert_eq!(prepared.neurons(), prepare(EDIT).unwrap().neurons());
        seen(&prepared, Reading::Generation, HookPoint::mlp_post(0))[0].bits()
    };
    let drawn = |draw| post(&*edit.redrawn(draw).unwrap());
    assert_eq!(drawn(1), post(&*edit));
    assert_ne!(drawn(1), drawn(2));
    assert!(crate::build(EDIT).unwrap().redrawn(1).is_none());
}

#[test]
fn parameters_out_of_range_are_refused() {
    for (text, part) in [
        (EDIT.replace("0.4", "0.0"), "`beta` is 0"),
        (EDIT.replace("0.4", "1.1"), "`beta` is 1.1"),
        (EDIT.replace("0.25", "inf"), "`alpha` is inf"),
        (
            format!("{}\nform = 'multiply'", EDIT.replace("0.25", "0.0")),
            "`alpha` is 0",
        ),
        (format!("{EDIT}\nquadrants = []"), "`quadrants`"),
        (format!("{EDIT}\nquadrants = ['TP', 'TP']"), "each once"),
        (format!("{EDIT}\nquadrants = ['TP-']"), "TP-"),
        (format!("{EDIT}\npercentile = 101"), "`percentile` is 101"),
        (format!("{EDIT}\ndraw = 1"), "goes with `seed`"),
        (format!("{EDIT}\nseed = 1\ndraw = 0"), "counts from 1"),
        (EDIT.replace("0.4", "0.0001"), "selects no neuron"),
    ] {
        let error = prepare(&text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}\n{error}");
    }
}
