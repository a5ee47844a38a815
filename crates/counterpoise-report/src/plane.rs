//! The plane a figure draws on: two labelled axes over a light grid.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use serde::Serialize;

use crate::axis::Axis;
use crate::labels::fitted;
use crate::page::{text, text_width};
use crate::plot::{Lean, Note};
use crate::render::{DrawError, PlotArea};
use crate::style::{FONT, GRID, INK, SOFT_INK, TEXT_SIZE, TICK_SIZE};

/// A chart with two real axes.
pub(crate) type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<Axis, Axis>>;

/// Room for the tick names and the label of the vertical axis, in pixels.
const LEFT: u32 = 280;
/// The same for names of several words.
const LEFT_FOR_NAMES: u32 = 900;
const BELOW: u32 = 210;

/// Which grid lines are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grid {
    /// From the ticks of both axes.
    Both,
    /// From those of the vertical axis: for bars and lines over ranks or layers.
    Horizontal,
    /// From those of the horizontal axis: for lying bars, whose names need the room on the left.
    Vertical,
}

/// Draws the axes and returns the chart to draw on.
pub(crate) fn open<'a, B: DrawingBackend>(
    plot: &'a PlotArea<B>,
    x: &Axis,
    y: &Axis,
    grid: Grid,
) -> Result<Chart<'a, B>, DrawError<B>> {
    let left = if grid == Grid::Vertical {
        LEFT_FOR_NAMES
    } else {
        LEFT
    };
    let mut chart = ChartBuilder::on(plot)
        .x_label_area_size(BELOW)
        .y_label_area_size(left)
        .margin_right(60)
        .build_cartesian_2d(x.clone(), y.clone())?;
    let mut mesh = chart.configure_mesh();
    mesh.bold_line_style(GRID.stroke_width(3))
        .light_line_style(TRANSPARENT)
        .axis_style(INK.stroke_width(4))
        .set_all_tick_mark_size(16)
        .label_style((FONT, TICK_SIZE, &INK))
        .axis_desc_style((FONT, TEXT_SIZE, &INK))
        .x_desc(&x.label)
        .y_desc(&y.label);
    match grid {
        Grid::Both => {}
        Grid::Horizontal => drop(mesh.disable_x_mesh()),
        Grid::Vertical => drop(mesh.disable_y_mesh()),
    }
    mesh.draw()?;
    if y.crosses_zero() && grid != Grid::Vertical {
        draw_zero(&mut chart)?;
    }
    if x.crosses_zero() && grid != Grid::Horizontal {
        let zero = PathElement::new([(0.0, y.from), (0.0, y.to)], SOFT_INK.stroke_width(4));
        chart.draw_series([zero])?;
    }
    Ok(chart)
}

/// Draws the level zero of the vertical axis over whatever is there.
pub(crate) fn draw_zero<B: DrawingBackend>(chart: &mut Chart<'_, B>) -> Result<(), DrawError<B>> {
    let range = chart.plotting_area().get_x_range();
    let level = [(range.start, 0.0), (range.end, 0.0)];
    chart
        .draw_series([PathElement::new(level, SOFT_INK.stroke_width(4))])
        .map(drop)
}

/// Writes `note` beside its point of the chart.
pub(crate) fn annotate<B: DrawingBackend>(
    chart: &Chart<'_, B>,
    note: &Note,
) -> Result<(), DrawError<B>> {
    let area = chart.plotting_area();
    let (x, y) = area.map_coordinate(&(note.at[0], note.at[1]));
    let horizontal = match note.lean {
        Lean::Start => HPos::Left,
        Lean::Middle => HPos::Center,
        Lean::End => HPos::Right,
    };
    let style = text(TICK_SIZE, INK, horizontal);
    let place = (x + note.shift.0, y + note.shift.1);
    let room = note.room.map(|room| {
        let (end, _) = area.map_coordinate(&(note.at[0] + room, note.at[1]));
        end.abs_diff(x)
    });
    let area = area.use_screen_coord();
    let shown = fitted(&note.text, |text| match room {
        None => Ok(true),
        Some(room) => Ok(text_width(&area, text, &style)?.unsigned_abs() <= room),
    })?;
    area.draw(&Text::new(shown, place, style))
}
