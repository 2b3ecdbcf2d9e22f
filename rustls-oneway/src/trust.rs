//! Verifiers of certificates for rustls: [`oneway::trust`] instead of webpki, by its rules, and with its reasons.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use oneway::trust::x509_cert::der::Encode;
use oneway::trust::{
    Certificate, Crl, Policy, Purpose, Reason, Revocation, Rule, Time, TrustStore, Verifier,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
#[cfg(feature = "tls12")]
use rustls::crypto::verify_tls12_signature;
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
};

use crate::SUPPORTED_SIGNATURE_ALGORITHMS;

/// What servers' and clients' certificates are verified by.
#[derive(Clone, Debug)]
struct Rules {
    roots: Arc<TrustStore>,
    policy: Policy,
    /// None: revocation isn't looked at.
    lists: Option<Arc<[Crl]>>,
    exact_alerts: bool,
}

/// No longer public keys of peers are looked at: RSA's of 8192 bits. A verification takes time in the square of that, and
/// a handshake's chain is anybody's.
const MAX_KEY_DER: usize = 1100;

impl Rules {
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        purpose: Purpose,
        expected: Option<&ServerName<'_>>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let leaf = Certificate::from_der(leaf).map_err(|error| self.refusal(error, expected))?;
        if leaf.public_key_der().len() > MAX_KEY_DER {
            let reason = Reason::Key(oneway::Error::InvalidKey("it's too long for a handshake"));
            return Err(other(oneway::trust::Error::Refused {
                position: 0,
                subject: leaf.subject().to_string(),
                reason,
            }));
        }
        // What can't be read, or is too long, isn't needed perhaps.
        let mut unreadable = None;
        let intermediates: Vec<_> = intermediates
            .iter()
            .filter_map(|der| {
                Certificate::from_der(der).map_err(|error| unreadable.get_or_insert(error)).ok()
            })
            .filter(|certificate| certificate.public_key_der().len() <= MAX_KEY_DER)
            .collect();
        let verifier = Verifier::new(&self.roots)
            .intermediates(&intermediates)
            .policy(self.policy.clone())
            .purpose(purpose)
            .at(Time::from_unix_seconds(now.as_secs()));
        let verifier = match &self.lists {
            Some(lists) => verifier.revocation(Revocation::crls(lists)),
            None => verifier,
        };
        verifier.verify(&leaf).map(|_| ()).map_err(|error| {
            let is_unknown =
                matches!(&error, oneway::trust::Error::Refused { reason: Reason::UnknownIssuer { .. }, .. });
            self.refusal(unreadable.filter(|_| is_unknown).unwrap_or(error), expected)
        })
    }

    /// What rustls calls a reason.
    fn refusal(&self, error: oneway::trust::Error, expected: Option<&ServerName<'_>>) -> Error {
        let unix = |time: Time| UnixTime::since_unix_epoch(Duration::from_secs(time.unix_seconds()));
        let oneway::trust::Error::Refused { reason, .. } = &error else {
            return if self.exact_alerts { CertificateError::BadEncoding.into() } else { other(error) };
        };
        Error::InvalidCertificate(match (reason, expected) {
            (Reason::Expired { since, at }, _) => {
                CertificateError::ExpiredContext { time: unix(*at), not_after: unix(*since) }
            }
            (Reason::NotYetValid { until, at }, _) => {
                CertificateError::NotValidYetContext { time: unix(*at), not_before: unix(*until) }
            }
            (Reason::Name { offered, .. }, Some(expected)) => CertificateError::NotValidForNameContext {
                expected: expected.to_owned(),
                presented: offered.clone(),
            },
            (Reason::Revoked { .. }, _) if self.exact_alerts => CertificateError::Revoked,
            (Reason::UnknownIssuer { .. } | Reason::SelfSigned, _) if self.exact_alerts => {
                CertificateError::UnknownIssuer
            }
            (Reason::ExtendedKeyUsage { .. } | Reason::KeyUsage { .. }, _) if self.exact_alerts => {
                CertificateError::InvalidPurpose
            }
            (Reason::Signature, _) if self.exact_alerts => CertificateError::BadSignature,
            (Reason::CriticalExtension { .. }, _) if self.exact_alerts => {
                CertificateError::UnhandledCriticalExtension
            }
            (Reason::RevocationUnknown { .. }, _) if self.exact_alerts => {
                CertificateError::UnknownRevocationStatus
            }
            _ => return other(error),
        })
    }
}

/// Why a certificate doesn't convince, within [`CertificateError::Other`].
///
/// Where rustls has an error with room for the reason, it's that one: a time that's over or hasn't begun (of any
/// certificate of the chain), a name. All others are this, and the peer gets the alert `certificate_unknown`. With
/// [`ServerVerifier::exact_alerts`] and [`ClientVerifier::exact_alerts`] rustls's errors without reasons are used, too,
/// so that the alert fits:
///
/// | | error | alert |
/// |---|---|---|
/// | can't be read | `BadEncoding` | `bad_certificate` |
/// | unknown issuer, self-signed | `UnknownIssuer` | `unknown_ca` |
/// | revoked | `Revoked` | `certificate_revoked` |
/// | no list tells | `UnknownRevocationStatus` | `unknown_ca` |
/// | another purpose | `InvalidPurpose` | `unsupported_certificate` |
/// | a wrong signature | `BadSignature` | `decrypt_error` |
/// | an unknown critical extension | `UnhandledCriticalExtension` | `bad_certificate` |
///
/// rustls prints such errors by `Debug`; this one's is the text that people read.
#[derive(Clone, PartialEq, Eq)]
pub struct Refused(pub oneway::trust::Error);

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Refused {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// One of our errors in one of rustls's.
fn other(error: oneway::trust::Error) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Refused(error)))))
}

