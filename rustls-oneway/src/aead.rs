//! The protection of records: AES-GCM and ChaCha20-Poly1305 in TLS 1.3 and 1.2.
//!
//! ```text
//! TLS 1.3           nonce = iv ⊕ number          record = ciphertext of (payload ‖ type), tag
//! TLS 1.2, GCM      nonce = iv ‖ explicit        record = explicit (8 bytes), ciphertext, tag
//! TLS 1.2, ChaCha   nonce = iv ⊕ number          record = ciphertext, tag
//! ```
//!
//! A record's number is never sent, and no two records of a key have the same one. The explicit part in TLS 1.2 is the
//! number as well, masked by bytes of the key block: it tells nothing, and comes once.
//!
//! Sources: RFC 8446, section 5; RFC 5288; RFC 7905.

use alloc::boxed::Box;
use core::marker::PhantomData;

use aes_gcm::aead::{AeadCore, AeadInOut, KeyInit, KeySizeUser, Nonce as AeadNonce, Tag};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter, Nonce,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm,
    UnsupportedOperationError, make_tls13_aad,
};
#[cfg(feature = "tls12")]
use rustls::crypto::cipher::{KeyBlockShape, NONCE_LEN, Tls12AeadAlgorithm, make_tls12_aad};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

/// The length of all tags.
pub(crate) const TAG_LEN: usize = 16;

/// A cipher that protects records.
pub(crate) trait Cipher: AeadInOut + KeyInit + Send + Sync + 'static {
    /// Key and initial vector in the form in which rustls hands them to the kernel.
    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets;

    fn key_len() -> usize {
        <Self as KeySizeUser>::key_size()
    }

    /// With a key that rustls made of the length that was asked for.
    fn of_key(key: &AeadKey) -> Self {
        Self::new_from_slice(&key.as_ref()[..Self::key_len()]).expect("a key of the cipher's length")
    }

    /// Encrypts in place; the tag.
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Result<Tag<Self>, Error> {
        self.encrypt_inout_detached(&nonce_of::<Self>(nonce), aad, data.into())
            .map_err(|_| Error::EncryptError)
    }

    /// Decrypts in place what ends in its tag; the length of what's before that.
    fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Result<usize, Error> {
        let len = data.len().checked_sub(TAG_LEN).ok_or(Error::DecryptError)?;
        let (data, tag) = data.split_at_mut(len);
        let tag = Tag::<Self>::try_from(&*tag).map_err(|_| Error::DecryptError)?;
        self.decrypt_inout_detached(&nonce_of::<Self>(nonce), aad, data.into(), &tag)
            .map_err(|_| Error::DecryptError)?;
        Ok(len)
    }
}

fn nonce_of<A: AeadCore>(nonce: &[u8; 12]) -> AeadNonce<A> {
    AeadNonce::<A>::try_from(&nonce[..]).expect("all of them have nonces of 12 bytes")
}

impl Cipher for Aes128Gcm {
    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv }
    }
}

impl Cipher for Aes256Gcm {
    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets {
        ConnectionTrafficSecrets::Aes256Gcm { key, iv }
    }
}

impl Cipher for ChaCha20Poly1305 {
    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets {
        ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv }
    }
}

/// A cipher in TLS 1.3, where nonces are the record's number and a secret.
pub(crate) struct Aead<A>(pub(crate) PhantomData<fn() -> A>);

pub(crate) static AES_128_GCM: Aead<Aes128Gcm> = Aead(PhantomData);
pub(crate) static AES_256_GCM: Aead<Aes256Gcm> = Aead(PhantomData);
pub(crate) static CHACHA20_POLY1305: Aead<ChaCha20Poly1305> = Aead(PhantomData);

impl<A: Cipher> Tls13AeadAlgorithm for Aead<A> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Tls13 { cipher: A::of_key(&key), iv })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Tls13 { cipher: A::of_key(&key), iv })
    }

    fn key_len(&self) -> usize {
        A::key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Ok(A::secrets(key, iv))
    }
}

/// Records of TLS 1.3.
struct Tls13<A> {
    cipher: A,
    iv: Iv,
}

impl<A: Cipher> MessageEncrypter for Tls13<A> {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let total = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(total);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&message.typ.to_array());
        let nonce = Nonce::new(&self.iv, number).0;
        let tag = self.cipher.seal(&nonce, &make_tls13_aad(total), payload.as_mut())?;
        payload.extend_from_slice(&tag);
        // In version 1.3, records look like data of version 1.2.
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len + 1 + TAG_LEN
    }
}

