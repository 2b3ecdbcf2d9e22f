//! Storey 3: Diffie and Hellman's key agreement on elliptic curves.
//!
//! Two sides have a secret number each, a and b, and send each other the points a·G and b·G. Then both can compute
//! a·(b·G) = b·(a·G), and nobody who saw the two points can, as far as anyone knows. Of that point they take the
//! x-coordinate, the [`SharedSecret`], and of that, by HKDF, as many keys as they need.
//!
//! | marker | private key | public key | security |
//! |---|--:|--:|--:|
//! | [`X25519`] | 32 bytes | 32 bytes | 128 bits |
//! | [`P256`] | 32 bytes | 65 bytes | 128 bits |
//! | [`P384`] | 48 bytes | 97 bytes | 192 bits |
//! | [`P521`] | 66 bytes | 133 bytes | 256 bits |
//!
//! ```
//! # #[cfg(feature = "getrandom")] {
//! use oneway::ecdh::{PrivateKey, PublicKey, X25519};
//! use oneway::hash::Sha256;
//!
//! let (alice, bob) = (PrivateKey::<X25519>::generate()?, PrivateKey::<X25519>::generate()?);
//! // What goes over the wire.
//! let (from_alice, from_bob) = (alice.public_key().to_bytes(), bob.public_key().to_bytes());
//!
//! let (mut key, mut same_key) = ([0; 32], [0; 32]);
//! let info = [b"example v1, session key", &from_alice[..], &from_bob[..]].concat();
//! alice.agree(&PublicKey::from_bytes(&from_bob)?)?.hkdf::<Sha256>(b"", &info, &mut key)?;
//! bob.agree(&PublicKey::from_bytes(&from_alice)?)?.hkdf::<Sha256>(b"", &info, &mut same_key)?;
//! assert_eq!(key, same_key);
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! Agreement isn't trust: with whom one agreed is for signatures and certificates to say. A protocol puts what was
//! sent (both public keys, at least) into HKDF's `info`.
//!
//! **Checks.** A NIST curve's point is on the curve and isn't infinity, or there's no [`PublicKey`] of it; these curves
//! have no other points of small order. X25519 takes any 32 bytes, as RFC 7748 says, and refuses to agree on zero, which
//! is what points of small order lead to.
//!
//! **What leaks**: nothing of a private key or a shared secret; everything of public keys.
//!
//! Sources: SP 800-56A rev. 3, section 5.7.1.2, and SEC 1, section 3.3.1 (the NIST curves); RFC 7748, section 6.1
//! (X25519); RFC 5869 (HKDF).

use core::fmt;
use core::hash::{Hash, Hasher};

use digest::const_oid::AssociatedOid;
use digest::{Digest, block_api::BlockSizeUser};
use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::curve::montgomery;
use crate::curve::weierstrass::{self, Affine, Secret, Weierstrass};
pub use crate::curve::{P256, P384, P521, X25519};
use crate::field::Field;
use crate::hash::Hkdf;
use crate::kernel::engine::Engine;
use crate::kernel::secret::declassify;
use crate::{Bytes, Error, Result};

/// A curve for key agreement: [`X25519`], [`P256`], [`P384`] or [`P521`].
#[allow(private_bounds, reason = "nobody else implements it")]
pub trait Curve: Agreement {}

impl<C: Agreement> Curve for C {}

/// What a curve does.
pub(crate) trait Agreement: AssociatedOid + Copy + Send + Sync + 'static {
    const NAME: &'static str;
    /// The secret number; wiped when it's dropped.
    type Secret: Clone + Send + Sync;
    /// The point that's made public.
    type Point: Clone + PartialEq + Send + Sync;

    fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self::Secret>;
    fn secret_from_bytes(bytes: &[u8]) -> Result<Self::Secret>;
    fn secret_to_bytes(secret: &Self::Secret) -> Zeroizing<Bytes>;
    fn point_from_bytes(bytes: &[u8]) -> Result<Self::Point>;
    fn point_to_bytes(point: &Self::Point) -> Bytes;
    fn public(engine: Engine, secret: &Self::Secret) -> Self::Point;
    fn agree(engine: Engine, secret: &Self::Secret, point: &Self::Point) -> Result<Zeroizing<Bytes>>;
}