/// What servers and clients have in common: how they're made, and how they check the handshake's signature.
macro_rules! verifier {
    ($name:ident) => {
        impl $name {
            /// By another policy.
            #[must_use]
            pub fn policy(mut self, policy: Policy) -> Self {
                self.rules.policy = policy;
                self
            }

            /// Looks at revocation too: every certificate of a chain but the root has to be covered by one of these lists,
            /// or of those that were given before. Without any, nobody convinces. A list that isn't renewed in time
            /// covers nothing: make a new verifier of the new lists.
            #[must_use]
            pub fn crls(mut self, lists: impl IntoIterator<Item = Crl>) -> Self {
                let before = self.rules.lists.take();
                let before = before.as_deref().unwrap_or_default().iter().cloned();
                self.rules.lists = Some(before.chain(lists).collect());
                self
            }

            /// Tells the peer exactly, instead of oneself: errors are rustls's own wherever it has one that fits, also
            /// where that has no room for a reason. See [`Refused`].
            #[must_use]
            pub fn exact_alerts(mut self) -> Self {
                self.rules.exact_alerts = true;
                self
            }
        }
    };
}

macro_rules! signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            tls12_signature(message, certificate, signed)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, certificate, signed, &SUPPORTED_SIGNATURE_ALGORITHMS)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            SUPPORTED_SIGNATURE_ALGORITHMS.supported_schemes()
        }
    };
}

#[cfg(feature = "tls12")]
fn tls12_signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    verify_tls12_signature(message, certificate, signed, &SUPPORTED_SIGNATURE_ALGORITHMS)
}

#[cfg(not(feature = "tls12"))]
fn tls12_signature(
    _message: &[u8],
    _certificate: &CertificateDer<'_>,
    _signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    Err(rustls::PeerIncompatible::Tls12NotOffered.into())
}

/// Verifies servers, for a client's configuration: `dangerous().with_custom_certificate_verifier(Arc::new(verifier))`, which
/// is as dangerous as the verifier is.
///
/// It's strict: [`Policy::web`] asks for what the web's authorities have to do, and private ones often don't (such as a
/// purpose in every server's certificate, and its name among the alternative ones): `policy(Policy::rfc5280())` is for
/// those. Signatures in handshakes may be of all algorithms that there are, whatever the provider was reduced to.
/// Certificates that a peer sends beyond what's needed may be damaged; keys of RSA may have 8192 bits.
///
/// ```
/// # #[cfg(feature = "std")]
/// # fn config(roots: oneway::trust::TrustStore) -> Result<rustls::ClientConfig, rustls::Error> {
/// use std::sync::Arc;
/// use rustls::ClientConfig;
/// use rustls_oneway::ServerVerifier;
///
/// let config = ClientConfig::builder_with_provider(Arc::new(rustls_oneway::provider()))
///     .with_safe_default_protocol_versions()?
///     .dangerous()
///     .with_custom_certificate_verifier(Arc::new(ServerVerifier::new(roots)))
///     .with_no_client_auth();
/// # Ok(config)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ServerVerifier {
    rules: Rules,
}

impl ServerVerifier {
    /// Trusts these, by [`Policy::web`].
    pub fn new(roots: TrustStore) -> Self {
        let rules = Rules { roots: Arc::new(roots), policy: Policy::web(), lists: None, exact_alerts: false };
        Self { rules }
    }

    /// Trusts whom this system trusts, by [`Policy::web`] but for its rules on roots, which some that systems trust are older
    /// than.
    ///
    /// # Errors
    /// Those of [`TrustStore::native`].
    pub fn native() -> oneway::trust::Result<Self> {
        Ok(Self::new(TrustStore::native()?).policy(Policy::web().without(Rule::Anchors)))
    }
}

verifier! { ServerVerifier }

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let purpose = Purpose::server(&server_name.to_str()).map_err(other)?;
        self.rules.verify(leaf, intermediates, purpose, Some(server_name), now)?;
        Ok(ServerCertVerified::assertion())
    }

    signatures! {}
}

/// Verifies clients, for a server's configuration: `with_client_cert_verifier(Arc::new(verifier))`.
#[derive(Clone, Debug)]
pub struct ClientVerifier {
    rules: Rules,
    hints: Vec<DistinguishedName>,
    is_mandatory: bool,
}

impl ClientVerifier {
    /// Trusts these, by [`Policy::rfc5280`], and demands a certificate of every client.
    pub fn new(roots: TrustStore) -> Self {
        let subject = |root: &Certificate| Some(root.subject().as_name().to_der().ok()?.into());
        let hints = roots.certificates().iter().filter_map(subject).collect();
        let rules =
            Rules { roots: Arc::new(roots), policy: Policy::rfc5280(), lists: None, exact_alerts: false };
        Self { rules, hints, is_mandatory: true }
    }

    /// Asks for a certificate, and takes clients without one, too.
    #[must_use]
    pub fn allow_unauthenticated(self) -> Self {
        Self { is_mandatory: false, ..self }
    }
}

verifier! { ClientVerifier }

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.rules.verify(leaf, intermediates, Purpose::client(), None, now)?;
        Ok(ClientCertVerified::assertion())
    }

    signatures! {}
}
