//! Key agreement, ECDSA and Ed25519: secret numbers, nonces and messages are secret.

use super::{Random, curve_engines, varied};
use crate::{
    case::Size::{self, Normal, Small},
    taint::secret_bytes,
    trace::{Case, Work},
};
use oneway::{
    ecdh::{self, P256, P384, P521, PrivateKey, X25519},
    ecdsa::{Curve, Signature, SigningKey},
    ed25519,
    hash::{Sha512, digest::Digest},
    hazmat::engine::{self, Engine},
};

/// The orders of the groups (SP 800-186, section 3.2.1).
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P384_ORDER: &str =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
const P521_ORDER: &str = "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
                          fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    on_curve::<P256>(&mut cases, "P-256", P256_ORDER, Small, 8);
    on_curve::<P384>(&mut cases, "P-384", P384_ORDER, Normal, 8);
    on_curve::<P521>(&mut cases, "P-521", P521_ORDER, Normal, 8);
    cases.push(Case::new("curves: generation and loading, Curve25519", Small, 8, load_25519));
    for engine in curve_engines() {
        let mut case = |name: &str, run: fn(u64, Engine) -> Work| {
            cases.push(Case::new(format!("curves: {name}, {engine}"), Small, 8, move |seed| {
                run(seed, engine)
            }));
        };
        case("key agreement, X25519", |seed, engine| agree::<X25519>(&varied(seed, 32), engine));
        case("Ed25519, with and without context, prehashed", sign_ed25519);
    }
    cases
}

fn on_curve<C: ecdh::Curve + Curve + 'static>(
    cases: &mut Vec<Case>,
    curve: &str,
    order: &'static str,
    size: Size,
    secrets: usize,
) {
    let load = move |seed| load::<C>(seed, &number(seed, order));
    cases.push(Case::new(format!("curves: generation and loading, {curve}"), size, secrets, load));
    for engine in curve_engines() {
        let mut case = |name: &str, run: fn(u64, &[u8], Engine) -> Work| {
            let run = move |seed| run(seed, &number(seed, order), engine);
            cases.push(Case::new(format!("curves: {name}, {curve}, {engine}"), size, secrets, run));
        };
        case("key agreement", |_, number, engine| agree::<C>(number, engine));
        case("ECDSA, nonces from key and message", sign::<C>);
        case("ECDSA, hedged", sign_hedged::<C>);
    }
}

/// A number in range: 1, the order less 1, one with zeros in its upper half, then any.
fn number(seed: u64, order: &str) -> Vec<u8> {
    let digits = order.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    let mut order: Vec<_> = digits.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect();
    let len = order.len();
    order[len - 1] -= 1; // odd, so without a borrow
    match seed {
        1 => [vec![0; len - 1], vec![1]].concat(),
        2 => order,
        _ => {
            let mut bytes = varied(seed, len);
            bytes[..1].fill(0);
            bytes
        }
    }
}

/// The public key is public only where it's shown: to compute it is part of the trace.
fn load<C: ecdh::Curve + Curve>(seed: u64, number: &[u8]) -> Work {
    let (number, len) = (number.to_vec(), number.len());
    Work::new(move || {
        let rng = &mut Random::new(seed);
        let agreement = PrivateKey::<C>::generate_with(rng).expect("randomness");
        let generated = SigningKey::<C>::generate_with(rng).expect("randomness");
        let loaded = SigningKey::<C>::from_bytes(&number).expect("in range");
        [
            agreement.public_key().to_bytes().to_vec(),
            generated.verifying_key().to_bytes().to_vec(),
            loaded.to_bytes().to_vec(),
            loaded.verifying_key().to_compressed_bytes().to_vec(),
        ]
        .concat()
    })
    .checked(move |out| {
        // (n − 1) · G = −G has the same x as G.
        if seed == 2 {
            let one = [vec![0; len - 1], vec![1]].concat();
            let g =
                SigningKey::<C>::from_bytes(&one).expect("in range").verifying_key().to_compressed_bytes();
            assert!(out.ends_with(&g[1..]));
        }
    })
}

