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
//!
//! `work` is what hostile input costs: each row is made so that it asks for as much as it can. What's done about it is
//! bounded by the default [`Budget`](oneway::trust::Budget), or in proportion to the input.
//!
//! | name | the input |
//! |---|---|
//! | `constraints/58kB` | 16 authorities in a row, each with two certificates of one key: 2^16 ways up. Each excludes 80 domains, and the leaf has 300 |
//! | `constraints/650kB` | the same with 1,300 and 700 |
//! | `scope` | a certificate with 17,500 distribution points (248 kB), and a list with 30,000 others in its scope (240 kB) |
//! | `strangers/read` | 100,000 certificates, which have nothing to do with each other, from DER |
//! | `strangers/verify` | a good chain, with those in the pool |
//! | `slow_keys` | 100 possible issuers with RSA keys of 16,384 bits and e = 2^33 - 1; none of them is |

#![allow(missing_docs)] // what `criterion_group!` makes has none

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use oneway::ecdsa::{P256, SigningKey};
use oneway::key::PublicKey;
use oneway::rsa;
use oneway::trust::{
    Authority, Certificate, Crl, Error, PathLength, Policy, Profile, Purpose, Reason, Request, Revocation,
    Time, TrustStore, Validity, Verifier,
};

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
    let verifier = Verifier::new(store, Purpose::server("www.example.com").expect("a name"))
        .intermediates(pool)
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

// ---- the work of hostile input ----

fn work(c: &mut Criterion) {
    let mut group = c.benchmark_group("trust_work");
    group.sample_size(10);

    for (name, excluded, names, len) in
        [("constraints/58kB", 80, 300, 58_000), ("constraints/650kB", 1300, 700, 650_000)]
    {
        let (store, pool, leaf) = twins(excluded, names);
        let found = leaf.to_der().len() + pool.iter().map(|one| one.to_der().len()).sum::<usize>();
        assert!(found.abs_diff(len) < len / 20, "{name}: {found} bytes");
        // No way up holds, so all are tried.
        let policy = Policy::private().require_explicit_policy();
        let verifier = Verifier::new(&store, Purpose::any_server()).policy(policy).intermediates(&pool);
        refuse(&mut group, name, &verifier, &leaf, |reason| matches!(reason, Reason::Budget { .. }));
    }

    let (store, lists, leaf) = scoped();
    let revocation = Revocation::crls(&lists);
    let verifier = Verifier::new(&store, Purpose::any_server()).revocation(revocation);
    refuse(&mut group, "scope", &verifier, &leaf, |reason| {
        matches!(reason, Reason::RevocationUnknown { .. })
    });

    let (store, pool, lists, leaf) = namesakes();
    let revocation = Revocation::crls(&lists);
    let verifier = Verifier::new(&store, Purpose::any_server()).intermediates(&pool).revocation(revocation);
    refuse(&mut group, "lists", &verifier, &leaf, |reason| matches!(reason, Reason::Budget { .. }));

    let [root, intermediate, leaf] = family!("p256");
    let ders = strangers(&intermediate);
    let read = |der: &Vec<u8>| Certificate::from_der(der).expect("a certificate");
    group.bench_function("strangers/read", |b| {
        b.iter(|| ders.iter().map(read).filter(Certificate::is_authority).count());
    });
    let mut pool: Vec<_> = ders.iter().map(read).collect();
    pool.push(intermediate);
    let store = TrustStore::from_iter([root]);
    let time: Time = "2026-12-01T00:00:00Z".parse().expect("a time");
    let verifier = Verifier::new(&store, Purpose::any_server()).intermediates(&pool).at(time);
    assert_eq!(verifier.verify(&leaf).expect("trusted").path().len(), 3);
    group.bench_function("strangers/verify", |b| b.iter(|| verifier.verify(black_box(&leaf)).is_ok()));

    let (store, pool, leaf) = slow_keys();
    let verifier = Verifier::new(&store, Purpose::any_server()).intermediates(&pool);
    refuse(&mut group, "slow_keys", &verifier, &leaf, |reason| matches!(reason, Reason::Budget { .. }));
}

/// A verdict that's no, for this reason.
fn refuse(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    verifier: &Verifier<'_>,
    leaf: &Certificate,
    is_why: fn(&Reason) -> bool,
) {
    let result = verifier.verify(leaf).map(drop);
    assert!(matches!(&result, Err(Error::Refused { reason, .. }) if is_why(reason)), "{name}: {result:?}");
    group.bench_function(name, |b| b.iter(|| verifier.verify(black_box(leaf)).is_err()));
}

