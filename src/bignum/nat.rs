//! Natural numbers of an announced width.
//!
//! x = Σ xᵢ · 2^(64 i) with n limbs, n ≥ 1 public, the value secret. Sums and products get the width that
//! always holds them; differences say whether they borrowed.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq, ConstantTimeLess, CtOption};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{MAX_BITS, PublicNat, divide, inverse, root, scratch};
use crate::kernel::limbs;
use crate::kernel::word::mask;
use crate::{Error, Result};

/// A natural number: its width in limbs is public, its value is secret.
///
/// Wiped from memory when dropped. There's no `==`: compare with [`ConstantTimeEq::ct_eq`], or
/// [`declassify`](Nat::declassify) first. Numbers of different widths compare by value.
#[derive(Clone)]
pub struct Nat {
    limbs: Zeroizing<Vec<u64>>,
}

impl Nat {
    /// Reads big-endian bytes. The width is what `bytes.len()` calls for, at least one limb; leading zeros
    /// count.
    ///
    /// # Errors
    /// [`Error::TooWide`] for more than 4096 bytes.
    pub fn from_be_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_BITS / 8 {
            return Err(Error::TooWide { bits: bytes.len().saturating_mul(8), max: MAX_BITS });
        }
        let mut z = Self::zero(bytes.len().div_ceil(8).max(1));
        from_be_bytes(&mut z.limbs, bytes);
        Ok(z)
    }

    /// Big-endian bytes, eight for each limb, leading zeros included.
    pub fn to_be_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; 8 * self.width()]);
        be_bytes(&mut bytes, &self.limbs);
        bytes
    }

    /// Exactly `len` big-endian bytes; none if the number doesn't fit.
    pub fn to_be_bytes_padded(&self, len: usize) -> CtOption<Zeroizing<Vec<u8>>> {
        let (bytes, fits) = self.low_be_bytes(len);
        CtOption::new(bytes, fits)
    }

    /// The low `len` bytes, big-endian, and whether they are the whole number.
    pub(crate) fn low_be_bytes(&self, len: usize) -> (Zeroizing<Vec<u8>>, Choice) {
        let all = self.to_be_bytes();
        let (over, rest) = all.split_at(all.len().saturating_sub(len));
        let mut bytes = Zeroizing::new(Vec::with_capacity(len));
        bytes.resize(len - rest.len(), 0);
        bytes.extend_from_slice(rest);
        (bytes, over.iter().fold(0, |acc, byte| acc | byte).ct_eq(&0))
    }

    /// Zero, `width` limbs wide.
    ///
    /// # Panics
    /// If `width` is 0.
    pub fn zero(width: usize) -> Self {
        assert!(width > 0, "a number has at least one limb");
        Self { limbs: scratch(width) }
    }

    /// 2^`exponent`, just wide enough; the exponent is public.
    pub fn power_of_two(exponent: usize) -> Self {
        let mut z = Self::zero(exponent / 64 + 1);
        z.limbs[exponent / 64] = 1 << (exponent % 64);
        z
    }

    /// A number from its limbs, least significant first.
    pub(crate) fn from_limbs(limbs: &[u64]) -> Self {
        assert!(!limbs.is_empty());
        Self { limbs: Zeroizing::new(limbs.to_vec()) }
    }

    pub(crate) fn as_limbs(&self) -> &[u64] {
        &self.limbs
    }

    pub(crate) fn as_limbs_mut(&mut self) -> &mut [u64] {
        &mut self.limbs
    }

    /// A random number of `width` limbs.
    pub(crate) fn random<R: TryCryptoRng + ?Sized>(rng: &mut R, width: usize) -> Result<Self> {
        let mut bytes = Zeroizing::new(vec![0; 8 * width]);
        rng.try_fill_bytes(&mut bytes).map_err(|_| Error::Random)?;
        let mut z = Self::zero(width);
        for (limb, chunk) in z.limbs.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        }
        Ok(z)
    }

    /// A random number below `bound`, as wide as it: ⌊r · bound / 2^(64 (n + 2))⌋ for a random r of n + 2
    /// limbs.
    ///
    /// Without rejections, and so without their timing. Each value's probability is off by less than 2^−128
    /// of itself.
    pub(crate) fn random_below<R: TryCryptoRng + ?Sized>(rng: &mut R, bound: &Self) -> Result<Self> {
        let excess = bound.width() + 2;
        let product = Self::random(rng, excess)?.mul(bound);
        Ok(Self::from_limbs(&product.limbs[excess..]))
    }

    /// The number of limbs.
    pub fn width(&self) -> usize {
        self.limbs.len()
    }

    /// The same number at another width; none if it doesn't fit.
    pub fn with_width(&self, width: usize) -> CtOption<Self> {
        let keep = width.min(self.width());
        CtOption::new(self.low_limbs(width), choice(limbs::is_zero(&self.limbs[keep..])))
    }

    /// The low `width` limbs, with zeros above those that are there.
    pub(crate) fn low_limbs(&self, width: usize) -> Self {
        let keep = width.min(self.width());
        let mut z = Self::zero(width);
        z.limbs[..keep].copy_from_slice(&self.limbs[..keep]);
        z
    }

    /// The same number, at least `width` limbs wide.
    pub(crate) fn widened(&self, width: usize) -> Self {
        self.low_limbs(width.max(self.width()))
    }

    /// The low `width` limbs, which the caller knows to hold the whole number.
    pub(crate) fn truncated(&self, width: usize) -> Self {
        debug_assert!(limbs::is_zero(&self.limbs[width.min(self.width())..]) == 1);
        self.low_limbs(width)
    }

    /// The value, made public: from here on it may be printed, compared and branched on.
    pub fn declassify(&self) -> PublicNat {
        PublicNat::new(self)
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> Choice {
        choice(limbs::is_zero(&self.limbs))
    }

    /// Whether the number is odd.
    pub fn is_odd(&self) -> Choice {
        choice(self.limbs[0] & 1)
    }

    /// The number of bits without leading zeros, as a secret number; 0 for 0.
    pub fn bit_length(&self) -> u64 {
        limbs::bits(&self.limbs)
    }

    /// The number of trailing zero bits, as a secret number; 64 n for 0.
    pub fn trailing_zeros(&self) -> u64 {
        limbs::trailing_zeros(&self.limbs)
    }

    /// The bit of weight 2^`index`; the index is public. Bits above the width are 0.
    pub fn bit(&self, index: usize) -> Choice {
        choice(self.limbs.get(index / 64).map_or(0, |limb| (limb >> (index % 64)) & 1))
    }

    /// `a` if the choice is 0 and `b` if it's 1, at the width of the wider one.
    pub fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let width = a.width().max(b.width());
        let mut z = a.widened(width);
        limbs::assign_masked(&mut z.limbs, &b.widened(width).limbs, mask(bit(choice)));
        z
    }

    /// x + y, one limb wider than the wider one.
    pub fn add(&self, y: &Self) -> Self {
        let width = self.width().max(y.width()) + 1;
        let mut z = self.widened(width);
        limbs::add_assign(&mut z.limbs, &y.widened(width).limbs);
        z
    }

    /// x − y at the width of the wider one; none if x < y.
    pub fn sub(&self, y: &Self) -> CtOption<Self> {
        let (z, borrow) = self.borrowing_sub(y);
        CtOption::new(z, !borrow)
    }

    /// x − y modulo 2^(64 n), n the width of the wider one, and whether x < y.
    pub fn borrowing_sub(&self, y: &Self) -> (Self, Choice) {
        let width = self.width().max(y.width());
        let mut z = self.widened(width);
        let borrow = limbs::sub_assign(&mut z.limbs, &y.widened(width).limbs);
        (z, choice(borrow))
    }

    /// x − w for a word w ≤ x.
    pub(crate) fn minus_word(&self, w: u64) -> Self {
        let mut z = self.clone();
        let borrow = limbs::sub_word(&mut z.limbs, w);
        debug_assert!(borrow == 0);
        z
    }

    /// x · y, as wide as both together.
    pub fn mul(&self, y: &Self) -> Self {
        let mut z = Self::zero(self.width() + y.width());
        limbs::mul(&mut z.limbs, &self.limbs, &y.limbs);
        z
    }

    /// x², twice as wide.
    pub fn square(&self) -> Self {
        let mut z = Self::zero(2 * self.width());
        limbs::square(&mut z.limbs, &self.limbs);
        z
    }

    /// x · 2^s for a public s, wider by ⌈s/64⌉ limbs.
    ///
    /// # Panics
    /// If there's no memory for so many limbs.
    pub fn shl(&self, s: usize) -> Self {
        let mut z = Self::zero(self.width() + s.div_ceil(64));
        z.limbs[s / 64..][..self.width()].copy_from_slice(&self.limbs);
        limbs::shl(&mut z.limbs[s / 64..], s as u64 % 64);
        z
    }

    /// ⌊x / 2^s⌋ for a public s, at the same width.
    pub fn shr(&self, s: usize) -> Self {
        let mut z = Self::zero(self.width());
        if let Some(kept) = self.limbs.get(s / 64..) {
            z.limbs[..kept.len()].copy_from_slice(kept);
        }
        limbs::shr(&mut z.limbs, s as u64 % 64);
        z
    }

    /// x · 2^s mod 2^(64 n) for a **secret** s, at the same width n; 0 for s ≥ 64 n.
    pub fn shl_secret(&self, s: u64) -> Self {
        self.shifted_by_secret(s, limbs::shl)
    }

    /// ⌊x / 2^s⌋ for a **secret** s, at the same width.
    pub fn shr_secret(&self, s: u64) -> Self {
        self.shifted_by_secret(s, limbs::shr)
    }

    fn shifted_by_secret(&self, s: u64, shift: impl Fn(&mut [u64], u64)) -> Self {
        let mut z = self.clone();
        shift(&mut z.limbs, s & 0xffff_ffff);
        let in_range = mask(crate::kernel::word::less(s, 64 * self.width() as u64));
        z.limbs.iter_mut().for_each(|limb| *limb &= in_range);
        z
    }

    /// Quotient and remainder: x = q · d + r with r < d; none if d is 0.
    ///
    /// Both dividend and divisor may be secret. q is as wide as x, r as wide as d.
    pub fn div_rem(&self, d: &Self) -> CtOption<(Self, Self)> {
        CtOption::new(self.div_rem_nonzero(d), !d.is_zero())
    }

    /// Like [`Nat::div_rem`], for a d that isn't zero; meaningless numbers if it is.
    ///
    /// (To take a value out of a `CtOption`, even one that is there by construction, is a branch on a
    /// secret.)
    pub(crate) fn div_rem_nonzero(&self, d: &Self) -> (Self, Self) {
        let (q, r) = divide::div_rem(&self.limbs, &d.limbs);
        (Self { limbs: q }, Self { limbs: r })
    }

    /// x mod d, as wide as d; none if d is 0.
    pub fn rem(&self, d: &Self) -> CtOption<Self> {
        CtOption::new(self.rem_nonzero(d), !d.is_zero())
    }

    /// Like [`Nat::rem`], for a d that isn't zero; a meaningless number if it is.
    pub(crate) fn rem_nonzero(&self, d: &Self) -> Self {
        self.div_rem_nonzero(d).1
    }

    /// ⌊√x⌋, half as wide (rounded up).
    pub fn sqrt(&self) -> Self {
        Self { limbs: root::floor_sqrt(&self.limbs) }
    }

    /// The greatest common divisor, at the width of the wider one. gcd(x, 0) = x.
    pub fn gcd(&self, y: &Self) -> Self {
        let width = self.width().max(y.width());
        Self { limbs: inverse::gcd(&self.widened(width).limbs, &y.widened(width).limbs) }
    }

    /// x⁻¹ mod m, as wide as m; none if x has no inverse. m is odd or even, and **which of both it is is
    /// public**.
    pub fn invert_mod(&self, m: &Self) -> CtOption<Self> {
        let (z, exists) = self.invert_mod_parts(m);
        CtOption::new(z, exists)
    }

    /// The parts of [`Nat::invert_mod`], for whoever makes it public whether there is an inverse: a number,
    /// meaningless if there's none, and whether there is one.
    pub(crate) fn invert_mod_parts(&self, m: &Self) -> (Self, Choice) {
        inverse::invert_mod(self, m)
    }
}

