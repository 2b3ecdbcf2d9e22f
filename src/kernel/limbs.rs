//! Natural numbers as slices of limbs, least significant first: x = Σ x\[i\] · 2^(64 i).
//!
//! The schoolbook operations that everything above stands on. All of them work on slices of public lengths,
//! take the same time for all values of the same lengths, and allocate nothing. Slices that must agree in
//! length are checked by a release `assert!`: a disagreement is a programming error.
//!
//! Products are built from rows, z += x · w for one word w ([`add_product`]), and a row is computed as
//! **two separate carry chains**, first x · w, then the sum with z. One chain that carries two words' worth
//! at a time is 1.4 to 1.9 times slower on x86-64 (Zen 4, November 2026), as there each chain is one `adc`
//! a limb.

use super::word::{bit_length, less, mask, nonzero, select};

/// z = z + x; returns the carry, a bit. `z` and `x` have the same length.
#[inline(always)]
pub(crate) fn add_assign(z: &mut [u64], x: &[u64]) -> u64 {
    add_masked(z, x, u64::MAX)
}

/// z = z + (x & m) for a mask m; returns the carry, a bit.
#[inline(always)]
pub(crate) fn add_masked(z: &mut [u64], x: &[u64], m: u64) -> u64 {
    assert_eq!(z.len(), x.len());
    let mut carry = false;
    for (z, x) in z.iter_mut().zip(x) {
        (*z, carry) = z.carrying_add(x & m, carry);
    }
    u64::from(carry)
}

/// z = z − x; returns the borrow, a bit. `z` and `x` have the same length.
#[inline(always)]
pub(crate) fn sub_assign(z: &mut [u64], x: &[u64]) -> u64 {
    sub_masked(z, x, u64::MAX)
}

/// z = z − (x & m) for a mask m; returns the borrow, a bit.
#[inline(always)]
pub(crate) fn sub_masked(z: &mut [u64], x: &[u64], m: u64) -> u64 {
    assert_eq!(z.len(), x.len());
    let mut borrow = false;
    for (z, x) in z.iter_mut().zip(x) {
        (*z, borrow) = z.borrowing_sub(x & m, borrow);
    }
    u64::from(borrow)
}

/// z = z + w for one word; returns the carry, a bit unless z is empty.
#[inline(always)]
pub(crate) fn add_word(z: &mut [u64], w: u64) -> u64 {
    let mut carry = w;
    for z in z {
        let (sum, c) = z.overflowing_add(carry);
        *z = sum;
        carry = u64::from(c);
    }
    carry
}

/// z = z − w for one word; returns the borrow, a bit unless z is empty.
#[inline(always)]
pub(crate) fn sub_word(z: &mut [u64], w: u64) -> u64 {
    let mut borrow = w;
    for z in z {
        let (difference, b) = z.overflowing_sub(borrow);
        *z = difference;
        borrow = u64::from(b);
    }
    borrow
}

/// z = x where the mask is all ones; z stays where it is zero.
#[inline(always)]
pub(crate) fn assign_masked(z: &mut [u64], x: &[u64], m: u64) {
    assert_eq!(z.len(), x.len());
    for (z, x) in z.iter_mut().zip(x) {
        *z = select(m, *x, *z);
    }
}

/// Exchanges x and y where the mask is all ones.
#[inline(always)]
pub(crate) fn swap_masked(x: &mut [u64], y: &mut [u64], m: u64) {
    assert_eq!(x.len(), y.len());
    for (x, y) in x.iter_mut().zip(y) {
        let d = m & (*x ^ *y);
        *x ^= d;
        *y ^= d;
    }
}

/// The bit of x < y, for slices of the same length.
#[inline(always)]
pub(crate) fn less_than(x: &[u64], y: &[u64]) -> u64 {
    assert_eq!(x.len(), y.len());
    let mut borrow = false;
    for (x, y) in x.iter().zip(y) {
        (_, borrow) = x.borrowing_sub(*y, borrow);
    }
    u64::from(borrow)
}

/// The bit of x = y, for slices of the same length.
pub(crate) fn equal(x: &[u64], y: &[u64]) -> u64 {
    assert_eq!(x.len(), y.len());
    nonzero(x.iter().zip(y).fold(0, |acc, (x, y)| acc | (x ^ y))) ^ 1
}