fn root(key: SigningKey<P256>) -> Authority {
    Authority::self_signed("CN=Root", key, Validity::days(3650)).expect("a root")
}

/// 16 authorities in a row, each with two certificates of one key, which exclude so many domains; below them a server
/// with so many names.
fn twins(excluded: usize, names: usize) -> (TrustStore, Vec<Certificate>, Certificate) {
    let key = || SigningKey::<P256>::generate().expect("randomness");
    let mut above = root(key());
    // None outlives its issuer.
    let validity = Validity::between(above.certificate().not_before(), above.certificate().not_after());
    let store = TrustStore::from_iter([above.certificate().clone()]);
    let profile = (0..excluded).try_fold(Profile::authority(PathLength::Any), |profile, i| {
        profile.exclude(&format!("{i:04}.x.test"))
    });
    let profile = profile.expect("domains");
    let mut pool = Vec::new();
    for level in 0..16 {
        let key = key();
        let request = Request::builder(format!("CN=Level {level}")).sign(&key).expect("a request");
        let issue = || above.issue(&request, profile.clone(), validity).expect("an authority");
        let (one, other) = (issue(), issue());
        above = Authority::new(one.clone(), key).expect("an authority");
        pool.extend([one, other]);
    }
    let request = Request::builder("");
    let request = (0..names).fold(request, |request, i| request.dns(format!("{i:04}.example")));
    let request = request.sign(&key()).expect("a request");
    let leaf = above.issue(&request, Profile::server(), validity).expect("a server");
    (store, pool, leaf)
}

/// A certificate with many distribution points, and a list of its issuer's with many others.
fn scoped() -> (TrustStore, [Crl; 1], Certificate) {
    let key = SigningKey::<P256>::generate().expect("randomness");
    let root = root(key.clone());
    let authority = (0..17_500).try_fold(root.clone(), |root, i| root.with_crl_at(format!("http://{i:05}")));
    let request = Request::builder("CN=www.example.com").sign(&key).expect("a request");
    let authority = authority.expect("addresses");
    let leaf = authority.issue(&request, Profile::server(), Validity::days(365)).expect("a server");

    let names: Vec<u8> = (0..30_000).flat_map(|i| der(0x86, &[format!("x{i:05}").as_bytes()])).collect();
    let scope = sequence(&[&der(0xa0, &[&der(0xa0, &[&names])])]);
    let tbs = sequence(&[
        &[2, 1, 1],
        &ECDSA,
        root.certificate().subject().to_der(),
        &times(),
        &der(0xa0, &[&sequence(&[&extension(28, &scope)])]),
    ]);
    let signature = key.sign(&tbs).to_der();
    let list = Crl::from_der(&sequence(&[&tbs, &ECDSA, &der(3, &[&[0], &signature])])).expect("a list");
    assert!(leaf.to_der().len().abs_diff(248_000) < 5000 && list.to_der().len().abs_diff(240_000) < 5000);
    (TrustStore::from_iter([root.certificate().clone()]), [list], leaf)
}

/// 2,000 lists of one name, and 2,000 certificates with it, none of whose keys may sign lists.
fn namesakes() -> (TrustStore, Vec<Certificate>, Vec<Crl>, Certificate) {
    let key = SigningKey::<P256>::generate().expect("randomness");
    let public = PublicKey::from(key.verifying_key().clone()).to_der();
    let signed = |tbs: &[u8]| sequence(&[tbs, &ECDSA, &der(3, &[&[0], &key.sign(tbs).to_der()])]);
    let name = common_name("Root");
    let certificate = |serial: u16, subject: &[u8], extension: &[u8]| {
        let tbs = sequence(&[
            &[0xa0, 3, 2, 1, 2],
            &der(2, &[&[1], &serial.to_be_bytes()]),
            &ECDSA,
            &name,
            &sequence(&[&times()]),
            subject,
            &public,
            &der(0xa3, &[&sequence(&[extension])]),
        ]);
        Certificate::from_der(&signed(&tbs)).expect("a certificate")
    };
    let marks = [extension(19, &sequence(&[&[1, 1, 0xff]])), extension(15, &[3, 2, 2, 4])].concat();
    let pool = (1..=2000).map(|serial| certificate(serial, &name, &marks)).collect();
    let list = |number: u16| {
        let number = extension(20, &der(2, &[&[1], &number.to_be_bytes()]));
        let tbs = sequence(&[&[2, 1, 1], &ECDSA, &name, &times(), &der(0xa0, &[&sequence(&[&number])])]);
        Crl::from_der(&signed(&tbs)).expect("a list")
    };
    let names = extension(17, &sequence(&[&der(0x82, &[b"www.example.com"])]));
    let leaf = certificate(1, &common_name("Server"), &names);
    let store = TrustStore::from_iter([certificate(0, &name, &marks)]);
    (store, pool, (1..=2000).map(list).collect(), leaf)
}

