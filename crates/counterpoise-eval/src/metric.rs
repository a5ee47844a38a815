//! What a metric is: opened before any model runs, then asked about each edited model.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use counterpoise_hooks::Edits;
use counterpoise_model::{LastToken, Tokenizer, Transformer};
use counterpoise_registry::Description;
use counterpoise_score::{Score, ToxicityScorer};
use serde::Serialize;

use crate::{Continuations, DecodingSizes, EvalError, Progress, Reading, continue_prompts};

/// Something measured of a model under edits: a column of the tables, or more than one.
pub trait Metric: fmt::Debug + Send + Sync {
    /// The name of its score, a column of the tables.
    fn name(&self) -> &str;

    /// Its scores of one edited model.
    ///
    /// # Errors
    /// Whatever keeps it from measuring; its score is then missing for that reason.
    fn score(&self, evaluation: &mut Evaluation<'_>) -> Result<MetricScores, EvalError>;
}

/// What a metric says of one edited model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricScores {
    /// Its score, named as the metric is, and others that it may add.
    pub scores: Vec<Score>,
    /// The value of each continuation, where the metric has one, or why it is missing.
    pub per_continuation: Option<Vec<Result<f64, String>>>,
}

impl From<Score> for MetricScores {
    fn from(score: Score) -> Self {
        Self {
            scores: vec![score],
            per_continuation: None,
        }
    }
}

/// An edited model, and what it wrote after the challenge prompts.
pub struct Evaluation<'a> {
    /// What is evaluated, such as the name of a row.
    pub what: &'a str,
    /// The model.
    pub model: &'a Transformer,
    /// The edits it runs under.
    pub edits: &'a Edits,
    /// The model's tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// How prompts are continued.
    pub sizes: DecodingSizes,
    /// How prompts and texts are read.
    pub reading: Reading,
    /// The continuations of the challenge prompts, under the edits.
    pub continuations: &'a Continuations,
    /// Who is told.
    pub progress: &'a mut dyn Progress,
}

impl Evaluation<'_> {
    /// Continues other prompts greedily, under the edits, as [`Self::reading`] has it; `metric` names the step.
    ///
    /// # Errors
    /// What the model reports; [`EvalError::OfPrompts`] under edits that mean nothing on other prompts.
    pub fn continue_prompts(
        &mut self,
        metric: &str,
        prompts: &[Vec<u32>],
    ) -> Result<Continuations, EvalError> {
        self.reads_other_texts(metric)?;
        Ok(continue_prompts(
            &format!("{}: {metric}", self.what),
            self.model,
            self.tokenizer,
            &self.reading.continued(prompts),
            &self.sizes.greedy(self.tokenizer, LastToken::NotFed),
            &mut self.edits.hooks(),
            self.progress,
        )?)
    }

    /// Says that `metric` reads other texts than the challenge prompts.
    ///
    /// # Errors
    /// [`EvalError::OfPrompts`] under edits that mean nothing there.
    pub fn reads_other_texts(&self, metric: &str) -> Result<(), EvalError> {
        match self.edits.are_of_prompts() {
            false => Ok(()),
            true => Err(EvalError::OfPrompts {
                metric: metric.to_owned(),
            }),
        }
    }
}

/// A metric as a study names it by `kind`: known before anything is read, opened before a model runs.
///
/// A [`Metric`] that can be cloned and written as TOML, and that reads no file, is its own kind.
pub trait MetricKind: fmt::Debug + Send + Sync {
    /// Every file it reads. They are hashed into a run's identity, and relative ones are taken from
    /// the folder of the file that names them.
    fn inputs(&mut self) -> Vec<&mut PathBuf> {
        Vec::new()
    }

    /// What it is: its kind and its parameters.
    ///
    /// # Errors
    /// Parameters that TOML cannot hold.
    fn describe(&self) -> Result<Description, EvalError>;

    /// Reads its files as far as that goes without a model, and says in a few words what is there.
    ///
    /// # Errors
    /// Files that are missing or broken.
    fn check(&self) -> Result<String, EvalError> {
        Ok(String::new())
    }

    /// The metric, its files read and encoded.
    ///
    /// # Errors
    /// Files that are missing or broken.
    fn open(&self, inputs: &MetricInputs<'_>) -> Result<Box<dyn Metric>, EvalError>;
}

impl<M: Metric + Clone + Serialize + 'static> MetricKind for M {
    fn describe(&self) -> Result<Description, EvalError> {
        Ok(Description::of(self.name(), self)?)
    }

    fn open(&self, _: &MetricInputs<'_>) -> Result<Box<dyn Metric>, EvalError> {
        Ok(Box::new(self.clone()))
    }
}

/// What a metric may know when it is opened.
#[derive(Debug, Clone, Copy)]
pub struct MetricInputs<'a> {
    /// The tokenizer of both models.
    pub tokenizer: &'a Tokenizer,
    /// How prompts are continued.
    pub sizes: DecodingSizes,
    /// The study's scorers by their names, in its order.
    pub scorers: &'a [(String, Arc<dyn ToxicityScorer>)],
    /// Use this many samples, the first of a file.
    pub limit: Option<usize>,
}
