//! The private key, and the trap door: y ↦ yᵈ mod n by way of p and q.
//!
//! Secret are p, q, d and all that follows from them; public are n, e, and the number of limbs of p and of
//! q. Loading a key is as constant-time as using it: inverses and divisions are those of [`crate::bignum`].
//! Each check of loading ends in one bit that is made public, since the key is discarded when it fails.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use digest::Digest;
use rand_core::TryCryptoRng;
use subtle::{ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::blinding::Blinding;
#[cfg(not(feature = "getrandom"))]
use super::blinding::DerivedRng;
use super::scheme::SignatureScheme;
use super::{MAX_BITS, MIN_BITS, Oaep, PssBinding, PublicKey, check_exponent, fault, recover, size_error};
use crate::bignum::{Modulus, Nat, be_bytes, choice, from_be_bytes, plain_powers, scratch};
use crate::hash::Sha256;
use crate::kernel::limbs;
use crate::kernel::montgomery::{Engine, Operation};
use crate::kernel::secret::declassify;
use crate::kernel::word::mask;
use crate::prime::is_prime_with_bases;
use crate::{Error, Result};

/// An RSA private key: decrypts and signs.
///
/// Wiped from memory when dropped. `Debug` shows the public part alone.
pub struct PrivateKey {
    public: PublicKey,
    d: Nat,
    p: Half,
    q: Half,
    /// q⁻¹ mod p, in Montgomery form.
    qinv: Nat,
    blinding: Blinding,
}

/// The numbers by which private operations are computed, next to p and q: RFC 8017, section 3.2.
///
/// From [`PrivateKey::crt_components`], big-endian, each as long as its prime in [`PrivateKey::primes`].
/// Wiped from memory when dropped.
#[derive(Clone)]
pub struct CrtComponents {
    /// d mod (p − 1).
    pub dp: Zeroizing<Vec<u8>>,
    /// d mod (q − 1).
    pub dq: Zeroizing<Vec<u8>>,
    /// q⁻¹ mod p.
    pub qinv: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for CrtComponents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrtComponents").finish_non_exhaustive()
    }
}

/// All numbers of an `RSAPrivateKey` (RFC 8017, appendix A.1.2), as a file has them: big-endian, not
/// checked.
#[cfg(feature = "pem")]
pub(crate) struct Numbers<'a> {
    pub(crate) n: &'a [u8],
    pub(crate) e: u64,
    pub(crate) d: &'a [u8],
    pub(crate) p: &'a [u8],
    pub(crate) q: &'a [u8],
    pub(crate) dp: &'a [u8],
    pub(crate) dq: &'a [u8],
    pub(crate) qinv: &'a [u8],
}

/// One of the two primes, and d modulo it less one.
#[derive(Clone)]
struct Half {
    modulus: Modulus,
    exponent: Nat,
}

impl PrivateKey {
    /// A key from its primes, in big-endian bytes, and its public exponent. How many leading zero bytes the
    /// primes have is public.
    ///
    /// # Errors
    /// [`Error::PublicExponent`]; [`Error::Size`] unless p · q has 2048 to 16,384 bits;
    /// [`Error::InvalidKey`] if p or q is even or 1, p = q, e and p − 1 or q − 1 have a common divisor, p or
    /// q has less than a quarter of the modulus' bits, or a trial of the key fails. Whether p and q are prime
    /// is checked by [`PrivateKey::validate`], which takes longer.
    pub fn from_primes(p: &[u8], q: &[u8], e: u64) -> Result<Self> {
        Self::from_primes_with_min_bits(p, q, e, MIN_BITS)
    }

    pub(crate) fn from_primes_with_min_bits(p: &[u8], q: &[u8], e: u64, min: usize) -> Result<Self> {
        let (p, q) = (without_leading_zeros(p), without_leading_zeros(q));
        // Hostile sizes end here, before any work.
        let len = p.len().saturating_add(q.len());
        if len > MAX_BITS / 8 + 2 {
            return Err(size_error(len.saturating_mul(8), min));
        }
        Self::from_prime_numbers(&Nat::from_be_bytes(p)?, &Nat::from_be_bytes(q)?, e, min)
    }

