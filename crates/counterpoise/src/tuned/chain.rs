//! The steps in their order, each made unless it is there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use counterpoise_study::{
    ChosenDevice, HashedFile, Progress, TunedRecord, TunedStep, files_of, hash_file, model_files,
};
use serde_json::json;

use super::KIND;
use super::settings::{FromDpo, HeadSource, PairsSource};
use super::step::{Plan, Step};
use crate::commands::{Begin, Made, RunStage};
use crate::device::OnDemand;
use crate::making::{self, PairsFiles, PairsSettings};
use crate::training::{self, DpoFiles, DpoSettings, Reading, ReadingSettings, attribute, dpo};

/// What steps are made with.
pub(super) struct Making<'a> {
    pub(super) device: &'a ChosenDevice,
    pub(super) progress: &'a mut dyn Progress,
}

/// The way to a tuned model, as far as it has come.
pub(super) struct Chain<'a> {
    base: &'a Path,
    /// Every file of the base model.
    model: Vec<HashedFile>,
    /// The folder of the steps.
    folder: &'a Path,
    /// `None` where steps are found only.
    making: Option<Making<'a>>,
    done: Vec<TunedStep>,
}

/// The folder of the model within that of its step.
const MODEL: &str = "model";

/// A file that a step reads, or that a step before it made; `None` where that is not there.
type Source = Option<PathBuf>;

impl<'a> Chain<'a> {
    /// A chain that begins with the model `base`. Its steps lie in `folder`.
    ///
    /// # Errors
    /// A base model that cannot be read.
    pub(super) fn new(
        base: &'a Path,
        folder: &'a Path,
        making: Option<Making<'a>>,
    ) -> Result<Self> {
        let hashed = |path: PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            hash_file(&format!("base model {name}"), &path, &mut |_| {})
        };
        let model = model_files(base)?.into_iter().map(hashed);
        Ok(Self {
            base,
            model: model.collect::<Result<_, _>>()?,
            folder,
            making,
            done: Vec::new(),
        })
    }

    /// Takes every step of `plan`; `None` if one is missing and none is to be made.
    ///
    /// # Errors
    /// Settings that do not fit the model, before the first step; what a step reports.
    pub(super) fn run(mut self, plan: &FromDpo) -> Result<Option<TunedRecord>> {
        if self.making.is_some() {
            dpo::check(&plan.dpo, self.base)?;
        }
        let pairs = match &plan.pairs {
            PairsSource::Ready(file) => Some(file.clone()),
            PairsSource::Made {
                text,
                head,
                settings,
            } => {
                let head = match head {
                    HeadSource::Ready(file) => Some(file.clone()),
                    HeadSource::Fitted { comments, settings } => self.head(comments, settings)?,
                };
                match head {
                    Some(head) => self.pairs(text, &head, settings)?,
                    None => None,
                }
            }
        };
        let Some(pairs) = pairs else {
            return Ok(None);
        };
        let model = self.tuned(&pairs, &plan.dpo)?;
        Ok(model.map(|model| TunedRecord {
            from: KIND.to_owned(),
            model,
            steps: self.done,
        }))
    }

    fn head(&mut self, comments: &Path, settings: &ReadingSettings) -> Result<Source> {
        let plan = Plan {
            name: "attribute",
            format: 1,
            settings: json!(settings),
            output: "head.safetensors",
        };
        let step = self.step(plan, &[("comments", comments)])?;
        let reading = Reading {
            model: self.base.to_owned(),
            comments: comments.to_owned(),
            settings: *settings,
        };
        let there = self.take(&step, |device| {
            attribute::make(&reading, &step.output(), device).map(Some)
        })?;
        Ok(there.then(|| step.output()))
    }

    fn pairs(&mut self, text: &Path, head: &Path, settings: &PairsSettings) -> Result<Source> {
        let plan = Plan {
            name: "pairs",
            format: 1,
            settings: json!(settings),
            output: "pairs.jsonl",
        };
        let step = self.step(plan, &[("head", head), ("text", text)])?;
        let files = PairsFiles {
            model: self.base.to_owned(),
            head: head.to_owned(),
            from: text.to_owned(),
            out: step.output(),
        };
        let there = self.take(&step, |device| {
            let begin = begin(making::stage(&files.out));
            let make = |begin| making::make(&files, settings, begin, device);
            begin.map(make).transpose()
        })?;
        Ok(there.then(|| step.output()))
    }

    /// The folder of the tuned model, relative to that of the run.
    fn tuned(&mut self, pairs: &Path, settings: &DpoSettings) -> Result<Source> {
        let plan = Plan {
            name: KIND,
            format: 1,
            settings: settings.followed()?,
            output: "model/model.safetensors",
        };
        let step = self.step(plan, &[("pairs", pairs)])?;
        let files = DpoFiles {
            model: self.base.to_owned(),
            pairs: pairs.to_owned(),
            out: step.folder().join(MODEL),
        };
        let there = self.take(&step, |device| {
            let begin = begin(training::stage(&files.out));
            let make = |begin| dpo::make(&files, settings, begin, device);
            begin.map(make).transpose()
        })?;
        Ok(there.then(|| step.relative().join(MODEL)))
    }

    /// The step of `plan`, which reads the base model and `files`.
    fn step(&self, plan: Plan, files: &[(&str, &Path)]) -> Result<Step> {
        let mut inputs = self.model.clone();
        for (role, path) in files {
            for file in files_of(path)? {
                inputs.push(hash_file(role, &file, &mut |_| {})?);
            }
        }
        Ok(Step::new(self.folder, plan, inputs))
    }

    /// Makes the step by `make` unless it is there; whether it is there then. `make` answers nothing where only the record
    /// of the step was missing.
    fn take(
        &mut self,
        step: &Step,
        make: impl FnOnce(OnDemand<'_>) -> Result<Option<Made>>,
    ) -> Result<bool> {
        let (name, folder) = (step.name(), step.folder().display());
        let finished = step.finished()?;
        let Some(Making { device, progress }) = &mut self.making else {
            let there = finished.is_some();
            self.done.extend(finished);
            return Ok(there);
        };
        let done = match finished {
            Some(done) => {
                progress.line(&format!("tuned model: {name} is there: {folder}"));
                done
            }
            None => {
                progress.line(&format!("tuned model: {name} is made: {folder}"));
                let again = match step.folder().exists() {
                    true => format!(" (to begin it again, remove {folder})"),
                    false => String::new(),
                };
                fs::create_dir_all(step.folder())
                    .with_context(|| format!("{folder}: cannot be made"))?;
                let made = make(&mut || Ok(device.device.clone()))
                    .with_context(|| format!("tuned model: {name}{again}"))?;
                if let Some(made) = made {
                    progress.line(&format!("tuned model: {name}: {}", made.sentence));
                }
                step.finish()?
            }
        };
        self.done.push(done);
        Ok(true)
    }
}

/// Where a run begins that has come so far; `None` where it is finished.
fn begin(stage: RunStage) -> Option<Begin> {
    match stage {
        RunStage::NotBegun => Some(Begin::Anew),
        RunStage::Stopped => Some(Begin::Resume),
        RunStage::Finished => None,
    }
}
