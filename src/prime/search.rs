//! Candidates and the search for a prime.
//!
//! A candidate is drawn uniformly from the numbers of a range that have **no factor below a few hundred to
//! begin with**: with M = 2·3·5·7·…, a product of the first primes, it's (a multiple of M) + u, where u is
//! a unit modulo M, put together by the Chinese remainder theorem from one random nonzero residue for each
//! prime. There's no rejection in that, no branch and no table index, so its timing says nothing.
//!
//! Each candidate is independent of all others: where the search stops and which candidates it refused says
//! nothing about the one that stays. (A sieve over an interval, as most libraries have it, ties the
//! survivors to a common start. Its pattern is worth several hundred bits modulo the small primes.) So
//! candidates with a factor found by trial division may be dropped at once, and what's left is tested by
//! Miller-Rabin.
//!
//! Departures from FIPS 186-5, A.1.3: candidates are coprime to the small primes by construction instead of
//! by a test, and drawn from the exact range instead of with rejections. The distribution is not exactly
//! that of a uniform prime of the range: each residue is off by at most p / 2^128 of itself, for fewer than
//! 2^11 primes p < 2^15, and the ends of the range that are cut off make up at most 2^−128 of it. The
//! statistical distance of candidates from uniform ones is below 2^−100. Built-in units: Joye, Paillier,
//! "Fast generation of prime numbers on portable devices", CHES 2006, have another construction of the
//! same.

use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use subtle::Choice;
use zeroize::Zeroizing;

use super::miller_rabin::{in_pairs, pass_base_2};
use super::small::{LIMIT, PRIMES, TrialDivision};
use super::{Progress, is_prime_with_bases};
use crate::bignum::Nat;
use crate::kernel::engine::Engine;
use crate::kernel::limbs;
use crate::kernel::secret::declassify;
use crate::{Error, Result};

/// A range of numbers `low` ≤ n < 2^`bits`, prepared for drawing candidates. Everything in here is public.
pub(crate) struct Candidates {
    bits: usize,
    /// M, the product of the primes whose multiples are never drawn.
    wheel: Nat,
    /// The odd primes of M, and for each the number that is 1 modulo it and 0 modulo M's other primes.
    units: Vec<(u64, Nat)>,
    /// The first multiple of M in the range.
    start: Nat,
    /// How many times M fits between that and the end of the range.
    turns: Nat,
    trial: TrialDivision,
    engine: Engine,
}

impl Candidates {
    /// Prepares the range; 3 ≤ `bits`, and `low` has that many bits.
    pub(crate) fn new(bits: usize, low: &Nat, engine: Engine) -> Self {
        // The ends of the range are cut to multiples of M, which loses at most 2 M / 2^(bits − 2) ≤ 2^−128
        // of it.
        let mut wheel = Nat::from(2);
        let mut primes = Vec::new();
        for p in PRIMES.iter().skip(1).map(|p| u64::from(*p)) {
            // A product of small primes, of which there are as many as the length in bits allows, is public.
            let next = wheel.mul(&Nat::from(p)).declassify();
            if next.bits() + 131 > bits {
                break;
            }
            wheel = next.to_nat();
            primes.push(p);
        }
        let units = primes.iter().map(|p| (*p, unit(&wheel, *p))).collect();
        let (quotient, _) = low.add(&wheel).minus_word(1).div_rem(&wheel).expect("M isn't zero");
        let start = quotient.mul(&wheel);
        let space = Nat::power_of_two(bits).sub(&start).expect("M is smaller than the range");
        let (turns, _) = space.div_rem(&wheel).expect("M isn't zero");
        // Trial division pays up to about bits²/64: there, a prime's share of the candidates saves as much
        // as dividing by it costs. It stays below the range itself.
        let bound = (bits * bits / 64).min(1 << (bits - 1).min(16)) as u32;
        let trial = TrialDivision::below(bound.min(LIMIT));
        // The range is public, and so is how often M fits into it.
        let turns = turns.declassify().to_nat();
        Self { bits, wheel, units, start, turns, trial, engine }
    }

