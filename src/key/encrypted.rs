//! Private keys under a password: encrypted PKCS#8, by PBES2 (RFC 8018, section 6.2).
//!
//! ```text
//! EncryptedPrivateKeyInfo = SEQUENCE { SEQUENCE { PBES2, SEQUENCE { kdf, cipher } }, OCTET STRING }
//! kdf    = SEQUENCE { PBKDF2, SEQUENCE { salt, rounds, [key length], [prf] } }
//!        | SEQUENCE { scrypt, SEQUENCE { salt, N, r, p, [key length] } }
//! cipher = SEQUENCE { AES-CBC, iv }
//! ```
//!
//! What programs wrote before is read if [`Decryption`] allows it: triple DES in the place of AES (OpenSSL's `req` and
//! `genrsa` up to 3.0), and PKCS#12's schemes in the place of PBES2 ([`legacy`](super::legacy)). Not read are the schemes of
//! PKCS#5 version 1.5, with MD5, or with DES and RC2 under PBKDF1.
//!
//! A key derivation function makes a guess at the password expensive, and the file says how expensive: a
//! hostile one asks for a year, or for a terabyte. So what's asked for is checked first: at most 10^7 rounds
//! of PBKDF2, at most 64 MiB for each of scrypt's two arrays and 1 GiB of memory traffic. AES-CBC doesn't authenticate; that the
//! password was right is told from the padding and the structure inside, and a damaged file may look like a
//! wrong password.
//!
//! Stores of keys and certificates (PKCS#12) are encrypted by the same means, in several parts: [`open`] and
//! [`seal`] do one part, and an [`Effort`] bounds what all of them cost together.
//!
//! **What leaks**: the lengths of the key and of the password, and whether decryption succeeded: one bit of
//! the padding, checked as a whole. scrypt reads memory at addresses that depend on the password, which is
//! what it's designed to do; who shares a machine with an attacker takes PBKDF2, the default.
//!
//! Sources: RFC 8018 (PKCS#5), RFC 7914 (scrypt), RFC 5958, section 3; SP 800-132.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use aes::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, typenum::U16};
use digest::{Digest, block_api::BlockSizeUser};
use pkcs8::pkcs5::scrypt;
use rand_core::TryCryptoRng;
use subtle::Choice;
use zeroize::{Zeroize, Zeroizing};

use super::ber;
use super::der::{
    INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, element, integer, is, malformed, public,
};
use super::legacy::{self, Legacy, Password, decrypt_triple_des};
use super::recognise::Form;
use super::{PrivateForms, pem, private_from_form};
use crate::hash::{Hmac, Sha224, Sha256, Sha384, Sha512};
use crate::kernel::secret::declassify;
use crate::kernel::word::{less, mask, nonzero};
use crate::{Error, Result, ecdh, ecdsa, ed25519};

/// How a private key is encrypted under a password.
///
/// The default is PBKDF2 with 600,000 rounds of HMAC-SHA-256 (OWASP's advice of 2023) and AES-256-CBC, which
/// every program reads. It takes a tenth of a second where the processor has instructions for SHA-256
/// (measured in 2026 on an EPYC), and a few where it hasn't.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::key::{Cipher, Encryption, Kdf};
/// use oneway::rsa::PrivateKey;
///
/// let key = PrivateKey::generate(2048)?;
/// let encryption = Encryption { kdf: Kdf::SCRYPT, cipher: Cipher::Aes128 };
/// let text = key.to_encrypted_pem_with(&mut getrandom::SysRng, &encryption, "correct horse")?;
/// assert_eq!(PrivateKey::from_encrypted_pem(&text, "correct horse")?.public_key(), key.public_key());
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    /// The key derivation function: what a guess costs.
    pub kdf: Kdf,
    /// The cipher.
    pub cipher: Cipher,
}

impl Encryption {
    /// What a key costs, in rounds, as an [`Effort`] counts them.
    #[cfg(feature = "pkcs12")]
    pub(crate) fn rounds(&self) -> u64 {
        match self.kdf {
            // No key is longer than what SHA-256 gives.
            Kdf::Pbkdf2 { rounds } => rounds.into(),
            Kdf::Scrypt { log_n, r, p } => {
                let n = 1u64.checked_shl(u32::from(log_n)).unwrap_or(u64::MAX);
                scrypt_rounds(n, r.into(), p.into(), SALT)
            }
        }
    }
}

/// A key derivation function, with what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kdf {
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2).
    Pbkdf2 {
        /// How often HMAC is applied, from 1 to 10,000,000.
        rounds: u32,
    },
    /// scrypt (RFC 7914): 128 · 2^`log_n` · r bytes of memory, at most 64 MiB, walked through p times.
    ///
    /// `openssl` reads less than 32 MiB.
    Scrypt {
        /// The binary logarithm of N.
        log_n: u8,
        /// The block size, in units of 128 bytes.
        r: u32,
        /// How often the memory is filled and read.
        p: u32,
    },
}

impl Kdf {
    /// scrypt with N = 2^14, r = 8, p = 1, which takes 16 MiB: what `openssl pkcs8 -scrypt` writes.
    pub const SCRYPT: Self = Self::Scrypt { log_n: 14, r: 8, p: 1 };
}

impl Default for Kdf {
    fn default() -> Self {
        Self::Pbkdf2 { rounds: 600_000 }
    }
}

/// A cipher: AES in CBC mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cipher {
    /// AES-128-CBC.
    Aes128,
    /// AES-192-CBC.
    Aes192,
    /// AES-256-CBC.
    #[default]
    Aes256,
}

