//! Which metrics a table has columns for, and how they are shown.

use counterpoise_score::{Difference, Scale, Score};

use super::TableRow;
use crate::number::decimal;

/// The metrics of some rows, each once. One that not every row has stands after the metric that it
/// follows in a row that has it.
pub(super) fn metrics<'a>(rows: impl IntoIterator<Item = &'a TableRow>) -> Vec<&'a str> {
    let mut columns: Vec<&str> = Vec::new();
    for row in rows {
        let mut place = 0;
        for Score { metric, .. } in &row.scores {
            match columns.iter().position(|column| column == metric) {
                Some(found) => place = found + 1,
                None => {
                    columns.insert(place, metric);
                    place += 1;
                }
            }
        }
    }
    columns
}

/// The metrics that are compared, each once, and how.
pub(super) fn changed<'a>(changes: impl Iterator<Item = &'a Difference>) -> Vec<(&'a str, Scale)> {
    let mut columns: Vec<(&str, Scale)> = Vec::new();
    for change in changes {
        if !columns.iter().any(|(metric, _)| *metric == change.metric) {
            columns.push((&change.metric, change.scale));
        }
    }
    columns
}

/// A metric as a column is headed: the paper's heading, or the metric's own name.
pub fn heading(metric: &str) -> &str {
    match metric {
        "toxicity" => "Toxicity",
        "toxicity_ratio" => "Toxicity ≥ 0.5",
        "perplexity" => "PPL",
        "perplexity_first_position" => "PPL, patched at the first position only",
        "f1" => "F1",
        "repetition" => "Repetition",
        other => other,
    }
}

/// A value rounded as in the paper, with its interval.
pub fn shown(score: &Score, value: f64) -> String {
    let rounded = |value| decimal(value, decimals(&score.metric));
    match score.interval {
        Some([low, high]) => format!("{} ({}–{})", rounded(value), rounded(low), rounded(high)),
        None => rounded(value),
    }
}

/// How a difference is headed: `Δ` of a mean, `×` of a perplexity.
pub(super) fn change_heading(metric: &str, scale: Scale) -> String {
    match scale {
        Scale::Mean => format!("Δ {}", heading(metric)),
        Scale::ExpMean => format!("× {}", heading(metric)),
    }
}

/// A difference or ratio, with its interval.
pub(super) fn shown_change(change: &Difference, value: f64) -> String {
    let rounded = |value| decimal(value, 3);
    match change.interval {
        Some([low, high]) => format!("{} [{}, {}]", rounded(value), rounded(low), rounded(high)),
        None => rounded(value),
    }
}

/// Values of several draws: their mean, standard deviation, and the lowest and highest.
pub(super) fn spread(values: &[f64], decimals: usize) -> String {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let rounded = |value| decimal(value, decimals);
    let deviation = match values.len() {
        0 | 1 => String::new(),
        _ => format!(" ± {}", rounded((squares / (n - 1.0)).sqrt())),
    };
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!(
        "{}{deviation} ({} to {})",
        rounded(mean),
        rounded(lowest),
        rounded(highest)
    )
}

pub(super) fn decimals(metric: &str) -> usize {
    if metric.starts_with("perplexity") {
        2
    } else {
        3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_that_few_rows_have_stands_where_they_have_it() {
        let row = |metrics: &[&str]| {
            (metrics.iter()).fold(TableRow::new(1, "base", "none"), |row, metric| {
                row.with(Score::new(metric, 0.5, 1))
            })
        };
        let rows = [
            row(&["a", "b", "d"]),
            row(&["a", "b", "c", "d"]),
            row(&["e"]),
        ];
        assert_eq!(metrics(&rows), ["e", "a", "b", "c", "d"]);
    }
}
