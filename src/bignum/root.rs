//! ⌊√x⌋ for a secret x, a binary digit at a time.
//!
//! With root r and remainder x' − r² of the leading bits x' known, the next digit is 1 exactly if
//! 4·remainder + (the next two bits) ≥ 4 r + 1. Every step does the same work: 32 n steps of O(n) for n
//! limbs. Time depends on n alone.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::scratch;
use crate::kernel::limbs;
use crate::kernel::word::mask;

/// ⌊√x⌋ in half as many limbs, rounded up.
pub(super) fn floor_sqrt(x: &[u64]) -> Zeroizing<Vec<u64>> {
    // remainder ≤ 2·root < 2^(64 h + 1) for a root of h limbs, and four times that is compared: one limb
    // more than h holds it.
    let half = x.len().div_ceil(2);
    let mut root = scratch(half + 1);
    let mut remainder = scratch(half + 1);
    let mut trial = scratch(half + 1);
    for i in (0..32 * x.len()).rev() {
        let two = x[i / 32] >> (2 * (i % 32)) & 3;
        limbs::shl1(&mut remainder, two >> 1);
        limbs::shl1(&mut remainder, two & 1);
        trial.copy_from_slice(&root);
        limbs::shl1(&mut trial, 0);
        limbs::shl1(&mut trial, 1);
        let digit = limbs::less_than(&remainder, &trial) ^ 1;
        limbs::sub_masked(&mut remainder, &trial, mask(digit));
        limbs::shl1(&mut root, digit);
    }
    root.truncate(half);
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn around_squares() {
        for r in [0u64, 1, 2, 3, 1 << 31, (1 << 32) - 1, 1 << 32, u64::MAX - 1, u64::MAX] {
            let square = u128::from(r) * u128::from(r);
            let root = |x: u128| floor_sqrt(&[x as u64, (x >> 64) as u64])[0];
            assert_eq!(root(square), r);
            assert_eq!(root(square + 2 * u128::from(r)), r);
            if r > 0 {
                assert_eq!(root(square - 1), r - 1);
            }
        }
        assert_eq!(floor_sqrt(&[u64::MAX; 3])[..], [u64::MAX, (1 << 32) - 1]);
    }
}
