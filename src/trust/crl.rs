//! Revocation: certificates that their issuer has taken back before their time was over.
//!
//! ```text
//! CertificateList = SEQUENCE { tbsCertList, signatureAlgorithm, BIT STRING of the signature }
//! tbsCertList     = SEQUENCE { version, signature (its algorithm, again), issuer, thisUpdate, nextUpdate,
//!                              SEQUENCE of { serial, date, extensions }, [0] extensions }
//! ```
//!
//! A list speaks for the certificates of who signed it. It counts if its signature is right, its issuer may sign
//! lists, it's the time between its updates, and it covers the certificate: a list may be about authorities only, or
//! about certificates that name the same distribution point. Lists for other issuers' certificates (indirect
//! ones), lists of changes (delta) and lists for some reasons only don't prove that a certificate is good.
//!
//! Sources: RFC 5280, sections 5 and 6.3.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use x509_cert::der::asn1::{IntRef, ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode, Reader, SliceReader, Tag, TagMode, TagNumber};
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralNames};

use super::algorithm::SignatureAlgorithm;
use super::certificate::{
    Certificate, Signed, at_least_one, blocks, check_form, only_one, place_of, refused,
};
use super::distinguished::DistinguishedName;
use super::error::malformed;
use super::policy::{Policy, Rule};
use super::verify::Work;
use super::{Reason, Result, Time};
use crate::key;

const PART: &str = "revocation list";
const REASON: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");

/// A list of revoked certificates.
#[derive(Clone)]
pub struct Crl {
    der: Vec<u8>,
    /// Where parts of it are in `der`.
    tbs: Range<usize>,
    signature: Range<usize>,
    algorithm: SignatureAlgorithm,
    algorithms_agree: bool,
    issuer: DistinguishedName,
    this_update: Time,
    next_update: Option<Time>,
    /// Sorted by serial numbers.
    revoked: Vec<Revoked>,
    scope: Option<IssuingDistributionPoint>,
    /// Whether it has all that RFC 5280 asks of its authors.
    number: Option<Vec<u8>>,
    has_key_id: bool,
    /// Why it can't be used, if so.
    unusable: Option<&'static str>,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The serial number of the certificate, as [`Certificate::serial`] has it.
    pub serial: Vec<u8>,
    /// Since when.
    pub since: Time,
    /// Why: `CRLReason` of RFC 5280, section 5.3.1, 0 for "unspecified".
    pub reason: u8,
}

impl Revoked {
    /// The reason in words.
    pub fn why(&self) -> &'static str {
        match self.reason {
            1 => "its key is compromised",
            2 => "its authority is compromised",
            3 => "its owner belongs to someone else now",
            4 => "another one has taken its place",
            5 => "it isn't needed any more",
            6 => "it's on hold",
            8 => "it was taken off the list",
            9 => "a privilege was withdrawn",
            10 => "the authority of an attribute is compromised",
            _ => "no reason is given",
        }
    }
}

/// A certificate, since when, and why: an entry for [`Authority::revoke`](super::Authority::revoke).
impl From<(&Certificate, Time, CrlReason)> for Revoked {
    fn from((certificate, since, reason): (&Certificate, Time, CrlReason)) -> Self {
        (certificate.serial(), since, reason).into()
    }
}

/// The serial number, in the form of [`Certificate::serial`], since when, and why.
impl<S: AsRef<[u8]>> From<(S, Time, CrlReason)> for Revoked {
    fn from((serial, since, reason): (S, Time, CrlReason)) -> Self {
        Self { serial: serial.as_ref().to_vec(), since, reason: reason as u8 }
    }
}

impl Crl {
    /// Reads a list from PEM text, `BEGIN X509 CRL`.
    ///
    /// # Errors
    /// [`Error::Malformed`](super::Error::Malformed), with the part and the problem; also if there are several lists
    /// (which [`bundle_from_pem`](Self::bundle_from_pem) reads) or none.
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self> {
        only_one(Self::bundle_from_pem(text)?, "there are several revocation lists, where one is expected")
    }

    /// Reads all lists of PEM text.
    ///
    /// # Errors
    /// [`Error::Malformed`](super::Error::Malformed), of the first that can't be read, and if there's none.
    pub fn bundle_from_pem(text: impl AsRef<[u8]>) -> Result<Vec<Self>> {
        let text = text.as_ref();
        let all = blocks(text, &["X509 CRL"]).map(|der| Self::from_der(&der?));
        at_least_one(all.collect::<Result<_>>()?, text, "revocation list")
    }

