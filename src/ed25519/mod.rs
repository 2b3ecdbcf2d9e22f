//! Storey 3: Ed25519, signatures on the Edwards form of Curve25519.
//!
//! A secret seed of 32 bytes is hashed to a number a and a prefix; the public key is the point A = a B. To sign M, a
//! number r comes from a hash of the prefix and M, so no randomness is needed and none can be bad; the signature is
//! the point R = r B and the number S = r + k a mod ℓ, for k the hash of R, A and M. Whoever knows A checks that
//! S B = R + k A: only k comes between a and S, and r hides a.
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::ed25519::SigningKey;
//!
//! let key = SigningKey::generate()?;
//! let signature = key.sign(b"mine");
//! key.verifying_key().verify(b"mine", &signature)?;
//! assert!(key.verifying_key().verify(b"yours", &signature).is_err());
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! # What is a valid signature
//!
//! The curve has 8 ℓ points, so an equation of points can be asked for as it stands or times the cofactor 8, and points
//! and numbers have more than one encoding. RFC 8032 leaves some of this open, and libraries differ. One rule holds
//! here, for single signatures and for batches:
//! 1. A is the canonical encoding of a point (y below p, no sign where x = 0), and not one of the eight points of
//!    small order. That's asked when a [`VerifyingKey`] is made.
//! 2. S is below ℓ.
//! 3. R is the canonical encoding of a point. It may have small order: only whoever knows a can make such a signature,
//!    and gains nothing.
//! 4. 8 S B = 8 R + 8 k A, where k is the hash of the bytes of R, A and M as given.
//!
//! That's algorithm 2 of Chalkias, Garillot and Nikolaenko. By (2) nobody makes of one signature another for the same
//! message, and by (1) a signature binds its signer to one message: under a key of small order, one signature fits
//! almost any. Who follows the equation without the cofactor accepts the same signatures, but for those whose signer
//! added a point of small order to A or R on purpose; batches can't tell these, which is why the cofactor is in.
//!
//! # What leaks
//!
//! The lengths of messages and contexts. Signing and making a key are in constant time. Verification is about public
//! things, and its time depends on them.
//!
//! A signing key computes k with its own public key, which nobody can pass in: signatures of one message under two
//! different A would give a away. A fault of the machine that changes a computation isn't noticed: who is afraid of
//! faults verifies the signature before it leaves, which costs twice as much as signing.
//!
//! Sources: RFC 8032; Bernstein, Duif, Lange, Schwabe, Yang, "High-speed high-security signatures" (2011); Chalkias,
//! Garillot, Nikolaenko, "Taming the many `EdDSAs`" (2020).
//!
//! Files: this one (keys, signing, verification), `batch`.

#[cfg(feature = "alloc")]
mod batch;

use core::fmt;
use core::hash::{Hash, Hasher};

use digest::Digest;
use rand_core::TryCryptoRng;
use signature::{KeypairRef, SignatureEncoding, Signer, Verifier};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::curve::edwards::{self, Point};
use crate::curve::montgomery::clamp;
use crate::field::l25519::Scalar;
use crate::hash::Sha512;
use crate::kernel::engine::Engine;
use crate::kernel::secret::{declassify, declassify_word};
use crate::{Bytes, Error, Result};

#[cfg(feature = "alloc")]
pub use batch::verify_batch;

/// A private key: signs.
///
/// Holds what follows from the seed, so that a signature costs one multiple of the base point and two hashes. Wiped
/// from memory when dropped. `Debug` shows the public key alone.
#[derive(Clone)]
pub struct SigningKey {
    seed: [u8; 32],
    /// The number a, modulo ℓ: B has that order.
    a: Scalar,
    prefix: [u8; 32],
    verifying: VerifyingKey,
}

/// A public key: verifies.
///
/// Two are equal if their bytes are.
#[derive(Clone)]
pub struct VerifyingKey {
    bytes: [u8; 32],
    /// −A.
    minus_a: Point,
    engine: Engine,
}

