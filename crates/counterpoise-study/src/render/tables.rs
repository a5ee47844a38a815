//! Tables 1 and 2 from the results.

use counterpoise_groups::scaling::{ABLATED, GPT2_MEDIUM_NEURONS, scale_rank};
use counterpoise_report::{PaperTable, TableRow, Tables, with_commas};

use crate::results::Results;
use crate::row::RowResults;
use crate::study::PaperRow;

/// Both tables of a run's results.
#[must_use]
pub fn tables(results: &Results) -> Tables {
    Tables {
        note: scaling_note(results.reduction.neurons),
        rows: [PaperTable::One, PaperTable::Two]
            .into_iter()
            .flat_map(|table| in_table(&results.rows, table))
            .collect(),
    }
}

fn in_table(rows: &[RowResults], table: PaperTable) -> impl Iterator<Item = TableRow> {
    let stands_in = move |row: &&RowResults| row.tables.contains(&table);
    rows.iter()
        .filter(stands_in)
        .map(move |row| table_row(row, table))
}

fn table_row(row: &RowResults, table: PaperTable) -> TableRow {
    let mut shown = TableRow::new(table, &row.model.to_string(), &row.label);
    shown.neurons = row.outcome.neurons;
    shown.published_neurons = row.paper().as_ref().and_then(PaperRow::published);
    for score in &row.outcome.scores {
        shown = shown.with(score.metric, score.found());
    }
    shown.notes.extend(row.outcome.notes.iter().cloned());
    shown
}

/// How the published numbers of neurons were scaled to a model with `neurons`; `None` if that model
/// has as many as the paper's.
fn scaling_note(neurons: usize) -> Option<String> {
    let example = ABLATED[2];
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
