//! Every operation of `bignum` against num-bigint.
//!
//! proptest draws the operands, which are heavy on edges (see [`number`] and [`modulus`]), and makes them
//! smaller when a check fails; a failure names the operation, both results, and the smallest operands
//! found, in hexadecimal.
//!
//! **What is counted**: one operation whose result was compared with the oracle's, in full (value and
//! width). Residues are computed on every engine that this CPU has and that has code for the width, and count
//! for each; so "Montgomery x²" is many operations, and `Count` knows how many on which engine. A set of operands is fresh for each draw, and several operations share it: a sum, a difference,
//! a product and so on of the same x and y count as one each. [`Count`] keeps the numbers, and each test
//! asserts them at its end.

#![cfg(feature = "alloc")]

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use num_bigint::BigUint;
use oneway::Error;
use oneway::bignum::{Modulus, Nat, PublicNat, Residue};
use oneway::hazmat::engine::Engine;
use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::{TestCaseResult, TestRng, TestRunner};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};

mod engines;

const MAX: u64 = u64::MAX;

/// The widths in limbs for which the Montgomery kernels have instances of their own; one more serves all
/// others.
const INSTANCES: [usize; 5] = [16, 24, 32, 48, 64];

// ---------------------------------------------------------------------------------------------------------------
// The operations
// ---------------------------------------------------------------------------------------------------------------

#[test]
fn sums_products_quotients() {
    let always = ["x + y", "x − y", "x · y", "x²"];
    let count = check(
        200_000,
        |rng| {
            let y = number(rng, 0);
            let m = modulus(rng, 0);
            Drawn { n: [related(rng, &y), y, m], word: 0 }
        },
        |Drawn { n: [x, y, m], .. }, count| {
            let (width, wider) = (m.len(), x.len().max(y.len()));
            let (a, b) = (big(x), big(y));
            let (x, y) = (nat(x), nat(y));

            count.one("x + y", same(&x.add(&y), &(&a + &b), wider + 1))?;
            let (difference, borrow) = x.borrowing_sub(&y);
            let (wrapped, less) = if a < b {
                ((BigUint::from(1u32) << (64 * wider)) + &a - &b, true)
            } else {
                (&a - &b, false)
            };
            prop_assert_eq!(bool::from(borrow), less, "x − y borrows");
            prop_assert_eq!(bool::from(x.sub(&y).is_none()), less, "x − y is there");
            count.one("x − y", same(&difference, &wrapped, wider))?;
            count.one("x · y", same(&x.mul(&y), &(&a * &b), x.width() + y.width()))?;
            count.one("x²", same(&x.square(), &(&a * &a), 2 * x.width()))?;

            let division = x.div_rem(&y).into_option();
            let remainder = x.rem(&y).into_option();
            prop_assert_eq!((division.is_none(), remainder.is_none()), (is_zero(&b), is_zero(&b)));
            if let (Some((q, r)), Some(remainder)) = (division, remainder) {
                let (c, d) = (&a / &b, &a % &b);
                let both = same(&q, &c, x.width()).and_then(|()| same(&r, &d, y.width()));
                count.one("x / y", both.and_then(|()| same(&remainder, &d, y.width())))?;
            }

            let c = big(m);
            for m in engines::moduli(&nat(m)) {
                let (x, y) = (m.residue(&x), m.residue(&y));
                count.on(&m, "Montgomery x · y", same(&x.mul(&y).to_nat(), &(&a * &b % &c), width))?;
                count.on(&m, "Montgomery x²", same(&x.square().to_nat(), &(&a * &a % &c), width))?;
            }
            Ok(())
        },
    );
    assert!(count.total() >= 1_000_000, "{count:?}");
    count.each_at_least(200_000, &always);
    count.each_at_least(180_000, &["x / y"]);
    count.on_engines_at_least(200_000, 30_000, &["Montgomery x · y", "Montgomery x²"]);
}

