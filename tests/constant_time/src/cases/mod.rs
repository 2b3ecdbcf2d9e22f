//! The operations of `oneway` on secrets.
//!
//! A case makes its secrets with [`secret`](crate::taint::secret), [`secret_bytes`](crate::taint::secret_bytes)
//! or [`TaintedRng`](crate::taint::TaintedRng), calls what it's about, and gives the result to
//! [`still_secret`](crate::taint::still_secret), which panics if the taint was lost on the way: then the case
//! would have shown nothing.
//!
//! ```text
//! Case::new("residue: power, 2048 bits", Normal, || {
//!     still_secret(&base().pow(&Nat::from_be_bytes(&secret_bytes(1, 256))).to_be_bytes());
//! }),
//! ```
//!
//! It passes if the tool finds nothing. What a case wants to look at becomes public with
//! [`public`](crate::taint::public), [`public_bytes`](crate::taint::public_bytes) or
//! [`opened`](crate::taint::opened) first.

mod bignum;
mod curves;
mod hash;
mod hpke;
mod key;
mod prime;
mod rsa;

use crate::{case::Case, tool};
use oneway::{
    bignum::{Modulus, Nat},
    hazmat::engine::Engine,
};

/// The engines that cases name: those that the tool is the witness for, of those that it shows to the program.
/// What has no engine in its name runs on the first of them.
pub(crate) fn engines() -> Vec<Engine> {
    Engine::available().take(tool::ENGINES).collect()
}

/// Whether an engine has code of its own for moduli of n limbs. (It leaves others to portable code.)
pub(crate) fn serves(engine: Engine, n: usize) -> bool {
    let odd = Nat::from_be_bytes(&vec![0xff; 8 * n]).expect("not too wide");
    Modulus::with_engine(&odd, engine).expect("odd").engine() == engine
}

pub(crate) fn cases() -> Vec<Case> {
    [
        hash::cases(),
        bignum::cases(),
        prime::cases(),
        rsa::cases(),
        key::cases(),
        curves::cases(),
        hpke::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
