//! Private keys as bytes, read and written, with and without a password.
//!
//! Public in a file are tags, lengths, names of algorithms, n, e, and the first byte of each number; and of a
//! text its label, where its lines end, and its padding. All else that belongs to the key is secret, and so is
//! the password. Reading comes with two taints: of exactly the secret bytes, and of the whole file, where the
//! crate has to make public itself what it looks at. Text gets its taint from the crate's own writer, from the
//! bytes of a secret key.

use super::rsa::{key, use_key};
use crate::{
    case::{
        Case,
        Size::{Normal, Small},
    },
    taint::{TaintedRng, public_bytes, secret_bytes, still_secret},
    tool::{poison, unpoison},
};
use oneway::{
    Error,
    ecdh::{self, P256, P384, P521, X25519},
    ecdsa, ed25519,
    key::{Cipher, Encryption, Kdf, PrivateKey},
    rsa::{PrivateKey as RsaPrivateKey, PssBinding},
};
use pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rand_core::{TryCryptoRng, TryRng};
use sec1::EncodeEcPrivateKey;
use std::{convert::Infallible, ops::Range};

const BITS: usize = 2048;
const ENDINGS: [LineEnding; 3] = [LineEnding::LF, LineEnding::CRLF, LineEnding::CR];
const AES_128: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 3 }, cipher: Cipher::Aes128 };
const AES_192: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 2 }, cipher: Cipher::Aes192 };
const AES_256: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 3 }, cipher: Cipher::Aes256 };
const SCRYPT: Encryption = Encryption { kdf: Kdf::Scrypt { log_n: 4, r: 8, p: 1 }, cipher: Cipher::Aes256 };
/// AES' block, in bytes.
const BLOCK: usize = 16;

pub(super) fn cases() -> Vec<Case> {
    let case = |name: &str, run: fn()| Case::new(format!("key: {name}"), Normal, run);
    vec![
        case("writing, all forms", write),
        case("writing a key from n, e, d", write_components),
        case("reading PKCS#1, DER", || read_pkcs1_der(secret_numbers)),
        case("reading PKCS#1, DER, all of it secret", || read_pkcs1_der(all_secret)),
        case("reading PKCS#8, DER", || read_pkcs8_der(secret_numbers)),
        case("reading PKCS#8, DER, all of it secret", || read_pkcs8_der(all_secret)),
        case("reading PKCS#1, PEM", read_pkcs1_pem),
        case("reading PKCS#8, PEM", read_pkcs8_pem),
        case("reading PEM, all of it secret", read_secret_pem),
        case("reading a key that is bound to PSS", read_bound),
        case("reading what is no key", read_wrong),
        Case::new("key: keys on curves, both ways, DER and PEM", Small, curves_both_ways),
        Case::new("key: keys on curves, what is refused", Small, curves_wrong),
        case("keys on curves, under a password", curves_encrypted),
        case("encryption by PBKDF2 and AES", encrypt),
        case("decryption by PBKDF2 and AES", decrypt),
        case("decryption by PBKDF2, as OpenSSL wrote it, with SHA-1 and SHA-2", decrypt_openssl),
        case("decryption with wrong passwords, and of damaged files", decrypt_wrong),
        case("scrypt, of a secret key under a public password", scrypt),
        Case::new("key: reading one that is too small", Small, read_small),
    ]
}

/// The places of the INTEGERs in DER: into SEQUENCEs, and into OCTET STRINGs that hold one. Of a private key
/// in PKCS#1 and in PKCS#8 the last six are d, p, q, dp, dq and qinv.
fn integers(der: &[u8]) -> Vec<Range<usize>> {
    let (mut at, mut found) = (0, vec![]);
    while at < der.len() {
        let (tag, first) = (der[at], usize::from(der[at + 1]));
        let count = first.saturating_sub(0x80);
        let start = at + 2 + count;
        let len = der[at + 2..start].iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
        let end = start + if count == 0 { first } else { len };
        match tag {
            2 => found.push(start..end),
            // Its elements come next.
            0x30 => {}
            4 if der[start] == 0x30 => {}
            _ => assert!(matches!(tag, 5 | 6), "not in a private key"),
        }
        at = if matches!(tag, 4 | 0x30) { start } else { end };
    }
    found
}

/// The private numbers' bytes but the first of each.
fn numbers(der: &[u8]) -> Vec<Range<usize>> {
    let all = integers(der);
    all[all.len() - 6..].iter().map(|range| range.start + 1..range.end).collect()
}

