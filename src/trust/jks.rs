//! Java's own formats, JKS and JCEKS: read, so that what's in them can be taken elsewhere.
//!
//! ```text
//! store  = magic (FEEDFEED: JKS, CECECECE: JCEKS), version (1 or 2), number of entries, entries, SHA-1
//! entry  = 1, alias, date, length, EncryptedPrivateKeyInfo, number of certificates, certificates
//!        | 2, alias, date, certificate                           a trusted one
//!        | 3, alias, date, a serialized object                   a secret key, in JCEKS
//! certificate = type (in version 2: "X.509"), length, DER
//! ```
//!
//! Numbers are big-endian, of four bytes; dates have eight. Aliases and types are text in Java's UTF-8, with a length of
//! two bytes. The SHA-1 at the end is that of the password (in UTF-16, big-endian), of the words "Mighty Aphrodite", and
//! of all that's before it: a wrong password is noticed there, and so is any change by whoever doesn't know the password.
//!
//! **Keys** are protected in one of two ways, each for itself:
//! - Sun's, in JKS: 20 bytes of salt X₀, the key plus X₁ ‖ X₂ ‖ … bit by bit, where Xᵢ = SHA-1(password ‖ Xᵢ₋₁), and
//!   SHA-1(password ‖ key), by which a wrong password is noticed;
//! - `PBEWithMD5AndTripleDES`, in JCEKS: triple DES in CBC mode, with key and initial vector from the two halves of the
//!   salt: MD5(half ‖ password), then MD5(the hash before ‖ password) for as many rounds as the file says. (If the
//!   halves are equal, the first one is turned around. Older versions of Java made `d a b d` of `a b c d` there, by a
//!   slip; that isn't followed.)
//!
//! The first is one hash for each guess at a password, and the password's own hash is in the file as well: so nothing is
//! read unless old ways are allowed, and nothing is written like that. Since Java 9, `keytool` writes PKCS#12, also in
//! files whose names end in `.jks`. Stores with secret keys aren't read: where a serialized object ends is known only to
//! whoever understands it.
//!
//! **What leaks**: lengths, names, certificates, the length of the password, how many bytes each of its characters takes
//! in UTF-8 and UTF-16, and whether all of it is ASCII; triple DES looks things up in tables
//! ([`legacy`](crate::key::legacy)). What's decrypted is wiped.
//!
//! **Hostile files.** A file is at most 4 MiB long and has at most 10,000 entries and certificates, and what key
//! derivation costs is bounded as it is for PKCS#12.
//!
//! Sources: Java's own code (`OpenJDK`), `sun.security.provider.{JavaKeyStore, KeyProtector}`, and `com.sun.crypto.provider.{JceKeyStore,
//! KeyProtector, PBES1Core}`, whose formats are described in their comments and nowhere else.

use alloc::string::String;
use alloc::vec::Vec;

use digest::Digest;
use md5::Md5;
use sha1::Sha1;
use zeroize::{Zeroize, Zeroizing};

use super::certificate::Certificate;
use super::entries::{Attributes, CertificateEntry, Entries, KeyEntry, of_file};
use super::error::malformed;
use super::key_store::{KeyStore, StoreOptions};
use super::pkcs12::{MAX_ENTRIES, MAX_LEN, TOO_LONG, TOO_MANY};
use super::store::{TrustStore, java_format};
use super::{Error, Result};
use crate::key::der::{self, NULL, OBJECT_IDENTIFIER, Reader, is};
use crate::key::encrypted::{self, Effort, unpadded};
use crate::key::legacy::{self, Password, decrypt_triple_des, read_rounds, read_salt};

const FILE: &str = "Java key store";
const WORDS: &[u8] = b"Mighty Aphrodite";
/// The length of what names the format, in bytes.
const MAGIC: usize = 4;
/// The length of SHA-1, in bytes.
const HASH: usize = 20;

/// The contents of OBJECT IDENTIFIERs.
const SUNS_PROTECTOR: &[u8] = &[0x2b, 6, 1, 4, 1, 0x2a, 2, 0x11, 1, 1];
const MD5_AND_TRIPLE_DES: &[u8] = &[0x2b, 6, 1, 4, 1, 0x2a, 2, 0x13, 1];
const CIPHER: &str = "cipher's parameters";

