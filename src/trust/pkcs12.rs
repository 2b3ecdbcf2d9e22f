//! PKCS#12: private keys and certificates in one file, under a password.
//!
//! ```text
//! PFX          = SEQUENCE { 3, ContentInfo of the AuthenticatedSafe, MacData }
//! AuthenticatedSafe = SEQUENCE OF ContentInfo, each of SafeContents, as data or encrypted
//! ContentInfo  = SEQUENCE { data, [0] OCTET STRING }  |  SEQUENCE { encryptedData, [0] EncryptedData }
//! SafeContents = SEQUENCE OF SEQUENCE { what it is, [0] key or certificate, SET of attributes }
//! ```
//!
//! A message authentication code under the password covers all of it, and is checked before anything in it is believed:
//! a wrong password is noticed there, and so is any change. Keys are encrypted each for itself, certificates all
//! together. Attributes give entries their names, tie a certificate to its key (the local key id), and say of a
//! certificate that it's trusted, which is how Java marks the entries of a trust store.
//!
//! **Written** is what every program of today reads: PBES2 with PBKDF2 and AES, HMAC-SHA-256 as the message
//! authentication code. **Read** are also PBMAC1, and, if that's allowed, the ciphers of old ([`legacy`](crate::key::legacy)) and
//! files without a message authentication code. Revocation lists and secrets of other kinds are passed over. What's BER
//! and not DER (NSS, Bouncy Castle and Windows write that) is rewritten ([`ber`]), at each layer by itself: the message
//! authentication code covers the contents of an OCTET STRING as they came, put together where they're in pieces. Not
//! read are non-ASCII passwords as OpenSSL 1.0 had them.
//!
//! It's read in place, by the reader that private keys are read with: the types of the crates `pkcs12` and `cms` copy
//! what may be a key into memory that isn't wiped, and `p12-keystore` keeps decrypted keys in such memory, bounds each
//! key derivation but not how many there are, and reads certificates by another parser with 25 more crates.
//!
//! **What leaks**: lengths, names, attributes, certificates, and which entries are there. What's decrypted is wiped.
//!
//! **Hostile files.** A file is at most 4 MiB long and has at most 10,000 entries, nothing recurses, and what key
//! derivation costs is bounded over the whole file, before it's done
//! ([`StoreOptions::max_rounds`]; at most 1,000 derivations).
//!
//! Sources: RFC 7292; RFC 9579; RFC 8018; Java's attribute: `sun.security.pkcs12.PKCS12KeyStore`.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use digest::Digest;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::entries::{Attributes, CertificateEntry, Entries, KeyEntry, of_file};
use super::error::malformed;
use super::jks;
use super::key_store::{KeyStore, StoreOptions};
use super::pbe;
use super::store::TrustStore;
use super::{Error, Result};
use crate::hash::Sha256;
use crate::key::ber;
use crate::key::der::{CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, element, is};
use crate::key::encrypted::{self, Effort};
use crate::key::legacy::Password;
use crate::key::{self, Encryption, Kdf, PrivateKey};

pub(super) const MAX_LEN: usize = 1 << 22;
/// In PEM text, which isn't PKCS#12.
const BEGIN: &[u8] = b"-----BEGIN ";
pub(super) const TOO_LONG: &str = "longer than 4 MiB";
pub(super) const MAX_ENTRIES: usize = 10_000;
pub(super) const TOO_MANY: &str = "it has more than 10,000 entries";
/// What's written unless told.
const DEFAULT_ROUNDS: u32 = 300_000;
#[cfg(feature = "getrandom")]
const DEFAULT: Encryption =
    Encryption { kdf: Kdf::Pbkdf2 { rounds: DEFAULT_ROUNDS }, cipher: key::Cipher::Aes256 };

const SET: u8 = 0x31;
const BMP_STRING: u8 = 0x1e;
/// `[0]`, not constructed: the OCTET STRING in `EncryptedContentInfo`.
const IMPLICIT_0: u8 = 0x80;

