//! Key agreement on the NIST curves against NIST's vectors, in `tests/vectors/ecdh/`, each file headed by its source
//! and licence. All of it runs on every engine that this CPU has.

use std::collections::BTreeMap;

use oneway::Error;
use oneway::ecdh::{Curve, PrivateKey, PublicKey};
use oneway::hash::digest::Digest;
use oneway::hazmat::engine::{self, Engine};

#[path = "engines/curves.rs"]
mod engines;
mod vectors;

use vectors::{Block, run, with_curve, with_hash};

fn private_key<C: Curve>(engine: Engine, case: &Block) -> oneway::Result<PrivateKey<C>> {
    PrivateKey::from_bytes(&case.bytes("d")).map(|key| engine::agreement_key(&key, engine))
}

/// The key of a pair of a case's coordinates.
fn public_key<C: Curve>(case: &Block, [x, y]: [&str; 2]) -> oneway::Result<PublicKey<C>> {
    PublicKey::from_bytes(&[vec![4], case.bytes(x), case.bytes(y)].concat())
}

#[test]
fn cdh_primitive() {
    for engine in engines::available() {
        let seen = run(
            "ecdh/cdh.txt",
            |block| block.text("curve").to_owned(),
            |curve, case| {
                let at = format!("{engine}, {curve}, {}", case.place());
                with_curve!(&**curve, C => {
                    let key = private_key::<C>(engine, case).expect("a private key");
                    let peer = public_key::<C>(case, ["peer_x", "peer_y"]).expect("a point");
                    assert_eq!(Ok(key.public_key()), public_key(case, ["x", "y"]), "{at}: d G");
                    let agree = |peer: &PublicKey<C>| key.agree(peer).expect("a secret").as_bytes().to_vec();
                    assert_eq!(agree(&peer), case.bytes("z"), "{at}");

                    let compressed = peer.to_compressed_bytes();
                    let read = PublicKey::<C>::from_bytes(&compressed).expect("a compressed point");
                    assert_eq!(read, peer, "{at}: compressed and back");
                    let mut opposite = compressed.to_vec();
                    opposite[0] ^= 1;
                    let opposite = PublicKey::<C>::from_bytes(&opposite).expect("a compressed point");
                    assert_ne!(opposite, peer, "{at}");
                    assert_eq!(agree(&opposite), case.bytes("z"), "{at}: the opposite point has the same x");
                });
            },
        );
        assert_eq!(seen, (3, 75), "curves and cases");
    }
}

#[test]
fn validity() {
    for engine in engines::available() {
        let mut results = BTreeMap::new();
        let own = |block: &Block| ["curve", "hash"].map(|key| block.text(key).to_owned());
        let seen = run("ecdh/validity.txt", own, |[curve, hash], case| {
            let result = case.text("result");
            let at = format!("{engine}, {curve}, {}: {result}", case.place());
            with_curve!(&**curve, C => {
                let key = || private_key::<C>(engine, case).expect("a private key");
                let (peer, own) = (public_key::<C>(case, ["peer_x", "peer_y"]), public_key::<C>(case, ["x", "y"]));
                let hash_of_z = |peer: &PublicKey<C>| {
                    let z = key().agree(peer).expect("a secret");
                    with_hash!(&**hash, D => D::digest(z.as_bytes()).to_vec())
                };
                // The result begins with its number: "F (1 - ...".
                match result[3..].split(' ').next().expect("a number") {
                    "0" | "13" => {
                        assert_eq!(Ok(key().public_key()), own, "{at}");
                        assert_eq!(hash_of_z(&peer.expect("a point")), case.bytes("hash_of_z"), "{at}");
                    }
                    "1" | "2" => assert!(matches!(peer, Err(Error::InvalidKey(_))), "{at}: {peer:?}"),
                    "5" | "6" => assert!(matches!(own, Err(Error::InvalidKey(_))), "{at}: {own:?}"),
                    // Another number, or on P-521 one that's above n.
                    "7" => {
                        let key = private_key::<C>(engine, case).map(|key| key.public_key());
                        assert!(matches!(key, Ok(_) | Err(Error::InvalidKey(_))), "{at}: {key:?}");
                        assert_ne!(key, own, "{at}");
                    }
                    "8" => assert_ne!(hash_of_z(&peer.expect("a point")), case.bytes("hash_of_z"), "{at}"),
                    other => panic!("{at}: an unknown result {other}"),
                }
            });
            *results.entry(result.to_owned()).or_insert(0) += 1;
        });
        assert_eq!(seen, (3, 90), "curves and cases");
        // "P (0 - Correct)" comes after the six failures.
        assert_eq!(
            results.into_values().collect::<Vec<_>>(),
            [6, 6, 6, 6, 6, 6, 48, 6],
            "cases of each result"
        );
    }
}
