//! `train probe`: fits the toxicity probe of a model.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Result, ensure};
use counterpoise_data::AtomicFile;
use counterpoise_study::{ModelFiles, Steps, load_weights};
use serde_json::json;

use super::args::ProbeArgs;
use super::comments;
use super::judges::{COMMENTS_PER_BATCH, fit_probe, residuals};
use crate::commands::print;
use crate::progress;

/// Runs the command.
///
/// # Errors
/// Bad input, comments of one class, an output that cannot be written.
pub(super) fn run(args: &ProbeArgs) -> Result<()> {
    let start = Instant::now();
    let mut steps = Steps::default();
    ensure!(
        args.out.extension().is_some_and(|end| end == "safetensors"),
        "--out {}: expected a name that ends in `.safetensors`",
        args.out.display()
    );
    // Opened and dropped, to find out before the model runs whether it can be written.
    AtomicFile::create(&args.out)?;
    let files = ModelFiles::read(&args.model)?;
    let (comments, counts) = comments::labelled(&args.comments, args.common.limit())?;
    let tokens = comments::tokens(&comments, &files.tokenizer)?;
    let labels = comments::labels(&comments);
    drop(comments);
    let beginning = files.tokenizer.beginning();
    let longest = files.config.n_positions - usize::from(beginning.is_some());
    let truncated = tokens.iter().filter(|text| text.len() > longest).count();

    let device = args.common.device.take()?.device;
    let batch_size = (args.common.batch_size).map_or(COMMENTS_PER_BATCH, NonZeroUsize::get);
    // The model is gone before the fit begins.
    let features = steps.run("residual streams", || {
        residuals(
            &load_weights(
                &args.model,
                None,
                args.weights.dtype,
                &device,
                &mut progress::line,
            )?,
            &tokens,
            beginning,
            batch_size,
        )
    })?;
    drop(tokens);
    let judged = steps.run("fit", || {
        fit_probe(features, labels, args.comments.held_out_every)
    })?;
    let fit = &judged.fit;
    fit.probe.save(&args.out)?;

    let commoner = counts.commoner_label();
    let mut results = json!(counts);
    results["truncated_comments"] = json!(truncated);
    results["training_accuracy"] = json!(fit.training_accuracy);
    results["held_out_accuracy"] = json!(judged.held_out_accuracy);
    results["held_out_commoner_label"] = json!(commoner);
    results["norm"] = json!(fit.probe.norm());
    results["bias"] = json!(fit.bias);
    results["steps"] = json!(steps.done());
    let sentence = format!(
        "{}, {truncated} cut to {longest} tokens; accuracy {:.4} on the {} fitted on, {:.4} on \
         the {} held out ({commoner:.4} by giving all the commoner label); written to {}; {}",
        counts.in_words(),
        fit.training_accuracy,
        counts.fitted,
        judged.held_out_accuracy,
        counts.held_out,
        args.out.display(),
        steps.peak_memory(),
    );
    print(args.common.output, start, results, &sentence)
}
