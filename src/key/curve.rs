//! Keys on elliptic curves in files: SEC 1, alone and inside of PKCS#8, and the bare bytes of RFC 8410.
//!
//! ```text
//! ECPrivateKey    = SEQUENCE { 1, OCTET STRING of the number, [0] curve, [1] BIT STRING of the point }
//! CurvePrivateKey = OCTET STRING of 32 bytes
//! ```
//!
//! The first is for the NIST curves. Alone it has to name its curve; inside of PKCS#8, where that's been done,
//! it needn't, but may not name another. The point, and the public key that PKCS#8 may have as well, are
//! optional, and have to be the private key's own. A number is as long as the curve's order (RFC 5915 says so;
//! some old programs left zeros out), from 1 to the order minus 1. A public key is a point, compressed or not,
//! or 32 bytes.
//!
//! Written are PKCS#8 with the point and without the curve inside of it, as OpenSSL does, and points
//! uncompressed. (RFC 5915, section 3, would have the curve there as well; PKCS#8 has named it, and erratum 5008 asks
//! for what's done here.)
//!
//! A file of a NIST curve doesn't say what the key is for: the types of [`ecdh`] and [`ecdsa`] read the same
//! files, and are made from each other.
//!
//! **What leaks of a private key** is named in `der.rs`, and here it's less: a number is an OCTET STRING, of
//! which no byte is looked at. Whether it's in range is public, and so is whether a public key is its own.
//!
//! Sources: SEC 1, appendix C.4, and RFC 5915 (`ECPrivateKey`); RFC 5480, section 2.2 (points); RFC 8410
//! (`CurvePrivateKey`).

use alloc::vec::Vec;

use digest::const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::der::{
    BIT_STRING, CONTEXT_0, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, check_len, element, integer,
    malformed,
};
use super::info::{CURVE, ED25519, Kind, PrivateKeyInfo, SubjectPublicKeyInfo, check_public};
use super::{PrivateForms, PublicForms};
use crate::{Bytes, Error, Result, ecdh, ecdsa, ed25519};

/// A type of private keys on a curve.
pub(super) trait Private: Sized {
    /// The curve's name.
    const OID: ObjectIdentifier;

    /// From the number's bytes, as many as the curve calls for.
    fn from_bytes(bytes: &[u8]) -> Result<Self>;
    fn to_bytes(&self) -> Zeroizing<Bytes>;
    /// The public key: an uncompressed point, or 32 bytes.
    fn public(&self) -> Bytes;
}

/// A type of public keys on a curve.
pub(super) trait Public: Sized {
    /// The curve's name.
    const OID: ObjectIdentifier;

    fn from_bytes(bytes: &[u8]) -> Result<Self>;
    /// An uncompressed point, or 32 bytes.
    fn to_bytes(&self) -> Bytes;
}

impl<C: ecdsa::Curve> Private for ecdsa::SigningKey<C> {
    const OID: ObjectIdentifier = C::OID;

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Zeroizing<Bytes> {
        self.to_bytes()
    }

    fn public(&self) -> Bytes {
        self.verifying_key().to_bytes()
    }
}

impl<C: ecdsa::Curve> Public for ecdsa::VerifyingKey<C> {
    const OID: ObjectIdentifier = C::OID;

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Bytes {
        self.to_bytes()
    }
}

impl<C: ecdh::Curve> Private for ecdh::PrivateKey<C> {
    const OID: ObjectIdentifier = C::OID;

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Zeroizing<Bytes> {
        self.to_bytes()
    }

    fn public(&self) -> Bytes {
        self.public_key().to_bytes()
    }
}

impl<C: ecdh::Curve> Public for ecdh::PublicKey<C> {
    const OID: ObjectIdentifier = C::OID;

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Bytes {
        self.to_bytes()
    }
}

impl Private for ed25519::SigningKey {
    const OID: ObjectIdentifier = ED25519;

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Zeroizing<Bytes> {
        self.to_bytes()
    }

    fn public(&self) -> Bytes {
        self.verifying_key().to_bytes()
    }
}

impl Public for ed25519::VerifyingKey {
    const OID: ObjectIdentifier = ED25519;

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }

    fn to_bytes(&self) -> Bytes {
        self.to_bytes()
    }
}

