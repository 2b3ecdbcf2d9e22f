//! Storey 1: integers of an announced width, in constant time.
//!
//! ℕ with +, −, ·, division, roots and divisors ([`Nat`]), and the rings ℤ/m for odd m ([`Modulus`],
//! [`Residue`]).
//!
//! A number is a row of 64-bit limbs. Its **width**, the number of limbs, is public and fixed when the
//! number is made; its **value** is secret. The time that an operation takes and the memory it touches
//! depend on widths (and on shifts and lengths given as plain `usize`), never on values. Where that isn't
//! so the name ends in `_vartime`. A result's width follows from its operands' widths by a rule that the
//! method states.
//!
//! A value becomes public by a named act: [`Nat::declassify`] gives a [`PublicNat`], which prints and
//! compares like any number.
//!
//! ```
//! use oneway::bignum::{Modulus, Nat};
//!
//! let m = Modulus::new(&Nat::from(1_000_000_007))?;
//! let x = m.residue(&Nat::from(2));
//! let y = x.pow(&Nat::from(1_000_000_006));       // Fermat: x^(p−1) = 1 for a prime p
//! assert_eq!(y.to_nat().declassify().to_string(), "1");
//! let z = x.invert().unwrap();
//! assert_eq!((&z * &x).to_nat().declassify().to_string(), "1");
//! # Ok::<(), oneway::Error>(())
//! ```
//!
//! Files: `nat` (the type, sums, products, shifts), `divide`, `root`, `inverse` (greatest common divisors
//! and inverses), `modulus` and `residue` (Montgomery form as a type), `public` (text).

mod divide;
mod inverse;
mod modulus;
mod nat;
mod public;
mod residue;
mod root;

pub use modulus::Modulus;
pub(crate) use modulus::plain_powers;
pub use nat::Nat;
pub(crate) use nat::{be_bytes, bit, choice, from_be_bytes};
pub use public::PublicNat;
pub use residue::Residue;

/// The widest number that comes in as bytes or text, in bits: a product of two 16,384-bit numbers.
pub const MAX_BITS: usize = 32_768;

use alloc::vec;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// Room for secret limbs, all zero, wiped when it's dropped.
pub(crate) fn scratch(limbs: usize) -> Zeroizing<Vec<u64>> {
    Zeroizing::new(vec![0; limbs])
}
