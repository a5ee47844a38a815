//! Shares as processes on this machine.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail};
use counterpoise_study::Kinds;

use super::args::SubmitArgs;
use super::graph::Graph;
use crate::progress;
use crate::replicate;

/// The variable that says how many threads a process computes with.
const THREADS: &str = "RAYON_NUM_THREADS";

/// Runs every stage, each in as many processes as it has shares, and puts the shares together.
///
/// # Errors
/// Shares that failed; as [`replicate::merge`].
pub(super) fn run(graph: &Graph, args: &SubmitArgs, kinds: &Kinds) -> Result<()> {
    if args.write_only || !args.engine_args.is_empty() {
        bail!(
            "the engine `local` has no files to submit and takes no arguments of its own; leave out --write-only and `--`"
        );
    }
    let folder = &graph.folder;
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    for (stage, count) in graph.stages {
        let logs = folder.join(format!("{stage}-*.log"));
        progress::line(&format!(
            "{stage}: {count} processes, which write to {}",
            logs.display()
        ));
        let started = (0..count).map(|index| Share::start(graph, stage, [index, count]));
        let started: Vec<Share> = started.collect::<Result<_>>()?;
        let failed: Vec<String> = started.into_iter().filter_map(Share::failure).collect();
        if !failed.is_empty() {
            bail!(
                "{} of {count} shares of {stage} failed; the same command again makes what is missing: {}",
                failed.len(),
                failed.join("; ")
            );
        }
    }
    replicate::merge(&args.run, kinds)
}

/// A process that makes a share; it is ended when it is dropped.
struct Share {
    shard: String,
    log: PathBuf,
    process: Child,
}

impl Share {
    fn start(graph: &Graph, stage: &str, [index, count]: [usize; 2]) -> Result<Self> {
        let shard = format!("{index}/{count}");
        let log = graph.folder.join(format!("{stage}-{index}.log"));
        let file =
            File::create(&log).with_context(|| format!("{}: cannot be written", log.display()))?;
        let arguments = graph.share(stage, &shard);
        let mut command = Command::new(&arguments[0]);
        command
            .args(&arguments[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file);
        if let Some(threads) = threads(graph, count) {
            command.env(THREADS, threads.to_string());
        }
        let process = command
            .spawn()
            .with_context(|| format!("`{}`: cannot be started", arguments[0]))?;
        Ok(Self {
            shard,
            log,
            process,
        })
    }

    /// Waits for the end, and says why it is none that was wanted.
    fn failure(mut self) -> Option<String> {
        let reason = match self.process.wait() {
            Ok(status) if status.success() => return None,
            Ok(status) => {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                let error = log.lines().find_map(|line| line.strip_prefix("error: "));
                error.map_or_else(|| status.to_string(), str::to_owned)
            }
            Err(error) => error.to_string(),
        };
        Some(format!("share {}: {reason}", self.shard))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Of a process that has ended, both fail or answer at once.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Threads of each of `count` processes; `None` where whoever started this has said how many.
fn threads(graph: &Graph, count: usize) -> Option<usize> {
    match graph.cpus {
        Some(cpus) => Some(cpus.get()),
        None if std::env::var_os(THREADS).is_some() => None,
        None => {
            let here = available_parallelism().map_or(1, NonZeroUsize::get);
            Some((here / count).max(1))
        }
    }
}
