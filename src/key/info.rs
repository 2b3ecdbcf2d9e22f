//! What PKCS#8 and SPKI say around a key: of which kind it is.
//!
//! ```text
//! PrivateKeyInfo       = SEQUENCE { version, algorithm, OCTET STRING of the private key,
//!                                   [0] attributes, [1] public key }                 PKCS#8
//! SubjectPublicKeyInfo = SEQUENCE { algorithm, BIT STRING of the public key }        SPKI
//! algorithm            = SEQUENCE { rsaEncryption, NULL } or SEQUENCE { id-RSASSA-PSS, parameters }
//!                     or SEQUENCE { id-ecPublicKey, curve }
//!                     or SEQUENCE { id-Ed25519 } or SEQUENCE { id-X25519 }
//! ```
//!
//! A curve's name is the only parameter that id-ecPublicKey may have: a file that spells a curve out
//! (`specifiedCurve`) could spell out one of its author's making, on which secrets aren't (CVE-2020-0601).
//! Attributes are passed over. With version 2 of PKCS#8 (`OneAsymmetricKey`) came a public key, which has to
//! be the private key's own, and has to be there (RFC 5958, section 2); version 1 is written.
//!
//! All that's looked at in here is public; private keys go through as they are.
//!
//! Sources: RFC 5958 (PKCS#8); RFC 5280, section 4.1.2.7 (SPKI); RFC 5480 (id-ecPublicKey); RFC 8410.

use alloc::vec::Vec;

use digest::const_oid::{AssociatedOid, ObjectIdentifier};
use zeroize::Zeroizing;

use super::der::{
    BIT_STRING, CONTEXT_0, NULL, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, check_len, element,
    integer, is, malformed,
};
use super::recognise::Form;
use super::{curve, rsa};
use crate::ecdh::{P256, P384, P521, X25519};
use crate::rsa::PssBinding;
use crate::{Error, Result};

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa(Option<PssBinding>),
    P256,
    P384,
    P521,
    Ed25519,
    X25519,
}

pub(super) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const NIST: [(Kind, ObjectIdentifier); 3] =
    [(Kind::P256, P256::OID), (Kind::P384, P384::OID), (Kind::P521, P521::OID)];
/// Those of RFC 8410, which name the algorithm and the curve in one.
const CURVE25519: [(Kind, ObjectIdentifier); 2] = [(Kind::Ed25519, ED25519), (Kind::X25519, X25519::OID)];

/// Other algorithms, for errors: contents of OBJECT IDENTIFIERs.
const OTHER_ALGORITHMS: [(&[u8], &str); 8] = [
    (&[0x2b, 0x65, 0x6f], "X448 keys"),
    (&[0x2b, 0x65, 0x71], "Ed448 keys"),
    (&[0x2b, 0x81, 4, 1, 12], "keys that are bound to Diffie-Hellman (id-ecDH)"),
    (&[0x2b, 0x81, 4, 1, 13], "keys that are bound to MQV (id-ecMQV)"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA keys"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1], "Diffie-Hellman keys"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3e, 2, 1], "Diffie-Hellman keys"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 7], "keys that are bound to RSAES-OAEP"),
];

/// Other curves, for errors: where groups of them stand, and the last bytes.
const SECG: &[u8] = &[0x2b, 0x81, 4, 0];
const ANSI_PRIME: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1];
const BRAINPOOL: &[u8] = &[0x2b, 0x24, 3, 3, 2, 8, 1, 1];
const OTHER_CURVES: [(&[u8], u8, &str); 15] = [
    (SECG, 10, "keys on secp256k1"),
    (SECG, 33, "keys on P-224"),
    (ANSI_PRIME, 1, "keys on P-192"),
    (BRAINPOOL, 3, "keys on brainpoolP192r1"),
    (BRAINPOOL, 5, "keys on brainpoolP224r1"),
    (BRAINPOOL, 7, "keys on brainpoolP256r1"),
    (BRAINPOOL, 8, "keys on brainpoolP256t1"),
    (BRAINPOOL, 9, "keys on brainpoolP320r1"),
    (BRAINPOOL, 10, "keys on brainpoolP320t1"),
    (BRAINPOOL, 11, "keys on brainpoolP384r1"),
    (BRAINPOOL, 12, "keys on brainpoolP384t1"),
    (BRAINPOOL, 13, "keys on brainpoolP512r1"),
    (BRAINPOOL, 14, "keys on brainpoolP512t1"),
    (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82], 0x2d, "keys on SM2's curve"),
    (&[0x2a, 0x81, 0x7a, 1, 0x81, 0x5f, 0x65, 0x82, 0], 1, "keys on FRP256v1"),
];

const ALGORITHM: &str = "algorithm";
/// The part of an algorithm that names the curve.
pub(super) const CURVE: &str = "parameters of id-ecPublicKey";