/// A file of which exactly the private numbers are secret, but for the first byte of each.
fn secret_numbers(der: &[u8]) -> Vec<u8> {
    let mut der = public_bytes(der);
    for number in numbers(&der) {
        poison(&mut der[number]);
    }
    der
}

/// A file of which nothing is known.
fn all_secret(der: &[u8]) -> Vec<u8> {
    let mut der = der.to_vec();
    poison(&mut der);
    der
}

/// Each byte has a secret bit.
fn wholly_secret(bytes: &[u8]) {
    bytes.chunks(1).for_each(still_secret);
}

/// In a file that was written, the private numbers are secret, each byte.
fn written(der: &[u8]) {
    for number in numbers(&public_bytes(der)) {
        wholly_secret(&der[number]);
    }
}

/// A key that was read is secret in all its private parts, each byte but the first (which may be public, or a zero
/// that the file doesn't have), and works.
fn read(key: &RsaPrivateKey) {
    let ((p, q), crt) = (key.primes(), key.crt_components());
    for part in [&key.private_exponent(), &p, &q, &crt.dp, &crt.dq, &crt.qinv] {
        wholly_secret(&part[1..]);
    }
    use_key(key);
}

fn read_any(key: &PrivateKey) {
    read(key.as_rsa().expect("an RSA key"));
}

/// In a text that was written, there are secret characters.
fn text_is_secret(text: &str, label: &str) {
    still_secret(text.as_bytes());
    let text = public_bytes(text.as_bytes());
    assert!(text.starts_with(format!("-----BEGIN {label}-----").as_bytes()));
}

fn write() {
    let key = key(BITS);
    let any = PrivateKey::from(key.clone());
    written(&key.to_der());
    written(&any.to_der());
    written(key.to_pkcs8_der().expect("DER").as_bytes());
    written(any.to_pkcs8_der().expect("DER").as_bytes());
    written(key.to_pkcs1_der().expect("DER").as_bytes());
    text_is_secret(&key.to_pem(), "PRIVATE KEY");
    text_is_secret(&any.to_pem(), "PRIVATE KEY");
    for ending in ENDINGS {
        text_is_secret(&key.to_pkcs8_pem(ending).expect("PEM"), "PRIVATE KEY");
        text_is_secret(&any.to_pkcs8_pem(ending).expect("PEM"), "PRIVATE KEY");
        text_is_secret(&key.to_pkcs1_pem(ending).expect("PEM"), "RSA PRIVATE KEY");
    }
}

fn write_components() {
    let key = key(BITS);
    let (n, mut d) = (key.public_key().modulus(), key.private_exponent());
    poison(&mut d);
    let key = RsaPrivateKey::from_components(&n, 65_537, &d).expect("a key");
    written(&key.to_der());
    written(key.to_pkcs1_der().expect("DER").as_bytes());
    text_is_secret(&key.to_pem(), "PRIVATE KEY");
}

fn read_pkcs1_der(taint: fn(&[u8]) -> Vec<u8>) {
    let der = taint(key(BITS).to_pkcs1_der().expect("DER").as_bytes());
    read(&RsaPrivateKey::from_der(&der).expect("a key"));
    read_any(&PrivateKey::from_der(&der).expect("a key"));
    read(&RsaPrivateKey::from_pkcs1_der(&der).expect("a key"));
}

fn read_pkcs8_der(taint: fn(&[u8]) -> Vec<u8>) {
    let der = taint(&key(BITS).to_der());
    read(&RsaPrivateKey::from_der(&der).expect("a key"));
    read_any(&PrivateKey::from_der(&der).expect("a key"));
    read(&RsaPrivateKey::from_pkcs8_der(&der).expect("a key"));
    read_any(&PrivateKey::from_pkcs8_der(&der).expect("a key"));
}

fn read_pkcs1_pem() {
    let key = key(BITS);
    let text = key.to_pkcs1_pem(LineEnding::CRLF).expect("PEM");
    read(&RsaPrivateKey::from_pem(text.as_bytes()).expect("a key"));
    read_any(&PrivateKey::from_pem(text.as_bytes()).expect("a key"));
    read(&RsaPrivateKey::from_pkcs1_pem(&text).expect("a key"));
}

fn read_pkcs8_pem() {
    let text = key(BITS).to_pem();
    read(&RsaPrivateKey::from_pem(text.as_bytes()).expect("a key"));
    read_any(&PrivateKey::from_pem(text.as_bytes()).expect("a key"));
    read(&RsaPrivateKey::from_pkcs8_pem(&text).expect("a key"));
    read_any(&PrivateKey::from_pkcs8_pem(&text).expect("a key"));
}

