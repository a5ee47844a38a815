//! The rows as CSV and JSON, at full precision.

use std::collections::BTreeSet;

use counterpoise_score::{Difference, Scale};
use serde::Serialize;

use super::columns::{changed, metrics};
use super::{AgainstControl, TableRow, WHAT};
use crate::ReportError;

/// A remark on a score, as CSV holds it: why it is missing, or what has to be known to read it.
#[derive(Serialize)]
struct Note<'a> {
    on: &'a str,
    text: &'a str,
}

pub(super) fn to_json(rows: &impl Serialize) -> Result<String, ReportError> {
    serde_json::to_string_pretty(rows)
        .map(|text| text + "\n")
        .map_err(unwritable)
}

/// One line a row. Each metric has a column, and two more, `_low` and `_high`, if any row has an interval;
/// the remarks are one JSON array, empty if there are none. Then follow, where any row has them, the row it is a
/// control of and which draw, the sweep that it is a row of and the value of each parameter swept over, and how its scores differ from those of the unedited model: for each metric
/// `_change` or `_factor`, their `_low` and `_high`, and the numbers of items in it and left out.
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
    let changes = changed(rows.iter().flat_map(|row| &row.changes));
    let has_controls = rows.iter().any(|row| row.control_of.is_some());
    let mut lines = vec![header(&columns)];
    if has_controls {
        lines[0].extend(["control_of", "draw"].map(str::to_owned));
    }
    let swept = swept(rows);
    if !swept.is_empty() {
        lines[0].push("sweep".to_owned());
        lines[0].extend(swept.iter().map(|parameter| format!("sweep.{parameter}")));
    }
    if !changes.is_empty() {
        lines[0].push("changes_from".to_owned());
    }
    lines[0].extend(changes.iter().flat_map(change_header));
    for row in rows {
        let mut line = record(row, &columns)?;
        if has_controls {
            line.push(row.control_of.clone().unwrap_or_default());
            line.push(row.draw.map_or(String::new(), |draw| draw.to_string()));
        }
        if !swept.is_empty() {
            let sweep = row.sweep.as_ref();
            line.push(sweep.map_or(String::new(), |sweep| sweep.name.clone()));
            let value = |parameter: &&str| sweep?.values.get(*parameter).cloned();
            line.extend(
                swept
                    .iter()
                    .map(|parameter| value(parameter).unwrap_or_default()),
            );
        }
        if !changes.is_empty() {
            line.push(row.changes_from.clone().unwrap_or_default());
        }
        line.extend((changes.iter()).flat_map(|(metric, _)| change(row.change(metric))));
        lines.push(line);
    }
    csv_text(&lines)
}

/// The parameters that some row is swept over, each once.
fn swept(rows: &[TableRow]) -> BTreeSet<&str> {
    let sweeps = rows.iter().filter_map(|row| row.sweep.as_ref());
    sweeps
        .flat_map(|sweep| sweep.values.keys().map(String::as_str))
        .collect()
}

/// One line a row and control, with the same columns of differences as [`to_csv`].
pub(super) fn controls_to_csv(controls: &[AgainstControl]) -> Result<String, ReportError> {
    let changes = changed(controls.iter().flat_map(|control| &control.changes));
    let fixed = ["table", "model", "intervention", "control", "draws"];
    let mut lines = vec![fixed.map(str::to_owned).to_vec()];
    lines[0].extend(changes.iter().flat_map(change_header));
    for control in controls {
        let mut line = vec![
            control.table.to_string(),
            control.model.clone(),
            control.intervention.clone(),
            control.control.clone(),
            control.draws.to_string(),
        ];
        let of = |metric: &str| {
            control
                .changes
                .iter()
                .find(|change| change.metric == metric)
        };
        line.extend((changes.iter()).flat_map(|(metric, _)| change(of(metric))));
        lines.push(line);
    }
    csv_text(&lines)
}

fn change_header((metric, scale): &(&str, Scale)) -> [String; 5] {
    let change = match scale {
        Scale::Mean => format!("{metric}_change"),
        Scale::ExpMean => format!("{metric}_factor"),
    };
    [
        change.clone(),
        format!("{change}_low"),
        format!("{change}_high"),
        format!("{change}_n"),
        format!("{change}_left_out"),
    ]
}

/// A difference as [`change_header`] names its columns; all are empty where there is none.
fn change(change: Option<&Difference>) -> [String; 5] {
    let found = change.filter(|change| change.value.is_some());
    let interval = found.and_then(|change| change.interval);
    let count = |count: fn(&Difference) -> usize| {
        found.map_or(String::new(), |change| count(change).to_string())
    };
    [
        number(found.and_then(|change| change.value)),
        number(interval.map(|[low, _]| low)),
        number(interval.map(|[_, high]| high)),
        count(|change| change.n),
        count(|change| change.left_out),
    ]
}

pub(crate) fn csv_text(lines: &[Vec<String>]) -> Result<String, ReportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).map_err(unwritable)?;
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
    record.push(notes(row)?);
    Ok(record)
}

/// As many digits as it takes to read the same bits back; nothing where there is no number.
pub(crate) fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| format!("{value:?}"))
}

fn notes(row: &TableRow) -> Result<String, ReportError> {
    let of_row = row.notes.iter().map(|text| Note { on: "row", text });
    let notes: Vec<Note<'_>> = (row.scores.iter())
        .flat_map(|score| {
            let texts = score.missing.iter().chain(&score.notes);
            texts.map(|text| Note {
                on: &score.metric,
                text,
            })
        })
        .chain(of_row)
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
