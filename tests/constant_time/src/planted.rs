//! Leaks on purpose, and neighbours of theirs that don't leak: the witness is tested before it testifies.

use crate::{
    case::{Case, Size::Small},
    taint::{public, public_bytes, secret, secret_bytes},
    tool::is_poisoned,
};
use std::hint::black_box;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};

/// The crate's own file, compiled once more: `declassify` is private there, and what's excused is its name,
/// which ends in the same path here.
#[path = "."]
mod oneway {
    #[path = "."]
    pub(super) mod kernel {
        #[path = "../../../src/kernel/secret.rs"]
        pub(crate) mod secret;
    }
}
use oneway::kernel::secret::declassify;

const KEY: u64 = 0x0123_4567_89ab_cdef;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::leak("planted: branch on a secret", || {
            black_box(branch(secret(KEY)));
        }),
        Case::leak("planted: two branches, of which the public one decides", || {
            black_box(two_branches(secret(KEY), black_box(0)));
        }),
        Case::leak("planted: table indexed by a secret", || {
            black_box(index(secret(KEY), black_box(&[7; 256])));
        }),
        Case::leak("planted: table written to at a secret index", || {
            black_box(write_at(secret(KEY)));
        }),
        Case::leak("planted: loop that runs a secret number of times", || {
            black_box(repeat(secret(KEY)));
        }),
        Case::leak("planted: function called by a secret", || {
            black_box(call(secret(KEY)));
        }),
        Case::leak("planted: option taken out of its CtOption", || {
            black_box(CtOption::new(KEY, secret(KEY).ct_eq(&KEY)).unwrap());
        }),
        Case::leak("planted: branch on the bit beside a declassified one", || {
            let key = secret(KEY);
            assert!(declassify(Choice::from((key & 1) as u8)));
            black_box(branch_on_choice(Choice::from((key >> 1 & 1) as u8)));
        }),
        Case::leak("planted: comparison that ends at the first difference", || {
            black_box(early_exit(&secret_bytes(1, 32), &secret_bytes(1, 32)));
        }),
        Case::leak("planted: comparison by the standard library", || {
            black_box(secret_bytes(1, black_box(32)) == secret_bytes(1, black_box(32)));
        }),
        Case::leak("planted: division of two words by a secret", || {
            black_box(wide_division(black_box(1_000_003), secret(u128::from(KEY))));
        }),
        Case::leak("planted: branch on a choice, not through declassify", || {
            black_box(branch_on_choice(secret(KEY).ct_eq(&KEY)));
        }),
        Case::new("secret and public are told apart", Small, || {
            let mut bytes = [7, public_bytes(&secret_bytes(1, 8))[0]];
            assert!(!is_poisoned(&bytes));
            bytes[0] ^= secret_bytes(1, 8)[0];
            assert!(is_poisoned(&bytes) && !is_poisoned(&bytes[1..]));
        }),
        Case::new("masked select", Small, || {
            assert_eq!(public(select(secret(KEY))), select(KEY));
        }),
        Case::new("comparison by subtle", Small, || {
            let (x, y) = (secret_bytes(1, 32), secret_bytes(1, 32));
            assert_eq!(public(x.ct_eq(&y).unwrap_u8()), 1);
        }),
        Case::new("declassify", Small, || {
            // Branches on the result: it has to be defined.
            assert!(declassify(secret(KEY).ct_eq(&KEY)));
            assert!(!declassify(secret(KEY).ct_eq(&!KEY)));
        }),
        Case::leak("planted: branch on the borrow of a difference", || {
            black_box(branch_on_choice(Choice::from(u8::from(secret(KEY).overflowing_sub(black_box(7)).1))));
        }),
        judge(!MSAN, "planted: branch on the high half of a product", || {
            let (_, high) = secret(KEY).carrying_mul(black_box(KEY), 0);
            black_box(branch_on_choice(Choice::from((high & 1) as u8)));
        }),
        judge(!MSAN, "planted: branch on a carry into bits that were public", || {
            let sum = (secret(KEY) & 0xffff_ffff) + black_box(0xffff_ffff);
            black_box(branch_on_choice(Choice::from((sum >> 32) as u8)));
        }),
        // memcheck doesn't see a division, so `divisions` looks for them and has to find this one.
        judge(MSAN, "planted: division by a secret (always found by `divisions`)", || {
            black_box(division(black_box(1_000_003), secret(KEY as u32)));
        }),
    ]
}

