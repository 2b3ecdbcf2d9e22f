//! Points, tables and multiplications: one text for the three curves.
//!
//! This file is compiled once in each of `p256`, `p384` and `p521`, which say N, the constants, and the
//! macros `mul!`, `sqr!` (four Montgomery products, raw) and `settle!`:
//!
//! > `settle!(x; [0] [1 3])`: x plus a multiple of p in each lane named. Raw, no carries.
//!
//! **Bounds** are in units of p. With R > 16 p for P-256 and R > 2^31 p for the others, and factors below α p
//! and β p, a product is (αβ p² + y p) / R with y < R: above 0 and below αβ/16 + 1, or αβ/2^31 + 1. What the
//! comments say is for P-256, where factors have to be below 16 and `settle!` takes off as many p as it takes
//! for a result in 0 … 1 (lanes of the first list, whose columns aren't negative), or in 1 … 2 (the second
//! list). "1.01" is for 1 and what `settle!` may be off, below 2^-25. Elsewhere `settle!` adds 8 p to the
//! lanes of the second list and nothing to the first, values are bigger by less than 30 (`SLACK`), and every
//! product of these is still below 1.01; that no difference is negative can be seen from that, and the
//! differences of the co-Z steps, the largest ones, have a remark. Debug builds check each of these bounds
//! (`below!`).
//!
//! **Raw columns** stay below 2^63 with their sign: a product's are below 2^57, sums have at most ten of them, counted
//! with their factors, and `settle!` sees at most seven: below 2^60.

use zeroize::Zeroize;

use super::super::super::clear_x86::clear_registers;
use super::super::super::digits::{join, split};
use super::super::super::limbs::{assign_masked, sub_assign};
use super::super::super::once::Once;
use super::super::super::recode::{odd, wnaf_vartime};
use super::super::super::word::{mask, select};
use super::super::Ifma;
#[allow(clippy::wildcard_imports, reason = "the vocabulary of the curves")]
use super::super::vector::*;
use super::{BITS, COMB, G, LIMBS, N, ORDER, PRIME, R_BITS, SLACK, WINDOWS};

/// Four elements: vector i has their digits of weight 2^(52 i).
type F = [V; N];

/// The digits of one element.
type Digits = [u64; N];

/// X, Y, Z: the point (X / Z², Y / Z³), or infinity if Z = 0. In the caller's form, below p.
type Jacobian = [[u64; LIMBS]; 3];

type Entry = super::super::vector::Entry<{ (2 * N).div_ceil(8) }>;

/// Entries of a table of odd multiples for a secret scalar, for a public one, and of a window of the base
/// table.
const HALF: usize = 1 << (WINDOWS.width() - 1);
const PUBLIC_HALF: usize = 1 << (WNAF - 2);
const COMB_HALF: usize = 1 << (COMB.width() - 1);

/// The width of the wNAF of public scalars. (6 has fewer additions, and as much more to do for its table.)
const WNAF: usize = 5;

/// The comb's windows, and 2^(bits − 1)·G at the end.
type BaseTable = [Entry; COMB.count * COMB_HALF + 1];

// No exceptional additions: see `recode`.
const _: () = assert!(ORDER[0] >> WINDOWS.size(0) & 1 == 0 && ORDER[0] >> COMB.size(0) & 1 == 0);

static BASE: Once<BaseTable> = Once::new([Entry::ZERO; COMB.count * COMB_HALF + 1]);

/// k·(x, y) for a secret k.
///
/// Requires: 1 ≤ k < n; x and y in the caller's form, below p, a point of the curve. Ensures: Z isn't 0.
/// Time depends on nothing.
pub(crate) fn mul(_: Ifma, k: &[u64; LIMBS], x: &[u64; LIMBS], y: &[u64; LIMBS]) -> Jacobian {
    let (mut k, even) = odd(k, &ORDER);
    // SAFETY: a token is made by `detect` alone, which has found the features.
    let result = unsafe {
        let result = finish(&multiply(&k, &enter(x, y, &IN)), even);
        clear_registers();
        result
    };
    k.zeroize();
    result
}

/// k·G for a secret k.
///
/// Requires: 1 ≤ k < n. Ensures: Z isn't 0. Time depends on nothing but whether the base table is there; the
/// first call builds it, and a call beside that one does without.
pub(crate) fn mul_base(_: Ifma, k: &[u64; LIMBS]) -> Jacobian {
    let (mut k, even) = odd(k, &ORDER);
    // SAFETY: as for `mul`.
    let result = unsafe {
        let result = finish(&multiply_base::<false>(&k), even);
        clear_registers();
        result
    };
    k.zeroize();
    result
}

/// a·G + b·(x, y) for public numbers. Z = 0 if that's infinity.
///
/// Requires: a, b < n; x and y as for [`mul`]. Time depends on all of them.
pub(crate) fn mul_two_vartime(
    _: Ifma,
    a: &[u64; LIMBS],
    b: &[u64; LIMBS],
    x: &[u64; LIMBS],
    y: &[u64; LIMBS],
) -> Jacobian {
    // SAFETY: as for `mul`.
    unsafe { multiply_two_vartime(a, b, x, y) }
}

/// p.
const P: Digits = {
    let mut digits = [0; N];
    let mut i = 0;
    while i < N {
        let (limb, shift) = (52 * i / 64, 52 * i % 64);
        let high = if shift > 12 && limb + 1 < LIMBS { PRIME[limb + 1] << (64 - shift) } else { 0 };
        digits[i] = if limb < LIMBS { (PRIME[limb] >> shift | high) & MASK } else { 0 };
        i += 1;
    }
    digits
};

/// k·p, which is to be below R.
const fn multiple_of_p(k: u64) -> Digits {
    let (mut digits, mut carry, mut i) = ([0; N], 0, 0);
    while i < N {
        let sum = P[i] as u128 * k as u128 + carry;
        digits[i] = sum as u64 & MASK;
        carry = sum >> 52;
        i += 1;
    }
    assert!(carry == 0);
    digits
}

