//! The public key (n, e), and x ↦ xᵉ mod n.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use digest::Digest;
use rand_core::TryCryptoRng;

use super::scheme::SignatureScheme;
use super::{MIN_BITS, Oaep, Pss, PssBinding, check_exponent, check_size};
use crate::bignum::{Modulus, Nat, PublicNat, be_bytes, choice, from_be_bytes, scratch};
use crate::hash::Sha256;
use crate::kernel::limbs;
use crate::kernel::montgomery::{Engine, Operation};
use crate::kernel::secret::declassify;
use crate::{Error, Result, prime};

/// An RSA public key: encrypts, and verifies signatures.
///
/// All of it is public, and so is everything it computes but the message that it encrypts.
#[derive(Clone)]
pub struct PublicKey {
    n: PublicNat,
    e: u64,
    modulus: Modulus,
    binding: Option<PssBinding>,
}

impl PublicKey {
    /// A key from its modulus, in big-endian bytes (leading zeros are passed over), and its exponent.
    ///
    /// # Errors
    /// [`Error::Size`] unless the modulus has 2048 to 16,384 bits, [`Error::PublicExponent`] unless e is
    /// odd and 3 ≤ e < 2^33, [`Error::InvalidKey`] if the modulus is even. That it's a product of two
    /// primes isn't checked: whoever made it vouches for that.
    pub fn new(modulus: &[u8], exponent: u64) -> Result<Self> {
        Self::with_min_bits(modulus, exponent, MIN_BITS)
    }

    pub(crate) fn with_min_bits(modulus: &[u8], exponent: u64, min: usize) -> Result<Self> {
        let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
        let significant = &modulus[zeros..];
        let top = significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
        check_size(significant.len().saturating_mul(8) - top, min)?;
        // A public key is public.
        Self::from_public(Nat::from_be_bytes(significant)?.declassify(), exponent, min)
    }

    pub(super) fn from_public(n: PublicNat, e: u64, min: usize) -> Result<Self> {
        check_size(n.bits(), min)?;
        check_exponent(e)?;
        let modulus = Modulus::public(&n).map_err(|_| Error::InvalidKey("the modulus is even, or 1"))?;
        Ok(Self { n, e, modulus, binding: None })
    }

    /// The size of the modulus, in bits: the size of the key.
    pub fn modulus_bits(&self) -> usize {
        self.n.bits()
    }

    /// n, in big-endian bytes without leading zeros.
    pub fn modulus(&self) -> Vec<u8> {
        self.n.to_be_bytes()
    }

    /// e.
    pub fn exponent(&self) -> u64 {
        self.e
    }

    /// The length of the modulus in bytes, which ciphertexts and signatures have: k of RFC 8017.
    pub fn size(&self) -> usize {
        self.modulus_bits().div_ceil(8)
    }

    /// Checks what a modulus from elsewhere is worth checking for: it isn't prime, and has no factor below
    /// 2^16.
    ///
    /// A key that passes can still be a bad one. (SP 800-89, section 5.3.3, calls this partial validation.)
    ///
    /// # Errors
    /// [`Error::InvalidKey`], naming the check.
    pub fn validate(&self) -> Result<()> {
        if prime::has_small_factor_vartime(&self.n) {
            return Err(Error::InvalidKey("the modulus has a small factor"));
        }
        if prime::is_probable_prime(&self.n) {
            return Err(Error::InvalidKey("the modulus is prime"));
        }
        Ok(())
    }

    /// Encrypts a message of up to k − 66 bytes (190 for a key of 2048 bits) by OAEP with SHA-256 and an
    /// empty label.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`], with the limit; [`Error::Random`] if the operating system's generator
    /// fails.
    #[cfg(feature = "getrandom")]
    pub fn encrypt(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.encrypt_with(&Oaep::<Sha256>::new(), message)
    }

