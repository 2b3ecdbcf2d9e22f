//! Montgomery arithmetic on AVX2: products of 29-bit digits, four at a time.
//!
//! `vpmuludq` multiplies the low halves of four 64-bit lanes into four whole lanes. So numbers are written in N
//! digits to the base B = 2^29, one to a lane, and R = B^N: six bits are left for sums of products of digits,
//! and three for digits that aren't quite below B. (The widest moduli have more products to sum, and B = 2^28.)
//!
//! **Layout.** Digit k = l·V + v sits in lane l of vector v ("strided"): V vectors, 4 V ≥ N. Digit k of y times a
//! vector of x then belongs to weight k + l·V + v, which is where accumulator (k + v) mod V has its lanes
//! already; only the accumulator whose lowest digit is done moves down by a lane. The result has the layout of
//! the operands.
//!
//! **A step** takes one digit off. For u = t mod B, the lowest digit of the accumulators, t + u·m′ is divisible
//! by B if m′ ≡ −1 (mod B), and m′ = c·m with c = −m⁻¹ mod B is such a multiple of m. There u costs no
//! multiplication, and neither does the lowest digit of u·m′: as t − u = ⌊t / B⌋·B, what is carried is
//!
//! > (t + u·m′) / B = ⌊t / B⌋ + u·m″, with m″ = (m′ + 1) / B ≤ m.
//!
//! N − 1 steps are of this kind. The last one takes m itself, with u = t·c mod B, which keeps the multiples of m that
//! are added in all below 2 R·m.
//!
//! **Bounds of numbers.** Everything here is below 8 m, and R ≥ 2^11 · m. The steps add Σ u\[k\]·B^k·m′ over k < N −
//! 1, less than B^(N−1)·m′ < R·m, and u·B^(N−1)·m < R·m. So the result of a product is below x·y/R + 2 m < (64 /
//! 2^11 + 2) m < 3 m, for x, y < 8 m, and it's below 3 m too where x·y ≤ R·m. Digits are never negative, so none is
//! above the number: the digits from N on are zeros.
//!
//! **Bounds of digits.** Operands have digits of at most D = B − 1 + 2^64 / B² ([`normalize`]), m and m″ have proper
//! ones, u < B. An accumulator starts with what is left of a retiring one, which moves down: less than B. Until it
//! retires itself there come, in each lane, V products x·y (in squares some are of x·2y, which count as two), V
//! products u·m″, one u·m, and a carry from its neighbour, below 2^64 / B:
//!
//! > B + V·D² + (V + 1)·B² + 2^64 / B < (2 V + 1)·2^58 + 2^43 < 2^64 for B = 2^29 and V ≤ 31,
//!
//! and (2 V + 1)·2^56 + 2^43 for B = 2^28: the compiler checks it for each width. Products are of 32-bit halves, and
//! 2 D < 2^32.
//!
//! Time and addresses depend on N, V, the number of exponent bits that the caller announces, and for public
//! exponents on the exponent. Vector registers are cleared before a function returns, and what was kept on
//! the stack on purpose (moduli, tables, digits, results) is wiped.
//!
//! Sources: Gueron, Krasnov, "Software implementation of modular exponentiation, using advanced vector
//! instructions architectures", WAIFI 2012, for the redundant digits on AVX2; Walter, "Faster modular
//! multiplication by operand scaling", CRYPTO '91, for a multiple of m that needs no product to find u. The
//! strided layout is this project's.
#![allow(unsafe_code)]
#![allow(
    unused_comparisons,
    clippy::out_of_bounds_indexing,
    reason = "unrolled steps have conditions of which some always hold, and indices where they don't"
)]

use core::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_broadcastq_epi64, _mm256_castsi256_si128,
    _mm256_cmpeq_epi64, _mm256_extract_epi64, _mm256_loadu_si256, _mm256_mul_epu32, _mm256_or_si256,
    _mm256_permute4x64_epi64, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_srli_epi64,
    _mm256_storeu_si256, _mm256_zeroall,
};
use core::hint::black_box;

use super::digits::{join, split};
use super::engine::Engine;
use super::limbs::{add_masked, add_product, add_word, less_than, reduce_once, sub_assign};
use super::montgomery::{Operation, Params, WINDOW, Windows, window};
use super::word::{less, mask};

/// Whoever holds one has asked the CPU: it has AVX2. It's for moduli of a certain width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2 {
    /// N: the number of digits, one of those that there is a kernel for.
    digits: usize,
    /// The bits of a digit.
    bits: usize,
}

/// For moduli of up to so many limbs, so many digits of so many bits: at least 11 bits above the modulus.
const WIDTHS: [(usize, usize, usize); 5] =
    [(16, 36, 29), (24, 54, 29), (32, 71, 29), (48, 107, 29), (64, 147, 28)];

