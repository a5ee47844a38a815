//! A figure as data: axes, series of marks, legend, notes and key. The SVG, the PNG and the page are drawn from it.

use plotters::style::RGBColor;
use serde::{Serialize, Serializer};

use counterpoise_groups::NeuronId;

use crate::axis::Axis;
use crate::elements::Shape;
use crate::page::LegendEntry;
use crate::plane::Grid;

/// What a figure shows, in the units of its axes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plot {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Which grid lines there are.
    pub grid: Grid,
    /// What the colours and marks mean.
    pub legend: Vec<LegendEntry>,
    /// The marks, those drawn last on top.
    pub series: Vec<Series>,
    /// Words beside points.
    pub notes: Vec<Note>,
    /// Numbered points, and what the numbers stand for.
    pub key: Vec<KeyEntry>,
}

/// Marks of one colour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// The label of the legend entry that it belongs to; empty if it belongs to none.
    pub label: String,
    /// The colour.
    #[serde(serialize_with = "hex")]
    pub colour: RGBColor,
    /// From 0, not to be seen, to 1.
    pub opacity: f64,
    /// The marks.
    pub marks: Marks,
}

/// What a series consists of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Marks {
    /// The area between a line and zero.
    Area(Vec<[f64; 2]>),
    /// Bars.
    Bars(Vec<Bar>),
    /// Line segments, such as whiskers.
    Segments(Vec<[[f64; 2]; 2]>),
    /// A line through points.
    Line(Vec<[f64; 2]>),
    /// A marker at each point.
    Points(Shape, Vec<Point>),
    /// Arrows.
    Arrows(Vec<Arrow>),
}

/// A bar between two values of either axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// From where to where across.
    pub x: [f64; 2],
    /// From where to where upwards.
    pub y: [f64; 2],
    /// What it stands for.
    pub about: About,
}

/// A point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Where it is.
    pub at: [f64; 2],
    /// What it stands for.
    pub about: About,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arrow {
    /// Where it starts.
    pub from: [f64; 2],
    /// Where it points.
    pub to: [f64; 2],
    /// What it stands for.
    pub about: About,
}

/// What a mark stands for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A neuron of the table, as layer and index.
    #[serde(serialize_with = "pair")]
    Neuron(NeuronId),
    /// Something else, in words.
    Text(String),
}

/// Words beside a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// The point.
    pub at: [f64; 2],
    /// How far from it, in pixels of the page, right and down.
    pub shift: (i32, i32),
    /// What is said.
    pub text: String,
    /// Which part of the text stands there.
    pub lean: Lean,
    /// How wide it may be, in units of the horizontal axis; its middle is left out if it is wider.
    pub room: Option<f64>,
}

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lean {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// A numbered point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyEntry {
    /// Where it is.
    pub at: [f64; 2],
    /// Its number; none if it only takes room.
    pub number: Option<usize>,
    /// What the number stands for.
    pub label: String,
    /// Whether it lies on the frontier, and is marked so.
    pub on_frontier: bool,
}

impl Plot {
    /// An empty plane.
    #[must_use]
    pub fn on(x: Axis, y: Axis, grid: Grid) -> Self {
        Self {
            x,
            y,
            grid,
            legend: Vec::new(),
            series: Vec::new(),
            notes: Vec::new(),
            key: Vec::new(),
        }
    }

    /// The plot with more notes.
    #[must_use]
    pub fn noted(mut self, notes: impl IntoIterator<Item = Note>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The plot with one more series, on top.
    #[must_use]
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }
}

impl Series {
    /// Marks in full colour that belong to the legend entry `label`.
    pub fn new(label: impl Into<String>, colour: RGBColor, marks: Marks) -> Self {
        Self {
            label: label.into(),
            colour,
            opacity: 1.0,
            marks,
        }
    }

    /// The same, with the colour mixed into what lies below.
    #[must_use]
    pub fn faded(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// A colour as `#rrggbb`.
pub(crate) fn hex<S: Serializer>(colour: &RGBColor, to: S) -> Result<S::Ok, S::Error> {
    let RGBColor(red, green, blue) = colour;
    to.collect_str(&format_args!("#{red:02x}{green:02x}{blue:02x}"))
}

fn pair<S: Serializer>(id: &NeuronId, to: S) -> Result<S::Ok, S::Error> {
    (id.layer, id.neuron).serialize(to)
}
