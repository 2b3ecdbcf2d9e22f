//! num-bigint: the oracle for powers.

use num_bigint::BigUint;

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Op, padded};

pub(super) const PEER: Peer = Peer { name: "num-bigint", packages: &["num-bigint"], version: None, enter };

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let Op::Pow(bits) = op else { return None };
    let power = fixtures.power(bits);
    let [base, exponent, modulus] =
        [&power.base, &power.exponent, &power.modulus].map(|x| BigUint::from_bytes_be(x));
    let entry = Entry::with_output(
        "constants of the modulus computed each time",
        move || base.modpow(&exponent, &modulus),
        move |result| padded(&result.to_bytes_be(), bits / 8),
    );
    Some(entry.vartime())
}
