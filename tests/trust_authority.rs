//! Authorities: what they issue, what they refuse, and the story of a chain from its root to everything that can
//! go wrong with it, each with its exact verdict.
#![cfg(all(feature = "trust", feature = "std", feature = "getrandom"))]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use oneway::ecdsa::{P256, P384, P521, SigningKey};
use oneway::key::PrivateKey;
use oneway::trust::x509_cert::der::asn1::{Ia5String, ObjectIdentifier, OctetString};
use oneway::trust::x509_cert::ext::Extension;
use oneway::trust::x509_cert::ext::pkix::{KeyUsage, name::GeneralName};
use oneway::trust::{
    Authority, Certificate, Crl, CrlReason, Error, KeyUsages, Name, Obstacle, PathLength, Policy, Profile,
    Purpose, Reason, Refusal, Request, Revocation, Revoked, Rule, Time, TrustStore, Validity, Verifier,
};
use oneway::{ed25519, rsa};

// ---- keys, times, chains ----

fn p256() -> PrivateKey {
    SigningKey::<P256>::generate().unwrap().into()
}

/// One key of each kind that signs; RSA's is read, since making one takes longer than all the rest.
fn every_kind() -> [(&'static str, PrivateKey); 5] {
    let rsa = rsa::PrivateKey::from_pem(include_str!("keys/rsa2048.pem")).unwrap();
    [
        ("RSA", rsa.into()),
        ("P-256", p256()),
        ("P-384", SigningKey::<P384>::generate().unwrap().into()),
        ("P-521", SigningKey::<P521>::generate().unwrap().into()),
        ("Ed25519", ed25519::SigningKey::generate().unwrap().into()),
    ]
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

const DAY: u64 = 86_400;

/// So many days after the first of December 2026, at noon.
fn day(days: u64) -> Time {
    Time::from_unix_seconds(time("2026-12-01T12:00:00Z").unix_seconds() + days * DAY)
}

/// So many days, from that time on.
fn days(count: u32) -> Validity {
    Validity::days(count).starting(day(0))
}

fn request(subject: &str, key: &PrivateKey) -> Request {
    Request::builder(subject).sign(key).unwrap()
}

/// A root, an authority below it that has none below itself, and a server, with its key.
struct Chain {
    root: Authority,
    inter: Authority,
    leaf: Certificate,
}

impl Chain {
    fn new() -> Self {
        let root = Authority::self_signed("CN=Example Root,O=Example,C=DE", p256(), days(3650)).unwrap();
        let key = p256();
        let certificate = root
            .issue_authority(
                &request("CN=Example Authority,O=Example,C=DE", &key),
                days(1825),
                PathLength::Max(0),
            )
            .unwrap();
        let inter = Authority::new(certificate, key).unwrap();
        let request = Request::builder("CN=www.example.com").dns("*.example.com").sign(&p256()).unwrap();
        let leaf = inter.issue(&request, Profile::server(), days(90)).unwrap();
        Self { root, inter, leaf }
    }

    /// What a client says who trusts the root and was sent the authority's certificate.
    fn verdict(&self, leaf: &Certificate, host: &str, at: Time) -> Result<usize, Error> {
        verdict(&[self.root.certificate().clone()], &[self.inter.certificate().clone()], leaf, host, at)
    }
}

fn verdict(
    roots: &[Certificate],
    between: &[Certificate],
    leaf: &Certificate,
    host: &str,
    at: Time,
) -> Result<usize, Error> {
    let store: TrustStore = roots.iter().cloned().collect();
    let verifier = Verifier::new(&store, Purpose::any()).intermediates(between).policy(Policy::web()).at(at);
    let chain = verifier.purpose(Purpose::server(host)?).verify(leaf)?;
    Ok(chain.path().len())
}

fn refused(error: Error) -> (usize, Reason) {
    match error {
        Error::Refused { position, reason, .. } => (position, reason),
        error => panic!("{error}"),
    }
}

fn obstacle(error: Error) -> Obstacle {
    match error {
        Error::Issue { obstacle, .. } => obstacle,
        error => panic!("{error}"),
    }
}

// ---- the story, step by step ----

#[test]
fn step_1_an_authority_issues_and_a_client_believes() {
    let chain = Chain::new();
    assert_eq!(chain.verdict(&chain.leaf, "www.example.com", day(1)), Ok(3));
    assert!(chain.root.certificate().is_self_signed());
    assert!(!chain.leaf.is_authority() && chain.inter.certificate().is_authority());
}

#[test]
fn step_2_a_wildcard_stands_for_one_label() {
    let chain = Chain::new();
    assert_eq!(chain.verdict(&chain.leaf, "mail.example.com", day(1)), Ok(3));
    for host in ["a.b.example.com", "example.com", "www.example.org"] {
        let error = chain.verdict(&chain.leaf, host, day(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the certificate of CN=www.example.com isn't for {host}, but for www.example.com, *.example.com"
            )
        );
    }
}

#[test]
fn step_3_a_certificate_expires() {
    let chain = Chain::new();
    let last = Time::from_unix_seconds(day(90).unix_seconds() - 1);
    assert_eq!(chain.leaf.not_after(), last);
    assert_eq!(chain.verdict(&chain.leaf, "www.example.com", last), Ok(3));
    let error = chain.verdict(&chain.leaf, "www.example.com", day(90)).unwrap_err();
    assert_eq!(refused(error), (0, Reason::Expired { since: last, at: day(90) }));
    let before = Time::from_unix_seconds(day(0).unix_seconds() - 1);
    let error = chain.verdict(&chain.leaf, "www.example.com", before).unwrap_err();
    assert_eq!(refused(error), (0, Reason::NotYetValid { until: day(0), at: before }));
}

#[test]
fn step_4_an_authority_expires_and_all_below_it_falls() {
    let chain = Chain::new();
    let request = request("CN=www.example.com", &p256());
    let profile = Profile::server().allow_outliving_issuer();
    let leaf = chain.inter.issue(&request, profile, days(3000)).unwrap();
    assert_eq!(chain.verdict(&leaf, "www.example.com", day(1824)), Ok(3));
    let error = chain.verdict(&leaf, "www.example.com", day(2000)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "its issuer, CN=Example Authority,O=Example,C=DE, expired on 2031-11-30T11:59:59Z (asked about 2032-05-23T12:00:00Z)"
    );
    // Without the explicit word nothing of the kind is issued.
    let error = chain.inter.issue(&request, Profile::server(), days(3000)).unwrap_err();
    let issuer_until = chain.inter.certificate().not_after();
    let issuer = "CN=Example Authority,O=Example,C=DE".to_string();
    let until = Time::from_unix_seconds(day(3000).unix_seconds() - 1);
    assert_eq!(obstacle(error), Obstacle::Outlives { until, issuer, issuer_until });
}

#[test]
fn step_5_who_vouches_for_himself_isnt_believed() {
    let chain = Chain::new();
    let key = p256();
    let own = Authority::self_signed("CN=www.example.com", key.clone(), days(90)).unwrap();
    let error = chain.verdict(own.certificate(), "www.example.com", day(1)).unwrap_err();
    // As a server's certificate it has no names, and isn't one.
    assert!(matches!(refused(error), (0, Reason::Name { .. })));
    let request = request("CN=www.example.com", &key);
    let leaf = Certificate::self_signed(&request, &key, Profile::server(), days(90)).unwrap();
    assert!(leaf.is_self_signed() && !leaf.is_authority());
    let error = chain.verdict(&leaf, "www.example.com", day(1)).unwrap_err();
    assert_eq!(refused(error), (0, Reason::SelfSigned));
    // And if one decides to trust exactly that one, it's trusted.
    assert_eq!(verdict(std::slice::from_ref(&leaf), &[], &leaf, "www.example.com", day(1)), Ok(1));
    let error = Certificate::self_signed(&request, &p256(), Profile::server(), days(90)).unwrap_err();
    assert_eq!(error, Error::KeyMismatch { subject: "CN=www.example.com".into() });
}

#[test]
fn step_6_a_request_proves_possession() {
    let chain = Chain::new();
    let good = Request::builder("CN=www.example.com").sign(&p256()).unwrap();
    good.verify().unwrap();
    // Somebody else's key under one's own name: the signature isn't that key's.
    let mut der = good.to_der().to_vec();
    let at = der.windows(11).position(|part| part == b"www.example").unwrap();
    der[at..at + 11].copy_from_slice(b"xxx.example");
    let stolen = Request::from_der(&der).unwrap();
    let expected = Error::Possession { subject: "CN=xxx.example.com".into(), reason: Reason::Signature };
    assert_eq!(stolen.verify(), Err(expected.clone()));
    assert_eq!(chain.inter.issue(&stolen, Profile::server(), days(90)), Err(expected.clone()));
    assert_eq!(
        expected.to_string(),
        "the request of CN=xxx.example.com isn't signed with the key that it's about"
    );
}

#[test]
fn the_chain_without_its_middle_or_its_root() {
    let chain = Chain::new();
    let root = [chain.root.certificate().clone()];
    let error = verdict(&root, &[], &chain.leaf, "www.example.com", day(1)).unwrap_err();
    let issuer = "CN=Example Authority,O=Example,C=DE".to_string();
    assert_eq!(refused(error), (0, Reason::UnknownIssuer { issuer, intermediate_missing: true }));
    let other = Authority::self_signed("CN=Other Root", p256(), days(3650)).unwrap();
    let between = [chain.inter.certificate().clone()];
    let roots = [other.certificate().clone()];
    let error = verdict(&roots, &between, &chain.leaf, "www.example.com", day(1)).unwrap_err();
    let issuer = "CN=Example Root,O=Example,C=DE".to_string();
    assert_eq!(refused(error), (1, Reason::UnknownIssuer { issuer, intermediate_missing: true }));
}

#[test]
fn a_leaf_that_plays_authority() {
    let chain = Chain::new();
    let key = p256();
    let certificate =
        chain.inter.issue(&request("CN=www.example.com", &key), Profile::server(), days(90)).unwrap();
    let error = Authority::new(certificate, key).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the certificate of CN=www.example.com isn't an authority's: it says that it isn't"
    );
}

#[test]
fn revoked() {
    let chain = Chain::new();
    let store = TrustStore::from_iter([chain.root.certificate().clone()]);
    let between = [chain.inter.certificate().clone()];
    let serial = chain.leaf.serial();
    let validity = Validity::days(7).starting(day(1));
    let rng = &mut getrandom::SysRng;
    let none: [Revoked; 0] = [];
    let of_root = chain.root.revoke_with_rng(rng, none.clone(), 1, validity).unwrap();
    let first = chain.inter.revoke_with_rng(rng, none, 1, validity).unwrap();
    let entries =
        [(serial, day(1), CrlReason::KeyCompromise), (&[1, 2, 3][..], day(0), CrlReason::Unspecified)];
    let second = chain.inter.revoke_with_rng(rng, entries, 2, validity).unwrap();
    assert_eq!(second.find(serial).unwrap().why(), "its key is compromised");
    assert_eq!(second.find(&[1, 2, 3]).unwrap().reason, 0);
    assert_eq!(Crl::from_pem(second.to_pem()).unwrap().to_der(), second.to_der());
    for (lists, verdict) in [
        ([of_root.clone(), first], Ok(3)),
        ([of_root, second], Err((0, Reason::Revoked { since: day(1), why: "its key is compromised" }))),
    ] {
        let verifier =
            Verifier::new(&store, Purpose::any()).intermediates(&between).policy(Policy::web()).at(day(2));
        let found = verifier.revocation(Revocation::crls(&lists)).verify(&chain.leaf);
        assert_eq!(found.map(|chain| chain.path().len()).map_err(refused), verdict);
    }
}

// ---- what's issued ----

#[test]
fn every_kind_of_key_signs_every_other() {
    let keys = every_kind();
    let ip = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1));
    for (i, (root_kind, root_key)) in keys.iter().enumerate() {
        let root = Authority::self_signed("CN=Root,C=DE", root_key.clone(), days(3650)).unwrap();
        for (inter_kind, inter_key) in &keys {
            let request = Request::builder("CN=Authority").sign(inter_key).unwrap();
            let certificate = root.issue_authority(&request, days(1000), PathLength::Max(0)).unwrap();
            let inter = Authority::new(certificate, inter_key.clone()).unwrap();
            let (leaf_kind, leaf_key) = &keys[(i + 2) % keys.len()];
            let request =
                Request::builder("CN=www.example.com").dns("*.example.com").ip(ip).sign(leaf_key).unwrap();
            let request = Request::from_pem(request.to_pem()).unwrap();
            let (leaf, report) = inter.issue_with_report(&request, Profile::server(), days(90)).unwrap();
            assert_eq!(report, []);
            for host in ["www.example.com", "x.example.com", "192.0.2.1"] {
                let roots = [root.certificate().clone()];
                let between = [inter.certificate().clone()];
                let found = verdict(&roots, &between, &leaf, host, day(1));
                assert_eq!(found, Ok(3), "{root_kind}, {inter_kind}, {leaf_kind}, {host}");
            }
        }
    }
}

