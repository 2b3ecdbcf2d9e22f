//! The traits of the crate `signature`, for code that's written against them.
//!
//! `Signer` and `PrehashSigner` are RFC 6979, `RandomizedSigner` and `RandomizedPrehashSigner` are hedged.
//! `SignatureEncoding` is the fixed form r ‖ s.

use ::signature as traits;
use rand_core::TryCryptoRng;
use traits::hazmat::{PrehashSigner, PrehashVerifier, RandomizedPrehashSigner};
use traits::{KeypairRef, RandomizedSigner, SignatureEncoding, Signer, Verifier};

use super::{Curve, Signature, SigningKey, VerifyingKey};
use crate::{Bytes, Error};

impl<C: Curve> Signer<Signature<C>> for SigningKey<C> {
    fn try_sign(&self, message: &[u8]) -> traits::Result<Signature<C>> {
        Ok(self.sign(message))
    }
}

impl<C: Curve> PrehashSigner<Signature<C>> for SigningKey<C> {
    fn sign_prehash(&self, hash: &[u8]) -> traits::Result<Signature<C>> {
        Ok(self.sign_prehash(hash)?)
    }
}

impl<C: Curve> RandomizedSigner<Signature<C>> for SigningKey<C> {
    fn try_sign_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[u8],
    ) -> traits::Result<Signature<C>> {
        Ok(self.sign_hedged(rng, message)?)
    }
}

impl<C: Curve> RandomizedPrehashSigner<Signature<C>> for SigningKey<C> {
    fn sign_prehash_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        hash: &[u8],
    ) -> traits::Result<Signature<C>> {
        Ok(self.sign_prehash_hedged(rng, hash)?)
    }
}

impl<C: Curve> Verifier<Signature<C>> for VerifyingKey<C> {
    fn verify(&self, message: &[u8], signature: &Signature<C>) -> traits::Result<()> {
        Ok(self.verify(message, signature)?)
    }
}

impl<C: Curve> PrehashVerifier<Signature<C>> for VerifyingKey<C> {
    fn verify_prehash(&self, hash: &[u8], signature: &Signature<C>) -> traits::Result<()> {
        Ok(self.verify_prehash(hash, signature)?)
    }
}

impl<C: Curve> AsRef<VerifyingKey<C>> for SigningKey<C> {
    fn as_ref(&self) -> &VerifyingKey<C> {
        self.verifying_key()
    }
}

impl<C: Curve> KeypairRef for SigningKey<C> {
    type VerifyingKey = VerifyingKey<C>;
}

impl<C: Curve> TryFrom<&[u8]> for Signature<C> {
    type Error = Error;

    /// r ‖ s.
    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(bytes)
    }
}

impl<C: Curve> From<Signature<C>> for Bytes {
    /// r ‖ s.
    fn from(signature: Signature<C>) -> Self {
        signature.to_bytes()
    }
}

impl<C: Curve> SignatureEncoding for Signature<C> {
    type Repr = Bytes;
}