impl<C: Weierstrass> Agreement for C {
    const NAME: &'static str = C::NAME;
    type Secret = Secret<C>;
    type Point = Affine<C>;

    fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Secret<C>> {
        Secret::generate(rng)
    }

    fn secret_from_bytes(bytes: &[u8]) -> Result<Secret<C>> {
        Secret::from_bytes(bytes)
    }

    fn secret_to_bytes(secret: &Secret<C>) -> Zeroizing<Bytes> {
        secret.to_bytes()
    }

    fn point_from_bytes(bytes: &[u8]) -> Result<Affine<C>> {
        Affine::from_sec1(bytes)
    }

    fn point_to_bytes(point: &Affine<C>) -> Bytes {
        point.to_sec1()
    }

    fn public(engine: Engine, secret: &Secret<C>) -> Affine<C> {
        weierstrass::mul_base(engine, secret.scalar())
    }

    fn agree(engine: Engine, secret: &Secret<C>, point: &Affine<C>) -> Result<Zeroizing<Bytes>> {
        // Not infinity: 1 ≤ k < n and the point is of order n.
        let point = Zeroizing::new(C::mul(engine, secret.scalar(), point));
        let mut x = Zeroizing::new(Bytes::zeros(C::Field::BYTES));
        point.x.to_be_bytes(x.as_mut_slice());
        Ok(x)
    }
}

impl Agreement for X25519 {
    const NAME: &'static str = "X25519";
    type Secret = Zeroizing<[u8; 32]>;
    type Point = [u8; 32];

    fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self::Secret> {
        let mut secret = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(secret.as_mut_slice()).map_err(|_| Error::Random)?;
        // A key that's refused is never used.
        if declassify(secret.ct_eq(&[0; 32])) { Err(Error::Random) } else { Ok(secret) }
    }

    fn secret_from_bytes(bytes: &[u8]) -> Result<Self::Secret> {
        Self::point_from_bytes(bytes).map(Zeroizing::new)
    }

    fn secret_to_bytes(secret: &Self::Secret) -> Zeroizing<Bytes> {
        Zeroizing::new(Bytes::copy_of(secret.as_slice()))
    }

    fn point_from_bytes(bytes: &[u8]) -> Result<[u8; 32]> {
        bytes.try_into().map_err(|_| Error::Length { len: bytes.len(), expected: 32 })
    }

    fn point_to_bytes(point: &[u8; 32]) -> Bytes {
        Bytes::copy_of(point)
    }

    fn public(engine: Engine, secret: &Self::Secret) -> [u8; 32] {
        montgomery::public(engine, secret)
    }

    fn agree(engine: Engine, secret: &Self::Secret, point: &[u8; 32]) -> Result<Zeroizing<Bytes>> {
        let u = Zeroizing::new(montgomery::agree(engine, secret, point));
        // That the other side sent a point of small order is public, as is what it sent.
        if declassify(u.ct_eq(&[0; 32])) {
            return Err(Error::InvalidKey("the point is of small order"));
        }
        Ok(Zeroizing::new(Bytes::copy_of(u.as_slice())))
    }
}

/// A private key: a secret number, with its public key.
///
/// Wiped from memory when dropped; `Debug` shows the public key alone.
#[derive(Clone)]
pub struct PrivateKey<C: Curve> {
    secret: C::Secret,
    public: PublicKey<C>,
    engine: Engine,
}

impl<C: Curve> PrivateKey<C> {
    /// A new key.
    ///
    /// # Errors
    /// [`Error::Random`] if the operating system's generator fails.
    #[cfg(feature = "getrandom")]
    pub fn generate() -> Result<Self> {
        Self::generate_with(&mut getrandom::SysRng)
    }

    /// Like `generate`, with a generator of the caller's.
    ///
    /// # Errors
    /// [`Error::Random`] if the generator fails, or what it gives can't be random.
    pub fn generate_with<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self> {
        C::generate(rng).map(|secret| Self::new(secret, Engine::best()))
    }

