//! The two judges of toxicity, fitted apart: the probe sees the model, the scorer sees only words.

use anyhow::Result;
use counterpoise_data::Comment;
use counterpoise_logistic::Fitting;
use counterpoise_model::Transformer;
use counterpoise_probe::{FittedProbe, Probe, ProbeError, accuracy};
use counterpoise_score::{LexicalFitting, LexicalScorer};

use super::split::HeldOutEvery;
use crate::progress;

/// Comments run together unless told otherwise.
pub const COMMENTS_PER_BATCH: usize = 64;

/// A probe and how well it does.
#[derive(Debug)]
pub struct JudgedProbe {
    /// The probe.
    pub fit: FittedProbe,
    /// Fraction of the comments it was not fitted on whose label it gives.
    pub held_out_accuracy: f64,
}

/// A scorer and how well it does.
#[derive(Debug)]
pub struct JudgedScorer {
    /// The scorer.
    pub scorer: LexicalScorer,
    /// Fraction of the comments it was fitted on whose label it gives.
    pub training_accuracy: f64,
    /// The same of those it was not fitted on.
    pub held_out_accuracy: f64,
}

/// What is read of each of some texts, given as tokens, behind a beginning token, so many together, with the number finished told
/// after each batch: [`mean_residuals`](counterpoise_probe::mean_residuals) or [`mean_hidden_states`](counterpoise_probe::mean_hidden_states).
pub type TextVectors = fn(
    &Transformer,
    &[Vec<u32>],
    Option<u32>,
    usize,
    &mut dyn FnMut(usize),
) -> Result<Vec<Vec<f64>>, ProbeError>;

/// Each comment's vector, read behind `beginning`, `[comments][d_model]`.
///
/// # Errors
/// A comment without tokens, or with tokens the model does not know.
pub fn comment_vectors(
    read: TextVectors,
    model: &Transformer,
    tokens: &[Vec<u32>],
    beginning: Option<u32>,
    batch_size: usize,
) -> Result<Vec<Vec<f64>>> {
    let bar = progress::bar("reading comments", tokens.len() as u64);
    let progress = &mut progress::advance(&bar);
    Ok(read(model, tokens, beginning, batch_size, progress)?)
}

/// Fits a probe to rows of [`comment_vectors`] and their labels, and tests it on those held out.
///
/// # Errors
/// Labels of one class, rows that do not vary, a fit that does not converge.
pub fn fit_probe(
    features: Vec<Vec<f64>>,
    labels: Vec<bool>,
    every: HeldOutEvery,
) -> Result<JudgedProbe> {
    let spinner = progress::spinner("fitting to comments");
    let (features, labels) = (every.split(features), every.split(labels));
    let fit = Probe::fit(&features.fitted, &labels.fitted, &Fitting::default())?;
    drop(spinner);
    Ok(JudgedProbe {
        held_out_accuracy: accuracy(&fit.probe, fit.bias, &features.held_out, &labels.held_out)?,
        fit,
    })
}

/// Fits a scorer to comments, and tests it on those held out.
///
/// # Errors
/// Labels of one class, a fit that does not converge.
pub fn fit_scorer(comments: Vec<Comment>, every: HeldOutEvery) -> Result<JudgedScorer> {
    let spinner = progress::spinner("fitting the toxicity scorer");
    let comments = every.split(comments);
    let scorer = LexicalScorer::fit(&comments.fitted, &LexicalFitting::default())?;
    drop(spinner);
    Ok(JudgedScorer {
        training_accuracy: scorer.accuracy(&comments.fitted)?,
        held_out_accuracy: scorer.accuracy(&comments.held_out)?,
        scorer,
    })
}
