//! Do the times of secret operations tell about their secrets? A statistical test, on this machine, in this minute.
//!
//!     cargo bench --bench leakage                  # some minutes
//!     cargo bench --bench leakage -- P-256 1000    # operations by a part of their names, for so many milliseconds each
//!
//! Each operation is timed with inputs of two classes, in random order: always the same secret, and a new one each time.
//! Welch's t says how sure it is that the two classes have different means: with |t| below 4.5 there's no evidence of that;
//! with more, and growing with the number of measurements, there's a leak. Of all measurements, and of the fastest nine,
//! seven and five tenths, as interrupts blur the slow ones, the largest t counts. A comparison that ends at the first
//! difference is there as a control: if that one isn't found, the machine is too noisy to find anything, which ends in an error.
//!
//! Two rows do differ, and are named so: who loads an RSA or an Ed25519 key makes its public key public, bit by bit, and the
//! processor guesses the bits of one that's always the same.
//!
//! The witnesses in `tests/constant_time` say more: they see single branches, whatever their time.
//!
//! Source: Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?", DATE 2017.

#![allow(clippy::cast_precision_loss, reason = "times and their counts are far below 2^52")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use oneway::bignum::{Modulus, Nat};
use oneway::ecdh::{self, P256, P384, P521, X25519};
use oneway::hash::{Hmac, Sha256};
use oneway::hazmat::rsa::{decrypt_pkcs1v15, encrypt_pkcs1v15, private_op};
use oneway::rsa::{Oaep, PrivateKey};
use oneway::{ecdsa, ed25519};

/// `SplitMix64` (Steele, Lea, Flood 2014): which class is next, and new secrets.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// An operation: what makes a secret, always the same one or another, and what's timed.
struct Operation {
    name: String,
    secret: Box<dyn FnMut(&mut Random, bool) -> Vec<u8>>,
    /// Runs it once, and says how long that took.
    time: Box<dyn Fn(&[u8]) -> Duration>,
}

impl Operation {
    fn new(
        name: impl Into<String>,
        secret: impl FnMut(&mut Random, bool) -> Vec<u8> + 'static,
        run: impl Fn(&[u8]) + 'static,
    ) -> Self {
        let time = move |secret: &[u8]| clock(|| run(black_box(secret)));
        Self { name: name.into(), secret: Box::new(secret), time: Box::new(time) }
    }

    /// One with a key that's loaded before the clock runs.
    fn loaded<K>(
        name: impl Into<String>,
        secret: impl FnMut(&mut Random, bool) -> Vec<u8> + 'static,
        load: impl Fn(&[u8]) -> K + 'static,
        run: impl Fn(&K) + 'static,
    ) -> Self {
        let time = move |secret: &[u8]| {
            let key = load(secret);
            clock(|| run(black_box(&key)))
        };
        Self { name: name.into(), secret: Box::new(secret), time: Box::new(time) }
    }

    /// One whose secrets are bytes: ones, or random.
    fn of_bytes(name: impl Into<String>, len: usize, run: impl Fn(&[u8]) + 'static) -> Self {
        Self::new(name, bytes(len), run)
    }

    /// Times of both classes, in nanoseconds.
    fn times(&mut self, budget: Duration) -> [Vec<f64>; 2] {
        let (mut random, mut times) = (Random(1), [vec![], vec![]]);
        // Both classes' secrets are at the same place when it counts.
        let mut place = Vec::new();
        let start = Instant::now();
        while start.elapsed() < budget {
            // Some of each, so that making secrets is over when times are taken.
            let batch: Vec<_> = (0..64)
                .map(|_| {
                    let class = (random.next() & 1) as usize;
                    (class, (self.secret)(&mut random, class == 0))
                })
                .collect();
            for (i, (class, secret)) in batch.iter().enumerate() {
                place.clear();
                place.extend_from_slice(secret);
                let time = (self.time)(&place);
                // The first ones come with cold caches.
                if i >= 4 {
                    times[*class].push(time.as_nanos() as f64);
                }
            }
        }
        times
    }
}

fn mean_and_variance(x: &[f64]) -> (f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let squares: f64 = x.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, squares / (x.len() as f64 - 1.0))
}

