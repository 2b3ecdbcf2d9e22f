//! Keys that are for PSS alone: those whose file calls them id-RSASSA-PSS instead of rsaEncryption.
//!
//! Such a key signs and verifies by PSS. Its file may go on to name the hash, the hash of the mask generation
//! function and the shortest salt; then it's these and no others (RFC 4055, section 3.1). That keeps an
//! attacker from choosing a weaker scheme for a key of his victim's.
//!
//! The hashes D and M of [`Pss`](super::Pss) may be any crate's. A hash is recognised here by what it makes
//! of the empty message, which takes microseconds, and only for keys that are bound.
//!
//! Everything in here is public.

use digest::Digest;

use crate::hash::{Sha224, Sha256, Sha384, Sha512};
use crate::{Error, Result};

/// What a key for PSS alone is bound to.
///
/// A binding may be made stricter, never looser: `bound_to_pss` of a key that's bound already takes
/// [`PssBinding::Params`] in the place of [`PssBinding::Any`], and the same hashes with a longer salt, and
/// refuses all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PssBinding {
    /// PSS with any hashes and any salt.
    Any,
    /// PSS with these hashes, and no shorter salt.
    Params(PssParams),
}

/// The parameters that a key is bound to (RFC 4055, section 3.1; RFC 8017, appendix A.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PssParams {
    /// The hash of the message.
    pub hash: PssHash,
    /// The hash of the mask generation function MGF1.
    pub mgf_hash: PssHash,
    /// The shortest salt that a signature may have, in bytes.
    pub min_salt_len: usize,
}

/// A hash by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PssHash {
    /// SHA-1, the default of RFC 4055. This crate doesn't have it; a [`digest`] crate's does.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// SHA-1 of the empty message.
const SHA_1_OF_NOTHING: [u8; 20] = [
    0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf,
    0xd8, 0x07, 0x09,
];

impl PssHash {
    /// The name of D, if it's one of these.
    fn of<D: Digest>() -> Option<Self> {
        let hash = D::digest(b"");
        let is = |name: Self, of_nothing: &[u8]| (hash.as_slice() == of_nothing).then_some(name);
        is(Self::Sha1, &SHA_1_OF_NOTHING)
            .or_else(|| is(Self::Sha224, &Sha224::digest(b"")))
            .or_else(|| is(Self::Sha256, &Sha256::digest(b"")))
            .or_else(|| is(Self::Sha384, &Sha384::digest(b"")))
            .or_else(|| is(Self::Sha512, &Sha512::digest(b"")))
    }

    fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// What a signature scheme is, if it's PSS.
#[derive(Clone, Copy, Debug)]
pub struct PssUse {
    hash: Option<PssHash>,
    mgf_hash: Option<PssHash>,
    /// The salt's length in bytes, of a signature that's made; one that's verified has any length, or this one.
    salt_len: usize,
    any_salt_len: bool,
}

impl PssUse {
    pub(super) fn new<D: Digest, M: Digest>(salt_len: usize, any_salt_len: bool) -> Self {
        Self { hash: PssHash::of::<D>(), mgf_hash: PssHash::of::<M>(), salt_len, any_salt_len }
    }
}

impl PssBinding {
    /// Checks that a key of this size can sign under these parameters at all.
    pub(super) fn check_size(self, modulus_bits: usize) -> Result<()> {
        let Self::Params(PssParams { hash, min_salt_len, .. }) = self else { return Ok(()) };
        let needed = min_salt_len.saturating_add(hash.len() + 2);
        if needed <= (modulus_bits - 1).div_ceil(8) { Ok(()) } else { Err(Error::KeyTooSmall) }
    }

    /// Checks that this binding allows nothing that an older one doesn't.
    pub(super) fn check_tightens(self, older: Self) -> Result<()> {
        let is_as_strict = match (older, self) {
            (Self::Any, _) => true,
            (Self::Params(_), Self::Any) => false,
            (Self::Params(old), Self::Params(new)) => {
                (new.hash, new.mgf_hash) == (old.hash, old.mgf_hash) && new.min_salt_len >= old.min_salt_len
            }
        };
        if is_as_strict { Ok(()) } else { Err(Error::Scheme("another binding may only be a stricter one")) }
    }

    /// Checks that a key with this binding may sign by a scheme, which is PSS if `pss` is given.
    pub(super) fn check_signs(self, pss: Option<PssUse>) -> Result<()> {
        // Verification may take any salt, but what's made has this one.
        self.check_verifies(pss.map(|pss| PssUse { any_salt_len: false, ..pss }))
    }

    /// Checks that a key with this binding may verify by a scheme. Salts of any length are left to
    /// [`PssBinding::min_salt_len`].
    pub(super) fn check_verifies(self, pss: Option<PssUse>) -> Result<()> {
        let Some(pss) = pss else {
            return Err(Error::Scheme("other signatures than PSS aren't for it"));
        };
        let Self::Params(params) = self else { return Ok(()) };
        if pss.hash != Some(params.hash) {
            return Err(Error::Scheme("its parameters name another hash"));
        }
        if pss.mgf_hash != Some(params.mgf_hash) {
            return Err(Error::Scheme("its parameters name another hash for MGF1"));
        }
        if !pss.any_salt_len && pss.salt_len < params.min_salt_len {
            return Err(Error::Scheme("its parameters ask for a longer salt"));
        }
        Ok(())
    }

    /// The shortest salt that verification takes.
    pub(super) fn min_salt_len(self) -> usize {
        if let Self::Params(params) = self { params.min_salt_len } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_by_what_they_make_of_nothing() {
        assert_eq!(PssHash::of::<sha1::Sha1>(), Some(PssHash::Sha1));
        assert_eq!(PssHash::of::<Sha224>(), Some(PssHash::Sha224));
        assert_eq!(PssHash::of::<Sha256>(), Some(PssHash::Sha256));
        assert_eq!(PssHash::of::<sha2::Sha384>(), Some(PssHash::Sha384));
        assert_eq!(PssHash::of::<Sha512>(), Some(PssHash::Sha512));
        assert_eq!(PssHash::of::<sha2::Sha512_256>(), None);
        assert_eq!(PssHash::of::<sha3::Sha3_256>(), None);
    }
}
