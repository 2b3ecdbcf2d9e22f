//! Mail that only its receiver can read, and of which the receiver knows who wrote it: signed, sealed, and with certificates
//! that say whose the keys are.
//!
//! ```text
//! cargo run --release --features trust,hpke --example sealed_mail -- "a message"
//! ```
//!
//! This shows the principle. It isn't the format of S/MIME (CMS, RFC 8551), and no mail program reads it.
//!
//! What's written, each field after its length in four bytes:
//!
//! ```text
//! mail      = label, from, to, date, text
//! envelope  = mail, signature of the mail, certificates of the sender
//! sealed    = HPKE (RFC 9180, base mode) of the envelope, to the key of the receiver's certificate
//! ```
//!
//! The receiver stands in what's signed, so that nobody can pass the mail on as if it had been written to somebody else;
//! and the seal is bound to the receiver's certificate, by its fingerprint.
//!
//! Each person has one key on P-256, for signatures and for opening. (With two keys and two certificates, one of them
//! for each, an old key can be kept for old mail and no longer sign.)

mod common;

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use oneway::ecdsa::{P256, P384, Signature, SigningKey, VerifyingKey};
use oneway::key::PublicKey;
use oneway::trust::x509_cert::ext::pkix::KeyUsages::{self, DigitalSignature, KeyAgreement};
use oneway::trust::{
    self, Authority, Certificate, PathLength, Profile, Purpose, Request, Time, TrustStore, Validity, Verifier,
};
use oneway::{ecdh, hpke};

use common::{Arguments, Stop, heading, refused, run, visible, write_hex};

const DEFAULT_MESSAGE: &str = "I accept your offer. Alice";

const USAGE: &str = "\
usage: sealed_mail [MESSAGE]

  MESSAGE  what Alice writes to Bob, in quotes (after -- if it begins with a
           dash)
  --help   this text";

const OPENING: &str = "\
Alice writes to Bob. Nobody else shall read it, and Bob shall know that it's
from her. Each has a key pair, and a certificate by which an authority, that
both trust, says whose the public key is: the one with this mail address.
";

/// When the certificates are issued, when Alice writes, when Bob reads.
const ISSUED: &str = "2026-11-01T00:00:00Z";
const WRITTEN: &str = "2026-12-01T09:00:00Z";
const READ: &str = "2026-12-01T12:00:00Z";

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const CAROL: &str = "carol@example.com";

/// What's signed and sealed is this and nothing else, whatever other use a key may have.
const SIGNED: &[u8] = b"oneway example sealed_mail v1: mail";
const SEALED: &[u8] = b"oneway example sealed_mail v1: envelope";

fn main() -> ExitCode {
    run(USAGE, |out| tell(out, &Arguments::new().message(DEFAULT_MESSAGE)?))
}

// The format.

/// What one person writes to another.
#[derive(Clone, Debug, PartialEq)]
struct Mail {
    from: String,
    to: String,
    date: String,
    text: String,
}

impl Mail {
    fn to_bytes(&self) -> Vec<u8> {
        let Self { from, to, date, text } = self;
        pack(&[SIGNED, from.as_bytes(), to.as_bytes(), date.as_bytes(), text.as_bytes()])
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Refused> {
        let [SIGNED, from, to, date, text] = unpack(bytes)?[..] else { return Err(Refused::Format) };
        let read = |field: &[u8]| String::from_utf8(field.to_vec()).map_err(|_| Refused::Format);
        Ok(Self { from: read(from)?, to: read(to)?, date: read(date)?, text: read(text)? })
    }
}

/// A certificate, and those that lead from there to a root.
#[derive(Clone)]
struct Credentials {
    certificate: Certificate,
    above: Vec<Certificate>,
}

/// The mail, and who vouches for it.
struct Envelope {
    mail: Mail,
    signature: Signature<P256>,
    sender: Credentials,
}

impl Envelope {
    fn to_bytes(&self) -> Vec<u8> {
        let (mail, signature) = (self.mail.to_bytes(), self.signature.to_bytes());
        let mut fields = vec![&mail[..], &signature[..], self.sender.certificate.to_der()];
        fields.extend(self.sender.above.iter().map(Certificate::to_der));
        pack(&fields)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Refused> {
        let fields = unpack(bytes)?;
        let [mail, signature, certificate, above @ ..] = &fields[..] else { return Err(Refused::Format) };
        let read = |der: &&[u8]| Certificate::from_der(der).map_err(Refused::Sender);
        Ok(Self {
            mail: Mail::from_bytes(mail)?,
            signature: Signature::from_bytes(signature).map_err(Refused::Signature)?,
            sender: Credentials {
                certificate: read(certificate)?,
                above: above.iter().map(read).collect::<Result<_, _>>()?,
            },
        })
    }
}

/// Fields in a row, each after its length, so that none can be taken for a part of another.
fn pack(fields: &[&[u8]]) -> Vec<u8> {
    let with_length = |field: &&[u8]| {
        let length = u32::try_from(field.len()).expect("a field of less than 4 GiB");
        [&length.to_be_bytes(), *field].concat()
    };
    fields.iter().flat_map(with_length).collect()
}

fn unpack(mut bytes: &[u8]) -> Result<Vec<&[u8]>, Refused> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk().ok_or(Refused::Format)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Refused::Format)?;
        let (field, rest) = rest.split_at_checked(length).ok_or(Refused::Format)?;
        fields.push(field);
        bytes = rest;
    }
    Ok(fields)
}