/// The contents of OBJECT IDENTIFIERs.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];
const DATA: u8 = 1;
const SIGNED: u8 = 2;
const ENVELOPED: u8 = 3;
const ENCRYPTED: u8 = 6;
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];
const KEY_BAG: u8 = 1;
const SHROUDED_KEY_BAG: u8 = 2;
const CERTIFICATE_BAG: u8 = 3;
const NESTED_BAG: u8 = 6;
const PKCS9: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9];
const FRIENDLY_NAME: u8 = 20;
const LOCAL_KEY_ID: u8 = 21;
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
/// Java's `trustedKeyUsage`, and the value that it gives it: any extended key usage.
const TRUSTED_KEY_USAGE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1, 1];
const ANY_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0];

const FILE: &str = "PKCS#12";
const ENTRY: &str = "PKCS#12 entry";

/// What's in a PKCS#12 file, opened.
///
/// [`KeyStore::from_pkcs12`] and [`TrustStore::from_pkcs12`] read what's wanted of a file; this lists all of it.
///
/// ```no_run
/// use oneway::trust::Pkcs12;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let file = Pkcs12::open(std::fs::read("server.p12")?, "password")?;
/// for entry in file.keys() {
///     println!("{:?}: {:?}", entry.name(), entry.key()?);
/// }
/// for entry in file.certificates() {
///     println!("{:?}: {}", entry.name(), entry.certificate()?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Pkcs12(Entries);

impl Pkcs12 {
    /// Opens a file.
    ///
    /// # Errors
    /// - [`Error::Password`] if the password is wrong, or the file was changed;
    /// - [`Error::Malformed`] if it isn't PKCS#12, or damaged; Java's older formats are read by [`Jks`](super::Jks);
    /// - [`Error::Unauthenticated`] if it has no message authentication code;
    /// - [`Error::Legacy`] if it's encrypted in an old way;
    /// - [`Error::Key`] with [`KdfLimit`](crate::Error::KdfLimit) if it asks for too much work, before that's done; with
    ///   [`Unsupported`](crate::Error::Unsupported) for files that are signed, or encrypted to a public key, or in
    ///   other ways that aren't known here.
    pub fn open(bytes: impl AsRef<[u8]>, password: impl AsRef<str>) -> Result<Self> {
        Self::open_with(bytes, password, &StoreOptions::new())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_with(
        bytes: impl AsRef<[u8]>,
        password: impl AsRef<str>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        let mut opening = Opening {
            password: Password::new(password.as_ref().as_bytes()),
            effort: Effort::new(options.max_rounds),
            options,
            entries: 0,
            found: Entries::default(),
        };
        opening.file(bytes.as_ref())?;
        Ok(Self(opening.found))
    }

    /// The private keys.
    pub fn keys(&self) -> &[KeyEntry] {
        &self.0.keys
    }

    /// The certificates, those of keys and those that are trusted.
    pub fn certificates(&self) -> &[CertificateEntry] {
        &self.0.certificates
    }

    /// The key of the options' name, or the only one, with its chain.
    ///
    /// # Errors
    /// - [`Error::NoKey`] if there's no private key;
    /// - [`Error::WhichKey`] if there are several and none is named, or if not exactly one has the name;
    /// - [`Error::Key`] if it can't be read, as for [`KeyEntry::key`];
    /// - [`Error::Malformed`] if a certificate that can't be read may be the one that's missing;
    /// - as for [`KeyStore::new`].
    pub fn key_store(&self, options: &StoreOptions<'_>) -> Result<KeyStore> {
        self.0.key_store(options)
    }

    /// The certificates that are marked as trusted; all of them if none is marked, and there's no private key.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a key store, if there's no certificate, and for one that can't be read.
    pub fn trust_store(&self) -> Result<TrustStore> {
        self.0.trust_store()
    }
}

/// A file that's being opened.
struct Opening<'a> {
    password: Password<'a>,
    effort: Effort,
    options: &'a StoreOptions<'a>,
    /// How many were met, of whatever kind.
    entries: usize,
    found: Entries,
}

