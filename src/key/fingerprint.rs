//! Fingerprints of public keys, and of certificates.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use digest::Digest;

use super::base64;
use crate::hash::Sha256;

/// The SHA-256 hash of a public key's SPKI form in DER, by which people compare keys; or of a whole certificate.
///
/// Printed as `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it (though `ssh` hashes another
/// form of the key); [`Fingerprint::to_hex`] is the form with colons. The same as
/// `openssl pkey -pubin -outform DER | sha256sum`. What's hashed of a key is the form that this crate writes: a key has
/// one fingerprint, whatever it was read from.
///
/// ```
/// # let text = "-----BEGIN PUBLIC KEY-----
/// # MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1mohEXF+dCX/u8fOydun
/// # cfkgm8S306SUSI2seEFIkdyPEidzPiWFBUcT7eDYEI1ntVANBeCNmoLTukn+Zfny
/// # z/se5ae/ewWz+g9NLdMfhEuLGoN94dGl9DPA39vWUROAmGaEPCas8zIatPdaAhQg
/// # J2UYRlydFCMjHHXK7XpUoOBZ6EoftqFlrUfO+YNc9rikgxcJ9eBn9tMJnHRPSve9
/// # LoWzcdtEkHVhVZL/9TNClBKObAN86QYsGGf1TqTTAZVwqLIb84lrr49VuD/KCmfu
/// # PbiHSUOnNZ+DBvk0YOLWZhbULixX+wP5HAqG8dF+XVm5phz6/q9r8dFuiktgk4ym
/// # XQIDAQAB
/// # -----END PUBLIC KEY-----
/// # ";
/// use oneway::key::PublicKey;
///
/// let fingerprint = PublicKey::from_pem(text)?.fingerprint();
/// assert_eq!(fingerprint.to_string(), "SHA256:5IKPassZ3dNqhLAlC9RkOD9A887ILBaxUjtC+VgHK8Y");
/// assert!(fingerprint.to_hex().starts_with("e4:82:8f:6a:"));
/// # Ok::<(), oneway::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of_spki(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    #[cfg(feature = "trust")]
    pub(crate) fn from_bytes(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash, 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Pairs of lower-case hexadecimal digits with colons between them.
    pub fn to_hex(&self) -> String {
        self.0.iter().enumerate().fold(String::with_capacity(95), |text, (i, byte)| {
            alloc::format!("{text}{}{byte:02x}", if i == 0 { "" } else { ":" })
        })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = Vec::with_capacity(43);
        base64::encode(&self.0, false, &mut characters);
        let text: String = characters.into_iter().map(char::from).collect();
        f.pad(&alloc::format!("SHA256:{text}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