/// Limbs from big-endian bytes, of which there are no more than fit; the limbs above are 0.
pub(crate) fn from_be_bytes(limbs: &mut [u64], bytes: &[u8]) {
    let mut chunks = bytes.rchunks(8);
    for limb in limbs {
        *limb = match chunks.next() {
            Some(&[a, b, c, d, e, f, g, h]) => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            chunk => chunk.unwrap_or(&[]).iter().fold(0, |acc, byte| (acc << 8) | u64::from(*byte)),
        };
    }
}

/// The low big-endian bytes of limbs, of which there are enough.
pub(crate) fn be_bytes(bytes: &mut [u8], limbs: &[u64]) {
    for (chunk, limb) in bytes.rchunks_mut(8).zip(limbs) {
        chunk.copy_from_slice(&limb.to_be_bytes()[8 - chunk.len()..]);
    }
}

/// A `Choice` from a bit.
pub(crate) fn choice(bit: u64) -> Choice {
    Choice::from(bit as u8)
}

/// A bit from a `Choice`.
pub(crate) fn bit(choice: Choice) -> u64 {
    u64::from(choice.unwrap_u8())
}

impl From<u64> for Nat {
    /// One limb.
    fn from(x: u64) -> Self {
        Self::from_limbs(&[x])
    }
}

