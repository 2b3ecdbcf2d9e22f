//! rustls against itself: every suite with every group, every kind of certificate, with and without a certificate of
//! the client's; by webpki's verifier and by ours.
#![cfg(all(feature = "std", feature = "tls12", feature = "trust"))]

mod common;

use std::sync::Arc;

use common::{KINDS, Pair, World, client, server};
use rustls::client::Resumption;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{HandshakeKind, ProtocolVersion, SupportedCipherSuite};
use rustls_oneway::{ALL_CIPHER_SUITES, ALL_KX_GROUPS, ClientVerifier, ServerVerifier, provider};

/// Whether a suite is for such keys.
fn fits(suite: SupportedCipherSuite, kind: &str) -> bool {
    let name = format!("{:?}", suite.suite());
    suite.version().version == ProtocolVersion::TLSv1_3 || name.contains("ECDHE_RSA") == (kind == "RSA")
}

#[test]
fn every_suite_group_and_key() {
    let mut count = 0;
    for kind in KINDS {
        let world = World::new(kind);
        for suite in ALL_CIPHER_SUITES.iter().filter(|suite| fits(**suite, kind)) {
            for group in
                ALL_KX_GROUPS.iter().filter(|group| group.usable_for_version(suite.version().version))
            {
                for (mutual, own) in [(false, false), (true, true), (false, true), (true, false)] {
                    let mut provider = provider();
                    provider.cipher_suites = vec![*suite];
                    provider.kx_groups = vec![*group];
                    let versions = [suite.version()];
                    let client = client(provider.clone(), &versions);
                    let client = if own {
                        let verifier = ServerVerifier::new(world.store());
                        client.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
                    } else {
                        client.with_root_certificates(world.roots())
                    };
                    let client = if mutual {
                        client
                            .with_client_auth_cert(world.client.certificates(), world.client.private_key())
                            .unwrap()
                    } else {
                        client.with_no_client_auth()
                    };
                    let server = server(provider.clone(), &versions);
                    let server = match (mutual, own) {
                        (false, _) => server.with_no_client_auth(),
                        (true, true) => {
                            server.with_client_cert_verifier(Arc::new(ClientVerifier::new(world.store())))
                        }
                        (true, false) => server.with_client_cert_verifier(
                            WebPkiClientVerifier::builder_with_provider(world.roots(), Arc::new(provider))
                                .build()
                                .unwrap(),
                        ),
                    };
                    let server = server
                        .with_single_cert(world.server.certificates(), world.server.private_key())
                        .unwrap();
                    let mut pair = Pair::new(&Arc::new(client), &Arc::new(server));
                    let what = format!("{kind}, {suite:?}, {group:?}, mutual {mutual}, own {own}");
                    pair.shake().unwrap_or_else(|(whose, error)| panic!("{what}: the {whose}: {error}"));
                    assert_eq!(pair.client.negotiated_cipher_suite(), Some(*suite), "{what}");
                    assert_eq!(pair.client.negotiated_key_exchange_group().unwrap().name(), group.name());
                    assert_eq!(pair.server.peer_certificates().is_some(), mutual, "{what}");
                    pair.talk(1000);
                    count += 1;
                }
            }
        }
    }
    // TLS 1.3: 3 suites, 4 groups or 5, 5 kinds; TLS 1.2: 3 suites for RSA and 3 for the 4 other kinds, 4 groups; each in
    // 4 ways.
    let groups = if cfg!(feature = "pq") { 5 } else { 4 };
    assert_eq!(count, 4 * (3 * groups * 5 + 3 * 4 + 3 * 4 * 4));
}

#[test]
fn sessions_are_resumed() {
    for kind in ["RSA", "P-256", "Ed25519"] {
        let world = World::new(kind);
        for suite in ALL_CIPHER_SUITES.iter().filter(|suite| fits(**suite, kind)) {
            for tickets in [false, true] {
                let mut provider = provider();
                provider.cipher_suites = vec![*suite];
                let versions = [suite.version()];
                let client = client(provider.clone(), &versions).with_root_certificates(world.roots());
                let client = Arc::new(client.with_no_client_auth());
                let server = server(provider, &versions).with_no_client_auth();
                let mut server =
                    server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
                if tickets {
                    server.ticketer = rustls_oneway::Ticketer::new().unwrap();
                    server.session_storage = Arc::new(NoServerSessionStorage {});
                }
                let server = Arc::new(server);
                for kind in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
                    let mut pair = Pair::new(&client, &server);
                    pair.shake().unwrap();
                    pair.talk(100);
                    assert_eq!(pair.client.handshake_kind(), Some(kind), "{suite:?}, tickets {tickets}");
                }
            }
        }
    }
}

