//! Pages are fetched by reqwest, and by hyper's client through hyper-rustls, from a server of hyper's: over TCP on this
//! machine, in TLS 1.3 and 1.2, by HTTP/1.1 and HTTP/2, with the provider at both ends.

#[path = "../../../rustls-oneway/tests/common/mod.rs"]
mod common;

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use common::{HOST, Identity, KINDS, World, client, der, key, server};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use oneway::trust::{Authority, Certificate, TrustStore, Validity};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_oneway::{ClientVerifier, ServerVerifier, provider};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// Several records, and with HTTP/2 several frames.
const LEN: usize = 100_000;

/// Versions of TLS and HTTP, as they're named in pages.
const VERSIONS: [(&SupportedProtocolVersion, bool, &str); 4] = [
    (&rustls::version::TLS13, true, "TLSv1_3, HTTP/2.0"),
    (&rustls::version::TLS13, false, "TLSv1_3, HTTP/1.1"),
    (&rustls::version::TLS12, true, "TLSv1_2, HTTP/2.0"),
    (&rustls::version::TLS12, false, "TLSv1_2, HTTP/1.1"),
];

/// Who verifies the server's certificate.
#[derive(Clone, Copy, Debug)]
enum By {
    Webpki,
    Oneway,
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// Serves pages that say by what they're fetched, until the runtime ends; where.
async fn serve(world: &World) -> SocketAddr {
    let clients = ClientVerifier::new(world.store()).allow_unauthenticated();
    let mut config: ServerConfig = server(provider(), rustls::ALL_VERSIONS)
        .with_client_cert_verifier(Arc::new(clients))
        .with_single_cert(world.server.certificates(), world.server.private_key())
        .unwrap();
    config.ticketer = rustls_oneway::Ticketer::new().unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Clients that refuse the certificate hang up.
                let Ok(stream) = acceptor.accept(socket).await else { return };
                let (_, tls) = stream.get_ref();
                let version = tls.protocol_version().unwrap();
                let client = if tls.peer_certificates().is_some() { "Alice" } else { "nobody" };
                let answer = service_fn(move |request: Request<_>| async move {
                    let head = format!("{version:?}, {:?}, {client}\n", request.version());
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(page(&head)))))
                });
                let server = auto::Builder::new(TokioExecutor::new());
                server.serve_connection(TokioIo::new(stream), answer).await.unwrap();
            });
        }
    });
    address
}

/// A long page under that line.
fn page(head: &str) -> String {
    let letters = (0..LEN).map(|i| char::from(b'a' + (i * i % 26) as u8));
    head.chars().chain(letters).collect()
}

/// A client's configuration, without the protocols above TLS, which hyper-rustls puts in.
fn config(
    root: &Certificate,
    version: &'static SupportedProtocolVersion,
    by: By,
    identity: Option<&Identity>,
) -> ClientConfig {
    let builder = client(provider(), &[version]);
    let builder = match by {
        By::Webpki => {
            let mut roots = RootCertStore::empty();
            roots.add(der(root)).unwrap();
            builder.with_root_certificates(roots)
        }
        By::Oneway => {
            let verifier = ServerVerifier::new(TrustStore::from_iter([root.clone()]));
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    match identity {
        Some(identity) => {
            builder.with_client_auth_cert(identity.certificates(), identity.private_key()).unwrap()
        }
        None => builder.with_no_client_auth(),
    }
}

/// A root that has issued nothing.
fn stranger() -> Certificate {
    let root = Authority::self_signed("CN=Root of a Stranger", key("P-256"), Validity::days(100)).unwrap();
    root.certificate().clone()
}

/// An error with all that's under it, as a program would print it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        write!(text, ": {error}").unwrap();
        source = error.source();
    }
    text
}

/// By hyper's client.
async fn by_hyper(address: SocketAddr, host: &str, config: ClientConfig, h2: bool) -> Result<String, String> {
    let name = ServerName::try_from(host).unwrap().to_owned();
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_only()
        .with_server_name_resolver(FixedServerNameResolver::new(name));
    let connector = if h2 { connector.enable_http2().build() } else { connector.enable_http1().build() };
    let client = Client::builder(TokioExecutor::new()).http2_only(h2).build::<_, Empty<Bytes>>(connector);
    let uri = format!("https://{address}/").parse().unwrap();
    let response = client.get(uri).await.map_err(|error| chain(&error))?;
    assert!(response.status().is_success());
    let body = response.into_body().collect().await.map_err(|error| chain(&error))?;
    Ok(String::from_utf8(body.to_bytes().to_vec()).unwrap())
}

