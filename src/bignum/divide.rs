//! Division with remainder, where dividend and divisor are both secret.
//!
//! Knuth's algorithm D (TAOCP vol. 2, section 4.3.1) with everything that branches there replaced:
//! - The divisor is shifted up until its top bit is set, by a secret amount, whole limbs included; the
//!   dividend by the same. The number of quotient limbs is that of the dividend, whatever the values are.
//! - A quotient limb is guessed from the top three limbs of the remainder and the top two of the divisor,
//!   by multiplying with a reciprocal. That guess is right or one too large, so one masked addition
//!   corrects it. The CPU's division instruction, whose time depends on its operands, isn't used.
//!
//! Source of the reciprocals: Möller, Granlund, "Improved division by invariant integers", IEEE Trans.
//! Comput. 60 (2011), algorithms 4 and 6; their table look-up is replaced by 64 steps of binary division.
//! Time depends on the two widths alone.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::scratch;
use crate::kernel::limbs;
use crate::kernel::word::{equal, less, mask, select};

/// q, r with x = q · d + r and r < d, for d ≠ 0; meaningless numbers of the same widths for d = 0.
///
/// Shapes: q has as many limbs as x, r as many as d.
pub(super) fn div_rem(x: &[u64], d: &[u64]) -> (Zeroizing<Vec<u64>>, Zeroizing<Vec<u64>>) {
    // The guess wants a divisor of two limbs or more: one limb is multiplied by 2^64, and so are dividend
    // and remainder.
    let pad = usize::from(d.len() == 1);
    let n = d.len() + pad;
    let mut divisor = scratch(n);
    divisor[pad..].copy_from_slice(d);
    let mut work = scratch(x.len() + pad + n);
    work[pad..][..x.len()].copy_from_slice(x);

    // work < 2^(64 (x.len() + pad)) before the shift by s, so its top n limbs are below 2^s ≤ divisor after
    // it: the invariant of `steps`.
    let s = 64 * n as u64 - limbs::bits(&divisor);
    limbs::shl(&mut divisor, s);
    limbs::shl(&mut work, s);
    let mut quotient = scratch(x.len() + pad);
    steps(&mut quotient, &mut work, &divisor);
    limbs::shr(&mut work[..n], s);

    quotient.truncate(x.len());
    let mut remainder = scratch(d.len());
    remainder.copy_from_slice(&work[pad..n]);
    (quotient, remainder)
}

/// One quotient limb after the other, from the top: q = ⌊work / d⌋, and the low n limbs of `work` keep the
/// remainder.
///
/// Shapes: `d` has n ≥ 2 limbs with the top bit set, `work` has as many more than n as `q` has.
/// Invariant: work / B^(j+1) < d before the step for limb j, so that each quotient limb is below B = 2^64.
fn steps(q: &mut [u64], work: &mut [u64], d: &[u64]) {
    let n = d.len();
    let top = (d[n - 1], d[n - 2]);
    let v = reciprocal(top.0, top.1);
    for j in (0..q.len()).rev() {
        let part = &mut work[j..=j + n];
        let guess = guess((part[n], part[n - 1], part[n - 2]), top, v);
        let owed = limbs::sub_product(&mut part[..n], d, guess);
        // The guess was one too large exactly if the difference is negative.
        let too_large = less(part[n], owed);
        part[n] = part[n].wrapping_sub(owed);
        let carry = limbs::add_masked(&mut part[..n], d, mask(too_large));
        part[n] = part[n].wrapping_add(carry);
        q[j] = guess.wrapping_sub(too_large);
    }
}

/// ⌊(u₂, u₁, u₀) / (d₁, d₀)⌋, or 2^64 − 1 where (u₂, u₁) = (d₁, d₀): right for the whole numbers, or one
/// too large.
///
/// In the second case 2^64 − 1 is exact: with r the remainder so far and D the divisor, D − r < B^(n−2), so
/// r·B + u ≥ D·B − B^(n−1) ≥ D·(B − 1).
fn guess(u: (u64, u64, u64), d: (u64, u64), v: u64) -> u64 {
    let same = equal(u.0, d.0) & equal(u.1, d.1);
    // Algorithm 4. (q₁, q₀) = v·u₂ + (u₂, u₁), modulo B².
    let (low, high) = v.carrying_mul(u.0, 0);
    let (q0, carry) = low.overflowing_add(u.1);
    let q1 = high.wrapping_add(u.0).wrapping_add(u64::from(carry));
    // r = (u₁ − q₁·d₁, u₀) − d₀·q₁ − (d₁, d₀), modulo B².
    let r1 = u.1.wrapping_sub(q1.wrapping_mul(d.0));
    let (t0, t1) = d.1.carrying_mul(q1, 0);
    let r = sub2(sub2((r1, u.2), (t1, t0)), d);
    let q1 = q1.wrapping_add(1);
    // Too large: r₁ ≥ q₀.
    let over = mask(less(r.0, q0) ^ 1);
    let q1 = q1.wrapping_add(over);
    let r = add2(r, (d.0 & over, d.1 & over));
    // Still one too small, which is rare: (r₁, r₀) ≥ (d₁, d₀).
    let under = less(r.0, d.0) | (equal(r.0, d.0) & less(r.1, d.1));
    let q1 = q1.wrapping_add(under ^ 1);
    select(mask(same), u64::MAX, q1)
}

