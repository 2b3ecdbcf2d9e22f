//! Greatest common divisors and inverses in constant time: Bernstein and Yang's "safegcd".
//!
//! A *division step* maps (δ, f, g), f odd, to (1 − δ, g, (g − f)/2) if δ > 0 and g is odd, else to (1 + δ,
//! f, (g + (g mod 2)·f)/2). It looks at the lowest bits of f and g only, and after a number of steps known
//! from the width, g = 0 and f = ± gcd. Source: Bernstein, Yang, "Fast constant-time gcd computation and
//! modular inversion", TCHES 2019(3), theorem 11.2: ⌊(49 b + 57)/17⌋ steps are enough for 0 ≤ g ≤ f < 2^b,
//! b ≥ 46.
//!
//! 62 steps at a time are collected in a matrix of words (u, v; q, r), |u| + |v| ≤ 2^62 and |q| + |r| ≤
//! 2^62, from the low limbs alone; then it's applied to f and g, which are divided by 2^62 exactly, and to
//! d and e, with d·x ≡ f and e·x ≡ g (mod m) throughout, where a multiple of m makes that division exact.
//! Limbs are signed and have 62 bits here, so that a sum of two products and a carry fits 128 bits. The
//! representation and the range −2 m < d, e < m follow the description in libsecp256k1
//! (`doc/safegcd_implementation.md`, P. Wuille).
//!
//! Time depends on the widths alone.

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "words are taken as signed and unsigned on purpose"
)]
#![allow(clippy::inline_always, reason = "a division step has to stay in registers")]

use alloc::vec::Vec;

use subtle::Choice;
use zeroize::{Zeroize, Zeroizing};

use super::nat::{Nat, choice};
use super::scratch;
use crate::kernel::limbs;
use crate::kernel::secret::declassify;
use crate::kernel::word::{mask, neg_inverse};

/// The bits in a limb of this file, and the division steps in one matrix.
const BITS: usize = 62;
const LOW: i64 = (1 << BITS) - 1;

/// x⁻¹ mod m for odd m > 0 and x < m, at their common width, and whether it exists: gcd(x, m) = 1.
pub(super) fn invert_odd(x: &[u64], m: &[u64]) -> (Zeroizing<Vec<u64>>, Choice) {
    let n = m.len();
    let modulus = Signed::new(m);
    let m_inv = neg_inverse(m[0]).wrapping_neg();
    let (mut f, mut g) = (modulus.clone(), Signed::new(x));
    let (mut d, mut e) = (Signed::new(&scratch(n)), Signed::new(&one(n)));
    divide_out(&mut f, &mut g, |matrix| update_de(&mut d, &mut e, matrix, &modulus, m_inv));
    let negative = f.is_negative();
    f.negate_masked(negative);
    let is_unit = limbs::equal(&f.to_limbs(n), &one(n));
    // d ≡ f⁻¹·gcd is in (−2 m, m): add m if negative, take the sign of f, add m if negative.
    d.add_masked(&modulus, d.is_negative());
    d.negate_masked(negative);
    d.add_masked(&modulus, d.is_negative());
    (d.to_limbs(n), choice(is_unit))
}

/// gcd(x, y) for numbers of the same width.
pub(super) fn gcd(x: &[u64], y: &[u64]) -> Zeroizing<Vec<u64>> {
    let n = x.len();
    let (mut f, mut g, mut either) = (scratch(n), scratch(n), scratch(n));
    f.copy_from_slice(x);
    g.copy_from_slice(y);
    for i in 0..n {
        either[i] = x[i] | y[i];
    }
    // Both without their common power of two, and the odd one first; 0 and 0 become 1 and 0, and 0 again at
    // the end.
    let twos = limbs::trailing_zeros(&either);
    let both_zero = limbs::is_zero(&either);
    limbs::shr(&mut f, twos);
    limbs::shr(&mut g, twos);
    let even = mask((f[0] & 1) ^ 1);
    limbs::swap_masked(&mut f, &mut g, even);
    f[0] |= both_zero;
    let (mut f, mut g) = (Signed::new(&f), Signed::new(&g));
    divide_out(&mut f, &mut g, |_| ());
    f.negate_masked(f.is_negative());
    let mut z = f.to_limbs(n);
    z[0] ^= both_zero;
    limbs::shl(&mut z, twos);
    z
}

