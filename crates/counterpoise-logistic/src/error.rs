//! What can go wrong with a fit.

/// Why a logistic regression could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LogisticError {
    /// A setting is out of range.
    #[error("fitting setting `{name}` is {found}; expected a finite number above 0")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: f64,
    },
    /// Rows and labels do not pair up.
    #[error("expected one label per row, found {rows} rows and {labels} labels")]
    Labels {
        /// Rows.
        rows: usize,
        /// Labels.
        labels: usize,
    },
    /// Only one class is there to learn from.
    #[error("expected labels of both classes, found {positive} positive among {rows}")]
    OneClass {
        /// Positive labels.
        positive: usize,
        /// All labels.
        rows: usize,
    },
    /// The fit did not reach its tolerance.
    #[error(
        "the fit stopped after at most {steps} steps with a gradient of {gradient:e}, expected {expected:e}; raise the penalty `l2` or the number of steps"
    )]
    NotConverged {
        /// Steps allowed.
        steps: usize,
        /// Gradient norm reached.
        gradient: f64,
        /// Gradient norm wanted.
        expected: f64,
    },
}
