//! `train dpo`: tunes a model on preference pairs.

use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Result, ensure};
use counterpoise_model::{Precision, Transformer};
use counterpoise_study::{ModelFiles, Steps, load_weights};
use counterpoise_train::{Dpo, DpoLog, DpoRun, PairSet, Preference};
use serde_json::json;

use super::args::DpoArgs;
use super::folder::RunFolder;
use super::log::TrainingLog;
use super::preferences::{Preferences, preferences};
use super::tuning::{Finished, Watch, tune};
use crate::commands::print;
use crate::progress;

/// Runs the command.
///
/// # Errors
/// Bad input, settings that fit no run, an output folder that is taken or cannot be written to.
pub(super) fn run(args: &DpoArgs) -> Result<()> {
    let start = Instant::now();
    let settings = args.settings.dpo()?;
    let folder = match args.resume {
        false => RunFolder::begin(&args.out)?,
        true => RunFolder::resume(&args.out)?,
    };
    let ModelFiles {
        config, tokenizer, ..
    } = ModelFiles::read(&args.model)?;
    check_lengths(&settings, config.n_positions)?;
    let limit = args.limit.map(NonZeroUsize::get);
    let pairs = preferences(&args.pairs, &tokenizer, &settings, limit, args.held_out)?;
    let mut steps = Steps::default();
    let done = train(args, &settings, &pairs, &folder, &mut steps)?;
    let results = json!({
        "pairs": pairs.counts,
        "settings": settings,
        "resumed_at": done.first,
        "steps_taken": done.taken,
        "best_step": done.best_step,
        "held_out": done.last.as_ref().map(|row| row.preference),
        "steps": steps.done(),
    });
    let sentence = format!(
        "{}; written to {}; {}",
        done.in_words(&steps),
        args.out.display(),
        steps.peak_memory()
    );
    print(args.output, start, results, &sentence)
}

/// A run that has come to its end.
struct Done {
    /// Steps that had been taken before this part of it.
    first: usize,
    /// Steps taken in this part.
    taken: usize,
    /// The last evaluation on held-out pairs.
    last: Option<DpoLog>,
    /// The step of the model that was written, where it is the best instead of the last.
    best_step: Option<usize>,
}

impl Done {
    /// What came out, in words.
    fn in_words(&self, steps: &Steps) -> String {
        let held_out = match self.last.as_ref().map(|row| row.preference) {
            None => "no pairs held out".to_owned(),
            Some(Preference {
                loss,
                margin,
                accuracy,
                ..
            }) => format!("held-out loss {loss:.4}, margin {margin:.3}, accuracy {accuracy:.3}"),
        };
        let tuning = steps.done().iter().find(|step| step.name == TUNING);
        let seconds = tuning.map_or(0.0, |step| step.seconds) / self.taken.max(1) as f64;
        let Self { first, taken, .. } = self;
        let best = match self.best_step {
            Some(step) => format!("; the model of step {step}, which did best on held-out pairs"),
            None => String::new(),
        };
        format!(
            "{taken} steps from step {first}, {seconds:.2} s each with evaluations and checkpoints; \
             {held_out}{best}"
        )
    }
}

/// The step whose seconds are those of the steps of the run.
const TUNING: &str = "tune";

/// Takes the run to its end and writes the model.
fn train(
    args: &DpoArgs,
    settings: &Dpo,
    pairs: &Preferences,
    folder: &RunFolder,
    steps: &mut Steps,
) -> Result<Done> {
    let device = args.device.take()?.device;
    let base = steps.run("read the model", || {
        load_weights(
            &args.model,
            None,
            Precision::F32,
            &device,
            &mut progress::line,
        )
    })?;
    let run = match args.resume {
        false => steps.run("score with the reference", || begin(settings, base, pairs)),
        true => steps.run("read the checkpoint", || {
            let (training, held_out) = (&pairs.training, &pairs.held_out);
            Ok(settings.resume(&folder.checkpoint(), base, training, held_out)?)
        }),
    }?;
    if let Some(remarks) = pairs.counts.remarks() {
        progress::line(&remarks);
    }
    let first = run.completed();
    let mut record = Record {
        folder,
        log: match args.resume {
            false => TrainingLog::begin(&folder.log())?,
            true => TrainingLog::resume(&folder.log(), first)?,
        },
        every: args.checkpoint_every.get(),
        saved: args.resume.then_some(first),
        taken: 0,
    };
    let finished = steps.run(TUNING, || tune(run, &mut record))?;
    let Finished {
        model,
        last,
        best_step,
    } = finished;
    steps.run("write the model", || folder.finish(&model, &args.model))?;
    Ok(Done {
        first,
        taken: record.taken,
        last,
        best_step,
    })
}

/// Refuses lengths that together no pair may have.
fn check_lengths(settings: &Dpo, n_positions: usize) -> Result<()> {
    let longest = settings.max_prompt_tokens + settings.max_response_tokens;
    ensure!(
        longest <= n_positions,
        "--max-prompt-tokens {} and --max-response-tokens {}: expected at most {n_positions} in all, \
         which is what the model reads; lower one of them",
        settings.max_prompt_tokens,
        settings.max_response_tokens
    );
    Ok(())
}

/// The run at its first step.
fn begin(settings: &Dpo, base: Transformer, pairs: &Preferences) -> Result<DpoRun> {
    let (training, held_out) = (&pairs.training, &pairs.held_out);
    let count = training.len() + held_out.len();
    let bar = progress::bar("scoring pairs with the reference", count as u64);
    let progress = &mut progress::advance(&bar);
    Ok(settings.start_with_progress(base, training, held_out, progress)?)
}

/// Keeps the log and the checkpoint of a run.
struct Record<'a> {
    folder: &'a RunFolder,
    log: TrainingLog,
    /// Steps between checkpoints.
    every: usize,
    /// The step of the checkpoint in the folder.
    saved: Option<usize>,
    /// Steps taken.
    taken: usize,
}

impl Watch for Record<'_> {
    /// Saves a checkpoint when one is due: the first before any step, as scoring with the reference
    /// takes long, none after the last, when the model itself is written. It is saved before the
    /// evaluation at its step, with which a resumed run begins.
    fn pause(&mut self, run: &DpoRun) -> Result<()> {
        let completed = run.completed();
        let due = completed.is_multiple_of(self.every) && completed < run.steps();
        if due && self.saved != Some(completed) {
            self.log.sync()?;
            run.save(&self.folder.checkpoint())?;
            self.saved = Some(completed);
        }
        Ok(())
    }

    fn row(&mut self, row: &DpoLog) -> Result<()> {
        if row.pairs == PairSet::Training {
            self.taken += 1;
        }
        self.log.append(row)
    }
}