/// x⁻¹ mod m, as wide as m, and whether it exists. The parity of m is public.
///
/// For even m only odd x can have an inverse. Then m has one modulo x, say m·u ≡ 1 (mod x), and (1 + m·(x −
/// u)) / x is the inverse of x modulo m: the division is exact, and x times it is 1 modulo m.
pub(super) fn invert_mod(x: &Nat, m: &Nat) -> (Nat, Choice) {
    let n = m.width();
    let nonzero = !m.is_zero();
    let safe = Nat::conditional_select(&Nat::from(1), m, nonzero);
    let reduced = x.rem_nonzero(&safe);
    // The parity of m is public: it decides on the method.
    if declassify(m.is_odd()) {
        let (z, exists) = invert_odd(reduced.as_limbs(), m.as_limbs());
        return (Nat::from_limbs(&z), exists);
    }
    let x = reduced.truncated(n.min(x.width()));
    let odd = x.is_odd();
    let x = Nat::conditional_select(&Nat::from(1).widened(x.width()), &x, odd);
    let m_mod_x = safe.rem_nonzero(&x);
    let (u, exists) = invert_odd(m_mod_x.as_limbs(), x.as_limbs());
    let (difference, _) = x.borrowing_sub(&Nat::from_limbs(&u));
    let numerator = safe.mul(&difference).add(&Nat::from(1));
    let (z, _) = numerator.div_rem_nonzero(&x);
    // For x = 1, u = 0 and the quotient is m + 1; otherwise it's below m.
    let (less, borrow) = z.borrowing_sub(&safe);
    let z = Nat::conditional_select(&less, &z, borrow);
    (z.truncated(n), exists & odd & nonzero)
}

/// One, n limbs wide.
fn one(n: usize) -> Zeroizing<Vec<u64>> {
    let mut z = scratch(n);
    z[0] = 1;
    z
}

/// Runs enough division steps for numbers as wide as `f`, and gives each matrix to `also`.
fn divide_out(f: &mut Signed, g: &mut Signed, mut also: impl FnMut(&Matrix)) {
    let steps = (49 * f.bits + 57) / 17;
    let mut delta = 1;
    for _ in 0..steps.div_ceil(BITS) {
        let matrix;
        (delta, matrix) = divsteps(delta, f.limbs[0] as u64, g.limbs[0] as u64);
        update_fg(f, g, &matrix);
        also(&matrix);
    }
    debug_assert!(g.limbs.iter().all(|w| *w == 0));
}

/// 2^62 times the product of 62 division steps: (u, v; q, r).
type Matrix = [i64; 4];

/// 62 division steps on the low limbs of f and g.
fn divsteps(mut delta: i64, mut f: u64, mut g: u64) -> (i64, Matrix) {
    let [mut u, mut v, mut q, mut r] = [1u64, 0, 0, 1];
    for _ in 0..BITS {
        let odd = mask(g & 1);
        // δ > 0 is the sign bit of −δ.
        let swap = odd & mask(delta.wrapping_neg() as u64 >> 63);
        // (δ, f, g) = (−δ, g, −f), and the rows of the matrix alike.
        delta = (delta ^ swap as i64).wrapping_sub(swap as i64);
        (f, g) = exchange(f, g, swap);
        (u, q) = exchange(u, q, swap);
        (v, r) = exchange(v, r, swap);
        delta += 1;
        g = g.wrapping_add(f & odd) >> 1;
        q = q.wrapping_add(u & odd);
        r = r.wrapping_add(v & odd);
        u = u.wrapping_shl(1);
        v = v.wrapping_shl(1);
    }
    (delta, [u as i64, v as i64, q as i64, r as i64])
}

/// (b, −a) where the mask is all ones, (a, b) where it is zero.
#[inline(always)]
fn exchange(a: u64, b: u64, m: u64) -> (u64, u64) {
    let d = m & (a ^ b);
    (a ^ d, ((b ^ d) ^ m).wrapping_sub(m))
}

