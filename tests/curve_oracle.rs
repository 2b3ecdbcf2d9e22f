//! The arithmetic of the NIST curves against the textbook's, on num-bigint: multiples with scalars that are random or
//! at an edge, sums in which the parts meet, the laws of the group, and the encodings.
//!
//! All of it runs on every engine that this CPU has. What a scalar's edges are depends on how it's cut into digits:
//! here stand all powers of two and their neighbours, from both ends of the range, so that every window is at its
//! edges.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use oneway::ecdsa::{P256, P384, P521, VerifyingKey};
use oneway::hazmat::curve::{multiply, multiply_base, multiply_two_vartime};
use oneway::hazmat::engine::Engine;
use proptest::prelude::*;

#[path = "engines/curves.rs"]
mod engines;
mod schoolbook;

use schoolbook::{Numbers, Point, Schoolbook};

/// A curve on an engine, beside the textbook's.
struct Side<'a> {
    numbers: &'a Schoolbook,
    engine: Engine,
}

impl Side<'_> {
    /// k·P and, for P = G, by the function for multiples of G too.
    fn mul<C: Numbers>(&self, k: &BigUint, p: &Point) -> Vec<u8> {
        let (k, bytes) = (self.numbers.fixed(k), self.numbers.to_sec1(p));
        let product = multiply::<C>(self.engine, &k, &bytes).expect("a scalar and a point");
        if *p == self.numbers.g {
            let base = multiply_base::<C>(self.engine, &k).expect("a scalar");
            assert_eq!(base, product, "{}: multiples of G, scalar {k:02x?}", self.engine);
        }
        product.to_vec()
    }

    fn mul_two<C: Numbers>(&self, a: &BigUint, b: &BigUint, p: &Point) -> Vec<u8> {
        let [a, b] = [a, b].map(|k| self.numbers.fixed(k));
        multiply_two_vartime::<C>(self.engine, &a, &b, &self.numbers.to_sec1(p))
            .expect("scalars and a point")
            .to_vec()
    }
}

/// Runs a test of one curve on each engine.
fn on_each_engine(numbers: &Schoolbook, test: impl Fn(Side)) {
    for engine in engines::available() {
        test(Side { numbers, engine });
    }
}

/// A point's multiples that are at an edge, each with its scalar k from 1 to n − 1: 2^i and its neighbours, small ones,
/// those around n/2, and n less each of these. The textbook makes one of another by a single addition.
fn edges(numbers: &Schoolbook, p: &Point) -> BTreeMap<BigUint, Point> {
    let (n, one, minus_p) = (&numbers.n, BigUint::from(1u32), numbers.neg(p));
    let mut edges = BTreeMap::new();
    let mut power = (one.clone(), p.clone());
    for _ in 0..n.bits() {
        let (k, q) = &power;
        edges.extend([(k + &one, numbers.add(q, p)), (k - &one, numbers.add(q, &minus_p)), power.clone()]);
        power = (k * 2u32, numbers.add(q, q));
    }
    let half = (n + &one) >> 1u32;
    for start in [(one.clone(), p.clone()), (half.clone(), numbers.mul(&half, p))] {
        let next = |(k, q): &(BigUint, Point)| Some((k + &one, numbers.add(q, p)));
        edges.extend(std::iter::successors(Some(start), next).take(40));
    }
    edges.retain(|k, _| *k != BigUint::ZERO && k < n);
    let opposites: Vec<_> = edges.iter().map(|(k, q)| (n - k, numbers.neg(q))).collect();
    edges.extend(opposites);
    edges
}

/// Multiples of G by all edges, of another point by every third.
fn edge_scalars<C: Numbers>() {
    let numbers = C::numbers();
    let of_g = edges(&numbers, &numbers.g);
    assert!(of_g.len() as u64 > 5 * numbers.n.bits(), "{} scalars", of_g.len());
    for (k, q) in &of_g {
        let (k, expected) = (numbers.fixed(k), numbers.to_sec1(q));
        for engine in engines::available() {
            assert_eq!(
                multiply_base::<C>(engine, &k).as_deref(),
                Ok(&*expected),
                "{engine}: k G, k = {k:02x?}"
            );
        }
    }
    let p = numbers.mul(&BigUint::from(0x1234_5678_9abc_def1_u64).pow(9), &numbers.g);
    let bytes = numbers.to_sec1(&p);
    for (k, q) in edges(&numbers, &p).iter().step_by(3) {
        let (k, expected) = (numbers.fixed(k), numbers.to_sec1(q));
        for engine in engines::available() {
            let product = multiply::<C>(engine, &k, &bytes);
            assert_eq!(product.as_deref(), Ok(&*expected), "{engine}: k P, k = {k:02x?}");
        }
    }
}

