//! `[tuned] from = "dpo"`: a study's tuned model, made of labelled comments and a text.
//!
//! comments → attribute head → preference pairs by PPLM → DPO, by the functions of the commands `train attribute`,
//! `make pairs` and `train dpo`.

mod chain;
mod command;
mod figure;
mod settings;
mod step;

use std::path::{Path, PathBuf};

use counterpoise_data::{FolderLock, read_comments, read_pairs, read_text};
use counterpoise_model::Config;
use counterpoise_registry::{Description, RegistryError};
use counterpoise_study::{ChosenDevice, FigureKind, Progress, StudyError, TunedKind, TunedRecord};
use counterpoise_train::AttributeHead;

use chain::{Chain, Making};
pub(crate) use command::{TunedArgs, run};
pub(crate) use figure::TuningCurves;
pub(crate) use settings::{FromDpo, read};

/// What studies call it.
pub(crate) const KIND: &str = "dpo";

impl TunedKind for FromDpo {
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        self.files()
    }

    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of(KIND, &self.described())
    }

    fn check(&self, base: &Path, input: &Path) -> Result<String, StudyError> {
        let role = self.role(input);
        Ok(match role {
            "comments" => format!("{} comments", read_comments(input)?.comments.len()),
            "pairs" => format!("{} pairs", read_pairs(input)?.len()),
            "head" => {
                let width = Config::read(base)?.d_model;
                AttributeHead::read(input, width).map_err(StudyError::other)?;
                format!("{width} wide")
            }
            _ => format!("{} characters", read_text(input)?.chars().count()),
        })
    }

    fn figures(&self) -> Vec<Box<dyn FigureKind>> {
        vec![Box::new(TuningCurves {})]
    }

    fn make(
        &self,
        base: &Path,
        folder: &Path,
        device: &ChosenDevice,
        progress: &mut dyn Progress,
    ) -> Result<TunedRecord, StudyError> {
        let _lock = FolderLock::alone(folder)?;
        let making = Making { device, progress };
        let made = Chain::new(base, folder, Some(making)).and_then(|chain| chain.run(self));
        match made.map_err(StudyError::other)? {
            Some(made) => Ok(made),
            None => unreachable!("a step that is missing is made"),
        }
    }

    fn find(&self, base: &Path, folder: &Path) -> Result<Option<TunedRecord>, StudyError> {
        let found = Chain::new(base, folder, None).and_then(|chain| chain.run(self));
        found.map_err(StudyError::other)
    }
}
