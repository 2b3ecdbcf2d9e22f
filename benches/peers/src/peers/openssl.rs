//! OpenSSL, through the crate openssl: contexts are made and set up once, so that what's timed is the work
//! and not the look-up of algorithms. The NIST curves by functions that have no contexts.
#![allow(unsafe_code)]

use std::ptr::{null, null_mut};

use openssl::md::Md;
use openssl::pkey::{HasPublic, PKey};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::{Padding as RsaPadding, Rsa};
use openssl::sha::{Sha256, Sha384, Sha512};
use openssl::sign::RsaPssSaltlen;

use super::Peer;
use super::bn::pow;
use super::ec::ec;
use crate::race::Entry;
use crate::rows::{Curve, Fixtures, Function, MAC_KEY, MESSAGE, Op, Padding};

pub(super) const PEER: Peer = Peer {
    name: "OpenSSL",
    packages: &["openssl"],
    version: Some(|| openssl::version::version().into()),
    enter,
};

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
        pub(super) fn ECDH_compute_key(
            out: *mut std::ffi::c_void,
            len: usize,
            public: *const EC_POINT,
            private: *const EC_KEY,
            derivation: Option<unsafe extern "C" fn()>,
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
        Op::Agree(Curve::Curve25519) => {
            let fixture = fixtures.agreement(Curve::Curve25519);
            let context = X25519::new(&fixture.private);
            let work = "the public key read and checked; EVP_PKEY_derive, context made before";
            fixture.agreeing(Curve::Curve25519, work, move |public| context.agree(public))
        }
        Op::PublicKey(Curve::Curve25519) => {
            let private = fixtures.agreement(Curve::Curve25519).private.clone();
            Entry::new("of a given private key, which is loaded each time", move || {
                x25519_public_key(&private)
            })
        }
        Op::CurveSign(Curve::Curve25519) => {
            let key = private_key(sys::EVP_PKEY_ED25519, &fixtures.signed(Curve::Curve25519).private);
            let context = Ed25519::new(key, sys::EVP_DigestSignInit);
            Entry::new("hashes; deterministic; EVP_DigestSign, context made before", move || {
                context.sign(MESSAGE)
            })
        }
        Op::CurveVerify(Curve::Curve25519) => {
            let fixture = fixtures.signed(Curve::Curve25519);
            let context =
                Ed25519::new(public_key(sys::EVP_PKEY_ED25519, &fixture.public), sys::EVP_DigestVerifyInit);
            let work = "key decompressed each time, there's no other way; hash; EVP_DigestVerify, context made before";
            fixture.verification(work, move |message, signature| context.verifies(message, signature))
        }
        Op::Agree(_) | Op::PublicKey(_) | Op::CurveSign(_) | Op::CurveVerify(_) => return ec(op, fixtures),
        Op::MillerRabin(_) | Op::Batch(_) | Op::ReadCertificate(_) | Op::Chain(..) | Op::Tls(_) => {
            return None;
        }
    })
}

ec!(sys, hash_for);

/// The message's hash by the hash of a curve, and its length.
fn hash_for(curve: Curve, message: &[u8]) -> ([u8; 64], usize) {
    macro_rules! hash {
        ($hash:ident, $len:literal) => {{
            let (mut hash, mut out) = ($hash::new(), [0; 64]);
            hash.update(message);
            out[..$len].copy_from_slice(&hash.finish());
            (out, $len)
        }};
    }
    match curve {
        Curve::P384 => hash!(Sha384, 48),
        Curve::P521 => hash!(Sha512, 64),
        _ => hash!(Sha256, 32),
    }
}

// Keys of Curve25519, and contexts that use one again and again. Contexts live as long as the program.
//
// SAFETY, from here to the functions of hashes: functions of C read and write as many bytes as they're told, and are
// told the lengths of the slices that the pointers come from; null stands for what's not wanted; who needs a key for
// longer than a call has a reference of their own.

fn private_key(kind: i32, bytes: &[u8]) -> *mut sys::EVP_PKEY {
    let key = unsafe { sys::EVP_PKEY_new_raw_private_key(kind, null_mut(), bytes.as_ptr(), bytes.len()) };
    assert!(!key.is_null());
    key
}

fn public_key(kind: i32, bytes: &[u8]) -> *mut sys::EVP_PKEY {
    let key = unsafe { sys::EVP_PKEY_new_raw_public_key(kind, null_mut(), bytes.as_ptr(), bytes.len()) };
    assert!(!key.is_null());
    key
}

fn x25519_public_key(private: &[u8]) -> [u8; 32] {
    let (mut public, mut len) = ([0; 32], 32);
    unsafe {
        let key = private_key(sys::EVP_PKEY_X25519, private);
        assert!(sys::EVP_PKEY_get_raw_public_key(key, public.as_mut_ptr(), &raw mut len) == 1);
        sys::EVP_PKEY_free(key);
    }
    public
}

struct X25519(*mut sys::EVP_PKEY_CTX);

impl X25519 {
    fn new(private: &[u8]) -> Self {
        unsafe {
            let context = sys::EVP_PKEY_CTX_new(private_key(sys::EVP_PKEY_X25519, private), null_mut());
            assert!(sys::EVP_PKEY_derive_init(context) == 1);
            Self(context)
        }
    }

    fn agree(&self, public: &[u8]) -> Option<[u8; 32]> {
        let (mut secret, mut len) = ([0; 32], 32);
        let ok = unsafe {
            let public = public_key(sys::EVP_PKEY_X25519, public);
            let ok = sys::EVP_PKEY_derive_set_peer(self.0, public) == 1
                && sys::EVP_PKEY_derive(self.0, secret.as_mut_ptr(), &raw mut len) == 1;
            sys::EVP_PKEY_free(public);
            ok
        };
        ok.then_some(secret)
    }
}

struct Ed25519 {
    context: *mut sys::EVP_MD_CTX,
    init: Init,
}

type Init = unsafe extern "C" fn(
    *mut sys::EVP_MD_CTX,
    *mut *mut sys::EVP_PKEY_CTX,
    *const sys::EVP_MD,
    *mut sys::ENGINE,
    *mut sys::EVP_PKEY,
) -> i32;

impl Ed25519 {
    fn new(key: *mut sys::EVP_PKEY, init: Init) -> Self {
        let this = Self { context: unsafe { sys::EVP_MD_CTX_new() }, init };
        this.init(key);
        this
    }

    /// For the next message: with the key, or with null for the same key.
    fn init(&self, key: *mut sys::EVP_PKEY) {
        assert!(unsafe { (self.init)(self.context, null_mut(), null(), null_mut(), key) } == 1);
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.init(null_mut());
        let (mut signature, mut len) = ([0; 64], 64);
        let (out, bytes) = (signature.as_mut_ptr(), message.as_ptr());
        let ok = unsafe { sys::EVP_DigestSign(self.context, out, &raw mut len, bytes, message.len()) };
        assert!(ok == 1 && len == 64);
        signature
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.init(null_mut());
        let (bytes, len) = (signature.as_ptr(), signature.len());
        unsafe { sys::EVP_DigestVerify(self.context, bytes, len, message.as_ptr(), message.len()) == 1 }
    }
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
