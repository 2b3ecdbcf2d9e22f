//! Leaks on purpose, and neighbours of theirs that don't leak: the witness is tested before it testifies.

use super::{Case, Expected, Work};
use crate::{
    case::Size::Small,
    planted::{branch, call, division, early_exit, index, repeat, select, write_at},
};
use oneway::bignum::{Modulus, Nat};
use std::hint::black_box;

/// The two secrets differ in one bit, the lowest but for a comparison of bytes.
const KEYS: [u64; 2] = [0x0123_4567_89ab_cdee, 0x0123_4567_89ab_cdef];

pub(super) fn cases() -> Vec<Case> {
    vec![
        leak("branch on a secret", "planted::branch", branch),
        leak("table indexed by a secret", "planted::index", |key| index(key, black_box(&[7; 256]))),
        leak("table written to at a secret index", "planted::write_at", |key| write_at(key)[0]),
        leak("loop that runs a secret number of times", "planted::repeat", repeat),
        leak("function called by a secret", "planted::call", call),
        leak("comparison that ends at the first difference", "planted::early_exit", |key| {
            u64::from(early_exit(&key.to_le_bytes(), &black_box(KEYS[0]).to_le_bytes()))
        }),
        leak("comparison by the standard library", "planted::equal", |key| {
            let [mut x, y] = [[7; 4096]; 2];
            x[0] ^= (key & 1) as u8;
            u64::from(equal(black_box(&x), black_box(&y)))
        }),
        leak("instruction that is repeated up to the first difference", "planted::repeated", repeated),
        leak("power for a public exponent, with a secret one", "montgomery::Windows", power),
        case("planted: division by a secret (always found by `divisions`)", Expected::Unseen, |key| {
            u64::from(division(black_box(1_000_003), key as u32))
        }),
        case("masked select", Expected::Clean, select),
    ]
}

fn leak(name: &str, function: &'static str, run: fn(u64) -> u64) -> Case {
    case(&format!("planted: {name}"), Expected::Leak(function), run)
}

fn case(name: &str, expected: Expected, run: fn(u64) -> u64) -> Case {
    let prepare = move |seed| {
        let key = KEYS[usize::from(seed == 1)];
        // The key beside what's computed: a result that's the same for both is one here.
        Work::new(move || [black_box(run(black_box(key))), key].map(u64::to_le_bytes).concat())
    };
    Case { expected, ..Case::new(name, Small, 2, prepare) }
}

/// The length isn't known to the compiler, so it's the C library that compares.
#[inline(never)]
fn equal(x: &[u8], y: &[u8]) -> bool {
    x[..black_box(4096)] == y[..black_box(4096)]
}

#[inline(never)]
fn repeated(key: u64) -> u64 {
    let [x, y] = [key, black_box(KEYS[0])].map(u64::to_le_bytes);
    // SAFETY: up to eight bytes of each are read.
    unsafe {
        std::arch::asm!(
            "repe cmpsb",
            inout("rsi") x.as_ptr() => _,
            inout("rdi") y.as_ptr() => _,
            inout("rcx") x.len() => _,
            options(readonly, nostack)
        );
    }
    key
}

/// By code of oneway's best engine.
#[inline(never)]
fn power(key: u64) -> u64 {
    let m = Modulus::from_be_bytes(&[0xff; 128]).expect("odd");
    let power = m.residue(&Nat::from(3)).pow_vartime(&Nat::from(key));
    power.to_be_bytes().iter().fold(0, |sum, byte| sum << 1 ^ u64::from(*byte))
}