/// How private keys under a password are read. The default refuses old ciphers.
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::ed25519::SigningKey;
/// use oneway::key::{Decryption, PrivateKey};
///
/// # let text = SigningKey::generate()?.to_encrypted_pem("correct horse")?;
/// let old = Decryption::new().allow_legacy();
/// let key = PrivateKey::from_encrypted_pem_with(&text, "correct horse", &old)?;
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Decryption {
    legacy: bool,
}

impl Decryption {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what's encrypted by triple DES or RC2: triple DES under PBES2, which `openssl req` and `openssl genrsa` wrote up
    /// to OpenSSL 3.0, and PKCS#12's own schemes, as those of `openssl pkcs8 -v1 PBE-SHA1-3DES`. 40-bit RC2 keeps nothing
    /// secret; the others of PKCS#12 rest on a key derivation that's cheap to attack. These ciphers look things up in
    /// tables, so they don't take constant time.
    ///
    /// A key that was read is written again by AES: [`PrivateKey::to_encrypted_pem`](super::PrivateKey::to_encrypted_pem).
    pub fn allow_legacy(self) -> Self {
        Self { legacy: true }
    }

    /// Refuses an old cipher, unless it's allowed.
    fn check(self, algorithm: &'static str) -> Result<()> {
        if self.legacy { Ok(()) } else { Err(Error::Legacy { algorithm }) }
    }
}

/// The length of AES' block, and of the initial vector.
const BLOCK: usize = 16;
const MAX_ROUNDS: u64 = 10_000_000;
const MAX_MEMORY: u64 = 64 << 20;
const MAX_TRAFFIC: u64 = 1 << 30;
const MAX_SALT: usize = 1024;
/// How often keys are derived for one file.
const MAX_DERIVATIONS: u64 = 1000;
/// The length of the salts that are written, in bytes.
const SALT: usize = 16;

/// What the keys of one file may cost to derive, all together: rounds, and how often it's done.
pub(crate) struct Effort {
    rounds: u64,
    max_rounds: u64,
    derivations: u64,
}

impl Effort {
    /// The rounds that a file gets unless told.
    pub(crate) const ROUNDS: u64 = MAX_ROUNDS;

    pub(crate) const fn new(max_rounds: u64) -> Self {
        Self { rounds: 0, max_rounds, derivations: 0 }
    }

    /// For a single key: what its parameters may ask for is bounded as they're read.
    const fn of_one_key() -> Self {
        Self::new(u64::MAX)
    }

    /// Allows one more derivation of so many rounds, before it's done.
    ///
    /// # Errors
    /// [`Error::KdfLimit`] if that's too many in all.
    pub(crate) fn spend(&mut self, rounds: u64) -> Result<()> {
        self.rounds = self.rounds.saturating_add(rounds);
        self.derivations += 1;
        let check = |cost, value, max| {
            if value > max { Err(Error::KdfLimit { cost, value, max }) } else { Ok(()) }
        };
        check("rounds of key derivation", self.rounds, self.max_rounds)?;
        check("key derivations", self.derivations, MAX_DERIVATIONS)
    }
}

/// The contents of OBJECT IDENTIFIERs.
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const SCRYPT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2];
const AES: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1];
const DES_EDE3_CBC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7];
/// Where the schemes of PKCS#5 version 1.5 stand.
const PBES1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5];

impl Cipher {
    const ALL: [Self; 3] = [Self::Aes128, Self::Aes192, Self::Aes256];

    /// The last byte of the name, and the length of the key.
    fn name_and_key_len(self) -> (u8, usize) {
        match self {
            Self::Aes128 => (2, 16),
            Self::Aes192 => (22, 24),
            Self::Aes256 => (42, 32),
        }
    }
}

/// The hashes under HMAC.
#[derive(Clone, Copy)]
enum Prf {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Prf {
    /// With the last byte of their names (RFC 8018, appendix B.1.2).
    const ALL: [(Self, u8); 5] =
        [(Self::Sha1, 7), (Self::Sha224, 8), (Self::Sha256, 9), (Self::Sha384, 10), (Self::Sha512, 11)];

    fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// A key derivation function with all it needs, known to be affordable.
enum Derivation<'a> {
    Pbkdf2 { prf: Prf, salt: &'a [u8], rounds: u64 },
    Scrypt { salt: &'a [u8], log_n: u8, r: u32, p: u32 },
}

/// A cipher that's read.
#[derive(Clone, Copy)]
enum Readable {
    Aes(Cipher),
    TripleDes,
}

impl Readable {
    /// The length of the block, and of the initial vector.
    fn block(self) -> usize {
        match self {
            Self::Aes(_) => BLOCK,
            Self::TripleDes => legacy::BLOCK,
        }
    }

    fn key_len(self) -> usize {
        match self {
            Self::Aes(cipher) => cipher.name_and_key_len().1,
            Self::TripleDes => 24,
        }
    }
}

/// What an `EncryptedPrivateKeyInfo` says, or another form of encrypted data, by PBES2.
struct Encrypted<'a> {
    derivation: Derivation<'a>,
    cipher: Readable,
    iv: &'a [u8],
    data: &'a [u8],
}

const KDF: &str = "key derivation parameters";
const CIPHER: &str = "cipher";

const PART: &str = "EncryptedPrivateKeyInfo";

/// An `EncryptedPrivateKeyInfo`: the fields of its algorithm, and the data.
pub(crate) fn parts(der: &[u8]) -> Result<(Reader<'_>, &[u8])> {
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence(PART)?;
    outer.finish(PART)?;
    let algorithm = fields.sequence(PART)?;
    let data = fields.element(OCTET_STRING, "encrypted data")?;
    fields.finish(PART)?;
    Ok((algorithm, data))
}

impl<'a> Encrypted<'a> {
    /// Reads the fields of the algorithm that are after its name.
    fn read(mut algorithm: Reader<'a>, data: &'a [u8], decryption: Decryption) -> Result<Self> {
        let mut parameters = algorithm.sequence(PART)?;
        algorithm.finish(PART)?;
        let mut kdf = parameters.sequence(KDF)?;
        let mut cipher = parameters.sequence(CIPHER)?;
        parameters.finish(PART)?;
        let (cipher, iv) = read_cipher(&mut cipher, decryption)?;
        let derivation = read_kdf(&mut kdf, cipher.key_len())?;
        if data.is_empty() || !data.len().is_multiple_of(cipher.block()) {
            return Err(malformed(
                "encrypted data",
                match cipher {
                    Readable::Aes(_) => "its length isn't a multiple of 16",
                    Readable::TripleDes => "its length isn't a multiple of 8",
                },
            ));
        }
        Ok(Self { derivation, cipher, iv, data })
    }
}

fn read_cipher<'a>(fields: &mut Reader<'a>, decryption: Decryption) -> Result<(Readable, &'a [u8])> {
    let oid = fields.element(OBJECT_IDENTIFIER, CIPHER)?;
    let name = |cipher: &Cipher| is(oid, &[AES, &[cipher.name_and_key_len().0]].concat());
    let cipher = match Cipher::ALL.into_iter().find(name) {
        Some(cipher) => Readable::Aes(cipher),
        None if is(oid, DES_EDE3_CBC) => {
            decryption.check("triple DES")?;
            Readable::TripleDes
        }
        None => return Err(Error::Unsupported("keys encrypted by other ciphers than AES-CBC")),
    };
    let iv = fields.element(OCTET_STRING, CIPHER)?;
    fields.finish(CIPHER)?;
    if iv.len() != cipher.block() {
        return Err(malformed(
            CIPHER,
            match cipher {
                Readable::Aes(_) => "the initial vector doesn't have 16 bytes",
                Readable::TripleDes => "the initial vector doesn't have 8 bytes",
            },
        ));
    }
    Ok((cipher, iv))
}

fn read_kdf<'a>(fields: &mut Reader<'a>, key_len: usize) -> Result<Derivation<'a>> {
    let oid = fields.element(OBJECT_IDENTIFIER, KDF)?;
    let is_pbkdf2 = is(oid, PBKDF2);
    if !is_pbkdf2 && !is(oid, SCRYPT) {
        return Err(Error::Unsupported("keys under other key derivation functions than PBKDF2 and scrypt"));
    }
    let mut parameters = fields.sequence(KDF)?;
    fields.finish(KDF)?;
    let salt = read_salt(&mut parameters)?;
    let mut number = || Ok(parameters.small(KDF)?.unwrap_or(u64::MAX));
    let derivation = if is_pbkdf2 {
        let rounds = number()?;
        check_key_len(&mut parameters, key_len)?;
        Derivation::Pbkdf2 { prf: read_prf(&mut parameters)?, salt, rounds: check_rounds(rounds)? }
    } else {
        let (n, r, p) = (number()?, number()?, number()?);
        check_key_len(&mut parameters, key_len)?;
        // A number that's too large to be held is too large to be obeyed.
        if n != u64::MAX && !n.is_power_of_two() {
            return Err(malformed(KDF, "scrypt's N isn't a power of two"));
        }
        check_scrypt(n, r, p, salt.len())?;
        // The check bounds each of them by 2^30.
        Derivation::Scrypt { salt, log_n: n.trailing_zeros() as u8, r: r as u32, p: p as u32 }
    };
    parameters.finish(KDF)?;
    Ok(derivation)
}

fn read_salt<'a>(parameters: &mut Reader<'a>) -> Result<&'a [u8]> {
    let salt = parameters.element(OCTET_STRING, KDF)?;
    if salt.len() > MAX_SALT { Err(malformed(KDF, "the salt has more than 1024 bytes")) } else { Ok(salt) }
}

/// Reads the key's length, if it's there.
fn check_key_len(parameters: &mut Reader<'_>, key_len: usize) -> Result<()> {
    if parameters.tag() == Some(INTEGER) && parameters.small(KDF)? != Some(key_len as u64) {
        return Err(malformed(KDF, "the key's length isn't the cipher's"));
    }
    Ok(())
}

/// Reads the pseudorandom function, HMAC-SHA-1 if there's none.
fn read_prf(parameters: &mut Reader<'_>) -> Result<Prf> {
    if parameters.is_empty() {
        return Ok(Prf::Sha1);
    }
    read_prf_fields(&mut parameters.sequence(KDF)?)
}

fn read_prf_fields(fields: &mut Reader<'_>) -> Result<Prf> {
    let oid = fields.element(OBJECT_IDENTIFIER, KDF)?;
    if !fields.is_empty() && !fields.element(NULL, KDF)?.is_empty() {
        return Err(malformed(KDF, "HMAC has parameters"));
    }
    fields.finish(KDF)?;
    let known = Prf::ALL.iter().find(|(_, last)| is(oid, &[HMAC, &[*last]].concat()));
    known.map(|(prf, _)| *prf).ok_or(Error::Unsupported("keys under PBKDF2 with hashes but SHA-1 and SHA-2"))
}

