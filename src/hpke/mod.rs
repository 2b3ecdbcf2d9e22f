//! Storey 3: HPKE, messages of any length encrypted to a public key of a curve.
//!
//! For each message, or each row of messages, the sender makes a fresh key pair (e, e·G). With the receiver's public
//! key R = r·G both can compute e·R = r·(e·G), and of that a key for a fast cipher; e·G is sent along. Three parts, each
//! of which can be exchanged:
//!
//! ```text
//! KEM    e·R, R and e·G                        -> shared secret           a curve and its HKDF (Kem)
//! KDF    shared secret, mode, info, pre-shared key -> key, first nonce, exporter secret       (Kdf)
//! AEAD   key, first nonce ⊕ 0, 1, 2…, aad, message -> ciphertext and tag                      (Aead)
//! ```
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::ecdh::{PrivateKey, X25519};
//! use oneway::hpke;
//!
//! let private = PrivateKey::<X25519>::generate()?;
//! let sealed = hpke::seal(&private.public_key(), b"example v1", b"to: Bob", b"a message")?; // anyone can
//! let message = hpke::open(&private, b"example v1", b"to: Bob", &sealed)?;                  // one can
//! assert_eq!(message.as_slice(), b"a message");
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! `info` says what the keys are for, `aad` (additional data) goes with a message; both sides know them, they aren't
//! sent, and nothing opens if one of them differs. [`seal`] and [`open`] take the curve's usual [`Suite`]; a suite of
//! one's own, several messages under one key ([`Sender`], [`Receiver`]), and secrets for other uses (`export`) start
//! at [`Suite::setup_sender`] and [`Suite::setup_receiver`].
//!
//! **Who sent it?** In the mode [`Mode::Base`] anybody. [`Mode::Psk`] shows that the sender has a pre-shared key,
//! [`Mode::Auth`] that it has a private key, [`Mode::AuthPsk`] both. Neither is a signature: the receiver could have
//! made it all, and so can who learns the receiver's private key.
//!
//! **What isn't promised**: secrecy from who gets the receiver's private key later; order or completeness of messages
//! that come on different ways, or that the same ciphertext isn't given twice to [`open`] (a [`Receiver`] takes each
//! one once, in order).
//!
//! **What leaks**: the lengths of everything, suite and mode, and whether a message opens, for one reason that isn't
//! told ([`Error::Decryption`]). Points and their checks are public. The ciphers are those of the crates `aes-gcm`
//! and `chacha20poly1305`, which say of themselves that they work in constant time.
//!
//! Sources: RFC 9180. Test vectors: its appendix A.
//!
//! Files: `kem` (the shared secret), `kdf` (labelled hashes), `aead` (ciphers), `context` (the key schedule, and a row
//! of messages).

mod aead;
mod context;
mod kdf;
mod kem;

use alloc::vec::Vec;
use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

pub use self::aead::Aead;
use self::context::Context;
pub use self::context::{Receiver, Sender};
pub use self::kdf::Kdf;
pub use self::kem::{Kem, derive_key_pair};
use crate::ecdh::{PrivateKey, PublicKey};
use crate::{Bytes, Error, Result};

/// Encrypts a message to a public key, with the curve's usual suite ([`Suite::of`]) in base mode: the encapsulated
/// key and the ciphertext in one row.
///
/// # Errors
/// [`Error::Random`] if the operating system's generator fails; [`Error::InvalidKey`] if an X25519 public key is a
/// point of small order; [`Error::MessageTooLong`] for more than 64 GB.
#[cfg(feature = "getrandom")]
pub fn seal<C: Kem>(public: &PublicKey<C>, info: &[u8], aad: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    seal_rng(&mut getrandom::SysRng, public, info, aad, message)
}

/// Like `seal`, with a generator of the caller's.
///
/// # Errors
/// [`Error::Random`] if the generator fails; [`Error::InvalidKey`] if an X25519 public key is a point of small order;
/// [`Error::MessageTooLong`] for more than 64 GB.
pub fn seal_rng<C: Kem, R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    public: &PublicKey<C>,
    info: &[u8],
    aad: &[u8],
    message: &[u8],
) -> Result<Vec<u8>> {
    let (enc, ciphertext) = Suite::of::<C>().seal_rng(rng, public, Mode::Base, info, aad, message)?;
    Ok([enc.as_slice(), &ciphertext].concat())
}

