//! Loading one of the study's models, and measuring it.

use std::cell::OnceCell;

use crate::error::{Context, Result};
use burn::tensor::Device;
use counterpoise_model::{Decoding, Gpt2, LastToken};

use super::{Inputs, RunState};
use crate::continuations::greedy;
use crate::measure::{MeasuredModel, measure};
use crate::model_files::load_weights;
use crate::steps::Steps;
use crate::study::{Role, Study};

/// Runs the steps of a study: what every step works with: the study, its inputs, and the device.
#[derive(Clone, Copy)]
pub(crate) struct Runner<'a> {
    /// The study.
    pub(crate) study: &'a Study,
    /// Its inputs.
    pub(crate) inputs: &'a Inputs,
    /// Where models run.
    pub(crate) device: &'a Device,
}

/// One of the study's models, loaded when it is first needed.
pub(super) struct LazyModel<'a> {
    runner: Runner<'a>,
    role: Role,
    loaded: OnceCell<Gpt2>,
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
    pub(super) fn get(&self, steps: &mut Steps) -> Result<&Gpt2> {
        if let Some(model) = self.loaded.get() {
            return Ok(model);
        }
        let model = self.runner.load(self.role, steps)?;
        Ok(self.loaded.get_or_init(|| model))
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
    fn load(&self, role: Role, steps: &mut Steps) -> Result<Gpt2> {
        let state = match role {
            Role::Base => None,
            Role::Tuned => Some(self.study.tuned.as_path()),
        };
        steps.run(format!("load {role} model"), || {
            load_weights(&self.study.base, state, self.device)
        })
    }

    /// What a model does while it continues the challenge prompts, measured unless that is finished.
    ///
    /// # Errors
    /// As for [`measure`]; weights that cannot be loaded.
    pub(super) fn measured(
        &self,
        model: &LazyModel<'_>,
        state: &mut RunState<'_>,
    ) -> Result<MeasuredModel> {
        let part = format!("measured-{}", model.role());
        if let Some(measured) = state.unfinished.take(&part, &mut state.steps)? {
            return Ok(measured);
        }
        let what = format!("measure {} model", model.role());
        let model = model.get(&mut state.steps)?;
        let measured = state.steps.run(what.as_str(), || {
            measure(
                &what,
                model,
                &self.inputs.model.tokenizer,
                &self.inputs.prompts.tokens,
                &self.decoding(LastToken::Fed),
                &self.inputs.probe,
                state.progress,
            )
            .with_context(|| self.study.prompts.display().to_string())
        })?;
        state.unfinished.keep(&part, &state.steps, &measured)?;
        Ok(measured)
    }

    /// How prompts are continued in this study.
    pub(super) fn decoding(&self, last_token: LastToken) -> Decoding {
        greedy(
            self.study.decoding,
            self.inputs.model.tokenizer.end_tokens(),
            last_token,
        )
    }
}
