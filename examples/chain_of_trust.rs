//! A chain of trust, from a root to a server, and everything that can be wrong with one.
//!
//! ```text
//! cargo run --release --features trust --example chain_of_trust
//! ```
//!
//! The keys are new in each run, the times are always the same. Each certificate is made and verified here and now, and
//! one that should be refused and isn't ends the program with an error.

mod common;

use std::io::Write;
use std::process::ExitCode;

use getrandom::SysRng;
use oneway::ecdsa::{P256, P384, SigningKey};
use oneway::rsa;
use oneway::trust::{
    Authority, Certificate, Crl, CrlReason, PathLength, Policy, Profile, Purpose, Request, Revocation,
    Revoked, Time, TrustStore, Validity, Verifier,
};

use common::{Arguments, Stop, heading, refused, run};

const USAGE: &str = "\
usage: chain_of_trust

  --help  this text";

const OPENING: &str = "\
A public key doesn't say whose it is. A certificate does: it binds a name to a
key, under the signature of an authority, which has a certificate of its own,
and so on up to a root. Roots are trusted because they're in a store that came
with the system; everything below has to be proved.
";

/// When the certificates are issued, and when somebody asks about them.
const ISSUED: &str = "2026-11-01T00:00:00Z";
const NOW: &str = "2026-12-01T00:00:00Z";
/// After the server's 90 days.
const LATER: &str = "2027-03-01T00:00:00Z";

const ROOT: &str = "CN=Example Root,O=Example";
const AUTHORITY: &str = "CN=Example Authority,O=Example";
const SERVER: &str = "CN=*.example.com";
const HOST: &str = "www.example.com";

fn main() -> ExitCode {
    run(USAGE, |out| {
        Arguments::new().none()?;
        tell(out)
    })
}

/// The whole story.
fn tell(out: &mut impl Write) -> Result<(), Stop> {
    writeln!(out, "{OPENING}")?;
    heading(out, "1. A chain that holds")?;
    let world = World::new()?;
    introduce(out, &world)?;
    heading(out, "2. What can be wrong with it")?;
    writeln!(
        out,
        "From here on one thing at a time is different, and each time the verdict says\nwhat it is.\n"
    )?;
    late(out, &world)?;
    expired_authority(out, &world)?;
    other_names(out, &world)?;
    unknown_root(out, &world)?;
    missing_authority(out, &world)?;
    self_signed(out, &world)?;
    playing_authority(out, &world)?;
    revoked(out, &world)?;
    writeln!(
        out,
        "Encryption and trust are independent: with every one of these servers traffic
could be encrypted, and nobody would know who reads it.
"
    )?;
    Ok(common::next(out, "trust", "--features trust --example certificate_request -- certs")?)
}

// 1. The chain.

/// Who issues, who is certified, and who is trusted.
struct World {
    root: Authority,
    authority: Authority,
    /// What a client trusts.
    roots: TrustStore,
    /// What the server sends with its own certificate.
    between: Vec<Certificate>,
    server: Certificate,
    server_key: SigningKey<P256>,
}

impl World {
    fn new() -> Result<Self, Stop> {
        let root = Authority::self_signed(ROOT, SigningKey::<P384>::generate()?, from_issued(3650)?)?;
        let key = rsa::PrivateKey::generate(2048)?;
        let request = Request::builder(AUTHORITY).sign(&key)?;
        // With no authority below it.
        let certificate = root.issue_authority(&request, from_issued(1825)?, PathLength::Max(0))?;
        let authority = Authority::new(certificate, key)?;
        let server_key = SigningKey::<P256>::generate()?;
        let request = Request::builder(SERVER).dns("*.example.com").sign(&server_key)?;
        let server = authority.issue(&request, Profile::server(), from_issued(90)?)?;
        Ok(Self {
            roots: TrustStore::from_iter([root.certificate().clone()]),
            between: vec![authority.certificate().clone()],
            root,
            authority,
            server,
            server_key,
        })
    }
}

/// A verifier as clients have it: by the Web's rules, for the host, at the time of the story.
fn client<'a>(roots: &'a TrustStore, between: &'a [Certificate]) -> Result<Verifier<'a>, Stop> {
    let verifier = Verifier::new(roots, Purpose::server(HOST)?).intermediates(between).at(time(NOW)?);
    Ok(verifier.policy(Policy::web()))
}