const _: () = {
    let mut i = 0;
    while i < WIDTHS.len() {
        let (limbs, digits, bits) = WIDTHS[i];
        assert!(bits * digits >= 64 * limbs + 11);
        i += 1;
    }
};

/// Narrower moduli than these limbs are left to portable code, which is as fast there.
const NARROW: usize = 12;

impl Avx2 {
    /// A token for moduli of n limbs.
    pub(super) fn detect_for(n: usize) -> Option<Self> {
        let (_, digits, bits) = WIDTHS.into_iter().find(|(limbs, ..)| n <= *limbs)?;
        (n >= NARROW && Engine::Avx2.is_available()).then_some(Self { digits, bits })
    }

    /// r, where R = 2^r.
    pub(super) fn r_bits(self) -> usize {
        self.bits * self.digits
    }

    /// [`Params::run`].
    pub(super) fn run(self, p: &Params<'_>, z: &mut [u64], x: &[u64], operation: Operation<'_>) {
        // SAFETY: a token is made by `detect_for` alone, which has found AVX2.
        unsafe {
            match self.digits {
                36 => vectors9::run(p, z, x, operation),
                54 => vectors14::run(p, z, x, operation),
                71 => vectors18::run(p, z, x, operation),
                107 => vectors27::run(p, z, x, operation),
                _ => vectors37::run(p, z, x, operation),
            }
        }
    }
}

/// The most limbs of a modulus.
const LIMBS: usize = WIDTHS[WIDTHS.len() - 1].0;