/// What's in a file of Java's older formats, JKS or JCEKS, opened.
///
/// [`KeyStore::from_jks_with`] and [`TrustStore::from_jks_with`] read what's wanted of a file; this lists all of it. A key
/// and its certificate have one [`local_key_id`](KeyEntry::local_key_id), the number of their entry.
///
/// ```no_run
/// use oneway::trust::{Jks, StoreOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let old = StoreOptions::new().allow_legacy();
/// let file = Jks::open_with(std::fs::read("cacerts.jks")?, "changeit", &old)?;
/// for entry in file.certificates() {
///     println!("{:?}: {}", entry.name(), entry.certificate()?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Jks(Entries);

impl Jks {
    /// Refuses a file, as it's protected in an old way: [`open_with`](Self::open_with) opens it.
    ///
    /// # Errors
    /// - [`Error::Legacy`] for whatever is JKS or JCEKS;
    /// - [`Error::Malformed`] for what isn't.
    pub fn open(bytes: impl AsRef<[u8]>, password: impl AsRef<str>) -> Result<Self> {
        Self::open_with(bytes, password, &StoreOptions::new())
    }

    /// Opens a file, with options: only with [`StoreOptions::allow_legacy`].
    ///
    /// # Errors
    /// - [`Error::Password`] if the password is wrong, or the file was changed;
    /// - [`Error::Malformed`] if it isn't JKS or JCEKS, or damaged;
    /// - [`Error::Legacy`] unless old ways are allowed;
    /// - [`Error::Key`] with [`KdfLimit`](crate::Error::KdfLimit) if it asks for too much work, before that's done; with
    ///   [`Unsupported`](crate::Error::Unsupported) if there's a secret key in it.
    pub fn open_with(
        bytes: impl AsRef<[u8]>,
        password: impl AsRef<str>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        let bytes = bytes.as_ref();
        if bytes.len() > MAX_LEN {
            return Err(malformed(FILE, TOO_LONG));
        }
        let algorithm = match java_format(bytes) {
            Some("JKS") => "Java's own JKS",
            Some(_) => "Java's own JCEKS",
            _ if bytes.first() == Some(&der::SEQUENCE) => {
                return Err(malformed(FILE, "it's not JKS, but may be PKCS#12 (`from_pkcs12` reads it)"));
            }
            _ => return Err(malformed(FILE, "neither JKS nor JCEKS")),
        };
        if !options.legacy {
            return Err(Error::Legacy { algorithm });
        }
        let password = Password::new(password.as_ref().as_bytes());
        let utf16 = password.utf16()?;
        let mut opening = Opening {
            rest: authenticated(bytes, without_end(&utf16), options)?,
            password,
            utf16: without_end(&utf16),
            effort: Effort::new(options.max_rounds),
            is_version_1: false,
            entries: 0,
            found: Entries::default(),
        };
        opening.file()?;
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

    /// The key of the options' name, or the only one, with its chain. (Java makes names lower-case.)
    ///
    /// # Errors
    /// As for [`Pkcs12::key_store`](super::Pkcs12::key_store).
    pub fn key_store(&self, options: &StoreOptions<'_>) -> Result<KeyStore> {
        self.0.key_store(options)
    }

    /// The trusted certificates.
    ///
    /// # Errors
    /// As for [`Pkcs12::trust_store`](super::Pkcs12::trust_store).
    pub fn trust_store(&self) -> Result<TrustStore> {
        self.0.trust_store()
    }
}

/// What a file is, if it's one of Java's.
pub(super) fn what_it_is(bytes: &[u8]) -> Option<&'static str> {
    match java_format(bytes) {
        Some("JKS") => Some("it's a Java key store of the old format JKS (`from_jks_with` reads it)"),
        Some(_) => Some("it's a Java key store of the old format JCEKS (`from_jks_with` reads it)"),
        // Version 1 or 2, and 20 bytes of salt.
        _ if matches!(bytes, [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..]) => Some(
            "it seems to be a Java key store of Bouncy Castle's format BKS \
             (`keytool -importkeystore -deststoretype PKCS12` converts it)",
        ),
        _ => None,
    }
}

/// A password in UTF-16 without the zero bytes that PKCS#12 ends it with.
fn without_end(utf16: &[u8]) -> &[u8] {
    &utf16[..utf16.len() - 2]
}

/// SHA-1 of several parts.
fn sha1_of(parts: &[&[u8]]) -> Zeroizing<[u8; HASH]> {
    let mut hash = parts.iter().fold(Sha1::new(), Digest::chain_update).finalize();
    let copy = Zeroizing::new(hash.into());
    hash.as_mut_slice().zeroize();
    copy
}

