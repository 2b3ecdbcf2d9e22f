//! HMAC: a message authentication code out of a hash.
//!
//! ```text
//! HMAC(K, m) = H((K₀ ⊕ opad) ‖ H((K₀ ⊕ ipad) ‖ m)),    ipad = 0x36 36 …, opad = 0x5c 5c …
//! ```
//!
//! K₀ is the key, filled with zeros to one block of H; a key longer than a block is hashed first. The inner
//! hash alone could be lengthened by anybody (see [`hash`](super)); the outer one, whose input is never
//! seen, ends that. Without the key the result can't be told from random bits, if the compression function
//! is a pseudorandom function of its state: collisions in H do no harm (Bellare 2006).
//!
//! Both key blocks are absorbed when the key is set. What is kept are the two states after them: a clone
//! starts the next message under the same key two compressions cheaper than a new instance.
//!
//! What leaks: the lengths of the key and of the message. A tag is compared in constant time; whether it's
//! right is public. The key block is erased after use, the states on drop (by the hash, if it's
//! [`ZeroizeOnDrop`]).
//!
//! Sources: RFC 2104; FIPS 198-1; test vectors: RFC 4231.

use core::fmt;

use digest::{Digest, Output, OutputSizeUser, block_api::BlockSizeUser, typenum::Unsigned};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::kernel::secret::declassify;
use crate::{Error, Result};

/// HMAC with the hash `D`, under a key that's set at the start.
///
/// A clone taken before the first update is a fresh message under the same key.
///
/// ```
/// use oneway::hash::{Hmac, Sha256};
///
/// let tag = Hmac::<Sha256>::mac(b"key", b"The quick brown fox jumps over the lazy dog");
/// assert_eq!(tag[..4], [0xf7, 0xbc, 0x83, 0xf4]);
///
/// let mut mac = Hmac::<Sha256>::new(b"key");
/// mac.update(b"The quick brown fox ");
/// mac.update(b"jumps over the lazy dog");
/// mac.verify(&tag)?;
/// # Ok::<(), oneway::Error>(())
/// ```
///
/// Source: RFC 2104.
#[derive(Clone)]
pub struct Hmac<D> {
    /// Has absorbed K₀ ⊕ ipad, and the message so far.
    inner: D,
    /// Has absorbed K₀ ⊕ opad.
    outer: D,
}

impl<D: Digest + BlockSizeUser + Clone> Hmac<D> {
    /// HMAC under `key`, of any length. Fewer bytes than the hash has weaken it (RFC 2104, section 3).
    ///
    /// # Panics
    ///
    /// If `D`'s output is longer than its block, which no hash in use has.
    pub fn new(key: &[u8]) -> Self {
        let mut block = digest::block_api::Block::<D>::default();
        if key.len() <= block.len() {
            block[..key.len()].copy_from_slice(key);
        } else {
            let mut hash = D::digest(key);
            block[..hash.len()].copy_from_slice(&hash);
            hash.as_mut_slice().zeroize();
        }
        block.iter_mut().for_each(|byte| *byte ^= 0x36);
        let inner = D::new_with_prefix(&block);
        // From K₀ ⊕ ipad to K₀ ⊕ opad.
        block.iter_mut().for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        let outer = D::new_with_prefix(&block);
        block.as_mut_slice().zeroize();
        Self { inner, outer }
    }

    /// The tag of one message that's all there.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn mac(key: &[u8], message: &[u8]) -> Output<D> {
        let mut mac = Self::new(key);
        mac.update(message);
        mac.finalize()
    }

    /// Appends to the message.
    pub fn update(&mut self, message: &[u8]) {
        self.inner.update(message);
    }

    /// The tag.
    ///
    /// To check a tag use [`verify`](Self::verify): comparing with `==` takes time that tells how much of a
    /// forgery is right.
    pub fn finalize(self) -> Output<D> {
        let Self { inner, mut outer } = self;
        let mut hash = inner.finalize();
        outer.update(&hash);
        hash.as_mut_slice().zeroize();
        outer.finalize()
    }

    /// Checks a tag of full length, in constant time.
    ///
    /// # Errors
    ///
    /// [`Error::Mac`] if the tag isn't this message's, or isn't as long as the hash.
    pub fn verify(self, tag: &[u8]) -> Result<()> {
        if tag.len() == D::OutputSize::USIZE { self.verify_truncated(tag) } else { Err(Error::Mac) }
    }

    /// Checks a tag that was cut to its first `tag.len()` bytes, in constant time.
    ///
    /// A forger who guesses a tag of t bytes is right once in 2^(8 t) times. The least that's taken is what
    /// RFC 2104, section 5, recommends: half of the hash, and 10 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Mac`] if the tag isn't this message's, is shorter than that or longer than the hash.
    pub fn verify_truncated(self, tag: &[u8]) -> Result<()> {
        let full = D::OutputSize::USIZE;
        if !((full / 2).max(10)..=full).contains(&tag.len()) {
            return Err(Error::Mac);
        }
        let mut expected = self.finalize();
        let equal = expected[..tag.len()].ct_eq(tag);
        expected.as_mut_slice().zeroize();
        // The verdict is what the caller asked for, and public from here on.
        if declassify(equal) { Ok(()) } else { Err(Error::Mac) }
    }
}

