//! The Miller-Rabin test in constant time: number and base are secret.
//!
//! n − 1 = 2^s · t with t odd. n passes for the base b if b^t = ±1, or if b^(2^i · t) = −1 for some 0 < i <
//! s. How often 2 divides n − 1 is a part of the secret, so the squarings go on for longer than s and the
//! ones from s on are masked out. Source: FIPS 186-5, appendix B.3.1; Rabin, J. Number Theory 12 (1980).

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater};

use crate::Result;
use crate::bignum::{Modulus, Nat, choice};
use crate::kernel::limbs;
use crate::kernel::montgomery::{self, Code, Engine, Params, is_pair};
use crate::kernel::secret::declassify;
use crate::kernel::word::{equal, less};

/// A number under test: odd, at least 3.
pub(super) struct MillerRabin {
    modulus: Modulus,
    /// The odd part of n − 1.
    t: Nat,
    /// The number of times that 2 divides n − 1.
    s: u64,
    /// Public, and more than s.
    squarings: u64,
}

impl MillerRabin {
    /// Prepares n.
    ///
    /// # Panics
    /// If n is even or 1.
    pub(super) fn new(n: &Nat) -> Self {
        Self::on_engine(n, Engine::best())
    }

    fn on_engine(n: &Nat, engine: Engine) -> Self {
        let modulus = Modulus::with_engine(n, engine).expect("an odd number, at least 3");
        let even = n.minus_word(1);
        let s = even.trailing_zeros();
        Self { modulus, t: even.shr_secret(s), s, squarings: more_than_twos(&even) as u64 }
    }

    /// Whether n passes for this base, which is taken modulo n.
    pub(super) fn passes(&self, base: &Nat) -> Choice {
        let one = self.modulus.one();
        let minus_one = one.neg();
        let mut x = self.modulus.residue(base).pow(&self.t);
        let mut passes = x.ct_eq(&one) | x.ct_eq(&minus_one);
        for i in 1..self.squarings {
            x = x.square();
            passes |= x.ct_eq(&minus_one) & choice(less(i, self.s));
        }
        passes
    }
}

/// A public number that is more than the number of times that 2 divides n − 1.
///
/// Public is how many whole limbs of n − 1 are zero at its low end. In a prime that was drawn at random there's
/// none, with a probability of 1 − 2^−64; a number made to be different takes longer.
fn more_than_twos(even: &Nat) -> usize {
    let zeros = even.as_limbs().iter().take_while(|limb| declassify(choice(equal(**limb, 0)))).count();
    64 * (zeros + 1)
}

/// Whether the engine tests two numbers of so many bits at once.
pub(super) fn in_pairs(bits: usize, engine: Engine) -> bool {
    let code = Code::of(engine, bits.div_ceil(64));
    let params = Params { m: &[], one: &[], rr: &[], code };
    is_pair([&params, &params])
}

/// Whether two odd numbers of exactly `bits` bits are strong probable primes to base 2, both in one run.
///
/// Base 2 needs no multiplications but doublings, which makes this the quickest way to find out that a number is
/// composite. It says nothing about numbers that somebody chose.
///
/// # Panics
/// Unless the engine has runs [`in_pairs`].
pub(super) fn pass_base_2(n: [&Nat; 2], bits: usize, engine: Engine) -> [Choice; 2] {
    let code = Code::of(engine, bits.div_ceil(64));
    let twos = n.map(|n| n.minus_word(1).trailing_zeros());
    let last = n.map(|n| more_than_twos(&n.minus_word(1)));
    // R mod n: 2^bits − n, which is below n, and doubled as often as it takes.
    let one = n.map(|n| {
        let (mut one, _) = Nat::power_of_two(bits).borrowing_sub(n);
        one = one.truncated(n.width());
        for _ in bits..code.r_bits(n.width()) {
            let carry = limbs::shl1(one.as_limbs_mut(), 0);
            limbs::reduce_once(one.as_limbs_mut(), carry, n.as_limbs());
        }
        one
    });
    let params = |i: usize| Params { m: n[i].as_limbs(), one: one[i].as_limbs(), rr: &[], code };
    montgomery::strong_base_2([&params(0), &params(1)], bits, last[0].max(last[1]).min(bits - 1), twos)
        .map(choice)
}

/// Whether n passes `rounds` tests with bases drawn from 2 ..= n − 2, stopping at the first that it fails.
pub(crate) fn is_prime_with_bases<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    n: &Nat,
    rounds: usize,
    engine: Engine,
) -> Result<bool> {
    // 2 and 3 have no bases; that a number is as small as this, or even, is public.
    if !declassify(n.ct_gt(&Nat::from(3))) {
        return Ok(declassify(n.ct_gt(&Nat::from(1))));
    }
    if !declassify(n.is_odd()) {
        return Ok(false);
    }
    let test = MillerRabin::on_engine(n, engine);
    let count = n.minus_word(3);
    for _ in 0..rounds {
        let base = Nat::random_below(rng, &count)?.add(&Nat::from(2));
        // A composite is thrown away; a prime passes all.
        if !declassify(test.passes(&base)) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_by_the_definition() {
        let power = |b: u64, mut e: u64, n: u64| {
            let (mut z, mut b) = (1, b % n);
            while e > 0 {
                if e & 1 == 1 {
                    z = z * b % n;
                }
                b = b * b % n;
                e >>= 1;
            }
            z
        };
        for n in (5..600u64).step_by(2).chain([65_537, 2047]) {
            let test = MillerRabin::new(&Nat::from(n));
            let s = (n - 1).trailing_zeros();
            for b in 2..n.min(60) - 1 {
                let x = power(b, (n - 1) >> s, n);
                let expected = x == 1 || (0..s).any(|i| power(x, 1 << i, n) == n - 1);
                assert_eq!(bool::from(test.passes(&Nat::from(b))), expected, "{n}, base {b}");
            }
        }
    }
}
