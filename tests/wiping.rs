//! Memory is wiped before it's given back: an allocator keeps every block that's freed while an operation runs, and then the
//! blocks are searched for the secrets.
//!
//! It sees the heap alone, and numbers as bytes alone, big-endian or little-endian, of scalars of the NIST curves also those
//! of the Montgomery form that they're kept in. What's on the stack, and other numbers in Montgomery form or in digits of an
//! engine, it doesn't see.
#![cfg(all(feature = "getrandom", feature = "hpke", feature = "pkcs12"))]
#![allow(unsafe_code, reason = "an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::sync::Mutex;

use getrandom::SysRng;
use num_bigint::BigUint;
use oneway::ecdh::{self, P256, P384, P521, X25519};
use oneway::ecdsa;
use oneway::hash::digest::{Digest, block_api::BlockSizeUser, common::hazmat::SerializableState};
use oneway::hash::{Hkdf, Hmac, Sha256, Sha384, Sha512};
use oneway::hazmat::rsa::{decrypt_pkcs1v15, encrypt_pkcs1v15, private_op};
use oneway::hpke::{Aead, Mode, Suite};
use oneway::key::{Cipher, Encryption, Kdf};
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss};
use oneway::trust::{Authority, KeyStore, StoreOptions, Validity};
use oneway::{ed25519, hpke, key, prime};
use pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding, SecretDocument, der::Document};
use sec1::{DecodeEcPrivateKey, EncodeEcPrivateKey};
use zeroize::Zeroizing;

struct Keeping;

thread_local! {
    /// Whether this thread's blocks are kept. (It has no destructor, so that it's there whenever memory is freed.)
    static KEEPS: Cell<bool> = const { Cell::new(false) };
}

/// Freed blocks, by address and length. It never grows, as it would free itself while it's locked.
static KEPT: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());
const MOST: usize = 1 << 20;

// SAFETY: memory is the system's, and is given back to it, if at all, by the layout that it was asked for with. `realloc` is
// the provided one, which allocates, copies and frees.
unsafe impl GlobalAlloc for Keeping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // What was there before isn't the operation's.
        // SAFETY: the caller's promise.
        unsafe { if KEEPS.get() { System.alloc_zeroed(layout) } else { System.alloc(layout) } }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if KEEPS.get() {
            let mut kept = KEPT.lock().unwrap();
            assert!(kept.len() < MOST);
            kept.push((block as usize, layout.size()));
        } else {
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(block, layout) }
        }
    }
}

#[global_allocator]
static ALLOCATOR: Keeping = Keeping;

/// Runs an operation; what it gives, and all the blocks that it has freed. They're never used again.
fn freed<T>(operation: impl FnOnce() -> T) -> (T, Vec<&'static [u8]>) {
    // One test at a time: the others wait here.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap();
    KEPT.lock().unwrap().reserve_exact(MOST);
    KEEPS.set(true);
    let result = operation();
    KEEPS.set(false);
    let blocks = KEPT.lock().unwrap().drain(..).collect::<Vec<_>>();
    // SAFETY: the blocks were initialised by whoever had them, or are zero or garbage, which bytes may be; they were this
    // long, and aren't given back to the system, so nobody writes to them any more.
    let slice = |(at, len): (usize, usize)| unsafe { std::slice::from_raw_parts(at as *const u8, len) };
    (result, blocks.into_iter().map(slice).collect())
}

/// Some windows of a secret: its start, its middle and its end, and the same backwards, as limbs have it.
fn needles(secret: &[u8]) -> Vec<Vec<u8>> {
    let len = secret.len().min(16);
    assert!(len >= 8, "a secret that isn't found by chance");
    [0, (secret.len() - len) / 2, secret.len() - len]
        .into_iter()
        .map(|at| &secret[at..at + len])
        .flat_map(|window| [window.to_vec(), window.iter().rev().copied().collect()])
        .collect()
}

fn is_in(blocks: &[&[u8]], secret: &[u8]) -> bool {
    needles(secret).iter().any(|needle| {
        blocks
            .iter()
            .any(|block| block.windows(needle.len()).any(|window| window[0] == needle[0] && window == needle))
    })
}

