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
/// it in large pages: without that, a sixth of a forward pass is the system clearing pages. Call it first
/// thing in `main`.
#[allow(unsafe_code)]
pub fn keep_memory() {
    for (option, value) in [(PURGE_DELAY, -1), (ALLOW_LARGE_OS_PAGES, 1)] {
        let value: c_long = value;
        // SAFETY: sets an integer of the allocator's own; both numbers are options that it has.
        unsafe { libmimalloc_sys::mi_option_set(option, value) }
    }
}