/// ⌊(B³ − 1) / (d₁, d₀)⌋ − B for d₁ ≥ B/2: algorithm 6.
fn reciprocal(d1: u64, d0: u64) -> u64 {
    let mut v = reciprocal_word(d1);
    let (mut p, carry) = d1.wrapping_mul(v).overflowing_add(d0);
    let c = mask(u64::from(carry));
    let twice = mask(less(p, d1) ^ 1) & c;
    v = v.wrapping_add(c).wrapping_add(twice);
    p = p.wrapping_sub(d1 & c).wrapping_sub(d1 & twice);
    let (t0, t1) = v.carrying_mul(d0, 0);
    let (p, carry) = p.overflowing_add(t1);
    let below = less(p, d1) | (equal(p, d1) & less(t0, d0));
    let c = u64::from(carry);
    v.wrapping_sub(c).wrapping_sub(c & (below ^ 1))
}

/// ⌊(B² − 1) / d⌋ − B for d ≥ B/2, which is ⌊(B² − 1 − B·d) / d⌋: binary division, bit by bit.
fn reciprocal_word(d: u64) -> u64 {
    let (mut r, mut v) = (!d, 0);
    for _ in 0..64 {
        // r < d, and the next bit of the dividend is 1: 2 r + 1 < 2 d, so one subtraction is enough.
        let high = r >> 63;
        let twice = r << 1 | 1;
        let fits = high | (less(twice, d) ^ 1);
        r = twice.wrapping_sub(d & mask(fits));
        v = v << 1 | fits;
    }
    v
}

/// (a₁, a₀) − (b₁, b₀) modulo B².
fn sub2(a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
    let (low, borrow) = a.1.overflowing_sub(b.1);
    (a.0.wrapping_sub(b.0).wrapping_sub(u64::from(borrow)), low)
}

/// (a₁, a₀) + (b₁, b₀) modulo B².
fn add2(a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
    let (low, carry) = a.1.overflowing_add(b.1);
    (a.0.wrapping_add(b.0).wrapping_add(u64::from(carry)), low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = u64::MAX;
    const TOPS: [u64; 6] =
        [1 << 63, (1 << 63) + 1, MAX - 1, MAX, 0xc000_0000_0000_0000, 0x8000_0000_ffff_ffff];

    #[test]
    fn reciprocals_are_exact() {
        for d1 in TOPS {
            let d = u128::from(d1);
            assert_eq!(u128::from(reciprocal_word(d1)), u128::MAX / d - (1 << 64));
        }
        // (d₁, d₀) with v exact: (v + B)·d ≤ B³ − 1 < (v + B + 1)·d, by the products of limbs.
        for d1 in TOPS {
            for d0 in [0, 1, MAX, 1 << 63, MAX - 1] {
                let v = reciprocal(d1, d0);
                let times = |v: u64| {
                    let mut z = [0; 3];
                    z[2] = limbs::add_product(&mut z[..2], &[d0, d1], v);
                    let carry = limbs::add_assign(&mut z[1..], &[d0, d1]);
                    (carry, z)
                };
                let (carry, z) = times(v);
                assert_eq!(carry, 0);
                let mut next = z;
                assert_eq!(limbs::add_assign(&mut next, &[d0, d1, 0]), 1, "{d1:x} {d0:x}");
            }
        }
    }

    #[test]
    fn every_quotient_times_divisor_plus_remainder() {
        let values = [0, 1, 2, MAX, MAX - 1, 1 << 63, (1 << 63) - 1, 1 << 32];
        let pick = |mut k: usize, n: usize| -> Vec<u64> {
            (0..n)
                .map(|_| {
                    let v = values[k % 8];
                    k /= 8;
                    v
                })
                .collect()
        };
        for k in 0..8 * 8 * 8 * 8 {
            let x = pick(k, 4);
            for j in 0..8 * 8 * 8 {
                for n in [1, 2, 3] {
                    let d = pick(j, n);
                    if limbs::is_zero(&d) == 1 || (n < 3 && j >= 8 * n * n * n) {
                        continue;
                    }
                    let (q, r) = div_rem(&x, &d);
                    assert_eq!(limbs::less_than(&r, &d), 1);
                    let mut z = scratch(4 + n);
                    limbs::mul(&mut z, &q, &d);
                    let mut wide = scratch(4 + n);
                    wide[..n].copy_from_slice(&r);
                    limbs::add_assign(&mut z, &wide);
                    assert_eq!((&z[..4], limbs::is_zero(&z[4..])), (&x[..], 1), "{x:x?} / {d:x?}");
                }
            }
        }
    }
}
