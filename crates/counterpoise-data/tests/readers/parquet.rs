//! Parquet: texts and numbers.

use std::fs;
use std::path::{Path, PathBuf};

use counterpoise_data::{DataError, Number, ParquetColumn, ParquetFile, read_text, write_parquet};

use crate::file;

/// Rows as WikiText has them: a heading, its paragraphs, empty rows.
const ROWS: [&str; 4] = ["", " = Häuser = \n", "", " Two <unk> stood . \n"];

/// A file that `make_parquet.py` made.
fn made(name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/data");
    data.join(format!("{name}.parquet"))
}

/// A file of one column `text`.
fn written(rows: &[&str]) -> crate::File {
    let file = file("text.parquet", "");
    let rows = rows.iter().map(|row| (*row).to_owned()).collect();
    write_parquet(&file.path, &[("text", ParquetColumn::Text(rows))]).unwrap();
    file
}

/// The error of reading the text at `path`: one line that begins with the path.
#[track_caller]
fn error_at(path: &Path) -> String {
    let error = read_text(path).unwrap_err();
    assert!(matches!(error, DataError::Parquet { .. }), "{error}");
    let message = error.to_string();
    let start = format!("{}: expected ", path.display());
    assert!(message.starts_with(&start), "{message}");
    assert!(!message.contains('\n'), "{message}");
    message
}

#[track_caller]
fn error(bytes: &[u8]) -> String {
    error_at(&file("text.parquet", bytes).path)
}

#[test]
fn texts_are_read_row_by_row_as_they_stand() {
    let file = written(&ROWS);
    let texts = ParquetFile::read(&file.path)
        .unwrap()
        .texts("text")
        .unwrap();
    let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
    assert_eq!(texts, ROWS.map(Some));
    let null = ParquetFile::read(&made("text_null")).unwrap();
    let texts = null.texts("text").unwrap();
    assert!(texts[2].is_none() && texts[0].is_some(), "{texts:?}");
    let broken = ParquetFile::read(&made("text_not_utf8")).unwrap();
    let error = broken.texts("text").unwrap_err().to_string();
    assert!(error.contains("bytes that are not UTF-8 in row"), "{error}");
}

#[test]
fn rows_are_joined_by_two_newlines_whatever_the_type_codec_and_encoding() {
    for name in [
        "categorical",
        "large",
        "view",
        "binary",
        "none",
        "snappy",
        "gzip",
        "brotli",
        "zstd",
        "lz4",
        "plain",
        "v2",
        "delta",
        "lengths",
        "groups",
    ] {
        let text = read_text(&made(&format!("text_{name}"))).unwrap();
        assert_eq!(text, ROWS.join("\n\n"), "{name}");
    }
    assert_eq!(read_text(&written(&ROWS).path).unwrap(), ROWS.join("\n\n"));
}

#[test]
fn many_rows_come_back_in_their_order() {
    let rows: Vec<String> = (0..5000).map(|row| format!("{row}")).collect();
    let file = written(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(read_text(&file.path).unwrap(), rows.join("\n\n"));
}

#[test]
fn numbers_of_every_width_are_read() {
    let file = ParquetFile::read(&made("numbers")).unwrap();
    let names: Vec<&str> = file.names().collect();
    assert_eq!(names.last(), Some(&"__index_level_0__"));
    assert_eq!(file.rows(), 4);
    let whole = |values: [i128; 4]| values.map(|value| Some(Number::Whole(value)));
    let float = |values: [f64; 4]| values.map(|value| Some(Number::Float(value)));
    let of = |name: &str| file.numbers(name).unwrap();
    assert_eq!(of("int8"), whole([0, 1, -2, 3]));
    assert_eq!(of("uint32"), whole([0, 1, 2, u32::MAX.into()]));
    assert_eq!(of("uint64"), whole([0, 1, 2, u64::MAX.into()]));
    assert_eq!(of("__index_level_0__"), whole([3, 1, 0, 2]));
    let mut nullable = whole([0, 0, 2, 3]);
    nullable[1] = None;
    assert_eq!(of("nullable"), nullable);
    assert_eq!(of("float32"), float([0.5, -1.5, 2.0, f64::from(1e30_f32)]));
    assert_eq!(of("float64"), float([0.1, 0.2, 0.1 + 0.2, 0.0]));
    let day = file.numbers("day").unwrap_err().to_string();
    assert!(day.contains("expected a column `day` of numbers"), "{day}");
}

#[test]
fn what_is_written_is_read_back() {
    let file = file("numbers.parquet", "");
    let texts = vec![None, Some(String::new()), Some(" <é>".to_owned())];
    let columns = [
        ("whole", ParquetColumn::Whole(vec![0, -1, i64::MAX])),
        ("float", ParquetColumn::Float(vec![0.1, 5e-324, -1e300])),
        ("text", ParquetColumn::OptionalText(texts.clone())),
    ];
    write_parquet(&file.path, &columns).unwrap();
    let back = ParquetFile::read(&file.path).unwrap();
    let whole = [0, -1, i64::MAX].map(|value| Some(Number::Whole(value.into())));
    assert_eq!(back.numbers("whole").unwrap(), whole);
    let float = [0.1, 5e-324, -1e300].map(|value| Some(Number::Float(value)));
    assert_eq!(back.numbers("float").unwrap(), float);
    assert_eq!(back.texts("text").unwrap(), texts);
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
    let whole = fs::read(made("text_snappy")).unwrap();
    for length in [1, 4, 12, whole.len() / 2, whole.len() - 5, whole.len() - 1] {
        let message = error(&whole[..length]);
        assert!(message.contains("expected a Parquet file"), "{message}");
    }
}

#[test]
fn damaged_bytes_are_an_error_or_another_text_and_never_a_panic() {
    for name in ["text_snappy", "text_delta", "text_lengths", "text_v2"] {
        let whole = fs::read(made(name)).unwrap();
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
}

#[test]
fn no_column_of_that_name() {
    let file = file("text.parquet", "");
    let columns = [
        ("sentence", ParquetColumn::Text(vec!["a".to_owned()])),
        ("page", ParquetColumn::Whole(vec![1])),
    ];
    write_parquet(&file.path, &columns).unwrap();
    let message = error_at(&file.path);
    assert!(message.contains("expected a column `text`"), "{message}");
    assert!(message.contains("only `sentence`, `page`"), "{message}");
}

#[test]
fn a_column_that_is_not_of_strings() {
    let message = error_at(&made("text_number"));
    assert!(message.contains("of strings; found INT64"), "{message}");
    let message = error_at(&made("text_list"));
    assert!(message.contains("a column of lists"), "{message}");
}

#[test]
fn a_row_without_text_is_named_and_not_skipped() {
    let message = error_at(&made("text_null"));
    assert!(message.contains("found null in row 3"), "{message}");
    let message = error_at(&made("text_not_utf8"));
    assert!(message.contains("not UTF-8 in row 2"), "{message}");
}

#[test]
fn nothing_but_white_space() {
    for rows in [&[][..], &[""], &[" ", "\n"]] {
        let error = read_text(&written(rows).path).unwrap_err();
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
