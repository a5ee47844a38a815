//! A figure of the page.

use counterpoise_report::Plot;
use serde::Serialize;

/// A figure: drawn by the page's script from the same description as its SVG.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PageFigure {
    /// Its name, the same as its files' without their extension; unique in a page.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The sentences below it.
    pub caption: String,
    /// What it shows.
    pub plot: Plot,
}
