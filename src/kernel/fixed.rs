//! Products of numbers of N ≤ 9 limbs, N known to the compiler, as code without loops.
//!
//! A number of 2 N limbs is a pair: its low N limbs and its high ones. Loops over up to nine limbs inside one another
//! aren't unrolled by the compiler, and then the limbs live in memory; a macro writes the steps out, with those past
//! N left out at compile time.
//!
//! Everything here takes the same time for all values.

use super::word::mask;

/// The limbs that there are at most.
const MAX: usize = 9;

/// The body for each I from 0 to 8 as a constant.
macro_rules! unrolled {
    ($i:ident, $body:block) => { unrolled!($i, $body, 0 1 2 3 4 5 6 7 8) };
    ($i:ident, $body:block, $($n:literal)*) => { $({ const $i: usize = $n; $body })* };
}
pub(crate) use unrolled;

/// t = (t + x · w) / 2^64; returns the limb that leaves at the bottom.
///
/// t + x · w ≤ (B^N − 1) + (B^N − 1)(B − 1) = (B^N − 1)·B for B = 2^64, so t has N limbs again.
#[inline(always)]
pub(crate) fn shifted_row<const N: usize>(t: &mut [u64; N], x: &[u64; N], w: u64) -> u64 {
    const { assert!(0 < N && N <= MAX) };
    if N <= 4 {
        let (mut low, mut carry) = (0, 0);
        unrolled!(J, {
            if J < N {
                let sum;
                (sum, carry) = x[J].carrying_mul_add(w, t[J], carry);
                if J == 0 { low = sum } else { t[J - 1] = sum }
            }
        });
        t[N - 1] = carry;
        return low;
    }
    // Two chains, first x · w, then its sum with t: 5 % quicker from six limbs on (Zen 4, November 2026).
    let (mut product, mut low, mut high, mut carry) = ([0; N], 0, 0, false);
    unrolled!(J, {
        if J < N {
            let (l, h) = x[J].carrying_mul(w, 0);
            (product[J], carry) = l.carrying_add(high, carry);
            high = h;
        }
    });
    high = high.wrapping_add(u64::from(carry));
    carry = false;
    unrolled!(J, {
        if J < N {
            let sum;
            (sum, carry) = t[J].carrying_add(product[J], carry);
            if J == 0 { low = sum } else { t[J - 1] = sum }
        }
    });
    t[N - 1] = high.wrapping_add(u64::from(carry));
    low
}

/// x · y, low and high limbs.
#[inline(always)]
pub(crate) fn product<const N: usize>(x: &[u64; N], y: &[u64; N]) -> [[u64; N]; 2] {
    let (mut low, mut t) = ([0; N], [0; N]);
    unrolled!(I, {
        if I < N {
            low[I] = shifted_row(&mut t, x, y[I]);
        }
    });
    [low, t]
}

/// x², low and high limbs: twice the products of different limbs, and the squares.
#[inline(always)]
pub(crate) fn square<const N: usize>(x: &[u64; N]) -> [[u64; N]; 2] {
    const { assert!(0 < N && N <= MAX) };
    let mut z = [[0; N]; 2];
    unrolled!(I, {
        if I < N {
            // z < x²/2 after each row, so the row's carry finds its limb empty.
            let mut carry = 0;
            unrolled!(J, {
                if (I + 1..N).contains(&J) {
                    let z = &mut z[(I + J) / N][(I + J) % N];
                    (*z, carry) = x[I].carrying_mul_add(x[J], *z, carry);
                }
            });
            z[1][I] = carry;
        }
    });
    let (mut below, mut carry) = (0, false);
    unrolled!(I, {
        if I < N {
            let (l, h) = x[I].carrying_mul(x[I], 0);
            let low = z[2 * I / N][2 * I % N];
            let high = z[(2 * I + 1) / N][(2 * I + 1) % N];
            let (sum, c) = (low << 1 | below >> 63).carrying_add(l, carry);
            z[2 * I / N][2 * I % N] = sum;
            let (sum, c) = (high << 1 | low >> 63).carrying_add(h, c);
            z[(2 * I + 1) / N][(2 * I + 1) % N] = sum;
            (below, carry) = (high, c);
        }
    });
    debug_assert!(!carry && below >> 63 == 0);
    z
}

/// t · 2^(−64 N) mod p for t < 2^(64 N) · p, with `p_inv` = −p⁻¹ mod 2^64: Montgomery's reduction.
///
/// The low limbs become (low + u·p)/2^(64 N) ≤ p with u < 2^(64 N), so the sum with the high ones, which are below
/// p, is below 2 p.
#[inline(always)]
pub(crate) fn montgomery<const N: usize>(
    [mut low, high]: [[u64; N]; 2],
    p: &[u64; N],
    p_inv: u64,
) -> [u64; N] {
    unrolled!(I, {
        if I < N {
            let u = low[0].wrapping_mul(p_inv);
            let zero = shifted_row(&mut low, p, u);
            debug_assert!(zero == 0);
        }
    });
    sum_modulo(&low, &high, p)
}

/// x + y mod p, below p, for x + y < 2 p.
#[inline(always)]
pub(crate) fn sum_modulo<const N: usize>(x: &[u64; N], y: &[u64; N], p: &[u64; N]) -> [u64; N] {
    let (mut sum, mut difference, mut carry, mut borrow) = ([0; N], [0; N], false, false);
    for i in 0..N {
        (sum[i], carry) = x[i].carrying_add(y[i], carry);
    }
    for i in 0..N {
        (difference[i], borrow) = sum[i].borrowing_sub(p[i], borrow);
    }
    // The sum is right if it's below p: if its subtraction borrows, and it carried nothing. (If it carried, that borrows.)
    let keep = mask(u64::from(borrow) - u64::from(carry));
    for i in 0..N {
        difference[i] ^= keep & (sum[i] ^ difference[i]);
    }
    difference
}

/// x − y mod p, below p, for x, y < p.
#[inline(always)]
pub(crate) fn difference_modulo<const N: usize>(x: &[u64; N], y: &[u64; N], p: &[u64; N]) -> [u64; N] {
    let (mut z, mut borrow, mut carry) = ([0; N], false, false);
    for i in 0..N {
        (z[i], borrow) = x[i].borrowing_sub(y[i], borrow);
    }
    let add = mask(u64::from(borrow));
    for i in 0..N {
        (z[i], carry) = z[i].carrying_add(p[i] & add, carry);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::limbs;

    fn check<const N: usize>() {
        const LIMBS: [u64; 6] = [0, 1, u64::MAX, 1 << 63, 0xffff_ffff, 0x0123_4567_89ab_cdef];
        let mut seed = 1u64;
        for _ in 0..2000 {
            let mut limb = || {
                seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                LIMBS[(seed >> 33) as usize % 6]
            };
            let (x, y) = ([0; N].map(|_| limb()), [0; N].map(|_| limb()));
            let mut z = [0; 2 * MAX];
            limbs::mul(&mut z[..2 * N], &x, &y);
            assert_eq!(product(&x, &y).as_flattened(), &z[..2 * N]);
            limbs::mul(&mut z[..2 * N], &x, &x);
            assert_eq!(square(&x).as_flattened(), &z[..2 * N]);
        }
    }

    #[test]
    fn products_agree_with_those_of_slices() {
        check::<1>();
        check::<2>();
        check::<4>();
        check::<5>();
        check::<6>();
        check::<9>();
    }
}
