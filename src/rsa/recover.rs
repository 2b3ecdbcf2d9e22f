//! p and q from n, e and d, in constant time.
//!
//! e·d − 1 is a multiple of λ(n), so a = (e·d − 1) · gcd(n − 1, e·d − 1) is u · (p − 1)(q − 1) for some u.
//! As (p − 1)(q − 1) = n − (p + q − 1), a = u·n − u·(p + q − 1): where u · (p + q − 1) < n, division of a
//! by n gives u − 1 and n − u·(p + q − 1), and so p + q; and p, q are the roots of x² − (p + q)·x + n. u is
//! about e at the most, unless p − 1 and q − 1 were made to share a large factor; so keys with a prime
//! shorter than e, or made so, aren't recovered.
//!
//! Source: SP 800-56B rev. 2, appendix C.2, where the steps have the names m, r, b used here. The appendix'
//! other method tries random bases, for a number of times that depends on d.

use subtle::ConstantTimeEq;

use crate::bignum::{Nat, choice};
use crate::kernel::secret::declassify;
use crate::kernel::word::equal;
use crate::{Error, Result};

/// The factors of n, the larger one first, each in as few limbs as it takes.
///
/// n is odd, d is as wide as n, 0 < d < n.
pub(super) fn factors(n: &Nat, e: u64, d: &Nat) -> Result<(Nat, Nat)> {
    const WRONG: Error = Error::InvalidKey("n, e and d don't belong together");
    let k = d.mul(&Nat::from(e)).minus_word(1);
    let a = k.mul(&n.minus_word(1).gcd(&k));
    let (m, r) = a.div_rem_nonzero(n);
    let (b, rest) = n.borrowing_sub(&r).0.div_rem_nonzero(&m.add(&Nat::from(1)));
    let b = b.add(&Nat::from(1));
    // b = p + q; the discriminant b² − 4 n is the square of p − q.
    let (discriminant, too_small) = b.square().borrowing_sub(&n.shl(2));
    let root = discriminant.sqrt();
    let p = b.add(&root).shr(1);
    let (q, negative) = b.borrowing_sub(&root);
    let q = q.shr(1);
    let is_right = rest.is_zero()
        & !too_small
        & root.square().ct_eq(&discriminant)
        & !negative
        & p.mul(&q).ct_eq(n)
        & !q.ct_eq(&Nat::from(1));
    // Whether a key is consistent is public.
    if !declassify(is_right) {
        return Err(WRONG);
    }
    Ok((shortest(&p), shortest(&q)))
}

/// A prime in as few limbs as it takes. How many that is is public: it shows in the time of private
/// operations.
fn shortest(prime: &Nat) -> Nat {
    let top = prime.as_limbs().iter().rposition(|limb| !declassify(choice(equal(*limb, 0))));
    prime.truncated(top.map_or(1, |top| top + 1))
}