/// Secrets, with what they're called.
type Secrets = Vec<(&'static str, Vec<u8>)>;

/// Runs an operation, which has to free something, and looks for secrets in what it freed.
#[track_caller]
fn leaves_nothing<T>(operation: impl FnOnce() -> T, secrets: impl FnOnce(&T) -> Secrets) -> T {
    let (result, blocks) = freed(operation);
    assert!(!blocks.is_empty(), "nothing was freed");
    for (name, secret) in secrets(&result) {
        assert!(!is_in(&blocks, &secret), "{name} is in memory that was freed");
    }
    result
}

/// Frees a box of something that holds secrets: they're wiped by its `Drop`, and by nothing else, as they're found without.
#[track_caller]
fn is_wiped<T>(make: impl Fn() -> T, secrets: Secrets) {
    let ((), blocks) = freed(|| drop(black_box(Box::new(ManuallyDrop::new(make())))));
    for (name, secret) in &secrets {
        assert!(is_in(&blocks, secret), "{name} isn't kept in this form");
    }
    leaves_nothing(|| drop(black_box(Box::new(make()))), |()| secrets);
}

/// All that's secret in an RSA key.
fn parts(key: &PrivateKey) -> Secrets {
    let ((p, q), crt) = (key.primes(), key.crt_components());
    let minus_one = |x: &[u8]| (BigUint::from_bytes_be(x) - 1u32).to_bytes_be();
    vec![
        ("p - 1", minus_one(&p)),
        ("q - 1", minus_one(&q)),
        ("p", p.to_vec()),
        ("q", q.to_vec()),
        ("d", key.private_exponent().to_vec()),
        ("dp", crt.dp.to_vec()),
        ("dq", crt.dq.to_vec()),
        ("qinv", crt.qinv.to_vec()),
    ]
}

fn rsa_key() -> PrivateKey {
    PrivateKey::from_pem(include_str!("keys/rsa2048.pem")).unwrap()
}

#[test]
fn what_is_dropped_as_it_is_gets_found() {
    let secret = *b"a secret that nobody should find";
    for copy in [secret.to_vec(), secret.iter().rev().copied().collect()] {
        let ((), blocks) = freed(|| drop(copy));
        assert!(is_in(&blocks, &secret));
    }
    // A vector that grows leaves its old block behind.
    let ((), blocks) = freed(|| {
        let mut growing = secret.to_vec();
        growing.reserve_exact(1000);
        growing.fill(0);
    });
    assert!(is_in(&blocks, &secret));
    let ((), blocks) = freed(|| drop(Zeroizing::new(secret.to_vec())));
    assert!(!blocks.is_empty() && !is_in(&blocks, &secret));
    // So does what isn't on the heap by itself, if it's in a box whose `Drop` is left out.
    is_wiped(|| Zeroizing::new(secret), vec![("the secret", secret.to_vec())]);
}

#[test]
fn rsa_keys() {
    let model = rsa_key();
    let (n, (p, q), d) = (model.public_key().modulus(), model.primes(), model.private_exponent());
    leaves_nothing(|| drop(PrivateKey::from_primes(&p, &q, 65_537).unwrap()), |()| parts(&model));
    leaves_nothing(|| drop(PrivateKey::from_components(&n, 65_537, &d).unwrap()), |()| parts(&model));
    leaves_nothing(|| drop(model.clone()), |()| parts(&model));
    leaves_nothing(|| model.validate().unwrap(), |()| parts(&model));
    // A key that's refused is wiped, too.
    let mut wrong = q.to_vec();
    wrong[100] ^= 1;
    leaves_nothing(
        || PrivateKey::from_primes(&p, &wrong, 65_537).map(drop).unwrap_err(),
        |_| vec![("p", p.to_vec()), ("q", wrong.clone())],
    );
    leaves_nothing(|| PrivateKey::generate(2048).unwrap(), parts);
    leaves_nothing(|| prime::random_prime(512).unwrap(), |p| vec![("p", p.to_be_bytes().to_vec())]);
}

#[test]
fn rsa_operations() {
    let key = rsa_key();
    let public = key.public_key();
    let message = b"a message of some length, encrypted";
    let sealed = public.encrypt(message).unwrap();
    let old = encrypt_pkcs1v15(public, message).unwrap();
    let with = |name: &'static str, secret: &[u8]| {
        let mut all = parts(&key);
        all.push((name, secret.to_vec()));
        all
    };
    // The powers modulo p and q that a decryption goes through.
    let halves = |c: &[u8]| {
        let ((p, q), crt) = (key.primes(), key.crt_components());
        let c = BigUint::from_bytes_be(c);
        let power = |m: &[u8], d: &[u8]| {
            c.modpow(&BigUint::from_bytes_be(d), &BigUint::from_bytes_be(m)).to_bytes_be()
        };
        [power(&p, &crt.dp), power(&q, &crt.dq)]
    };
    for _ in 0..2 {
        leaves_nothing(|| key.sign_with(&Pss::<Sha256>::new(), message).unwrap(), |_| parts(&key));
        leaves_nothing(|| key.sign_with(&Pkcs1v15::<Sha256>::new(), message).unwrap(), |_| parts(&key));
        let oaep = Oaep::<Sha256>::new();
        let opened = || {
            let mut all = with("the message", message);
            all.extend(halves(&sealed).map(|half| ("a half", half)));
            all.push(("the padded message", private_op(&key, &sealed).unwrap().to_vec()));
            all
        };
        leaves_nothing(|| drop(key.decrypt_with(&oaep, &sealed).unwrap()), |()| opened());
        let other = oaep.label(b"another");
        leaves_nothing(|| key.decrypt_with(&other, &sealed).map(drop).unwrap_err(), |_| opened());
        // A message, and what's given instead of one that has another length.
        for len in [message.len(), 9] {
            leaves_nothing(
                || drop(decrypt_pkcs1v15(&key, &old, len).unwrap()),
                |()| with("the message", message),
            );
        }
        leaves_nothing(|| drop(private_op(&key, &old).unwrap()), |()| with("the message", message));
        let sent = |sealed: &Vec<u8>| {
            vec![
                ("the message", message.to_vec()),
                ("the padded message", private_op(&key, sealed).unwrap().to_vec()),
            ]
        };
        leaves_nothing(|| public.encrypt(message).unwrap(), sent);
        leaves_nothing(|| encrypt_pkcs1v15(public, message).unwrap(), sent);
    }
}

