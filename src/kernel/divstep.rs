//! Division steps: Bernstein and Yang's "safegcd", for greatest common divisors and inverses.
//!
//! A *division step* maps (δ, f, g), f odd, to (1 − δ, g, (g − f)/2) if δ > 0 and g is odd, else to (1 + δ,
//! f, (g + (g mod 2)·f)/2). It looks at the lowest bits of f and g only, and after a number of steps known
//! from the width ([`batches`]), g = 0 and f = ± gcd. δ starts at 1/2 (P. Wuille), so 2δ, which is odd, is
//! what's kept.
//!
//! [`BITS`] = 60 steps at a time are collected in a matrix of words ([`divsteps`]) from the low limbs alone;
//! then it's applied to f and g, which are divided by 2^60 exactly ([`update_fg`]), and to d and e, with d·x ≡
//! y·f and e·x ≡ y·g (mod m) throughout, where a multiple of m makes that division exact ([`update_de`]). Limbs
//! are signed and have 60 bits here, and a number is Σ xᵢ · 2^(60 i) where all limbs but the top one are in
//! 0 ≤ xᵢ < 2^60, and the top one has the sign.
//!
//! Time depends on the lengths of the slices alone; not so in functions named `_vartime`.
//!
//! Sources: Bernstein, Yang, "Fast constant-time gcd computation and modular inversion", TCHES 2019(3). The
//! range −2 m < d, e < m is from libsecp256k1 (`doc/safegcd_implementation.md`, P. Wuille); numbers packed with
//! their matrix are from s2n-bignum (J. Harrison). For the number of steps see [`batches`].

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "words are taken as signed and unsigned on purpose"
)]

use core::hint::black_box;

/// The bits in a limb of this file, and the division steps in one matrix.
pub(crate) const BITS: usize = 60;
const LOW: i64 = (1 << BITS) - 1;
/// The division steps that are done on packed words.
const STEPS: u32 = 20;

/// 2^60 times the product of 60 division steps: (u, v; q, r).
///
/// All entries x of a matrix of k steps (times 2^k) have −2^k < x ≤ 2^k: that's so for k = 0, and a step makes
/// rows 2·(u, v) or 2·(q, r), and (q, r) plus (u, v), nothing, or minus (u, v). In the same way |u| + |v| ≤ 2^k and
/// |q| + |r| ≤ 2^k.
pub(crate) type Matrix = [i64; 4];

/// Limbs for f, g, d, e where all numbers that come in are below 2^bits.
///
/// There's room for |x| < 2^(bits + 1): a limb has 60 bits, and the top one up to 63.
pub(crate) const fn limbs_for(bits: usize) -> usize {
    bits / BITS + 1
}

/// How many matrices bring g to 0, for 0 ≤ g ≤ f ≤ 2^bits.
///
/// Source: D. J. Bernstein's theorem ("hull light", 2023) that n steps from δ = 1/2 are enough if 9437·bits + 1 ≤
/// 4096·n, proved for all widths by J. Harrison in HOL Light (`Divstep/divstep_bounds.ml`). That's 590 for 256
/// bits, 885 for 384 and 1201 for 521. (Close by: ⌊(45907·bits + 26313)/19929⌋, Hvass, Aranha, Spitters, eprint
/// 2021/549.)
pub(crate) const fn batches(bits: usize) -> usize {
    (9437 * bits + 1).div_ceil(4096).div_ceil(BITS)
}

/// d = y / x modulo m, and f = ± gcd(x, m), for odd m and 0 ≤ x ≤ m ≤ 2^bits.
///
/// Shapes: f, g, d, e and m have `limbs_for(bits)` limbs. `m_inv` is m⁻¹ modulo 2^60 (or a higher power).
/// Requires: f = m, g = x, d = 0, e = y < m. Ensures: 0 ≤ d < m with d·x ≡ y·gcd(x, m), and g = 0; d = 0 for x = 0.
#[inline(always)]
pub(crate) fn divide(
    f: &mut [i64],
    g: &mut [i64],
    d: &mut [i64],
    e: &mut [i64],
    m: &[i64],
    m_inv: u64,
    bits: usize,
) {
    let mut delta = 1;
    for _ in 0..batches(bits) {
        let matrix;
        (delta, matrix) = divsteps(delta, f[0], g[0]);
        update_fg(f, g, &matrix);
        update_de(d, e, &matrix, m, m_inv);
    }
    debug_assert!(g.iter().all(|w| *w == 0));
    normalize(d, sign(f), m);
}

