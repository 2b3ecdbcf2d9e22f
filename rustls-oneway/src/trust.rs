//! Verifiers of certificates for rustls: [`oneway::trust`] instead of webpki, by its rules, and with its reasons.
//!
//! What rustls has an error for is told by that one, so that the peer gets the right alert: a time that's over or hasn't
//! begun, a name, a purpose, revocation. Other reasons are in
//! [`CertificateError::Other`], as [`Refused`], with the alert `certificate_unknown`; an unknown issuer is one of
//! them unless [`ServerVerifier::exact_alerts`] asks for rustls's `UnknownIssuer`, whose alert is `unknown_ca`, and
//! which has no room for a reason.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use oneway::trust::x509_cert::der::Encode;
use oneway::trust::{Certificate, Crl, Policy, Purpose, Reason, Revocation, Time, TrustStore, Verifier};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
#[cfg(feature = "tls12")]
use rustls::crypto::verify_tls12_signature;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
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
    lists: Arc<[Crl]>,
    exact_alerts: bool,
}

impl Rules {
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        purpose: Purpose,
        expected: Option<&ServerName<'_>>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let read = |der: &CertificateDer<'_>| Certificate::from_der(der).map_err(other);
        let leaf = read(leaf)?;
        let intermediates = intermediates.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let verifier = Verifier::new(&self.roots)
            .intermediates(&intermediates)
            .policy(self.policy.clone())
            .purpose(purpose)
            .at(Time::from_unix_seconds(now.as_secs()));
        let verifier =
            if self.lists.is_empty() { verifier } else { verifier.revocation(Revocation::crls(&self.lists)) };
        verifier.verify(&leaf).map(|_| ()).map_err(|error| self.refusal(error, expected))
    }

    /// What rustls calls a reason.
    fn refusal(&self, error: oneway::trust::Error, expected: Option<&ServerName<'_>>) -> Error {
        let unix = |time: Time| UnixTime::since_unix_epoch(Duration::from_secs(time.unix_seconds()));
        let oneway::trust::Error::Refused { reason, .. } = &error else { return other(error) };
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
            _ => return other(error),
        })
    }
}

/// Why a certificate doesn't convince, within [`CertificateError::Other`].
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

            /// Looks at revocation too: every certificate of a chain but the root has to be covered by one of these lists.
            #[must_use]
            pub fn crls(mut self, lists: impl IntoIterator<Item = Crl>) -> Self {
                self.rules.lists = lists.into_iter().collect();
                self
            }

            /// Tells the peer exactly, instead of oneself: errors are rustls's own wherever it has one, also where that
            /// has no room for a reason.
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
            verify_tls13_signature(message, certificate, signed, &ALGORITHMS)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            ALGORITHMS.supported_schemes()
        }
    };
}

static ALGORITHMS: WebPkiSupportedAlgorithms = SUPPORTED_SIGNATURE_ALGORITHMS;

#[cfg(feature = "tls12")]
fn tls12_signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    verify_tls12_signature(message, certificate, signed, &ALGORITHMS)
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
        let rules =
            Rules { roots: Arc::new(roots), policy: Policy::web(), lists: Arc::new([]), exact_alerts: false };
        Self { rules }
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
        let rules = Rules {
            roots: Arc::new(roots),
            policy: Policy::rfc5280(),
            lists: Arc::new([]),
            exact_alerts: false,
        };
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
