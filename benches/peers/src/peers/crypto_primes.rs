//! RustCrypto's crypto-primes: the Miller-Rabin test.

use crypto_bigint::{BoxedUint, Odd};
use crypto_primes::hazmat::MillerRabin;
use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Op};

pub(super) const PEER: Peer =
    Peer { name: "crypto-primes", packages: &["crypto-primes"], version: None, enter };

fn enter(op: Op, fixtures: &Fixtures) -> Option<Entry> {
    let Op::MillerRabin(bits) = op else { return None };
    let n = BoxedUint::from_be_slice(&fixtures.prime(bits), bits as u32).expect("fits");
    let n = Odd::new(n).expect("odd");
    Some(Entry::new("one random base, Montgomery constants; setting up is variable-time", move || {
        let test = MillerRabin::new(n.clone());
        [u8::from(test.test_random_base(&mut UnwrapErr(SysRng)).is_probably_prime())]
    }))
}
