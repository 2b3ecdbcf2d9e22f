//! Blinding: the private operation never works on a number that somebody chose.
//!
//! y is multiplied by a = rᵉ for a random unit r; (y · rᵉ)ᵈ = yᵈ · r, and a multiplication by b = r⁻¹ gives
//! the result. A fresh pair (a, b) costs an inversion; (a², b²) is a pair as well, of r². With `std` a key
//! keeps its pair and squares it from one use to the next, and draws a new one after 32 uses, as OpenSSL
//! does. The lock is never waited for: where another thread holds it, a fresh pair is made and thrown away.
//! Source: Kocher, "Timing attacks on implementations of Diffie-Hellman, RSA, DSS, and other systems",
//! CRYPTO 1996, section 10.

use rand_core::TryCryptoRng;

use super::{PublicKey, fault};
use crate::bignum::{Modulus, Nat, Residue};
#[cfg(any(test, feature = "std"))]
use crate::kernel::montgomery::Operation;
use crate::kernel::secret::declassify;
use crate::{Error, Result};

/// How often a pair is used before a new one is drawn.
#[cfg(feature = "std")]
const USES: u32 = 32;

/// A key's source of pairs.
#[derive(Default)]
pub(super) struct Blinding {
    #[cfg(feature = "std")]
    kept: std::sync::Mutex<Option<Kept>>,
}

/// The limbs of a residue in Montgomery form.
type Form = zeroize::Zeroizing<alloc::vec::Vec<u64>>;

/// A pair in Montgomery form, kept from one use to the next.
#[cfg(feature = "std")]
struct Kept {
    factor: Form,
    inverse: Form,
    uses: u32,
}

impl Blinding {
    /// A pair (rᵉ, r⁻¹) in Montgomery form that hasn't been used before; both are as wide as the modulus, and
    /// `room` is for a square.
    #[cfg_attr(not(feature = "std"), allow(clippy::unused_self, unused_variables))]
    pub(super) fn pair<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        public: &PublicKey,
        factor: &mut [u64],
        inverse: &mut [u64],
        room: &mut [u64],
    ) -> Result<()> {
        #[cfg(feature = "std")]
        if let Ok(mut kept) = self.kept.try_lock() {
            if let Some(kept) = kept.as_mut().filter(|kept| kept.uses < USES) {
                for (form, z) in [(&mut kept.factor, factor), (&mut kept.inverse, inverse)] {
                    public.ring().run(z, form, Operation::Square, room);
                    fault::point(z);
                    form.copy_from_slice(z);
                    fault::point(form);
                }
                kept.uses += 1;
                return Ok(());
            }
            // Nothing is kept if the generator fails.
            *kept = None;
            let (a, b) = fresh(rng, public)?;
            factor.copy_from_slice(&a);
            inverse.copy_from_slice(&b);
            *kept = Some(Kept { factor: a, inverse: b, uses: 1 });
            return Ok(());
        }
        let (a, b) = fresh(rng, public)?;
        factor.copy_from_slice(&a);
        inverse.copy_from_slice(&b);
        Ok(())
    }

    /// Drops the kept pair, of which one half may be spoilt; for this the lock is waited for.
    #[cfg_attr(not(feature = "std"), allow(clippy::unused_self))]
    pub(super) fn forget(&self) {
        #[cfg(feature = "std")]
        if let Ok(mut kept) = self.kept.lock() {
            *kept = None;
        }
    }

    /// A fault, for tests: flips a bit of the kept rᵉ or r⁻¹.
    #[cfg(all(test, feature = "std"))]
    pub(super) fn spoil(&self, factor: bool) {
        let mut kept = self.kept.lock().unwrap();
        let kept = kept.as_mut().expect("a pair is kept");
        let form = if factor { &mut kept.factor } else { &mut kept.inverse };
        form[0] ^= 1;
    }
}

