//! The certificates that are trusted without a reason: the roots.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::certificate::Certificate;
use super::distinguished::DistinguishedName;
#[cfg(feature = "std")]
use super::error::malformed;
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
#[derive(Clone, Default)]
pub struct TrustStore {
    certificates: Vec<Certificate>,
    /// The places of those with a subject, by its digest.
    by_subject: BTreeMap<[u8; 32], Vec<usize>>,
}

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
    /// One odd root shouldn't keep the others from being trusted.
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
        if let Some(java) = java_format(&bytes) {
            let problem = alloc::format!(
                "it's a Java key store, {java} (`from_jks_with` reads it, with the feature `pkcs12`)"
            );
            return Err(malformed("trust store", problem));
        }
        // A SEQUENCE, which no text begins with: "0" may only stand before PEM's BEGIN line.
        let is_der = bytes.first() == Some(&0x30) && bytes.get(1).is_some_and(|length| *length >= 0x80);
        let store = if is_der { Self::from_der(&bytes)? } else { Self::from_pem(&bytes)? };
        Ok(if super::native::is_of_system(path.as_ref()) { store.of_system() } else { store })
    }

    /// The same, of those whom the system trusts.
    #[cfg(feature = "std")]
    fn of_system(mut self) -> Self {
        self.certificates.iter_mut().for_each(|root| root.is_of_system = true);
        self
    }

    /// What the operating system trusts: the file that the variable `SSL_CERT_FILE` names and those in the folders of
    /// `SSL_CERT_DIR`, or else, on Unix, the usual file and folders, and on Windows and macOS, with the feature
    /// `native-roots`, the system's own store. Certificates that can't be read are passed over, as
    /// [`from_pem_lenient`](Self::from_pem_lenient) does.
    ///
    /// # Errors
    /// If there's none at all: [`Error::File`], or [`Error::Malformed`] if no certificate could be read. Without the feature
    /// `native-roots` that's so on Windows and macOS, unless one of the variables is set.
    #[cfg(feature = "std")]
    pub fn native() -> Result<Self> {
        super::native::native().map(Self::of_system)
    }

    /// Trusts one more certificate. Of one that's in it already, whatever is said against it counts: what OpenSSL was told
    /// not to trust it for, and that it's one of the system's.
    pub fn add(&mut self, certificate: Certificate) {
        let places = self.by_subject.entry(*certificate.subject().digest()).or_default();
        if let Some(i) = places.iter().find(|i| self.certificates[**i] == certificate) {
            let known = &mut self.certificates[*i];
            known.is_of_system |= certificate.is_of_system;
            known.settings.restrict(certificate.settings);
        } else {
            places.push(self.certificates.len());
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

    /// Whether there are certificates in it that [`native`](Self::native) has found, or that [`from_file`](Self::from_file) has
    /// read from where this system keeps those whom it trusts: authorities of the Web, which are held to the Web's rules. Of
    /// certificates that came as bytes it isn't known where they were.
    pub fn holds_system_roots(&self) -> bool {
        self.certificates.iter().any(|certificate| certificate.is_of_system)
    }

    /// Whether this very certificate is trusted.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.same(certificate).is_some()
    }

    /// The one in it that's the same as this.
    pub(super) fn same(&self, certificate: &Certificate) -> Option<&Certificate> {
        self.named(certificate.subject()).find(|trusted| *trusted == certificate)
    }

    /// The trusted certificates of this subject.
    pub(super) fn named(&self, subject: &DistinguishedName) -> impl Iterator<Item = &Certificate> {
        let places = self.by_subject.get(subject.digest());
        places.into_iter().flatten().map(|i| &self.certificates[*i])
    }
}

/// The name of Java's older format for stores that a file is in, by its first bytes.
#[cfg(any(feature = "std", feature = "pkcs12"))]
pub(super) fn java_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes.first_chunk()? {
        [0xfe, 0xed, 0xfe, 0xed] => Some("JKS"),
        [0xce, 0xce, 0xce, 0xce] => Some("JCEKS"),
        _ => None,
    }
}

/// The error about a file.
#[cfg(feature = "std")]
pub(super) fn file_error(path: &std::path::Path, problem: &dyn fmt::Display) -> Error {
    Error::File { path: alloc::format!("{}", path.display()), problem: alloc::format!("{problem}") }
}

#[cfg(feature = "std")]
pub(super) fn read(path: &std::path::Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| file_error(path, &error))
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.certificates).finish()
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
