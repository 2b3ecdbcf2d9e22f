//! Connections by rustls, both ends in one thread and without sockets: what the rows of TLS measure.
//!
//! A provider is all in which contestants differ. Everyone has the same certificates, one suite, and X25519 alone. The
//! ends take turns: each reads what there is, and writes its answer. A row's figure is the time of one end's turns.

use std::io::{Read, Write};
use std::sync::Arc;

use oneway::trust::{Authority, Certificate, PathLength, Profile, Request, TrustStore, Validity};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, ConnectionCommon, Error, NamedGroup, RootCertStore,
    ServerConfig, ServerConnection, SideData, SupportedProtocolVersion,
};
use rustls_oneway::{ClientVerifier, ServerVerifier};

use crate::race::{Entry, Stopwatch};
use crate::rows::{Aead, End, Family, Tls, TlsVersion};

const HOST: &str = "www.example.com";
/// How much is written at once; as much as rustls takes.
const CHUNK: usize = 1 << 16;
/// How much a transfer moves.
pub(crate) const TRANSFER: usize = 1 << 20;

/// Certificates and keys of a server and a client: root, intermediate and leaf, all of one family.
pub(crate) struct World {
    root: Certificate,
    /// Another root, of the same name, that nobody here has a certificate of.
    stranger: Certificate,
    server: Identity,
    client: Identity,
}

/// A chain, the leaf first and without its root, and the leaf's key in PKCS#8.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

fn der(certificate: &Certificate) -> CertificateDer<'static> {
    certificate.to_der().to_vec().into()
}

impl World {
    pub(crate) fn new(family: Family) -> Self {
        let authority = |key| Authority::self_signed("CN=Root", key, Validity::days(90)).expect("a root");
        let (root, stranger) = (authority(family.key()), authority(family.key()));
        let inter_key = family.key();
        let request = Request::builder("CN=Authority").sign(&inter_key).expect("a request");
        let inter = root.issue_authority(&request, Validity::days(60), PathLength::Max(0));
        let inter = Authority::new(inter.expect("a certificate"), inter_key).expect("its key");
        let identity = |subject, profile| {
            let key = family.key();
            let request = Request::builder(subject).sign(&key).expect("a request");
            let leaf = inter.issue(&request, profile, Validity::days(30)).expect("a certificate");
            Identity { chain: vec![der(&leaf), der(inter.certificate())], key: key.to_der().to_vec() }
        };
        Self {
            server: identity("CN=www.example.com", Profile::server()),
            client: identity("CN=Alice", Profile::client().keep_subject()),
            root: root.certificate().clone(),
            stranger: stranger.certificate().clone(),
        }
    }
}

impl Identity {
    fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }
}

/// Who verifies certificates: webpki, by the provider's signatures, or oneway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verifier {
    Webpki,
    Oneway,
}

/// What both ends of a connection are made of.
struct Setup {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    name: ServerName<'static>,
}

/// How connections are set up.
#[derive(Clone, Copy)]
struct Settings {
    version: TlsVersion,
    suite: CipherSuite,
    mutual: bool,
    resumed: bool,
    verifier: Verifier,
}

impl Settings {
    fn new(row: Tls, verifier: Verifier) -> Self {
        let (version, mutual, resumed) = match row {
            Tls::Handshake(version, _, mutual, _) => (version, mutual, false),
            Tls::Resumption(version, _) => (version, false, true),
            Tls::Transfer(..) => (TlsVersion::Tls13, false, false),
        };
        let suite = match (row, version) {
            (Tls::Transfer(Aead::Aes128Gcm, _), _) => CipherSuite::TLS13_AES_128_GCM_SHA256,
            (Tls::Transfer(Aead::ChaCha20Poly1305, _), _) => CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            (_, TlsVersion::Tls13) => CipherSuite::TLS13_AES_256_GCM_SHA384,
            (Tls::Handshake(_, Family::Rsa2048, ..), TlsVersion::Tls12) => {
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
            }
            (_, TlsVersion::Tls12) => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        };
        Self { version, suite, mutual, resumed, verifier }
    }

