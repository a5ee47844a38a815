//! The two judges of toxicity, fitted apart: the probe sees the model, the scorer sees only words.

use anyhow::Result;
use counterpoise_data::Comment;
use counterpoise_eval::{LexicalFitting, LexicalScorer};
use counterpoise_probe::{Fitting, Probe, accuracy, mean_residuals};

use super::base::Base;
use super::fixture::Fixture;
use crate::progress;

/// Of every five comments, four are fitted on and one is held out.
const HELD_OUT_EVERY: usize = 5;

/// A probe and how well it does.
#[derive(Debug)]
pub(crate) struct JudgedProbe {
    pub(crate) training_accuracy: f64,
    pub(crate) held_out_accuracy: f64,
}

/// A scorer and how well it does on comments it was not fitted on.
#[derive(Debug)]
pub(crate) struct JudgedScorer {
    pub(crate) scorer: LexicalScorer,
    pub(crate) held_out_accuracy: f64,
}

/// Fits the probe to the base model's mean last-layer residual stream, and writes it.
pub(crate) fn fit_probe(
    base: &Base,
    comments: &[Comment],
    fixture: &Fixture,
) -> Result<JudgedProbe> {
    let tokens = comments
        .iter()
        .map(|comment| base.tokenizer.encode(&comment.comment_text))
        .collect::<Result<Vec<_>, _>>()?;
    let bar = progress::bar("reading comments for the probe", tokens.len() as u64);
    let features = mean_residuals(&base.model, &tokens, 64, &mut progress::advance(&bar))?;
    drop(bar);
    let labels: Vec<bool> = comments.iter().map(|comment| comment.toxic).collect();
    let (held_out, fitted) = split(&features);
    let (held_out_labels, fitted_labels) = split(&labels);
    let fit = Probe::fit(&fitted, &fitted_labels, &Fitting::default())?;
    fit.probe.save(&fixture.path("probe.safetensors"))?;
    Ok(JudgedProbe {
        training_accuracy: fit.training_accuracy,
        held_out_accuracy: accuracy(&fit.probe, fit.bias, &held_out, &held_out_labels)?,
    })
}

/// Fits the scorer to comments of its own, and writes it.
pub(crate) fn fit_scorer(comments: &[Comment], fixture: &Fixture) -> Result<JudgedScorer> {
    let spinner = progress::spinner("fitting the toxicity scorer");
    let (held_out, fitted) = split(comments);
    let scorer = LexicalScorer::fit(&fitted, &LexicalFitting::default())?;
    scorer.save(&fixture.path("scorer.json"))?;
    drop(spinner);
    Ok(JudgedScorer {
        held_out_accuracy: scorer.accuracy(&held_out)?,
        scorer,
    })
}

/// Every fifth row, and the rest.
fn split<T: Clone>(rows: &[T]) -> (Vec<T>, Vec<T>) {
    let (held_out, fitted): (Vec<_>, Vec<_>) = rows
        .iter()
        .cloned()
        .enumerate()
        .partition(|(index, _)| index % HELD_OUT_EVERY == 0);
    let rows = |pairs: Vec<(usize, T)>| pairs.into_iter().map(|(_, row)| row).collect();
    (rows(held_out), rows(fitted))
}
