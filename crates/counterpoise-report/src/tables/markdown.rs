//! A table as Markdown, with footnotes.

use super::columns::{heading, metrics, shown};
use super::{TableRow, Tables};
use crate::markdown::{Footnotes, cell};
use crate::number::with_commas;

pub(super) fn render(tables: &Tables, number: u32) -> String {
    let mut text = match tables.titles.get(&number) {
        Some(title) => format!("# Table {number}: {}\n\n", cell(title)),
        None => format!("# Table {number}\n\n"),
    };
    if let Some(note) = &tables.note {
        text.push_str(&format!("{}\n\n", cell(note)));
    }
    let rows: Vec<&TableRow> = (tables.rows.iter())
        .filter(|row| row.table == number)
        .collect();
    if rows.is_empty() {
        text.push_str("The study has no interventions of this table.\n");
        return text;
    }
    // The same columns in every table of a study.
    let metrics = metrics(&tables.rows);
    text.push_str("| Model | Intervention | Neurons |");
    text.extend(
        metrics
            .iter()
            .map(|metric| format!(" {} |", cell(heading(metric)))),
    );
    text.push_str("\n|---|---|---:|");
    text.push_str(&"---:|".repeat(metrics.len()));
    text.push('\n');
    let mut footnotes = Footnotes::default();
    for row in rows {
        text.push_str(&line(row, &metrics, &mut footnotes));
    }
    if rows_have_intervals(tables) {
        text.push_str("\nIn parentheses: 95 % bootstrap intervals.\n");
    }
    text.push_str(&footnotes.render());
    text
}

fn rows_have_intervals(tables: &Tables) -> bool {
    let mut scores = tables.rows.iter().flat_map(|row| &row.scores);
    scores.any(|score| score.interval.is_some())
}

fn line(row: &TableRow, metrics: &[&str], footnotes: &mut Footnotes) -> String {
    let neurons = row.neurons.map(with_commas).unwrap_or_default();
    let neurons = match row.published_neurons {
        Some(published) if row.neurons != Some(published) => {
            format!("{neurons} (published {})", with_commas(published))
        }
        _ => neurons,
    };
    let scores: Vec<String> = (metrics.iter())
        .map(|metric| score(row, metric, footnotes))
        .collect();
    format!(
        "| {} | {} | {} | {} |\n",
        cell(&row.model),
        cell(&row.intervention),
        neurons.trim_start(),
        scores.join(" | ")
    )
}

/// The score, a dash where it is missing, nothing where none was asked for.
fn score(row: &TableRow, metric: &str, footnotes: &mut Footnotes) -> String {
    let Some(score) = row.score(metric) else {
        return String::new();
    };
    let remarks = score.missing.iter().chain(&score.notes);
    let marks: String = remarks.map(|note| footnotes.mark(note)).collect();
    match score.value {
        Some(value) => shown(score, value) + &marks,
        None => format!("—{marks}"),
    }
}
