//! What's in a file of certificates, and whether the first of them is to be trusted.
//!
//! ```text
//! cargo run --release --features trust --example inspect -- chain.pem
//! cargo run --release --features trust --example inspect -- --verify www.example.com chain.pem
//! ```
//!
//! A file is PEM text, with any number of certificates, or one certificate in DER. Servers send their own
//! certificate first, then those that lead from there to a root, and in that order
//! `openssl s_client -showcerts -connect HOST:443` prints them.

mod common;

use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneway::key;
use oneway::trust::{Certificate, Crl, Name, Policy, Purpose, Revocation, Rule, Time, TrustStore, Verifier};
use zeroize::Zeroizing;

use common::{Arguments, Stop, heading, run};

const USAGE: &str = "\
usage: inspect FILE...
       inspect --verify NAME [--roots FILE] [--at TIME] [--policy web|rfc5280]
               [--crl FILE]... FILE...

  FILE           certificates, as PEM or DER: print them
  --verify NAME  say whether the first certificate of the first file is to be
                 trusted for this domain name, IP address or mail address; the
                 other certificates may be between it and a root
  --roots FILE   trust these; without it, what the operating system trusts
  --at TIME      at this time, such as 2026-12-01T00:00:00Z; without it, now
  --policy NAME  by the rules of the Web (web, the default for servers), or by
                 those of RFC 5280 (rfc5280, the default for mail)
  --crl FILE     by these revocation lists, as PEM or DER: every certificate
                 but the root has to be covered by one
  --help         this text (files of such names: ./--help)

Exit code 0: read, or trusted. 1: not readable, or not trusted.";

fn main() -> ExitCode {
    run(USAGE, |out| {
        match read_arguments()? {
            Task::Print(files) => print(out, &files)?,
            Task::Verify(question) => verify(out, &question)?,
        }
        // Where nobody reads it, what's in the files is all.
        if out.is_terminal() {
            writeln!(out)?;
            common::next(out, "trust", "--features pkcs12 --example keystore")?;
        }
        Ok(())
    })
}

// The command line.

/// What the command line asks for.
enum Task {
    Print(Vec<PathBuf>),
    Verify(Box<Question>),
}