#[test]
fn keys_are_updated_and_data_comes_early() {
    let world = World::new("P-256");
    for suite in ALL_CIPHER_SUITES.iter().filter(|suite| suite.tls13().is_some()) {
        let mut provider = provider();
        provider.cipher_suites = vec![*suite];
        let versions = [&rustls::version::TLS13];
        let client = client(provider.clone(), &versions).with_root_certificates(world.roots());
        let mut client = client.with_no_client_auth();
        client.enable_early_data = true;
        client.resumption = Resumption::in_memory_sessions(8);
        let client = Arc::new(client);
        let server = server(provider, &versions).with_no_client_auth();
        let mut server =
            server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
        server.max_early_data_size = 1000;
        let server = Arc::new(server);

        let mut pair = Pair::new(&client, &server);
        pair.shake().unwrap();
        for _ in 0..3 {
            pair.talk(100);
            pair.client.refresh_traffic_keys().unwrap();
            pair.talk(100);
            pair.server.refresh_traffic_keys().unwrap();
        }
        pair.talk(100);

        let mut pair = Pair::new(&client, &server);
        std::io::Write::write_all(&mut pair.client.early_data().unwrap(), b"early").unwrap();
        pair.shake().unwrap();
        assert!(pair.client.is_early_data_accepted(), "{suite:?}");
        let mut early = Vec::new();
        std::io::Read::read_to_end(&mut pair.server.early_data().unwrap(), &mut early).unwrap();
        assert_eq!(early, b"early");
        pair.talk(100);
    }
}

/// After so many records, a key is changed in TLS 1.3, and in TLS 1.2 there's an end to the connection.
#[test]
fn keys_are_used_for_so_many_records() {
    let world = World::new("P-256");
    for suite in ALL_CIPHER_SUITES.iter().filter(|suite| fits(**suite, "P-256")) {
        let limited: SupportedCipherSuite = match suite {
            SupportedCipherSuite::Tls13(suite) => {
                let mut suite = rustls::Tls13CipherSuite {
                    common: rustls::crypto::CipherSuiteCommon { ..suite.common },
                    ..**suite
                };
                suite.common.confidentiality_limit = 4;
                SupportedCipherSuite::Tls13(Box::leak(Box::new(suite)))
            }
            SupportedCipherSuite::Tls12(suite) => {
                let mut suite = rustls::Tls12CipherSuite {
                    common: rustls::crypto::CipherSuiteCommon { ..suite.common },
                    ..**suite
                };
                suite.common.confidentiality_limit = 4;
                SupportedCipherSuite::Tls12(Box::leak(Box::new(suite)))
            }
        };
        let mut provider = provider();
        provider.cipher_suites = vec![limited];
        let client = client(provider.clone(), &[suite.version()]).with_root_certificates(world.roots());
        let server = server(provider, &[suite.version()]).with_no_client_auth();
        let server =
            server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
        let mut pair = Pair::new(&Arc::new(client.with_no_client_auth()), &Arc::new(server));
        pair.shake().unwrap();
        let mut arrived = 0;
        for _ in 0..20 {
            std::io::Write::write_all(&mut pair.client.writer(), b"x").unwrap();
            pair.shake().unwrap();
            let mut bytes = [0; 8];
            arrived += std::io::Read::read(&mut pair.server.reader(), &mut bytes).unwrap_or(0);
        }
        if suite.tls13().is_some() {
            assert_eq!(arrived, 20, "{suite:?}");
        } else {
            assert!((1..=4).contains(&arrived), "{suite:?}: {arrived}");
        }
    }
}

#[test]
fn long_transfers_arrive() {
    // 1 GiB with ONEWAY_LONG: a hundred thousand records.
    let len = if std::env::var_os("ONEWAY_LONG").is_some() { 1 << 30 } else { 64 << 20 };
    let world = World::new("P-256");
    let client = client(provider(), rustls::ALL_VERSIONS).with_root_certificates(world.roots());
    let server = server(provider(), rustls::ALL_VERSIONS).with_no_client_auth();
    let server = server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
    let mut pair = Pair::new(&Arc::new(client.with_no_client_auth()), &Arc::new(server));
    pair.shake().unwrap();
    pair.talk(len);
}
