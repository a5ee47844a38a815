//! A tuned model that the study makes: whether it is made, and the files that it is made from.

use std::path::{Path, PathBuf};

use anyhow::Result;
use counterpoise_study::{Study, TUNED_FOLDER};

use super::finding::Finding;
use crate::studies;

/// Places the tuned model of a study that makes its own, in the run's usual folder. What is to be said of it where it is not
/// there, or is not what it was when it was made.
pub(super) fn place(study: &mut Study) -> Option<Finding> {
    const ROLE: &str = "tuned model";
    let tuning = study.tuning.as_ref()?;
    let out = studies::out(study, None);
    let folder = out.join(TUNED_FOLDER);
    let found = match study.base.exists() {
        true => tuning.part.find(&study.base, &folder),
        // That it is missing is told of the base model.
        false => Ok(None),
    };
    match found {
        Ok(Some(made)) => {
            study.tuned = out.join(&made.model);
            study.tuned_from = Some(made);
            None
        }
        Ok(None) => {
            let remark = "not made; `make tuned` and `replicate` make it".to_owned();
            Some(Finding::made(ROLE, &folder, Ok(remark)))
        }
        // A file of its own that is missing is told below.
        Err(_) if tuning.inputs.iter().any(|input| !input.exists()) => {
            let remark = "not made: a file that it is made from is missing".to_owned();
            Some(Finding::made(ROLE, &folder, Ok(remark)))
        }
        Err(error) => Some(Finding::wrong(ROLE, &folder, &error.in_full())),
    }
}

/// The files that the tuned model is made from.
///
/// # Errors
/// As for [`Finding::of`].
pub(super) fn inputs(study: &Study) -> Result<Vec<Finding>> {
    let Some(tuning) = &study.tuning else {
        return Ok(Vec::new());
    };
    let role = format!("tuned from {}", tuning.does.kind);
    let check = |input: &Path| {
        let checked = tuning.part.check(&study.base, input);
        checked.map_err(|error| error.in_full())
    };
    let finding = |input: &PathBuf| match input.is_dir() {
        true => Ok(Finding::of_folder(&role, input, check(input))),
        false => Finding::of(&role, input, || check(input)),
    };
    tuning.inputs.iter().map(finding).collect()
}
