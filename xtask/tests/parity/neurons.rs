//! What is measured of every neuron and every layer.

use burn::tensor::Device;
use counterpoise_groups::Measurements;
use counterpoise_probe::value_projections;

use crate::array;
use crate::close::{Tolerance, assert_close};
use crate::expected::Which;
use crate::golden::Golden;

/// Means over hundreds of positions of activations computed in `f32`.
const MEANS: Tolerance = Tolerance::relative(1e-5, 0.1);
/// From the weights alone, in `f64`.
const WEIGHTS: Tolerance = Tolerance::relative(1e-12, 1e-3);
/// Sums over a layer's neurons.
const LAYERS: Tolerance = Tolerance::relative(1e-5, 0.1);

pub(crate) fn check(golden: &Golden) {
    let arrays = array::read(&golden.folder.join("arrays.safetensors"));
    for (name, which) in [("base", Which::Base), ("tuned", Which::Tuned)] {
        let (measured, expected) = (golden.measured().of(which), &golden.expected.models[&which]);
        assert_eq!(measured.positions, expected.generated_positions);
        assert_eq!(measured.continuations.tokens, expected.generations);
        let neurons = &measured.neurons;
        let projections = neuron_projections(neurons);
        for (quantity, found, tolerance) in [
            ("mean_activation", &neurons.mean_activation, MEANS),
            ("value_projection", &neurons.value_projection, WEIGHTS),
            ("neuron_projection", &projections, MEANS),
            ("cosine", &neurons.cosine, WEIGHTS),
        ] {
            let what = format!("{name}.{quantity}");
            let array = &arrays[&what];
            assert_eq!(array.shape, [found.len(), found[0].len()], "{what}");
            assert_close(&what, &found.concat(), &array.values, tolerance);
        }
    }
}

pub(crate) fn check_layers(golden: &Golden) {
    for which in [Which::Base, Which::Tuned] {
        let (measured, expected) = (golden.measured().of(which), &golden.expected.models[&which]);
        let layers = &measured.layer_projections;
        assert_close("layers", layers, &expected.layer_projection, LAYERS);
        let model = golden.model(which, &Device::flex());
        let biases = value_projections(&model, &golden.probe()).unwrap().bias;
        assert_close("biases", &biases, &expected.bias_projection, WEIGHTS);
        // The identity: a layer's projection is that of its neurons and its bias.
        let sums: Vec<f64> = neuron_projections(&measured.neurons)
            .iter()
            .zip(biases)
            .map(|(neurons, bias)| neurons.iter().sum::<f64>() + bias)
            .collect();
        assert_close("Σ neurons + bias", &sums, layers, LAYERS);
    }
}

fn neuron_projections(neurons: &Measurements) -> Vec<Vec<f64>> {
    (0..neurons.mean_activation.len())
        .map(|layer| neurons.projections(layer).collect())
        .collect()
}