/// Labels, line ends, padding, and what comes before the block, all secret to begin with.
fn read_secret_pem() {
    let key = key(BITS);
    for text in [key.to_pem(), key.to_pkcs1_pem(LineEnding::CR).expect("PEM")] {
        let text = [b"\xef\xbb\xbfa comment \n\n", text.as_bytes(), b" \n"].concat();
        read(&RsaPrivateKey::from_pem(all_secret(&text)).expect("a key"));
    }
}

fn read_bound() {
    let key = key(BITS).bound_to_pss(PssBinding::Any).expect("not too small");
    let read_key = RsaPrivateKey::from_der(&secret_numbers(&key.to_der())).expect("a key");
    assert_eq!(read_key.public_key().pss_binding(), Some(PssBinding::Any));
    written(&read_key.to_der());
}

/// That something is wrong with a file is public, and where.
fn read_wrong() {
    let key = key(BITS);
    let (pkcs1, pkcs8) = (key.to_pkcs1_der().expect("DER"), key.to_der());
    for der in [pkcs1.as_bytes(), pkcs8.as_slice()] {
        let der = public_bytes(der);
        // A bit of each private number, in the middle and at the end, where it makes a prime even.
        for number in numbers(&der) {
            for place in [number.start + number.len() / 2, number.end - 1] {
                let mut wrong = der.clone();
                wrong[place] ^= 1;
                assert!(matches!(
                    RsaPrivateKey::from_der(&secret_numbers(&wrong)),
                    Err(Error::InvalidKey(_))
                ));
            }
        }
        // Not all of it, and more.
        assert!(PrivateKey::from_der(&all_secret(&der[..der.len() - 1])).is_err());
        assert!(PrivateKey::from_der(&all_secret(&[&der[..], &[0]].concat())).is_err());
    }
    // A byte that isn't base64, among secret ones, anywhere; a key without its end; a key in the wrong function.
    let text = public_bytes(key.to_pem().as_bytes());
    for wrong in [b'*', b'-', b'=', b':', b' ', b'\n', 0x80, 0xff] {
        let mut text = text.clone();
        let middle = text.len() / 2;
        text[middle] = wrong;
        assert!(RsaPrivateKey::from_pem(all_secret(&text)).is_err());
    }
    // Indented, all of it or a line; under the label of another form.
    let as_text = String::from_utf8(text.clone()).expect("ASCII");
    for wrong in [
        as_text.replace('\n', "\n  ").replacen("-----", "  -----", 1),
        as_text.replacen("-----\n", "-----\n\t", 1),
        as_text.replace("PRIVATE", "RSA PRIVATE"),
    ] {
        assert!(PrivateKey::from_pem(all_secret(wrong.as_bytes())).is_err());
    }
    assert!(PrivateKey::from_pem(all_secret(&text[..text.len() / 2])).is_err());
    assert!(PrivateKey::from_der(&all_secret(&text)).is_err());
    assert!(PrivateKey::from_pem(all_secret(&pkcs8)).is_err());
    let other = key.to_pkcs1_pem(LineEnding::LF).expect("PEM");
    assert!(RsaPrivateKey::from_pkcs8_pem(&other).is_err());
    assert!(RsaPrivateKey::from_pkcs8_der(pkcs1.as_bytes()).is_err());
    assert!(RsaPrivateKey::from_pkcs1_der(&pkcs8).is_err());
}

/// A key of each kind, from a secret number whose first two bytes are public.
fn curve_keys() -> [PrivateKey; 5] {
    let number = |len| {
        let mut bytes = secret_bytes(31, len);
        bytes[..2].fill(0);
        bytes
    };
    [
        ecdsa::SigningKey::<P256>::from_bytes(&number(32)).expect("in range").into(),
        ecdsa::SigningKey::<P384>::from_bytes(&number(48)).expect("in range").into(),
        ecdsa::SigningKey::<P521>::from_bytes(&number(66)).expect("in range").into(),
        ed25519::SigningKey::from_bytes(&number(32)).expect("32 bytes").into(),
        ecdh::PrivateKey::<X25519>::from_bytes(&number(32)).expect("32 bytes").into(),
    ]
}