impl Opening<'_> {
    fn file(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() > MAX_LEN {
            return Err(malformed(FILE, TOO_LONG));
        }
        let (mut file, mut safes) = (None, None);
        let (content, mac) = frame(as_der(bytes, &mut file)?).map_err(|error| match error {
            Error::Malformed { .. } => {
                what_it_is_instead(bytes).map_or(error, |found| malformed(FILE, found))
            }
            error => error,
        })?;
        match mac {
            Some(mac) => {
                pbe::check_mac(mac, content, self.password, &mut self.effort).map_err(of_file)?;
            }
            None if self.options.unauthenticated => {}
            None => return Err(Error::Unauthenticated),
        }
        let mut safes = only_sequence(as_der(content, &mut safes)?)?;
        while !safes.is_empty() {
            self.count()?;
            self.safe(safes.sequence(FILE).map_err(of_file)?)?;
        }
        Ok(())
    }

    /// Bounds the work, and the memory.
    fn count(&mut self) -> Result<()> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES { Err(malformed(FILE, TOO_MANY)) } else { Ok(()) }
    }

    /// Reads a `ContentInfo` with `SafeContents`.
    fn safe(&mut self, info: Reader<'_>) -> Result<()> {
        let (kind, mut content) = content_info(info).map_err(of_file)?;
        match kind {
            Some(DATA) => {
                let contents = content.element(OCTET_STRING, FILE).map_err(of_file)?;
                content.finish(FILE).map_err(of_file)?;
                self.contents(contents)
            }
            Some(ENCRYPTED) => {
                let (algorithm, data) = encrypted_data(content).map_err(of_file)?;
                let contents = self.decrypted(algorithm, &data)?;
                self.contents(&contents)
            }
            Some(ENVELOPED) => unsupported("PKCS#12 files encrypted to a public key"),
            _ => unsupported("PKCS#12 files with other contents than data"),
        }
    }

    /// Decrypts data by an algorithm of which the fields are given.
    fn decrypted(&mut self, algorithm: Reader<'_>, data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        encrypted::open(algorithm, data, self.password, self.options.decryption(), &mut self.effort)
            .map_err(of_file)
    }

    /// Reads `SafeContents`.
    fn contents(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rewritten = None;
        let mut bags = only_sequence(as_der(bytes, &mut rewritten)?)?;
        while !bags.is_empty() {
            self.count()?;
            self.bag(bags.sequence(ENTRY).map_err(of_file)?)?;
        }
        Ok(())
    }

    /// Reads a `SafeBag`.
    fn bag(&mut self, mut fields: Reader<'_>) -> Result<()> {
        let mut parts = || {
            let oid = fields.element(OBJECT_IDENTIFIER, ENTRY)?;
            let value = fields.element(CONTEXT_0, ENTRY)?;
            let attributes = if fields.is_empty() { &[] } else { fields.element(SET, ENTRY)? };
            fields.finish(ENTRY)?;
            Ok((oid, value, Attributes::read(attributes)?))
        };
        let (oid, value, attributes) = parts().map_err(of_file)?;
        match last_of(oid, BAGS) {
            Some(KEY_BAG) => {
                let info = Ok(Zeroizing::new(value.to_vec()));
                self.found.keys.push(KeyEntry { attributes, info });
            }
            Some(SHROUDED_KEY_BAG) => {
                let info = encrypted::parts(value).map_err(of_file);
                let info = match info.and_then(|(algorithm, data)| self.decrypted(algorithm, data)) {
                    // These are about the whole file; the rest is about a key that may not be wanted.
                    Err(error @ (Error::Legacy { .. } | Error::Key(crate::Error::KdfLimit { .. }))) => {
                        return Err(error);
                    }
                    info => info,
                };
                self.found.keys.push(KeyEntry { attributes, info });
            }
            Some(CERTIFICATE_BAG) => {
                if let Some(der) = certificate_bag(value).map_err(of_file)? {
                    let certificate = Certificate::from_der(der);
                    self.found.certificates.push(CertificateEntry { attributes, certificate });
                }
            }
            Some(NESTED_BAG) => return unsupported("PKCS#12 files with bags inside of bags"),
            // Revocation lists, secrets, and what's yet to come.
            _ => {}
        }
        Ok(())
    }
}

fn unsupported<T>(what: &'static str) -> Result<T> {
    Err(Error::Key(crate::Error::Unsupported(what)))
}

/// The bytes as DER, for which there's room if they have to be rewritten.
fn as_der<'a>(bytes: &'a [u8], room: &'a mut Option<Zeroizing<Vec<u8>>>) -> Result<&'a [u8]> {
    *room = ber::rewritten(bytes).map_err(of_file)?;
    Ok(room.as_ref().map_or(bytes, |der| der.as_slice()))
}

