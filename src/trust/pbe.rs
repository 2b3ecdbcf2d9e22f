//! The message authentication code of PKCS#12, which is under a password.
//!
//! HMAC, under a key that's derived in PKCS#12's own way ([`legacy`](crate::key::legacy)), or, in PBMAC1, by PBKDF2.
//!
//! **What leaks**: the length of the password, and how many bytes each of its characters takes in UTF-8 and UTF-16. Keys
//! and passwords are wiped.
//!
//! Sources: RFC 7292, appendix A; RFC 9579 (PBMAC1).

use alloc::vec;
use alloc::vec::Vec;

use digest::Digest;
use digest::block_api::BlockSizeUser;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::hash::{Hmac, Sha224, Sha256, Sha384, Sha512};
use crate::key::der::{
    NULL, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, element, integer, is, malformed,
};
use crate::key::encrypted::{Effort, check_pbmac1, verify_hmac};
use crate::key::legacy::{Password, Use, derive, read_rounds, read_salt};
use crate::{Error, Result};

/// The length of the salt that's written.
const SALT: usize = 16;

/// The contents of OBJECT IDENTIFIERs.
const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 14];
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
/// The last bytes of SHA-2's names.
const SHA256: u8 = 1;

const MAC: &str = "message authentication code";
/// Checks the message authentication code of a `MacData`, of which the fields are given.
///
/// # Errors
/// [`Error::Password`] if it's another, [`Error::KdfLimit`] before too much is done to find out.
pub(super) fn check_mac(
    mut fields: Reader<'_>,
    message: &[u8],
    password: Password<'_>,
    effort: &mut Effort,
) -> Result<()> {
    let mut info = fields.sequence(MAC)?;
    let mut algorithm = info.sequence(MAC)?;
    let tag = info.element(OCTET_STRING, MAC)?;
    info.finish(MAC)?;
    let oid = algorithm.element(OBJECT_IDENTIFIER, MAC)?;
    if is(oid, PBMAC1) {
        let parameters = algorithm.sequence(MAC)?;
        algorithm.finish(MAC)?;
        // What the other kind of code needs is there as well, and says nothing.
        read_salt(&mut fields, MAC)?;
        if !fields.is_empty() {
            fields.small(MAC)?;
        }
        fields.finish(MAC)?;
        return check_pbmac1(parameters, message, tag, password.bytes(), effort);
    }
    if !algorithm.is_empty() && !algorithm.element(NULL, MAC)?.is_empty() {
        return Err(malformed(MAC, "its hash has parameters"));
    }
    algorithm.finish(MAC)?;
    let salt = read_salt(&mut fields, MAC)?;
    let rounds = if fields.is_empty() { 1 } else { read_rounds(&mut fields, MAC)? };
    fields.finish(MAC)?;
    let check = match oid.strip_prefix(SHA2) {
        Some([1]) => check_hmac::<Sha256>,
        Some([2]) => check_hmac::<Sha384>,
        Some([3]) => check_hmac::<Sha512>,
        Some([4]) => check_hmac::<Sha224>,
        None if is(oid, SHA1) => check_hmac::<sha1::Sha1>,
        _ => return Err(Error::Unsupported("message authentication codes with hashes but SHA-1 and SHA-2")),
    };
    password.try_each(|form| {
        effort.spend(rounds)?;
        check(form, salt, rounds, message, tag)
    })
}

fn check_hmac<D: Digest + BlockSizeUser + Clone>(
    password: &[u8],
    salt: &[u8],
    rounds: u64,
    message: &[u8],
    tag: &[u8],
) -> Result<()> {
    let mut key = Zeroizing::new(vec![0; <D as Digest>::output_size()]);
    derive::<D>(Use::Mac, password, salt, rounds, &mut key);
    verify_hmac::<D>(&key, message, tag)
}

/// The `MacData` of a message: HMAC-SHA-256.
pub(super) fn make_mac<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    message: &[u8],
    password: Password<'_>,
    rounds: u64,
) -> Result<Zeroizing<Vec<u8>>> {
    let mut salt = [0; SALT];
    rng.try_fill_bytes(&mut salt).map_err(|_| Error::Random)?;
    let mut key = Zeroizing::new([0; 32]);
    derive::<Sha256>(Use::Mac, &password.utf16()?, &salt, rounds, &mut *key);
    let tag = Hmac::<Sha256>::mac(&*key, message);
    let oid = element(OBJECT_IDENTIFIER, &[SHA2, &[SHA256]]);
    let algorithm = element(SEQUENCE, &[&oid, &element(NULL, &[])]);
    let info = element(SEQUENCE, &[&algorithm, &element(OCTET_STRING, &[&tag])]);
    Ok(element(SEQUENCE, &[&info, &element(OCTET_STRING, &[&salt]), &integer(&rounds.to_be_bytes())]))
}