    /// Encrypts a message by OAEP with hashes and a label of the caller's.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`], with the limit; [`Error::KeyTooSmall`] if the hash leaves no room;
    /// [`Error::Scheme`] if the key is bound to PSS; [`Error::Random`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt_with<D: Digest, M: Digest>(&self, oaep: &Oaep<D, M>, message: &[u8]) -> Result<Vec<u8>> {
        self.encrypt_with_rng(&mut getrandom::SysRng, oaep, message)
    }

    /// Like `encrypt_with`, with a generator of the caller's, from which the seed is drawn.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`], with the limit; [`Error::KeyTooSmall`] if the hash leaves no room;
    /// [`Error::Scheme`] if the key is bound to PSS; [`Error::Random`] if the generator fails.
    pub fn encrypt_with_rng<D: Digest, M: Digest, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        oaep: &Oaep<D, M>,
        message: &[u8],
    ) -> Result<Vec<u8>> {
        self.check_encrypts()?;
        let encoded = oaep.encode(message, self.size(), rng)?;
        self.apply_to_bytes(&encoded)
    }

    /// Verifies a signature made by [`super::PrivateKey::sign`]: PSS with SHA-256 and a salt of 32 bytes.
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't this key's signature of this message; [`Error::Length`] if it has
    /// another length than the modulus.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.verify_with(&Pss::<Sha256>::new(), message, signature)
    }

    /// Verifies a signature of a message by a scheme: [`Pss`] or [`super::Pkcs1v15`].
    ///
    /// # Errors
    /// [`Error::Signature`] if it isn't this key's signature of this message; [`Error::Length`] if it has
    /// another length than the modulus; [`Error::KeyTooSmall`] if no signature of that scheme can
    /// be of that key; [`Error::Scheme`] if the key is bound to something else.
    pub fn verify_with<S: SignatureScheme>(
        &self,
        scheme: &S,
        message: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        self.verify_prehash(scheme, &scheme.hash(message), signature)
    }

    /// Verifies a signature of a message of which the hash is given: the scheme's hash.
    ///
    /// # Errors
    /// As for [`PublicKey::verify_with`], and [`Error::Length`] if the hash has another length than the
    /// scheme's.
    pub fn verify_prehash<S: SignatureScheme>(
        &self,
        scheme: &S,
        hash: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        super::scheme::check_hash(scheme, hash)?;
        self.binding.map_or(Ok(()), |binding| binding.check_verifies(scheme.pss()))?;
        let encoded =
            self.apply_to_bytes(signature).map_err(|error| error.if_not_reduced(Error::Signature))?;
        let min_salt_len = self.binding.map_or(0, PssBinding::min_salt_len);
        scheme.verify_encoded(hash, &encoded, self.modulus_bits(), min_salt_len)
    }

    /// The same key for PSS alone: what a file says by the name id-RSASSA-PSS, with or without parameters.
    ///
    /// The key refuses encryption and other signatures from then on. Keys that differ in what they're bound
    /// to aren't equal.
    ///
    /// ```
    /// use oneway::hash::{Sha256, Sha512};
    /// use oneway::rsa::{Pss, PssBinding, PssHash, PssParams, PublicKey};
    ///
    /// let hash = PssHash::Sha512;
    /// let params = PssParams { hash, mgf_hash: hash, min_salt_len: 64 };
    /// let key = PublicKey::new(&[0xff; 256], 65_537)?.bound_to_pss(PssBinding::Params(params))?;
    /// let refused = key.verify_with(&Pss::<Sha256>::new(), b"message", &[0; 256]);
    /// assert!(refused.unwrap_err().to_string().contains("bound to RSASSA-PSS"));
    /// # Ok::<(), oneway::Error>(())
    /// ```
    ///
    /// A key that's bound already can be bound more strictly: see [`PssBinding`].
    ///
    /// # Errors
    /// [`Error::KeyTooSmall`] if no signature with these parameters fits the key; [`Error::Scheme`] if it's bound
    /// already, and would do something then that it doesn't do now.
    pub fn bound_to_pss(self, binding: PssBinding) -> Result<Self> {
        binding.check_size(self.modulus_bits())?;
        self.binding.map_or(Ok(()), |older| binding.check_tightens(older))?;
        Ok(Self { binding: Some(binding), ..self })
    }

    /// What the key is bound to, if it's for PSS alone.
    pub fn pss_binding(&self) -> Option<PssBinding> {
        self.binding
    }

    /// Checks that the private key isn't bound to something else than this scheme.
    pub(super) fn check_signs<S: SignatureScheme>(&self, scheme: &S) -> Result<()> {
        self.binding.map_or(Ok(()), |binding| binding.check_signs(scheme.pss()))
    }

    /// Checks that the key isn't for signatures alone.
    pub(super) fn check_encrypts(&self) -> Result<()> {
        self.binding.map_or(Ok(()), |_| Err(Error::Scheme("encryption isn't for it")))
    }

    /// xᵉ mod n for x < n, as k bytes.
    ///
    /// # Errors
    /// [`Error::Length`] unless x has k bytes, [`Error::NotReduced`] unless x < n.
    pub(crate) fn apply_to_bytes(&self, x: &[u8]) -> Result<Vec<u8>> {
        let (n, operation) = (self.modulus.width(), Operation::PlainPowVartime(self.e));
        let mut arena = scratch(2 * n + self.modulus.room_for(operation));
        let (limbs, rest) = arena.split_at_mut(n);
        let (power, room) = rest.split_at_mut(n);
        self.read(limbs, x)?;
        self.modulus.run(power, limbs, operation, room);
        let mut bytes = vec![0; self.size()];
        be_bytes(&mut bytes, power);
        Ok(bytes)
    }

    /// The limbs of a number of k bytes below n.
    pub(super) fn read(&self, limbs: &mut [u64], x: &[u8]) -> Result<()> {
        if x.len() != self.size() {
            return Err(Error::Length { len: x.len(), expected: self.size() });
        }
        from_be_bytes(limbs, x);
        // Ciphertexts and signatures are public; a message that is being encrypted starts with a zero byte,
        // so that it's always below n.
        let below = limbs::less_than(limbs, self.modulus.limbs());
        if declassify(choice(below)) { Ok(()) } else { Err(Error::NotReduced) }
    }

    /// xᵉ mod n for an x as wide as n; x may be secret.
    pub(super) fn apply(&self, x: &Nat) -> Nat {
        let operation = Operation::PlainPowVartime(self.e);
        let mut z = Nat::zero(x.width());
        let mut room = scratch(self.modulus.room_for(operation));
        self.modulus.run(z.as_limbs_mut(), x.as_limbs(), operation, &mut room);
        z
    }

    /// The same key on another engine.
    pub(crate) fn with_engine(&self, engine: Engine) -> Self {
        Self { modulus: self.modulus.on_engine(engine), ..self.clone() }
    }

    pub(super) fn ring(&self) -> &Modulus {
        &self.modulus
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.e == other.e && self.n == other.n && self.binding == other.binding
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.n.hash(state);
        self.e.hash(state);
        self.binding.hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits, n = {:#x}, e = {}", self.modulus_bits(), self.n, self.e)?;
        self.binding.map_or(Ok(()), |binding| write!(f, ", for PSS alone: {binding:?}"))?;
        f.write_str(")")
    }
}
