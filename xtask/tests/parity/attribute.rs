//! Mean hidden states of comments, and the linear head fitted to them and read from a file of PyTorch's.

use std::collections::BTreeMap;

use burn::tensor::Device;
use counterpoise_data::read_json;
use counterpoise_logistic::Fitting;
use counterpoise_model::load;
use counterpoise_probe::{Probe, mean_hidden_states};
use counterpoise_train::AttributeHead;
use serde::Deserialize;

use crate::close::{Tolerance, assert_close};
use crate::golden::fixtures;
use crate::probes::comments;

/// Activations near 1.
const FEATURES: Tolerance = Tolerance::relative(2e-5, 1.0);
/// As for probes.
const WEIGHTS: f64 = 1e-4;

#[derive(Deserialize)]
struct Expected {
    begun: bool,
    /// Of the first comments.
    features: Vec<Vec<f64>>,
    weights: Vec<f64>,
    bias: f64,
    training_accuracy: f64,
    /// Of the first comments.
    log_odds: Vec<f64>,
}

#[test]
fn a_head_has_the_features_and_the_fit_of_pytorch_and_is_read_from_its_file() {
    let path = fixtures().join("golden/attribute.json");
    let all: BTreeMap<String, Expected> = read_json(&path, "golden heads").unwrap();
    let (comments, labels, beginning) = comments();
    assert_eq!(all.len(), 4);
    for (name, expected) in &all {
        let folder = match name.as_str() {
            "random" => fixtures().join("golden/random"),
            family => fixtures().join("golden/families").join(family),
        };
        let model = load(&folder, &Device::flex()).unwrap().model;
        let begun = expected.begun.then_some(beginning);
        let features = mean_hidden_states(&model, &comments, begun, 7, &mut |_| {}).unwrap();
        for (found, expected) in features.iter().zip(&expected.features) {
            assert_close(name, found, expected, FEATURES);
        }
        let found = Probe::fit(&features, &labels, &Fitting::default()).unwrap();
        let largest = expected.weights.iter().fold(0.0_f64, |a, w| a.max(w.abs()));
        let weights: Vec<f64> = found.probe.direction().iter().map(|&w| w.into()).collect();
        let tolerance = Tolerance::relative(WEIGHTS, largest);
        assert_close(name, &weights, &expected.weights, tolerance);
        assert_close(
            name,
            &[found.bias],
            &[expected.bias],
            Tolerance::relative(WEIGHTS, largest),
        );
        assert_eq!(found.training_accuracy, expected.training_accuracy);

        let fitted = AttributeHead::of_log_odds(found.probe.direction(), found.bias).unwrap();
        let mut heads = vec![fitted];
        if name == "random" {
            let file = fixtures().join("golden/attribute_head.pt");
            heads.push(AttributeHead::read(&file, model.d_model()).unwrap());
        }
        for head in heads {
            let shown = features.iter().take(expected.log_odds.len());
            let log_odds: Vec<f64> = shown.map(|row| head.log_odds(row)).collect();
            assert_close(name, &log_odds, &expected.log_odds, tolerance);
        }
    }
}
