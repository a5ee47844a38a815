//! The miniature's probe, scorer and attribute head, and their files.

use anyhow::Result;
use counterpoise_data::Comment;
use counterpoise_probe::{mean_hidden_states, mean_residuals};
use counterpoise_train::AttributeHead;

use super::base::Base;
use super::fixture::Fixture;
use super::language::Datasets;
use counterpoise::training::judges::{
    self, COMMENTS_PER_BATCH, JudgedProbe, JudgedScorer, TextVectors, comment_vectors,
};
use counterpoise::training::{HeldOutEvery, labels};

/// The two judges of toxicity.
pub(crate) struct Judges {
    pub(crate) probe: JudgedProbe,
    pub(crate) scorer: JudgedScorer,
}

impl Judges {
    /// Fits both, each to comments of its own, and writes them.
    pub(crate) fn fit(base: &Base, datasets: &Datasets, fixture: &Fixture) -> Result<Self> {
        let scorer = fit_scorer(&datasets.scorer_comments, fixture)?;
        let probe = fit_to(base, &datasets.comments, mean_residuals)?;
        probe.fit.probe.save(&fixture.path("probe.safetensors"))?;
        Ok(Self { probe, scorer })
    }
}

/// Fits the head that PPLM steers by to the base model's mean hidden states, and writes it.
pub(crate) fn fit_head(
    base: &Base,
    comments: &[Comment],
    fixture: &Fixture,
) -> Result<AttributeHead> {
    let fit = fit_to(base, comments, mean_hidden_states)?.fit;
    let head = AttributeHead::of_log_odds(fit.probe.direction(), fit.bias)?;
    head.write(&fixture.path("head.safetensors"))?;
    Ok(head)
}

/// Logistic regression on what is read of each comment.
fn fit_to(base: &Base, comments: &[Comment], read: TextVectors) -> Result<JudgedProbe> {
    let texts = comments.iter().map(|comment| &comment.comment_text);
    let tokens = texts.map(|text| base.tokenizer.encode(text));
    let tokens = tokens.collect::<Result<Vec<_>, _>>()?;
    let features = comment_vectors(read, &base.model, &tokens, None, COMMENTS_PER_BATCH)?;
    judges::fit_probe(features, labels(comments), HeldOutEvery::default())
}

/// Fits the scorer to comments of its own, and writes it.
fn fit_scorer(comments: &[Comment], fixture: &Fixture) -> Result<JudgedScorer> {
    let judged = judges::fit_scorer(comments.to_vec(), HeldOutEvery::default())?;
    judged.scorer.save(&fixture.path("scorer.json"))?;
    Ok(judged)
}
