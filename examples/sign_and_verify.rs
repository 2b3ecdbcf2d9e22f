//! Signatures of files, of any size: made, verified, and refused after a change of one bit.
//!
//! ```text
//! cargo run --release --example sign_and_verify -- FILE
//! cargo run --release --example sign_and_verify -- --algorithm ed25519 FILE
//! cargo run --release --example sign_and_verify -- sign --key alice.pem FILE SIGNATURE
//! cargo run --release --example sign_and_verify -- verify --key alice.pub.pem FILE SIGNATURE
//! ```
//!
//! The first two tell the story with a key of their own, and write no file. The others are for use, with keys from the
//! example `keygen` or from OpenSSL, which also verifies what's signed here and the other way round; the key says by
//! which algorithm.
//!
//! A file is hashed piece by piece, and what is signed is its hash. (Ed25519 hashes by itself, and takes it whole.)

mod common;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneway::hash::{Sha256, Sha384, Sha512, digest::Digest};
use oneway::key::{PrivateKey, PublicKey};
use oneway::rsa::{self, Pkcs1v15, Pss};
use oneway::{ecdsa, ed25519};

use common::{Arguments, Stop, hex, private_key, refused, run, shell_word, write_new};

const USAGE: &str = "\
usage: sign_and_verify [--algorithm NAME] FILE
       sign_and_verify sign --key PRIVATE.pem [--pkcs1v15] FILE SIGNATURE
       sign_and_verify verify --key PUBLIC.pem [--pkcs1v15] FILE SIGNATURE

  FILE        sign it with a fresh key, verify that, and change one bit
  sign        write the file SIGNATURE; for a key under a password asks for it,
              or reads a line of standard input (needs the feature `encryption`)
  verify      exit with 0 if the signature is right, and with 1 if it isn't
  --algorithm NAME
              rsa (default, of 3072 bits), p256, p384, p521 or ed25519: what
              the fresh key is for
  --pkcs1v15  with RSA keys: sign by the older scheme; without it by PSS, with
              a salt of 32 bytes. Both with SHA-256
  --help      this text (files of such names: ./sign, ./--help)";

fn main() -> ExitCode {
    run(USAGE, |out| match read_arguments()? {
        Task::Story(algorithm, file) => tell(out, algorithm, &file),
        Task::Sign(job) => sign(out, &job),
        Task::Verify(job) => verify(out, &job),
    })
}

// The command line.

/// What the command line asks for.
enum Task {
    Story(Algorithm, PathBuf),
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

fn read_arguments() -> Result<Task, Stop> {
    let usage = |text: &str| Err(Stop::Usage(text.to_owned()));
    let mut arguments = Arguments::new();
    let command = arguments.command(["sign", "verify"]);
    let (mut key, mut scheme, mut files) = (None, Scheme::Pss, Vec::new());
    let mut algorithm = Algorithm::Rsa;
    while let Some(argument) = arguments.take()? {
        match argument.option() {
            Some("--pkcs1v15") if command.is_some() => scheme = Scheme::Pkcs1v15,
            Some("--algorithm") if command.is_none() => {
                let name = arguments.value(&argument, "a name: rsa, p256, p384, p521 or ed25519")?;
                let Some(known) = Algorithm::ALL.into_iter().find(|known| name == known.option()) else {
                    return usage("--algorithm takes rsa, p256, p384, p521 or ed25519");
                };
                algorithm = known;
            }
            Some("--key") if command.is_some() => {
                key = Some(PathBuf::from(arguments.value(&argument, "a file")?));
            }
            Some(_) => return Err(argument.unknown()),
            None => files.push(PathBuf::from(argument.text)),
        }
    }
    let Some(command) = command else {
        let Ok([file]) = <[PathBuf; 1]>::try_from(files) else { return usage("one file is needed") };
        return Ok(Task::Story(algorithm, file));
    };
    let Some(key) = key else { return usage("--key is needed") };
    let Ok([file, signature]) = <[PathBuf; 2]>::try_from(files) else {
        return usage("two files are needed: the one that's signed, and its signature");
    };
    let job = Job { key, scheme, file, signature };
    Ok(if command == "sign" { Task::Sign(job) } else { Task::Verify(job) })
}

// The algorithms.

#[derive(Clone, Copy, PartialEq)]
enum Algorithm {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Rsa, Self::P256, Self::P384, Self::P521, Self::Ed25519];

