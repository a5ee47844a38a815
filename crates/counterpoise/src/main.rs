//! The command line with the paper's kinds.

use std::process::ExitCode;

use counterpoise::allocator;
use counterpoise::prelude::Kinds;

#[global_allocator]
static ALLOCATOR: allocator::KeepingAllocator = allocator::KEEPING;

fn main() -> ExitCode {
    allocator::keep_memory();
    counterpoise::run(Kinds::paper())
}
