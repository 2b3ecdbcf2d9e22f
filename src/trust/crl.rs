//! Revocation: certificates that their issuer has taken back before their time was over.
//!
//! ```text
//! CertificateList = SEQUENCE { tbsCertList, signatureAlgorithm, BIT STRING of the signature }
//! tbsCertList     = SEQUENCE { version, signature (its algorithm, again), issuer, thisUpdate, nextUpdate,
//!                              SEQUENCE of { serial, date, extensions }, [0] extensions }
//! ```
//!
//! A list speaks for the certificates of its issuer, or (an indirect one) of several: an entry may name the issuer of
//! its certificate, and of those after it. It may be about some of them only, by its issuing distribution point, and may
//! have changes since another list only (a delta). What it proves is told in `revocation.rs`.
//!
//! Whatever can be read is read: an entry that's signed revokes its certificate, even if the list has faults that keep
//! it from proving anybody good. Two things are refused: extensions in a list of version 1, or in its entries (RFC 5280,
//! sections 5.1.2.1 and 5.3), and what isn't DER. An empty list of entries, which authors have to leave out (section
//! 5.1.2.6), is read.
//!
//! Source: RFC 5280, section 5.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use x509_cert::ext::pkix::CrlReason;

use super::algorithm::SignatureAlgorithm;
use super::certificate::{Certificate, Signed, at_least_one, blocks, check_form, only_one, place_of};
use super::der::{
    self, ENUMERATED, GENERALIZED_TIME, INTEGER, OCTET_STRING, Reader, SEQUENCE, UTC_TIME, boolean,
    constructed, context, named_bits, only, saturating,
};
use super::distinguished::DistinguishedName;
use super::error::malformed;
use super::extensions::{Extensions, PointName, point_name};
use super::general_name::{GeneralName, GeneralNames};
use super::{Reason, Result, Time};
use crate::key::{self, PublicKey};

const PART: &str = "revocation list";
/// `id-ce`, 2.5.29: of lists, and of their entries.
const NUMBER: &[u8] = &[0x55, 0x1d, 20];
const DELTA: &[u8] = &[0x55, 0x1d, 27];
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
const REASON: &[u8] = &[0x55, 0x1d, 21];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];

/// `ReasonFlags`, named from the first bit on: all of them but the first, which isn't used.
pub(super) const ALL_REASONS: u16 = 0x7f80;
/// That of certificates on hold.
pub(super) const HOLD: u16 = 0x0200;
/// `CRLReason`: on hold, and taken off the list.
pub(super) const ON_HOLD: u8 = 6;
pub(super) const REMOVED: u8 = 8;

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
    /// Sorted by serial numbers and issuers; of entries of one certificate, those that revoke for good come first.
    revoked: Vec<Revoked>,
    /// Whose certificate each of them is: 0 for the list's issuer, or one more than a place in `issuers`. Empty if all are
    /// of the list's.
    issuer_of: Vec<u32>,
    issuers: Vec<DistinguishedName>,
    /// Whether there's a list of entries, which is empty.
    pub(super) has_empty_list: bool,
    pub(super) extensions: Extensions,
    number: Option<Vec<u8>>,
    /// The number of the list that this one has the changes of.
    pub(super) base: Option<Vec<u8>>,
    pub(super) scope: Scope,
    /// Why it proves nobody good, if so.
    pub(super) unusable: Option<&'static str>,
}

/// An issuing distribution point: what a list is about. Without one it's about all of its issuer's certificates.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are the marks of the structure")]
pub(super) struct Scope {
    /// The value of the extension, by which lists of the same scope are known.
    pub(super) der: Vec<u8>,
    /// Where the contents of its distribution point's name are in that.
    name: Option<Range<usize>>,
    pub(super) only_users: bool,
    pub(super) only_authorities: bool,
    pub(super) reasons: Option<u16>,
    pub(super) is_indirect: bool,
    only_attributes: bool,
}