    /// Its name on the command line.
    fn option(self) -> &'static OsStr {
        OsStr::new(match self {
            Self::Rsa => "rsa",
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
            Self::Ed25519 => "ed25519",
        })
    }

    /// What a key is for.
    fn of(key: &PublicKey) -> Result<Self, Stop> {
        match key {
            PublicKey::Rsa(_) => Ok(Self::Rsa),
            PublicKey::P256(_) => Ok(Self::P256),
            PublicKey::P384(_) => Ok(Self::P384),
            PublicKey::P521(_) => Ok(Self::P521),
            PublicKey::Ed25519(_) => Ok(Self::Ed25519),
            _ => Err(Stop::Failed("a key of this kind makes no signatures".into())),
        }
    }

    fn generate(self) -> oneway::Result<PrivateKey> {
        Ok(match self {
            Self::Rsa => rsa::PrivateKey::generate(3072)?.into(),
            Self::P256 => ecdsa::SigningKey::<ecdsa::P256>::generate()?.into(),
            Self::P384 => ecdsa::SigningKey::<ecdsa::P384>::generate()?.into(),
            Self::P521 => ecdsa::SigningKey::<ecdsa::P521>::generate()?.into(),
            Self::Ed25519 => ed25519::SigningKey::generate()?.into(),
        })
    }

    fn name(self, scheme: Scheme) -> &'static str {
        match (self, scheme) {
            (Self::Rsa, Scheme::Pss) => "PSS with SHA-256 and a salt of 32 bytes",
            (Self::Rsa, Scheme::Pkcs1v15) => "PKCS#1 v1.5 with SHA-256",
            (Self::P256, _) => "ECDSA on P-256 with SHA-256",
            (Self::P384, _) => "ECDSA on P-384 with SHA-384",
            (Self::P521, _) => "ECDSA on P-521 with SHA-512",
            (Self::Ed25519, _) => "Ed25519",
        }
    }

    /// The hash that's signed, where it isn't the file itself: for people, and for `openssl`.
    fn hash_name(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Rsa | Self::P256 => Some(("SHA-256", "sha256")),
            Self::P384 => Some(("SHA-384", "sha384")),
            Self::P521 => Some(("SHA-512", "sha512")),
            Self::Ed25519 => None,
        }
    }

    /// What's signed of a file, and the file's length. Where a position is given, the lowest bit of that byte is turned
    /// over on the way.
    fn content(self, path: &Path, flip: Option<u64>) -> Result<(Vec<u8>, u64), Stop> {
        match self {
            Self::Rsa | Self::P256 => hash_file::<Sha256>(path, flip),
            Self::P384 => hash_file::<Sha384>(path, flip),
            Self::P521 => hash_file::<Sha512>(path, flip),
            Self::Ed25519 => {
                let mut whole = Vec::new();
                let len = read_pieces(path, flip, |piece| whole.extend_from_slice(piece))?;
                Ok((whole, len))
            }
        }
    }
}

/// RSA's schemes.
#[derive(Clone, Copy, PartialEq)]
enum Scheme {
    Pss,
    Pkcs1v15,
}

/// Signs what [`Algorithm::content`] gave.
fn sign_content(key: &PrivateKey, scheme: Scheme, content: &[u8]) -> oneway::Result<Vec<u8>> {
    match (key, scheme) {
        (PrivateKey::Rsa(key), Scheme::Pss) => key.sign_prehash(&Pss::<Sha256>::new().salt_len(32), content),
        (PrivateKey::Rsa(key), Scheme::Pkcs1v15) => key.sign_prehash(&Pkcs1v15::<Sha256>::new(), content),
        (PrivateKey::P256(key), _) => Ok(key.sign_prehash(content)?.to_der().to_vec()),
        (PrivateKey::P384(key), _) => Ok(key.sign_prehash(content)?.to_der().to_vec()),
        (PrivateKey::P521(key), _) => Ok(key.sign_prehash(content)?.to_der().to_vec()),
        (PrivateKey::Ed25519(key), _) => Ok(key.sign(content).to_bytes().to_vec()),
        _ => Err(oneway::Error::Unsupported("signatures with this key")),
    }
}

