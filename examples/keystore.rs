//! A private key and its chain of certificates in one file under a password, and everything that can be wrong with one.
//!
//! ```text
//! cargo run --release --features pkcs12 --example keystore
//! ```
//!
//! The keys are new in each run. A file that should be refused and isn't ends the program with an error.

mod common;

use std::io::Write;
use std::process::ExitCode;

use oneway::ecdsa::{P256, P384, SigningKey};
use oneway::trust::{
    Authority, Certificate, KeyStore, PathLength, Pkcs12, Profile, Request, StoreOptions, TrustStore,
    Validity,
};

use common::{Arguments, Stop, heading, paragraph, refused, run};

const USAGE: &str = "\
usage: keystore

  --help  this text";

const OPENING: &str = "\
Who proves an identity needs a private key, the certificate that says whose it
is, and the certificates of the authorities above it. Servers and browsers keep
them in one file under a password, in a form called PKCS#12: .p12, .pfx, or
Java's key stores.
";

const PASSWORD: &str = "correct horse battery staple";

fn main() -> ExitCode {
    run(USAGE, |out| {
        Arguments::new().none()?;
        tell(out)
    })
}

/// The whole story.
fn tell(out: &mut impl Write) -> Result<(), Stop> {
    writeln!(out, "{OPENING}")?;
    let world = World::new()?;
    heading(out, "1. A file, written and read")?;
    let file = written(out, &world)?;
    listed(out, &file)?;
    read(out, &world, &file)?;
    heading(out, "2. What can be wrong with it")?;
    wrong_password(out, &file)?;
    changed(out, &file)?;
    missing_authority(out, &world)?;
    other_key(out, &world)?;
    costly(out, &file)?;
    heading(out, "3. A trust store")?;
    trust_store(out, &world)?;
    Ok(common::next(out, "stores", "--features trust,hpke --example sealed_mail")?)
}

/// A server's key, and the certificates from its own up to the root.
struct World {
    key: SigningKey<P256>,
    server: Certificate,
    authority: Certificate,
    root: Certificate,
}

impl World {
    fn new() -> Result<Self, Stop> {
        let root = SigningKey::<P384>::generate()?;
        let root = Authority::self_signed("CN=Example Root,O=Example", root, Validity::days(3650))?;
        let key = SigningKey::<P256>::generate()?;
        let request = Request::builder("CN=Example Authority,O=Example").sign(&key)?;
        let certificate = root.issue_authority(&request, Validity::days(1825), PathLength::Max(0))?;
        let authority = Authority::new(certificate, key)?;
        let key = SigningKey::<P256>::generate()?;
        let request = Request::builder("CN=www.example.com").dns("www.example.com").sign(&key)?;
        let server = authority.issue(&request, Profile::server(), Validity::days(90))?;
        let (authority, root) = (authority.certificate().clone(), root.certificate().clone());
        Ok(Self { key, server, authority, root })
    }
}

// 1. The file.

fn written(out: &mut impl Write, world: &World) -> Result<Vec<u8>, Stop> {
    // In any order.
    let given = [world.root.clone(), world.server.clone(), world.authority.clone()];
    let store = KeyStore::new(world.key.clone(), given)?.named("server");
    writeln!(out, "The certificates may be given in any order. This is the chain of the key:\n")?;
    for certificate in store.chain() {
        writeln!(out, "  {}", certificate.subject())?;
    }
    let file = store.to_pkcs12(PASSWORD)?;
    writeln!(
        out,
        "
The file has {} bytes. The key and the certificates are encrypted by
AES-256, and a message authentication code covers all of it. Both depend on
the password, by 300,000 rounds of a key derivation function each, so that
guessing it is expensive.
",
        file.len()
    )?;
    Ok(file)
}

fn listed(out: &mut impl Write, file: &[u8]) -> Result<(), Stop> {
    writeln!(out, "With the password, this is in it:\n")?;
    let file = Pkcs12::open(file, PASSWORD)?;
    for entry in file.keys() {
        writeln!(out, "  private key: {}", entry.name().unwrap_or("(no name)"))?;
    }
    for entry in file.certificates() {
        writeln!(out, "  certificate: {}", entry.certificate()?.subject())?;
    }
    Ok(writeln!(out)?)
}

