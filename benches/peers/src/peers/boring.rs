//! BoringSSL, by its C functions. It has OpenSSL's names, so that a program has room for one of the two.
#![allow(unsafe_code)]

use std::ptr::null_mut;

use boring_sys as sys;

use super::Peer;
use super::bn::pow;
use crate::race::Entry;
use crate::rows::{Fixtures, Function, Key, MAC_KEY, MESSAGE, Op, Padding};

#[cfg(feature = "openssl")]
compile_error!("BoringSSL and OpenSSL have functions of the same names: race them one after the other");

pub(super) const PEER: Peer = Peer { name: "BoringSSL", packages: &["boring-sys"], version: None, enter };

/// A key.
struct Rsa(*mut sys::RSA);

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    Some(match op {
        Op::Sign(padding, bits) => {
            let rsa = Rsa::load(&fixtures.key(bits));
            Entry::new("not blinded; CRT, checked with e; hash and padding", move || {
                rsa.sign(padding, bits / 8)
            })
        }
        Op::Decrypt(bits) => decrypt(&fixtures.key(bits)),
        Op::Verify(padding, bits) => {
            let rsa = Rsa::load(&fixtures.key(bits));
            let work = "key loaded before; hash and padding";
            fixtures.key(bits).verification(padding, work, move |m, s| rsa.verify(padding, m, s))
        }
        Op::Generate(bits) => Entry::with_output(
            "16 random bases (5 or 4 by the table; more, to hide how many count); constant time but for the \
             sieve",
            move || Rsa::generate(bits),
            Rsa::to_der,
        ),
        Op::Load(bits) => {
            let key = fixtures.key(bits);
            Entry::with_output(
                "p q = n, d and dp, dq, qinv against p, q, e (RSA_check_key)",
                move || Rsa::load(&key),
                Rsa::modulus,
            )
        }
        Op::Pow(bits) => pow!(sys, &fixtures.power(bits)),
        Op::Hash(function, len) => hash(function, len),
        _ => return None,
    })
}

// SAFETY, in all of this file: functions of C read and write as many bytes as they're told, and are told the
// lengths of the slices that the pointers come from; what they made is given back once, or never.
impl Rsa {
    fn load(key: &Key) -> Self {
        let private = private_key(key);
        let rsa = unsafe { sys::EVP_PKEY_get1_RSA(private) };
        unsafe { sys::EVP_PKEY_free(private) };
        assert!(!rsa.is_null());
        Self(rsa)
    }

    fn generate(bits: usize) -> Self {
        unsafe {
            let (rsa, e) = (sys::RSA_new(), sys::BN_new());
            assert!(sys::BN_set_word(e, 65_537) == 1);
            assert!(sys::RSA_generate_key_ex(rsa, bits as i32, e, null_mut()) == 1);
            sys::BN_free(e);
            Self(rsa)
        }
    }

    fn to_der(&self) -> Vec<u8> {
        let (mut der, mut len) = (null_mut(), 0);
        unsafe {
            assert!(sys::RSA_private_key_to_bytes(&raw mut der, &raw mut len, self.0) == 1);
            let bytes = std::slice::from_raw_parts(der, len).to_vec();
            sys::OPENSSL_free(der.cast());
            bytes
        }
    }

    fn modulus(&self) -> Vec<u8> {
        unsafe {
            let mut bytes = vec![0; sys::RSA_size(self.0) as usize];
            sys::BN_bn2bin(sys::RSA_get0_n(self.0), bytes.as_mut_ptr());
            bytes
        }
    }

    fn sign(&self, padding: Padding, len: usize) -> Vec<u8> {
        let (hash, mut signature) = (sha256(MESSAGE), vec![0; len]);
        let out = signature.as_mut_ptr();
        let ok = match padding {
            Padding::Pkcs1v15 => unsafe {
                let mut written = 0;
                sys::RSA_sign(sys::NID_sha256, hash.as_ptr(), 32, out, &raw mut written, self.0)
            },
            Padding::Pss => unsafe {
                let (mut written, md) = (0, sys::EVP_sha256());
                sys::RSA_sign_pss_mgf1(self.0, &raw mut written, out, len, hash.as_ptr(), 32, md, md, 32)
            },
        };
        assert!(ok == 1);
        signature
    }

    fn verify(&self, padding: Padding, message: &[u8], signature: &[u8]) -> bool {
        let hash = sha256(message);
        let (bytes, len) = (signature.as_ptr(), signature.len());
        let ok = match padding {
            Padding::Pkcs1v15 => unsafe {
                sys::RSA_verify(sys::NID_sha256, hash.as_ptr(), 32, bytes, len, self.0)
            },
            Padding::Pss => unsafe {
                let md = sys::EVP_sha256();
                sys::RSA_verify_pss_mgf1(self.0, hash.as_ptr(), 32, md, md, 32, bytes, len)
            },
        };
        ok == 1
    }
}

impl Drop for Rsa {
    fn drop(&mut self) {
        unsafe { sys::RSA_free(self.0) };
    }
}

fn private_key(key: &Key) -> *mut sys::EVP_PKEY {
    let mut der = key.pkcs8.as_ptr();
    let private = unsafe { sys::d2i_AutoPrivateKey(null_mut(), &raw mut der, key.pkcs8.len() as _) };
    assert!(!private.is_null());
    private
}

fn decrypt(key: &Key) -> Entry {
    let (ciphertext, mut out) = (key.ciphertext.clone(), vec![0; key.modulus.len()]);
    let context = unsafe {
        let context = sys::EVP_PKEY_CTX_new(private_key(key), null_mut());
        assert!(sys::EVP_PKEY_decrypt_init(context) == 1);
        assert!(sys::EVP_PKEY_CTX_set_rsa_padding(context, sys::RSA_PKCS1_OAEP_PADDING) == 1);
        assert!(sys::EVP_PKEY_CTX_set_rsa_oaep_md(context, sys::EVP_sha256()) == 1);
        context
    };
    Entry::new("not blinded; CRT, checked with e; padding", move || {
        let (mut len, bytes) = (out.len(), ciphertext.as_ptr());
        let ok = unsafe {
            sys::EVP_PKEY_decrypt(context, out.as_mut_ptr(), &raw mut len, bytes, ciphertext.len())
        };
        assert!(ok == 1);
        out[..len].to_vec()
    })
}

fn sha256(message: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    unsafe { sys::SHA256(message.as_ptr(), message.len(), hash.as_mut_ptr()) };
    hash
}

fn hash(function: Function, len: usize) -> Entry {
    let message = vec![0x61; len];
    match function {
        Function::Sha256 => Entry::new("", move || sha256(&message)),
        Function::Sha512 => Entry::new("", move || {
            let mut out = [0; 64];
            unsafe { sys::SHA512(message.as_ptr(), len, out.as_mut_ptr()) };
            out
        }),
        Function::HmacSha256 => Entry::new("HMAC's key set up each time", move || {
            let mut out = [0; 32];
            unsafe {
                let (md, key, out) = (sys::EVP_sha256(), MAC_KEY.as_ptr().cast(), out.as_mut_ptr());
                sys::HMAC(md, key, MAC_KEY.len(), message.as_ptr(), len, out, null_mut());
            }
            out
        }),
    }
}
