//! Nulls and controls as distributions, with what was measured marked in them.

use counterpoise_page::PageFigure;
use counterpoise_report::{
    About, Axis, BASE, Bar, Grid, LegendEntry, Mark, Marks, NO_GROUP, Plot, Point, Reach, Series,
    Shape, TUNED, TickNames, metric_heading,
};

use crate::results::Results;
use crate::row::RowResults;
use crate::study::PaperRow;
use crate::uncertainty::NullStatistic;

const BINS: usize = 24;

/// A histogram for each statistic that is judged, of each null that was drawn.
pub(super) fn nulls(results: &Results) -> Vec<PageFigure> {
    let Some(nulls) = &results.nulls else {
        return Vec::new();
    };
    let drawn = [
        ("directions", "random directions", &nulls.directions),
        ("labels", "shuffled labels", &nulls.labels),
    ];
    let mut figures = Vec::new();
    for (name, what, draws) in drawn {
        let rows = draws.iter().flat_map(|draws| &draws.statistics);
        let judged = rows.filter(|row| row.p_corrected.is_some());
        for (number, row) in judged.enumerate() {
            let Some(plot) = histogram(row) else { continue };
            let p = row
                .p_corrected
                .map_or_else(String::new, |p| format!("p, corrected: {p:.3}."));
            figures.push(PageFigure {
                name: format!("null-{name}-{number}"),
                title: format!("{} under {what}", row.statistic),
                caption: p,
                plot,
            });
        }
    }
    figures
}

/// The draws of a statistic in bins of equal width, and what was measured; `None` if either is not defined.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "draws are few, and a bin is a small whole number"
)]
fn histogram(row: &NullStatistic) -> Option<Plot> {
    let measured = row.measured?;
    let values: Vec<f64> = row.values.iter().copied().flatten().collect();
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    let width = ((high - low) / BINS as f64).max(f64::MIN_POSITIVE);
    let mut counts = [0u32; BINS];
    for value in &values {
        let bin = ((value - low) / width) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    let most = f64::from(counts.iter().copied().max()?);
    let bars = counts.iter().enumerate().map(|(bin, count)| {
        let x = [low + bin as f64 * width, low + (bin + 1) as f64 * width];
        Bar {
            x,
            y: [0.0, f64::from(*count)],
            about: About::Text(format!("{count} draws from {:.4} to {:.4}", x[0], x[1])),
        }
    });
    let x = Axis::over(
        row.statistic.to_string(),
        values.iter().copied().chain([measured]),
        Reach::Data,
    );
    let y = Axis::over("draws", [most], Reach::Zero);
    let mark = Point {
        at: [measured, 0.5 * most],
        about: About::Text(format!("measured: {measured:.4}")),
    };
    let line = vec![[[measured, 0.0], [measured, most]]];
    let entry = |label: &str, mark, colour| LegendEntry {
        label: label.to_owned(),
        mark,
        colour,
    };
    let plot = Plot {
        legend: vec![
            entry("draws", Mark::Bar, NO_GROUP),
            entry("measured", Mark::Point(Shape::Circle), BASE),
        ],
        ..Plot::on(x, y, Grid::Horizontal)
    };
    Some(
        plot.with(Series::new("draws", NO_GROUP, Marks::Bars(bars.collect())))
            .with(Series::new("measured", BASE, Marks::Segments(line)))
            .with(Series::new(
                "measured",
                BASE,
                Marks::Points(Shape::Circle, vec![mark]),
            )),
    )
}

/// For each metric, a line for each row that has controls: their draws, the row, and the unedited model.
pub(super) fn controls(results: &Results) -> Vec<PageFigure> {
    let mut metrics: Vec<&str> = Vec::new();
    for score in results.rows.iter().flat_map(|row| &row.outcome.scores) {
        if !metrics.contains(&score.metric.as_str()) {
            metrics.push(&score.metric);
        }
    }
    let figure = |metric: &&str| {
        Some(PageFigure {
            name: format!("controls-{metric}"),
            title: format!("{}: rows and their controls", metric_heading(metric)),
            caption: "From below: the rows of the study that have controls, in its order."
                .to_owned(),
            plot: control_plot(results, metric)?,
        })
    };
    metrics.iter().filter_map(figure).collect()
}

fn control_plot(results: &Results, metric: &str) -> Option<Plot> {
    let value = |row: &RowResults| row.score(metric).ok();
    let of = |row: &RowResults, height: f64| {
        let value = value(row)?;
        let about = About::Text(format!("{}: {metric} {value:.4}", row.label));
        Some(Point {
            at: [value, height],
            about,
        })
    };
    let (mut draws, mut rows, mut unedited, mut names) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut height = 0.0;
    for row in &results.rows {
        let all = results.rows.iter();
        let found: Vec<&RowResults> = all
            .filter(|control| {
                control
                    .control
                    .as_ref()
                    .is_some_and(|control| control.of == row.name)
            })
            .collect();
        let (false, Some(point)) = (found.is_empty(), of(row, height)) else {
            continue;
        };
        rows.push(point);
        draws.extend(found.iter().filter_map(|control| of(control, height)));
        let same =
            |other: &&RowResults| other.model == row.model && other.paper() == Some(PaperRow::None);
        unedited.extend(
            results
                .rows
                .iter()
                .find(same)
                .and_then(|row| of(row, height)),
        );
        names.push(row.label.clone());
        height += 1.0;
    }
    let values = draws
        .iter()
        .chain(&rows)
        .chain(&unedited)
        .map(|point| point.at[0]);
    let x = Axis::over(metric_heading(metric), values, Reach::Data);
    let mut y = Axis::whole("", 0, names.len(), 0.6);
    if names.is_empty() {
        return None;
    }
    y.names = TickNames::Given(names);
    let mut plot = Plot::on(x, y, Grid::Both);
    for (label, shape, colour, points) in [
        ("controls, each draw", Shape::Circle, NO_GROUP, draws),
        ("unedited model", Shape::Triangle, BASE, unedited),
        ("the row", Shape::Square, TUNED, rows),
    ] {
        let mark = Mark::Point(shape);
        plot = plot.with(Series::new(label, colour, Marks::Points(shape, points)));
        plot.legend.push(LegendEntry {
            label: label.to_owned(),
            mark,
            colour,
        });
    }
    Some(plot)
}
