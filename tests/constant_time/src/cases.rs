//! The operations of `oneway` on secrets.
//!
//! A case makes its secrets with [`secret`](crate::taint::secret), [`secret_bytes`](crate::taint::secret_bytes)
//! or [`TaintedRng`](crate::taint::TaintedRng), calls what it's about, and gives the result to `black_box`:
//!
//! ```text
//! Case::new("residue: pow, 2048 bits", Normal, || {
//!     black_box(base().pow(&Nat::from_be_bytes(&secret_bytes(1, 256))));
//! }),
//! ```
//!
//! It passes if memcheck finds nothing. What a case wants to look at becomes public with
//! [`public`](crate::taint::public) first.

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![]
}
