//! Situations that other libraries' users met, and what audits found: what's revoked by evidence, what an anchor says of
//! itself, files of other programs, private authorities, work that no budget saw, and names that slip into certificates.
//!
//! Files are in `trust/cases`; the rest is made here (`certificates_made`).

mod certificates_made;

use certificates_made::*;
use oneway::ecdsa::{P256, SigningKey};
use oneway::trust::{
    Authority, Budget, Certificate, Crl, Error, GeneralName, Obstacle, Oid, PathLength, Policy, Profile,
    Purpose, Reason, Request, Result, Revocation, Rule, Time, TrustStore, Validity, Verifier,
};

fn file(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/trust/cases/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn certificates(name: &str) -> Vec<Certificate> {
    let bytes = file(name);
    if bytes.starts_with(b"0") {
        vec![Certificate::from_der(&bytes).unwrap()]
    } else {
        Certificate::bundle_from_pem(bytes).unwrap()
    }
}

fn certificate(name: &str) -> Certificate {
    certificates(name).remove(0)
}

fn store(name: &str) -> TrustStore {
    certificates(name).into_iter().collect()
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

const NOW: &str = "2026-12-01T00:00:00Z";

/// What's left of a verdict: its reason.
fn reason<T>(verdict: Result<T>) -> Reason {
    match verdict {
        Err(Error::Refused { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("trusted"),
    }
}

// ---- a wrong yes ----

/// A signed entry revokes, whatever else is wrong with its list.
#[test]
fn revocation_is_evidence() {
    let (roots, pool, leaf) = (store("root.der"), certificates("int.der"), certificate("leaf.der"));
    for list in ["b_stale.crl", "b_unkentry.crl"] {
        let lists = [Crl::from_der(&file(list)).unwrap()];
        let verifier = Verifier::new(&roots, Purpose::server("www.example.com").unwrap())
            .at(at(NOW))
            .intermediates(&pool);
        assert!(verifier.verify(&leaf).is_ok(), "{list}");
        let verifier = verifier.revocation(Revocation::crls(&lists).allow_unknown());
        assert!(matches!(reason(verifier.verify(&leaf)), Reason::Revoked { .. }), "{list}");
    }
    let lists = [Crl::from_pem(file("stock.crl")).unwrap()];
    let (roots, chain) = (store("stock_ca.pem"), certificates("stock_s.pem"));
    let verifier = Verifier::new(&roots, Purpose::any())
        .at(at(NOW))
        .revocation(Revocation::crls(&lists).allow_unknown());
    assert!(matches!(reason(verifier.verify(&chain[0])), Reason::Revoked { .. }));

    let (root, authority) = (Party::new("Root", 1), Party::new("Authority", 2));
    let revoked = |list: List, key: u32| {
        let world = World::new();
        let lists = [list.sign(&Key::new(key))];
        world.verdict(Revocation::crls(&lists).allow_unknown(), Policy::strict())
    };
    let list = || List::new(&authority, &[&[1, 2, 3]]);
    let early = List { from: "20300101000000Z", until: Some("20310101000000Z"), ..list() };
    let late = List { from: "20210101000000Z", until: Some("20220101000000Z"), ..list() };
    let lists = [
        early,
        late,
        List { until: None, ..list() },
        list().without(CRL_NUMBER),
        list().without(AUTHORITY_KEY_ID),
        list().with("1.2.3.4", true, vec![]),
        list().with("2.5.29.27", true, integer(1)),
        list().with("2.5.29.28", true, vec![5, 0]),
    ];
    for list in lists {
        assert!(matches!(reason(revoked(list, 2)), Reason::Revoked { .. }));
    }
    // Of anybody else it's no evidence, nor of another certificate.
    assert!(revoked(list(), 99).is_ok());
    assert!(revoked(List::new(&authority, &[&[1, 2, 4]]), 2).is_ok());
    assert!(revoked(List::new(&root, &[&[1, 2, 3]]), 2).is_ok());
    // Taken off is one that a list of changes says so of.
    let removed = |list: List| List { revoked: vec![(vec![1, 2, 3], 8)], ..list };
    assert!(revoked(removed(list().with("2.5.29.27", true, integer(1))), 2).is_ok());
    assert!(revoked(removed(list()), 2).is_err());
}

/// A root, an authority and a server's certificate.
struct World {
    store: TrustStore,
    pool: Vec<Certificate>,
    leaf: Certificate,
}

const WORLD: &str = "2026-06-01T00:00:00Z";

impl World {
    fn new() -> Self {
        Self::with(&Draft::leaf(&server(), &authority()))
    }

    fn with(leaf: &Draft) -> Self {
        Self {
            store: [Draft::authority(&root(), &root()).sign(&root().key)].into_iter().collect(),
            pool: vec![Draft::authority(&authority(), &root()).sign(&root().key)],
            leaf: leaf.sign(&authority().key),
        }
    }

    fn verdict(&self, revocation: Revocation<'_>, policy: Policy) -> Result<()> {
        let verifier =
            Verifier::new(&self.store, Purpose::any_server()).intermediates(&self.pool).at(at(WORLD));
        verifier.policy(policy).revocation(revocation).verify(&self.leaf).map(drop)
    }
}

fn root() -> Party {
    Party::new("Root", 1)
}

fn authority() -> Party {
    Party::new("Authority", 2)
}

fn server() -> Party {
    Party::new("www.example.com", 3)
}

/// RFC 5280, section 6.3.3: what covers a certificate, and what doesn't.
#[test]
#[allow(clippy::too_many_lines, reason = "one world, and many lists about it")]
fn lists_as_a_whole() {
    const DISTRIBUTION_POINTS: &str = "2.5.29.31";
    const ISSUING: &str = "2.5.29.28";
    let full = |address: &str| tagged(0, &tagged(0, &tlv(0x86, address.as_bytes())));
    let ask = |points: Option<Vec<Vec<u8>>>, lists: &[Crl]| {
        let draft = Draft::leaf(&server(), &authority());
        let draft = match points {
            Some(points) => draft.with(DISTRIBUTION_POINTS, false, sequence(&points)),
            None => draft,
        };
        World::with(&draft).verdict(Revocation::crls(lists).leaf_only(), Policy::strict())
    };
    let unknown = |verdict| matches!(reason(verdict), Reason::RevocationUnknown { .. });
    let list = |revoked: &[&[u8]], scope: &[Vec<u8>]| {
        let list = List::new(&authority(), revoked);
        if scope.is_empty() { list } else { list.with(ISSUING, true, sequence(scope)) }
    };
    let signed = |list: List| list.sign(&authority().key);

    // Reasons: each list is about some, and together they're about all.
    let some = tlv(0x83, &[0, 0x7f]);
    let others = tlv(0x83, &[7, 0, 0x80]);
    let (some, others) = (signed(list(&[], &[some])), signed(list(&[], &[others])));
    assert!(unknown(ask(None, std::slice::from_ref(&some))));
    assert_eq!(ask(None, &[some, others]), Ok(()));
    // A distribution point that's about some reasons only; the list at another place is about all.
    let (a, b) = ("http://example.com/a.crl", "http://example.com/b.crl");
    let point = || vec![sequence(&[full(a), tlv(0x81, &[6, 0x40])])];
    assert!(unknown(ask(Some(point()), &[signed(list(&[], &[full(a)]))])));
    assert_eq!(ask(Some(point()), &[signed(list(&[], &[]))]), Ok(()));
    assert!(unknown(ask(Some(vec![sequence(&[full(a)])]), &[signed(list(&[], &[full(b)]))])));
    assert_eq!(ask(Some(vec![sequence(&[full(a)])]), &[signed(list(&[], &[full(a)]))]), Ok(()));
    // A name below its issuer's.
    let relative = tagged(1, &sequence(&[oid("2.5.4.3"), tlv(12, b"List 1")]));
    let whole =
        tlv(0xa4, &sequence(&[attribute("2.5.4.3", 12, b"Authority"), attribute("2.5.4.3", 12, b"List 1")]));
    let (relative, whole) = (tagged(0, &relative), tagged(0, &tagged(0, &whole)));
    for (point, scope) in [(&relative, &relative), (&whole, &relative), (&relative, &whole)] {
        let lists = [signed(list(&[], std::slice::from_ref(scope)))];
        assert_eq!(ask(Some(vec![sequence(std::slice::from_ref(point))]), &lists), Ok(()));
    }

    // Somebody else issues the lists: whom the certificate names, for several issuers.
    let lister = || Party::new("Lister", 7);
    let names_lister = || {
        let issuer = tagged(2, &tlv(0xa4, &lister().name()));
        Some(vec![sequence(&[full(a), issuer])])
    };
    let signer =
        Draft::new(&lister(), &root()).with(KEY_USAGE, true, key_usage(&[CRL_SIGN])).sign(&root().key);
    let listers = |entries: Vec<u8>, scope: Vec<u8>| {
        let tbs = sequence(&[
            integer(1),
            ecdsa_with_sha256(),
            lister().name(),
            time("20260101000000Z"),
            time("20270101000000Z"),
            entries,
            tagged(
                0,
                &sequence(&[
                    sequence(&[oid(ISSUING), tlv(1, &[0xff]), octets(&scope)]),
                    sequence(&[oid(CRL_NUMBER), octets(&integer(1))]),
                    sequence(&[oid(AUTHORITY_KEY_ID), octets(&authority_key_id(&lister().key.id()))]),
                ]),
            ),
        ]);
        let key = SigningKey::<P256>::from_bytes(&[&[0; 31][..], &[7]].concat()).unwrap();
        Crl::from_der(&sequence(&[tbs.clone(), ecdsa_with_sha256(), bit_string(&key.sign(&tbs).to_der())]))
            .unwrap()
    };
    let indirect = |entries: Vec<u8>| listers(entries, sequence(&[full(a), tlv(0x84, &[0xff])]));
    let entry = |issuer: Option<&Party>| {
        let issuer = issuer.map_or_else(Vec::new, |issuer| {
            let names = sequence(&[tlv(0xa4, &issuer.name())]);
            sequence(&[sequence(&[oid("2.5.29.29"), tlv(1, &[0xff]), octets(&names)])])
        });
        sequence(&[tlv(2, &[1, 2, 3]), time("20260201000000Z"), issuer])
    };
    let ask = |points, lists: &[Crl], with_signer: bool| {
        let draft = Draft::leaf(&server(), &authority());
        let draft = match points {
            Some(points) => {
                draft.with(DISTRIBUTION_POINTS, false, sequence(&Vec::<Vec<u8>>::from_iter(points)))
            }
            None => draft,
        };
        let mut world = World::with(&draft);
        world.pool.extend(with_signer.then(|| signer.clone()));
        world.verdict(Revocation::crls(lists).leaf_only(), Policy::rfc5280())
    };
    let revoked = |verdict| matches!(reason(verdict), Reason::Revoked { .. });
    assert_eq!(ask(names_lister(), &[indirect(vec![])], true), Ok(()));
    assert!(unknown(ask(names_lister(), &[indirect(vec![])], false)), "whose key it is isn't known");
    assert!(unknown(ask(None, &[indirect(vec![])], true)), "the certificate names nobody else");
    assert!(revoked(ask(names_lister(), &[indirect(sequence(&[entry(Some(&authority()))]))], true)));
    // An entry without an issuer is of the list's issuer, and one after another has the same as that.
    assert_eq!(ask(names_lister(), &[indirect(sequence(&[entry(None)]))], true), Ok(()));
    let both = sequence(&[entry(Some(&authority())), entry(None)]);
    assert!(revoked(ask(names_lister(), &[indirect(both)], true)));
    let other = sequence(&[entry(Some(&Party::new("Other", 8)))]);
    assert_eq!(ask(names_lister(), &[indirect(other)], true), Ok(()));
    // One that isn't marked as indirect proves nobody good, and revokes nevertheless; as does one whose scope is odd.
    for scope in [sequence(&[full(a)]), vec![5, 0]] {
        assert!(unknown(ask(names_lister(), &[listers(vec![], scope.clone())], true)));
        let listed = sequence(&[entry(Some(&authority()))]);
        assert!(revoked(ask(names_lister(), &[listers(listed, scope)], true)));
    }
    // Entries of one number, for several issuers, in any order.
    let many = (0..20).map(|i| entry(Some(&Party::new(&format!("Other {i}"), 8))));
    let many: Vec<_> = many.chain([entry(Some(&authority()))]).collect();
    assert!(revoked(ask(names_lister(), &[indirect(sequence(&many))], true)));
    let rest: Vec<_> = many.into_iter().take(20).collect();
    assert_eq!(ask(names_lister(), &[indirect(sequence(&rest))], true), Ok(()));

    // The issuer's other key, which is for lists, and is revoked itself or not.
    let list_key = Party::new("Authority", 9);
    let own = |serial: u8| {
        let draft = Draft { serial: vec![serial], ..Draft::new(&list_key, &root()) };
        draft.with(KEY_USAGE, true, key_usage(&[CRL_SIGN])).sign(&root().key)
    };
    let list = List::new(&list_key, &[]).sign(&list_key.key);
    let roots_list = |serials: &[&[u8]]| List::new(&root(), serials).sign(&root().key);
    let ask = |signer: Option<Certificate>, lists: &[Crl]| {
        let mut world = World::new();
        world.pool.extend(signer);
        world.verdict(Revocation::crls(lists), Policy::strict())
    };
    assert_eq!(ask(Some(own(5)), &[list.clone(), roots_list(&[])]), Ok(()));
    assert!(unknown(ask(None, &[list.clone(), roots_list(&[])])));
    assert!(unknown(ask(Some(own(5)), &[list.clone(), roots_list(&[&[5]])])), "the key for lists is revoked");
    let no_lists =
        Draft::new(&list_key, &root()).with(KEY_USAGE, true, key_usage(&[KEY_CERT_SIGN])).sign(&root().key);
    assert!(unknown(ask(Some(no_lists), &[list, roots_list(&[])])));
    // Such a key doesn't prove by its own lists that it isn't revoked.
    let lists_key = Party::new("Root", 10);
    let signer = Draft { serial: vec![6], ..Draft::new(&lists_key, &root()) };
    let signer = || signer.clone().with(KEY_USAGE, true, key_usage(&[CRL_SIGN])).sign(&root().key);
    let own = List::new(&authority(), &[]).sign(&authority().key);
    let by_it = List::new(&lists_key, &[]).sign(&lists_key.key);
    assert!(unknown(ask(Some(signer()), &[own.clone(), by_it.clone()])));
    assert_eq!(ask(Some(signer()), &[own, by_it, roots_list(&[])]), Ok(()));
}

/// On hold, and free again by a list of changes, or by a later list.
#[test]
fn lists_of_changes() {
    let number = |list: List, number| list.with(CRL_NUMBER, false, integer(number));
    let entry = |reason| vec![(vec![1, 2, 3], reason)];
    let base = |reason| number(List { revoked: entry(reason), ..List::new(&authority(), &[]) }, 5);
    let delta = |reason, of| {
        let list = List { revoked: entry(reason), from: "20260301000000Z", ..List::new(&authority(), &[]) };
        number(list, 6).with("2.5.29.27", true, integer(of))
    };
    let ask = |lists: &[&List]| {
        let lists: Vec<Crl> = lists.iter().map(|list| list.sign(&authority().key)).collect();
        World::new().verdict(Revocation::crls(&lists).leaf_only(), Policy::strict())
    };
    assert!(ask(&[&base(6)]).is_err());
    assert_eq!(ask(&[&base(6), &delta(8, 5)]), Ok(()));
    assert!(ask(&[&base(6), &delta(8, 6)]).is_err(), "changes of a later list");
    assert!(ask(&[&base(1), &delta(8, 5)]).is_err(), "only who's on hold comes back");
    let whole = || List { from: "20260401000000Z", ..number(List::new(&authority(), &[]), 7) };
    assert_eq!(ask(&[&base(6), &whole()]), Ok(()));
    // A later list that's about other reasons says nothing of holds.
    let of_keys = || whole().with("2.5.29.28", true, sequence(&[tlv(0x83, &[6, 0x40])]));
    assert!(ask(&[&base(6), &of_keys()]).is_err());
    assert_eq!(ask(&[&base(6), &of_keys(), &whole()]), Ok(()));
    // What's late releases nobody, and one that's on hold since the last list is on hold.
    let late_changes = List { until: Some("20260401000000Z"), ..delta(8, 5) };
    assert!(ask(&[&base(6), &late_changes]).is_err());
    assert!(ask(&[&number(List::new(&authority(), &[]), 5), &delta(6, 5)]).is_err());
    assert!(ask(&[&whole(), &delta(1, 5)]).is_err());
    // A list that's late is made whole by its changes.
    let late = List { until: Some("20260201000000Z"), ..number(List::new(&authority(), &[]), 5) };
    let none = || List { revoked: vec![], ..delta(1, 5) };
    assert!(ask(&[&late]).is_err());
    assert_eq!(ask(&[&late, &none()]), Ok(()));
}

#[test]
fn an_anchor_that_says_no() {
    let (roots, leaf) = (store("a_store.pem"), certificate("a_victim.der"));
    let purpose = || Purpose::server("www.bank.example").unwrap();
    for policy in [Policy::web().without(Rule::Anchors), Policy::private(), Policy::rfc5280()] {
        let reason = reason(Verifier::new(&roots, purpose()).at(at(NOW)).policy(policy).verify(&leaf));
        assert!(matches!(reason, Reason::NotAnAuthority(_) | Reason::KeyUsage { .. }), "{reason}");
    }
}

#[test]
fn certificate_policies() {
    let ask = |value: Vec<u8>, critical| {
        let leaf = Draft::leaf(&server(), &authority()).with(POLICIES, critical, value);
        let world = World::with(&leaf);
        let verifier = Verifier::new(&world.store, Purpose::any()).intermediates(&world.pool).at(at(WORLD));
        verifier.policy(Policy::rfc5280()).verify(&world.leaf).map(drop)
    };
    let with = |qualifier: Vec<u8>| sequence(&[sequence(&[oid("1.3.1"), sequence(&[qualifier])])]);
    let unknown = || with(sequence(&[oid("1.2.3.4"), tlv(5, &[])]));
    let address = || with(sequence(&[oid("1.3.6.1.5.5.7.2.1"), tlv(0x16, b"http://a/")]));
    assert_eq!(ask(unknown(), false), Ok(()));
    assert_eq!(ask(address(), true), Ok(()));
    assert!(matches!(reason(ask(unknown(), true)), Reason::Policies(_)));
    assert_eq!(ask(policies(&["1.3.1", "1.3.2"]), true), Ok(()));
    assert!(matches!(reason(ask(policies(&["1.3.1", "1.3.2", "1.3.1"]), false)), Reason::Policies(_)));
    // Accepted ones count where one is required, and nowhere else.
    let world =
        World::with(&Draft::leaf(&server(), &authority()).with(POLICIES, false, policies(&["1.3.1"])));
    let mut pool = world.pool.clone();
    pool[0] = Draft::authority(&authority(), &root())
        .with(POLICIES, false, policies(&[ANY_POLICY]))
        .sign(&root().key);
    let ask = |policy: Policy| {
        let verifier = Verifier::new(&world.store, Purpose::any()).intermediates(&pool).at(at(WORLD));
        verifier.policy(policy).verify(&world.leaf).map(drop)
    };
    let oids = |text: &str| [text.parse::<Oid>().unwrap()];
    assert_eq!(ask(Policy::rfc5280().accept_policies(oids("1.3.2"))), Ok(()));
    assert!(ask(Policy::rfc5280().accept_policies(oids("1.3.2")).require_explicit_policy()).is_err());
    assert!(ask(Policy::rfc5280().require_policies(oids("1.3.2"))).is_err());
    assert_eq!(ask(Policy::rfc5280().require_policies(oids("1.3.1"))), Ok(()));
    assert_eq!(ask(Policy::rfc5280().require_explicit_policy()), Ok(()));
}

// ---- a wrong no ----

#[test]
fn lists_in_shards() {
    let lists = Crl::bundle_from_pem(file("b_shards.pem")).unwrap();
    assert!(lists.len() > 100);
    let (roots, pool, leaf) = (store("root.der"), certificates("int.der"), certificate("b_shardleaf.der"));
    let verifier =
        Verifier::new(&roots, Purpose::server("www.example.com").unwrap()).at(at(NOW)).intermediates(&pool);
    let verifier = verifier.revocation(Revocation::crls(&lists).leaf_only());
    // One signature of each certificate, and one of the list that the certificate is on.
    let budget = Budget { signatures: 3, ..Budget::default() };
    assert!(verifier.policy(Policy::private().budget(budget)).verify(&leaf).is_ok());
}

#[test]
fn private_authorities() {
    for (root, chain, host) in [
        ("m_root.pem", "m_k8s_apiserver.pem", "10.96.0.1"),
        ("m_root.pem", "m_k8s_apiserver.pem", "kubernetes.default.svc"),
        ("tutorial_ca.pem", "tutorial_srv.pem", "localhost"),
    ] {
        let (roots, leaf) = (store(root), certificate(chain));
        let verifier = Verifier::new(&roots, Purpose::server(host).unwrap()).at(at(NOW));
        assert!(verifier.verify(&leaf).is_ok(), "{chain}");
        // What refuses by a rule says by which, and what to do about it.
        let text = verifier.policy(Policy::web()).verify(&leaf).unwrap_err().to_string();
        assert!(text.contains("Rule::") && text.contains("Policy::private"), "{text}");
    }
    // Of version 1, without extensions, as `openssl x509 -req` makes it: for clients, as it has no names.
    let bare =
        Draft { version: None, extensions: vec![], ..Draft::leaf(&server(), &root()) }.sign(&root().key);
    let roots: TrustStore =
        [Draft { version: None, extensions: vec![], ..Draft::authority(&root(), &root()) }.sign(&root().key)]
            .into_iter()
            .collect();
    assert!(Verifier::new(&roots, Purpose::client()).at(at(WORLD)).verify(&bare).is_ok());
    let text = Verifier::new(&roots, Purpose::server("www.example.com").unwrap()).at(at(WORLD)).verify(&bare);
    assert!(text.unwrap_err().to_string().ends_with("(a common name doesn't count)"));
    // A trusted certificate's time counts, unless it's asked for section 6.1 alone.
    let old = Draft { until: "20210101000000Z", ..Draft::authority(&root(), &root()) }.sign(&root().key);
    let (world, old) = (World::new(), TrustStore::from_iter([old]));
    let verifier = Verifier::new(&old, Purpose::any()).intermediates(&world.pool).at(at(WORLD));
    assert!(matches!(reason(verifier.verify(&world.leaf)), Reason::Expired { .. }));
    assert!(verifier.policy(Policy::rfc5280()).verify(&world.leaf).is_ok());
}

#[test]
fn a_leaf_with_the_name_and_the_key_of_its_root() {
    let leaf =
        Draft { serial: vec![7], ..Draft::new(&root(), &root()) }.with(NAMES, false, domains(&["a.example"]));
    let (leaf, roots) = (leaf.sign(&root().key), World::new().store);
    let verifier = Verifier::new(&roots, Purpose::server("a.example").unwrap()).at(at(WORLD));
    assert_eq!(verifier.verify(&leaf).unwrap().path().len(), 2);
}

#[test]
fn object_identifiers_of_any_size() {
    for name in ["r_redhat_oid.pem", "r_oid_2p32.pem", "r_oid_policy_uuid.pem", "oid-2.999.pem"] {
        let read = certificate(name);
        read.check_extensions().unwrap();
        assert!(read.public_key().is_ok() && !read.to_string().is_empty(), "{name}");
    }
    let uuid = "2.25.340282366920938463463374607431768211455";
    let long = format!("1.3.6.1.4.1.{}", ["4294967296"; 12].join("."));
    for text in [uuid, &long] {
        let draft = Draft::leaf(&server(), &authority())
            .with(text, false, vec![5, 0])
            .with(POLICIES, false, policies(&[text]))
            .with(EXTENDED_KEY_USAGE, false, oids(&[FOR_SERVERS, text]))
            .with(
                NAMES,
                false,
                sequence(&[domain("a.example"), tlv(0x88, text.parse::<Oid>().unwrap().as_bytes())]),
            );
        let leaf = Draft { subject: sequence(&[attribute(text, 12, b"x")]), ..draft };
        let world = World::with(&leaf);
        let verifier = Verifier::new(&world.store, Purpose::server("a.example").unwrap());
        let verifier = verifier.intermediates(&world.pool).at(at(WORLD));
        assert!(verifier.verify(&world.leaf).is_ok(), "{text}");
        assert_eq!(world.leaf.subject().to_string(), format!("{text}=#0c0178"));
        assert_eq!(world.leaf.extended_key_usage().unwrap()[1].to_string(), text);
        assert!(world.leaf.alternative_names().any(|name| name.to_string() == text));
    }
}

#[test]
fn what_is_odd_and_harmless() {
    // Times from 1950 on.
    assert_eq!(certificate("c_1950.pem").not_before().to_string(), "1950-01-01T00:00:00Z");
    // Text of every type, names of every form.
    let universal = certificate("c_universal.pem");
    assert!(universal.subject().to_string().contains("O=Ünïversal"), "{}", universal.subject());
    let roots = store("c_root.pem");
    for name in ["c_universal.pem", "c_san_x400.pem", "c_1950.pem"] {
        let verifier = Verifier::new(&roots, Purpose::server("www.example.test").unwrap());
        assert!(verifier.at(at(NOW)).verify(&certificate(name)).is_ok(), "{name}");
    }
    assert!(
        certificate("c_san_x400.pem").alternative_names().any(|name| matches!(name, GeneralName::X400(_)))
    );
    // A path length of more than a byte is as long as any chain; key usages of three bytes.
    assert!(certificate("pl1000.crt").is_authority());
    let usage = |bytes: &[u8]| Draft::leaf(&server(), &authority()).with(KEY_USAGE, true, tlv(3, bytes));
    let three = World::with(&usage(&[4, 0x80, 0, 0x10]));
    assert!(three.leaf.key_usage().unwrap().digital_signature());
    let nine = World::with(&usage(&[7, 0x08, 0x80]));
    assert!(nine.leaf.key_usage().unwrap().decipher_only());
    // Names of every form beside the one that's asked for: another name, an EDI party's, a registered identifier, and
    // what should be ASCII and isn't. Where there's a constraint on its kind, the last is refused.
    let odd = [
        tlv(0xa0, &[oid("1.3.6.1.4.1.311.20.2.3"), tagged(0, &tlv(12, b"user@example"))].concat()),
        tlv(0xa5, &tagged(1, &tlv(12, b"party"))),
        tlv(0x88, &[0x2a, 3]),
        tlv(0x81, b"jos\xe9@example.com"),
        tlv(0x86, "http://ünï.example/".as_bytes()),
        tlv(0x82, b"\xff"),
    ];
    for odd in odd {
        let names = sequence(&[odd.clone(), domain("a.example")]);
        let world = World::with(&Draft::leaf(&server(), &authority()).with(NAMES, false, names));
        let verifier = Verifier::new(&world.store, Purpose::server("a.example").unwrap()).at(at(WORLD));
        assert!(verifier.clone().intermediates(&world.pool).verify(&world.leaf).is_ok());
        assert!(!world.leaf.to_string().is_empty());
        let is_text = matches!(odd[0], 0x81 | 0x82 | 0x86);
        assert_eq!(world.leaf.check_extensions().is_err(), is_text);
        let kind = odd[0] & 0x0f;
        let tree = tlv(odd[0], if kind == 2 { b"example" } else { &odd[2..] });
        if matches!(kind, 1 | 6) {
            continue;
        }
        let constrained = Draft::authority(&authority(), &root()).with(
            NAME_CONSTRAINTS,
            true,
            name_constraints(None, Some(&[tree])),
        );
        let pool = [constrained.sign(&root().key)];
        let verdict = verifier.intermediates(&pool).verify(&world.leaf);
        assert!(matches!(reason(verdict), Reason::NameConstraint { .. }));
    }
    // What nobody needs may be damaged, and is told when it's asked for.
    let odd = certificate("w_aia_utf8.der");
    assert!(odd.check_extensions().unwrap_err().to_string().contains("authority information access"));
    assert!(odd.to_string().contains("damaged:      authority information access"));
    // OpenSSL's own form of a certificate.
    assert_eq!(certificate("trusted.pem").subject().to_string(), "CN=TLS Root");
    assert_eq!(store("trusted.pem").len(), 1);
    let settings = |trusted: &[&str], rejected: &[&str]| {
        let list = |tag, usages: &[&str]| match usages {
            [] => Vec::new(),
            usages => tlv(tag, &usages.iter().flat_map(|usage| oid(usage)).collect::<Vec<_>>()),
        };
        let root = Draft::authority(&root(), &root()).der(&root().key);
        let der = [root, sequence(&[list(0x30, trusted), list(0xa0, rejected), tlv(12, b"alias")])].concat();
        let roots = TrustStore::from_pem(trusted_pem(&der)).unwrap();
        let world = World::new();
        let verifier = Verifier::new(&roots, Purpose::any_server()).intermediates(&world.pool).at(at(WORLD));
        verifier.verify(&world.leaf).map(drop)
    };
    assert_eq!(settings(&[], &[]), Ok(()));
    assert_eq!(settings(&[FOR_SERVERS], &[FOR_CLIENTS]), Ok(()));
    assert!(matches!(reason(settings(&[FOR_CLIENTS], &[])), Reason::ExtendedKeyUsage { .. }));
    assert!(matches!(reason(settings(&[], &[FOR_SERVERS])), Reason::ExtendedKeyUsage { .. }));
    // One that's for nothing at all isn't for anything; and whatever is said against one that's there already counts.
    let root_der = Draft::authority(&root(), &root()).der(&root().key);
    let never = sequence(&[tlv(0xa0, &oid("2.5.29.37.0"))]);
    let text = trusted_pem(&[root_der.clone(), never].concat());
    let world = World::new();
    let ask = |roots: &TrustStore| {
        let verifier = Verifier::new(roots, Purpose::any()).intermediates(&world.pool).at(at(WORLD));
        verifier.verify(&world.leaf).map(drop)
    };
    let mut roots = TrustStore::from_der(&root_der).unwrap();
    assert_eq!(ask(&roots), Ok(()));
    roots.extend(Certificate::bundle_from_pem(text).unwrap());
    assert_eq!(roots.len(), 1);
    assert!(matches!(reason(ask(&roots)), Reason::ExtendedKeyUsage { .. }));
}

/// OpenSSL's `BEGIN TRUSTED CERTIFICATE`.
fn trusted_pem(der: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN TRUSTED CERTIFICATE-----\n");
    for group in der.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| bits << 8 | usize::from(group.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let character = ALPHABET[bits >> (18 - 6 * i) & 63];
            text.push(if i <= group.len() { char::from(character) } else { '=' });
        }
    }
    text + "\n-----END TRUSTED CERTIFICATE-----\n"
}

#[test]
fn strict_where_der_is() {
    let leaf = || Draft::leaf(&server(), &authority());
    let der = leaf().with("1.2.3.4", true, vec![5, 0]).der(&authority().key);
    let mark = [tlv(6, "1.2.3.4".parse::<Oid>().unwrap().as_bytes()), vec![1, 1, 0xff]].concat();
    let place = der.windows(mark.len()).position(|part| part == mark).unwrap() + mark.len() - 1;
    for (byte, section) in [(0, "section 11.5"), (1, "section 11.1")] {
        let mut other = der.clone();
        other[place] = byte;
        let text = Certificate::from_der(&other).unwrap_err().to_string();
        assert!(text.contains(section), "{text}");
    }
    // A list of version 1 has no extensions, nor have its entries; an empty list of entries is read, and a strict policy
    // doesn't go by it.
    let list = List::new(&authority(), &[&[9]]).der(&authority().key);
    let version_1 = {
        let at = list.windows(3).position(|part| part == [2, 1, 1]).unwrap();
        let mut tbs = List { extensions: vec![], ..List::new(&authority(), &[&[9]]) }.der(&authority().key);
        let other = tbs.windows(3).position(|part| part == [2, 1, 1]).unwrap();
        assert!(at > 0 && other > 0);
        tbs.drain(other..other + 3);
        tbs
    };
    assert!(Crl::from_der(&version_1).is_err());
}

// ---- work ----

/// What an authority constrains, times the names of many: one comparison each is no more than the budget has.
#[test]
fn constraints_times_names() {
    let trees: Vec<Vec<u8>> = (0..1000).map(|i| domain(&format!("t{i}.test"))).collect();
    let names: Vec<Vec<u8>> = (0..1000).map(|i| domain(&format!("t{i}.test"))).collect();
    let ask = |names: &[Vec<u8>], paths: u32| {
        let pool: Vec<Certificate> = (0..paths)
            .map(|i| {
                let constraints = name_constraints(None, Some(&trees));
                let draft = Draft { serial: vec![1 + i as u8], ..Draft::authority(&authority(), &root()) };
                draft.with(NAME_CONSTRAINTS, true, constraints).sign(&root().key)
            })
            .collect();
        let leaf =
            Draft::leaf(&server(), &authority()).with(NAMES, false, sequence(names)).sign(&authority().key);
        Verifier::new(&World::new().store, Purpose::any())
            .at(at(WORLD))
            .intermediates(&pool)
            .verify(&leaf)
            .map(drop)
    };
    assert!(matches!(reason(ask(&names, 1)), Reason::NameConstraint { .. }));
    let others: Vec<Vec<u8>> = (0..1000).map(|i| domain(&format!("u{i}.test"))).collect();
    assert_eq!(ask(&others, 1), Ok(()), "a million comparisons");
    let more: Vec<Vec<u8>> = (0..2000).map(|i| domain(&format!("u{i}.test"))).collect();
    assert!(matches!(reason(ask(&more, 1)), Reason::Budget { of: "comparisons", .. }));
}

/// A bridge that 200 authorities have certified each other through is crossed within the budget, whoever is trusted.
#[test]
fn a_bridge_of_200_cross_certificates() {
    let bridge = Party::new("Bridge", 500);
    let members: Vec<Party> = (0..200).map(|i| Party::new(&format!("Member {i}"), 1000 + i)).collect();
    let mut pool = Vec::new();
    for member in &members {
        pool.push(Draft::authority(&bridge, member).sign(&member.key));
        pool.push(Draft::authority(member, &bridge).sign(&bridge.key));
    }
    for (trusted, from) in [(0, 199), (199, 0), (77, 123)] {
        let (trusted, from) = (&members[trusted], &members[from]);
        let roots = TrustStore::from_iter([Draft::authority(trusted, trusted).sign(&trusted.key)]);
        let leaf = Draft::leaf(&server(), from).sign(&from.key);
        let verifier = Verifier::new(&roots, Purpose::server("www.example.com").unwrap()).at(at(WORLD));
        let budget = Budget { signatures: 10, steps: 20, ..Budget::default() };
        let verifier = verifier.intermediates(&pool).policy(Policy::private().budget(budget));
        assert_eq!(verifier.verify(&leaf).unwrap().path().len(), 4);
    }
}

/// A slow signature counts as several.
#[test]
fn large_rsa_keys() {
    let pool: Vec<Certificate> = (0..40u8)
        .map(|i| {
            let spki = rsa_spki_with(16_384, (1 << 33) - 1, 2 * i + 1);
            Draft { spki, ..Draft::authority(&authority(), &root()) }.sign(&root().key)
        })
        .collect();
    let algorithm = sequence(&[oid("1.2.840.113549.1.1.11"), tlv(5, &[])]);
    let leaf = Draft {
        algorithm: algorithm.clone(),
        outer_algorithm: algorithm,
        signature: Some(vec![1; 2048]),
        ..Draft::leaf(&server(), &authority())
    };
    let leaf = leaf.sign(&authority().key);
    let roots = World::new().store;
    let verifier = Verifier::new(&roots, Purpose::any()).at(at(WORLD)).intermediates(&pool);
    assert!(matches!(reason(verifier.verify(&leaf)), Reason::Budget { of: "signatures", limit: 100 }));
}

/// Distribution points times the names of a list's: looked up, not compared each with each.
#[test]
fn distribution_points_times_names() {
    let addresses = |prefix: &str| {
        let names: Vec<u8> = (0..8000).flat_map(|i| tlv(0x86, format!("{prefix}{i}").as_bytes())).collect();
        tagged(0, &tagged(0, &names))
    };
    let points = sequence(&[sequence(&[addresses("a:")])]);
    let world = World::with(&Draft::leaf(&server(), &authority()).with("2.5.29.31", false, points));
    let list = |prefix| {
        let list = List::new(&authority(), &[]).with("2.5.29.28", true, sequence(&[addresses(prefix)]));
        [list.sign(&authority().key)]
    };
    let budget = Budget { comparisons: 20_000, ..Budget::default() };
    let policy = || Policy::rfc5280().budget(budget);
    let unknown = world.verdict(Revocation::crls(&list("b:")).leaf_only(), policy());
    assert!(matches!(reason(unknown), Reason::RevocationUnknown { .. }));
    assert_eq!(world.verdict(Revocation::crls(&list("a:")).leaf_only(), policy()), Ok(()));
}

// ---- issuing ----

fn key() -> SigningKey<P256> {
    SigningKey::generate().unwrap()
}

fn issuer() -> Authority {
    Authority::self_signed("CN=Issuer,O=Example", key(), Validity::days(3650)).unwrap()
}

#[test]
fn what_a_request_shows_is_what_a_certificate_gets() {
    let issuer = issuer();
    let shown = |request: &Request| request.names().map(|name| name.to_string()).collect::<Vec<_>>();
    let spiffe = Request::from_der(&file("q_spiffe.csr")).unwrap();
    assert!(shown(&spiffe).iter().any(|name| name.starts_with("spiffe://")), "{:?}", shown(&spiffe));
    let certificate = issuer.issue(&spiffe, Profile::client(), Validity::days(1)).unwrap();
    for name in certificate.alternative_names() {
        assert!(shown(&spiffe).contains(&name.to_string()), "{name}");
    }
    // What's in the subject isn't kept unless somebody says so.
    let masters = Request::from_der(&file("q_masters.csr")).unwrap();
    assert!(masters.subject().to_string().contains("O=system:masters"));
    let certificate = issuer.issue(&masters, Profile::client(), Validity::days(1)).unwrap();
    assert!(certificate.subject().is_empty(), "{certificate}");
    let group = Request::builder("O=system:masters,CN=alice").sign(&key()).unwrap();
    let error = issuer.issue(&group, Profile::client(), Validity::days(1)).unwrap_err();
    assert!(error.to_string().contains("Profile::keep"), "{error}");
    let kept = |profile: Profile| {
        issuer.issue_with_report(&masters, profile, Validity::days(1)).map(|(c, report)| {
            (c.subject().to_string(), report.iter().map(ToString::to_string).collect::<Vec<_>>())
        })
    };
    let (subject, report) = kept(Profile::client().keep(["CN"]).unwrap()).unwrap();
    assert!(
        !subject.contains("masters")
            && report.iter().any(|line| line.starts_with("O of the subject system:masters: "))
    );
    assert!(kept(Profile::client().keep_subject()).unwrap().0.contains("O=system:masters"));
    let given = Profile::client().subject("CN=alice,O=staff").unwrap();
    assert_eq!(kept(given).unwrap().0, "CN=alice,O=staff");
    assert!(Profile::client().keep(["nothing"]).is_err() && Profile::client().subject("/CN=x/O=y").is_err());
    // A NUL in a name: it isn't issued.
    let nul = Request::from_der(&file("q_nul.csr")).unwrap();
    assert!(nul.subject().to_string().contains("\\00"));
    for profile in [Profile::server(), Profile::client()] {
        let certificate = issuer.issue(&nul, profile, Validity::days(1)).unwrap();
        assert!(certificate.subject().is_empty(), "{certificate}");
    }
    let error = issuer.issue(&nul, Profile::client().keep_subject(), Validity::days(1)).unwrap_err();
    assert!(matches!(error, Error::Issue { obstacle: Obstacle::Subject { .. }, .. }), "{error}");
    // Names that aren't well formed, or of other kinds, are shown, too.
    let other = tlv(
        0xa0,
        &[oid("1.3.6.1.4.1.311.20.2.3"), tagged(0, &tlv(12, b"Administrator@example.com"))].concat(),
    );
    let names = sequence(&[domain("a\0.example.com"), other]);
    let world = World::with(&Draft::leaf(&server(), &authority()).with(NAMES, false, names));
    let shown: Vec<_> = world.leaf.alternative_names().map(|name| name.to_string()).collect();
    assert_eq!(shown[0], "a\\u{0}.example.com");
    assert!(shown[1].contains("Administrator@example.com"), "{shown:?}");
}

#[test]
fn characters_that_hide_or_turn_text() {
    for c in ['\0', '\u{7}', '\u{202e}', '\u{ad}', '\u{3164}', '\u{fff9}', '\u{e0001}', '\u{200b}'] {
        assert!(Request::builder(format!("CN=a{c}b")).sign(&key()).is_err(), "{c:?}");
        assert!(Authority::self_signed(format!("CN=a{c}b"), key(), Validity::days(1)).is_err(), "{c:?}");
        // In others' certificates they're shown by their numbers.
        let subject = sequence(&[attribute("2.5.4.3", 12, format!("a{c}b").as_bytes())]);
        let odd = Draft { subject, ..Draft::leaf(&server(), &authority()) }.sign(&authority().key);
        assert!(!odd.to_string().contains(c) && odd.subject().to_string().contains('\\'), "{c:?}");
    }
}

#[test]
fn the_issuers_own_name() {
    let issuer = issuer();
    let request = Request::builder("CN=Issuer,O=Example").sign(&key()).unwrap();
    let profile = Profile::authority(PathLength::Max(0));
    let error = issuer.issue(&request, profile.clone(), Validity::days(1)).unwrap_err();
    assert!(matches!(error, Error::Issue { obstacle: Obstacle::Subject { .. }, .. }), "{error}");
    assert!(issuer.issue(&request, profile.allow_name_of_issuer(), Validity::days(1)).is_ok());
}

#[test]
fn constraints_on_addresses_and_text() {
    // An address of version 4 written as one of version 6 is excluded with it.
    let excluded = |value: Vec<u8>, names: Vec<u8>| {
        let authority_draft = Draft::authority(&authority(), &root()).with(NAME_CONSTRAINTS, true, value);
        let world = World::with(&Draft::leaf(&server(), &authority()).with(NAMES, false, names));
        let pool = [authority_draft.sign(&root().key)];
        let verifier = Verifier::new(&world.store, Purpose::any()).intermediates(&pool).at(at(WORLD));
        verifier.verify(&world.leaf).map(drop)
    };
    let range = name_constraints(None, Some(&[ip(&[10, 0, 0, 0, 255, 0, 0, 0])]));
    let mapped = |last: u8| sequence(&[ip(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, last, 1, 2, 3])]);
    assert!(matches!(reason(excluded(range.clone(), mapped(10))), Reason::NameConstraint { .. }));
    assert_eq!(excluded(range, mapped(11)), Ok(()));
    let mapped_range = [[0; 10].as_slice(), &[0xff, 0xff, 10, 0, 0, 0], &[0xff; 13], &[0; 3]].concat();
    let mapped_range = || name_constraints(None, Some(&[ip(&mapped_range)]));
    let plain = |first: u8| sequence(&[ip(&[first, 1, 2, 3])]);
    assert!(matches!(reason(excluded(mapped_range(), plain(10))), Reason::NameConstraint { .. }));
    assert_eq!(excluded(mapped_range(), plain(11)), Ok(()));
    let root_key = key();
    let root = Authority::self_signed("CN=Root", root_key, Validity::days(3650)).unwrap();
    let below = key();
    let profile = Profile::authority(PathLength::Max(0)).exclude("10.0.0.0/8").unwrap();
    let below_request = Request::builder("CN=Below").sign(&below).unwrap();
    let certificate = root.issue(&below_request, profile, Validity::days(1000)).unwrap();
    assert!(certificate.to_string().contains("10.0.0.0/8, ::ffff:10.0.0.0/104"), "{certificate}");
    // Text that isn't the same everywhere is neither inside nor outside.
    let tree = |name: Vec<u8>| tlv(0xa4, &name);
    let odd = sequence(&[attribute("2.5.4.10", 0x14, b"\xc8aBad")]);
    let constraint = name_constraints(None, Some(&[tree(sequence(&[attribute("2.5.4.10", 12, b"Bad")]))]));
    assert!(matches!(
        reason(excluded(constraint.clone(), sequence(&[tree(odd)]))),
        Reason::NameConstraint { .. }
    ));
    // Nor is what looks the same, or is, and is spelt otherwise.
    for text in ["B\u{ad}ad", "Ba\u{200b}d", "\u{ff22}ad", "Bad\u{301}"] {
        let odd = sequence(&[tree(sequence(&[attribute("2.5.4.10", 12, text.as_bytes())]))]);
        assert!(matches!(reason(excluded(constraint.clone(), odd)), Reason::NameConstraint { .. }), "{text}");
    }
    let umlaut = sequence(&[tree(sequence(&[attribute("2.5.4.10", 12, "Bäd".as_bytes())]))]);
    assert_eq!(excluded(constraint, umlaut), Ok(()));
    // An empty part of a name would put it elsewhere, and isn't DER of a name.
    let empty = [0x30, 2, 0x31, 0];
    let der = World::with(&Draft::leaf(&server(), &authority()).with(
        NAMES,
        false,
        sequence(&[tree(empty.to_vec())]),
    ));
    assert!(der.leaf.check_extensions().is_err());
    // The host of a URI counts, whoever is before it.
    let uri = |text: &str| tlv(0x86, text.as_bytes());
    let only = || name_constraints(Some(&[uri("host.example")]), None);
    assert_eq!(excluded(only(), sequence(&[uri("foo://user@host.example")])), Ok(()));
    assert!(excluded(only(), sequence(&[uri("foo://host.example@other.example")])).is_err());
}

// ---- errors ----

#[test]
fn errors_say_it_once_and_what_to_do() {
    let text = |error: Error| {
        assert_eq!(format!("{error:?}"), error.to_string());
        error.to_string()
    };
    let joined = text(Certificate::bundle_from_pem(file("r_joined.pem")).unwrap_err());
    assert!(joined.contains("line end") || joined.contains("joined"), "{joined}");
    assert_eq!(joined.matches("malformed PEM").count(), 1, "{joined}");
    let (roots, leaf) = (store("c_root.pem"), certificate("c_ecdsa_null.pem"));
    let verifier = Verifier::new(&roots, Purpose::server("www.example.test").unwrap()).at(at(NOW));
    let null = text(verifier.verify(&leaf).unwrap_err());
    assert!(null.contains("NULL") && null.contains("RFC 5758"), "{null}");
    let leaf = certificate("c_san_ip_as_dns.pem");
    let verifier = Verifier::new(&roots, Purpose::server("192.0.2.1").unwrap()).at(at(NOW));
    let address = text(verifier.verify(&leaf).unwrap_err());
    assert!(address.contains("domain name (dNSName)"), "{address}");
    let slashes = text(Request::builder("/CN=x/O=y").sign(&key()).unwrap_err());
    assert!(slashes.contains("RFC 4514"), "{slashes}");
    assert!(text("nothing".parse::<Time>().map(drop).unwrap_err()).contains("2026-11-27T12:00:00Z"));
}