/// Decrypts what [`seal`] encrypted to this key's public key, with the same `info` and `aad`.
///
/// # Errors
/// [`Error::Decryption`] if it wasn't, or was changed; [`Error::InvalidKey`], [`Error::Malformed`] and
/// [`Error::Length`] if it doesn't begin with a public key.
pub fn open<C: Kem>(
    private: &PrivateKey<C>,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let expected = private.public_key().to_bytes().len();
    let Some((enc, ciphertext)) = sealed.split_at_checked(expected) else {
        return Err(Error::Length { len: sealed.len(), expected });
    };
    Suite::of::<C>().open(private, enc, Mode::Base, info, aad, ciphertext)
}

/// How keys are derived, and how messages are encrypted. (Which curve, the keys say.)
///
/// ```
/// # #[cfg(feature = "getrandom")] {
/// use oneway::ecdh::{P384, PrivateKey};
/// use oneway::hpke::{Aead, Kdf, Mode, Suite};
///
/// let suite = Suite { kdf: Kdf::HkdfSha512, aead: Aead::ChaCha20Poly1305 };
/// let (bob, alice) = (PrivateKey::<P384>::generate()?, PrivateKey::<P384>::generate()?);
///
/// // Alice, to Bob, in a way that shows Bob that it's her. `enc` is sent before the first message.
/// let (enc, mut sender) = suite.setup_sender(&bob.public_key(), Mode::Auth(&alice), b"example v1")?;
/// let (first, second) = (sender.seal(b"", b"one")?, sender.seal(b"", b"two")?);
///
/// let from = alice.public_key();
/// let mut receiver = suite.setup_receiver(&bob, &enc, Mode::Auth(&from), b"example v1")?;
/// assert_eq!(receiver.open(b"", &first)?.as_slice(), b"one");
/// assert_eq!(receiver.open(b"", &second)?.as_slice(), b"two");
///
/// // A key for something else, which both sides have now.
/// let (mut key, mut same_key) = ([0; 32], [0; 32]);
/// sender.export(b"for the way back", &mut key)?;
/// receiver.export(b"for the way back", &mut same_key)?;
/// assert_eq!(key, same_key);
/// # }
/// # Ok::<(), oneway::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Suite {
    /// How keys are derived.
    pub kdf: Kdf,
    /// How messages are encrypted.
    pub aead: Aead,
}

impl Suite {
    /// The usual one for a curve, as in RFC 9420, section 17.1:
    ///
    /// | curve | KDF | AEAD |
    /// |---|---|---|
    /// | X25519, P-256 | HKDF-SHA256 | AES-128-GCM |
    /// | P-384 | HKDF-SHA384 | AES-256-GCM |
    /// | P-521 | HKDF-SHA512 | AES-256-GCM |
    pub fn of<C: Kem>() -> Self {
        let aead = if C::KDF == Kdf::HkdfSha256 { Aead::Aes128Gcm } else { Aead::Aes256Gcm };
        Self { kdf: C::KDF, aead }
    }

    /// Starts a row of messages to a public key: the encapsulated key, which the receiver needs, and what encrypts.
    ///
    /// # Errors
    /// [`Error::Random`] if the operating system's generator fails; [`Error::InvalidKey`] if an X25519 public key is
    /// a point of small order.
    ///
    /// Source: RFC 9180, section 5.1.
    #[cfg(feature = "getrandom")]
    pub fn setup_sender<C: Kem>(
        self,
        public: &PublicKey<C>,
        mode: Mode<'_, PrivateKey<C>>,
        info: &[u8],
    ) -> Result<(Bytes, Sender)> {
        self.setup_sender_rng(&mut getrandom::SysRng, public, mode, info)
    }

    /// Like `setup_sender`, with a generator of the caller's. The same bytes from it give the same keys, so they must
    /// not come twice.
    ///
    /// # Errors
    /// [`Error::Random`] if the generator fails; [`Error::InvalidKey`] if an X25519 public key is a point of small
    /// order.
    pub fn setup_sender_rng<C: Kem, R: TryCryptoRng + ?Sized>(
        self,
        rng: &mut R,
        public: &PublicKey<C>,
        mode: Mode<'_, PrivateKey<C>>,
        info: &[u8],
    ) -> Result<(Bytes, Sender)> {
        let (id, sender, psk) = mode.parts();
        let (enc, secret) = kem::encapsulate(rng, public, sender)?;
        Ok((enc, Sender(Context::new(self, C::ID, id, &secret, info, psk))))
    }

