//! How a server gets its certificate: the files that go back and forth between its owner and an authority.
//!
//! ```text
//! cargo run --release --features trust --example certificate_request
//! cargo run --release --features trust --example certificate_request -- FOLDER
//! ```
//!
//! The first works in a temporary folder, which is gone at the end. The second leaves the files in a folder of yours,
//! and prints the commands by which OpenSSL checks them. Files that are there already are never overwritten.

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneway::ecdsa::{P256, P384, SigningKey};
use oneway::key::PrivateKey;
use oneway::trust::x509_cert::der::asn1::ObjectIdentifier;
use oneway::trust::x509_cert::ext::pkix::KeyUsages::{DigitalSignature, KeyCertSign};
use oneway::trust::{
    Authority, Certificate, Crl, CrlReason, Name, PathLength, Policy, Profile, Purpose, Request, Revocation,
    Time, TrustStore, Validity, Verifier,
};

use common::{Arguments, Stop, heading, paragraph, refused, run, shell_word, write_new};

const USAGE: &str = "\
usage: certificate_request [FOLDER]

  FOLDER  where the files are written and left; it's made if it isn't there.
          Without it, a temporary one is used
  --help  this text (a folder of that name: ./--help)";

const OPENING: &str = "\
A server needs a certificate for its name. Its owner makes a key, asks an
authority for a certificate of the public half, and gets it. The private key
never leaves the server: what's sent is a request, and what comes back is for
everyone to see.
";

/// What's written, in this order.
const FILES: [&str; 6] = ["server.key", "server.csr", "server.crt", "chain.pem", "root.pem", "authority.crl"];
const HOST: &str = "www.example.com";
/// What the authority knows of its customer, who has shown it: this domain is theirs.
const DOMAIN: &str = "example.com";
/// For programs: `id-kp-codeSigning` of RFC 5280, section 4.2.1.12.
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

fn main() -> ExitCode {
    run(USAGE, |out| tell(out, &Workplace::open(read_arguments()?)?))
}

/// A folder, or none: then it's a temporary one.
fn read_arguments() -> Result<Option<PathBuf>, Stop> {
    let mut words = Arguments::new().words()?;
    match words.pop() {
        _ if !words.is_empty() => Err(Stop::Usage("one folder only".into())),
        Some(word) if word.is_empty() => Err(Stop::Usage("the folder's name is empty".into())),
        word => Ok(word.map(PathBuf::from)),
    }
}

/// The folder where the files are; a temporary one goes away with the value.
struct Workplace {
    folder: PathBuf,
    is_temporary: bool,
}