    pub(super) fn from_prime_numbers(p: &Nat, q: &Nat, e: u64, min: usize) -> Result<Self> {
        check_exponent(e)?;
        // The outcome of each check of a key is public, here and below: one that fails a check is discarded.
        let (one, exponent) = (Nat::from(1), Nat::from(e));
        for x in [p, q] {
            if !declassify(x.is_odd() & x.ct_gt(&one)) {
                return Err(Error::InvalidKey("p or q is even, or 1"));
            }
        }
        let (p1, q1) = (p.minus_word(1), q.minus_word(1));
        let (lambda, _) = p1.mul(&q1).div_rem_nonzero(&p1.gcd(&q1));
        // e has an inverse modulo the least common multiple exactly if it has one modulo p − 1 and one
        // modulo q − 1.
        let (d, exists) = exponent.invert_mod_parts(&lambda);
        if !declassify(exists) {
            return Err(Error::InvalidKey("e has a common divisor with p - 1 or q - 1"));
        }
        Self::assemble(p, q, e, d, min)
    }

    /// A key from its modulus, public exponent and private exponent, in big-endian bytes: the primes are
    /// recovered (SP 800-56B rev. 2, appendix C.2).
    ///
    /// d may be an inverse of e modulo λ(n) or modulo (p − 1)(q − 1); it's kept as given.
    ///
    /// # Errors
    /// [`Error::PublicExponent`], [`Error::Size`]; [`Error::InvalidKey`] if n is even, d isn't below n, or
    /// the three don't belong together (n is prime, d is wrong).
    pub fn from_components(n: &[u8], e: u64, d: &[u8]) -> Result<Self> {
        Self::from_components_with_min_bits(n, e, d, MIN_BITS)
    }

    pub(crate) fn from_components_with_min_bits(n: &[u8], e: u64, d: &[u8], min: usize) -> Result<Self> {
        let public = PublicKey::with_min_bits(n, e, min)?;
        let n = public.ring().to_nat();
        let d = without_leading_zeros(d);
        let in_range = |d: &Nat| !d.is_zero() & d.ct_lt(&n);
        let d = if d.len() <= public.size() { Nat::from_be_bytes(d)?.widened(n.width()) } else { n.clone() };
        // A check, as in `from_prime_numbers`.
        if !declassify(in_range(&d)) {
            return Err(Error::InvalidKey("d is zero or not below n"));
        }
        let d = d.truncated(n.width());
        let (p, q) = recover::factors(&n, e, &d)?;
        Self::assemble(&p, &q, e, d, min)
    }

    /// A key from all of its numbers, each of which is checked against what the others make of it.
    ///
    /// How many leading zero bytes p, q and d have is public, and so is each check's outcome: a key that
    /// fails one is discarded.
    ///
    /// # Errors
    /// [`Error::PublicExponent`], [`Error::Size`]; [`Error::InvalidKey`], naming the check.
    #[cfg(feature = "pem")]
    pub(crate) fn from_numbers(numbers: &Numbers<'_>) -> Result<Self> {
        let wide = |x: &[u8]| Nat::from_be_bytes(without_leading_zeros(x));
        let n = without_leading_zeros(numbers.n);
        if n.len() > MAX_BITS / 8 {
            return Err(size_error(n.len().saturating_mul(8), MIN_BITS));
        }
        // n is what the public key shows.
        let public = PublicKey::from_public(Nat::from_be_bytes(n)?.declassify(), numbers.e, MIN_BITS)?;
        let n = public.ring().to_nat();
        let (p, q, d) = (wide(numbers.p)?, wide(numbers.q)?, wide(numbers.d)?);
        if !declassify(p.mul(&q).ct_eq(&n)) {
            return Err(Error::InvalidKey("p * q is not n"));
        }
        if !declassify(!d.is_zero() & d.ct_lt(&n)) {
            return Err(Error::InvalidKey("d is zero or not below n"));
        }
        let d = d.widened(n.width()).truncated(n.width());
        let key = Self::assemble(&p, &q, numbers.e, d, MIN_BITS)?;
        for (given, computed, check) in [
            (numbers.dp, &key.p.exponent, "dp is not d mod (p - 1)"),
            (numbers.dq, &key.q.exponent, "dq is not d mod (q - 1)"),
            (numbers.qinv, &key.plain_qinv(), "qinv is not the inverse of q modulo p"),
        ] {
            if !declassify(Nat::from_be_bytes(given)?.ct_eq(computed)) {
                return Err(Error::InvalidKey(check));
            }
        }
        Ok(key)
    }

