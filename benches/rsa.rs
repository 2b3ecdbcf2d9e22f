//! RSA: `operation/bits`, and the engine that computes products modulo n.
//!
//! Private operations are the whole of it: hash, padding, blinding, both powers, the check with e. The
//! blinding factor is kept from one call to the next, as in a server. `load-primes` starts from p and q,
//! `load-components` from n and d. Key generation is in `prime`.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use oneway::bignum::Modulus;
use oneway::hash::Sha256;
use oneway::rsa::{Pkcs1v15, PrivateKey, PublicKey};

const MESSAGE: &[u8] = b"a message of thirty-two bytes ..";

fn bench<T>(c: &mut Criterion, operation: &str, public: &PublicKey, run: impl Fn() -> oneway::Result<T>) {
    let modulus = Modulus::from_be_bytes(&public.modulus()).expect("odd");
    let engine = format!("{:?}", modulus.engine()).to_lowercase();
    assert!(run().is_ok(), "{operation} fails");
    c.benchmark_group(format!("{operation}/{}", public.modulus_bits()))
        .bench_function(engine, |b| b.iter(|| run().is_ok()));
}

fn operations(c: &mut Criterion) {
    for bits in [2048, 3072, 4096] {
        let key = PrivateKey::generate(bits).expect("randomness");
        let public = key.public_key();
        let pkcs1v15 = Pkcs1v15::<Sha256>::new();
        verify(c, &key);
        bench(c, "sign-pss", public, || key.sign(black_box(MESSAGE)));
        bench(c, "sign-pkcs1v15", public, || key.sign_with(&pkcs1v15, black_box(MESSAGE)));
        bench(c, "encrypt-oaep", public, || public.encrypt(black_box(MESSAGE)));
        let ciphertext = public.encrypt(MESSAGE).expect("randomness");
        bench(c, "decrypt-oaep", public, || key.decrypt(black_box(&ciphertext)));
        let (p, q) = key.primes();
        bench(c, "load-primes", public, || PrivateKey::from_primes(black_box(&p), &q, public.exponent()));
        let (n, d) = (public.modulus(), key.private_exponent());
        bench(c, "load-components", public, || {
            PrivateKey::from_components(&n, public.exponent(), black_box(&d))
        });
    }
}

fn verify(c: &mut Criterion, key: &PrivateKey) {
    let public = key.public_key();
    let signature = key.sign(MESSAGE).expect("randomness");
    bench(c, "verify-pss", public, || public.verify(black_box(MESSAGE), &signature));
    let scheme = Pkcs1v15::<Sha256>::new();
    let signature = key.sign_with(&scheme, MESSAGE).expect("randomness");
    bench(c, "verify-pkcs1v15", public, || public.verify_with(&scheme, black_box(MESSAGE), &signature));
}

/// The largest keys in use: who verifies doesn't choose the size. The key takes some seconds to make.
fn large(c: &mut Criterion) {
    verify(c, &PrivateKey::generate(8192).expect("randomness"));
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