fn check_rounds(rounds: u64) -> Result<u64> {
    match rounds {
        0 => Err(malformed(KDF, "there are no rounds")),
        1..=MAX_ROUNDS => Ok(rounds),
        _ => Err(Error::KdfLimit { cost: "rounds of PBKDF2", value: rounds, max: MAX_ROUNDS }),
    }
}

/// What scrypt costs, in steps that take as long as a round of PBKDF2: each writes or reads 128 bytes of the memory, N for
/// each of r p blocks; and PBKDF2 makes these of the password, four hashes of the salt for each.
fn scrypt_rounds(n: u64, r: u64, p: u64, salt_len: usize) -> u64 {
    r.saturating_mul(p).saturating_mul(n.saturating_add(4 * (2 + salt_len as u64 / 64)))
}

/// Checks that scrypt's memory, arrays of 128 r N and of 128 r p bytes, and the traffic on it are affordable.
fn check_scrypt(n: u64, r: u64, p: u64, salt_len: usize) -> Result<()> {
    if n < 2 || r == 0 || p == 0 {
        return Err(malformed(KDF, "scrypt's N is 1, or its r or p is 0"));
    }
    let memory = r.saturating_mul(128).saturating_mul(n.max(p));
    if memory > MAX_MEMORY {
        return Err(Error::KdfLimit { cost: "bytes of memory for scrypt", value: memory, max: MAX_MEMORY });
    }
    let traffic = r.saturating_mul(128).saturating_mul(n).saturating_mul(p);
    if traffic > MAX_TRAFFIC {
        let cost = "bytes of memory traffic for scrypt";
        return Err(Error::KdfLimit { cost, value: traffic, max: MAX_TRAFFIC });
    }
    let rounds = scrypt_rounds(n, r, p, salt_len);
    if rounds > MAX_ROUNDS {
        return Err(Error::KdfLimit { cost: "steps of scrypt", value: rounds, max: MAX_ROUNDS });
    }
    Ok(())
}

impl Derivation<'_> {
    /// What a key of this length costs, in rounds.
    fn rounds(&self, len: usize) -> u64 {
        match *self {
            Self::Pbkdf2 { prf, rounds, .. } => rounds.saturating_mul(len.div_ceil(prf.output_len()) as u64),
            Self::Scrypt { salt, log_n, r, p } => scrypt_rounds(1 << log_n, r.into(), p.into(), salt.len()),
        }
    }

    /// The cipher's key.
    fn key(&self, password: &[u8], len: usize) -> Result<Zeroizing<Vec<u8>>> {
        let mut key = Zeroizing::new(vec![0; len]);
        match *self {
            Self::Pbkdf2 { prf, salt, rounds } => {
                let derive = match prf {
                    Prf::Sha1 => pbkdf2::<sha1::Sha1>,
                    Prf::Sha224 => pbkdf2::<Sha224>,
                    Prf::Sha256 => pbkdf2::<Sha256>,
                    Prf::Sha384 => pbkdf2::<Sha384>,
                    Prf::Sha512 => pbkdf2::<Sha512>,
                };
                derive(password, salt, rounds, &mut key);
            }
            Self::Scrypt { salt, log_n, r, p } => {
                let refused = malformed(KDF, "scrypt's parameters are out of its range");
                let params = scrypt::Params::new(log_n, r, p).map_err(|_| refused)?;
                scrypt::scrypt(password, salt, &params, &mut key).map_err(|_| refused)?;
            }
        }
        Ok(key)
    }
}

/// PBKDF2 (RFC 8018, section 5.2): T₁ ‖ T₂ ‖ …, where Tᵢ is the sum modulo 2 of U₁, U₂, … up to the number
/// of rounds, U₁ = HMAC(password, salt ‖ i), Uⱼ = HMAC(password, Uⱼ₋₁).
fn pbkdf2<D: Digest + BlockSizeUser + Clone>(password: &[u8], salt: &[u8], rounds: u64, out: &mut [u8]) {
    let hmac = Hmac::<D>::new(password);
    let apply = |parts: &[&[u8]]| {
        let mut hmac = hmac.clone();
        parts.iter().copied().for_each(|part| hmac.update(part));
        hmac.finalize()
    };
    for (i, chunk) in (1u32..).zip(out.chunks_mut(<D as Digest>::output_size())) {
        let mut u = apply(&[salt, &i.to_be_bytes()]);
        let mut t = u.clone();
        for _ in 1..rounds {
            u = apply(&[&u]);
            t.iter_mut().zip(&u).for_each(|(t, u)| *t ^= u);
        }
        chunk.copy_from_slice(&t[..chunk.len()]);
        t.as_mut_slice().zeroize();
        u.as_mut_slice().zeroize();
    }
}

/// AES-CBC on whole blocks, in place.
fn each_block(data: &mut [u8], mut apply: impl FnMut(&mut Array<u8, U16>)) {
    for block in data.chunks_exact_mut(BLOCK) {
        apply(block.try_into().expect("16 bytes"));
    }
}

fn decrypt_blocks(cipher: Readable, key: &[u8], iv: &[u8], data: &mut [u8]) {
    macro_rules! with {
        ($aes:ty) => {{
            let mut cbc = cbc::Decryptor::<$aes>::new_from_slices(key, iv).expect("the cipher's lengths");
            each_block(data, |block| cbc.decrypt_block(block));
        }};
    }
    match cipher {
        Readable::Aes(Cipher::Aes128) => with!(aes::Aes128),
        Readable::Aes(Cipher::Aes192) => with!(aes::Aes192),
        Readable::Aes(Cipher::Aes256) => with!(aes::Aes256),
        Readable::TripleDes => decrypt_triple_des(key, iv, data),
    }
}

