//! Fetches a page by HTTPS, with the pure-Rust provider, and says who answered.
//!
//! ```text
//! cargo run --release -p rustls-oneway --example https_get -- www.example.com
//! cargo run --release -p rustls-oneway --example https_get -- localhost:8443 --roots root.pem
//! ```

use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use oneway::trust::{Certificate, KeyStore, StoreOptions, TrustStore};
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_oneway::{ServerVerifier, provider};

const USAGE: &str = "\
usage: https_get HOST[:PORT] [--path PATH] [--roots FILE]
                 [--cert FILE --key FILE]

  HOST          the server, by its name or address (port 443 unless told)
  --path PATH   the page, / unless told
  --roots FILE  trust these certificates (PEM); without it, what the system does
  --cert FILE   a client's certificate and those up to its root, as PEM
  --key FILE    the private key to it, as PEM

The page goes to standard output, what's known of the connection to standard
error.";

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

#[derive(Default)]
struct Options {
    host: String,
    port: u16,
    path: String,
    roots: Option<String>,
    cert: Option<String>,
    key: Option<String>,
}

fn main() -> ExitCode {
    match read_options(std::env::args().skip(1)) {
        Ok(None) => println!("{USAGE}"),
        Ok(Some(options)) => {
            if let Err(error) = get(&options) {
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
    let mut options = Options { path: "/".into(), port: 443, ..Options::default() };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" => return Ok(None),
            "--path" => options.path = value()?,
            "--roots" => options.roots = Some(value()?),
            "--cert" => options.cert = Some(value()?),
            "--key" => options.key = Some(value()?),
            text if text.starts_with('-') || !options.host.is_empty() => {
                return Err(format!("unknown argument {text}").into());
            }
            text if text.contains('/') => {
                return Err(format!("a host alone is needed, without https:// or a path: {text}").into());
            }
            text => {
                match text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']')) {
                    Some((host, port)) => {
                        options.host = host.trim_matches(['[', ']']).into();
                        options.port = port.parse().map_err(|_| format!("{port} isn't a port"))?;
                    }
                    None => options.host = text.trim_matches(['[', ']']).into(),
                }
            }
        }
    }
    if options.host.is_empty() {
        return Err("a host is needed".into());
    }
    if options.cert.is_some() != options.key.is_some() {
        return Err("--cert and --key go together".into());
    }
    Ok(Some(options))
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{path}: {error}").into())
}

fn get(options: &Options) -> Result<()> {
    let verifier = match &options.roots {
        Some(path) => ServerVerifier::new(TrustStore::from_pem(read(path)?)?),
        None => ServerVerifier::native()?,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()?
        .dangerous() // as dangerous as the verifier is
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match (&options.cert, &options.key) {
        (Some(cert), Some(key)) => {
            let text = [read(key)?, read(cert)?].concat();
            let store = KeyStore::from_pem_with(text, &StoreOptions::new().allow_incomplete())?;
            let chain =
                store.chain().iter().map(|certificate| certificate.to_der().to_vec().into()).collect();
            config.with_client_auth_cert(
                chain,
                PrivatePkcs8KeyDer::from(store.key().to_der().to_vec()).into(),
            )?
        }
        _ => config.with_no_client_auth(),
    };
    let name = ServerName::try_from(options.host.clone())?;
    let socket = TcpStream::connect((options.host.as_str(), options.port))?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, socket);
    // RFC 9110, section 7.2: addresses of IPv6 in brackets, and the port unless it's the usual one.
    let host = if options.host.contains(':') { format!("[{}]", options.host) } else { options.host.clone() };
    let host = if options.port == 443 { host } else { format!("{host}:{}", options.port) };
    write!(
        stream,
        "GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: oneway\r\n\r\n",
        options.path
    )?;
    stream.flush()?;
    describe(&stream.conn)?;
    let mut page = Vec::new();
    match stream.read_to_end(&mut page) {
        Ok(_) => {}
        // Some servers hang up without a word, and what came may not be all.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            eprintln!("warning: the connection ended without a close_notify: the page may be cut short");
        }
        Err(error) => return Err(error.into()),
    }
    io::stdout().write_all(&page)?;
    Ok(())
}

fn describe(connection: &ClientConnection) -> Result<()> {
    if let (Some(version), Some(suite), Some(group)) = (
        connection.protocol_version(),
        connection.negotiated_cipher_suite(),
        connection.negotiated_key_exchange_group(),
    ) {
        eprintln!("{version:?}, {suite:?}, {:?}", group.name());
    }
    if let Some([leaf, ..]) = connection.peer_certificates() {
        eprintln!("{}", Certificate::from_der(leaf)?);
    }
    Ok(())
}
