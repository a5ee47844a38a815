//! What became of one file that a study needs.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;

#[cfg(feature = "hub")]
use crate::fetch::origin;

/// One file, and what is known of it.
#[derive(Debug)]
pub(super) struct Finding {
    /// What the study takes from it, such as `prompts`.
    pub(super) role: String,
    /// Where the study looks for it.
    pub(super) path: PathBuf,
    /// Whether it is there and right.
    pub(super) state: State,
    /// Its size, if it is there.
    pub(super) bytes: Option<u64>,
    /// What is in it, what is wrong, or where it comes from.
    pub(super) remark: String,
}

/// Whether a file is there and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Found,
    Missing,
    Wrong,
}

impl State {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Finding {
    /// The file at `path`, examined by `check` if it is there. `check` answers what is in it.
    ///
    /// # Errors
    /// A list of origins that is broken; never the file itself, which is then missing or wrong.
    pub(super) fn of(
        role: &str,
        path: &Path,
        check: impl FnOnce() -> Result<String, String>,
    ) -> Result<Self> {
        let (state, bytes, remark) = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (State::Missing, None, where_from(path)?)
            }
            Err(error) => (State::Wrong, None, error.to_string()),
            Ok(found) if found.is_dir() => {
                let remark = "a folder; expected a file".to_owned();
                (State::Wrong, None, remark)
            }
            Ok(found) => match check() {
                Ok(remark) => (State::Found, Some(found.len()), remark),
                Err(reason) => (State::Wrong, Some(found.len()), reason),
            },
        };
        Ok(Self {
            role: role.to_owned(),
            path: path.to_owned(),
            state,
            bytes,
            remark: in_one_line(path, &remark),
        })
    }

    /// A folder that is read as a whole, with what was found in it.
    pub(super) fn of_folder(role: &str, path: &Path, found: Result<String, String>) -> Self {
        let (state, remark) = match found {
            Ok(remark) => (State::Found, remark),
            Err(reason) => (State::Wrong, reason),
        };
        Self {
            role: role.to_owned(),
            path: path.to_owned(),
            state,
            bytes: None,
            remark: in_one_line(path, &remark),
        }
    }

    /// A file that a run makes if it is not there, such as a cache; `found` is what is known of it.
    pub(super) fn made(role: &str, path: &Path, found: Result<String, String>) -> Self {
        Self {
            bytes: fs::metadata(path).ok().map(|file| file.len()),
            ..Self::of_folder(role, path, found)
        }
    }

    /// A folder whose files cannot be told from one another, or are of no use.
    pub(super) fn wrong(role: &str, path: &Path, reason: &str) -> Self {
        Self::of_folder(role, path, Err(reason.to_owned()))
    }

    /// A file that is not there.
    ///
    /// # Errors
    /// As for [`Finding::of`].
    pub(super) fn missing(role: &str, path: &Path) -> Result<Self> {
        Ok(Self {
            role: role.to_owned(),
            path: path.to_owned(),
            state: State::Missing,
            bytes: None,
            remark: where_from(path)?,
        })
    }
}

fn where_from(path: &Path) -> Result<String> {
    let dangling = fs::symlink_metadata(path).is_ok();
    let broken_link = if dangling {
        "a link that leads nowhere; "
    } else {
        ""
    };
    let origin =
        origin(path)?.unwrap_or_else(|| "put it there, or name another in the study".to_owned());
    Ok(format!("{broken_link}{origin}"))
}

/// No list of origins comes with a program that cannot fetch.
#[cfg(not(feature = "hub"))]
fn origin(_: &Path) -> Result<Option<String>> {
    Ok(None)
}

/// A message as a cell of a table: without the path that stands beside it, and without line breaks.
fn in_one_line(path: &Path, message: &str) -> String {
    let path = format!("{}: ", path.display());
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    lines.join("; ").replace(&path, "")
}