/// What was given in the place of PKCS#12, if it's something that people take for it.
fn what_it_is_instead(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("it's empty");
    }
    if let Some(found) = jks::what_it_is(bytes) {
        return Some(found);
    }
    if bytes.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Some("it's PEM text (for `from_pem`)");
    }
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_ \t\r\n".contains(byte);
    if bytes.iter().all(is_base64) {
        return Some("it's base64, and has to be decoded first");
    }
    key::what_der_is(bytes)
}

/// The elements of a SEQUENCE that's all there is.
fn only_sequence(bytes: &[u8]) -> Result<Reader<'_>> {
    let mut outer = Reader::new(bytes);
    let elements = outer.sequence(FILE).map_err(of_file)?;
    outer.finish(FILE).map_err(of_file)?;
    Ok(elements)
}

/// The last byte of an OBJECT IDENTIFIER that begins like this.
fn last_of(oid: &[u8], start: &[u8]) -> Option<u8> {
    let (last, rest) = oid.split_last()?;
    is(rest, start).then_some(*last)
}

/// Takes a `PFX` apart: what's authenticated, and the fields of its `MacData`.
fn frame(bytes: &[u8]) -> Result<(&[u8], Option<Reader<'_>>)> {
    let mut fields = only_sequence(bytes)?;
    let mut parts = || {
        let version = fields.small(FILE)?;
        let info = fields.sequence(FILE)?;
        let mac = if fields.is_empty() { None } else { Some(fields.sequence(FILE)?) };
        fields.finish(FILE)?;
        Ok((version, content_info(info)?, mac))
    };
    let (version, (kind, mut content), mac) = parts().map_err(of_file)?;
    match (version, kind) {
        (Some(3), Some(DATA)) => {}
        (Some(3), Some(SIGNED)) => {
            return unsupported("PKCS#12 files that are signed instead of authenticated");
        }
        (Some(3), _) => return unsupported("PKCS#12 files with other contents than data"),
        _ => return Err(malformed(FILE, "its version isn't 3")),
    }
    let data = content.element(OCTET_STRING, FILE).map_err(of_file)?;
    content.finish(FILE).map_err(of_file)?;
    Ok((data, mac))
}

/// The kind of a `ContentInfo`, and what's in it.
fn content_info(mut fields: Reader<'_>) -> crate::Result<(Option<u8>, Reader<'_>)> {
    let kind = last_of(fields.element(OBJECT_IDENTIFIER, FILE)?, PKCS7);
    let content = Reader::new(fields.element(CONTEXT_0, FILE)?);
    fields.finish(FILE)?;
    Ok((kind, content))
}

/// The fields of the algorithm of an `EncryptedData`, and the ciphertext, which may be in pieces.
fn encrypted_data(mut content: Reader<'_>) -> crate::Result<(Reader<'_>, Cow<'_, [u8]>)> {
    const DATA: &str = "encrypted data";
    let mut fields = content.sequence(FILE)?;
    content.finish(FILE)?;
    fields.element(INTEGER, FILE)?;
    // Attributes that aren't encrypted may follow, and say nothing here.
    let mut info = fields.sequence(FILE)?;
    info.element(OBJECT_IDENTIFIER, FILE)?;
    let algorithm = info.sequence(FILE)?;
    let data = if info.tag() == Some(CONTEXT_0) {
        let mut pieces = Reader::new(info.element(CONTEXT_0, DATA)?);
        let mut data = Vec::new();
        while !pieces.is_empty() {
            data.extend_from_slice(pieces.element(OCTET_STRING, DATA)?);
        }
        Cow::Owned(data)
    } else {
        Cow::Borrowed(info.element(IMPLICIT_0, DATA)?)
    };
    info.finish(FILE)?;
    Ok((algorithm, data))
}

/// The certificate of a `CertBag`, if it's one of X.509.
fn certificate_bag(bytes: &[u8]) -> crate::Result<Option<&[u8]>> {
    let mut outer = Reader::new(bytes);
    let mut fields = outer.sequence(ENTRY)?;
    outer.finish(ENTRY)?;
    let is_x509 = is(fields.element(OBJECT_IDENTIFIER, ENTRY)?, X509_CERTIFICATE);
    let mut value = Reader::new(fields.element(CONTEXT_0, ENTRY)?);
    fields.finish(ENTRY)?;
    if !is_x509 {
        return Ok(None);
    }
    let certificate = value.element(OCTET_STRING, ENTRY)?;
    value.finish(ENTRY)?;
    Ok(Some(certificate))
}

