//! The rows as CSV and JSON, at full precision.

use counterpoise_score::Score;
use serde::Serialize;

use super::columns::metrics;
use super::{TableRow, WHAT};
use crate::ReportError;

/// A remark on a score, as CSV holds it: why it is missing, or what has to be known to read it.
#[derive(Serialize)]
struct Note<'a> {
    on: &'a str,
    text: &'a str,
}

pub(super) fn to_json(rows: &[TableRow]) -> Result<String, ReportError> {
    serde_json::to_string_pretty(rows)
        .map(|text| text + "\n")
        .map_err(unwritable)
}

/// One line a row. Each metric has a column, and two more, `_low` and `_high`, if any row has an interval;
/// the remarks are one JSON array, empty if there are none.
pub(super) fn to_csv(rows: &[TableRow]) -> Result<String, ReportError> {
    let columns: Vec<(&str, bool)> = metrics(rows)
        .into_iter()
        .map(|metric| {
            let scores = rows.iter().filter_map(|row| row.score(metric));
            (
                metric,
                scores.into_iter().any(|score| score.interval.is_some()),
            )
        })
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header(&columns)).map_err(unwritable)?;
    for row in rows {
        writer
            .write_record(record(row, &columns)?)
            .map_err(unwritable)?;
    }
    let bytes = writer.into_inner().map_err(unwritable)?;
    String::from_utf8(bytes).map_err(unwritable)
}

fn header(columns: &[(&str, bool)]) -> Vec<String> {
    let fixed = [
        "table",
        "model",
        "intervention",
        "neurons",
        "published_neurons",
    ];
    let mut header: Vec<String> = fixed.map(str::to_owned).into();
    for (metric, has_interval) in columns {
        header.push((*metric).to_owned());
        if *has_interval {
            header.extend(["low", "high"].map(|end| format!("{metric}_{end}")));
        }
    }
    header.push("notes".to_owned());
    header
}

fn record(row: &TableRow, columns: &[(&str, bool)]) -> Result<Vec<String>, ReportError> {
    let count = |count: Option<usize>| count.map_or(String::new(), |count| count.to_string());
    let mut record = vec![
        row.table.to_string(),
        row.model.clone(),
        row.intervention.clone(),
        count(row.neurons),
        count(row.published_neurons),
    ];
    for (metric, has_interval) in columns {
        let score = row.score(metric);
        record.push(number(score.and_then(|score| score.value)));
        if *has_interval {
            let interval = score.and_then(|score| score.interval);
            record.push(number(interval.map(|[low, _]| low)));
            record.push(number(interval.map(|[_, high]| high)));
        }
    }
    record.push(notes(&row.scores)?);
    Ok(record)
}

/// As many digits as it takes to read the same bits back; nothing where there is no number.
fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| format!("{value:?}"))
}

fn notes(scores: &[Score]) -> Result<String, ReportError> {
    let notes: Vec<Note<'_>> = scores
        .iter()
        .flat_map(|score| {
            let texts = score.missing.iter().chain(&score.notes);
            texts.map(|text| Note {
                on: &score.metric,
                text,
            })
        })
        .collect();
    if notes.is_empty() {
        return Ok(String::new());
    }
    serde_json::to_string(&notes).map_err(unwritable)
}

fn unwritable(reason: impl std::fmt::Display) -> ReportError {
    ReportError::Unwritable {
        what: WHAT,
        reason: reason.to_string(),
    }
}
