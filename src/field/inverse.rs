//! Inverses modulo a fixed odd number, by division steps (`kernel::divstep`): in constant time, and in variable time
//! for public values.
//!
//! Both divide, y / x mod m, which costs no more than 1 / x. In Montgomery's form y = R² mod m makes of a form x·R
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