/// Products of residues whose **Montgomery forms** are the edges, at the widths with instances and next to
/// them.
///
/// The number with the form f is f · R⁻¹ mod m, here for R = 2^(64 n). Where an engine has another R, these are numbers
/// like others; its own edges are in the tests of the kernels.
#[test]
fn montgomery_forms_on_edges() {
    let count = Count::default();
    let mut runner = TestRunner::deterministic();
    let rng = runner.rng();
    let widths = (1..=9).chain(INSTANCES.into_iter().flat_map(|n| [n - 1, n, n + 1])).chain([96, 130]);
    for n in widths {
        for m in edge_moduli(rng, n) {
            let c = big(&m);
            let r_inverse = (BigUint::from(1u32) << (64 * n)).modinv(&c).unwrap();
            let mut below = vec![MAX; n];
            below[n - 1] = m[n - 1].saturating_sub(1);
            let mut forms = vec![below, vec![MAX; n], vec![1 << 63; n], filled(rng, n), edges(rng, n)];
            for back in [1u32, 2, 256] {
                forms.push(limbs(&((&c + &c - BigUint::from(back)) % &c), n));
            }
            forms.push(limbs(&(&c >> 1), n));
            let numbers: Vec<_> = forms.iter().map(|f| big(f) * &r_inverse % &c).collect();
            for modulus in engines::moduli(&nat(&m)) {
                let residues: Vec<_> = numbers.iter().map(|x| modulus.residue(&nat(&limbs(x, n)))).collect();
                for (a, x) in numbers.iter().zip(&residues) {
                    let square = same(&x.square().to_nat(), &(a * a % &c), n);
                    count
                        .on(&modulus, "Montgomery x²", square)
                        .unwrap_or_else(|e| panic!("{e}, x = {a:#x}, m = {c:#x}"));
                    for (b, y) in numbers.iter().zip(&residues) {
                        let product = same(&x.mul(y).to_nat(), &(a * b % &c), n);
                        count
                            .on(&modulus, "Montgomery x · y", product)
                            .unwrap_or_else(|e| panic!("{e}, x = {a:#x}, y = {b:#x}, m = {c:#x}"));
                    }
                }
            }
        }
    }
    count.print();
    count.on_engines_at_least(1_000, 500, &["Montgomery x · y", "Montgomery x²"]);
}

#[test]
fn powers() {
    let count = check(
        2_000,
        |rng| {
            // An exponent as long as the modulus is for small widths; one power in six is at an instance's
            // width, and another one at a width that vector engines may have code for.
            let (n, e) = match below(rng, 6) {
                0 => (INSTANCES[below(rng, 5)], 1 + below(rng, 2)),
                1 => (12 + below(rng, 54), 1 + below(rng, 3)),
                2 => (1 + below(rng, 16), 1 + below(rng, 16)),
                _ => (1 + below(rng, 4), 1 + below(rng, 4)),
            };
            let m = modulus(rng, n);
            Drawn { n: [related(rng, &m), number(rng, e), m], word: rng.next_u64() }
        },
        |Drawn { n: [x, e, m], word }, count| {
            let (width, a, c) = (m.len(), big(x), big(m));
            let bits = *word as usize % (64 * e.len() + 1);
            let low = big(e) % (BigUint::from(1u32) << bits);
            let (e, power, low_power) = (nat(e), a.modpow(&big(e), &c), a.modpow(&low, &c));
            for m in engines::moduli(&nat(m)) {
                let x = m.residue(&nat(x));
                count.on(&m, "pow", same(&x.pow(&e).to_nat(), &power, width))?;
                count.on(&m, "pow_vartime", same(&x.pow_vartime(&e).to_nat(), &power, width))?;
                count.on(&m, "pow_bounded", same(&x.pow_bounded(&e, bits).to_nat(), &low_power, width))?;
            }
            Ok(())
        },
    );
    count.on_engines_at_least(2_000, 300, &["pow", "pow_vartime", "pow_bounded"]);
}