impl ConstantTimeEq for Nat {
    fn ct_eq(&self, other: &Self) -> Choice {
        let width = self.width().max(other.width());
        choice(limbs::equal(&self.widened(width).limbs, &other.widened(width).limbs))
    }
}

impl subtle::ConstantTimeGreater for Nat {
    fn ct_gt(&self, other: &Self) -> Choice {
        let width = self.width().max(other.width());
        choice(limbs::less_than(&other.widened(width).limbs, &self.widened(width).limbs))
    }
}

impl ConstantTimeLess for Nat {}

impl ZeroizeOnDrop for Nat {}

impl fmt::Debug for Nat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nat({} limbs, secret)", self.width())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nat(bytes: &[u8]) -> Nat {
        Nat::from_be_bytes(bytes).unwrap()
    }

    #[test]
    fn widths_follow_lengths() {
        assert_eq!(nat(&[]).width(), 1);
        assert_eq!(nat(&[0; 9]).width(), 2);
        assert_eq!(Nat::from_be_bytes(&[1; 4096]).unwrap().width(), 512);
        assert_eq!(Nat::from_be_bytes(&[0; 4097]).err(), Some(Error::TooWide { bits: 32_776, max: 32_768 }));
        assert_eq!(nat(&[1; 9]).add(&nat(&[1])).width(), 3);
        assert_eq!(nat(&[1; 9]).mul(&nat(&[1])).width(), 3);
    }

    #[test]
    fn bytes_round_trip_and_pad() {
        let x = nat(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(&x.to_be_bytes()[6..], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(&x.to_be_bytes_padded(9).unwrap()[..], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(x.to_be_bytes_padded(20).unwrap().len(), 20);
        assert!(bool::from(x.to_be_bytes_padded(8).is_none()));
        assert!(bool::from(Nat::zero(2).to_be_bytes_padded(0).is_some()));
    }

    #[test]
    fn subtraction_says_when_it_borrows() {
        let (two, one) = (Nat::from(2), Nat::zero(3).add(&Nat::from(1)));
        assert!(bool::from(two.sub(&one).unwrap().ct_eq(&Nat::from(1))));
        assert!(bool::from(one.sub(&two).is_none()));
    }

    #[test]
    fn shifts_by_public_and_secret_amounts_agree() {
        let x = nat(&[0x80, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x81]);
        for s in 0..130 {
            let wide = x.widened(5);
            assert!(bool::from(x.shl(s).ct_eq(&wide.shl_secret(s as u64))));
            assert!(bool::from(x.shr(s).ct_eq(&wide.shr_secret(s as u64))));
        }
        for s in [128, 1 << 31, 1 << 32, u64::MAX] {
            assert!(bool::from(x.shl_secret(s).is_zero() & x.shr_secret(s).is_zero()));
        }
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(alloc::format!("{:?}", nat(b"secret")), "Nat(1 limbs, secret)");
    }
}
