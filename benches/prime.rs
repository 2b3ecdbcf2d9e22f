//! Primes: `operation/bits`, and the engine that computes products modulo numbers of that size.
//!
//! - `miller-rabin`: a prime, tested with one random base (a composite costs the same).
//! - `is-probable-prime`: a prime, by Baillie-PSW: one Miller-Rabin test and a Lucas test.
//! - `random-prime` and `rsa-generate`: a search takes several times as long one time as another. Only
//!   means of many are worth comparing.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use getrandom::SysRng;
use oneway::bignum::{Modulus, Nat};
use oneway::prime::{is_probable_prime, is_probable_prime_with, random_prime};
use oneway::rsa::PrivateKey;

const BITS: [usize; 4] = [512, 1024, 1536, 2048];

/// The engine for a modulus, in the words of its `Debug`.
fn engine(modulus: &Nat) -> String {
    format!("{:?}", Modulus::new(modulus).expect("odd").engine()).to_lowercase()
}

fn tests(c: &mut Criterion) {
    for bits in BITS {
        let p = random_prime(bits).expect("randomness");
        let (public, engine) = (p.declassify(), engine(&p));
        c.benchmark_group(format!("miller-rabin/{bits}"))
            .bench_function(&engine, |b| b.iter(|| is_probable_prime_with(&mut SysRng, black_box(&p), 1)));
        c.benchmark_group(format!("is-probable-prime/{bits}"))
            .sample_size(20)
            .bench_function(&engine, |b| b.iter(|| is_probable_prime(black_box(&public))));
    }
}

/// A search, its time measured over at least ten runs, and as many more as fit `seconds`.
fn search<T>(
    c: &mut Criterion,
    operation: &str,
    bits: usize,
    engine: &str,
    seconds: u64,
    run: impl Fn() -> T,
) {
    c.benchmark_group(format!("{operation}/{bits}"))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(seconds))
        .bench_function(engine, |b| b.iter(&run));
}

fn generation(c: &mut Criterion) {
    for bits in BITS {
        let engine = engine(&random_prime(bits).expect("randomness"));
        search(c, "random-prime", bits, &engine, 8, || random_prime(bits).expect("randomness"));
    }
    for (bits, seconds) in [(2048, 15), (3072, 20), (4096, 40)] {
        let engine = engine(&random_prime(bits / 2).expect("randomness"));
        search(c, "rsa-generate", bits, &engine, seconds, || PrivateKey::generate(bits).expect("randomness"));
    }
}

fn short_runs() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3))
}

criterion_group! {
    name = benches;
    config = short_runs();
    targets = tests, generation
}
criterion_main!(benches);
