//! Storey 0: what the CPU does.
//!
//! Words and masks, sums and products of limbs, Montgomery products, compression functions: loops whose
//! time and memory addresses depend on the lengths of their slices and on nothing else. Nothing here knows
//! what a key is, nothing here allocates, and a shape that doesn't fit is a programming error that panics.
//!
//! `unsafe` is denied in this crate; only this folder may allow it, for intrinsics, one block at a time.
//!
//! Reading order: [`word`] (one limb), [`limbs`] (many), [`fixed`] (a few), [`montgomery`] (products modulo m, powers, and the
//! choice of their engine), [`divstep`] (inverses), `portable`, `ifma` and `avx2` (the engines), [`secret`] (the one door out of secrecy);
//! `f25519_ifma` and `nist_ifma` (multiplication on curves), [`sha256`] and [`sha512`] (compression functions).

#![allow(
    clippy::inline_always,
    reason = "kernels are inlined into the instance of their width, or they are no kernels"
)]

#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod clear_x86;
#[allow(dead_code, reason = "two of the engines that cut numbers into digits need a heap")]
mod digits;
pub(crate) mod divstep;
pub(crate) mod engine;
#[cfg(target_arch = "x86_64")]
pub(crate) mod f25519_ifma;
pub(crate) mod fixed;
#[cfg(all(feature = "alloc", target_arch = "x86_64"))]
mod ifma;
#[allow(dead_code, reason = "what works without a heap needs a few of these loops")]
pub(crate) mod limbs;
#[cfg(feature = "alloc")]
pub(crate) mod montgomery;
#[cfg(target_arch = "x86_64")]
pub(crate) mod nist_ifma;
#[cfg(target_arch = "x86_64")]
mod once;
#[cfg(feature = "alloc")]
mod portable;
pub(crate) mod recode;
pub(crate) mod secret;
pub(crate) mod sha2;
pub(crate) mod sha256;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod sha256_aarch64;
#[cfg(target_arch = "x86_64")]
mod sha256_x86;
pub(crate) mod sha512;
#[cfg(target_arch = "x86_64")]
mod sha512_x86;
#[allow(dead_code, reason = "what works without a heap needs a few of these masks")]
pub(crate) mod word;
