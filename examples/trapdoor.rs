//! A one-way function with a trap door, tried on a message of yours.
//!
//! ```text
//! cargo run --release --example trapdoor -- "a message"
//! cargo run --release --example trapdoor -- --file PATH --bits 3072
//! ```
//!
//! RSA in numbers that a pencil can check, then in earnest, then what can't be done without the trap door:
//! each step is computed here and now, and an attempt that should fail and doesn't ends the program with an
//! error.
//!
//! Secrets are printed on purpose, and made public by name first (`declassify`). No other program should.

mod common;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use getrandom::SysRng;
use oneway::bignum::{Modulus, Nat, PublicNat};
use oneway::hazmat::rsa::{private_op, public_op, small_private_key};
use oneway::prime::{self, Progress};
use oneway::rsa::{PrivateKey, PublicKey};

use common::{Arguments, Stop, heading, hex, refused, run, visible, write_hex};

/// What happens where no message is given.
const DEFAULT_MESSAGE: &str = "Meet me at the old bridge at noon.";

const USAGE: &str = "\
usage: trapdoor [--bits N] [MESSAGE]
       trapdoor [--bits N] --file PATH

  MESSAGE      what to encrypt, in quotes (after -- if it begins with a dash)
  --file PATH  encrypt what's in a file
  --bits N     the key's size: a multiple of 64 from 2048 (default) to 16384
  --help       this text";

const OPENING: &str = "\
You will see a message locked with a public key, which may be known to the
whole world, and unlocked with a private key, which only its owner has.
It works because some things are easy to do and hard to undo: two large
primes are multiplied in no time, and nobody knows how to get them back
from the product. Who knows them has a trap door. Secure web pages, signed
software and private mail rest on functions of this kind.
";

fn main() -> ExitCode {
    run(USAGE, |out| tell(out, &read_arguments()?))
}

/// What the command line asks for.
struct Task {
    message: Vec<u8>,
    bits: usize,
    is_default: bool,
}

fn read_arguments() -> Result<Task, Stop> {
    let usage = |text: &str| Stop::Usage(text.to_owned());
    let (mut message, mut bits) = (None, 2048);
    let mut arguments = Arguments::new();
    while let Some(argument) = arguments.take()? {
        let given = match argument.option() {
            Some("--bits") => {
                bits = arguments.number(&argument)?;
                continue;
            }
            Some("--file") => {
                let path = PathBuf::from(arguments.value(&argument, "a path")?);
                std::fs::read(&path).map_err(|e| Stop::file(&path, e))?
            }
            Some(_) => return Err(argument.unknown()),
            None => argument.text.into_encoded_bytes(),
        };
        if message.replace(given).is_some() {
            return Err(usage("one message only: put it in quotes"));
        }
    }
    if !(2048..=16_384).contains(&bits) || bits % 64 != 0 {
        return Err(usage("--bits takes multiples of 64 from 2048 to 16384"));
    }
    let is_default = message.is_none();
    let message = message.unwrap_or_else(|| DEFAULT_MESSAGE.into());
    if message.is_empty() {
        return Err(usage("the message is empty"));
    }
    // OAEP with SHA-256 takes two hashes and two bytes (RFC 8017, section 7.1.1). `encrypt` would say so
    // too, but only once there's a key.
    let (len, most) = (message.len(), bits / 8 - 66);
    if len > most {
        return Err(Stop::Failed(format!(
            "the message has {len} bytes, but a key of {bits} bits can carry {most} at most.\n\
             (Of its {} bytes the padding takes 66. Larger things are encrypted with a\n\
             fast cipher under a fresh key of 32 bytes, and RSA carries that key.)",
            bits / 8
        )));
    }
    Ok(Task { message, bits, is_default })
}

/// The whole story.
fn tell(out: &mut impl Write, task: &Task) -> Result<(), Stop> {
    writeln!(out, "{OPENING}")?;
    if task.is_default {
        writeln!(out, "No message given, using \"{DEFAULT_MESSAGE}\"\n")?;
    }
    heading(out, "1. Small enough to check with a pencil")?;
    by_hand(out, &task.message)?;
    heading(out, "2. In earnest: two large primes and a key")?;
    let key = generate(out, task.bits)?;
    show_key(out, &key)?;
    heading(out, "3. Your message, locked and unlocked")?;
    let ciphertext = there_and_back(out, &key, &task.message)?;
    heading(out, "4. Without the trap door")?;
    public_key_alone(out, &key, &ciphertext)?;
    wrong_key(out, task.bits, &ciphertext)?;
    changed_ciphertext(out, &key, &ciphertext)?;
    writeln!(out, "Easy with the trap door and, as far as anyone knows, hopeless without it.\n")?;
    Ok(common::next(out, "rsa", "--example keygen -- --out alice")?)
}

