//! Storey 2: points of elliptic curves: sums, multiples, encodings. No heap, but for sums of many multiples.

pub(crate) mod edwards;
pub(crate) mod montgomery;
