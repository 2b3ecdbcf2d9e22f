//! A file of any size, sealed for one reader: encrypted to a public key, and opened with the private one.
//!
//! ```text
//! cargo run --release --features hpke --example sealed_message -- FILE
//! cargo run --release --features hpke --example sealed_message -- seal --key bob.pub.pem FILE SEALED
//! cargo run --release --features hpke --example sealed_message -- open --key bob.pem SEALED FILE
//! ```
//!
//! The first tells the story with keys of its own, and writes no file. The others are for use, with keys on P-256,
//! P-384, P-521 or for X25519 from the example `keygen` or from OpenSSL.
//!
//! What's written:
//!
//! ```text
//! "oneway1\n"   8 bytes
//! the curve     2 bytes, HPKE's number
//! the key       HPKE's encapsulated key, of 32 to 133 bytes
//! records       64 KiB of the file each, the last one up to that, and a tag of 16 bytes
//! ```
//!
//! The records are one row of HPKE's messages, so none can be left out, doubled or moved; and the last one is sealed with
//! other additional data than the others, so the end can't be cut off.

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneway::ecdh::{P256, PrivateKey, PublicKey, X25519};
use oneway::hash::{Sha256, digest::Digest};
use oneway::hpke::{Kem, Mode, Suite};
use oneway::key;
use zeroize::Zeroizing;

use common::{Arguments, Stop, hex, run, write_hex};

const USAGE: &str = "\
usage: sealed_message FILE
       sealed_message seal --key PUBLIC.pem FILE SEALED
       sealed_message open --key PRIVATE.pem SEALED FILE

  FILE    seal it for a fresh key, open that, and show what doesn't open
  seal    write the file SEALED, for who has the private key
  open    write what's in it; for a key under a password asks for it, or reads
          a line of standard input (needs the feature `encryption`)
  --help  this text (files of such names: ./seal, ./--help)";

const OPENING: &str = "\
A file of any size is sealed for one reader: anyone can do that with a public
key, and only the private key opens it. RSA alone carries a few hundred bytes;
here a key agreement gives a key, and a fast cipher does the rest. That's HPKE,
RFC 9180.
";

fn main() -> ExitCode {
    run(USAGE, |out| match read_arguments()? {
        Task::Story(file) => tell(out, &file),
        Task::Seal(job) => seal(out, &job),
        Task::Open(job) => open(out, &job),
    })
}

// The command line.

/// What the command line asks for.
enum Task {
    Story(PathBuf),
    Seal(Job),
    Open(Job),
}

/// A key's file, the one that's read and the one that's written.
struct Job {
    key: PathBuf,
    from: PathBuf,
    to: PathBuf,
}

fn read_arguments() -> Result<Task, Stop> {
    let usage = |text: &str| Err(Stop::Usage(text.to_owned()));
    let mut arguments = Arguments::new();
    let command = arguments.command(["seal", "open"]);
    let (mut key, mut files) = (None, Vec::new());
    while let Some(argument) = arguments.take()? {
        match argument.option() {
            Some("--key") if command.is_some() => {
                key = Some(PathBuf::from(arguments.value(&argument, "a file")?));
            }
            Some(_) => return Err(argument.unknown()),
            None => files.push(PathBuf::from(argument.text)),
        }
    }
    let Some(command) = command else {
        let Ok([file]) = <[PathBuf; 1]>::try_from(files) else { return usage("one file is needed") };
        return Ok(Task::Story(file));
    };
    let Some(key) = key else { return usage("--key is needed") };
    let Ok([from, to]) = <[PathBuf; 2]>::try_from(files) else {
        return usage("two files are needed: the one that's read, and the one that's written");
    };
    let job = Job { key, from, to };
    Ok(if command == "seal" { Task::Seal(job) } else { Task::Open(job) })
}

// The format.

const MAGIC: &[u8; 8] = b"oneway1\n";
/// What the keys are for: nothing that's sealed for another use opens here.
const INFO: &[u8] = b"oneway example sealed_message v1";
const RECORD: usize = 64 * 1024;
const TAG: usize = 16;

/// The additional data of a record.
fn place(is_last: bool) -> &'static [u8] {
    if is_last { b"last" } else { b"more" }
}

/// Writes the file's head and its records; how many bytes were sealed.
fn seal_all<C: Kem>(public: &PublicKey<C>, from: &mut impl Read, to: &mut impl Write) -> Result<u64, Stop> {
    let (enc, mut sender) = Suite::of::<C>().setup_sender(public, Mode::Base, INFO)?;
    to.write_all(MAGIC)?;
    to.write_all(&C::ID.to_be_bytes())?;
    to.write_all(&enc)?;
    let mut len = 0;
    for_each_record(from, RECORD, |record, is_last| {
        len += record.len() as u64;
        Ok(to.write_all(&sender.seal(place(is_last), record)?)?)
    })?;
    to.flush()?;
    Ok(len)
}

