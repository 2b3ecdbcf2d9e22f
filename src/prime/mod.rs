//! Storey 1: large primes, the raw material of RSA.
//!
//! Near 2^k one number in about 0.69 k is prime, so primes are found by drawing numbers and testing them. A
//! test doesn't search for factors, it checks a law that all primes obey:
//! - **Miller-Rabin**: for a prime p, b^(p−1) = 1, and on the way there by squaring the last value before 1
//!   can only be −1. A composite obeys this for at most a quarter of all bases b, whoever chose it, so k
//!   random bases leave a chance of at most 4^−k, and much less for random numbers.
//! - **Lucas**: the same idea in a quadratic extension. Base 2 of Miller-Rabin and a strong Lucas test
//!   together are the Baillie-PSW test: deterministic, and no composite that passes is known.
//!
//! Which one when: [`random_prime`] and RSA key generation test with random bases, in constant time, since
//! the number is going to be a secret. [`is_probable_prime`] is Baillie-PSW, for public numbers, also where
//! an adversary chose them. [`is_probable_prime_with`] tests a secret number with random bases.
//!
//! What leaks from generation: how many candidates were drawn and tested, and that the ones that were
//! refused were refused. Candidates are independent of each other, so this says nothing about the one that
//! stays. Sources: FIPS 186-5, appendices A.1.3 and B.3; Baillie, Wagstaff, "Lucas pseudoprimes", Math.
//! Comp. 35 (1980).
//!
//! ```
//! use oneway::bignum::PublicNat;
//! use oneway::prime;
//!
//! let mersenne: PublicNat = "170141183460469231731687303715884105727".parse()?; // 2^127 − 1
//! assert!(prime::is_probable_prime(&mersenne));
//! # #[cfg(feature = "getrandom")] {
//! let p = prime::random_prime(256)?;
//! assert_eq!(p.declassify().bits(), 256);
//! # }
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! Files: `small` (small primes and trial division), `miller_rabin`, `lucas`, `search` (candidates and the
//! search).

mod lucas;
mod miller_rabin;
mod search;
mod small;

use rand_core::TryCryptoRng;

pub(crate) use miller_rabin::is_prime_with_bases;
pub(crate) use search::{Candidates, find};

use crate::bignum::{Nat, PublicNat};
use crate::kernel::engine::Engine;
use crate::kernel::secret::declassify;
use crate::{Error, Result};

/// What a search for a prime has just seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A candidate without small factors was tested and turned out to be composite.
    Composite,
    /// A candidate passed all tests: it's the prime.
    Prime,
}

/// Whether n is prime, by the Baillie-PSW test: for public numbers, in variable time.
///
/// Right for all n < 2^64 (which was checked by exhaustion, by others); above that no composite is known
/// that passes.
pub fn is_probable_prime(n: &PublicNat) -> bool {
    if let Some(x) = n.to_u64()
        && x < u64::from(small::LIMIT)
    {
        return small::PRIMES.binary_search(&(x as u16)).is_ok();
    }
    let n = n.to_nat();
    // n is public, and what the tests say of it.
    if declassify(!n.is_odd() | small::TrialDivision::below(2000).finds_factor(&n)) {
        return false;
    }
    declassify(miller_rabin::MillerRabin::new(&n).passes(&Nat::from(2)))
        && lucas::is_strong_probable_prime(&n)
}

/// Whether a prime below 2^16 divides n, a public number.
pub(crate) fn has_small_factor_vartime(n: &PublicNat) -> bool {
    let n = n.to_nat();
    declassify(!n.is_odd() | small::TrialDivision::below(small::LIMIT).finds_factor(&n))
}

/// Whether n is prime, by `rounds` Miller-Rabin tests with random bases (one at least): for **secret**
/// numbers.
///
/// A composite passes with probability at most 4^−`rounds`, whoever chose it. The time depends on the width
/// of n, on the number of whole zero limbs of n − 1 at its low end, and on the result; it stops at the
/// first base that shows n to be composite.
///
/// # Errors
/// [`Error::Random`] if the generator fails.
pub fn is_probable_prime_with<R: TryCryptoRng + ?Sized>(rng: &mut R, n: &Nat, rounds: usize) -> Result<bool> {
    is_prime_with_bases(rng, n, rounds.max(1), Engine::best())
}

