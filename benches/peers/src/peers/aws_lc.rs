//! AWS-LC: RSA through aws-lc-rs, as programs use it; powers, curves and hashes by the C functions themselves.
#![allow(unsafe_code)]

use std::ptr::{null, null_mut};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaParameters,
};

use super::Peer;
use super::bn::pow;
use super::ec::ec;
use crate::race::Entry;
use crate::rows::{Curve, Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding};

pub(super) const PEER: Peer =
    Peer { name: "AWS-LC", packages: &["aws-lc-sys"], version: Some(version), enter };

const PRIVATE: &str = "blinded (the factor is kept and squared), CRT, checked with e; hash and padding";

fn version() -> String {
    // SAFETY: gives a constant string that ends with a zero.
    let text = unsafe { std::ffi::CStr::from_ptr(aws_lc_sys::OpenSSL_version(0)) };
    text.to_string_lossy().into_owned()
}

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    Some(match op {
        Op::Sign(padding, bits) => {
            let key = KeyPair::from_pkcs8(&fixtures.key(bits).pkcs8).expect("a key");
            let encoding: &'static dyn RsaEncoding = match padding {
                Padding::Pkcs1v15 => &RSA_PKCS1_SHA256,
                Padding::Pss => &RSA_PSS_SHA256,
            };
            Entry::new(PRIVATE, move || {
                let mut signature = vec![0; bits / 8];
                key.sign(encoding, &SystemRandom::new(), MESSAGE, &mut signature).expect("signs");
                signature
            })
        }
        Op::Decrypt(bits) => {
            let fixture = fixtures.key(bits);
            let key = PrivateDecryptingKey::from_pkcs8(&fixture.pkcs8).expect("a key");
            let key = OaepPrivateDecryptingKey::new(key).expect("a key");
            let mut out = vec![0; bits / 8];
            Entry::new(PRIVATE, move || {
                let message = key.decrypt(&OAEP_SHA256_MGF1SHA256, &fixture.ciphertext, &mut out, None);
                message.expect("decrypts").to_vec()
            })
        }
        Op::Verify(padding, bits) => {
            let parameters: &'static RsaParameters = match padding {
                Padding::Pkcs1v15 => &RSA_PKCS1_2048_8192_SHA256,
                Padding::Pss => &RSA_PSS_2048_8192_SHA256,
            };
            let fixture = fixtures.key(bits);
            let key = ParsedPublicKey::new(parameters, &fixture.spki).expect("a key");
            fixture.verification(padding, "key loaded before; hash and padding", move |message, signature| {
                key.verify_sig(message, signature).is_ok()
            })
        }
        Op::Generate(bits) => {
            let size = match bits {
                2048 => KeySize::Rsa2048,
                3072 => KeySize::Rsa3072,
                4096 => KeySize::Rsa4096,
                _ => return None,
            };
            Entry::with_output(
                "16 random bases (5 or 4 by the table; more, to hide how many count); constant time but for the \
                 sieve",
                move || KeyPair::generate(size).expect("randomness"),
                |key| key.as_der().expect("fits").as_ref().to_vec(),
            )
        }
        Op::Load(bits) => {
            let key = fixtures.key(bits);
            Entry::with_output(
                "p q = n, d and dp, dq, qinv against p, q, e (RSA_check_key)",
                move || KeyPair::from_pkcs8(&key.pkcs8).expect("a key"),
                |key| key.public_key().modulus().big_endian_without_leading_zero().to_vec(),
            )
        }
        Op::Pow(bits) => pow!(aws_lc_sys, &fixtures.power(bits)),
        Op::Hash(function, len) => hash(function, len),
        Op::Agree(Curve::Curve25519) => {
            let fixture = fixtures.agreement(Curve::Curve25519);
            let key = fixture.private.clone();
            fixture.agreeing(Curve::Curve25519, "the public key read and checked", move |public| {
                let mut secret = [0; 32];
                // SAFETY: reads and writes 32 bytes each.
                let ok = unsafe { aws_lc_sys::X25519(secret.as_mut_ptr(), key.as_ptr(), public.as_ptr()) };
                (ok == 1).then_some(secret)
            })
        }
        Op::PublicKey(Curve::Curve25519) => {
            let key = fixtures.agreement(Curve::Curve25519).private.clone();
            Entry::new("of a given private key", move || {
                let mut public = [0; 32];
                // SAFETY: reads and writes 32 bytes.
                unsafe { aws_lc_sys::X25519_public_from_private(public.as_mut_ptr(), key.as_ptr()) };
                public
            })
        }
        Op::CurveSign(Curve::Curve25519) => {
            let fixture = fixtures.signed(Curve::Curve25519);
            // That's how the library has it.
            let key = [&fixture.private[..], &fixture.public].concat();
            Entry::new("hashes; deterministic", move || {
                let mut signature = [0; 64];
                let (out, message) = (signature.as_mut_ptr(), MESSAGE.as_ptr());
                // SAFETY: reads the message and 64 bytes, and writes 64.
                let ok = unsafe { aws_lc_sys::ED25519_sign(out, message, MESSAGE.len(), key.as_ptr()) };
                assert!(ok == 1);
                signature
            })
        }
        Op::CurveVerify(Curve::Curve25519) => {
            let fixture = fixtures.signed(Curve::Curve25519);
            let key = fixture.public.clone();
            let work = "key decompressed each time, there's no other way; hash";
            fixture.verification(work, move |message, signature| {
                let (bytes, len) = (message.as_ptr(), message.len());
                // SAFETY: reads the message, a signature's 64 bytes and a key's 32.
                unsafe { aws_lc_sys::ED25519_verify(bytes, len, signature.as_ptr(), key.as_ptr()) == 1 }
            })
        }
        Op::Agree(_) | Op::PublicKey(_) | Op::CurveSign(_) | Op::CurveVerify(_) => return ec(op, fixtures),
        Op::MillerRabin(_) | Op::Batch(_) | Op::ReadCertificate(_) | Op::Chain(..) | Op::Tls(_) => {
            return None;
        }
    })
}