#[test]
fn inverses_and_divisors() {
    let count = check(
        6_000,
        |rng| {
            let width =
                |rng: &mut _| if below(rng, 20) == 0 { 1 + below(rng, 40) } else { 1 + below(rng, 5) };
            let (n, k) = (width(rng), width(rng));
            let (mut x, mut m) = (number(rng, k), number(rng, n));
            if below(rng, 2) == 0 {
                // A common divisor.
                let g = number(rng, 1);
                (x, m) = (limbs(&(big(&x) * big(&g)), k + 1), limbs(&(big(&m) * big(&g)), n + 1));
            } else if below(rng, 4) == 0 {
                x = related(rng, &m);
            }
            // Every second modulus is odd.
            m[0] ^= (m[0] ^ rng.next_u64()) & 1;
            Drawn { n: [x, m], word: 0 }
        },
        |Drawn { n: [x, m], .. }, count| {
            let (a, c) = (big(x), big(m));
            let (x, y) = (nat(x), nat(m));
            count.one("gcd", same(&x.gcd(&y), &gcd(&a, &c), x.width().max(y.width())))?;

            let inverse = if is_zero(&c) { None } else { a.modinv(&c) };
            let inverse_is = |z: Option<Nat>| match (z, &inverse) {
                (Some(z), Some(inverse)) => same(&z, inverse, y.width()),
                (None, None) => Ok(()),
                (z, inverse) => Err(TestCaseError::fail(format!(
                    "{:?}, but the oracle says {inverse:x?}",
                    z.map(|z| z.declassify())
                ))),
            };
            let odd = c.bit(0);
            let name = if odd { "inverse, odd modulus" } else { "inverse, even modulus" };
            count.one(name, inverse_is(x.invert_mod(&y).into_option()))?;
            for m in engines::moduli(&y) {
                let z = m.residue(&x).invert().into_option();
                count.on(&m, "inverse of a residue", inverse_is(z.map(|z| z.to_nat())))?;
            }
            Ok(())
        },
    );
    // The parity of a modulus is a coin, and moduli of 1 have no residues: about 3,000 each, 2,600 of the
    // last.
    count.each_at_least(2_000, &["inverse, odd modulus", "inverse, even modulus"]);
    count.on_engines_at_least(2_000, 40, &["inverse of a residue"]);
    assert_eq!(count.of("gcd", ""), 6_000);
}

#[test]
fn square_roots() {
    let count = check(
        2_000,
        |rng| {
            let n = if below(rng, 20) == 0 { 1 + below(rng, 33) } else { 1 + below(rng, 6) };
            let mut x = number(rng, n);
            if below(rng, 2) == 0 {
                // r² − 1, r², r² + 1, (r + 1)² − 1 and (r + 1)².
                let r = big(&number(rng, n));
                let offset = match below(rng, 5) {
                    0 if is_zero(&r) => r.clone(),
                    0 => &r * &r - 1u32,
                    1 => &r * &r,
                    2 => &r * &r + 1u32,
                    3 => &r * &r + &r + &r,
                    _ => (&r + 1u32) * (&r + 1u32),
                };
                x = limbs(&offset, 2 * n + below(rng, 2) + usize::from(offset.bits() > 128 * n as u64));
            }
            Drawn { n: [x], word: 0 }
        },
        |Drawn { n: [x], .. }, count| {
            count.one("square root", same(&nat(x).sqrt(), &big(x).sqrt(), x.len().div_ceil(2)))
        },
    );
    count.each_at_least(2_000, &["square root"]);
}

#[test]
fn shifts() {
    let count = check(
        20_000,
        |rng| {
            let x = number(rng, 0);
            let bits = 64 * x.len();
            let s = match below(rng, 8) {
                0 => [0, 1 << 31, 1 << 32, (1 << 32) + 1, 1 << 63, MAX][below(rng, 6)],
                1 => 64 * below(rng, x.len() + 2) as u64,
                2 => (64 * below(rng, x.len() + 2) + 63) as u64,
                3 => bits as u64 + below(rng, 3) as u64 - 1,
                _ => below(rng, bits + 130) as u64,
            };
            Drawn { n: [x], word: s }
        },
        |Drawn { n: [x], word }, count| {
            let (a, x, s, n) = (big(x), nat(x), *word, x.len());
            let beyond = s >= 64 * n as u64;
            let modulo = BigUint::from(1u32) << (64 * n);
            let left = if beyond { BigUint::ZERO } else { (&a << s) % &modulo };
            let right = if beyond { BigUint::ZERO } else { &a >> s };
            count.one("secret shift to the left", same(&x.shl_secret(s), &left, n))?;
            count.one("secret shift to the right", same(&x.shr_secret(s), &right, n))?;
            let public = usize::try_from(s).unwrap_or(usize::MAX);
            count.one("shift to the right", same(&x.shr(public), &right, n))?;
            if public < 20_000 {
                count.one("shift to the left", same(&x.shl(public), &(&a << s), n + public.div_ceil(64)))?;
                let power = Nat::power_of_two(public);
                count.one("power of two", same(&power, &(BigUint::from(1u32) << s), public / 64 + 1))?;
            }
            Ok(())
        },
    );
    count.each_at_least(
        20_000,
        &["secret shift to the left", "secret shift to the right", "shift to the right"],
    );
    count.each_at_least(17_000, &["shift to the left", "power of two"]);
}

