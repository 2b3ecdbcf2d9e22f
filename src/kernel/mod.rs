//! Storey 0: what the CPU does.

#[allow(dead_code, reason = "the storeys above arrive after it")]
pub(crate) mod secret;
