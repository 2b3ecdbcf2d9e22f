//! A certificate signing request: "this is my name, this is my public key, and I have its private half."
//!
//! ```text
//! CertificationRequest     = SEQUENCE { certificationRequestInfo, signatureAlgorithm, BIT STRING of the signature }
//! certificationRequestInfo = SEQUENCE { version, subject, subjectPublicKeyInfo,
//!                                       [0] SET of { type, SET of values } }
//! ```
//!
//! It's signed with the key that it's about: that proves possession, and nothing else. Whether the name is its
//! author's is for the authority to find out. What it asks for beside subject and key are the extensions of the
//! future certificate, in the attribute `extensionRequest`; the names of a server are among them.
//!
//! Everything in here is public but the key that signs.
//!
//! Sources: RFC 2986 (PKCS#10); RFC 2985, section 5.4.2; RFC 7468, section 7 (PEM).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::ops::Range;

use rand_core::TryCryptoRng;
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::{Encode, Error as EncodingError};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{KeyUsage, KeyUsages, name};

use super::algorithm::SignatureAlgorithm;
use super::certificate::{Signed, at_least_one, blocks, check_der, named, only_one, place_of};
use super::der::{
    self, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE, SET, constructed, only, sequence, sequence_of,
    written,
};
use super::distinguished::{DistinguishedName, printable};
use super::error::malformed;
use super::extensions::Extensions;
use super::general_name::GeneralNames;
use super::name::NOT_MAIL;
use super::oid::Oid;
use super::profile::{server_name, written_usages};
use super::sign::{Signer, extension, extension_from};
use super::{Error, Name, Reason, Result};
use crate::key::{self, PrivateKey};

const PART: &str = "request";
/// `extensionRequest` of PKCS#9 (1.2.840.113549.1.9.14), and Microsoft's of the same meaning (1.3.6.1.4.1.311.2.1.14).
const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
const EXTENSION_REQUEST_OF_MICROSOFT: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 14];

/// A certificate signing request (CSR, PKCS#10).
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::ecdsa::{P256, SigningKey};
/// use oneway::trust::Request;
///
/// let key = SigningKey::<P256>::generate()?;
/// let request = Request::builder("CN=www.example.com,O=Example,C=DE").dns("*.example.com").sign(&key)?;
/// let text = request.to_pem(); // for the authority
///
/// let request = Request::from_pem(text)?;
/// request.verify()?;
/// assert_eq!(request.subject().to_string(), "CN=www.example.com,O=Example,C=DE");
/// # }
/// # Ok::<(), oneway::trust::Error>(())
/// ```
#[derive(Clone)]
pub struct Request {
    der: Vec<u8>,
    /// Where parts of it are in `der`.
    info: Range<usize>,
    key: Range<usize>,
    signature: Range<usize>,
    algorithm: SignatureAlgorithm,
    subject: DistinguishedName,
    pub(super) extensions: Extensions,
}

impl Request {
    /// One for this subject, in the form of RFC 4514: `CN=www.example.com,O=Example,C=DE`. An empty text is no
    /// subject, for who has alternative names only.
    pub fn builder(subject: impl AsRef<str>) -> RequestBuilder {
        let (subject, error) = match DistinguishedName::new_from_text(subject.as_ref()) {
            Ok(subject) => (subject, None),
            Err(error) => (DistinguishedName::default(), Some(error)),
        };
        let (names, purposes, others) = (Vec::new(), Vec::new(), Vec::new());
        RequestBuilder { subject, names, usages: None.into(), purposes, others, error }
    }

