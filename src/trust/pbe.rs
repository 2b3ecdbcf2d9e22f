//! What PKCS#12 makes of a password: the key of its message authentication code, and those of old ciphers.
//!
//! ```text
//! I   = S ‖ P,   A₁ = Hʳ(D ‖ I),   I ← (each block of I) + B + 1,   A₂ = Hʳ(D ‖ I),   …      key = A₁ ‖ A₂ ‖ …
//! ```
//!
//! D is a block of bytes that say what the key is for, S and P are the salt and the password, repeated until they fill
//! whole blocks of the hash, r is the number of rounds, and B is Aᵢ, repeated until it fills a block. The password is
//! in UTF-16, big-endian, and ends in two zero bytes; of the empty one some programs leave these out.
//!
//! It's a function from before PBKDF2, and nothing but the message authentication code is made by it today. The ciphers
//! that it once had keys for, triple DES and RC2, are only read.
//!
//! **What leaks**: the length of the password, and how many bytes each of its characters takes in UTF-8 and UTF-16.
//! Triple DES and RC2 look things up in tables, at places that depend on the key and on what's decrypted: who shares a
//! machine with an attacker doesn't read old stores on it. Keys, passwords and what's decrypted are wiped; RC2's key
//! schedule isn't, on the stack of its crate.
//!
//! Sources: RFC 7292, appendices B and C; RFC 9579 (PBMAC1); RFC 2268 (RC2).

use alloc::vec;
use alloc::vec::Vec;
use core::iter::once;

use aes::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit, typenum::U8};
use des::{TdesEde2, TdesEde3};
use digest::Digest;
use digest::block_api::BlockSizeUser;
use rand_core::TryCryptoRng;
use rc2::Rc2;
use zeroize::{Zeroize, Zeroizing};

use crate::hash::{Hmac, Sha224, Sha256, Sha384, Sha512};
use crate::key::der::{
    NULL, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, element, integer, is, malformed,
};
use crate::key::encrypted::{Effort, check_pbmac1, unpadded, verify_hmac};
use crate::{Error, Result};

/// The block of triple DES and RC2, in bytes.
const BLOCK: usize = 8;
const MAX_SALT: usize = 1024;
/// The length of the salt that's written.
const SALT: usize = 16;

/// The contents of OBJECT IDENTIFIERs.
const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1];
const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 14];
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
/// The last bytes of SHA-2's names.
const SHA256: u8 = 1;

/// What a key is for: the byte that D is made of.
#[derive(Clone, Copy)]
enum Use {
    Cipher = 1,
    Iv = 2,
    Mac = 3,
}

/// A password in both of its forms.
pub(super) struct Password<'a> {
    /// For PBES2 and PBMAC1.
    utf8: &'a [u8],
    /// For the rest.
    utf16: Zeroizing<Vec<u8>>,
}

impl<'a> Password<'a> {
    pub(super) fn new(password: &'a str) -> Self {
        // In UTF-16 no character has more than twice the bytes that it has in UTF-8.
        let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
        for unit in password.encode_utf16().chain(once(0)) {
            utf16.extend_from_slice(&unit.to_be_bytes());
        }
        Self { utf8: password.as_bytes(), utf16 }
    }

    pub(super) fn utf8(&self) -> &'a [u8] {
        self.utf8
    }

    /// The forms that a program may have used: for the empty password there are two.
    fn forms(&self) -> impl Iterator<Item = &[u8]> {
        once(self.utf16.as_slice()).chain(self.utf8.is_empty().then_some(&[][..]))
    }

    /// Tries each form, until it's the right one.
    fn try_each<T>(&self, mut attempt: impl FnMut(&[u8]) -> Result<T>) -> Result<T> {
        for (i, form) in self.forms().enumerate() {
            match attempt(form) {
                Err(Error::Password) => {}
                // The file's own rounds were affordable; the password's second form is our own idea.
                Err(Error::KdfLimit { .. }) if i > 0 => {}
                result => return result,
            }
        }
        Err(Error::Password)
    }
}

/// Key derivation (RFC 7292, appendix B.2).
fn derive<D: Digest + BlockSizeUser>(
    key_use: Use,
    password: &[u8],
    salt: &[u8],
    rounds: u64,
    out: &mut [u8],
) {
    let block = D::block_size();
    let filled = |part: &[u8]| part.len().div_ceil(block) * block;
    let mut input = Zeroizing::new(Vec::with_capacity(filled(salt) + filled(password)));
    for part in [salt, password] {
        input.extend(part.iter().cycle().take(filled(part)));
    }
    let diversifier = vec![key_use as u8; block];
    for chunk in out.chunks_mut(<D as Digest>::output_size()) {
        let mut a = D::new().chain_update(&diversifier).chain_update(&*input).finalize();
        for _ in 1..rounds {
            a = D::digest(&a);
        }
        chunk.copy_from_slice(&a[..chunk.len()]);
        for part in input.chunks_exact_mut(block) {
            // One more than B, from the last byte to the first.
            let mut carry = 1;
            for (k, byte) in part.iter_mut().enumerate().rev() {
                carry += u16::from(*byte) + u16::from(a[k % a.len()]);
                *byte = carry as u8;
                carry >>= 8;
            }
        }
        a.as_mut_slice().zeroize();
    }
}

