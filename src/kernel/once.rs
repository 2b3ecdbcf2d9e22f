//! A table that is computed when it's first needed and then stays: a static's storage, without a heap and
//! without a lock.
//!
//! Nobody waits. Who comes while another thread computes gets nothing, and does without the table that time.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU8, Ordering};

const EMPTY: u8 = 0;
const BEING_BUILT: u8 = 1;
const READY: u8 = 2;

/// A value that is written once, and only read from then on.
#[derive(Debug)]
pub(super) struct Once<T> {
    /// From `EMPTY` to `BEING_BUILT` to `READY`; back to `EMPTY` where building panics. Who has made it
    /// `BEING_BUILT`, and nobody else, may write.
    state: AtomicU8,
    value: UnsafeCell<T>,
}

// SAFETY: a `&Once<T>` gives a `&T` to any thread (T: Sync), and lets any thread write the value that others
// then read and drop (T: Send). That no one reads while another writes is shown at `get`.
unsafe impl<T: Send + Sync> Sync for Once<T> {}

impl<T> Once<T> {
    /// Room for a value; what's in it until then is seen by the first caller's `build` alone.
    pub(super) const fn new(room: T) -> Self {
        Self { state: AtomicU8::new(EMPTY), value: UnsafeCell::new(room) }
    }

    /// The value, which the first caller builds; `None` while another thread does.
    pub(super) fn get(&self, build: impl FnOnce(&mut T)) -> Option<&T> {
        if self.state.load(Ordering::Acquire) != READY {
            self.state.compare_exchange(EMPTY, BEING_BUILT, Ordering::Acquire, Ordering::Relaxed).ok()?;
            let mut outcome = Outcome { state: &self.state, is: EMPTY };
            // SAFETY: this thread alone has found EMPTY and made it BEING_BUILT: nobody else gets to this
            // line before it's EMPTY again, nor to the one below before it's READY; both come after this
            // reference's end.
            build(unsafe { &mut *self.value.get() });
            outcome.is = READY;
        }
        // SAFETY: the state is READY, and stays: nobody writes any more. What was written happened before:
        // Release by `Outcome`, Acquire above (or the same thread).
        Some(unsafe { &*self.value.get() })
    }
}

/// Tells what has come of the building, also when it panics.
struct Outcome<'a> {
    state: &'a AtomicU8,
    is: u8,
}

impl Drop for Outcome<'_> {
    fn drop(&mut self) {
        self.state.store(self.is, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn is_built_once_and_by_one() {
        let once = Once::new(0);
        assert!(catch_unwind(AssertUnwindSafe(|| once.get(|_| panic!("no")))).is_err());
        let seen = once.get(|x| {
            assert_eq!(once.get(|_| unreachable!()), None);
            *x = 7;
        });
        assert_eq!(seen, Some(&7));
        assert_eq!(once.get(|_| unreachable!()), Some(&7));
    }

    #[test]
    fn threads_see_nothing_or_all() {
        let once = Once::new([0u64; 1000]);
        let built = AtomicU8::new(0);
        std::thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| {
                    while once
                        .get(|x| {
                            built.fetch_add(1, Ordering::Relaxed);
                            x.fill(3);
                        })
                        .is_none_or(|x| *x != [3; 1000])
                    {}
                });
            }
        });
        assert_eq!(built.load(Ordering::Relaxed), 1);
    }
}