impl Scope {
    fn read(value: &[u8]) -> der::Result<Self> {
        let mut fields = Reader::of_sequence(value)?;
        let name = fields.optional(constructed(0))?;
        name.map(point_name).transpose()?;
        let flag = |fields: &mut Reader<'_>, number| match fields.optional(context(number))?.map(boolean) {
            None => Ok(false),
            Some(Ok(true)) => Ok(true),
            Some(_) => Err("a mark that's none"),
        };
        let only_users = flag(&mut fields, 1)?;
        let only_authorities = flag(&mut fields, 2)?;
        let reasons = fields.optional(context(3))?.map(named_bits).transpose()?;
        let is_indirect = flag(&mut fields, 4)?;
        let only_attributes = flag(&mut fields, 5)?;
        fields.finish()?;
        let name = name.map(|name| place_of(name, value));
        let der = value.to_vec();
        Ok(Self { der, name, only_users, only_authorities, reasons, is_indirect, only_attributes })
    }

    /// The distribution point's name.
    pub(super) fn name(&self) -> Option<PointName<'_>> {
        point_name(&self.der[self.name.clone()?]).ok()
    }
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
        let fails = |problem| malformed(PART, problem);
        let outer = Signed::read(bytes).map_err(fails)?;
        let list = List::read(outer.tbs).map_err(fails)?;
        let range = |part| place_of(part, bytes);
        let issuer =
            DistinguishedName::from_der(list.issuer).map_err(|problem| malformed("issuer", problem))?;
        let extensions = list.extensions.map(Extensions::read).transpose();
        let mut crl = Self {
            tbs: range(outer.tbs),
            signature: range(outer.signature),
            algorithm: SignatureAlgorithm::read(outer.algorithm).map_err(fails)?,
            algorithms_agree: outer.algorithm == list.algorithm,
            issuer,
            this_update: list.this_update,
            next_update: list.next_update,
            revoked: Vec::new(),
            issuer_of: Vec::new(),
            issuers: Vec::new(),
            has_empty_list: list.entries.is_some_and(<[u8]>::is_empty),
            extensions: extensions.map_err(|problem| malformed(PART, problem))?.unwrap_or_default(),
            number: None,
            base: None,
            scope: Scope::default(),
            unusable: None,
            der: bytes.to_vec(),
        };
        crl.read_entries(list.entries.unwrap_or_default(), list.version).map_err(fails)?;
        crl.read_extensions();
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

    fn read_entries(&mut self, entries: &[u8], version: u8) -> der::Result<()> {
        let (mut entries, mut all, mut of) = (Reader::new(entries), Vec::new(), 0);
        while !entries.is_empty() {
            let mut entry = entries.sequence()?;
            let (serial, since) = (entry.integer()?, Time::read(&mut entry)?);
            let extensions = entry.optional(SEQUENCE)?;
            entry.finish()?;
            if extensions.is_some() && version == 1 {
                return Err("an entry has extensions, and the list is of version 1 (RFC 5280, section 5.3)");
            }
            let reason = self.read_entry_extensions(extensions.unwrap_or_default(), &mut of)?;
            all.push((Revoked { serial: serial.to_vec(), since, reason }, of));
        }
        // A number may be there more than once. What's found first counts, and nothing takes a revocation back.
        let mildness = |entry: &Revoked| [ON_HOLD, REMOVED].iter().position(|reason| *reason == entry.reason);
        let issuer = |of: u32| self.issuer_by(of).digest();
        all.sort_by(|(a, of_a), (b, of_b)| {
            let by_serial = a.serial.cmp(&b.serial);
            by_serial
                .then_with(|| issuer(*of_a).cmp(issuer(*of_b)))
                .then_with(|| mildness(a).cmp(&mildness(b)))
        });
        if !self.issuers.is_empty() {
            self.issuer_of = all.iter().map(|(_, of)| *of).collect();
        }
        self.revoked = all.into_iter().map(|(revoked, _)| revoked).collect();
        Ok(())
    }

    /// The reason; and whose certificate it is from here on, if that's said. What's critical and isn't understood leaves
    /// the entry as it is, and keeps the list from proving anybody good.
    fn read_entry_extensions(&mut self, extensions: &[u8], of: &mut u32) -> der::Result<u8> {
        let (mut extensions, mut reason) = (Reader::new(extensions), 0);
        while !extensions.is_empty() {
            let mut fields = extensions.sequence()?;
            let (oid, critical) = (fields.oid()?, fields.true_or_absent()?);
            let value = fields.element(OCTET_STRING)?;
            fields.finish()?;
            match oid {
                // Of a number that has no meaning no harm comes.
                REASON => reason = only(value, ENUMERATED)?.first().copied().unwrap_or_default(),
                CERTIFICATE_ISSUER => {
                    let mut names = GeneralNames::of(only(value, SEQUENCE)?)?;
                    let name = names.find_map(|name| match name {
                        GeneralName::Directory(der) => Some(DistinguishedName::known(der)),
                        _ => None,
                    });
                    // One that has no such name is nobody's.
                    self.issuers.push(name.unwrap_or_default());
                    *of = self.issuers.len() as u32;
                }
                _ if critical => {
                    self.unusable =
                        Some("the revocation list has an entry that must be understood, and isn't");
                }
                _ => {}
            }
        }
        Ok(reason)
    }

    fn read_extensions(&mut self) {
        let mut unusable = self.unusable;
        // What verification doesn't go by.
        if self.extensions.unknown_critical_of_list(&[NUMBER, DELTA, ISSUING_DISTRIBUTION_POINT]) {
            unusable = Some("the revocation list has an extension that must be understood, and isn't");
        }
        for (oid, _, value) in self.extensions.others() {
            match oid {
                ISSUING_DISTRIBUTION_POINT => match Scope::read(value) {
                    Ok(scope) => self.scope = scope,
                    Err(_) => {
                        unusable =
                            Some("the revocation list has an issuing distribution point that can't be read");
                    }
                },
                NUMBER | DELTA => {
                    let number = only(value, INTEGER).ok().filter(|number| saturating(number).is_ok());
                    let number = number.map(|number| number.strip_prefix(&[0]).unwrap_or(number).to_vec());
                    match number {
                        None => unusable = Some("the revocation list has a number that can't be read"),
                        number if oid == NUMBER => self.number = number,
                        number => self.base = number,
                    }
                }
                _ => {}
            }
        }
        if self.scope.only_attributes {
            unusable = Some("the revocation list is about attribute certificates");
        }
        self.unusable = unusable;
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

    /// The entry for a serial number of the list's issuer, if it's in the list.
    pub fn find(&self, serial: &[u8]) -> Option<&Revoked> {
        self.entry(serial, self.issuer.digest())
    }

    /// The entry for a certificate's serial number and issuer.
    pub(super) fn entry(&self, serial: &[u8], issuer: &[u8; 32]) -> Option<&Revoked> {
        let start = self.revoked.partition_point(|entry| entry.serial.as_slice() < serial);
        let len = self.revoked[start..].partition_point(|entry| entry.serial == serial);
        let is_own = |i| {
            let of = self.issuer_of.get(i).copied().unwrap_or_default();
            self.issuer_by(of).digest() == issuer
        };
        // Of all entries of a number, or of none, the issuer is the list's.
        if self.issuer_of.is_empty() {
            return self.revoked[start..start + len].first().filter(|_| is_own(start));
        }
        let of = &self.issuer_of[start..start + len];
        let at = start + of.partition_point(|of| self.issuer_by(*of).digest() < issuer);
        self.revoked[..start + len].get(at).filter(|_| is_own(at))
    }

    /// Whose certificates entries with this mark in `issuer_of` are.
    fn issuer_by(&self, of: u32) -> &DistinguishedName {
        match of.checked_sub(1) {
            None => &self.issuer,
            Some(i) => &self.issuers[i as usize],
        }
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
        self.check_signature(&issuer.public_key().map_err(Reason::key)?)
    }

    pub(super) fn check_signature(&self, key: &PublicKey) -> Result<(), Reason> {
        if !self.algorithms_agree {
            return Err(Reason::AlgorithmMismatch);
        }
        self.algorithm.verify(key, &self.der[self.tbs.clone()], &self.der[self.signature.clone()])
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {}, {} revoked)", self.issuer, self.this_update, self.revoked.len())
    }
}