/// 2^n mod p.
const fn power_of_two(n: usize) -> Digits {
    let mut x = [0; N];
    x[0] = 1;
    let mut step = 0;
    while step < n {
        // 2x < 2p is below R; then once −p, if that is above zero.
        let (mut doubled, mut less, mut carry, mut borrow, mut i) = ([0; N], [0; N], 0, 0, 0);
        while i < N {
            let sum = 2 * x[i] + carry;
            (doubled[i], carry) = (sum & MASK, sum >> 52);
            let difference = doubled[i].wrapping_sub(P[i]).wrapping_sub(borrow);
            (less[i], borrow) = (difference & MASK, difference >> 63);
            i += 1;
        }
        x = if borrow == 0 { less } else { doubled };
        step += 1;
    }
    x
}

/// 1 in Montgomery form: R mod p.
const ONE: Digits = power_of_two(52 * N);
/// The factor that brings numbers into Montgomery form: R² mod p.
const RR: Digits = power_of_two(2 * 52 * N);
/// The one that brings them there from the caller's form, which is x · 2^`R_BITS`.
const IN: Digits = power_of_two(2 * 52 * N - R_BITS);
/// Those that bring x back, and x / 2.
const OUT: Digits = power_of_two(R_BITS);
const OUT_HALF: Digits = {
    match R_BITS.checked_sub(1) {
        Some(n) => power_of_two(n),
        // p = 2^521 − 1, and 2^520 is a half.
        None => power_of_two(520),
    }
};

/// A point that is to be doubled, with a = 3 (X − D) (X + D).
#[derive(Clone, Copy)]
struct Point {
    /// [Z, *, −X, D]; digits as `carry!` leaves them.
    st: F,
    /// [−a, Y′, Y′, Y′], likewise.
    q: F,
}

/// In debug builds: 0 ≤ x < bound·p in each lane, in hundredths of p (and `SLACK`); 0 is for a lane that may
/// be anything. For what `carry!` has left.
macro_rules! below {
    ($x:expr; $($bound:literal)*) => {
        if cfg!(debug_assertions) {
            assert_below(&$x, [$($bound),*]);
        }
    };
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn assert_below(x: &F, bounds: [u64; 4]) {
    let digits = x.map(|digit| words(digit));
    for (lane, bound) in bounds.into_iter().enumerate().filter(|(_, bound)| *bound != 0) {
        let bound = bound + SLACK;
        assert!(digits[N - 1][lane] <= MASK, "lane {lane}: not in 0 … R");
        // bound·p − 100 x, from the lowest digit up.
        let difference = (0..N).fold(0, |carry, i| {
            let x = 100 * i128::from(digits[i][lane] & MASK);
            (carry + i128::from(bound) * i128::from(P[i]) - x) >> 52
        });
        assert!(difference >= 0, "lane {lane}: not below {bound} hundredths of p");
    }
}

/// Doubles n times.
///
/// > a = 3 (X − D) (X + D), g = Y′², b = X g, X₃ = a² − 2b, Y₃′ = 2 a (b − X₃) − g², Z₃ = Y′ Z, D₃ = D g
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn double(point: &mut Point, n: usize) {
    let Point { mut st, mut q } = *point;
    for _ in 0..n {
        // −X < 7.3 comes with Y′ < 2.1, what `double` itself makes is −X ≤ 5 and Y′ < 4.9.
        below!(st; 150 0 730 120);
        below!(q; 102 490 490 490);
        // [−a, Y′, Y′, Y′]² = [a², g, g, g]: a² < 1.07, g < 2.51 (1.28).
        let s1 = sqr!(q);
        let n1 = carry!(s1);
        // [Z, g, −X, D] · [Y′, g, g, g] = [Z₃, g², −b, D₃]: < 1.46, 1.40, 1.79 (1.59), 1.19.
        let r2 = mul!(with!(st; 1 <- n1), with!(n1; 0 <- exchange!(q)));
        // X₃ in 0 … 4.65, in all lanes.
        let minus_b = lanes!(r2; 2 2 2 2);
        let x = add!(lanes!(s1; 0 0 0 0), add!(minus_b, minus_b));
        // [D₃ − X₃, −a, −a, −a] · [D₃ + X₃, X₃ − b, X₃ − b, X₃ − b] = [−a₃/3, t, t, t]: < 3.28, 1.41.
        let s = lanes!(r2; 3 2 2 2);
        let v = carry!(add!(x, s));
        let minus_x = sub!(multiple!(5), x);
        let w = carry!(with!(minus_x; 0 <- add!(minus_x, s)));
        let u = with!(lanes!(q; 0 0 0 0); 0 <- w);
        below!(u; 620 102 102 102);
        below!(v; 585 645 645 645);
        let r3 = mul!(u, v);
        st = with!(carry!(r2); 2 <- w);
        // −a₃, and Y₃′ = 2t − g² + 2p in 0.6 … 4.83.
        let y = add!(add!(r3, r3), sub!(multiple!(2), lanes!(r2; 1 1 1 1)));
        let a = add!(add!(r3, r3), r3);
        q = carry!(settle!(with!(y; 0 <- a); [0] []));
    }
    *point = Point { st, q };
}

/// Doubles, and adds ±(x₂, y₂), an entry of a table under c; minus where the mask is set.
///
/// The doubling is that of [`double`], and leaves X, Y′, Z. Then, with d = Z²,
///
/// > H = x₂ d − X, r = y₂′ Z d − Y′, I = (2H)², J = H I, V = X I, X₃ = r² − J − 2V, Y₃′ = 2 (r (V − X₃) − Y′
/// > J), Z₃ = 2 Z H, D₃ = c² d I
///
/// Requires: the sum isn't exceptional; a `double` since the last `double_add`, or a point from `point_of`.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn double_add(point: &mut Point, entry: &Entry, negative: u64, c2: &F) {
    let Point { st, q } = *point;
    below!(st; 150 0 500 120);
    below!(q; 102 490 490 490);
    // [−a, Y′, Y′, Z]² = [a², g, g, Z²]: < 1.07, 2.51, 2.51, 1.15.
    let s1 = sqr!(with!(q; 3 <- lanes!(st; 0 0 0 0)));
    let n1 = carry!(s1);
    // [Z, g, −X, Z²] · [Y′, g, g, g] = [Z, g², −b, d], of the double: < 1.46, 1.40, 1.79, 1.19.
    let u = with!(st; 1 3 <- n1);
    let v = with!(with!(evens!(n1); 1 <- n1); 0 <- exchange!(q));
    let r2 = mul!(u, v);
    // [Z, X − b, −X, d], X in 0 … 4.65.
    let minus_b = lanes!(r2; 2 2 2 2);
    let x = add!(lanes!(s1; 0 0 0 0), add!(minus_b, minus_b));
    let n2 = carry!(with!(with!(r2; 1 <- add!(x, minus_b)); 2 <- sub!(multiple!(5), x)));
    below!(n2; 146 645 500 119);
    // [Z, −a, c², x₂] · [d, X − b, d, d] = [Z³, t, E, U]: < 1.11, 1.41, 1.15, 1.15.
    let u = with!(with!(with!(n2; 1 <- lanes!(q; 0 0 0 0)); 2 <- *c2); 3 <- entry.x::<N>());
    let v = with!(lanes!(n2; 3 3 3 3); 1 <- n2);
    below!(u; 146 102 200 200);
    let r3 = mul!(u, v);
    // [Z³, Y′, E, H], Y′ = 2t − g² and H = U − X in 1 … 2.
    let y = sub!(add!(r3, r3), r2);
    let f = settle!(with!(with!(r3; 1 <- y); 3 <- sub!(r3, x)); [] [1 3]);
    let n3 = carry!(f);
    let h2 = carry!(add!(f, f));
    below!(n3; 111 201 115 201);
    below!(h2; 0 0 0 402);
    // [Z³, *, Z, 2H] · [y₂′, *, 2H, 2H] = [S, *, Z₃, I]: < 1.14, *, 1.37, 2.02.
    let u = with!(with!(n3; 2 <- lanes!(n2; 0 0 0 0)); 3 <- h2);
    let r4 = mul!(u, with!(entry.y::<N>(); 2 3 <- odds!(h2)));
    // −r = Y′ ∓ S in 1.8 … 5.2.
    let negative = all(negative);
    let s = map!(i => sub(xor(r4[i], negative), negative));
    let minus_r = add!(sub!(exchange!(f), s), multiple!(2));
    let n4 = carry!(with!(r4; 0 <- minus_r));
    below!(n4; 520 0 137 202);
    // [−r, −X, E, H] · [−r, I, I, I] = [r², −V, D₃, J]: < 2.69, 1.64, 1.15, 1.26.
    let u = with!(with!(n3; 1 <- lanes!(n2; 2 2 2 2)); 0 <- n4);
    let r5 = mul!(u, with!(lanes!(n4; 3 3 3 3); 0 <- n4));
    // X₃ in −1.26 … 5.97.
    let (minus_v, j, d) = (lanes!(r5; 1 1 1 1), lanes!(r5; 3 3 3 3), lanes!(r5; 2 2 2 2));
    let x = add!(sub!(lanes!(r5; 0 0 0 0), j), add!(minus_v, minus_v));
    // [−r, Y′, D₃ − X₃, *] · [X₃ − V, J, D₃ + X₃, *] = [t, Y′ J, −a₃/3, *]: < 4.13, 1.16, 5.8.
    let x2 = add!(x, multiple!(2));
    let v = carry!(with!(with!(add!(x2, minus_v); 1 <- j); 2 <- add!(x2, d)));
    let minus_x = sub!(multiple!(6), x);
    let w = carry!(with!(with!(minus_x; 1 <- d); 2 <- add!(minus_x, d)));
    let u = with!(with!(n3; 0 <- n4); 2 <- w);
    below!(u; 520 201 842 0);
    below!(v; 962 126 913 0);
    let r6 = mul!(u, v);
    // Y₃′ = 2 (t − Y′ J) in 1 … 2, and −X₃ in 0 … 7.27.
    let y = sub!(exchange!(r6), r6);
    let f = settle!(with!(add!(y, y); 2 <- add!(add!(r6, r6), r6)); [2] [1]);
    point.q = lanes!(carry!(f); 2 1 1 1);
    point.st = with!(lanes!(w; 0 0 3 1); 0 <- lanes!(n4; 2 2 2 2));
}