/// A signature: the encodings of R and of S, 64 bytes.
///
/// `Display` and `Debug` show it in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature {
    r: [u8; 32],
    s: [u8; 32],
}

/// What is signed, and as what: RFC 8032, section 5.1.
#[derive(Clone, Copy)]
enum Message<'a> {
    /// Ed25519: the message.
    Pure(&'a [u8]),
    /// Ed25519ctx: the message in a context.
    InContext(&'a [u8], &'a [u8]),
    /// Ed25519ph: the SHA-512 hash of a message, in a context.
    Prehashed(&'a [u8; 64], &'a [u8]),
}

impl Message<'_> {
    /// SHA-512 of the first string of RFC 8032, `dom2`, then `parts`, then the message.
    fn hash(&self, parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
        let (mut hash, mut output) = (Sha512::new(), Zeroizing::new([0; 64]));
        let message = match *self {
            Self::Pure(message) => message,
            Self::InContext(message, context) => {
                Self::begin(&mut hash, 0, context);
                message
            }
            Self::Prehashed(message, context) => {
                Self::begin(&mut hash, 1, context);
                message
            }
        };
        for part in parts {
            hash.update(part);
        }
        hash.update(message);
        hash.finalize_into((&mut *output).into());
        output
    }

    /// `dom2(flag, context)`: RFC 8032, section 2.
    fn begin(hash: &mut Sha512, flag: u8, context: &[u8]) {
        hash.update(b"SigEd25519 no Ed25519 collisions");
        hash.update([flag, context.len() as u8]);
        hash.update(context);
    }

    /// The hash of R, A and the message: the number k before it's taken modulo ℓ.
    fn challenge(&self, r: &[u8; 32], a: &[u8; 32]) -> Zeroizing<[u8; 64]> {
        self.hash(&[r, a])
    }
}

/// A context has at most 255 bytes.
fn check_context(context: &[u8]) -> Result<()> {
    if context.len() > 255 { Err(Error::Length { len: context.len(), expected: 255 }) } else { Ok(()) }
}

/// 32 bytes, or the error that says how many there are.
fn exactly<const N: usize>(bytes: &[u8]) -> Result<&[u8; N]> {
    bytes.try_into().map_err(|_| Error::Length { len: bytes.len(), expected: N })
}

/// The error for a seed with its public key behind it. (64 bytes may be other things, as the hash of a seed, whose first
/// half taken for a seed would be another key. So it's computed.)
fn pair_instead(bytes: &[u8], engine: Engine) -> Option<Error> {
    let (seed, public) = bytes.split_at_checked(32).filter(|(_, rest)| rest.len() == 32)?;
    let own = SigningKey::from_bytes_on(seed, engine).ok()?.verifying.bytes;
    // What's refused here is no key in any case, and the error says which of the two it is.
    declassify(own[..].ct_eq(public)).then_some(Error::Found {
        found: "a key pair of 64 bytes (as NaCl, libsodium and Go have it)",
        expected: "the private key alone, which is its first 32 bytes",
    })
}

// ---- the signing key ----

impl SigningKey {
    /// A new key, with randomness from the operating system.
    ///
    /// # Errors
    /// [`Error::Random`].
    #[cfg(feature = "getrandom")]
    pub fn generate() -> Result<Self> {
        Self::generate_with(&mut getrandom::SysRng)
    }

