//! Big numbers and primes: operands, shift amounts, exponents and moduli are secret.

use super::{Random, varied};
use crate::{
    case::Size::{self, Large, Normal, Small},
    cases::{engines, serves},
    taint::{TaintedRng, secret_bytes},
    trace::{Case, Work, public},
};
use oneway::{
    bignum::{Modulus, Nat, Residue},
    hazmat::engine::Engine,
    prime::{is_probable_prime_with, random_prime_with, random_prime_with_progress},
};
use std::{cell::OnceCell, hint::black_box};
use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess, CtOption};

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = [
        at_widths("bytes", bytes),
        at_widths("sums and products", sums_and_products),
        at_widths("shifts and lengths", shifts),
        at_widths("comparisons and choices", comparisons),
        at_widths("division", division),
        at_widths("square root", square_root),
        at_widths("common divisors and inverses", inverses),
    ]
    .into_iter()
    .flatten()
    .collect();
    for engine in engines() {
        for (name, operation) in [
            ("modulus and residues", modulus as fn(&Input, Engine, &mut Output)),
            ("sums and products of residues", residues),
            ("powers", powers),
            ("inverse of a residue", residue_inverse),
        ] {
            cases.extend(at_widths_on(engine, name, operation));
        }
    }
    cases.extend([
        prime(128, Small),
        prime(512, Small),
        prime(1024, Normal),
        prime(2048, Large),
        random_prime(64),
        random_prime(128),
    ]);
    cases
}

/// Secret numbers for one width.
struct Input {
    /// The width.
    n: usize,
    x: Nat,
    y: Nat,
    /// An odd number that isn't 1, which is public.
    odd: Nat,
    /// A number of one limb that isn't zero, which is public.
    word: Nat,
    /// Up to 64 n, and far beyond.
    shift: u64,
}

impl Input {
    fn new(seed: u64, n: usize) -> Self {
        let number = |bytes: &[u8]| Nat::from_be_bytes(bytes).expect("not too wide");
        let mut odd = varied(seed, 8 * n);
        odd[8 * n - 1] |= 3;
        let mut word = varied(seed, 8);
        word[7] |= 1;
        let any = u64::from_be_bytes(secret_bytes(seed, 8).try_into().expect("eight bytes"));
        let shift = match seed {
            1 => 0,
            2 => u64::MAX,
            3 => 64 * n as u64,
            _ => ((u128::from(any) * (64 * n as u128)) >> 64) as u64,
        };
        Self {
            n,
            x: number(&varied(seed, 8 * n)),
            // Sometimes equal to x.
            y: number(&varied(if seed == 4 { seed } else { seed + 1 }, 8 * n)),
            odd: number(&odd),
            word: number(&word),
            shift,
        }
    }
}

/// Results: all of what was computed goes here.
#[derive(Default)]
struct Output(Vec<u8>);

impl Output {
    fn number(&mut self, x: &Nat) {
        self.0.extend_from_slice(&x.to_be_bytes());
    }

    fn residue(&mut self, x: &Residue<'_>) {
        self.number(&x.to_nat());
    }

    fn choice(&mut self, choice: Choice) {
        self.0.push(choice.unwrap_u8());
    }

    /// Whether there's a number is a secret, and so the number isn't looked at.
    fn option<T>(&mut self, x: CtOption<T>) {
        self.choice(x.is_some());
        black_box(x);
    }
}

const WIDTHS: [([usize; 3], Size); 3] = [([1, 2, 3], Small), ([16, 24, 32], Normal), ([48, 64, 128], Large)];

fn at_widths(name: &str, operation: fn(&Input, &mut Output)) -> Vec<Case> {
    let case = |(limbs, size)| case(name, Vec::from(limbs), size, operation);
    WIDTHS.into_iter().map(case).collect()
}