#[test]
fn keys_that_are_bound_to_pss_sign_by_it() {
    use rsa::{PssBinding, PssHash, PssParams};
    let key = rsa::PrivateKey::from_pem(include_str!("keys/rsa2048.pem")).unwrap();
    let params = |hash, min_salt_len| PssBinding::Params(PssParams { hash, mgf_hash: hash, min_salt_len });
    for (binding, name) in [
        (PssBinding::Any, "RSA-PSS with SHA-256, SHA-256 for the mask, 32 bytes of salt"),
        (params(PssHash::Sha384, 48), "RSA-PSS with SHA-384, SHA-384 for the mask, 48 bytes of salt"),
        (params(PssHash::Sha512, 20), "RSA-PSS with SHA-512, SHA-512 for the mask, 20 bytes of salt"),
        (params(PssHash::Sha224, 28), "RSA-PSS with SHA-224, SHA-224 for the mask, 28 bytes of salt"),
    ] {
        let root =
            Authority::self_signed("CN=Root", key.clone().bound_to_pss(binding).unwrap(), days(10)).unwrap();
        assert!(root.certificate().is_self_signed());
        assert!(root.certificate().to_string().contains("RSA-PSS"), "{name}");
        assert!(root.certificate().to_string().replace("\n              ", "").contains(name), "{name}");
    }
    let binding =
        PssBinding::Params(PssParams { hash: PssHash::Sha256, mgf_hash: PssHash::Sha512, min_salt_len: 32 });
    let error = Authority::self_signed("CN=Root", key.bound_to_pss(binding).unwrap(), days(10)).unwrap_err();
    assert!(matches!(error, Error::Key(oneway::Error::Unsupported(_))), "{error}");
}