#[test]
fn comparisons_bits_and_widths() {
    let operations = ["order", "bits", "bit", "select", "with_width"];
    let count = check(
        20_000,
        |rng| {
            let y = number(rng, 0);
            Drawn { n: [related(rng, &y), y], word: rng.next_u64() }
        },
        |Drawn { n: [x, y], word }, count| {
            let (a, b) = (big(x), big(y));
            let (x, y) = (nat(x), nat(y));
            let order = a.cmp(&b);
            let ours = (bool::from(x.ct_lt(&y)), bool::from(x.ct_eq(&y)), bool::from(x.ct_gt(&y)));
            let (u, v) = (x.declassify(), y.declassify());
            prop_assert_eq!((u.cmp(&v), u == v), (order, order.is_eq()), "order of public numbers");
            count.one("order", equal(ours, (order.is_lt(), order.is_eq(), order.is_gt())))?;

            let zeros = a.trailing_zeros().unwrap_or(64 * x.width() as u64);
            let ours = (x.bit_length(), x.trailing_zeros(), bool::from(x.is_zero()), bool::from(x.is_odd()));
            prop_assert_eq!(u.bits() as u64, a.bits(), "bits of a public number");
            count.one("bits", equal(ours, (a.bits(), zeros, is_zero(&a), a.bit(0))))?;
            let at = *word as usize % (64 * x.width() + 70);
            count.one("bit", equal(bool::from(x.bit(at)), a.bit(at as u64)))?;

            let (choice, wider) = (Choice::from((word >> 63) as u8), x.width().max(y.width()));
            let selected = Nat::conditional_select(&x, &y, choice);
            count.one("select", same(&selected, if bool::from(choice) { &b } else { &a }, wider))?;

            let width = 1 + *word as usize % (x.width() + 2);
            let fits = a.bits() <= 64 * width as u64;
            let other = x.with_width(width).into_option();
            count.one(
                "with_width",
                match other {
                    Some(x) if fits => same(&x, &a, width),
                    other => equal(other.is_some(), fits),
                },
            )
        },
    );
    count.each_at_least(20_000, &operations);
}

#[test]
fn bytes() {
    let count = check(
        20_000,
        |rng| Drawn { n: [number(rng, 0)], word: rng.next_u64() },
        |Drawn { n: [x], word }, count| {
            let (a, width) = (big(x), x.len());
            let all = be_bytes(x);
            let x = nat(x);
            count.one("to_be_bytes", equal(&x.to_be_bytes()[..], &all[..]))?;
            // Bytes that don't fill the top limb, and the number that they mean.
            let cut = &all[*word as usize % (all.len() + 1)..];
            let from = Nat::from_be_bytes(cut).unwrap();
            count.one(
                "from_be_bytes",
                same(&from, &BigUint::from_bytes_be(cut), cut.len().div_ceil(8).max(1)),
            )?;

            let short = if is_zero(&a) { Vec::new() } else { a.to_bytes_be() };
            let public = x.declassify();
            count.one("public bytes", equal(&public.to_be_bytes(), &short))?;
            let back = public.to_nat();
            count.one("public and back", same(&back, &a, a.bits().div_ceil(64).max(1) as usize))?;
            count.one("to_u64", equal(public.to_u64(), u64::try_from(&a).ok()))?;

            let len = (*word >> 32) as usize % (8 * width + 12);
            let padded = x.to_be_bytes_padded(len).into_option();
            let expected = (short.len() <= len).then(|| [vec![0; len - short.len()], short].concat());
            count.one("padded bytes", equal(padded.as_ref().map(|z| &z[..]), expected.as_deref()))
        },
    );
    let operations =
        ["to_be_bytes", "from_be_bytes", "public bytes", "public and back", "to_u64", "padded bytes"];
    count.each_at_least(20_000, &operations);
}