/// 100,000 certificates with other subjects: 1,000 keys, and a hundred names for each.
fn strangers(intermediate: &Certificate) -> Vec<Vec<u8>> {
    let others: Vec<_> = (0..1000).map(|i| other(intermediate, i, false, false)).collect();
    let renamed = |i: usize| {
        let mut der = others[i % 1000].to_der().to_vec();
        let old = format!("Example No. {:08}", i % 1000);
        let at = der.windows(old.len()).rposition(|part| part == old.as_bytes()).expect("it's in it");
        der[at..at + old.len()].copy_from_slice(format!("Example No. {i:08}").as_bytes());
        der
    };
    (0..100_000).map(renamed).collect()
}

/// A leaf, and a hundred certificates with its issuer's name and keys that are as slow as keys may be. The keys are nobody's,
/// and no signature is right.
fn slow_keys() -> (TrustStore, Vec<Certificate>, Certificate) {
    let store =
        TrustStore::from_iter([root(SigningKey::generate().expect("randomness")).certificate().clone()]);
    let certificate = |serial: u8, issuer: &str, subject: &str, key: &[u8]| {
        let names = sequence(&[&der(0x82, &[b"www.example.com"])]);
        let extensions = sequence(&[&extension(17, &names)]);
        let tbs = sequence(&[
            &[0xa0, 3, 2, 1, 2],
            &[2, 1, serial],
            &RSA,
            &common_name(issuer),
            &sequence(&[&times()]),
            &common_name(subject),
            key,
            &der(0xa3, &[&extensions]),
        ]);
        let whole = sequence(&[&tbs, &RSA, &der(3, &[&[0], &[0x11; 2048]])]);
        Certificate::from_der(&whole).expect("a certificate")
    };
    let slow = |serial| {
        let mut modulus = [0; 2048];
        getrandom::fill(&mut modulus).expect("randomness");
        modulus[0] |= 0x80;
        modulus[2047] |= 1;
        let key = rsa::PublicKey::new(&modulus, (1 << 33) - 1).expect("a key");
        certificate(serial, "Root", "Slow", &PublicKey::from(key).to_der())
    };
    let pool: Vec<_> = (1..=100).map(slow).collect();
    let key = SigningKey::<P256>::generate().expect("randomness").verifying_key().clone();
    let leaf = certificate(101, "Slow", "www.example.com", &PublicKey::from(key).to_der());
    (store, pool, leaf)
}

/// `CN=…`
fn common_name(text: &str) -> Vec<u8> {
    sequence(&[&der(0x31, &[&sequence(&[&[6, 3, 0x55, 4, 3], &der(0x0c, &[text.as_bytes()])])])])
}

/// `ecdsa-with-SHA256`, and `sha256WithRSAEncryption`.
const ECDSA: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const RSA: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0];

/// From the beginning of 2026 to the end of 2045.
fn times() -> Vec<u8> {
    [b"260101000000Z", b"451231235959Z"].map(|time| der(0x17, &[time])).concat()
}

/// A critical extension of `id-ce` (2.5.29).
fn extension(number: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[&[6, 3, 0x55, 0x1d, number, 1, 1, 0xff], &der(4, &[value])])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

/// An element of these contents.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let len = contents.len().to_be_bytes();
    let len: Vec<u8> = len.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match &len[..] {
        [] => vec![tag, 0],
        [short @ 0..0x80] => vec![tag, *short],
        long => [&[tag, 0x80 | long.len() as u8], long].concat(),
    };
    [head, contents].concat()
}

criterion_group!(all, benches, work);
criterion_main!(all);
