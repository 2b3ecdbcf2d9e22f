//! The verifier's verdicts: each reason against trust brought about and read, the way through cross-signed
//! certificates, rules that can be switched, and hostile input.
//!
//! Certificates are made here (`certificates_made`), so that each is wrong in one thing alone.

mod certificates_made;

use std::time::{Duration, Instant};

use certificates_made::*;
use oneway::trust::x509_cert::der::asn1::ObjectIdentifier;
use oneway::trust::x509_cert::ext::pkix::KeyUsages;
use oneway::trust::{
    Budget, Certificate, Chain, Crl, Error, Name, Policy, Purpose, Reason, Request, Result, Revocation, Rule,
    Time, TrustStore, Verifier,
};

// ---- who's who ----

fn root() -> Party {
    Party::new("Root", 1)
}

fn authority() -> Party {
    Party::new("Authority", 2)
}

fn server() -> Party {
    Party::new("www.example.com", 3)
}

fn root_draft() -> Draft {
    Draft::authority(&root(), &root())
}

fn authority_draft() -> Draft {
    Draft::authority(&authority(), &root())
}

fn leaf_draft() -> Draft {
    Draft::leaf(&server(), &authority())
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

const NOW: &str = "2026-06-01T00:00:00Z";

/// All that a verdict depends on.
struct Question {
    leaf: Certificate,
    pool: Vec<Certificate>,
    store: TrustStore,
    purpose: Purpose,
    policy: Policy,
    lists: Option<Vec<Crl>>,
}

impl Question {
    /// Is this the server `www.example.com`? A leaf, an authority and a root.
    fn new(leaf: &Draft, authority_draft: &Draft, root_draft: &Draft) -> Self {
        Self {
            leaf: leaf.sign(&authority().key),
            pool: vec![authority_draft.sign(&root().key)],
            store: [root_draft.sign(&root().key)].into_iter().collect(),
            purpose: Purpose::server("www.example.com").unwrap(),
            policy: Policy::strict(),
            lists: None,
        }
    }

    fn good() -> Self {
        Self::new(&leaf_draft(), &authority_draft(), &root_draft())
    }

    fn leaf(draft: &Draft) -> Self {
        Self::new(draft, &authority_draft(), &root_draft())
    }

    fn authority(draft: &Draft) -> Self {
        Self::new(&leaf_draft(), draft, &root_draft())
    }

    fn root(draft: &Draft) -> Self {
        Self::new(&leaf_draft(), &authority_draft(), draft)
    }

    fn purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    fn lists(self, lists: impl Into<Vec<Crl>>) -> Self {
        Self { lists: Some(lists.into()), ..self }
    }

    fn pool(self, pool: impl Into<Vec<Certificate>>) -> Self {
        Self { pool: pool.into(), ..self }
    }

    fn store<const N: usize>(self, store: [Certificate; N]) -> Self {
        Self { store: store.into_iter().collect(), ..self }
    }

    fn chain(&self) -> Result<Chain<'_>> {
        let verifier = Verifier::new(&self.store, self.purpose.clone())
            .intermediates(&self.pool)
            .at(time(NOW))
            .policy(self.policy.clone());
        match &self.lists {
            Some(lists) => verifier.revocation(Revocation::crls(lists).leaf_only()),
            None => verifier,
        }
        .verify(&self.leaf)
    }

    fn ask(&self) -> Result<()> {
        self.chain().map(drop)
    }

    /// The answer is no, for this reason and in these words.
    #[track_caller]
    fn is_refused(&self, position: usize, subject: &str, reason: Reason, text: &str) {
        let error = self.ask().unwrap_err();
        assert_eq!(error, Error::Refused { position, subject: subject.into(), reason });
        assert_eq!(error.to_string(), text);
    }

    /// It's yes without a rule, and no with it, for this problem.
    #[track_caller]
    fn depends_on(&self, rule: Rule, problem: &'static str) {
        let with = |policy: Policy| Self {
            leaf: self.leaf.clone(),
            pool: self.pool.clone(),
            store: self.store.clone(),
            purpose: self.purpose.clone(),
            policy,
            lists: self.lists.clone(),
        };
        assert_eq!(with(self.policy.clone().without(rule)).ask(), Ok(()), "without {rule:?}");
        match with(self.policy.clone().with(rule)).ask() {
            Err(Error::Refused { reason, .. }) => assert_eq!(reason, Reason::Rule { rule, problem }),
            other => panic!("with {rule:?}: {other:?}"),
        }
    }
}

const LEAF: &str = "CN=www.example.com";
const AUTHORITY: &str = "CN=Authority";
const ROOT: &str = "CN=Root";

#[test]
fn a_good_chain() {
    let question = Question::good();
    let chain = question.chain().unwrap();
    assert_eq!(chain.path(), [&question.leaf, &question.pool[0], &question.store.certificates()[0]]);
    assert_eq!(chain.leaf(), &question.leaf);
    assert_eq!(chain.root().subject().to_string(), ROOT);
    assert_eq!(chain.public_key(), &question.leaf.public_key().unwrap());
    assert_eq!(chain.names().collect::<Vec<_>>(), [Name::new("www.example.com").unwrap()]);
    assert!(chain.root().is_self_signed() && !chain.leaf().is_self_signed());
    assert_eq!(chain.leaf().check_signed_by(&question.pool[0]), Ok(()));
    assert_eq!(chain.leaf().check_signed_by(chain.root()), Err(Reason::Signature));
}

// ---- errors, one by one ----

#[test]
fn error_malformed() {
    let Err(Error::Malformed { part, problem }) = Certificate::from_der(b"") else { panic!() };
    assert_eq!(part, "certificate");
    let text = Error::Malformed { part, problem: problem.clone() }.to_string();
    assert_eq!(text, format!("malformed certificate: {problem}"));

    let twice = leaf_draft().and(NAMES, false, domains(&["www.example.com"])).der(&authority().key);
    assert_eq!(
        Certificate::from_der(&twice).unwrap_err().to_string(),
        "malformed certificate: it has the extension subject alternative name twice"
    );
    let twice = leaf_draft().and("1.2.3", false, vec![]).and("1.2.3", true, vec![]).der(&authority().key);
    assert_eq!(
        Certificate::from_der(&twice).unwrap_err().to_string(),
        "malformed certificate: it has the extension 1.2.3 twice"
    );
    let damaged = leaf_draft().with(KEY_USAGE, true, vec![5, 0]).sign(&authority().key);
    let Err(Error::Malformed { part: "key usage", .. }) = damaged.check_extensions() else { panic!() };
    let version_1 = Draft { version: None, ..leaf_draft() }.der(&authority().key);
    assert_eq!(
        Certificate::from_der(&version_1).unwrap_err().to_string(),
        "malformed certificate: it has extensions, and isn't of version 3"
    );
    assert_eq!(
        Certificate::from_pem("nothing").unwrap_err().to_string(),
        "malformed PEM: there's no certificate in it: it has no BEGIN line (what's wanted is what's in a file, not its \
         name)"
    );
    for (text, problem) in [
        ("", ": it's empty"),
        (include_str!("keys/p256.pem"), ", but a private key"),
        (include_str!("keys/p256.pub.pem"), ", but a public key"),
        (include_str!("keys/request.pem"), ", but a certificate request"),
        (
            include_str!("keys/pkcs7.pem"),
            ", but a PKCS#7 message (`openssl pkcs7 -print_certs` takes them out)",
        ),
    ] {
        let expected = format!("malformed PEM: there's no certificate in it{problem}");
        assert_eq!(Certificate::from_pem(text).unwrap_err().to_string(), expected);
        assert_eq!(TrustStore::from_pem(text).unwrap_err().to_string(), expected);
    }
    let certificate = leaf_draft().sign(&authority().key);
    assert_eq!(
        Certificate::from_pem(certificate.to_der()).unwrap_err().to_string(),
        "malformed PEM: there's no certificate in it, but DER (for `from_der`)"
    );
    assert_eq!(
        Crl::from_pem(certificate.to_pem()).unwrap_err().to_string(),
        "malformed PEM: there's no revocation list in it, but a certificate"
    );
    assert_eq!(
        Request::from_pem(certificate.to_pem()).unwrap_err().to_string(),
        "malformed PEM: there's no request in it, but a certificate"
    );
    for (bytes, problem) in
        [("", "it's empty"), (&*certificate.to_pem(), "it's PEM text (for `from_pem`), not DER")]
    {
        let errors = [
            ("certificate", Certificate::from_der(bytes.as_bytes()).unwrap_err()),
            ("revocation list", Crl::from_der(bytes.as_bytes()).unwrap_err()),
            ("request", Request::from_der(bytes.as_bytes()).unwrap_err()),
        ];
        for (part, error) in errors {
            assert_eq!(error.to_string(), format!("malformed {part}: {problem}"));
        }
    }
    assert_eq!(
        Certificate::from_pem(leaf_draft().sign(&authority().key).to_pem().repeat(2))
            .unwrap_err()
            .to_string(),
        "malformed PEM: there are several certificates, where one is expected"
    );
    let Err(Error::Malformed { part: "revocation list", .. }) = Crl::from_der(b"") else { panic!() };
}

#[test]
fn error_name() {
    let cases = [
        (
            "*.example.com",
            "not a domain name: `*` stands in certificates, and a name that's asked for is a whole one",
        ),
        ("", "it's empty"),
        ("exa mple.com", "not a domain name, such as www.example.com"),
        (
            "https://www.example.com",
            "a URL: only the name in it is wanted, without `https://`, port and path",
        ),
        (
            "https://alice@example.com",
            "a URL: only the name in it is wanted, without `https://`, port and path",
        ),
        ("www.example.com/index.html", "there's a `/` in it: a name is wanted, and nothing else"),
        ("www.example.com:443", "it ends in a port: a name is wanted, and nothing else"),
        ("192.0.2.1:443", "it ends in a port: a name is wanted, and nothing else"),
        ("[2001:db8::1]:443", "it ends in a port: a name is wanted, and nothing else"),
        ("bücher.example", "names in other scripts have to be in their ASCII form, `xn--…` (IDNA)"),
        ("@example.com", "not a mail address that certificates have, such as alice@example.com"),
        ("alice@example.com", "a mail address, not a server's name"),
    ];
    for (name, problem) in cases {
        let error = Purpose::server(name).unwrap_err();
        assert_eq!(error, Error::Name { name: name.into(), problem });
        assert_eq!(error.to_string(), format!("the name \"{name}\": {problem}"));
    }
    assert_eq!(
        Purpose::mail("example.com").unwrap_err().to_string(),
        "the name \"example.com\": not a mail address, such as alice@example.com"
    );
}

#[test]
fn error_file_and_time() {
    // What brings these about is outside of a test: the environment, and a build without `std`.
    let error = Error::File { path: "roots.pem".into(), problem: "gone".into() };
    assert_eq!(error.to_string(), "roots.pem: gone");
    assert_eq!(
        Error::NoTime.to_string(),
        "there's no clock here: the time has to be given (`Verifier::at`, `Validity::between`)"
    );
}

