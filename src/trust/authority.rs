//! An authority: a certificate that says so, and its private key, which vouches for others.
//!
//! What it issues has a random serial number of 128 bits, key identifiers of subject and issuer, key usage, what it's for,
//! critical basic constraints, alternative names, as the [`Profile`] says. The request has to prove possession, nothing
//! outlives its issuer, and at the end the new certificate is verified against that of its issuer: what wouldn't convince
//! isn't handed out.
//!
//! The private key is secret; everything else in here is public.
//!
//! Sources: RFC 5280, sections 4 and 5; the CA/Browser Forum's Baseline Requirements for TLS server certificates, version 2,
//! section 7.

use alloc::string::String;
use alloc::vec::Vec;

use rand_core::TryCryptoRng;

use super::certificate::{Certificate, refused};
use super::crl::{Crl, Revoked};
use super::der::{
    ENUMERATED, INTEGER, OBJECT_IDENTIFIER, constructed, context, sequence, sequence_of, written,
};
use super::display::hex;
use super::distinguished::{DistinguishedName, printable};
use super::policy::{Policy, Rule};
use super::profile::{PathLength, Profile, Refusal, Validity, is_of_uri};
use super::purpose::Purpose;
use super::request::Request;
use super::sign::{Signer, extension, extension_of, key_id};
use super::store::TrustStore;
use super::verify::Verifier;
use super::{Error, Obstacle, Reason, Result, Time, path};
use crate::key::PrivateKey;
use crate::key::der::integer;

/// Who issues certificates, and takes them back.
///
/// ```
/// # #[cfg(all(feature = "std", feature = "getrandom"))] {
/// use core::time::Duration;
/// use oneway::ecdsa::{P256, P384, SigningKey};
/// use oneway::trust::{Authority, CrlReason, PathLength, Policy, Profile, Purpose, Request, Revocation};
/// use oneway::trust::{Time, TrustStore, Validity, Verifier};
///
/// // A root, which is trusted; an authority below it, which does the work; a server.
/// let root = Authority::self_signed("CN=Example Root,O=Example", SigningKey::<P384>::generate()?, Validity::days(3650))?;
/// let key = SigningKey::<P256>::generate()?;
/// let request = Request::builder("CN=Example Authority,O=Example").sign(&key)?;
/// let inter = Authority::new(root.issue_authority(&request, Validity::days(1825), PathLength::Max(0))?, key)?;
///
/// let server_key = SigningKey::<P256>::generate()?;
/// let request = Request::builder("CN=www.example.com").dns("*.example.com").sign(&server_key)?;
/// let certificate = inter.issue(&request, Profile::server(), Validity::days(90))?;
///
/// let (store, between) = (TrustStore::from_iter([root.certificate().clone()]), [inter.certificate().clone()]);
/// let verifier = Verifier::new(&store, Purpose::server("mail.example.com")?);
/// let verifier = verifier.intermediates(&between).policy(Policy::web());
/// verifier.verify(&certificate)?;
///
/// // Its key was stolen.
/// let next_update = Time::now() + Duration::from_hours(7 * 24);
/// let lists = [inter.revoke([(&certificate, Time::now(), CrlReason::KeyCompromise)], next_update)?];
/// let error = verifier.revocation(Revocation::crls(&lists).leaf_only()).verify(&certificate).unwrap_err();
/// assert!(error.to_string().ends_with("its key is compromised"));
/// # }
/// # Ok::<(), oneway::trust::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Authority {
    certificate: Certificate,
    key: PrivateKey,
    /// Where its revocation lists are to be had.
    lists: Vec<String>,
    /// Where more about it is to be had, and what: an `AccessDescription` each, as DER.
    places: Vec<Vec<u8>>,
}

/// `id-ad-…`, 1.3.6.1.5.5.7.48: the contents of OBJECT IDENTIFIERs.
pub(super) const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1];
pub(super) const ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 2];
/// `id-pe-authorityInfoAccess`, 1.3.6.1.5.5.7.1.1.
const AUTHORITY_INFO: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];

