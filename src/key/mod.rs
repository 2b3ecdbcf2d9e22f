//! Storey 4: keys as bytes, in the forms that other programs read and write.
//!
//! | form | private | public |
//! |---|---|---|
//! | what's written | PKCS#8, `BEGIN PRIVATE KEY` | SPKI, `BEGIN PUBLIC KEY` |
//! | with a password | PKCS#8, `BEGIN ENCRYPTED PRIVATE KEY` (feature `encryption`) | |
//! | what's read as well | PKCS#1, `BEGIN RSA PRIVATE KEY` | PKCS#1, `BEGIN RSA PUBLIC KEY` |
//!
//! Each of them is DER, and PEM text around it. [`PrivateKey`] and [`PublicKey`] recognise what they're given
//! by its structure; where they can't use it they say what they found: "a certificate, not a private key".
//! PKCS#1 is written by the traits of the crate `pkcs1`, and not for a key that's bound to PSS: this form
//! can't say so.
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::key::{PrivateKey, PublicKey};
//!
//! let key = PrivateKey::from(oneway::rsa::PrivateKey::generate(2048)?);
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
//! **What leaks of a private key**: the lengths of everything, the first byte of each number, n and e, and
//! the outcome of each check. Text is decoded by arithmetic, not by tables; DER is read without looking at
//! what the numbers are; and the numbers are checked against each other in constant time.
//!
//! **Hostile files**: whatever is longer than 64 KiB is refused unread, nothing recurses, and what a file
//! asks for is checked before it's done.
//!
//! Sources: RFC 5958, RFC 8017, RFC 8018, RFC 5280, RFC 7468.
//!
//! Files: `der` and `base64` (reading and writing, in constant time), `pem`, `recognise` (what is it?), `rsa`
//! (the forms of RSA keys), `encrypted` (PKCS#8 under a password), `fingerprint`, `traits` (those of `pkcs8`,
//! `spki` and `pkcs1`).

mod base64;
mod der;
#[cfg(feature = "encryption")]
mod encrypted;
mod fingerprint;
mod pem;
mod recognise;
mod rsa;
mod traits;

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

#[cfg(feature = "encryption")]
pub use encrypted::{Cipher, Encryption, Kdf};
pub use fingerprint::Fingerprint;

use crate::Result;
use recognise::Form;

/// A private key of any kind that this crate has.
///
/// Wiped from memory when dropped; `Debug` shows the public part alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PrivateKey {
    /// An RSA key.
    Rsa(crate::rsa::PrivateKey),
}

/// A public key of any kind that this crate has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicKey {
    /// An RSA key.
    Rsa(crate::rsa::PublicKey),
}

impl PrivateKey {
    /// Reads PEM text, `BEGIN PRIVATE KEY` or `BEGIN RSA PRIVATE KEY`: one block, and nothing after it.
    ///
    /// # Errors
    /// - [`Error::Found`](crate::Error::Found) for something else: a certificate, a public key, DER, or a form
    ///   that its label isn't of;
    /// - [`Error::PasswordNeeded`](crate::Error::PasswordNeeded) for an encrypted key;
    /// - [`Error::Unsupported`](crate::Error::Unsupported) for other kinds of keys;
    /// - [`Error::Malformed`](crate::Error::Malformed), with the place, for damaged text or DER, for several
    ///   keys in one file, and for what's longer than 64 KiB;
    /// - [`Error::Size`](crate::Error::Size) for an RSA key of less than 2048 or more than 16,384 bits,
    ///   [`Error::PublicExponent`](crate::Error::PublicExponent) unless e is odd and 3 ≤ e < 2^33;
    /// - [`Error::InvalidKey`](crate::Error::InvalidKey) if its numbers don't belong together;
    /// - [`Error::KeyTooSmall`](crate::Error::KeyTooSmall) if it's too small for the PSS parameters that it's
    ///   bound to.
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self> {
        let block = pem::Block::find(text.as_ref())?;
        let form = Form::of_label(block.label());
        match form {
            Form::Pkcs1Private | Form::Pkcs8 => Self::from_form(form, &form.decode(block)?),
            // OpenSSL's old encryption has the labels of keys without one.
            _ => Err(form.not_private()),
        }
    }

    /// Reads DER: PKCS#8 or PKCS#1, told apart by their structure.
    ///
    /// # Errors
    /// As for [`PrivateKey::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::from_form(Form::of_der(der)?, der)
    }

    fn from_form(form: Form, der: &[u8]) -> Result<Self> {
        match form {
            Form::Pkcs1Private => rsa::private_from_pkcs1(der).map(Self::Rsa),
            Form::Pkcs8 => rsa::private_from_pkcs8(der).map(Self::Rsa),
            _ => Err(form.not_private()),
        }
    }

    /// The key as PEM text: PKCS#8, `BEGIN PRIVATE KEY`, without a password.
    pub fn to_pem(&self) -> Zeroizing<String> {
        match self {
            Self::Rsa(key) => key.to_pem(),
        }
    }

    /// The key as DER: PKCS#8, without a password.
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Rsa(key) => key.to_der(),
        }
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa(key.public_key().clone()),
        }
    }

    /// The key, if it's of RSA.
    pub fn as_rsa(&self) -> Option<&crate::rsa::PrivateKey> {
        match self {
            Self::Rsa(key) => Some(key),
        }
    }

    fn into_rsa(self) -> crate::rsa::PrivateKey {
        match self {
            Self::Rsa(key) => key,
        }
    }
}

impl PublicKey {
    /// Reads PEM text, `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY`: one block, and nothing after it.
    ///
    /// # Errors
    /// As for [`PrivateKey::from_pem`]; a private key is found, not read.
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self> {
        let block = pem::Block::find(text.as_ref())?;
        let form = Form::of_label(block.label());
        match form {
            Form::Pkcs1Public | Form::Spki => Self::from_form(form, &form.decode(block)?),
            _ => Err(form.not_public()),
        }
    }

    /// Reads DER: SPKI or PKCS#1, told apart by their structure.
    ///
    /// # Errors
    /// As for [`PublicKey::from_pem`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::from_form(Form::of_der(der)?, der)
    }

    fn from_form(form: Form, der: &[u8]) -> Result<Self> {
        match form {
            Form::Pkcs1Public => rsa::public_from_pkcs1(der).map(Self::Rsa),
            Form::Spki => rsa::public_from_spki(der).map(Self::Rsa),
            _ => Err(form.not_public()),
        }
    }

    /// The key as PEM text: SPKI, `BEGIN PUBLIC KEY`.
    pub fn to_pem(&self) -> String {
        match self {
            Self::Rsa(key) => key.to_pem(),
        }
    }

    /// The key as DER: SPKI.
    pub fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.to_der(),
        }
    }

    /// The SHA-256 of the key's SPKI form, by which people compare keys.
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Rsa(key) => key.fingerprint(),
        }
    }

    /// The key, if it's of RSA.
    pub fn as_rsa(&self) -> Option<&crate::rsa::PublicKey> {
        match self {
            Self::Rsa(key) => Some(key),
        }
    }

    fn into_rsa(self) -> crate::rsa::PublicKey {
        match self {
            Self::Rsa(key) => key,
        }
    }
}

impl From<crate::rsa::PrivateKey> for PrivateKey {
    fn from(key: crate::rsa::PrivateKey) -> Self {
        Self::Rsa(key)
    }
}

impl From<crate::rsa::PublicKey> for PublicKey {
    fn from(key: crate::rsa::PublicKey) -> Self {
        Self::Rsa(key)
    }
}