#[test]
fn a_profile_takes_what_it_has_and_reports_the_rest() {
    use KeyUsages::{DataEncipherment, DigitalSignature, KeyCertSign, KeyEncipherment};
    let chain = Chain::new();
    let oid = ObjectIdentifier::new_unwrap;
    let builder = Request::builder("CN=Example Server,O=Example")
        .dns("www.example.com")
        .mail("alice@example.com")
        .key_usage(DigitalSignature | KeyEncipherment | DataEncipherment | KeyCertSign)
        .extended_key_usage(oid("1.3.6.1.5.5.7.3.1"))
        .extended_key_usage(oid("1.3.6.1.5.5.7.3.2"))
        .extended_key_usage(oid("1.3.6.1.5.5.7.3.3"));
    let request = builder.clone().sign(&p256()).unwrap();
    let (leaf, report) =
        chain.inter.issue_with_report(&request, Profile::server().keep_subject(), days(90)).unwrap();
    assert_eq!(leaf.subject().to_string(), "O=Example");
    assert_eq!(leaf.alternative_names().len(), 1);
    assert_eq!(leaf.key_usage(), Some(KeyUsage(DigitalSignature.into())));
    let report: Vec<_> = report.iter().map(Refusal::to_string).collect();
    assert_eq!(
        report,
        [
            "common name Example Server: a server has one, which is one of its names, of at most 64 characters",
            "name alice@example.com: this profile doesn't have names of this kind",
            "extended key usage: id-kp-codeSigning (1.3.6.1.5.5.7.3.3): this profile doesn't have it",
            "key usage: encryption of keys, encryption of data, signing certificates: this profile doesn't have it for such a key",
        ]
    );
    assert_eq!(chain.verdict(&leaf, "www.example.com", day(1)), Ok(3));
    // An RSA key may be for what TLS 1.2 once did.
    let rsa = every_kind()[0].1.clone();
    let request = builder.sign(&rsa).unwrap();
    let leaf = chain.inter.issue(&request, Profile::server(), days(90)).unwrap();
    assert_eq!(leaf.key_usage(), Some(KeyUsage(DigitalSignature | KeyEncipherment)));
}