/// Words on the stack that held a secret: wiped.
fn wipe<T: Copy>(x: &mut T, zero: T) {
    // SAFETY: a reference is valid for writes and aligned.
    unsafe { core::ptr::write_volatile(x, zero) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(x: &[u64; 4]) -> __m256i {
    // SAFETY: 32 bytes are there to be read, at any alignment.
    unsafe { _mm256_loadu_si256(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(x: __m256i, to: &mut [u64; 4]) {
    // SAFETY: 32 bytes are there to be written, at any alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), x) }
}

/// Vectors in memory, each as the halves of its lanes.
#[inline(always)]
fn halves<const V: usize>(x: &[__m256i; V]) -> &[[u32; 8]; V] {
    // SAFETY: the same size, any bits are valid for both, and words need no more alignment than vectors.
    unsafe { &*core::ptr::from_ref(x).cast() }
}

/// A word in all lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn broadcast(x: u64) -> __m256i {
    _mm256_set1_epi64x(x.cast_signed())
}

/// A digit in all lanes, to multiply by: what the upper halves have isn't read.
#[inline]
#[target_feature(enable = "avx2")]
fn everywhere(x: u32) -> __m256i {
    _mm256_set1_epi32(x.cast_signed())
}

/// x + y·z, lane by lane.
#[inline]
#[target_feature(enable = "avx2")]
fn add_product_to(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_add_epi64(x, _mm256_mul_epu32(y, z))
}

/// The same number, which is below B^(4 V), in digits of at most B − 1 + 2^64 / B², B = 2^BITS.
///
/// Each pass carries once out of every digit. After the first one digits are at most B − 1 + 2^64 / B − 1, as what
/// carries was below 2^64. The second one carries at most a B-th of that, rounded down: 2^64 / B². Nothing leaves at
/// the top, where a carry would be worth B^(4 V). (What turns from the topmost lane into the lowest one is zero.)
#[inline]
#[target_feature(enable = "avx2")]
fn normalize<const V: usize, const BITS: i32>(x: &[__m256i; V]) -> [__m256i; V] {
    let (mut x, mask) = (*x, broadcast((1 << BITS) - 1));
    for _ in 0..2 {
        let carry: [_; V] = core::array::from_fn(|v| _mm256_srli_epi64::<BITS>(x[v]));
        debug_assert!(_mm256_extract_epi64::<3>(carry[V - 1]) == 0);
        x = core::array::from_fn(|v| {
            let from = if v == 0 { up(carry[V - 1]) } else { carry[v - 1] };
            _mm256_add_epi64(_mm256_and_si256(x[v], mask), from)
        });
    }
    x
}

/// Every lane takes what the next lower one has; the lowest one takes the topmost.
#[inline]
#[target_feature(enable = "avx2")]
fn up(x: __m256i) -> __m256i {
    _mm256_permute4x64_epi64::<0b10_01_00_11>(x)
}

/// Every lane takes what the next higher one has; the topmost one takes the lowest.
#[inline]
#[target_feature(enable = "avx2")]
fn down(x: __m256i) -> __m256i {
    _mm256_permute4x64_epi64::<0b00_11_10_01>(x)
}

/// Lane 0 in all lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn lowest(x: __m256i) -> __m256i {
    _mm256_broadcastq_epi64(_mm256_castsi256_si128(x))
}

macro_rules! each {
    ($m:ident; $($k:literal)*) => { $( { $m!($k); } )* };
}

/// Products and squares for V vectors, counted to by `$s`.
///
/// *Unrolled*: V steps in a row with all their products, in a loop over lanes, which keeps accumulators in registers,
/// or most of them. *Looped*: two steps in a row with all their products, so that an accumulator in memory is read and
/// written once for four products; for many vectors this is as fast, and short. Squares are products there.
macro_rules! products {
    (unrolled; $($s:literal)*) => {
        /// The last step, and its accumulator: N − 1 = WHOLE · V + REST.
        const WHOLE: usize = (N - 1) / V;
        const REST: usize = (N - 1) % V;

        /// All steps of a product or square, whose products of weight k and up are added by `$row`, the
        /// first of them and all others apart: digit k's before step k, as they decide on its u.
        macro_rules! montgomery {
            ($row:ident, $acc:ident, $p:ident) => {{
                let shifted = $p.shifted;
                let mask = broadcast(MASK);
                let above = load(&[0, MASK, MASK, MASK]);
                $row!(first, 0, 0);
                $row!(others, 0, 0);
                'steps: for l in 0..=WHOLE {
                    macro_rules! step {
                        ($k:literal) => {
                            if $k == REST && l == WHOLE {
                                break 'steps;
                            }
                            // What the next step waits for comes first.
                            const NEXT: usize = ($k + 1) % V;
                            let t = $acc[$k];
                            let u = lowest(_mm256_and_si256(t, mask));
                            $acc[NEXT] = _mm256_add_epi64($acc[NEXT], _mm256_srli_epi64::<SHIFT>(t));
                            $row!(first, NEXT, (l + ($k + 1) / V) % 4);
                            $acc[NEXT] = add_product_to($acc[NEXT], u, shifted[0]);
                            macro_rules! term {
                                ($v:literal) => {
                                    if 0 < $v && $v < V - 1 {
                                        let i = ($k + 1 + $v) % V;
                                        $acc[i] = add_product_to($acc[i], u, shifted[$v]);
                                    }
                                };
                            }
                            each!(term; $($s)*);
                            let left = down(_mm256_and_si256(t, above));
                            $acc[$k] = add_product_to(left, u, shifted[V - 1]);
                            $row!(others, NEXT, (l + ($k + 1) / V) % 4);
                        };
                    }
                    each!(step; $($s)*);
                }
                last_step(&core::array::from_fn(|v| $acc[(REST + v) % V]), $p)
            }};
        }

        /// x·y/R mod m up to a multiple of m; bounds as in the module's head.
        #[inline(never)]
        #[target_feature(enable = "avx2")]
        fn mul(x: &Element, y: &Element, p: &Modulus) -> Element {
            let mut acc = [_mm256_setzero_si256(); V];
            let rows = halves(y);
            macro_rules! row {
                (first, $k:expr, $l:expr) => {{
                    let digit = everywhere(rows[$k][2 * ($l)]);
                    acc[$k] = add_product_to(acc[$k], x[0], digit);
                }};
                (others, $k:expr, $l:expr) => {{
                    let digit = everywhere(rows[$k][2 * ($l)]);
                    macro_rules! term_x {
                        ($v:literal) => {
                            if 0 < $v {
                                let i = ($k + $v) % V;
                                acc[i] = add_product_to(acc[i], x[$v], digit);
                            }
                        };
                    }
                    each!(term_x; $($s)*);
                }};
            }
            montgomery!(row, acc, p)
        }

        /// x^(2^count) in Montgomery form, as that many squares in a row.
        ///
        /// As for products, but of the terms x\[v\] · digit k with k in another vector than v one of the two
        /// orders, doubled.
        #[inline(never)]
        #[target_feature(enable = "avx2")]
        fn square(x: &Element, count: usize, p: &Modulus) -> Element {
            let mut x = *x;
            let (mut copy, mut double) = ([_mm256_setzero_si256(); V], [_mm256_setzero_si256(); V]);
            for _ in 0..count {
                let mut acc = [_mm256_setzero_si256(); V];
                copy = x;
                double = core::array::from_fn(|v| _mm256_add_epi64(x[v], x[v]));
                let (rows, doubles) = (halves(black_box(&copy)), halves(black_box(&double)));
                macro_rules! row {
                    (first, $k:expr, $l:expr) => {
                        if $k == 0 {
                            let digit = everywhere(rows[$k][2 * ($l)]);
                            acc[$k] = add_product_to(acc[$k], copy[0], digit);
                        }
                    };
                    (others, $k:expr, $l:expr) => {{
                        if $k != 0 {
                            let i = 2 * $k % V;
                            let digit = everywhere(rows[$k][2 * ($l)]);
                            acc[i] = add_product_to(acc[i], copy[$k], digit);
                        }
                        let digit = everywhere(doubles[$k][2 * ($l)]);
                        macro_rules! term_x {
                            ($v:literal) => {
                                if $k < $v {
                                    let i = ($k + $v) % V;
                                    acc[i] = add_product_to(acc[i], copy[$v], digit);
                                }
                            };
                        }
                        each!(term_x; $($s)*);
                    }};
                }
                x = montgomery!(row, acc, p);
            }
            wipe(&mut copy, [_mm256_setzero_si256(); V]);
            wipe(&mut double, [_mm256_setzero_si256(); V]);
            x
        }
    };
    (looped; $($s:literal)*) => {
        /// x·y/R mod m up to a multiple of m; bounds as in the module's head.
        ///
        /// Accumulator k + v stands at this place in memory. Before steps k and k + 1 the products of digits up to y\[k\]
        /// are in, as they decide on the first u; those of y\[k + 1\] and y\[k + 2\] come with the steps. N is odd.
        #[inline(never)]
        #[target_feature(enable = "avx2")]
        fn mul(x: &Element, y: &Element, p: &Modulus) -> Element {
            const _: () = assert!(N % 2 == 1);
            let (mask, above, shifted) = (broadcast(MASK), load(&[0, MASK, MASK, MASK]), &p.shifted);
            let mut acc = [_mm256_setzero_si256(); N + V];
            let rows = halves(y);
            let digit = |k: usize| everywhere(rows[k % V][2 * (k / V)]);
            for v in 0..V {
                acc[v] = _mm256_mul_epu32(x[v], digit(0));
            }
            for k in (0..N - 1).step_by(2) {
                let y = [digit(k + 1), digit(k + 2)];
                // What the next steps wait for comes first.
                let first = acc[k];
                let u0 = lowest(_mm256_and_si256(first, mask));
                let carry = _mm256_srli_epi64::<SHIFT>(first);
                let second = _mm256_add_epi64(add_product_to(acc[k + 1], x[0], y[0]), carry);
                let second = add_product_to(second, u0, shifted[0]);
                let u1 = lowest(_mm256_and_si256(second, mask));
                let carry = _mm256_srli_epi64::<SHIFT>(second);
                let acc: &mut [_; V] = (&mut acc[k + 2..][..V]).try_into().expect("V accumulators");
                acc[0] = _mm256_add_epi64(acc[0], carry);
                acc[V - 2] = _mm256_add_epi64(acc[V - 2], down(_mm256_and_si256(first, above)));
                acc[V - 1] = down(_mm256_and_si256(second, above));
                macro_rules! term {
                    ($v:literal) => {
                        let mut t = _mm256_mul_epu32(u1, shifted[$v]);
                        let mut row = _mm256_mul_epu32(y[1], x[$v]);
                        if $v < V - 1 {
                            t = add_product_to(t, u0, shifted[$v + 1]);
                            row = add_product_to(row, y[0], x[$v + 1]);
                        }
                        acc[$v] = _mm256_add_epi64(acc[$v], _mm256_add_epi64(t, row));
                    };
                }
                each!(term; $($s)*);
            }
            let z = last_step((&acc[N - 1..][..V]).try_into().expect("V accumulators"), p);
            wipe(&mut acc, [_mm256_setzero_si256(); N + V]);
            z
        }

        /// x^(2^count) in Montgomery form, as that many squares in a row.
        #[target_feature(enable = "avx2")]
        fn square(x: &Element, count: usize, p: &Modulus) -> Element {
            let mut x = *x;
            for _ in 0..count {
                x = mul(&x, &x, p);
            }
            x
        }
    };
}

/// Products, squares and powers for moduli of N = `$N` digits of `$B` bits in V = `$V` vectors; `$s` counts to
/// `$V`.
macro_rules! kernel {
    ($kind:ident, $name:ident, $V:literal, $N:literal, $B:literal; $($s:literal)*) => {
        mod $name {
            use super::*;

            const V: usize = $V;
            const N: usize = $N;
            const BITS: usize = $B;
            const SHIFT: i32 = $B;
            /// The largest proper digit, B − 1.
            const MASK: u64 = (1 << BITS) - 1;

            // The bounds of the module's head.
            const _: () = {
                let (v, b) = (V as u128, 1 << BITS);
                let d = b - 1 + (1 << (64 - 2 * BITS));
                assert!(b + v * d * d + (v + 1) * b * b + (1 << (64 - BITS)) < 1 << 64);
                assert!(2 * d < 1 << 32 && N <= 4 * V);
            };

            type Element = [__m256i; V];

            /// The modulus, m″ and c (in all lanes) of the module's head.
            #[derive(Clone, Copy)]
            struct Modulus {
                m: Element,
                shifted: Element,
                factor: __m256i,
            }

            products!($kind; $($s)*);

            /// The step that takes m itself, and the carries: the end of all products.
            #[inline]
            #[target_feature(enable = "avx2")]
            fn last_step(acc: &Element, p: &Modulus) -> Element {
                let u = _mm256_and_si256(_mm256_mul_epu32(acc[0], p.factor), broadcast(MASK));
                let u = lowest(u);
                let mut x: Element = core::array::from_fn(|v| add_product_to(acc[v], u, p.m[v]));
                let t = x[0];
                debug_assert!(_mm256_extract_epi64::<0>(t).cast_unsigned() & MASK == 0);
                x[1] = _mm256_add_epi64(x[1], _mm256_srli_epi64::<SHIFT>(t));
                x[0] = down(_mm256_and_si256(t, load(&[0, MASK, MASK, MASK])));
                x = core::array::from_fn(|v| x[(v + 1) % V]);
                normalize::<V, SHIFT>(&x)
            }

            /// The digits of a number from digit `first` on, in vectors.
            #[inline(never)]
            #[target_feature(enable = "avx2")]
            fn element(x: &[u64], first: usize) -> Element {
                let (mut rows, mut digits) = ([[0; 4]; V], [0; 4 * V]);
                split::<BITS>(&mut digits[..N], x, first);
                for l in 0..4 {
                    for v in 0..V {
                        rows[v][l] = digits[l * V + v];
                    }
                }
                let element = core::array::from_fn(|v| load(&rows[v]));
                wipe(&mut rows, [[0; 4]; V]);
                wipe(&mut digits, [0; 4 * V]);
                element
            }

            /// z = x mod m for x < 3 m: digits carry one after the other, and m is subtracted twice, masked.
            #[inline(never)]
            #[target_feature(enable = "avx2")]
            fn write(z: &mut [u64], x: &Element, m: &[u64]) {
                let (mut rows, mut digits) = ([[0; 4]; V], [0; 4 * V]);
                for v in 0..V {
                    store(x[v], &mut rows[v]);
                }
                let mut carry = 0;
                for l in 0..4 {
                    for v in 0..V {
                        carry += rows[v][l];
                        digits[l * V + v] = carry & MASK;
                        carry >>= BITS;
                    }
                }
                debug_assert!(carry == 0);
                let mut top = join::<BITS>(z, &digits);
                // A borrow that `top` can't pay for puts m back, which carries it away.
                let borrow = sub_assign(z, m);
                let back = add_masked(z, m, super::mask(less(top, borrow)));
                top = top.wrapping_sub(borrow).wrapping_add(back);
                reduce_once(z, top, m);
                debug_assert!(less_than(z, m) == 1);
                wipe(&mut rows, [[0; 4]; V]);
                wipe(&mut digits, [0; 4 * V]);
            }

            impl Modulus {
                #[target_feature(enable = "avx2")]
                fn wipe(&mut self) {
                    let zero = _mm256_setzero_si256();
                    wipe(self, Self { m: [zero; V], shifted: [zero; V], factor: zero });
                }

                #[target_feature(enable = "avx2")]
                fn new(p: &Params<'_>) -> Self {
                    let n = p.m.len();
                    // c·m + 1 is m″·B, so its digits from the second on are those of m″.
                    let factor = p.m0_inv() & MASK;
                    let mut multiple = [0; LIMBS + 1];
                    multiple[n] = add_product(&mut multiple[..n], p.m, factor);
                    add_word(&mut multiple[..n + 1], 1);
                    let shifted = element(&multiple[..n + 1], 1);
                    wipe(&mut multiple, [0; LIMBS + 1]);
                    Self { m: element(p.m, 0), shifted, factor: broadcast(factor) }
                }
            }

            /// x^e in Montgomery form for secret exponents of `bits` bits, in windows of fixed width, as
            /// `portable` has it: each factor is gathered by a pass over the whole table.
            #[inline(never)]
            #[target_feature(enable = "avx2")]
            #[allow(clippy::large_stack_arrays, reason = "37 KiB for the widest")]
            fn pow(x: &Element, one: &Element, e: &[u64], bits: usize, p: &Modulus) -> Element {
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
                    let index = broadcast(window(e, at, count));
                    let mut factor = [_mm256_setzero_si256(); V];
                    // Nine vectors a pass stay in registers.
                    for first in (0..V).step_by(9) {
                        for (i, entry) in (0..).zip(&table) {
                            let keep = _mm256_cmpeq_epi64(index, broadcast(i));
                            for v in first..V.min(first + 9) {
                                factor[v] = _mm256_or_si256(factor[v], _mm256_and_si256(entry[v], keep));
                            }
                        }
                    }
                    if at + WINDOW >= top {
                        z = factor;
                    } else {
                        z = mul(&square(&z, WINDOW, p), &factor, p);
                    }
                }
                for entry in &mut table {
                    wipe(entry, [_mm256_setzero_si256(); V]);
                }
                z
            }

            /// x^e in Montgomery form for a public exponent.
            #[inline(never)]
            #[target_feature(enable = "avx2")]
            #[allow(clippy::large_stack_arrays, reason = "37 KiB for the widest")]
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
                    wipe(entry, [_mm256_setzero_si256(); V]);
                }
                square(&z, squarings, p)
            }

            /// A plain number of at most twice the modulus' limbs in Montgomery form, below 8 m.
            ///
            /// x = low + high · R, so x · R = low · R² / R + high · R³ / R, with R³ = R² · R² / R. low, high < R and
            /// R² mod m < m, R³ < 3 m: the terms are below m + 2 m and 3 m + 2 m.
            #[inline(never)]
            #[target_feature(enable = "avx2")]
            fn enter(x: &[u64], rr: &Element, p: &Modulus) -> Element {
                let mut form = mul(&element(x, 0), rr, p);
                if 64 * x.len() > BITS * N {
                    let high = mul(&element(x, N), &mul(rr, rr, p), p);
                    form = core::array::from_fn(|v| _mm256_add_epi64(form[v], high[v]));
                    form = normalize::<V, SHIFT>(&form);
                }
                form
            }

            /// [`Params::run`].
            #[target_feature(enable = "avx2")]
            pub(super) fn run(p: &Params<'_>, z: &mut [u64], x: &[u64], operation: Operation<'_>) {
                let mut kept = Modulus::new(p);
                let modulus = &kept;
                let number = |x| element(x, 0);
                let mut result = match operation {
                    Operation::Mul(y) => mul(&number(x), &number(y), modulus),
                    Operation::Square => square(&number(x), 1, modulus),
                    Operation::Leave => mul(&number(x), &number(&[1]), modulus),
                    Operation::Pow(e, bits) => pow(&number(x), &number(p.one), e, bits, modulus),
                    Operation::PowVartime(e) => pow_vartime(&number(x), &number(p.one), e, modulus),
                    Operation::PlainPow(e, bits) => {
                        let form = enter(x, &number(p.rr), modulus);
                        mul(&pow(&form, &number(p.one), e, bits, modulus), &number(&[1]), modulus)
                    }
                    Operation::PlainPowVartime(e) => {
                        // For odd e, x^(e − 1) in Montgomery form times the plain x leaves the form for nothing.
                        let plain = number(x);
                        let form = mul(&plain, &number(p.rr), modulus);
                        let power = pow_vartime(&form, &number(p.one), &[e & !1], modulus);
                        mul(&power, &if e & 1 == 1 { plain } else { number(&[1]) }, modulus)
                    }
                };
                write(z, &result, p.m);
                wipe(&mut result, [_mm256_setzero_si256(); V]);
                kept.wipe();
                _mm256_zeroall();
            }
        }
    };
}

