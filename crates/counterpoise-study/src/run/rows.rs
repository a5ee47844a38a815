//! Running the rows: each intervention applied, its text generated and scored.

use std::borrow::Cow;
use std::collections::BTreeMap;

use counterpoise_eval::{
    Continuations, Evaluation, Generation, Progress, Protocol, Reading, Turn, continue_prompts,
};
use counterpoise_groups::{NeuronTable, Role};
use counterpoise_intervene::{InterveneError, Prepared, StepRecords, Subject};
use counterpoise_model::{LastToken, ModelError, Transformer};
use counterpoise_score::{Score, TextScore};
use serde::Serialize;

use super::RunState;
use super::accumulated::{Again, accumulated};
use super::models::{BothModels, LazyModel, Runner};
use super::outputs::Outputs;
use super::shard::Shard;
use crate::error::{Result, StudyError};
use crate::evaluate::evaluate;
use crate::measure::{MeasuredModel, layer_means, mlp_out_recorder};
use crate::row::{Outcome, RowPlan, RowResults};
use crate::steps::Step;
use crate::study::{PaperRow, Study, StudyIntervention};

/// What the step of a row begins with.
const ROW: &str = "row ";

/// The name of a row among what a run has finished.
pub(super) fn row_part(row: &StudyIntervention) -> String {
    format!("row-{}", row.name)
}

/// What a model's rows are run on.
pub(super) struct RowContext<'a> {
    /// The model without intervention.
    pub(super) model: LazyModel<'a>,
    /// What it wrote without intervention, which a row without intervention shares.
    pub(super) measured: &'a MeasuredModel,
    /// What neurons are selected from.
    pub(super) table: &'a NeuronTable,
    /// Which rows are run.
    pub(super) plan: RowPlan,
    /// What the last row recorded of prompts, for the next.
    pub(super) records: StepRecords,
    /// Which of these are this process's.
    pub(super) shard: Shard,
}

impl Study {
    /// Whether a row is run.
    pub(super) fn is_planned(&self, row: &StudyIntervention, plan: RowPlan) -> bool {
        match plan {
            RowPlan::Score => true,
            RowPlan::RecordForFigures => self.is_shown(row),
            RowPlan::None => false,
        }
    }

    /// Whether a figure shows the row's layer projections.
    fn is_shown(&self, row: &StudyIntervention) -> bool {
        let mut figures = self.figures.iter();
        figures.any(|figure| figure.part.shown_row() == Some(&row.name))
    }
}

