//! Sums of multiples of points on the twisted Edwards curve, a point's coordinates in four lanes.
//!
//! Coordinates are extended: x = X/Z, y = Y/Z, x·y = T/Z. A doubling and an addition are two products deep
//! each. The first one gives A and its companions, sums of these are E, F, G, H, and the second one gives
//! the result:
//!
//! | | lane 0 | lane 1 | lane 2 | lane 3 |
//! |---|---|---|---|---|
//! | point before an addition ([`Extended`]) | X | Y | T | Z |
//! | entry of a table ([`Cached`]) | Y − X | Y + X | 2d·T | 2·Z |
//! | products of an addition | A = (Y − X)·(Y′ − X′) | B = (Y + X)·(Y′ + X′) | C = T·2d·T′ | D = Z·2·Z′ |
//! | point before a doubling ([`Projective`]) | X | Y | X | Z |
//! | squares of a doubling | S = (X + Y)² | B = Y² | A = X² | C = Z² |
//! | sums after an addition ([`Completed`]) | E = B − A | H = B + A | F = D − C | G = D + C |
//! | sums after a doubling, the same | E = A + B − S | H = A + B | F = A − B + 2 C | G = A − B |
//! | the result | E·F | H·G | F·E, or E·H | G·F |
//!
//! X, Y, Z, T are E·F, G·H, F·G, E·H; lane 2 gives what the next step wants. (The doubling has the signs of
//! E, F, G and H all changed against its source, which changes no product.)
//!
//! **Nothing is exceptional.** −1 is a square modulo p and d is not, so the addition is complete: for all
//! pairs of points of the curve, equal, opposite, of small order or the identity, Z ≠ 0 and the result is
//! right (RFC 8032, section 5.1.4; Bernstein, Birkner, Joye, Lange, Peters, "Twisted Edwards curves",
//! AFRICACRYPT 2008).
//!
//! **Bounds** in units of 2^51 (see [`super::field`]). Started with 512 p, so over 511 and below 762, are Y
//! where an addition follows, B and D of an addition, A of a doubling. The other columns are below 250, and
//! C is below 345, as a negated entry isn't reduced. So all differences are over 511 − 345 > 0, and all
//! sums are below 762 + 250 + 2 · 250 < 2^11.
//!
//! Sources: Hisil, Wong, Carter, Dawson, "Twisted Edwards curves revisited", ASIACRYPT 2008, for the
//! formulas (with a = −1) and for their four lanes; RFC 8032, section 5.1, for the curve and its base
//! point.

use core::arch::x86_64::{
    _mm256_add_epi64, _mm256_and_si256, _mm256_andnot_si256, _mm256_castpd_si256, _mm256_castsi256_pd,
    _mm256_cmpeq_epi64, _mm256_mask_add_epi64, _mm256_mask_mov_epi64, _mm256_mask_sub_epi64, _mm256_or_si256,
    _mm256_permute_pd, _mm256_permute4x64_epi64,
};

use zeroize::Zeroize;

use super::super::clear_x86::clear_registers;
use super::super::once::Once;
use super::super::recode::{radix_16, wnaf_vartime};
use super::field::{Columns, Limbs, Stored, all, split, times_p};
use super::{Element, Point};

const ZERO: Element = [0; 5];
const ONE: Element = [1, 0, 0, 0, 0];
const TWO: Element = [2, 0, 0, 0, 0];

/// 2 d = −2 · 121665/121666.
const TWO_D: Element =
    split(&[0xebd6_9b94_26b2_f159, 0x00e0_149a_8283_b156, 0x198e_80f2_eef3_d130, 0x2406_d9dc_56df_fce7]);

/// The base point: y = 4/5, and x is even.
const BASE_X: Element =
    split(&[0xc956_2d60_8f25_d51a, 0x692c_c760_9525_a7b2, 0xc0a4_e231_fdd6_dc5c, 0x2169_36d3_cd6e_53fe]);
const BASE_Y: Element =
    split(&[0x6666_6666_6666_6658, 0x6666_6666_6666_6666, 0x6666_6666_6666_6666, 0x6666_6666_6666_6666]);

/// 1 to 8 times 256^i·B, for i < 32: 40 KiB.
static BASE: Once<[[Stored; 8]; 32]> = Once::new([[Stored::ZERO; 8]; 32]);

/// The odd multiples of B, for digits of [`WIDE`] bits: 10 KiB.
static ODD_BASE: Once<[Stored; 1 << (WIDE - 2)]> = Once::new([Stored::ZERO; 1 << (WIDE - 2)]);

/// The digits of scalars in sums: of B, whose table is built once, and of other points.
const WIDE: usize = 8;
const NARROW: usize = 5;

