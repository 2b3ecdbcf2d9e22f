//! HKDF: keys out of a secret that isn't a key yet.
//!
//! The result of a Diffie-Hellman agreement is secret, but its bits aren't uniform. HKDF makes of it one
//! pseudorandom key, and of that as many keys as wanted, each bound to what it's for:
//!
//! ```text
//! PRK  = HMAC(salt, IKM)                                            extract
//! T(i) = HMAC(PRK, T(i-1) ‖ info ‖ i),  T(0) empty, i one byte      expand
//! OKM  = the first L bytes of T(1) ‖ T(2) ‖ …,  L ≤ 255 · HashLen
//! ```
//!
//! IKM is the input keying material, `HashLen` the hash's bytes. The salt isn't secret, and may be empty
//! (which is the same as `HashLen` zeros: HMAC fills its key with zeros). `info` says what the key is for,
//! such as a protocol's name and the two parties. A password is no IKM: it's guessed, and HKDF is as fast
//! for the one who guesses.
//!
//! What leaks: the lengths of all inputs and of the output. The PRK and each T(i) are erased.
//!
//! Sources: RFC 5869; Krawczyk, "Cryptographic Extraction and Key Derivation: The HKDF Scheme" (2010).

use core::fmt;

use digest::{Digest, Output, OutputSizeUser, block_api::BlockSizeUser, typenum::Unsigned};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Hmac;
use crate::{Error, Result};

/// HKDF with the hash `D`: holds a pseudorandom key, and expands it.
///
/// ```
/// use oneway::hash::{Hkdf, Sha256};
///
/// # let shared_secret = [7; 32];
/// let hkdf = Hkdf::<Sha256>::new(b"salt", &shared_secret);
/// let (mut to_server, mut to_client) = ([0; 16], [0; 16]);
/// hkdf.expand(b"example v1, client to server", &mut to_server)?;
/// hkdf.expand(b"example v1, server to client", &mut to_client)?;
/// assert_ne!(to_server, to_client);
/// # Ok::<(), oneway::Error>(())
/// ```
///
/// Source: RFC 5869.
#[derive(Clone)]
pub struct Hkdf<D> {
    /// HMAC under the PRK, before its message.
    keyed: Hmac<D>,
}

impl<D: Digest + BlockSizeUser + Clone> Hkdf<D> {
    /// Extracts the pseudorandom key from `ikm`, and keeps it for [`expand`](Self::expand).
    pub fn new(salt: &[u8], ikm: &[u8]) -> Self {
        Self { keyed: Hmac::new(Self::extract(salt, ikm).as_bytes()) }
    }

    /// The pseudorandom key itself, as long as the hash: for protocols that hand it on.
    ///
    /// Source: RFC 5869, section 2.2.
    pub fn extract(salt: &[u8], ikm: &[u8]) -> Prk<D> {
        Self::extract_parts(salt, &[ikm])
    }

    /// [`extract`](Self::extract) for an `ikm` that comes in parts, which are put together. Nothing marks where one
    /// part ends: the protocol's encoding has to.
    pub fn extract_parts(salt: &[u8], ikm: &[&[u8]]) -> Prk<D> {
        let mut mac = Hmac::<D>::new(salt);
        for part in ikm {
            mac.update(part);
        }
        Prk(mac.finalize())
    }

    /// Starts from a pseudorandom key: an earlier [`extract`](Self::extract)'s, or a secret that's uniform
    /// already (RFC 5869, section 3.3).
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if the key is shorter than the hash.
    pub fn from_prk(prk: &[u8]) -> Result<Self> {
        let expected = D::OutputSize::USIZE;
        if prk.len() < expected {
            return Err(Error::Length { len: prk.len(), expected });
        }
        Ok(Self { keyed: Hmac::new(prk) })
    }

    /// Fills `out` with the key for `info`. The same `info` gives the same key, and a shorter `out` its
    /// beginning.
    ///
    /// # Errors
    ///
    /// [`Error::OutputTooLong`] if `out` is longer than 255 hashes; it's left as it was.
    ///
    /// Source: RFC 5869, section 2.3.
    pub fn expand(&self, info: &[u8], out: &mut [u8]) -> Result<()> {
        self.expand_parts(&[info], out)
    }

