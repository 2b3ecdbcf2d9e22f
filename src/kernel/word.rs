//! One limb: a word of 64 bits, and the masks that stand in for branches.
//!
//! A *bit* is a word that is 0 or 1, a *mask* is a word that is 0 or 2^64 − 1. Conditions on secrets are
//! computed as bits, turned into masks by [`mask`] and applied with `&`. [`mask`] hides that its word has two values
//! only, so that the optimiser doesn't find the condition again and branch on it; that it doesn't is checked on the
//! compiled program by the witnesses in `tests/constant_time`.
//!
//! Everything here takes the same time for all values.

use core::hint::black_box;

/// The mask of a bit: 2^64 − 1 for 1, 0 for 0.
///
/// What is hidden is the zero that the bit is taken from, as hiding the bit would send it through memory: that's four
/// cycles and more on the path of a result, where this one is ready before the bit is.
#[inline(always)]
pub(crate) fn mask(bit: u64) -> u64 {
    debug_assert!(bit <= 1);
    black_box(0u64).wrapping_sub(bit)
}

/// `a` where the mask is all ones, `b` where it is zero.
#[inline(always)]
pub(crate) fn select(mask: u64, a: u64, b: u64) -> u64 {
    b ^ (mask & (a ^ b))
}

/// The bit of x ≠ 0.
#[inline(always)]
pub(crate) fn nonzero(x: u64) -> u64 {
    (x | x.wrapping_neg()) >> 63
}

/// The bit of x = y.
#[inline(always)]
pub(crate) fn equal(x: u64, y: u64) -> u64 {
    nonzero(x ^ y) ^ 1
}

/// The bit of x < y: the borrow of x − y.
#[inline(always)]
pub(crate) fn less(x: u64, y: u64) -> u64 {
    // Hacker's Delight, 2nd ed., section 2-12: the borrow out of the top bit.
    ((!x & y) | ((!x | y) & x.wrapping_sub(y))) >> 63
}

/// The number of bits of x without its leading zeros; 0 for 0.
///
/// A binary search with masks, as `u64::leading_zeros` is a branch on some targets.
#[inline(always)]
pub(crate) fn bit_length(x: u64) -> u64 {
    let (mut x, mut n) = (x, 0);
    for step in [32, 16, 8, 4, 2, 1] {
        let high = x >> step;
        let m = mask(nonzero(high));
        n += m & step;
        x = select(m, high, x);
    }
    n + x
}

/// −m⁻¹ mod 2^64 for odd m, by Newton's iteration: each step doubles the number of correct low bits.
#[inline(always)]
pub(crate) const fn neg_inverse(m: u64) -> u64 {
    debug_assert!(m & 1 == 1);
    // 3m xor 2 is right in 5 bits (Montgomery's observation), so four steps give 80.
    let mut y = m.wrapping_mul(3) ^ 2;
    let mut i = 0;
    while i < 4 {
        i += 1;
        y = y.wrapping_mul(2u64.wrapping_sub(m.wrapping_mul(y)));
    }
    y.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [u64; 9] = [0, 1, 2, 3, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];

    #[test]
    fn comparisons_on_edges() {
        for x in EDGES {
            assert_eq!(nonzero(x), u64::from(x != 0));
            assert_eq!(bit_length(x), u64::from(64 - x.leading_zeros()));
            for y in EDGES {
                assert_eq!(equal(x, y), u64::from(x == y));
                assert_eq!(less(x, y), u64::from(x < y), "{x} < {y}");
                assert_eq!(select(mask(1), x, y), x);
                assert_eq!(select(mask(0), x, y), y);
            }
        }
    }

    #[test]
    fn neg_inverse_times_m_is_minus_one() {
        for m in EDGES.into_iter().filter(|m| m & 1 == 1) {
            assert_eq!(m.wrapping_mul(neg_inverse(m)), u64::MAX);
        }
    }
}