/// A question for the verifier.
struct Question {
    name: Name,
    roots: Option<PathBuf>,
    time: Time,
    policy: Option<Policy>,
    crls: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

fn read_arguments() -> Result<Task, Stop> {
    let usage = |text: String| Err(Stop::Usage(text));
    let (mut name, mut roots, mut time, mut policy) = (None, None, None, None);
    let (mut crls, mut files) = (Vec::new(), Vec::new());
    let mut options = Vec::new();
    let mut arguments = Arguments::new();
    while let Some(argument) = arguments.take()? {
        options.extend(argument.option().map(str::to_owned));
        let mut value = |what: &str| arguments.value(&argument, what);
        match argument.option() {
            None => files.push(PathBuf::from(argument.text)),
            Some("--verify") => name = Some(read_name(&value("a name")?)?),
            Some("--roots") => roots = Some(PathBuf::from(value("a file")?)),
            Some("--crl") => crls.push(PathBuf::from(value("a file")?)),
            Some("--at") => time = Some(read_time(&value("a time")?)?),
            Some("--policy") => policy = Some(read_policy(&value("a name")?)?),
            Some(_) => return Err(argument.unknown()),
        }
    }
    if files.is_empty() {
        return usage("a file of certificates is needed".into());
    }
    let Some(name) = name else {
        return match options.first() {
            Some(option) => usage(format!("{option} goes with --verify")),
            None => Ok(Task::Print(files)),
        };
    };
    let time = time.unwrap_or_else(Time::now);
    Ok(Task::Verify(Box::new(Question { name, roots, time, policy, crls, files })))
}

fn read_name(text: &OsString) -> Result<Name, Stop> {
    Name::new(&text.to_string_lossy()).map_err(|error| Stop::Usage(format!("--verify: {error}")))
}

fn read_time(text: &OsString) -> Result<Time, Stop> {
    let time = text.to_str().and_then(|text| text.parse().ok());
    time.ok_or_else(|| Stop::Usage("--at takes a time in UTC, such as 2026-12-01T00:00:00Z".into()))
}

fn read_policy(name: &OsString) -> Result<Policy, Stop> {
    match name.to_str() {
        Some("web") => Ok(Policy::web()),
        Some("rfc5280") => Ok(Policy::rfc5280()),
        _ => Err(Stop::Usage("--policy takes web or rfc5280".into())),
    }
}

// Files.

/// Something in a file.
enum Item {
    Certificate(Box<Certificate>),
    Crl(Box<Crl>),
    PublicKey(key::PublicKey),
    /// Something else, by the label of its PEM block.
    Other(String),
}

/// All that's in a file; what can't be read comes with the reason.
fn read_file(path: &Path) -> Result<Vec<Result<Item, String>>, Stop> {
    /// More than any list of roots, and than the longest revocation lists in use.
    const MOST: u64 = 64 << 20;
    let file = File::open(path).map_err(|error| Stop::file(path, error))?;
    let len = file.metadata().map_or(0, |data| data.len().min(MOST));
    // There may be a private key in it: all the room that's needed, so that no part stays behind in a smaller one.
    let mut bytes = Zeroizing::new(Vec::with_capacity(len as usize + 1));
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| Stop::file(path, error))?;
    if bytes.len() as u64 > MOST {
        return Err(Stop::Failed(format!("{}: longer than 64 MiB", path.display())));
    }
    let items: Vec<_> = pem_blocks(&bytes).map(|(label, block)| read_block(label, block)).collect();
    if !items.is_empty() {
        return Ok(items);
    }
    match read_der(&bytes) {
        Ok(item) => Ok(vec![Ok(item)]),
        Err(reason) => Err(Stop::Failed(format!(
            "{}: there are no certificates in it, neither as PEM nor as DER ({reason})",
            path.display()
        ))),
    }
}

/// The blocks of PEM text, from their BEGIN lines on, with their labels.
fn pem_blocks(text: &[u8]) -> impl Iterator<Item = (String, &[u8])> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let is_begin = |i: &usize| text[*i..].starts_with(BEGIN) && (*i == 0 || b"\r\n".contains(&text[*i - 1]));
    let starts: Vec<usize> = (0..text.len()).filter(is_begin).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| {
        let block = &text[start..end];
        let label = block[BEGIN.len()..].split(|c| b"-\r\n".contains(c)).next().unwrap_or_default();
        (String::from_utf8_lossy(label).escape_debug().to_string(), block)
    })
}