/// The bit of x = 0.
pub(crate) fn is_zero(x: &[u64]) -> u64 {
    nonzero(x.iter().fold(0, |acc, x| acc | x)) ^ 1
}

/// The number of bits of x without its leading zeros, as a secret; 0 for 0.
pub(crate) fn bits(x: &[u64]) -> u64 {
    x.iter().enumerate().fold(0, |n, (i, x)| select(mask(nonzero(*x)), 64 * i as u64 + bit_length(*x), n))
}

/// The number of trailing zero bits of x, as a secret; 64 n for 0.
pub(crate) fn trailing_zeros(x: &[u64]) -> u64 {
    let all = 64 * x.len() as u64;
    x.iter().enumerate().rev().fold(all, |n, (i, x)| {
        let lowest = x & x.wrapping_neg();
        select(mask(nonzero(*x)), (64 * i as u64 + bit_length(lowest)).wrapping_sub(1), n)
    })
}

/// z = z · 2^s mod 2^(64 n) for a secret s < 2^32: one masked pass for each bit of s, so that every
/// instruction shifts by a public amount.
///
/// (Where words have 32 bits, a shift of 64 bits by a secret amount can become a branch; and the vector
/// shifts that compilers make of such a loop are what the constant-time witness can't tell from a leak.)
pub(crate) fn shl(z: &mut [u64], s: u64) {
    let n = z.len();
    for k in 0..6 {
        let (m, step, mut low) = (mask((s >> k) & 1), 1 << k, 0);
        for z in z.iter_mut() {
            let shifted = (*z << step) | low;
            low = *z >> (64 - step);
            *z = select(m, shifted, *z);
        }
    }
    for k in (0..).take_while(|k| 1 << k < 2 * n) {
        let (m, step) = (mask((s >> (6 + k)) & 1), 1 << k);
        for i in (0..n).rev() {
            let from = if i >= step { z[i - step] } else { 0 };
            z[i] = select(m, from, z[i]);
        }
    }
}

/// z = ⌊z / 2^s⌋ for a secret s < 2^32, in masked passes as [`shl`].
pub(crate) fn shr(z: &mut [u64], s: u64) {
    let n = z.len();
    for k in 0..6 {
        let (m, step, mut high) = (mask((s >> k) & 1), 1 << k, 0);
        for z in z.iter_mut().rev() {
            let shifted = (*z >> step) | high;
            high = *z << (64 - step);
            *z = select(m, shifted, *z);
        }
    }
    for k in (0..).take_while(|k| 1 << k < 2 * n) {
        let (m, step) = (mask((s >> (6 + k)) & 1), 1 << k);
        for i in 0..n {
            let from = if i + step < n { z[i + step] } else { 0 };
            z[i] = select(m, from, z[i]);
        }
    }
}

/// z = 2 z + bit; returns the bit that leaves at the top.
#[inline(always)]
pub(crate) fn shl1(z: &mut [u64], bit: u64) -> u64 {
    let mut carry = bit;
    for z in z {
        let out = *z >> 63;
        *z = (*z << 1) | carry;
        carry = out;
    }
    carry
}

/// z = (z + top · 2^(64 n)) / 2, rounded down, for a bit `top`.
#[inline(always)]
pub(crate) fn shr1(z: &mut [u64], top: u64) {
    let mut carry = top;
    for z in z.iter_mut().rev() {
        let out = *z & 1;
        *z = (*z >> 1) | (carry << 63);
        carry = out;
    }
}

/// z = z + x · w + carry for C limbs; returns the limb that leaves at the top.
///
/// Two chains: x · w + carry first, then its sum with z. The returned limb can't overflow:
/// z + x · w + carry ≤ (B^C − 1) + (B^C − 1)(B − 1) + (B − 1) = B^(C+1) − 1 for B = 2^64.
#[inline(always)]
fn row<const C: usize>(z: &mut [u64], x: &[u64], w: u64, carry: u64) -> u64 {
    let z: &mut [u64; C] = z.try_into().expect("a row of C limbs");
    let x: &[u64; C] = x.try_into().expect("a row of C limbs");
    let mut product = [0; C];
    let (mut high, mut c) = (carry, false);
    for j in 0..C {
        let (l, h) = x[j].carrying_mul(w, 0);
        (product[j], c) = l.carrying_add(high, c);
        high = h;
    }
    high = high.wrapping_add(u64::from(c));
    c = false;
    for j in 0..C {
        (z[j], c) = z[j].carrying_add(product[j], c);
    }
    high.wrapping_add(u64::from(c))
}

