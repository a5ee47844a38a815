//! What the table refuses: measurements and files that are wrong, one test per way to be wrong.

#![allow(clippy::unwrap_used)]

use std::fs;

use super::tests::{GOOD, assert_mentions, csv_refusal, file, message_of};
use super::*;
use crate::samples::by_hand;

#[test]
fn models_of_different_shape_are_refused() {
    let layers = |layers: usize| Measurements {
        mean_activation: vec![vec![0.5; 3]; layers],
        value_projection: vec![vec![0.5; 3]; layers],
        cosine: vec![vec![0.5; 3]; layers],
    };
    let message = NeuronTable::new(&layers(1), &layers(2))
        .unwrap_err()
        .to_string();
    assert_mentions(&message, &["base has 1 layers of 3", "tuned model 2 of 3"]);
    let mut broken = layers(1);
    broken.cosine[0][1] = f64::NAN;
    let message = NeuronTable::new(&layers(1), &broken)
        .unwrap_err()
        .to_string();
    assert_mentions(&message, &["tuned model: `cosine` of neuron L0.1 is NaN"]);
    let mut huge = layers(1);
    huge.mean_activation[0][2] = 1e200;
    huge.value_projection[0][2] = 1e200;
    let message = NeuronTable::new(&huge, &layers(1)).unwrap_err().to_string();
    assert_mentions(&message, &["L0.2", "too large"]);
}

#[test]
fn wrong_columns_are_named() {
    let message = csv_refusal(&GOOD.replace("pt_cossim", "cossim"));
    assert_mentions(
        &message,
        &[
            "missing columns [\"pt_cossim\"]",
            "unexpected columns [\"cossim\"]",
        ],
    );
    let repeated = GOOD.replace("dpo_cossim", "pt_cossim");
    assert_mentions(
        &csv_refusal(&repeated),
        &[
            "missing columns [\"dpo_cossim\"]",
            "unexpected columns [\"pt_cossim\"]",
        ],
    );
    assert_mentions(&csv_refusal(""), &["found an empty file"]);
    let header = csv_refusal("layer_idx,neuron_idx\n0,0\n");
    assert_mentions(&header, &["missing columns [\"pt_projection_value\","]);
    let twice = GOOD
        .replace('\n', ",0\n")
        .replacen(",0\n", ",layer_idx\n", 1);
    assert_mentions(
        &csv_refusal(&twice),
        &["unexpected columns [\"layer_idx\"]", "each once"],
    );
}

#[test]
fn bad_values_are_named_by_line_and_column() {
    let cases = [
        (
            "\n0,1,",
            "\n0,x,",
            "line 3, column `neuron_idx`: found \"x\"; expected a whole",
        ),
        (
            "\n0,1,",
            "\n-1,1,",
            "line 3, column `layer_idx`: found \"-1\"",
        ),
        (
            "\n0,1,",
            "\n0,1.5,",
            "line 3, column `neuron_idx`: found \"1.5\"",
        ),
        (
            "0.2,",
            "abc,",
            "column `dpo_activation_value`: found \"abc\"; expected a finite",
        ),
        ("0.2,", ",", "column `dpo_activation_value`: found \"\""),
        (
            "0.2,",
            "NaN,",
            "line 3, column `dpo_activation_value`: found \"NaN\"",
        ),
        (
            "-2.0,",
            "inf,",
            "line 3, column `dpo_projection_value`: found \"inf\"",
        ),
        (
            "0.25,0.25,0.25",
            "1.25,0.25,0.25",
            "line 2, column `pt_cossim`: found \"1.25\"",
        ),
    ];
    for (from, to, expected) in cases {
        let content = GOOD.replace(from, to);
        assert_ne!(content, GOOD);
        assert_mentions(&csv_refusal(&content), &[expected]);
    }
}

#[test]
fn a_row_of_the_wrong_length_is_named_by_line() {
    assert_mentions(
        &csv_refusal(&GOOD.replace(",-0.1\n", "\n")),
        &[":3: ", "9 fields where the header has 10"],
    );
    assert_mentions(
        &csv_refusal(&GOOD.replace(",-0.1\n", ",-0.1,0\n")),
        &[":3: ", "11 fields"],
    );
}

#[test]
fn each_neuron_needs_exactly_one_row() {
    let message = csv_refusal(&GOOD.replace("\n0,1,", "\n0,0,"));
    assert_mentions(&message, &["line 3: neuron L0.0", "in line 2"]);
    let message = csv_refusal(&GOOD.replace("\n0,1,", "\n1,1,"));
    assert_mentions(
        &message,
        &["no row for neuron L0.1", "2 layers of 2, found 2 rows"],
    );
    let message = csv_refusal(&GOOD.replace("\n0,1,", "\n1,0,").replace("\n0,0,", "\n0,1,"));
    assert_mentions(&message, &["no row for neuron L0.0"]);
    // A missing last neuron, and indices too large to count up to.
    let more = "2,0,0.5,0.25,1.0,0.5,0.25,0.25,0.25,0.5\n";
    let message = csv_refusal(&format!("{GOOD}{}{more}", more.replace("2,0,0", "1,1,0")));
    assert_mentions(&message, &["no row for neuron L1.0"]);
    let message = csv_refusal(&GOOD.replace("\n0,1,", &format!("\n{0},{0},", usize::MAX)));
    assert_mentions(&message, &["no row for neuron L0.1"]);
    let header = GOOD.lines().next().unwrap();
    assert_mentions(&csv_refusal(header), &["no rows below the header"]);
}

#[test]
fn unreadable_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent");
    let message = message_of(NeuronTable::read_csv(&absent), &absent);
    assert_mentions(&message, &["absent: cannot be read"]);
    message_of(NeuronTable::read_csv(folder.path()), folder.path());
    // Cut anywhere but behind the first neuron's row: that much is a table of one neuron.
    let row = GOOD.match_indices('\n').nth(1).unwrap().0;
    for end in (0..row).chain(row + 2..GOOD.len() - 1) {
        csv_refusal(&GOOD[..end]);
    }
    let (_folder, path) = file("neurons.csv", b"layer_idx,\xff\n");
    assert_mentions(
        &NeuronTable::read_csv(&path).unwrap_err().to_string(),
        &["neurons.csv:1: expected UTF-8"],
    );
}

#[test]
fn an_unwritable_path_is_an_error() {
    let (folder, path) = file("neurons.csv", "");
    // A file stands where a folder is needed.
    let below = path.join("table.csv");
    assert!(by_hand().write_csv(&below).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
