//! GF(p) for p = 2^255 − 19, the field of Curve25519 and Ed25519.
//!
//! Four words of 64 bits. A product has eight; as 2^256 = 2 p + 38, its upper half comes back down times 38, and
//! what's then at and above 2^255 times 19. Two kinds of value differ in the bound of their number, which stands in
//! the type:
//! - [`Reduced`]: below 2^255 + 2^32. Products, squares and decoded bytes are.
//! - [`Unreduced`]: any 256 bits. Sums and differences are.
//!
//! A product takes either. Of the two operands of a sum or a difference one is reduced, and then one correction by
//! 38 is enough (the proofs stand at [`F25519::add`] and [`F25519::sub`]). Nothing is reduced below p until bytes are
//! asked for.
//!
//! Radix 2^51 on five words, the usual choice for portable code, was measured next to this one and is slower here:
//! 33 µs for a ladder against 28 (Zen 4, November 2026). The compiler keeps carry chains in the carry flag, 25
//! products become 21, and sums are two words narrower than they look. Vector kernels use radix 2^51;
//! [`F25519::from_limbs`] and [`F25519::to_limbs`] are the way there and back.
//!
//! Time and addresses depend on nothing. Everything that tables are made of is `const fn`.
//!
//! Sources: RFC 7748, section 4.1; RFC 8032, section 5.1; Bernstein, "Curve25519" (2006).

#![allow(
    clippy::inline_always,
    reason = "a product is inlined into the point operation, or it pays for memory"
)]

use core::fmt;
use core::marker::PhantomData;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use zeroize::Zeroize;

use super::inverse;
use crate::kernel::limbs;
use crate::kernel::word::{mask, select};

/// Of a number below 2^255 + 2^32.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reduced;

/// Of any number of 256 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unreduced;

/// An element of GF(2^255 − 19), by a number whose bound is `B`: [`Reduced`] or [`Unreduced`].
#[derive(Clone, Copy)]
pub(crate) struct F25519<B = Reduced> {
    words: [u64; 4],
    bound: PhantomData<B>,
}

/// It may be secret, and isn't shown.
impl<B> fmt::Debug for F25519<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("F25519(..)")
    }
}

/// A sum or difference: any 256 bits.
pub(crate) type Sum = F25519<Unreduced>;

const LOW_63: u64 = u64::MAX >> 1;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "for kernels of x86-64"))]
const LOW_51: u64 = (1 << 51) - 1;

/// p, for inverses.
struct Prime25519;

impl inverse::Modulus<4> for Prime25519 {
    const M: [u64; 4] = [u64::MAX - 18, u64::MAX, u64::MAX, u64::MAX >> 1];
    const BITS: usize = 255;
}

impl F25519 {
    pub(crate) const ZERO: Self = Self::reduced([0; 4]);
    pub(crate) const ONE: Self = Self::reduced([1, 0, 0, 0]);

    /// The element of a number below 2^255 + 2^32.
    const fn reduced(words: [u64; 4]) -> Self {
        debug_assert!(words[3] >> 63 == 0 || (words[3] << 1 | words[2] | words[1] | words[0] >> 32) == 0);
        Self { words, bound: PhantomData }
    }

    /// The element of four words, for constants. Requires: below 2^255 + 2^32.
    pub(crate) const fn from_words(words: [u64; 4]) -> Self {
        Self::reduced(words)
    }

    /// The element of a small number.
    pub(crate) const fn from_word(x: u64) -> Self {
        Self::reduced([x, 0, 0, 0])
    }

