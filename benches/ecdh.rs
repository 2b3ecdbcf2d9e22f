//! Key agreement: `ecdh_operation/curve/engine`.
//!
//! `key` makes a public key from a private one's bytes, `agree` reads the other side's public key, checks it and
//! agrees, as a handshake does.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use oneway::ecdh::{Curve, P256, P384, P521, PrivateKey, PublicKey, X25519};
use oneway::hazmat::engine::agreement_key;
use oneway_benches::curve_engines;

fn on_curve<C: Curve>(c: &mut Criterion, curve: &str) {
    let key = PrivateKey::<C>::generate().expect("randomness");
    let peer = PrivateKey::<C>::generate().expect("randomness").public_key().to_bytes();
    // Curves have no code for AVX2.
    for engine in curve_engines() {
        let name = engine.to_string();
        c.benchmark_group(format!("ecdh_key/{curve}"))
            .bench_function(&name, |b| b.iter(|| agreement_key(black_box(&key), engine).public_key()));
        let key = agreement_key(&key, engine);
        let agree = || key.agree(&PublicKey::from_bytes(black_box(&peer))?);
        assert!(agree().is_ok());
        c.benchmark_group(format!("ecdh_agree/{curve}")).bench_function(&name, |b| b.iter(agree));
    }
}

fn benches(c: &mut Criterion) {
    on_curve::<X25519>(c, "x25519");
    on_curve::<P256>(c, "p256");
    on_curve::<P384>(c, "p384");
    on_curve::<P521>(c, "p521");
}

criterion_group!(all, benches);
criterion_main!(all);
