//! Secrets for the cases: values and randomness that memcheck takes as undefined.

use crate::valgrind::{poison, unpoison};
use rand_core::{TryCryptoRng, TryRng};
use std::{convert::Infallible, hint::black_box, slice};

/// `value`, as a secret. For a value that holds its data itself (a number, an array of numbers); of a `Vec`
/// this would mark the pointer, and [`secret_bytes`] is meant.
pub(crate) fn secret<T: Copy>(value: T) -> T {
    let mut value = value;
    poison(slice::from_mut(&mut value));
    black_box(value)
}

/// `len` bytes that look random, differ with `seed`, and are secret.
pub(crate) fn secret_bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let Ok(()) = TaintedRng::new(seed).try_fill_bytes(&mut bytes);
    bytes
}

/// What was computed from a secret, made public so that a case can compare it.
pub(crate) fn public<T: Copy>(value: T) -> T {
    let value = black_box(value);
    unpoison(slice::from_ref(&value));
    black_box(value)
}

/// A generator whose output is secret: a key that is generated with it is secret from its first bit on.
///
/// `SplitMix64` (Steele, Lea, Flood 2014): the same seed gives the same numbers, so a finding can be found
/// again. Its own state is public to memcheck; only what it hands out is marked. It is no source of keys.
pub(crate) struct TaintedRng {
    state: u64,
}

impl TaintedRng {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn step(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }
}

impl TryRng for TaintedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(secret((self.step() >> 32) as u32))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(secret(self.step()))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            chunk.copy_from_slice(&self.step().to_le_bytes()[..chunk.len()]);
        }
        poison(dst);
        Ok(())
    }
}

impl TryCryptoRng for TaintedRng {}
