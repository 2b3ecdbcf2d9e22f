//! What must fail: which end notices, with what reason, and which alert the other one gets.
#![cfg(all(feature = "std", feature = "tls12", feature = "trust"))]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{HOST, Identity, Pair, World, client, server};
use oneway::trust::{Certificate, CrlReason, Profile, Reason, Revoked, Time, Validity};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, ServerConfig};
use rustls_oneway::{ClientVerifier, ServerVerifier, cipher_suite, kx_group, provider};

/// A client that has this verifier.
fn own_client(verifier: impl ServerCertVerifier + 'static) -> Arc<ClientConfig> {
    let client = client(provider(), rustls::ALL_VERSIONS).dangerous();
    Arc::new(client.with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// A server with these certificates.
fn plain_server(identity: &Identity, chain: Vec<CertificateDer<'static>>) -> Arc<ServerConfig> {
    let server = server(provider(), rustls::ALL_VERSIONS).with_no_client_auth();
    Arc::new(server.with_single_cert(chain, identity.private_key()).unwrap())
}

/// What the client says of a server, and the alert that the server gets.
fn refusal(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>, host: &str) -> (String, AlertDescription) {
    let mut pair = Pair::to(host, client, server);
    let (whose, error) = pair.shake().unwrap_err();
    assert_eq!(whose, "client", "{error}");
    match pair.alert("client") {
        Error::AlertReceived(alert) => (error.to_string(), alert),
        error => panic!("{error}"),
    }
}

#[test]
fn servers_that_dont_convince() {
    let world = World::new("P-256");
    let other = World::new("P-256");
    let chain = || world.server.certificates();
    let good = plain_server(&world.server, chain());
    let own = own_client(ServerVerifier::new(world.store()));
    Pair::new(&own, &good).shake().unwrap();

    // A wrong name.
    let (reason, alert) = refusal(&own, &good, "www.example.org");
    assert!(reason.contains("not valid for name") && reason.contains(HOST), "{reason}");
    assert_eq!(alert, AlertDescription::BadCertificate);

    // Its time is over, or hasn't begun.
    let now = Time::now().unix_seconds();
    let days = |from: u64, to: u64| {
        let day = |day: u64| Time::from_unix_seconds(now - 10 * 86_400 + day * 86_400);
        Validity::between(day(from), day(to))
    };
    for (validity, words) in [(days(0, 9), "expired"), (days(11, 12), "not valid yet")] {
        let profile = Profile::server().allow_outliving_issuer();
        let identity = Identity::new(&world.inter, "P-256", "CN=www.example.com", profile, validity);
        let server = plain_server(&identity, identity.certificates());
        let (reason, alert) = refusal(&own, &server, HOST);
        assert!(reason.contains(words), "{reason}");
        assert_eq!(alert, AlertDescription::CertificateExpired);
    }

    // An unknown root, and a missing intermediate: our reason, or rustls's alert.
    for (store, chain, words) in [
        (
            other.store(),
            chain(),
            "its issuer, CN=Authority, has a signature that its issuer's key didn't make",
        ),
        (world.store(), chain()[..1].to_vec(), "was issued by CN=Authority, of whom there's no certificate"),
    ] {
        let server = plain_server(&world.server, chain);
        let (reason, alert) = refusal(&own_client(ServerVerifier::new(store.clone())), &server, HOST);
        assert!(reason.contains(words), "{reason}");
        assert_eq!(alert, AlertDescription::CertificateUnknown);
        let exact = own_client(ServerVerifier::new(store).exact_alerts());
        let (reason, alert) = refusal(&exact, &server, HOST);
        assert!(
            reason.contains("UnknownIssuer")
                || reason.contains("bad signature")
                || reason.contains("BadSignature"),
            "{reason}"
        );
        assert!(matches!(alert, AlertDescription::UnknownCA | AlertDescription::DecryptError), "{alert:?}");
    }

    // A certificate for clients, and one that was taken back.
    let client = plain_server(&world.client, world.client.certificates());
    let (reason, _) = refusal(&own, &client, HOST);
    assert!(reason.contains("isn't for") || reason.contains("not valid for name"), "{reason}");
    let next = Time::from_unix_seconds(now + 86_400);
    let revoked = (&world.server.chain[0], Time::now(), CrlReason::KeyCompromise);
    let lists = [
        world.root.revoke(Vec::<Revoked>::new(), next).unwrap(),
        world.inter.revoke([revoked], next).unwrap(),
    ];
    let strict = ServerVerifier::new(world.store()).crls(lists);
    let (reason, alert) = refusal(&own_client(strict.clone()), &good, HOST);
    assert!(reason.contains("its key is compromised"), "{reason}");
    assert_eq!(alert, AlertDescription::CertificateUnknown);
    let (_, alert) = refusal(&own_client(strict.exact_alerts()), &good, HOST);
    assert_eq!(alert, AlertDescription::CertificateRevoked);
}

#[test]
fn clients_that_dont_convince() {
    let world = World::new("P-256");
    let other = World::new("P-256");
    for version in [&TLS13, &TLS12] {
        let with_verifier = |verifier: Arc<dyn ClientCertVerifier>| {
            let server = server(provider(), &[version]).with_client_cert_verifier(verifier);
            Arc::new(
                server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap(),
            )
        };
        let webpki = WebPkiClientVerifier::builder_with_provider(world.roots(), Arc::new(provider()));
        let webpki = with_verifier(webpki.build().unwrap());
        let own = with_verifier(Arc::new(ClientVerifier::new(world.store())));
        let lenient = with_verifier(Arc::new(ClientVerifier::new(world.store()).allow_unauthenticated()));
        let without = client(provider(), &[version]).with_root_certificates(world.roots());
        let without = Arc::new(without.with_no_client_auth());
        let with = |identity: &Identity| {
            let client = client(provider(), &[version]).with_root_certificates(world.roots());
            Arc::new(client.with_client_auth_cert(identity.certificates(), identity.private_key()).unwrap())
        };
        let refused = |client: &Arc<ClientConfig>, server: &Arc<ServerConfig>| {
            let mut pair = Pair::new(client, server);
            let (whose, error) = pair.shake().unwrap_err();
            assert_eq!(whose, "server", "{error}");
            match pair.alert("server") {
                Error::AlertReceived(alert) => (error.to_string(), alert),
                error => panic!("{error}"),
            }
        };
        Pair::new(&with(&world.client), &own).shake().unwrap();
        Pair::new(&without, &lenient).shake().unwrap();
        // None, where one is demanded.
        for server in [&webpki, &own] {
            let (_, alert) = refused(&without, server);
            let expected = if *version == TLS13 {
                AlertDescription::CertificateRequired
            } else {
                AlertDescription::HandshakeFailure
            };
            assert!(alert == expected || alert == AlertDescription::CertificateRequired, "{alert:?}");
        }
        // Of the wrong authority; and a server's.
        let (reason, alert) = refused(&with(&other.client), &own);
        assert!(reason.contains("CN=Authority") || reason.contains("signature"), "{reason}");
        assert_eq!(alert, AlertDescription::CertificateUnknown);
        let (reason, _) = refused(&with(&world.server), &own);
        assert!(reason.contains("isn't for clients"), "{reason}");
    }
}

#[test]
fn nothing_in_common() {
    let world = World::new("P-256");
    let configs = |client_suites: &[rustls::SupportedCipherSuite],
                   groups: [&'static dyn rustls::crypto::SupportedKxGroup; 2]| {
        let mut ours = provider();
        ours.cipher_suites = client_suites.to_vec();
        ours.kx_groups = vec![groups[0]];
        let versions: Vec<_> = if client_suites[0].tls13().is_some() { vec![&TLS13] } else { vec![&TLS12] };
        let client = client(ours, &versions).with_root_certificates(world.roots()).with_no_client_auth();
        let mut theirs = provider();
        theirs.cipher_suites =
            vec![cipher_suite::TLS13_AES_256_GCM_SHA384, cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384];
        theirs.kx_groups = vec![groups[1]];
        let server = server(theirs, rustls::ALL_VERSIONS).with_no_client_auth();
        let server =
            server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
        (Arc::new(client), Arc::new(server))
    };
    for (suite, groups) in [
        (cipher_suite::TLS13_CHACHA20_POLY1305_SHA256, [kx_group::X25519, kx_group::X25519]),
        (cipher_suite::TLS13_AES_256_GCM_SHA384, [kx_group::X25519, kx_group::SECP256R1]),
        (cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, [kx_group::X25519, kx_group::X25519]),
    ] {
        let (client, server) = configs(&[suite], groups);
        let mut pair = Pair::new(&client, &server);
        let (whose, error) = pair.shake().unwrap_err();
        assert!(whose == "server" && matches!(error, Error::PeerIncompatible(_)), "{whose}: {error}");
        assert_eq!(pair.alert("server"), Error::AlertReceived(AlertDescription::HandshakeFailure));
    }
}

#[test]
fn a_tampered_record() {
    let world = World::new("P-256");
    for suite in rustls_oneway::ALL_CIPHER_SUITES {
        if format!("{suite:?}").contains("ECDHE_RSA") {
            continue;
        }
        let mut provider = provider();
        provider.cipher_suites = vec![*suite];
        let client = client(provider.clone(), &[suite.version()]).with_root_certificates(world.roots());
        let server = server(provider, &[suite.version()]).with_no_client_auth();
        let server =
            server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
        let mut pair = Pair::new(&Arc::new(client.with_no_client_auth()), &Arc::new(server));
        pair.shake().unwrap();
        std::io::Write::write_all(&mut pair.client.writer(), b"an order").unwrap();
        let mut record = Vec::new();
        pair.client.write_tls(&mut record).unwrap();
        let at = record.len() - 20;
        record[at] ^= 1;
        pair.server.read_tls(&mut record.as_slice()).unwrap();
        assert_eq!(pair.server.process_new_packets().unwrap_err(), Error::DecryptError, "{suite:?}");
        assert_eq!(pair.alert("server"), Error::AlertReceived(AlertDescription::BadRecordMac));
    }
}

/// Shares that a hostile peer sends.
#[test]
fn shares_that_arent_points() {
    let expected = Error::PeerMisbehaved(rustls::PeerMisbehaved::InvalidKeyShare);
    for group in rustls_oneway::ALL_KX_GROUPS {
        let len = group.start().unwrap().pub_key().len();
        let good = group.start().unwrap().pub_key().to_vec();
        let mut compressed = good[..=(len - 1) / 2].to_vec();
        compressed[0] = 2;
        for share in [
            vec![],
            vec![0; len],
            vec![0xff; len],
            good[..len - 1].to_vec(),
            [&good[..], &[0]].concat(),
            compressed,
        ] {
            // On X25519 all strings of 32 bytes are shares, but for those that lead to zero.
            if group.name() == rustls::NamedGroup::X25519 && share == vec![0xff; 32] {
                continue;
            }
            let error = group.start().unwrap().complete(&share).err();
            assert_eq!(error.as_ref(), Some(&expected), "{group:?}, {} bytes", share.len());
            assert_eq!(group.start_and_complete(&share).err().as_ref(), Some(&expected));
        }
    }
    // Points of small order on X25519.
    for u in ["00", "01", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"] {
        let mut share = [0; 32];
        for (i, byte) in share.iter_mut().enumerate().take(u.len() / 2) {
            *byte = u8::from_str_radix(&u[2 * i..2 * i + 2], 16).unwrap();
        }
        assert_eq!(kx_group::X25519.start().unwrap().complete(&share).err(), Some(expected.clone()));
    }
}

#[test]
fn keys_that_arent_for_tls() {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    let load = |der: Vec<u8>| {
        let key: PrivateKeyDer<'static> = PrivatePkcs8KeyDer::from(der).into();
        provider().key_provider.load_private_key(key).err().map(|error| error.to_string())
    };
    let x25519 = oneway::ecdh::PrivateKey::<oneway::ecdh::X25519>::generate().unwrap();
    assert!(load(x25519.to_der().to_vec()).unwrap().contains("isn't for signatures"));
    assert!(load(vec![0x30, 0]).unwrap().contains("can't be used"));
    let key = common::key("P-256");
    assert_eq!(load(key.to_der().to_vec()), None);
}

#[test]
fn certificates_that_arent_needed_may_be_damaged() {
    let world = World::new("P-256");
    let client = own_client(ServerVerifier::new(world.store()));
    let damaged: CertificateDer<'static> = vec![0x30, 3, 2, 1, 0].into();
    let mut chain = world.server.certificates();
    chain.push(damaged.clone());
    Pair::new(&client, &plain_server(&world.server, chain.clone())).shake().unwrap();
    // The one that was needed: the reason is why it can't be read.
    chain[1] = damaged;
    let (reason, alert) = refusal(&client, &plain_server(&world.server, chain), "www.example.com");
    let expected = "the certificate of CN=www.example.com was issued by CN=Authority, of whom there's no certificate: an \
                    intermediate certificate was left out, as it can't be read (malformed certificate: ";
    assert!(reason.contains(expected), "{reason}");
    assert_eq!(alert, AlertDescription::CertificateUnknown);
}

/// The same certificate about another key, or what isn't one, of 256 bytes or more. Its signature isn't right.
fn about(certificate: &Certificate, key: &[u8]) -> CertificateDer<'static> {
    let old = certificate.public_key_der();
    // SEQUENCE { algorithm, BIT STRING }, of which the algorithm stays.
    let algorithm = &old[2..4 + usize::from(old[3])];
    let len = |len: usize| u16::try_from(len).unwrap().to_be_bytes();
    let bits = [&[0x03, 0x82], &len(key.len() + 1)[..], &[0], key].concat();
    let new = [&[0x30, 0x82], &len(algorithm.len() + bits.len())[..], algorithm, &bits].concat();
    let mut der = certificate.to_der().to_vec();
    let at = der.windows(old.len()).position(|window| window == old).unwrap();
    let longer = new.len() - old.len();
    der.splice(at..at + old.len(), new);
    // Both that contain it, the certificate and what's signed of it, have lengths in two bytes.
    for at in [0, 4] {
        assert_eq!(der[at..at + 2], [0x30, 0x82]);
        let old = u16::from_be_bytes([der[at + 2], der[at + 3]]);
        der[at + 2..at + 4].copy_from_slice(&len(usize::from(old) + longer));
    }
    der.into()
}

#[test]
fn an_intermediate_that_was_left_out_is_named() {
    let world = World::new("P-256");
    let (leaf, inter) = (&world.server.certificates()[0], world.inter.certificate());
    let long = about(inter, &[4; 1200]);
    let len = Certificate::from_der(&long).unwrap().public_key_der().len();
    let chain = vec![leaf.clone(), long.clone()];
    let server = plain_server(&world.server, chain);
    let (reason, alert) = refusal(&own_client(ServerVerifier::new(world.store())), &server, HOST);
    let expected = format!(
        "the certificate of CN=www.example.com was issued by CN=Authority, of whom there's no certificate: an intermediate \
         certificate was left out, as its key of {len} bytes is too long for a handshake"
    );
    assert_eq!(reason, format!("invalid peer certificate: Other(OtherError({expected}))"));
    assert_eq!(alert, AlertDescription::CertificateUnknown);
    let exact = own_client(ServerVerifier::new(world.store()).exact_alerts());
    assert_eq!(refusal(&exact, &server, HOST).1, AlertDescription::UnknownCA);

    let huge: CertificateDer<'static> = vec![0x30; 300_000].into();
    let verify = |intermediates: &[CertificateDer<'_>]| verify(&world, leaf, intermediates);
    let error = verify(std::slice::from_ref(&huge)).unwrap_err();
    let expected = "an intermediate certificate was left out, as it can't be read (malformed certificate: longer than 256 KiB)";
    assert!(error.to_string().contains(expected), "{error}");
    // The one that's missing is named, whatever else was left out.
    let error = verify(&[huge.clone(), long.clone()]).unwrap_err();
    assert!(error.to_string().contains("too long for a handshake"), "{error}");
    // One of somebody else isn't what's missing.
    let of_root = about(world.root.certificate(), &[4; 1200]);
    let error = verify(std::slice::from_ref(&of_root)).unwrap_err();
    assert!(!error.to_string().contains("left out"), "{error}");
    // What isn't needed may be as long as it likes.
    verify(&[huge, long, of_root, common::der(inter)]).unwrap();
}

/// What a client that trusts this world's root makes of such a message, without a handshake.
fn verify(
    world: &World,
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Result<(), Error> {
    let host = HOST.try_into().unwrap();
    let verifier = ServerVerifier::new(world.store());
    verifier.verify_server_cert(leaf, intermediates, &host, &[], UnixTime::now()).map(drop)
}

#[test]
fn a_hostile_message_has_the_default_budget() {
    let world = World::new("P-256");
    let leaf = &world.server.certificates()[0];
    let mut pool: Vec<_> = (0..150).map(|i| about(world.inter.certificate(), &[i; 300])).collect();
    let error = verify(&world, leaf, &pool).unwrap_err();
    let limit = oneway::trust::Budget::default().signatures;
    let is_spent = matches!(
        rustls_oneway::reason(&error),
        Some(oneway::trust::Error::Refused { reason: Reason::Budget { limit: found, .. }, .. }) if *found == limit
    );
    assert!(is_spent, "{error}");
    // Fewer than that don't keep the right one from being found.
    pool.truncate(50);
    pool.push(common::der(world.inter.certificate()));
    verify(&world, leaf, &pool).unwrap();
}

/// The sentence stands in what rustls prints, once, and can be had without what's around it.
#[test]
fn the_reason_is_readable() {
    let world = World::new("P-256");
    let leaf = &world.server.certificates()[0];
    let sentence = "the certificate of CN=www.example.com was issued by CN=Authority, of whom there's no certificate: it \
                    isn't trusted, or an intermediate is missing";
    let error = verify(&world, leaf, &[]).unwrap_err();
    assert_eq!(error.to_string(), format!("invalid peer certificate: Other(OtherError({sentence}))"));
    assert_eq!(format!("{error:?}"), format!("InvalidCertificate(Other(OtherError({sentence})))"));
    assert_eq!(rustls_oneway::reason(&error).unwrap().to_string(), sentence);
    // As anyhow and others print it, with all that's under it.
    let Error::InvalidCertificate(CertificateError::Other(inner)) = &error else { panic!("{error}") };
    let under = std::error::Error::source(inner).unwrap();
    assert!(under.to_string() == sentence && under.source().is_none());
    // Where rustls has words of its own, there are none of ours.
    let later = Duration::from_secs(UnixTime::now().as_secs()) + Duration::from_hours(24 * 400);
    let later = UnixTime::since_unix_epoch(later);
    let host = HOST.try_into().unwrap();
    let error =
        ServerVerifier::new(world.store()).verify_server_cert(leaf, &[], &host, &[], later).unwrap_err();
    assert!(error.to_string().contains("certificate expired: verification time"), "{error}");
    assert_eq!(rustls_oneway::reason(&error), None);
    assert_eq!(rustls_oneway::reason(&Error::DecryptError), None);
}

#[test]
fn what_cant_be_read_is_said() {
    let world = World::new("P-256");
    let good = world.server.certificates().remove(0);
    let chain = [common::der(world.inter.certificate())];
    let host = HOST.try_into().unwrap();
    let exact = |leaf: &CertificateDer<'_>| {
        let verifier = ServerVerifier::new(world.store()).exact_alerts();
        verifier.verify_server_cert(leaf, &chain, &host, &[], UnixTime::now()).map(drop)
    };
    // The first of these bytes, changed at some place behind them.
    let changed = |bytes: &[u8], behind: usize| -> CertificateDer<'static> {
        let mut der = good.to_vec();
        let at = der.windows(bytes.len()).position(|window| window == bytes).unwrap();
        der[at + bytes.len() + behind] ^= 1;
        der.into()
    };
    let pem = world.server.chain[0].to_pem().into_bytes();
    for (leaf, words) in [
        (vec![].into(), "malformed certificate: it's empty"),
        (pem.into(), "malformed certificate: it's PEM text"),
        (good[..good.len() - 1].to_vec().into(), "malformed certificate: "),
        // The alternative names' and the purposes' extension: no SEQUENCE.
        (changed(&[0x55, 0x1d, 0x11, 0x04], 1), "has an extension that can't be read, "),
        (changed(&[0x55, 0x1d, 0x25, 0x04], 1), "has an extension that can't be read, "),
    ] {
        let error = verify(&world, &leaf, &chain).unwrap_err();
        let reason = rustls_oneway::reason(&error).unwrap_or_else(|| panic!("{error}")).to_string();
        println!("{reason}");
        assert!(reason.contains(words), "{reason}");
        assert_eq!(exact(&leaf).unwrap_err(), CertificateError::BadEncoding.into(), "{words}");
    }
    assert_eq!(AlertDescription::from(CertificateError::BadEncoding), AlertDescription::BadCertificate);
    // A chain that fails as one of its certificates can't be read is no bad certificate of the peer's own.
    let damaged: CertificateDer<'static> = vec![0x30, 3, 2, 1, 0].into();
    let verifier = ServerVerifier::new(world.store()).exact_alerts();
    let error = verifier.verify_server_cert(&good, &[damaged], &host, &[], UnixTime::now()).unwrap_err();
    assert_eq!(error, CertificateError::UnknownIssuer.into());
}

#[test]
fn no_list_at_all_convinces_nobody() {
    let world = World::new("P-256");
    let server = plain_server(&world.server, world.server.certificates());
    let verifier = ServerVerifier::new(world.store()).crls([]);
    let (reason, _) = refusal(&own_client(verifier.clone()), &server, "www.example.com");
    assert!(reason.contains("revo"), "{reason}");
    // Lists that come one after the other belong together.
    let next = Time::now() + Duration::from_mins(10);
    let [of_root, of_inter] =
        [&world.root, &world.inter].map(|issuer| issuer.revoke::<Revoked>([], next).unwrap());
    let verifier = verifier.crls([of_root]);
    assert!(Pair::new(&own_client(verifier.clone()), &server).shake().is_err());
    Pair::new(&own_client(verifier.crls([of_inter])), &server).shake().unwrap();
}

#[test]
fn garbage_never_panics() {
    let world = World::new("P-256");
    let config = plain_server(&world.server, world.server.certificates());
    let client = own_client(ServerVerifier::new(world.store()));
    // Each byte of the client's hello, changed.
    let mut pair = Pair::new(&client, &config);
    let mut hello = Vec::new();
    pair.client.write_tls(&mut hello).unwrap();
    for at in 0..hello.len() {
        let mut changed = hello.clone();
        changed[at] ^= 0x55;
        let mut server = rustls::ServerConnection::new(config.clone()).unwrap();
        let _ = server.read_tls(&mut changed.as_slice());
        let _ = server.process_new_packets();
    }
    // The server's first flight, to the client, whose hello is the same each time but for what's random.
    let mut refused = 0;
    for at in 0..120 {
        let mut pair = Pair::new(&client, &config);
        common::hand_over(&mut pair.client, &mut pair.server);
        let mut flight = Vec::new();
        while pair.server.wants_write() {
            pair.server.write_tls(&mut flight).unwrap();
        }
        let at = if at < 100 { at } else { at * flight.len() / 120 };
        flight[at] ^= 0x55;
        let mut rest = flight.as_slice();
        while !rest.is_empty() && pair.client.read_tls(&mut rest).is_ok() {
            if pair.client.process_new_packets().is_err() {
                break;
            }
        }
        refused += usize::from(pair.client.is_handshaking());
    }
    // Records' versions aren't looked at.
    assert!(refused > 110, "{refused}");
}
