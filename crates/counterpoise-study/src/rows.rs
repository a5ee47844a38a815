//! Rows of a table without a study file: edited models, each asked for its scores.

use counterpoise_eval::{Evaluation, Metric, Progress, Prompts, Reading, continue_prompts};
use counterpoise_groups::NeuronTable;
use counterpoise_intervene::{Intervention, Prepared, Subject};
use counterpoise_model::{LastToken, Tokenizer, Transformer};
use counterpoise_report::{TableRow, Tables};
use counterpoise_score::Score;

use crate::error::Result;
use crate::evaluate::evaluate;
use crate::study::PaperRow;

/// Interventions on one model, each a row of a table.
#[derive(Debug)]
pub struct Rows<'a> {
    model: &'a Transformer,
    tokenizer: &'a Tokenizer,
    prompts: &'a Prompts,
    table: &'a NeuronTable,
    rows: Vec<(String, Box<dyn Intervention>)>,
}

impl<'a> Rows<'a> {
    /// Rows on `model`: it continues `prompts`, and neurons are selected from `table`.
    pub fn on(
        model: &'a Transformer,
        tokenizer: &'a Tokenizer,
        prompts: &'a Prompts,
        table: &'a NeuronTable,
    ) -> Self {
        Self {
            model,
            tokenizer,
            prompts,
            table,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    #[must_use]
    pub fn row(mut self, label: &str, intervention: impl Intervention + 'static) -> Self {
        self.rows.push((label.to_owned(), Box::new(intervention)));
        self
    }

    /// Runs the rows, and returns them as table 1. A metric that fails leaves its score missing. Where one of
    /// them leaves the model as it is, the others are compared with it.
    ///
    /// # Errors
    /// An intervention that does not fit the model, and what the model reports while it writes.
    pub fn run(&self, metrics: &[Box<dyn Metric>], progress: &mut dyn Progress) -> Result<Tables> {
        let subject = Subject::measured(self.model, self.table)?
            .with_prompts(&self.prompts.tokens)
            .with_tokenizer(self.tokenizer);
        let (mut rows, mut unedited) = (Vec::new(), None);
        for (label, intervention) in &self.rows {
            let prepared = intervention.prepare(self.model.clone(), &subject)?;
            let mut row = TableRow::new(1, "base", label);
            row.neurons = Some(prepared.neurons()).filter(|&neurons| neurons > 0);
            row.scores = self.scored(label, &prepared, metrics, progress)?;
            if PaperRow::of(&intervention.describe()?) == Some(PaperRow::None) {
                unedited.get_or_insert(rows.len());
            }
            rows.push(row);
        }
        let unedited = unedited.map(|index| (index, rows[index].clone()));
        let compared = |(index, row): (usize, TableRow)| match &unedited {
            Some((other, unedited)) if *other != index => row.compared_with(unedited),
            _ => row,
        };
        let rows = rows.into_iter().enumerate().map(compared);
        Ok(Tables {
            rows: rows.map(TableRow::without_items).collect(),
            ..Tables::default()
        })
    }

    fn scored(
        &self,
        label: &str,
        prepared: &Prepared,
        metrics: &[Box<dyn Metric>],
        progress: &mut dyn Progress,
    ) -> Result<Vec<Score>> {
        let sizes = self.prompts.sizes;
        let continuations = continue_prompts(
            &format!("{label}: continuations"),
            &prepared.model,
            self.tokenizer,
            &self.prompts.tokens,
            &sizes.greedy(self.tokenizer, LastToken::NotFed),
            &mut prepared.hooks(),
            progress,
        )?;
        let evaluated = evaluate(
            metrics,
            &mut Evaluation {
                what: label,
                model: &prepared.model,
                edits: &prepared.edits,
                tokenizer: self.tokenizer,
                sizes,
                reading: Reading::CORRECTED,
                continuations: &continuations,
                progress,
            },
        );
        Ok(evaluated.scores)
    }
}
