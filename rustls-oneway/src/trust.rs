//! Verifiers of certificates for rustls: [`oneway::trust`] instead of webpki, by its rules, and with its reasons.

use alloc::format;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::take;
use core::time::Duration;

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
    /// Those for authorities of one's own, or for the Web's.
    fn of(roots: TrustStore) -> Self {
        let policy =
            if roots.holds_system_roots() { Policy::web().without(Rule::Anchors) } else { Policy::private() };
        Self { roots: Arc::new(roots), policy, lists: None, exact_alerts: false }
    }

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
        let (mut unreadable, mut too_long) = (None, Vec::new());
        let mut usable = Vec::new();
        for der in intermediates {
            match Certificate::from_der(der) {
                Err(error) => {
                    unreadable.get_or_insert(error);
                }
                Ok(certificate) if certificate.public_key_der().len() > MAX_KEY_DER => {
                    too_long.push(certificate);
                }
                Ok(certificate) => usable.push(certificate),
            }
        }
        let verifier = Verifier::new(&self.roots, purpose)
            .intermediates(&usable)
            .policy(self.policy.clone())
            .at(Time::from_unix_seconds(now.as_secs()));
        let verifier = match &self.lists {
            Some(lists) => verifier.revocation(Revocation::crls(lists)),
            None => verifier,
        };
        let Err(mut error) = verifier.verify(&leaf) else { return Ok(()) };
        if let oneway::trust::Error::Refused { reason, .. } = &mut error
            && let Reason::UnknownIssuer { issuer, .. } = reason
        {
            let left_out = if let Some(key) = key_of(issuer, &too_long) {
                let len = key.len();
                Some(format!("as its key of {len} bytes is too long for a handshake"))
            } else {
                unreadable.map(|error| format!("as it can't be read ({error})"))
            };
            if let Some(why) = left_out {
                let (issuer, why) =
                    (take(issuer), format!("an intermediate certificate was left out, {why}"));
                *reason = Reason::IssuerLeftOut { issuer, why };
            }
        }
        Err(self.refusal(error, expected))
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
            _ if !self.exact_alerts => return other(error),
            (
                Reason::Damaged { .. }
                | Reason::DamagedConstraint { .. }
                | Reason::Empty(_)
                | Reason::AlgorithmMismatch
                | Reason::SignatureAlgorithm { weak: true, .. },
                _,
            ) => CertificateError::BadEncoding,
            (Reason::Revoked { .. }, _) => CertificateError::Revoked,
            (Reason::UnknownIssuer { .. } | Reason::IssuerLeftOut { .. } | Reason::SelfSigned, _) => {
                CertificateError::UnknownIssuer
            }
            (Reason::ExtendedKeyUsage { .. } | Reason::KeyUsage { .. }, _) => {
                CertificateError::InvalidPurpose
            }
            (Reason::Signature, _) => CertificateError::BadSignature,
            (Reason::CriticalExtension { .. }, _) => CertificateError::UnhandledCriticalExtension,
            (Reason::RevocationUnknown { .. }, _) => CertificateError::UnknownRevocationStatus,
            _ => return other(error),
        })
    }
}

/// The key of one of these whose subject is an issuer's name, as errors show it: that may be cut.
fn key_of<'a>(issuer: &str, certificates: &'a [Certificate]) -> Option<&'a [u8]> {
    let is_issuer = |certificate: &&Certificate| {
        let subject = certificate.subject().to_string();
        issuer.strip_suffix('…').map_or(subject == issuer, |start| subject.starts_with(start))
    };
    certificates.iter().find(is_issuer).map(Certificate::public_key_der)
}

