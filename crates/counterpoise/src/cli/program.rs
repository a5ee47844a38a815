//! A program with this command line: its name, its folder, and the studies and interventions it knows.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use counterpoise_intervene::Registry;

use super::command::Command;
use super::studies::KnownStudy;
use super::{bench, commands, doctor, exit_code, parse, render, replicate, studies, train, verify};

/// What the commands have to know of the program that runs them.
pub struct Program {
    /// As a user types it, such as `counterpoise`.
    pub(super) name: &'static str,
    /// Where the studies that come along look for `data/`, and where `out/` is; absolute.
    pub(super) folder: PathBuf,
    /// The kinds of intervention that study and edit files can name.
    pub(super) registry: Registry,
    /// The studies that can be named.
    pub(super) studies: Vec<KnownStudy>,
    /// The study of commands that are given none.
    pub(super) default_study: Option<String>,
}

#[derive(Debug, Parser)]
#[command(
    version,
    about = "Measures, neuron by neuron, what fine-tuning changes along a direction, and tests it by intervening."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Program {
    /// A program that is called `name`, works in the current folder, and knows the studies that come along.
    #[must_use]
    pub fn new(name: &'static str, registry: Registry) -> Self {
        Self {
            name,
            folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            registry,
            studies: studies::built_in(),
            default_study: None,
        }
    }

    /// The same program, working in `folder`: there `data/` and `out/` are.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        self
    }

    /// The same program, where the study file `path` can be named `name`, and is taken if no study is named.
    #[must_use]
    pub fn with_default_study(mut self, name: &str, path: &Path) -> Self {
        self.studies.push(KnownStudy::in_file(name, path));
        self.default_study = Some(name.to_owned());
        self
    }

    /// Runs the command that `arguments` name, the program's own name first.
    pub fn run(
        &self,
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> ExitCode {
        match parse::<Cli>(self.name, arguments) {
            Ok(cli) => exit_code(self.execute(&cli.command)),
            Err(code) => code,
        }
    }

    /// Runs a command.
    ///
    /// # Errors
    /// Those of the command, each one message.
    pub fn execute(&self, command: &Command) -> Result<()> {
        match command {
            Command::Replicate(args) => replicate::run(args, self),
            Command::Neurons(args) => commands::neurons::run(args),
            Command::Generate(args) => commands::generate::run(args, self),
            Command::Perplexity(args) => commands::perplexity::run(args, self),
            Command::F1(args) => commands::f1::run(args, self),
            Command::Bench(args) => bench::run(args, self),
            #[cfg(feature = "hub")]
            Command::Fetch(args) => super::fetch::run(args, self),
            Command::Doctor(args) => doctor::run(args, self),
            Command::Study(args) => studies::run(args, self),
            Command::Render(args) => render::run(args),
            Command::Verify(args) => verify::run(args),
            Command::Train(command) => train::run(command),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::CommandFactory;

    use super::*;
    use crate::cli::command::Part;
    use crate::cli::device::DeviceChoice;

    /// The command that `arguments` name.
    pub(in crate::cli) fn parsed(arguments: &[&str]) -> Result<Command, clap::Error> {
        let line = ["counterpoise"].iter().chain(arguments);
        Ok(Cli::try_parse_from(line)?.command)
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn parts_are_separated_by_commas() {
        let line = ["replicate", "--only", "tables,neurons", "--limit", "3"];
        let Command::Replicate(args) = parsed(&line).unwrap() else {
            unreachable!("replicate was asked for");
        };
        assert_eq!(args.only, [Part::Tables, Part::Neurons]);
        assert_eq!(args.limit.map(std::num::NonZeroUsize::get), Some(3));
        assert_eq!(args.device, DeviceChoice::Auto);
    }

    #[test]
    fn nothing_is_run_on_no_prompts() {
        for zero in ["--limit", "--batch-size", "--max-new-tokens"] {
            let line = ["f1", "--model", "m", "--prompts", "p", zero, "0"];
            assert!(parsed(&line).is_err(), "{zero}");
        }
    }
}