// ---- reasons, one by one ----

#[test]
fn reason_expired() {
    let since = time("2026-05-31T23:59:59Z");
    let expired = |draft: Draft| Draft { until: "20260531235959Z", ..draft };
    let reason = || Reason::Expired { since, at: time(NOW) };
    let end = "expired on 2026-05-31T23:59:59Z (asked about 2026-06-01T00:00:00Z)";
    Question::leaf(&expired(leaf_draft())).is_refused(
        0,
        LEAF,
        reason(),
        &format!("the certificate of {LEAF} {end}"),
    );
    Question::authority(&expired(authority_draft())).is_refused(
        1,
        AUTHORITY,
        reason(),
        &format!("its issuer, {AUTHORITY}, {end}"),
    );
    Question::root(&expired(root_draft())).is_refused(
        2,
        ROOT,
        reason(),
        &format!("authority 2 above it, {ROOT}, {end}"),
    );
    // The last second counts.
    assert_eq!(Question::leaf(&Draft { until: "20260601000000Z", ..leaf_draft() }).ask(), Ok(()));
}

#[test]
fn reason_not_yet_valid() {
    Question::leaf(&Draft { from: "20260601000001Z", ..leaf_draft() }).is_refused(
        0,
        LEAF,
        Reason::NotYetValid { until: time("2026-06-01T00:00:01Z"), at: time(NOW) },
        "the certificate of CN=www.example.com isn't valid until 2026-06-01T00:00:01Z (asked about \
         2026-06-01T00:00:00Z)",
    );
    assert_eq!(Question::leaf(&Draft { from: "20260601000000Z", ..leaf_draft() }).ask(), Ok(()));
}

#[test]
fn reason_name() {
    let wanted = || "www.example.com".to_string();
    let many: Vec<String> = (0..10).map(|i| format!("{i}.example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut offered: Vec<String> = many[..8].iter().map(ToString::to_string).collect();
    offered.push("2 more".into());
    Question::leaf(&leaf_draft().with(NAMES, false, domains(&many))).is_refused(
        0,
        LEAF,
        Reason::Name { wanted: wanted(), offered: offered.clone() },
        &format!("the certificate of {LEAF} isn't for www.example.com, but for {}", offered.join(", ")),
    );
    Question::leaf(&leaf_draft().without(NAMES)).is_refused(
        0,
        LEAF,
        Reason::Name { wanted: wanted(), offered: Vec::new() },
        "the certificate of CN=www.example.com isn't for www.example.com: it names nobody among its \
         alternative names (a common name doesn't count)",
    );
    // All names that are asked for have to be there.
    let both = Purpose::any_server().named(Name::new("www.example.com").unwrap());
    let both = both.named(Name::new("192.0.2.1").unwrap());
    let question = Question::good().purpose(both.clone());
    assert_eq!(
        question.ask().unwrap_err().to_string(),
        "the certificate of CN=www.example.com isn't for 192.0.2.1, but for www.example.com"
    );
    let names = sequence(&[domain("www.example.com"), ip(&[192, 0, 2, 1])]);
    assert_eq!(Question::leaf(&leaf_draft().with(NAMES, false, names)).purpose(both).ask(), Ok(()));
}

#[test]
fn reason_self_signed() {
    let own = Draft::leaf(&server(), &server()).sign(&server().key);
    let question = Question { leaf: own.clone(), ..Question::good() };
    let text =
        "the certificate of CN=www.example.com is signed by itself, and isn't among the trusted certificates";
    question.is_refused(0, LEAF, Reason::SelfSigned, text);
    assert_eq!(question.store([own]).ask(), Ok(()));

    // A root that somebody sent along.
    let good = Question::good();
    let pool = [good.pool[0].clone(), good.store.certificates()[0].clone()];
    let text = "authority 2 above it, CN=Root, is signed by itself, and isn't among the trusted certificates";
    good.pool(pool).store([]).is_refused(2, ROOT, Reason::SelfSigned, text);
}

#[test]
fn reason_unknown_issuer() {
    Question::good().pool([]).is_refused(
        0,
        LEAF,
        Reason::UnknownIssuer { issuer: AUTHORITY.into(), intermediate_missing: true },
        "the certificate of CN=www.example.com was issued by CN=Authority, of whom there's no certificate: \
         it isn't trusted, or an intermediate is missing",
    );
    Question::good().store([]).is_refused(
        1,
        AUTHORITY,
        Reason::UnknownIssuer { issuer: ROOT.into(), intermediate_missing: true },
        "its issuer, CN=Authority, was issued by CN=Root, of whom there's no certificate: it isn't trusted, \
         or an intermediate is missing",
    );
    // Two that vouch for each other, and for nobody's trust.
    let circle =
        [authority_draft().sign(&root().key), Draft::authority(&root(), &authority()).sign(&authority().key)];
    Question::good().store([]).pool(circle).is_refused(
        2,
        ROOT,
        Reason::UnknownIssuer { issuer: AUTHORITY.into(), intermediate_missing: false },
        "authority 2 above it, CN=Root, was issued by CN=Authority, and no chain leads from there to a \
         trusted certificate",
    );
}

#[test]
fn reason_signature() {
    let text = "the certificate of CN=www.example.com has a signature that its issuer's key didn't make";
    let question = Question { leaf: leaf_draft().sign(&Key::new(99)), ..Question::good() };
    question.is_refused(0, LEAF, Reason::Signature, text);
    let nonsense = Draft { signature: Some(vec![0; 70]), ..leaf_draft() };
    Question::leaf(&nonsense).is_refused(0, LEAF, Reason::Signature, text);
    let question = Question::good().pool([authority_draft().sign(&Key::new(99))]);
    let text = "its issuer, CN=Authority, has a signature that its issuer's key didn't make";
    question.is_refused(1, AUTHORITY, Reason::Signature, text);
}

fn signed_by(algorithm: Vec<u8>, draft: Draft) -> Draft {
    Draft { algorithm: algorithm.clone(), outer_algorithm: algorithm, ..draft }
}

#[test]
fn reason_signature_algorithm() {
    let weak = |algorithm: &str| Reason::SignatureAlgorithm { algorithm: algorithm.into(), weak: true };
    let cases = [
        ("1.2.840.113549.1.1.4", "RSA with MD5"),
        ("1.2.840.113549.1.1.5", "RSA with SHA-1"),
        ("1.2.840.10045.4.1", "ECDSA with SHA-1"),
        ("1.2.840.10040.4.3", "DSA with SHA-1"),
        ("2.16.840.1.101.3.4.3.2", "DSA"),
    ];
    for (id, name) in cases {
        let text = format!("the certificate of {LEAF} is signed by {name}, which is too weak");
        Question::leaf(&signed_by(oids(&[id]), leaf_draft())).is_refused(0, LEAF, weak(name), &text);
    }
    let name = "1.2.3.4";
    Question::leaf(&signed_by(oids(&[name]), leaf_draft())).is_refused(
        0,
        LEAF,
        Reason::SignatureAlgorithm { algorithm: name.into(), weak: false },
        "the certificate of CN=www.example.com is signed by 1.2.3.4, which isn't taken here",
    );
    // Known, with parameters that it doesn't have.
    let with_null = sequence(&[oid("1.2.840.10045.4.3.2"), tlv(5, &[])]);
    let error = Question::leaf(&signed_by(with_null, leaf_draft())).ask().unwrap_err();
    assert!(matches!(
        error,
        Error::Refused { position: 0, reason: Reason::SignatureAlgorithm { weak: false, .. }, .. }
    ));
}

#[test]
fn reason_algorithm_mismatch() {
    let other = Draft { outer_algorithm: oids(&["1.2.840.10045.4.3.3"]), ..leaf_draft() };
    Question::leaf(&other).is_refused(
        0,
        LEAF,
        Reason::AlgorithmMismatch,
        "the certificate of CN=www.example.com names two different algorithms for its one signature",
    );
}

#[test]
fn reason_weak_key() {
    Question::leaf(&Draft { spki: rsa_spki(1024), ..leaf_draft() }).is_refused(
        0,
        LEAF,
        Reason::WeakKey { bits: 1024 },
        "the certificate of CN=www.example.com has an RSA key of 1024 bits, which is too weak",
    );
    assert_eq!(Question::leaf(&Draft { spki: rsa_spki(2048), ..leaf_draft() }).ask(), Ok(()));
    Question::authority(&Draft { spki: rsa_spki(1024), ..authority_draft() }).is_refused(
        1,
        AUTHORITY,
        Reason::WeakKey { bits: 1024 },
        "its issuer, CN=Authority, has an RSA key of 1024 bits, which is too weak",
    );
}

#[test]
fn reason_key() {
    let mut spki = server().key.spki();
    *spki.last_mut().unwrap() ^= 1;
    let question = Question::leaf(&Draft { spki, ..leaf_draft() });
    let key = question.leaf.public_key().unwrap_err();
    let text = format!("the certificate of CN=www.example.com has a key that isn't taken: {key}");
    question.is_refused(0, LEAF, Reason::Key(key), &text);
    let error = question.ask().unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), key.to_string());
}

#[test]
fn reason_not_an_authority() {
    let cases = [
        (authority_draft().without(BASIC_CONSTRAINTS), "it doesn't say so"),
        (
            authority_draft().with(BASIC_CONSTRAINTS, true, basic_constraints(false, None)),
            "it says that it isn't",
        ),
    ];
    for (draft, why) in cases {
        let text = format!("its issuer, CN=Authority, isn't an authority's: {why}");
        Question::authority(&draft).is_refused(1, AUTHORITY, Reason::NotAnAuthority(why), &text);
    }
    let version_1 = Draft { version: None, extensions: Vec::new(), ..authority_draft() };
    let why = "it's of version 1, which can't say so";
    Question::authority(&version_1).policy(Policy::strict().without(Rule::KeyIdentifiers)).is_refused(
        1,
        AUTHORITY,
        Reason::NotAnAuthority(why),
        &format!("its issuer, CN=Authority, isn't an authority's: {why}"),
    );
}

/// A chain of so many authorities under the root, each issued by the one before, and a leaf.
fn tower(height: u32) -> Question {
    let party = |i: u32| if i == 0 { root() } else { Party::new(&format!("Authority {i}"), 100 + i) };
    let pool = (1..=height).map(|i| {
        let (below, above) = (party(i), party(i - 1));
        Draft::authority(&below, &above).sign(&above.key)
    });
    let top = party(height);
    Question { leaf: Draft::leaf(&server(), &top).sign(&top.key), pool: pool.collect(), ..Question::good() }
}