/// What's between the magic and the hash, if the hash is right.
fn authenticated<'a>(bytes: &'a [u8], password: &[u8], options: &StoreOptions<'_>) -> Result<Bytes<'a>> {
    let (body, hash) = bytes.split_last_chunk::<HASH>().ok_or_else(ends_early)?;
    // That the password was wrong is what the caller is told.
    if !options.unauthenticated && !is(&*sha1_of(&[password, WORDS, body]), hash) {
        return Err(Error::Password);
    }
    body.get(MAGIC..).map(Bytes).ok_or_else(ends_early)
}

fn ends_early() -> Error {
    malformed(FILE, "ends early")
}

/// Reads one thing after another.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let taken;
        (taken, self.0) = self.0.split_at_checked(len).ok_or_else(ends_early)?;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken;
        (taken, self.0) = self.0.split_first_chunk().ok_or_else(ends_early)?;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Bytes after their number.
    fn counted(&mut self) -> Result<&'a [u8]> {
        let len = self.number()?;
        self.take(usize::try_from(len).map_err(|_| ends_early())?)
    }

    /// Java's text: UTF-16, of which each unit is written as UTF-8 would write it, and zero in two bytes. What's neither is
    /// replaced, as in a name that people read.
    fn text(&mut self) -> Result<String> {
        let len = u16::from_be_bytes(self.array()?);
        let mut bytes = self.take(len.into())?;
        let mut units = Vec::with_capacity(bytes.len());
        let low = |byte: u8| u16::from(byte & 0x3f);
        while let Some((&first, mut rest)) = bytes.split_first() {
            let first = u16::from(first);
            units.push(match (first, rest) {
                (0..0x80, _) => first,
                (0xc0..0xe0, [a @ 0x80..0xc0, after @ ..]) => {
                    rest = after;
                    (first & 0x1f) << 6 | low(*a)
                }
                (0xe0..0xf0, [a @ 0x80..0xc0, b @ 0x80..0xc0, after @ ..]) => {
                    rest = after;
                    (first & 0xf) << 12 | low(*a) << 6 | low(*b)
                }
                _ => 0xfffd,
            });
            bytes = rest;
        }
        Ok(String::from_utf16_lossy(&units))
    }
}

/// A file that's being opened.
struct Opening<'a> {
    rest: Bytes<'a>,
    password: Password<'a>,
    /// The password in UTF-16.
    utf16: &'a [u8],
    effort: Effort,
    is_version_1: bool,
    /// How many entries and certificates were met.
    entries: usize,
    found: Entries,
}

impl Opening<'_> {
    fn file(&mut self) -> Result<()> {
        self.is_version_1 = match self.rest.number()? {
            1 => true,
            2 => false,
            _ => return Err(malformed(FILE, "its version isn't 1 or 2")),
        };
        for number in 0..self.rest.number()? {
            self.entry(number)?;
        }
        if self.rest.0.is_empty() { Ok(()) } else { Err(malformed(FILE, "trailing bytes")) }
    }

    fn entry(&mut self, number: u32) -> Result<()> {
        self.count()?;
        let kind = self.rest.number()?;
        let name = Some(self.rest.text()?);
        // When it was made.
        self.rest.array::<8>()?;
        match kind {
            1 => {
                let id = number.to_be_bytes().to_vec();
                let info = self.rest.counted()?;
                let info = match self.decrypted(info) {
                    // It's about the whole file; the rest is about a key that may not be wanted.
                    Err(error @ Error::Key(crate::Error::KdfLimit { .. })) => return Err(error),
                    info => info,
                };
                let attributes =
                    |name| Attributes { name, local_key_id: Some(id.clone()), is_trusted: false };
                self.found.keys.push(KeyEntry { attributes: attributes(name.clone()), info });
                for i in 0..self.rest.number()? {
                    let attributes = if i == 0 { attributes(name.clone()) } else { Attributes::default() };
                    self.certificate(attributes)?;
                }
                Ok(())
            }
            2 => self.certificate(Attributes { name, local_key_id: None, is_trusted: true }),
            3 => Err(Error::Key(crate::Error::Unsupported(
                "Java key stores with secret keys, which are serialized objects \
                 (`keytool -importkeystore -deststoretype PKCS12` converts them),",
            ))),
            _ => Err(malformed(FILE, "an entry of an unknown kind")),
        }
    }

    /// Bounds the work, and the memory.
    fn count(&mut self) -> Result<()> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES { Err(malformed(FILE, TOO_MANY)) } else { Ok(()) }
    }

    /// Reads a certificate; of other kinds than X.509, none.
    fn certificate(&mut self, attributes: Attributes) -> Result<()> {
        self.count()?;
        let is_x509 = self.is_version_1 || ["X.509", "X509"].contains(&self.rest.text()?.as_str());
        let der = self.rest.counted()?;
        if is_x509 {
            let certificate = Certificate::from_der(der);
            self.found.certificates.push(CertificateEntry { attributes, certificate });
        }
        Ok(())
    }

    /// The PKCS#8 of an `EncryptedPrivateKeyInfo`.
    fn decrypted(&mut self, der: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (mut algorithm, data) = encrypted::parts(der).map_err(of_file)?;
        let oid = algorithm.element(OBJECT_IDENTIFIER, CIPHER).map_err(of_file)?;
        if is(oid, SUNS_PROTECTOR) {
            // Java writes NULL; it says nothing.
            if !algorithm.is_empty() {
                algorithm.element(NULL, CIPHER).map_err(of_file)?;
            }
            return unprotected(data, self.utf16);
        }
        if is(oid, MD5_AND_TRIPLE_DES) {
            return by_md5_and_triple_des(algorithm, data, self.password, &mut self.effort).map_err(of_file);
        }
        Err(Error::Key(crate::Error::Unsupported("keys in Java key stores in an unknown encryption")))
    }
}

