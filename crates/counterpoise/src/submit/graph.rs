//! The tasks of a study, as commands.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;
use counterpoise_study::Study;

use super::args::SubmitArgs;
use super::text;
use crate::cli::RunArgs;
use crate::studies;

/// What has to be run, stage by stage.
pub(super) struct Graph {
    /// The study's name.
    pub(super) name: String,
    /// Where everything is run.
    pub(super) from: String,
    /// The folder of what is submitted, and of what it says.
    pub(super) folder: PathBuf,
    /// The shares of each stage, in their order.
    pub(super) stages: [(&'static str, usize); 2],
    /// CPUs of each task.
    pub(super) cpus: Option<NonZeroUsize>,
    program: String,
    /// Which study, and how.
    study: Vec<String>,
}

impl Graph {
    /// The tasks that `args` ask for.
    ///
    /// # Errors
    /// Paths that are not UTF-8.
    pub(super) fn of(args: &SubmitArgs, study: &Study) -> Result<Self> {
        let program = std::env::current_exe().context("the program that runs cannot be found")?;
        let from = std::env::current_dir().context("the current folder cannot be found")?;
        let out = studies::out(study, args.run.out.as_deref());
        let out = std::path::absolute(&out).context("the current folder cannot be found")?;
        let workers = args.workers.get();
        let models = 2 * study.protocols.len().max(1);
        Ok(Self {
            name: study.name.clone(),
            program: text(&program)?,
            from: text(&from)?,
            stages: [("measure", workers.min(models)), ("rows", workers)],
            cpus: args.cpus,
            study: arguments(&args.run, text(&out)?),
            folder: out.join("submit"),
        })
    }

    /// The command that makes a share.
    pub(super) fn share(&self, stage: &str, shard: &str) -> Vec<String> {
        self.command("replicate", &["--stage", stage, "--shard", shard])
    }

    /// The command that puts all shares together.
    pub(super) fn merge(&self) -> Vec<String> {
        self.command("merge", &[])
    }

    fn command(&self, name: &str, more: &[&str]) -> Vec<String> {
        let first = [self.program.as_str(), name].into_iter();
        let arguments = self.study.iter().map(String::as_str);
        let all = first.chain(arguments).chain(more.iter().copied());
        all.map(str::to_owned).collect()
    }
}

/// `run` as arguments, with its output folder given.
fn arguments(run: &RunArgs, out: String) -> Vec<String> {
    let RunArgs {
        study,
        only,
        limit,
        out: _,
        device,
        quiet,
    } = run;
    let mut arguments = vec!["--study".to_owned(), study.clone(), "--out".to_owned(), out];
    let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    for part in only {
        add("--only", argument(part));
    }
    if let Some(limit) = limit {
        add("--limit", limit.to_string());
    }
    add("--device", argument(device));
    arguments.extend(quiet.then(|| "--quiet".to_owned()));
    arguments
}

/// A value as it is asked for.
fn argument(value: &impl ValueEnum) -> String {
    // No value is hidden from the command line.
    value
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}
