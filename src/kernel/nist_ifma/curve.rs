//! (head to be written)

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

/// An element's digits.
type Digits = [u64; N];

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

/// 1 in Montgomery form.
const ONE: Digits = power_of_two(52 * N);
/// From the caller's form x·2^`R_BITS` to ours, by one product.
const IN: Digits = power_of_two(2 * 52 * N - R_BITS);
/// Back, and back with a half: (p + 1) / 2 · 2^`R_BITS` for `R_BITS` = 0.
const OUT: Digits = power_of_two(R_BITS);
const OUT_HALF: Digits = {
    if R_BITS == 0 {
        // (p + 1) / 2 for p = 2^521 − 1.
        power_of_two(BITS - 1)
    } else {
        power_of_two(R_BITS - 1)
    }
};

type Entry = super::super::vector::Entry<{ (2 * N).div_ceil(8) }>;

/// A point that is to be doubled: `st` = [Z, *, −X, D], `q` = [−3 (X − D) (X + D), Y′, Y′, Y′].
#[derive(Clone, Copy)]
struct Point {
    st: F,
    q: F,
}

/// In debug builds: all lanes are in 0 ≤ x < bound·p, in hundredths of p; 0 is any. For vectors after `carry!`.
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
        let top = digits[N - 1][lane];
        assert!(top <= MASK, "lane {lane}: not in 0 .. R");
        // bound·p − 100 x, from the lowest digit up.
        let mut carry = 0;
        for i in 0..N {
            let difference = i128::from(bound) * i128::from(P[i]) - 100 * i128::from(digits[i][lane] & MASK);
            carry = (carry + difference) >> 52;
        }
        assert!(carry >= 0, "lane {lane}: not below {bound} hundredths of p");
    }
}

/// Doubles n times, in three rounds of products each.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn double(point: &mut Point, n: usize) {
    let Point { mut st, mut q } = *point;
    for _ in 0..n {
        below!(st; 150 0 730 120);
        below!(q; 102 490 490 490);
        // [a², g, g, g]: a² < 1.07, g < 2.51.
        let s1 = sqr!(q);
        let n1 = carry!(s1);
        // [Z, g, −X, D] · [Y′, g, g, g] = [Z₃, g², −b, D₃]
        let u = with!(st; 1 <- n1);
        let v = with!(n1; 0 <- exchange!(q));
        let r2 = mul!(u, v);
        let minus_b = lanes!(r2; 2 2 2 2);
        let x = add!(lanes!(s1; 0 0 0 0), add!(minus_b, minus_b));
        let s = lanes!(r2; 3 2 2 2);
        // [D₃ − X₃, −a, −a, −a] · [D₃ + X₃, X₃ − b, …] = [−a₃/3, t, t, t]
        let v = carry!(add!(x, s));
        let minus_x = sub!(multiple!(5), x);
        let w = carry!(with!(minus_x; 0 <- add!(minus_x, s)));
        let u = with!(lanes!(q; 0 0 0 0); 0 <- w);
        below!(u; 630 110 110 110);
        below!(v; 640 640 640 640);
        let r3 = mul!(u, v);
        st = with!(carry!(r2); 2 <- w);
        let g2 = lanes!(r2; 1 1 1 1);
        let y = add!(add!(r3, r3), sub!(multiple!(2), g2));
        let a = add!(add!(r3, r3), r3);
        q = carry!(settle!(with!(y; 0 <- a); [0] []));
    }
    *point = Point { st, q };
}

