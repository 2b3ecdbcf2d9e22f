//! RustCrypto's crypto-bigint: powers. `BoxedMontyForm` is what the crate rsa uses, and no slower than
//! `FixedMontyForm`.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Op};

pub(super) const PEER: Peer =
    Peer { name: "crypto-bigint", packages: &["crypto-bigint"], version: None, enter };

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let Op::Pow(bits) = op else { return None };
    let power = fixtures.power(bits);
    let [base, exponent, modulus] = [&power.base, &power.exponent, &power.modulus]
        .map(|x| BoxedUint::from_be_slice(x, bits as u32).expect("fits"));
    let params = BoxedMontyParams::new(Odd::new(modulus).expect("odd"));
    Some(Entry::with_output(
        "BoxedMontyForm::pow, constants of the modulus known before; into and out of Montgomery form",
        move || BoxedMontyForm::new(base.clone(), &params).pow(&exponent).retrieve(),
        |result| result.to_be_bytes().to_vec(),
    ))
}
