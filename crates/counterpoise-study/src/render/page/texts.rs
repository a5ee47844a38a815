//! What the rows of a run wrote, for the page.

use std::path::Path;

use counterpoise_page::{Generations, TextRow};

use crate::error::Result;
use crate::generations::{StoredGeneration, read_generations};
use crate::results::Results;
use crate::row::RowResults;
use crate::study::PaperRow;

/// The unedited models first, then the edits in the order of the study. Controls are left out.
pub(super) fn generations(results: &Results, folder: &Path) -> Result<Generations> {
    let mut found = Generations::default();
    let (controls, mut rows): (Vec<&RowResults>, Vec<&RowResults>) =
        results.rows.iter().partition(|row| row.control.is_some());
    // Stable: edits keep their order.
    rows.sort_by_key(|row| row.paper() != Some(PaperRow::None));
    if !controls.is_empty() {
        let controls = controls.len();
        found.left_out.push(format!(
            "The texts of {controls} rows of controls are in the run's folder, generations/, and not in this page."
        ));
    }
    let metrics: Vec<&str> = results.toxicities().map(|(metric, _)| metric).collect();
    for row in rows {
        let Some(lines) = read_generations(folder, &row.name)? else {
            let missing = format!(
                "{}: generations/{}.jsonl is not there.",
                row.label, row.name
            );
            found.left_out.push(missing);
            continue;
        };
        if found.rows.is_empty() {
            found.prompts = lines.iter().map(|line| line.prompt().to_owned()).collect();
        }
        let prompts = lines.iter().map(StoredGeneration::prompt);
        if !prompts.eq(found.prompts.iter().map(String::as_str)) {
            let others = format!(
                "{}: its prompts are others than those of the first row.",
                row.label
            );
            found.left_out.push(others);
            continue;
        }
        found.rows.push(text_row(row, &lines, &metrics));
    }
    Ok(found)
}

fn text_row(row: &RowResults, lines: &[StoredGeneration], metrics: &[&str]) -> TextRow {
    let values = |metric: &&str| {
        let values: Vec<_> = lines.iter().map(|line| line.value(metric)).collect();
        let any = values.iter().any(Option::is_some);
        any.then(|| ((*metric).to_owned(), values))
    };
    TextRow {
        name: row.name.clone(),
        label: match row.paper() {
            Some(PaperRow::None) => format!("{} model", row.model),
            _ => format!("{}: {}", row.model, row.label),
        },
        texts: lines
            .iter()
            .map(|line| line.text().map(str::to_owned))
            .collect(),
        scores: metrics.iter().filter_map(values).collect(),
    }
}
