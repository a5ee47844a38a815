//! Reading vectors as tokens, once in a run.

use counterpoise_groups::Measurements;

use super::RunState;
use super::models::{LazyModel, Runner};
use crate::attribution::{VocabularyResults, vocabulary};
use crate::error::Result;

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
}