/// Doubles and adds ±(an entry).
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn double_add(point: &mut Point, entry: &Entry, negative: u64, c2: &F) {
    let Point { st, q } = *point;
    below!(st; 150 0 500 120);
    below!(q; 102 490 490 490);
    let negative = all(negative);
    // [−a, Y′, Y′, Z]² = [a², g, g, d], d = Z²
    let s1 = sqr!(with!(q; 3 <- lanes!(st; 0 0 0 0)));
    let n1 = carry!(s1);
    // [Z, g, −X, d] · [Y′, g, g, g] = [Z₁, g², −b, d₁]
    let u = with!(st; 1 3 <- n1);
    let v = with!(with!(evens!(n1); 1 <- n1); 0 <- exchange!(q));
    let r2 = mul!(u, v);
    let minus_b = lanes!(r2; 2 2 2 2);
    let x = add!(lanes!(s1; 0 0 0 0), add!(minus_b, minus_b));
    let n2 = carry!(with!(with!(r2; 1 <- add!(x, minus_b)); 2 <- sub!(multiple!(5), x)));
    below!(n2; 150 640 500 120);
    // [Z₁, −a, c², x₂] · [d₁, X₁ − b, d₁, d₁] = [Z₁³, t, E, U₂]
    let u = with!(with!(with!(n2; 1 <- lanes!(q; 0 0 0 0)); 2 <- *c2); 3 <- entry.x::<N>());
    let v = with!(lanes!(n2; 3 3 3 3); 1 <- n2);
    below!(u; 150 102 203 203);
    let r3 = mul!(u, v);
    let y = sub!(add!(r3, r3), r2);
    let f = settle!(with!(with!(r3; 1 <- y); 3 <- sub!(r3, x)); [] [1 3]);
    // [Z₁³, Y₁′, E, H]
    let n3 = carry!(f);
    let h2 = carry!(add!(f, f));
    below!(n3; 120 202 120 202);
    below!(h2; 0 0 0 404);
    // [Z₁³, *, Z₁, 2H] · [y₂′, *, 2H, 2H] = [S₂′, *, Z₃, I]
    let u = with!(with!(n3; 2 <- lanes!(n2; 0 0 0 0)); 3 <- h2);
    let v = with!(entry.y::<N>(); 2 3 <- odds!(h2));
    let r4 = mul!(u, v);
    let s2 = map!(i => sub(xor(r4[i], negative), negative));
    let minus_r = add!(sub!(exchange!(f), s2), multiple!(2));
    let n4 = carry!(with!(r4; 0 <- minus_r));
    below!(n4; 530 0 140 210);
    // [−r, −X₁, E, H] · [−r, I, I, I] = [r², −V, D₃, J]
    let u = with!(with!(n3; 1 <- lanes!(n2; 2 2 2 2)); 0 <- n4);
    let v = with!(lanes!(n4; 3 3 3 3); 0 <- n4);
    let r5 = mul!(u, v);
    let (minus_v, j, d) = (lanes!(r5; 1 1 1 1), lanes!(r5; 3 3 3 3), lanes!(r5; 2 2 2 2));
    let x = add!(sub!(lanes!(r5; 0 0 0 0), j), add!(minus_v, minus_v));
    // [−r, Y₁′, D₃ − X₃, *] · [X₃ − V, J, D₃ + X₃, *] = [t, Y₁′ J, −a/3, *]
    let x2 = add!(x, multiple!(2));
    let v = carry!(with!(with!(add!(x2, minus_v); 1 <- j); 2 <- add!(x2, d)));
    let minus_x = sub!(multiple!(6), x);
    let w = carry!(with!(with!(minus_x; 1 <- d); 2 <- add!(minus_x, d)));
    let u = with!(with!(n3; 0 <- n4); 2 <- w);
    below!(v; 970 140 930 0);
    below!(u; 530 202 860 0);
    let r6 = mul!(u, v);
    let y = sub!(exchange!(r6), r6);
    let f = settle!(with!(add!(y, y); 2 <- add!(add!(r6, r6), r6)); [2] [1]);
    point.q = lanes!(carry!(f); 2 1 1 1);
    point.st = with!(lanes!(w; 0 0 3 1); 0 <- lanes!(n4; 2 2 2 2));
}

