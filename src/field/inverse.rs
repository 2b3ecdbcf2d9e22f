//! Inverses modulo a fixed odd number in constant time, by division steps (`kernel::divstep`).
//!
//! What's computed is y / x mod m, which costs no more than 1 / x. In Montgomery's form y = R² mod m makes of a form x·R
//! that of the inverse, R² / (x·R) = x⁻¹·R.

use zeroize::Zeroize;

use crate::kernel::divstep::{self, from_limbs, limbs_for, to_limbs};
use crate::kernel::word::neg_inverse;

/// An odd number of N limbs, which a type names.
pub(crate) trait Modulus<const N: usize> {
    const M: [u64; N];
    /// m < 2^BITS.
    const BITS: usize;
}

/// Limbs for the largest modulus, of 521 bits. Of arrays so long a smaller one uses the first few, which is known at
/// compile time.
const LIMBS: usize = limbs_for(521);
type Signed = [i64; LIMBS];

/// y / x mod m, below m, for x, y < m and gcd(x, m) = 1; 0 for x = 0.
///
/// In a time that depends on m alone. (A variant for public x that counts trailing zeros, several steps at once, was
/// slower for what its branches cost: 1.54 µs for 256 bits where this takes 1.36; Zen 4, November 2026.)
pub(crate) fn divide<M: Modulus<N>, const N: usize>(y: &[u64; N], x: &[u64; N]) -> [u64; N] {
    let n = const { limbs_for(M::BITS) };
    let (m, m_inv) = const { (signed(&M::M), neg_inverse(M::M[0]).wrapping_neg()) };
    let (mut f, mut g, mut d, mut e) = (m, signed(x), [0; LIMBS], signed(y));
    divstep::divide(&mut f[..n], &mut g[..n], &mut d[..n], &mut e[..n], &m[..n], m_inv, M::BITS);
    let mut z = [0; N];
    to_limbs(&mut z, &d[..n]);
    for scratch in [&mut f, &mut g, &mut d, &mut e] {
        scratch[..n].zeroize();
    }
    z
}

/// x in signed limbs.
#[inline(always)]
const fn signed<const N: usize>(x: &[u64; N]) -> Signed {
    let mut z = [0; LIMBS];
    from_limbs(&mut z, x);
    z
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    fn big(x: &[u64]) -> BigUint {
        x.iter().rev().fold(BigUint::default(), |sum, w| (sum << 64u32) + *w)
    }

    /// 2^255 − 19, on plain numbers.
    struct M25519;

    impl Modulus<4> for M25519 {
        const M: [u64; 4] = [u64::MAX - 18, u64::MAX, u64::MAX, u64::MAX >> 1];
        const BITS: usize = 255;
    }

    #[test]
    fn quotients_times_divisors() {
        let m = big(&M25519::M);
        let below = |mut x: [u64; 4]| {
            x[3] &= u64::MAX >> 2;
            x
        };
        let mut minus_one = M25519::M;
        minus_one[0] -= 1;
        let mut x = [1, 0, 0, 0];
        for i in 0..500u64 {
            for x in [x, below(x.map(|w| !w)), minus_one, [2 + i, 0, 0, 0], [0, 0, 0, 1 << (i % 63)]] {
                let y = [i, u64::MAX, i, i];
                let z = divide::<M25519, 4>(&y, &x);
                assert!(big(&z) < m);
                assert_eq!(big(&z) * big(&x) % &m, big(&y) % &m);
            }
            x = below(x.map(|w| w.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(i)));
        }
        assert_eq!(divide::<M25519, 4>(&[1, 0, 0, 0], &[0; 4]), [0; 4]);
    }
}
