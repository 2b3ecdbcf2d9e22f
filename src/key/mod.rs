//! Storey 4: keys as bytes, in the forms that other programs read and write.
//!
//! | form | private | public |
//! |---|---|---|
//! | what's written | PKCS#8, `BEGIN PRIVATE KEY` | SPKI, `BEGIN PUBLIC KEY` |
//! | with a password | PKCS#8, `BEGIN ENCRYPTED PRIVATE KEY` (feature `encryption`) | |
//! | what's read as well: RSA | PKCS#1, `BEGIN RSA PRIVATE KEY` | PKCS#1, `BEGIN RSA PUBLIC KEY` |
//! | what's read as well: P-256, P-384, P-521 | SEC 1, `BEGIN EC PRIVATE KEY` | |
//!
//! Each of them is DER, and PEM text around it. [`PrivateKey`] and [`PublicKey`] recognise what they're given
//! by its structure; where they can't use it they say what they found: "a certificate, not a private key". The
//! types of keys ([`rsa::PrivateKey`](crate::rsa::PrivateKey), [`ecdsa::SigningKey`],
//! [`ecdh::PublicKey`], …) have the same functions for themselves.
//!
//! | kind | algorithm in PKCS#8 and SPKI | types |
//! |---|---|---|
//! | RSA | rsaEncryption, id-RSASSA-PSS | [`rsa`](crate::rsa) |
//! | P-256, P-384, P-521 | id-ecPublicKey and the curve's name | [`ecdsa`]; [`ecdh`] by `From`, or for itself |
//! | Ed25519 | id-Ed25519 | [`ed25519`] |
//! | X25519 | id-X25519 | [`ecdh`] |
//!
//! Not read are other curves, and curves that are spelt out instead of named. PKCS#1 and SEC 1 are written
//! by the traits of the crates `pkcs1` and `sec1`; PKCS#1 not for a key that's bound to PSS: this form can't
//! say so.
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::key::{PrivateKey, PublicKey};
//!
//! let key = PrivateKey::from(oneway::ecdsa::SigningKey::<oneway::ecdsa::P256>::generate()?);
//! let text = key.public_key().to_pem();
//! let public = PublicKey::from_pem(&text)?;
//! assert_eq!(public.fingerprint(), key.public_key().fingerprint());
//!
//! let error = PrivateKey::from_pem(&text).unwrap_err();
//! assert_eq!(error.to_string(), "a public key, not a private key");
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! **What leaks of a private key**: the lengths of everything, with the bits that lengths hang on (the top ones
//! of each of RSA's numbers), n and e, and the outcome of each check. Text is decoded by arithmetic, not by
//! tables; DER is read without looking at what the numbers are; and the numbers are checked against each other
//! in constant time.
//!
//! **Hostile files**: whatever is longer than 64 KiB is refused unread, nothing recurses, and what a file
//! asks for is checked before it's done.
//!
//! Sources: RFC 5958, RFC 8017, RFC 8018, RFC 5280, RFC 5480, RFC 5915, RFC 8410, RFC 7468.
//!
//! Files: `der` and `base64` (reading and writing, in constant time), `pem`, `recognise` (what is it?), `instead` (what
//! is it, if it's no key?), `info` (PKCS#8, SPKI, and which kind of key is in them), `rsa` and `curve` (the keys
//! themselves), `encrypted` (PKCS#8 under a password), `legacy` (old ciphers, and what PKCS#12 makes of a password), `ber`
//! (what isn't DER), `fingerprint`, `traits` (those of `pkcs8`, `spki`, `pkcs1` and `sec1`),
//! `signature` (what signatures on curves are called in certificates).

/// The functions of a type of private keys, which go by its [`PrivateForms`]: its generics, the type, what DER
/// of it may be, and the documentation of `from_pem`.
macro_rules! private_key_forms {
    ([$($generics:tt)*] $key:ty, $forms:literal, $(#[$from_pem:meta])*) => {
        impl<$($generics)*> $key {
            $(#[$from_pem])*
            ///
            /// # Errors
            /// As for [`key::PrivateKey::from_pem`](crate::key::PrivateKey::from_pem);
            /// [`Error::Found`](crate::Error::Found) for another kind of key.
            pub fn from_pem(text: impl AsRef<[u8]>) -> crate::Result<Self> {
                crate::key::private_from_pem(text.as_ref())
            }

            #[doc = concat!("Reads DER: ", $forms, ", in constant time.")]
            ///
            /// # Errors
            /// As for [`from_pem`](Self::from_pem).
            pub fn from_der(der: &[u8]) -> crate::Result<Self> {
                crate::key::private_from_der(der)
            }

            /// The key as PEM text: PKCS#8, `BEGIN PRIVATE KEY`, without a password.
            pub fn to_pem(&self) -> zeroize::Zeroizing<alloc::string::String> {
                crate::key::pem::encode("PRIVATE KEY", &self.to_der(), "\n")
            }

            /// The key as DER: PKCS#8, without a password.
            pub fn to_der(&self) -> zeroize::Zeroizing<alloc::vec::Vec<u8>> {
                crate::key::PrivateForms::to_pkcs8(self)
            }
        }
    };
}

/// The functions of a type of public keys, which go by its [`PublicForms`]: its generics, the type, what DER
/// of it may be, and the documentation of `from_pem`.
macro_rules! public_key_forms {
    ([$($generics:tt)*] $key:ty, $forms:literal, $(#[$from_pem:meta])*) => {
        impl<$($generics)*> $key {
            $(#[$from_pem])*
            ///
            /// # Errors
            /// As for [`key::PublicKey::from_pem`](crate::key::PublicKey::from_pem);
            /// [`Error::Found`](crate::Error::Found) for another kind of key.
            pub fn from_pem(text: impl AsRef<[u8]>) -> crate::Result<Self> {
                crate::key::public_from_pem(text.as_ref())
            }

            #[doc = concat!("Reads DER: ", $forms, ".")]
            ///
            /// # Errors
            /// As for [`from_pem`](Self::from_pem).
            pub fn from_der(der: &[u8]) -> crate::Result<Self> {
                crate::key::public_from_der(der)
            }

            /// The key as PEM text: SPKI, `BEGIN PUBLIC KEY`.
            pub fn to_pem(&self) -> alloc::string::String {
                core::mem::take(&mut *crate::key::pem::encode("PUBLIC KEY", &self.to_der(), "\n"))
            }

            /// The key as DER: SPKI.
            pub fn to_der(&self) -> alloc::vec::Vec<u8> {
                core::mem::take(&mut *crate::key::PublicForms::to_spki(self))
            }

            /// The SHA-256 of the key's SPKI form, by which people compare keys.
            pub fn fingerprint(&self) -> crate::key::Fingerprint {
                crate::key::Fingerprint::of_spki(&self.to_der())
            }
        }
    };
}

mod base64;
#[cfg(feature = "encryption")]
pub(crate) mod ber;
mod curve;
pub(crate) mod der;
#[cfg(feature = "encryption")]
pub(crate) mod encrypted;
mod fingerprint;
mod info;
mod instead;
#[cfg(feature = "encryption")]
pub(crate) mod legacy;
mod pem;
mod recognise;
mod rsa;
mod signature;
mod traits;

use alloc::vec::Vec;

use zeroize::Zeroizing;

#[cfg(feature = "encryption")]
pub use encrypted::{Cipher, Decryption, Encryption, Kdf};
pub use fingerprint::Fingerprint;

use crate::ecdh::{self, X25519};
use crate::ecdsa::{self, P256, P384, P521};
use crate::{Result, ed25519};
use info::{Kind, PrivateKeyInfo, SubjectPublicKeyInfo};
use recognise::Form;

/// A private key of any kind that this crate has.
///
/// Wiped from memory when dropped; `Debug` shows the public part alone.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "an RSA key is what it is, and nobody holds many")]
#[non_exhaustive]
pub enum PrivateKey {
    /// An RSA key.
    Rsa(crate::rsa::PrivateKey),
    /// A key on P-256, for signatures or key agreement.
    P256(ecdsa::SigningKey<P256>),
    /// A key on P-384, for signatures or key agreement.
    P384(ecdsa::SigningKey<P384>),
    /// A key on P-521, for signatures or key agreement.
    P521(ecdsa::SigningKey<P521>),
    /// A key for Ed25519, which is signatures.
    Ed25519(ed25519::SigningKey),
    /// A key for X25519, which is key agreement.
    X25519(ecdh::PrivateKey<X25519>),
}

/// A public key of any kind that this crate has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicKey {
    /// An RSA key.
    Rsa(crate::rsa::PublicKey),
    /// A key on P-256, for signatures or key agreement.
    P256(ecdsa::VerifyingKey<P256>),
    /// A key on P-384, for signatures or key agreement.
    P384(ecdsa::VerifyingKey<P384>),
    /// A key on P-521, for signatures or key agreement.
    P521(ecdsa::VerifyingKey<P521>),
    /// A key for Ed25519, which is signatures.
    Ed25519(ed25519::VerifyingKey),
    /// A key for X25519, which is key agreement.
    X25519(ecdh::PublicKey<X25519>),
}

/// A type of private keys that files hold.
trait PrivateForms: Sized {
    /// Reads the key inside of PKCS#8, of which the rest has been read.
    fn from_info(info: &PrivateKeyInfo<'_>) -> Result<Self>;
    /// PKCS#8.
    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>>;
}

/// A type of public keys that files hold.
trait PublicForms: Sized {
    /// Reads the key inside of SPKI, of which the rest has been read.
    fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self>;
    /// SPKI.
    fn to_spki(&self) -> Zeroizing<Vec<u8>>;
}

fn private_from_pem<K: PrivateForms>(text: &[u8]) -> Result<K> {
    let block = pem::Block::find(text)?;
    match Form::of_label(block.label()) {
        form @ (Form::Pkcs1Private | Form::Sec1 | Form::Pkcs8) => {
            private_from_form(form, &form.decode(block)?)
        }
        // OpenSSL's old encryption has the labels of keys without one.
        form => Err(form.not_private()),
    }
}

fn private_from_der<K: PrivateForms>(der: &[u8]) -> Result<K> {
    private_from_form(Form::of_der(der)?, der)
}

fn private_from_form<K: PrivateForms>(form: Form, der: &[u8]) -> Result<K> {
    K::from_info(&PrivateKeyInfo::of_form(form, der)?)
}

fn public_from_pem<K: PublicForms>(text: &[u8]) -> Result<K> {
    let block = pem::Block::find(text)?;
    match Form::of_label(block.label()) {
        form @ (Form::Pkcs1Public | Form::Spki) => public_from_form(form, &form.decode(block)?),
        form => Err(form.not_public()),
    }
}

fn public_from_der<K: PublicForms>(der: &[u8]) -> Result<K> {
    public_from_form(Form::of_der(der)?, der)
}

fn public_from_form<K: PublicForms>(form: Form, der: &[u8]) -> Result<K> {
    K::from_info(&SubjectPublicKeyInfo::of_form(form, der)?)
}

/// The blocks of PEM text with these labels, each with its label; others, and text between them, are passed over.
#[cfg(feature = "trust")]
pub(crate) fn pem_blocks_with_labels<'a>(
    text: &'a [u8],
    labels: &'static [&'static str],
) -> impl Iterator<Item = Result<(Vec<u8>, Zeroizing<Vec<u8>>)>> + 'a {
    pem::Blocks::new(text, labels)
}

/// What bytes are that aren't a certificate, a request or a revocation list, if that can be told.
#[cfg(feature = "trust")]
pub(crate) fn instead_of_certificate(bytes: &[u8]) -> Option<&'static str> {
    match Form::of_der(bytes) {
        Ok(form) => Some(form.name()).filter(|name| !name.starts_with("a certificate")),
        Err(crate::Error::Found { found, .. } | crate::Error::Unsupported(found)) => Some(found),
        Err(_) => None,
    }
}

/// What there is in PEM text, for the errors of those who looked for something else: what its first block is, what the
/// whole is if it's no PEM, or what's wrong with it.
#[cfg(feature = "trust")]
pub(crate) fn instead_in_pem(text: &[u8]) -> core::result::Result<&'static str, &'static str> {
    match pem::Block::find_in_any(text) {
        Ok(block) => Ok(Form::of_label(block.label()).name()),
        Err(crate::Error::Found { found, .. }) => Ok(found),
        Err(crate::Error::Malformed { problem, .. }) => Err(problem),
        Err(_) => Err("it has no BEGIN line"),
    }
}

/// What DER is, for the errors of those who looked for something else.
#[cfg(feature = "pkcs12")]
pub(crate) fn what_der_is(der: &[u8]) -> Option<&'static str> {
    Some(match Form::of_der(der).ok()? {
        Form::Other("a certificate, a certificate request or a revocation list") => {
            "it's a certificate, a certificate request or a revocation list"
        }
        Form::Other("a PKCS#7 message") => "it's a PKCS#7 message",
        Form::Pkcs1Private | Form::Sec1 | Form::Pkcs8 | Form::OtherPrivate(_) => {
            "it's a private key without a certificate"
        }
        Form::EncryptedPkcs8 => "it's an encrypted private key without a certificate",
        Form::Pkcs1Public | Form::Spki => "it's a public key",
        Form::Other(_) => return None,
    })
}

