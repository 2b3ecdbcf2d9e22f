//! Signatures of every scheme, by keys of ours and by keys that the input brings.
//!
//! ```text
//! scheme      1 byte
//! message     1 byte of length, and so many bytes
//! signature   the rest; for keys of the input, a byte of length, the key, and the signature
//! ```
//!
//! Nothing panics, and what's taken for a signature of a key of ours is the one that it makes, or, where it makes many, one
//! of the message that the seeds have signatures of.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oneway::ecdsa::{self, P256, P384, P521};
use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::key::{PrivateKey, PublicKey};
use oneway::rsa::{Pkcs1v15, Pss};
use oneway::{ed25519, rsa};

static RSA: LazyLock<rsa::PrivateKey> =
    LazyLock::new(|| rsa::PrivateKey::from_pem(include_str!("../../tests/keys/rsa2048.pem")).unwrap());
static P256_KEY: LazyLock<PrivateKey> = LazyLock::new(|| read(include_str!("../../tests/keys/p256.pem")));
static P384_KEY: LazyLock<PrivateKey> = LazyLock::new(|| read(include_str!("../../tests/keys/p384.pem")));
static P521_KEY: LazyLock<PrivateKey> = LazyLock::new(|| read(include_str!("../../tests/keys/p521.pem")));
static ED25519: LazyLock<PrivateKey> = LazyLock::new(|| read(include_str!("../../tests/keys/ed25519.pem")));

/// What the seeds have signatures of.
const SIGNED: &[u8] = b"message";

fn read(pem: &str) -> PrivateKey {
    PrivateKey::from_pem(pem).unwrap()
}

fuzz_target!(|bytes: &[u8]| {
    let [scheme, len, rest @ ..] = bytes else { return };
    let (message, signature) = rest.split_at(usize::from(*len).min(rest.len()));
    match scheme % 8 {
        0 => {
            let scheme = Pkcs1v15::<Sha256>::new();
            if RSA.public_key().verify_with(&scheme, message, signature).is_ok() {
                assert_eq!(RSA.sign_with(&scheme, message).unwrap(), signature);
            }
        }
        1 => {
            if RSA.public_key().verify_with(&Pss::<Sha256>::new(), message, signature).is_ok() {
                assert_eq!(message, SIGNED);
            }
            assert!(RSA.public_key().verify_with(&Pss::<Sha512>::new(), message, signature).is_err());
        }
        2 => {
            let PrivateKey::P256(key) = &*P256_KEY else { unreachable!() };
            check_ecdsa(&ecdsa::SigningKey::from(key.clone()), message, signature);
        }
        3 => {
            let PrivateKey::P384(key) = &*P384_KEY else { unreachable!() };
            check_ecdsa(&ecdsa::SigningKey::from(key.clone()), message, signature);
        }
        4 => {
            let PrivateKey::P521(key) = &*P521_KEY else { unreachable!() };
            check_ecdsa(&ecdsa::SigningKey::from(key.clone()), message, signature);
        }
        5 => {
            let PrivateKey::Ed25519(key) = &*ED25519 else { unreachable!() };
            if let Ok(given) = ed25519::Signature::from_bytes(signature) {
                let batch = ed25519::verify_batch(&[(message, &given, key.verifying_key())]);
                let single = key.verifying_key().verify(message, &given);
                assert_eq!(batch.is_ok(), single.is_ok());
                if single.is_ok() {
                    assert_eq!(key.sign(message), given);
                }
            }
        }
        _ => foreign(message, signature),
    }
});

fn check_ecdsa<C: ecdsa::Curve>(key: &ecdsa::SigningKey<C>, message: &[u8], signature: &[u8]) {
    for given in [ecdsa::Signature::<C>::from_der(signature), ecdsa::Signature::from_bytes(signature)] {
        let Ok(given) = given else { continue };
        if key.verifying_key().verify(message, &given).is_ok() {
            assert_eq!(message, SIGNED);
        }
    }
}

/// A key that the input brings: anything may come out, as long as something does.
fn foreign(message: &[u8], rest: &[u8]) {
    let Some((len, rest)) = rest.split_first() else { return };
    let (key, signature) = rest.split_at(usize::from(*len).min(rest.len()));
    fn ecdsa<C: ecdsa::Curve>(key: &[u8], message: &[u8], signature: &[u8]) {
        let Ok(key) = ecdsa::VerifyingKey::<C>::from_bytes(key) else { return };
        let Ok(signature) = ecdsa::Signature::from_bytes(signature) else { return };
        let _ = key.verify(message, &signature);
        let _ = key.verify_with::<Sha384>(message, &signature);
        let _ = key.verify_prehash(message, &signature);
    }
    ecdsa::<P256>(key, message, signature);
    ecdsa::<P384>(key, message, signature);
    ecdsa::<P521>(key, message, signature);
    if let (Ok(key), Ok(signature)) =
        (ed25519::VerifyingKey::from_bytes(key), ed25519::Signature::from_bytes(signature))
    {
        let single = key.verify(message, &signature);
        assert_eq!(ed25519::verify_batch(&[(message, &signature, &key)]).is_ok(), single.is_ok());
    }
    if let Ok(PublicKey::Rsa(key)) = PublicKey::from_der(rest) {
        let _ = key.verify(message, &vec![1; key.size()]);
    }
}
