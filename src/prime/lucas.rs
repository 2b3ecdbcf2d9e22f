//! The strong Lucas test, for public numbers: all that's asked of them here may be known.
//!
//! For the sequences U, V of parameters P and Q, with D = P² − 4Q of Jacobi symbol (D/n) = −1, a prime n
//! divides U(n + 1). With n + 1 = 2^s · d, d odd, it then divides U(d) or one of V(2^i · d), 0 ≤ i < s.
//! Parameters by Selfridge's method A: the first D of 5, −7, 9, −11, … with symbol −1, P = 1, Q = (1 −
//! D)/4. Source: Baillie, Wagstaff, "Lucas pseudoprimes", Math. Comp. 35 (1980), sections 3 to 6; FIPS
//! 186-5, appendix B.3.3, has the form that isn't strong.

use subtle::ConstantTimeEq;

use crate::bignum::{Modulus, Nat, Residue};
use crate::kernel::secret::declassify;

/// Whether n is a strong Lucas probable prime. n is public and odd, and has no prime factor below 2000.
pub(super) fn is_strong_probable_prime(n: &Nat) -> bool {
    // A square has no D of symbol −1.
    if declassify(n.sqrt().square().ct_eq(n)) {
        return false;
    }
    let Some(parameter) = selfridge(n) else { return false };
    let modulus = Modulus::new(n).expect("an odd number, at least 3");
    let signed = |x: i64| {
        let magnitude = modulus.residue(&Nat::from(x.unsigned_abs()));
        if x < 0 { magnitude.neg() } else { magnitude }
    };
    let (big_d, q) = (signed(parameter), signed((1 - parameter) / 4));
    let order = n.add(&Nat::from(1));
    let s = order.trailing_zeros() as usize;
    let (u, mut v, mut q_power) = sequences(&order.shr(s), &big_d, &q);
    if declassify(u.is_zero()) {
        return true;
    }
    for _ in 0..s {
        if declassify(v.is_zero()) {
            return true;
        }
        v = &v.square() - &(&q_power + &q_power);
        q_power = q_power.square();
    }
    false
}

/// U(k), V(k) and Q^k for P = 1, by doubling from the top bit of k down.
///
/// U(2k) = U(k)·V(k), V(2k) = V(k)² − 2·Q^k; U(k+1) = (U(k) + V(k))/2, V(k+1) = (D·U(k) + V(k))/2.
fn sequences<'m>(k: &Nat, big_d: &Residue<'m>, q: &Residue<'m>) -> (Residue<'m>, Residue<'m>, Residue<'m>) {
    let one = big_d.modulus().one();
    let (mut u, mut v, mut q_power) = (one.clone(), one, q.clone());
    for i in (0..k.declassify().bits() - 1).rev() {
        u = &u * &v;
        v = &v.square() - &(&q_power + &q_power);
        q_power = q_power.square();
        if declassify(k.bit(i)) {
            (u, v) = ((&u + &v).half(), (&(big_d * &u) + &v).half());
            q_power = &q_power * q;
        }
    }
    (u, v, q_power)
}

/// The first D of 5, −7, 9, −11, … with (D/n) = −1, for an n that isn't a square; none if a D shares a
/// factor with n.
fn selfridge(n: &Nat) -> Option<i64> {
    for magnitude in (5u32..).step_by(2) {
        // |D| ≡ 3 (mod 4) for the negative ones.
        let d = if magnitude % 4 == 3 { -i64::from(magnitude) } else { i64::from(magnitude) };
        let magnitude = u64::from(magnitude);
        let rest = n.rem(&Nat::from(magnitude)).expect("D isn't zero").as_limbs()[0];
        // (D/n) = (n/|D|): reciprocity gives another sign where both are 3 modulo 4, and so does (−1/n) for
        // negative D.
        match jacobi(rest, magnitude) {
            0 => return None,
            -1 => return Some(d),
            _ => (),
        }
    }
    None
}

/// The Jacobi symbol (a/n) for small odd n.
fn jacobi(mut a: u64, mut n: u64) -> i32 {
    let mut sign = 1;
    a %= n;
    while a != 0 {
        let twos = a.trailing_zeros();
        a >>= twos;
        // (2/n) = −1 for n ≡ ±3 (mod 8).
        if twos % 2 == 1 && (n % 8 == 3 || n % 8 == 5) {
            sign = -sign;
        }
        if a % 4 == 3 && n % 4 == 3 {
            sign = -sign;
        }
        (a, n) = (n % a, a);
    }
    if n == 1 { sign } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jacobi_symbols_are_legendre_symbols_of_primes() {
        for p in [3, 5, 7, 11, 13, 17, 19, 23] {
            for a in 0..2 * p {
                let square = (1..p).any(|x| x * x % p == a % p);
                let expected = if a % p == 0 {
                    0
                } else if square {
                    1
                } else {
                    -1
                };
                assert_eq!(jacobi(a, p), expected, "({a}/{p})");
            }
        }
        assert_eq!((jacobi(2, 15), jacobi(7, 15), jacobi(5, 15), jacobi(1, 1)), (1, -1, 0, 1));
    }

    #[test]
    fn passes_primes_and_the_known_pseudoprimes() {
        // Without small factors removed first the test passes its own pseudoprimes (OEIS A217255).
        for n in [5459, 5777, 10_877, 2003, 2011, 65_537, 4_294_967_291] {
            assert!(is_strong_probable_prime(&Nat::from(n)), "{n}");
        }
        for n in [2047, 3277, 1093 * 1093, 2003 * 2011, 2003 * 2003] {
            assert!(!is_strong_probable_prime(&Nat::from(n)), "{n}");
        }
    }
}
