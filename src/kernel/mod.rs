//! Storey 0: what the CPU does.
//!
//! Words and masks, sums and products of limbs, Montgomery products, compression functions: loops whose
//! time and memory addresses depend on the lengths of their slices and on nothing else. Nothing here knows
//! what a key is, nothing here allocates, and a shape that doesn't fit is a programming error that panics.
//!
//! `unsafe` is denied in this crate; only this folder may allow it, for intrinsics, one block at a time.
//!
//! Reading order: [`word`] (one limb), [`limbs`] (many), [`montgomery`] (products modulo m, powers, and the
//! choice of their engine), `portable`, `ifma` and `avx2` (the engines), [`secret`] (the one door out of secrecy);
//! [`sha256`] and [`sha512`] (compression functions).

#![allow(
    clippy::inline_always,
    reason = "kernels are inlined into the instance of their width, or they are no kernels"
)]

#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod clear_x86;
#[cfg(feature = "alloc")]
mod digits;
pub(crate) mod engine;
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
mod ifma;
#[cfg_attr(not(feature = "alloc"), allow(dead_code, reason = "fields need a part of it"))]
pub(crate) mod limbs;
#[cfg(feature = "alloc")]
pub(crate) mod montgomery;
#[cfg(feature = "alloc")]
mod portable;
pub(crate) mod secret;
pub(crate) mod sha2;
pub(crate) mod sha256;
#[cfg(target_arch = "x86_64")]
mod sha256_x86;
pub(crate) mod sha512;
#[cfg(target_arch = "x86_64")]
mod sha512_x86;
pub(crate) mod word;