/// z = z + x · w for one word w; returns the limb that leaves at the top. `z` and `x` have the same length.
#[inline(always)]
pub(crate) fn add_product(z: &mut [u64], x: &[u64], w: u64) -> u64 {
    assert_eq!(z.len(), x.len());
    let (mut carry, mut i, n) = (0, 0, x.len());
    if (16..=24).contains(&n) {
        // Rows of 16 and 24 limbs become straight-line code where n is known: 8 % of a power of 1024 bits
        // (Zen 5, November 2026). Longer ones gain nothing by that.
        carry = row::<8>(&mut z[..8], &x[..8], w, carry);
        carry = row::<8>(&mut z[8..16], &x[8..16], w, carry);
        i = 16;
    }
    while n - i >= 8 {
        carry = row::<8>(&mut z[i..i + 8], &x[i..i + 8], w, carry);
        i += 8;
    }
    if n - i >= 4 {
        carry = row::<4>(&mut z[i..i + 4], &x[i..i + 4], w, carry);
        i += 4;
    }
    while i < n {
        (z[i], carry) = x[i].carrying_mul_add(w, z[i], carry);
        i += 1;
    }
    carry
}

/// z = z − x · w for one word w; returns the limb that is owed at the top. `z` and `x` have the same length.
#[inline(always)]
pub(crate) fn sub_product(z: &mut [u64], x: &[u64], w: u64) -> u64 {
    assert_eq!(z.len(), x.len());
    let (mut high, mut borrow) = (0, false);
    for (z, x) in z.iter_mut().zip(x) {
        // x·w + high ≤ (B−1)² + (B−1) < B².
        let (l, h) = x.carrying_mul(w, high);
        (*z, borrow) = z.borrowing_sub(l, borrow);
        high = h;
    }
    // z − x·w > −B^(n+1), so what is owed is at most B − 1.
    high.wrapping_add(u64::from(borrow))
}

/// z = x · y.
///
/// Shapes: `z` has as many limbs as `x` and `y` together.
#[inline(always)]
pub(crate) fn mul(z: &mut [u64], x: &[u64], y: &[u64]) {
    assert_eq!(z.len(), x.len() + y.len());
    z.fill(0);
    for (i, w) in y.iter().enumerate() {
        z[i + x.len()] = add_product(&mut z[i..i + x.len()], x, *w);
    }
}

/// z = x².
///
/// Shapes: `x` has n limbs, `z` has 2 n.
///
/// With x cut into blocks of eight limbs, z = 2 (Σ over i < j of x\[i\]·x\[j\]·B^(i+j)) + Σ x\[i\]²·B^(2i):
/// the products of different blocks are summed into z first. Then one pass over the blocks adds the
/// products inside each block, doubles, and adds the squares. Sums can't overflow before the end, as each
/// partial sum is at most x². A block takes three carry chains one after the other: in step, limb by limb,
/// each would save its carry for the others (7 % of a Montgomery square of 1024 bits; Zen 5, November
/// 2026).
#[inline(always)]
pub(crate) fn square(z: &mut [u64], x: &[u64]) {
    let n = x.len();
    assert_eq!(z.len(), 2 * n);
    z.fill(0);
    for i in 0..n {
        let next = (i / 8 + 1) * 8;
        if next < n {
            z[i + n] = add_product(&mut z[i + next..i + n], &x[next..], x[i]);
        }
    }
    let mut carries = Carries { sum: false, doubled: 0, top: false };
    let mut inner = [0; 16];
    for start in (0..n).step_by(8) {
        let block = &x[start..n.min(start + 8)];
        let z = &mut z[2 * start..][..2 * block.len()];
        inner_products(&mut inner, block);
        if block.len() == 8 {
            double_and_add_squares(&mut z[..16], &block[..8], &inner, &mut carries);
        } else {
            double_and_add_squares(z, block, &inner, &mut carries);
        }
    }
    debug_assert!(!carries.sum && carries.doubled == 0 && !carries.top);
}

/// Limbs from which on [`square_halves`] is quicker than [`square`] (which costs 3610 where that costs 3310 at 64
/// limbs, 15090 and 12040 at 128; the same at 32 to 48: clock ticks, Intel Xeon, November 2026).
pub(crate) const HALVES_FROM: usize = 64;

