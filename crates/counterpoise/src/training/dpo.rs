//! `train dpo`: tunes a model on preference pairs.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use counterpoise_model::{Config, Precision, Transformer};
use counterpoise_study::{ModelFiles, Steps, load_weights};
use counterpoise_train::{Dpo, DpoLog, DpoRun, PairSet, Preference};
use serde_json::json;

use super::args::{DpoArgs, DpoFiles};
use super::dpo_settings::DpoSettings;
use super::folder::RunFolder;
use super::log::TrainingLog;
use super::preferences::{Preferences, preferences};
use super::tuning::{Finished, Watch, tune};
use crate::commands::{Begin, Made};
use crate::device::OnDemand;
use crate::progress;

/// Runs the command.
///
/// # Errors
/// Bad input, settings that fit no run, an output folder that is taken or cannot be written to.
pub(super) fn run(args: &DpoArgs) -> Result<()> {
    let start = Instant::now();
    let begin = Begin::of(args.resume);
    let device = &mut args.device.on_demand();
    make(&args.files, &args.settings, begin, device)?.print(args.output, start)
}

/// Tunes a model, from its first step or from a checkpoint.
///
/// # Errors
/// As for the command.
pub(crate) fn make(
    files: &DpoFiles,
    run: &DpoSettings,
    begin: Begin,
    device: OnDemand<'_>,
) -> Result<Made> {
    let settings = run.dpo()?;
    let folder = match begin {
        Begin::Anew => RunFolder::begin(&files.out)?,
        Begin::Resume => RunFolder::resume(&files.out)?,
    };
    let ModelFiles {
        config, tokenizer, ..
    } = ModelFiles::read(&files.model)?;
    check_lengths(&settings, config.n_positions)?;
    let limit = run.limit.map(NonZeroUsize::get);
    let pairs = preferences(&files.pairs, &tokenizer, &settings, limit, run.held_out)?;
    let mut steps = Steps::default();
    let tuning = Tuning {
        base: &files.model,
        settings: &settings,
        checkpoint_every: run.checkpoint_every.get(),
        begin,
        pairs: &pairs,
        folder: &folder,
    };
    let done = tuning.train(device, &mut steps)?;
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
        files.out.display(),
        steps.peak_memory()
    );
    Ok(Made { results, sentence })
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

/// A run to be taken to its end.
struct Tuning<'a> {
    /// The base model's folder.
    base: &'a Path,
    settings: &'a Dpo,
    /// Steps between checkpoints.
    checkpoint_every: usize,
    begin: Begin,
    pairs: &'a Preferences,
    folder: &'a RunFolder,
}

impl Tuning<'_> {
    /// Takes the run to its end and writes the model.
    fn train(&self, device: OnDemand<'_>, steps: &mut Steps) -> Result<Done> {
        let (settings, pairs, folder) = (self.settings, self.pairs, self.folder);
        let device = device()?;
        let base = steps.run("read the model", || {
            let precision = Precision::F32;
            load_weights(self.base, None, precision, &device, &mut progress::line)
        })?;
        let run = match self.begin {
            Begin::Anew => steps.run("score with the reference", || begin(settings, base, pairs)),
            Begin::Resume => steps.run("read the checkpoint", || {
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
            log: match self.begin {
                Begin::Anew => TrainingLog::begin(&folder.log())?,
                Begin::Resume => TrainingLog::resume(&folder.log(), first)?,
            },
            every: self.checkpoint_every,
            saved: (self.begin == Begin::Resume).then_some(first),
            taken: 0,
        };
        let finished = steps.run(TUNING, || tune(run, &mut record))?;
        let Finished {
            model,
            last,
            best_step,
        } = finished;
        if let Err(error) = steps.run("draw the curves", || folder.draw(settings)) {
            // The model is worth more than they are.
            progress::line(&format!("the curves are not drawn: {error:#}"));
        }
        steps.run("write the model", || folder.finish(&model, self.base))?;
        Ok(Done {
            first,
            taken: record.taken,
            last,
            best_step,
        })
    }
}

/// Makes sure that the model in the folder `base` can be tuned with these settings.
///
/// # Errors
/// Settings out of range; a configuration that cannot be read.
pub(crate) fn check(settings: &DpoSettings, base: &Path) -> Result<()> {
    let settings = settings.dpo()?;
    settings.check()?;
    check_lengths(&settings, Config::read(base)?.n_positions)
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