const MAC: &str = "message authentication code";
const CIPHER: &str = "cipher's parameters";

/// Checks the message authentication code of a `MacData`, of which the fields are given.
///
/// # Errors
/// [`Error::Password`] if it's another, [`Error::KdfLimit`] before too much is done to find out.
pub(super) fn check_mac(
    mut fields: Reader<'_>,
    message: &[u8],
    password: &Password<'_>,
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
        return check_pbmac1(parameters, message, tag, password.utf8, effort);
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
    password: &Password<'_>,
    rounds: u64,
) -> Result<Zeroizing<Vec<u8>>> {
    let mut salt = [0; SALT];
    rng.try_fill_bytes(&mut salt).map_err(|_| Error::Random)?;
    let mut key = Zeroizing::new([0; 32]);
    derive::<Sha256>(Use::Mac, &password.utf16, &salt, rounds, &mut *key);
    let tag = Hmac::<Sha256>::mac(&*key, message);
    let oid = element(OBJECT_IDENTIFIER, &[SHA2, &[SHA256]]);
    let algorithm = element(SEQUENCE, &[&oid, &element(NULL, &[])]);
    let info = element(SEQUENCE, &[&algorithm, &element(OCTET_STRING, &[&tag])]);
    Ok(element(SEQUENCE, &[&info, &element(OCTET_STRING, &[&salt]), &integer(&rounds.to_be_bytes())]))
}

fn read_salt<'a>(fields: &mut Reader<'a>, part: &'static str) -> Result<&'a [u8]> {
    let salt = fields.element(OCTET_STRING, part)?;
    if salt.len() > MAX_SALT { Err(malformed(part, "the salt has more than 1024 bytes")) } else { Ok(salt) }
}

/// What's too large to be held is too large to be done.
fn read_rounds(fields: &mut Reader<'_>, part: &'static str) -> Result<u64> {
    match fields.small(part)?.unwrap_or(u64::MAX) {
        0 => Err(malformed(part, "there are no rounds")),
        value if value > Effort::ROUNDS => {
            Err(Error::KdfLimit { cost: "rounds of key derivation", value, max: Effort::ROUNDS })
        }
        rounds => Ok(rounds),
    }
}

/// The ciphers that PKCS#12 has names of its own for, and that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Legacy {
    TripleDes,
    TwoKeyTripleDes,
    Rc2With128Bits,
    Rc2With40Bits,
}

impl Legacy {
    /// The cipher of an algorithm of which the fields are given; none if it's another kind of encryption.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for RC4.
    pub(super) fn of(mut algorithm: Reader<'_>) -> Result<Option<Self>> {
        let oid = algorithm.element(OBJECT_IDENTIFIER, CIPHER)?;
        let is_named = |last| is(oid, &[PKCS12_PBE, &[last]].concat());
        if is_named(1) || is_named(2) {
            return Err(Error::Unsupported("stores encrypted by RC4"));
        }
        let all = [Self::TripleDes, Self::TwoKeyTripleDes, Self::Rc2With128Bits, Self::Rc2With40Bits];
        Ok((3..).zip(all).find(|(last, _)| is_named(*last)).map(|(_, cipher)| cipher))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TripleDes => "triple DES",
            Self::TwoKeyTripleDes => "triple DES with two keys",
            Self::Rc2With128Bits => "128-bit RC2",
            Self::Rc2With40Bits => "40-bit RC2",
        }
    }

    /// Decrypts data: one SEQUENCE.
    pub(super) fn open(
        self,
        mut algorithm: Reader<'_>,
        data: &[u8],
        password: &Password<'_>,
        effort: &mut Effort,
    ) -> Result<Zeroizing<Vec<u8>>> {
        algorithm.element(OBJECT_IDENTIFIER, CIPHER)?;
        let mut parameters = algorithm.sequence(CIPHER)?;
        algorithm.finish(CIPHER)?;
        let salt = read_salt(&mut parameters, CIPHER)?;
        let rounds = read_rounds(&mut parameters, CIPHER)?;
        parameters.finish(CIPHER)?;
        if data.is_empty() || !data.len().is_multiple_of(BLOCK) {
            return Err(malformed("encrypted data", "its length isn't a multiple of 8"));
        }
        let key_len = match self {
            Self::TripleDes => 24,
            Self::TwoKeyTripleDes | Self::Rc2With128Bits => 16,
            Self::Rc2With40Bits => 5,
        };
        password.try_each(|form| {
            let mut derived = |key_use, len: usize| {
                // SHA-1 has 20 bytes.
                effort.spend(rounds.saturating_mul(len.div_ceil(20) as u64))?;
                let mut key = Zeroizing::new(vec![0; len]);
                derive::<sha1::Sha1>(key_use, form, salt, rounds, &mut key);
                Ok(key)
            };
            let (key, iv) = (derived(Use::Cipher, key_len)?, derived(Use::Iv, BLOCK)?);
            let mut data = Zeroizing::new(data.to_vec());
            let known = "a key of the cipher's length";
            match self {
                Self::TripleDes => decrypt(TdesEde3::new_from_slice(&key).expect(known), &iv, &mut data),
                Self::TwoKeyTripleDes => {
                    decrypt(TdesEde2::new_from_slice(&key).expect(known), &iv, &mut data);
                }
                Self::Rc2With128Bits | Self::Rc2With40Bits => {
                    decrypt(Rc2::new_with_eff_key_len(&key, 8 * key_len), &iv, &mut data);
                }
            }
            unpadded(data, BLOCK)
        })
    }
}

