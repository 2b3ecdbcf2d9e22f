//! Where and with what the race is run.

use std::process::Command;

use serde_json::{Value, json};

use crate::peers::Peer;

/// The variable that takes features of the CPU away from OpenSSL and AWS-LC.
const IA32CAP: &str = "OPENSSL_ia32cap";

/// The flags that decide which code runs, in /proc/cpuinfo's names.
const FLAGS: [&str; 9] =
    ["avx2", "bmi2", "adx", "avx512f", "avx512vl", "avx512ifma", "sha_ni", "vaes", "avx512vbmi"];

/// The head of the report: (what, which).
pub(crate) fn describe(peers: &[Peer]) -> Vec<(String, String)> {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpuinfo.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, value)| value).to_owned()
    };
    let flags = field("flags");
    let flags: Vec<&str> = flags.split(' ').filter(|flag| FLAGS.contains(flag)).collect();
    let cpu = format!("{} (family {}, model {})", field("model name"), field("cpu family"), field("model\t"));
    let mut lines = vec![
        ("CPU".to_owned(), cpu),
        ("flags".to_owned(), flags.join(" ")),
        ("compiler".to_owned(), env!("RUSTC_VERSION").to_owned()),
        ("oneway".to_owned(), revision()),
    ];
    lines.extend(peers.iter().map(|peer| (peer.name.to_owned(), version(peer))));
    lines.push((IA32CAP.to_owned(), std::env::var(IA32CAP).unwrap_or_else(|_| "not set".to_owned())));
    lines
}

/// Whether OpenSSL and AWS-LC were told to do without some of the CPU's features.
pub(crate) fn peers_are_masked() -> bool {
    std::env::var_os(IA32CAP).is_some()
}

pub(crate) fn to_json(lines: &[(String, String)]) -> Value {
    lines.iter().map(|(what, which)| (what.clone(), json!(which))).collect::<serde_json::Map<_, _>>().into()
}

/// The commit that's checked out, with a mark if files differ from it.
fn revision() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(arguments).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    match git(&["describe", "--always", "--dirty", "--exclude=*"]) {
        commit if commit.is_empty() => "unknown commit".to_owned(),
        commit => format!("commit {commit}"),
    }
}

/// The version of the package in Cargo.lock, and what the code says of itself.
fn version(peer: &Peer) -> String {
    let start = format!("name = \"{}\"\nversion = \"", peer.package);
    let locked = include_str!("../Cargo.lock").split_once(&start).and_then(|(_, rest)| rest.split_once('"'));
    let locked = format!("{} {}", peer.package, locked.map_or("unknown", |(version, _)| version));
    match peer.version {
        Some(version) => format!("{} ({locked})", version()),
        None => locked,
    }
}
