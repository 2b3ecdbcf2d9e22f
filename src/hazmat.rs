//! The sharp tools, re-exported on purpose.
//!
//! What's in here is right, and as constant-time as the rest, and still easy to hurt oneself with: the bare
//! function without padding, keys too small for the open road, encryption that only history asks for.

/// The bare trap door, small keys, and PKCS#1 v1.5 encryption.
#[cfg(feature = "alloc")]
pub mod rsa {
    use alloc::vec::Vec;

    use rand_core::TryCryptoRng;
    use zeroize::Zeroizing;

    #[allow(unused_imports, reason = "links of the documentation")]
    use crate::Error;
    use crate::Result;
    use crate::kernel::engine::Engine;
    use crate::prime::Progress;
    use crate::rsa::{self, PrivateKey, PublicKey};

    /// xᵉ mod n, without padding: x is k big-endian bytes of a number below n, and so is the result.
    ///
    /// ```
    /// use oneway::hazmat::rsa::{private_op, public_op, small_private_key};
    ///
    /// let key = small_private_key(&[61], &[53], 17)?;                // n = 3233
    /// let y = public_op(key.public_key(), &[0, 65])?;               // 65^17 mod 3233 = 2790
    /// assert_eq!(y, 2790u16.to_be_bytes());
    /// assert_eq!(private_op(&key, &y)?.as_slice(), [0, 65]);
    /// # Ok::<(), oneway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Length`] unless `x` has as many bytes as the modulus, [`Error::NotReduced`] unless it's
    /// below it.
    pub fn public_op(public: &PublicKey, x: &[u8]) -> Result<Vec<u8>> {
        public.apply_to_bytes(x)
    }

    /// yᵈ mod n, without padding, the inverse of [`public_op`]: blinded and checked like every private
    /// operation.
    ///
    /// # Errors
    /// [`Error::Length`] unless `y` has as many bytes as the modulus, [`Error::NotReduced`] unless it's
    /// below it; [`Error::Fault`]; [`Error::Random`].
    pub fn private_op(private: &PrivateKey, y: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        private.apply_to_bytes(&mut private.default_rng(y), y)
    }

    /// Like [`private_op`], with a generator of the caller's for blinding.
    ///
    /// # Errors
    /// As for [`private_op`].
    pub fn private_op_rng<R: TryCryptoRng + ?Sized>(
        private: &PrivateKey,
        rng: &mut R,
        y: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        private.apply_to_bytes(rng, y)
    }

    /// A public key of any size up to 16,384 bits; otherwise like [`PublicKey::new`].
    ///
    /// # Errors
    /// As for [`PublicKey::new`].
    pub fn small_public_key(modulus: &[u8], exponent: u64) -> Result<PublicKey> {
        PublicKey::with_min_bits(modulus, exponent, 0)
    }

    /// A private key of any size up to 16,384 bits; otherwise like [`PrivateKey::from_primes`].
    ///
    /// # Errors
    /// As for [`PrivateKey::from_primes`].
    pub fn small_private_key(p: &[u8], q: &[u8], e: u64) -> Result<PrivateKey> {
        PrivateKey::from_primes_with_min_bits(p, q, e, 0)
    }

    /// A private key of any size up to 16,384 bits from n, e and d; otherwise like
    /// [`PrivateKey::from_components`].
    ///
    /// # Errors
    /// As for [`PrivateKey::from_components`].
    pub fn small_private_key_from_components(n: &[u8], e: u64, d: &[u8]) -> Result<PrivateKey> {
        PrivateKey::from_components_with_min_bits(n, e, d, 0)
    }

