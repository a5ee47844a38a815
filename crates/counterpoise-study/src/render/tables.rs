//! Tables 1 and 2 from the results.

use counterpoise_groups::scaling::{GPT2_MEDIUM_NEURONS, scale_rank};
use counterpoise_report::{TableRow, Tables, with_commas};

use crate::results::Results;
use crate::row::RowResults;
use crate::study::PaperRow;

/// The tables of a run's results.
#[must_use]
pub fn tables(results: &Results) -> Tables {
    let rows = results.rows.iter();
    let mut rows: Vec<TableRow> = rows
        .flat_map(|row| row.tables.iter().map(|&table| table_row(row, table)))
        .collect();
    rows.sort_by_key(|row| row.table);
    Tables {
        note: scaling_note(results.reduction.neurons),
        titles: results.tables.clone(),
        rows,
    }
}

fn table_row(row: &RowResults, table: u32) -> TableRow {
    let mut shown = TableRow::new(table, &row.model.to_string(), &row.label);
    shown.neurons = row.outcome.neurons;
    shown.published_neurons = row.paper().as_ref().and_then(PaperRow::published);
    shown.scores.clone_from(&row.outcome.scores);
    shown
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
