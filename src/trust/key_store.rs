//! A key store: a private key, and the certificates that say whose it is.
//!
//! Who proves an identity needs both: the key signs, and the chain of certificates leads from the key's to a root that
//! others trust. What's missing or doesn't fit is better found when the store is loaded than when a stranger
//! complains: that the key is another than the certificate's, or that an intermediate certificate was forgotten.
//!
//! **The chain** is put in order from whatever certificates are given, in any order: first the one whose public key is
//! the private key's, then its issuer, and so on. An issuer is known by its name, and by its key, which made the
//! signature; where a signature can't be checked here (an old algorithm, another kind of key) the name has to do. The
//! chain ends at a root, which is a certificate that its own key signed, or before it, at an authority's certificate:
//! that's how servers keep and send it (certbot's `fullchain.pem`), as who trusts the root has it. A certificate of the
//! key alone, without its issuer's, isn't a chain that anybody could follow. Certificates that aren't part of it are left out.
//!
//! Of several certificates for the key (a renewed one is often put beside the one before) it's the one that runs longest,
//! unless the store itself says which one is the key's. And if the key is an authority's, and what it issued is given as
//! well, then it's the wrong key, or the wrong file, and an error: nobody wants to serve the authority's certificate.
//!
//! Whether it convinces anybody is for a [`Verifier`](super::Verifier) to say: dates, purposes and constraints aren't
//! looked at here.
//!
//! What's secret is the key, which is in a type of its own; certificates are public.
//!
//! **Hostile input.** Thousands of certificates may have one name. A chain is at most 64 certificates long, and at most
//! 100 signatures are checked for it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use digest::Digest;
use zeroize::Zeroizing;

use super::certificate::{Certificate, refused};
use super::distinguished::shortened;
use super::store::TrustStore;
use super::{Error, Reason, Result};
use crate::hash::Sha256;
use crate::key;

/// The longest chain.
const MAX_CHAIN: usize = 64;
/// How many signatures are checked for a chain.
const MAX_SIGNATURES: usize = 100;

/// A private key with the chain of its certificates.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::ecdsa::{P256, SigningKey};
/// use oneway::key::PrivateKey;
/// use oneway::trust::{Error, KeyStore};
///
/// let key = PrivateKey::from(SigningKey::<P256>::generate()?);
/// let error = KeyStore::from_pem(key.to_pem().as_bytes()).unwrap_err();
/// assert_eq!(error, Error::NoCertificate);
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
///
/// `Debug` shows whose it is, and nothing of the key.
#[derive(Clone)]
pub struct KeyStore {
    key: key::PrivateKey,
    chain: Vec<Certificate>,
    name: Option<String>,
}

/// How key stores and trust stores are read. The default refuses whatever may be a mistake, or an attack.
///
/// ```
/// use oneway::trust::StoreOptions;
///
/// let options = StoreOptions::new().key_named("server").max_rounds(1_000_000);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions<'a> {
    trusted: Option<&'a TrustStore>,
    incomplete: bool,
    #[cfg_attr(not(feature = "encryption"), expect(dead_code, reason = "for what's under a password"))]
    pub(super) max_rounds: u64,
    #[cfg_attr(not(feature = "encryption"), expect(dead_code, reason = "for what's under a password"))]
    pub(super) legacy: bool,
    #[cfg_attr(not(feature = "pkcs12"), expect(dead_code, reason = "for PKCS#12"))]
    pub(super) unauthenticated: bool,
    #[cfg_attr(not(feature = "pkcs12"), expect(dead_code, reason = "for PKCS#12"))]
    pub(super) key_name: Option<&'a str>,
}

impl Default for StoreOptions<'_> {
    fn default() -> Self {
        Self {
            trusted: None,
            incomplete: false,
            max_rounds: 10_000_000,
            legacy: false,
            unauthenticated: false,
            key_name: None,
        }
    }
}

impl<'a> StoreOptions<'a> {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a chain as complete that ends at a root, at a certificate of this store, or at one that was issued by one of
    /// it, and no other: without this, one that ends at any authority's certificate is complete.
    pub fn trusting(self, store: &'a TrustStore) -> Self {
        Self { trusted: Some(store), ..self }
    }

    /// Takes a chain as far as it goes.
    pub fn allow_incomplete(self) -> Self {
        Self { incomplete: true, ..self }
    }

    /// Reads what's protected in old ways, as programs wrote it until about 2020: by triple DES or RC2, and Java's own formats
    /// JKS and JCEKS. 40-bit RC2 keeps nothing secret; for most of the others a guess at the password costs next to
    /// nothing. These ciphers look things up in tables, so they don't take constant time.
    pub fn allow_legacy(self) -> Self {
        Self { legacy: true, ..self }
    }

