//! Generators that aren't random: what they give is known, or they fail.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::convert::Infallible;
use std::fmt;

use rand_core::{TryCryptoRng, TryRng};

/// The words of a generator out of its bytes.
macro_rules! words {
    () => {
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            let mut word = [0; 4];
            self.try_fill_bytes(&mut word)?;
            Ok(u32::from_le_bytes(word))
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            let mut word = [0; 8];
            self.try_fill_bytes(&mut word)?;
            Ok(u64::from_le_bytes(word))
        }
    };
}

/// A generator that gives the bytes it was made of, once.
pub(crate) struct Fixed(pub(crate) Vec<u8>);

impl TryRng for Fixed {
    type Error = Infallible;

    words!();

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        assert!(out.len() <= self.0.len(), "more randomness drawn than there is");
        out.copy_from_slice(&self.0[..out.len()]);
        self.0.drain(..out.len());
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

/// A generator that gives one byte for ever, and counts how often it's asked.
pub(crate) struct Constant {
    pub(crate) byte: u8,
    pub(crate) calls: usize,
}

impl TryRng for Constant {
    type Error = Infallible;

    words!();

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(self.byte);
        self.calls += 1;
        Ok(())
    }
}

impl TryCryptoRng for Constant {}

/// A generator that fails.
pub(crate) struct Failing;

impl TryRng for Failing {
    type Error = fmt::Error;

    words!();

    fn try_fill_bytes(&mut self, _out: &mut [u8]) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
}

impl TryCryptoRng for Failing {}
