//! The page around a plot: title and legend above it, the caption below.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde::Serialize;

use crate::elements::{Shape, draw_arrow, draw_marker};
use crate::plot::hex;
use crate::render::{DrawError, PlotArea};
use crate::style::{CAPTION_SIZE, FONT, INK, SOFT_INK, TEXT_SIZE, TITLE_SIZE};

const MARGIN: i32 = 80;
const TITLE_BAND: i32 = 150;
const LEGEND_BAND: i32 = 110;
const CAPTION_BAND: i32 = 74;
/// From the left end of a legend mark to its text.
const MARK_ROOM: i32 = 100;
/// The PNG's text stands a little higher than the SVG's; marks stand between the two.
const MARK_LIFT: i32 = 4;
/// Between two legend entries.
const GAP: i32 = 70;
/// The viewer of an SVG may set text in a wider font than the one measured here.
const FONT_ALLOWANCE: f64 = 1.15;

/// One line of the legend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LegendEntry {
    /// What the mark stands for.
    pub label: String,
    /// How it is drawn.
    pub mark: Mark,
    /// Its colour.
    #[serde(serialize_with = "hex")]
    pub colour: RGBColor,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Filled bars.
    Bar,
    /// A line with markers of this shape.
    Line(Shape),
    /// Markers of this shape alone.
    Point(Shape),
    /// Arrows.
    Arrow,
}

/// What surrounds a plot.
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) legend: Vec<LegendEntry>,
    pub(crate) caption: String,
}

impl Page {
    /// Draws the surroundings and returns the room that is left for the plot.
    pub(crate) fn lay_out<B: DrawingBackend>(
        &self,
        root: &PlotArea<B>,
    ) -> Result<PlotArea<B>, DrawError<B>> {
        root.fill(&WHITE)?;
        let (width, height) = root.dim_in_pixel();
        let (width, height) = (pixels(width), pixels(height));
        let title = text(TITLE_SIZE, INK, HPos::Left);
        root.draw_text(&self.title, &title, (MARGIN, MARGIN + TITLE_BAND / 3))?;
        let legend_rows = self.draw_legend(root, MARGIN + TITLE_BAND, width - 2 * MARGIN)?;
        let caption_rows = self.draw_caption(root, height - MARGIN / 2, width - 2 * MARGIN)?;
        Ok(root.margin(
            MARGIN + TITLE_BAND + legend_rows * LEGEND_BAND,
            MARGIN / 2 + caption_rows * CAPTION_BAND + MARGIN / 2,
            MARGIN,
            MARGIN,
        ))
    }

    /// Draws the entries from left to right, on as many rows as they need, and returns the rows.
    fn draw_legend<B: DrawingBackend>(
        &self,
        root: &PlotArea<B>,
        top: i32,
        width: i32,
    ) -> Result<i32, DrawError<B>> {
        let style = text(TEXT_SIZE, INK, HPos::Left);
        let (mut x, mut row) = (0, 0);
        for entry in &self.legend {
            let room = MARK_ROOM + text_width(root, &entry.label, &style)?;
            if x > 0 && x + room > width {
                (x, row) = (0, row + 1);
            }
            let at = (MARGIN + x, top + row * LEGEND_BAND + LEGEND_BAND / 3);
            draw_mark(root, entry, (at.0, at.1 - MARK_LIFT))?;
            root.draw_text(&entry.label, &style, (at.0 + MARK_ROOM, at.1))?;
            x += room + GAP;
        }
        Ok(if self.legend.is_empty() { 0 } else { row + 1 })
    }

    /// Draws the caption so that its last row ends above `bottom`, and returns its rows.
    fn draw_caption<B: DrawingBackend>(
        &self,
        root: &PlotArea<B>,
        bottom: i32,
        width: i32,
    ) -> Result<i32, DrawError<B>> {
        let style = text(CAPTION_SIZE, SOFT_INK, HPos::Left);
        let mut rows: Vec<String> = Vec::new();
        for word in self.caption.split_whitespace() {
            let longer = match rows.last() {
                Some(row) => format!("{row} {word}"),
                None => word.to_owned(),
            };
            let fits = text_width(root, &longer, &style)? <= width;
            match rows.last_mut() {
                Some(row) if fits => *row = longer,
                _ => rows.push(word.to_owned()),
            }
        }
        let count = i32::try_from(rows.len()).unwrap_or(i32::MAX);
        let mut y = bottom - count.saturating_mul(CAPTION_BAND) + CAPTION_BAND / 2;
        for row in rows {
            root.draw_text(&row, &style, (MARGIN, y))?;
            y += CAPTION_BAND;
        }
        Ok(count)
    }
}

/// A text style, vertically centred on the point given.
pub(crate) fn text(size: i32, colour: RGBColor, horizontal: HPos) -> TextStyle<'static> {
    let mut style = TextStyle::from((FONT, size).into_font());
    style.color = colour.to_backend_color();
    style.pos(Pos::new(horizontal, VPos::Center))
}

/// The width of a text, in the widest font that it may be set in.
pub(crate) fn text_width<B: DrawingBackend>(
    root: &PlotArea<B>,
    label: &str,
    style: &TextStyle<'_>,
) -> Result<i32, DrawError<B>> {
    let (width, _) = root.estimate_text_size(label, style)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a text is a few thousand pixels wide"
    )]
    let room = (f64::from(width) * FONT_ALLOWANCE).ceil() as i32;
    Ok(room)
}

fn draw_mark<B: DrawingBackend>(
    root: &PlotArea<B>,
    entry: &LegendEntry,
    (x, y): (i32, i32),
) -> Result<(), DrawError<B>> {
    let (fill, line) = (entry.colour.filled(), entry.colour.stroke_width(8));
    let (left, right, middle) = (x, x + MARK_ROOM - 24, x + (MARK_ROOM - 24) / 2);
    match entry.mark {
        Mark::Bar => root.draw(&Rectangle::new([(left, y - 24), (right, y + 24)], fill)),
        Mark::Line(shape) => {
            root.draw(&PathElement::new([(left, y), (right, y)], line))?;
            draw_marker(root, shape, (middle, y), entry.colour)
        }
        Mark::Point(shape) => draw_marker(root, shape, (middle, y), entry.colour),
        Mark::Arrow => draw_arrow(root, (left, y), (right, y), entry.colour.to_rgba()),
    }
}

fn pixels(length: u32) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