    /// A new key, with a generator of the caller's.
    ///
    /// # Errors
    /// [`Error::Random`] if the generator fails, or gives nothing but zeros.
    pub fn generate_with<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(&mut *seed).map_err(|_| Error::Random)?;
        // A key that's refused is never used.
        if declassify(seed.ct_eq(&[0; 32])) {
            return Err(Error::Random);
        }
        Self::from_bytes(&*seed)
    }

    /// The key of a seed: any 32 bytes that nobody can guess. RFC 8032 calls this the private key.
    ///
    /// ```
    /// use oneway::ed25519::SigningKey;
    ///
    /// let key = SigningKey::from_bytes(&[7; 32])?;
    /// assert_eq!(*key.to_bytes(), [7; 32]);
    /// # Ok::<(), oneway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Length`] unless there are 32 bytes; [`Error::Found`] for the 64 bytes of a key pair as `NaCl`,
    /// libsodium and Go have it, of which the seed is the first half; [`Error::Fault`] if the machine miscalculates.
    ///
    /// Source: RFC 8032, section 5.1.5.
    pub fn from_bytes(seed: &[u8]) -> Result<Self> {
        Self::from_bytes_on(seed, Engine::best())
    }

    pub(crate) fn from_bytes_on(seed: &[u8], engine: Engine) -> Result<Self> {
        let seed = exactly(seed).map_err(|error| pair_instead(seed, engine).unwrap_or(error))?;
        let hash = Message::Pure(seed).hash(&[]);
        let [low, prefix] = hash.as_chunks::<32>().0 else { unreachable!("64 bytes are twice 32") };
        let clamped = Zeroizing::new(clamp(low));
        let a = Scalar::from_bytes_mod_order(&clamped);
        let mut point = edwards::mul_base(engine, &a);
        let mut bytes = point.compress();
        point.zeroize();
        // The public key is what everyone may know. It's decoded like any other, so that its point has nothing of a
        // but what's public; that it's one is what the decoder looks at.
        for word in bytes.as_chunks_mut::<8>().0 {
            *word = declassify_word(u64::from_le_bytes(*word)).to_le_bytes();
        }
        let verifying = VerifyingKey::from_bytes_on(&bytes, engine).map_err(|_| Error::Fault)?;
        Ok(Self { seed: *seed, a, prefix: *prefix, verifying })
    }

    /// The same key on another engine.
    pub(crate) fn with_engine(&self, engine: Engine) -> Self {
        let mut key = self.clone();
        key.verifying.engine = engine;
        key
    }

    /// The seed.
    pub fn to_bytes(&self) -> Zeroizing<Bytes> {
        Zeroizing::new(Bytes::copy_of(&self.seed))
    }

    /// The key that verifies what this one signs.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The signature of a message: Ed25519.
    ///
    /// The same message has the same signature every time. It's read twice, and has to be in memory as a whole; for
    /// one that's too large there's [`sign_prehashed`](Self::sign_prehashed).
    ///
    /// Source: RFC 8032, section 5.1.6.
    pub fn sign(&self, message: &[u8]) -> Signature {
        self.sign_as(Message::Pure(message))
    }

    /// The signature of a message in a context: Ed25519ctx. It's valid in that context alone.
    ///
    /// A context is a protocol's name, say, so that a signature made for one is none in another. An empty one is
    /// allowed, and still another thing than [`sign`](Self::sign); the RFC advises against it.
    ///
    /// # Errors
    /// [`Error::Length`] if the context is longer than 255 bytes.
    pub fn sign_ctx(&self, message: &[u8], context: &[u8]) -> Result<Signature> {
        check_context(context)?;
        Ok(self.sign_as(Message::InContext(message, context)))
    }

    /// The signature of a message that was hashed by SHA-512, in a context that may be empty: Ed25519ph.
    ///
    /// ```
    /// use oneway::ed25519::SigningKey;
    /// use oneway::hash::{Sha512, digest::Digest};
    ///
    /// let key = SigningKey::from_bytes(&[7; 32])?;
    /// let mut hasher = Sha512::new();
    /// hasher.update(b"a long message, ");
    /// hasher.update(b"in parts");
    /// let signature = key.sign_prehashed(hasher.clone(), b"example v1")?;
    /// key.verifying_key().verify_prehashed(hasher, b"example v1", &signature)?;
    /// # Ok::<(), oneway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Length`] if the context is longer than 255 bytes.
    pub fn sign_prehashed(&self, message: Sha512, context: &[u8]) -> Result<Signature> {
        check_context(context)?;
        Ok(self.sign_as(Message::Prehashed(&message.finalize().into(), context)))
    }

    fn sign_as(&self, message: Message<'_>) -> Signature {
        let mut nonce = Scalar::from_wide_bytes(&message.hash(&[&self.prefix]));
        let mut point = edwards::mul_base(self.verifying.engine, &nonce);
        let r = point.compress();
        let k = Scalar::from_wide_bytes(&message.challenge(&r, &self.verifying.bytes));
        let s = k.mul_add(&self.a, &nonce).to_bytes();
        point.zeroize();
        nonce.zeroize();
        // Nothing here or in the crate's callers branches on R and S, so they leave as they are.
        Signature { r, s }
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.seed.zeroize();
        self.a.zeroize();
        self.prefix.zeroize();
    }
}

