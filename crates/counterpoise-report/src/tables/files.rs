//! The rows as CSV and JSON, written and read back without loss.

use std::path::Path;

use counterpoise_data::{CsvFile, read_text};
use serde::{Deserialize, Serialize};

use super::{Note, PaperTable, TableRow, Tables, WHAT};
use crate::ReportError;

/// A row as CSV holds it: the notes are one JSON array, empty if there are none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvRow {
    table: PaperTable,
    model: String,
    intervention: String,
    neurons: Option<usize>,
    published_neurons: Option<usize>,
    toxicity: Option<f64>,
    perplexity: Option<f64>,
    perplexity_first_position: Option<f64>,
    f1: Option<f64>,
    notes: String,
}

pub(super) fn to_json(rows: &[TableRow]) -> Result<String, ReportError> {
    serde_json::to_string_pretty(rows)
        .map(|text| text + "\n")
        .map_err(unwritable)
}

pub(super) fn to_csv(rows: &[TableRow]) -> Result<String, ReportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let notes = match row.notes.as_slice() {
            [] => String::new(),
            notes => serde_json::to_string(notes).map_err(unwritable)?,
        };
        let row = row.clone();
        let line = CsvRow {
            table: row.table,
            model: row.model,
            intervention: row.intervention,
            neurons: row.neurons,
            published_neurons: row.published_neurons,
            toxicity: row.toxicity,
            perplexity: row.perplexity,
            perplexity_first_position: row.perplexity_first_position,
            f1: row.f1,
            notes,
        };
        writer.serialize(line).map_err(unwritable)?;
    }
    let bytes = writer.into_inner().map_err(unwritable)?;
    String::from_utf8(bytes).map_err(unwritable)
}

pub(super) fn read_json(path: &Path) -> Result<Vec<TableRow>, ReportError> {
    let rows = serde_json::from_str(&read_text(path)?).map_err(|error| ReportError::TableFile {
        path: path.to_owned(),
        line: u64::try_from(error.line()).ok(),
        expected: "an array of table rows",
        found: error.to_string(),
    })?;
    checked(rows)
}

pub(super) fn read_csv(path: &Path) -> Result<Vec<TableRow>, ReportError> {
    let file = CsvFile::read(path, "a table row")?;
    let mut rows = Vec::with_capacity(file.records().len());
    for (line, record) in file.rows()?.into_iter().zip(file.records()) {
        let row = from_csv(line).map_err(|(expected, found)| ReportError::TableFile {
            path: path.to_owned(),
            line: u64::try_from(record.line()).ok(),
            expected,
            found,
        });
        rows.push(row?);
    }
    checked(rows)
}

/// The row of a CSV line, or what was expected of its notes and what was found.
fn from_csv(line: CsvRow) -> Result<TableRow, (&'static str, String)> {
    let notes: Vec<Note> = match line.notes.as_str() {
        "" => Vec::new(),
        json => serde_json::from_str(json)
            .map_err(|error| ("the notes as a JSON array", format!("{json:?} ({error})")))?,
    };
    Ok(TableRow {
        table: line.table,
        model: line.model,
        intervention: line.intervention,
        neurons: line.neurons,
        published_neurons: line.published_neurons,
        toxicity: line.toxicity,
        perplexity: line.perplexity,
        perplexity_first_position: line.perplexity_first_position,
        f1: line.f1,
        notes,
    })
}

fn checked(rows: Vec<TableRow>) -> Result<Vec<TableRow>, ReportError> {
    let tables = Tables { note: None, rows };
    tables.check()?;
    Ok(tables.rows)
}

fn unwritable(reason: impl std::fmt::Display) -> ReportError {
    ReportError::Unwritable {
        what: WHAT,
        reason: reason.to_string(),
    }
}