/// Why a mail isn't sent, or not read.
#[derive(Debug)]
enum Refused {
    /// The receiver's certificate doesn't convince.
    Receiver(trust::Error),
    /// The sender's certificate doesn't convince.
    Sender(trust::Error),
    /// The key of a certificate isn't on P-256.
    Key,
    /// The seal doesn't open, or can't be made.
    Seal(oneway::Error),
    /// The signature isn't right.
    Signature(oneway::Error),
    /// It was written to somebody else.
    Misdirected { to: String },
    /// What was sealed isn't a mail.
    Format,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receiver(error) => write!(f, "the receiver isn't trusted: {error}"),
            Self::Sender(error) => write!(f, "the sender isn't trusted: {error}"),
            Self::Key => f.write_str("the certificate has a key that isn't on P-256"),
            Self::Seal(error) | Self::Signature(error) => error.fmt(f),
            Self::Misdirected { to } => write!(f, "the mail was written to {}", visible(to)),
            Self::Format => f.write_str("not a mail in this format"),
        }
    }
}

impl std::error::Error for Refused {}

// Sending and reading.

/// Somebody with a key, and what vouches for it.
struct Person {
    key: SigningKey<P256>,
    credentials: Credentials,
}

/// Whom somebody trusts, and when.
struct View<'a> {
    roots: &'a TrustStore,
    time: Time,
}

impl View<'_> {
    /// The public key that's vouched for, if it's for mail at this address, and for this.
    fn key_of(&self, who: &Credentials, address: &str, usage: KeyUsages) -> trust::Result<PublicKey> {
        let purpose = Purpose::mail(address)?.with_key_usage(usage);
        let verifier = Verifier::new(self.roots, purpose).intermediates(&who.above).at(self.time);
        Ok(verifier.verify(&who.certificate)?.public_key().clone())
    }
}

fn on_p256(key: &PublicKey) -> Result<&VerifyingKey<P256>, Refused> {
    key.as_p256().ok_or(Refused::Key)
}

/// What a sender does: makes sure whose the receiver's key is, signs, seals.
fn send(mail: &Mail, sender: &Person, receiver: &Credentials, view: &View<'_>) -> Result<Vec<u8>, Refused> {
    let key = view.key_of(receiver, &mail.to, KeyAgreement).map_err(Refused::Receiver)?;
    on_p256(&key)?;
    seal(&sign(mail, sender), &receiver.certificate)
}

fn sign(mail: &Mail, sender: &Person) -> Envelope {
    let signature = sender.key.sign(&mail.to_bytes());
    Envelope { mail: mail.clone(), signature, sender: sender.credentials.clone() }
}

/// Seals to the key of a certificate, and to that certificate alone. Whose it is, the sender has made sure before.
fn seal(envelope: &Envelope, receiver: &Certificate) -> Result<Vec<u8>, Refused> {
    let key = receiver.public_key().map_err(Refused::Seal)?;
    let key = ecdh::PublicKey::from(on_p256(&key)?);
    let fingerprint = receiver.fingerprint();
    hpke::seal(&key, SEALED, fingerprint.as_bytes(), &envelope.to_bytes()).map_err(Refused::Seal)
}

