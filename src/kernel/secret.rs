//! Leaving secrecy: the one door.
//!
//! Inside the crate the outcome of a secret comparison is a [`Choice`], and it's combined with other choices,
//! never branched on. At the boundary of a scheme an outcome may become public ("the padding was wrong, the
//! whole ciphertext is refused"; "this candidate, which is thrown away, was composite"), and there it passes
//! through [`declassify`], with a comment that says why the value is public now. The exits of the crate are
//! the callers of this function: a reader finds them with one search, and the manual's chapter on constant
//! time lists them all (`tests/layers.rs` counts). What isn't an exit goes without: a `CtOption` that's known
//! to be full, or made of public numbers, is opened in place, and what a caller asked for as a `bool`, as by
//! comparing `Bytes` with `==`, is the caller's to make public.
//!
//! It is a real function with a real branch, because a tool looks at it. The constant-time witness
//! (`tests/constant_time`) runs the crate as it ships, with every secret marked as undefined, and reports
//! each branch and each address that depends on one. It excuses the branch in this function, found by its
//! name, and none elsewhere. Past that branch the answer is made of constants, so it's defined again, and
//! what the caller does with it is public to the tool for the same reason as to the reader.

use core::hint::black_box;
use subtle::Choice;

/// The value of a secret bit, which is public from here on.
///
/// Leaks `choice`, on purpose: it branches on it. Leaks nothing else: of a bit that was computed from a
/// secret, an observer learns this bit alone.
///
/// Each arm passes its own constant through [`black_box`]. Without that, a compiler merges the arms into
/// "the argument, as a `bool`", which is a copy of the secret and still one to the tool. The function is
/// never inlined, so the branch has one address and one name. The witness checks both properties on the
/// compiled function: nothing is reported inside, and its result is defined.
#[inline(never)]
pub(crate) fn declassify(choice: Choice) -> bool {
    if choice.unwrap_u8() == 0 { black_box(false) } else { black_box(true) }
}

/// A word that is public from here on, bit by bit through [`declassify`].
#[allow(dead_code, reason = "what works without a heap makes no whole words public")]
pub(crate) fn declassify_word(x: u64) -> u64 {
    (0..64).rev().fold(0, |word, i| word << 1 | u64::from(declassify(Choice::from((x >> i & 1) as u8))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_value() {
        assert!(!declassify(Choice::from(0)));
        assert!(declassify(Choice::from(1)));
        for x in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(declassify_word(x), x);
        }
    }
}