#[test]
fn reason_path_too_long() {
    let limited = |max| root_draft().with(BASIC_CONSTRAINTS, true, basic_constraints(true, Some(max)));
    Question::root(&limited(0)).is_refused(
        2,
        ROOT,
        Reason::PathTooLong { max: 0, found: 1 },
        "authority 2 above it, CN=Root, allows 0 authorities below it, and there are 1",
    );
    assert_eq!(Question::root(&limited(1)).ask(), Ok(()));
    assert_eq!(tower(3).store([limited(3).sign(&root().key)]).ask(), Ok(()));
    assert!(tower(4).store([limited(3).sign(&root().key)]).ask().is_err());
}

#[test]
fn reason_chain_too_long() {
    assert_eq!(tower(16).ask(), Ok(()));
    let text = "the certificate of CN=www.example.com is further down than the 16 authorities allowed \
                (`Policy::max_intermediates`)";
    tower(17).is_refused(0, LEAF, Reason::ChainTooLong { max: 16 }, text);
    assert_eq!(tower(17).policy(Policy::strict().max_intermediates(17)).ask(), Ok(()));
    assert_eq!(tower(1).policy(Policy::strict().max_intermediates(1)).ask(), Ok(()));
    let text = "the certificate of CN=www.example.com is further down than the 0 authorities allowed \
                (`Policy::max_intermediates`)";
    let question = tower(1).policy(Policy::strict().max_intermediates(0));
    question.is_refused(0, LEAF, Reason::ChainTooLong { max: 0 }, text);
}

#[test]
fn reason_key_usage() {
    let usage = |draft: Draft, bits: &[u8]| draft.with(KEY_USAGE, true, key_usage(bits));
    let refused = |question: Question, position, subject, wanted| {
        let text = match position {
            0 => format!("the certificate of {subject} has a key that isn't for {wanted}"),
            _ => format!("its issuer, {subject}, has a key that isn't for {wanted}"),
        };
        question.is_refused(position, subject, Reason::KeyUsage { wanted }, &text);
    };
    refused(
        Question::authority(&usage(authority_draft(), &[CRL_SIGN])),
        1,
        AUTHORITY,
        "signing certificates",
    );
    let lists = || usage(leaf_draft(), &[CRL_SIGN]);
    refused(Question::leaf(&lists()), 0, LEAF, "a server's handshake");
    let for_clients = lists().with(EXTENDED_KEY_USAGE, false, oids(&[FOR_CLIENTS]));
    refused(Question::leaf(&for_clients).purpose(Purpose::client()), 0, LEAF, "a client's signatures");
    let for_mail = lists().with(EXTENDED_KEY_USAGE, false, oids(&["1.3.6.1.5.5.7.3.4"]));
    let for_mail = for_mail.with(NAMES, false, sequence(&[mail("alice@example.com")]));
    let alice = Purpose::mail("alice@example.com").unwrap();
    refused(Question::leaf(&for_mail).purpose(alice), 0, LEAF, "signing or encrypting mail");
    let for_code = lists().with(EXTENDED_KEY_USAGE, false, oids(&["1.3.6.1.5.5.7.3.3"]));
    refused(Question::leaf(&for_code).purpose(Purpose::code()), 0, LEAF, "signing");
    let more = Purpose::any().with_key_usage(KeyUsages::KeyEncipherment);
    refused(Question::good().purpose(more), 0, LEAF, "what was asked for");
    assert_eq!(
        Question::good().purpose(Purpose::any().with_key_usage(KeyUsages::DigitalSignature)).ask(),
        Ok(())
    );
}

#[test]
fn reason_extended_key_usage() {
    let offered = || vec!["id-kp-serverAuth (1.3.6.1.5.5.7.3.1)".to_string()];
    Question::good().purpose(Purpose::client()).is_refused(
        0,
        LEAF,
        Reason::ExtendedKeyUsage { wanted: "clients", offered: offered() },
        "the certificate of CN=www.example.com isn't for clients, but for id-kp-serverAuth \
         (1.3.6.1.5.5.7.3.1)",
    );
    for (purpose, wanted) in [(Purpose::code(), "signing programs"), (Purpose::client(), "clients")] {
        let draft = authority_draft().with(EXTENDED_KEY_USAGE, false, oids(&[FOR_SERVERS]));
        let question = Question::new(&leaf_draft().without(EXTENDED_KEY_USAGE), &draft, &root_draft());
        question.purpose(purpose).is_refused(
            1,
            AUTHORITY,
            Reason::ExtendedKeyUsage { wanted, offered: offered() },
            &format!("its issuer, CN=Authority, isn't for {wanted}, but for {}", offered()[0]),
        );
    }
    Question::leaf(&leaf_draft().without(EXTENDED_KEY_USAGE)).policy(Policy::web()).is_refused(
        0,
        LEAF,
        Reason::Rule { rule: Rule::ExplicitUsage, problem: "doesn't say that it's for servers" },
        "the certificate of CN=www.example.com doesn't say that it's for servers (Rule::ExplicitUsage, CA/Browser Forum, \
         sections 7.1.2.1.2 and 7.1.2.7.10; Policy::rfc5280, Policy::private and Policy::strict leave it out, and so does \
         `without(Rule::ExplicitUsage)`)",
    );
    assert_eq!(Question::good().purpose(Purpose::any()).ask(), Ok(()));
}

fn constrained(permitted: Option<&[Vec<u8>]>, excluded: Option<&[Vec<u8>]>) -> Draft {
    authority_draft().with(NAME_CONSTRAINTS, true, name_constraints(permitted, excluded))
}

#[test]
fn reason_name_constraint() {
    let reason = |constraint: &str| Reason::NameConstraint {
        name: "www.example.com".into(),
        constraint: constraint.into(),
        authority: AUTHORITY.into(),
    };
    Question::authority(&constrained(Some(&[domain("example.org"), domain("example.net")]), None))
        .is_refused(
            0,
            LEAF,
            reason("may vouch for example.org, example.net only"),
            "the certificate of CN=www.example.com names www.example.com, but CN=Authority may vouch for \
         example.org, example.net only",
        );
    Question::authority(&constrained(None, Some(&[domain("example.com")]))).is_refused(
        0,
        LEAF,
        reason("may not vouch for example.com"),
        "the certificate of CN=www.example.com names www.example.com, but CN=Authority may not vouch for \
         example.com",
    );
    // Of a kind that the leaf has none of.
    assert_eq!(
        Question::authority(&constrained(Some(&[ip(&[192, 0, 2, 0, 255, 255, 255, 0])]), None)).ask(),
        Ok(())
    );
    // A kind that can't be compared, with a name of that kind.
    let registered = tlv(0x88, &[0x2a, 3]);
    let names = sequence(&[domain("www.example.com"), registered.clone()]);
    let question = Question::new(
        &leaf_draft().with(NAMES, false, names),
        &constrained(Some(&[registered]), None),
        &root_draft(),
    );
    let Err(Error::Refused { position: 0, reason: Reason::NameConstraint { name, .. }, .. }) = question.ask()
    else {
        panic!()
    };
    assert_eq!(name, "1.2.3");
}

#[test]
fn reason_damaged_constraint() {
    let text = |constraint: &str, problem: &str| {
        format!(
            "its issuer, CN=Authority, has a name constraint that can't be applied, {constraint}: {problem}"
        )
    };
    let cases = [
        (constrained(None, None), "none", "name constraints that constrain nothing"),
        (constrained(Some(&[]), None), "none", "an empty list of subtrees"),
        (constrained(None, Some(&[])), "none", "an empty list of subtrees"),
        (constrained(Some(&[domain("a..b")]), None), "a..b", "not a domain name"),
        (
            constrained(Some(&[domain(".example.com")]), None),
            ".example.com",
            "a domain name that starts with a dot",
        ),
        (constrained(Some(&[mail("a b@c.d")]), None), "a b@c.d", "not a mail address"),
        (constrained(Some(&[mail("*")]), None), "*", "not a host of mail addresses"),
        (constrained(Some(&[tlv(0x86, b"http://a/")]), None), "http://a/", "not a host of URIs"),
        (constrained(Some(&[ip(&[1, 2, 3, 4])]), None), "1.2.3.4", "not an IP address and a mask"),
        (
            constrained(Some(&[ip(&[1, 2, 3, 4, 255, 0, 255, 0])]), None),
            "1.2.3.4/16",
            "an IP mask with holes",
        ),
    ];
    for (draft, constraint, problem) in cases {
        let reason = Reason::DamagedConstraint { constraint: constraint.into(), problem };
        Question::authority(&draft).is_refused(1, AUTHORITY, reason, &text(constraint, problem));
    }
    let minimum = sequence(&[tagged(0, &sequence(&[domain("example.com"), tlv(0x80, &[1])]))]);
    Question::authority(&authority_draft().with(NAME_CONSTRAINTS, true, minimum)).is_refused(
        1,
        AUTHORITY,
        Reason::DamagedConstraint {
            constraint: "example.com".into(),
            problem: "a subtree with a minimum or a maximum",
        },
        &text("example.com", "a subtree with a minimum or a maximum"),
    );
}

#[test]
fn reason_empty() {
    let cases = [
        (EXTENDED_KEY_USAGE, oids(&[]), "extended key usage"),
        (POLICIES, policies(&[]), "certificate policies"),
        (KEY_USAGE, key_usage(&[]), "key usage"),
    ];
    for (id, value, name) in cases {
        let text = format!("the certificate of {LEAF} has an empty extension, {name}");
        Question::leaf(&leaf_draft().with(id, true, value)).is_refused(0, LEAF, Reason::Empty(name), &text);
    }
    let name = "subject alternative name";
    let text = format!("the certificate of {LEAF} has an empty extension, {name}");
    let question = Question::leaf(&leaf_draft().with(NAMES, false, domains(&[])));
    question.purpose(Purpose::any_server()).is_refused(0, LEAF, Reason::Empty(name), &text);
}

#[test]
fn reason_public_suffix() {
    let question = Question::leaf(&leaf_draft().with(NAMES, false, domains(&["www.example.com", "*.co.UK"])));
    assert_eq!(question.ask(), Ok(()));
    let policy = Policy::strict().public_suffixes(|name| name == "co.uk");
    question.policy(policy).is_refused(
        0,
        LEAF,
        Reason::PublicSuffix { name: "*.co.UK".into() },
        "the certificate of CN=www.example.com is for *.co.UK, under which strangers register their names",
    );
}

#[test]
fn reason_critical_extension() {
    let strange = |draft: Draft, id: &str, critical| draft.with(id, critical, tlv(5, &[]));
    let reason = |name: &str| Reason::CriticalExtension { oid: name.into() };
    Question::leaf(&strange(leaf_draft(), "1.2.3.4", true)).is_refused(
        0,
        LEAF,
        reason("1.2.3.4"),
        "the certificate of CN=www.example.com has an extension that must be understood, and isn't: 1.2.3.4",
    );
    assert_eq!(Question::leaf(&strange(leaf_draft(), "1.2.3.4", false)).ask(), Ok(()));
    let text = "authority 2 above it, CN=Root, has an extension that must be understood, and isn't: 1.2.3.4";
    Question::root(&strange(root_draft(), "1.2.3.4", true)).is_refused(2, ROOT, reason("1.2.3.4"), text);
    // Known, and must not be critical.
    let id = leaf_draft().with(SUBJECT_KEY_ID, true, octets(&[1; 20]));
    let Err(Error::Refused { reason: Reason::CriticalExtension { oid }, .. }) = Question::leaf(&id).ask()
    else {
        panic!()
    };
    assert!(oid.contains("2.5.29.14"), "{oid}");
}

