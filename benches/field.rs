//! Fields: `field/operation/curve` for the field of the curve's coordinates, `scalar/operation/curve` for the numbers
//! modulo its order. One product is timed as a chain of a hundred, each of which waits for the one before, as
//! latency is what a point's formula feels. This is portable code, on every CPU; vector engines have products of
//! their own, inside of `curve`.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oneway::ecdsa::{Curve, P256, P384, P521};
use oneway::hazmat::curve::{Coordinate, Scalar};

/// How many products in a chain.
const CHAIN: u64 = 100;

macro_rules! operations {
    ($function:ident, $group:literal, $element:ident) => {
        fn $function<C: Curve>(c: &mut Criterion, curve: &str, bytes: &[u8]) {
            let x = $element::<C>::from_bytes(bytes).expect("below the modulus");
            let mut chain = |operation: &str, step: fn(&$element<C>, &$element<C>) -> $element<C>| {
                let mut group = c.benchmark_group(format!("{}/{operation}", $group));
                group.throughput(Throughput::Elements(CHAIN));
                group.bench_function(curve, |b| {
                    b.iter(|| (0..CHAIN).fold(black_box(x), |z, _| step(&z, &x)));
                });
            };
            chain("add", |z, x| z.add(x));
            chain("mul", |z, x| z.mul(x));
            chain("square", |z, _| z.square());
            c.benchmark_group(concat!($group, "/invert"))
                .bench_function(curve, |b| b.iter(|| black_box(x).invert()));
        }
    };
}

operations!(coordinates, "field", Coordinate);
operations!(scalars, "scalar", Scalar);

fn on_curve<C: Curve>(c: &mut Criterion, curve: &str, len: usize) {
    let mut bytes = vec![0x5a; len];
    bytes[0] = 0;
    coordinates::<C>(c, curve, &bytes);
    scalars::<C>(c, curve, &bytes);
    let square = Coordinate::<C>::from_bytes(&bytes).expect("below the prime").square();
    c.benchmark_group("field/sqrt").bench_function(curve, |b| b.iter(|| black_box(square).sqrt()));
}

fn benches(c: &mut Criterion) {
    on_curve::<P256>(c, "p256", 32);
    on_curve::<P384>(c, "p384", 48);
    on_curve::<P521>(c, "p521", 66);
}

criterion_group!(all, benches);
criterion_main!(all);
