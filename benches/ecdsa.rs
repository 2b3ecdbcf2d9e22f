//! ECDSA: `ecdsa_operation/curve/engine`, of a message of 32 bytes with the curve's hash.
//!
//! `sign` is RFC 6979, `sign_hedged` draws randomness besides, `verify` has the public key and the signature read
//! already.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use getrandom::SysRng;
use oneway::ecdsa::{Curve, P256, P384, P521, SigningKey};
use oneway::hazmat::engine::signing_key;
use oneway_benches::curve_engines;

const MESSAGE: &[u8] = b"a message of thirty-two bytes ..";

fn on_curve<C: Curve>(c: &mut Criterion, curve: &str) {
    let key = SigningKey::<C>::generate().expect("randomness");
    // Curves have no code for AVX2.
    for engine in curve_engines() {
        let (key, name) = (signing_key(&key, engine), engine.to_string());
        c.benchmark_group(format!("ecdsa_sign/{curve}"))
            .bench_function(&name, |b| b.iter(|| key.sign(black_box(MESSAGE))));
        c.benchmark_group(format!("ecdsa_sign_hedged/{curve}"))
            .bench_function(&name, |b| b.iter(|| key.sign_hedged(&mut SysRng, black_box(MESSAGE))));
        let (public, signature) = (key.verifying_key(), key.sign(MESSAGE));
        assert!(public.verify(MESSAGE, &signature).is_ok());
        c.benchmark_group(format!("ecdsa_verify/{curve}"))
            .bench_function(&name, |b| b.iter(|| public.verify(black_box(MESSAGE), &signature).is_ok()));
    }
}

fn benches(c: &mut Criterion) {
    on_curve::<P256>(c, "p256");
    on_curve::<P384>(c, "p384");
    on_curve::<P521>(c, "p521");
}

criterion_group!(all, benches);
criterion_main!(all);