/// A form of private keys: how they're written, in DER and as PEM text, and how they're read.
type Form<K> = (fn(&K) -> Zeroizing<Vec<u8>>, fn(&K) -> Zeroizing<String>, fn(&[u8]) -> K, fn(&str) -> K);

fn bytes(document: &SecretDocument) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(document.as_bytes().to_vec())
}

/// A secret, and its base64 in PEM text that begins with a DER that has it.
fn in_text(secret: &[u8], der: &[u8], pem: &str) -> Secrets {
    // The text of three bytes each, from where the secret starts; a line may end in it.
    let at = der.windows(secret.len()).position(|window| window == secret).unwrap().div_ceil(3) * 4;
    let text: Vec<u8> = pem.lines().filter(|line| !line.starts_with('-')).flat_map(str::bytes).collect();
    vec![("the secret", secret.to_vec()), ("its base64", text[at..at + 40].to_vec())]
}

/// Writes a key in a form, and reads it again.
#[track_caller]
fn goes_through<K>(key: &K, secret: &[u8], (to_der, to_pem, from_der, from_pem): Form<K>) {
    let (der, pem) = (to_der(key), to_pem(key));
    let secrets = || in_text(secret, &der, &pem);
    leaves_nothing(|| drop(to_der(key)), |()| secrets());
    leaves_nothing(|| drop(to_pem(key)), |()| secrets());
    // Nothing is freed at all where a key needs no heap.
    let ((), blocks) = freed(|| drop(from_der(&der)));
    assert!(secrets().iter().all(|(_, secret)| !is_in(&blocks, secret)));
    leaves_nothing(|| drop(from_pem(&pem)), |()| secrets());
}

