//! The command line with every kind that is built in.

use std::process::ExitCode;

use counterpoise::allocator;

#[global_allocator]
static ALLOCATOR: allocator::KeepingAllocator = allocator::KEEPING;

fn main() -> ExitCode {
    allocator::keep_memory();
    counterpoise::run(counterpoise::kinds())
}
