//! Key agreement, ECDSA and Ed25519: secret numbers, nonces, messages and what's agreed on are secret;
//! the other side's points and finished signatures aren't. A public key counts as secret where it's computed, as
//! it follows from a secret, and is made public where a case goes on with it.

use crate::{
    case::{
        Case,
        Size::{self, Normal, Small},
    },
    taint::{TaintedRng, public_bytes, secret_bytes, still_secret},
    tool::poison,
};
use oneway::{
    Error,
    ecdh::{self, P256, P384, P521, X25519},
    ecdsa::{Curve, Signature, SigningKey, VerifyingKey},
    ed25519,
    hash::{Sha224, Sha512, digest::Digest},
    hazmat::engine::{self, Engine},
};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    on_curve::<P256>(&mut cases, "P-256", Small);
    on_curve::<P384>(&mut cases, "P-384", Normal);
    on_curve::<P521>(&mut cases, "P-521", Normal);
    cases.push(Case::new("curves: generation and loading, Curve25519", Small, load_25519));
    for engine in engines() {
        let mut case = |name: &str, run: fn(Engine)| {
            cases.push(Case::new(format!("curves: {name}, {engine}"), Small, move || run(engine)));
        };
        case("key agreement, X25519", agree::<X25519>);
        case("key agreement on what's of small order, X25519", agree_on_nothing);
        case("Ed25519, with and without context, prehashed", sign_ed25519);
    }
    cases
}

/// The engines that have code for curves.
pub(super) fn engines() -> impl Iterator<Item = Engine> {
    super::engines().into_iter().filter(|engine| *engine != Engine::Avx2)
}

fn on_curve<C: ecdh::Curve + Curve + 'static>(cases: &mut Vec<Case>, curve: &str, size: Size) {
    cases.push(Case::new(format!("curves: generation and loading, {curve}"), size, load::<C>));
    for engine in engines() {
        let mut case = |name: &str, run: fn(Engine)| {
            cases.push(Case::new(format!("curves: {name}, {curve}, {engine}"), size, move || run(engine)));
        };
        case("key agreement", agree::<C>);
        case("ECDSA, nonces from key and message", sign::<C>);
        case("ECDSA, hedged", sign_hedged::<C>);
    }
}

/// Bytes of a secret number in range, whose first two bytes are public.
pub(super) fn number<C: ecdh::Curve>(seed: u64) -> Vec<u8> {
    let Err(Error::Length { expected, .. }) = ecdh::PrivateKey::<C>::from_bytes(&[]) else {
        panic!("no bytes")
    };
    let mut bytes = secret_bytes(seed, expected);
    bytes[..2].fill(0);
    bytes
}

fn load<C: ecdh::Curve + Curve>() {
    let key = ecdh::PrivateKey::<C>::generate_with(&mut TaintedRng::new(1)).expect("randomness");
    still_secret(&key.to_bytes());
    still_secret(&key.public_key().to_bytes());
    let key = SigningKey::<C>::generate_with(&mut TaintedRng::new(2)).expect("randomness");
    still_secret(&key.to_bytes());
    still_secret(&key.verifying_key().to_bytes());
    still_secret(&key.verifying_key().to_compressed_bytes());
    let bytes = number::<C>(3);
    assert_eq!(
        public_bytes(&SigningKey::<C>::from_bytes(&bytes).expect("in range").to_bytes()),
        public_bytes(&bytes)
    );
    // Out of range: the key is thrown away.
    for byte in [0, 0xff] {
        let mut bytes = vec![byte; bytes.len()];
        poison(&mut bytes);
        assert!(matches!(SigningKey::<C>::from_bytes(&bytes), Err(Error::InvalidKey(_))));
        assert!(matches!(ecdh::PrivateKey::<C>::from_bytes(&bytes), Err(Error::InvalidKey(_))));
    }
}

fn agree<C: ecdh::Curve>(engine: Engine) {
    let [ours, theirs] = [1, 2].map(|seed| {
        let key = ecdh::PrivateKey::<C>::from_bytes(&number::<C>(seed)).expect("in range");
        engine::agreement_key(&key, engine)
    });
    let wire = |key: &ecdh::PrivateKey<C>| {
        let bytes = key.public_key().to_bytes();
        still_secret(&bytes);
        ecdh::PublicKey::<C>::from_bytes(&public_bytes(&bytes)).expect("a point")
    };
    let (a, b) = (ours.agree(&wire(&theirs)).expect("agrees"), theirs.agree(&wire(&ours)).expect("agrees"));
    still_secret(a.as_bytes());
    let [mut key, mut same_key] = [[0; 40]; 2];
    a.hkdf::<Sha512>(b"", b"info", &mut key).expect("short");
    b.hkdf::<Sha512>(b"", b"info", &mut same_key).expect("short");
    still_secret(&key);
    assert_eq!(public_bytes(&key), public_bytes(&same_key));
}

