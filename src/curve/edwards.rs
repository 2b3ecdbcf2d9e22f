//! The twisted Edwards curve −x² + y² = 1 + d x² y² over GF(2^255 − 19), d = −121665/121666: Ed25519's.
//!
//! Its points are a group of 8 ℓ elements, ℓ a prime, with the identity (0, 1) and −(x, y) = (−x, y). The base point B
//! has order ℓ; eight points have an order that divides 8, the cofactor.
//!
//! A point stands as (X : Y : Z : T), x = X/Z, y = Y/Z, T = X Y/Z. −1 is a square modulo p and d isn't, so one formula
//! adds any two points, doubles, and has no exceptional case (Hisil et al. 2008, section 3.1). It comes in two halves:
//! first E, F, G, H ([`Completed`]), then X = E F, Y = G H, Z = F G, and T = E H only where an addition follows.
//!
//! Multiples:
//! - [`mul_base`]: k B for a secret k, in constant time: signed digits of base 16, and for each a sum with one of
//!   eight points, all of which are read.
//! - [`mul_two_vartime`] and [`sum_vartime`]: sums of multiples of public points by public numbers: signed digits,
//!   sparse, with shared doublings (Straus).
//!
//! The tables of B's multiples (16 · 8 and 32 points of 96 bytes) are computed by the compiler. Who calls says which
//! engine computes, and has asked for it once.
//!
//! Sources: RFC 8032, section 5.1; Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited" (2008); Bernstein,
//! Duif, Lange, Schwabe, Yang, "High-speed high-security signatures" (2011); Straus, Amer. Math. Monthly 71 (1964).

#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
use alloc::vec;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use subtle::{Choice, ConditionallySelectable, CtOption};
use zeroize::Zeroize;

use crate::field::f25519::{F25519, Sum};
use crate::field::l25519::Scalar;
use crate::kernel::engine::Engine;
#[cfg(target_arch = "x86_64")]
use crate::kernel::f25519_ifma;
use crate::kernel::recode::{radix_16, wnaf_vartime};
use crate::kernel::word::{equal, mask};

/// −121665/121666.
const D: F25519 = F25519::from_words([
    0x75eb_4dca_1359_78a3,
    0x0070_0a4d_4141_d8ab,
    0x8cc7_4079_7779_e898,
    0x5203_6cee_2b6f_fe73,
]);
const D2: F25519 = D.mul_small(2);
const D4: F25519 = D.mul_small(4);
/// 1/2 = (p + 1)/2.
const HALF: F25519 = F25519::from_words([u64::MAX - 8, u64::MAX, u64::MAX, u64::MAX >> 2]);

/// B: y = 4/5, x even.
const BASE_POINT: Point = {
    let x = F25519::from_words([
        0xc956_2d60_8f25_d51a,
        0x692c_c760_9525_a7b2,
        0xc0a4_e231_fdd6_dc5c,
        0x2169_36d3_cd6e_53fe,
    ]);
    let y = F25519::from_words([
        0x6666_6666_6666_6658,
        0x6666_6666_6666_6666,
        0x6666_6666_6666_6666,
        0x6666_6666_6666_6666,
    ]);
    Point { x, y, z: F25519::ONE, t: x.mul(&y) }
};

/// A point of the curve: (X : Y : Z : T), Z ≠ 0, X Y = Z T.
///
/// `Copy`: whoever holds a secret one wipes it.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    x: F25519,
    y: F25519,
    z: F25519,
    t: F25519,
}

/// A point without T, as a doubling takes it.
#[derive(Clone, Copy)]
struct Projective {
    x: F25519,
    y: F25519,
    z: F25519,
}

/// The first half of a sum: the point (E F : G H : F G : E H).
#[derive(Clone, Copy)]
struct Completed {
    e: Sum,
    f: Sum,
    g: Sum,
    h: Sum,
}

/// A point as it's added several times: Y − X, Y + X, 2 Z, 2 d T.
#[derive(Clone, Copy)]
struct Cached {
    minus: Sum,
    plus: Sum,
    z2: Sum,
    t2d: F25519,
}

/// A point of a table, Z = 1: (y − x)/2, (y + x)/2, d x y. With the halves the sum needs Z of the other point and not
/// its double.
#[derive(Clone, Copy)]
struct Affine {
    minus: F25519,
    plus: F25519,
    xyd: F25519,
}