#[test]
fn reason_rule() {
    Question::leaf(&Draft { serial: vec![0], ..leaf_draft() }).is_refused(
        0,
        LEAF,
        Reason::Rule { rule: Rule::SerialNumbers, problem: "has the serial number zero" },
        "the certificate of CN=www.example.com has the serial number zero (Rule::SerialNumbers, RFC 5280, section 4.1.2.2; \
         Policy::rfc5280 and Policy::private leave it out, and so does `without(Rule::SerialNumbers)`)",
    );
}

#[test]
fn reason_certificate_policies() {
    let one = || ObjectIdentifier::new_unwrap("1.3.1");
    Question::good().policy(Policy::strict().require_policies([one()])).is_refused(
        1,
        AUTHORITY,
        Reason::CertificatePolicies { required_by: "the caller".into() },
        "its issuer, CN=Authority, isn't covered by a certificate policy of the whole chain, which the \
         caller requires",
    );
    let requires = authority_draft().with(POLICIES, false, policies(&["1.3.1"])).with(
        POLICY_CONSTRAINTS,
        true,
        policy_constraints(Some(0), None),
    );
    Question::authority(&requires).is_refused(
        0,
        LEAF,
        Reason::CertificatePolicies { required_by: AUTHORITY.into() },
        "the certificate of CN=www.example.com isn't covered by a certificate policy of the whole chain, \
         which CN=Authority requires",
    );
}

#[test]
fn reason_policies() {
    for pair in [("1.3.1", ANY_POLICY), (ANY_POLICY, "1.3.1")] {
        let draft = authority_draft().with(POLICIES, false, policies(&["1.3.1"])).with(
            POLICY_MAPPINGS,
            true,
            policy_mappings(&[pair]),
        );
        Question::authority(&draft).is_refused(
            1,
            AUTHORITY,
            Reason::Policies("maps anyPolicy"),
            "its issuer, CN=Authority, maps anyPolicy, which its extensions on policies mustn't",
        );
    }
}

fn list(revoked: &[&[u8]]) -> List {
    List::new(&authority(), revoked)
}

#[test]
fn reason_revoked() {
    let cases = [
        (0, "no reason is given"),
        (1, "its key is compromised"),
        (2, "its authority is compromised"),
        (3, "its owner belongs to someone else now"),
        (4, "another one has taken its place"),
        (5, "it isn't needed any more"),
        (6, "it's on hold"),
        (8, "it was taken off the list"),
        (9, "a privilege was withdrawn"),
        (10, "the authority of an attribute is compromised"),
    ];
    for (number, why) in cases {
        let list = List { revoked: vec![(vec![1, 2, 3], number)], ..list(&[]) };
        Question::good().lists([list.sign(&authority().key)]).is_refused(
            0,
            LEAF,
            Reason::Revoked { since: time("2026-02-01T00:00:00Z"), why },
            &format!("the certificate of CN=www.example.com was revoked on 2026-02-01T00:00:00Z: {why}"),
        );
    }
    let others = list(&[&[1, 2], &[1, 2, 3, 4], &[1, 2, 4], &[3]]).sign(&authority().key);
    assert_eq!(others.find(&[1, 2, 4]).unwrap().reason, 1);
    assert!(others.find(&[1, 2, 3]).is_none() && others.revoked().len() == 4);
    assert_eq!(others.issuer().to_string(), AUTHORITY);
    assert_eq!(others.next_update(), Some(time("2027-01-01T00:00:00Z")));
    assert_eq!(Question::good().lists([others]).ask(), Ok(()));
}

/// Of several entries for a certificate the one counts that revokes it for good, wherever it stands.
#[test]
fn revoked_twice() {
    let serial = || vec![1, 2, 3];
    for reasons in [[1, 6], [6, 1], [1, 8], [8, 1]] {
        let list = List { revoked: reasons.map(|reason| (serial(), reason)).to_vec(), ..list(&[]) };
        let list = list.sign(&authority().key);
        assert_eq!(list.find(&serial()).unwrap().reason, 1, "{reasons:?}");
        Question::good().lists([list]).is_refused(
            0,
            LEAF,
            Reason::Revoked { since: time("2026-02-01T00:00:00Z"), why: "its key is compromised" },
            "the certificate of CN=www.example.com was revoked on 2026-02-01T00:00:00Z: its key is compromised",
        );
    }
}

#[test]
fn reason_revocation_unknown() {
    let by_authority = |list: List| list.sign(&authority().key);
    let scope = |value: Vec<u8>| by_authority(list(&[]).with("2.5.29.28", true, sequence(&[value])));
    let sha1 = List { algorithm: oids(&["1.2.840.10045.4.1"]), ..list(&[]) };
    let unknown = List { algorithm: oids(&["1.2.3.4"]), ..list(&[]) };
    let cases = [
        (None, "there's no revocation list of its issuer"),
        (Some(List::new(&root(), &[]).sign(&root().key)), "there's no revocation list of its issuer"),
        (
            Some(by_authority(List { until: Some("20260531235959Z"), ..list(&[]) })),
            "the revocation list is out of date",
        ),
        (
            Some(by_authority(List { from: "20260601000001Z", ..list(&[]) })),
            "the revocation list is from later on",
        ),
        (
            Some(list(&[]).sign(&Key::new(99))),
            "the revocation list has a signature that its issuer's key didn't make",
        ),
        (Some(by_authority(sha1)), "the revocation list is signed in a way that's too weak"),
        (Some(by_authority(unknown)), "the revocation list is signed in a way that isn't known here"),
        (
            Some(by_authority(list(&[]).without(CRL_NUMBER))),
            "the revocation list has no number, or doesn't name its issuer's key",
        ),
        (
            Some(by_authority(list(&[]).without(AUTHORITY_KEY_ID))),
            "the revocation list has no number, or doesn't name its issuer's key",
        ),
        (
            Some(by_authority(list(&[]).with("1.2.3.4", true, vec![]))),
            "the revocation list has an extension that must be understood, and isn't",
        ),
        (
            Some(by_authority(list(&[]).with("2.5.29.27", true, integer(1)))),
            "the revocation list has changes only (a delta)",
        ),
        (Some(scope(tlv(0x82, &[0xff]))), "the revocation list is about other certificates"),
        (Some(scope(tlv(0x83, &[6, 0x40]))), "the revocation lists are about some reasons only"),
        (Some(scope(tlv(0x85, &[0xff]))), "the revocation list is about attribute certificates"),
        (
            Some(scope(tagged(0, &tagged(0, &tlv(0x86, b"http://example.com/a.crl"))))),
            "the revocation list is about other certificates",
        ),
    ];
    for (list, problem) in cases {
        Question::good().lists(list.into_iter().collect::<Vec<_>>()).is_refused(
            0,
            LEAF,
            Reason::RevocationUnknown { problem },
            &format!("the certificate of CN=www.example.com may have been revoked: {problem}"),
        );
    }
    let no_lists = authority_draft().with(KEY_USAGE, true, key_usage(&[KEY_CERT_SIGN]));
    let problem = "the key of its issuer isn't for signing revocation lists";
    let text = format!("the certificate of CN=www.example.com may have been revoked: {problem}");
    Question::authority(&no_lists).lists([by_authority(list(&[]))]).is_refused(
        0,
        LEAF,
        Reason::RevocationUnknown { problem },
        &text,
    );
    assert_eq!(Question::good().lists([scope(tlv(0x81, &[0xff]))]).ask(), Ok(()));
}

#[test]
fn revocation_of_whole_chains() {
    let Question { leaf, pool, store, .. } = Question::good();
    let ask = |lists: &[Crl], leaf_only: bool, allow_unknown: bool| {
        let revocation = Revocation::crls(lists);
        let revocation = if leaf_only { revocation.leaf_only() } else { revocation };
        let revocation = if allow_unknown { revocation.allow_unknown() } else { revocation };
        let verifier = Verifier::new(&store, Purpose::any()).intermediates(&pool).at(time(NOW));
        verifier.revocation(revocation).verify(&leaf).map(drop)
    };
    let of_leaf = list(&[]).sign(&authority().key);
    let of_authority = |revoked: &[&[u8]]| List::new(&root(), revoked).sign(&root().key);
    assert_eq!(ask(&[of_leaf.clone(), of_authority(&[])], false, false), Ok(()));
    let error = ask(std::slice::from_ref(&of_leaf), false, false).unwrap_err();
    let Error::Refused { position: 1, reason: Reason::RevocationUnknown { .. }, .. } = error else {
        panic!()
    };
    assert_eq!(ask(std::slice::from_ref(&of_leaf), true, false), Ok(()));
    assert_eq!(ask(std::slice::from_ref(&of_leaf), false, true), Ok(()));
    assert_eq!(ask(&[], false, true), Ok(()));
    // Who's known to be revoked is refused by the mild as well.
    let error = ask(&[of_authority(&[&[1, 2, 3]])], false, true).unwrap_err();
    let Error::Refused { position: 1, reason: Reason::Revoked { .. }, .. } = error else { panic!() };
    let error = ask(&[of_leaf, of_authority(&[&[1, 2, 3]])], true, false).unwrap_err();
    let Error::Refused { position: 1, reason: Reason::Revoked { .. }, .. } = error else { panic!() };
}

#[test]
fn reason_budget() {
    let budget = |change: fn(Budget) -> Budget| {
        Question::good().policy(Policy::strict().budget(change(Budget::default())))
    };
    budget(|budget| Budget { signatures: 1, ..budget }).is_refused(
        1,
        AUTHORITY,
        Reason::Budget { of: "signatures", limit: 1 },
        "its issuer, CN=Authority, would take too much work to verify: more than 1 signatures",
    );
    assert_eq!(budget(|budget| Budget { signatures: 2, ..budget }).ask(), Ok(()));
    budget(|budget| Budget { steps: 0, ..budget }).is_refused(
        0,
        LEAF,
        Reason::Budget { of: "steps towards an issuer", limit: 0 },
        "the certificate of CN=www.example.com would take too much work to verify: more than 0 steps towards \
         an issuer",
    );
    assert_eq!(budget(|budget| Budget { steps: 2, ..budget }).ask(), Ok(()));
    let question = Question::authority(&constrained(Some(&[domain("example.com")]), None));
    question.policy(Policy::strict().budget(Budget { comparisons: 1, ..Budget::default() })).is_refused(
        1,
        AUTHORITY,
        Reason::Budget { of: "comparisons", limit: 1 },
        "its issuer, CN=Authority, would take too much work to verify: more than 1 comparisons",
    );
}