/// d in (−2 m, m), negated where the mask is all ones, brought into 0 ≤ d < m.
#[inline(always)]
fn normalize(d: &mut [i64], negative: i64, m: &[i64]) {
    // In (−m, m), then in (−m, m) with the sign of f, then in [0, m).
    add_masked(d, m, sign(d));
    negate_masked(d, negative);
    add_masked(d, m, sign(d));
}

/// 60 division steps on the low 60 bits of f and g, from and to 2δ.
///
/// Three times 20 steps, as so many can be done on two packed words. f and g advance between them: of 60 right bits
/// 40 are left, and 20 are needed by the last.
#[inline(never)]
pub(crate) fn divsteps(delta: i64, f: i64, g: i64) -> (i64, Matrix) {
    let (f, g) = (f as u64, g as u64);
    // Two, which the optimiser doesn't know, once for all steps: in a register from here on.
    let two = black_box(2);
    let (delta, first) = packed_divsteps(delta, f, g, two);
    let (f, g) = advance(f, g, &first);
    let (delta, second) = packed_divsteps(delta, f, g, two);
    let (f, g) = advance(f, g, &second);
    let (delta, third) = packed_divsteps(delta, f, g, two);
    (delta, product(&third, &product(&second, &first)))
}

/// 20 division steps on the low 20 bits of f and g. `two` is 2 and unknown to the optimiser, so that what is masked
/// with it isn't known to be a condition.
///
/// f and its row stand in one word, f − u·2^(41 − k) − v·2^(62 − k) after k steps, and so do g, q and r: a division step
/// is linear, hence one on the words, as long as the lowest bit is that of f or g. It is, since 41 − k > 0 before
/// each step. No word overflows: |v|, |r|, |r ± v| ≤ 2^(k+1) gives 2^63 only if (u, v) = ± (q, r) = (0, ± 2^k), which
/// a determinant of ± 2^k excludes; otherwise |r ± v|·2^(62 − k) ≤ 2^63 − 2^43, and the rest is below 2^42 + 2^21.
#[inline(always)]
fn packed_divsteps(mut delta: i64, f: u64, g: u64, two: i64) -> (i64, Matrix) {
    let low = (1 << STEPS) - 1;
    let mut f = (f & low) as i64 - (1 << 41);
    // 2g or 2g + 1. It is ≥ −2^63.
    let mut twice = ((g & low) as i64 - (1 << 62)) << 1;
    for _ in 0..STEPS {
        // Where g is even, `even` is all ones, otherwise 1. The latter changes nothing: it meets f or !f, of which it
        // sets the lowest bit, making −f of !f; f ^ g, which is even; and 2δ, which it decreases by one.
        let g = twice >> 1;
        let even = (twice & two).wrapping_sub(1);
        let negative = delta >> 63;
        // All ones, or 1 for a swap: f stays where g is even or δ < 0.
        let keep = negative | even;
        // Twice the next g, plus one if g is even: g + 1, g + f = g − (!f | 1), or g − f.
        twice = g.wrapping_sub((f ^ negative) | even);
        f = g ^ ((f ^ g) & keep);
        // 1 − !2δ = 2δ + 2, or 1 − (2δ − 1) = 2 − 2δ.
        delta = 1i64.wrapping_sub(delta ^ keep);
    }
    // w = x − a·2^21 − b·2^42, −2^20 ≤ x < 2^20 and −2^20 ≤ −a < 2^20.
    let middle = |w: i64| -((w + (1 << 20)) << 22 >> 43);
    let top = |w: i64| -((w + (1 << 20) + (1 << 41)) >> 42);
    let g = twice >> 1;
    (delta, [middle(f), top(f), middle(g), top(g)])
}

/// What the low bits of f and g become by a matrix of 20 steps.
#[inline(always)]
fn advance(f: u64, g: u64, m: &Matrix) -> (u64, u64) {
    let [u, v, q, r] = m.map(|x| x as u64);
    let row = |x: u64, y: u64| x.wrapping_mul(f).wrapping_add(y.wrapping_mul(g)) >> STEPS;
    (row(u, v), row(q, r))
}