/// The four elements, one a lane.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn vector(elements: [&Digits; 4]) -> F {
    map!(i => {
        four(elements.map(|element| element[i]))
    })
}

/// The point (x, y), in the caller's form, Z = 1.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn enter(x: &[u64; LIMBS], y: &[u64; LIMBS], factor: &Digits) -> Entry {
    let (mut xd, mut yd) = ([0; N], [0; N]);
    split::<52>(&mut xd, x, 0);
    split::<52>(&mut yd, y, 0);
    let xy = mul!(vector([&xd, &xd, &yd, &yd]), vector([factor; 4]));
    xd.zeroize();
    yd.zeroize();
    Entry::from_lanes(&clean!(carry!(with!(xy; 3 <- add!(xy, xy)))))
}

/// The point of an entry, where the curve's a is −3 c⁴.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn point_of(entry: &Entry, c2: &F) -> Point {
    let (x, y) = (entry.x::<N>(), entry.y::<N>());
    let minus_x = clean!(carry!(sub!(multiple!(3), x)));
    let a = mul!(carry!(add!(*c2, minus_x)), carry!(add!(*c2, x)));
    let a = settle!(add!(add!(a, a), a); [0 1 2 3] []);
    let st = with!(with!(*c2; 2 <- minus_x); 0 <- vector([&ONE; 4]));
    Point { st, q: carry!(with!(y; 0 <- a)) }
}

/// Odd multiples.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn odd_multiples<const M: usize>(point: &Point, table: &mut [Entry]) -> F {
    assert!(M == table.len());
    let mut records = [[zero(); N]; M];
    let Point { st, q } = *point;
    // The doubling, as in `double`, which also leaves the point itself under the new Z: (b, g²).
    let s1 = sqr!(q);
    let n1 = carry!(s1);
    let r2 = mul!(with!(st; 1 <- n1), with!(n1; 0 <- exchange!(q)));
    let minus_b = lanes!(r2; 2 2 2 2);
    let x = add!(lanes!(s1; 0 0 0 0), add!(minus_b, minus_b));
    let t = mul!(lanes!(q; 0 0 0 0), carry!(add!(x, minus_b)));
    let g2 = lanes!(r2; 1 1 1 1);
    let y = add!(add!(t, t), sub!(multiple!(2), g2));
    let mut z = clean!(carry!(lanes!(r2; 0 0 0 0)));
    // [X_T, Y′_T, X_Q, Y′_Q]
    let mut tq = clean!(carry!(with!(with!(with!(x; 1 <- y); 2 <- sub!(multiple!(2), minus_b)); 3 <- g2)));
    // records[i] = [C, X, G, Y′]
    records[0] = lanes!(tq; 0 2 0 3);
    for record in &mut records[1..] {
        below!(tq; 480 490 203 203);
        let f = settle!(sub!(add!(tq, multiple!(4)), lanes!(tq; 2 3 0 1)); [] [0 1]);
        // [2E, r, *, *]
        let n1 = carry!(with!(f; 0 <- add!(f, f)));
        below!(n1; 404 202 0 0);
        let r1 = sqr!(n1);
        let c = lanes!(carry!(r1); 0 0 0 0);
        // [X_T, Z, X_Q, *] · [C, 2E, C, *] = [W₁, Z₃, W₂, *]
        let r2 = mul!(with!(tq; 1 <- z), with!(c; 1 <- lanes!(n1; 0 0 0 0)));
        z = clean!(carry!(lanes!(r2; 1 1 1 1)));
        let (w1, w2) = (lanes!(r2; 0 0 0 0), lanes!(r2; 2 2 2 2));
        let x = sub!(lanes!(r1; 1 1 1 1), add!(w1, w2));
        let e = sub!(w1, w2);
        // G = 2 (W₁ − W₂), W₁ − X₃
        let g = add!(add!(e, e), multiple!(4));
        let v = clean!(carry!(with!(g; 1 <- add!(sub!(w1, x), multiple!(2)))));
        // [Y′_T, r, *, *] · [G, W₁ − X₃, *, *] = [A, t, *, *]
        let u = with!(exchange!(tq); 1 <- n1);
        below!(v; 720 660 0 0);
        let r3 = mul!(u, v);
        let a = lanes!(r3; 0 0 0 0);
        let t = lanes!(r3; 1 1 1 1);
        let q = settle!(with!(x; 3 <- sub!(add!(t, t), a)); [] [2 3]);
        tq = clean!(carry!(with!(with!(q; 0 <- w1); 1 <- a)));
        *record = with!(with!(lanes!(tq; 0 2 0 3); 0 <- c); 2 <- lanes!(v; 0 0 0 0));
    }
    // Backwards.
    let mut scale = vector([&ONE; 4]);
    for (entry, record) in table.iter_mut().zip(&records).rev() {
        scale = clean!(carry!(mul!(evens!(scale), *record)));
        *entry = Entry::from_lanes(&scale);
    }
    wipe(&mut records, [[zero(); N]; M]);
    z
}

