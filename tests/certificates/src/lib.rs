//! oneway's keys in other people's hands: everything is in `tests/`.
