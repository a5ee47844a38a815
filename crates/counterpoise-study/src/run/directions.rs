//! What the pair reduces along the study's other directions, once in a run.

use counterpoise_groups::{NeuronTable, Role};
use counterpoise_intervene::Subject;
use counterpoise_model::Transformer;
use counterpoise_probe::{Probe, ValueProjections, value_projections};

use super::RunState;
use super::models::Runner;
use crate::attribution::DirectionResults;
use crate::error::Result;
use crate::measure::MeasuredModel;
use crate::study::StudyDirection;

/// It, as a part of the run.
pub(super) const LISTED_DIRECTIONS: &str = "listed-directions";

impl Runner<'_> {
    /// What both models' neurons reduce along each direction that the study lists, unless that is finished. The directions are
    /// the base model's. Both are loaded again for them, one after the other.
    ///
    /// # Errors
    /// Weights that cannot be loaded or read; directions that do not fit the model; a file that cannot be written.
    pub(super) fn directions(
        &self,
        measured: [&MeasuredModel; 2],
        table: &NeuronTable,
        state: &mut RunState<'_>,
    ) -> Result<Vec<DirectionResults>> {
        if self.study.directions.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(found) = state.unfinished.take(LISTED_DIRECTIONS, &mut state.steps)? {
            return Ok(found);
        }
        let base_model = self.model(Role::Base);
        let base = base_model.get(state)?;
        let listed = &self.study.directions;
        let made = state.steps.run("directions in the base model", || {
            let made = |direction| self.made(direction, base, table);
            listed.iter().map(made).collect::<Result<Vec<_>>>()
        })?;
        drop(base_model);
        let tuned_model = self.model(Role::Tuned);
        let tuned = tuned_model.get(state)?;
        let found = state.steps.run("directions in the tuned model", || {
            let measured = measured.map(|model| &model.neurons);
            let each = listed.iter().zip(made);
            let found = each.map(|(direction, (vectors, base))| {
                let projected = [base, along(tuned, &vectors)?];
                let named = (direction.name.as_str(), &direction.written);
                DirectionResults::of(named, &vectors, &self.inputs.probe, measured, projected)
            });
            found.collect::<Result<Vec<_>>>()
        })?;
        state
            .unfinished
            .keep(LISTED_DIRECTIONS, &state.steps, &found)?;
        Ok(found)
    }

    /// The vectors of a direction, and what the base model's value vectors project onto them.
    fn made(
        &self,
        direction: &StudyDirection,
        base: &Transformer,
        table: &NeuronTable,
    ) -> Result<(Vec<Probe>, Vec<ValueProjections>)> {
        let subject = Subject::measured(base, table)?
            .with_probe(&self.inputs.probe)
            .with_tokenizer(&self.inputs.model.tokenizer);
        let vectors = direction.source.vectors(base, &subject)?;
        let probe = |vector: Vec<f64>| Ok(Probe::new(vector.iter().map(|&x| x as f32).collect())?);
        let vectors = vectors.into_iter().map(probe);
        let vectors: Vec<Probe> = vectors.collect::<Result<_>>()?;
        let projected = along(base, &vectors)?;
        Ok((vectors, projected))
    }
}

fn along(model: &Transformer, directions: &[Probe]) -> Result<Vec<ValueProjections>> {
    let each = directions.iter();
    each.map(|one| Ok(value_projections(model, one)?)).collect()
}