#[test]
fn keys_as_bytes() {
    let (rsa, p256) = (rsa_key(), ecdsa::SigningKey::<P256>::generate().unwrap());
    let ed25519 = ed25519::SigningKey::generate().unwrap();
    let (prime, number) = (rsa.primes().0.to_vec(), p256.to_bytes().to_vec());
    let keys: [(key::PrivateKey, &[u8]); 3] = [
        (rsa.clone().into(), &prime),
        (p256.clone().into(), &number),
        (ed25519.clone().into(), &ed25519.to_bytes()),
    ];
    for (key, secret) in &keys {
        type Key = key::PrivateKey;
        let own: Form<Key> = (
            Key::to_der,
            Key::to_pem,
            |der| Key::from_der(der).unwrap(),
            |pem| Key::from_pem(pem.as_bytes()).unwrap(),
        );
        let pkcs8: Form<Key> = (
            |key| bytes(&key.to_pkcs8_der().unwrap()),
            |key| key.to_pkcs8_pem(LineEnding::CRLF).unwrap(),
            |der| Key::from_pkcs8_der(der).unwrap(),
            |pem| Key::from_pkcs8_pem(pem).unwrap(),
        );
        goes_through(key, secret, own);
        goes_through(key, secret, pkcs8);
        let sealed = leaves_nothing(
            || key.to_encrypted_pem_with(&mut SysRng, &ENCRYPTION, PASSWORD).unwrap(),
            |sealed| {
                [in_text(secret, &key.to_der(), &key.to_pem()), of_password_for_pem(sealed, PASSWORD)]
                    .concat()
            },
        );
        for password in [PASSWORD, "a password that's wrong"] {
            leaves_nothing(
                || drop(key::PrivateKey::from_encrypted_pem(&sealed, password)),
                |()| [vec![("the secret", secret.to_vec())], of_password_for_pem(&sealed, password)].concat(),
            );
        }
    }
    let pkcs1: Form<PrivateKey> = (
        |key| bytes(&key.to_pkcs1_der().unwrap()),
        |key| key.to_pkcs1_pem(LineEnding::LF).unwrap(),
        |der| PrivateKey::from_pkcs1_der(der).unwrap(),
        |pem| PrivateKey::from_pkcs1_pem(pem).unwrap(),
    );
    let sec1: Form<ecdsa::SigningKey<P256>> = (
        |key| bytes(&key.to_sec1_der().unwrap()),
        |key| key.to_sec1_pem(LineEnding::LF).unwrap(),
        |der| ecdsa::SigningKey::from_sec1_der(der).unwrap(),
        |pem| ecdsa::SigningKey::from_sec1_pem(pem).unwrap(),
    );
    goes_through(&rsa, &prime, pkcs1);
    goes_through(&p256, &number, sec1);
}

const PASSWORD: &str = "a long password";
const ROUNDS: u32 = 100;
const ENCRYPTION: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: ROUNDS }, cipher: Cipher::Aes256 };

/// What's made of a password for PEM text that begins with an encrypted key.
fn of_password_for_pem(pem: &str, password: &str) -> Secrets {
    let key = pem.split_inclusive("-----END ENCRYPTED PRIVATE KEY-----\n").next().unwrap();
    of_password(Document::from_pem(key).unwrap().1.as_bytes(), password)
}

/// What's made of a password for an encrypted file.
fn of_password(der: &[u8], password: &str) -> Secrets {
    let mut all =
        vec![("the password", password.as_bytes().to_vec()), ("the password in UTF-16", utf16(password))];
    // Sixteen bytes in an OCTET STRING are a salt, or an initial vector.
    for salt in der.windows(18).filter_map(|window| window.strip_prefix(&[4, 16])) {
        all.push(("a key of PBKDF2", pbkdf2_key(password, salt, ROUNDS)));
        all.push(("a key of PKCS#12", pkcs12_key(password, salt, ROUNDS)));
    }
    assert!(all.len() >= 6, "a salt, and an initial vector");
    all
}

