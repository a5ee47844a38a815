//! The miniature's probe and scorer, and their files.

use anyhow::Result;
use counterpoise_data::Comment;
use counterpoise_probe::mean_residuals;

use super::base::Base;
use super::fixture::Fixture;
use counterpoise::training::judges::{
    self, COMMENTS_PER_BATCH, JudgedProbe, JudgedScorer, comment_vectors,
};
use counterpoise::training::{HeldOutEvery, labels};

/// Fits the probe to the base model's mean last-layer residual stream, and writes it.
pub(crate) fn fit_probe(
    base: &Base,
    comments: &[Comment],
    fixture: &Fixture,
) -> Result<JudgedProbe> {
    let texts = comments.iter().map(|comment| &comment.comment_text);
    let tokens = texts.map(|text| base.tokenizer.encode(text));
    let tokens = tokens.collect::<Result<Vec<_>, _>>()?;
    let features = comment_vectors(
        mean_residuals,
        &base.model,
        &tokens,
        None,
        COMMENTS_PER_BATCH,
    )?;
    let judged = judges::fit_probe(features, labels(comments), HeldOutEvery::default())?;
    judged.fit.probe.save(&fixture.path("probe.safetensors"))?;
    Ok(judged)
}

/// Fits the scorer to comments of its own, and writes it.
pub(crate) fn fit_scorer(comments: &[Comment], fixture: &Fixture) -> Result<JudgedScorer> {
    let judged = judges::fit_scorer(comments.to_vec(), HeldOutEvery::default())?;
    judged.scorer.save(&fixture.path("scorer.json"))?;
    Ok(judged)
}