/// z = x² for an even number of limbs, by three squares of half the width:
/// (a + b·H)² = a² + (a² + b² − (a − b)²)·H + b²·H². `spare` has 3/2 as many limbs as `z`, at least.
///
/// Source: Karatsuba, Ofman, Doklady Akad. Nauk SSSR 145 (1962).
#[inline(always)]
pub(crate) fn square_halves(z: &mut [u64], x: &[u64], spare: &mut [u64]) {
    let h = x.len() / 2;
    assert!(x.len() == 2 * h && z.len() == 4 * h);
    let (low, high) = x.split_at(h);
    let (difference, rest) = spare.split_at_mut(h);
    let (middle, rest) = rest.split_at_mut(2 * h);
    let sum = &mut rest[..2 * h];
    // |a − b|, as −w = !w + 1.
    difference.copy_from_slice(low);
    let borrow = sub_assign(difference, high);
    let negate = mask(borrow);
    for w in difference.iter_mut() {
        *w ^= negate;
    }
    add_word(difference, borrow);
    square(middle, difference);
    let (low_square, high_square) = z.split_at_mut(2 * h);
    square(low_square, low);
    square(high_square, high);
    // 2 a·b, which is at most a bit longer than 2 h limbs.
    sum.copy_from_slice(low_square);
    let carry = add_assign(sum, high_square);
    let top = carry - sub_assign(sum, middle);
    let carry = add_assign(&mut z[h..3 * h], sum);
    let out = add_word(&mut z[3 * h..], carry + top);
    debug_assert!(out == 0);
}

/// What goes from one block of a square to the next.
struct Carries {
    /// Of adding the products inside the block.
    sum: bool,
    /// Of doubling.
    doubled: u64,
    /// Of adding the squares.
    top: bool,
}

/// z = 2 (z + inner) + Σ x\[i\]² · B^(2i) for one block, as three carry chains one after the other.
#[inline(always)]
fn double_and_add_squares(z: &mut [u64], x: &[u64], inner: &[u64; 16], carries: &mut Carries) {
    for (z, v) in z.iter_mut().zip(inner) {
        (*z, carries.sum) = z.carrying_add(*v, carries.sum);
    }
    carries.doubled = shl1(z, carries.doubled);
    let mut squares = [0; 16];
    for (pair, w) in squares.chunks_exact_mut(2).zip(x) {
        (pair[0], pair[1]) = w.carrying_mul(*w, 0);
    }
    for (z, v) in z.iter_mut().zip(&squares) {
        (*z, carries.top) = z.carrying_add(*v, carries.top);
    }
}

/// z = Σ over i < j of x\[i\]·x\[j\]·B^(i+j) for at most eight limbs, in the low limbs of `z`.
#[inline(always)]
fn inner_products(z: &mut [u64; 16], x: &[u64]) {
    z.fill(0);
    if x.len() == 8 {
        z[8] = row::<7>(&mut z[1..8], &x[1..], x[0], 0);
        z[9] = row::<6>(&mut z[3..9], &x[2..], x[1], 0);
        z[10] = row::<5>(&mut z[5..10], &x[3..], x[2], 0);
        z[11] = row::<4>(&mut z[7..11], &x[4..], x[3], 0);
        z[12] = row::<3>(&mut z[9..12], &x[5..], x[4], 0);
        z[13] = row::<2>(&mut z[11..13], &x[6..], x[5], 0);
        z[14] = row::<1>(&mut z[13..14], &x[7..], x[6], 0);
    } else {
        for i in 0..x.len() {
            z[i + x.len()] = add_product(&mut z[2 * i + 1..i + x.len()], &x[i + 1..], x[i]);
        }
    }
}

