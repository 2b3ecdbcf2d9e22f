//! Storey 2: points of elliptic curves: sums, multiples, encodings. No heap, but for sums of many multiples.

pub(crate) mod edwards;
#[allow(dead_code, reason = "key agreement is to be built on it")]
pub(crate) mod montgomery;
