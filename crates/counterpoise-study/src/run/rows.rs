//! Running the rows: each intervention applied, its text generated and scored.

use std::borrow::Cow;
use std::collections::BTreeMap;

use counterpoise_eval::{Continuations, Evaluation, Generation, Progress, continue_prompts};
use counterpoise_groups::{NeuronTable, Role};
use counterpoise_intervene::{Prepared, Subject};
use counterpoise_model::{LastToken, Transformer};
use counterpoise_score::TextScore;
use serde::Serialize;

use super::RunState;
use super::models::{BothModels, LazyModel, Runner};
use super::outputs::Outputs;
use crate::error::{Result, StudyError};
use crate::evaluate::evaluate;
use crate::measure::{MeasuredModel, layer_means, mlp_out_recorder};
use crate::row::{Outcome, RowPlan, RowResults};
use crate::study::{PaperRow, StudyIntervention};

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
        for (index, intervention) in self.planned(context.model.role(), context.plan) {
            let part = format!("row-{}", intervention.name);
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
                row = state.steps.run(format!("row {}", row.name), || {
                    let (outputs, progress) = (&mut state.outputs, &mut *state.progress);
                    self.row(intervention, row, model, &context, outputs, progress)
                })?;
                if row.failure().is_none() {
                    state.unfinished.keep(&part, &state.steps, &row.outcome)?;
                }
            }
            rows.push((index, row));
        }
        Ok(rows)
    }

    fn planned(
        &self,
        role: Role,
        plan: RowPlan,
    ) -> impl Iterator<Item = (usize, &StudyIntervention)> {
        let interventions = self.study.interventions.iter().enumerate();
        interventions.filter(move |(_, row)| row.model == role && self.is_planned(row, plan))
    }

    fn is_planned(&self, row: &StudyIntervention, plan: RowPlan) -> bool {
        match plan {
            RowPlan::Score => true,
            RowPlan::RecordForFigures => self.is_shown(row),
            RowPlan::None => false,
        }
    }

    /// Whether a figure shows the row's layer projections.
    fn is_shown(&self, row: &StudyIntervention) -> bool {
        let mut figures = self.study.figures.iter();
        figures.any(|figure| figure.part.shown_row() == Some(&row.name))
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
        let subject = Subject::measured(model, context.table)?
            .with_probe(&self.inputs.probe)
            .with_prompts(&self.inputs.prompts.tokens)
            .with_models(&models)
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
            self.score(&prepared, &written, &mut row, outputs, progress)?;
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
        let shown = self.is_shown(intervention);
        if PaperRow::of(&intervention.does) == Some(PaperRow::None) {
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
            &self.inputs.prompts.tokens,
            &self.decoding(last_token),
            &mut hooks,
            progress,
        )?;
        drop(hooks);
        if shown {
            let probe = &self.inputs.probe;
            row.outcome.layers = Some(layer_means(&recorder, &prepared.model, probe)?);
        }
        Ok(Cow::Owned(continuations))
    }

    /// Fills in the row's scores and writes its generations.
    fn score(
        &self,
        prepared: &Prepared,
        written: &Continuations,
        row: &mut RowResults,
        outputs: &mut Outputs,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let name = row.name.clone();
        let mut evaluation = Evaluation {
            what: &name,
            model: &prepared.model,
            edits: &prepared.edits,
            tokenizer: &self.inputs.model.tokenizer,
            sizes: self.study.decoding,
            continuations: written,
            progress,
        };
        let evaluated = evaluate(&self.inputs.metrics, &mut evaluation);
        row.outcome.scores = evaluated.scores;
        let texts = &self.inputs.prompts.texts;
        let generations = generations(written, texts, &evaluated.per_continuation);
        outputs.generations(&row.name, generations)
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
