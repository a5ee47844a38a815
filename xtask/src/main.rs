//! `cargo xtask`: the command line of `counterpoise`, and what belongs to this repository alone.
//!
//! `cargo xtask replicate` does what `counterpoise replicate` does; `cargo xtask mini` makes the miniatures.

mod mini;
#[cfg(test)]
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use counterpoise::allocator;

use mini::MiniArgs;

#[global_allocator]
static ALLOCATOR: allocator::KeepingAllocator = allocator::KEEPING;

/// Runs counterpoise studies, whole or in parts, and makes the miniatures.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Counterpoise(counterpoise::cli::Command),
    /// Make a miniature model pair and its data, fixtures/mini or fixtures/small.
    Mini(MiniArgs),
}

fn main() -> ExitCode {
    allocator::keep_memory();
    match Cli::try_parse() {
        Ok(Cli { command }) => match command {
            Command::Counterpoise(command) => command.run(counterpoise::kinds()),
            Command::Mini(args) => match mini::run(&args) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("error: {error:#}");
                    ExitCode::FAILURE
                }
            },
        },
        Err(help_or_error) => {
            // Nothing is left to do if even this cannot be printed.
            let _ = help_or_error.print();
            ExitCode::from(u8::from(help_or_error.use_stderr()))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
