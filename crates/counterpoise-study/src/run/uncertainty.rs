//! How far what a run reports of its neurons would move: measured between the models and the rows.

use std::path::PathBuf;

use counterpoise_eval::{Continuations, Progress, progress};
use counterpoise_groups::{NeuronTable, Role};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::RunState;
use super::models::{LazyModel, MeasuredOnPrompts, Runner};
use crate::error::Result;
use crate::forced::forced_means;
use crate::uncertainty::{
    NullDraws, NullResults, Pair, PromptSums, ShrinkageResults, UncertaintyResults, intervals,
    random_directions, shrinkage, shrunk_null, shuffled_labels, write_projections,
};

/// The tuned model's means over what the base model wrote, as a part of the run.
pub(super) const FORCED_TEXT: &str = "forced-text";
/// Intervals and shrinkage, as a part of the run.
pub(super) const INTERVALS: &str = "intervals";
/// The null of shuffled labels, as a part of the run.
pub(super) const LABELS: &str = "labels";
/// The null of random directions, as a part of the run.
pub(super) const DIRECTIONS: &str = "directions";

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
        let part = directions_part(role);
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
        if let Some(means) = state.unfinished.take(FORCED_TEXT, &mut state.steps)? {
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
        state.unfinished.keep(FORCED_TEXT, &state.steps, &means)?;
        Ok(means)
    }

    /// Intervals, nulls and the measures of shrinkage.
    ///
    /// # Errors
    /// What was kept of the models that cannot be read, or is damaged.
    pub(super) fn moves(
        &self,
        kept: &KeptSums<'_>,
        forced: &[f64],
        state: &mut RunState<'_>,
    ) -> Result<Moves> {
        let (uncertainty, shrinkage) = self.intervals(kept, forced, state)?;
        Ok(Moves {
            uncertainty,
            nulls: NullResults {
                labels: self.labels(kept, state)?,
                directions: self.directions_drawn(kept, state)?,
                shrinkage: shrunk_null(&kept.pair),
            },
            shrinkage,
        })
    }

    /// Intervals over prompts, and the measures of shrinkage with theirs.
    pub(super) fn intervals(
        &self,
        kept: &KeptSums<'_>,
        forced: &[f64],
        state: &mut RunState<'_>,
    ) -> Result<(UncertaintyResults, ShrinkageResults)> {
        let (pair, what) = (&kept.pair, "intervals over prompts");
        once(INTERVALS, what, state, |progress| {
            let sums = [&mut kept.open(0)?, &mut kept.open(1)?];
            let (uncertainty, moments) =
                progress::step(progress, what, kept.neurons(), |advance| {
                    intervals(pair, sums, advance)
                })?;
            let own = pair.measured[1].mean_activation.concat();
            let shrinkage = ShrinkageResults {
                own_text: shrinkage(pair.table, &own, &moments),
                forced_text: shrinkage(pair.table, forced, &[]),
                forced_tokens: kept.of[0].model.positions,
            };
            Ok((uncertainty, shrinkage))
        })
    }

    /// What comes out when the models' labels are shuffled, if the study asks for it.
    pub(super) fn labels(
        &self,
        kept: &KeptSums<'_>,
        state: &mut RunState<'_>,
    ) -> Result<Option<NullDraws>> {
        let what = "shuffled labels";
        asked(self.study.nulls.label_shuffles, |shuffles| {
            once(LABELS, what, state, |progress| {
                let sums = [&mut kept.open(0)?, &mut kept.open(1)?];
                progress::step(progress, what, kept.neurons(), |advance| {
                    shuffled_labels(&kept.pair, sums, shuffles, advance)
                })
            })
        })
    }

    /// What comes out along random directions, if the study asks for it.
    pub(super) fn directions_drawn(
        &self,
        kept: &KeptSums<'_>,
        state: &mut RunState<'_>,
    ) -> Result<Option<NullDraws>> {
        asked(self.study.nulls.directions, |directions| {
            let files = [Role::Base, Role::Tuned];
            let files = files.map(|role| state.unfinished.file(&directions_file(role)));
            once(DIRECTIONS, "random directions", state, |_| {
                random_directions(&kept.pair, directions, [&files[0], &files[1]])
            })
        })
    }
}

/// What was kept of both models on each prompt.
pub(super) struct KeptSums<'a> {
    of: [&'a MeasuredOnPrompts; 2],
    paths: [PathBuf; 2],
    pair: Pair<'a>,
}

impl<'a> KeptSums<'a> {
    /// That of the models in `of`, the base model first.
    pub(super) fn new(
        runner: &Runner<'_>,
        of: [&'a MeasuredOnPrompts; 2],
        table: &'a NeuronTable,
        state: &RunState<'_>,
    ) -> Self {
        Self {
            of,
            paths: [Role::Base, Role::Tuned].map(|role| runner.prompt_sums(role, state)),
            pair: Pair {
                measured: of.map(|model| &model.model.neurons),
                table,
            },
        }
    }

    fn open(&self, model: usize) -> Result<PromptSums<'a>> {
        let of = self.of[model];
        PromptSums::open(&self.paths[model], &of.prompts, &of.model.neurons)
    }

    fn neurons(&self) -> u64 {
        self.pair.table.rows().len() as u64
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

/// What a model's value vectors write along random directions, as a part of the run.
pub(super) fn directions_part(role: Role) -> String {
    format!("directions-{role}")
}

fn directions_file(role: Role) -> String {
    format!("directions-{role}.f64")
}
