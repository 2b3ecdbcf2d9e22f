//! An odd modulus m, prepared for Montgomery products.
//!
//! `one` = R mod m and `rr` = R² mod m, where R is a power of two of the engine that computes products (2^(64
//! n) or a little more, for n limbs). The engine is chosen here, once. m may be secret (a prime of an RSA key) or
//! public; time depends on n alone.

use alloc::vec::Vec;
use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Nat, PublicNat, Residue, divide, scratch};
use crate::kernel::limbs;
use crate::kernel::montgomery::{self, Code, Engine, Operation, Params};
use crate::kernel::secret::declassify;
use crate::{Error, Result};

/// An odd modulus m ≥ 3 of an announced width; the value may be secret.
///
/// The numbers modulo m are made by [`Modulus::residue`] and borrow the modulus.
#[derive(Clone)]
pub struct Modulus {
    m: Zeroizing<Vec<u64>>,
    one: Zeroizing<Vec<u64>>,
    rr: Zeroizing<Vec<u64>>,
    code: Code,
}

impl Modulus {
    /// Prepares m, at the width it comes with.
    ///
    /// # Errors
    /// [`Error::Modulus`] if m is even or 1: that a number can't be a modulus is public.
    pub fn new(m: &Nat) -> Result<Self> {
        Self::with_engine(m, Engine::best())
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
        // What can't be a modulus is refused, and that's public.
        if !declassify(m.is_odd() & !m.ct_eq(&Nat::from(1))) {
            return Err(Error::Modulus);
        }
        Ok(Self::prepare(m.as_limbs(), engine))
    }

    /// The same modulus on another engine.
    pub(crate) fn on_engine(&self, engine: Engine) -> Self {
        Self::prepare(&self.m, engine)
    }

    /// Prepares a modulus that's public, as those of RSA's public keys are, on the best engine: without a division, if
    /// its top bit is set.
    ///
    /// # Errors
    /// As for [`Modulus::new`].
    pub(crate) fn public(m: &PublicNat) -> Result<Self> {
        let (bits, m) = (m.bits(), m.to_nat());
        if !bits.is_multiple_of(64) || m.width() != bits / 64 {
            return Self::new(&m);
        }
        // m is public, by its type.
        if !declassify(m.is_odd()) {
            return Err(Error::Modulus);
        }
        let (m, code) = (m.as_limbs(), Code::of(Engine::best(), bits / 64));
        // 2^(64 n) − m < m, which is the negative of m in n limbs, and from there up to R.
        let mut one = scratch(m.len());
        limbs::sub_assign(&mut one, m);
        let mut modulus = Self { m: Zeroizing::new(m.to_vec()), one, rr: scratch(0), code };
        let mut one = modulus.one.clone();
        modulus.double(&mut one, code.r_bits(m.len()) - bits);
        modulus.one = one;
        modulus.rr = modulus.r_squared();
        Ok(modulus)
    }

    fn prepare(m: &[u64], engine: Engine) -> Self {
        let code = Code::of(engine, m.len());
        let one = divide::div_rem(Nat::power_of_two(code.r_bits(m.len())).as_limbs(), m).1;
        let mut modulus = Self { m: Zeroizing::new(m.to_vec()), one, rr: scratch(0), code };
        modulus.rr = modulus.r_squared();
        modulus
    }

    /// z · 2^k mod m for z < m.
    fn double(&self, z: &mut [u64], k: usize) {
        for _ in 0..k {
            let carry = limbs::shl1(z, 0);
            limbs::reduce_once(z, carry, &self.m);
        }
    }

    /// R² mod m from R mod m: the exponent k of R · 2^k grows to that of R, by doublings for the first six bits, and by
    /// Montgomery's squares, (R · 2^k)² / R = R · 2^(2 k), for the others.
    fn r_squared(&self) -> Zeroizing<Vec<u64>> {
        let r_bits = self.code.r_bits(self.width());
        let rest = r_bits.ilog2() - 5;
        let (mut z, mut square) = (self.one.clone(), scratch(self.width()));
        let mut room = self.room(Operation::Square);
        self.double(&mut z, r_bits >> rest);
        for i in (0..rest).rev() {
            self.params().run(&mut square, &z, Operation::Square, &mut room);
            z.copy_from_slice(&square);
            self.double(&mut z, r_bits >> i & 1);
        }
        z
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
        self.code.engine()
    }