impl Attributes {
    /// Reads the elements of the SET. What isn't known is passed over, and the first of each kind counts.
    fn read(set: &[u8]) -> crate::Result<Self> {
        let (mut attributes, mut elements) = (Self::default(), Reader::new(set));
        while !elements.is_empty() {
            let mut attribute = elements.sequence(ENTRY)?;
            let oid = attribute.element(OBJECT_IDENTIFIER, ENTRY)?;
            let mut values = Reader::new(attribute.element(SET, ENTRY)?);
            attribute.finish(ENTRY)?;
            match (last_of(oid, PKCS9), values.tag()) {
                (Some(FRIENDLY_NAME), Some(BMP_STRING)) => {
                    let name = utf16(values.any(ENTRY)?);
                    attributes.name.get_or_insert(name);
                }
                (Some(LOCAL_KEY_ID), Some(OCTET_STRING)) => {
                    let id = values.any(ENTRY)?.to_vec();
                    attributes.local_key_id.get_or_insert(id);
                }
                _ => attributes.is_trusted |= is(oid, TRUSTED_KEY_USAGE),
            }
        }
        Ok(attributes)
    }

    /// The SET, of what's there.
    fn written(&self) -> Zeroizing<Vec<u8>> {
        let attribute = |oid: &[&[u8]], value: &[u8]| {
            element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, oid), &element(SET, &[value])])
        };
        let name = self.name.as_ref().map(|name| {
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            attribute(&[PKCS9, &[FRIENDLY_NAME]], &element(BMP_STRING, &[&units]))
        });
        let id = self.local_key_id.as_ref();
        let id = id.map(|id| attribute(&[PKCS9, &[LOCAL_KEY_ID]], &element(OCTET_STRING, &[id])));
        let any_key_usage = element(OBJECT_IDENTIFIER, &[ANY_KEY_USAGE]);
        let trusted = self.is_trusted.then(|| attribute(&[TRUSTED_KEY_USAGE], &any_key_usage));
        let mut all: Vec<_> =
            [&name, &id, &trusted].into_iter().flatten().map(|one| one.as_slice()).collect();
        // The order of a SET OF, in DER: that of the encodings.
        all.sort_unstable();
        element(SET, &all)
    }
}

/// Text of a `BMPString`. What isn't UTF-16 is replaced, as in a name that people read.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A file that's being written.
struct Writing<'a, R: ?Sized> {
    rng: &'a mut R,
    encryption: &'a Encryption,
    password: Password<'a>,
}

impl<'a, R: TryCryptoRng + ?Sized> Writing<'a, R> {
    /// With so many encrypted parts.
    ///
    /// # Errors
    /// [`EmptyPassword`](crate::Error::EmptyPassword); [`KdfLimit`](crate::Error::KdfLimit): what's written here has to
    /// be read here.
    fn new(rng: &'a mut R, encryption: &'a Encryption, password: &'a str, parts: usize) -> Result<Self> {
        if password.is_empty() {
            return Err(crate::Error::EmptyPassword.into());
        }
        let writing = Self { rng, encryption, password: Password::new(password.as_bytes()) };
        let mut effort = Effort::new(Effort::ROUNDS);
        effort.spend(writing.mac_rounds())?;
        for _ in 0..parts {
            effort.spend(encryption.rounds())?;
        }
        Ok(writing)
    }

    fn mac_rounds(&self) -> u64 {
        match self.encryption.kdf {
            Kdf::Pbkdf2 { rounds } => rounds.into(),
            Kdf::Scrypt { .. } => u64::from(DEFAULT_ROUNDS),
        }
    }

    /// A `SafeBag` of a private key.
    fn key(&mut self, key: &PrivateKey, attributes: &Attributes) -> Result<Zeroizing<Vec<u8>>> {
        let info = encrypted::encrypt(self.rng, self.encryption, self.password.bytes(), &key.to_der())?;
        Ok(bag(SHROUDED_KEY_BAG, &info, attributes))
    }