    /// Reads a request from PEM text, `BEGIN CERTIFICATE REQUEST`.
    ///
    /// # Errors
    /// [`Error::Malformed`], with the part and the problem; also if there are several requests or none.
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self> {
        let text = text.as_ref();
        let all = blocks(text, &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]);
        let all = all.map(|der| Self::from_der(&der?)).collect::<Result<_>>()?;
        only_one(at_least_one(all, text, "request")?, "there are several requests, where one is expected")
    }

    /// Reads a request from DER.
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
        let info = Info::read(outer.tbs).map_err(fails)?;
        let range = |part| place_of(part, bytes);
        let mut extensions = None;
        for (oid, values) in info.attributes {
            if oid != EXTENSION_REQUEST && oid != EXTENSION_REQUEST_OF_MICROSOFT {
                continue;
            }
            // One set of extensions, once; some programs write one of none.
            only(values, SEQUENCE).map_err(fails)?;
            let list =
                if values == [SEQUENCE, 0] { Ok(Extensions::default()) } else { Extensions::read(values) };
            if extensions.replace(list.map_err(|problem| malformed(PART, problem))?).is_some() {
                return Err(malformed(PART, "it asks for extensions twice"));
            }
        }
        let extensions = extensions.unwrap_or_default();
        // What's asked for has to be read, all of it, to be granted or refused.
        if let Some((known, problem)) = extensions.damaged() {
            return Err(malformed(known.name(), problem));
        }
        Ok(Self {
            info: range(outer.tbs),
            key: range(info.key),
            signature: range(outer.signature),
            algorithm: SignatureAlgorithm::read(outer.algorithm).map_err(fails)?,
            subject: DistinguishedName::from_der(info.subject)
                .map_err(|problem| malformed("subject", problem))?,
            extensions,
            der: bytes.to_vec(),
        })
    }

    /// The request as DER, the bytes that it was read from.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM text.
    pub fn to_pem(&self) -> String {
        key::pem_text("CERTIFICATE REQUEST", &self.der)
    }

    /// Checks that it's signed with the key that it's about, so that its author has the private key; and that the key
    /// is one that certificates are issued for.
    ///
    /// # Errors
    /// [`Error::Possession`], with the reason: [`Reason::Signature`], [`Reason::SignatureAlgorithm`],
    /// [`Reason::Key`] or [`Reason::WeakKey`].
    pub fn verify(&self) -> Result<()> {
        let key = self.public_key().map_err(Reason::key);
        let verified = key.and_then(|key| {
            self.algorithm.verify(&key, &self.der[self.info.clone()], &self.der[self.signature.clone()])
        });
        verified.map_err(|reason| Error::Possession { subject: self.who(), reason })
    }

    /// Who asks.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The names that it asks for, apart from its subject: domains, addresses.
    pub fn alternative_names(&self) -> GeneralNames<'_> {
        self.extensions.names()
    }

    /// All names that a certificate on this request may get, from the subject too: what has to be checked before it's
    /// issued. Names of other kinds, and those that aren't well formed, are shown as well ([`Name::Other`]). Other parts of
    /// the subject are in [`subject`](Self::subject).
    pub fn names(&self) -> impl Iterator<Item = Name> {
        let common = self.subject.common_names().filter_map(|text| server_name(&text));
        let mail = self.subject.email_addresses().filter_map(|text| match Name::new(&text) {
            Ok(name @ Name::Mail(_)) => Some(name),
            _ => None,
        });
        common.chain(mail).chain(self.alternative_names().map(|name| Name::of_any(&name)))
    }

    /// What it asks for the key to be for, if it does.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage().ok()?.map(|usage| KeyUsage(usage.value))
    }

    /// What it asks for the certificate to be for, if it does.
    pub fn extended_key_usage(&self) -> Option<Vec<Oid>> {
        let usage = self.extensions.extended_key_usage().ok()??;
        Some(usage.value.into_iter().map(Oid::known).collect())
    }

    /// Whether it asks for an authority's certificate.
    pub fn is_authority(&self) -> bool {
        self.extensions.is_authority()
    }

    /// The public key.
    ///
    /// # Errors
    /// As for [`Certificate::public_key`](super::Certificate::public_key).
    pub fn public_key(&self) -> crate::Result<key::PublicKey> {
        key::public_from_spki(self.public_key_der())
    }

    /// The public key in its SPKI form, as it stands in the request.
    pub fn public_key_der(&self) -> &[u8] {
        &self.der[self.key.clone()]
    }

    /// What people call the algorithm of its signature.
    pub(super) fn algorithm_name(&self) -> String {
        self.algorithm.name()
    }

    /// The subject for errors, or, where it has none, the first of its other names.
    pub(super) fn who(&self) -> String {
        named(&self.subject, || self.alternative_names())
    }
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Request {}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({})", self.who())
    }
}

/// The fields of a `CertificationRequestInfo`.
struct Info<'a> {
    subject: &'a [u8],
    key: &'a [u8],
    /// Type, and the set of values without its head.
    attributes: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Info<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut fields = Reader::of_sequence(der)?;
        if fields.integer()? != [0] {
            return Err("its version isn't 1");
        }
        let (subject, key) = (fields.whole_sequence()?, fields.whole_sequence()?);
        let mut attributes = Vec::new();
        // Some leave the field out if there are none, and some don't sort its members.
        let mut members = Reader::new(fields.optional(constructed(0))?.unwrap_or_default());
        fields.finish()?;
        while !members.is_empty() {
            let mut attribute = members.sequence()?;
            attributes.push((attribute.oid()?, attribute.element(SET)?));
            attribute.finish()?;
        }
        Ok(Self { subject, key, attributes })
    }
}

/// Makes a [`Request`]: whose names come here, and the key that signs it at the end.
#[derive(Clone, Debug)]
#[must_use = "a request is made by signing it"]
pub struct RequestBuilder {
    subject: DistinguishedName,
    /// As DER.
    names: Vec<Vec<u8>>,
    usages: FlagSet<KeyUsages>,
    purposes: Vec<Oid>,
    others: Vec<Extension>,
    /// What's wrong with what was asked for; it's told when signing.
    error: Option<Error>,
}