/// Verifies a signature of what [`Algorithm::content`] gave.
fn verify_content(key: &PublicKey, scheme: Scheme, content: &[u8], signature: &[u8]) -> oneway::Result<()> {
    use ecdsa::Signature;

    match (key, scheme) {
        (PublicKey::Rsa(key), Scheme::Pss) => {
            key.verify_prehash(&Pss::<Sha256>::new().salt_len(32), content, signature)
        }
        (PublicKey::Rsa(key), Scheme::Pkcs1v15) => {
            key.verify_prehash(&Pkcs1v15::<Sha256>::new(), content, signature)
        }
        (PublicKey::P256(key), _) => key.verify_prehash(content, &Signature::from_der(signature)?),
        (PublicKey::P384(key), _) => key.verify_prehash(content, &Signature::from_der(signature)?),
        (PublicKey::P521(key), _) => key.verify_prehash(content, &Signature::from_der(signature)?),
        (PublicKey::Ed25519(key), _) => key.verify(content, &ed25519::Signature::from_bytes(signature)?),
        _ => Err(oneway::Error::Unsupported("signatures with this key")),
    }
}

// Use.

fn sign(out: &mut impl Write, job: &Job) -> Result<(), Stop> {
    let key = private_key(&job.key)?;
    let algorithm = job.algorithm(&key.public_key())?;
    let (content, len) = algorithm.content(&job.file, None)?;
    let signature = sign_content(&key, job.scheme, &content)?;
    // Never over another file: the one to be signed, in the wrong place, would be lost.
    write_new(&job.signature, &signature, false)?;
    let (size, name) = (signature.len(), algorithm.name(job.scheme));
    writeln!(
        out,
        "Signed {len} bytes by {name}.\nThe signature, {size} bytes:\n\n  {}\n",
        shell_word(&job.signature)
    )?;
    write_fingerprint(out, &key.public_key())?;
    write_openssl(out, job, algorithm, Path::new("PUBLIC.pem"))
}

fn verify(out: &mut impl Write, job: &Job) -> Result<(), Stop> {
    let key = common::public_key(&job.key)?;
    let algorithm = job.algorithm(&key)?;
    // Longer than that of the longest key is as wrong as a file without an end.
    let mut signature = Vec::new();
    let read = File::open(&job.signature).and_then(|file| file.take(4096).read_to_end(&mut signature));
    read.map_err(|e| Stop::file(&job.signature, e))?;
    let (content, len) = algorithm.content(&job.file, None)?;
    let verified = verify_content(&key, job.scheme, &content, &signature);
    verified.map_err(|e| Stop::Failed(format!("refused: {e}")))?;
    writeln!(out, "Right: a signature of these {len} bytes\nby {}.\n", algorithm.name(job.scheme))?;
    write_fingerprint(out, &key)?;
    write_openssl(out, job, algorithm, &job.key)
}

impl Job {
    /// What its key is for.
    fn algorithm(&self, key: &PublicKey) -> Result<Algorithm, Stop> {
        let algorithm = Algorithm::of(key)?;
        if algorithm != Algorithm::Rsa && self.scheme == Scheme::Pkcs1v15 {
            let path = self.key.display();
            return Err(Stop::Failed(format!("--pkcs1v15 is for RSA keys, and {path} is another")));
        }
        Ok(algorithm)
    }
}

fn write_fingerprint(out: &mut impl Write, key: &PublicKey) -> io::Result<()> {
    writeln!(out, "The key's fingerprint:\n\n  {}\n", key.fingerprint())
}

fn write_openssl(out: &mut impl Write, job: &Job, algorithm: Algorithm, public: &Path) -> Result<(), Stop> {
    let [public, signature, file] = [public, &job.signature, &job.file].map(shell_word);
    let options = match (algorithm, job.scheme) {
        (Algorithm::Rsa, Scheme::Pss) => {
            " \\\n    -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \\\n    -sigopt rsa_mgf1_md:sha256"
        }
        _ => "",
    };
    let command = match algorithm.hash_name() {
        Some((_, hash)) => {
            format!(
                "dgst -{hash}{options} \\\n    -verify {public} \\\n    -signature {signature} \\\n    {file}"
            )
        }
        None => format!(
            "pkeyutl -verify -rawin \\\n    -pubin -inkey {public} \\\n    -sigfile {signature} \\\n    -in {file}"
        ),
    };
    writeln!(out, "OpenSSL verifies it by\n\n  openssl {command}")?;
    Ok(())
}

// The file.

fn hash_file<D: Digest>(path: &Path, flip: Option<u64>) -> Result<(Vec<u8>, u64), Stop> {
    let mut hash = D::new();
    let len = read_pieces(path, flip, |piece| hash.update(piece))?;
    Ok((hash.finalize().to_vec(), len))
}

