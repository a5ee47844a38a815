//! The repository's own commands: those of `counterpoise`, on the miniature unless told otherwise, and `mini`.

mod mini;
#[cfg(test)]
mod tidy;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use counterpoise::cli::{self, Program};
use counterpoise::memory::{self, MiMalloc};
use counterpoise::prelude::Registry;

use mini::MiniArgs;

/// The program's allocator, as in `counterpoise`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The name by which all of this is called.
const NAME: &str = "cargo xtask";

/// Runs counterpoise in its repository.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Counterpoise(cli::Command),
    /// Make the miniature model pair and its data, fixtures/mini.
    Mini(MiniArgs),
}

fn main() -> ExitCode {
    memory::keep();
    match cli::parse::<Cli>(NAME, std::env::args_os()) {
        Ok(Cli { command }) => cli::exit_code(match command {
            Command::Counterpoise(command) => program().execute(&command),
            Command::Mini(args) => mini::run(&args),
        }),
        Err(code) => code,
    }
}

/// `counterpoise`, in the repository: `data` and `out` are below its root, and the study is the miniature's.
fn program() -> Program {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Program::new(NAME, Registry::paper())
        .in_folder(&here.join(".."))
        .with_default_study("mini", &here.join("studies/mini.toml"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_of_counterpoise_is_here() {
        let commands = cli::Command::augment_subcommands(clap::Command::new("counterpoise"));
        for command in commands.get_subcommands() {
            let name = command.get_name();
            assert!(Cli::command().find_subcommand(name).is_some(), "{name}");
        }
    }
}
