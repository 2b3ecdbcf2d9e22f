//! Public-key cryptography from first principles: large primes, RSA, elliptic curves, SHA-2, and the trust that is
//! built from them.
//!
//! The name is the subject: a **one-way function** with a trap door. Multiplying two large primes takes a
//! microsecond, and finding them again from the product takes longer than anyone has. Whoever knows them
//! can undo what everyone can do.
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::rsa::PrivateKey;
//!
//! let private = PrivateKey::generate(2048)?; // two primes of 1024 bits
//! let ciphertext = private.public_key().encrypt(b"a message")?; // anyone can
//! assert_eq!(private.decrypt(&ciphertext)?.as_slice(), b"a message"); // one can
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! # The house
//!
//! A reader goes from bits to trust, downstairs to upstairs; a storey uses only the storeys under it.
//!
//! | storey | module | what it is |
//! |--:|---|---|
//! | 0 | `kernel` (private) | words, masks, rows of limbs, Montgomery products on three engines (portable, AVX2, AVX-512 IFMA), division steps, multiplication on curves (AVX-512 IFMA), compression functions |
//! | 1 | [`bignum`] | integers of an announced width in constant time: sums, products, division, roots, inverses, residues, powers |
//! | 1 | [`prime`] | small primes, Miller-Rabin, Lucas, Baillie-PSW, the search for a large prime |
//! | 2 | `field`, `curve` (private) | fields of a fixed size, and points: sums, multiples, encodings |
//! | 2 | [`hash`] | SHA-224, SHA-256, SHA-384, SHA-512; HMAC, HKDF |
//! | 3 | [`rsa`] | keys, OAEP encryption, PSS and PKCS#1 v1.5 signatures |
//! | 3 | [`ecdh`] | key agreement: X25519, P-256, P-384, P-521 |
//! | 3 | [`ecdsa`], [`ed25519`] | signatures on P-256, P-384, P-521; on Curve25519 |
//! | 3 | [`hpke`] | messages of any length encrypted to a public key |
//! | 4 | [`key`] | keys as bytes: PKCS#1, PKCS#8, SPKI, SEC 1, PEM; fingerprints |
//! | 5 | [`trust`] | certificates, chains, authorities, stores: whose key is it? |
//! | | [`hazmat`] | the sharp tools: the bare trap door, small keys, PKCS#1 v1.5 encryption |
//!
//! The [`manual`] explains it all in the same order, with the mathematics and sources.
//!
//! # Secrets
//!
//! No branch, no memory address and no division depends on a secret: not when a key is used, and not when
//! it's loaded or generated. Where a number's value is secret, its width is public and decides what an
//! operation costs. Functions whose time depends on a value end in `_vartime` or say that they're for
//! public numbers. Secrets are wiped from memory when they're dropped, and no `Debug` prints them. On
//! x86-64 this is checked on the compiled program (`tests/constant_time`); elsewhere it holds by
//! construction, as far as a compiler leaves [`core::hint::black_box`] alone, and isn't checked. How all that is done,
//! and everything that becomes public in the end, is told in [`manual::constant_time`].
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|:--:|---|
//! | `std` | yes | a blinding factor that an RSA key keeps from one use to the next |
//! | `alloc` | by `std` | [`bignum`], [`prime`], [`rsa`], batches of signatures; without it there are [`hash`], [`ecdh`], [`ecdsa`] and [`ed25519`] |
//! | `getrandom` | yes | functions that take no generator and use the operating system's |
//! | `pem` | yes | [`key`]: keys as DER and PEM text, and the traits of the crates `pkcs1`, `pkcs8`, `sec1` and `spki` |
//! | `encryption` | | private keys under a password: encrypted PKCS#8, and where that's allowed in old ciphers |
//! | `hpke` | | [`hpke`]: messages of any length, encrypted to a public key |
//! | `trust` | | [`trust`]: certificates, chains, requests, authorities, stores |
//! | `pkcs12` | | in [`trust`], key stores and trust stores under a password: PKCS#12, and Java's older formats |
//! | `native-roots` | | `trust::TrustStore::native` on Windows and macOS; elsewhere it works without |
//!
//! Features add items, and never change what comes out of one. (Where blinding factors come from, which no
//! result depends on, follows `std` and `getrandom`.)
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bytes;
mod curve;
mod error;
mod field;
mod kernel;

#[cfg(feature = "alloc")]
pub mod bignum;
pub mod ecdh;
pub mod ecdsa;
pub mod ed25519;
pub mod hash;
pub mod hazmat;
#[cfg(feature = "hpke")]
pub mod hpke;
#[cfg(feature = "pem")]
pub mod key;
pub mod manual;
#[cfg(feature = "alloc")]
pub mod prime;
#[cfg(feature = "alloc")]
pub mod rsa;
#[cfg(feature = "trust")]
pub mod trust;

pub use bytes::Bytes;
pub use error::Error;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// The README's programs, compiled and run with the other examples.
#[cfg(all(doctest, feature = "getrandom", feature = "std", feature = "trust"))]
#[doc = include_str!("../README.md")]
struct Readme;