    /// Everything else from p, q, e and d, which may be wrong: each check's outcome is public.
    fn assemble(p: &Nat, q: &Nat, e: u64, d: Nat, min: usize) -> Result<Self> {
        if declassify(p.ct_eq(q)) {
            return Err(Error::InvalidKey("p and q are equal"));
        }
        // n is what the public key shows.
        let public = PublicKey::from_public(p.mul(q).declassify(), e, min)?;
        let half = |prime: &Nat| -> Result<Half> {
            let modulus = Modulus::new(prime).map_err(|_| Error::InvalidKey("p or q is even, or 1"))?;
            let order = prime.minus_word(1);
            let exponent = d.rem_nonzero(&order);
            let product = exponent.mul(&Nat::from(e)).rem_nonzero(&order);
            if declassify(product.ct_eq(&Nat::from(1).rem_nonzero(&order))) {
                Ok(Half { modulus, exponent })
            } else {
                Err(Error::InvalidKey("e * d is not 1 modulo p - 1 and q - 1"))
            }
        };
        // A prime of less than a quarter of n's bits is found by elliptic curves, whatever the other one is.
        let quarter = Nat::from(public.modulus_bits() as u64 / 4);
        let long = |x: &Nat| !Nat::from(x.bit_length()).ct_lt(&quarter);
        if min > 0 && !declassify(long(p) & long(q)) {
            return Err(Error::InvalidKey("p or q has less than a quarter of the modulus' bits"));
        }
        let (p, q) = (half(p)?, half(q)?);
        let (qinv, exists) = p.modulus.residue(&q.modulus.to_nat()).invert_parts();
        if !declassify(exists) {
            return Err(Error::InvalidKey("p and q have a common divisor"));
        }
        let qinv = Nat::from_limbs(&qinv.into_montgomery());
        let key = Self { public, d, qinv, p, q, blinding: Blinding::default() };
        key.trial()?;
        Ok(key)
    }

    /// One round trip: the trap door undoes the function on a number that follows from n.
    ///
    /// This finds mistakes, and most composite "primes"; which key fails is public. It isn't blinded: nobody chooses the
    /// number.
    fn trial(&self) -> Result<()> {
        let hash = Sha256::digest(self.public.modulus());
        let x = self.public.ring().residue(&Nat::from_be_bytes(&hash)?).to_nat();
        let mut y = Nat::zero(x.width());
        self.by_crt(y.as_limbs_mut(), x.as_limbs(), &mut scratch(self.room()));
        if declassify(self.public.apply(&y).ct_eq(&x)) {
            Ok(())
        } else {
            Err(Error::InvalidKey("the private operation doesn't undo the public one: p or q isn't prime"))
        }
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// p and q, in big-endian bytes: half as many as the modulus has, or, where one of them is longer,
    /// eight for each of its limbs.
    pub fn primes(&self) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        let half = self.public.size().div_ceil(2);
        let bytes = |prime: &Half| {
            let (short, fits) = prime.modulus.to_nat().low_be_bytes(half);
            // That a key has primes of unequal length shows in its files.
            if declassify(fits) { short } else { prime.modulus.to_be_bytes() }
        };
        (bytes(&self.p), bytes(&self.q))
    }

    pub(super) fn exponent(&self) -> &Nat {
        &self.d
    }

    /// d mod (p − 1), d mod (q − 1) and q⁻¹ mod p, in big-endian bytes, as many as [`PrivateKey::primes`]
    /// has for the prime.
    ///
    /// ```
    /// let key = oneway::hazmat::rsa::small_private_key(&[61], &[53], 17)?;
    /// let crt = key.crt_components(); // d = 413 = 53 mod 60 = 49 mod 52; 53 · 38 = 1 mod 61
    /// assert_eq!((crt.dp[0], crt.dq[0], crt.qinv[0]), (53, 49, 38));
    /// # Ok::<(), oneway::Error>(())
    /// ```
    pub fn crt_components(&self) -> CrtComponents {
        let (p, q) = self.primes();
        CrtComponents {
            dp: low_bytes(&self.p.exponent, p.len()),
            dq: low_bytes(&self.q.exponent, q.len()),
            qinv: low_bytes(&self.plain_qinv(), p.len()),
        }
    }