    /// Reads a PKCS#12 file without a message authentication code, and one of Java's formats without looking at the hash
    /// over it, so that certificates in it need no password: whoever could write to it may have changed it.
    pub fn allow_unauthenticated(self) -> Self {
        Self { unauthenticated: true, ..self }
    }

    /// Takes the private key of this name, of a PKCS#12 file, or of one of Java's, with several.
    pub fn key_named(self, name: &'a str) -> Self {
        Self { key_name: Some(name), ..self }
    }

    /// The same, for what's encrypted.
    #[cfg(feature = "encryption")]
    pub(super) fn decryption(&self) -> key::Decryption {
        let decryption = key::Decryption::new();
        if self.legacy { decryption.allow_legacy() } else { decryption }
    }

    /// How many rounds of key derivation a file may ask for, over all its parts: 10,000,000 unless told, which take a
    /// few seconds. scrypt counts with N · r · p. (A single part gets no more than that in any case.)
    pub fn max_rounds(self, rounds: u64) -> Self {
        Self { max_rounds: rounds, ..self }
    }
}

impl KeyStore {
    /// A key store of a private key and certificates, in any order.
    ///
    /// # Errors
    /// - [`Error::NoCertificate`] if there's none;
    /// - [`Error::KeyMismatch`] if none is for this key, or if the key is an authority's that issued another one of them,
    ///   which is named then;
    /// - [`Error::IncompleteChain`] if the issuer's certificate is missing, above that of the key;
    /// - [`Error::Refused`] if there are so many certificates of one name that it would take too long to find the right
    ///   one.
    pub fn new(
        key: impl Into<key::PrivateKey>,
        certificates: impl IntoIterator<Item = Certificate>,
    ) -> Result<Self> {
        Self::new_with(key, certificates, &StoreOptions::new())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn new_with(
        key: impl Into<key::PrivateKey>,
        certificates: impl IntoIterator<Item = Certificate>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        let certificates: Vec<_> = certificates.into_iter().collect();
        Self::arranged(key.into(), &Given::for_one_key(&certificates), options)
    }

    /// Reads PEM text with one private key and its certificates, in any order: `BEGIN PRIVATE KEY`, and what else
    /// [`key::PrivateKey::from_pem`] reads; `BEGIN CERTIFICATE`.
    ///
    /// # Errors
    /// - As for [`new`](Self::new);
    /// - [`Error::NoKey`] if there's no private key among the certificates;
    /// - [`Error::Key`] if it can't be read, as for [`key::PrivateKey::from_pem`], or if there are several: with
    ///   [`PasswordNeeded`](crate::Error::PasswordNeeded) for one under a password;
    /// - [`Error::Malformed`] for a certificate that can't be read.
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self> {
        Self::from_pem_with(text, &StoreOptions::new())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As for [`from_pem`](Self::from_pem).
    pub fn from_pem_with(text: impl AsRef<[u8]>, options: &StoreOptions<'_>) -> Result<Self> {
        let text = text.as_ref();
        Self::from_pem_and_key(text, key::private_among_pem(text)?, options)
    }

    /// Reads PEM text with one private key under a password, `BEGIN ENCRYPTED PRIVATE KEY`, and its certificates, in
    /// any order.
    ///
    /// # Errors
    /// As for [`from_pem`](Self::from_pem); [`Error::Password`] if the password is wrong or the key is damaged,
    /// [`Error::Key`] with [`KdfLimit`](crate::Error::KdfLimit) if the file asks for too much work, and with
    /// [`Found`](crate::Error::Found) for a key without a password.
    #[cfg(feature = "encryption")]
    pub fn from_encrypted_pem(text: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Result<Self> {
        Self::from_encrypted_pem_with(text, password, &StoreOptions::new())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As for [`from_encrypted_pem`](Self::from_encrypted_pem).
    #[cfg(feature = "encryption")]
    pub fn from_encrypted_pem_with(
        text: impl AsRef<[u8]>,
        password: impl AsRef<[u8]>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        let text = text.as_ref();
        let mut effort = key::encrypted::Effort::new(options.max_rounds);
        let key = key::encrypted_among_pem(text, password.as_ref(), options.decryption(), &mut effort)?;
        Self::from_pem_and_key(text, key, options)
    }

    fn from_pem_and_key(
        text: &[u8],
        key: Option<key::PrivateKey>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        let certificates: Vec<_> = Certificate::each_of_pem(text).collect::<Result<_>>()?;
        match key {
            Some(key) => Self::arranged(key, &Given::for_one_key(&certificates), options),
            None if certificates.is_empty() => {
                // It's something else, and who reads keys says what.
                Err(key::PrivateKey::from_pem(text).err().map_or(Error::NoKey, Error::from))
            }
            None => Err(Error::NoKey),
        }
    }

    /// Puts the chain in order.
    pub(super) fn arranged(
        key: key::PrivateKey,
        given: &Given<'_>,
        options: &StoreOptions<'_>,
    ) -> Result<Self> {
        let Given { certificates, tied, .. } = given;
        let Some(first) = certificates.get(tied.first().copied().unwrap_or(0)) else {
            return Err(Error::NoCertificate);
        };
        let of_key = given.of_key(&key.public_key());
        let Some(leaf) = given.longest_running(&of_key) else {
            return Err(Error::KeyMismatch { subject: first.who() });
        };
        let ids =
            certificates.iter().map(|certificate| Sha256::digest(certificate.to_der()).into()).collect();
        let mut search = Search { given: certificates, ids, options, signatures: 0, longest: Vec::new() };
        if given.is_for_one_key
            && !tied.contains(&leaf)
            && let Some(issued) = search.issued_by(leaf, &of_key)?
        {
            return Err(Error::KeyMismatch { subject: issued.who() });
        }
        let mut path = alloc::vec![leaf];
        if !search.complete(&mut path)? {
            path = search.longest;
            let may_end = |last: &Certificate| match path.len() {
                // Programs write stores with the certificate alone; the store says that it's the key's.
                1 => tied.contains(&leaf) && !last.is_authority(),
                len => len < MAX_CHAIN && last.is_authority(),
            };
            if let Some(last) = path.last().map(|i| certificates[*i])
                && !options.incomplete
                && !(options.trusted.is_none() && may_end(last))
            {
                return Err(Error::IncompleteChain { subject: last.who(), issuer: shortened(last.issuer()) });
            }
        }
        Ok(Self { key, chain: path.into_iter().map(|i| certificates[i].clone()).collect(), name: None })
    }

    /// The private key.
    pub fn key(&self) -> &key::PrivateKey {
        &self.key
    }

    /// The certificate of the key.
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The certificates: that of the key, that of its issuer, and so on.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// What the key is called in its store: the friendly name, or alias.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Calls it so, for the stores that are written.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The key, without a password, and the chain as PEM text.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let (key, chain) = (self.key.to_pem(), self.chain_to_pem());
        // Room for both, so that no copy stays behind.
        let mut text = Zeroizing::new(String::with_capacity(key.len() + chain.len()));
        text.push_str(&key);
        text.push_str(&chain);
        text
    }

    /// The key under a password, by the default [`Encryption`](key::Encryption), and the chain as PEM text.
    ///
    /// # Errors
    /// As for [`key::PrivateKey::to_encrypted_pem`].
    #[cfg(all(feature = "encryption", feature = "getrandom"))]
    pub fn to_encrypted_pem(&self, password: impl AsRef<[u8]>) -> Result<String> {
        self.to_encrypted_pem_with(&mut getrandom::SysRng, &key::Encryption::default(), password)
    }

    /// The same, with a generator and an encryption of the caller's.
    ///
    /// # Errors
    /// As for [`key::PrivateKey::to_encrypted_pem_with`].
    #[cfg(feature = "encryption")]
    pub fn to_encrypted_pem_with<R: rand_core::TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        encryption: &key::Encryption,
        password: impl AsRef<[u8]>,
    ) -> Result<String> {
        Ok(self.key.to_encrypted_pem_with(rng, encryption, password)? + &self.chain_to_pem())
    }

    fn chain_to_pem(&self) -> String {
        self.chain.iter().map(Certificate::to_pem).collect()
    }
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = self.certificate();
        write!(f, "KeyStore({}, {})", certificate.who(), certificate.fingerprint())
    }
}

/// What a chain is made of.
pub(super) struct Given<'a> {
    pub(super) certificates: Vec<&'a Certificate>,
    /// The places of those that the store itself ties to the key.
    pub(super) tied: Vec<usize>,
    /// Whether there are no other keys in the store, of which some of the certificates may be.
    pub(super) is_for_one_key: bool,
}