/// The words of a lane of a clean vector that is below 2p: reduced, joined.
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

/// [Z, Y′, X, *] where Z is the product of z and c; clean.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn coordinates(point: &Point, c: &F) -> F {
    let st = clean!(point.st);
    let x = sub!(multiple!(8), st);
    let z = mul!(st, *c);
    clean!(carry!(with!(with!(z; 1 <- clean!(point.q)); 2 <- x)))
}

/// X, Y, Z in the caller's form; Y negated where the mask is set.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn finish(zyx: &F, negative: u64) -> Jacobian {
    below!(*zyx; 200 1200 800 0);
    let result = clean!(carry!(mul!(*zyx, vector([&OUT, &OUT_HALF, &OUT, &OUT]))));
    below!(result; 200 200 200 0);
    let mut y = leave(&result, 1);
    let mut other = PRIME;
    sub_assign(&mut other, &y);
    assign_masked(&mut y, &other, negative);
    [leave(&result, 2), y, leave(&result, 0)]
}

/// k·P for odd k: its point, and c.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply(k: &[u64; LIMBS], entry: &Entry) -> (Point, F) {
    let mut table = [Entry::ZERO; HALF];
    let c = odd_multiples::<HALF>(&point_of(entry, &vector([&ONE; 4])), &mut table);
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
    (point, c)
}