// ---- the most telling reason ----

#[test]
fn the_most_telling_reason() {
    let expired = || Draft { until: "20250101000000Z", ..authority_draft() }.sign(&root().key);
    let stranger = || Party::new("Stranger", 77);
    let to_nowhere = || Draft::authority(&authority(), &stranger()).sign(&stranger().key);
    let look_alike = || Draft::authority(&Party::new("Authority", 78), &root()).sign(&root().key);
    let constrained = || constrained(Some(&[domain("example.org")]), None).sign(&root().key);
    let reason = |question: Question| match question.ask() {
        Err(Error::Refused { position, reason, .. }) => (position, reason),
        other => panic!("{other:?}"),
    };
    let pools = |mut pool: Vec<Certificate>| {
        let forward = reason(Question::good().pool(pool.clone()));
        pool.reverse();
        assert_eq!(forward, reason(Question::good().pool(pool)), "the order doesn't matter");
        forward
    };
    let expected_expired = (1, Reason::Expired { since: time("2025-01-01T00:00:00Z"), at: time(NOW) });
    // An expired authority before one that leads nowhere and one whose key it wasn't.
    assert_eq!(pools(vec![expired(), to_nowhere(), look_alike()]), expected_expired);
    // One that arrives and may not, before one that's expired.
    let Reason::NameConstraint { .. } = pools(vec![expired(), constrained(), to_nowhere()]).1 else {
        panic!()
    };
    // One that leads nowhere before one whose key it wasn't.
    assert_eq!(
        pools(vec![look_alike(), to_nowhere()]),
        (1, Reason::UnknownIssuer { issuer: "CN=Stranger".into(), intermediate_missing: true })
    );
    assert_eq!(pools(vec![look_alike()]), (0, Reason::Signature));
    // Revoked before constrained.
    let list = list(&[&[1, 2, 3]]).sign(&authority().key);
    let question = Question::good().pool([authority_draft().sign(&root().key), constrained()]).lists([list]);
    let (0, Reason::Revoked { .. }) = reason(question) else { panic!() };
}

// ---- ways up ----

#[test]
fn cross_signed() {
    let other_root = || Party::new("Other Root", 7);
    let by_root = |until| Draft { until, ..authority_draft() }.sign(&root().key);
    let by_other =
        |until| Draft { until, ..Draft::authority(&authority(), &other_root()) }.sign(&other_root().key);
    let roots = || {
        [
            root_draft().sign(&root().key),
            Draft::authority(&other_root(), &other_root()).sign(&other_root().key),
        ]
    };
    let (past, future) = ("20250101000000Z", UNTIL);
    for reverse in [false, true] {
        for (mut pool, expected) in [
            (vec![by_root(past), by_other(future)], "CN=Other Root"),
            (vec![by_root(future), by_other(past)], "CN=Root"),
        ] {
            if reverse {
                pool.reverse();
            }
            let question = Question::good().pool(pool).store(roots());
            assert_eq!(question.chain().unwrap().root().subject().to_string(), expected);
        }
    }
    // One of the two roots isn't trusted.
    for trusted in roots() {
        let question = Question::good().pool([by_root(future), by_other(future)]).store([trusted.clone()]);
        assert_eq!(question.chain().unwrap().root(), &trusted);
    }
    // A root under another: the longer way, where the root itself isn't trusted.
    let [_, other] = roots();
    let bridge = Draft::authority(&root(), &other_root()).sign(&other_root().key);
    let question =
        Question::good().pool([bridge, by_root(future), root_draft().sign(&root().key)]).store([other]);
    assert_eq!(question.chain().unwrap().path().len(), 4);
}

#[test]
fn loops_end() {
    // Everybody vouches for everybody, and nobody is trusted.
    let parties: Vec<Party> = (0..9).map(|i| Party::new(&format!("Authority {i}"), 200 + i)).collect();
    let everybody = |parties: &[Party]| {
        let pairs = parties.iter().flat_map(|below| parties.iter().map(move |above| (below, above)));
        pairs.map(|(below, above)| Draft::authority(below, above).sign(&above.key)).collect::<Vec<_>>()
    };
    let lost_among = |parties: &[Party], budget| {
        let leaf = Draft::leaf(&server(), &parties[0]).sign(&parties[0].key);
        let question = Question { leaf, ..Question::good().pool(everybody(parties)) };
        let start = Instant::now();
        let Err(Error::Refused { reason, .. }) = question.policy(Policy::strict().budget(budget)).ask()
        else {
            panic!()
        };
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        reason
    };
    let budget = Budget::default();
    let reason = lost_among(&parties[..3], budget);
    assert!(!matches!(reason, Reason::Budget { .. }), "{reason}");
    assert_eq!(lost_among(&parties, budget), Reason::Budget { of: "steps towards an issuer", limit: 2000 });
    let signatures = 5;
    assert_eq!(
        lost_among(&parties, Budget { signatures, ..budget }),
        Reason::Budget { of: "signatures", limit: 5 }
    );

    // Two of them, and with a way out.
    let [a, b] = &parties[..2] else { panic!() };
    let circle = [Draft::authority(a, b).sign(&b.key), Draft::authority(b, a).sign(&a.key)];
    let leaf = || Draft::leaf(&server(), a).sign(&a.key);
    let lost = Question { leaf: leaf(), ..Question::good().pool(circle.clone()) };
    assert!(matches!(
        lost.ask(),
        Err(Error::Refused { reason: Reason::UnknownIssuer { intermediate_missing: false, .. }, .. })
    ));
    let way_out = Draft::authority(b, &root()).sign(&root().key);
    let [first, second] = circle;
    let found = Question { leaf: leaf(), ..Question::good().pool([second, first, way_out]) };
    assert_eq!(found.chain().unwrap().path().len(), 4);
}

#[test]
fn a_crowd_of_look_alikes() {
    // The same subject and key identifier, other keys.
    let id = octets(&authority().key.id());
    let draft = |key: u32| {
        let party = Party::new("Authority", key);
        Draft::authority(&party, &root()).with(SUBJECT_KEY_ID, false, id.clone()).sign(&Key::new(1))
    };
    let one = draft(1000).to_der().to_vec();
    let mut crowd: Vec<_> =
        (0..2999u32).map(|i| if i < 99 { draft(1000 + i) } else { varied(&one, i) }).collect();
    crowd.push(authority_draft().sign(&root().key));
    let start = Instant::now();
    let question = Question::good().pool(crowd);
    question.is_refused(
        0,
        LEAF,
        Reason::Budget { of: "steps towards an issuer", limit: 2000 },
        "the certificate of CN=www.example.com would take too much work to verify: more than 2000 steps towards an issuer",
    );
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    // With a larger budget the right one is found.
    let budget = Budget { signatures: 4000, steps: 4000, ..Budget::default() };
    assert_eq!(question.policy(Policy::strict().budget(budget)).ask(), Ok(()));
}

/// The certificate with another serial number, of three bytes, for which the signature isn't made again.
fn varied(der: &[u8], number: u32) -> Certificate {
    let mut der = der.to_vec();
    // 30 82 …, 30 82 …, a0 03 02 01 02, 02 03 and the number.
    let bytes = number.to_be_bytes();
    der[16..18].copy_from_slice(&bytes[2..]);
    Certificate::from_der(&der).unwrap()
}

#[test]
fn stores() {
    let intermediate = || authority_draft().sign(&root().key);
    // An intermediate, or the leaf itself, in place of the root.
    let question = Question::good().pool([]).store([intermediate()]);
    assert_eq!(question.chain().unwrap().root(), &intermediate());
    let leaf = Question::good().leaf;
    let question = Question::good().pool([]).store([leaf.clone()]);
    let chain = question.chain().unwrap();
    assert_eq!((chain.path().len(), chain.root()), (1, &leaf));
    // Being trusted doesn't make it everybody's.
    let other = Question::good().pool([]).store([leaf]).purpose(Purpose::server("example.org").unwrap());
    assert!(matches!(other.ask(), Err(Error::Refused { reason: Reason::Name { .. }, .. })));
    // Another certificate with the root's name and another key.
    let other_root = Draft::authority(&Party::new("Root", 50), &Party::new("Root", 50)).sign(&Key::new(50));
    Question::good().store([other_root]).is_refused(
        1,
        AUTHORITY,
        Reason::Signature,
        "its issuer, CN=Authority, has a signature that its issuer's key didn't make",
    );

    let empty = TrustStore::new();
    assert!(empty.is_empty() && !empty.contains(&intermediate()));
    let mut store = TrustStore::from_pem(intermediate().to_pem()).unwrap();
    store.add(intermediate());
    store.extend([root_draft().sign(&root().key)]);
    assert_eq!((store.len(), store.certificates()[0] == intermediate()), (2, true));
    assert!(TrustStore::from_pem("").is_err());
}

// ---- certificate policies ----

/// A leaf with these policies, an authority with these and with more extensions, and a policy that's
/// required.
fn policies_of(leaf: &[&str], of_authority: &[&str], required: &[&str]) -> (Draft, Draft, Policy) {
    let with = |draft: Draft, oids: &[&str]| draft.with(POLICIES, false, policies(oids));
    let required = required.iter().map(|oid| ObjectIdentifier::new_unwrap(oid));
    (
        with(leaf_draft(), leaf),
        with(authority_draft(), of_authority),
        Policy::strict().require_policies(required),
    )
}

