//! The worst work: a pool, constraints, policies and revocation lists that the input describes, each of them signed, and
//! verified within the default budget. What that takes stays within a bound in proportion to how long they are.
//!
//! The input is steps of 4 bytes: what, of which kind, and a number. A step may say "1000 names", so that a short input is
//! a large pool. The first certificate is the one that's verified, `L0` is trusted, and all have one key: a certificate
//! with the right names is issued by every one of its issuer's twins.
//!
//! The time is the thread's on its processor, as Linux tells it, so that it doesn't count what other programs take.
#![no_main]

#[path = "../made.rs"]
mod made;
#[path = "../signed.rs"]
mod signed;

use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use made::{der, extension, sequence};
use oneway::trust::{Certificate, Crl, Policy, Purpose, Revocation, Time, TrustStore, Verifier};

/// Of signatures, steps and comparisons a verification may spend what its budget has: a tenth of a second and less. What
/// it does beside that is in proportion to what it's given.
const FOR_BUDGET: Duration = Duration::from_millis(200);
const FOR_A_BYTE: Duration = Duration::from_micros(1);
/// Fuzzers' programs are this much slower, at most: each access to memory is checked, and so is each sum.
const INSTRUMENTED: u32 = 25;
/// How many certificates and lists there are, and how long they are together: what hostile servers send, and then some.
const MAX_COUNT: usize = 128;
const MAX_LEN: usize = 1 << 20;

static STORE: LazyLock<TrustStore> = LazyLock::new(|| {
    let root = made::certificate(0, "L0", "L0", &[made::authority()]);
    TrustStore::from_iter([Certificate::from_der(&root).unwrap()])
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, steps)) = bytes.split_first() else { return };
    let Input { certificates, lists } = Input::of(steps);
    let [leaf, pool @ ..] = certificates.as_slice() else { return };
    let mut policy =
        [Policy::rfc5280(), Policy::private(), Policy::strict()][usize::from(choice & 3).min(2)].clone();
    if choice & 4 != 0 {
        // No way up holds, so that all are tried.
        policy = policy.require_explicit_policy();
    }
    let time: Time = "2030-01-01T00:00:00Z".parse().unwrap();
    let mut verifier = Verifier::new(&STORE, Purpose::any()).at(time).policy(policy).intermediates(pool);
    if choice & 8 != 0 {
        verifier = verifier.revocation(Revocation::crls(&lists));
    }
    let len: usize = certificates.iter().map(|one| one.to_der().len()).sum();
    let len = len + lists.iter().map(|one| one.to_der().len()).sum::<usize>();
    let bound = (FOR_BUDGET + FOR_A_BYTE * len as u32) * INSTRUMENTED;
    // A second look, before it's said: the first one may have come at a bad time.
    for last in [false, true] {
        let Some(start) = on_processor() else { return };
        let result = verifier.verify(leaf).map(drop);
        let taken = on_processor().map_or(Duration::ZERO, |end| end.saturating_sub(start));
        if taken <= bound {
            break;
        }
        assert!(!last, "{taken:?} for {len} bytes, {} in the pool: {result:?}", pool.len());
    }
});

/// How long this thread has been on a processor; None where the system doesn't tell.
fn on_processor() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[derive(Default)]
struct Input {
    certificates: Vec<Certificate>,
    lists: Vec<Crl>,
}

/// What's being put together.
struct Draft {
    is_list: bool,
    subject: u8,
    issuer: u8,
    /// Numbers, and extensions' values so far.
    extensions: Vec<(u8, Vec<Vec<u8>>)>,
    entries: Vec<u8>,
}

impl Input {
    fn of(steps: &[u8]) -> Self {
        let (mut all, mut draft, mut len) = (Self::default(), None::<Draft>, 0);
        for step in steps.chunks_exact(4) {
            let count = 1 + usize::from(u16::from_be_bytes([step[2], step[3]])) % 1000;
            match (step[0] % 12, &mut draft) {
                (0..4, draft) => {
                    all.finish(draft.take(), &mut len);
                    let (subject, issuer) = (step[1] & 15, step[1] >> 4);
                    let is_list = step[0] % 12 == 3;
                    let (extensions, entries) = (Vec::new(), Vec::new());
                    *draft = Some(Draft { is_list, subject, issuer, extensions, entries });
                }
                (what, Some(draft)) => draft.add(what, step[1], count),
                _ => {}
            }
            if len > MAX_LEN || all.certificates.len() + all.lists.len() > MAX_COUNT {
                return all;
            }
        }
        all.finish(draft, &mut len);
        all
    }

    /// Signs what was put together, and reads it.
    fn finish(&mut self, draft: Option<Draft>, len: &mut usize) {
        let Some(draft) = draft else { return };
        let number = (self.certificates.len() + self.lists.len()) as u8;
        let (issuer, subject) = (format!("L{}", draft.issuer), format!("L{}", draft.subject));
        let is_leaf = self.certificates.is_empty();
        let mut extensions: Vec<_> = draft.extensions.iter().map(|(of, value)| written(*of, value)).collect();
        if draft.is_list {
            let list = made::list(number, &issuer, &draft.entries, &extensions);
            *len += list.len();
            self.lists.extend(Crl::from_der(&list));
            return;
        }
        if !is_leaf || extensions.is_empty() {
            extensions.push(made::authority());
        }
        let certificate = made::certificate(number, &issuer, &subject, &extensions);
        *len += certificate.len();
        self.certificates.extend(Certificate::from_der(&certificate));
    }
}

