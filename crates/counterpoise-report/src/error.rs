//! The one error type of this crate.

use std::io;

use counterpoise_data::DataError;
use thiserror::Error;

/// Why a figure, a table or the list of claims could not be made. Each message is complete in one line.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A series that has to be drawn has no values.
    #[error(
        "{figure}: expected at least one value in \"{series}\"; found none; give it the measured values"
    )]
    EmptySeries {
        /// The figure's name.
        figure: String,
        /// The empty series.
        series: String,
    },

    /// Series that belong together differ in length.
    #[error(
        "{figure}: expected {expected} values in \"{series}\"; found {found}; give every series one value per item"
    )]
    SeriesLength {
        /// The figure's name.
        figure: String,
        /// The series whose length differs.
        series: String,
        /// The length of the first series.
        expected: usize,
        /// The length of this one.
        found: usize,
    },

    /// A value is NaN or infinite, or too large to be drawn to scale.
    #[error(
        "{figure}: expected a finite number of ordinary size at index {index} of \"{series}\"; found {found}; check the measurement it comes from"
    )]
    NotPlottable {
        /// The figure's name.
        figure: String,
        /// The series that holds the value.
        series: String,
        /// The value's index, from 0.
        index: usize,
        /// The value.
        found: f64,
    },

    /// The four group shares do not add up to the whole.
    #[error(
        "{figure}: expected the four shares to sum to 1; found {found}; divide each group's sum by the sum of the four"
    )]
    ShareSum {
        /// The figure's name.
        figure: String,
        /// What they sum to.
        found: f64,
    },

    /// Ranks or layers overlap, leave a gap or are out of order, or a range of them is empty.
    #[error(
        "{figure}: expected what comes from number {expected} on at index {index}; found {found}; give ranks or layers in their order, none left out"
    )]
    Ranks {
        /// The figure's name.
        figure: String,
        /// The index of the neuron, bin or layer, from 0.
        index: usize,
        /// The rank or layer that comes next.
        expected: usize,
        /// What is there.
        found: String,
    },

    /// The font compiled into this crate could not be read.
    #[error(
        "expected the built-in font to be a readable TrueType file; it is not; build with another version of epaint_default_fonts"
    )]
    Font,

    /// The plotting library could not draw.
    #[error("{figure}: cannot be drawn: {reason}")]
    Draw {
        /// The figure's name.
        figure: String,
        /// What the library answered.
        reason: String,
    },

    /// The PNG could not be encoded in the system's folder for temporary files.
    #[error(
        "{figure}: the PNG cannot be encoded in the folder for temporary files: {reason}; make room there, or set TMPDIR to another folder"
    )]
    Encode {
        /// The figure's name.
        figure: String,
        /// What the operating system answered.
        reason: io::Error,
    },

    /// There is nothing to write.
    #[error("{what}: expected at least one row; found none; measure something first")]
    NoRows {
        /// What was to be written.
        what: &'static str,
    },

    /// A cell that has to say something is blank.
    #[error("{what}, row {row}: expected text under \"{column}\"; found none; name it")]
    BlankCell {
        /// Tables or claims.
        what: &'static str,
        /// The row, from 1.
        row: usize,
        /// The column.
        column: &'static str,
    },

    /// Two rows of one table carry the same model and intervention.
    #[error(
        "tables, row {row}: expected one row per table, model and intervention; \"{found}\" is there already; remove or rename one"
    )]
    DuplicateRow {
        /// The second of the two, from 1.
        row: usize,
        /// Its table, model and intervention.
        found: String,
    },

    /// A score is NaN or infinite.
    #[error(
        "tables, row {row}: expected {metric} to be a finite number; found {found}; report a failed score as missing, with the reason"
    )]
    ScoreNotFinite {
        /// The row, from 1.
        row: usize,
        /// The score.
        metric: String,
        /// Its value.
        found: f64,
    },

    /// A score is missing and no note says why.
    #[error("tables, row {row}: {metric} is missing and nothing says why; give the reason")]
    UnexplainedGap {
        /// The row, from 1.
        row: usize,
        /// The missing score.
        metric: String,
    },

    /// The rows could not be put into the format of a file.
    #[error("{what}: cannot be put into a file: {reason}")]
    Unwritable {
        /// What was to be written.
        what: &'static str,
        /// What the format's library answered.
        reason: String,
    },

    /// A file could not be written or read.
    #[error(transparent)]
    File(#[from] DataError),
}