    /// Σ x\[i\] · 2^(51 i), for x\[i\] < 2^52.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "for kernels of x86-64"))]
    pub(crate) const fn from_limbs(x: &[u64; 5]) -> Self {
        debug_assert!((x[0] | x[1] | x[2] | x[3] | x[4]) >> 52 == 0);
        // At most 2^51 · 2^204 in the last limb and 2^205 below it: less than 2^256 together, so nothing is lost.
        let mut words = [0; 4];
        let mut acc = x[0] as u128 + 19 * (x[4] >> 51) as u128;
        acc += (x[1] as u128) << 51;
        words[0] = acc as u64;
        acc = (acc >> 64) + ((x[2] as u128) << 38);
        words[1] = acc as u64;
        acc = (acc >> 64) + ((x[3] as u128) << 25);
        words[2] = acc as u64;
        acc = (acc >> 64) + (((x[4] & LOW_51) as u128) << 12);
        words[3] = acc as u64;
        F25519::<Unreduced>::sum(words).reduce()
    }

    /// The number as Σ x\[i\] · 2^(51 i), x\[i\] < 2^51 but for the last one, which is below 2^52.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "for kernels of x86-64"))]
    pub(crate) const fn to_limbs(self) -> [u64; 5] {
        let w = self.words;
        [
            w[0] & LOW_51,
            (w[0] >> 51 | w[1] << 13) & LOW_51,
            (w[1] >> 38 | w[2] << 26) & LOW_51,
            (w[2] >> 25 | w[3] << 39) & LOW_51,
            w[3] >> 12,
        ]
    }

    /// The number of 32 little-endian bytes without the top bit: modulo p, as X25519 reads its coordinates.
    ///
    /// Source: RFC 7748, section 5.
    pub(crate) fn from_bytes_mod_p(bytes: &[u8; 32]) -> Self {
        let mut words = words(bytes);
        words[3] &= LOW_63;
        Self::reduced(words)
    }

    /// The number of 32 little-endian bytes; none if it's not below p, as Ed25519 wants it.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> CtOption<Self> {
        let x = Self::from_bytes_mod_p(bytes);
        CtOption::new(x, x.to_bytes().ct_eq(bytes))
    }

    /// x^(2^n), for n ≥ 1.
    pub(crate) const fn square_n(&self, n: u32) -> Self {
        let (mut x, mut i) = (self.square(), 1);
        while i < n {
            x = x.square();
            i += 1;
        }
        x
    }

    /// (x^(2^250 − 1), x^11): the common part of the powers below.
    const fn ladder_of_ones(&self) -> (Self, Self) {
        let x2 = self.square();
        let x9 = x2.square_n(2).mul(self);
        let x11 = x9.mul(&x2);
        // ones_k is x^(2^k − 1).
        let ones_5 = x11.square().mul(&x9);
        let ones_10 = ones_5.square_n(5).mul(&ones_5);
        let ones_20 = ones_10.square_n(10).mul(&ones_10);
        let ones_40 = ones_20.square_n(20).mul(&ones_20);
        let ones_50 = ones_40.square_n(10).mul(&ones_10);
        let ones_100 = ones_50.square_n(50).mul(&ones_50);
        let ones_200 = ones_100.square_n(100).mul(&ones_100);
        (ones_200.square_n(50).mul(&ones_50), x11)
    }

    /// x⁻¹, and 0 for 0, by division steps.
    pub(crate) fn invert(&self) -> Self {
        Self::reduced(inverse::divide::<Prime25519, 4>(&[1, 0, 0, 0], &self.canonical()))
    }

    /// The same for constants: x^(p − 2), p − 2 = 2^255 − 21 = 2^5 (2^250 − 1) + 11.
    pub(crate) const fn invert_by_power(&self) -> Self {
        let (ones_250, x11) = self.ladder_of_ones();
        ones_250.square_n(5).mul(&x11)
    }

    /// x^((p − 5) / 8), (p − 5) / 8 = 2^252 − 3 = 2^2 (2^250 − 1) + 1.
    pub(crate) const fn pow_p58(&self) -> Self {
        self.ladder_of_ones().0.square_n(2).mul(self)
    }

    /// The x with v x² = u of which x mod p is even, if there's one, for v ≠ 0. `power` is (u v⁷)^((p − 5) / 8), from
    /// [`sqrt_ratio_base`](Self::sqrt_ratio_base): whoever has several to compute does so at a time.
    ///
    /// Source: RFC 8032, section 5.1.3, steps 2 and 3.
    pub(crate) fn sqrt_ratio(u: &Self, v: &Self, power: &Self) -> CtOption<Self> {
        let x = u.mul(&v.square().mul(v)).mul(power);
        let vxx = v.mul(&x.square());
        let is_root = vxx.ct_eq(u);
        let is_root_times_i = vxx.ct_eq(&u.neg());
        let x = Self::conditional_select(&x.mul(&SQRT_MINUS_ONE), &x, is_root);
        let even = Self::conditional_select(&x, &x.neg().reduce(), x.is_odd());
        CtOption::new(even, is_root | is_root_times_i)
    }

    /// u v⁷, whose power [`sqrt_ratio`](Self::sqrt_ratio) asks for.
    pub(crate) fn sqrt_ratio_base(u: &Self, v: &Self) -> Self {
        let v3 = v.square().mul(v);
        u.mul(&v3.square().mul(v))
    }
}

