//! TLS by rustls with this provider, both ends in one thread and without sockets: `tls_operation/version or cipher, what`.
//!
//! `full` is a handshake with certificates of a family (root, intermediate and leaf), of the server's alone or, if it's
//! `mutual`, of the client's as well; verified by webpki. `resumed` goes on with a session that both ends know. `data`
//! goes from the client to the server in TLS 1.3. All is the work of both ends; `benches/peers` has them apart, and
//! beside other providers.

#![allow(missing_docs)] // what `criterion_group!` makes has none

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{Read, Write};
use std::sync::Arc;

use common::{Pair, World, client, server};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rustls::client::Resumption;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind, ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};
use rustls_oneway::{cipher_suite, provider};

const VERSIONS: [(&str, &SupportedProtocolVersion); 2] = [("1.3", &TLS13), ("1.2", &TLS12)];
/// As much as rustls takes at once.
const CHUNK: usize = 1 << 16;

/// Both ends; sessions are neither kept nor offered.
fn configs(
    world: &World,
    version: &'static SupportedProtocolVersion,
    mutual: bool,
) -> (ClientConfig, ServerConfig) {
    let client = client(provider(), &[version]).with_root_certificates(world.roots());
    let mut client = if mutual {
        client.with_client_auth_cert(world.client.certificates(), world.client.private_key()).unwrap()
    } else {
        client.with_no_client_auth()
    };
    client.resumption = Resumption::disabled();
    let server = server(provider(), &[version]);
    let server = if mutual {
        let verifier = WebPkiClientVerifier::builder_with_provider(world.roots(), Arc::new(provider()));
        server.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        server.with_no_client_auth()
    };
    let mut server =
        server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
    server.session_storage = Arc::new(NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    (client, server)
}

fn connect(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>, kind: HandshakeKind) -> Pair {
    let mut pair = Pair::new(client, server);
    pair.shake().unwrap();
    assert_eq!(pair.client.handshake_kind(), Some(kind));
    pair
}

fn handshakes(c: &mut Criterion) {
    for (family, kind) in [("p256", "P-256"), ("rsa2048", "RSA"), ("ed25519", "Ed25519")] {
        let world = World::new(kind);
        for (name, version) in VERSIONS {
            for (mutual, suffix) in [(false, ""), (true, " mutual")] {
                let (client, server) = configs(&world, version, mutual);
                let (client, server) = (Arc::new(client), Arc::new(server));
                c.benchmark_group("tls_full").bench_function(format!("{name} {family}{suffix}"), |b| {
                    b.iter(|| connect(&client, &server, HandshakeKind::Full));
                });
            }
        }
    }
}

/// By the server's memory, and by tickets.
fn resumption(c: &mut Criterion) {
    let world = World::new("P-256");
    for (name, version) in VERSIONS {
        for what in ["session", "ticket"] {
            let (mut client, mut server) = configs(&world, version, false);
            client.resumption = Resumption::in_memory_sessions(1);
            server.send_tls13_tickets = 1;
            if what == "ticket" {
                server.ticketer = rustls_oneway::Ticketer::new().unwrap();
            } else {
                server.session_storage = rustls::server::ServerSessionMemoryCache::new(16);
            }
            let (client, server) = (Arc::new(client), Arc::new(server));
            connect(&client, &server, HandshakeKind::Full);
            c.benchmark_group("tls_resumed").bench_function(format!("{name} {what}"), |b| {
                b.iter(|| connect(&client, &server, HandshakeKind::Resumed));
            });
        }
    }
}

/// Sends so much, and reads it at the other end, record by record: rustls keeps no more for the reader.
fn transfer(pair: &mut Pair, data: &[u8], written: &mut Vec<u8>, read: &mut [u8]) {
    let chunks = data.chunks(CHUNK).zip(read.chunks_mut(CHUNK));
    for (chunk, read) in chunks {
        pair.client.writer().write_all(chunk).unwrap();
        written.clear();
        while pair.client.wants_write() {
            pair.client.write_tls(written).unwrap();
        }
        let (mut rest, mut arrived) = (&written[..], 0);
        while !rest.is_empty() {
            pair.server.read_tls(&mut rest).unwrap();
            pair.server.process_new_packets().unwrap();
            while let Ok(count @ 1..) = pair.server.reader().read(&mut read[arrived..]) {
                arrived += count;
            }
        }
        assert_eq!(arrived, chunk.len());
    }
}

fn data(c: &mut Criterion) {
    const SUITES: [(&str, SupportedCipherSuite); 3] = [
        ("aes-128-gcm", cipher_suite::TLS13_AES_128_GCM_SHA256),
        ("aes-256-gcm", cipher_suite::TLS13_AES_256_GCM_SHA384),
        ("chacha20-poly1305", cipher_suite::TLS13_CHACHA20_POLY1305_SHA256),
    ];
    let world = World::new("P-256");
    let bytes: Vec<u8> = (0..1_usize << 20).map(|i| (i * i / 7) as u8).collect();
    let (mut written, mut read) = (Vec::new(), vec![0; bytes.len()]);
    for (name, suite) in SUITES {
        let mut provider = provider();
        provider.cipher_suites = vec![suite];
        let client = client(provider, &[&TLS13]).with_root_certificates(world.roots());
        let (_, server) = configs(&world, &TLS13, false);
        let (client, server) = (Arc::new(client.with_no_client_auth()), Arc::new(server));
        let mut pair = connect(&client, &server, HandshakeKind::Full);
        transfer(&mut pair, &bytes, &mut written, &mut read);
        assert!(read == bytes);
        let mut group = c.benchmark_group("tls_data");
        for len in [CHUNK, bytes.len()] {
            group.throughput(Throughput::Bytes(len as u64));
            group.bench_function(BenchmarkId::new(name, len), |b| {
                b.iter(|| transfer(&mut pair, &bytes[..len], &mut written, &mut read));
            });
        }
    }
}

criterion_group!(all, handshakes, resumption, data);
criterion_main!(all);
