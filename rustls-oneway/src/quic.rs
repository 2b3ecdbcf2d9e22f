//! The protection of QUIC's packets and of their headers (RFC 9001, section 5).
//!
//! A packet is protected as a record of TLS 1.3 is, with its header as associated data. The header itself is then
//! masked: five bytes, made of a sample of the ciphertext under a key of its own, cover the low bits of its first byte
//! and the packet's number.

use alloc::boxed::Box;
use core::marker::PhantomData;

use aes::cipher::{Block, BlockCipherEncrypt, KeyIvInit, StreamCipher, StreamCipherSeek};
use aes::{Aes128, Aes256};
use aes_gcm::aead::KeyInit;
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20::ChaCha20;
use chacha20poly1305::ChaCha20Poly1305;
use rustls::Error;
use rustls::crypto::cipher::{AeadKey, Iv, Nonce};
use rustls::quic::{Algorithm, HeaderProtectionKey, PacketKey, Tag};
use zeroize::Zeroizing;

use crate::aead::{Cipher, TAG_LEN};

/// The length of all samples.
const SAMPLE_LEN: usize = 16;

/// A cipher for packets, and what masks their headers.
pub(crate) struct Quic<A, H> {
    confidentiality_limit: u64,
    integrity_limit: u64,
    ciphers: PhantomData<fn() -> (A, H)>,
}

/// With its limits (RFC 9001, section 6.6 and appendix B.1).
const fn quic<A, H>(confidentiality_limit: u64, integrity_limit: u64) -> Quic<A, H> {
    Quic { confidentiality_limit, integrity_limit, ciphers: PhantomData }
}

pub(crate) static AES_128_GCM: Quic<Aes128Gcm, Aes128> = quic(1 << 23, 1 << 52);
pub(crate) static AES_256_GCM: Quic<Aes256Gcm, Aes256> = quic(1 << 23, 1 << 52);
pub(crate) static CHACHA20_POLY1305: Quic<ChaCha20Poly1305, ChaChaMask> = quic(u64::MAX, 1 << 36);

impl<A: Cipher, H: Mask> Algorithm for Quic<A, H> {
    fn packet_key(&self, key: AeadKey, iv: Iv) -> Box<dyn PacketKey> {
        Box::new(Packets {
            cipher: A::of_key(&key),
            iv,
            confidentiality_limit: self.confidentiality_limit,
            integrity_limit: self.integrity_limit,
        })
    }

    fn header_protection_key(&self, key: AeadKey) -> Box<dyn HeaderProtectionKey> {
        Box::new(Headers(H::of_key(&key.as_ref()[..A::key_len()])))
    }

    fn aead_key_len(&self) -> usize {
        A::key_len()
    }
}

struct Packets<A> {
    cipher: A,
    iv: Iv,
    confidentiality_limit: u64,
    integrity_limit: u64,
}

impl<A: Cipher> Packets<A> {
    fn seal(&self, nonce: &Nonce, header: &[u8], payload: &mut [u8]) -> Result<Tag, Error> {
        Ok(Tag::from(self.cipher.seal(&nonce.0, header, payload)?.as_slice()))
    }

    fn open<'a>(&self, nonce: &Nonce, header: &[u8], payload: &'a mut [u8]) -> Result<&'a [u8], Error> {
        let len = self.cipher.open(&nonce.0, header, payload)?;
        Ok(&payload[..len])
    }
}

impl<A: Cipher> PacketKey for Packets<A> {
    fn encrypt_in_place(&self, number: u64, header: &[u8], payload: &mut [u8]) -> Result<Tag, Error> {
        self.seal(&Nonce::new(&self.iv, number), header, payload)
    }

    fn encrypt_in_place_for_path(
        &self,
        path: u32,
        number: u64,
        header: &[u8],
        payload: &mut [u8],
    ) -> Result<Tag, Error> {
        self.seal(&Nonce::for_path(path, &self.iv, number), header, payload)
    }

