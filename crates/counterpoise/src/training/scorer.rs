//! `train scorer`: fits a toxicity scorer that sees words only.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Result;
use counterpoise_data::AtomicFile;
use counterpoise_study::Steps;
use serde_json::json;

use super::args::ScorerArgs;
use super::comments;
use super::judges::fit_scorer;
use crate::commands::print;

/// Runs the command.
///
/// # Errors
/// Bad input, comments of one class, an output that cannot be written.
pub(super) fn run(args: &ScorerArgs) -> Result<()> {
    let start = Instant::now();
    let mut steps = Steps::default();
    // Opened and dropped, to find out before the fit whether it can be written.
    AtomicFile::create(&args.out)?;
    let limit = args.limit.map(NonZeroUsize::get);
    let held_out_every = args.comments.held_out_every;
    let (comments, counts) = comments::labelled(&args.comments.comments, held_out_every, limit)?;
    let judged = steps.run("fit", || fit_scorer(comments.into_vec(), held_out_every))?;
    judged.scorer.save(&args.out)?;

    let (terms, commoner) = (judged.scorer.weights().len(), counts.commoner_label());
    let mut results = json!(counts);
    results["terms"] = json!(terms);
    results["training_accuracy"] = json!(judged.training_accuracy);
    results["held_out_accuracy"] = json!(judged.held_out_accuracy);
    results["held_out_commoner_label"] = json!(commoner);
    results["steps"] = json!(steps.done());
    let sentence = format!(
        "{}, {terms} terms; accuracy {:.4} on the {} fitted on, {:.4} on the {} held out \
         ({commoner:.4} by giving all the commoner label); written to {}; {}",
        counts.in_words(),
        judged.training_accuracy,
        counts.fitted,
        judged.held_out_accuracy,
        counts.held_out,
        args.out.display(),
        steps.peak_memory(),
    );
    print(args.output, start, results, &sentence)
}
