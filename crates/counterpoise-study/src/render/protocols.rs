//! `protocols.md`: each row's scores under each protocol, side by side.

use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;
use counterpoise_report::{cell, metric_heading, shown_score};
use counterpoise_score::Score;

use crate::error::Result;
use crate::results::Results;
use crate::row::RowResults;

/// The file's name.
const FILE: &str = "protocols.md";

/// Writes the file into `folder`, if the run has more than one protocol, and returns its path.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(results: &Results, folder: &Path) -> Result<Option<PathBuf>> {
    let Some(text) = protocols_markdown(results) else {
        return Ok(None);
    };
    let path = folder.join(FILE);
    write_atomically(&path, text.as_bytes())?;
    Ok(Some(path))
}

/// Every row under every protocol; `None` if there is one.
#[must_use]
pub fn protocols_markdown(results: &Results) -> Option<String> {
    if results.other_protocols.is_empty() {
        return None;
    }
    let protocols: Vec<String> = (results.protocols())
        .map(|(protocol, _)| protocol.to_string())
        .collect();
    let metrics = metrics(results);
    let mut text = format!(
        "# Protocols\n\nEvery row under each protocol of the study: {}. Each protocol measures both models anew, so groups and \
         patched values are its own. The tables of each stand in the folder of its name; those of `{}` beside this file.\n\n\
         | Model | Intervention |",
        protocols.join(", "),
        results.protocol
    );
    for metric in &metrics {
        for protocol in &protocols {
            text.push_str(&format!(" {}, {protocol} |", cell(metric_heading(metric))));
        }
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---:|".repeat(metrics.len() * protocols.len()));
    text.push('\n');
    for row in &results.rows {
        text.push_str(&line(row, &metrics, results));
    }
    Some(text)
}

fn line(row: &RowResults, metrics: &[&str], results: &Results) -> String {
    let below = if row.control.is_some() { "↳ " } else { "" };
    let mut line = format!("| {} | {below}{} |", row.model, cell(&row.label));
    for metric in metrics {
        for (_, rows) in results.protocols() {
            let same = rows.iter().find(|other| other.name == row.name);
            let score = same.and_then(|row| row.whole_score(metric));
            line.push_str(&format!(" {} |", shown(score)));
        }
    }
    line.push('\n');
    line
}

/// A score, a dash where it is missing, nothing where the protocol has none.
fn shown(score: Option<&Score>) -> String {
    match score.map(|score| (score, score.value)) {
        None => String::new(),
        Some((_, None)) => "—".to_owned(),
        Some((score, Some(value))) => shown_score(score, value),
    }
}

/// The metrics of all rows of all protocols, each once, in the order of their first.
fn metrics(results: &Results) -> Vec<&str> {
    let mut metrics: Vec<&str> = Vec::new();
    let rows = results.protocols().flat_map(|(_, rows)| rows);
    for score in rows.flat_map(|row| &row.outcome.scores) {
        if !metrics.contains(&score.metric.as_str()) {
            metrics.push(&score.metric);
        }
    }
    metrics
}
