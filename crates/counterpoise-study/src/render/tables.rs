//! Tables 1 and 2 from the results.

use counterpoise_eval::Protocol;
use counterpoise_groups::Role;
use counterpoise_groups::scaling::{GPT2_MEDIUM_NEURONS, scale_rank};
use counterpoise_report::{AgainstControl, RowSweep, TableRow, Tables, with_commas};

use crate::results::Results;
use crate::row::RowResults;
use crate::study::{PaperRow, plain};

/// The tables of a run's results: each row with how it differs from the unedited model, its controls below it.
#[must_use]
pub fn tables(results: &Results) -> Tables {
    let mut tables = Tables {
        note: note(results),
        titles: results.tables.clone(),
        ..Tables::default()
    };
    let rows: Vec<(&RowResults, TableRow)> = (results.rows.iter())
        .map(|row| (row, compared(row, results)))
        .collect();
    for (row, shown) in rows.iter().filter(|(row, _)| row.control.is_none()) {
        let controls = controls(row, &rows);
        for &table in &row.tables {
            let stands_in = |row: &TableRow| TableRow {
                table,
                ..row.clone()
            };
            tables.rows.push(stands_in(shown));
            for draws in &controls {
                tables.rows.extend(draws.iter().map(|row| stands_in(row)));
                let against = AgainstControl::of(&stands_in(shown), draws);
                tables.controls.extend(against);
            }
        }
    }
    // Stable: within a table the order stays.
    tables.rows.sort_by_key(|row| row.table);
    tables.controls.sort_by_key(|control| control.table);
    tables.rows = tables
        .rows
        .into_iter()
        .map(TableRow::without_items)
        .collect();
    tables
}

/// The controls of a row, each with its draws, in the order of the study.
fn controls<'a>(of: &RowResults, rows: &'a [(&RowResults, TableRow)]) -> Vec<Vec<&'a TableRow>> {
    let mut controls: Vec<(&str, Vec<&TableRow>)> = Vec::new();
    for (row, shown) in rows {
        let Some(control) = (row.control.as_ref()).filter(|control| control.of == of.name) else {
            continue;
        };
        match controls.iter_mut().find(|(name, _)| *name == control.name) {
            Some((_, draws)) => draws.push(shown),
            None => controls.push((&control.name, vec![shown])),
        }
    }
    controls.into_iter().map(|(_, draws)| draws).collect()
}

/// A row with its scores, compared with the unedited model; of which table it is, is not said yet.
fn compared(row: &RowResults, results: &Results) -> TableRow {
    let shown = table_row(row, results);
    match unedited(row, results) {
        Some(unedited) => shown.compared_with(&table_row(unedited, results)),
        None => shown,
    }
}

/// The row that a row is compared with: its model's unedited one, and for the tuned model's the base's.
fn unedited<'a>(row: &RowResults, results: &'a Results) -> Option<&'a RowResults> {
    let is_unedited = |row: &RowResults| row.paper() == Some(PaperRow::None);
    let model = match (is_unedited(row), row.model) {
        (false, model) => model,
        (true, Role::Tuned) => Role::Base,
        (true, Role::Base) => return None,
    };
    let mut rows = results.rows.iter();
    rows.find(|row| row.model == model && is_unedited(row))
}

fn table_row(row: &RowResults, results: &Results) -> TableRow {
    let mut shown = TableRow::new(0, &row.model.to_string(), &row.label);
    shown.neurons = row.outcome.neurons;
    shown.published_neurons = row.paper().as_ref().and_then(PaperRow::published);
    shown.scores.clone_from(&row.outcome.scores);
    shown.notes.clone_from(&row.outcome.notes);
    shown.sweep = row.sweep.as_ref().map(|sweep| RowSweep {
        name: sweep.sweep.clone(),
        values: sweep
            .values
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
    });
    if let Some(control) = &row.control {
        let label = |other: &&RowResults| other.name == control.of;
        let controlled = results.rows.iter().find(label);
        shown.control_of = controlled.map(|row| row.label.clone());
        shown.draw = control.draw;
    }
    shown
}

/// What has to be known of every table.
fn note(results: &Results) -> Option<String> {
    let protocol = (results.protocol != Protocol::Corrected)
        .then(|| format!("Measured under the protocol `{}`.", results.protocol));
    let notes: Vec<String> = (protocol.into_iter())
        .chain(scaling_note(results.reduction.neurons))
        .collect();
    (!notes.is_empty()).then(|| notes.join(" "))
}

/// How the published numbers of neurons were scaled to a model with `neurons`; `None` if that model
/// has as many as the paper's.
fn scaling_note(neurons: usize) -> Option<String> {
    let example = 1000;
    (neurons != GPT2_MEDIUM_NEURONS).then(|| {
        format!(
            "This model has {} MLP neurons, GPT-2 medium {}: the paper's numbers of neurons are scaled in \
             proportion, at least to 1, so that its top {} are the top {} here.",
            with_commas(neurons),
            with_commas(GPT2_MEDIUM_NEURONS),
            with_commas(example),
            with_commas(scale_rank(example, neurons))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_is_said_wherever_it_happens() {
        let note = scaling_note(2048).unwrap_or_default();
        assert!(
            note.contains("2,048 MLP neurons") && note.contains("top 21 here"),
            "{note}"
        );
        assert_eq!(scaling_note(98_304), None);
    }
}
