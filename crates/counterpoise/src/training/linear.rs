//! A linear judge of comments by what a model makes of them: a probe, or an attribute head.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use counterpoise_data::AtomicFile;
use counterpoise_probe::FittedProbe;
use counterpoise_study::{ModelFiles, Steps, load_weights};
use serde_json::json;

use super::args::ReadingArgs;
use super::comments::{self, CommentCounts};
use super::judges::{COMMENTS_PER_BATCH, JudgedProbe, TextVectors, comment_vectors, fit_probe};
use super::reading::{Reading, ReadingSettings};
use crate::commands::Made;
use crate::device::OnDemand;
use crate::progress;

/// What is read of a comment, and what is written of the fit.
pub(super) struct Linear {
    /// What the features are, as a step of the run.
    pub what: &'static str,
    pub read: TextVectors,
    pub write: fn(&FittedProbe, &Path) -> Result<()>,
}

impl Linear {
    /// Runs the command that `args` are of: [`Linear::make`].
    ///
    /// # Errors
    /// As for [`Linear::make`].
    pub(super) fn run(&self, args: &ReadingArgs, out: &Path) -> Result<()> {
        let start = Instant::now();
        let made = self.make(&args.reading(), out, &mut args.common.device.on_demand())?;
        made.print(args.common.output, start)
    }

    /// Reads the comments, runs the model, fits and writes.
    ///
    /// # Errors
    /// Bad input, comments of one class, an output that cannot be written.
    pub(super) fn make(&self, reading: &Reading, out: &Path, device: OnDemand<'_>) -> Result<Made> {
        let mut steps = Steps::default();
        ensure!(
            out.extension().is_some_and(|end| end == "safetensors"),
            "--out {}: expected a name that ends in `.safetensors`",
            out.display()
        );
        // Opened and dropped, to find out before the model runs whether it can be written.
        AtomicFile::create(out)?;
        let read = self.comments(reading, device, &mut steps)?;
        let judged = steps.run("fit", || {
            fit_probe(read.features, read.labels, reading.settings.held_out_every)
        })?;
        (self.write)(&judged.fit, out)?;

        let JudgedProbe {
            fit,
            held_out_accuracy,
        } = judged;
        let (counts, truncated) = (read.counts, read.truncated);
        let commoner = counts.commoner_label();
        let mut results = json!(counts);
        results["truncated_comments"] = json!(truncated);
        results["training_accuracy"] = json!(fit.training_accuracy);
        results["held_out_accuracy"] = json!(held_out_accuracy);
        results["held_out_commoner_label"] = json!(commoner);
        results["norm"] = json!(fit.probe.norm());
        results["bias"] = json!(fit.bias);
        results["steps"] = json!(steps.done());
        let sentence = format!(
            "{}, {truncated} cut to {} tokens; accuracy {:.4} on the {} fitted on, {held_out_accuracy:.4} on \
             the {} held out ({commoner:.4} by giving all the commoner label); written to {}; {}",
            counts.in_words(),
            read.longest,
            fit.training_accuracy,
            counts.fitted,
            counts.held_out,
            out.display(),
            steps.peak_memory(),
        );
        Ok(Made { results, sentence })
    }

    /// The model is gone when this returns, before the fit begins.
    fn comments(&self, reading: &Reading, device: OnDemand<'_>, steps: &mut Steps) -> Result<Read> {
        let ReadingSettings {
            held_out_every,
            limit,
            batch_size,
            dtype,
        } = reading.settings;
        let files = ModelFiles::read(&reading.model)?;
        let limit = limit.map(NonZeroUsize::get);
        let (comments, counts) = comments::labelled(&reading.comments, held_out_every, limit)?;
        let tokens = comments::tokens(&comments, &files.tokenizer)?;
        let labels = comments::labels(&comments);
        drop(comments);
        let beginning = files.tokenizer.beginning();
        let longest = files.config.n_positions - usize::from(beginning.is_some());
        let truncated = tokens.iter().filter(|text| text.len() > longest).count();

        let device = device()?;
        let batch_size = batch_size.map_or(COMMENTS_PER_BATCH, NonZeroUsize::get);
        let features = steps.run(self.what, || {
            let model = load_weights(&reading.model, None, dtype, &device, &mut progress::line)?;
            comment_vectors(self.read, &model, &tokens, beginning, batch_size)
        })?;
        Ok(Read {
            features,
            labels,
            counts,
            truncated,
            longest,
        })
    }
}

/// Comments as they are fitted to.
struct Read {
    features: Vec<Vec<f64>>,
    labels: Vec<bool>,
    counts: CommentCounts,
    /// Comments that the model does not read to their end.
    truncated: usize,
    /// Tokens of a comment that it reads at most.
    longest: usize,
}
