//! OpenSSL, through the crate openssl: contexts are made and set up once, so that what's timed is the work
//! and not the look-up of algorithms.
#![allow(unsafe_code)]

use std::ptr::{null, null_mut};

use openssl::md::Md;
use openssl::pkey::{HasPublic, PKey};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::{Padding as RsaPadding, Rsa};
use openssl::sha::{Sha256, Sha512};
use openssl::sign::RsaPssSaltlen;

use super::Peer;
use super::bn::pow;
use crate::race::Entry;
use crate::rows::{Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding};

pub(super) const PEER: Peer =
    Peer { name: "OpenSSL", package: "openssl", version: Some(|| openssl::version::version().into()), enter };

const PRIVATE: &str = "blinded (the factor is kept and squared), CRT, checked with e; hash and padding";

/// The bindings, and what they leave out.
mod sys {
    pub(super) use openssl_sys::*;

    #[repr(C)]
    pub(super) struct MontgomeryContext([u8; 0]);

    unsafe extern "C" {
        pub(super) fn BN_MONT_CTX_new() -> *mut MontgomeryContext;
        pub(super) fn BN_MONT_CTX_set(
            constants: *mut MontgomeryContext,
            modulus: *const BIGNUM,
            context: *mut BN_CTX,
        ) -> i32;
        pub(super) fn BN_mod_exp_mont_consttime(
            result: *mut BIGNUM,
            base: *const BIGNUM,
            exponent: *const BIGNUM,
            modulus: *const BIGNUM,
            context: *mut BN_CTX,
            constants: *mut MontgomeryContext,
        ) -> i32;
        pub(super) fn OSSL_PARAM_construct_utf8_string(
            key: *const std::ffi::c_char,
            value: *mut std::ffi::c_char,
            len: usize,
        ) -> OSSL_PARAM;
    }
}

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let private = |bits| PKey::private_key_from_pkcs8(&fixtures.key(bits).pkcs8).expect("a key");
    Some(match op {
        Op::Sign(padding, bits) => {
            let mut context = PkeyCtx::new(&private(bits)).expect("memory");
            context.sign_init().expect("RSA signs");
            set_up(&mut context, padding);
            Entry::new(PRIVATE, move || {
                let mut signature = vec![0; bits / 8];
                context.sign(&sha256(MESSAGE), Some(&mut signature)).expect("signs");
                signature
            })
        }
        Op::Decrypt(bits) => {
            let (key, fixture) = (private(bits), fixtures.key(bits));
            let mut context = PkeyCtx::new(&key).expect("memory");
            context.decrypt_init().expect("RSA decrypts");
            context.set_rsa_padding(RsaPadding::PKCS1_OAEP).expect("known");
            context.set_rsa_oaep_md(Md::sha256()).expect("known");
            context.set_rsa_mgf1_md(Md::sha256()).expect("known");
            let mut out = vec![0; bits / 8];
            Entry::new(PRIVATE, move || {
                let len = context.decrypt(&fixture.ciphertext, Some(&mut out)).expect("decrypts");
                out[..len].to_vec()
            })
        }
        Op::Verify(padding, bits) => {
            let fixture = fixtures.key(bits);
            let key = PKey::public_key_from_der(&fixture.spki).expect("a key");
            let mut context = PkeyCtx::new(&key).expect("memory");
            context.verify_init().expect("RSA verifies");
            set_up(&mut context, padding);
            let context = std::cell::RefCell::new(context);
            fixture.verification(padding, "key loaded before; hash and padding", move |message, signature| {
                context.borrow_mut().verify(&sha256(message), signature).unwrap_or(false)
            })
        }
        Op::Generate(bits) => Entry::with_output(
            "auxiliary primes (FIPS 186-5, A.1.6: 38 to 44 random bases); p and q: 5 random bases at 2048 \
             bits, 4 above",
            move || Rsa::generate(bits as u32).expect("randomness"),
            |key| PKey::from_rsa(key.clone()).and_then(|key| key.private_key_to_pkcs8()).expect("fits"),
        ),
        Op::Load(bits) => {
            let key = fixtures.key(bits);
            Entry::with_output(
                "no checks but of form",
                move || PKey::private_key_from_pkcs8(&key.pkcs8).expect("a key"),
                |key| key.rsa().expect("RSA").n().to_vec(),
            )
        }
        Op::Pow(bits) => pow!(sys, &fixtures.power(bits)),
        Op::Hash(function, len) => hash(function, len),
        Op::MillerRabin(_) => return None,
    })
}

fn set_up<T: HasPublic>(context: &mut PkeyCtx<T>, padding: Padding) {
    context.set_signature_md(Md::sha256()).expect("known");
    match padding {
        Padding::Pkcs1v15 => context.set_rsa_padding(RsaPadding::PKCS1).expect("known"),
        Padding::Pss => {
            context.set_rsa_padding(RsaPadding::PKCS1_PSS).expect("known");
            context.set_rsa_mgf1_md(Md::sha256()).expect("known");
            context.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).expect("known");
        }
    }
}

/// The functions `SHA256_…`; `SHA256` itself looks the algorithm up each time.
fn sha256(message: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(message);
    hash.finish()
}

fn hash(function: Function, len: usize) -> Entry {
    let message = vec![0x61; len];
    match function {
        Function::Sha256 => Entry::new("", move || sha256(&message)),
        Function::Sha512 => Entry::new("", move || {
            let mut hash = Sha512::new();
            hash.update(&message);
            hash.finish()
        }),
        Function::HmacSha256 => {
            // SAFETY: strings end with a zero; the context lives as long as the program, and the closure
            // alone uses it.
            let context = unsafe {
                let mac = sys::EVP_MAC_fetch(null_mut(), c"HMAC".as_ptr(), null());
                let context = sys::EVP_MAC_CTX_new(mac);
                let (digest, sha256) = (c"digest".as_ptr(), c"SHA256".as_ptr().cast_mut());
                let parameters = [
                    sys::OSSL_PARAM_construct_utf8_string(digest, sha256, 0),
                    sys::OSSL_PARAM_construct_end(),
                ];
                assert!(sys::EVP_MAC_CTX_set_params(context, parameters.as_ptr()) == 1);
                context
            };
            Entry::new("HMAC by EVP_MAC, its key set up each time", move || {
                let (mut out, mut written) = ([0; 32], 0);
                // SAFETY: reads the key and `len` bytes, writes 32.
                let ok = unsafe {
                    sys::EVP_MAC_init(context, MAC_KEY.as_ptr(), MAC_KEY.len(), null())
                        & sys::EVP_MAC_update(context, message.as_ptr(), len)
                        & sys::EVP_MAC_final(context, out.as_mut_ptr(), &raw mut written, out.len())
                };
                assert!(ok == 1 && written == out.len());
                out
            })
        }
    }
}