/// What a receiver does: opens, makes sure whose the sender's key is, verifies the signature, and looks at whom the
/// mail was written to.
fn read(sealed: &[u8], receiver: &Person, address: &str, view: &View<'_>) -> Result<Mail, Refused> {
    let Envelope { mail, signature, sender } = open(sealed, receiver)?;
    let key = view.key_of(&sender, &mail.from, DigitalSignature).map_err(Refused::Sender)?;
    on_p256(&key)?.verify(&mail.to_bytes(), &signature).map_err(Refused::Signature)?;
    if mail.to == address { Ok(mail) } else { Err(Refused::Misdirected { to: mail.to }) }
}

fn open(sealed: &[u8], receiver: &Person) -> Result<Envelope, Refused> {
    let fingerprint = receiver.credentials.certificate.fingerprint();
    let key = ecdh::PrivateKey::from(&receiver.key);
    let opened = hpke::open(&key, SEALED, fingerprint.as_bytes(), sealed).map_err(Refused::Seal)?;
    Envelope::from_bytes(&opened)
}

// The story.

/// An authority that vouches for people, and the root above it.
struct Vouchers {
    root: Certificate,
    authority: Authority,
}

impl Vouchers {
    fn new(name: &str) -> Result<Self, Stop> {
        let key = SigningKey::<P384>::generate()?;
        let root = Authority::self_signed(format!("CN={name} Root"), key, from_issued(3650)?)?;
        let key = SigningKey::<P256>::generate()?;
        let request = Request::builder(format!("CN={name} Mail Authority")).sign(&key)?;
        let certificate = root.issue_authority(&request, from_issued(1825)?, PathLength::Max(0))?;
        Ok(Self { root: root.certificate().clone(), authority: Authority::new(certificate, key)? })
    }

    /// Somebody with a new key and a certificate for an address. That it's theirs, the authority has found out: by a
    /// mail to it, which they have answered.
    fn person(&self, name: &str, address: &str) -> Result<Person, Stop> {
        let key = SigningKey::<P256>::generate()?;
        let request = Request::builder(format!("CN={name}")).mail(address).sign(&key)?;
        let certificate =
            self.authority.issue(&request, Profile::mail().keep_subject(), from_issued(365)?)?;
        let above = vec![self.authority.certificate().clone()];
        Ok(Person { key, credentials: Credentials { certificate, above } })
    }
}

fn from_issued(days: u32) -> Result<Validity, Stop> {
    Ok(Validity::days(days).starting(time(ISSUED)?))
}

fn time(text: &str) -> Result<Time, Stop> {
    Ok(text.parse()?)
}

/// Who is in the story.
struct World {
    roots: TrustStore,
    alice: Person,
    bob: Person,
    carol: Person,
    /// Somebody whom nobody trusts, and who vouches for whatever she likes.
    mallory: Vouchers,
}

impl World {
    fn new() -> Result<Self, Stop> {
        let vouchers = Vouchers::new("Example")?;
        Ok(Self {
            alice: vouchers.person("Alice", ALICE)?,
            bob: vouchers.person("Bob", BOB)?,
            carol: vouchers.person("Carol", CAROL)?,
            roots: TrustStore::from_iter([vouchers.root]),
            mallory: Vouchers::new("Mallory")?,
        })
    }

    /// What all of them trust, at this time.
    fn at(&self, text: &str) -> Result<View<'_>, Stop> {
        Ok(View { roots: &self.roots, time: time(text)? })
    }
}

/// The whole story.
fn tell(out: &mut impl Write, message: &str) -> Result<(), Stop> {
    writeln!(out, "{OPENING}")?;
    let world = World::new()?;
    let mail = Mail { from: ALICE.into(), to: BOB.into(), date: WRITTEN.into(), text: message.into() };
    heading(out, "1. Alice writes")?;
    let sealed = write(out, &world, &mail)?;
    heading(out, "2. Bob reads")?;
    receive(out, &world, &sealed, &mail)?;
    heading(out, "3. What Alice doesn't send")?;
    unsent(out, &world, &mail)?;
    heading(out, "4. What Bob doesn't believe")?;
    unbelieved(out, &world, &sealed, &mail)?;
    heading(out, "5. What others can do with it")?;
    passed_on(out, &world, &sealed)?;
    writeln!(
        out,
        "The seal keeps a secret, the signature says which key wrote it, and certificates
say whose the keys are: none of them is worth much without the others.
"
    )?;
    Ok(common::next(out, "signatures", "-p rustls-oneway --example handshake")?)
}

