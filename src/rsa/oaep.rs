//! OAEP, optimal asymmetric encryption padding (RFC 8017, section 7.1).
//!
//! EM = 0 ‖ maskedSeed ‖ maskedDB: DB = hash(label) ‖ 0…0 ‖ 1 ‖ message is masked by a random seed, and the
//! seed by the masked DB. Changing a bit of EM changes all of it, so what decrypts to anything was made by
//! encryption. k, the length of EM, is the modulus', the hash and seed have h bytes.
//!
//! Decoding looks at every byte whatever it finds, and ends in one bit. Only if that says that all is well
//! does the message's length become public, by handing out the message.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use digest::{Digest, Output};
use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::mgf::xor_mask;
use crate::bignum::bit;
use crate::kernel::secret::{declassify, declassify_word};
use crate::kernel::word::{mask, select};
use crate::{Error, Result};

/// OAEP's parts: the hash D, the hash M of the mask generation function, and a label that both sides know.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::hash::{Sha256, Sha512};
/// use oneway::rsa::{Oaep, PrivateKey};
///
/// let key = PrivateKey::generate(2048)?;
/// let oaep = Oaep::<Sha512, Sha256>::new().label(b"invoices");
/// let ciphertext = key.public_key().encrypt_with(&oaep, b"42 euros")?;
/// assert_eq!(key.decrypt_with(&oaep, &ciphertext)?.as_slice(), b"42 euros");
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
pub struct Oaep<D: Digest, M: Digest = D> {
    label_hash: Output<D>,
    mgf: PhantomData<fn() -> M>,
}

impl<D: Digest, M: Digest> Oaep<D, M> {
    /// OAEP with an empty label.
    pub fn new() -> Self {
        Self { label_hash: D::digest(b""), mgf: PhantomData }
    }

    /// The same with a label. It isn't sent, and decryption fails under any other.
    #[must_use]
    pub fn label(self, label: &[u8]) -> Self {
        Self { label_hash: D::digest(label), ..self }
    }

    /// The longest message for a modulus of k bytes: k − 2 h − 2.
    pub(super) fn max_message(&self, k: usize) -> Result<usize> {
        k.checked_sub(2 * self.label_hash.len() + 2).ok_or(Error::KeyTooSmall)
    }

    /// EM for a message; k bytes.
    pub(super) fn encode<R: TryCryptoRng + ?Sized>(
        &self,
        message: &[u8],
        k: usize,
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let max = self.max_message(k)?;
        if message.len() > max {
            return Err(Error::MessageTooLong { len: message.len(), max });
        }
        let h = self.label_hash.len();
        let mut encoded = Zeroizing::new(vec![0; k]);
        let (seed, db) = encoded[1..].split_at_mut(h);
        db[..h].copy_from_slice(&self.label_hash);
        db[h + max - message.len()] = 1;
        db[h + 1 + max - message.len()..].copy_from_slice(message);
        rng.try_fill_bytes(seed).map_err(|_| Error::Random)?;
        xor_mask::<M>(db, seed);
        xor_mask::<M>(seed, db);
        Ok(encoded)
    }

    /// The message of an EM.
    pub(super) fn decode(&self, encoded: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let h = self.label_hash.len();
        let mut encoded = Zeroizing::new(encoded.to_vec());
        let (first, rest) = encoded.split_at_mut(1);
        let (seed, db) = rest.split_at_mut(h);
        xor_mask::<M>(seed, db);
        xor_mask::<M>(db, seed);
        // The first byte after the hash that isn't 0 has to be 1.
        let (mut ended, mut start, mut is_right) = (Choice::from(0), 0, first[0].ct_eq(&0));
        is_right &= db[..h].ct_eq(&self.label_hash);
        for (i, byte) in db.iter().enumerate().skip(h) {
            let ends_here = !ended & !byte.ct_eq(&0);
            is_right &= !ends_here | byte.ct_eq(&1);
            start = select(mask(bit(ends_here)), i as u64 + 1, start);
            ended |= ends_here;
        }
        // One bit for all checks: a decryption that failed says no more than that.
        if declassify(is_right & ended) {
            // The message is handed out, and its length with it.
            Ok(Zeroizing::new(db[declassify_word(start) as usize..].to_vec()))
        } else {
            Err(Error::Decryption)
        }
    }
}

impl<D: Digest, M: Digest> Default for Oaep<D, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Digest, M: Digest> Clone for Oaep<D, M> {
    fn clone(&self) -> Self {
        Self { label_hash: self.label_hash.clone(), mgf: PhantomData }
    }
}

impl<D: Digest, M: Digest> fmt::Debug for Oaep<D, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oaep").field("label_hash", &self.label_hash.as_slice()).finish_non_exhaustive()
    }
}
