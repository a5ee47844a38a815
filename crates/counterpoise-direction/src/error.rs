//! What can go wrong with directions.

use std::path::PathBuf;

use counterpoise_weights::WeightsError;

/// Why directions could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum DirectionError {
    /// A file that cannot be read or written; the message names it.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A file that does not hold directions.
    #[error("{}: {problem}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        problem: String,
    },
    /// A number that is none.
    #[error("direction {index}, counted from 0, holds a number that is not finite")]
    NotFinite {
        /// Which vector.
        index: usize,
    },
    /// Vectors that do not span what they were to span.
    #[error(
        "direction {index}, counted from 0, is zero or a combination of those before it; give {index} directions at most"
    )]
    Dependent {
        /// Which vector.
        index: usize,
    },
    /// More directions than there are.
    #[error("{wanted} directions were asked for, and there are {found}")]
    TooMany {
        /// How many were asked for.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// Rows of different lengths, or numbers of rows.
    #[error("expected {expected} {what}, found {found}")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// How many were expected.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The singular values did not converge.
    #[error("the singular values did not converge")]
    NotConverged,
}