impl Point {
    pub(crate) const IDENTITY: Self =
        Self { x: F25519::ZERO, y: F25519::ONE, z: F25519::ONE, t: F25519::ZERO };

    const fn projective(&self) -> Projective {
        Projective { x: self.x, y: self.y, z: self.z }
    }

    const fn cached(&self) -> Cached {
        Cached {
            minus: self.y.sub(&self.x),
            plus: self.y.add(&self.x),
            z2: self.z.add(&self.z),
            t2d: self.t.mul(&D2),
        }
    }

    /// P + Q.
    #[inline]
    const fn add_cached(&self, q: &Cached) -> Completed {
        let a = self.y.sub(&self.x).mul(&q.minus);
        let b = self.y.add(&self.x).mul(&q.plus);
        let c = self.t.mul(&q.t2d);
        let d = self.z.mul(&q.z2);
        Completed { e: b.sub(&a), f: d.sub(&c), g: d.add(&c), h: b.add(&a) }
    }

    /// P − Q: −Q has Y − X and Y + X exchanged, and T negated.
    #[inline]
    fn sub_cached(&self, q: &Cached) -> Completed {
        let Completed { e, f, g, h } = self.add_cached(&Cached { minus: q.plus, plus: q.minus, ..*q });
        Completed { e, f: g, g: f, h }
    }

    /// P + Q.
    #[inline]
    const fn add_affine(&self, q: &Affine) -> Completed {
        let a = self.y.sub(&self.x).mul(&q.minus);
        let b = self.y.add(&self.x).mul(&q.plus);
        let c = self.t.mul(&q.xyd);
        Completed { e: b.sub(&a), f: self.z.sub(&c), g: self.z.add(&c), h: b.add(&a) }
    }

    /// P − Q.
    #[inline]
    fn sub_affine(&self, q: &Affine) -> Completed {
        let Completed { e, f, g, h } = self.add_affine(&Affine { minus: q.plus, plus: q.minus, xyd: q.xyd });
        Completed { e, f: g, g: f, h }
    }

    /// P + Q.
    pub(crate) fn add(&self, q: &Self) -> Self {
        self.add_cached(&q.cached()).point()
    }

    /// −P.
    pub(crate) fn neg(&self) -> Self {
        Self { x: self.x.neg().reduce(), t: self.t.neg().reduce(), ..*self }
    }

    /// 2^n P, for n ≥ 1.
    const fn double_n(&self, n: u32) -> Self {
        let (mut p, mut i) = (self.projective(), 1);
        while i < n {
            p = p.double().projective();
            i += 1;
        }
        p.double().point()
    }

    /// 8 P: the part of P of small order goes away.
    pub(crate) fn mul_by_cofactor(&self) -> Self {
        self.double_n(3)
    }

    /// Whether P = (0, 1).
    pub(crate) fn is_identity(&self) -> Choice {
        self.x.is_zero() & self.y.ct_eq(&self.z)
    }

    /// Whether P is one of the eight points with 8 P = (0, 1).
    pub(crate) fn is_small_order(&self) -> Choice {
        self.mul_by_cofactor().is_identity()
    }

    /// y as 32 little-endian bytes, and in the top bit whether x is odd.
    ///
    /// Source: RFC 8032, section 5.1.2.
    pub(crate) fn compress(&self) -> [u8; 32] {
        let mut inverse = self.z.invert();
        let mut x = self.x.mul(&inverse);
        let mut bytes = self.y.mul(&inverse).to_bytes();
        bytes[31] |= x.is_odd().unwrap_u8() << 7;
        inverse.zeroize();
        x.zeroize();
        bytes
    }

    /// The point of 32 bytes, if they're what [`compress`](Self::compress) makes of one: none if y isn't below p, if
    /// there's no such x, or if it's 0 and said to be odd.
    ///
    /// Source: RFC 8032, section 5.1.3.
    pub(crate) fn decompress(bytes: &[u8; 32]) -> CtOption<Self> {
        let started = Decompression::start(bytes);
        started.finish(&started.base.pow_p58())
    }

