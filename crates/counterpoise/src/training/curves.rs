//! The curves of a tuning run, drawn from its log.

use std::path::Path;

use anyhow::Result;
use counterpoise_data::read_json_lines;
use counterpoise_report::{
    About, Axis, BASE, Figure, Grid, Lean, LegendEntry, Mark, Marks, NO_GROUP, Note, Plot, Point,
    Reach, ReportError, Series, Shape, TUNED, with_commas, write_figure,
};
use counterpoise_train::{Dpo, DpoLog, PairSet, Preference};

/// Points of a training curve at most; of more steps, each point is a mean.
const MOST: usize = 200;

/// The curves of one run.
pub(crate) struct Curves {
    pub(crate) figures: Vec<TuningCurves>,
    /// What is to be said below each.
    pub(crate) caption: String,
}

/// What is measured: its name, and where it stands in a row of the log.
type Measure = (&'static str, fn(&Preference) -> f64);

const MEASURES: [Measure; 3] = [
    ("loss", |preference| preference.loss),
    ("accuracy", |preference| preference.accuracy),
    ("margin", |preference| preference.margin),
];

impl Curves {
    /// The curves of the run with these settings whose log is at `path`.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub(crate) fn read(path: &Path, settings: &Dpo) -> Result<Self> {
        Ok(Self::of(
            &read_json_lines(path, "of a tuning run")?,
            settings,
        ))
    }

    /// Draws them into `folder`, each as SVG and as PNG.
    ///
    /// # Errors
    /// Numbers that cannot be drawn, files that cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        for figure in &self.figures {
            write_figure(figure, &self.caption, folder)?;
        }
        Ok(())
    }

    fn of(log: &[DpoLog], settings: &Dpo) -> Self {
        let (held_out, training): (Vec<&DpoLog>, Vec<&DpoLog>) =
            log.iter().partition(|row| row.pairs == PairSet::HeldOut);
        let together = training.len().div_ceil(MOST).max(1);
        let best = best(&held_out, settings.divergence_weight);
        let curves = MEASURES.iter().map(|(measure, of)| {
            let point = |row: &&DpoLog| [row.step as f64, of(&row.preference)];
            let points: Vec<[f64; 2]> = training.iter().map(point).collect();
            let training = points.chunks(together).map(mean).collect();
            let held_out = held_out.iter().map(point).collect();
            TuningCurves {
                name: format!("tuning_{measure}"),
                measure,
                training,
                held_out,
                best_step: best,
            }
        });
        Self {
            figures: curves.collect(),
            caption: caption(together, best, settings),
        }
    }
}

/// The evaluation at which what is lowered was lowest, the first of equals: the one that early stopping keeps.
fn best(held_out: &[&DpoLog], divergence_weight: f64) -> Option<usize> {
    let lowered =
        |row: &DpoLog| row.preference.loss + divergence_weight * row.divergence.unwrap_or_default();
    let first_lowest = |best: Option<(usize, f64)>, row: &&DpoLog| match best {
        Some((_, lowest)) if lowered(row) >= lowest => best,
        _ => Some((row.step, lowered(row))),
    };
    let best = held_out.iter().fold(None, first_lowest);
    best.map(|(step, _)| step)
}

/// The mean of steps and of values.
fn mean(points: &[[f64; 2]]) -> [f64; 2] {
    let count = points.len() as f64;
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / count)
}

fn caption(together: usize, best: Option<usize>, settings: &Dpo) -> String {
    let training = match together {
        1 => "Training: each step's batch, before its update.".to_owned(),
        several => format!(
            "Training: means over the batches of {} steps, each before its update.",
            with_commas(several)
        ),
    };
    let lowered = match settings.divergence_weight > 0.0 {
        true => " (the lowest held-out loss is with the divergence from the base model)",
        false => "",
    };
    let written = match (settings.patience, best) {
        (Some(_), Some(step)) => {
            format!(" The model is that of step {}{lowered}.", with_commas(step))
        }
        _ => format!(" The model is that of the last step{lowered}."),
    };
    training + &written
}

/// A measure of the model in training against the updates made before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TuningCurves {
    name: String,
    measure: &'static str,
    /// On the pairs of training, as step and value.
    training: Vec<[f64; 2]>,
    /// On the pairs held out, likewise; empty where none are.
    held_out: Vec<[f64; 2]>,
    /// The step of the best evaluation on these.
    best_step: Option<usize>,
}

impl TuningCurves {
    /// What each line is called, its points, markers and colour.
    fn lines(&self) -> [(&'static str, &[[f64; 2]], Shape); 2] {
        [
            ("training pairs", &self.training, Shape::Circle),
            ("held-out pairs", &self.held_out, Shape::Square),
        ]
    }

    /// The plot with a line at the best evaluation.
    fn with_best(&self, plot: Plot) -> Plot {
        let Some(best) = self.best_step else {
            return plot;
        };
        let (at, bottom, top) = (best as f64, plot.y.from, plot.y.to);
        let right = at > f64::midpoint(plot.x.from, plot.x.to);
        let (lean, shift) = match right {
            true => (Lean::End, (-30, 60)),
            false => (Lean::Start, (30, 60)),
        };
        let line = Marks::Segments(vec![[[at, bottom], [at, top]]]);
        plot.with(Series::new("", BASE, line).faded(0.5))
            .noted([Note {
                at: [at, top],
                shift,
                text: format!("lowest held-out loss: step {}", with_commas(best)),
                lean,
                room: None,
            }])
    }
}

impl Figure for TuningCurves {
    fn name(&self) -> &str {
        &self.name
    }