fn utf16(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// A key of 32 bytes by HMAC-SHA-256: RFC 8018, section 5.2.
fn pbkdf2_key(password: &str, salt: &[u8], rounds: u32) -> Vec<u8> {
    let hmac = |message: &[u8]| Hmac::<Sha256>::mac(password.as_bytes(), message);
    let mut u = hmac(&[salt, &[0, 0, 0, 1]].concat());
    let mut key = u.to_vec();
    for _ in 1..rounds {
        u = hmac(&u);
        key.iter_mut().zip(u).for_each(|(byte, u)| *byte ^= u);
    }
    key
}

/// A key for a message authentication code with SHA-256: RFC 7292, appendix B.2.
fn pkcs12_key(password: &str, salt: &[u8], rounds: u32) -> Vec<u8> {
    let mut input = vec![3; 64];
    for part in [salt, &[&utf16(password)[..], &[0, 0]].concat()] {
        input.extend(part.iter().cycle().take(part.len().next_multiple_of(64)));
    }
    (0..rounds).fold(input, |input, _| Sha256::digest(&input).to_vec())
}

/// That the right keys are looked for: answers of RFC 7914, section 11, and of OpenSSL (as in `src/trust/pbe.rs`).
#[test]
fn keys_of_passwords() {
    let start = |key: Vec<u8>| u32::from_be_bytes(*key.first_chunk().unwrap());
    assert_eq!(start(pbkdf2_key("passwd", b"salt", 1)), 0x55ac_046e);
    assert_eq!(start(pbkdf2_key("Password", b"NaCl", 80_000)), 0x4ddc_d8f6);
    assert_eq!(start(pkcs12_key("geheim 🔑", &[0xff; 70], 1000)), 0x7ace_0e52);
}

#[test]
fn stores() {
    let key = ecdsa::SigningKey::<P256>::generate().unwrap();
    let root = Authority::self_signed("CN=Root", key.clone(), Validity::days(1)).unwrap();
    let store = KeyStore::new(key.clone(), vec![root.certificate().clone()]).unwrap();
    let pem = store.to_pem();
    let secrets = || in_text(&key.to_bytes(), &store.key().to_der(), &pem);
    leaves_nothing(|| drop(store.to_pem()), |()| secrets());
    leaves_nothing(|| drop(KeyStore::from_pem(pem.as_bytes()).unwrap()), |()| secrets());

    let sealed = leaves_nothing(
        || store.to_encrypted_pem_with(&mut SysRng, &ENCRYPTION, PASSWORD).unwrap(),
        |sealed| [secrets(), of_password_for_pem(sealed, PASSWORD)].concat(),
    );
    let file = leaves_nothing(
        || store.to_pkcs12_with(&mut SysRng, &ENCRYPTION, PASSWORD).unwrap(),
        |file| [secrets(), of_password(file, PASSWORD)].concat(),
    );
    for password in [PASSWORD, "a password that's wrong"] {
        leaves_nothing(
            || drop(KeyStore::from_encrypted_pem(&sealed, password)),
            |()| [secrets(), of_password_for_pem(&sealed, password)].concat(),
        );
        leaves_nothing(
            || drop(KeyStore::from_pkcs12(&file, password)),
            |()| [secrets(), of_password(&file, password)].concat(),
        );
    }
}

/// Java's formats, old ciphers, and what's rewritten as DER, of other programs' files with keys on P-256.
#[test]
fn stores_of_old() {
    let options = StoreOptions::new().allow_legacy().allow_incomplete().key_named("server");
    let java = |bytes: &'static [u8]| KeyStore::from_jks_with(bytes, "secret1", &options).unwrap();
    let others = StoreOptions::new().allow_legacy().allow_incomplete();
    let pkcs12 = |bytes: &'static [u8]| KeyStore::from_pkcs12_with(bytes, "secret", &others).unwrap();
    let files: [(&dyn Fn(&'static [u8]) -> KeyStore, &'static [u8]); 5] = [
        (&java, include_bytes!("trust/java.jks")),
        (&java, include_bytes!("trust/java.jceks")),
        (&pkcs12, include_bytes!("trust/pbes2_des3.p12")),
        (&pkcs12, include_bytes!("trust/ber_bouncy_castle.p12")),
        (&pkcs12, include_bytes!("trust/ber_inner.p12")),
    ];
    for (open, bytes) in files {
        let store = open(bytes);
        let number = store.key().as_p256().unwrap().to_bytes();
        let secrets = || in_text(&number, &store.key().to_der(), &store.to_pem());
        leaves_nothing(|| drop(open(bytes)), |()| secrets());
    }
}

// The orders of the groups.
const ORDER_256: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const ORDER_384: &str =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
const ORDER_521: &str = "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709\
    a5d03bb5c9b8899c47aebb6fb71e91386409";
const ORDER_25519: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

fn order(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
}

/// A scalar as the NIST curves keep it: times 2^64 for each of its limbs, in limbs.
fn montgomery(scalar: &BigUint, order: &BigUint) -> Vec<u8> {
    let bits = order.bits().next_multiple_of(64);
    ((scalar << bits) % order).to_bytes_le()
}

#[test]
fn curves() {
    /// With the form that a key is kept in.
    fn agreement<C: ecdh::Curve>(kept: impl Fn(&[u8]) -> Vec<u8>) {
        let [ours, theirs] = [(); 2].map(|()| ecdh::PrivateKey::<C>::generate().unwrap());
        let (bytes, public) = (ours.to_bytes(), theirs.public_key());
        let shared = ours.agree(&public).unwrap().as_bytes().to_vec();
        is_wiped(|| ours.clone(), vec![("the key", kept(&bytes))]);
        is_wiped(|| ours.agree(&public).unwrap(), vec![("the shared secret", shared.clone())]);
        leaves_nothing(
            || {
                let key = black_box(Box::new(ecdh::PrivateKey::<C>::from_bytes(&bytes).unwrap()));
                let mut out = Zeroizing::new(vec![0; 32]);
                key.agree(&public).unwrap().hkdf::<Sha256>(b"", b"info", &mut out).unwrap();
            },
            |()| vec![("the key", bytes.to_vec()), ("the key", kept(&bytes)), ("the shared secret", shared)],
        );
    }
    fn nist<C: ecdh::Curve + ecdsa::Curve>(hex: &str) {
        let n = order(hex);
        agreement::<C>(|bytes| montgomery(&BigUint::from_bytes_be(bytes), &n));
        let key = ecdsa::SigningKey::<C>::generate().unwrap();
        let bytes = key.to_bytes();
        let hash = vec![7; bytes.len().div_ceil(2)];
        let d = BigUint::from_bytes_be(&bytes);
        is_wiped(|| key.clone(), vec![("the key", montgomery(&d, &n))]);
        let ways: [fn(&ecdsa::SigningKey<C>, &[u8]) -> ecdsa::Signature<C>; 2] = [
            |key, hash| key.sign_prehash(hash).unwrap(),
            |key, hash| key.sign_prehash_hedged(&mut SysRng, hash).unwrap(),
        ];
        for sign in ways {
            leaves_nothing(
                || {
                    let key = black_box(Box::new(ecdsa::SigningKey::<C>::from_bytes(&bytes).unwrap()));
                    sign(&key, &hash).to_bytes()
                },
                |signature| {
                    // The nonce, which has no reason to be on the heap: k = (h + r d) / s.
                    let (r, s) = signature.split_at(signature.len() / 2);
                    let inverse = BigUint::from_bytes_be(s).modpow(&(&n - 2u32), &n);
                    let k = (BigUint::from_bytes_be(&hash) + BigUint::from_bytes_be(r) * &d) * inverse % &n;
                    let forms = |name, x: &BigUint| [(name, x.to_bytes_be()), (name, montgomery(x, &n))];
                    [forms("the key", &d), forms("the nonce", &k)].concat()
                },
            );
        }
    }
    agreement::<X25519>(<[u8]>::to_vec);
    nist::<P256>(ORDER_256);
    nist::<P384>(ORDER_384);
    nist::<P521>(ORDER_521);
}

#[test]
fn ed25519_keys() {
    let key = ed25519::SigningKey::generate().unwrap();
    let seed = key.to_bytes();
    // RFC 8032, section 5.1.5.
    let hash = sha2::Sha512::digest(&seed);
    let (number, prefix) = hash.split_at(32);
    let mut number = number.to_vec();
    number[0] &= 0xf8;
    number[31] = number[31] & 0x7f | 0x40;
    let number = (BigUint::from_bytes_le(&number) % order(ORDER_25519)).to_bytes_le();
    let secrets = vec![("the seed", seed.to_vec()), ("the number", number), ("the prefix", prefix.to_vec())];
    is_wiped(|| key.clone(), secrets.clone());
    leaves_nothing(
        || black_box(Box::new(ed25519::SigningKey::from_bytes(&seed).unwrap())).sign(b"message").to_bytes(),
        |_| secrets,
    );
}

/// The two states that HMAC keeps of a key: the hash's, after the key, padded. In limbs.
fn midstates<D: Digest + SerializableState>(key: &[u8]) -> Secrets {
    let state = |pad| {
        let mut block = vec![pad; 2 * <D as Digest>::output_size()];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        D::new_with_prefix(&block).serialize()[..<D as Digest>::output_size()].to_vec()
    };
    vec![("the inner state", state(0x36)), ("the outer state", state(0x5c))]
}

#[test]
fn hashes_with_keys() {
    let (secret, message) = (*b"a key of some length for hashing", *b"a message that isn't a block");
    let prk = Hkdf::<Sha512>::extract(b"salt", &secret).as_bytes().to_vec();
    let waiting = || vec![("the message", message.to_vec())];
    is_wiped(|| Sha256::new_with_prefix(message), waiting());
    is_wiped(|| Sha512::new_with_prefix(message), waiting());
    is_wiped(
        || {
            let mut mac = Hmac::<Sha256>::new(&secret);
            mac.update(&message);
            mac
        },
        [waiting(), midstates::<sha2::Sha256>(&secret)].concat(),
    );
    is_wiped(|| Hkdf::<Sha512>::new(b"salt", &secret), midstates::<sha2::Sha512>(&prk));
    is_wiped(|| Hkdf::<Sha512>::extract(b"salt", &secret), vec![("the pseudorandom key", prk.clone())]);
}

/// What RFC 9180 makes of an agreement, in base mode: sections 4.1 and 5.1.
fn key_schedule<C: hpke::Kem, D: Digest + BlockSizeUser + Clone>(
    suite: Suite,
    agreed: &[u8],
    enc: &[u8],
    public: &[u8],
) -> Secrets {
    let extract = |id: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]| {
        Hkdf::<D>::extract(salt, &[b"HPKE-v1", id, label, ikm].concat()).as_bytes().to_vec()
    };
    let expand = |id: &[u8], prk: &[u8], label: &[u8], info: &[u8], len: usize| {
        let mut out = vec![0; len];
        let info = [&[0, len as u8], &b"HPKE-v1"[..], id, label, info].concat();
        Hkdf::<D>::from_prk(prk).unwrap().expand(&info, &mut out).unwrap();
        out
    };
    let len = <D as Digest>::output_size();
    let kem = [&b"KEM"[..], &C::ID.to_be_bytes()].concat();
    let shared =
        expand(&kem, &extract(&kem, b"", b"eae_prk", agreed), b"shared_secret", &[enc, public].concat(), len);
    let ids = [C::ID, suite.kdf.id(), suite.aead.id()].map(u16::to_be_bytes);
    let id = [&b"HPKE"[..], ids.as_flattened()].concat();
    let hash = |label: &[u8], of: &[u8]| extract(&id, b"", label, of);
    let context = [&[0], &hash(b"psk_id_hash", b"")[..], &hash(b"info_hash", b"info")].concat();
    let secret = extract(&id, &shared, b"secret", b"");
    let key_len = if suite.aead == Aead::Aes128Gcm { 16 } else { 32 };
    vec![
        ("the cipher's key", expand(&id, &secret, b"key", &context, key_len)),
        ("the nonce", expand(&id, &secret, b"base_nonce", &context, 12)),
        ("the exporter's key", expand(&id, &secret, b"exp", &context, len)),
    ]
}

#[test]
fn sealed_messages() {
    fn on<C: hpke::Kem, D: Digest + BlockSizeUser + Clone>() {
        let key = ecdh::PrivateKey::<C>::generate().unwrap();
        let (public, message) = (key.public_key(), b"a message of some length, sealed");
        let derived = |suite: Suite, sealed: &[u8]| {
            let enc = &sealed[..public.to_bytes().len()];
            let agreed = key.agree(&ecdh::PublicKey::from_bytes(enc).unwrap()).unwrap();
            let mut all = key_schedule::<C, D>(suite, agreed.as_bytes(), enc, &public.to_bytes());
            all.push(("the shared secret", agreed.as_bytes().to_vec()));
            all
        };
        let secrets = |sealed: &[u8]| {
            let mut all = derived(Suite::of::<C>(), sealed);
            all.extend([("the message", message.to_vec()), ("the key", key.to_bytes().to_vec())]);
            all
        };
        let seal = || hpke::seal(&public, b"info", b"", message).unwrap();
        let sealed = leaves_nothing(seal, |sealed| secrets(sealed));
        leaves_nothing(|| drop(hpke::open(&key, b"info", b"", &sealed).unwrap()), |()| secrets(&sealed));
        let mut wrong = sealed.clone();
        *wrong.last_mut().unwrap() ^= 1;
        leaves_nothing(
            || hpke::open(&key, b"info", b"", &wrong).map(drop).unwrap_err(),
            |_| secrets(&sealed),
        );
        // This cipher's key is in the receiver itself.
        let suite = Suite { aead: Aead::ChaCha20Poly1305, ..Suite::of::<C>() };
        let enc = suite.setup_sender(&public, Mode::Base, b"info").unwrap().0;
        let kept = derived(suite, &enc)[..3].to_vec();
        is_wiped(|| suite.setup_receiver(&key, &enc, Mode::Base, b"info").unwrap(), kept);
    }
    on::<X25519, Sha256>();
    on::<P256, Sha256>();
    on::<P384, Sha384>();
    on::<P521, Sha512>();
}
