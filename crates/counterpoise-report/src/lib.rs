//! What a study shows: the paper's figures, its tables, and its claims beside what was measured.
//!
//! Nothing here measures or decides: it takes plain numbers, many of them as `counterpoise-groups` returns them. A [`Figure`] is drawn once, for an
//! SVG and for a PNG alike, with [`write_figure`]; rows are collected in [`Tables`]; claims go to
//! [`write_claims`]. The same numbers give the same bytes, every file is written whole or not at all, and
//! what is missing is shown as missing.
//!
//! ```
//! use counterpoise_report::{LayerProjections, write_figure};
//!
//! let folder = tempfile::tempdir()?;
//! let figure = LayerProjections {
//!     base: vec![0.1, 0.4, 0.9],
//!     ablated: vec![0.1, 0.3, 0.7],
//!     tuned: vec![0.0, 0.2, 0.3],
//!     ablated_neurons: 200,
//! };
//! let [svg, png] = write_figure(&figure, "Three layers.", folder.path())?;
//! assert!(std::fs::read_to_string(svg)?.contains("base, top 200 toxic neurons ablated"));
//! assert!(png.ends_with("fig1a_layer_projections.png") && png.exists());
//!
//! let uneven = LayerProjections { tuned: vec![0.0], ..figure };
//! let error = write_figure(&uneven, "", folder.path()).unwrap_err().to_string();
//! assert!(error.contains("expected 3 values in \"tuned\"; found 1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod axis;
mod check;
mod claims;
mod draw;
mod elements;
mod error;
mod figures;
mod frontier;
mod labels;
mod markdown;
mod number;
mod page;
mod plane;
mod plot;
mod render;
mod style;
mod tables;

pub use axis::{Axis, Reach, TickNames};
pub use claims::{Claim, Verdict, claims_markdown, write_claims};
pub use elements::Shape;
pub use error::ReportError;
pub use figures::{
    ActivationShifts, Better, ComponentReductions, CumulativeReduction, GroupContributions,
    GroupShares, LayerProjections, LayerReductions, NearestTokens, NeuronArrows, Pareto,
    PlaneMetric, PlanePoint, PlaneRow, ShiftPanel, TopActivations, VectorTokens,
};
pub use frontier::{Frontier, FrontierRow, Judged, Standing};
pub use markdown::{Footnotes, cell};
pub use number::with_commas;
pub use page::{LegendEntry, Mark};
pub use plane::Grid;
pub use plot::{About, Arrow, Bar, KeyEntry, Lean, Marks, Note, Plot, Point, Series};
pub use render::{Figure, render_png, render_svg, write_figure};
pub use style::{ABLATED, BASE, NO_GROUP, SIZE, TUNED, group_colour, member_colour};
pub use tables::{
    AgainstControl, RowSweep, TableRow, Tables, heading as metric_heading, shown as shown_score,
};
