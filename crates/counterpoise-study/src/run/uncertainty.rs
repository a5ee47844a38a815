//! How far what a run reports of its neurons would move: measured between the models and the rows.

use counterpoise_eval::{Continuations, Progress, progress};
use counterpoise_groups::{NeuronTable, Role};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::RunState;
use super::models::{LazyModel, MeasuredOnPrompts, Runner};
use crate::error::Result;
use crate::forced::forced_means;
use crate::uncertainty::{
    NullResults, Pair, PromptSums, ShrinkageResults, UncertaintyResults, intervals,
    random_directions, shrinkage, shrunk_null, shuffled_labels, write_projections,
};

/// What was found out.
#[derive(Clone, Debug)]
pub(super) struct Moves {
    pub(super) uncertainty: UncertaintyResults,
    pub(super) nulls: NullResults,
    pub(super) shrinkage: ShrinkageResults,
}

impl Runner<'_> {
    /// Keeps what `model`'s value vectors write along random directions, unless that is finished or the study asks for
    /// none.
    ///
    /// # Errors
    /// Weights that cannot be loaded or read; a file that cannot be written.
    pub(super) fn project_randomly(
        &self,
        model: &LazyModel<'_>,
        state: &mut RunState<'_>,
    ) -> Result<()> {
        let (role, directions) = (model.role(), self.study.nulls.directions);
        let part = format!("directions-{role}");
        if directions == 0
            || state
                .unfinished
                .take::<()>(&part, &mut state.steps)?
                .is_some()
        {
            return Ok(());
        }
        let path = state.unfinished.file(&directions_file(role));
        let model = model.get(state)?;
        let what = format!("project {role} model onto {directions} random directions");
        state
            .steps
            .run(what, || write_projections(model, directions, &path))?;
        state.unfinished.keep(&part, &state.steps, ())
    }

    /// The tuned model's mean activations over what the base model wrote, in table order.
    ///
    /// # Errors
    /// As for [`forced_means`]; weights that cannot be loaded.
    pub(super) fn forced(
        &self,
        model: &LazyModel<'_>,
        written: &Continuations,
        state: &mut RunState<'_>,
    ) -> Result<Vec<f64>> {
        let part = "forced-text";
        if let Some(means) = state.unfinished.take(part, &mut state.steps)? {
            return Ok(means);
        }
        let model = model.get(state)?;
        let what = "read the base model's text by the tuned model";
        let means = state.steps.run(what, || {
            forced_means(
                what,
                model,
                &self.reading.measured(&self.inputs.prompts.tokens),
                &written.tokens,
                self.study.decoding.batch_size,
                state.progress,
            )
        })?;
        let means = means.concat();
        state.unfinished.keep(part, &state.steps, &means)?;
        Ok(means)
    }

    /// Intervals, nulls and the measures of shrinkage.
    ///
    /// # Errors
    /// What was kept of the models that cannot be read, or is damaged.
    pub(super) fn moves(
        &self,
        on_prompts: [&MeasuredOnPrompts; 2],
        table: &NeuronTable,
        forced: &[f64],
        state: &mut RunState<'_>,
    ) -> Result<Moves> {
        let pair = Pair {
            measured: on_prompts.map(|model| &model.model.neurons),
            table,
        };
        let paths = [Role::Base, Role::Tuned].map(|role| self.prompt_sums(role, state));
        let open = |index: usize| {
            let of = on_prompts[index];
            PromptSums::open(&paths[index], &of.prompts, &of.model.neurons)
        };
        let neurons = table.rows().len() as u64;
        let settings = self.study.nulls;
        let what = "intervals over prompts";
        let (uncertainty, shrinkage) = once("intervals", what, state, |progress| {
            let sums = [&mut open(0)?, &mut open(1)?];
            let (uncertainty, moments) = progress::step(progress, what, neurons, |advance| {
                intervals(&pair, sums, advance)
            })?;
            let own = pair.measured[1].mean_activation.concat();
            let shrinkage = ShrinkageResults {
                own_text: shrinkage(table, &own, &moments),
                forced_text: shrinkage(table, forced, &[]),
                forced_tokens: on_prompts[0].model.positions,
            };
            Ok((uncertainty, shrinkage))
        })?;
        let what = "shuffled labels";
        let labels = asked(settings.label_shuffles, |shuffles| {
            once("labels", what, state, |progress| {
                let sums = [&mut open(0)?, &mut open(1)?];
                progress::step(progress, what, neurons, |advance| {
                    shuffled_labels(&pair, sums, shuffles, advance)
                })
            })
        })?;
        let directions = asked(settings.directions, |directions| {
            let files = [Role::Base, Role::Tuned];
            let files = files.map(|role| state.unfinished.file(&directions_file(role)));
            once("directions", "random directions", state, |_| {
                random_directions(&pair, directions, [&files[0], &files[1]])
            })
        })?;
        Ok(Moves {
            uncertainty,
            nulls: NullResults {
                directions,
                labels,
                shrinkage: shrunk_null(&pair),
            },
            shrinkage,
        })
    }
}

/// The part `name`, taken or made in a step called `what`.
fn once<T: Serialize + DeserializeOwned>(
    name: &str,
    what: &str,
    state: &mut RunState<'_>,
    make: impl FnOnce(&mut dyn Progress) -> Result<T>,
) -> Result<T> {
    if let Some(found) = state.unfinished.take(name, &mut state.steps)? {
        return Ok(found);
    }
    let found = state.steps.run(what, || make(&mut *state.progress))?;
    state.unfinished.keep(name, &state.steps, &found)?;
    Ok(found)
}

/// What `draw` draws, unless 0 draws are asked for.
fn asked<T>(draws: usize, draw: impl FnOnce(usize) -> Result<T>) -> Result<Option<T>> {
    match draws {
        0 => Ok(None),
        draws => draw(draws).map(Some),
    }
}

fn directions_file(role: Role) -> String {
    format!("directions-{role}.f64")
}