kernel!(unrolled, vectors9, 9, 36, 29; 0 1 2 3 4 5 6 7 8);
kernel!(unrolled, vectors14, 14, 54, 29; 0 1 2 3 4 5 6 7 8 9 10 11 12 13);
kernel!(unrolled, vectors18, 18, 71, 29; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17);
kernel!(looped, vectors27, 27, 107, 29; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26);
kernel!(looped, vectors37, 37, 147, 28;
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27
    28 29 30 31 32 33 34 35 36);

#[cfg(test)]
mod tests {
    extern crate std;

    use alloc::vec;
    use alloc::vec::Vec;

    use super::super::limbs::shl1;
    use super::super::montgomery::{Code, Engine};
    use super::*;

    /// Whether there's something to test.
    fn here() -> bool {
        let here = Engine::Avx2.is_available();
        if !here {
            std::eprintln!("skipped: this CPU has no AVX2");
        }
        here
    }

    /// A modulus on both engines.
    struct Both {
        m: Vec<u64>,
        /// R and R² modulo m for portable code, and for this engine.
        portable: [Vec<u64>; 2],
        avx2: [Vec<u64>; 2],
    }

    impl Both {
        fn new(m: &[u64]) -> Self {
            let n = m.len();
            let Code::Avx2(token) = Code::of(Engine::Avx2, n) else { panic!("{n} limbs have no kernel") };
            let r = token.r_bits();
            Self {
                m: m.to_vec(),
                portable: [power_of_two(64 * n, m), power_of_two(128 * n, m)],
                avx2: [power_of_two(r, m), power_of_two(2 * r, m)],
            }
        }

