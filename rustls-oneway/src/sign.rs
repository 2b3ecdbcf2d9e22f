//! Signing keys: which scheme is chosen, and the signature.
//!
//! | key | schemes, the preferred first |
//! |---|---|
//! | RSA | PSS with SHA-512, SHA-384, SHA-256; in TLS 1.2 also PKCS#1 v1.5 |
//! | P-256, P-384, P-521 | ECDSA with SHA-256, SHA-384, SHA-512 |
//! | Ed25519 | Ed25519 |

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::key::PrivateKey;
use oneway::rsa::{Pkcs1v15, Pss};
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

/// What RSA keys sign by.
pub(crate) static RSA_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA256,
];

/// A signing key of PKCS#8, PKCS#1 or SEC 1: RSA, P-256, P-384, P-521 or Ed25519.
///
/// # Errors
/// [`Error::General`], with what's wrong with the key: another kind, a size or a curve that isn't taken, damage.
pub fn any_supported_type(key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, Error> {
    let key = PrivateKey::from_der(key.secret_der())
        .map_err(|error| Error::General(format!("the private key can't be used: {error}")))?;
    let schemes = match &key {
        PrivateKey::Rsa(key) if key.public_key().pss_binding().is_none() => RSA_SCHEMES,
        PrivateKey::P256(_) => &[SignatureScheme::ECDSA_NISTP256_SHA256],
        PrivateKey::P384(_) => &[SignatureScheme::ECDSA_NISTP384_SHA384],
        PrivateKey::P521(_) => &[SignatureScheme::ECDSA_NISTP521_SHA512],
        PrivateKey::Ed25519(_) => &[SignatureScheme::ED25519],
        // rustls knows no name for signatures of RSA keys that are bound to PSS.
        _ => return Err(Error::General("the private key isn't for signatures in TLS".into())),
    };
    let public = key.public_key().to_der();
    Ok(Arc::new(Key { private: Arc::new(key), schemes, public: public.into() }))
}

/// A key, and what it signs by.
struct Key {
    private: Arc<PrivateKey>,
    schemes: &'static [SignatureScheme],
    public: SubjectPublicKeyInfoDer<'static>,
}

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = *self.schemes.iter().find(|scheme| offered.contains(scheme))?;
        Some(Box::new(KeyWithScheme { key: self.private.clone(), scheme }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.public.as_ref()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match *self.private {
            PrivateKey::Rsa(_) => SignatureAlgorithm::RSA,
            PrivateKey::Ed25519(_) => SignatureAlgorithm::ED25519,
            _ => SignatureAlgorithm::ECDSA,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.algorithm()).finish()
    }
}

struct KeyWithScheme {
    key: Arc<PrivateKey>,
    scheme: SignatureScheme,
}

impl Signer for KeyWithScheme {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = match &*self.key {
            PrivateKey::Rsa(key) => {
                let rng = &mut getrandom::SysRng;
                match self.scheme {
                    SignatureScheme::RSA_PSS_SHA512 => key.sign_with_rng(rng, &Pss::<Sha512>::new(), message),
                    SignatureScheme::RSA_PSS_SHA384 => key.sign_with_rng(rng, &Pss::<Sha384>::new(), message),
                    SignatureScheme::RSA_PSS_SHA256 => key.sign_with_rng(rng, &Pss::<Sha256>::new(), message),
                    SignatureScheme::RSA_PKCS1_SHA512 => {
                        key.sign_with_rng(rng, &Pkcs1v15::<Sha512>::new(), message)
                    }
                    SignatureScheme::RSA_PKCS1_SHA384 => {
                        key.sign_with_rng(rng, &Pkcs1v15::<Sha384>::new(), message)
                    }
                    _ => key.sign_with_rng(rng, &Pkcs1v15::<Sha256>::new(), message),
                }
            }
            PrivateKey::P256(key) => Ok(key.sign(message).to_der().to_vec()),
            PrivateKey::P384(key) => Ok(key.sign(message).to_der().to_vec()),
            PrivateKey::P521(key) => Ok(key.sign(message).to_der().to_vec()),
            PrivateKey::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            _ => Err(oneway::Error::Signature),
        };
        signature.map_err(|error| Error::General(format!("signing failed: {error}")))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl fmt::Debug for KeyWithScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyWithScheme").field(&self.scheme).finish()
    }
}
