//! The file of pairs: lines are appended beside it as they come, and it stands at its path when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use counterpoise_data::write_atomically;
use serde_json::Value;

use super::pairs::{LineCounts, PairLine, record_of};
use super::prompts::SentencePrompt;
use crate::commands::RunStage;

/// A file of pairs under way.
#[derive(Debug)]
pub(super) struct PairsFile {
    out: PathBuf,
    partial: PathBuf,
    file: File,
    counts: LineCounts,
}

impl PairsFile {
    /// A new file, and the record of what it is made with.
    ///
    /// # Errors
    /// A file or a run that is there already, files that cannot be written.
    pub(super) fn begin(out: &Path, record: &Value) -> Result<Self> {
        let partial = partial(out);
        for taken in [out, &partial] {
            ensure!(
                !taken.exists(),
                "{}: this is already there, and nothing is overwritten; name another file, or add \
                 `--resume` to go on with an unfinished run",
                taken.display()
            );
        }
        write_record(out, record)?;
        let file = File::create_new(&partial).with_context(|| cannot(&partial, "written"))?;
        Ok(Self {
            out: out.to_owned(),
            partial,
            file,
            counts: LineCounts::default(),
        })
    }

    /// The file of a run that was stopped, of which it keeps the lines of whole batches.
    ///
    /// # Errors
    /// A run that is finished or was not begun, another run's record, lines that are not those of the prompts.
    pub(super) fn resume(
        out: &Path,
        record: &Value,
        prompts: &[SentencePrompt],
        batch_size: usize,
    ) -> Result<Self> {
        let partial = partial(out);
        ensure!(
            !out.exists(),
            "{}: the run is finished, there is nothing to resume",
            out.display()
        );
        ensure!(
            partial.exists(),
            "{}: expected the pairs of a run to resume, found none; begin without `--resume`",
            partial.display()
        );
        check_record(out, record)?;
        let text = fs::read_to_string(&partial).with_context(|| cannot(&partial, "read"))?;
        let whole: Vec<&str> = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .collect();
        let kept = if whole.len() >= prompts.len() {
            prompts.len()
        } else {
            whole.len() / batch_size * batch_size
        };
        let mut counts = LineCounts::default();
        for (index, (line, prompt)) in whole[..kept].iter().zip(prompts).enumerate() {
            let place = || format!("{}:{}", partial.display(), index + 1);
            let line: PairLine = serde_json::from_str(line)
                .with_context(|| format!("{}: expected a pair; remove the file", place()))?;
            ensure!(
                line.prompt_input_ids == prompt.tokens,
                "{}: expected the pair of `{}`, found that of `{}`; remove the file",
                place(),
                prompt.text,
                line.prompt_text
            );
            counts.add(&line);
        }
        let bytes = whole[..kept].iter().map(|line| line.len() as u64).sum();
        let file = OpenOptions::new().append(true).open(&partial);
        let file = file.with_context(|| cannot(&partial, "written"))?;
        file.set_len(bytes)
            .with_context(|| cannot(&partial, "written"))?;
        Ok(Self {
            out: out.to_owned(),
            partial,
            file,
            counts,
        })
    }

    /// What the lines so far are.
    pub(super) fn counts(&self) -> LineCounts {
        self.counts
    }

    /// Adds lines and brings them to the disk.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn append(&mut self, lines: &[PairLine]) -> Result<()> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
            self.counts.add(line);
        }
        let written = self
            .file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data());
        written.with_context(|| cannot(&self.partial, "written"))
    }

    /// Puts the file at its path.
    ///
    /// # Errors
    /// A file that cannot be moved.
    pub(super) fn finish(self) -> Result<()> {
        fs::rename(&self.partial, &self.out).with_context(|| cannot(&self.out, "written"))
    }
}

/// How far the file at `out` has come.
pub(crate) fn stage(out: &Path) -> RunStage {
    match (out.exists(), partial(out).exists()) {
        (true, _) => RunStage::Finished,
        (false, true) => RunStage::Stopped,
        (false, false) => RunStage::NotBegun,
    }
}

/// Where lines are until there are all. Not a name that a folder of pairs is read by.
fn partial(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

fn cannot(path: &Path, what: &str) -> String {
    format!("{}: cannot be {what}", path.display())
}

fn write_record(out: &Path, record: &Value) -> Result<()> {
    let mut text = serde_json::to_string_pretty(record)?;
    text.push('\n');
    Ok(write_atomically(&record_of(out), text.as_bytes())?)
}

/// Makes sure that the run that was stopped was made with the same.
fn check_record(out: &Path, expected: &Value) -> Result<()> {
    let path = record_of(out);
    let text = fs::read(&path).with_context(|| cannot(&path, "read"))?;
    let found: Value = serde_json::from_slice(&text)
        .with_context(|| format!("{}: expected what the run was made with", path.display()))?;
    let keys = expected.as_object().into_iter().flatten();
    for (key, expected) in keys {
        ensure!(
            found.get(key) == Some(expected),
            "{}: expected `{key}` to be {expected}, found {}; resume with what the run began with",
            path.display(),
            found.get(key).unwrap_or(&Value::Null)
        );
    }
    Ok(())
}
