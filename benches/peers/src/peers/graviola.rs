//! graviola: Rust around s2n-bignum's assembly, no C. It signs and verifies, and doesn't decrypt.

use graviola::hashing::hmac::Hmac;
use graviola::hashing::{Hash, Sha256, Sha512};
use graviola::signing::rsa::{KeySize, SigningKey};

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding};

pub(super) const PEER: Peer = Peer { name: "graviola", package: "graviola", version: None, enter };

const PRIVATE: &str = "not blinded; CRT, checked with e; hash and padding";

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let private = |bits| SigningKey::from_pkcs8_der(&fixtures.key(bits).pkcs8).expect("a key");
    Some(match op {
        Op::Sign(padding, bits) => {
            let (key, mut out) = (private(bits), vec![0; bits / 8]);
            Entry::new(PRIVATE, move || {
                let signature = match padding {
                    Padding::Pkcs1v15 => key.sign_pkcs1_sha256(&mut out, MESSAGE),
                    Padding::Pss => key.sign_pss_sha256(&mut out, MESSAGE),
                };
                signature.expect("signs").to_vec()
            })
        }
        Op::Verify(padding, bits) => {
            let key = private(bits).public_key();
            let work = "key loaded before; hash and padding";
            fixtures.key(bits).verification(padding, work, move |message, signature| match padding {
                Padding::Pkcs1v15 => key.verify_pkcs1_sha256(signature, message).is_ok(),
                Padding::Pss => key.verify_pss_sha256(signature, message).is_ok(),
            })
        }
        Op::Generate(bits) => Entry::with_output(
            "random bases, 5 at 2048 bits, 4 above; says of itself that it isn't side-channel safe",
            move || SigningKey::generate(KeySize::try_from(bits).expect("a size")).expect("randomness"),
            |key| key.to_pkcs8_der(&mut [0; 8192]).expect("fits").to_vec(),
        ),
        Op::Load(bits) => {
            let key = fixtures.key(bits);
            let modulus = key.modulus.clone();
            Entry::with_output(
                "no checks but of form and size",
                move || SigningKey::from_pkcs8_der(&key.pkcs8).expect("a key"),
                // The key doesn't show its modulus, which the rows of signing compare.
                move |key| if key.modulus_len_bytes() == modulus.len() { modulus.clone() } else { vec![] },
            )
        }
        Op::Hash(function, len) => {
            let message = vec![0x61; len];
            match function {
                Function::Sha256 => Entry::new("", move || Sha256::hash(&message)),
                Function::Sha512 => Entry::new("", move || Sha512::hash(&message)),
                Function::HmacSha256 => Entry::new("HMAC's key set up each time", move || {
                    let mut hmac = Hmac::<Sha256>::new(MAC_KEY);
                    hmac.update(&message);
                    hmac.finish()
                }),
            }
        }
        Op::Decrypt(_) | Op::Pow(_) | Op::MillerRabin(_) => return None,
    })
}
