//! What signature schemes share: a hash, and an encoding of it as wide as the modulus.

use alloc::vec::Vec;

use digest::Digest;
use rand_core::TryCryptoRng;

use super::binding::PssUse;
use crate::{Error, Result};

/// A signature scheme of RFC 8017, section 8: [`super::Pss`] or [`super::Pkcs1v15`] with its hash.
///
/// Sealed: what a key signs is decided here.
pub trait SignatureScheme: sealed::Sealed {
    /// The hash of the message.
    type Hash: Digest;

    /// The length of the scheme's hash, in bytes.
    fn hash_len(&self) -> usize {
        <Self::Hash as Digest>::output_size()
    }

    /// The scheme's hash of a message.
    fn hash(&self, message: &[u8]) -> Vec<u8> {
        Self::Hash::digest(message).to_vec()
    }

    /// EM, as many bytes as the modulus has, for a hash of the right length.
    #[doc(hidden)]
    fn encode<R: TryCryptoRng + ?Sized>(
        &self,
        hash: &[u8],
        modulus_bits: usize,
        rng: &mut R,
    ) -> Result<Vec<u8>>;

    /// Whether EM, as many bytes as the modulus has, is one of this hash, and has no salt shorter than that
    /// (which is for schemes that have salts).
    #[doc(hidden)]
    fn verify_encoded(
        &self,
        hash: &[u8],
        encoded: &[u8],
        modulus_bits: usize,
        min_salt_len: usize,
    ) -> Result<()>;

    /// The scheme's parameters, if it's PSS: what a key for PSS alone is held against.
    #[doc(hidden)]
    fn pss(&self) -> Option<PssUse> {
        None
    }
}

/// Checks that a hash is as long as the scheme's.
pub(super) fn check_hash<S: SignatureScheme>(scheme: &S, hash: &[u8]) -> Result<()> {
    if hash.len() == scheme.hash_len() {
        Ok(())
    } else {
        Err(Error::Length { len: hash.len(), expected: scheme.hash_len() })
    }
}

pub(super) mod sealed {
    /// Keeps [`super::SignatureScheme`] to this crate's types.
    pub trait Sealed {}
}