/// By reqwest, with what's been chosen of TLS.
async fn by_reqwest(
    address: SocketAddr,
    host: &str,
    builder: reqwest::ClientBuilder,
) -> Result<String, String> {
    let client = builder.no_proxy().resolve(host, address).build().map_err(|error| chain(&error))?;
    let uri = format!("https://{host}:{}/", address.port());
    let response = client.get(uri).send().await.map_err(|error| chain(&error))?;
    assert!(response.status().is_success());
    response.text().await.map_err(|error| chain(&error))
}

/// reqwest with a configuration of rustls's.
fn preconfigured(mut config: ClientConfig, h2: bool) -> reqwest::ClientBuilder {
    config.alpn_protocols = if h2 { vec![b"h2".to_vec()] } else { vec![b"http/1.1".to_vec()] };
    reqwest::Client::builder().tls_backend_preconfigured(config)
}

#[test]
fn pages_arrive() {
    runtime().block_on(async {
        for kind in KINDS {
            let world = World::new(kind);
            let address = serve(&world).await;
            for (version, h2, names) in VERSIONS {
                for (by, identity, who) in
                    [(By::Webpki, None, "nobody"), (By::Oneway, Some(&world.client), "Alice")]
                {
                    let config = config(world.root.certificate(), version, by, identity);
                    let head = format!("{names}, {who}\n");
                    let fetched = by_hyper(address, HOST, config.clone(), h2).await.unwrap();
                    assert!(fetched == page(&head), "hyper: {kind}, {head}");
                    let fetched = by_reqwest(address, HOST, preconfigured(config, h2)).await.unwrap();
                    assert!(fetched == page(&head), "reqwest: {kind}, {head}");
                }
            }
        }
    });
}

/// As the provider of the process, which is what reqwest looks for if it's told nothing but whom to trust.
#[test]
fn reqwest_takes_the_provider_of_the_process() {
    rustls_oneway::install_default().unwrap();
    let world = World::new("P-256");
    let trusting = |root: &Certificate| {
        let root = reqwest::Certificate::from_der(&der(root)).unwrap();
        reqwest::Client::builder().tls_certs_only([root])
    };
    runtime().block_on(async {
        let address = serve(&world).await;
        let fetched = by_reqwest(address, HOST, trusting(world.root.certificate())).await.unwrap();
        assert!(fetched == page("TLSv1_3, HTTP/2.0, nobody\n"));
        let old =
            trusting(world.root.certificate()).tls_version_max(reqwest::tls::Version::TLS_1_2).http1_only();
        let fetched = by_reqwest(address, HOST, old).await.unwrap();
        assert!(fetched == page("TLSv1_2, HTTP/1.1, nobody\n"));
        let refused = by_reqwest(address, HOST, trusting(&stranger())).await.unwrap_err();
        assert!(refused.contains("invalid peer certificate: UnknownIssuer"), "{refused}");
    });
}

#[test]
fn strangers_are_refused_with_the_reason() {
    runtime().block_on(async {
        let (world, stranger) = (World::new("P-256"), stranger());
        let root = world.root.certificate();
        let address = serve(&world).await;
        let cases = [
            // (whom the client trusts, whom it looks for, who verifies, the reason)
            (&stranger, HOST, By::Webpki, "invalid peer certificate: UnknownIssuer"),
            (&stranger, HOST, By::Oneway, "was issued by CN=Root, of whom there's no certificate"),
            (root, "www.example.org", By::Webpki, "certificate not valid for name \"www.example.org\""),
            (root, "www.example.org", By::Oneway, "certificate not valid for name \"www.example.org\""),
        ];
        for (trusted, host, by, reason) in cases {
            for (version, h2, names) in VERSIONS {
                let config = config(trusted, version, by, None);
                let refused = by_hyper(address, host, config.clone(), h2).await.unwrap_err();
                assert!(refused.contains(reason), "hyper: {names}, {by:?}: {refused}");
                let refused = by_reqwest(address, host, preconfigured(config, h2)).await.unwrap_err();
                assert!(refused.contains(reason), "reqwest: {names}, {by:?}: {refused}");
            }
        }
    });
}
