//! What numbers and residues cost, by width, through the public API: results are made anew by each call, as they are for users.
//!
//! Group `operation/bits`, function by the engine that computes: residues go through each engine that this CPU has and
//! that has code for the width. Operands fill their width, and so do the exponents of `pow`; that of `pow_vartime` is
//! 65537. `cargo bench --bench bignum -- pow/2048` runs one group, `-- /ifma` one engine.

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use oneway::bignum::{Modulus, Nat};
use oneway::hazmat::engine::Engine;

const BITS: [usize; 8] = [256, 512, 1024, 1536, 2048, 3072, 4096, 8192];

/// A number of `bits` bits that is odd, has its top bit set, and is the same in every run.
fn number(bits: usize, seed: u64) -> Nat {
    let mut state = seed;
    let mut bytes: Vec<u8> = (0..bits / 8)
        .map(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 56) as u8
        })
        .collect();
    bytes[0] |= 0x80;
    bytes[bits / 8 - 1] |= 1;
    Nat::from_be_bytes(&bytes).expect("a width below the limit")
}

/// One group of one function: a group's name has the size, so that engines stand side by side.
fn run<T>(c: &mut Criterion, operation: &str, bits: usize, engine: &str, mut call: impl FnMut() -> T) {
    c.benchmark_group(format!("{operation}/{bits}")).bench_function(engine, |b| b.iter(&mut call));
}

fn limbs(c: &mut Criterion) {
    for bits in BITS {
        let (x, y, wide) = (number(bits, 1), number(bits, 2), number(2 * bits, 3));
        run(c, "add", bits, "portable", || black_box(&x).add(black_box(&y)));
        run(c, "mul", bits, "portable", || black_box(&x).mul(black_box(&y)));
        run(c, "square", bits, "portable", || black_box(&x).square());
        run(c, "div_rem", bits, "portable", || black_box(&wide).div_rem(black_box(&y)));
    }
}

fn residues(c: &mut Criterion) {
    let f4 = Nat::from(65_537);
    for (bits, engine) in BITS.into_iter().flat_map(|bits| Engine::available().map(move |e| (bits, e))) {
        let m = Modulus::with_engine(&number(bits, 4), engine).expect("an odd number");
        if m.engine() != engine {
            continue;
        }
        let engine = engine.to_string();
        let (x, y, e) = (m.residue(&number(bits, 5)), m.residue(&number(bits, 6)), number(bits, 7));
        run(c, "montgomery_mul", bits, &engine, || black_box(&x).mul(black_box(&y)));
        run(c, "montgomery_square", bits, &engine, || black_box(&x).square());
        run(c, "pow_vartime", bits, &engine, || black_box(&x).pow_vartime(black_box(&f4)));
        run(c, "invert", bits, &engine, || black_box(&x).invert());
        run(c, "pow", bits, &engine, || black_box(&x).pow(black_box(&e)));
    }
}

criterion_group! {
    name = bignum;
    // A hundred functions in three minutes: ten samples are the fewest that criterion takes.
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .without_plots();
    targets = limbs, residues
}
criterion_main!(bignum);
