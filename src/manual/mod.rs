//! The manual: from bits to trust, a chapter each, with the mathematics, where it is in the code, and sources.
//!
//! | chapter | what it's about |
//! |---|---|
//! | [`constant_time`] | that time tells nothing of a secret: how it's written, how it's shown, and all that becomes public |
//!
//! The modules are empty: there's nothing here but text.

#[doc = include_str!("constant_time.md")]
pub mod constant_time {}
