//! Scalars as digits: what a scalar multiplication adds, window by window.
//!
//! **Odd digits** for secret scalars. An odd k with 1 ≤ k < 2^B is written as k = Σ dᵢ · 2^pᵢ, where the
//! windows begin at bits p₀ = 0 < p₁ < … < pₘ = B − 1, and window i < m has wᵢ = pᵢ₊₁ − pᵢ bits:
//!
//! > dᵢ = ((⌊k / 2^pᵢ⌋ mod 2^(wᵢ + 1)) | 1) − 2^wᵢ for i < m, and dₘ = 1.
//!
//! All digits are odd, −2^wᵢ < dᵢ < 2^wᵢ, so a table has 2^(wᵢ − 1) entries and no digit is zero. *Proof*
//! that they add up: let Aᵢ = ⌊k / 2^pᵢ⌋ | 1; then Aₘ = 1 = dₘ and A₀ = k. With q = ⌊k / 2^pᵢ⌋ = h · 2^w + l,
//! l < 2^w, w = wᵢ: 2^w · Aᵢ₊₁ + dᵢ = 2^w · (h | 1) + ((q mod 2^(w+1)) | 1) − 2^w. If h is odd, that's 2^w · h +
//! ((2^w + l) | 1) − 2^w = q | 1, and if h is even, it's 2^w · (h + 1) + (l | 1) − 2^w = q | 1. So
//! Aᵢ = 2^w · Aᵢ₊₁ + dᵢ.
//!
//! **No exceptional additions.** Let n > 2^(B − 1) be the order (odd, prime) of the point P, 1 ≤ k < n, and
//! all wᵢ ≤ 8 and p₁ + 10 < B. A multiplication from the top goes through the points Aᵢ · P, and makes Aᵢ out
//! of 2^w Aᵢ₊₁ by adding dᵢ · P (in a comb, 2^pᵢ times all that; as 2 is invertible modulo n, nothing
//! changes). An addition of Q and Q′ is exceptional if Q = ± Q′ or one of them is infinite, that is, if 2^w
//! Aᵢ₊₁ ≡ ± dᵢ or 0 mod n. The A are odd, so 2^w Aᵢ₊₁ ≥ 2^w > |dᵢ|.
//! - i > 0: 2^w Aᵢ₊₁ + |dᵢ| ≤ Aᵢ + 2 |dᵢ| ≤ n / 2^pᵢ + 1 + 2^(w+1) < n. So 0 < 2^w Aᵢ₊₁ ± dᵢ < n.
//! - i = 0: 2^w A₁ = k − d₀. If ≡ −d₀, then k ≡ 0, which isn't so. If ≡ 0: then 2^w A₁ = n (as it's below
//!   2n), but n is odd. If ≡ d₀: 0 < 2^w A₁ − d₀ < n + 2^(w+1) < 2n, so 2^w A₁ − d₀ = n, and n − 2^w + d₀ ≡ 0
//!   modulo 2^(w+1), as A₁ is odd. And d₀ < 0, as k = n + 2 d₀ < n. So n mod 2^(w+1) is 2^w + |d₀|, which is
//!   below 2^(w+1): bit w of n is 1.
//!
//! So **there is no exceptional addition if bit w₀ of n is 0**; the other widths don't matter. Low bits of
//! the orders: P-256 …0101 0101 0001, P-384 …1001 0111 0011, P-521 …0100 0000 1001: w₀ = 3 and 5 are right
//! for P-256, 3 for P-384, 4 and 5 for P-521.
//!
//! **Radix 16** for secret scalars of Curve25519, whose formula has no exceptional case: signed digits, as half the
//! multiples are in a table then, and negatives of points are for free.
//!
//! **wNAF** for public scalars: k = Σ dᵢ · 2^i with dᵢ zero or odd, |dᵢ| < 2^(w−1), and after (below) each
//! nonzero digit w − 1 zeros at least. If k is even and 0 < k < n, n above 2^(w+2), a multiplication from the
//! top has no exceptional addition: before one, at i > 0, the point is A · P with A ≥ 2^w > |d| (A is what an
//! odd number has become in w doublings or more), and A + |d| ≤ k / 2^i + 2 |d| + 1 < n.
//!
//! Sources: Joye, Tunstall, "Exponent recoding and regular exponentiation algorithms", AFRICACRYPT 2009,
//! section 3.2, for the odd digits; Solinas, "Efficient arithmetic on Koblitz curves" (2000), for the NAF of
//! a width.

use zeroize::Zeroize;

use super::limbs::{assign_masked, sub_assign};
use super::word::mask;

