//! Storey 3: ECDSA, signatures on the NIST curves.
//!
//! A private key is a number d, its public key the point Q = d·G of a curve with n points. To sign a message with
//! the hash z, a number k is made that's used once and that nobody can guess; r is the x-coordinate of k·G modulo n,
//! and s = k⁻¹·(z + r·d) mod n. The signature (r, s) is right if (z/s)·G + (r/s)·Q has the x-coordinate r.
//!
//! Whoever learns k learns d, and so does who sees two signatures with the same k. Therefore:
//! - [`SigningKey::sign`] derives k from the key and the message, and needs no randomness (RFC 6979);
//! - [`SigningKey::sign_hedged`] mixes fresh randomness in, against faults and physical attacks that profit from
//!   doing the same twice; bad randomness does no harm.
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::ecdsa::{P256, Signature, SigningKey};
//!
//! let key = SigningKey::<P256>::generate()?;
//! let bytes = key.sign(b"mine").to_der();                       // as certificates and TLS have it
//!
//! let signature = Signature::<P256>::from_der(&bytes)?;
//! key.verifying_key().verify(b"mine", &signature)?;              // SHA-256 with P-256
//! assert!(key.verifying_key().verify(b"yours", &signature).is_err());
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! Each curve has its hash, [`P256`] SHA-256, [`P384`] SHA-384, [`P521`] SHA-512; any other goes by
//! [`SigningKey::sign_with`] and [`VerifyingKey::verify_with`]. Of a hash that's longer than n the leftmost bits count.
//!
//! **Short hashes.** A hash that comes from outside (`sign_prehash`, `verify_prehash`) has at least half as many bytes
//! as n: 16, 24, 33. Shorter ones are refused, since to an empty one, which counts as zero, anybody finds a signature
//! that's right, and to a short one somebody finds a second message. Where the message is hashed here, the hash function
//! decides, which the program has named: SHA-224 and SHA-256 go with P-521, too (with the collisions that they have).
//!
//! **High s.** With (r, s) also (r, n − s) is right, which the standards accept, and so does this crate. Where a
//! signature has to be unique, [`Signature::normalized`] makes the one with the smaller s, and
//! [`Signature::is_low_s`] tells it.
//!
//! **What leaks** of signing: nothing but the lengths of message and hash. Verification is about public things.
//!
//! Sources: FIPS 186-5, section 6; SEC 1, section 4.1; RFC 6979; draft-irtf-cfrg-det-sigs-with-noise-05.
//!
//! Files: `nonce` (k), `signature` (encodings), `traits` (those of the crate `signature`).

mod nonce;
mod signature;
mod traits;

use core::fmt;
use core::hash::{Hash, Hasher};

use digest::{Digest, block_api::BlockSizeUser};
use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

pub use self::signature::Signature;
use crate::curve::weierstrass::{self, Affine, Secret, Weierstrass};
pub use crate::curve::{P256, P384, P521};
use crate::field::Field;
use crate::hash::{Sha256, Sha384, Sha512};
use crate::kernel::engine::Engine;
use crate::kernel::secret::declassify;
use crate::{Bytes, Error, Result};

/// A curve for signatures: [`P256`], [`P384`] or [`P521`].
#[allow(private_bounds, reason = "nobody else implements it")]
pub trait Curve: Weierstrass {
    /// The hash that belongs to it.
    type Hash: Digest + BlockSizeUser + Clone;
}

impl Curve for P256 {
    type Hash = Sha256;
}

impl Curve for P384 {
    type Hash = Sha384;
}

impl Curve for P521 {
    type Hash = Sha512;
}

/// Refuses a hash of less than half of n's bytes. To z = 0, which an empty one is, (r, r/a) with r the x of a·Q is
/// right for whatever a.
fn check_prehash<C: Curve>(hash: &[u8]) -> Result<()> {
    let (len, min) = (hash.len(), C::Scalar::BYTES.div_ceil(2));
    if len < min { Err(Error::HashTooShort { len, min }) } else { Ok(()) }
}

