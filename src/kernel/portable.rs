//! Montgomery arithmetic with 64-bit integer code, for every CPU; R = 2^(64 n).
//!
//! Products are "CIOS" (Koç, Acar, Kaliski, IEEE Micro 16 (1996)) with a sliding accumulator: after n steps
//! the number is below 2 m (proof at [`product`]), and one masked subtraction gives the result.
//!
//! **One algorithm for all widths**: the inner functions take slices and are inlined into instances with a
//! length known to the compiler for the widths that matter, RSA's primes and moduli of 2048, 3072 and 4096
//! bits, and into one for all others.

use core::hint::black_box;

use super::limbs::{HALVES_FROM, add_assign, add_product, assign_masked, reduce_once, square, square_halves};
use super::montgomery::{Operation, Params, WINDOW, Windows, window};
use super::word::{equal, less, mask};

/// Calls the instance of `$f` for the width `$n`.
macro_rules! by_width {
    ($n:expr, $f:ident($($arg:expr),*)) => {
        match $n {
            16 => $f::<16>($($arg),*),
            24 => $f::<24>($($arg),*),
            32 => $f::<32>($($arg),*),
            48 => $f::<48>($($arg),*),
            64 => $f::<64>($($arg),*),
            _ => $f::<0>($($arg),*),
        }
    };
}

/// The number of limbs of scratch for [`run`].
pub(super) fn scratch(n: usize, operation: Operation<'_>) -> usize {
    match operation {
        Operation::Mul(_) | Operation::Square | Operation::Leave => accumulator(n),
        Operation::Pow(..) | Operation::PowVartime(_) => ((1 << WINDOW) + 1) * n + accumulator(n),
        Operation::PlainPow(..) => ((1 << WINDOW) + 3) * n + accumulator(n),
        Operation::PlainPowVartime(_) => 3 * n + accumulator(n),
    }
}

/// Whether squares are made of three squares of half the width.
#[inline(always)]
fn by_halves(n: usize) -> bool {
    n >= HALVES_FROM && n.is_multiple_of(2)
}

/// The limbs of an accumulator t: twice the modulus', and what a square needs besides.
#[inline(always)]
fn accumulator(n: usize) -> usize {
    if by_halves(n) { 5 * n } else { 2 * n }
}

/// [`Params::run`].
pub(super) fn run(p: &Params<'_>, z: &mut [u64], x: &[u64], operation: Operation<'_>, scratch: &mut [u64]) {
    let n = p.m.len();
    match operation {
        Operation::Mul(y) => by_width!(n, mul_n(p, z, x, y, scratch)),
        Operation::Square => by_width!(n, square_n(p, z, x, scratch)),
        Operation::Leave => leave(p, z, x, scratch),
        Operation::Pow(e, bits) => by_width!(n, pow_n(p, z, x, e, bits, scratch)),
        Operation::PowVartime(e) => by_width!(n, pow_vartime_n(p, z, x, e, scratch)),
        Operation::PlainPow(e, bits) => by_width!(n, plain_pow_n(p, z, x, e, bits, scratch)),
        Operation::PlainPowVartime(e) => by_width!(n, plain_pow_vartime_n(p, z, x, e, scratch)),
    }
}

/// The first n limbs, where n is N if that's known to the compiler.
#[inline(always)]
fn width<const N: usize>(p: &Params<'_>) -> usize {
    let n = if N == 0 { p.m.len() } else { N };
    assert!(p.m.len() == n && p.one.len() == n);
    n
}

fn mul_n<const N: usize>(p: &Params<'_>, z: &mut [u64], x: &[u64], y: &[u64], t: &mut [u64]) {
    let n = width::<N>(p);
    let (m, t) = (&p.m[..n], &mut t[..accumulator(n)]);
    let carry = product(t, &x[..n], &y[..n], m, p.m0_inv());
    finish(&mut z[..n], t, carry, m);
}

/// z = x · R⁻¹ mod m for x of at most 2 n limbs, x < m · R; `t` has 2 n limbs.
fn leave(p: &Params<'_>, z: &mut [u64], x: &[u64], t: &mut [u64]) {
    let t = &mut t[..2 * p.m.len()];
    t[..x.len()].copy_from_slice(x);
    t[x.len()..].fill(0);
    let carry = reduce(t, p.m, p.m0_inv());
    finish(z, t, carry, p.m);
}

fn square_n<const N: usize>(p: &Params<'_>, z: &mut [u64], x: &[u64], t: &mut [u64]) {
    let n = width::<N>(p);
    let (m, t) = (&p.m[..n], &mut t[..accumulator(n)]);
    let carry = squared(t, &x[..n], m, p.m0_inv());
    finish(&mut z[..n], t, carry, m);
}