/// The one private key among the blocks of PEM text, if there's one; other blocks, and text between them, are
/// passed over.
///
/// # Errors
/// As for [`PrivateKey::from_pem`]; [`Error::Malformed`](crate::Error::Malformed) if there are several.
#[cfg(feature = "trust")]
pub(crate) fn private_among_pem(text: &[u8]) -> Result<Option<PrivateKey>> {
    among_pem(text, |form, block| match form {
        Form::Pkcs1Private | Form::Sec1 | Form::Pkcs8 => private_from_form(form, &form.decode(block)?),
        form => Err(form.not_private()),
    })
}

/// The same, of a key under a password.
#[cfg(all(feature = "encryption", feature = "trust"))]
pub(crate) fn encrypted_among_pem(
    text: &[u8],
    password: &[u8],
    decryption: Decryption,
    effort: &mut encrypted::Effort,
) -> Result<Option<PrivateKey>> {
    among_pem(text, |form, block| encrypted::from_block(form, block, password, decryption, effort))
}

#[cfg(feature = "trust")]
fn among_pem(
    text: &[u8],
    read: impl FnOnce(Form, pem::Block<'_>) -> Result<PrivateKey>,
) -> Result<Option<PrivateKey>> {
    const LABELS: &[&str] = &[
        "PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
    ];
    let mut blocks = pem::Blocks::new(text, LABELS);
    let Some(block) = blocks.find().transpose()? else { return Ok(None) };
    if blocks.find().transpose()?.is_some() {
        return Err(der::malformed("PEM", "there are several private keys, where one is expected"));
    }
    read(Form::of_label(block.label()), block).map(Some)
}

/// The key of a `PrivateKeyInfo` (PKCS#8), and of no other form.
#[cfg(feature = "pkcs12")]
pub(crate) fn private_from_pkcs8(der: &[u8]) -> Result<PrivateKey> {
    der::check_len(der)?;
    private_from_form(Form::Pkcs8, der)
}

/// The key of a `SubjectPublicKeyInfo`, and of no other form.
#[cfg(feature = "trust")]
pub(crate) fn public_from_spki(der: &[u8]) -> Result<PublicKey> {
    public_from_form(Form::Spki, der)
}

/// Something public as PEM text.
#[cfg(feature = "trust")]
pub(crate) fn pem_text(label: &str, der: &[u8]) -> alloc::string::String {
    core::mem::take(&mut *pem::encode(label, der, "\n"))
}

/// The parameters of a PSS signature, from their DER.
#[cfg(feature = "trust")]
pub(crate) fn pss_parameters(der: &[u8]) -> Result<crate::rsa::PssParams> {
    rsa::pss_parameters(der)
}

impl PrivateForms for PrivateKey {
    fn from_info(info: &PrivateKeyInfo<'_>) -> Result<Self> {
        Ok(match info.kind {
            Kind::Rsa(_) => Self::Rsa(PrivateForms::from_info(info)?),
            Kind::P256 => Self::P256(PrivateForms::from_info(info)?),
            Kind::P384 => Self::P384(PrivateForms::from_info(info)?),
            Kind::P521 => Self::P521(PrivateForms::from_info(info)?),
            Kind::Ed25519 => Self::Ed25519(PrivateForms::from_info(info)?),
            Kind::X25519 => Self::X25519(PrivateForms::from_info(info)?),
        })
    }

    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Rsa(key) => key.to_pkcs8(),
            Self::P256(key) => key.to_pkcs8(),
            Self::P384(key) => key.to_pkcs8(),
            Self::P521(key) => key.to_pkcs8(),
            Self::Ed25519(key) => key.to_pkcs8(),
            Self::X25519(key) => key.to_pkcs8(),
        }
    }
}