impl Sum {
    const fn sum(words: [u64; 4]) -> Self {
        Self { words, bound: PhantomData }
    }
}

impl<B: Copy> F25519<B> {
    /// x y.
    #[inline(always)]
    pub(crate) const fn mul<C: Copy>(&self, y: &F25519<C>) -> F25519 {
        reduce_wide(&product(&self.words, &y.words))
    }

    /// x².
    #[inline(always)]
    pub(crate) const fn square(&self) -> F25519 {
        reduce_wide(&square(&self.words))
    }

    /// k x, for k < 2^26.
    #[inline(always)]
    pub(crate) const fn mul_small(&self, k: u64) -> F25519 {
        debug_assert!(k < 1 << 26);
        let (mut z, mut carry, mut i) = ([0; 4], 0, 0);
        while i < 4 {
            let product = self.words[i] as u128 * k as u128 + carry;
            (z[i], carry) = (product as u64, product >> 64);
            i += 1;
        }
        // The carry is below k, so the result is below 2^255 + 19 · 2 k < 2^255 + 2^32.
        F25519::reduced(fold_top(z, carry as u64))
    }

    /// x − y.
    ///
    /// With x ≥ 0 and y < 2^255 + 2^32: where the difference is negative, it's at least −y, so it's kept as
    /// 2^256 − y or more, and 38 less of it (−2^256 = −2 p − 38) isn't negative again.
    #[inline(always)]
    pub(crate) const fn sub(&self, y: &F25519) -> Sum {
        let (x, y) = (&self.words, &y.words);
        let (z0, b) = sbb(x[0], y[0], false);
        let (z1, b) = sbb(x[1], y[1], b);
        let (z2, b) = sbb(x[2], y[2], b);
        let (z3, b) = sbb(x[3], y[3], b);
        let (z0, b) = sbb(z0, 38 * b as u64, false);
        let (z1, b) = sbb(z1, 0, b);
        let (z2, b) = sbb(z2, 0, b);
        Sum::sum([z0, z1, z2, z3 - b as u64])
    }

    /// The same element, reduced: at most 2^255 − 1 + 19.
    #[inline(always)]
    pub(crate) const fn reduce(&self) -> F25519 {
        F25519::reduced(fold_top(self.words, 0))
    }

    /// The number below p.
    fn canonical(&self) -> [u64; 4] {
        // x < 2^255 + 19 < 2 p. x ≥ p exactly if x + 19 ≥ 2^255, and then x − p = x + 19 − 2^255.
        let x = self.reduce().words;
        let (mut z, mut carry) = ([0; 4], 19);
        for i in 0..4 {
            let (sum, c) = x[i].overflowing_add(carry);
            (z[i], carry) = (sum, u64::from(c));
        }
        let m = mask(z[3] >> 63);
        z[3] &= LOW_63;
        core::array::from_fn(|i| select(m, z[i], x[i]))
    }

