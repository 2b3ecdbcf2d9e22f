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
//! algorithms that are too old, names that are odd are read, so that a verdict can name them. The certificate is kept as
//! the bytes that it came in, with the places of its parts; a key or an extension is read when it's asked for.
//!
//! Everything in here is public. Sources: RFC 5280, section 4.1; RFC 7468, section 5 (PEM).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use digest::Digest;
use x509_cert::ext::pkix::KeyUsage;

use super::algorithm::SignatureAlgorithm;
use super::der::{self, Reader, constructed, context, saturating};
use super::distinguished::{DistinguishedName, shortened};
use super::error::malformed;
use super::extensions::Extensions;
use super::general_name::GeneralNames;
use super::oid::Oid;
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
    serial: Range<usize>,
    pub(super) version: u8,
    pub(super) algorithm: SignatureAlgorithm,
    /// Whether the two places that name the algorithm are the same.
    pub(super) algorithms_agree: bool,
    issuer: DistinguishedName,
    subject: DistinguishedName,
    not_before: Time,
    not_after: Time,
    pub(super) extensions: Extensions,
    /// Whether it's one of those that the system trusts.
    pub(super) is_of_system: bool,
    /// What OpenSSL is told about it, if it came with that.
    pub(super) settings: Settings,
}

/// What OpenSSL's `BEGIN TRUSTED CERTIFICATE` says that a certificate is trusted for, where it's trusted.
#[derive(Clone, Default)]
pub(super) struct Settings {
    /// Extended key usages; None for all.
    pub(super) trusted_for: Option<Vec<Oid>>,
    pub(super) rejected_for: Vec<Oid>,
}

impl Settings {
    /// Reads a `CertAux`: SEQUENCE { SEQUENCE of what it's trusted for, [0] of what it isn't, … }, of which the rest names it.
    fn read(der: &[u8]) -> der::Result<Self> {
        let mut fields = Reader::of_sequence(der)?;
        let list = |contents: &[u8]| {
            let (mut rest, mut all) = (Reader::new(contents), Vec::new());
            while !rest.is_empty() {
                all.push(Oid::known(rest.oid()?));
            }
            Ok::<_, &'static str>(all)
        };
        let trusted_for = fields.optional(der::SEQUENCE)?.map(list).transpose()?;
        let rejected_for = fields.optional(constructed(0))?.map(list).transpose()?;
        Ok(Self { trusted_for, rejected_for: rejected_for.unwrap_or_default() })
    }

    /// Both what's said here and what's said there.
    pub(super) fn restrict(&mut self, other: Self) {
        self.trusted_for = match (self.trusted_for.take(), other.trusted_for) {
            (Some(mut own), Some(other)) => {
                own.retain(|usage| other.contains(usage));
                Some(own)
            }
            (own, other) => own.or(other),
        };
        self.rejected_for.extend(other.rejected_for);
    }
}

