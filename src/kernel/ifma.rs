//! Montgomery arithmetic on AVX-512 IFMA: products of 52-bit digits, eight at a time.
//!
//! `vpmadd52luq` and `vpmadd52huq` multiply digits of 52 bits lane by lane and add the low or the high half of
//! the products to 64-bit accumulators. So numbers are written in N digits of 52 bits, and R = 2^(52 N).
//!
//! **Layout.** Digit k = l·V + v sits in lane l of vector v ("strided"): V vectors, L lanes for one modulus.
//! Digit k of y times a vector of x then belongs to weight k + l·V + v, which is where accumulator (k + v) mod
//! V has its lanes already; only the accumulator whose lowest digit is done moves down by a lane. The result
//! has the layout of the operands, whatever N is. There are two shapes: *single*, one modulus in L = 8 lanes,
//! and *pair*, two moduli in L = 4 lanes each, by turns (lane 2 l and lane 2 l + 1), which is how the two halves of an RSA private
//! operation, or two candidates for a prime, cost little more than one.
//!
//! **A step** takes one digit off. With A the lowest digit of the accumulators (lane 0 of one of them) and u = A ·
//! (−m⁻¹) mod 2^52, A + u·m₀ vanishes modulo 2^52, and (A + u·m₀) / 2^52 is carried into the next digit. A step can
//! start when the one before has made its digit: broadcast, multiply, add, multiply by −m⁻¹, some 12 to 15 cycles,
//! and N of them in a row set the time of a product, not the multiplications. So most steps are *friendly*: they
//! use m′ = f·m with f = −m⁻¹ mod 2^52 in m's place. m′ ≡ −1 modulo 2^52, hence u = A mod 2^52 costs nothing, and
//!
//! > (A + u·m′) / 2^52 = ⌊A / 2^52⌋ + u·m″, with m″ = (m′ + 1) / 2^52 ≤ m,
//!
//! leaves broadcast and multiply in the chain, 8 cycles. m′ has one digit more than m, and so has what N − 2
//! friendly steps leave; two *plain* steps, by m itself, take that off again. In plain steps the carry's low part
//! is 1 unless A ≡ 0: their two digits start at 2^52 − 1 instead of 0 (the *bias*), which turns it into ⌊A′ / 2^52⌋
//! + ⌊u·m₀ / 2^52⌋ and makes it known before u is. The bias leaves with its digit.
//!
//! **Bounds.** At each weight at most N low and N high halves of x·y and as many of u·m″ or u·m come together, below
//! 2^52 all of them, with a bias and a carry: (4 N + 2) · 2^52 < 2^64 for N < 1023. (Cross terms of squares are counted
//! once for each order.) After the friendly steps the number is (x·y + U·m′) / 2^(52 (N − 2)) with U < 2^(52 (N −
//! 2)), after the plain ones it's below x·y/R + m′/2^104 + m < x·y/R + (1 + 2^-52) m. As m < 2^-12 · R here, that's
//! below 17/16 m for x, y < 15 m, below 2 m if one of x, y is below m and the other below 2^-12 · R, and below 3 m
//! if that is below R.
//!
//! Time and addresses depend on N, V, the number of exponent bits that the caller announces, and for public
//! exponents on the exponent. Vector registers are cleared before a function returns, and what was kept on
//! the stack on purpose (moduli, tables, digits, results) is wiped.
//!
//! Sources: Gueron, Krasnov, "Software implementation of modular exponentiation, using advanced vector
//! instructions architectures", WAIFI 2012, for the redundant digits; Walter, "Faster modular multiplication by
//! operand scaling", CRYPTO '91, for a multiple of m that needs no product to find u; Drucker, Gueron, "Fast modular squaring
//! with AVX512IFMA", ITNG 2019, for the squares. The strided layout, the bias and the
//! mix of steps are this project's.
#![allow(unsafe_code)]
#![allow(
    unused_comparisons,
    clippy::out_of_bounds_indexing,
    clippy::modulo_one,
    reason = "unrolled steps have conditions of which some always hold, and indices where they don't; a shape may have \
              one modulus"
)]

use core::arch::x86_64::{
    __m128i, __m512i, __mmask8, _mm_loadu_si128, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_and_si512,
    _mm512_broadcast_i64x2, _mm512_broadcastq_epi64, _mm512_castsi512_si128, _mm512_cmpeq_epi64_mask,
    _mm512_loadu_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_cmpeq_epi64_mask,
    _mm512_mask_cmpgt_epu64_mask, _mm512_mask_mov_epi64, _mm512_mask_sub_epi64, _mm512_maskz_set1_epi64,
    _mm512_maskz_srli_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2,
    _mm512_sllv_epi64, _mm512_srli_epi64, _mm512_storeu_si512,
};
use core::hint::black_box;

use super::clear_x86::clear_registers;
use super::digits::{join, split};
use super::engine::Engine;
use super::limbs::{add_product, add_word, less_than, reduce_once, sub_assign};
use super::montgomery::{Operation, Params, WINDOW, Windows, window};
use super::word::{equal, less};

/// Whoever holds one has asked the CPU: it has AVX-512 F, VL, DQ, BW and IFMA. It's for moduli of a certain
/// width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma {
    /// N: the number of digits, one of those that there is a kernel for.
    digits: usize,
}

/// For moduli of up to so many limbs, so many digits: at least 12 bits above the modulus.
const WIDTHS: [(usize, usize); 7] = [(16, 20), (24, 30), (32, 40), (48, 60), (64, 79), (96, 119), (128, 158)];

const _: () = {
    let mut i = 0;
    while i < WIDTHS.len() {
        let (limbs, digits) = WIDTHS[i];
        // 16 bits where there are pairs, for `strong_base_2`.
        let spare = if digits <= MAX_PAIR { 16 } else { 12 };
        assert!(52 * digits >= 64 * limbs + spare);
        i += 1;
    }
};

