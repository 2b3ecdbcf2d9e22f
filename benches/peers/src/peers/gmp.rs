//! GMP, through rug: `mpz_powm_sec`.

use rug::Integer;
use rug::integer::Order::Msf;

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Op, padded};

pub(super) const PEER: Peer = Peer { name: "GMP", packages: &["gmp-mpfr-sys"], version: None, enter };

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let Op::Pow(bits) = op else { return None };
    let power = fixtures.power(bits);
    let [base, exponent, modulus] =
        [&power.base, &power.exponent, &power.modulus].map(|x| Integer::from_digits(x, Msf));
    Some(Entry::with_output(
        "mpz_powm_sec, constants of the modulus computed each time",
        move || Integer::from(base.secure_pow_mod_ref(&exponent, &modulus)),
        move |result| padded(&result.to_digits::<u8>(Msf), bits / 8),
    ))
}
