//! An allocator that keeps the memory of activations, which are large and short-lived.
//!
//! A program that runs models has two lines for it:
//!
//! ```no_run
//! use counterpoise::allocator;
//!
//! #[global_allocator]
//! static ALLOCATOR: allocator::KeepingAllocator = allocator::KEEPING;
//!
//! fn main() {
//!     allocator::keep_memory();
//! }
//! ```

use std::ffi::{c_int, c_long};

/// The allocator.
pub type KeepingAllocator = mimalloc::MiMalloc;

/// The allocator, for `#[global_allocator]`.
pub const KEEPING: KeepingAllocator = mimalloc::MiMalloc;

/// mimalloc's `mi_option_allow_large_os_pages`: memory comes in large pages where the system has them.
const ALLOW_LARGE_OS_PAGES: c_int = 6;

/// mimalloc's `mi_option_purge_delay`: milliseconds until unused memory is given back; −1 for never.
const PURGE_DELAY: c_int = 15;

/// Makes the allocator keep what it has instead of giving it back to the system after each layer, and take
/// it in large pages: without that, the system clears pages in every forward pass. Call it first thing in
/// `main`, while no other thread runs. An option that the environment sets, such as `MIMALLOC_PURGE_DELAY`,
/// stays as it is set.
pub fn keep_memory() {
    for (variable, option, value) in [
        ("MIMALLOC_PURGE_DELAY", PURGE_DELAY, -1),
        ("MIMALLOC_ALLOW_LARGE_OS_PAGES", ALLOW_LARGE_OS_PAGES, 1),
    ] {
        if std::env::var_os(variable).is_none() {
            set(option, value);
        }
    }
}

#[allow(unsafe_code)]
fn set(option: c_int, value: c_long) {
    // SAFETY: sets an integer of the allocator's own; both numbers are options that it has.
    unsafe { libmimalloc_sys::mi_option_set(option, value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(unsafe_code)]
    fn value(option: c_int) -> c_long {
        // SAFETY: reads an integer of the allocator's own; both numbers are options that it has.
        unsafe { libmimalloc_sys::mi_option_get(option) }
    }

    #[test]
    fn the_options_are_the_ones_meant_and_are_set() {
        let options = [PURGE_DELAY, ALLOW_LARGE_OS_PAGES];
        // mimalloc's defaults. The options beside the first have others, so a shifted number is noticed.
        assert_eq!(options.map(value), [1000, 0]);
        let around = [PURGE_DELAY - 1, PURGE_DELAY + 1].map(value);
        assert!(around.iter().all(|&value| value != 1000), "{around:?}");
        keep_memory();
        assert_eq!(options.map(value), [-1, 1]);
    }
}
