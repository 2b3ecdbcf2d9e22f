//! Curves: every engine computes the same, and the same as others' code (the crates p256, x25519-dalek).
//!
//! ```text
//! one private key      66 bytes, of which a curve takes as many as it needs
//! another one          the same
//! message              the rest
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::ecdh::{self, P256, P384, P521, X25519};
use oneway::hazmat::engine::{self, Engine};
use oneway::{ecdsa, ed25519};
use p256::ecdsa::signature::Signer;

fuzz_target!(|bytes: &[u8]| {
    let Some((one, rest)) = bytes.split_first_chunk::<66>() else { return };
    let Some((other, message)) = rest.split_first_chunk::<66>() else { return };
    agree::<X25519>(&one[..32], &other[..32]);
    both::<P256>(&one[..32], &other[..32], message);
    both::<P384>(&one[..48], &other[..48], message);
    both::<P521>(one, other, message);
    let [one, other] = [one, other].map(|bytes| <[u8; 32]>::try_from(&bytes[..32]).unwrap());
    sign_ed25519(&one, message);
    let theirs = x25519_dalek::StaticSecret::from(one);
    let public = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(other));
    let key = ecdh::PrivateKey::<X25519>::from_bytes(&one).unwrap();
    let peer = ecdh::PublicKey::<X25519>::from_bytes(public.as_bytes()).unwrap();
    match key.agree(&peer) {
        Ok(shared) => assert_eq!(shared.as_bytes(), theirs.diffie_hellman(&public).as_bytes()),
        Err(_) => assert_eq!(theirs.diffie_hellman(&public).as_bytes(), &[0; 32]),
    }
    if let (Ok(ours), Ok(theirs)) =
        (ecdsa::SigningKey::<P256>::from_bytes(&one), p256::ecdsa::SigningKey::from_slice(&one))
    {
        let signature: p256::ecdsa::Signature = theirs.sign(message);
        assert_eq!(ours.sign(message).normalized().to_bytes(), signature.normalize_s().to_bytes().as_slice());
    }
});

fn agree<C: ecdh::Curve>(one: &[u8], other: &[u8]) {
    let keys = [one, other].map(ecdh::PrivateKey::<C>::from_bytes);
    let [Ok(one), Ok(other)] = keys else { return };
    let expected = one.agree(&other.public_key()).map(|shared| shared.as_bytes().to_vec());
    assert_eq!(other.agree(&one.public_key()).map(|shared| shared.as_bytes().to_vec()), expected);
    for engine in Engine::available() {
        let key = engine::agreement_key(&one, engine);
        assert_eq!(key.public_key(), one.public_key());
        let shared = key.agree(&other.public_key()).map(|shared| shared.as_bytes().to_vec());
        assert_eq!(shared, expected, "{engine}");
    }
}

fn both<C: ecdh::Curve + ecdsa::Curve>(one: &[u8], other: &[u8], message: &[u8]) {
    agree::<C>(one, other);
    let Ok(key) = ecdsa::SigningKey::<C>::from_bytes(one) else { return };
    let expected = key.sign(message);
    for engine in Engine::available() {
        assert_eq!(engine::signing_key(&key, engine).sign(message), expected, "{engine}");
        let public = engine::verifying_key(&key.verifying_key(), engine);
        assert_eq!(public.verify(message, &expected), Ok(()), "{engine}");
        assert!(public.verify(&[message, b"."].concat(), &expected).is_err(), "{engine}");
    }
}

fn sign_ed25519(seed: &[u8; 32], message: &[u8]) {
    let key = ed25519::SigningKey::from_bytes(seed).unwrap();
    let expected = key.sign(message);
    for engine in Engine::available() {
        assert_eq!(engine::ed25519_signing_key(&key, engine).sign(message), expected, "{engine}");
        let public = engine::ed25519_verifying_key(&key.verifying_key(), engine);
        assert_eq!(public.verify(message, &expected), Ok(()), "{engine}");
        assert!(public.verify(&[message, b"."].concat(), &expected).is_err(), "{engine}");
    }
}
