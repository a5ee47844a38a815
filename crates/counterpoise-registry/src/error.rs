//! What can go wrong while a part is registered, read or described.

use std::ops::Range;

/// An error of registering, reading or describing a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The text is not TOML.
    #[error("{reason}")]
    Toml {
        /// What the parser said.
        reason: String,
        /// Where, in bytes.
        span: Option<Range<usize>>,
    },
    /// A table does not name its kind.
    #[error("expected `{key}`, found none; known kinds of {what}: {known}")]
    NoKind {
        /// The key that names it, such as `kind`.
        key: &'static str,
        /// What was to be built, such as `intervention`.
        what: &'static str,
        /// The registered kinds.
        known: String,
        /// Where, in bytes.
        span: Option<Range<usize>>,
    },
    /// The kind is not registered.
    #[error("`{found}` is not a kind of {what}; known kinds: {known}")]
    UnknownKind {
        /// What was to be built.
        what: &'static str,
        /// The kind asked for.
        found: String,
        /// The registered kinds.
        known: String,
        /// Where, in bytes.
        span: Option<Range<usize>>,
    },
    /// A kind was registered twice.
    #[error("a kind of {what} named `{kind}` is registered already; give the new one another name")]
    KindTaken {
        /// What the registry is for.
        what: &'static str,
        /// The kind.
        kind: String,
    },
    /// The parameters do not fit the kind.
    #[error("`{kind}`: {reason}")]
    Parameters {
        /// The kind.
        kind: String,
        /// What was expected and found.
        reason: String,
        /// Where, in bytes.
        span: Option<Range<usize>>,
    },
    /// A part cannot be written as TOML.
    #[error("`{kind}` cannot be described: {reason}")]
    Description {
        /// The kind.
        kind: String,
        /// What the writer said.
        reason: String,
    },
}

impl RegistryError {
    /// Where in the text the fault lies, in bytes; `None` if it is not in a text.
    pub fn span(&self) -> Option<Range<usize>> {
        match self {
            Self::Toml { span, .. }
            | Self::NoKind { span, .. }
            | Self::UnknownKind { span, .. }
            | Self::Parameters { span, .. } => span.clone(),
            Self::KindTaken { .. } | Self::Description { .. } => None,
        }
    }
}
