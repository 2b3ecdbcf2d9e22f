//! The primes below 2^16, and division by all of them at once.
//!
//! p divides x exactly if p divides c, where −c · 2^(64 n) ≡ x modulo a product d of several such primes
//! that fits a word. c is found from the low end: q = (xᵢ − c) · d⁻¹ mod 2^64 makes q · d agree with xᵢ − c
//! in the low word, and the high word is the next c. That's two multiplications a limb, no division, and no
//! branch; the chains of several products run side by side. Source: Jebelean, "An algorithm for exact
//! division", J. Symb. Comp. 15 (1993); Granlund, Montgomery, "Division by invariant integers using
//! multiplication", PLDI 1994, section 9, for the test whether a word is a multiple.

use alloc::vec::Vec;

use subtle::Choice;

use crate::bignum::{Nat, choice};
use crate::kernel::word::{less, neg_inverse};

/// All primes below this are in [`PRIMES`].
pub(super) const LIMIT: u32 = 1 << 16;

/// The primes below 2^16, in order: the sieve of Eratosthenes, run by the compiler.
pub(super) static PRIMES: [u16; 6542] = primes();

#[allow(clippy::large_stack_arrays, reason = "the array is the compiler's")]
const fn primes() -> [u16; 6542] {
    // composite[i] speaks of 2 i + 1.
    let mut composite = [false; LIMIT as usize / 2];
    let mut primes = [2; 6542];
    let (mut i, mut count) = (1, 1);
    while i < composite.len() {
        if !composite[i] {
            let p = 2 * i + 1;
            primes[count] = p as u16;
            count += 1;
            let mut multiple = p * p / 2;
            while multiple < composite.len() {
                composite[multiple] = true;
                multiple += p;
            }
        }
        i += 1;
    }
    assert!(count == primes.len());
    primes
}

/// How many products of primes are worked on side by side.
const LANES: usize = 4;

/// Odd small primes, prepared for division.
pub(super) struct TrialDivision {
    groups: Vec<[Group; LANES]>,
    /// p⁻¹ mod 2^64 and ⌊(2^64 − 1)/p⌋ for each prime, in the groups' order.
    primes: Vec<(u64, u64)>,
}

/// A product of small primes that fits a word.
#[derive(Clone, Copy)]
struct Group {
    product: u64,
    /// product⁻¹ mod 2^64.
    inverse: u64,
    /// How many primes it has.
    count: usize,
}

impl Group {
    const EMPTY: Self = Self { product: 1, inverse: 1, count: 0 };

    fn inverse(odd: u64) -> u64 {
        neg_inverse(odd).wrapping_neg()
    }
}

impl TrialDivision {
    /// The odd primes below a bound.
    pub(super) fn below(bound: u32) -> Self {
        let odd = PRIMES.iter().skip(1).map(|p| u64::from(*p)).take_while(|p| *p < u64::from(bound));
        let primes = odd.clone().map(|p| (Group::inverse(p), u64::MAX / p)).collect();
        let (mut groups, mut last) = (Vec::new(), Group::EMPTY);
        for p in odd {
            if let Some(product) = last.product.checked_mul(p) {
                last = Group { product, count: last.count + 1, ..last };
            } else {
                groups.push(last);
                last = Group { product: p, count: 1, ..Group::EMPTY };
            }
        }
        groups.push(last);
        groups.resize(groups.len().next_multiple_of(LANES), Group::EMPTY);
        for group in &mut groups {
            group.inverse = Group::inverse(group.product);
        }
        Self {
            groups: groups.chunks_exact(LANES).map(|g| g.try_into().expect("LANES groups")).collect(),
            primes,
        }
    }

    /// Whether one of the primes divides x. Takes the same time whatever the answer is.
    pub(super) fn finds_factor(&self, x: &Nat) -> Choice {
        let (mut found, mut primes) = (0, self.primes.iter());
        for groups in &self.groups {
            let c = negated_residues(x.as_limbs(), groups);
            for (group, c) in groups.iter().zip(c) {
                for (inverse, largest) in primes.by_ref().take(group.count) {
                    // c/p is a word without remainder exactly if c · p⁻¹ mod 2^64 ≤ (2^64 − 1)/p.
                    found |= less(*largest, c.wrapping_mul(*inverse)) ^ 1;
                }
            }
        }
        choice(found)
    }
}

/// For each group's product d a c ≤ d with x ≡ −c · 2^(64 n) (mod d).
fn negated_residues(x: &[u64], groups: &[Group; LANES]) -> [u64; LANES] {
    let mut c = [0; LANES];
    for limb in x {
        for (c, group) in c.iter_mut().zip(groups) {
            let (difference, borrow) = limb.overflowing_sub(*c);
            let q = difference.wrapping_mul(group.inverse);
            let (_, high) = q.carrying_mul(group.product, 0);
            // high ≤ d − 1.
            *c = high + u64::from(borrow);
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_all_primes() {
        assert_eq!((PRIMES[..6].to_vec(), PRIMES[6541]), ([2, 3, 5, 7, 11, 13].to_vec(), 65_521));
        assert!(PRIMES.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn every_small_prime_is_found_and_nothing_else() {
        let division = TrialDivision::below(LIMIT);
        let free = [1u64, 65_537, 65_539 * 65_537, 4_294_967_291];
        for x in free {
            assert!(!bool::from(division.finds_factor(&Nat::from(x))), "{x}");
            for p in PRIMES.iter().skip(1).step_by(7) {
                for cofactor in [1, x, u64::MAX] {
                    let product = Nat::from(u64::from(*p)).mul(&Nat::from(cofactor)).mul(&Nat::from(x));
                    assert!(bool::from(division.finds_factor(&product)), "{p} * {cofactor} * {x}");
                }
            }
        }
        assert!(bool::from(division.finds_factor(&Nat::zero(3))));
        assert!(!bool::from(TrialDivision::below(3).finds_factor(&Nat::from(3))));
        assert!(!bool::from(TrialDivision::below(101).finds_factor(&Nat::from(101 * 103))));
    }
}