    /// Reads a list from DER.
    ///
    /// # Errors
    /// [`Error::Malformed`](super::Error::Malformed), with the part and the problem.
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        check_form(bytes, PART)?;
        let outer = Signed::read(bytes).map_err(|error| malformed(PART, error))?;
        let list = List::read(outer.tbs).map_err(|error| malformed(PART, error))?;
        let range = |part| place_of(part, bytes);
        let mut crl = Self {
            tbs: range(outer.tbs),
            signature: range(outer.signature),
            algorithm: SignatureAlgorithm::read(outer.algorithm).map_err(|error| malformed(PART, error))?,
            algorithms_agree: outer.algorithm == list.algorithm,
            issuer: DistinguishedName::from_der(list.issuer).map_err(|error| malformed("issuer", error))?,
            this_update: list.this_update,
            next_update: list.next_update,
            revoked: list.revoked,
            scope: None,
            number: None,
            has_key_id: false,
            unusable: list.unusable,
            der: bytes.to_vec(),
        };
        crl.revoked.sort_by(|a, b| a.serial.cmp(&b.serial));
        crl.read_extensions(&list.extensions)?;
        Ok(crl)
    }

    /// The list as DER, the bytes that it was read from.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// The list as PEM text.
    pub fn to_pem(&self) -> String {
        key::pem_text("X509 CRL", &self.der)
    }

    fn read_extensions(&mut self, extensions: &[x509_cert::ext::Extension]) -> Result<()> {
        if extensions.len() > 128 {
            return Err(malformed(PART, "it has more than 128 extensions"));
        }
        for (i, extension) in extensions.iter().enumerate() {
            if extensions[..i].iter().any(|other| other.extn_id == extension.extn_id) {
                return Err(malformed(
                    PART,
                    alloc::format!("it has the extension {} twice", extension.extn_id),
                ));
            }
            match extension.extn_id {
                ISSUING_DISTRIBUTION_POINT => {
                    let point = IssuingDistributionPoint::from_der(extension.extn_value.as_bytes())
                        .map_err(|error| malformed("issuing distribution point", error))?;
                    if point.indirect_crl {
                        self.unusable = Some(
                            "the revocation list is one for several issuers (indirect), which isn't supported",
                        );
                    }
                    if point.only_contains_attribute_certs {
                        self.unusable = Some("the revocation list is about attribute certificates");
                    }
                    self.scope = Some(point);
                }
                DELTA => self.unusable = Some("the revocation list has changes only (a delta)"),
                // Both must not be critical.
                CRL_NUMBER if !extension.critical => {
                    let number = UintRef::from_der(extension.extn_value.as_bytes())
                        .map_err(|error| malformed("number of the revocation list", error))?;
                    self.number = Some(number.as_bytes().to_vec());
                }
                AUTHORITY_KEY_ID if !extension.critical => self.has_key_id = true,
                _ if extension.critical => {
                    self.unusable =
                        Some("the revocation list has an extension that must be understood, and isn't");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Who issued it.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// When it was made.
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// When there's a new one at the latest.
    pub fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    /// Its number, big-endian, if it has one: of two lists of the same issuer, the later one's is the greater.
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_deref()
    }

    /// The certificates that are revoked, by their serial numbers.
    pub fn revoked(&self) -> &[Revoked] {
        &self.revoked
    }

    /// The entry for a serial number, if it's in the list.
    pub fn find(&self, serial: &[u8]) -> Option<&Revoked> {
        self.revoked
            .binary_search_by(|entry| entry.serial.as_slice().cmp(serial))
            .ok()
            .map(|i| &self.revoked[i])
    }

    /// What people call the algorithm of its signature.
    pub(super) fn algorithm_name(&self) -> String {
        self.algorithm.name()
    }

    /// Checks that this certificate's key signed it.
    ///
    /// # Errors
    /// As for [`Certificate::check_signed_by`].
    pub fn check_signed_by(&self, issuer: &Certificate) -> Result<(), Reason> {
        if !self.algorithms_agree {
            return Err(Reason::AlgorithmMismatch);
        }
        let key = issuer.public_key().map_err(Reason::key)?;
        self.algorithm.verify(&key, &self.der[self.tbs.clone()], &self.der[self.signature.clone()])
    }

    /// Whether it's a list of this issuer's that counts; if not, why not.
    fn check_counts(
        &self,
        issuer: &Certificate,
        time: Time,
        policy: &Policy,
        work: &mut Work,
    ) -> Result<Result<(), &'static str>, Reason> {
        if let Some(problem) = self.unusable {
            return Ok(Err(problem));
        }
        if policy.has(Rule::RevocationLists) {
            if !(self.number.is_some() && self.has_key_id) {
                return Ok(Err("the revocation list has no number, or doesn't name its issuer's key"));
            }
            if self.next_update.is_none() {
                return Ok(Err("the revocation list doesn't say when the next one comes"));
            }
        }
        if self.this_update > time {
            return Ok(Err("the revocation list is from later on"));
        }
        if self.next_update.is_some_and(|next| next < time) {
            return Ok(Err("the revocation list is out of date"));
        }
        if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
            return Ok(Err("the key of its issuer isn't for signing revocation lists"));
        }
        work.sign()?;
        Ok(match self.check_signed_by(issuer) {
            Ok(()) => Ok(()),
            Err(Reason::SignatureAlgorithm { weak: true, .. }) => {
                Err("the revocation list is signed in a way that's too weak")
            }
            Err(Reason::SignatureAlgorithm { .. }) => {
                Err("the revocation list is signed in a way that isn't known here")
            }
            Err(_) => Err("the revocation list has a signature that its issuer's key didn't make"),
        })
    }

    /// Whether the list has to have the certificate if it's revoked.
    fn check_scope(&self, certificate: &Certificate) -> Result<(), &'static str> {
        const OTHERS: &str = "the revocation list is about other certificates";
        let Some(scope) = &self.scope else { return Ok(()) };
        let is_authority = certificate.is_authority();
        if scope.only_some_reasons.is_some() {
            return Err("the revocation list is about some reasons only");
        }
        if (scope.only_contains_user_certs && is_authority) || (scope.only_contains_ca_certs && !is_authority)
        {
            return Err(OTHERS);
        }
        match &scope.distribution_point {
            None => Ok(()),
            Some(DistributionPointName::FullName(names)) if names_point(certificate, names) => Ok(()),
            Some(_) => Err(OTHERS),
        }
    }
}