    /// q⁻¹ mod p.
    fn plain_qinv(&self) -> Nat {
        let p = &self.p.modulus;
        let mut z = Nat::zero(p.width());
        let mut room = scratch(p.room_for(Operation::Leave));
        p.run(z.as_limbs_mut(), self.qinv.as_limbs(), Operation::Leave, &mut room);
        z
    }

    /// d, in as many big-endian bytes as the modulus has.
    pub fn private_exponent(&self) -> Zeroizing<Vec<u8>> {
        // d is below n: it fits.
        self.d.low_be_bytes(self.public.size()).0
    }

    /// Checks that p and q are prime, each by 64 Miller-Rabin tests, in addition to what loading checks.
    /// Takes milliseconds to seconds.
    ///
    /// Without the feature `getrandom` the bases are derived from the key.
    ///
    /// # Errors
    /// [`Error::InvalidKey`]; [`Error::Random`] if the operating system's generator fails.
    pub fn validate(&self) -> Result<()> {
        let rng = &mut self.default_rng(b"validate");
        for half in [&self.p, &self.q] {
            if !is_prime_with_bases(rng, &half.modulus.to_nat(), 64, half.modulus.engine())? {
                return Err(Error::InvalidKey("p or q isn't prime"));
            }
        }
        self.trial()
    }

    /// The same key for PSS alone, as [`PublicKey::bound_to_pss`].
    ///
    /// # Errors
    /// [`Error::KeyTooSmall`] if no signature with these parameters fits the key; [`Error::Scheme`] if it's bound
    /// already, and would do something then that it doesn't do now.
    pub fn bound_to_pss(self, binding: PssBinding) -> Result<Self> {
        Ok(Self { public: self.public.bound_to_pss(binding)?, ..self })
    }