const MSAN: bool = cfg!(oneway_msan);

/// A leak that this tool finds, or doesn't.
fn judge(found: bool, name: &str, run: fn()) -> Case {
    if found { Case::leak(name, run) } else { Case::unseen(name, run) }
}

/// One multiplication for each bit that is set.
#[inline(never)]
pub(crate) fn branch(key: u64) -> u64 {
    let mut product = 1u64;
    for i in 0..64 {
        if key >> i & 1 == 1 {
            product = black_box(product.wrapping_mul(3));
        }
    }
    product
}

/// Two jumps in a row, the first on a secret, the second on a public value. valgrind can fuse such a pair
/// into one jump on "both", which is defined when the public one is false; `run` keeps it from that.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn two_branches(key: u64, flag: u64) -> u64 {
    let result: u64;
    // SAFETY: registers alone.
    unsafe {
        std::arch::asm!(
            "xor {result:e}, {result:e}",
            "test {key}, {key}", "jz 2f",
            "test {flag}, {flag}", "jnz 3f",
            "2:", "add {result}, 1",
            "3:",
            key = in(reg) key, flag = in(reg) flag, result = out(reg) result,
            options(pure, nomem, nostack),
        );
    }
    result
}

#[cfg(not(target_arch = "x86_64"))]
fn two_branches(key: u64, flag: u64) -> u64 {
    u64::from(key == 0 || flag == 0)
}

#[inline(never)]
pub(crate) fn index(key: u64, table: &[u64; 256]) -> u64 {
    table[(key & 255) as usize]
}

#[inline(never)]
pub(crate) fn write_at(key: u64) -> [u64; 256] {
    let mut table = black_box([7; 256]);
    table[(key & 255) as usize] = 8;
    table
}

#[inline(never)]
pub(crate) fn repeat(key: u64) -> u64 {
    (0..key & 255).fold(1, |product, _| black_box(u64::wrapping_mul(product, 3)))
}

/// A jump to an address that is looked up.
#[inline(never)]
pub(crate) fn call(key: u64) -> u64 {
    let functions: [fn(u64) -> u64; 2] = black_box([select, branch]);
    functions[(key & 1) as usize](black_box(1))
}

#[inline(never)]
pub(crate) fn early_exit(x: &[u8], y: &[u8]) -> bool {
    for (a, b) in x.iter().zip(y) {
        if black_box(a ^ b) != 0 {
            return false;
        }
    }
    true
}

#[inline(never)]
fn branch_on_choice(choice: Choice) -> u64 {
    if choice.into() { black_box(1) } else { black_box(2) }
}

/// What [`branch`] computes, without its leak.
#[inline(never)]
pub(crate) fn select(key: u64) -> u64 {
    let mut product = 1u64;
    for i in 0..64 {
        let bit = Choice::from((key >> i & 1) as u8);
        product = u64::conditional_select(&product, &product.wrapping_mul(3), bit);
    }
    product
}

/// The time of `div` depends on its operands on many processors. (Of 64 bits the compiler branches on the
/// size of the operands first, which memcheck reports.)
#[inline(never)]
pub(crate) fn division(x: u32, key: u32) -> u32 {
    inlined_division(x, key)
}

/// Has no symbol of its own: the debug information has to name it.
#[inline(always)]
fn inlined_division(x: u32, key: u32) -> u32 {
    x / (key | 1)
}

/// A call of the compiler's helper.
#[inline(never)]
fn wide_division(x: u128, key: u128) -> u128 {
    x / (key | 1)
}
