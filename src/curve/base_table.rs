//! Multiples of the NIST curves' base points, computed by the compiler.
//!
//! A table holds (2 i + 1)·2^(20 j)·G for 0 ≤ i < 16 and every j up to the scalars' length: what fixed-base
//! multiplication with odd signed digits in windows of 5 bits takes where it goes through every fourth window at once,
//! with doublings between. Points are affine, (x, y) as the fields keep them ([`Field::form`]).
//!
//! The compiler takes its steps one by one, so the way is chosen for few products: the odd multiples of a point come
//! from additions of points that share their Z ("co-Z", 7 products each), and one inversion serves all points of a
//! curve. They are constants of functions, and no statics, so that they're computed where a program is made, and not
//! where it's only checked; and the functions are never inlined, so that no other crate computes them again.
//!
//! Sources: Meloni, "New point addition formulae for ECC applications" (2007); Goundar, Joye, Miyaji, "Co-Z addition
//! formulæ and binary ladders on elliptic curves" (2010) for the formulas and the doubling that updates its point.
//!
//! [`Field::form`]: crate::field::Field::form

#![allow(clippy::cast_sign_loss, reason = "words are taken as signed and unsigned on purpose")]

use crate::field::nist::{Prime256, Prime384, Prime521};
use crate::field::{Prime, constant};
use crate::kernel::divstep::{BITS, from_limbs, limbs_for};

/// Odd multiples of a point.
pub(crate) const ENTRIES: usize = 16;
/// The doublings from one row of a table to the next.
pub(crate) const SPACING: usize = 20;

/// Rows of affine points (x, y), in N limbs.
pub(crate) type BaseTable<const N: usize, const ROWS: usize> = [[[[u64; N]; 2]; ENTRIES]; ROWS];

/// P-256's: 13 KiB.
#[inline(never)]
pub(crate) fn base_256() -> &'static BaseTable<4, { rows(256) }> {
    const {
        &table::<Prime256, 4, { rows(256) }>(
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        )
    }
}

/// P-384's: 30 KiB.
#[inline(never)]
pub(crate) fn base_384() -> &'static BaseTable<6, { rows(384) }> {
    const {
        &table::<Prime384, 6, { rows(384) }>(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        )
    }
}

/// P-521's: 61 KiB.
#[inline(never)]
pub(crate) fn base_521() -> &'static BaseTable<9, { rows(521) }> {
    const {
        &table::<Prime521, 9, { rows(521) }>(
            "c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
            "11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        )
    }
}

/// Rows for digits of 5 bits of scalars below 2^bits, four in a row's reach; the highest digit may have the carry of
/// the others' signs.
const fn rows(bits: usize) -> usize {
    (bits + 1).div_ceil(SPACING)
}

/// An element in Montgomery's form with R = 2^(60 L): L signed limbs of 60 bits, in words where products need no care;
/// the others are 0. The compiler interprets what stands here, 0.1 µs or more for each step of a statement, so there are no
/// loops, indices or calls in products, and sums aren't reduced.
///
/// Bounds: a product's operands have limbs below 2^62 and 2^60, or 2^61.5 and 2^61.5, in absolute value, so that a column
/// is below 9·2^123 + 2^107 < 2^127. Products and what comes from [`carried`] have limbs in [0, 2^60) but for the
/// sign in the top one. All values are below 2^4·p, so a product is x·y/R plus less than p: in (−2^−11·p, (1 + 2^−11)·p).
type Number = [i128; 9];

const LOW: i128 = (1 << BITS) - 1;

/// x · y / R modulo p.
///
/// Row by row: z = (z + x·yᵢ + p·u)/2^60, where u makes that exact; columns keep what's above 60 bits to the end.
macro_rules! product {
    ($x:ident, $y:ident, $l:literal, [$($xi:ident)*] [$z0:ident $($zi:ident)*], $u:ident, $reduction:block) => {{
        let [$($xi,)* ..] = *$x;
        let mut $z0 = 0;
        $(let mut $zi = 0;)*
        let mut i = 0;
        while i < $l {
            let w = $y[i];
            product!(@row w, [$($xi)*] [$z0 $($zi)*]);
            let $u = $z0 & LOW;
            $reduction
            let carry = $z0 >> BITS;
            ($z0, $($zi),*) = ($($zi,)* 0);
            $z0 += carry;
            i += 1;
        }
        let mut z = [0; 9];
        let mut sum = $z0;
        i = 0;
        $(
            z[i] = sum & LOW;
            sum = $zi + (sum >> BITS);
            i += 1;
        )*
        z[i] = sum;
        z
    }};
    (@row $w:ident, [$($xi:ident)*] [$($zi:ident)*]) => { $($zi += $xi * $w;)* };
}

