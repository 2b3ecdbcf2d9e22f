//! oneway's TLS in programs that others wrote: everything is in `tests/`.