/// Whether a certificate names one of these as a distribution point of its revocation lists.
fn names_point(certificate: &Certificate, names: &GeneralNames) -> bool {
    let points = certificate.extensions.distribution_points.iter().flat_map(|points| &points.value);
    let points = points.filter(|point| point.crl_issuer.is_none());
    points.filter_map(|point| point.distribution_point.as_ref()).any(|point| match point {
        DistributionPointName::FullName(own) => own.iter().any(|name| names.contains(name)),
        DistributionPointName::NameRelativeToCRLIssuer(_) => false,
    })
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {}, {} revoked)", self.issuer, self.this_update, self.revoked.len())
    }
}

/// The fields of a `TBSCertList`.
struct List<'a> {
    algorithm: &'a [u8],
    issuer: &'a [u8],
    this_update: Time,
    next_update: Option<Time>,
    revoked: Vec<Revoked>,
    extensions: Vec<x509_cert::ext::Extension>,
    unusable: Option<&'static str>,
}

impl<'a> List<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut outer = SliceReader::new(der)?;
        let list = outer.sequence(|fields| {
            // Version 2 says so; version 1 doesn't, and has no extensions.
            let is_version_2 = next_is(fields, Tag::Integer);
            if is_version_2 && u8::decode(fields)? != 1 {
                return Err(Tag::Integer.value_error().into());
            }
            let (algorithm, issuer) = (fields.tlv_bytes()?, fields.tlv_bytes()?);
            let this_update = x509_cert::time::Time::decode(fields)?.into();
            let next_update = Option::<x509_cert::time::Time>::decode(fields)?.map(Time::from);
            let (mut revoked, mut unusable) = (Vec::new(), None);
            if next_is(fields, Tag::Sequence) {
                fields.sequence(|entries| {
                    while !entries.is_finished() {
                        revoked.push(entries.sequence(|entry| read_entry(entry, &mut unusable))?);
                    }
                    Ok::<_, der::Error>(())
                })?;
            }
            let extensions: Option<Vec<_>> = fields.context_specific(TagNumber(0), TagMode::Explicit)?;
            if extensions.is_some() && !is_version_2 {
                return Err(Tag::Sequence.value_error().into());
            }
            let extensions = extensions.unwrap_or_default();
            Ok::<_, der::Error>(Self {
                algorithm,
                issuer,
                this_update,
                next_update,
                revoked,
                extensions,
                unusable,
            })
        })?;
        outer.finish()?;
        Ok(list)
    }
}