fn encrypt_blocks(cipher: Cipher, key: &[u8], iv: &[u8; BLOCK], data: &mut [u8]) {
    macro_rules! with {
        ($aes:ty) => {{
            let mut cbc = cbc::Encryptor::<$aes>::new_from_slices(key, iv).expect("the cipher's lengths");
            each_block(data, |block| cbc.encrypt_block(block));
        }};
    }
    match cipher {
        Cipher::Aes128 => with!(aes::Aes128),
        Cipher::Aes192 => with!(aes::Aes192),
        Cipher::Aes256 => with!(aes::Aes256),
    }
}

/// Whether data ends in n bytes of value n, 1 ≤ n ≤ 16 or what the block is long (RFC 8018, section 6.1.1): one bit.
fn is_padded(data: &[u8], block: usize) -> Choice {
    let block = block as u64;
    let n = data.last().copied().map_or(0, u64::from);
    let mut wrong = less(n, 1) | less(block, n);
    for (i, byte) in (0..block).zip(data.iter().rev()) {
        wrong |= nonzero(mask(less(i, n)) & (u64::from(*byte) ^ n));
    }
    Choice::from((wrong ^ 1) as u8)
}

/// Takes the padding off what was decrypted, which has to be one SEQUENCE, and has it in DER.
///
/// # Errors
/// [`Error::Password`].
pub(crate) fn unpadded(mut data: Zeroizing<Vec<u8>>, block: usize) -> Result<Zeroizing<Vec<u8>>> {
    // That the password was wrong is what the caller is told.
    if !declassify(is_padded(&data, block)) {
        return Err(Error::Password);
    }
    // The length of the key is public.
    let len = data.len() - data.last().map_or(0, |n| usize::from(public(*n)));
    data.truncate(len);
    // What's neither DER nor BER inside is told by whoever reads it.
    let data = ber::rewritten(&data).ok().flatten().unwrap_or(data);
    // One wrong password in 256 leaves right padding. What isn't all one SEQUENCE is no key, and no store.
    let mut outer = Reader::new(&data);
    if outer.sequence("").and_then(|_| outer.finish("")).is_err() {
        return Err(Error::Password);
    }
    Ok(data)
}

/// Decrypts data by an algorithm, of which the fields are given: one SEQUENCE.
pub(crate) fn open(
    mut algorithm: Reader<'_>,
    data: &[u8],
    password: Password<'_>,
    decryption: Decryption,
    effort: &mut Effort,
) -> Result<Zeroizing<Vec<u8>>> {
    let oid = algorithm.element(OBJECT_IDENTIFIER, PART)?;
    if let Some(legacy) = Legacy::named(oid)? {
        decryption.check(legacy.name())?;
        return legacy.open(algorithm, data, password, effort);
    }
    if !is(oid, PBES2) {
        return Err(Error::Unsupported(if oid.starts_with(PBES1) {
            "keys in the old encryption of PKCS#5 v1.5 (`openssl pkcs8 -topk8` converts them)"
        } else {
            "keys in an unknown encryption"
        }));
    }
    let Encrypted { derivation, cipher, iv, data } = Encrypted::read(algorithm, data, decryption)?;
    effort.spend(derivation.rounds(cipher.key_len()))?;
    let key = derivation.key(password.bytes(), cipher.key_len())?;
    let mut data = Zeroizing::new(data.to_vec());
    decrypt_blocks(cipher, &key, iv, &mut data);
    unpadded(data, cipher.block())
}

/// The `PrivateKeyInfo` inside of an `EncryptedPrivateKeyInfo`.
fn decrypt(
    der: &[u8],
    password: &[u8],
    decryption: Decryption,
    effort: &mut Effort,
) -> Result<Zeroizing<Vec<u8>>> {
    let (algorithm, data) = parts(der)?;
    open(algorithm, data, Password::new(password), decryption, effort)
}

/// Encrypts data: the algorithm, and the ciphertext.
///
/// # Errors
/// [`Error::EmptyPassword`]: what's under no password isn't protected, and looks as if it were.
pub(crate) fn seal<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    encryption: &Encryption,
    password: &[u8],
    plain: &[u8],
) -> Result<(Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>)> {
    if password.is_empty() {
        return Err(Error::EmptyPassword);
    }
    let (mut salt, mut iv) = ([0; SALT], [0; BLOCK]);
    rng.try_fill_bytes(&mut salt).map_err(|_| Error::Random)?;
    rng.try_fill_bytes(&mut iv).map_err(|_| Error::Random)?;
    let (name, key_len) = encryption.cipher.name_and_key_len();
    let oid = |oid: &[u8]| element(OBJECT_IDENTIFIER, &[oid]);
    let sequence = |parts: &[&[u8]]| element(SEQUENCE, parts);
    let number = |x: u64| integer(&x.to_be_bytes());
    let octets = |octets: &[u8]| element(OCTET_STRING, &[octets]);
    let (derivation, kdf) = match encryption.kdf {
        Kdf::Pbkdf2 { rounds } => {
            let rounds = check_rounds(u64::from(rounds))?;
            let prf = sequence(&[&oid(&[HMAC, &[9]].concat()), &element(NULL, &[])]);
            let parameters = sequence(&[&octets(&salt), &number(rounds), &prf]);
            let derivation = Derivation::Pbkdf2 { prf: Prf::Sha256, salt: &salt, rounds };
            (derivation, sequence(&[&oid(PBKDF2), &parameters]))
        }
        Kdf::Scrypt { log_n, r, p } => {
            let n = 1u64.checked_shl(u32::from(log_n)).unwrap_or(u64::MAX);
            check_scrypt(n, u64::from(r), u64::from(p), SALT)?;
            let parameters = sequence(&[&octets(&salt), &number(n), &number(r.into()), &number(p.into())]);
            (Derivation::Scrypt { salt: &salt, log_n, r, p }, sequence(&[&oid(SCRYPT), &parameters]))
        }
    };
    let pad = BLOCK - plain.len() % BLOCK;
    let mut data = Zeroizing::new(Vec::with_capacity(plain.len() + pad));
    data.extend_from_slice(plain);
    data.resize(plain.len() + pad, pad as u8);
    let key = derivation.key(password, key_len)?;
    encrypt_blocks(encryption.cipher, &key, &iv, &mut data);
    let cipher = sequence(&[&oid(&[AES, &[name]].concat()), &octets(&iv)]);
    Ok((sequence(&[&oid(PBES2), &sequence(&[&kdf, &cipher])]), data))
}

