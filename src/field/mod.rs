//! Storey 2: the fields that curves live in, and those of their scalars; sized at compile time, no heap.

pub(crate) mod f25519;
pub(crate) mod l25519;
