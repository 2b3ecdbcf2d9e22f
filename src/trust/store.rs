//! The certificates that are trusted without a reason: the roots.

use alloc::vec::Vec;

use super::certificate::Certificate;
use super::distinguished::DistinguishedName;
use super::{Error, Result};

/// A set of trusted certificates, where chains end.
///
/// Whoever is in it is believed in what they sign. Usually they're self-signed certificates of authorities, but any
/// certificate may be in it: an intermediate, or a single server's.
///
/// ```no_run
/// use oneway::trust::TrustStore;
///
/// let store = TrustStore::native()?; // what the operating system trusts
/// println!("{} roots", store.len());
/// # Ok::<(), oneway::trust::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    certificates: Vec<Certificate>,
}

/// Where systems keep their roots as one file of PEM: Debian and its kin, Fedora and its kin, Alpine, BSDs, macOS.
#[cfg(feature = "std")]
const NATIVE: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/usr/local/etc/openssl/cert.pem",
];

impl TrustStore {
    /// An empty one, which trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The certificates of PEM text, all of them.
    ///
    /// # Errors
    /// As for [`Certificate::bundle_from_pem`].
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self> {
        Certificate::bundle_from_pem(text).map(Self::from_iter)
    }

    /// The certificates of PEM text that can be read, and what's wrong with each of the others.
    ///
    /// One odd root shouldn't keep the others from being trusted: some bundles have certificates with what the
    /// crate `der` doesn't read (object identifiers with very large numbers, times before 1970).
    pub fn from_pem_lenient(text: impl AsRef<[u8]>) -> (Self, Vec<Error>) {
        let (mut store, mut errors) = (Self::new(), Vec::new());
        for certificate in Certificate::each_of_pem(text.as_ref()) {
            match certificate {
                Ok(certificate) => store.add(certificate),
                Err(error) => errors.push(error),
            }
        }
        (store, errors)
    }

    /// One certificate, in DER.
    ///
    /// # Errors
    /// As for [`Certificate::from_der`].
    pub fn from_der(bytes: &[u8]) -> Result<Self> {
        Ok(Self::from_iter([Certificate::from_der(bytes)?]))
    }

    /// The certificates of a file: PEM text with any number of them, or one in DER, told apart by how it begins.
    ///
    /// # Errors
    /// [`Error::File`] if it can't be read; as for [`from_pem`](Self::from_pem) and [`from_der`](Self::from_der).
    #[cfg(feature = "std")]
    pub fn from_file(path: impl AsRef<std::path::Path>) -> Result<Self> {
        let bytes = read(path.as_ref())?;
        // A SEQUENCE, which no text begins with: "0" may only stand before PEM's BEGIN line.
        if bytes.first() == Some(&0x30) && bytes.get(1).is_some_and(|length| *length >= 0x80) {
            Self::from_der(&bytes)
        } else {
            Self::from_pem(&bytes)
        }
    }

    /// What the operating system trusts: the file that the variable `SSL_CERT_FILE` names, or the first of the usual
    /// places that's there (on Unix; Windows keeps its roots elsewhere). Certificates in it that can't be read are
    /// passed over, as [`from_pem_lenient`](Self::from_pem_lenient) does.
    ///
    /// # Errors
    /// [`Error::File`] if there's none, or it can't be read; [`Error::Malformed`] if no certificate in it can be.
    #[cfg(feature = "std")]
    pub fn native() -> Result<Self> {
        use std::path::PathBuf;
        let mut places = NATIVE.into_iter().map(PathBuf::from);
        let none = || file(NATIVE[0].as_ref(), &"there are no trusted certificates in the usual places");
        let path = match std::env::var_os("SSL_CERT_FILE") {
            Some(path) => PathBuf::from(path),
            None => places.find(|path| path.exists()).ok_or_else(none)?,
        };
        let text = read(&path)?;
        match Self::from_pem_lenient(&text) {
            (store, _) if !store.is_empty() => Ok(store),
            (_, mut errors) => Err(errors.pop().unwrap_or_else(|| file(&path, &"no certificates are in it"))),
        }
    }

    /// Trusts one more certificate.
    pub fn add(&mut self, certificate: Certificate) {
        if !self.contains(&certificate) {
            self.certificates.push(certificate);
        }
    }

    /// The certificates, in the order in which they came.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether there's none.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Whether this very certificate is trusted.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.named(certificate.subject()).any(|trusted| trusted == certificate)
    }

    /// The trusted certificates of this subject.
    pub(super) fn named(&self, subject: &DistinguishedName) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().filter(move |trusted| trusted.subject() == subject)
    }
}

/// The error about a file.
#[cfg(feature = "std")]
fn file(path: &std::path::Path, problem: &dyn core::fmt::Display) -> Error {
    Error::File { path: alloc::format!("{}", path.display()), problem: alloc::format!("{problem}") }
}

#[cfg(feature = "std")]
fn read(path: &std::path::Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| file(path, &error))
}

impl FromIterator<Certificate> for TrustStore {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        let mut store = Self::new();
        certificates.into_iter().for_each(|certificate| store.add(certificate));
        store
    }
}

impl Extend<Certificate> for TrustStore {
    fn extend<I: IntoIterator<Item = Certificate>>(&mut self, certificates: I) {
        certificates.into_iter().for_each(|certificate| self.add(certificate));
    }
}