/// The four elements, one a lane.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn vector(elements: [&Digits; 4]) -> F {
    map!(i => four(elements.map(|element| element[i])))
}

/// 1 in all lanes.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn one() -> F {
    vector([&ONE; 4])
}

/// (x, y′), both multiplied by a factor, out of limbs: below 2.2.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn enter(x: &[u64; LIMBS], y: &[u64; LIMBS], factor: &Digits) -> Entry {
    let (mut x_digits, mut y_digits) = ([0; N], [0; N]);
    split::<52>(&mut x_digits, x, 0);
    split::<52>(&mut y_digits, y, 0);
    let xy = mul!(vector([&x_digits, &x_digits, &y_digits, &y_digits]), vector([factor; 4]));
    x_digits.zeroize();
    y_digits.zeroize();
    Entry::from_lanes(&clean!(carry!(with!(xy; 3 <- add!(xy, xy)))))
}

/// The base point.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn generator() -> Entry {
    enter(&G[0], &G[1], &RR)
}

/// The point of an entry (x, y′ below 2.2) under c, for a clean c² below 2: Z = 1, D = c².
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn point_of(entry: &Entry, c2: &F) -> Point {
    let x = entry.x::<N>();
    let minus_x = clean!(carry!(sub!(multiple!(3), x)));
    // [D − X, …] · [D + X, …] < 5·4.2/16 + 1.
    let a = mul!(carry!(add!(*c2, minus_x)), carry!(add!(*c2, x)));
    let a = settle!(add!(add!(a, a), a); [0 1 2 3] []);
    let st = with!(with!(*c2; 2 <- minus_x); 0 <- one());
    Point { st, q: carry!(with!(entry.y::<N>(); 0 <- a)) }
}