/// Welch's t of the times below a bound.
fn welch(times: &[Vec<f64>; 2], bound: f64) -> f64 {
    let [a, b] = times.each_ref().map(|x| x.iter().copied().filter(|x| *x <= bound).collect::<Vec<_>>());
    if a.len() < 10 || b.len() < 10 {
        return 0.0;
    }
    let ((mean_a, variance_a), (mean_b, variance_b)) = (mean_and_variance(&a), mean_and_variance(&b));
    let error = (variance_a / a.len() as f64 + variance_b / b.len() as f64).sqrt();
    if error == 0.0 { 0.0 } else { (mean_a - mean_b) / error }
}

/// The t that is farthest from 0, with all times and with the fastest parts of them.
fn largest_t(times: &[Vec<f64>; 2]) -> f64 {
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    [10, 9, 7, 5]
        .into_iter()
        .map(|tenths| welch(times, all[(all.len() * tenths / 10).min(all.len()) - 1]))
        .max_by(|x, y| x.abs().total_cmp(&y.abs()))
        .unwrap_or(0.0)
}

/// How long something takes.
fn clock(run: impl FnOnce()) -> Duration {
    let before = Instant::now();
    run();
    before.elapsed()
}

/// So many bytes: ones, or random.
fn bytes(len: usize) -> impl Fn(&mut Random, bool) -> Vec<u8> {
    move |random, is_fixed| if is_fixed { vec![1; len] } else { random.bytes(len) }
}

/// Bytes that are no scalar out of range, on any curve.
fn scalar(len: usize) -> impl FnMut(&mut Random, bool) -> Vec<u8> {
    move |random, is_fixed| {
        let mut bytes = bytes(len)(random, is_fixed);
        bytes[..2].copy_from_slice(&[0, 1]);
        bytes
    }
}

fn curve<C: ecdh::Curve + ecdsa::Curve>(all: &mut Vec<Operation>, name: &str, len: usize) {
    let peer = ecdh::PrivateKey::<C>::generate().expect("randomness").public_key();
    all.push(Operation::new(format!("{name}: load a key and agree"), scalar(len), move |secret| {
        let key = ecdh::PrivateKey::<C>::from_bytes(secret).expect("in range");
        black_box(key.agree(&peer).expect("agrees"));
    }));
    all.push(Operation::new(format!("{name}: load a key and sign by ECDSA"), scalar(len), |secret| {
        let key = ecdsa::SigningKey::<C>::from_bytes(secret).expect("in range");
        black_box(key.sign(b"message"));
    }));
}

