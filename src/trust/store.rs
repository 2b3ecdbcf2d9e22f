//! The certificates that are trusted without a reason: the roots.

use alloc::vec::Vec;

use super::certificate::Certificate;
#[cfg(feature = "std")]
use super::error::Error;
use super::{Result, distinguished::DistinguishedName};

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

    /// What the operating system trusts: the file that the variable `SSL_CERT_FILE` names, or the first of the usual
    /// places that's there (on Unix; Windows keeps its roots elsewhere).
    ///
    /// # Errors
    /// [`Error::File`] if there's none, or it can't be read; [`Error::Malformed`] if it isn't what it should be.
    #[cfg(feature = "std")]
    pub fn native() -> Result<Self> {
        let file = |path: &str, problem: &dyn core::fmt::Display| Error::File {
            path: path.into(),
            problem: alloc::format!("{problem}"),
        };
        let named = std::env::var("SSL_CERT_FILE").ok();
        let path = match &named {
            Some(path) => path.as_str(),
            None => NATIVE
                .into_iter()
                .find(|path| std::path::Path::new(path).exists())
                .ok_or_else(|| file(NATIVE[0], &"there are no trusted certificates in the usual places"))?,
        };
        let text = std::fs::read(path).map_err(|error| file(path, &error))?;
        Self::from_pem(text)
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