/// The table of P, 3P, 5P, … under one Z, which is returned, clean, in all lanes.
///
/// Forwards, with T = 2P and Q = P, 3P, … under the same Z: (Q, T) becomes (Q + T, T), by the co-Z addition
///
/// > E = X_T − X_Q, r = Y′_T − Y′_Q, C = (2E)², W₁ = X_T C, W₂ = X_Q C, G = 2 (W₁ − W₂) = (2E)³, A = Y′_T G,
/// > X₃ = r² − W₁ − W₂, Y₃′ = 2 r (W₁ − X₃) − A; T = (W₁, A) now; Z₃ = 2 E Z.
///
/// Backwards, each Q gets under the last Z by the products of the C and of the G that came after it.
/// Shapes: the table has M entries. Ensures: x < 1.2, y′ < 1.23 in it.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn odd_multiples<const M: usize>(point: &Point, table: &mut [Entry]) -> F {
    assert_eq!(table.len(), M);
    let Point { st, q } = *point;
    // The doubling, as in `double`. P itself is (b, g²) under the new Z.
    let s1 = sqr!(q);
    let n1 = carry!(s1);
    let r2 = mul!(with!(st; 1 <- n1), with!(n1; 0 <- exchange!(q)));
    let minus_b = lanes!(r2; 2 2 2 2);
    let x = add!(lanes!(s1; 0 0 0 0), add!(minus_b, minus_b));
    let t = mul!(lanes!(q; 0 0 0 0), carry!(add!(x, minus_b)));
    let g2 = lanes!(r2; 1 1 1 1);
    let y = add!(add!(t, t), sub!(multiple!(2), g2));
    let mut z = clean!(carry!(lanes!(r2; 0 0 0 0)));
    // [X_T, Y′_T, X_Q, Y′_Q], clean.
    let mut tq = clean!(carry!(with!(with!(with!(x; 1 <- y); 2 <- sub!(multiple!(2), minus_b)); 3 <- g2)));
    // [C, X_Q, G, Y′_Q] of each Q, where C and G have led to it.
    let mut records = [[zero(); N]; M];
    records[0] = lanes!(tq; 2 2 3 3);
    for record in &mut records[1..] {
        below!(tq; 465 483 201 201);
        // [2E, r, *, *], E and r in 1 … 2. (For the other curves, X_Q and Y′_Q are below 10.2: 4 + 8 is
        // more.)
        let f = settle!(sub!(add!(tq, multiple!(4)), lanes!(tq; 2 3 0 1)); [] [0 1]);
        let n1 = carry!(with!(f; 0 <- add!(f, f)));
        below!(n1; 402 201 0 0);
        // [C, r², *, *]: < 2.02, 1.26.
        let r1 = sqr!(n1);
        let c = lanes!(carry!(r1); 0 0 0 0);
        // [X_T, Z, X_Q, *] · [C, 2E, C, *] = [W₁, Z₃, W₂, *]: < 1.59, 1.5, 1.26.
        let r2 = mul!(with!(tq; 1 <- z), with!(c; 1 <- lanes!(n1; 0 0 0 0)));
        z = clean!(carry!(lanes!(r2; 1 1 1 1)));
        let (w1, w2) = (lanes!(r2; 0 0 0 0), lanes!(r2; 2 2 2 2));
        let x = sub!(lanes!(r1; 1 1 1 1), add!(w1, w2));
        // [G, W₁ − X₃, *, *] in 1.4 … 7.2, 0.7 … 6.5.
        let e = sub!(w1, w2);
        let v = carry!(with!(add!(add!(e, e), multiple!(4)); 1 <- add!(sub!(w1, x), multiple!(2))));
        below!(v; 718 644 0 0);
        // [Y′_T, r, *, *] · [G, W₁ − X₃, *, *] = [A, t, *, *]: < 3.2, 1.81.
        let r3 = mul!(with!(exchange!(tq); 1 <- n1), v);
        let (a, t) = (lanes!(r3; 0 0 0 0), lanes!(r3; 1 1 1 1));
        let q = settle!(with!(x; 3 <- sub!(add!(t, t), a)); [] [2 3]);
        tq = clean!(carry!(with!(with!(q; 0 <- w1); 1 <- a)));
        *record = with!(with!(lanes!(tq; 2 2 3 3); 0 <- c); 2 <- lanes!(v; 0 0 0 0));
    }
    // [s, s, f, f] · [C, X_Q, G, Y′_Q], where s and f are the products so far.
    let mut scale = one();
    for (entry, record) in table.iter_mut().zip(&records).rev() {
        scale = clean!(carry!(mul!(evens!(scale), *record)));
        *entry = Entry::from_lanes(&scale);
    }
    wipe(&mut records, [[zero(); N]; M]);
    z
}

/// [Z, Y′, X, *] with Z times c, clean: below 1.2, 4.9, 8.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn coordinates(point: &Point, c: &F) -> F {
    let st = clean!(point.st);
    let z = mul!(st, *c);
    let x = sub!(multiple!(8), st);
    clean!(carry!(with!(with!(z; 1 <- clean!(point.q)); 2 <- x)))
}

/// The opposite point: −Y′ below 12.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn opposite(zyx: &F) -> F {
    clean!(carry!(with!(*zyx; 1 <- sub!(multiple!(12), *zyx))))
}

/// Limbs out of a lane of a clean vector, whose number is below 2p: reduced.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn leave(x: &F, lane: usize) -> [u64; LIMBS] {
    let mut digits = x.map(|digit| words(digit)[lane]);
    let (mut less, mut borrow) = ([0; N], 0);
    for i in 0..N {
        let difference = digits[i].wrapping_sub(P[i]).wrapping_sub(borrow);
        (less[i], borrow) = (difference & MASK, difference >> 63);
    }
    let keep = mask(borrow);
    for (digit, less) in digits.iter_mut().zip(less) {
        *digit = select(keep, *digit, less);
    }
    let mut limbs = [0; LIMBS];
    let top = join::<52>(&mut limbs, &digits);
    debug_assert_eq!(top, 0);
    digits.zeroize();
    less.zeroize();
    limbs
}

/// The point's coordinates in the caller's form; −Y where the mask is set.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn finish(zyx: &F, negative: u64) -> Jacobian {
    below!(*zyx; 120 1200 800 0);
    // Below 1.8, as the factors are below 1.
    let result = clean!(carry!(mul!(*zyx, vector([&OUT, &OUT_HALF, &OUT, &OUT]))));
    let mut y = leave(&result, 1);
    // p − Y is below p: there is no point with Y = 0, as the order is odd.
    let mut other = PRIME;
    sub_assign(&mut other, &y);
    assign_masked(&mut y, &other, negative);
    other.zeroize();
    [leave(&result, 2), y, leave(&result, 0)]
}