const SUBJECT: &str =
    "a subject (`Profile::subject` gives one, `Profile::keep` keeps parts of the request's)";

#[test]
fn names_by_profile() {
    let chain = Chain::new();
    let all = |subject: &str| {
        Request::builder(subject)
            .dns("www.example.com")
            .ip([192, 0, 2, 1])
            .mail("alice@example.com")
            .name(GeneralName::UniformResourceIdentifier(
                Ia5String::new("spiffe://example.com/alice").unwrap(),
            ))
            .sign(&p256())
            .unwrap()
    };
    let count = |subject, profile: &Profile| {
        let (certificate, report) =
            chain.inter.issue_with_report(&all(subject), profile.clone().keep_subject(), days(90)).unwrap();
        assert_eq!(certificate.alternative_names().len() + report.len(), 4);
        certificate.alternative_names().len()
    };
    assert_eq!(count("O=Example", &Profile::server()), 2);
    assert_eq!(count("CN=Alice", &Profile::client()), 4);
    assert_eq!(count("CN=Alice", &Profile::mail()), 1);
    assert_eq!(count("CN=Alice", &Profile::code()), 0);
    // A mail address in the subject, as older requests have it.
    let old = request("emailAddress=bob@example.com,CN=Bob", &p256());
    let certificate = chain.inter.issue(&old, Profile::mail(), days(90)).unwrap();
    assert!(
        certificate
            .alternative_names()
            .any(|name| matches!(name, oneway::trust::GeneralName::Mail("bob@example.com")))
    );
    // Who has no subject has critical alternative names.
    let nameless = Request::builder("").dns("www.example.com").sign(&p256()).unwrap();
    let certificate = chain.inter.issue(&nameless, Profile::server(), days(90)).unwrap();
    assert!(certificate.subject().is_empty());
    assert_eq!(chain.verdict(&certificate, "www.example.com", day(1)), Ok(3));
    for (request, profile, wanted) in [
        (request("O=Example", &p256()), Profile::server(), "a domain or an address"),
        (request("CN=Alice", &p256()), Profile::mail(), "a mail address"),
        (request("", &p256()), Profile::client(), SUBJECT),
        (nameless, Profile::code(), SUBJECT),
        (request("CN=Alice", &p256()), Profile::client(), SUBJECT),
    ] {
        let error = chain.inter.issue(&request, profile, days(90)).unwrap_err();
        assert_eq!(obstacle(error), Obstacle::NoName { wanted });
    }
}

#[test]
fn every_profile_is_for_its_purpose_and_no_other() {
    let chain = Chain::new();
    let store = TrustStore::from_iter([chain.root.certificate().clone()]);
    let between = [chain.inter.certificate().clone()];
    let purposes = || {
        [
            Purpose::any_server(),
            Purpose::client(),
            Purpose::mail("alice@example.com").unwrap(),
            Purpose::code(),
        ]
    };
    let profiles = [Profile::server(), Profile::client(), Profile::mail(), Profile::code()];
    for (kind, key) in every_kind() {
        for (i, profile) in profiles.iter().enumerate() {
            let request = Request::builder("CN=www.example.com")
                .dns("www.example.com")
                .mail("alice@example.com")
                .sign(&key)
                .unwrap();
            let certificate = chain.inter.issue(&request, profile.clone().keep_subject(), days(90)).unwrap();
            for (j, purpose) in purposes().into_iter().enumerate() {
                let verifier = Verifier::new(&store, Purpose::any())
                    .intermediates(&between)
                    .at(day(1))
                    .policy(Policy::web());
                let found = verifier.purpose(purpose).verify(&certificate);
                assert_eq!(found.is_ok(), i == j, "{kind}: profile {i}, purpose {j}: {:?}", found.err());
            }
        }
    }
}