/// z = z mod m for z < 2 m, where `top` is the limb (a bit) above z: one masked subtraction.
///
/// The subtraction is kept when z ≥ m, which is when it doesn't borrow more than `top` holds.
#[inline(always)]
pub(crate) fn reduce_once(z: &mut [u64], top: u64, m: &[u64]) {
    let borrow = sub_assign(z, m);
    // top − borrow is 0 (keep) or −1 (add m back).
    debug_assert!(!(top == 1 && borrow == 0));
    add_masked(z, m, mask(less(top, borrow)));
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    extern crate alloc;

    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    const MAX: u64 = u64::MAX;

    fn mul_slow(x: &[u64], y: &[u64]) -> Vec<u64> {
        let mut z = vec![0; x.len() + y.len()];
        for (i, a) in x.iter().enumerate() {
            let mut carry = 0;
            for (j, b) in y.iter().enumerate() {
                (z[i + j], carry) = a.carrying_mul_add(*b, z[i + j], carry);
            }
            z[i + y.len()] = carry;
        }
        z
    }

    /// Limbs whose products carry as far as they can, next to zeros and a few arbitrary ones.
    fn samples(n: usize) -> Vec<Vec<u64>> {
        let mut state = n as u64 + 1;
        let mut next = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state ^ (state >> 29)
        };
        let mixed = (0..n).map(|_| [0, MAX, 1, MAX - 1, 1 << 63, next()][next() as usize % 6]).collect();
        let mut low_one = vec![0; n];
        low_one[0] = 1;
        vec![vec![MAX; n], vec![0; n], low_one, mixed, (0..n).map(|_| next()).collect()]
    }

    #[test]
    fn products_and_squares_at_every_width() {
        for n in 1..=40 {
            for x in samples(n) {
                let mut z = vec![7; 2 * n];
                square(&mut z, &x);
                assert_eq!(z, mul_slow(&x, &x), "square at {n}");
                if n % 2 == 0 {
                    let mut z = vec![7; 2 * n];
                    square_halves(&mut z, &x, &mut vec![7; 3 * n]);
                    assert_eq!(z, mul_slow(&x, &x), "square by halves at {n}");
                }
                for y in samples(n / 2 + 1) {
                    let mut z = vec![7; x.len() + y.len()];
                    mul(&mut z, &x, &y);
                    assert_eq!(z, mul_slow(&x, &y), "product at {n}");
                }
            }
        }
    }

    #[test]
    fn add_and_subtract_product_are_inverse() {
        for n in 1..=20 {
            for (x, z) in samples(n).into_iter().zip(samples(n).into_iter().rev()) {
                for w in [0, 1, MAX, 1 << 63] {
                    let mut t = z.clone();
                    let up = add_product(&mut t, &x, w);
                    let down = sub_product(&mut t, &x, w);
                    assert_eq!((t, up), (z.clone(), down));
                }
            }
        }
    }

    #[test]
    fn shifts_by_every_amount() {
        let x = [0x8123_4567_89ab_cdef, MAX, 0xfedc_ba98_7654_3218];
        for s in 0..=200 {
            let (mut left, mut right) = (x, x);
            shl(&mut left, s);
            shr(&mut right, s);
            for i in 0..192 {
                let bit = |x: &[u64; 3], i: u64| (x[(i / 64) as usize] >> (i % 64)) & 1;
                assert_eq!(bit(&left, i), if i >= s { bit(&x, i - s) } else { 0 });
                assert_eq!(bit(&right, i), if i + s < 192 { bit(&x, i + s) } else { 0 });
            }
        }
    }

    #[test]
    fn lengths_and_zeros() {
        assert_eq!((bits(&[0, 0]), trailing_zeros(&[0, 0])), (0, 128));
        assert_eq!((bits(&[1, 0]), trailing_zeros(&[1, 0])), (1, 0));
        assert_eq!((bits(&[0, 1 << 63]), trailing_zeros(&[0, 1 << 63])), (128, 127));
        assert_eq!((bits(&[6, 5]), trailing_zeros(&[6, 5])), (67, 1));
    }

    #[test]
    fn carries_run_through() {
        let mut z = [MAX, MAX, MAX];
        assert_eq!(add_assign(&mut z, &[1, 0, 0]), 1);
        assert_eq!(z, [0, 0, 0]);
        assert_eq!(sub_word(&mut z, 1), 1);
        assert_eq!(z, [MAX, MAX, MAX]);
        assert_eq!(add_masked(&mut z, &[1, 0, 0], 0), 0);
        assert_eq!(sub_assign(&mut z, &[MAX, MAX, MAX]), 0);
        assert_eq!(sub_assign(&mut z, &[1, 0, 0]), 1);
        assert_eq!(
            (less_than(&[0, 1], &[MAX, 0]), less_than(&[MAX, 0], &[0, 1]), less_than(&[3], &[3])),
            (0, 1, 0)
        );
    }
}