/// x · y. Entries of products stay in range, see [`Matrix`].
#[inline(always)]
fn product(x: &Matrix, y: &Matrix) -> Matrix {
    [
        x[0] * y[0] + x[1] * y[2],
        x[0] * y[1] + x[1] * y[3],
        x[2] * y[0] + x[3] * y[2],
        x[2] * y[1] + x[3] * y[3],
    ]
}

/// (f, g) = (u·f + v·g, q·f + r·g) / 2^60, which is exact.
///
/// |u·fᵢ + v·gᵢ + carry| ≤ 2^60 · 2^63 + 2^64 < 2^127, with |fᵢ|, |gᵢ| < 2^63 (2^60 but for the top).
#[inline(always)]
pub(crate) fn update_fg(f: &mut [i64], g: &mut [i64], &[u, v, q, r]: &Matrix) {
    assert_eq!(f.len(), g.len());
    let n = f.len();
    let product = |x: i64, y: i64| i128::from(x) * i128::from(y);
    let (mut cf, mut cg) = (0, 0);
    for i in 0..n {
        let (fi, gi) = (f[i], g[i]);
        cf += product(u, fi) + product(v, gi);
        cg += product(q, fi) + product(r, gi);
        if i > 0 {
            f[i - 1] = cf as i64 & LOW;
            g[i - 1] = cg as i64 & LOW;
        } else {
            debug_assert!(cf as i64 & LOW == 0 && cg as i64 & LOW == 0);
        }
        cf >>= BITS;
        cg >>= BITS;
    }
    f[n - 1] = cf as i64;
    g[n - 1] = cg as i64;
}

/// (d, e) = (u·d + v·e + m·a, q·d + r·e + m·b) / 2^60 with a and b that make the divisions exact and keep
/// −2 m < d, e < m.
///
/// `m_inv` is m⁻¹ mod 2^60 (or a higher power). a starts as (u if d < 0) + (v if e < 0), which brings the
/// sum into (−2^60·m, 2^60·m), and loses less than 2^60 so that the low limb vanishes; likewise b. |a|, |b|
/// < 2^61, so a column's sum is below 2^60·2^63 + 2^61·2^61 + 2^66 < 2^127.
#[inline(always)]
pub(crate) fn update_de(d: &mut [i64], e: &mut [i64], &[u, v, q, r]: &Matrix, m: &[i64], m_inv: u64) {
    assert!(d.len() == m.len() && e.len() == m.len());
    let n = m.len();
    let product = |x: i64, y: i64| i128::from(x) * i128::from(y);
    let (d_negative, e_negative) = (sign(d), sign(e));
    let exact = |x: i64, y: i64| {
        let start = (x & d_negative) + (y & e_negative);
        let low = (x.wrapping_mul(d[0])).wrapping_add(y.wrapping_mul(e[0])) as u64;
        start - ((m_inv.wrapping_mul(low) as i64).wrapping_add(start) & LOW)
    };
    let (a, b) = (exact(u, v), exact(q, r));
    let (mut cd, mut ce) = (0, 0);
    for i in 0..n {
        let (di, ei) = (d[i], e[i]);
        cd += product(u, di) + product(v, ei) + product(a, m[i]);
        ce += product(q, di) + product(r, ei) + product(b, m[i]);
        if i > 0 {
            d[i - 1] = cd as i64 & LOW;
            e[i - 1] = ce as i64 & LOW;
        } else {
            debug_assert!(cd as i64 & LOW == 0 && ce as i64 & LOW == 0);
        }
        cd >>= BITS;
        ce >>= BITS;
    }
    d[n - 1] = cd as i64;
    e[n - 1] = ce as i64;
}

/// z = x, for limbs of 64 bits. Requires room: as many limbs as `limbs_for` says for x.
#[inline(always)]
pub(crate) const fn from_limbs(z: &mut [i64], x: &[u64]) {
    let mut i = 0;
    while i < z.len() {
        let (at, shift) = (BITS * i / 64, BITS * i % 64);
        let mut w = if at < x.len() { x[at] >> shift } else { 0 };
        if shift > 64 - BITS && at + 1 < x.len() {
            w |= x[at + 1] << (64 - shift);
        }
        z[i] = w as i64 & LOW;
        i += 1;
    }
}