/// An `EncryptedPrivateKeyInfo` of a `PrivateKeyInfo`.
pub(crate) fn encrypt<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    encryption: &Encryption,
    password: &[u8],
    der: &[u8],
) -> Result<Vec<u8>> {
    let (algorithm, data) = seal(rng, encryption, password, der)?;
    Ok(core::mem::take(&mut *element(SEQUENCE, &[&algorithm, &element(OCTET_STRING, &[&data])])))
}

/// Checks a message authentication code by PBMAC1 (RFC 9579), of which the fields of the parameters are given:
/// HMAC, under a key of PBKDF2's.
///
/// # Errors
/// [`Error::Password`] if it's another.
#[cfg(feature = "pkcs12")]
pub(crate) fn check_pbmac1(
    mut parameters: Reader<'_>,
    message: &[u8],
    tag: &[u8],
    password: &[u8],
    effort: &mut Effort,
) -> Result<()> {
    let mut kdf = parameters.sequence(KDF)?;
    let mut scheme = parameters.sequence(KDF)?;
    parameters.finish(KDF)?;
    if !is(kdf.element(OBJECT_IDENTIFIER, KDF)?, PBKDF2) {
        return Err(Error::Unsupported("message authentication codes under other functions than PBKDF2"));
    }
    let mut fields = kdf.sequence(KDF)?;
    kdf.finish(KDF)?;
    let salt = read_salt(&mut fields)?;
    let rounds = fields.small(KDF)?.unwrap_or(u64::MAX);
    // The standard wants it written, and as long as SHA-1's output at least. No HMAC needs more than 64 bytes.
    let len = match fields.small(KDF)? {
        Some(len @ 20..=64) => len as usize,
        _ => return Err(malformed(KDF, "the key's length isn't one from 20 to 64 bytes")),
    };
    let derivation = Derivation::Pbkdf2 { prf: read_prf(&mut fields)?, salt, rounds: check_rounds(rounds)? };
    fields.finish(KDF)?;
    let prf = read_prf_fields(&mut scheme)?;
    effort.spend(derivation.rounds(len))?;
    let key = derivation.key(password, len)?;
    let check = match prf {
        Prf::Sha1 => verify_hmac::<sha1::Sha1>,
        Prf::Sha224 => verify_hmac::<Sha224>,
        Prf::Sha256 => verify_hmac::<Sha256>,
        Prf::Sha384 => verify_hmac::<Sha384>,
        Prf::Sha512 => verify_hmac::<Sha512>,
    };
    check(&key, message, tag)
}

/// Whether this is the tag of a message, in constant time.
#[cfg(feature = "pkcs12")]
pub(crate) fn verify_hmac<D: Digest + BlockSizeUser + Clone>(
    key: &[u8],
    message: &[u8],
    tag: &[u8],
) -> Result<()> {
    let mut hmac = Hmac::<D>::new(key);
    hmac.update(message);
    hmac.verify(tag).map_err(|_| Error::Password)
}

/// The same as PEM text.
fn encrypt_to_pem<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    encryption: &Encryption,
    password: &[u8],
    der: &[u8],
) -> Result<String> {
    let der = encrypt(rng, encryption, password, der)?;
    Ok(core::mem::take(&mut *pem::encode("ENCRYPTED PRIVATE KEY", &der, "\n")))
}

/// The error where an encrypted key is expected and this is found.
fn not_encrypted(form: Form) -> Error {
    match form {
        Form::Pkcs1Private | Form::Sec1 | Form::Pkcs8 => {
            let found = "a private key without a password (for `from_pem`, `from_der`)";
            Error::Found { found, expected: "an encrypted private key" }
        }
        _ => form.not_private(),
    }
}

fn from_pem<K: PrivateForms>(text: &[u8], password: &[u8], decryption: Decryption) -> Result<K> {
    let block = pem::Block::find(text)?;
    from_block(Form::of_label(block.label()), block, password, decryption, &mut Effort::of_one_key())
}

/// The key of a PEM block whose label announces this form.
pub(super) fn from_block<K: PrivateForms>(
    form: Form,
    block: pem::Block<'_>,
    password: &[u8],
    decryption: Decryption,
    effort: &mut Effort,
) -> Result<K> {
    match form {
        Form::EncryptedPkcs8 => {
            private_from_form(Form::Pkcs8, &decrypt(&form.decode(block)?, password, decryption, effort)?)
        }
        Form::Pkcs1Private | Form::Sec1 | Form::Pkcs8 => {
            // OpenSSL's old encryption has the label of a key without one, and an error of its own.
            block.decode()?;
            Err(not_encrypted(form))
        }
        form => Err(not_encrypted(form)),
    }
}

