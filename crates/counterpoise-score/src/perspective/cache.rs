//! Answers that were given, as JSON lines that only grow.
//!
//! A line is on the disk before its answer counts. What a process that was killed left of a line is cut
//! off, and that text is asked again.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use counterpoise_data::{DataError, read_utf8, shortened};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::answer::{Verdict, judge};
use crate::TextScore;

/// What the service is asked, and by which version of its interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) endpoint: String,
    pub(super) api: String,
    pub(super) attributes: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) text: String,
}

impl Question {
    /// SHA-256 of all of it, in hexadecimal. The order of attributes makes no difference to an answer.
    pub(super) fn key(&self) -> String {
        let attributes: BTreeSet<&String> = self.attributes.iter().collect();
        let languages = &self.languages;
        let all = (&self.endpoint, &self.api, attributes, languages, &self.text);
        // Strings and lists of strings are always writable as JSON.
        let bytes = serde_json::to_vec(&all).unwrap_or_default();
        let digest = Sha256::digest(&bytes);
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// The question's.
    pub(super) key: String,
    /// When it was asked, in UTC.
    pub(super) asked: String,
    pub(super) endpoint: String,
    pub(super) api: String,
    pub(super) attributes: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) text: String,
    /// The answer's status.
    pub(super) status: u16,
    /// The answer, byte by byte.
    pub(super) answer: String,
}

impl Entry {
    /// The answer to a question.
    pub(super) fn of(question: &Question, asked: String, status: u16, answer: String) -> Self {
        let Question {
            endpoint,
            api,
            attributes,
            languages,
            text,
        } = question.clone();
        Self {
            key: question.key(),
            asked,
            endpoint,
            api,
            attributes,
            languages,
            text,
            status,
            answer,
        }
    }

    fn question(&self) -> Question {
        Question {
            endpoint: self.endpoint.clone(),
            api: self.api.clone(),
            attributes: self.attributes.clone(),
            languages: self.languages.clone(),
            text: self.text.clone(),
        }
    }

    /// Whether an answer to `other` would be by the same scorer.
    fn is_like(&self, other: &Question) -> bool {
        let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
        self.endpoint == other.endpoint
            && self.api == other.api
            && self.languages == other.languages
            && sorted(&self.attributes) == sorted(&other.attributes)
    }

    /// What the answer says of the text.
    ///
    /// # Errors
    /// What is wrong with the line.
    fn score(&self) -> Result<TextScore, String> {
        if self.key != self.question().key() {
            return Err("a key that is not that of its text, attributes and service".to_owned());
        }
        match judge(self.status, &self.answer, &self.attributes) {
            Verdict::Final(score) => Ok(score),
            _ => Err(format!(
                "status {} and an answer that settles nothing: {}",
                self.status,
                shortened(&self.answer)
            )),
        }
    }
}

/// An answer that is known.
#[derive(Debug)]
struct Known {
    score: TextScore,
    asked: String,
    is_ours: bool,
}

/// The answers in a file, and the file to add to.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    known: HashMap<String, Known>,
    /// `None` where it may be read alone.
    file: Option<File>,
}

impl Cache {
    /// Reads a cache without locking or changing it. A file that is not there is empty.
    ///
    /// # Errors
    /// As for [`Cache::open`], but for the lock.
    pub(super) fn peek(path: &Path, ours: &Question) -> Result<Self, DataError> {
        Ok(Self::read(path, ours)?.0)
    }

