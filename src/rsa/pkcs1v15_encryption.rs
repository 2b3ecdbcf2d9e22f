//! PKCS#1 v1.5 encryption, for those who have to read old messages (RFC 8017, section 7.2).
//!
//! EM = 0 ‖ 2 ‖ at least eight random bytes other than 0 ‖ 0 ‖ message. Whoever can tell whether a
//! ciphertext decrypts to an EM of that form can decrypt everything (Bleichenbacher, CRYPTO 1998).
//! **Implicit rejection** takes the question away: a wrong EM gives a message as well, a pseudo-random one
//! that depends on key and ciphertext, in the same time. Source: draft-irtf-cfrg-rsa-guidance, section 7;
//! OpenSSL 3.2 does the same. The caller's expected length takes the place of the draft's pseudo-random
//! one, and where they agree, so do the bytes.

use alloc::vec;
use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::{PrivateKey, PublicKey};
use crate::bignum::bit;
use crate::hash::{Hmac, Sha256};
use crate::kernel::word::{equal, less, mask, select};
use crate::{Error, Result};

/// The bytes of EM that aren't message: two, eight of padding, and the zero that ends it.
const OVERHEAD: usize = 11;

/// Encrypts a message of up to k − 11 bytes.
pub(crate) fn encrypt_pkcs1v15<R: TryCryptoRng + ?Sized>(
    public: &PublicKey,
    rng: &mut R,
    message: &[u8],
) -> Result<Vec<u8>> {
    public.check_encrypts()?;
    let k = public.size();
    let max = k.checked_sub(OVERHEAD).ok_or(Error::KeyTooSmall)?;
    if message.len() > max {
        return Err(Error::MessageTooLong { len: message.len(), max });
    }
    let mut encoded = Zeroizing::new(vec![0; k]);
    encoded[1] = 2;
    let (padding, rest) = encoded[2..].split_at_mut(k - 3 - message.len());
    let mut random = Zeroizing::new(vec![0; 8 * padding.len()]);
    rng.try_fill_bytes(&mut random).map_err(|_| Error::Random)?;
    for (byte, random) in padding.iter_mut().zip(random.chunks_exact(8)) {
        // 1 + ⌊255 r / 2^64⌋: from 1 to 255, without rejection.
        let (_, high) = u64::from_le_bytes(random.try_into().expect("eight bytes")).carrying_mul(255, 0);
        *byte = high as u8 + 1;
    }
    rest[1..].copy_from_slice(message);
    public.apply_to_bytes(&encoded)
}

/// Decrypts to a message of `expected_len` bytes, or to as many pseudo-random ones.
pub(crate) fn decrypt_pkcs1v15<R: TryCryptoRng + ?Sized>(
    private: &PrivateKey,
    rng: &mut R,
    ciphertext: &[u8],
    expected_len: usize,
) -> Result<Zeroizing<Vec<u8>>> {
    private.public_key().check_encrypts()?;
    let k = private.public_key().size();
    let max = k.checked_sub(OVERHEAD).ok_or(Error::KeyTooSmall)?;
    if expected_len > max {
        return Err(Error::MessageTooLong { len: expected_len, max });
    }
    let encoded = private.apply_to_bytes(rng, ciphertext)?;
    let instead = rejection_message(&private.private_exponent(), ciphertext, k);
    let keep = mask(bit(has_message_of(&encoded, expected_len)));
    let tail = |bytes: &[u8], i: usize| u64::from(bytes[k - expected_len + i]);
    Ok(Zeroizing::new(
        (0..expected_len).map(|i| select(keep, tail(&encoded, i), tail(&instead, i)) as u8).collect(),
    ))
}

/// Whether EM is well formed and its message has `len` bytes.
fn has_message_of(encoded: &[u8], len: usize) -> Choice {
    let mut zero_at = 0;
    let mut found = 0;
    for (i, byte) in encoded.iter().enumerate().skip(2) {
        let is_zero = equal(u64::from(*byte), 0);
        zero_at = select(mask(is_zero & (found ^ 1)), i as u64, zero_at);
        found |= is_zero;
    }
    let is_right = found & (less(zero_at, 10) ^ 1) & equal(zero_at + 1 + len as u64, encoded.len() as u64);
    encoded[0].ct_eq(&0) & encoded[1].ct_eq(&2) & Choice::from(is_right as u8)
}

/// The k bytes from whose end the message is taken that a wrong ciphertext decrypts to.
fn rejection_message(d: &[u8], ciphertext: &[u8], k: usize) -> Zeroizing<Vec<u8>> {
    use digest::Digest;
    let mut d_hash = Sha256::digest(d);
    let key = Zeroizing::new(<[u8; 32]>::from(Hmac::<Sha256>::mac(&d_hash, ciphertext)));
    d_hash.as_mut_slice().zeroize();
    let mut message = Zeroizing::new(vec![0; k]);
    for (i, chunk) in (0u16..).zip(message.chunks_mut(32)) {
        let mut hmac = Hmac::<Sha256>::new(&key[..]);
        hmac.update(&i.to_be_bytes());
        hmac.update(b"message");
        hmac.update(&(8 * k as u16).to_be_bytes());
        let mut block = hmac.finalize();
        chunk.copy_from_slice(&block[..chunk.len()]);
        block.as_mut_slice().zeroize();
    }
    message
}