fn next_is(fields: &SliceReader<'_>, tag: Tag) -> bool {
    Tag::peek(fields).is_ok_and(|next| next == tag)
}

fn read_entry(entry: &mut SliceReader<'_>, unusable: &mut Option<&'static str>) -> der::Result<Revoked> {
    let serial = IntRef::decode(entry)?.as_bytes().to_vec();
    let since = x509_cert::time::Time::decode(entry)?.into();
    let extensions = Option::<Vec<x509_cert::ext::Extension>>::decode(entry)?.unwrap_or_default();
    let mut reason = 0;
    for extension in extensions {
        if extension.extn_id == REASON {
            reason = read_reason(extension.extn_value.as_bytes())?;
        } else if extension.critical {
            *unusable = Some("the revocation list has an entry that must be understood, and isn't");
        }
    }
    Ok(Revoked { serial, since, reason })
}

/// `CRLReason ::= ENUMERATED`; of a number that has no meaning no harm comes.
fn read_reason(der: &[u8]) -> der::Result<u8> {
    match der {
        [0x0a, 1, number] => Ok(*number),
        _ => Err(Tag::Enumerated.value_error().into()),
    }
}

/// How much is asked about revocation, and what's believed.
///
/// ```
/// use oneway::trust::{Crl, Revocation};
///
/// fn strict(crls: &[Crl]) -> Revocation<'_> {
///     Revocation::crls(crls) // every certificate of the chain has to be on nobody's list, and on record as such
/// }
///
/// fn mild(crls: &[Crl]) -> Revocation<'_> {
///     Revocation::crls(crls).allow_unknown() // none of them is on a list that's at hand
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Revocation<'a> {
    crls: &'a [Crl],
    leaf_only: bool,
    allow_unknown: bool,
}

impl<'a> Revocation<'a> {
    /// Goes by these lists, for every certificate of the chain but the trusted one; one that no list covers is
    /// refused.
    pub fn crls(crls: &'a [Crl]) -> Self {
        Self { crls, leaf_only: false, allow_unknown: false }
    }

    /// Asks for a list about the certificate alone that's verified, not for ones about the authorities above it. (An
    /// authority that's on a list at hand is refused nevertheless.)
    #[must_use]
    pub fn leaf_only(self) -> Self {
        Self { leaf_only: true, ..self }
    }

    /// Takes a certificate that no list covers, or only one that's out of date.
    #[must_use]
    pub fn allow_unknown(self) -> Self {
        Self { allow_unknown: true, ..self }
    }

    /// Checks a path, leaf first, of which the signatures were checked.
    pub(super) fn check(
        &self,
        path: &[&Certificate],
        time: Time,
        policy: &Policy,
        work: &mut Work,
    ) -> Result<()> {
        for (position, pair) in path.windows(2).enumerate() {
            let may_be_unknown = self.allow_unknown || (self.leaf_only && position > 0);
            self.check_one(pair[0], pair[1], may_be_unknown, time, policy, work)
                .map_err(|reason| refused(position, pair[0], reason))?;
        }
        Ok(())
    }

    fn check_one(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        may_be_unknown: bool,
        time: Time,
        policy: &Policy,
        work: &mut Work,
    ) -> Result<(), Reason> {
        let mut problem = "there's no revocation list of its issuer";
        let mut is_covered = false;
        for crl in self.crls.iter().filter(|crl| crl.issuer() == certificate.issuer()) {
            let counts = crl.check_counts(issuer, time, policy, work)?;
            // A serial number is on one of its issuer's lists for good reason, whatever else that's about.
            if counts.is_ok()
                && let Some(entry) = crl.find(certificate.serial())
            {
                return Err(Reason::Revoked { since: entry.since, why: entry.why() });
            }
            match counts.and_then(|()| crl.check_scope(certificate)) {
                Ok(()) => is_covered = true,
                Err(why) => problem = why,
            }
        }
        if is_covered || may_be_unknown { Ok(()) } else { Err(Reason::RevocationUnknown { problem }) }
    }
}