impl ZeroizeOnDrop for SigningKey {}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifying_key", &self.verifying).finish_non_exhaustive()
    }
}

impl Signer<Signature> for SigningKey {
    fn try_sign(&self, message: &[u8]) -> signature::Result<Signature> {
        Ok(self.sign(message))
    }
}

/// With it comes `signature::Keypair`.
impl KeypairRef for SigningKey {
    type VerifyingKey = VerifyingKey;
}

impl AsRef<VerifyingKey> for SigningKey {
    fn as_ref(&self) -> &VerifyingKey {
        &self.verifying
    }
}

// ---- the verifying key ----

impl VerifyingKey {
    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are 32 bytes; [`Error::InvalidKey`] if they aren't the canonical encoding of a
    /// point, or if the point is of small order.
    ///
    /// Source: RFC 8032, section 5.1.3.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes_on(bytes, Engine::best())
    }

    pub(crate) fn from_bytes_on(bytes: &[u8], engine: Engine) -> Result<Self> {
        let bytes = exactly(bytes)?;
        let a = decoded(Point::decompress(bytes)).ok_or(Error::InvalidKey("not a point's encoding"))?;
        // A public key's order is public.
        if declassify(a.is_small_order()) {
            return Err(Error::InvalidKey("a point of small order"));
        }
        Ok(Self { bytes: *bytes, minus_a: a.neg(), engine })
    }

    /// The same key on another engine.
    pub(crate) fn with_engine(&self, engine: Engine) -> Self {
        Self { engine, ..self.clone() }
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::copy_of(&self.bytes)
    }

    /// Whether this is a signature of the message by the holder of this key: Ed25519.
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't, by the [rule](self#what-is-a-valid-signature) of this module.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<()> {
        self.verify_as(Message::Pure(message), signature)
    }

    /// Whether this is a signature of the message in this context: Ed25519ctx.
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't; [`Error::Length`] if the context is longer than 255 bytes.
    pub fn verify_ctx(&self, message: &[u8], context: &[u8], signature: &Signature) -> Result<()> {
        check_context(context)?;
        self.verify_as(Message::InContext(message, context), signature)
    }

    /// Whether this is a signature of the message that was hashed, in this context: Ed25519ph.
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't; [`Error::Length`] if the context is longer than 255 bytes.
    pub fn verify_prehashed(&self, message: Sha512, context: &[u8], signature: &Signature) -> Result<()> {
        check_context(context)?;
        self.verify_as(Message::Prehashed(&message.finalize().into(), context), signature)
    }

    /// Everything here is public.
    ///
    /// R' = S B − k A is computed and encoded. If that's R byte for byte, then R is canonical and the equation holds,
    /// with the cofactor or without. Only if it isn't, R is decoded and 8 (R' − R) looked at.
    fn verify_as(&self, message: Message<'_>, signature: &Signature) -> Result<()> {
        let s = signature.scalar().ok_or(Error::Signature)?;
        let k = Scalar::from_wide_bytes(&message.challenge(&signature.r, &self.bytes));
        let expected = edwards::mul_two_vartime(self.engine, &k, &self.minus_a, &s);
        if expected.compress() == signature.r {
            return Ok(());
        }
        let r = decoded(Point::decompress(&signature.r)).ok_or(Error::Signature)?;
        // Whether a signature is valid is what the caller asks.
        if declassify(expected.add(&r.neg()).is_small_order()) { Ok(()) } else { Err(Error::Signature) }
    }
}

