//! The one error type of this crate.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a file could not be read or written. Each message is complete in one line; lines count from 1.
#[derive(Debug, Error)]
pub enum DataError {
    /// The file or folder could not be opened or read.
    #[error("{}: cannot be read: {reason}; {}", path.display(), when_unread(reason))]
    Read {
        /// The file or folder asked for.
        path: PathBuf,
        /// What the operating system answered.
        reason: io::Error,
    },

    /// The file could not be written; nothing was left behind and an older file is untouched.
    #[error("{}: cannot be written: {reason}; {}", path.display(), when_unwritten(reason))]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// What the operating system answered.
        reason: io::Error,
    },

    /// Another process writes into the folder.
    #[error("{}: another run is writing there; wait for its end, or name another folder", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },

    /// The file holds bytes that are not UTF-8.
    #[error("{}:{line}: expected UTF-8; found an invalid byte at offset {byte} of the file; convert the file to UTF-8", path.display())]
    NotUtf8 {
        /// The file read.
        path: PathBuf,
        /// The line of the first invalid byte.
        line: usize,
        /// The offset of the first invalid byte in the file, from 0.
        byte: usize,
    },

    /// The file is no text, by its first bytes, or cannot be unpacked.
    #[error("{}: expected UTF-8 text, plain or packed by gzip or zstd; found {found}; {remedy}", path.display())]
    NotText {
        /// The file read.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What to do about it.
        remedy: &'static str,
    },

    /// One row is not what it should be.
    #[error("{}:{line}: expected {expected}; found {found}; {remedy}", path.display())]
    Row {
        /// The file read.
        path: PathBuf,
        /// The line on which the row begins.
        line: usize,
        /// What a row of this file looks like.
        expected: String,
        /// What is there instead, long values shortened.
        found: String,
        /// What to do about it.
        remedy: &'static str,
    },

    /// The file has nothing in it.
    #[error("{}: expected {expected}; found an empty file; give a file with content", path.display())]
    Empty {
        /// The file read.
        path: PathBuf,
        /// What it should hold at least.
        expected: String,
    },

    /// A Parquet file is broken, or its column `text` is not one of strings.
    #[error("{}: expected {expected}; found {found}; {remedy}", path.display())]
    Parquet {
        /// The file read.
        path: PathBuf,
        /// What the file should be or have.
        expected: String,
        /// What is there instead; rows count from 1.
        found: String,
        /// What to do about it.
        remedy: &'static str,
    },

    /// A Parquet file where the crate was built without the feature `parquet`.
    #[error("{}: Parquet is not read by this build; enable the feature `parquet` of counterpoise-data, or give the text as .txt", path.display())]
    ParquetNotBuilt {
        /// The file asked for.
        path: PathBuf,
    },

    /// Every prompt of the file says that it is not challenging.
    #[error(
        "{}: expected at least one row with \"challenging\": true; found {not_challenging} with false; \
         give the challenging subset, or rows of the form {{\"prompt\": \"...\"}}, all of which are kept", path.display()
    )]
    NoneChallenging {
        /// The file read.
        path: PathBuf,
        /// How many rows were dropped.
        not_challenging: usize,
    },

    /// Every comment of the file has the label -1.
    #[error("{}: expected at least one comment labelled 0 or 1; found {not_scored} labelled -1, which means not scored; give a file with labels", path.display())]
    NoneScored {
        /// The file read.
        path: PathBuf,
        /// How many rows were left out.
        not_scored: usize,
    },

    /// A folder of preference pairs without any `*.jsonl`.
    #[error("{}: expected a folder with *.jsonl files of preference pairs; found none; name another folder, or a file", path.display())]
    NoPairFiles {
        /// The folder read.
        path: PathBuf,
    },

    /// A folder of preference pairs has a file twice, packed and not.
    #[error("{}: expected each file of pairs once; found it beside {}; remove one of the two", path.display(), other.display())]
    PackedTwice {
        /// One of the files.
        path: PathBuf,
        /// The other one.
        other: PathBuf,
    },

    /// A row to be written could not be turned into JSON; nothing was left behind.
    #[error("{}: expected row {row} to be writable as JSON; found: {reason}; correct the row, nothing was written", path.display())]
    Unserialisable {
        /// The file that was to be written.
        path: PathBuf,
        /// Which row, from 1.
        row: usize,
        /// What the serialiser answered.
        reason: serde_json::Error,
    },

    /// The writer was used again after one of its writes had failed.
    #[error("{}: an earlier row could not be written, so the file was given up; correct that error first", path.display())]
    Abandoned {
        /// The file that was to be written.
        path: PathBuf,
    },
}

/// What to do about a file that could not be read.
fn when_unread(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::IsADirectory => "name a file, not a folder",
        _ => "check that the path exists and that you may read it",
    }
}

/// What to do about a file that could not be written.
fn when_unwritten(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room there, or choose another place"
        }
        io::ErrorKind::ResourceBusy => "wait until that is done, or name another file",
        _ => "choose a place in a folder that you may write to",
    }
}

impl DataError {
    /// The file it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. }
            | Self::Write { path, .. }
            | Self::Locked { path }
            | Self::NotUtf8 { path, .. }
            | Self::NotText { path, .. }
            | Self::Row { path, .. }
            | Self::PackedTwice { path, .. }
            | Self::Empty { path, .. }
            | Self::Parquet { path, .. }
            | Self::ParquetNotBuilt { path, .. }
            | Self::NoneChallenging { path, .. }
            | Self::NoneScored { path, .. }
            | Self::NoPairFiles { path, .. }
            | Self::Unserialisable { path, .. }
            | Self::Abandoned { path, .. } => path,
        }
    }
}

/// `text` as it is quoted in an error: one line of at most 160 characters, so that a message stays readable.
pub fn shortened(text: &str) -> String {
    const MOST: usize = 160;
    let (kept, mark) = match text.char_indices().nth(MOST) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    };
    let mut quoted = String::with_capacity(kept.len());
    for character in kept.chars() {
        match character {
            '\n' | '\r' => quoted.push(' '),
            _ if character.is_control() => quoted.extend(character.escape_default()),
            _ => quoted.push(character),
        }
    }
    quoted + mark
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(shortened("é"), "é");
        assert_eq!(shortened(&"é".repeat(160)), "é".repeat(160));
        assert_eq!(shortened(&"é".repeat(161)), "é".repeat(160) + "…");
    }

    #[test]
    fn an_error_stays_on_its_line() {
        assert_eq!(shortened("a\r\nb"), "a  b");
        assert_eq!(shortened("a\0\u{1b}[1mé"), "a\\u{0}\\u{1b}[1mé");
    }
}