/// A validity of so many days from the time when things are issued here.
fn from_issued(days: u32) -> Result<Validity, Stop> {
    Ok(Validity::days(days).starting(time(ISSUED)?))
}

fn time(text: &str) -> Result<Time, Stop> {
    Ok(text.parse()?)
}

fn introduce(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "The root has signed its own certificate. It has issued one for an authority
below it, which does the daily work, so that the root's key can stay in a safe.
The authority has issued one for a server. Its star stands for one label: it's
for www.example.com, mail.example.com and so on.

{}
",
        world.server
    )?;
    let verifier = client(&world.roots, &world.between)?;
    let chain = verifier.verify(&world.server)?;
    writeln!(
        out,
        "A client wants to talk to {HOST}. It trusts the root, the server sends
the other two certificates, and on {NOW} the verdict is:

  trusted

{chain}

Two signatures were verified, three times of validity, the name, and that each
certificate is for what it was used for.
"
    )?;
    Ok(())
}

// 2. What can be wrong.

fn late(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(out, "a) It's asked about three months later:\n")?;
    let verifier = client(&world.roots, &world.between)?.at(time(LATER)?);
    refused(out, &verifier.verify(&world.server))?;
    writeln!(
        out,
        "b) The same, and the server has changed one byte of its certificate, so that
it says 2037 and not 2027:
"
    )?;
    let changed = prolonged(&world.server)?;
    writeln!(out, "  valid until {}\n", changed.not_after())?;
    refused(out, &verifier.verify(&changed))
}

/// The certificate with one byte changed in its signed part: it ends ten years later.
fn prolonged(certificate: &Certificate) -> Result<Certificate, Stop> {
    // The last second, as certificates write it.
    const UNTIL: &[u8] = b"270129235959Z";
    let mut der = certificate.to_der().to_vec();
    let place = der.windows(UNTIL.len()).position(|window| window == UNTIL);
    let Some(place) = place else { return Err(Stop::Failed("the certificate ends at another time".into())) };
    der[place] = b'3';
    Ok(Certificate::from_der(&der)?)
}

fn expired_authority(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "c) An authority whose own time ends on the last day of November. It doesn't
issue what would outlive it:
"
    )?;
    let key = SigningKey::<P256>::generate()?;
    let request = Request::builder("CN=Example Old Authority,O=Example").sign(&key)?;
    let issue = |validity| world.root.issue_authority(&request, validity, PathLength::Max(0));
    let old = Authority::new(issue(from_issued(30)?)?, key)?;
    let server_request = Request::builder(SERVER).dns("*.example.com").sign(&world.server_key)?;
    refused(out, &old.issue(&server_request, Profile::server(), from_issued(90)?))?;
    writeln!(
        out,
        "Unless it's told that its certificate will be renewed. If that's forgotten, all\nbelow it falls:\n"
    )?;
    let profile = Profile::server().allow_outliving_issuer();
    let server = old.issue(&server_request, profile, from_issued(90)?)?;
    let between = [old.certificate().clone()];
    refused(out, &client(&world.roots, &between)?.verify(&server))?;
    writeln!(out, "With a new certificate for the same authority and its same key all holds again:\n")?;
    let renewed = [issue(from_issued(365)?)?];
    client(&world.roots, &renewed)?.verify(&server)?;
    Ok(writeln!(out, "  trusted\n")?)
}

fn other_names(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    let verifier = client(&world.roots, &world.between)?;
    writeln!(out, "d) The client wants to talk to somebody else:\n")?;
    refused(out, &verifier.clone().purpose(Purpose::server("www.example.org")?).verify(&world.server))?;
    writeln!(out, "e) Two labels, where the star stands for one:\n")?;
    refused(out, &verifier.purpose(Purpose::server("a.b.example.com")?).verify(&world.server))
}

