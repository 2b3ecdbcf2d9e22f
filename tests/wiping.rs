//! Memory is wiped before it's given back: an allocator keeps every block that's freed while an operation runs, and then the
//! blocks are searched for the secrets.
//!
//! It sees the heap alone, and numbers in their usual form alone: bytes, big-endian or little-endian. What's on the stack,
//! and numbers in digits of an engine or in Montgomery form, it doesn't see.
#![cfg(all(feature = "getrandom", feature = "hpke", feature = "pkcs12"))]
#![allow(unsafe_code, reason = "an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Mutex;

use num_bigint::BigUint;
use oneway::ecdh::{self, P256, P384, P521, X25519};
use oneway::ecdsa;
use oneway::hash::{Hkdf, Hmac, Sha256, Sha512};
use oneway::hazmat::rsa::{decrypt_pkcs1v15, encrypt_pkcs1v15, private_op};
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss};
use oneway::trust::{Authority, KeyStore, Validity};
use oneway::{ed25519, hpke, key, prime};

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

/// Runs an operation, which has to free something, and looks for secrets in what it freed.
#[track_caller]
fn leaves_nothing<T>(
    operation: impl FnOnce() -> T,
    secrets: impl FnOnce(&T) -> Vec<(&'static str, Vec<u8>)>,
) -> T {
    let (result, blocks) = freed(operation);
    assert!(!blocks.is_empty(), "nothing was freed");
    for (name, secret) in secrets(&result) {
        assert!(!is_in(&blocks, &secret), "{name} is in memory that was freed");
    }
    result
}

/// All that's secret in an RSA key.
fn parts(key: &PrivateKey) -> Vec<(&'static str, Vec<u8>)> {
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
    let ((), blocks) = freed(|| drop(zeroize::Zeroizing::new(secret.to_vec())));
    assert!(!blocks.is_empty() && !is_in(&blocks, &secret));
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
        leaves_nothing(
            || drop(key.decrypt_with(&oaep, &sealed).unwrap()),
            |()| {
                let mut all = with("the message", message);
                all.extend(halves(&sealed).map(|half| ("a half", half)));
                all
            },
        );
        leaves_nothing(
            || drop(decrypt_pkcs1v15(&key, &old, message.len()).unwrap()),
            |()| with("the message", message),
        );
        leaves_nothing(|| drop(private_op(&key, &old).unwrap()), |()| with("the message", message));
        leaves_nothing(|| public.encrypt(message).unwrap(), |_| with("the message", message));
        leaves_nothing(|| encrypt_pkcs1v15(public, message).unwrap(), |_| with("the message", message));
    }
}

#[test]
fn keys_as_bytes() {
    let (rsa, p256) = (rsa_key(), ecdsa::SigningKey::<P256>::generate().unwrap());
    let ed25519 = ed25519::SigningKey::generate().unwrap();
    let keys: [(key::PrivateKey, Vec<u8>); 3] = [
        (rsa.clone().into(), rsa.primes().0.to_vec()),
        (p256.clone().into(), p256.to_bytes().to_vec()),
        (ed25519.clone().into(), ed25519.to_bytes().to_vec()),
    ];
    for (key, secret) in keys {
        let (der, pem) = (key.to_der(), key.to_pem());
        // The text of three bytes each, from where the secret starts; a line may end in it.
        let at = der.windows(secret.len()).position(|window| window == secret).unwrap().div_ceil(3) * 4;
        let text: Vec<u8> = pem.lines().filter(|line| !line.starts_with('-')).flat_map(str::bytes).collect();
        let secrets = || vec![("the secret", secret.clone()), ("its base64", text[at..at + 40].to_vec())];
        leaves_nothing(|| drop(key.to_der()), |()| secrets());
        leaves_nothing(|| drop(key.to_pem()), |()| secrets());
        // Nothing is freed at all where a key needs no heap.
        let ((), blocks) = freed(|| drop(key::PrivateKey::from_der(&der).unwrap()));
        assert!(secrets().iter().all(|(_, secret)| !is_in(&blocks, secret)));
        leaves_nothing(|| drop(key::PrivateKey::from_pem(pem.as_bytes()).unwrap()), |()| secrets());
        let sealed = key.to_encrypted_pem("a password").unwrap();
        leaves_nothing(|| drop(key.to_encrypted_pem("a password").unwrap()), |()| secrets());
        leaves_nothing(
            || drop(key::PrivateKey::from_encrypted_pem(sealed.as_bytes(), "a password").unwrap()),
            |()| secrets(),
        );
    }
}