const fn mul<const N: usize>(x: &Number, y: &Number) -> Number {
    match N {
        4 => product!(x, y, 5, [x0 x1 x2 x3 x4] [z0 z1 z2 z3 z4], u, {
            // −p⁻¹ = 1, u·p = u·(2^256 − 2^224 + 2^192 + 2^96 − 1).
            z0 -= u;
            z1 += u << 36;
            z3 += (u << 12) - (u << 44);
            z4 += u << 16;
        }),
        6 => product!(x, y, 7, [x0 x1 x2 x3 x4 x5 x6] [z0 z1 z2 z3 z4 z5 z6], u, {
            // −p⁻¹ = 2^32 + 1, u·p = u·(2^384 − 2^128 − 2^96 + 2^32 − 1).
            let u = (u + (u << 32)) & LOW;
            z0 += (u << 32) - u;
            z1 -= u << 36;
            z2 -= u << 8;
            z6 += u << 24;
        }),
        _ => product!(x, y, 9, [x0 x1 x2 x3 x4 x5 x6 x7 x8] [z0 z1 z2 z3 z4 z5 z6 z7 z8], u, {
            // −p⁻¹ = 1, u·p = u·(2^521 − 1).
            z0 -= u;
            z8 += u << 41;
        }),
    }
}

/// x + y, not reduced.
const fn add(x: &Number, y: &Number) -> Number {
    let ([a, b, c, d, e, f, g, h, i], [j, k, l, m, n, o, p, q, r]) = (*x, *y);
    [a + j, b + k, c + l, d + m, e + n, f + o, g + p, h + q, i + r]
}

/// x − y, not reduced.
const fn sub(x: &Number, y: &Number) -> Number {
    let ([a, b, c, d, e, f, g, h, i], [j, k, l, m, n, o, p, q, r]) = (*x, *y);
    [a - j, b - k, c - l, d - m, e - n, f - o, g - p, h - q, i - r]
}

/// L, for N limbs of 64 bits.
const fn limbs<const N: usize>() -> usize {
    if N == 9 { limbs_for(521) } else { limbs_for(64 * N) }
}

/// x with limbs in range.
const fn carried<const N: usize>(x: &Number) -> Number {
    let (mut z, mut i) = (*x, 1);
    while i < limbs::<N>() {
        z[i] += z[i - 1] >> BITS;
        z[i - 1] &= LOW;
        i += 1;
    }
    z
}

/// A number in this file's limbs.
const fn number<const N: usize>(x: &[u64; N]) -> Number {
    let mut limbs = [0; 9];
    from_limbs(&mut limbs, x);
    let (mut z, mut i) = ([0; 9], 0);
    while i < 9 {
        z[i] = limbs[i] as i128;
        i += 1;
    }
    z
}

/// The number below p that is x modulo p, −p ≤ x < 2 p.
const fn canonical<P: Prime<N>, const N: usize>(x: &Number) -> [u64; N] {
    let (p, top) = const { (number(&P::P), limbs::<N>() - 1) };
    let mut x = *x;
    if x[top] < 0 {
        x = carried::<N>(&add(&x, &p));
    }
    let less = carried::<N>(&sub(&x, &p));
    if less[top] >= 0 {
        x = less;
    }
    let (mut z, mut i) = ([0; N], 0);
    while i <= top {
        let (at, shift) = (BITS * i / 64, BITS * i % 64);
        if at < N {
            z[at] |= (x[i] as u64) << shift;
        }
        if shift > 64 - BITS && at + 1 < N {
            z[at + 1] |= x[i] as u64 >> (64 - shift);
        }
        i += 1;
    }
    z
}

/// 2^k mod p.
const fn power_of_two<P: Prime<N>, const N: usize>(k: usize) -> Number {
    number(&constant::power_of_two(k, &P::P))
}

/// (X, Y, Z) for the affine point (X/Z², Y/Z³).
type Jacobian = [Number; 3];

