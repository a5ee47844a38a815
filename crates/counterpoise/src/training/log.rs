//! The log of a tuning run: a row as soon as there is one, and no step twice after a resume.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use counterpoise_data::write_atomically;
use counterpoise_train::{DpoLog, PairSet};
use serde::Deserialize;

/// `log.jsonl` under way.
#[derive(Debug)]
pub(super) struct TrainingLog {
    path: PathBuf,
    file: File,
}

/// What a row is about.
#[derive(Deserialize)]
struct Place {
    step: usize,
    pairs: PairSet,
}

impl TrainingLog {
    /// An empty log; an empty one may be there, of a run that was killed before its first step.
    ///
    /// # Errors
    /// A file that has rows or cannot be written.
    pub(super) fn begin(path: &Path) -> Result<Self> {
        let cannot = || format!("{}: cannot be written", path.display());
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(path);
        let file = file.with_context(cannot)?;
        let bytes = file.metadata().with_context(cannot)?.len();
        ensure!(
            bytes == 0,
            "{}: expected an empty log, found rows; name another folder",
            path.display()
        );
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// The log of a run that resumes from a checkpoint after `completed` steps. Rows of later steps
    /// are taken out, as those steps are taken again; so is a row that was not written to its end.
    ///
    /// # Errors
    /// A file that cannot be read or written, or does not hold a row for each of those steps.
    pub(super) fn resume(path: &Path, completed: usize) -> Result<Self> {
        let cannot = |what: &str| format!("{}: cannot be {what}", path.display());
        let text = fs::read_to_string(path).with_context(|| cannot("read"))?;
        let kept = kept(path, &text, completed)?;
        write_atomically(path, kept.concat().as_bytes())?;
        let file = OpenOptions::new().append(true).open(path);
        Ok(Self {
            path: path.to_owned(),
            file: file.with_context(|| cannot("written"))?,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn append(&mut self, row: &DpoLog) -> Result<()> {
        let mut line = serde_json::to_vec(row)?;
        line.push(b'\n');
        let cannot = || format!("{}: cannot be written", self.path.display());
        self.file.write_all(&line).with_context(cannot)
    }

    /// Brings all rows to the disk, so that a checkpoint never knows of more steps than the log.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn sync(&self) -> Result<()> {
        let cannot = || format!("{}: cannot be written", self.path.display());
        self.file.sync_data().with_context(cannot)
    }
}

/// The rows of steps before `completed`, each with its line end.
fn kept<'a>(path: &Path, text: &'a str, completed: usize) -> Result<Vec<&'a str>> {
    let mut kept = Vec::new();
    let mut steps = 0;
    let whole = text.split_inclusive('\n').filter(|row| row.ends_with('\n'));
    for (index, row) in whole.enumerate() {
        let place = || {
            format!(
                "{}:{}: expected a row of the log",
                path.display(),
                index + 1
            )
        };
        let Place { step, pairs } = serde_json::from_str(row).with_context(place)?;
        if step >= completed {
            continue;
        }
        kept.push(row);
        if pairs == PairSet::Training {
            ensure!(
                step == steps,
                "{}: found step {step}, expected step {steps}; the log is not that of the checkpoint",
                place()
            );
            steps += 1;
        }
    }
    ensure!(
        steps == completed,
        "{}: expected the {completed} steps that the checkpoint has taken, found {steps}; the log is \
         not that of the checkpoint",
        path.display()
    );
    Ok(kept)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ROWS: &str = "{\"step\":0,\"pairs\":\"held_out\"}\n{\"step\":0,\"pairs\":\"training\"}\n\
                        {\"step\":1,\"pairs\":\"training\"}\n{\"step\":2,\"pairs\":\"held_out\"}\n\
                        {\"step\":2,\"pairs\":\"training\"}\n{\"step\":3,\"pa";

    fn lines(text: &str, completed: usize) -> Result<usize> {
        kept(Path::new("log.jsonl"), text, completed).map(|rows| rows.len())
    }

    #[test]
    fn rows_of_steps_after_the_checkpoint_are_taken_out() {
        assert_eq!(lines(ROWS, 2).unwrap(), 3);
        assert_eq!(lines(ROWS, 3).unwrap(), 5);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        fs::write(&path, ROWS).unwrap();
        drop(TrainingLog::resume(&path, 2).unwrap());
        let left = fs::read_to_string(&path).unwrap();
        assert!(ROWS.starts_with(&left));
        assert_eq!(left.lines().count(), 3);
        assert!(TrainingLog::begin(&path).is_err());
    }

    #[test]
    fn a_log_of_another_run_is_refused() {
        let message = |text: &str, completed| lines(text, completed).unwrap_err().to_string();
        let short = message(ROWS, 4);
        assert!(short.contains("expected the 4 steps"), "{short}");
        assert!(short.contains("found 3"), "{short}");
        let doubled = message(&ROWS.replace("\"step\":1", "\"step\":0"), 3);
        assert!(doubled.contains("log.jsonl:3: "), "{doubled}");
        let broken = message("{\"step\":0}\n", 1);
        assert!(broken.contains("log.jsonl:1: "), "{broken}");
    }
}