/// Lanes X, Y, X, Z: what a doubling needs.
#[derive(Clone, Copy)]
struct Projective(Columns);

/// Lanes X, Y, T, Z: what an addition needs. Y was started with 512 p.
#[derive(Clone, Copy)]
struct Extended(Columns);

/// Lanes Y − X, Y + X, 2d·T, 2·Z. Reduced, but in lane 2 after a change of sign.
#[derive(Clone, Copy)]
struct Cached(Limbs);

/// Lanes E, H, F, G, reduced: a point to be.
#[derive(Clone, Copy)]
struct Completed(Limbs);

/// 2·P for a [`Projective`] P.
///
/// This and [`sum`] are macros, as the compiler doesn't inline functions of that size twice, and a call
/// takes the points through memory: a doubling takes 108 cycles instead of 92 then (Zen 4, November 2026).
macro_rules! double {
    ($p:expr) => {{
        let p: &Columns = &$p.0;
        let other = p.swap_pairs();
        let mut roots = *p;
        for k in 0..5 {
            roots.0[k] = _mm256_mask_add_epi64(p.0[k], 0b0001, p.0[k], other.0[k]);
        }
        // S, B, A, C
        let squares = roots.carry().square(&Columns::bias::<0b0100>());
        let other = squares.swap_pairs();
        let mut sums = squares;
        for k in 0..5 {
            let (square, other) = (squares.0[k], other.0[k]);
            let baab = _mm256_castpd_si256(_mm256_permute_pd::<0b0011>(_mm256_castsi256_pd(square)));
            let abba = _mm256_permute4x64_epi64::<0b01_01_10_10>(square);
            // B − S, B, A + 2 C, A
            let sum = _mm256_mask_sub_epi64(baab, 0b0001, baab, square);
            let sum = _mm256_mask_add_epi64(sum, 0b0100, sum, _mm256_add_epi64(other, other));
            sums.0[k] = _mm256_mask_sub_epi64(_mm256_add_epi64(sum, abba), 0b1100, sum, abba);
        }
        Completed(sums.carry())
    }};
}

/// P + Q for an [`Extended`] P and a [`Cached`] Q.
macro_rules! sum {
    ($p:expr, $q:expr) => {{
        let products = $p.factors().times(&$q.0, &Columns::bias::<0b1010>());
        let other = products.swap_pairs();
        let mut sums = products.plus(&other);
        for k in 0..5 {
            sums.0[k] = _mm256_mask_sub_epi64(sums.0[k], 0b0101, other.0[k], products.0[k]);
        }
        Completed(sums.carry())
    }};
}

