//! The program `counterpoise`: the command line with the paper's interventions.

use std::process::ExitCode;

use counterpoise::memory::{self, MiMalloc};
use counterpoise::prelude::Registry;

/// Activations are large and short-lived: this allocator keeps their memory, where the system's
/// gives it back to the kernel after every operation.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    memory::keep();
    counterpoise::cli::run(Registry::paper(), std::env::args_os())
}