/// Why a certificate doesn't convince, taken out of rustls's error: that of [`ServerVerifier`] and [`ClientVerifier`].
///
/// rustls shows it in parentheses, `invalid peer certificate: Other(OtherError(the certificate of …))`: it prints what
/// it doesn't know by `Debug`, and leaves no other way to an alert about certificates. Here is the sentence alone, or what
/// it's made of.
///
/// ```
/// # use std::io;
/// /// What a client or a server prints, by an error of tokio-rustls, reqwest's innermost one, or `rustls::Stream`'s.
/// fn explain(error: &io::Error) -> String {
///     let rustls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
///     match rustls.and_then(rustls_oneway::reason) {
///         Some(reason) => reason.to_string(),
///         None => error.to_string(),
///     }
/// }
/// # let error = rustls::Error::DecryptError;
/// # assert!(rustls_oneway::reason(&error).is_none());
/// # assert_eq!(explain(&io::Error::other(error)), "cannot decrypt peer's message");
/// ```
///
/// It's `None` where rustls has an error of its own that has room for the reason: a time that's over or hasn't begun (of
/// any certificate of the chain), a name. Those come with their alerts, `certificate_expired` and `bad_certificate`; all
/// others with `certificate_unknown`. With [`ServerVerifier::exact_alerts`] and [`ClientVerifier::exact_alerts`] rustls's
/// errors without reasons are used, too, so that the alert fits, and it's `None` for these:
///
/// | | error | alert |
/// |---|---|---|
/// | it, or an extension of it, can't be read or contradicts itself | `BadEncoding` | `bad_certificate` |
/// | signed in a way that's too weak (RFC 8446, section 4.4.2.4) | `BadEncoding` | `bad_certificate` |
/// | unknown issuer, self-signed | `UnknownIssuer` | `unknown_ca` |
/// | revoked | `Revoked` | `certificate_revoked` |
/// | no list tells | `UnknownRevocationStatus` | `unknown_ca` |
/// | another purpose | `InvalidPurpose` | `unsupported_certificate` |
/// | a wrong signature | `BadSignature` | `decrypt_error` |
/// | an unknown critical extension | `UnhandledCriticalExtension` | `bad_certificate` |
pub fn reason(error: &Error) -> Option<&oneway::trust::Error> {
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(error))) => error.downcast_ref(),
        _ => None,
    }
}

/// One of our errors in one of rustls's. Its `Debug`, which rustls prints, is the sentence that people read.
fn other(error: oneway::trust::Error) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
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
            /// where that has no room for a reason. See [`reason`].
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
/// Authorities of one's own and the Web's are held to different rules: see [`new`](Self::new) and
/// [`native`](Self::native). By all of them a server's name is among the alternative names; a common name doesn't count.
/// Signatures in handshakes may be of all algorithms that there are, whatever the provider was reduced to.
/// Certificates that a peer sends beyond what's needed may be damaged; keys of RSA may have 8192 bits.
///
/// [`reason`] takes out of rustls's error why a server didn't convince.
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
    /// Trusts these.
    ///
    /// | what's in the store | policy |
    /// |---|---|
    /// | authorities of one's own, from files or from what was made here | [`Policy::private`] |
    /// | the same, and certificates of [`TrustStore::native`], wherever they came through | that of [`native`](Self::native), for all |
    ///
    /// So the rules for the Web's authorities aren't lost when one of one's own is trusted beside them.
    /// [`policy`](Self::policy) sets another one.
    pub fn new(roots: TrustStore) -> Self {
        Self { rules: Rules::of(roots) }
    }

    /// Trusts whom this system trusts, by [`Policy::web`] but for its rules on roots, which some that systems trust are older
    /// than. On Windows and macOS it needs the feature `native-roots`.
    ///
    /// # Errors
    /// Those of [`TrustStore::native`].
    pub fn native() -> oneway::trust::Result<Self> {
        Ok(Self::new(TrustStore::native()?))
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
    /// Trusts these, and demands a certificate of every client; by the same policy as [`ServerVerifier::new`].
    pub fn new(roots: TrustStore) -> Self {
        let subject = |root: &Certificate| root.subject().to_der().to_vec().into();
        let hints = roots.certificates().iter().map(subject).collect();
        Self { rules: Rules::of(roots), hints, is_mandatory: true }
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