#[test]
fn edge_scalars_on_p256() {
    edge_scalars::<P256>();
}

#[test]
fn edge_scalars_on_p384() {
    edge_scalars::<P384>();
}

#[test]
fn edge_scalars_on_p521() {
    edge_scalars::<P521>();
}

/// Scalars in which all windows hold the same digit, for windows of three to eight bits: the largest digit, half of it,
/// where signed digits turn, and its neighbours.
fn windows_at_their_edges<C: Numbers>() {
    let numbers = C::numbers();
    for width in 3..=8u32 {
        let half = 1u32 << (width - 1);
        for digit in [half - 1, half, half + 1, 2 * half - 1] {
            let windows = (0..numbers.n.bits() as u32).step_by(width as usize);
            let k = windows.fold(BigUint::ZERO, |k, i| k | BigUint::from(digit) << i) % &numbers.n;
            let expected = numbers.to_sec1(&numbers.mul(&k, &numbers.g));
            on_each_engine(&numbers, |side| {
                assert_eq!(
                    side.mul::<C>(&k, &numbers.g),
                    expected,
                    "{}: digits {digit} of {width} bits",
                    side.engine
                );
                let sum = side.mul_two::<C>(&k, &(&numbers.n - &k), &numbers.g);
                assert_eq!(sum, [0], "{}: k G - k G, digits {digit} of {width} bits", side.engine);
                let sum = side.mul_two::<C>(&k, &BigUint::ZERO, &numbers.g);
                assert_eq!(sum, expected, "{}: k G + 0 G, digits {digit} of {width} bits", side.engine);
            });
        }
    }
}

#[test]
fn windows() {
    windows_at_their_edges::<P256>();
    windows_at_their_edges::<P384>();
    windows_at_their_edges::<P521>();
}

/// Small multiples of G as points, in a·G + b·P with small a and b of both signs: so that the parts are equal,
/// opposite, zero, or meet in the middle of the computation.
fn sums_that_meet<C: Numbers>() {
    let numbers = C::numbers();
    let n = &numbers.n;
    let small: Vec<Point> =
        std::iter::successors(Some(None), |q| Some(numbers.add(q, &numbers.g))).take(200).collect();
    let multiple = |k: i64| {
        let q = &small[k.unsigned_abs() as usize];
        if k < 0 { numbers.neg(q) } else { q.clone() }
    };
    let modulo = |k: i64| {
        let size = BigUint::from(k.unsigned_abs());
        if k < 0 { n - size } else { size }
    };
    for m in [1, -1, 2, 3, -8] {
        let p = multiple(m);
        for a in [0, 1, -1, 2, -2, 3, -5, 8, 15, -16, 17, 31, -33] {
            for b in [0, 1, -1, 2, -2, 5, 16, -17] {
                let expected = numbers.to_sec1(&multiple(a + b * m));
                on_each_engine(&numbers, |side| {
                    let sum = side.mul_two::<C>(&modulo(a), &modulo(b), &p);
                    assert_eq!(sum, expected, "{}: {a} G + {b} ({m} G)", side.engine);
                });
            }
        }
    }
    // The same with scalars of full length: a·G = ±b·P, and one of them 0.
    let m = modulo(-3).modpow(&BigUint::from(77u32), n);
    let p = numbers.mul(&m, &numbers.g);
    for (b, q) in edges(&numbers, &p).iter().step_by(20) {
        let a = b * &m % n;
        let (twice, single) = (numbers.to_sec1(&numbers.add(q, q)), numbers.to_sec1(q));
        on_each_engine(&numbers, |side| {
            assert_eq!(side.mul_two::<C>(&a, b, &p), twice, "{}: a G = b P, b = {b:x}", side.engine);
            assert_eq!(side.mul_two::<C>(&(n - &a), b, &p), [0], "{}: a G = -b P, b = {b:x}", side.engine);
            assert_eq!(side.mul_two::<C>(&BigUint::ZERO, b, &p), single, "{}: a = 0, b = {b:x}", side.engine);
            assert_eq!(
                side.mul_two::<C>(&a, &BigUint::ZERO, &p),
                single,
                "{}: b = 0, a = {a:x}",
                side.engine
            );
        });
    }
}

#[test]
fn sums_that_meet_on_p256() {
    sums_that_meet::<P256>();
}

#[test]
fn sums_that_meet_on_p384() {
    sums_that_meet::<P384>();
}

