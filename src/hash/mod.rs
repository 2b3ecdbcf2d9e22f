//! Hashes: SHA-2, and what is built of a hash and a key, HMAC and HKDF.
//!
//! A hash is a function {0, 1}* → {0, 1}^n that anybody can compute and nobody can invert: neither find an
//! input for an output (2^n work) nor two inputs with one output (2^(n/2) work, as birthdays coincide).
//!
//! | | output | block | word | collisions cost |
//! |---|---|---|---|---|
//! | [`Sha224`] | 28 bytes | 64 bytes | 32 bits | 2^112 |
//! | [`Sha256`] | 32 bytes | 64 bytes | 32 bits | 2^128 |
//! | [`Sha384`] | 48 bytes | 128 bytes | 64 bits | 2^192 |
//! | [`Sha512`] | 64 bytes | 128 bytes | 64 bits | 2^256 |
//!
//! The construction is Merkle's and Damgård's: pad the message with a one, zeros and its length in bits to
//! full blocks, then fold the blocks into a state with a compression function. The state after the last
//! block is the hash, so from SHA-256(m) and the length of m anybody computes SHA-256(m ‖ padding ‖ more).
//! (SHA-224 and SHA-384 keep a part of the state back.) A key in front of a message therefore makes no MAC:
//! [`Hmac`] does.
//!
//! The types implement the traits of the [`digest`] crate, and fit whatever takes a `D: Digest`.
//! No allocator is needed.
//!
//! What leaks: the lengths of inputs, by design. Content takes part in no branch and no address.
//! State and buffer are erased on drop.
//!
//! Sources: FIPS 180-4 (SHA-2), RFC 2104 (HMAC), RFC 5869 (HKDF).
//!
//! Map: `sha2` pads, counts and names; the compression functions are in `kernel`.

mod hkdf;
mod hmac;
mod sha2;

pub use digest;
pub use hkdf::{Hkdf, Prk};
pub use hmac::Hmac;
pub use sha2::{Sha224, Sha256, Sha384, Sha512};

/// The engine that computes SHA-224 and SHA-256 on this machine, for the names of benchmarks.
#[doc(hidden)]
pub fn sha256_engine() -> &'static str {
    crate::kernel::sha256::Engine::detect().name()
}

/// The engine that computes SHA-384 and SHA-512 on this machine.
#[doc(hidden)]
pub fn sha512_engine() -> &'static str {
    crate::kernel::sha512::Engine::detect().name()
}

/// The engines of SHA-384 and SHA-512 that this CPU has, the best one first: their names, and what mixes
/// blocks into a state. For benchmarks.
#[doc(hidden)]
pub fn sha512_engines() -> impl Iterator<Item = (&'static str, impl Fn(&mut [u64; 8], &[[u8; 128]]))> {
    use crate::kernel::sha512::Engine;

    Engine::available().map(|engine| {
        (engine.name(), move |state: &mut [u64; 8], blocks: &[[u8; 128]]| engine.compress(state, blocks))
    })
}