/// t = x · y · R⁻¹ mod m, up to one m, in the limbs n to 2 n of `t`; returns the carry above it, a bit.
///
/// The accumulator slides up: step i works on t\[i .. i + n\], whose lowest limb it makes vanish. Requires
/// x · y < R · m.
///
/// Bounds, with B = 2^64: after step i the accumulator is (x · (y mod B^(i+1)) + u · m) / B^(i+1) with u <
/// B^(i+1), which is less than x + m < 2 R: n limbs and a bit. At the end it is less than x · y / R + m < 2
/// m.
#[inline(always)]
fn product(t: &mut [u64], x: &[u64], y: &[u64], m: &[u64], m0_inv: u64) -> u64 {
    let n = m.len();
    t[..n].fill(0);
    let mut carry = 0;
    for i in 0..n {
        let a = add_product(&mut t[i..i + n], x, y[i]);
        if n >= 16 {
            // Makes the next row read this one from memory. The optimiser would keep it in registers, of
            // which there are too few, and store most of it twice: 13 % of a product of 1024 bits (Zen 5,
            // November 2026).
            black_box(&mut *t);
        }
        let u = t[i].wrapping_mul(m0_inv);
        let b = add_product(&mut t[i..i + n], m, u);
        (t[i + n], carry) = add3(a, b, carry);
    }
    carry
}

/// t = x² · R⁻¹ mod m, up to one m, in the limbs n to 2 n of `t`; returns the carry above it, a bit.
#[inline(always)]
fn squared(t: &mut [u64], x: &[u64], m: &[u64], m0_inv: u64) -> u64 {
    let n = x.len();
    if by_halves(n) {
        let (z, spare) = t.split_at_mut(2 * n);
        square_halves(z, x, spare);
    } else {
        square(&mut t[..2 * n], x);
    }
    reduce(t, m, m0_inv)
}

/// t = t · R⁻¹ mod m, up to one m, in the limbs n to 2 n of `t`; returns the carry above it, a bit.
///
/// Requires t < m · R. Adding u · m · B^i for each i adds less than m · R in all, so the quotient by R is
/// below 2 m.
#[inline(always)]
fn reduce(t: &mut [u64], m: &[u64], m0_inv: u64) -> u64 {
    let n = m.len();
    let mut carry = 0;
    for i in 0..n {
        let u = t[i].wrapping_mul(m0_inv);
        let a = add_product(&mut t[i..i + n], m, u);
        (t[i + n], carry) = add3(t[i + n], a, carry);
    }
    carry
}

/// z = the limbs n to 2 n of `t` and their carry, less m if that's needed: the end of every product.
///
/// The number is t + carry · R < 2 m, so the difference is below m where it's wanted: a carry always has a
/// borrow to pay for. A borrow without a carry says that t is the result already.
#[inline(always)]
fn finish(z: &mut [u64], t: &[u64], carry: u64, m: &[u64]) {
    let t = &t[m.len()..2 * m.len()];
    let mut borrow = false;
    for ((z, t), m) in z.iter_mut().zip(t).zip(m) {
        (*z, borrow) = t.borrowing_sub(*m, borrow);
    }
    let borrow = u64::from(borrow);
    debug_assert!(carry <= borrow);
    assign_masked(z, t, mask(less(carry, borrow)));
}

/// a + b + carry as a limb and a carry. The callers' bound (an accumulator below 2 R) keeps the carry a bit.
#[inline(always)]
fn add3(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let (s, c) = a.overflowing_add(b);
    let (s, d) = s.overflowing_add(carry);
    debug_assert!(!(c && d));
    (s, u64::from(c) + u64::from(d))
}

/// table\[i\] = x^i in Montgomery form for i < 2^w.
#[inline(always)]
fn fill_table(table: &mut [u64], x: &[u64], p: &Params<'_>, m: &[u64], t: &mut [u64]) {
    let (n, len) = (m.len(), table.len());
    table[..n].copy_from_slice(p.one);
    table[n..2 * n].copy_from_slice(x);
    for i in (2..).take_while(|i| i * n < len) {
        let (done, next) = table.split_at_mut(i * n);
        let carry = product(t, &done[(i - 1) * n..], x, m, p.m0_inv());
        finish(&mut next[..n], t, carry, m);
    }
}