/// (f, g) = (u·f + v·g, q·f + r·g) / 2^62, which is exact.
///
/// |u·fᵢ + v·gᵢ + carry| ≤ 2^62 · 2^62 + 2^65 < 2^127, with |fᵢ|, |gᵢ| ≤ 2^62.
fn update_fg(f: &mut Signed, g: &mut Signed, &[u, v, q, r]: &Matrix) {
    let [u, v, q, r] = [u, v, q, r].map(i128::from);
    let n = f.limbs.len();
    let (mut cf, mut cg) = (0, 0);
    for i in 0..n {
        let (fi, gi) = (i128::from(f.limbs[i]), i128::from(g.limbs[i]));
        cf += u * fi + v * gi;
        cg += q * fi + r * gi;
        if i > 0 {
            f.limbs[i - 1] = cf as i64 & LOW;
            g.limbs[i - 1] = cg as i64 & LOW;
        } else {
            debug_assert!(cf as i64 & LOW == 0 && cg as i64 & LOW == 0);
        }
        cf >>= BITS;
        cg >>= BITS;
    }
    f.limbs[n - 1] = cf as i64;
    g.limbs[n - 1] = cg as i64;
}

/// (d, e) = (u·d + v·e + m·a, q·d + r·e + m·b) / 2^62 with a and b that make the divisions exact and keep
/// −2 m < d, e < m.
///
/// `m_inv` is m⁻¹ mod 2^62 (or a higher power). a starts as (u if d < 0) + (v if e < 0), which brings the
/// sum into (−2^62·m, 2^62·m), and loses less than 2^62 so that the low limb vanishes; likewise b. |a|, |b|
/// < 2^63, so a column's sum is below 2^62·2^62 + 2^63·2^62 + 2^66 < 2^127.
fn update_de(d: &mut Signed, e: &mut Signed, &[u, v, q, r]: &Matrix, m: &Signed, m_inv: u64) {
    let n = d.limbs.len();
    let (d_neg, e_neg) = (d.is_negative() as i64, e.is_negative() as i64);
    let exact = |x: i64, y: i64| {
        let start = (x & d_neg).wrapping_add(y & e_neg);
        let low = (x.wrapping_mul(d.limbs[0])).wrapping_add(y.wrapping_mul(e.limbs[0])) as u64;
        start - ((m_inv.wrapping_mul(low) as i64).wrapping_add(start) & LOW)
    };
    let (a, b) = (i128::from(exact(u, v)), i128::from(exact(q, r)));
    let [u, v, q, r] = [u, v, q, r].map(i128::from);
    let (mut cd, mut ce) = (0, 0);
    for i in 0..n {
        let (di, ei, mi) = (i128::from(d.limbs[i]), i128::from(e.limbs[i]), i128::from(m.limbs[i]));
        cd += u * di + v * ei + a * mi;
        ce += q * di + r * ei + b * mi;
        if i > 0 {
            d.limbs[i - 1] = cd as i64 & LOW;
            e.limbs[i - 1] = ce as i64 & LOW;
        } else {
            debug_assert!(cd as i64 & LOW == 0 && ce as i64 & LOW == 0);
        }
        cd >>= BITS;
        ce >>= BITS;
    }
    d.limbs[n - 1] = cd as i64;
    e.limbs[n - 1] = ce as i64;
}

/// An integer Σ xᵢ · 2^(62 i): all limbs but the top one are in 0 ≤ xᵢ < 2^62, the top one has the sign.
///
/// There's room for |x| < 2^(bits + 2).
#[derive(Clone)]
struct Signed {
    limbs: Zeroizing<Vec<i64>>,
    /// The bits of the natural numbers that the computation is about.
    bits: usize,
}

impl Signed {
    /// A natural number of 64-bit limbs.
    fn new(x: &[u64]) -> Self {
        let bits = 64 * x.len();
        let count = (bits + 2) / BITS + 1;
        let limb = |i: usize| {
            let (at, shift) = (BITS * i / 64, BITS * i % 64);
            let low = x.get(at).map_or(0, |w| w >> shift);
            let high = if shift > 2 { x.get(at + 1).map_or(0, |w| w << (64 - shift)) } else { 0 };
            (low | high) as i64 & LOW
        };
        Self { limbs: Zeroizing::new((0..count).map(limb).collect()), bits }
    }

    /// The n 64-bit limbs of a number that isn't negative and is below 2^(64 n).
    fn to_limbs(&self, n: usize) -> Zeroizing<Vec<u64>> {
        let mut z = scratch(n);
        for (i, w) in self.limbs.iter().enumerate() {
            let (at, shift) = (BITS * i / 64, BITS * i % 64);
            let w = *w as u64;
            if let Some(z) = z.get_mut(at) {
                *z |= w << shift;
            }
            if shift > 2 && at + 1 < n {
                z[at + 1] |= w >> (64 - shift);
            }
        }
        z
    }