/// A pair of a random unit r.
fn fresh<R: TryCryptoRng + ?Sized>(rng: &mut R, public: &PublicKey) -> Result<(Form, Form)> {
    let ring = public.ring();
    // All but a negligible part of the numbers below n are units, unless n is tiny: then some draws are
    // needed.
    for _ in 0..256 {
        let r = random(rng, ring)?;
        let (inverse, exists) = r.invert_parts();
        // A number that is no unit would give a factor of n away, and isn't used.
        if declassify(exists) {
            let factor = r.pow_vartime(&Nat::from(public.exponent()));
            let (mut factor, mut inverse) = (factor.into_montgomery(), inverse.into_montgomery());
            fault::point(&mut factor);
            fault::point(&mut inverse);
            return Ok((factor, inverse));
        }
    }
    Err(Error::Random)
}

/// A random number modulo n, off by 2^−128 from uniform.
fn random<'m, R: TryCryptoRng + ?Sized>(rng: &mut R, ring: &'m Modulus) -> Result<Residue<'m>> {
    Ok(ring.residue(&Nat::random(rng, ring.width() + 2)?))
}

/// Randomness derived from a key and an input, for private operations where there's no other: the bytes
/// HMAC(HMAC(d, input), 0), HMAC(…, 1), …
///
/// Unpredictable to who doesn't know d, and another stream for every input. It's for blinding alone.
#[cfg(any(test, not(feature = "getrandom")))]
pub(crate) struct DerivedRng {
    key: zeroize::Zeroizing<alloc::vec::Vec<u8>>,
    counter: u64,
}

#[cfg(any(test, not(feature = "getrandom")))]
impl DerivedRng {
    pub(super) fn new(d: &[u8], input: &[u8]) -> Self {
        use crate::hash::{Hmac, Sha256};
        let mut hmac = Hmac::<Sha256>::new(d);
        // Implicit rejection keys its bytes with an HMAC under d too, of the input alone.
        hmac.update(b"oneway: a generator for blinding\0");
        hmac.update(input);
        let mut key = hmac.finalize();
        let derived = zeroize::Zeroizing::new(key.to_vec());
        zeroize::Zeroize::zeroize(key.as_mut_slice());
        Self { key: derived, counter: 0 }
    }
}

#[cfg(any(test, not(feature = "getrandom")))]
impl rand_core::TryRng for DerivedRng {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        use crate::hash::{Hmac, Sha256};
        for chunk in bytes.chunks_mut(32) {
            let block = zeroize::Zeroizing::new(<[u8; 32]>::from(Hmac::<Sha256>::mac(
                &self.key,
                &self.counter.to_be_bytes(),
            )));
            chunk.copy_from_slice(&block[..chunk.len()]);
            self.counter += 1;
        }
        Ok(())
    }
}

#[cfg(any(test, not(feature = "getrandom")))]
impl TryCryptoRng for DerivedRng {}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::TryRng;
    use subtle::ConstantTimeEq;

    #[test]
    fn pairs_belong_together_and_never_repeat() {
        // n = (2^61 − 1)(2^89 − 1), both prime.
        let p = Nat::power_of_two(61).minus_word(1);
        let n = p.mul(&Nat::power_of_two(89).minus_word(1)).declassify();
        let public = PublicKey::from_public(n, 65_537, 0).unwrap();
        let (blinding, rng) = (Blinding::default(), &mut DerivedRng::new(b"d", b"input"));
        let mut last = public.ring().one();
        let ring = public.ring();
        let mut room = crate::bignum::scratch(ring.room_for(Operation::Square));
        for _ in 0..100 {
            let mut forms = [ring.zero().into_montgomery(), ring.zero().into_montgomery()];
            let [factor, inverse] = &mut forms;
            blinding.pair(rng, &public, factor, inverse, &mut room).unwrap();
            let [factor, inverse] = forms.map(|form| Residue::from_montgomery(ring, form));
            let back = &inverse.pow_vartime(&Nat::from(65_537)) * &factor;
            assert!(bool::from(back.ct_eq(&public.ring().one()) & !factor.ct_eq(&last)));
            last = factor;
        }
    }

    #[test]
    fn derived_bytes_depend_on_key_and_input() {
        let bytes = |d: &[u8], input: &[u8]| {
            let mut bytes = [0; 80];
            DerivedRng::new(d, input).try_fill_bytes(&mut bytes).unwrap();
            bytes
        };
        let first = bytes(b"d", b"x");
        assert_eq!(first, bytes(b"d", b"x"));
        assert!(first != bytes(b"d", b"y") && first != bytes(b"e", b"x") && first[..32] != first[32..64]);
    }
}