/// Writes what was sealed, record by record as each one proves right; how many bytes there were. Before the last one
/// proves right too, nothing may be made of them.
fn open_all<C: Kem>(private: &PrivateKey<C>, from: &mut impl Read, to: &mut impl Write) -> Result<u64, Stop> {
    let mut magic = [0; MAGIC.len()];
    let mut id = [0; 2];
    let mut enc = private.public_key().to_bytes().to_vec();
    let head = from.read_exact(&mut magic).and_then(|()| from.read_exact(&mut id));
    if head.is_err() || magic != *MAGIC {
        return Err(refused_because("not a file that was sealed here"));
    }
    if id != C::ID.to_be_bytes() {
        return Err(refused_because("sealed for a key on another curve"));
    }
    from.read_exact(&mut enc).map_err(|_| refused_because("it ends too early"))?;
    let receiver = Suite::of::<C>().setup_receiver(private, &enc, Mode::Base, INFO);
    let mut receiver = receiver.map_err(refused_because)?;
    let mut len = 0;
    for_each_record(from, RECORD + TAG, |record, is_last| {
        let plain = receiver.open(place(is_last), record).map_err(refused_because)?;
        len += plain.len() as u64;
        Ok(to.write_all(&plain)?)
    })?;
    to.flush()?;
    Ok(len)
}

fn refused_because(reason: impl std::fmt::Display) -> Stop {
    Stop::Failed(format!("refused: {reason}"))
}

/// Cuts what's read into records of one size, of which the last one may be shorter, and is told from the others.
fn for_each_record(
    from: &mut impl Read,
    size: usize,
    mut each: impl FnMut(&[u8], bool) -> Result<(), Stop>,
) -> Result<(), Stop> {
    // Two of them, as only the end of the file tells which one was the last.
    let (mut record, mut next) = (Zeroizing::new(vec![0; size]), Zeroizing::new(vec![0; size]));
    let mut len = read_record(from, &mut record)?;
    loop {
        let next_len = if len == size { read_record(from, &mut next)? } else { 0 };
        each(&record[..len], next_len == 0)?;
        if next_len == 0 {
            return Ok(());
        }
        (record, next, len) = (next, record, next_len);
    }
}

