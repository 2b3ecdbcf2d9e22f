//! SHA-2, HMAC and HKDF: `operation/bytes`, and the engine that this machine chose.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oneway::hash::digest::Digest;
use oneway::hash::{Hkdf, Hmac, Sha256, Sha384, Sha512, sha256_engine, sha512_engine};

const LENGTHS: [usize; 4] = [64, 1024, 16_384, 1 << 20];

/// `f` of messages of each length, in bytes per second.
fn measure<T>(c: &mut Criterion, name: &str, engine: &str, f: impl Fn(&[u8]) -> T) {
    for len in LENGTHS {
        let message = vec![0x5a; len];
        let mut group = c.benchmark_group(format!("{name}/{len}"));
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(engine, |b| b.iter(|| f(black_box(&message))));
    }
}

fn hashes(c: &mut Criterion) {
    measure(c, "sha256", sha256_engine(), |message| Sha256::digest(message));
    measure(c, "sha384", sha512_engine(), |message| Sha384::digest(message));
    measure(c, "sha512", sha512_engine(), |message| Sha512::digest(message));
}

fn keyed(c: &mut Criterion) {
    let key = black_box([7; 32]);
    measure(c, "hmac-sha256", sha256_engine(), |message| Hmac::<Sha256>::mac(&key, message));
    measure(c, "hmac-sha512", sha512_engine(), |message| Hmac::<Sha512>::mac(&key, message));

    let mut out = [0; 64];
    let mut group = c.benchmark_group("hkdf-sha256/64");
    group.throughput(Throughput::Bytes(64));
    group.bench_function(sha256_engine(), |b| {
        b.iter(|| Hkdf::<Sha256>::derive(b"salt", &key, b"info", black_box(&mut out)));
    });
}

criterion_group!(benches, hashes, keyed);
criterion_main!(benches);
