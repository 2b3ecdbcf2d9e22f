//! AWS-LC: RSA through aws-lc-rs, as programs use it; powers and hashes by the C functions themselves.
#![allow(unsafe_code)]

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
use crate::race::Entry;
use crate::rows::{Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding};

pub(super) const PEER: Peer = Peer { name: "AWS-LC", package: "aws-lc-sys", version: Some(version), enter };

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
        Op::MillerRabin(_) => return None,
    })
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
                aws_lc_sys::HMAC(hash, key, key_len, message.as_ptr(), len, out, std::ptr::null_mut());
            }
            out
        }),
    }
}