#[test]
fn name_constraints() {
    let root = Authority::self_signed("CN=Root", p256(), days(3650)).unwrap();
    let key = p256();
    let profile = Profile::authority(PathLength::Max(0)).permit("example.com").unwrap();
    let profile = profile.exclude("secret.example.com").unwrap().permit("192.0.2.0/24").unwrap();
    let certificate = root.issue(&request("CN=Authority", &key), profile, days(1000)).unwrap();
    let inter = Authority::new(certificate, key).unwrap();
    let issue = |name: &str| {
        let builder = Request::builder("O=Example");
        let builder = match Name::new(name).unwrap() {
            Name::Ip(address) => builder.ip(address),
            _ => builder.dns(name),
        };
        inter.issue(&builder.sign(&p256()).unwrap(), Profile::server(), days(90))
    };
    for name in ["example.com", "a.b.example.com", "192.0.2.200"] {
        let leaf = issue(name).unwrap();
        let (roots, between) = ([root.certificate().clone()], [inter.certificate().clone()]);
        assert_eq!(verdict(&roots, &between, &leaf, name, day(1)), Ok(3));
    }
    for name in ["example.org", "secret.example.com", "a.secret.example.com", "192.0.3.1"] {
        let error = issue(name).unwrap_err();
        assert!(matches!(refused(error), (0, Reason::NameConstraint { .. })), "{name}");
    }
}

#[test]
fn path_lengths() {
    let root = Authority::self_signed("CN=Root", p256(), days(3650)).unwrap();
    let below = |authority: &Authority, name: &str, length| {
        let key = p256();
        let certificate = authority.issue_authority(&request(name, &key), days(1000), length)?;
        Authority::new(certificate, key)
    };
    let two = below(&root, "CN=Two", PathLength::Max(2)).unwrap();
    // More than its issuer allows isn't to be had.
    let one = below(&two, "CN=One", PathLength::Any).unwrap();
    let zero = below(&one, "CN=Zero", PathLength::Max(7)).unwrap();
    assert!(one.certificate().to_string().contains("at most 1 authorities"));
    assert!(zero.certificate().to_string().contains("no authority below it"));
    let error = below(&zero, "CN=None", PathLength::Any).unwrap_err();
    assert_eq!(obstacle(error), Obstacle::PathLength { issuer: "CN=Zero".into() });
    let any = below(&root, "CN=Any", PathLength::Any).unwrap();
    assert!(any.certificate().to_string().contains("authority:    yes\n"));
    let leaf = zero.issue(&request("CN=a.example.com", &p256()), Profile::server(), days(90)).unwrap();
    let between = [zero, one, two].map(|authority| authority.certificate().clone());
    assert_eq!(verdict(&[root.certificate().clone()], &between, &leaf, "a.example.com", day(1)), Ok(5));
}

#[test]
fn an_authority_has_the_key_to_its_certificate() {
    let chain = Chain::new();
    let error = Authority::new(chain.inter.certificate().clone(), p256()).unwrap_err();
    assert_eq!(error, Error::KeyMismatch { subject: "CN=Example Authority,O=Example,C=DE".into() });
    assert_eq!(
        error.to_string(),
        "the private key isn't the one of the certificate of CN=Example Authority,O=Example,C=DE"
    );
}

#[test]
fn serial_numbers_are_random_and_positive() {
    let chain = Chain::new();
    let request = request("CN=www.example.com", &p256());
    let mut all: Vec<Vec<u8>> = (0..50)
        .map(|_| chain.inter.issue(&request, Profile::server(), days(90)).unwrap().serial().to_vec())
        .collect();
    assert!(all.iter().all(|serial| serial[0] < 0x80 && (12..=17).contains(&serial.len())));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 50);
}

#[test]
fn times_that_end_before_they_begin() {
    let chain = Chain::new();
    let request = request("CN=www.example.com", &p256());
    let backwards = |error| matches!(obstacle(error), Obstacle::Backwards { .. });
    assert!(backwards(chain.inter.issue(&request, Profile::server(), Validity::days(0)).unwrap_err()));
    assert!(backwards(
        Authority::self_signed("CN=a", p256(), Validity::between(day(1), day(0))).unwrap_err()
    ));
    let none: [Revoked; 0] = [];
    assert!(backwards(chain.inter.revoke(none, time("2026-11-01T00:00:00Z")).unwrap_err()));
}

#[test]
fn lists_that_arent_signed() {
    let chain = Chain::new();
    let next = Time::now() + Duration::from_secs(DAY);
    let entry = |serial: &[u8], reason| Revoked::from((serial, day(0), reason));
    let revoke = |entries: Vec<Revoked>| chain.inter.revoke(entries, next);
    let twice = vec![entry(&[1], CrlReason::Superseded), entry(&[1], CrlReason::KeyCompromise)];
    assert_eq!(obstacle(revoke(twice).unwrap_err()), Obstacle::Twice { serial: "01".into() });
    for reason in [7, 8, 42] {
        let entry = Revoked { reason, ..entry(&[1], CrlReason::Superseded) };
        assert_eq!(obstacle(revoke(vec![entry]).unwrap_err()), Obstacle::Reason { reason });
    }
    // Of the number 9a…, as others print it, the first byte is zero.
    for (serial, shown) in
        [(&[][..], ""), (&[0], "00"), (&[0, 1], "00:01"), (&[0x9a, 1], "9a:01"), (&[0x80], "80")]
    {
        let error = revoke(vec![entry(serial, CrlReason::Superseded)]).unwrap_err();
        assert_eq!(obstacle(error), Obstacle::Serial { serial: shown.into() });
    }
    assert!(revoke(vec![entry(&[1; 21], CrlReason::Superseded)]).is_err());
    let good = [&[0, 0x9a][..], &[0x7f; 20], &[1]].map(|serial| entry(serial, CrlReason::Superseded));
    let crl = revoke(good.to_vec()).unwrap();
    assert!(good.iter().all(|entry| crl.find(&entry.serial) == Some(entry)));
}