impl PublicForms for PublicKey {
    fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self> {
        Ok(match info.kind {
            Kind::Rsa(_) => Self::Rsa(PublicForms::from_info(info)?),
            Kind::P256 => Self::P256(PublicForms::from_info(info)?),
            Kind::P384 => Self::P384(PublicForms::from_info(info)?),
            Kind::P521 => Self::P521(PublicForms::from_info(info)?),
            Kind::Ed25519 => Self::Ed25519(PublicForms::from_info(info)?),
            Kind::X25519 => Self::X25519(PublicForms::from_info(info)?),
        })
    }

    fn to_spki(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Rsa(key) => key.to_spki(),
            Self::P256(key) => key.to_spki(),
            Self::P384(key) => key.to_spki(),
            Self::P521(key) => key.to_spki(),
            Self::Ed25519(key) => key.to_spki(),
            Self::X25519(key) => key.to_spki(),
        }
    }
}

private_key_forms! {
    [] PrivateKey, "PKCS#8, PKCS#1 or SEC 1, told apart by their structure",
    /// Reads PEM text, `BEGIN PRIVATE KEY`, `BEGIN RSA PRIVATE KEY` or `BEGIN EC PRIVATE KEY`: one block, and
    /// nothing after it. (Before it there may be `BEGIN EC PARAMETERS`, as `openssl ecparam -genkey` has it;
    /// the key says it all again.)
    ///
    /// # Errors
    /// - [`Error::Found`](crate::Error::Found) for something else: a certificate, a public key, DER, a JWK, a
    ///   Java key store, base64 without BEGIN and END, or a form that its label isn't of; and for the 64 bytes of a
    ///   key pair in the place of a private key for Ed25519;
    /// - [`Error::PasswordNeeded`](crate::Error::PasswordNeeded) for an encrypted key;
    /// - [`Error::Unsupported`](crate::Error::Unsupported), with their name, for other kinds of keys, other
    ///   curves, and curves that are spelt out;
    /// - [`Error::Malformed`](crate::Error::Malformed), with the place, for damaged text or DER, for text whose
    ///   line ends were lost, for several keys in one file, and for what's longer than 64 KiB;
    /// - [`Error::Size`](crate::Error::Size) for an RSA key of less than 2048 or more than 16,384 bits,
    ///   [`Error::PublicExponent`](crate::Error::PublicExponent) unless e is odd and 3 ≤ e < 2^33;
    /// - [`Error::Length`](crate::Error::Length) for a curve's number that isn't as long as the curve's order;
    /// - [`Error::InvalidKey`](crate::Error::InvalidKey) if its numbers don't belong together, or are out of
    ///   range;
    /// - [`Error::KeyTooSmall`](crate::Error::KeyTooSmall) if it's too small for the PSS parameters that it's
    ///   bound to.
}

