//! Keys for code that's written against the traits of the crates `pkcs8`, `spki`, `pkcs1` and `sec1`.
//!
//! The traits bring their own PEM reader, of which some branches depend on what it reads. For private keys
//! their methods are overridden by ours, which are in constant time: [`DecodePrivateKey`] is implemented
//! itself, not by way of `TryFrom<PrivateKeyInfoRef>`. The exception are methods that the traits have if
//! something else in the build turns on features of theirs, and which do it their own way: those that open
//! files (`std`), and those that encrypt (`getrandom`; by scrypt, as `Kdf::SCRYPT` would).
//! Public keys are read by way of `TryFrom<SubjectPublicKeyInfoRef>`, so that they come out of certificates.
//!
//! The traits' errors say less than ours: what they have a word for is kept, the rest is "malformed".

use alloc::string::String;
use alloc::vec::Vec;

use pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use pkcs8::der::{Document, Encode, SecretDocument};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, KeyError, LineEnding};
use sec1::{DecodeEcPrivateKey, EncodeEcPrivateKey};
use spki::{EncodePublicKey, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::recognise::Form;
use super::{PrivateKey, PublicForms, PublicKey, curve, pem, private_from_form, public_from_form, rsa};
use crate::ecdsa::{P256, P384, P521};
use crate::rsa::{PrivateKey as RsaPrivateKey, PublicKey as RsaPublicKey, VerifyingKey};
use crate::{Error, Result, ecdh, ecdsa, ed25519};

impl From<Error> for pkcs8::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed { part, .. } if part.starts_with("parameters") => Self::ParametersMalformed,
            Error::Length { len, expected } if len > expected => Self::KeyMalformed(KeyError::TooLong),
            Error::Length { .. } => Self::KeyMalformed(KeyError::TooShort),
            Error::Size { bits, .. } if bits > 2048 => Self::KeyMalformed(KeyError::TooLong),
            Error::Size { .. } | Error::KeyTooSmall => Self::KeyMalformed(KeyError::TooShort),
            #[cfg(feature = "encryption")]
            Error::Password => Self::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed),
            #[cfg(feature = "encryption")]
            Error::KdfLimit { .. } => {
                let oid = pkcs8::pkcs5::pbes2::PBES2_OID;
                Self::EncryptedPrivateKey(pkcs8::pkcs5::Error::AlgorithmParametersInvalid { oid })
            }
            _ => Self::KeyMalformed(KeyError::Invalid),
        }
    }
}

impl From<Error> for spki::Error {
    fn from(_: Error) -> Self {
        Self::KeyMalformed
    }
}

impl From<Error> for sec1::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed { part, .. } if part.starts_with("version") => Self::Version,
            Error::Malformed { .. } | Error::Found { .. } => Self::Asn1(pkcs8::der::ErrorKind::Failed.into()),
            _ => Self::Crypto,
        }
    }
}

impl From<Error> for pkcs1::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed { part, .. } if part.starts_with("version") => Self::Version,
            Error::Malformed { .. } | Error::Found { .. } => Self::KeyMalformed,
            _ => Self::Crypto,
        }
    }
}

/// The bytes of the one PEM block in a text, which has to be of this form.
fn decode_pem(text: &str, form: Form) -> Result<Zeroizing<Vec<u8>>> {
    let block = pem::Block::find(text.as_bytes())?;
    let found = Form::of_label(block.label());
    if found == form { form.decode(block) } else { Err(found.not_private()) }
}

fn ending(line_ending: LineEnding) -> &'static str {
    match line_ending {
        LineEnding::CR => "\r",
        LineEnding::LF => "\n",
        LineEnding::CRLF => "\r\n",
    }
}

fn secret_document(mut der: Zeroizing<Vec<u8>>) -> pkcs8::der::Result<SecretDocument> {
    SecretDocument::try_from(core::mem::take(&mut *der))
}

fn document(mut der: Zeroizing<Vec<u8>>) -> pkcs8::der::Result<Document> {
    Document::try_from(core::mem::take(&mut *der))
}

/// The traits of `pkcs8`, for a type of private keys: its generics and the type.
macro_rules! pkcs8_traits {
    ([$($generics:tt)*] $key:ty) => {
        impl<$($generics)*> DecodePrivateKey for $key {
            fn from_pkcs8_der(bytes: &[u8]) -> pkcs8::Result<Self> {
                Ok(private_from_form(Form::Pkcs8, bytes)?)
            }

            fn from_pkcs8_pem(text: &str) -> pkcs8::Result<Self> {
                Self::from_pkcs8_der(&decode_pem(text, Form::Pkcs8)?)
            }

            #[cfg(feature = "encryption")]
            fn from_pkcs8_encrypted_der(bytes: &[u8], password: impl AsRef<[u8]>) -> pkcs8::Result<Self> {
                Ok(Self::from_encrypted_der(bytes, password)?)
            }

            #[cfg(feature = "encryption")]
            fn from_pkcs8_encrypted_pem(text: &str, password: impl AsRef<[u8]>) -> pkcs8::Result<Self> {
                Ok(Self::from_encrypted_pem(text, password)?)
            }
        }

        impl<$($generics)*> EncodePrivateKey for $key {
            fn to_pkcs8_der(&self) -> pkcs8::Result<SecretDocument> {
                Ok(secret_document(self.to_der())?)
            }

            fn to_pkcs8_pem(&self, line_ending: LineEnding) -> pkcs8::Result<Zeroizing<String>> {
                Ok(pem::encode("PRIVATE KEY", &self.to_der(), ending(line_ending)))
            }
        }
    };
}

