//! A new key pair, for RSA or on a curve, in two files that other programs read.
//!
//! ```text
//! cargo run --release --example keygen -- --out alice
//! cargo run --release --example keygen -- --out alice --algorithm x25519
//! cargo run --release --features encryption --example keygen -- --out alice --password
//! ```
//!
//! Files that are there already are never overwritten: whoever loses a private key loses what was encrypted
//! for it.

mod common;

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use getrandom::SysRng;
use oneway::ecdh::{self, P256, P384, P521, X25519};
use oneway::key::PrivateKey;
use oneway::prime::Progress;
use oneway::{ed25519, rsa};

use common::{Arguments, Stop, run, shell_word, write_new};

const USAGE: &str = "\
usage: keygen [--algorithm NAME] [--bits N] [--password] [--out NAME]

  --algorithm NAME
              rsa (default), ed25519 (signatures), x25519 (key agreement), p256,
              p384 or p521 (either)
  --bits N    an RSA key's size: a multiple of 64 from 2048 to 16384 (default
              3072)
  --password  encrypt the private key under a password: typed twice, or a line
              on standard input (needs the feature `encryption`)
  --out NAME  write NAME.pem and NAME.pub.pem (default: key)
  --help      this text";

const OPENING: &str = "\
A new key pair: a private key, which stays with you, and a public key, which
everyone may have. Both go into files.
";

fn main() -> ExitCode {
    run(USAGE, |out| generate(out, &read_arguments()?))
}

/// What the command line asks for.
struct Task {
    algorithm: Algorithm,
    bits: usize,
    has_password: bool,
    private_file: PathBuf,
    public_file: PathBuf,
}

#[derive(Clone, Copy, PartialEq)]
enum Algorithm {
    Rsa,
    Ed25519,
    X25519,
    P256,
    P384,
    P521,
}

impl Algorithm {
    fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "rsa" => Self::Rsa,
            "ed25519" => Self::Ed25519,
            "x25519" => Self::X25519,
            "p256" => Self::P256,
            "p384" => Self::P384,
            "p521" => Self::P521,
            _ => return None,
        })
    }
}

fn read_arguments() -> Result<Task, Stop> {
    let usage = |text: &str| Stop::Usage(text.to_owned());
    let (mut algorithm, mut bits) = (Algorithm::Rsa, None);
    let (mut has_password, mut name) = (false, OsString::from("key"));
    let mut arguments = Arguments::new();
    while let Some(argument) = arguments.take()? {
        match argument.option() {
            Some("--algorithm") => {
                let name = arguments.value(&argument, "a name: rsa, ed25519, x25519, p256, p384 or p521")?;
                let known = name.to_str().and_then(Algorithm::of_name);
                algorithm = known
                    .ok_or_else(|| usage("--algorithm takes rsa, ed25519, x25519, p256, p384 or p521"))?;
            }
            Some("--bits") => bits = Some(arguments.number(&argument)?),
            Some("--password") => has_password = true,
            Some("--out") => name = arguments.value(&argument, "a name")?,
            _ => return Err(argument.unknown()),
        }
    }
    if bits.is_some() && algorithm != Algorithm::Rsa {
        return Err(usage("--bits is for RSA: a curve has its size"));
    }
    let bits = bits.unwrap_or(3072);
    if !(2048..=16_384).contains(&bits) || bits % 64 != 0 {
        return Err(usage("--bits takes multiples of 64 from 2048 to 16384"));
    }
    if name.is_empty() || name.to_string_lossy().ends_with(std::path::is_separator) {
        return Err(usage("--out needs a name, not a folder"));
    }
    if has_password && !cfg!(feature = "encryption") {
        return Err(usage("--password needs a feature: cargo run --features encryption ..."));
    }
    let file = |ending: &str| {
        let mut name = name.clone();
        name.push(ending);
        PathBuf::from(name)
    };
    Ok(Task { algorithm, bits, has_password, private_file: file(".pem"), public_file: file(".pub.pem") })
}

fn generate(out: &mut impl Write, task: &Task) -> Result<(), Stop> {
    // Said now, before anyone types a password or waits for a key; `write_new` makes sure of it.
    for path in [&task.private_file, &task.public_file] {
        if path.symlink_metadata().is_ok() {
            return Err(Stop::Failed(format!("{} is there already: another --out?", path.display())));
        }
    }
    let folder = task.private_file.parent().filter(|path| !path.as_os_str().is_empty() && !path.is_dir());
    if let Some(path) = folder {
        return Err(Stop::Failed(format!("there's no folder {}", path.display())));
    }
    #[cfg(feature = "encryption")]
    let password = {
        let prompts = ["Password for the private key: ", "Once more: "];
        task.has_password.then(|| common::password(&prompts)).transpose()?
    };
    writeln!(out, "{OPENING}")?;
    let key: PrivateKey = match task.algorithm {
        Algorithm::Rsa => search(out, task.bits)?.into(),
        Algorithm::Ed25519 => ed25519::SigningKey::generate()?.into(),
        Algorithm::X25519 => ecdh::PrivateKey::<X25519>::generate()?.into(),
        Algorithm::P256 => ecdh::PrivateKey::<P256>::generate()?.into(),
        Algorithm::P384 => ecdh::PrivateKey::<P384>::generate()?.into(),
        Algorithm::P521 => ecdh::PrivateKey::<P521>::generate()?.into(),
    };
    let private = key.to_pem();
    #[cfg(feature = "encryption")]
    let private = match password {
        Some(password) => key.to_encrypted_pem(&password)?.into(),
        None => private,
    };
    write_new(&task.private_file, private.as_bytes(), true)?;
    // Half a pair helps nobody.
    write_new(&task.public_file, key.public_key().to_pem().as_bytes(), false)
        .inspect_err(|_| drop(fs::remove_file(&task.private_file)))?;
    report(out, task, &key)
}

fn report(out: &mut impl Write, task: &Task, key: &PrivateKey) -> Result<(), Stop> {
    let (private, public) = (shell_word(&task.private_file), shell_word(&task.public_file));
    let lock = if task.has_password { "under your password" } else { "without a password" };
    writeln!(
        out,
        "The private key, {lock}, for nobody but you:

  {private}

The public key, for everyone:

  {public}

Its fingerprint, by which people make sure that it's yours:

  {}

OpenSSL reads both:

  openssl pkey -in {private} -check -noout
  openssl pkey -pubin -in {public} -text -noout
",
        key.public_key().fingerprint()
    )?;
    Ok(common::next(out, "primes", "--example sign_and_verify -- README.md")?)
}

/// A new RSA key. On a terminal the candidates for its primes are counted as they're tested.
fn search(out: &mut impl Write, bits: usize) -> Result<rsa::PrivateKey, Stop> {
    let is_live = io::stdout().is_terminal();
    let (mut tested, mut found) = (0, 0);
    let start = Instant::now();
    let key = rsa::PrivateKey::generate_with_progress(&mut SysRng, bits, |progress| {
        tested += 1;
        if is_live {
            // A counter that can't be shown isn't worth stopping for.
            let _ = write!(out, "\rprimes found: {found} of 2, candidates tested: {tested}\x1b[K");
            let _ = out.flush();
        }
        found += usize::from(progress == Progress::Prime);
    })?;
    if is_live {
        write!(out, "\r\x1b[K")?;
    }
    let (half, seconds) = (bits / 2, start.elapsed().as_secs_f64());
    writeln!(out, "Two primes of {half} bits: {tested} candidates tested, in {seconds:.2} s.\n")?;
    Ok(key)
}