impl Runner<'_> {
    /// Runs the planned interventions on one model, which goes with it; each row with its place in
    /// the study. Rows that are finished are not run again; those that failed are.
    ///
    /// # Errors
    /// Generations that cannot be written. What fails within a row is in the row.
    pub(super) fn rows(
        &self,
        context: RowContext<'_>,
        state: &mut RunState<'_>,
    ) -> Result<Vec<(usize, RowResults)>> {
        let mut rows = Vec::new();
        let planned = self.planned(context.model.role(), context.plan);
        for (index, intervention) in planned.filter(|(index, _)| context.shard.takes(*index)) {
            let part = row_part(intervention);
            let mut row = RowResults::new(intervention);
            let generations = state.outputs.generations_path(&row.name);
            let scored = context.plan == RowPlan::Score;
            let finished = match scored && !generations.is_file() {
                true => None,
                false => state.unfinished.take::<Outcome>(&part, &mut state.steps)?,
            };
            if let Some(outcome) = finished {
                row.outcome = outcome;
                if scored {
                    state.outputs.note(generations);
                }
            } else {
                let model = context.model.get(state)?;
                row = state.steps.run(format!("{ROW}{}", row.name), || {
                    let (outputs, progress) = (&mut state.outputs, &mut *state.progress);
                    self.row(intervention, row, model, &context, outputs, progress)
                })?;
                if row.failure().is_none() {
                    state.unfinished.keep(&part, &state.steps, &row.outcome)?;
                }
                self.tell(&context, state);
            }
            rows.push((index, row));
        }
        Ok(rows)
    }

    /// Says which row has ended, and how long the others will take if they take as long as those so far.
    fn tell(&self, context: &RowContext<'_>, state: &mut RunState<'_>) {
        let interventions = self.study.interventions.iter().enumerate();
        let is_mine = |&(index, row): &(usize, _)| {
            context.shard.takes(index) && self.study.is_planned(row, context.plan)
        };
        let planned = interventions.filter(is_mine).count();
        let steps = state.steps.done().iter();
        let rows: Vec<&Step> = steps.filter(|step| step.name.starts_with(ROW)).collect();
        let Some(last) = rows.last() else {
            return;
        };
        let seconds = rows.iter().map(|row| row.seconds).sum::<f64>() / rows.len() as f64;
        let left = seconds * planned.saturating_sub(rows.len()) as f64;
        let line = format!(
            "{}: {:.1} s; {} of {planned} rows, about {} left",
            last.name,
            last.seconds,
            rows.len(),
            in_words(left)
        );
        state.progress.line(&line);
    }

    fn planned(
        &self,
        role: Role,
        plan: RowPlan,
    ) -> impl Iterator<Item = (usize, &StudyIntervention)> {
        let interventions = self.study.interventions.iter().enumerate();
        let is_planned = move |row: &_| self.study.is_planned(row, plan);
        interventions.filter(move |(_, row)| row.model == role && is_planned(row))
    }

    fn row(
        &self,
        intervention: &StudyIntervention,
        mut row: RowResults,
        model: &Transformer,
        context: &RowContext<'_>,
        outputs: &mut Outputs,
        progress: &mut dyn Progress,
    ) -> Result<RowResults> {
        let models = BothModels {
            current: (intervention.model, model),
            other: self.model(other(intervention.model)),
        };
        let prompts = self.reading.continued(&self.inputs.prompts.tokens);
        let decoding = self.decoding(LastToken::NotFed);
        let subject = Subject::measured(model, context.table)?
            .with_probe(&self.inputs.probe)
            .with_prompts(&prompts)
            .with_decoding(&decoding)
            .with_models(&models)
            .with_records(&context.records)
            .with_tokenizer(&self.inputs.model.tokenizer);
        let failed = |row: RowResults, reason: &str| row.failed(self.inputs.metric_names(), reason);
        let prepared = match intervention.intervention.prepare(model.clone(), &subject) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(failed(row, &StudyError::from(error).in_full())),
        };
        row.outcome.notes.clone_from(&prepared.notes);
        row.outcome.neurons = Some(prepared.neurons()).filter(|&neurons| neurons > 0);
        let written = match self.written(intervention, &prepared, context, &mut row, progress) {
            Ok(written) => written,
            Err(error) => return Ok(failed(row, &error.in_full())),
        };
        if context.plan == RowPlan::Score {
            let made = Made {
                intervention,
                model,
                subject: &subject,
                once: &prepared,
            };
            self.score(&made, &written, &mut row, outputs, progress)?;
        }
        Ok(row)
    }

    /// Continues the challenge prompts, recording the layer projections if a figure shows this row.
    fn written<'m>(
        &self,
        intervention: &StudyIntervention,
        prepared: &Prepared,
        context: &RowContext<'m>,
        row: &mut RowResults,
        progress: &mut dyn Progress,
    ) -> Result<Cow<'m, Continuations>> {
        let shown = self.study.is_shown(intervention);
        let untouched = PaperRow::of(&intervention.does) == Some(PaperRow::None);
        // As released, a model is measured on other prompts than it is scored on.
        if untouched && self.reading.protocol() == Protocol::Corrected {
            if shown {
                row.outcome.layers = Some(context.measured.layer_projections.clone());
            }
            return Ok(Cow::Borrowed(&context.measured.continuations));
        }
        let mut recorder = mlp_out_recorder(&prepared.model);
        let hooks = prepared.hooks();
        let (mut hooks, last_token) = match shown {
            true => (hooks.observe(&mut recorder), LastToken::Fed),
            false => (hooks, LastToken::NotFed),
        };
        let continuations = continue_prompts(
            &format!("{}: continuations", row.name),
            &prepared.model,
            &self.inputs.model.tokenizer,
            &self.reading.continued(&self.inputs.prompts.tokens),
            &self.decoding(last_token),
            &mut hooks,
            progress,
        )?;
        drop(hooks);
        if shown {
            let probe = &self.inputs.probe;
            let means = recorder.finish().map_err(ModelError::from)?;
            row.outcome.layers = Some(layer_means(&means, &prepared.model, probe)?);
        }
        Ok(Cow::Owned(continuations))
    }

    /// Fills in the row's scores and writes its generations.
    fn score(
        &self,
        made: &Made<'_>,
        written: &Continuations,
        row: &mut RowResults,
        outputs: &mut Outputs,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let name = row.name.clone();
        let mut per_continuation = Vec::new();
        for metric in &self.inputs.metrics {
            let turn = Turn::of(metric.name());
            let prepared = match made.by(turn, self.reading) {
                Ok(prepared) => prepared,
                Err(error) => {
                    let reason = StudyError::from(error).in_full();
                    row.outcome
                        .scores
                        .push(Score::missing(metric.name(), reason));
                    continue;
                }
            };
            let mut evaluation = Evaluation {
                what: &name,
                model: &prepared.model,
                edits: &self.reading.edits(&prepared.edits, turn),
                tokenizer: &self.inputs.model.tokenizer,
                sizes: self.study.decoding,
                reading: self.reading,
                continuations: written,
                progress: &mut *progress,
            };
            let evaluated = evaluate(std::slice::from_ref(metric), &mut evaluation);
            row.outcome.scores.extend(evaluated.scores);
            row.outcome.notes.extend(evaluated.notes);
            per_continuation.extend(evaluated.per_continuation);
        }
        row.outcome.notes.extend(made.note(self.reading));
        let texts = &self.inputs.prompts.texts;
        let generations = generations(written, texts, &per_continuation);
        outputs.generations(&row.name, generations)
    }
}