ec!(aws_lc_sys, hash_for);

/// The message's hash by the hash of a curve, and its length.
fn hash_for(curve: Curve, message: &[u8]) -> ([u8; 64], usize) {
    let (mut hash, bytes, len) = ([0; 64], message.as_ptr(), message.len());
    let out = hash.as_mut_ptr();
    // SAFETY: reads the message, and writes at most 64 bytes.
    let hash_len = unsafe {
        match curve {
            Curve::P384 => (aws_lc_sys::SHA384(bytes, len, out), 48).1,
            Curve::P521 => (aws_lc_sys::SHA512(bytes, len, out), 64).1,
            _ => (aws_lc_sys::SHA256(bytes, len, out), 32).1,
        }
    };
    (hash, hash_len)
}

fn hash(function: Function, len: usize) -> Entry {
    let message = vec![0x61; len];
    // SAFETY, here and below: the functions read `len` bytes and write as many as the hash is long.
    match function {
        Function::Sha256 => Entry::new("", move || {
            let mut out = [0; 32];
            unsafe { aws_lc_sys::SHA256(message.as_ptr(), len, out.as_mut_ptr()) };
            out
        }),
        Function::Sha512 => Entry::new("", move || {
            let mut out = [0; 64];
            unsafe { aws_lc_sys::SHA512(message.as_ptr(), len, out.as_mut_ptr()) };
            out
        }),
        Function::HmacSha256 => Entry::new("HMAC's key set up each time", move || {
            let mut out = [0; 32];
            unsafe {
                let (key, key_len) = (MAC_KEY.as_ptr().cast(), MAC_KEY.len());
                let (hash, out) = (aws_lc_sys::EVP_sha256(), out.as_mut_ptr());
                aws_lc_sys::HMAC(hash, key, key_len, message.as_ptr(), len, out, null_mut());
            }
            out
        }),
    }
}
