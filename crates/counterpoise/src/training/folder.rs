//! The output folder of `train dpo`: a model folder with the run's log and checkpoint beside it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use counterpoise_data::{AtomicFile, FolderLock, write_atomically};
use counterpoise_model::{Transformer, save, tokenizer_files};
use counterpoise_train::Dpo;

use super::curves::Curves;
use crate::commands::RunStage;

/// The last file of a run.
const WEIGHTS: &str = "model.safetensors";

/// The rows of the log.
pub(crate) const LOG: &str = "log.jsonl";

const CHECKPOINT: &str = "checkpoint";

/// The folder, in which a run may begin or go on.
#[derive(Debug)]
pub(super) struct RunFolder {
    folder: PathBuf,
    /// Held as long as the run writes there.
    _lock: FolderLock,
}

/// How far the run in `folder` has come.
pub(crate) fn stage(folder: &Path) -> RunStage {
    match (folder.join(WEIGHTS).exists(), manifest(folder).exists()) {
        (true, _) => RunStage::Finished,
        (false, true) => RunStage::Stopped,
        (false, false) => RunStage::NotBegun,
    }
}

/// The last file of a checkpoint that is written.
fn manifest(folder: &Path) -> PathBuf {
    folder.join(CHECKPOINT).join("training.json")
}

impl RunFolder {
    /// A folder for a new run; it may exist, but hold no model, log or checkpoint. What a run leaves that was killed before
    /// its first checkpoint is none of these.
    ///
    /// # Errors
    /// A folder that is taken or cannot be written to, or that another run is writing to.
    pub(super) fn begin(folder: &Path) -> Result<Self> {
        // Opened and dropped, to find out before the model runs whether it can be written.
        AtomicFile::create(&folder.join(WEIGHTS))?;
        let run = Self::at(folder)?;
        let is_there = |path: &PathBuf| match fs::metadata(path) {
            Ok(file) => !file.is_file() || file.len() > 0,
            Err(_) => false,
        };
        for taken in [run.weights(), run.log(), run.manifest()] {
            ensure!(
                !is_there(&taken),
                "{}: this is already there, and training overwrites nothing; name another folder, or \
                 add `--resume` to go on with an unfinished run",
                taken.display()
            );
        }
        Ok(run)
    }

    /// The folder of a run that stopped after its first checkpoint and before its end.
    ///
    /// # Errors
    /// A run that has no checkpoint, is finished, or that another process goes on with.
    pub(super) fn resume(folder: &Path) -> Result<Self> {
        let run = Self::at(folder)?;
        ensure!(
            !run.weights().exists(),
            "{}: the run is finished, there is nothing to resume",
            run.weights().display()
        );
        ensure!(
            run.manifest().exists(),
            "{}: expected the checkpoint of a run to resume, found none; begin the run without \
             `--resume`",
            run.checkpoint().display()
        );
        Ok(run)
    }

    fn at(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            _lock: FolderLock::alone(folder)?,
        })
    }

    /// The rows of the log.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// The folder of the checkpoint.
    pub(super) fn checkpoint(&self) -> PathBuf {
        self.folder.join(CHECKPOINT)
    }

    fn manifest(&self) -> PathBuf {
        manifest(&self.folder)
    }

    fn weights(&self) -> PathBuf {
        self.folder.join(WEIGHTS)
    }

    /// Draws the curves of the run with these settings from its log.
    ///
    /// # Errors
    /// A log that cannot be read or drawn, files that cannot be written.
    pub(super) fn draw(&self, settings: &Dpo) -> Result<()> {
        Curves::read(&self.log(), settings)?.write(&self.folder)
    }

    /// Writes the tuned model with every file of `base` that says how texts are read and where they end, byte for
    /// byte. The weights come last: a folder that has them is a finished run.
    ///
    /// # Errors
    /// Files that cannot be read or written.
    pub(super) fn finish(&self, model: &Transformer, base: &Path) -> Result<()> {
        for from in tokenizer_files(base) {
            let bytes =
                fs::read(&from).with_context(|| format!("{}: cannot be read", from.display()))?;
            let name = from.file_name().unwrap_or_default();
            write_atomically(&self.folder.join(name), &bytes)?;
        }
        Ok(save(model, &self.weights())?)
    }
}