impl Completed {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn projective(&self) -> Projective {
        // E, H, F, G times F, G, E, F.
        let right = Limbs(self.0.0.map(|x| _mm256_permute4x64_epi64::<0b10_00_11_10>(x)));
        Projective(self.0.times(&right, &Columns::zero()))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn extended(&self) -> Extended {
        // E, H, E, G times F, G, H, F.
        let left = Limbs(self.0.0.map(|x| _mm256_permute4x64_epi64::<0b11_00_01_00>(x)));
        let right = Limbs(self.0.0.map(|x| _mm256_permute4x64_epi64::<0b10_01_11_10>(x)));
        Extended(left.times(&right, &Columns::bias::<0b0010>()))
    }
}

impl Extended {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn from_words([x, y, z, t]: [&Element; 4]) -> Self {
        Self(Columns(Limbs::from_words([x, y, t, z]).0).plus(&Columns::bias::<0b0010>()))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn to_words(self) -> Point {
        let [x, y, t, z] = self.0.carry().to_words();
        [x, y, z, t]
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn identity() -> Self {
        Self::from_words([&ZERO, &ONE, &ONE, &ZERO])
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn base() -> Self {
        let (x, y) = (Limbs::from_words([&BASE_X; 4]), Limbs::from_words([&BASE_Y; 4]));
        let [t, ..] = x.times(&y, &Columns::zero()).carry().to_words();
        Self::from_words([&BASE_X, &BASE_Y, &ONE, &t])
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn projective(&self) -> Projective {
        Projective(Columns(self.0.0.map(|x| _mm256_permute4x64_epi64::<0b11_00_01_00>(x))))
    }

    /// Y − X, Y + X, T, Z.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn factors(&self) -> Limbs {
        let (p, other) = (&self.0, self.0.swap_pairs());
        Columns(core::array::from_fn(|k| {
            let sum = _mm256_mask_add_epi64(p.0[k], 0b0010, p.0[k], other.0[k]);
            _mm256_mask_sub_epi64(sum, 0b0001, other.0[k], p.0[k])
        }))
        .carry()
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn cached(&self) -> Cached {
        let factors = Limbs::from_words([&ONE, &ONE, &TWO_D, &TWO]);
        Cached(self.factors().times(&factors, &Columns::zero()).carry())
    }

    /// 2^n·P for n > 0.
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn doubled(&self, n: usize) -> Self {
        let mut p = self.projective();
        for _ in 1..n {
            p = double!(p).projective();
        }
        double!(p).extended()
    }

    /// The table of P, P + Q, P + 2·Q and so on.
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn progression(mut self, step: &Cached, table: &mut [Stored]) {
        let [entries @ .., last] = table else { return };
        for entry in entries {
            self.cached().0.store(entry);
            self = sum!(self, step).extended();
        }
        self.cached().0.store(last);
    }

    /// The table of P, 3·P, 5·P and so on.
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn odd_multiples(self, table: &mut [Stored]) {
        self.progression(&self.doubled(1).cached(), table);
    }
}

impl Cached {
    /// −P where `negative` is all ones, P where it's 0.
    ///
    /// Y − X and Y + X change places, and 2d·T becomes 2 p − 2d·T, whose limbs are at least (2^52 − 38) −
    /// (2^51 + 2^16) > 0 and below 2^52.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn negated_if(&self, negative: u8) -> Self {
        const TWO_P: Element = times_p(2);
        debug_assert!(self.0.are_reduced());
        let (p, other) = (&self.0, Columns(self.0.0).swap_pairs());
        Self(Limbs(core::array::from_fn(|k| {
            let swapped = _mm256_mask_mov_epi64(p.0[k], negative & 0b0011, other.0[k]);
            _mm256_mask_sub_epi64(swapped, negative & 0b0100, all(TWO_P[k]), p.0[k])
        })))
    }

    /// digit·P from the table of P, 2·P, … 8·P, for digits from −8 to 8.
    ///
    /// All of the table is read, whatever the digit.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn select(table: &[Stored; 8], digit: i8) -> Self {
        let sign = digit >> 7;
        let size = all(u64::from(((digit ^ sign) - sign).cast_unsigned()));
        // The identity, unless there is something else.
        let mut chosen = Limbs::from_words([&ONE, &ONE, &ZERO, &TWO]).0;
        for (j, entry) in (1..).zip(table) {
            let (is_it, entry) = (_mm256_cmpeq_epi64(size, all(j)), Limbs::load(entry));
            for k in 0..5 {
                let (new, old) = (_mm256_and_si256(is_it, entry.0[k]), _mm256_andnot_si256(is_it, chosen[k]));
                chosen[k] = _mm256_or_si256(new, old);
            }
        }
        Self(Limbs(chosen)).negated_if(sign.cast_unsigned())
    }

    /// digit·P from the table of P, 3·P, 5·P and so on, for odd digits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn odd_vartime(table: &[Stored], digit: i8) -> Self {
        let entry = Self(Limbs::load(&table[usize::from(digit.unsigned_abs() / 2)]));
        entry.negated_if((digit >> 7).cast_unsigned())
    }
}

/// [`super::Ifma::mul_base`].
///
/// With k's digits in radix 16, the odd ones are those of a number in radix 256, and so are the even ones:
/// both use the same table, with four doublings in between.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
pub(super) fn mul_base(k: &[u64; 4]) -> Point {
    let mut digits = radix_16(k);
    let table = BASE.get(|table| build_base(table));
    let product = match table {
        Some(table) => mul_by_large_table(&digits, table),
        None => mul_by_small_table(&digits),
    };
    digits.zeroize();
    let words = product.to_words();
    clear_registers();
    words
}

#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn build_base(table: &mut [[Stored; 8]; 32]) {
    let mut p = Extended::base();
    for row in table {
        p.progression(&p.cached(), row);
        p = p.doubled(8);
    }
}

#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn mul_by_large_table(digits: &[i8; 64], table: &[[Stored; 8]; 32]) -> Extended {
    let mut product = Extended::identity();
    for half in [1, 0] {
        for (row, pair) in table.iter().zip(digits.as_chunks::<2>().0) {
            let entry = Cached::select(row, pair[half]);
            product = sum!(product, entry).extended();
        }
        if half == 1 {
            product = product.doubled(4);
        }
    }
    product
}

/// The same without a large table, while another thread builds it.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn mul_by_small_table(digits: &[i8; 64]) -> Extended {
    let (base, mut table) = (Extended::base(), [Stored::ZERO; 8]);
    base.progression(&base.cached(), &mut table);
    let mut product = Extended::identity();
    for digit in digits.iter().rev() {
        product = sum!(product.doubled(4), Cached::select(&table, *digit)).extended();
    }
    product
}

