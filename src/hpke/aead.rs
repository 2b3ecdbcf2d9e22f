//! Ciphers that encrypt and authenticate: other people's, behind one enum.
//!
//! Source: RFC 9180, section 7.3; SP 800-38D (GCM), RFC 8439 (ChaCha20-Poly1305).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hint::black_box;

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use subtle::Choice;
use zeroize::{Zeroize, Zeroizing};

use crate::kernel::secret::declassify;
use crate::{Error, Result};

/// `Nt`: the bytes by which a ciphertext is longer than its message.
const TAG_LEN: usize = 16;

/// How messages are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aead {
    /// AES-GCM with keys of 128 bits.
    Aes128Gcm = 1,
    /// AES-GCM with keys of 256 bits.
    Aes256Gcm = 2,
    /// ChaCha20-Poly1305.
    ChaCha20Poly1305 = 3,
    /// Not at all: only secrets are exported.
    ExportOnly = 0xffff,
}

impl Aead {
    /// Its number in the IANA registry "HPKE AEAD Identifiers".
    pub const fn id(self) -> u16 {
        self as u16
    }

    /// The one with this number.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there's none here.
    pub fn from_id(id: u16) -> Result<Self> {
        let all = [Self::Aes128Gcm, Self::Aes256Gcm, Self::ChaCha20Poly1305, Self::ExportOnly];
        all.into_iter().find(|aead| aead.id() == id).ok_or(Error::Unsupported("HPKE AEADs of this number"))
    }

    /// `Nk`: the bytes of a key.
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
            Self::ExportOnly => 0,
        }
    }

    /// The longest message, in bytes: a counter of 32 bits counts the blocks.
    fn max_message(self) -> usize {
        let bytes: u64 = match self {
            Self::Aes128Gcm | Self::Aes256Gcm => (1 << 36) - 32,
            Self::ChaCha20Poly1305 => (1 << 38) - 65,
            Self::ExportOnly => 0,
        };
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }
}

/// A cipher with its key; the crates wipe them when they're dropped.
pub(super) enum Cipher {
    Aes128Gcm(Box<Aes128Gcm>),
    Aes256Gcm(Box<Aes256Gcm>),
    ChaCha20Poly1305(ChaCha20Poly1305),
    ExportOnly,
}

impl Cipher {
    /// # Panics
    /// Unless the key has `key_len` bytes.
    pub(super) fn new(aead: Aead, key: &[u8]) -> Self {
        fn with<A: KeyInit>(key: &[u8]) -> A {
            A::new_from_slice(key).expect("a key of the right length")
        }
        match aead {
            Aead::Aes128Gcm => Self::Aes128Gcm(Box::new(with(key))),
            Aead::Aes256Gcm => Self::Aes256Gcm(Box::new(with(key))),
            Aead::ChaCha20Poly1305 => Self::ChaCha20Poly1305(with(key)),
            Aead::ExportOnly => Self::ExportOnly,
        }
    }

    pub(super) fn aead(&self) -> Aead {
        match self {
            Self::Aes128Gcm(_) => Aead::Aes128Gcm,
            Self::Aes256Gcm(_) => Aead::Aes256Gcm,
            Self::ChaCha20Poly1305(_) => Aead::ChaCha20Poly1305,
            Self::ExportOnly => Aead::ExportOnly,
        }
    }

    /// The ciphertext and its tag.
    pub(super) fn seal(&self, nonce: [u8; 12], aad: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        fn with<A: AeadInOut<NonceSize = U12, TagSize = U16>>(
            cipher: &A,
            nonce: [u8; 12],
            aad: &[u8],
            message: &[u8],
        ) -> Option<Vec<u8>> {
            // All the room that's needed: the message is nowhere but where it's encrypted.
            let mut sealed = Vec::with_capacity(message.len() + TAG_LEN);
            sealed.extend_from_slice(message);
            let tag = cipher.encrypt_inout_detached(&nonce.into(), aad, sealed.as_mut_slice().into());
            tag.inspect_err(|_| sealed.zeroize()).ok().map(|tag| {
                sealed.extend_from_slice(&tag);
                sealed
            })
        }
        let sealed = match self {
            Self::Aes128Gcm(cipher) => with(&**cipher, nonce, aad, message),
            Self::Aes256Gcm(cipher) => with(&**cipher, nonce, aad, message),
            Self::ChaCha20Poly1305(cipher) => with(cipher, nonce, aad, message),
            Self::ExportOnly => return Err(EXPORT_ONLY),
        };
        sealed.ok_or(Error::MessageTooLong { len: message.len(), max: self.aead().max_message() })
    }

    /// The message, if it's the right tag. (That it's the right one is public, and the crates compare in constant
    /// time.)
    pub(super) fn open(&self, nonce: [u8; 12], aad: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        fn with<A: AeadInOut<NonceSize = U12, TagSize = U16>>(
            cipher: &A,
            nonce: [u8; 12],
            aad: &[u8],
            ciphertext: &[u8],
        ) -> Option<Zeroizing<Vec<u8>>> {
            let (message, tag) = ciphertext.split_last_chunk::<TAG_LEN>()?;
            let mut message = Zeroizing::new(message.to_vec());
            let buffer = message.as_mut_slice().into();
            // Hidden, so that the crate's branch on this isn't joined with ours and stays in the crate's function,
            // where the witnesses know it.
            let outcome =
                black_box(cipher.decrypt_inout_detached(&nonce.into(), aad, buffer, &(*tag).into()));
            // One error for all that's wrong, which the caller sees.
            declassify(Choice::from(u8::from(outcome.is_ok()))).then_some(message)
        }
        let message = match self {
            Self::Aes128Gcm(cipher) => with(&**cipher, nonce, aad, ciphertext),
            Self::Aes256Gcm(cipher) => with(&**cipher, nonce, aad, ciphertext),
            Self::ChaCha20Poly1305(cipher) => with(cipher, nonce, aad, ciphertext),
            Self::ExportOnly => return Err(EXPORT_ONLY),
        };
        message.ok_or(Error::Decryption)
    }
}

const EXPORT_ONLY: Error = Error::Unsupported("messages of an export-only suite");
