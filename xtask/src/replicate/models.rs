//! Loading one of the study's models, and measuring it.

use anyhow::{Context, Result};
use burn::tensor::Device;
use counterpoise_model::{Decoding, Gpt2, LastToken};

use super::inputs::Inputs;
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

impl Bench<'_> {
    /// Loads a model's weights.
    ///
    /// # Errors
    /// Weights that are missing, broken or of another model.
    pub(super) fn load(&self, role: ModelRole, steps: &mut Steps) -> Result<Gpt2> {
        let state = match role {
            ModelRole::Base => None,
            ModelRole::Tuned => Some(self.study.tuned.as_path()),
        };
        steps.run(format!("load {role} model"), || {
            load_weights(&self.study.base, state, self.device)
        })
    }

    /// Measures a model while it continues the challenge prompts.
    ///
    /// # Errors
    /// As for [`measure`].
    pub(super) fn measure(
        &self,
        role: ModelRole,
        model: &Gpt2,
        steps: &mut Steps,
    ) -> Result<MeasuredModel> {
        let what = format!("measure {role} model");
        steps.run(what.as_str(), || {
            measure(
                &what,
                model,
                &self.inputs.model.tokenizer,
                &self.inputs.prompts.tokens,
                &self.decoding(LastToken::Fed),
                &self.inputs.probe,
            )
            .with_context(|| self.study.prompts.display().to_string())
        })
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
