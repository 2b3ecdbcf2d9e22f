//! ring: it signs and verifies, and doesn't decrypt or generate RSA keys; it has no P-521. A private key for agreement
//! is drawn by itself and used once.

use std::hint::black_box;

use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use ring::{agreement, digest, hmac};

use super::Peer;
use crate::race::Entry;
use crate::rows::{Curve, Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding};

pub(super) const PEER: Peer = Peer { name: "ring", packages: &["ring"], version: None, enter };

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    Some(match op {
        Op::Sign(padding, bits) => {
            let key = KeyPair::from_pkcs8(&fixtures.key(bits).pkcs8).expect("a key");
            let encoding: &'static dyn RsaEncoding = match padding {
                Padding::Pkcs1v15 => &RSA_PKCS1_SHA256,
                Padding::Pss => &RSA_PSS_SHA256,
            };
            Entry::new("not blinded; CRT, checked with e; hash and padding", move || {
                let mut signature = vec![0; bits / 8];
                key.sign(encoding, &SystemRandom::new(), MESSAGE, &mut signature).expect("signs");
                signature
            })
        }
        Op::Verify(padding, bits) => {
            let parameters: &'static RsaParameters = match padding {
                Padding::Pkcs1v15 => &RSA_PKCS1_2048_8192_SHA256,
                Padding::Pss => &RSA_PSS_2048_8192_SHA256,
            };
            let fixture = fixtures.key(bits);
            let key = RsaPublicKeyComponents { n: fixture.modulus.clone(), e: vec![1, 0, 1] };
            let work = "key loaded each time, there's no other way; hash and padding";
            fixture.verification(padding, work, move |message, signature| {
                key.verify(parameters, message, signature).is_ok()
            })
        }
        Op::Load(bits) => {
            let key = fixtures.key(bits);
            Entry::with_output(
                "p q = n, q qinv = 1 modulo p, sizes and ranges",
                move || KeyPair::from_pkcs8(&key.pkcs8).expect("a key"),
                |key| RsaPublicKeyComponents::<Vec<u8>>::from(key.public()).n,
            )
        }
        Op::Hash(function, len) => {
            let message = vec![0x61; len];
            match function {
                Function::Sha256 => Entry::new("", move || digest::digest(&digest::SHA256, &message)),
                Function::Sha512 => Entry::new("", move || digest::digest(&digest::SHA512, &message)),
                Function::HmacSha256 => Entry::new("HMAC's key set up each time", move || {
                    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, MAC_KEY), &message)
                }),
            }
        }
        Op::Agree(curve) => {
            let (algorithm, fixture) = (agreement_on(curve)?, fixtures.agreement(curve));
            let secret = fixture.secret.clone();
            let mut is_checked = false;
            let work = "the public key read and checked; of a private key that's drawn each time, there's no other way";
            // Each time another secret. The first one that's agreed on is checked, and ours stands for the others.
            let checker = fixture.clone();
            fixture.agreeing(curve, work, move |public| {
                let key = private_key(algorithm);
                let own = (!is_checked).then(|| key.compute_public_key().expect("a key"));
                let public = agreement::UnparsedPublicKey::new(algorithm, public);
                agreement::agree_ephemeral(key, &public, |secret| {
                    if let Some(own) = own {
                        checker.check(curve, own.as_ref(), secret);
                        is_checked = true;
                    }
                    black_box(secret);
                })
                .ok()?;
                Some(secret.clone())
            })
        }
        Op::PublicKey(curve) => {
            let (algorithm, public) = (agreement_on(curve)?, fixtures.agreement(curve).public.clone());
            Entry::with_output(
                "of a private key that's drawn each time, there's no other way",
                move || private_key(algorithm).compute_public_key().expect("a key"),
                // Each time another one; the row of agreement has checked one.
                move |own| if own.as_ref().len() == public.len() { public.clone() } else { vec![] },
            )
        }
        Op::CurveSign(Curve::Curve25519) => {
            let fixture = fixtures.signed(Curve::Curve25519);
            let key = Ed25519KeyPair::from_seed_and_public_key(&fixture.private, &fixture.public);
            let key = key.expect("a key");
            Entry::new("hashes; deterministic", move || key.sign(MESSAGE))
        }
        Op::CurveSign(curve) => {
            let algorithm = match curve {
                Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
                Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
                _ => return None,
            };
            let (fixture, rng) = (fixtures.signed(curve), SystemRandom::new());
            let (private, public) = (&fixture.private, &fixture.public);
            let key = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &rng);
            let key = key.expect("a key");
            Entry::new("random nonce, with the key and the hash in it; hash", move || {
                key.sign(&rng, MESSAGE).expect("signs")
            })
        }
        Op::CurveVerify(curve) => {
            let algorithm: &'static dyn VerificationAlgorithm = match curve {
                Curve::Curve25519 => &ED25519,
                Curve::P256 => &ECDSA_P256_SHA256_FIXED,
                Curve::P384 => &ECDSA_P384_SHA384_FIXED,
                Curve::P521 => return None,
            };
            let fixture = fixtures.signed(curve);
            let key = UnparsedPublicKey::new(algorithm, fixture.public.clone());
            fixture.verification(
                "key loaded each time, there's no other way; hash",
                move |message, signature| key.verify(message, signature).is_ok(),
            )
        }
        _ => return None,
    })
}

fn agreement_on(curve: Curve) -> Option<&'static agreement::Algorithm> {
    match curve {
        Curve::Curve25519 => Some(&agreement::X25519),
        Curve::P256 => Some(&agreement::ECDH_P256),
        Curve::P384 => Some(&agreement::ECDH_P384),
        Curve::P521 => None,
    }
}

fn private_key(algorithm: &'static agreement::Algorithm) -> agreement::EphemeralPrivateKey {
    agreement::EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).expect("randomness")
}
