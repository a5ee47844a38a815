//! What went wrong between here and the hub, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

use anyhow::{Error, anyhow};
use hf_hub::api::sync::ApiError;
use indicatif::DecimalBytes;

use super::pieces::Repository;

/// A request to the hub.
pub(super) struct Request<'a> {
    /// The hub.
    pub(super) endpoint: &'a str,
    /// The cache's folder.
    pub(super) cache: &'a Path,
    /// The repository.
    pub(super) from: &'a Repository,
    /// The file asked for.
    pub(super) name: &'a str,
    /// The repository's page.
    pub(super) page: String,
}

/// A download that did not end.
pub(super) struct Unfinished<'a> {
    /// Where its beginning is kept.
    pub(super) part: &'a Path,
    /// How many bytes are there.
    pub(super) there: u64,
    /// How many there should be.
    pub(super) size: u64,
}

impl Unfinished<'_> {
    fn left(&self) -> DecimalBytes {
        DecimalBytes(self.size.saturating_sub(self.there))
    }
}

impl Request<'_> {
    /// Why the hub did not say what the file is.
    pub(super) fn explain(&self, error: &ApiError) -> Error {
        match error {
            ApiError::RequestError(source) => self.refused(source),
            ApiError::IoError(source) => self.unwritable(source, self.cache),
            ApiError::MissingHeader(_)
            | ApiError::InvalidHeader(_)
            | ApiError::ParseIntError(_) => anyhow!(
                "{self}: {} does not answer as a model hub: {error}; is HF_ENDPOINT right?",
                self.endpoint
            ),
            ApiError::LockAcquisition(path) => anyhow!(
                "{self}: another program is downloading it, says the lock {}; wait until it is done",
                path.display()
            ),
            other => anyhow!("{self}: {other}; run fetch again"),
        }
    }

    /// Why the file did not arrive whole.
    pub(super) fn explain_unfinished(
        &self,
        error: &ApiError,
        unfinished: &Unfinished<'_>,
    ) -> Error {
        match error {
            ApiError::IoError(source) if is_room(source) => self.no_room(source, unfinished),
            ApiError::IoError(source) if is_connection(source) => anyhow!(
                "{self}: the transfer broke off after {} of {} bytes: {source}; run fetch again, it goes on from \
                 there",
                unfinished.there,
                unfinished.size
            ),
            ApiError::IoError(source) => self.unwritable(source, unfinished.part),
            other => self.explain(other),
        }
    }

    fn refused(&self, error: &ureq::Error) -> Error {
        match error {
            ureq::Error::StatusCode(404) => anyhow!(
                "{self}: the hub has no such repository, revision or file (404 from {}); see {} for what it has",
                self.endpoint,
                self.page
            ),
            ureq::Error::StatusCode(status @ (401 | 403)) => anyhow!(
                "{self}: the hub refuses it ({status} from {}); set HF_TOKEN to a token that may read it, and \
                 accept the conditions at {}, if it has any",
                self.endpoint,
                self.page
            ),
            ureq::Error::StatusCode(status) => anyhow!(
                "{self}: {} answers with status {status}; run fetch again later, what has arrived is kept",
                self.endpoint
            ),
            other => anyhow!(
                "{self}: {} cannot be reached: {other}; check the network and HF_ENDPOINT, or set \
                 HF_HUB_OFFLINE=1 to use only what is in the cache",
                self.endpoint
            ),
        }
    }

    fn no_room(&self, error: &io::Error, unfinished: &Unfinished<'_>) -> Error {
        anyhow!(
            "{self}: no room in {}, which needs {} more: {error}; free it, or set HF_HOME to a folder elsewhere, \
             and run fetch again, it goes on from there",
            unfinished
                .part
                .parent()
                .unwrap_or(unfinished.part)
                .display(),
            unfinished.left()
        )
    }

    fn unwritable(&self, error: &io::Error, path: &Path) -> Error {
        anyhow!(
            "{self}: {} cannot be written: {error}; set HF_HOME to a folder that you may write to",
            path.display()
        )
    }
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of {}", self.name, self.from)
    }
}

/// Whether a write failed for want of room.
fn is_room(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Whether it is the connection that failed, and not the disk.
fn is_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, HostUnreachable, NetworkDown,
        NetworkUnreachable, NotConnected, Other, TimedOut, UnexpectedEof,
    };
    matches!(
        error.kind(),
        BrokenPipe
            | ConnectionAborted
            | ConnectionReset
            | HostUnreachable
            | NetworkDown
            | NetworkUnreachable
            | NotConnected
            | Other
            | TimedOut
            | UnexpectedEof
    )
}