    /// The file, with these bags.
    fn file(self, certificates: &[u8], keys: Option<&[u8]>) -> Result<Vec<u8>> {
        let contents = element(SEQUENCE, &[certificates]);
        let (algorithm, data) = encrypted::seal(self.rng, self.encryption, self.password.bytes(), &contents)?;
        let data_oid = element(OBJECT_IDENTIFIER, &[PKCS7, &[DATA]]);
        let info = element(SEQUENCE, &[&data_oid, &algorithm, &element(IMPLICIT_0, &[&data])]);
        let encrypted_data = element(SEQUENCE, &[&element(INTEGER, &[&[0]]), &info]);
        let mut safes = content(ENCRYPTED, &encrypted_data);
        if let Some(keys) = keys {
            let keys = element(OCTET_STRING, &[&element(SEQUENCE, &[keys])]);
            safes.extend_from_slice(&content(DATA, &keys));
        }
        let safes = element(SEQUENCE, &[&safes]);
        let mac = pbe::make_mac(self.rng, &safes, self.password, self.mac_rounds())?;
        let safes = content(DATA, &element(OCTET_STRING, &[&safes]));
        let mut file = element(SEQUENCE, &[&element(INTEGER, &[&[3]]), &safes, &mac]);
        if file.len() > MAX_LEN { Err(malformed(FILE, TOO_LONG)) } else { Ok(core::mem::take(&mut *file)) }
    }
}

/// A `ContentInfo`.
fn content(kind: u8, content: &[u8]) -> Zeroizing<Vec<u8>> {
    element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[PKCS7, &[kind]]), &element(CONTEXT_0, &[content])])
}

/// A `SafeBag`.
fn bag(kind: u8, value: &[u8], attributes: &Attributes) -> Zeroizing<Vec<u8>> {
    let oid = element(OBJECT_IDENTIFIER, &[BAGS, &[kind]]);
    element(SEQUENCE, &[&oid, &element(CONTEXT_0, &[value]), &attributes.written()])
}

/// The same, of a certificate.
fn bag_of(certificate: &Certificate, attributes: &Attributes) -> Zeroizing<Vec<u8>> {
    let value = element(CONTEXT_0, &[&element(OCTET_STRING, &[certificate.to_der()])]);
    let value = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[X509_CERTIFICATE]), &value]);
    bag(CERTIFICATE_BAG, &value, attributes)
}

/// What a certificate is called where nobody gave it a name.
fn name_of(certificate: &Certificate) -> String {
    certificate.subject().common_names().next().filter(|name| !name.is_empty()).unwrap_or_else(|| "1".into())
}

/// A name, with a number if it's in use; with each name in use is the last number. (Java keeps one entry of each name,
/// whatever its case.)
fn unused(name: &str, used: &mut BTreeMap<String, u32>) -> String {
    let key = name.to_lowercase();
    let mut number = used.get(&key).copied().unwrap_or_default();
    loop {
        number += 1;
        let candidate = if number == 1 { name.to_string() } else { format!("{name} ({number})") };
        if number == 1 || !used.contains_key(&candidate.to_lowercase()) {
            used.insert(candidate.to_lowercase(), 1);
            used.insert(key, number);
            return candidate;
        }
    }
}

