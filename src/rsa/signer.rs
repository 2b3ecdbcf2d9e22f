//! A key with one scheme, and a signature as a type: the traits of the crate `signature`.
//!
//! An RSA key signs by many schemes, and takes the scheme with each call ([`PrivateKey::sign_with`]). The
//! traits that code is written against (`signature::Signer`, and with feature `pem` those of `spki`) know
//! keys that do one thing: [`SigningKey`] and [`VerifyingKey`] are a key and a scheme put together.
//!
//! Which trait is there for which scheme follows the randomness that signing needs:
//!
//! | | PKCS#1 v1.5 | PSS |
//! |---|---|---|
//! | `Signer`, `hazmat::PrehashSigner` | always | with feature `getrandom` (the salt) |
//! | `RandomizedSigner`, `hazmat::RandomizedPrehashSigner` | always | always |
//! | `Verifier`, `hazmat::PrehashVerifier` | always | always |
//!
//! A PKCS#1 v1.5 signature has no randomness of its own. Blinding has, and where there's no operating system
//! to ask it's derived from the key and the hash, as for decryption; the signature is the same.
//!
//! A signing key owns a copy of the private key, wiped like every other when it's dropped: some kilobytes,
//! next to which a shared one (`Arc`) would ask for atomic pointers, which not every target has, and would
//! make threads that each hold a clone share one blinding factor.
//!
//! What leaks: as for [`PrivateKey`], the sizes and e.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use digest::Digest;
use digest::const_oid::AssociatedOid;
use rand_core::TryCryptoRng;
use signature::hazmat::{PrehashSigner, PrehashVerifier, RandomizedPrehashSigner};
use signature::{KeypairRef, RandomizedSigner, SignatureEncoding, Signer, Verifier};

use super::{MAX_BITS, Pkcs1v15, PrivateKey, PublicKey, SignatureScheme};
use crate::{Error, Result};

/// A private key that signs by one scheme: [`super::Pss`] or [`Pkcs1v15`], with its hash.
///
/// For code that's written against the traits `signature::{Signer, RandomizedSigner, Keypair}`, and, with
/// feature `pem`, `spki::DynSignatureAlgorithmIdentifier`: that's what the builders of the crate `x509-cert`
/// ask of a signer.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::hash::Sha256;
/// use oneway::rsa::{PrivateKey, Pss, Signature};
/// use signature::{Keypair, Signer, Verifier};
///
/// fn sign_and_check<K>(key: &K, message: &[u8]) -> signature::Result<Signature>
/// where
///     K: Signer<Signature> + Keypair<VerifyingKey: Verifier<Signature>>,
/// {
///     let signature = key.try_sign(message)?;
///     key.verifying_key().verify(message, &signature)?;
///     Ok(signature)
/// }
///
/// let key = PrivateKey::generate(2048)?;
/// let signature = sign_and_check(&key.signer(Pss::<Sha256>::new()), b"message").unwrap();
/// key.public_key().verify(b"message", signature.as_ref())?;
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
///
/// Wiped from memory when dropped. `Debug` shows the public part alone.
#[derive(Clone)]
pub struct SigningKey<S> {
    private: PrivateKey,
    verifying: VerifyingKey<S>,
}

/// A public key that verifies the signatures of one scheme: [`super::Pss`] or [`Pkcs1v15`], with its hash.
///
/// For code that's written against `signature::Verifier`, and, with feature `pem`,
/// `spki::{EncodePublicKey, DynSignatureAlgorithmIdentifier}`. Two are equal if key and scheme are, with the
/// scheme's salt length.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::hash::Sha256;
/// use oneway::rsa::{Pkcs1v15, PrivateKey, Signature};
/// use signature::Verifier;
///
/// let key = PrivateKey::generate(2048)?;
/// let bytes = key.sign_with(&Pkcs1v15::<Sha256>::new(), b"message")?;
///
/// let verifier = key.public_key().verifier(Pkcs1v15::<Sha256>::new());
/// let signature = Signature::try_from(bytes.as_slice())?;
/// assert!(verifier.verify(b"message", &signature).is_ok());
/// assert!(verifier.verify(b"massage", &signature).is_err());
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerifyingKey<S> {
    public: PublicKey,
    scheme: S,
}

/// A signature: as many big-endian bytes as the modulus has.
///
/// `Display` and `Debug` show it in hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Signature(Box<[u8]>);

impl PrivateKey {
    /// This key with one scheme, for code that's written against the traits of `signature` and `spki`.
    ///
    /// The key is copied, so that the signer stands alone. Whether it can sign by this scheme (it's large
    /// enough, and not bound to another) shows when it does: `Signer::try_sign` gives the error, with which
    /// `Signer::sign` panics.
    pub fn signer<S: SignatureScheme>(&self, scheme: S) -> SigningKey<S> {
        SigningKey { private: self.clone(), verifying: self.public_key().verifier(scheme) }
    }
}

