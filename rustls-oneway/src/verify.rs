//! The algorithms of signatures that are verified, each a pair of a kind of key and a way of signing.
//!
//! webpki tries those whose names are the certificate's; a handshake's scheme stands for one of them in TLS 1.3, where it
//! says the curve too, and for all those with its hash in TLS 1.2.

use core::fmt;

use digest::Digest;
use oneway::ecdsa::{self, P256, P384, P521};
use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::rsa::{self, Pkcs1v15, Pss};
use oneway::{Error, Result, ed25519};
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

/// A kind of key and a way of signing, by their names, and the check: key, message, signature.
struct Algorithm {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verify: fn(&[u8], &[u8], &[u8]) -> Result<()>,
}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Algorithm")
            .field("key", &self.key)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

impl SignatureVerificationAlgorithm for Algorithm {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> core::result::Result<(), InvalidSignature> {
        (self.verify)(key, message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

fn ecdsa<C: ecdsa::Curve, D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> Result<()> {
    let signature = ecdsa::Signature::<C>::from_der(signature)?;
    ecdsa::VerifyingKey::from_bytes(key)?.verify_with::<D>(message, &signature)
}

fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> Result<()> {
    let signature = ed25519::Signature::from_bytes(signature)?;
    ed25519::VerifyingKey::from_bytes(key)?.verify(message, &signature)
}

/// The largest key of RSA that peers are allowed, in bits: a verification takes time in the square of that.
const MAX_RSA_BITS: usize = 8192;

/// A key in PKCS#1's form.
fn rsa_key(der: &[u8]) -> Result<rsa::PublicKey> {
    let key = rsa::PublicKey::from_der(der)?;
    match key.modulus_bits() {
        ..=MAX_RSA_BITS => Ok(key),
        bits => Err(Error::Size { bits, allowed: "up to 8192 bits in handshakes" }),
    }
}

/// PKCS#1 v1.5.
fn pkcs1<D: Digest + digest::const_oid::AssociatedOid>(
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    rsa_key(key)?.verify_with(&Pkcs1v15::<D>::new(), message, signature)
}

/// PSS, with a salt as long as the hash (RFC 8446, section 4.2.3).
fn pss<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> Result<()> {
    rsa_key(key)?.verify_with(&Pss::<D>::new(), message, signature)
}

macro_rules! algorithms {
    ($($name:ident, $doc:literal: $key:expr, $signature:expr, $verify:expr;)*) => {
        $(
            #[doc = $doc]
            pub static $name: &dyn SignatureVerificationAlgorithm =
                &Algorithm { key: $key, signature: $signature, verify: $verify };
        )*

        pub(crate) const ALL: WebPkiSupportedAlgorithms =
            WebPkiSupportedAlgorithms { all: &[$($name),*], mapping: MAPPING };
    };
}

/// sha256WithRSAEncryption and its kin, without the NULL that belongs after it, as some certificates have them: `06 09` and
/// the object identifier.
const fn absent(last: &'static [u8; 11]) -> AlgorithmIdentifier {
    AlgorithmIdentifier::from_slice(last)
}

const PKCS1_SHA256: &[u8; 11] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const PKCS1_SHA384: &[u8; 11] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12];
const PKCS1_SHA512: &[u8; 11] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13];

algorithms! {
    ECDSA_P256_SHA256, "ECDSA on P-256 with SHA-256.": alg_id::ECDSA_P256, alg_id::ECDSA_SHA256, ecdsa::<P256, Sha256>;
    ECDSA_P256_SHA384, "ECDSA on P-256 with SHA-384.": alg_id::ECDSA_P256, alg_id::ECDSA_SHA384, ecdsa::<P256, Sha384>;
    ECDSA_P256_SHA512, "ECDSA on P-256 with SHA-512.": alg_id::ECDSA_P256, alg_id::ECDSA_SHA512, ecdsa::<P256, Sha512>;
    ECDSA_P384_SHA256, "ECDSA on P-384 with SHA-256.": alg_id::ECDSA_P384, alg_id::ECDSA_SHA256, ecdsa::<P384, Sha256>;
    ECDSA_P384_SHA384, "ECDSA on P-384 with SHA-384.": alg_id::ECDSA_P384, alg_id::ECDSA_SHA384, ecdsa::<P384, Sha384>;
    ECDSA_P384_SHA512, "ECDSA on P-384 with SHA-512.": alg_id::ECDSA_P384, alg_id::ECDSA_SHA512, ecdsa::<P384, Sha512>;
    ECDSA_P521_SHA256, "ECDSA on P-521 with SHA-256.": alg_id::ECDSA_P521, alg_id::ECDSA_SHA256, ecdsa::<P521, Sha256>;
    ECDSA_P521_SHA384, "ECDSA on P-521 with SHA-384.": alg_id::ECDSA_P521, alg_id::ECDSA_SHA384, ecdsa::<P521, Sha384>;
    ECDSA_P521_SHA512, "ECDSA on P-521 with SHA-512.": alg_id::ECDSA_P521, alg_id::ECDSA_SHA512, ecdsa::<P521, Sha512>;
    ED25519, "Ed25519.": alg_id::ED25519, alg_id::ED25519, ed25519;
    RSA_PSS_SHA256, "RSA-PSS with SHA-256, by keys for any use of RSA.": alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA256, pss::<Sha256>;
    RSA_PSS_SHA384, "RSA-PSS with SHA-384, by keys for any use of RSA.": alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA384, pss::<Sha384>;
    RSA_PSS_SHA512, "RSA-PSS with SHA-512, by keys for any use of RSA.": alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA512, pss::<Sha512>;
    RSA_PKCS1_SHA256, "RSA, PKCS#1 v1.5, with SHA-256.": alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA256, pkcs1::<Sha256>;
    RSA_PKCS1_SHA384, "RSA, PKCS#1 v1.5, with SHA-384.": alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA384, pkcs1::<Sha384>;
    RSA_PKCS1_SHA512, "RSA, PKCS#1 v1.5, with SHA-512.": alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA512, pkcs1::<Sha512>;
    RSA_PKCS1_SHA256_ABSENT_PARAMS, "The same as [`RSA_PKCS1_SHA256`], named without parameters.": alg_id::RSA_ENCRYPTION, absent(PKCS1_SHA256), pkcs1::<Sha256>;
    RSA_PKCS1_SHA384_ABSENT_PARAMS, "The same as [`RSA_PKCS1_SHA384`], named without parameters.": alg_id::RSA_ENCRYPTION, absent(PKCS1_SHA384), pkcs1::<Sha384>;
    RSA_PKCS1_SHA512_ABSENT_PARAMS, "The same as [`RSA_PKCS1_SHA512`], named without parameters.": alg_id::RSA_ENCRYPTION, absent(PKCS1_SHA512), pkcs1::<Sha512>;
}

/// The first is the one that the scheme is named for.
const MAPPING: &[(SignatureScheme, &[&dyn SignatureVerificationAlgorithm])] = &[
    (SignatureScheme::ED25519, &[ED25519]),
    (SignatureScheme::ECDSA_NISTP256_SHA256, &[ECDSA_P256_SHA256, ECDSA_P384_SHA256, ECDSA_P521_SHA256]),
    (SignatureScheme::ECDSA_NISTP384_SHA384, &[ECDSA_P384_SHA384, ECDSA_P256_SHA384, ECDSA_P521_SHA384]),
    (SignatureScheme::ECDSA_NISTP521_SHA512, &[ECDSA_P521_SHA512, ECDSA_P384_SHA512, ECDSA_P256_SHA512]),
    (SignatureScheme::RSA_PSS_SHA512, &[RSA_PSS_SHA512]),
    (SignatureScheme::RSA_PSS_SHA384, &[RSA_PSS_SHA384]),
    (SignatureScheme::RSA_PSS_SHA256, &[RSA_PSS_SHA256]),
    (SignatureScheme::RSA_PKCS1_SHA512, &[RSA_PKCS1_SHA512]),
    (SignatureScheme::RSA_PKCS1_SHA384, &[RSA_PKCS1_SHA384]),
    (SignatureScheme::RSA_PKCS1_SHA256, &[RSA_PKCS1_SHA256]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_rsa_longer_than_8192_bits_are_refused() {
        for (bits, is_fine) in [(8192, true), (8256, false)] {
            let key = rsa::PublicKey::new(&alloc::vec![0xff; bits / 8], 65_537).unwrap();
            let error = Error::Size { bits, allowed: "up to 8192 bits in handshakes" };
            assert_eq!(rsa_key(&key.to_der()).err(), (!is_fine).then_some(error));
        }
    }
}
