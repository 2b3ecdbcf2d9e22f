//! x25519-dalek and ed25519-dalek, on curve25519-dalek.
//!
//! Its code for AVX-512 IFMA is off unless a flag of the compiler asks for it: see `README.md`.

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey, verify_batch};
use x25519_dalek::{PublicKey, StaticSecret};

use super::Peer;
use crate::machine;
use crate::race::Entry;
use crate::rows::{Curve, Fixtures, MESSAGE, Op, batch_verification};

pub(super) const PEER: Peer = Peer {
    name: "dalek",
    packages: &["x25519-dalek", "ed25519-dalek", "curve25519-dalek"],
    version: Some(version),
    enter,
};

fn version() -> String {
    let ifma = if machine::dalek_has_ifma() { "with IFMA" } else { "without IFMA" };
    format!("backend {}: {ifma}", env!("DALEK_BACKEND"))
}

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let secret = || -> StaticSecret { bytes(&fixtures.agreement(Curve::Curve25519).private).into() };
    Some(match op {
        Op::Agree(Curve::Curve25519) => {
            let (secret, fixture) = (secret(), fixtures.agreement(Curve::Curve25519));
            fixture.agreeing(Curve::Curve25519, "the public key read and checked", move |public| {
                let shared = secret.diffie_hellman(&PublicKey::from(bytes(public)));
                shared.was_contributory().then(|| shared.to_bytes())
            })
        }
        Op::PublicKey(Curve::Curve25519) => {
            let secret = secret();
            Entry::new("of a given private key", move || PublicKey::from(&secret).to_bytes())
        }
        Op::CurveSign(Curve::Curve25519) => {
            let key = SigningKey::from_bytes(&bytes(&fixtures.signed(Curve::Curve25519).private));
            Entry::new("hashes; deterministic", move || key.sign(MESSAGE).to_bytes())
        }
        Op::CurveVerify(Curve::Curve25519) => {
            let fixture = fixtures.signed(Curve::Curve25519);
            let key = VerifyingKey::from_bytes(&bytes(&fixture.public)).expect("a key");
            fixture.verification("key loaded before; hash", move |message, signature| {
                key.verify(message, &Signature::from_bytes(&bytes(signature))).is_ok()
            })
        }
        Op::Batch(count) => {
            let batch = fixtures.batch(count);
            let key = |public: &[u8]| VerifyingKey::from_bytes(&bytes(public)).expect("a key");
            let keys: Vec<_> = batch.iter().map(|one| key(&one.public)).collect();
            let fixtures = batch.clone();
            let read = |signature: &[u8]| Signature::from_bytes(&bytes(signature));
            batch_verification(&batch, "key loaded before; hash", read, move |signatures| {
                let messages: Vec<_> = fixtures.iter().map(|one| &one.message[..]).collect();
                verify_batch(&messages, signatures, &keys).is_ok()
            })
        }
        _ => return None,
    })
}

fn bytes<const N: usize>(slice: &[u8]) -> [u8; N] {
    slice.try_into().expect("as long as the library has it")
}