impl Draft {
    /// Some more of what an extension has.
    fn add(&mut self, what: u8, kind: u8, count: usize) {
        let numbers = 0..count;
        match what {
            // Name constraints: permitted, excluded.
            4 | 5 => {
                let trees = numbers.map(|i| sequence(&[&general_name(kind, i, true)]));
                self.put(30, what - 4, trees);
            }
            6 => self.put(17, 0, numbers.map(|i| general_name(kind, i, false))),
            7 => self.put(32, 0, numbers.map(|i| sequence(&[&policy(kind, i)]))),
            // Policies in one another's place.
            8 => self.put(33, 0, numbers.map(|i| sequence(&[&policy(kind, i), &policy(kind >> 4, i / 7)]))),
            // Distribution points of one name each, or one of many; or the one of a list.
            9 if self.is_list || kind & 0x80 != 0 => {
                let names = numbers.map(|i| general_name(kind, i, false)).collect::<Vec<_>>().concat();
                let name = der(0xa0, &[&der(0xa0, &[&names])]);
                if self.is_list {
                    self.put(28, 0, [name]);
                } else {
                    self.put(31, 0, [sequence(&[&name])]);
                }
            }
            9 => {
                let point = |i| sequence(&[&der(0xa0, &[&der(0xa0, &[&general_name(kind, i, false)])])]);
                self.put(31, 0, numbers.map(point));
            }
            // Entries, or constraints on policies.
            // Changes of a list only.
            10 if self.is_list && kind & 0x80 != 0 => {
                self.extensions.retain(|(of, _)| *of != 27);
                self.put(27, 0, [der(2, &[&[count as u8 & 7]])]);
            }
            10 if self.is_list => {
                let entry = |i: usize| {
                    let serial = [1 + (i >> 8) as u8, i as u8];
                    sequence(&[&der(2, &[&serial]), &der(0x17, &[b"270101000000Z"])])
                };
                // Room for as many as fit into what's signed.
                if self.entries.len() < 1 << 16 {
                    self.entries.extend(numbers.flat_map(entry));
                }
            }
            10 => self.put(36, 0, [der(0x80 | kind & 1, &[&[count as u8 & 7]])]),
            // Keys for signing certificates alone, not lists.
            11 if kind & 0x40 != 0 => {
                self.extensions.retain(|(of, _)| *of != 15);
                self.put(15, 0, [vec![3, 2, 2, 4]]);
            }
            // Names by which the search is led.
            _ => (self.subject, self.issuer) = (kind & 15, count as u8 & 15),
        }
    }

    fn put(&mut self, number: u8, half: u8, parts: impl IntoIterator<Item = Vec<u8>>) {
        let place = self.extensions.iter().position(|(of, _)| *of == number).unwrap_or_else(|| {
            self.extensions.push((number, vec![Vec::new(); 2]));
            self.extensions.len() - 1
        });
        let value = &mut self.extensions[place].1[usize::from(half)];
        // Certificates have at most 256 KiB.
        if value.len() < 1 << 16 {
            value.extend(parts.into_iter().flatten());
        }
    }
}

/// An extension of what was gathered for it.
fn written(number: u8, halves: &[Vec<u8>]) -> Vec<u8> {
    match number {
        30 => {
            let halves = halves.iter().zip(0xa0..).filter(|(half, _)| !half.is_empty());
            let lists: Vec<_> = halves.map(|(half, tag)| der(tag, &[half])).collect();
            extension(30, true, &sequence(&[&lists.concat()]))
        }
        15 | 27 => extension(number, true, &halves[0]),
        _ => extension(number, matches!(number, 28 | 33 | 36), &sequence(&[&halves[0]])),
    }
}

/// A name of some kind, the i-th of its family; as constraints have it, if it's for one.
fn general_name(kind: u8, i: usize, of_constraint: bool) -> Vec<u8> {
    let family = char::from(b'a' + (kind >> 3 & 3));
    let [.., high, low] = i.to_be_bytes();
    match kind & 7 {
        0 | 1 => der(0x82, &[format!("{family}{i}.example").as_bytes()]),
        2 => der(0x82, &[format!("{}{family}{i}.example", "long.".repeat(40)).as_bytes()]),
        3 => der(0x81, &[format!("{family}{i}@{family}.example").as_bytes()]),
        4 if of_constraint => der(0x86, &[format!("{family}{i}.example").as_bytes()]),
        4 => der(0x86, &[format!("http://{family}{i}.example/").as_bytes()]),
        5 if of_constraint => der(0x87, &[&[10, kind, high, low, 0xff, 0xff, 0xff, 0xff]]),
        5 => der(0x87, &[&[11, kind, high, low]]),
        6 => der(0xa4, &[&made::name(&format!("{family}{i}"))]),
        // A long one.
        _ => {
            let one = made::name(&family.to_string());
            der(0xa4, &[&sequence(&[&one[2..].repeat(1 + i % 100)])])
        }
    }
}

/// The i-th policy of a family; of one, any.
fn policy(family: u8, i: usize) -> Vec<u8> {
    match family & 7 {
        7 if i == 0 => vec![6, 4, 0x55, 0x1d, 32, 0],
        family => der(6, &[&[0x2a, 3, family, 0x81 + (i >> 7) as u8, (i & 0x7f) as u8]]),
    }
}