/// A private key: a secret number, with its public key.
///
/// Wiped from memory when dropped; `Debug` shows the public key alone.
#[derive(Clone)]
pub struct SigningKey<C: Curve> {
    secret: Secret<C>,
    verifying: VerifyingKey<C>,
}

impl<C: Curve> SigningKey<C> {
    /// A new key.
    ///
    /// # Errors
    /// [`Error::Random`] if the operating system's generator fails.
    #[cfg(feature = "getrandom")]
    pub fn generate() -> Result<Self> {
        Self::generate_with(&mut getrandom::SysRng)
    }

    /// Like `generate`, with a generator of the caller's.
    ///
    /// # Errors
    /// [`Error::Random`] if the generator fails, or what it gives can't be random.
    pub fn generate_with<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self> {
        Secret::generate(rng).map(|secret| Self::new(secret, Engine::best()))
    }

    /// Reads what [`SigningKey::to_bytes`] gives: the number, big-endian and as long as the curve's order.
    ///
    /// # Errors
    /// [`Error::Length`], with the length that's called for; [`Error::InvalidKey`] if the number is 0 or not below
    /// the curve's order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Secret::from_bytes(bytes).map(|secret| Self::new(secret, Engine::best()))
    }

    fn new(secret: Secret<C>, engine: Engine) -> Self {
        let point = weierstrass::mul_base::<C>(engine, secret.scalar());
        Self { secret, verifying: VerifyingKey { point, engine } }
    }

    /// The same key on another engine.
    pub(crate) fn with_engine(&self, engine: Engine) -> Self {
        Self::new(self.secret.clone(), engine)
    }

    /// The secret number, as [`SigningKey::from_bytes`] reads it.
    pub fn to_bytes(&self) -> Zeroizing<Bytes> {
        self.secret.to_bytes()
    }

    /// The key that verifies what this one signs.
    pub fn verifying_key(&self) -> &VerifyingKey<C> {
        &self.verifying
    }

    /// Signs a message with the curve's hash, without randomness (RFC 6979): the same message, the same signature.
    pub fn sign(&self, message: &[u8]) -> Signature<C> {
        self.sign_with::<C::Hash>(message)
    }

    /// Signs a message with the hash `D`, without randomness.
    pub fn sign_with<D: Digest + BlockSizeUser + Clone>(&self, message: &[u8]) -> Signature<C> {
        self.sign_hash::<D>(&D::digest(message), &[])
    }

    /// Signs a hash, of 16 (P-256), 24 (P-384) or 33 (P-521) bytes or more, without randomness. The nonce is derived
    /// with the curve's own hash.
    ///
    /// A hash that others can choose is no hash: who signs what isn't the output of a good hash function signs
    /// anything.
    ///
    /// # Errors
    /// [`Error::HashTooShort`].
    pub fn sign_prehash(&self, hash: &[u8]) -> Result<Signature<C>> {
        check_prehash::<C>(hash)?;
        Ok(self.sign_hash::<C::Hash>(hash, &[]))
    }

    /// Signs a message with the curve's hash and a nonce that depends on the message, on the key and on fresh
    /// randomness.
    ///
    /// # Errors
    /// [`Error::Random`] if the generator fails.
    ///
    /// Source: draft-irtf-cfrg-det-sigs-with-noise-05, section 4.
    pub fn sign_hedged<R: TryCryptoRng + ?Sized>(&self, rng: &mut R, message: &[u8]) -> Result<Signature<C>> {
        self.sign_hedged_with::<C::Hash, R>(rng, message)
    }

    /// Like [`SigningKey::sign_hedged`], with the hash `D`.
    ///
    /// # Errors
    /// [`Error::Random`] if the generator fails.
    pub fn sign_hedged_with<D, R>(&self, rng: &mut R, message: &[u8]) -> Result<Signature<C>>
    where
        D: Digest + BlockSizeUser + Clone,
        R: TryCryptoRng + ?Sized,
    {
        self.sign_hash_hedged::<D, R>(rng, &D::digest(message))
    }

    /// Like [`SigningKey::sign_hedged`], for a hash, as [`SigningKey::sign_prehash`].
    ///
    /// # Errors
    /// [`Error::HashTooShort`]; [`Error::Random`] if the generator fails.
    pub fn sign_prehash_hedged<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        hash: &[u8],
    ) -> Result<Signature<C>> {
        check_prehash::<C>(hash)?;
        self.sign_hash_hedged::<C::Hash, R>(rng, hash)
    }

    fn sign_hash_hedged<D, R>(&self, rng: &mut R, hash: &[u8]) -> Result<Signature<C>>
    where
        D: Digest + BlockSizeUser + Clone,
        R: TryCryptoRng + ?Sized,
    {
        let mut noise = Zeroizing::new(Bytes::zeros(C::Scalar::BYTES));
        rng.try_fill_bytes(noise.as_mut_slice()).map_err(|_| Error::Random)?;
        Ok(self.sign_hash::<D>(hash, &noise))
    }

    /// FIPS 186-5, section 6.4.1.
    fn sign_hash<D: Digest + BlockSizeUser + Clone>(&self, hash: &[u8], noise: &[u8]) -> Signature<C> {
        let z = nonce::number::<C>(hash);
        let mut nonces = nonce::Nonces::<C, D>::new(&self.secret, &z, noise);
        loop {
            if let Some(signature) = self.sign_with_nonce(&z, &nonces.next_nonce()) {
                return signature;
            }
        }
    }

    /// The signature of a hash by a nonce, but for a nonce in 2^256 by which it has a zero.
    #[inline(never)]
    fn sign_with_nonce(&self, z: &C::Scalar, k: &Secret<C>) -> Option<Signature<C>> {
        let point = weierstrass::mul_base::<C>(self.verifying.engine, k.scalar());
        let r = C::Scalar::from_limbs_reduced(&point.x.to_limbs());
        let mut k_inverse = k.scalar().invert();
        let mut sum = r.mul(self.secret.scalar()).add(z);
        let s = k_inverse.mul(&sum);
        k_inverse.zeroize();
        sum.zeroize();
        // Of r and s everything is told in any case. A signature is for everyone: what's done with one may branch on
        // them, as `to_der` does.
        (!declassify(r.is_zero() | s.is_zero())).then(|| Signature::new(r, s))
    }
}

