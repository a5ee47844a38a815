//! Projections of a model's value vectors, against sums written out by hand.

use burn::module::Param;
use burn::tensor::{Device, Int, Tensor};
use counterpoise_hooks::{Counted, HookPoint, Hooks, MeanRecorder, Pass};
use counterpoise_model::KvCache;
use counterpoise_probe::{Probe, ProbeError, layer_projection, project_onto, value_projections};

use crate::model;

/// A probe for [`model`], nothing special about it.
fn probe() -> Probe {
    Probe::new((0..8_u8).map(|i| f32::from(i) - 2.5).collect()).unwrap()
}

#[test]
fn value_vectors_are_the_rows_of_the_second_matrix() {
    let mut model = model();
    let mut rows = vec![[0.0_f32; 8]; 32];
    rows[0] = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    rows[1] = [0.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    rows[2] = [0.0, -6.0, -8.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let weight = Tensor::<1>::from_data(rows.concat().as_slice(), &Device::flex());
    model.blocks[1].mlp.down.weight = Param::from_tensor(weight.reshape([32, 8]));
    let probe = Probe::new(vec![0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();

    let along = value_projections(&model, &probe).unwrap();
    let (projections, cosines) = (along.projection, along.cosine);

    let near = |found: &[f64], expected: [f64; 4]| {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-7, "{found} for {expected}");
        }
    };
    near(&projections[1], [0.0, 5.0, -10.0, 0.0]);
    near(&cosines[1], [0.0, 1.0, -1.0, 0.0]);
    assert_eq!(cosines[1][3], 0.0, "a zero value vector has no direction");
    assert_eq!(projections.len(), 3);
    assert_eq!(projections[0].len(), 32);
}

#[test]
fn a_layer_is_the_sum_of_its_neurons_and_its_bias() {
    let mut model = model();
    let device = Device::flex();
    for block in &mut model.blocks {
        // A fresh model's biases are 0, which would leave their term untested.
        let bias = Tensor::<1>::from_data([0.3, -0.2, 0.1, 0.4, -0.5, 0.2, 0.0, 0.7], &device);
        block.mlp.down.bias = Some(Param::from_tensor(bias));
    }
    let probe = probe();
    let layers = model.n_layer();
    let points = (0..layers).flat_map(|l| [HookPoint::mlp_post(l), HookPoint::mlp_out(l)]);
    let mut recorder = MeanRecorder::new(points, Counted::All);
    let tokens = Tensor::<2, Int>::from_data([[1, 2, 3, 4], [9, 8, 7, 6]], &device);
    let mut hooks = Hooks::new().observe(&mut recorder);
    model
        .forward(tokens, &Pass::whole(2, 4), &mut KvCache::new(), &mut hooks)
        .unwrap();
    drop(hooks);

    let means = recorder.finish().unwrap();
    let mean = |point| means.mean(point).unwrap();
    let activations: Vec<_> = (0..layers).map(|l| mean(HookPoint::mlp_post(l))).collect();
    let along = value_projections(&model, &probe).unwrap();
    for (layer, activations) in activations.iter().enumerate() {
        let whole = layer_projection(&mean(HookPoint::mlp_out(layer)), &probe).unwrap();
        let neurons = activations.iter().zip(&along.projection[layer]);
        let parts = neurons.map(|(m, v)| m * v).sum::<f64>() + along.bias[layer];
        assert!(along.bias[layer].abs() > 0.1);
        assert!(
            (whole - parts).abs() < 1e-6,
            "layer {layer}: {whole} and {parts}"
        );
    }
}

#[test]
fn a_direction_among_many_is_projected_onto_as_a_probe_is() {
    let (model, probe) = (model(), probe());
    let other: Vec<f64> = (0..8_u8).map(|i| f64::from(7 - i) / 11.0).collect();
    let mut found = Vec::new();
    let keep = |layer: &[f64]| {
        found.push(layer.to_vec());
        Ok::<(), ProbeError>(())
    };
    project_onto(&model, &[other, probe.unit(), vec![0.0; 8]], keep).unwrap();
    let along = value_projections(&model, &probe).unwrap().projection;
    assert_eq!(found.len(), along.len());
    for (layer, along) in found.iter().zip(&along) {
        assert_eq!(layer.len(), 3 * along.len());
        for (row, along) in layer.chunks(3).zip(along) {
            assert!((row[1] - along).abs() <= 1e-14, "{} for {along}", row[1]);
            assert_eq!(row[2], 0.0);
        }
    }
    let error = project_onto(&model, &[vec![1.0; 6]], |_| Ok::<(), ProbeError>(())).unwrap_err();
    assert!(matches!(error, ProbeError::Width { found: 6, .. }));
}

#[test]
fn a_probe_of_another_model_is_an_error() {
    let (model, narrow) = (model(), Probe::new(vec![1.0; 6]).unwrap());
    for error in [
        value_projections(&model, &narrow).unwrap_err(),
        layer_projection(&[0.0; 8], &narrow).unwrap_err(),
    ] {
        assert!(matches!(
            error,
            ProbeError::Width {
                expected: 8,
                found: 6
            }
        ));
    }
}
