//! What can go wrong with a study.

use std::path::PathBuf;

use counterpoise_data::DataError;
use counterpoise_eval::EvalError;
use counterpoise_groups::GroupsError;
use counterpoise_intervene::InterveneError;
use counterpoise_model::ModelError;
use counterpoise_page::PageError;
use counterpoise_probe::ProbeError;
use counterpoise_registry::RegistryError;
use counterpoise_report::ReportError;
use counterpoise_score::ScoreError;
use thiserror::Error;

/// A result of this crate.
pub type Result<T, E = StudyError> = std::result::Result<T, E>;

/// Why a study could not be read, run or judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// A text or table that could not be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A model that could not be loaded or run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A probe that could not be read, or does not fit the model.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// A neuron table, a ranking or a grouping that is not possible.
    #[error(transparent)]
    Groups(#[from] GroupsError),
    /// An intervention that does not fit the model.
    #[error(transparent)]
    Intervene(#[from] InterveneError),
    /// A metric that could not be opened or taken.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// A scorer that could not be opened.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// A part that could not be built, registered or described.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A figure or table that could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Making the page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A file that the system would not read, write or remove.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A value that is not JSON, or not the expected one.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A line of a TOML file that says something it cannot.
    #[error("{}:{line}: {message}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was expected and found there.
        message: String,
    },
    /// The neuron table of a run is not there, for this reason.
    #[error("{0}")]
    NoNeuronTable(String),
    /// Inputs that contradict each other, or results that contradict an identity.
    #[error("{0}")]
    Refused(String),
    /// What a part of somebody else's reports.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// Where, or during what, another error happened.
    #[error("{context}")]
    Within {
        /// The place or the step.
        context: String,
        /// What happened there.
        source: Box<StudyError>,
    },
}

impl StudyError {
    /// An error of a part that this crate does not know.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// The same error, with a note behind what a line of a TOML file says.
    pub(crate) fn noting(self, note: &str) -> Self {
        match self {
            Self::Toml {
                path,
                line,
                message,
            } => Self::Toml {
                path,
                line,
                message: format!("{message}, {note}"),
            },
            other => other,
        }
    }

    /// The error and what caused it, in one line.
    #[must_use]
    pub fn in_full(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line
    }
}

/// Says where an error happened, or what is missing where there is no value.
pub(crate) trait Context<T> {
    /// The same with `context` around an error.
    fn context(self, context: impl Into<String>) -> Result<T>;
    /// The same with a context that is only made for an error.
    fn with_context<S: Into<String>>(self, context: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: Into<StudyError>> Context<T> for std::result::Result<T, E> {
    fn context(self, context: impl Into<String>) -> Result<T> {
        self.with_context(|| context)
    }

    fn with_context<S: Into<String>>(self, context: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| StudyError::Within {
            context: context().into(),
            source: Box::new(error.into()),
        })
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, context: impl Into<String>) -> Result<T> {
        self.with_context(|| context)
    }

    fn with_context<S: Into<String>>(self, context: impl FnOnce() -> S) -> Result<T> {
        self.ok_or_else(|| StudyError::Refused(context().into()))
    }
}

/// Returns a [`StudyError::Refused`] with a formatted message.
macro_rules! refuse {
    ($($message:tt)*) => {
        return Err($crate::StudyError::Refused(format!($($message)*)))
    };
}
pub(crate) use refuse;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_from_the_outside_in() {
        let missing: Option<u8> = None;
        let error = missing.context("no row").context("study.toml").map(drop);
        let told = error.map_err(|error| error.in_full());
        assert_eq!(told, Err("study.toml: no row".to_owned()));
    }
}