    /// With all that has to be loaded before.
    fn with(self, mut provider: CryptoProvider, world: &World, trusted: &Certificate) -> Setup {
        provider.cipher_suites.retain(|suite| suite.suite() == self.suite);
        provider.kx_groups.retain(|group| group.name() == NamedGroup::X25519);
        let provider = Arc::new(provider);
        let versions: &[&SupportedProtocolVersion] = match self.version {
            TlsVersion::Tls13 => &[&rustls::version::TLS13],
            TlsVersion::Tls12 => &[&rustls::version::TLS12],
        };
        let mut roots = RootCertStore::empty();
        roots.add(der(trusted)).expect("a certificate");
        let (roots, store) = (Arc::new(roots), TrustStore::from_iter([trusted.clone()]));

        let client = ClientConfig::builder_with_provider(provider.clone());
        let client = client.with_protocol_versions(versions).expect("the version of its suite");
        let client = match self.verifier {
            Verifier::Webpki => client.with_root_certificates(roots.clone()),
            Verifier::Oneway => client
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(ServerVerifier::new(store.clone()))),
        };
        let mut client = if self.mutual {
            let Identity { chain, .. } = &world.client;
            client.with_client_auth_cert(chain.clone(), world.client.key()).expect("a key")
        } else {
            client.with_no_client_auth()
        };
        let server = ServerConfig::builder_with_provider(provider.clone());
        let server = server.with_protocol_versions(versions).expect("the version of its suite");
        let server = match self.verifier {
            _ if !self.mutual => server.with_no_client_auth(),
            Verifier::Webpki => {
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
                server.with_client_cert_verifier(verifier.expect("roots"))
            }
            Verifier::Oneway => server.with_client_cert_verifier(Arc::new(ClientVerifier::new(store))),
        };
        let Identity { chain, .. } = &world.server;
        let mut server = server.with_single_cert(chain.clone(), world.server.key()).expect("a key");
        // Sessions are kept by the server, as rustls does by default: tickets would be another cipher in each provider.
        if self.resumed {
            client.resumption = Resumption::in_memory_sessions(1);
            server.session_storage = ServerSessionMemoryCache::new(16);
            server.send_tls13_tickets = 1;
        } else {
            client.resumption = Resumption::disabled();
            server.session_storage = Arc::new(NoServerSessionStorage {});
            server.send_tls13_tickets = 0;
        }
        let name = ServerName::try_from(HOST).expect("a name");
        Setup { client: Arc::new(client), server: Arc::new(server), name }
    }
}

/// A stopwatch at each end, of which at most one is running.
struct Watches {
    client: Stopwatch,
    server: Stopwatch,
}

impl Watches {
    fn stopped() -> Self {
        Self { client: Stopwatch::stopped(), server: Stopwatch::stopped() }
    }

    /// With the one that's running.
    fn of(end: End) -> (Self, Stopwatch) {
        let watch = Stopwatch::running();
        let watches = match end {
            End::Client => Self { client: watch.clone(), ..Self::stopped() },
            End::Server => Self { server: watch.clone(), ..Self::stopped() },
        };
        (watches, watch)
    }
}

/// Both ends, connected.
struct Pair {
    client: ClientConnection,
    server: ServerConnection,
}

/// One end reads what there is and writes its answer.
fn turn<T: SideData>(
    end: &mut ConnectionCommon<T>,
    mut read: &[u8],
    written: &mut Vec<u8>,
) -> Result<(), Error> {
    while !read.is_empty() {
        end.read_tls(&mut read).expect("memory");
        end.process_new_packets()?;
    }
    written.clear();
    while end.wants_write() {
        end.write_tls(written).expect("memory");
    }
    Ok(())
}

impl Setup {
    /// A handshake, from nothing, to when neither end has more to say.
    fn connect(&self, watches: &Watches) -> Result<Pair, Error> {
        let (mut from_client, mut from_server) = (Vec::new(), Vec::new());
        let mut client = watches.client.time(|| {
            let mut client = ClientConnection::new(self.client.clone(), self.name.clone())?;
            turn(&mut client, &[], &mut from_client)?;
            Ok::<_, Error>(client)
        })?;
        let mut server = watches.server.time(|| {
            let mut server = ServerConnection::new(self.server.clone())?;
            turn(&mut server, &from_client, &mut from_server)?;
            Ok::<_, Error>(server)
        })?;
        while !from_server.is_empty() {
            watches.client.time(|| turn(&mut client, &from_server, &mut from_client))?;
            if from_client.is_empty() {
                break;
            }
            watches.server.time(|| turn(&mut server, &from_client, &mut from_server))?;
        }
        Ok(Pair { client, server })
    }
}