    /// Starts a row of messages at the receiver, with the encapsulated key from the sender.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::Malformed`] and [`Error::InvalidKey`] if the encapsulated key isn't a public key
    /// of the curve, uncompressed, and not of small order. Whether the sender did the same shows the first message.
    ///
    /// Source: RFC 9180, section 5.1.
    pub fn setup_receiver<C: Kem>(
        self,
        private: &PrivateKey<C>,
        enc: &[u8],
        mode: Mode<'_, PublicKey<C>>,
        info: &[u8],
    ) -> Result<Receiver> {
        let (id, sender, psk) = mode.parts();
        let secret = kem::decapsulate(private, enc, sender)?;
        Ok(Receiver(Context::new(self, C::ID, id, &secret, info, psk)))
    }

    /// Encrypts one message: the encapsulated key, and the ciphertext.
    ///
    /// # Errors
    /// As for `setup_sender` and [`Sender::seal`].
    ///
    /// Source: RFC 9180, section 6.1.
    #[cfg(feature = "getrandom")]
    pub fn seal<C: Kem>(
        self,
        public: &PublicKey<C>,
        mode: Mode<'_, PrivateKey<C>>,
        info: &[u8],
        aad: &[u8],
        message: &[u8],
    ) -> Result<(Bytes, Vec<u8>)> {
        self.seal_rng(&mut getrandom::SysRng, public, mode, info, aad, message)
    }

    /// Like `seal`, with a generator of the caller's.
    ///
    /// # Errors
    /// As for [`Suite::setup_sender_rng`] and [`Sender::seal`].
    pub fn seal_rng<C: Kem, R: TryCryptoRng + ?Sized>(
        self,
        rng: &mut R,
        public: &PublicKey<C>,
        mode: Mode<'_, PrivateKey<C>>,
        info: &[u8],
        aad: &[u8],
        message: &[u8],
    ) -> Result<(Bytes, Vec<u8>)> {
        let (enc, mut sender) = self.setup_sender_rng(rng, public, mode, info)?;
        Ok((enc, sender.seal(aad, message)?))
    }

    /// Decrypts one message.
    ///
    /// # Errors
    /// As for [`Suite::setup_receiver`] and [`Receiver::open`].
    ///
    /// Source: RFC 9180, section 6.1.
    pub fn open<C: Kem>(
        self,
        private: &PrivateKey<C>,
        enc: &[u8],
        mode: Mode<'_, PublicKey<C>>,
        info: &[u8],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.setup_receiver(private, enc, mode, info)?.open(aad, ciphertext)
    }
}

/// What the sender shows about itself. `K` is its private key where it sends, and its public key where it's received.
#[derive(Debug)]
pub enum Mode<'a, K> {
    /// Nothing.
    Base,
    /// That it has the pre-shared key.
    Psk(Psk<'a>),
    /// That it has the private key.
    Auth(&'a K),
    /// Both.
    AuthPsk(&'a K, Psk<'a>),
}

impl<K> Clone for Mode<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Mode<'_, K> {}

impl<'a, K> Mode<'a, K> {
    /// The mode's number in RFC 9180, section 5, and what's in it.
    fn parts(self) -> (u8, Option<&'a K>, Option<Psk<'a>>) {
        match self {
            Self::Base => (0, None, None),
            Self::Psk(psk) => (1, None, Some(psk)),
            Self::Auth(key) => (2, Some(key), None),
            Self::AuthPsk(key, psk) => (3, Some(key), Some(psk)),
        }
    }
}

/// A key that both sides had before, and its name.
///
/// It has at least 32 bytes, and they're random: HPKE isn't made for passwords, which who has a ciphertext tries one
/// by one.
#[derive(Clone, Copy)]
pub struct Psk<'a> {
    key: &'a [u8],
    id: &'a [u8],
}

impl<'a> Psk<'a> {
    /// The key, and the public name by which both sides find it.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if the key has less than 32 bytes, or the name none.
    ///
    /// Source: RFC 9180, sections 5.1.2 and 9.5.
    pub fn new(key: &'a [u8], id: &'a [u8]) -> Result<Self> {
        if key.len() < 32 {
            return Err(Error::InvalidKey("a pre-shared key has less than 32 bytes"));
        }
        if id.is_empty() {
            return Err(Error::InvalidKey("a pre-shared key has no name"));
        }
        Ok(Self { key, id })
    }
}

/// The name alone.
impl fmt::Debug for Psk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Psk").field("id", &self.id).finish_non_exhaustive()
    }
}
