//! Certificates: `trust_operation/what`. Chains are of three certificates, root, intermediate and leaf, and in the store
//! there's one root.
//!
//! `read` is a certificate from DER. `verify` is a whole verdict by the rules of the Web: two signatures, and all that's
//! to be seen without them. `pool` is the same on P-256 with 1,000 certificates to find the intermediate among:
//!
//! | name | the other 999 |
//! |---|---|
//! | `strangers` | have other subjects |
//! | `namesakes` | 50 have the subject that's wanted, and other keys, which their key identifiers tell |
//! | `impostors` | 50 have the subject and the key identifier that are wanted: each costs a signature |

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use oneway::ecdsa::{P256, SigningKey};
use oneway::trust::{Certificate, Policy, Purpose, Time, TrustStore, Verifier};

/// A root, an intermediate and a leaf of tests/trust.
macro_rules! family {
    ($name:literal) => {
        [
            include_str!(concat!("../tests/trust/", $name, ".root.pem")),
            include_str!(concat!("../tests/trust/", $name, ".intermediate.pem")),
            include_str!(concat!("../tests/trust/", $name, ".leaf.pem")),
        ]
        .map(|text| Certificate::from_pem(text).expect("a certificate"))
    };
}

fn benches(c: &mut Criterion) {
    for (name, family) in
        [("rsa2048", family!("rsa")), ("p256", family!("p256")), ("ed25519", family!("ed25519"))]
    {
        let [root, intermediate, leaf] = family;
        c.benchmark_group("trust_read").bench_function(name, |b| {
            b.iter(|| Certificate::from_der(black_box(leaf.to_der())));
        });
        let store = TrustStore::from_iter([root]);
        verify(c, &format!("trust_verify/{name}"), &store, &[intermediate], &leaf);
    }

    let [root, intermediate, leaf] = family!("p256");
    let store = TrustStore::from_iter([root]);
    for (name, with_subject, with_key_id) in
        [("strangers", 0, false), ("namesakes", 50, false), ("impostors", 50, true)]
    {
        let mut pool: Vec<_> =
            (0..999).map(|i| other(&intermediate, i, i < with_subject, with_key_id)).collect();
        pool.push(intermediate.clone());
        verify(c, &format!("trust_pool/{name}"), &store, &pool, &leaf);
    }
}

fn verify(c: &mut Criterion, name: &str, store: &TrustStore, pool: &[Certificate], leaf: &Certificate) {
    let verifier = Verifier::new(store)
        .intermediates(pool)
        .purpose(Purpose::server("www.example.com").expect("a name"))
        .policy(Policy::web())
        .at("2026-12-01T00:00:00Z".parse::<Time>().expect("a time"));
    assert_eq!(verifier.verify(leaf).expect("trusted").path().len(), 3);
    let (group, name) = name.split_once('/').expect("a group");
    c.benchmark_group(group).bench_function(name, |b| b.iter(|| verifier.verify(black_box(leaf)).is_ok()));
}

/// The intermediate with another key; with another subject and another key identifier, unless they're to be the same.
/// Its signature isn't right any more.
fn other(intermediate: &Certificate, number: usize, same_subject: bool, same_key_id: bool) -> Certificate {
    const NAME: &[u8] = b"Example Intermediate";
    let mut der = intermediate.to_der().to_vec();
    let mut put = |old: &[u8], new: &[u8]| {
        let at = der.windows(old.len()).rposition(|part| part == old).expect("it's in it");
        der[at..at + old.len()].copy_from_slice(new);
    };
    let key = SigningKey::<P256>::generate().expect("randomness").verifying_key().to_bytes().to_vec();
    let old = intermediate.public_key_der();
    put(&old[old.len() - key.len()..], &key);
    if !same_subject {
        put(NAME, format!("Example No. {number:08}").as_bytes());
    }
    if !same_key_id {
        // The first key identifier of the certificate is its own: OCTET STRING of an OCTET STRING of 20 bytes.
        let at = der.windows(4).position(|part| part == [4, 22, 4, 20]).expect("a key identifier") + 4;
        der[at..at + 20].copy_from_slice(&key[1..21]);
    }
    Certificate::from_der(&der).expect("a certificate")
}

criterion_group!(all, benches);
criterion_main!(all);