/// The fields of a `TBSCertList`.
struct List<'a> {
    version: u8,
    algorithm: &'a [u8],
    issuer: &'a [u8],
    this_update: Time,
    next_update: Option<Time>,
    entries: Option<&'a [u8]>,
    extensions: Option<&'a [u8]>,
}

impl<'a> List<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut fields = Reader::of_sequence(der)?;
        // Version 2 says so; version 1 doesn't, and has no extensions.
        let version = match fields.optional(INTEGER)?.map(saturating) {
            None => 1,
            Some(Ok(1)) => 2,
            Some(_) => return Err("its version isn't one that lists have"),
        };
        let (algorithm, issuer) = (fields.whole_sequence()?, fields.whole_sequence()?);
        let this_update = Time::read(&mut fields)?;
        let is_time = matches!(fields.tag(), Some(UTC_TIME | GENERALIZED_TIME));
        let next_update = is_time.then(|| Time::read(&mut fields)).transpose()?;
        let entries = fields.optional(SEQUENCE)?;
        let extensions = fields.optional(constructed(0))?;
        fields.finish()?;
        if extensions.is_some() && version == 1 {
            return Err("it has extensions, and is of version 1 (RFC 5280, section 5.1.2.1)");
        }
        Ok(Self { version, algorithm, issuer, this_update, next_update, entries, extensions })
    }
}