#[test]
fn the_numbers_of_lists_grow() {
    let chain = Chain::new();
    let next = Time::now() + Duration::from_secs(DAY);
    let none: [Revoked; 0] = [];
    let lists: Vec<_> = (0..3).map(|_| chain.inter.revoke(none.clone(), next).unwrap()).collect();
    let number = |crl: &Crl| crl.number().unwrap().iter().fold(0u128, |n, byte| n << 8 | u128::from(*byte));
    assert!(lists.windows(2).all(|pair| number(&pair[0]) < number(&pair[1])));
    let validity = Validity::days(7).starting(day(1));
    let crl = chain.inter.revoke_with_rng(&mut getrandom::SysRng, none, u128::MAX, validity).unwrap();
    assert_eq!(number(&crl), u128::MAX);
    assert_eq!((crl.this_update(), crl.next_update().unwrap() + Duration::from_secs(1)), (day(1), day(8)));
}

#[test]
fn distribution_points() {
    let chain = Chain::new();
    let inter = chain.inter.clone().with_crl_at("http://crl.example.com/authority.crl").unwrap();
    let leaf = inter.issue(&request("CN=www.example.com", &p256()), Profile::server(), days(90)).unwrap();
    assert!(leaf.to_string().contains("CRLs at:      http://crl.example.com/authority.crl"));
    for text in
        ["https://crl.example.com/", "ldap://a/", "http://", "http:// a", "http://ä.de/", "http://a\"b"]
    {
        let error = chain.inter.clone().with_crl_at(text).unwrap_err();
        assert!(matches!(error, Error::Name { .. }), "{text}");
    }
}

// ---- requests ----

#[test]
fn requests_say_what_is_wrong_with_them() {
    let sign = |builder: oneway::trust::RequestBuilder| builder.sign(&p256()).unwrap_err();
    for (error, name) in [
        (sign(Request::builder("Example")), "Example"),
        (sign(Request::builder("CN=a").dns("a b")), "a b"),
        (sign(Request::builder("CN=a").dns("*.com")), "*.com"),
        (sign(Request::builder("CN=a").dns("bücher.example")), "bücher.example"),
        (sign(Request::builder("CN=a").mail("example.com").dns("x y")), "example.com"),
    ] {
        assert!(matches!(&error, Error::Name { name: found, .. } if found == name), "{error}");
    }
    let x25519 = oneway::ecdh::PrivateKey::<oneway::ecdh::X25519>::generate().unwrap();
    let error = Request::builder("CN=a").sign(&x25519).unwrap_err();
    assert_eq!(error.to_string(), "a key for X25519, which is key agreement, not a key for signatures");
    let error = Authority::self_signed("CN=a", x25519, days(1)).unwrap_err();
    assert!(matches!(error, Error::Key(oneway::Error::Found { .. })));
    assert!(Request::from_pem("").unwrap_err().to_string().contains("there's no request in it"));
    let pem = request("CN=a", &p256()).to_pem();
    let error = Request::from_pem(pem.repeat(2)).unwrap_err();
    assert!(error.to_string().contains("several requests"));
    let error = Request::from_der(&vec![0x30; 1 << 19]).unwrap_err();
    assert!(error.to_string().contains("longer than 256 KiB"));
}

#[test]
fn requests_are_printed() {
    let key = p256();
    let request = Request::builder("CN=www.example.com,O=Example").dns("*.example.com").sign(&key).unwrap();
    assert_eq!(
        request.to_string(),
        "subject:      CN=www.example.com,O=Example\n\
         names:        *.example.com\n\
         key:          P-256\n\
         signed by:    its own key (ECDSA with SHA-256)"
    );
    assert_eq!(format!("{request:?}"), "Request(CN=www.example.com,O=Example)");
}

#[test]
fn damaged_requests_never_prove_anything() {
    let key = p256();
    let request =
        Request::builder("CN=www.example.com").dns("*.example.com").ip([1, 2, 3, 4]).sign(&key).unwrap();
    let der = request.to_der();
    for len in 0..der.len() {
        assert!(Request::from_der(&der[..len]).is_err());
    }
    for at in 0..der.len() {
        for change in [1, 0x80, 0xff] {
            let mut der = der.to_vec();
            der[at] ^= change;
            if let Ok(request) = Request::from_der(&der) {
                assert!(request.verify().is_err(), "byte {at}");
                let _ = request.to_string();
            }
        }
    }
}

// ---- randomness ----