    /// The number below p as 32 little-endian bytes.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.as_chunks_mut().0.iter_mut().zip(self.canonical()).for_each(|(b, w)| *b = w.to_le_bytes());
        bytes
    }

    /// Whether the number below p is odd: "negative", as RFC 8032 calls it.
    pub(crate) fn is_odd(&self) -> Choice {
        Choice::from((self.canonical()[0] & 1) as u8)
    }

    /// Whether it's 0.
    pub(crate) fn is_zero(&self) -> Choice {
        self.canonical().ct_eq(&[0; 4])
    }
}

impl F25519 {
    /// −x.
    #[inline(always)]
    pub(crate) const fn neg(&self) -> Sum {
        Self::ZERO.sub(self)
    }

    /// x + y.
    ///
    /// Where the sum of two numbers below 2^255 + 2^32 overflows, what's left is below 2^33, and 38 more
    /// (2^256 = 2 p + 38) stay in the first word.
    #[inline(always)]
    pub(crate) const fn add(&self, y: &Self) -> Sum {
        let ([z0, z1, z2, z3], c) = sum(&self.words, &y.words);
        Sum::sum([z0 + 38 * c as u64, z1, z2, z3])
    }
}

impl Sum {
    /// x + y.
    ///
    /// With x < 2^256 and y < 2^255 + 2^32: where the sum overflows, what's left is below y, and 38 more don't
    /// overflow again.
    #[inline(always)]
    pub(crate) const fn add(&self, y: &F25519) -> Self {
        let ([z0, z1, z2, z3], c) = sum(&self.words, &y.words);
        let (z0, c) = adc(z0, 38 * c as u64, false);
        let (z1, c) = adc(z1, 0, c);
        let (z2, c) = adc(z2, 0, c);
        Self::sum([z0, z1, z2, z3 + c as u64])
    }
}

/// √−1 = 2^((p − 1) / 4): 2 isn't a square. (p − 1) / 4 = 2^253 − 5 = 2 (p − 5) / 8 + 1.
const SQRT_MINUS_ONE: F25519 = {
    let two = F25519::from_word(2);
    two.pow_p58().square().mul(&two)
};

/// 32 bytes as four little-endian words.
fn words(bytes: &[u8; 32]) -> [u64; 4] {
    let chunks = bytes.as_chunks().0;
    core::array::from_fn(|i| u64::from_le_bytes(chunks[i]))
}

/// x + y + carry, as a word and the next carry. (`u64::carrying_add`, which no constant may call yet; the same for
/// the next two.)
#[inline(always)]
const fn adc(x: u64, y: u64, carry: bool) -> (u64, bool) {
    let (sum, c) = x.overflowing_add(y);
    let (sum, d) = sum.overflowing_add(carry as u64);
    (sum, c | d)
}

/// x − y − borrow, as a word and the next borrow.
#[inline(always)]
const fn sbb(x: u64, y: u64, borrow: bool) -> (u64, bool) {
    let (difference, b) = x.overflowing_sub(y);
    let (difference, d) = difference.overflowing_sub(borrow as u64);
    (difference, b | d)
}

/// x + y, and the bit that leaves.
#[inline(always)]
const fn sum(x: &[u64; 4], y: &[u64; 4]) -> ([u64; 4], bool) {
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (*x, *y);
    let (z0, c) = adc(x0, y0, false);
    let (z1, c) = adc(x1, y1, c);
    let (z2, c) = adc(x2, y2, c);
    let (z3, c) = adc(x3, y3, c);
    ([z0, z1, z2, z3], c)
}

/// x y, as the low word and the high one.
#[inline(always)]
const fn mul_word(x: u64, y: u64) -> (u64, u64) {
    let product = x as u128 * y as u128;
    (product as u64, (product >> 64) as u64)
}