        fn run(&self, engine: Engine, x: &[u64], operation: Operation<'_>) -> Vec<u64> {
            let [one, rr] = if engine == Engine::Avx2 { &self.avx2 } else { &self.portable };
            let code = Code::of(engine, self.m.len());
            assert_eq!(code.engine(), engine);
            let p = Params { m: &self.m, one, rr, code };
            let mut z = vec![7; self.m.len()];
            p.run(&mut z, x, operation, &mut vec![0; p.scratch(operation)]);
            assert_eq!(less_than(&z, &self.m), 1, "reduced");
            z
        }

        fn avx2(&self, x: &[u64], operation: Operation<'_>) -> Vec<u64> {
            self.run(Engine::Avx2, x, operation)
        }

        /// x · y mod m by portable code.
        fn product(&self, x: &[u64], y: &[u64]) -> Vec<u64> {
            let form = self.run(Engine::Portable, &self.portable[1], Operation::Mul(x));
            self.run(Engine::Portable, &form, Operation::Mul(y))
        }
    }

    /// 2^k mod m, by doubling.
    fn power_of_two(k: usize, m: &[u64]) -> Vec<u64> {
        let mut x = vec![0; m.len()];
        x[0] = 1;
        for _ in 0..k {
            let top = shl1(&mut x, 0);
            reduce_once(&mut x, top, m);
        }
        x
    }

