//! Directions of a residual stream, one or several at a time: made, fitted, read, written, projected out.
//!
//! A [`Subspace`] is an orthonormal basis; [`Subspace::strip`] takes what lies along it out of a vector. [`right_singular`]
//! finds the directions in which rows vary most, [`profs`] those in which the texts of preference pairs differ, and
//! [`mean_difference`] the one from one set of texts to another. A [`DirectionFile`] holds vectors for a whole model or for
//! each of its blocks. Everything is computed in `f64`. This crate knows no model.
//!
//! ```
//! use counterpoise_direction::Subspace;
//!
//! let subspace = Subspace::spanned_by(&[vec![3.0, 4.0, 0.0]])?;
//! let mut row = [6.0, 8.0, 1.0];
//! subspace.strip(&mut row, 1.0);
//! assert_eq!(row, [0.0, 0.0, 1.0]);
//! # Ok::<(), counterpoise_direction::DirectionError>(())
//! ```

mod error;
mod file;
mod pairs;
mod singular;
mod subspace;

pub use error::DirectionError;
pub use file::DirectionFile;
pub use pairs::{DifferenceSum, mean_difference, profs};
pub use singular::{Singular, right_singular};
pub use subspace::Subspace;