#[test]
fn stores() {
    let key = ecdsa::SigningKey::<P256>::generate().unwrap();
    let secrets =
        || vec![("the key", key.to_bytes().to_vec()), ("the password", b"a long password".to_vec())];
    let root = Authority::self_signed("CN=Root", key.clone(), Validity::days(1)).unwrap();
    let store = KeyStore::new(key.clone(), vec![root.certificate().clone()]).unwrap();
    let file = store.to_pkcs12("a long password").unwrap();
    leaves_nothing(|| drop(store.to_pkcs12("a long password").unwrap()), |()| secrets());
    leaves_nothing(|| drop(KeyStore::from_pkcs12(&file, "a long password").unwrap()), |()| secrets());
}

#[test]
fn curves() {
    fn agreement<C: ecdh::Curve>() {
        let [ours, theirs] = [(); 2].map(|()| ecdh::PrivateKey::<C>::generate().unwrap());
        let public = theirs.public_key();
        let shared = ours.agree(&public).unwrap();
        let bytes = ours.to_bytes();
        let ((), blocks) = freed(|| {
            let key = Box::new(ecdh::PrivateKey::<C>::from_bytes(&bytes).unwrap());
            let shared = Box::new(key.agree(&public).unwrap());
            let mut out = zeroize::Zeroizing::new(vec![0; 32]);
            shared.hkdf::<Sha256>(b"", b"info", &mut out).unwrap();
            drop(Box::new(key.clone()));
        });
        assert!(blocks.len() >= 4);
        assert!(!is_in(&blocks, &bytes) && !is_in(&blocks, shared.as_bytes()));
    }
    fn signatures<C: ecdsa::Curve>(order: &str) {
        let key = ecdsa::SigningKey::<C>::generate().unwrap();
        let bytes = key.to_bytes();
        let hash = [7; 32];
        let (signature, blocks) = freed(|| {
            let key = Box::new(ecdsa::SigningKey::<C>::from_bytes(&bytes).unwrap());
            key.sign_prehash(&hash).to_bytes()
        });
        assert!(!blocks.is_empty() && !is_in(&blocks, &bytes));
        // The nonce: k = (h + r d) / s.
        let n = BigUint::parse_bytes(order.as_bytes(), 16).unwrap();
        let half = signature.len() / 2;
        let [r, s] = [&signature[..half], &signature[half..]].map(BigUint::from_bytes_be);
        let inverse = s.modpow(&(&n - 2u32), &n);
        let nonce = (BigUint::from_bytes_be(&hash) + r * BigUint::from_bytes_be(&bytes)) * inverse % n;
        assert!(!is_in(&blocks, &nonce.to_bytes_be()));
    }
    agreement::<X25519>();
    agreement::<P256>();
    agreement::<P384>();
    agreement::<P521>();
    signatures::<P256>("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    signatures::<P384>(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
    let seed = ed25519::SigningKey::generate().unwrap().to_bytes();
    let (_, blocks) = freed(|| {
        let key = Box::new(ed25519::SigningKey::from_bytes(&seed).unwrap());
        drop(Box::new(key.clone()));
        key.sign(b"message").to_bytes()
    });
    assert!(blocks.len() >= 2 && !is_in(&blocks, &seed));
}

#[test]
fn hashes_with_keys() {
    let secret = *b"a key of some length for hashing";
    let ((), blocks) = freed(|| {
        let mut mac = Box::new(Hmac::<Sha256>::new(&secret));
        mac.update(b"message");
        let hkdf = Box::new(Hkdf::<Sha512>::new(b"salt", &secret));
        drop((mac, hkdf));
        drop(Box::new(Hkdf::<Sha512>::extract(b"salt", &secret)));
    });
    assert!(blocks.len() >= 3 && !is_in(&blocks, &secret));
    assert!(!is_in(&blocks, Hkdf::<Sha512>::extract(b"salt", &secret).as_bytes()));
    // The key, padded, as HMAC mixes it in.
    assert!(!is_in(&blocks, &secret.map(|byte| byte ^ 0x36)));
}

#[test]
fn sealed_messages() {
    let key = ecdh::PrivateKey::<X25519>::generate().unwrap();
    let message = b"a message of some length, sealed";
    let sealed = hpke::seal(&key.public_key(), b"info", b"", message).unwrap();
    let secrets = || vec![("the message", message.to_vec()), ("the key", key.to_bytes().to_vec())];
    leaves_nothing(|| drop(hpke::open(&key, b"info", b"", &sealed).unwrap()), |()| secrets());
    leaves_nothing(|| hpke::seal(&key.public_key(), b"info", b"", message).unwrap(), |_| secrets());
    let mut wrong = sealed;
    wrong[40] ^= 1;
    leaves_nothing(|| hpke::open(&key, b"info", b"", &wrong).map(drop).unwrap_err(), |_| secrets());
}
