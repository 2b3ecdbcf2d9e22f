//! ring: it signs and verifies, and doesn't decrypt or generate RSA keys.

use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaParameters, RsaPublicKeyComponents,
};
use ring::{digest, hmac};

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding};

pub(super) const PEER: Peer = Peer { name: "ring", package: "ring", version: None, enter };

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
        Op::Decrypt(_) | Op::Generate(_) | Op::Pow(_) | Op::MillerRabin(_) => return None,
    })
}
