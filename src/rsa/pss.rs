//! PSS, the probabilistic signature scheme (RFC 8017, sections 8.1 and 9.1).
//!
//! EM = maskedDB ‖ H ‖ 0xbc with H = hash(0⁸ ‖ hash(message) ‖ salt) and DB = 0…0 ‖ 1 ‖ salt, masked by H.
//! EM has one bit less than the modulus, and so sometimes one byte less. Everything that verification works
//! on is public.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use digest::Digest;
use rand_core::TryCryptoRng;

use super::binding::PssUse;
use super::mgf::xor_mask;
use super::scheme::{SignatureScheme, sealed};
use crate::{Error, Result};

/// PSS's parts: the hash D, the hash M of the mask generation function, and the length of the salt.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::hash::Sha384;
/// use oneway::rsa::{PrivateKey, Pss};
///
/// let key = PrivateKey::generate(2048)?;
/// let signature = key.sign_with(&Pss::<Sha384>::new().salt_len(20), b"message")?;
/// assert!(key.public_key().verify_with(&Pss::<Sha384>::new(), b"message", &signature).is_err());
/// key.public_key().verify_with(&Pss::<Sha384>::new().any_salt_len(), b"message", &signature)?;
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
pub struct Pss<D: Digest, M: Digest = D> {
    /// The length of the salt that signatures are made with, in bytes.
    pub(super) salt_len: usize,
    any_salt_len: bool,
    hashes: PhantomData<fn() -> (D, M)>,
}

impl<D: Digest, M: Digest> Pss<D, M> {
    /// PSS with a salt as long as the hash.
    pub fn new() -> Self {
        Self { salt_len: <D as Digest>::output_size(), any_salt_len: false, hashes: PhantomData }
    }

    /// The same with a salt of `len` bytes; 0 makes signatures deterministic. (FIPS 186-5, section 5.4,
    /// allows no salt longer than the hash; RFC 8017 does.)
    #[must_use]
    pub fn salt_len(self, len: usize) -> Self {
        Self { salt_len: len, any_salt_len: false, ..self }
    }

    /// The same, but verification takes a salt of any length (of a key that's bound to PSS parameters, one that's as
    /// long as they ask for). Signatures are made as before.
    #[must_use]
    pub fn any_salt_len(self) -> Self {
        Self { any_salt_len: true, ..self }
    }

    /// H = hash(0⁸ ‖ hash(message) ‖ salt).
    fn salted_hash(hash: &[u8], salt: &[u8]) -> digest::Output<D> {
        D::new().chain_update([0; 8]).chain_update(hash).chain_update(salt).finalize()
    }
}

/// The bits of EM's first byte that a modulus of this size doesn't have room for, as a mask of those that
/// it has.
fn top_byte(modulus_bits: usize) -> u8 {
    0xff >> (8 * (modulus_bits - 1).div_ceil(8) - (modulus_bits - 1))
}

impl<D: Digest, M: Digest> sealed::Sealed for Pss<D, M> {}

impl<D: Digest, M: Digest> SignatureScheme for Pss<D, M> {
    type Hash = D;

    fn encode<R: TryCryptoRng + ?Sized>(
        &self,
        hash: &[u8],
        modulus_bits: usize,
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        let (k, len, h) = (modulus_bits.div_ceil(8), (modulus_bits - 1).div_ceil(8), hash.len());
        let rest = h.checked_add(2).and_then(|n| n.checked_add(self.salt_len)).ok_or(Error::KeyTooSmall)?;
        let zeros = len.checked_sub(rest).ok_or(Error::KeyTooSmall)?;
        let mut salt = vec![0; self.salt_len];
        rng.try_fill_bytes(&mut salt).map_err(|_| Error::Random)?;
        let salted = Self::salted_hash(hash, &salt);
        let mut encoded = vec![0; k];
        let (db, tail) = encoded[k - len..].split_at_mut(len - h - 1);
        db[zeros] = 1;
        db[zeros + 1..].copy_from_slice(&salt);
        xor_mask::<M>(db, &salted);
        db[0] &= top_byte(modulus_bits);
        tail[..h].copy_from_slice(&salted);
        tail[h] = 0xbc;
        Ok(encoded)
    }

    fn pss(&self) -> Option<PssUse> {
        Some(PssUse::new::<D, M>(self.salt_len, self.any_salt_len))
    }

    fn verify_encoded(
        &self,
        hash: &[u8],
        encoded: &[u8],
        modulus_bits: usize,
        min_salt_len: usize,
    ) -> Result<()> {
        let (k, len, h) = (modulus_bits.div_ceil(8), (modulus_bits - 1).div_ceil(8), hash.len());
        if len < h + 2 || (!self.any_salt_len && len - h - 2 < self.salt_len) {
            return Err(Error::KeyTooSmall);
        }
        let (above, encoded) = encoded.split_at(k - len);
        let (masked, tail) = encoded.split_at(len - h - 1);
        let (salted, trailer) = tail.split_at(h);
        let top = top_byte(modulus_bits);
        if above.iter().any(|byte| *byte != 0) || masked[0] & !top != 0 || trailer != [0xbc] {
            return Err(Error::Signature);
        }
        let mut db = masked.to_vec();
        xor_mask::<M>(&mut db, salted);
        db[0] &= top;
        let zeros = db.iter().take_while(|byte| **byte == 0).count();
        let salt = match db.get(zeros) {
            Some(1) => &db[zeros + 1..],
            _ => return Err(Error::Signature),
        };
        let is_right = (self.any_salt_len || salt.len() == self.salt_len)
            && salt.len() >= min_salt_len
            && Self::salted_hash(hash, salt).as_slice() == salted;
        if is_right { Ok(()) } else { Err(Error::Signature) }
    }
}

impl<D: Digest, M: Digest> Default for Pss<D, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Digest, M: Digest> Clone for Pss<D, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Digest, M: Digest> Copy for Pss<D, M> {}

impl<D: Digest, M: Digest> PartialEq for Pss<D, M> {
    fn eq(&self, other: &Self) -> bool {
        (self.salt_len, self.any_salt_len) == (other.salt_len, other.any_salt_len)
    }
}

impl<D: Digest, M: Digest> Eq for Pss<D, M> {}

impl<D: Digest, M: Digest> Hash for Pss<D, M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.salt_len, self.any_salt_len).hash(state);
    }
}

impl<D: Digest, M: Digest> fmt::Debug for Pss<D, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let salt_len = (!self.any_salt_len).then_some(self.salt_len);
        f.debug_struct("Pss").field("salt_len", &salt_len).finish_non_exhaustive()
    }
}