impl Kind {
    /// The kind whose curve has this name.
    ///
    /// # Panics — unless it's a curve of this crate.
    pub(super) fn of_curve(oid: ObjectIdentifier) -> Self {
        let mut known = NIST.iter().chain(&CURVE25519);
        known.find(|(_, name)| *name == oid).expect("every curve is in the tables").0
    }

    /// The name of a curve that goes by id-ecPublicKey.
    pub(super) fn nist_curve(self) -> Option<ObjectIdentifier> {
        NIST.iter().find(|(kind, _)| *kind == self).map(|(_, name)| *name)
    }

    /// What errors call a key of this kind.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rsa(_) => "an RSA key",
            Self::P256 => "a P-256 key",
            Self::P384 => "a P-384 key",
            Self::P521 => "a P-521 key",
            Self::Ed25519 => "an Ed25519 key",
            Self::X25519 => "an X25519 key",
        }
    }

    /// The error where a key of another kind is expected and this is found.
    pub(super) fn instead_of(self, expected: Self) -> Error {
        Error::Found { found: self.name(), expected: expected.name() }
    }

    /// Reads an algorithm identifier.
    fn read(outer: &mut Reader<'_>) -> Result<Self> {
        let mut fields = outer.sequence(ALGORITHM)?;
        let oid = fields.element(OBJECT_IDENTIFIER, ALGORITHM)?;
        if let Some(kind) = rsa::read_parameters(oid, &mut fields)? {
            return Ok(kind);
        }
        if is(oid, EC_PUBLIC_KEY.as_bytes()) {
            let kind = Self::read_curve(&mut fields)?;
            Self::finish_curve(fields)?;
            return Ok(kind);
        }
        if let Some((kind, _)) = CURVE25519.iter().find(|(_, name)| is(oid, name.as_bytes())) {
            const PARAMETERS: &str = "parameters of a key of RFC 8410";
            if fields.tag() == Some(NULL) {
                return Err(malformed(PARAMETERS, "there's a NULL, where nothing may be (section 3)"));
            }
            fields.finish(PARAMETERS)?;
            return Ok(*kind);
        }
        let known = OTHER_ALGORITHMS.iter().find(|(known, _)| is(oid, known));
        Err(Error::Unsupported(known.map_or("keys of an unknown algorithm", |(_, name)| *name)))
    }

    /// Reads `ECParameters`, which may name a curve, spell one out, or leave it to something else.
    pub(super) fn read_curve(fields: &mut Reader<'_>) -> Result<Self> {
        match fields.tag() {
            Some(SEQUENCE) => {
                return Err(Error::Unsupported(
                    "keys with explicit curve parameters (`openssl ec -param_enc named_curve` converts them)",
                ));
            }
            Some(NULL) => return Err(malformed(CURVE, "there's a NULL in the place of the curve's name")),
            _ => {}
        }
        let oid = fields.element(OBJECT_IDENTIFIER, CURVE)?;
        if let Some((kind, _)) = NIST.iter().find(|(_, name)| is(oid, name.as_bytes())) {
            return Ok(*kind);
        }
        let known = OTHER_CURVES.iter().find(|(group, last, _)| is(oid, &[*group, &[*last]].concat()));
        Err(Error::Unsupported(known.map_or("keys on an unknown curve", |(_, _, name)| *name)))
    }

    /// Ends `ECParameters`. RSA's algorithm has a NULL, and some programs put one after the others', too.
    pub(super) fn finish_curve(fields: Reader<'_>) -> Result<()> {
        if fields.tag() == Some(NULL) {
            return Err(malformed(CURVE, "there's a NULL after the curve's name, where nothing may be"));
        }
        fields.finish(CURVE)
    }

    /// The algorithm identifier.
    fn to_der(self) -> Zeroizing<Vec<u8>> {
        let oid = |oid: ObjectIdentifier| element(OBJECT_IDENTIFIER, &[oid.as_bytes()]);
        if let Self::Rsa(binding) = self {
            return rsa::algorithm(binding);
        }
        if let Some(curve) = self.nist_curve() {
            return element(SEQUENCE, &[&oid(EC_PUBLIC_KEY), &oid(curve)]);
        }
        let named = CURVE25519.iter().find(|(kind, _)| *kind == self);
        element(SEQUENCE, &[&oid(named.expect("every other kind is in the table").1)])
    }
}

/// A `PrivateKeyInfo` of version 1, or 2 (`OneAsymmetricKey`).
pub(super) struct PrivateKeyInfo<'a> {
    pub(super) kind: Kind,
    /// The contents of the OCTET STRING.
    pub(super) key: &'a [u8],
    /// The contents of the BIT STRING, if there's a public key.
    pub(super) public: Option<&'a [u8]>,
}

