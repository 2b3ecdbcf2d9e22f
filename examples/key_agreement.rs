//! A secret for two, agreed on in public: by four curves, before the eyes of an eavesdropper, through the hands of
//! somebody in the middle, and with signatures against that.
//!
//! ```text
//! cargo run --release --example key_agreement -- "a message"
//! ```
//!
//! Each step is computed here and now, and an attempt that should fail and doesn't ends the program with an error.
//!
//! Secrets are printed on purpose. No other program should.

mod common;

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use oneway::bignum::{Modulus, Nat};
use oneway::ecdh::{Curve, P256, P384, P521, PrivateKey, PublicKey, X25519};
use oneway::ed25519;
use oneway::hash::{Hkdf, Hmac, Sha256};

use common::{Arguments, Stop, heading, hex, refused, run, visible, write_hex};

const DEFAULT_MESSAGE: &str = "Meet me at the old bridge at noon.";

/// What Mallory writes instead.
const FORGERY: &str = "Meet me at the new bridge at nine.";

const USAGE: &str = "\
usage: key_agreement [MESSAGE]

  MESSAGE  what Alice writes to Bob, in quotes (after -- if it begins with a
           dash)
  --help   this text";

const OPENING: &str = "\
Alice and Bob have never met, and everything that they send each other is
read by others. Still they can agree on a secret: each makes a private key,
sends the public one, and from their own private and the other's public key
both compute the same number. Nobody who saw the public keys alone can.
Every secure web page begins like this.
";

fn main() -> ExitCode {
    run(USAGE, |out| {
        let message = Arguments::new().message(DEFAULT_MESSAGE)?;
        if message.len() > 1000 {
            return Err(Stop::Usage("the message has more than 1000 bytes".into()));
        }
        tell(out, &message)
    })
}

/// The whole story.
fn tell(out: &mut impl Write, message: &str) -> Result<(), Stop> {
    writeln!(out, "{OPENING}")?;
    heading(out, "1. Small enough to check with a pencil")?;
    by_hand(out)?;
    heading(out, "2. Four curves")?;
    writeln!(
        out,
        "In earnest the numbers are points of a curve: to multiply a point takes
microseconds, and to find by what it was multiplied, nobody knows how.
The bytes on the wire, and what both sides make of them:
"
    )?;
    agree_on::<X25519>(out, "X25519")?;
    agree_on::<P256>(out, "P-256")?;
    agree_on::<P384>(out, "P-384")?;
    agree_on::<P521>(out, "P-521")?;
    heading(out, "3. Eve, who sees everything")?;
    eve(out, message)?;
    heading(out, "4. Mallory, through whose hands it goes")?;
    mallory(out, message)?;
    heading(out, "5. With signatures")?;
    signed(out)?;
    writeln!(
        out,
        "An agreement keeps a secret from those who listen; with whom it was made, a
signature says. And whose the signing key is? That's what certificates are for.
"
    )?;
    Ok(common::next(out, "diffie_hellman", "--features hpke --example sealed_message -- README.md")?)
}

// 1. By hand.

/// Diffie and Hellman's own example in small: powers of 5 modulo 23.
fn by_hand(out: &mut impl Write) -> Result<(), Stop> {
    let (p, g, a, b) = (23, 5, 6, 15);
    let modulus = Modulus::new(&Nat::from(p))?;
    let power = |base: u64, exponent: u64| {
        let result = modulus.residue(&Nat::from(base)).pow(&Nat::from(exponent)).to_nat();
        // Small, and to be printed.
        result.declassify().to_u64().expect("below 23")
    };
    let (from_alice, from_bob) = (power(g, a), power(g, b));
    let (for_alice, for_bob) = (power(from_bob, a), power(from_alice, b));
    writeln!(
        out,
        "Known to all: the numbers {g} and {p}. Alice thinks of {a}, Bob of {b}.

  Alice sends  {g}^{a}, remainder of the division by {p}:   {from_alice}
  Bob sends    {g}^{b}, remainder:                        {from_bob}

  Alice computes  {from_bob}^{a}, remainder:  {for_alice}
  Bob computes    {from_alice}^{b}, remainder:  {for_bob}

Both are {g}^({a} * {b}). Who saw {from_alice} and {from_bob} has to find {a} or {b}: here by trying.
"
    )?;
    if for_alice == for_bob { Ok(()) } else { Err(Stop::Failed("the two numbers differ".into())) }
}

// 2. Four curves.

/// The key for a session: of the shared secret, for this purpose and these two public keys.
fn session_key<C: Curve>(
    own: &PrivateKey<C>,
    peer: &PublicKey<C>,
    transcript: &[u8],
) -> oneway::Result<[u8; 32]> {
    let mut key = [0; 32];
    own.agree(peer)?.hkdf::<Sha256>(b"", transcript, &mut key)?;
    Ok(key)
}

/// What both sides saw: first Alice's public key, then Bob's. It goes into the session key, so that who sees something
/// else gets another key.
fn transcript(alice: &[u8], bob: &[u8]) -> Vec<u8> {
    [b"oneway example key_agreement v1", alice, bob].concat()
}

