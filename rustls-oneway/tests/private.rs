//! Authorities of one's own: what common tools make is accepted by `new`, and the Web's rules aren't lost where such an
//! authority is trusted beside the system's.
#![cfg(feature = "trust")]

mod common;

use std::process::Command;
use std::time::Duration;

use common::der;
use oneway::trust::{Certificate, Error, Policy, Reason, Rule, Time, TrustStore};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls_oneway::{ClientVerifier, ServerVerifier, reason};

macro_rules! certificate {
    ($file:literal) => {
        Certificate::from_pem(include_str!(concat!("private/", $file, ".pem"))).unwrap()
    };
}

/// When all of them are valid.
fn now() -> UnixTime {
    let time: Time = "2027-03-01T00:00:00Z".parse().unwrap();
    UnixTime::since_unix_epoch(Duration::from_secs(time.unix_seconds()))
}

fn store(root: &Certificate) -> TrustStore {
    TrustStore::from_iter([root.clone()])
}

fn accepts_server(verifier: &ServerVerifier, leaf: &Certificate, host: &str) -> Result<(), rustls::Error> {
    let host = ServerName::try_from(host).unwrap();
    verifier.verify_server_cert(&der(leaf), &[], &host, &[], now()).map(drop)
}

fn accepts_client(verifier: &ClientVerifier, leaf: &Certificate) -> Result<(), rustls::Error> {
    verifier.verify_client_cert(&der(leaf), &[], now()).map(drop)
}

#[test]
fn servers_as_common_tools_make_them() {
    for (root, leaf, hosts) in [
        (certificate!("selfsigned"), certificate!("selfsigned"), &["localhost", "127.0.0.1"][..]),
        (certificate!("tutorial_root"), certificate!("tutorial"), &["localhost", "127.0.0.1"]),
        (certificate!("mkcert_root"), certificate!("mkcert"), &["localhost", "127.0.0.1", "::1"]),
        (certificate!("apiserver_root"), certificate!("apiserver"), &["kubernetes.default.svc", "10.96.0.1"]),
    ] {
        let verifier = ServerVerifier::new(store(&root));
        for host in hosts {
            accepts_server(&verifier, &leaf, host).unwrap_or_else(|error| panic!("{host}: {error}"));
        }
        accepts_server(&verifier, &leaf, "www.example.com").unwrap_err();
        accepts_server(&ServerVerifier::new(TrustStore::new()), &leaf, hosts[0]).unwrap_err();
    }
}

#[test]
fn clients_as_common_tools_make_them() {
    let (root, leaf) = (certificate!("client_root"), certificate!("client"));
    let admin = (certificate!("kubernetes_root"), certificate!("kubernetes_admin"));
    accepts_client(&ClientVerifier::new(store(&root)), &leaf).unwrap();
    accepts_client(&ClientVerifier::new(store(&admin.0)), &admin.1).unwrap();
    // Anybody has a name, but each only their own root's.
    accepts_client(&ClientVerifier::new(store(&admin.0)), &leaf).unwrap_err();
    // What names no purpose is for every purpose, and what names one for no other.
    let error =
        accepts_client(&ClientVerifier::new(store(&certificate!("mkcert_root"))), &certificate!("mkcert"));
    let error = error.unwrap_err();
    let is_for_servers =
        matches!(reason(&error), Some(Error::Refused { reason: Reason::ExtendedKeyUsage { .. }, .. }));
    assert!(is_for_servers, "{error}");
}

/// The rule that a server's certificate breaks.
fn broken_rule(verifier: &ServerVerifier, leaf: &Certificate, host: &str) -> Option<Rule> {
    let error = accepts_server(verifier, leaf, host).err()?;
    match reason(&error) {
        Some(Error::Refused { reason: Reason::Rule { rule, .. }, .. }) => Some(*rule),
        _ => panic!("{error}"),
    }
}

/// Run by the test below, where the system's store is a file of one root.
#[test]
#[ignore = "for the test `the_systems_roots_keep_the_webs_rules`"]
fn beside_the_systems_roots() {
    let (root, leaf, host) = (certificate!("apiserver_root"), certificate!("apiserver"), "10.96.0.1");
    let alone = ServerVerifier::new(store(&root));
    assert_eq!(broken_rule(&alone, &leaf, host), None);

    let mut added = TrustStore::native().unwrap();
    assert!(!added.contains(&root));
    added.add(root.clone());
    let collected: TrustStore = added.certificates().iter().cloned().rev().collect();
    let mut extended = store(&root);
    extended.extend(TrustStore::native().unwrap().certificates().iter().cloned());
    let its_name = Some(Rule::CommonNameIsAnAlternativeName);
    for store in [added, collected, extended] {
        assert!(store.holds_system_roots() && store.contains(&root));
        let verifier = ServerVerifier::new(store);
        assert_eq!(broken_rule(&verifier, &leaf, host), its_name);
        // Who wants the milder rules says so.
        assert_eq!(broken_rule(&verifier.policy(Policy::private()), &leaf, host), None);
    }
    // What keeps the Web's rules is accepted, whosever root it is.
    let mut store = TrustStore::native().unwrap();
    store.add(certificate!("mkcert_root"));
    accepts_server(&ServerVerifier::new(store), &certificate!("mkcert"), "localhost").unwrap();
    assert_eq!(broken_rule(&ServerVerifier::native().unwrap(), &leaf, host), its_name);
}

#[test]
fn the_systems_roots_keep_the_webs_rules() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/trust/p256.root.pem");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "beside_the_systems_roots", "--ignored"]);
    let output = command.env_remove("SSL_CERT_DIR").env("SSL_CERT_FILE", root).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
