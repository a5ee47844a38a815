//! One text, plain and in Parquet: the same to every command.

use std::fs;

use counterpoise_data::{ParquetColumn, write_parquet};

use crate::{arg, error, json, mini};

/// `text` as Parquet, cut into rows wherever two lines end.
pub fn parquet(text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.parquet");
    let rows = text.split("\n\n").map(str::to_owned).collect();
    write_parquet(&path, &[("text", ParquetColumn::Text(rows))]).unwrap();
    fs::read(&path).unwrap()
}

#[test]
fn perplexity_of_parquet_is_that_of_the_same_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (
        folder.path().join("text.txt"),
        folder.path().join("text.parquet"),
    );
    let text: String = fs::read_to_string(mini("text.txt")).unwrap();
    let text: String = text.chars().take(4000).collect();
    // Rows that begin and end with spaces, and empty ones, as WikiText has them.
    let text = text.replace(". ", " . \n\n\n\n ");
    fs::write(&plain, &text).unwrap();
    fs::write(&packed, parquet(&text)).unwrap();
    let model = mini("base");
    let perplexity = |text| json(&["perplexity", "--model", arg(&model), "--text", arg(text)]);
    let (plain, packed) = (perplexity(&plain), perplexity(&packed));
    for field in ["perplexity", "tokens", "predicted"] {
        assert!(plain[field].is_number(), "{plain}");
        assert_eq!(plain[field], packed[field], "{field}");
    }
    assert!(plain["tokens"].as_u64() > Some(500), "{plain}");
}

#[test]
fn parquet_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.parquet");
    fs::write(&path, "plain text, misnamed").unwrap();
    let model = mini("base");
    let error = error(&["perplexity", "--model", arg(&model), "--text", arg(&path)]);
    assert!(
        error.contains("text.parquet: expected a Parquet file"),
        "{error}"
    );
}