/// A random prime of exactly `bits` bits. The distribution is within 2^−100 (statistical distance) of the one
/// in which all these primes are equally likely, for 256 bits and more.
///
/// # Errors
/// [`Error::Size`] unless 3 ≤ `bits` ≤ 16,384; [`Error::Random`] if the operating system's generator fails.
#[cfg(feature = "getrandom")]
pub fn random_prime(bits: usize) -> Result<Nat> {
    random_prime_with(&mut getrandom::SysRng, bits)
}

/// Like [`random_prime`], with a generator of the caller's.
///
/// # Errors
/// [`Error::Size`] unless 3 ≤ `bits` ≤ 16,384; [`Error::Random`] if the generator fails or repeats itself.
pub fn random_prime_with<R: TryCryptoRng + ?Sized>(rng: &mut R, bits: usize) -> Result<Nat> {
    random_prime_with_progress(rng, bits, |_| ())
}

/// Like [`random_prime_with`], and calls `progress` after each candidate tested.
///
/// # Errors
/// [`Error::Size`] unless 3 ≤ `bits` ≤ 16,384; [`Error::Random`] if the generator fails or repeats itself.
pub fn random_prime_with_progress<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    bits: usize,
    mut progress: impl FnMut(Progress),
) -> Result<Nat> {
    if !(3..=16_384).contains(&bits) {
        return Err(Error::Size { bits, allowed: "3 to 16384 bits" });
    }
    let candidates = Candidates::new(bits, &Nat::power_of_two(bits - 1), Engine::best());
    let [prime] = find(rng, &candidates, |_, _| subtle::Choice::from(1), &mut progress)?;
    Ok(prime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bignum::PublicNat;

    fn parse(text: &str) -> PublicNat {
        text.parse().unwrap()
    }

    #[test]
    fn small_numbers_in_full() {
        let by_division = |n: u64| n > 1 && (2..=n.isqrt()).all(|d| !n.is_multiple_of(d));
        for n in (0..3000).chain(65_000..66_000).chain(4_294_960_000..4_294_968_000) {
            assert_eq!(is_probable_prime(&PublicNat::from(n)), by_division(n), "{n}");
        }
    }

    #[test]
    fn pseudoprimes_are_composite() {
        // Carmichael numbers, strong pseudoprimes to base 2, and the strong Lucas pseudoprimes (OEIS
        // A217255).
        for n in [
            561,
            41_041,
            825_265,
            2047,
            3277,
            4033,
            8321,
            3_215_031_751,
            3_825_123_056_546_413_051,
            5459,
            5777,
            10_877,
            16_109,
            18_971,
            22_499,
            24_569,
            25_199,
            40_309,
            58_519,
            75_077,
            97_439,
            100_127,
            113_573,
            115_639,
        ] {
            assert!(!is_probable_prime(&PublicNat::from(n)), "{n}");
        }
        // Arnault's 337-digit kind in small: a product of two primes that passes all bases up to 37.
        assert!(!is_probable_prime(&parse("3186_6585_7834_0311_5116_7461")));
        // A square of a prime that passes base 2 (Wieferich).
        assert!(!is_probable_prime(&PublicNat::from(1093 * 1093)));
        assert!(!is_probable_prime(&PublicNat::from(3511 * 3511)));
    }

    #[test]
    fn large_primes_of_special_form() {
        for k in [89, 127, 521, 607, 1279] {
            let mersenne = Nat::power_of_two(k).minus_word(1);
            assert!(is_probable_prime(&mersenne.declassify()), "2^{k} - 1");
            assert!(!is_probable_prime(&mersenne.minus_word(2).declassify()));
        }
        assert!(is_probable_prime(&Nat::power_of_two(255).minus_word(19).declassify()));
        // n − 1 with whole zero limbs at its low end: 9 · 2^211 + 1 and 7 · 2^120 + 1 are prime.
        for (k, exponent) in [(9, 211), (7, 120)] {
            let n = Nat::from(k).shl(exponent).add(&Nat::from(1));
            assert!(is_probable_prime(&n.declassify()), "{k} * 2^{exponent} + 1");
        }
    }
}