/// The most digits of which there are pairs, in as many limbs.
const MAX_PAIR: usize = 40;
const MAX_PAIR_LIMBS: usize = 32;

/// The widest modulus, in limbs.
const MAX_LIMBS: usize = WIDTHS[WIDTHS.len() - 1].0;

/// Narrower moduli than these limbs are left to portable code, which is as fast there.
const NARROW: usize = 12;

impl Ifma {
    /// A token for moduli of n limbs.
    pub(super) fn detect_for(n: usize) -> Option<Self> {
        let (_, digits) = WIDTHS.into_iter().find(|(limbs, _)| n <= *limbs)?;
        (n >= NARROW && Engine::Ifma.is_available()).then_some(Self { digits })
    }

    /// N.
    pub(super) fn digits(self) -> usize {
        self.digits
    }

    /// Whether two moduli can be worked on together.
    pub(super) fn pairs_with(self, other: Self) -> bool {
        self.digits == other.digits && self.digits <= MAX_PAIR
    }

    /// [`Params::run`].
    pub(super) fn run(self, p: &Params<'_>, z: &mut [u64], x: &[u64], operation: Operation<'_>) {
        // SAFETY: a token is made by `detect_for` alone, which has found the features.
        unsafe {
            match self.digits {
                20 => single3::run(p, z, x, operation),
                30 => single4::run(p, z, x, operation),
                40 => single5::run(p, z, x, operation),
                60 => single8::run(p, z, x, operation),
                79 => single10::run(p, z, x, operation),
                119 => single15::run(p, z, x, operation),
                _ => single20::run(p, z, x, operation),
            }
        }
    }