    /// A new key of any even size from 64 to 16,384 bits; otherwise like
    /// [`PrivateKey::generate_with_progress`].
    ///
    /// # Errors
    /// [`Error::Size`] for other sizes, [`Error::Random`] if the generator fails or repeats itself.
    pub fn generate_small<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
        bits: usize,
        progress: impl FnMut(Progress),
    ) -> Result<PrivateKey> {
        PrivateKey::generate_on(rng, bits, Engine::best(), progress)
    }

    /// Encrypts a message of up to k − 11 bytes with the padding of PKCS#1 v1.5.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`], with the limit; [`Error::Scheme`] if the key is bound to PSS;
    /// [`Error::Random`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt_pkcs1v15(public: &PublicKey, message: &[u8]) -> Result<Vec<u8>> {
        encrypt_pkcs1v15_rng(public, &mut getrandom::SysRng, message)
    }

    /// Like `encrypt_pkcs1v15`, with a generator of the caller's.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`], with the limit; [`Error::Scheme`] if the key is bound to PSS;
    /// [`Error::Random`] if the generator fails.
    pub fn encrypt_pkcs1v15_rng<R: TryCryptoRng + ?Sized>(
        public: &PublicKey,
        rng: &mut R,
        message: &[u8],
    ) -> Result<Vec<u8>> {
        rsa::encrypt_pkcs1v15(public, rng, message)
    }

    /// Decrypts what `encrypt_pkcs1v15` encrypted, for a protocol that knows the message's length: **a
    /// ciphertext with wrong padding, or with a message of another length, gives `expected_len`
    /// pseudo-random bytes** instead of an error, always the same ones, in the same time (implicit
    /// rejection, draft-irtf-cfrg-rsa-guidance).
    ///
    /// # Errors
    /// For public reasons alone: [`Error::Length`] and [`Error::NotReduced`] for what can't be a ciphertext
    /// of this key, [`Error::MessageTooLong`] if no message of this key can have `expected_len` bytes,
    /// [`Error::Scheme`] if the key is bound to PSS; [`Error::Fault`]; [`Error::Random`].
    pub fn decrypt_pkcs1v15(
        private: &PrivateKey,
        ciphertext: &[u8],
        expected_len: usize,
    ) -> Result<Zeroizing<Vec<u8>>> {
        decrypt_pkcs1v15_rng(private, &mut private.default_rng(ciphertext), ciphertext, expected_len)
    }

    /// Like [`decrypt_pkcs1v15`], with a generator of the caller's for blinding.
    ///
    /// # Errors
    /// As for [`decrypt_pkcs1v15`].
    pub fn decrypt_pkcs1v15_rng<R: TryCryptoRng + ?Sized>(
        private: &PrivateKey,
        rng: &mut R,
        ciphertext: &[u8],
        expected_len: usize,
    ) -> Result<Zeroizing<Vec<u8>>> {
        rsa::decrypt_pkcs1v15(private, rng, ciphertext, expected_len)
    }
}

/// The code that computes products, to be named by tests and benchmarks instead of chosen: here for keys, and for
/// a modulus by `bignum::Modulus::with_engine`. What comes out is the same on all.
#[doc(hidden)]
pub mod engine {
    pub use crate::kernel::engine::Engine;
    use crate::{ecdh, ecdsa, ed25519};

    /// The same private key on another engine.
    #[cfg(feature = "alloc")]
    pub fn private_key(key: &crate::rsa::PrivateKey, engine: Engine) -> crate::rsa::PrivateKey {
        key.with_engine(engine)
    }

    /// The same public key on another engine.
    #[cfg(feature = "alloc")]
    pub fn public_key(key: &crate::rsa::PublicKey, engine: Engine) -> crate::rsa::PublicKey {
        key.with_engine(engine)
    }

    /// A new private key of any even size from 64 to 16,384 bits, generated on an engine and there to stay.
    ///
    /// # Errors
    /// [`crate::Error::Size`] for other sizes, [`crate::Error::Random`] if the generator fails or repeats itself.
    #[cfg(feature = "alloc")]
    pub fn generate_key<R: rand_core::TryCryptoRng + ?Sized>(
        rng: &mut R,
        bits: usize,
        engine: Engine,
    ) -> crate::Result<crate::rsa::PrivateKey> {
        crate::rsa::PrivateKey::generate_on(rng, bits, engine, |_| ())
    }

    /// The same private key for key agreement on another engine, which computes its public key anew.
    pub fn agreement_key<C: ecdh::Curve>(key: &ecdh::PrivateKey<C>, engine: Engine) -> ecdh::PrivateKey<C> {
        key.with_engine(engine)
    }

    /// The same private key for ECDSA on another engine, which computes its public key anew.
    pub fn signing_key<C: ecdsa::Curve>(key: &ecdsa::SigningKey<C>, engine: Engine) -> ecdsa::SigningKey<C> {
        key.with_engine(engine)
    }

    /// The same public key for ECDSA on another engine.
    pub fn verifying_key<C: ecdsa::Curve>(
        key: &ecdsa::VerifyingKey<C>,
        engine: Engine,
    ) -> ecdsa::VerifyingKey<C> {
        key.with_engine(engine)
    }