/// A generator that gives always the same, or fails.
struct Broken(Option<u8>);

impl rand_core::TryRng for Broken {
    type Error = rand_core::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(self.0.unwrap_or_default());
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Broken {}

#[test]
fn a_generator_of_zeros_makes_no_serial_number() {
    let chain = Chain::new();
    let request = request("CN=www.example.com", &p256());
    let issue =
        |byte| chain.inter.issue_with_rng(&mut Broken(Some(byte)), &request, Profile::server(), days(90));
    assert_eq!(issue(0).unwrap_err(), Error::Key(oneway::Error::Random));
    assert_eq!(issue(0xff).unwrap().0.serial().len(), 17);
}

// ---- what a review found ----

#[test]
fn everything_that_is_issued_keeps_every_rule() {
    let chain = Chain::new();
    let store = TrustStore::from_iter([chain.root.certificate().clone()]);
    let between = [chain.inter.certificate().clone()];
    let policy = Rule::all().fold(Policy::web(), Policy::with);
    let verifier = Verifier::new(&store, Purpose::any()).intermediates(&between).policy(policy).at(day(1));
    verifier.purpose(Purpose::server("www.example.com").unwrap()).verify(&chain.leaf).unwrap();
}

#[test]
fn who_vouches_for_himself_has_a_name() {
    let key = p256();
    for request in [
        Request::builder("").dns("localhost").sign(&key).unwrap(),
        Request::builder("CN=My Service").dns("localhost").sign(&key).unwrap(),
    ] {
        let error = Certificate::self_signed(&request, &key, Profile::server(), days(90)).unwrap_err();
        assert!(matches!(obstacle(error), Obstacle::NoName { .. }));
    }
    for profile in [Profile::server(), Profile::authority(PathLength::Max(0)).permit("example.com").unwrap()]
    {
        let request = Request::builder("CN=localhost").ip([127, 0, 0, 1]).sign(&key).unwrap();
        let own = Certificate::self_signed(&request, &key, profile, days(90)).unwrap();
        let store = TrustStore::from_iter([own.clone()]);
        Verifier::new(&store, Purpose::any()).at(day(1)).verify(&own).unwrap();
    }
}

#[test]
fn subjects_that_new_certificates_dont_have() {
    let chain = Chain::new();
    let key = p256();
    let good = request("CN=abcdefgh", &key);
    // The same with other bytes, signed anew: a UTF8String that's empty, a TeletexString, a set without members.
    let with = |old: &[u8], new: &[u8]| {
        let der = good.to_der();
        let at = der.windows(old.len()).position(|part| part == old).unwrap();
        [&der[..at], new, &der[at + old.len()..]].concat()
    };
    let teletex = with(b"\x0c\x08abcdefgh", b"\x14\x08abcdefgh");
    let Ok(found) = Request::from_der(&teletex) else { panic!("it's read") };
    assert!(matches!(found.verify(), Err(Error::Possession { .. })));
    for subject in ["CN=", "C=Germany", "DC=bücher", "emailAddress=ü@example.com", "CN=#0500"] {
        assert!(matches!(Request::builder(subject).sign(&key), Err(Error::Name { .. })), "{subject}");
        assert!(matches!(Authority::self_signed(subject, key.clone(), days(1)), Err(Error::Name { .. })));
    }
    assert!(chain.inter.issue(&good, Profile::client().keep_subject(), days(90)).is_ok());
}

#[test]
fn names_that_new_certificates_dont_have() {
    let chain = Chain::new();
    let name = |text: &str| GeneralName::DnsName(Ia5String::new(text).unwrap());
    let mapped = GeneralName::IpAddress(
        OctetString::new([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1]).unwrap(),
    );
    let bad = [
        name("_dmarc.example.com"),
        name("ab--c.com"),
        name("*.com"),
        name("a b"),
        name(""),
        name("a.0x7f"),
        mapped,
    ];
    let builder = Request::builder("CN=www.example.com").dns("WWW.example.com");
    let request =
        bad.iter().cloned().fold(builder, oneway::trust::RequestBuilder::name).sign(&p256()).unwrap();
    let (certificate, report) = chain.inter.issue_with_report(&request, Profile::server(), days(90)).unwrap();
    assert_eq!((certificate.alternative_names().len(), report.len()), (1, bad.len()));
    // What it may get is what there's to check.
    let request = Request::builder("CN=b.example.com,CN=a.example.com,O=x,emailAddress=bob@example.com")
        .ip([192, 0, 2, 1])
        .sign(&p256())
        .unwrap();
    let names: Vec<_> = request.names().map(|name| name.to_string()).collect();
    assert_eq!(names, ["a.example.com", "b.example.com", "bob@example.com", "192.0.2.1"]);
    let profile = Profile::server().keep_subject();
    let (certificate, report) = chain.inter.issue_with_report(&request, profile, days(90)).unwrap();
    assert_eq!(certificate.subject().to_string(), "CN=b.example.com,O=x");
    assert_eq!(certificate.alternative_names().len(), 3);
    let report: Vec<_> = report.iter().map(|refusal| refusal.asked.as_str()).collect();
    assert_eq!(report, ["mail address bob@example.com", "common name a.example.com"]);
}

#[test]
fn a_huge_request_costs_little_and_gets_nothing() {
    let chain = Chain::new();
    let builder = (0..1001)
        .fold(Request::builder("CN=a.example.com"), |builder, i| builder.dns(format!("{i}.example.com")));
    let request = builder.sign(&p256()).unwrap();
    let error = chain.inter.issue(&request, Profile::server(), days(90)).unwrap_err();
    assert_eq!(obstacle(error), Obstacle::TooMany { of: "names", max: 1000 });
    let builder = (0..1000)
        .fold(Request::builder("CN=a.example.com"), |builder, i| builder.dns(format!("{i}.example.com")));
    let leaf = chain.inter.issue(&builder.sign(&p256()).unwrap(), Profile::server(), days(90)).unwrap();
    assert_eq!(leaf.alternative_names().len(), 1001);
}

#[test]
fn a_key_for_pss_alone_is_for_signatures() {
    use KeyUsages::{DigitalSignature, KeyEncipherment};
    let chain = Chain::new();
    let key = rsa::PrivateKey::from_pem(include_str!("keys/rsa2048.pem")).unwrap();
    let bound = key.clone().bound_to_pss(rsa::PssBinding::Any).unwrap();
    for profile in [Profile::server(), Profile::mail(), Profile::client().keep_subject()] {
        let builder =
            Request::builder("CN=www.example.com").mail("alice@example.com").key_usage(KeyEncipherment);
        let request = builder.clone().sign(&bound).unwrap();
        let certificate = chain.inter.issue(&request, profile, days(90)).unwrap();
        assert_eq!(certificate.key_usage(), Some(KeyUsage(DigitalSignature.into())));
    }
    // One that's for clients too signs.
    let client = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
    let builder = Request::builder("CN=www.example.com").key_usage(KeyEncipherment);
    for (builder, usage) in [
        (builder.clone(), KeyUsage(KeyEncipherment.into())),
        (builder.extended_key_usage(client), KeyUsage(KeyEncipherment | DigitalSignature)),
    ] {
        let certificate =
            chain.inter.issue(&builder.sign(&key).unwrap(), Profile::server(), days(90)).unwrap();
        assert_eq!(certificate.key_usage(), Some(usage));
    }
}

#[test]
fn constraints_are_for_authorities() {
    for profile in
        [Profile::server(), Profile::client(), Profile::mail(), Profile::code()].map(Profile::keep_subject)
    {
        assert!(matches!(profile.clone().permit("example.com"), Err(Error::Name { .. })));
        assert!(matches!(profile.exclude("example.com"), Err(Error::Name { .. })));
    }
}

#[test]
fn an_authority_keeps_its_key_identifier() {
    let chain = Chain::new();
    let key = p256();
    let id = [7; 20];
    let asked = Extension {
        extn_id: ObjectIdentifier::new_unwrap("2.5.29.14"),
        critical: false,
        extn_value: OctetString::new([&[4, 20][..], &id].concat()).unwrap(),
    };
    let request = Request::builder("CN=Old Authority").extension(asked).sign(&key).unwrap();
    let certificate = chain.root.issue_authority(&request, days(100), PathLength::Any).unwrap();
    let shown = id.map(|byte| format!("{byte:02x}")).join(":");
    assert!(certificate.to_string().contains(&format!("key id:       {shown}")));
    let old = Authority::new(certificate, key).unwrap();
    let leaf = old.issue(&self::request("CN=www.example.com", &p256()), Profile::server(), days(90)).unwrap();
    assert!(leaf.to_string().contains(&format!("issuer's id:  {shown}")));
    let roots = [chain.root.certificate().clone()];
    assert_eq!(verdict(&roots, &[old.certificate().clone()], &leaf, "www.example.com", day(1)), Ok(3));
}

#[test]
fn extensions_of_the_callers_and_places() {
    let chain = Chain::new();
    let extension = |oid: &str, critical, value: &[u8]| Extension {
        extn_id: ObjectIdentifier::new_unwrap(oid),
        critical,
        extn_value: OctetString::new(value).unwrap(),
    };
    let staple = extension("1.3.6.1.5.5.7.1.24", false, &[0x30, 3, 2, 1, 5]);
    let inter = chain.inter.clone().with_issuer_at("http://example.com/authority.cer").unwrap();
    let inter = inter.with_ocsp_at("http://ocsp.example.com").unwrap();
    let request = Request::builder("CN=www.example.com").extension(staple.clone()).sign(&p256()).unwrap();
    let (leaf, report) =
        inter.issue_with_report(&request, Profile::server().with_extension(staple), days(90)).unwrap();
    assert_eq!(report, []);
    let text = leaf.to_string();
    for part in [
        "issuer at:    http://example.com/authority.cer",
        "OCSP at:      http://ocsp.example.com",
        "must staple",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let issue =
        |extension| chain.inter.issue(&request, Profile::server().with_extension(extension), days(90));
    let error = issue(extension("2.5.29.19", true, &[0x30, 0])).unwrap_err();
    assert!(error.to_string().contains("twice"), "{error}");
    let error = issue(extension("1.2.3.4", true, &[5, 0])).unwrap_err();
    assert!(matches!(refused(error), (0, Reason::CriticalExtension { .. })));
}
