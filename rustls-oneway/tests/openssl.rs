//! OpenSSL at the other end: its server with our client, its client with our server, over TCP on this machine.
#![cfg(all(feature = "std", feature = "tls12", feature = "trust"))]

mod common;
#[path = "../../tests/openssl/mod.rs"]
mod openssl;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use common::{HOST, World, client, server};
use openssl::OpenSsl;
use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, NamedGroup, ProtocolVersion, ServerConfig,
    ServerConnection, StreamOwned, SupportedCipherSuite,
};
use rustls_oneway::{ALL_CIPHER_SUITES, ALL_KX_GROUPS, ClientVerifier, ServerVerifier, provider};

/// A suite as OpenSSL's options have it.
fn suite_options(suite: SupportedCipherSuite) -> String {
    let name = format!("{:?}", suite.suite());
    if suite.version().version == ProtocolVersion::TLSv1_3 {
        return format!("-tls1_3 -ciphersuites {}", name.replace("TLS13_", "TLS_"));
    }
    let name = name.replace("TLS_", "").replace("_WITH", "").replace("AES_", "AES").replace('_', "-");
    format!("-tls1_2 -cipher {}", name.replace("POLY1305-SHA256", "POLY1305"))
}

fn group_name(group: NamedGroup) -> Option<&'static str> {
    Some(match group {
        NamedGroup::X25519 => "X25519",
        NamedGroup::secp256r1 => "P-256",
        NamedGroup::secp384r1 => "P-384",
        NamedGroup::secp521r1 => "P-521",
        // OpenSSL 3.5 has the hybrid, 3.0 doesn't.
        _ => return None,
    })
}

/// Every suite with every group that both have, and a kind of key for each, in turn.
fn cases()
-> impl Iterator<Item = (SupportedCipherSuite, &'static dyn SupportedKxGroup, &'static str, &'static str)> {
    let groups = || ALL_KX_GROUPS.iter().filter_map(|group| Some((*group, group_name(group.name())?)));
    ALL_CIPHER_SUITES.iter().enumerate().flat_map(move |(i, suite)| {
        groups().enumerate().map(move |(j, (group, name))| {
            let kind = match suite.version().version {
                ProtocolVersion::TLSv1_3 => common::KINDS[(i + j) % 5],
                _ if format!("{suite:?}").contains("ECDHE_RSA") => "RSA",
                // In TLS 1.2 a key's curve has to be one of the groups that are offered, too.
                _ if name == "X25519" => "Ed25519",
                _ => name,
            };
            (*suite, group, name, kind)
        })
    })
}

fn write(openssl: &OpenSsl, world: &World) {
    let pem = |identity: &common::Identity| {
        identity.chain.iter().map(oneway::trust::Certificate::to_pem).collect::<String>()
    };
    openssl.write("root.pem", world.root.certificate().to_pem().as_bytes());
    for (name, identity) in [("server", &world.server), ("client", &world.client)] {
        openssl.write(&format!("{name}.pem"), pem(identity).as_bytes());
        openssl.write(&format!("{name}.key"), identity.key.to_pem().as_bytes());
    }
}

/// A program that's ended with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// OpenSSL's server, which turns each line around, and its port.
fn s_server(openssl: &OpenSsl, options: &str) -> (Running, u16) {
    let mut command = Command::new("openssl");
    let options = format!(
        "s_server -accept 127.0.0.1:0 -cert server.pem -cert_chain server.pem -key server.key -rev {options}"
    );
    command.args(options.split_whitespace()).current_dir(openssl.folder());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines
        .by_ref()
        .find_map(|line| line.unwrap().strip_prefix("ACCEPT ")?.rsplit(':').next()?.parse().ok());
    let running = Running(child);
    // What else it says is nobody's business, but has to go somewhere.
    std::thread::spawn(move || lines.for_each(drop));
    (running, port.expect("the server's port"))
}

/// Says something to OpenSSL's server and hears it turned around.
fn speak(config: &Arc<ClientConfig>, port: u16) -> StreamOwned<ClientConnection, TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(config.clone(), name).unwrap(), socket);
    stream.write_all(b"a message\n").unwrap();
    let mut answer = [0; 10];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"egassem a\n");
    stream
}