impl<C: Curve> fmt::Debug for SigningKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifying", &self.verifying).finish_non_exhaustive()
    }
}

/// A public key: a point that's on its curve.
#[derive(Clone)]
pub struct VerifyingKey<C: Curve> {
    point: Affine<C>,
    engine: Engine,
}

impl<C: Curve> VerifyingKey<C> {
    /// Reads a point in SEC 1's uncompressed (04 ‖ x ‖ y) or compressed form (02 or 03 ‖ x).
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::Malformed`] for what has another form; [`Error::InvalidKey`], with the reason,
    /// for what isn't a point of the curve, and for the point at infinity.
    pub fn from_bytes(sec1: &[u8]) -> Result<Self> {
        Affine::from_sec1(sec1).map(|point| Self { point, engine: Engine::best() })
    }

    /// The same key on another engine.
    pub(crate) fn with_engine(&self, engine: Engine) -> Self {
        Self { engine, ..self.clone() }
    }

    /// The point, uncompressed: 04 ‖ x ‖ y.
    pub fn to_bytes(&self) -> Bytes {
        self.point.to_sec1()
    }

    /// The point, compressed: 02 or 03 ‖ x.
    pub fn to_compressed_bytes(&self) -> Bytes {
        self.point.to_sec1_compressed()
    }

    /// Checks the signature of a message that was hashed with the curve's hash.
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't valid.
    pub fn verify(&self, message: &[u8], signature: &Signature<C>) -> Result<()> {
        self.verify_with::<C::Hash>(message, signature)
    }

    /// Checks the signature of a message that was hashed with `D`.
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't valid.
    pub fn verify_with<D: Digest>(&self, message: &[u8], signature: &Signature<C>) -> Result<()> {
        self.verify_hash(&D::digest(message), signature)
    }

    /// Checks the signature of a hash, of 16 (P-256), 24 (P-384) or 33 (P-521) bytes or more.
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't valid; [`Error::HashTooShort`].
    pub fn verify_prehash(&self, hash: &[u8], signature: &Signature<C>) -> Result<()> {
        check_prehash::<C>(hash)?;
        self.verify_hash(hash, signature)
    }

    /// FIPS 186-5, section 6.4.2.
    #[inline(never)]
    fn verify_hash(&self, hash: &[u8], signature: &Signature<C>) -> Result<()> {
        let z = nonce::number::<C>(hash);
        let w = signature.s().invert();
        let (a, b) = (z.mul(&w), signature.r().mul(&w));
        let point = weierstrass::mul_two_vartime(self.engine, &a, &b, &self.point);
        if point.x_is_vartime(signature.r()) { Ok(()) } else { Err(Error::Signature) }
    }
}

impl<C: Curve> PartialEq for VerifyingKey<C> {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl<C: Curve> Eq for VerifyingKey<C> {}

impl<C: Curve> Hash for VerifyingKey<C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bytes().as_slice().hash(state);
    }
}

/// The curve and the point, in hexadecimal.
impl<C: Curve> fmt::Debug for VerifyingKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", C::NAME)?;
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Two keys are the same if their numbers are.
impl<C: Curve> ConstantTimeEq for SigningKey<C> {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        self.secret.scalar().ct_eq(other.secret.scalar())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Bytes {
        let mut bytes = Bytes::zeros(hex.len() / 2);
        for (i, byte) in bytes.as_mut_slice().iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
        }
        bytes
    }

    /// RFC 6979, appendix A.2.5: P-256 with SHA-256, the message "sample".
    #[test]
    fn rfc_6979_sample() {
        let key = SigningKey::<P256>::from_bytes(&bytes(
            "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        ))
        .unwrap();
        let signature = key.sign(b"sample");
        assert_eq!(
            signature.to_bytes(),
            bytes(
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                 f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
            )
        );
        key.verifying_key().verify(b"sample", &signature).unwrap();
        assert_eq!(key.verifying_key().verify(b"simple", &signature), Err(Error::Signature));
    }

    fn round_trips<C: Curve>() {
        let key = SigningKey::<C>::from_bytes(&[1; 66][..C::Scalar::BYTES]).unwrap();
        for message in [&b""[..], b"a", &[0xff; 200]] {
            for signature in [
                key.sign(message),
                key.sign_with::<Sha512>(message),
                key.sign_with::<crate::hash::Sha224>(message),
            ] {
                assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));
                assert_eq!(Signature::from_der(&signature.to_der()), Ok(signature));
                assert!(signature.normalized().is_low_s());
            }
            let public = key.verifying_key();
            let signature = key.sign(message);
            assert_eq!(public.verify(message, &signature), Ok(()));
            assert_eq!(public.verify(message, &signature.normalized()), Ok(()));
            assert_eq!(public.verify_with::<Sha512>(message, &key.sign_with::<Sha512>(message)), Ok(()));
            assert_eq!(public.verify(b"another", &signature), Err(Error::Signature));
            assert_eq!(VerifyingKey::<C>::from_bytes(&public.to_compressed_bytes()).as_ref(), Ok(public));
        }
    }

    #[test]
    fn signatures_verify() {
        round_trips::<P256>();
        round_trips::<P384>();
        round_trips::<P521>();
    }
}