    fn title(&self) -> String {
        format!("DPO: {} on training and held-out pairs", self.measure)
    }

    fn check(&self) -> Result<(), ReportError> {
        if self.training.is_empty() {
            return Err(ReportError::EmptySeries {
                figure: self.name.clone(),
                series: "training pairs".to_owned(),
            });
        }
        for (series, points, _) in self.lines() {
            for (index, &[_, found]) in points.iter().enumerate() {
                if !found.is_finite() {
                    return Err(ReportError::NotPlottable {
                        figure: self.name.clone(),
                        series: series.to_owned(),
                        index,
                        found,
                    });
                }
            }
        }
        Ok(())
    }

    fn plot(&self) -> Plot {
        let lines = self.lines();
        let all = || lines.iter().flat_map(|(_, points, _)| points.iter());
        let x = Axis::over("step", all().map(|[step, _]| *step), Reach::Data);
        let y = Axis::over(self.measure, all().map(|[_, value]| *value), Reach::Data);
        let mut plot = self.with_best(Plot::on(x, y, Grid::Horizontal));
        for ((label, points, shape), colour) in lines.into_iter().zip([NO_GROUP, TUNED]) {
            if points.is_empty() {
                continue;
            }
            let marks = points.iter().map(|&[step, value]| Point {
                at: [step, value],
                about: About::Text(format!("{label}, step {step}: {value:.4}")),
            });
            let marks = Marks::Points(shape, marks.collect());
            plot = plot
                .with(Series::new(label, colour, Marks::Line(points.to_vec())))
                .with(Series::new(label, colour, marks));
            plot.legend.push(LegendEntry {
                label: label.to_owned(),
                mark: Mark::Line(shape),
                colour,
            });
        }
        plot
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(step: usize, pairs: PairSet, loss: f64, divergence: Option<f64>) -> DpoLog {
        DpoLog {
            step,
            pairs,
            preference: Preference {
                loss,
                chosen_reward: 0.0,
                rejected_reward: 0.0,
                margin: 1.0 - loss,
                accuracy: 0.25,
            },
            divergence,
            update: None,
            seconds: 1.0,
        }
    }

    #[test]
    fn the_first_of_the_lowest_evaluations_is_marked_divergence_included() {
        let losses = [(0, 0.7, 0.0), (1, 0.5, 3.0), (2, 0.5, 2.0), (3, 0.5, 2.0)];
        let log: Vec<DpoLog> = (losses.iter())
            .map(|&(step, loss, divergence)| row(step, PairSet::HeldOut, loss, Some(divergence)))
            .collect();
        let best = |weight| {
            let settings = Dpo {
                divergence_weight: weight,
                ..Dpo::default()
            };
            Curves::of(&log, &settings).figures[0].best_step
        };
        assert_eq!(best(0.0), Some(1));
        assert_eq!(best(0.02), Some(2));
        assert_eq!(best(1.0), Some(0));
        assert_eq!(Curves::of(&[], &Dpo::default()).figures[0].best_step, None);
    }

    #[test]
    fn many_steps_are_shown_by_means_of_as_many_each() {
        let log: Vec<DpoLog> = (0..500)
            .map(|step| row(step, PairSet::Training, step as f64, None))
            .collect();
        let curves = Curves::of(&log, &Dpo::default());
        let loss = &curves.figures[0].training;
        assert_eq!(loss.len(), 167);
        assert_eq!((loss[0], loss[1]), ([1.0, 1.0], [4.0, 4.0]));
        assert_eq!(loss[166], [498.5, 498.5]);
        assert!(
            curves.caption.contains("batches of 3 steps"),
            "{}",
            curves.caption
        );
    }

    #[test]
    fn a_drawing_has_the_log_s_numbers_and_the_best_step() {
        let log = [
            row(0, PairSet::HeldOut, 0.75, None),
            row(0, PairSet::Training, 0.5, None),
            row(1, PairSet::HeldOut, 0.25, None),
        ];
        let curves = Curves::of(&log, &Dpo::default());
        let names: Vec<&str> = curves.figures.iter().map(Figure::name).collect();
        assert_eq!(names, ["tuning_loss", "tuning_accuracy", "tuning_margin"]);
        let plot = curves.figures[0].plot();
        let lines: Vec<&Vec<[f64; 2]>> = (plot.series.iter())
            .filter_map(|series| match &series.marks {
                Marks::Line(points) => Some(points),
                _ => None,
            })
            .collect();
        assert_eq!(lines, [&vec![[0.0, 0.5]], &vec![[0.0, 0.75], [1.0, 0.25]]]);
        let notes: Vec<&str> = plot.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes, ["lowest held-out loss: step 1"]);
        assert_eq!(curves.figures[2].held_out, [[0.0, 0.25], [1.0, 0.75]]);

        let nowhere = [row(0, PairSet::Training, f64::NAN, None)];
        let curves = Curves::of(&nowhere, &Dpo::default());
        assert!(curves.figures[0].check().is_err());
        assert!(Curves::of(&[], &Dpo::default()).figures[0].check().is_err());
    }
}
