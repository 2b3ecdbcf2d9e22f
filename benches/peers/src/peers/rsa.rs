//! RustCrypto's rsa, on crypto-bigint and crypto-primes.

use getrandom::SysRng;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rsa::traits::PublicKeyParts;
use rsa::{PrivateKey, PublicKey};
use sha2::Sha256;

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, MESSAGE, Op, Padding};

pub(super) const PEER: Peer = Peer { name: "rsa", packages: &["rsa"], version: None, enter };

const PRIVATE: &str =
    "base, exponents and primes blinded afresh each time; CRT, checked with e; hash and padding";

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let private = |bits| PrivateKey::from_pkcs8_der(&fixtures.key(bits).pkcs8).expect("a key");
    Some(match op {
        Op::Sign(padding, bits) => {
            let key = private(bits);
            Entry::new(PRIVATE, move || {
                let signature = match padding {
                    Padding::Pkcs1v15 => key.pkcs1v15_sign::<Sha256>(MESSAGE),
                    Padding::Pss => key.pss_sign::<Sha256>(MESSAGE),
                };
                signature.expect("signs")
            })
        }
        Op::Decrypt(bits) => {
            let (key, fixture) = (private(bits), fixtures.key(bits));
            Entry::new(PRIVATE, move || key.oaep_decrypt::<Sha256>(&fixture.ciphertext).expect("decrypts"))
        }
        Op::Verify(padding, bits) => {
            let key: PublicKey = private(bits).to_public_key();
            let work = "key loaded before; hash and padding";
            fixtures.key(bits).verification(padding, work, move |message, signature| match padding {
                Padding::Pkcs1v15 => key.pkcs1v15_verify::<Sha256>(message, signature).is_ok(),
                Padding::Pss => key.pss_verify::<Sha256>(message, signature).is_ok(),
            })
        }
        // It generates no smaller ones.
        Op::Generate(bits) if bits >= 1024 => Entry::with_output(
            "base 2 and a Lucas test, no random base; variable-time",
            move || PrivateKey::new(&mut SysRng, bits).expect("randomness"),
            |key| key.to_pkcs8_der().expect("fits").as_bytes().to_vec(),
        ),
        Op::Load(bits) => {
            let key = fixtures.key(bits);
            Entry::with_output(
                "p q = n, e d = 1 modulo p − 1 and q − 1",
                move || PrivateKey::from_pkcs8_der(&key.pkcs8).expect("a key"),
                |key| key.n().to_be_bytes().to_vec(),
            )
        }
        _ => return None,
    })
}
