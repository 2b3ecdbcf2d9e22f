//! The cipher suites: a cipher with a hash, and in TLS 1.2 with the kind of keys that sign.
//!
//! A key of AES-GCM protects at most 2^24 records, after which rustls changes it (in TLS 1.3) or ends the connection;
//! ChaCha20-Poly1305 needs no such limit (RFC 8446, section 5.5).

use rustls::crypto::CipherSuiteCommon;
#[cfg(feature = "tls12")]
use rustls::crypto::{KeyExchangeAlgorithm, tls12::PrfUsingHmac};
use rustls::{CipherSuite, SupportedCipherSuite, Tls13CipherSuite};
#[cfg(feature = "tls12")]
use rustls::{SignatureScheme, Tls12CipherSuite};

use crate::hash::{HkdfSha256, HkdfSha384, SHA256, SHA384};
#[cfg(feature = "tls12")]
use crate::hash::{HmacSha256, HmacSha384};
use crate::{aead, quic};

const GCM_LIMIT: u64 = 1 << 24;

macro_rules! tls13 {
    ($name:ident, $what:literal, $suite:ident, $hash:ident, $hkdf:ident, $aead:ident, $limit:expr) => {
        #[doc = concat!("TLS 1.3 with ", $what, ".")]
        pub static $name: SupportedCipherSuite = SupportedCipherSuite::Tls13(&Tls13CipherSuite {
            common: CipherSuiteCommon {
                suite: CipherSuite::$suite,
                hash_provider: &$hash,
                confidentiality_limit: $limit,
            },
            hkdf_provider: &$hkdf,
            aead_alg: &aead::$aead,
            quic: Some(&quic::$aead),
        });
    };
}

tls13! { TLS13_AES_256_GCM_SHA384, "AES-256-GCM and SHA-384", TLS13_AES_256_GCM_SHA384, SHA384, HkdfSha384, AES_256_GCM, GCM_LIMIT }
tls13! { TLS13_AES_128_GCM_SHA256, "AES-128-GCM and SHA-256", TLS13_AES_128_GCM_SHA256, SHA256, HkdfSha256, AES_128_GCM, GCM_LIMIT }
tls13! { TLS13_CHACHA20_POLY1305_SHA256, "ChaCha20-Poly1305 and SHA-256", TLS13_CHACHA20_POLY1305_SHA256, SHA256, HkdfSha256, CHACHA20_POLY1305, u64::MAX }

/// What ECDSA's suites are signed with: Ed25519 too (RFC 8422, section 5.10).
#[cfg(feature = "tls12")]
static ECDSA: &[SignatureScheme] = &[
    SignatureScheme::ED25519,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP256_SHA256,
];

#[cfg(feature = "tls12")]
static RSA: &[SignatureScheme] = crate::sign::RSA_SCHEMES;

#[cfg(feature = "tls12")]
macro_rules! tls12 {
    ($name:ident, $what:literal, $hash:ident, $hmac:ident, $aead:ident, $limit:expr, $sign:ident) => {
        #[doc = concat!("TLS 1.2, ECDHE signed by ", stringify!($sign), ", with ", $what, ".")]
        pub static $name: SupportedCipherSuite = SupportedCipherSuite::Tls12(&Tls12CipherSuite {
            common: CipherSuiteCommon {
                suite: CipherSuite::$name,
                hash_provider: &$hash,
                confidentiality_limit: $limit,
            },
            kx: KeyExchangeAlgorithm::ECDHE,
            sign: $sign,
            aead_alg: &aead::$aead,
            prf_provider: &PrfUsingHmac(&$hmac),
        });
    };
}

#[cfg(feature = "tls12")]
tls12! { TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "AES-256-GCM and SHA-384", SHA384, HmacSha384, AES_256_GCM_TLS12, GCM_LIMIT, ECDSA }
#[cfg(feature = "tls12")]
tls12! { TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "AES-128-GCM and SHA-256", SHA256, HmacSha256, AES_128_GCM_TLS12, GCM_LIMIT, ECDSA }
#[cfg(feature = "tls12")]
tls12! { TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ChaCha20-Poly1305 and SHA-256", SHA256, HmacSha256, CHACHA20_POLY1305_TLS12, u64::MAX, ECDSA }
#[cfg(feature = "tls12")]
tls12! { TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "AES-256-GCM and SHA-384", SHA384, HmacSha384, AES_256_GCM_TLS12, GCM_LIMIT, RSA }
#[cfg(feature = "tls12")]
tls12! { TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "AES-128-GCM and SHA-256", SHA256, HmacSha256, AES_128_GCM_TLS12, GCM_LIMIT, RSA }
#[cfg(feature = "tls12")]
tls12! { TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ChaCha20-Poly1305 and SHA-256", SHA256, HmacSha256, CHACHA20_POLY1305_TLS12, u64::MAX, RSA }
