//! The table's rows and frame, and files that are read back.

#![allow(clippy::unwrap_used)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::DataType;
use tempfile::TempDir;

use super::*;
use crate::COLUMNS;
use crate::columns::values;
use crate::samples::{by_hand, random};

/// Two neurons of one layer, as the released table has them.
pub(super) const GOOD: &str = "\
layer_idx,neuron_idx,pt_projection_value,dpo_projection_value,pt_activation_value,\
dpo_activation_value,pt_cossim,dpo_cossim,projection_diff,activation_diff
0,0,0.5,0.25,1.0,0.5,0.25,0.25,0.25,0.5
0,1,-1.0,-2.0,1e-1,0.2,-0.5,-0.5,1.0,-0.1
";

fn bits(table: &NeuronTable) -> Vec<(NeuronId, [u64; 8])> {
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
fn rows_and_frame_hold_the_same_numbers() {
    let table = by_hand();
    assert_eq!((table.layers(), table.d_mlp()), (2, 4));
    let frame = table.frame();
    assert_eq!(frame.get_column_names(), COLUMNS);
    assert_eq!(frame.shape(), (8, 10));
    for (position, name) in COLUMNS.iter().enumerate() {
        let expected = if position < 2 {
            DataType::Int64
        } else {
            DataType::Float64
        };
        assert_eq!(frame.column(name).unwrap().dtype(), &expected);
    }
    // L1.3: mean activation 1 → 1.5, value projection 1 → 0.5.
    let id = NeuronId {
        layer: 1,
        neuron: 3,
    };
    let row = table.get(id).unwrap();
    assert_eq!(row.id, id);
    let expected = [1.0, 0.75, 1.0, 1.5, 0.125, 0.0625, 0.25, -0.5];
    for (name, value) in COLUMNS[2..].iter().zip(expected) {
        let column = frame.column(name).unwrap().f64().unwrap();
        assert_eq!(column.get(7), Some(value), "{name}");
    }
    let layers = frame.column("layer_idx").unwrap().i64().unwrap();
    assert_eq!(layers.get(7), Some(1));
}

#[test]
fn a_neuron_outside_the_model_is_none() {
    let table = by_hand();
    let get = |layer, neuron| table.get(NeuronId { layer, neuron });
    assert!(get(2, 0).is_none());
    assert!(get(0, 4).is_none()); // not the first neuron of the next layer
}

#[test]
fn csv_and_parquet_come_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, parquet) = (
        folder.path().join("out/neurons.csv"),
        folder.path().join("out/neurons.parquet"),
    );
    // Values whose decimal form is long, tiny, or a negative zero.
    let awkward = Measurements {
        mean_activation: vec![vec![0.1 + 0.2, 5e-324, -0.0, 1.0 / 3.0, -1.23e-17]],
        value_projection: vec![vec![1.0, 1.0, 1.0, -0.7, 1e21]],
        cosine: vec![vec![0.1, -1e-9, 0.0, -0.0, 1.0]],
    };
    let awkward = NeuronTable::new(&awkward, &awkward).unwrap();
    for table in (0..10).map(random).chain([by_hand(), awkward]) {
        table.write_csv(&csv).unwrap();
        table.write_parquet(&parquet).unwrap();
        for back in [
            NeuronTable::read_csv(&csv).unwrap(),
            NeuronTable::read_parquet(&parquet).unwrap(),
        ] {
            assert_eq!(bits(&back), bits(&table));
            assert_eq!(back.frame(), table.frame());
            assert_eq!(back.layers(), table.layers());
        }
    }
    let left = fs::read_dir(folder.path().join("out")).unwrap().count();
    assert_eq!(left, 2, "a temporary file stayed behind");
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

#[test]
fn narrower_parquet_types_are_taken() {
    let mut frame = by_hand().frame().clone();
    for name in COLUMNS {
        let narrow = if name.ends_with("idx") {
            DataType::Int32
        } else {
            DataType::Float32
        };
        let column = frame.column(name).unwrap().cast(&narrow).unwrap();
        frame.replace(name, column).unwrap();
    }
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    let (_folder, path) = file("neurons.parquet", bytes);
    let table = NeuronTable::read_parquet(&path).unwrap();
    assert_eq!(bits(&table), bits(&by_hand())); // all values are exact in 32 bits
}
