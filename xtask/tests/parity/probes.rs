//! The probe of a family's base model, fitted to labelled comments, with and without a beginning token.

use std::collections::BTreeMap;

use burn::tensor::Device;
use counterpoise_data::read_json;
use counterpoise_logistic::Fitting;
use counterpoise_probe::{Probe, mean_residuals};
use serde::Deserialize;

use crate::close::{Tolerance, assert_close};
use crate::expected::Which;
use crate::golden::{Golden, fixtures};

/// Features that differ by a millionth move the weights by a hundred-thousandth, so the script found.
const WEIGHTS: f64 = 1e-4;

#[derive(Deserialize)]
struct Expected {
    comments: Vec<Vec<u32>>,
    labels: Vec<bool>,
    beginning: u32,
    families: BTreeMap<String, BTreeMap<String, Fit>>,
}

#[derive(Deserialize)]
struct Fit {
    weights: Vec<f64>,
    bias: f64,
    training_accuracy: f64,
}

fn expected() -> Expected {
    let path = fixtures().join("golden/probes.json");
    read_json(&path, "golden probes").unwrap()
}

/// The comments, their labels, and the token that they are read behind where there is one.
pub(crate) fn comments() -> (Vec<Vec<u32>>, Vec<bool>, u32) {
    let expected = expected();
    (expected.comments, expected.labels, expected.beginning)
}

pub(crate) fn check(golden: &Golden) {
    let expected = expected();
    let name = golden.folder.file_name().unwrap().to_str().unwrap();
    let model = golden.model(Which::Base, &Device::flex());
    for (read, beginning) in [("plain", None), ("begun", Some(expected.beginning))] {
        let fit = &expected.families[name][read];
        let features =
            mean_residuals(&model, &expected.comments, beginning, 7, &mut |_| {}).unwrap();
        let found = Probe::fit(&features, &expected.labels, &Fitting::default()).unwrap();
        let weights: Vec<f64> = found.probe.direction().iter().map(|&w| w.into()).collect();
        let largest = fit
            .weights
            .iter()
            .fold(0.0_f64, |most, w| most.max(w.abs()));
        let tolerance = Tolerance::relative(WEIGHTS, largest);
        assert_close(read, &weights, &fit.weights, tolerance);
        assert_close(
            read,
            &[found.bias],
            &[fit.bias],
            Tolerance::relative(WEIGHTS, 1.0),
        );
        assert_eq!(found.training_accuracy, fit.training_accuracy, "{read}");
    }
}