/// A row's intervention, made once.
struct Made<'a> {
    intervention: &'a StudyIntervention,
    /// The model without it.
    model: &'a Transformer,
    subject: &'a Subject<'a>,
    once: &'a Prepared,
}

impl Made<'_> {
    /// As it is by `turn`: made again before every metric as released, made once otherwise.
    fn by(&self, turn: Turn, reading: Reading) -> Result<Cow<'_, Prepared>, InterveneError> {
        let makings = match reading.protocol() {
            Protocol::Corrected => 1,
            Protocol::AsReleased => turn.makings(),
        };
        match self.again(makings) {
            Again::Other(again) if makings > 1 => {
                let prepared = again.prepare(self.model.clone(), self.subject)?;
                Ok(Cow::Owned(prepared))
            }
            _ => Ok(Cow::Borrowed(self.once)),
        }
    }

    fn again(&self, makings: u32) -> Again {
        let neurons = self.subject.n_layer * self.subject.d_mlp;
        accumulated(&self.intervention.does, makings, neurons)
    }

    /// What has to be known of it where edits are made again.
    fn note(&self, reading: Reading) -> Option<String> {
        let unknown = matches!(self.again(2), Again::NotReleased);
        (reading.protocol() == Protocol::AsReleased && unknown).then(|| {
            format!(
                "the released code has no edit of kind `{}`: it is made once, for every metric",
                self.intervention.does.kind
            )
        })
    }
}

const fn other(role: Role) -> Role {
    match role {
        Role::Base => Role::Tuned,
        Role::Tuned => Role::Base,
    }
}

/// A row of `generations/<intervention>.jsonl`: the continuation, and what metrics say of it alone.
#[derive(Debug, Serialize)]
struct ScoredGeneration<'a> {
    #[serde(flatten)]
    generation: Generation<'a>,
    #[serde(flatten)]
    values: BTreeMap<&'a str, Option<f64>>,
    /// Why values are missing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    missing: BTreeMap<&'a str, &'a str>,
}

fn generations<'a>(
    written: &'a Continuations,
    prompts: &'a [String],
    per_continuation: &'a [(&'a str, Vec<TextScore>)],
) -> impl Iterator<Item = ScoredGeneration<'a>> {
    let rows = written.rows(prompts).enumerate();
    rows.map(move |(index, generation)| ScoredGeneration {
        generation,
        values: (per_continuation.iter())
            .map(|(metric, values)| {
                (
                    *metric,
                    values.get(index).and_then(|value| value.clone().ok()),
                )
            })
            .collect(),
        missing: (per_continuation.iter())
            .filter_map(|(metric, values)| {
                Some((*metric, values.get(index)?.as_ref().err()?.as_str()))
            })
            .collect(),
    })
}

/// A time that is not known well, as `40 s` or `3 min`.
fn in_words(seconds: f64) -> String {
    match seconds < 90.0 {
        true => format!("{seconds:.0} s"),
        false => format!("{:.0} min", seconds / 60.0),
    }
}
