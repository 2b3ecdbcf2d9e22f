//! Many connections at once, over TCP on this machine, by tokio-rustls: 100, or as many as `ONEWAY_CONNECTIONS` says.
#![cfg(all(feature = "std", feature = "trust"))]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{HOST, World, client, server};
use rustls::pki_types::ServerName;
use rustls_oneway::{ClientVerifier, ServerVerifier, provider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const LEN: usize = 100_000;

#[test]
fn many_connections_at_once() {
    let count = std::env::var("ONEWAY_CONNECTIONS").ok().map_or(100, |count| count.parse().unwrap());
    let world = World::new("P-256");
    let server = server(provider(), rustls::ALL_VERSIONS)
        .with_client_cert_verifier(Arc::new(ClientVerifier::new(world.store())))
        .with_single_cert(world.server.certificates(), world.server.private_key())
        .unwrap();
    let client = client(provider(), rustls::ALL_VERSIONS)
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ServerVerifier::new(world.store())))
        .with_client_auth_cert(world.client.certificates(), world.client.private_key())
        .unwrap();
    let (acceptor, connector) = (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_io().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(AtomicUsize::new(0));
        // Nobody answers before all are there, so that all are open at once.
        let all_there = Arc::new(tokio::sync::Barrier::new(count));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (acceptor, open, all_there) = (acceptor.clone(), open.clone(), all_there.clone());
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(socket).await.unwrap();
                    open.fetch_add(1, Ordering::SeqCst);
                    all_there.wait().await;
                    assert_eq!(open.load(Ordering::SeqCst), count);
                    let mut bytes = vec![0; LEN];
                    stream.read_exact(&mut bytes).await.unwrap();
                    bytes.reverse();
                    stream.write_all(&bytes).await.unwrap();
                    stream.shutdown().await.unwrap();
                });
            }
        });
        let clients: Vec<_> = (0..count)
            .map(|i| {
                let connector = connector.clone();
                tokio::spawn(async move {
                    let socket = TcpStream::connect(address).await.unwrap();
                    let name = ServerName::try_from(HOST).unwrap();
                    let mut stream = connector.connect(name, socket).await.unwrap();
                    let mut bytes: Vec<u8> = (0..LEN).map(|j| (i * 31 + j * 7) as u8).collect();
                    stream.write_all(&bytes).await.unwrap();
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).await.unwrap();
                    bytes.reverse();
                    assert!(answer == bytes, "connection {i}");
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}
