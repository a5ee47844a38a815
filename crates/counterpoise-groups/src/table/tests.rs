//! The table's rows, and files that are read back.

#![allow(clippy::unwrap_used)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::TotalReduction;
use crate::columns::values;
use crate::samples::{by_hand, random};

/// Two neurons of one layer, as the released table has them.
pub(super) const GOOD: &str = "\
layer_idx,neuron_idx,pt_projection_value,dpo_projection_value,pt_activation_value,\
dpo_activation_value,pt_cossim,dpo_cossim,projection_diff,activation_diff
0,0,0.5,0.25,1.0,0.5,0.25,0.25,0.25,0.5
0,1,-1.0,-2.0,1e-1,0.2,-0.5,-0.5,1.0,-0.1
";

pub(super) fn bits(table: &NeuronTable) -> Vec<(NeuronId, [u64; 8])> {
    (table.rows().iter())
        .map(|row| (row.id, values(row).map(f64::to_bits)))
        .collect()
}

/// A folder holding one file; the folder goes when the first of the pair is dropped.
pub(super) fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

/// The message with which a CSV is refused, which has to name the file.
pub(super) fn csv_refusal(content: &str) -> String {
    let (_folder, path) = file("neurons.csv", content);
    message_of(NeuronTable::read_csv(&path), &path)
}

/// The message of an error, which has to name the file and to tell its cause once.
pub(super) fn message_of(result: Result<NeuronTable, GroupsError>, path: &Path) -> String {
    let error = result.unwrap_err();
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
    assert!(
        error.source().is_none(),
        "the cause stands twice: {message}"
    );
    message
}

pub(super) fn assert_mentions(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

#[test]
fn a_neuron_outside_the_model_is_none() {
    let table = by_hand();
    let get = |layer, neuron| table.get(NeuronId { layer, neuron });
    assert!(get(2, 0).is_none());
    assert!(get(0, 4).is_none()); // not the first neuron of the next layer
}

/// Tables by hand and at random, and one with values whose decimal form is long, tiny, or a negative zero.
pub(super) fn all() -> impl Iterator<Item = NeuronTable> {
    let awkward = Measurements {
        mean_activation: vec![vec![0.1 + 0.2, 5e-324, -0.0, 1.0 / 3.0, -1.23e-17]],
        value_projection: vec![vec![1.0, 1.0, 1.0, -0.7, 1e21]],
        cosine: vec![vec![0.1, -1e-9, 0.0, -0.0, 1.0]],
    };
    let awkward = NeuronTable::unchanged(&awkward);
    (0..10).map(random).chain([by_hand(), awkward])
}

#[test]
fn csv_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("out/neurons.csv");
    for table in all() {
        table.write_csv(&csv).unwrap();
        let back = NeuronTable::read_csv(&csv).unwrap();
        assert_eq!(bits(&back), bits(&table));
        assert_eq!(back.layers(), table.layers());
    }
    let left = fs::read_dir(folder.path().join("out")).unwrap().count();
    assert_eq!(left, 1, "a temporary file stayed behind");
}

#[test]
fn the_written_csv_is_plain() {
    let (_folder, path) = file("neurons.csv", GOOD);
    let table = NeuronTable::read_csv(&path).unwrap();
    table.write_csv(&path).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        GOOD.replace("1e-1", "0.1")
    );
}

#[test]
fn columns_and_rows_may_stand_in_any_order() {
    let (_folder, path) = file("neurons.csv", GOOD);
    let expected = NeuronTable::read_csv(&path).unwrap();
    let shuffled: Vec<String> = (GOOD.lines().enumerate())
        .map(|(line, text)| {
            let mut fields: Vec<&str> = text.split(',').collect();
            fields.rotate_left(3);
            format!("{}{}", fields.join(","), if line == 0 { "" } else { "\r" })
        })
        .collect();
    let content = [0, 2, 1]
        .map(|line: usize| shuffled[line].as_str())
        .join("\n");
    fs::write(&path, content).unwrap();
    assert_eq!(
        bits(&NeuronTable::read_csv(&path).unwrap()),
        bits(&expected)
    );
}

#[test]
fn a_csv_that_pandas_wrote_is_the_same_table() {
    let (_folder, path) = file("neurons.csv", GOOD);
    let expected = bits(&NeuronTable::read_csv(&path).unwrap());
    for name in ["", "Unnamed: 0"] {
        let indexed = GOOD
            .replace("layer_idx", &format!("{name},layer_idx"))
            .replace("\n0,0,", "\n0,0.0,0.0,")
            .replace("\n0,1,", "\n1,0.0,1.0,");
        let (_folder, path) = file("neurons.csv", &indexed);
        assert_eq!(bits(&NeuronTable::read_csv(&path).unwrap()), expected);
    }
    let other = csv_refusal(&GOOD.replace('\n', ",0\n").replacen(",0\n", ",Unnamed\n", 1));
    assert_mentions(&other, &["unexpected columns [\"Unnamed\"]"]);
}

#[test]
fn a_model_compared_with_itself_is_refused_and_one_value_is_enough_to_differ() {
    let base = Measurements {
        mean_activation: vec![vec![0.5, 0.0]],
        value_projection: vec![vec![1.0, -1.0]],
        cosine: vec![vec![0.5, -0.5]],
    };
    let message = NeuronTable::new(&base, &base).unwrap_err().to_string();
    assert_mentions(&message, &["the tuned model is the base model", "merge"]);
    let mut tuned = base.clone();
    tuned.cosine[0][1] = -0.25;
    let table = NeuronTable::new(&base, &tuned).unwrap();
    // The projection of a neuron that is never active would be -0.0.
    let (_folder, path) = file("neurons.csv", "");
    table.write_csv(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("-0.0"), "{text}");
    assert!(TotalReduction::of(&table).peak.is_sign_positive());
}

#[test]
fn differences_may_be_rounded_but_not_wrong() {
    let rounded = GOOD.replace("1.0,-0.1\n", "1.0,-0.10000001\n");
    let (_folder, path) = file("neurons.csv", &rounded);
    let table = NeuronTable::read_csv(&path).unwrap();
    assert_eq!(table.rows()[1].activation_diff(), 0.1 - 0.2);
    // The other way round: tuned minus base.
    let message = csv_refusal(&GOOD.replace("1.0,-0.1\n", "1.0,0.1\n"));
    assert_mentions(
        &message,
        &[
            "line 3, column `activation_diff`",
            "\"0.1\"",
            "base minus tuned, -0.1",
        ],
    );
    let message = csv_refusal(&GOOD.replace("0.25,0.5\n", "0.2,0.5\n"));
    assert_mentions(&message, &["line 2, column `projection_diff`"]);
}
