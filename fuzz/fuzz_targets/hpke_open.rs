//! HPKE: whatever comes as an encapsulated key and a ciphertext, nothing panics and nothing opens; what's sealed does, and
//! with one bit changed it doesn't.
//!
//! The input is a byte for the curve and the AEAD, one for the bit that's changed, and the rest.
#![no_main]

use core::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use oneway::ecdh::{P256, P384, P521, X25519};
use oneway::hpke::{Aead, Kdf, Kem, Mode, Psk, Suite, derive_key_pair, open, seal_rng};
use rand_core::{TryCryptoRng, TryRng};

/// The same bytes each time.
struct Fixed;

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x5a5a_5a5a)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x5a5a_5a5a_5a5a_5a5a)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(0x5a);
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

fn check<C: Kem>(aead: Aead, flip: u8, data: &[u8]) {
    let bob = derive_key_pair::<C>(&[1; 66]).unwrap();
    let public = bob.public_key();
    let enc_len = public.to_bytes().len();
    assert!(open(&bob, b"", b"", data).is_err());
    let suite = Suite { kdf: Kdf::HkdfSha512, aead };
    let (enc, rest) = data.split_at(enc_len.min(data.len()));
    let psk = Psk::new(&[2; 32], b"id").unwrap();
    for mode in [Mode::Base, Mode::Psk(psk), Mode::Auth(&public), Mode::AuthPsk(&public, psk)] {
        if let Ok(mut receiver) = suite.setup_receiver(&bob, enc, mode, b"info") {
            assert!(receiver.open(b"", rest).is_err());
            receiver.export(rest, &mut [0; 7]).unwrap();
        }
    }

    let mut sealed = seal_rng(&mut Fixed, &public, b"info", b"aad", data).unwrap();
    assert_eq!(sealed.len(), enc_len + data.len() + 16);
    assert_eq!(*open(&bob, b"info", b"aad", &sealed).unwrap(), data);
    // Also in the one bit of an encapsulated key that X25519 ignores: the key schedule takes in all of its bytes.
    let at = usize::from(flip >> 3) % sealed.len();
    sealed[at] ^= 1 << (flip & 7);
    assert!(open(&bob, b"info", b"aad", &sealed).is_err());
}

fuzz_target!(|input: &[u8]| {
    let [choice, flip, data @ ..] = input else { return };
    let aead = match choice >> 2 & 3 {
        0 => Aead::Aes128Gcm,
        1 => Aead::Aes256Gcm,
        2 => Aead::ChaCha20Poly1305,
        _ => Aead::ExportOnly,
    };
    match choice & 3 {
        0 => check::<X25519>(aead, *flip, data),
        1 => check::<P256>(aead, *flip, data),
        2 => check::<P384>(aead, *flip, data),
        _ => check::<P521>(aead, *flip, data),
    }
});
