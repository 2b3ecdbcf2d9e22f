//! The heap of a traced run: the same addresses, run by run.
//!
//! The program's allocator is the system's until a run [`enters`](enter) the arena. From there on each piece of
//! memory is the next one of a fixed region, and nothing is given back, so that addresses depend on the sizes that
//! are asked for, and on the order. The region is full of zeros when a run enters it.
//!
//! Nothing that outlives a run may be allocated in one: [`leave`] comes first, also where a panic is reported.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr::null_mut,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// How much memory a run may ask for in all. The system provides what's touched alone.
const LEN: usize = 1 << 28;

static START: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Allocates from here on in the arena, which is empty.
pub(super) fn enter() {
    let mut start = START.load(Relaxed);
    if start == 0 {
        start = region(LEN) as usize;
        START.store(start, Relaxed);
    }
    empty(start, LEN);
    NEXT.store(start, Relaxed);
    ENTERED.store(true, Relaxed);
}

/// Allocates in the arena again, from where it was left.
pub(super) fn enter_again() {
    ENTERED.store(true, Relaxed);
}

/// Allocates as usual from here on.
pub(super) fn leave() {
    ENTERED.store(false, Relaxed);
}

/// How much of the arena is in use.
pub(super) fn used() -> usize {
    NEXT.load(Relaxed) - START.load(Relaxed)
}

/// Fills a [`region`] with zeros, of which nothing is used any more.
pub(super) fn empty(start: usize, len: usize) {
    // SAFETY: a region is private memory, which reads as zeros afterwards.
    let result = unsafe { libc::madvise(start as *mut libc::c_void, len, libc::MADV_DONTNEED) };
    assert_eq!(result, 0, "memory can be emptied");
}

/// Memory of the system's, for good, full of zeros.
pub(super) fn region(len: usize) -> *mut u8 {
    // SAFETY: new memory at an address of the system's choice.
    let start = unsafe {
        libc::mmap(
            null_mut(),
            len,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    assert_ne!(start, libc::MAP_FAILED, "the system has no memory");
    start.cast()
}

/// The program's allocator.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: the system's allocator outside of a run, and pieces of the arena that no one else has within.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !ENTERED.load(Relaxed) {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        }
        let align = layout.align().max(16);
        let place = (NEXT.load(Relaxed) + align - 1) & !(align - 1);
        if layout.size() > START.load(Relaxed) + LEN - place {
            return null_mut();
        }
        NEXT.store(place + layout.size(), Relaxed);
        place as *mut u8
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if ENTERED.load(Relaxed) {
            // SAFETY: the caller's promise; all of the arena is zero until it's handed out.
            return unsafe { self.alloc(layout) };
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        let start = START.load(Relaxed);
        if start == 0 || !(start..start + LEN).contains(&(piece as usize)) {
            // SAFETY: not a piece of the arena, so it's the system's.
            unsafe { System.dealloc(piece, layout) }
        }
    }
}
