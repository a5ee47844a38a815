//! The texts of a run, for a scorer elsewhere.

use std::path::Path;

use counterpoise_data::{ParquetColumn, write_csv, write_json_lines, write_parquet};
use counterpoise_score::text_id;
use serde::Serialize;

use crate::error::{Result, refuse};
use crate::generations::StoredGeneration;

/// One text.
#[derive(Serialize)]
struct Exported<'a> {
    id: String,
    row: &'a str,
    prompt: &'a str,
    text: &'a str,
}

/// The columns, in their order.
const COLUMNS: [&str; 4] = ["id", "row", "prompt", "text"];

/// Writes the continuations of `rows` that have a text.
pub(super) fn write<'a>(
    path: &Path,
    rows: impl Iterator<Item = (&'a str, Option<&'a [StoredGeneration]>)>,
) -> Result<usize> {
    let texts: Vec<Exported<'_>> = rows
        .flat_map(|(row, lines)| {
            let lines = lines.unwrap_or_default().iter().enumerate();
            lines.filter_map(move |(index, line)| {
                Some(Exported {
                    id: text_id(row, index),
                    row,
                    prompt: line.prompt(),
                    text: line.text()?,
                })
            })
        })
        .collect();
    let fields = |text: &Exported<'a>| {
        [
            text.id.clone(),
            text.row.into(),
            text.prompt.into(),
            text.text.into(),
        ]
    };
    match path.extension().and_then(|end| end.to_str()) {
        Some("csv") => write_csv(path, &COLUMNS, texts.iter().map(fields))?,
        Some("jsonl") => write_json_lines(path, &texts)?,
        Some("parquet") => {
            let columns: Vec<(&str, ParquetColumn)> = (COLUMNS.iter().enumerate())
                .map(|(index, name)| {
                    let values = texts.iter().map(|text| fields(text)[index].clone());
                    (*name, ParquetColumn::Text(values.collect()))
                })
                .collect();
            write_parquet(path, &columns)?;
        }
        _ => refuse!(
            "{}: expected a name that ends in .csv, .jsonl or .parquet",
            path.display()
        ),
    }
    Ok(texts.len())
}
