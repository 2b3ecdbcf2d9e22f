//! A [`CryptoProvider`] for [rustls] in pure Rust: TLS with the keys, curves and hashes of the crate [`oneway`], and the
//! ciphers of the `RustCrypto` project. It builds wherever rustls and the crate `getrandom` do, without C, an assembler or a
//! build script.
//!
//! ```
//! # #[cfg(feature = "std")]
//! # fn main() -> Result<(), rustls::Error> {
//! use std::sync::Arc;
//! use rustls::{ClientConfig, RootCertStore};
//!
//! // For one configuration …
//! let roots = RootCertStore::empty(); // whom to trust
//! let config = ClientConfig::builder_with_provider(Arc::new(rustls_oneway::provider()))
//!     .with_safe_default_protocol_versions()?
//!     .with_root_certificates(roots)
//!     .with_no_client_auth();
//!
//! // … or for the whole process.
//! rustls_oneway::install_default().expect("the first provider that's installed");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "std"))]
//! # fn main() {}
//! ```
//!
//! | | what there is, the preferred first |
//! |---|---|
//! | [cipher suites](cipher_suite) | TLS 1.3: AES-256-GCM, AES-128-GCM, ChaCha20-Poly1305; TLS 1.2: ECDHE with ECDSA and with RSA, and the same ciphers |
//! | [key exchange](kx_group) | X25519MLKEM768 (feature `pq`), X25519, P-256, P-384, P-521 |
//! | [signatures, verified](signature) | ECDSA on P-256, P-384 and P-521 with SHA-256, SHA-384 and SHA-512 in all pairs, Ed25519, RSA (PSS, PKCS#1 v1.5) |
//! | signing keys | RSA, P-256, P-384, P-521, Ed25519, from PKCS#8, PKCS#1 and SEC 1 |
//! | QUIC | packet and header protection for the suites of TLS 1.3 |
#![cfg_attr(
    feature = "std",
    doc = "| tickets | [`Ticketer`]: ChaCha20-Poly1305 under keys that change every six hours |"
)]
//!
//! | feature | default | what it adds |
//! |---|:--:|---|
//! | `std` | yes | tickets; rustls's own `std` |
//! | `tls12` | yes | TLS 1.2 |
//! | `trust` | yes | verifiers of certificates by [`oneway::trust`] |
//! | `native-roots` | | whom Windows and macOS trust, for `native` of the verifiers; elsewhere it works without |
//! | `pq` | | X25519MLKEM768, by the crate `ml-kem`: preferred then, by all that use the provider in a program |
//!
//! **What's secret** is wiped: ephemeral keys, signing keys, the keys of ciphers, and what's agreed on. Signatures and key
//! agreement are oneway's, in constant time, checked on the compiled program; ciphers are those of the crates `aes-gcm`
//! and `chacha20poly1305`, ML-KEM is that of `ml-kem`.
//!
//! Sources: RFC 8446 (TLS 1.3), RFC 5246, 5288, 5289, 7905, 8422 (TLS 1.2), RFC 9001 (QUIC),
//! draft-ietf-tls-ecdhe-mlkem.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod aead;
mod hash;
mod kx;
#[cfg(feature = "pq")]
mod pq;
mod quic;
mod sign;
mod suite;
#[cfg(feature = "std")]
mod ticket;
#[cfg(feature = "trust")]
mod trust;
mod verify;

use alloc::sync::Arc;

use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, SupportedKxGroup, WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{Error, SupportedCipherSuite};
use zeroize::Zeroizing;

pub use sign::any_supported_type;
#[cfg(feature = "std")]
pub use ticket::Ticketer;
#[cfg(feature = "trust")]
pub use trust::{ClientVerifier, ServerVerifier, reason};

/// The provider, with all that there is, the preferred first.
///
/// Its fields are vectors, from which one may take what isn't wanted.
#[doc(alias = "default_provider")]
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: ALL_CIPHER_SUITES.to_vec(),
        kx_groups: ALL_KX_GROUPS.to_vec(),
        signature_verification_algorithms: SUPPORTED_SIGNATURE_ALGORITHMS,
        secure_random: &Oneway,
        key_provider: &Oneway,
    }
}

/// Makes it the provider of the whole process, for configurations that don't name one.
///
/// # Errors
/// This provider, if one is installed already: that's done once.
pub fn install_default() -> Result<(), Arc<CryptoProvider>> {
    provider().install_default()
}

/// Randomness, of the operating system, and private keys.
#[derive(Debug)]
struct Oneway;

impl SecureRandom for Oneway {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        getrandom::fill(bytes).map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for Oneway {
    fn load_private_key(&self, key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        any_supported_type(&Zeroizing::new(key))
    }
}

/// The cipher suites.
pub mod cipher_suite {
    #[cfg(feature = "tls12")]
    pub use crate::suite::{
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    };
    pub use crate::suite::{
        TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
    };
}

/// All cipher suites, the preferred first.
pub static ALL_CIPHER_SUITES: &[SupportedCipherSuite] = &[
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    #[cfg(feature = "tls12")]
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    #[cfg(feature = "tls12")]
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    #[cfg(feature = "tls12")]
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    #[cfg(feature = "tls12")]
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    #[cfg(feature = "tls12")]
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    #[cfg(feature = "tls12")]
    cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// The groups for key exchange.
pub mod kx_group {
    pub use crate::kx::{SECP256R1, SECP384R1, SECP521R1, X25519};
    #[cfg(feature = "pq")]
    pub use crate::pq::X25519MLKEM768;
}

/// All groups for key exchange, the preferred first: a client sends a share of it unasked.
pub static ALL_KX_GROUPS: &[&dyn SupportedKxGroup] = &[
    #[cfg(feature = "pq")]
    kx_group::X25519MLKEM768,
    kx_group::X25519,
    kx_group::SECP256R1,
    kx_group::SECP384R1,
    kx_group::SECP521R1,
];

/// The algorithms of signatures that are verified, by key and hash.
pub mod signature {
    pub use crate::verify::{
        ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P256_SHA512, ECDSA_P384_SHA256, ECDSA_P384_SHA384,
        ECDSA_P384_SHA512, ECDSA_P521_SHA256, ECDSA_P521_SHA384, ECDSA_P521_SHA512, ED25519,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA256_ABSENT_PARAMS, RSA_PKCS1_SHA384, RSA_PKCS1_SHA384_ABSENT_PARAMS,
        RSA_PKCS1_SHA512, RSA_PKCS1_SHA512_ABSENT_PARAMS, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    };
}

/// All algorithms of signatures that are verified, in certificates and in handshakes.
pub static SUPPORTED_SIGNATURE_ALGORITHMS: WebPkiSupportedAlgorithms = verify::ALL;