/// CBC on whole blocks, in place.
fn decrypt<C: BlockCipherDecrypt<BlockSize = U8>>(cipher: C, iv: &[u8], data: &mut [u8]) {
    let mut cbc = cbc::Decryptor::inner_iv_slice_init(cipher, iv).expect("an initial vector of one block");
    for block in data.chunks_exact_mut(BLOCK) {
        cbc.decrypt_block(block.try_into().expect("8 bytes"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    /// Answers of OpenSSL 3.0: `openssl kdf -keylen N -kdfopt digest:D -kdfopt hexpass:P -kdfopt hexsalt:S -kdfopt iter:R
    /// -kdfopt id:I PKCS12KDF`. The keys have several blocks, and of the salts of ff each addition carries.
    #[test]
    fn keys_as_openssl_derives_them() {
        fn key<D: Digest + BlockSizeUser>(
            key_use: Use,
            password: &str,
            salt: &[u8],
            rounds: u64,
            len: usize,
        ) -> String {
            let mut key = vec![0; len];
            derive::<D>(key_use, &Password::new(password).utf16, salt, rounds, &mut key);
            crate::trust::display::hex(&key, "")
        }
        let (salt, ones) = ([1, 2, 3, 4, 5, 6, 7, 8], [0xff; 70]);
        assert_eq!(
            key::<sha1::Sha1>(Use::Cipher, "smeg", &salt, 1, 24),
            "b0e8ac2bfcdf1130f29602e179eef70378e7179ff3d00ea4"
        );
        assert_eq!(
            key::<sha1::Sha1>(Use::Iv, "smeg", &ones, 1000, 50),
            "4350b3229524f2727c41ae86b9896d72fa973cf0f7b9987bac25d219af322a7e823feff95db5b7997e384e8fa534ed2decb1"
        );
        assert_eq!(
            key::<Sha224>(Use::Mac, "grüße", &salt, 7, 60),
            "210f6d2a436b3b31b1ad5614779a243927bee58dca5f0dfceb167912c44d51ff3a64e1b16d1690058502f818b593725fa5bd60d8e2a1a17a5283de6b"
        );
        assert_eq!(
            key::<Sha256>(Use::Mac, "geheim 🔑", &ones, 1000, 100),
            "7ace0e52f4a39bff54be544527039fe79a12e7edcb2b4612345b8fc9a1b6734de6055632136baa540ef3e96c7d8628287b92ff3b8ebe0523e90bc3e8ef195403ec59bac2f9cd151768267e338cfb5d9a1c2889b65dc1855c7aa37ede51b6fb8d41932c02"
        );
        assert_eq!(
            key::<Sha384>(Use::Cipher, &"x".repeat(70), &salt, 3, 100),
            "ee9220619cac4d5746f94d2d693d2d2e37aa98eae6ab8d65205773054e16d91fd2e0b74332f5f59c5aeefeb8ae245bfe4598e3c835f99ccd6c80b0d4bc2c0bd0c7815770189939d0184bc6f41f78cfe3903e69871a7792876b5014b04001c3c7a603f712"
        );
        assert_eq!(
            key::<Sha512>(Use::Mac, "", &ones, 5, 150),
            "d2a85b7314948278f01d17083e4469f9c7e40f72562bca4c94066e8384a7a998e4f0dbe8fd42485ef5a3927da09cdb9b00aed83ddfe07235398fe8d041fbe6d3284b24fd0862586dbc4e6a6be35b4bf7d65a28a3ddc1845fac5562cd11038ce06a74e76d963cff3b2ceafe0945bf25e7dea89c101dd985d0ca7d88c1cb4b4d4ccb1c4f400686368083750981a1d8397c0df6bf1b5742"
        );
    }
}
