//! Ed25519: `ed25519_operation/engine`, of a message of 32 bytes.
//!
//! `sign` and `verify` have keys and signatures that were read before. `batch` verifies 64 signatures of as many keys
//! and messages; its throughput counts signatures.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oneway::ed25519::{Signature, SigningKey, VerifyingKey, verify_batch};
use oneway::hazmat::engine::{ed25519_signing_key, ed25519_verifying_key};
use oneway_benches::curve_engines;

const MESSAGE: &[u8] = b"a message of thirty-two bytes ..";
const BATCH: u8 = 64;

fn benches(c: &mut Criterion) {
    let key = SigningKey::generate().expect("randomness");
    let signature = key.sign(MESSAGE);
    let keys: Vec<SigningKey> = (0..BATCH).map(|_| SigningKey::generate().expect("randomness")).collect();
    let messages: Vec<[u8; 32]> = (0..BATCH).map(|i| [i; 32]).collect();
    let signatures: Vec<Signature> = keys.iter().zip(&messages).map(|(key, m)| key.sign(m)).collect();
    // Curves have no code for AVX2.
    for engine in curve_engines() {
        let (key, name) = (ed25519_signing_key(&key, engine), engine.to_string());
        assert_eq!(key.sign(MESSAGE), signature);
        c.benchmark_group("ed25519_sign").bench_function(&name, |b| b.iter(|| key.sign(black_box(MESSAGE))));

        let public = key.verifying_key();
        assert!(public.verify(MESSAGE, &signature).is_ok());
        c.benchmark_group("ed25519_verify")
            .bench_function(&name, |b| b.iter(|| public.verify(black_box(MESSAGE), &signature).is_ok()));

        let keys: Vec<VerifyingKey> =
            keys.iter().map(|key| ed25519_verifying_key(key.verifying_key(), engine)).collect();
        let batch: Vec<(&[u8], &Signature, &VerifyingKey)> = messages
            .iter()
            .zip(&signatures)
            .zip(&keys)
            .map(|((message, signature), key)| (&message[..], signature, key))
            .collect();
        assert!(verify_batch(&batch).is_ok());
        let mut group = c.benchmark_group("ed25519_batch");
        group.throughput(Throughput::Elements(BATCH.into()));
        group.bench_function(&name, |b| b.iter(|| verify_batch(black_box(&batch)).is_ok()));
    }
}

criterion_group!(all, benches);
criterion_main!(all);