#[test]
fn certificate_policies() {
    let ask = |(leaf, authority, policy): (Draft, Draft, Policy)| {
        Question::new(&leaf, &authority, &root_draft()).policy(policy).ask()
    };
    let is_good = |case: (Draft, Draft, Policy)| match ask(case) {
        Ok(()) => true,
        Err(Error::Refused { reason: Reason::CertificatePolicies { .. }, .. }) => false,
        Err(other) => panic!("{other}"),
    };
    let mapped = |pairs: &[(&str, &str)], (leaf, authority, policy): (Draft, Draft, Policy)| {
        (leaf, authority.with(POLICY_MAPPINGS, true, policy_mappings(pairs)), policy)
    };
    let (a, b, c, any) = ("1.3.1", "1.3.2", "1.3.3", ANY_POLICY);

    // Required: there, missing below, missing above, another one.
    assert!(is_good(policies_of(&[a], &[a], &[a])));
    assert!(is_good(policies_of(&[b, a], &[c, a], &[c, a])));
    assert!(is_good(policies_of(&[a], &[a], &[any])), "any will do");
    assert!(!is_good(policies_of(&[a], &[b], &[a])));
    assert!(!is_good(policies_of(&[b], &[a], &[a])));
    assert!(!is_good(policies_of(&[b], &[b], &[a])));
    // One that stands for any.
    assert!(is_good(policies_of(&[a], &[any], &[a])));
    assert!(is_good(policies_of(&[any], &[a], &[a])));
    assert!(is_good(policies_of(&[any], &[any], &[a])));
    assert!(!is_good(policies_of(&[any], &[b], &[a])));
    // Inhibited by the caller, or by the authority for those below it.
    let (leaf, authority, policy) = policies_of(&[a], &[any], &[a]);
    assert!(!is_good((leaf, authority, policy.inhibit_any_policy())));
    let (leaf, authority, policy) = policies_of(&[any], &[a], &[a]);
    let inhibits = |skip| authority.clone().with(INHIBIT_ANY_POLICY, true, integer(skip));
    assert!(!is_good((leaf.clone(), inhibits(0), policy.clone())));
    assert!(is_good((leaf, inhibits(1), policy)));
    // Mapped: the caller's name counts, the leaf has the other one.
    assert!(is_good(mapped(&[(a, b)], policies_of(&[b], &[a], &[a]))));
    assert!(!is_good(mapped(&[(a, b)], policies_of(&[b], &[a], &[b]))));
    assert!(!is_good(mapped(&[(a, b)], policies_of(&[a], &[a], &[a]))));
    assert!(is_good(mapped(&[(a, b), (a, c)], policies_of(&[c], &[a], &[a]))));
    assert!(is_good(mapped(&[(a, b)], policies_of(&[b], &[any], &[a]))));
    let (leaf, authority, policy) = mapped(&[(a, b)], policies_of(&[b], &[a], &[a]));
    assert!(!is_good((leaf, authority, policy.inhibit_policy_mapping())));
    // Required by an authority, now or after so many more.
    let requires = |skip, (leaf, authority, _): (Draft, Draft, Policy)| {
        let constraints = policy_constraints(Some(skip), None);
        (leaf, authority.with(POLICY_CONSTRAINTS, true, constraints), Policy::strict())
    };
    assert!(is_good(requires(0, policies_of(&[a], &[a], &[]))));
    assert!(!is_good(requires(0, policies_of(&[b], &[a], &[]))));
    assert!(is_good(requires(2, policies_of(&[b], &[a], &[]))));
    // Nobody requires one.
    let (leaf, authority, _) = policies_of(&[b], &[a], &[]);
    assert!(is_good((leaf, authority, Policy::strict())));
}

