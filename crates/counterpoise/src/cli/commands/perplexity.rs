//! `perplexity`: a model's perplexity on a text.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Context, Result};
use counterpoise_data::read_text;
use counterpoise_intervene::Reading;
use counterpoise_study::{PerplexitySizes, text_perplexity, windows};
use serde_json::json;

use crate::cli::Program;
use crate::cli::command::PerplexityArgs;
use crate::cli::progress::Bars;

/// Tokens of the windows that are run together: they fill every core, and more take memory only.
const TOKENS_TOGETHER: usize = 1_024;

/// Runs the command.
///
/// # Errors
/// Bad input, and windows that the model cannot read.
pub(crate) fn run(args: &PerplexityArgs, program: &Program) -> Result<()> {
    let start = Instant::now();
    let files = super::model_files(&args.model)?;
    let in_text = || args.text.display().to_string();
    let mut tokens = files
        .tokenizer
        .encode(&read_text(&args.text)?)
        .with_context(in_text)?;
    let prepared = super::prepare(&args.model, args.common, program)?;
    let one_by_one = PerplexitySizes {
        window: args.window.map(NonZeroUsize::get),
        batch_size: 1,
    };
    let window = windows(one_by_one, &prepared.model).window;
    let together = TOKENS_TOGETHER.checked_div(window);
    let together = together.and_then(NonZeroUsize::new);
    let sizes = PerplexitySizes {
        batch_size: (args.common.batch_size.or(together)).map_or(1, NonZeroUsize::get),
        ..one_by_one
    };
    if let Some(limit) = args.common.limit() {
        tokens.truncate(limit.saturating_mul(window));
    }
    let read = |reading| {
        text_perplexity(
            "perplexity",
            &prepared,
            reading,
            &tokens,
            sizes,
            &mut Bars::default(),
        )
        .with_context(in_text)
    };
    let everywhere = read(Reading::Text)?;
    let mut results = json!({
        "perplexity": everywhere.perplexity,
        "tokens": everywhere.tokens,
        "predicted": everywhere.predicted,
        "window": window,
    });
    let mut sentence = format!(
        "perplexity {:.4} on {} tokens in windows of {window}",
        everywhere.perplexity, everywhere.tokens
    );
    if prepared.has_first_position_variant() {
        let first = read(Reading::TextFirstPosition)?.perplexity;
        results["perplexity_first_position"] = json!(first);
        sentence.push_str(&format!("; {first:.4} patched at the first position only"));
    }
    super::print(args.common.output, start, results, &sentence)
}