/// k·P for an odd secret k and an entry P under 1.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply(k: &[u64; LIMBS], entry: &Entry) -> F {
    let mut table = [Entry::ZERO; HALF];
    let c = odd_multiples::<HALF>(&point_of(entry, &one()), &mut table);
    let c2 = clean!(carry!(sqr!(c)));
    let mut point = point_of(&table[0], &c2);
    for i in (0..WINDOWS.count).rev() {
        let (index, negative) = WINDOWS.digit(k, i);
        let mut entry = gather(&table[..1 << (WINDOWS.size(i) - 1)], index);
        double(&mut point, WINDOWS.size(i) - 1);
        double_add(&mut point, &entry, negative, &c2);
        wipe(&mut entry, Entry::ZERO);
    }
    wipe(&mut table, [Entry::ZERO; HALF]);
    coordinates(&point, &c)
}

/// k·G for an odd k, which is secret unless `PUBLIC`.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply_base<const PUBLIC: bool>(k: &[u64; LIMBS]) -> F {
    match BASE.get(|table| build(table)) {
        Some(table) => comb::<PUBLIC>(k, table),
        None => multiply(k, &generator()),
    }
}

/// The sum of an entry of each window. With D = Z², the formulas are those of [`double_add`]; S = y₂′ Z D is
/// (y₂′ Z) D here.
///
/// The last round of an addition multiplies the next entry by D and by y₂′ Z.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn comb<const PUBLIC: bool>(k: &[u64; LIMBS], table: &BaseTable) -> F {
    let pick = |i: usize| {
        let (index, negative) = COMB.digit(k, i);
        let window = &table[COMB_HALF * i..][..1 << (COMB.size(i) - 1)];
        (if PUBLIC { window[index as usize] } else { gather(window, index) }, all(negative))
    };
    let signed = |y: F, negative: V| map!(i => sub(xor(y[i], negative), negative));
    // The state: [D, −X, *, *], [*, *, Z, *], [−r, Y′, H, 2H]. It starts as 2^(bits − 1)·G and the entry of
    // the top window.
    let first = &table[COMB_HALF * COMB.count];
    let (x, y) = (first.x::<N>(), first.y::<N>());
    let (mut entry, mut negative) = pick(COMB.count - 1);
    let mut z = one();
    let mut dx = with!(z; 1 <- carry!(sub!(multiple!(3), x)));
    let minus_r = sub!(y, signed(entry.y::<N>(), negative));
    let f = settle!(with!(with!(sub!(entry.x::<N>(), x); 0 <- minus_r); 1 <- y); [] [0 1 2 3]);
    let mut n = carry!(with!(f; 3 <- add!(f, f)));
    for i in (0..COMB.count).rev() {
        below!(dx; 120 726 0 0);
        below!(z; 0 0 138 0);
        below!(n; 201 201 201 402);
        // The next entry; in the last turn the same again, to no effect.
        if i > 0 {
            (entry, negative) = pick(i - 1);
        }
        // [−r, *, Z, 2H] · [−r, *, 2H, 2H] = [r², *, Z₃, I]: < 1.26, *, 1.36, 2.02.
        let r1 = mul!(with!(n; 2 <- z), with!(n; 2 <- odds!(n)));
        z = carry!(r1);
        // [D, −X, H, y₄′] · [I, I, I, Z₃] = [D₃, −V, J, W]: < 1.16, 1.92, 1.26, 1.11.
        let u = with!(with!(dx; 2 <- n); 3 <- entry.y::<N>());
        let r2 = mul!(u, lanes!(z; 3 3 3 2));
        // X₃ in −1.26 … 5.1; [D₃, −X₃, *, W].
        let (minus_v, j) = (lanes!(r2; 1 1 1 1), lanes!(r2; 2 2 2 2));
        let x = add!(sub!(lanes!(r1; 0 0 0 0), j), add!(minus_v, minus_v));
        dx = carry!(with!(r2; 1 <- sub!(multiple!(6), x)));
        // [−r, Y′, x₄, W] · [X₃ − V, J, D₃, D₃] = [t, Y′ J, U₄, S₄]: < 2.14, 1.16, 1.09, 1.09.
        let v = with!(with!(lanes!(r2; 0 0 0 0); 1 <- j); 0 <- add!(add!(x, multiple!(2)), minus_v));
        let v = carry!(v);
        let u = with!(with!(n; 2 <- entry.x::<N>()); 3 <- dx);
        below!(u; 201 201 120 111);
        below!(v; 902 126 116 116);
        let r3 = mul!(u, v);
        // [Y₃′ ∓ S₄, Y₃′, U₄ − X₃, 2 (U₄ − X₃)] with Y₃′ = 2 (t − Y′ J).
        let (low, high) = (evens!(r3), odds!(r3));
        let y = sub!(low, high);
        let y = add!(y, y);
        let s = lanes!(signed(high, negative); 2 2 2 2);
        let f = settle!(with!(with!(sub!(low, x); 1 <- y); 0 <- sub!(y, s)); [] [0 1 2 3]);
        n = carry!(with!(f; 3 <- add!(f, f)));
    }
    wipe(&mut entry, Entry::ZERO);
    coordinates(&Point { st: with!(lanes!(z; 2 2 2 2); 2 <- lanes!(dx; 1 1 1 1)), q: n }, &one())
}

