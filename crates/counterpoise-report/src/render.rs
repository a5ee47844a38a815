//! From a figure's numbers to its SVG and its PNG, through one drawing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use counterpoise_data::write_atomically;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};

use crate::ReportError;
use crate::draw::draw_plot;
use crate::page::Page;
use crate::plot::Plot;
use crate::style::{SIZE, register_fonts};

/// The part of the page where a figure draws, in pixels.
pub(crate) type PlotArea<B> = DrawingArea<B, Shift>;

/// What a drawing back end may answer.
pub(crate) type DrawError<B> = DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>;

/// One figure: what it is called, what it demands of its numbers, and what is drawn.
///
/// Another figure is added by implementing this; [`write_figure`] then gives it the same page, fonts and
/// files as the paper's own.
pub trait Figure {
    /// The file name without its extension, such as `fig1a_layer_projections`.
    fn name(&self) -> &str;

    /// The short title above the plot.
    fn title(&self) -> String;

    /// Whether the numbers can be drawn.
    ///
    /// # Errors
    /// The first thing that is wrong with them.
    fn check(&self) -> Result<(), ReportError>;

    /// What is drawn. Called only after [`Figure::check`] has passed.
    fn plot(&self) -> Plot;
}

/// Draws `figure` with `caption` under it (none if empty) and writes `<name>.svg` and `<name>.png` into
/// `folder`, which is created if needed. Returns the two paths.
///
/// The same numbers give the same bytes.
///
/// # Errors
/// What [`Figure::check`] finds; otherwise an error of drawing or writing.
pub fn write_figure<F: Figure>(
    figure: &F,
    caption: &str,
    folder: &Path,
) -> Result<[PathBuf; 2], ReportError> {
    let svg = render_svg(figure, caption)?;
    let png = render_png(figure, caption)?;
    let paths = ["svg", "png"].map(|kind| folder.join(format!("{}.{kind}", figure.name())));
    write_atomically(&paths[0], svg.as_bytes())?;
    write_atomically(&paths[1], &png)?;
    Ok(paths)
}

/// The figure as SVG text: drawn at [`SIZE`], shown at half of it.
///
/// # Errors
/// As [`write_figure`], except that nothing is written.
pub fn render_svg<F: Figure>(figure: &F, caption: &str) -> Result<String, ReportError> {
    figure.check()?;
    register_fonts()?;
    let mut svg = String::new();
    draw_page(figure, caption, SVGBackend::with_string(&mut svg, SIZE))?;
    let (width, height) = SIZE;
    let drawn = format!("width=\"{width}\" height=\"{height}\" viewBox");
    let shown = format!("width=\"{}\" height=\"{}\" viewBox", width / 2, height / 2);
    Ok(svg.replacen(&drawn, &shown, 1))
}

/// The figure as the bytes of a PNG file of [`SIZE`].
///
/// # Errors
/// As [`write_figure`], except that nothing is written.
pub fn render_png<F: Figure>(figure: &F, caption: &str) -> Result<Vec<u8>, ReportError> {
    figure.check()?;
    register_fonts()?;
    let encode = |reason: io::Error| ReportError::Encode {
        figure: figure.name().to_owned(),
        reason,
    };
    // The plotting library encodes PNG only into a file, and by its extension.
    let file = tempfile::Builder::new()
        .suffix(".png")
        .tempfile()
        .map_err(encode)?;
    draw_page(figure, caption, BitMapBackend::new(file.path(), SIZE))?;
    fs::read(file.path()).map_err(encode)
}

fn draw_page<F: Figure, B: DrawingBackend>(
    figure: &F,
    caption: &str,
    backend: B,
) -> Result<(), ReportError> {
    let root = backend.into_drawing_area();
    let plot = figure.plot();
    let page = Page {
        title: figure.title(),
        legend: plot.legend.clone(),
        caption: caption.to_owned(),
    };
    page.lay_out(&root)
        .and_then(|area| draw_plot(&plot, &area))
        .and_then(|()| root.present())
        .map_err(|reason| ReportError::Draw {
            figure: figure.name().to_owned(),
            reason: reason.to_string(),
        })
}
