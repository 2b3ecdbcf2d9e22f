//! Integers of an announced width.