    /// Decrypts what [`PublicKey::encrypt`] encrypted: OAEP with SHA-256 and an empty label.
    ///
    /// # Errors
    /// [`Error::Decryption`], whatever the reason; [`Error::Length`] if the ciphertext has another length
    /// than the modulus; [`Error::Fault`]; [`Error::Random`].
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.decrypt_with(&Oaep::<Sha256>::new(), ciphertext)
    }

    /// Decrypts by OAEP with hashes and a label of the caller's, which have to be the ones of encryption.
    ///
    /// # Errors
    /// [`Error::Decryption`], whatever the reason; [`Error::Length`] if the ciphertext has another length
    /// than the modulus; [`Error::KeyTooSmall`] if the hash leaves no room; [`Error::Scheme`] if the key is
    /// bound to PSS; [`Error::Fault`]; [`Error::Random`].
    pub fn decrypt_with<D: Digest, M: Digest>(
        &self,
        oaep: &Oaep<D, M>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.decrypt_with_rng(&mut self.default_rng(ciphertext), oaep, ciphertext)
    }

    /// Like [`PrivateKey::decrypt_with`], with a generator of the caller's for blinding.
    ///
    /// # Errors
    /// As for [`PrivateKey::decrypt_with`].
    pub fn decrypt_with_rng<D: Digest, M: Digest, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        oaep: &Oaep<D, M>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.public.check_encrypts()?;
        oaep.max_message(self.public.size())?;
        let encoded =
            self.apply_to_bytes(rng, ciphertext).map_err(|error| error.if_not_reduced(Error::Decryption))?;
        oaep.decode(&encoded)
    }

    /// Signs a message by PSS with SHA-256 and a random salt of 32 bytes.
    ///
    /// # Errors
    /// [`Error::Random`] if the operating system's generator fails; [`Error::Fault`].
    #[cfg(feature = "getrandom")]
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.sign_with(&super::Pss::<Sha256>::new(), message)
    }

    /// Signs a message by a scheme: [`super::Pss`] or [`super::Pkcs1v15`].
    ///
    /// # Errors
    /// [`Error::KeyTooSmall`] if hash and salt don't fit; [`Error::Scheme`] if the key is bound to something
    /// else; [`Error::Random`]; [`Error::Fault`].
    #[cfg(feature = "getrandom")]
    pub fn sign_with<S: SignatureScheme>(&self, scheme: &S, message: &[u8]) -> Result<Vec<u8>> {
        self.sign_with_rng(&mut getrandom::SysRng, scheme, message)
    }

    /// Like `sign_with`, with a generator of the caller's for salt and blinding.
    ///
    /// # Errors
    /// [`Error::KeyTooSmall`] if hash and salt don't fit; [`Error::Scheme`] if the key is bound to something
    /// else; [`Error::Random`] if the generator fails; [`Error::Fault`].
    pub fn sign_with_rng<S: SignatureScheme, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        scheme: &S,
        message: &[u8],
    ) -> Result<Vec<u8>> {
        self.sign_prehash_rng(rng, scheme, &scheme.hash(message))
    }

    /// Signs a message of which the hash is given: the scheme's hash, of a message too large to hold.
    ///
    /// # Errors
    /// As for `sign_with`, and [`Error::Length`] if the hash has another length than the scheme's.
    #[cfg(feature = "getrandom")]
    pub fn sign_prehash<S: SignatureScheme>(&self, scheme: &S, hash: &[u8]) -> Result<Vec<u8>> {
        self.sign_prehash_rng(&mut getrandom::SysRng, scheme, hash)
    }

    /// Like `sign_prehash`, with a generator of the caller's for salt and blinding.
    ///
    /// # Errors
    /// As for [`PrivateKey::sign_with_rng`], and [`Error::Length`] if the hash has another length than the
    /// scheme's.
    pub fn sign_prehash_rng<S: SignatureScheme, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        scheme: &S,
        hash: &[u8],
    ) -> Result<Vec<u8>> {
        super::scheme::check_hash(scheme, hash)?;
        self.public.check_signs(scheme)?;
        let encoded = scheme.encode(hash, self.public.modulus_bits(), rng)?;
        Ok(self.apply_to_bytes(rng, &encoded)?.to_vec())
    }

    /// yᵈ mod n for y < n, as k bytes: blinded, by p and q, checked.
    ///
    /// All numbers are in one piece of memory.
    pub(crate) fn apply_to_bytes<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        y: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let (ring, n) = (self.public.ring(), self.public.ring().width());
        let mut arena = scratch(5 * n + self.room());
        let (y_limbs, rest) = arena.split_at_mut(n);
        let (x, rest) = rest.split_at_mut(n);
        let (factor, rest) = rest.split_at_mut(n);
        let (inverse, rest) = rest.split_at_mut(n);
        let (blinded, room) = rest.split_at_mut(n);
        self.public.read(y_limbs, y)?;
        fault::point(y_limbs);
        self.blinding.pair(rng, &self.public, factor, inverse, room)?;
        // A plain number times one in Montgomery form is a plain number.
        ring.run(blinded, y_limbs, Operation::Mul(factor), room);
        fault::point(blinded);
        self.by_crt(factor, blinded, room);
        ring.run(x, factor, Operation::Mul(inverse), room);
        fault::point(x);
        let mut bytes = Zeroizing::new(vec![0; self.public.size()]);
        be_bytes(&mut bytes, x);
        // Whatever went wrong on the way shows here, between the bytes that came and those that leave. That it did is
        // public, as there's no result then.
        from_be_bytes(x, &bytes);
        ring.run(blinded, x, Operation::PlainPowVartime(self.public.exponent()), room);
        fault::point(blinded);
        from_be_bytes(y_limbs, y);
        if !declassify(choice(limbs::equal(blinded, y_limbs))) {
            self.blinding.forget();
            return Err(Error::Fault);
        }
        Ok(bytes)
    }

    /// The limbs of scratch for a private operation.
    fn room(&self) -> usize {
        let (n, p, q) = (self.public.ring(), &self.p.modulus, &self.q.modulus);
        let power = |half: &Half| half.modulus.room_for(Operation::PlainPow(half.exponent.as_limbs(), 0));
        let public = Operation::PlainPowVartime(self.public.exponent());
        3 * p.width() + 2 * q.width() + power(&self.p).max(power(&self.q)).max(n.room_for(public))
    }

    /// z = yᵈ mod n for y < n by Garner's formula (RFC 8017, section 5.1.2, step 2.b): without blinding,
    /// without check.
    fn by_crt(&self, z: &mut [u64], y: &[u64], room: &mut [u64]) {
        let (p, q) = (&self.p.modulus, &self.q.modulus);
        let (xp, rest) = room.split_at_mut(p.width());
        let (xq, rest) = rest.split_at_mut(q.width());
        let (product, rest) = rest.split_at_mut(p.width() + q.width());
        let (h, room) = rest.split_at_mut(p.width());
        if p.width() == q.width() {
            let exponents = [self.p.exponent.as_limbs(), self.q.exponent.as_limbs()];
            plain_powers([p, q], [xp, xq], [y, y], exponents, 64 * p.width(), room);
            fault::point(xp);
            fault::point(xq);
            h.copy_from_slice(xq);
        } else {
            let y = Nat::from_limbs(y);
            let power = |half: &Half| half.modulus.residue(&y).pow(&half.exponent).to_nat();
            xp.copy_from_slice(power(&self.p).as_limbs());
            fault::point(xp);
            let power = power(&self.q);
            xq.copy_from_slice(power.as_limbs());
            fault::point(xq);
            h.copy_from_slice(p.residue(&power).to_nat().as_limbs());
        }
        // h = (xp − xq) · q⁻¹ mod p, as the difference of two products with q⁻¹ in Montgomery form.
        let by_qinv = Operation::Mul(self.qinv.as_limbs());
        let u = &mut product[..p.width()];
        fault::point(h);
        p.run(u, xp, by_qinv, room);
        fault::point(u);
        p.run(xp, h, by_qinv, room);
        fault::point(xp);
        let borrow = limbs::sub_assign(u, xp);
        limbs::add_masked(u, p.limbs(), mask(borrow));
        h.copy_from_slice(u);
        fault::point(h);
        // x = xq + h · q < p · q.
        limbs::mul(product, h, q.limbs());
        fault::point(product);
        let (low, high) = product.split_at_mut(q.width());
        let carry = limbs::add_assign(low, xq);
        limbs::add_word(high, carry);
        z.copy_from_slice(&product[..z.len()]);
        fault::point(z);
    }

    /// The same key on another engine; blinding factors aren't shared.
    pub(crate) fn with_engine(&self, engine: Engine) -> Self {
        let half =
            |half: &Half| Half { modulus: half.modulus.on_engine(engine), exponent: half.exponent.clone() };
        let (p, q) = (half(&self.p), half(&self.q));
        let qinv = Nat::from_limbs(&p.modulus.residue(&self.plain_qinv()).into_montgomery());
        let (public, d) = (self.public.with_engine(engine), self.d.clone());
        Self { public, d, p, q, qinv, blinding: Blinding::default() }
    }

    /// The generator where the caller gives none: the operating system's, or one derived from the key and
    /// the input.
    #[cfg(feature = "getrandom")]
    #[allow(clippy::unused_self)]
    pub(crate) fn default_rng(&self, _input: &[u8]) -> getrandom::SysRng {
        getrandom::SysRng
    }

    /// The generator where the caller gives none: the operating system's, or one derived from the key and
    /// the input.
    #[cfg(not(feature = "getrandom"))]
    pub(crate) fn default_rng(&self, input: &[u8]) -> DerivedRng {
        DerivedRng::new(&self.private_exponent(), input)
    }
}

