//! Where and with what the race is run.

use std::process::Command;

use oneway::hazmat::engine::Engine;
use oneway::trust::Time;

use crate::peers::Peer;
use crate::rows::{Curve, Op};

/// The line of the processor.
pub(crate) const CPU: &str = "CPU";
/// The line of its features.
pub(crate) const FLAGS: &str = "flags";
/// The variable that takes features of the CPU away from OpenSSL and AWS-LC.
pub(crate) const IA32CAP: &str = "OPENSSL_ia32cap";

/// The flags that decide which code runs, in /proc/cpuinfo's names.
const CPU_FLAGS: [&str; 9] =
    ["avx2", "bmi2", "adx", "avx512f", "avx512vl", "avx512ifma", "sha_ni", "vaes", "avx512vbmi"];

/// The head of the report: (what, which).
pub(crate) fn describe(peers: &[Peer]) -> Vec<(String, String)> {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpuinfo.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, value)| value).to_owned()
    };
    let flags = field("flags");
    let flags: Vec<&str> = flags.split(' ').filter(|flag| CPU_FLAGS.contains(flag)).collect();
    let cpu = format!("{} (family {}, model {})", field("model name"), field("cpu family"), field("model\t"));
    let engines: Vec<String> = Engine::available().map(|engine| engine.to_string()).collect();
    let mut lines = vec![
        (CPU.to_owned(), cpu),
        (FLAGS.to_owned(), flags.join(" ")),
        ("compiler".to_owned(), env!("RUSTC_VERSION").to_owned()),
        ("oneway".to_owned(), revision()),
        ("engines".to_owned(), engines.join(", ")),
        ("date".to_owned(), Time::from_unix_seconds(Time::now().unix_seconds()).to_string()),
    ];
    lines.extend(peers.iter().map(|peer| (peer.name.to_owned(), version(peer))));
    lines.push((IA32CAP.to_owned(), std::env::var(IA32CAP).unwrap_or_else(|_| "not set".to_owned())));
    lines
}

/// Which engines a row holds to their goals: the IFMA engine's is meant for peers that use IFMA as far as they can,
/// the others' for peers without.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) ifma: bool,
    pub(crate) others: bool,
}

/// Which engines are held to their goals in this row.
pub(crate) fn held(op: Op) -> Held {
    let peers_use_it = match op {
        // Of the curves' rows, IFMA is used by dalek in these, if at all.
        Op::CurveVerify(Curve::Curve25519) | Op::Batch(_) => dalek_has_ifma(),
        Op::Agree(_) | Op::PublicKey(_) | Op::CurveSign(_) | Op::CurveVerify(_) => {
            return Held { ifma: true, others: true };
        }
        _ => std::env::var_os(IA32CAP).is_none(),
    };
    Held { ifma: peers_use_it, others: !peers_use_it }
}

/// Whether curve25519-dalek was built with its backend for AVX-512 IFMA.
pub(crate) fn dalek_has_ifma() -> bool {
    env!("DALEK_BACKEND") == "avx512"
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

/// The versions of the packages in Cargo.lock, and what the code says of itself. Where there are several of one package,
/// the newest is the peer, and others are what some peer stands on.
fn version(peer: &Peer) -> String {
    let locked = peer.packages.iter().map(|package| {
        let start = format!("name = \"{package}\"\nversion = \"");
        let rest = include_str!("../../../Cargo.lock").rsplit_once(&start).map(|(_, rest)| rest);
        let version = rest.and_then(|rest| rest.split_once('"'));
        format!("{package} {}", version.map_or("unknown", |(version, _)| version))
    });
    let locked = locked.collect::<Vec<_>>().join(", ");
    match peer.version {
        Some(version) => format!("{} ({locked})", version()),
        None => locked,
    }
}