impl RequestBuilder {
    /// Also for this domain name, which may start with `*.`: `*.example.com` stands for all names right below
    /// `example.com`, not for that itself.
    pub fn dns(self, name: impl AsRef<str>) -> Self {
        self.add(Name::presented(name.as_ref()))
    }

    /// Also for this address of the Internet Protocol. (One of version 4 is written as such, not as one of version 6.)
    pub fn ip(self, address: impl Into<IpAddr>) -> Self {
        self.add(Ok(Name::Ip(address.into().to_canonical())))
    }

    /// Also for this mail address.
    pub fn mail(self, address: impl AsRef<str>) -> Self {
        let name = Name::new(address.as_ref());
        self.add(name.and_then(|name| match name {
            Name::Mail(_) => Ok(name),
            _ => Err(Error::Name { name: printable(address.as_ref()), problem: NOT_MAIL }),
        }))
    }

    /// Also for this URI, such as `spiffe://example.com/web`.
    pub fn uri(self, uri: impl AsRef<str>) -> Self {
        let uri = uri.as_ref();
        let problem = "not a URI, such as spiffe://example.com/web";
        let error = || Error::Name { name: printable(uri), problem };
        self.add(Some(Name::Uri(uri.into())).filter(|_| super::profile::is_uri(uri)).ok_or_else(error))
    }

    /// Also for this name, of whatever kind.
    #[allow(clippy::needless_pass_by_value, reason = "a name is made for the call")]
    pub fn name(mut self, name: name::GeneralName) -> Self {
        match name.to_der() {
            Ok(name) => self.names.push(name),
            Err(problem) => _ = self.error.get_or_insert_with(|| encoding(problem)),
        }
        self
    }

    /// Asks for a key that's for these as well; without it, the authority's profile decides.
    pub fn key_usage(mut self, usages: impl Into<FlagSet<KeyUsages>>) -> Self {
        self.usages |= usages.into();
        self
    }

    /// Asks for a certificate that's for this as well (`id-kp-…`, RFC 5280, section 4.2.1.12); without it, the
    /// authority's profile decides.
    pub fn extended_key_usage(mut self, purpose: impl Into<Oid>) -> Self {
        self.purposes.push(purpose.into());
        self
    }

    /// Asks for another extension.
    pub fn extension(mut self, extension: Extension) -> Self {
        self.others.push(extension);
        self
    }

    /// Signs the request with the key that it's about, of any type of private keys for signatures.
    ///
    /// # Errors
    /// [`Error::Name`] for the first name that isn't one; [`Error::Key`] for a key that isn't for signatures, and if
    /// randomness fails.
    #[cfg(feature = "getrandom")]
    pub fn sign<K: Clone + Into<PrivateKey>>(self, key: &K) -> Result<Request> {
        self.sign_with_rng(&mut getrandom::SysRng, key)
    }

    /// Like `sign`, with a generator of the caller's.
    ///
    /// # Errors
    /// As for `sign`.
    pub fn sign_with_rng<R: TryCryptoRng + ?Sized, K: Clone + Into<PrivateKey>>(
        self,
        rng: &mut R,
        key: &K,
    ) -> Result<Request> {
        self.sign_as(rng, &key.clone().into())
    }

    pub(super) fn sign_as<R: TryCryptoRng + ?Sized>(self, rng: &mut R, key: &PrivateKey) -> Result<Request> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let signer = Signer::new(key)?;
        let public_key = key.public_key().to_der();
        let mut extensions = Vec::new();
        if !self.names.is_empty() {
            extensions.push(extension(17, self.subject.is_empty(), &sequence_of(&self.names)));
        }
        if !self.usages.is_empty() {
            extensions.push(extension(15, true, &written_usages(self.usages)));
        }
        if !self.purposes.is_empty() {
            let purposes = self.purposes.iter().map(|oid| written(OBJECT_IDENTIFIER, &[oid.as_bytes()]));
            extensions.push(extension(37, false, &sequence_of(purposes)));
        }
        extensions.extend(self.others.iter().map(extension_from));
        let attribute = || {
            let values = written(SET, &[&sequence_of(&extensions)]);
            sequence(&[&written(OBJECT_IDENTIFIER, &[EXTENSION_REQUEST]), &values])
        };
        let attributes = if extensions.is_empty() { Vec::new() } else { attribute() };
        let info = sequence(&[
            &written(INTEGER, &[&[0]]),
            self.subject.to_der(),
            &public_key,
            &written(constructed(0), &[&attributes]),
        ]);
        Request::from_der(&signer.sign(rng, &info)?)
    }

    fn add(mut self, name: Result<Name>) -> Self {
        match name {
            Ok(name) => self.names.push(name.to_general()),
            Err(error) => _ = self.error.get_or_insert(error),
        }
        self
    }
}

/// The error for what can't be written as DER, which is only too long.
fn encoding(error: EncodingError) -> Error {
    malformed("what's to be signed", error)
}
