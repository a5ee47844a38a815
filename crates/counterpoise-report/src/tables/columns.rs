//! Which metrics a table has columns for, and how they are shown.

use counterpoise_score::Score;

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

/// A metric as a column is headed: the paper's heading, or the metric's own name.
pub(super) fn heading(metric: &str) -> &str {
    match metric {
        "toxicity" => "Toxicity",
        "toxicity_ratio" => "Toxicity ≥ 0.5",
        "perplexity" => "PPL",
        "perplexity_first_position" => "PPL, patched at the first position only",
        "f1" => "F1",
        other => other,
    }
}

/// A value rounded as in the paper, with its interval.
pub(super) fn shown(score: &Score, value: f64) -> String {
    let decimals = if score.metric.starts_with("perplexity") {
        2
    } else {
        3
    };
    let rounded = |value| decimal(value, decimals);
    match score.interval {
        Some([low, high]) => format!("{} ({}–{})", rounded(value), rounded(low), rounded(high)),
        None => rounded(value),
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