    /// Four points as by [`decompress`](Self::decompress), at a time.
    #[cfg(feature = "alloc")]
    pub(crate) fn decompress_four(engine: Engine, bytes: [&[u8; 32]; 4]) -> [CtOption<Self>; 4] {
        let started = bytes.map(Decompression::start);
        let powers = pow_p58_four(engine, &core::array::from_fn(|i| started[i].base));
        core::array::from_fn(|i| started[i].finish(&powers[i]))
    }

    /// u of the point that corresponds to it on Curve25519: (1 + y) / (1 − y). 0 for the identity.
    ///
    /// Source: RFC 7748, section 4.1.
    pub(crate) fn to_montgomery_u(self) -> [u8; 32] {
        let mut inverse = self.z.sub(&self.y).reduce().invert();
        let bytes = self.z.add(&self.y).mul(&inverse).to_bytes();
        inverse.zeroize();
        bytes
    }
}

/// For vector kernels.
#[cfg(target_arch = "x86_64")]
impl Point {
    /// X, Y, Z and T in radix 2^51: each x\[i\] < 2^52.
    pub(crate) fn from_limbs(limbs: &[[u64; 5]; 4]) -> Self {
        let [x, y, z, t] = limbs.each_ref().map(F25519::from_limbs);
        Self { x, y, z, t }
    }

    /// X, Y, Z and T in radix 2^51, each as [`F25519::to_limbs`].
    pub(crate) fn to_limbs(self) -> [[u64; 5]; 4] {
        [self.x, self.y, self.z, self.t].map(F25519::to_limbs)
    }
}

impl ConditionallySelectable for Point {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let select = |a: &F25519, b: &F25519| F25519::conditional_select(a, b, choice);
        Self { x: select(&a.x, &b.x), y: select(&a.y, &b.y), z: select(&a.z, &b.z), t: select(&a.t, &b.t) }
    }
}

impl Zeroize for Point {
    fn zeroize(&mut self) {
        for coordinate in [&mut self.x, &mut self.y, &mut self.z, &mut self.t] {
            coordinate.zeroize();
        }
    }
}

impl Projective {
    /// 2 P. Source: Hisil et al., section 3.3, with all four signs changed.
    #[inline]
    const fn double(&self) -> Completed {
        let a = self.x.square();
        let b = self.y.square();
        let zz = self.z.square();
        let s = self.x.add(&self.y).square();
        let (g, h) = (a.sub(&b), a.add(&b));
        Completed { e: h.sub(&s), f: g.add(&zz).add(&zz), g, h }
    }
}

impl Completed {
    #[inline]
    const fn projective(&self) -> Projective {
        Projective { x: self.e.mul(&self.f), y: self.g.mul(&self.h), z: self.f.mul(&self.g) }
    }

    #[inline]
    const fn point(&self) -> Point {
        let Projective { x, y, z } = self.projective();
        Point { x, y, z, t: self.e.mul(&self.h) }
    }
}

/// Decompression up to its power: x² = u/v with u = y² − 1, v = d y² + 1. (v is never 0, as −1/d isn't a square.)
struct Decompression {
    y: F25519,
    u: F25519,
    v: F25519,
    /// What [`F25519::sqrt_ratio`] needs the power of.
    base: F25519,
    is_canonical: Choice,
    x_is_odd: Choice,
}

impl Decompression {
    fn start(bytes: &[u8; 32]) -> Self {
        let mut y_bytes = *bytes;
        y_bytes[31] &= 0x7f;
        let y = F25519::from_bytes(&y_bytes);
        let (is_canonical, y) = (y.is_some(), y.unwrap_or(F25519::ONE));
        let yy = y.square();
        let (u, v) = (yy.sub(&F25519::ONE).reduce(), yy.mul(&D).add(&F25519::ONE).reduce());
        let base = F25519::sqrt_ratio_base(&u, &v);
        Self { y, u, v, base, is_canonical, x_is_odd: Choice::from(bytes[31] >> 7) }
    }

    fn finish(&self, power: &F25519) -> CtOption<Point> {
        let x = F25519::sqrt_ratio(&self.u, &self.v, power);
        let (has_root, x) = (x.is_some(), x.unwrap_or(F25519::ZERO));
        let no_sign = x.is_zero() & self.x_is_odd;
        let x = F25519::conditional_select(&x, &x.neg().reduce(), self.x_is_odd);
        let point = Point { x, y: self.y, z: F25519::ONE, t: x.mul(&self.y) };
        CtOption::new(point, self.is_canonical & has_root & !no_sign)
    }
}

