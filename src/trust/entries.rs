//! What's in a store's file: keys and certificates, with what's said about them.
//!
//! The formats differ, and what's wanted of them doesn't: one key with its chain, or the certificates that are trusted.
//! Whoever reads a format ([`pkcs12`](super::pkcs12), [`jks`](super::jks)) makes [`Entries`] of it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::distinguished::{Printable, shortened};
use super::error::malformed;
use super::key_store::{Given, KeyStore, StoreOptions};
use super::store::TrustStore;
use super::{Error, Result};
use crate::key::{self, PrivateKey};

/// How many names an error lists.
const MAX_NAMES: usize = 20;

/// All that's in a file.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) keys: Vec<KeyEntry>,
    pub(super) certificates: Vec<CertificateEntry>,
}

/// A private key in a store's file. `Debug` shows what it's called.
pub struct KeyEntry {
    pub(super) attributes: Attributes,
    /// PKCS#8, or why it couldn't be decrypted.
    pub(super) info: Result<Zeroizing<Vec<u8>>>,
}

/// A certificate in a store's file.
#[derive(Debug)]
pub struct CertificateEntry {
    pub(super) attributes: Attributes,
    pub(super) certificate: Result<Certificate>,
}

/// What's said about an entry.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) name: Option<String>,
    pub(super) local_key_id: Option<Vec<u8>>,
    pub(super) is_trusted: bool,
}

impl KeyEntry {
    /// What it's called: the friendly name, or alias.
    pub fn name(&self) -> Option<&str> {
        self.attributes.name.as_deref()
    }

    /// What ties it to its certificate.
    pub fn local_key_id(&self) -> Option<&[u8]> {
        self.attributes.local_key_id.as_deref()
    }

    /// The key. It's read, and its numbers are checked, each time: a file may have many that nobody wants.
    ///
    /// # Errors
    /// [`Error::Password`] if it has another password than the file; [`Error::Key`] as for
    /// [`PrivateKey::from_der`], with [`Unsupported`](crate::Error::Unsupported) for kinds of keys, or of encryption,
    /// that this crate doesn't have.
    pub fn key(&self) -> Result<PrivateKey> {
        key::private_from_pkcs8(self.info.as_ref().map_err(Clone::clone)?).map_err(of_file)
    }
}

impl fmt::Debug for KeyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEntry").field("attributes", &self.attributes).finish_non_exhaustive()
    }
}

impl CertificateEntry {
    /// What it's called: the friendly name, or alias.
    pub fn name(&self) -> Option<&str> {
        self.attributes.name.as_deref()
    }

    /// What ties it to its key.
    pub fn local_key_id(&self) -> Option<&[u8]> {
        self.attributes.local_key_id.as_deref()
    }

    /// Whether it's marked as trusted, as Java does.
    pub fn is_trusted(&self) -> bool {
        self.attributes.is_trusted
    }

    /// The certificate.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it can't be read.
    pub fn certificate(&self) -> Result<&Certificate> {
        self.certificate.as_ref().map_err(Clone::clone)
    }
}

impl Entries {
    /// The key of the options' name, or the only one, with its chain.
    pub(super) fn key_store(&self, options: &StoreOptions<'_>) -> Result<KeyStore> {
        let is_wanted = |entry: &&KeyEntry| options.key_name.is_none_or(|name| entry.name() == Some(name));
        let mut wanted = self.keys.iter().filter(is_wanted);
        let entry = match (wanted.next(), wanted.next()) {
            (Some(entry), None) => entry,
            _ if self.keys.is_empty() => return Err(Error::NoKey),
            _ => return Err(Error::WhichKey { names: self.key_names() }),
        };
        let key = entry.key()?;
        let readable: Vec<_> = self.certificates.iter().filter(|entry| entry.certificate.is_ok()).collect();
        let id = entry.local_key_id();
        let is_tied = |i: &usize| id.is_some() && readable[*i].local_key_id() == id;
        let given = Given {
            certificates: readable.iter().filter_map(|entry| entry.certificate.as_ref().ok()).collect(),
            tied: (0..readable.len()).filter(is_tied).collect(),
            is_for_one_key: self.keys.len() == 1,
        };
        let store = KeyStore::arranged(key, &given, options).map_err(|error| {
            self.certificates.iter().find_map(|entry| entry.certificate.clone().err()).unwrap_or(error)
        })?;
        Ok(match entry.name() {
            Some(name) => store.named(name),
            None => store,
        })
    }

    /// The certificates that are marked as trusted; all of them if none is marked, and there's no private key.
    pub(super) fn trust_store(&self) -> Result<TrustStore> {
        let problem = |problem: &str| Err(malformed("trust store", problem));
        let any_marked = self.certificates.iter().any(CertificateEntry::is_trusted);
        if !any_marked && !self.keys.is_empty() {
            return problem(
                "it's a key store: it has a private key, and no certificate that's marked as trusted",
            );
        }
        if self.certificates.is_empty() {
            return problem("there's no certificate in it");
        }
        let trusted = self.certificates.iter().filter(|entry| entry.is_trusted() || !any_marked);
        trusted.map(|entry| entry.certificate.clone()).collect()
    }

    fn key_names(&self) -> Vec<String> {
        let name = |entry: &KeyEntry| entry.name().map_or("(no name)".to_string(), shown);
        self.keys.iter().map(name).take(MAX_NAMES).collect()
    }
}

/// A name from a file, as errors show it.
fn shown(name: &str) -> String {
    shortened(&Printable(name))
}

/// An error of the reader's, which is about this file and not about a key.
pub(super) fn of_file(error: crate::Error) -> Error {
    match error {
        crate::Error::Malformed { part, problem } => malformed(part, problem),
        error => error.into(),
    }
}
