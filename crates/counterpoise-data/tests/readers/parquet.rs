//! Texts in Parquet.

use std::fs;
use std::path::{Path, PathBuf};

use counterpoise_data::{DataError, read_text};
use polars::prelude::{Column, DataFrame, ParquetCompression, ParquetWriter};

use crate::file;

/// Rows as WikiText has them: a heading, its paragraphs, empty rows.
const ROWS: [&str; 4] = ["", " = Häuser = \n", "", " Two <unk> stood . \n"];

fn encode(columns: Vec<Column>, compression: ParquetCompression) -> Vec<u8> {
    let height = columns.first().map_or(0, Column::len);
    let mut frame = DataFrame::new(height, columns).unwrap();
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).with_compression(compression);
    writer
        .with_row_group_size(Some(2))
        .finish(&mut frame)
        .unwrap();
    bytes
}

fn snappy(columns: Vec<Column>) -> Vec<u8> {
    encode(columns, ParquetCompression::Snappy)
}

fn text_column(rows: &[Option<&str>]) -> Column {
    Column::new("text".into(), rows)
}

fn whole() -> Vec<Column> {
    vec![
        Column::new("page".into(), [1_i64, 1, 2, 2]),
        text_column(&ROWS.map(Some)),
    ]
}

/// The error of reading these bytes: one line that begins with the file's path.
#[track_caller]
fn error(bytes: &[u8]) -> String {
    let file = file("text.parquet", bytes);
    let error = read_text(&file.path).unwrap_err();
    assert!(matches!(error, DataError::Parquet { .. }), "{error}");
    let message = error.to_string();
    let start = format!("{}: expected ", file.path.display());
    assert!(message.starts_with(&start), "{message}");
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn rows_are_joined_by_two_newlines_whatever_the_codec() {
    for codec in [
        ParquetCompression::Snappy,
        ParquetCompression::Zstd(None),
        ParquetCompression::Gzip(None),
        ParquetCompression::Brotli(None),
        ParquetCompression::Lz4Raw,
        ParquetCompression::Uncompressed,
    ] {
        let text = read_text(&file("text.parquet", encode(whole(), codec)).path).unwrap();
        assert_eq!(
            text, "\n\n = Häuser = \n\n\n\n\n Two <unk> stood . \n",
            "{codec:?}"
        );
        assert_eq!(text, ROWS.join("\n\n"));
    }
}

#[test]
fn a_file_of_another_writer_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/data/pyarrow.parquet");
    assert_eq!(read_text(&path).unwrap(), ROWS.join("\n\n"));
}

#[test]
fn a_file_that_is_not_parquet() {
    for bytes in [
        &b"plain text, misnamed"[..],
        b"PAR1",
        b"PAR1 and no more PAR1",
        b"",
    ] {
        let message = error(bytes);
        assert!(message.contains("expected a Parquet file"), "{message}");
    }
}

#[test]
fn a_truncated_file_wherever_it_ends() {
    let whole = snappy(whole());
    for length in [1, 4, 12, whole.len() / 2, whole.len() - 5, whole.len() - 1] {
        let message = error(&whole[..length]);
        assert!(message.contains("expected a Parquet file"), "{message}");
    }
}

#[test]
fn damaged_bytes_are_an_error_or_another_text_and_never_a_panic() {
    let whole = snappy(whole());
    let mut errors = 0;
    for index in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[index] ^= 0xff;
        let file = file("text.parquet", &bytes);
        // The format has no checksum here: a changed letter is another letter.
        if let Err(error) = read_text(&file.path) {
            let start = format!("{}: expected ", file.path.display());
            assert!(error.to_string().starts_with(&start), "{index}: {error}");
            errors += 1;
        }
    }
    assert!(errors > whole.len() / 10, "{errors} of {}", whole.len());
}

#[test]
fn no_column_of_that_name() {
    let columns = vec![
        Column::new("sentence".into(), ["a"]),
        Column::new("page".into(), [1_i64]),
    ];
    let message = error(&snappy(columns));
    assert!(message.contains("expected a column `text`"), "{message}");
    assert!(message.contains("only `sentence`, `page`"), "{message}");
}

#[test]
fn a_column_that_is_not_of_strings() {
    let message = error(&snappy(vec![Column::new("text".into(), [1_i64])]));
    assert!(message.contains("of strings; found Int64"), "{message}");
}

#[test]
fn a_null_row_is_named_and_not_skipped() {
    let rows = [Some("a"), Some("b"), None, Some("c")];
    let message = error(&snappy(vec![text_column(&rows)]));
    assert!(message.contains("found null in row 3"), "{message}");
}

#[test]
fn nothing_but_white_space() {
    for rows in [&[][..], &[Some("")], &[Some(" "), Some("\n")]] {
        let file = file("text.parquet", snappy(vec![text_column(rows)]));
        let error = read_text(&file.path).unwrap_err();
        assert!(matches!(error, DataError::Empty { .. }), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there() {
    let error = read_text(&PathBuf::from("nowhere/text.parquet")).unwrap_err();
    assert!(matches!(error, DataError::Read { .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.parquet");
    fs::create_dir(&path).unwrap();
    assert!(read_text(&path).is_err());
}
