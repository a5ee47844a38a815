//! Loading one of the study's models, and measuring it.

use std::cell::OnceCell;

use anyhow::{Context, Result};
use burn::tensor::Device;
use counterpoise_model::{Decoding, Gpt2, LastToken};

use super::inputs::Inputs;
use super::unfinished::Unfinished;
use crate::continuations::greedy;
use crate::measure::{MeasuredModel, measure};
use crate::model_files::load_weights;
use crate::resources::Steps;
use crate::study::{ModelRole, Study};

/// What every step works with: the study, its inputs, and the device.
#[derive(Clone, Copy)]
pub(crate) struct Bench<'a> {
    /// The study.
    pub(crate) study: &'a Study,
    /// Its inputs.
    pub(crate) inputs: &'a Inputs,
    /// Where models run.
    pub(crate) device: &'a Device,
}

/// One of the study's models, loaded when it is first needed.
pub(super) struct LazyModel<'a> {
    bench: Bench<'a>,
    role: ModelRole,
    loaded: OnceCell<Gpt2>,
}

impl LazyModel<'_> {
    /// Which model it is.
    pub(super) fn role(&self) -> ModelRole {
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
        let model = self.bench.load(self.role, steps)?;
        Ok(self.loaded.get_or_init(|| model))
    }
}

impl<'a> Bench<'a> {
    /// The model of this role, not loaded yet.
    pub(super) fn model(&self, role: ModelRole) -> LazyModel<'a> {
        LazyModel {
            bench: *self,
            role,
            loaded: OnceCell::new(),
        }
    }
}

impl Bench<'_> {
    fn load(&self, role: ModelRole, steps: &mut Steps) -> Result<Gpt2> {
        let state = match role {
            ModelRole::Base => None,
            ModelRole::Tuned => Some(self.study.tuned.as_path()),
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
        unfinished: &mut Unfinished,
        steps: &mut Steps,
    ) -> Result<MeasuredModel> {
        let part = format!("measured-{}", model.role());
        if let Some(measured) = unfinished.take(&part, steps)? {
            return Ok(measured);
        }
        let what = format!("measure {} model", model.role());
        let model = model.get(steps)?;
        let measured = steps.run(what.as_str(), || {
            measure(
                &what,
                model,
                &self.inputs.model.tokenizer,
                &self.inputs.prompts.tokens,
                &self.decoding(LastToken::Fed),
                &self.inputs.probe,
            )
            .with_context(|| self.study.prompts.display().to_string())
        })?;
        unfinished.keep(&part, steps, &measured)?;
        Ok(measured)
    }

    /// How prompts are continued in this study.
    pub(super) fn decoding(&self, last_token: LastToken) -> Decoding {
        greedy(
            self.study.decoding,
            self.inputs.model.end_of_text,
            last_token,
        )
    }
}
