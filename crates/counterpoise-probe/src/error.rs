//! What can go wrong with a probe.

use std::path::PathBuf;

use counterpoise_hooks::HookPoint;
use counterpoise_logistic::LogisticError;
use counterpoise_model::ModelError;
use counterpoise_weights::WeightsError;

/// An error raised while loading, saving, fitting or applying a probe.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Something is wrong with a probe file.
    #[error("probe {}: {problem}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Box<ProbeError>,
    },
    /// A tensor file cannot be read, or does not hold exactly one tensor; the message begins with its path.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The tensor is not made of floats.
    #[error("tensor `{tensor}`: expected F64, F32, F16 or BF16, found {found}")]
    Element {
        /// The tensor.
        tensor: String,
        /// Its element type.
        found: String,
    },
    /// The tensor is no vector.
    #[error("tensor `{tensor}`: expected the shape [d] or [1, d], found {found:?}")]
    Shape {
        /// The tensor.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
    },
    /// The probe was made for another model.
    #[error(
        "the probe is {found} wide, but the model's residual stream is {expected}; use the probe fitted on this model"
    )]
    Width {
        /// The model's width.
        expected: usize,
        /// The probe's width.
        found: usize,
    },
    /// An element of the direction is NaN or infinite.
    #[error("element {index} of the direction is {found}; expected finite numbers")]
    NotFinite {
        /// Which element.
        index: usize,
        /// Its value.
        found: f32,
    },
    /// The direction is zero, so nothing can be projected onto it.
    #[error("the direction is zero; expected a vector of non-zero length")]
    Zero,
    /// The model failed on a comment.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// No mean of a component was taken.
    #[error("{point}: no counted token reached it, so there is no mean to project")]
    NotRecorded {
        /// Where it is taken.
        point: HookPoint,
    },
    /// A tensor could not be read back from its device.
    #[error("{what} could not be read from its device: {reason}")]
    Device {
        /// Which tensor.
        what: String,
        /// What the backend said.
        reason: String,
    },
    /// A comment has no token, so no mean.
    #[error("comment {index} (counted from 1) has no token; leave out empty comments")]
    EmptyComment {
        /// Which comment, counted from 1.
        index: usize,
    },
    /// A file does not hold areas under receiver operating characteristics.
    #[error("{}: {problem}", path.display())]
    Aurocs {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        problem: String,
    },
    /// A text has no token at the place that is asked for.
    #[error(
        "text {index} (counted from 1) has {tokens} tokens and none at place {position}; leave it out, or take a place that every text has"
    )]
    NoSuchToken {
        /// Which text, counted from 1.
        index: usize,
        /// How many tokens of it are read.
        tokens: usize,
        /// The place, from 0 at the start or −1 at the end.
        position: i64,
    },
    /// A batch of no comments.
    #[error("setting `batch_size` is 0; expected at least 1")]
    BatchSize,
    /// The regression could not be fitted.
    #[error(transparent)]
    Logistic(#[from] LogisticError),
    /// Rows of features differ in width.
    #[error("row {row} of the features is {found} wide, expected {expected}")]
    RowWidth {
        /// The row.
        row: usize,
        /// Width expected.
        expected: usize,
        /// Width found.
        found: usize,
    },
    /// A feature is NaN or infinite.
    #[error("column {column} of row {row} of the features is {found}; expected finite numbers")]
    FeatureNotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// Its value.
        found: f64,
    },
    /// Every row of the features is the same, so there is nothing to learn from.
    #[error("the features do not vary over the rows; nothing can be learnt from them")]
    Constant,
}
