//! What the table refuses: measurements and files that are wrong, one test per way to be wrong.

#![allow(clippy::unwrap_used)]

use std::fs;

use polars::prelude::Column;

use super::tests::{GOOD, assert_mentions, csv_refusal, file, message_of};
use super::*;
use crate::samples::by_hand;

/// The message with which a Parquet file of this frame is refused.
fn parquet_refusal(mut frame: DataFrame) -> String {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    let (_folder, path) = file("neurons.parquet", bytes);
    message_of(NeuronTable::read_parquet(&path), &path)
}

/// The message with which a Parquet file is refused that has this column in place of its own.
fn replaced(name: &str, column: Column) -> String {
    let mut frame = by_hand().frame().clone();
    frame.replace(name, column).unwrap();
    parquet_refusal(frame)
}

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
fn bad_parquet_values_are_named_by_row() {
    let negative = Column::new("neuron_idx".into(), [0_i64, 1, 2, -3, 0, 1, 2, 3]);
    assert_mentions(
        &replaced("neuron_idx", negative),
        &["row 3, column `neuron_idx`: found \"-3\""],
    );
    let mut missing = [Some(0.5); 8];
    missing[2] = None;
    let missing = Column::new("pt_activation_value".into(), missing);
    assert_mentions(
        &replaced("pt_activation_value", missing),
        &["row 2, column `pt_activation_value`: found \"null\""],
    );
    let nan = Column::new("dpo_cossim".into(), [f64::NAN; 8]);
    assert_mentions(
        &replaced("dpo_cossim", nan),
        &["row 0, column `dpo_cossim`: found \"NaN\""],
    );
    let short = by_hand().frame().drop("pt_cossim").unwrap();
    assert_mentions(
        &parquet_refusal(short),
        &["missing columns [\"pt_cossim\"]"],
    );
}

#[test]
fn unreadable_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent");
    for result in [
        NeuronTable::read_csv(&absent),
        NeuronTable::read_parquet(&absent),
    ] {
        let message = result.unwrap_err().to_string();
        assert_mentions(&message, &["cannot open the neuron table", "absent"]);
    }
    message_of(NeuronTable::read_csv(folder.path()), folder.path());
    message_of(NeuronTable::read_parquet(folder.path()), folder.path());

    let whole = folder.path().join("whole.parquet");
    by_hand().write_parquet(&whole).unwrap();
    let bytes = fs::read(&whole).unwrap();
    for end in [0, 3, 8, bytes.len() / 2, bytes.len() - 1] {
        let (_folder, path) = file("neurons.parquet", &bytes[..end]);
        let message = message_of(NeuronTable::read_parquet(&path), &path);
        assert_mentions(&message, &["not a readable Parquet file"]);
    }
    // Cut anywhere but behind the first neuron's row: that much is a table of one neuron.
    let row = GOOD.match_indices('\n').nth(1).unwrap().0;
    for end in (0..row).chain(row + 2..GOOD.len() - 1) {
        csv_refusal(&GOOD[..end]);
    }
    // Each format under the name of the other.
    let (_folder, path) = file("neurons.csv", &bytes);
    message_of(NeuronTable::read_csv(&path), &path);
    let (_folder, path) = file("neurons.parquet", GOOD);
    message_of(NeuronTable::read_parquet(&path), &path);
    let (_folder, path) = file("neurons.csv", b"layer_idx,\xff\n");
    assert_mentions(
        &NeuronTable::read_csv(&path).unwrap_err().to_string(),
        &["neurons.csv:1: expected UTF-8"],
    );
}

#[test]
fn a_damaged_page_header_is_an_error() {
    let (_folder, path) = file("neurons.parquet", "");
    by_hand().write_parquet(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    // The headers of the first columns' pages lie here: some damage empties a column, and some makes
    // polars panic.
    let mut messages = Vec::new();
    for position in 0..300 {
        for bit in [0x02, 0x80] {
            let mut damaged = bytes.clone();
            damaged[position] ^= bit;
            fs::write(&path, &damaged).unwrap();
            let error = NeuronTable::read_parquet(&path).err();
            messages.extend(error.map(|error| error.to_string()));
        }
    }
    for expected in ["has 0 values; expected 8", "its bytes are damaged"] {
        assert!(messages.iter().any(|message| message.contains(expected)));
    }
}

#[test]
fn an_unwritable_path_is_an_error() {
    let (folder, path) = file("neurons.csv", "");
    // A file stands where a folder is needed.
    let below = path.join("table.csv");
    assert!(by_hand().write_csv(&below).is_err());
    assert!(by_hand().write_parquet(&below).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn other_parquet_types_are_refused() {
    let floats = Column::new("layer_idx".into(), [0.0; 8]);
    assert_mentions(
        &replaced("layer_idx", floats),
        &[
            "column `layer_idx` has type f64",
            "expected an integer type",
        ],
    );
    let strings = Column::new("pt_cossim".into(), ["0.5"; 8]);
    assert_mentions(
        &replaced("pt_cossim", strings),
        &["column `pt_cossim` has type str", "expected a float type"],
    );
}