    fn decrypt_in_place<'a>(
        &self,
        number: u64,
        header: &[u8],
        payload: &'a mut [u8],
    ) -> Result<&'a [u8], Error> {
        self.open(&Nonce::new(&self.iv, number), header, payload)
    }

    fn decrypt_in_place_for_path<'a>(
        &self,
        path: u32,
        number: u64,
        header: &[u8],
        payload: &'a mut [u8],
    ) -> Result<&'a [u8], Error> {
        self.open(&Nonce::for_path(path, &self.iv, number), header, payload)
    }

    fn tag_len(&self) -> usize {
        TAG_LEN
    }

    fn confidentiality_limit(&self) -> u64 {
        self.confidentiality_limit
    }

    fn integrity_limit(&self) -> u64 {
        self.integrity_limit
    }
}

/// What makes a mask of a sample.
trait Mask: Send + Sync + 'static {
    fn of_key(key: &[u8]) -> Self;
    fn mask(&self, sample: &[u8; SAMPLE_LEN]) -> [u8; 5];
}

/// The start of the sample's block under AES (RFC 9001, section 5.4.3).
impl<H: BlockCipherEncrypt + KeyInit + Send + Sync + 'static> Mask for H {
    fn of_key(key: &[u8]) -> Self {
        H::new_from_slice(key).expect("a key of the cipher's length")
    }

    fn mask(&self, sample: &[u8; SAMPLE_LEN]) -> [u8; 5] {
        let mut block = Block::<H>::try_from(&sample[..]).expect("AES' block has 16 bytes");
        self.encrypt_block(&mut block);
        core::array::from_fn(|i| block[i])
    }
}

/// The key of `ChaCha20`.
pub(crate) struct ChaChaMask(Zeroizing<[u8; 32]>);

/// The start of a block of `ChaCha20` whose number and nonce are the sample (RFC 9001, section 5.4.4).
impl Mask for ChaChaMask {
    fn of_key(key: &[u8]) -> Self {
        Self(Zeroizing::new(key.try_into().expect("a key of 32 bytes")))
    }

    fn mask(&self, sample: &[u8; SAMPLE_LEN]) -> [u8; 5] {
        let (number, nonce) = sample.split_at(4);
        let number = u32::from_le_bytes(number.try_into().expect("4 bytes"));
        let mut cipher =
            ChaCha20::new_from_slices(&self.0[..], nonce).expect("a key of 32 bytes and a nonce of 12");
        let mut mask = [0; 5];
        cipher.seek(64 * u64::from(number));
        // The last block is one like the others here, where only one is taken: `apply_keystream` would panic.
        cipher.unchecked_apply_keystream(&mut mask);
        mask
    }
}

struct Headers<H>(H);

impl<H: Mask> Headers<H> {
    /// Masks a header, or, if it's masked, unmasks it (RFC 9001, section 5.4.1).
    fn apply(&self, sample: &[u8], first: &mut u8, number: &mut [u8], is_masked: bool) -> Result<(), Error> {
        let sample = sample.try_into().map_err(|_| Error::General("a sample has 16 bytes".into()))?;
        let [first_mask, number_mask @ ..] = self.0.mask(sample);
        if number.len() > number_mask.len() {
            return Err(Error::General("a packet's number has at most 4 bytes".into()));
        }
        // A long header's first byte has four bits that are masked, a short one's five.
        let bits = if *first & 0x80 == 0 { 0x1f } else { 0x0f };
        let unmasked = if is_masked { *first ^ (first_mask & bits) } else { *first };
        let len = usize::from(unmasked & 3) + 1;
        *first ^= first_mask & bits;
        number.iter_mut().zip(number_mask).take(len).for_each(|(byte, mask)| *byte ^= mask);
        Ok(())
    }
}

impl<H: Mask> HeaderProtectionKey for Headers<H> {
    fn encrypt_in_place(&self, sample: &[u8], first: &mut u8, number: &mut [u8]) -> Result<(), Error> {
        self.apply(sample, first, number, false)
    }

    fn decrypt_in_place(&self, sample: &[u8], first: &mut u8, number: &mut [u8]) -> Result<(), Error> {
        self.apply(sample, first, number, true)
    }

    fn sample_len(&self) -> usize {
        SAMPLE_LEN
    }
}
