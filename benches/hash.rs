//! SHA-2, HMAC and HKDF: `operation/bytes`, and the engine that this machine chose.
//!
//! `sha512-blocks` is the compression function of SHA-384 and SHA-512 alone, by each engine that this CPU has.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oneway::hash::digest::Digest;
use oneway::hash::{Hkdf, Hmac, Sha256, Sha384, Sha512, sha256_engine, sha512_engine, sha512_engines};

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

fn engines(c: &mut Criterion) {
    for blocks in [1, 2, 8, 128] {
        let message = vec![[0x5a; 128]; blocks];
        let mut group = c.benchmark_group(format!("sha512-blocks/{}", 128 * blocks));
        group.throughput(Throughput::Bytes(128 * blocks as u64));
        for (engine, compress) in sha512_engines() {
            let mut state = [7; 8];
            group.bench_function(engine, |b| b.iter(|| compress(black_box(&mut state), black_box(&message))));
        }
    }
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

criterion_group!(benches, hashes, engines, keyed);
criterion_main!(benches);
