//! The scalars of Curve25519: integers modulo the prime ℓ = 2^252 + 27742317777372353535851937790883648493, the order
//! of the base point.
//!
//! Four words of 64 bits, below ℓ. Everything is made of one operation, Montgomery's product x y / 2^256 mod ℓ; what's
//! to be divided by 2^256 less often or more often is multiplied by a power of it that the compiler computed.
//!
//! Time and addresses depend on nothing.
//!
//! Source: RFC 8032, section 5.1; RFC 7748, section 4.1.

use subtle::{Choice, ConstantTimeEq, CtOption};
use zeroize::Zeroize;

use crate::kernel::limbs;
use crate::kernel::word::{mask, select};

/// ℓ.
pub(crate) const ORDER: [u64; 4] = [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000];

/// −ℓ⁻¹ mod 2^64.
const M0_INV: u64 = 0xd2b5_1da3_1254_7e1b;

/// 2^512 mod ℓ.
const R2: [u64; 4] = power_of_two(512);
/// 2^768 mod ℓ.
const R3: [u64; 4] = power_of_two(768);

/// An integer modulo ℓ.
///
/// `Copy`: whoever holds a secret one wipes it.
#[derive(Clone, Copy)]
pub(crate) struct Scalar([u64; 4]);

impl Scalar {
    /// 32 little-endian bytes of a number below ℓ; none if it isn't.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> CtOption<Self> {
        let words = words(bytes);
        CtOption::new(Self(words), Choice::from(limbs::less_than(&words, &ORDER) as u8))
    }

    /// 32 little-endian bytes of any number, modulo ℓ.
    pub(crate) fn from_bytes_mod_order(bytes: &[u8; 32]) -> Self {
        Self(product(&product(&words(bytes), &R2), &ONE))
    }

    /// 64 little-endian bytes of any number, modulo ℓ.
    pub(crate) fn from_wide_bytes(bytes: &[u8; 64]) -> Self {
        let halves = bytes.as_chunks().0;
        // x₀ + 2^256 x₁, times 2^256 and divided by it: 2^512 x₀ / 2^256 + 2^768 x₁ / 2^256, and the sum / 2^256.
        let sum = sum(&product(&words(&halves[0]), &R2), &product(&words(&halves[1]), &R3));
        Self(product(&sum, &ONE))
    }

    /// The number below ℓ as 32 little-endian bytes.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.as_chunks_mut().0.iter_mut().zip(self.0).for_each(|(b, w)| *b = w.to_le_bytes());
        bytes
    }

    /// The number below ℓ.
    pub(crate) fn as_words(&self) -> &[u64; 4] {
        &self.0
    }

    /// x y + z.
    pub(crate) fn mul_add(&self, y: &Self, z: &Self) -> Self {
        Self(sum(&product(&product(&self.0, &y.0), &R2), &z.0))
    }

    /// −x.
    pub(crate) fn neg(&self) -> Self {
        let mut z = ORDER;
        limbs::sub_assign(&mut z, &self.0);
        Self(reduce_once(z))
    }
}