impl Pair {
    /// What the ends agreed on.
    fn describe(&self) -> String {
        let suite = self.server.negotiated_cipher_suite().map(|suite| suite.suite());
        let group = self.client.negotiated_key_exchange_group().map(SupportedKxGroup::name);
        let chain = |chain: Option<&[CertificateDer<'_>]>| chain.map_or(0, <[_]>::len);
        format!(
            "{suite:?} {group:?} {:?} {:?}, certificates {} {}, done {} {}",
            self.client.protocol_version(),
            self.client.handshake_kind(),
            chain(self.client.peer_certificates()),
            chain(self.server.peer_certificates()),
            !self.client.is_handshaking(),
            !self.server.is_handshaking(),
        )
    }

    /// From the client to the server, in chunks; what arrived of the last one is in the buffer then.
    fn transfer(&mut self, data: &[u8], buffers: &mut Buffers, watches: &Watches) {
        for chunk in data.chunks(CHUNK) {
            buffers.written.clear();
            watches.client.time(|| {
                self.client.writer().write_all(chunk).expect("within rustls's limit");
                while self.client.wants_write() {
                    self.client.write_tls(&mut buffers.written).expect("memory");
                }
            });
            watches.server.time(|| {
                let (mut rest, mut read) = (&buffers.written[..], 0);
                while !rest.is_empty() {
                    self.server.read_tls(&mut rest).expect("memory");
                    self.server.process_new_packets().expect("whole records");
                    while let Ok(count @ 1..) = self.server.reader().read(&mut buffers.read[read..]) {
                        read += count;
                    }
                }
            });
        }
    }
}

/// What's on its way, and what has arrived.
struct Buffers {
    written: Vec<u8>,
    read: Vec<u8>,
}

/// What comes out of a row if everyone did what they should.
pub(crate) fn expected(row: Tls) -> Vec<u8> {
    if let Tls::Transfer(..) = row {
        return data()[TRANSFER - CHUNK..].to_vec();
    }
    let Settings { version, suite, mutual, resumed, .. } = Settings::new(row, Verifier::Webpki);
    // What's resumed in version 1.2 goes without key exchange.
    let (version, group) = match version {
        TlsVersion::Tls13 => ("TLSv1_3", "Some(X25519)"),
        TlsVersion::Tls12 => ("TLSv1_2", if resumed { "None" } else { "Some(X25519)" }),
    };
    let kind = if resumed { "Resumed" } else { "Full" };
    let clients = if mutual { 2 } else { 0 };
    format!("Some({suite:?}) {group} Some({version}) Some({kind}), certificates 2 {clients}, done true true")
        .into_bytes()
}

/// What's transferred: no two records of it are the same.
fn data() -> Vec<u8> {
    (0..TRANSFER).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect()
}

/// An entry of a provider, or none if its ends find nothing that both can do. A root that didn't issue the server's
/// certificate, which it has to refuse, is tried at once.
pub(crate) fn entry(
    row: Tls,
    work: impl Into<String>,
    provider: &dyn Fn() -> CryptoProvider,
    verifier: Verifier,
    world: &World,
) -> Option<Entry> {
    let settings = Settings::new(row, verifier);
    let setup = settings.with(provider(), world, &world.root);
    // The first handshake is a full one, of which the others are resumed.
    let mut pair = match setup.connect(&Watches::stopped()) {
        Err(Error::PeerIncompatible(_)) => return None,
        result => result.expect("an honest server"),
    };
    let wrong = settings.with(provider(), world, &world.stranger).connect(&Watches::stopped());
    assert!(matches!(wrong, Err(Error::InvalidCertificate(_))), "trusts a stranger");

    let (Tls::Handshake(.., end) | Tls::Resumption(_, end) | Tls::Transfer(_, end)) = row;
    let (watches, watch) = Watches::of(end);
    if let Tls::Transfer(..) = row {
        let (data, mut buffers) = (data(), Buffers { written: Vec::new(), read: vec![0; CHUNK] });
        return Some(Entry::of_part(work, watch, move || {
            pair.transfer(&data, &mut buffers, &watches);
            buffers.read.clone()
        }));
    }
    let connect = move || setup.connect(&watches).expect("an honest server").describe();
    Some(Entry::of_part(work, watch, connect))
}
