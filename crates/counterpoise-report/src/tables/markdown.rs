//! A table as Markdown, with footnotes.

use super::{PaperTable, Quantity, TableRow, Tables};
use crate::markdown::{Footnotes, cell};
use crate::number::{decimal, with_commas};

const HEADER: &str = "\
| Model | Intervention | Neurons | Toxicity | PPL | PPL, patched at the first position only | F1 |
|---|---|---:|---:|---:|---:|---:|
";

pub(super) fn render(tables: &Tables, table: PaperTable) -> String {
    let title = match table {
        PaperTable::One => "ablating, patching and scaling the most toxic neurons",
        PaperTable::Two => "patching neuron groups",
    };
    let mut text = format!("# Table {table}: {title}\n\n");
    if let Some(note) = &tables.note {
        text.push_str(&format!("{}\n\n", cell(note)));
    }
    let rows: Vec<&TableRow> = tables
        .rows
        .iter()
        .filter(|row| row.table == table)
        .collect();
    if rows.is_empty() {
        text.push_str("The study has no interventions of this table.\n");
        return text;
    }
    text.push_str(HEADER);
    let mut footnotes = Footnotes::default();
    for row in rows {
        text.push_str(&line(row, &mut footnotes));
    }
    text.push_str(&footnotes.render());
    text
}

fn line(row: &TableRow, footnotes: &mut Footnotes) -> String {
    let neurons = row.neurons.map(with_commas).unwrap_or_default();
    let neurons = match row.published_neurons {
        Some(published) if row.neurons != Some(published) => {
            format!("{neurons} (published {})", with_commas(published))
        }
        _ => neurons,
    };
    let scores = Quantity::ALL.map(|quantity| score(row, quantity, footnotes));
    format!(
        "| {} | {} | {} | {} |\n",
        cell(&row.model),
        cell(&row.intervention),
        neurons.trim_start(),
        scores.join(" | ")
    )
}

/// The score rounded as in the paper, a dash where it is missing, nothing where none is asked for.
fn score(row: &TableRow, quantity: Quantity, footnotes: &mut Footnotes) -> String {
    let decimals = match quantity {
        Quantity::Toxicity | Quantity::F1 => 3,
        Quantity::Perplexity | Quantity::PerplexityFirstPosition => 2,
    };
    let marks: String = row
        .notes_on(quantity)
        .map(|note| footnotes.mark(note))
        .collect();
    match row.score(quantity) {
        Some(value) => decimal(value, decimals) + &marks,
        None if marks.is_empty() => String::new(),
        None => format!("—{marks}"),
    }
}
