//! Rows against their controls: what is left of an effect that a control does not have.

use counterpoise_score::{Difference, Items, Score};
use serde::{Deserialize, Serialize};

use super::TableRow;
use super::row::differences;

/// A row compared with one of its controls, item by item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainstControl {
    /// The number of the table that both stand in.
    pub table: u32,
    /// The model.
    pub model: String,
    /// The row.
    pub intervention: String,
    /// The control.
    pub control: String,
    /// How many draws of the control there are; their items are averaged.
    pub draws: usize,
    /// How the row's scores differ from the control's.
    pub changes: Vec<Difference>,
}

impl AgainstControl {
    /// `row` against a control of one or more draws, all of `row`'s table.
    #[must_use]
    pub fn of(row: &TableRow, draws: &[&TableRow]) -> Option<Self> {
        let first = draws.first()?;
        let scores: Vec<Score> = (first.scores.iter())
            .map(|score| average(&score.metric, draws))
            .collect();
        Some(Self {
            table: row.table,
            model: row.model.clone(),
            intervention: row.intervention.clone(),
            control: first.intervention.clone(),
            draws: draws.len(),
            changes: differences(&row.scores, &scores),
        })
    }
}

/// A metric of the draws, averaged item by item.
fn average(metric: &str, draws: &[&TableRow]) -> Score {
    let scores: Vec<&Score> = draws.iter().filter_map(|row| row.score(metric)).collect();
    if let Some(missing) = scores.iter().find_map(|score| score.missing.as_ref()) {
        return Score::missing(metric, missing.clone());
    }
    let items: Vec<&Items> = (scores.iter())
        .filter_map(|score| score.items.as_ref())
        .collect();
    let average = (items.len() == draws.len()).then(|| Items::average(&items));
    match average
        .flatten()
        .and_then(|items| Some((items.value()?, items)))
    {
        Some((value, items)) => Score::new(metric, value, items.totals.len()).over(items),
        None => Score::missing(metric, "its draws have no items in common"),
    }
}