fn key<C: ecdh::Curve + Curve>(engine: Engine) -> (SigningKey<C>, VerifyingKey<C>) {
    let key = SigningKey::<C>::from_bytes(&number::<C>(4)).expect("in range");
    let key = engine::signing_key(&key, engine);
    let public = VerifyingKey::from_bytes(&public_bytes(&key.verifying_key().to_bytes())).expect("a point");
    (key, public)
}

/// The signature, which is a secret to the tool until it's made public here.
fn opened<C: Curve>(signature: &Signature<C>) -> Signature<C> {
    let bytes = signature.to_bytes();
    still_secret(&bytes);
    Signature::from_bytes(&public_bytes(&bytes)).expect("a signature")
}

fn sign<C: ecdh::Curve + Curve>(engine: Engine) {
    let (key, public) = key::<C>(engine);
    for len in [0, 1, 200] {
        let message = secret_bytes(5, len);
        assert_eq!(public.verify(&public_bytes(&message), &opened(&key.sign(&message))), Ok(()));
    }
    let message = secret_bytes(6, 100);
    let shown = public_bytes(&message);
    assert_eq!(public.verify_with::<Sha224>(&shown, &opened(&key.sign_with::<Sha224>(&message))), Ok(()));
    assert_eq!(
        public.verify_prehash(&shown, &opened(&key.sign_prehash(&message).expect("a long hash"))),
        Ok(())
    );
    still_secret(&key.sign(&message).normalized().to_bytes());
}

fn sign_hedged<C: ecdh::Curve + Curve>(engine: Engine) {
    let (key, public) = key::<C>(engine);
    let message = secret_bytes(7, 100);
    let mut rng = TaintedRng::new(8);
    let signature = key.sign_hedged(&mut rng, &message).expect("randomness");
    assert_eq!(public.verify(&public_bytes(&message), &opened(&signature)), Ok(()));
    let signature = key.sign_prehash_hedged(&mut rng, &message).expect("randomness");
    assert_eq!(public.verify_prehash(&public_bytes(&message), &opened(&signature)), Ok(()));
}

fn load_25519() {
    let key = ecdh::PrivateKey::<X25519>::generate_with(&mut TaintedRng::new(1)).expect("randomness");
    still_secret(&key.to_bytes());
    still_secret(&key.public_key().to_bytes());
    let key = ed25519::SigningKey::generate_with(&mut TaintedRng::new(2)).expect("randomness");
    // The public key is public from the start.
    still_secret(&key.to_bytes());
    let seed = secret_bytes(3, 32);
    let key = ed25519::SigningKey::from_bytes(&seed).expect("a seed");
    assert_eq!(public_bytes(&key.to_bytes()), public_bytes(&seed));
}

/// The points of small order, which are public, as is that it's one.
fn agree_on_nothing(engine: Engine) {
    let key = ecdh::PrivateKey::<X25519>::from_bytes(&secret_bytes(1, 32)).expect("32 bytes");
    let key = engine::agreement_key(&key, engine);
    for first in [0, 1] {
        let mut point = [0; 32];
        point[0] = first;
        let point = ecdh::PublicKey::<X25519>::from_bytes(&point).expect("32 bytes");
        assert!(matches!(key.agree(&point), Err(Error::InvalidKey(_))));
    }
}

fn sign_ed25519(engine: Engine) {
    let key = ed25519::SigningKey::from_bytes(&secret_bytes(4, 32)).expect("a seed");
    let key = engine::ed25519_signing_key(&key, engine);
    let public =
        ed25519::VerifyingKey::from_bytes(&public_bytes(&key.verifying_key().to_bytes())).expect("a point");
    let opened = |signature: ed25519::Signature| {
        let bytes = signature.to_bytes();
        still_secret(&bytes);
        ed25519::Signature::from_bytes(&public_bytes(&bytes)).expect("a signature")
    };
    for len in [0, 1, 200] {
        let message = secret_bytes(5, len);
        assert_eq!(public.verify(&public_bytes(&message), &opened(key.sign(&message))), Ok(()));
    }
    let message = secret_bytes(6, 100);
    let shown = public_bytes(&message);
    let signature = opened(key.sign_ctx(&message, b"context").expect("short"));
    assert_eq!(public.verify_ctx(&shown, b"context", &signature), Ok(()));
    let signature = opened(key.sign_prehashed(Sha512::new_with_prefix(&message), b"").expect("short"));
    assert_eq!(public.verify_prehashed(Sha512::new_with_prefix(&shown), b"", &signature), Ok(()));
}
