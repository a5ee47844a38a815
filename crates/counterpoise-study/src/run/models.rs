//! Loading one of the study's models, and measuring it.

use std::cell::OnceCell;
use std::path::PathBuf;

use crate::error::{Context, Result, StudyError};
use burn::tensor::Device;
use counterpoise_eval::Reading;
use counterpoise_groups::Role;
use counterpoise_intervene::{InterveneError, Models};
use counterpoise_model::{Decoding, LastToken, Transformer};
use serde::{Deserialize, Serialize};

use super::{Inputs, RunState};
use crate::measure::{MeasuredModel, PromptRun, measure_prompts};
use crate::model_files::load_weights;
use crate::study::Study;
use crate::uncertainty::{PromptIndex, PromptSumsWriter};

/// A measured model, as a part of the run.
pub(super) fn measured_part(role: Role) -> String {
    format!("measured-{role}")
}

/// One model, measured, and what is kept of it prompt by prompt.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MeasuredOnPrompts {
    /// The means and what follows from them.
    pub(crate) model: MeasuredModel,
    /// What each row of the file of sums is.
    pub(crate) prompts: PromptIndex,
}

/// Runs the steps of a study: what every step works with: the study, its inputs, and the device.
#[derive(Clone, Copy)]
pub(crate) struct Runner<'a> {
    /// The study.
    pub(crate) study: &'a Study,
    /// Its inputs.
    pub(crate) inputs: &'a Inputs,
    /// Where models run.
    pub(crate) device: &'a Device,
    /// How prompts and texts are read.
    pub(crate) reading: Reading,
}

/// One of the study's models, loaded when it is first needed.
pub(super) struct LazyModel<'a> {
    runner: Runner<'a>,
    role: Role,
    loaded: OnceCell<Transformer>,
}

impl LazyModel<'_> {
    /// Which model it is.
    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// The model, loaded now unless it is already.
    ///
    /// # Errors
    /// Weights that are missing, broken or of another model.
    pub(super) fn get(&self, state: &mut RunState<'_>) -> Result<&Transformer> {
        if let Some(model) = self.loaded.get() {
            return Ok(model);
        }
        let RunState {
            steps, progress, ..
        } = state;
        let model = steps.run(format!("load {} model", self.role), || {
            self.load(&mut |text| progress.line(text))
        })?;
        Ok(self.loaded.get_or_init(|| model))
    }

    /// The same as part of another step; what is remarkable about its files was said when it was measured.
    fn get_quietly(&self) -> Result<&Transformer> {
        if let Some(model) = self.loaded.get() {
            return Ok(model);
        }
        let model = self.load(&mut |_| {})?;
        Ok(self.loaded.get_or_init(|| model))
    }

    fn load(&self, remark: &mut dyn FnMut(&str)) -> Result<Transformer> {
        let study = self.runner.study;
        let tuned = match self.role {
            Role::Base => None,
            Role::Tuned => Some(study.tuned.as_path()),
        };
        load_weights(&study.base, tuned, study.dtype, self.runner.device, remark)
    }
}

/// Both models, for interventions that ask for them: the one whose rows are run, and the other, loaded
/// when it is first asked for.
pub(super) struct BothModels<'a> {
    /// The model whose rows are run.
    pub(super) current: (Role, &'a Transformer),
    /// The other.
    pub(super) other: LazyModel<'a>,
}

impl Models for BothModels<'_> {
    fn get(&self, role: Role) -> Result<&Transformer, InterveneError> {
        let (current, model) = self.current;
        if role == current {
            return Ok(model);
        }
        let other = self.other.get_quietly();
        other.map_err(InterveneError::other)
    }
}

impl<'a> Runner<'a> {
    /// The model of this role, not loaded yet.
    pub(super) fn model(&self, role: Role) -> LazyModel<'a> {
        LazyModel {
            runner: *self,
            role,
            loaded: OnceCell::new(),
        }
    }
}

impl Runner<'_> {
    /// What a model does while it continues the challenge prompts, measured unless that is finished.
    ///
    /// # Errors
    /// As for [`measure`]; weights that cannot be loaded.
    pub(super) fn measured(
        &self,
        model: &LazyModel<'_>,
        state: &mut RunState<'_>,
    ) -> Result<MeasuredOnPrompts> {
        let part = measured_part(model.role());
        if let Some(measured) = state.unfinished.take(&part, &mut state.steps)? {
            return Ok(measured);
        }
        let what = format!("measure {} model", model.role());
        let sums = self.prompt_sums(model.role(), state);
        let model = model.get(state)?;
        let measured = state.steps.run(what.as_str(), || {
            let run = PromptRun {
                what: &what,
                model,
                tokenizer: &self.inputs.model.tokenizer,
                prompts: &self.reading.measured(&self.inputs.prompts.tokens),
                decoding: &self.decoding(LastToken::Fed),
                attribution: self.study.attribution,
            };
            let mut sums = PromptSumsWriter::create(&sums)?;
            let model = measure_prompts(run, &self.inputs.probe, &mut sums, state.progress)
                .with_context(|| self.study.prompts.display().to_string())?;
            Ok::<_, StudyError>(MeasuredOnPrompts {
                model,
                prompts: sums.finish()?,
            })
        })?;
        state.unfinished.keep(&part, &state.steps, &measured)?;
        Ok(measured)
    }

    /// Where a model's activations are kept prompt by prompt.
    pub(super) fn prompt_sums(&self, role: Role, state: &RunState<'_>) -> PathBuf {
        state.unfinished.file(&format!("activations-{role}.f32"))
    }

    /// How prompts are continued in this study.
    pub(super) fn decoding(&self, last_token: LastToken) -> Decoding {
        self.study
            .decoding
            .greedy(&self.inputs.model.tokenizer, last_token)
    }
}
