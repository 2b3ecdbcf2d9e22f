//! Public-key cryptography from first principles.
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod error;
mod kernel;

#[cfg(feature = "alloc")]
pub mod bignum;
pub mod hash;
pub mod hazmat;
#[cfg(feature = "alloc")]
pub mod prime;
#[cfg(feature = "alloc")]
pub mod rsa;

pub use error::Error;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;
