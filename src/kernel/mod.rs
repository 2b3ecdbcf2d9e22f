//! Storey 0: what the CPU does.
