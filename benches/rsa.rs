//! RSA: `operation/bits/engine`, the engine being the one that computes products modulo p, q and n. Keys are moved to
//! each engine that this CPU has; they're loaded by the best one.
//!
//! Private operations are the whole of it: hash, padding, blinding, both powers, the check with e. The
//! blinding factor is kept from one call to the next, as in a server. `load_primes` starts from p and q,
//! `load_components` from n and d. Key generation is in `prime`.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use oneway::bignum::Modulus;
use oneway::hash::Sha256;
use oneway::hazmat::engine::{self, Engine};
use oneway::rsa::{Pkcs1v15, PrivateKey};

const MESSAGE: &[u8] = b"a message of thirty-two bytes ..";

/// Where a group stands, and what it runs on.
#[derive(Clone, Copy)]
struct Place {
    bits: usize,
    engine: Engine,
}

impl Place {
    fn bench<T>(self, c: &mut Criterion, operation: &str, run: impl Fn() -> oneway::Result<T>) {
        assert!(run().is_ok(), "{operation} fails on {}", self.engine);
        c.benchmark_group(format!("{operation}/{}", self.bits))
            .bench_function(self.engine.to_string(), |b| b.iter(|| run().is_ok()));
    }
}

fn operations(c: &mut Criterion) {
    for bits in [2048, 3072, 4096] {
        let key = PrivateKey::generate(bits).expect("randomness");
        for engine in Engine::available() {
            with_key(c, Place { bits, engine }, &engine::private_key(&key, engine));
        }
        let place = Place { bits, engine: Engine::available().next().expect("portable code") };
        let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
        let (p, q) = key.primes();
        place.bench(c, "load_primes", || PrivateKey::from_primes(black_box(&p), &q, e));
        let d = key.private_exponent();
        place.bench(c, "load_components", || PrivateKey::from_components(&n, e, black_box(&d)));
    }
}

fn with_key(c: &mut Criterion, place: Place, key: &PrivateKey) {
    let (public, pkcs1v15) = (key.public_key(), Pkcs1v15::<Sha256>::new());
    verify(c, place, key);
    place.bench(c, "sign_pss", || key.sign(black_box(MESSAGE)));
    place.bench(c, "sign_pkcs1v15", || key.sign_with(&pkcs1v15, black_box(MESSAGE)));
    place.bench(c, "encrypt_oaep", || public.encrypt(black_box(MESSAGE)));
    let ciphertext = public.encrypt(MESSAGE).expect("randomness");
    place.bench(c, "decrypt_oaep", || key.decrypt(black_box(&ciphertext)));
}

fn verify(c: &mut Criterion, place: Place, key: &PrivateKey) {
    let public = key.public_key();
    let signature = key.sign(MESSAGE).expect("randomness");
    place.bench(c, "verify_pss", || public.verify(black_box(MESSAGE), &signature));
    let scheme = Pkcs1v15::<Sha256>::new();
    let signature = key.sign_with(&scheme, MESSAGE).expect("randomness");
    place.bench(c, "verify_pkcs1v15", || public.verify_with(&scheme, black_box(MESSAGE), &signature));
}

/// The largest keys in use: who verifies doesn't choose the size. The key takes some seconds to make.
fn large(c: &mut Criterion) {
    let key = PrivateKey::generate(8192).expect("randomness");
    let modulus = Modulus::from_be_bytes(&key.public_key().modulus()).expect("odd");
    verify(c, Place { bits: 8192, engine: modulus.engine() }, &key);
}

fn short_runs() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3))
}

criterion_group! {
    name = benches;
    config = short_runs().sample_size(40);
    targets = operations, large
}
criterion_main!(benches);