impl<'a> PrivateKeyInfo<'a> {
    /// Of any form that private keys have: what PKCS#8 would say around the others.
    pub(super) fn of_form(form: Form, der: &'a [u8]) -> Result<Self> {
        let around = |kind| Self { kind, key: der, public: None };
        match form {
            Form::Pkcs8 => Self::read(der),
            Form::Pkcs1Private => Ok(around(Kind::Rsa(None))),
            Form::Sec1 => curve::kind_of_sec1(der).map(around),
            _ => Err(form.not_private()),
        }
    }

    fn read(der: &'a [u8]) -> Result<Self> {
        const PART: &str = "PrivateKeyInfo";
        const VERSION: &str = "version of PrivateKeyInfo";
        const PUBLIC_PART: &str = "public key of PrivateKeyInfo";
        /// `[1] IMPLICIT BIT STRING`, as the module of RFC 5958, appendix A, has it by `IMPLICIT TAGS`.
        const PUBLIC: u8 = 0x81;
        const PUBLIC_EXPLICIT: u8 = 0xa1;
        const EXPLICIT: &str = "its tag is A1, where RFC 5958 has 81, as in keys for Ed25519 made by ring 0.16 and \
             older (the 32 bytes after 04 22 04 20 are the private key, for `from_bytes`)";
        check_len(der)?;
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence(PART)?;
        outer.finish(PART)?;
        let version = fields.small(VERSION)?;
        if !matches!(version, Some(0 | 1)) {
            return Err(malformed(VERSION, "not 0 or 1"));
        }
        let kind = Kind::read(&mut fields)?;
        let key = fields.element(OCTET_STRING, "private key")?;
        if fields.tag() == Some(CONTEXT_0) {
            fields.element(CONTEXT_0, "attributes")?;
        }
        let public = match (version, fields.tag()) {
            (Some(1), Some(PUBLIC)) => Some(fields.element(PUBLIC, PUBLIC_PART)?),
            (_, Some(PUBLIC_EXPLICIT)) => return Err(malformed(PUBLIC_PART, EXPLICIT)),
            // RFC 5958, section 2, on `version`: "If publicKey is present, then version is set to v2 else version
            // is set to v1." What says v2 and has none isn't all there.
            (Some(1), None) => {
                return Err(malformed(VERSION, "it's 1 (v2), but there's no public key, for which v2 is"));
            }
            (Some(0), Some(PUBLIC)) => {
                return Err(malformed(VERSION, "it's 0 (v1), but there's a public key, which came with v2"));
            }
            _ => None,
        };
        fields.finish(PART)?;
        Ok(Self { kind, key, public })
    }

    /// A `PrivateKeyInfo` of version 1.
    pub(super) fn write(kind: Kind, key: &[u8]) -> Zeroizing<Vec<u8>> {
        element(SEQUENCE, &[&integer(&[0]), &kind.to_der(), &element(OCTET_STRING, &[key])])
    }
}

/// Checks that the contents of a BIT STRING are this public key, in one of its encodings. Whether they are is
/// public.
pub(super) fn check_public(bits: &[u8], encodings: &[&[u8]]) -> Result<()> {
    let own = |encoding: &&[u8]| {
        bits.split_first().is_some_and(|(unused, key)| is(&[*unused], &[0]) && is(key, encoding))
    };
    if encodings.iter().any(own) {
        Ok(())
    } else {
        Err(Error::InvalidKey("the public key beside the private key isn't its own"))
    }
}

/// A `SubjectPublicKeyInfo`.
pub(super) struct SubjectPublicKeyInfo<'a> {
    pub(super) kind: Kind,
    /// The bytes of the BIT STRING.
    pub(super) key: &'a [u8],
}

impl<'a> SubjectPublicKeyInfo<'a> {
    /// Of any form that public keys have: what SPKI would say around the other.
    pub(super) fn of_form(form: Form, der: &'a [u8]) -> Result<Self> {
        match form {
            Form::Spki => Self::read(der),
            Form::Pkcs1Public => Ok(Self { kind: Kind::Rsa(None), key: der }),
            _ => Err(form.not_public()),
        }
    }

    fn read(der: &'a [u8]) -> Result<Self> {
        const PART: &str = "SubjectPublicKeyInfo";
        check_len(der)?;
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence(PART)?;
        outer.finish(PART)?;
        let kind = Kind::read(&mut fields)?;
        let bits = fields.element(BIT_STRING, "public key")?;
        fields.finish(PART)?;
        match bits.split_first() {
            Some((unused, key)) if is(&[*unused], &[0]) => Ok(Self { kind, key }),
            _ => Err(malformed("public key", "the BIT STRING isn't of full bytes")),
        }
    }

    pub(super) fn write(kind: Kind, key: &[u8]) -> Zeroizing<Vec<u8>> {
        element(SEQUENCE, &[&kind.to_der(), &element(BIT_STRING, &[&[0], key])])
    }
}
