//! Many signatures at once: one equation for all of them.
//!
//! With zᵢ numbers of 128 bits that whoever made the signatures couldn't foresee,
//!
//! ```text
//! 8 (Σ zᵢ Sᵢ) B = 8 Σ zᵢ Rᵢ + 8 Σ (zᵢ kᵢ) Aᵢ
//! ```
//!
//! holds if the equation of every signature does. If one doesn't, Dⱼ = 8 (Sⱼ B − Rⱼ − kⱼ Aⱼ) isn't the identity;
//! it's of order ℓ, a prime above 2^128, so for any choice of the other zᵢ at most one zⱼ makes the sum vanish: a
//! chance of 2^−128. The doublings of all multiples are shared, which is what makes a batch cheaper.
//!
//! The zᵢ come from a hash of everything: of each signature S and the hash k, which covers R, A and the message. So
//! a change to any of them changes all zᵢ, an attacker who wants a bad batch accepted has to try 2^128 of them, and
//! no generator can be missing or bad. (Random zᵢ would have to be as good, and an answer couldn't be repeated.)

use alloc::vec::Vec;

use digest::Digest;

use super::{Message, Signature, VerifyingKey, decoded};
use crate::curve::edwards::{self, Point};
use crate::field::l25519::Scalar;
use crate::hash::Sha512;
use crate::kernel::secret::declassify;
use crate::{Error, Result};

/// The most signatures that are put into one equation: with more, the multiples of their points (2 KiB for each
/// signature) leave the cache, and next to nothing is left to share.
const MOST: usize = 64;

/// Whether all of these are signatures: each of its message, by its key. (Ed25519, without a context.)
///
/// That's by the same [rule](super#what-is-a-valid-signature) as [`VerifyingKey::verify`], so that a batch is accepted
/// exactly if each of its signatures is (but for a chance of 2^−128), and faster than one by one. An empty batch is
/// accepted.
///
/// ```
/// use oneway::ed25519::{SigningKey, verify_batch};
///
/// let keys = [[1; 32], [2; 32]].map(|seed| SigningKey::from_bytes(&seed).unwrap());
/// let signatures = keys.each_ref().map(|key| key.sign(b"message"));
/// verify_batch(&[
///     (b"message", &signatures[0], keys[0].verifying_key()),
///     (b"message", &signatures[1], keys[1].verifying_key()),
/// ])?;
/// # Ok::<(), oneway::Error>(())
/// ```
///
/// # Errors
/// [`Error::Signature`] if one of them isn't. Which, isn't said: who has to know verifies them one by one.
pub fn verify_batch(items: &[(&[u8], &Signature, &VerifyingKey)]) -> Result<()> {
    items.chunks(MOST).try_for_each(verify_chunk)
}

fn verify_chunk(items: &[(&[u8], &Signature, &VerifyingKey)]) -> Result<()> {
    let Some((_, _, key)) = items.first() else { return Ok(()) };
    let engine = key.engine;
    let challenges: Vec<_> = items
        .iter()
        .map(|(message, signature, key)| Message::Pure(message).challenge(&signature.r, &key.bytes))
        .collect();
    let mut all = Sha512::new_with_prefix(b"oneway: batch of Ed25519 signatures");
    for ((_, signature, _), challenge) in items.iter().zip(&challenges) {
        all.update(challenge.as_slice());
        all.update(signature.s);
    }
    let seed = all.finalize();
    let zero = Scalar::from_bytes_mod_order(&[0; 32]);
    let mut sum = zero;
    let mut terms = Vec::with_capacity(2 * items.len());
    for (i, ((_, signature, key), challenge)) in items.iter().zip(&challenges).enumerate() {
        let z = coefficient(&seed, i);
        sum = z.mul_add(&signature.scalar().ok_or(Error::Signature)?, &sum);
        terms.push((z.mul_add(&Scalar::from_wide_bytes(challenge), &zero), key.minus_a));
        terms.push((z, Point::IDENTITY));
    }
    for (items, terms) in items.chunks(4).zip(terms.chunks_mut(8)) {
        // The last chunk is filled with its first signature, again.
        let encodings = core::array::from_fn(|i| &items.get(i).unwrap_or(&items[0]).1.r);
        let points = Point::decompress_four(engine, encodings);
        for (pair, point) in terms.chunks_mut(2).zip(points) {
            pair[1].1 = decoded(point).ok_or(Error::Signature)?.neg();
        }
    }
    // Whether the batch is valid is what the caller asks.
    let is_valid = edwards::sum_vartime(engine, &terms, &sum).is_small_order();
    if declassify(is_valid) { Ok(()) } else { Err(Error::Signature) }
}

/// zᵢ: the first 128 bits of SHA-512 of the seed and i.
fn coefficient(seed: &[u8], i: usize) -> Scalar {
    let hash = Sha512::new_with_prefix(seed).chain_update((i as u64).to_le_bytes()).finalize();
    let mut z = [0; 32];
    z[..16].copy_from_slice(&hash[..16]);
    Scalar::from_bytes_mod_order(&z)
}