/// x^((p − 5) / 8) of four elements.
#[cfg(feature = "alloc")]
fn pow_p58_four(engine: Engine, x: &[F25519; 4]) -> [F25519; 4] {
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = on_ifma(engine) {
        return ifma.pow_p58(&x.map(F25519::to_limbs)).each_ref().map(F25519::from_limbs);
    }
    let _ = engine;
    x.map(|x| x.pow_p58())
}

// ---- k B in constant time ----

/// Row i, column j: 65536^i (j + 1) B; 12 KiB. (A constant of a function, and no static, so that it's computed where a
/// program is made, and not where it's only checked; and never inlined, so that no other crate computes it again. So is the
/// next.)
#[allow(long_running_const_eval, reason = "some five thousand products, which take a second or two")]
#[inline(never)]
fn base() -> &'static [[Affine; 8]; 16] {
    const {
        let mut points = [[BASE_POINT; 8]; 16];
        let mut i = 0;
        while i < 16 {
            if i > 0 {
                points[i][0] = points[i - 1][0].double_n(16);
            }
            let (step, mut j) = (points[i][0].cached(), 1);
            while j < 8 {
                points[i][j] = points[i][j - 1].add_cached(&step).point();
                j += 1;
            }
            i += 1;
        }
        &affine_table(&points)
    }
}

/// Column j: (2 j + 1) B; 3 KiB.
#[allow(long_running_const_eval, reason = "some five thousand products, which take a second or two")]
#[inline(never)]
fn base_odd() -> &'static [[Affine; 32]; 1] {
    const {
        let mut points = [[BASE_POINT; 32]; 1];
        let (step, mut j) = (BASE_POINT.double_n(1).cached(), 1);
        while j < 32 {
            points[0][j] = points[0][j - 1].add_cached(&step).point();
            j += 1;
        }
        &affine_table(&points)
    }
}

/// Points with Z = 1, by one inversion (Montgomery's trick), for the halves of x and y.
const fn affine_table<const N: usize, const M: usize>(points: &[[Point; N]; M]) -> [[Affine; N]; M] {
    let mut table = [[Affine::IDENTITY; N]; M];
    // before[k] is the product of 2 Z of all points before point k.
    let (mut before, mut product, mut k) = ([[F25519::ONE; N]; M], F25519::ONE, 0);
    while k < N * M {
        let z = &points[k / N][k % N].z;
        before[k / N][k % N] = product;
        product = product.mul(&z.add(z));
        k += 1;
    }
    let mut inverse = product.invert_by_power();
    while k > 0 {
        k -= 1;
        let Point { x, y, z, .. } = &points[k / N][k % N];
        let half = inverse.mul(&before[k / N][k % N]);
        inverse = inverse.mul(&z.add(z));
        let (x, y) = (x.mul(&half), y.mul(&half));
        table[k / N][k % N] =
            Affine { minus: y.sub(&x).reduce(), plus: y.add(&x).reduce(), xyd: x.mul(&y).mul(&D4) };
    }
    table
}

impl Affine {
    const IDENTITY: Self = Self { minus: HALF, plus: HALF, xyd: F25519::ZERO };

    /// n P for a row (P, 2 P, …, 8 P) and −8 ≤ n ≤ 8. All of the row is read.
    #[inline]
    fn gather(row: &[Self; 8], n: i8) -> Self {
        let negative = u64::from(n.cast_unsigned() >> 7);
        let sign = mask(negative);
        let magnitude = (i64::from(n).cast_unsigned() ^ sign).wrapping_add(negative);
        let mut chosen = Self::IDENTITY;
        for (j, entry) in (1..).zip(row) {
            let m = mask(equal(magnitude, j));
            chosen.minus.assign_masked(&entry.minus, m);
            chosen.plus.assign_masked(&entry.plus, m);
            chosen.xyd.assign_masked(&entry.xyd, m);
        }
        // −(x, y) has y − x and y + x exchanged, and −x y.
        chosen.minus.swap_masked(&mut chosen.plus, sign);
        chosen.xyd.assign_masked(&chosen.xyd.neg().reduce(), sign);
        chosen
    }
}

