//! The key schedule, and a row of messages under one key.
//!
//! ```text
//! context  = mode ‖ LabeledExtract("", "psk_id_hash", psk_id) ‖ LabeledExtract("", "info_hash", info)
//! secret   = LabeledExtract(shared secret, "secret", psk)
//! key      = LabeledExpand(secret, "key",        context, Nk)
//! nonce    = LabeledExpand(secret, "base_nonce", context, 12)         message i is encrypted under nonce ⊕ i
//! exporter = LabeledExpand(secret, "exp",        context, Nh)
//! ```
//!
//! Under one key no nonce comes twice: nothing that holds one can be cloned, i goes up by one with each message, and
//! after 2^96 − 1 of them it ends.
//!
//! Source: RFC 9180, sections 5.1 to 5.3.

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::aead::Cipher;
use super::kdf::Labelled;
use super::{Kdf, Psk, Suite};
use crate::{Bytes, Error, Result};

/// What sender and receiver have in common.
pub(super) struct Context {
    cipher: Cipher,
    nonce: Zeroizing<[u8; 12]>,
    /// The next message's number, at most 2^96 − 1.
    next: u128,
    exporter: Zeroizing<Bytes>,
    kdf: Kdf,
    suite_id: [u8; 10],
}

/// The number that no message has.
const END: u128 = (1 << 96) - 1;

impl Context {
    /// The key schedule.
    pub(super) fn new(
        Suite { kdf, aead }: Suite,
        kem_id: u16,
        mode: u8,
        shared_secret: &[u8],
        info: &[u8],
        psk: Option<Psk<'_>>,
    ) -> Self {
        let mut suite_id = *b"HPKE......";
        for (place, id) in suite_id[4..].chunks_exact_mut(2).zip([kem_id, kdf.id(), aead.id()]) {
            place.copy_from_slice(&id.to_be_bytes());
        }
        let labels = Labelled { kdf, suite: &suite_id };
        let (psk, psk_id) = psk.map_or((&b""[..], &b""[..]), |psk| (psk.key, psk.id));
        let psk_id_hash = labels.extract(b"", "psk_id_hash", &[psk_id]);
        let info_hash = labels.extract(b"", "info_hash", &[info]);
        let context: [&[u8]; 3] = [&[mode], &psk_id_hash, &info_hash];
        let secret = labels.extract(shared_secret, "secret", &[psk]);
        let cipher = Cipher::new(aead, &labels.expand_key(&secret, "key", &context, aead.key_len()));
        let mut nonce = Zeroizing::new([0; 12]);
        nonce.copy_from_slice(&labels.expand_key(&secret, "base_nonce", &context, 12));
        let exporter = labels.expand_key(&secret, "exp", &context, kdf.hash_len());
        Self { cipher, nonce, next: 0, exporter, kdf, suite_id }
    }

    /// The next message's nonce.
    fn next_nonce(&self) -> Result<[u8; 12]> {
        if self.next == END {
            return Err(Error::MessageLimit);
        }
        let mut nonce = *self.nonce;
        let number = self.next.to_be_bytes();
        nonce.iter_mut().zip(&number[4..]).for_each(|(byte, number)| *byte ^= number);
        Ok(nonce)
    }

    fn export(&self, context: &[u8], out: &mut [u8]) -> Result<()> {
        let labels = Labelled { kdf: self.kdf, suite: &self.suite_id };
        labels.expand(&self.exporter, "sec", &[context], out)
    }

    /// No secrets.
    fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suite = Suite { kdf: self.kdf, aead: self.cipher.aead() };
        f.debug_struct(name).field("suite", &suite).field("next", &self.next).finish_non_exhaustive()
    }
}

/// Encrypts a row of messages; made by [`Suite::setup_sender`].
///
/// Its keys are wiped from memory when it's dropped.
pub struct Sender(pub(super) Context);

impl Sender {
    /// Encrypts the next message of the row. `aad` is authenticated, and not sent.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`] for more than 64 GB (ChaCha20-Poly1305: 256 GB), [`Error::MessageLimit`] after
    /// 2^96 − 1 messages, [`Error::Unsupported`] in a suite that only exports.
    ///
    /// Source: RFC 9180, section 5.2.
    pub fn seal(&mut self, aad: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        let ciphertext = self.0.cipher.seal(self.0.next_nonce()?, aad, message)?;
        self.0.next += 1;
        Ok(ciphertext)
    }