fn from_der<K: PrivateForms>(der: &[u8], password: &[u8], decryption: Decryption) -> Result<K> {
    match Form::of_der(der)? {
        Form::EncryptedPkcs8 => {
            let info = decrypt(der, password, decryption, &mut Effort::of_one_key())?;
            private_from_form(Form::Pkcs8, &info)
        }
        form => Err(not_encrypted(form)),
    }
}

/// The functions of a type of private keys: its generics, the type, and the rest of the documentation of
/// `from_encrypted_pem`.
macro_rules! encrypted_forms {
    ([$($generics:tt)*] $key:ty, $(#[$from_pem:meta])*) => {
        impl<$($generics)*> $key {
            /// Reads PEM text under a password: PKCS#8, `BEGIN ENCRYPTED PRIVATE KEY`.
            $(#[$from_pem])*
            pub fn from_encrypted_pem(text: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Result<Self> {
                from_pem(text.as_ref(), password.as_ref(), Decryption::new())
            }

            /// Like `from_encrypted_pem`, with options: keys in old ciphers are read where that's allowed.
            ///
            /// # Errors
            /// As for [`from_encrypted_pem`](Self::from_encrypted_pem).
            pub fn from_encrypted_pem_with(
                text: impl AsRef<[u8]>,
                password: impl AsRef<[u8]>,
                decryption: &Decryption,
            ) -> Result<Self> {
                from_pem(text.as_ref(), password.as_ref(), *decryption)
            }

            /// Reads DER under a password: PKCS#8.
            ///
            /// # Errors
            /// As for [`from_encrypted_pem`](Self::from_encrypted_pem).
            pub fn from_encrypted_der(der: &[u8], password: impl AsRef<[u8]>) -> Result<Self> {
                from_der(der, password.as_ref(), Decryption::new())
            }

            /// Like `from_encrypted_der`, with options: keys in old ciphers are read where that's allowed.
            ///
            /// # Errors
            /// As for [`from_encrypted_pem`](Self::from_encrypted_pem).
            pub fn from_encrypted_der_with(
                der: &[u8],
                password: impl AsRef<[u8]>,
                decryption: &Decryption,
            ) -> Result<Self> {
                from_der(der, password.as_ref(), *decryption)
            }

            /// The key as PEM text under a password: PKCS#8, `BEGIN ENCRYPTED PRIVATE KEY`, by the default
            /// [`Encryption`].
            ///
            /// # Errors
            /// [`Error::EmptyPassword`] if there's nothing in the password; [`Error::Random`] if the operating system's
            /// generator fails.
            #[cfg(feature = "getrandom")]
            pub fn to_encrypted_pem(&self, password: impl AsRef<[u8]>) -> Result<String> {
                self.to_encrypted_pem_with(&mut getrandom::SysRng, &Encryption::default(), password)
            }

            /// Like `to_encrypted_pem`, with a generator and an encryption of the caller's.
            ///
            /// # Errors
            /// [`Error::EmptyPassword`] if there's nothing in the password; [`Error::Random`] if the generator fails;
            /// [`Error::KdfLimit`] or [`Error::Malformed`] for a key derivation function that couldn't be read again.
            pub fn to_encrypted_pem_with<R: TryCryptoRng + ?Sized>(
                &self,
                rng: &mut R,
                encryption: &Encryption,
                password: impl AsRef<[u8]>,
            ) -> Result<String> {
                encrypt_to_pem(rng, encryption, password.as_ref(), &self.to_der())
            }

            /// The key as DER under a password: PKCS#8, by the default [`Encryption`].
            ///
            /// # Errors
            /// [`Error::EmptyPassword`] if there's nothing in the password; [`Error::Random`] if the operating system's
            /// generator fails.
            #[cfg(feature = "getrandom")]
            pub fn to_encrypted_der(&self, password: impl AsRef<[u8]>) -> Result<Vec<u8>> {
                self.to_encrypted_der_with(&mut getrandom::SysRng, &Encryption::default(), password)
            }

            /// Like `to_encrypted_der`, with a generator and an encryption of the caller's.
            ///
            /// # Errors
            /// As for [`to_encrypted_pem_with`](Self::to_encrypted_pem_with).
            pub fn to_encrypted_der_with<R: TryCryptoRng + ?Sized>(
                &self,
                rng: &mut R,
                encryption: &Encryption,
                password: impl AsRef<[u8]>,
            ) -> Result<Vec<u8>> {
                encrypt(rng, encryption, password.as_ref(), &self.to_der())
            }
        }
    };
}

encrypted_forms! {
    [] super::PrivateKey,
    ///
    /// PBES2 is read, with PBKDF2 (HMAC with SHA-1 or SHA-224 to SHA-512) or scrypt, and AES-CBC with all key
    /// sizes: what `openssl pkcs8 -topk8` and `openssl genpkey` write. The password is the bytes given, UTF-8
    /// for text, which is neither trimmed nor normalised. Reading takes as long as the file asks for, within
    /// the limits of [`Error::KdfLimit`]: seconds at most.
    ///
    /// ```
    /// # #[cfg(feature = "getrandom")] {
    /// use oneway::{Error, key::PrivateKey, rsa};
    ///
    /// let key = PrivateKey::from(rsa::PrivateKey::generate(2048)?);
    /// let text = key.to_encrypted_pem("correct horse battery staple")?;
    /// assert_eq!(PrivateKey::from_pem(&text).unwrap_err(), Error::PasswordNeeded);
    /// let again = PrivateKey::from_encrypted_pem(&text, "correct horse battery staple")?;
    /// assert_eq!(again.public_key(), key.public_key());
    /// # }
    /// # Ok::<(), oneway::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Password`] if the password is wrong or the file is damaged;
    /// - [`Error::KdfLimit`] if the file asks for more than 10^7 rounds of PBKDF2, or for more than 64 MiB
    ///   in one of scrypt's arrays or 1 GiB of traffic on them: before anything of it is done;
    /// - [`Error::Legacy`] for old ciphers, triple DES and RC2, which
    ///   [`from_encrypted_pem_with`](Self::from_encrypted_pem_with) reads where [`Decryption::allow_legacy`] says so;
    /// - [`Error::Unsupported`] for other encryption: PKCS#5 v1.5;
    /// - [`Error::Found`] for a key without a password, and as [`from_pem`](Self::from_pem) otherwise.
}

encrypted_forms! {
    [] crate::rsa::PrivateKey,
    ///
    /// # Errors
    /// As for [`key::PrivateKey::from_encrypted_pem`](super::PrivateKey::from_encrypted_pem).
}

encrypted_forms! {
    [C: ecdsa::Curve] ecdsa::SigningKey<C>,
    ///
    /// # Errors
    /// As for [`key::PrivateKey::from_encrypted_pem`](super::PrivateKey::from_encrypted_pem).
}

encrypted_forms! {
    [C: ecdh::Curve] ecdh::PrivateKey<C>,
    ///
    /// # Errors
    /// As for [`key::PrivateKey::from_encrypted_pem`](super::PrivateKey::from_encrypted_pem).
}

encrypted_forms! {
    [] ed25519::SigningKey,
    ///
    /// # Errors
    /// As for [`key::PrivateKey::from_encrypted_pem`](super::PrivateKey::from_encrypted_pem).
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pbkdf2_of_rfc_6070() {
        let mut key = [0; 20];
        pbkdf2::<sha1::Sha1>(b"password", b"salt", 1, &mut key);
        assert_eq!(key[..8], [0x0c, 0x60, 0xc8, 0x0f, 0x96, 0x1f, 0x0e, 0x71]);
        pbkdf2::<sha1::Sha1>(b"password", b"salt", 4096, &mut key);
        assert_eq!(key[..8], [0x4b, 0x00, 0x79, 0x01, 0xb7, 0x65, 0x48, 0x9a]);
        let mut key = [0; 25];
        let salt = b"saltSALTsaltSALTsaltSALTsaltSALTsalt";
        pbkdf2::<sha1::Sha1>(b"passwordPASSWORDpassword", salt, 4096, &mut key);
        assert_eq!(key[17..], [0x29, 0x1a, 0x96, 0x4c, 0xf2, 0xf0, 0x70, 0x38]);
    }

    #[test]
    fn effort_is_counted_over_all() {
        let mut effort = Effort::new(100);
        assert_eq!(effort.spend(60), Ok(()));
        assert_eq!(effort.spend(40), Ok(()));
        let limit = |cost, value, max| Err(Error::KdfLimit { cost, value, max });
        assert_eq!(effort.spend(1), limit("rounds of key derivation", 101, 100));
        assert_eq!(effort.spend(u64::MAX), limit("rounds of key derivation", u64::MAX, 100));
        let mut effort = Effort::new(u64::MAX);
        for _ in 0..1000 {
            assert_eq!(effort.spend(1), Ok(()));
        }
        assert_eq!(effort.spend(1), limit("key derivations", 1001, 1000));
        // Two blocks of SHA-1 for a key of AES-256; 128 bytes, N r p times, and what makes them of the password.
        assert_eq!(Derivation::Pbkdf2 { prf: Prf::Sha1, salt: &[], rounds: 7 }.rounds(32), 14);
        assert_eq!(Derivation::Scrypt { salt: &[], log_n: 14, r: 8, p: 1 }.rounds(32), (1 << 17) + 64);
        // Blocks that are hardly walked through cost most by a long salt: nine hashes for each round of these.
        assert_eq!(check_scrypt(2, 1, 1 << 17, 16), Ok(()));
        let steps = limit("steps of scrypt", (1 << 19) * 74, MAX_ROUNDS);
        assert_eq!(check_scrypt(2, 1, 1 << 19, 1024), steps);
    }

    #[test]
    fn every_padding_and_every_damage_to_it() {
        let by_definition = |data: &[u8; 32]| {
            let n = data[31];
            (1..=16).contains(&n) && data[32 - usize::from(n)..].iter().all(|byte| *byte == n)
        };
        for n in 0..=255u8 {
            let mut data = [7; 32];
            data[32 - usize::from(n).clamp(1, 32)..].fill(n);
            assert_eq!(bool::from(is_padded(&data, BLOCK)), (1..=16).contains(&n), "{n}");
            for (i, bit) in (0..32).flat_map(|i| (0..8).map(move |bit| (i, bit))) {
                let mut damaged = data;
                damaged[i] ^= 1 << bit;
                assert_eq!(
                    bool::from(is_padded(&damaged, BLOCK)),
                    by_definition(&damaged),
                    "{n}, {i}, {bit}"
                );
            }
        }
    }
}
