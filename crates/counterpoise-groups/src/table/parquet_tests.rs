//! Tables in Parquet: read back, and refused.

#![allow(clippy::unwrap_used)]

use std::fs;

use counterpoise_data::{ParquetColumn, write_parquet};

use super::tests::{GOOD, all, assert_mentions, bits, file, message_of};
use super::*;
use crate::samples::by_hand;

/// The columns of the table by hand, one of them replaced, as a file; and what reading it answers.
fn with(name: &str, column: ParquetColumn) -> Result<NeuronTable, GroupsError> {
    let table = by_hand();
    let rows = table.rows();
    let mut columns: Vec<(&str, ParquetColumn)> = Vec::new();
    for (place, &column) in COLUMNS.iter().enumerate() {
        columns.push((
            column,
            match place {
                0 => ParquetColumn::Whole(rows.iter().map(|row| row.id.layer as i64).collect()),
                1 => ParquetColumn::Whole(rows.iter().map(|row| row.id.neuron as i64).collect()),
                _ => ParquetColumn::Float(
                    rows.iter()
                        .map(|row| columns::values(row)[place - 2])
                        .collect(),
                ),
            },
        ));
    }
    match columns.iter_mut().find(|(found, _)| *found == name) {
        Some((_, found)) => *found = column,
        None => columns.push((name, column)),
    }
    let (_folder, path) = file("neurons.parquet", "");
    write_parquet(&path, &columns).unwrap();
    NeuronTable::read_parquet(&path)
}

#[track_caller]
fn refused(name: &str, column: ParquetColumn, parts: &[&str]) {
    assert_mentions(&with(name, column).unwrap_err().to_string(), parts);
}

#[test]
fn parquet_comes_back_bit_for_bit() {
    let (_folder, path) = file("neurons.parquet", "");
    for table in all() {
        table.write_parquet(&path).unwrap();
        let back = NeuronTable::read_parquet(&path).unwrap();
        assert_eq!(bits(&back), bits(&table));
        assert_eq!(back.layers(), table.layers());
    }
}

#[test]
fn what_pandas_makes_of_a_table_is_the_same_table() {
    let expected = bits(&by_hand());
    let layers = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let floats = with("layer_idx", ParquetColumn::Float(layers.to_vec()));
    assert_eq!(bits(&floats.unwrap()), expected);
    let index = ParquetColumn::Whole((0..8).rev().collect());
    assert_eq!(bits(&with("__index_level_0__", index).unwrap()), expected);
    // Written by pandas with indices of 8 bits that may be null, and values of 32 bits.
    let made = concat!(env!("CARGO_MANIFEST_DIR"), "/src/table/pandas.parquet");
    assert_eq!(
        bits(&NeuronTable::read_parquet(Path::new(made)).unwrap()),
        expected
    );
}

#[test]
fn bad_values_are_named_by_row() {
    let whole = |values: [i64; 8]| ParquetColumn::Whole(values.to_vec());
    let float = |values: [f64; 8]| ParquetColumn::Float(values.to_vec());
    let negative = whole([0, 1, 2, -3, 0, 1, 2, 3]);
    refused(
        "neuron_idx",
        negative,
        &["row 3, column `neuron_idx`: found \"-3\""],
    );
    let broken = float([0.0, 1.0, 2.5, 3.0, 0.0, 1.0, 2.0, 3.0]);
    refused(
        "neuron_idx",
        broken,
        &["row 2, column `neuron_idx`: found \"2.5\""],
    );
    let nan = float([f64::NAN; 8]);
    refused(
        "dpo_cossim",
        nan,
        &["row 0, column `dpo_cossim`: found \"NaN\""],
    );
    let text = ParquetColumn::Text(vec!["0.5".to_owned(); 8]);
    refused(
        "pt_cossim",
        text,
        &["column `pt_cossim` of numbers; found BYTE_ARRAY"],
    );
    let other = ParquetColumn::Float(vec![0.5; 8]);
    refused(
        "cossim",
        other,
        &["missing columns []", "unexpected columns [\"cossim\"]"],
    );
}

#[test]
fn unreadable_files_are_errors() {
    let (folder, path) = file("whole.parquet", "");
    let read = NeuronTable::read_parquet;
    let absent = folder.path().join("absent");
    assert_mentions(&message_of(read(&absent), &absent), &["cannot be read"]);
    message_of(read(folder.path()), folder.path());
    by_hand().write_parquet(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for end in [0, 3, 8, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..end]).unwrap();
        assert_mentions(
            &message_of(read(&path), &path),
            &["expected a Parquet file"],
        );
    }
    // Each format under the name of the other.
    fs::write(&path, GOOD).unwrap();
    message_of(read(&path), &path);
    fs::write(&path, bytes).unwrap();
    message_of(NeuronTable::read_csv(&path), &path);
    assert!(by_hand().write_parquet(&path.join("below")).is_err());
}

#[test]
fn damaged_bytes_are_an_error_or_another_table() {
    let (_folder, path) = file("neurons.parquet", "");
    by_hand().write_parquet(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut errors = 0;
    for position in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x80 >> (position % 8);
        fs::write(&path, &damaged).unwrap();
        errors += usize::from(NeuronTable::read_parquet(&path).is_err());
    }
    assert!(errors > bytes.len() / 4, "{errors} of {}", bytes.len());
}