    /// Draws a candidate, as wide as the range calls for.
    fn draw<R: TryCryptoRng + ?Sized>(&self, rng: &mut R) -> Result<Nat> {
        let turn = Nat::random_below(rng, &self.turns)?;
        let n = self.start.add(&turn.mul(&self.wheel)).add(&self.random_unit(rng)?);
        Ok(n.truncated(self.bits.div_ceil(64)))
    }

    /// A random unit modulo M, from 128 random bits for each prime: Σ aₚ · (1 mod p, 0 mod the others) with
    /// aₚ in 1 ..= p − 1, and 1 mod 2.
    fn random_unit<R: TryCryptoRng + ?Sized>(&self, rng: &mut R) -> Result<Nat> {
        let mut random = Zeroizing::new(alloc::vec![0; 16 * self.units.len()]);
        rng.try_fill_bytes(&mut random).map_err(|_| Error::Random)?;
        // Each term is below 2^16 · M, and there are fewer than 2^13 of them: one more limb holds the sum.
        let width = self.wheel.width();
        let mut sum = self.wheel.shr(1).widened(width + 1);
        for ((p, unit), random) in self.units.iter().zip(random.chunks_exact(16)) {
            let (high, low) = random.split_at(8);
            let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
            let carry = low_product(word(low), p - 1);
            let (_, residue) = word(high).carrying_mul(p - 1, carry);
            let (body, top) = sum.as_limbs_mut().split_at_mut(width);
            top[0] += limbs::add_product(body, unit.as_limbs(), residue + 1);
        }
        Ok(sum.rem(&self.wheel).expect("M isn't zero"))
    }
}

/// The high word of x · y.
fn low_product(x: u64, y: u64) -> u64 {
    x.carrying_mul(y, 0).1
}

/// The number below M that is 1 modulo p and 0 modulo M/p: M/p times its inverse modulo p.
fn unit(wheel: &Nat, p: u64) -> Nat {
    let (others, _) = wheel.div_rem(&Nat::from(p)).expect("p isn't zero");
    let inverse = others.invert_mod(&Nat::from(p)).expect("p divides M once");
    others.mul(&inverse).truncated(wheel.width())
}

/// How many random bases a candidate has to pass.
///
/// FIPS 186-5, table B.1: 5 for primes of 1024 bits (an error of 2^−112), 4 from 1536 bits on (2^−128,
/// 2^−144); FIPS 186-4, table C.3: 7 at 512 bits (2^−100). Below that the average-case bounds say little,
/// and 4^−64 holds for every number. (10 at 512 bits are a margin for the sizes between.)
fn rounds(bits: usize) -> usize {
    match bits {
        1536.. => 4,
        1024.. => 5,
        512.. => 10,
        _ => 64,
    }
}

