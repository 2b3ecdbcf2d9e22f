//! Signatures of files, of any size: made, verified, and refused after a change of one bit.
//!
//! ```text
//! cargo run --release --example sign_and_verify -- FILE
//! cargo run --release --example sign_and_verify -- sign --key alice.pem FILE SIGNATURE
//! cargo run --release --example sign_and_verify -- verify --key alice.pub.pem FILE SIGNATURE
//! ```
//!
//! The first tells the story with a key of its own, and writes no file. The others are for use, with keys
//! from the example `keygen` or from OpenSSL, which also verifies what's signed here and the other way round.
//!
//! A file is hashed piece by piece, and what is signed is its hash.

mod common;

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneway::hash::{Sha256, digest::Digest};
use oneway::rsa::{Pkcs1v15, PrivateKey, Pss, PublicKey};
use zeroize::Zeroizing;

use common::{Stop, end, shell_word};

const USAGE: &str = "\
usage: sign_and_verify FILE
       sign_and_verify sign --key PRIVATE.pem [--pkcs1v15] FILE SIGNATURE
       sign_and_verify verify --key PUBLIC.pem [--pkcs1v15] FILE SIGNATURE

  FILE        sign it with a fresh key, verify that, and change one bit
  sign        write the file SIGNATURE; for a key under a password asks for it,
              or reads a line of standard input (needs the feature `encryption`)
  verify      exit with 0 if the signature is right, and with 1 if it isn't
  --pkcs1v15  sign by the older scheme; without it by PSS, with a salt of 32
              bytes. Both with SHA-256
  --help      this text (files of such names: ./sign, ./--help)";

fn main() -> ExitCode {
    let out = &mut io::stdout();
    let outcome = match read_arguments(std::env::args_os().skip(1)) {
        Ok(Task::Usage) => writeln!(out, "{USAGE}").map_err(Stop::from),
        Ok(Task::Story(file)) => tell(out, &file),
        Ok(Task::Sign(job)) => sign(out, &job),
        Ok(Task::Verify(job)) => verify(out, &job),
        Err(stop) => Err(stop),
    };
    end(outcome, USAGE)
}

// The command line.

/// What the command line asks for.
enum Task {
    Usage,
    Story(PathBuf),
    Sign(Job),
    Verify(Job),
}

/// A key's file, a file and its signature's.
struct Job {
    key: PathBuf,
    scheme: Scheme,
    file: PathBuf,
    signature: PathBuf,
}

fn read_arguments(arguments: impl Iterator<Item = OsString>) -> Result<Task, Stop> {
    let usage = |text: &str| Err(Stop::Usage(text.to_owned()));
    let mut arguments = arguments.peekable();
    let command = arguments.next_if(|word| word == "sign" || word == "verify");
    let (mut key, mut scheme, mut files) = (None, Scheme::Pss, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(Task::Usage),
            Some("--pkcs1v15") if command.is_some() => scheme = Scheme::Pkcs1v15,
            Some("--key") if command.is_some() => match arguments.next() {
                Some(path) => key = Some(PathBuf::from(path)),
                None => return usage("--key needs a file"),
            },
            Some(option) if option.starts_with('-') => {
                return Err(Stop::Usage(format!("unknown option {option}")));
            }
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let Some(command) = command else {
        let Ok([file]) = <[PathBuf; 1]>::try_from(files) else { return usage("one file is needed") };
        return Ok(Task::Story(file));
    };
    let Some(key) = key else { return usage("--key is needed") };
    let Ok([file, signature]) = <[PathBuf; 2]>::try_from(files) else {
        return usage("two files are needed: the one that's signed, and its signature");
    };
    let job = Job { key, scheme, file, signature };
    Ok(if command == "sign" { Task::Sign(job) } else { Task::Verify(job) })
}

// The two schemes.

#[derive(Clone, Copy, PartialEq)]
enum Scheme {
    Pss,
    Pkcs1v15,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Pss => "PSS with SHA-256 and a salt of 32 bytes",
            Self::Pkcs1v15 => "PKCS#1 v1.5 with SHA-256",
        }
    }

    fn sign(self, key: &PrivateKey, hash: &[u8]) -> oneway::Result<Vec<u8>> {
        match self {
            Self::Pss => key.sign_prehash(&Pss::<Sha256>::new().salt_len(32), hash),
            Self::Pkcs1v15 => key.sign_prehash(&Pkcs1v15::<Sha256>::new(), hash),
        }
    }

    fn verify(self, key: &PublicKey, hash: &[u8], signature: &[u8]) -> oneway::Result<()> {
        match self {
            Self::Pss => key.verify_prehash(&Pss::<Sha256>::new().salt_len(32), hash, signature),
            Self::Pkcs1v15 => key.verify_prehash(&Pkcs1v15::<Sha256>::new(), hash, signature),
        }
    }

    /// What `openssl dgst` has to be told, line by line.
    fn openssl_options(self) -> &'static str {
        match self {
            Self::Pss => {
                " \\\n    -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \\\n    -sigopt rsa_mgf1_md:sha256"
            }
            Self::Pkcs1v15 => "",
        }
    }
}