/// The base table. Each window's entries are odd multiples of a point 2^pᵢ·G under a Z of their own, and at
/// the end one inversion makes them affine.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn build(table: &mut BaseTable) {
    let lane_0 = |x: &F| x.map(|digit| words(digit)[0]);
    let mut point = point_of(&generator(), &one());
    // The Z of each window, and of the point after the last.
    let mut zs = [ONE; COMB.count + 1];
    for i in 0..COMB.count {
        zs[i] = lane_0(&odd_multiples::<COMB_HALF>(&point, &mut table[COMB_HALF * i..][..COMB_HALF]));
        double(&mut point, COMB.size(i));
    }
    let zyx = coordinates(&point, &one());
    zs[COMB.count] = lane_0(&zyx);
    table[COMB_HALF * COMB.count] = Entry::from_lanes(&lanes!(zyx; 0 2 0 1));
    // The products of the Zs before each; then backwards from the inverse of all.
    let mut before = [ONE; COMB.count + 1];
    let mut product = one();
    for (before, z) in before.iter_mut().zip(&zs) {
        *before = lane_0(&product);
        product = clean!(carry!(mul!(product, vector([z; 4]))));
    }
    let mut inverse = invert(&product);
    for (i, window) in table.chunks_mut(COMB_HALF).enumerate().rev() {
        let both = carry!(mul!(inverse, vector([&before[i], &zs[i], &before[i], &zs[i]])));
        inverse = odds!(both);
        inverse = lanes!(inverse; 0 0 0 0);
        // [*, 1/Z², *, 1/Z³]
        let r = lanes!(both; 0 0 0 0);
        let r2 = carry!(sqr!(r));
        let scale = with!(r2; 3 <- carry!(mul!(r2, r)));
        for entry in window {
            let xy = with!(entry.x::<N>(); 3 <- entry.y::<N>());
            *entry = Entry::from_lanes(&clean!(carry!(mul!(xy, scale))));
        }
    }
}

/// 1/x = x^(p − 2), in each lane.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn invert(x: &F) -> F {
    let mut e = PRIME;
    e[0] -= 2;
    let mut power = one();
    for i in (0..BITS).rev() {
        power = carry!(sqr!(power));
        if e[i / 64] >> (i % 64) & 1 == 1 {
            power = carry!(mul!(power, *x));
        }
    }
    power
}

/// a·G + b·(x, y), each by itself, and then the sum: the doublings are for b alone, as a comb has none.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply_two_vartime(a: &[u64; LIMBS], b: &[u64; LIMBS], x: &[u64; LIMBS], y: &[u64; LIMBS]) -> Jacobian {
    const ZERO: [u64; LIMBS] = [0; LIMBS];
    // The comb wants odd scalars, the other even ones (see `recode`): n − k for the opposite point has the
    // other parity.
    let base = (*a != ZERO).then(|| {
        let (k, even) = odd(a, &ORDER);
        let point = multiply_base::<true>(&k);
        if even == 0 { point } else { opposite(&point) }
    });
    let other = (*b != ZERO).then(|| {
        let entry = enter(x, y, &IN);
        if b[0] & 1 == 0 {
            return multiply_vartime(b, &entry);
        }
        let mut k = ORDER;
        sub_assign(&mut k, b);
        opposite(&multiply_vartime(&k, &entry))
    });
    let sum = match (base, other) {
        (Some(base), Some(other)) => add_vartime(&base, &other),
        (base, other) => base.or(other),
    };
    sum.map_or([ZERO; 3], |sum| finish(&sum, 0))
}

/// k·P for an even k with 0 < k < n and an entry P under 1.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply_vartime(k: &[u64; LIMBS], entry: &Entry) -> F {
    let mut table = [Entry::ZERO; PUBLIC_HALF];
    let c = odd_multiples::<PUBLIC_HALF>(&point_of(entry, &one()), &mut table);
    let c2 = clean!(carry!(sqr!(c)));
    let (mut digits, mut length) = ([0; BITS + 1], 0);
    wnaf_vartime(k, WNAF, |i, digit| (digits[i], length) = (digit, i + 1));
    let entry = |d: i8| &table[usize::from(d.unsigned_abs() / 2)];
    let mut point = point_of(entry(digits[length - 1]), &c2);
    let mut doublings = 0;
    for d in digits[..length - 1].iter().rev() {
        if *d == 0 {
            doublings += 1;
        } else {
            double(&mut point, doublings);
            double_add(&mut point, entry(*d), if *d < 0 { u64::MAX } else { 0 }, &c2);
            doublings = 0;
        }
    }
    double(&mut point, doublings);
    coordinates(&point, &c)
}

/// The sum of two points [Z, Y′, X, *], whatever they are; `None` if it's infinity.
///
/// > U₁ = X₁ Z₂², U₂ = X₂ Z₁², S₁ = Y₁′ Z₂³, S₂ = Y₂′ Z₁³, H = U₂ − U₁, r = S₂ − S₁, Z₃ = 2 Z₁ Z₂ H, and then
/// > as in [`double_add`].
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn add_vartime(p: &F, q: &F) -> Option<F> {
    below!(*p; 120 1200 800 0);
    below!(*q; 120 1200 800 0);
    // [Z₂, Z₁, Z₂, Z₁], squares < 1.1, cubes < 1.1.
    let z = with!(lanes!(*q; 0 0 0 0); 1 3 <- lanes!(*p; 0 0 0 0));
    let z2 = carry!(sqr!(z));
    let z3 = carry!(mul!(z2, z));
    // [X₁, X₂, Y₁′, Y₂′] · [Z₂², Z₁², Z₂³, Z₁³] = [U₁, U₂, S₁, S₂] < 1.9.
    let u = with!(with!(lanes!(*p; 2 2 1 1); 1 <- lanes!(*q; 2 2 2 2)); 3 <- lanes!(*q; 1 1 1 1));
    let us = clean!(carry!(mul!(u, with!(z2; 2 3 <- z3))));
    if leave(&us, 0) == leave(&us, 1) {
        if leave(&us, 2) != leave(&us, 3) {
            return None;
        }
        // Equal: (U₁, S₁) under Z₁ Z₂, doubled.
        let c = clean!(carry!(mul!(z, exchange!(z))));
        let c2 = clean!(carry!(sqr!(c)));
        let mut point = point_of(&Entry::from_lanes(&lanes!(us; 0 0 0 2)), &c2);
        double(&mut point, 1);
        return Some(coordinates(&point, &c));
    }
    // [H, *, r, *] in 1 … 2, [2H, 2H, 2H, 2H].
    let f = settle!(sub!(add!(exchange!(us), multiple!(2)), us); [] [0 2]);
    let n = carry!(f);
    let h2 = carry!(lanes!(add!(f, f); 0 0 0 0));
    // [2H, Z₁, r, *] · [2H, Z₂, r, *] = [I, Z₁ Z₂, r², *]: < 2.02, 1.1, 1.26.
    let u = with!(with!(h2; 1 <- z); 2 <- n);
    let r1 = mul!(u, with!(u; 1 <- exchange!(z)));
    let n1 = carry!(r1);
    // [H, U₁, Z₁ Z₂, *] · [I, I, 2H, *] = [J, V, Z₃, *]: < 1.26, 1.24, 1.28.
    let u = with!(with!(exchange!(us); 0 <- n); 2 <- lanes!(n1; 1 1 1 1));
    let r2 = mul!(u, with!(lanes!(n1; 0 0 0 0); 2 <- h2));
    // −X₃ in 0.7 … 5.8; [r, S₁, *, *] · [V − X₃, J, *, *] = [t, S₁ J, *, *].
    let (j, v) = (lanes!(r2; 0 0 0 0), lanes!(r2; 1 1 1 1));
    let minus_x = add!(sub!(add!(j, add!(v, v)), lanes!(r1; 2 2 2 2)), multiple!(2));
    let u = with!(lanes!(us; 2 2 2 2); 0 <- lanes!(n; 2 2 2 2));
    let r3 = mul!(u, carry!(with!(j; 0 <- add!(minus_x, v))));
    let y = sub!(exchange!(r3), r3);
    let q = carry!(settle!(add!(y, y); [] [1]));
    let st = carry!(with!(minus_x; 0 <- lanes!(r2; 2 2 2 2)));
    Some(coordinates(&Point { st, q }, &one()))
}