fn read(out: &mut impl Write, world: &World, file: &[u8]) -> Result<(), Stop> {
    let store = KeyStore::from_pkcs12(file, PASSWORD)?;
    let Some(key) = store.key().as_p256() else { return Err(Stop::Failed("it's another key".into())) };
    let signature = key.sign(b"It's me.");
    let public = store.certificate().public_key()?;
    let Some(public) = public.as_p256() else { return Err(Stop::Failed("it's another certificate".into())) };
    public.verify(b"It's me.", &signature)?;
    if store.certificate() != &world.server {
        return Err(Stop::Failed("it's another certificate".into()));
    }
    writeln!(
        out,
        "What's read is what was written: the key signs, and the certificate's public key
verifies. Nothing of the key is shown by accident; printed for programmers it's
"
    )?;
    Ok(paragraph(out, &format!("{store:?}"))?)
}

// 2. What can be wrong.

fn wrong_password(out: &mut impl Write, file: &[u8]) -> Result<(), Stop> {
    writeln!(out, "a) Another password:\n")?;
    refused(out, &KeyStore::from_pkcs12(file, "correct horse battery stable"))
}

fn changed(out: &mut impl Write, file: &[u8]) -> Result<(), Stop> {
    writeln!(
        out,
        "b) The right password, and somebody has changed one bit in the middle of the
file. That can't be told from a wrong password, and isn't read:
"
    )?;
    let mut file = file.to_vec();
    let middle = file.len() / 2;
    file[middle] ^= 1;
    refused(out, &KeyStore::from_pkcs12(file, PASSWORD))
}

fn missing_authority(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "c) The certificate of the authority was forgotten. Servers that are set up so
work with some clients and not with others; here it's noticed at once:
"
    )?;
    let given = || [world.server.clone(), world.root.clone()];
    refused(out, &KeyStore::new(world.key.clone(), given()))?;
    let given = || [world.server.clone(), world.authority.clone()];
    let store = KeyStore::new(world.key.clone(), given())?;
    writeln!(
        out,
        "That the root is left out is common: who trusts it has it. The chain of {}
certificates is complete. Where it should lead can be said, and is held to: not
to this root, which has the same name and another key:
",
        store.chain().len()
    )?;
    let name = world.root.subject().to_string();
    let other = Authority::self_signed(&name, SigningKey::<P384>::generate()?, Validity::days(3650))?;
    let roots = TrustStore::from_iter([other.certificate().clone()]);
    let options = StoreOptions::new().trusting(&roots);
    refused(out, &KeyStore::new_with(world.key.clone(), given(), &options))
}

fn other_key(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(out, "d) The key of last year beside this year's certificate:\n")?;
    let given = [world.server.clone(), world.authority.clone(), world.root.clone()];
    refused(out, &KeyStore::new(SigningKey::<P256>::generate()?, given))
}

fn costly(out: &mut impl Write, file: &[u8]) -> Result<(), Stop> {
    writeln!(
        out,
        "e) A file says by itself how many rounds its key derivation takes. In this one
somebody has changed the number, so that a server that reads it is busy for
minutes. It's refused before that:
"
    )?;
    refused(out, &KeyStore::from_pkcs12(with_rounds(file)?, PASSWORD))
}

/// The file with 2^31 - 1 rounds in its last element, the message authentication code's.
fn with_rounds(file: &[u8]) -> Result<Vec<u8>, Stop> {
    // INTEGER 300,000. Around it are a SEQUENCE of 74 bytes, and that of the whole file.
    let Some(rest) = file.strip_suffix(&[2, 3, 0x04, 0x93, 0xe0]) else {
        return Err(Stop::Failed("the file ends in another number".into()));
    };
    let mut file = rest.to_vec();
    let inner = file.len() + 5 - 75;
    file[inner] += 1;
    let len = u16::from_be_bytes([file[2], file[3]]) + 1;
    file[2..4].copy_from_slice(&len.to_be_bytes());
    file.extend_from_slice(&[2, 4, 0x7f, 0xff, 0xff, 0xff]);
    Ok(file)
}

// 3. The other kind of store.

fn trust_store(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "A trust store has no key, and the certificates in it are those that are
believed. Java marks them, so that a key store isn't taken for one by mistake:
"
    )?;
    let given = [world.server.clone(), world.authority.clone(), world.root.clone()];
    let key_store = KeyStore::new(world.key.clone(), given)?.to_pkcs12(PASSWORD)?;
    refused(out, &TrustStore::from_pkcs12(key_store, PASSWORD))?;
    let file = TrustStore::from_iter([world.root.clone()]).to_pkcs12(PASSWORD)?;
    writeln!(out, "With the root alone, and the mark:\n")?;
    for entry in Pkcs12::open(&file, PASSWORD)?.certificates() {
        let mark = if entry.is_trusted() { "trusted" } else { "not trusted" };
        writeln!(out, "  {mark}: {}", entry.certificate()?.subject())?;
    }
    Ok(writeln!(out)?)
}