#[test]
fn our_client_and_openssls_server() {
    let Some(openssl) = OpenSsl::new() else { return };
    let mut count = 0;
    for (suite, group, group_name, kind) in cases() {
        let world = World::new(kind);
        write(&openssl, &world);
        let mut provider = provider();
        provider.cipher_suites = vec![suite];
        provider.kx_groups = vec![group];
        let mutual = count % 2 == 0;
        let verify = if mutual { "-Verify 2 -verify_return_error -CAfile root.pem" } else { "" };
        let options = format!("{} -groups {group_name} {verify}", suite_options(suite));
        let (_running, port) = s_server(&openssl, &options);
        let client = client(provider, &[suite.version()]).dangerous();
        let client = client.with_custom_certificate_verifier(Arc::new(ServerVerifier::new(world.store())));
        let client = if mutual {
            client.with_client_auth_cert(world.client.certificates(), world.client.private_key()).unwrap()
        } else {
            client.with_no_client_auth()
        };
        let client = Arc::new(client);
        let stream = speak(&client, port);
        assert_eq!(stream.conn.negotiated_cipher_suite(), Some(suite), "{options}, {kind}");
        assert_eq!(stream.conn.negotiated_key_exchange_group().unwrap().name(), group.name());
        drop(stream);
        let stream = speak(&client, port);
        assert_eq!(stream.conn.handshake_kind(), Some(HandshakeKind::Resumed), "{options}, {kind}");
        count += 1;
    }
    assert_eq!(count, 9 * 4);
}

/// Answers one connection: reads a line, and sends it back.
fn answer(listener: &TcpListener, config: &Arc<ServerConfig>) -> ServerConnection {
    let (socket, _) = listener.accept().unwrap();
    socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), socket);
    let mut line = [0; 10];
    stream.read_exact(&mut line).unwrap();
    stream.write_all(&line).unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    stream.conn
}

#[test]
fn our_server_and_openssls_client() {
    let Some(openssl) = OpenSsl::new() else { return };
    let mut count = 0;
    for (suite, group, group_name, kind) in cases() {
        let world = World::new(kind);
        write(&openssl, &world);
        let mut provider = provider();
        provider.cipher_suites = vec![suite];
        provider.kx_groups = vec![group];
        let mutual = count % 2 == 1;
        let server = server(provider, &[suite.version()]);
        let server = if mutual {
            server.with_client_cert_verifier(Arc::new(ClientVerifier::new(world.store())))
        } else {
            server.with_no_client_auth()
        };
        let mut server =
            server.with_single_cert(world.server.certificates(), world.server.private_key()).unwrap();
        server.ticketer = rustls_oneway::Ticketer::new().unwrap();
        let server = Arc::new(server);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for session in ["-sess_out session.pem", "-sess_in session.pem"] {
            let identity =
                if mutual { "-cert client.pem -cert_chain client.pem -key client.key" } else { "" };
            let options = format!(
                "s_client -connect 127.0.0.1:{port} -servername {HOST} -verify_hostname {HOST} -verify_return_error \
                 -CAfile root.pem -x509_strict -ign_eof {} -groups {group_name} {identity} {session}",
                suite_options(suite)
            );
            let mut command = Command::new("openssl");
            command.args(options.split_whitespace()).current_dir(openssl.folder());
            let mut child =
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(b"a message\n").unwrap();
            let connection = answer(&listener, &server);
            let output = child.wait_with_output().unwrap();
            drop(stdin);
            let said = String::from_utf8_lossy(&output.stdout);
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{options}, {kind}: {said}\n{complaint}");
            assert!(said.contains("Verification: OK") || said.contains("Verify return code: 0"), "{said}");
            assert!(said.contains("a message"), "{said}");
            assert_eq!(connection.peer_certificates().is_some(), mutual);
            let kind =
                if session.starts_with("-sess_in") { HandshakeKind::Resumed } else { HandshakeKind::Full };
            assert_eq!(connection.handshake_kind(), Some(kind), "{options}\n{said}");
        }
        count += 1;
    }
    assert_eq!(count, 9 * 4);
}