impl Zeroize for Affine {
    fn zeroize(&mut self) {
        for part in [&mut self.minus, &mut self.plus, &mut self.xyd] {
            part.zeroize();
        }
    }
}

/// The kernel on vectors, if this is the engine and the CPU has it.
#[cfg(target_arch = "x86_64")]
fn on_ifma(engine: Engine) -> Option<f25519_ifma::Ifma> {
    f25519_ifma::Ifma::detect().filter(|_| engine == Engine::Ifma)
}

/// k B, in constant time.
///
/// With k = Σ e\[i\] 16^i: Σ e\[4 i + 3\] 65536^i B first, that times 16 plus the same sum for 4 i + 2, and so on.
pub(crate) fn mul_base(engine: Engine, k: &Scalar) -> Point {
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = on_ifma(engine) {
        return Point::from_limbs(&ifma.mul_base(k.as_words()));
    }
    let _ = engine;
    mul_base_portable(k)
}

fn mul_base_portable(k: &Scalar) -> Point {
    let mut digits = radix_16(k.as_words());
    let mut sum = Point::IDENTITY;
    let mut term = Affine::IDENTITY;
    for place in (0..4).rev() {
        for (row, digits) in base().iter().zip(digits.as_chunks::<4>().0) {
            term = Affine::gather(row, digits[place]);
            sum = sum.add_affine(&term).point();
        }
        if place > 0 {
            sum = sum.double_n(4);
        }
    }
    digits.zeroize();
    term.zeroize();
    sum
}

// ---- sums of public multiples ----

/// (P, 3 P, 5 P, …, 15 P).
fn odd_multiples(p: &Point) -> [Cached; 8] {
    let step = p.projective().double().point().cached();
    let mut p = *p;
    core::array::from_fn(|i| {
        if i > 0 {
            p = p.add_cached(&step).point();
        }
        p.cached()
    })
}

/// The wNAF of a public k (see [`recode`](crate::kernel::recode)): k = Σ e\[i\] 2^i.
fn sparse_digits_vartime(k: &Scalar, width: usize) -> [i8; 256] {
    let mut digits = [0; 256];
    wnaf_vartime(k.as_words(), width, |i, digit| digits[i] = digit);
    digits
}

/// The place of the multiple |e| P in a table of odd multiples.
fn place(e: i8) -> usize {
    usize::from(e.unsigned_abs() / 2)
}

/// The width of the digits for points whose multiples are computed when needed, and for B.
const WIDTH: usize = 5;
const WIDTH_BASE: usize = 7;

/// a P + b B, for public numbers.
pub(crate) fn mul_two_vartime(engine: Engine, a: &Scalar, p: &Point, b: &Scalar) -> Point {
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = on_ifma(engine) {
        return Point::from_limbs(&ifma.mul_two_vartime(a.as_words(), &p.to_limbs(), b.as_words()));
    }
    let _ = engine;
    straus_vartime(&[(sparse_digits_vartime(a, WIDTH), odd_multiples(p))], b)
}

/// Σ aᵢ Pᵢ + b B, for public numbers.
#[cfg(feature = "alloc")]
pub(crate) fn sum_vartime(engine: Engine, terms: &[(Scalar, Point)], b: &Scalar) -> Point {
    #[cfg(target_arch = "x86_64")]
    if let Some(ifma) = on_ifma(engine) {
        let terms: Vec<_> = terms.iter().map(|(a, p)| (*a.as_words(), p.to_limbs())).collect();
        let mut tables = vec![f25519_ifma::Table::new(); terms.len()];
        return Point::from_limbs(&ifma.sum_vartime(&terms, b.as_words(), &mut tables));
    }
    let _ = engine;
    let prepared = |(a, p): &(Scalar, Point)| (sparse_digits_vartime(a, WIDTH), odd_multiples(p));
    straus_vartime(&terms.iter().map(prepared).collect::<Vec<_>>(), b)
}

