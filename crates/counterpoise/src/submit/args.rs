//! The arguments of `submit`.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

use crate::cli::RunArgs;

/// `submit`
#[derive(Debug, Args)]
pub struct SubmitArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// What runs the shares: processes here, HyperQueue (`hq`), or Slurm (`sbatch`).
    #[arg(long, value_enum)]
    pub(super) engine: Engine,
    /// Into how many shares the rows are cut: processes that run at the same time.
    #[arg(long, value_name = "N")]
    pub(super) workers: NonZeroUsize,
    /// CPUs of each share. Unless given: an equal part of those here, all of a HyperQueue worker's, or what Slurm gives.
    #[arg(long, value_name = "N")]
    pub(super) cpus: Option<NonZeroUsize>,
    /// Write what would be submitted, and submit nothing.
    #[arg(long)]
    pub(super) write_only: bool,
    /// Passed on to every `sbatch`, or to `hq job submit-file`.
    #[arg(last = true, value_name = "ENGINE ARGUMENTS")]
    pub(super) engine_args: Vec<String>,
}

/// What runs the shares of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// Processes on this machine.
    Local,
    /// A HyperQueue server, which has to run.
    Hyperqueue,
    /// Slurm.
    Slurm,
}