fn agree_on<C: Curve>(out: &mut impl Write, name: &str) -> Result<(), Stop> {
    let start = Instant::now();
    let (alice, bob) = (PrivateKey::<C>::generate()?, PrivateKey::<C>::generate()?);
    // This is all that's sent.
    let (from_alice, from_bob) = (alice.public_key().to_bytes(), bob.public_key().to_bytes());
    let seen = transcript(&from_alice, &from_bob);
    let peer_of_alice = PublicKey::<C>::from_bytes(&from_bob)?;
    let peer_of_bob = PublicKey::<C>::from_bytes(&from_alice)?;
    let shared = alice.agree(&peer_of_alice)?;
    let keys = (session_key(&alice, &peer_of_alice, &seen)?, session_key(&bob, &peer_of_bob, &seen)?);
    let microseconds = start.elapsed().as_micros();
    if keys.0 != keys.1 || shared.as_bytes() != bob.agree(&peer_of_bob)?.as_bytes() {
        return Err(Stop::Failed(format!("{name}: the two sides differ")));
    }
    writeln!(out, "{name}. Alice sends {} bytes:\n", from_alice.len())?;
    write_hex(out, &from_alice)?;
    writeln!(out, "Bob sends as many:\n")?;
    write_hex(out, &from_bob)?;
    writeln!(out, "The shared secret, {} bytes, on both sides:\n", shared.as_bytes().len())?;
    write_hex(out, shared.as_bytes())?;
    writeln!(out, "The session key, made of it by HKDF (all in {microseconds} microseconds):\n")?;
    write_hex(out, &keys.0).map_err(Stop::from)
}

// A cipher for the story: a stream of HKDF, and HMAC's tag. (For use there's `oneway::hpke`.)

fn lock(key: &[u8; 32], message: &[u8]) -> oneway::Result<Vec<u8>> {
    let mut locked = vec![0; message.len()];
    Hkdf::<Sha256>::from_prk(key)?.expand(b"stream", &mut locked)?;
    locked.iter_mut().zip(message).for_each(|(byte, plain)| *byte ^= plain);
    locked.extend_from_slice(&tag(key, &locked)?.finalize());
    Ok(locked)
}

fn unlock(key: &[u8; 32], locked: &[u8]) -> oneway::Result<String> {
    let (message, given) = locked.split_last_chunk::<32>().ok_or(oneway::Error::Mac)?;
    tag(key, message)?.verify(given)?;
    let plain = lock(key, message)?;
    String::from_utf8(plain[..message.len()].to_vec()).map_err(|_| oneway::Error::Mac)
}

fn tag(key: &[u8; 32], message: &[u8]) -> oneway::Result<Hmac<Sha256>> {
    let mut tag_key = [0; 32];
    Hkdf::<Sha256>::from_prk(key)?.expand(b"tag", &mut tag_key)?;
    let mut mac = Hmac::new(&tag_key);
    mac.update(message);
    Ok(mac)
}

// 3. Eve.

fn eve(out: &mut impl Write, message: &str) -> Result<(), Stop> {
    let (alice, bob) = (PrivateKey::<X25519>::generate()?, PrivateKey::<X25519>::generate()?);
    let (from_alice, from_bob) = (alice.public_key(), bob.public_key());
    let seen = transcript(&from_alice.to_bytes(), &from_bob.to_bytes());
    let key = session_key(&alice, &from_bob, &seen)?;
    let locked = lock(&key, message.as_bytes())?;
    writeln!(out, "Alice locks a message with the session key, and Eve has all of this:\n")?;
    write_hex(out, &seen[seen.len() - 64..])?;
    write_hex(out, &locked)?;
    writeln!(
        out,
        "Bob unlocks it:\n\n  {}\n",
        visible(&unlock(&session_key(&bob, &from_alice, &seen)?, &locked)?)
    )?;

    writeln!(
        out,
        "Eve has the same public keys, but no private one that belongs to them. With
one of her own she agrees with Alice, or with Bob, on something else:
"
    )?;
    let own = PrivateKey::<X25519>::generate()?;
    for peer in [&from_alice, &from_bob] {
        let guess = session_key(&own, peer, &seen)?;
        if guess == key {
            return Err(Stop::Failed("Eve has the key".into()));
        }
        writeln!(out, "  {}", hex(&guess))?;
        refused(out, &unlock(&guess, &locked))?;
    }
    let start = Instant::now();
    let mut tried = 0;
    while start.elapsed().as_millis() < 200 {
        if PrivateKey::<X25519>::generate()?.public_key() == from_alice {
            return Err(Stop::Failed("Eve has guessed the key".into()));
        }
        tried += 1;
    }
    // The best method that's known takes some 2^126 steps, each not much shorter than 1/100 of a trial.
    let years = 2f64.powi(126) * (0.2 / f64::from(tried)) / 100.0 / (365.25 * 86_400.0);
    writeln!(
        out,
        "She can try private keys until one has Alice's public key: {tried} were tried
just now, in 0.2 seconds. By the best method that anyone knows this computer
would be at it for about 10^{} years.
",
        years.log10().floor()
    )?;
    Ok(())
}