    /// x mod m, for an x of any width.
    ///
    /// Horner's rule on chunks as wide as m, from the top: z = z · 2^(64 n) + chunk.
    pub fn residue(&self, x: &Nat) -> Residue<'_> {
        let n = self.width();
        let mut room = self.room(Operation::Square);
        let mut chunks = x.as_limbs().chunks(n).rev();
        let (mut z, mut term, mut chunk) = (scratch(n), scratch(n), scratch(n));
        // A chunk is below 2^(64 n) and rr below m: a product may have that.
        let mut enter = |z: &mut [u64], part: &[u64], room: &mut [u64]| {
            chunk.fill(0);
            chunk[..part.len()].copy_from_slice(part);
            self.params().run(z, &chunk, Operation::Mul(&self.rr), room);
        };
        if let Some(top) = chunks.next() {
            enter(&mut z, top, &mut room);
        }
        if x.width() > n {
            // 2^(64 n) = (2^(64 n) − 1) + 1.
            let mut base = scratch(n);
            enter(&mut base, &alloc::vec![u64::MAX; n], &mut room);
            self.add_limbs(&mut base, &self.one);
            for part in chunks {
                self.params().run(&mut term, &z, Operation::Mul(&base), &mut room);
                enter(&mut z, part, &mut room);
                self.add_limbs(&mut z, &term);
            }
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
        Params { m: &self.m, one: &self.one, rr: &self.rr, code: self.code }
    }

    /// z = an operation on x, on limbs: what [`Params::run`] says. For who keeps numbers in memory of their own.
    pub(crate) fn run(&self, z: &mut [u64], x: &[u64], operation: Operation<'_>, room: &mut [u64]) {
        self.params().run(z, x, operation, room);
    }

    /// The limbs of scratch that an operation needs.
    pub(crate) fn room_for(&self, operation: Operation<'_>) -> usize {
        self.params().scratch(operation)
    }

    /// Scratch for an operation.
    pub(super) fn room(&self, operation: Operation<'_>) -> Zeroizing<Vec<u64>> {
        scratch(self.room_for(operation))
    }

    /// The limbs of m.
    pub(crate) fn limbs(&self) -> &[u64] {
        &self.m
    }

    pub(super) fn rr(&self) -> &[u64] {
        &self.rr
    }
}

/// zᵢ = x^eᵢ mod mᵢ for two moduli, as plain numbers, for secret exponents of at most `bits` bits: both at once
/// where the engine has that.
///
/// Shapes: zᵢ is as wide as mᵢ, x at most twice as wide as either; `room` is for `PlainPow`.
pub(crate) fn plain_powers(
    m: [&Modulus; 2],
    z: [&mut [u64]; 2],
    x: [&[u64]; 2],
    e: [&[u64]; 2],
    bits: usize,
    room: &mut [u64],
) {
    let p = m.map(Modulus::params);
    let p = [&p[0], &p[1]];
    if montgomery::is_pair(p) {
        montgomery::powers(p, z, x, e, bits);
    } else {
        for (((m, z), x), e) in m.into_iter().zip(z).zip(x).zip(e) {
            m.run(z, x, Operation::PlainPow(e, bits), room);
        }
    }
}

impl ZeroizeOnDrop for Modulus {}

impl fmt::Debug for Modulus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Modulus({} limbs, {})", self.width(), self.engine())
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
    fn public_moduli_are_the_same() {
        for n in [1, 2, 16, 17, 32, 48, 64] {
            for top in [1, u64::MAX >> 1, 1 << 63, u64::MAX] {
                let mut m: Vec<u64> =
                    (1..=n).map(|i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1).collect();
                m[n as usize - 1] = top | 1;
                let m = Nat::from_limbs(&m);
                let Ok(expected) = Modulus::new(&m) else { continue };
                // A public number is as wide as it's long.
                let public = Modulus::public(&m.declassify()).unwrap();
                assert_eq!(
                    (&*public.m, &*public.one, &*public.rr),
                    (&*expected.m, &*expected.one, &*expected.rr)
                );
            }
        }
        assert_eq!(Modulus::public(&Nat::from(1 << 63).declassify()).err(), Some(Error::Modulus));
        assert_eq!(Modulus::public(&Nat::from(1).declassify()).err(), Some(Error::Modulus));
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
