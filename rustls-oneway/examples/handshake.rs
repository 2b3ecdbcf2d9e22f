//! TLS from hello to traffic, with a server and a client in one program that talk over TCP.
//!
//! ```text
//! cargo run --release -p rustls-oneway --example handshake
//! ```
//!
//! It shows what the hellos offer and what's chosen, whose certificates come, the fresh public keys, and traffic; then
//! who is talked to: a server that's trusted or not, a client with a certificate or without, and what it takes to talk to
//! somebody who isn't trusted.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use oneway::ecdsa::{P256, SigningKey};
use oneway::trust::{Authority, Certificate, Profile, Request, TrustStore, Validity};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    ActiveKeyExchange, CompletedKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup,
};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::Acceptor;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, NamedGroup, ServerConfig, SignatureScheme,
    StreamOwned,
};
use rustls_oneway::{ClientVerifier, ServerVerifier, provider};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

const HOST: &str = "www.example.com";

const OPENING: &str = "\
A server and a client meet for the first time, by TLS, as every secure web page
does it: they agree on a key, and the server shows by a certificate who it is.
Both are in this program, and talk over TCP.
";

fn main() -> Result<()> {
    if std::env::args_os().len() > 1 {
        println!("usage: handshake");
        return Ok(());
    }
    let world = World::new()?;
    let out = &mut io::stdout();
    writeln!(out, "{OPENING}")?;
    hellos(out, &world)?;
    corners(out, &world)?;
    untrusted(out, &world)?;
    writeln!(
        out,
        "To read on: oneway::manual::tls (cargo doc -p oneway --open).\n\
         The next example:\n\n  \
         cargo run --release -p rustls-oneway --example https_server -- \\\n    \
             --listen 127.0.0.1:8443 --cert certs/chain.pem --key certs/server.key"
    )?;
    Ok(())
}

fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{text}\n{}\n", "-".repeat(text.len()))
}

// Who there is.

/// An authority that's trusted, one that isn't, and keys with certificates of theirs.
struct World {
    authority: Authority,
    server: Identity,
    client: Identity,
    /// The same server, certified by somebody whom nobody knows.
    stranger: Identity,
}

struct Identity {
    key: PrivateKeyDer<'static>,
    certificate: Certificate,
}

impl Identity {
    fn new(authority: &Authority, subject: &str, profile: Profile) -> Result<Self> {
        let key = SigningKey::<P256>::generate()?;
        let request = Request::builder(subject).sign(&key)?;
        let certificate = authority.issue(&request, profile, Validity::days(30))?;
        Ok(Self { key: PrivatePkcs8KeyDer::from(key.to_der().to_vec()).into(), certificate })
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.to_der().to_vec().into()]
    }
}

impl World {
    fn new() -> Result<Self> {
        let root = |name| Authority::self_signed(name, SigningKey::<P256>::generate()?, Validity::days(365));
        let (authority, other) = (root("CN=Example Root")?, root("CN=Root of a Stranger")?);
        Ok(Self {
            server: Identity::new(&authority, "CN=www.example.com", Profile::server())?,
            client: Identity::new(&authority, "CN=Alice", Profile::client().keep_subject())?,
            stranger: Identity::new(&other, "CN=www.example.com", Profile::server())?,
            authority,
        })
    }

    fn roots(&self) -> TrustStore {
        TrustStore::from_iter([self.authority.certificate().clone()])
    }

    /// A server with this certificate, which asks for one of the client's, and takes clients without.
    fn server(&self, identity: &Identity, provider: CryptoProvider) -> Result<Arc<ServerConfig>> {
        let verifier = ClientVerifier::new(self.roots()).allow_unauthenticated();
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(identity.chain(), identity.key.clone_key())?;
        Ok(Arc::new(config))
    }

    /// A client with this verifier of servers, and maybe with a certificate.
    fn client(
        &self,
        verifier: Arc<dyn ServerCertVerifier>,
        with_certificate: bool,
        provider: CryptoProvider,
    ) -> Result<Arc<ClientConfig>> {
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()?
            .dangerous() // as dangerous as the verifier is
            .with_custom_certificate_verifier(verifier);
        Ok(Arc::new(if with_certificate {
            config.with_client_auth_cert(self.client.chain(), self.client.key.clone_key())?
        } else {
            config.with_no_client_auth()
        }))
    }
}

// A conversation.

/// What the server knows at its end.
struct Heard {
    hello: String,
    client: Option<String>,
    message: String,
}