/// z = x, in limbs of 64 bits, for 0 ≤ x < 2^(64 n).
#[inline(always)]
pub(crate) fn to_limbs(z: &mut [u64], x: &[i64]) {
    z.fill(0);
    for (i, w) in x.iter().enumerate() {
        let (at, shift) = (BITS * i / 64, BITS * i % 64);
        if at < z.len() {
            z[at] |= (*w as u64) << shift;
        }
        if shift > 64 - BITS && at + 1 < z.len() {
            z[at + 1] |= *w as u64 >> (64 - shift);
        }
    }
}

/// The mask of x < 0.
#[inline(always)]
pub(crate) fn sign(x: &[i64]) -> i64 {
    black_box(0) | x[x.len() - 1] >> 63
}

/// x = −x where the mask is all ones.
#[inline(always)]
pub(crate) fn negate_masked(x: &mut [i64], m: i64) {
    for w in x.iter_mut() {
        *w = (*w ^ m).wrapping_sub(m);
    }
    carry(x);
}

/// x = x + y where the mask is all ones.
#[inline(always)]
pub(crate) fn add_masked(x: &mut [i64], y: &[i64], m: i64) {
    assert_eq!(x.len(), y.len());
    for (w, y) in x.iter_mut().zip(y) {
        *w += y & m;
    }
    carry(x);
}

/// Brings limbs in (−2^63, 2^63) back into their range.
#[inline(always)]
fn carry(x: &mut [i64]) {
    for i in 1..x.len() {
        let carry = x[i - 1] >> BITS;
        x[i - 1] &= LOW;
        x[i] += carry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One division step, by its definition, on numbers and on the rows of the matrix.
    fn divstep(delta: i64, f: [i128; 3], g: [i128; 3]) -> (i64, [i128; 3], [i128; 3]) {
        let at = |h: fn(i128, i128) -> i128| core::array::from_fn(|i| h(f[i], g[i]));
        let double = |x: [i128; 3]| [x[0], 2 * x[1], 2 * x[2]];
        let halve = |x: [i128; 3]| [x[0] >> 1, x[1], x[2]];
        match (delta > 0, g[0] & 1 == 1) {
            (true, true) => (2 - delta, double(g), halve(at(|f, g| g - f))),
            (false, true) => (delta + 2, double(f), halve(at(|f, g| g + f))),
            (_, false) => (delta + 2, double(f), halve(g)),
        }
    }

    #[test]
    fn packed_steps_are_single_steps() {
        let mut seed = 1u64;
        let mut word = || {
            seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            seed ^ seed >> 32
        };
        let edges = [0, 1, 2, u64::MAX, 1 << 19, 1 << 20, 1 << 40, 1 << 59, (1 << 20) - 1, (1 << 40) - 1];
        for i in 0..3000 {
            let f = if i < 1000 { edges[i % 10] | 1 } else { word() | 1 };
            let g = if i < 1000 { edges[i / 10 % 10] } else { word() };
            let delta = 2 * (i as i64 % 41) - 41;
            let (mut d, mut x, mut y) = (delta, [i128::from(f), 1, 0], [i128::from(g), 0, 1]);
            for _ in 0..BITS {
                (d, x, y) = divstep(d, x, y);
            }
            let matrix = [x[1], x[2], y[1], y[2]].map(|w| i64::try_from(w).unwrap());
            assert_eq!(divsteps(delta, f as i64, g as i64), (d, matrix));
        }
    }

    #[test]
    fn limbs_and_back() {
        for n in 1..10 {
            let x: [u64; 9] = core::array::from_fn(|i| (u64::MAX - i as u64) << (i % 3));
            let mut signed = [0; limbs_for(576)];
            let signed = &mut signed[..limbs_for(64 * n)];
            from_limbs(signed, &x[..n]);
            assert!(signed.iter().all(|w| (0..=LOW).contains(w)));
            let mut back = [0; 9];
            to_limbs(&mut back[..n], signed);
            assert_eq!(back[..n], x[..n]);
        }
    }

    #[test]
    fn steps_for_the_curves() {
        assert_eq!([255, 256, 384, 521].map(batches), [10, 10, 15, 21]);
    }
}