    /// Opens a cache, makes it if need be, and cuts off what is left of a line that was not finished.
    ///
    /// `ours` is a question of the scorer that opens it.
    ///
    /// # Errors
    /// A file that cannot be read or made; one that another process or scorer has open; a line that is
    /// none of a cache, with its number.
    pub(super) fn open(path: &Path, ours: &Question) -> Result<Self, DataError> {
        let failed = |reason| DataError::Write {
            path: path.to_owned(),
            reason,
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let file = match options.open(path) {
            Ok(file) => file,
            Err(error) if is_read_only(&error) && path.is_file() => return Self::peek(path, ours),
            Err(error) => return Err(failed(error)),
        };
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => failed(io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another process or scorer has it open",
            )),
            TryLockError::Error(error) => failed(error),
        })?;
        let (mut cache, whole) = Self::read(path, ours)?;
        mend(&file, whole).map_err(failed)?;
        cache.file = Some(file);
        Ok(cache)
    }

    /// The answers in a file, and what to make of its end.
    fn read(path: &Path, ours: &Question) -> Result<(Self, End), DataError> {
        let mut cache = Self {
            path: path.to_owned(),
            known: HashMap::new(),
            file: None,
        };
        if !path.exists() {
            return Ok((cache, End::Whole));
        }
        // Half a character at the end is what is left of a line, and no other fault.
        let bytes = fs::read(path).map_err(|reason| DataError::Read {
            path: path.to_owned(),
            reason,
        })?;
        let finished = bytes.iter().rposition(|&byte| byte == b'\n');
        let finished = finished.map_or(0, |at| at + 1);
        let text = match str::from_utf8(&bytes[..finished]) {
            Ok(text) => text.to_owned(),
            // For its error, which says where.
            Err(_) => read_utf8(path)?,
        };
        for (index, line) in text.lines().enumerate() {
            cache.take(line, ours).map_err(|found| DataError::Row {
                path: path.to_owned(),
                line: index + 1,
                expected:
                    "an answer of the Perspective API with key, asked, text, status and answer"
                        .to_owned(),
                found,
                remedy: "remove the line, and its text is asked again",
            })?;
        }
        let end = match &bytes[finished..] {
            [] => End::Whole,
            rest => match str::from_utf8(rest).map(|line| cache.take(line, ours)) {
                Ok(Ok(())) => End::Unterminated,
                _ => End::Torn(finished as u64),
            },
        };
        Ok((cache, end))
    }

    fn take(&mut self, line: &str, ours: &Question) -> Result<(), String> {
        let entry: Entry = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let known = Known {
            score: entry.score()?,
            is_ours: entry.is_like(ours),
            asked: entry.asked,
        };
        // The first answer counts, as it did when it was given.
        self.known.entry(entry.key).or_insert(known);
        Ok(())
    }

    /// The score that a question of this key was answered with.
    pub(super) fn get(&self, key: &str) -> Option<&TextScore> {
        self.known.get(key).map(|known| &known.score)
    }

    /// Adds an answer, which counts when it is on the disk.
    ///
    /// # Errors
    /// A file that cannot be written to; nothing of the answer is then left in it.
    pub(super) fn add(&mut self, entry: Entry, score: TextScore) -> Result<(), DataError> {
        let written = match &mut self.file {
            Some(file) => append(file, &entry),
            None => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        };
        written.map_err(|reason| DataError::Write {
            path: self.path.clone(),
            reason,
        })?;
        let known = Known {
            score,
            asked: entry.asked,
            is_ours: true,
        };
        self.known.insert(entry.key, known);
        Ok(())
    }

    /// Of the answers of this scorer, how many there are, and the days of the first and the last.
    pub(super) fn span(&self) -> Option<(usize, &str, &str)> {
        let ours = self.known.values().filter(|known| known.is_ours);
        let days: Vec<&str> = ours.map(|known| day(&known.asked)).collect();
        let all = || days.iter().copied();
        let (first, last) = (all().min()?, all().max()?);
        Some((days.len(), first, last))
    }
}

/// What a file ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// A whole line.
    Whole,
    /// A line that lacks its end alone.
    Unterminated,
    /// The beginning of a line; the lines before it end here.
    Torn(u64),
}

fn mend(mut file: &File, end: End) -> io::Result<()> {
    match end {
        End::Whole => return Ok(()),
        End::Unterminated => file.write_all(b"\n")?,
        End::Torn(length) => file.set_len(length)?,
    }
    file.sync_data()
}

fn append(file: &mut File, entry: &Entry) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    let written = file.write_all(&line).and_then(|()| file.sync_data());
    if written.is_err() {
        // As well as can be; otherwise the next process does it.
        let _ = file.set_len(length);
    }
    written
}

fn is_read_only(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem)
}

/// The day of a time as RFC 3339 has it.
fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}

#[cfg(test)]
mod tests;
