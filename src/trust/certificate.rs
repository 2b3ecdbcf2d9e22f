//! A certificate: a name bound to a public key, for a time, under somebody's signature.
//!
//! ```text
//! Certificate    = SEQUENCE { tbsCertificate, signatureAlgorithm, BIT STRING of the signature }
//! tbsCertificate = SEQUENCE { [0] version, serialNumber, signature (its algorithm, again), issuer,
//!                             validity { notBefore, notAfter }, subject, subjectPublicKeyInfo,
//!                             [1], [2] unique identifiers, [3] extensions }
//! ```
//!
//! Reading is strict about DER and about the structure, and takes what's inside as it is: keys that are too small,
//! algorithms that are too old, names that are odd are read, so that a verdict can name them. The bytes that were
//! signed are kept as they came.
//!
//! Everything in here is public. Sources: RFC 5280, section 4.1; RFC 7468, section 5 (PEM).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use digest::Digest;
use x509_cert::der::asn1::{BitStringRef, IntRef, ObjectIdentifier};
use x509_cert::der::{self, Decode, Reader, SliceReader, TagMode, TagNumber};
use x509_cert::ext::Extensions as ExtensionList;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::ext::pkix::name::GeneralName;

use super::algorithm::SignatureAlgorithm;
use super::distinguished::{DistinguishedName, shortened};
use super::error::malformed;
use super::extensions::Extensions;
use super::{Error, Reason, Result, Time};
use crate::hash::Sha256;
use crate::key::{self, Fingerprint};

/// A certificate is at most 256 KiB long. (The longest in use, with thousands of names, are a fifth of it.)
pub(super) const MAX_LEN: usize = 1 << 18;
const PART: &str = "certificate";

/// An X.509 certificate.
///
/// `Display` prints what people look for in it; [`fingerprint`](Self::fingerprint) is what they compare.
/// Two are equal if all their bytes are.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    /// Where parts of it are in `der`.
    tbs: Range<usize>,
    key: Range<usize>,
    signature: Range<usize>,
    pub(super) version: u8,
    serial: Vec<u8>,
    pub(super) algorithm: SignatureAlgorithm,
    /// Whether the two places that name the algorithm are the same.
    pub(super) algorithms_agree: bool,
    issuer: DistinguishedName,
    subject: DistinguishedName,
    not_before: Time,
    not_after: Time,
    pub(super) extensions: Extensions,
}

impl Certificate {
    /// Reads one certificate from PEM text, `BEGIN CERTIFICATE`.
    ///
    /// # Errors
    /// [`Error::Malformed`], with the part and the problem; also if there are several certificates (which
    /// [`bundle_from_pem`](Self::bundle_from_pem) reads) or none.
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self> {
        only_one(Self::bundle_from_pem(text)?, "there are several certificates, where one is expected")
    }

    /// Reads all certificates of PEM text, in order. Text between them is passed over, as are keys and whatever
    /// else has another label.
    ///
    /// # Errors
    /// [`Error::Malformed`], with the part and the problem, of the first that can't be read, and if there's none.
    pub fn bundle_from_pem(text: impl AsRef<[u8]>) -> Result<Vec<Self>> {
        let text = text.as_ref();
        at_least_one(Self::each_of_pem(text).collect::<Result<_>>()?, text, "certificate")
    }

    /// What each certificate of PEM text is read as.
    pub(super) fn each_of_pem(text: &[u8]) -> impl Iterator<Item = Result<Self>> {
        blocks(text, &["CERTIFICATE", "X509 CERTIFICATE"]).map(|der| Self::from_der(&der?))
    }