#[test]
fn text() {
    let count = check(
        10_000,
        |rng| Drawn { n: [number(rng, 0)], word: rng.next_u64() },
        |Drawn { n: [x], word }, count| {
            let (a, x) = (big(x), nat(x).declassify());
            let (decimal, hex) = (a.to_string(), format!("{a:x}"));
            count.one("decimal", equal(x.to_string(), decimal.clone()))?;
            count.one(
                "hexadecimal",
                equal((format!("{x:x}"), format!("{x:#x}")), (hex.clone(), format!("0x{hex}"))),
            )?;
            // Read back with zeros in front, capitals, and an underscore somewhere.
            let spread = |text: &str| {
                let (left, right) = text.split_at(1 + *word as usize % text.len());
                format!("{}{left}_{right}", "0".repeat((*word >> 60) as usize))
            };
            let read = |text: String| text.parse::<PublicNat>();
            count.one("decimal read", equal(read(decimal.clone()), Ok(x.clone())))?;
            count.one("decimal read", equal(read(spread(&decimal)), Ok(x.clone())))?;
            count.one("hexadecimal read", equal(read(format!("0x{hex}")), Ok(x.clone())))?;
            count.one("hexadecimal read", equal(read(format!("0x{}", spread(&hex.to_uppercase()))), Ok(x)))
        },
    );
    count.each_at_least(10_000, &["decimal", "hexadecimal", "decimal read", "hexadecimal read"]);

    // The widest number that is read, and one more.
    let widest: BigUint = (BigUint::from(1u32) << 32_768) - 1u32;
    for text in [widest.to_string(), format!("{widest:#x}")] {
        assert_eq!(text.parse::<PublicNat>().unwrap().to_string(), widest.to_string());
    }
    for text in [(&widest + 1u32).to_string(), format!("{:#x}", &widest + 1u32)] {
        assert_eq!(text.parse::<PublicNat>(), Err(Error::TooWide { bits: 32_769, max: 32_768 }));
    }
}

#[test]
fn residues() {
    let operations = [
        "wider residue",
        "x + y mod m",
        "x − y mod m",
        "−x mod m",
        "x / 2 mod m",
        "0 and 1",
        "equality",
        "residue bytes",
        "from_be_bytes",
        "residue select",
    ];
    let count = check(
        40_000,
        |rng| {
            let m = modulus(rng, 0);
            let n = if below(rng, 4) == 0 { m.len() * (2 + below(rng, 3)) + below(rng, 3) } else { 0 };
            let x = if n == 0 { related(rng, &m) } else { number(rng, n.min(200)) };
            let y = if below(rng, 4) == 0 { related(rng, &x) } else { related(rng, &m) };
            Drawn { n: [x, y, m], word: rng.next_u64() }
        },
        |Drawn { n: [x, y, m], word }, count| {
            let (n, c) = (m.len(), big(m));
            let (a, b) = (big(x) % &c, big(y) % &c);
            let plain = nat(m);
            equal(Modulus::new(&plain.shl(1)).err(), Some(Error::Modulus))?;
            let bytes = be_bytes(x);
            let half = if a.bit(0) { (&a + &c) >> 1 } else { &a >> 1 };
            for m in engines::moduli(&plain) {
                prop_assert_eq!(m.width(), n);
                same(&m.to_nat(), &c, n)?;
                equal(m.to_be_bytes(), plain.to_be_bytes())?;

                let (x, y) = (m.residue(&nat(x)), m.residue(&nat(y)));
                count.on(
                    &m,
                    "wider residue",
                    same(&x.to_nat(), &a, n).and_then(|()| same(&y.to_nat(), &b, n)),
                )?;
                count.on(&m, "x + y mod m", same(&(&x + &y).to_nat(), &((&a + &b) % &c), n))?;
                count.on(&m, "x − y mod m", same(&(&x - &y).to_nat(), &((&a + &c - &b) % &c), n))?;
                count.on(&m, "−x mod m", same(&(-&x).to_nat(), &((&c - &a) % &c), n))?;
                count.on(&m, "x / 2 mod m", same(&x.half().to_nat(), &half, n))?;
                let (zero, one) = (m.zero(), m.one());
                let ends = same(&zero.to_nat(), &BigUint::ZERO, n)
                    .and_then(|()| same(&one.to_nat(), &BigUint::from(1u32), n))
                    .and_then(|()| equal(bool::from(x.is_zero()), is_zero(&a)));
                count.on(&m, "0 and 1", ends)?;
                count.on(&m, "equality", equal(bool::from(x.ct_eq(&y)), a == b))?;
                count.on(&m, "residue bytes", equal(&x.to_be_bytes()[..], &be_bytes(&limbs(&a, n))[..]))?;

                let read = Residue::from_be_bytes(&bytes, &m);
                count.on(
                    &m,
                    "from_be_bytes",
                    match read {
                        Ok(z) if BigUint::from_bytes_be(&bytes) < c => same(&z.to_nat(), &a, n),
                        other => equal(
                            other.err(),
                            (BigUint::from_bytes_be(&bytes) >= c).then_some(Error::NotReduced),
                        ),
                    },
                )?;
                let choice = Choice::conditional_select(&0.into(), &1.into(), Choice::from((word & 1) as u8));
                let selected = Residue::conditional_select(&x, &y, choice);
                count.on(
                    &m,
                    "residue select",
                    same(&selected.to_nat(), if word & 1 == 1 { &b } else { &a }, n),
                )?;
            }
            Ok(())
        },
    );
    count.on_engines_at_least(40_000, 8_000, &operations);
}

