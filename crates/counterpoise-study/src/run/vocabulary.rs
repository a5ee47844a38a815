//! Reading vectors as tokens, once in a run.

use std::path::Path;

use counterpoise_data::write_atomically;
use counterpoise_eval::progress;
use counterpoise_groups::Measurements;

use super::RunState;
use super::models::{LazyModel, Runner};
use crate::attribution::{NEURON_TOKENS_FILE, VocabularyResults, neuron_tokens, vocabulary};
use crate::error::{Context, Result, StudyError};

/// It, as a part of the run.
pub(super) const VOCABULARY: &str = "vocabulary";

impl Runner<'_> {
    /// What the probe and the value vectors of the base model's most toxic `neurons` say in tokens, unless that is
    /// finished; `None` if the study does not ask for it.
    ///
    /// # Errors
    /// Weights that cannot be loaded or read; a file that cannot be written.
    pub(super) fn vocabulary(
        &self,
        model: &LazyModel<'_>,
        neurons: &Measurements,
        state: &mut RunState<'_>,
    ) -> Result<Option<VocabularyResults>> {
        let settings = self.study.attribution;
        if settings.vocabulary_neurons == 0 {
            return Ok(None);
        }
        if let Some(found) = state.unfinished.take(VOCABULARY, &mut state.steps)? {
            return Ok(found);
        }
        let model = model.get(state)?;
        let (tokenizer, probe) = (&self.inputs.model.tokenizer, &self.inputs.probe);
        let found = state.steps.run("read vectors as tokens", || {
            vocabulary(model, tokenizer, probe, neurons, settings)
        })?;
        state.unfinished.keep(VOCABULARY, &state.steps, &found)?;
        Ok(found)
    }

    /// Writes the nearest tokens of every value vector of the base model, unless that is finished or the study asks for
    /// none; what a run of the same models has in the folder `beside` is copied.
    ///
    /// # Errors
    /// Weights that cannot be loaded or read; a file that cannot be read or written.
    pub(super) fn neuron_tokens(
        &self,
        model: &LazyModel<'_>,
        beside: Option<&Path>,
        state: &mut RunState<'_>,
    ) -> Result<()> {
        let (part, each) = ("neuron-tokens", self.study.attribution.neuron_tokens);
        if each == 0 {
            return Ok(());
        }
        let path = state.outputs.folder().join(NEURON_TOKENS_FILE);
        if let Some(beside) = beside {
            let there = beside.join(NEURON_TOKENS_FILE);
            let bytes = std::fs::read(&there).with_context(|| there.display().to_string())?;
            write_atomically(&path, &bytes)?;
        } else if !path.is_file()
            || (state.unfinished.take::<()>(part, &mut state.steps)?).is_none()
        {
            let model = model.get(state)?;
            let tokenizer = &self.inputs.model.tokenizer;
            let what = "read every neuron as tokens";
            let neurons = (model.n_layer() * model.config().d_mlp) as u64;
            let RunState {
                steps, progress, ..
            } = state;
            steps.run(what, || {
                let found = progress::step(&mut **progress, what, neurons, |advance| {
                    neuron_tokens(model, tokenizer, each, advance)
                })?;
                found.write(&path)?;
                Ok::<_, StudyError>(())
            })?;
            state.unfinished.keep(part, &state.steps, ())?;
        }
        state.outputs.note(path);
        Ok(())
    }
}