    /// Reads a certificate from DER.
    ///
    /// # Errors
    /// [`Error::Malformed`], with the part and the problem.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        check_der(bytes, PART)?;
        let outer = Signed::read(bytes).map_err(|error| malformed(PART, error))?;
        let tbs = Tbs::read(outer.tbs).map_err(|error| malformed(PART, error))?;
        let range = |part| place_of(part, bytes);
        let name = |part, bytes| DistinguishedName::from_der(bytes).map_err(|error| malformed(part, error));
        if tbs.extensions.is_some() && tbs.version != 3 {
            return Err(malformed(PART, "it has extensions, and isn't of version 3"));
        }
        Ok(Self {
            tbs: range(outer.tbs),
            key: range(tbs.key),
            signature: range(outer.signature),
            version: tbs.version,
            serial: tbs.serial.to_vec(),
            algorithm: SignatureAlgorithm::read(outer.algorithm).map_err(|error| malformed(PART, error))?,
            algorithms_agree: outer.algorithm == tbs.algorithm,
            issuer: name("issuer", tbs.issuer)?,
            subject: name("subject", tbs.subject)?,
            not_before: tbs.not_before,
            not_after: tbs.not_after,
            extensions: Extensions::new(PART, &tbs.extensions.unwrap_or_default())?,
            der: bytes.to_vec(),
        })
    }

    /// The certificate as DER, the bytes that it was read from.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM text.
    pub fn to_pem(&self) -> String {
        key::pem_text("CERTIFICATE", &self.der)
    }

    /// Whom the certificate is about.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// Who issued it.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// The number that its issuer gave it: the contents of a DER INTEGER, big-endian, two's complement.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The first second of its time.
    pub fn not_before(&self) -> Time {
        self.not_before
    }

    /// The last second of its time.
    pub fn not_after(&self) -> Time {
        self.not_after
    }

    /// The names that it's for, apart from its subject: domains, addresses.
    pub fn alternative_names(&self) -> &[GeneralName] {
        self.extensions.names()
    }

    /// What its key may be used for, if it says so.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage.as_ref().map(|usage| usage.value)
    }

    /// What it may be used for, if it says so.
    pub fn extended_key_usage(&self) -> Option<&[ObjectIdentifier]> {
        self.extensions.extended_key_usage.as_ref().map(|usage| usage.value.as_slice())
    }

    /// Whether it says that it's an authority's, which issues certificates.
    pub fn is_authority(&self) -> bool {
        self.extensions.is_authority()
    }

    /// The public key.
    ///
    /// # Errors
    /// As for [`key::PublicKey::from_der`]: other kinds of keys than this crate has, RSA keys under 2048 bits,
    /// points that aren't on their curve.
    pub fn public_key(&self) -> crate::Result<key::PublicKey> {
        key::public_from_spki(self.public_key_der())
    }

    /// The public key in its SPKI form, as it stands in the certificate.
    pub fn public_key_der(&self) -> &[u8] {
        &self.der[self.key.clone()]
    }

    /// The SHA-256 of the whole certificate, by which people compare certificates.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes(Sha256::digest(&self.der).into())
    }

    /// Whether it's signed with the key that's in it: then it vouches for nothing but itself.
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued() && self.public_key().is_ok_and(|key| self.check_signature(&key).is_ok())
    }

    /// Whether issuer and subject are the same name.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Checks that another certificate's key made its signature. Nothing else is checked: not the names, not
    /// whether the other may issue certificates. [`Verifier`](super::Verifier) does all of it.
    ///
    /// # Errors
    /// The reason: [`Reason::Signature`], [`Reason::SignatureAlgorithm`], [`Reason::AlgorithmMismatch`], or
    /// [`Reason::Key`] or [`Reason::WeakKey`] of the issuer's key.
    pub fn check_signed_by(&self, issuer: &Self) -> Result<(), Reason> {
        self.check_signature(&issuer.public_key().map_err(Reason::key)?)
    }

    pub(super) fn check_signature(&self, key: &key::PublicKey) -> Result<(), Reason> {
        if !self.algorithms_agree {
            return Err(Reason::AlgorithmMismatch);
        }
        self.algorithm.verify(key, &self.der[self.tbs.clone()], &self.der[self.signature.clone()])
    }

    /// The subject for errors, or, where it has none, the first of its other names.
    pub(super) fn who(&self) -> String {
        named(&self.subject, self.alternative_names())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl core::hash::Hash for Certificate {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.der.hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.who(), self.fingerprint())
    }
}

/// The DER of each PEM block with one of these labels.
pub(super) fn blocks(text: &[u8], labels: &'static [&'static str]) -> impl Iterator<Item = Result<Vec<u8>>> {
    key::pem_blocks(text, labels).map(|block| match block {
        Ok(mut der) => Ok(core::mem::take(&mut *der)),
        Err(error) => Err(malformed("PEM", error)),
    })
}