impl<K: Private> PrivateForms for K {
    fn from_info(info: &PrivateKeyInfo<'_>) -> Result<Self> {
        let kind = Kind::of_curve(K::OID);
        if info.kind != kind {
            return Err(info.kind.instead_of(kind));
        }
        let (number, inner_public) = if kind.nist_curve().is_some() {
            read_sec1_on(kind, info.key)?
        } else {
            (read_bare(info.key)?, None)
        };
        let key = K::from_bytes(number)?;
        let own = key.public();
        for bits in [inner_public, info.public].into_iter().flatten() {
            match kind.nist_curve() {
                Some(_) => check_public(bits, &[&own, &compressed(&own)])?,
                None => check_public(bits, &[&own])?,
            }
        }
        Ok(key)
    }

    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let kind = Kind::of_curve(K::OID);
        if kind.nist_curve().is_some() {
            PrivateKeyInfo::write(kind, &ec_private_key(self, &[]))
        } else {
            PrivateKeyInfo::write(kind, &element(OCTET_STRING, &[&self.to_bytes()]))
        }
    }
}

impl<K: Public> PublicForms for K {
    fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self> {
        let kind = Kind::of_curve(K::OID);
        if info.kind == kind { K::from_bytes(info.key) } else { Err(info.kind.instead_of(kind)) }
    }

    fn to_spki(&self) -> Zeroizing<Vec<u8>> {
        SubjectPublicKeyInfo::write(Kind::of_curve(K::OID), &self.to_bytes())
    }
}

/// The private key of RFC 8410.
fn read_bare(der: &[u8]) -> Result<&[u8]> {
    const PART: &str = "CurvePrivateKey";
    let mut outer = Reader::new(der);
    let bytes = outer.element(OCTET_STRING, PART)?;
    outer.finish(PART)?;
    Ok(bytes)
}

/// An `ECPrivateKey`.
struct EcPrivateKey<'a> {
    number: &'a [u8],
    kind: Option<Kind>,
    /// The contents of the BIT STRING.
    public: Option<&'a [u8]>,
}

impl<'a> EcPrivateKey<'a> {
    fn read(der: &'a [u8]) -> Result<Self> {
        const PART: &str = "ECPrivateKey";
        const POINT: &str = "public key of ECPrivateKey";
        check_len(der)?;
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence(PART)?;
        outer.finish(PART)?;
        if fields.small("version of ECPrivateKey")? != Some(1) {
            return Err(malformed("version of ECPrivateKey", "not 1"));
        }
        let number = fields.element(OCTET_STRING, "private key")?;
        let mut optional = |tag, part| -> Result<Option<Reader<'a>>> {
            let is_there = fields.tag() == Some(tag);
            is_there.then(|| fields.element(tag, part).map(Reader::new)).transpose()
        };
        let (mut kind, mut public) = (None, None);
        if let Some(mut field) = optional(CONTEXT_0, CURVE)? {
            kind = Some(Kind::read_curve(&mut field)?);
            Kind::finish_curve(field)?;
        }
        if let Some(mut field) = optional(CONTEXT_0 + 1, POINT)? {
            public = Some(field.element(BIT_STRING, POINT)?);
            field.finish(POINT)?;
        }
        fields.finish(PART)?;
        Ok(Self { number, kind, public })
    }
}

/// The number and the public key of an `ECPrivateKey` on this curve.
fn read_sec1_on(kind: Kind, der: &[u8]) -> Result<(&[u8], Option<&[u8]>)> {
    let key = EcPrivateKey::read(der)?;
    if key.kind.is_some_and(|inner| inner != kind) {
        return Err(Error::InvalidKey("it names two curves"));
    }
    Ok((key.number, key.public))
}

/// The curve of an `ECPrivateKey` that stands alone.
pub(super) fn kind_of_sec1(der: &[u8]) -> Result<Kind> {
    EcPrivateKey::read(der)?.kind.ok_or(malformed("ECPrivateKey", "it doesn't name its curve"))
}

/// An `ECPrivateKey`, with these elements between the number and the public key.
fn ec_private_key<K: Private>(key: &K, curve: &[u8]) -> Zeroizing<Vec<u8>> {
    let number = element(OCTET_STRING, &[&key.to_bytes()]);
    let public = element(CONTEXT_0 + 1, &[&element(BIT_STRING, &[&[0], &key.public()])]);
    element(SEQUENCE, &[&integer(&[1]), &number, curve, &public])
}