    /// The same private key for Ed25519 on another engine.
    pub fn ed25519_signing_key(key: &ed25519::SigningKey, engine: Engine) -> ed25519::SigningKey {
        key.with_engine(engine)
    }

    /// The same public key for Ed25519 on another engine, also for the batch whose first key it is.
    pub fn ed25519_verifying_key(key: &ed25519::VerifyingKey, engine: Engine) -> ed25519::VerifyingKey {
        key.with_engine(engine)
    }
}

/// Bare arithmetic on the NIST curves and in their fields, on bytes: for tests and benchmarks.
#[doc(hidden)]
pub mod curve {
    use super::engine::Engine;
    use crate::curve::weierstrass::{self, Affine, Secret, Weierstrass};
    use crate::ecdsa::Curve;
    use crate::field::Field;
    use crate::{Bytes, Error, Result};

    /// k·P for 1 ≤ k < n, as an uncompressed point.
    ///
    /// # Errors
    /// As for [`crate::ecdh::PrivateKey::from_bytes`] and [`crate::ecdh::PublicKey::from_bytes`].
    pub fn multiply<C: Curve>(engine: Engine, k: &[u8], point: &[u8]) -> Result<Bytes> {
        let (k, point) = (Secret::<C>::from_bytes(k)?, Affine::<C>::from_sec1(point)?);
        Ok(weierstrass::mul(engine, k.scalar(), &point).to_sec1())
    }

    /// k·G for 1 ≤ k < n, as an uncompressed point.
    ///
    /// # Errors
    /// As for [`crate::ecdh::PrivateKey::from_bytes`].
    pub fn multiply_base<C: Curve>(engine: Engine, k: &[u8]) -> Result<Bytes> {
        Ok(weierstrass::mul_base::<C>(engine, Secret::<C>::from_bytes(k)?.scalar()).to_sec1())
    }

    /// a·G + b·P for a, b < n, uncompressed, or one zero for infinity.
    ///
    /// # Errors
    /// [`Error::NotReduced`] unless a, b < n; as for [`crate::ecdh::PublicKey::from_bytes`].
    pub fn multiply_two_vartime<C: Curve>(engine: Engine, a: &[u8], b: &[u8], point: &[u8]) -> Result<Bytes> {
        let scalar = |bytes| Option::from(C::Scalar::from_be_bytes(bytes)).ok_or(Error::NotReduced);
        let sum =
            weierstrass::mul_two_vartime(engine, &scalar(a)?, &scalar(b)?, &Affine::<C>::from_sec1(point)?);
        Ok(sum.to_affine_vartime().map_or(Bytes::zeros(1), Affine::to_sec1))
    }

    /// An element of a curve's field.
    #[derive(Clone, Copy, Debug)]
    pub struct Coordinate<C: Curve>(C::Field);

    /// A number modulo a curve's order.
    #[derive(Clone, Copy, Debug)]
    pub struct Scalar<C: Curve>(C::Scalar);

    macro_rules! element {
        ($name:ident, $field:ident) => {
            impl<C: Curve> $name<C> {
                /// The element of a number below the modulus; none of another one.
                pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                    Option::from(<C as Weierstrass>::$field::from_be_bytes(bytes)).map(Self)
                }

                /// The number, big-endian.
                pub fn to_bytes(&self) -> Bytes {
                    let mut bytes = Bytes::zeros(<C as Weierstrass>::$field::BYTES);
                    self.0.to_be_bytes(bytes.as_mut_slice());
                    bytes
                }

                /// x + y.
                pub fn add(&self, y: &Self) -> Self {
                    Self(self.0.add(&y.0))
                }

                /// x − y.
                pub fn sub(&self, y: &Self) -> Self {
                    Self(self.0.sub(&y.0))
                }

                /// x · y.
                pub fn mul(&self, y: &Self) -> Self {
                    Self(self.0.mul(&y.0))
                }

                /// x².
                pub fn square(&self) -> Self {
                    Self(self.0.square())
                }

                /// x⁻¹, and 0 for 0.
                pub fn invert(&self) -> Self {
                    Self(self.0.invert())
                }
            }
        };
    }
    element!(Coordinate, Field);
    element!(Scalar, Scalar);

    impl<C: Curve> Coordinate<C> {
        /// A square root, if there's one.
        pub fn sqrt(&self) -> Option<Self> {
            Option::from(self.0.sqrt()).map(Self)
        }
    }
}