#[allow(long_running_const_eval, reason = "it takes a second")]
const fn table<P: Prime<N>, const N: usize, const ROWS: usize>(x: &str, y: &str) -> BaseTable<N, ROWS> {
    let r = BITS * limbs::<N>();
    let (one, to_form) = (power_of_two::<P, N>(r), power_of_two::<P, N>(2 * r));
    let mut points = [[[[0; 9]; 3]; ENTRIES]; ROWS];
    let mut p = [
        mul::<N>(&number(&constant::hex::<N>(x)), &to_form),
        mul::<N>(&number(&constant::hex::<N>(y)), &to_form),
        one,
    ];
    // Z of each row's last point, and its product with those of all rows before.
    let (mut last, mut row) = ([[one; 2]; ROWS], 0);
    while row < ROWS {
        let z;
        (points[row], z) = odd_multiples::<N>(&p);
        last[row] = [z, if row == 0 { z } else { mul::<N>(&last[row - 1][1], &z) }];
        let mut i = 0;
        while i < SPACING {
            [p, _] = double::<N>(&p);
            i += 1;
        }
        row += 1;
    }
    to_affine::<P, N, ROWS>(&points, &last)
}

/// P, 3 P, 5 P, … and the Z of the last; in the place of a point's Z is Z over the one before.
///
/// The next point is the last one and 2 P, which is kept with the same Z.
const fn odd_multiples<const N: usize>(p: &Jacobian) -> ([Jacobian; ENTRIES], Number) {
    let mut multiples = [*p; ENTRIES];
    let [mut twice, mut odd] = double::<N>(p);
    // Over the Z of P.
    let mut over = add(&p[1], &p[1]);
    let mut i = 1;
    while i < ENTRIES {
        let ratio = sub(&twice[0], &odd[0]);
        [odd, twice] = add_co_z::<N>(&twice, &odd);
        multiples[i] = [odd[0], odd[1], if i == 1 { mul::<N>(&over, &ratio) } else { ratio }];
        over = ratio;
        i += 1;
    }
    (multiples, odd[2])
}

/// 2 P, and P with the same Z, for P ≠ infinity, on a curve with a = −3.
///
/// With M = 3 (X − Z²)(X + Z²) and S = 4 X Y²: X′ = M² − 2 S, Y′ = M (S − X′) − 8 Y⁴, Z′ = 2 Y Z, and P is
/// (X (2 Y)², Y (2 Y)³, Z′) = (S, 8 Y⁴, Z′).
const fn double<const N: usize>([x, y, z]: &Jacobian) -> [Jacobian; 2] {
    let zz = mul::<N>(z, z);
    let m = mul::<N>(&sub(x, &zz), &add(x, &zz));
    let m = carried::<N>(&add(&add(&m, &m), &m));
    let yy = mul::<N>(y, y);
    let yy2 = add(&yy, &yy);
    let s = mul::<N>(&yy2, x);
    let s = carried::<N>(&add(&s, &s));
    let yyyy4 = mul::<N>(&yy2, &yy2);
    let yyyy8 = carried::<N>(&add(&yyyy4, &yyyy4));
    let x3 = carried::<N>(&sub(&sub(&mul::<N>(&m, &m), &s), &s));
    let y3 = carried::<N>(&sub(&mul::<N>(&sub(&s, &x3), &m), &yyyy8));
    let z3 = mul::<N>(&add(y, y), z);
    [[x3, y3, z3], [s, yyyy8, z3]]
}

/// P + Q, and P with the same Z, for P ≠ ± Q with the same Z, neither infinity ("ZADDU"). Z grows by X₁ − X₂.
const fn add_co_z<const N: usize>([x1, y1, z]: &Jacobian, [x2, y2, _]: &Jacobian) -> [Jacobian; 2] {
    let (dx, dy) = (sub(x1, x2), sub(y1, y2));
    let c = mul::<N>(&dx, &dx);
    let (w1, w2) = (mul::<N>(x1, &c), mul::<N>(x2, &c));
    let a1 = mul::<N>(&sub(&w1, &w2), y1);
    let x3 = carried::<N>(&sub(&sub(&mul::<N>(&dy, &dy), &w1), &w2));
    let y3 = carried::<N>(&sub(&mul::<N>(&dy, &sub(&w1, &x3)), &a1));
    let z3 = mul::<N>(&dx, z);
    [[x3, y3, z3], [w1, a1, z3]]
}