impl<A: Cipher> MessageDecrypter for Tls13<A> {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let payload = &mut message.payload;
        let aad = make_tls13_aad(payload.len());
        let len = self.cipher.open(&Nonce::new(&self.iv, number).0, &aad, payload)?;
        payload.truncate(len);
        message.into_tls13_unpadded_message()
    }
}

/// A cipher in TLS 1.2, where the last bytes of a nonce are sent, or none: 8 with AES-GCM, 0 with ChaCha20-Poly1305.
#[cfg(feature = "tls12")]
pub(crate) struct Tls12Aead<A> {
    explicit_len: usize,
    cipher: PhantomData<fn() -> A>,
}

#[cfg(feature = "tls12")]
pub(crate) static AES_128_GCM_TLS12: Tls12Aead<Aes128Gcm> =
    Tls12Aead { explicit_len: 8, cipher: PhantomData };
#[cfg(feature = "tls12")]
pub(crate) static AES_256_GCM_TLS12: Tls12Aead<Aes256Gcm> =
    Tls12Aead { explicit_len: 8, cipher: PhantomData };
#[cfg(feature = "tls12")]
pub(crate) static CHACHA20_POLY1305_TLS12: Tls12Aead<ChaCha20Poly1305> =
    Tls12Aead { explicit_len: 0, cipher: PhantomData };

/// The most bytes that a record may hold (RFC 5246, section 6.2.1). In TLS 1.3 rustls looks at that.
#[cfg(feature = "tls12")]
const MAX_PLAIN: usize = 1 << 14;

/// What's never sent of nonces, and what's sent of the first: a decrypter has none of the latter.
#[cfg(feature = "tls12")]
fn joined(implicit: &[u8], explicit: &[u8]) -> Iv {
    let mut iv = [0; NONCE_LEN];
    iv[..implicit.len()].copy_from_slice(implicit);
    iv[implicit.len()..][..explicit.len()].copy_from_slice(explicit);
    Iv::new(iv)
}

#[cfg(feature = "tls12")]
impl<A: Cipher> Tls12AeadAlgorithm for Tls12Aead<A> {
    fn encrypter(&self, key: AeadKey, implicit: &[u8], explicit: &[u8]) -> Box<dyn MessageEncrypter> {
        let iv = joined(implicit, explicit);
        Box::new(Tls12 { cipher: A::of_key(&key), iv, explicit_len: self.explicit_len })
    }

    fn decrypter(&self, key: AeadKey, implicit: &[u8]) -> Box<dyn MessageDecrypter> {
        let iv = joined(implicit, &[]);
        Box::new(Tls12 { cipher: A::of_key(&key), iv, explicit_len: self.explicit_len })
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape {
            enc_key_len: A::key_len(),
            fixed_iv_len: NONCE_LEN - self.explicit_len,
            explicit_nonce_len: self.explicit_len,
        }
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        implicit: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Ok(A::secrets(key, joined(implicit, explicit)))
    }
}

/// Records of TLS 1.2.
#[cfg(feature = "tls12")]
struct Tls12<A> {
    cipher: A,
    iv: Iv,
    explicit_len: usize,
}

#[cfg(feature = "tls12")]
impl<A: Cipher> MessageEncrypter for Tls12<A> {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let len = message.payload.len();
        let nonce = Nonce::new(&self.iv, number).0;
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(len));
        payload.extend_from_slice(&nonce[NONCE_LEN - self.explicit_len..]);
        payload.extend_from_chunks(&message.payload);
        let aad = make_tls12_aad(number, message.typ, message.version, len);
        let tag = self.cipher.seal(&nonce, &aad, &mut payload.as_mut()[self.explicit_len..])?;
        payload.extend_from_slice(&tag);
        Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.explicit_len + payload_len + TAG_LEN
    }
}

#[cfg(feature = "tls12")]
impl<A: Cipher> MessageDecrypter for Tls12<A> {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let (payload, start) = (&mut message.payload, self.explicit_len);
        let len = payload.len().checked_sub(start + TAG_LEN).ok_or(Error::DecryptError)?;
        let mut nonce = Nonce::new(&self.iv, number).0;
        nonce[NONCE_LEN - start..].copy_from_slice(&payload[..start]);
        let aad = make_tls12_aad(number, message.typ, message.version, len);
        self.cipher.open(&nonce, &aad, &mut payload[start..])?;
        if len > MAX_PLAIN {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(message.into_plain_message_range(start..start + len))
    }
}
