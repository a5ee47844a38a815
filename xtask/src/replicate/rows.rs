//! Running the rows: each intervention applied, its text generated and scored.

use std::borrow::Cow;

use anyhow::Result;
use counterpoise_eval::score_texts;
use counterpoise_groups::NeuronTable;
use counterpoise_intervene::{Prepared, Reading, Subject};
use counterpoise_model::{Gpt2, LastToken};
use counterpoise_report::{Note, Quantity};
use serde::Serialize;

use super::models::{Bench, LazyModel};
use super::outputs::Outputs;
use super::row::{Outcome, RowPlan, Score, ScoredRow};
use super::unfinished::Unfinished;
use crate::continuations::{Continuations, Generation, continue_prompts};
use crate::measure::{MeasuredModel, layer_means, mlp_out_recorder};
use crate::resources::Steps;
use crate::score::{samples_f1, text_perplexity};
use crate::study::{ModelRole, PaperRow, StudyIntervention};

/// What a model's rows are run on.
pub(super) struct Stand<'a> {
    /// The model without intervention.
    pub(super) model: LazyModel<'a>,
    /// What it wrote without intervention, which a row without intervention shares.
    pub(super) measured: &'a MeasuredModel,
    /// What neurons are selected from.
    pub(super) table: &'a NeuronTable,
    /// Which rows are run.
    pub(super) plan: RowPlan,
}

impl Bench<'_> {
    /// Runs the planned interventions on one model, which goes with it. Rows that are finished are
    /// not run again; those that failed are.
    ///
    /// # Errors
    /// Generations that cannot be written. What fails within a row is in the row.
    pub(super) fn rows(
        &self,
        stand: Stand<'_>,
        unfinished: &mut Unfinished,
        outputs: &mut Outputs,
        steps: &mut Steps,
    ) -> Result<Vec<ScoredRow>> {
        let mut rows = Vec::new();
        for (index, intervention) in self.planned(stand.model.role(), stand.plan) {
            let part = format!("row-{}", intervention.name);
            let mut row = ScoredRow::new(index, intervention);
            let generations = outputs.generations_path(&row.name);
            let scored = stand.plan == RowPlan::Score;
            let finished = match scored && !generations.is_file() {
                true => None,
                false => unfinished.take::<Outcome>(&part, steps)?,
            };
            if let Some(outcome) = finished {
                row.outcome = outcome;
                if scored {
                    outputs.note(generations);
                }
            } else {
                let model = stand.model.get(steps)?;
                row = steps.run(format!("row {}", row.name), || {
                    self.row(intervention, row, model, &stand, outputs)
                })?;
                if row.failure().is_none() {
                    unfinished.keep(&part, steps, &row.outcome)?;
                }
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn planned(
        &self,
        role: ModelRole,
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
        row.name == *self.study.figures.ablated.get_ref()
    }

    fn row(
        &self,
        intervention: &StudyIntervention,
        mut row: ScoredRow,
        model: &Gpt2,
        stand: &Stand<'_>,
        outputs: &mut Outputs,
    ) -> Result<ScoredRow> {
        let subject = Subject::measured(model, stand.table)?;
        let prepare = &intervention.intervention;
        let prepared = match prepare.prepare(model.clone(), &subject) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(row.failed(&error.to_string())),
        };
        row.outcome.neurons = Some(prepared.neurons()).filter(|&neurons| neurons > 0);
        let written = match self.written(intervention, &prepared, stand, &mut row) {
            Ok(written) => written,
            Err(error) => return Ok(row.failed(&format!("{error:#}"))),
        };
        if stand.plan == RowPlan::Score {
            self.score(&prepared, &written, &mut row, outputs)?;
        }
        Ok(row)
    }

    /// Continues the challenge prompts, recording what figure 1a shows if it shows this row.
    fn written<'m>(
        &self,
        intervention: &StudyIntervention,
        prepared: &Prepared,
        stand: &Stand<'m>,
        row: &mut ScoredRow,
    ) -> Result<Cow<'m, Continuations>> {
        let recorded = self.is_in_figure_1a(intervention);
        if intervention.paper == Some(PaperRow::None) {
            if recorded {
                row.outcome.layers = Some(stand.measured.layer_projections.clone());
            }
            return Ok(Cow::Borrowed(&stand.measured.continuations));
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
        row: &mut ScoredRow,
        outputs: &mut Outputs,
    ) -> Result<()> {
        let (toxicity, scores) = self.toxicity(written, row);
        outputs.generations(
            &row.name,
            generations(written, &self.inputs.prompts.texts, &scores),
        )?;
        row.outcome.scores.push((Quantity::Toxicity, toxicity));
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
            let found = text_perplexity(&what, prepared, reading, &self.inputs.text, sizes);
            let score = found.map(|found| found.perplexity);
            row.outcome.scores.push((quantity, finite(score)));
        }
        let f1 = samples_f1(
            &format!("{}: f1", row.name),
            prepared,
            &self.inputs.model.tokenizer,
            &self.inputs.samples,
            self.study.decoding,
        );
        row.outcome.scores.push((Quantity::F1, finite(f1)));
        Ok(())
    }

    /// The row's toxicity and that of each continuation; texts that could not be scored are noted.
    fn toxicity(&self, written: &Continuations, row: &mut ScoredRow) -> (Score, Vec<Option<f64>>) {
        let scored = match score_texts(self.inputs.scorer.as_ref(), &written.texts) {
            Ok(scored) => scored,
            Err(error) => return (Err(error.to_string()), vec![None; written.texts.len()]),
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
        (mean.mean.ok_or_else(none), scored.scores)
    }
}

/// A score as the tables take it: finite, or a reason.
fn finite(score: Result<f64>) -> Score {
    match score {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(value) => Err(format!("it is {value}, no finite number")),
        Err(error) => Err(format!("{error:#}")),
    }
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
