//! A static value that is built at its first use.
//!
//! Without `std` there's nothing to wait on, so nobody waits: while one thread builds, others are told that
//! there's nothing yet, and do without.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU8, Ordering};

const EMPTY: u8 = 0;
const BEING_BUILT: u8 = 1;
const READY: u8 = 2;

/// A place for one value, in a `static`.
///
/// The state goes from empty to being built to ready, and never back. Who takes it out of empty, by an
/// exchange that succeeds once, may write the value; who sees that it's ready may read it.
pub(super) struct Once<T> {
    state: AtomicU8,
    value: UnsafeCell<T>,
}

// SAFETY: through a shared `Once` one thread at most has a `&mut T` (hence Send), and none has it any more
// when others get a `&T` (hence Sync): see `get_or_build`.
unsafe impl<T: Send + Sync> Sync for Once<T> {}

impl<T> Once<T> {
    /// A place with nothing in it; `empty` is what `build` will find there.
    pub(super) const fn new(empty: T) -> Self {
        Self { state: AtomicU8::new(EMPTY), value: UnsafeCell::new(empty) }
    }

    /// The value, built by the first call; `None` while another call builds it (and for good, if that
    /// panicked).
    pub(super) fn get_or_build(&self, build: impl FnOnce(&mut T)) -> Option<&T> {
        if self.state.load(Ordering::Acquire) != READY {
            self.state.compare_exchange(EMPTY, BEING_BUILT, Ordering::Acquire, Ordering::Relaxed).ok()?;
            // SAFETY: the exchange succeeds once in the life of `self`, so there's no other `&mut T`; and
            // there's no `&T` before the state is READY, which is set below, when this reference is gone.
            build(unsafe { &mut *self.value.get() });
            self.state.store(READY, Ordering::Release);
        }
        // SAFETY: the state is READY and stays so: nobody has a `&mut T`, or gets one. What was written was
        // written by this thread, or before the store that released the READY which was acquired above.
        Some(unsafe { &*self.value.get() })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn is_built_once_and_nobody_waits() {
        static PLACE: Once<[u64; 100]> = Once::new([0; 100]);
        let (started, looked) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|s| {
            s.spawn(|| {
                let built = PLACE.get_or_build(|x| {
                    started.wait();
                    looked.wait();
                    *x = [7; 100];
                });
                assert_eq!(built, Some(&[7; 100]));
            });
            started.wait();
            assert_eq!(PLACE.get_or_build(|_| unreachable!()), None);
            looked.wait();
        });
        assert_eq!(PLACE.get_or_build(|_| unreachable!()), Some(&[7; 100]));
    }

    #[test]
    fn many_at_once_see_all_or_nothing() {
        for _ in 0..100 {
            let place = Once::new([0u64; 64]);
            thread::scope(|s| {
                for _ in 0..4 {
                    s.spawn(|| {
                        let seen = place.get_or_build(|x| x.fill(1));
                        assert!(seen.is_none_or(|x| *x == [1; 64]));
                    });
                }
            });
            assert_eq!(place.get_or_build(|_| unreachable!()), Some(&[1; 64]));
        }
    }
}