/// The point, if there's one, which is public: only keys and signatures are decoded.
fn decoded(point: subtle::CtOption<Point>) -> Option<Point> {
    let is_some = declassify(point.is_some());
    let point = point.unwrap_or(Point::IDENTITY);
    is_some.then_some(point)
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for VerifyingKey {}

impl Hash for VerifyingKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey(")?;
        write_hex(f, &self.bytes)?;
        f.write_str(")")
    }
}

impl Verifier<Signature> for VerifyingKey {
    fn verify(&self, message: &[u8], signature: &Signature) -> signature::Result<()> {
        Ok(self.verify(message, signature)?)
    }
}

impl TryFrom<&[u8]> for VerifyingKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }
}

// ---- the signature ----

impl Signature {
    /// A signature from its 64 bytes, R and then S. Whoever verifies sees what they are.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let [r, s] = exactly::<64>(bytes)?.as_chunks().0 else { unreachable!("64 bytes are twice 32") };
        Ok(Self { r: *r, s: *s })
    }

    /// The 64 bytes.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::copy_of(&<[u8; 64]>::from(*self))
    }

    /// The number S, if it's below ℓ.
    fn scalar(&self) -> Option<Scalar> {
        let s = Scalar::from_bytes(&self.s);
        // A signature is public.
        let is_some = declassify(s.is_some());
        s.into_option().filter(|_| is_some)
    }
}

impl From<Signature> for [u8; 64] {
    fn from(signature: Signature) -> Self {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&signature.r);
        bytes[32..].copy_from_slice(&signature.s);
        bytes
    }
}

impl TryFrom<&[u8]> for Signature {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes(bytes)
    }
}

