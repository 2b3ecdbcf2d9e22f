//! Storey 2: the fields that curves live in, and those of their scalars; sized at compile time, no heap.
//!
//! GF(p) for a prime p is the integers modulo p: sums, products, and the inverse of everything but 0. Two kinds
//! of field stand here:
//! - [`Element`], numbers of N limbs of 64 bits modulo a prime that a type names: the fields of P-256, P-384 and
//!   P-521 and the scalars of all curves. One generic Montgomery form (x stands as x · R mod p, R = 2^(64 N)) with
//!   the special primes overriding what they do better ([`Prime`]); P-521's form is x itself, R = 1. Values are below
//!   p, so equality is equality of limbs;
//! - [`f25519`], the field of Curve25519 in four words, where sums aren't reduced and have a type of their own, and
//!   [`l25519`], its scalars.
//!
//! Nothing here depends on a value in time or memory address, inversion included.
//!
//! Sources: SP 800-186 and RFC 7748 (the primes); Montgomery, Math. Comp. 44 (1985).
//!
//! Files: `constant` (what the compiler computes), `element`, `inverse`, `nist` (the primes), `f25519`, `l25519`.

#![allow(
    clippy::inline_always,
    reason = "a call costs a product a third of its time, as its arguments go through memory"
)]

pub(crate) mod constant;
mod element;
pub(crate) mod f25519;
pub(crate) mod inverse;
pub(crate) mod l25519;
pub(crate) mod nist;

pub(crate) use element::{Element, Prime};

use core::fmt::Debug;

use subtle::{ConditionallySelectable, ConstantTimeEq, CtOption};
use zeroize::Zeroize;

/// A field of a prime number p of elements, as curves use it.
///
/// The contract of all implementations: values are below p, operations are in constant time, `Copy` values that
/// held a secret are wiped by their owner.
pub(crate) trait Field:
    Copy + Debug + ConditionallySelectable + ConstantTimeEq + Zeroize + Send + Sync + 'static
{
    /// N words of 64 bits, least significant first.
    type Limbs: Copy + AsRef<[u64]> + AsMut<[u64]> + Zeroize + Debug + Eq;

    /// The bits of p.
    const BITS: usize;
    /// The bytes of an element: ⌈bits / 8⌉.
    const BYTES: usize = Self::BITS.div_ceil(8);
    const ZERO: Self;
    const ONE: Self;

    /// x + y.
    fn add(&self, y: &Self) -> Self;
    /// x − y.
    fn sub(&self, y: &Self) -> Self;
    /// −x.
    fn neg(&self) -> Self;
    /// 2 x.
    fn double(&self) -> Self {
        self.add(self)
    }
    /// x · y.
    fn mul(&self, y: &Self) -> Self;
    /// x².
    fn square(&self) -> Self;
    /// x⁻¹, and 0 for 0.
    fn invert(&self) -> Self;
    /// A y with y² = x, if there's one. For p ≡ 3 mod 4.
    fn sqrt(&self) -> CtOption<Self>;

    /// The element of a number below p; none of one that isn't.
    fn from_limbs(x: &Self::Limbs) -> CtOption<Self>;
    /// The element of a number below 2^(64 N), modulo p.
    fn from_limbs_reduced(x: &Self::Limbs) -> Self;
    /// The number, below p.
    fn to_limbs(self) -> Self::Limbs;
    /// The element as it's kept, x · R mod p below p.
    fn form(&self) -> &Self::Limbs;
    /// The element that's kept like this: below p.
    fn from_form(form: Self::Limbs) -> Self;

    /// The element of a number below p, [`Field::BYTES`] big-endian bytes.
    fn from_be_bytes(bytes: &[u8]) -> CtOption<Self> {
        let mut limbs = Self::ZERO.to_limbs();
        let out_of_range = limbs_from_be_bytes(limbs.as_mut(), bytes);
        let element = Self::from_limbs(&limbs);
        limbs.zeroize();
        let is_some = element.is_some() & !out_of_range;
        CtOption::new(element.unwrap_or(Self::ZERO), is_some)
    }

    /// The number as [`Field::BYTES`] big-endian bytes.
    fn to_be_bytes(self, bytes: &mut [u8]) {
        assert_eq!(bytes.len(), Self::BYTES);
        let mut limbs = self.to_limbs();
        for (i, byte) in bytes.iter_mut().rev().enumerate() {
            *byte = (limbs.as_ref()[i / 8] >> (8 * (i % 8))) as u8;
        }
        limbs.zeroize();
    }

    /// The bit of x = 0.
    fn is_zero(&self) -> subtle::Choice {
        self.ct_eq(&Self::ZERO)
    }

    /// The lowest bit of the number.
    fn is_odd(&self) -> subtle::Choice {
        subtle::Choice::from((self.to_limbs().as_ref()[0] & 1) as u8)
    }
}

/// The limbs of a big-endian number, and whether it's too large for them.
pub(crate) fn limbs_from_be_bytes(limbs: &mut [u64], bytes: &[u8]) -> subtle::Choice {
    limbs.fill(0);
    let mut above = 0;
    for (i, byte) in bytes.iter().rev().enumerate() {
        match limbs.get_mut(i / 8) {
            Some(limb) => *limb |= u64::from(*byte) << (8 * (i % 8)),
            None => above |= byte,
        }
    }
    !above.ct_eq(&0)
}