/// Takes Sun's protection off a key.
fn unprotected(data: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let parts = || {
        let (salt, rest) = data.split_first_chunk::<HASH>()?;
        let (key, check) = rest.split_last_chunk::<HASH>()?;
        Some((salt, key, check))
    };
    let (salt, key, check) = parts().ok_or_else(|| malformed("encrypted data", "it's too short"))?;
    let mut key = Zeroizing::new(key.to_vec());
    let mut stream = Zeroizing::new(*salt);
    for part in key.chunks_mut(HASH) {
        stream = sha1_of(&[password, &*stream]);
        part.iter_mut().zip(&*stream).for_each(|(byte, stream)| *byte ^= stream);
    }
    // That the password was wrong is what the caller is told.
    if is(&*sha1_of(&[password, &key]), check) { Ok(key) } else { Err(Error::Password) }
}

/// Decrypts by `PBEWithMD5AndTripleDES`, of which the parameters are given.
fn by_md5_and_triple_des(
    mut algorithm: Reader<'_>,
    data: &[u8],
    password: Password<'_>,
    effort: &mut Effort,
) -> crate::Result<Zeroizing<Vec<u8>>> {
    let mut parameters = algorithm.sequence(CIPHER)?;
    algorithm.finish(CIPHER)?;
    let salt: [u8; 8] = read_salt(&mut parameters, CIPHER)?
        .try_into()
        .map_err(|_| der::malformed(CIPHER, "the salt doesn't have 8 bytes"))?;
    let rounds = read_rounds(&mut parameters, CIPHER)?;
    parameters.finish(CIPHER)?;
    if data.is_empty() || !data.len().is_multiple_of(legacy::BLOCK) {
        return Err(der::malformed("encrypted data", "its length isn't a multiple of 8"));
    }
    // Java takes no other password for this.
    if !password.bytes().is_ascii() {
        return Err(crate::Error::Password);
    }
    effort.spend(rounds.saturating_mul(2))?;
    let derived = md5_twice(password.bytes(), salt, rounds);
    let (key, iv) = derived.split_at(24);
    let mut data = Zeroizing::new(data.to_vec());
    decrypt_triple_des(key, iv, &mut data);
    unpadded(data, legacy::BLOCK)
}

/// Key and initial vector, from the halves of a salt.
fn md5_twice(password: &[u8], salt: [u8; 8], rounds: u64) -> Zeroizing<[u8; 32]> {
    let [a, b, c, d, rest @ ..] = salt;
    let first = if [a, b, c, d] == rest { [d, c, b, a] } else { [a, b, c, d] };
    let mut derived = Zeroizing::new([0; 32]);
    for (half, out) in [first, rest].iter().zip(derived.chunks_mut(16)) {
        let mut hash = Md5::new().chain_update(half).chain_update(password).finalize();
        for _ in 1..rounds {
            hash = Md5::new().chain_update(hash).chain_update(password).finalize();
        }
        out.copy_from_slice(&hash);
        hash.as_mut_slice().zeroize();
    }
    derived
}

