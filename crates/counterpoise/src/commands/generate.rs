//! `generate`: continues prompts and writes the continuations.

use std::time::Instant;

use anyhow::{Context, Result};
use counterpoise_data::JsonLinesWriter;
use counterpoise_eval::{challenge_prompts, continue_prompts};
use counterpoise_model::LastToken;
use counterpoise_study::Kinds;
use serde_json::json;

use crate::cli::GenerateArgs;
use crate::progress::Bars;

/// Runs the command.
///
/// # Errors
/// Bad input, and an output that cannot be written, which is found out before the model runs.
pub(crate) fn run(args: &GenerateArgs, kinds: &Kinds) -> Result<()> {
    let start = Instant::now();
    let mut writer = JsonLinesWriter::create(&args.out)?;
    let files = super::model_files(&args.model)?;
    let sizes = args.decoding.sizes(args.common);
    let prompts = challenge_prompts(&args.prompts, &files.tokenizer, sizes, args.common.limit())?;
    let prepared = super::prepare(&args.model, &files, args.common, kinds)?;
    let continuations = continue_prompts(
        "generate",
        &prepared.model,
        &files.tokenizer,
        &prompts.tokens,
        &sizes.greedy(&files.tokenizer, LastToken::NotFed),
        &mut prepared.hooks(),
        &mut Bars::default(),
    )
    .with_context(|| args.prompts.display().to_string())?;
    for row in continuations.rows(&prompts.texts) {
        writer.write(&row)?;
    }
    writer.finish()?;

    let new_tokens: usize = continuations.tokens.iter().map(Vec::len).sum();
    let results = json!({
        "prompts": prompts.counts.used,
        "new_tokens": new_tokens,
        "truncated_prompts": prompts.counts.truncated,
        "beginning_token": prompts.counts.beginning_token,
    });
    let sentence = format!(
        "{} prompts continued by {new_tokens} tokens, written to {}",
        prompts.counts.used,
        args.out.display()
    );
    super::print(args.common.output, start, results, &sentence)
}
