//! The command line: what `counterpoise` does, as a function that any program can call.

mod args;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use counterpoise_study::{Kinds, StudyError};

pub use args::{Cli, Command};
pub(crate) use args::{
    CommonArgs, F1Args, GenerateArgs, ModelArgs, NeuronsArgs, OutputArgs, Part, PerplexityArgs,
    RenderArgs, ReplicateArgs, RunArgs, StageChoice, VerifyArgs, WeightArgs,
};

use crate::{
    bench, commands, doctor, fitting, init, making, render, replicate, submit, training, verify,
};

/// Reads the program's arguments and runs the command they name, with `kinds` for what study and edit
/// files name. Errors are told on standard error in one line; the exit code is then 1.
pub fn run(kinds: Result<Kinds, StudyError>) -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => cli.command.run(kinds),
        Err(help_or_error) => {
            // Nothing is left to do if even this cannot be printed.
            let _ = help_or_error.print();
            ExitCode::from(u8::from(help_or_error.use_stderr()))
        }
    }
}

impl Command {
    /// Runs the command; as [`run`].
    pub fn run(self, kinds: Result<Kinds, StudyError>) -> ExitCode {
        let done = match kinds {
            Ok(kinds) => self.done(&kinds),
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        }
    }

    fn done(self, kinds: &Kinds) -> Result<()> {
        match self {
            Self::Replicate(args) => replicate::run(&args, kinds),
            Self::Merge(args) => replicate::merge(&args, kinds),
            Self::Submit(args) => submit::run(&args, kinds),
            Self::Neurons(args) => commands::neurons::run(&args),
            Self::Generate(args) => commands::generate::run(&args, kinds),
            Self::Perplexity(args) => commands::perplexity::run(&args, kinds),
            Self::F1(args) => commands::f1::run(&args, kinds),
            Self::Bench(args) => bench::run(&args, kinds),
            #[cfg(feature = "hub")]
            Self::Fetch(args) => crate::fetch::run(&args),
            Self::Doctor(args) => doctor::run(&args, kinds),
            Self::Render(args) => render::run(&args, kinds),
            Self::Score(args) => commands::score::run(&args, kinds),
            Self::Verify(args) => verify::run(&args),
            Self::Train(command) => training::run(&command),
            Self::Make(command) => making::run(&command, kinds),
            Self::Fit(command) => fitting::run(&command),
            Self::Init(args) => init::run(&args),
        }
    }
}
