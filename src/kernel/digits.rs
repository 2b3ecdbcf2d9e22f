//! Numbers in digits of fewer bits than a limb: x = Σ d\[k\] · 2^(B k), 0 ≤ d\[k\] < 2^B.
//!
//! What vector units multiply are digits of 52 bits (IFMA) or of 28 (AVX2). Digits come one to a word, least
//! significant first, as many as the announced count; what's above the number's limbs is zero. Time depends
//! on the counts alone.

/// The digits of B bits of x from digit `first` on, as many as there's room for.
#[inline(always)]
pub(super) fn split<const B: usize>(digits: &mut [u64], x: &[u64], first: usize) {
    let mut at = B * first;
    for digit in digits {
        let (i, shift) = (at / 64, at % 64);
        let low = x.get(i).map_or(0, |w| w >> shift);
        let high = if shift + B > 64 { x.get(i + 1).map_or(0, |w| w << (64 - shift)) } else { 0 };
        *digit = (low | high) & ((1 << B) - 1);
        at += B;
    }
}

/// x = Σ d\[k\] · 2^(B k) for digits below 2^B; returns what is above x's limbs, which has to fit a limb.
#[inline(always)]
pub(super) fn join<const B: usize>(x: &mut [u64], digits: &[u64]) -> u64 {
    x.fill(0);
    let (n, mut top, mut at) = (x.len(), 0, 0);
    for digit in digits {
        debug_assert!(*digit < 1 << B);
        let (i, shift) = (at / 64, at % 64);
        let parts = [(i, digit << shift), (i + 1, if shift + B > 64 { digit >> (64 - shift) } else { 0 })];
        for (i, part) in parts {
            if i < n {
                x[i] |= part;
            } else if i == n {
                top |= part;
            }
        }
        at += B;
    }
    top
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    extern crate alloc;

    use super::*;
    use alloc::vec;

    fn there_and_back<const B: usize>() {
        for n in 1..40 {
            for x in
                [vec![u64::MAX; n], (0..n as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()]
            {
                let mut digits = vec![7; (64 * n).div_ceil(B) + 3];
                split::<B>(&mut digits, &x, 0);
                assert!(digits.iter().all(|d| *d < 1 << B));
                // The definition, bit by bit.
                let bit = |x: &[u64], size, i: usize| x.get(i / size).map_or(0, |w| w >> (i % size) & 1);
                assert!((0..64 * n).all(|i| bit(&digits, B, i) == bit(&x, 64, i)));
                let mut back = vec![7; n];
                assert_eq!(join::<B>(&mut back, &digits), 0);
                assert_eq!(back, x);
                let mut upper = vec![7; digits.len() - 2];
                split::<B>(&mut upper, &x, 2);
                assert_eq!(upper, digits[2..]);
                if n > 1 {
                    let top = join::<B>(&mut back[1..], &digits);
                    assert_eq!((&back[1..], top), (&x[..n - 1], x[n - 1]));
                }
            }
        }
    }

    #[test]
    fn digits_are_the_same_number() {
        there_and_back::<52>();
        there_and_back::<28>();
        there_and_back::<29>();
    }
}