fn operations() -> Vec<Operation> {
    let mut all =
        vec![Operation::of_bytes("control: comparison that ends at a difference", 4096, |secret| {
            black_box(secret.iter().all(|byte| black_box(*byte) == 1));
        })];
    let odd = Modulus::new(&Nat::power_of_two(1024).sub(&Nat::from(105)).expect("smaller")).expect("odd");
    let m = odd.clone();
    all.push(Operation::of_bytes("bignum: power, 1024 bits", 128, move |secret| {
        black_box(m.residue(&Nat::from(3)).pow(&Nat::from_be_bytes(secret).expect("not too wide")));
    }));
    all.push(Operation::of_bytes("bignum: inverse, 1024 bits", 128, move |secret| {
        black_box(odd.residue(&Nat::from_be_bytes(secret).expect("not too wide")).invert());
    }));
    all.push(Operation::of_bytes("HMAC-SHA-256: key", 64, |secret| {
        black_box(Hmac::<Sha256>::mac(secret, b"message"));
    }));

    // Of keys there are a few, as they take long to make.
    let keys: Vec<_> = (0..8).map(|_| PrivateKey::generate(2048).expect("randomness")).collect();
    let primes: Vec<_> = keys.iter().map(PrivateKey::primes).collect();
    let pick = move |random: &mut Random, is_fixed| {
        let (p, q) = &primes[if is_fixed { 0 } else { (random.next() & 7) as usize }];
        [&p[..], &q[..]].concat()
    };
    all.push(Operation::new("RSA-2048: load a key (public keys differ)", pick, |secret| {
        let (p, q) = secret.split_at(secret.len() / 2);
        black_box(PrivateKey::from_primes(p, q, 65_537).expect("a key"));
    }));
    let key = &keys[0];
    let public = key.public_key().clone();
    let below_n = |random: &mut Random, is_fixed| {
        let mut bytes = bytes(256)(random, is_fixed);
        bytes[0] = 0;
        bytes
    };
    let own = key.clone();
    all.push(Operation::new("RSA-2048: private operation", below_n, move |secret| {
        black_box(private_op(&own, secret).expect("below n"));
    }));
    let own = key.clone();
    // That one is right is public, and it takes time to hand out a message. Of wrong ones nobody may learn whether what
    // was decrypted begins with a zero byte (Manger 2001), as that of another label does.
    let other_label = Oaep::<Sha256>::new().label(b"another");
    let zero_first = public.encrypt_with(&other_label, b"message").expect("short");
    let wrong = move |random: &mut Random, is_fixed| {
        if is_fixed { zero_first.clone() } else { below_n(random, false) }
    };
    all.push(Operation::new("RSA-2048: OAEP, wrong in two ways", wrong, move |secret| {
        assert!(black_box(own.decrypt_with(&Oaep::<Sha256>::new(), secret)).is_err());
    }));
    let own = key.clone();
    let old = encrypt_pkcs1v15(&public, b"message").expect("short");
    let right_or_wrong =
        move |random: &mut Random, is_fixed| if is_fixed { old.clone() } else { below_n(random, false) };
    all.push(Operation::new(
        "RSA-2048: PKCS#1 v1.5 decryption, right and wrong",
        right_or_wrong,
        move |secret| {
            let _ = black_box(decrypt_pkcs1v15(&own, secret, 7));
        },
    ));

    let peer = ecdh::PrivateKey::<X25519>::generate().expect("randomness").public_key();
    all.push(Operation::of_bytes("X25519: load a key and agree", 32, move |secret| {
        let key = ecdh::PrivateKey::<X25519>::from_bytes(secret).expect("32 bytes");
        black_box(key.agree(&peer).expect("agrees"));
    }));
    let load = |secret: &[u8]| ed25519::SigningKey::from_bytes(secret).expect("32 bytes");
    all.push(Operation::of_bytes("Ed25519: load a key (public keys differ)", 32, move |secret| {
        black_box(load(secret));
    }));
    // What the processor learned while it loaded the key (with one signature, |t| is 6 after 270,000) is forgotten by more.
    let warm = move |secret: &[u8]| {
        let key = load(secret);
        for _ in 0..16 {
            black_box(key.sign(b"another"));
        }
        key
    };
    all.push(Operation::loaded("Ed25519: sign", bytes(32), warm, |key| {
        black_box(key.sign(b"message"));
    }));
    curve::<P256>(&mut all, "P-256", 32);
    curve::<P384>(&mut all, "P-384", 48);
    curve::<P521>(&mut all, "P-521", 66);
    all
}

fn main() {
    // Cargo adds an option of its own.
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let budget = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let names: Vec<_> = arguments.iter().filter(|argument| argument.parse::<u64>().is_err()).collect();
    println!("{:<52} {:>9} {:>11} {:>8}", "operation", "times", "mean", "t");
    let mut is_blind = false;
    for mut operation in operations() {
        if !names.is_empty() && !names.iter().any(|name| operation.name.contains(name.as_str())) {
            continue;
        }
        let times = operation.times(Duration::from_millis(budget));
        let count: usize = times.iter().map(Vec::len).sum();
        let mean = times.iter().flatten().sum::<f64>() / count as f64;
        let t = largest_t(&times);
        let verdict = match t.abs() {
            ..4.5 => "no evidence",
            _ if operation.name.ends_with("(public keys differ)") => "public keys differ",
            ..10.0 => "look again, for longer",
            _ => "the classes differ",
        };
        println!("{:<52} {count:>9} {:>8.2} µs {t:>8.2}  {verdict}", operation.name, mean / 1000.0);
        is_blind |= operation.name.starts_with("control: ") && t.abs() < 10.0;
    }
    if is_blind {
        eprintln!("the control wasn't found: this machine is too noisy, or the time too short");
        std::process::exit(1);
    }
}