/// The windows of odd digits: the lowest has `low` bits, all others have `width`, and above them is a single
/// bit, the scalar's highest, whose digit is 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    low: usize,
    width: usize,
    /// m: how many, without the single bit.
    pub(crate) count: usize,
}

impl Windows {
    /// For scalars below 2^bits. A constant's job: panics if the widths don't add up.
    pub(crate) const fn new(bits: usize, low: usize, width: usize) -> Self {
        assert!(
            0 < low
                && low <= width
                && width <= 8
                && low + 10 < bits
                && (bits - 1 - low).is_multiple_of(width)
        );
        Self { low, width, count: (bits - 1 - low) / width + 1 }
    }

    /// The width of all but the lowest.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "for kernels of x86-64"))]
    pub(crate) const fn width(self) -> usize {
        self.width
    }

    /// pᵢ.
    pub(crate) const fn position(self, i: usize) -> usize {
        if i == 0 { 0 } else { self.low + (i - 1) * self.width }
    }

    /// wᵢ.
    pub(crate) const fn size(self, i: usize) -> usize {
        if i == 0 { self.low } else { self.width }
    }

    /// Digit dᵢ of an odd k, i < m: (|dᵢ| − 1) / 2, below 2^(wᵢ − 1), and the mask of dᵢ < 0. Time depends on
    /// i alone.
    #[inline(always)]
    pub(crate) fn digit(self, k: &[u64], i: usize) -> (u64, u64) {
        let (at, w) = (self.position(i) + 1, self.size(i));
        let (limb, shift) = (at / 64, at % 64);
        // v is the window without its lowest bit, which is taken for 1: d = 2 v + 1 − 2^w.
        let low = k[limb] >> shift;
        let high = if shift + w > 64 && limb + 1 < k.len() { k[limb + 1] << (64 - shift) } else { 0 };
        let v = low | high;
        // Below zero if v's top bit is 0; then (−d − 1) / 2 = 2^(w−1) − 1 − v.
        let negative = mask(v >> (w - 1) & 1 ^ 1);
        ((v ^ negative) & ((1 << (w - 1)) - 1), negative)
    }
}

/// k if it's odd, n − k if it's even, for 1 ≤ k < n and odd n; and the mask of "even".
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "for kernels of x86-64"))]
#[inline(always)]
pub(crate) fn odd<const L: usize>(k: &[u64; L], n: &[u64; L]) -> ([u64; L], u64) {
    let even = mask(k[0] & 1 ^ 1);
    let mut other = *n;
    sub_assign(&mut other, k);
    let mut result = *k;
    assign_masked(&mut result, &other, even);
    other.zeroize();
    (result, even)
}

/// The wNAF of a public k, for 2 ≤ w ≤ 8: calls `take(i, dᵢ)` for the digits that aren't zero, in ascending order.
///
/// i is at most as many as k has bits.
#[inline(always)]
pub(crate) fn wnaf_vartime(k: &[u64], w: usize, mut take: impl FnMut(usize, i8)) {
    debug_assert!((2..=8).contains(&w));
    let word = |at: usize| k.get(at).copied().unwrap_or(0);
    // Invariant: what is left of k is 2^i · (⌊k / 2^i⌋ + carry).
    let (mut i, mut carry) = (0, 0);
    while i < 64 * k.len() || carry != 0 {
        // 64 bits from bit i on; by two shifts, as one by 64 isn't one.
        let bits = word(i / 64) >> (i % 64) | word(i / 64 + 1) << 1 << (63 - i % 64);
        // Where k's bit is the carry, the digit is 0 and the carry stays.
        let zeros = if carry == 0 { bits.trailing_zeros() } else { bits.trailing_ones() } as usize;
        if zeros > 0 {
            i += zeros;
            continue;
        }
        // The window is odd, with its carry; from 2^(w−1) on it becomes negative and carries.
        let window = (bits & ((1 << w) - 1)) as i16 + carry;
        carry = window >> (w - 1);
        take(i, (window - (carry << w)) as i8);
        i += w;
    }
}

