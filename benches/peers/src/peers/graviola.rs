//! graviola: Rust around s2n-bignum's assembly, no C. It signs and verifies, and doesn't decrypt; it has no P-521.

use std::rc::Rc;

use graviola::hashing::hmac::Hmac;
use graviola::hashing::{Hash, Sha256, Sha384, Sha512};
use graviola::key_agreement::{p256, p384, x25519};
use graviola::signing::ecdsa::{self, P256, P384};
use graviola::signing::eddsa::{Ed25519SigningKey, Ed25519VerifyingKey};
use graviola::signing::rsa::{KeySize, SigningKey};

use super::Peer;
use crate::race::Entry;
use crate::rows::{Curve, Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding, Signed};

pub(super) const PEER: Peer = Peer { name: "graviola", packages: &["graviola"], version: None, enter };

const PRIVATE: &str = "not blinded; CRT, checked with e; hash and padding";

const AGREE: &str = "the public key read and checked";
const PUBLIC: &str = "of a given private key";
const VERIFY: &str = "key loaded before, with multiples of it; hash";

/// An entry that agrees by one of the modules `p256` and `p384`, which have the same names in them.
macro_rules! agree {
    ($module:ident, $curve:expr, $fixtures:expr) => {{
        let fixture = $fixtures.agreement($curve);
        let key = $module::StaticPrivateKey::from_bytes(&fixture.private).expect("a key");
        fixture.agreeing($curve, AGREE, move |public| {
            let public = $module::PublicKey::from_x962_uncompressed(public).ok()?;
            Some(key.diffie_hellman(&public).ok()?.0)
        })
    }};
}
/// An entry that makes a public key, likewise.
macro_rules! public_key {
    ($module:ident, $curve:expr, $fixtures:expr) => {{
        let private = &$fixtures.agreement($curve).private;
        let key = $module::StaticPrivateKey::from_bytes(private).expect("a key");
        Entry::new(PUBLIC, move || key.public_key_uncompressed())
    }};
}

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
        Op::Agree(Curve::Curve25519) => {
            let fixture = fixtures.agreement(Curve::Curve25519);
            let key = x25519::StaticPrivateKey::try_from_slice(&fixture.private).expect("a key");
            fixture.agreeing(Curve::Curve25519, AGREE, move |public| {
                let public = x25519::PublicKey::try_from_slice(public).ok()?;
                Some(key.diffie_hellman(&public).ok()?.0)
            })
        }
        Op::PublicKey(Curve::Curve25519) => {
            let private = &fixtures.agreement(Curve::Curve25519).private;
            let key = x25519::StaticPrivateKey::try_from_slice(private).expect("a key");
            Entry::new(PUBLIC, move || key.public_key().as_bytes())
        }
        Op::CurveSign(Curve::Curve25519) => {
            let private = &fixtures.signed(Curve::Curve25519).private;
            let key = Ed25519SigningKey::from_bytes(private).expect("a key");
            Entry::new("hashes; deterministic", move || key.sign(MESSAGE))
        }
        Op::CurveVerify(Curve::Curve25519) => {
            let fixture = fixtures.signed(Curve::Curve25519);
            let key = Ed25519VerifyingKey::from_bytes(&fixture.public).expect("a key");
            fixture.verification("key loaded before; hash", move |message, signature| {
                key.verify(signature, message).is_ok()
            })
        }
        Op::Agree(Curve::P256) => agree!(p256, Curve::P256, fixtures),
        Op::Agree(Curve::P384) => agree!(p384, Curve::P384, fixtures),
        Op::PublicKey(Curve::P256) => public_key!(p256, Curve::P256, fixtures),
        Op::PublicKey(Curve::P384) => public_key!(p384, Curve::P384, fixtures),
        Op::CurveSign(Curve::P256) => {
            let private = p256::StaticPrivateKey::from_bytes(&fixtures.signed(Curve::P256).private);
            ecdsa_sign::<P256, Sha256>(private.expect("a key"))
        }
        Op::CurveSign(Curve::P384) => {
            let private = p384::StaticPrivateKey::from_bytes(&fixtures.signed(Curve::P384).private);
            ecdsa_sign::<P384, Sha384>(private.expect("a key"))
        }
        Op::CurveVerify(Curve::P256) => ecdsa_verify::<P256, Sha256>(&fixtures.signed(Curve::P256)),
        Op::CurveVerify(Curve::P384) => ecdsa_verify::<P384, Sha384>(&fixtures.signed(Curve::P384)),
        Op::Agree(Curve::P521)
        | Op::PublicKey(Curve::P521)
        | Op::CurveSign(Curve::P521)
        | Op::CurveVerify(Curve::P521)
        | Op::Batch(_)
        | Op::Decrypt(_)
        | Op::Pow(_)
        | Op::MillerRabin(_)
        | Op::ReadCertificate(_)
        | Op::Chain(..)
        | Op::Tls(_) => return None,
    })
}

fn ecdsa_sign<C: ecdsa::Curve + 'static, H: Hash>(private_key: C::PrivateKey) -> Entry {
    let key = ecdsa::SigningKey::<C> { private_key };
    Entry::new("nonce of RFC 6979 with randomness besides; hash", move || {
        key.sign::<H>(&[MESSAGE], &mut [0; 96]).expect("signs").to_vec()
    })
}

fn ecdsa_verify<C: ecdsa::Curve + 'static, H: Hash>(fixture: &Rc<Signed>) -> Entry {
    let key = ecdsa::VerifyingKey::<C>::from_x962_uncompressed(&fixture.public).expect("a key");
    fixture.verification(VERIFY, move |message, signature| key.verify::<H>(&[message], signature).is_ok())
}