/// What was found in PEM text. If that's nothing, the error says what's there instead.
pub(super) fn at_least_one<T>(all: Vec<T>, text: &[u8], what: &str) -> Result<Vec<T>> {
    if !all.is_empty() {
        return Ok(all);
    }
    Err(match key::instead_in_pem(text) {
        Ok(found @ "a PKCS#7 message") => malformed(
            "PEM",
            format_args!(
                "there's no {what} in it, but {found} (`openssl pkcs7 -print_certs` takes them out)"
            ),
        ),
        Ok(found) => malformed("PEM", format_args!("there's no {what} in it, but {found}")),
        Err(problem) => malformed("PEM", format_args!("there's no {what} in it: {problem}")),
    })
}

/// Refuses what's no DER at all, in words for who took one form for the other.
pub(super) fn check_form(bytes: &[u8], part: &'static str) -> Result<()> {
    if bytes.is_empty() {
        return Err(malformed(part, "it's empty"));
    }
    if bytes.starts_with(b"-----BEGIN ") {
        return Err(malformed(part, "it's PEM text (for `from_pem`), not DER"));
    }
    Ok(())
}

/// The same, and refuses what's longer than anything in use.
pub(super) fn check_der(bytes: &[u8], part: &'static str) -> Result<()> {
    check_form(bytes, part)?;
    if bytes.len() > MAX_LEN { Err(malformed(part, "longer than 256 KiB")) } else { Ok(()) }
}

pub(super) fn only_one<T>(mut all: Vec<T>, problem: &str) -> Result<T> {
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(malformed("PEM", problem)),
    }
}

/// Where a part is in the bytes that it was read from.
pub(super) fn place_of(part: &[u8], whole: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

/// The subject for errors, or, where it has none, the first of the other names.
pub(super) fn named(subject: &DistinguishedName, names: &[GeneralName]) -> String {
    match names.first().filter(|_| subject.is_empty()) {
        Some(name) => shortened(&super::name::shown(name)),
        None => shortened(subject),
    }
}

/// The shape that certificates and revocation lists share: something, and a signature of it.
pub(super) struct Signed<'a> {
    /// What's signed, whole.
    pub(super) tbs: &'a [u8],
    /// The algorithm, whole.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut outer = SliceReader::new(der)?;
        let signed = outer.sequence(|fields| {
            let (tbs, algorithm) = (fields.tlv_bytes()?, fields.tlv_bytes()?);
            let signature = BitStringRef::decode(fields)?;
            let signature = signature.as_bytes().ok_or_else(|| der::Tag::BitString.value_error())?;
            Ok::<_, der::Error>(Self { tbs, algorithm, signature })
        })?;
        outer.finish()?;
        Ok(signed)
    }
}

/// The fields of a `TBSCertificate`, those with a structure of their own as they are.
struct Tbs<'a> {
    version: u8,
    serial: &'a [u8],
    algorithm: &'a [u8],
    issuer: &'a [u8],
    not_before: Time,
    not_after: Time,
    subject: &'a [u8],
    key: &'a [u8],
    extensions: Option<ExtensionList>,
}

impl<'a> Tbs<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut outer = SliceReader::new(der)?;
        let tbs = outer.sequence(|fields| {
            let version = fields.context_specific::<u8>(TagNumber(0), TagMode::Explicit)?;
            let version = match version {
                None => 1,
                Some(number @ (1 | 2)) => number + 1,
                Some(_) => return Err(der::Tag::Integer.value_error().into()),
            };
            let serial = IntRef::decode(fields)?.as_bytes();
            let algorithm = fields.tlv_bytes()?;
            let issuer = fields.tlv_bytes()?;
            let (not_before, not_after) = fields.sequence(|validity| {
                let read = x509_cert::time::Time::decode;
                Ok::<_, der::Error>((read(validity)?.into(), read(validity)?.into()))
            })?;
            let subject = fields.tlv_bytes()?;
            let key = fields.tlv_bytes()?;
            for number in [1, 2] {
                fields.context_specific::<BitStringRef<'_>>(TagNumber(number), TagMode::Implicit)?;
            }
            let extensions = fields.context_specific(TagNumber(3), TagMode::Explicit)?;
            Ok::<_, der::Error>(Self {
                version,
                serial,
                algorithm,
                issuer,
                not_before,
                not_after,
                subject,
                key,
                extensions,
            })
        })?;
        outer.finish()?;
        Ok(tbs)
    }
}

/// The error for a certificate of the chain, by its position in it.
pub(super) fn refused(position: usize, certificate: &Certificate, reason: Reason) -> Error {
    Error::Refused { position, subject: certificate.who(), reason }
}