// Use.

fn sign(out: &mut impl Write, job: &Job) -> Result<(), Stop> {
    let key = private_key(&job.key)?;
    let (hash, len) = hash_file(&job.file, None)?;
    let signature = job.scheme.sign(&key, &hash)?;
    write_new(&job.signature, &signature)?;
    let (size, scheme) = (signature.len(), job.scheme.name());
    writeln!(
        out,
        "Signed {len} bytes by {scheme}.\nThe signature, {size} bytes:\n\n  {}\n",
        shell_word(&job.signature)
    )?;
    write_fingerprint(out, key.public_key())?;
    write_openssl(out, job, Path::new("PUBLIC.pem"))
}

fn verify(out: &mut impl Write, job: &Job) -> Result<(), Stop> {
    let key = PublicKey::from_pem(read_key(&job.key)?).map_err(|e| Stop::file(&job.key, e))?;
    // Longer than that of the longest key is as wrong as a file without an end.
    let mut signature = Vec::new();
    let read = File::open(&job.signature).and_then(|file| file.take(4096).read_to_end(&mut signature));
    read.map_err(|e| Stop::file(&job.signature, e))?;
    let (hash, len) = hash_file(&job.file, None)?;
    let verified = job.scheme.verify(&key, &hash, &signature);
    verified.map_err(|e| Stop::Failed(format!("refused: {e}")))?;
    writeln!(out, "Right: a signature of these {len} bytes\nby {}.\n", job.scheme.name())?;
    write_fingerprint(out, &key)?;
    write_openssl(out, job, &job.key)
}

/// The private key of a file; a password is asked for where it's needed.
fn private_key(path: &Path) -> Result<PrivateKey, Stop> {
    let text = read_key(path)?;
    let key = PrivateKey::from_pem(&text);
    if key.as_ref().is_err_and(|error| *error == oneway::Error::PasswordNeeded) {
        return encrypted_key(path, &text);
    }
    key.map_err(|e| Stop::file(path, e))
}

#[cfg(feature = "encryption")]
fn encrypted_key(path: &Path, text: &[u8]) -> Result<PrivateKey, Stop> {
    let password = common::password(&["Password of the private key: "])?;
    PrivateKey::from_encrypted_pem(text, &password).map_err(|e| Stop::file(path, e))
}

#[cfg(not(feature = "encryption"))]
fn encrypted_key(path: &Path, _: &[u8]) -> Result<PrivateKey, Stop> {
    let needed = "is under a password, which needs a feature: cargo run --features encryption ...";
    Err(Stop::Failed(format!("{} {needed}", path.display())))
}

/// A key's file; one byte more than a key may have is enough to have it refused.
fn read_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, Stop> {
    let most = 64 * 1024 + 1;
    // All the room that's needed, so that no part of a key is left behind in a smaller buffer.
    let mut text = Zeroizing::new(Vec::with_capacity(most + 1));
    let read = File::open(path).and_then(|file| file.take(most as u64).read_to_end(&mut text));
    read.map_err(|e| Stop::file(path, e))?;
    Ok(text)
}

/// Writes a file that wasn't there before: the file to be signed, in the wrong place, is never lost.
fn write_new(path: &Path, content: &[u8]) -> Result<(), Stop> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(content)).map_err(|e| Stop::file(path, e))
}