    /// [`super::montgomery::powers`].
    pub(super) fn powers(
        self,
        p: [&Params<'_>; 2],
        z: [&mut [u64]; 2],
        x: [&[u64]; 2],
        e: [&[u64]; 2],
        bits: usize,
    ) {
        // SAFETY: as for `run`.
        unsafe {
            match self.digits {
                20 => pair5::powers(p, z, x, e, bits),
                30 => pair8::powers(p, z, x, e, bits),
                _ => pair10::powers(p, z, x, e, bits),
            }
        }
    }

    /// [`super::montgomery::strong_base_2`].
    pub(super) fn strong_base_2(
        self,
        p: [&Params<'_>; 2],
        bits: usize,
        last: usize,
        s: [u64; 2],
    ) -> [u64; 2] {
        // SAFETY: as for `run`.
        unsafe {
            match self.digits {
                20 => pair5::strong_base_2(p, bits, last, s),
                30 => pair8::strong_base_2(p, bits, last, s),
                _ => pair10::strong_base_2(p, bits, last, s),
            }
        }
    }
}

/// The largest digit.
const MASK: i64 = (1 << 52) - 1;

/// Words on the stack that held a secret: wiped.
fn wipe<T: Copy>(x: &mut T, zero: T) {
    // SAFETY: a reference is valid for writes and aligned.
    unsafe { core::ptr::write_volatile(x, zero) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(x: &[u64; 8]) -> __m512i {
    // SAFETY: 64 bytes are there to be read, at any alignment.
    unsafe { _mm512_loadu_si512(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_two(x: &[u64; 2]) -> __m128i {
    // SAFETY: 16 bytes are there to be read, at any alignment.
    unsafe { _mm_loadu_si128(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(x: __m512i, to: &mut [u64; 8]) {
    // SAFETY: 64 bytes are there to be written, at any alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), x) }
}

/// Digit 0 of each modulus in all its lanes.
macro_rules! broadcast {
    (single, $x:expr) => {
        _mm512_broadcastq_epi64(_mm512_castsi512_si128($x))
    };
    (pair, $x:expr) => {{
        let x = $x;
        _mm512_shuffle_i64x2::<0>(x, x)
    }};
}

/// Every lane takes what the next higher one of its modulus has; the top one takes 0.
macro_rules! down {
    (single, $x:expr) => {
        _mm512_alignr_epi64::<1>(_mm512_setzero_si512(), $x)
    };
    (pair, $x:expr) => {
        _mm512_alignr_epi64::<2>(_mm512_setzero_si512(), $x)
    };
}

/// Every lane takes what the next lower one of its modulus has; the bottom one takes 0.
macro_rules! up {
    (single, $x:expr) => {
        _mm512_alignr_epi64::<7>($x, _mm512_setzero_si512())
    };
    (pair, $x:expr) => {
        _mm512_alignr_epi64::<6>($x, _mm512_setzero_si512())
    };
}

/// Digit l of a row of eight zeros and eight words, in all lanes of its modulus; l = −1 is the zero before.
macro_rules! from_row {
    (single, $rows:expr, $row:expr, $l:expr) => {
        _mm512_set1_epi64($rows[16 * $row + 7 + $l].cast_signed())
    };
    (pair, $rows:expr, $row:expr, $l:expr) => {{
        let at = 16 * $row + 6 + 2 * $l;
        _mm512_broadcast_i64x2(load_two($rows[at..at + 2].try_into().expect("two words")))
    }};
}

/// Which columns of products are being added up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Those of lane 0, where some digits would be below the number's lowest.
    First,
    /// In between, where digits that don't exist are zeros that are there to be multiplied.
    Middle,
    /// Those from weight N + A on, where some digits would be above the number's highest.
    Last,
}

macro_rules! each {
    ($m:ident; $($k:literal)*) => { $( { $m!($k); } )* };
}

/// The length of a list, which has to be 0, 1, 2 and so on.
const fn counts(list: &[usize]) -> usize {
    let mut i = 0;
    while i < list.len() {
        assert!(list[i] == i);
        i += 1;
    }
    i
}

/// The exact carries: digits of up to 64 bits become digits below 2^52; the number stays, and is below R.
///
/// 1. In each lane digits carry into the next, from vector 0 up to V − 1. The last one's carry, below 2^12,
///    goes to vector 0 of the next lane. 2. Now vector 0 is below 2^52 + 2^12 and the others are below 2^52, so
///    a lane passes on one carry at most: it *generates* one if vector 0 is over 2^52 − 1 and all others are
///    equal to it, and *propagates* one if all are equal. Adding generate (shifted up) and propagate as
///    numbers of eight bits finds who gets one, as in a carry-lookahead adder. 3. A second pass in each lane.
macro_rules! normalize {
    ($kind:ident, $V:expr, $x:ident) => {{
        let mask = _mm512_set1_epi64(MASK);
        for v in 0..$V - 1 {
            let carry = _mm512_srli_epi64::<52>($x[v]);
            $x[v] = _mm512_and_si512($x[v], mask);
            $x[v + 1] = _mm512_add_epi64($x[v + 1], carry);
        }
        let carry = _mm512_srli_epi64::<52>($x[$V - 1]);
        $x[$V - 1] = _mm512_and_si512($x[$V - 1], mask);
        let mut all = $x[1];
        for v in 2..$V {
            all = _mm512_and_si512(all, $x[v]);
        }
        let full = _mm512_cmpeq_epi64_mask(all, mask);
        $x[0] = _mm512_add_epi64($x[0], up!($kind, carry));
        let generate = u32::from(_mm512_mask_cmpgt_epu64_mask(full, $x[0], mask));
        let propagate = u32::from(_mm512_mask_cmpeq_epi64_mask(full, $x[0], mask));
        let takes = lookahead!($kind, generate, propagate);
        $x[0] = _mm512_mask_sub_epi64($x[0], takes, $x[0], _mm512_set1_epi64(-1));
        for v in 0..$V - 1 {
            let carry = _mm512_srli_epi64::<52>($x[v]);
            $x[v] = _mm512_and_si512($x[v], mask);
            $x[v + 1] = _mm512_add_epi64($x[v + 1], carry);
        }
        $x[$V - 1] = _mm512_and_si512($x[$V - 1], mask);
    }};
}

/// The lanes that take a carry: ((generate · 2) + propagate) xor propagate, a carry chain in one addition. In a
/// pair, each modulus has its own, where the lanes of the other let carries through.
macro_rules! lookahead {
    (single, $generate:ident, $propagate:ident) => {
        ((($generate << 1) + $propagate) ^ $propagate) as __mmask8
    };
    (pair, $generate:ident, $propagate:ident) => {{
        let chain = |own: u32| {
            let propagate = $propagate | (own ^ 0xff);
            (((($generate & own) << 1) + propagate) ^ propagate) & own
        };
        (chain(0b0101_0101) | chain(0b1010_1010)) as __mmask8
    }};
}

/// Products and squares with all accumulators in registers, for up to ten vectors: V steps in a row are straight-line
/// code.
///
/// The lists count steps, or vectors: `ahead` so many columns as products are ahead of the reduction, and `then` the
/// others, up to V; `peeled` again to V, or none; `rest` the friendly steps after the last loop, `plain` the two after
/// them. (Conditions on a literal would do with one list, but the compiler goes through what never happens, too.)
macro_rules! unrolled {
    (
        $kind:ident;
        ahead $($a:literal)*, then $($b:literal)*;
        peeled $($peeled:literal)*;
        rest $($friendly:literal)*, plain $($plain:literal)*
    ) => {
            const A: usize = <[usize]>::len(&[$($a),*]);
            /// Whether lane 0 has straight-line code of its own, without the products by digits below the lowest, or
            /// goes through the loop with zeros in their place: 3 % more work for a third less to compile.
            const PEELED: bool = <[usize]>::len(&[$($peeled),*]) > 0;
            /// Steps that take off a digit by the friendly multiple; the last two do it by m.
            const FRIENDLY: usize = N - 2;
            /// Lanes whose steps are done V at a time in a loop, and the steps that are left: V at most.
            const WHOLE: usize = FRIENDLY / V;
            const REST: usize = N - WHOLE * V;
            // A step's digit has all its products when it's read, and what is ahead has an accumulator.
            const _: () = assert!(2 <= A && A <= V && 2 <= REST && REST <= V && 3 <= V);
            // The lists of steps are those: 0, 1, 2 and so on, each whole one V long, and what's left.
            const _: () = assert!(counts(&[$($a,)* $($b),*]) == V);
            const _: () = assert!(counts(&[$($friendly,)* $($plain),*]) == REST && <[usize]>::len(&[$($plain),*]) == 2);
            const _: () = assert!(!PEELED || counts(&[$($peeled),*]) == V);

            /// The accumulators before the first step.
            #[inline]
            #[target_feature(enable = "avx512f")]
            fn biased() -> Element {
                core::array::from_fn(|v| {
                    let lanes = (0..8).filter(|l| (FRIENDLY..N).contains(&(l / M * V + v)));
                    _mm512_maskz_set1_epi64(lanes.fold(0, |mask, l| mask | 1 << l), MASK)
                })
            }

            /// Where the accumulator of weight k + v is, k + v steps on from weight 0.
            const fn slot(k: usize, v: usize) -> usize {
                (k + v) % V
            }

            const fn next(v: usize) -> usize {
                v + 1
            }

            /// The column that's added up at step k.
            const fn ahead(k: usize) -> usize {
                k + A
            }

            /// Whether digit l·V + c − v is one of the number's, as far as that's asked.
            const fn exists(part: Part, c: usize, v: usize) -> bool {
                match part {
                    Part::First => c >= v,
                    Part::Middle => true,
                    Part::Last => WHOLE * V + c < N + v,
                }
            }

            /// The vector that has digit l·V + c − v.
            const fn vector(c: usize, v: usize) -> usize {
                (c + V - v) % V
            }

            /// Digit l·V + c − v of each modulus in all its lanes.
            #[inline]
            #[target_feature(enable = "avx512f,avx512dq")]
            fn digit(rows: &Rows, l: usize, c: usize, v: usize) -> __m512i {
                from_row!($kind, rows, (c + V - v) % V, l + (c + V - v) / V)
            }

            /// Which products of weight S = l·V + c there are, x[v] times digit S − k: all for x·y, and for x² of the
            /// terms x[v] · x[w] with w another vector than v one of the two orders.
            const fn takes(square: bool, part: Part, c: usize, v: usize, k: usize) -> bool {
                exists(part, c, k) && (!square || vector(c, k) <= v)
            }

            /// Which of two sums such a product is added to: for x·y low and high halves have one each, for x² the second one
            /// has what counts twice.
            const fn sum(square: bool, c: usize, v: usize, k: usize) -> usize {
                if square { (vector(c, k) < v) as usize } else { k - v }
            }

            // The products of weight S = l·V + c: Σ lo(x[v] · y[S − v]) + hi(x[v] · y[S − 1 − v]).
            macro_rules! column {
                ($square:literal, $acc:ident, $x:ident, $digits:ident, $c:expr, $l:expr, $part:ident) => {{
                    let c: usize = $c;
                    let mut sums = [_mm512_setzero_si512(); 2];
                    macro_rules! term {
                        ($v:literal) => {
                            if takes($square, Part::$part, c, $v, $v) {
                                let i = sum($square, c, $v, $v);
                                sums[i] = _mm512_madd52lo_epu64(sums[i], $x[$v], digit($digits, $l, c, $v));
                            }
                            let k = next($v);
                            if takes($square, Part::$part, c, $v, k) {
                                let i = sum($square, c, $v, k);
                                sums[i] = _mm512_madd52hi_epu64(sums[i], $x[$v], digit($digits, $l, c, k));
                            }
                        };
                    }
                    each!(term; $($a)* $($b)*);
                    let [first, mut second] = sums;
                    if $square {
                        second = _mm512_add_epi64(second, second);
                    }
                    $acc[slot(c, 0)] = _mm512_add_epi64($acc[slot(c, 0)], _mm512_add_epi64(first, second));
                }};
            }

            macro_rules! montgomery {
                ($square:literal, $acc:ident, $x:ident, $digits:ident, $p:ident) => {{
                    let (m, friendly) = (&$p.m, $p.friendly);
                    let lowest: __mmask8 = black_box(lowest!($kind));
                    macro_rules! ahead {
                        ($k:literal) => {
                            column!($square, $acc, $x, $digits, $k, 0, First);
                        };
                    }
                    each!(ahead; $($a)*);
                    let mut carry = _mm512_maskz_srli_epi64::<52>(lowest, $acc[0]);
                    let mut u = $acc[0];
                    let mut last = _mm512_setzero_si512();
                    // What the next step waits for comes first.
                    macro_rules! friendly_step {
                        ($k:expr, $l:expr, $part:ident) => {{
                            let ub = broadcast!($kind, u);
                            let below = _mm512_add_epi64($acc[slot($k, 1)], carry);
                            let next = _mm512_madd52lo_epu64(below, friendly[0], ub);
                            u = next;
                            carry = _mm512_maskz_srli_epi64::<52>(lowest, next);
                            $acc[slot($k, 1)] = next;
                            macro_rules! low {
                                ($v:literal) => {
                                    if $v >= 2 {
                                        $acc[slot($k, $v)] =
                                            _mm512_madd52lo_epu64($acc[slot($k, $v)], friendly[$v - 1], ub);
                                    }
                                };
                            }
                            each!(low; $($a)* $($b)*);
                            macro_rules! high {
                                ($v:literal) => {
                                    if $v >= 2 {
                                        $acc[slot($k, $v)] =
                                            _mm512_madd52hi_epu64($acc[slot($k, $v)], friendly[$v - 2], ub);
                                    }
                                };
                            }
                            each!(high; $($a)* $($b)*);
                            // What comes in at the top has a part of the last step's row.
                            let top = _mm512_madd52hi_epu64(down!($kind, $acc[$k]), friendly[V - 1], last);
                            let top = _mm512_madd52lo_epu64(top, friendly[V - 1], ub);
                            $acc[$k] = _mm512_madd52hi_epu64(top, friendly[V - 2], ub);
                            last = ub;
                            column!($square, $acc, $x, $digits, ahead($k), $l, $part);
                        }};
                    }
                    macro_rules! plain_step {
                        ($k:literal, $l:expr) => {{
                            let ub = broadcast!($kind, u);
                            let high = _mm512_madd52hi_epu64(carry, m[0], ub);
                            let low = _mm512_madd52lo_epu64($acc[slot($k, 1)], m[1], ub);
                            let next = _mm512_add_epi64(low, high);
                            u = _mm512_madd52lo_epu64($p.m0_inv, next, $p.m0_inv);
                            carry = _mm512_maskz_srli_epi64::<52>(lowest, next);
                            let done = _mm512_madd52lo_epu64($acc[$k], m[0], ub);
                            $acc[slot($k, 1)] = next;
                            macro_rules! low {
                                ($v:literal) => {
                                    if $v >= 2 {
                                        $acc[slot($k, $v)] =
                                            _mm512_madd52lo_epu64($acc[slot($k, $v)], m[$v], ub);
                                    }
                                };
                            }
                            each!(low; $($a)* $($b)*);
                            macro_rules! high {
                                ($v:literal) => {
                                    if $v >= 2 {
                                        $acc[slot($k, $v)] =
                                            _mm512_madd52hi_epu64($acc[slot($k, $v)], m[$v - 1], ub);
                                    }
                                };
                            }
                            each!(high; $($a)* $($b)*);
                            let mut top = down!($kind, done);
                            if $k == REST - 2 {
                                top = _mm512_madd52hi_epu64(top, friendly[V - 1], last);
                            }
                            $acc[$k] = _mm512_madd52hi_epu64(top, m[V - 1], ub);
                            column!($square, $acc, $x, $digits, ahead($k), $l, Middle);
                        }};
                    }
                    #[allow(unused_macros, reason = "some shapes have none")]
                    macro_rules! bottom {
                        ($k:literal) => {
                            friendly_step!($k, 0, First);
                        };
                    }
                    each!(bottom; $($peeled)*);
                    for l in usize::from(PEELED)..WHOLE {
                        macro_rules! whole {
                            ($k:literal) => {
                                friendly_step!($k, l, Middle);
                            };
                        }
                        each!(whole; $($a)* $($b)*);
                    }
                    #[allow(unused_macros, reason = "some shapes have none")]
                    macro_rules! friendly_rest {
                        ($k:literal) => {
                            friendly_step!($k, WHOLE, Middle);
                        };
                    }
                    each!(friendly_rest; $($friendly)*);
                    u = _mm512_madd52lo_epu64($p.m0_inv, u, $p.m0_inv);
                    macro_rules! plain_rest {
                        ($k:literal) => {
                            plain_step!($k, WHOLE);
                        };
                    }
                    each!(plain_rest; $($plain)*);
                    let _ = (u, carry, last);
                    // Columns from N + A on, where some digits would be above the number's.
                    #[allow(unused_macros, reason = "some shapes have none")]
                    macro_rules! last {
                        ($k:literal) => {
                            column!($square, $acc, $x, $digits, REST + $k, WHOLE, Last);
                        };
                    }
                    each!(last; $($b)*);
                    let mut x: Element = core::array::from_fn(|v| $acc[(REST + v) % V]);
                    normalize!($kind, V, x);
                    x
                }};
            }

            /// x·y/R mod m up to a multiple of m; bounds as in the module's head.
            #[inline(never)]
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
            fn mul(x: &Element, y: &Element, p: &Modulus) -> Element {
                let mut acc = biased();
                let mut rows = rows();
                fill(&mut rows, y);
                let digits = black_box(&rows);
                let x = *x;
                let z = montgomery!(false, acc, x, digits, p);
                wipe(&mut rows, [0; 16 * V + 16]);
                z
            }

            /// x^(2^count) in Montgomery form, as that many squares in a row.
            #[inline(never)]
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
            fn square(x: &Element, count: usize, p: &Modulus) -> Element {
                let mut x = *x;
                let mut rows = rows();
                for _ in 0..count {
                    let mut acc = biased();
                    fill(&mut rows, &x);
                    let digits = black_box(&rows);
                    x = montgomery!(true, acc, x, digits, p);
                }
                wipe(&mut rows, [0; 16 * V + 16]);
                x
            }
    };
}

/// Products with the accumulators in memory, for any number of vectors; plain steps, of which the multiplications
/// take longer than the chain from one to the next. The accumulators slide up: weight k + v is at k + v.
macro_rules! looped {
    ($kind:ident;) => {
        /// x·y/R mod m up to a multiple of m; bounds as in the module's head.
        #[inline(never)]
        #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
        fn mul(x: &Element, y: &Element, p: &Modulus) -> Element {
            let (m, lowest) = (&p.m, black_box(lowest!($kind)));
            let mut acc = [_mm512_setzero_si512(); N + V];
            for (v, acc) in acc[..V].iter_mut().enumerate() {
                // The bias, for all digits below R.
                let lanes = (0..8).filter(|l| l / M * V + v < N);
                *acc = _mm512_maskz_set1_epi64(lanes.fold(0, |mask, l| mask | 1 << l), MASK);
            }
            let mut rows = rows();
            fill(&mut rows, y);
            let mut carry = _mm512_setzero_si512();
            for k in 0..N {
                let digit = from_row!($kind, rows, k % V, 1 + k / V);
                let first = _mm512_madd52lo_epu64(_mm512_add_epi64(acc[k], carry), x[0], digit);
                let u = broadcast!($kind, _mm512_madd52lo_epu64(p.m0_inv, first, p.m0_inv));
                carry = _mm512_maskz_srli_epi64::<52>(lowest, first);
                let done = _mm512_madd52lo_epu64(first, m[0], u);
                let window: &mut [__m512i; V] = (&mut acc[k + 1..=k + V]).try_into().expect("V vectors");
                for v in 1..V {
                    let low =
                        _mm512_madd52lo_epu64(_mm512_madd52lo_epu64(window[v - 1], x[v], digit), m[v], u);
                    window[v - 1] =
                        _mm512_madd52hi_epu64(_mm512_madd52hi_epu64(low, x[v - 1], digit), m[v - 1], u);
                }
                let top = _mm512_madd52hi_epu64(down!($kind, done), x[V - 1], digit);
                window[V - 1] = _mm512_madd52hi_epu64(top, m[V - 1], u);
            }
            let mut z: Element = core::array::from_fn(|v| acc[N + v]);
            z[0] = _mm512_add_epi64(z[0], carry);
            normalize!($kind, V, z);
            wipe(&mut rows, [0; 16 * V + 16]);
            wipe(&mut acc, [_mm512_setzero_si512(); N + V]);
            z
        }

        /// x^(2^count) in Montgomery form.
        #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
        fn square(x: &Element, count: usize, p: &Modulus) -> Element {
            (0..count).fold(*x, |x, _| mul(&x, &x, p))
        }
    };
}

/// One shape: `$V` vectors, `$N` digits, and the code of its products, [`unrolled`] or [`looped`].
macro_rules! kernel {
    ($kind:ident, $name:ident, $V:literal, $N:literal, $core:ident; $($steps:tt)*) => {
        mod $name {
            use super::*;

            const V: usize = $V;
            const N: usize = $N;
            /// How many moduli there are, and how many lanes each has.
            const M: usize = 8 / LANES;
            const LANES: usize = lanes!($kind);
            type Element = [__m512i; V];

            // Digits have lanes, and their sums fit.
            const _: () = assert!(N <= LANES * V && 4 * N + 4 < 1 << 12);

            /// A modulus with what a step needs of it.
            #[derive(Clone, Copy)]
            #[allow(dead_code, reason = "only unrolled steps are friendly")]
            struct Modulus {
                m: Element,
                /// −m⁻¹ mod 2^52 in all lanes.
                m0_inv: __m512i,
                /// (f·m + 1) / 2^52 for f = −m⁻¹ mod 2^52.
                friendly: Element,
            }

            /// A number in memory, from which single digits are read: eight words for each vector, with as many
            /// zeros before and after.
            type Rows = [u64; 16 * V + 16];

            fn rows() -> Rows {
                [0; 16 * V + 16]
            }

            #[inline]
            #[target_feature(enable = "avx512f")]
            fn fill(rows: &mut Rows, x: &Element) {
                for v in 0..V {
                    store(x[v], (&mut rows[16 * v + 8..16 * v + 16]).try_into().expect("eight words"));
                }
            }

            $core!($kind; $($steps)*);

            /// N digits of one number for each modulus, from digit `first` on, in vectors.
            #[inline(never)]
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
            fn digits(x: [&[u64]; M], first: usize) -> Element {
                let (mut rows, mut digits) = ([[0; 8]; V], [0; LANES * V]);
                for (h, x) in x.into_iter().enumerate() {
                    split::<52>(&mut digits[..N], x, first);
                    for l in 0..LANES {
                        for v in 0..V {
                            rows[v][l * M + h] = digits[l * V + v];
                        }
                    }
                }
                let element = core::array::from_fn(|v| load(&rows[v]));
                wipe(&mut rows, [[0; 8]; V]);
                wipe(&mut digits, [0; LANES * V]);
                element
            }

            /// The low N digits of one number for each modulus.
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
            fn element(x: [&[u64]; M]) -> Element {
                digits(x, 0)
            }

            /// z = x mod m for x < 2 m, for each modulus.
            #[inline(never)]
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
            fn write(z: [&mut [u64]; M], x: &Element, m: [&[u64]; M]) {
                let (mut rows, mut digits) = ([[0; 8]; V], [0; LANES * V]);
                for v in 0..V {
                    store(x[v], &mut rows[v]);
                }
                for (h, (z, m)) in z.into_iter().zip(m).enumerate() {
                    for l in 0..LANES {
                        for v in 0..V {
                            digits[l * V + v] = rows[v][l * M + h];
                        }
                    }
                    let top = join::<52>(z, &digits);
                    reduce_once(z, top, m);
                    debug_assert!(less_than(z, m) == 1);
                }
                wipe(&mut rows, [[0; 8]; V]);
                wipe(&mut digits, [0; LANES * V]);
            }

            impl Modulus {
                #[target_feature(enable = "avx512f")]
                fn wipe(&mut self) {
                    let zero = _mm512_setzero_si512();
                    wipe(self, Self { m: [zero; V], m0_inv: zero, friendly: [zero; V] });
                }

                #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
                fn new(p: [&Params<'_>; M]) -> Self {
                    let inverses = p.map(|p| p.m0_inv() & MASK.cast_unsigned());
                    let mut limbs = [[0; MAX_LIMBS + 1]; M];
                    for ((limbs, p), f) in limbs.iter_mut().zip(p).zip(inverses) {
                        let n = p.m.len();
                        limbs[n] = add_product(&mut limbs[..n], p.m, f);
                        add_word(&mut limbs[..=n], 1);
                    }
                    let slices = core::array::from_fn(|h| &limbs[h][..=p[h].m.len()]);
                    let modulus = Self {
                        m: element(p.map(|p| p.m)),
                        m0_inv: load(&core::array::from_fn(|l| inverses[l % M])),
                        friendly: digits(slices, 1),
                    };
                    wipe(&mut limbs, [[0; MAX_LIMBS + 1]; M]);
                    modulus
                }
            }

            /// x^e in Montgomery form for secret exponents of `bits` bits, in windows of fixed width, as
            /// `portable` has it: each factor is gathered by a pass over the whole table.
            #[inline(never)]
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
            #[allow(clippy::large_stack_arrays, reason = "40 KiB for the widest")]
            fn pow(x: &Element, one: &Element, e: [&[u64]; M], bits: usize, p: &Modulus) -> Element {
                let mut table = [*one; 1 << WINDOW];
                table[1] = *x;
                for i in (2..1 << WINDOW).step_by(2) {
                    table[i] = square(&table[i / 2], 1, p);
                    table[i + 1] = mul(&table[i], x, p);
                }
                let mut z = *one;
                // The topmost window has what is left over, so that all others are full.
                let top = bits.next_multiple_of(WINDOW);
                for at in (0..top).step_by(WINDOW).rev() {
                    let count = WINDOW.min(bits - at);
                    let digits = e.map(|e| window(e, at, count));
                    let index = load(&core::array::from_fn(|l| digits[l % M]));
                    let mut factor = [_mm512_setzero_si512(); V];
                    for (i, entry) in (0..).zip(&table) {
                        let keep = _mm512_cmpeq_epi64_mask(index, _mm512_set1_epi64(i));
                        for v in 0..V {
                            factor[v] = _mm512_mask_mov_epi64(factor[v], keep, entry[v]);
                        }
                    }
                    if at + WINDOW >= top {
                        z = factor;
                    } else {
                        z = mul(&square(&z, WINDOW, p), &factor, p);
                    }
                }
                for entry in &mut table {
                    wipe(entry, [_mm512_setzero_si512(); V]);
                }
                z
            }

            /// Plain numbers of at most twice the modulus' limbs in Montgomery form.
            ///
            /// x = low + high · R, so x · R = low · R² / R + high · R³ / R, with R³ = R² · R² / R. low, high < R and
            /// R² mod m < m, R³ < 17/16 m: less than 3 m each.
            #[inline(never)]
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
            fn enter(x: [&[u64]; M], rr: &Element, p: &Modulus) -> Element {
                let mut form = mul(&element(x), rr, p);
                if x.iter().any(|x| 64 * x.len() > 52 * N) {
                    let high = mul(&digits(x, N), &mul(rr, rr, p), p);
                    form = core::array::from_fn(|v| _mm512_add_epi64(form[v], high[v]));
                    normalize!($kind, V, form);
                }
                form
            }

            entry!($kind);
        }
    };
}

macro_rules! lanes {
    (single) => {
        8
    };
    (pair) => {
        4
    };
}
/// Where digit 0 of each modulus sits.
macro_rules! lowest {
    (single) => {
        0b0000_0001
    };
    (pair) => {
        0b0000_0011
    };
}

/// What a shape is entered by.
macro_rules! entry {
    (single) => {
        /// [`Params::run`].
        #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
        pub(super) fn run(p: &Params<'_>, z: &mut [u64], x: &[u64], operation: Operation<'_>) {
            let mut kept = Modulus::new([p]);
            let modulus = &kept;
            let number = |x| element([x]);
            let mut result = match operation {
                Operation::Mul(y) => mul(&number(x), &number(y), modulus),
                Operation::Square => square(&number(x), 1, modulus),
                Operation::Leave => mul(&number(x), &number(&[1]), modulus),
                Operation::Pow(e, bits) => pow(&number(x), &number(p.one), [e], bits, modulus),
                Operation::PowVartime(e) => pow_vartime(&number(x), &number(p.one), e, modulus),
                Operation::PlainPow(e, bits) => {
                    let form = enter([x], &number(p.rr), modulus);
                    mul(&pow(&form, &number(p.one), [e], bits, modulus), &number(&[1]), modulus)
                }
                Operation::PlainPowVartime(e) => {
                    // For odd e, x^(e − 1) in Montgomery form times the plain x leaves the form for nothing.
                    let plain = number(x);
                    let form = mul(&plain, &number(p.rr), modulus);
                    let power = pow_vartime(&form, &number(p.one), &[e & !1], modulus);
                    mul(&power, &if e & 1 == 1 { plain } else { number(&[1]) }, modulus)
                }
            };
            write([z], &result, [p.m]);
            wipe(&mut result, [_mm512_setzero_si512(); V]);
            kept.wipe();
            clear_registers();
        }

        /// x^e in Montgomery form for a public exponent.
        #[inline(never)]
        #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
        #[allow(clippy::large_stack_arrays, reason = "40 KiB for the widest")]
        fn pow_vartime(x: &Element, one: &Element, e: &[u64], p: &Modulus) -> Element {
            let windows = Windows::new(e);
            let mut table = [*one; 1 << WINDOW];
            table[1] = *x;
            for i in 2..1 << windows.width {
                table[i] = mul(&table[i - 1], x, p);
            }
            let (mut z, mut squarings, mut started) = (*one, 0, false);
            for (count, digit) in windows {
                squarings += count;
                if !started {
                    (z, squarings, started) = (table[digit], 0, true);
                } else if digit != 0 {
                    z = mul(&square(&z, squarings, p), &table[digit], p);
                    squarings = 0;
                }
            }
            for entry in &mut table {
                wipe(entry, [_mm512_setzero_si512(); V]);
            }
            square(&z, squarings, p)
        }
    };
    (pair) => {
        /// [`super::super::montgomery::powers`].
        #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
        pub(super) fn powers(
            p: [&Params<'_>; 2],
            z: [&mut [u64]; 2],
            x: [&[u64]; 2],
            e: [&[u64]; 2],
            bits: usize,
        ) {
            let mut kept = Modulus::new(p);
            let modulus = &kept;
            let (one, rr) = (element(p.map(|p| p.one)), element(p.map(|p| p.rr)));
            let form = enter(x, &rr, modulus);
            let mut power = pow(&form, &one, e, bits, modulus);
            let mut plain = mul(&power, &element([&[1], &[1]]), modulus);
            write(z, &plain, p.map(|p| p.m));
            wipe(&mut power, [_mm512_setzero_si512(); V]);
            wipe(&mut plain, [_mm512_setzero_si512(); V]);
            kept.wipe();
            clear_registers();
        }

        /// [`super::super::montgomery::strong_base_2`].
        ///
        /// Bounds: m < 2^-16 · R in these shapes. A window of c ≤ 3 bits comes after c squares and multiplies by 2^(2^c
        /// − 1) at most. After the second of two squares x < (1 + 2^-11) m, so a window leaves x < (1 + 2^-11) · 2^7 m,
        /// whose square over R is below m/3: after the next square x < 3/2 m, and below (1 + 2^-11) m after two. In
        /// the last part x is at most doubled after a square: what's looked at is below 3 m the first time, and below
        /// 17/8 m from then on.
        #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
        pub(super) fn strong_base_2(p: [&Params<'_>; 2], bits: usize, last: usize, s: [u64; 2]) -> [u64; 2] {
            let mut kept = Modulus::new(p);
            let modulus = &kept;
            let one = element(p.map(|p| p.one));
            let times_power_of_two = |x: &Element, exponents: [u64; 2]| {
                let shift = load(&core::array::from_fn(|l| exponents[l % M]));
                let mut x: Element = core::array::from_fn(|v| _mm512_sllv_epi64(x[v], shift));
                normalize!(pair, V, x);
                x
            };
            let add = |x: &Element, y: &Element| {
                let mut sum: Element = core::array::from_fn(|v| _mm512_add_epi64(x[v], y[v]));
                normalize!(pair, V, sum);
                sum
            };
            // What 1 and −1 look like below 3 m: 1, m + 1, 2 m + 1; m − 1, 2 m − 1, 3 m − 1.
            let m = &modulus.m;
            let mut ones = [one, add(&one, m), add(&add(&one, m), m)];
            let negative = {
                let mut limbs = [[0; MAX_PAIR_LIMBS]; 2];
                for (limbs, p) in limbs.iter_mut().zip(p) {
                    let n = p.m.len();
                    limbs[..n].copy_from_slice(p.m);
                    sub_assign(&mut limbs[..n], p.one);
                }
                let element = element([&limbs[0][..p[0].m.len()], &limbs[1][..p[1].m.len()]]);
                wipe(&mut limbs, [[0; MAX_PAIR_LIMBS]; 2]);
                element
            };
            let mut minus_ones = [negative, add(&negative, m), add(&add(&negative, m), m)];
            let is_any = |x: &Element, of: &[Element; 3]| {
                of.iter().fold([0; 2], |[first, second], y| {
                    let equal = (0..V).fold(0xff, |all, v| all & _mm512_cmpeq_epi64_mask(x[v], y[v]));
                    // Whether all lanes of a modulus are equal: then a carry runs through the other's as well.
                    let whole = |others: u8| (u64::from(equal | others) + 1) >> 8;
                    [first | whole(0b1010_1010), second | whole(0b0101_0101)]
                })
            };

            let window = |at, count| p.map(|p| window(p.m, at, count));
            let mut x = times_power_of_two(&one, [1, 1]);
            let mut at = bits - 1;
            while at > last {
                let count = 1 + (at - last - 1) % 3;
                at -= count;
                x = times_power_of_two(&square(&x, count, modulus), window(at, count));
            }
            let mut passes = [0; 2];
            while at > 1 {
                at -= 1;
                x = times_power_of_two(&square(&x, 1, modulus), window(at, 1));
                let (one, minus_one) = (is_any(&x, &ones), is_any(&x, &minus_ones));
                for h in 0..2 {
                    let j = at as u64;
                    passes[h] |= (one[h] & equal(j, s[h])) | (minus_one[h] & less(j, s[h] + 1));
                }
            }
            wipe(&mut ones, [[_mm512_setzero_si512(); V]; 3]);
            wipe(&mut minus_ones, [[_mm512_setzero_si512(); V]; 3]);
            kept.wipe();
            clear_registers();
            passes
        }
    };
}

kernel!(
    pair, pair5, 5, 20, unrolled;
    ahead 0usize 1usize 2usize, then 3usize 4usize;
    peeled 0usize 1usize 2usize 3usize 4usize;
    rest 0usize 1usize 2usize, plain 3usize 4usize
);
kernel!(
    pair, pair8, 8, 30, unrolled;
    ahead 0usize 1usize 2usize, then 3usize 4usize 5usize 6usize 7usize;
    peeled 0usize 1usize 2usize 3usize 4usize 5usize 6usize 7usize;
    rest 0usize 1usize 2usize 3usize, plain 4usize 5usize
);
kernel!(
    pair, pair10, 10, 40, unrolled;
    ahead 0usize 1usize 2usize, then 3usize 4usize 5usize 6usize 7usize 8usize 9usize;
    peeled 0usize 1usize 2usize 3usize 4usize 5usize 6usize 7usize 8usize 9usize;
    rest 0usize 1usize 2usize 3usize 4usize 5usize 6usize 7usize, plain 8usize 9usize
);
kernel!(
    single, single3, 3, 20, unrolled;
    ahead 0usize 1usize 2usize, then;
    peeled 0usize 1usize 2usize;
    rest, plain 0usize 1usize
);
kernel!(
    single, single4, 4, 30, unrolled;
    ahead 0usize 1usize 2usize, then 3usize;
    peeled 0usize 1usize 2usize 3usize;
    rest, plain 0usize 1usize
);
kernel!(
    single, single5, 5, 40, unrolled;
    ahead 0usize 1usize 2usize, then 3usize 4usize;
    peeled 0usize 1usize 2usize 3usize 4usize;
    rest 0usize 1usize 2usize, plain 3usize 4usize
);
kernel!(
    single, single8, 8, 60, unrolled;
    ahead 0usize 1usize 2usize, then 3usize 4usize 5usize 6usize 7usize;
    peeled;
    rest 0usize 1usize, plain 2usize 3usize
);
kernel!(
    single, single10, 10, 79, unrolled;
    ahead 0usize 1usize 2usize, then 3usize 4usize 5usize 6usize 7usize 8usize 9usize;
    peeled;
    rest 0usize 1usize 2usize 3usize 4usize 5usize 6usize, plain 7usize 8usize
);
kernel!(single, single15, 15, 119, looped;);
kernel!(single, single20, 20, 158, looped;);
