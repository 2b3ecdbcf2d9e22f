//! Big numbers: operands, shift amounts, exponents and moduli are secret; widths aren't.
//!
//! Each case runs at widths of every kind: one limb, a few, those for which the Montgomery kernels have an
//! instance of their own (16, 24, 32, 48, 64 limbs), and wide ones without (128).

use crate::{
    case::{
        Case,
        Size::{self, Large, Normal, Small},
    },
    taint::{opened, public, secret, secret_bytes, secret_nat, secret_odd, still_secret},
    tool::from_std,
};
use oneway::{
    Error,
    bignum::{Modulus, Nat, PublicNat, Residue},
    hazmat::engine::Engine,
};
use std::hint::black_box;
use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};

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
    for engine in super::engines() {
        for (name, operation) in [
            ("modulus and residues", modulus as fn(usize, Engine)),
            ("sums and products of residues", residues),
            ("powers", powers),
            ("inverse of a residue", residue_inverse),
        ] {
            cases.extend(at_widths_on(engine, name, operation));
        }
    }
    cases.push(Case::new("bignum: leaving secrecy", Small, leaving));
    cases
}

const WIDTHS: [([usize; 3], Size); 3] = [([1, 2, 3], Small), ([16, 24, 32], Normal), ([48, 64, 128], Large)];

/// An operation that takes a number of limbs, as three cases.
fn at_widths(name: &str, operation: fn(usize)) -> Vec<Case> {
    let case = |(limbs, size)| case(&format!("{name}, limbs"), Vec::from(limbs), size, operation);
    WIDTHS.into_iter().map(case).collect()
}

/// The same of one that takes an engine too, at widths that the engine has code for: if that isn't one limb, then
/// from its narrowest on.
fn at_widths_on(engine: Engine, name: &str, operation: fn(usize, Engine)) -> Vec<Case> {
    let narrowest = (1..=16).find(|n| super::serves(engine, *n)).unwrap_or(16);
    let case = |(limbs, size): ([usize; 3], Size)| {
        let limbs = if size == Small { limbs.map(|n| narrowest + n - 1) } else { limbs };
        let limbs = limbs.into_iter().filter(|n| super::serves(engine, *n)).collect();
        case(&format!("{name}, {engine}, limbs"), limbs, size, move |n| operation(n, engine))
    };
    WIDTHS.into_iter().map(case).collect()
}

fn case(name: &str, limbs: Vec<usize>, size: Size, operation: impl Fn(usize) + 'static) -> Case {
    let text: Vec<_> = limbs.iter().map(ToString::to_string).collect();
    let name = format!("bignum: {name} {}", text.join(", "));
    Case::new(name, size, move || limbs.iter().copied().for_each(&operation))
}

/// The value of a choice is still secret.
fn secret_choice(choice: Choice) {
    still_secret(&[choice.unwrap_u8()]);
}

fn secret_number(x: &Nat) {
    still_secret(&x.to_be_bytes());
}

fn secret_residue(x: &Residue<'_>) {
    still_secret(&x.to_be_bytes());
}

fn bytes(n: usize) {
    for len in [8 * n, 8 * n - 3] {
        let x = Nat::from_be_bytes(&secret_bytes(1, len)).expect("not too wide");
        secret_number(&x);
        for padded in [len - 1, len, len + 9] {
            let bytes = x.to_be_bytes_padded(padded);
            if padded < len {
                secret_choice(bytes.is_some());
            } else {
                still_secret(&opened(bytes));
            }
        }
    }
}

fn sums_and_products(n: usize) {
    for other in [n, 1, n + 1] {
        let (x, y) = (secret_nat(1, n), secret_nat(2, other));
        secret_number(&x.add(&y));
        let difference = x.sub(&y);
        secret_choice(difference.is_some());
        black_box(difference);
        let (difference, borrow) = x.borrowing_sub(&y);
        secret_number(&difference);
        secret_choice(borrow);
        secret_number(&x.mul(&y));
        secret_number(&y.mul(&x));
    }
    secret_number(&secret_nat(1, n).square());
}

fn shifts(n: usize) {
    let x = secret_nat(1, n);
    for s in [0, 1, 63, 64, 100, 64 * n] {
        secret_number(&x.shl(s));
        black_box(x.shr(s));
        // The same shifts, of which the amount is secret too.
        let s = secret(s as u64);
        secret_number(&x.shl_secret(s));
        secret_number(&x.shr_secret(s));
    }
    secret_number(&x.shr_secret(secret(u64::MAX)));
    still_secret(&x.bit_length().to_ne_bytes());
    still_secret(&x.trailing_zeros().to_ne_bytes());
    secret_choice(x.bit(64 * n - 1));
}

fn comparisons(n: usize) {
    for other in [n, 1, n + 1] {
        let (x, y) = (secret_nat(1, n), secret_nat(2, other));
        secret_choice(x.ct_eq(&y));
        secret_choice(x.ct_lt(&y));
        secret_choice(x.ct_gt(&y));
        secret_number(&Nat::conditional_select(&x, &y, x.ct_lt(&y)));
        let fits = x.with_width(other);
        if other < n {
            secret_choice(fits.is_some());
        } else {
            secret_number(&opened(fits));
        }
    }
    let x = secret_nat(1, n);
    secret_choice(x.ct_eq(&x.clone()));
    secret_choice(x.is_zero());
    secret_choice(x.is_odd());
}

