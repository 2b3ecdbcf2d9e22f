//! SHA-2, HMAC and HKDF: `operation/bytes`, and the engine that this machine chose.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oneway::hash::digest::{Digest, block_api::BlockSizeUser};
use oneway::hash::{Hkdf, Hmac, Sha256, Sha384, Sha512, engine};

const LENGTHS: [usize; 4] = [64, 1024, 16_384, 1 << 20];

fn digest<D: Digest>(c: &mut Criterion, name: &str, engine: &str) {
    for len in LENGTHS {
        let message = vec![0x5a; len];
        c.benchmark_group(format!("{name}/{len}"))
            .throughput(Throughput::Bytes(len as u64))
            .bench_with_input(BenchmarkId::from_parameter(engine), &message[..], |b, message| {
                b.iter(|| D::digest(black_box(message)))
            });
    }
}

fn mac<D: Digest + BlockSizeUser + Clone>(c: &mut Criterion, name: &str, engine: &str) {
    for len in LENGTHS {
        let message = vec![0x5a; len];
        c.benchmark_group(format!("{name}/{len}"))
            .throughput(Throughput::Bytes(len as u64))
            .bench_with_input(BenchmarkId::from_parameter(engine), &message[..], |b, message| {
                b.iter(|| Hmac::<D>::mac(black_box(&[7; 32]), black_box(message)))
            });
    }
}

fn hashes(c: &mut Criterion) {
    digest::<Sha256>(c, "sha256", engine());
    digest::<Sha384>(c, "sha384", "portable");
    digest::<Sha512>(c, "sha512", "portable");
}

fn keyed(c: &mut Criterion) {
    mac::<Sha256>(c, "hmac-sha256", engine());
    mac::<Sha512>(c, "hmac-sha512", "portable");
    let mut out = [0; 64];
    c.benchmark_group(format!("hkdf-sha256/{}", out.len()))
        .throughput(Throughput::Bytes(out.len() as u64))
        .bench_function(engine(), |b| {
            b.iter(|| Hkdf::<Sha256>::derive(b"salt", black_box(&[7; 32]), b"info", black_box(&mut out)));
        });
}

criterion_group!(benches, hashes, keyed);
criterion_main!(benches);