pkcs8_traits! { [] PrivateKey }
pkcs8_traits! { [] RsaPrivateKey }
pkcs8_traits! { [C: ecdsa::Curve] ecdsa::SigningKey<C> }
pkcs8_traits! { [C: ecdh::Curve] ecdh::PrivateKey<C> }
pkcs8_traits! { [] ed25519::SigningKey }

/// The traits of `spki`, for a type of public keys: its generics and the type.
macro_rules! spki_traits {
    ([$($generics:tt)*] $key:ty) => {
        impl<$($generics)*> TryFrom<SubjectPublicKeyInfoRef<'_>> for $key {
            type Error = spki::Error;

            fn try_from(info: SubjectPublicKeyInfoRef<'_>) -> spki::Result<Self> {
                public_from_form(Form::Spki, &info.to_der()?).map_err(|error| spki_error(error, &info))
            }
        }

        impl<$($generics)*> EncodePublicKey for $key {
            fn to_public_key_der(&self) -> spki::Result<Document> {
                Ok(document(self.to_spki())?)
            }
        }
    };
}

/// What `spki` calls an error about this: a kind of key that isn't read, or isn't this one, by its name.
fn spki_error(error: Error, info: &SubjectPublicKeyInfoRef<'_>) -> spki::Error {
    let parameters = info.algorithm.parameters;
    match error {
        Error::Unsupported(_) | Error::Found { .. } => {
            let curve = parameters.and_then(|parameters| parameters.decode_as().ok());
            spki::Error::OidUnknown { oid: curve.unwrap_or(info.algorithm.oid) }
        }
        Error::Malformed { part, .. } if part.starts_with("parameters") && parameters.is_none() => {
            spki::Error::AlgorithmParametersMissing
        }
        error => error.into(),
    }
}

spki_traits! { [] PublicKey }
spki_traits! { [] RsaPublicKey }
spki_traits! { [C: ecdsa::Curve] ecdsa::VerifyingKey<C> }
spki_traits! { [C: ecdh::Curve] ecdh::PublicKey<C> }
spki_traits! { [] ed25519::VerifyingKey }

impl<S> EncodePublicKey for VerifyingKey<S> {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        self.public_key().to_public_key_der()
    }
}

/// The traits of `sec1`, for a type of private keys on a NIST curve.
macro_rules! sec1_traits {
    ($($key:ty)*) => {
        $(
            impl DecodeEcPrivateKey for $key {
                fn from_sec1_der(bytes: &[u8]) -> sec1::Result<Self> {
                    Ok(private_from_form(Form::Sec1, bytes)?)
                }

                fn from_sec1_pem(text: &str) -> sec1::Result<Self> {
                    Self::from_sec1_der(&decode_pem(text, Form::Sec1)?)
                }
            }

            impl EncodeEcPrivateKey for $key {
                fn to_sec1_der(&self) -> sec1::Result<SecretDocument> {
                    Ok(secret_document(curve::to_sec1(self))?)
                }

                fn to_sec1_pem(&self, line_ending: LineEnding) -> sec1::Result<Zeroizing<String>> {
                    Ok(pem::encode("EC PRIVATE KEY", &curve::to_sec1(self), ending(line_ending)))
                }
            }
        )*
    };
}

sec1_traits! { ecdsa::SigningKey<P256> ecdsa::SigningKey<P384> ecdsa::SigningKey<P521> }
sec1_traits! { ecdh::PrivateKey<P256> ecdh::PrivateKey<P384> ecdh::PrivateKey<P521> }

impl DecodeRsaPrivateKey for RsaPrivateKey {
    fn from_pkcs1_der(bytes: &[u8]) -> pkcs1::Result<Self> {
        Ok(rsa::private_from_pkcs1(bytes)?)
    }

    fn from_pkcs1_pem(text: &str) -> pkcs1::Result<Self> {
        Self::from_pkcs1_der(&decode_pem(text, Form::Pkcs1Private)?)
    }
}

/// Checks that a key isn't for PSS alone: PKCS#1 doesn't say so, and what's read from it would do anything.
fn check_unbound(key: &RsaPublicKey) -> Result<()> {
    key.pss_binding().map_or(Ok(()), |_| Err(Error::Scheme("PKCS#1 has no form for it")))
}

/// A key that's bound to PSS is refused, with [`pkcs1::Error::Crypto`]: the file would lose that.
impl EncodeRsaPrivateKey for RsaPrivateKey {
    fn to_pkcs1_der(&self) -> pkcs1::Result<SecretDocument> {
        check_unbound(self.public_key())?;
        Ok(secret_document(rsa::private_to_pkcs1(self))?)
    }

    fn to_pkcs1_pem(&self, line_ending: LineEnding) -> pkcs1::Result<Zeroizing<String>> {
        check_unbound(self.public_key())?;
        Ok(pem::encode("RSA PRIVATE KEY", &rsa::private_to_pkcs1(self), ending(line_ending)))
    }
}

impl DecodeRsaPublicKey for RsaPublicKey {
    fn from_pkcs1_der(bytes: &[u8]) -> pkcs1::Result<Self> {
        Ok(rsa::public_from_pkcs1(bytes)?)
    }
}

/// A key that's bound to PSS is refused, with [`pkcs1::Error::Crypto`]: the file would lose that.
impl EncodeRsaPublicKey for RsaPublicKey {
    fn to_pkcs1_der(&self) -> pkcs1::Result<Document> {
        check_unbound(self)?;
        Ok(document(rsa::public_to_pkcs1(self))?)
    }
}
