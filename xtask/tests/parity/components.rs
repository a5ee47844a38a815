//! What every component writes along the probe, and what vectors say in tokens.

use std::collections::BTreeMap;

use burn::tensor::Device;
use counterpoise_data::read_json;
use counterpoise_groups::NeuronId;
use counterpoise_study::{AttributionSettings, neuron_tokens, vocabulary};
use serde::Deserialize;

use crate::close::{Tolerance, assert_close};
use crate::expected::Which;
use crate::golden::{Golden, fixtures, tokenizer};

/// Means of `f32` activations, or sums over them.
const MEANS: Tolerance = Tolerance::relative(1e-5, 0.1);
/// From the weights alone, in `f64`.
const WEIGHTS: Tolerance = Tolerance::relative(1e-12, 1e-3);

#[derive(Deserialize)]
struct Expected {
    base: Components,
    tuned: Components,
    /// Each vector with its tokens and their scores.
    vocabulary: Vec<(String, Vec<(u32, f64)>)>,
    /// The tokens of every neuron's value vector. `[layer][neuron * tokens]`
    neuron_tokens: Vec<Vec<u32>>,
}

#[derive(Deserialize)]
struct Components {
    components: Vec<(String, f64)>,
    residual: f64,
}

fn expected(golden: &Golden) -> Expected {
    let path = fixtures().join("golden/components.json");
    let mut all: BTreeMap<String, Expected> = read_json(&path, "golden components").unwrap();
    let name = golden.folder.file_name().unwrap().to_str().unwrap();
    all.remove(name).unwrap()
}

pub(crate) fn check(golden: &Golden) {
    let expected = expected(golden);
    for (which, expected) in [
        (Which::Base, &expected.base),
        (Which::Tuned, &expected.tuned),
    ] {
        let found = golden.measured().of(which).components.as_ref().unwrap();
        let names: Vec<&str> = (found.components.iter())
            .map(|each| each.component.as_str())
            .collect();
        let named: Vec<&str> = (expected.components.iter())
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, named);
        let found_projections: Vec<f64> = (found.components.iter())
            .map(|each| each.projection)
            .collect();
        let projections: Vec<f64> = (expected.components.iter())
            .map(|(_, each)| *each)
            .collect();
        assert_close("components", &found_projections, &projections, MEANS);
        assert_close("residual", &[found.residual], &[expected.residual], MEANS);
        let identity = found.identity();
        assert!(identity.holds(), "{identity:?}");
    }
}

pub(crate) fn check_vocabulary(golden: &Golden) {
    let Expected {
        vocabulary: expected,
        neuron_tokens: of_neurons,
        ..
    } = expected(golden);
    let model = golden.model(Which::Base, &Device::flex());
    let settings = AttributionSettings {
        vocabulary_neurons: expected.len() - 1,
        vocabulary_tokens: expected[0].1.len(),
        ..AttributionSettings::default()
    };
    let neurons = &golden.measured().base.neurons;
    let found = vocabulary(&model, &tokenizer(), &golden.probe(), neurons, settings);
    let found = found.unwrap().unwrap();
    assert_eq!(found.rows.len(), expected.len());
    for (row, (vector, tokens)) in found.rows.iter().zip(&expected) {
        assert_eq!(row.vector, *vector);
        let ids = row.tokens.iter().map(|token| token.id);
        assert!(ids.eq(tokens.iter().map(|(id, _)| *id)), "{vector}");
        let scores: Vec<f64> = row.tokens.iter().map(|token| token.score).collect();
        let there: Vec<f64> = tokens.iter().map(|(_, score)| *score).collect();
        assert_close(vector, &scores, &there, WEIGHTS);
    }
    let mut done = 0;
    let each = expected[0].1.len();
    let all = neuron_tokens(&model, &tokenizer(), each, &mut |neurons| done += neurons).unwrap();
    assert_eq!(all.ids, of_neurons.concat());
    assert_eq!(done * each, all.ids.len());
    // The same tokens, and to the last bit the same scores, as the table's.
    for row in &found.rows[1..] {
        let id: NeuronId = row.vector.parse().unwrap();
        let at = (id.layer * all.d_mlp + id.neuron) * each;
        for (token, at) in row.tokens.iter().zip(at..) {
            assert_eq!(
                (token.id, token.score.to_bits(), &token.text),
                (all.ids[at], all.scores[at].to_bits(), &all.texts[&token.id])
            );
        }
    }
    let none = AttributionSettings {
        vocabulary_neurons: 0,
        ..settings
    };
    let none = vocabulary(&model, &tokenizer(), &golden.probe(), neurons, none);
    assert!(none.unwrap().is_none());
}