public_key_forms! {
    [] PublicKey, "SPKI or PKCS#1, told apart by their structure",
    /// Reads PEM text, `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY`: one block, and nothing after it.
    ///
    /// # Errors
    /// As for [`PrivateKey::from_pem`]; a private key is found, not read.
    /// [`Error::InvalidKey`](crate::Error::InvalidKey) for a point that isn't on its curve or is infinity, and
    /// for a key for Ed25519 that isn't canonical or of small order.
}

impl PrivateKey {
    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa(key.public_key().clone()),
            Self::P256(key) => PublicKey::P256(key.verifying_key().clone()),
            Self::P384(key) => PublicKey::P384(key.verifying_key().clone()),
            Self::P521(key) => PublicKey::P521(key.verifying_key().clone()),
            Self::Ed25519(key) => PublicKey::Ed25519(key.verifying_key().clone()),
            Self::X25519(key) => PublicKey::X25519(key.public_key()),
        }
    }
}

/// `as_…` and `From`, for each kind of key.
macro_rules! kinds {
    ($any:ident: $($kind:ident($key:ty), $as:ident, $doc:literal;)*) => {
        impl $any {
            $(
                #[doc = $doc]
                pub fn $as(&self) -> Option<&$key> {
                    if let Self::$kind(key) = self { Some(key) } else { None }
                }
            )*
        }

        $(
            impl From<$key> for $any {
                fn from(key: $key) -> Self {
                    Self::$kind(key)
                }
            }
        )*
    };
}

