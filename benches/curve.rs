//! Bare multiplication on the NIST curves: `operation/curve/engine`, bytes to bytes, with the check that the point is
//! on its curve and the inversion at the end.
//!
//! `multiply` is k·P and `multiply_base` k·G for a secret k, `multiply_two_vartime` a·G + b·P for public numbers, as
//! in a verification.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use oneway::ecdsa::{Curve, P256, P384, P521};
use oneway::hazmat::curve::{multiply, multiply_base, multiply_two_vartime};
use oneway_benches::curve_engines;

fn on_curve<C: Curve>(c: &mut Criterion, curve: &str, len: usize) {
    let [a, b] = [0x35, 0x9c].map(|byte| {
        let mut k = vec![byte; len];
        k[0] = 0;
        k
    });
    // Curves have no code for AVX2.
    for engine in curve_engines() {
        let point = multiply_base::<C>(engine, &b).expect("a number in range");
        let mut bench = |operation: &str, run: &dyn Fn() -> oneway::Result<oneway::Bytes>| {
            assert!(run().is_ok());
            c.benchmark_group(format!("{operation}/{curve}"))
                .bench_function(engine.to_string(), |b| b.iter(run));
        };
        bench("multiply", &|| multiply::<C>(engine, black_box(&a), &point));
        bench("multiply_base", &|| multiply_base::<C>(engine, black_box(&a)));
        bench("multiply_two_vartime", &|| multiply_two_vartime::<C>(engine, black_box(&a), &b, &point));
    }
}

fn benches(c: &mut Criterion) {
    on_curve::<P256>(c, "p256", 32);
    on_curve::<P384>(c, "p384", 48);
    on_curve::<P521>(c, "p521", 66);
}

criterion_group!(all, benches);
criterion_main!(all);
