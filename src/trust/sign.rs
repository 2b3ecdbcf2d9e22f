//! Signing what's issued: certificates, requests and revocation lists are all something, the name of an
//! algorithm, and a signature.
//!
//! | key | signature |
//! |---|---|
//! | RSA | PKCS#1 v1.5 with SHA-256, which everybody verifies |
//! | RSA, bound to PSS | PSS, with the hash and the salt that it's bound to |
//! | P-256, P-384, P-521 | ECDSA with SHA-256, SHA-384, SHA-512 |
//! | Ed25519 | Ed25519 |
//!
//! The key is secret; it's used by the signing functions of its type alone.

use alloc::vec::Vec;

use digest::Digest;
use rand_core::TryCryptoRng;
use x509_cert::der::Encode;
use x509_cert::ext::Extension;
use x509_cert::spki::{DynSignatureAlgorithmIdentifier, SignatureAlgorithmIdentifier};

use super::Result;
use super::der::{self, BOOLEAN, OBJECT_IDENTIFIER, OCTET_STRING, Reader, bit_string, sequence, written};
use crate::ecdsa::{self, P256, P384, P521};
use crate::hash::{Sha224, Sha256, Sha384, Sha512};
use crate::key::PrivateKey;
use crate::rsa::{self, Pkcs1v15, Pss, PssBinding, PssHash, PssParams};
use crate::{Error, ed25519};

/// A key that signs what's issued, and the name of its signatures.
pub(super) struct Signer<'a> {
    key: &'a PrivateKey,
    /// The algorithm identifier, as DER.
    algorithm: Vec<u8>,
}

impl<'a> Signer<'a> {
    /// # Errors
    /// [`super::Error::Key`] if the key is for something else than signatures, or is bound to hashes that this crate
    /// doesn't sign with.
    pub(super) fn new(key: &'a PrivateKey) -> Result<Self> {
        let algorithm = match key {
            PrivateKey::Rsa(key) => rsa_algorithm(key.public_key())?,
            PrivateKey::P256(_) => named::<ecdsa::SigningKey<P256>>(),
            PrivateKey::P384(_) => named::<ecdsa::SigningKey<P384>>(),
            PrivateKey::P521(_) => named::<ecdsa::SigningKey<P521>>(),
            PrivateKey::Ed25519(_) => named::<ed25519::SigningKey>(),
            PrivateKey::X25519(_) => {
                let (found, expected) = ("a key for X25519, which is key agreement", "a key for signatures");
                return Err(Error::Found { found, expected }.into());
            }
        };
        Ok(Self { key, algorithm })
    }

    /// What it's about, the algorithm, and the signature: the whole, as DER. The generator is for what RSA needs of
    /// it, blinding and salt; signatures on curves take their nonces from key and message.
    pub(super) fn sign<R: TryCryptoRng + ?Sized>(&self, rng: &mut R, tbs: &[u8]) -> Result<Vec<u8>> {
        let signature = match self.key {
            PrivateKey::Rsa(key) => sign_rsa(key, rng, tbs)?,
            PrivateKey::P256(key) => key.sign(tbs).to_der().to_vec(),
            PrivateKey::P384(key) => key.sign(tbs).to_der().to_vec(),
            PrivateKey::P521(key) => key.sign(tbs).to_der().to_vec(),
            PrivateKey::Ed25519(key) => key.sign(tbs).to_bytes().to_vec(),
            PrivateKey::X25519(_) => return Err(Error::Signature.into()),
        };
        Ok(sequence(&[tbs, &self.algorithm, &bit_string(&signature)]))
    }

    /// The algorithm identifier, as it stands in what's signed.
    pub(super) fn algorithm(&self) -> &[u8] {
        &self.algorithm
    }
}

/// The name of a key's signatures, which has no parameters.
fn named<K: SignatureAlgorithmIdentifier>() -> Vec<u8> {
    let oid = K::SIGNATURE_ALGORITHM_IDENTIFIER.oid;
    sequence(&[&written(OBJECT_IDENTIFIER, &[oid.as_bytes()])])
}

/// What a key that's bound to PSS with anything is used with.
const ANY_PSS: PssParams = PssParams { hash: PssHash::Sha256, mgf_hash: PssHash::Sha256, min_salt_len: 32 };

/// What can be done with an RSA key and the scheme of its signatures.
macro_rules! with_scheme {
    ($key:expr, $scheme:ident => $done:expr) => {{
        macro_rules! with {
            ($new:expr) => {{
                let $scheme = &$new;
                $done
            }};
        }
        let params = match $key.pss_binding() {
            None => None,
            Some(PssBinding::Any) => Some(ANY_PSS),
            Some(PssBinding::Params(params)) => Some(params),
        };
        match params {
            None => with!(Pkcs1v15::<Sha256>::new()),
            Some(PssParams { hash, mgf_hash, min_salt_len }) if hash == mgf_hash => match hash {
                PssHash::Sha224 => with!(Pss::<Sha224>::new().salt_len(min_salt_len)),
                PssHash::Sha256 => with!(Pss::<Sha256>::new().salt_len(min_salt_len)),
                PssHash::Sha384 => with!(Pss::<Sha384>::new().salt_len(min_salt_len)),
                PssHash::Sha512 => with!(Pss::<Sha512>::new().salt_len(min_salt_len)),
                PssHash::Sha1 => Err(OTHER_PSS),
            },
            Some(_) => Err(OTHER_PSS),
        }
    }};
}

const OTHER_PSS: Error = Error::Unsupported("signing with keys bound to PSS with SHA-1, or with two hashes");

fn rsa_algorithm(key: &rsa::PublicKey) -> crate::Result<Vec<u8>> {
    with_scheme!(key, scheme => {
        let algorithm = scheme.signature_algorithm_identifier();
        algorithm.ok().and_then(|algorithm| algorithm.to_der().ok()).ok_or(OTHER_PSS)
    })
}

fn sign_rsa<R: TryCryptoRng + ?Sized>(
    key: &rsa::PrivateKey,
    rng: &mut R,
    message: &[u8],
) -> crate::Result<Vec<u8>> {
    with_scheme!(key.public_key(), scheme => key.sign_with_rng(rng, scheme, message))
}

/// An extension of `id-ce` (2.5.29) by its last number, of a value in DER.
pub(super) fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    extension_of(&[0x55, 0x1d, number], critical, value)
}

/// An extension by the contents of its OBJECT IDENTIFIER.
pub(super) fn extension_of(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mark = if critical { written(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    sequence(&[&written(OBJECT_IDENTIFIER, &[oid]), &mark, &written(OCTET_STRING, &[value])])
}

/// An extension of the caller's.
pub(super) fn extension_from(extension: &Extension) -> Vec<u8> {
    extension_of(extension.extn_id.as_bytes(), extension.critical, extension.extn_value.as_bytes())
}

/// A key identifier: 160 bits of the SHA-256 of the key (RFC 7093, section 2, method 1).
pub(super) fn key_id(spki: &[u8]) -> der::Result<Vec<u8>> {
    let mut fields = Reader::of_sequence(spki)?;
    fields.whole_sequence()?;
    Ok(Sha256::digest(fields.whole_bytes()?)[..20].to_vec())
}
