//! The algorithms that certificates are signed by: their names, and the check.
//!
//! | name | what it is | parameters |
//! |---|---|---|
//! | sha224, sha256, sha384, sha512WithRSAEncryption | RSA, PKCS#1 v1.5 | NULL, or none |
//! | id-RSASSA-PSS | RSA, PSS | hashes and salt |
//! | ecdsa-with-SHA224, -SHA256, -SHA384, -SHA512 | ECDSA on the key's curve | none |
//! | id-Ed25519 | Ed25519 | none |
//!
//! MD2, MD4, MD5 and SHA-1 are known, and refused by name: for MD5 and SHA-1 colliding certificates were made (Stevens
//! and others 2009; Leurent and Peyrin 2020). So is DSA. Everything in here is public.
//!
//! Sources: RFC 3279, RFC 4055, RFC 5758, RFC 8410 (names); RFC 8017, section A.2.4 (absent NULL).

use alloc::string::{String, ToString};

use digest::Digest;

use super::Reason;
use super::der::{self, Element, NULL, Reader};
use super::oid::name_of;
use crate::ecdsa::{self, Signature};
use crate::hash::{Sha224, Sha256, Sha384, Sha512};
use crate::key::{self, PublicKey};
use crate::rsa::{self, Pkcs1v15, PssHash, PssParams};
use crate::{Error, Result, ed25519};

/// How something is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    Pkcs1v15(Hash),
    Pss(PssParams),
    Ecdsa(Hash),
    Ed25519,
    /// Known, and too weak.
    Weak(&'static str),
    /// Not known, or with parameters that it doesn't have.
    Unknown(String),
}

/// A hash that signatures are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// `1.2.840.113549.1.1` (PKCS#1), `1.2.840.10045.4` (ANSI X9.62), `1.2.840.10040.4` (DSA).
const PKCS_1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const ANSI_X9_62: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4];
const NIST_SIGNATURES: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3];
const ED25519: &[u8] = &[0x2b, 101, 112];