/// x + 2^256 top as a number without the bits from 2^255 up, these times 19 (2^255 = p + 19).
///
/// Requires: top < 2^26. Ensures: z < 2^255 + 19 (2 top + 1) ≤ 2^255 + 2^32.
#[inline(always)]
const fn fold_top(x: [u64; 4], top: u64) -> [u64; 4] {
    let [x0, x1, x2, x3] = x;
    let (z0, c) = adc(x0, (top << 1 | x3 >> 63) * 19, false);
    let (z1, c) = adc(x1, 0, c);
    let (z2, c) = adc(x2, 0, c);
    [z0, z1, z2, (x3 & LOW_63) + c as u64]
}

/// x mod p for eight words.
///
/// x₀ + 38 x₁ ≤ 39 (2^256 − 1), so the top word is at most 38, and the result at most 2^255 − 1 + 19 · 77, which is
/// below 2^255 + 2^32.
#[inline(always)]
const fn reduce_wide(x: &[u64; 8]) -> F25519 {
    let [x0, x1, x2, x3, x4, x5, x6, x7] = *x;
    let (l0, h0) = mul_word(x4, 38);
    let (l1, h1) = mul_word(x5, 38);
    let (l2, h2) = mul_word(x6, 38);
    let (l3, h3) = mul_word(x7, 38);
    let (z0, c) = adc(x0, l0, false);
    let (z1, c) = adc(x1, l1, c);
    let (z2, c) = adc(x2, l2, c);
    let (z3, c) = adc(x3, l3, c);
    let top = h3 + c as u64;
    let (z1, c) = adc(z1, h0, false);
    let (z2, c) = adc(z2, h1, c);
    let (z3, c) = adc(z3, h2, c);
    let top = top + c as u64;
    debug_assert!(top <= 38);
    F25519::reduced(fold_top([z0, z1, z2, z3], top))
}

/// x y, eight words.
#[inline(always)]
const fn product(x: &[u64; 4], y: &[u64; 4]) -> [u64; 8] {
    let [y0, y1, y2, y3] = *y;
    let (z0, r) = row([0; 4], x, y0);
    let (z1, r) = row(r, x, y1);
    let (z2, r) = row(r, x, y2);
    let (z3, [z4, z5, z6, z7]) = row(r, x, y3);
    [z0, z1, z2, z3, z4, z5, z6, z7]
}

/// z + x w, its low word and the other four: in two carry chains, first x w and then the sum.
///
/// z + x w ≤ (2^256 − 1) + (2^256 − 1)(2^64 − 1) < 2^320, so neither chain overflows its top word.
#[inline(always)]
const fn row(z: [u64; 4], x: &[u64; 4], w: u64) -> (u64, [u64; 4]) {
    let ([x0, x1, x2, x3], [z0, z1, z2, z3]) = (*x, z);
    let (r0, h0) = mul_word(x0, w);
    let (l1, h1) = mul_word(x1, w);
    let (l2, h2) = mul_word(x2, w);
    let (l3, h3) = mul_word(x3, w);
    let (r1, c) = adc(l1, h0, false);
    let (r2, c) = adc(l2, h1, c);
    let (r3, c) = adc(l3, h2, c);
    let r4 = h3 + c as u64;
    let (z0, c) = adc(z0, r0, false);
    let (z1, c) = adc(z1, r1, c);
    let (z2, c) = adc(z2, r2, c);
    let (z3, c) = adc(z3, r3, c);
    (z0, [z1, z2, z3, r4 + c as u64])
}

