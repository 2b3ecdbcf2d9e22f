//! Primes: `operation/bits/engine`, the engine being the one that computes products modulo numbers of that size: the
//! best one that this CPU has, and for `rsa_generate` at 2048 bits each one.
//!
//! - `miller_rabin`: a prime, tested with one random base (a composite costs the same).
//! - `is_probable_prime`: a prime, by Baillie-PSW: one Miller-Rabin test and a Lucas test.
//! - `random_prime` and `rsa_generate`: a search takes several times as long one time as another. Only
//!   means of many are worth comparing.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use getrandom::SysRng;
use oneway::bignum::{Modulus, Nat};
use oneway::hazmat::engine::{Engine, generate_key};
use oneway::prime::{is_probable_prime, is_probable_prime_with, random_prime};

const BITS: [usize; 4] = [512, 1024, 1536, 2048];

/// The engine that is chosen for a modulus.
fn engine(modulus: &Nat) -> Engine {
    Modulus::new(modulus).expect("odd").engine()
}

fn tests(c: &mut Criterion) {
    for bits in BITS {
        let p = random_prime(bits).expect("randomness");
        let (public, engine) = (p.declassify(), engine(&p));
        c.benchmark_group(format!("miller_rabin/{bits}")).bench_function(engine.to_string(), |b| {
            b.iter(|| is_probable_prime_with(&mut SysRng, black_box(&p), 1));
        });
        c.benchmark_group(format!("is_probable_prime/{bits}"))
            .sample_size(20)
            .bench_function(engine.to_string(), |b| b.iter(|| is_probable_prime(black_box(&public))));
    }
}

/// A search, its time measured over at least ten runs, and as many more as fit `seconds`.
fn search<T>(
    c: &mut Criterion,
    operation: &str,
    bits: usize,
    engine: Engine,
    seconds: u64,
    run: impl Fn() -> T,
) {
    c.benchmark_group(format!("{operation}/{bits}"))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(seconds))
        .bench_function(engine.to_string(), |b| b.iter(&run));
}

fn generation(c: &mut Criterion) {
    for bits in BITS {
        let engine = engine(&random_prime(bits).expect("randomness"));
        search(c, "random_prime", bits, engine, 8, || random_prime(bits).expect("randomness"));
    }
    let mut generate = |bits, engine, seconds| {
        let key = || generate_key(&mut SysRng, bits, engine).expect("randomness");
        search(c, "rsa_generate", bits, engine, seconds, key);
    };
    for engine in Engine::available() {
        generate(2048, engine, 15);
    }
    let best = Engine::available().next().expect("portable code");
    generate(3072, best, 20);
    generate(4096, best, 40);
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
