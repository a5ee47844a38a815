//! The attribute head through the command line, on the miniature's base model.

use std::fs;
use std::path::Path;

use counterpoise_train::AttributeHead;
use serde_json::Value;

use crate::{arg, error, json, mini};

/// Fits a head to 900 comments of the miniature.
fn head(out: &Path) -> Value {
    let (base, comments) = (mini("base"), mini("comments.csv"));
    let paths = ["train", "attribute", "--model", arg(&base), "--comments"];
    let rest = [arg(&comments), "--limit", "900", "--out", arg(out)];
    json(&[&paths[..], &rest].concat())
}

#[test]
fn a_head_is_fitted_and_tested_on_held_out_comments() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("head.safetensors");
    let results = head(&out);
    assert_eq!(
        (&results["fitted"], &results["held_out"]),
        (&720.into(), &180.into())
    );
    let number = |key: &str| results[key].as_f64().unwrap();
    let chance = number("held_out_commoner_label");
    assert!(number("held_out_accuracy") > chance + 0.1, "{results}");

    let head = AttributeHead::read(&out, 128).unwrap();
    let [civil, toxic] = head.weight();
    let squares = civil
        .iter()
        .zip(toxic)
        .map(|(a, b)| f64::from(b - a).powi(2));
    let norm = squares.sum::<f64>().sqrt();
    assert!((norm - number("norm")).abs() < 1e-6 * norm);
    let bias = head.log_odds(&[0.0; 128]);
    assert!((bias - number("bias")).abs() < 1e-6 * bias.abs());

    let (base, comments) = (mini("base"), folder.path().join("comments.csv"));
    fs::write(&comments, "comment_text,toxic\na fine day,0\nlovely,0\n").unwrap();
    let other = folder.path().join("other.safetensors");
    let paths = ["train", "attribute", "--model", arg(&base), "--comments"];
    let rest = [arg(&comments), "--device", "cpu", "--out", arg(&other)];
    let one_class = error(&[&paths[..], &rest].concat());
    assert!(
        one_class.contains("expected toxic and other comments"),
        "{one_class}"
    );
    assert!(!other.exists());
}
