//! The examples are run: what they print is checked, and other programs talk to them.
#![cfg(all(feature = "std", feature = "trust", feature = "tls12"))]

mod common;
#[path = "../../tests/openssl/mod.rs"]
mod openssl;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use common::World;
use oneway::trust::{Certificate, Profile, Request, Validity};
use openssl::OpenSsl;

/// The program of an example, which `cargo test` has built: target/PROFILE/examples/NAME.
fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let profile = own.parent().and_then(|deps| deps.parent()).unwrap();
    let program = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "cargo build -p rustls-oneway --examples first: {}", program.display());
    program
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn handshake_tells_its_story() {
    let output = Command::new(program("handshake")).output().unwrap();
    let text = text(&output);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "  server name    www.example.com\n  suites         TLS13_AES_256_GCM_SHA384,\n",
        "  groups         X25519,\n                 secp256r1,\n",
        "  version        TLSv1_3\n  suite          TLS13_AES_256_GCM_SHA384\n  group          X25519\n",
        "  server         CN=www.example.com, issued by CN=Example Root\n  client         CN=Alice\n",
        "  client         a secret order\n  server         hello, CN=Alice\n",
        "  a client without, and a server that's trusted:\n    hello, whoever you are\n",
        "under another name:\n    refused: invalid peer certificate: certificate not valid for name",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert_eq!(text.matches("was issued by CN=Root of a Stranger").count(), 2, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // At its end, the next example as the map of all of them has it.
    let map = include_str!("../../examples/README.md");
    let (_, rest) = map.split_once("13. https_server\n\n    ").unwrap();
    let command = rest.split_once("\n\n").unwrap().0.replace("\n    ", "\n");
    let end = "\nTo read on: oneway::manual::tls (cargo doc -p oneway --open).\nThe next example:\n\n  ";
    assert!(text.ends_with(&format!("{end}{command}\n")), "{command}\n\n{text}");
}

#[test]
fn https_get_says_what_is_no_host() {
    for (host, reason) in [
        ("https://www.example.com", "without https:// or a path"),
        ("www.example.com/index.html", "without https:// or a path"),
        ("www.example.com:https", "https isn't a port"),
    ] {
        let output = Command::new(program("https_get")).arg(host).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(reason), "{host}: {said}");
    }
}

/// The server's example, waiting, which is ended with the value; and its port.
struct Server(Child, String);

impl Server {
    fn new(openssl: &OpenSsl, arguments: &str) -> Self {
        let mut command = Command::new(program("https_server"));
        let arguments = format!("--listen 127.0.0.1:0 --cert server.pem --key server.key {arguments}");
        command.args(arguments.split_whitespace()).current_dir(openssl.folder());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim_end().trim_end_matches('/').rsplit(':').next().unwrap().to_string();
        Self(child, port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn write(openssl: &OpenSsl, world: &World) {
    let pem =
        |identity: &common::Identity| identity.chain.iter().map(Certificate::to_pem).collect::<String>();
    openssl.write("root.pem", world.root.certificate().to_pem().as_bytes());
    for (name, identity) in [("server", &world.server), ("client", &world.client)] {
        openssl.write(&format!("{name}.pem"), pem(identity).as_bytes());
        openssl.write(&format!("{name}.key"), identity.key.to_pem().as_bytes());
    }
}

#[test]
fn curl_and_https_get_fetch_a_page() {
    let Some(openssl) = OpenSsl::new() else { return };
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    if !has_curl {
        eprintln!("skipped in part: there's no command `curl`");
    }
    for kind in ["RSA", "P-256"] {
        // The examples find their certificate in a file by its key, which only one has to have.
        let inter_key = match kind {
            "RSA" => oneway::key::PrivateKey::from_pem(openssl.run("genrsa 2048")).unwrap(),
            kind => common::key(kind),
        };
        let mut world = World::with_authority_key(kind, inter_key);
        let key = common::key(kind);
        let names = Request::builder("CN=www.example.com").dns("www.example.com").ip([127, 0, 0, 1]);
        let request = names.sign(&key).unwrap();
        let certificate = world.inter.issue(&request, Profile::server(), Validity::days(30)).unwrap();
        world.server.chain[0] = certificate;
        world.server.key = key;
        write(&openssl, &world);
        for mutual in [false, true] {
            let server = Server::new(&openssl, if mutual { "--client-roots root.pem" } else { "" });
            let port = &server.1;
            let hello = if mutual { "Hello, CN=Alice." } else { "Hello, whoever you are." };
            let identity = if mutual { "--cert client.pem --key client.key" } else { "" };
            let curl = |arguments: String| {
                let mut command = Command::new("curl");
                command.args(arguments.split_whitespace()).current_dir(openssl.folder()).output().unwrap()
            };
            if has_curl {
                for version in ["--tls-max 1.2", "--tlsv1.3"] {
                    let to =
                        format!("--resolve www.example.com:{port}:127.0.0.1 https://www.example.com:{port}/");
                    let output = curl(format!("-sS --noproxy * --cacert root.pem {version} {identity} {to}"));
                    assert!(text(&output).starts_with(hello), "{version}: {output:?}");
                }
                let to =
                    format!("--resolve www.example.org:{port}:127.0.0.1 https://www.example.org:{port}/");
                let output = curl(format!("-sS --noproxy * --cacert root.pem {identity} {to}"));
                assert!(!output.status.success(), "another name: {output:?}");
            }
            let get = |host: &str| {
                let mut command = Command::new(program("https_get"));
                let arguments = format!("{host}:{port} --roots root.pem {identity}");
                command.args(arguments.split_whitespace()).current_dir(openssl.folder()).output().unwrap()
            };
            let output = get("127.0.0.1");
            assert!(text(&output).contains(hello), "{output:?}");
            // The certificate isn't for this name.
            let output = get("localhost");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && said.contains("not valid for name"), "{said}");
        }
    }
}
