//! Two ends of a connection in one program, and certificates for them.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::{Read, Write};
use std::sync::Arc;

use oneway::ecdsa::{P256, P384, P521, SigningKey};
use oneway::key::PrivateKey;
use oneway::trust::{Authority, Certificate, PathLength, Profile, Request, TrustStore, Validity};
use oneway::{ed25519, rsa};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, ConnectionCommon, Error, RootCertStore, ServerConfig,
    ServerConnection, SideData, SupportedProtocolVersion, WantsVerifier,
};

pub(crate) const KINDS: [&str; 5] = ["RSA", "P-256", "P-384", "P-521", "Ed25519"];
pub(crate) const HOST: &str = "www.example.com";

/// A key of a kind. RSA's is read, as making one takes longer than many handshakes.
pub(crate) fn key(kind: &str) -> PrivateKey {
    match kind {
        "RSA" => rsa::PrivateKey::from_pem(include_str!("../../../tests/keys/rsa2048.pem")).unwrap().into(),
        "P-256" => SigningKey::<P256>::generate().unwrap().into(),
        "P-384" => SigningKey::<P384>::generate().unwrap().into(),
        "P-521" => SigningKey::<P521>::generate().unwrap().into(),
        "Ed25519" => ed25519::SigningKey::generate().unwrap().into(),
        kind => panic!("{kind}"),
    }
}

/// A root, an authority below it, a server and a client.
pub(crate) struct World {
    pub(crate) root: Authority,
    pub(crate) inter: Authority,
    pub(crate) server: Identity,
    pub(crate) client: Identity,
}

/// A key with its certificate and that of its issuer.
pub(crate) struct Identity {
    pub(crate) key: PrivateKey,
    pub(crate) chain: Vec<Certificate>,
}

impl World {
    pub(crate) fn new(kind: &str) -> Self {
        Self::with_authority_key(kind, key(kind))
    }

    /// The same with this key for the authority in the middle. (RSA's keys are all one otherwise.)
    pub(crate) fn with_authority_key(kind: &str, inter_key: PrivateKey) -> Self {
        let root = Authority::self_signed("CN=Root", key(kind), Validity::days(100)).unwrap();
        let request = Request::builder("CN=Authority").sign(&inter_key).unwrap();
        let inter = root.issue_authority(&request, Validity::days(90), PathLength::Max(0)).unwrap();
        let inter = Authority::new(inter, inter_key).unwrap();
        let server = Identity::new(&inter, kind, "CN=www.example.com", Profile::server(), Validity::days(30));
        let client =
            Identity::new(&inter, kind, "CN=Alice", Profile::client().keep_subject(), Validity::days(30));
        Self { root, inter, server, client }
    }

    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(der(self.root.certificate())).unwrap();
        Arc::new(roots)
    }

    pub(crate) fn store(&self) -> TrustStore {
        TrustStore::from_iter([self.root.certificate().clone()])
    }
}

impl Identity {
    pub(crate) fn new(
        issuer: &Authority,
        kind: &str,
        subject: &str,
        profile: Profile,
        validity: Validity,
    ) -> Self {
        let key = key(kind);
        let request = Request::builder(subject).sign(&key).unwrap();
        let certificate = issuer.issue(&request, profile, validity).unwrap();
        Self { key, chain: vec![certificate, issuer.certificate().clone()] }
    }

    pub(crate) fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.chain.iter().map(der).collect()
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.to_der().to_vec()).into()
    }
}

pub(crate) fn der(certificate: &Certificate) -> CertificateDer<'static> {
    certificate.to_der().to_vec().into()
}

pub(crate) fn client(
    provider: CryptoProvider,
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions).unwrap()
}

pub(crate) fn server(
    provider: CryptoProvider,
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions).unwrap()
}

/// Both ends.
pub(crate) struct Pair {
    pub(crate) client: ClientConnection,
    pub(crate) server: ServerConnection,
}

impl Pair {
    pub(crate) fn new(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Self {
        Self::to(HOST, client, server)
    }

    pub(crate) fn to(host: &str, client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Self {
        let name = ServerName::try_from(host).unwrap().to_owned();
        Self {
            client: ClientConnection::new(client.clone(), name).unwrap(),
            server: ServerConnection::new(server.clone()).unwrap(),
        }
    }

    /// Hands over what both have to say, until there's nothing more; the first error, and whose it is.
    pub(crate) fn shake(&mut self) -> Result<(), (&'static str, Error)> {
        loop {
            let to_server = hand_over(&mut self.client, &mut self.server);
            self.server.process_new_packets().map_err(|error| ("server", error))?;
            let to_client = hand_over(&mut self.server, &mut self.client);
            self.client.process_new_packets().map_err(|error| ("client", error))?;
            if to_server + to_client == 0 {
                return Ok(());
            }
        }
    }

    /// After an error: what the other end makes of the alert.
    pub(crate) fn alert(&mut self, of: &str) -> Error {
        if of == "client" {
            hand_over(&mut self.client, &mut self.server);
            self.server.process_new_packets().unwrap_err()
        } else {
            hand_over(&mut self.server, &mut self.client);
            self.client.process_new_packets().unwrap_err()
        }
    }

    /// Sends so many bytes each way and checks that they arrive.
    pub(crate) fn talk(&mut self, len: usize) {
        send(&mut self.client, &mut self.server, len);
        send(&mut self.server, &mut self.client, len);
    }
}

/// The bytes of a message from one place to another.
fn message(from: usize, to: usize) -> Vec<u8> {
    (from..to).map(|i| (i.wrapping_mul(i) / 7) as u8).collect()
}

fn send<A: SideData, B: SideData>(from: &mut ConnectionCommon<A>, to: &mut ConnectionCommon<B>, len: usize) {
    let (mut sent, mut arrived) = (0, 0);
    while arrived < len {
        sent += from.writer().write(&message(sent, len.min(sent + 10_000))).unwrap();
        hand_over(from, to);
        to.process_new_packets().unwrap();
        let mut bytes = [0; 1 << 14];
        while let Ok(count @ 1..) = to.reader().read(&mut bytes) {
            assert!(bytes[..count] == message(arrived, arrived + count));
            arrived += count;
        }
    }
    assert_eq!(sent, len);
}

/// What one end has to say, to the other; how many bytes.
pub(crate) fn hand_over<A: SideData, B: SideData>(
    from: &mut ConnectionCommon<A>,
    to: &mut ConnectionCommon<B>,
) -> usize {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() && to.read_tls(&mut rest).unwrap() > 0 {
        let _ = to.process_new_packets();
    }
    bytes.len()
}
