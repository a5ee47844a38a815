//! `f1`: how much of the gold texts a model's continuations repeat.

use std::time::Instant;

use anyhow::{Context, Result};
use counterpoise_study::samples_f1;
use serde_json::json;

use crate::cli::Program;
use crate::cli::command::F1Args;
use crate::cli::progress::Bars;

/// Runs the command.
///
/// # Errors
/// Bad input, and what the model reports.
pub(crate) fn run(args: &F1Args, program: &Program) -> Result<()> {
    let start = Instant::now();
    let files = super::model_files(&args.model)?;
    let samples =
        counterpoise_study::samples(&args.prompts, &files.tokenizer, args.common.limit())?;
    let prepared = super::prepare(&args.model, args.common, program)?;
    let sizes = args.decoding.sizes(args.common);
    let f1 = samples_f1(
        "f1",
        &prepared,
        &files.tokenizer,
        &samples,
        sizes,
        &mut Bars::default(),
    )
    .with_context(|| args.prompts.display().to_string())?;
    let count = samples.prompts.len();
    let results = json!({ "f1": f1, "samples": count });
    super::print(
        args.common.output,
        start,
        results,
        &format!("F1 {f1:.4} over {count} samples"),
    )
}
