//! An allocator that knows how much each thread holds, and held at most.
#![allow(unsafe_code)] // to be an allocator

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
struct Counting;

/// Notes that the thread holds so many bytes more. Memory that another thread took is counted as negative.
fn count(bytes: isize) {
    // While a thread ends there is nothing left to count with.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: every call is handed on to the system's allocator as it is.
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

/// What `work` gives, and the most bytes that this thread held during it, beyond what it held before.
pub(crate) fn most_held<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = work();
    let most = MOST.get() - before;
    (result, most.max(0).cast_unsigned())
}

#[test]
fn what_is_held_is_counted() {
    let ((), most) = most_held(|| drop(std::hint::black_box(vec![1_u8; 3 << 20])));
    assert!((3 << 20..4 << 20).contains(&most), "{most}");
    let ((), most) = most_held(|| ());
    assert_eq!(most, 0);
}
