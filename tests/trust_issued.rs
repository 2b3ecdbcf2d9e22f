//! What others say about what's issued here, and the other way round: OpenSSL, Python's `cryptography`.
//!
//! Chains are of keys of all kinds, mixed. (rustls-webpki's verdict is in `tests/certificates/`.)
#![cfg(all(feature = "trust", feature = "std", feature = "getrandom"))]

mod openssl;

use std::process::Command;
use std::time::Duration;

use oneway::ecdsa::{P256, P384, P521, SigningKey};
use oneway::key::PrivateKey;
use oneway::trust::{
    Authority, Certificate, Crl, CrlReason, Error, PathLength, Policy, Profile, Purpose, Request, Revocation,
    Time, TrustStore, Validity, Verifier,
};
use oneway::{ed25519, rsa};
use openssl::OpenSsl;

const KINDS: [&str; 5] = ["RSA", "P-256", "P-384", "P-521", "Ed25519"];

/// A key of a kind.
fn key(kind: &str) -> PrivateKey {
    match kind {
        "RSA" => rsa::PrivateKey::generate(2048).unwrap().into(),
        "P-256" => SigningKey::<P256>::generate().unwrap().into(),
        "P-384" => SigningKey::<P384>::generate().unwrap().into(),
        "P-521" => SigningKey::<P521>::generate().unwrap().into(),
        "Ed25519" => ed25519::SigningKey::generate().unwrap().into(),
        kind => panic!("{kind}"),
    }
}

/// What makes OpenSSL make one.
fn genpkey(kind: &str) -> String {
    match kind {
        "RSA" => "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048".into(),
        "Ed25519" => "genpkey -algorithm ED25519".into(),
        curve => format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve}"),
    }
}

/// A root, an authority and a server of three kinds; the authority's lists are at an address.
struct Chain {
    root: Authority,
    inter: Authority,
    leaf: Certificate,
    leaf_key: PrivateKey,
}

impl Chain {
    fn new(kinds: [&str; 3]) -> Self {
        let [root_key, inter_key, leaf_key] = kinds.map(key);
        let root = Authority::self_signed("CN=Example Root,O=Example,C=DE", root_key, Validity::days(3650));
        let root = root.unwrap().with_crl_at("http://crl.example.com/root.crl").unwrap();
        let request = Request::builder("CN=Example Authority,O=Example,C=DE").sign(&inter_key).unwrap();
        let inter = root.issue_authority(&request, Validity::days(1825), PathLength::Max(0)).unwrap();
        let inter = Authority::new(inter, inter_key).unwrap();
        let inter = inter.with_crl_at("http://crl.example.com/authority.crl").unwrap();
        let request = Request::builder("CN=www.example.com,O=Example,C=DE")
            .dns("*.example.com")
            .ip([192, 0, 2, 1])
            .sign(&leaf_key)
            .unwrap();
        let leaf = inter.issue(&request, Profile::server(), Validity::days(90)).unwrap();
        Self { root, inter, leaf, leaf_key }
    }

