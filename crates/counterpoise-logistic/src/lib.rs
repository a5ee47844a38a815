//! L2-regularised logistic regression in `f64`, by a truncated Newton method.
//!
//! [`fit_logistic`] fits a [`Classifier`] to the rows of a [`Design`], dense or sparse, and to their
//! labels. Probes and the lexical scorer are fitted with it. The same rows in the same order give the
//! same bits.
//!
//! ```
//! use counterpoise_logistic::{Design, Fitting, fit_logistic, sigmoid};
//!
//! /// One column.
//! struct Column(Vec<f64>);
//! impl Design for Column {
//!     fn rows(&self) -> usize {
//!         self.0.len()
//!     }
//!     fn width(&self) -> usize {
//!         1
//!     }
//!     fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
//!         std::iter::once((0, self.0[row]))
//!     }
//! }
//!
//! let heights = Column(vec![-1.0, -0.5, 0.5, 1.0]);
//! let fit = fit_logistic(&heights, &[false, false, true, true], &Fitting::default())?;
//! assert!(sigmoid(fit.weights[0] * 1.0 + fit.intercept) > 0.9);
//! # Ok::<(), counterpoise_logistic::LogisticError>(())
//! ```

mod error;
mod logistic;
mod newton;

pub use error::LogisticError;
pub use logistic::{Classifier, Design, Fitting, fit_logistic};
pub use newton::sigmoid;