/// SEC 1, where there's such a form.
fn sec1(key: &PrivateKey) -> Option<Vec<u8>> {
    let document = match key {
        PrivateKey::P256(key) => key.to_sec1_der(),
        PrivateKey::P384(key) => ecdh::PrivateKey::from(key).to_sec1_der(),
        PrivateKey::P521(key) => key.to_sec1_der(),
        _ => return None,
    };
    Some(document.expect("DER").as_bytes().to_vec())
}

fn curves_both_ways() {
    for key in curve_keys() {
        let der = key.to_der();
        still_secret(&der);
        text_is_secret(&key.to_pem(), "PRIVATE KEY");
        for file in [Some(der.to_vec()), sec1(&key)].into_iter().flatten() {
            still_secret(&file);
            let again = PrivateKey::from_der(&all_secret(&public_bytes(&file))).expect("a key");
            still_secret(&again.to_der());
            assert_eq!(public_bytes(&again.to_der()), public_bytes(&der));
        }
        let text = public_bytes(key.to_pem().as_bytes());
        let again = PrivateKey::from_pem(all_secret(&text)).expect("a key");
        still_secret(&again.to_der());
    }
    let text = curve_keys()[1].as_p384().expect("P-384").to_sec1_pem(LineEnding::CRLF).expect("PEM");
    let text = all_secret(&public_bytes(text.as_bytes()));
    still_secret(&ecdh::PrivateKey::<P384>::from_pem(text).expect("a key").to_bytes());
}

/// That something is wrong with a file is public.
fn curves_wrong() {
    for key in curve_keys() {
        for file in [Some(key.to_der().to_vec()), sec1(&key)].into_iter().flatten() {
            let file = public_bytes(&file);
            // Of the public key, or of the private key where there's none beside it, the last bit.
            let mut wrong = file.clone();
            wrong[file.len() - 1] ^= 1;
            let read = PrivateKey::from_der(&all_secret(&wrong));
            let has_public = matches!(key, PrivateKey::P256(_) | PrivateKey::P384(_) | PrivateKey::P521(_));
            assert_eq!(matches!(read, Err(Error::InvalidKey(_))), has_public);
            assert!(PrivateKey::from_der(&all_secret(&file[..file.len() - 1])).is_err());
            assert!(PrivateKey::from_der(&all_secret(&[&file[..], &[0]].concat())).is_err());
            assert!(RsaPrivateKey::from_der(&all_secret(&file)).is_err());
        }
    }
}

fn curves_encrypted() {
    for key in curve_keys() {
        let der = key.to_encrypted_der_with(&mut PublicRng, &AES_256, password()).expect("no error");
        let again = PrivateKey::from_encrypted_der(&public_bytes(&der), password()).expect("a key");
        still_secret(&again.to_der());
    }
}

fn read_small() {
    let der = key(1024).to_der();
    assert!(matches!(RsaPrivateKey::from_der(&secret_numbers(&der)), Err(Error::Size { .. })));
}

fn password() -> Vec<u8> {
    secret_bytes(21, 20)
}

/// With salt and initial vector secret too, which they needn't be.
fn encrypt() {
    let (key, rng) = (key(BITS), &mut TaintedRng::new(22));
    let any = PrivateKey::from(key.clone());
    // Of both sides of the hash's block, by which a longer password is hashed itself.
    for password in [password(), secret_bytes(23, 65)] {
        for encryption in [AES_128, AES_192, AES_256] {
            still_secret(&key.to_encrypted_der_with(rng, &encryption, &password).expect("no error"));
            still_secret(&any.to_encrypted_der_with(rng, &encryption, &password).expect("no error"));
        }
    }
    let text = key.to_encrypted_pem_with(rng, &AES_256, password()).expect("no error");
    text_is_secret(&text, "ENCRYPTED PRIVATE KEY");
    let text = any.to_encrypted_pem_with(rng, &AES_128, password()).expect("no error");
    text_is_secret(&text, "ENCRYPTED PRIVATE KEY");
}

/// An encrypted file, public as a whole.
fn encrypted(encryption: &Encryption) -> Vec<u8> {
    let file = key(BITS).to_encrypted_der_with(&mut PublicRng, encryption, password());
    public_bytes(&file.expect("no error"))
}