/// The same of an operation on an engine, at widths that it has code for: if that isn't one limb, then from its
/// narrowest on.
fn at_widths_on(engine: Engine, name: &str, operation: fn(&Input, Engine, &mut Output)) -> Vec<Case> {
    let narrowest = (1..=16).find(|n| serves(engine, *n)).unwrap_or(16);
    let case = |(limbs, size): ([usize; 3], Size)| {
        let limbs = if size == Small { limbs.map(|n| narrowest + n - 1) } else { limbs };
        let limbs = limbs.into_iter().filter(|n| serves(engine, *n)).collect();
        case(&format!("{name}, {engine}"), limbs, size, move |input, out| operation(input, engine, out))
    };
    WIDTHS.into_iter().map(case).collect()
}

fn case(
    name: &str,
    limbs: Vec<usize>,
    size: Size,
    operation: impl Fn(&Input, &mut Output) + Copy + 'static,
) -> Case {
    let text: Vec<_> = limbs.iter().map(ToString::to_string).collect();
    let secrets = if size == Large { 5 } else { 8 };
    Case::new(format!("bignum: {name}, limbs {}", text.join(", ")), size, secrets, move |seed| {
        let inputs: Vec<_> = limbs.iter().map(|n| Input::new(seed, *n)).collect();
        Work::new(move || {
            let mut out = Output::default();
            inputs.iter().for_each(|input| operation(input, &mut out));
            out.0
        })
    })
}

/// A number that is there, as a case knows.
fn opened<T>(x: CtOption<T>) -> T {
    x.unwrap()
}

fn bytes(i: &Input, out: &mut Output) {
    out.number(&i.x);
    for len in [8 * i.n - 1, 8 * i.n, 8 * i.n + 9] {
        out.option(i.x.to_be_bytes_padded(len));
    }
}

fn sums_and_products(i: &Input, out: &mut Output) {
    for y in [&i.y, &i.word] {
        out.number(&i.x.add(y));
        out.number(&i.x.mul(y));
        out.option(i.x.sub(y));
        let (difference, borrow) = i.x.borrowing_sub(y);
        out.number(&difference);
        out.choice(borrow);
    }
    out.number(&i.x.square());
}

fn shifts(i: &Input, out: &mut Output) {
    for s in [0, 1, 64, 100] {
        out.number(&i.x.shl(s));
        out.number(&i.x.shr(s));
    }
    out.number(&i.x.shl_secret(i.shift));
    out.number(&i.x.shr_secret(i.shift));
    out.0.extend_from_slice(&i.x.bit_length().to_ne_bytes());
    out.0.extend_from_slice(&i.x.trailing_zeros().to_ne_bytes());
    out.choice(i.x.bit(64 * i.n - 1));
}

fn comparisons(i: &Input, out: &mut Output) {
    for y in [&i.y, &i.word] {
        out.choice(i.x.ct_eq(y));
        out.choice(i.x.ct_lt(y));
        out.choice(i.x.ct_gt(y));
        out.number(&Nat::conditional_select(&i.x, y, i.x.ct_lt(y)));
    }
    out.option(i.x.with_width(1));
    out.choice(i.x.is_zero());
    out.choice(i.x.is_odd());
}

fn division(i: &Input, out: &mut Output) {
    // Zeros at the top of a divisor are secret.
    for d in [&i.odd, &i.word, &i.y.square().add(&i.word)] {
        let (q, r) = opened(i.x.div_rem(d));
        out.number(&q);
        out.number(&r);
        out.number(&opened(i.x.square().rem(d)));
    }
    // Not even whether it's zero is public.
    out.option(i.x.div_rem(&i.y));
    out.option(i.x.rem(&i.y));
}

fn square_root(i: &Input, out: &mut Output) {
    out.number(&i.x.sqrt());
}

