//! HKDF, with a label in every input: the same bytes, used for two things, give two unrelated results.
//!
//! ```text
//! LabeledExtract(salt, label, ikm)  = HKDF-Extract(salt, "HPKE-v1" ‖ suite ‖ label ‖ ikm)
//! LabeledExpand(prk, label, info, L) = HKDF-Expand(prk, L ‖ "HPKE-v1" ‖ suite ‖ label ‖ info, L),   L in two bytes
//! ```
//!
//! Source: RFC 9180, sections 4 and 7.2.

use zeroize::Zeroizing;

use crate::hash::{Hkdf, Sha256, Sha384, Sha512};
use crate::{Bytes, Error, Result};

/// How keys are derived: HKDF with one of three hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kdf {
    /// HKDF with SHA-256.
    HkdfSha256 = 1,
    /// HKDF with SHA-384.
    HkdfSha384 = 2,
    /// HKDF with SHA-512.
    HkdfSha512 = 3,
}

impl Kdf {
    /// Its number in the IANA registry "HPKE KDF Identifiers".
    pub const fn id(self) -> u16 {
        self as u16
    }

    /// The one with this number.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there's none here.
    pub fn from_id(id: u16) -> Result<Self> {
        let all = [Self::HkdfSha256, Self::HkdfSha384, Self::HkdfSha512];
        all.into_iter().find(|kdf| kdf.id() == id).ok_or(Error::Unsupported("HPKE KDFs of this number"))
    }

    /// `Nh`: the bytes of the hash.
    pub(super) const fn hash_len(self) -> usize {
        match self {
            Self::HkdfSha256 => 32,
            Self::HkdfSha384 => 48,
            Self::HkdfSha512 => 64,
        }
    }
}

/// What every input begins with, after a length where there's one.
const VERSION: &[u8] = b"HPKE-v1";

/// A KDF in a suite, which is part of every input.
pub(super) struct Labelled<'a> {
    pub(super) kdf: Kdf,
    pub(super) suite: &'a [u8],
}

/// Runs a body with the type `$D` for the hash of a KDF.
macro_rules! with_hash {
    ($kdf:expr, $D:ident => $body:expr) => {
        match $kdf {
            Kdf::HkdfSha256 => {
                type $D = Sha256;
                $body
            }
            Kdf::HkdfSha384 => {
                type $D = Sha384;
                $body
            }
            Kdf::HkdfSha512 => {
                type $D = Sha512;
                $body
            }
        }
    };
}

impl Labelled<'_> {
    /// A pseudorandom key, as long as the hash, of the parts of `ikm`, which are put together.
    pub(super) fn extract(&self, salt: &[u8], label: &str, ikm: &[&[u8]]) -> Zeroizing<Bytes> {
        let parts = [&[VERSION, self.suite, label.as_bytes()], ikm].concat();
        with_hash!(self.kdf, D => {
            Zeroizing::new(Bytes::copy_of(Hkdf::<D>::extract_parts(salt, &parts).as_bytes()))
        })
    }

    /// Fills `out`, from a key that [`Labelled::extract`] gave, for the parts of `info`, which are put together.
    ///
    /// # Errors
    /// [`Error::OutputTooLong`] for more than 255 hashes.
    pub(super) fn expand(&self, prk: &[u8], label: &str, info: &[&[u8]], out: &mut [u8]) -> Result<()> {
        let len = u16::try_from(out.len()).map_err(|_| Error::OutputTooLong)?.to_be_bytes();
        let parts = [&[&len, VERSION, self.suite, label.as_bytes()], info].concat();
        with_hash!(self.kdf, D => Hkdf::<D>::from_prk(prk)?.expand_parts(&parts, out))
    }

    /// Like [`Labelled::expand`], for the few bytes that keys have.
    pub(super) fn expand_key(&self, prk: &[u8], label: &str, info: &[&[u8]], len: usize) -> Zeroizing<Bytes> {
        let mut key = Zeroizing::new(Bytes::zeros(len));
        self.expand(prk, label, info, key.as_mut_slice()).expect("less than 255 hashes");
        key
    }
}