// ---------------------------------------------------------------------------------------------------------------
// Comparing and counting
// ---------------------------------------------------------------------------------------------------------------

/// How many operations agreed with the oracle, by name; residues' by name and engine.
#[derive(Default, Debug)]
struct Count(RefCell<BTreeMap<(&'static str, String), u64>>);

impl Count {
    /// Counts an operation that agreed, and puts its name before the failure of one that didn't.
    fn one(&self, operation: &'static str, result: TestCaseResult) -> TestCaseResult {
        self.named(operation, String::new(), result)
    }

    /// The same for an operation on the engine that a modulus is for.
    fn on(&self, m: &Modulus, operation: &'static str, result: TestCaseResult) -> TestCaseResult {
        self.named(operation, m.engine().to_string(), result)
    }

    fn named(&self, operation: &'static str, engine: String, result: TestCaseResult) -> TestCaseResult {
        result.map_err(|error| TestCaseError::fail(format!("{operation} {engine}: {error}")))?;
        *self.0.borrow_mut().entry((operation, engine)).or_default() += 1;
        Ok(())
    }

    fn of(&self, operation: &'static str, engine: &str) -> u64 {
        self.0.borrow().get(&(operation, engine.to_owned())).copied().unwrap_or(0)
    }

    fn total(&self) -> u64 {
        self.0.borrow().values().sum()
    }

    fn each_at_least(&self, minimum: u64, operations: &[&'static str]) {
        for operation in operations {
            let count = self.of(operation, "");
            assert!(count >= minimum, "{operation}: {count} times");
        }
    }

    /// So many times on the portable engine, which has code for every width, and so many times on each other
    /// engine that this CPU has.
    fn on_engines_at_least(&self, portable: u64, other: u64, operations: &[&'static str]) {
        for engine in engines::available() {
            let minimum = if engine == Engine::Portable { portable } else { other };
            for operation in operations {
                let count = self.of(operation, &engine.to_string());
                assert!(count >= minimum, "{operation} on {engine}: {count} times");
            }
        }
    }

    fn print(&self) {
        let of = |((name, engine), count): (&(_, String), &_)| format!("{name} {engine}: {count}");
        let list: Vec<_> = self.0.borrow().iter().map(of).collect();
        println!("{}; {} in all", list.join(", "), self.total());
    }
}

/// Runs `test` on `draws` sets of operands and returns what it counted.
fn check<const K: usize>(
    draws: u32,
    draw: fn(&mut TestRng) -> Drawn<K>,
    test: impl Fn(&Drawn<K>, &Count) -> TestCaseResult,
) -> Count {
    let count = Count::default();
    let config = ProptestConfig { cases: draws, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&Source(draw), |drawn| test(&drawn, &count));
    if let Err(error) = result {
        panic!("{error}");
    }
    count.print();
    count
}

/// Whether the number has this value and this width.
fn same(x: &Nat, value: &BigUint, width: usize) -> TestCaseResult {
    let found = BigUint::from_bytes_be(&x.to_be_bytes());
    if found == *value && x.width() == width {
        return Ok(());
    }
    let found = format!("{found:#x} in {} limbs", x.width());
    Err(TestCaseError::fail(format!("{found}, but the oracle says {value:#x} in {width}")))
}

fn equal<T: PartialEq + fmt::Debug>(found: T, expected: T) -> TestCaseResult {
    prop_assert_eq!(found, expected);
    Ok(())
}

fn is_zero(x: &BigUint) -> bool {
    x.cmp(&BigUint::ZERO) == Ordering::Equal
}

/// Euclid's algorithm on the oracle's remainders.
fn gcd(x: &BigUint, y: &BigUint) -> BigUint {
    let (mut x, mut y) = (x.clone(), y.clone());
    while !is_zero(&y) {
        (x, y) = (y.clone(), x % y);
    }
    x
}

fn be_bytes(x: &[u64]) -> Vec<u8> {
    x.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

fn nat(x: &[u64]) -> Nat {
    Nat::from_be_bytes(&be_bytes(x)).unwrap()
}

fn big(x: &[u64]) -> BigUint {
    BigUint::from_bytes_be(&be_bytes(x))
}

/// The oracle's number as `n` limbs, cut off there.
fn limbs(x: &BigUint, n: usize) -> Vec<u64> {
    let mut limbs = x.to_u64_digits();
    limbs.resize(n, 0);
    limbs
}

// ---------------------------------------------------------------------------------------------------------------
// Drawing and shrinking operands
// ---------------------------------------------------------------------------------------------------------------

/// Operands of one draw: numbers as limbs, least significant first, and a word for whatever else a test
/// chooses.
#[derive(Clone, PartialEq)]
struct Drawn<const K: usize> {
    n: [Vec<u64>; K],
    word: u64,
}

impl<const K: usize> fmt::Debug for Drawn<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for x in &self.n {
            write!(f, "{:#x} in {} limbs; ", big(x), x.len())?;
        }
        write!(f, "word {:#x}", self.word)
    }
}

/// Draws from proptest's generator. One step for all operands keeps the cost of a draw near that of its
/// random limbs.
#[derive(Debug)]
struct Source<const K: usize>(fn(&mut TestRng) -> Drawn<K>);

impl<const K: usize> Strategy for Source<K> {
    type Tree = Shrink<K>;
    type Value = Drawn<K>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let current = (self.0)(runner.rng());
        Ok(Shrink { failing: current.clone(), current, step: 0 })
    }
}

/// Tries one simplification after the other on operands that fail, and keeps those that still fail.
struct Shrink<const K: usize> {
    current: Drawn<K>,
    failing: Drawn<K>,
    step: usize,
}

/// For each operand: eight times half the width, eight times a limb less, then each limb 0 or else 1.
const STEPS: usize = 16 + 2 * 260;

impl<const K: usize> ValueTree for Shrink<K> {
    type Value = Drawn<K>;

    fn current(&self) -> Drawn<K> {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        self.failing = self.current.clone();
        while self.step < K * STEPS {
            let (x, step) = (&mut self.current.n[self.step / STEPS], self.step % STEPS);
            let (n, first) = (x.len(), x[0]);
            match step {
                0..8 => x.truncate(n.div_ceil(2)),
                8..16 => x.truncate(n.max(2) - 1),
                // A modulus stays odd, and so does everything else in its lowest limb.
                16 => x[0] = first & 1,
                17 => {}
                _ if step / 2 - 8 < n && x[step / 2 - 8] > 1 => x[step / 2 - 8] = step as u64 & 1,
                _ => {}
            }
            self.step += 1;
            if self.current != self.failing {
                return true;
            }
            self.current = self.failing.clone();
        }
        false
    }

    fn complicate(&mut self) -> bool {
        let simpler = self.current != self.failing;
        self.current = self.failing.clone();
        simpler
    }
}

/// 0 ≤ k < n.
fn below(rng: &mut TestRng, n: usize) -> usize {
    (rng.next_u64() % n as u64) as usize
}

/// Small widths mostly, widths with an instance often, and up to 130 limbs.
fn width(rng: &mut TestRng) -> usize {
    match below(rng, 32) {
        0..16 => 1 + below(rng, 4),
        16..22 => 5 + below(rng, 12),
        22..27 => INSTANCES[below(rng, INSTANCES.len())],
        27..31 => 17 + below(rng, 24),
        _ => 65 + below(rng, 66),
    }
}

/// A limb from the edges: half the time the one before again, so that there are runs.
fn edges(rng: &mut TestRng, n: usize) -> Vec<u64> {
    let mut limb = 0;
    let pick = |_| {
        limb = match below(rng, 16) {
            0 | 1 => 0,
            2 | 3 => MAX,
            4 => 1,
            5 => MAX - 1,
            6 => 1 << 63,
            7 => (1 << 63) - 1,
            8 => rng.next_u64() % 256,
            9 => rng.next_u64(),
            _ => limb,
        };
        limb
    };
    (0..n).map(pick).collect()
}

/// Random limbs.
fn filled(rng: &mut TestRng, n: usize) -> Vec<u64> {
    (0..n).map(|_| rng.next_u64()).collect()
}

/// A number of `n` limbs (0: of a width that's drawn): 0, small ones, 2^k, 2^k ± 1, 2^b − small, all ones,
/// limbs from the edges, random limbs, random bits under leading zeros.
fn number(rng: &mut TestRng, n: usize) -> Vec<u64> {
    let n = if n == 0 { width(rng) } else { n };
    let small = if below(rng, 2) == 0 { below(rng, 4) as u64 } else { rng.next_u64() % 1000 };
    let k = below(rng, 64 * n);
    let power = || BigUint::from(1u32) << k;
    let number = match below(rng, 16) {
        0 => BigUint::from(small),
        1 => power(),
        2 => power() - 1u32,
        3 => power() + 1u32,
        4 => (BigUint::from(1u32) << (64 * n)) - 1u32 - small,
        5 => return vec![MAX; n],
        6..10 => return edges(rng, n),
        10 | 11 => big(&filled(rng, n)) >> k,
        _ => return filled(rng, n),
    };
    limbs(&number, n)
}

/// A number that has to do with `y`: itself, a few more or less, a multiple and what is just below it; or
/// one that doesn't.
fn related(rng: &mut TestRng, y: &[u64]) -> Vec<u64> {
    let b = big(y);
    let small = below(rng, 3) as u32;
    match below(rng, 12) {
        0 => y.to_vec(),
        1 => limbs(&(b + small), y.len()),
        2 if b >= BigUint::from(small) => limbs(&(b - small), y.len()),
        3..6 => {
            let q = number(rng, 0);
            let product = big(&q) * b;
            let offset = BigUint::from(small).min(product.clone());
            limbs(&(product - offset), (q.len() + y.len()).min(130))
        }
        6..8 => number(rng, y.len()),
        _ => number(rng, 0),
    }
}

/// An odd modulus of `n` limbs (0: of a width that's drawn), at least 3; see [`edge_moduli`]. Some have
/// zeros on top.
fn modulus(rng: &mut TestRng, n: usize) -> Vec<u64> {
    let n = if n == 0 { width(rng) } else { n };
    if below(rng, 4) == 0 {
        let mut moduli = edge_moduli(rng, n);
        let which = below(rng, moduli.len());
        return moduli.swap_remove(which);
    }
    odd(number(rng, n))
}

/// 2^b − 1, 2^b − 105, 2^(b−1) + 1, 2^(b−1) − 1, sparse ones, ones among edges, and one below half the
/// width; b = 64 n.
fn edge_moduli(rng: &mut TestRng, n: usize) -> Vec<Vec<u64>> {
    let (mut minus, mut top, mut sparse) = (vec![MAX; n], vec![0; n], vec![0; n]);
    minus[0] -= 104;
    top[n - 1] = 1 << 63;
    let mut low = vec![MAX; n];
    low[n - 1] = MAX >> 1;
    for bit in [below(rng, 64 * n), below(rng, 64 * n), 64 * n - 1] {
        sparse[bit / 64] |= 1 << (bit % 64);
    }
    let mut zeros = filled(rng, n);
    zeros[n.div_ceil(2)..].fill(0);
    let mut full = edges(rng, n);
    full[n - 1] |= 1 << 63;
    let random = filled(rng, n);
    [vec![MAX; n], minus, top, low, sparse, zeros, full, random].into_iter().map(odd).collect()
}

fn odd(mut m: Vec<u64>) -> Vec<u64> {
    m[0] |= if m[1..].iter().all(|limb| *limb == 0) { 3 } else { 1 };
    m
}
