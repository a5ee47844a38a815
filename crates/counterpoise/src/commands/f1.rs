//! `f1`: how much of the gold texts a model's continuations repeat.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use counterpoise_eval::{Continuations, Evaluation, F1, MetricInputs, MetricKind, Reading};
use counterpoise_study::Kinds;
use serde_json::json;

use crate::cli::F1Args;
use crate::progress::Bars;

/// Runs the command.
///
/// # Errors
/// Bad input, and what the model reports.
pub(crate) fn run(args: &F1Args, kinds: &Kinds) -> Result<()> {
    let start = Instant::now();
    let files = super::model_files(&args.model)?;
    let sizes = args.decoding.sizes(args.common);
    let metric = F1::on(&args.prompts).open(&MetricInputs {
        tokenizer: &files.tokenizer,
        sizes,
        scorers: &[],
        limit: args.common.limit(),
    })?;
    let prepared = super::prepare(&args.model, &files, args.common, kinds)?;
    let found = metric
        .score(&mut Evaluation {
            what: "f1",
            model: &prepared.model,
            edits: &prepared.edits,
            tokenizer: &files.tokenizer,
            sizes,
            reading: Reading::CORRECTED,
            continuations: &Continuations::default(),
            progress: &mut Bars::default(),
        })
        .with_context(|| args.prompts.display().to_string())?;
    let Some(score) = found.scores.first() else {
        bail!("{}: no F1 was measured", args.prompts.display());
    };
    let f1 = score.found().map_err(anyhow::Error::msg)?;
    let results = json!({ "f1": f1, "interval": score.interval, "samples": score.n });
    super::print(
        args.common.output,
        start,
        results,
        &format!("F1 {f1:.4} over {} samples", score.n),
    )
}
