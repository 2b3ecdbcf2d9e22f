//! RustCrypto's p256, p384 and p521.

use super::Peer;
use crate::race::Entry;
use crate::rows::{Curve, Fixtures, MESSAGE, Op};

pub(super) const PEER: Peer =
    Peer { name: "p256 p384 p521", packages: &["p256", "p384", "p521"], version: None, enter };

/// A module with the entries of one of the crates, which have the same names in them.
macro_rules! curve {
    ($name:ident) => {
        mod $name {
            use ::$name::ecdh::diffie_hellman;
            use ::$name::ecdsa::signature::{Signer, Verifier};
            use ::$name::ecdsa::{Signature, SigningKey, VerifyingKey};
            use ::$name::{PublicKey, SecretKey};

            use super::*;

            pub(super) fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
                Some(match op {
                    Op::Agree(curve) => {
                        let fixture = fixtures.agreement(curve);
                        let key = SecretKey::from_slice(&fixture.private).expect("a key").to_nonzero_scalar();
                        fixture.agreeing(curve, "the public key read and checked", move |public| {
                            let public = PublicKey::from_sec1_bytes(public).ok()?;
                            Some(diffie_hellman(key, public.as_affine()).raw_secret_bytes().to_vec())
                        })
                    }
                    Op::PublicKey(curve) => {
                        let key = SecretKey::from_slice(&fixtures.agreement(curve).private).expect("a key");
                        Entry::new("of a given private key", move || key.public_key().to_sec1_bytes())
                    }
                    Op::CurveSign(curve) => {
                        let key = SigningKey::from_slice(&fixtures.signed(curve).private).expect("a key");
                        Entry::new("deterministic nonce (RFC 6979); hash", move || {
                            let signature: Signature = key.sign(MESSAGE);
                            signature.to_bytes()
                        })
                    }
                    Op::CurveVerify(curve) => {
                        let fixture = fixtures.signed(curve);
                        let key = VerifyingKey::from_sec1_bytes(&fixture.public).expect("a key");
                        fixture.verification("key loaded before; hash", move |message, signature| {
                            Signature::from_slice(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
                        })
                    }
                    _ => return None,
                })
            }
        }
    };
}
curve!(p256);
curve!(p384);
curve!(p521);

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let (Op::Agree(curve) | Op::PublicKey(curve) | Op::CurveSign(curve) | Op::CurveVerify(curve)) = op else {
        return None;
    };
    match curve {
        Curve::Curve25519 => None,
        Curve::P256 => p256::enter(op, fixtures),
        Curve::P384 => p384::enter(op, fixtures),
        Curve::P521 => p521::enter(op, fixtures),
    }
}