#[test]
fn sums_that_meet_on_p521() {
    sums_that_meet::<P521>();
}

/// A number from 1 to n − 1.
fn scalar(n: &BigUint, bytes: &[u8]) -> BigUint {
    BigUint::from_bytes_be(bytes) % (n - 1u32) + 1u32
}

/// What has to hold for random scalars m, k and l, and the point P = m·G.
fn random<C: Numbers>(m: &[u8], k: &[u8], l: &[u8]) {
    let numbers = C::numbers();
    let n = &numbers.n;
    let [m, k, l] = [m, k, l].map(|bytes| scalar(n, bytes));
    let one = BigUint::from(1u32);
    let p = numbers.mul(&m, &numbers.g);
    let (k_p, k_g) = (numbers.mul(&k, &p), numbers.mul(&k, &numbers.g));
    let sum = numbers.add(&numbers.mul(&l, &numbers.g), &k_p);
    on_each_engine(&numbers, |side| {
        assert_eq!(side.mul::<C>(&m, &numbers.g), numbers.to_sec1(&p), "m G");
        assert_eq!(side.mul::<C>(&k, &p), numbers.to_sec1(&k_p), "k P");
        assert_eq!(side.mul_two::<C>(&l, &k, &p), numbers.to_sec1(&sum), "l G + k P");
        // The laws: k (m G) = m (k G) = (k m) G; G + P = P + G by either function; (n − k) P = −(k P).
        assert_eq!(side.mul::<C>(&m, &k_g), numbers.to_sec1(&k_p), "m (k G)");
        assert_eq!(side.mul::<C>(&(&k * &m % n), &numbers.g), numbers.to_sec1(&k_p), "(k m) G");
        assert_eq!(side.mul_two::<C>(&one, &one, &p), numbers.to_sec1(&numbers.add(&p, &numbers.g)), "G + P");
        assert_eq!(side.mul::<C>(&(n - &k), &p), numbers.to_sec1(&numbers.neg(&k_p)), "-(k P)");
        assert_eq!(side.mul_two::<C>(&(n - &m), &one, &p), [0], "P + (-P)");
    });
    // SEC 1: both forms, there and back.
    for point in [&p, &k_p] {
        let (long, short) = (numbers.to_sec1(point), numbers.to_compressed(point));
        for bytes in [&long, &short] {
            let key = VerifyingKey::<C>::from_bytes(bytes).expect("a point of the curve");
            assert_eq!((&*key.to_bytes(), &*key.to_compressed_bytes()), (&*long, &*short));
        }
    }
    // Any x: a point if the textbook finds a root, and of the two roots the one with the parity that was asked for.
    let x = BigUint::from_bytes_be(&[numbers.fixed(&l), vec![1]].concat()) % &numbers.p;
    let root = numbers.sqrt(&numbers.right_side(&x));
    for parity in [0, 1] {
        let read = VerifyingKey::<C>::from_bytes(&[vec![2 + parity], numbers.fixed(&x)].concat());
        let expected = root.clone().map(|y| {
            let other = &numbers.p - &y;
            let y = if y.bit(0) == (parity == 1) { y } else { other };
            assert!(numbers.is_on_curve(&x, &y));
            numbers.to_sec1(&Some((x.clone(), y)))
        });
        assert_eq!(read.ok().map(|key| key.to_bytes().to_vec()), expected);
    }
}

fn three_scalars() -> impl Strategy<Value = [Vec<u8>; 3]> {
    [(); 3].map(|()| proptest::collection::vec(any::<u8>(), 72))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn random_on_p256([m, k, l] in three_scalars()) {
        random::<P256>(&m, &k, &l);
    }

    #[test]
    fn random_on_p384([m, k, l] in three_scalars()) {
        random::<P384>(&m, &k, &l);
    }

    #[test]
    fn random_on_p521([m, k, l] in three_scalars()) {
        random::<P521>(&m, &k, &l);
    }
}

/// The textbook's own numbers: n·G is infinity, and −G is (n − 1)·G.
#[test]
fn the_textbook_is_right() {
    fn check<C: Numbers>() {
        let numbers = C::numbers();
        assert_eq!(numbers.mul(&numbers.n, &numbers.g), None);
        assert_eq!(numbers.mul(&(&numbers.n - 1u32), &numbers.g), numbers.neg(&numbers.g));
        let (x, y) = numbers.g.as_ref().expect("a point");
        assert!(numbers.is_on_curve(x, y));
    }
    check::<P256>();
    check::<P384>();
    check::<P521>();
}
