//! A plot drawn by a plotting back end.

use plotters::prelude::*;

use crate::elements::{draw_arrow, draw_marker};
use crate::labels::{draw_key, draw_numbers};
use crate::plane::{Chart, Grid, annotate, draw_zero, open};
use crate::plot::{Marks, Plot, Series};
use crate::render::{DrawError, PlotArea};
use crate::style::WHITE_EDGE;

const LINE: u32 = 8;
const SEGMENT: u32 = 5;

/// Draws all of `plot`: marks in their order, then notes, numbers and the key.
pub(crate) fn draw_plot<B: DrawingBackend>(
    plot: &Plot,
    area: &PlotArea<B>,
) -> Result<(), DrawError<B>> {
    let (width, _) = area.dim_in_pixel();
    let (plane, key) = match plot.key.is_empty() {
        true => (area.clone(), None),
        false => {
            let (plane, key) = area.split_horizontally(width * 5 / 8);
            (plane, Some(key))
        }
    };
    let mut chart = open(&plane, &plot.x, &plot.y, plot.grid)?;
    for series in &plot.series {
        draw_series(&mut chart, series)?;
    }
    let bars = |series: &Series| matches!(series.marks, Marks::Bars(_));
    if plot.grid != Grid::Vertical && plot.series.iter().any(bars) {
        // The edges of the bars have whitened it.
        draw_zero(&mut chart)?;
    }
    for note in &plot.notes {
        annotate(&chart, note)?;
    }
    draw_numbers(&chart, &plot.key)?;
    key.map_or(Ok(()), |key| draw_key(&key, &plot.key))
}

fn draw_series<B: DrawingBackend>(
    chart: &mut Chart<'_, B>,
    series: &Series,
) -> Result<(), DrawError<B>> {
    let colour = series.colour.mix(series.opacity);
    let line = |points: &[[f64; 2]]| points.iter().map(|[x, y]| (*x, *y)).collect::<Vec<_>>();
    match &series.marks {
        Marks::Area(points) => {
            chart.draw_series(AreaSeries::new(line(points), 0.0, colour))?;
        }
        Marks::Line(points) => {
            chart.draw_series(LineSeries::new(line(points), colour.stroke_width(LINE)))?;
        }
        Marks::Segments(segments) => {
            let path =
                |ends: &[[f64; 2]; 2]| PathElement::new(line(ends), colour.stroke_width(SEGMENT));
            chart.draw_series(segments.iter().map(path))?;
        }
        Marks::Bars(bars) => {
            for bar in bars {
                let corners = [(bar.x[0], bar.y[0]), (bar.x[1], bar.y[1])];
                let edge = WHITE_EDGE.stroke_width(2);
                chart.draw_series([Rectangle::new(corners, colour.filled())])?;
                chart.draw_series([Rectangle::new(corners, edge)])?;
            }
        }
        Marks::Points(shape, points) => {
            let area = chart.plotting_area();
            for point in points {
                let pixel = area.map_coordinate(&(point.at[0], point.at[1]));
                draw_marker(&area.use_screen_coord(), *shape, pixel, series.colour)?;
            }
        }
        Marks::Arrows(arrows) => {
            let area = chart.plotting_area();
            let pixel = |[x, y]: [f64; 2]| area.map_coordinate(&(x, y));
            for arrow in arrows {
                let (from, to) = (pixel(arrow.from), pixel(arrow.to));
                draw_arrow(&area.use_screen_coord(), from, to, colour)?;
            }
        }
    }
    Ok(())
}