/// The server: waits for one client, reads a line, and answers it.
fn serve(listener: &TcpListener, config: Arc<ServerConfig>) -> Result<Heard> {
    let (mut socket, _) = listener.accept()?;
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        if acceptor.read_tls(&mut socket)? == 0 {
            return Err("the client hung up".into());
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => break accepted,
            Ok(None) => {}
            Err((error, mut alert)) => {
                alert.write_all(&mut socket)?;
                return Err(error.into());
            }
        }
    };
    let hello = accepted.client_hello();
    let mut text = String::new();
    writeln!(text, "  server name    {}", hello.server_name().unwrap_or("none"))?;
    writeln!(text, "  suites         {}", list(hello.cipher_suites()))?;
    writeln!(text, "  groups         {}", list(hello.named_groups().unwrap_or_default()))?;
    writeln!(text, "  signatures     {}", list(hello.signature_schemes()))?;
    let connection = match accepted.into_connection(config) {
        Ok(connection) => connection,
        Err((error, mut alert)) => {
            alert.write_all(&mut socket)?;
            return Err(error.into());
        }
    };
    let mut stream = StreamOwned::new(connection, socket);
    let mut message = vec![0; 16];
    let len = stream.read(&mut message)?;
    message.truncate(len);
    let client = match stream.conn.peer_certificates() {
        Some([leaf, ..]) => Some(Certificate::from_der(leaf)?.subject().to_string()),
        _ => None,
    };
    let message = String::from_utf8(message)?;
    let name = client.clone().unwrap_or_else(|| "whoever you are".into());
    write!(stream, "hello, {name}")?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(Heard { hello: text, client, message })
}

/// What there is of something, in lines.
fn list<T: std::fmt::Debug>(values: &[T]) -> String {
    let names: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    names.join(",\n                 ")
}

/// The client: says something to the server of this name, and returns the answer.
fn call(port: u16, host: &str, config: Arc<ClientConfig>) -> Result<(String, ClientConnection)> {
    let connection = ClientConnection::new(config, ServerName::try_from(host.to_owned())?)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(("127.0.0.1", port))?);
    stream.write_all(b"a secret order")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok((answer, stream.conn))
}

/// Both at once: what the client says, and what the server says.
fn talk(
    host: &str,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
) -> Result<(Result<(String, ClientConnection)>, Result<Heard>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::scope(|scope| {
        let served = scope.spawn(|| serve(&listener, server));
        let called = call(port, host, client);
        Ok((called, served.join().map_err(|_| "the server's thread")?))
    })
}

// 1. One handshake, looked at.

fn hellos(out: &mut impl Write, world: &World) -> Result<()> {
    heading(out, "1. A handshake")?;
    // Groups that tell which public keys they exchange.
    let mut watched = provider();
    let shares: &'static Mutex<Vec<_>> = Box::leak(Box::new(Mutex::new(Vec::new())));
    let classical = watched.kx_groups.iter().filter(|group| group.name() != NamedGroup::X25519MLKEM768);
    let watch = |group: &&'static dyn SupportedKxGroup| -> &'static dyn SupportedKxGroup {
        Box::leak(Box::new(Watched { group: *group, shares }))
    };
    watched.kx_groups = classical.map(watch).collect();
    let verifier = Arc::new(ServerVerifier::new(world.roots()));
    let client = world.client(verifier, true, watched)?;
    let (called, served) = talk(HOST, client, world.server(&world.server, provider())?)?;
    let ((answer, connection), heard) = (called?, served?);

    writeln!(
        out,
        "The client's hello says whom it wants to talk to, and what it can do:\n\n{}",
        heard.hello
    )?;
    let suite = connection.negotiated_cipher_suite().ok_or("no suite")?;
    let group = connection.negotiated_key_exchange_group().ok_or("no group")?;
    writeln!(
        out,
        "The server chooses:\n\n  version        {:?}\n  suite          {suite:?}\n  group          {:?}\n",
        connection.protocol_version().ok_or("no version")?,
        group.name()
    )?;
    let [leaf, ..] = connection.peer_certificates().ok_or("no certificate")? else {
        return Err("no certificate".into());
    };
    let leaf = Certificate::from_der(leaf)?;
    writeln!(
        out,
        "It shows a certificate, the client another one, and both sign what was said so\n\
         far with the keys to them:\n\n  server         {}, issued by {}\n  client         {}\n",
        leaf.subject(),
        leaf.issuer(),
        heard.client.as_deref().unwrap_or("none")
    )?;
    writeln!(out, "The keys of the traffic come from two other keys, made for this once:\n")?;
    for (whose, share) in shares.lock().map_err(|_| "a thread failed")?.iter() {
        let hex: String = share.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        writeln!(out, "  {whose:8} {hex}")?;
    }
    writeln!(
        out,
        "\nFrom there on, all is encrypted:\n\n  client         {}\n  server         {answer}\n",
        heard.message
    )?;
    Ok(())
}