impl Authority {
    /// A root: an authority whose certificate is signed with its own key. The subject is in the form of RFC 4514:
    /// `CN=Example Root,O=Example,C=DE`. (One with a path length or name constraints is made by
    /// [`Certificate::self_signed`] with [`Profile::authority`], and [`new`](Self::new).)
    ///
    /// # Errors
    /// [`Error::Name`] if the subject isn't a name; [`Error::Issue`] if it's none, or if it ends before it begins;
    /// [`Error::Key`] for a key that isn't for signatures, and if randomness fails.
    #[cfg(feature = "getrandom")]
    pub fn self_signed(
        subject: impl AsRef<str>,
        key: impl Into<PrivateKey>,
        validity: Validity,
    ) -> Result<Self> {
        Self::self_signed_with_rng(&mut getrandom::SysRng, subject, key, validity)
    }

    /// Like `self_signed`, with a generator of the caller's, for the serial number and what signing takes.
    ///
    /// # Errors
    /// As for `self_signed`; [`Error::NoTime`] without a clock if the validity has no beginning.
    pub fn self_signed_with_rng<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
        subject: impl AsRef<str>,
        key: impl Into<PrivateKey>,
        validity: Validity,
    ) -> Result<Self> {
        let key = key.into();
        let request = Request::builder(subject).sign_as(rng, &key)?;
        let profile = Profile::authority(PathLength::Any);
        let (certificate, _) = Certificate::self_signed_by(rng, &request, &key, &profile, validity)?;
        Ok(Self::of(certificate, key))
    }

    /// An authority by its certificate and the private key to it.
    ///
    /// # Errors
    /// [`Error::Refused`] if the certificate isn't an authority's, or its key isn't for signing certificates;
    /// [`Error::KeyMismatch`] for another key; [`Error::Key`] for a key that isn't for signatures.
    pub fn new(certificate: Certificate, key: impl Into<PrivateKey>) -> Result<Self> {
        let key = key.into();
        Signer::new(&key)?;
        let fails = |reason| refused(0, &certificate, reason);
        if certificate.public_key().map_err(|error| fails(Reason::key(error)))? != key.public_key() {
            return Err(Error::KeyMismatch { subject: certificate.who() });
        }
        path::check_authority(&certificate).map_err(fails)?;
        if certificate.subject().is_empty() {
            let problem = "is an authority without a name";
            return Err(fails(Reason::Rule { rule: Rule::Names, problem }));
        }
        Ok(Self::of(certificate, key))
    }

    fn of(certificate: Certificate, key: PrivateKey) -> Self {
        Self { certificate, key, lists: Vec::new(), places: Vec::new() }
    }

    /// The same, whose revocation lists are to be had at this address, `http://…`; each certificate that it issues
    /// says so.
    ///
    /// # Errors
    /// [`Error::Name`] if it isn't such an address: lists are signed, and who fetches one by `https:` would have to
    /// verify a certificate first (RFC 5280, section 8).
    pub fn with_crl_at(mut self, address: impl AsRef<str>) -> Result<Self> {
        self.lists.push(web_address(address.as_ref())?);
        Ok(self)
    }

    /// The same, whose certificate is to be had at this address, `http://…`, for who has it not; each certificate that it
    /// issues says so.
    ///
    /// # Errors
    /// As for [`with_crl_at`](Self::with_crl_at).
    pub fn with_issuer_at(self, address: impl AsRef<str>) -> Result<Self> {
        self.with_place(ISSUERS, address.as_ref())
    }

    /// The same, about whose certificates somebody at this address, `http://…`, answers whether they're revoked (OCSP);
    /// each certificate that it issues says so. This crate neither asks nor answers.
    ///
    /// # Errors
    /// As for [`with_crl_at`](Self::with_crl_at).
    pub fn with_ocsp_at(self, address: impl AsRef<str>) -> Result<Self> {
        self.with_place(OCSP, address.as_ref())
    }

    fn with_place(mut self, method: &[u8], address: &str) -> Result<Self> {
        let location = uri(&web_address(address)?);
        self.places.push(sequence(&[&written(OBJECT_IDENTIFIER, &[method]), &location]));
        Ok(self)
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Issues a certificate on a request. What the request asks for beyond the profile is left out;
    /// [`issue_with_report`](Self::issue_with_report) says what.
    ///
    /// That the names are the author's is for the caller to know: [`Request::names`].
    ///
    /// # Errors
    /// - [`Error::Possession`] if the request isn't signed with its own key, or the key is too weak;
    /// - [`Error::Issue`] if it would outlive its issuer, would name nobody, or would be an authority's where the issuer
    ///   allows none;
    /// - [`Error::Refused`] if it wouldn't convince: names outside of the issuer's name constraints, an issuer that's for
    ///   something else;
    /// - [`Error::Key`] if randomness or signing fails.
    #[cfg(feature = "getrandom")]
    pub fn issue(&self, request: &Request, profile: Profile, validity: Validity) -> Result<Certificate> {
        Ok(self.issue_with_report(request, profile, validity)?.0)
    }

    /// Like `issue`; with what the request asked for and didn't get.
    ///
    /// # Errors
    /// As for `issue`.
    #[cfg(feature = "getrandom")]
    pub fn issue_with_report(
        &self,
        request: &Request,
        profile: Profile,
        validity: Validity,
    ) -> Result<(Certificate, Vec<Refusal>)> {
        self.issue_with_rng(&mut getrandom::SysRng, request, profile, validity)
    }

    /// Like `issue_with_report`, with a generator of the caller's, for the serial number and what signing takes.
    ///
    /// # Errors
    /// As for `issue`; [`Error::NoTime`] without a clock if the validity has no beginning.
    #[allow(clippy::needless_pass_by_value, reason = "a profile is made for the call, as a validity is")]
    pub fn issue_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        request: &Request,
        profile: Profile,
        validity: Validity,
    ) -> Result<(Certificate, Vec<Refusal>)> {
        let fails = |obstacle| Error::Issue { subject: request.who(), obstacle };
        let (from, until) = resolve(validity, request)?;
        let issuer_until = self.certificate.not_after();
        if until > issuer_until && !profile.may_outlive {
            let issuer = self.certificate.who();
            return Err(fails(Obstacle::Outlives { until, issuer, issuer_until }));
        }
        let path_length = match profile.authority {
            None => None,
            Some(wanted) => self.path_length(wanted).map_err(fails)?,
        };
        let purpose = Purpose::new(profile.kind);
        let issuer = self.certificate.subject();
        let (draft, refused) = Draft::new(request, &profile, path_length, issuer, self.issuer_extensions())?;
        let own_key = self.certificate.public_key_der();
        if draft.subject == *issuer && request.public_key_der() != own_key && !profile.may_have_issuers_name {
            return Err(fails(Obstacle::Subject { problem: NAME_OF_ISSUER }));
        }
        let certificate = draft.sign(rng, &Signer::new(&self.key)?, (from, until))?;
        check(&certificate, &self.certificate, purpose)?;
        Ok((certificate, refused))
    }

    /// Issues an authority's certificate: [`issue`](Self::issue) with [`Profile::authority`].
    ///
    /// # Errors
    /// As for `issue`.
    #[cfg(feature = "getrandom")]
    pub fn issue_authority(
        &self,
        request: &Request,
        validity: Validity,
        path_length: PathLength,
    ) -> Result<Certificate> {
        self.issue(request, Profile::authority(path_length), validity)
    }

    /// Signs a list of the certificates that it takes back: the certificate or its serial number, since when, and why.
    /// The next list comes at the given time at the latest; until then this one counts. A list is whole: a certificate that isn't on it isn't
    /// revoked, so that the entries of the last one belong to the next one too, until their certificates expire
    /// ([`Crl::revoked`] has them).
    ///
    /// Its number, which has to grow from list to list ([`Crl::number`]), is the time in nanoseconds: who has clocks that
    /// go back, or numbers of another kind, says them to [`revoke_with_rng`](Self::revoke_with_rng).
    ///
    /// ```
    /// # #[cfg(all(feature = "std", feature = "getrandom"))] {
    /// use oneway::ed25519::SigningKey;
    /// use core::time::Duration;
    /// use oneway::trust::{Authority, CrlReason, Revoked, Time, Validity};
    ///
    /// let authority = Authority::self_signed("CN=Example", SigningKey::generate()?, Validity::days(3650))?;
    /// let next_week = Time::now() + Duration::from_hours(7 * 24);
    /// let first = authority.revoke([([1, 2, 3], Time::now(), CrlReason::Superseded)], next_week)?;
    /// let more = [Revoked::from(([4, 5, 6], Time::now(), CrlReason::KeyCompromise))];
    /// let second = authority.revoke(first.revoked().iter().cloned().chain(more), next_week)?;
    /// assert!(second.number() > first.number());
    /// assert_eq!(second.revoked().len(), 2);
    /// # }
    /// # Ok::<(), oneway::trust::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Issue`] if its key isn't for signing revocation lists, a serial number isn't one or comes twice, a reason
    /// isn't one of whole lists, or the next list would come before this one; [`Error::Key`] if randomness or signing fails.
    #[cfg(all(feature = "std", feature = "getrandom"))]
    pub fn revoke<E: Into<Revoked>>(
        &self,
        revoked: impl IntoIterator<Item = E>,
        next_update: impl Into<Time>,
    ) -> Result<Crl> {
        let now = Time::now();
        let number = now.unix_nanoseconds();
        self.revoke_with_rng(&mut getrandom::SysRng, revoked, number, Validity::between(now, next_update))
    }

    /// Like `revoke`, with a generator of the caller's, the number of the list, and the times of this one and the next.
    ///
    /// # Errors
    /// As for `revoke`; [`Error::NoTime`] without a clock if the validity has no beginning.
    pub fn revoke_with_rng<R: TryCryptoRng + ?Sized, E: Into<Revoked>>(
        &self,
        rng: &mut R,
        revoked: impl IntoIterator<Item = E>,
        number: u128,
        validity: Validity,
    ) -> Result<Crl> {
        let fails = |obstacle| Error::Issue { subject: self.certificate.who(), obstacle };
        if self.certificate.key_usage().is_some_and(|usage| !usage.crl_sign()) {
            return Err(fails(Obstacle::KeyUsage { wanted: "signing revocation lists" }));
        }
        let mut revoked: Vec<Revoked> = revoked.into_iter().map(E::into).collect();
        revoked.sort_by(|a, b| a.serial.cmp(&b.serial));
        let is_serial = |serial: &[u8]| match serial {
            [] | [0] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => false,
            serial => serial.len() <= 20,
        };
        for (i, entry) in revoked.iter().enumerate() {
            let serial = || hex(&entry.serial, ":");
            if !is_serial(&entry.serial) {
                return Err(fails(Obstacle::Serial { serial: serial() }));
            }
            if revoked.get(i + 1).is_some_and(|next| next.serial == entry.serial) {
                return Err(fails(Obstacle::Twice { serial: serial() }));
            }
            if !matches!(entry.reason, 0..=6 | 9 | 10) {
                return Err(fails(Obstacle::Reason { reason: entry.reason }));
            }
        }
        let (this_update, next_update) =
            validity.resolve().map_err(|error| error.about(self.certificate.who()))?;
        let signer = Signer::new(&self.key)?;
        let entries = match &revoked[..] {
            [] => Vec::new(),
            revoked => sequence_of(revoked.iter().map(entry)),
        };
        let extensions = [extension(20, false, &integer(&number.to_be_bytes())), self.key_id_extension()];
        let list = sequence(&[
            &written(INTEGER, &[&[1]]),
            signer.algorithm(),
            self.certificate.subject().to_der(),
            &this_update.to_der(),
            &next_update.to_der(),
            &entries,
            &written(constructed(0), &[&sequence_of(extensions)]),
        ]);
        let crl = Crl::from_der(&signer.sign(rng, &list)?)?;
        crl.check_signed_by(&self.certificate).map_err(|reason| refused(0, &self.certificate, reason))?;
        Ok(crl)
    }

    /// The path length of an authority right below.
    fn path_length(&self, wanted: PathLength) -> Result<Option<u8>, Obstacle> {
        let below = match self.certificate.extensions.path_len() {
            None => None,
            Some(0) => return Err(Obstacle::PathLength { issuer: self.certificate.who() }),
            Some(max) => Some(u8::try_from(max - 1).unwrap_or(u8::MAX)),
        };
        Ok(match (wanted, below) {
            (PathLength::Any, below) => below,
            (PathLength::Max(max), None) => Some(max),
            (PathLength::Max(max), Some(below)) => Some(max.min(below)),
        })
    }

    /// What certificates say about their issuer: its key identifier, and where its revocation lists are.
    fn issuer_extensions(&self) -> Vec<Vec<u8>> {
        let mut extensions = alloc::vec![self.key_id_extension()];
        if !self.lists.is_empty() {
            let names: Vec<u8> = self.lists.iter().flat_map(|address| uri(address)).collect();
            let name = written(constructed(0), &[&written(constructed(0), &[&names])]);
            extensions.push(extension(31, false, &sequence(&[&sequence(&[&name])])));
        }
        if !self.places.is_empty() {
            extensions.push(extension_of(AUTHORITY_INFO, false, &sequence_of(&self.places)));
        }
        extensions
    }

    /// The authority key identifier of what it signs.
    fn key_id_extension(&self) -> Vec<u8> {
        let own = || key_id(self.certificate.public_key_der()).unwrap_or_default();
        let id = self.certificate.extensions.key_id().map_or_else(own, <[u8]>::to_vec);
        extension(35, false, &sequence(&[&written(context(0), &[&id])]))
    }
}

