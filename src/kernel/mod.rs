//! Storey 0: what the CPU does.

pub(crate) mod sha2;
pub(crate) mod sha256;
#[cfg(target_arch = "x86_64")]
mod sha256_x86;
pub(crate) mod sha512;
#[cfg(target_arch = "x86_64")]
mod sha512_x86;