/// A group that remembers the public keys that it's used with.
#[derive(Debug)]
struct Watched {
    group: &'static dyn SupportedKxGroup,
    shares: &'static Mutex<Vec<(&'static str, Vec<u8>)>>,
}

impl Watched {
    fn note(&self, whose: &'static str, share: &[u8]) {
        if let Ok(mut shares) = self.shares.lock() {
            shares.push((whose, share.to_vec()));
        }
    }
}

impl SupportedKxGroup for Watched {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, rustls::Error> {
        let exchange = self.group.start()?;
        self.note("client", exchange.pub_key());
        Ok(Box::new(WatchedExchange { exchange, shares: self.shares }))
    }

    fn start_and_complete(&self, peer: &[u8]) -> Result<CompletedKeyExchange, rustls::Error> {
        self.group.start_and_complete(peer)
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        self.group.name()
    }
}

struct WatchedExchange {
    exchange: Box<dyn ActiveKeyExchange>,
    shares: &'static Mutex<Vec<(&'static str, Vec<u8>)>>,
}

impl ActiveKeyExchange for WatchedExchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, rustls::Error> {
        if let Ok(mut shares) = self.shares.lock() {
            shares.push(("server", peer.to_vec()));
        }
        self.exchange.complete(peer)
    }

    fn pub_key(&self) -> &[u8] {
        self.exchange.pub_key()
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        self.exchange.group()
    }
}

// 2. Who is talked to.

fn corners(out: &mut impl Write, world: &World) -> Result<()> {
    heading(out, "2. Four corners")?;
    writeln!(
        out,
        "Trust goes each way for itself: a client may trust its server or not, and a\n\
         server may know its client or not.\n"
    )?;
    let strict: Arc<dyn ServerCertVerifier> = Arc::new(ServerVerifier::new(world.roots()));
    for (whom, identity) in [("trusted", &world.server), ("unknown", &world.stranger)] {
        for with_certificate in [true, false] {
            let client = world.client(strict.clone(), with_certificate, provider())?;
            let (called, _) = talk(HOST, client, world.server(identity, provider())?)?;
            let who = if with_certificate { "a client with a certificate" } else { "a client without" };
            writeln!(out, "  {who}, and a server that's {whom}:")?;
            match called {
                Ok((answer, _)) => writeln!(out, "    {answer}\n")?,
                Err(error) => writeln!(out, "    refused: {}\n", wrapped(&error.to_string()))?,
            }
        }
    }
    writeln!(out, "  a server that's trusted, under another name:")?;
    let client = world.client(strict, false, provider())?;
    let (called, _) = talk("www.example.org", client, world.server(&world.server, provider())?)?;
    match called {
        Ok(_) => Err("that should not have worked".into()),
        Err(error) => Ok(writeln!(out, "    refused: {}\n", wrapped(&error.to_string()))?),
    }
}

/// Text in lines of at most 80 characters.
fn wrapped(text: &str) -> String {
    let (mut lines, mut len) = (String::new(), 13);
    for word in text.split(' ') {
        if len + word.len() + 1 > 80 {
            lines.push_str("\n    ");
            len = 4;
        } else if !lines.is_empty() {
            lines.push(' ');
            len += 1;
        }
        lines.push_str(word);
        len += word.len();
    }
    lines
}

// 3. Encryption without trust.

/// Takes any certificate of anybody. Its name is a warning: who uses it doesn't know whom they talk to.
#[derive(Debug)]
struct DangerouslyAnybody(ServerVerifier);

impl ServerCertVerifier for DangerouslyAnybody {
    fn verify_server_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn untrusted(out: &mut impl Write, world: &World) -> Result<()> {
    heading(out, "3. Encryption without trust")?;
    writeln!(
        out,
        "Encryption and trust are independent. Who decides to, and says so, talks to the\n\
         stranger; nobody on the way can read it, and who it is that can, isn't known:\n"
    )?;
    let verifier = Arc::new(DangerouslyAnybody(ServerVerifier::new(TrustStore::new())));
    let client = world.client(verifier, false, provider())?;
    let (called, served) = talk(HOST, client, world.server(&world.stranger, provider())?)?;
    let ((answer, connection), heard) = (called?, served?);
    let suite = connection.negotiated_cipher_suite().ok_or("no suite")?;
    writeln!(out, "  by {suite:?}\n  client         {}\n  server         {answer}\n", heard.message)?;
    Ok(())
}