impl<D: OutputSizeUser> OutputSizeUser for Hmac<D> {
    type OutputSize = D::OutputSize;
}

impl<D> fmt::Debug for Hmac<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hmac { … }")
    }
}

/// The key block is erased when the key is set; what stays are two states of `D`.
impl<D: ZeroizeOnDrop> ZeroizeOnDrop for Hmac<D> {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::hash::{Sha224, Sha256, Sha512};
    use std::format;

    #[test]
    fn keys_around_the_block_size() {
        let key = [0xa5; 129];
        // Zeros behind a key that's shorter than the block change nothing: K₀ is the same.
        assert_eq!(Hmac::<Sha256>::mac(b"k", b"m"), Hmac::<Sha256>::mac(b"k\0", b"m"));
        assert_eq!(Hmac::<Sha256>::mac(b"", b"m"), Hmac::<Sha256>::mac(&[0; 64], b"m"));
        assert_eq!(
            Hmac::<Sha256>::mac(&key[..65], b"m"),
            Hmac::<Sha256>::mac(&Sha256::digest(&key[..65]), b"m")
        );
        assert_ne!(
            Hmac::<Sha256>::mac(&key[..64], b"m"),
            Hmac::<Sha256>::mac(&Sha256::digest(&key[..64]), b"m")
        );
        assert_eq!(Hmac::<Sha512>::mac(&key, b"m"), Hmac::<Sha512>::mac(&Sha512::digest(key), b"m"));
    }

    #[test]
    fn a_clone_goes_on_from_the_key() {
        let keyed = Hmac::<Sha256>::new(b"key");
        for message in [&b"one"[..], b"two", b""] {
            let mut mac = keyed.clone();
            mac.update(message);
            assert_eq!(mac.finalize(), Hmac::<Sha256>::mac(b"key", message));
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let tag = Hmac::<Sha256>::mac(b"key", b"");
        let keyed = Hmac::<Sha256>::new(b"key");
        assert_eq!(keyed.clone().verify(&tag), Ok(()));
        for bit in 0..256 {
            let mut forged = tag;
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keyed.clone().verify(&forged), Err(Error::Mac));
        }
    }

    #[test]
    fn lengths_of_tags() {
        let tag = Hmac::<Sha224>::mac(b"key", b"");
        let keyed = Hmac::<Sha224>::new(b"key");
        for len in 0..=28 {
            assert_eq!(keyed.clone().verify(&tag[..len]).is_ok(), len == 28, "{len} bytes");
            assert_eq!(keyed.clone().verify_truncated(&tag[..len]).is_ok(), len >= 14, "{len} bytes");
        }
        let mut longer = [0; 29];
        longer[..28].copy_from_slice(&tag);
        assert_eq!(keyed.clone().verify(&longer), Err(Error::Mac));
        assert_eq!(keyed.verify_truncated(&longer), Err(Error::Mac));
    }

    /// Both bounds of RFC 2104 meet at SHA-1: half of it is 80 bits.
    #[test]
    fn no_tag_under_ten_bytes() {
        let tag = Hmac::<sha1::Sha1>::mac(b"key", b"");
        let keyed = Hmac::<sha1::Sha1>::new(b"key");
        assert_eq!(keyed.clone().verify_truncated(&tag[..9]), Err(Error::Mac));
        assert_eq!(keyed.verify_truncated(&tag[..10]), Ok(()));
    }

    #[test]
    fn debug_shows_no_state() {
        assert_eq!(format!("{:?}", Hmac::<Sha256>::new(b"key")), "Hmac { … }");
    }
}