/// An `ECPrivateKey` that stands alone.
pub(super) fn to_sec1<K: Private>(key: &K) -> Zeroizing<Vec<u8>> {
    let curve = element(OBJECT_IDENTIFIER, &[K::OID.as_bytes()]);
    ec_private_key(key, &element(CONTEXT_0, &[&curve]))
}

/// 02 or 03 ‖ x of a point 04 ‖ x ‖ y.
fn compressed(point: &[u8]) -> Bytes {
    let len = point.len() / 2;
    let mut bytes = Bytes::copy_of(&point[..=len]);
    bytes.as_mut_slice()[0] = 2 | (point[2 * len] & 1);
    bytes
}

/// A key of a NIST curve for signatures, used for key agreement. A key that does both needs a reason.
impl<C: ecdsa::Curve> From<&ecdsa::SigningKey<C>> for ecdh::PrivateKey<C> {
    fn from(key: &ecdsa::SigningKey<C>) -> Self {
        Self::from_bytes(&key.to_bytes()).expect("the same numbers")
    }
}

/// A key of a NIST curve for key agreement, used for signatures. A key that does both needs a reason.
impl<C: ecdsa::Curve> From<&ecdh::PrivateKey<C>> for ecdsa::SigningKey<C> {
    fn from(key: &ecdh::PrivateKey<C>) -> Self {
        Self::from_bytes(&key.to_bytes()).expect("the same numbers")
    }
}

/// A key of a NIST curve for signatures, used for key agreement.
impl<C: ecdsa::Curve> From<&ecdsa::VerifyingKey<C>> for ecdh::PublicKey<C> {
    fn from(key: &ecdsa::VerifyingKey<C>) -> Self {
        Self::from_bytes(&key.to_bytes()).expect("the same points")
    }
}

/// A key of a NIST curve for key agreement, used for signatures.
impl<C: ecdsa::Curve> From<&ecdh::PublicKey<C>> for ecdsa::VerifyingKey<C> {
    fn from(key: &ecdh::PublicKey<C>) -> Self {
        Self::from_bytes(&key.to_bytes()).expect("the same points")
    }
}

private_key_forms! {
    [C: ecdsa::Curve] ecdsa::SigningKey<C>, "PKCS#8 or SEC 1",
    /// Reads PEM text: PKCS#8 (`BEGIN PRIVATE KEY`) or SEC 1 (`BEGIN EC PRIVATE KEY`), in constant time.
    ///
    /// ```
    /// # #[cfg(feature = "getrandom")] {
    /// use oneway::ecdsa::{P256, P384, SigningKey};
    ///
    /// let key = SigningKey::<P256>::generate()?;
    /// let text = key.to_pem();
    /// assert_eq!(SigningKey::<P256>::from_pem(text.as_bytes())?.verifying_key(), key.verifying_key());
    ///
    /// let error = SigningKey::<P384>::from_pem(text.as_bytes()).unwrap_err();
    /// assert_eq!(error.to_string(), "a P-256 key, not a P-384 key");
    /// # }
    /// # Ok::<(), oneway::Error>(())
    /// ```
}

public_key_forms! {
    [C: ecdsa::Curve] ecdsa::VerifyingKey<C>, "SPKI",
    /// Reads PEM text: SPKI (`BEGIN PUBLIC KEY`).
}

private_key_forms! {
    [C: ecdh::Curve] ecdh::PrivateKey<C>, "PKCS#8 or, on the NIST curves, SEC 1",
    /// Reads PEM text: PKCS#8 (`BEGIN PRIVATE KEY`) or, on the NIST curves, SEC 1 (`BEGIN EC PRIVATE KEY`), in
    /// constant time.
}

public_key_forms! {
    [C: ecdh::Curve] ecdh::PublicKey<C>, "SPKI",
    /// Reads PEM text: SPKI (`BEGIN PUBLIC KEY`).
}

private_key_forms! {
    [] ed25519::SigningKey, "PKCS#8",
    /// Reads PEM text: PKCS#8 (`BEGIN PRIVATE KEY`), in constant time.
}

public_key_forms! {
    [] ed25519::VerifyingKey, "SPKI",
    /// Reads PEM text: SPKI (`BEGIN PUBLIC KEY`).
}