const NAME_OF_ISSUER: &str = "it's the issuer's own name, with another key (`Profile::allow_name_of_issuer` is for an authority's new key)";

/// A URI among names.
fn uri(address: &str) -> Vec<u8> {
    written(context(6), &[address.as_bytes()])
}

/// An entry of a list.
fn entry(revoked: &Revoked) -> Vec<u8> {
    // "Unspecified" is said by saying nothing (RFC 5280, section 5.3.1).
    let extensions = match revoked.reason {
        0 => Vec::new(),
        reason => sequence(&[&extension(21, false, &written(ENUMERATED, &[&[reason]]))]),
    };
    sequence(&[&written(INTEGER, &[&revoked.serial]), &revoked.since.to_der(), &extensions])
}

/// An address from which things are fetched that are signed themselves.
fn web_address(text: &str) -> Result<String> {
    let is_address = text.strip_prefix("http://").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && rest.chars().all(is_of_uri)
    });
    let problem = "not an address that starts with http://";
    if is_address { Ok(text.into()) } else { Err(Error::Name { name: printable(text), problem }) }
}

impl Certificate {
    /// A certificate that vouches for itself, of a request, with the key that signed that. Nobody believes it but
    /// who trusts this very one: a program's own services, say, or a test. (A root is
    /// [`Authority::self_signed`].)
    ///
    /// ```
    /// # #[cfg(all(feature = "std", feature = "getrandom"))] {
    /// use oneway::ed25519::SigningKey;
    /// use oneway::trust::{Certificate, Profile, Purpose, Request, TrustStore, Validity, Verifier};
    ///
    /// let key = SigningKey::generate()?;
    /// let request = Request::builder("CN=localhost").ip([127, 0, 0, 1]).sign(&key)?;
    /// let certificate = Certificate::self_signed(&request, &key, Profile::server(), Validity::days(90))?;
    ///
    /// let store = TrustStore::from_iter([certificate.clone()]);
    /// Verifier::new(&store, Purpose::server("localhost")?).verify(&certificate)?;
    /// # }
    /// # Ok::<(), oneway::trust::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Possession`] if the request isn't signed with its own key; [`Error::KeyMismatch`] if that isn't the
    /// given one; [`Error::Issue`] if it would name nobody, or end before it begins; [`Error::Key`] if randomness or
    /// signing fails.
    #[cfg(feature = "getrandom")]
    pub fn self_signed<K: Clone + Into<PrivateKey>>(
        request: &Request,
        key: &K,
        profile: Profile,
        validity: Validity,
    ) -> Result<Self> {
        Ok(Self::self_signed_with_rng(&mut getrandom::SysRng, request, key, profile, validity)?.0)
    }