impl SignatureEncoding for Signature {
    type Repr = [u8; 64];
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &<[u8; 64]>::from(*self))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::format;
    use std::vec::Vec;

    fn hex(text: &str) -> Vec<u8> {
        let text = text.trim_matches('-');
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    }

    fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect())
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32]).unwrap()
    }

    /// The rule's answer, single; and asserts that batches of one, and of three with two good ones, say the same.
    fn verdict(message: &[u8], signature: &Signature, key: &VerifyingKey) -> Result<()> {
        let verdict = key.verify(message, signature);
        for engine in Engine::available() {
            let key = VerifyingKey::from_bytes_on(&key.bytes, engine).unwrap();
            assert_eq!(key.verify(message, signature), verdict);
            #[cfg(feature = "alloc")]
            assert_eq!(verify_batch(&[(message, signature, &key)]), verdict);
        }
        #[cfg(feature = "alloc")]
        {
            let good = SigningKey::from_bytes(&[0x77; 32]).unwrap();
            let (a, b) = (good.sign(b"a"), good.sign(b"b"));
            let three: [(&[u8], _, _); 3] = [
                (b"a", &a, good.verifying_key()),
                (message, signature, key),
                (b"b", &b, good.verifying_key()),
            ];
            assert_eq!(verify_batch(&three), verdict);
        }
        verdict
    }

    #[test]
    fn vectors_of_the_rfc() {
        let mut count = 0;
        for line in lines(include_str!("../../tests/vectors/ed25519/rfc8032.txt")) {
            let [scheme, seed, public, message, context, expected] = line.try_into().unwrap();
            let [seed, public, message, context, expected] =
                [seed, public, message, context, expected].map(hex);
            let key = SigningKey::from_bytes(&seed).unwrap();
            let verifying = VerifyingKey::from_bytes(&public).unwrap();
            for engine in Engine::available() {
                let same = SigningKey::from_bytes_on(&seed, engine).unwrap();
                assert_eq!(*same.verifying_key(), verifying);
                assert_eq!(same.sign(&message), key.sign(&message));
            }
            let hash = || Sha512::new_with_prefix(&message);
            let (signature, verdict) = match scheme {
                "pure" => {
                    let signature = key.sign(&message);
                    (signature, verdict(&message, &signature, &verifying))
                }
                "ctx" => {
                    let signature = key.sign_ctx(&message, &context).unwrap();
                    (signature, verifying.verify_ctx(&message, &context, &signature))
                }
                _ => {
                    let signature = key.sign_prehashed(hash(), &context).unwrap();
                    (signature, verifying.verify_prehashed(hash(), &context, &signature))
                }
            };
            assert_eq!(signature.to_bytes(), expected);
            assert_eq!(verdict, Ok(()));
            // A signature is valid as what it was made for alone.
            let refused = Err(Error::Signature);
            assert_eq!(verifying.verify(&message, &signature).is_ok(), scheme == "pure");
            assert_eq!(verifying.verify_ctx(&message, b"other", &signature), refused);
            assert_eq!(verifying.verify_ctx(&message, &context, &signature).is_ok(), scheme == "ctx");
            assert_eq!(verifying.verify_prehashed(hash(), b"other", &signature), refused);
            count += 1;
        }
        assert_eq!(count, 10);
    }

    #[test]
    fn the_rule_on_the_cases_of_taming_the_many_eddsas() {
        let mut count = 0;
        for line in lines(include_str!("../../tests/vectors/ed25519/speccheck.txt")) {
            let [answer, message, public, signature] = line.try_into().unwrap();
            let [message, public, signature] = [message, public, signature].map(hex);
            let signature = Signature::from_bytes(&signature).unwrap();
            let found = match VerifyingKey::from_bytes(&public) {
                Err(Error::InvalidKey(_)) => "key",
                key => match verdict(&message, &signature, &key.unwrap()) {
                    Ok(()) => "valid",
                    _ => "invalid",
                },
            };
            assert_eq!(found, answer, "case {count}");
            count += 1;
        }
        assert_eq!(count, 12);
    }

    /// A point of order 8, and its encoding.
    fn torsion() -> Point {
        let bytes = hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa");
        Point::decompress(&bytes.try_into().unwrap()).unwrap()
    }

    /// A signer who adds a point of small order to R, to A or to both: valid by the cofactor; and with S one more it
    /// isn't.
    #[test]
    fn points_of_small_order_dont_count() {
        let signer = key(1);
        let r = Scalar::from_wide_bytes(&[9; 64]);
        let one = Scalar::from_bytes_mod_order(&core::array::from_fn(|i| u8::from(i == 0)));
        for (to_a, to_r) in [(0, 1), (1, 0), (1, 1), (2, 5), (0, 0)] {
            let plus = |p: Point, n| (0..n).fold(p, |p, _| p.add(&torsion()));
            let a = plus(signer.verifying.minus_a.neg(), to_a).compress();
            let verifying = VerifyingKey::from_bytes(&a).unwrap();
            let encoded_r = plus(edwards::mul_base(Engine::Portable, &r), to_r).compress();
            let k = Scalar::from_wide_bytes(&Message::Pure(b"message").challenge(&encoded_r, &a));
            let s = k.mul_add(&signer.a, &r);
            let signature = Signature { r: encoded_r, s: s.to_bytes() };
            assert_eq!(verdict(b"message", &signature, &verifying), Ok(()));
            let wrong = Signature { s: s.mul_add(&one, &one).to_bytes(), ..signature };
            assert_eq!(verdict(b"message", &wrong, &verifying), Err(Error::Signature));
        }
    }

    /// A signature with R of small order: only its signer can make it, and it's valid.
    #[test]
    fn r_of_small_order() {
        let (signer, r) = (key(1), torsion().compress());
        let k = Scalar::from_wide_bytes(&Message::Pure(b"m").challenge(&r, &signer.verifying.bytes));
        let zero = Scalar::from_bytes_mod_order(&[0; 32]);
        let signature = Signature { r, s: k.mul_add(&signer.a, &zero).to_bytes() };
        assert_eq!(verdict(b"m", &signature, &signer.verifying), Ok(()));
    }

    /// Each bit of a signature counts, also the three above ℓ, and S + ℓ is another S.
    #[test]
    fn signatures_cant_be_changed() {
        let (signer, message) = (key(2), b"message");
        let signature = signer.sign(message);
        assert_eq!(verdict(message, &signature, &signer.verifying), Ok(()));
        let bytes = <[u8; 64]>::from(signature);
        for bit in 0..512 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = Signature::from_bytes(&changed).unwrap();
            assert_eq!(signer.verifying.verify(message, &changed), Err(Error::Signature), "{bit}");
            if bit % 37 == 0 {
                assert_eq!(verdict(message, &changed, &signer.verifying), Err(Error::Signature));
            }
        }
        let order = crate::field::l25519::ORDER.map(u64::to_le_bytes);
        let (mut s, mut carry) = (signature.s, 0);
        for (s, o) in s.iter_mut().zip(order.as_flattened()) {
            let sum = u16::from(*s) + u16::from(*o) + carry;
            (*s, carry) = (sum as u8, sum >> 8);
        }
        assert_eq!(verdict(message, &Signature { s, ..signature }, &signer.verifying), Err(Error::Signature));
        assert_eq!(verdict(b"massage", &signature, &signer.verifying), Err(Error::Signature));
        assert_eq!(verdict(message, &signature, key(3).verifying_key()), Err(Error::Signature));
    }

    #[test]
    fn keys_that_are_refused() {
        let small = (0..8).scan(Point::IDENTITY, |p, _| {
            *p = p.add(&torsion());
            Some(p.compress())
        });
        for bytes in small {
            assert_eq!(VerifyingKey::from_bytes(&bytes), Err(Error::InvalidKey("a point of small order")));
        }
        // y = p + 3, which is 3's other encoding, where 3 is a point's; y = 2, which has no x.
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xf0, 0x7f);
        let three: [u8; 32] = core::array::from_fn(|i| if i == 0 { 3 } else { 0 });
        assert!(VerifyingKey::from_bytes(&three).is_ok());
        let two: [u8; 32] = core::array::from_fn(|i| if i == 0 { 2 } else { 0 });
        for bytes in [bytes, two, [0xff; 32]] {
            assert_eq!(VerifyingKey::from_bytes(&bytes), Err(Error::InvalidKey("not a point's encoding")));
        }
        let length = |len, expected| Error::Length { len, expected };
        assert_eq!(VerifyingKey::from_bytes(&[0; 31]), Err(length(31, 32)));
        assert_eq!(SigningKey::from_bytes(&[0; 33]).unwrap_err(), length(33, 32));
        assert_eq!(Signature::from_bytes(&[0; 63]), Err(length(63, 64)));
    }

    #[test]
    fn contexts_have_255_bytes() {
        let (signer, longest) = (key(4), [7; 255]);
        let signature = signer.sign_ctx(b"m", &longest).unwrap();
        assert_eq!(signer.verifying.verify_ctx(b"m", &longest, &signature), Ok(()));
        assert_eq!(signer.verifying.verify_ctx(b"m", &longest[1..], &signature), Err(Error::Signature));
        let error = Error::Length { len: 256, expected: 255 };
        let hash = || Sha512::new_with_prefix(b"m");
        assert_eq!(signer.sign_ctx(b"m", &[7; 256]), Err(error));
        assert_eq!(signer.sign_prehashed(hash(), &[7; 256]), Err(error));
        assert_eq!(signer.verifying.verify_ctx(b"m", &[7; 256], &signature), Err(error));
        assert_eq!(signer.verifying.verify_prehashed(hash(), &[7; 256], &signature), Err(error));
    }

    #[test]
    #[cfg(feature = "alloc")]
    fn batches_of_every_size() {
        let signers: Vec<_> = (0..7).map(key).collect();
        let messages: Vec<_> = (0..140u8).map(|i| std::vec![i; usize::from(i)]).collect();
        let signed: Vec<_> =
            messages.iter().enumerate().map(|(i, m)| (signers[i % 7].sign(m), i % 7)).collect();
        let mut items: Vec<_> = messages
            .iter()
            .zip(&signed)
            .map(|(message, (signature, key))| (&message[..], signature, signers[*key].verifying_key()))
            .collect();
        for n in (0..=9).chain([63, 64, 65, 127, 128, 140]) {
            assert_eq!(verify_batch(&items[..n]), Ok(()), "{n}");
        }
        for wrong in [0, 1, 63, 64, 139] {
            let right = items[wrong].0;
            items[wrong].0 = b"another";
            assert_eq!(verify_batch(&items), Err(Error::Signature), "{wrong}");
            items[wrong].0 = right;
        }
        // Two that are wrong, and would be right together if all coefficients were equal.
        items.swap(1, 2);
        let (one, two) = (items[1].1, items[2].1);
        items[1].1 = two;
        items[2].1 = one;
        assert_eq!(verify_batch(&items[..3]), Err(Error::Signature));
    }

    #[test]
    fn generators_that_fail() {
        struct Zeros(bool);
        impl rand_core::TryRng for Zeros {
            type Error = fmt::Error;
            fn try_next_u32(&mut self) -> Result<u32, fmt::Error> {
                Err(fmt::Error)
            }
            fn try_next_u64(&mut self) -> Result<u64, fmt::Error> {
                Err(fmt::Error)
            }
            fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), fmt::Error> {
                bytes.fill(0);
                if self.0 { Ok(()) } else { Err(fmt::Error) }
            }
        }
        impl TryCryptoRng for Zeros {}
        for works in [false, true] {
            assert_eq!(SigningKey::generate_with(&mut Zeros(works)).unwrap_err(), Error::Random);
        }
    }

    #[test]
    fn traits() {
        fn check<T: Send + Sync + Clone + fmt::Debug + 'static>() {}
        fn sign<K: Signer<Signature> + signature::Keypair<VerifyingKey: Verifier<Signature>>>(key: &K) {
            let signature = Signer::sign(key, b"m");
            key.verifying_key().verify(b"m", &signature).unwrap();
            assert!(key.verifying_key().verify(b"n", &signature).is_err());
        }
        check::<SigningKey>();
        check::<VerifyingKey>();
        check::<Signature>();
        sign(&key(5));
        let signature = key(5).sign(b"m");
        let bytes = SignatureEncoding::to_bytes(&signature);
        assert_eq!(Signature::try_from(&bytes[..]), Ok(signature));
        assert_eq!(signature.to_bytes(), bytes);
        assert_eq!(VerifyingKey::try_from(&key(5).verifying.bytes[..]).as_ref(), Ok(key(5).verifying_key()));
    }

    #[test]
    fn debug_shows_no_secret() {
        let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let shown = "VerifyingKey(d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a)";
        let key = SigningKey::from_bytes(&seed).unwrap();
        assert_eq!(format!("{:?}", key.verifying_key()), shown);
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ verifying_key: {shown}, .. }}"));
        assert_eq!(*key.to_bytes(), seed);
        let signature = Signature { r: [0xab; 32], s: [1; 32] };
        assert_eq!(format!("{signature:?}"), format!("Signature({}{})", "ab".repeat(32), "01".repeat(32)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_signed_verifies(seed: [u8; 32], message: Vec<u8>, other: [u8; 64]) {
            let key = SigningKey::from_bytes(&seed).unwrap();
            prop_assert_eq!(verdict(&message, &key.sign(&message), &key.verifying), Ok(()));
            let other = Signature::from_bytes(&other).unwrap();
            prop_assert_eq!(verdict(&message, &other, &key.verifying), Err(Error::Signature));
        }
    }
}