impl Clone for PrivateKey {
    /// The same key; blinding factors aren't shared.
    fn clone(&self) -> Self {
        Self {
            public: self.public.clone(),
            d: self.d.clone(),
            p: self.p.clone(),
            q: self.q.clone(),
            qinv: self.qinv.clone(),
            blinding: Blinding::default(),
        }
    }
}

impl ZeroizeOnDrop for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The last `len` big-endian bytes of a number that has no others but zeros.
fn low_bytes(x: &Nat, len: usize) -> Zeroizing<Vec<u8>> {
    let all = x.to_be_bytes();
    let mut bytes = Zeroizing::new(Vec::with_capacity(len));
    bytes.resize(len.saturating_sub(all.len()), 0);
    bytes.extend_from_slice(&all[all.len().saturating_sub(len)..]);
    bytes
}

/// The bytes of a number from the first that isn't zero. How many zeros lead is public: it shows in the
/// length of a key file's INTEGER.
fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| declassify(byte.ct_eq(&0))).count();
    &bytes[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rsa::blinding::DerivedRng;

    /// p = 2^521 − 1, q = 2^607 − 1, and e = 65537.
    fn key() -> PrivateKey {
        let mersenne = |k| Nat::power_of_two(k).minus_word(1);
        PrivateKey::from_prime_numbers(&mersenne(521), &mersenne(607), 65_537, 0).unwrap()
    }

    #[test]
    fn a_fault_in_either_half_never_leaves() {
        let input = {
            let mut input = alloc::vec![0x5a; key().public.size()];
            input[0] = 0;
            input
        };
        let rng = &mut DerivedRng::new(b"key", b"input");
        let right = key().apply_to_bytes(rng, &input).unwrap();
        assert_eq!(key().public.apply_to_bytes(&right).unwrap(), input);
        // A bit is flipped where the key is stored: in a half's exponent, in q⁻¹ mod p (at its top), in p.
        let faults: [(&str, fn(&mut PrivateKey)); 4] = [
            ("d mod p - 1", |key| key.p.exponent.as_limbs_mut()[3] ^= 1 << 17),
            ("d mod q - 1", |key| key.q.exponent.as_limbs_mut()[0] ^= 1),
            ("q^-1 mod p", |key| key.qinv.as_limbs_mut()[8] ^= 1 << 8),
            ("p", |key| {
                let wrong = key.p.modulus.to_nat().minus_word(2);
                key.p.modulus = Modulus::new(&wrong).unwrap();
            }),
        ];
        for (name, inject) in faults {
            let mut key = key();
            inject(&mut key);
            assert_eq!(key.apply_to_bytes(rng, &input).err(), Some(Error::Fault), "{name}");
            assert_eq!(
                key.sign_with_rng(rng, &crate::rsa::Pss::<Sha256>::new(), b"").err(),
                Some(Error::Fault)
            );
            let ciphertext = key.public.encrypt_with_rng(rng, &Oaep::<Sha256>::new(), b"message").unwrap();
            assert_eq!(key.decrypt(&ciphertext).err(), Some(Error::Fault), "{name}");
            assert!(matches!(key.validate(), Err(Error::InvalidKey(_))), "{name}");
        }
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_fault_in_the_kept_blinding_factors_is_found_and_forgotten() {
        let (key, rng) = (key(), &mut DerivedRng::new(b"key", b"input"));
        let input = alloc::vec![0; key.public.size() - 1].into_iter().chain([5]).collect::<Vec<_>>();
        let right = key.apply_to_bytes(rng, &input).unwrap();
        for spoil_factor in [true, false] {
            key.blinding.spoil(spoil_factor);
            assert_eq!(key.apply_to_bytes(rng, &input).err(), Some(Error::Fault));
            assert_eq!(key.apply_to_bytes(rng, &input).unwrap(), right);
        }
    }

    #[test]
    fn a_composite_that_passes_the_trial_is_found_by_validation() {
        // 561 = 3 · 11 · 17 is a Carmichael number: x^(560 k + 1) ≡ x for all x, as for a prime.
        let q = Nat::power_of_two(89).minus_word(1);
        let key = PrivateKey::from_prime_numbers(&Nat::from(561), &q, 13, 0).unwrap();
        assert_eq!(key.validate(), Err(Error::InvalidKey("p or q isn't prime")));
    }

    #[test]
    fn clones_do_the_same() {
        let (key, rng) = (key(), &mut DerivedRng::new(b"key", b"input"));
        let scheme = crate::rsa::Pkcs1v15::<Sha256>::new();
        let signature = key.sign_with_rng(rng, &scheme, b"message").unwrap();
        assert_eq!(key.clone().sign_with_rng(rng, &scheme, b"message").unwrap(), signature);
    }

    #[test]
    fn every_part_with_a_secret_erases_itself() {
        fn erases_itself<T: ZeroizeOnDrop>(_: &T) {}
        let PrivateKey { public: _, d, p, q, qinv, blinding: _ } = &key();
        for part in [d, qinv, &p.exponent, &q.exponent] {
            erases_itself(part);
        }
        erases_itself(&p.modulus);
        erases_itself(&q.modulus);
    }

    #[test]
    fn keys_cross_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<PrivateKey>();
        check::<PublicKey>();
    }
}
