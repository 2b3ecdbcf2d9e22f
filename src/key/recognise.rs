//! What a key's bytes are: told by the tags of their outer elements, or by the label of their PEM block.
//!
//! | outer SEQUENCE of | is |
//! |---|---|
//! | INTEGER, INTEGER | `RSAPublicKey` (PKCS#1) |
//! | INTEGER, INTEGER, … | `RSAPrivateKey` (PKCS#1) |
//! | six INTEGERs, the third of 20 bytes or more | a DSA key (OpenSSL: version, p, q, g, y, x) |
//! | INTEGER, SEQUENCE, OCTET STRING, … | `PrivateKeyInfo` (PKCS#8) |
//! | INTEGER, OCTET STRING, … | `ECPrivateKey` (SEC 1) |
//! | SEQUENCE, OCTET STRING | `EncryptedPrivateKeyInfo` (PKCS#8) |
//! | SEQUENCE, BIT STRING | `SubjectPublicKeyInfo` |
//! | SEQUENCE, SEQUENCE, BIT STRING | a certificate, a request, a revocation list |
//! | OBJECT IDENTIFIER, `[0]` | PKCS#7, CMS |
//!
//! Tags, lengths and labels are public; nothing else is looked at. What's no DER of a key is told by `instead`.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::der::{
    BIT_STRING, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, check_len, malformed,
};
use super::instead;
use super::pem::{self, Block};
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
    /// [`Error::Found`] for text.
    pub(super) fn of_der(der: &[u8]) -> Result<Self> {
        // Stores are longer than keys: what one is comes before its length.
        if let Some(name) = instead::container(der) {
            return Ok(Self::Other(name));
        }
        check_len(der)?;
        if der.is_empty() {
            return Err(malformed("DER", "it's empty"));
        }
        let mut outer = Reader::new(der);
        let all = outer.sequence("DER").and_then(|elements| outer.finish("DER").map(|()| elements));
        // Digits may look like a SEQUENCE, of which the tag is a zero.
        let mut elements = all.map_err(|error| text_instead(der).unwrap_or(error))?;
        let (mut tags, mut lengths) = ([0; 7], [0; 7]);
        for (tag, len) in tags.iter_mut().zip(&mut lengths) {
            if let Some(next) = elements.tag() {
                *tag = next;
                *len = elements.any("DER")?.len();
            }
        }
        match tags {
            [INTEGER, INTEGER, 0, ..] => Ok(Self::Pkcs1Public),
            // The order q of a DSA key. In an RSA key with numbers missing it's e, of five bytes at most.
            [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, 0] if lengths[2] >= 20 => {
                Ok(Self::OtherPrivate("DSA keys"))
            }
            [INTEGER, INTEGER, ..] => Ok(Self::Pkcs1Private),
            [INTEGER, SEQUENCE, OCTET_STRING, ..] => Ok(Self::Pkcs8),
            [INTEGER, OCTET_STRING, ..] => Ok(Self::Sec1),
            [SEQUENCE, OCTET_STRING, 0, ..] => Ok(Self::EncryptedPkcs8),
            [SEQUENCE, BIT_STRING, 0, ..] => Ok(Self::Spki),
            [SEQUENCE, SEQUENCE, BIT_STRING, 0, ..] => {
                Ok(Self::Other("a certificate, a certificate request or a revocation list"))
            }
            [OBJECT_IDENTIFIER, CONTEXT_0, 0, ..] => Ok(Self::Other(instead::PKCS7)),
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

/// The error for text where DER is expected.
fn text_instead(der: &[u8]) -> Option<Error> {
    let found = instead::text(der).or_else(|| pem::has_begin(der).then_some("PEM text (for `from_pem`)"));
    found.map(|found| Error::Found { found, expected: "DER" })
}
