//! `submit`: a study in shares, handed to an engine that runs them.
//!
//! The tasks are the shares of measuring, the shares of the rows when all of these have ended well, and then `merge`. Whatever
//! is lost or killed, the same command again makes what is missing and nothing else.

mod args;
mod graph;
mod hyperqueue;
mod local;
mod slurm;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use counterpoise_study::Kinds;

pub(crate) use args::SubmitArgs;

use crate::progress;
use crate::studies;
use args::Engine;
use graph::Graph;

/// Runs the command.
///
/// # Errors
/// A study that cannot be read, a folder that cannot be written to, an engine that is not installed or refuses. With the
/// engine `local`, also what fails in the study.
pub(crate) fn run(args: &SubmitArgs, kinds: &Kinds) -> Result<()> {
    let mut study = studies::find(&args.run.study, kinds)?;
    study.find_tuned(&studies::out(&study, args.run.out.as_deref()))?;
    let graph = Graph::of(args, &study)?;
    let (program, arguments, files) = match args.engine {
        Engine::Local => return local::run(&graph, args, kinds),
        Engine::Hyperqueue => {
            let file = hyperqueue::write(&graph)?;
            let arguments = vec!["job".into(), "submit-file".into(), file.clone()];
            ("hq", arguments, vec![file])
        }
        Engine::Slurm => {
            let files = slurm::write(&graph)?;
            ("sh", files[..1].to_vec(), files)
        }
    };
    for file in files {
        progress::line(&format!("{} written", file.display()));
    }
    match args.write_only {
        true => Ok(()),
        false => call(program, &arguments, &args.engine_args),
    }
}

/// Runs the engine's own command, which says what it did.
fn call(program: &str, arguments: &[PathBuf], more: &[String]) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).args(more);
    let status = command.status().with_context(|| {
        format!("`{program}`: cannot be started; install the engine, or add --write-only and submit the files elsewhere")
    })?;
    ensure!(
        status.success(),
        "`{program}` ended with {status}; nothing of the study was run here"
    );
    Ok(())
}

/// A path as text, which is what job files hold.
fn text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.with_context(|| format!("{}: expected a path in UTF-8", path.display()))
}