    fn numbers() -> impl FnMut() -> u64 {
        let mut state = 1_u64;
        move || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state ^ (state >> 29)
        }
    }

    const BITS: usize = 29;
    const MASK: u64 = (1 << BITS) - 1;

    /// The number of n limbs with these digits, cut off where it's too long.
    fn of_digits(n: usize, digit: impl FnMut(usize) -> u64) -> Vec<u64> {
        let digits: Vec<_> = (0..(64 * n).div_ceil(BITS)).map(digit).collect();
        let mut x = vec![0; n];
        join::<BITS>(&mut x, &digits);
        x
    }

    /// Odd moduli whose multiples carry far, or not at all.
    fn moduli(n: usize) -> Vec<Vec<u64>> {
        let mut next = numbers();
        let vectors =
            [9, 14, 18, 27, 37][WIDTHS.iter().position(|(limbs, ..)| n <= *limbs).expect("a width")];
        let mut moduli = vec![
            vec![u64::MAX; n],                                             // 2^b − 1: c = 1
            of_digits(n, |k| if k == 0 { MASK - 104 } else { MASK }),      // 2^b − 105
            of_digits(n, |k| u64::from(k == 0)), // made 2^(b − 1) + 1 below: c = B − 1
            of_digits(n, |k| u64::from(k == 0 || k == n)), // sparse, with a digit in the middle
            of_digits(n, |k| if k / vectors % 2 == 0 { MASK } else { 0 }), // lanes of all ones
            of_digits(n, |k| if k % vectors % 2 == 0 { MASK } else { 0 }), // vectors of all ones
            of_digits(n, |k| if k % vectors == vectors - 1 { 0 } else { MASK }),
            (0..n).map(|_| next()).collect(),
        ];
        for m in &mut moduli {
            m[0] |= 1;
            m[n - 1] |= 1 << 63;
        }
        // Small numbers at this width.
        moduli.push((0..n).map(|i| if i == 0 { 3 } else { 0 }).collect());
        moduli.push((0..n).map(|i| if i < n / 2 { next() | 1 } else { 0 }).collect());
        moduli
    }

    /// Numbers below m.
    fn operands(m: &[u64]) -> Vec<Vec<u64>> {
        let (n, mut next) = (m.len(), numbers());
        let below = |k: u64| {
            let mut x = m.to_vec();
            sub_assign(&mut x, &of_digits(n, |i| if i == 0 { k } else { 0 }));
            x
        };
        let mut all = vec![
            vec![0; n],
            of_digits(n, |k| u64::from(k == 0)),
            below(1),
            below(2),
            of_digits(n, |_| MASK),
            of_digits(n, |k| if k % 2 == 0 { MASK } else { 0 }),
            of_digits(n, |k| if k % 2 == 0 { 1 } else { MASK }),
            of_digits(n, |k| if k < 2 * n - 2 { MASK } else { 0 }),
            (0..n).map(|_| next()).collect(),
        ];
        for x in &mut all {
            // Too large ones lose their upper halves, or all but a bit.
            if less_than(x, m) == 0 {
                x[n - 1] = 0;
            }
            if less_than(x, m) == 0 {
                *x = of_digits(n, |k| u64::from(k == 0));
            }
        }
        all
    }

    const SIZES: [usize; 13] = [12, 13, 15, 16, 17, 23, 24, 25, 32, 33, 48, 49, 64];

    #[test]
    fn products_and_squares_with_crafted_carries() {
        for n in SIZES.into_iter().take_while(|_| here()) {
            for m in moduli(n) {
                let both = Both::new(&m);
                // z = x · y / R is the number for which z · R = x · y.
                let [r, _] = &both.avx2;
                let operands = operands(&m);
                for x in &operands {
                    for y in operands.iter().chain([&vec![u64::MAX; n]]) {
                        let z = both.avx2(x, Operation::Mul(y));
                        assert_eq!(
                            both.product(&z, r),
                            both.product(x, y),
                            "{n}: {x:x?} · {y:x?} mod {m:x?}"
                        );
                        assert_eq!(both.avx2(y, Operation::Mul(x)), z);
                    }
                    let z = both.avx2(x, Operation::Square);
                    assert_eq!(both.product(&z, r), both.product(x, x), "{n}: {x:x?}² mod {m:x?}");
                    let z = both.avx2(x, Operation::Leave);
                    assert_eq!(both.product(&z, r), *x, "{n}: {x:x?} mod {m:x?}");
                }
            }
        }
    }

    #[test]
    fn long_runs_of_squares() {
        for n in SIZES.into_iter().take_while(|_| here()) {
            for m in moduli(n) {
                let both = Both::new(&m);
                for x in operands(&m) {
                    for e in [[0, 1 << 40, 0, 0], [u64::MAX, 0, 0, 0], [1, 3 << 20, u64::MAX, 1]] {
                        let e = Operation::PowVartime(&e);
                        let power = |engine, [_, rr]: &[Vec<u64>; 2]| {
                            let form = both.run(engine, &x, Operation::Mul(rr));
                            let power = both.run(engine, &form, e);
                            both.run(engine, &power, Operation::Leave)
                        };
                        let expected = power(Engine::Portable, &both.portable);
                        assert_eq!(power(Engine::Avx2, &both.avx2), expected, "{n}: {x:x?} mod {m:x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn powers_of_plain_numbers() {
        for n in SIZES.into_iter().take_while(|_| here()) {
            let mut next = numbers();
            let e: Vec<_> = (0..3).map(|_| next()).collect();
            for m in moduli(n) {
                let both = Both::new(&m);
                let same = |x: &[u64], operation| {
                    let expected = both.run(Engine::Portable, x, operation);
                    assert_eq!(both.avx2(x, operation), expected, "{n}: {x:x?} mod {m:x?}");
                };
                for x in operands(&m).iter().chain([&vec![u64::MAX; n]]) {
                    for e in [0, 1, 2, 3, 65_537, 65_536, u64::MAX] {
                        same(x, Operation::PlainPowVartime(e));
                    }
                    for bits in [0, 1, 4, 5, 6, 64, 131, 192] {
                        same(x, Operation::PlainPow(&e, bits));
                    }
                }
                same(&vec![u64::MAX; 2 * n], Operation::PlainPow(&e, 133));
                same(&vec![u64::MAX; 2 * n - 1], Operation::PlainPow(&[u64::MAX, u64::MAX], 128));
                same(&[3], Operation::PlainPow(&e, 7));
            }
        }
    }

    #[test]
    fn normal_form_of_any_words() {
        #[target_feature(enable = "avx2")]
        fn normalized(rows: &[[u64; 4]; 9]) -> [[u64; 4]; 9] {
            let x: [_; 9] = normalize::<9, 29>(&core::array::from_fn(|v| load(&rows[v])));
            let mut rows = [[0; 4]; 9];
            rows.iter_mut().zip(x).for_each(|(row, x)| store(x, row));
            rows
        }
        // The digits in order, carried one after the other.
        let value = |rows: &[[u64; 4]; 9]| {
            let mut carry = 0;
            let mut digits = Vec::new();
            for k in 0..36 {
                let sum = u128::from(rows[k % 9][k / 9]) + carry;
                digits.push(sum as u64 & MASK);
                carry = sum >> BITS;
            }
            (digits, carry)
        };
        let mut next = numbers();
        for round in (0..2000).take_while(|_| here()) {
            let words = [0, MASK, MASK + 1, u64::MAX, u64::MAX - MASK, next()];
            let rows: [[u64; 4]; 9] = core::array::from_fn(|v| {
                core::array::from_fn(|l| match (round, v, l) {
                    (_, 7 | 8, 3) => 0, // room for the carry of the digits below
                    (0, ..) => u64::MAX,
                    (1, 0, 0) => MASK + 1,
                    (1 | 2, ..) => MASK,
                    _ => words[next() as usize % words.len()],
                })
            });
            // SAFETY: AVX2 is there.
            let normal = unsafe { normalized(&rows) };
            assert!(normal.iter().flatten().all(|digit| *digit <= MASK + 64));
            assert_eq!(value(&normal), value(&rows));
            assert_eq!(value(&rows).1, 0);
        }
    }
}