impl ConstantTimeEq for Scalar {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

const ONE: [u64; 4] = [1, 0, 0, 0];

/// 32 bytes as four little-endian words.
fn words(bytes: &[u8; 32]) -> [u64; 4] {
    let chunks = bytes.as_chunks().0;
    core::array::from_fn(|i| u64::from_le_bytes(chunks[i]))
}

/// x mod ℓ for x < 2 ℓ.
fn reduce_once(x: [u64; 4]) -> [u64; 4] {
    let mut z = x;
    let m = mask(limbs::sub_assign(&mut z, &ORDER));
    core::array::from_fn(|i| select(m, x[i], z[i]))
}

/// x + y mod ℓ, for x, y < ℓ.
fn sum(x: &[u64; 4], y: &[u64; 4]) -> [u64; 4] {
    let mut z = *x;
    limbs::add_assign(&mut z, y);
    reduce_once(z)
}

/// x y / 2^256 mod ℓ, for x y < 2^256 ℓ: one of the two is below ℓ.
///
/// Source: Koç, Acar, Kaliski 1996, "Finely Integrated" by rows.
fn product(x: &[u64; 4], y: &[u64; 4]) -> [u64; 4] {
    let mut z = [0; 8];
    for i in 0..4 {
        z[i + 4] = limbs::add_product(&mut z[i..i + 4], x, y[i]);
    }
    // z + ℓ Σ q_i 2^(64 i) < 2^256 ℓ + ℓ 2^256, so what's left of 2^256 is below 2 ℓ, and the top carry is 0.
    let mut carry = 0;
    for i in 0..4 {
        let q = z[i].wrapping_mul(M0_INV);
        let high = limbs::add_product(&mut z[i..i + 4], &ORDER, q);
        let (s, c1) = z[i + 4].overflowing_add(high);
        let (s, c2) = s.overflowing_add(carry);
        z[i + 4] = s;
        carry = u64::from(c1) + u64::from(c2);
    }
    debug_assert!(carry == 0);
    reduce_once([z[4], z[5], z[6], z[7]])
}

/// 2^k mod ℓ. For constants alone: not in constant time.
const fn power_of_two(k: usize) -> [u64; 4] {
    let (mut x, mut i) = (ONE, 0);
    while i < k {
        // 2 x < 2^254, so nothing overflows.
        let (mut double, mut difference, mut carry, mut borrow, mut j) = ([0; 4], [0; 4], 0, false, 0);
        while j < 4 {
            double[j] = x[j] << 1 | carry;
            carry = x[j] >> 63;
            let (d, b1) = double[j].overflowing_sub(ORDER[j]);
            let (d, b2) = d.overflowing_sub(borrow as u64);
            (difference[j], borrow) = (d, b1 | b2);
            j += 1;
        }
        x = if borrow { double } else { difference };
        i += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn order() -> BigUint {
        (BigUint::from(1u8) << 252) + "27742317777372353535851937790883648493".parse::<BigUint>().unwrap()
    }

    fn padded<const N: usize>(x: &BigUint) -> [u8; N] {
        let mut bytes = x.to_bytes_le();
        bytes.resize(N, 0);
        bytes.try_into().unwrap()
    }

    fn number(x: &Scalar) -> BigUint {
        BigUint::from_bytes_le(&x.to_bytes())
    }

    /// 0, 1, ℓ − 1, ℓ, ℓ + 1, all powers of two, and the largest.
    fn edges(bits: usize) -> Vec<BigUint> {
        let mut edges: Vec<_> = (0..bits).map(|k| BigUint::from(1u8) << k).collect();
        let order = order();
        edges.extend([BigUint::ZERO, &order - 1u8, order.clone(), &order + 1u8, &order * 2u8]);
        edges.push((BigUint::from(1u8) << bits) - 1u8);
        edges
    }

    #[test]
    fn constants() {
        assert_eq!(BigUint::from_bytes_le(ORDER.map(u64::to_le_bytes).as_flattened()), order());
        assert_eq!(M0_INV.wrapping_mul(ORDER[0]), u64::MAX);
    }

    #[test]
    fn reduces_edges() {
        for x in edges(256) {
            let bytes = padded(&x);
            assert_eq!(number(&Scalar::from_bytes_mod_order(&bytes)), &x % order());
            assert_eq!(bool::from(Scalar::from_bytes(&bytes).is_some()), x < order());
            let reduced = Scalar::from_bytes_mod_order(&bytes);
            assert_eq!((number(&reduced.neg()) + x) % order(), BigUint::ZERO);
        }
        for x in edges(512) {
            assert_eq!(number(&Scalar::from_wide_bytes(&padded(&x))), x % order());
        }
    }

    #[test]
    fn products_of_edges() {
        let edges: Vec<_> = edges(256).iter().map(|x| Scalar::from_bytes_mod_order(&padded(x))).collect();
        for x in edges.iter().rev().take(20) {
            for y in &edges {
                let z = x.mul_add(y, x);
                assert_eq!(number(&z), (number(x) * number(y) + number(x)) % order());
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_integers(a: [u8; 32], b: [u8; 64], c: [u8; 32]) {
            let (x, y) = (Scalar::from_bytes_mod_order(&a), Scalar::from_wide_bytes(&b));
            let z = Scalar::from_bytes_mod_order(&c);
            let [a, b, c] = [&a[..], &b, &c].map(BigUint::from_bytes_le);
            prop_assert_eq!(number(&y), &b % order());
            prop_assert_eq!(number(&x.mul_add(&y, &z)), (a * b + c) % order());
        }
    }
}
