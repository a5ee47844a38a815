//! The command line: what `counterpoise` does when it is called with arguments.
//!
//! A `main` of your own calls [`run`] with the interventions it has registered, and gets every command:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use counterpoise::prelude::*;
//!
//! fn main() -> ExitCode {
//!     counterpoise::memory::keep();
//!     let registry = Registry::paper(); // and `registry.register(...)` for each kind of your own
//!     counterpoise::cli::run(registry, std::env::args_os())
//! }
//! ```
//!
//! A program with commands of its own beside these flattens [`Command`] into its `clap` enum and hands it to
//! [`Program::execute`].

mod bench;
mod command;
mod commands;
mod device;
mod doctor;
mod edit_file;
#[cfg(feature = "hub")]
mod fetch;
mod output;
mod pieces;
mod program;
pub mod progress;
mod render;
mod replicate;
mod shown;
mod studies;
pub mod train;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use counterpoise_intervene::Registry;

pub use command::Command;
pub use program::Program;

/// Runs the command that `arguments` name, the program's own name first, as the program `counterpoise` does:
/// studies that come along look for their files in the current folder.
pub fn run(
    registry: Registry,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> ExitCode {
    Program::new("counterpoise", registry).run(arguments)
}

/// Parses `arguments` as a `P`; what `--help` or an error prints is printed.
///
/// # Errors
/// The code to exit with: success after `--help` and `--version`, failure after an error.
pub fn parse<P: clap::Parser>(
    name: &'static str,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<P, ExitCode> {
    let command = P::command().name(name).bin_name(name);
    let parsed = command.try_get_matches_from(arguments);
    parsed
        .and_then(|matches| P::from_arg_matches(&matches))
        .map_err(|help_or_error| {
            // Nothing is left to do if even this cannot be printed.
            let _ = help_or_error.print();
            match help_or_error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            }
        })
}

/// Prints the error of a command, if it failed, and says what to exit with.
#[must_use]
pub fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
