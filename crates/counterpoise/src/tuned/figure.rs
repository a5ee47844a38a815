//! The figure of how a study's tuned model was made.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use counterpoise_registry::{Description, RegistryError};
use counterpoise_study::{FigureContext, FigureKind, StudyError};
use serde::{Deserialize, Serialize};

use crate::training::{Curves, LOG};

/// `kind = "tuning_curves"`: loss, accuracy and margin of the run that made a study's tuned model, from its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TuningCurves {}

impl FigureKind for TuningCurves {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("tuning_curves", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>, StudyError> {
        let curves = curves_of(context).map_err(StudyError::other)?;
        let mut written = Vec::new();
        for figure in &curves.figures {
            written.extend(context.draw(figure, std::slice::from_ref(&curves.caption))?);
        }
        Ok(written)
    }
}

/// The curves of the run that made the tuned model of a study.
fn curves_of(context: &FigureContext<'_>) -> Result<Curves> {
    let made = context.results.tuned_from.as_ref();
    let made = made.context("the study does not make its tuned model")?;
    let step = made.steps.last().context("no step is recorded")?;
    let settings = serde_json::from_value(step.settings["dpo"].clone());
    let settings = settings.context("the settings of DPO that are recorded")?;
    let log = Path::new(&made.model).join(LOG);
    // A run under another protocol lies in the folder of the study's own.
    let folder = context.run_folder();
    let places = [Some(folder), folder.parent()];
    let mut places = places.into_iter().flatten().map(|place| place.join(&log));
    let found = places.find(|path| path.exists());
    Curves::read(&found.unwrap_or_else(|| folder.join(&log)), &settings)
}
