//! What every score is made of, item by item: `items.jsonl`, beside the results.
//!
//! One line a row and metric, so that `results.json` stays readable and other programs can take their own
//! intervals.

use std::path::{Path, PathBuf};

use counterpoise_data::{read_json_lines, write_json_lines};
use counterpoise_score::Items;
use serde::{Deserialize, Serialize};

use crate::error::{Result, refuse};
use crate::results::Results;
use crate::row::RowResults;

/// The file's name.
const ITEMS_FILE: &str = "items.jsonl";

/// A line of it.
#[derive(Debug, Serialize, Deserialize)]
struct ItemsLine {
    row: String,
    metric: String,
    #[serde(flatten)]
    items: Items,
}

/// Writes the file into the folder of a run, if any of `rows` was scored item by item, and returns its path.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write(rows: &[RowResults], folder: &Path) -> Result<Option<PathBuf>> {
    let mut lines = lines(rows).peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    let path = folder.join(ITEMS_FILE);
    write_json_lines(&path, lines)?;
    Ok(Some(path))
}

/// The items of every score of `rows`.
fn lines(rows: &[RowResults]) -> impl Iterator<Item = ItemsLine> {
    rows.iter().flat_map(|row| {
        row.outcome.scores.iter().filter_map(|score| {
            Some(ItemsLine {
                row: row.name.clone(),
                metric: score.metric.clone(),
                items: score.items.clone()?,
            })
        })
    })
}

/// The results without the items, which are in their own file.
pub(crate) fn without_items(results: &Results) -> Results {
    let mut bare = results.clone();
    let scores = bare.rows.iter_mut().flat_map(|row| &mut row.outcome.scores);
    scores.for_each(|score| score.items = None);
    bare
}

/// Gives the scores of `results` the items that lie beside them in `folder`; a run that wrote none has none.
///
/// # Errors
/// A file that was written and is gone, that is broken, or that is another run's.
pub(crate) fn read_items(results: &mut Results, folder: &Path) -> Result<()> {
    if !results
        .outputs
        .iter()
        .any(|output| output == Path::new(ITEMS_FILE))
    {
        return Ok(());
    }
    let path = folder.join(ITEMS_FILE);
    let lines: Vec<ItemsLine> = read_json_lines(
        &path,
        "{\"row\": \"...\", \"metric\": \"...\", \"scale\": \"...\", \"totals\": [...]}",
    )?;
    for (index, line) in lines.into_iter().enumerate() {
        let ItemsLine { row, metric, items } = line;
        let found = results.rows.iter_mut().find(|found| found.name == row);
        let scores = found.map(|row| &mut row.outcome.scores);
        let score =
            scores.and_then(|scores| scores.iter_mut().find(|score| score.metric == metric));
        let recorded = score.as_ref().and_then(|score| score.value);
        match (score, recorded, items.value()) {
            // The items are added up in another order than the score was.
            (Some(score), Some(recorded), Some(value))
                if (recorded - value).abs() <= 1e-9 * recorded.abs() =>
            {
                score.items = Some(items);
            }
            (_, recorded, value) => refuse!(
                "{}:{}: the items of `{metric}` of the row `{row}` make {}, the results say {}; they are of \
                 another run; run the study again",
                path.display(),
                index + 1,
                shown(value),
                shown(recorded)
            ),
        }
    }
    Ok(())
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
}