impl KeyStore {
    /// Refuses a file of Java's older formats, JKS and JCEKS, as it's protected in an old way:
    /// [`from_jks_with`](Self::from_jks_with) reads it. (A newer file of Java's is PKCS#12, whatever its name ends in.)
    ///
    /// # Errors
    /// As for [`Jks::open`].
    pub fn from_jks(bytes: impl AsRef<[u8]>, password: impl AsRef<str>) -> Result<Self> {
        Self::from_jks_with(bytes, password, &StoreOptions::new())
    }

    /// Reads a file of Java's older formats, JKS and JCEKS, with one private key and its chain: only with
    /// [`StoreOptions::allow_legacy`]. The key has the password of the file.
    ///
    /// # Errors
    /// As for [`Jks::open_with`] and [`Jks::key_store`].
    pub fn from_jks_with(
        bytes: impl AsRef<[u8]>,
        password: impl AsRef<str>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        Jks::open_with(bytes, password, options)?.key_store(options)
    }
}

impl TrustStore {
    /// Refuses a file of Java's older formats, JKS and JCEKS, as it's protected in an old way:
    /// [`from_jks_with`](Self::from_jks_with) reads it. (A newer file of Java's is PKCS#12, whatever its name ends in.)
    ///
    /// # Errors
    /// As for [`Jks::open`].
    pub fn from_jks(bytes: impl AsRef<[u8]>, password: impl AsRef<str>) -> Result<Self> {
        Self::from_jks_with(bytes, password, &StoreOptions::new())
    }

    /// Reads the trusted certificates of a file of Java's older formats, JKS and JCEKS: only with
    /// [`StoreOptions::allow_legacy`].
    ///
    /// # Errors
    /// As for [`Jks::open_with`] and [`Jks::trust_store`].
    pub fn from_jks_with(
        bytes: impl AsRef<[u8]>,
        password: impl AsRef<str>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        Jks::open_with(bytes, password, options)?.trust_store()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_javas() {
        let text = |bytes: &[u8]| {
            let len = (bytes.len() as u16).to_be_bytes();
            Bytes(&[&len, bytes].concat()).text()
        };
        assert_eq!(text(b"server"), Ok("server".into()));
        assert_eq!(text(b"\xc0\x80"), Ok("\0".into()));
        assert_eq!(text("grüße, €".as_bytes()), Ok("grüße, €".into()));
        // U+1F511 as two surrogates, three bytes for each; and one of them alone.
        assert_eq!(text(b"\xed\xa0\xbd\xed\xb4\x91"), Ok("🔑".into()));
        assert_eq!(text(b"\xed\xa0\xbd!"), Ok("\u{fffd}!".into()));
        assert_eq!(text(b"\xf0a\xc3"), Ok("\u{fffd}a\u{fffd}".into()));
        assert_eq!(Bytes(&[0, 3, b'a', b'b']).text(), Err(ends_early()));
    }

    /// What Java 17 encrypted by this cipher, with 3 rounds and the password `secret`: no file has such a salt but by
    /// chance.
    #[test]
    fn keys_from_equal_halves_of_a_salt() {
        let parameters = [
            der::element(der::OCTET_STRING, &[&[1, 2, 3, 4, 1, 2, 3, 4]]).to_vec(),
            der::integer(&[3]).to_vec(),
        ];
        let parameters = der::element(der::SEQUENCE, &[&parameters.concat()]);
        let data = 0xca7d_76cc_7aeb_3895u64.to_be_bytes();
        let mut effort = Effort::new(6);
        let open = |password: &'static [u8], effort: &mut Effort| {
            by_md5_and_triple_des(Reader::new(&parameters), &data, Password::new(password), effort)
        };
        assert_eq!(open(b"secret", &mut effort).unwrap().as_slice(), [0x30, 3, 1, 2, 3]);
        let limit = crate::Error::KdfLimit { cost: "rounds of key derivation", value: 12, max: 6 };
        assert_eq!(open(b"secret", &mut effort), Err(limit));
        assert_eq!(open("größe".as_bytes(), &mut Effort::new(6)), Err(crate::Error::Password));
    }
}