/// What a sum needs of memory for each of its terms.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// P, 3·P, … 15·P.
    odd: [Stored; 1 << (NARROW - 2)],
    /// Digit i of the scalar, and the term before that has one there: for those i where this term is in the
    /// list.
    digit: [i8; 256],
    before: [u32; 256],
}

impl Table {
    /// An empty one.
    pub(crate) const fn new() -> Self {
        Self { odd: [Stored::ZERO; 1 << (NARROW - 2)], digit: [0; 256], before: [0; 256] }
    }
}

/// [`super::Ifma::sum_vartime`].
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
pub(super) fn sum_vartime(terms: &[([u64; 4], Point)], b: &[u64; 4], tables: &mut [Table]) -> Point {
    let base = ODD_BASE.get(|table| Extended::base().odd_multiples(table));
    if let Some(base) = base {
        return straus_vartime(terms, b, base, WIDE, tables);
    }
    let mut base = [Stored::ZERO; 1 << (NARROW - 2)];
    Extended::base().odd_multiples(&mut base);
    straus_vartime(terms, b, &base, NARROW, tables)
}

/// Σ k·P + b·B, where `base` has the odd multiples of B for digits of `width` bits.
///
/// All terms share the doublings (Straus 1964). For each position there's a list of the terms that have a
/// digit there, so nothing is spent on zeros.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
fn straus_vartime(
    terms: &[([u64; 4], Point)],
    b: &[u64; 4],
    base: &[Stored],
    width: usize,
    tables: &mut [Table],
) -> Point {
    // Ends a list: there are fewer terms.
    const END: u32 = u32::MAX;
    assert!(terms.len() <= tables.len() && terms.len() < END as usize);
    let tables = &mut tables[..terms.len()];
    let mut last = [END; 256];
    for (j, ((k, p), table)) in (0..).zip(terms.iter().zip(&mut *tables)) {
        Extended::from_words(p.each_ref()).odd_multiples(&mut table.odd);
        wnaf_vartime(k, NARROW, |i, digit| {
            (table.digit[i], table.before[i]) = (digit, last[i]);
            last[i] = j;
        });
    }
    let mut base_digit = [0; 256];
    wnaf_vartime(b, width, |i, digit| base_digit[i] = digit);

    let Some(top) = (0..256).rposition(|i| last[i] != END || base_digit[i] != 0) else {
        return Extended::identity().to_words();
    };
    let (mut p, mut i) = (Extended::identity().projective(), top);
    loop {
        let mut next = double!(p);
        if base_digit[i] != 0 {
            next = sum!(next.extended(), Cached::odd_vartime(base, base_digit[i]));
        }
        let mut j = last[i];
        while let Some(table) = tables.get(j as usize) {
            next = sum!(next.extended(), Cached::odd_vartime(&table.odd, table.digit[i]));
            j = table.before[i];
        }
        if i == 0 {
            return next.extended().to_words();
        }
        p = next.projective();
        i -= 1;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::oracle::{Affine, Random, big, inverse, on_ifma, order, p, value, words};
    use super::*;
    use num_bigint::BigUint;
    use std::vec;
    use std::vec::Vec;

    /// Scalars below 2^255: edges and arbitrary ones.
    fn scalars(random: &mut Random) -> Vec<[u64; 4]> {
        let (one, order) = (BigUint::from(1u8), order());
        let mut edges: Vec<BigUint> = [0u8, 1, 2, 7, 8, 15, 16].map(BigUint::from).into();
        edges.extend([1u8, 4, 7].iter().flat_map(|n| [&order * *n - 1u8, &order * *n, &order * *n + 1u8]));
        edges.extend([&one << 254u32, (&one << 255u32) - 1u8, (&one << 255u32) - 8u8, &one << 128u32]);
        edges.iter().map(words).chain((0..10).map(|_| random.scalar())).collect()
    }

    /// The points of order 1, 2, 4 and 8, which are the multiples of one of order 8; and others, with and
    /// without such a part.
    fn points(random: &mut Random) -> Vec<Affine> {
        let of_order_8 = (0..100)
            .flat_map(|y: u32| Affine::with_y(BigUint::from(y)))
            .map(|point| point.times(&order()))
            .find(|point| point.times(&BigUint::from(4u8)) != Affine::identity())
            .unwrap();
        let mut points: Vec<Affine> = (0u8..8).map(|n| of_order_8.times(&n.into())).collect();
        let base = Affine::base();
        points.extend([base.negative(), base.plus(&of_order_8), base]);
        points.extend((0..4).map(|_| Affine::with_y(big(&random.scalar()) % p())[1].clone()));
        points
    }

    fn nonzero(random: &mut Random) -> BigUint {
        big(&random.scalar()) % (p() - 1u8) + 1u8
    }

    #[test]
    fn constants() {
        let d = p() - 121_665u32 * inverse(&BigUint::from(121_666u32)) % p();
        assert_eq!(value(&TWO_D), 2u8 * d % p());
        assert_eq!(Affine(value(&BASE_X), value(&BASE_Y)), Affine::base());
        assert_eq!(Affine::base().times(&order()), Affine::identity());
    }

    #[test]
    fn multiples_of_the_base_point() {
        on_ifma(|ifma| {
            for k in scalars(&mut Random(1)) {
                let expected = Affine::base().times(&big(&k));
                assert_eq!(Affine::from_extended(&ifma.mul_base(&k)), expected, "{k:x?}");
                let digits = radix_16(&k);
                // SAFETY: the features are there.
                let slow = unsafe { mul_by_small_table(&digits).to_words() };
                assert_eq!(Affine::from_extended(&slow), expected, "{k:x?}");
            }
        });
    }

    #[test]
    fn sums_of_two() {
        on_ifma(|ifma| {
            let random = &mut Random(2);
            let scalars = scalars(random);
            for (i, point) in points(random).iter().enumerate() {
                let z = nonzero(random);
                for j in 0..scalars.len() {
                    let (a, b) = (&scalars[j], &scalars[(j * j + i) % scalars.len()]);
                    let sum = ifma.mul_two_vartime(a, &point.extended(&z, j % 2), b);
                    let expected = point.times(&big(a)).plus(&Affine::base().times(&big(b)));
                    assert_eq!(Affine::from_extended(&sum), expected, "{point:?} {a:x?} {b:x?}");
                }
            }
        });
    }

    /// Sums in which equal and opposite points meet, at the first addition and later.
    #[test]
    fn sums_of_many() {
        on_ifma(|ifma| {
            let random = &mut Random(3);
            let (points, scalars) = (points(random), scalars(random));
            let mut tables = vec![Table::new(); 20];
            for n in 0..20 {
                let mut expected = Affine::identity();
                let terms: Vec<_> = (0..n)
                    .map(|j| {
                        let point = &points[random.word() as usize % points.len()];
                        let mut k = scalars[random.word() as usize % scalars.len()];
                        if j % 2 == 0 {
                            (k[2], k[3]) = (0, 0);
                        }
                        expected = expected.plus(&point.times(&big(&k)));
                        (k, point.extended(&nonzero(random), j % 2))
                    })
                    .collect();
                let b = scalars[n % scalars.len()];
                expected = expected.plus(&Affine::base().times(&big(&b)));
                let sum = ifma.sum_vartime(&terms, &b, &mut tables);
                assert_eq!(Affine::from_extended(&sum), expected);
                let mut base = [Stored::ZERO; 8];
                // SAFETY: the features are there.
                let slow = unsafe {
                    Extended::base().odd_multiples(&mut base);
                    straus_vartime(&terms, &b, &base, NARROW, &mut tables)
                };
                assert_eq!(Affine::from_extended(&slow), expected);
            }
        });
    }

    #[test]
    fn every_pair_of_points_and_signs() {
        on_ifma(|ifma| {
            let random = &mut Random(4);
            let (points, one) = (points(random), [1, 0, 0, 0]);
            let mut tables = vec![Table::new(); 2];
            for p in &points {
                for q in points.iter().flat_map(|q| [q.clone(), q.negative()]) {
                    let terms = [p, &q].map(|point| (one, point.extended(&nonzero(random), 0)));
                    let sum = ifma.sum_vartime(&terms, &[0; 4], &mut tables);
                    assert_eq!(Affine::from_extended(&sum), p.plus(&q));
                }
            }
        });
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma")]
    fn selects() {
        let mut table = [Stored::ZERO; 8];
        Extended::base().progression(&Extended::base().cached(), &mut table);
        for digit in -8i8..=8 {
            let multiple = sum!(Extended::identity(), Cached::select(&table, digit)).extended();
            let k = BigUint::from(digit.unsigned_abs());
            let expected = Affine::base().times(&k);
            let expected = if digit < 0 { expected.negative() } else { expected };
            assert_eq!(Affine::from_extended(&multiple.to_words()), expected);
        }
    }

    #[test]
    fn entries_of_tables() {
        // SAFETY: the features are there.
        on_ifma(|_| unsafe { selects() });
    }
}