/// k = Σ dᵢ · 16^i with −8 ≤ dᵢ ≤ 7, but 0 ≤ d₆₃ ≤ 8.
///
/// Requires k < 2^255. Takes the same time for all k. The caller wipes the digits.
///
/// A digit over 7 becomes negative and carries 1 into the next; the last one, 7 at most, keeps what comes in.
#[inline(always)]
pub(crate) fn radix_16(k: &[u64; 4]) -> [i8; 64] {
    debug_assert!(k[3] >> 63 == 0);
    let mut carry = 0;
    core::array::from_fn(|i| {
        let digit = (k[i / 16] >> (4 * (i % 16)) & 15) as i8 + carry;
        carry = if i == 63 { 0 } else { (digit + 8) >> 4 };
        digit - (carry << 4)
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use num_bigint::{BigInt, BigUint};

    const N_256: [u64; 4] = [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, u64::MAX, 0xffff_ffff_0000_0000];

    fn number(limbs: &[u64]) -> BigUint {
        limbs.iter().rev().fold(BigUint::ZERO, |x, limb| (x << 64) + limb)
    }

    fn scalars<const L: usize>(bits: usize) -> impl Iterator<Item = [u64; L]> {
        let cut = move |i: usize, limb: u64| {
            if i == L - 1 && !bits.is_multiple_of(64) { limb & ((1 << (bits % 64)) - 1) } else { limb }
        };
        (0..300u64).map(move |j| {
            core::array::from_fn(|i| {
                let x = (j * 97 + i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let limb = match j % 5 {
                    0 => {
                        if i == 0 {
                            j
                        } else {
                            0
                        }
                    }
                    1 => u64::MAX,
                    2 => {
                        if i as u64 == j % L as u64 {
                            1 << (j % 64)
                        } else {
                            0
                        }
                    }
                    _ => (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ x >> 32,
                };
                cut(i, limb)
            })
        })
    }

    fn odd_digits_add_up<const L: usize>(bits: usize, low: usize, width: usize) {
        let windows = Windows::new(bits, low, width);
        for mut k in scalars::<L>(bits) {
            k[0] |= 1;
            let mut sum = BigInt::from(1) << windows.position(windows.count);
            assert_eq!(windows.position(windows.count), bits - 1);
            for i in 0..windows.count {
                let (index, negative) = windows.digit(&k, i);
                assert!(index < 1 << (windows.size(i) - 1));
                let d = BigInt::from(2 * index + 1) << windows.position(i);
                sum += if negative == 0 { d } else { -d };
            }
            assert_eq!(sum, number(&k).into());
        }
    }

    #[test]
    fn odd_digits() {
        odd_digits_add_up::<4>(256, 5, 5);
        odd_digits_add_up::<4>(256, 3, 6);
        odd_digits_add_up::<4>(256, 3, 4);
        odd_digits_add_up::<6>(384, 3, 5);
        odd_digits_add_up::<9>(521, 5, 5);
        odd_digits_add_up::<9>(521, 4, 4);
    }

    #[test]
    fn odd_or_opposite() {
        for k in [[1, 0, 0, 0], [2, 0, 0, 0], [0, 1, 0, 0], [N_256[0] - 1, N_256[1], N_256[2], N_256[3]]] {
            let (other, even) = odd(&k, &N_256);
            assert_eq!(even, if k[0] & 1 == 0 { u64::MAX } else { 0 });
            let sum = if even == 0 { number(&other) } else { number(&N_256) - number(&other) };
            assert_eq!((sum, other[0] & 1), (number(&k), 1));
        }
    }

    fn wnaf_adds_up<const L: usize>(bits: usize) {
        for k in scalars::<L>(bits) {
            for w in 2..=8 {
                let (mut digits, mut length) = (std::vec![0; bits + 1], 0);
                wnaf_vartime(&k, w, |i, digit| {
                    assert!(digit != 0 && i >= length);
                    digits[i] = digit;
                    length = i + 1;
                });
                assert!(length == 0 || digits[length - 1] > 0);
                let (mut sum, mut zeros) = (BigInt::ZERO, w);
                for (i, d) in digits.iter().enumerate() {
                    if *d == 0 {
                        zeros += 1;
                        continue;
                    }
                    assert!(d % 2 != 0 && i32::from(*d).abs() < 1 << (w - 1) && zeros >= w - 1);
                    sum += BigInt::from(*d) << i;
                    zeros = 0;
                }
                assert_eq!(sum, number(&k).into());
            }
        }
    }

    #[test]
    fn wnaf() {
        wnaf_adds_up::<4>(256);
        wnaf_adds_up::<6>(384);
        wnaf_adds_up::<9>(521);
    }
    #[test]
    fn digits_of_radix_16() {
        let top = u64::MAX >> 1;
        let carries = [[u64::MAX, u64::MAX, u64::MAX, top], [0x8888_8888_8888_8888; 4].map(|x| x & top)];
        for k in scalars::<4>(255).chain(carries).chain([[0x7777_7777_7777_7777; 4]]) {
            let digits = radix_16(&k);
            let sum = digits.iter().rev().fold(BigInt::ZERO, |sum, d| (sum << 4) + *d);
            assert_eq!(sum, number(&k).into());
            assert!(digits[..63].iter().all(|d| (-8..8).contains(d)) && (0..=8).contains(&digits[63]));
        }
    }
}
