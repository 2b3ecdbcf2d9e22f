//! Storey 3: RSA, the one-way function with a trap door.
//!
//! n = p · q for two large secret primes, e odd, d with e · d ≡ 1 (mod λ(n)), λ(n) = lcm(p − 1, q − 1).
//! Then x ↦ xᵉ mod n is a permutation of 0 ≤ x < n that anyone can compute from (n, e), and y ↦ yᵈ mod n
//! undoes it: easy for who knows p and q, and for nobody else as far as anyone knows. The bare function is
//! no encryption (equal messages look equal, products go through); what makes it one, or a signature, is
//! the padding:
//! - [`Oaep`]: encryption, with random padding that nobody can aim at. [`PublicKey::encrypt`],
//!   [`PrivateKey::decrypt`].
//! - [`Pss`]: signatures with a salt. [`PrivateKey::sign`], [`PublicKey::verify`].
//! - [`Pkcs1v15`]: the signatures of 1993, deterministic, which most certificates still have.
//! - [`SigningKey`], [`VerifyingKey`], [`Signature`]: a key with one scheme, for code that's written against
//!   the traits of the crates `signature` and `spki`. [`PrivateKey::signer`], [`PublicKey::verifier`].
//! - The bare function, small keys and PKCS#1 v1.5 encryption are in [`crate::hazmat::rsa`].
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::rsa::PrivateKey;
//!
//! let private = PrivateKey::generate(2048)?;
//! let public = private.public_key();
//!
//! let ciphertext = public.encrypt(b"to you alone")?;
//! assert_eq!(private.decrypt(&ciphertext)?.as_slice(), b"to you alone");
//!
//! let signature = private.sign(b"mine")?;
//! public.verify(b"mine", &signature)?;
//! assert!(public.verify(b"yours", &signature).is_err());
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! **What private operations do, always**: they work modulo p and q and put the halves together (the
//! Chinese remainder theorem, four times as fast); on an input multiplied by a random rᵉ, divided by r at
//! the end, so that nobody chooses what they work on (blinding); and they raise the result to e and compare
//! before it leaves, since a fault in one half would give the factors away. Time depends on the sizes of n,
//! p and q, and on e. (The trial of a key when it's loaded is the one exception: its input follows from n,
//! so it isn't blinded. After a process forks, both have the factor that the key has kept: who forks and
//! signs on both sides loads the key anew on one.)
//!
//! Sources: RFC 8017 (PKCS#1 v2.2); FIPS 186-5, section 5 and appendix A.1; SP 800-56B rev. 2.
//!
//! Files: `public` and `private` (the keys), `binding` (keys for PSS alone), `generate`, `recover` (p and q from d), `blinding`, `fault` (where tests disturb), `scheme`
//! (what signature schemes share), `oaep`, `pss`, `pkcs1v15` (signatures), `pkcs1v15_encryption`, `mgf`
//! (the mask generation function), `signer` (keys with one scheme), `spki` (names of keys and schemes in
//! DER).

mod binding;
mod blinding;
mod fault;
mod generate;
mod mgf;
mod oaep;
mod pkcs1v15;
mod pkcs1v15_encryption;
mod private;
mod pss;
mod public;
mod recover;
mod scheme;
mod signer;
#[cfg(feature = "pem")]
mod spki;

pub(crate) use pkcs1v15_encryption::{decrypt_pkcs1v15, encrypt_pkcs1v15};

pub use binding::{PssBinding, PssHash, PssParams};
pub use oaep::Oaep;
pub use pkcs1v15::Pkcs1v15;
#[cfg(feature = "pem")]
pub(crate) use private::Numbers;
pub use private::{CrtComponents, PrivateKey};
pub use pss::Pss;
pub use public::PublicKey;
pub use scheme::SignatureScheme;
pub use signer::{Signature, SigningKey, VerifyingKey};

use crate::{Error, Result};

/// The smallest key that isn't `hazmat`, in bits.
const MIN_BITS: usize = 2048;
/// The largest key, in bits.
pub(crate) const MAX_BITS: usize = 16_384;

/// Checks that a public exponent is odd and 3 ≤ e < 2^33.
fn check_exponent(e: u64) -> Result<()> {
    if e & 1 == 1 && (3..1 << 33).contains(&e) { Ok(()) } else { Err(Error::PublicExponent) }
}

/// Checks the size of a modulus.
fn check_size(bits: usize, min: usize) -> Result<()> {
    if (min..=MAX_BITS).contains(&bits) { Ok(()) } else { Err(size_error(bits, min)) }
}

/// What is said of a modulus of the wrong size.
fn size_error(bits: usize, min: usize) -> Error {
    Error::Size { bits, allowed: if min == MIN_BITS { "2048 to 16384 bits" } else { "up to 16384 bits" } }
}