/// Reads a file piece by piece; its length. Where a position is given, the lowest bit of that byte is turned over.
fn read_pieces(path: &Path, flip: Option<u64>, mut each: impl FnMut(&[u8])) -> Result<u64, Stop> {
    let mut file = File::open(path).map_err(|e| Stop::file(path, e))?;
    let (mut piece, mut len) = (vec![0; 64 * 1024], 0);
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok(len),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Stop::file(path, e)),
        };
        if let Some(at) = flip.and_then(|at| at.checked_sub(len)).filter(|at| *at < read as u64) {
            piece[at as usize] ^= 1;
        }
        each(&piece[..read]);
        len += read as u64;
    }
}

// The story.

fn tell(out: &mut impl Write, algorithm: Algorithm, path: &Path) -> Result<(), Stop> {
    let (content, len) = algorithm.content(path, None)?;
    if len == 0 {
        return Err(Stop::Failed(format!("{} is empty: there's no bit to change", path.display())));
    }
    writeln!(
        out,
        "A signature shows who a file is from, and that not a bit of it has changed.
Only who has the private key can make it; who has the public key can
verify it, and that can be everyone.
"
    )?;
    if let Some((hash, _)) = algorithm.hash_name() {
        let size = content.len();
        writeln!(
            out,
            "The file has {len} bytes. Long or short, it's first made into {size} bytes, its
{hash} hash: nobody knows how to find two files with the same.
"
        )?;
        write_lines(out, &content)?;
    } else {
        writeln!(
            out,
            "The file has {len} bytes. Ed25519 takes it whole, and hashes it twice: with a
secret, which gives a number that's used once, and with that number's point.
"
        )?;
    }
    let key = algorithm.generate()?;
    let public = key.public_key();
    let kind = match public.as_rsa() {
        Some(key) => format!("of {} bits", key.modulus_bits()),
        None => format!("for {}", algorithm.name(Scheme::Pss)),
    };
    writeln!(out, "A new key pair {kind} has the fingerprint\n\n  {}\n", public.fingerprint())?;
    let signature = sign_content(&key, Scheme::Pss, &content)?;
    let what = match algorithm {
        Algorithm::Rsa => "The hash, padded with random bytes (PSS) and",
        Algorithm::Ed25519 => "The file,",
        _ => "The hash,",
    };
    writeln!(out, "{what} signed with the private key:\n")?;
    common::write_hex(out, &signature)?;
    writeln!(out, "Verified with the public key:\n")?;
    verify_content(&public, Scheme::Pss, &content, &signature)?;
    writeln!(out, "  right\n\nAnd now with one change each:\n")?;

    let at = len / 2;
    let (changed, again) = algorithm.content(path, Some(at))?;
    if again != len {
        return Err(Stop::Failed(format!("{} changed while it was read", path.display())));
    }
    if algorithm.hash_name().is_some() {
        writeln!(out, "a) One bit of the file, in byte {}: it has another hash altogether,\n", at + 1)?;
        write_lines(out, &changed)?;
    } else {
        writeln!(out, "a) One bit of the file, in byte {}:\n", at + 1)?;
    }
    refused(out, &verify_content(&public, Scheme::Pss, &changed, &signature))?;
    let mut other = signature.clone();
    // Where a number is, in every form of signature.
    let at = other.len() / 4 * 3;
    other[at] ^= 1;
    writeln!(out, "b) One bit of the signature, in byte {}:\n", at + 1)?;
    refused(out, &verify_content(&public, Scheme::Pss, &content, &other))?;
    writeln!(out, "c) Another key, as if somebody else had signed:\n")?;
    let another = algorithm.generate()?.public_key();
    refused(out, &verify_content(&another, Scheme::Pss, &content, &signature))?;
    writeln!(
        out,
        "For use, with keys from the example `keygen` or from OpenSSL:

  sign_and_verify sign --key PRIVATE.pem FILE SIGNATURE
  sign_and_verify verify --key PUBLIC.pem FILE SIGNATURE
"
    )?;
    Ok(common::next(out, "signatures", "--example key_agreement")?)
}

/// Bytes in hexadecimal, as many as SHA-256 has in a line.
fn write_lines(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    for line in bytes.chunks(32) {
        writeln!(out, "  {}", hex(line))?;
    }
    writeln!(out)
}