    /// Fills `out` with a secret for `context`, which the receiver has, too. It doesn't depend on messages.
    ///
    /// # Errors
    /// [`Error::OutputTooLong`] for more than 255 hashes.
    ///
    /// Source: RFC 9180, section 5.3.
    pub fn export(&self, context: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.export(context, out)
    }
}

/// Decrypts a row of messages; made by [`Suite::setup_receiver`].
///
/// Its keys are wiped from memory when it's dropped.
pub struct Receiver(pub(super) Context);

impl Receiver {
    /// Decrypts the next message of the row.
    ///
    /// # Errors
    /// [`Error::Decryption`] if it isn't that, or was changed, or `aad` is another; then the next one is still the
    /// same. [`Error::MessageLimit`] after 2^96 − 1 messages, [`Error::Unsupported`] in a suite that only exports.
    ///
    /// Source: RFC 9180, section 5.2.
    pub fn open(&mut self, aad: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let message = self.0.cipher.open(self.0.next_nonce()?, aad, ciphertext)?;
        self.0.next += 1;
        Ok(message)
    }

    /// Fills `out` with a secret for `context`, which the sender has, too. It doesn't depend on messages.
    ///
    /// # Errors
    /// [`Error::OutputTooLong`] for more than 255 hashes.
    ///
    /// Source: RFC 9180, section 5.3.
    pub fn export(&self, context: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.export(context, out)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug("Sender", f)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug("Receiver", f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Aead, kem};
    use super::*;
    use crate::ecdh::{P256, PrivateKey};

    fn hex<const N: usize>(hex: &str) -> [u8; N] {
        assert_eq!(hex.len(), 2 * N);
        core::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    }

    /// RFC 9180, appendix A.3.1, step by step. What comes of it is in tests/hpke.rs, with the other suites.
    #[test]
    fn the_key_schedule_of_rfc_9180() {
        let private = PrivateKey::<P256>::from_bytes(&hex::<32>(
            "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
        ))
        .unwrap();
        let enc: [u8; 65] = hex(
            "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be\
             863c403ce65c9bfcb9382657222d18c4",
        );
        let secret = kem::decapsulate(&private, &enc, None).unwrap();
        let expected: [u8; 32] = hex("c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8");
        assert_eq!(*secret, expected);
        let suite = Suite { kdf: Kdf::HkdfSha256, aead: Aead::Aes128Gcm };
        let context = Context::new(suite, 0x10, 0, &secret, b"Ode on a Grecian Urn", None);
        assert_eq!(*context.nonce, hex("4e0bc5018beba4bf004cca59"));
        let expected: [u8; 32] = hex("14ad94af484a7ad3ef40e9f3be99ecc6fa9036df9d4920548424df127ee0d99f");
        assert_eq!(*context.exporter, expected);
    }

    #[test]
    fn a_row_ends_before_a_nonce_comes_again() {
        let suite = Suite { kdf: Kdf::HkdfSha256, aead: Aead::ChaCha20Poly1305 };
        let context = || Context::new(suite, 0x10, 0, &[1; 32], b"", None);
        let (mut sender, mut receiver) = (Sender(context()), Receiver(context()));
        let first = sender.seal(b"", b"message").unwrap();
        (sender.0.next, receiver.0.next) = (END - 1, END - 1);
        let (first_nonce, nonce) = (*sender.0.nonce, sender.0.next_nonce().unwrap());
        let mut number = [0xff; 12];
        number[11] = 0xfe;
        assert_eq!(core::array::from_fn(|i| first_nonce[i] ^ nonce[i]), number);
        let last = sender.seal(b"", b"message").unwrap();
        assert_ne!(first, last);
        assert_eq!(sender.seal(b"", b"message"), Err(Error::MessageLimit));
        assert_eq!(*receiver.open(b"", &last).unwrap(), b"message");
        assert_eq!(receiver.open(b"", &last), Err(Error::MessageLimit));
        assert_eq!(receiver.open(b"", &first), Err(Error::MessageLimit));
        // Secrets are still to be had.
        assert_eq!(sender.export(b"", &mut [0; 8]), Ok(()));
    }
}