fn agree<C: ecdh::Curve>(number: &[u8], engine: Engine) -> Work {
    let key =
        |bytes: &[u8]| engine::agreement_key(&PrivateKey::<C>::from_bytes(bytes).expect("in range"), engine);
    let mut other = secret_bytes(77, number.len());
    other[..1].fill(0);
    let (ours, theirs) = (key(number), key(&other));
    let (public, peer) = (ours.public_key(), theirs.public_key());
    Work::new(move || ours.agree(&peer).expect("agrees").as_bytes().to_vec())
        .checked(move |out| assert_eq!(out, theirs.agree(&public).expect("agrees").as_bytes()))
}

fn signing_key<C: Curve>(number: &[u8], engine: Engine) -> SigningKey<C> {
    engine::signing_key(&SigningKey::<C>::from_bytes(number).expect("in range"), engine)
}

fn sign<C: Curve>(seed: u64, number: &[u8], engine: Engine) -> Work {
    let (key, message) = (signing_key::<C>(number, engine), varied(seed, 100));
    let (public, signed) = (key.verifying_key().clone(), message.clone());
    Work::new(move || key.sign(&message).to_bytes().to_vec()).checked(move |out| {
        let signature = Signature::<C>::from_bytes(out).expect("a signature");
        assert_eq!(public.verify(&signed, &signature), Ok(()));
    })
}

fn sign_hedged<C: Curve>(seed: u64, number: &[u8], engine: Engine) -> Work {
    let (key, message) = (signing_key::<C>(number, engine), varied(seed, 100));
    let (public, signed) = (key.verifying_key().clone(), message.clone());
    Work::new(move || {
        let signature = key.sign_hedged(&mut Random::new(seed), &message).expect("randomness");
        signature.to_bytes().to_vec()
    })
    .checked(move |out| {
        let signature = Signature::<C>::from_bytes(out).expect("a signature");
        assert_eq!(public.verify(&signed, &signature), Ok(()));
    })
}

fn load_25519(seed: u64) -> Work {
    let bytes = varied(seed, 32);
    Work::new(move || {
        let rng = &mut Random::new(seed);
        let agreement = PrivateKey::<X25519>::generate_with(rng).expect("randomness");
        let generated = ed25519::SigningKey::generate_with(rng).expect("randomness");
        let loaded = ed25519::SigningKey::from_bytes(&bytes).expect("a seed");
        [
            agreement.public_key().to_bytes().to_vec(),
            generated.verifying_key().to_bytes().to_vec(),
            loaded.verifying_key().to_bytes().to_vec(),
        ]
        .concat()
    })
}

fn sign_ed25519(seed: u64, engine: Engine) -> Work {
    let key = ed25519::SigningKey::from_bytes(&varied(seed, 32)).expect("a seed");
    let key = engine::ed25519_signing_key(&key, engine);
    let message = varied(seed, 100);
    let (public, signed) = (key.verifying_key().clone(), message.clone());
    Work::new(move || {
        let signatures = [
            key.sign(&message),
            key.sign_ctx(&message, b"context").expect("short"),
            key.sign_prehashed(Sha512::new_with_prefix(&message), b"").expect("short"),
        ];
        signatures.map(|signature| signature.to_bytes().to_vec()).concat()
    })
    .checked(move |out| {
        let signature = |i: usize| ed25519::Signature::from_bytes(&out[64 * i..][..64]).expect("a signature");
        assert_eq!(public.verify(&signed, &signature(0)), Ok(()));
        assert_eq!(public.verify_ctx(&signed, b"context", &signature(1)), Ok(()));
        let hash = Sha512::new_with_prefix(&signed);
        assert_eq!(public.verify_prehashed(hash, b"", &signature(2)), Ok(()));
    })
}
