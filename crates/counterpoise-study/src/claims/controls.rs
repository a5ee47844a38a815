//! What could refute a claim about a row: its controls, with what they say here.

use counterpoise_groups::Role;
use counterpoise_score::{Items, Paired};

use super::Evidence;
use super::conditions::{shown_interval, signed};
use crate::row::RowResults;
use crate::study::PaperRow;

impl Evidence<'_> {
    /// The controls of the rows that do what `rows` say, each with its value of `metric` and how far the row is from
    /// it; without any, that `wanted` is not in this study.
    pub(super) fn controls(
        &self,
        model: Role,
        rows: &[PaperRow],
        metric: &str,
        wanted: &str,
    ) -> String {
        let rows = rows.iter().filter_map(|row| self.row(model, row).ok());
        let shown: Vec<String> = rows.flat_map(|row| self.controls_of(row, metric)).collect();
        match shown.is_empty() {
            true => format!("{wanted}: no such control in this study"),
            false => shown.join("; "),
        }
    }

    fn controls_of(&self, row: &RowResults, metric: &str) -> Vec<String> {
        let mut controls: Vec<(&str, Vec<&RowResults>)> = Vec::new();
        for other in self.rows {
            let control = other.control.as_ref();
            let Some(control) = control.filter(|control| control.of == row.name) else {
                continue;
            };
            match controls.iter_mut().find(|(name, _)| *name == control.name) {
                Some((_, draws)) => draws.push(other),
                None => controls.push((&control.name, vec![other])),
            }
        }
        (controls.into_iter())
            .map(|(_, draws)| shown(row, &draws, metric))
            .collect()
    }
}

/// A control's value, averaged over its draws, and how far `row` is from it.
fn shown(row: &RowResults, draws: &[&RowResults], metric: &str) -> String {
    let label = format!("{}: {}", row.label, draws[0].label);
    let label = match draws.len() {
        1 => label,
        draws => format!("{label} ({draws} draws)"),
    };
    let values: Result<Vec<f64>, String> = draws.iter().map(|draw| draw.score(metric)).collect();
    match values {
        Err(reason) => format!("{label}: {reason}"),
        Ok(values) => {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            format!("{label} {mean:.3}{}", distance(row, draws, metric))
        }
    }
}

/// How far `row` is from the average of `draws`, item by item; empty where they cannot be paired.
fn distance(row: &RowResults, draws: &[&RowResults], metric: &str) -> String {
    let draws: Option<Vec<&Items>> = draws.iter().map(|draw| items(draw, metric)).collect();
    let average = draws.and_then(|draws| Items::average(&draws));
    let paired = (items(row, metric).zip(average.as_ref()))
        .and_then(|(row, average)| Paired::of([row, average]).ok());
    let Some(paired) = paired else {
        return String::new();
    };
    let difference = paired.estimate(|values| values[0] - values[1]);
    let interval = shown_interval(difference.interval(), signed);
    format!(", the row {} {interval} from it", signed(difference.value))
}

fn items<'r>(row: &'r RowResults, metric: &str) -> Option<&'r Items> {
    row.whole_score(metric)?.items.as_ref()
}