fn read_block(label: String, block: &[u8]) -> Result<Item, String> {
    match label.as_str() {
        "CERTIFICATE" | "X509 CERTIFICATE" => match Certificate::from_pem(block) {
            Ok(certificate) => Ok(Item::Certificate(Box::new(certificate))),
            Err(error) => Err(error.to_string()),
        },
        "X509 CRL" => {
            Crl::from_pem(block).map(|crl| Item::Crl(Box::new(crl))).map_err(|error| error.to_string())
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => match key::PublicKey::from_pem(block) {
            Ok(key) => Ok(Item::PublicKey(key)),
            Err(_) => Ok(Item::Other(label)),
        },
        _ => Ok(Item::Other(label)),
    }
}

/// DER of a certificate, a revocation list or a key; or the reason why it's not a certificate.
fn read_der(bytes: &[u8]) -> Result<Item, String> {
    let error = match Certificate::from_der(bytes) {
        Ok(certificate) => return Ok(Item::Certificate(Box::new(certificate))),
        Err(error) => error,
    };
    if let Ok(crl) = Crl::from_der(bytes) {
        return Ok(Item::Crl(Box::new(crl)));
    }
    if let Ok(key) = key::PublicKey::from_der(bytes) {
        return Ok(Item::PublicKey(key));
    }
    if key::PrivateKey::from_der(bytes).is_ok() {
        return Ok(Item::Other("PRIVATE KEY".into()));
    }
    Err(error.to_string())
}

/// What's wanted of files, in order: something from each of them.
fn wanted<T>(files: &[PathBuf], what: &str, pick: impl Fn(Item) -> Option<T>) -> Result<Vec<T>, Stop> {
    let mut all = Vec::new();
    for path in files {
        let before = all.len();
        for (item, number) in read_file(path)?.into_iter().zip(1..) {
            let failed = |reason| Stop::Failed(format!("{}, item {number}: {reason}", path.display()));
            all.extend(pick(item.map_err(failed)?));
        }
        if all.len() == before {
            return Err(Stop::Failed(format!("{}: there's no {what} in it", path.display())));
        }
    }
    Ok(all)
}

fn certificates(files: &[PathBuf]) -> Result<Vec<Certificate>, Stop> {
    wanted(files, "certificate", |item| match item {
        Item::Certificate(certificate) => Some(*certificate),
        _ => None,
    })
}

fn crls(files: &[PathBuf]) -> Result<Vec<Crl>, Stop> {
    wanted(files, "revocation list", |item| match item {
        Item::Crl(crl) => Some(*crl),
        _ => None,
    })
}

// What's in them.

fn print(out: &mut impl Write, files: &[PathBuf]) -> Result<(), Stop> {
    let (mut unreadable, mut first) = (0, true);
    for path in files {
        let items = read_file(path)?;
        let count = items.len();
        for (item, number) in items.into_iter().zip(1..) {
            if !first {
                writeln!(out)?;
            }
            first = false;
            let place = format!("{number} of {count}, {}", path.display());
            let (kind, text) = match item {
                Ok(Item::Certificate(certificate)) => ("Certificate", certificate.to_string()),
                Ok(Item::Crl(crl)) => ("Revocation list", crl.to_string()),
                Ok(Item::PublicKey(key)) => ("Public key", format!("fingerprint:  {}", key.fingerprint())),
                Ok(Item::Other(label)) if label.ends_with("PRIVATE KEY") => {
                    ("Private key", format!("({label}, not shown)"))
                }
                Ok(Item::Other(label)) => ("Something else", format!("({label}, not read)")),
                Err(reason) => {
                    unreadable += 1;
                    ("Not readable", reason)
                }
            };
            heading(out, &format!("{kind}, {place}"))?;
            writeln!(out, "{text}")?;
        }
    }
    match unreadable {
        0 => Ok(()),
        1 => Err(Stop::Failed("one item can't be read".into())),
        many => Err(Stop::Failed(format!("{many} items can't be read"))),
    }
}

// The verdict.

fn verify(out: &mut impl Write, question: &Question) -> Result<(), Stop> {
    let Question { name, time, .. } = question;
    let all = certificates(&question.files)?;
    let (leaf, intermediates) = all.split_first().expect("every file has a certificate");
    let store = match &question.roots {
        Some(path) => certificates(std::slice::from_ref(path))?.into_iter().collect(),
        None => TrustStore::native()?,
    };
    let crls = crls(&question.crls)?;
    let (purpose, policy) = match name {
        Name::Mail(address) => (Purpose::mail(address)?, Policy::private()),
        name => (Purpose::any_server().named(name.clone()), Policy::web()),
    };
    let policy = question.policy.clone().unwrap_or(policy);
    // The system's roots are taken as they are: some are older than the rules.
    let policy = if question.roots.is_none() { policy.without(Rule::Anchors) } else { policy };
    let verifier = Verifier::new(&store, purpose).intermediates(intermediates).at(*time).policy(policy);
    let verifier = if crls.is_empty() { verifier } else { verifier.revocation(Revocation::crls(&crls)) };
    let chain = verifier.verify(leaf).map_err(|error| Stop::Failed(format!("not trusted: {error}")))?;
    writeln!(out, "Trusted: {name}, at {time}.\n\n{chain}")?;
    Ok(())
}