impl<'a> Given<'a> {
    fn for_one_key(certificates: &'a [Certificate]) -> Self {
        Self { certificates: certificates.iter().collect(), tied: Vec::new(), is_for_one_key: true }
    }

    /// The places of the certificates with this key; of those that are tied to it, if it's in one.
    fn of_key(&self, key: &key::PublicKey) -> Vec<usize> {
        let spki = key.to_der();
        let is_of_key = |i: &usize| {
            let certificate = self.certificates[*i];
            // Keys can be written in several ways: points compressed, algorithms with parameters and without.
            certificate.public_key_der() == spki || certificate.public_key().is_ok_and(|other| other == *key)
        };
        let tied: Vec<_> = self.tied.iter().copied().filter(is_of_key).collect();
        if tied.is_empty() { (0..self.certificates.len()).filter(is_of_key).collect() } else { tied }
    }

    /// Of some certificates the one whose time ends last, of those that aren't authorities' if there are any; of several,
    /// the one whose time begins last, which is the one that was issued last; of several, the first.
    fn longest_running(&self, places: &[usize]) -> Option<usize> {
        let time = |i: usize| {
            let certificate = self.certificates[i];
            (!certificate.is_authority(), certificate.not_after(), certificate.not_before())
        };
        places.iter().copied().reduce(|best, i| if time(i) > time(best) { i } else { best })
    }
}