/// In RFC 5280's tree, authorities that map each of their policies to all of the next level make it grow by
/// that factor each (CVE-2023-0464). Here it's a graph, with an end to its size.
#[test]
fn policy_trees_do_not_explode() {
    for (count, ends) in [(2, true), (8, true), (60, false)] {
        let all: Vec<String> = (0..count).map(|i| format!("1.3.{i}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let pairs: Vec<_> = all.iter().flat_map(|from| all.iter().map(|to| (*from, *to))).collect();
        let party = |i: u32| if i == 0 { root() } else { Party::new(&format!("Authority {i}"), 100 + i) };
        let pool: Vec<_> = (1..=16u32)
            .map(|i| {
                let (below, above) = (party(i), party(i - 1));
                Draft::authority(&below, &above)
                    .with(POLICIES, false, policies(&all))
                    .with(POLICY_MAPPINGS, true, policy_mappings(&pairs))
                    .sign(&above.key)
            })
            .collect();
        let leaf = Draft::leaf(&server(), &party(16)).with(POLICIES, false, policies(&all[1..]));
        let question = Question { leaf: leaf.sign(&party(16).key), pool, ..Question::good() };
        let required = ObjectIdentifier::new_unwrap("1.3.0");
        let question = question.policy(Policy::strict().require_policies([required]));
        let start = Instant::now();
        match question.ask() {
            Ok(()) => assert!(ends, "{count}"),
            Err(Error::Refused { reason: Reason::Budget { of: "comparisons", .. }, .. }) => {
                assert!(!ends, "{count}");
            }
            Err(other) => panic!("{count}: {other}"),
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{count}: {:?}", start.elapsed());
    }
}

// ---- rules, each with and without ----

#[test]
fn rule_anchors() {
    // What a root is held to with the rule, and not without.
    let not_critical = root_draft().with(BASIC_CONSTRAINTS, false, basic_constraints(true, None));
    let drafts = [
        Draft { version: None, extensions: Vec::new(), ..root_draft() },
        root_draft().with("1.2.3.4", true, vec![]),
        not_critical,
    ];
    for (i, draft) in drafts.iter().enumerate() {
        let with = Question::root(draft).ask();
        assert!(matches!(with, Err(Error::Refused { position: 2, .. })), "{i}: {with:?}");
        let without = Question::root(draft).policy(Policy::strict().without(Rule::Anchors)).ask();
        assert_eq!(without, Ok(()), "{i}");
    }
    let expired = Draft { until: "20250101000000Z", ..root_draft() };
    assert!(Question::root(&expired).policy(Policy::strict().without(Rule::Anchors)).ask().is_err());
    // What it limits itself to counts either way.
    let short = root_draft().with(BASIC_CONSTRAINTS, true, basic_constraints(true, Some(0)));
    let narrow = name_constraints(Some(&[domain("example.org")]), None);
    let limits = [
        short,
        root_draft().with(NAME_CONSTRAINTS, true, narrow),
        root_draft().with(BASIC_CONSTRAINTS, true, basic_constraints(false, None)),
        root_draft().with(KEY_USAGE, true, key_usage(&[CRL_SIGN])),
        root_draft().with(EXTENDED_KEY_USAGE, false, oids(&[FOR_CLIENTS])),
        root_draft().with(POLICY_CONSTRAINTS, true, policy_constraints(Some(0), None)),
    ];
    for draft in limits {
        for policy in
            [Policy::strict(), Policy::web().without(Rule::Anchors), Policy::private(), Policy::rfc5280()]
        {
            assert!(Question::root(&draft).policy(policy).ask().is_err());
        }
    }
}

#[test]
fn rule_anchors_expire() {
    let expired = Draft { until: "20250101000000Z", ..root_draft() };
    let error = Question::root(&expired).ask().unwrap_err();
    assert!(matches!(error, Error::Refused { position: 2, reason: Reason::Expired { .. }, .. }), "{error}");
    assert_eq!(Question::root(&expired).policy(Policy::strict().without(Rule::AnchorsExpire)).ask(), Ok(()));
}

#[test]
fn rule_serial_numbers() {
    let serial = |serial: Vec<u8>| Question::leaf(&Draft { serial, ..leaf_draft() });
    serial(vec![0]).depends_on(Rule::SerialNumbers, "has the serial number zero");
    serial(vec![0x80, 1]).depends_on(Rule::SerialNumbers, "has a negative serial number");
    serial(vec![1; 21]).depends_on(Rule::SerialNumbers, "has a serial number of more than 20 bytes");
    assert_eq!(serial(vec![1; 20]).ask(), Ok(()));
    let all_20_bytes = [&[0, 0x80][..], &[1; 19]].concat();
    assert!(serial(all_20_bytes).ask().is_err(), "21 bytes, of which one is a sign");
    // Trusted ones are exempt.
    assert_eq!(Question::root(&Draft { serial: vec![0], ..root_draft() }).ask(), Ok(()));
}

#[test]
fn rule_names() {
    let nobody = || Party::new("", 2);
    let leaf = Draft::leaf(&server(), &nobody());
    Question::new(&leaf, &Draft::authority(&nobody(), &root()), &root_draft())
        .depends_on(Rule::Names, "has no issuer");
    // A trusted one without a name has issued itself.
    let own = Draft::authority(&nobody(), &nobody()).sign(&nobody().key);
    Question::leaf(&leaf).pool([]).store([own]).depends_on(Rule::Names, "has no issuer");
}

#[test]
fn rule_key_identifiers() {
    let rule = Rule::KeyIdentifiers;
    let missing = "doesn't name the key identifier of its issuer";
    Question::leaf(&leaf_draft().without(AUTHORITY_KEY_ID)).depends_on(rule, missing);
    Question::authority(&authority_draft().without(AUTHORITY_KEY_ID)).depends_on(rule, missing);
    Question::authority(&authority_draft().without(SUBJECT_KEY_ID))
        .depends_on(rule, "is an authority without a key identifier");
    Question::leaf(&leaf_draft().with(AUTHORITY_KEY_ID, false, authority_key_id(&[7; 20])))
        .depends_on(rule, "names another key identifier than its issuer has");
    assert_eq!(Question::leaf(&leaf_draft().without(SUBJECT_KEY_ID)).ask(), Ok(()));
    assert_eq!(Question::root(&root_draft().without(AUTHORITY_KEY_ID)).ask(), Ok(()));
}

#[test]
fn rule_criticality() {
    let rule = Rule::Criticality;
    Question::authority(&authority_draft().with(BASIC_CONSTRAINTS, false, basic_constraints(true, None)))
        .depends_on(rule, "has basic constraints that aren't critical");
    let constraints = policy_constraints(None, Some(0));
    Question::authority(&authority_draft().with(POLICY_CONSTRAINTS, false, constraints))
        .depends_on(rule, "has policy constraints that aren't critical");
    Question::authority(&authority_draft().with(INHIBIT_ANY_POLICY, false, integer(0)))
        .depends_on(rule, "inhibits anyPolicy by an extension that isn't critical");
    Question::leaf(&Draft { subject: name(""), ..leaf_draft() })
        .depends_on(rule, "has no subject, and alternative names that aren't critical");
}

#[test]
fn rule_strict_name_constraints() {
    let value = |base| name_constraints(Some(&[domain(base)]), None);
    Question::authority(&authority_draft().with(NAME_CONSTRAINTS, false, value("example.com")))
        .depends_on(Rule::StrictNameConstraints, "has name constraints that aren't critical");
    let with_dot = |base| Question::authority(&authority_draft().with(NAME_CONSTRAINTS, true, value(base)));
    let without = || Policy::strict().without(Rule::StrictNameConstraints);
    assert!(matches!(
        with_dot(".example.com").ask(),
        Err(Error::Refused { position: 1, reason: Reason::DamagedConstraint { .. }, .. })
    ));
    assert_eq!(with_dot(".example.com").policy(without()).ask(), Ok(()));
    assert!(with_dot(".www.example.com").policy(without()).ask().is_err(), "it's what's below");
}

#[test]
fn rule_only_authorities_constrain() {
    let rule = Rule::OnlyAuthoritiesConstrain;
    let constraints = name_constraints(Some(&[domain("example.com")]), None);
    Question::leaf(&leaf_draft().with(NAME_CONSTRAINTS, true, constraints))
        .depends_on(rule, "has name constraints, and isn't an authority's");
    let usage = key_usage(&[DIGITAL_SIGNATURE, KEY_CERT_SIGN]);
    Question::leaf(&leaf_draft().with(KEY_USAGE, true, usage))
        .depends_on(rule, "has a key for signing certificates, and isn't an authority's");
}

#[test]
fn rule_leaf_is_not_an_authority() {
    let leaf = leaf_draft().with(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
    Question::leaf(&leaf).depends_on(Rule::LeafIsNotAnAuthority, "is an authority's, not a server's");
    let question = Question::leaf(&leaf).purpose(Purpose::any());
    assert_eq!(question.policy(Policy::web()).ask(), Ok(()), "it's about servers");
}

#[test]
fn rule_fitting_key_usage() {
    let draft = leaf_draft().with(KEY_USAGE, true, key_usage(&[CRL_SIGN])).without(EXTENDED_KEY_USAGE);
    assert_eq!(Question::leaf(&draft).ask(), Ok(()));
    Question::leaf(&draft).policy(Policy::strict().with(Rule::FittingKeyUsage)).is_refused(
        0,
        LEAF,
        Reason::KeyUsage { wanted: "a server's signatures" },
        "the certificate of CN=www.example.com has a key that isn't for a server's signatures",
    );
    // RSA keys may be for encryption, others may not.
    let encrypts = leaf_draft().with(KEY_USAGE, true, key_usage(&[KEY_ENCIPHERMENT]));
    let web = Policy::strict().with(Rule::FittingKeyUsage);
    assert_eq!(Question::leaf(&encrypts).ask(), Ok(()));
    assert!(Question::leaf(&encrypts).policy(web.clone()).ask().is_err());
    assert_eq!(Question::leaf(&Draft { spki: rsa_spki(2048), ..encrypts }).policy(web).ask(), Ok(()));
}

#[test]
fn rule_revocation_lists() {
    for id in [CRL_NUMBER, AUTHORITY_KEY_ID] {
        let list = list(&[]).without(id).sign(&authority().key);
        let question = Question::good().lists([list]);
        let error = question.ask().unwrap_err();
        assert!(matches!(error, Error::Refused { reason: Reason::RevocationUnknown { .. }, .. }), "{error}");
        assert_eq!(question.policy(Policy::strict().without(Rule::RevocationLists)).ask(), Ok(()));
    }
}

#[test]
fn rule_common_name_is_an_alternative_name() {
    let rule = Rule::CommonNameIsAnAlternativeName;
    let problem = "has a common name that isn't among its alternative names";
    let common = |common| Question::leaf(&Draft { subject: name(common), ..leaf_draft() });
    common("Example Server").depends_on(rule, problem);
    common("WWW.example.com").depends_on(rule, problem);
    let web = || Policy::web();
    assert_eq!(common("www.example.com").policy(web()).ask(), Ok(()));
    let names = |names, common| {
        Question::leaf(&Draft { subject: name(common), ..leaf_draft() }.with(NAMES, common.is_empty(), names))
            .policy(web())
    };
    assert_eq!(names(domains(&["*.example.com"]), "example.com").ask(), Ok(()));
    assert_eq!(names(domains(&["*.example.com"]), "").ask(), Ok(()));
    let address = || sequence(&[domain("www.example.com"), ip(&[192, 0, 2, 1])]);
    assert_eq!(names(address(), "192.0.2.1").ask(), Ok(()));
    names(address(), "192.0.2.2").depends_on(rule, problem);
    let two = sequence(&[name_set("www.example.com"), name_set("www.example.com")]);
    Question::leaf(&Draft { subject: two, ..leaf_draft() }).depends_on(rule, "has several common names");
    let critical = leaf_draft().with(NAMES, true, domains(&["www.example.com"]));
    Question::leaf(&critical).depends_on(rule, "has a subject, and alternative names that are critical");
}

/// A set with a common name.
fn name_set(common: &str) -> Vec<u8> {
    attribute("2.5.4.3", 12, common.as_bytes())
}

#[test]
fn rule_explicit_usage() {
    let rule = Rule::ExplicitUsage;
    let usage = |critical, usages: &[&str]| {
        Question::leaf(&leaf_draft().with(EXTENDED_KEY_USAGE, critical, oids(usages)))
    };
    usage(true, &[FOR_SERVERS]).depends_on(rule, "has a critical extended key usage");
    Question::root(&root_draft().with(EXTENDED_KEY_USAGE, false, oids(&[FOR_SERVERS])))
        .depends_on(rule, "is a root that says what it's for");
    for question in [usage(false, &[FOR_ANYTHING]), Question::leaf(&leaf_draft().without(EXTENDED_KEY_USAGE))]
    {
        assert_eq!(question.ask(), Ok(()));
        let error = question.policy(Policy::strict().with(rule)).ask().unwrap_err();
        let reason = |error| match error {
            Error::Refused { position: 0, reason, .. } => reason,
            other => panic!("{other}"),
        };
        assert!(matches!(
            reason(error),
            Reason::ExtendedKeyUsage { .. } | Reason::Rule { rule: Rule::ExplicitUsage, .. }
        ));
    }
}

#[test]
fn rule_root_key_identifiers() {
    let rule = Rule::PlainKeyIdentifiers;
    // The signatures are right: only what it says of its issuer isn't.
    let other = root_draft().with(AUTHORITY_KEY_ID, false, authority_key_id(&[7; 20]));
    Question::root(&other).depends_on(rule, "is a root that doesn't name its own key identifier");
    let issuer = tagged(1, &tagged(4, &root().name()));
    let more = sequence(&[tlv(0x80, &root().key.id()), issuer, tlv(0x82, &[1, 2, 3])]);
    Question::root(&root_draft().with(AUTHORITY_KEY_ID, false, more))
        .depends_on(rule, "names its issuer by more than a key identifier");
    assert_eq!(Question::good().policy(Policy::web()).ask(), Ok(()));
}

#[test]
fn rule_rsa_sizes() {
    for (bits, fits) in [(2048, true), (2049, false), (2055, false), (2056, true), (3072, true)] {
        let question = Question::leaf(&Draft { spki: rsa_spki(bits), ..leaf_draft() });
        if fits {
            assert_eq!(question.policy(Policy::web()).ask(), Ok(()), "{bits}");
        } else {
            question.depends_on(Rule::RsaSizes, "has an RSA key whose size isn't a multiple of 8 bits");
        }
    }
}

/// Which policy has which rule, and where each comes from.
#[test]
fn all_rules() {
    let (strict, web) = (Policy::strict(), Policy::web());
    let has = |policy: &Policy| Rule::all().filter(|rule| policy.has(*rule)).count();
    assert_eq!((Rule::all().count(), has(&strict), has(&web)), (16, 10, 15));
    assert_eq!((has(&Policy::rfc5280()), has(&Policy::private()), has(&Policy::default())), (0, 1, 1));
    let none = Rule::all().fold(Policy::default(), Policy::without);
    let all = Rule::all().fold(none.clone(), Policy::with);
    assert_eq!((has(&none), has(&all)), (0, 16));
    assert_eq!(Question::good().policy(none).ask(), Ok(()));
    assert_eq!(Question::good().policy(all).ask(), Ok(()));
    let mut sources: Vec<String> = Rule::all().map(|rule| rule.to_string()).collect();
    sources.sort();
    sources.dedup();
    assert_eq!(sources.len(), 15);
}

// ---- hostile input ----

/// A leaf with every kind of extension that's read.
fn rich_leaf() -> Draft {
    leaf_draft()
        .with(BASIC_CONSTRAINTS, true, basic_constraints(false, None))
        .with(
            NAMES,
            false,
            sequence(&[domain("www.example.com"), ip(&[192, 0, 2, 1]), mail("a@example.com")]),
        )
        .with(POLICIES, false, policies(&["1.3.1", ANY_POLICY]))
        .with("2.5.29.31", false, sequence(&[sequence(&[tagged(0, &tagged(0, &tlv(0x86, b"http://a/")))])]))
        .with(
            "1.3.6.1.5.5.7.1.1",
            false,
            sequence(&[sequence(&[oid("1.3.6.1.5.5.7.48.1"), tlv(0x86, b"http://a/")])]),
        )
}

#[test]
fn damaged_certificates() {
    let good = Question::leaf(&rich_leaf());
    assert_eq!(good.ask(), Ok(()));
    let der = good.leaf.to_der().to_vec();
    for len in 0..der.len() {
        assert!(Certificate::from_der(&der[..len]).is_err(), "{len} bytes");
    }
    assert!(Certificate::from_der(&[&der[..], &[0]].concat()).is_err());
    let mut read = 0;
    for position in 0..der.len() {
        for change in 1..=255 {
            let mut damaged = der.clone();
            damaged[position] ^= change;
            let Ok(certificate) = Certificate::from_der(&damaged) else { continue };
            read += 1;
            assert_eq!(certificate.to_der(), damaged);
            // No change goes unseen; a few for each byte are enough.
            if change.is_power_of_two() {
                assert!(!format!("{certificate}{certificate:?}").is_empty());
                let question = Question { leaf: certificate, ..Question::good() };
                let error = question.ask().unwrap_err();
                assert!(
                    matches!(error, Error::Refused { position: 0 | 1, .. }),
                    "{position} {change}: {error}"
                );
            }
        }
    }
    assert!(read > 20_000, "{read}");
}

#[test]
fn damaged_authorities() {
    let constraints = name_constraints(Some(&[domain("example.com")]), Some(&[mail("b.example.com")]));
    let rich = authority_draft()
        .with(NAME_CONSTRAINTS, true, constraints)
        .with(POLICIES, false, policies(&["1.3.1"]))
        .with(POLICY_MAPPINGS, true, policy_mappings(&[("1.3.1", "1.3.2")]))
        .with(POLICY_CONSTRAINTS, true, policy_constraints(Some(3), Some(3)))
        .with(INHIBIT_ANY_POLICY, true, integer(5));
    let good = Question::authority(&rich);
    assert_eq!(good.ask(), Ok(()));
    let der = good.pool[0].to_der().to_vec();
    for position in 0..der.len() {
        for bit in 0..8 {
            let mut damaged = der.clone();
            damaged[position] ^= 1 << bit;
            let Ok(certificate) = Certificate::from_der(&damaged) else { continue };
            assert!(!certificate.to_string().is_empty());
            assert!(Question::good().pool([certificate]).ask().is_err(), "{position} {bit}");
        }
    }
}

#[test]
fn damaged_lists() {
    let list = list(&[&[1, 2, 4], &[9]]).with("2.5.29.28", true, sequence(&[tlv(0x81, &[0xff])]));
    let der = list.der(&authority().key);
    assert_eq!(Question::good().lists([Crl::from_der(&der).unwrap()]).ask(), Ok(()));
    for len in 0..der.len() {
        assert!(Crl::from_der(&der[..len]).is_err(), "{len} bytes");
    }
    assert!(Crl::from_der(&[&der[..], &[0]].concat()).is_err());
    let mut read = 0;
    for position in 0..der.len() {
        for change in 1..=255 {
            let mut damaged = der.clone();
            damaged[position] ^= change;
            let Ok(crl) = Crl::from_der(&damaged) else { continue };
            read += 1;
            if change.is_power_of_two() {
                let error = Question::good().lists([crl]).ask().unwrap_err();
                let unknown = Error::Refused {
                    position: 0,
                    subject: LEAF.into(),
                    reason: Reason::RevocationUnknown { problem: "" },
                };
                assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&unknown));
                assert!(error.to_string().contains("may have been revoked"), "{position} {change}: {error}");
            }
        }
    }
    assert!(read > 5_000, "{read}");
}

#[test]
fn nul_bytes_in_names() {
    for names in [
        domains(&["www.example.com\0.evil.example"]),
        domains(&["www.example.com\0"]),
        domains(&["\0www.example.com"]),
        sequence(&[mail("www.example.com\0@evil.example")]),
    ] {
        let der = leaf_draft().with(NAMES, false, names).der(&authority().key);
        let Ok(leaf) = Certificate::from_der(&der) else { continue };
        let text = leaf.to_string();
        assert!(!text.contains('\0'), "{text}");
        let error = Question { leaf, ..Question::good() }.ask().unwrap_err();
        assert!(matches!(error, Error::Refused { reason: Reason::Name { .. }, .. }), "{error}");
        assert!(!error.to_string().contains('\0'));
    }
    // An issuer's name isn't cut off there either.
    let leaf = Draft { issuer: name("Authority\0.evil"), ..leaf_draft() };
    let error = Question::leaf(&leaf).ask().unwrap_err();
    let Error::Refused { reason: Reason::UnknownIssuer { issuer, .. }, .. } = error else { panic!() };
    assert!(!issuer.contains('\0'), "{issuer}");
}

#[test]
fn only_der() {
    let good = leaf_draft().der(&authority().key);
    let refused = |der: &[u8], what: &str| {
        let read = Certificate::from_der(der);
        assert!(matches!(read, Err(Error::Malformed { .. })), "{what}: {read:?}");
    };
    // The outer length, in more bytes than it needs, and without an end in sight.
    assert_eq!(good[..2], [0x30, 0x82]);
    refused(&[&[0x30, 0x83, 0], &good[2..]].concat(), "a long length");
    refused(&[&[0x30, 0x80], &good[4..], &[0, 0]].concat(), "an indefinite length");
    let draft = |change: fn(&mut Draft)| {
        let mut draft = leaf_draft();
        change(&mut draft);
        draft.der(&authority().key)
    };
    refused(&draft(|draft| draft.serial = vec![0, 1]), "a number with a zero in front");
    refused(&draft(|draft| draft.serial = vec![0xff, 0x80]), "a number with a sign in front");
    refused(&draft(|draft| draft.serial = vec![]), "no number");
    refused(&draft(|draft| draft.version = Some(0)), "version 1, spelt out");
    refused(&draft(|draft| draft.version = Some(3)), "version 4");
    refused(&draft(|draft| draft.issuer = vec![0x30, 0x81, 0]), "a long length in a name");
    let flag = |byte| leaf_draft().with(BASIC_CONSTRAINTS, true, sequence(&[tlv(1, &[byte])]));
    let flag = |byte| flag(byte).sign(&authority().key);
    assert!(flag(1).check_extensions().unwrap_err().to_string().contains("X.690, section 11.1"));
    let error = Question { leaf: flag(1), ..Question::good() }.ask().unwrap_err();
    assert!(matches!(error, Error::Refused { reason: Reason::Damaged { .. }, .. }), "{error}");
    // Bits behind a bit string's end aren't DER either; they're taken, and don't count.
    let usage = leaf_draft().with(KEY_USAGE, true, vec![3, 2, 7, 0xc0]).sign(&authority().key);
    let usage = usage.key_usage().unwrap();
    assert!(usage.digital_signature() && !usage.non_repudiation());
    // So is a flag that's spelt out where it's left out: many authorities do that.
    let spelt_out = leaf_draft().with(BASIC_CONSTRAINTS, true, sequence(&[tlv(1, &[0])]));
    assert_eq!(Question::leaf(&spelt_out).ask(), Ok(()));
}

#[test]
fn too_much_of_everything() {
    let start = Instant::now();
    let in_time = |what: &str| {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}: {:?}", start.elapsed());
    };
    // Names: many, and under many constraints.
    let many: Vec<Vec<u8>> = (0..9_000).map(|i| domain(&format!("host-{i}.example.com"))).collect();
    let many_names =
        leaf_draft().with(NAMES, false, sequence(&[&[domain("www.example.com")], &many[..]].concat()));
    assert_eq!(Question::leaf(&many_names).ask(), Ok(()));
    in_time("names");
    let trees: Vec<Vec<u8>> = (0..5_000).map(|i| domain(&format!("a{i}.example.org"))).collect();
    let limit = Budget::default().comparisons;
    for constraints in [constrained(None, Some(&trees)), constrained(Some(&trees), None)] {
        let error = Question::new(&many_names, &constraints, &root_draft()).ask().unwrap_err();
        let budget = Reason::Budget { of: "comparisons", limit };
        assert!(matches!(&error, Error::Refused { reason, .. } if *reason == budget), "{error}");
    }
    in_time("constraints");
    // Policies.
    let all: Vec<String> = (0..9_000).map(|i| format!("1.3.{i}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let many_policies = |draft: Draft| draft.with(POLICIES, false, policies(&all));
    let question =
        Question::new(&many_policies(leaf_draft()), &many_policies(authority_draft()), &root_draft());
    let error = question.ask().unwrap_err();
    assert!(matches!(error, Error::Refused { reason: Reason::Budget { .. }, .. }), "{error}");
    in_time("policies");
    // Extensions that nobody knows.
    let others =
        |count| (0..count).fold(leaf_draft(), |draft, i| draft.and(&format!("1.3.{i}"), false, Vec::new()));
    assert_eq!(Question::leaf(&others(100)).ask(), Ok(()));
    assert_eq!(
        Certificate::from_der(&others(15_000).der(&authority().key)).unwrap_err().to_string(),
        "malformed certificate: it has more than 128 extensions"
    );
    in_time("extensions");
    // Attributes of a name: in one set, and in sets of their own.
    let attribute = |i: u32| sequence(&[oid("2.5.4.3"), tlv(12, format!("{i}").as_bytes())]);
    for (count, fits) in [(900, true), (14_000, false)] {
        let attributes: Vec<Vec<u8>> = (0..count).rev().map(attribute).collect();
        let one_set = sequence(&[tlv(0x31, &attributes.concat())]);
        let sets = sequence(&attributes.iter().map(|attribute| tlv(0x31, attribute)).collect::<Vec<_>>());
        for subject in [one_set, sets] {
            let leaf = Certificate::from_der(&Draft { subject, ..leaf_draft() }.der(&authority().key));
            assert!(fits || leaf.is_err());
            // A set out of order may be refused.
            if let Ok(leaf) = leaf {
                assert_eq!(Question { leaf, ..Question::good() }.ask(), Ok(()));
            }
        }
    }
    in_time("attributes");
    // Many addresses, and a common name that's a copy of the last.
    let addresses: Vec<Vec<u8>> = (0..18_000u32).map(|i| ip(&[198, 51, (i >> 8) as u8, i as u8])).collect();
    let names = sequence(&[&addresses[..], &[ip(&[192, 0, 2, 1]), domain("www.example.com")]].concat());
    let draft = Draft { subject: name("192.0.2.1"), ..leaf_draft() }.with(NAMES, false, names);
    assert_eq!(Question::leaf(&draft).policy(Policy::web()).ask(), Ok(()));
    in_time("common names");
    // More than a certificate may have.
    let huge = leaf_draft().with("1.2.3.4", false, vec![0; 1 << 18]).der(&authority().key);
    assert_eq!(
        Certificate::from_der(&huge).unwrap_err().to_string(),
        "malformed certificate: longer than 256 KiB"
    );
    // Something in something in something.
    let nested = (0..20_000).fold(
        Vec::new(),
        |inner: Vec<u8>, _| {
            if inner.len() < 200_000 { tlv(0x30, &inner) } else { inner }
        },
    );
    let deep = Draft { issuer: nested.clone(), ..leaf_draft() }.der(&authority().key);
    assert!(Certificate::from_der(&deep).is_err());
    let deep = leaf_draft().with(NAMES, false, nested.clone()).sign(&authority().key);
    assert!(deep.check_extensions().is_err());
    assert!(Question { leaf: deep, ..Question::good() }.ask().is_err());
    assert!(Certificate::from_der(&nested).is_err());
    assert!(Crl::from_der(&nested).is_err());
    in_time("depth");
}

#[test]
fn huge_lists() {
    let start = Instant::now();
    let serials: Vec<[u8; 4]> = (0..100_000u32).map(|i| (0x0100_0000 + i * 7).to_be_bytes()).collect();
    let serials: Vec<&[u8]> = serials.iter().rev().map(<[u8; 4]>::as_slice).collect();
    let crl = list(&serials).sign(&authority().key);
    assert!(crl.find(serials[77]).is_some() && crl.find(&[1]).is_none());
    assert_eq!(Question::good().lists([crl]).ask(), Ok(()));
    // Many lists of one issuer: each costs a signature.
    let wrong = list(&[]).sign(&Key::new(99));
    let error = Question::good().lists(vec![wrong; 200]).ask().unwrap_err();
    assert!(
        matches!(error, Error::Refused { reason: Reason::Budget { of: "signatures", .. }, .. }),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

/// Twelve storeys of two certificates each, of one key: 4,096 ways up, which end before a wrong signature; and
/// names of many parts, which errors would show.
#[test]
fn many_ways_with_long_names() {
    let long = |i: u32| {
        let part = |j: u32| attribute("2.5.4.3", 12, format!("{i}-{j}").as_bytes());
        sequence(&(0..900).map(part).collect::<Vec<_>>())
    };
    let draft = |i: u32, serial: u8| {
        let (below, above) = (Party::new("x", 300 + i), Party::new("x", 301 + i));
        let draft = Draft::authority(&below, &above);
        Draft { subject: long(i), issuer: long(i + 1), serial: vec![serial], ..draft }.sign(&above.key)
    };
    let mut pool: Vec<_> = (0..12).flat_map(|i| [draft(i, 1), draft(i, 2)]).collect();
    // Of the top's name, with another key.
    let other = Party::new("x", 999);
    pool.push(Draft { subject: long(12), ..Draft::authority(&other, &root()) }.sign(&root().key));
    let first = Party::new("x", 300);
    let leaf = Draft { issuer: long(0), ..Draft::leaf(&server(), &first) }.sign(&first.key);
    let question = Question { leaf, ..Question::good().pool(pool) };
    let start = Instant::now();
    let Err(Error::Refused { reason: Reason::Budget { .. }, subject, .. }) = question.ask() else { panic!() };
    assert_eq!((subject.chars().count(), subject.ends_with('…')), (201, true));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