impl Workplace {
    fn open(folder: Option<PathBuf>) -> Result<Self, Stop> {
        let Some(folder) = folder else {
            let folder = std::env::temp_dir().join(format!("certificate_request-{}", std::process::id()));
            make_folder(&folder)?;
            return Ok(Self { folder, is_temporary: true });
        };
        if !folder.is_dir() {
            make_folder(&folder)?;
        }
        let place = Self { folder, is_temporary: false };
        match FILES.iter().map(|name| place.path(name)).find(|path| path.symlink_metadata().is_ok()) {
            Some(path) => Err(Stop::Failed(format!("{} is there already: another folder?", path.display()))),
            None => Ok(place),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Stop> {
        let path = self.path(name);
        fs::read(&path).map_err(|e| Stop::file(&path, e))
    }

    /// Writes a file for everyone, and says so.
    fn write(&self, out: &mut impl Write, name: &str, text: &str) -> Result<(), Stop> {
        write_new(&self.path(name), text.as_bytes(), false)?;
        Ok(writeln!(out, "  {}\n", self.path(name).display())?)
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if self.is_temporary {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// A new folder, on Unix for its owner alone.
fn make_folder(path: &Path) -> Result<(), Stop> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "a mode is Unix's"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| Stop::file(path, e))
}

/// The whole story.
fn tell(out: &mut impl Write, place: &Workplace) -> Result<(), Stop> {
    writeln!(out, "{OPENING}")?;
    heading(out, "1. The owner asks")?;
    ask(out, place)?;
    heading(out, "2. The authority looks at it")?;
    let request = Request::from_pem(place.read("server.csr")?)?;
    look(out, &request)?;
    heading(out, "3. The authority issues")?;
    let (root, authority) = authorities()?;
    issue(out, place, &authority, &request)?;
    publish(out, place, &root, &authority, &request)?;
    heading(out, "4. The owner checks what came back")?;
    check(out, place)?;
    heading(out, "5. What an authority has to refuse")?;
    wrong_requests(out, &request)?;
    heading(out, "6. The files")?;
    finish(out, place)
}

// 1. The owner.

fn ask(out: &mut impl Write, place: &Workplace) -> Result<(), Stop> {
    writeln!(out, "A new key on P-256, without a password, for nobody but the server:\n")?;
    let path = place.path("server.key");
    let key = PrivateKey::from(SigningKey::<P256>::generate()?);
    write_new(&path, key.to_pem().as_bytes(), true)?;
    writeln!(
        out,
        "  {}

With it the owner signs a request. It asks for two names, and for more than a
server needs: a mail address, and a key for signing programs and certificates.
",
        path.display()
    )?;
    let request = Request::builder(format!("CN={HOST}"))
        .dns(HOST)
        .dns("example.com")
        .mail("webmaster@example.com")
        .key_usage(DigitalSignature | KeyCertSign)
        .extended_key_usage(CODE_SIGNING)
        .sign(&key)?;
    place.write(out, "server.csr", &request.to_pem())
}

// 2. The authority, before it signs anything.

fn look(out: &mut impl Write, request: &Request) -> Result<(), Stop> {
    writeln!(out, "What the authority reads in it:\n\n{request}\n")?;
    request.verify()?;
    writeln!(
        out,
        "It's signed with the key that it's about, so whoever wrote it has the private
half. Whether the names are theirs, no signature says: the authority has to find
out, and has had its customer show that {DOMAIN} is theirs.
"
    )?;
    check_names(request).map_err(Stop::Failed)?;
    Ok(writeln!(out, "  all names are the customer's\n")?)
}

/// Checks that every name of a server that the certificate may get is the customer's, and that its subject says nothing
/// else, which would be signed too.
fn check_names(request: &Request) -> Result<(), String> {
    let is_theirs = |name: &Name| match name {
        Name::Dns(name) => {
            let above = name.strip_suffix(DOMAIN);
            above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        }
        // Not issued to servers.
        Name::Mail(_) => true,
        _ => false,
    };
    if let Some(name) = request.names().find(|name| !is_theirs(name)) {
        return Err(format!("the customer hasn't shown that {name} is theirs"));
    }
    if request.subject().parts().count() > request.subject().common_names().count() {
        return Err("the subject has more than a common name, which nobody checks".into());
    }
    Ok(())
}

// 3. The authority signs.

/// A root, and the authority below it that does the work. Their keys stay in here.
fn authorities() -> Result<(Authority, Authority), Stop> {
    let key = SigningKey::<P384>::generate()?;
    let root = Authority::self_signed("CN=Example Root,O=Example", key, Validity::days(3650))?;
    let key = SigningKey::<P256>::generate()?;
    let request = Request::builder("CN=Example Authority,O=Example").sign(&key)?;
    let certificate = root.issue_authority(&request, Validity::days(1825), PathLength::Max(0))?;
    Ok((root, Authority::new(certificate, key)?))
}

fn issue(
    out: &mut impl Write,
    place: &Workplace,
    authority: &Authority,
    request: &Request,
) -> Result<(), Stop> {
    writeln!(
        out,
        "A request proposes, and the profile of a server's certificate decides. What it
refuses is left out:
"
    )?;
    let (certificate, refusals) =
        authority.issue_with_report(request, Profile::server(), Validity::days(90))?;
    for refusal in &refusals {
        paragraph(out, &format!("left out: {refusal}"))?;
    }
    writeln!(out, "What it issues, for 90 days:\n\n{certificate}\n")?;
    place.write(out, "server.crt", &certificate.to_pem())?;
    writeln!(out, "The same and the authority's own certificate, as the server will send them:\n")?;
    let chain = [certificate.to_pem(), authority.certificate().to_pem()].concat();
    place.write(out, "chain.pem", &chain)
}

/// Writes what's for everyone: the root, and the list of what the authority has taken back.
fn publish(
    out: &mut impl Write,
    place: &Workplace,
    root: &Authority,
    authority: &Authority,
    request: &Request,
) -> Result<(), Stop> {
    writeln!(out, "The root, which clients trust:\n")?;
    place.write(out, "root.pem", &root.certificate().to_pem())?;
    // One that the server had before.
    let earlier = authority.issue(request, Profile::server(), Validity::days(30))?;
    let now = Time::now();
    let next = Time::from_unix_seconds(now.unix_seconds() + 7 * 86_400);
    let list = authority.revoke([(earlier.serial(), now, CrlReason::Superseded)], next)?;
    writeln!(
        out,
        "A list of what the authority has taken back, good for a week. On it is an
earlier certificate of the same server, as another one has taken its place:
"
    )?;
    place.write(out, "authority.crl", &list.to_pem())?;
    let (roots, lists) = (TrustStore::from_iter([root.certificate().clone()]), [list]);
    let between = [authority.certificate().clone()];
    let verifier = Verifier::new(&roots, Purpose::server(HOST)?);
    let verifier = verifier.intermediates(&between).policy(Policy::web());
    refused(out, &verifier.revocation(Revocation::crls(&lists).leaf_only()).verify(&earlier))
}

// 4. The owner again.

fn check(out: &mut impl Write, place: &Workplace) -> Result<(), Stop> {
    let roots = TrustStore::from_pem(place.read("root.pem")?)?;
    let sent = Certificate::bundle_from_pem(place.read("chain.pem")?)?;
    let lists = [Crl::from_pem(place.read("authority.crl")?)?];
    let verifier = Verifier::new(&roots, Purpose::server(HOST)?).intermediates(&sent).policy(Policy::web());
    let verifier = verifier.revocation(Revocation::crls(&lists).leaf_only());
    let Some(leaf) = sent.first() else { return Err(Stop::Failed("chain.pem is empty".into())) };
    let chain = verifier.verify(leaf)?;
    let key = common::private_key(&place.path("server.key"))?;
    if *chain.public_key() != key.public_key() {
        return Err(Stop::Failed("the certificate is for another key".into()));
    }
    writeln!(
        out,
        "Read from the files: the certificate is for the key in server.key, isn't on the
list, and a client that wants to talk to {HOST} has the chain

{chain}
"
    )?;
    Ok(())
}

// 5. What's refused.

fn wrong_requests(out: &mut impl Write, request: &Request) -> Result<(), Stop> {
    writeln!(
        out,
        "a) The public key in the request is another one, of somebody else, and the
signature stayed:
"
    )?;
    refused(out, &with_key(request, &SigningKey::<P256>::generate()?)?.verify())?;
    writeln!(
        out,
        "b) Mallory has a key of her own, and has signed with it. What she asks for
isn't hers:
"
    )?;
    let key = SigningKey::<P256>::generate()?;
    let request = Request::builder("CN=www.example.org").sign(&key)?;
    request.verify()?;
    refused(out, &check_names(&request))
}

/// The request with another public key in the place of its own.
fn with_key(request: &Request, key: &SigningKey<P256>) -> Result<Request, Stop> {
    let (own, other) = (request.public_key_der(), PrivateKey::from(key.clone()).public_key().to_der());
    let mut der = request.to_der().to_vec();
    match der.windows(own.len()).position(|window| window == own) {
        Some(at) if own.len() == other.len() => der[at..at + own.len()].copy_from_slice(&other),
        _ => return Err(Stop::Failed("the keys are of different kinds".into())),
    }
    Ok(Request::from_der(&der)?)
}

// 6. The files.

fn finish(out: &mut impl Write, place: &Workplace) -> Result<(), Stop> {
    if place.is_temporary {
        writeln!(
            out,
            "They are in a temporary folder, and go away with it now:

  {}

To keep them, for the next example too, name a folder, such as certs:

  cargo run --release --features trust --example certificate_request -- certs
",
            place.folder.display()
        )?;
        return Ok(common::next(out, "trust", "--features trust --example inspect -- certs/chain.pem")?);
    }
    let [key, request, certificate, chain, root, list] = FILES.map(|name| shell_word(&place.path(name)));
    writeln!(
        out,
        "They stay where they are, and OpenSSL checks them all:

  openssl pkey -in {key} -check -noout
  openssl req -verify -noout -in {request}
  openssl verify -x509_strict -purpose sslserver \\
    -verify_hostname {HOST} \\
    -CAfile {root} -untrusted {chain} \\
    {certificate}
  openssl verify -x509_strict -crl_check -CRLfile {list} \\
    -CAfile {root} -untrusted {chain} \\
    {certificate}
"
    )?;
    Ok(common::next(out, "trust", &format!("--features trust --example inspect -- {chain}"))?)
}
