//! Primes: the number under test is secret, and so is all randomness.

use crate::{
    case::{
        Case,
        Size::{Large, Normal, Small},
    },
    taint::{TaintedRng, secret_nat, still_secret},
};
use oneway::{
    bignum::{Nat, PublicNat},
    prime::{is_probable_prime, is_probable_prime_with, random_prime_with},
};

pub(super) fn cases() -> Vec<Case> {
    let random = |bits: usize, size| {
        Case::new(format!("prime: random prime of {bits} bits"), size, move || {
            let p = random_prime_with(&mut TaintedRng::new(7), bits).expect("no error");
            still_secret(&p.to_be_bytes());
        })
    };
    let test = |bits: usize, size| {
        Case::new(format!("prime: a secret number of {bits} bits, prime and not"), size, move || test(bits))
    };
    vec![
        Case::new("prime: tiny secret numbers", Small, tiny),
        Case::new("prime: public numbers, whose code may divide", Small, public_numbers),
        test(128, Small),
        test(512, Small),
        test(1024, Normal),
        test(2048, Large),
        random(64, Small),
        random(128, Small),
        random(256, Normal),
        random(512, Normal),
        random(1024, Normal),
        random(2048, Large),
    ]
}

/// That a number is below 4, or even, is public; nothing else about it is.
fn tiny() {
    for x in 0..32u64 {
        // x plus a zero of which memcheck can't know that it's one.
        let (zero, _) = secret_nat(1, 1).borrowing_sub(&secret_nat(1, 1));
        let n = Nat::from(x).add(&zero);
        still_secret(&n.to_be_bytes());
        let prime = is_probable_prime_with(&mut TaintedRng::new(x), &n, 20).expect("no error");
        assert_eq!(prime, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31].contains(&x), "{x}");
    }
}

fn test(bits: usize) {
    let (p, _) = super::rsa::secret_primes(2 * bits);
    let p = Nat::from_be_bytes(&p).expect("not too wide");
    still_secret(&p.to_be_bytes());
    let rng = &mut TaintedRng::new(8);
    assert_eq!(is_probable_prime_with(rng, &p, 4), Ok(true));
    // A multiple of 3 that is odd.
    assert_eq!(is_probable_prime_with(rng, &p.mul(&Nat::from(3)), 4), Ok(false));
    assert_eq!(is_probable_prime_with(rng, &p.shl(1), 4), Ok(false));
}

fn public_numbers() {
    for (text, expected) in
        [("170141183460469231731687303715884105727", true), ("3825123056546413051", false)]
    {
        let n: PublicNat = text.parse().expect("a number");
        assert_eq!(is_probable_prime(&n), expected);
    }
}
