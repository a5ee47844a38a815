//! The plane of two metrics: every row of a study, and the frontier.

use std::path::PathBuf;

use counterpoise_groups::Role;
use counterpoise_registry::{Description, RegistryError};
use counterpoise_report as report;
use counterpoise_report::{
    Better, Frontier, FrontierRow, Judged, PlaneMetric, PlanePoint, PlaneRow,
};
use serde::{Deserialize, Serialize};

use super::{FigureContext, FigureKind};
use crate::error::{Result, refuse};
use crate::metric_names::{F1, PERPLEXITY, TOXICITY};
use crate::results::Results;
use crate::row::RowResults;
use crate::study::PaperRow;

/// `kind = "pareto"`: every row of the study in the plane of two metrics, with their intervals, the unedited models, a line
/// along each sweep and the frontier; beside it `frontier.md` and `frontier.csv`, which say which row beats which.
///
/// Planes of other metrics than the usual two have their names in the files'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pareto {
    /// The metric upwards, by its column's name.
    pub metric: String,
    /// The metric across.
    pub against: String,
    /// Metrics of which higher values are better; of all others lower ones are.
    pub higher_is_better: Vec<String>,
}

impl Default for Pareto {
    fn default() -> Self {
        Self {
            metric: TOXICITY.to_owned(),
            against: PERPLEXITY.to_owned(),
            higher_is_better: vec![F1.to_owned()],
        }
    }
}

impl FigureKind for Pareto {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("pareto", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>> {
        let frontier = self.frontier(context.results);
        if frontier.rows.is_empty() {
            refuse!("no row has both `{}` and `{}`", self.metric, self.against);
        }
        let plane = Plane {
            results: context.results,
            frontier: &frontier,
        };
        let figure = report::Pareto {
            name: self.file("pareto"),
            metrics: [1, 0].map(|which| plane.metric(which)),
            points: (frontier.rows.iter().enumerate())
                .map(|(place, judged)| plane.point(place, judged))
                .collect(),
        };
        let outside = match figure.controls_outside() {
            0 => String::new(),
            count => format!("{count} rows of controls lie outside of the plane."),
        };
        let caption = [
            "Whiskers: 95 % bootstrap intervals. Lines join the rows of a sweep; the staircase is the frontier by value, its \
             rows marked * in the key.",
            "Which rows differ by more than chance is in the report on the frontier.",
        ];
        let caption: Vec<String> = caption
            .map(str::to_owned)
            .into_iter()
            .chain([outside])
            .collect();
        let mut written = context.draw(&figure, &caption)?;
        written.extend(frontier.write(context.run_folder(), &self.file("frontier"))?);
        Ok(written)
    }
}

impl Pareto {
    /// Every row of `results`, judged by both metrics.
    #[must_use]
    pub fn frontier(&self, results: &Results) -> Frontier {
        let metrics = [self.metric.clone(), self.against.clone()];
        let better =
            metrics
                .each_ref()
                .map(|metric| match self.higher_is_better.contains(metric) {
                    true => Better::Higher,
                    false => Better::Lower,
                });
        // A row that was not to be scored is in no plane.
        let scored = results
            .rows
            .iter()
            .filter(|row| !row.outcome.scores.is_empty());
        let row = |row: &RowResults| FrontierRow {
            name: row.name.clone(),
            model: row.model.to_string(),
            label: row.label.clone(),
            sweep: row.sweep.as_ref().map(|sweep| sweep.sweep.clone()),
            control_of: row.control.as_ref().map(|control| control.of.clone()),
            scores: metrics.each_ref().map(|metric| row.score_or_reason(metric)),
        };
        Frontier::of(metrics.clone(), better, scored.map(row).collect())
    }

    /// `stem`, with the metrics' names unless they are the usual ones.
    fn file(&self, stem: &str) -> String {
        let usual = Self::default();
        match (&self.metric, &self.against) == (&usual.metric, &usual.against) {
            true => stem.to_owned(),
            false => format!("{stem}_{}_{}", self.metric, self.against),
        }
    }
}

/// Rows as points of the figure.
struct Plane<'a> {
    results: &'a Results,
    frontier: &'a Frontier,
}

impl Plane<'_> {
    fn metric(&self, which: usize) -> PlaneMetric {
        PlaneMetric {
            label: report::metric_heading(&self.frontier.metrics[which]).to_owned(),
            better: self.frontier.better[which],
        }
    }

    fn point(&self, place: usize, judged: &Judged) -> PlanePoint {
        let row = &judged.row;
        let what = self.what(row);
        // Across is the second metric.
        let scores = [1, 0].map(|which| &row.scores[which]);
        PlanePoint {
            what,
            number: (what != PlaneRow::Control).then_some(place + 1),
            label: match what {
                PlaneRow::Base | PlaneRow::Tuned => format!("{} model", row.model),
                PlaneRow::EditedTuned => format!("tuned: {}", row.label),
                PlaneRow::EditedBase | PlaneRow::Control => row.label.clone(),
            },
            values: scores.map(|score| score.value.unwrap_or(f64::NAN)),
            intervals: scores.map(|score| score.interval),
            sweep: row.sweep.clone(),
            on_frontier: judged.is_on_frontier(),
        }
    }

    fn what(&self, row: &FrontierRow) -> PlaneRow {
        let found = self
            .results
            .rows
            .iter()
            .find(|found| found.name == row.name);
        let untouched = found.and_then(RowResults::paper) == Some(PaperRow::None);
        match (&row.control_of, untouched, found.map(|row| row.model)) {
            (Some(_), _, _) => PlaneRow::Control,
            (None, true, Some(Role::Tuned)) => PlaneRow::Tuned,
            (None, true, _) => PlaneRow::Base,
            (None, false, Some(Role::Tuned)) => PlaneRow::EditedTuned,
            (None, false, _) => PlaneRow::EditedBase,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_plane_has_no_metrics_in_its_name() {
        assert_eq!(Pareto::default().file("pareto"), "pareto");
        let repetition = Pareto {
            metric: "repetition".to_owned(),
            ..Pareto::default()
        };
        assert_eq!(
            repetition.file("frontier"),
            "frontier_repetition_perplexity"
        );
    }
}