fn division(n: usize) {
    let zero_limbs = |width| {
        let mut bytes = vec![0; 8 * width];
        bytes[8 * (width - 1)..].copy_from_slice(&secret_bytes(3, 8));
        Nat::from_be_bytes(&bytes).expect("not too wide")
    };
    let x = secret_nat(1, n);
    let secret_zero = x.borrowing_sub(&secret_nat(1, n)).0;
    let divisors = [
        secret_nat(2, n),
        secret_nat(2, 1),
        secret_nat(2, n.div_ceil(2)),
        secret_nat(2, n + 1),
        // Zeros at the top of a divisor are secret as well, where the limbs are.
        zero_limbs(n + 1),
        x.shr_secret(secret(64 * (n as u64 - 1) + 3)),
        // Public divisors, and a dividend that is secret.
        Nat::from(65_537),
        Nat::power_of_two(64 * n - 1),
    ];
    for d in &divisors {
        let (q, r) = opened(x.div_rem(d));
        secret_number(&q);
        secret_number(&r);
        secret_number(&opened(x.rem(d)));
    }
    // A public dividend; and a divisor of which not even "it isn't zero" is public.
    let (_, r) = opened(Nat::power_of_two(128 * n).div_rem(&divisors[0]));
    secret_number(&r);
    secret_choice(x.div_rem(&secret_zero).is_some());
    secret_choice(x.rem(&secret_zero).is_some());
}

fn square_root(n: usize) {
    secret_number(&secret_nat(1, n).sqrt());
}

fn inverses(n: usize) {
    let (odd, x, wide) = (secret_odd(1, n), secret_nat(2, n), secret_nat(3, n + 1));
    let even = odd.add(&Nat::from(1));
    for (x, y) in [(&x, &odd), (&odd, &even), (&even, &x.shl(3)), (&wide, &x), (&x, &Nat::from(65_537))] {
        secret_number(&x.gcd(y));
    }
    // Whether a modulus is odd is public; whether there's an inverse isn't, until somebody asks.
    for m in [&odd, &even] {
        for x in [&x, &wide, &odd.shr(1), &Nat::from(65_537)] {
            let inverse = x.invert_mod(m);
            secret_choice(inverse.is_some());
            black_box(inverse);
        }
    }
    // One that exists: (m − 1)⁻¹ = m − 1, and the taint goes through to its value.
    let inverse = opened(opened(odd.sub(&Nat::from(1))).invert_mod(&odd));
    secret_number(&inverse);
    assert_eq!(public(inverse.ct_eq(&opened(odd.sub(&Nat::from(1)))).unwrap_u8()), 1);
}

fn modulus(n: usize, engine: Engine) {
    let m = Modulus::with_engine(&secret_odd(1, n), engine).expect("odd");
    still_secret(&m.to_be_bytes());
    // That a number is no modulus is public.
    let even = secret_odd(1, n).shl(1);
    assert_eq!(Modulus::new(&even).err(), Some(Error::Modulus));
    for width in [1, n, n + 1, 2 * n, 3 * n + 1] {
        secret_residue(&m.residue(&secret_nat(2, width)));
    }
    // Whether a number is below the modulus is public where one asks for that.
    let below = opened(m.to_nat().sub(&Nat::from(2)));
    secret_residue(&Residue::from_be_bytes(&below.to_be_bytes(), &m).expect("below m"));
    assert_eq!(Residue::from_be_bytes(&m.to_be_bytes(), &m).err(), Some(Error::NotReduced));
    secret_residue(&m.one().neg());
    black_box(m.zero());
}

fn residues(n: usize, engine: Engine) {
    let m = Modulus::with_engine(&secret_odd(1, n), engine).expect("odd");
    let (x, y) = (m.residue(&secret_nat(2, n)), m.residue(&secret_nat(3, n)));
    for z in [x.add(&y), x.sub(&y), x.mul(&y), x.square(), x.neg(), x.half()] {
        secret_residue(&z);
    }
    secret_choice(x.ct_eq(&y));
    secret_choice(x.is_zero());
    secret_residue(&Residue::conditional_select(&x, &y, x.is_zero()));
    // A copy of the modulus: that it's the same one is made public, and nothing more.
    let same = m.clone();
    secret_residue(&(&x + &same.residue(&secret_nat(3, n))));
}

fn powers(n: usize, engine: Engine) {
    let m = Modulus::with_engine(&secret_odd(1, n), engine).expect("odd");
    let x = m.residue(&secret_nat(2, n));
    secret_residue(&x.pow(&secret_nat(3, n)));
    for bits in [1, 63, 65] {
        secret_residue(&x.pow_bounded(&secret_nat(3, 2), bits));
    }
    // A public base, as of a signature, modulo a secret prime.
    secret_residue(&m.residue(&Nat::from(2)).pow(&secret_nat(3, 1)));
    // Public exponents: short ones, and one for which there are windows.
    for e in [Nat::from(3), Nat::from(65_537), Nat::power_of_two(70).add(&Nat::from(0x1234_5678_9abc_def1))] {
        secret_residue(&x.pow_vartime(&e));
    }
}

fn residue_inverse(n: usize, engine: Engine) {
    let m = Modulus::with_engine(&secret_odd(1, n), engine).expect("odd");
    let inverse = m.residue(&secret_nat(2, n)).invert();
    secret_choice(inverse.is_some());
    black_box(inverse);
    secret_residue(&opened(m.one().neg().invert()));
    secret_choice(m.zero().invert().is_some());
}

/// What was made public is public, and only that; and what takes public numbers is in the program for
/// `divisions` to look at.
fn leaving() {
    let (secret, public) = (secret_nat(1, 3), secret_nat(1, 3).declassify());
    secret_number(&secret);
    let again: PublicNat = from_std(public.to_string()).parse().expect("a number");
    assert_eq!(again, public);
    assert_eq!(from_std(format!("{public:#x}")).parse(), Ok(again));
    assert_eq!(public.to_be_bytes().len(), public.bits().div_ceil(8));
    secret_choice(public.to_nat().ct_eq(&secret));
}