    /// Each kind in each place.
    fn all() -> impl Iterator<Item = ([&'static str; 3], Self)> {
        (0..5).map(|i| {
            let kinds = [KINDS[i], KINDS[(i + 1) % 5], KINDS[(i + 3) % 5]];
            (kinds, Self::new(kinds))
        })
    }

    fn write(&self, openssl: &OpenSsl) {
        openssl.write("root.pem", self.root.certificate().to_pem().as_bytes());
        openssl.write("inter.pem", self.inter.certificate().to_pem().as_bytes());
        openssl.write("leaf.pem", self.leaf.to_pem().as_bytes());
    }

    /// Lists of both authorities, that of the second with these serial numbers.
    fn lists(&self, serials: &[&[u8]]) -> [Crl; 2] {
        let now = Time::now();
        let next = now + Duration::from_hours(24);
        let entries = serials.iter().map(|serial| (serial, now, CrlReason::KeyCompromise));
        let of_root = self.root.revoke(Vec::<oneway::trust::Revoked>::new(), next).unwrap();
        [of_root, self.inter.revoke(entries, next).unwrap()]
    }
}

/// What ours says about a chain, by the Web's rules.
fn verdict(
    root: &Certificate,
    between: &[Certificate],
    leaf: &Certificate,
    purpose: Purpose,
) -> Result<(), Error> {
    let store = TrustStore::from_iter([root.clone()]);
    let verifier =
        Verifier::new(&store, Purpose::any()).intermediates(between).policy(Policy::web()).purpose(purpose);
    verifier.verify(leaf).map(|_| ())
}

const VERIFY: &str = "-x509_strict -CAfile root.pem -untrusted inter.pem";

#[test]
fn openssl_verifies_what_is_issued() {
    let Some(openssl) = OpenSsl::new() else { return };
    for (kinds, chain) in Chain::all() {
        chain.write(&openssl);
        let verify = |options: &str, name| openssl.verify(&format!("{VERIFY} {options} {name}.pem"));
        for options in [
            "-purpose sslserver -verify_hostname www.example.com",
            "-purpose sslserver -verify_hostname x.example.com",
            "-purpose sslserver -verify_ip 192.0.2.1",
            "-policy_check -check_ss_sig",
        ] {
            assert_eq!(verify(options, "leaf"), Ok(()), "{kinds:?}: {options}");
        }
        assert_eq!(verify("-purpose sslclient", "leaf"), Err(26), "{kinds:?}: unsuitable purpose");
        assert_eq!(verify("-verify_hostname a.b.example.com", "leaf"), Err(62), "hostname mismatch");
        assert_eq!(verify("", "inter"), Ok(()));
        // Its lists: nobody on them, then the server.
        for (serials, expected) in [(&[][..], Ok(())), (&[chain.leaf.serial()], Err(23))] {
            let lists = chain.lists(serials).map(|list| list.to_pem());
            openssl.write("lists.pem", lists.concat().as_bytes());
            let found = verify("-crl_check_all -CRLfile lists.pem", "leaf");
            assert_eq!(found, expected, "{kinds:?}: revoked");
            openssl.write("list.pem", lists[1].as_bytes());
            openssl.run("crl -in list.pem -noout -CAfile inter.pem -verify");
        }
        assert_eq!(
            verdict(
                chain.root.certificate(),
                &[chain.inter.certificate().clone()],
                &chain.leaf,
                Purpose::server("x.example.com").unwrap()
            ),
            Ok(())
        );
    }
}

#[test]
fn openssl_knows_the_purposes_of_every_profile() {
    let Some(openssl) = OpenSsl::new() else { return };
    for (i, kind) in KINDS.into_iter().enumerate() {
        let chain = Chain::new(["P-256", KINDS[(i + 1) % 5], kind]);
        for (profile, accepted) in [
            (Profile::server(), &["sslserver"][..]),
            (Profile::client().keep_subject(), &["sslclient"]),
            (Profile::mail().keep_subject(), &["smimesign", "smimeencrypt"]),
            (Profile::code().keep_subject(), &[]),
        ] {
            let request = Request::builder("CN=www.example.com")
                .dns("www.example.com")
                .mail("alice@example.com")
                .sign(&chain.leaf_key)
                .unwrap();
            let leaf = chain.inter.issue(&request, profile.clone(), Validity::days(90)).unwrap();
            chain.write(&openssl);
            openssl.write("leaf.pem", leaf.to_pem().as_bytes());
            for purpose in ["sslserver", "sslclient", "smimesign", "smimeencrypt"] {
                let found = openssl.verify(&format!("{VERIFY} -purpose {purpose} leaf.pem"));
                // To OpenSSL, encrypting mail is RSA's encryption of keys alone.
                let expected = accepted.contains(&purpose) && (purpose != "smimeencrypt" || kind == "RSA");
                assert_eq!(found.is_ok(), expected, "{kind}, {profile:?}, {purpose}: {found:?}");
            }
            if accepted.contains(&"smimesign") {
                let verify = format!("{VERIFY} -purpose smimesign -verify_email alice@example.com leaf.pem");
                assert_eq!(openssl.verify(&verify), Ok(()));
            }
        }
    }
}

#[test]
fn openssl_applies_the_name_constraints() {
    let Some(openssl) = OpenSsl::new() else { return };
    let mut chain = Chain::new(["P-256"; 3]);
    let key = key("P-384");
    let profile = Profile::authority(PathLength::Max(0)).permit("example.com").unwrap();
    let profile = profile.permit("192.0.2.0/24").unwrap().exclude("secret.example.com").unwrap();
    let request = Request::builder("CN=Example Authority,O=Example,C=DE").sign(&key).unwrap();
    let constrained = chain.root.issue(&request, profile, Validity::days(100)).unwrap();
    // The same name and key without constraints issues what the constrained one wouldn't.
    let free = chain.root.issue_authority(&request, Validity::days(100), PathLength::Max(0)).unwrap();
    chain.inter = Authority::new(free, key).unwrap();
    for (name, expected) in
        [("a.example.com", Ok(())), ("a.example.org", Err(47)), ("secret.example.com", Err(48))]
    {
        let request = Request::builder("O=Example").dns(name).sign(&chain.leaf_key).unwrap();
        chain.leaf = chain.inter.issue(&request, Profile::server(), Validity::days(90)).unwrap();
        chain.write(&openssl);
        openssl.write("inter.pem", constrained.to_pem().as_bytes());
        assert_eq!(openssl.verify(&format!("{VERIFY} leaf.pem")), expected, "{name}");
        let ours = verdict(
            chain.root.certificate(),
            std::slice::from_ref(&constrained),
            &chain.leaf,
            Purpose::any(),
        );
        assert_eq!(ours.is_ok(), expected.is_ok(), "{name}");
    }
}

#[test]
fn requests_both_ways() {
    let Some(openssl) = OpenSsl::new() else { return };
    let chain = Chain::new(["P-384", "P-256", "Ed25519"]);
    for kind in KINDS {
        // Ours, to OpenSSL: verified, and signed by its own authority.
        let own = key(kind);
        let request = Request::builder("CN=www.example.com,O=Example,C=DE")
            .dns("*.example.com")
            .ip([192, 0, 2, 1])
            .mail("alice@example.com");
        let request = request.sign(&own).unwrap();
        openssl.write("ours.csr", request.to_pem().as_bytes());
        openssl.run("req -in ours.csr -noout -verify");
        let text = String::from_utf8(openssl.run("req -in ours.csr -noout -text")).unwrap();
        for part in
            ["DNS:*.example.com", "IP Address:192.0.2.1", "email:alice@example.com", "C = DE, O = Example"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
        // OpenSSL's to ours. In its own form: no extensions, and with some that aren't for it to ask.
        openssl.run(&format!("{} -out theirs.key", genpkey(kind)));
        let subject = "/C=DE/O=Example/CN=www.example.com";
        openssl.run(&format!("req -new -key theirs.key -subj {subject} -out bare.csr"));
        let bare = Request::from_pem(openssl.read("bare.csr")).unwrap();
        bare.verify().unwrap();
        assert_eq!(bare.subject().to_string(), "CN=www.example.com,O=Example,C=DE");
        assert!(bare.alternative_names().is_empty());
        openssl.run(&format!(
            "req -new -key theirs.key -subj {subject} -out theirs.csr -addext subjectAltName=DNS:*.example.com,IP:192.0.2.1 \
             -addext basicConstraints=critical,CA:TRUE -addext keyUsage=digitalSignature,keyCertSign \
             -addext extendedKeyUsage=serverAuth,clientAuth,codeSigning -addext subjectKeyIdentifier=hash \
             -addext tlsfeature=status_request"
        ));
        let theirs = Request::from_pem(openssl.read("theirs.csr")).unwrap();
        theirs.verify().unwrap();
        let (leaf, report) = chain
            .inter
            .issue_with_report(&theirs, Profile::server().keep_subject(), Validity::days(90))
            .unwrap();
        let report: Vec<_> = report.iter().map(|refusal| refusal.asked.as_str()).collect();
        assert_eq!(
            report,
            [
                "extended key usage: id-kp-codeSigning (1.3.6.1.5.5.7.3.3)",
                "key usage: signing certificates",
                "basic constraints: an authority",
                "subject key identifier",
                "extension 1.3.6.1.5.5.7.1.24"
            ]
        );
        chain.write(&openssl);
        openssl.write("leaf.pem", leaf.to_pem().as_bytes());
        for options in ["-purpose sslserver -verify_hostname www.example.com", "-purpose sslclient"] {
            assert_eq!(openssl.verify(&format!("{VERIFY} {options} leaf.pem")), Ok(()), "{kind}: {options}");
        }
    }
}

#[test]
fn an_authority_of_openssls_in_our_hands_and_ours_in_its() {
    let Some(openssl) = OpenSsl::new() else { return };
    for (i, kind) in KINDS.into_iter().enumerate() {
        // Its root, our authority and leaf below it.
        openssl.run(&format!("{} -out root.key", genpkey(kind)));
        openssl.run(
            "req -x509 -key root.key -subj /C=DE/O=Example/CN=Root -days 3650 -out root.pem \
             -addext keyUsage=critical,keyCertSign,cRLSign",
        );
        let root = Certificate::from_pem(openssl.read("root.pem")).unwrap();
        let root = Authority::new(root, PrivateKey::from_pem(openssl.read("root.key")).unwrap()).unwrap();
        let inter_key = key(KINDS[(i + 2) % 5]);
        let request = Request::builder("CN=Authority").sign(&inter_key).unwrap();
        let inter = root.issue_authority(&request, Validity::days(100), PathLength::Max(0)).unwrap();
        let leaf_key = key(KINDS[(i + 4) % 5]);
        openssl.write("inter.pem", inter.to_pem().as_bytes());
        openssl.write("inter.key", inter_key.to_pem().as_bytes());
        // OpenSSL signs our request with our authority.
        let request = Request::builder("CN=www.example.com").sign(&leaf_key).unwrap();
        openssl.write("leaf.csr", request.to_pem().as_bytes());
        let extensions = "subjectAltName=DNS:www.example.com\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n\
                          subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
        openssl.write("leaf.ext", extensions.as_bytes());
        openssl.run(
            "x509 -req -in leaf.csr -CA inter.pem -CAkey inter.key -CAcreateserial -days 30 -extfile leaf.ext \
             -out leaf.pem",
        );
        let leaf = Certificate::from_pem(openssl.read("leaf.pem")).unwrap();
        let verify = format!("{VERIFY} -purpose sslserver -verify_hostname www.example.com leaf.pem");
        assert_eq!(openssl.verify(&verify), Ok(()), "{kind}");
        let purpose = Purpose::server("www.example.com").unwrap();
        assert_eq!(verdict(root.certificate(), &[inter], &leaf, purpose), Ok(()), "{kind}");
    }
}

#[test]
fn revocation_lists_of_openssls() {
    let Some(openssl) = OpenSsl::new() else { return };
    let chain = Chain::new(["P-256", "RSA", "P-256"]);
    let key = key("P-384");
    let root = Authority::self_signed("CN=Root", key.clone(), Validity::days(10)).unwrap();
    let request = Request::builder("CN=www.example.com").sign(&chain.leaf_key).unwrap();
    let leaf = root.issue(&request, Profile::server(), Validity::days(5)).unwrap();
    openssl.write("root.pem", root.certificate().to_pem().as_bytes());
    openssl.write("root.key", key.to_pem().as_bytes());
    openssl.write("leaf.pem", leaf.to_pem().as_bytes());
    let config = "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha384\n\
                  default_crl_days=7\ncrl_extensions=of_list\n[of_list]\nauthorityKeyIdentifier=keyid\n";
    openssl.write("ca.conf", config.as_bytes());
    openssl.write("index.txt", b"");
    openssl.write("number", b"01\n");
    let ca = "ca -config ca.conf -cert root.pem -keyfile root.key";
    let store = TrustStore::from_iter([root.certificate().clone()]);
    for revoked in [false, true] {
        if revoked {
            openssl.run(&format!("{ca} -revoke leaf.pem -crl_reason superseded"));
        }
        openssl.run(&format!("{ca} -gencrl -out list.pem"));
        let lists = [Crl::from_pem(openssl.read("list.pem")).unwrap()];
        let verifier =
            Verifier::new(&store, Purpose::any()).policy(Policy::web()).revocation(Revocation::crls(&lists));
        let found = verifier.verify(&leaf).map(|_| ());
        assert_eq!(found.is_err(), revoked, "{found:?}");
        if let Err(error) = found {
            assert!(error.to_string().ends_with("another one has taken its place"), "{error}");
        }
    }
}

/// Python's `cryptography`, where it's there.
fn python(script: &str, arguments: &[String]) -> Option<String> {
    let there = Command::new("python3").args(["-c", "import cryptography.x509.verification"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there's no Python with the package `cryptography`");
        return None;
    }
    let output = Command::new("python3").args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

const VERIFY_BY_PYTHON: &str = "
import sys
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
root, inter, leaf, kind, name = sys.argv[1:]
root, inter, leaf = (x509.load_pem_x509_certificate(c.encode()) for c in (root, inter, leaf))
builder = PolicyBuilder().store(Store([root]))
try:
    if kind == 'server':
        builder.build_server_verifier(x509.DNSName(name)).verify(leaf, [inter])
    else:
        builder.build_client_verifier().verify(leaf, [inter])
    print('SUCCESS')
except VerificationError as error:
    print(error)
";

#[test]
fn pythons_cryptography_verifies_what_is_issued() {
    // Its policy has no Ed25519.
    for (root, inter, leaf) in [
        ("RSA", "RSA", "RSA"),
        ("P-256", "P-256", "P-256"),
        ("P-384", "RSA", "P-256"),
        ("P-521", "P-384", "RSA"),
        ("RSA", "P-256", "P-521"),
    ] {
        let chain = Chain::new([root, inter, leaf]);
        let request = Request::builder("CN=Alice").mail("alice@example.com").sign(&chain.leaf_key).unwrap();
        let client =
            chain.inter.issue(&request, Profile::client().keep_subject(), Validity::days(90)).unwrap();
        for (leaf, kind, name, expected) in [
            (&chain.leaf, "server", "www.example.com", true),
            (&chain.leaf, "server", "x.example.com", true),
            (&chain.leaf, "server", "a.b.example.com", false),
            (&client, "client", "", true),
            (&chain.leaf, "client", "", false),
        ] {
            let pem = |certificate: &Certificate| certificate.to_pem();
            let arguments = [
                pem(chain.root.certificate()),
                pem(chain.inter.certificate()),
                pem(leaf),
                kind.into(),
                name.into(),
            ];
            let Some(said) = python(VERIFY_BY_PYTHON, &arguments) else { return };
            assert_eq!(said.trim() == "SUCCESS", expected, "{root}, {inter}, {kind} {name}: {said}");
        }
    }
}
