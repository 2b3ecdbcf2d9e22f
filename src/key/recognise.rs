//! What a key's bytes are: told by the tags of their outer elements, or by the label of their PEM block.
//!
//! | outer SEQUENCE of | is |
//! |---|---|
//! | INTEGER, INTEGER | `RSAPublicKey` (PKCS#1) |
//! | INTEGER, INTEGER, … | `RSAPrivateKey` (PKCS#1) |
//! | INTEGER, SEQUENCE, OCTET STRING, … | `PrivateKeyInfo` (PKCS#8) |
//! | INTEGER, OCTET STRING, … | `ECPrivateKey` (SEC 1) |
//! | SEQUENCE, OCTET STRING | `EncryptedPrivateKeyInfo` (PKCS#8) |
//! | SEQUENCE, BIT STRING | `SubjectPublicKeyInfo` |
//! | SEQUENCE, SEQUENCE, BIT STRING | a certificate, a request, a revocation list |
//! | INTEGER, SEQUENCE, SEQUENCE or INTEGER, SEQUENCE | PKCS#12 |
//! | OBJECT IDENTIFIER, `[0]` | PKCS#7, CMS |
//!
//! Tags and labels are public; nothing else is looked at.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::der::{
    BIT_STRING, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, check_len, malformed,
};
use super::pem::Block;
use crate::{Error, Result};

/// A form that a key, or something that's taken for one, can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Pkcs1Private,
    Pkcs1Public,
    Sec1,
    Pkcs8,
    EncryptedPkcs8,
    Spki,
    /// A private key that isn't read; the text names keys of its kind.
    OtherPrivate(&'static str),
    /// Not a key.
    Other(&'static str),
}

impl Form {
    /// The form of DER.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it isn't a SEQUENCE of elements, or a SEQUENCE that no key is;
    /// [`Error::Found`] for PEM.
    pub(super) fn of_der(der: &[u8]) -> Result<Self> {
        check_len(der)?;
        if der.is_empty() {
            return Err(malformed("DER", "it's empty"));
        }
        let mut outer = Reader::new(der);
        let Ok(mut elements) = outer.sequence("DER") else {
            if Block::find(der).is_ok() {
                return Err(Error::Found { found: "PEM text (for `from_pem`)", expected: "DER" });
            }
            return Err(outer.sequence("DER").err().unwrap_or(malformed("DER", "not a key")));
        };
        outer.finish("DER")?;
        let mut tags = [0; 4];
        for tag in &mut tags {
            if let Some(next) = elements.tag() {
                *tag = next;
                elements.any("DER")?;
            }
        }
        match tags {
            [INTEGER, INTEGER, 0, 0] => Ok(Self::Pkcs1Public),
            [INTEGER, INTEGER, ..] => Ok(Self::Pkcs1Private),
            [INTEGER, SEQUENCE, OCTET_STRING, _] => Ok(Self::Pkcs8),
            [INTEGER, OCTET_STRING, ..] => Ok(Self::Sec1),
            [SEQUENCE, OCTET_STRING, 0, 0] => Ok(Self::EncryptedPkcs8),
            [SEQUENCE, BIT_STRING, 0, 0] => Ok(Self::Spki),
            [SEQUENCE, SEQUENCE, BIT_STRING, 0] => {
                Ok(Self::Other("a certificate, a certificate request or a revocation list"))
            }
            [INTEGER, SEQUENCE, SEQUENCE | 0, 0] => Ok(Self::Other("a PKCS#12 file (for `trust::KeyStore`)")),
            [OBJECT_IDENTIFIER, CONTEXT_0, 0, 0] => Ok(Self::Other("a PKCS#7 message")),
            _ => Err(malformed("DER", "none of the forms that keys have")),
        }
    }

    /// The form that a PEM block's label announces (RFC 7468; the older ones are OpenSSL's).
    pub(super) fn of_label(label: &[u8]) -> Self {
        match label {
            b"PRIVATE KEY" => Self::Pkcs8,
            b"ENCRYPTED PRIVATE KEY" => Self::EncryptedPkcs8,
            b"RSA PRIVATE KEY" => Self::Pkcs1Private,
            b"PUBLIC KEY" => Self::Spki,
            b"RSA PUBLIC KEY" => Self::Pkcs1Public,
            b"EC PRIVATE KEY" => Self::Sec1,
            b"DSA PRIVATE KEY" => Self::OtherPrivate("DSA keys"),
            b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => Self::Other("a certificate"),
            b"CERTIFICATE REQUEST" | b"NEW CERTIFICATE REQUEST" => Self::Other("a certificate request"),
            b"X509 CRL" => Self::Other("a revocation list"),
            b"PKCS7" | b"CMS" => Self::Other("a PKCS#7 message"),
            b"OPENSSH PRIVATE KEY" => {
                Self::OtherPrivate("keys in OpenSSH's own form (`ssh-keygen -p -m PKCS8` converts them)")
            }
            b"EC PARAMETERS" | b"DSA PARAMETERS" | b"DH PARAMETERS" | b"X9.42 DH PARAMETERS" => {
                Self::Other("parameters without a key")
            }
            _ if label.starts_with(b"PGP ") => Self::Other("OpenPGP data"),
            _ => Self::Other("a PEM block with an unknown label"),
        }
    }

    /// The bytes of a PEM block whose label announces this form.
    ///
    /// # Errors
    /// As for [`Block::decode`]; [`Error::Found`] or [`Error::Unsupported`] if they are of another form.
    pub(super) fn decode(self, block: Block<'_>) -> Result<Zeroizing<Vec<u8>>> {
        let der = block.decode()?;
        match Self::of_der(&der) {
            Ok(Self::OtherPrivate(kind)) => Err(Error::Unsupported(kind)),
            Ok(found) if found != self => {
                Err(Error::Found { found: found.contents(), expected: "what its label says" })
            }
            // Who reads them says what's wrong with them.
            _ => Ok(der),
        }
    }

    /// The error where a private key is expected and this is found.
    pub(super) fn not_private(self) -> Error {
        match self {
            Self::EncryptedPkcs8 => Error::PasswordNeeded,
            Self::OtherPrivate(kind) => Error::Unsupported(kind),
            _ => Error::Found { found: self.name(), expected: "a private key" },
        }
    }

    /// The error where a public key is expected and this is found.
    pub(super) fn not_public(self) -> Error {
        let found = match self {
            Self::Other("a certificate") => "a certificate (`trust::Certificate::public_key` has its key)",
            _ => self.name(),
        };
        Error::Found { found, expected: "a public key" }
    }

    /// What's inside of a block, by the label that it should have.
    fn contents(self) -> &'static str {
        match self {
            Self::Pkcs1Private => "the contents of `BEGIN RSA PRIVATE KEY`",
            Self::Pkcs1Public => "the contents of `BEGIN RSA PUBLIC KEY`",
            Self::Sec1 => "the contents of `BEGIN EC PRIVATE KEY`",
            Self::Pkcs8 => "the contents of `BEGIN PRIVATE KEY`",
            Self::EncryptedPkcs8 => "the contents of `BEGIN ENCRYPTED PRIVATE KEY`",
            Self::Spki => "the contents of `BEGIN PUBLIC KEY`",
            Self::OtherPrivate(name) | Self::Other(name) => name,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pkcs1Private | Self::Sec1 | Self::Pkcs8 | Self::OtherPrivate(_) => "a private key",
            Self::EncryptedPkcs8 => "an encrypted private key",
            Self::Pkcs1Public | Self::Spki => "a public key",
            Self::Other(name) => name,
        }
    }
}