    /// Like `self_signed`, with a generator of the caller's, for the serial number and what signing takes; and what the
    /// request asked for and didn't get.
    ///
    /// # Errors
    /// As for `self_signed`; [`Error::NoTime`] without a clock if the validity has no beginning.
    #[allow(clippy::needless_pass_by_value, reason = "a profile is made for the call, as a validity is")]
    pub fn self_signed_with_rng<R: TryCryptoRng + ?Sized, K: Clone + Into<PrivateKey>>(
        rng: &mut R,
        request: &Request,
        key: &K,
        profile: Profile,
        validity: Validity,
    ) -> Result<(Self, Vec<Refusal>)> {
        Self::self_signed_by(rng, request, &key.clone().into(), &profile, validity)
    }

    fn self_signed_by<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
        request: &Request,
        key: &PrivateKey,
        profile: &Profile,
        validity: Validity,
    ) -> Result<(Self, Vec<Refusal>)> {
        if request.public_key() != Ok(key.public_key()) {
            return Err(Error::KeyMismatch { subject: request.who() });
        }
        let times = resolve(validity, request)?;
        let path_length = match profile.authority {
            Some(PathLength::Max(max)) => Some(max),
            _ => None,
        };
        let purpose = Purpose::new(profile.kind);
        let issuer = request.subject();
        let profile = profile.of_own_subject();
        let (mut draft, refused) = Draft::new(request, &profile, path_length, issuer, Vec::new())?;
        // The subject, which may have lost a part that its profile doesn't have, is the issuer, who has a name.
        if draft.subject.is_empty() {
            let wanted = "a subject, which is its issuer: a server's, by one of its names";
            return Err(Error::Issue { subject: request.who(), obstacle: Obstacle::NoName { wanted } });
        }
        draft.issuer = draft.subject.clone();
        let certificate = draft.sign(rng, &Signer::new(key)?, times)?;
        check(&certificate, &certificate, purpose)?;
        Ok((certificate, refused))
    }
}