/// Fills a record as far as there's something left to be read; how far.
fn read_record(from: &mut impl Read, record: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < record.len() {
        match from.read(&mut record[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(len)
}

// Use.

fn seal(out: &mut impl Write, job: &Job) -> Result<(), Stop> {
    let key = common::public_key(&job.key)?;
    let len = convert(job, |from, to| match &key {
        key::PublicKey::P256(key) => seal_all(&PublicKey::from(key), from, to),
        key::PublicKey::P384(key) => seal_all(&PublicKey::from(key), from, to),
        key::PublicKey::P521(key) => seal_all(&PublicKey::from(key), from, to),
        key::PublicKey::X25519(key) => seal_all(key, from, to),
        _ => Err(not_for_agreement(&job.key)),
    })?;
    let written = common::shell_word(&job.to);
    writeln!(out, "Sealed {len} bytes:\n\n  {written}\n\nfor the key\n\n  {}", key.fingerprint())?;
    Ok(())
}

fn open(out: &mut impl Write, job: &Job) -> Result<(), Stop> {
    let key = common::private_key(&job.key)?;
    let len = convert(job, |from, to| match &key {
        key::PrivateKey::P256(key) => open_all(&PrivateKey::from(key), from, to),
        key::PrivateKey::P384(key) => open_all(&PrivateKey::from(key), from, to),
        key::PrivateKey::P521(key) => open_all(&PrivateKey::from(key), from, to),
        key::PrivateKey::X25519(key) => open_all(key, from, to),
        _ => Err(not_for_agreement(&job.key)),
    })?;
    writeln!(out, "Opened {len} bytes:\n\n  {}", common::shell_word(&job.to))?;
    Ok(())
}

fn not_for_agreement(path: &Path) -> Stop {
    Stop::Failed(format!("{}: sealing takes a key on P-256, P-384, P-521 or for X25519", path.display()))
}

/// Reads one file and writes another, which wasn't there before, and isn't if something goes wrong.
fn convert(
    job: &Job,
    work: impl FnOnce(&mut BufReader<File>, &mut BufWriter<File>) -> Result<u64, Stop>,
) -> Result<u64, Stop> {
    let mut from = BufReader::new(File::open(&job.from).map_err(|e| Stop::file(&job.from, e))?);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // What's opened may be as private as the key.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let to = options.open(&job.to).map_err(|e| Stop::file(&job.to, e))?;
    let mut to = BufWriter::new(to);
    let done = work(&mut from, &mut to).and_then(|len| {
        to.get_ref().sync_all()?;
        Ok(len)
    });
    done.inspect_err(|_| drop(fs::remove_file(&job.to)))
}

// The story.

fn tell(out: &mut impl Write, path: &Path) -> Result<(), Stop> {
    let file = fs::read(path).map_err(|e| Stop::file(path, e))?;
    let bob = PrivateKey::<X25519>::generate()?;
    writeln!(
        out,
        "{OPENING}
Bob has a key pair for X25519, and everyone may know the public key. As text,
as it's sent around:

{}",
        bob.public_key().to_pem()
    )?;
    // The way that keys go: as text.
    let public = PublicKey::<X25519>::from_pem(bob.public_key().to_pem())?;
    let private = PrivateKey::<X25519>::from_pem(bob.to_pem())?;
    let mut sealed = Vec::new();
    let len = seal_all(&public, &mut &file[..], &mut sealed)?;
    let head = MAGIC.len() + 2;
    let enc = head + 32;
    let records = (sealed.len() - enc).div_ceil(RECORD + TAG);
    let plural = if records == 1 { "record" } else { "records" };
    writeln!(
        out,
        "The file has {len} bytes. To seal it, a key pair is made that's used once: its
private key and Bob's public key give a secret, of that a key for AES is made,
and its public key goes in front,

  {}

by which Bob, and nobody else, finds the secret. The file follows in {records} {plural}
of up to {RECORD} bytes, each with a tag of {TAG}; the first bytes:
",
        hex(&sealed[head..enc])
    )?;
    write_hex(out, &sealed[enc..sealed.len().min(enc + 64)])?;
    let mut opened = Vec::new();
    open_all(&private, &mut &sealed[..], &mut opened)?;
    if opened != file {
        return Err(Stop::Failed("what was opened isn't what was sealed".into()));
    }
    writeln!(out, "Opened with Bob's private key, it has the SHA-256\n")?;
    writeln!(out, "  {}\n\nas before. And now with one change each:\n", hex(&Sha256::digest(&opened)))?;

    let refused = |out: &mut dyn Write, sealed: &[u8]| {
        let attempt = open_all(&private, &mut &sealed[..], &mut io::sink());
        refusal(out, attempt)
    };
    writeln!(out, "a) Another private key:\n")?;
    let eve = PrivateKey::<X25519>::generate()?;
    refusal(out, open_all(&eve, &mut &sealed[..], &mut io::sink()))?;
    writeln!(out, "b) A key on another curve, P-256:\n")?;
    let other = PrivateKey::<P256>::generate()?;
    refusal(out, open_all(&other, &mut &sealed[..], &mut io::sink()))?;
    let at = enc + (sealed.len() - enc) / 2;
    writeln!(out, "c) One bit, in byte {}:\n", at + 1)?;
    let mut changed = sealed.clone();
    changed[at] ^= 1;
    refused(out, &changed)?;
    writeln!(out, "d) The last byte cut off:\n")?;
    refused(out, &sealed[..sealed.len() - 1])?;
    if records > 1 {
        let last = enc + (records - 1) * (RECORD + TAG);
        writeln!(out, "e) The last record cut off, as if the file were shorter:\n")?;
        refused(out, &sealed[..last])?;
        writeln!(out, "f) The first record twice:\n")?;
        let first = enc + RECORD + TAG;
        refused(out, &[&sealed[..first], &sealed[enc..]].concat())?;
    }
    writeln!(
        out,
        "Who sealed it, it doesn't say: everyone can. For that there are signatures
(the example `sign_and_verify`), and HPKE's modes with a sender's key.

For use, with keys from the example `keygen` or from OpenSSL:

  sealed_message seal --key PUBLIC.pem FILE SEALED
  sealed_message open --key PRIVATE.pem SEALED FILE
"
    )?;
    Ok(common::next(out, "diffie_hellman", "--features trust --example chain_of_trust")?)
}

/// Says how an attempt failed, and stops if it didn't.
fn refusal(out: &mut (impl Write + ?Sized), attempt: Result<u64, Stop>) -> Result<(), Stop> {
    match attempt {
        Ok(_) => Err(Stop::Failed("that should not have worked".into())),
        Err(Stop::Failed(text)) => Ok(writeln!(out, "  {text}\n")?),
        Err(stop) => Err(stop),
    }
}