/// The sum of the terms, each of which is digits and the odd multiples of a point, and of b B.
fn straus_vartime(terms: &[([i8; 256], [Cached; 8])], b: &Scalar) -> Point {
    let base_digits = sparse_digits_vartime(b, WIDTH_BASE);
    let nonzero = |i: &usize| base_digits[*i] != 0 || terms.iter().any(|(digits, _)| digits[*i] != 0);
    let Some(top) = (0..256).rev().find(nonzero) else { return Point::IDENTITY };
    let [multiples_of_base] = base_odd();
    let mut sum = Point::IDENTITY.projective();
    for i in (0..=top).rev() {
        let mut completed = sum.double();
        for (digits, multiples) in terms {
            let e = digits[i];
            if e > 0 {
                completed = completed.point().add_cached(&multiples[place(e)]);
            } else if e < 0 {
                completed = completed.point().sub_cached(&multiples[place(e)]);
            }
        }
        let e = base_digits[i];
        if e > 0 {
            completed = completed.point().add_affine(&multiples_of_base[place(e)]);
        } else if e < 0 {
            completed = completed.point().sub_affine(&multiples_of_base[place(e)]);
        }
        if i == 0 {
            return completed.point();
        }
        sum = completed.projective();
    }
    unreachable!("the loop ends at i = 0")
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// The point that a function computes on every engine.
    fn on_each_engine(compute: impl Fn(Engine) -> Point) -> Point {
        let expected = compute(Engine::Portable);
        assert!(Engine::available().all(|engine| same(&compute(engine), &expected)));
        expected
    }

    fn mul_base(k: &Scalar) -> Point {
        on_each_engine(|engine| super::mul_base(engine, k))
    }

    fn mul_two_vartime(a: &Scalar, p: &Point, b: &Scalar) -> Point {
        on_each_engine(|engine| super::mul_two_vartime(engine, a, p, b))
    }

    #[cfg(feature = "alloc")]
    fn sum_vartime(terms: &[(Scalar, Point)], b: &Scalar) -> Point {
        on_each_engine(|engine| super::sum_vartime(engine, terms, b))
    }

    fn p() -> BigUint {
        (BigUint::from(1u8) << 255) - 19u8
    }

    fn number(x: &F25519) -> BigUint {
        BigUint::from_bytes_le(&x.to_bytes())
    }

    /// x and y, after a look at the invariant X Y = Z T.
    fn affine(p: &Point) -> (BigUint, BigUint) {
        assert!(bool::from(p.x.mul(&p.y).ct_eq(&p.z.mul(&p.t))) && !bool::from(p.z.is_zero()));
        let inverse = p.z.invert();
        (number(&p.x.mul(&inverse)), number(&p.y.mul(&inverse)))
    }

    /// The schoolbook sum.
    fn oracle_sum(a: &Point, b: &Point) -> (BigUint, BigUint) {
        let ((x1, y1), (x2, y2), p) = (affine(a), affine(b), p());
        let inverse = |x: BigUint| x.modpow(&(&p - 2u8), &p);
        let dxy = number(&D) * &x1 * &x2 % &p * &y1 * &y2 % &p;
        let x = (&x1 * &y2 + &x2 * &y1) * inverse(&dxy + 1u8);
        let y = (&y1 * &y2 + &x1 * &x2) * inverse(&p + 1u8 - &dxy);
        (x % &p, y % &p)
    }

    fn same(a: &Point, b: &Point) -> bool {
        affine(a) == affine(b)
    }

    /// k P by doublings and sums.
    fn multiple(k: &Scalar, p: &Point) -> Point {
        (0..256).rev().fold(Point::IDENTITY, |sum, i| {
            let double = sum.add(&sum);
            if k.as_words()[i / 64] >> (i % 64) & 1 == 1 { double.add(p) } else { double }
        })
    }

    /// A point with this y or one of the next: half of all y have one.
    fn point(mut y: [u8; 32]) -> Point {
        y[31] &= 0xbf;
        loop {
            if let Some(point) = Point::decompress(&y).into_option() {
                return point;
            }
            y[0] = y[0].wrapping_add(1);
        }
    }

    /// The points of small order: multiples of one of order 8, which is ℓ times some point of the curve.
    fn small_order() -> Vec<Point> {
        let minus_one = Scalar::from_bytes_mod_order(&[0; 32]).mul_add(&scalar(0), &scalar(1)).neg();
        let torsion = |y| {
            let p = point([y; 32]);
            multiple(&minus_one, &p).add(&p)
        };
        let generator = (2..100).map(torsion).find(|t| !bool::from(t.double_n(2).is_identity())).unwrap();
        let mut points = std::vec![Point::IDENTITY];
        for i in 0..7 {
            points.push(points[i].add(&generator));
        }
        points
    }

    fn scalar(k: u64) -> Scalar {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&k.to_le_bytes());
        Scalar::from_bytes_mod_order(&bytes)
    }

    /// 0, 1, 2, ℓ − 2, ℓ − 1, 2^k and 2^k − 1, and digits that carry all the way.
    fn edge_scalars() -> Vec<Scalar> {
        let mut scalars: Vec<_> = (0..=17).map(scalar).collect();
        for k in 0..252 {
            let mut bytes = [0; 32];
            bytes[k / 8] = 1 << (k % 8);
            let power = Scalar::from_bytes_mod_order(&bytes);
            scalars.extend([power, power.mul_add(&scalar(1), &scalar(1).neg())]);
        }
        for byte in [0x77, 0x78, 0x87, 0x88, 0xff] {
            let mut bytes = [byte; 32];
            bytes[31] &= 0x0f;
            scalars.push(Scalar::from_bytes_mod_order(&bytes));
        }
        scalars.extend([scalar(1).neg(), scalar(2).neg()]);
        scalars
    }

    #[test]
    fn constants() {
        assert!(bool::from(D.mul_small(121_666).ct_eq(&F25519::from_word(121_665).neg())));
        assert!(bool::from(HALF.add(&HALF).ct_eq(&F25519::ONE)));
        let mut encoded = [0x66; 32];
        encoded[0] = 0x58;
        assert_eq!(BASE_POINT.compress(), encoded);
        assert!(same(&BASE_POINT, &Point::decompress(&encoded).unwrap()));
        assert!(bool::from(BASE_POINT.y.mul_small(5).ct_eq(&F25519::from_word(4))));
        let mut nine = [0; 32];
        nine[0] = 9;
        assert_eq!(BASE_POINT.to_montgomery_u(), nine);
        assert_eq!(Point::IDENTITY.to_montgomery_u(), [0; 32]);
    }

    #[test]
    fn tables_are_multiples_of_the_base_point() {
        let is = |entry: &Affine, p: &Point| same(&Point::IDENTITY.add_affine(entry).point(), p);
        let mut first = BASE_POINT;
        for row in base() {
            let mut p = Point::IDENTITY;
            for entry in row {
                p = p.add(&first);
                assert!(is(entry, &p));
            }
            first = (0..16).fold(first, |p, _| p.add(&p));
        }
        let (step, mut p) = (BASE_POINT.add(&BASE_POINT), BASE_POINT);
        for entry in &base_odd()[0] {
            assert!(is(entry, &p));
            p = p.add(&step);
        }
        for n in -8..=8i8 {
            let p = multiple(&scalar(u64::from(n.unsigned_abs())), &BASE_POINT);
            assert!(is(&Affine::gather(&base()[0], n), &if n < 0 { p.neg() } else { p }));
        }
    }

    fn assert_laws(a: &Point, b: &Point) {
        let sum = oracle_sum(a, b);
        assert_eq!(affine(&a.add(b)), sum);
        assert_eq!(affine(&a.neg().sub_cached(&b.cached()).point().neg()), sum);
        assert_eq!(affine(&a.double_n(1)), oracle_sum(a, a));
        assert_eq!(affine(&a.add_affine(&base_odd()[0][0]).point()), oracle_sum(a, &BASE_POINT));
        assert_eq!(affine(&a.sub_affine(&base_odd()[0][0]).point()), oracle_sum(a, &BASE_POINT.neg()));
        assert!(bool::from(a.add(&a.neg()).is_identity()));
        assert!(same(&Point::decompress(&a.compress()).unwrap(), a));
    }

    /// No pair is an exception: equal, opposite, and points of small order among them.
    #[test]
    fn laws_on_edges() {
        let mut points = small_order();
        points.extend([BASE_POINT, BASE_POINT.neg(), BASE_POINT.double_n(1), BASE_POINT.add(&points[1])]);
        for a in &points {
            for b in &points {
                assert_laws(a, b);
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn limbs_go_there_and_back() {
        for p in small_order() {
            let p = p.add(&BASE_POINT);
            assert!(same(&Point::from_limbs(&p.to_limbs()), &p));
        }
    }

    #[test]
    fn points_of_small_order() {
        let points = small_order();
        for (i, a) in points.iter().enumerate() {
            assert!(bool::from(a.is_small_order()));
            assert_eq!(bool::from(a.is_identity()), i == 0);
            assert!(!bool::from(a.add(&BASE_POINT).is_small_order()));
            assert!(points[..i].iter().all(|b| !same(a, b)));
        }
        assert!(bool::from(points[7].add(&points[1]).is_identity()));
    }

    /// Every y near 0, near p and near 2^255, with either sign: what the definition says.
    #[test]
    fn encodings_are_canonical() {
        let (p, one) = (p(), BigUint::from(1u8));
        let ys = (0..40u8).flat_map(|i| [BigUint::from(i), &p - 20u8 + i, (&one << 255) - 1u8 - i]);
        for y in ys.filter(|y| *y < &one << 255) {
            let yy = &y * &y % &p;
            let v = (number(&D) * &yy + 1u8) % &p;
            let xx = (&yy + &p - 1u8) * v.modpow(&(&p - 2u8), &p) % &p;
            let is_square = xx.modpow(&((&p - 1u8) / 2u8), &p) <= one;
            for sign in [0, 1] {
                let mut bytes = [0; 32];
                bytes[..y.to_bytes_le().len()].copy_from_slice(&y.to_bytes_le());
                bytes[31] |= sign << 7;
                let point = Point::decompress(&bytes);
                let expected = is_square && y < p && (sign == 0 || xx != BigUint::ZERO);
                assert_eq!(bool::from(point.is_some()), expected, "{y} {sign}");
                if expected {
                    assert_eq!(point.unwrap().compress(), bytes);
                }
            }
        }
    }

    #[test]
    #[cfg(feature = "alloc")]
    fn four_are_decompressed_as_one_is() {
        let encodings: [_; 4] = core::array::from_fn(|i| [i as u8 + 2; 32]);
        let compressed = |p: CtOption<Point>| p.into_option().map(|p| p.compress());
        for engine in Engine::available() {
            let four = Point::decompress_four(engine, encodings.each_ref());
            assert_eq!(four.map(compressed), encodings.map(|bytes| compressed(Point::decompress(&bytes))));
        }
    }

    #[test]
    fn multiples_at_edges() {
        let q = point([9; 32]).add(&small_order()[1]);
        let scalars = edge_scalars();
        for (k, l) in scalars.iter().zip(scalars.iter().rev()) {
            let expected = multiple(k, &BASE_POINT);
            assert!(same(&mul_base(k), &expected));
            let sum = multiple(l, &q).add(&expected);
            assert!(same(&mul_two_vartime(l, &q, k), &sum));
        }
    }

    #[test]
    #[cfg(feature = "alloc")]
    fn sums_of_multiples() {
        let scalars = edge_scalars();
        for n in 0..4 {
            let term = |i: usize| (scalars[131 * i + n], point([i as u8; 32]));
            let terms: Vec<_> = (0..n).map(term).collect();
            let expected = terms
                .iter()
                .fold(multiple(&scalars[19], &BASE_POINT), |sum, (k, p)| sum.add(&multiple(k, p)));
            assert!(same(&sum_vartime(&terms, &scalars[19]), &expected));
        }
        assert!(bool::from(sum_vartime(&[], &scalar(0)).is_identity()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn agrees_with_the_affine_formulas(a: [u8; 32], b: [u8; 32]) {
            assert_laws(&point(a), &point(b));
        }

        #[test]
        fn agrees_with_doubling_and_adding(a: [u8; 32], b: [u8; 32], y: [u8; 32]) {
            let (a, b) = (Scalar::from_bytes_mod_order(&a), Scalar::from_bytes_mod_order(&b));
            let q = point(y);
            let expected = multiple(&b, &BASE_POINT);
            prop_assert!(same(&mul_base(&b), &expected));
            prop_assert!(same(&mul_two_vartime(&a, &q, &b), &expected.add(&multiple(&a, &q))));
        }
    }
}
