//! Tables, claims and figures, made of a run's results and its neuron table alone.

mod figures;
mod tables;

pub use tables::tables;

use std::path::{Path, PathBuf};

use counterpoise_groups::NeuronTable;
use counterpoise_report::write_claims;

use crate::claims::claims;
use crate::error::Result;
use crate::results::Results;
use crate::row::RowPlan;

/// What was made of results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The files that were written.
    pub written: Vec<PathBuf>,
    /// The figures that could not be drawn, and why.
    pub failures: Vec<String>,
}

/// Writes into `folder` what can be made without a model: tables and claims, if the rows were scored,
/// and the figures, if they are wanted.
///
/// # Errors
/// Results that no table can show, or a file that cannot be written.
pub fn render(
    results: &Results,
    table: &NeuronTable,
    folder: &Path,
    with_figures: bool,
) -> Result<Rendered> {
    let mut rendered = Rendered::default();
    if results.plan == RowPlan::Score {
        rendered.written.extend(tables(results).write(folder)?);
        let claims = claims(results, table);
        rendered.written.push(write_claims(&claims, folder)?);
    }
    if with_figures {
        let figures = figures::figures(results, table, folder)?;
        rendered.written.extend(figures.written);
        rendered.failures.extend(figures.failures);
    }
    Ok(rendered)
}