kinds! { PrivateKey:
    Rsa(crate::rsa::PrivateKey), as_rsa, "The key, if it's of RSA.";
    P256(ecdsa::SigningKey<P256>), as_p256, "The key, if it's on P-256.";
    P384(ecdsa::SigningKey<P384>), as_p384, "The key, if it's on P-384.";
    P521(ecdsa::SigningKey<P521>), as_p521, "The key, if it's on P-521.";
    Ed25519(ed25519::SigningKey), as_ed25519, "The key, if it's for Ed25519.";
    X25519(ecdh::PrivateKey<X25519>), as_x25519, "The key, if it's for X25519.";
}

kinds! { PublicKey:
    Rsa(crate::rsa::PublicKey), as_rsa, "The key, if it's of RSA.";
    P256(ecdsa::VerifyingKey<P256>), as_p256, "The key, if it's on P-256.";
    P384(ecdsa::VerifyingKey<P384>), as_p384, "The key, if it's on P-384.";
    P521(ecdsa::VerifyingKey<P521>), as_p521, "The key, if it's on P-521.";
    Ed25519(ed25519::VerifyingKey), as_ed25519, "The key, if it's for Ed25519.";
    X25519(ecdh::PublicKey<X25519>), as_x25519, "The key, if it's for X25519.";
}

/// `From` for the keys of NIST curves in the type that's for key agreement.
macro_rules! agreement_kinds {
    ($($curve:ident)*) => {
        $(
            impl From<ecdh::PrivateKey<$curve>> for PrivateKey {
                fn from(key: ecdh::PrivateKey<$curve>) -> Self {
                    Self::$curve((&key).into())
                }
            }

            impl From<ecdh::PublicKey<$curve>> for PublicKey {
                fn from(key: ecdh::PublicKey<$curve>) -> Self {
                    Self::$curve((&key).into())
                }
            }
        )*
    };
}

agreement_kinds! { P256 P384 P521 }
