//! Storey 0: what the CPU does.
//!
//! Words and masks, sums and products of limbs, Montgomery products, compression functions: loops whose
//! time and memory addresses depend on the lengths of their slices and on nothing else. Nothing here
//! knows what a key is, nothing here allocates, and a shape that doesn't fit is a programming error that panics.
//!
//! `unsafe` is denied in this crate; only this folder may allow it, for intrinsics, one block at a time.
//!
//! Reading order: [`word`] (one limb), [`limbs`] (many), [`montgomery`] (products modulo m, powers),
//! [`secret`] (the one door out of secrecy).

#[cfg(feature = "alloc")]
pub(crate) mod limbs;
#[cfg(feature = "alloc")]
pub(crate) mod montgomery;
pub(crate) mod secret;
#[cfg(feature = "alloc")]
pub(crate) mod word;