fn decrypt() {
    let der = encrypted(&AES_256);
    read(&RsaPrivateKey::from_encrypted_der(&der, password()).expect("a key"));
    read_any(&PrivateKey::from_pkcs8_encrypted_der(&der, password()).expect("a key"));
    let der = encrypted(&AES_128);
    read_any(&PrivateKey::from_encrypted_der(&der, password()).expect("a key"));
    read(&RsaPrivateKey::from_pkcs8_encrypted_der(&der, password()).expect("a key"));
    // A file is no secret, but one that's all secret is read as well.
    read(&RsaPrivateKey::from_encrypted_der(&all_secret(&encrypted(&AES_192)), password()).expect("a key"));

    let text = key(BITS).to_encrypted_pem_with(&mut PublicRng, &AES_256, password()).expect("no error");
    unpoison(text.as_bytes());
    read(&RsaPrivateKey::from_encrypted_pem(&text, password()).expect("a key"));
    read_any(&PrivateKey::from_encrypted_pem(&text, password()).expect("a key"));
    read(&RsaPrivateKey::from_pkcs8_encrypted_pem(&text, password()).expect("a key"));
    read_any(&PrivateKey::from_pkcs8_encrypted_pem(&text, password()).expect("a key"));
}

fn decrypt_openssl() {
    for file in [
        include_bytes!("../../../keys/enc_pbkdf2_sha1_aes128.pem").as_slice(),
        include_bytes!("../../../keys/enc_pbkdf2_sha224_aes256.pem"),
        include_bytes!("../../../keys/enc_pbkdf2_sha384_aes256.pem"),
        include_bytes!("../../../keys/enc_pbkdf2_sha512_aes192.pem"),
    ] {
        read(&RsaPrivateKey::from_encrypted_pem(file, all_secret(b"password")).expect("a key"));
    }
}

/// That a password is wrong is public.
fn decrypt_wrong() {
    for encryption in [AES_128, AES_256] {
        let der = encrypted(&encryption);
        for seed in 0..20 {
            let decrypted = PrivateKey::from_encrypted_der(&der, secret_bytes(seed, 20));
            assert_eq!(decrypted.err(), Some(Error::Password));
        }
        // The initial vector ends where the data's header starts.
        let (data, end) = (data_at(&der), der.len());
        for (place, bit) in [
            // The first byte inside, with right padding: no SEQUENCE. The padding: too long, and not all the same.
            (data - 4 - BLOCK, 1),
            (end - BLOCK - 1, 0x80),
            (end - BLOCK - 1, 1),
            (end - 1, 1),
        ] {
            let mut wrong = der.clone();
            wrong[place] ^= bit;
            assert_eq!(PrivateKey::from_encrypted_der(&wrong, password()).err(), Some(Error::Password));
        }
        // Somewhere in the middle, the numbers don't fit each other any more.
        let mut wrong = der.clone();
        wrong[data + 800] ^= 1;
        assert!(PrivateKey::from_encrypted_der(&wrong, password()).is_err());
    }
    // The key is there, without a password, or the password is missing.
    let key = key(BITS);
    assert!(RsaPrivateKey::from_encrypted_der(&secret_numbers(&key.to_der()), password()).is_err());
    assert!(RsaPrivateKey::from_encrypted_pem(key.to_pem().as_bytes(), password()).is_err());
    assert_eq!(RsaPrivateKey::from_der(&encrypted(&AES_128)).err(), Some(Error::PasswordNeeded));
}

/// Where the encrypted data starts, after a header of four bytes: it's the second element, and the first one has
/// less than 128 bytes.
fn data_at(file: &[u8]) -> usize {
    let start = 6 + usize::from(file[5]);
    assert_eq!(file[start..start + 2], [4, 0x82], "an OCTET STRING of a length in two bytes");
    start + 4
}

/// scrypt's addresses depend on the password and the salt, as they're meant to (RFC 7914): both are public here, and
/// the key is secret. So the encrypted data is, from the first block on that has a secret byte, and when it's
/// read again, all of it.
fn scrypt() {
    let (key, password) = (key(BITS), b"correct horse");
    let mut der = key.to_encrypted_der_with(&mut PublicRng, &SCRYPT, password).expect("no error");
    wholly_secret(&der[der.len() / 2..]);
    let data = data_at(&der);
    poison(&mut der[data..]);
    read(&RsaPrivateKey::from_encrypted_der(&der, password).expect("a key"));
    let text = key.to_encrypted_pem_with(&mut PublicRng, &SCRYPT, password).expect("no error");
    text_is_secret(&text, "ENCRYPTED PRIVATE KEY");
    read_any(&PrivateKey::from_encrypted_pem(&text, password).expect("a key"));
}

/// Salts and initial vectors, which are public.
struct PublicRng;

impl TryRng for PublicRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        dst.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for PublicRng {}