/// All points with Z = 1, in the field's form. One inversion serves all rows (Montgomery's trick), and in a row the
/// ratios of neighbours lead from 1/Z to 1/Z.
const fn to_affine<P: Prime<N>, const N: usize, const ROWS: usize>(
    points: &[[Jacobian; ENTRIES]; ROWS],
    last: &[[Number; 2]; ROWS],
) -> BaseTable<N, ROWS> {
    // The R of the field's form, without this file's: a product with it changes from one to the other.
    let form = number(&P::ONE);
    let mut table = [[[[0; N]; 2]; ENTRIES]; ROWS];
    let mut inverse = invert::<P, N>(&last[ROWS - 1][1]);
    let mut row = ROWS;
    while row > 0 {
        row -= 1;
        let mut z_inv = if row == 0 { inverse } else { mul::<N>(&inverse, &last[row - 1][1]) };
        let mut i = ENTRIES;
        while i > 0 {
            i -= 1;
            let [x, y, ratio] = &points[row][i];
            let zz_inv = mul::<N>(&mul::<N>(&z_inv, &z_inv), &form);
            let zzz_inv = mul::<N>(&zz_inv, &z_inv);
            table[row][i] =
                [canonical::<P, N>(&mul::<N>(x, &zz_inv)), canonical::<P, N>(&mul::<N>(y, &zzz_inv))];
            if i > 0 {
                z_inv = mul::<N>(ratio, &z_inv);
            }
        }
        inverse = mul::<N>(&inverse, &last[row][0]);
    }
    table
}

/// x⁻¹ = x^(p − 2).
const fn invert<P: Prime<N>, const N: usize>(x: &Number) -> Number {
    let exponent = constant::plus(&P::P, -2);
    let (mut z, mut i) = (*x, P::BITS - 1);
    while i > 0 {
        i -= 1;
        z = mul::<N>(&z, &z);
        if exponent[i / 64] >> (i % 64) & 1 == 1 {
            z = mul::<N>(&z, x);
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Element, Field};
    use subtle::ConstantTimeEq;

    /// The schoolbook formulas: the slope of the tangent or of the secant.
    fn add_affine<F: Field>([x1, y1]: [F; 2], [x2, y2]: [F; 2]) -> [F; 2] {
        let slope = if bool::from(x1.ct_eq(&x2)) {
            let xx = x1.square();
            xx.double().add(&xx).sub(&F::ONE.double().add(&F::ONE)).mul(&y1.double().invert())
        } else {
            y1.sub(&y2).mul(&x1.sub(&x2).invert())
        };
        let x3 = slope.square().sub(&x1).sub(&x2);
        [x3, slope.mul(&x1.sub(&x3)).sub(&y1)]
    }

    fn check<P: Prime<N>, const N: usize, const ROWS: usize>(table: &BaseTable<N, ROWS>, x: &str, b: &str) {
        let point = |i: usize, j: usize| table[j][i].map(Element::<P, N>::from_form);
        let g = point(0, 0);
        let constant = |text| Element::<P, N>::from_limbs(&constant::hex(text)).unwrap();
        assert!(bool::from(g[0].ct_eq(&constant(x))));
        let three = Element::<P, N>::ONE.double().add(&Element::ONE);
        let mut base = g;
        for j in 0..ROWS {
            let twice = add_affine(base, base);
            let mut odd = base;
            for i in 0..ENTRIES {
                let [x, y] = point(i, j);
                assert!(bool::from(x.ct_eq(&odd[0]) & y.ct_eq(&odd[1])), "entry {i} of row {j}");
                assert!(bool::from(y.square().ct_eq(&x.square().sub(&three).mul(&x).add(&constant(b)))));
                odd = add_affine(twice, odd);
            }
            for _ in 0..SPACING {
                base = add_affine(base, base);
            }
        }
    }

    #[test]
    fn tables_agree_with_schoolbook_formulas() {
        assert_eq!((base_256().len(), base_384().len(), base_521().len()), (13, 20, 27));
        check::<Prime256, 4, 13>(
            base_256(),
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        );
        check::<Prime384, 6, 20>(
            base_384(),
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        );
        check::<Prime521, 9, 27>(
            base_521(),
            "c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
            "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        );
    }
}