/// k·G for odd k.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn comb(k: &[u64; LIMBS], table: &[Entry; COMB_ENTRIES]) -> Point {
    let pick = |i: usize| {
        let (index, negative) = COMB.digit(k, i);
        let half = 1 << (COMB.size(i) - 1);
        (gather(&table[COMB_HALF * i..][..half], index), all(negative))
    };
    let negate = |y: F, negative: V| map!(i => sub(xor(y[i], negative), negative));
    let first = &table[COMB_ENTRIES - 1];
    let (mut entry, mut negative) = pick(COMB.count - 1);
    let (x, y): (F, F) = (first.x::<N>(), first.y::<N>());
    // [D, −X, *, *], [*, *, Z, *], [−r, Y′, H, 2H]
    let mut z = vector([&ONE; 4]);
    let mut dx = with!(z; 1 <- carry!(sub!(multiple!(3), x)));
    let f = sub!(entry.x::<N>(), x);
    let f = settle!(with!(with!(f; 0 <- sub!(y, negate(entry.y::<N>(), negative))); 1 <- y); [] [0 1 2 3]);
    let mut n = carry!(with!(f; 3 <- add!(f, f)));
    for i in (0..COMB.count).rev() {
        below!(n; 202 202 202 404);
        below!(dx; 120 730 0 0);
        below!(z; 0 0 150 0);
        // The next entry; in the last turn something that is thrown away.
        if i > 0 {
            (entry, negative) = pick(i - 1);
        }
        // [−r, *, Z, 2H] · [−r, *, 2H, 2H] = [r², *, Z₃, I]
        let r1 = mul!(with!(n; 2 <- z), with!(n; 2 <- odds!(n)));
        z = carry!(r1);
        // [D, −X, H, y₄′] · [I, I, I, Z₃] = [D₃, −V, J, W]
        let u = with!(with!(dx; 2 <- n); 3 <- entry.y::<N>());
        let r2 = mul!(u, lanes!(z; 3 3 3 2));
        let (minus_v, j) = (lanes!(r2; 1 1 1 1), lanes!(r2; 2 2 2 2));
        let x = add!(sub!(lanes!(r1; 0 0 0 0), j), add!(minus_v, minus_v));
        dx = carry!(with!(r2; 1 <- sub!(multiple!(6), x)));
        // [−r, Y′, x₄, W] · [X₃ − V, J, D₃, D₃] = [t, Y′ J, U₄, S₄′]
        let v = with!(with!(lanes!(r2; 0 0 0 0); 1 <- j); 0 <- add!(add!(x, multiple!(2)), minus_v));
        let v = carry!(v);
        let u = with!(with!(n; 2 <- entry.x::<N>()); 3 <- dx);
        below!(v; 910 140 120 120);
        below!(u; 202 202 120 120);
        let r3 = mul!(u, v);
        let (low, high) = (evens!(r3), odds!(r3));
        let y = sub!(low, high);
        let y = add!(y, y);
        let s4 = lanes!(negate(high, negative); 2 2 2 2);
        let f = with!(with!(sub!(low, x); 1 <- y); 0 <- sub!(y, s4));
        let f = settle!(f; [] [0 1 2 3]);
        n = carry!(with!(f; 3 <- add!(f, f)));
    }
    wipe(&mut entry, Entry::ZERO);
    Point { st: with!(lanes!(z; 2 2 2 2); 2 <- lanes!(dx; 1 1 1 1)), q: n }
}

/// Base table.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn build(table: &mut [Entry; COMB_ENTRIES]) {
    let mut point = point_of(&generator(), &vector([&ONE; 4]));
    let lane0 = |x: &F| x.map(|digit| words(digit)[0]);
    // Of each window what its Z is, and at the end Z of the point itself.
    let mut zs = [ONE; COMB.count + 1];
    for i in 0..COMB.count {
        zs[i] = lane0(&odd_multiples::<COMB_HALF>(&point, &mut table[COMB_HALF * i..][..COMB_HALF]));
        double(&mut point, COMB.size(i));
    }
    let zyx = coordinates(&point, &vector([&ONE; 4]));
    zs[COMB.count] = lane0(&zyx);
    table[COMB_ENTRIES - 1] = Entry::from_lanes(&lanes!(zyx; 0 2 0 1));
    // One inversion for all: the products of the ones before, then backwards.
    let mut before = [ONE; COMB.count + 1];
    let mut product = vector([&ONE; 4]);
    for (before, z) in before.iter_mut().zip(&zs) {
        *before = lane0(&product);
        product = clean!(carry!(mul!(product, vector([z; 4]))));
    }
    let mut inverse = invert(&product);
    for i in (0..=COMB.count).rev() {
        // [1/z, *, *, 1/(the product before)]
        let r = carry!(mul!(inverse, vector([&before[i], &zs[i], &before[i], &zs[i]])));
        inverse = lanes!(r; 1 1 1 1);
        let r = lanes!(r; 0 0 0 0);
        let r2 = carry!(sqr!(r));
        let scale = with!(r2; 3 <- carry!(mul!(r2, r)));
        let end = (COMB_HALF * (i + 1)).min(COMB_ENTRIES);
        for entry in &mut table[COMB_HALF * i..end] {
            let xy = with!(entry.x::<N>(); 3 <- entry.y::<N>());
            *entry = Entry::from_lanes(&clean!(carry!(mul!(xy, scale))));
        }
    }
}

