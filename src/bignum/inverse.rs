//! Greatest common divisors and inverses in constant time, by division steps (`kernel::divstep`).
//!
//! Time depends on the widths alone.

use alloc::vec;
use alloc::vec::Vec;

use subtle::Choice;
use zeroize::Zeroizing;

use super::nat::{Nat, choice};
use super::scratch;
use crate::kernel::secret::declassify;
use crate::kernel::word::{mask, neg_inverse};
use crate::kernel::{divstep, limbs};

/// A number in the limbs of `kernel::divstep`.
type Signed = Zeroizing<Vec<i64>>;

/// x⁻¹ mod m for odd m > 0 and x < m, at their common width, and whether it exists: gcd(x, m) = 1.
pub(super) fn invert_odd(x: &[u64], m: &[u64]) -> (Zeroizing<Vec<u64>>, Choice) {
    let (n, bits) = (m.len(), 64 * m.len());
    let modulus = signed(m, bits);
    let m_inv = neg_inverse(m[0]).wrapping_neg();
    let (mut f, mut g) = (modulus.clone(), signed(x, bits));
    let (mut d, mut e) = (signed(&[], bits), signed(&[1], bits));
    divstep::divide(&mut f, &mut g, &mut d, &mut e, &modulus, m_inv, bits);
    let negative = divstep::sign(&f);
    divstep::negate_masked(&mut f, negative);
    let is_unit = limbs::equal(&unsigned(&f, n), &one(n));
    (unsigned(&d, n), choice(is_unit))
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
    // f + 2 g is odd, has the same common divisors with g, and isn't below g, as the number of steps asks for. It's
    // below 3 · 2^(64 n).
    let bits = 64 * n + 2;
    let (mut f, mut g) = (signed(&f, bits), signed(&g, bits));
    divstep::add_masked(&mut f, &g, -1);
    divstep::add_masked(&mut f, &g, -1);
    let mut delta = 1;
    for _ in 0..divstep::batches(bits) {
        let matrix;
        (delta, matrix) = divstep::divsteps(delta, f[0] as u64, g[0] as u64);
        divstep::update_fg(&mut f, &mut g, &matrix);
    }
    debug_assert!(g.iter().all(|w| *w == 0));
    let negative = divstep::sign(&f);
    divstep::negate_masked(&mut f, negative);
    let mut z = unsigned(&f, n);
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

/// x in signed limbs, with room for numbers below 2^bits.
fn signed(x: &[u64], bits: usize) -> Signed {
    let mut z = vec![0; divstep::limbs_for(bits)];
    divstep::from_limbs(&mut z, x);
    Zeroizing::new(z)
}

/// The n 64-bit limbs of a number that isn't negative and is below 2^(64 n).
fn unsigned(x: &[i64], n: usize) -> Zeroizing<Vec<u64>> {
    let mut z = scratch(n);
    divstep::to_limbs(&mut z, x);
    z
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::secret::declassify;

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