fn inverses(i: &Input, out: &mut Output) {
    let even = i.odd.add(&Nat::from(1));
    out.number(&i.x.gcd(&i.y));
    out.number(&i.word.gcd(&even));
    // Whether a modulus is odd is public; whether there's an inverse isn't.
    out.option(i.x.invert_mod(&i.odd));
    out.option(i.x.invert_mod(&even));
    out.number(&opened(opened(i.odd.sub(&Nat::from(1))).invert_mod(&i.odd)));
}

fn modulus(i: &Input, engine: Engine, out: &mut Output) {
    let m = Modulus::with_engine(&i.odd, engine).expect("odd");
    for x in [&i.x, &i.word, &i.x.square().mul(&i.y)] {
        out.residue(&m.residue(x));
    }
    out.residue(&m.one());
}

fn residues(i: &Input, engine: Engine, out: &mut Output) {
    let m = Modulus::with_engine(&i.odd, engine).expect("odd");
    let (x, y) = (m.residue(&i.x), m.residue(&i.y));
    for z in [x.add(&y), x.sub(&y), x.mul(&y), x.square(), x.neg(), x.half()] {
        out.residue(&z);
    }
    out.choice(x.ct_eq(&y));
    out.choice(x.is_zero());
    out.residue(&Residue::conditional_select(&x, &y, x.is_zero()));
}

fn powers(i: &Input, engine: Engine, out: &mut Output) {
    let m = Modulus::with_engine(&i.odd, engine).expect("odd");
    let x = m.residue(&i.x);
    out.residue(&x.pow(&i.word));
    // The whole width, where that's quick enough.
    if i.n <= 32 {
        out.residue(&x.pow(&i.y));
    }
    out.residue(&x.pow_bounded(&i.y, 65.min(64 * i.n)));
    // Base 2 is known to be small, and the exponent of a public key is public.
    out.residue(&m.residue(&Nat::from(2)).pow(&i.word));
    out.residue(&x.pow_vartime(&Nat::from(65_537)));
}

fn residue_inverse(i: &Input, engine: Engine, out: &mut Output) {
    let m = Modulus::with_engine(&i.odd, engine).expect("odd");
    out.option(m.residue(&i.x).invert());
    out.residue(&opened(m.one().neg().invert()));
}

/// The test of a prime, and of a product of two: the answer is public.
fn prime(bits: usize, size: Size) -> Case {
    const SECRETS: u64 = 6;
    // Made the first time, when memory stays.
    let numbers = OnceCell::<Vec<[Nat; 2]>>::new();
    let prime = |seed, bits| random_prime_with(&mut TaintedRng::new(seed), bits).expect("no error");
    let made = move |seed| {
        let product = prime(seed, bits / 2).mul(&prime(seed + 1000, bits / 2));
        [prime(seed, bits), product]
    };
    let name = format!("prime: a secret number of {bits} bits, prime and not");
    Case::new(name, size, SECRETS as usize, move |seed| {
        let numbers = numbers.get_or_init(|| (0..=SECRETS).map(made).collect());
        let [p, product] = numbers[seed as usize].clone();
        Work::new(move || {
            let rng = &mut Random::new(seed);
            let answers = [(&p, 3), (&product, 3)].map(|(n, rounds)| is_probable_prime_with(rng, n, rounds));
            let mut out = Output::default();
            out.number(&p);
            out.0.extend(answers.map(|answer| u8::from(answer.expect("no error"))));
            out.0
        })
        .checked(|out| assert!(out.ends_with(&[1, 0])))
    })
}

/// Generation: how many candidates there are before the prime, and why each was refused, is public. Where it asks
/// for randomness and reports progress in the same order, that's taken as the same.
fn random_prime(bits: usize) -> Case {
    Case::new(format!("prime: random prime of {bits} bits"), Small, 6, move |seed| {
        Work::new(move || {
            let progress = |step| public(100 + matches!(step, oneway::prime::Progress::Prime) as u64);
            let p = random_prime_with_progress(&mut Random::new(seed), bits, progress).expect("no error");
            p.to_be_bytes().to_vec()
        })
    })
}