/// x^(p − 2).
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn invert(x: &F) -> F {
    let mut e = PRIME;
    e[0] -= 2;
    let mut power = vector([&ONE; 4]);
    for i in (0..BITS).rev() {
        power = carry!(sqr!(power));
        if e[i / 64] >> (i % 64) & 1 == 1 {
            power = carry!(mul!(power, *x));
        }
    }
    power
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn generator() -> Entry {
    enter(&G[0], &G[1], &R2)
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply_base(k: &[u64; LIMBS]) -> F {
    match BASE.get(|table| build(table)) {
        Some(table) => coordinates(&comb(k, table), &vector([&ONE; 4])),
        None => {
            let (point, c) = multiply(k, &generator());
            coordinates(&point, &c)
        }
    }
}

/// b·(x, y) for an even b with 0 < b < n.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply_vartime(b: &[u64; LIMBS], entry: &Entry) -> F {
    let mut table = [Entry::ZERO; 1 << (WNAF - 2)];
    let c = odd_multiples::<{ 1 << (WNAF - 2) }>(&point_of(entry, &vector([&ONE; 4])), &mut table);
    let c2 = clean!(carry!(sqr!(c)));
    let mut digits = [0; BITS + 1];
    let length = wnaf_vartime(&mut digits, b, WNAF);
    let entry = |d: i8| (&table[usize::from(d.unsigned_abs() / 2)], mask(u64::from(d < 0)));
    let (first, _) = entry(digits[length - 1]);
    let mut point = point_of(first, &c2);
    let mut doublings = 0;
    for d in digits[..length - 1].iter().rev() {
        if *d == 0 {
            doublings += 1;
        } else {
            let (entry, negative) = entry(*d);
            double(&mut point, doublings);
            double_add(&mut point, entry, negative, &c2);
            doublings = 0;
        }
    }
    double(&mut point, doublings);
    coordinates(&point, &c)
}

/// The sum of two points [Z, Y′, X, *].
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn add_vartime(p: &F, q: &F) -> Option<F> {
    // [Z₁, Y₁′, X₁, *], [Z₂, Y₂′, X₂, *]
    let z = with!(lanes!(*q; 0 0 0 0); 1 3 <- lanes!(*p; 0 0 0 0));
    let z2 = carry!(sqr!(z));
    let z3 = carry!(mul!(z2, z));
    // [X₁, X₂, Y₁′, Y₂′] · [Z₂², Z₁², Z₂³, Z₁³] = [U₁, U₂, S₁′, S₂′]
    let u = with!(with!(lanes!(*p; 2 2 1 1); 1 <- lanes!(*q; 2 2 2 2)); 3 <- lanes!(*q; 1 1 1 1));
    let us = clean!(carry!(mul!(u, with!(z2; 2 3 <- z3))));
    if leave(&us, 0) == leave(&us, 1) {
        if leave(&us, 2) != leave(&us, 3) {
            return None;
        }
        // [U₁, S₁′] under Z₁ Z₂
        let z12 = clean!(carry!(mul!(z, exchange!(z))));
        let c2 = clean!(carry!(sqr!(z12)));
        let mut point = point_of(&Entry::from_lanes(&lanes!(us; 0 0 0 2)), &c2);
        double(&mut point, 1);
        return Some(coordinates(&point, &z12));
    }
    let f = settle!(sub!(add!(exchange!(us), multiple!(2)), us); [] [0 2]);
    // [H, *, r, *], 2H
    let n = carry!(f);
    let h2 = carry!(lanes!(add!(f, f); 0 0 0 0));
    // [2H, Z₁, r, *]·[2H, Z₂, r, *] = [I, Z₁ Z₂, r², *]
    let u = with!(with!(h2; 1 <- z); 2 <- n);
    let r1 = mul!(u, with!(u; 1 <- exchange!(z)));
    let n1 = carry!(r1);
    // [H, U₁, Z₁ Z₂, *]·[I, I, 2H, *] = [J, V, Z₃, *]
    let u = with!(with!(exchange!(us); 0 <- n); 2 <- lanes!(n1; 1 1 1 1));
    let r2 = mul!(u, with!(lanes!(n1; 0 0 0 0); 2 <- h2));
    let (j, v) = (lanes!(r2; 0 0 0 0), lanes!(r2; 1 1 1 1));
    let minus_x = add!(sub!(add!(j, add!(v, v)), lanes!(r1; 2 2 2 2)), multiple!(2));
    // [r, S₁′] · [V − X₃, J] = [t, S₁′ J]
    let u = with!(lanes!(us; 2 2 2 2); 0 <- lanes!(n; 2 2 2 2));
    let r3 = mul!(u, carry!(with!(j; 0 <- add!(minus_x, v))));
    let y = sub!(exchange!(r3), r3);
    let q = carry!(settle!(add!(y, y); [] [1]));
    let st = carry!(with!(minus_x; 0 <- lanes!(r2; 2 2 2 2)));
    Some(coordinates(&Point { st, q }, &vector([&ONE; 4])))
}

const ZERO: [u64; LIMBS] = [0; LIMBS];

/// The opposite point.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn opposite(zyx: &F) -> F {
    clean!(carry!(with!(*zyx; 1 <- sub!(multiple!(12), *zyx))))
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma,bmi2")]
fn multiply_two_vartime(a: &[u64; LIMBS], b: &[u64; LIMBS], x: &[u64; LIMBS], y: &[u64; LIMBS]) -> Jacobian {
    let ag = (*a != ZERO).then(|| {
        let (k, even) = odd(a, &ORDER);
        let zyx = multiply_base(&k);
        if even == 0 { zyx } else { opposite(&zyx) }
    });
    let bq = (*b != ZERO).then(|| {
        let entry = enter(x, y, &IN);
        if b[0] & 1 == 0 {
            return multiply_vartime(b, &entry);
        }
        let mut other = ORDER;
        sub_assign(&mut other, b);
        opposite(&multiply_vartime(&other, &entry))
    });
    let sum = match (ag, bq) {
        (Some(ag), Some(bq)) => add_vartime(&ag, &bq),
        (ag, bq) => ag.or(bq),
    };
    sum.map_or([ZERO; 3], |sum| finish(&sum, 0))
}

/// Entries of a window.
const HALF: usize = 1 << (WINDOWS.width() - 1);
const COMB_HALF: usize = 1 << (COMB.width() - 1);
const COMB_ENTRIES: usize = COMB.count * COMB_HALF + 1;
const WNAF: usize = 5;
const R2: Digits = power_of_two(2 * 52 * N);

static BASE: Once<[Entry; COMB_ENTRIES]> = Once::new([Entry::ZERO; COMB_ENTRIES]);

/// X, Y, Z: the point (X / Z², Y / Z³).
type Jacobian = [[u64; LIMBS]; 3];

/// k·(x, y).
pub(crate) fn mul(_: Ifma, k: &[u64; LIMBS], x: &[u64; LIMBS], y: &[u64; LIMBS]) -> Jacobian {
    let (mut k, even) = odd(k, &ORDER);
    // SAFETY: a token is made by `detect` alone, which has found the features.
    let result = unsafe {
        let (point, c) = multiply(&k, &enter(x, y, &IN));
        let result = finish(&coordinates(&point, &c), even);
        clear_registers();
        result
    };
    k.zeroize();
    result
}

/// k·G.
pub(crate) fn mul_base(_: Ifma, k: &[u64; LIMBS]) -> Jacobian {
    let (mut k, even) = odd(k, &ORDER);
    // SAFETY: as for `mul`.
    let result = unsafe {
        let result = finish(&multiply_base(&k), even);
        clear_registers();
        result
    };
    k.zeroize();
    result
}

/// a·G + b·(x, y).
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
