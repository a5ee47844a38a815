//! A tuned model that a study makes: what makes it, and what it was made from.

use std::fmt;
use std::path::{Path, PathBuf};

use counterpoise_eval::Progress;
use counterpoise_registry::{Description, RegistryError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::device::ChosenDevice;
use crate::error::{Result, refuse};
use crate::figures::FigureKind;
use crate::hashing::HashedFile;
use crate::study::Study;

/// The folder of a run in which its tuned model is made, step by step.
pub const TUNED_FOLDER: &str = "tuned";

/// What makes a tuned model of a base model, as a study names it by `from` in `[tuned]`.
///
/// Steps that are finished are found again by what they follow from, and one that was interrupted goes on.
pub trait TunedKind: fmt::Debug + Send + Sync {
    /// Every file it reads; relative ones are taken from the folder of the file that names them.
    fn inputs(&mut self) -> Vec<&mut PathBuf>;

    /// What it is: its kind and its parameters.
    ///
    /// # Errors
    /// Parameters that TOML cannot hold.
    fn describe(&self) -> Result<Description, RegistryError>;

    /// What is in one of its files, in a few words, once it is known to be good for a model tuned from `base`.
    ///
    /// # Errors
    /// A file that is broken.
    fn check(&self, base: &Path, input: &Path) -> Result<String>;

    /// Figures of how the model was made, which the study's report shows.
    fn figures(&self) -> Vec<Box<dyn FigureKind>> {
        Vec::new()
    }

    /// Makes in `folder` whatever is not there yet of the model tuned from `base`.
    ///
    /// # Errors
    /// Bad input; files that are not what they were when a step finished; a file that cannot be written.
    fn make(
        &self,
        base: &Path,
        folder: &Path,
        device: &ChosenDevice,
        progress: &mut dyn Progress,
    ) -> Result<TunedRecord>;

    /// The model tuned from `base` if `folder` has it; `None` if a step is missing.
    ///
    /// # Errors
    /// Files that cannot be read, or are not what they were when a step finished.
    fn find(&self, base: &Path, folder: &Path) -> Result<Option<TunedRecord>>;
}

/// What a tuned model was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TunedRecord {
    /// What made it, as the study names it.
    pub from: String,
    /// The model's folder, relative to that of the run.
    pub model: PathBuf,
    /// The steps, first to last.
    pub steps: Vec<TunedStep>,
}

/// One step on the way to a tuned model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TunedStep {
    /// What it is called.
    pub step: String,
    /// SHA-256 of its settings and inputs, and of the form of its output.
    pub key: String,
    /// Its settings, defaults included.
    pub settings: Value,
    /// The files it was made from.
    pub inputs: Vec<HashedFile>,
    /// The file it made.
    pub output: HashedFile,
}

impl Study {
    /// Makes the tuned model of a study that has none, in the folder `out` of its run, or finds it there. Nothing else happens
    /// where the study names its tuned model.
    ///
    /// # Errors
    /// As for [`TunedKind::make`].
    pub fn make_tuned(
        &mut self,
        out: &Path,
        device: &ChosenDevice,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        if let Some(tuning) = &self.tuning {
            let made = tuning
                .part
                .make(&self.base, &out.join(TUNED_FOLDER), device, progress)?;
            self.place_tuned(out, made);
        }
        Ok(())
    }

    /// Finds the tuned model that [`Study::make_tuned`] made in the folder `out`.
    ///
    /// # Errors
    /// As for [`TunedKind::find`]; a model that is not made.
    pub fn find_tuned(&mut self, out: &Path) -> Result<()> {
        let Some(tuning) = &self.tuning else {
            return Ok(());
        };
        let folder = out.join(TUNED_FOLDER);
        match tuning.part.find(&self.base, &folder)? {
            Some(made) => self.place_tuned(out, made),
            None => self.refuse_unmade(&folder)?,
        }
        Ok(())
    }

    fn place_tuned(&mut self, out: &Path, made: TunedRecord) {
        self.tuned = out.join(&made.model);
        self.tuned_from = Some(made);
    }

    /// # Errors
    /// A tuned model that is to be made and was neither made nor found.
    pub(crate) fn check_tuned(&self) -> Result<()> {
        match (&self.tuning, &self.tuned_from) {
            (Some(_), None) => self.refuse_unmade(&self.tuned),
            _ => Ok(()),
        }
    }

    fn refuse_unmade(&self, folder: &Path) -> Result<()> {
        let file = self.file.path.display();
        refuse!(
            "{}: expected the tuned model of {file}, which is not made there; `counterpoise make tuned --study {file}` makes it, \
             with the same `--out` if there is one",
            folder.display()
        )
    }
}