impl PublicKey {
    /// This key with one scheme, for code that's written against the traits of `signature` and `spki`.
    pub fn verifier<S: SignatureScheme>(&self, scheme: S) -> VerifyingKey<S> {
        VerifyingKey { public: self.clone(), scheme }
    }
}

// ---- the signing key ----

impl<S> SigningKey<S> {
    /// The key without its scheme.
    pub fn private_key(&self) -> &PrivateKey {
        &self.private
    }

    /// The scheme.
    pub fn scheme(&self) -> &S {
        self.verifying.scheme()
    }

    /// The key that verifies what this one signs.
    pub fn verifying_key(&self) -> &VerifyingKey<S> {
        &self.verifying
    }
}

impl<S: SignatureScheme> SigningKey<S> {
    /// The signature of a hash, with randomness for salt and blinding.
    fn sign_hash<R: TryCryptoRng + ?Sized>(&self, rng: &mut R, hash: &[u8]) -> signature::Result<Signature> {
        let bytes = self.private.sign_prehash_rng(rng, self.scheme(), hash)?;
        Ok(Signature(bytes.into_boxed_slice()))
    }
}

impl<D: Digest + AssociatedOid> Signer<Signature> for SigningKey<Pkcs1v15<D>> {
    fn try_sign(&self, message: &[u8]) -> signature::Result<Signature> {
        self.sign_prehash(&self.scheme().hash(message))
    }
}

impl<D: Digest + AssociatedOid> PrehashSigner<Signature> for SigningKey<Pkcs1v15<D>> {
    fn sign_prehash(&self, hash: &[u8]) -> signature::Result<Signature> {
        self.sign_hash(&mut self.private.default_rng(hash), hash)
    }
}

#[cfg(feature = "getrandom")]
impl<D: Digest, M: Digest> Signer<Signature> for SigningKey<super::Pss<D, M>> {
    fn try_sign(&self, message: &[u8]) -> signature::Result<Signature> {
        self.sign_prehash(&self.scheme().hash(message))
    }
}

#[cfg(feature = "getrandom")]
impl<D: Digest, M: Digest> PrehashSigner<Signature> for SigningKey<super::Pss<D, M>> {
    fn sign_prehash(&self, hash: &[u8]) -> signature::Result<Signature> {
        self.sign_hash(&mut getrandom::SysRng, hash)
    }
}

impl<S: SignatureScheme> RandomizedSigner<Signature> for SigningKey<S> {
    fn try_sign_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        message: &[u8],
    ) -> signature::Result<Signature> {
        self.sign_hash(rng, &self.scheme().hash(message))
    }
}

impl<S: SignatureScheme> RandomizedPrehashSigner<Signature> for SigningKey<S> {
    fn sign_prehash_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        hash: &[u8],
    ) -> signature::Result<Signature> {
        self.sign_hash(rng, hash)
    }
}

/// With it comes `signature::Keypair`.
impl<S: Clone> KeypairRef for SigningKey<S> {
    type VerifyingKey = VerifyingKey<S>;
}

impl<S> AsRef<VerifyingKey<S>> for SigningKey<S> {
    fn as_ref(&self) -> &VerifyingKey<S> {
        &self.verifying
    }
}

impl<S: fmt::Debug> fmt::Debug for SigningKey<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifying_key", &self.verifying).finish_non_exhaustive()
    }
}

// ---- the verifying key ----

impl<S> VerifyingKey<S> {
    /// The key without its scheme.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The scheme.
    pub fn scheme(&self) -> &S {
        &self.scheme
    }
}

impl<S: SignatureScheme> Verifier<Signature> for VerifyingKey<S> {
    fn verify(&self, message: &[u8], signature: &Signature) -> signature::Result<()> {
        Ok(self.public.verify_with(&self.scheme, message, &signature.0)?)
    }
}

impl<S: SignatureScheme> PrehashVerifier<Signature> for VerifyingKey<S> {
    fn verify_prehash(&self, hash: &[u8], signature: &Signature) -> signature::Result<()> {
        Ok(self.public.verify_prehash(&self.scheme, hash, &signature.0)?)
    }
}

// ---- the signature ----

impl Signature {
    /// The signature's bytes, as many as the modulus has.
    pub fn to_bytes(&self) -> Box<[u8]> {
        self.0.clone()
    }
}

impl TryFrom<&[u8]> for Signature {
    type Error = Error;

