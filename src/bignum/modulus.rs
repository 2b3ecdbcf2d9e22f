//! An odd modulus m, prepared for Montgomery products.
//!
//! With R = 2^(64 n) for a modulus of n limbs: `m0_inv` = −m⁻¹ mod 2^64, `one` = R mod m, `rr` = R² mod m.
//! The engine that computes products is chosen here, once. m may be secret (a prime of an RSA key) or
//! public; time depends on n alone.

use alloc::vec::Vec;
use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Nat, Residue, divide, scratch};
use crate::kernel::limbs;
use crate::kernel::montgomery::{Engine, Params};
use crate::kernel::secret::declassify;
use crate::kernel::word::neg_inverse;
use crate::{Error, Result};

/// An odd modulus m ≥ 3 of an announced width; the value may be secret.
///
/// The numbers modulo m are made by [`Modulus::residue`] and borrow the modulus.
#[derive(Clone)]
pub struct Modulus {
    m: Zeroizing<Vec<u64>>,
    one: Zeroizing<Vec<u64>>,
    rr: Zeroizing<Vec<u64>>,
    engine: Engine,
}

impl Modulus {
    /// Prepares m, at the width it comes with.
    ///
    /// # Errors
    /// [`Error::Modulus`] if m is even or 1: that a number can't be a modulus is public.
    pub fn new(m: &Nat) -> Result<Self> {
        Self::with_engine(m, Engine::default())
    }

    /// Prepares a modulus of big-endian bytes; leading zeros count for its width.
    ///
    /// # Errors
    /// [`Error::Modulus`] if m is even or 1, [`Error::TooWide`] for more than 4096 bytes.
    pub fn from_be_bytes(bytes: &[u8]) -> Result<Self> {
        Self::new(&Nat::from_be_bytes(bytes)?)
    }

    /// Like [`Modulus::new`], with the engine given instead of chosen.
    ///
    /// # Errors
    /// As for [`Modulus::new`].
    #[doc(hidden)]
    pub fn with_engine(m: &Nat, engine: Engine) -> Result<Self> {
        let n = m.width();
        if !declassify(m.is_odd() & !m.ct_eq(&Nat::from(1))) {
            return Err(Error::Modulus);
        }
        let m = m.as_limbs();
        // 2^(128 n) mod m is R², and R mod m is the remainder on the way to it; two divisions are clearer
        // than one cut in half.
        let power = |limbs: usize| {
            let mut x = scratch(limbs + 1);
            x[limbs] = 1;
            divide::div_rem(&x, m).1
        };
        let (one, rr) = (power(n), power(2 * n));
        Ok(Self { m: Zeroizing::new(m.to_vec()), one, rr, engine })
    }

    /// The number of limbs, which residues share.
    pub fn width(&self) -> usize {
        self.m.len()
    }

    /// The modulus as a number.
    pub fn to_nat(&self) -> Nat {
        Nat::from_limbs(&self.m)
    }

    /// Big-endian bytes of the modulus, eight for each limb.
    pub fn to_be_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.to_nat().to_be_bytes()
    }

    /// The engine that computes products modulo m.
    #[doc(hidden)]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// x mod m, for an x of any width.
    ///
    /// Horner's rule on chunks as wide as m, from the top: z = z · R + chunk, two Montgomery products each.
    pub fn residue(&self, x: &Nat) -> Residue<'_> {
        let n = self.width();
        let params = self.params();
        let mut t = scratch(2 * n);
        let (mut z, mut lifted, mut chunk) = (scratch(n), scratch(n), scratch(n));
        let chunks = x.as_limbs().chunks(n);
        let top = chunks.len() - 1;
        for (i, part) in chunks.enumerate().rev() {
            chunk.fill(0);
            chunk[..part.len()].copy_from_slice(part);
            if i < top {
                params.mul(&mut lifted, &z, &self.rr, &mut t);
                core::mem::swap(&mut z, &mut lifted);
            }
            // chunk < R and rr < m, so that the product is below R · m.
            params.mul(&mut lifted, &chunk, &self.rr, &mut t);
            self.add_limbs(&mut z, &lifted);
        }
        Residue::from_montgomery(self, z)
    }

    /// 0 mod m.
    pub fn zero(&self) -> Residue<'_> {
        Residue::from_montgomery(self, scratch(self.width()))
    }

    /// 1 mod m.
    pub fn one(&self) -> Residue<'_> {
        Residue::from_montgomery(self, self.one.clone())
    }

    /// Whether both are the same modulus, at the same width.
    pub(super) fn same(&self, other: &Self) -> Choice {
        if self.width() == other.width() { self.m[..].ct_eq(&other.m[..]) } else { Choice::from(0) }
    }

    /// z = z + x mod m for z, x < m.
    pub(super) fn add_limbs(&self, z: &mut [u64], x: &[u64]) {
        let carry = limbs::add_assign(z, x);
        limbs::reduce_once(z, carry, &self.m);
    }

    pub(super) fn params(&self) -> Params<'_> {
        // Computed each time, in a few cycles: a word kept beside the vectors would be left behind by every
        // move, and −m⁻¹ mod 2^64 tells the lowest limb of m.
        Params { m: &self.m, one: &self.one, m0_inv: neg_inverse(self.m[0]), engine: self.engine }
    }

    pub(super) fn limbs(&self) -> &[u64] {
        &self.m
    }

    pub(super) fn rr(&self) -> &[u64] {
        &self.rr
    }
}

impl ZeroizeOnDrop for Modulus {}

impl fmt::Debug for Modulus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Modulus({} limbs, {:?})", self.width(), self.engine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_modulus() {
        for m in [0, 1, 2, 4] {
            assert_eq!(Modulus::new(&Nat::from(m)).err(), Some(Error::Modulus));
        }
        assert!(Modulus::from_be_bytes(&[0xff; 4096]).is_ok());
        let error = Modulus::from_be_bytes(&[0xff; 4097]).err();
        assert_eq!(error, Some(Error::TooWide { bits: 32_776, max: 32_768 }));
    }

    #[test]
    fn residues_of_any_width() {
        let m = Modulus::new(&Nat::from(1_000_003).widened(2)).unwrap();
        for width in 1..9 {
            let x = Nat::from_limbs(&alloc::vec![u64::MAX; width]);
            let expected = x.rem(&Nat::from(1_000_003)).unwrap();
            assert_eq!(m.residue(&x).to_nat().declassify(), expected.declassify(), "{width}");
        }
    }
}