/// z = table\[index\] for a secret index: every entry is read, and one of them kept, eight limbs a pass.
#[inline(always)]
fn gather(z: &mut [u64], table: &[u64], index: u64) {
    let n = z.len();
    for (z, start) in z.chunks_mut(8).zip((0..).step_by(8)) {
        let mut kept = [0; 8];
        for i in 0..1 << WINDOW {
            let keep = mask(equal(i as u64, index));
            let entry = &table[i * n + start..][..z.len()];
            if let Ok(entry) = <&[u64; 8]>::try_from(entry) {
                // Eight limbs stay in registers from the first entry to the last.
                for j in 0..8 {
                    kept[j] |= entry[j] & keep;
                }
            } else {
                kept.iter_mut().zip(entry).for_each(|(kept, x)| *kept |= x & keep);
            }
        }
        z.copy_from_slice(&kept[..z.len()]);
    }
}

/// Left to right in windows of fixed width: z = (…(x^w₀)^32 · x^w₁)^32 · …, each factor gathered from a
/// table of 32 powers.
fn pow_n<const N: usize>(
    p: &Params<'_>,
    z: &mut [u64],
    x: &[u64],
    e: &[u64],
    bits: usize,
    scratch: &mut [u64],
) {
    let n = width::<N>(p);
    let (z, m) = (&mut z[..n], &p.m[..n]);
    let (table, rest) = scratch.split_at_mut(n << WINDOW);
    let (factor, t) = rest.split_at_mut(n);
    let t = &mut t[..accumulator(n)];
    fill_table(table, &x[..n], p, m, t);
    z.copy_from_slice(p.one);
    // The topmost window has what is left over, so that all others are full.
    let top = bits.next_multiple_of(WINDOW);
    for at in (0..top).step_by(WINDOW).rev() {
        let count = WINDOW.min(bits - at);
        gather(factor, table, window(e, at, count));
        if at + WINDOW >= top {
            z.copy_from_slice(factor);
            continue;
        }
        for _ in 0..WINDOW {
            let carry = squared(t, z, m, p.m0_inv());
            finish(z, t, carry, m);
        }
        let carry = product(t, z, factor, m, p.m0_inv());
        finish(z, t, carry, m);
    }
}

/// Left to right in windows that start and end where the public exponent has ones.
fn pow_vartime_n<const N: usize>(p: &Params<'_>, z: &mut [u64], x: &[u64], e: &[u64], scratch: &mut [u64]) {
    let n = width::<N>(p);
    let (z, m, m0_inv) = (&mut z[..n], &p.m[..n], p.m0_inv());
    let windows = Windows::new(e);
    let (table, rest) = scratch.split_at_mut(n << windows.width);
    let t = &mut rest[..accumulator(n)];
    fill_table(table, &x[..n], p, m, t);
    z.copy_from_slice(p.one);
    let mut started = false;
    for (count, digit) in windows {
        let factor = &table[digit * n..][..n];
        if !started {
            z.copy_from_slice(factor);
            started = true;
            continue;
        }
        for _ in 0..count {
            let carry = squared(t, z, m, m0_inv);
            finish(z, t, carry, m);
        }
        if digit != 0 {
            let carry = product(t, z, factor, m, m0_inv);
            finish(z, t, carry, m);
        }
    }
}

/// A plain x^e for a secret exponent and an x of at most 2 n limbs: x = low + high · R.
fn plain_pow_n<const N: usize>(
    p: &Params<'_>,
    z: &mut [u64],
    x: &[u64],
    e: &[u64],
    bits: usize,
    scratch: &mut [u64],
) {
    let n = width::<N>(p);
    let (form, scratch) = scratch.split_at_mut(n);
    let (part, scratch) = scratch.split_at_mut(n);
    // high · R², then (high · R + low) · R.
    let (low, high) = x.split_at(n.min(x.len()));
    part[..high.len()].copy_from_slice(high);
    part[high.len()..].fill(0);
    mul_n::<N>(p, form, part, p.rr, scratch);
    mul_n::<N>(p, z, form, p.rr, scratch);
    part[..low.len()].copy_from_slice(low);
    part[low.len()..].fill(0);
    mul_n::<N>(p, form, part, p.rr, scratch);
    let carry = add_assign(form, z);
    reduce_once(form, carry, p.m);
    pow_n::<N>(p, part, form, e, bits, scratch);
    leave(p, z, part, scratch);
}

/// A plain x^e: for odd e, x^(e − 1) in Montgomery form times the plain x, which leaves the form for nothing.
fn plain_pow_vartime_n<const N: usize>(
    p: &Params<'_>,
    z: &mut [u64],
    x: &[u64],
    e: u64,
    scratch: &mut [u64],
) {
    let n = width::<N>(p);
    let (form, scratch) = scratch.split_at_mut(n);
    mul_n::<N>(p, form, x, p.rr, scratch);
    pow_vartime_n::<N>(p, z, form, &[e & !1], scratch);
    form.copy_from_slice(z);
    if e & 1 == 1 {
        mul_n::<N>(p, z, form, x, scratch);
    } else {
        leave(p, z, form, scratch);
    }
}
