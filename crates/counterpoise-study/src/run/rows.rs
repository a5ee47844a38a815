//! Running the rows: each intervention applied, its text generated and scored.

use std::borrow::Cow;

use counterpoise_eval::score_texts;
use counterpoise_groups::NeuronTable;
use counterpoise_intervene::{Prepared, Reading, Subject};
use counterpoise_model::{Gpt2, LastToken};
use counterpoise_report::{Note, Quantity};
use serde::Serialize;

use super::RunState;
use super::models::{LazyModel, Runner};
use super::outputs::Outputs;
use crate::continuations::{Continuations, Generation, continue_prompts};
use crate::error::Result;
use crate::measure::{MeasuredModel, layer_means, mlp_out_recorder};
use crate::progress::Progress;
use crate::row::{Outcome, RowPlan, RowResults, Score};
use crate::score::{samples_f1, text_perplexity};
use crate::study::{PaperRow, Role, StudyIntervention};

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
            RowPlan::RecordFigure1a => self.is_in_figure_1a(row),
            RowPlan::None => false,
        }
    }

    fn is_in_figure_1a(&self, row: &StudyIntervention) -> bool {
        row.name == self.study.figures.ablated
    }

    fn row(
        &self,
        intervention: &StudyIntervention,
        mut row: RowResults,
        model: &Gpt2,
        context: &RowContext<'_>,
        outputs: &mut Outputs,
        progress: &mut dyn Progress,
    ) -> Result<RowResults> {
        let subject = Subject::measured(model, context.table)?;
        let prepare = &intervention.intervention;
        let prepared = match prepare.prepare(model.clone(), &subject) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(row.failed(&error.to_string())),
        };
        row.outcome.neurons = Some(prepared.neurons()).filter(|&neurons| neurons > 0);
        let written = match self.written(intervention, &prepared, context, &mut row, progress) {
            Ok(written) => written,
            Err(error) => return Ok(row.failed(&error.in_full())),
        };
        if context.plan == RowPlan::Score {
            self.score(&prepared, &written, &mut row, outputs, progress)?;
        }
        Ok(row)
    }

    /// Continues the challenge prompts, recording what figure 1a shows if it shows this row.
    fn written<'m>(
        &self,
        intervention: &StudyIntervention,
        prepared: &Prepared,
        context: &RowContext<'m>,
        row: &mut RowResults,
        progress: &mut dyn Progress,
    ) -> Result<Cow<'m, Continuations>> {
        let recorded = self.is_in_figure_1a(intervention);
        if intervention.paper == Some(PaperRow::None) {
            if recorded {
                row.outcome.layers = Some(context.measured.layer_projections.clone());
            }
            return Ok(Cow::Borrowed(&context.measured.continuations));
        }
        let mut recorder = mlp_out_recorder(&prepared.model);
        let hooks = prepared.hooks(Reading::Generation);
        let (mut hooks, last_token) = match recorded {
            true => (hooks.observe(&mut recorder), LastToken::Fed),
            false => (hooks, LastToken::NotFed),
        };
        let continuations = continue_prompts(
            &format!("{}: toxicity", row.name),
            &prepared.model,
            &self.inputs.model.tokenizer,
            &self.inputs.prompts.tokens,
            &self.decoding(last_token),
            &mut hooks,
            progress,
        )?;
        drop(hooks);
        if recorded {
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
        let (toxicity, scores) = self.toxicity(written, row);
        outputs.generations(
            &row.name,
            generations(written, &self.inputs.prompts.texts, &scores),
        )?;
        row.outcome.scores.push(toxicity);
        let readings = [
            (Quantity::Perplexity, Reading::Text),
            (
                Quantity::PerplexityFirstPosition,
                Reading::TextFirstPosition,
            ),
        ];
        let wanted = if prepared.has_first_position_variant() {
            2
        } else {
            1
        };
        for (quantity, reading) in readings.into_iter().take(wanted) {
            let what = format!("{}: {quantity}", row.name);
            let sizes = self.study.perplexity;
            let found =
                text_perplexity(&what, prepared, reading, &self.inputs.text, sizes, progress);
            let found = found.map(|found| (found.perplexity, found.predicted));
            row.outcome.scores.push(score(quantity, found));
        }
        let f1 = samples_f1(
            &format!("{}: f1", row.name),
            prepared,
            &self.inputs.model.tokenizer,
            &self.inputs.samples,
            self.study.decoding,
            progress,
        );
        let f1 = f1.map(|f1| (f1, self.inputs.samples.prompts.len()));
        row.outcome.scores.push(score(Quantity::F1, f1));
        Ok(())
    }

    /// The row's toxicity and that of each continuation; texts that could not be scored are noted.
    fn toxicity(&self, written: &Continuations, row: &mut RowResults) -> (Score, Vec<Option<f64>>) {
        let scored = match score_texts(self.inputs.scorer.as_ref(), &written.texts) {
            Ok(scored) => scored,
            Err(error) => {
                let missing = Score::new(Quantity::Toxicity, Err(error.to_string()));
                return (missing, vec![None; written.texts.len()]);
            }
        };
        let mean = scored.toxicity;
        if mean.failed > 0 && mean.scored > 0 {
            let all = mean.scored + mean.failed;
            row.outcome.notes.push(Note {
                on: Quantity::Toxicity,
                text: format!("{} of {all} continuations could not be scored", mean.failed),
            });
        }
        let none = || "no continuation could be scored".to_owned();
        let found = mean.mean.map(|value| (value, mean.scored));
        let toxicity = Score::new(Quantity::Toxicity, found.ok_or_else(none));
        (toxicity, scored.scores)
    }
}

/// A score and over how many it is, or why it is missing.
fn score(metric: Quantity, found: Result<(f64, usize)>) -> Score {
    Score::new(metric, found.map_err(|error| error.in_full()))
}

/// A row of `generations/<intervention>.jsonl`.
#[derive(Debug, Serialize)]
struct ScoredGeneration<'a> {
    #[serde(flatten)]
    generation: Generation<'a>,
    score: Option<f64>,
}

fn generations<'a>(
    written: &'a Continuations,
    prompts: &'a [String],
    scores: &'a [Option<f64>],
) -> impl Iterator<Item = ScoredGeneration<'a>> {
    let rows = written.rows(prompts).zip(scores);
    rows.map(|(generation, &score)| ScoredGeneration { generation, score })
}
