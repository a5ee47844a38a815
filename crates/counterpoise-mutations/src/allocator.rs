//! The system's allocator, counted: how many bytes a thread holds while it does something.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, which counts for each thread what it holds. A test binary makes it its
/// `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

/// Notes that the thread holds so many bytes more. Memory that another thread took is counted as negative.
fn count(bytes: isize) {
    // A thread that is ending has nothing left to count with, and reads no file.
    let _ = HELD.try_with(|held| {
        held.set(held.get().saturating_add(bytes));
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe to write; this one only counts"
)]
// SAFETY: every call is handed on to the system's allocator as it is; a `Cell` of a number allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both are held while the bytes are moved.
        count(size.cast_signed());
        let moved = unsafe { System.realloc(pointer, layout, size) };
        count(-layout.size().cast_signed());
        moved
    }
}

/// What `work` gives, and the most bytes that this thread held during it, beyond what it held before. Always 0 where
/// [`Counting`] is not the global allocator.
pub fn most_held<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = work();
    let most = MOST.get() - before;
    (result, most.max(0).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static COUNTING: Counting = Counting;

    #[test]
    fn what_is_held_is_counted() {
        let ((), most) = most_held(|| drop(std::hint::black_box(vec![1_u8; 3 << 20])));
        assert!((3 << 20..4 << 20).contains(&most), "{most}");
        let ((), most) = most_held(|| ());
        assert_eq!(most, 0);
    }
}