fn unknown_root(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(out, "f) The client trusts another root:\n")?;
    let other = |name| {
        Authority::self_signed(name, SigningKey::<P384>::generate()?, from_issued(3650)?).map_err(Stop::from)
    };
    let roots = TrustStore::from_iter([other("CN=Other Root,O=Other")?.certificate().clone()]);
    refused(out, &client(&roots, &world.between)?.verify(&world.server))?;
    writeln!(out, "One of the same name, which is easily taken, but with another key:\n")?;
    let roots = TrustStore::from_iter([other(ROOT)?.certificate().clone()]);
    refused(out, &client(&roots, &world.between)?.verify(&world.server))
}

fn missing_authority(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "g) The server sends its own certificate and not that of the authority, as many
servers do by mistake:
"
    )?;
    refused(out, &client(&world.roots, &[])?.verify(&world.server))
}

fn self_signed(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "h) Anybody can be a root, and sign a certificate for themselves. Mallory has
done it:
"
    )?;
    let mallory = Authority::self_signed("CN=Mallory", SigningKey::<P256>::generate()?, from_issued(3650)?)?;
    let verifier = client(&world.roots, &[])?;
    refused(out, &verifier.purpose(Purpose::any()).verify(mallory.certificate()))?;
    writeln!(out, "She issues one for the host, and sends her own along:\n")?;
    let key = SigningKey::<P256>::generate()?;
    let request = Request::builder("CN=www.example.com").sign(&key)?;
    let server = mallory.issue(&request, Profile::server(), from_issued(90)?)?;
    let between = [mallory.certificate().clone()];
    refused(out, &client(&world.roots, &between)?.verify(&server))
}

fn playing_authority(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "i) The owner of the server has a certificate, and the key to it. Can't that
issue more of them, for other people's names? Here no authority is made of it:
"
    )?;
    refused(out, &Authority::new(world.server.clone(), world.server_key.clone()))?;
    writeln!(
        out,
        "Other programs may be less careful, and this one takes a detour: an authority
with the server's name and the server's key issues for www.example.org. By name
and by signature the server's certificate is the one above, and from there on
all is as before:
"
    )?;
    let forger = Authority::self_signed(SERVER, world.server_key.clone(), from_issued(90)?)?;
    let request = Request::builder("CN=www.example.org").sign(&SigningKey::<P256>::generate()?)?;
    let forged = forger.issue(&request, Profile::server(), from_issued(60)?)?;
    forged.check_signed_by(&world.server).map_err(|reason| Stop::Failed(format!("the forgery {reason}")))?;
    let between = [world.server.clone(), world.authority.certificate().clone()];
    let verifier = client(&world.roots, &between)?.purpose(Purpose::server("www.example.org")?);
    refused(out, &verifier.verify(&forged))
}

fn revoked(out: &mut impl Write, world: &World) -> Result<(), Stop> {
    writeln!(
        out,
        "j) The server's key was stolen, and its owner has told the authority, which like
all of them publishes lists of what it takes back, and says when the next one
comes. A client that goes by lists, and has only the root's, doesn't know:
"
    )?;
    let mut lists = vec![list(&world.root, &[], "2026-11-18T00:00:00Z")?];
    let verifier = client(&world.roots, &world.between)?;
    refused(out, &verifier.clone().revocation(Revocation::crls(&lists)).verify(&world.server))?;
    writeln!(out, "With the authority's list from before the theft, which counts for two weeks:\n")?;
    lists.push(list(&world.authority, &[], "2026-11-18T00:00:00Z")?);
    verifier.clone().revocation(Revocation::crls(&lists)).verify(&world.server)?;
    writeln!(out, "  trusted\n\nWith the next one too:\n")?;
    let entry = (world.server.serial(), time("2026-11-20T08:00:00Z")?, CrlReason::KeyCompromise);
    lists.push(list(&world.authority, &[entry.into()], "2026-11-25T00:00:00Z")?);
    refused(out, &verifier.revocation(Revocation::crls(&lists)).verify(&world.server))
}

/// An authority's list, for two weeks.
fn list(authority: &Authority, entries: &[Revoked], from: &str) -> Result<Crl, Stop> {
    let from = time(from)?;
    let validity = Validity::days(14).starting(from);
    let number = from.unix_seconds().into();
    Ok(authority.revoke_with_rng(&mut SysRng, entries.iter().cloned(), number, validity)?)
}