/// Draws candidates until K of them are prime and `accepted`, given the ones that were found before.
///
/// Where the engine tests two numbers at once, candidates wait for each other, and those that pass for base 2
/// go on to random bases.
///
/// # Errors
/// [`Error::Random`] if the generator fails, or if it brings too few primes in far more candidates than that can
/// take (with a generator that works, the probability is below 2^−200 for numbers of 256 bits and more): it
/// repeats itself.
pub(crate) fn find<const K: usize, R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    candidates: &Candidates,
    accepted: impl Fn(&Nat, &[Nat]) -> Choice,
    progress: &mut dyn FnMut(Progress),
) -> Result<[Nat; K]> {
    let (bits, engine) = (candidates.bits, candidates.engine);
    let in_pairs = in_pairs(bits, engine);
    let (mut found, mut waiting) = (Vec::new(), None);
    for _ in 0..K * (20 * bits + 1000) {
        let n = candidates.draw(rng)?;
        // A candidate that's dropped is never used, and the ones after it are drawn anew: that it was dropped is
        // public, for a small factor or because `accepted` refuses it beside what was found.
        if declassify(candidates.trial.finds_factor(&n) | !accepted(&n, &found)) {
            continue;
        }
        let mut tested = if !in_pairs {
            [Some(n), None]
        } else if let Some(first) = waiting.take() {
            let pass = pass_base_2([&first, &n], bits, engine);
            // Public for the same reason: one that doesn't pass is dropped.
            let [first_passes, n_passes] = pass.map(declassify);
            [(first, first_passes), (n, n_passes)].map(|(n, passes)| {
                if !passes {
                    progress(Progress::Composite);
                }
                passes.then_some(n)
            })
        } else {
            waiting = Some(n);
            continue;
        };
        for n in tested.iter_mut().filter_map(Option::take) {
            // "This tested candidate is composite" is public, and which base showed it; and so is that a prime isn't
            // accepted, and dropped.
            if !is_prime_with_bases(rng, &n, rounds(bits), engine)? {
                progress(Progress::Composite);
            } else if declassify(accepted(&n, &found)) {
                progress(Progress::Prime);
                found.push(n);
                if found.len() == K {
                    return found.try_into().map_err(|_| Error::Random);
                }
            }
        }
    }
    Err(Error::Random)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prime::is_probable_prime;
    use core::convert::Infallible;

    /// A generator for tests: the low bits of a linear congruence, mixed.
    struct Steps(u64);

    impl rand_core::TryRng for Steps {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(self.try_next_u64()? as u32)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            Ok(z ^ (z >> 31))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            for chunk in bytes.chunks_mut(8) {
                let word = self.try_next_u64()?.to_le_bytes();
                chunk.copy_from_slice(&word[..chunk.len()]);
            }
            Ok(())
        }
    }

    impl TryCryptoRng for Steps {}

    #[test]
    fn candidates_are_in_range_and_coprime_to_the_wheel() {
        for bits in [3, 4, 17, 64, 140, 200, 511, 1024] {
            let low = Nat::power_of_two(bits - 1).add(&Nat::from(if bits > 10 { 77 } else { 0 }));
            let candidates = Candidates::new(bits, &low, Engine::best());
            let rng = &mut Steps(bits as u64);
            for _ in 0..100 {
                let n = candidates.draw(rng).unwrap();
                assert!(n.declassify() >= low.declassify() && n.declassify().bits() == bits);
                assert!(bool::from(n.gcd(&candidates.wheel).ct_eq(&Nat::from(1))));
            }
        }
    }

    #[test]
    fn units_cover_every_residue_evenly() {
        // M = 2·3·5·7 at 139 bits (the smallest that leaves 2^131 turns): 48 units.
        let candidates = Candidates::new(139, &Nat::power_of_two(138), Engine::best());
        assert_eq!(candidates.wheel.as_limbs(), [210]);
        let rng = &mut Steps(1);
        let mut counts = [0u32; 210];
        for _ in 0..48_000 {
            counts[candidates.random_unit(rng).unwrap().as_limbs()[0] as usize] += 1;
        }
        let seen: Vec<_> = counts.iter().filter(|c| **c > 0).collect();
        assert_eq!(seen.len(), 48);
        // Six standard deviations of a binomial distribution around 1000.
        assert!(seen.iter().all(|c| (810..1190).contains(*c)), "{counts:?}");
    }

    #[test]
    fn primes_of_every_small_size() {
        let rng = &mut Steps(7);
        for bits in (3..70).chain([127, 128, 129, 255, 256, 384]) {
            let mut tested = 0;
            let p = crate::prime::random_prime_with_progress(rng, bits, |_| tested += 1).unwrap();
            assert!(p.declassify().bits() == bits && is_probable_prime(&p.declassify()) && tested > 0);
        }
        for bits in [0, 1, 2, 16_385] {
            let error = crate::prime::random_prime_with(rng, bits).err();
            assert_eq!(error, Some(Error::Size { bits, allowed: "3 to 16384 bits" }));
        }
    }

    /// A generator that always gives the same byte.
    struct Stuck;

    impl rand_core::TryRng for Stuck {
        type Error = core::fmt::Error;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(0)
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(0);
            Ok(())
        }
    }

    impl TryCryptoRng for Stuck {}

    #[test]
    fn a_generator_that_repeats_itself_is_an_error() {
        // With all random bits zero the one candidate of 128 bits is 2^127 + 1, a multiple of 3.
        assert_eq!(crate::prime::random_prime_with(&mut Stuck, 128).err(), Some(Error::Random));
    }

    use subtle::ConstantTimeEq;
}
