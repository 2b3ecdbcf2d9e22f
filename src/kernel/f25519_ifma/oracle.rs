//! What the tests compare with: the same mathematics on big numbers, by other formulas.

extern crate std;

use num_bigint::BigUint;
use std::vec::Vec;

use super::field::{split, times_p};
use super::{Element, Ifma, Point};

/// Runs a test where the CPU has what it needs.
pub(super) fn on_ifma(test: impl FnOnce(Ifma)) {
    match Ifma::detect() {
        Some(ifma) => test(ifma),
        None => std::println!("skipped: this CPU has no AVX-512 IFMA"),
    }
}

pub(super) struct Random(pub(super) u64);

impl Random {
    /// `SplitMix64`.
    pub(super) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// Below 2^255.
    pub(super) fn scalar(&mut self) -> [u64; 4] {
        [self.word(), self.word(), self.word(), self.word() >> 1]
    }
}

pub(super) fn big(words: &[u64]) -> BigUint {
    words.iter().rev().fold(BigUint::ZERO, |sum, word| (sum << 64u32) + *word)
}

pub(super) fn words(x: &BigUint) -> [u64; 4] {
    let digits = x.to_u64_digits();
    core::array::from_fn(|i| digits.get(i).copied().unwrap_or(0))
}

pub(super) fn p() -> BigUint {
    (BigUint::from(1u8) << 255u32) - 19u8
}

/// The order of the base point.
pub(super) fn order() -> BigUint {
    (BigUint::from(1u8) << 252u32) + 27_742_317_777_372_353_535_851_937_790_883_648_493u128
}

/// What an element, or columns, stand for.
pub(super) fn value(x: &Element) -> BigUint {
    x.iter().rev().fold(BigUint::ZERO, |sum, word| (sum << 51u32) + *word) % p()
}

/// A value in words of 51 bits, and the same plus p: what may come in.
pub(super) fn forms(x: &BigUint) -> [Element; 2] {
    let words = split(&words(x));
    let p = times_p(1);
    [words, core::array::from_fn(|k| words[k] + p[k])]
}

/// 0, 1, p, 2 p − 1 and others near them, and 2^256 − 20 in the largest words that may come in.
pub(super) fn edges() -> Vec<Element> {
    let (p, small) = (p(), [0u8, 1, 2, 18, 19]);
    let near = small.iter().flat_map(|n| [BigUint::from(*n), &p - 1u8 - *n]);
    let mut edges: Vec<Element> = near.flat_map(|x| forms(&x)).collect();
    edges.push([(1 << 52) - 1; 5]);
    edges
}

pub(super) fn inverse(x: &BigUint) -> BigUint {
    x.modpow(&(p() - 2u8), &p())
}

/// 121665/121666, which is −d.
fn minus_d() -> BigUint {
    121_665u32 * inverse(&BigUint::from(121_666u32)) % p()
}

/// (x, y) on the Edwards curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Affine(pub(super) BigUint, pub(super) BigUint);

impl Affine {
    pub(super) fn identity() -> Self {
        Self(BigUint::ZERO, BigUint::from(1u8))
    }

    /// The points with the next y that has one, from `y` on: one with x even, one with x odd.
    pub(super) fn with_y(mut y: BigUint) -> [Self; 2] {
        let (p, one) = (p(), BigUint::from(1u8));
        let root_of_minus_one = BigUint::from(2u8).modpow(&((&p - 1u8) / 4u8), &p);
        loop {
            // x² = (1 − y²) / (−d·y² − 1).
            let square = &y * &y % &p;
            let denominator = (minus_d() * &square + &p - &one) % &p;
            let square = (&one + &p - square) * inverse(&denominator) % &p;
            let root = square.modpow(&((&p + 3u8) / 8u8), &p);
            for x in [&root * &root_of_minus_one % &p, root] {
                if &x * &x % &p == square {
                    let negative = (&p - &x) % &p;
                    let (even, odd) = if x.bit(0) { (negative, x) } else { (x, negative) };
                    return [Self(even, y.clone()), Self(odd, y)];
                }
            }
            y = (y + 1u8) % &p;
        }
    }

    pub(super) fn base() -> Self {
        let [even, _] = Self::with_y(4u8 * inverse(&BigUint::from(5u8)) % p());
        even
    }

    pub(super) fn negative(&self) -> Self {
        Self((p() - &self.0) % p(), self.1.clone())
    }

    /// The addition law itself, RFC 8032, section 5.1.4; projective, (X : Y : Z), to have one inversion in a product.
    pub(super) fn times(&self, k: &BigUint) -> Self {
        let (p, e) = (p(), minus_d());
        let add = |[x1, y1, z1]: &[BigUint; 3], [x2, y2, z2]: &[BigUint; 3]| {
            let z = z1 * z2 % &p;
            let (xx, yy) = (x1 * x2 % &p, y1 * y2 % &p);
            // −d·x1·x2·y1·y2
            let cross = &e * &xx % &p * &yy % &p;
            let square = &z * &z % &p;
            let (plus, minus) = (&square + &cross, &square + &p - &cross);
            let (x, y) = ((x1 * y2 + x2 * y1) % &p, xx + yy);
            [&z * x % &p * &plus % &p, z * y % &p * &minus % &p, plus * minus % &p]
        };
        let one = BigUint::from(1u8);
        let point = [self.0.clone(), self.1.clone(), one.clone()];
        let mut product = [BigUint::ZERO, one.clone(), one];
        for i in (0..k.bits()).rev() {
            product = add(&product, &product);
            if k.bit(i) {
                product = add(&product, &point);
            }
        }
        let [x, y, z] = product;
        let inverse = inverse(&z);
        Self(x * &inverse % &p, y * inverse % &p)
    }

    pub(super) fn plus(&self, q: &Self) -> Self {
        let (p, one) = (p(), BigUint::from(1u8));
        let (xx, yy) = (&self.0 * &q.0 % &p, &self.1 * &q.1 % &p);
        let cross = minus_d() * &xx % &p * &yy % &p;
        let x = (&self.0 * &q.1 + &self.1 * &q.0) * inverse(&((&one + &p - &cross) % &p)) % &p;
        Self(x, (xx + yy) * inverse(&(one + cross)) % p)
    }

    /// Extended coordinates with that Z ≠ 0, each in one of its forms.
    pub(super) fn extended(&self, z: &BigUint, form: usize) -> Point {
        let xy = &self.0 * &self.1 % p();
        let one = BigUint::from(1u8);
        [&self.0, &self.1, &one, &xy].map(|x| forms(&(x * z % p()))[form])
    }

    /// What extended coordinates stand for; they are checked to agree with each other, and to be reduced.
    pub(super) fn from_extended(point: &Point) -> Self {
        assert!(point.as_flattened().iter().all(|word| *word < (1 << 51) + (1 << 16)));
        let [x, y, z, t] = point.each_ref().map(value);
        assert_ne!(z, BigUint::ZERO);
        assert_eq!(&x * &y % p(), &z * t % p());
        let inverse = inverse(&z);
        Self(x * &inverse % p(), y * inverse % p())
    }
}
