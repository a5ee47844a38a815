//! Attribute heads in files: written, read again, and refused.

use std::fs;
use std::path::Path;

use counterpoise_train::{AttributeHead, TrainError};
use counterpoise_weights::write_tensors;

fn head() -> AttributeHead {
    AttributeHead::new(
        [vec![0.5, -1.0, 0.25], vec![-0.5, 1.5, 0.125]],
        [0.75, -2.0],
    )
    .unwrap()
}

/// The message of reading a file of these tensors, each a name, a shape and values, for a model that is 3 wide.
fn refused(tensors: &[(&str, &[usize], &[f32])]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head.safetensors");
    let tensors: Vec<_> = (tensors.iter())
        .map(|(name, shape, values)| ((*name).to_owned(), shape.to_vec(), values.to_vec()))
        .collect();
    write_tensors(&path, &tensors).unwrap();
    let error = AttributeHead::read(&path, 3).unwrap_err();
    assert!(matches!(error, TrainError::Head { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("head.safetensors: expected "), "{message}");
    message
}

#[test]
fn a_head_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head.safetensors");
    head().write(&path).unwrap();
    assert_eq!(AttributeHead::read(&path, 3).unwrap(), head());
    // (−0.5 − 0.5)·1 + (1.5 + 1)·2 + (0.125 − 0.25)·8 − 2.75
    assert_eq!(head().log_odds(&[1.0, 2.0, 8.0]), 0.25);
    let fitted = AttributeHead::of_log_odds(&[1.0, -2.0], 3.0).unwrap();
    assert_eq!(fitted.log_odds(&[5.0, 7.0]), -6.0);
    assert_eq!(fitted.bias(), [-1.5, 1.5]);
}

#[test]
fn files_that_hold_no_head_for_the_model_are_refused() {
    let six = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let weight: (&str, &[usize], &[f32]) = ("mlp.weight", &[2, 3], &six);
    let bias: (&str, &[usize], &[f32]) = ("mlp.bias", &[2], &[1.0, 2.0]);
    let alone = refused(&[weight]);
    assert!(
        alone.contains("`mlp.bias` alone") && alone.contains("found mlp.weight"),
        "{alone}"
    );
    let probe = refused(&[("probe", &[3], &six[..3])]);
    assert!(probe.contains("found probe"), "{probe}");
    let more = refused(&[weight, bias, ("mlp.zeal", &[1], &[0.0])]);
    assert!(more.contains("mlp.zeal"), "{more}");
    let wide = refused(&[("mlp.weight", &[2, 2], &six[..4]), bias]);
    assert!(wide.contains("[2, 3]") && wide.contains("[2, 2]"), "{wide}");
    let short = refused(&[weight, ("mlp.bias", &[1], &[1.0])]);
    assert!(short.contains("`mlp.bias` of shape [2]"), "{short}");
    let infinite = refused(&[weight, ("mlp.bias", &[2], &[1.0, f32::INFINITY])]);
    assert!(
        infinite.contains("finite") && infinite.contains("inf"),
        "{infinite}"
    );
    let same = refused(&[("mlp.weight", &[2, 3], &[1.0; 6]), bias]);
    assert!(same.contains("rows that differ"), "{same}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head.txt");
    fs::write(&path, "head").unwrap();
    for path in [&path, Path::new("no/head.pt")] {
        let error = AttributeHead::read(path, 3).unwrap_err();
        assert!(matches!(error, TrainError::Weights(_)), "{error:?}");
        assert!(error.to_string().contains("head."), "{error}");
    }
}