impl Certificate {
    /// Reads one certificate from PEM text, `BEGIN CERTIFICATE`, or OpenSSL's `BEGIN TRUSTED CERTIFICATE`: what that says
    /// about purposes counts where the certificate is in a [`TrustStore`](super::TrustStore).
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
        key::pem_blocks_with_labels(text, &["CERTIFICATE", "X509 CERTIFICATE", TRUSTED]).map(|block| {
            let (label, der) = block.map_err(of_pem)?;
            if label != TRUSTED.as_bytes() {
                return Self::from_der(&der);
            }
            // What OpenSSL is told about it follows.
            check_form(&der, PART)?;
            let fails = |problem| malformed("trusted certificate", problem);
            let mut elements = Reader::new(&der);
            let mut certificate = Self::from_der(elements.whole_sequence().map_err(fails)?)?;
            if !elements.is_empty() {
                let settings = elements.whole_sequence().map_err(fails)?;
                certificate.settings = Settings::read(settings).map_err(fails)?;
                elements.finish().map_err(fails)?;
            }
            Ok(certificate)
        })
    }

    /// Reads a certificate from DER.
    ///
    /// # Errors
    /// [`Error::Malformed`], with the part and the problem.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        check_der(bytes, PART)?;
        let fails = |problem| malformed(PART, problem);
        let outer = Signed::read(bytes).map_err(|problem| match key::instead_of_certificate(bytes) {
            Some(found) => malformed(PART, alloc::format!("it's {found}")),
            None => fails(problem),
        })?;
        let tbs = Tbs::read(outer.tbs).map_err(fails)?;
        let range = |part| place_of(part, bytes);
        let name =
            |part, bytes| DistinguishedName::from_der(bytes).map_err(|problem| malformed(part, problem));
        if tbs.extensions.is_some() && tbs.version != 3 {
            return Err(fails("it has extensions, and isn't of version 3"));
        }
        let extensions = tbs.extensions.map(Extensions::read).transpose();
        Ok(Self {
            tbs: range(outer.tbs),
            key: range(tbs.key),
            signature: range(outer.signature),
            serial: range(tbs.serial),
            version: tbs.version,
            algorithm: SignatureAlgorithm::read(outer.algorithm).map_err(fails)?,
            algorithms_agree: outer.algorithm == tbs.algorithm,
            issuer: name("issuer", tbs.issuer)?,
            subject: name("subject", tbs.subject)?,
            not_before: tbs.not_before,
            not_after: tbs.not_after,
            extensions: extensions.map_err(|problem| malformed(PART, problem))?.unwrap_or_default(),
            is_of_system: false,
            settings: Settings::default(),
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
        &self.der[self.serial.clone()]
    }

    /// The first second of its time.
    pub fn not_before(&self) -> Time {
        self.not_before
    }

    /// The last second of its time.
    pub fn not_after(&self) -> Time {
        self.not_after
    }

    /// The names that it's for, apart from its subject: domains, addresses. None if they can't be read, which
    /// [`check_extensions`](Self::check_extensions) tells.
    pub fn alternative_names(&self) -> GeneralNames<'_> {
        self.extensions.names()
    }

    /// What its key may be used for, if it says so.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage().ok()?.map(|usage| KeyUsage(usage.value))
    }

    /// What it may be used for, if it says so.
    pub fn extended_key_usage(&self) -> Option<Vec<Oid>> {
        let usage = self.extensions.extended_key_usage().ok()??;
        Some(usage.value.into_iter().map(Oid::known).collect())
    }

    /// Checks that each extension that's known here can be read. One that can't doesn't keep a certificate from being
    /// read, and the [`Verifier`](super::Verifier) refuses it only if the verdict depends on it.
    ///
    /// # Errors
    /// [`Error::Malformed`], with the first extension that can't be read, and the problem.
    pub fn check_extensions(&self) -> Result<()> {
        match self.extensions.damaged() {
            Some((known, problem)) => Err(malformed(known.name(), problem)),
            None => Ok(()),
        }
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
        named(&self.subject, || self.alternative_names())
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

/// OpenSSL's label for a certificate with what it's trusted for.
const TRUSTED: &str = "TRUSTED CERTIFICATE";

/// The DER of each PEM block with one of these labels.
pub(super) fn blocks(text: &[u8], labels: &'static [&'static str]) -> impl Iterator<Item = Result<Vec<u8>>> {
    key::pem_blocks_with_labels(text, labels).map(|block| match block {
        Ok((_, mut der)) => Ok(core::mem::take(&mut *der)),
        Err(error) => Err(of_pem(error)),
    })
}

/// What's wrong with PEM text, said once.
fn of_pem(error: crate::Error) -> Error {
    match error {
        crate::Error::Malformed { part, problem } => malformed(part, problem),
        error => malformed("PEM", error),
    }
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
pub(super) fn named<'a>(subject: &DistinguishedName, names: impl FnOnce() -> GeneralNames<'a>) -> String {
    if subject.is_empty()
        && let Some(name) = names().next()
    {
        return shortened(&name);
    }
    shortened(subject)
}

/// The shape that certificates, requests and revocation lists share: something, and a signature of it.
pub(super) struct Signed<'a> {
    /// What's signed, whole.
    pub(super) tbs: &'a [u8],
    /// The algorithm, whole.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut fields = Reader::of_sequence(der)?;
        let (tbs, algorithm) = (fields.whole_sequence()?, fields.whole_sequence()?);
        let signature = fields.whole_bytes()?;
        fields.finish()?;
        Ok(Self { tbs, algorithm, signature })
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
    extensions: Option<&'a [u8]>,
}

impl<'a> Tbs<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut fields = Reader::of_sequence(der)?;
        let version = match fields.optional(constructed(0))?.map(|field| der::only(field, der::INTEGER)) {
            None => 1,
            Some(number) => match saturating(number?)? {
                number @ (1 | 2) => number as u8 + 1,
                0 => return Err("version 1 is the default, and is spelt out (X.690, section 11.5)"),
                _ => return Err("its version isn't one that certificates have"),
            },
        };
        let serial = fields.integer()?;
        let (algorithm, issuer) = (fields.whole_sequence()?, fields.whole_sequence()?);
        let mut validity = fields.sequence()?;
        let (not_before, not_after) = (Time::read(&mut validity)?, Time::read(&mut validity)?);
        validity.finish()?;
        let (subject, key) = (fields.whole_sequence()?, fields.whole_sequence()?);
        for number in [1, 2] {
            // BIT STRINGs by which names that were given again are told apart, once.
            fields.optional(context(number))?;
        }
        let extensions = fields.optional(constructed(3))?;
        fields.finish()?;
        Ok(Self { version, serial, algorithm, issuer, not_before, not_after, subject, key, extensions })
    }
}

/// The error for a certificate of the chain, by its position in it.
pub(super) fn refused(position: usize, certificate: &Certificate, reason: Reason) -> Error {
    Error::Refused { position, subject: certificate.who(), reason }
}
