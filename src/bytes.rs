//! A few bytes without a heap: what keys, points and signatures of elliptic curves are encoded in.

use core::{fmt, ops::Deref};

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// The longest of them: an ECDSA signature on P-521 in DER, with two integers of 66 bytes.
const CAPACITY: usize = 139;

/// Bytes whose number depends on the curve, which dereference to a slice. No allocator is needed.
///
/// Compared in constant time, as they may be a secret (then they come in [`Zeroizing`](zeroize::Zeroizing)).
///
/// ```
/// use oneway::ecdh::{P256, PrivateKey};
///
/// let key = PrivateKey::<P256>::from_bytes(&[7; 32])?;
/// let bytes = key.public_key().to_bytes();
/// assert_eq!((bytes.len(), bytes[0]), (65, 4));
/// # Ok::<(), oneway::Error>(())
/// ```
#[derive(Clone)]
pub struct Bytes {
    bytes: [u8; CAPACITY],
    len: u8,
}

impl Bytes {
    /// `len` zeros, to be written.
    pub(crate) fn zeros(len: usize) -> Self {
        assert!(len <= CAPACITY);
        Self { bytes: [0; CAPACITY], len: len as u8 }
    }

    /// A copy of a slice.
    pub(crate) fn copy_of(slice: &[u8]) -> Self {
        let mut bytes = Self::zeros(slice.len());
        bytes.as_mut_slice().copy_from_slice(slice);
        bytes
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[..usize::from(self.len)]
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for Bytes {
    fn eq(&self, other: &T) -> bool {
        bool::from(self.as_slice().ct_eq(other.as_ref()))
    }
}

impl Eq for Bytes {}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl Zeroize for Bytes {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_a_slice() {
        let mut bytes = Bytes::copy_of(b"abc");
        assert_eq!(bytes, *b"abc");
        assert_eq!((&bytes[1..], bytes.len()), (&b"bc"[..], 3));
        assert_ne!(bytes, Bytes::zeros(3));
        bytes.zeroize();
        assert_eq!(bytes, Bytes::zeros(3));
    }
}
