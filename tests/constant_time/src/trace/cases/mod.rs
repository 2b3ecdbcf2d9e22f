//! The operations of `oneway`, of which all traces have to be the same.
//!
//! Names are those of the other witnesses' cases where the operation is the same. A case makes its inputs from a
//! seed, in the same order and of the same sizes for each; what of them is public and may show in a trace goes to
//! [`public`], as each call of the generator does ([`Random`]).

mod bignum;
mod curves;
mod hash;
mod hpke;
mod key;
mod rsa;

use super::{Case, public};
use crate::taint::{TaintedRng, secret_bytes};
use oneway::hazmat::engine::Engine;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

pub(super) fn cases() -> Vec<Case> {
    [hash::cases(), bignum::cases(), rsa::cases(), key::cases(), curves::cases(), hpke::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Bytes for a seed: all zeros, all ones, zeros in the upper half, and from then on any.
fn varied(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = secret_bytes(seed, len);
    match seed {
        1 => bytes.fill(0),
        2 => bytes.fill(0xff),
        3 => bytes[..len / 2].fill(0),
        _ => {}
    }
    bytes
}

/// The engines that have code for curves.
fn curve_engines() -> impl Iterator<Item = Engine> {
    crate::cases::engines().into_iter().filter(|engine| *engine != Engine::Avx2)
}

/// A generator. How often it's asked is public, as another time follows from a number that was out of range.
struct Random(TaintedRng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(TaintedRng::new(seed))
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        public(4);
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        public(8);
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        public(dst.len() as u64);
        self.0.try_fill_bytes(dst)
    }
}

impl TryCryptoRng for Random {}
