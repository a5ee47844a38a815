//! A program of one's own: an intervention, a scorer, a metric and a figure beside the paper's, and the
//! command line that knows them.
//!
//! `cargo run --example own_parts -- replicate --study crates/counterpoise/examples/own_parts.toml`

use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::{Tensor, TensorData};
use counterpoise::hooks::BlockPoint;
use counterpoise::prelude::*;
use counterpoise::registry::RegistryError;
use counterpoise::study::FigureContext;
use serde::{Deserialize, Serialize};

/// `kind = "push"`: adds `amount` times the unit probe at `blocks.{layer}.hook_resid_post`.
#[derive(Debug, Serialize, Deserialize)]
struct Push {
    /// The block whose output is pushed, counted from 0.
    layer: usize,
    /// How far; below 0 it pushes away from toxicity.
    amount: f32,
}

impl Intervention for Push {
    fn describe(&self) -> Result<Description, InterveneError> {
        Ok(Description::of("push", self)?)
    }

    fn prepare(
        &self,
        model: Transformer,
        subject: &Subject<'_>,
    ) -> Result<Prepared, InterveneError> {
        if self.layer >= subject.n_layer {
            let reason = format!("`layer` is {}, of {} blocks", self.layer, subject.n_layer);
            return Err(InterveneError::parameters("push", reason));
        }
        let unit = subject.probe()?.unit();
        let step: Vec<f32> = unit.iter().map(|&u| self.amount * u as f32).collect();
        let shape = [1, 1, step.len()];
        let step = Tensor::<3>::from_data(TensorData::new(step, shape), &model.device());
        let point = HookPoint::Block {
            layer: self.layer,
            at: BlockPoint::ResidPost,
        };
        // [batch, seq, d_model] + [1, 1, d_model]
        let edit = edit_at(point, move |resid, _| resid + step.clone());
        Ok(Prepared::new(model).with_edit(edit, Scope::EVERYWHERE))
    }
}

/// `kind = "words"`: a text is as toxic as many of its words are on the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Words {
    list: Vec<String>,
}

impl ToxicityScorer for Words {
    fn name(&self) -> &str {
        "words"
    }

    fn score(&self, texts: &[String]) -> Result<Vec<TextScore>, ScoreError> {
        let score = |text: &String| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let listed = words
                .iter()
                .filter(|word| self.list.iter().any(|w| w == *word));
            // A text without words has no score, which is not a score of 0.
            match words.len() {
                0 => Err("no words".to_owned()),
                words => Ok(listed.count() as f64 / words as f64),
            }
        };
        Ok(texts.iter().map(score).collect())
    }
}

/// `kind = "length"`: how many tokens continuations have.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Length {}

impl Metric for Length {
    fn name(&self) -> &str {
        "length"
    }

    fn score(&self, evaluation: &mut Evaluation<'_>) -> Result<MetricScores, EvalError> {
        let texts = &evaluation.continuations.tokens;
        let lengths: Vec<f64> = texts.iter().map(|text| text.len() as f64).collect();
        let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
        // With its items the score has an interval, and a paired difference from the unedited model.
        let items =
            counterpoise::score::Items::mean_of(lengths.iter().copied().map(Some).collect());
        Ok(MetricScores {
            scores: vec![Score::new("length", mean, lengths.len()).over(items)],
            per_continuation: Some(lengths.into_iter().map(Ok).collect()),
        })
    }
}

/// `kind = "columns"`: a text file of the rows' lengths, in place of a drawing.
#[derive(Debug, Serialize, Deserialize)]
struct Columns {
    file: String,
}

impl FigureKind for Columns {
    fn describe(&self) -> Result<Description, RegistryError> {
        Description::of("columns", self)
    }

    fn draw(&self, context: &FigureContext<'_>) -> Result<Vec<PathBuf>, StudyError> {
        let rows = context.results.rows.iter();
        let line = |row: &counterpoise::study::RowResults| match row.score("length") {
            Ok(length) => format!("{} {length:.2}\n", row.name),
            Err(missing) => format!("{} {missing}\n", row.name),
        };
        let path = context.folder().join(&self.file);
        counterpoise::data::write_atomically(&path, rows.map(line).collect::<String>().as_bytes())?;
        Ok(vec![path])
    }
}

/// The paper's kinds and these.
fn kinds() -> Result<Kinds, StudyError> {
    let mut kinds = Kinds::paper()?;
    kinds
        .interventions
        .register("push", |push: Push| Box::new(push))?;
    kinds
        .scorers
        .register("words", |words: Words| Box::new(words))?;
    kinds
        .metrics
        .register("length", |length: Length| Box::new(length))?;
    kinds
        .figures
        .register("columns", |columns: Columns| Box::new(columns))?;
    Ok(kinds)
}

fn main() -> ExitCode {
    counterpoise::run(kinds())
}
