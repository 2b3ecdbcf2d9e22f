//! Secrets for the cases: values and randomness that the tool takes as undefined.

use crate::tool::{is_poisoned, poison, unpoison};
use oneway::bignum::Nat;
use rand_core::{TryCryptoRng, TryRng};
use std::{convert::Infallible, hint::black_box, slice};
use subtle::CtOption;

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

/// A secret number `limbs` limbs wide.
pub(crate) fn secret_nat(seed: u64, limbs: usize) -> Nat {
    Nat::from_be_bytes(&secret_bytes(seed, 8 * limbs)).expect("not too wide")
}

/// A secret number of which only that it's odd, and not 1, is public.
pub(crate) fn secret_odd(seed: u64, limbs: usize) -> Nat {
    let mut bytes = secret_bytes(seed, 8 * limbs);
    bytes[8 * limbs - 1] |= 3;
    Nat::from_be_bytes(&bytes).expect("not too wide")
}

/// What was computed from a secret is one still, in part at least.
///
/// # Panics
/// If all of it is public: then it wasn't the secret that was worked on.
pub(crate) fn still_secret(bytes: &[u8]) {
    assert!(is_poisoned(black_box(bytes)), "the result isn't secret any more");
}

/// What was computed from a secret, made public so that a case can compare it.
pub(crate) fn public<T: Copy>(value: T) -> T {
    let value = black_box(value);
    unpoison(slice::from_ref(&value));
    black_box(value)
}

/// Bytes that were computed from secrets, made public.
pub(crate) fn public_bytes(bytes: &[u8]) -> Vec<u8> {
    let bytes = black_box(bytes.to_vec());
    unpoison(&bytes);
    black_box(bytes)
}

/// The value of an option that is there, as a case knows; numbers in it stay secret. (`unwrap` alone branches
/// on whether it's there.)
pub(crate) fn opened<T>(option: CtOption<T>) -> T {
    let option = black_box(option);
    // The value's own words, pointers and lengths, become public too, which they were; its limbs are elsewhere.
    unpoison(slice::from_ref(&option));
    black_box(option).unwrap()
}

/// A generator whose output is secret: a key that is generated with it is secret from its first bit on.
///
/// `SplitMix64` (Steele, Lea, Flood 2014): the same seed gives the same numbers, so a finding can be found
/// again. Its own state is public to the tool; only what it hands out is marked. It is no source of keys.
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
