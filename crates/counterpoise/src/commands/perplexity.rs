//! `perplexity`: a model's perplexity on a text.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Context, Result};
use counterpoise_data::read_text;
use counterpoise_eval::{WindowedPerplexity, Windows, perplexity, progress};
use counterpoise_hooks::Hooks;
use counterpoise_study::Kinds;
use serde_json::json;

use crate::cli::PerplexityArgs;
use crate::progress::Bars;

/// Runs the command.
///
/// # Errors
/// Bad input, and windows that the model cannot read.
pub(crate) fn run(args: &PerplexityArgs, kinds: &Kinds) -> Result<()> {
    let start = Instant::now();
    let files = super::model_files(&args.model)?;
    let in_text = || args.text.display().to_string();
    let mut tokens = files
        .tokenizer
        .encode(&read_text(&args.text)?)
        .with_context(in_text)?;
    let prepared = super::prepare(&args.model, &files, args.common, kinds)?;
    let window = args.window.map(NonZeroUsize::get);
    let batch_size = args.common.batch_size.map(NonZeroUsize::get);
    let beginning = files.tokenizer.beginning();
    let windows = Windows::of(prepared.model.n_positions(), window, batch_size, beginning);
    if let Some(limit) = args.common.limit() {
        tokens.truncate(limit.saturating_mul(windows.window));
    }
    let read = |mut hooks: Hooks<'_>| -> Result<WindowedPerplexity> {
        let parts = windows.count(tokens.len()) as u64;
        let mut bars = Bars::default();
        progress::step(&mut bars, "perplexity", parts, |mut advance| {
            perplexity(&prepared.model, &tokens, &windows, &mut hooks, &mut advance)
        })
        .with_context(in_text)
    };
    let everywhere = read(prepared.hooks())?;
    let mut results = json!({
        "perplexity": everywhere.perplexity,
        "interval": everywhere.interval(),
        "tokens": everywhere.tokens,
        "predicted": everywhere.predicted,
        "window": windows.window,
        "beginning_token": windows.beginning,
    });
    let mut sentence = format!(
        "perplexity {:.4} on {} tokens in windows of {}",
        everywhere.perplexity, everywhere.tokens, windows.window
    );
    for variant in prepared.edits.variants() {
        let found = read(prepared.edits.variant_hooks(variant))?.perplexity;
        results[format!("perplexity_{variant}")] = json!(found);
        let where_ = variant.replace('_', " ");
        sentence.push_str(&format!("; {found:.4} patched at the {where_} only"));
    }
    super::print(args.common.output, start, results, &sentence)
}