/// x², eight words: the products of different words once, doubled, and then the squares.
#[inline(always)]
const fn square(x: &[u64; 4]) -> [u64; 8] {
    let [x0, x1, x2, x3] = *x;
    let (z1, h) = mul_word(x0, x1);
    let (l, h2) = mul_word(x0, x2);
    let (z2, c) = adc(l, h, false);
    let (l, h3) = mul_word(x0, x3);
    let (z3, c) = adc(l, h2, c);
    let z4 = h3 + c as u64;
    let (l12, h12) = mul_word(x1, x2);
    let (l13, h13) = mul_word(x1, x3);
    let (l23, h23) = mul_word(x2, x3);
    let (z3, c) = adc(z3, l12, false);
    let (z4, c) = adc(z4, h12, c);
    let (z5, c) = adc(l23, 0, c);
    let z6 = h23 + c as u64;
    let (z4, c) = adc(z4, l13, false);
    let (z5, c) = adc(z5, h13, c);
    let z6 = z6 + c as u64;
    let (l0, h0) = mul_word(x0, x0);
    let (l1, h1) = mul_word(x1, x1);
    let (l2, h2) = mul_word(x2, x2);
    let (l3, h3) = mul_word(x3, x3);
    let (s1, c) = adc(z1 << 1, h0, false);
    let (s2, c) = adc(z2 << 1 | z1 >> 63, l1, c);
    let (s3, c) = adc(z3 << 1 | z2 >> 63, h1, c);
    let (s4, c) = adc(z4 << 1 | z3 >> 63, l2, c);
    let (s5, c) = adc(z5 << 1 | z4 >> 63, h2, c);
    let (s6, c) = adc(z6 << 1 | z5 >> 63, l3, c);
    [l0, s1, s2, s3, s4, s5, s6, (z6 >> 63) + h3 + c as u64]
}

impl<B: Copy> ConditionallySelectable for F25519<B> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let m = mask(u64::from(choice.unwrap_u8()));
        Self { words: core::array::from_fn(|i| select(m, b.words[i], a.words[i])), bound: PhantomData }
    }
}

impl<B: Copy> F25519<B> {
    /// Whether two numbers are one element.
    pub(crate) fn ct_eq<C: Copy>(&self, y: &F25519<C>) -> Choice {
        self.canonical().ct_eq(&y.canonical())
    }

    /// Exchanges x and y where the mask is all ones.
    #[inline(always)]
    pub(crate) fn swap_masked(&mut self, y: &mut Self, m: u64) {
        limbs::swap_masked(&mut self.words, &mut y.words, m);
    }

    /// x = y where the mask is all ones.
    #[inline(always)]
    pub(crate) fn assign_masked(&mut self, y: &Self, m: u64) {
        limbs::assign_masked(&mut self.words, &y.words, m);
    }
}

