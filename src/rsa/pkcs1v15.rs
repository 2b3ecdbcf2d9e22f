//! The signatures of PKCS#1 v1.5 (RFC 8017, sections 8.2 and 9.2).
//!
//! EM = 0 ‖ 1 ‖ 0xff…0xff ‖ 0 ‖ `DigestInfo`, where `DigestInfo` is the DER encoding of the hash' name and
//! value. Verification doesn't parse anything: it builds the one EM that is right and compares. (Parsers of
//! this have been fooled since 2006; Bleichenbacher's forgery for e = 3.)

use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use digest::Digest;
use digest::const_oid::AssociatedOid;
use rand_core::TryCryptoRng;

use super::scheme::{SignatureScheme, sealed};
use crate::{Error, Result};

/// PKCS#1 v1.5 signatures with the hash D. Deterministic: a message has one signature.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::hash::Sha256;
/// use oneway::rsa::{Pkcs1v15, PrivateKey};
///
/// let key = PrivateKey::generate(2048)?;
/// let scheme = Pkcs1v15::<Sha256>::new();
/// let signature = key.sign_with(&scheme, b"message")?;
/// key.public_key().verify_with(&scheme, b"message", &signature)?;
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
pub struct Pkcs1v15<D: Digest + AssociatedOid> {
    hash: PhantomData<fn() -> D>,
}

impl<D: Digest + AssociatedOid> Pkcs1v15<D> {
    /// The scheme; it has no parameters but its hash.
    pub fn new() -> Self {
        Self { hash: PhantomData }
    }

    /// EM for a hash; at least eight bytes are 0xff.
    fn encoded(hash: &[u8], k: usize) -> Result<Vec<u8>> {
        let info = digest_info(D::OID.as_bytes(), hash)?;
        let padding = k.checked_sub(info.len() + 3).filter(|len| *len >= 8).ok_or(Error::KeyTooSmall)?;
        let mut encoded = Vec::with_capacity(k);
        encoded.extend([0, 1]);
        encoded.resize(2 + padding, 0xff);
        encoded.push(0);
        encoded.extend(info);
        Ok(encoded)
    }
}

/// DER: SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, NULL }, OCTET STRING }. All lengths are below 128, one
/// byte each.
///
/// # Errors
/// [`Error::KeyTooSmall`] for a hash so long that they aren't: no hash that has a name is.
fn digest_info(oid: &[u8], hash: &[u8]) -> Result<Vec<u8>> {
    const SEQUENCE: u8 = 0x30;
    const OBJECT_IDENTIFIER: u8 = 0x06;
    const OCTET_STRING: u8 = 0x04;
    const NULL: [u8; 2] = [0x05, 0x00];
    let algorithm = oid.len() + 4;
    let all = algorithm + hash.len() + 4;
    if all >= 128 {
        return Err(Error::KeyTooSmall);
    }
    let mut der = Vec::with_capacity(all + 2);
    der.extend([SEQUENCE, all as u8, SEQUENCE, algorithm as u8, OBJECT_IDENTIFIER, oid.len() as u8]);
    der.extend(oid);
    der.extend(NULL);
    der.extend([OCTET_STRING, hash.len() as u8]);
    der.extend(hash);
    Ok(der)
}

impl<D: Digest + AssociatedOid> sealed::Sealed for Pkcs1v15<D> {}

impl<D: Digest + AssociatedOid> SignatureScheme for Pkcs1v15<D> {
    type Hash = D;

    fn encode<R: TryCryptoRng + ?Sized>(
        &self,
        hash: &[u8],
        modulus_bits: usize,
        _: &mut R,
    ) -> Result<Vec<u8>> {
        Self::encoded(hash, modulus_bits.div_ceil(8))
    }

    fn verify_encoded(
        &self,
        hash: &[u8],
        encoded: &[u8],
        modulus_bits: usize,
        _min_salt_len: usize,
    ) -> Result<()> {
        if Self::encoded(hash, modulus_bits.div_ceil(8))? == encoded { Ok(()) } else { Err(Error::Signature) }
    }
}

impl<D: Digest + AssociatedOid> Default for Pkcs1v15<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Digest + AssociatedOid> Clone for Pkcs1v15<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Digest + AssociatedOid> Copy for Pkcs1v15<D> {}

impl<D: Digest + AssociatedOid> PartialEq for Pkcs1v15<D> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<D: Digest + AssociatedOid> Eq for Pkcs1v15<D> {}

impl<D: Digest + AssociatedOid> Hash for Pkcs1v15<D> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<D: Digest + AssociatedOid> fmt::Debug for Pkcs1v15<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs1v15({})", D::OID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Sha256;

    #[test]
    fn digest_info_of_rfc_8017() {
        // Section 9.2, note 1: SHA-256.
        let prefix = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
            0x00, 0x04, 0x20,
        ];
        let info = digest_info(Sha256::OID.as_bytes(), &[7; 32]).unwrap();
        assert_eq!((&info[..19], &info[19..]), (&prefix[..], &[7; 32][..]));
    }

    #[test]
    fn eight_bytes_of_padding_at_least() {
        assert_eq!(
            Pkcs1v15::<Sha256>::encoded(&[0; 32], 62).unwrap()[..12],
            [0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0x30]
        );
        assert_eq!(Pkcs1v15::<Sha256>::encoded(&[0; 32], 61), Err(Error::KeyTooSmall));
    }
}
