//! Key generation: FIPS 186-5, appendix A.1.3, probable primes.
//!
//! For a key of 2 k bits, p and q are drawn from √2 · 2^(k−1) ≤ x < 2^k, so that n has exactly 2 k bits; e
//! = 65537 divides neither p − 1 nor q − 1; |p − q| > 2^(k−100); d > 2^k. p is the larger one. Candidates come from
//! [`crate::prime`], where it says how they depart from A.1.3's search.

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater};

use super::{MAX_BITS, MIN_BITS, PrivateKey};
use crate::bignum::Nat;
use crate::kernel::engine::Engine;
use crate::kernel::secret::declassify;
use crate::prime::{Candidates, Progress, find};
use crate::{Error, Result};

/// The public exponent of generated keys: the Fermat prime 2^16 + 1.
const EXPONENT: u64 = 65_537;

impl PrivateKey {
    /// A new key of `bits` bits, with e = 65537.
    ///
    /// ```no_run
    /// let key = oneway::rsa::PrivateKey::generate(3072)?;
    /// assert_eq!(key.public_key().modulus_bits(), 3072);
    /// # Ok::<(), oneway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Size`] unless `bits` is a multiple of 64 from 2048 to 16,384; [`Error::Random`] if the
    /// operating system's generator fails.
    #[cfg(feature = "getrandom")]
    pub fn generate(bits: usize) -> Result<Self> {
        Self::generate_with(&mut getrandom::SysRng, bits)
    }

    /// Like `generate`, with a generator of the caller's.
    ///
    /// # Errors
    /// [`Error::Size`] unless `bits` is a multiple of 64 from 2048 to 16,384; [`Error::Random`] if the
    /// generator fails or repeats itself.
    pub fn generate_with<R: TryCryptoRng + ?Sized>(rng: &mut R, bits: usize) -> Result<Self> {
        Self::generate_with_progress(rng, bits, |_| ())
    }

    /// Like [`PrivateKey::generate_with`], and calls `progress` after each candidate tested: the second
    /// [`Progress::Prime`] is the last call.
    ///
    /// # Errors
    /// As for [`PrivateKey::generate_with`].
    pub fn generate_with_progress<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
        bits: usize,
        progress: impl FnMut(Progress),
    ) -> Result<Self> {
        if !(MIN_BITS..=MAX_BITS).contains(&bits) || !bits.is_multiple_of(64) {
            return Err(Error::Size { bits, allowed: "multiples of 64 from 2048 to 16384 bits" });
        }
        Self::generate_on(rng, bits, Engine::best(), progress)
    }

    /// A key of any even number of bits from 64 on, on an engine.
    pub(crate) fn generate_on<R: TryCryptoRng + ?Sized>(
        rng: &mut R,
        bits: usize,
        engine: Engine,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self> {
        if !(64..=MAX_BITS).contains(&bits) || !bits.is_multiple_of(2) {
            return Err(Error::Size { bits, allowed: "even numbers from 64 to 16384 bits" });
        }
        let half = bits / 2;
        // ⌈√2 · 2^(k−1)⌉ = ⌊√(2^(2k−1))⌋ + 1, as 2^(2k−1) isn't a square.
        let low = Nat::power_of_two(bits - 1).sqrt().add(&Nat::from(1)).truncated(half.div_ceil(64));
        let candidates = Candidates::new(half, &low, engine);
        let accepted = |x: &Nat, found: &[Nat]| {
            found.iter().fold(is_coprime_to_e(x), |accepted, p| accepted & is_far(p, x, half))
        };
        // A second round is next to never needed, unless the key is tiny or the generator repeats itself.
        for _ in 0..8 {
            let [p, q] = find(rng, &candidates, accepted, &mut progress)?;
            // The larger one first, as some who read keys expect it.
            let ordered = p.ct_gt(&q);
            let (p, q) = (Nat::conditional_select(&q, &p, ordered), Nat::conditional_select(&p, &q, ordered));
            let key = Self::from_prime_numbers(&p, &q, EXPONENT, 0)?;
            // A key that is refused is never used.
            if declassify(key.exponent().ct_gt(&Nat::power_of_two(half))) {
                return Ok(if engine == Engine::best() { key } else { key.with_engine(engine) });
            }
        }
        Err(Error::Random)
    }
}

/// gcd(p − 1, e) = 1 for the prime e = 65537: it doesn't divide p − 1.
fn is_coprime_to_e(p: &Nat) -> Choice {
    !p.rem(&Nat::from(EXPONENT)).expect("e isn't zero").ct_eq(&Nat::from(1))
}

/// |p − q| > 2^(k−100); where k ≤ 100, only p ≠ q is asked.
fn is_far(p: &Nat, q: &Nat, half: usize) -> Choice {
    let (down, borrow) = p.borrowing_sub(q);
    let (up, _) = q.borrowing_sub(p);
    let distance = Nat::conditional_select(&down, &up, borrow);
    if half > 100 { distance.ct_gt(&Nat::power_of_two(half - 100)) } else { !distance.is_zero() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let q = Nat::power_of_two(200);
        let far = |distance: &Nat| is_far(&q.add(distance), &q, 256);
        assert!(!bool::from(far(&Nat::power_of_two(156))));
        assert!(bool::from(far(&Nat::power_of_two(156).add(&Nat::from(1)))));
        assert!(bool::from(is_far(&q, &q.add(&Nat::power_of_two(157)), 256)));
        assert!(!bool::from(is_far(&q, &q, 64)) && bool::from(is_far(&q, &q.add(&Nat::from(1)), 64)));
    }

    #[test]
    fn e_divides_p_minus_1() {
        assert!(!bool::from(is_coprime_to_e(&Nat::from(65_537 * 12 + 1))));
        assert!(bool::from(is_coprime_to_e(&Nat::from(65_537 * 12 + 2))));
    }
}