impl<B> Zeroize for F25519<B> {
    fn zeroize(&mut self) {
        self.words.zeroize();
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn p() -> BigUint {
        (BigUint::from(1u8) << 255) - 19u8
    }

    fn words_of(x: &BigUint) -> [u64; 4] {
        let mut digits = x.to_u64_digits();
        digits.resize(4, 0);
        digits.try_into().unwrap()
    }

    fn number<B: Copy>(x: &F25519<B>) -> BigUint {
        BigUint::from_bytes_le(&x.to_bytes())
    }

    /// Numbers on both sides of every bound; those that aren't reduced are so only as an [`Unreduced`].
    fn edges() -> Vec<BigUint> {
        let one = BigUint::from(1u8);
        let mut edges: Vec<_> = (0..256).map(|k| &one << k).collect();
        for middle in [&one << 255, p(), (&one << 255) + (1u64 << 32), p() * 2u8] {
            edges.extend((0..40u8).map(|i| &middle + 20u8 - i));
        }
        edges.extend((0..40u8).map(|i| (&one << 256) - 1u8 - i));
        edges.extend((0..4).map(|i| ((&one << 256) - 1u8) >> (64 * i)));
        edges.push(BigUint::ZERO);
        edges.into_iter().filter(|x| x.bits() <= 256).collect()
    }

    fn sums() -> Vec<Sum> {
        edges().iter().map(|x| Sum::sum(words_of(x))).collect()
    }

    fn reduced() -> Vec<F25519> {
        let bound = (BigUint::from(1u8) << 255) + (1u64 << 32);
        edges().iter().filter(|x| **x < bound).map(|x| F25519::reduced(words_of(x))).collect()
    }

    #[test]
    fn bytes_of_edges() {
        for x in edges() {
            let element = Sum::sum(words_of(&x));
            assert_eq!(number(&element), &x % p());
            assert_eq!(number(&element.reduce()), &x % p());
            assert_eq!(bool::from(element.is_zero()), &x % p() == BigUint::ZERO);
            assert_eq!(bool::from(element.is_odd()), (&x % p()).bit(0));
            let bytes = element.words.map(u64::to_le_bytes);
            let bytes = bytes.as_flattened().try_into().unwrap();
            assert_eq!(bool::from(F25519::from_bytes(bytes).is_some()), x < p());
            let low = &x % (BigUint::from(1u8) << 255);
            assert_eq!(number(&F25519::from_bytes_mod_p(bytes)), low % p());
        }
    }

    #[test]
    fn laws_on_edges() {
        let p = p();
        for x in sums() {
            let n = number(&x);
            assert_eq!(number(&x.square()), &n * &n % &p);
            for k in [0, 1, 121_665, (1 << 26) - 1] {
                assert_eq!(number(&x.mul_small(k)), &n * k % &p);
            }
            for y in reduced() {
                let m = number(&y);
                assert_eq!(number(&x.add(&y)), (&n + &m) % &p);
                assert_eq!(number(&x.sub(&y)), (&n + &p - &m) % &p);
            }
            for y in sums().iter().rev().step_by(7) {
                assert_eq!(number(&x.mul(y)), &n * number(y) % &p);
            }
        }
        for x in reduced() {
            assert_eq!(number(&x.neg()), (&p - number(&x)) % &p);
        }
    }

    #[test]
    fn limbs_go_there_and_back() {
        for x in reduced() {
            let limbs = x.to_limbs();
            assert!(limbs[..4].iter().all(|limb| *limb <= LOW_51) && limbs[4] >> 52 == 0);
            assert!(bool::from(F25519::from_limbs(&limbs).ct_eq(&x)));
        }
        let all = [(1 << 52) - 1; 5];
        let sum = (0..5).fold(BigUint::ZERO, |sum, i| sum + (BigUint::from(all[i]) << (51 * i)));
        assert_eq!(number(&F25519::from_limbs(&all)), sum % p());
    }

    #[test]
    fn inverses_and_roots() {
        for x in sums() {
            let (n, x) = (number(&x), x.reduce());
            assert_eq!(number(&x.invert()), n.modpow(&(p() - 2u8), &p()));
            assert_eq!(number(&x.pow_p58()), n.modpow(&((p() - 5u8) >> 3), &p()));
        }
        assert_eq!(number(&SQRT_MINUS_ONE.square()), p() - 1u8);
    }

    fn sqrt_ratio(u: &F25519, v: &F25519) -> CtOption<F25519> {
        F25519::sqrt_ratio(u, v, &F25519::sqrt_ratio_base(u, v).pow_p58())
    }

    proptest! {
        #[test]
        fn agrees_with_integers(a: [u8; 32], b: [u8; 32]) {
            let p = p();
            let (x, y) = (F25519::from_bytes_mod_p(&a), F25519::from_bytes_mod_p(&b));
            let (n, m) = (number(&x), number(&y));
            prop_assert_eq!(number(&x.mul(&y)), &n * &m % &p);
            prop_assert_eq!(number(&x.add(&y).mul(&x.sub(&y))), (&n * &n + &p * &p - &m * &m) % &p);
            prop_assert_eq!(number(&x.invert().mul(&x)), BigUint::from(1u8));
            let root = sqrt_ratio(&x, &y);
            let is_square = (&n * &m % &p).modpow(&((&p - 1u8) >> 1), &p) == BigUint::from(1u8);
            prop_assert_eq!(bool::from(root.is_some()), is_square);
            let root = sqrt_ratio(&x.square(), &y.square()).unwrap();
            prop_assert!(!bool::from(root.is_odd()));
            prop_assert_eq!(number(&root.mul(&y).square()), &n * &n % &p);
        }
    }
}