/// a·b/R, a²/R, b²/R, for the tests. (Here, as `mul!` speaks of its parent module.)
#[cfg(test)]
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn products(a: &Digits, b: &Digits) -> [Digits; 3] {
    let (u, v) = (vector([a, b, a, b]), vector([b, a, b, a]));
    let product = clean!(carry!(mul!(u, v)));
    let square = clean!(carry!(sqr!(u)));
    for lane in 0..4 {
        assert_eq!(product.map(|digit| words(digit)[lane]), product.map(|digit| words(digit)[0]));
    }
    [product.map(|x| words(x)[0]), square.map(|x| words(x)[2]), square.map(|x| words(x)[3])]
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use num_bigint::BigUint;
    use std::vec::Vec;

    /// The schoolbook: affine points of y² = x³ − 3x + b, `None` is infinity.
    type Affine = Option<(BigUint, BigUint)>;

    fn number(limbs: &[u64]) -> BigUint {
        limbs.iter().rev().fold(BigUint::ZERO, |x, limb| (x << 64) + limb)
    }

    fn limbs(x: &BigUint) -> [u64; LIMBS] {
        let mut limbs = [0; LIMBS];
        limbs.iter_mut().zip(x.to_u64_digits()).for_each(|(to, limb)| *to = limb);
        limbs
    }

    fn p() -> BigUint {
        number(&PRIME)
    }

    fn n() -> BigUint {
        number(&ORDER)
    }

    fn over(x: &BigUint, y: &BigUint) -> BigUint {
        x * y.modinv(&p()).expect("not 0") % p()
    }

    fn plus(a: &Affine, b: &Affine) -> Affine {
        let (Some((x1, y1)), Some((x2, y2))) = (a, b) else {
            return a.clone().or(b.clone());
        };
        let p = p();
        let slope = if x1 != x2 {
            over(&(y2 + &p - y1), &(x2 + &p - x1))
        } else if y1 == y2 {
            over(&((x1 * x1 * 3u8 + &p - 3u8) % &p), &(y1 * 2u8))
        } else {
            return None;
        };
        let x3 = (&slope * &slope + &p * 2u8 - x1 - x2) % &p;
        let y3 = (slope * (x1 + &p - &x3) + &p - y1) % &p;
        Some((x3, y3))
    }

    fn minus(a: &Affine) -> Affine {
        a.as_ref().map(|(x, y)| (x.clone(), p() - y))
    }

    fn times(k: &BigUint, a: &Affine) -> Affine {
        (0..k.bits()).rev().fold(None, |sum, i| {
            let sum = plus(&sum, &sum);
            if k.bit(i) { plus(&sum, a) } else { sum }
        })
    }

    #[allow(clippy::unnecessary_wraps, reason = "a point like others")]
    fn g() -> Affine {
        Some((number(&G[0]), number(&G[1])))
    }

    /// In the caller's form, and out of it.
    fn form(x: &BigUint) -> [u64; LIMBS] {
        limbs(&((x << R_BITS) % p()))
    }

    fn affine(point: &Jacobian) -> Affine {
        let [x, y, z] = point.map(|x| number(&x));
        assert!(x < p() && y < p() && z < p(), "reduced");
        // x·R, y·R and z·R are what we have, R = 2^`R_BITS`.
        (z != BigUint::ZERO)
            .then(|| (over(&(x << R_BITS), &(&z * &z)), over(&(y << (2 * R_BITS)), &(&z * &z * &z))))
    }

    /// Numbers that are no more random than they have to be (splitmix64).
    fn numbers() -> impl FnMut() -> BigUint {
        let mut state = 7u64;
        let mut next = move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let x = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ x >> 31
        };
        move || number(&core::array::from_fn::<_, { LIMBS + 1 }, _>(|_| next())) % (n() - 1u8) + 1u8
    }

    fn engine() -> Option<Ifma> {
        let engine = Ifma::detect();
        if engine.is_none() {
            std::println!("skipped: no AVX-512 IFMA here");
        }
        engine
    }

    fn multiple(t: Ifma, k: &BigUint, point: &Affine) -> Affine {
        let (x, y) = point.as_ref().expect("a point");
        affine(&mul(t, &limbs(k), &form(x), &form(y)))
    }

    #[test]
    fn g_is_a_point_of_order_n() {
        let (x, y) = g().unwrap();
        // The other half of n·G comes back to G with the sign changed.
        let half = n() >> 1;
        assert_eq!(times(&half, &g()), minus(&times(&(half + 1u8), &g())));
        assert!(x < p() && y < p());
    }

    #[test]
    fn multiples_of_edge_scalars() {
        let Some(t) = engine() else { return };
        let mut random = numbers();
        let q = times(&random(), &g());
        for (point, base) in [(g(), true), (q, false)] {
            let check = |k: &BigUint, expected: &Affine| {
                for (k, expected) in [(k.clone(), expected.clone()), (n() - k, minus(expected))] {
                    assert_eq!(multiple(t, &k, &point), expected, "{k:x}");
                    assert!(!base || affine(&mul_base(t, &limbs(&k))) == expected, "{k:x}");
                }
            };
            // 1 … 300 and n − 1 … n − 300: whatever n − 2 |d| may be is among them.
            let mut sum = None;
            for k in 1u32..=300 {
                sum = plus(&sum, &point);
                check(&k.into(), &sum);
            }
            // 2^i and beside it.
            let mut power = point.clone();
            for i in 1..BITS - 1 {
                power = plus(&power, &power);
                if i > 64 && i % 5 != 0 {
                    continue;
                }
                check(&(BigUint::from(1u8) << i), &power);
                check(&((BigUint::from(1u8) << i) + 1u8), &plus(&power, &point));
                if i > 1 {
                    check(&((BigUint::from(1u8) << i) - 1u8), &plus(&power, &minus(&point)));
                }
            }
            for _ in 0..20 {
                let k = random();
                check(&k, &times(&k, &point));
            }
        }
    }

    #[test]
    fn sums_of_two_multiples() {
        let Some(t) = engine() else { return };
        let mut random = numbers();
        let check = |a: &BigUint, b: &BigUint, q: &Affine, expected: &Affine| {
            let (x, y) = q.as_ref().expect("a point");
            let sum = affine(&mul_two_vartime(t, &limbs(a), &limbs(b), &form(x), &form(y)));
            assert_eq!(sum, *expected, "{a:x}, {b:x}");
        };
        let small = |k: u32| BigUint::from(k);
        // Q = ±2^i G, and a·G = ±b·Q, and one of them or both are zero.
        let mut q = g();
        for i in 0..24 {
            let (a, b) = (random(), random());
            let (ag, bq) = (times(&a, &g()), times(&b, &q));
            check(&a, &b, &q, &plus(&ag, &bq));
            check(&a, &b, &minus(&q), &plus(&ag, &minus(&bq)));
            check(&small(0), &b, &q, &bq);
            check(&a, &small(0), &q, &ag);
            check(&small(0), &small(0), &q, &None);
            // Q = d·G.
            let d = BigUint::from(1u8) << i;
            let same = &d * &b % n();
            check(&same, &b, &q, &plus(&bq, &bq));
            check(&(n() - &same), &b, &q, &None);
            check(&same, &b, &minus(&q), &None);
            q = plus(&q, &q);
        }
        // All small multiples of G and of G or −G.
        let multiples: Vec<Affine> = (0..40).map(|k| times(&small(k), &g())).collect();
        for a in 0..20 {
            for b in 0..20 {
                check(&small(a), &small(b), &g(), &multiples[(a + b) as usize]);
                let difference = &multiples[a.abs_diff(b) as usize];
                let difference = if a < b { minus(difference) } else { difference.clone() };
                check(&small(a), &small(b), &minus(&g()), &difference);
                check(
                    &(n() - small(a + 1)),
                    &small(b),
                    &g(),
                    &minus(&if a + 1 < b {
                        minus(&multiples[(b - a - 1) as usize])
                    } else {
                        multiples[(a + 1 - b) as usize].clone()
                    }),
                );
            }
        }
    }

    /// The bounds are statements about numbers modulo p, on the curve or off it: `below!` looks at what
    /// becomes of extreme ones, and a product is what it should be for the largest factors.
    #[test]
    fn bounds_hold_for_extreme_coordinates() {
        let Some(t) = engine() else { return };
        let one = BigUint::from(1u8);
        let digits = |pattern: &dyn Fn(usize) -> bool| {
            (0..N).filter(|i| pattern(*i)).map(|i| BigUint::from(MASK) << (52 * i)).sum::<BigUint>() % p()
        };
        let extremes = [
            one.clone(),
            BigUint::from(2u8),
            p() - 1u8,
            p() - 2u8,
            p() >> 1,
            digits(&|_| true),
            digits(&|i| i % 2 == 0),
            digits(&|i| i % 2 == 1),
            digits(&|i| i < N / 2),
            digits(&|i| i >= N / 2 && i + 1 < N),
        ];
        let mut random = numbers();
        for x in &extremes {
            for y in &extremes {
                for k in [random(), one.clone(), n() - 1u8, n() >> 1] {
                    for convert in [limbs, form] {
                        let (x, y) = (convert(x), convert(y));
                        mul(t, &limbs(&k), &x, &y);
                        mul_two_vartime(t, &limbs(&k), &limbs(&random()), &x, &y);
                    }
                }
            }
        }
    }

    #[test]
    fn products_of_extreme_factors() {
        if engine().is_none() {
            return;
        }
        // 15·15/16 + 1 is still below 16.
        let most = (BigUint::from(if SLACK == 0 { 15u32 } else { 31 }) * p()) - 1u8;
        let top = &most >> (52 * (N - 1));
        let full = |low: u64, top: &BigUint| {
            (0..N - 1).fold(top << (52 * (N - 1)), |x, i| x + (BigUint::from(low) << (52 * i)))
        };
        let factors = [
            BigUint::ZERO,
            BigUint::from(1u8),
            p() - 1u8,
            p(),
            p() + 1u8,
            most.clone(),
            full(MASK, &(&top - 1u8)),
            full(1, &top),
            full(1 << 51, &(&top >> 1)),
            full(0, &top),
        ];
        let split = |x: &BigUint| {
            core::array::from_fn(|i| ((x >> (52 * i)) & BigUint::from(MASK)).try_into().unwrap())
        };
        let r = BigUint::from(1u8) << (52 * N);
        for a in &factors {
            for b in &factors {
                let [a_digits, b_digits]: [Digits; 2] = [split(a), split(b)];
                // SAFETY: the features are there.
                let results = unsafe { products(&a_digits, &b_digits) };
                for (result, product) in results.iter().zip([a * b, a * a, b * b]) {
                    let result = result.iter().rev().fold(BigUint::ZERO, |x, digit| (x << 52) + digit);
                    assert_eq!(&result * &r % p(), &product % p());
                    assert!(&result * &r < product + &r * p());
                }
            }
        }
    }
}