/// The times of what's issued on a request.
fn resolve(validity: Validity, request: &Request) -> Result<(Time, Time)> {
    validity.resolve().map_err(|error| error.about(request.who()))
}

/// Checks that a new certificate convinces who trusts its issuer: that the signature is right, that it's within the
/// issuer's constraints, that the issuer is for what it is for.
fn check(certificate: &Certificate, issuer: &Certificate, purpose: Purpose) -> Result<()> {
    certificate.check_signed_by(issuer).map_err(|reason| refused(0, certificate, reason))?;
    // Not by rules that were made after the issuer was.
    let policy = [Rule::Anchors, Rule::Names, Rule::OnlyAuthoritiesConstrain]
        .into_iter()
        .fold(Policy::rfc5280(), Policy::with);
    let store = TrustStore::from_iter([issuer.clone()]);
    let verifier = Verifier::new(&store, purpose).at(certificate.not_before()).policy(policy);
    verifier.verify(certificate).map(|_| ())
}

/// A certificate that isn't signed yet.
struct Draft<'a> {
    issuer: DistinguishedName,
    subject: DistinguishedName,
    /// As DER.
    extensions: Vec<Vec<u8>>,
    /// The public key, as SPKI.
    key: &'a [u8],
}

impl<'a> Draft<'a> {
    /// What a profile makes of a request, if its author has the key; and what it refuses.
    fn new(
        request: &'a Request,
        profile: &Profile,
        path_length: Option<u8>,
        issuer: &DistinguishedName,
        issuer_extensions: Vec<Vec<u8>>,
    ) -> Result<(Self, Vec<Refusal>)> {
        request.verify()?;
        let grant = profile.grant(request, &request.public_key()?, path_length)?;
        let mut extensions = grant.extensions;
        extensions.extend(issuer_extensions);
        let key = request.public_key_der();
        Ok((Self { issuer: issuer.clone(), subject: grant.subject, extensions, key }, grant.refused))
    }

    fn sign<R: TryCryptoRng + ?Sized>(
        self,
        rng: &mut R,
        signer: &Signer<'_>,
        (from, until): (Time, Time),
    ) -> Result<Certificate> {
        let tbs = sequence(&[
            // Version 3.
            &written(constructed(0), &[&written(INTEGER, &[&[2]])]),
            &serial(rng)?,
            signer.algorithm(),
            self.issuer.to_der(),
            &sequence(&[&from.to_der(), &until.to_der()]),
            self.subject.to_der(),
            self.key,
            &written(constructed(3), &[&sequence_of(self.extensions)]),
        ]);
        Certificate::from_der(&signer.sign(rng, &tbs)?)
    }
}

/// A serial number of 128 random bits, as DER. (Zero, which isn't one, is what a generator gives that doesn't work.)
fn serial<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Vec<u8>> {
    let mut bytes = [0; 16];
    rng.try_fill_bytes(&mut bytes).map_err(|_| crate::Error::Random)?;
    if bytes == [0; 16] {
        return Err(crate::Error::Random.into());
    }
    Ok(integer(&bytes).to_vec())
}