impl KeyStore {
    /// Reads a PKCS#12 file with one private key and its chain: `.p12`, `.pfx`, Java's key stores.
    ///
    /// # Errors
    /// As for [`Pkcs12::open`] and [`Pkcs12::key_store`].
    pub fn from_pkcs12(bytes: impl AsRef<[u8]>, password: impl AsRef<str>) -> Result<Self> {
        Self::from_pkcs12_with(bytes, password, &StoreOptions::new())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As for [`from_pkcs12`](Self::from_pkcs12).
    pub fn from_pkcs12_with(
        bytes: impl AsRef<[u8]>,
        password: impl AsRef<str>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        Pkcs12::open_with(bytes, password, options)?.key_store(options)
    }

    /// The key and the chain as a PKCS#12 file: AES-256 and HMAC-SHA-256, with 300,000 rounds of key derivation for each
    /// part, which is as much as .NET reads by itself. OpenSSL and Java (since 8u301) read it.
    ///
    /// The entry's name is the store's, or else the certificate's common name.
    ///
    /// # Errors
    /// [`Error::Key`] with [`EmptyPassword`](crate::Error::EmptyPassword) if there's nothing in the password; with
    /// [`Random`](crate::Error::Random) if the operating system's generator fails.
    #[cfg(feature = "getrandom")]
    pub fn to_pkcs12(&self, password: impl AsRef<str>) -> Result<Vec<u8>> {
        self.to_pkcs12_with(&mut getrandom::SysRng, &DEFAULT, password)
    }

    /// The same, with a generator and an encryption of the caller's. The message authentication code's key is derived
    /// in as many rounds as PBKDF2's are, or 300,000 beside scrypt: whoever guesses passwords tries them there, where a
    /// round is one hash, so that scrypt makes no guess more expensive.
    ///
    /// # Errors
    /// [`Error::Key`] with [`EmptyPassword`](crate::Error::EmptyPassword) if there's nothing in the password; with
    /// [`Random`](crate::Error::Random) if the generator fails; with
    /// [`KdfLimit`](crate::Error::KdfLimit) or [`Malformed`](crate::Error::Malformed) for a key derivation function
    /// with which the file couldn't be read again: three keys are derived for it.
    pub fn to_pkcs12_with<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        encryption: &Encryption,
        password: impl AsRef<str>,
    ) -> Result<Vec<u8>> {
        let leaf = self.certificate();
        let attributes = Attributes {
            name: Some(self.name().map_or_else(|| name_of(leaf), ToString::to_string)),
            // Any bytes would do. They are as many as those of OpenSSL.
            local_key_id: Some(Sha256::digest(leaf.to_der())[..20].to_vec()),
            is_trusted: false,
        };
        let mut bags = bag_of(leaf, &attributes);
        for authority in &self.chain()[1..] {
            bags.extend_from_slice(&bag_of(authority, &Attributes::default()));
        }
        let mut writing = Writing::new(rng, encryption, password.as_ref(), 2)?;
        let key = writing.key(self.key(), &attributes)?;
        writing.file(&bags, Some(&key))
    }
}

impl TrustStore {
    /// Reads the trusted certificates of a PKCS#12 file: those that are marked as trusted, as Java does, or all of them
    /// if none is marked and there's no private key.
    ///
    /// # Errors
    /// As for [`Pkcs12::open`] and [`Pkcs12::trust_store`].
    pub fn from_pkcs12(bytes: impl AsRef<[u8]>, password: impl AsRef<str>) -> Result<Self> {
        Self::from_pkcs12_with(bytes, password, &StoreOptions::new())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As for [`from_pkcs12`](Self::from_pkcs12).
    pub fn from_pkcs12_with(
        bytes: impl AsRef<[u8]>,
        password: impl AsRef<str>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        Pkcs12::open_with(bytes, password, options)?.trust_store()
    }

    /// The certificates as a PKCS#12 file, each marked as trusted, as Java does, encrypted as
    /// [`KeyStore::to_pkcs12`] does it.
    ///
    /// # Errors
    /// [`Error::Key`] with [`EmptyPassword`](crate::Error::EmptyPassword) if there's nothing in the password; with
    /// [`Random`](crate::Error::Random) if the operating system's generator fails.
    #[cfg(feature = "getrandom")]
    pub fn to_pkcs12(&self, password: impl AsRef<str>) -> Result<Vec<u8>> {
        self.to_pkcs12_with(&mut getrandom::SysRng, &DEFAULT, password)
    }

    /// The same, with a generator and an encryption of the caller's.
    ///
    /// # Errors
    /// As for [`KeyStore::to_pkcs12_with`].
    pub fn to_pkcs12_with<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        encryption: &Encryption,
        password: impl AsRef<str>,
    ) -> Result<Vec<u8>> {
        if self.len() > MAX_ENTRIES - 2 {
            return Err(malformed(FILE, TOO_MANY));
        }
        let (mut bags, mut used) = (Vec::new(), BTreeMap::new());
        for certificate in self.certificates() {
            let name = unused(&name_of(certificate), &mut used);
            let attributes = Attributes { name: Some(name), local_key_id: None, is_trusted: true };
            bags.extend_from_slice(&bag_of(certificate, &attributes));
        }
        Writing::new(rng, encryption, password.as_ref(), 1)?.file(&bags, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_in_use() {
        let mut used = BTreeMap::new();
        let given = ["a", "A", "a (2)", "a", "b", "a (2)", "a"];
        let names = given.map(|name| unused(name, &mut used));
        assert_eq!(names, ["a", "A (2)", "a (2) (2)", "a (3)", "b", "a (2) (3)", "a (4)"]);
    }
}