    /// Takes what can be a signature of some key: 1 to 2048 bytes. Whether it has the length of this key's
    /// signatures is seen by [`VerifyingKey`].
    ///
    /// # Errors
    /// [`Error::Signature`] for other lengths.
    fn try_from(bytes: &[u8]) -> Result<Self> {
        if (1..=MAX_BITS / 8).contains(&bytes.len()) { Ok(Self(bytes.into())) } else { Err(Error::Signature) }
    }
}

impl From<Signature> for Box<[u8]> {
    fn from(signature: Signature) -> Self {
        signature.0
    }
}

impl From<Signature> for Vec<u8> {
    fn from(signature: Signature) -> Self {
        signature.0.into_vec()
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl SignatureEncoding for Signature {
    type Repr = Box<[u8]>;
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Sha256;
    use crate::rsa::Pss;
    use crate::rsa::blinding::DerivedRng;
    use alloc::format;
    use core::error::Error as _;

    /// p = 2^521 − 1, q = 2^607 − 1, and e = 65537.
    fn key() -> PrivateKey {
        let mersenne = |bits: usize| {
            let mut bytes = alloc::vec![0xff; bits.div_ceil(8)];
            bytes[0] >>= 8 * bytes.len() - bits;
            bytes
        };
        PrivateKey::from_primes_with_min_bits(&mersenne(521), &mersenne(607), 65_537, 0).unwrap()
    }

    #[test]
    fn pkcs1v15_signs_in_every_configuration() {
        let (key, scheme) = (key(), Pkcs1v15::<Sha256>::new());
        let signer = key.signer(scheme);
        let signature = signer.sign(b"message");
        let rng = &mut DerivedRng::new(b"d", b"input");
        assert_eq!(signature, signer.sign_with_rng(rng, b"message"));
        assert_eq!(signature.as_ref(), key.sign_with_rng(rng, &scheme, b"message").unwrap());
        let hash = Sha256::digest(b"message");
        assert_eq!(signature, signer.sign_prehash(&hash).unwrap());
        assert_eq!(signature, signer.sign_prehash_with_rng(rng, &hash).unwrap());
        let verifier = key.public_key().verifier(scheme);
        assert_eq!(&verifier, signer.verifying_key());
        assert!(verifier.verify(b"message", &signature).is_ok());
        assert!(verifier.verify_prehash(&hash, &signature).is_ok());
        assert!(verifier.verify(b"massage", &signature).is_err());
    }

    #[test]
    fn pss_signs_with_a_generator() {
        let (key, rng) = (key(), &mut DerivedRng::new(b"d", b"input"));
        let signer = key.signer(Pss::<Sha256>::new());
        let signature = signer.sign_with_rng(rng, b"message");
        assert_ne!(signature, signer.sign_with_rng(rng, b"message"));
        assert!(signer.verifying_key().verify(b"message", &signature).is_ok());
        let short = key.public_key().verifier(Pss::<Sha256>::new().salt_len(20));
        assert_ne!(&short, signer.verifying_key());
        assert!(short.verify(b"message", &signature).is_err());
    }

    #[test]
    fn errors_have_ours_as_their_source() {
        let verifier = key().public_key().verifier(Pkcs1v15::<Sha256>::new());
        let source = |signature: &[u8]| {
            let signature = Signature::try_from(signature).unwrap();
            let error = verifier.verify(b"message", &signature).unwrap_err();
            *error.source().unwrap().downcast_ref::<Error>().unwrap()
        };
        assert_eq!(source(&[1; 141]), Error::Signature);
        assert_eq!(source(&[1; 140]), Error::Length { len: 140, expected: 141 });
    }

    #[test]
    fn signatures_are_bytes() {
        let signature = Signature::try_from(&[0, 0xab, 0x0c][..]).unwrap();
        assert_eq!(format!("{signature} {signature:?}"), "00ab0c Signature(00ab0c)");
        assert_eq!(Vec::from(signature.clone()), signature.as_ref());
        assert_eq!(SignatureEncoding::to_bytes(&signature), signature.to_bytes());
        assert_eq!(Signature::try_from(&[][..]), Err(Error::Signature));
        assert!(Signature::try_from(&[0; 2048][..]).is_ok());
        assert_eq!(Signature::try_from(&[0; 2049][..]), Err(Error::Signature));
    }

    #[test]
    fn debug_shows_the_public_part_alone() {
        let key = key();
        let shown = format!("{:?}", key.signer(Pss::<Sha256>::new()));
        let public = format!("{:?}", key.public_key());
        assert_eq!(
            shown,
            format!(
                "SigningKey {{ verifying_key: VerifyingKey {{ public: {public}, \
                 scheme: Pss {{ salt_len: Some(32), .. }} }}, .. }}"
            )
        );
    }

    #[test]
    fn keys_cross_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<SigningKey<Pss<Sha256>>>();
        check::<VerifyingKey<Pkcs1v15<Sha256>>>();
    }
}