impl SignatureAlgorithm {
    /// Reads an algorithm identifier.
    pub(super) fn read(bytes: &[u8]) -> der::Result<Self> {
        let mut fields = Reader::of_sequence(bytes)?;
        let oid = fields.oid()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.any()?) };
        fields.finish()?;
        let is_null = |x: &Element<'_>| x.tag == NULL && x.value.is_empty();
        let none_or_null = parameters.is_none_or(|x| is_null(&x));
        let member = |of| oid.strip_prefix(of);
        let ecdsa = |hash| match parameters {
            None => Self::Ecdsa(hash),
            Some(parameters) => Self::Unknown(alloc::format!(
                "{} with parameters{}, which it mustn't have (RFC 5758, section 3.2)",
                name_of(oid),
                if is_null(&parameters) { " (a NULL)" } else { "" }
            )),
        };
        Ok(match (member(PKCS_1), member(ANSI_X9_62), member(DSA)) {
            (Some([2]), ..) => Self::Weak("RSA with MD2"),
            (Some([3]), ..) => Self::Weak("RSA with MD4"),
            (Some([4]), ..) => Self::Weak("RSA with MD5"),
            (Some([5]), ..) => Self::Weak("RSA with SHA-1"),
            (Some([10]), ..) => match parameters {
                Some(parameters) => Self::pss(parameters.whole),
                // The defaults are SHA-1's.
                None => Self::Weak("RSA-PSS with SHA-1"),
            },
            (Some([11]), ..) if none_or_null => Self::Pkcs1v15(Hash::Sha256),
            (Some([12]), ..) if none_or_null => Self::Pkcs1v15(Hash::Sha384),
            (Some([13]), ..) if none_or_null => Self::Pkcs1v15(Hash::Sha512),
            (Some([14]), ..) if none_or_null => Self::Pkcs1v15(Hash::Sha224),
            (_, Some([1]), _) => Self::Weak("ECDSA with SHA-1"),
            (_, Some([3, 1]), _) => ecdsa(Hash::Sha224),
            (_, Some([3, 2]), _) => ecdsa(Hash::Sha256),
            (_, Some([3, 3]), _) => ecdsa(Hash::Sha384),
            (_, Some([3, 4]), _) => ecdsa(Hash::Sha512),
            (_, _, Some([3])) => Self::Weak("DSA with SHA-1"),
            _ if matches!(member(NIST_SIGNATURES), Some([1 | 2])) => Self::Weak("DSA"),
            _ if oid == ED25519 => match parameters {
                None => Self::Ed25519,
                Some(_) => Self::Unknown(
                    "Ed25519 with parameters, which it mustn't have (RFC 8410, section 3)".into(),
                ),
            },
            _ => Self::Unknown(name_of(oid)),
        })
    }

    fn pss(parameters: &[u8]) -> Self {
        match key::pss_parameters(parameters) {
            Ok(PssParams { hash: PssHash::Sha1, .. } | PssParams { mgf_hash: PssHash::Sha1, .. }) => {
                Self::Weak("RSA-PSS with SHA-1")
            }
            Ok(params) => Self::Pss(params),
            Err(error) => Self::Unknown(alloc::format!("RSA-PSS ({error})")),
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Pkcs1v15(hash) => alloc::format!("RSA (PKCS#1 v1.5) with {}", hash.name()),
            Self::Pss(params) => alloc::format!(
                "RSA-PSS with {}, {} for the mask, {} bytes of salt",
                pss_hash_name(params.hash),
                pss_hash_name(params.mgf_hash),
                params.min_salt_len
            ),
            Self::Ecdsa(hash) => alloc::format!("ECDSA with {}", hash.name()),
            Self::Ed25519 => "Ed25519".to_string(),
            Self::Weak(name) => (*name).to_string(),
            Self::Unknown(name) => name.clone(),
        }
    }

    /// Checks that this key made this signature of this message.
    pub(super) fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Reason> {
        let result = match (self, key) {
            (Self::Weak(_) | Self::Unknown(_), _) => {
                let weak = matches!(self, Self::Weak(_));
                return Err(Reason::SignatureAlgorithm { algorithm: self.name(), weak });
            }
            (Self::Pkcs1v15(hash), PublicKey::Rsa(key)) => match hash {
                Hash::Sha224 => key.verify_with(&Pkcs1v15::<Sha224>::new(), message, signature),
                Hash::Sha256 => key.verify_with(&Pkcs1v15::<Sha256>::new(), message, signature),
                Hash::Sha384 => key.verify_with(&Pkcs1v15::<Sha384>::new(), message, signature),
                Hash::Sha512 => key.verify_with(&Pkcs1v15::<Sha512>::new(), message, signature),
            },
            (Self::Pss(params), PublicKey::Rsa(key)) => match params.hash {
                PssHash::Sha224 => verify_pss::<Sha224>(key, *params, message, signature),
                PssHash::Sha256 => verify_pss::<Sha256>(key, *params, message, signature),
                PssHash::Sha384 => verify_pss::<Sha384>(key, *params, message, signature),
                PssHash::Sha512 => verify_pss::<Sha512>(key, *params, message, signature),
                PssHash::Sha1 => Err(Error::Signature),
            },
            (Self::Ecdsa(hash), PublicKey::P256(key)) => verify_ecdsa(key, *hash, message, signature),
            (Self::Ecdsa(hash), PublicKey::P384(key)) => verify_ecdsa(key, *hash, message, signature),
            (Self::Ecdsa(hash), PublicKey::P521(key)) => verify_ecdsa(key, *hash, message, signature),
            (Self::Ed25519, PublicKey::Ed25519(key)) => ed25519::Signature::from_bytes(signature)
                .and_then(|signature| key.verify(message, &signature)),
            // The signature is of another kind than the key.
            _ => Err(Error::Signature),
        };
        result.map_err(|_| Reason::Signature)
    }
}

impl Hash {
    fn name(self) -> &'static str {
        match self {
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

fn pss_hash_name(hash: PssHash) -> &'static str {
    match hash {
        PssHash::Sha1 => "SHA-1",
        PssHash::Sha224 => "SHA-224",
        PssHash::Sha256 => "SHA-256",
        PssHash::Sha384 => "SHA-384",
        PssHash::Sha512 => "SHA-512",
    }
}

fn verify_pss<D: Digest>(
    key: &rsa::PublicKey,
    params: PssParams,
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    fn with<D: Digest, M: Digest>(
        key: &rsa::PublicKey,
        salt: usize,
        message: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        key.verify_with(&rsa::Pss::<D, M>::new().salt_len(salt), message, signature)
    }
    let salt = params.min_salt_len;
    match params.mgf_hash {
        PssHash::Sha224 => with::<D, Sha224>(key, salt, message, signature),
        PssHash::Sha256 => with::<D, Sha256>(key, salt, message, signature),
        PssHash::Sha384 => with::<D, Sha384>(key, salt, message, signature),
        PssHash::Sha512 => with::<D, Sha512>(key, salt, message, signature),
        PssHash::Sha1 => Err(Error::Signature),
    }
}

fn verify_ecdsa<C: ecdsa::Curve>(
    key: &ecdsa::VerifyingKey<C>,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    let signature = Signature::from_der(signature)?;
    match hash {
        Hash::Sha224 => key.verify_with::<Sha224>(message, &signature),
        Hash::Sha256 => key.verify_with::<Sha256>(message, &signature),
        Hash::Sha384 => key.verify_with::<Sha384>(message, &signature),
        Hash::Sha512 => key.verify_with::<Sha512>(message, &signature),
    }
}
