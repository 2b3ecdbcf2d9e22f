//! What PKCS#12 makes of a password, and the old ciphers that it made keys for.
//!
//! ```text
//! I   = S ‖ P,   A₁ = Hʳ(D ‖ I),   I ← (each block of I) + B + 1,   A₂ = Hʳ(D ‖ I),   …      key = A₁ ‖ A₂ ‖ …
//! ```
//!
//! D is a block of bytes that say what the key is for, S and P are the salt and the password, repeated until they fill
//! whole blocks of the hash, r is the number of rounds, and B is Aᵢ, repeated until it fills a block. The password is
//! in UTF-16, big-endian, and ends in two zero bytes; of the empty one some programs leave these out.
//!
//! It's a function from before PBKDF2, and nothing but PKCS#12's message authentication code is made by it today. The
//! ciphers that it once had keys for, triple DES and RC2, are only read, of key files and of stores, if that's allowed;
//! and so is triple DES where it stands in place of AES ([`encrypted`](super::encrypted)).
//!
//! **What leaks**: the length of the password, and how many bytes each of its characters takes in UTF-8 and UTF-16.
//! Triple DES and RC2 look things up in tables, at places that depend on the key and on what's decrypted: who shares a
//! machine with an attacker doesn't read old files on it. Keys, passwords and what's decrypted are wiped; RC2's key
//! schedule isn't, on the stack of its crate.
//!
//! Sources: RFC 7292, appendices B and C; RFC 2268 (RC2).

use alloc::vec;
use alloc::vec::Vec;
use core::iter::once;

use aes::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit, typenum::U8};
use des::{TdesEde2, TdesEde3};
use digest::Digest;
use digest::block_api::BlockSizeUser;
use rc2::Rc2;
use zeroize::{Zeroize, Zeroizing};

use super::der::{OCTET_STRING, Reader, is, malformed};
use super::encrypted::{Effort, unpadded};
use crate::{Error, Result};

/// The block of triple DES and RC2, in bytes.
pub(crate) const BLOCK: usize = 8;
const MAX_SALT: usize = 1024;

/// The contents of the OBJECT IDENTIFIERs of these ciphers, but for the last byte.
const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1];
const CIPHER: &str = "cipher's parameters";

/// What a key is for: the byte that D is made of.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Cipher = 1,
    Iv = 2,
    #[cfg_attr(not(feature = "pkcs12"), allow(dead_code, reason = "for stores"))]
    Mac = 3,
}

/// A password, for PBES2 and PBMAC1 as the bytes that it is, for the rest as text in UTF-16.
#[derive(Clone, Copy)]
pub(crate) struct Password<'a>(&'a [u8]);

impl<'a> Password<'a> {
    pub(crate) fn new(password: &'a [u8]) -> Self {
        Self(password)
    }

    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The password in UTF-16, with two zero bytes.
    ///
    /// # Errors
    /// [`Error::Password`] if it isn't text.
    pub(crate) fn utf16(self) -> Result<Zeroizing<Vec<u8>>> {
        let text = core::str::from_utf8(self.0).map_err(|_| Error::Password)?;
        // In UTF-16 no character has more than twice the bytes that it has in UTF-8.
        let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        for unit in text.encode_utf16().chain(once(0)) {
            utf16.extend_from_slice(&unit.to_be_bytes());
        }
        Ok(utf16)
    }

    /// Tries each form that a program may have used, until it's the right one: of the empty password there are two.
    pub(crate) fn try_each<T>(self, mut attempt: impl FnMut(&[u8]) -> Result<T>) -> Result<T> {
        match attempt(&self.utf16()?) {
            Err(Error::Password) if self.0.is_empty() => match attempt(&[]) {
                // The file's own rounds were affordable; the password's second form is our own idea.
                Err(Error::KdfLimit { .. }) => Err(Error::Password),
                result => result,
            },
            result => result,
        }
    }
}

/// Key derivation (RFC 7292, appendix B.2).
pub(crate) fn derive<D: Digest + BlockSizeUser>(
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

pub(crate) fn read_salt<'a>(fields: &mut Reader<'a>, part: &'static str) -> Result<&'a [u8]> {
    let salt = fields.element(OCTET_STRING, part)?;
    if salt.len() > MAX_SALT { Err(malformed(part, "the salt has more than 1024 bytes")) } else { Ok(salt) }
}

/// What's too large to be held is too large to be done.
pub(crate) fn read_rounds(fields: &mut Reader<'_>, part: &'static str) -> Result<u64> {
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
    /// The cipher of this OBJECT IDENTIFIER; none if it's another kind of encryption.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for RC4.
    pub(super) fn named(oid: &[u8]) -> Result<Option<Self>> {
        let is_named = |last| is(oid, &[PKCS12_PBE, &[last]].concat());
        if is_named(1) || is_named(2) {
            return Err(Error::Unsupported("keys and stores encrypted by RC4"));
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

    /// Decrypts data, by an algorithm of which the fields after its name are given: one SEQUENCE.
    pub(super) fn open(
        self,
        mut algorithm: Reader<'_>,
        data: &[u8],
        password: Password<'_>,
        effort: &mut Effort,
    ) -> Result<Zeroizing<Vec<u8>>> {
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
                Self::TripleDes => decrypt_triple_des(&key, &iv, &mut data),
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

/// Triple DES with three keys, 24 bytes, in CBC mode, on whole blocks, in place.
pub(crate) fn decrypt_triple_des(key: &[u8], iv: &[u8], data: &mut [u8]) {
    decrypt(TdesEde3::new_from_slice(key).expect("three keys of DES"), iv, data);
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
    use crate::hash::{Sha224, Sha256, Sha384, Sha512};
    use alloc::string::String;
    use core::fmt::Write;

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
            derive::<D>(
                key_use,
                &Password::new(password.as_bytes()).utf16().unwrap(),
                salt,
                rounds,
                &mut key,
            );
            let mut text = String::new();
            for byte in &key {
                write!(text, "{byte:02x}").expect("room");
            }
            text
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
