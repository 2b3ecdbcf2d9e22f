//! Scalars below 2^255 in signed digits: half the multiples in a table, as negatives of points are for free.

/// k = Σ d\[i\] · 16^i with −8 ≤ d\[i\] ≤ 7, but 0 ≤ d\[63\] ≤ 8.
///
/// Requires k < 2^255. Takes the same time for all k. The caller wipes the digits.
///
/// A digit over 7 becomes negative and carries 1 into the next; the last one, 7 at most, keeps what comes in.
pub(super) fn radix_16(k: &[u64; 4]) -> [i8; 64] {
    debug_assert!(k[3] >> 63 == 0);
    let mut carry = 0;
    core::array::from_fn(|i| {
        let digit = (k[i / 16] >> (4 * (i % 16)) & 15) as i8 + carry;
        carry = if i == 63 { 0 } else { (digit + 8) >> 4 };
        digit - (carry << 4)
    })
}

/// The w-NAF of k: k = Σ d\[i\] · 2^i, where each d\[i\] is zero or odd with |d\[i\]| < 2^(w − 1), and of any w
/// digits in a row one at most isn't zero. Calls `take(i, d[i])` for those that aren't, in ascending order.
///
/// Requires k < 2^255 and 2 ≤ w ≤ 8; then i < 256. For public k.
///
/// Source: Hankerson, Menezes, Vanstone, "Guide to Elliptic Curve Cryptography", algorithm 3.35.
pub(super) fn naf_vartime(k: &[u64; 4], w: usize, mut take: impl FnMut(usize, i8)) {
    debug_assert!(k[3] >> 63 == 0 && (2..=8).contains(&w));
    // The digits below i sum to (k mod 2^i) − 2^i if they borrowed, else to k mod 2^i.
    let (mut i, mut borrowed) = (0, false);
    while i < 256 {
        let low = k[i / 64] >> (i % 64);
        // 64 bits from bit i on; by two shifts, as one by 64 isn't one.
        let bits = if i < 192 { low | k[i / 64 + 1] << 1 << (63 - i % 64) } else { low };
        // Where k's bit is what was borrowed, the digit is 0 and the borrowing goes on as it is.
        let zeros = if borrowed { bits.trailing_ones() } else { bits.trailing_zeros() } as usize;
        if zeros > 0 {
            i += zeros;
            continue;
        }
        let window = (bits & ((1 << w) - 1)) as i16 + i16::from(borrowed);
        borrowed = window >> (w - 1) == 1;
        take(i, (window - (i16::from(borrowed) << w)) as i8);
        i += w;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;

    fn samples() -> impl Iterator<Item = [u64; 4]> {
        let top = u64::MAX >> 1;
        let edges = [
            [0; 4],
            [1, 0, 0, 0],
            [u64::MAX, u64::MAX, u64::MAX, top],
            [0, 0, 0, 1 << 62],
            [0x8888_8888_8888_8888; 4].map(|x| x & top),
            [0x7777_7777_7777_7777; 4],
            [0xf, u64::MAX << 4, 0, top],
        ];
        let mut state = 1u64;
        let mut next = move || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state ^ (state >> 29)
        };
        edges.into_iter().chain((0..200).map(move |_| [next(), next(), next(), next() & top]))
    }

    fn big(k: &[u64; 4]) -> BigInt {
        k.iter().rev().fold(BigInt::from(0), |sum, word| (sum << 64u32) + *word)
    }

    fn sum(digits: &[i8], bits: u32) -> BigInt {
        digits.iter().rev().fold(BigInt::from(0), |sum, digit| (sum << bits) + *digit)
    }

    #[test]
    fn digits_of_radix_16() {
        for k in samples() {
            let digits = radix_16(&k);
            assert_eq!(sum(&digits, 4), big(&k));
            assert!(digits[..63].iter().all(|d| (-8..8).contains(d)) && (0..=8).contains(&digits[63]));
        }
    }

    #[test]
    fn non_adjacent_forms() {
        for (k, w) in samples().flat_map(|k| (2..=8).map(move |w| (k, w))) {
            let mut digits = [0; 256];
            naf_vartime(&k, w, |i, digit| digits[i] = digit);
            assert_eq!(sum(&digits, 1), big(&k), "{k:x?}, {w}");
            let half = 1i16 << (w - 1);
            assert!(digits.iter().all(|d| *d == 0 || d & 1 == 1 && i16::from(*d).abs() < half));
            assert!(digits.windows(w).all(|row| row.iter().filter(|d| **d != 0).count() <= 1));
        }
    }
}