// 1. By hand.

/// RSA with p = 61 and q = 53, on one letter.
fn by_hand(out: &mut impl Write, message: &[u8]) -> Result<(), Stop> {
    let (p, q, e) = (61, 53, 17);
    let key = small_private_key(&[p as u8], &[q as u8], e)?;
    let n = number(&key.public_key().modulus())?;
    let d = number(&key.private_exponent())?;
    let (p1, q1) = (Nat::from(p - 1), Nat::from(q - 1));
    let gcd = value(&p1.gcd(&q1));
    let lambda = (p - 1) * (q - 1) / gcd;
    let turns = (e * d - 1) / lambda;
    writeln!(
        out,
        "Two primes, kept secret:     p = {p}, q = {q}
Their product, public:       n = {p} * {q} = {n}
An exponent, public:         e = {e}

The trap door is a second exponent d that undoes the first. Finding it takes
p and q: the least common multiple of p - 1 = {} and q - 1 = {} is {lambda},
and e * d has to be one more than a multiple of that. Trying the multiples
one after the other, number {turns} fits:

  {turns} * {lambda} + 1 = {} = {e} * {d}, so d = {d}

Public key: n = {n}, e = {e}. Private key: d = {d}.
",
        p - 1,
        q - 1,
        turns * lambda + 1,
    )?;
    let modulus = Modulus::new(&Nat::from(n))?;
    let letter = letter(message, &key)?;
    let x = u64::from(letter);
    writeln!(
        out,
        "To lock a letter, raise its number to the power e and keep the remainder of
the division by n. In a computer {} is {x}.
Square by square:
",
        name(letter)
    )?;
    let y = power_by_hand(out, x, e, &modulus)?;
    writeln!(out, "\nThe locked letter is {y}. To unlock it, raise that to the power d:\n")?;
    let back = power_by_hand(out, y, d, &modulus)?;
    writeln!(out, "\nThat's {back} again, {}.\n", name(back as u8))?;
    let bytes = |x: u64| (x as u16).to_be_bytes();
    if public_op(key.public_key(), &bytes(x))? != bytes(y)
        || private_op(&key, &bytes(y))?.as_slice() != bytes(back)
        || back != x
    {
        return Err(Stop::Failed("the steps by hand and the library differ".into()));
    }
    let is_prime = |x: &u64| prime::is_probable_prime(&PublicNat::from(*x));
    let tried: Vec<u64> = (2..=p.min(q)).filter(is_prime).collect();
    writeln!(
        out,
        "Who has n alone has to find p and q. Here that's quick: divide {n} by 2, 3,
5, 7 and so on, and the {}th prime, {}, divides it. So primes have to be
large. And a letter always locked in the same way would soon be guessed, so
real messages are mixed with random bytes first (\"padding\").
",
        tried.len(),
        tried.last().unwrap_or(&n),
    )?;
    Ok(())
}

/// A letter of the message that the small key changes: 25 of the 3233 numbers are locked to themselves.
fn letter(message: &[u8], key: &PrivateKey) -> Result<u8, Stop> {
    let letters = message.iter().filter(|byte| byte.is_ascii_alphabetic());
    for byte in letters.chain(message).chain(b"A") {
        if public_op(key.public_key(), &[0, *byte])? != [0, *byte] {
            return Ok(*byte);
        }
    }
    Ok(b'A')
}

/// What to call a byte.
fn name(byte: u8) -> String {
    if byte.is_ascii_graphic() {
        format!("the letter \"{}\"", char::from(byte))
    } else {
        "this byte of the message".into()
    }
}

/// x^e mod n with a line for each multiplication: the squares first, then the product of those that e calls
/// for.
fn power_by_hand(out: &mut impl Write, x: u64, e: u64, modulus: &Modulus) -> Result<u64, Stop> {
    let (mut squares, mut square) = (vec![(1, x)], x);
    for bit in 1..=e.ilog2() {
        square = step(out, x, 1 << bit, (square, square), modulus)?;
        squares.push((1 << bit, square));
    }
    squares.retain(|(bit, _)| e & bit != 0);
    squares.reverse();
    let parts: Vec<String> = squares.iter().map(|(bit, _)| bit.to_string()).collect();
    writeln!(out, "  and as {e} = {}:", parts.join(" + "))?;
    let (mut sum, mut result) = squares[0];
    for (bit, square) in &squares[1..] {
        sum += bit;
        result = step(out, x, sum, (result, *square), modulus)?;
    }
    Ok(result)
}

/// One line: x^exponent as the product of two numbers, and its remainder.
fn step(
    out: &mut impl Write,
    x: u64,
    exponent: u64,
    (a, b): (u64, u64),
    modulus: &Modulus,
) -> Result<u64, Stop> {
    let whole = Nat::from(a).mul(&Nat::from(b));
    let rest = value(&modulus.residue(&whole).to_nat());
    let (power, product) = (format!("{x}^{exponent}"), format!("{a} * {b}"));
    writeln!(out, "  {power:<8} = {product:<11} = {:>8}, remainder {rest:>4}", value(&whole))?;
    Ok(rest)
}

/// A small secret number, made public.
fn value(x: &Nat) -> u64 {
    x.declassify().to_u64().expect("small")
}

fn number(bytes: &[u8]) -> Result<u64, Stop> {
    Ok(value(&Nat::from_be_bytes(bytes)?))
}

// 2. In earnest.

/// A key, with its search told as it goes.
fn generate(out: &mut impl Write, bits: usize) -> Result<PrivateKey, Stop> {
    let half = (bits / 2) as u32;
    writeln!(
        out,
        "Primes are found by drawing random numbers and testing them. Among numbers of
{half} bits about one in {} is prime. Here none is drawn that has a small
factor, and so far fewer candidates are enough.
",
        (f64::from(half) * std::f64::consts::LN_2).round()
    )?;
    let start = Instant::now();
    let (key, tested) = search(out, bits)?;
    let seconds = start.elapsed().as_secs_f64();
    let (p, q) = key.primes();
    for (name, prime, count) in [("p", &p, tested[0]), ("q", &q, tested[1])] {
        let prime = Nat::from_be_bytes(prime)?.declassify();
        let candidates = if count == 1 { "candidate" } else { "candidates" };
        writeln!(out, "{name}, a prime of {} bits, after {count} {candidates}:\n", prime.bits())?;
        write_digits(out, &prime)?;
    }
    writeln!(out, "Found in {seconds:.2} s. Any other program would keep them to itself.\n")?;
    Ok(key)
}

/// A new key, and how many candidates were tested for each of its primes; on a terminal they're counted as
/// they come.
fn search(out: &mut impl Write, bits: usize) -> Result<(PrivateKey, [usize; 2]), Stop> {
    let is_live = io::stdout().is_terminal();
    let (mut tested, mut found) = ([0; 2], 0);
    let key = PrivateKey::generate_with_progress(&mut SysRng, bits, |progress| {
        tested[found.min(1)] += 1;
        if is_live {
            // A counter that can't be shown isn't worth stopping for.
            let _ =
                write!(out, "\rprime {} of 2, candidate {} \x1b[K", found.min(1) + 1, tested[found.min(1)]);
            let _ = out.flush();
        }
        found += usize::from(progress == Progress::Prime);
    })?;
    if is_live {
        write!(out, "\r\x1b[K")?;
    }
    Ok((key, tested))
}

fn show_key(out: &mut impl Write, key: &PrivateKey) -> Result<(), Stop> {
    let n = Nat::from_be_bytes(&key.public_key().modulus())?.declassify();
    let (p, q) = key.primes();
    let (p, q) = (Nat::from_be_bytes(&p)?, Nat::from_be_bytes(&q)?);
    let start = Instant::now();
    let product = p.mul(&q);
    let nanoseconds = start.elapsed().as_nanos();
    if product.declassify() != n {
        return Err(Stop::Failed("p * q isn't n".into()));
    }
    writeln!(out, "The public key: n = p * q, of {} bits (multiplied in {nanoseconds} ns):\n", n.bits())?;
    write_digits(out, &n)?;
    writeln!(
        out,
        "and e = {}. The private key: d, of {} bits, and p and q.\n",
        key.public_key().exponent(),
        Nat::from_be_bytes(&key.private_exponent())?.declassify().bits()
    )?;
    Ok(())
}

// 3. There and back.

fn there_and_back(out: &mut impl Write, key: &PrivateKey, message: &[u8]) -> Result<Vec<u8>, Stop> {
    writeln!(out, "The message:\n")?;
    write_message(out, message)?;
    let public: &PublicKey = key.public_key();
    let ciphertext = public.encrypt(message)?;
    writeln!(out, "Encrypted with the public key, {} bytes in hexadecimal:\n", ciphertext.len())?;
    write_hex(out, &ciphertext)?;
    if public.encrypt(message)? == ciphertext {
        return Err(Stop::Failed("two encryptions of a message are equal".into()));
    }
    writeln!(out, "Encrypted once more it looks altogether different: the padding is random.\n")?;
    writeln!(out, "Decrypted with the private key:\n")?;
    let decrypted = key.decrypt(&ciphertext)?;
    write_message(out, &decrypted)?;
    if decrypted.as_slice() != message {
        return Err(Stop::Failed("the decrypted message is another one".into()));
    }
    Ok(ciphertext)
}

// 4. Without the trap door.

fn public_key_alone(out: &mut impl Write, key: &PrivateKey, ciphertext: &[u8]) -> Result<(), Stop> {
    let padded = private_op(key, ciphertext)?;
    let again = public_op(key.public_key(), ciphertext)?;
    if again == *padded {
        return Err(Stop::Failed("the public function undid itself".into()));
    }
    writeln!(
        out,
        "a) The public key alone. What locks doesn't unlock: the public function once
more on the ciphertext gives something else than the padded message.

  wanted  {}...
  got     {}...

The only way that anyone knows is to find p and q from n. For RSA-250, a
number like this one with 829 bits, that took about 2700 years of computing
in 2020, shared out among many processors. A key of {} bits is far beyond
that: the example `one_way` shows how fast the time grows.
",
        hex(&padded[..20]),
        hex(&again[..20]),
        key.public_key().modulus_bits(),
    )?;
    Ok(())
}

fn wrong_key(out: &mut impl Write, bits: usize, ciphertext: &[u8]) -> Result<(), Stop> {
    let (other, _) = search(out, bits)?;
    writeln!(out, "b) Another private key. A second key of {bits} bits was made to try it.\n")?;
    refused(out, &other.decrypt(ciphertext))
}

fn changed_ciphertext(out: &mut impl Write, key: &PrivateKey, ciphertext: &[u8]) -> Result<(), Stop> {
    let mut changed = ciphertext.to_vec();
    let at = changed.len() / 2;
    changed[at] ^= 1;
    let (before, after) = (hex(&ciphertext[at..=at]), hex(&changed[at..=at]));
    writeln!(
        out,
        "c) A changed ciphertext. One bit of byte {} is turned over ({before} becomes {after}), and
the right private key is used.
",
        at + 1
    )?;
    refused(out, &key.decrypt(&changed))
}

// Writing.

/// Decimal digits: groups of ten, six of them in a line.
fn write_digits(out: &mut impl Write, x: &PublicNat) -> io::Result<()> {
    let digits: Vec<char> = x.to_string().chars().collect();
    for line in digits.chunks(60) {
        writeln!(out, "  {}", line.chunks(10).map(String::from_iter).collect::<Vec<_>>().join(" "))?;
    }
    writeln!(out)
}

/// A message as text, or in hexadecimal if it isn't any. Control characters, and those that turn the
/// direction of text, are spelled out: a terminal would obey them.
fn write_message(out: &mut impl Write, message: &[u8]) -> io::Result<()> {
    let Ok(text) = std::str::from_utf8(message) else {
        writeln!(out, "  ({} bytes that aren't UTF-8 text, in hexadecimal)", message.len())?;
        return write_hex(out, message);
    };
    for line in text.lines() {
        writeln!(out, "{}", format!("  {}", visible(line)).trim_end())?;
    }
    writeln!(out)
}
