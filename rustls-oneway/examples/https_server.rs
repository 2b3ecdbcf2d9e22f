//! A server of one page by HTTPS, with the pure-Rust provider, for browsers, curl and OpenSSL to talk to.
//!
//! ```text
//! cargo run --release -p rustls-oneway --example https_server -- --listen 127.0.0.1:8443 --cert chain.pem --key server.key
//! curl --cacert root.pem https://localhost:8443/
//! ```

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use oneway::trust::{Certificate, KeyStore, StoreOptions, TrustStore};
use rustls::crypto::SupportedKxGroup;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_oneway::{ClientVerifier, Ticketer, provider};

const USAGE: &str = "\
usage: https_server --listen ADDRESS --cert FILE --key FILE
                    [--client-roots FILE] [--connections N]

  --listen ADDRESS     where to wait, such as 127.0.0.1:8443 (port 0: any)
  --cert FILE          the server's certificate and those up to its root, PEM
  --key FILE           the private key to it, as PEM
  --client-roots FILE  demand a certificate of these authorities' of clients
  --connections N      end after so many connections

The page says how it was fetched, and by whom. The address is printed when the
server waits.";

/// A request's head is at most so long.
const MAX_HEAD: u64 = 1 << 16;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[derive(Default)]
struct Options {
    listen: String,
    cert: String,
    key: String,
    client_roots: Option<String>,
    connections: Option<usize>,
}

fn main() -> ExitCode {
    match read_options(std::env::args().skip(1)) {
        Ok(None) => println!("{USAGE}"),
        Ok(Some(options)) => {
            if let Err(error) = serve(&options) {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// None if the usage is asked for.
fn read_options(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" => return Ok(None),
            "--listen" => options.listen = value()?,
            "--cert" => options.cert = value()?,
            "--key" => options.key = value()?,
            "--client-roots" => options.client_roots = Some(value()?),
            "--connections" => options.connections = Some(value()?.parse()?),
            _ => return Err(format!("unknown argument {argument}").into()),
        }
    }
    for (value, name) in [(&options.listen, "--listen"), (&options.cert, "--cert"), (&options.key, "--key")] {
        if value.is_empty() {
            return Err(format!("{name} is needed").into());
        }
    }
    Ok(Some(options))
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{path}: {error}").into())
}

fn config(options: &Options) -> Result<ServerConfig> {
    // The key has to be the certificate's; clients have the root themselves.
    let text = [read(&options.key)?, read(&options.cert)?].concat();
    let store = KeyStore::from_pem_with(text, &StoreOptions::new().allow_incomplete())?;
    let chain = store.chain().iter().map(|certificate| certificate.to_der().to_vec().into()).collect();
    let config =
        ServerConfig::builder_with_provider(Arc::new(provider())).with_safe_default_protocol_versions()?;
    let config = match &options.client_roots {
        Some(path) => {
            let roots = TrustStore::from_pem(read(path)?)?;
            config.with_client_cert_verifier(Arc::new(ClientVerifier::new(roots)))
        }
        None => config.with_no_client_auth(),
    };
    let key = PrivatePkcs8KeyDer::from(store.key().to_der().to_vec());
    let mut config = config.with_single_cert(chain, key.into())?;
    config.ticketer = Ticketer::new()?;
    Ok(config)
}

fn serve(options: &Options) -> Result<()> {
    let config = Arc::new(config(options)?);
    let listener = TcpListener::bind(&options.listen)?;
    println!("https://{}/", listener.local_addr()?);
    let mut threads = Vec::new();
    for socket in listener.incoming().take(options.connections.unwrap_or(usize::MAX)) {
        // One that went away again, or one too many for now.
        let Ok(socket) = socket else { continue };
        let config = config.clone();
        let thread = thread::spawn(move || {
            let from = socket.peer_addr().map_or("somebody".to_string(), |address| address.to_string());
            match answer(socket, config) {
                Ok(request) => eprintln!("{from}: {request:?}"),
                Err(error) => eprintln!("{from}: {error}"),
            }
        });
        if options.connections.is_some() {
            threads.push(thread);
        }
    }
    for thread in threads {
        thread.join().map_err(|_| "a thread failed")?;
    }
    Ok(())
}

/// Reads a request and sends the page; the request's first line.
fn answer(socket: TcpStream, config: Arc<ServerConfig>) -> Result<String> {
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    socket.set_write_timeout(Some(Duration::from_secs(30)))?;
    let mut stream = StreamOwned::new(ServerConnection::new(config)?, socket);
    let mut head = BufReader::new(std::io::Read::take(&mut stream, MAX_HEAD));
    let mut request = String::new();
    head.read_line(&mut request)?;
    let mut line = String::new();
    while head.read_line(&mut line)? > 0 && !line.trim_end().is_empty() {
        line.clear();
    }
    let page = page(&stream.conn)?;
    let (status, page) = if request.starts_with("GET ") {
        ("200 OK", page)
    } else {
        ("405 Method Not Allowed", "only GET\n".into())
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(request.trim_end().to_string())
}

fn page(connection: &ServerConnection) -> Result<String> {
    let client = match connection.peer_certificates() {
        Some([leaf, ..]) => Certificate::from_der(leaf)?.subject().to_string(),
        _ => "whoever you are".into(),
    };
    let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
    let group = connection.negotiated_key_exchange_group().map(SupportedKxGroup::name);
    Ok(format!(
        "Hello, {client}.\n{:?}, {suite:?}, {group:?}\n",
        connection.protocol_version().ok_or("no version")?
    ))
}
