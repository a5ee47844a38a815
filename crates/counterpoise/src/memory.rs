//! The allocator's settings.
//!
//! A forward pass allocates and frees large activations again and again. An allocator that gives memory back
//! to the kernel a while after it was freed has the kernel clear every page that it takes anew, a sixth of a
//! forward pass. [`keep`] makes [`MiMalloc`] keep what it has. A program of your own gets the same with:
//!
//! ```
//! use counterpoise::memory::{self, MiMalloc};
//!
//! #[global_allocator]
//! static ALLOCATOR: MiMalloc = MiMalloc;
//!
//! fn main() {
//!     memory::keep();
//! }
//! ```

use libmimalloc_sys::{mi_option_set, mi_option_t};
pub use mimalloc::MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`, which `libmimalloc-sys` does not name: milliseconds until freed
/// memory is given back; -1 is never.
const PURGE_DELAY: mi_option_t = 15;

/// Makes [`MiMalloc`] keep freed memory instead of giving it back to the kernel.
///
/// To be called first in `main`, while no other thread runs. If the environment sets `MIMALLOC_PURGE_DELAY`, that
/// is left as it is.
#[allow(unsafe_code)]
pub fn keep() {
    if std::env::var_os("MIMALLOC_PURGE_DELAY").is_none() {
        // SAFETY: the option exists in the mimalloc that is compiled in (the test below reads it), and setting
        // it writes one entry of a table that only this thread uses.
        unsafe { mi_option_set(PURGE_DELAY, -1) }
    }
}

#[cfg(test)]
mod tests {
    use libmimalloc_sys::mi_option_get;

    use super::*;

    #[allow(unsafe_code)]
    fn purge_delay() -> i64 {
        // SAFETY: as above.
        unsafe { mi_option_get(PURGE_DELAY) }.into()
    }

    #[test]
    fn freed_memory_is_kept() {
        if std::env::var_os("MIMALLOC_PURGE_DELAY").is_none() {
            // The default of this option and of no other near it, so it is the right one.
            assert_eq!(purge_delay(), 1000);
            keep();
            assert_eq!(purge_delay(), -1);
        }
    }
}