// 4. Mallory.

fn mallory(out: &mut impl Write, message: &str) -> Result<(), Stop> {
    let (alice, bob) = (PrivateKey::<X25519>::generate()?, PrivateKey::<X25519>::generate()?);
    let mallory = PrivateKey::<X25519>::generate()?;
    let forged = mallory.public_key();
    writeln!(
        out,
        "Mallory doesn't only listen: what Alice and Bob send passes through her
computer. She keeps their public keys, and sends each of them her own:
"
    )?;
    for (who, key) in [("Alice", &alice), ("Bob", &bob)] {
        writeln!(out, "  from {who:<5}  {}", hex(&key.public_key().to_bytes()))?;
    }
    writeln!(out, "  to both     {}\n", hex(&forged.to_bytes()))?;
    // What Alice saw, and what Bob saw.
    let with_alice = transcript(&alice.public_key().to_bytes(), &forged.to_bytes());
    let with_bob = transcript(&forged.to_bytes(), &bob.public_key().to_bytes());

    let locked = lock(&session_key(&alice, &forged, &with_alice)?, message.as_bytes())?;
    let read = unlock(&session_key(&mallory, &alice.public_key(), &with_alice)?, &locked)?;
    writeln!(out, "Alice writes to Bob, as she thinks, and Mallory reads:\n\n  {}\n", visible(&read))?;
    let forgery = if message == FORGERY { DEFAULT_MESSAGE } else { FORGERY };
    let locked = lock(&session_key(&mallory, &bob.public_key(), &with_bob)?, forgery.as_bytes())?;
    let received = unlock(&session_key(&bob, &forged, &with_bob)?, &locked)?;
    writeln!(out, "Bob receives, from Alice as he thinks, with a right tag:\n\n  {}\n", visible(&received))?;
    if read != message || received == message {
        return Err(Stop::Failed("Mallory isn't in the middle".into()));
    }
    writeln!(
        out,
        "No mathematics was broken. Both have agreed on a secret, only not with each
other: a public key doesn't say whose it is.
"
    )?;
    Ok(())
}

// 5. With signatures.

/// One side's view, signed: its role, the public key it sent and the one it received.
fn sign(key: &ed25519::SigningKey, role: &str, seen: &[u8]) -> ed25519::Signature {
    key.sign(&[role.as_bytes(), b" has seen ", seen].concat())
}

fn check(
    key: &ed25519::VerifyingKey,
    role: &str,
    seen: &[u8],
    signature: &ed25519::Signature,
) -> oneway::Result<()> {
    key.verify(&[role.as_bytes(), b" has seen ", seen].concat(), signature)
}

fn signed(out: &mut impl Write) -> Result<(), Stop> {
    let names = (ed25519::SigningKey::generate()?, ed25519::SigningKey::generate()?);
    let (alice, bob) = (PrivateKey::<X25519>::generate()?, PrivateKey::<X25519>::generate()?);
    let (from_alice, from_bob) = (alice.public_key().to_bytes(), bob.public_key().to_bytes());
    let seen = transcript(&from_alice, &from_bob);
    writeln!(
        out,
        "Alice and Bob have keys for signatures, too, which they keep for years, and
each knows the other's public one: from a meeting, or by a certificate.
After the exchange each signs what was sent and received. Bob's signature:
"
    )?;
    let signature = sign(&names.1, "Bob", &seen);
    write_hex(out, &signature.to_bytes())?;
    check(names.1.verifying_key(), "Bob", &seen, &signature)?;
    check(names.0.verifying_key(), "Alice", &seen, &sign(&names.0, "Alice", &seen))?;
    writeln!(out, "Alice verifies it with Bob's public key, and Bob hers:\n\n  right\n")?;

    writeln!(out, "Mallory tries again. Alice has received Mallory's public key, and with it\n")?;
    let forged = PrivateKey::<X25519>::generate()?.public_key().to_bytes();
    let at_alice = transcript(&from_alice, &forged);
    let at_bob = transcript(&forged, &from_bob);
    writeln!(out, "a) what Bob signed, who has received something else:\n")?;
    refused(out, &check(names.1.verifying_key(), "Bob", &at_alice, &sign(&names.1, "Bob", &at_bob)))?;
    writeln!(out, "b) Alice's own signature, sent back to her:\n")?;
    let own = sign(&names.0, "Alice", &at_alice);
    refused(out, &check(names.1.verifying_key(), "Bob", &at_alice, &own))?;
    writeln!(out, "c) the right words, signed with a key of Mallory's:\n")?;
    let own = sign(&ed25519::SigningKey::generate()?, "Bob", &at_alice);
    refused(out, &check(names.1.verifying_key(), "Bob", &at_alice, &own))
}