    /// Reads what [`PrivateKey::to_bytes`] gives: the number, big-endian and as long as the curve's order (SEC 1's
    /// octet string); for X25519 any 32 bytes (RFC 7748, section 5).
    ///
    /// # Errors
    /// [`Error::Length`], with the length that's called for;
    /// [`Error::InvalidKey`] if the number is 0 or not below the curve's order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        C::secret_from_bytes(bytes).map(|secret| Self::new(secret, Engine::best()))
    }

    fn new(secret: C::Secret, engine: Engine) -> Self {
        let public = PublicKey { point: C::public(engine, &secret) };
        Self { secret, public, engine }
    }

    /// The same key on another engine.
    pub(crate) fn with_engine(&self, engine: Engine) -> Self {
        Self::new(self.secret.clone(), engine)
    }

    /// The secret number, as [`PrivateKey::from_bytes`] reads it.
    pub fn to_bytes(&self) -> Zeroizing<Bytes> {
        C::secret_to_bytes(&self.secret)
    }

    /// The public key, for the other side.
    pub fn public_key(&self) -> PublicKey<C> {
        self.public.clone()
    }

    /// What this key and the other side's public key have in common with the other side's key and this public one.
    ///
    /// # Errors
    /// X25519: [`Error::InvalidKey`] if the result is zero, as it is for points of small
    /// order, which an honest side doesn't send. None on the NIST curves.
    pub fn agree(&self, peer: &PublicKey<C>) -> Result<SharedSecret> {
        C::agree(self.engine, &self.secret, &peer.point).map(SharedSecret)
    }
}

impl<C: Curve> fmt::Debug for PrivateKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A public key: a point that's on its curve.
#[derive(Clone)]
pub struct PublicKey<C: Curve> {
    point: C::Point,
}

impl<C: Curve> PublicKey<C> {
    /// Reads a point: SEC 1's uncompressed (04 ‖ x ‖ y) or compressed form (02 or 03 ‖ x); for X25519 32 bytes.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::Malformed`] for what has another
    /// form; [`Error::InvalidKey`], with the reason, for what isn't a point of the curve, and
    /// for the point at infinity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        C::point_from_bytes(bytes).map(|point| Self { point })
    }

    /// The point, uncompressed; for X25519 32 bytes, as they were read.
    pub fn to_bytes(&self) -> Bytes {
        C::point_to_bytes(&self.point)
    }
}

#[allow(private_bounds, reason = "the NIST curves")]
impl<C: Curve + Agreement<Point = Affine<C>> + Weierstrass> PublicKey<C> {
    /// The point, compressed: 02 or 03 ‖ x.
    pub fn to_compressed_bytes(&self) -> Bytes {
        self.point.to_sec1_compressed()
    }
}

impl<C: Curve> PartialEq for PublicKey<C> {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl<C: Curve> Eq for PublicKey<C> {}

impl<C: Curve> Hash for PublicKey<C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bytes().as_slice().hash(state);
    }
}

/// The curve and the point, in hexadecimal.
impl<C: Curve> fmt::Debug for PublicKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", C::NAME)?;
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What two sides agreed on: a coordinate of a point, as long as the curve's field. Wiped when dropped.
///
/// Its bits aren't uniform: a key is made of it by [`SharedSecret::hkdf`].
#[derive(Clone)]
pub struct SharedSecret(Zeroizing<Bytes>);

impl SharedSecret {
    /// The bytes, for protocols with a key derivation of their own.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Fills `out` with a key for `info`, by HKDF with the hash `D`.
    ///
    /// # Errors
    /// [`Error::OutputTooLong`] for more than 255 hashes.
    ///
    /// Source: RFC 5869.
    pub fn hkdf<D: Digest + BlockSizeUser + Clone>(
        &self,
        salt: &[u8],
        info: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        Hkdf::<D>::new(salt, self.as_bytes()).expand(info, out)
    }
}

/// Shows no secret.
impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(..)")
    }
}