fn write(out: &mut impl Write, world: &World, mail: &Mail) -> Result<Vec<u8>, Stop> {
    let sealed = send(mail, &world.alice, &world.bob.credentials, &world.at(WRITTEN)?)?;
    writeln!(
        out,
        "Alice has Bob's certificate, from himself or from a directory. It has

{}

and she verifies it: for mail to {BOB}, with a key for agreements,
under the root that she trusts.

  trusted

She signs what she writes, together with from whom it is, to whom, and when. The
mail, her signature and her certificates go into one envelope, which is sealed
to the key of Bob's certificate: {} bytes, of which the first are
",
        world.bob.credentials.certificate,
        sealed.len()
    )?;
    write_hex(out, &sealed[..64])?;
    Ok(sealed)
}

fn receive(out: &mut impl Write, world: &World, sealed: &[u8], sent: &Mail) -> Result<(), Stop> {
    let mail = read(sealed, &world.bob, BOB, &world.at(READ)?)?;
    if mail != *sent {
        return Err(Stop::Failed("what was read isn't what was sent".into()));
    }
    writeln!(
        out,
        "Bob opens the envelope with his private key. The certificates in it are for the
mail address from which it says that it is, the signature was made with their
key, and it was written to him:

  From:  {}
  To:    {}
  Date:  {}

  {}
",
        mail.from,
        mail.to,
        visible(&mail.date),
        visible(&mail.text)
    )?;
    Ok(())
}

fn unsent(out: &mut impl Write, world: &World, mail: &Mail) -> Result<(), Stop> {
    let view = world.at(WRITTEN)?;
    writeln!(
        out,
        "a) Mallory has slipped her a certificate for Bob's address, with a key of
Mallory's, from an authority that Mallory has made:
"
    )?;
    let false_bob = world.mallory.person("Bob", BOB)?;
    refused(out, &send(mail, &world.alice, &false_bob.credentials, &view))?;
    writeln!(out, "b) Carol's certificate, by mistake:\n")?;
    refused(out, &send(mail, &world.alice, &world.carol.credentials, &view))
}

fn unbelieved(out: &mut impl Write, world: &World, sealed: &[u8], mail: &Mail) -> Result<(), Stop> {
    let view = world.at(READ)?;
    let bob = &world.bob;
    // Who forges doesn't ask for certificates.
    let forged = |sender: &Person| seal(&sign(mail, sender), &bob.credentials.certificate);
    writeln!(out, "a) One byte of it has changed on the way:\n")?;
    let mut changed = sealed.to_vec();
    changed[sealed.len() / 2] ^= 1;
    refused(out, &read(&changed, bob, BOB, &view))?;
    writeln!(out, "b) Mallory writes as Alice, with a certificate from her own authority:\n")?;
    let false_alice = world.mallory.person("Alice", ALICE)?;
    refused(out, &read(&forged(&false_alice)?, bob, BOB, &view))?;
    writeln!(out, "c) Carol writes as Alice, with her own certificate, which is right:\n")?;
    refused(out, &read(&forged(&world.carol)?, bob, BOB, &view))?;
    writeln!(out, "d) And with Alice's, to which she has no key:\n")?;
    let credentials = world.alice.credentials.clone();
    let carol = Person { key: world.carol.key.clone(), credentials };
    refused(out, &read(&forged(&carol)?, bob, BOB, &view))?;
    writeln!(
        out,
        "e) Alice's own mail, read a year later. (Who keeps mail keeps the verdict of the
day when it came.)
"
    )?;
    refused(out, &read(sealed, bob, BOB, &world.at("2027-12-01T12:00:00Z")?))
}

fn passed_on(out: &mut impl Write, world: &World, sealed: &[u8]) -> Result<(), Stop> {
    let view = world.at(READ)?;
    let carol = &world.carol;
    writeln!(out, "a) Carol got hold of it, and tries to open it:\n")?;
    refused(out, &read(sealed, carol, CAROL, &view))?;
    writeln!(
        out,
        "b) Bob passes it on to Carol: he has the envelope, with Alice's signature in it,
and anybody can seal. Had Alice not signed to whom she writes, Carol would think
that it's for her:
"
    )?;
    let mut envelope = open(sealed, &world.bob)?;
    refused(out, &read(&seal(&envelope, &carol.credentials.certificate)?, carol, CAROL, &view))?;
    writeln!(out, "c) Before, he writes Carol's address in the place of his own:\n")?;
    envelope.mail.to = CAROL.into();
    refused(out, &read(&seal(&envelope, &carol.credentials.certificate)?, carol, CAROL, &view))
}