fn write_fingerprint(out: &mut impl Write, key: &PublicKey) -> io::Result<()> {
    writeln!(out, "The key's fingerprint:\n\n  {}\n", key.fingerprint())
}

fn write_openssl(out: &mut impl Write, job: &Job, public: &Path) -> Result<(), Stop> {
    writeln!(
        out,
        "OpenSSL verifies it by\n
  openssl dgst -sha256{} \\
    -verify {} \\
    -signature {} \\
    {}",
        job.scheme.openssl_options(),
        shell_word(public),
        shell_word(&job.signature),
        shell_word(&job.file)
    )?;
    Ok(())
}

// The hash.

/// The hash of a file and its length, read piece by piece. Where a position is given, the lowest bit of that
/// byte is turned over on the way from the file to the hash.
fn hash_file(path: &Path, flip: Option<u64>) -> Result<([u8; 32], u64), Stop> {
    let mut file = File::open(path).map_err(|e| Stop::file(path, e))?;
    let (mut hash, mut piece, mut len) = (Sha256::new(), vec![0; 64 * 1024], 0);
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok((hash.finalize().into(), len)),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Stop::file(path, e)),
        };
        if let Some(at) = flip.and_then(|at| at.checked_sub(len)).filter(|at| *at < read as u64) {
            piece[at as usize] ^= 1;
        }
        hash.update(&piece[..read]);
        len += read as u64;
    }
}

// The story.

fn tell(out: &mut impl Write, path: &Path) -> Result<(), Stop> {
    let (hash, len) = hash_file(path, None)?;
    if len == 0 {
        return Err(Stop::Failed(format!("{} is empty: there's no bit to change", path.display())));
    }
    writeln!(
        out,
        "A signature shows who a file is from, and that not a bit of it has changed.
Only who has the private key can make it; who has the public key can
verify it, and that can be everyone.

The file has {len} bytes. Long or short, it's first made into 32 bytes, its
SHA-256 hash: nobody knows how to find two files with the same.

  {}
",
        hex(&hash)
    )?;
    let key = PrivateKey::generate(3072)?;
    let public = key.public_key();
    writeln!(out, "A new key pair of {} bits has the fingerprint\n", public.modulus_bits())?;
    writeln!(out, "  {}\n", public.fingerprint())?;
    let signature = Scheme::Pss.sign(&key, &hash)?;
    writeln!(out, "The hash, padded with random bytes (PSS) and signed with the private key:\n")?;
    for line in signature.chunks(32) {
        writeln!(out, "  {}", line.chunks(4).map(hex).collect::<Vec<_>>().join(" "))?;
    }
    writeln!(out, "\nVerified with the public key:\n")?;
    Scheme::Pss.verify(public, &hash, &signature)?;
    writeln!(out, "  right\n\nAnd now with one change each:\n")?;

    let at = len / 2;
    let (changed, again) = hash_file(path, Some(at))?;
    if again != len {
        return Err(Stop::Failed(format!("{} changed while it was read", path.display())));
    }
    writeln!(out, "a) One bit of the file, in byte {}: it has another hash altogether,\n", at + 1)?;
    writeln!(out, "  {}\n", hex(&changed))?;
    refused(out, Scheme::Pss.verify(public, &changed, &signature))?;
    let mut other = signature.clone();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    writeln!(out, "b) One bit of the signature, in byte {}:\n", middle + 1)?;
    refused(out, Scheme::Pss.verify(public, &hash, &other))?;
    writeln!(out, "c) Another key, as if somebody else had signed:\n")?;
    refused(out, Scheme::Pss.verify(PrivateKey::generate(3072)?.public_key(), &hash, &signature))?;
    writeln!(
        out,
        "For use, with keys from the example `keygen` or from OpenSSL:

  sign_and_verify sign --key PRIVATE.pem FILE SIGNATURE
  sign_and_verify verify --key PUBLIC.pem FILE SIGNATURE"
    )?;
    Ok(())
}

/// Says how an attempt failed, and stops if it didn't.
fn refused(out: &mut impl Write, attempt: oneway::Result<()>) -> Result<(), Stop> {
    match attempt {
        Ok(()) => Err(Stop::Failed("that should not have worked".into())),
        Err(error) => Ok(writeln!(out, "  refused: {error}\n")?),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("below 16");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