    /// The mask of x < 0.
    fn is_negative(&self) -> u64 {
        mask(self.limbs[self.limbs.len() - 1] as u64 >> 63)
    }

    /// x = −x where the mask is all ones.
    fn negate_masked(&mut self, m: u64) {
        let m = m as i64;
        self.limbs.iter_mut().for_each(|w| *w = (*w ^ m).wrapping_sub(m));
        self.carry();
    }

    /// x = x + y where the mask is all ones.
    fn add_masked(&mut self, y: &Self, m: u64) {
        self.limbs.iter_mut().zip(y.limbs.iter()).for_each(|(w, y)| *w += y & m as i64);
        self.carry();
    }

    /// Brings limbs in (−2^63, 2^63) back into their range.
    fn carry(&mut self) {
        for i in 1..self.limbs.len() {
            let carry = self.limbs[i - 1] >> BITS;
            self.limbs[i - 1] &= LOW;
            self.limbs[i] += carry;
        }
    }
}

impl Drop for Signed {
    fn drop(&mut self) {
        self.limbs.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::secret::declassify;
    use alloc::vec;

    const MAX: u64 = u64::MAX;

    fn moduli() -> Vec<Vec<u64>> {
        vec![
            vec![1],
            vec![3],
            vec![MAX],
            vec![1, 1 << 63],
            vec![MAX, MAX, MAX],
            vec![MAX - 104, MAX, MAX, MAX],
            vec![1, 0, 0, 0, 0, 1],
            vec![7, 0, 0],
            vec![MAX; 17],
        ]
    }

    #[test]
    fn inverses_times_the_number_are_one() {
        for m in moduli() {
            let n = m.len();
            let modulus = Nat::from_limbs(&m);
            for seed in
                [vec![0; n], vec![1; n], vec![MAX; n], vec![1 << 63; n], vec![0x1234_5678_9abc_def1; n]]
            {
                let x = Nat::from_limbs(&seed).rem(&modulus).unwrap();
                let (z, exists) = invert_odd(x.as_limbs(), &m);
                let coprime = Nat::from_limbs(&gcd(x.as_limbs(), &m)).declassify().to_u64() == Some(1);
                assert_eq!(declassify(exists), coprime);
                if coprime {
                    assert_eq!(limbs::less_than(&z, &m), 1);
                    let product = x.mul(&Nat::from_limbs(&z)).rem(&modulus).unwrap();
                    let one = Nat::from(1).rem(&modulus).unwrap();
                    assert_eq!(product.declassify(), one.declassify());
                }
            }
        }
    }

    #[test]
    fn even_moduli() {
        for m in [2u64, 4, 6, 10, 1 << 63, MAX - 1, 65536 * 3] {
            for x in [0, 1, 3, 5, 7, 9, 65537, MAX, MAX - 2] {
                let z = Nat::from(x).invert_mod(&Nat::from(m)).into_option();
                let gcd = Nat::from(x).gcd(&Nat::from(m)).as_limbs()[0];
                assert_eq!(z.is_some(), gcd == 1, "{x} mod {m}");
                if let Some(z) = z {
                    let product = u128::from(z.as_limbs()[0]) * u128::from(x) % u128::from(m);
                    assert_eq!((product, z.as_limbs()[0] < m), (1 % u128::from(m), true));
                }
            }
        }
        assert!(bool::from(Nat::from(3).invert_mod(&Nat::from(0)).is_none()));
    }

    #[test]
    fn divisors_with_powers_of_two_and_zeros() {
        let gcd = |x: u64, y: u64| Nat::from(x).gcd(&Nat::from(y)).as_limbs()[0];
        for (x, y, z) in [
            (0, 0, 0),
            (0, 5, 5),
            (6, 0, 6),
            (12, 18, 6),
            (1 << 40, 1 << 50, 1 << 40),
            (MAX, MAX, MAX),
            (MAX, 3, 3),
        ] {
            assert_eq!(gcd(x, y), z);
            assert_eq!(gcd(y, x), z);
        }
    }
}