    /// [`expand`](Self::expand) for an `info` that comes in parts, which are put together. Nothing marks
    /// where one part ends: the protocol's encoding has to.
    ///
    /// # Errors
    ///
    /// [`Error::OutputTooLong`] if `out` is longer than 255 hashes; it's left as it was.
    pub fn expand_parts(&self, info: &[&[u8]], out: &mut [u8]) -> Result<()> {
        let hash_len = D::OutputSize::USIZE;
        if out.len() > 255 * hash_len {
            return Err(Error::OutputTooLong);
        }
        let mut t = Output::<D>::default();
        for (i, chunk) in (1..=255).zip(out.chunks_mut(hash_len)) {
            let mut mac = self.keyed.clone();
            if i > 1 {
                mac.update(&t);
            }
            for part in info {
                mac.update(part);
            }
            mac.update(&[i]);
            t = mac.finalize();
            chunk.copy_from_slice(&t[..chunk.len()]);
        }
        t.as_mut_slice().zeroize();
        Ok(())
    }

    /// Extract and expand in one go, for a single key.
    ///
    /// # Errors
    ///
    /// [`Error::OutputTooLong`] if `out` is longer than 255 hashes; it's left as it was.
    pub fn derive(salt: &[u8], ikm: &[u8], info: &[u8], out: &mut [u8]) -> Result<()> {
        Self::new(salt, ikm).expand(info, out)
    }
}

/// A pseudorandom key, as long as the hash `D`: what [`Hkdf::extract`] gives. Erased on drop.
///
/// ```
/// use oneway::hash::{Hkdf, Sha256};
///
/// # let shared_secret = [7; 32];
/// let prk = Hkdf::<Sha256>::extract(b"salt", &shared_secret);
/// let mut key = [0; 16];
/// Hkdf::<Sha256>::from_prk(prk.as_bytes())?.expand(b"example v1", &mut key)?;
/// # Ok::<(), oneway::Error>(())
/// ```
pub struct Prk<D: OutputSizeUser>(Output<D>);

impl<D: OutputSizeUser> Prk<D> {
    /// The key's bytes: a secret.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<D: OutputSizeUser> fmt::Debug for Prk<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prk { … }")
    }
}

impl<D: OutputSizeUser> Drop for Prk<D> {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl<D: OutputSizeUser> ZeroizeOnDrop for Prk<D> {}

impl<D> fmt::Debug for Hkdf<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hkdf { … }")
    }
}

/// What stays of the pseudorandom key are the two states of its HMAC.
impl<D: ZeroizeOnDrop> ZeroizeOnDrop for Hkdf<D> {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::hash::{Sha256, Sha512};
    use std::{format, vec};

    #[test]
    fn the_longest_output_and_one_byte_more() {
        let hkdf = Hkdf::<Sha256>::new(b"", b"ikm");
        let mut out = vec![0x55; 255 * 32 + 1];
        assert_eq!(hkdf.expand(b"", &mut out), Err(Error::OutputTooLong));
        assert!(out.iter().all(|&byte| byte == 0x55));
        assert_eq!(hkdf.expand(b"", &mut out[..255 * 32]), Ok(()));
        assert_eq!(hkdf.expand(b"", &mut []), Ok(()));
    }

    #[test]
    fn a_shorter_output_is_the_beginning() {
        let hkdf = Hkdf::<Sha512>::new(b"salt", b"ikm");
        let mut long = [0; 200];
        hkdf.expand(b"info", &mut long).unwrap();
        for len in 0..200 {
            let mut short = [0; 200];
            hkdf.expand(b"info", &mut short[..len]).unwrap();
            assert_eq!(short[..len], long[..len]);
        }
    }

    #[test]
    fn ways_to_the_same_key() {
        let [mut a, mut b, mut c] = [[0; 40]; 3];
        Hkdf::<Sha256>::derive(b"salt", b"ikm", b"info", &mut a).unwrap();
        let prk = Hkdf::<Sha256>::extract(b"salt", b"ikm");
        Hkdf::<Sha256>::from_prk(prk.as_bytes()).unwrap().expand(b"info", &mut b).unwrap();
        Hkdf::<Sha256>::new(b"salt", b"ikm").expand_parts(&[b"in", b"", b"fo"], &mut c).unwrap();
        assert_eq!((a, b), (b, c));
        let in_parts = Hkdf::<Sha256>::extract_parts(b"salt", &[b"i", b"", b"km"]);
        assert_eq!(prk.as_bytes(), in_parts.as_bytes());
        // No salt and HashLen zeros are the same salt.
        let no_salt = Hkdf::<Sha256>::extract(b"", b"ikm");
        assert_eq!(no_salt.as_bytes(), Hkdf::<Sha256>::extract(&[0; 32], b"ikm").as_bytes());
        assert_eq!(format!("{no_salt:?}"), "Prk { … }");
    }

    #[test]
    fn a_short_prk_is_refused() {
        let error = Hkdf::<Sha256>::from_prk(&[1; 31]).unwrap_err();
        assert_eq!(error, Error::Length { len: 31, expected: 32 });
        assert_eq!(format!("{:?}", Hkdf::<Sha256>::from_prk(&[1; 32]).unwrap()), "Hkdf { … }");
    }
}