/// The search for the way from a certificate to a root.
struct Search<'a> {
    given: &'a [&'a Certificate],
    /// Their hashes, by which they're compared.
    ids: Vec<[u8; 32]>,
    options: &'a StoreOptions<'a>,
    /// How many have been checked.
    signatures: usize,
    /// The longest way that ended before a root; the first of these.
    longest: Vec<usize>,
}

impl Search<'_> {
    /// The first of the others that was issued by an authority of this certificate. Those with the same key don't count: an
    /// authority issues new certificates for its own key.
    fn issued_by(&mut self, place: usize, of_key: &[usize]) -> Result<Option<&Certificate>> {
        let issuer = self.given[place];
        if issuer.is_authority() {
            for (i, certificate) in self.given.iter().enumerate() {
                if certificate.issuer() == issuer.subject()
                    && !of_key.contains(&i)
                    && self.is_issuer(0, certificate, issuer)? == Some(true)
                {
                    return Ok(Some(certificate));
                }
            }
        }
        Ok(None)
    }

    /// Lengthens the way to a root; false if none is found. As deep as the way is long, which is bounded.
    fn complete(&mut self, path: &mut Vec<usize>) -> Result<bool> {
        let last = self.given[path[path.len() - 1]];
        // A name that's the issuer's isn't enough: a server may be called as its authority is.
        if last.is_self_issued() && self.is_issuer(path.len() - 1, last, last)? != Some(false) {
            return Ok(true);
        }
        if self.longest.len() < path.len() {
            self.longest.clone_from(path);
        }
        let mut unknown = Vec::new();
        if path.len() < MAX_CHAIN {
            for i in self.named_as_issuer(last, path) {
                match self.is_issuer(path.len() - 1, last, self.given[i])? {
                    Some(true) if self.continued(path, i)? => return Ok(true),
                    Some(_) => {}
                    None => unknown.push(i),
                }
            }
            for i in unknown {
                if self.continued(path, i)? {
                    return Ok(true);
                }
            }
        }
        self.is_anchored(path.len() - 1, last)
    }

    fn continued(&mut self, path: &mut Vec<usize>, next: usize) -> Result<bool> {
        path.push(next);
        let is_complete = self.complete(path)?;
        if !is_complete {
            path.pop();
        }
        Ok(is_complete)
    }

    /// The certificates that by their names may be the issuer's and aren't part of the way: those first whose key
    /// identifier is the one that's asked for, and roots before others.
    fn named_as_issuer(&self, certificate: &Certificate, path: &[usize]) -> Vec<usize> {
        let is_new = |i: &usize| !path.iter().any(|in_path| self.ids[*in_path] == self.ids[*i]);
        let is_named = |i: &usize| self.given[*i].subject() == certificate.issuer();
        let mut named: Vec<usize> = (0..self.given.len()).filter(is_named).filter(is_new).collect();
        let key_id = certificate.extensions.issuer_key_id();
        named.sort_by_cached_key(|i| {
            let candidate = self.given[*i];
            let has_key_id = key_id.is_some() && candidate.extensions.key_id() == key_id;
            (!has_key_id, !candidate.is_self_issued())
        });
        named
    }

    /// Whether a certificate's key made another's signature; None if that can't be checked here.
    fn is_issuer(
        &mut self,
        position: usize,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Option<bool>> {
        self.signatures += 1;
        if self.signatures > MAX_SIGNATURES {
            let reason = Reason::Budget { of: "signatures", limit: MAX_SIGNATURES };
            return Err(refused(position, certificate, reason));
        }
        Ok(match certificate.check_signed_by(issuer) {
            Ok(()) => Some(true),
            Err(Reason::SignatureAlgorithm { .. } | Reason::Key(_) | Reason::WeakKey { .. }) => None,
            Err(_) => Some(false),
        })
    }

    /// Whether the trust store has the certificate, or its issuer's.
    fn is_anchored(&mut self, position: usize, certificate: &Certificate) -> Result<bool> {
        let Some(trusted) = self.options.trusted else { return Ok(false) };
        if trusted.contains(certificate) {
            return Ok(true);
        }
        for issuer in trusted.named(certificate.issuer()) {
            if self.is_issuer(position, certificate, issuer)? != Some(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
